/* tests/unit/arrival_made.h -- carriers' lists made for tests, and taken as a node would. Nobody on
 * them exists. */
#ifndef TESTS_UNIT_ARRIVAL_MADE_H
#define TESTS_UNIT_ARRIVAL_MADE_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrival/arrivals.h"

/* One passenger: "SURNAME:GIVEN", birth YYMMDD, document number, the carrier's reference (or "").
 */
#define MADE_PERSON(name, birth, number, reference)                                                \
    "NAD+FL+++" name "'ATT+2++F'DTM+329:" birth "'NAT+2+UTO'RFF+AVF:BOOK1'RFF+ABO:" reference      \
    "'DOC+P+" number "'DTM+36:301231'LOC+91+UTO'"

/* A PAXLST of flight UX 204 from XQA to TIA on a day of November 2026: bgm is "745", "745+CP" … */
#define MADE_PAXLST(bgm, day, people)                                                              \
    "UNA:+.? 'UNB+UNOA:4+UXAIR+GOV+26112" #day ":0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+" bgm       \
    "'TDT+20+UX204+++UX'LOC+125+XQA'DTM+189:26112" #day "0900:201'LOC+87+TIA'DTM+232:26112" #day   \
    "1130:201'" people "UNT+1+1'UNZ+1+1'"

#define MADE_DAY_MS INT64_C(1795824000000) /* 2026-11-28T00:00Z */

struct made {
    struct ptn_arrivals *arrivals;
    struct ptn_arena *arena;
    uint64_t seq;
};

static inline struct made made_new(void)
{
    struct made made = { ptn_arrivals_new(NULL), ptn_arena_new(64u << 20), 0 };

    if (made.arrivals == NULL || made.arena == NULL)
        abort();
    return made;
}

static inline void made_free(struct made *made)
{
    ptn_arrivals_free(made->arrivals);
    ptn_arena_free(made->arena);
}

/* Every message of the text into the store, as received at that time. Returns how many there were.
 */
static inline size_t made_take_all(struct made *made, struct ptn_bytes text, int64_t received_ms)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));
    size_t count = 0;

    if (manifest == NULL || !ptn_ok(ptn_manifest_reader_new(text, &reader, NULL)))
        abort();
    for (;; count++) {
        ptn_arena_clear(made->arena);
        if (!ptn_ok(ptn_manifest_next(reader, made->arena, manifest)))
            break;
        if (!ptn_ok(ptn_arrivals_take(made->arrivals, text, manifest, received_ms,
                                      PTN_BYTES_LITERAL("utopia.example/gateway"), made->seq++)))
            abort();
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_clear(made->arena);
    return count;
}

static inline void made_take(struct made *made, const char *text, int64_t received_ms)
{
    (void)made_take_all(made, ptn_bytes_from_text(text), received_ms);
}

/* The one voyage there is, copied. */
static inline struct ptn_arrival_whole made_open(struct made *made)
{
    struct ptn_arrival_whole whole = { .row_count = 0 };
    struct ptn_arrival *voyages = NULL;
    size_t count = 0;
    uint64_t gone = 0;

    if (!ptn_ok(ptn_arrivals_list(made->arrivals, made->arena, &voyages, &count, &gone)) ||
        count != 1 ||
        !ptn_ok(ptn_arrivals_open(made->arrivals, voyages[0].id, true, made->arena, &whole)))
        abort();
    return whole;
}

/* The row with this surname, or NULL. */
static inline const struct ptn_arrival_row *made_row(const struct ptn_arrival_whole *whole,
                                                     const char *surname)
{
    for (size_t i = 0; i < whole->row_count; i++)
        if (ptn_bytes_is(whole->rows[i].person.surname, surname))
            return &whole->rows[i];
    return NULL;
}
#endif
