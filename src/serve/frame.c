#include "serve/frame_int.h"

#define LENGTH_LEN     4u
#define ASK_HEAD_LEN   (1u + 8u + PTN_TLS_ID_LEN + 1u + 2u) /* kind, ticket, peer, verb, length */
#define STATUS_MIN     100u
#define STATUS_MAX     599u
#define PEERS_MAX      4096u
#define BODY_ENTRIES   ((size_t)4 << 20)
#define BODY_NOTE      (((size_t)64 << 10) + 1024)
#define BODY_REFERENCE 64u
#define BODY_ROSTER    ((size_t)256 << 10)
#define HEX_LEN        ((size_t)2 * PTN_SHA256_LEN)
#define PAYLOAD_PREFIX "/payload/"

static const char *const verbs[] = { "", "GET", "PUT", "POST" };

const char *ptn_frame_verb_word(enum ptn_frame_verb verb)
{
    return verbs[verb];
}

bool ptn_frame_verb_read(const char *word, enum ptn_frame_verb *ret_verb)
{
    for (int verb = PTN_FRAME_GET; verb <= PTN_FRAME_POST; verb++)
        if (strcmp(word, verbs[verb]) == 0) {
            *ret_verb = (enum ptn_frame_verb)verb;
            return true;
        }
    return false;
}

