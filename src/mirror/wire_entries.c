#include "mirror/wire_int.h"

/* ---- add-entries ---- */

struct ptn_status ptn_wire_entries_parse(struct ptn_bytes body,
                                         struct ptn_wire_entries *ret_entries,
                                         struct ptn_diag *reterr)
{
    struct ptn_wire_entries entries = { .rest = ptn_cursor_at(body) };
    struct ptn_cursor *rest = &entries.rest;
    uint16_t origin_len, ticket_len;

    if (body.len > PTN_WIRE_BODY_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_WIRE_BODY_MAX, "the body is too long");
    if (!ptn_ok(ptn_cursor_take_u16(rest, &origin_len)) ||
        !ptn_ok(ptn_cursor_take(rest, origin_len, &entries.origin)) || origin_len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, rest->next, "the body starts with the origin");
    if (!ptn_ok(ptn_cursor_take_u64(rest, &entries.start)) ||
        !ptn_ok(ptn_cursor_take_u64(rest, &entries.end)) || entries.start > entries.end ||
        entries.end > PTN_TREE_SIZE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, rest->next, "start and end are no interval");
    if (!ptn_ok(ptn_cursor_take_u16(rest, &ticket_len)) ||
        !ptn_ok(ptn_cursor_take(rest, ticket_len, &entries.ticket)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, rest->next, "the ticket ends too early");
    entries.next = entries.start;
    *ret_entries = entries;
    return PTN_OK;
}

static struct ptn_status take_leaves(struct ptn_cursor *rest, size_t count,
                                     struct ptn_bytes *ret_leaves, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t len;

        if (!ptn_ok(ptn_cursor_take_u16(rest, &len)) || len == 0 ||
            !ptn_ok(ptn_cursor_take(rest, len, &ret_leaves[i])))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, rest->next, "it ends within an entry");
    }
    return PTN_OK;
}

struct ptn_status ptn_wire_bundle_read(struct ptn_bytes bundle, size_t width,
                                       struct ptn_bytes *ret_leaves, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(bundle);
    struct ptn_status status;

    PTN_PRE(width <= PTN_WIRE_PACKAGE_WIDTH);

    status = take_leaves(&cursor, width, ret_leaves, reterr);
    if (ptn_ok(status) && ptn_cursor_left(&cursor) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "bytes follow the last entry");
    return status;
}

static struct ptn_status take_proof(struct ptn_cursor *rest, struct ptn_proof *proof,
                                    struct ptn_diag *reterr)
{
    uint8_t count;

    if (!ptn_ok(ptn_cursor_take_u8(rest, &count)) || count > PTN_PROOF_COUNT_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, rest->next, "a package's proof is too long");
    proof->count = count;
    for (size_t i = 0; i < count; i++) {
        struct ptn_bytes hash;

        if (!ptn_ok(ptn_cursor_take(rest, PTN_HASH_LEN, &hash)))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, rest->next, "a package ends within a proof");
        memcpy(proof->hashes[i].at, hash.at, PTN_HASH_LEN);
    }
    return PTN_OK;
}

struct ptn_status ptn_wire_entries_next(struct ptn_wire_entries *entries,
                                        struct ptn_wire_package *ret_package,
                                        struct ptn_diag *reterr)
{
    struct ptn_cursor rest = entries->rest;
    struct ptn_status status;

    if (entries->next == entries->end && ptn_cursor_left(&rest) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, rest.next, "bytes follow the last package");
    if (entries->next == entries->end || ptn_cursor_left(&rest) == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    ret_package->first = entries->next;
    ret_package->subtree_start = entries->next / PTN_WIRE_PACKAGE_WIDTH * PTN_WIRE_PACKAGE_WIDTH;
    ret_package->end = ptn_wire_package_end(entries->next, entries->end);
    ret_package->count = (size_t)(ret_package->end - ret_package->first);
    status = take_leaves(&rest, ret_package->count, ret_package->leaves, reterr);
    if (ptn_ok(status))
        status = take_proof(&rest, &ret_package->proof, reterr);
    if (!ptn_ok(status))
        return status;
    entries->rest = rest;
    entries->next = ret_package->end;
    return PTN_OK;
}

struct ptn_status ptn_wire_entries_write(struct ptn_buffer *out,
                                         const struct ptn_wire_entries *entries)
{
    const size_t len = out->len;
    struct ptn_status status;

    PTN_PRE(entries->origin.len <= UINT16_MAX && entries->ticket.len <= UINT16_MAX);
    PTN_PRE(entries->start <= entries->end);

    status = ptn_buffer_add_u16(out, (uint16_t)entries->origin.len);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, entries->origin);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, entries->start);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, entries->end);
    if (ptn_ok(status))
        status = ptn_buffer_add_u16(out, (uint16_t)entries->ticket.len);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, entries->ticket);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

