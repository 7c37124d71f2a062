/* Canonical CBOR: no bytes but the one form are accepted, and skipping a whole item agrees with
 * reading its parts. */
#include "base/cbor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Write the item as the reader understood it. */
static struct ptn_status write_item(struct ptn_buffer *out, const struct ptn_cbor_item *item)
{
    switch (item->type) {
    case PTN_CBOR_UINT:
        return ptn_cbor_write_u64(out, item->number);
    case PTN_CBOR_NEGATIVE:
        if (item->number <= INT64_MAX)
            return ptn_cbor_write_i64(out, -1 - (int64_t)item->number);
        /* past what a writer is given: the head of a number, with the other major type */
        must(ptn_ok(ptn_cbor_write_u64(out, item->number)));
        out->at[out->len - 9] |= 0x20;
        return PTN_OK;
    case PTN_CBOR_BYTES:
        return ptn_cbor_write_bytes(out, item->bytes);
    case PTN_CBOR_TEXT:
        return ptn_cbor_write_text(out, item->bytes);
    case PTN_CBOR_ARRAY:
        return ptn_cbor_write_array(out, (size_t)item->number);
    case PTN_CBOR_MAP:
        return ptn_cbor_write_map(out, (size_t)item->number);
    case PTN_CBOR_FALSE:
    case PTN_CBOR_TRUE:
        return ptn_cbor_write_bool(out, item->type == PTN_CBOR_TRUE);
    case PTN_CBOR_NULL:
        break;
    }
    return ptn_cbor_write_null(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes input = ptn_bytes_of(data, size);
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(input);
    struct ptn_cbor_reader whole = reader;
    struct ptn_diag diag = { SIZE_MAX, NULL };
    struct ptn_cbor_item item;
    struct ptn_buffer out;
    struct ptn_status status = ptn_cbor_skip(&whole, &diag);

    must(ptn_ok(status) || (status.code == PTN_C_BAD_INPUT && diag.offset <= size &&
                            diag.text != NULL && whole.cursor.next == 0));
    ptn_buffer_init(&out, size + 16);
    do {
        size_t before = reader.cursor.next;

        diag = (struct ptn_diag){ SIZE_MAX, NULL };
        status = ptn_cbor_next(&reader, &item, &diag);
        if (!ptn_ok(status)) {
            must(diag.offset <= size && diag.text != NULL && reader.cursor.next == before);
            break;
        }
        must(ptn_ok(write_item(&out, &item)));
        must(out.len == reader.cursor.next);
    } while (true);
    must(out.len <= size && (out.len == 0 || memcmp(out.at, data, out.len) == 0));
    must(whole.cursor.next <= out.len);
    ptn_buffer_release(&out);
    return 0;
}
