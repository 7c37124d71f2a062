/*
 * The store: voyages by their name, messages taken into them, and who makes room for whom.
 *
 * A list is made outside the lock from the message and the list before; when another thread was
 * quicker, it is made again. That cannot go on for ever: each turn somebody's message went in.
 */
#include "arrival/arrival_int.h"
#include "record/person.h"
#include "reference/place.h"
#include "reference/state.h"

#define MINUTE_MS INT64_C(60000)

void ptn_arrivals_lock(const struct ptn_arrivals *arrivals)
{
    if (arrivals->seams.lock != NULL)
        arrivals->seams.lock(arrivals->seams.context);
}

void ptn_arrivals_unlock(const struct ptn_arrivals *arrivals)
{
    if (arrivals->seams.unlock != NULL)
        arrivals->seams.unlock(arrivals->seams.context);
}

struct ptn_arrivals *ptn_arrivals_new(const struct ptn_arrivals_seams *seams)
{
    struct ptn_arrivals *arrivals = calloc(1, sizeof(*arrivals));

    if (arrivals == NULL)
        return NULL;
    if (seams != NULL)
        arrivals->seams = *seams;
    arrivals->voyages = calloc(PTN_ARRIVALS_VOYAGES_MAX, sizeof(*arrivals->voyages));
    arrivals->seen = calloc(PTN_ARRIVALS_SEEN_MAX, sizeof(*arrivals->seen));
    if (arrivals->voyages == NULL || arrivals->seen == NULL) {
        ptn_arrivals_free(arrivals);
        return NULL;
    }
    return arrivals;
}

void ptn_arrival_rows_leave(struct ptn_arrival_rows *rows)
{
    if (rows != NULL && --rows->references == 0)
        ptn_arrival_rows_free(rows);
}

static void forget_voyage(struct ptn_arrivals *arrivals, size_t index)
{
    struct ptn_arrival_voyage *voyage = &arrivals->voyages[index];

    for (size_t i = 0; i < PTN_ARRIVAL_LIST_COUNT; i++)
        ptn_arrival_rows_leave(voyage->lists[i]);
    *voyage = arrivals->voyages[--arrivals->voyage_count];
    memset(&arrivals->voyages[arrivals->voyage_count], 0, sizeof(*voyage));
}

void ptn_arrivals_free(struct ptn_arrivals *arrivals)
{
    if (arrivals == NULL)
        return;
    while (arrivals->voyages != NULL && arrivals->voyage_count > 0)
        forget_voyage(arrivals, arrivals->voyage_count - 1);
    free(arrivals->voyages);
    free(arrivals->seen);
    free(arrivals);
}

/* ---- which voyage ---- */

