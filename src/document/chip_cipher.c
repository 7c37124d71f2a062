/* document/chip_cipher.c -- the ciphers of chips, out of OpenSSL's. Doc 9303 part 11, section 9.8.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "document/chip_read_int.h"

#define DES_LEN 8u
#define AES_LEN 16u

size_t ptn_chip_block_len(enum ptn_chip_cipher cipher)
{
    return cipher == PTN_CHIP_3DES ? DES_LEN : AES_LEN;
}

/* Whole blocks, no padding. */
static bool run(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, bool encrypt,
                struct ptn_bytes in, uint8_t *out)
{
    static const uint8_t zero[PTN_CHIP_BLOCK_MAX];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    bool good =
        context != NULL && in.len <= INT_MAX &&
        EVP_CipherInit_ex(context, cipher, NULL, key, iv == NULL ? zero : iv, encrypt) == 1 &&
        EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
        EVP_CipherUpdate(context, out, &len, in.at, (int)in.len) == 1 && (size_t)len == in.len;

    EVP_CIPHER_CTX_free(context);
    return good;
}

bool ptn_chip_crypt(enum ptn_chip_cipher cipher, const uint8_t *key, const uint8_t *iv,
                    bool encrypt, struct ptn_bytes in, uint8_t *out)
{
    const EVP_CIPHER *const chained[] = { EVP_des_ede_cbc(), EVP_aes_128_cbc(), EVP_aes_192_cbc(),
                                          EVP_aes_256_cbc() };

    return in.len % ptn_chip_block_len(cipher) == 0 &&
           run(chained[cipher], key, iv, encrypt, in, out);
}

bool ptn_chip_crypt_block(enum ptn_chip_cipher cipher, const uint8_t *key, const uint8_t *in,
                          uint8_t *out)
{
    return ptn_chip_crypt(cipher, key, NULL, true, ptn_bytes_of(in, ptn_chip_block_len(cipher)),
                          out);
}

/* Single DES is 3DES with one key twice, which OpenSSL still has. */
static bool mac_3des(const uint8_t *key, struct ptn_bytes in, uint8_t ret_mac[PTN_CHIP_MAC_LEN])
{
    uint8_t single[2 * DES_LEN];
    uint8_t chain[DES_LEN] = { 0 };
    bool good = in.len > 0 && in.len % DES_LEN == 0;

    memcpy(single, key, DES_LEN);
    memcpy(single + DES_LEN, key, DES_LEN);
    for (size_t at = 0; good && at < in.len; at += DES_LEN)
        good = run(EVP_des_ede_cbc(), at + DES_LEN < in.len ? single : key, chain, true,
                   ptn_bytes_slice(in, at, DES_LEN), chain);
    memcpy(ret_mac, chain, DES_LEN);
    OPENSSL_cleanse(single, sizeof(single));
    return good;
}

static bool mac_aes(enum ptn_chip_cipher cipher, const uint8_t *key, struct ptn_bytes in,
                    uint8_t ret_mac[PTN_CHIP_MAC_LEN])
{
    static const char *const names[] = { NULL, "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
    static const size_t lens[] = { 0, 16, 24, 32 };
    uint8_t whole[AES_LEN];
    size_t len = 0;

    if (EVP_Q_mac(NULL, "CMAC", NULL, names[cipher], NULL, key, lens[cipher], in.at, in.len, whole,
                  sizeof(whole), &len) == NULL ||
        len != sizeof(whole))
        return false;
    memcpy(ret_mac, whole, PTN_CHIP_MAC_LEN);
    return true;
}

bool ptn_chip_mac(enum ptn_chip_cipher cipher, const uint8_t *key, struct ptn_bytes in,
                  uint8_t ret_mac[PTN_CHIP_MAC_LEN])
{
    return cipher == PTN_CHIP_3DES ? mac_3des(key, in, ret_mac) : mac_aes(cipher, key, in, ret_mac);
}

bool ptn_chip_mac_equal(const uint8_t *a, struct ptn_bytes b)
{
    return b.len == PTN_CHIP_MAC_LEN && CRYPTO_memcmp(a, b.at, PTN_CHIP_MAC_LEN) == 0;
}

struct ptn_status ptn_chip_pad(struct ptn_buffer *buffer, size_t block_len)
{
    struct ptn_status status = ptn_buffer_add_u8(buffer, 0x80);

    while (ptn_ok(status) && buffer->len % block_len != 0)
        status = ptn_buffer_add_u8(buffer, 0);
    return status;
}
