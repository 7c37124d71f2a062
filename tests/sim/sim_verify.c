/*
 * tests/sim/sim_verify.c -- a good signature is worked out once in a process.
 *
 * Nine nodes of a country check the same few thousand signatures, each for itself, as they must;
 * here they share one processor, and what one of them found good is good for the same key, message
 * and signature, whoever asks. A bad one is worked out each time. Linked in the place of
 * libsodium's
 * (--wrap): nobody who verifies knows.
 */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

int __real_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long len, const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long len, const unsigned char *key);

#define GOOD_COUNT 65536u

/* Of the newest good ones, by a digest of all three; zeros: none. One thread asks. */
static uint8_t good[GOOD_COUNT][crypto_generichash_BYTES];

int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long len, const unsigned char *key)
{
    crypto_generichash_state state;
    uint8_t digest[crypto_generichash_BYTES], *slot;
    uint16_t place;

    if (crypto_generichash_init(&state, NULL, 0, sizeof(digest)) != 0 ||
        crypto_generichash_update(&state, key, crypto_sign_PUBLICKEYBYTES) != 0 ||
        crypto_generichash_update(&state, signature, crypto_sign_BYTES) != 0 ||
        crypto_generichash_update(&state, message, len) != 0 ||
        crypto_generichash_final(&state, digest, sizeof(digest)) != 0)
        return __real_crypto_sign_verify_detached(signature, message, len, key);
    memcpy(&place, digest, sizeof(place));
    slot = good[place];
    if (memcmp(slot, digest, sizeof(digest)) == 0)
        return 0;
    if (__real_crypto_sign_verify_detached(signature, message, len, key) != 0)
        return -1;
    memcpy(slot, digest, sizeof(digest));
    return 0;
}