/* Letters and digits of a code, as capitals. */
static void take_code(struct ptn_bytes text, char *at, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len && len + 1 < size; i++) {
        uint8_t byte = text.at[i];

        if (byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - 'a' + 'A');
        if ((byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
            at[len++] = (char)byte;
    }
    at[len] = '\0';
}

/* A place of this State: its own code, or as UN/LOCODE with the State's two letters before it. */
static const struct ptn_place *place_of(struct ptn_bytes code)
{
    const struct ptn_place *place;
    const struct ptn_state *state;
    char text[8];

    take_code(code, text, sizeof(text));
    if (strlen(text) == 3)
        return ptn_place_find(text);
    place = strlen(text) == 5 ? ptn_place_find(text + 2) : NULL;
    state = place == NULL ? NULL : ptn_state_find(place->state);
    return state != NULL && memcmp(state->alpha2, text, 2) == 0 ? place : NULL;
}

const struct ptn_place *ptn_arrival_place(struct ptn_bytes code)
{
    return place_of(code);
}

/* The leg that touches this State, or the first; NULL when there is none. */
static const struct ptn_manifest_flight *leg_of(const struct ptn_manifest *manifest)
{
    for (size_t i = 0; i < manifest->flight_count; i++)
        if (place_of(manifest->flights[i].to) != NULL)
            return &manifest->flights[i];
    for (size_t i = 0; i < manifest->flight_count; i++)
        if (place_of(manifest->flights[i].from) != NULL)
            return &manifest->flights[i];
    return manifest->flight_count > 0 ? &manifest->flights[0] : NULL;
}

static bool is_ship(const struct ptn_manifest *manifest)
{
    return manifest->type == PTN_MANIFEST_FAL5 || manifest->type == PTN_MANIFEST_FAL6;
}

/* A ship is its IMO number, else its name. False without either. */
static bool name_ship(const struct ptn_manifest_ship *ship, char *at, size_t size)
{
    char code[32];

    take_code(ship->imo, code, sizeof(code));
    if (strlen(code) == 7) {
        (void)snprintf(at, size, "IMO%s", code);
        return true;
    }
    take_code(ship->name, code, sizeof(code));
    (void)snprintf(at, size, "%s", code);
    return code[0] != '\0';
}

bool ptn_arrivals_name(const struct ptn_manifest *manifest, char ret_name[PTN_ARRIVAL_NAME_MAX + 1])
{
    const struct ptn_manifest_flight *leg = leg_of(manifest);
    char date[PTN_DATE_TEXT_SIZE] = "";
    char number[21];
    char who[40];
    bool named;

    if (leg == NULL)
        return false;
    if (!ptn_date_is_none(leg->departure.date))
        (void)ptn_date_write(leg->departure.date, date);
    else if (!ptn_date_is_none(leg->arrival.date))
        (void)ptn_date_write(leg->arrival.date, date);
    take_code(leg->number, number, sizeof(number));
    if (is_ship(manifest)) {
        named = name_ship(&manifest->ship, who, sizeof(who));
        (void)snprintf(ret_name, PTN_ARRIVAL_NAME_MAX + 1, "%s %s", who,
                       number[0] != '\0' ? number : date);
        return named && (number[0] != '\0' || date[0] != '\0');
    }
    take_code(leg->carrier, who, 9);
    /* The precision says to the compiler what take_code() has seen to: eight bytes. */
    (void)snprintf(ret_name, PTN_ARRIVAL_NAME_MAX + 1, "%.8s%s%s %s", who,
                   who[0] != '\0' ? " " : "", number, date);
    return number[0] != '\0' && strcmp(number, "MCL") != 0 && date[0] != '\0';
}

void ptn_arrivals_id(const char *name, char ret_id[PTN_ARRIVAL_ID_SIZE])
{
    struct ptn_bytes part = ptn_bytes_from_text(name);
    uint8_t digest[PTN_SHA256_LEN] = { 0 };

    (void)ptn_ok(ptn_sha256(&part, 1, digest)); /* refuses only when it is not there at all */
    (void)ptn_hex_write(digest, (PTN_ARRIVAL_ID_SIZE - 1) / 2, ret_id);
}

struct ptn_arrival_voyage *ptn_arrivals_find_voyage(const struct ptn_arrivals *arrivals,
                                                    const char *name)
{
    for (size_t i = 0; i < arrivals->voyage_count; i++)
        if (strcmp(arrivals->voyages[i].name, name) == 0)
            return &arrivals->voyages[i];
    return NULL;
}

struct ptn_arrival_voyage *ptn_arrivals_find_id(const struct ptn_arrivals *arrivals, const char *id)
{
    for (size_t i = 0; i < arrivals->voyage_count; i++)
        if (strcmp(arrivals->voyages[i].id, id) == 0)
            return &arrivals->voyages[i];
    return NULL;
}

/* ---- what a message does ---- */

struct effect {
    bool people; /* it says something of people */
    enum ptn_arrival_list list;
    enum ptn_arrival_act act;
    bool closes, cancels;
};

static enum ptn_arrival_list list_of(const struct ptn_manifest *manifest)
{
    bool crew = ptn_bytes_is(manifest->function, "250") || ptn_bytes_is(manifest->function, "336");

    if (manifest->type == PTN_MANIFEST_PNRGOV)
        return PTN_ARRIVAL_BOOKINGS;
    return manifest->type == PTN_MANIFEST_FAL5 || (manifest->type == PTN_MANIFEST_PAXLST && crew)
               ? PTN_ARRIVAL_CREW
               : PTN_ARRIVAL_PASSENGERS;
}

/* Standard: WCO-PAXLST, BGM 1001 and 1004. */
static struct effect effect_of(const struct ptn_manifest *manifest)
{
    static const struct {
        const char *code;
        struct effect effect;
    } codes[] = {
        { "CP", { true, PTN_ARRIVAL_PASSENGERS, ACT_CHANGE, false, false } },
        { "CC", { true, PTN_ARRIVAL_PASSENGERS, ACT_CHANGE, false, false } },
        { "XR", { true, PTN_ARRIVAL_PASSENGERS, ACT_TAKE_OFF, false, false } },
        { "RP", { true, PTN_ARRIVAL_PASSENGERS, ACT_TAKE_OFF, false, false } },
        { "CL", { false, PTN_ARRIVAL_PASSENGERS, ACT_REPLACE, true, false } },
        { "CLNB", { true, PTN_ARRIVAL_PASSENGERS, ACT_NOT_ON_BOARD, true, false } },
        { "CLOB", { true, PTN_ARRIVAL_PASSENGERS, ACT_ON_BOARD, true, false } },
        { "XF", { false, PTN_ARRIVAL_PASSENGERS, ACT_REPLACE, false, true } },
        { "CF", { false, PTN_ARRIVAL_PASSENGERS, ACT_REPLACE, false, false } },
    };
    struct effect effect = { .people = true, .act = ACT_REPLACE };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (manifest->type == PTN_MANIFEST_PAXLST && ptn_bytes_is(manifest->change, codes[i].code))
            effect = codes[i].effect;
    effect.list = list_of(manifest);
    return effect;
}

/* A port's local time, here: of this State's places alone the zone is known. */
static int64_t local_ms(const struct ptn_manifest_time *time)
{
    int64_t ms;

    if (!ptn_date_is_full(time->date))
        return 0;
    ms = (int64_t)ptn_date_to_days(time->date) * 1440 * MINUTE_MS;
    ms += (time->has_time ? time->hour * INT64_C(60) + time->minute : INT64_C(720)) * MINUTE_MS;
    return ms - ptn_place_utc_offset_minutes(ms) * MINUTE_MS;
}

static void describe(const struct ptn_manifest *manifest, struct ptn_arrival_voyage *voyage)
{
    static const struct ptn_manifest_flight nowhere = { 0 };
    const struct ptn_manifest_flight *leg = leg_of(manifest);
    size_t len = manifest->ship.name.len;
    bool leaves;
    int64_t due;

    if (leg == NULL) /* a ship's list names none */
        leg = &nowhere;
    leaves = place_of(leg->from) != NULL && place_of(leg->to) == NULL;
    voyage->ship = is_ship(manifest);
    voyage->leaves = leaves;
    take_code(leg->carrier, voyage->carrier, sizeof(voyage->carrier));
    take_code(leg->number, voyage->number, sizeof(voyage->number));
    take_code(leg->from, voyage->from, sizeof(voyage->from));
    take_code(leg->to, voyage->to, sizeof(voyage->to));
    take_code(manifest->ship.imo, voyage->imo, sizeof(voyage->imo));
    if (len >= sizeof(voyage->ship_name))
        len = sizeof(voyage->ship_name) - 1;
    for (size_t i = 0; i < len; i++) { /* a name of a ship, in print */
        uint8_t byte = manifest->ship.name.at[i];

        if (byte < 0x20 || byte >= 0x7f)
            byte = '?';
        memcpy(&voyage->ship_name[i], &byte, 1);
    }
    voyage->ship_name[len] = '\0';
    if (!ptn_date_is_none(leg->departure.date)) /* a message of closing need not repeat them */
        voyage->departure = leg->departure;
    if (!ptn_date_is_none(leg->arrival.date))
        voyage->arrival = leg->arrival;
    due = local_ms(leaves ? &voyage->departure : &voyage->arrival);
    voyage->due_ms = due != 0 ? due : local_ms(leaves ? &voyage->arrival : &voyage->departure);
}

/* ARRIVAL-1. */
static bool was_taken(const struct ptn_arrival_voyage *voyage, const uint8_t digest[PTN_SHA256_LEN])
{
    for (size_t i = 0; i < voyage->digest_count && i < DIGESTS_MAX; i++)
        if (memcmp(voyage->digests[i], digest, PTN_SHA256_LEN) == 0)
            return true;
    return false;
}

/* ---- room ---- */

static size_t people_of(const struct ptn_arrival_voyage *voyage)
{
    size_t people = 0;

    for (size_t i = 0; i < PTN_ARRIVAL_LIST_COUNT; i++)
        people += voyage->lists[i] == NULL ? 0 : voyage->lists[i]->count;
    return people;
}

/* When it is due; of one that nobody says, when its list came. */
static int64_t day_of(const struct ptn_arrival_voyage *voyage)
{
    return voyage->due_ms != 0 ? voyage->due_ms : voyage->received_ms;
}

/* Let the voyages with the oldest days go until everything fits. Under the lock. ARRIVAL-2. */
static void make_room(struct ptn_arrivals *arrivals, size_t voyages_max)
{
    for (;;) {
        size_t people = 0;
        size_t oldest = 0;

        for (size_t i = 0; i < arrivals->voyage_count; i++) {
            people += people_of(&arrivals->voyages[i]);
            if (day_of(&arrivals->voyages[i]) < day_of(&arrivals->voyages[oldest]))
                oldest = i;
        }
        if (people <= PTN_ARRIVALS_PEOPLE_MAX && arrivals->voyage_count <= voyages_max)
            return;
        forget_voyage(arrivals, oldest);
        arrivals->let_go++;
    }
}

/* ---- who has crossed ---- */

static void keep_text(char *at, size_t size, struct ptn_bytes text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;

    if (len > 0)
        memcpy(at, text.at, len);
    at[len] = '\0';
}

static void mark_seen(struct ptn_arrival_voyage *voyage, const struct ptn_arrival_seen *seen)
{
    struct ptn_person person = {
        .surname = ptn_bytes_from_text(seen->surname),
        .given = ptn_bytes_from_text(seen->given),
        .birth = seen->birth,
        .document = { .number = ptn_bytes_from_text(seen->number) },
    };

    memcpy(person.nationality, seen->nationality, sizeof(person.nationality));
    memcpy(person.document.issuer, seen->issuer, sizeof(person.document.issuer));
    for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++) {
        struct ptn_arrival_rows *rows = voyage->lists[l];
        size_t row = rows == NULL ? 0 : ptn_arrival_rows_find(rows, &person);

        if (rows != NULL && row < rows->count)
            rows->fates[row].arrived_ms = seen->time_ms;
    }
}

