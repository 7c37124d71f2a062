/*
 * tests/unit/chip_card.h -- the other side of document/chip_read.h: a travel document's chip that
 * opens by Basic Access Control or PACE and gives its files under secure messaging, as Doc 9303
 * part 11 has it. It shares no code with the reader: its ciphers are made of single blocks. What
 * should not happen to the card itself ends the program.
 */
#ifndef CHIP_CARD_H
#define CHIP_CARD_H
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <stdlib.h>
#include <string.h>

#include "document/chip_read.h"

#define CARD_MUST(cond) ((cond) ? (void)0 : abort())
#define CARD_FILES      8u
#define CARD_NO_FILE    0x6a82u
#define CARD_DENIED     0x6982u

struct card_file {
    unsigned id;
    struct ptn_bytes bytes;
    bool denied; /* not to those who only read the page */
};

struct card {
    /* What it is. */
    const char *lines, *number; /* what opens it: struct ptn_chip_key's texts; NULL: does not */
    bool basic, open;           /* opens by Basic Access Control; to anybody */
    struct card_file files[CARD_FILES];
    unsigned pace_cipher; /* 0: no PACE; 1 3DES, 2 to 4 AES */
    unsigned pace_mapping;
    int curve;
    uint8_t domain;
    bool refuses_pace, names_domain; /* the domain must be said */
    size_t gives_max;                /* bytes of a file at once; 0: as many as are asked for */
    bool mirrors;                    /* gives the reader's own points back */
    EVP_PKEY *agreeing, *signing; /* what chip and active authentication are done with; NULL: not */
    unsigned agreeing_cipher;     /* as pace_cipher */
    const EVP_MD *signing_digest;
    bool refuses_proof, short_only; /* no lengths of two bytes */

    /* What it draws; NULL: from its own seed. */
    const char *nonce, *map_secret, *agree_secret, *challenge, *half;

    /* What is done to it. Answers are counted from 1. */
    unsigned gone_at;            /* no answer */
    unsigned changed_at;         /* that answer has a byte changed, or is cut */
    size_t changed_byte, cut_to; /* cut_to 0: not cut */

    /* Where it stands. */
    unsigned answers;
    bool in_application, secure, is_open;
    unsigned cipher; /* as pace_cipher */
    uint8_t enc[32], mac[32], ssc[16];
    const struct card_file *selected;
    uint8_t said[8];
    bool by_number;
    unsigned step;
    EC_GROUP *group;
    EC_POINT *base;
    BIGNUM *secret;
    uint8_t shared_x[66], theirs[133], ours[133], token_mac[32];
    uint8_t token_enc[32];
    uint8_t seen_token[8], own_token[8]; /* for who compares with a worked example */
    uint64_t seed;
    bool agrees_next,
        begins_next; /* chip authentication was chosen; the next command is under it */
};

/* ---- ciphers, of single blocks ---- */

static size_t card_block(unsigned cipher)
{
    return cipher == 1 ? 8 : 16;
}

