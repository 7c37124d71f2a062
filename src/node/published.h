/*
 * node/published.h -- what centres publish, taken out of their ledgers: alerts, orders to leave,
 * rules, and which of them are in force.
 *
 * PUBLISH-1: what online hands write only ever adds reasons. A record that would take one away (an
 * end, another version that leaves something out, a later deadline, an annulment) is kept and
 * shown, and does nothing until an offline note names it by the SHA-256 of its payload
 * (ptn_published_confirm). PUBLISH-2: records and confirmations are sets: any order of arrival
 * gives the same. Format: docs/format/published.md.
 *
 * One thread's at a time. Nothing is kept on disk: the ledgers and copies hold it all, and a start
 * reads them again.
 */
#ifndef PTN_NODE_PUBLISHED_H
#define PTN_NODE_PUBLISHED_H
#include "base/world.h"
#include "node/country.h"
#include "node/node.h"
#include "node/staff.h"
#include "record/alert.h"

#define PTN_PUBLISHED_MAX        5000u /* records of alerts; further ones are counted, not in force */
#define PTN_PUBLISHED_LEAVES_MAX 500u /* records about orders to leave */
#define PTN_PUBLISHED_CONFIRMED  8192u

struct ptn_published; /* opaque */
struct ptn_overlay;   /* node/overlay_int.h */

/* world is Borrowed. NULL: no memory. Owned: ptn_published_free. */
struct ptn_published *ptn_published_new(const struct ptn_world *world);
void ptn_published_free(struct ptn_published *published);

/*
 * ptn_published_add(published, kind, payload, ret_new, reterr):
 * Take in a record of kind alert, leave or rules, from whatever ledger. payload is copied.
 *
 * OK: known now, *ret_new says whether it was not before; BAD_INPUT for another kind or a record
 * that does not parse; TOO_BIG when there are too many: it is counted as left out; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_published_add(struct ptn_published *published,
                                                 enum ptn_record_kind kind,
                                                 struct ptn_bytes payload, bool *ret_new,
                                                 struct ptn_diag *reterr);

/* A ledger of which nothing counts that it published from a size on: an offline note says so, when
 * its key was stolen (PUBLISH-5). */
struct ptn_published_void {
    uint8_t key[PTN_PUBLIC_KEY_LEN];
    uint64_t after;
};
#define PTN_PUBLISHED_VOIDS 16u

/*
 * ptn_published_anew(former, voids, count):
 * Begin again without what those ledgers published from there on: nothing is known yet but what was
 * entered at the post itself. former goes on until ptn_published_reached says that as much was read
 * again. NULL: no memory. Owned: ptn_published_free.
 */
struct ptn_published *ptn_published_anew(const struct ptn_published *former,
                                         const struct ptn_published_void *voids, size_t count);
bool ptn_published_reached(const struct ptn_published *published,
                           const struct ptn_published *former);

/* As ptn_published_add for an alert that was entered at this post: no other ledger's word voids it.
 */
PTN_MUST_USE struct ptn_status ptn_published_add_own(struct ptn_published *published,
                                                     struct ptn_bytes payload);

/* An offline note of enough authorities names this record: what it takes away may go. Also before
 * the record comes. Idempotent. TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_published_confirm(struct ptn_published *published,
                                                     const struct ptn_hash *name);

/*
 * ptn_published_overlay(published, today, ret_overlay):
 * What is in force on that day, for lanes: a new one when something changed since the last call,
 * else NULL. Only what changed is built. Owned by the caller (ptn_overlay_release). NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_published_overlay(struct ptn_published *published,
                                                     struct ptn_date today,
                                                     struct ptn_overlay **ret_overlay);

/* ---- how it stands ---- */

enum ptn_published_fate {
    PTN_PUBLISHED_IN_FORCE,
    PTN_PUBLISHED_NOT_YET,  /* its first day is still to come */
    PTN_PUBLISHED_WAITING,  /* for a second person */
    PTN_PUBLISHED_DOUBTED,  /* in force: its end, or the version after it, is not confirmed */
    PTN_PUBLISHED_EXPIRED,  /* its last day is over */
    PTN_PUBLISHED_REPLACED, /* a later version says all of it */
    PTN_PUBLISHED_REMOVED,  /* ended by an offline note */
};

