/*
 * Every kind of record: what is accepted is written again as the same bytes, less the optional keys
 * that a later version may have added. The first byte chooses the kind.
 */
#include "../unit/record_any.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Append the next item without the optional keys of its maps. The input was accepted: nothing here
 * can fail. */
static void copy_known(struct ptn_cbor_reader *reader, struct ptn_buffer *out)
{
    struct ptn_cbor_reader start = *reader;
    struct ptn_cbor_reader counting;
    struct ptn_cbor_item item;
    int64_t previous = -1;
    uint64_t key = 0;
    uint64_t known = 0;

    must(ptn_ok(ptn_cbor_next(reader, &item, NULL)));
    if (item.type == PTN_CBOR_ARRAY) {
        must(ptn_ok(ptn_cbor_write_array(out, (size_t)item.number)));
        for (uint64_t i = 0; i < item.number; i++)
            copy_known(reader, out);
        return;
    }
    if (item.type != PTN_CBOR_MAP) {
        must(ptn_ok(ptn_buffer_add(out, ptn_bytes_slice(start.cursor.bytes, start.cursor.next,
                                                        reader->cursor.next - start.cursor.next))));
        return;
    }
    counting = *reader;
    for (uint64_t i = 0; i < item.number; i++) {
        must(ptn_ok(ptn_cbor_read_key(&counting, &previous, &key, NULL)));
        must(ptn_ok(ptn_cbor_skip(&counting, NULL)));
        known += key < 64 ? 1 : 0;
    }
    must(ptn_ok(ptn_cbor_write_map(out, (size_t)known)));
    previous = -1;
    for (uint64_t i = 0; i < item.number; i++) {
        must(ptn_ok(ptn_cbor_read_key(reader, &previous, &key, NULL)));
        if (key < 64) {
            must(ptn_ok(ptn_cbor_write_u64(out, key)));
            copy_known(reader, out);
        } else {
            must(ptn_ok(ptn_cbor_skip(reader, NULL)));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_buffer out;
    struct ptn_buffer known;
    struct ptn_diag diag = { SIZE_MAX, NULL };
    struct ptn_bytes payload = ptn_bytes_of(data, size);
    struct ptn_status status;

    must(arena != NULL);
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    ptn_buffer_init(&known, PTN_RECORD_LEN_MAX);
    if (size > 0) {
        payload = ptn_bytes_of(data + 1, size - 1);
        status = any_rewrite(data[0] % ANY_COUNT, payload, arena, &out, &diag);
        if (ptn_ok(status)) {
            struct ptn_cbor_reader reader = ptn_cbor_reader_at(payload);

            copy_known(&reader, &known);
            must(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&known)));
        } else {
            must(status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG);
            must(diag.text != NULL && diag.offset <= payload.len && out.len == 0);
        }
    }
    ptn_buffer_release(&out);
    ptn_buffer_release(&known);
    ptn_arena_free(arena);
    return 0;
}