static void card_one(const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt, const uint8_t *in,
                     size_t len, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int got = 0;

    CARD_MUST(context != NULL && EVP_CipherInit_ex(context, cipher, NULL, key, NULL, encrypt) == 1);
    CARD_MUST(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
    CARD_MUST(EVP_CipherUpdate(context, out, &got, in, (int)len) == 1 && got == (int)len);
    EVP_CIPHER_CTX_free(context);
}

static void card_des(const uint8_t *key, bool encrypt, const uint8_t *in, uint8_t *out)
{
    uint8_t thrice[24];

    for (size_t i = 0; i < 24; i++)
        thrice[i] = key[i % 8];
    card_one(EVP_des_ede3_ecb(), thrice, encrypt, in, 8, out);
}

static void card_block_crypt(unsigned cipher, const uint8_t *key, bool encrypt, const uint8_t *in,
                             uint8_t *out)
{
    uint8_t a[8], b[8];

    if (cipher == 1) {
        card_des(key, encrypt, in, a);
        card_des(key + 8, !encrypt, a, b);
        card_des(key, encrypt, b, out);
        return;
    }
    card_one(cipher == 2   ? EVP_aes_128_ecb()
             : cipher == 3 ? EVP_aes_192_ecb()
                           : EVP_aes_256_ecb(),
             key, encrypt, in, 16, out);
}

/* Chained by hand, in place; first: the vector. */
static void card_crypt(unsigned cipher, const uint8_t *key, const uint8_t *first, bool encrypt,
                       uint8_t *at, size_t len)
{
    size_t block = card_block(cipher);
    uint8_t chain[16], before[16];

    CARD_MUST(len % block == 0);
    memcpy(chain, first, block);
    for (size_t i = 0; i < len; i += block) {
        memcpy(before, at + i, block);
        if (encrypt) {
            for (size_t j = 0; j < block; j++)
                at[i + j] ^= chain[j];
            card_block_crypt(cipher, key, true, at + i, at + i);
            memcpy(chain, at + i, block);
        } else {
            card_block_crypt(cipher, key, false, at + i, at + i);
            for (size_t j = 0; j < block; j++)
                at[i + j] ^= chain[j];
            memcpy(chain, before, block);
        }
    }
}

static void card_mac(unsigned cipher, const uint8_t *key, const uint8_t *at, size_t len,
                     uint8_t *ret)
{
    static const char *const names[] = { "", "", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
    uint8_t chain[16] = { 0 };
    size_t got = 0;

    if (cipher != 1) {
        CARD_MUST(EVP_Q_mac(NULL, "CMAC", NULL, names[cipher], NULL, key, 8 * (size_t)cipher, at,
                            len, chain, sizeof(chain), &got) != NULL);
        memcpy(ret, chain, 8);
        return;
    }
    CARD_MUST(len % 8 == 0);
    for (size_t i = 0; i < len; i += 8) {
        for (size_t j = 0; j < 8; j++)
            chain[j] ^= at[i + j];
        card_des(key, true, chain, chain);
    }
    card_des(key + 8, false, chain, chain);
    card_des(key, true, chain, ret);
}

static void card_kdf(unsigned cipher, const uint8_t *seed, size_t len, uint8_t counter,
                     uint8_t *ret)
{
    uint8_t bytes[80], digest[64];
    unsigned got = 0;

    CARD_MUST(len + 4 <= sizeof(bytes));
    memcpy(bytes, seed, len);
    memcpy(bytes + len, (uint8_t[]){ 0, 0, 0, counter }, 4);
    CARD_MUST(EVP_Digest(bytes, len + 4, digest, &got, cipher < 3 ? EVP_sha1() : EVP_sha256(),
                         NULL) == 1);
    memcpy(ret, digest, cipher < 3 ? 16 : 32);
}

/* ---- what it draws ---- */

static void card_draw(struct card *card, const char *fixed, uint8_t *ret, size_t len)
{
    if (fixed != NULL) {
        CARD_MUST(strlen(fixed) == 2 * len &&
                  ptn_hex_read_exactly(ptn_bytes_from_text(fixed), ret, len));
        return;
    }
    for (size_t i = 0; i < len; i++) {
        card->seed = card->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ret[i] = (uint8_t)(card->seed >> 56);
    }
}

/* ---- files ---- */

static unsigned card_select(struct card *card, struct ptn_bytes data)
{
    unsigned id = data.len == 2 ? (unsigned)data.at[0] << 8 | data.at[1] : 0;

    card->selected = NULL;
    for (size_t i = 0; i < CARD_FILES; i++)
        if (card->files[i].id == id && id != 0)
            card->selected = &card->files[i];
    if (card->selected == NULL || (id != 0x011c && !card->in_application))
        return CARD_NO_FILE;
    if (id != 0x011c && !card->is_open && !card->open)
        return CARD_DENIED;
    return card->selected->denied ? CARD_DENIED : 0x9000;
}

static unsigned card_read(struct card *card, bool odd, unsigned p1, unsigned p2,
                          struct ptn_bytes data, size_t expected, struct ptn_buffer *out)
{
    size_t offset = (size_t)p1 << 8 | p2, len = expected;
    struct ptn_bytes piece;

    if (card->selected == NULL || card->selected->denied)
        return 0x6986;
    if (odd) {
        CARD_MUST(data.len == 5 && data.at[0] == 0x54 && data.at[1] == 3 && offset == 0);
        offset = (size_t)data.at[2] << 16 | (size_t)data.at[3] << 8 | data.at[4];
        len = expected > 0x80 ? expected - 3 : expected - 2; /* the object around it counts */
    } else if (offset >= 0x8000) {
        return 0x6b00;
    }
    if (card->gives_max != 0 && len > card->gives_max)
        len = card->gives_max;
    if (offset >= card->selected->bytes.len)
        return 0x6b00;
    piece = ptn_bytes_slice(card->selected->bytes, offset, len);
    if (odd) {
        CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x53)));
        if (piece.len > 0x7f)
            CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x81)));
        CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)piece.len)));
    }
    CARD_MUST(ptn_ok(ptn_buffer_add(out, piece)));
    return 0x9000;
}

