/* document/chip_key.c -- what opens a chip, and the keys made of it. Doc 9303 part 11, 9.7.1. */
#include <openssl/evp.h>

#include "base/text.h"
#include "document/chip_read_int.h"
#include "document/mrz_int.h"

#define NUMBER_LEN_MIN    9u
#define DATE_LEN          ((size_t)6)
#define ACCESS_NUMBER_LEN 6u
#define KEY_LEN_MIN       (NUMBER_LEN_MIN + 1 + 2 * (DATE_LEN + 1))
#define BASIC_KEY_LEN     16u
#define COUNTER_LEN       4u

/* A field and its check digit. False: a character outside the alphabet, or no room. */
static bool add_checked(char *text, size_t *len, const char *field, size_t field_len)
{
    uint8_t values[PTN_CHIP_KEY_SIZE];

    if (field_len > sizeof(values) || *len + field_len + 2 > PTN_CHIP_KEY_SIZE ||
        !ptn_mrz_values(field, field_len, values))
        return false;
    memcpy(text + *len, field, field_len);
    *len += field_len;
    text[(*len)++] = (char)('0' + ptn_mrz_sum(values, field_len, 0) % 10u);
    text[*len] = '\0';
    return true;
}

bool ptn_chip_key_of(const struct ptn_mrz *mrz, struct ptn_chip_key *ret_key)
{
    struct ptn_chip_key key = { .is_access_number = false };
    char number[PTN_CHIP_KEY_SIZE] = "";
    size_t number_len = strlen(mrz->number);
    size_t len = 0;

    if (mrz->format != PTN_MRZ_TD1 && mrz->format != PTN_MRZ_TD2 && mrz->format != PTN_MRZ_TD3)
        return false;
    if (number_len == 0 || number_len >= sizeof(number) || strlen(mrz->birth_raw) != DATE_LEN ||
        strlen(mrz->expiry_raw) != DATE_LEN)
        return false;
    for (size_t i = 0; i < number_len; i++)
        number[i] = (char)(mrz->number[i] == ' ' ? '<' : mrz->number[i]);
    while (number_len < NUMBER_LEN_MIN)
        number[number_len++] = '<';
    if (!add_checked(key.text, &len, number, number_len) ||
        !add_checked(key.text, &len, mrz->birth_raw, DATE_LEN) ||
        !add_checked(key.text, &len, mrz->expiry_raw, DATE_LEN))
        return false;
    *ret_key = key;
    return true;
}

/* Fields whose digits are right. */
static bool is_lines_key(struct ptn_bytes text)
{
    const char *at = (const char *)text.at;
    size_t number_len = text.len - 2 * (DATE_LEN + 1) - 1;
    char again[PTN_CHIP_KEY_SIZE];
    size_t len = 0;

    return add_checked(again, &len, at, number_len) &&
           add_checked(again, &len, at + number_len + 1, DATE_LEN) &&
           add_checked(again, &len, at + number_len + 1 + DATE_LEN + 1, DATE_LEN) &&
           memcmp(again, at, text.len) == 0;
}

bool ptn_chip_key_parse(struct ptn_bytes text, struct ptn_chip_key *ret_key)
{
    struct ptn_chip_key key = { .is_access_number = text.len == ACCESS_NUMBER_LEN };
    uint64_t digits;

    if (key.is_access_number
            ? !ptn_decimal_read(text, 999999, &digits)
            : text.len < KEY_LEN_MIN || text.len >= PTN_CHIP_KEY_SIZE || !is_lines_key(text))
        return false;
    memcpy(key.text, text.at, text.len);
    *ret_key = key;
    return true;
}

bool ptn_chip_seed_of(const struct ptn_chip_key *key, struct ptn_chip_seed *ret_seed)
{
    unsigned int len = 0;

    ret_seed->len = strlen(key->text);
    if (key->is_access_number) {
        memcpy(ret_seed->at, key->text, ACCESS_NUMBER_LEN);
        return true;
    }
    if (EVP_Digest(key->text, ret_seed->len, ret_seed->at, &len, EVP_sha1(), NULL) != 1)
        return false;
    ret_seed->len = len;
    return true;
}

bool ptn_chip_digest(const EVP_MD *digest, struct ptn_bytes first, struct ptn_bytes second,
                     uint8_t ret_digest[EVP_MAX_MD_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, digest, NULL) == 1 &&
                EVP_DigestUpdate(context, first.at, first.len) == 1 &&
                EVP_DigestUpdate(context, second.at, second.len) == 1 &&
                EVP_DigestFinal_ex(context, ret_digest, NULL) == 1;

    EVP_MD_CTX_free(context);
    return good;
}

/* The parity of DES keys is left as it falls: no cipher looks at it. */
bool ptn_chip_derive(enum ptn_chip_cipher cipher, struct ptn_bytes seed, uint8_t counter,
                     uint8_t ret_key[PTN_CHIP_SECRET_MAX])
{
    const uint8_t count[COUNTER_LEN] = { 0, 0, 0, counter };
    const EVP_MD *digest = cipher < PTN_CHIP_AES_192 ? EVP_sha1() : EVP_sha256();
    uint8_t made[EVP_MAX_MD_SIZE];
    bool good = ptn_chip_digest(digest, seed, ptn_bytes_of(count, sizeof(count)), made);

    if (good)
        memcpy(ret_key, made, cipher < PTN_CHIP_AES_192 ? BASIC_KEY_LEN : PTN_CHIP_SECRET_MAX);
    OPENSSL_cleanse(made, sizeof(made));
    return good;
}

bool ptn_chip_keys_of(enum ptn_chip_cipher cipher, struct ptn_bytes shared,
                      struct ptn_chip_keys *ret_keys)
{
    ret_keys->cipher = cipher;
    return ptn_chip_derive(cipher, shared, 1, ret_keys->encryption) &&
           ptn_chip_derive(cipher, shared, 2, ret_keys->authentication);
}
