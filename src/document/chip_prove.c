/*
 * document/chip_prove.c -- whether a chip is the one its issuer made: chip authentication and
 * active authentication. Doc 9303 part 11, sections 6.1 and 6.2.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "document/chip_int.h"
#include "document/chip_read_int.h"

#define TAG_DG14        14 /* 6E */
#define TAG_DG15        15 /* 6F */
#define NAME_LEN        10u
#define CHALLENGE_LEN   8u
#define SIGNATURE_MAX   512u
#define HEADER_RECOVERY 0x6aU
#define TRAILER_SHA1    0xbcU
#define TRAILER_NAMED   0xccU

/* 0.4.0.127.0.7.2.2.3.2: chip authentication over a curve; a cipher's number follows. */
static const uint8_t agree_name[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02 };
/* 0.4.0.127.0.7.2.2.1.2: a key for it. */
static const uint8_t key_name[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02 };
/* 2.23.136.1.1.5: how active authentication signs. */
static const uint8_t active_name[] = { 0x67, 0x81, 0x08, 0x01, 0x01, 0x05 };
/* 0.4.0.127.0.7.1.1.4.1: ECDSA in two plain numbers; a digest's number follows. */
static const uint8_t plain_name[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01 };

static struct ptn_status no_memory(struct ptn_diag *reterr)
{
    return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a chip's proof");
}

static bool begins_with(struct ptn_bytes bytes, const uint8_t *name, size_t len)
{
    return bytes.len >= len && memcmp(bytes.at, name, len) == 0;
}

/* ---- what DG14 names ---- */

struct means {
    bool agrees; /* chip authentication can be done */
    uint8_t protocol[NAME_LEN];
    enum ptn_chip_cipher cipher;
    struct ptn_bytes number; /* of the key, as an integer's bytes; empty: it has one key */
    struct ptn_bytes key;    /* SubjectPublicKeyInfo, whole */
    const EVP_MD *digest;    /* of active authentication over a curve; NULL: not said */
};

/* What names a digest: the last number of a plain algorithm, or a byte of a signature's end. */
static const struct {
    uint8_t plain, trailer;
    const EVP_MD *(*digest)(void);
} digests[] = {
    { 1, 0x33, EVP_sha1 },   { 2, 0x38, EVP_sha224 }, { 3, 0x34, EVP_sha256 },
    { 4, 0x36, EVP_sha384 }, { 5, 0x35, EVP_sha512 },
};
#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

static const EVP_MD *plain_digest(struct ptn_bytes name)
{
    if (name.len != sizeof(plain_name) + 1 || !begins_with(name, plain_name, sizeof(plain_name)))
        return NULL;
    for (size_t i = 0; i < DIGESTS; i++)
        if (digests[i].plain == name.at[sizeof(plain_name)])
            return digests[i].digest();
    return NULL;
}

/* The next element whole, with its tag and length. */
static bool take_whole(struct ptn_bytes *rest, struct ptn_bytes *ret_whole)
{
    struct ptn_bytes before = *rest, content;

    if (!ptn_chip_take(rest, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &content))
        return false;
    *ret_whole = ptn_bytes_slice(before, 0, before.len - rest->len);
    return true;
}

/* ChipAuthenticationInfo: the strongest cipher stays. */
static void note_protocol(struct means *means, struct ptn_bytes name, struct ptn_bytes rest)
{
    struct ptn_bytes version, number = PTN_BYTES_NONE;
    unsigned cipher = name.at[sizeof(agree_name)];

    if (!ptn_chip_take(&rest, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &version) || cipher < 1 ||
        cipher > 1 + PTN_CHIP_AES_256 || (means->agrees && cipher - 1 <= means->cipher))
        return;
    (void)ptn_chip_take(&rest, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &number);
    means->agrees = true;
    means->cipher = (enum ptn_chip_cipher)(cipher - 1);
    means->number = number;
    memcpy(means->protocol, name.at, NAME_LEN);
}

