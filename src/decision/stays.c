/*
 * decision/stays.c -- see stays.h.
 *
 * A run of days is laid out as one byte a day: not there, not known, there for certain. Counting is
 * then adding bytes, and a stay longer than a window is looked at window by window.
 */
#include "decision/stays.h"

enum day { DAY_NONE = 0, DAY_UNKNOWN = 1, DAY_CERTAIN = 2 };

#define DAYS_MAX ((size_t)PTN_STAYS_WINDOW_MAX * 2u)

/* Consecutive days from `first` (days since 1970). */
struct run {
    int32_t first;
    size_t count;
    uint8_t days[DAYS_MAX];
};

/* Where the walk over the events stands. */
struct walk {
    struct run *run;
    const struct ptn_stay_history *history;
    bool open;        /* an entry has no exit yet */
    bool open_exempt; /* ... and its stay does not count */
    int32_t opened;
    bool left_known; /* there was an exit before */
    int32_t left;
    unsigned unmatched;
};

/* Days first to last become at least `what`; the part outside the run is dropped. */
static void mark(struct run *run, int64_t first, int64_t last, enum day what)
{
    int64_t run_last = run->first + (int64_t)run->count - 1;

    if (first < run->first)
        first = run->first;
    if (last > run_last)
        last = run_last;
    for (int64_t day = first; day <= last; day++) {
        uint8_t *at = &run->days[day - run->first];

        if (*at < (uint8_t)what)
            *at = (uint8_t)what;
    }
}

/* The last day before the records begin; one before all days when nothing is said of that. */
static int32_t last_unseen(const struct ptn_stay_history *history)
{
    return ptn_date_is_none(history->known_since) ? INT32_MIN
                                                  : ptn_date_to_days(history->known_since) - 1;
}

/*
 * A stay with both ends on record. Between the first day of the first gap and the last day of the
 * last one the person can have been away: both of those days count in any case, for an exit day and
 * an entry day are days of stay.
 */
static void mark_stay(struct walk *walk, int32_t from, int32_t to)
{
    int64_t away_first = (int64_t)to + 1;
    int64_t away_last = (int64_t)from - 1;

    for (size_t i = 0; i < walk->history->gap_count; i++) {
        int32_t first = ptn_date_to_days(walk->history->gaps[i].first);
        int32_t last = ptn_date_to_days(walk->history->gaps[i].last);

        if (first > to || last < from)
            continue;
        if (first < away_first)
            away_first = first < from ? from : first;
        if (last > away_last)
            away_last = last > to ? to : last;
    }
    if (away_first >= away_last) {
        mark(walk->run, from, to, DAY_CERTAIN);
        return;
    }
    mark(walk->run, from, away_first, DAY_CERTAIN);
    mark(walk->run, away_first, away_last, DAY_UNKNOWN);
    mark(walk->run, away_last, to, DAY_CERTAIN);
}

static void count_unmatched(struct walk *walk, int32_t day)
{
    if (day >= walk->run->first)
        walk->unmatched++;
}

/* Someone came in. An open stay before it lacks its exit: they were there some of the days between.
 */
static void take_entry(struct walk *walk, int32_t day, bool exempt)
{
    if (walk->open) {
        count_unmatched(walk, day);
        if (!walk->open_exempt)
            mark(walk->run, (int64_t)walk->opened + 1, (int64_t)day - 1, DAY_UNKNOWN);
    }
    walk->open = true;
    walk->open_exempt = exempt;
    walk->opened = day;
}

/* Someone left who had come in before the records begin. What they did until then is not on record:
 * they may have left, and come back with a permit or without. */
static void leave_unseen(struct walk *walk, int32_t day, bool exempt)
{
    mark(walk->run, (int64_t)walk->opened + 1, (int64_t)day - 1, DAY_UNKNOWN);
    mark(walk->run, day, day, exempt || walk->open_exempt ? DAY_UNKNOWN : DAY_CERTAIN);
}

/* Someone left. Without an open stay the entry is missing: they came some day after they last left.
 */
static void take_exit(struct walk *walk, int32_t day, bool exempt)
{
    if (walk->open && walk->opened <= last_unseen(walk->history))
        leave_unseen(walk, day, exempt);
    else if (walk->open && !walk->open_exempt)
        mark_stay(walk, walk->opened, day);
    if (!walk->open) {
        int64_t since = walk->left_known ? (int64_t)walk->left + 1 : walk->run->first;

        count_unmatched(walk, day);
        if (!exempt) {
            mark(walk->run, since, (int64_t)day - 1, DAY_UNKNOWN);
            mark(walk->run, day, day, DAY_CERTAIN);
        }
    }
    walk->open = false;
    walk->left_known = true;
    walk->left = day;
}

/* Lay out the run from the history, the crossing of `on` included; returns where the walk stood
 * before it. */
