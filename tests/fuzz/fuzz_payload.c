/*
 * Any bytes as a stored payload and as the epoch entry that it names: opened or refused, nothing is
 * written to the output on refusal. The first two bytes say how many of the next are the epoch
 * entry's; the rest is the payload, of class PUBLIC when it begins with 0.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ledger/payload_int.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static const struct ptn_vault *vault_once(void)
{
    static struct ptn_vault *vault;
    struct ptn_world *world;
    struct ptn_reading reading;

    if (vault != NULL)
        return vault;
    world = ptn_world_seeded(1, 0);
    must(world != NULL);
    must(ptn_ok(world->files->make_dir(world->context, "/node")));
    must(ptn_ok(ptn_vault_create(world, "/node", NULL)));
    must(
        ptn_ok(ptn_reading_make(world, "/node", (struct ptn_date){ 2026, 11, 0 }, &reading, NULL)));
    must(ptn_ok(ptn_vault_open(world, "/node", &vault, NULL)));
    ptn_world_seeded_free(world);
    return vault;
}

static struct ptn_ledger_header header_of(struct ptn_hasher *hasher, struct ptn_bytes bytes,
                                          bool is_public)
{
    struct ptn_ledger_header header = { .kind = is_public ? PTN_RECORD_EPOCH : PTN_RECORD_CROSSING,
                                        .retention = is_public ? PTN_RETENTION_PUBLIC
                                                               : PTN_RETENTION_CROSSING,
                                        .has_payload = true,
                                        .sealed_len = (uint32_t)bytes.len };

    must(ptn_ok(ptn_hasher_digest(hasher, &bytes, 1, header.sealed_sha256.at)));
    return header;
}

struct epoch_entry {
    struct ptn_ledger_header header;
    struct ptn_bytes bytes;
};

static struct ptn_status get(void *context, uint64_t index, struct ptn_ledger_header *ret_header,
                             struct ptn_buffer *sealed, struct ptn_diag *reterr)
{
    const struct epoch_entry *entry = context;

    must(index < 1000);
    *ret_header = entry->header;
    if (ptn_ok(ptn_buffer_add(sealed, entry->bytes)))
        return PTN_OK;
    return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no room");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ptn_hasher *hasher;
    struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_of(data, size));
    struct ptn_opener opener = { .vault = vault_once(), .origin = "postern.example/a", .get = get };
    struct epoch_entry epoch;
    struct ptn_ledger_header header;
    struct ptn_bytes bytes;
    struct ptn_buffer out;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;
    uint16_t len = 0;

    if (hasher == NULL)
        hasher = ptn_hasher_new();
    must(hasher != NULL);
    if (!ptn_ok(ptn_cursor_take_u16(&cursor, &len)) ||
        !ptn_ok(ptn_cursor_take(&cursor, len, &epoch.bytes)))
        return 0;
    bytes = ptn_bytes_slice(cursor.bytes, cursor.next, SIZE_MAX);
    epoch.header = header_of(hasher, epoch.bytes, true);
    header = header_of(hasher, bytes, bytes.len > 0 && bytes.at[0] == 0);
    opener.hasher = hasher;
    opener.context = &epoch;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    status = ptn_opener_open(&opener, 1000, &header, bytes, &out, &diag);
    if (ptn_ok(status))
        must(out.len + PTN_SEAL_OVERHEAD_0 <= bytes.len);
    else
        must(out.len == 0 && diag.text != NULL);
    ptn_buffer_release(&out);
    ptn_opener_forget(&opener);
    return 0;
}
