/* Unit tests of decision/stays.c: the worked examples of the rule, its edges, and a slow reading of
 * it for comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decision/stays.h"

static const struct ptn_stay_limit usual = { 90, 180 };

static struct ptn_date day(const char *text)
{
    struct ptn_date date = PTN_DATE_NONE;

    assert_int_equal(ptn_date_parse(ptn_bytes_from_text(text), &date, NULL).code, PTN_C_OK);
    return date;
}

static struct ptn_date plus(const char *text, int32_t days)
{
    return ptn_date_from_days(ptn_date_to_days(day(text)) + days);
}

#define EVENTS_MAX 64u

struct past {
    struct ptn_stay_history history;
    struct ptn_stay_event events[EVENTS_MAX];
};

static void past_add(struct past *past, struct ptn_date date, enum ptn_stay_move move, bool exempt)
{
    past->events[past->history.event_count++] =
        (struct ptn_stay_event){ .date = date, .move = move, .exempt = exempt };
    past->history.events = past->events;
}

/* "E2024-01-01 X2024-01-10 ...": E entry, X exit, L entry that does not count. */
static void past_read(struct past *past, const char *text)
{
    memset(past, 0, sizeof(*past));
    past->history.known = true;
    for (; *text != '\0'; text += text[11] == ' ' ? 12 : 11) {
        char date[11] = { 0 };

        memcpy(date, text + 1, 10);
        past_add(past, day(date), text[0] == 'X' ? PTN_STAY_EXIT : PTN_STAY_ENTRY, text[0] == 'L');
    }
}

static struct ptn_stay count(const struct past *past, enum ptn_stay_move move, struct ptn_date on)
{
    struct ptn_stay stay = { 0 };

    assert_int_equal(ptn_stays_count(&past->history, usual, move, on, &stay, NULL).code, PTN_C_OK);
    return stay;
}

struct example {
    const char *what;
    const char *past;
    enum ptn_stay_move move;
    const char *on;
    unsigned used, left;
    const char *leave_by; /* "" for none */
    unsigned over_days;
    unsigned unknown_days;
};

static const struct example examples[] = {
    { "first visit: the entry day counts, so 90 days end 89 later", "", PTN_STAY_ENTRY,
      "2024-06-01", 0, 90, "2024-08-29", 0, 0 },
    { "the published worked example: 30 used, 60 left",
      "E2024-01-01 X2024-01-10 E2024-03-01 X2024-03-20", PTN_STAY_ENTRY, "2024-06-01", 30, 60,
      "2024-08-09", 0, 0 },
    { "same-day entry and exit is one day", "E2024-05-01 X2024-05-01", PTN_STAY_ENTRY, "2024-06-01",
      1, 89, "2024-08-28", 0, 0 },
    { "two visits on one day are one day", "E2024-05-01 X2024-05-01 E2024-05-01 X2024-05-01",
      PTN_STAY_ENTRY, "2024-06-01", 1, 89, "2024-08-28", 0, 0 },
    { "89 used leaves the entry day only", "E2024-01-01 X2024-03-29", PTN_STAY_ENTRY, "2024-04-30",
      89, 1, "2024-04-30", 0, 0 },
    { "90 used: not even the entry day", "E2024-01-01 X2024-03-30", PTN_STAY_ENTRY, "2024-04-30",
      90, 0, "", 0, 0 },
    { "90 used, back on the day of leaving: that day is counted already", "E2024-01-01 X2024-03-30",
      PTN_STAY_ENTRY, "2024-03-30", 90, 0, "2024-03-30", 0, 0 },
    { "90 days, then 89 out: still none", "E2024-01-01 X2024-03-30", PTN_STAY_ENTRY, "2024-06-28",
      90, 0, "", 0, 0 },
    { "90 days, then 90 out: day 181 opens 90 again", "E2024-01-01 X2024-03-30", PTN_STAY_ENTRY,
      "2024-06-29", 89, 1, "2024-09-26", 0, 0 },
    { "a stay that began before the window counts only its inside part", "E2023-11-01 X2023-12-10",
      PTN_STAY_ENTRY, "2024-06-01", 6, 84, "2024-08-29", 0, 0 },
    { "leaving on day 90 is in time", "E2024-01-01", PTN_STAY_EXIT, "2024-03-30", 90, 0,
      "2024-03-30", 0, 0 },
    { "leaving on day 91 is a day over", "E2024-01-01", PTN_STAY_EXIT, "2024-03-31", 91, 0,
      "2024-03-30", 1, 0 },
    { "leaving on day 30: the last day is 60 later", "E2024-01-01", PTN_STAY_EXIT, "2024-01-30", 30,
      60, "2024-03-30", 0, 0 },
    { "three years over", "E2021-01-01", PTN_STAY_EXIT, "2023-12-31", 180, 0, "2021-03-31", 1005,
      0 },
    { "long-stay visa: the stay does not count", "L2024-01-01 X2024-04-30", PTN_STAY_ENTRY,
      "2024-06-01", 0, 90, "2024-08-29", 0, 0 },
    { "long-stay visa, leaving after a year", "L2023-01-01", PTN_STAY_EXIT, "2024-01-01", 0, 90,
      "2024-03-30", 0, 0 },
    { "an exit without an entry: one day for certain, the rest not known", "X2024-05-10",
      PTN_STAY_ENTRY, "2024-06-01", 1, 89, "2024-08-28", 0, 157 },
    { "leaving without an entry on record is never an overstay", "E2023-01-01 X2023-01-05",
      PTN_STAY_EXIT, "2024-06-01", 1, 89, "2024-08-29", 0, 179 },
    { "an entry without an exit: the days between are not known", "E2024-03-01", PTN_STAY_ENTRY,
      "2024-06-01", 1, 89, "2024-08-29", 0, 91 },
    { "a hundred days between two entries are not an overstay", "E2024-01-01 E2024-04-10",
      PTN_STAY_EXIT, "2024-04-20", 12, 78, "2024-07-08", 0, 99 },
};

