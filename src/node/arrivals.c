#include "node/arrivals.h"

#include "message/cards.h"
#include "node/calls_int.h"
#include "node/force_int.h"
#include "record/message.h"

#define ARENA_MAX     (96u << 20) /* of one file being read: the most people */
#define SCREEN_SLICE  4u          /* people at once, */
#define SCREEN_SLICES 4u
#define SCREEN_US     1000 /* and no more begun after so long: a lane that waits, waits two of it */
#define QUIET_US      100000 /* between two looks at whether somebody waits */

static_assert(PTN_NODE_MANIFEST_MAX == PTN_NODE_MANIFEST_PARTS * PTN_MESSAGE_RAW_MAX,
              "a file fits its records");
static_assert(PTN_NODE_MANIFEST_PARTS + 1 <= PTN_WRITER_RECORDS_MAX, "and one for who loaded it");

struct ptn_arrivals *ptn_node_arrivals(struct ptn_node *node)
{
    return node->arrivals;
}

struct ptn_status ptn_node_arrivals_open(struct ptn_node *node)
{
    const struct ptn_arrivals_seams seams = { node->seams.context, node->seams.lock,
                                              node->seams.unlock };

    node->arrivals = ptn_arrivals_new(&seams);
    node->message.len_max = (size_t)PTN_MESSAGE_RAW_MAX * PTN_MESSAGE_PARTS_MAX;
    return (struct ptn_status){ node->arrivals == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
}

void ptn_node_arrivals_close(struct ptn_node *node)
{
    ptn_arrivals_free(node->arrivals);
    ptn_buffer_release(&node->message);
}

/* ---- screening ---- */

/* What a lane would be told of whoever stands there; but of orders to leave, which a lane judges by
 * the crossings it knows. */
static struct ptn_status search(void *context, const struct ptn_screen_query *query,
                                struct ptn_arena *arena, struct ptn_check *check)
{
    const struct ptn_force *force = context;
    const struct ptn_world *world = force->node->world;
    struct ptn_force_found found;
    struct ptn_status status =
        ptn_force_search(force, query, world->now_ms(world->context), arena, check, &found, NULL);

    check->orders = NULL;
    check->order_count = 0;
    return status;
}

static struct ptn_arrivals_watch watch_of(struct ptn_force *force)
{
    const struct ptn_node *node = force->node;
    struct ptn_arrivals_watch watch = {
        .search = search,
        .context = force,
        .edition = ptn_force_edition(force),
        .today = ptn_place_local_date(node->world->now_ms(node->world->context)),
    };

    memcpy(watch.own_state, node->plan.state, sizeof(watch.own_state));
    return watch;
}

static void screen_some(struct ptn_node *node, struct ptn_force *force, int64_t began_us)
{
    const struct ptn_world *world = node->world;
    const struct ptn_arrivals_watch watch = watch_of(force);

    node->arrivals_left = 0;
    if (watch.edition == 0)
        return; /* against nothing */
    for (unsigned i = 0; i < SCREEN_SLICES; i++) {
        if (!ptn_ok(
                ptn_arrivals_screen(node->arrivals, &watch, SCREEN_SLICE, &node->arrivals_left)))
            node->arrivals_left = 0; /* no memory now: at the next look */
        if (node->arrivals_left == 0 || world->monotonic_us(world->context) - began_us >= SCREEN_US)
            return;
    }
}

void ptn_node_arrivals_turn(struct ptn_node *node)
{
    int64_t now_us = node->world->monotonic_us(node->world->context);
    struct ptn_force force;

    if (node->arrivals_left == 0 && now_us - node->arrivals_us < QUIET_US)
        return;
    node->arrivals_us = now_us;
    ptn_calls_turn(node);
    ptn_force_enter(node, &force);
    screen_some(node, &force, now_us);
    ptn_force_leave(&force);
}

/* ---- messages into the store ---- */

/* Every message of a file into the store. one_arena: for reading. */
static struct ptn_status take_file(struct ptn_node *node, struct ptn_bytes file,
                                   int64_t received_ms, uint64_t seq)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_bytes origin = ptn_bytes_from_text(ptn_ledger_origin(node->ledger));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL && manifest != NULL)
        status = ptn_manifest_reader_new(file, &reader, NULL);
    while (ptn_ok(status)) {
        ptn_arena_clear(arena);
        status = ptn_manifest_next(reader, arena, manifest);
        if (ptn_ok(status))
            status = ptn_arrivals_take(node->arrivals, file, manifest, received_ms, origin, seq);
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
    return (struct ptn_status){ status.code == PTN_C_NO_MEMORY ? PTN_C_NO_MEMORY : PTN_C_OK };
}

