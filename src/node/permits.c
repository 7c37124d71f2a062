/* node/permits.c -- see permits_int.h. */
#include "node/permits_int.h"

#include <stdlib.h>

#include "node/node_int.h"
#include "reference/state.h"

#define ROOM_FIRST 256u
#define NAME_LEN   PTN_NODE_ID_LEN

/* One permit. Two chains lead to it: by whose document it is for, and by its own name. */
struct known {
    uint8_t key[PTN_NODE_ID_LEN];       /* of the holder's document, as stays have it */
    uint8_t name[NAME_LEN];             /* of issuer and number */
    uint32_t next_of_key, next_of_name; /* index + 1; 0: none */
    bool replaced;
    struct ptn_date expiry; /* of the document */
    struct ptn_check_permit permit;
    char number[PTN_RECORD_WORD_MAX + 1];
};

struct ptn_permits {
    struct known **at; /* never moves: views lead into it */
    uint32_t *by_key, *by_name;
    size_t count, room; /* room: a power of two */
};

static const enum ptn_check_permit_kind kinds[PTN_PERMIT_COUNT] = {
    [PTN_PERMIT_SHORT_VISA] = PTN_CHECK_PERMIT_SHORT_VISA,
    [PTN_PERMIT_LONG_VISA] = PTN_CHECK_PERMIT_LONG_VISA,
    [PTN_PERMIT_RESIDENCE] = PTN_CHECK_PERMIT_RESIDENCE,
    [PTN_PERMIT_TRANSIT_VISA] = PTN_CHECK_PERMIT_TRANSIT_VISA,
};

void ptn_permits_free(struct ptn_permits *permits)
{
    if (permits == NULL)
        return;
    for (size_t i = 0; i < permits->count; i++) {
        explicit_bzero(permits->at[i], sizeof(*permits->at[i]));
        free(permits->at[i]);
    }
    free(permits->at);
    free(permits->by_key);
    free(permits->by_name);
    free(permits);
}

size_t ptn_permits_count(const struct ptn_permits *permits)
{
    return permits == NULL ? 0 : permits->count;
}

/* ---- the two chains ---- */

/* Keys and names are digests: any of their bytes will do. */
static size_t bucket_of(const struct ptn_permits *permits, const uint8_t digest[PTN_NODE_ID_LEN])
{
    uint64_t number;

    memcpy(&number, digest, sizeof(number));
    return (size_t)(number & (permits->room - 1));
}

static void link_in(struct ptn_permits *permits, size_t index)
{
    struct known *known = permits->at[index];
    uint32_t *by_key = &permits->by_key[bucket_of(permits, known->key)];
    uint32_t *by_name = &permits->by_name[bucket_of(permits, known->name)];

    known->next_of_key = *by_key;
    known->next_of_name = *by_name;
    *by_key = *by_name = (uint32_t)index + 1;
}

static struct ptn_status grow(struct ptn_permits *permits)
{
    size_t room = permits->room == 0 ? ROOM_FIRST : permits->room * 2;
    struct known **at = calloc(room, sizeof(struct known *));
    uint32_t *by_key = calloc(room, sizeof(*by_key));
    uint32_t *by_name = calloc(room, sizeof(*by_name));

    if (at == NULL || by_key == NULL || by_name == NULL) {
        free(at);
        free(by_key);
        free(by_name);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    if (permits->count > 0)
        memcpy(at, permits->at, permits->count * sizeof(struct known *));
    free(permits->at);
    free(permits->by_key);
    free(permits->by_name);
    permits->at = at;
    permits->by_key = by_key;
    permits->by_name = by_name;
    permits->room = room;
    for (size_t i = 0; i < permits->count; i++)
        link_in(permits, i);
    return PTN_OK;
}

static bool name_of(const char *issuer, struct ptn_bytes number, uint8_t ret_name[NAME_LEN])
{
    const struct ptn_bytes parts[] = { ptn_bytes_from_text(ptn_state_canonical(issuer)),
                                       PTN_BYTES_LITERAL("|"), number };
    uint8_t digest[PTN_SHA256_LEN];

    if (!ptn_ok(ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest)))
        return false;
    memcpy(ret_name, digest, NAME_LEN);
    return true;
}

/* What is known of a permit by its name; NULL: nothing. */
static struct known *named(const struct ptn_permits *permits, const uint8_t name[NAME_LEN])
{
    for (uint32_t i = permits->by_name[bucket_of(permits, name)]; i != 0;
         i = permits->at[i - 1]->next_of_name)
        if (!permits->at[i - 1]->replaced && memcmp(permits->at[i - 1]->name, name, NAME_LEN) == 0)
            return permits->at[i - 1];
    return NULL;
}