static void note_info(struct means *means, struct ptn_bytes info)
{
    struct ptn_bytes name, version, algorithm;

    if (!ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &name))
        return;
    if (name.len == NAME_LEN && begins_with(name, agree_name, sizeof(agree_name)))
        note_protocol(means, name, info);
    else if (name.len == sizeof(active_name) &&
             begins_with(name, active_name, sizeof(active_name)) &&
             ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &version) &&
             ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &algorithm))
        means->digest = plain_digest(algorithm);
}

/* The key that the chosen protocol names, or the only one. */
static void note_key(struct means *means, struct ptn_bytes info)
{
    struct ptn_bytes name, key, number = PTN_BYTES_NONE;

    if (!ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &name) ||
        name.len != sizeof(key_name) || !begins_with(name, key_name, sizeof(key_name)) ||
        !take_whole(&info, &key))
        return;
    (void)ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &number);
    if (means->key.len == 0 || ptn_bytes_equal(number, means->number))
        means->key = key;
}

/* Protocols first: they say which key. A key without a protocol is one for 3DES. */
static void read_means(struct ptn_bytes dg14, struct means *ret_means)
{
    struct ptn_bytes group, infos, rest, info;

    *ret_means = (struct means){ .agrees = false };
    if (!ptn_chip_take(&dg14, V_ASN1_APPLICATION, TAG_DG14, &group) ||
        !ptn_chip_take(&group, V_ASN1_UNIVERSAL, V_ASN1_SET, &infos))
        return;
    rest = infos;
    while (ptn_chip_take(&rest, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &info))
        note_info(ret_means, info);
    rest = infos;
    while (ptn_chip_take(&rest, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &info))
        note_key(ret_means, info);
    ret_means->agrees = ret_means->key.len > 0;
}

static EVP_PKEY *read_key(struct ptn_bytes bytes)
{
    const unsigned char *at = bytes.at;

    return bytes.len == 0 ? NULL : d2i_PUBKEY(NULL, &at, (long)bytes.len);
}

/* ---- chip authentication ---- */

struct agreeing {
    struct ptn_chip_session *session;
    const struct means *means;
    struct ptn_diag *diag;
    EC_GROUP *group;
    EC_POINT *theirs, *own;
    BIGNUM *secret;
    uint8_t point[PTN_CHIP_POINT_LEN_MAX];
    size_t point_len;
    struct ptn_chip_keys keys;
};

/* The curve and the point of a key. False: it is no curve's. */
static bool read_curve(struct agreeing *agreeing)
{
    EVP_PKEY *key = read_key(agreeing->means->key);
    OSSL_PARAM *parameters = NULL;
    unsigned char *point = NULL;
    size_t len = key == NULL ? 0 : EVP_PKEY_get1_encoded_public_key(key, &point);

    if (len > 0 && EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &parameters) == 1)
        agreeing->group = EC_GROUP_new_from_params(parameters, NULL, NULL);
    if (agreeing->group != NULL)
        agreeing->theirs = EC_POINT_new(agreeing->group);
    if (agreeing->theirs != NULL &&
        EC_POINT_oct2point(agreeing->group, agreeing->theirs, point, len, NULL) != 1) {
        EC_POINT_free(agreeing->theirs);
        agreeing->theirs = NULL;
    }
    OPENSSL_free(point);
    OSSL_PARAM_free(parameters);
    EVP_PKEY_free(key);
    return agreeing->theirs != NULL;
}

/* A key for once, and what it shares with the chip's. */
static struct ptn_status draw_and_share(struct agreeing *agreeing)
{
    EC_GROUP *group = agreeing->group;
    struct ptn_status status;

