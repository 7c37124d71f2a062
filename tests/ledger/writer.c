/*
 * tests/ledger/writer.c -- a process that does nothing but write a ledger, for the tests that kill
 * it or tamper with what it wrote.
 *
 * usage: ledger_writer DIR COUNT BATCH [PAYLOAD]
 * Makes DIR's vault and ledger when they are missing, appends COUNT entries (0: until killed) in
 * batches of up to BATCH, and after each batch says on stdout how many entries are acknowledged.
 * Entry i carries a payload that only i decides, PAYLOAD bytes and some (default 300); every
 * seventh has none. With POSTERN_READERS in the environment, payloads are sealed for a reader of
 * the month, this node, after all that are there have been opened.
 */
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#define ORIGIN      "postern.example/test"
#define PAYLOAD_MAX 65536u

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    (void)fprintf(stderr, "%s: %s (%s)\n", what, diag->text == NULL ? "" : diag->text,
                  ptn_code_word(status.code));
    return 4;
}

/* What entry number seq must carry, so that whoever reads can tell. */
static size_t payload_of(uint64_t seq, size_t len, uint8_t *ret_payload)
{
    if (seq % 7 == 6)
        return 0;
    len += seq % 64;
    for (size_t i = 0; i < len; i++)
        ret_payload[i] = (uint8_t)(seq * 31 + i);
    return len;
}

static int write_entries(struct ptn_ledger *ledger, uint64_t size, uint64_t end, size_t batch,
                         size_t payload_len)
{
    struct ptn_ledger_entry *entries = calloc(batch, sizeof(*entries));
    uint8_t *payloads = malloc(batch * (payload_len + 64));
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = { entries == NULL || payloads == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    while (ptn_ok(status) && size < end) {
        size_t count = end - size < batch ? (size_t)(end - size) : batch;
        uint64_t first = 0;

        for (size_t i = 0; i < count; i++) {
            uint8_t *at = payloads + i * (payload_len + 64);

            entries[i] = (struct ptn_ledger_entry){
                .kind = 1,
                .time_ms = 1790000000000 + (int64_t)(size + i) * 1000,
                .retention = 1,
                .payload = ptn_bytes_of(at, payload_of(size + i, payload_len, at)),
            };
        }
        status = ptn_ledger_append(ledger, entries, count, &first, &diag);
        if (!ptn_ok(status))
            break;
        size = first + count;
        (void)printf("%llu\n", (unsigned long long)size);
        (void)fflush(stdout);
    }
    free(entries);
    free(payloads);
    return ptn_ok(status) ? 0 : fail("append", status, &diag);
}

/* Seal for the node's own reading key of the month that all entries are of. */
static struct ptn_status give_reader(const char *dir, struct ptn_vault **vault,
                                     struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    static const struct ptn_date month = { 2026, 9, 0 };
    struct ptn_reading reading;
    struct ptn_status status = ptn_reading_make(world, dir, month, &reading, diag);

    if (status.code != PTN_C_OK && status.code != PTN_C_BUSY)
        return status;
    ptn_vault_close(*vault);
    *vault = NULL;
    return ptn_vault_open(world, dir, vault, diag);
}

/* Every payload that is there opens. */
static struct ptn_status read_all(struct ptn_ledger *ledger, uint64_t size, struct ptn_diag *diag)
{
    struct ptn_status status = PTN_OK;
    struct ptn_buffer payload;

    ptn_buffer_init(&payload, PTN_PAYLOAD_LEN_MAX);
    for (uint64_t seq = 0; ptn_ok(status) && seq < size; seq++) {
        struct ptn_ledger_header header;

        ptn_buffer_clear(&payload);
        status = ptn_ledger_read(ledger, seq, &header, &payload, diag);
    }
    ptn_buffer_release(&payload);
    return status;
}

static struct ptn_status seal_for_reader(struct ptn_ledger *ledger, const struct ptn_vault *vault,
                                         uint64_t size, struct ptn_diag *diag)
{
    struct ptn_ledger_reader reader = { .reader = PTN_BYTES_LITERAL(ORIGIN) };
    struct ptn_reading reading = ptn_vault_reading(vault, 0);
    struct ptn_status status = read_all(ledger, size, diag);

    reader.month = reading.month;
    memcpy(reader.key, reading.key, sizeof(reader.key));
    return ptn_ok(status) ? ptn_ledger_readers(ledger, &reader, 1, diag) : status;
}

static struct ptn_status open_or_make(const char *dir, struct ptn_vault **ret_vault,
                                      struct ptn_ledger **ret_ledger, struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = ptn_vault_open(world, dir, ret_vault, diag);

    if (status.code == PTN_C_NOT_FOUND) {
        status = ptn_vault_create(world, dir, diag);
        if (ptn_ok(status))
            status = ptn_vault_open(world, dir, ret_vault, diag);
    }
    if (ptn_ok(status) && getenv("POSTERN_READERS") != NULL)
        status = give_reader(dir, ret_vault, diag);
    if (!ptn_ok(status))
        return status;
    status = ptn_ledger_open(world, *ret_vault, dir, ret_ledger, diag);
    if (status.code != PTN_C_NOT_FOUND)
        return status;
    status = ptn_ledger_create(world, *ret_vault, dir, ORIGIN, diag);
    return ptn_ok(status) ? ptn_ledger_open(world, *ret_vault, dir, ret_ledger, diag) : status;
}

int main(int argc, char **argv)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };
    uint64_t count = argc >= 4 ? strtoull(argv[2], NULL, 10) : 0;
    size_t batch = argc >= 4 ? strtoul(argv[3], NULL, 10) : 0;
    size_t payload_len = argc == 5 ? strtoul(argv[4], NULL, 10) : 300;
    uint64_t size = 0;
    struct ptn_status status;
    int code;

    if (argc < 4 || argc > 5 || batch == 0 || batch > PTN_LEDGER_BATCH_MAX ||
        payload_len > PAYLOAD_MAX) {
        (void)fputs("usage: ledger_writer DIR COUNT BATCH [PAYLOAD]\n", stderr);
        return 2;
    }
    status = open_or_make(argv[1], &vault, &ledger, &diag);
    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, &diag);
    if (ptn_ok(status) && getenv("POSTERN_READERS") != NULL)
        status = seal_for_reader(ledger, vault, size, &diag);
    if (!ptn_ok(status)) {
        code = fail("open", status, &diag);
    } else {
        (void)printf("%llu\n", (unsigned long long)size);
        (void)fflush(stdout);
        code =
            write_entries(ledger, size, count == 0 ? UINT64_MAX : size + count, batch, payload_len);
    }
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return code;
}
