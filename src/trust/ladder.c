#include "trust/ladder.h"

/* The table of the header. */
static const enum ptn_ladder_place moves[PTN_LADDER_PLACE_COUNT][PTN_LADDER_EVENT_COUNT] = {
    [PTN_LADDER_NORMAL] = { PTN_LADDER_OWN, PTN_LADDER_NORMAL, PTN_LADDER_LOCAL, PTN_LADDER_MANUAL,
                            PTN_LADDER_NORMAL },
    [PTN_LADDER_OWN] = { PTN_LADDER_OWN, PTN_LADDER_NORMAL, PTN_LADDER_LOCAL, PTN_LADDER_MANUAL,
                         PTN_LADDER_NORMAL },
    [PTN_LADDER_LOCAL] = { PTN_LADDER_LOCAL, PTN_LADDER_LOCAL, PTN_LADDER_LOCAL, PTN_LADDER_MANUAL,
                           PTN_LADDER_NORMAL },
    [PTN_LADDER_MANUAL] = { PTN_LADDER_MANUAL, PTN_LADDER_MANUAL, PTN_LADDER_LOCAL,
                            PTN_LADDER_MANUAL, PTN_LADDER_NORMAL },
};

enum ptn_rung ptn_ladder_rung(const struct ptn_ladder *ladder)
{
    switch (ladder->place) {
    case PTN_LADDER_NORMAL:
        return PTN_RUNG_NORMAL;
    case PTN_LADDER_OWN:
    case PTN_LADDER_LOCAL:
        return PTN_RUNG_LOCAL;
    case PTN_LADDER_MANUAL:
    case PTN_LADDER_PLACE_COUNT:
        break;
    }
    return PTN_RUNG_MANUAL;
}

struct ptn_ladder_event ptn_ladder_event_of(const struct ptn_standing *standing, bool own,
                                            int64_t now_ms)
{
    struct ptn_ladder_event event = { .cause = standing->cause, .now_ms = now_ms };
    enum ptn_rung rung = standing->entry > standing->exit ? standing->entry : standing->exit;

    if (rung == PTN_RUNG_MANUAL)
        event.kind = PTN_LADDER_ORDERED_MANUAL;
    else if (own && standing->count == 1)
        event.kind = PTN_LADDER_SILENCE; /* its own step alone keeps it where it is */
    else if (rung == PTN_RUNG_LOCAL)
        event.kind = PTN_LADDER_ORDERED_LOCAL;
    else
        event.kind = PTN_LADDER_CLEARED;
    return event;
}

unsigned ptn_ladder_conditions(const struct ptn_ladder *ladder, int64_t now_ms)
{
    unsigned conditions = 0;

    if (ladder->place != PTN_LADDER_OWN)
        return 0;
    conditions |= PTN_PROVISO_ALONE;
    if (now_ms >= ladder->since_ms && now_ms - ladder->since_ms < PTN_LADDER_BRIEF_MS)
        conditions |= PTN_PROVISO_BRIEF;
    return conditions;
}

/* May it step back by itself now? */
static bool may_step_back(const struct ptn_ladder *ladder, int64_t now_ms)
{
    const unsigned both = PTN_PROVISO_BRIEF | PTN_PROVISO_ALONE;
    unsigned backs = 0;

    for (size_t i = 0; i < PTN_LADDER_BACKS_MAX; i++)
        if (ladder->backs_ms[i] != 0 && now_ms - ladder->backs_ms[i] < PTN_LADDER_DAY_MS)
            backs++;
    return ptn_ladder_conditions(ladder, now_ms) == both && backs < PTN_LADDER_BACKS_MAX &&
           ladder->steady_since_ms >= 0 && now_ms >= ladder->steady_since_ms &&
           now_ms - ladder->steady_since_ms >= PTN_LADDER_STEADY_MS;
}

/* Keep the newest steps back. */
static void note_back(struct ptn_ladder *ladder, int64_t now_ms)
{
    size_t oldest = 0;

    for (size_t i = 1; i < PTN_LADDER_BACKS_MAX; i++)
        if (ladder->backs_ms[i] < ladder->backs_ms[oldest])
            oldest = i;
    ladder->backs_ms[oldest] = now_ms;
}

/* The cause after the event: the gravest so far; none at normal. */
static enum ptn_cause cause_after(const struct ptn_ladder *ladder,
                                  const struct ptn_ladder_event *event, bool steps_down,
                                  enum ptn_ladder_place place)
{
    enum ptn_cause cause = ladder->cause;

    if (place == PTN_LADDER_NORMAL)
        return PTN_CAUSE_NONE;
    if (steps_down && cause < PTN_CAUSE_TECHNICAL)
        cause = PTN_CAUSE_TECHNICAL;
    return event->cause > cause ? event->cause : cause;
}

enum ptn_ladder_act ptn_ladder_move(const struct ptn_ladder *ladder,
                                    const struct ptn_ladder_event *event,
                                    struct ptn_ladder *ret_next)
{
    struct ptn_ladder next = *ladder;
    enum ptn_ladder_place place = moves[ladder->place][event->kind];
    bool steps_down = ladder->place == PTN_LADDER_NORMAL && place == PTN_LADDER_OWN;
    bool steps_back = false;

    if (event->kind == PTN_LADDER_SILENCE)
        next.steady_since_ms = -1;
    else if (event->kind == PTN_LADDER_HEARTBEAT && ladder->steady_since_ms < 0)
        next.steady_since_ms = event->now_ms;
    if (ladder->place == PTN_LADDER_OWN && event->kind == PTN_LADDER_HEARTBEAT) {
        steps_back = may_step_back(&next, event->now_ms);
        place = steps_back ? PTN_LADDER_NORMAL : PTN_LADDER_OWN;
    }
    next.cause = cause_after(ladder, event, steps_down, place);
    next.place = place;
    if (steps_back)
        note_back(&next, event->now_ms);
    if (place != ladder->place)
        next.since_ms = event->now_ms;
    *ret_next = next;
    if (steps_down)
        return PTN_LADDER_STEP_DOWN;
    if (steps_back)
        return PTN_LADDER_STEP_BACK;
    return place != ladder->place ? PTN_LADDER_MOVED : PTN_LADDER_STAY;
}
