/* serve/request_desk.c -- questions to a centre's desk. */
#include "serve/request_int.h"

static struct ptn_request_why why_of(struct ptn_body *reading, json_t *root)
{
    static const char *const words[] = { "second-line", "search", "oversight", "subject", NULL };
    static const enum ptn_purpose purposes[] = { PTN_PURPOSE_SECOND_LINE, PTN_PURPOSE_SEARCH,
                                                 PTN_PURPOSE_OVERSIGHT, PTN_PURPOSE_SUBJECT };
    struct ptn_request_why why = {
        .reason = ptn_bytes_trim(
            ptn_body_text(reading, root, "reason", PTN_REQUEST_REASON_MAX, "reason")),
    };

    why.purpose =
        purposes[ptn_body_word(reading, ptn_body_text(reading, root, "purpose", 20, "purpose"),
                               words, "purpose is second-line, search, oversight or subject")];
    if (why.reason.len == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "reason is needed");
    return why;
}

/* The same, or neither of the two: then the purpose of the shift is meant. */
static struct ptn_request_why why_or_none(struct ptn_body *reading, json_t *root)
{
    static const struct ptn_request_why none = { 0 };

    if (json_object_get(root, "purpose") == NULL && json_object_get(root, "reason") == NULL)
        return none;
    return why_of(reading, root);
}

static int64_t instant_of(struct ptn_body *reading, json_t *root, const char *key, const char *what)
{
    struct ptn_bytes text = ptn_body_text(reading, root, key, PTN_INSTANT_TEXT_SIZE, what);
    int64_t instant_ms = 0;

    if (text.len > 0 && (!ptn_ok(ptn_instant_parse(text, &instant_ms, NULL)) || instant_ms <= 0))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    return instant_ms;
}

/* "A" or "A.B", whole numbers of at most 19 digits. */
static void next_of(struct ptn_body *reading, json_t *root, int64_t next[2])
{
    struct ptn_bytes text = ptn_body_text(reading, root, "next", PTN_REQUEST_NEXT_MAX, "next");
    size_t digits = 0;
    size_t which = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '.' && which == 0 && digits > 0) {
            which = 1;
            digits = 0;
            continue;
        }
        digits++;
        if (text.at[i] < '0' || text.at[i] > '9' || digits > 18) {
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, "next");
            return;
        }
        next[which] = next[which] * 10 + (text.at[i] - '0');
    }
    if (text.len > 0 && digits == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "next");
}

struct ptn_status ptn_request_search_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_search *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", "find",  "name", "birth",
                                          "number",  "issuer", "plate", "post", "from",
                                          "to",      "count",  "next",  NULL };
    static const char *const finds[] = { "people", "crossings", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_search request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.why = why_or_none(&reading, root);
    request.people = ptn_body_word(&reading, ptn_body_text(&reading, root, "find", 20, "find"),
                                   finds, "find is people or crossings") == 0;
    request.name = ptn_bytes_trim(ptn_body_text(&reading, root, "name", 500, "name"));
    request.number = ptn_bytes_trim(ptn_body_text(&reading, root, "number", 60, "number"));
    request.issuer = ptn_bytes_trim(ptn_body_text(&reading, root, "issuer", 3, "issuer"));
    request.plate = ptn_bytes_trim(ptn_body_text(&reading, root, "plate", 60, "plate"));
    request.post = ptn_bytes_trim(ptn_body_text(&reading, root, "post", 60, "post"));
    request.birth = ptn_body_date(&reading, root, "birth", "birth");
    request.from_ms = instant_of(&reading, root, "from", "from");
    request.to_ms = instant_of(&reading, root, "to", "to");
    request.count = ptn_body_count(&reading, root, "count", PTN_REQUEST_ROWS_MAX, "count");
    next_of(&reading, root, request.next);
    if (request.count == 0)
        request.count = PTN_REQUEST_ROWS_MAX;
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_person_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_person *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", "key", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_person request = { 0 };
    struct ptn_buffer key;
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.why = why_or_none(&reading, root);
    ptn_buffer_init(&key, sizeof(request.key));
    if (!ptn_ok(ptn_hex_read(ptn_body_text(&reading, root, "key", 32, "key"), &key, NULL)) ||
        key.len != sizeof(request.key))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "key is 32 hex digits");
    else
        memcpy(request.key, key.at, sizeof(request.key));
    ptn_buffer_release(&key);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_purpose_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                            struct ptn_request_why *ret_why,
                                            struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_why why;
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    why = why_of(&reading, root);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_why = why;
    return reading.status;
}

struct ptn_status ptn_request_find_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_request_find *ret_request,
                                         struct ptn_diag *reterr)
{
    static const char *const fields[] = { "text", "post", "from", "to", "count", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_find request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.text = ptn_bytes_trim(ptn_body_text(&reading, root, "text", 500, "text"));
    request.post = ptn_bytes_trim(ptn_body_text(&reading, root, "post", 60, "post"));
    request.from_ms = instant_of(&reading, root, "from", "from");
    request.to_ms = instant_of(&reading, root, "to", "to");
    request.count = ptn_body_count(&reading, root, "count", PTN_REQUEST_ROWS_MAX, "count");
    if (request.count == 0)
        request.count = PTN_REQUEST_ROWS_MAX;
    if (request.text.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "text is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}
