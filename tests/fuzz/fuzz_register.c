/*
 * Hostile registers: as given, and again with every digest put right, so that what the digests
 * guard is reached too. One that opens is asked.
 */
#include <stdlib.h>

#include "watch/register.h"
#include "watch/register_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct ptn_register *reg)
{
    static const char *const numbers[] = { "A1", "N000001", "ABCDEFGHIJKLMNOP1", "UT99ZZ" };
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    size_t count = 0, cursor = 0;
    struct ptn_match *matches = NULL;

    if (arena == NULL)
        abort();
    (void)ptn_register_info(reg);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct ptn_screen_query query = { .number = ptn_bytes_from_text(numbers[i]),
                                          .plate = ptn_bytes_from_text(numbers[i]),
                                          .issuer = "UTO" };
        struct ptn_status status = ptn_register_find(reg, &query, arena, &matches, &count, NULL);

        if (!ptn_ok(status) && status.code != PTN_C_CORRUPT)
            abort();
        status = ptn_register_near(reg, &query, arena, &matches, &count, NULL);
        if (!ptn_ok(status) && status.code != PTN_C_CORRUPT)
            abort();
        ptn_arena_clear(arena);
    }
    while (ptn_ok(ptn_register_check(reg, 4, &cursor, NULL)))
        ;
    ptn_arena_free(arena);
}

/* Put right every digest of what may be a register. */
static void reseal(uint8_t *bytes, size_t len)
{
    const uint8_t *line = bytes + PTN_REGISTER_TABLE_AT + (size_t)16 * REGISTER_BLOCKS;
    uint64_t at, size;
    struct ptn_bytes part;

    if (len < PTN_REGISTER_HEADER_LEN)
        return;
    at = ptn_le64(line);
    size = ptn_le64(line + 8);
    if (at <= len && size <= len - at && at >= PTN_REGISTER_HEADER_LEN) {
        size_t from = PTN_REGISTER_HEADER_LEN;

        for (size_t i = 0; i + PTN_SHA256_LEN <= size && from < at;
             i += PTN_SHA256_LEN, from += PTN_REGISTER_BLOCK_LEN) {
            part = ptn_bytes_of(bytes + from, at - from < PTN_REGISTER_BLOCK_LEN
                                                  ? at - from
                                                  : PTN_REGISTER_BLOCK_LEN);
            if (!ptn_ok(ptn_sha256(&part, 1, bytes + at + i)))
                abort();
        }
        part = ptn_bytes_of(bytes + at, size);
        if (!ptn_ok(ptn_sha256(&part, 1, bytes + REGISTER_HASH)))
            abort();
    }
    part = ptn_bytes_of(bytes, PTN_REGISTER_DIGEST_AT);
    if (!ptn_ok(ptn_sha256(&part, 1, bytes + PTN_REGISTER_DIGEST_AT)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    for (unsigned resealed = 0; resealed < 2; resealed++) {
        struct ptn_register *reg = NULL;

        if (resealed != 0)
            reseal(copy, size);
        if (ptn_ok(ptn_register_open_bytes(ptn_bytes_of(copy, size), &reg, NULL)))
            use(reg);
        ptn_register_close(reg);
    }
    free(copy);
    return 0;
}
