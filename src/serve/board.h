/*
 * serve/board.h -- what a centre has published, shared between the thread that writes its ledger
 * and those that answer its desk: node/published.h under a lock.
 */
#ifndef PTN_SERVE_BOARD_H
#define PTN_SERVE_BOARD_H
#include "base/text.h"
#include "node/published.h"

struct ptn_board; /* opaque */

/* world is Borrowed. Owned: ptn_board_free. NULL: no memory. */
struct ptn_board *ptn_board_new(const struct ptn_world *world);
void ptn_board_free(struct ptn_board *board);

/* Any thread. A record that is in the ledger: of another kind it is passed over. */
void ptn_board_add(struct ptn_board *board, unsigned kind, struct ptn_bytes payload);

/* Any thread. An offline note names this record. */
void ptn_board_confirm(struct ptn_board *board, const struct ptn_hash *name);

/* Between lock and unlock it is the caller's. */
struct ptn_published *ptn_board_lock(struct ptn_board *board);
void ptn_board_unlock(struct ptn_board *board);

/* Append {"alerts": [...]} and {"orders": [...]} as docs/format/published.md has them. Any thread;
 * take the lock. */
void ptn_board_write_alerts(struct ptn_board *board, struct ptn_date today, struct ptn_json *json);

/*
 * ---- an edition that the brake holds back (desk_lists.c) ----
 *
 * `postern list publish` leaves it as DIR/lists/NAME.held, so that the desk can say that a second
 * person is waited for; the next edition that counts ends it. docs/format/editions.md.
 */

#define PTN_LIST_HELD_NAMES 20u  /* entries named of what would go */
#define PTN_LIST_HELD_TEXT  200u /* bytes of an entry's id, and of its name */

struct ptn_list_held_entry {
    struct ptn_bytes entry, name; /* name may be empty */
};

struct ptn_list_held {
    struct ptn_bytes officer;
    int64_t time_ms;
    size_t former, count, added, gone, taken; /* as of struct ptn_rows_difference */
    uint8_t snapshot[PTN_SHA256_LEN];         /* that it is in: ptn_list_held_path, whole */
    const struct ptn_list_held_entry *names;  /* of what would go, the first */
    size_t name_count;
};

/* What is known of it, or (whole) the snapshot that it is in. TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_list_held_path(const char *dir, struct ptn_bytes list,
                                                  bool whole, char *path, size_t path_size);
/* BAD_INPUT, TOO_BIG, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_list_held_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                                   struct ptn_list_held *ret_held);
PTN_MUST_USE struct ptn_status ptn_list_held_write(const struct ptn_list_held *held,
                                                   struct ptn_buffer *out);

/* ---- who has met an order to leave (leave_row.c) ---- */

enum ptn_leave_state {
    PTN_LEAVE_NOT_YET,
    PTN_LEAVE_OVERDUE, /* the deadline has passed and nobody saw the person go */
    PTN_LEAVE_LEFT,
    PTN_LEAVE_LEFT_PAPER, /* on a sheet that was keyed since */
    PTN_LEAVE_TOLD_PAPER, /* a crossing point says so, and the sheet is not keyed */
};

/* "not-yet", "overdue", "left", "left-paper", "told-paper": a literal. */
const char *ptn_leave_state_word(enum ptn_leave_state state);

struct ptn_view;          /* view/view.h */
struct ptn_view_crossing; /* likewise */

/* What became of one person. Views live as long as order and arena both do. */
struct ptn_leave_row {
    enum ptn_leave_state state;
    const struct ptn_view_crossing *crossing; /* LEFT, LEFT_PAPER: where, when, and its entry */
    const struct ptn_leave *told;             /* TOLD_PAPER */
};

/* The nth of an order's people, then dependants, counted from 1, by the crossings that the view
 * knows (NULL: none): the first exit with that document since the order was given. */
struct ptn_leave_row ptn_leave_row(struct ptn_view *view, const struct ptn_published_order *order,
                                   size_t nth, int64_t now_ms, struct ptn_arena *arena);

/*
 * ptn_board_order(board, id, arena, ret_order):
 * One order to leave that stands, copied: its leave, name and deadline live as long as the arena
 * does; its changes are left out. Takes the lock. OK; NOT_FOUND: none of that id, or it is
 * annulled; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_board_order(struct ptn_board *board, struct ptn_record_id id,
                                               struct ptn_arena *arena,
                                               struct ptn_published_order *ret_order);

/*
 * ---- what people write of them, as JSON ----
 *
 * The body of POST /v1/alerts and /v1/leave at a centre and a post, and what `postern alert` and
 * `postern leave` read (request_publish.c).
 */

#define PTN_REQUEST_PUBLISH_MAX 65536u /* bytes of a body */

struct ptn_request_alert {
    struct ptn_alert alert; /* act, and what the writer of it says; id zero: a new one */
    bool agree;             /* a second person agrees to the waiting alert of that id */
    bool has_second;
    struct ptn_bytes second, password; /* the second person, at a post */
};

/* Texts and arrays are kept in the arena. OK; BAD_INPUT with the field's name; TOO_BIG; NO_MEMORY.
 * What the record's own rules say is left to ptn_alert_validate. */
PTN_MUST_USE struct ptn_status ptn_request_alert_parse(struct ptn_bytes body,
                                                       struct ptn_arena *arena,
                                                       struct ptn_request_alert *ret_request,
                                                       struct ptn_diag *reterr);

/* A second person agrees to what is held back of that list. */
struct ptn_request_agree {
    struct ptn_bytes list;
    uint8_t snapshot[PTN_SHA256_LEN]; /* which they were shown */
};
PTN_MUST_USE struct ptn_status ptn_request_agree_parse(struct ptn_bytes body,
                                                       struct ptn_arena *arena,
                                                       struct ptn_request_agree *ret_request,
                                                       struct ptn_diag *reterr);

/* The same of an order to leave, its change or end. */
PTN_MUST_USE struct ptn_status ptn_request_leave_parse(struct ptn_bytes body,
                                                       struct ptn_arena *arena,
                                                       struct ptn_leave *ret_leave,
                                                       struct ptn_diag *reterr);
#endif
