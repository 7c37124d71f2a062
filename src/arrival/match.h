/*
 * arrival/match.h -- the person at the lane, found again on what the carriers sent.
 *
 * By document first, then by look-alikes of its number, then by name: names are compared as the
 * watch lists compare them (names/score, the same threshold), and the birth date has to bear it
 * out. A row says who a carrier wrote down, never who somebody is: finding one, or none, takes no
 * reason away and adds none (ARRIVAL-3). Any thread; nothing is locked while names are compared.
 */
#ifndef PTN_ARRIVAL_MATCH_H
#define PTN_ARRIVAL_MATCH_H
#include "arrival/arrivals.h"

enum ptn_arrival_how {
    PTN_ARRIVAL_NOT_FOUND,
    PTN_ARRIVAL_BY_DOCUMENT, /* number and issuer */
    PTN_ARRIVAL_BY_ALIKE,    /* a number that a reader or a hand takes for it (O and 0), or its
                                issuer is another; name or birth date bears it out */
    PTN_ARRIVAL_BY_NAME,
};

/* "none", "document", "alike", "name": a literal. */
const char *ptn_arrival_how_word(enum ptn_arrival_how how);

/* The voyages that are looked at: those due so long before and after, and those nobody dates. */
#define PTN_ARRIVAL_BEFORE_MS (INT64_C(36) * 3600 * 1000)
#define PTN_ARRIVAL_AFTER_MS  (INT64_C(36) * 3600 * 1000)
/* Those whose people stand at the lanes now: who is on no list of theirs is told so. */
#define PTN_ARRIVAL_HERE_BEFORE_MS (INT64_C(1) * 3600 * 1000)
#define PTN_ARRIVAL_HERE_AFTER_MS  (INT64_C(4) * 3600 * 1000)

struct ptn_arrival_ask {
    const struct ptn_person *person; /* Borrowed; a document's number or a name at least */
    enum ptn_direction direction;    /* in: voyages that come; out: voyages that leave, then those
                                        that came */
    int64_t now_ms;
    bool number_only;   /* by document alone: nothing else is known of the person */
    const char *voyage; /* the id of the one voyage that is looked at, whenever it is due; NULL: all
                           of those */
};

/* One thing in which the row is not what the document says. */
struct ptn_arrival_differs {
    const char *field;      /* a literal: "name", "birth", "nationality", "sex", "number", "issuer",
                               "expiry" */
    struct ptn_bytes wrote; /* what the carrier wrote */
};
#define PTN_ARRIVAL_DIFFERS_MAX 7u

struct ptn_arrival_found {
    enum ptn_arrival_how how;
    struct ptn_arrival voyage; /* without counts */
    struct ptn_arrival_row row;
    unsigned score; /* of the name, 1/10000; 0: not compared */
    struct ptn_arrival_differs differs[PTN_ARRIVAL_DIFFERS_MAX];
    size_t differ_count;
    bool others; /* another row would do as well: look which */
    size_t here; /* voyages whose people stand at the lanes now, in this direction */
};

/*
 * ptn_arrivals_find(arrivals, ask, arena, ret_found):
 * The row that is this person's best: the surest way first, then the voyage due nearest to now,
 * those on board before those that the carrier says are not. Texts live as long as the arena.
 *
 * OK, whether or not one was found; NO_MEMORY. Cost: a look at every row's number and birth date,
 * some microseconds, and a comparison of names for those whose birth date could be it.
 */
PTN_MUST_USE struct ptn_status ptn_arrivals_find(struct ptn_arrivals *arrivals,
                                                 const struct ptn_arrival_ask *ask,
                                                 struct ptn_arena *arena,
                                                 struct ptn_arrival_found *ret_found);

#define PTN_ARRIVAL_BOOKED_MAX 120u

/* Who a booking names on one voyage. */
struct ptn_arrival_booked {
    struct ptn_arrival voyage; /* without counts */
    struct ptn_arrival_row *rows;
    size_t count; /* at most PTN_ARRIVAL_BOOKED_MAX */
};

/*
 * ptn_arrivals_booked(arrivals, reference, direction, now_ms, arena, ret_booked):
 * The people of this booking on the passenger list of the voyage due nearest to now that has any,
 * of the voyages that ptn_arrivals_find looks at, in the list's order. References are compared
 * byte by byte. OK, also with nobody; NO_MEMORY. Texts live as long as the arena.
 */
PTN_MUST_USE struct ptn_status ptn_arrivals_booked(struct ptn_arrivals *arrivals,
                                                   struct ptn_bytes reference,
                                                   enum ptn_direction direction, int64_t now_ms,
                                                   struct ptn_arena *arena,
                                                   struct ptn_arrival_booked *ret_booked);
#endif
