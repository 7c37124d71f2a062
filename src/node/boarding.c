/*
 * node/boarding.c -- who may board: bans on entry as a table of tags, and what a carrier is told by
 * it (docs/format/boarding.md).
 *
 * GATEWAY-6: the table opens with a document's data and with nothing else; what an answer depends
 * on is the bans under exactly that document, by decision/, and no other list.
 */
#include "arrival/arrivals.h"
#include "decision/decide.h"
#include "node/inbox_int.h"
#include "node/permit_slots_int.h"
#include "record/alert.h"
#include "reference/place.h"
#include "reference/state.h"

#define MAGIC      "postern.boarding/v1\n"
#define MAGIC_LEN  (sizeof(MAGIC) - 1)
#define HEAD_LEN   (MAGIC_LEN + 8u + 8u + PTN_SHA256_LEN + 4u)
#define ID_LEN     sizeof(struct ptn_record_id)
#define ROW_LEN    (PTN_PERMIT_TAG_LEN + ID_LEN + 8u)
#define ORDER_LEN  (PTN_PERMIT_TAG_LEN + ID_LEN) /* by which rows ascend */
#define NO_END     UINT32_MAX
#define NUMBER_MAX 64u
#define DAY_MS     INT64_C(86400000)
#define ORDERS_MAX 16u /* of one document */
#define ARENA_MAX  ((size_t)256 << 10)

static_assert(ORDER_LEN == 32u, "a tag and an id");

/* ---- one document's tag ---- */

/* Issuer and number as they are compared, of a person's document; the birth as it is. */
static struct ptn_person keyed(const struct ptn_person *person, char number[NUMBER_MAX])
{
    struct ptn_person key = { .birth = person->birth };
    const char *issuer = ptn_state_canonical(person->document.issuer);
    struct ptn_bytes from = person->document.number;
    size_t len = 0;