    agreeing->own = EC_POINT_new(group);
    agreeing->secret = BN_new();
    if (agreeing->own == NULL || agreeing->secret == NULL)
        return no_memory(agreeing->diag);
    status = ptn_chip_draw(agreeing->session->world, EC_GROUP_get0_order(group), agreeing->secret,
                           agreeing->diag);
    if (!ptn_ok(status))
        return status;
    if (EC_POINT_mul(group, agreeing->own, agreeing->secret, NULL, NULL, NULL) != 1)
        return no_memory(agreeing->diag);
    agreeing->point_len = EC_POINT_point2oct(group, agreeing->own, POINT_CONVERSION_UNCOMPRESSED,
                                             agreeing->point, sizeof(agreeing->point), NULL);
    if (EC_POINT_mul(group, agreeing->own, NULL, agreeing->theirs, agreeing->secret, NULL) != 1 ||
        !ptn_chip_share(group, agreeing->own, agreeing->means->cipher, &agreeing->keys))
        status = ptn_fail(PTN_C_CORRUPT, agreeing->diag, 0, "the chip's key leads nowhere");
    return status;
}

/* Which key, in the older way together with ours; in the newer ours comes after. */
static struct ptn_status say_key(const struct agreeing *agreeing, uint16_t *ret_word)
{
    const struct means *means = agreeing->means;
    bool older = means->cipher == PTN_CHIP_3DES;
    struct ptn_buffer body = { .len_max = PTN_CHIP_DATA_MAX };
    struct ptn_status status =
        older ? ptn_chip_add_object(&body, 0x91, ptn_bytes_of(agreeing->point, agreeing->point_len))
              : ptn_chip_add_object(&body, 0x80, ptn_bytes_of(means->protocol, NAME_LEN));

    if (ptn_ok(status) && means->number.len > 0)
        status = ptn_chip_add_object(&body, 0x84, means->number);
    if (ptn_ok(status))
        status = ptn_chip_send(agreeing->session,
                               &(struct ptn_chip_command){ .instruction = 0x22,
                                                           .p1 = 0x41,
                                                           .p2 = older ? 0xa6 : 0xa4,
                                                           .data = ptn_buffer_bytes(&body),
                                                           .expected = PTN_CHIP_NONE },
                               ret_word, agreeing->diag);
    ptn_buffer_release(&body);
    return status;
}

static struct ptn_status send_point(const struct agreeing *agreeing, uint16_t *ret_word)
{
    struct ptn_buffer body = { .len_max = PTN_CHIP_DATA_MAX };
    struct ptn_status status =
        ptn_chip_add_step(&body, 0x80, ptn_bytes_of(agreeing->point, agreeing->point_len));

    if (ptn_ok(status))
        status = ptn_chip_send(agreeing->session,
                               &(struct ptn_chip_command){ .instruction = 0x86,
                                                           .data = ptn_buffer_bytes(&body),
                                                           .expected = 256 },
                               ret_word, agreeing->diag);
    ptn_buffer_release(&body);
    return status;
}

/* Who has the key's secret can go on under the new keys; who has not cannot. */
static struct ptn_status see_whether(struct agreeing *agreeing, enum ptn_chip_proof *ret_proof)
{
    static const uint8_t zero[PTN_CHIP_BLOCK_MAX];
    uint16_t word = 0;
    struct ptn_status status;

    ptn_chip_protect(agreeing->session, &agreeing->keys, zero);
    status = ptn_chip_select(agreeing->session, PTN_CHIP_FILE_COM, &word, agreeing->diag);
    if (status.code != PTN_C_CORRUPT && !ptn_ok(status))
        return status;
    *ret_proof = ptn_ok(status) ? PTN_CHIP_PROOF_GIVEN : PTN_CHIP_PROOF_FAILED;
    return PTN_OK;
}

static struct ptn_status agree(struct agreeing *agreeing, enum ptn_chip_proof *ret_proof)
{
    uint16_t word = PTN_CHIP_DONE;
    struct ptn_status status;

