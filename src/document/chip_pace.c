/*
 * document/chip_pace.c -- PACE with generic mapping over elliptic curves. Doc 9303 part 11, section
 * 4.4, appendix G; BSI TR-03110 part 3.
 */
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

#include "document/chip_int.h"
#include "document/chip_read_int.h"

#define TRIES         64u
#define DYNAMIC       28 /* 7C */
#define CHAINED       0x10U
#define BY_LINES      1U
#define BY_NUMBER     2U
#define FIRST_CURVE   8U
#define MAPPING_PLACE 8u /* of the protocol's identifier */
#define CIPHER_PLACE  9u
#define GENERIC       2U
#define CHIP_PROVING  6U /* generic as well; what the chip proves besides is not asked */
#define TAG_DYNAMIC   0x7cU
#define TAG_PUBLIC    0x7f49U
#define STEP_NONCE    0 /* what each sends: 80 and this; the chip answers with the next */
#define STEP_MAP      1
#define STEP_AGREE    3
#define STEP_CONFIRM  5

/* 0.4.0.127.0.7.2.2.4: PACE. */
static const uint8_t pace_name[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04 };

/* Domain parameters 8 to 18 (part 11, table 6). */
static const int curves[] = {
    NID_X9_62_prime192v1, NID_brainpoolP192r1, NID_secp224r1,       NID_brainpoolP224r1,
    NID_X9_62_prime256v1, NID_brainpoolP256r1, NID_brainpoolP320r1, NID_secp384r1,
    NID_brainpoolP384r1,  NID_brainpoolP512r1, NID_secp521r1,
};
#define CURVE_COUNT (sizeof(curves) / sizeof(curves[0]))

/* ---- what is offered ---- */

/* PACEInfo of any kind. */
static bool read_offer(struct ptn_bytes info, struct ptn_chip_pace *ret_pace)
{
    struct ptn_bytes name, version, domain;

    if (!ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &name) ||
        !ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &version) ||
        !ptn_chip_take(&info, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &domain))
        return false;
    if (name.len != sizeof(ret_pace->protocol) ||
        memcmp(name.at, pace_name, sizeof(pace_name)) != 0 || version.len != 1 ||
        version.at[0] != 2 || domain.len != 1)
        return false;
    memcpy(ret_pace->protocol, name.at, name.len);
    ret_pace->parameters = domain.at[0];
    return true;
}

/* True when it can be done here. */
static bool is_known(struct ptn_chip_pace *pace)
{
    uint8_t mapping = pace->protocol[MAPPING_PLACE], cipher = pace->protocol[CIPHER_PLACE];

    if ((mapping != GENERIC && mapping != CHIP_PROVING) || cipher < 1 ||
        cipher > 1 + PTN_CHIP_AES_256 || pace->parameters < FIRST_CURVE ||
        pace->parameters >= FIRST_CURVE + CURVE_COUNT)
        return false;
    pace->cipher = (enum ptn_chip_cipher)(cipher - 1);
    pace->curve = curves[pace->parameters - FIRST_CURVE];
    return true;
}

/* The strongest cipher; of equals the first, and the plain generic one before the other. */
static bool is_better(const struct ptn_chip_pace *a, const struct ptn_chip_pace *b)
{
    if (a->protocol[MAPPING_PLACE] != b->protocol[MAPPING_PLACE])
        return a->protocol[MAPPING_PLACE] < b->protocol[MAPPING_PLACE];
    return a->cipher > b->cipher;
}

bool ptn_chip_pace_offered(struct ptn_bytes card_access, struct ptn_chip_pace *ret_pace)
{
    struct ptn_bytes infos, info;
    struct ptn_chip_pace offer = { .curve = 0 };
    uint8_t parameters = 0;
    bool found = false, ambiguous = false;

    if (!ptn_chip_take(&card_access, V_ASN1_UNIVERSAL, V_ASN1_SET, &infos))
        return false;
    while (ptn_chip_take(&infos, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &info)) {
        if (!read_offer(info, &offer))
            continue;
        ambiguous = ambiguous || (parameters != 0 && offer.parameters != parameters);
        parameters = offer.parameters;
        if (is_known(&offer) && (!found || is_better(&offer, ret_pace))) {
            *ret_pace = offer;
            found = true;
        }
    }
    ret_pace->ambiguous = ambiguous;
    return found;
}