struct ptn_status ptn_node_arrivals_learn(struct ptn_node *node, uint64_t index,
                                          struct ptn_bytes payload)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_carrier_message message;
    struct ptn_status status = ptn_carrier_message_parse(payload, &message, NULL);

    if (!ptn_ok(status) || now_ms - message.time_ms > PTN_ARRIVALS_KEEP_MS)
        return PTN_OK;
    if (message.part == 1)
        ptn_buffer_clear(&node->message);
    status = ptn_buffer_add(&node->message, message.raw);
    if (ptn_ok(status) && message.part == message.parts && node->message.len == message.length) {
        const struct ptn_bytes file = ptn_buffer_bytes(&node->message);

        status = message.type == PTN_MESSAGE_BOOKINGS
                     ? ptn_node_bookings_learn(node, file, message.time_ms)
                     : take_file(node, file, message.time_ms, index);
    }
    if (message.part == message.parts)
        ptn_buffer_release(&node->message);
    return (struct ptn_status){ status.code == PTN_C_NO_MEMORY ? PTN_C_NO_MEMORY : PTN_C_OK };
}

void ptn_node_arrivals_saw(struct ptn_node *node, const struct ptn_crossing *crossing)
{
    char name[PTN_ARRIVAL_NAME_MAX + 1];
    int64_t now_ms = node->world->now_ms(node->world->context);

    if (crossing->voyage.len == 0 || crossing->voyage.len > PTN_ARRIVAL_NAME_MAX ||
        now_ms - crossing->time_ms > PTN_ARRIVALS_KEEP_MS)
        return;
    memcpy(name, crossing->voyage.at, crossing->voyage.len);
    name[crossing->voyage.len] = '\0';
    ptn_arrivals_saw(node->arrivals, name, &crossing->person, crossing->time_ms);
}

/* ---- a file that is loaded ---- */

static const char *type_word(enum ptn_manifest_type type)
{
    /* the two enums are one list of types */
    return ptn_message_type_word((enum ptn_message_type)type);
}

static void tell(const struct ptn_manifest *manifest, struct ptn_node_loading *loading)
{
    struct ptn_node_loaded one = {
        .type = type_word(manifest->type),
        .verdict =
            ptn_message_verdict_word((enum ptn_message_verdict)((unsigned)manifest->verdict + 1u)),
        .named = ptn_arrivals_name(manifest, one.name),
        .people = manifest->person_count,
        .note_count = manifest->note_count + manifest->notes_left_out,
    };

    if (!ptn_arrivals_name(manifest, one.name))
        one.name[0] = '\0';
    one.named = one.name[0] != '\0' && manifest->verdict != PTN_MANIFEST_QUARANTINED;
    ptn_arrivals_id(one.name, one.id);
    for (size_t i = 0; i < manifest->note_count && i < sizeof(one.notes) / sizeof(one.notes[0]);
         i++)
        one.notes[i] = manifest->notes[i];
    loading->usable += one.named;
    if (loading->message_count < PTN_NODE_LOADED_MAX)
        loading->messages[loading->message_count] = one;
    loading->message_count++;
}

/* The file without the numbers of payment cards, in the arena. */
static struct ptn_status take_masked(struct ptn_bytes file, struct ptn_arena *arena,
                                     struct ptn_bytes *ret_masked)
{
    uint8_t *copy = ptn_arena_take(arena, file.len);
    size_t hidden;

    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(copy, file.at, file.len);
    *ret_masked = ptn_bytes_of(copy, file.len);
    return ptn_cards_mask(copy, file.len, &hidden);
}

