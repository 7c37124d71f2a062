#include "mirror/wire.h"

#include "mirror/wire_int.h"

/* ---- numbers and hashes ---- */

bool ptn_wire_decimal(struct ptn_bytes text, uint64_t *ret_value)
{
    return ptn_decimal_read(text, PTN_TREE_SIZE_MAX, ret_value);
}

bool ptn_wire_hash_base64(struct ptn_bytes text, struct ptn_hash *ret_hash)
{
    struct ptn_buffer out;
    bool good;

    if (text.len != 44)
        return false;
    ptn_buffer_init(&out, PTN_HASH_LEN);
    good = ptn_ok(ptn_base64_read(text, &out, NULL)) && out.len == PTN_HASH_LEN;
    if (good)
        memcpy(ret_hash->at, out.at, PTN_HASH_LEN);
    ptn_buffer_release(&out);
    return good;
}

bool ptn_wire_take(struct ptn_bytes *rest, const char *text)
{
    size_t len = strlen(text);

    if (rest->len < len || memcmp(rest->at, text, len) != 0)
        return false;
    *rest = ptn_bytes_slice(*rest, len, rest->len);
    return true;
}

struct ptn_status ptn_wire_add_hash_hex(struct ptn_buffer *out, const struct ptn_hash *hash)
{
    return ptn_buffer_add_hex(out, ptn_bytes_of(hash->at, PTN_HASH_LEN));
}

struct ptn_status ptn_wire_origin_hash(struct ptn_bytes origin, struct ptn_hash *ret_hash)
{
    return ptn_sha256(&origin, 1, ret_hash->at);
}

/* ---- add-checkpoint ---- */

struct ptn_status ptn_wire_checkpoint_parse(struct ptn_bytes body,
                                            struct ptn_wire_checkpoint *ret_checkpoint,
                                            struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    struct ptn_wire_checkpoint checkpoint = { 0 };
    struct ptn_bytes line;

    if (body.len > PTN_WIRE_BODY_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_WIRE_BODY_MAX, "the body is too long");
    if (!ptn_cursor_take_whole_line(&cursor, &line) || !ptn_wire_take(&line, "old ") ||
        !ptn_wire_decimal(line, &checkpoint.old_size))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the first line is the old size");
    for (;;) {
        size_t at = cursor.next;

        if (!ptn_cursor_take_whole_line(&cursor, &line))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "no empty line before the checkpoint");
        if (line.len == 0)
            break;
        if (checkpoint.proof.count == PTN_PROOF_COUNT_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, at, "too many proof lines");
        if (!ptn_wire_hash_base64(line, &checkpoint.proof.hashes[checkpoint.proof.count]))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "a proof line is 32 bytes in base64");
        checkpoint.proof.count++;
    }
    checkpoint.note = ptn_bytes_slice(body, cursor.next, body.len);
    if (checkpoint.note.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "no checkpoint");
    *ret_checkpoint = checkpoint;
    return PTN_OK;
}

struct ptn_status ptn_wire_checkpoint_write(struct ptn_buffer *out,
                                            const struct ptn_wire_checkpoint *checkpoint)
{
    const size_t len = out->len;
    struct ptn_status status =
        ptn_buffer_addf(out, "old %llu\n", (unsigned long long)checkpoint->old_size);

    PTN_PRE(checkpoint->old_size <= PTN_TREE_SIZE_MAX);
    PTN_PRE(checkpoint->proof.count <= PTN_PROOF_COUNT_MAX);

    for (size_t i = 0; ptn_ok(status) && i < checkpoint->proof.count; i++) {
        status =
            ptn_buffer_add_base64(out, ptn_bytes_of(checkpoint->proof.hashes[i].at, PTN_HASH_LEN));
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, checkpoint->note);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

struct ptn_status ptn_wire_size_parse(struct ptn_bytes body, uint64_t *ret_size)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    struct ptn_bytes line;
    uint64_t size;

    if (!ptn_cursor_take_whole_line(&cursor, &line) || ptn_cursor_left(&cursor) > 0 ||
        !ptn_wire_decimal(line, &size))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_size = size;
    return PTN_OK;
}

/* ---- heads ---- */

bool ptn_wire_token_good(struct ptn_bytes token)
{
    if (token.len == 0 || token.len > PTN_WIRE_TOKEN_MAX)
        return false;
    for (size_t i = 0; i < token.len; i++) {
        uint8_t letter = token.at[i];

        if (!((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
              letter == '-'))
            return false;
    }
    return true;
}

struct ptn_status ptn_wire_heads_parse(struct ptn_bytes body, struct ptn_wire_heads *ret_heads,
                                       struct ptn_diag *reterr)
{
    struct ptn_wire_heads heads = { .rest = ptn_cursor_at(body) };
    struct ptn_bytes line;

    if (!ptn_cursor_take_whole_line(&heads.rest, &line) || !ptn_wire_take(&line, "t ") ||
        !ptn_wire_token_good(line))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "heads start with their token");
    heads.token = line;
    *ret_heads = heads;
    return PTN_OK;
}

struct ptn_status ptn_wire_heads_next(struct ptn_wire_heads *heads, struct ptn_wire_head *ret_head,
                                      struct ptn_diag *reterr)
{
    size_t at = heads->rest.next;
    struct ptn_wire_head head = { 0 };
    struct ptn_bytes line;

    if (ptn_cursor_left(&heads->rest) == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (!ptn_cursor_take_whole_line(&heads->rest, &line) || line.len < 66 || line.at[64] != ' ' ||
        !ptn_hex_read_exactly(ptn_bytes_slice(line, 0, 64), head.origin.at, PTN_HASH_LEN) ||
        !ptn_wire_decimal(ptn_bytes_slice(line, 65, line.len), &head.size))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "a head is an origin's digest and a size");
    if (heads->has_last && memcmp(heads->last.at, head.origin.at, PTN_HASH_LEN) >= 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "heads are not in order");
    heads->has_last = true;
    heads->last = head.origin;
    *ret_head = head;
    return PTN_OK;
}

struct ptn_status ptn_wire_heads_write(struct ptn_buffer *out, struct ptn_bytes token)
{
    PTN_PRE(ptn_wire_token_good(token));

    return ptn_buffer_addf(out, "t %.*s\n", (int)token.len, (const char *)token.at);
}

struct ptn_status ptn_wire_head_write(struct ptn_buffer *out, const struct ptn_wire_head *head)
{
    const size_t len = out->len;
    struct ptn_status status = ptn_wire_add_hash_hex(out, &head->origin);

    if (ptn_ok(status))
        status = ptn_buffer_addf(out, " %llu\n", (unsigned long long)head->size);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}