/* ---- Basic Access Control ---- */

static void card_begin(struct card *card, unsigned cipher, const uint8_t *enc, const uint8_t *mac,
                       const uint8_t *ssc)
{
    card->cipher = cipher;
    memcpy(card->enc, enc, 32);
    memcpy(card->mac, mac, 32);
    memset(card->ssc, 0, 16);
    if (ssc != NULL)
        memcpy(card->ssc, ssc, 8);
    card->secure = card->is_open = true;
}

static unsigned card_basic(struct card *card, struct ptn_bytes data, struct ptn_buffer *out)
{
    static const uint8_t zero[16];
    uint8_t seed[20], enc[32] = { 0 }, mac[32] = { 0 }, padded[40] = { 0 }, tag[8];
    uint8_t heard[32], answer[40], half[16], ssc[8];

    if (data.len != 40 || !card->basic || card->lines == NULL)
        return 0x6700;
    CARD_MUST(EVP_Digest(card->lines, strlen(card->lines), seed, NULL, EVP_sha1(), NULL) == 1);
    card_kdf(1, seed, 16, 1, enc);
    card_kdf(1, seed, 16, 2, mac);
    memcpy(padded, data.at, 32);
    padded[32] = 0x80;
    card_mac(1, mac, padded, 40, tag);
    memcpy(heard, data.at, 32);
    card_crypt(1, enc, zero, false, heard, 32);
    if (memcmp(tag, data.at + 32, 8) != 0 || memcmp(heard + 8, card->said, 8) != 0)
        return 0x6300;
    card_draw(card, card->half, half, 16);
    memcpy(answer, card->said, 8);
    memcpy(answer + 8, heard, 8);
    memcpy(answer + 16, half, 16);
    card_crypt(1, enc, zero, true, answer, 32);
    memcpy(padded, answer, 32);
    card_mac(1, mac, padded, 40, answer + 32);
    CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(answer, 40))));
    for (size_t i = 0; i < 16; i++)
        half[i] ^= heard[16 + i];
    card_kdf(1, half, 16, 1, enc);
    card_kdf(1, half, 16, 2, mac);
    memcpy(ssc, card->said + 4, 4);
    memcpy(ssc + 4, heard + 4, 4);
    card_begin(card, 1, enc, mac, ssc);
    return 0x9000;
}

/* ---- PACE ---- */

static void card_protocol(const struct card *card, uint8_t ret[10])
{
    memcpy(ret, (uint8_t[]){ 0x04, 0, 0x7f, 0, 7, 2, 2, 4 }, 8);
    ret[8] = (uint8_t)card->pace_mapping;
    ret[9] = (uint8_t)card->pace_cipher;
}

/* EF.CardAccess of what it offers, after another offer that no reader here knows. */
static void card_access_file(const struct card *card, struct ptn_buffer *out)
{
    uint8_t strange[] = { 0x30, 0x12, 0x06, 0x0a, 4,    0, 0x7f, 0,    7, 2,
                          2,    4,    4,    2,    0x02, 1, 2,    0x02, 1, 0x0d };
    uint8_t offer[sizeof(strange)];

    memcpy(offer, strange, sizeof(strange));
    card_protocol(card, offer + 4);
    offer[sizeof(offer) - 1] = card->domain;
    strange[sizeof(strange) - 1] = (uint8_t)(card->domain + (card->names_domain ? 1 : 0));
    CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of((uint8_t[]){ 0x31, 40 }, 2))));
    CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(strange, sizeof(strange)))));
    CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(offer, sizeof(offer)))));
}