void ptn_arrivals_saw(struct ptn_arrivals *arrivals, const char *name,
                      const struct ptn_person *person, int64_t time_ms)
{
    struct ptn_arrival_seen seen = { .birth = person->birth, .time_ms = time_ms };
    struct ptn_arrival_voyage *voyage;

    (void)snprintf(seen.name, sizeof(seen.name), "%s", name);
    keep_text(seen.surname, sizeof(seen.surname), person->surname);
    keep_text(seen.given, sizeof(seen.given), person->given);
    keep_text(seen.number, sizeof(seen.number), person->document.number);
    memcpy(seen.issuer, person->document.issuer, sizeof(seen.issuer));
    memcpy(seen.nationality, person->nationality, sizeof(seen.nationality));
    ptn_arrivals_lock(arrivals);
    arrivals->seen[arrivals->seen_count++ % PTN_ARRIVALS_SEEN_MAX] = seen;
    voyage = ptn_arrivals_find_voyage(arrivals, seen.name);
    if (voyage != NULL)
        mark_seen(voyage, &seen);
    ptn_arrivals_unlock(arrivals);
}

static void mark_all_seen(struct ptn_arrivals *arrivals, struct ptn_arrival_voyage *voyage)
{
    size_t kept =
        arrivals->seen_count < PTN_ARRIVALS_SEEN_MAX ? arrivals->seen_count : PTN_ARRIVALS_SEEN_MAX;

    for (size_t i = 0; i < kept; i++)
        if (strcmp(arrivals->seen[i].name, voyage->name) == 0)
            mark_seen(voyage, &arrivals->seen[i]);
}

