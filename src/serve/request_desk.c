/* serve/request_desk.c -- questions to a centre's desk. */
#include "serve/audit_int.h"
#include "serve/request_int.h"

#include <inttypes.h>
#include <stdio.h>

#define LEDGER_NAME_MAX 255u /* bytes */

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

/* A person's key. */
static void read_key(struct ptn_body *reading, json_t *root, const char *name, uint8_t ret_key[16])
{
    struct ptn_buffer key;

    ptn_buffer_init(&key, 16);
    if (!ptn_ok(ptn_hex_read(ptn_body_text(reading, root, name, 32, name), &key, NULL)) ||
        key.len != 16)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "a key is 32 hex digits");
    else
        memcpy(ret_key, key.at, 16);
    ptn_buffer_release(&key);
}

struct ptn_status ptn_request_person_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_person *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", "key", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_person request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.why = why_or_none(&reading, root);
    read_key(&reading, root, "key", request.key);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* The number of an entry, which is needed. */
static uint64_t entry_of(struct ptn_body *reading, json_t *root)
{
    const json_t *entry = json_object_get(root, "entry");

    if (json_is_integer(entry) && json_integer_value(entry) >= 0)
        return (uint64_t)json_integer_value(entry);
    ptn_body_refuse(reading, PTN_C_BAD_INPUT, "entry is needed");
    return 0;
}

struct ptn_status ptn_request_attachment_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                               struct ptn_request_attachment *ret_request,
                                               struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", "ledger", "entry", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_attachment request = { .index = 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.why = why_or_none(&reading, root);
    request.origin = ptn_body_text(&reading, root, "ledger", LEDGER_NAME_MAX, "ledger");
    if (request.origin.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "ledger is needed");
    request.index = entry_of(&reading, root);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_subject_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                            struct ptn_request_subject *ret_request,
                                            struct ptn_diag *reterr)
{
    static const char *const fields[] = { "reason", "issuer", "number", "birth", "as", NULL };
    static const char *const forms[] = { "json", "pdf", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_subject request = { .pdf = false };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.reason =
        ptn_bytes_trim(ptn_body_text(&reading, root, "reason", PTN_REQUEST_REASON_MAX, "reason"));
    request.issuer = ptn_bytes_trim(ptn_body_text(&reading, root, "issuer", 3, "issuer"));
    request.number = ptn_bytes_trim(ptn_body_text(&reading, root, "number", 60, "number"));
    request.birth = ptn_body_day(&reading, root, "birth", "birth");
    request.pdf = ptn_body_word(&reading, ptn_body_text(&reading, root, "as", 4, "as"), forms,
                                "as is json or pdf") == 1;
    if (request.reason.len == 0 || request.issuer.len == 0 || request.number.len == 0 ||
        ptn_date_is_none(request.birth))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "reason, issuer, number and birth are needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_looks_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                          struct ptn_request_looks *ret_request,
                                          struct ptn_diag *reterr)
{
    static const char *const fields[] = {
        "days", "officer", "post", "person", "only", "next", NULL
    };
    static const char *const marks[] = { "all", "asked", "unanswered", "odd", NULL };
    static const unsigned bits[] = { 0, PTN_AUDIT_ASKED, PTN_AUDIT_UNANSWERED, PTN_AUDIT_ODD };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_looks request = { .days = 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes only;
    int64_t next[2] = { 0, 0 };

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.days = ptn_body_count(&reading, root, "days", PTN_REQUEST_LOOKS_DAYS_MAX, "days");
    request.officer =
        ptn_bytes_trim(ptn_body_text(&reading, root, "officer", PTN_RECORD_WORD_MAX, "officer"));
    request.post =
        ptn_bytes_trim(ptn_body_text(&reading, root, "post", PTN_RECORD_WORD_MAX, "post"));
    request.person = ptn_bytes_trim(ptn_body_text(&reading, root, "person", 16, "person"));
    only = ptn_body_text(&reading, root, "only", 12, "only");
    if (only.len > 0)
        request.only =
            bits[ptn_body_word(&reading, only, marks, "only is all, asked, unanswered or odd")];
    next_of(&reading, root, next);
    if (request.days == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "days is 1 to 90");
    if (next[0] > PTN_REQUEST_LOOKS_SKIP_MAX || next[1] != 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "next");
    request.skip = (size_t)next[0];
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* Who it was, as far as it is said. */
static void read_right(struct ptn_body *reading, json_t *root,
                       struct ptn_request_correction *request)
{
    request->surname =
        ptn_bytes_trim(ptn_body_text(reading, root, "surname", PTN_RECORD_LINE_MAX, "surname"));
    request->given =
        ptn_bytes_trim(ptn_body_text(reading, root, "given", PTN_RECORD_LINE_MAX, "given"));
    request->number = ptn_bytes_trim(ptn_body_text(reading, root, "number", 60, "number"));
    request->birth = ptn_body_date(reading, root, "birth", "birth");
    ptn_body_code(reading, ptn_body_text(reading, root, "nationality", 3, "nationality"),
                  request->nationality, "nationality");
    ptn_body_code(reading, ptn_body_text(reading, root, "issuer", 3, "issuer"), request->issuer,
                  "issuer");
    request->any_person = request->surname.len > 0 || request->given.len > 0 ||
                          request->number.len > 0 || !ptn_date_is_none(request->birth) ||
                          request->nationality[0] != '\0' || request->issuer[0] != '\0';
}

static void read_correction(struct ptn_body *reading, json_t *root,
                            struct ptn_request_correction *request)
{
    read_key(reading, root, "key", request->key);
    request->ledger = ptn_body_text(reading, root, "ledger", PTN_VIEW_ORIGIN_MAX, "ledger");
    request->entry = entry_of(reading, root);
    if (json_object_get(root, "direction") != NULL)
        request->direction = ptn_body_direction(reading, root);
    request->date = ptn_body_day(reading, root, "date", "date");
    read_right(reading, root, request);
    request->reason =
        ptn_bytes_trim(ptn_body_text(reading, root, "reason", PTN_REQUEST_REASON_MAX, "reason"));
    if (request->reason.len == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "reason is needed");
    if (!request->any_person && request->direction == 0 && ptn_date_is_none(request->date))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "something must be said to be right");
}

struct ptn_status ptn_request_correction_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                               struct ptn_request_correction *ret_request,
                                               struct ptn_diag *reterr)
{
    static const char *const fields[] = { "key",     "ledger", "entry",  "direction",   "date",
                                          "surname", "given",  "birth",  "nationality", "issuer",
                                          "number",  "reason", "second", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_correction request = { .has_second = false };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    read_correction(&reading, root, &request);
    request.has_second =
        ptn_body_person(&reading, root, "second", &request.second, &request.password);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_identity_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                             struct ptn_request_identity *ret_request,
                                             struct ptn_diag *reterr)
{
    static const char *const fields[] = { "one", "other", "part", "reason", "second", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_identity request = { .has_second = false };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    if (json_object_get(root, "part") == NULL) {
        read_key(&reading, root, "one", request.one);
        read_key(&reading, root, "other", request.other);
    } else if (json_object_get(root, "one") != NULL || json_object_get(root, "other") != NULL) {
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "one and other, or part");
    } else if (!ptn_ok(ptn_record_id_parse(ptn_body_text(&reading, root, "part", 32, "part"),
                                           &request.part, NULL))) {
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "part is 32 hex digits");
    }
    request.reason =
        ptn_bytes_trim(ptn_body_text(&reading, root, "reason", PTN_REQUEST_REASON_MAX, "reason"));
    if (request.reason.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "reason is needed");
    request.has_second =
        ptn_body_person(&reading, root, "second", &request.second, &request.password);
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

/* A whole number of 1 to 18 digits. */
static bool take_number(struct ptn_bytes *text, int64_t *ret_number)
{
    int64_t number = 0;
    size_t len = 0;

    for (; len < text->len && len < 19 && text->at[len] >= '0' && text->at[len] <= '9'; len++)
        number = number * 10 + (text->at[len] - '0');
    if (len == 0 || len == 19)
        return false;
    *text = ptn_bytes_slice(*text, len, text->len);
    *ret_number = number;
    return true;
}

static bool take_letter(struct ptn_bytes *text, char letter)
{
    if (text->len == 0 || text->at[0] != (uint8_t)letter)
        return false;
    *text = ptn_bytes_slice(*text, 1, text->len);
    return true;
}

struct ptn_status ptn_request_found_parse(struct ptn_bytes text,
                                          struct ptn_request_found *ret_found)
{
    struct ptn_request_found found = { 0 };
    bool good = text.len > 0;

