/* What the store shows: copies, so that nobody reads it while it changes. */
#include "arrival/arrivals.h"

#include "arrival/arrival_int.h"

/* ---- words ---- */

const char *ptn_arrival_state_word(enum ptn_arrival_state state)
{
    static const char *const words[] = { "expected", "closed", "cancelled" };

    return words[state];
}

const char *ptn_arrival_list_word(enum ptn_arrival_list list)
{
    static const char *const words[] = { "passengers", "crew", "bookings" };

    return words[list];
}

const char *ptn_arrival_role_word(enum ptn_manifest_role role)
{
    static const char *const words[] = { "passenger", "crew", "transit" };

    return words[role];
}

const char *ptn_arrival_change_word(enum ptn_arrival_change_kind kind)
{
    static const char *const words[] = { "added", "removed", "changed" };

    return words[kind];
}

/* ---- voyages ---- */

static void count_row(const struct ptn_arrival_rows *rows, size_t row,
                      struct ptn_arrival_counts *counts)
{
    const struct ptn_arrival_fate *fate = &rows->fates[row];

    if (fate->elsewhere)
        return;
    counts->people++;
    counts->passengers += rows->people[row].role == PTN_MANIFEST_PASSENGER;
    counts->crew += rows->people[row].role == PTN_MANIFEST_CREW;
    counts->transit += rows->people[row].role == PTN_MANIFEST_TRANSIT;
    counts->arrived += fate->arrived_ms != 0;
    counts->not_on_board += fate->not_on_board;
    counts->waiting += !fate->screened;
    counts->trouble += fate->trouble > 0;
    counts->trouble_discreet += fate->trouble_discreet > 0;
}

static bool copy_words(struct ptn_arena *arena, const char *text, struct ptn_bytes *ret_text)
{
    const char *copy = ptn_arena_text(arena, ptn_bytes_from_text(text));

    *ret_text = ptn_bytes_from_text(copy);
    return copy != NULL;
}

struct ptn_status ptn_arrival_voyage_copy(const struct ptn_arrival_voyage *from,
                                          struct ptn_arena *arena, struct ptn_arrival *ret_voyage)
{
    struct ptn_arrival voyage = {
        .ship = from->ship,
        .departure = from->departure,
        .arrival = from->arrival,
        .due_ms = from->due_ms,
        .leaves = from->leaves,
        .state = from->state,
        .version = from->version,
        .received_ms = from->received_ms,
    };

    memcpy(voyage.id, from->id, sizeof(voyage.id));
    memcpy(voyage.name, from->name, sizeof(voyage.name));
    if (!copy_words(arena, from->carrier, &voyage.carrier) ||
        !copy_words(arena, from->number, &voyage.number) ||
        !copy_words(arena, from->from, &voyage.from) || !copy_words(arena, from->to, &voyage.to) ||
        !copy_words(arena, from->ship_name, &voyage.ship_name) ||
        !copy_words(arena, from->imo, &voyage.imo))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    *ret_voyage = voyage;
    return PTN_OK;
}

/* With its counts. Under the lock. */
static struct ptn_status copy_voyage(const struct ptn_arrival_voyage *from, struct ptn_arena *arena,
                                     struct ptn_arrival *ret_voyage)
{
    struct ptn_status status = ptn_arrival_voyage_copy(from, arena, ret_voyage);

    for (size_t l = 0; ptn_ok(status) && l < PTN_ARRIVAL_LIST_COUNT; l++) {
        const struct ptn_arrival_rows *rows = from->lists[l];

        for (size_t i = 0; rows != NULL && i < rows->count; i++)
            count_row(rows, i, &ret_voyage->counts);
        if (rows == NULL)
            continue;
        ret_voyage->counts.added += rows->added;
        ret_voyage->counts.removed += rows->removed;
        ret_voyage->counts.changed += rows->changed;
        ret_voyage->counts.parts_missing += ptn_arrival_rows_missing(rows);
    }
    return status;
}

static int compare_due(const void *a, const void *b)
{
    const struct ptn_arrival *left = a;
    const struct ptn_arrival *right = b;

    if (left->due_ms != right->due_ms)
        return left->due_ms < right->due_ms ? -1 : 1;
    return strcmp(left->name, right->name);
}

