/* node/overlay.c -- see overlay_int.h. */
#include "node/overlay_int.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "reference/place.h"

#define ARENA_MAX    ((size_t)16 << 20)
#define SNAPSHOT_MAX ((size_t)64 << 20)
#define NAME_MAX_LEN (2u * PTN_PERSON_NAME_MAX + 4u)

static const struct ptn_date no_end = { 9999, 12, 31 };

/* What a match with an order to leave says of the order. */
struct told {
    struct ptn_check_order order;
    int64_t deadline_ms;
    struct ptn_date ban_until;
};

struct ptn_overlay_chunk {
    atomic_uint holders;
    struct ptn_buffer bytes;
    struct ptn_snapshot *snapshot;
    struct ptn_arena *arena; /* of told; NULL: alerts */
    size_t count;
    uint8_t ordinals[PTN_OVERLAY_CHUNK];     /* of alerts, in the order of publishing */
    int64_t published_ms[PTN_OVERLAY_CHUNK]; /* likewise */
    struct told told;
};

struct ptn_overlay {
    atomic_uint holders;
    int64_t edition_ms;
    size_t alerts;
    struct ptn_overlay_rows *rows;
    size_t count;
    struct ptn_overlay_chunk *chunks[];
};

/* ---- entries ---- */

/* Lists of one entry, from the arena. */
struct making {
    struct ptn_arena *arena;
    struct ptn_list_name *names;
    struct ptn_list_birth *births;
    struct ptn_list_code *nations;
    struct ptn_list_number *numbers;
    struct ptn_list_entry entry;
    bool failed;
};

static void begin_entry(struct making *making, size_t people)
{
    making->names = ptn_arena_take(making->arena, (people + 1) * sizeof(*making->names));
    making->births = ptn_arena_take(making->arena, (people + 1) * sizeof(*making->births));
    making->nations = ptn_arena_take(making->arena, (people + 1) * sizeof(*making->nations));
    making->numbers = ptn_arena_take(making->arena, (people + 1) * sizeof(*making->numbers));
    making->failed = making->failed || making->names == NULL || making->births == NULL ||
                     making->nations == NULL || making->numbers == NULL;
    making->entry = (struct ptn_list_entry){ .kind = PTN_ENTRY_PERSON,
                                             .names = making->names,
                                             .births = making->births,
                                             .nations = making->nations,
                                             .numbers = making->numbers };
}

/* "SURNAME, GIVEN", or the name in one piece. */
static struct ptn_bytes name_of(struct making *making, const struct ptn_person *person)
{
    char *text;
    int len;

    if (person->name.len > 0)
        return person->name;
    if (person->surname.len == 0 || person->given.len == 0)
        return person->surname.len > 0 ? person->surname : person->given;
    text = ptn_arena_take(making->arena, NAME_MAX_LEN);
    if (text == NULL) {
        making->failed = true;
        return PTN_BYTES_NONE;
    }
    len = snprintf(text, NAME_MAX_LEN, "%.*s, %.*s", (int)person->surname.len,
                   (const char *)person->surname.at, (int)person->given.len,
                   (const char *)person->given.at);
    return ptn_bytes_of(text, len < 0 ? 0 : (size_t)len);
}

static enum ptn_list_number_type number_type(enum ptn_document_kind kind)
{
    switch (kind) {
    case PTN_DOCUMENT_UNKNOWN:
    case PTN_DOCUMENT_PASSPORT:
    case PTN_DOCUMENT_DIPLOMATIC_PASSPORT:
    case PTN_DOCUMENT_SERVICE_PASSPORT:
        return PTN_NUMBER_PASSPORT;
    case PTN_DOCUMENT_ID_CARD:
        return PTN_NUMBER_ID_CARD;
    case PTN_DOCUMENT_EMERGENCY:
    case PTN_DOCUMENT_REFUGEE:
    case PTN_DOCUMENT_ALIEN:
    case PTN_DOCUMENT_STATELESS:
    case PTN_DOCUMENT_LAISSEZ_PASSER:
    case PTN_DOCUMENT_RESIDENCE_PERMIT:
    case PTN_DOCUMENT_VISA:
    case PTN_DOCUMENT_CREW:
    case PTN_DOCUMENT_SEAFARER:
    case PTN_DOCUMENT_OTHER:
        break;
    }
    return PTN_NUMBER_OTHER_DOCUMENT;
}