    found.by_number = take_letter(&text, 'd');
    good = good && (!found.by_number || take_number(&text, &found.number_skip));
    found.by_name = take_letter(&text, 'n');
    good = good && (!found.by_name || take_number(&text, &found.name_skip));
    found.by_plate = take_letter(&text, 'v');
    good = good &&
           (!found.by_plate || (take_number(&text, &found.plate_ms) && take_letter(&text, '.') &&
                                take_number(&text, &found.plate_at)));
    if (!good || text.len > 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_found = found;
    return PTN_OK;
}

void ptn_request_found_write(const struct ptn_request_found *found,
                             char text[PTN_REQUEST_FOUND_MAX])
{
    char parts[3][24] = { "", "", "" };
    char at[24] = "";

    if (found->by_number)
        (void)snprintf(parts[0], sizeof(parts[0]), "d%" PRId64, found->number_skip);
    if (found->by_name)
        (void)snprintf(parts[1], sizeof(parts[1]), "n%" PRId64, found->name_skip);
    if (found->by_plate) {
        (void)snprintf(parts[2], sizeof(parts[2]), "v%" PRId64, found->plate_ms);
        (void)snprintf(at, sizeof(at), ".%" PRId64, found->plate_at);
    }
    (void)snprintf(text, PTN_REQUEST_FOUND_MAX, "%.20s%.20s%.20s%.20s", parts[0], parts[1],
                   parts[2], at);
}

struct ptn_status ptn_request_find_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_request_find *ret_request,
                                         struct ptn_diag *reterr)
{
    static const char *const fields[] = { "text", "post", "from", "to", "count", "next", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_find request = { 0 };
    struct ptn_bytes next;
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
    next = ptn_body_text(&reading, root, "next", PTN_REQUEST_FOUND_MAX, "next");
    request.goes_on = next.len > 0;
    if (request.goes_on && !ptn_ok(ptn_request_found_parse(next, &request.from)))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "next");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}
