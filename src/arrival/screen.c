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

struct ptn_status ptn_arrival_match(const struct ptn_arrivals_watch *watch,
                                    const struct ptn_arrival_person *row, bool leaves,
                                    struct ptn_arena *arena, struct ptn_arrival_matches *ret_found)
{
    struct ptn_person person = ptn_arrival_person_as(row);
    struct ptn_screen_query query = { .today = watch->today };
    struct ptn_check check = {
        .direction = leaves ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .today = watch->today,
        .person = &person,
        .mrz = PTN_CHECK_MRZ_VALID, /* nobody has read the document: it is not misread */
    };
    struct ptn_advice advice;
    struct ptn_status status = ptn_screen_query_person(&person, false, arena, &query, NULL);

    query.birth_place = ptn_bytes_trim(row->birth_place);
    *ret_found = (struct ptn_arrival_matches){ .count = 0 };
    memcpy(check.own_state, watch->own_state, sizeof(check.own_state));
    if (!ptn_ok(status) || (query.name.len == 0 && query.number.len == 0))
        return status; /* nobody to look for */
    status = watch->search(watch->context, &query, arena, &check);
    if (!ptn_ok(status) || check.match_count == 0)
        return status;
    check.screened = true;
    ret_found->matches = check.matches;
    ret_found->count = check.match_count;
    ret_found->more = check.more_matches;
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

/* The list that waits and is due first, with a reference, or NULL; how many people wait in all.
 * Under the lock. */
static struct ptn_arrival_rows *next_list(struct ptn_arrivals *arrivals, bool *ret_leaves,
                                          size_t *ret_left)
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

/* Everybody was screened: with other lists they all are again. Under the lock. ARRIVAL-4. */
static void begin_round(struct ptn_arrivals *arrivals, uint64_t edition)
{
    arrivals->edition = edition;
    for (size_t i = 0; i < arrivals->voyage_count; i++)
        for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++)
            if (arrivals->voyages[i].lists[l] != NULL)
                arrivals->voyages[i].lists[l]->screened = 0;
}

/* Under the lock, as next_list. */
static struct ptn_arrival_rows *next_of_round(struct ptn_arrivals *arrivals, uint64_t edition,
                                              bool *ret_leaves, size_t *ret_left)
{
    struct ptn_arrival_rows *next = next_list(arrivals, ret_leaves, ret_left);

    if (next != NULL || arrivals->edition == edition)
        return next;
    begin_round(arrivals, edition);
    return next_list(arrivals, ret_leaves, ret_left);
}

/* Who has arrived was before the lane's lists, and is before later ones in screening again. True:
 * nothing is to be done for this person. */
static bool is_over(const struct ptn_arrivals *arrivals, struct ptn_arrival_rows *rows, size_t row)
{
    bool over;

    ptn_arrivals_lock(arrivals);
    over = rows->fates[row].screened && rows->fates[row].arrived_ms != 0;
    rows->screened += over ? 1 : 0;
    ptn_arrivals_unlock(arrivals);
    return over;
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

    for (; done < most && first + done < rows->count; done++) {
        struct ptn_arrival_matches found;
        struct ptn_arrival_fate *fate = &rows->fates[first + done];

        if (is_over(arrivals, rows, first + done))
            continue;
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
    }
    *ret_done = done;
    return (struct ptn_status){ status.code == PTN_C_NO_MEMORY ? PTN_C_NO_MEMORY : PTN_C_OK };
}

struct ptn_status ptn_arrivals_screen(struct ptn_arrivals *arrivals,
                                      const struct ptn_arrivals_watch *watch, size_t most,
                                      size_t *ret_left)
{
    struct ptn_arena *arena = NULL;
    struct ptn_status status = PTN_OK;
    size_t left = 0;

    PTN_PRE(watch->edition != 0);
    for (;;) {
        struct ptn_arrival_rows *rows;
        bool leaves = false;
        size_t done = 0;

        ptn_arrivals_lock(arrivals);
        rows = next_of_round(arrivals, watch->edition, &leaves, &left);
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