/* ---- learning ---- */

/* All but its key and its name. */
static void fill_known(struct known *known, const struct ptn_permit *permit)
{
    memcpy(known->number, permit->number.at, permit->number.len);
    known->expiry = permit->person.document.expiry;
    known->permit = (struct ptn_check_permit){
        .kind = kinds[permit->kind],
        .number = ptn_bytes_of(known->number, permit->number.len),
        .valid_from = permit->from,
        .valid_until = permit->until,
        .days = (unsigned)permit->days,
        .entries = (unsigned)permit->entries,
        .entries_used = (unsigned)permit->entries_used,
        .withdrawn = permit->status == PTN_PERMIT_WITHDRAWN,
        .on_record = true,
    };
    memcpy(known->permit.issuer, permit->issuer, sizeof(known->permit.issuer));
}

/* PERMIT-1. */
struct ptn_status ptn_permits_learn(struct ptn_permits **permits, struct ptn_bytes payload)
{
    struct ptn_permit permit;
    struct known *known = NULL;
    struct known *former;
    struct ptn_status status = ptn_permit_parse(payload, &permit, NULL);

    if (!ptn_ok(status))
        return status;
    if (*permits == NULL)
        *permits = calloc(1, sizeof(**permits));
    if (*permits == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if ((*permits)->count == PTN_PERMITS_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if ((*permits)->count == (*permits)->room)
        status = grow(*permits);
    if (ptn_ok(status))
        known = calloc(1, sizeof(*known));
    if (known != NULL)
        fill_known(known, &permit);
    if (known == NULL || !ptn_history_key(&permit.person, known->key) ||
        !name_of(permit.issuer, permit.number, known->name)) {
        free(known);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    former = named(*permits, known->name);
    if (former != NULL)
        former->replaced = true;
    (*permits)->at[(*permits)->count] = known;
    link_in(*permits, (*permits)->count);
    (*permits)->count++;
    return PTN_OK;
}

/* ---- at a lane ---- */

static bool is_in_force(const struct ptn_check_permit *permit, struct ptn_date today)
{
    return !permit->withdrawn && ptn_date_compare(today, permit->valid_until) <= 0 &&
           (ptn_date_is_none(permit->valid_from) ||
            ptn_date_compare(permit->valid_from, today) <= 0);
}

static bool comes_before(const struct ptn_check_permit *a, const struct ptn_check_permit *b,
                         struct ptn_date today)
{
    if (is_in_force(a, today) != is_in_force(b, today))
        return is_in_force(a, today);
    return ptn_date_compare(a->valid_until, b->valid_until) > 0;
}

/* How often somebody came in on it: as this post knows, or as the record had it. Who leaves uses
 * none up: the entry that they leave from was theirs. */
static void count_entries(const struct ptn_check *check, struct ptn_check_permit *permit)
{
    const struct ptn_stay_history *history = &check->history;
    unsigned seen = 0;

    if (check->direction == PTN_STAY_EXIT) {
        permit->entries_used = 0;
        return;
    }
    for (size_t i = 0; i < history->event_count; i++)
        if (history->events[i].move == PTN_STAY_ENTRY && !ptn_date_is_none(permit->valid_from) &&
            ptn_date_compare(permit->valid_from, history->events[i].date) <= 0)
            seen++;
    if (seen > permit->entries_used)
        permit->entries_used = seen;
}

static const char *issuer_of(const struct ptn_check *check, const struct ptn_check_permit *permit)
{
    return permit->issuer[0] == '\0' ? check->own_state : permit->issuer;
}

/* What the record says of those that are shown. */
static void compare_shown(const struct ptn_permits *permits, const struct ptn_check *check,
                          struct ptn_check_permit *shown, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t name[NAME_LEN];
        const struct known *known = name_of(issuer_of(check, &shown[i]), shown[i].number, name)
                                        ? named(permits, name)
                                        : NULL;

        shown[i].withdrawn = shown[i].withdrawn || (known != NULL && known->permit.withdrawn);
    }
}

static bool is_shown(const struct ptn_check *check, const uint8_t of_name[NAME_LEN],
                     const struct ptn_check_permit *shown, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t name[NAME_LEN];

        if (name_of(issuer_of(check, &shown[i]), shown[i].number, name) &&
            memcmp(name, of_name, NAME_LEN) == 0)
            return true;
    }
    return false;
}

/* One more among those found, in its place; the last falls off when there are too many. */
static size_t insert(struct ptn_check_permit *found, size_t count,
                     const struct ptn_check_permit *permit, struct ptn_date today)
{
    size_t place = count < PTN_PERMITS_FOUND_MAX ? count : PTN_PERMITS_FOUND_MAX - 1;

    if (count == PTN_PERMITS_FOUND_MAX && !comes_before(permit, &found[place], today))
        return count;
    for (; place > 0 && comes_before(permit, &found[place - 1], today); place--)
        found[place] = found[place - 1];
    found[place] = *permit;
    return count < PTN_PERMITS_FOUND_MAX ? count + 1 : count;
}

/* What is found on the way: behind those that are shown. */
struct finding {
    const struct ptn_permits *permits;
    const struct ptn_check *check;
    struct ptn_arena *arena;
    struct ptn_check_permit *shown; /* those found stand behind them */
    size_t shown_count, count;
};

static void find_own(struct finding *finding)
{
    const struct ptn_permits *permits = finding->permits;
    const struct ptn_check *check = finding->check;
    struct ptn_date expiry = check->person->document.expiry;
    uint8_t key[PTN_NODE_ID_LEN];

    if (permits == NULL || permits->count == 0)
        return;
    compare_shown(permits, check, finding->shown, finding->shown_count);
    if (!ptn_history_key(check->person, key))
        return;
    for (uint32_t i = permits->by_key[bucket_of(permits, key)]; i != 0;
         i = permits->at[i - 1]->next_of_key) {
        const struct known *known = permits->at[i - 1];

        if (known->replaced || memcmp(known->key, key, sizeof(key)) != 0 ||
            is_shown(check, known->name, finding->shown, finding->shown_count) ||
            (ptn_date_is_full(expiry) && ptn_date_is_full(known->expiry) &&
             !ptn_date_equal(expiry, known->expiry)))
            continue;
        finding->count = insert(finding->shown + finding->shown_count, finding->count,
                                &known->permit, check->today);
    }
}

/* A withdrawal counts for all of that name, shown or found before. */
static void withdraw(struct finding *finding, const uint8_t name[NAME_LEN])
{
    for (size_t i = 0; i < finding->shown_count + finding->count; i++) {
        uint8_t other[NAME_LEN];

        if (name_of(issuer_of(finding->check, &finding->shown[i]), finding->shown[i].number,
                    other) &&
            memcmp(other, name, NAME_LEN) == 0)
            finding->shown[i].withdrawn = true;
    }
}

/* One that a centre published. NULL: there is no telling; what is shown does not serve. */
static struct ptn_status take_published(void *context, const struct ptn_permit *permit)
{
    struct finding *finding = context;
    struct known known = { .replaced = false };
    const struct known *own;
    char *number;