static unsigned card_choose(struct card *card, struct ptn_bytes data)
{
    uint8_t wanted[15] = { 0x80, 10 };

    card_protocol(card, wanted + 2);
    memcpy(wanted + 12, (uint8_t[]){ 0x83, 1, 0 }, 3);
    if (card->pace_cipher == 0 || card->refuses_pace || data.len < 15 ||
        memcmp(data.at, wanted, 14) != 0)
        return 0x6a80;
    card->by_number = data.at[14] == 2;
    if (card->names_domain ? data.len != 18 || data.at[17] != card->domain : data.len != 15)
        return 0x6a88;
    card->step = 1;
    EC_GROUP_free(card->group);
    EC_POINT_free(card->base);
    card->group = EC_GROUP_new_by_curve_name(card->curve);
    CARD_MUST(card->group != NULL);
    card->base = EC_POINT_dup(EC_GROUP_get0_generator(card->group), card->group);
    if (card->secret == NULL)
        card->secret = BN_new();
    return (card->by_number ? card->number : card->lines) == NULL ? 0x6a88 : 0x9000;
}

static void card_object(struct ptn_buffer *out, unsigned tag, const uint8_t *at, size_t len)
{
    size_t head = len > 0x7f ? 3 : 2;

    CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x7c)));
    if (len + head > 0x7f)
        CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x81)));
    CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)(len + head))) &&
              ptn_ok(ptn_buffer_add_u8(out, (uint8_t)tag)));
    if (len > 0x7f)
        CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x81)));
    CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)len)) &&
              ptn_ok(ptn_buffer_add(out, ptn_bytes_of(at, len))));
}

static size_t card_field(const struct card *card)
{
    return ((size_t)EC_GROUP_get_degree(card->group) + 7) / 8;
}

/* Its password under which the nonce goes out; nonce: in the clear, a block long or two. */
static void card_nonce(struct card *card, struct ptn_buffer *out)
{
    static const uint8_t zero[16];
    const char *text = card->by_number ? card->number : card->lines;
    uint8_t seed[64], key[32] = { 0 }, nonce[16];
    size_t len = strlen(text);
    BIGNUM *s;

    memcpy(seed, text, len);
    if (!card->by_number) {
        CARD_MUST(EVP_Digest(text, len, seed, NULL, EVP_sha1(), NULL) == 1);
        len = 20;
    }
    card_kdf(card->pace_cipher, seed, len, 3, key);
    card_draw(card, card->nonce, nonce, 16);
    s = BN_bin2bn(nonce, 16, NULL);
    CARD_MUST(s != NULL && EC_POINT_mul(card->group, card->base, s, NULL, NULL, NULL) == 1);
    BN_free(s);
    card_crypt(card->pace_cipher, key, zero, true, nonce, 16);
    card_object(out, 0x80, nonce, 16);
}

/* Take the reader's point, give its own over the base, and work out what both share. */
static unsigned card_exchange(struct card *card, struct ptn_bytes point, const char *fixed,
                              const EC_POINT *base, unsigned tag, struct ptn_buffer *out,
                              EC_POINT *shared)
{
    size_t len = 2 * card_field(card) + 1;
    uint8_t scalar[66];
    EC_POINT *theirs = EC_POINT_new(card->group), *own = EC_POINT_new(card->group);

    CARD_MUST(point.len == len && theirs != NULL && own != NULL);
    CARD_MUST(EC_POINT_oct2point(card->group, theirs, point.at, len, NULL) == 1);
    card_draw(card, fixed, scalar, fixed == NULL ? card_field(card) - 1 : strlen(fixed) / 2);
    CARD_MUST(BN_bin2bn(scalar, (int)(fixed == NULL ? card_field(card) - 1 : strlen(fixed) / 2),
                        card->secret) != NULL);
    CARD_MUST(EC_POINT_mul(card->group, own, NULL, base, card->secret, NULL) == 1 &&
              EC_POINT_mul(card->group, shared, NULL, theirs, card->secret, NULL) == 1);
    memcpy(card->theirs, point.at, len);
    CARD_MUST(EC_POINT_point2oct(card->group, own, POINT_CONVERSION_UNCOMPRESSED, card->ours, len,
                                 NULL) == len);
    card_object(out, tag, card->mirrors ? card->theirs : card->ours, len);
    EC_POINT_free(theirs);
    EC_POINT_free(own);
    return 0x9000;
}