static void test_stays__examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        const struct example *example = &examples[i];
        char leave_by[PTN_DATE_TEXT_SIZE];
        struct past past;
        struct ptn_stay stay;

        past_read(&past, example->past);
        stay = count(&past, example->move, day(example->on));
        (void)ptn_date_write(stay.leave_by, leave_by);
        if (stay.used != example->used || stay.left != example->left ||
            stay.over_days != example->over_days || stay.unknown_days != example->unknown_days ||
            strcmp(ptn_date_is_none(stay.leave_by) ? "" : leave_by, example->leave_by) != 0)
            fail_msg("%s: used %u left %u leave_by %s over %u unknown %u", example->what, stay.used,
                     stay.left, leave_by, stay.over_days, stay.unknown_days);
    }
}

static void test_stays__days_fall_out_while_a_person_stays(void **state)
{
    struct past past;
    struct ptn_stay stay;

    (void)state;
    /* 80 days long ago: 10 are left today, but old days fall out from the second day on. */
    past_read(&past, "E2024-01-01 X2024-03-20");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-28"));
    assert_int_equal(stay.used, 80);
    assert_int_equal(stay.left, 10);
    assert_true(ptn_date_equal(stay.leave_by, plus("2024-06-28", 89)));
    assert_true(stay.known);
}

static void test_stays__gaps_are_not_known_and_never_an_overstay(void **state)
{
    const struct ptn_stay_period one[] = { { day("2024-02-01"), day("2024-02-10") } };
    const struct ptn_stay_period two[] = { { day("2024-01-20"), day("2024-01-22") },
                                           { day("2024-04-10"), day("2024-04-12") } };
    struct past past;
    struct ptn_stay stay;

    (void)state;
    past_read(&past, "E2024-01-01");
    past.history.gaps = one;
    past.history.gap_count = 1;
    /* 110 days on paper, 8 of which the person can have been away. */
    stay = count(&past, PTN_STAY_EXIT, day("2024-04-19"));
    assert_int_equal(stay.used, 102);
    assert_int_equal(stay.unknown_days, 8);
    assert_int_equal(stay.over_days, 12);
    /* Out in the first gap and back in the second: nearly all of it is not known. */
    past.history.gaps = two;
    past.history.gap_count = 2;
    stay = count(&past, PTN_STAY_EXIT, day("2024-04-19"));
    assert_int_equal(stay.used, 28);
    assert_int_equal(stay.over_days, 0);
    assert_int_equal(stay.unknown_days, 82);
    /* A gap of one day hides nothing: leaving and coming back on it makes it a day of stay all the
     * same. */
    past.history.gaps = &(struct ptn_stay_period){ day("2024-02-01"), day("2024-02-01") };
    past.history.gap_count = 1;
    stay = count(&past, PTN_STAY_EXIT, day("2024-04-19"));
    assert_int_equal(stay.unknown_days, 0);
    assert_int_equal(stay.used, 110);
}