static void add_identity(struct making *making, const struct ptn_person *person)
{
    struct ptn_list_entry *entry = &making->entry;
    struct ptn_bytes name;

    if (making->failed)
        return;
    name = name_of(making, person);
    if (name.len > 0) {
        making->names[entry->name_count].text = name;
        making->names[entry->name_count].alias =
            entry->name_count == 0 ? PTN_ALIAS_PRIMARY : PTN_ALIAS_STRONG;
        entry->name_count++;
    }
    if (person->birth.year != 0) {
        struct ptn_date first = ptn_date_first(person->birth);
        struct ptn_date last = ptn_date_last(person->birth);

        making->births[entry->birth_count++] = (struct ptn_list_birth){ first, last, false };
    }
    if (person->nationality[0] != '\0') {
        memcpy(making->nations[entry->nation_count].text, person->nationality, PTN_LIST_CODE_SIZE);
        entry->nation_count++;
    }
    if (person->document.number.len > 0) {
        struct ptn_list_number *number = &making->numbers[entry->number_count++];

        *number = (struct ptn_list_number){ .type = number_type(person->document.kind),
                                            .number = person->document.number };
        memcpy(number->issuer, person->document.issuer, sizeof(number->issuer));
    }
    if (entry->sex == 0)
        entry->sex = person->sex;
}

/* Effect on the lane by the word that both rooms have for it. */
static enum ptn_list_action action_of(enum ptn_alert_action action)
{
    enum ptn_list_action found = PTN_LIST_ACTION_REFER;

    if (!ptn_ok(ptn_list_action_find(ptn_bytes_from_text(ptn_alert_action_word(action)), &found)))
        return PTN_LIST_ACTION_REFER;
    return found;
}

static struct ptn_list_entry entry_of(struct making *making, const struct ptn_overlay_alert *one)
{
    const struct ptn_alert *alert = one->alert;
    struct ptn_list_fact *facts = ptn_arena_take(making->arena, 3 * sizeof(*facts));
    struct ptn_list_entry *entry = &making->entry;

    begin_entry(making, alert->identity_count + 1);
    making->failed = making->failed || facts == NULL;
    if (making->failed)
        return *entry;
    for (size_t i = 0; i < alert->identity_count; i++)
        add_identity(making, &alert->identities[i]);
    if (entry->name_count == 0)
        entry->kind = entry->number_count > 0 ? PTN_ENTRY_DOCUMENT : PTN_ENTRY_VEHICLE;
    if (alert->plate.len > 0)
        making->numbers[entry->number_count++] =
            (struct ptn_list_number){ .type = PTN_NUMBER_PLATE, .number = alert->plate };
    facts[0] = (struct ptn_list_fact){ PTN_FACT_PROGRAMME, alert->owner };
    facts[1] = (struct ptn_list_fact){ PTN_FACT_REASON, alert->purpose };
    facts[2] = (struct ptn_list_fact){ PTN_FACT_LEGAL_BASIS, alert->basis };
    entry->facts = facts;
    entry->fact_count = 3;
    entry->id = ptn_bytes_from_text(one->entry);
    entry->listed_on = ptn_place_local_date(alert->time_ms);
    entry->valid_until = alert->until;
    entry->has_action = true;
    entry->on_entry = action_of(alert->action);
    /* nobody is refused who goes */
    entry->on_exit = alert->action == PTN_ALERT_REFUSE ? PTN_LIST_ACTION_INFORM : entry->on_entry;
    return *entry;
}

/* ---- chunks ---- */

static void chunk_free(struct ptn_overlay_chunk *chunk)
{
    if (chunk == NULL)
        return;
    ptn_snapshot_close(chunk->snapshot);
    if (chunk->bytes.at != NULL)
        explicit_bzero(chunk->bytes.at, chunk->bytes.capacity);
    ptn_buffer_release(&chunk->bytes);
    ptn_arena_free(chunk->arena);
    free(chunk);
}