static struct walk lay_out(const struct ptn_stay_history *history, enum ptn_stay_move move,
                           int32_t on, struct run *run)
{
    struct walk walk = { .run = run, .history = history };
    struct walk before;

    memset(run->days, DAY_NONE, run->count);
    mark(run, run->first, last_unseen(history), DAY_UNKNOWN);
    for (size_t i = 0; i < history->event_count; i++) {
        const struct ptn_stay_event *event = &history->events[i];
        int32_t day = ptn_date_to_days(event->date);

        if (event->move == PTN_STAY_ENTRY) {
            take_entry(&walk, day, event->exempt);
            if (!event->exempt)
                mark(run, day, day, DAY_CERTAIN);
        } else {
            take_exit(&walk, day, event->exempt);
        }
    }
    before = walk;
    if (move == PTN_STAY_ENTRY)
        take_entry(&walk, on, false);
    else
        take_exit(&walk, on, false);
    before.unmatched = walk.unmatched;
    for (size_t i = 0; i < history->exempt_count; i++) {
        int64_t first = ptn_date_to_days(history->exempt[i].first);
        int64_t last = ptn_date_to_days(history->exempt[i].last);

        for (size_t at = 0; at < run->count; at++)
            if (run->first + (int64_t)at >= first && run->first + (int64_t)at <= last)
                run->days[at] = DAY_NONE;
    }
    return before;
}

/* How many days at index to-window+1 .. to are what is asked for. */
static unsigned count_days(const struct run *run, size_t to, unsigned window_days, enum day what)
{
    unsigned found = 0;
    size_t from = to + 1 >= window_days ? to + 1 - window_days : 0;

    for (size_t i = from; i <= to; i++)
        found += run->days[i] == (uint8_t)what ? 1u : 0u;
    return found;
}

/* How many of the unknown days of the run's last window lie before the records begin. */
static unsigned count_unseen(const struct ptn_stay_history *history, const struct run *run,
                             unsigned window_days)
{
    unsigned found = 0;

    for (size_t i = run->count - window_days; i < run->count; i++)
        found += run->days[i] == DAY_UNKNOWN && run->first + (int64_t)i <= last_unseen(history)
                     ? 1u
                     : 0u;
    return found;
}

/* The run that ends on `last` and in which the whole window before each of its later half's days is
 * seen. */
static void place(struct run *run, int32_t last, unsigned window_days)
{
    run->count = (size_t)window_days * 2u;
    run->first = last - (int32_t)run->count + 1;
}

/* Staying from `on`, the run's last day, without a break: the last day within the limit, or no
 * date. */
static struct ptn_date step_forward(const struct run *run, struct ptn_stay_limit limit, int32_t on)
{
    size_t here = run->count - 1;
    unsigned used = count_days(run, here, limit.window_days, DAY_CERTAIN);
    int32_t day = on;

    if (run->days[here] != DAY_CERTAIN)
        used++;
    if (used > limit.days)
        return PTN_DATE_NONE;
    /* Day day+1 comes in; the day a window before it falls out. The limit is below the window, so
     * this ends. */
    for (unsigned step = 1; step < limit.window_days; step++) {
        used += run->days[here + step - limit.window_days] == DAY_CERTAIN ? 0u : 1u;
        if (used > limit.days)
            break;
        day = on + (int32_t)step;
    }
    return ptn_date_from_days(day);
}

/* Staying away from `on` on: the first day on which coming in is within the limit. Once the window
 * is past `on`, it is. */
static struct ptn_date step_to_entry(const struct run *run, struct ptn_stay_limit limit, int32_t on)
{
    size_t here = run->count - 1;
    unsigned used = count_days(run, here, limit.window_days, DAY_CERTAIN);
    unsigned step = 0;

    /* That day itself must still be within the limit, and counts once. */
    if (run->days[here] == DAY_CERTAIN && used <= limit.days)
        return ptn_date_from_days(on);
    while (used >= limit.days) {
        step++;
        used -= run->days[here + step - limit.window_days] == DAY_CERTAIN ? 1u : 0u;
    }
    return ptn_date_from_days(on + (int32_t)step);
}

/* The open stay from `from` to `on`: its first day past the limit, if any, and how many there are.
 * DECIDE-5.
 */
static void find_over(const struct ptn_stay_history *history, struct ptn_stay_limit limit,
                      int32_t from, int32_t on, struct ptn_stay *stay)
{
    struct run run;
    int32_t window = (int32_t)limit.window_days;

    for (int32_t start = from; start <= on; start += window) {
        int32_t end = on - start < window ? on : start + window - 1;

        place(&run, end, limit.window_days);
        (void)lay_out(history, PTN_STAY_EXIT, on, &run);
        for (int32_t day = start; day <= end; day++) {
            size_t at = (size_t)(day - run.first);

            if (run.days[at] != DAY_CERTAIN ||
                count_days(&run, at, limit.window_days, DAY_CERTAIN) <= limit.days)
                continue;
            if (stay->over_days == 0)
                stay->leave_by = ptn_date_from_days(day - 1);
            stay->over_days++;
        }
    }
}