/* ---- taking ---- */

struct taking {
    struct ptn_arrivals *arrivals;
    const struct ptn_manifest *manifest;
    struct effect effect;
    char name[PTN_ARRIVAL_NAME_MAX + 1];
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_arrival_making making;
};

/* Whether the message is one to take, and the list it goes on from. Under the lock. */
static bool look(struct taking *taking)
{
    const struct ptn_arrival_voyage *voyage =
        ptn_arrivals_find_voyage(taking->arrivals, taking->name);
    struct ptn_arrival_rows *former;

    taking->making.former = NULL;
    taking->making.act = taking->effect.act;
    taking->making.whole = taking->effect.act == ACT_REPLACE;
    if (voyage == NULL)
        return true;
    former = voyage->lists[taking->effect.list];
    if (was_taken(voyage, taking->digest))
        return false;
    if (!taking->effect.people)
        return taking->making.received_ms >= voyage->state_ms;
    if (former != NULL) {
        bool part = taking->making.whole && ptn_arrival_rows_are_of(former, taking->manifest);

        if (part)
            taking->making.act = ACT_CHANGE; /* another part of the same list */
        if (taking->making.received_ms < former->received_ms) {
            /* what is older than the list that stands changes nothing; what changes of it had
             * overtaken loses nobody */
            if ((taking->making.act != ACT_REPLACE && taking->making.act != ACT_CHANGE) ||
                (taking->making.received_ms <= former->base_ms && !part))
                return false;
            taking->making.act = ACT_UNDER;
        }
        former->references++;
        taking->making.former = former;
    }
    return true;
}