static struct ptn_status chunk_make(const struct ptn_world *world, const char *list,
                                    int64_t edition_ms, const struct ptn_list_entry *entries,
                                    size_t count, struct ptn_overlay_chunk **ret_chunk)
{
    const struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_POSTERN);
    const struct ptn_snapshot_made made = { ptn_bytes_from_text(list), &profile, edition_ms,
                                            entries, count };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_overlay_chunk *chunk = calloc(1, sizeof(*chunk));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (builder != NULL && chunk != NULL) {
        chunk->holders = 1;
        ptn_buffer_init(&chunk->bytes, SNAPSHOT_MAX);
        status = ptn_snapshot_builder_make(builder, &made, NULL);
    }
    if (ptn_ok(status))
        status = ptn_snapshot_builder_write(builder, &chunk->bytes, NULL);
    ptn_snapshot_builder_free(builder);
    if (ptn_ok(status))
        status = ptn_snapshot_open_bytes(ptn_buffer_bytes(&chunk->bytes), &chunk->snapshot, NULL);
    if (ptn_ok(status))
        *ret_chunk = chunk;
    else
        chunk_free(chunk);
    return status;
}

/* A snapshot has its entries in the order of their ids. */
static void note_order(struct ptn_overlay_chunk *chunk, const struct ptn_list_entry *entries,
                       size_t count)
{
    chunk->count = count;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            chunk->ordinals[i] =
                (uint8_t)(chunk->ordinals[i] +
                          (ptn_bytes_compare(entries[k].id, entries[i].id) < 0 ? 1u : 0u));
}

struct ptn_status ptn_overlay_chunk_alerts(const struct ptn_world *world,
                                           const struct ptn_overlay_alert *alerts, size_t count,
                                           struct ptn_overlay_chunk **ret_chunk)
{
    struct making making = { .arena = ptn_arena_new(ARENA_MAX) };
    struct ptn_list_entry *entries = NULL;
    struct ptn_overlay_chunk *chunk = NULL;
    int64_t edition_ms = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    PTN_PRE(count <= PTN_OVERLAY_CHUNK);
    if (count == 0) {
        ptn_arena_free(making.arena);
        *ret_chunk = NULL;
        return PTN_OK;
    }
    if (making.arena != NULL)
        entries = ptn_arena_take(making.arena, count * sizeof(*entries));
    making.failed = entries == NULL;
    for (size_t i = 0; !making.failed && i < count; i++) {
        entries[i] = entry_of(&making, &alerts[i]);
        if (alerts[i].alert->time_ms > edition_ms)
            edition_ms = alerts[i].alert->time_ms;
    }
    if (!making.failed)
        status = chunk_make(world, PTN_OVERLAY_ALERTS, edition_ms, entries, count, &chunk);
    if (ptn_ok(status)) {
        note_order(chunk, entries, count);
        for (size_t i = 0; i < count; i++)
            chunk->published_ms[i] = alerts[i].alert->time_ms;
        *ret_chunk = chunk;
    }
    ptn_arena_free(making.arena);
    return status;
}

/* ---- orders to leave ---- */

static struct ptn_bytes kept(struct ptn_arena *arena, struct ptn_bytes text, bool *failed)
{
    char *at = ptn_arena_text(arena, text);

    *failed = *failed || at == NULL;
    return ptn_bytes_of(at, at == NULL ? 0 : text.len);
}

/* "durres, vlore"; empty: any. */
static struct ptn_bytes points_of(struct ptn_arena *arena, const struct ptn_leave *leave,
                                  bool *failed)
{
    struct ptn_buffer text = { .len_max =
                                   (size_t)PTN_LEAVE_POINT_MAX * (PTN_RECORD_WORD_MAX + 2u) };
    struct ptn_bytes points;

    for (size_t i = 0; i < leave->point_count; i++)
        *failed = *failed || !ptn_ok(ptn_buffer_add_text(&text, i == 0 ? "" : ", ")) ||
                  !ptn_ok(ptn_buffer_add(&text, leave->points[i]));
    points = kept(arena, ptn_buffer_bytes(&text), failed);
    ptn_buffer_release(&text);
    return points;
}

static bool tell(struct ptn_overlay_chunk *chunk, const struct ptn_overlay_leave *one)
{
    const struct ptn_leave *leave = one->leave;
    struct told *told = &chunk->told;
    bool failed = false;

    chunk->arena = ptn_arena_new(ARENA_MAX);
    if (chunk->arena == NULL)
        return false;
    told->order.reference = kept(chunk->arena, leave->reference, &failed);
    told->order.liaison = kept(chunk->arena, leave->liaison, &failed);
    told->order.points = points_of(chunk->arena, leave, &failed);
    told->order.protocol = leave->protocol;
    told->order.issued = ptn_place_local_date(leave->time_ms);
    told->order.leave_by = ptn_place_local_date(one->deadline_ms);
    told->deadline_ms = one->deadline_ms;
    told->ban_until = ptn_date_is_none(leave->ban_until) ? no_end : leave->ban_until;
    return !failed;
}