static struct ptn_status check_input(const struct ptn_stay_history *history,
                                     struct ptn_stay_limit limit, struct ptn_date on,
                                     struct ptn_diag *reterr)
{
    if (limit.days < 1 || limit.days >= limit.window_days ||
        limit.window_days > PTN_STAYS_WINDOW_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "limit of stay is out of range");
    if (!ptn_date_is_full(on) || !ptn_date_is_possible(on))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the day asked for is not a full date");
    if (!ptn_date_is_none(history->known_since) &&
        (!ptn_date_is_full(history->known_since) || !ptn_date_is_possible(history->known_since)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the records begin on no full date");
    for (size_t i = 0; i < history->event_count; i++) {
        struct ptn_date date = history->events[i].date;

        if (!ptn_date_is_full(date) || !ptn_date_is_possible(date))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "crossing without a full date");
        if (ptn_date_compare(date, on) > 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "crossing after the day asked for");
        if (i > 0 && ptn_date_compare(history->events[i - 1].date, date) > 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "crossings are not in order");
    }
    for (size_t i = 0; i < history->exempt_count + history->gap_count; i++) {
        const struct ptn_stay_period *period = i < history->exempt_count
                                                   ? &history->exempt[i]
                                                   : &history->gaps[i - history->exempt_count];

        if (!ptn_date_is_full(period->first) || !ptn_date_is_possible(period->first) ||
            !ptn_date_is_full(period->last) || !ptn_date_is_possible(period->last) ||
            ptn_date_compare(period->first, period->last) > 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "period is not two full dates in order");
    }
    return PTN_OK;
}

struct ptn_status ptn_stays_count(const struct ptn_stay_history *history,
                                  struct ptn_stay_limit limit, enum ptn_stay_move move,
                                  struct ptn_date on, struct ptn_stay *ret_stay,
                                  struct ptn_diag *reterr)
{
    struct ptn_status status;
    struct ptn_stay stay = { .limit = limit };
    struct run run;
    struct walk before;
    int32_t day;

    PTN_PRE(history != NULL);
    PTN_PRE(ret_stay != NULL);
    status = check_input(history, limit, on, reterr);
    if (!ptn_ok(status))
        return status;
    stay.known_since = history->known_since;
    if (!history->known) {
        *ret_stay = stay;
        return PTN_OK;
    }
    day = ptn_date_to_days(on);
    place(&run, day, limit.window_days);
    before = lay_out(history, move, day, &run);
    stay.known = true;
    stay.inside = before.open;
    if (before.open)
        stay.entered = ptn_date_from_days(before.opened);
    stay.entry_known = move == PTN_STAY_EXIT && before.open && before.opened > last_unseen(history);
    stay.unmatched = before.unmatched;
    stay.used = count_days(&run, run.count - 1, limit.window_days, DAY_CERTAIN);
    stay.unknown_days = count_days(&run, run.count - 1, limit.window_days, DAY_UNKNOWN);
    stay.unseen_days = count_unseen(history, &run, limit.window_days);
    stay.left = stay.used < limit.days ? limit.days - stay.used : 0;
    stay.leave_by = step_forward(&run, limit, day);
    stay.enter_from = step_to_entry(&run, limit, day);
    if (stay.entry_known && !before.open_exempt)
        find_over(history, limit, before.opened, day, &stay);
    *ret_stay = stay;
    return PTN_OK;
}

/* ---- two histories ---- */

static unsigned more_of(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

void ptn_stays_worse(struct ptn_stay *stay, const struct ptn_stay *country, enum ptn_stay_move move)
{
    const bool none = ptn_date_is_none(stay->leave_by) || ptn_date_is_none(country->leave_by);

    if (none && move == PTN_STAY_ENTRY) /* not even today is left */
        stay->leave_by = PTN_DATE_NONE;
    else if (ptn_date_is_none(stay->leave_by) ||
             (!none && ptn_date_compare(country->leave_by, stay->leave_by) < 0))
        stay->leave_by = country->leave_by;
    if (ptn_date_is_none(stay->enter_from) ||
        ptn_date_compare(country->enter_from, stay->enter_from) > 0)
        stay->enter_from = country->enter_from;
    stay->used = more_of(stay->used, country->used);
    stay->left = stay->left < country->left ? stay->left : country->left;
    stay->over_days = more_of(stay->over_days, country->over_days);
    stay->unknown_days = country->unknown_days;
    stay->unseen_days = country->unseen_days;
    stay->unmatched = country->unmatched;
    stay->inside = country->inside;
    if (ptn_date_is_none(stay->entered) || (!ptn_date_is_none(country->entered) &&
                                            ptn_date_compare(country->entered, stay->entered) < 0))
        stay->entered = country->entered;
    stay->entry_known = country->entry_known;
}
