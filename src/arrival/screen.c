/*
 * Everybody on a list against the watch lists, a slice at a time, so that the thread that does it
 * can do other things between. What a match leads to is decision/'s to say: only how grave it is
 * is kept here, once with and once without discreet checks. Reasons are worked out again for who
 * looks.
 */
#include "arrival/arrival_int.h"
#include "decision/decide.h"
#include "record/person.h"

#define SCREEN_ARENA (4u << 20) /* of one person: the most matches with their reasons */

struct ptn_person ptn_arrival_person_as(const struct ptn_arrival_person *row)
{
    struct ptn_person person = {
        .surname = row->surname,
        .given = row->given,
        .birth = row->birth,
        .sex = row->sex,
    };
    const struct ptn_arrival_document *document = NULL;

    memcpy(person.nationality, row->nationality, sizeof(person.nationality));
    for (size_t i = row->document_count; i > 0; i--) /* the first that is no visa, else the first */
        if (document == NULL || !ptn_arrival_is_visa(&row->documents[i - 1]) ||
            ptn_arrival_is_visa(document))
            document = &row->documents[i - 1];
    if (document != NULL) {
        person.document.number = document->number;
        person.document.expiry = document->expiry;
        memcpy(person.document.issuer, document->issuer, sizeof(person.document.issuer));
    }
    return person;
}

/* The rows of a register behind those found. One that fails its check adds nothing here: the lane
 * says so when the person stands there. */
static struct ptn_status add_register(const struct ptn_register *reg,
                                      const struct ptn_screen_query *query, struct ptn_arena *arena,
                                      struct ptn_arrival_matches *found)
{
    struct ptn_match *more = NULL;
    size_t count = 0;
    struct ptn_status status = PTN_OK;

    if (reg != NULL)
        status = ptn_register_find(reg, query, arena, &more, &count, NULL);
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    if (!ptn_ok(status) || count == 0)
        return PTN_OK;
    return ptn_match_append(arena, &found->matches, &found->count, more, count);
}

struct ptn_status ptn_arrival_match(const struct ptn_arrivals_watch *watch,
                                    const struct ptn_arrival_person *row, bool leaves,
                                    struct ptn_arena *arena, struct ptn_arrival_matches *ret_found)
{
    struct ptn_person person = ptn_arrival_person_as(row);
    struct ptn_screen_query query = {
        .birth = person.birth,
        .sex = person.sex,
        .number = person.document.number,
        .today = watch->today,
    };
    struct ptn_check check = {
        .direction = leaves ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .today = watch->today,
        .person = &person,
        .screened = true,
    };
    size_t size = person.given.len + person.surname.len + 2;
    char *name = ptn_arena_take(arena, size);
    struct ptn_match *matches = NULL;
    struct ptn_advice advice;
    struct ptn_status status = { name == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    *ret_found = (struct ptn_arrival_matches){ .count = 0 };
    if (!ptn_ok(status))
        return status;
    (void)snprintf(name, size, "%.*s %.*s", (int)person.given.len, (const char *)person.given.at,
                   (int)person.surname.len, (const char *)person.surname.at);
    query.name = ptn_bytes_trim(ptn_bytes_from_text(name));
    memcpy(query.nationality, person.nationality, sizeof(query.nationality));
    memcpy(query.issuer, person.document.issuer, sizeof(query.issuer));
    memcpy(check.own_state, watch->own_state, sizeof(check.own_state));
    if (query.name.len == 0 && query.number.len == 0)
        return PTN_OK; /* nobody to look for */
    status = ptn_screen(watch->snapshot, &query, arena, &matches, &ret_found->count,
                        &ret_found->more, NULL);
    ret_found->matches = matches;
    for (size_t i = 0; ptn_ok(status) && i < watch->register_count; i++)
        status = add_register(watch->registers[i], &query, arena, ret_found);
    if (!ptn_ok(status) || ret_found->count == 0)
        return status;
    check.matches = ret_found->matches;
    check.match_count = ret_found->count;
    status = ptn_decide(&check, arena, &advice, NULL);
    for (size_t i = 0; ptn_ok(status) && i < advice.reason_count; i++) {
        const struct ptn_reason *reason = &advice.reasons[i];
        unsigned trouble = 1u + (unsigned)reason->verdict;

        if (reason->kind != PTN_REASON_MATCH)
            continue; /* what a document or visa lacks is seen when the person stands there */
        if (trouble > ret_found->trouble_discreet)
            ret_found->trouble_discreet = trouble;
        if (!reason->discreet && trouble > ret_found->trouble)
            ret_found->trouble = trouble;
    }
    return status;
}

/* Names what is screened against: other lists, or another register, are another edition. */
static uint64_t edition_of(const struct ptn_arrivals_watch *watch)
{
    struct ptn_snapshot_info info = ptn_snapshot_info(watch->snapshot);
    uint64_t edition = 0;

    for (size_t i = 0; i < 8; i++)
        edition = edition << 8 | info.hash[i];
    for (size_t i = 0; i < watch->register_count; i++)
        if (watch->registers[i] != NULL) {
            struct ptn_register_info reg = ptn_register_info(watch->registers[i]);
            uint64_t own = i;

            for (size_t j = 0; j < 8; j++)
                own = own << 8 | reg.hash[j];
            edition ^= own;
        }
    return edition | 1u; /* 0: none */
}

/* The list that waits and is due first, with a reference, or NULL; how many people wait in all.
 * Under the lock. */
static struct ptn_arrival_rows *next_list(struct ptn_arrivals *arrivals, uint64_t edition,
                                          bool *ret_leaves, size_t *ret_left)
{
    struct ptn_arrival_rows *next = NULL;
    int64_t due = 0;

    *ret_left = 0;
    for (size_t i = 0; i < arrivals->voyage_count; i++)
        for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++) {
            const struct ptn_arrival_voyage *voyage = &arrivals->voyages[i];
            struct ptn_arrival_rows *rows = voyage->lists[l];

            if (rows == NULL)
                continue;
            if (rows->edition != edition) {
                rows->edition = edition;
                rows->screened = 0;
            }
            *ret_left += rows->count - rows->screened;
            if (rows->screened == rows->count || (next != NULL && voyage->due_ms >= due))
                continue;
            next = rows;
            due = voyage->due_ms;
            *ret_leaves = voyage->leaves;
        }
    if (next != NULL)
        next->references++;
    return next;
}