struct ptn_status ptn_arrivals_list(struct ptn_arrivals *arrivals, struct ptn_arena *arena,
                                    struct ptn_arrival **ret_voyages, size_t *ret_count,
                                    uint64_t *ret_let_go)
{
    struct ptn_arrival *voyages =
        ptn_arena_take(arena, PTN_ARRIVALS_VOYAGES_MAX * sizeof(*voyages));
    struct ptn_status status = { voyages == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    size_t count = 0;

    if (!ptn_ok(status))
        return status;
    ptn_arrivals_lock(arrivals);
    for (; ptn_ok(status) && count < arrivals->voyage_count; count++)
        status = copy_voyage(&arrivals->voyages[count], arena, &voyages[count]);
    *ret_let_go = arrivals->let_go;
    ptn_arrivals_unlock(arrivals);
    if (!ptn_ok(status))
        return status;
    qsort(voyages, count, sizeof(*voyages), compare_due);
    *ret_voyages = voyages;
    *ret_count = count;
    return PTN_OK;
}

/* ---- one voyage ---- */

void ptn_arrival_fate_copy(const struct ptn_arrival_fate *fate, struct ptn_arrival_row *row)
{
    row->arrived_ms = fate->arrived_ms;
    row->not_on_board = fate->not_on_board;
    row->screened = fate->screened;
    row->trouble = fate->trouble;
    row->trouble_discreet = fate->trouble_discreet;
}

/* Lists of one voyage, held while they are read. */
struct holding {
    struct ptn_arrival_rows *lists[PTN_ARRIVAL_LIST_COUNT];
    size_t rows, changes;
};

static void let_go(struct ptn_arrivals *arrivals, struct holding *holding)
{
    ptn_arrivals_lock(arrivals);
    for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++)
        ptn_arrival_rows_leave(holding->lists[l]);
    ptn_arrivals_unlock(arrivals);
}

/* The rows' fates and places; their people come later, without the lock. Under the lock. */
static struct ptn_status begin_rows(const struct ptn_arrival_voyage *voyage,
                                    struct holding *holding, struct ptn_arena *arena,
                                    struct ptn_arrival_whole *whole)
{
    for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++) {
        struct ptn_arrival_rows *rows = voyage->lists[l];

        if (rows == NULL)
            continue;
        rows->references++;
        holding->lists[l] = rows;
        holding->rows += rows->count;
        holding->changes += rows->change_count;
    }
    whole->rows = ptn_arena_take(arena, (holding->rows + 1) * sizeof(*whole->rows));
    whole->changes = ptn_arena_take(arena, (holding->changes + 1) * sizeof(*whole->changes));
    if (whole->rows == NULL || whole->changes == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++)
        for (size_t i = 0; holding->lists[l] != NULL && i < holding->lists[l]->count; i++) {
            struct ptn_arrival_row *row = &whole->rows[whole->row_count];

            if (holding->lists[l]->fates[i].elsewhere)
                continue;
            ptn_arrival_fate_copy(&holding->lists[l]->fates[i], row);
            row->list = (enum ptn_arrival_list)l;
            row->number = (unsigned)(l * ROWS_A_LIST + i);
            whole->row_count++;
        }
    return PTN_OK;
}

static struct ptn_status copy_changes(const struct ptn_arrival_rows *rows, struct ptn_arena *arena,
                                      struct ptn_arrival_whole *whole)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < rows->change_count; i++) {
        struct ptn_arrival_change *change = &whole->changes[whole->change_count++];

        *change = rows->changes[i];
        status = ptn_arrival_person_copy(&rows->changes[i].now, arena, &change->now);
        if (ptn_ok(status))
            status = ptn_arrival_person_copy(&rows->changes[i].before, arena, &change->before);
    }
    whole->changes_left_out += rows->changes_left_out;
    if (rows->received_ms >= whole->voyage.received_ms || whole->origin.len == 0) {
        whole->origin = ptn_bytes_of(ptn_arena_text(arena, rows->origin), rows->origin.len);
        whole->seq = rows->seq;
    }
    return status;
}

static int compare_text(struct ptn_bytes a, struct ptn_bytes b)
{
    return ptn_bytes_compare(a, b);
}

static int compare_rows(const void *a, const void *b)
{
    const struct ptn_arrival_row *left = a;
    const struct ptn_arrival_row *right = b;
    int order;

    if (left->trouble != right->trouble)
        return left->trouble > right->trouble ? -1 : 1;
    order = compare_text(left->person.surname, right->person.surname);
    if (order == 0)
        order = compare_text(left->person.given, right->person.given);
    return order != 0 ? order : (left->number > right->number) - (left->number < right->number);
}