    if (!read_curve(agreeing))
        return PTN_OK;
    status = draw_and_share(agreeing);
    if (ptn_ok(status))
        status = say_key(agreeing, &word);
    if (ptn_ok(status) && word == PTN_CHIP_DONE && agreeing->means->cipher != PTN_CHIP_3DES)
        status = send_point(agreeing, &word);
    if (!ptn_ok(status))
        return status;
    if (word == PTN_CHIP_DONE)
        return see_whether(agreeing, ret_proof);
    *ret_proof = PTN_CHIP_PROOF_FAILED; /* what its own signed file says it can */
    return PTN_OK;
}

static struct ptn_status prove_by_agreeing(struct ptn_chip_session *session,
                                           const struct means *means,
                                           enum ptn_chip_proof *ret_proof, struct ptn_diag *reterr)
{
    struct agreeing agreeing = { .session = session, .means = means, .diag = reterr };
    struct ptn_status status = agree(&agreeing, ret_proof);

    EC_POINT_clear_free(agreeing.own);
    EC_POINT_free(agreeing.theirs);
    BN_clear_free(agreeing.secret);
    EC_GROUP_free(agreeing.group);
    OPENSSL_cleanse(&agreeing.keys, sizeof(agreeing.keys));
    return status;
}

/* ---- active authentication ---- */

/* The digest that a signature's last bytes name, and how many bytes do. */
static const EVP_MD *named_digest(const uint8_t *at, size_t len, size_t *ret_trailer_len)
{
    *ret_trailer_len = 1;
    if (at[len - 1] == TRAILER_SHA1)
        return EVP_sha1();
    *ret_trailer_len = 2;
    if (at[len - 1] != TRAILER_NAMED)
        return NULL;
    for (size_t i = 0; i < DIGESTS; i++)
        if (digests[i].trailer == at[len - 2])
            return digests[i].digest();
    return NULL;
}

/* ISO/IEC 9796-2, scheme 1: what is recovered holds a part that the chip drew, and the digest of
 * that part and the challenge. */
static bool recovered_is(const uint8_t *at, size_t len, const uint8_t *challenge)
{
    size_t trailer_len = 0, digest_len, drawn_len;
    const EVP_MD *digest = len < 2 ? NULL : named_digest(at, len, &trailer_len);
    uint8_t own[EVP_MAX_MD_SIZE];

    if (digest == NULL || at[0] != HEADER_RECOVERY)
        return false;
    digest_len = (size_t)EVP_MD_get_size(digest);
    if (len < 1 + digest_len + trailer_len)
        return false;
    drawn_len = len - 1 - digest_len - trailer_len;
    return ptn_chip_digest(digest, ptn_bytes_of(at + 1, drawn_len),
                           ptn_bytes_of(challenge, CHALLENGE_LEN), own) &&
           memcmp(own, at + 1 + drawn_len, digest_len) == 0;
}

static bool rsa_is(EVP_PKEY *key, struct ptn_bytes signature, const uint8_t *challenge)
{
    uint8_t recovered[SIGNATURE_MAX];
    size_t len = sizeof(recovered);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good = context != NULL && EVP_PKEY_encrypt_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
                EVP_PKEY_encrypt(context, recovered, &len, signature.at, signature.len) == 1 &&
                recovered_is(recovered, len, challenge);

    EVP_PKEY_CTX_free(context);
    return good;
}

/* Two plain numbers, as OpenSSL wants them. */
static bool ecdsa_is(EVP_PKEY *key, const EVP_MD *digest, struct ptn_bytes signature,
                     const uint8_t *challenge)
{
    int half = (int)(signature.len / 2);
    ECDSA_SIG *both = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.at, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.at + half, half, NULL);
    unsigned char *der = NULL;
    int der_len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = both != NULL && r != NULL && s != NULL && context != NULL;

    if (good && ECDSA_SIG_set0(both, r, s) == 1) {
        r = s = NULL; /* theirs now */
        der_len = i2d_ECDSA_SIG(both, &der);
    }
    good = der_len > 0 && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
           EVP_DigestVerify(context, der, (size_t)der_len, challenge, CHALLENGE_LEN) == 1;
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(both);
    EVP_MD_CTX_free(context);
    return good;
}

