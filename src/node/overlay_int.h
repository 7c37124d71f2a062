/*
 * node/overlay_int.h -- what centres publish, as lanes see it: small snapshots beside the mapped
 * one, none of which ever changes. What is new is another overlay that shares all chunks but those
 * that differ, so that an alert is in force in about a millisecond, and no lane waits for it.
 *
 * PUBLISH-3: matches come in the order in which the alerts were published, at most
 * PTN_OVERLAY_MATCH_MAX, so that none that is there is pushed out by what comes later.
 */
#ifndef PTN_NODE_OVERLAY_INT_H
#define PTN_NODE_OVERLAY_INT_H
#include "decision/decide.h"
#include "record/alert.h"
#include "watch/delta.h"

#define PTN_OVERLAY_CHUNK     100u /* alerts in one snapshot: a search of it gives them all */
#define PTN_OVERLAY_MATCH_MAX 32u
#define PTN_OVERLAY_ORDER_MAX 8u /* orders to leave of one person */

/* The sure signs that a person is one whom an order names; below it they only resemble them. */
#define PTN_OVERLAY_NAMED_SCORE 8500u

#define PTN_OVERLAY_ALERTS "national-alerts"
#define PTN_OVERLAY_LEAVE  "orders-to-leave"

/* One version of an alert. All Borrowed for the call. */
struct ptn_overlay_alert {
    const struct ptn_alert *alert;
    const char *entry; /* its id as a list's entry */
};

/* One order to leave as it stands. */
struct ptn_overlay_leave {
    const struct ptn_leave *leave;
    int64_t deadline_ms; /* the one that counts */
};

struct ptn_overlay_chunk; /* opaque, shared, counted */
struct ptn_overlay_rows; /* opaque, counted: the base of published lists, and the delta beside it */
struct ptn_overlay;      /* opaque, counted */

/* A chunk of at most PTN_OVERLAY_CHUNK alerts, or of one order. NULL in *ret_chunk for no alerts.
 * The codes of ptn_snapshot_builder_make and ptn_snapshot_open_bytes. */
PTN_MUST_USE struct ptn_status ptn_overlay_chunk_alerts(const struct ptn_world *world,
                                                        const struct ptn_overlay_alert *alerts,
                                                        size_t count,
                                                        struct ptn_overlay_chunk **ret_chunk);
PTN_MUST_USE struct ptn_status ptn_overlay_chunk_leave(const struct ptn_world *world,
                                                       const struct ptn_overlay_leave *leave,
                                                       struct ptn_overlay_chunk **ret_chunk);
struct ptn_overlay_chunk *ptn_overlay_chunk_hold(struct ptn_overlay_chunk *chunk);
void ptn_overlay_chunk_leave_off(struct ptn_overlay_chunk *chunk); /* NULL is fine */

/* chunks are held by the overlay, in their order; NULL ones are passed over. edition_ms: of the
 * newest record. NULL: no memory. One reference is the caller's. */
struct ptn_overlay *ptn_overlay_new(struct ptn_overlay_chunk *const *chunks, size_t count,
                                    int64_t edition_ms, size_t alerts);
struct ptn_overlay *
ptn_overlay_hold(struct ptn_overlay *overlay); /* NULL is fine, here and below */
void ptn_overlay_release(struct ptn_overlay *overlay);

/* Published lists (docs/format/editions.md) are searched with it from now on; before others have
 * it. rows is held; NULL is fine. */
void ptn_overlay_put_rows(struct ptn_overlay *overlay, struct ptn_overlay_rows *rows);

/* The codes of ptn_snapshot_open. One reference is the caller's. */
PTN_MUST_USE struct ptn_status ptn_overlay_rows_open(const struct ptn_world *world,
                                                     const char *path,
                                                     struct ptn_overlay_rows **ret_rows,
                                                     struct ptn_diag *reterr);
/* The same base, with the delta at path beside it; path NULL: the base alone. The codes of
 * ptn_delta_open. */
PTN_MUST_USE struct ptn_status ptn_overlay_rows_beside(const struct ptn_world *world,
                                                       const struct ptn_overlay_rows *former,
                                                       const char *path,
                                                       struct ptn_overlay_rows **ret_rows,
                                                       struct ptn_diag *reterr);
struct ptn_overlay_rows *ptn_overlay_rows_hold(struct ptn_overlay_rows *rows);
void ptn_overlay_rows_leave_off(struct ptn_overlay_rows *rows);

