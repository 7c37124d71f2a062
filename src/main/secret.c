#include "main/secret.h"

void ptn_secret_make(const struct ptn_world *world, char secret[PTN_SECRET_SIZE])
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789x"; /* 32 */
    uint8_t bytes[16];
    size_t len = 0;

    world->random(world->context, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i > 0 && i % 4 == 0)
            secret[len++] = '-';
        secret[len++] = letters[bytes[i] % 32];
    }
    secret[len] = '\0';
    explicit_bzero(bytes, sizeof(bytes));
}
