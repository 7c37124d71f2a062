#include "serve/board.h"
#include "serve/request_int.h"

/* Texts of what is published are trimmed. */
static struct ptn_bytes text_at(struct ptn_body *reading, json_t *value, size_t len_max,
                                const char *what)
{
    return ptn_bytes_trim(ptn_body_value(reading, value, len_max, what));
}

static struct ptn_bytes text_of(struct ptn_body *reading, json_t *object, const char *key,
                                size_t len_max)
{
    return text_at(reading, json_object_get(object, key), len_max, key);
}

/* whole: with all its parts, one that a calendar has. */
static struct ptn_date date_of(struct ptn_body *reading, json_t *object, const char *key,
                               bool whole)
{
    struct ptn_bytes text = text_of(reading, object, key, 10);
    struct ptn_date date = PTN_DATE_NONE;

    if (text.len > 0 && (!ptn_ok(ptn_date_parse(text, &date, NULL)) ||
                         (whole && !(ptn_date_is_full(date) && ptn_date_is_possible(date)))))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, key);
    return date;
}

static struct ptn_record_id id_of(struct ptn_body *reading, json_t *object)
{
    struct ptn_bytes text = text_of(reading, object, "id", PTN_RECORD_ID_TEXT_SIZE - 1);
    struct ptn_record_id id = { { 0 } };

    if (text.len > 0 && !ptn_ok(ptn_record_id_parse(text, &id, NULL)))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "id");
    return id;
}

/* ---- people ---- */

static void read_document(struct ptn_body *reading, json_t *object, struct ptn_document *document)
{
    static const char *const fields[] = { "kind", "issuer", "number", "expiry", NULL };
    struct ptn_bytes kind = text_of(reading, object, "kind", 32);

    ptn_body_only(reading, object, fields);
    document->kind = ptn_document_kind_from_word(kind);
    if (kind.len > 0 && document->kind == PTN_DOCUMENT_UNKNOWN)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "document.kind");
    ptn_body_code(reading, text_of(reading, object, "issuer", 3), document->issuer, "issuer");
    document->number = text_of(reading, object, "number", PTN_DOCUMENT_NUMBER_MAX);
    document->expiry = date_of(reading, object, "expiry", false);
}

static void read_person(struct ptn_body *reading, json_t *object, struct ptn_person *person)
{
    static const char *const fields[] = { "surname", "given",       "name",     "birth",
                                          "sex",     "nationality", "document", NULL };
    json_t *document = json_object_get(object, "document");
    struct ptn_bytes sex;

    if (!json_is_object(object) || (document != NULL && !json_is_object(document))) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "people");
        return;
    }
    ptn_body_only(reading, object, fields);
    person->surname = text_of(reading, object, "surname", PTN_PERSON_NAME_MAX);
    person->given = text_of(reading, object, "given", PTN_PERSON_NAME_MAX);
    person->name = text_of(reading, object, "name", PTN_PERSON_NAME_MAX);
    person->birth = date_of(reading, object, "birth", false);
    sex = text_of(reading, object, "sex", 1);
    if (sex.len > 0 && sex.at[0] != 'M' && sex.at[0] != 'F')
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "sex");
    person->sex = '\0';
    if (sex.len > 0)
        person->sex = sex.at[0] == 'M' ? 'M' : 'F';
    ptn_body_code(reading, text_of(reading, object, "nationality", 3), person->nationality,
                  "nationality");
    if (document != NULL)
        read_document(reading, document, &person->document);
    if (!ptn_ok(ptn_person_validate(person, NULL)))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "people");
}

static const struct ptn_person *people_of(struct ptn_body *reading, json_t *object, const char *key,
                                          size_t max, size_t *ret_count)
{
    json_t *array = json_object_get(object, key);
    size_t count = json_array_size(array);
    struct ptn_person *people;

    *ret_count = 0;
    if (array == NULL)
        return NULL;
    if (!json_is_array(array) || count > max) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, key);
        return NULL;
    }
    people = ptn_arena_take(reading->arena, (count + 1) * sizeof(*people));
    if (people == NULL) {
        ptn_body_refuse(reading, PTN_C_NO_MEMORY, "no memory for the request");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        people[i] = (struct ptn_person){ 0 };
        read_person(reading, json_array_get(array, i), &people[i]);
    }
    *ret_count = count;
    return people;
}

/* ---- alerts ---- */

static void read_second(struct ptn_body *reading, json_t *root, struct ptn_request_alert *request)
{
    static const char *const fields[] = { "user", "password", NULL };
    json_t *second = json_object_get(root, "second");

    if (second == NULL)
        return;
    if (!json_is_object(second)) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "second");
        return;
    }
    ptn_body_only(reading, second, fields);
    request->has_second = true;
    request->second = text_of(reading, second, "user", PTN_RECORD_WORD_MAX);
    request->password = text_of(reading, second, "password", 256);
    if (request->second.len == 0 || request->password.len == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "second");
}