/* Screen rows from where it stands, at most `most`. Returns how many. */
static struct ptn_status screen_some(struct ptn_arrivals *arrivals,
                                     const struct ptn_arrivals_watch *watch,
                                     struct ptn_arrival_rows *rows, bool leaves, size_t most,
                                     struct ptn_arena *arena, size_t *ret_done)
{
    size_t first = rows->screened; /* this thread's */
    size_t done = 0;
    struct ptn_status status = PTN_OK;

    while (done < most && first + done < rows->count) {
        struct ptn_arrival_matches found;
        struct ptn_arrival_fate *fate = &rows->fates[first + done];

        ptn_arena_clear(arena);
        status = ptn_arrival_match(watch, &rows->people[first + done], leaves, arena, &found);
        if (status.code == PTN_C_NO_MEMORY)
            break;
        ptn_arrivals_lock(arrivals);
        fate->screened = ptn_ok(status); /* a name nothing can be searched for stays unscreened */
        fate->trouble = (uint8_t)found.trouble;
        fate->trouble_discreet = (uint8_t)found.trouble_discreet;
        rows->screened++;
        ptn_arrivals_unlock(arrivals);
        done++;
    }
    *ret_done = done;
    return (struct ptn_status){ status.code == PTN_C_NO_MEMORY ? PTN_C_NO_MEMORY : PTN_C_OK };
}

struct ptn_status ptn_arrivals_screen(struct ptn_arrivals *arrivals,
                                      const struct ptn_arrivals_watch *watch, size_t most,
                                      size_t *ret_left)
{
    uint64_t edition = edition_of(watch);
    struct ptn_arena *arena = NULL;
    struct ptn_status status = PTN_OK;
    size_t left = 0;

    for (;;) {
        struct ptn_arrival_rows *rows;
        bool leaves = false;
        size_t done = 0;

        ptn_arrivals_lock(arrivals);
        rows = next_list(arrivals, edition, &leaves, &left);
        ptn_arrivals_unlock(arrivals);
        if (rows == NULL)
            break;
        if (arena == NULL && most > 0)
            arena = ptn_arena_new(SCREEN_ARENA);
        if (arena == NULL && most > 0)
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
        else if (most > 0)
            status = screen_some(arrivals, watch, rows, leaves, most, arena, &done);
        ptn_arrivals_lock(arrivals);
        ptn_arrival_rows_leave(rows);
        ptn_arrivals_unlock(arrivals);
        most -= done;
        if (!ptn_ok(status) || most == 0) {
            left -= done;
            break;
        }
    }
    ptn_arena_free(arena);
    *ret_left = left;
    return status;
}
