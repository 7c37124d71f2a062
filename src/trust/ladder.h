/*
 * trust/ladder.h -- the ladder of one post: normal, local, manual, as a table of moves.
 *
 * Pure. Down never waits. Up is never a matter of time but for the post's own short step: what an
 * order took down comes up when no order stands any more (standing.h), and who may end one is in
 * authorise.h.
 *
 *              silence        heartbeat        ordered local   ordered manual   cleared
 *   normal     own, steps     normal           local           manual           normal
 *   own        own            normal, if …     local           manual           normal
 *   local      local          local            local           manual           normal
 *   manual     manual         manual           local           manual           normal
 *
 * "own" is local by the post's own step: no fresh heartbeat. It steps back by itself only when that
 * is under 30 minutes ago, heartbeats have come for two minutes, it did so at most twice in the
 * last 24 hours, and no order stands. All else needs a duty key that ends its step by name.
 */
#ifndef PTN_TRUST_LADDER_H
#define PTN_TRUST_LADDER_H
#include "trust/standing.h"

#define PTN_LADDER_BRIEF_MS  INT64_C(1800000) /* an own step back is allowed this long */
#define PTN_LADDER_STEADY_MS INT64_C(120000)  /* heartbeats must have come for this long */
#define PTN_LADDER_DAY_MS    INT64_C(86400000)
#define PTN_LADDER_BACKS_MAX 3u /* own steps back in that day */

enum ptn_ladder_place {
    PTN_LADDER_NORMAL,
    PTN_LADDER_OWN, /* local, by the post's own step, and no other order stands */
    PTN_LADDER_LOCAL,
    PTN_LADDER_MANUAL,
    PTN_LADDER_PLACE_COUNT,
};

enum ptn_ladder_event_kind {
    PTN_LADDER_SILENCE,        /* no fresh heartbeat for the time the post is set to */
    PTN_LADDER_HEARTBEAT,      /* a fresh one */
    PTN_LADDER_ORDERED_LOCAL,  /* orders besides its own step ask for local */
    PTN_LADDER_ORDERED_MANUAL, /* … for manual */
    PTN_LADDER_CLEARED,        /* no order stands, its own step's neither */
    PTN_LADDER_EVENT_COUNT,
};

struct ptn_ladder {
    enum ptn_ladder_place place;
    enum ptn_cause cause;                   /* raised, never lowered, until it is at normal again */
    int64_t since_ms;                       /* when it came to this place */
    int64_t steady_since_ms;                /* heartbeats since; -1: silent */
    int64_t backs_ms[PTN_LADDER_BACKS_MAX]; /* its last own steps back; 0: none */
};

/* At normal, nothing known. */
#define PTN_LADDER_START ((struct ptn_ladder){ .place = PTN_LADDER_NORMAL, .steady_since_ms = -1 })

struct ptn_ladder_event {
    enum ptn_ladder_event_kind kind;
    enum ptn_cause cause; /* of what stands; ordered events only */
    int64_t now_ms;
};

/* What the caller has to do with a move. */
enum ptn_ladder_act {
    PTN_LADDER_STAY,
    PTN_LADDER_MOVED,     /* another place: record it */
    PTN_LADDER_STEP_DOWN, /* … by itself: write its own order */
    PTN_LADDER_STEP_BACK, /* … by itself: end its own order */
};

/* PTN_RUNG_NORMAL, _LOCAL or _MANUAL: what records carry. */
enum ptn_rung ptn_ladder_rung(const struct ptn_ladder *ladder);

/* The event for what stands besides the post's own step (own: that stands). */
struct ptn_ladder_event ptn_ladder_event_of(const struct ptn_standing *standing, bool own,
                                            int64_t now_ms);

/* The conditions BRIEF and ALONE as they are: for ptn_orders_step_back. */
unsigned ptn_ladder_conditions(const struct ptn_ladder *ladder, int64_t now_ms);

/*
 * ptn_ladder_move(ladder, event, ret_next):
 * The place after the event. TRUST-3: nothing but CLEARED, ORDERED_LOCAL from manual and the own
 * step back leads up; a cause never gets milder on the way. A clock that goes back allows no step.
 */
enum ptn_ladder_act ptn_ladder_move(const struct ptn_ladder *ladder,
                                    const struct ptn_ladder_event *event,
                                    struct ptn_ladder *ret_next);
#endif