/* "in-force", "not-yet", "waiting", "removal-not-confirmed", "expired", "replaced", "removed". */
const char *ptn_published_fate_word(enum ptn_published_fate fate);

/* One version of an alert. Borrowed for the call of the function it is given to. */
struct ptn_published_alert {
    struct ptn_alert alert;
    struct ptn_hash name; /* of the record */
    enum ptn_published_fate fate;
    bool end_asked; /* an end is there that no note names: end_name, end_reason */
    struct ptn_hash end_name;
    struct ptn_bytes end_reason, end_officer;
};

/* Called for each; false: enough. */
typedef bool (*ptn_published_alert_fn)(void *context, const struct ptn_published_alert *alert);
void ptn_published_alerts(struct ptn_published *published, struct ptn_date today,
                          ptn_published_alert_fn take, void *context);

/* The newest version of the alert with that id; its views live until the next call. NOT_FOUND. */
PTN_MUST_USE struct ptn_status ptn_published_alert(struct ptn_published *published,
                                                   struct ptn_record_id id, struct ptn_date today,
                                                   struct ptn_published_alert *ret_alert);

#define PTN_PUBLISHED_CHANGES_MAX 32u

/* A change of an order, and whether it counts. */
struct ptn_published_change {
    struct ptn_leave leave;
    struct ptn_hash name;
    bool in_force;
};

/* An order to leave as it stands. */
struct ptn_published_order {
    struct ptn_leave leave;
    struct ptn_hash name;
    int64_t deadline_ms; /* the one that counts */
    bool annulled;
    struct ptn_published_change changes[PTN_PUBLISHED_CHANGES_MAX];
    size_t change_count;
};
typedef bool (*ptn_published_order_fn)(void *context, const struct ptn_published_order *order);
void ptn_published_orders(struct ptn_published *published, ptn_published_order_fn take,
                          void *context);

struct ptn_published_standing {
    size_t records;  /* known */
    size_t left_out; /* over the bound: not in force */
    size_t doubted;  /* changes that no note names */
    size_t voided;   /* records that count no more: PUBLISH-5 */
    uint64_t unread; /* entries whose payload did not come, or does not open */
    int64_t newest_ms;
};
void ptn_published_standing(const struct ptn_published *published,
                            struct ptn_published_standing *ret_standing);

/* ---- what an alert would come to ---- */

struct ptn_published_probe; /* opaque */
struct ptn_crossing;        /* record/crossing.h */

/* One alert by itself, to be tried on crossings. NULL: no memory. */
struct ptn_published_probe *ptn_published_probe_new(const struct ptn_world *world,
                                                    const struct ptn_alert *alert);
void ptn_published_probe_free(struct ptn_published_probe *probe);

/* Whether it would have matched whoever crossed then. */
bool ptn_published_probe_matches(const struct ptn_published_probe *probe,
                                 const struct ptn_crossing *crossing, struct ptn_arena *arena);

/* ---- out of the copies (published_read.c) ---- */

#define PTN_PUBLISHED_LOOKS 512u /* entries of one call */

/*
 * ptn_published_read(published, country, follow, vault, ret_new, ret_more):
 * Take in what the centres' ledgers have that was not read yet, at most PTN_PUBLISHED_LOOKS entries
 * of each. vault's reading keys open them. A payload that is on its way is looked for at each call,
 * and nothing behind it is held up for more than ten seconds.
 *
 * *ret_new: records that were not known before. *ret_more: there are more to read.
 */
PTN_MUST_USE struct ptn_status ptn_published_read(struct ptn_published *published,
                                                  const struct ptn_country *country,
                                                  struct ptn_follow *follow,
                                                  const struct ptn_vault *vault, size_t *ret_new,
                                                  bool *ret_more);

/* ---- lists (editions.c): docs/format/editions.md ---- */

/* What lies beside the snapshot at path, whose name this follows: docs/format/delta.md. */
#define PTN_PUBLISHED_DELTA ".delta"

/* A delta with more rows and entries than this, and than one in so many of the base's, is folded at
 * once; another one at night, in this hour by the crossing point's clock. */
#define PTN_PUBLISHED_DELTA_MIN   1000u
#define PTN_PUBLISHED_DELTA_SHARE 16u
#define PTN_PUBLISHED_FOLD_HOUR   3

