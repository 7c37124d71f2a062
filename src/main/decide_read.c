/* main/decide_read.c -- see decide_read.h. */
#include "main/decide_read.h"

#include <string.h>

#define ITEMS_MAX 4096u

/* What the reading has come to; after the first fault nothing more is looked at. */
struct reading {
    struct ptn_decide_traveller *traveller;
    struct ptn_arena *arena;
    struct ptn_decide_fault fault;
};

static bool failed(const struct reading *reading)
{
    return reading->fault.code != NULL;
}

static void fault(struct reading *reading, const char *text)
{
    if (!failed(reading))
        reading->fault = (struct ptn_decide_fault){ "bad-member", text };
}

/* ---- members of one kind each; a member that is missing or null leaves the value as it is ---- */

static json_t *member(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

static void take_text(struct reading *reading, json_t *object, const char *name,
                      struct ptn_bytes *ret_text)
{
    json_t *value = member(object, name);

    if (value == NULL)
        return;
    if (!json_is_string(value))
        fault(reading, "a member that should be a text is not");
    else
        *ret_text = ptn_bytes_of(json_string_value(value), json_string_length(value));
}

/* A code of up to `size` - 1 capitals or digits. */
static void take_code(struct reading *reading, json_t *object, const char *name, char *ret_code,
                      size_t size)
{
    struct ptn_bytes text = PTN_BYTES_NONE;

    if (member(object, name) == NULL)
        return;
    take_text(reading, object, name, &text);
    if (text.len >= size) {
        fault(reading, "a code is too long");
        return;
    }
    for (size_t i = 0; i < text.len; i++)
        if (!(text.at[i] >= 'A' && text.at[i] <= 'Z') && !(text.at[i] >= '0' && text.at[i] <= '9'))
            fault(reading, "a code is capitals and digits");
    memset(ret_code, 0, size);
    if (text.len > 0)
        memcpy(ret_code, text.at, text.len);
}

static void take_date(struct reading *reading, json_t *object, const char *name, bool whole,
                      struct ptn_date *ret_date)
{
    struct ptn_bytes text = PTN_BYTES_NONE;
    struct ptn_date date = PTN_DATE_NONE;

    take_text(reading, object, name, &text);
    if (text.len == 0)
        return;
    if (!ptn_ok(ptn_date_parse(text, &date, NULL)) || (whole && !ptn_date_is_full(date)))
        fault(reading, "a date is YYYY-MM-DD");
    else
        *ret_date = date;
}

static void take_bool(struct reading *reading, json_t *object, const char *name, bool *ret_value)
{
    json_t *value = member(object, name);

    if (value == NULL)
        return;
    if (!json_is_boolean(value))
        fault(reading, "a member that should be true or false is not");
    else
        *ret_value = json_is_true(value);
}

static void take_count(struct reading *reading, json_t *object, const char *name,
                       unsigned *ret_value)
{
    json_t *value = member(object, name);

    if (value == NULL)
        return;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > 100000)
        fault(reading, "a number is not a whole number from 0 to 100000");
    else
        *ret_value = (unsigned)json_integer_value(value);
}

/* The place of the member's word in a list that NULL ends; `index` stays when the member is
 * missing. */
static unsigned take_word(struct reading *reading, json_t *object, const char *name,
                          const char *const *words, unsigned index)
{
    struct ptn_bytes text = PTN_BYTES_NONE;

    take_text(reading, object, name, &text);
    if (text.len == 0)
        return index;
    for (unsigned i = 0; words[i] != NULL; i++)
        if (ptn_bytes_is(text, words[i]))
            return i;
    fault(reading, "a word is not one of those allowed");
    return index;
}

/* Room for the items of an array, or NULL: nothing there, or a fault. */
static void *take_array(struct reading *reading, json_t *array, size_t item_size, size_t *ret_count)
{
    void *items;

    *ret_count = 0;
    if (array == NULL || failed(reading))
        return NULL;
    if (!json_is_array(array) || json_array_size(array) > ITEMS_MAX) {
        fault(reading, "a member that should be a list is not, or is too long");
        return NULL;
    }
    items = ptn_arena_take(reading->arena, (json_array_size(array) + 1) * item_size);
    if (items == NULL)
        fault(reading, "no memory for the traveller");
    else
        *ret_count = json_array_size(array);
    return items;
}

/* ---- parts of a traveller ---- */

