/*
 * serve/desk_find.c -- the one box of a centre's desk: what was typed decides what is searched, and
 * what is found comes in one list. The look is durable before the answer leaves (ACCESS-1).
 */
#include "serve/desk_int.h"

/* What one text found, in the order of the list. */
struct finding {
    const struct ptn_view_person *by_number, *by_name;
    const struct ptn_view_crossing *by_plate, *by_voyage;
    const struct ptn_view_sheet *sheets;
    size_t number_count, name_count, plate_count, voyage_count, sheet_count;
    bool more;
    struct ptn_request_found next; /* of the kinds that have another page */
};

/* ---- asking ---- */

static struct ptn_status find_people(struct ptn_visit *visit,
                                     const struct ptn_request_find *request,
                                     const struct ptn_typed *typed, struct finding *finding,
                                     struct ptn_diag *reterr)
{
    struct ptn_view_who who = {
        .birth = typed->birth,
        .post = request->post,
        .from_ms = request->from_ms,
        .to_ms = request->to_ms,
        .count = request->count,
    };
    struct ptn_status status = PTN_OK;
    bool more = false;

    if (typed->number.len > 0 && (!request->goes_on || request->from.by_number)) {
        who.number = typed->number;
        who.skip = (size_t)request->from.number_skip;
        status = ptn_view_persons(visit->desk->view, &who, visit->arena, &finding->by_number,
                                  &finding->number_count, &more, reterr);
        finding->more = finding->more || more;
        finding->next.by_number = more && finding->number_count > 0;
        finding->next.number_skip = (int64_t)(who.skip + finding->number_count);
    }
    if (ptn_ok(status) && typed->name.len > 0 && (!request->goes_on || request->from.by_name)) {
        who.number = PTN_BYTES_NONE;
        who.name = typed->name;
        who.skip = (size_t)request->from.name_skip;
        status = ptn_view_persons(visit->desk->view, &who, visit->arena, &finding->by_name,
                                  &finding->name_count, &more, reterr);
        finding->more = finding->more || more;
        finding->next.by_name = more && finding->name_count > 0;
        finding->next.name_skip = (int64_t)(who.skip + finding->name_count);
    }
    return status;
}

static struct ptn_status find_crossings(struct ptn_visit *visit,
                                        const struct ptn_request_find *request,
                                        const struct ptn_typed *typed, struct finding *finding,
                                        struct ptn_diag *reterr)
{
    struct ptn_view_question question = {
        .plate = typed->plate,
        .post = request->post,
        .from_ms = request->from_ms,
        .to_ms = request->to_ms,
        .count = request->count,
    };
    bool more = false;
    struct ptn_status status = PTN_OK;

    if (typed->plate.len > 0 && (!request->goes_on || request->from.by_plate)) {
        question.before_ms = request->from.plate_ms;
        question.before_at = request->from.plate_at;
        status = ptn_view_crossings(visit->desk->view, &question, visit->arena, &finding->by_plate,
                                    &finding->plate_count, &more, reterr);
        finding->more = finding->more || more;
        finding->next.by_plate = more && finding->plate_count > 0;
        if (finding->next.by_plate) {
            finding->next.plate_ms = finding->by_plate[finding->plate_count - 1].crossing.time_ms;
            finding->next.plate_at = finding->by_plate[finding->plate_count - 1].at;
        }
    }
    if (ptn_ok(status) && typed->voyage.len > 0 && !request->goes_on) {
        question.plate = PTN_BYTES_NONE;
        question.before_ms = 0;
        question.before_at = 0;
        question.voyage = typed->voyage;
        status = ptn_view_crossings(visit->desk->view, &question, visit->arena, &finding->by_voyage,
                                    &finding->voyage_count, &more, reterr);
        finding->more = finding->more || more;
    }
    return status;
}

static struct ptn_status find_all(struct ptn_visit *visit, const struct ptn_request_find *request,
                                  const struct ptn_typed *typed, struct finding *finding,
                                  struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    if (!ptn_ok(status))
        return status;
    if (typed->is_sheet && !request->goes_on)
        status = ptn_view_sheets(visit->desk->view, typed->serial.pack, typed->serial.sheet,
                                 typed->post.len > 0 ? typed->post : request->post, request->count,
                                 visit->arena, &finding->sheets, &finding->sheet_count, reterr);
    if (ptn_ok(status))
        status = find_people(visit, request, typed, finding, reterr);
    if (ptn_ok(status))
        status = find_crossings(visit, request, typed, finding, reterr);
    ptn_desk_view_unlock(visit->desk, status);
    return status;
}