/* NULL: none. */
const struct ptn_snapshot *ptn_overlay_rows_base(const struct ptn_overlay_rows *rows);
const struct ptn_delta *ptn_overlay_rows_delta(const struct ptn_overlay_rows *rows);

/* The published lists that are searched, with what counts of them in base and delta; in order of
 * name. */
size_t ptn_overlay_rows_list_count(const struct ptn_overlay_rows *rows);
struct ptn_snapshot_list ptn_overlay_rows_list(const struct ptn_overlay_rows *rows, size_t index);

/* Whether a snapshot's list is of rows whose removal is not confirmed. */
bool ptn_overlay_is_unconfirmed(struct ptn_bytes list);
/* The list it was published in: the name without what says that. */
struct ptn_bytes ptn_overlay_list_name(struct ptn_bytes list);

/* As ptn_screen; a match whose removal is not confirmed says so in its explanation. */
PTN_MUST_USE struct ptn_status
ptn_overlay_rows_screen(const struct ptn_overlay_rows *rows, const struct ptn_screen_query *query,
                        struct ptn_arena *arena, struct ptn_match **ret_matches, size_t *ret_count,
                        bool *ret_more, struct ptn_diag *reterr);

/* The published lists that it searches, likewise. */
size_t ptn_overlay_list_count(const struct ptn_overlay *overlay);
struct ptn_snapshot_list ptn_overlay_list(const struct ptn_overlay *overlay, size_t index);

/* Snapshots of people on lists: alerts in the order of publishing, then published lists, what came
 * since their base was made before the base. Orders to leave are none of them. */
size_t ptn_overlay_snapshot_count(const struct ptn_overlay *overlay);
const struct ptn_snapshot *ptn_overlay_snapshot_at(const struct ptn_overlay *overlay, size_t index);
/* Whether an entry of one of them does not count any more. */
bool ptn_overlay_is_gone(const struct ptn_overlay *overlay, const struct ptn_snapshot *snapshot,
                         size_t ordinal);
/* The delta beside the base of published lists; NULL: there is none. */
const struct ptn_delta *ptn_overlay_delta(const struct ptn_overlay *overlay);

/* Whether something in it has changed since it was made or opened (POST-9). */
bool ptn_overlay_is_damaged(const struct ptn_overlay *overlay);
bool ptn_overlay_chunk_is_damaged(const struct ptn_overlay_chunk *chunk); /* NULL is fine */
bool ptn_overlay_rows_are_damaged(const struct ptn_overlay_rows *rows);   /* likewise */

int64_t ptn_overlay_edition_ms(const struct ptn_overlay *overlay);
size_t ptn_overlay_alerts(const struct ptn_overlay *overlay);
/* When the alert was published that a match of this overlay is about; 0: it is of none. */
int64_t ptn_overlay_published_ms(const struct ptn_overlay *overlay, const struct ptn_match *match);

/* What a search of it found; views live as long as the overlay and the arena both do. */
struct ptn_overlay_found {
    struct ptn_match *matches;
    size_t match_count;
    bool more;
    bool damaged; /* some of it could not be searched, or not to be relied on */
    struct ptn_check_order *orders;
    size_t order_count;
};

/* A search as of ptn_screen, with the same query. now_ms: a deadline is a moment, not a day. */
PTN_MUST_USE struct ptn_status ptn_overlay_screen(const struct ptn_overlay *overlay,
                                                  const struct ptn_screen_query *query,
                                                  int64_t now_ms, struct ptn_arena *arena,
                                                  struct ptn_overlay_found *ret_found,
                                                  struct ptn_diag *reterr);

/* The same, added to a check after the matches it has; its orders are those found. */
PTN_MUST_USE struct ptn_status
ptn_overlay_check(const struct ptn_overlay *overlay, const struct ptn_screen_query *query,
                  int64_t now_ms, struct ptn_arena *arena, struct ptn_check *check,
                  struct ptn_overlay_found *ret_found, struct ptn_diag *reterr);

/* What is asked for of whoever crossed, from a record: name holds the name in one piece. */
#define PTN_OVERLAY_NAME_SIZE (2u * PTN_PERSON_NAME_MAX + 2u)
struct ptn_screen_query ptn_overlay_query(const struct ptn_person *person, struct ptn_bytes plate,
                                          char name[PTN_OVERLAY_NAME_SIZE]);
#endif