static void read_person(struct reading *reading, json_t *object)
{
    struct ptn_person *person = &reading->traveller->person;
    char sex[2] = { person->sex, 0 };

    take_text(reading, object, "surname", &person->surname);
    take_text(reading, object, "given", &person->given);
    take_text(reading, object, "name", &person->name);
    take_date(reading, object, "birth", false, &person->birth);
    take_code(reading, object, "nationality", person->nationality, sizeof(person->nationality));
    take_code(reading, object, "sex", sex, sizeof(sex));
    if (sex[0] != '\0' && sex[0] != 'M' && sex[0] != 'F' && sex[0] != 'X')
        fault(reading, "sex is M, F or X");
    person->sex = sex[0];
    if (sex[0] == 'X') /* printed on the page for people, never in an MRZ */
        person->sex = '\0';
}

static void read_document(struct reading *reading, json_t *object)
{
    static const char *const status_words[] = {
        "", "in-order", "lost", "stolen", "withdrawn", NULL
    };
    struct ptn_document *document = &reading->traveller->person.document;
    struct ptn_bytes kind = PTN_BYTES_NONE;

    take_text(reading, object, "kind", &kind);
    if (kind.len > 0)
        document->kind = ptn_document_kind_from_word(kind);
    if (kind.len > 0 && document->kind == PTN_DOCUMENT_UNKNOWN && !ptn_bytes_is(kind, "unknown"))
        fault(reading, "no such kind of document");
    take_code(reading, object, "code", document->code, sizeof(document->code));
    take_code(reading, object, "issuer", document->issuer, sizeof(document->issuer));
    take_text(reading, object, "number", &document->number);
    take_date(reading, object, "expiry", false, &document->expiry);
    reading->traveller->check.document_status = (enum ptn_check_document_status)take_word(
        reading, object, "status", status_words, reading->traveller->check.document_status);
}

/* What kind of document an MRZ's code names, asked of document/ with an MRZ that holds nothing
 * else. */
static enum ptn_document_kind kind_of(const char *code, const char *issuer, json_t *format)
{
    struct ptn_mrz mrz = { .format = PTN_MRZ_TD3 };
    struct ptn_person person;

    for (unsigned i = PTN_MRZ_TD1; i <= PTN_MRZ_SVK_ID; i++)
        if (json_is_string(format) &&
            strcmp(json_string_value(format), ptn_mrz_format_name((enum ptn_mrz_format)i)) == 0)
            mrz.format = (enum ptn_mrz_format)i;
    memcpy(mrz.type, code, sizeof(mrz.type));
    memcpy(mrz.issuer, issuer, sizeof(mrz.issuer));
    ptn_mrz_person(&mrz, &person);
    return person.document.kind;
}

/* The codes of the problems that `postern mrz` printed as errors. */
static void read_problems(struct reading *reading, json_t *array)
{
    struct ptn_check *check = &reading->traveller->check;
    size_t count = 0;
    struct ptn_bytes *codes = take_array(reading, array, sizeof(*codes), &count);

    for (size_t i = 0; i < count; i++) {
        json_t *problem = json_array_get(array, i);
        struct ptn_bytes weight = PTN_BYTES_NONE;

        take_text(reading, problem, "weight", &weight);
        if (weight.len == 0 || ptn_bytes_is(weight, "error"))
            take_text(reading, problem, "code", &codes[check->mrz_problem_count++]);
    }
    check->mrz_problems = codes;
}

/* What a line of `postern mrz` says stands at the top of the object, without person and document.
 */
static void read_flat(struct reading *reading, json_t *root)
{
    struct ptn_decide_traveller *traveller = reading->traveller;
    struct ptn_document *document = &traveller->person.document;
    bool valid = false;

    read_person(reading, root);
    read_document(reading, root);
    take_code(reading, root, "type", document->code, sizeof(document->code));
    if (member(root, "kind") == NULL && document->code[0] != '\0')
        document->kind = kind_of(document->code, document->issuer, member(root, "format"));
    if (member(root, "valid") == NULL)
        return;
    take_bool(reading, root, "valid", &valid);
    traveller->check.mrz = valid ? PTN_CHECK_MRZ_VALID : PTN_CHECK_MRZ_INVALID;
    read_problems(reading, member(root, "problems"));
}

static void read_mrz(struct reading *reading, json_t *root)
{
    struct ptn_decide_traveller *traveller = reading->traveller;
    struct ptn_bytes text = PTN_BYTES_NONE;
    size_t error_count = 0;
    struct ptn_bytes *codes;

    take_text(reading, root, "mrz", &text);
    if (text.len == 0 || failed(reading))
        return;
    if (!ptn_ok(ptn_mrz_parse(text, traveller->check.today, &traveller->mrz, NULL)) ||
        !traveller->mrz.complete) {
        fault(reading, "no document has these lines");
        return;
    }
    codes =
        ptn_arena_take(reading->arena, (traveller->mrz.problem_count + (size_t)1) * sizeof(*codes));
    if (codes == NULL) {
        fault(reading, "no memory for the traveller");
        return;
    }
    for (size_t i = 0; i < traveller->mrz.problem_count; i++)
        if (traveller->mrz.problems[i].issue->weight == PTN_MRZ_ERROR)
            codes[error_count++] = ptn_bytes_from_text(traveller->mrz.problems[i].issue->code);
    traveller->has_mrz = true;
    traveller->check.mrz_problems = codes;
    traveller->check.mrz_problem_count = error_count;
    traveller->check.mrz = traveller->mrz.valid ? PTN_CHECK_MRZ_VALID : PTN_CHECK_MRZ_INVALID;
    ptn_mrz_person(&traveller->mrz, &traveller->person);
}