static struct ptn_status ask_signature(struct ptn_chip_session *session, EVP_PKEY *key,
                                       const EVP_MD *digest, enum ptn_chip_proof *ret_proof,
                                       struct ptn_diag *reterr)
{
    uint8_t challenge[CHALLENGE_LEN];
    const bool rsa = EVP_PKEY_is_a(key, "RSA");
    const bool extended = rsa && EVP_PKEY_get_size(key) > (int)PTN_CHIP_DATA_MAX;
    struct ptn_bytes signature;
    uint16_t word = 0;
    struct ptn_status status;
    bool good;

    session->world->random(session->world->context, challenge, sizeof(challenge));
    status = ptn_chip_send(
        session,
        &(struct ptn_chip_command){ .instruction = 0x88,
                                    .data = ptn_bytes_of(challenge, sizeof(challenge)),
                                    .expected = 256,
                                    .extended = extended },
        &word, reterr);
    /* Who has no long answers may well say so without protection: that is no sign of a copy. */
    if (extended && (status.code == PTN_C_CORRUPT || (ptn_ok(status) && word != PTN_CHIP_DONE)))
        return PTN_OK;
    if (!ptn_ok(status))
        return status;
    signature = ptn_buffer_bytes(&session->plain);
    good = word == PTN_CHIP_DONE && signature.len >= 2 &&
           (rsa ? rsa_is(key, signature, challenge) : ecdsa_is(key, digest, signature, challenge));
    *ret_proof = good ? PTN_CHIP_PROOF_GIVEN : PTN_CHIP_PROOF_FAILED;
    return PTN_OK;
}

static struct ptn_status prove_by_signing(struct ptn_chip_session *session,
                                          const struct means *means, struct ptn_bytes dg15,
                                          enum ptn_chip_proof *ret_proof, struct ptn_diag *reterr)
{
    struct ptn_bytes content = PTN_BYTES_NONE;
    EVP_PKEY *key =
        ptn_chip_take(&dg15, V_ASN1_APPLICATION, TAG_DG15, &content) ? read_key(content) : NULL;
    struct ptn_status status = PTN_OK;

    if (key != NULL &&
        ((EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_size(key) <= (int)SIGNATURE_MAX) ||
         (EVP_PKEY_is_a(key, "EC") && means->digest != NULL)))
        status = ask_signature(session, key, means->digest, ret_proof, reterr);
    EVP_PKEY_free(key);
    return status;
}

/* ---- one of the two ---- */

struct ptn_status ptn_chip_prove(struct ptn_chip_session *session, struct ptn_bytes dg14,
                                 struct ptn_bytes dg15, enum ptn_chip_proof *ret_proof,
                                 struct ptn_diag *reterr)
{
    enum ptn_chip_proof proof = PTN_CHIP_PROOF_NONE;
    struct means means;
    struct ptn_status status = PTN_OK;

    read_means(dg14, &means);
    if (means.agrees)
        status = prove_by_agreeing(session, &means, &proof, reterr);
    if (ptn_ok(status) && proof == PTN_CHIP_PROOF_NONE)
        status = prove_by_signing(session, &means, dg15, &proof, reterr);
    ERR_clear_error();
    if (ptn_ok(status))
        *ret_proof = proof;
    return status;
}

const char *ptn_chip_proof_word(enum ptn_chip_proof proof)
{
    static const char *const words[] = { [PTN_CHIP_PROOF_NONE] = "none",
                                         [PTN_CHIP_PROOF_GIVEN] = "given",
                                         [PTN_CHIP_PROOF_FAILED] = "failed" };

    return words[proof];
}