/*
 * At a node's start: lanes have the lists of the snapshot at path, with the delta beside it, from
 * the next overlay on. NOT_FOUND: there is none; the codes of ptn_snapshot_open.
 */
PTN_MUST_USE struct ptn_status ptn_published_open_lists(struct ptn_published *published,
                                                        const char *path, struct ptn_diag *reterr);

/*
 * When rows in force changed since: write what differs from the snapshot at path beside it, or,
 * where there is none or more came than it has, compile them all into it; either is replaced whole.
 * Lanes have it from the next overlay on. It takes as long as what changed is much: some
 * milliseconds for hundreds of rows, ten seconds for a million that are new. The codes of
 * ptn_rows_build and ptn_rows_delta, IO; what was in force stays on failure.
 */
PTN_MUST_USE struct ptn_status ptn_published_lists(struct ptn_published *published,
                                                   const char *path, struct ptn_diag *reterr);

/* A record of kind list, of the source-th ledger, in that ledger's order. The codes of
 * ptn_rows_take. */
PTN_MUST_USE struct ptn_status ptn_published_add_list(struct ptn_published *published,
                                                      unsigned source, struct ptn_bytes payload);

/* All lists as rows. Views live until the next change. */
struct ptn_rows; /* watch/rows.h */
const struct ptn_rows *ptn_published_rows(const struct ptn_published *published);

/* ---- base and delta become one again (fold.c): docs/format/delta.md ---- */

struct ptn_published_fold; /* opaque */

/* Whether it is time: the delta is large, or it is the quiet hour. Not again for an hour after one
 * that failed. */
bool ptn_published_fold_due(const struct ptn_published *published);

/* Take hold of what is to be folded. path: as of ptn_published_lists. NULL: no memory. Owned:
 * ptn_published_fold_end, or ptn_published_fold_free. */
struct ptn_published_fold *ptn_published_fold_begin(struct ptn_published *published,
                                                    const char *path);

/* Make the new base beside the former one, and ask it (DELTA-2). On any thread, while others take
 * in editions; seconds. */
void ptn_published_fold_work(struct ptn_published_fold *fold);

/*
 * ptn_published_fold_end(published, fold, reterr):
 * The new base takes the former one's place, on the disk and from the next overlay on, with a delta
 * of what came meanwhile. Frees fold.
 *
 * OK; CORRUPT: it answered otherwise than the former, which stays; BUSY: the former has been
 * replaced meanwhile; the codes of ptn_delta_fold, ptn_rows_base_new and of files: what was in
 * force stays.
 */
PTN_MUST_USE struct ptn_status ptn_published_fold_end(struct ptn_published *published,
                                                      struct ptn_published_fold *fold,
                                                      struct ptn_diag *reterr);
void ptn_published_fold_free(struct ptn_published_fold *fold); /* NULL is fine */

struct ptn_published_lists_standing {
    size_t lists, rows;
    size_t doubted;         /* rows in force whose removal no note confirms */
    size_t refused;         /* records whose edition does not count */
    size_t delta;           /* rows and entries in the delta beside the base */
    int64_t folded_ms;      /* when it was folded last; 0: not since the start */
    unsigned folds_refused; /* bases that answered otherwise, since one did not */
};
void ptn_published_lists_standing(const struct ptn_published *published,
                                  struct ptn_published_lists_standing *ret_standing);

/* ---- rules of the country (published_rules.c): docs/format/rules.md "Published" ---- */

#define PTN_PUBLISHED_RULES_MAX   2048u /* ever published; further ones are counted, not in force */
#define PTN_PUBLISHED_RULE_ID_MAX 40u

/* One rule as one record published it. Borrowed for the call of the function it is given to. */
struct ptn_published_rule {
    struct ptn_hash name; /* of the rule in that record: what `gone` of another names */
    struct ptn_hash record;
    const char *id;
    struct ptn_bytes text; /* in its one form */
    const char *version, *officer;
    int64_t time_ms;
    enum ptn_published_fate fate; /* IN_FORCE, DOUBTED, REMOVED, or REPLACED: said twice */
    bool gone_asked;              /* a record wants it to go: gone_in */
    struct ptn_hash gone_in;
};
typedef bool (*ptn_published_rule_fn)(void *context, const struct ptn_published_rule *rule);
/* Each, in the order in which they came; false: enough. */
void ptn_published_rules_each(const struct ptn_published *published, ptn_published_rule_fn take,
                              void *context);