static void card_token(const struct card *card, const uint8_t *point, uint8_t ret[8])
{
    size_t len = 2 * card_field(card) + 1, at = 0, head = len > 0x7f ? 3 : 2;
    uint8_t bytes[192] = { 0x7f, 0x49 };

    at = 2;
    if (12 + head + len > 0x7f)
        bytes[at++] = 0x81;
    bytes[at++] = (uint8_t)(12 + head + len);
    bytes[at++] = 6;
    bytes[at++] = 10;
    card_protocol(card, bytes + at);
    at += 10;
    bytes[at++] = 0x86;
    if (len > 0x7f)
        bytes[at++] = 0x81;
    bytes[at++] = (uint8_t)len;
    memcpy(bytes + at, point, len);
    at += len;
    if (card->pace_cipher == 1) {
        bytes[at++] = 0x80;
        at += (8 - at % 8) % 8;
    }
    card_mac(card->pace_cipher, card->token_mac, bytes, at, ret);
}

static unsigned card_map(struct card *card, struct ptn_bytes point, struct ptn_buffer *out)
{
    EC_POINT *shared = EC_POINT_new(card->group);

    (void)card_exchange(card, point, card->map_secret, EC_GROUP_get0_generator(card->group), 0x82,
                        out, shared);
    CARD_MUST(EC_POINT_add(card->group, card->base, card->base, shared, NULL) == 1);
    EC_POINT_free(shared);
    return 0x9000;
}

static unsigned card_agree(struct card *card, struct ptn_bytes point, struct ptn_buffer *out)
{
    EC_POINT *shared = EC_POINT_new(card->group);
    BIGNUM *x = BN_new();

    (void)card_exchange(card, point, card->agree_secret, card->base, 0x84, out, shared);
    CARD_MUST(EC_POINT_get_affine_coordinates(card->group, shared, x, NULL, NULL) == 1);
    CARD_MUST(BN_bn2binpad(x, card->shared_x, (int)card_field(card)) > 0);
    card_kdf(card->pace_cipher, card->shared_x, card_field(card), 1, card->token_enc);
    card_kdf(card->pace_cipher, card->shared_x, card_field(card), 2, card->token_mac);
    BN_free(x);
    EC_POINT_free(shared);
    return 0x9000;
}

static unsigned card_confirm(struct card *card, struct ptn_bytes token, struct ptn_buffer *out)
{
    uint8_t wanted[8];

    card_token(card, card->ours, wanted);
    if (token.len != 8 || memcmp(wanted, token.at, 8) != 0)
        return 0x6300;
    memcpy(card->seen_token, token.at, 8);
    card_token(card, card->theirs, card->own_token);
    card_object(out, 0x86, card->own_token, 8);
    card_begin(card, card->pace_cipher, card->token_enc, card->token_mac, NULL);
    return 0x9000;
}

static unsigned card_pace(struct card *card, struct ptn_bytes data, struct ptn_buffer *out)
{
    struct ptn_bytes inner = PTN_BYTES_NONE;
    size_t head = data.len > 1 && data.at[1] == 0x81 ? 3 : 2;

    if (data.len > head + 2) {
        struct ptn_bytes object = ptn_bytes_slice(data, head, SIZE_MAX);

        CARD_MUST(object.at[0] == 0x7f + 2 * card->step - 2);
        inner = ptn_bytes_slice(object, object.at[1] == 0x81 ? 3 : 2, SIZE_MAX);
    }
    switch (card->step++) {
    case 1:
        card_nonce(card, out);
        return 0x9000;
    case 2:
        return card_map(card, inner, out);
    case 3:
        return card_agree(card, inner, out);
    case 4:
        return card_confirm(card, inner, out);
    default:
        return 0x6985;
    }
}

/* ---- chip authentication ---- */

/* What both share of the reader's point: new keys, from the next command on. */
static unsigned card_share(struct card *card, struct ptn_bytes point)
{
    EVP_PKEY *theirs = EVP_PKEY_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(card->agreeing, NULL);
    size_t len = sizeof(card->shared_x);

    CARD_MUST(theirs != NULL && context != NULL &&
              EVP_PKEY_copy_parameters(theirs, card->agreeing) == 1 &&
              EVP_PKEY_set1_encoded_public_key(theirs, point.at, point.len) == 1);
    CARD_MUST(EVP_PKEY_derive_init(context) == 1 &&
              EVP_PKEY_derive_set_peer(context, theirs) == 1 &&
              EVP_PKEY_derive(context, card->shared_x, &len) == 1);
    card_kdf(card->agreeing_cipher, card->shared_x, len, 1, card->token_enc);
    card_kdf(card->agreeing_cipher, card->shared_x, len, 2, card->token_mac);
    card->begins_next = true;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(theirs);
    return 0x9000;
}