static void carry_fates(struct ptn_arrival_rows *rows, const struct ptn_arrival_rows *former)
{
    for (size_t i = 0; former != NULL && i < rows->count; i++) {
        const struct ptn_arrival_fate *fate;

        if (rows->former[i] == UINT32_MAX)
            continue;
        fate = &former->fates[rows->former[i]];
        rows->fates[i].arrived_ms = fate->arrived_ms;
        rows->fates[i].not_on_board = rows->fates[i].not_on_board || fate->not_on_board;
    }
}

/* Bookings whose travellers are on the passenger or crew list are not counted again. */
static void mark_elsewhere(struct ptn_arrival_voyage *voyage)
{
    struct ptn_arrival_rows *bookings = voyage->lists[PTN_ARRIVAL_BOOKINGS];

    for (size_t i = 0; bookings != NULL && i < bookings->count; i++) {
        bookings->fates[i].elsewhere = false;
        for (size_t l = 0; l < PTN_ARRIVAL_BOOKINGS; l++)
            if (voyage->lists[l] != NULL &&
                ptn_arrival_rows_same(voyage->lists[l], &bookings->people[i]) <
                    voyage->lists[l]->count)
                bookings->fates[i].elsewhere = true;
    }
}

static struct ptn_arrival_voyage *voyage_for(struct taking *taking)
{
    struct ptn_arrivals *arrivals = taking->arrivals;
    struct ptn_arrival_voyage *voyage = ptn_arrivals_find_voyage(arrivals, taking->name);

    if (voyage != NULL)
        return voyage;
    make_room(arrivals, PTN_ARRIVALS_VOYAGES_MAX - 1);
    voyage = &arrivals->voyages[arrivals->voyage_count++];
    memcpy(voyage->name, taking->name, sizeof(voyage->name));
    ptn_arrivals_id(voyage->name, voyage->id);
    describe(taking->manifest, voyage);
    return voyage;
}

/* What the newest message that says so makes of the voyage. */
static void move(const struct taking *taking, struct ptn_arrival_voyage *voyage)
{
    bool anew = taking->effect.act == ACT_REPLACE && taking->effect.people;

    if (taking->making.received_ms < voyage->state_ms ||
        !(taking->effect.cancels || taking->effect.closes || anew))
        return;
    voyage->state = taking->effect.cancels  ? PTN_ARRIVAL_CANCELLED
                    : taking->effect.closes ? PTN_ARRIVAL_CLOSED
                                            : PTN_ARRIVAL_EXPECTED; /* after a cancellation, too */
    voyage->state_ms = taking->making.received_ms;
}