/* At a node's start: append the rules that were in force before, from the file at path. They are
 * until their records have been read again. NOT_FOUND: there are none. */
PTN_MUST_USE struct ptn_status ptn_published_rules_open(struct ptn_published *published,
                                                        const char *path,
                                                        struct ptn_buffer *ret_file);

/*
 * ptn_published_rules(published, path, ret_file, ret_changed, reterr):
 * When rules in force changed since: write them as one file at path, replaced whole, and append it
 * to ret_file (empty: there are none). The same rules give the same bytes, whatever the order in
 * which their records came. IO, NO_MEMORY: what was in force stays, and it is tried again.
 */
PTN_MUST_USE struct ptn_status ptn_published_rules(struct ptn_published *published,
                                                   const char *path, struct ptn_buffer *ret_file,
                                                   bool *ret_changed, struct ptn_diag *reterr);

struct ptn_published_rules_standing {
    size_t in_force; /* with those in doubt */
    size_t doubted;  /* their removal no note confirms */
    size_t refused;  /* records that count for nothing */
    size_t left_out; /* rules for which there is no room */
    const char *why; /* of the last record refused; NULL: none was */
};
void ptn_published_rules_standing(const struct ptn_published *published,
                                  struct ptn_published_rules_standing *ret_standing);

/* ---- permits (published_permits.c): docs/format/permits.md ---- */

struct ptn_permit_slots; /* node/permit_slots_int.h */

/* A record of kind permits, in its ledger's order. BAD_INPUT: counted as refused; TOO_BIG: left
 * out; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_published_add_permits(struct ptn_published *published,
                                                         struct ptn_bytes payload);

/* All of them for lanes, when something changed since the last call; else NULL. Owned by the caller
 * (ptn_permit_slots_leave, ptn_publishing_put_permits). NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_published_permits(struct ptn_published *published,
                                                     struct ptn_permit_slots **ret_slots);

struct ptn_published_permits_standing {
    size_t slots;
    size_t waiting; /* records that no note names: what they let pass is not let pass */
    size_t refused, left_out;
};
void ptn_published_permits_standing(const struct ptn_published *published,
                                    struct ptn_published_permits_standing *ret_standing);

/* ---- stays (published_stays.c): docs/format/stays.md ---- */

struct ptn_node;
struct ptn_stays_table; /* node/stays_rows_int.h */

/* A record of kind stays, of the source-th ledger, in that ledger's order. BAD_INPUT: counted as
 * refused; NO_MEMORY: it comes again. */
PTN_MUST_USE struct ptn_status ptn_published_add_stays(struct ptn_published *published,
                                                       size_t source, struct ptn_bytes payload);

/* The table for lanes, when something changed since the last call (a record, the day, what orders
 * to erase name at the node), else NULL. Owned by the caller (ptn_publishing_put_stays). NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_published_stays(struct ptn_published *published,
                                                   struct ptn_node *node, struct ptn_date today,
                                                   struct ptn_stays_table **ret_table);

struct ptn_published_stays_standing {
    size_t rows;
    struct ptn_date since; /* no date: no round was whole yet */
    int64_t until_ms;
    size_t refused;  /* records: rolled back, or no good */
    size_t missing;  /* editions */
    size_t left_out; /* rows for which there is no room */
};
void ptn_published_stays_standing(const struct ptn_published *published,
                                  struct ptn_published_stays_standing *ret_standing);

/* ---- permits at a centre (permits_publish.c) ---- */

/* What is to be published of the permits a ledger knows. */
struct ptn_permits_publication; /* opaque */

/* world is Borrowed. NULL: no memory. Owned: ptn_permits_publication_free. */
struct ptn_permits_publication *ptn_permits_publication_new(const struct ptn_world *world);
void ptn_permits_publication_free(struct ptn_permits_publication *publication);

/* A record of kind permit or permits, in the ledger's order; of another kind, or one that is no
 * good, nothing is taken. NO_MEMORY. */
PTN_MUST_USE struct ptn_status
ptn_permits_publication_take(struct ptn_permits_publication *publication, enum ptn_record_kind kind,
                             struct ptn_bytes payload);

