/* node/published_int.h -- what the files of node/published share. */
#ifndef PTN_NODE_PUBLISHED_INT_H
#define PTN_NODE_PUBLISHED_INT_H
#include "node/overlay_int.h"
#include "node/permit_slots_int.h"
#include "node/published.h"
#include "node/stays_rows_int.h"
#include "watch/delta.h"
#include "watch/rows.h"

#define PTN_PUBLISHED_LEDGERS 16u  /* centres and their spares */
#define PTN_PUBLISHED_LATE    256u /* payloads that did not come in time */

/* A record as it came; never changes and never moves once it is here. */
struct ptn_published_record {
    struct ptn_hash name;
    struct ptn_record_id id;
    int64_t time_ms;
    unsigned act;
    uint8_t *payload; /* Owned */
    size_t len;
    struct ptn_date from, until; /* alerts */
    int64_t deadline_ms;         /* orders to leave */
    bool own;                    /* entered at this post */
    bool replaced;               /* a version that says all of it stands */
    bool shown;                  /* it is in the overlay's chunk as last built */
};

struct ptn_published_ledger {
    struct ptn_hash origin; /* SHA-256 of its name */
    uint64_t next;
    uint64_t list_next; /* of lists: in the ledger's order, whatever is late */
    int64_t waits_since_us;
    uint64_t waits_size; /* entries before it are waited for since then */
};

struct ptn_published_late {
    size_t ledger;
    uint64_t seq;
};

struct ptn_published_set {
    struct ptn_published_record *at;
    size_t count, room;
    struct ptn_overlay_chunk **chunks; /* held; one a hundred alerts, or one an order */
    bool *dirty;
    size_t chunk_count, chunk_room;
};

struct ptn_published {
    const struct ptn_world *world;
    struct ptn_published_set alerts, leaves;
    struct ptn_hash *confirmed;
    size_t confirmed_count;
    struct ptn_date today;
    bool changed;
    size_t left_out;
    struct ptn_published_void voids[PTN_PUBLISHED_VOIDS];
    size_t void_count;
    size_t voided, voided_lists; /* records passed over for them; of those lists */
    uint64_t unread;
    int64_t newest_ms;
    struct ptn_arena *arena; /* of the record in hand */
    struct ptn_buffer payload;
    struct ptn_published_ledger ledgers[PTN_PUBLISHED_LEDGERS];
    size_t ledger_count;
    struct ptn_published_late late[PTN_PUBLISHED_LATE];
    size_t late_count;
    int64_t late_at_us;
    struct ptn_rows *rows;                 /* lists */
    struct ptn_published_permits *permits; /* Owned: published_permits.c */
    struct ptn_published_stays *stays;     /* Owned: published_stays.c */
    struct ptn_published_rules *rules;     /* Owned: published_rules.c */
    struct ptn_overlay_rows *lists;        /* of them, what is in force for lanes; NULL: none */
    struct ptn_rows_base *based;           /* Owned: rows that its base has; NULL: not asked yet */
    struct ptn_rows_changes changes;       /* what the delta beside it has */
    bool adrift;                           /* on the disk lies another base */
    uint64_t lists_version;
    int64_t folded_ms, fold_tried_us; /* 0: not since the start */
    unsigned folds_refused;           /* since one was not */
    int64_t opened_us;
};

/* Take in what a centre's ledger has of lists; from limit on it counts no more. True: there is more
 * to read. */
bool ptn_published_read_lists(struct ptn_published *published, size_t slot, struct ptn_copy *copy,
                              const struct ptn_vault *vault, uint64_t limit);

/* ---- editions.c ---- */

#define PTN_PUBLISHED_PATH_SIZE 1200u

/* A base that is being made, beside the one it is to replace. */
#define PTN_PUBLISHED_FOLDED ".folded"

/* Lanes have it from the next overlay on. It is taken over. */
void ptn_published_put_rows(struct ptn_published *published, struct ptn_overlay_rows *rows);

/* Write, beside the snapshot at path, what is in force and base, of which based knows the rows,
 * does not have, and open both. changed: rows or entries are in it. The codes of ptn_rows_delta and
 * ptn_overlay_rows_beside, IO. */
PTN_MUST_USE struct ptn_status
ptn_published_beside(const struct ptn_published *published, const struct ptn_overlay_rows *base,
                     const struct ptn_rows_base *based, const char *path, bool changed,
                     struct ptn_overlay_rows **ret_rows, struct ptn_diag *reterr);

/* ---- published_rules.c ---- */

struct ptn_published_rules; /* opaque */
struct ptn_published_rules *ptn_published_rules_new(void);
void ptn_published_rules_free(struct ptn_published_rules *rules);
/* A record of kind rules, whose name is the SHA-256 of its payload: as ptn_published_add. */
PTN_MUST_USE struct ptn_status ptn_published_add_rules(struct ptn_published *published,
                                                       struct ptn_bytes payload,
                                                       const struct ptn_hash *name, bool *ret_new,
                                                       struct ptn_diag *reterr);
/* A note names something: which rules are in force is worked out anew. */
void ptn_published_rules_touch(struct ptn_published_rules *rules);

/* ---- published_permits.c ---- */

struct ptn_published_permits; /* opaque */
struct ptn_published_permits *ptn_published_permits_new(void);
void ptn_published_permits_free(struct ptn_published_permits *permits);
/* A note names that record. */
void ptn_published_permits_touch(struct ptn_published_permits *permits,
                                 const struct ptn_hash *name);

/* Lanes are to have them anew, also where there are none. */
void ptn_published_permits_begin(struct ptn_published_permits *permits);

/* ---- published_stays.c ---- */

struct ptn_published_stays; /* opaque */
struct ptn_published_stays *ptn_published_stays_new(void);
void ptn_published_stays_free(struct ptn_published_stays *stays);
/* An edition of that ledger is too old to be read: its series begin with what comes. */
void ptn_published_stays_over(struct ptn_published_stays *stays, size_t source);

bool ptn_published_is_confirmed(const struct ptn_published *published, const struct ptn_hash *name);

/* Parsed into the arena, or views into the record. The record was parsed before: only memory can
 * fail. */
PTN_MUST_USE struct ptn_status ptn_published_alert_of(const struct ptn_published_record *record,
                                                      struct ptn_arena *arena,
                                                      struct ptn_alert *ret_alert);
PTN_MUST_USE struct ptn_status ptn_published_leave_of(const struct ptn_published_record *record,
                                                      struct ptn_arena *arena,
                                                      struct ptn_leave *ret_leave);

enum ptn_published_fate ptn_published_fate_of(const struct ptn_published *published,
                                              const struct ptn_published_record *record,
                                              struct ptn_date today);

/* The deadline that counts; *ret_annulled: none. */
int64_t ptn_published_deadline(const struct ptn_published *published,
                               const struct ptn_published_record *order, bool *ret_annulled);
#endif