static void read_alert(struct ptn_body *reading, json_t *root, struct ptn_request_alert *request)
{
    static const char *const fields[] = { "id",     "end",     "agree",  "reason", "owner",
                                          "basis",  "purpose", "action", "from",   "until",
                                          "review", "people",  "plate",  "second", NULL };
    struct ptn_alert *alert = &request->alert;
    struct ptn_bytes action = text_of(reading, root, "action", 16);

    ptn_body_only(reading, root, fields);
    alert->id = id_of(reading, root);
    alert->act = ptn_body_flag(reading, root, "end", "end") ? PTN_ALERT_END : PTN_ALERT_ENTERED;
    request->agree = ptn_body_flag(reading, root, "agree", "agree");
    alert->reason = text_of(reading, root, "reason", PTN_RECORD_LINE_MAX);
    alert->owner = text_of(reading, root, "owner", PTN_RECORD_LINE_MAX);
    alert->basis = text_of(reading, root, "basis", PTN_RECORD_LINE_MAX);
    alert->purpose = text_of(reading, root, "purpose", PTN_RECORD_LINE_MAX);
    alert->action = ptn_alert_action_from_word(action);
    if (action.len > 0 && alert->action == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "action");
    alert->from = date_of(reading, root, "from", true);
    alert->until = date_of(reading, root, "until", true);
    alert->review = date_of(reading, root, "review", true);
    alert->identities =
        people_of(reading, root, "people", PTN_ALERT_IDENTITY_MAX, &alert->identity_count);
    alert->plate = text_of(reading, root, "plate", PTN_RECORD_WORD_MAX);
    read_second(reading, root, request);
    if ((request->agree || alert->act == PTN_ALERT_END) && ptn_record_id_is_none(alert->id))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "id");
}

struct ptn_status ptn_request_alert_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                          struct ptn_request_alert *ret_request,
                                          struct ptn_diag *reterr)
{
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_alert request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_PUBLISH_MAX);

    if (root == NULL)
        return reading.status;
    read_alert(&reading, root, &request);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- orders to leave ---- */

static void read_points(struct ptn_body *reading, json_t *root, struct ptn_leave *leave)
{
    json_t *array = json_object_get(root, "points");
    size_t count = json_array_size(array);
    struct ptn_bytes *points;

    if (array == NULL)
        return;
    if (!json_is_array(array) || count > PTN_LEAVE_POINT_MAX) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "points");
        return;
    }
    points = ptn_arena_take(reading->arena, (count + 1) * sizeof(*points));
    if (points == NULL) {
        ptn_body_refuse(reading, PTN_C_NO_MEMORY, "no memory for the request");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        points[i] = text_at(reading, json_array_get(array, i), PTN_RECORD_WORD_MAX, "points");
        if (points[i].len == 0)
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, "points");
    }
    leave->points = points;
    leave->point_count = count;
}

static enum ptn_leave_act act_of(struct ptn_body *reading, json_t *root)
{
    struct ptn_bytes text = text_of(reading, root, "act", 16);

    for (unsigned i = 1; i < PTN_LEAVE_ACT_COUNT; i++)
        if (ptn_bytes_is(text, ptn_leave_act_word((enum ptn_leave_act)i)))
            return (enum ptn_leave_act)i;
    if (text.len > 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "act");
    return PTN_LEAVE_ORDERED;
}

static void read_leave(struct ptn_body *reading, json_t *root, struct ptn_leave *leave)
{
    static const char *const fields[] = { "id",         "act",      "reason",   "reference",
                                          "issuer",     "contact",  "deadline", "ban_until",
                                          "points",     "protocol", "liaison",  "people",
                                          "dependants", "nth",      "sheet",    NULL };
    struct ptn_bytes deadline = text_of(reading, root, "deadline", PTN_INSTANT_TEXT_SIZE);
    json_t *nth = json_object_get(root, "nth");

    ptn_body_only(reading, root, fields);
    leave->id = id_of(reading, root);
    leave->act = act_of(reading, root);
    leave->reason = text_of(reading, root, "reason", PTN_RECORD_LINE_MAX);
    leave->reference = text_of(reading, root, "reference", PTN_RECORD_WORD_MAX);
    leave->issuer = text_of(reading, root, "issuer", PTN_RECORD_LINE_MAX);
    leave->contact = text_of(reading, root, "contact", PTN_RECORD_LINE_MAX);
    if (deadline.len > 0 && (!ptn_ok(ptn_instant_parse(deadline, &leave->deadline_ms, NULL)) ||
                             leave->deadline_ms <= 0))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "deadline");
    leave->ban_until = date_of(reading, root, "ban_until", true);
    read_points(reading, root, leave);
    leave->protocol = ptn_body_flag(reading, root, "protocol", "protocol");
    leave->liaison = text_of(reading, root, "liaison", PTN_RECORD_LINE_MAX);
    leave->people = people_of(reading, root, "people", PTN_LEAVE_PEOPLE_MAX, &leave->people_count);
    leave->dependants =
        people_of(reading, root, "dependants", PTN_LEAVE_PEOPLE_MAX, &leave->dependant_count);
    if (nth != NULL && (!json_is_integer(nth) || json_integer_value(nth) < 1 ||
                        json_integer_value(nth) > 2 * (json_int_t)PTN_LEAVE_PEOPLE_MAX))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "nth");
    else if (nth != NULL)
        leave->nth = (uint64_t)json_integer_value(nth);
    leave->sheet = text_of(reading, root, "sheet", PTN_RECORD_WORD_MAX);
    if ((leave->act == PTN_LEAVE_ORDERED) != ptn_record_id_is_none(leave->id))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "id");
}

struct ptn_status ptn_request_leave_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                          struct ptn_leave *ret_leave, struct ptn_diag *reterr)
{
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_leave leave = { .act = PTN_LEAVE_ORDERED };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_PUBLISH_MAX);

    if (root == NULL)
        return reading.status;
    read_leave(&reading, root, &leave);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_leave = leave;
    return reading.status;
}

struct ptn_status ptn_request_agree_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                          struct ptn_request_agree *ret_request,
                                          struct ptn_diag *reterr)
{
    static const char *const fields[] = { "list", "snapshot", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_agree request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_PUBLISH_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.list = text_of(&reading, root, "list", PTN_RECORD_WORD_MAX);
    if (request.list.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "list");
    if (!ptn_hex_read_exactly(text_of(&reading, root, "snapshot", (size_t)2 * PTN_SHA256_LEN),
                              request.snapshot, sizeof(request.snapshot)))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "snapshot");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}