/* ---- the answer ---- */

static void write_people(struct ptn_json *json, const char *kind,
                         const struct ptn_view_person *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, "kind", ptn_bytes_from_text(kind));
        ptn_desk_answer_person_row(json, &rows[i]);
        ptn_json_object_end(json);
    }
}

static void write_crossings(struct ptn_json *json, const char *kind,
                            const struct ptn_view_crossing *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, "kind", ptn_bytes_from_text(kind));
        ptn_desk_answer_crossing_row(json, &rows[i]);
        ptn_json_object_end(json);
    }
}

static void write_sheets(struct ptn_json *json, const struct ptn_typed *typed,
                         const struct ptn_view_sheet *rows, size_t count)
{
    char serial[PTN_SERIAL_TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, "kind", PTN_BYTES_LITERAL("sheet"));
        ptn_json_field_text(json, "serial",
                            ptn_bytes_from_text(ptn_serial_write(typed->serial, serial)));
        ptn_desk_answer_sheet_row(json, &rows[i]);
        ptn_json_object_end(json);
    }
}

/* As what the text was looked for, so that nobody takes "nothing found" for more than it is. */
static void write_sought(struct ptn_json *json, const struct ptn_typed *typed)
{
    const struct {
        const char *kind;
        bool asked;
    } kinds[] = {
        { "sheet", typed->is_sheet },        { "document", typed->number.len > 0 },
        { "vehicle", typed->plate.len > 0 }, { "voyage", typed->voyage.len > 0 },
        { "person", typed->name.len > 0 },
    };

    ptn_json_key(json, "sought");
    ptn_json_array(json);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].asked)
            ptn_json_text(json, ptn_bytes_from_text(kinds[i].kind));
    ptn_json_array_end(json);
}

static void answer_found(struct ptn_visit *visit, const struct ptn_typed *typed,
                         const struct finding *finding)
{
    struct ptn_json json = { .out = &visit->out };
    char next[PTN_REQUEST_FOUND_MAX];

    ptn_json_object(&json);
    write_sought(&json, typed);
    ptn_json_key(&json, "rows");
    ptn_json_array(&json);
    write_sheets(&json, typed, finding->sheets, finding->sheet_count);
    write_people(&json, "document", finding->by_number, finding->number_count);
    write_crossings(&json, "vehicle", finding->by_plate, finding->plate_count);
    write_crossings(&json, "voyage", finding->by_voyage, finding->voyage_count);
    write_people(&json, "person", finding->by_name, finding->name_count);
    ptn_json_array_end(&json);
    ptn_json_field_bool(&json, "more", finding->more);
    ptn_request_found_write(&finding->next, next);
    ptn_json_field_text_if(&json, "next", ptn_bytes_from_text(next));
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

/* How many people the answer shows; *ret_one: whom, when it is one. A sheet that names nobody shows
 * nobody. */
static size_t shown_of(const struct finding *finding, const struct ptn_person **ret_one)
{
    const struct ptn_person *last = NULL;
    size_t count =
        finding->number_count + finding->name_count + finding->plate_count + finding->voyage_count;

    for (size_t i = 0; i < finding->sheet_count; i++)
        if (finding->sheets[i].settled) {
            last = &finding->sheets[i].person;
            count++;
        }
    if (finding->number_count > 0)
        last = &finding->by_number[0].person;
    if (finding->name_count > 0)
        last = &finding->by_name[0].person;
    if (finding->plate_count > 0)
        last = &finding->by_plate[0].crossing.person;
    if (finding->voyage_count > 0)
        last = &finding->by_voyage[0].crossing.person;
    *ret_one = count == 1 ? last : NULL;
    return count;
}

void ptn_desk_post_find(struct ptn_visit *visit)
{
    struct ptn_request_why why = { 0 };
    struct ptn_request_find request;
    struct ptn_typed typed;
    struct finding finding = { 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_find_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (ptn_ok(status))
        status = ptn_typed_read(request.text, visit->arena, &typed, &diag);
    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &why))
        return;
    status = find_all(visit, &request, &typed, &finding, &diag);
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    {
        const struct ptn_visit_term terms[] = { { "sought", request.text },
                                                { "post", request.post } };
        const struct ptn_person *one = NULL;
        size_t shown = shown_of(&finding, &one);

        if (!ptn_visit_terms(visit, &why, terms, 2) || !ptn_visit_look(visit, &why, one, shown))
            return;
    }
    answer_found(visit, &typed, &finding);
}