    if (permit == NULL) {
        for (size_t i = 0; i < finding->shown_count + finding->count; i++)
            finding->shown[i].withdrawn = true;
        return PTN_OK;
    }
    number = ptn_arena_text(finding->arena, permit->number);
    if (number == NULL || !name_of(permit->issuer, permit->number, known.name))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    fill_known(&known, permit);
    known.permit.number = ptn_bytes_of(number, permit->number.len);
    own = finding->permits == NULL || finding->permits->count == 0
              ? NULL
              : named(finding->permits, known.name);
    known.permit.withdrawn = known.permit.withdrawn || (own != NULL && own->permit.withdrawn);
    if (known.permit.withdrawn)
        withdraw(finding, known.name);
    if (!is_shown(finding->check, known.name, finding->shown,
                  finding->shown_count + finding->count))
        finding->count = insert(finding->shown + finding->shown_count, finding->count,
                                &known.permit, finding->check->today);
    return PTN_OK;
}

struct ptn_status ptn_permits_find(const struct ptn_permits *permits,
                                   const struct ptn_permit_slots *slots,
                                   const struct ptn_check *check, struct ptn_arena *arena,
                                   struct ptn_check_permit *found, size_t *ret_count)
{
    struct finding finding = { permits, check, arena, found, *ret_count, 0 };
    struct ptn_status status;

    find_own(&finding);
    status =
        ptn_permit_slots_each(slots, check->person, /* raw= */ false, take_published, &finding);
    for (size_t i = 0; i < finding.count; i++)
        count_entries(check, &found[finding.shown_count + i]);
    if (ptn_ok(status))
        *ret_count += finding.count;
    return status;
}