static void test_stays__a_gap_reaches_no_further_than_the_stay(void **state)
{
    const struct ptn_stay_period wide[] = { { day("2024-01-01"), day("2024-02-10") } };
    struct past past;
    struct ptn_stay stay;

    (void)state;
    /* the gap began before the entry and ended inside the stay: only what lies inside can be
     * unknown */
    past_read(&past, "E2024-02-01 X2024-02-20");
    past.history.gaps = wide;
    past.history.gap_count = 1;
    stay = count(&past, PTN_STAY_ENTRY, day("2024-03-01"));
    assert_int_equal(stay.used, 12);
    assert_int_equal(stay.unknown_days, 8);
    past_read(&past, "E2023-12-20 X2024-01-10");
    past.history.gaps = wide;
    past.history.gap_count = 1;
    stay = count(&past, PTN_STAY_ENTRY, day("2024-03-01"));
    assert_int_equal(stay.used, 14);
    assert_int_equal(stay.unknown_days, 8);
}

static void test_stays__missing_halves_are_counted_while_they_matter(void **state)
{
    struct past past;
    struct ptn_stay stay;

    (void)state;
    past_read(&past, "X2024-01-01 E2024-02-01 E2024-03-01 X2024-03-05");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-04-01"));
    assert_int_equal(stay.unmatched, 2);
    /* long ago they are history */
    stay = count(&past, PTN_STAY_ENTRY, day("2026-04-01"));
    assert_int_equal(stay.unmatched, 0);
    assert_int_equal(stay.unknown_days, 0);
    /* a stay that does not count leaves nothing unknown behind when its exit is missing */
    past_read(&past, "L2024-02-01 E2024-03-01 X2024-03-05");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-04-01"));
    assert_int_equal(stay.unmatched, 1);
    assert_int_equal(stay.unknown_days, 0);
    assert_int_equal(stay.used, 5);
}

static void test_stays__permit_days_inside_a_stay_do_not_count(void **state)
{
    const struct ptn_stay_period permit[] = { { day("2024-02-01"), day("2024-12-31") } };
    struct past past;
    struct ptn_stay stay;

    (void)state;
    past_read(&past, "E2024-01-01");
    past.history.exempt = permit;
    past.history.exempt_count = 1;
    stay = count(&past, PTN_STAY_EXIT, day("2024-12-01"));
    assert_int_equal(stay.over_days, 0);
    stay = count(&past, PTN_STAY_EXIT, day("2024-03-01"));
    assert_int_equal(stay.used, 31);
}

static void test_stays__unknown_history_says_nothing(void **state)
{
    struct past past = { 0 };
    struct ptn_stay stay;

    (void)state;
    past.history.known_since = day("2024-05-01");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-01"));
    assert_false(stay.known);
    assert_int_equal(stay.used, 0);
    assert_int_equal(stay.left, 0);
    assert_true(ptn_date_is_none(stay.leave_by));
    assert_true(ptn_date_equal(stay.known_since, day("2024-05-01")));
}

