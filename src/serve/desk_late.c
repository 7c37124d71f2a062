/*
 * serve/desk_late.c -- matches that were missed, of all posts, at a centre's desk: the newest
 * first, with whether the post opened a case and how it ended. Standard: docs/format/published.md
 * "Screened again".
 */
#include "serve/desk_int.h"

#define PAGE 100u

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

/* "none" for one that nobody can open a case of. */
static const char *case_word(const struct ptn_view_late *row)
{
    if (row->found.discreet)
        return "none";
    if (row->case_steps == 0)
        return "not-opened";
    return row->outcome == PTN_CASE_NO_OUTCOME ? "open" : ptn_case_outcome_word(row->outcome);
}

static void write_row(struct ptn_json *json, const struct ptn_view_late *row)
{
    char time[PTN_INSTANT_TEXT_SIZE];

    ptn_json_object(json);
    ptn_answer_screened_again(json, &row->found, "listed");
    ptn_json_field_text(json, "post", row->found.post);
    field(json, "published", ptn_instant_write(row->found.published_ms, time));
    field(json, "case", case_word(row));
    ptn_desk_answer_person(json, &row->key, &row->found.person);
    field(json, "ledger", row->origin);
    ptn_json_field_number(json, "entry", (int64_t)row->seq);
    ptn_json_object_end(json);
}

static const char *argument(const struct ptn_visit *visit, const char *name)
{
    return MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* post, and the page after: a time and a place, written as of vehicles in the one box. False: the
 * visit is answered. */
static bool read_ask(struct ptn_visit *visit, struct ptn_view_late_ask *ask)
{
    const char *post = argument(visit, "post");
    const char *next = argument(visit, "next");
    struct ptn_request_found from = { .by_plate = true };
    bool good = post == NULL || strlen(post) <= PTN_NODE_CODE_MAX;

    if (next != NULL)
        good = good && strlen(next) < PTN_REQUEST_FOUND_MAX &&
               ptn_ok(ptn_request_found_parse(ptn_bytes_from_text(next), &from)) && from.by_plate;
    if (!good)
        ptn_visit_problem(visit, MHD_HTTP_BAD_REQUEST, "bad-request", "The request cannot be used",
                          "post is a post's code, next is as it was given");
    *ask = (struct ptn_view_late_ask){ .post = ptn_bytes_from_text(post),
                                       .discreet = visit->session.officer.discreet,
                                       .before_ms = from.plate_ms,
                                       .before_at = from.plate_at,
                                       .count = PAGE };
    return good;
}

void ptn_desk_get_late(struct ptn_visit *visit)
{
    struct ptn_json json = { .out = &visit->out };
    const struct ptn_view_late *rows = NULL;
    struct ptn_view_late_ask ask;
    char next[PTN_REQUEST_FOUND_MAX];
    struct ptn_diag diag = { 0 };
    size_t count = 0;
    bool more = false;
    struct ptn_status status;

    if (!read_ask(visit, &ask))
        return;
    status = ptn_desk_view_lock(visit->desk);
    if (ptn_ok(status)) {
        status = ptn_view_late(visit->desk->view, &ask, visit->arena, &rows, &count, &more, &diag);
        ptn_desk_view_unlock(visit->desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    if (!ptn_visit_looked(visit, "Late matches of the posts.", count))
        return;
    ptn_json_object(&json);
    ptn_json_key(&json, "matches");
    ptn_json_array(&json);
    for (size_t i = 0; i < count; i++)
        write_row(&json, &rows[i]);
    ptn_json_array_end(&json);
    ptn_json_field_bool(&json, "more", more);
    if (more) {
        const struct ptn_request_found from = { .by_plate = true,
                                                .plate_ms = rows[count - 1].found.time_ms,
                                                .plate_at = rows[count - 1].at };

        ptn_request_found_write(&from, next);
        field(&json, "next", next);
    }
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

/* It names nobody, so it is no look. */
void ptn_desk_get_late_standing(struct ptn_visit *visit)
{
    struct ptn_json json = { .out = &visit->out };
    struct ptn_view_late_standing standing = { 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    if (ptn_ok(status)) {
        status = ptn_view_late_standing(visit->desk->view, visit->session.officer.discreet,
                                        &standing, &diag);
        ptn_desk_view_unlock(visit->desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    ptn_json_object(&json);
    ptn_json_field_number(&json, "found", (int64_t)standing.found);
    ptn_json_field_number(&json, "open", (int64_t)standing.open);
    ptn_json_field_number(&json, "newest_ms", standing.newest_ms);
    ptn_json_field_number(&json, "case_steps", (int64_t)standing.case_steps);
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}