static unsigned card_agreeing(struct card *card, unsigned p2, struct ptn_bytes data)
{
    size_t head = data.len > 1 && data.at[1] == 0x81 ? 3 : 2;

    if (card->agreeing == NULL || card->refuses_proof)
        return 0x6a80;
    if (p2 == 0xa6) {
        size_t len = data.at[head - 1];

        CARD_MUST(card->agreeing_cipher == 1 && data.at[0] == 0x91);
        return card_share(card, ptn_bytes_slice(data, head, len));
    }
    CARD_MUST(p2 == 0xa4 && data.len >= 12 && data.at[0] == 0x80 &&
              data.at[11] == card->agreeing_cipher);
    card->agrees_next = true;
    return 0x9000;
}

/* ---- active authentication ---- */

static void card_digest(const EVP_MD *digest, const uint8_t *drawn, size_t len,
                        struct ptn_bytes challenge, uint8_t *ret)
{
    uint8_t bytes[600];

    memcpy(bytes, drawn, len);
    memcpy(bytes + len, challenge.at, challenge.len);
    CARD_MUST(EVP_Digest(bytes, len + challenge.len, ret, NULL, digest, NULL) == 1);
}

static unsigned card_sign_rsa(struct card *card, struct ptn_bytes challenge, struct ptn_buffer *out)
{
    size_t len = (size_t)EVP_PKEY_get_size(card->signing), tail;
    size_t digest_len = (size_t)EVP_MD_get_size(card->signing_digest);
    bool sha1 = EVP_MD_is_a(card->signing_digest, "SHA1");
    uint8_t message[512] = { 0x6a }, signature[512];
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(card->signing, NULL);

    tail = sha1 ? 1 : 2;
    card_draw(card, NULL, message + 1, len - 1 - digest_len - tail);
    card_digest(card->signing_digest, message + 1, len - 1 - digest_len - tail, challenge,
                message + len - tail - digest_len);
    message[len - 1] = sha1 ? 0xbc : 0xcc;
    if (!sha1)
        message[len - 2] = EVP_MD_is_a(card->signing_digest, "SHA256") ? 0x34 : 0x35;
    CARD_MUST(context != NULL && EVP_PKEY_sign_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
              EVP_PKEY_sign(context, signature, &len, message, len) == 1);
    CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(signature, len))));
    EVP_PKEY_CTX_free(context);
    return 0x9000;
}

static unsigned card_sign_ecdsa(struct card *card, struct ptn_bytes challenge,
                                struct ptn_buffer *out)
{
    int half = (EVP_PKEY_get_bits(card->signing) + 7) / 8;
    uint8_t der[160], plain[132];
    const unsigned char *at = der;
    size_t len = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ECDSA_SIG *both;

    CARD_MUST(context != NULL &&
              EVP_DigestSignInit(context, NULL, card->signing_digest, NULL, card->signing) == 1 &&
              EVP_DigestSign(context, der, &len, challenge.at, challenge.len) == 1);
    both = d2i_ECDSA_SIG(NULL, &at, (long)len);
    CARD_MUST(both != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(both), plain, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(both), plain + half, half) == half);
    CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(plain, (size_t)half * 2))));
    ECDSA_SIG_free(both);
    EVP_MD_CTX_free(context);
    return 0x9000;
}

static unsigned card_signing(struct card *card, struct ptn_bytes challenge, struct ptn_buffer *out)
{
    if (card->signing == NULL || card->refuses_proof)
        return 0x6d00;
    return EVP_PKEY_is_a(card->signing, "RSA") ? card_sign_rsa(card, challenge, out)
                                               : card_sign_ecdsa(card, challenge, out);
}

/* ---- commands ---- */