    (void)snprintf(key.document.issuer, sizeof(key.document.issuer), "%s", issuer);
    for (size_t i = 0; i < from.len && len < NUMBER_MAX; i++) {
        uint8_t byte = from.at[i];

        if (byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - 'a' + 'A');
        if ((byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
            number[len++] = (char)byte;
    }
    key.document.number = ptn_bytes_of(number, len);
    return key;
}

/* NOT_FOUND: its issuer, its number or the whole birth is not known. */
static struct ptn_status tag_of(const struct ptn_person *person, const uint8_t *salt,
                                uint8_t ret_tag[PTN_PERMIT_TAG_LEN])
{
    char number[NUMBER_MAX];
    struct ptn_person key = keyed(person, number);
    struct ptn_permit_key found;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (ptn_date_is_full(key.birth))
        status = ptn_permit_key_of(&key, salt, &found);
    if (ptn_ok(status))
        memcpy(ret_tag, found.tag, PTN_PERMIT_TAG_LEN);
    explicit_bzero(&found, sizeof(found));
    return status;
}

/* ---- making a table ---- */

struct ptn_boarding_press {
    const struct ptn_world *world;
    int64_t made_ms, until_ms;
    uint8_t salt[PTN_SHA256_LEN];
    uint8_t (*rows)[ROW_LEN];
    size_t count, capacity;
};

struct ptn_boarding_press *ptn_boarding_press_new(const struct ptn_world *world, int64_t until_ms)
{
    struct ptn_boarding_press *press = calloc(1, sizeof(*press));

    if (press == NULL)
        return NULL;
    press->world = world;
    press->made_ms = world->now_ms(world->context);
    press->until_ms = until_ms;
    world->random(world->context, press->salt, sizeof(press->salt));
    return press;
}

void ptn_boarding_press_free(struct ptn_boarding_press *press)
{
    if (press == NULL)
        return;
    free(press->rows);
    free(press);
}

size_t ptn_boarding_press_count(const struct ptn_boarding_press *press)
{
    return press->count;
}

static void put_u32(uint8_t *at, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

static struct ptn_status add_row(struct ptn_boarding_press *press,
                                 const uint8_t tag[PTN_PERMIT_TAG_LEN],
                                 const struct ptn_leave *leave, int64_t deadline_ms)
{
    uint32_t last =
        ptn_date_is_none(leave->ban_until) ? NO_END : (uint32_t)ptn_date_to_days(leave->ban_until);
    uint8_t *row;

    if (press->count == PTN_BOARDING_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (press->count == press->capacity) {
        size_t capacity = press->capacity == 0 ? 64 : 2 * press->capacity;
        uint8_t(*rows)[ROW_LEN] = realloc(press->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        press->rows = rows;
        press->capacity = capacity;
    }
    row = press->rows[press->count++];
    memcpy(row, tag, PTN_PERMIT_TAG_LEN);
    memcpy(row + PTN_PERMIT_TAG_LEN, leave->id.at, ID_LEN);
    put_u32(row + ORDER_LEN, (uint32_t)(deadline_ms / 1000));
    put_u32(row + ORDER_LEN + 4, last);
    return PTN_OK;
}

struct ptn_status ptn_boarding_press_add(struct ptn_boarding_press *press,
                                         const struct ptn_leave *leave, int64_t deadline_ms,
                                         size_t *ret_left_out)
{
    size_t count = leave->people_count + leave->dependant_count;
    struct ptn_status status = PTN_OK;

    *ret_left_out = 0;
    for (size_t i = 1; i <= count && ptn_ok(status); i++) {
        uint8_t tag[PTN_PERMIT_TAG_LEN];

        status = tag_of(ptn_leave_person(leave, i), press->salt, tag);
        if (ptn_ok(status)) {
            status = add_row(press, tag, leave, deadline_ms);
        } else if (status.code == PTN_C_NOT_FOUND) {
            (*ret_left_out)++;
            status = PTN_OK;
        }
    }
    return status;
}

static int by_row(const void *a, const void *b)
{
    return memcmp(a, b, ORDER_LEN);
}

struct ptn_status ptn_boarding_press_write(struct ptn_boarding_press *press, struct ptn_buffer *out)
{
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];
    size_t before = out->len;
    size_t count = 0;
    struct ptn_status status;

    if (press->count > 0)
        qsort(press->rows, press->count, ROW_LEN, by_row);
    for (size_t i = 0; i < press->count; i++) /* one order names a document once */
        if (i == 0 || by_row(press->rows[count - 1], press->rows[i]) != 0)
            memmove(press->rows[count++], press->rows[i], ROW_LEN);
    press->count = count;
    status = ptn_buffer_add_text(out, MAGIC);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, (uint64_t)press->made_ms);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, (uint64_t)press->until_ms);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(press->salt, sizeof(press->salt)));
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)count);
    if (ptn_ok(status) && count > 0)
        status = ptn_buffer_add(out, ptn_bytes_of(press->rows, count * ROW_LEN));
    covered = ptn_bytes_slice(ptn_buffer_bytes(out), before, SIZE_MAX);
    if (ptn_ok(status))
        status = ptn_sha256(&covered, 1, digest);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(digest, sizeof(digest)));
    return status;
}

/* ---- reading one ---- */