struct ptn_status ptn_overlay_chunk_leave(const struct ptn_world *world,
                                          const struct ptn_overlay_leave *one,
                                          struct ptn_overlay_chunk **ret_chunk)
{
    const struct ptn_leave *leave = one->leave;
    size_t count = leave->people_count + leave->dependant_count;
    struct making making = { .arena = ptn_arena_new(ARENA_MAX) };
    struct ptn_list_entry *entries = NULL;
    struct ptn_overlay_chunk *chunk = NULL;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (making.arena != NULL)
        entries = ptn_arena_take(making.arena, (count + 1) * sizeof(*entries));
    making.failed = entries == NULL;
    for (size_t i = 0; !making.failed && i < count; i++) {
        char *id = ptn_arena_take(making.arena, 24);

        begin_entry(&making, 1);
        add_identity(&making, i < leave->people_count
                                  ? &leave->people[i]
                                  : &leave->dependants[i - leave->people_count]);
        making.failed = making.failed || id == NULL;
        if (making.failed)
            break;
        (void)snprintf(id, 24, "%zu", i + 1);
        making.entry.id = ptn_bytes_from_text(id);
        if (making.entry.name_count == 0)
            making.entry.kind = PTN_ENTRY_DOCUMENT;
        entries[i] = making.entry;
    }
    if (!making.failed)
        status = chunk_make(world, PTN_OVERLAY_LEAVE, leave->time_ms, entries, count, &chunk);
    ptn_arena_free(making.arena);
    if (ptn_ok(status) && !tell(chunk, one)) {
        chunk_free(chunk);
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    if (ptn_ok(status))
        *ret_chunk = chunk;
    return status;
}

struct ptn_overlay_chunk *ptn_overlay_chunk_hold(struct ptn_overlay_chunk *chunk)
{
    if (chunk != NULL)
        (void)atomic_fetch_add(&chunk->holders, 1);
    return chunk;
}

void ptn_overlay_chunk_leave_off(struct ptn_overlay_chunk *chunk)
{
    if (chunk != NULL && atomic_fetch_sub(&chunk->holders, 1) == 1)
        chunk_free(chunk);
}

/* ---- overlays ---- */

struct ptn_overlay *ptn_overlay_new(struct ptn_overlay_chunk *const *chunks, size_t count,
                                    int64_t edition_ms, size_t alerts)
{
    struct ptn_overlay *overlay =
        calloc(1, sizeof(*overlay) + (count + 1) * sizeof(struct ptn_overlay_chunk *));

    if (overlay == NULL)
        return NULL;
    overlay->holders = 1;
    overlay->edition_ms = edition_ms;
    overlay->alerts = alerts;
    for (size_t i = 0; i < count; i++)
        if (chunks[i] != NULL)
            overlay->chunks[overlay->count++] = ptn_overlay_chunk_hold(chunks[i]);
    return overlay;
}

struct ptn_overlay *ptn_overlay_hold(struct ptn_overlay *overlay)
{
    if (overlay != NULL)
        (void)atomic_fetch_add(&overlay->holders, 1);
    return overlay;
}

/* PUBLISH-4: whoever searches holds what they search. */
void ptn_overlay_release(struct ptn_overlay *overlay)
{
    if (overlay == NULL || atomic_fetch_sub(&overlay->holders, 1) != 1)
        return;
    for (size_t i = 0; i < overlay->count; i++)
        ptn_overlay_chunk_leave_off(overlay->chunks[i]);
    ptn_overlay_rows_leave_off(overlay->rows);
    free(overlay);
}

void ptn_overlay_put_rows(struct ptn_overlay *overlay, struct ptn_overlay_rows *rows)
{
    overlay->rows = ptn_overlay_rows_hold(rows);
}

const struct ptn_delta *ptn_overlay_delta(const struct ptn_overlay *overlay)
{
    return overlay == NULL ? NULL : ptn_overlay_rows_delta(overlay->rows);
}

size_t ptn_overlay_list_count(const struct ptn_overlay *overlay)
{
    return overlay == NULL ? 0 : ptn_overlay_rows_list_count(overlay->rows);
}

struct ptn_snapshot_list ptn_overlay_list(const struct ptn_overlay *overlay, size_t index)
{
    return ptn_overlay_rows_list(overlay->rows, index);
}

static size_t alert_chunks(const struct ptn_overlay *overlay)
{
    size_t count = 0;

    for (size_t i = 0; overlay != NULL && i < overlay->count; i++)
        count += overlay->chunks[i]->arena == NULL ? 1 : 0;
    return count;
}

size_t ptn_overlay_snapshot_count(const struct ptn_overlay *overlay)
{
    size_t rows = overlay == NULL || overlay->rows == NULL ? 0
                  : ptn_overlay_delta(overlay) == NULL     ? 1
                                                           : 2;

    return alert_chunks(overlay) + rows;
}

const struct ptn_snapshot *ptn_overlay_snapshot_at(const struct ptn_overlay *overlay, size_t index)
{
    const struct ptn_delta *delta = ptn_overlay_delta(overlay);

    for (size_t i = 0; overlay != NULL && i < overlay->count; i++)
        if (overlay->chunks[i]->arena == NULL && index-- == 0)
            return overlay->chunks[i]->snapshot;
    if (delta != NULL && index == 0)
        return ptn_delta_snapshot(delta);
    return overlay == NULL ? NULL : ptn_overlay_rows_base(overlay->rows);
}

bool ptn_overlay_is_gone(const struct ptn_overlay *overlay, const struct ptn_snapshot *snapshot,
                         size_t ordinal)
{
    return overlay != NULL && snapshot == ptn_overlay_rows_base(overlay->rows) &&
           ptn_delta_is_gone(ptn_overlay_delta(overlay), ordinal);
}

bool ptn_overlay_chunk_is_damaged(const struct ptn_overlay_chunk *chunk)
{
    return chunk != NULL && ptn_snapshot_is_damaged(chunk->snapshot);
}

bool ptn_overlay_is_damaged(const struct ptn_overlay *overlay)
{
    bool damaged = overlay != NULL && ptn_overlay_rows_are_damaged(overlay->rows);

    for (size_t i = 0; overlay != NULL && i < overlay->count; i++)
        damaged = damaged || ptn_overlay_chunk_is_damaged(overlay->chunks[i]);
    return damaged;
}

int64_t ptn_overlay_edition_ms(const struct ptn_overlay *overlay)
{
    return overlay == NULL ? 0 : overlay->edition_ms;
}

size_t ptn_overlay_alerts(const struct ptn_overlay *overlay)
{
    return overlay == NULL ? 0 : overlay->alerts;
}

int64_t ptn_overlay_published_ms(const struct ptn_overlay *overlay, const struct ptn_match *match)
{
    for (size_t i = 0; overlay != NULL && i < overlay->count; i++) {
        const struct ptn_overlay_chunk *chunk = overlay->chunks[i];
        uintptr_t first = (uintptr_t)chunk->bytes.at;
        uintptr_t at = (uintptr_t)match->entry.at;

        if (at < first || at >= first + chunk->bytes.len)
            continue;
        for (size_t k = 0; k < chunk->count; k++)
            if (chunk->ordinals[k] == match->ordinal)
                return chunk->published_ms[k];
    }
    return 0;
}

/* ---- searching ---- */

/* A name alone says whom an order means only when little speaks against it. */
static bool is_named(const struct ptn_match *matches, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (matches[i].basis == PTN_MATCH_DOCUMENT || matches[i].corroborated ||
            matches[i].score >= PTN_OVERLAY_NAMED_SCORE)
            return true;
    return false;
}

static void add_order(const struct told *told, int64_t now_ms, struct ptn_overlay_found *found)
{
    struct ptn_check_order *order;

    if (found->order_count == PTN_OVERLAY_ORDER_MAX) {
        found->more = true;
        return;
    }
    order = &found->orders[found->order_count++];
    *order = told->order;
    /* from the deadline on, to the moment, nobody it names comes in */
    if (now_ms >= told->deadline_ms)
        order->banned_until = told->ban_until;
}

/* In the order of publishing, whatever their scores. */
static void take_matches(const struct ptn_overlay_chunk *chunk, const struct ptn_match *matches,
                         size_t count, struct ptn_overlay_found *found)
{
    for (size_t at = 0; at < chunk->count; at++)
        for (size_t i = 0; i < count; i++) {
            if (matches[i].ordinal != chunk->ordinals[at])
                continue;
            if (found->match_count == PTN_OVERLAY_MATCH_MAX)
                found->more = true;
            else
                found->matches[found->match_count++] = matches[i];
        }
}

static struct ptn_status screen_chunk(const struct ptn_overlay_chunk *chunk,
                                      const struct ptn_screen_query *query, int64_t now_ms,
                                      struct ptn_arena *arena, struct ptn_overlay_found *found,
                                      struct ptn_diag *reterr)
{
    struct ptn_match *matches = NULL;
    size_t count = 0;
    bool more = false;
    struct ptn_status status =
        ptn_screen(chunk->snapshot, query, arena, &matches, &count, &more, reterr);