bool ptn_frame_path_good(struct ptn_bytes path)
{
    if (path.len == 0 || path.len > PTN_FRAME_PATH_MAX || path.at[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (path.at[i] <= ' ' || path.at[i] > '~')
            return false;
    return true;
}

/* True for a lower-case SHA-256 in hex at offset. */
static bool is_hex(struct ptn_bytes path, size_t offset)
{
    if (path.len < offset + HEX_LEN)
        return false;
    for (size_t i = offset; i < offset + HEX_LEN; i++)
        if (!(path.at[i] >= '0' && path.at[i] <= '9') && !(path.at[i] >= 'a' && path.at[i] <= 'f'))
            return false;
    return true;
}

size_t ptn_frame_body_max(enum ptn_frame_verb verb, struct ptn_bytes path)
{
    struct ptn_bytes rest;

    if (verb == PTN_FRAME_POST &&
        (ptn_bytes_is(path, "/add-entries") || ptn_bytes_is(path, "/v1/messages")))
        return BODY_ENTRIES;
    if (verb == PTN_FRAME_POST && ptn_bytes_is(path, "/add-checkpoint"))
        return BODY_NOTE;
    if (verb == PTN_FRAME_POST && ptn_bytes_is(path, "/v1/changes")) /* a carrier's reference */
        return BODY_REFERENCE;
    if (verb == PTN_FRAME_POST && ptn_bytes_is(path, "/notes"))
        return BODY_ROSTER;
    if (verb == PTN_FRAME_GET || !is_hex(path, 1))
        return 0;
    rest = ptn_bytes_slice(path, 1 + HEX_LEN, SIZE_MAX);
    if (verb == PTN_FRAME_POST)
        return ptn_bytes_is(rest, "/payloads") ? BODY_ENTRIES : 0;
    return rest.len == sizeof(PAYLOAD_PREFIX) - 1 + HEX_LEN &&
                   memcmp(rest.at, PAYLOAD_PREFIX, sizeof(PAYLOAD_PREFIX) - 1) == 0 &&
                   is_hex(rest, sizeof(PAYLOAD_PREFIX) - 1)
               ? BODY_ENTRIES
               : 0;
}

/* ---- what a frame may be, for reader and writer alike ---- */

static bool frame_good(const struct ptn_frame *frame)
{
    switch (frame->kind) {
    case PTN_FRAME_ASK:
        return frame->verb >= PTN_FRAME_GET && frame->verb <= PTN_FRAME_POST &&
               ptn_frame_path_good(frame->path) && frame->body.len <= PTN_FRAME_BODY_MAX;
    case PTN_FRAME_ANSWER:
        return (frame->status == 0 ? frame->body.len == 0
                                   : frame->status >= STATUS_MIN && frame->status <= STATUS_MAX) &&
               frame->body.len <= PTN_FRAME_BODY_MAX;
    case PTN_FRAME_ADMIT:
        return frame->body.len % PTN_TLS_ID_LEN == 0 &&
               frame->body.len / PTN_TLS_ID_LEN <= PEERS_MAX;
    case PTN_FRAME_GONE:
    case PTN_FRAME_READY:
        return frame->body.len == 0;
    default:
        return false;
    }
}

/* ---- reading ---- */

static struct ptn_status take_ask(struct ptn_cursor *cursor, struct ptn_frame *frame)
{
    struct ptn_bytes tls = PTN_BYTES_NONE;
    uint8_t verb = 0;
    uint16_t path_len = 0;
    struct ptn_status status = ptn_cursor_take_u64(cursor, &frame->ticket);

    if (ptn_ok(status))
        status = ptn_cursor_take(cursor, PTN_TLS_ID_LEN, &tls);
    if (ptn_ok(status))
        status = ptn_cursor_take_u8(cursor, &verb);
    if (ptn_ok(status))
        status = ptn_cursor_take_u16(cursor, &path_len);
    if (ptn_ok(status))
        status = ptn_cursor_take(cursor, path_len, &frame->path);
    if (ptn_ok(status) && (verb < PTN_FRAME_GET || verb > PTN_FRAME_POST))
        status = (struct ptn_status){ PTN_C_BAD_INPUT };
    frame->tls = tls.at;
    frame->verb = (enum ptn_frame_verb)verb;
    return status;
}

static struct ptn_status take_answer(struct ptn_cursor *cursor, struct ptn_frame *frame)
{
    uint16_t number = 0;
    struct ptn_status status = ptn_cursor_take_u64(cursor, &frame->ticket);

    if (ptn_ok(status))
        status = ptn_cursor_take_u16(cursor, &number);
    frame->status = number;
    return status;
}

struct ptn_status ptn_frame_parse(struct ptn_bytes bytes, struct ptn_frame *ret_frame,
                                  size_t *ret_used)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_frame frame = { .kind = PTN_FRAME_READY };
    uint32_t len;
    uint8_t kind = 0;
    struct ptn_status status;

    if (!ptn_ok(ptn_cursor_take_u32(&cursor, &len)))
        return (struct ptn_status){ PTN_C_BUSY };
    if (len > PTN_FRAME_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (len > ptn_cursor_left(&cursor))
        return (struct ptn_status){ PTN_C_BUSY };
    cursor = ptn_cursor_at(ptn_bytes_slice(bytes, LENGTH_LEN, len));
    status = ptn_cursor_take_u8(&cursor, &kind);
    if (!ptn_ok(status) || kind < PTN_FRAME_ASK || kind > PTN_FRAME_READY)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    frame.kind = (enum ptn_frame_kind)kind;
    if (frame.kind == PTN_FRAME_ASK)
        status = take_ask(&cursor, &frame);
    else if (frame.kind == PTN_FRAME_ANSWER)
        status = take_answer(&cursor, &frame);
    else if (frame.kind == PTN_FRAME_GONE)
        status = ptn_cursor_take_u64(&cursor, &frame.ticket);
    if (ptn_ok(status))
        status = ptn_cursor_take(&cursor, ptn_cursor_left(&cursor), &frame.body);
    if (!ptn_ok(status) || !frame_good(&frame))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_frame = frame;
    *ret_used = LENGTH_LEN + len;
    return PTN_OK;
}

/* ---- writing ---- */

static size_t head_len(const struct ptn_frame *frame)
{
    if (frame->kind == PTN_FRAME_ASK)
        return ASK_HEAD_LEN + frame->path.len;
    if (frame->kind == PTN_FRAME_ANSWER)
        return 1u + 8u + 2u;
    return frame->kind == PTN_FRAME_GONE ? 1u + 8u : 1u;
}

static struct ptn_status add_ask(const struct ptn_frame *frame, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_buffer_add(out, ptn_bytes_of(frame->tls, PTN_TLS_ID_LEN));

    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, (uint8_t)frame->verb);
    if (ptn_ok(status))
        status = ptn_buffer_add_u16(out, (uint16_t)frame->path.len);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, frame->path);
    return status;
}

struct ptn_status ptn_frame_write_head(const struct ptn_frame *frame, struct ptn_buffer *out)
{
    size_t before = out->len;
    struct ptn_status status;

    if (!frame_good(frame))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = ptn_buffer_add_u32(out, (uint32_t)(head_len(frame) + frame->body.len));
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, (uint8_t)frame->kind);
    if (ptn_ok(status) && frame->kind != PTN_FRAME_ADMIT && frame->kind != PTN_FRAME_READY)
        status = ptn_buffer_add_u64(out, frame->ticket);
    if (ptn_ok(status) && frame->kind == PTN_FRAME_ASK)
        status = add_ask(frame, out);
    if (ptn_ok(status) && frame->kind == PTN_FRAME_ANSWER)
        status = ptn_buffer_add_u16(out, (uint16_t)frame->status);
    if (!ptn_ok(status))
        out->len = before;
    return status;
}