static unsigned card_do(struct card *card, const uint8_t *head, struct ptn_bytes data,
                        size_t expected, struct ptn_buffer *out)
{
    static const uint8_t application[] = { 0xa0, 0, 0, 2, 0x47, 0x10, 1 };

    switch (head[1]) {
    case 0xa4:
        if (head[2] != 4)
            return card_select(card, data);
        card->in_application = ptn_bytes_equal(data, ptn_bytes_of(application, 7));
        return card->in_application ? 0x9000 : CARD_NO_FILE;
    case 0xb0:
    case 0xb1:
        return card_read(card, head[1] == 0xb1, head[2], head[3], data, expected, out);
    case 0x84:
        card_draw(card, card->challenge, card->said, 8);
        CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(card->said, 8))));
        return 0x9000;
    case 0x82:
        return card_basic(card, data, out);
    case 0x88:
        return card_signing(card, data, out);
    case 0x22:
        return head[2] == 0x41 ? card_agreeing(card, head[3], data) : card_choose(card, data);
    case 0x86:
        if (!card->agrees_next)
            return card_pace(card, data, out);
        card->agrees_next = false;
        CARD_MUST(ptn_ok(ptn_buffer_add_u16(out, 0x7c00)));
        data = ptn_bytes_slice(data, data.at[1] == 0x81 ? 3 : 2, SIZE_MAX);
        return card_share(card, ptn_bytes_slice(data, data.at[1] == 0x81 ? 3 : 2, SIZE_MAX));
    default:
        return 0x6d00;
    }
}

static void card_count(struct card *card)
{
    for (size_t i = card_block(card->cipher); i-- > 0 && ++card->ssc[i] == 0;)
        ;
}

static void card_first(const struct card *card, uint8_t *ret)
{
    memset(ret, 0, 16);
    if (card->cipher != 1)
        card_block_crypt(card->cipher, card->enc, true, card->ssc, ret);
}

/* Authenticate the counter and those bytes, padded; head padded by itself before, where given. */
static void card_sign(const struct card *card, const uint8_t *head, struct ptn_bytes body,
                      uint8_t ret[8])
{
    size_t block = card_block(card->cipher), at = block;
    uint8_t bytes[1024] = { 0 };

    memcpy(bytes, card->ssc, block);
    if (head != NULL) {
        memcpy(bytes + at, head, 4);
        bytes[at + 4] = 0x80;
        at += block;
    }
    if (body.len > 0) {
        memcpy(bytes + at, body.at, body.len);
        at += body.len;
        bytes[at++] = 0x80;
        at += (block - at % block) % block;
    }
    card_mac(card->cipher, card->mac, bytes, at, ret);
}

/* A protected command: what it says, done, and the answer protected. */
static unsigned card_secure(struct card *card, const uint8_t *head, struct ptn_bytes body,
                            struct ptn_buffer *out)
{
    uint8_t plain_head[4] = { head[0] & 0xf3, head[1], head[2], head[3] }, tag[8], first[16];
    uint8_t covered[256];
    size_t covered_len = 0, expected = 0, signed_len = 0, at = 0;
    struct ptn_buffer data = { .len_max = 1024 };
    unsigned word;