/* ---- one run ---- */

struct point {
    uint8_t at[PTN_CHIP_POINT_LEN_MAX];
    size_t len;
};

struct running {
    struct ptn_chip_session *session;
    const struct ptn_chip_pace *pace;
    struct ptn_diag *diag;
    BN_CTX *numbers;
    EC_GROUP *group;
    BIGNUM *secret, *nonce; /* Owned by numbers, like all that follow */
    EC_POINT *base, *own, *theirs, *shared;
    struct point sent, received;
};

static struct ptn_status no_memory(const struct running *running)
{
    return ptn_fail(PTN_C_NO_MEMORY, running->diag, 0, "no memory to agree on keys with a chip");
}

static struct ptn_status broken(const struct running *running, const char *why)
{
    return ptn_fail(PTN_C_CORRUPT, running->diag, 0, why);
}

static struct ptn_status begin(struct running *running)
{
    running->numbers = BN_CTX_secure_new();
    running->group = EC_GROUP_new_by_curve_name(running->pace->curve);
    if (running->numbers == NULL || running->group == NULL)
        return no_memory(running);
    BN_CTX_start(running->numbers);
    running->secret = BN_CTX_get(running->numbers);
    running->nonce = BN_CTX_get(running->numbers);
    running->base = EC_POINT_dup(EC_GROUP_get0_generator(running->group), running->group);
    running->own = EC_POINT_new(running->group);
    running->theirs = EC_POINT_new(running->group);
    running->shared = EC_POINT_new(running->group);
    return running->nonce == NULL || running->base == NULL || running->own == NULL ||
                   running->theirs == NULL || running->shared == NULL
               ? no_memory(running)
               : PTN_OK;
}

static void end(struct running *running)
{
    EC_POINT_free(running->base);
    EC_POINT_free(running->own);
    EC_POINT_free(running->theirs);
    EC_POINT_clear_free(running->shared);
    if (running->secret != NULL)
        BN_clear(running->secret);
    if (running->nonce != NULL)
        BN_clear(running->nonce);
    if (running->numbers != NULL)
        BN_CTX_end(running->numbers);
    BN_CTX_free(running->numbers);
    EC_GROUP_free(running->group);
}

/* Too large ones are drawn again. */
struct ptn_status ptn_chip_draw(const struct ptn_world *world, const BIGNUM *order,
                                BIGNUM *ret_secret, struct ptn_diag *reterr)
{
    size_t len = (size_t)BN_num_bytes(order);
    unsigned spare = (unsigned)(8 * len) - (unsigned)BN_num_bits(order);
    uint8_t bytes[PTN_CHIP_FIELD_LEN_MAX];

    if (len > sizeof(bytes))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the chip's curve is too large");
    for (unsigned i = 0; i < TRIES; i++) {
        bool good;

        world->random(world->context, bytes, len);
        bytes[0] &= (uint8_t)(0xffU >> spare);
        good = BN_bin2bn(bytes, (int)len, ret_secret) != NULL;
        OPENSSL_cleanse(bytes, sizeof(bytes));
        if (!good)
            return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a key");
        if (!BN_is_zero(ret_secret) && BN_cmp(ret_secret, order) < 0)
            return PTN_OK;
    }
    return ptn_fail(PTN_C_IO, reterr, 0, "the machine's random numbers are not random");
}