/* Read it through; the record says what its first usable message is. */
static struct ptn_status read_file(struct ptn_bytes file, struct ptn_node_loading *loading,
                                   struct ptn_carrier_message *record, char *journey,
                                   struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    record->verdict = PTN_MESSAGE_QUARANTINED;
    if (arena != NULL && manifest != NULL)
        status = ptn_manifest_reader_new(file, &reader, reterr);
    while (ptn_ok(status)) {
        enum ptn_message_verdict verdict;

        ptn_arena_clear(arena);
        status = ptn_manifest_next(reader, arena, manifest);
        if (!ptn_ok(status))
            break;
        tell(manifest, loading);
        verdict = (enum ptn_message_verdict)((unsigned)manifest->verdict + 1u);
        record->people += manifest->person_count;
        record->notes += manifest->note_count + manifest->notes_left_out;
        if (verdict < record->verdict) {
            record->verdict = verdict;
            record->type = (enum ptn_message_type)manifest->type;
            if (ptn_arrivals_name(manifest, journey))
                record->journey = ptn_bytes_from_text(journey);
        }
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static void load_done(struct ptn_writer_request *request)
{
    struct ptn_node_loading *loading = request->context;

    loading->done(loading);
}

/* Who looked at or loaded a list of so many people. */
static struct ptn_status put_look(const struct ptn_node *node, const struct ptn_lane_who *who,
                                  size_t shown, struct ptn_bytes reason, struct ptn_arena *arena,
                                  struct ptn_writer_request *write)
{
    const struct ptn_access look = { .purpose = PTN_PURPOSE_BEFORE_ARRIVAL,
                                     .shown = shown,
                                     .reason = reason };

    return ptn_node_put_look(node, who, &look, arena, write);
}

struct ptn_status ptn_node_put_message(struct ptn_node *node, struct ptn_carrier_message *record,
                                       struct ptn_bytes file, struct ptn_arena *arena,
                                       struct ptn_writer_request *request)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_sha256(&file, 1, record->sha256);

    node->world->random(node->world->context, record->id.at, sizeof(record->id.at));
    record->length = file.len;
    record->parts = (file.len + PTN_MESSAGE_RAW_MAX - 1) / PTN_MESSAGE_RAW_MAX;
    for (record->part = 1; ptn_ok(status) && record->part <= record->parts; record->part++) {
        record->raw = ptn_bytes_slice(file, (size_t)(record->part - 1) * PTN_MESSAGE_RAW_MAX,
                                      PTN_MESSAGE_RAW_MAX);
        status = ptn_node_put(request, PTN_RECORD_MESSAGE, ptn_carrier_message_write(record, &out),
                              &out, arena);
    }
    return status;
}

struct ptn_status ptn_node_manifest_load(struct ptn_node *node, const struct ptn_lane_who *who,
                                         struct ptn_bytes file, struct ptn_arena *arena,
                                         struct ptn_node_loading *loading, struct ptn_diag *reterr)
{
    struct ptn_carrier_message record = { .time_ms = node->world->now_ms(node->world->context) };
    char journey[PTN_ARRIVAL_NAME_MAX + 1];
    struct ptn_status status;

    PTN_PRE(loading->done != NULL);

    if (file.len == 0 || file.len > PTN_NODE_MANIFEST_MAX)
        return ptn_fail(file.len == 0 ? PTN_C_BAD_INPUT : PTN_C_TOO_BIG, reterr, 0,
                        "a file of a carrier has 1 to 737,280 bytes");
    status = take_masked(file, arena, &file);
    if (ptn_ok(status))
        status = read_file(file, loading, &record, journey, reterr);
    if (ptn_ok(status) && loading->usable == 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nothing in it can be used");
    loading->node = node;
    loading->file = file;
    loading->time_ms = record.time_ms;
    loading->write = (struct ptn_writer_request){ .done = load_done, .context = loading };
    if (ptn_ok(status))
        status = ptn_node_put_message(node, &record, file, arena, &loading->write);
    if (ptn_ok(status))
        status = put_look(node, who, (size_t)record.people,
                          PTN_BYTES_LITERAL("loaded a carrier's file"), arena, &loading->write);
    if (!ptn_ok(status))
        return status;
    ptn_writer_submit(node, &loading->write);
    return PTN_OK;
}

struct ptn_status ptn_node_manifest_take(struct ptn_node_loading *loading)
{
    struct ptn_status status =
        take_file(loading->node, loading->file, loading->time_ms, loading->write.seq);

    if (loading->node->seams.wake != NULL) /* its people are screened at the next turns */
        loading->node->seams.wake(loading->node->seams.context);
    return status;
}

/* ---- looking ---- */

/* The matches of one person that this officer may see. */
static struct ptn_status look_at(const struct ptn_arrivals_watch *watch,
                                 const struct ptn_arrival_row *row, bool leaves, bool discreet,
                                 struct ptn_arena *arena, struct ptn_node_passenger *passenger)
{
    struct ptn_arrival_matches found = { .count = 0 };
    struct ptn_status status;

    passenger->row = *row;
    if (watch->edition == 0 || row->trouble_discreet == 0)
        return PTN_OK;
    status = ptn_arrival_match(watch, &row->person, leaves, arena, &found);
    if (!ptn_ok(status))
        return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
    passenger->matches = ptn_arena_take(arena, (found.count + 1) * sizeof(*passenger->matches));
    if (passenger->matches == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < found.count; i++)
        if (discreet ||
            !ptn_match_is_discreet(&found.matches[i], leaves ? PTN_STAY_EXIT : PTN_STAY_ENTRY))
            passenger->matches[passenger->match_count++] = found.matches[i]; /* DECIDE-6 */
    return PTN_OK;
}

static void look_done(struct ptn_writer_request *request)
{
    struct ptn_node_looking *looking = request->context;

    looking->done(looking);
}

static struct ptn_status look_through(const struct ptn_lane_who *who, size_t from, size_t limit,
                                      struct ptn_arena *arena, struct ptn_node_looking *looking)
{
    const struct ptn_arrivals_watch watch = watch_of(&looking->force);
    struct ptn_arrival_whole *whole = &looking->whole;
    struct ptn_status status = PTN_OK;

    looking->people = whole->row_count;
    from = from < whole->row_count ? from : whole->row_count;
    limit = limit < whole->row_count - from ? limit : whole->row_count - from;
    looking->passengers = ptn_arena_take(arena, (limit + 1) * sizeof(*looking->passengers));
    if (looking->passengers == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (; ptn_ok(status) && looking->passenger_count < limit; looking->passenger_count++)
        status =
            look_at(&watch, &whole->rows[from + looking->passenger_count], whole->voyage.leaves,
                    who->officer->discreet, arena, &looking->passengers[looking->passenger_count]);
    return status;
}

struct ptn_status ptn_node_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                const char *id, size_t from, size_t limit, struct ptn_arena *arena,
                                struct ptn_node_looking *looking)
{
    struct ptn_status status;

    PTN_PRE(looking->done != NULL);

    status = ptn_arrivals_open(node->arrivals, id, who->officer->discreet, arena, &looking->whole);
    if (!ptn_ok(status))
        return status;
    ptn_force_enter(node, &looking->force);
    looking->write = (struct ptn_writer_request){ .done = look_done, .context = looking };
    status = look_through(who, from, limit, arena, looking);
    if (ptn_ok(status))
        status =
            put_look(node, who, looking->passenger_count, PTN_BYTES_NONE, arena, &looking->write);
    if (!ptn_ok(status)) {
        ptn_node_look_release(looking);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    ptn_writer_submit(node, &looking->write);
    return PTN_OK;
}

void ptn_node_look_release(struct ptn_node_looking *looking)
{
    ptn_force_leave(&looking->force);
}

/* ---- at the lane ---- */

static enum ptn_document_kind kind_of(struct ptn_bytes type)
{
    static const struct {
        char letter;
        enum ptn_document_kind kind;
    } kinds[] = {
        { 'P', PTN_DOCUMENT_PASSPORT }, { 'I', PTN_DOCUMENT_ID_CARD },
        { 'A', PTN_DOCUMENT_ID_CARD },  { 'C', PTN_DOCUMENT_ID_CARD },
        { 'V', PTN_DOCUMENT_VISA },
    };

    for (size_t i = 0; type.len > 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (type.at[0] == (uint8_t)kinds[i].letter)
            return ptn_bytes_is(type, "AC") ? PTN_DOCUMENT_CREW : kinds[i].kind;
    return PTN_DOCUMENT_OTHER;
}

/* What was typed stands; the rest is the carrier's. */
static void fill_person(const struct ptn_arrival_person *row, struct ptn_person *person)
{
    struct ptn_person from = ptn_arrival_person_as(row);

    if (person->surname.len + person->given.len + person->name.len == 0) {
        person->surname = from.surname;
        person->given = from.given;
    }
    if (ptn_date_is_none(person->birth))
        person->birth = from.birth;
    if (person->sex == 0)
        person->sex = from.sex;
    if (person->nationality[0] == '\0')
        memcpy(person->nationality, from.nationality, sizeof(person->nationality));
    if (person->document.number.len == 0)
        person->document.number = from.document.number;
    if (person->document.issuer[0] == '\0')
        memcpy(person->document.issuer, from.document.issuer, sizeof(person->document.issuer));
    if (ptn_date_is_none(person->document.expiry))
        person->document.expiry = from.document.expiry;
    if (person->document.kind == PTN_DOCUMENT_UNKNOWN && row->document_count > 0)
        person->document.kind = kind_of(row->documents[0].type);
}

struct ptn_status ptn_lane_fill(struct ptn_node *node, const struct ptn_lane_scan *scan,
                                int64_t now_ms, struct ptn_arena *arena,
                                struct ptn_lane_answer *answer)
{
    struct ptn_person *person = &answer->person;
    const struct ptn_arrival_ask ask = { person, scan->direction, now_ms, true,
                                         ptn_calls_voyage(answer) };
    struct ptn_arrival_row row;
    struct ptn_status status;

    if (scan->picked) {
        status =
            ptn_arrivals_row(node->arrivals, scan->voyage, scan->version, scan->row, arena, &row);
        if (ptn_ok(status))
            fill_person(&row.person, person);
        answer->filled = ptn_ok(status);
        return status;
    }
    if (scan->mrz.len > 0 || !ptn_date_is_none(scan->on) || person->document.number.len == 0 ||
        person->surname.len + person->given.len + person->name.len > 0)
        return PTN_OK;
    status = ptn_arrivals_find(node->arrivals, &ask, arena, &answer->arrival);
    if (ptn_ok(status) && answer->arrival.how != PTN_ARRIVAL_NOT_FOUND && !answer->arrival.others) {
        fill_person(&answer->arrival.row.person, person);
        answer->filled = true;
    }
    return status;
}

void ptn_lane_find_row(struct ptn_node *node, const struct ptn_lane_scan *scan, int64_t now_ms,
                       struct ptn_arena *arena, struct ptn_lane_answer *answer)
{
    const struct ptn_arrival_ask ask = { &answer->person, scan->direction, now_ms, false,
                                         ptn_calls_voyage(answer) };

    if (!ptn_date_is_none(scan->on))
        return; /* of another day */
    /* PASS-1: a pass says where to look first, and nothing more */
    if (scan->flight != NULL && !answer->gangway.asked) {
        struct ptn_arrival_ask first = ask;

        first.voyage = scan->flight;
        if (ptn_ok(ptn_arrivals_find(node->arrivals, &first, arena, &answer->arrival)) &&
            answer->arrival.how != PTN_ARRIVAL_NOT_FOUND)
            return;
    }
    /* without memory for it the lane goes on: it is only said less */
    if (!ptn_ok(ptn_arrivals_find(node->arrivals, &ask, arena, &answer->arrival)))
        answer->arrival = (struct ptn_arrival_found){ .how = PTN_ARRIVAL_NOT_FOUND };
    answer->not_listed = answer->arrival.how == PTN_ARRIVAL_NOT_FOUND && answer->arrival.here > 0 &&
                         node->plan.kind != PTN_POST_LAND;
    /* at a gangway a row that was picked is that row, whoever else would do as well */
    if (scan->picked && answer->gangway.asked && answer->arrival.how != PTN_ARRIVAL_NOT_FOUND &&
        strcmp(scan->voyage, answer->gangway.voyage) == 0 &&
        ptn_ok(ptn_arrivals_row(node->arrivals, scan->voyage, scan->version, scan->row, arena,
                                &answer->arrival.row)))
        answer->arrival.others = false;
}