/*
 * ptn_permits_publication_make(publication, code, officer, reterr):
 * Once, after all was taken: make the records of what changed since the last publication: of each
 * issuer and number the last permit, unless the last slot of it says the same. A tenth of a
 * millisecond a permit. The codes of ptn_permit_slot_write; TOO_BIG.
 */
PTN_MUST_USE struct ptn_status
ptn_permits_publication_make(struct ptn_permits_publication *publication, const char *code,
                             const char *officer, struct ptn_diag *reterr);

/* Of how many permits; how many are new in these records. */
size_t ptn_permits_publication_permits(const struct ptn_permits_publication *publication);
size_t ptn_permits_publication_added(const struct ptn_permits_publication *publication);
/* The index-th record to be written. False: no more. */
bool ptn_permits_publication_record(const struct ptn_permits_publication *publication, size_t index,
                                    struct ptn_bytes *ret_payload);

/* The index-th record that was published before. False: no more. */
struct ptn_permits_former {
    struct ptn_hash name;
    int64_t time_ms;
    size_t permits;
};
bool ptn_permits_publication_former(const struct ptn_permits_publication *publication, size_t index,
                                    struct ptn_permits_former *ret_former);

/* ---- at a post (publishing.c): any thread ---- */

struct ptn_node;

/* In force for scans from now on; those at work finish with the former. The overlay is the node's.
 */
void ptn_publishing_put(struct ptn_node *node, struct ptn_overlay *overlay);

/* Whether the base of published lists that was folded last answered otherwise and is not used: said
 * to who leads the shift (ptn_node_standing). */
void ptn_publishing_put_folded(struct ptn_node *node, bool refused);

/* The same for published rules, a whole file; empty: none. The codes of ptn_rules_load: what was in
 * force stays. */
PTN_MUST_USE struct ptn_status
ptn_publishing_put_rules(struct ptn_node *node, struct ptn_bytes file, struct ptn_diag *reterr);

/* And for published permits; the slots are the node's. */
void ptn_publishing_put_permits(struct ptn_node *node, struct ptn_permit_slots *slots);

/* And for stays; the table is the node's. */
void ptn_publishing_put_stays(struct ptn_node *node, struct ptn_stays_table *table);

/* Append the next alert that was entered at this post, in its ledger or just written to it, and not
 * yet taken. NOT_FOUND: none. */
PTN_MUST_USE struct ptn_status ptn_publishing_next(struct ptn_node *node,
                                                   struct ptn_buffer *payload);

/* The index-th record that an offline note names, in the order they were accepted here. False: no
 * more yet. */
bool ptn_publishing_confirmed(struct ptn_node *node, size_t index, struct ptn_hash *ret_name);

/* The ledgers of which nothing counts from a size on, as orders say here; at most
 * PTN_PUBLISHED_VOIDS, in one order. Returns how many. Any thread. */
size_t ptn_publishing_voids(struct ptn_node *node, struct ptn_published_void *ret_voids);

/* The same of any judged orders. */
struct ptn_orders; /* trust/standing.h */
size_t ptn_publishing_voided(const struct ptn_orders *orders, struct ptn_published_void *ret_voids);

/*
 * ptn_publishing_named(orders, take, context):
 * Call take for each record that a note in force among these judged orders names (verb `remove`).
 */
void ptn_publishing_named(const struct ptn_orders *orders,
                          void (*take)(void *context, const struct ptn_hash *name), void *context);

/* An alert read out by telephone, entered by a supervisor with a second officer. */
struct ptn_publishing_entry {
    void (*done)(struct ptn_publishing_entry *entry);
    void *context;
    struct ptn_alert alert; /* act, post, officer, second, id and time are set here */

    struct ptn_writer_request write; /* its status says whether it is recorded */
    struct ptn_node *node;           /* the node's own */
};

/*
 * ptn_publishing_enter(node, officer, second, arena, entry, reterr):
 * Record the alert; it is in force here within a second. It is the post's own: other posts have it
 * once the centre publishes the same.
 *
 * OK: done will be called. BAD_INPUT with the field's name: not whole, or not two people one of
 * whom is a supervisor. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status
ptn_publishing_enter(struct ptn_node *node, const struct ptn_officer *officer,
                     const struct ptn_officer *second, struct ptn_arena *arena,
                     struct ptn_publishing_entry *entry, struct ptn_diag *reterr);
#endif