bool ptn_chip_share(const EC_GROUP *group, const EC_POINT *shared, enum ptn_chip_cipher cipher,
                    struct ptn_chip_keys *ret_keys)
{
    size_t len = ((size_t)EC_GROUP_get_degree(group) + 7) / 8;
    uint8_t field[PTN_CHIP_FIELD_LEN_MAX];
    BIGNUM *x = BN_new();
    bool good = x != NULL && len <= sizeof(field) &&
                EC_POINT_get_affine_coordinates(group, shared, x, NULL, NULL) == 1 &&
                BN_bn2binpad(x, field, (int)len) >= 0 &&
                ptn_chip_keys_of(cipher, ptn_bytes_of(field, len), ret_keys);

    BN_clear_free(x);
    OPENSSL_cleanse(field, sizeof(field));
    return good;
}

struct ptn_status ptn_chip_add_step(struct ptn_buffer *out, unsigned tag, struct ptn_bytes data)
{
    struct ptn_status status;

    if (data.len == 0)
        return ptn_chip_add_head(out, TAG_DYNAMIC, 0);
    status = ptn_chip_add_head(out, TAG_DYNAMIC, ptn_chip_head_len(tag, data.len) + data.len);
    return ptn_ok(status) ? ptn_chip_add_object(out, tag, data) : status;
}

/* Send what step it is, take what the chip answers to it. The last one is not chained. */
static struct ptn_status ask(struct running *running, int step, struct ptn_bytes data,
                             struct ptn_bytes *ret_data)
{
    struct ptn_chip_session *session = running->session;
    bool is_last = step == STEP_CONFIRM;
    struct ptn_buffer body = { .len_max = PTN_CHIP_DATA_MAX };
    uint16_t word = 0;
    struct ptn_bytes answer, whole;
    struct ptn_status status = ptn_chip_add_step(&body, 0x80U + (unsigned)step, data);

    if (ptn_ok(status))
        status = ptn_chip_send(session,
                               &(struct ptn_chip_command){ .class = is_last ? 0 : CHAINED,
                                                           .instruction = 0x86,
                                                           .data = ptn_buffer_bytes(&body),
                                                           .expected = 256 },
                               &word, running->diag);
    ptn_buffer_release(&body);
    if (!ptn_ok(status))
        return status;
    if (word != PTN_CHIP_DONE)
        return is_last ? ptn_fail(PTN_C_BAD_INPUT, running->diag, 0,
                                  "the chip does not open with this key")
                       : broken(running, "the chip ends PACE in the middle");
    answer = ptn_buffer_bytes(&session->plain);
    if (!ptn_chip_take(&answer, V_ASN1_APPLICATION, DYNAMIC, &whole) ||
        !ptn_chip_take(&whole, V_ASN1_CONTEXT_SPECIFIC, step == STEP_NONCE ? 0 : step + 1,
                       ret_data))
        return broken(running, "the chip answers PACE with something else");
    return PTN_OK;
}

/* Send the point of a fresh secret over the base, take the chip's, work out what both share. */
static struct ptn_status exchange(struct running *running, int step)
{
    EC_GROUP *group = running->group;
    struct ptn_bytes theirs;
    struct ptn_status status = ptn_chip_draw(running->session->world, EC_GROUP_get0_order(group),
                                             running->secret, running->diag);

    if (!ptn_ok(status))
        return status;
    if (EC_POINT_mul(group, running->own, NULL, running->base, running->secret, running->numbers) !=
        1)
        return no_memory(running);
    running->sent.len =
        EC_POINT_point2oct(group, running->own, POINT_CONVERSION_UNCOMPRESSED, running->sent.at,
                           sizeof(running->sent.at), running->numbers);
    status = ask(running, step, ptn_bytes_of(running->sent.at, running->sent.len), &theirs);
    if (!ptn_ok(status))
        return status;
    /* Whether it lies on the curve is looked at while it is taken. */
    if (theirs.len != running->sent.len || theirs.at[0] != POINT_CONVERSION_UNCOMPRESSED ||
        EC_POINT_oct2point(group, running->theirs, theirs.at, theirs.len, running->numbers) != 1 ||
        memcmp(theirs.at, running->sent.at, theirs.len) == 0)
        return broken(running, "the chip's point is none of the curve, or ours");
    memcpy(running->received.at, theirs.at, theirs.len);
    running->received.len = theirs.len;
    if (EC_POINT_mul(group, running->shared, NULL, running->theirs, running->secret,
                     running->numbers) != 1)
        return no_memory(running);
    return EC_POINT_is_at_infinity(group, running->shared) == 1
               ? broken(running, "the chip's point leads nowhere")
               : PTN_OK;
}