static void test_stays__bad_input_is_refused_and_output_untouched(void **state)
{
    static const struct ptn_stay_limit limits[] = {
        { 0, 180 }, { 180, 180 }, { 90, 367 }, { 1, 0 }
    };
    struct ptn_stay stay = { .used = 77 };
    struct past past;

    (void)state;
    past_read(&past, "");
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        assert_int_equal(ptn_stays_count(&past.history, limits[i], PTN_STAY_ENTRY,
                                         day("2024-06-01"), &stay, NULL)
                             .code,
                         PTN_C_BAD_INPUT);
    past_read(&past, "E2024-02-02 X2024-02-01");
    assert_int_equal(
        ptn_stays_count(&past.history, usual, PTN_STAY_ENTRY, day("2024-06-01"), &stay, NULL).code,
        PTN_C_BAD_INPUT);
    past_read(&past, "E2024-06-02");
    assert_int_equal(
        ptn_stays_count(&past.history, usual, PTN_STAY_ENTRY, day("2024-06-01"), &stay, NULL).code,
        PTN_C_BAD_INPUT);
    past_read(&past, "");
    assert_int_equal(ptn_stays_count(&past.history, usual, PTN_STAY_ENTRY,
                                     (struct ptn_date){ 2024, 6, 0 }, &stay, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
    past.history.gaps = &(struct ptn_stay_period){ day("2024-02-02"), day("2024-02-01") };
    past.history.gap_count = 1;
    assert_int_equal(
        ptn_stays_count(&past.history, usual, PTN_STAY_ENTRY, day("2024-06-01"), &stay, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(stay.used, 77);
}

/* ---- the rule read slowly, day by day ---- */

static uint64_t seed_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)(seed_next(seed) % limit);
}

static bool in_periods(const struct ptn_stay_period *periods, size_t period_count, int32_t d)
{
    for (size_t i = 0; i < period_count; i++)
        if (ptn_date_to_days(periods[i].first) <= d && d <= ptn_date_to_days(periods[i].last))
            return true;
    return false;
}

static bool is_unseen(const struct ptn_stay_history *history, int32_t d)
{
    return !ptn_date_is_none(history->known_since) && d < ptn_date_to_days(history->known_since);
}

/* Can the person have left on a gap day before d and come back on one after it, inside the stay? */
static bool maybe_away(const struct ptn_stay_history *history, int32_t from, int32_t to, int32_t d)
{
    bool out = false;
    bool back = false;

    for (int32_t x = from; x < d; x++)
        out = out || in_periods(history->gaps, history->gap_count, x);
    for (int32_t y = d + 1; y <= to; y++)
        back = back || in_periods(history->gaps, history->gap_count, y);
    return out && back;
}

/* Was the person there for certain on day d? `events` has the crossing of today as its last when
 * leaving. */
static bool was_there(const struct ptn_stay_history *history, const struct ptn_stay_event *events,
                      size_t event_count, int32_t d)
{
    if (in_periods(history->exempt, history->exempt_count, d))
        return false;
    for (size_t i = 0; i < event_count; i++) {
        int32_t at = ptn_date_to_days(events[i].date);
        bool stay =
            i > 0 && events[i].move == PTN_STAY_EXIT && events[i - 1].move == PTN_STAY_ENTRY;

        if (stay) {
            int32_t from = ptn_date_to_days(events[i - 1].date);

            if (is_unseen(history, from)) { /* where were they when the records began? */
                if (!events[i - 1].exempt && (d == from || (d == at && !events[i].exempt)))
                    return true;
            } else if (!events[i - 1].exempt && from <= d && d <= at &&
                       !maybe_away(history, from, at, d)) {
                return true;
            }
        } else if (at == d && !events[i].exempt) {
            return true;
        }
    }
    return false;
}

/* May the person have been there on day d, which is not certain? `events` has the crossing of today
 * as its last. */
static bool may_be_there(const struct ptn_stay_history *history,
                         const struct ptn_stay_event *events, size_t event_count, int32_t d)
{
    if (in_periods(history->exempt, history->exempt_count, d))
        return false;
    if (is_unseen(history, d))
        return true;
    for (size_t i = 0; i < event_count; i++) {
        int32_t at = ptn_date_to_days(events[i].date);
        int32_t before = i == 0 ? INT32_MIN : ptn_date_to_days(events[i - 1].date);
        bool open = i > 0 && events[i - 1].move == PTN_STAY_ENTRY;
        bool between = before < d && d < at;

        if (events[i].move == PTN_STAY_ENTRY && open && !events[i - 1].exempt && between)
            return true; /* in, and in again: when did they leave? */
        if (events[i].move == PTN_STAY_EXIT && !open && !events[i].exempt && between)
            return true; /* out, without having come in */
        if (events[i].move == PTN_STAY_EXIT && open && is_unseen(history, before) && before < d &&
            d <= at)
            return true; /* in, and then nothing is known until they left */
        if (events[i].move == PTN_STAY_EXIT && open && !events[i - 1].exempt && between &&
            maybe_away(history, before, at, d))
            return true;
    }
    return false;
}

static void compare_unknown(const struct past *past, const struct ptn_stay *stay,
                            struct ptn_stay_limit limit, enum ptn_stay_move move, int32_t on)
{
    struct ptn_stay_event events[EVENTS_MAX + 1];
    size_t recorded = past->history.event_count;
    size_t certain = recorded + (move == PTN_STAY_EXIT ? 1 : 0); /* today counts when leaving */
    unsigned unknown = 0;
    unsigned unseen = 0;

    memcpy(events, past->events, sizeof(past->events));
    events[recorded] = (struct ptn_stay_event){ .date = ptn_date_from_days(on), .move = move };
    for (int32_t d = on - (int32_t)limit.window_days + 1; d <= on; d++) {
        if (was_there(&past->history, events, certain, d) ||
            !may_be_there(&past->history, events, recorded + 1, d))
            continue;
        unknown++;
        unseen += is_unseen(&past->history, d) ? 1u : 0u;
    }
    assert_int_equal(stay->unknown_days, unknown);
    assert_int_equal(stay->unseen_days, unseen);
}

struct slow {
    int32_t first;
    bool there[4000];
};

static unsigned slow_used(const struct slow *slow, int32_t d, unsigned window)
{
    unsigned used = 0;

    for (int32_t x = d - (int32_t)window + 1; x <= d; x++)
        used += slow->there[x - slow->first] ? 1u : 0u;
    return used;
}

static void make_past(uint64_t *seed, struct past *past, struct ptn_stay_period *periods,
                      int32_t on)
{
    int32_t at = on - (int32_t)below(seed, 700);
    unsigned wanted = below(seed, 24);

    memset(past, 0, sizeof(*past));
    past->history.known = true;
    for (unsigned i = 0; i < wanted; i++) {
        bool turn = below(seed, 8) != 0;
        bool in = past->history.event_count % 2 == 0;

        at += (int32_t)below(seed, below(seed, 4) == 0 ? 120 : 25);
        if (at > on)
            break;
        past_add(past, ptn_date_from_days(at), in == turn ? PTN_STAY_ENTRY : PTN_STAY_EXIT,
                 below(seed, 10) == 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        int32_t first = on - (int32_t)below(seed, 300);

        periods[i].first = ptn_date_from_days(first);
        periods[i].last = ptn_date_from_days(first + (int32_t)below(seed, 12));
    }
    past->history.gaps = periods;
    past->history.gap_count = below(seed, 3);
    past->history.exempt = periods + 2;
    past->history.exempt_count = below(seed, 2);
    if (below(seed, 2) == 0)
        past->history.known_since = ptn_date_from_days(on + 2 - (int32_t)below(seed, 260));
}

static void compare_slow(const struct past *past, struct ptn_stay_limit limit,
                         enum ptn_stay_move move, int32_t on)
{
    static struct slow slow;
    struct ptn_stay_event events[EVENTS_MAX + 1];
    size_t event_count = past->history.event_count;
    struct ptn_stay stay = { 0 };
    int32_t last = on;
    unsigned over = 0;
    bool open = event_count > 0 && past->events[event_count - 1].move == PTN_STAY_ENTRY;

    memcpy(events, past->events, sizeof(past->events));
    if (move == PTN_STAY_EXIT)
        events[event_count++] =
            (struct ptn_stay_event){ .date = ptn_date_from_days(on), .move = PTN_STAY_EXIT };
    slow.first = on - 1500;
    for (int32_t d = slow.first; d <= on; d++)
        slow.there[d - slow.first] = was_there(&past->history, events, event_count, d);
    assert_int_equal(
        ptn_stays_count(&past->history, limit, move, ptn_date_from_days(on), &stay, NULL).code,
        PTN_C_OK);
    assert_int_equal(stay.used, slow_used(&slow, on, limit.window_days));
    compare_unknown(past, &stay, limit, move, on);
    if (move == PTN_STAY_EXIT && open && !events[event_count - 2].exempt) {
        for (int32_t d = ptn_date_to_days(events[event_count - 2].date); d <= on; d++) {
            bool past_it =
                slow.there[d - slow.first] && slow_used(&slow, d, limit.window_days) > limit.days;

            if (past_it && over++ == 0)
                assert_int_equal(ptn_date_to_days(stay.leave_by), d - 1);
        }
    }
    assert_int_equal(stay.over_days, over);
    for (last = on;; last++) {
        bool was = last == on && slow.there[on - slow.first];

        slow.there[last - slow.first] = true;
        if (slow_used(&slow, last, limit.window_days) <= limit.days)
            break;
        slow.there[last - slow.first] = was;
    }
    assert_int_equal(ptn_date_to_days(stay.enter_from), last);
    for (int32_t d = on; d <= last; d++)
        slow.there[d - slow.first] = was_there(&past->history, events, event_count, d);
    last = on;
    if (over > 0)
        return;
    for (;; last++) {
        slow.there[last - slow.first] = true;
        if (slow_used(&slow, last, limit.window_days) > limit.days)
            break;
    }
    if (last == on)
        assert_true(ptn_date_is_none(stay.leave_by));
    else
        assert_int_equal(ptn_date_to_days(stay.leave_by), last - 1);
}

static void test_stays__agrees_with_the_rule_read_slowly(void **state)
{
    static const struct ptn_stay_limit limits[] = { { 90, 180 }, { 90, 180 }, { 5, 12 },
                                                    { 30, 31 },  { 1, 2 },    { 365, 366 } };
    uint64_t seed = 20241124;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        int32_t on = 19000 + (int32_t)below(&seed, 2000);
        struct ptn_stay_period periods[4];
        struct past past;

        make_past(&seed, &past, periods, on);
        compare_slow(&past, limits[round % 6], round % 2 == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT, on);
    }
}

/* DECIDE-5: taking crossings away, or declaring gaps, never makes an overstay out of none. */
static void test_stays__less_knowledge_never_makes_an_overstay(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        int32_t on = 19500;
        struct ptn_stay_period periods[4];
        struct past past;
        struct ptn_stay whole, less;

        make_past(&seed, &past, periods, on);
        past.history.gap_count = 0;
        whole = count(&past, PTN_STAY_EXIT, ptn_date_from_days(on));
        past.history.gap_count = 2;
        less = count(&past, PTN_STAY_EXIT, ptn_date_from_days(on));
        assert_true(less.over_days <= whole.over_days);
        assert_true(less.used <= whole.used);
    }
}

/* Somebody's whole life at the border, without a fault in it. */
static void make_life(uint64_t *seed, struct past *past, int32_t on)
{
    int32_t at = on - 500 - (int32_t)below(seed, 200);

    memset(past, 0, sizeof(*past));
    past->history.known = true;
    while (past->history.event_count < EVENTS_MAX) {
        bool in = past->history.event_count % 2 == 0;
        bool exempt = in ? below(seed, 8) == 0 : past->events[past->history.event_count - 1].exempt;

        at += (int32_t)below(seed, below(seed, 4) == 0 ? 120 : 30);
        if (at > on)
            return;
        past_add(past, ptn_date_from_days(at), in ? PTN_STAY_ENTRY : PTN_STAY_EXIT, exempt);
    }
}

/* DECIDE-5: whatever part of what lies before known_since is not there any more, no day is counted
 * that was none, none is left out of both counts, and nobody overstays by it. */
static void test_stays__what_is_forgotten_is_unknown_and_never_counted(void **state)
{
    uint64_t seed = 20261128;
    unsigned over = 0;
    unsigned hidden = 0;

    (void)state;
    for (unsigned round = 0; round < 6000; round++) {
        int32_t on = 19500;
        int32_t since = on + 1 - (int32_t)below(&seed, 400);
        enum ptn_stay_move move;
        struct past life, kept;
        struct ptn_stay whole, part;

        make_life(&seed, &life, on);
        move = life.history.event_count % 2 == 1 ? PTN_STAY_EXIT : PTN_STAY_ENTRY;
        if (move == PTN_STAY_EXIT && life.events[life.history.event_count - 1].exempt)
            continue; /* who leaves on a permit says so; the crossing of today cannot here */
        memset(&kept, 0, sizeof(kept));
        kept.history.known = true;
        kept.history.known_since = ptn_date_from_days(since);
        for (size_t i = 0; i < life.history.event_count; i++) {
            const struct ptn_stay_event *event = &life.events[i];

            if (ptn_date_to_days(event->date) >= since || below(&seed, 3) == 0)
                past_add(&kept, event->date, event->move, event->exempt);
        }
        hidden += life.history.event_count > kept.history.event_count ? 1u : 0u;
        whole = count(&life, move, ptn_date_from_days(on));
        part = count(&kept, move, ptn_date_from_days(on));
        over += whole.over_days > 0 ? 1u : 0u;
        assert_true(part.used <= whole.used);
        assert_true(whole.used <= part.used + part.unknown_days);
        assert_true(part.unseen_days <= part.unknown_days);
        assert_true(part.over_days <= whole.over_days);
        if (part.over_days > 0)
            assert_true(ptn_date_compare(whole.leave_by, part.leave_by) <= 0);
    }
    assert_true(over > 100); /* or it has said nothing */
    assert_true(hidden > 1000);
}

static void test_stays__days_before_the_records_begin_are_unknown(void **state)
{
    struct past past;
    struct ptn_stay stay;

    (void)state;
    /* a post that knows of ten days only, and of nobody */
    past_read(&past, "");
    past.history.known_since = day("2024-05-23");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-01"));
    assert_int_equal(stay.used, 0);
    assert_int_equal(stay.unknown_days, 170);
    assert_int_equal(stay.unseen_days, 170);
    assert_int_equal(stay.unmatched, 0);
    /* the day it begins is known, and so is the day asked for */
    past.history.known_since = day("2024-06-01");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-01"));
    assert_int_equal(stay.unknown_days, 179);
    past.history.known_since = day("2024-06-09");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-01"));
    assert_int_equal(stay.unknown_days, 180);
    /* as far back as the window: nothing is unknown */
    past.history.known_since = day("2023-12-06");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-01"));
    assert_int_equal(stay.unknown_days, 1);
    past.history.known_since = day("2023-12-05");
    stay = count(&past, PTN_STAY_ENTRY, day("2024-06-01"));
    assert_int_equal(stay.unknown_days, 0);
    /* in long before it, and nothing since: they can have been away, and do not overstay */
    past_read(&past, "E2024-01-01");
    stay = count(&past, PTN_STAY_EXIT, day("2024-05-31"));
    assert_int_equal(stay.over_days, 62);
    past.history.known_since = day("2024-05-28");
    stay = count(&past, PTN_STAY_EXIT, day("2024-05-31"));
    assert_int_equal(stay.over_days, 0);
    assert_int_equal(stay.used, 2); /* the day of entry, and the day they leave */
    assert_int_equal(stay.unknown_days, 180 - 2);
    assert_false(stay.entry_known);
}

static void test_stays__records_begin_on_a_day(void **state)
{
    struct ptn_stay stay = { .used = 77 };
    struct past past;

    (void)state;
    past_read(&past, "");
    past.history.known_since = (struct ptn_date){ 2024, 5, 0 };
    assert_int_equal(
        ptn_stays_count(&past.history, usual, PTN_STAY_ENTRY, day("2024-06-01"), &stay, NULL).code,
        PTN_C_BAD_INPUT);
    past.history.known_since = (struct ptn_date){ 2024, 2, 30 };
    assert_int_equal(
        ptn_stays_count(&past.history, usual, PTN_STAY_ENTRY, day("2024-06-01"), &stay, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(stay.used, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stays__examples),
        cmocka_unit_test(test_stays__days_fall_out_while_a_person_stays),
        cmocka_unit_test(test_stays__gaps_are_not_known_and_never_an_overstay),
        cmocka_unit_test(test_stays__a_gap_reaches_no_further_than_the_stay),
        cmocka_unit_test(test_stays__missing_halves_are_counted_while_they_matter),
        cmocka_unit_test(test_stays__permit_days_inside_a_stay_do_not_count),
        cmocka_unit_test(test_stays__unknown_history_says_nothing),
        cmocka_unit_test(test_stays__bad_input_is_refused_and_output_untouched),
        cmocka_unit_test(test_stays__agrees_with_the_rule_read_slowly),
        cmocka_unit_test(test_stays__less_knowledge_never_makes_an_overstay),
        cmocka_unit_test(test_stays__what_is_forgotten_is_unknown_and_never_counted),
        cmocka_unit_test(test_stays__days_before_the_records_begin_are_unknown),
        cmocka_unit_test(test_stays__records_begin_on_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