/* Put the list where it belongs. False: another message was quicker, look again. Under the lock. */
static bool put(struct taking *taking, struct ptn_arrival_rows *rows)
{
    struct ptn_arrival_voyage *voyage = ptn_arrivals_find_voyage(taking->arrivals, taking->name);
    const struct ptn_arrival_rows *stands =
        voyage == NULL ? NULL : voyage->lists[taking->effect.list];

    if (taking->effect.people && stands != taking->making.former)
        return false;
    voyage = voyage_for(taking);
    if (rows != NULL) {
        carry_fates(rows, taking->making.former);
        ptn_arrival_rows_leave(voyage->lists[taking->effect.list]);
        voyage->lists[taking->effect.list] = rows;
        rows->references++;
        mark_elsewhere(voyage);
        mark_all_seen(taking->arrivals, voyage);
    }
    if (taking->making.received_ms >= voyage->received_ms) {
        describe(taking->manifest, voyage);
        voyage->received_ms = taking->making.received_ms;
    }
    move(taking, voyage);
    voyage->version++;
    memcpy(voyage->digests[voyage->digest_count++ % DIGESTS_MAX], taking->digest, PTN_SHA256_LEN);
    make_room(taking->arrivals, PTN_ARRIVALS_VOYAGES_MAX);
    return true;
}

/* One try. ret_done false: try again. */
static struct ptn_status try_take(struct taking *taking, bool *ret_done)
{
    struct ptn_arrival_rows *rows = NULL;
    struct ptn_status status = PTN_OK;
    bool wanted;

    ptn_arrivals_lock(taking->arrivals);
    wanted = look(taking);
    ptn_arrivals_unlock(taking->arrivals);
    *ret_done = true;
    if (!wanted)
        return PTN_OK;
    if (taking->effect.people)
        status = ptn_arrival_rows_make(&taking->making, &rows);
    ptn_arrivals_lock(taking->arrivals);
    if (ptn_ok(status))
        *ret_done = put(taking, rows);
    ptn_arrival_rows_leave(taking->making.former);
    ptn_arrival_rows_leave(rows);
    ptn_arrivals_unlock(taking->arrivals);
    return status;
}

/* One file can hold several messages of a voyage: a ship's crew and passengers. */
static struct ptn_status digest_of(struct ptn_bytes raw, const struct ptn_manifest *manifest,
                                   uint8_t ret_digest[PTN_SHA256_LEN])
{
    const struct ptn_manifest_person *first = manifest->people;
    const uint8_t type = (uint8_t)manifest->type;
    const struct ptn_bytes parts[] = {
        ptn_bytes_of(&type, 1),  manifest->function,
        PTN_BYTES_LITERAL("\n"), manifest->change,
        PTN_BYTES_LITERAL("\n"), first == NULL ? PTN_BYTES_NONE : first->surname,
        PTN_BYTES_LITERAL("\n"), first == NULL ? PTN_BYTES_NONE : first->given,
        PTN_BYTES_LITERAL("\n"), raw,
    };

    return ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), ret_digest);
}

struct ptn_status ptn_arrivals_take(struct ptn_arrivals *arrivals, struct ptn_bytes raw,
                                    const struct ptn_manifest *manifest, int64_t received_ms,
                                    struct ptn_bytes origin, uint64_t seq)
{
    struct taking taking = {
        .arrivals = arrivals,
        .manifest = manifest,
        .effect = effect_of(manifest),
        .making = { .manifest = manifest,
                    .received_ms = received_ms,
                    .origin = origin,
                    .seq = seq },
    };
    struct ptn_status status;
    bool done = false;

    if (manifest->verdict == PTN_MANIFEST_QUARANTINED || manifest->type == PTN_MANIFEST_UNKNOWN ||
        manifest->type == PTN_MANIFEST_CUSRES || !ptn_arrivals_name(manifest, taking.name))
        return PTN_OK;
    taking.making.list = taking.effect.list;
    status = digest_of(raw, manifest, taking.digest);
    while (ptn_ok(status) && !done)
        status = try_take(&taking, &done);
    return ptn_ok(status) ? PTN_OK : (struct ptn_status){ PTN_C_NO_MEMORY };
}
