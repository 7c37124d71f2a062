/*
 * node/boarding.c -- who may board: what a carrier is told by a table of stops
 * (docs/format/boarding.md). The table is boarding_table.c's.
 *
 * GATEWAY-6: the table opens with a document's data and with nothing else; what an answer depends
 * on is what stops exactly that document, by decision/, out of the sources that this carrier is
 * told of, and no other list.
 */
#include "arrival/arrivals.h"
#include "decision/decide.h"
#include "node/inbox_int.h"
#include "reference/place.h"
#include "reference/state.h"
#include "watch/screen.h"

#define NO_END    UINT32_MAX
#define DAY_MS    INT64_C(86400000)
#define ROWS_MAX  16u /* of one document */
#define ARENA_MAX ((size_t)256 << 10)

/* ---- one document ---- */

/* What is asked of decision/ about one document of theirs. */
struct asked {
    const struct ptn_boarding *table;
    unsigned sources;
    const char *own_state;
    struct ptn_date day; /* of arrival */
    int64_t day_end_ms;
    struct ptn_arena *arena;
};

/* What stops a document: orders' bans, and what alerts and registers ask for. */
struct stops {
    struct ptn_check_order orders[ROWS_MAX];
    struct ptn_match matches[ROWS_MAX];
    char hex[ROWS_MAX][PTN_RECORD_ID_TEXT_SIZE];
    size_t order_count, match_count;
};

static void add_order(struct stops *stops, const struct ptn_boarding_row *row,
                      struct ptn_bytes reference)
{
    stops->orders[stops->order_count++] = (struct ptn_check_order){
        .reference = reference,
        .banned_until = row->last_day == NO_END || row->last_day > INT32_MAX
                            ? (struct ptn_date){ 9999, 12, 31 }
                            : ptn_date_from_days((int32_t)row->last_day),
        .departed = true, /* that they have not left is for the lane to say */
    };
}

/* As a lane has it: the very document is listed. */
static void add_match(struct stops *stops, const struct ptn_boarding_row *row,
                      struct ptn_bytes entry)
{
    const struct ptn_list_effect effect = ptn_list_action_effect(
        row->source == PTN_BOARDING_ALERTS ? PTN_LIST_ACTION_REFUSE : PTN_LIST_ACTION_SEIZE);

    stops->matches[stops->match_count++] = (struct ptn_match){
        .basis = PTN_MATCH_DOCUMENT,
        .entry = entry,
        .kind = row->source == PTN_BOARDING_ALERTS ? PTN_ENTRY_PERSON : PTN_ENTRY_DOCUMENT,
        .score = PTN_SCREEN_SCORE_MAX,
        .corroborated = true,
        .on_entry = effect,
        .on_exit = effect,
    };
}

/* A row that this carrier is told of and that holds on the day of arrival. */
static void take_row(const struct asked *asked, const struct ptn_boarding_row *row,
                     struct stops *stops)
{
    char *hex = stops->hex[stops->order_count + stops->match_count];
    bool over = row->last_day < (uint32_t)ptn_date_to_days(asked->day);

    if ((row->source & asked->sources) == 0 || row->from_ms >= asked->day_end_ms || over)
        return;
    (void)ptn_hex_write(row->id, sizeof(struct ptn_record_id), hex);
    if (row->source == PTN_BOARDING_BANS)
        add_order(stops, row, ptn_bytes_from_text(hex));
    else
        add_match(stops, row, ptn_bytes_from_text(hex));
}

/* Why somebody may not board. */
struct why {
    char rule[32];
    char id[PTN_RECORD_ID_TEXT_SIZE];
};