    found->damaged = found->damaged || ptn_overlay_chunk_is_damaged(chunk);
    if (status.code == PTN_C_CORRUPT)
        return PTN_OK; /* it is damaged, and the others are searched */
    if (!ptn_ok(status) || count == 0)
        return status;
    found->more = found->more || more;
    if (chunk->arena != NULL) {
        if (is_named(matches, count))
            add_order(&chunk->told, now_ms, found);
        return PTN_OK;
    }
    take_matches(chunk, matches, count, found);
    return PTN_OK;
}

/* Behind what alerts gave. */
static struct ptn_status screen_rows(const struct ptn_overlay_rows *rows,
                                     const struct ptn_screen_query *query, struct ptn_arena *arena,
                                     struct ptn_overlay_found *found, struct ptn_diag *reterr)
{
    struct ptn_match *matches = NULL;
    size_t count = 0;
    bool more = false;
    struct ptn_status status =
        ptn_overlay_rows_screen(rows, query, arena, &matches, &count, &more, reterr);

    found->damaged = found->damaged || ptn_overlay_rows_are_damaged(rows);
    if (status.code == PTN_C_CORRUPT)
        return PTN_OK;
    if (!ptn_ok(status))
        return status;
    found->more = found->more || more;
    for (size_t i = 0; i < count; i++)
        found->matches[found->match_count++] = matches[i];
    return PTN_OK;
}

struct ptn_status ptn_overlay_screen(const struct ptn_overlay *overlay,
                                     const struct ptn_screen_query *query, int64_t now_ms,
                                     struct ptn_arena *arena, struct ptn_overlay_found *ret_found,
                                     struct ptn_diag *reterr)
{
    struct ptn_overlay_found found = { 0 };
    struct ptn_screen_query whole = *query;
    struct ptn_status status = PTN_OK;