/* ---- its four steps ---- */

static struct ptn_status choose(struct running *running, bool by_number)
{
    const struct ptn_chip_pace *pace = running->pace;
    const uint8_t password = by_number ? BY_NUMBER : BY_LINES;
    struct ptn_buffer body = { .len_max = PTN_CHIP_DATA_MAX };
    uint16_t word = 0;
    struct ptn_status status =
        ptn_chip_add_object(&body, 0x80, ptn_bytes_of(pace->protocol, sizeof(pace->protocol)));

    if (ptn_ok(status))
        status = ptn_chip_add_object(&body, 0x83, ptn_bytes_of(&password, 1));
    if (ptn_ok(status) && pace->ambiguous)
        status = ptn_chip_add_object(&body, 0x84, ptn_bytes_of(&pace->parameters, 1));
    if (ptn_ok(status))
        status = ptn_chip_send(running->session,
                               &(struct ptn_chip_command){ .instruction = 0x22,
                                                           .p1 = 0xc1,
                                                           .p2 = 0xa4,
                                                           .data = ptn_buffer_bytes(&body),
                                                           .expected = PTN_CHIP_NONE },
                               &word, running->diag);
    ptn_buffer_release(&body);
    /* 63Cx: so many tries are left; it may be tried. */
    if (ptn_ok(status) && word != PTN_CHIP_DONE && word >> 4 != 0x63c)
        return ptn_fail(PTN_C_NOT_FOUND, running->diag, 0, "the chip refuses PACE");
    return status;
}

static struct ptn_status take_nonce(struct running *running, const struct ptn_chip_key *key)
{
    enum ptn_chip_cipher cipher = running->pace->cipher;
    size_t block_len = ptn_chip_block_len(cipher);
    struct ptn_chip_seed seed;
    uint8_t password[PTN_CHIP_SECRET_MAX], nonce[PTN_CHIP_SECRET_MAX];
    struct ptn_bytes hidden;
    struct ptn_status status = ask(running, STEP_NONCE, PTN_BYTES_NONE, &hidden);

    if (!ptn_ok(status))
        return status;
    if (hidden.len == 0 || hidden.len > sizeof(nonce) || hidden.len % block_len != 0)
        return broken(running, "the chip's number is no whole block");
    if (!ptn_chip_seed_of(key, &seed) ||
        !ptn_chip_derive(cipher, ptn_bytes_of(seed.at, seed.len), 3, password) ||
        !ptn_chip_crypt(cipher, password, NULL, false, hidden, nonce) ||
        BN_bin2bn(nonce, (int)hidden.len, running->nonce) == NULL)
        status = no_memory(running);
    OPENSSL_cleanse(&seed, sizeof(seed));
    OPENSSL_cleanse(password, sizeof(password));
    OPENSSL_cleanse(nonce, sizeof(nonce));
    return status;
}

/* The base both go on from: nonce times the generator, and what was shared. */
static struct ptn_status map(struct running *running)
{
    struct ptn_status status = exchange(running, STEP_MAP);

    if (ptn_ok(status) &&
        (EC_POINT_mul(running->group, running->base, NULL, EC_GROUP_get0_generator(running->group),
                      running->nonce, running->numbers) != 1 ||
         EC_POINT_add(running->group, running->base, running->base, running->shared,
                      running->numbers) != 1))
        status = no_memory(running);
    if (ptn_ok(status) && EC_POINT_is_at_infinity(running->group, running->base) == 1)
        status = broken(running, "the chip's point leads nowhere");
    return status;
}