/* Whether decision/ stops whoever holds it, for what lies under its tags; the first reason then. */
static struct ptn_status ask(const struct asked *asked, const struct ptn_person *person,
                             const struct stops *stops, bool *ret_stop, struct why *ret_why)
{
    struct ptn_check check = { .direction = PTN_STAY_ENTRY,
                               .today = asked->day,
                               .person = person,
                               .orders = stops->orders,
                               .order_count = stops->order_count,
                               .screened = true,
                               .matches = stops->matches,
                               .match_count = stops->match_count };
    struct ptn_advice advice;
    struct ptn_status status;

    *ret_stop = false;
    check.demonstration = true; /* a specimen is for the lane to see */
    (void)snprintf(check.own_state, sizeof(check.own_state), "%s", asked->own_state);
    if (stops->order_count + stops->match_count == 0)
        return PTN_OK;
    ptn_arena_clear(asked->arena);
    status = ptn_decide(&check, asked->arena, &advice, NULL);
    for (size_t i = 0; ptn_ok(status) && i < advice.reason_count && !*ret_stop; i++) {
        struct ptn_bytes rule = advice.reasons[i].rule;
        bool order = ptn_bytes_is(ptn_bytes_slice(rule, 0, 6), "order.");
        struct ptn_bytes id =
            order ? stops->orders[0].reference
                  : (stops->match_count > 0 ? stops->matches[0].entry : PTN_BYTES_NONE);

        if (advice.reasons[i].verdict != PTN_VERDICT_STOP)
            continue;
        *ret_stop = true;
        (void)snprintf(ret_why->rule, sizeof(ret_why->rule), "%.*s", (int)rule.len,
                       (const char *)rule.at);
        (void)snprintf(ret_why->id, sizeof(ret_why->id), "%.*s", (int)id.len,
                       id.len == 0 ? "" : (const char *)id.at);
    }
    return status;
}

static void take_rows(const struct asked *asked, const uint8_t *tag, struct stops *stops)
{
    struct ptn_boarding_row row;

    for (size_t i = ptn_boarding_first(asked->table, tag);
         stops->order_count + stops->match_count < ROWS_MAX &&
         ptn_boarding_row(asked->table, i, tag, &row);
         i++)
        take_row(asked, &row, stops);
}

/* ---- one person ---- */