static void read_party(struct reading *reading, json_t *object)
{
    struct ptn_check_party *party = &reading->traveller->check.party;

    if (object == NULL)
        return;
    party->known = true;
    take_count(reading, object, "adults", &party->adults);
    take_count(reading, object, "children", &party->children);
    take_bool(reading, object, "consent", &party->consent);
}

static void read_permit(struct reading *reading, json_t *object, struct ptn_check_permit *permit)
{
    static const char *const kinds[] = { "short-visa", "long-visa", "residence", "transit-visa",
                                         NULL };

    permit->kind = (enum ptn_check_permit_kind)take_word(reading, object, "kind", kinds, 0);
    take_code(reading, object, "issuer", permit->issuer, sizeof(permit->issuer));
    take_text(reading, object, "number", &permit->number);
    take_date(reading, object, "from", true, &permit->valid_from);
    take_date(reading, object, "until", true, &permit->valid_until);
    take_count(reading, object, "days", &permit->days);
    take_count(reading, object, "entries", &permit->entries);
    take_count(reading, object, "entries_used", &permit->entries_used);
    take_bool(reading, object, "used_before", &permit->used_before);
    take_bool(reading, object, "withdrawn", &permit->withdrawn);
    take_bool(reading, object, "on_record", &permit->on_record);
}

static void read_permits(struct reading *reading, json_t *root)
{
    struct ptn_check *check = &reading->traveller->check;
    json_t *one = member(root, "visa");
    struct ptn_check_permit *permits;

    if (one != NULL) {
        permits = ptn_arena_take(reading->arena, sizeof(*permits));
        if (permits == NULL) {
            fault(reading, "no memory for the traveller");
            return;
        }
        read_permit(reading, one, permits);
        check->permits = permits;
        check->permit_count = 1;
        return;
    }
    permits = take_array(reading, member(root, "permits"), sizeof(*permits), &check->permit_count);
    for (size_t i = 0; i < check->permit_count; i++)
        read_permit(reading, json_array_get(member(root, "permits"), i), &permits[i]);
    check->permits = permits;
}

static const char *const direction_words[] = { "entry", "exit", NULL };

/* An item is one crossing, or a stay {"entry", "exit"} of which either end may be missing. Returns
 * how many crossings. */
static size_t read_events(struct reading *reading, json_t *object, struct ptn_stay_event events[2])
{
    struct ptn_date entry = PTN_DATE_NONE;
    struct ptn_date leaving = PTN_DATE_NONE;
    struct ptn_date date = PTN_DATE_NONE;
    bool exempt = false;
    size_t count = 0;

    take_date(reading, object, "date", true, &date);
    take_date(reading, object, "entry", true, &entry);
    take_date(reading, object, "exit", true, &leaving);
    take_bool(reading, object, "exempt", &exempt);
    if (!ptn_date_is_none(date))
        events[count++] = (struct ptn_stay_event){
            date, (enum ptn_stay_move)take_word(reading, object, "direction", direction_words, 0),
            exempt
        };
    else {
        if (!ptn_date_is_none(entry))
            events[count++] = (struct ptn_stay_event){ entry, PTN_STAY_ENTRY, exempt };
        if (!ptn_date_is_none(leaving))
            events[count++] = (struct ptn_stay_event){ leaving, PTN_STAY_EXIT, exempt };
    }
    if (count == 0)
        fault(reading, "a crossing has no date");
    return count;
}

size_t ptn_decide_sort(struct ptn_stay_event *events, size_t event_count, struct ptn_date today)
{
    size_t kept = 0;

    for (size_t i = 0; i < event_count; i++) {
        struct ptn_stay_event event = events[i];
        size_t at = kept;

        if (ptn_date_compare(event.date, today) > 0)
            continue;
        for (; at > 0 && ptn_date_compare(events[at - 1].date, event.date) > 0; at--)
            events[at] = events[at - 1];
        events[at] = event;
        kept++;
    }
    return kept;
}