struct ptn_status ptn_wire_package_write(struct ptn_buffer *out,
                                         const struct ptn_wire_package *package)
{
    const size_t len = out->len;
    struct ptn_status status = PTN_OK;

    PTN_PRE(package->count <= PTN_WIRE_PACKAGE_WIDTH);
    PTN_PRE(package->proof.count <= PTN_PROOF_COUNT_MAX);

    for (size_t i = 0; ptn_ok(status) && i < package->count; i++) {
        status = ptn_buffer_add_u16(out, (uint16_t)package->leaves[i].len);
        if (ptn_ok(status))
            status = ptn_buffer_add(out, package->leaves[i]);
    }
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, (uint8_t)package->proof.count);
    for (size_t i = 0; ptn_ok(status) && i < package->proof.count; i++)
        status = ptn_buffer_add(out, ptn_bytes_of(package->proof.hashes[i].at, PTN_HASH_LEN));
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* Letters of base64; what they say is the keeper's business alone. */
static bool ticket_good(struct ptn_bytes ticket)
{
    for (size_t i = 0; i < ticket.len; i++) {
        uint8_t letter = ticket.at[i];

        if (!((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
              (letter >= 'A' && letter <= 'Z') || letter == '+' || letter == '/' || letter == '='))
            return false;
    }
    return true;
}

struct ptn_status ptn_wire_info_parse(struct ptn_bytes body, struct ptn_wire_info *ret_info,
                                      struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    struct ptn_wire_info info;
    struct ptn_bytes line;

    if (!ptn_cursor_take_whole_line(&cursor, &line) || !ptn_wire_decimal(line, &info.size) ||
        !ptn_cursor_take_whole_line(&cursor, &line) || !ptn_wire_decimal(line, &info.next) ||
        !ptn_cursor_take_whole_line(&cursor, &info.ticket) || !ticket_good(info.ticket) ||
        ptn_cursor_left(&cursor) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "not a mirror-info");
    *ret_info = info;
    return PTN_OK;
}

struct ptn_status ptn_wire_info_write(struct ptn_buffer *out, const struct ptn_wire_info *info)
{
    return ptn_buffer_addf(out, "%llu\n%llu\n%.*s\n", (unsigned long long)info->size,
                           (unsigned long long)info->next, (int)info->ticket.len,
                           info->ticket.len == 0 ? "" : (const char *)info->ticket.at);
}

/* ---- payloads ---- */

struct ptn_status ptn_wire_payload_next(struct ptn_cursor *batch, enum ptn_wire_payload *ret_what,
                                        struct ptn_bytes *ret_payload, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = *batch;
    struct ptn_bytes payload = PTN_BYTES_NONE;
    enum ptn_wire_payload what = PTN_WIRE_PAYLOAD_HERE;
    uint32_t len;

    if (ptn_cursor_left(batch) == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (!ptn_ok(ptn_cursor_take_u32(&cursor, &len)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "a batch ends within a length");
    if (len == PTN_WIRE_GONE)
        what = PTN_WIRE_PAYLOAD_GONE;
    else if (len == 0)
        what = PTN_WIRE_PAYLOAD_NONE;
    else if (!ptn_ok(ptn_cursor_take(&cursor, len, &payload)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "a batch ends within a payload");
    *batch = cursor;
    *ret_what = what;
    *ret_payload = payload;
    return PTN_OK;
}

struct ptn_status ptn_wire_payload_write(struct ptn_buffer *out, enum ptn_wire_payload what,
                                         struct ptn_bytes payload)
{
    const size_t len = out->len;
    uint32_t count;
    struct ptn_status status;

    PTN_PRE((what == PTN_WIRE_PAYLOAD_HERE) == (payload.len > 0) && payload.len < PTN_WIRE_GONE);

    count = what == PTN_WIRE_PAYLOAD_GONE ? PTN_WIRE_GONE : (uint32_t)payload.len;
    status = ptn_buffer_add_u32(out, count);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, payload);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

struct ptn_status ptn_wire_missing_next(struct ptn_cursor *body, uint64_t *ret_index)
{
    struct ptn_bytes line;

    if (ptn_cursor_left(body) == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (!ptn_cursor_take_whole_line(body, &line) || !ptn_wire_decimal(line, ret_index))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    return PTN_OK;
}

size_t ptn_wire_missing_count(struct ptn_bytes body)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    uint64_t index;
    size_t count = 0;

    while (ptn_ok(ptn_wire_missing_next(&cursor, &index)))
        count++;
    return count;
}

struct ptn_status ptn_wire_missing_write(struct ptn_buffer *out, uint64_t index)
{
    return ptn_buffer_addf(out, "%llu\n", (unsigned long long)index);
}