    whole.top = PTN_SCREEN_TOP_MAX;
    if (overlay != NULL && (overlay->count > 0 || overlay->rows != NULL)) {
        found.matches = ptn_arena_take(arena, (PTN_OVERLAY_MATCH_MAX + PTN_SCREEN_TOP_MAX) *
                                                  sizeof(*found.matches));
        found.orders = ptn_arena_take(arena, PTN_OVERLAY_ORDER_MAX * sizeof(*found.orders));
        if (found.matches == NULL || found.orders == NULL)
            status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    }
    for (size_t i = 0; ptn_ok(status) && overlay != NULL && i < overlay->count; i++)
        status = screen_chunk(overlay->chunks[i], &whole, now_ms, arena, &found, reterr);
    if (ptn_ok(status) && overlay != NULL && overlay->rows != NULL)
        status = screen_rows(overlay->rows, &whole, arena, &found, reterr);
    if (ptn_ok(status))
        *ret_found = found;
    return status;
}

struct ptn_status ptn_overlay_check(const struct ptn_overlay *overlay,
                                    const struct ptn_screen_query *query, int64_t now_ms,
                                    struct ptn_arena *arena, struct ptn_check *check,
                                    struct ptn_overlay_found *ret_found, struct ptn_diag *reterr)
{
    struct ptn_overlay_found found = { 0 };
    struct ptn_status status = ptn_overlay_screen(overlay, query, now_ms, arena, &found, reterr);

    if (ptn_ok(status) && !ptn_ok(ptn_match_append(arena, &check->matches, &check->match_count,
                                                   found.matches, found.match_count)))
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the scan");
    if (!ptn_ok(status))
        return status;
    check->more_matches = check->more_matches || found.more;
    check->lists_damaged = check->lists_damaged || found.damaged;
    check->orders = found.orders;
    check->order_count = found.order_count;
    *ret_found = found;
    return PTN_OK;
}