static uint64_t number_at(const uint8_t *at, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

struct ptn_status ptn_boarding_parse(struct ptn_bytes file, struct ptn_boarding *ret_table)
{
    struct ptn_boarding table = { .salt = NULL };
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];
    uint64_t made;
    uint64_t until;

    if (file.len < HEAD_LEN + PTN_SHA256_LEN || file.len > PTN_BOARDING_FILE_MAX ||
        memcmp(file.at, MAGIC, MAGIC_LEN) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    made = number_at(file.at + MAGIC_LEN, 8);
    until = number_at(file.at + MAGIC_LEN + 8, 8);
    table.salt = file.at + MAGIC_LEN + 16;
    table.count = (size_t)number_at(file.at + HEAD_LEN - 4, 4);
    table.rows = file.at + HEAD_LEN;
    if (table.count > PTN_BOARDING_MAX ||
        file.len != HEAD_LEN + table.count * ROW_LEN + PTN_SHA256_LEN || until < made ||
        made > INT64_MAX || until - made > (uint64_t)PTN_BOARDING_DAYS * (uint64_t)DAY_MS)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    covered = ptn_bytes_slice(file, 0, file.len - PTN_SHA256_LEN);
    if (!ptn_ok(ptn_sha256(&covered, 1, digest)) ||
        memcmp(digest, file.at + covered.len, sizeof(digest)) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    for (size_t i = 1; i < table.count; i++)
        if (memcmp(table.rows + (i - 1) * ROW_LEN, table.rows + i * ROW_LEN, ORDER_LEN) >= 0)
            return (struct ptn_status){ PTN_C_BAD_INPUT };
    table.until_ms = (int64_t)until;
    table.digest = file.at + covered.len;
    *ret_table = table;
    return PTN_OK;
}

/* The first row whose tag is not less. */
static size_t first_row(const struct ptn_boarding *table, const uint8_t *tag)
{
    size_t low = 0;
    size_t high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(table->rows + middle * ROW_LEN, tag, PTN_PERMIT_TAG_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- one person ---- */

/* What is asked of decision/ about one document of theirs. */
struct asked {
    const struct ptn_boarding *table;
    const char *own_state;
    struct ptn_date day; /* of arrival */
    int64_t day_end_ms;
    struct ptn_arena *arena;
};

/* An order's ban, if it holds on that day. */
static bool take_order(const struct asked *asked, const uint8_t *row, char *hex,
                       struct ptn_check_order *ret_order)
{
    uint32_t last = (uint32_t)number_at(row + ORDER_LEN + 4, 4);
    int64_t from_ms = (int64_t)number_at(row + ORDER_LEN, 4) * 1000;

    if (from_ms > asked->day_end_ms)
        return false;
    (void)ptn_hex_write(row + PTN_PERMIT_TAG_LEN, ID_LEN, hex);
    *ret_order = (struct ptn_check_order){
        .reference = ptn_bytes_of(hex, 2 * ID_LEN),
        .banned_until = last == NO_END || last > INT32_MAX ? (struct ptn_date){ 9999, 12, 31 }
                                                           : ptn_date_from_days((int32_t)last),
        .departed = true, /* that they have not left is for the lane to say */
    };
    return true;
}

/* Whether decision/ stops whoever holds it, for the bans under its tag; the reason's rule and the
 * first order's id then. */
static struct ptn_status ask(const struct asked *asked, const struct ptn_person *person,
                             const uint8_t *tag, bool *ret_stop, struct ptn_bytes *ret_rule,
                             char ret_id[2 * ID_LEN + 1])
{
    struct ptn_check_order orders[ORDERS_MAX];
    char hex[ORDERS_MAX][2 * ID_LEN + 1];
    struct ptn_check check = {
        .direction = PTN_STAY_ENTRY, .today = asked->day, .person = person, .orders = orders
    };
    struct ptn_advice advice;
    struct ptn_status status;

    *ret_stop = false;
    check.demonstration = true; /* a specimen is for the lane to see */
    (void)snprintf(check.own_state, sizeof(check.own_state), "%s", asked->own_state);
    for (size_t i = first_row(asked->table, tag);
         i < asked->table->count && check.order_count < ORDERS_MAX &&
         memcmp(asked->table->rows + i * ROW_LEN, tag, PTN_PERMIT_TAG_LEN) == 0;
         i++)
        if (take_order(asked, asked->table->rows + i * ROW_LEN, hex[check.order_count],
                       &orders[check.order_count]))
            check.order_count++;
    if (check.order_count == 0)
        return PTN_OK;
    ptn_arena_clear(asked->arena);
    status = ptn_decide(&check, asked->arena, &advice, NULL);
    for (size_t i = 0; ptn_ok(status) && i < advice.reason_count && !*ret_stop; i++)
        if (advice.reasons[i].verdict == PTN_VERDICT_STOP) {
            *ret_stop = true;
            *ret_rule = advice.reasons[i].rule;
            memcpy(ret_id, hex[0], sizeof(hex[0]));
        }
    return status;
}

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
static void note_stop(struct ptn_buffer *note, size_t number, struct ptn_bytes rule, const char *id)
{
    (void)ptn_ok(ptn_buffer_addf(note, "%zu no-board %.*s %s\n", number, (int)rule.len,
                                 (const char *)rule.at, id));
}

static struct ptn_status answer_one(const struct asked *asked,
                                    const struct ptn_manifest_person *one, size_t number,
                                    struct ptn_buffer *stops, enum ptn_reply_answer *ret_answer)
{
    struct ptn_person person = { .birth = one->birth };
    size_t documents = 0;
    bool known = false;
    bool stopped = false;

    *ret_answer = PTN_REPLY_PERSON_BOARD;
    take_code(one->nationality, person.nationality);
    person.surname = one->surname;
    for (const struct ptn_manifest_document *document = one->documents; document != NULL;
         document = document->next) {
        uint8_t tag[PTN_PERMIT_TAG_LEN];
        struct ptn_bytes rule = PTN_BYTES_NONE;
        char id[2 * ID_LEN + 1];
        bool stop = false;
        struct ptn_status status;

        if (!is_travel_document(document) || documents++ >= PTN_BOARDING_DOCUMENTS)
            continue;
        take_code(document->issuer, person.document.issuer);
        person.document.number = document->number;
        person.document.expiry = document->expiry;
        status = tag_of(&person, asked->table->salt, tag);
        known = known || ptn_ok(status);
        if (ptn_ok(status) && one->role != PTN_MANIFEST_TRANSIT)
            status = ask(asked, &person, tag, &stop, &rule, id);
        if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
            return status;
        if (stop && !stopped)
            note_stop(stops, number, rule, id);
        stopped = stopped || stop;
    }
    if (stopped)
        *ret_answer = PTN_REPLY_PERSON_NO_BOARD;
    else if (!known || one->surname.len == 0)
        *ret_answer = PTN_REPLY_PERSON_BOARD_INCOMPLETE;
    return PTN_OK;
}

/* ---- a whole list ---- */

/* The leg that comes into that State. */
static const struct ptn_manifest_flight *leg_into(const struct ptn_manifest *manifest,
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
           leg_into(manifest, own_state) != NULL;
}

static struct ptn_date day_of(const struct ptn_manifest_flight *leg, int64_t now_ms)
{
    if (leg != NULL && ptn_date_is_full(leg->arrival.date))
        return leg->arrival.date;
    if (leg != NULL && ptn_date_is_full(leg->departure.date))
        return leg->departure.date;
    return ptn_place_local_date(now_ms);
}

struct ptn_status ptn_boarding_answer(const struct ptn_boarding *table,
                                      const struct ptn_manifest *manifest, const char *own_state,
                                      int64_t now_ms, uint8_t *ret_answers, struct ptn_buffer *note)
{
    struct asked asked = { .table = table, .own_state = own_state };
    struct ptn_buffer stops = { .len_max = PTN_MESSAGE_BOARDING_MAX - 256 };
    size_t counts[PTN_REPLY_ANSWER_COUNT] = { 0 };
    char digest[2 * 8 + 1];
    size_t number = 0;
    struct ptn_status status = PTN_OK;

    PTN_PRE(ptn_boarding_is_asked(manifest, own_state));
    asked.day = day_of(leg_into(manifest, own_state), now_ms);
    asked.day_end_ms = ((int64_t)ptn_date_to_days(asked.day) + 1) * DAY_MS;
    asked.arena = ptn_arena_new(ARENA_MAX);
    if (asked.arena == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (const struct ptn_manifest_person *one = manifest->people; ptn_ok(status) && one != NULL;
         one = one->next, number++) {
        enum ptn_reply_answer answer = PTN_REPLY_PERSON_BOARD;

        status = answer_one(&asked, one, number + 1, &stops, &answer);
        ret_answers[number] = (uint8_t)answer;
        counts[answer]++;
    }
    if (ptn_ok(status))
        status = ptn_buffer_addf(
            note, "asked %zu board %zu no %zu incomplete %zu table %s\n", number,
            counts[PTN_REPLY_PERSON_BOARD], counts[PTN_REPLY_PERSON_NO_BOARD],
            counts[PTN_REPLY_PERSON_BOARD_INCOMPLETE], ptn_hex_write(table->digest, 8, digest));
    if (ptn_ok(status))
        status = ptn_buffer_add(note, ptn_buffer_bytes(&stops));
    ptn_buffer_release(&stops);
    ptn_arena_free(asked.arena);
    return status;
}