static int compare_booking(const void *a, const void *b)
{
    const struct ptn_arrival_row *const *left = a;
    const struct ptn_arrival_row *const *right = b;

    return compare_text((*left)->person.booking, (*right)->person.booking);
}

/* How many share each booking. */
static struct ptn_status count_together(struct ptn_arrival_whole *whole, struct ptn_arena *arena)
{
    struct ptn_arrival_row **order =
        ptn_arena_take(arena, (whole->row_count + 1) * sizeof(struct ptn_arrival_row *));

    if (order == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < whole->row_count; i++)
        order[i] = &whole->rows[i];
    qsort(order, whole->row_count, sizeof(struct ptn_arrival_row *), compare_booking);
    for (size_t i = 0; i < whole->row_count;) {
        size_t end = i + 1;

        while (end < whole->row_count &&
               ptn_bytes_equal(order[i]->person.booking, order[end]->person.booking))
            end++;
        for (size_t j = i; j < end; j++)
            order[j]->together = order[j]->person.booking.len > 0 ? end - i : 0;
        i = end;
    }
    return PTN_OK;
}

static struct ptn_status fill_whole(const struct holding *holding, bool discreet,
                                    struct ptn_arena *arena, struct ptn_arrival_whole *whole)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < whole->row_count; i++) {
        struct ptn_arrival_row *row = &whole->rows[i];
        const struct ptn_arrival_rows *rows = holding->lists[row->list];

        status =
            ptn_arrival_person_copy(&rows->people[row->number % ROWS_A_LIST], arena, &row->person);
        if (discreet)
            row->trouble = row->trouble_discreet;
    }
    for (size_t l = 0; ptn_ok(status) && l < PTN_ARRIVAL_LIST_COUNT; l++)
        if (holding->lists[l] != NULL)
            status = copy_changes(holding->lists[l], arena, whole);
    if (ptn_ok(status))
        status = count_together(whole, arena);
    if (ptn_ok(status))
        qsort(whole->rows, whole->row_count, sizeof(*whole->rows), compare_rows);
    return status;
}

struct ptn_status ptn_arrivals_open(struct ptn_arrivals *arrivals, const char *id, bool discreet,
                                    struct ptn_arena *arena, struct ptn_arrival_whole *ret_whole)
{
    struct ptn_arrival_whole whole = { .row_count = 0 };
    struct holding holding = { .rows = 0 };
    struct ptn_status status = { PTN_C_NOT_FOUND };
    const struct ptn_arrival_voyage *voyage;

    ptn_arrivals_lock(arrivals);
    voyage = ptn_arrivals_find_id(arrivals, id);
    if (voyage != NULL)
        status = copy_voyage(voyage, arena, &whole.voyage);
    if (ptn_ok(status))
        status = begin_rows(voyage, &holding, arena, &whole);
    ptn_arrivals_unlock(arrivals);
    if (ptn_ok(status))
        status = fill_whole(&holding, discreet, arena, &whole);
    let_go(arrivals, &holding);
    if (ptn_ok(status))
        *ret_whole = whole;
    return status;
}

struct ptn_status ptn_arrivals_row(struct ptn_arrivals *arrivals, const char *id, unsigned version,
                                   unsigned number, struct ptn_arena *arena,
                                   struct ptn_arrival_row *ret_row)
{
    struct ptn_arrival_row row = { .number = number };
    struct ptn_status status = { PTN_C_NOT_FOUND };
    const struct ptn_arrival_voyage *voyage;
    size_t list = number / ROWS_A_LIST;
    size_t at = number % ROWS_A_LIST;

    ptn_arrivals_lock(arrivals);
    voyage = ptn_arrivals_find_id(arrivals, id);
    if (voyage != NULL && list < PTN_ARRIVAL_LIST_COUNT && voyage->lists[list] != NULL &&
        at < voyage->lists[list]->count) {
        const struct ptn_arrival_rows *rows = voyage->lists[list];

        row.list = (enum ptn_arrival_list)list;
        ptn_arrival_fate_copy(&rows->fates[at], &row);
        if (version != 0 && version != voyage->version)
            status.code = PTN_C_BUSY;
        else
            status = ptn_arrival_person_copy(&rows->people[at], arena, &row.person);
    }
    ptn_arrivals_unlock(arrivals);
    if (ptn_ok(status))
        *ret_row = row;
    return status;
}