    card_count(card);
    while (at + 2 <= body.len) {
        size_t len = body.at[at + 1], skip = 2;

        if (len == 0x81) {
            len = body.at[at + 2];
            skip = 3;
        }
        CARD_MUST(at + skip + len <= body.len);
        if (body.at[at] == 0x87 || body.at[at] == 0x85) {
            size_t pad = body.at[at] == 0x87;

            covered_len = len - pad;
            memcpy(covered, body.at + at + skip + pad, covered_len);
        } else if (body.at[at] == 0x97) {
            expected = body.at[at + 2] == 0 ? 256 : body.at[at + 2];
        } else {
            CARD_MUST(body.at[at] == 0x8e && len == 8);
            card_sign(card, head, ptn_bytes_slice(body, 0, signed_len), tag);
            if (memcmp(tag, body.at + at + 2, 8) != 0)
                return 0x6988;
        }
        at += skip + len;
        if (signed_len == 0 || at < body.len)
            signed_len = at;
    }
    if (covered_len > 0) {
        card_first(card, first);
        card_crypt(card->cipher, card->enc, first, false, covered, covered_len);
        while (covered[--covered_len] == 0)
            ;
        CARD_MUST(covered[covered_len] == 0x80);
    }
    word = card_do(card, plain_head, ptn_bytes_of(covered, covered_len), expected, &data);
    card_count(card);
    if (data.len > 0) {
        size_t block = card_block(card->cipher), odd = head[1] & 1;

        CARD_MUST(ptn_ok(ptn_buffer_add_u8(&data, 0x80)));
        while (data.len % block != 0)
            CARD_MUST(ptn_ok(ptn_buffer_add_u8(&data, 0)));
        card_first(card, first);
        card_crypt(card->cipher, card->enc, first, true, data.at, data.len);
        CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, odd ? 0x85 : 0x87)));
        if (data.len + 1 - odd > 0xff)
            CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x82)) &&
                      ptn_ok(ptn_buffer_add_u8(out, (uint8_t)((data.len + 1 - odd) >> 8))));
        else if (data.len + 1 - odd > 0x7f)
            CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x81)));
        CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)(data.len + 1 - odd))));
        if (!odd)
            CARD_MUST(ptn_ok(ptn_buffer_add_u8(out, 1)));
        CARD_MUST(ptn_ok(ptn_buffer_add(out, ptn_buffer_bytes(&data))));
    }
    CARD_MUST(ptn_ok(ptn_buffer_add_u16(out, 0x9902)) &&
              ptn_ok(ptn_buffer_add_u16(out, (uint16_t)word)));
    card_sign(card, NULL, ptn_buffer_bytes(out), tag);
    CARD_MUST(ptn_ok(ptn_buffer_add_u16(out, 0x8e08)) &&
              ptn_ok(ptn_buffer_add(out, ptn_bytes_of(tag, 8))));
    ptn_buffer_release(&data);
    if (card->begins_next)
        card_begin(card, card->agreeing_cipher, card->token_enc, card->token_mac, NULL);
    card->begins_next = false;
    return word;
}

static unsigned card_answer(struct card *card, struct ptn_bytes command, struct ptn_buffer *out)
{
    size_t len = command.len > 5 ? command.at[4] : 0;
    struct ptn_bytes data = ptn_bytes_slice(command, 5, len);
    size_t expected = 0;

    if (command.len > 7 && command.at[4] == 0) { /* lengths of two bytes */
        if (card->short_only)
            return 0x6700; /* without protection, whatever was opened */
        len = (size_t)command.at[5] << 8 | command.at[6];
        CARD_MUST(command.len == 7 + len + 2);
        data = ptn_bytes_slice(command, 7, len);
        return (command.at[0] & 0x0c) == 0x0c ? card_secure(card, command.at, data, out)
                                              : card_do(card, command.at, data, 65536, out);
    }
    CARD_MUST(command.len >= 4 && (command.len < 6 || command.len <= 5 + len + 1));
    if (command.len == 5)
        expected = command.at[4] == 0 ? 256 : command.at[4];
    else if (command.len == 6 + len)
        expected = command.at[5 + len] == 0 ? 256 : command.at[5 + len];
    if ((command.at[0] & 0x0c) == 0x0c)
        return card->secure ? card_secure(card, command.at, data, out) : 0x6988;
    if (card->secure) { /* who speaks plainly now is somebody else */
        card->secure = card->is_open = false;
        return CARD_DENIED;
    }
    return card_do(card, command.at, data, expected, out);
}

/* struct ptn_card's. */
static struct ptn_status card_transmit(void *context, struct ptn_bytes command,
                                       struct ptn_buffer *answer)
{
    struct card *card = context;
    struct ptn_buffer out = { .len_max = 2048 };
    unsigned word;
    struct ptn_status status;

    if (++card->answers == card->gone_at)
        return (struct ptn_status){ PTN_C_IO };
    word = card_answer(card, command, &out);
    if (card->begins_next) /* chosen in the clear, of a chip that is open to anybody */
        card_begin(card, card->agreeing_cipher, card->token_enc, card->token_mac, NULL);
    card->begins_next = false;
    CARD_MUST(ptn_ok(ptn_buffer_add_u16(&out, (uint16_t)word)));
    if (card->answers == card->changed_at) {
        if (card->cut_to != 0 && card->cut_to < out.len)
            out.len = card->cut_to;
        else if (card->cut_to == 0)
            out.at[card->changed_byte % out.len] ^= (uint8_t)(1u << card->changed_byte % 8);
    }
    status = ptn_buffer_add(answer, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return status;
}

static void card_release(struct card *card)
{
    EC_GROUP_free(card->group);
    EC_POINT_free(card->base);
    BN_free(card->secret);
    card->group = NULL;
    card->base = NULL;
    card->secret = NULL;
}
#endif
