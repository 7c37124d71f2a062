/*
 * decision/stays.h -- how many days a visitor has used of "90 days in any 180", and the latest day
 * to leave.
 *
 * Pure: no I/O, no allocation, no globals, so any thread may call it.
 * Only what is certain is ever counted as used: a day that rests on a missing entry or exit, that
 * lies in a gap of the records, or before the records begin, is "not known". Nobody overstays by a
 * day that is not known.
 * Standard: Regulation (EU) 2016/399, Article 6(1) and (2), the model of Albania's own rule
 * (SOURCES.md: REG-2016-399).
 */
#ifndef PTN_DECISION_STAYS_H
#define PTN_DECISION_STAYS_H
#include "base/date.h"

/* A limit longer than this is refused as no limit of this kind (days in window_days, both at least
 * 1). */
#define PTN_STAYS_WINDOW_MAX 366u

enum ptn_stay_move {
    PTN_STAY_ENTRY = 0,
    PTN_STAY_EXIT = 1,
};

/* One crossing of this person as some post recorded it. */
struct ptn_stay_event {
    struct ptn_date date; /* full; the post's civil day */
    enum ptn_stay_move move;
    bool exempt; /* entered on a long-stay visa or residence permit: the stay it opens does not
                    count */
};

/* Days from first to last, both included; full dates. */
struct ptn_stay_period {
    struct ptn_date first, last;
};

/* What is known of a person's crossings. Every pointer is Borrowed. */
struct ptn_stay_history {
    bool known; /* false: nothing can be said, not even "none" */
    const struct ptn_stay_event
        *events; /* by date, ties in the order they happened, none after the day asked for */
    size_t event_count;
    const struct ptn_stay_period
        *exempt; /* long-stay visas and residence permits held: such days never count */
    size_t exempt_count;
    const struct ptn_stay_period *gaps; /* days whose paper records have not all been entered yet */
    size_t gap_count;
    struct ptn_date known_since; /* first day the records cover: any day before, but for those of
                                    events, may have been one of stay; no date: nothing is said of
                                    how far back the records reach */
};

struct ptn_stay_limit {
    unsigned days;        /* 90 */
    unsigned window_days; /* 180 */
};

/* Beside the post's own records: what a centre publishes of everybody's. */
struct ptn_stay_country {
    bool known;
    unsigned here; /* days used by the post's own records alone */
    unsigned used; /* by these joined with what is published */
    unsigned over_days;
    unsigned elsewhere;    /* crossings that the post does not know itself */
    struct ptn_date since; /* how far back what is published reaches */
    int64_t until_ms;      /* and until when, */
    int64_t age_s;         /* which is so long ago */
};

struct ptn_stay {
    bool known; /* the history was known and the person is under a limit; else the rest is zero */
    unsigned used; /* certain days of stay in the window that ends on the day asked for */
    unsigned
        left; /* limit - used, at least 0: days that can still be added inside the same window */
    unsigned unknown_days; /* further days of that window that may have been days of stay */
    unsigned unseen_days;  /* those of them that lie before known_since */
    unsigned unmatched;    /* entries without an exit and exits without an entry in the two windows
                              looked at */
    bool inside;           /* an entry stands open before the day asked for */
    bool entry_known;      /* for a person leaving: the entry of this stay is on record */
    /* Entry: the last day this person may stay if they stay from that day on; no date when not even
     * that day is left. Exit: the last day they could have stayed; before the day asked for when
     * they overstayed. */
    struct ptn_date leave_by;
    struct ptn_date enter_from; /* the first day, from the one asked for on, on which someone
                                   outside until then could enter within the limit */
    unsigned over_days; /* certain days past leave_by up to the day asked for; 0: no overstay */
    struct ptn_date entered; /* the day on which that open stay was entered; no date: not inside */
    /* Never set by ptn_stays_count: days past leave_by unless the person crossed on paper that is
     * not keyed, and the first and last of the paper days that could be. 0: there is no doubt. */
    unsigned perhaps_over;
    struct ptn_stay_period paper;
    struct ptn_date known_since; /* as the history says */
    struct ptn_stay_limit limit;
    struct ptn_stay_country country; /* never set by ptn_stays_count */
};

/*
 * ptn_stays_count(history, limit, move, on, ret_stay, reterr):
 * Count the days used when a person crosses on a day, and step day by day to the latest day to
 * leave: days of old stays fall out of the window as it moves, so leave_by can be later than on +
 * left.
 *
 * history   Borrowed. Events out of order or after `on`, or a known_since that is no full date:
 * BAD_INPUT.
 * limit     days at least 1 and below window_days, which is at most PTN_STAYS_WINDOW_MAX; else
 * BAD_INPUT. move      What happens on `on`. An entry adds no day to `used` (the day counts once
 * the person is in); on leaving, the open stay counts up to and including `on`. on        Full
 * date. ret_stay Set on success only.
 *
 * OK; BAD_INPUT. Cost: (events + gaps + 3 * window_days) steps, as often again as a stay that ends
 * on `on` lasted windows.
 */
PTN_MUST_USE struct ptn_status ptn_stays_count(const struct ptn_stay_history *history,
                                               struct ptn_stay_limit limit, enum ptn_stay_move move,
                                               struct ptn_date on, struct ptn_stay *ret_stay,
                                               struct ptn_diag *reterr);

/*
 * ptn_stays_worse(stay, country, move): what both say, each the worse: more days used, fewer left,
 * the earlier last day, more days too long (STAYS-3). Both are known, of one limit and one day.
 * What is not known, and where the person is, is as the country's records have it.
 */
void ptn_stays_worse(struct ptn_stay *stay, const struct ptn_stay *country,
                     enum ptn_stay_move move);
#endif
