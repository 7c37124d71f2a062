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

/* ---- reading ---- */

/*
 * A leaf has one shape, so it is read straight through, without the general reader of base/cbor.h:
 * a ledger is proved leaf by leaf, millions of them. Every function steps over what it reads, or
 * fails and is asked no more.
 */
struct leaf {
    struct ptn_cursor cursor;
    const char *fault; /* what is wrong at cursor.next; NULL: nothing so far */
};

/* A CBOR head of that major type in its shortest form; 0 on failure. */
static uint64_t take_head(struct leaf *leaf, unsigned major)
{
    static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
    struct ptn_cursor *cursor = &leaf->cursor;
    size_t left = ptn_cursor_left(cursor);
    const uint8_t *at = left == 0 ? NULL : cursor->bytes.at + cursor->next;
    unsigned extra;
    uint64_t value = 0;

    if (leaf->fault != NULL)
        return 0;
    if (left == 0 || at[0] >> 5 != major || (at[0] & 31u) > 27u) {
        leaf->fault =
            left == 0 ? "the entry ends too early" : "another type stands here in an entry";
        return 0;
    }
    extra = (at[0] & 31u) < 24u ? 0 : 1u << ((at[0] & 31u) - 24u);
    if (left < 1 + extra) {
        leaf->fault = "the entry ends too early";
        return 0;
    }
    for (unsigned i = 1; i <= extra; i++)
        value = value << 8 | at[i];
    if (extra == 0)
        value = at[0] & 31u;
    else if (value < least[(at[0] & 31u) - 24u]) {
        leaf->fault = "a number is not in its shortest form";
        return 0;
    }
    cursor->next += 1 + extra;
    return value;
}

static void take_key(struct leaf *leaf, unsigned key)
{
    size_t at = leaf->cursor.next;

    if (take_head(leaf, 0) != key && leaf->fault == NULL) {
        leaf->cursor.next = at;
        leaf->fault = "another key stands here in an entry";
    }
}

/* One pair: this key and a number up to max. */
static uint64_t take_number(struct leaf *leaf, unsigned key, uint64_t max)
{
    size_t at;
    uint64_t value;

    take_key(leaf, key);
    at = leaf->cursor.next;
    value = take_head(leaf, 0);
    if (value > max) {
        leaf->cursor.next = at;
        leaf->fault = "the number is too large for its field";
    }
    return value;
}

/* One pair: this key and 32 bytes. */
static void take_32(struct leaf *leaf, unsigned key, uint8_t ret_bytes[32])
{
    size_t at;

    take_key(leaf, key);
    at = leaf->cursor.next;
    if (take_head(leaf, 2) != 32 && leaf->fault == NULL) {
        leaf->cursor.next = at;
        leaf->fault = "32 bytes stand here in an entry";
    }
    if (leaf->fault == NULL && ptn_cursor_left(&leaf->cursor) < 32)
        leaf->fault = "the entry ends too early";
    if (leaf->fault != NULL)
        return;
    memcpy(ret_bytes, leaf->cursor.bytes.at + leaf->cursor.next, 32);
    leaf->cursor.next += 32;
}

static void take_payload(struct leaf *leaf, struct ptn_ledger_header *header)
{
    take_32(leaf, KEY_COMMITMENT, header->commitment);
    header->sealed_len = (uint32_t)take_number(leaf, KEY_SEALED_LEN, UINT32_MAX);
    take_32(leaf, KEY_SEALED_SHA256, header->sealed_sha256.at);
    header->has_payload = true;
}

struct ptn_status ptn_ledger_header_parse(struct ptn_bytes bytes,
                                          struct ptn_ledger_header *ret_header,
                                          struct ptn_diag *reterr)
{
    struct leaf leaf = { ptn_cursor_at(bytes), NULL };
    struct ptn_ledger_header header = { 0 };
    uint64_t count = take_head(&leaf, 5);

    if (leaf.fault == NULL && count != COUNT_BARE && count != COUNT_PAYLOAD) {
        leaf.cursor.next = 0;
        leaf.fault = "an entry has five fields or eight";
    }
    if (take_number(&leaf, KEY_VERSION, HEADER_VERSION) != HEADER_VERSION && leaf.fault == NULL)
        leaf.fault = "no known version of an entry";
    header.kind = (uint32_t)take_number(&leaf, KEY_KIND, UINT32_MAX);
    header.time_ms = (int64_t)take_number(&leaf, KEY_TIME, INT64_MAX);
    header.rung = (uint8_t)take_number(&leaf, KEY_RUNG, UINT8_MAX);
    header.retention = (uint8_t)take_number(&leaf, KEY_RETENTION, UINT8_MAX);
    if (count == COUNT_PAYLOAD)
        take_payload(&leaf, &header);
    if (leaf.fault == NULL && ptn_cursor_left(&leaf.cursor) > 0)
        leaf.fault = "bytes are left after an entry";
    if (leaf.fault != NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, leaf.cursor.next, leaf.fault);
    *ret_header = header;
    return PTN_OK;
}

/* ---- writing ---- */

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