static struct ptn_status agree(struct running *running, struct ptn_chip_keys *ret_keys)
{
    struct ptn_status status = exchange(running, STEP_AGREE);

    if (ptn_ok(status) &&
        !ptn_chip_share(running->group, running->shared, running->pace->cipher, ret_keys))
        status = no_memory(running);
    return status;
}

/* The protocol and a point, under the key. */
static struct ptn_status token(const struct running *running, const uint8_t *key,
                               const struct point *point, uint8_t ret_mac[PTN_CHIP_MAC_LEN])
{
    const struct ptn_chip_pace *pace = running->pace;
    struct ptn_bytes name = ptn_bytes_of(pace->protocol, sizeof(pace->protocol));
    struct ptn_bytes bytes = ptn_bytes_of(point->at, point->len);
    struct ptn_buffer buffer = { .len_max = PTN_CHIP_POINT_LEN_MAX + 32 };
    struct ptn_status status =
        ptn_chip_add_head(&buffer, TAG_PUBLIC,
                          ptn_chip_head_len(V_ASN1_OBJECT, name.len) + name.len +
                              ptn_chip_head_len(0x86, bytes.len) + bytes.len);

    if (ptn_ok(status))
        status = ptn_chip_add_object(&buffer, V_ASN1_OBJECT, name);
    if (ptn_ok(status))
        status = ptn_chip_add_object(&buffer, 0x86, bytes);
    if (ptn_ok(status) && pace->cipher == PTN_CHIP_3DES)
        status = ptn_chip_pad(&buffer, ptn_chip_block_len(pace->cipher));
    if (ptn_ok(status) && !ptn_chip_mac(pace->cipher, key, ptn_buffer_bytes(&buffer), ret_mac))
        status = no_memory(running);
    ptn_buffer_release(&buffer);
    return status;
}

static struct ptn_status confirm(struct running *running, const uint8_t *authentication)
{
    uint8_t ours[PTN_CHIP_MAC_LEN], wanted[PTN_CHIP_MAC_LEN];
    struct ptn_bytes theirs;
    struct ptn_status status = token(running, authentication, &running->received, ours);

    if (ptn_ok(status))
        status = token(running, authentication, &running->sent, wanted);
    if (ptn_ok(status))
        status = ask(running, STEP_CONFIRM, ptn_bytes_of(ours, sizeof(ours)), &theirs);
    if (ptn_ok(status) && !ptn_chip_mac_equal(wanted, theirs))
        status =
            ptn_fail(PTN_C_BAD_INPUT, running->diag, 0, "the chip does not know this key itself");
    return status;
}

struct ptn_status ptn_chip_pace_run(struct ptn_chip_session *session,
                                    const struct ptn_chip_pace *pace,
                                    const struct ptn_chip_key *key, struct ptn_diag *reterr)
{
    static const uint8_t zero[PTN_CHIP_BLOCK_MAX];
    struct running running = { .session = session, .pace = pace, .diag = reterr };
    struct ptn_chip_keys keys = { .cipher = pace->cipher };
    struct ptn_status status = begin(&running);

    if (ptn_ok(status))
        status = choose(&running, key->is_access_number);
    if (ptn_ok(status))
        status = take_nonce(&running, key);
    if (ptn_ok(status))
        status = map(&running);
    if (ptn_ok(status))
        status = agree(&running, &keys);
    if (ptn_ok(status))
        status = confirm(&running, keys.authentication);
    if (ptn_ok(status)) {
        ptn_chip_protect(session, &keys, zero);
        session->access = PTN_CHIP_ACCESS_PACE;
    }
    OPENSSL_cleanse(&keys, sizeof(keys));
    end(&running);
    return status;
}
