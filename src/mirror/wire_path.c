#include "mirror/wire_int.h"

#define HEX_LEN ((size_t)64)

const char *ptn_wire_verb_word(enum ptn_wire_verb what)
{
    switch (what) {
    case PTN_WIRE_PUT_PAYLOAD:
        return "PUT";
    case PTN_WIRE_ADD_CHECKPOINT:
    case PTN_WIRE_ADD_ENTRIES:
    case PTN_WIRE_POST_PAYLOADS:
    case PTN_WIRE_POST_LOST:
    case PTN_WIRE_POST_NOTE:
        return "POST";
    case PTN_WIRE_GET_HEADS:
    case PTN_WIRE_GET_PAYLOADS:
    case PTN_WIRE_GET_FILE:
    default:
        return "GET";
    }
}

/* "<first>-<end>" */
static bool read_interval(struct ptn_bytes text, struct ptn_wire_path *path)
{
    const uint8_t *dash = text.len == 0 ? NULL : memchr(text.at, '-', text.len);
    size_t len = dash == NULL ? 0 : (size_t)(dash - text.at);

    return dash != NULL && ptn_wire_decimal(ptn_bytes_slice(text, 0, len), &path->first) &&
           ptn_wire_decimal(ptn_bytes_slice(text, len + 1, text.len), &path->end) &&
           path->first < path->end;
}

/* Letters of which a file's path may be made: no escape, no empty or dotted step. */
static bool file_good(struct ptn_bytes file)
{
    if (file.len == 0)
        return false;
    for (size_t i = 0; i < file.len; i++) {
        uint8_t letter = file.at[i];
        bool starts = i == 0 || file.at[i - 1] == '/';

        if (!((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
              letter == '.' || letter == '/'))
            return false;
        if (starts && (letter == '/' || letter == '.'))
            return false;
    }
    return file.at[file.len - 1] != '/';
}

/* What follows "/<hex>/". */
static bool read_of_origin(struct ptn_bytes verb, struct ptn_bytes rest, struct ptn_wire_path *path)
{
    struct ptn_bytes file = rest;

    if (ptn_bytes_is(verb, "PUT")) {
        path->what = PTN_WIRE_PUT_PAYLOAD;
        return ptn_wire_take(&rest, "payload/") &&
               ptn_hex_read_exactly(rest, path->sha256.at, PTN_HASH_LEN);
    }
    if (ptn_bytes_is(verb, "POST")) {
        path->what = ptn_bytes_is(rest, "lost") ? PTN_WIRE_POST_LOST : PTN_WIRE_POST_PAYLOADS;
        return path->what == PTN_WIRE_POST_LOST || ptn_bytes_is(rest, "payloads");
    }
    if (ptn_wire_take(&rest, "payloads/")) {
        path->what = PTN_WIRE_GET_PAYLOADS;
        return read_interval(rest, path);
    }
    path->what = PTN_WIRE_GET_FILE;
    path->file = file;
    return ptn_bytes_is(verb, "GET") && file_good(file) &&
           (ptn_bytes_is(file, "checkpoint") || ptn_bytes_is(file, "pending") ||
            ptn_wire_take(&rest, "tile/") || ptn_wire_take(&rest, "payload/"));
}

static bool read_whole(struct ptn_bytes verb, struct ptn_bytes path, struct ptn_wire_path *out)
{
    struct ptn_bytes rest = path;

    if (ptn_bytes_is(verb, "POST") && ptn_bytes_is(path, "/add-checkpoint"))
        out->what = PTN_WIRE_ADD_CHECKPOINT;
    else if (ptn_bytes_is(verb, "POST") && ptn_bytes_is(path, "/add-entries"))
        out->what = PTN_WIRE_ADD_ENTRIES;
    else if (ptn_bytes_is(verb, "POST") && ptn_bytes_is(path, "/notes"))
        out->what = PTN_WIRE_POST_NOTE;
    else if (ptn_bytes_is(verb, "GET") && ptn_bytes_is(path, "/heads"))
        out->what = PTN_WIRE_GET_HEADS;
    else if (ptn_bytes_is(verb, "GET") && ptn_wire_take(&rest, "/heads?after=")) {
        out->what = PTN_WIRE_GET_HEADS;
        out->token = rest;
        return ptn_wire_token_good(rest);
    } else
        return false;
    return true;
}

struct ptn_status ptn_wire_path_parse(struct ptn_bytes verb, struct ptn_bytes path,
                                      struct ptn_wire_path *ret_path)
{
    struct ptn_wire_path out = { 0 };

    if (path.len <= PTN_WIRE_PATH_MAX && read_whole(verb, path, &out)) {
        *ret_path = out;
        return PTN_OK;
    }
    if (path.len > PTN_WIRE_PATH_MAX || path.len < HEX_LEN + 3 || path.at[0] != '/' ||
        path.at[HEX_LEN + 1] != '/' ||
        !ptn_hex_read_exactly(ptn_bytes_slice(path, 1, HEX_LEN), out.origin.at, PTN_HASH_LEN) ||
        !read_of_origin(verb, ptn_bytes_slice(path, HEX_LEN + 2, path.len), &out))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_path = out;
    return PTN_OK;
}

static struct ptn_status write_of_origin(struct ptn_buffer *out, const struct ptn_wire_path *path)
{
    struct ptn_status status = ptn_buffer_add_text(out, "/");

    if (ptn_ok(status))
        status = ptn_wire_add_hash_hex(out, &path->origin);
    if (!ptn_ok(status))
        return status;
    if (path->what == PTN_WIRE_POST_LOST)
        return ptn_buffer_add_text(out, "/lost");
    if (path->what == PTN_WIRE_POST_PAYLOADS)
        return ptn_buffer_add_text(out, "/payloads");
    if (path->what == PTN_WIRE_GET_PAYLOADS)
        return ptn_buffer_addf(out, "/payloads/%llu-%llu", (unsigned long long)path->first,
                               (unsigned long long)path->end);
    if (path->what == PTN_WIRE_GET_FILE) {
        status = ptn_buffer_add_text(out, "/");
        return ptn_ok(status) ? ptn_buffer_add(out, path->file) : status;
    }
    status = ptn_buffer_add_text(out, "/payload/");
    return ptn_ok(status) ? ptn_wire_add_hash_hex(out, &path->sha256) : status;
}

struct ptn_status ptn_wire_path_write(struct ptn_buffer *out, const struct ptn_wire_path *path)
{
    const size_t len = out->len;
    struct ptn_status status;

    switch (path->what) {
    case PTN_WIRE_ADD_CHECKPOINT:
        return ptn_buffer_add_text(out, "/add-checkpoint");
    case PTN_WIRE_ADD_ENTRIES:
        return ptn_buffer_add_text(out, "/add-entries");
    case PTN_WIRE_POST_NOTE:
        return ptn_buffer_add_text(out, "/notes");
    case PTN_WIRE_GET_HEADS:
        if (path->token.len == 0)
            return ptn_buffer_add_text(out, "/heads");
        return ptn_buffer_addf(out, "/heads?after=%.*s", (int)path->token.len,
                               (const char *)path->token.at);
    case PTN_WIRE_PUT_PAYLOAD:
    case PTN_WIRE_POST_PAYLOADS:
    case PTN_WIRE_POST_LOST:
    case PTN_WIRE_GET_PAYLOADS:
    case PTN_WIRE_GET_FILE:
    default:
        status = write_of_origin(out, path);
        if (!ptn_ok(status))
            out->len = len;
        return status;
    }
}