static void take_code(struct ptn_bytes text, char code[4])
{
    struct ptn_bytes trimmed = ptn_bytes_trim(text);

    memset(code, 0, 4);
    for (size_t i = 0; trimmed.len <= 3 && i < trimmed.len; i++) {
        uint8_t byte = trimmed.at[i];

        code[i] = (char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
    }
}

/* A visa says nothing of who somebody is. */
static bool is_travel_document(const struct ptn_manifest_document *document)
{
    return document->number.len > 0 && document->issuer.len > 0 &&
           !(document->type.len > 0 &&
             (document->type.at[0] == 'V' || document->type.at[0] == 'v'));
}

/* One line of what is recorded. Past the bound it is left out: the counts say so. */
static void note_stop(struct ptn_buffer *note, size_t number, const struct why *why)
{
    (void)ptn_ok(ptn_buffer_addf(note, "%zu no-board %s %s\n", number, why->rule, why->id));
}

/* Both tags of a document are worked out whoever it is: nobody is answered the sooner for what lies
 * under them. */
static struct ptn_status add_tags(const struct asked *asked, const struct ptn_person *person,
                                  struct ptn_told_person *told,
                                  uint8_t tags[PTN_TOLD_TAGS_MAX][PTN_PERMIT_TAG_LEN])
{
    const struct ptn_boarding *table = asked->table;
    struct ptn_status status = ptn_boarding_tag_person(person, table->salt, tags[told->tag_count]);

    if (ptn_ok(status)) {
        told->known = true;
        told->tag_count++;
    }
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    if ((table->sources & PTN_BOARDING_DOCUMENTS) == 0)
        return PTN_OK;
    status = ptn_boarding_tag_document(person->document.issuer, person->document.number,
                                       table->salt, tags[told->tag_count]);
    if (ptn_ok(status))
        told->tag_count++;
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* What somebody with these tags is told. */
static struct ptn_status judge(const struct asked *asked, const struct ptn_told_person *told,
                               size_t number, struct ptn_buffer *stops,
                               enum ptn_reply_answer *ret_answer)
{
    struct ptn_person person = { .surname = PTN_BYTES_LITERAL("-") };
    struct stops under = { .order_count = 0 };
    struct why why = { .rule = "" };
    bool stop = false;
    struct ptn_status status;

    if (told->own)
        (void)snprintf(person.nationality, sizeof(person.nationality), "%s", asked->own_state);
    for (size_t i = 0; i < told->tag_count; i++)
        take_rows(asked, told->tags + i * PTN_PERMIT_TAG_LEN, &under);
    status = ask(asked, &person, &under, &stop, &why);
    if (!ptn_ok(status))
        return status;
    *ret_answer = told->known ? PTN_REPLY_PERSON_BOARD : PTN_REPLY_PERSON_BOARD_INCOMPLETE;
    if (stop) {
        *ret_answer = PTN_REPLY_PERSON_NO_BOARD;
        note_stop(stops, number, &why);
    }
    return PTN_OK;
}

static bool is_own(const struct asked *asked, const char *nationality)
{
    return nationality[0] != '\0' &&
           strcmp(ptn_state_canonical(nationality), ptn_state_canonical(asked->own_state)) == 0;
}

/* tags are told's. */
static struct ptn_status answer_one(const struct asked *asked,
                                    const struct ptn_manifest_person *one, size_t number,
                                    struct ptn_buffer *stops, struct ptn_told_person *told,
                                    uint8_t tags[PTN_TOLD_TAGS_MAX][PTN_PERMIT_TAG_LEN])
{
    struct ptn_person person = { .birth = one->birth };
    size_t documents = 0;
    struct ptn_status status = PTN_OK;

    take_code(one->nationality, person.nationality);
    *told = (struct ptn_told_person){ .booking = one->booking,
                                      .reference = one->reference,
                                      .own = is_own(asked, person.nationality),
                                      .tags = tags[0] };
    for (const struct ptn_manifest_document *document = one->documents;
         ptn_ok(status) && document != NULL; document = document->next) {
        if (!is_travel_document(document) || documents++ >= PTN_BOARDING_SHOWN)
            continue;
        take_code(document->issuer, person.document.issuer);
        person.document.number = document->number;
        status = add_tags(asked, &person, told, tags);
    }
    told->known = told->known && one->surname.len > 0;
    if (one->role == PTN_MANIFEST_TRANSIT) /* nobody asks about them, now or later */
        told->tag_count = 0;
    return ptn_ok(status) ? judge(asked, told, number, stops, &told->answer) : status;
}

struct ptn_status ptn_boarding_judge(const struct ptn_boarding_ask *ask, int32_t day,
                                     const struct ptn_told_person *person,
                                     struct ptn_arena *scratch, enum ptn_reply_answer *ret_answer,
                                     struct ptn_buffer *stops, size_t number)
{
    const struct asked asked = { .table = ask->table,
                                 .sources = ask->sources,
                                 .own_state = ask->own_state,
                                 .day = ptn_date_from_days(day),
                                 .day_end_ms = ((int64_t)day + 1) * DAY_MS,
                                 .arena = scratch };

    return judge(&asked, person, number, stops, ret_answer);
}

/* ---- a whole list ---- */

const struct ptn_manifest_flight *ptn_boarding_leg(const struct ptn_manifest *manifest,
                                                   const char *own_state)
{
    for (size_t i = 0; i < manifest->flight_count; i++) {
        const struct ptn_place *to = ptn_arrival_place(manifest->flights[i].to);
        const struct ptn_place *from = ptn_arrival_place(manifest->flights[i].from);

        if (to != NULL && strcmp(to->state, own_state) == 0 && manifest->flights[i].from.len > 0 &&
            (from == NULL || strcmp(from->state, own_state) != 0))
            return &manifest->flights[i];
    }
    return NULL;
}

bool ptn_boarding_is_asked(const struct ptn_manifest *manifest, const char *own_state)
{
    return manifest->type == PTN_MANIFEST_PAXLST && ptn_bytes_is(manifest->function, "745") &&
           (manifest->change.len == 0 || ptn_bytes_is(manifest->change, "CP")) &&
           manifest->verdict != PTN_MANIFEST_QUARANTINED && manifest->sent.part == 0 &&
           ptn_boarding_leg(manifest, own_state) != NULL;
}

static struct ptn_date day_of(const struct ptn_manifest_flight *leg, int64_t now_ms)
{
    if (leg != NULL && ptn_date_is_full(leg->arrival.date))
        return leg->arrival.date;
    if (leg != NULL && ptn_date_is_full(leg->departure.date))
        return leg->departure.date;
    return ptn_place_local_date(now_ms);
}

/* Everybody's answer, and who they are by their tags. */
static struct ptn_status answer_all(const struct asked *asked, const struct ptn_manifest *manifest,
                                    uint8_t *ret_answers, struct ptn_buffer *stops,
                                    struct ptn_arena *arena, struct ptn_told *told)
{
    uint8_t spare[PTN_TOLD_TAGS_MAX][PTN_PERMIT_TAG_LEN];
    size_t number = 0;
    struct ptn_status status = PTN_OK;

    if (told != NULL)
        told->people = ptn_arena_take(arena, (manifest->person_count + 1) * sizeof(*told->people));
    if (told != NULL && told->people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (const struct ptn_manifest_person *one = manifest->people; ptn_ok(status) && one != NULL;
         one = one->next, number++) {
        struct ptn_told_person person = { .tag_count = 0 };
        uint8_t(*tags)[PTN_PERMIT_TAG_LEN] =
            told == NULL ? spare : ptn_arena_take(arena, sizeof(spare));

        if (tags == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        status = answer_one(asked, one, number + 1, stops, &person, tags);
        ret_answers[number] = (uint8_t)person.answer;
        person.transaction = manifest->reference;
        person.common = manifest->sent.common;
        if (told != NULL && person.tag_count > 0 && person.booking.len + person.reference.len > 0)
            told->people[told->person_count++] = person;
    }
    return status;
}

struct ptn_status ptn_boarding_answer(const struct ptn_boarding_ask *ask,
                                      const struct ptn_manifest *manifest, int64_t now_ms,
                                      uint8_t *ret_answers, struct ptn_buffer *note,
                                      struct ptn_arena *arena, struct ptn_told *ret_told)
{
    const struct ptn_boarding *table = ask->table;
    const struct ptn_manifest_flight *leg = ptn_boarding_leg(manifest, ask->own_state);
    struct asked asked = { .table = table, .sources = ask->sources, .own_state = ask->own_state };
    struct ptn_buffer stops = { .len_max = PTN_MESSAGE_BOARDING_MAX - 256 };
    struct ptn_told told = { .salt = table->salt };
    size_t counts[PTN_REPLY_ANSWER_COUNT] = { 0 };
    char digest[2 * 8 + 1];
    char words[PTN_BOARDING_WORDS_SIZE];
    struct ptn_status status;

    PTN_PRE(ptn_boarding_is_asked(manifest, ask->own_state));
    asked.day = day_of(leg, now_ms);
    asked.day_end_ms = ((int64_t)ptn_date_to_days(asked.day) + 1) * DAY_MS;
    asked.arena = ptn_arena_new(ARENA_MAX);
    if (asked.arena == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status =
        answer_all(&asked, manifest, ret_answers, &stops, arena, ret_told == NULL ? NULL : &told);
    for (size_t i = 0; i < manifest->person_count && ptn_ok(status); i++)
        counts[ret_answers[i]]++;
    if (ptn_ok(status))
        status = ptn_buffer_addf(
            note, "asked %zu board %zu no %zu incomplete %zu table %s told %s\n",
            manifest->person_count, counts[PTN_REPLY_PERSON_BOARD],
            counts[PTN_REPLY_PERSON_NO_BOARD], counts[PTN_REPLY_PERSON_BOARD_INCOMPLETE],
            ptn_hex_write(table->digest, 8, digest),
            ptn_boarding_sources_write(ask->sources & table->sources, words));
    if (ptn_ok(status))
        status = ptn_buffer_add(note, ptn_buffer_bytes(&stops));
    if (ptn_ok(status) && ret_told != NULL) {
        told.day = ptn_date_to_days(asked.day);
        told.flight = *leg;
        *ret_told = told;
    }
    ptn_buffer_release(&stops);
    ptn_arena_free(asked.arena);
    return status;
}