static struct ptn_stay_period *read_periods(struct reading *reading, json_t *array,
                                            size_t *ret_count)
{
    struct ptn_stay_period *periods = take_array(reading, array, sizeof(*periods), ret_count);

    for (size_t i = 0; i < *ret_count; i++) {
        take_date(reading, json_array_get(array, i), "from", true, &periods[i].first);
        take_date(reading, json_array_get(array, i), "until", true, &periods[i].last);
        if (ptn_date_is_none(periods[i].first) || ptn_date_is_none(periods[i].last))
            fault(reading, "a period needs from and until");
    }
    return periods;
}

static void read_history(struct reading *reading, json_t *root)
{
    struct ptn_check *check = &reading->traveller->check;
    struct ptn_stay_history *history = &check->history;
    json_t *array = member(root, "history");
    size_t item_count = 0;
    struct ptn_stay_event *events =
        take_array(reading, array, 2 * sizeof(struct ptn_stay_event), &item_count);
    size_t event_count = 0;

    for (size_t i = 0; i < item_count && !failed(reading); i++)
        event_count += read_events(reading, json_array_get(array, i), events + event_count);
    if (failed(reading))
        return;
    history->known = array != NULL;
    history->events = events;
    history->event_count = ptn_decide_sort(events, event_count, check->today);
    history->exempt = read_periods(reading, member(root, "exempt"), &history->exempt_count);
    history->gaps = read_periods(reading, member(root, "gaps"), &history->gap_count);
    take_date(reading, root, "known_since", true, &history->known_since);
}

static void read_orders(struct reading *reading, json_t *root)
{
    struct ptn_check *check = &reading->traveller->check;
    json_t *array = member(root, "orders");
    struct ptn_check_order *orders =
        take_array(reading, array, sizeof(*orders), &check->order_count);

    for (size_t i = 0; i < check->order_count; i++) {
        json_t *object = json_array_get(array, i);

        take_text(reading, object, "reference", &orders[i].reference);
        take_date(reading, object, "issued", true, &orders[i].issued);
        take_date(reading, object, "leave_by", true, &orders[i].leave_by);
        take_date(reading, object, "banned_until", true, &orders[i].banned_until);
        take_bool(reading, object, "departed", &orders[i].departed);
    }
    check->orders = orders;
}

bool ptn_decide_read(json_t *root, struct ptn_date today, struct ptn_arena *arena,
                     struct ptn_decide_traveller *ret_traveller, struct ptn_decide_fault *ret_fault)
{
    struct reading reading = { .traveller = ret_traveller, .arena = arena };
    struct ptn_check *check = &ret_traveller->check;

    memset(ret_traveller, 0, sizeof(*ret_traveller));
    memcpy(check->own_state, "ALB", 4);
    check->person = &ret_traveller->person;
    check->today = today;
    ret_traveller->person.document.kind = PTN_DOCUMENT_PASSPORT;
    if (!json_is_object(root))
        fault(&reading, "the line is not an object");
    take_text(&reading, root, "id", &ret_traveller->id);
    take_code(&reading, root, "state", check->own_state, sizeof(check->own_state));
    take_text(&reading, root, "post", &check->post);
    take_date(&reading, root, "today", true, &check->today);
    check->direction =
        (enum ptn_stay_move)take_word(&reading, root, "direction", direction_words, PTN_STAY_ENTRY);
    take_bool(&reading, root, "demonstration", &check->demonstration);
    read_flat(&reading, root);
    read_mrz(&reading, root);
    read_person(&reading, member(root, "person"));
    read_document(&reading, member(root, "document"));
    read_party(&reading, member(root, "party"));
    take_text(&reading, member(root, "vehicle"), "plate", &check->plate);
    read_permits(&reading, root);
    read_history(&reading, root);
    read_orders(&reading, root);
    if (!failed(&reading) && !ptn_ok(ptn_person_validate(&ret_traveller->person, NULL)))
        fault(&reading, "the person has no name and no number, or a text that is none");
    *ret_fault = reading.fault;
    return !failed(&reading);
}

bool ptn_decide_read_crossing(json_t *root, struct ptn_decide_crossing *ret_crossing)
{
    struct reading reading = { 0 };
    struct ptn_stay_event events[2];

    memset(ret_crossing, 0, sizeof(*ret_crossing));
    take_text(&reading, root, "number", &ret_crossing->number);
    take_code(&reading, root, "issuer", ret_crossing->issuer, sizeof(ret_crossing->issuer));
    take_date(&reading, root, "birth", false, &ret_crossing->birth);
    take_date(&reading, root, "expiry", false, &ret_crossing->expiry);
    if (read_events(&reading, root, events) != 1)
        return false;
    ret_crossing->event = events[0];
    return !failed(&reading) && ret_crossing->number.len > 0;
}
