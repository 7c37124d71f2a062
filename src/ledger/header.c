#include "base/cbor.h"
#include "ledger/ledger.h"

/* Keys of the leaf's map: docs/format/ledger.md. */
#define HEADER_VERSION 1u
#define COUNT_BARE     5u
#define COUNT_PAYLOAD  8u

enum {
    KEY_VERSION = 1,
    KEY_KIND,
    KEY_TIME,
    KEY_RUNG,
    KEY_RETENTION,
    KEY_COMMITMENT,
    KEY_SEALED_LEN,
    KEY_SEALED_SHA256,
};

/* One pair whose key must be this one and whose value an unsigned number up to max. */
static struct ptn_status take_number(struct ptn_cbor_reader *reader, unsigned key, uint64_t max,
                                     uint64_t *ret_value, struct ptn_diag *reterr)
{
    size_t at = reader->cursor.next;
    uint64_t found = 0;
    struct ptn_status status = ptn_cbor_read_u64(reader, &found, reterr);

    if (!ptn_ok(status))
        return status;
    if (found != key)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "another key stands here in an entry");
    at = reader->cursor.next;
    status = ptn_cbor_read_u64(reader, ret_value, reterr);
    if (ptn_ok(status) && *ret_value > max)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "the number is too large for its field");
    return status;
}

static struct ptn_status take_32(struct ptn_cbor_reader *reader, unsigned key,
                                 uint8_t ret_bytes[32], struct ptn_diag *reterr)
{
    size_t at = reader->cursor.next;
    uint64_t found = 0;
    struct ptn_bytes bytes = PTN_BYTES_NONE;
    struct ptn_status status = ptn_cbor_read_u64(reader, &found, reterr);

    if (!ptn_ok(status))
        return status;
    if (found != key)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "another key stands here in an entry");
    at = reader->cursor.next;
    status = ptn_cbor_read_bytes(reader, &bytes, reterr);
    if (!ptn_ok(status))
        return status;
    if (bytes.len != 32)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "32 bytes stand here in an entry");
    memcpy(ret_bytes, bytes.at, 32);
    return PTN_OK;
}

static struct ptn_status take_payload(struct ptn_cbor_reader *reader,
                                      struct ptn_ledger_header *header, struct ptn_diag *reterr)
{
    uint64_t len = 0;
    struct ptn_status status = take_32(reader, KEY_COMMITMENT, header->commitment, reterr);

    if (ptn_ok(status))
        status = take_number(reader, KEY_SEALED_LEN, UINT32_MAX, &len, reterr);
    if (ptn_ok(status))
        status = take_32(reader, KEY_SEALED_SHA256, header->sealed_sha256.at, reterr);
    header->sealed_len = (uint32_t)len;
    header->has_payload = true;
    return status;
}

struct ptn_status ptn_ledger_header_parse(struct ptn_bytes leaf,
                                          struct ptn_ledger_header *ret_header,
                                          struct ptn_diag *reterr)
{
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(leaf);
    struct ptn_ledger_header header = { 0 };
    uint64_t values[COUNT_BARE + 1] = { 0 };
    static const uint64_t maxima[COUNT_BARE + 1] = { 0,         HEADER_VERSION, UINT32_MAX,
                                                     INT64_MAX, UINT8_MAX,      UINT8_MAX };
    size_t count = 0;
    struct ptn_status status;

    if (leaf.len > PTN_LEDGER_LEAF_LEN_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, PTN_LEDGER_LEAF_LEN_MAX, "the leaf is too long");
    status = ptn_cbor_read_map(&reader, &count, reterr);
    if (ptn_ok(status) && count != COUNT_BARE && count != COUNT_PAYLOAD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an entry has five fields or eight");
    for (unsigned key = KEY_VERSION; ptn_ok(status) && key <= KEY_RETENTION; key++)
        status = take_number(&reader, key, maxima[key], &values[key], reterr);
    if (ptn_ok(status) && values[KEY_VERSION] != HEADER_VERSION)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "no known version of an entry");
    if (ptn_ok(status) && count == COUNT_PAYLOAD)
        status = take_payload(&reader, &header, reterr);
    if (ptn_ok(status))
        status = ptn_cbor_end(&reader, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, leaf.len, "the entry ends too early");
    if (!ptn_ok(status))
        return status;
    header.kind = (uint32_t)values[KEY_KIND];
    header.time_ms = (int64_t)values[KEY_TIME];
    header.rung = (uint8_t)values[KEY_RUNG];
    header.retention = (uint8_t)values[KEY_RETENTION];
    *ret_header = header;
    return PTN_OK;
}

static struct ptn_status put_number(struct ptn_buffer *out, unsigned key, uint64_t value)
{
    struct ptn_status status = ptn_cbor_write_u64(out, key);

    return ptn_ok(status) ? ptn_cbor_write_u64(out, value) : status;
}

static struct ptn_status put_32(struct ptn_buffer *out, unsigned key, const uint8_t *bytes)
{
    struct ptn_status status = ptn_cbor_write_u64(out, key);

    return ptn_ok(status) ? ptn_cbor_write_bytes(out, ptn_bytes_of(bytes, 32)) : status;
}

struct ptn_status ptn_ledger_header_write(struct ptn_buffer *out,
                                          const struct ptn_ledger_header *header)
{
    const size_t len = out->len;
    struct ptn_status status;

    PTN_PRE(header->time_ms >= 0);

    status = ptn_cbor_write_map(out, header->has_payload ? COUNT_PAYLOAD : COUNT_BARE);
    if (ptn_ok(status))
        status = put_number(out, KEY_VERSION, HEADER_VERSION);
    if (ptn_ok(status))
        status = put_number(out, KEY_KIND, header->kind);
    if (ptn_ok(status))
        status = put_number(out, KEY_TIME, (uint64_t)header->time_ms);
    if (ptn_ok(status))
        status = put_number(out, KEY_RUNG, header->rung);
    if (ptn_ok(status))
        status = put_number(out, KEY_RETENTION, header->retention);
    if (ptn_ok(status) && header->has_payload)
        status = put_32(out, KEY_COMMITMENT, header->commitment);
    if (ptn_ok(status) && header->has_payload)
        status = put_number(out, KEY_SEALED_LEN, header->sealed_len);
    if (ptn_ok(status) && header->has_payload)
        status = put_32(out, KEY_SEALED_SHA256, header->sealed_sha256.at);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}
