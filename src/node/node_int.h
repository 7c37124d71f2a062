/*
 * node/node_int.h -- what the files of node/ share: the node itself, its memory of stays, scans and
 * crossings.
 *
 * All that changes after open is changed under the seam's lock; the ledger belongs to the owner
 * alone.
 */
#ifndef PTN_NODE_NODE_INT_H
#define PTN_NODE_NODE_INT_H
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "decision/conditions.h"
#include "decision/rules.h"
#include "document/chip.h"
#include "ledger/ledger.h"
#include "node/glance_int.h"
#include "node/lane.h"
#include "node/node.h"
#include "node/overlay_int.h"
#include "node/readers.h"
#include "node/staff.h"
#include "paper/days.h"
#include "paper/reconcile.h"
#include "reference/place.h"
#include "vault/vault.h"
#include "watch/register.h"
#include "watch/snapshot.h"

#define PTN_NODE_CONF_MAX  16384u
#define PTN_NODE_PATH_MAX  1024u
#define PTN_NODE_RULES_MAX 8u /* rules run at once: one set a thread */
#define PTN_NODE_SCANS_MAX                                                                         \
    4096u                        /* scans that wait to be settled; the oldest is forgotten first   \
                                  */
#define PTN_NODE_LINES_MAX 4096u /* last crossings kept in memory */
#define PTN_NODE_SCAN_MS   INT64_C(1800000) /* a scan can be settled this long */
#define PTN_NODE_ID_LEN    16u

/* dir/name with a NUL. TOO_BIG when it does not fit. */
PTN_MUST_USE struct ptn_status ptn_node_path(char path[PTN_NODE_PATH_MAX], const char *dir,
                                             const char *name);

/* ---- lists in force ---- */

#define PTN_NODE_LISTS_FILE  "lists/current.snap"
#define PTN_NODE_FORMER_FILE "lists/former.snap"

/* Registers beside the lists (docs/format/register.md): numbers by the hundred million. */
#define PTN_NODE_REGISTER_COUNT 2u

struct ptn_node_registers {
    struct ptn_register *at[PTN_NODE_REGISTER_COUNT]; /* NULL where there is none */
    size_t cursors[PTN_NODE_REGISTER_COUNT]; /* the owner's: blocks checked in the background */
    atomic_bool failed; /* a file is there and did not pass its check: said at every scan */
};

void ptn_node_registers_open(struct ptn_node *node, struct ptn_node_registers *registers);
void ptn_node_registers_close(struct ptn_node_registers *registers);

/* Their lists, as an advice says which were searched; returns how many. */
size_t ptn_node_registers_lists(const struct ptn_node_registers *registers, int64_t now_ms,
                                struct ptn_check_list lists[PTN_NODE_REGISTER_COUNT]);

/* Owner only: check the next megabyte that no question has touched. */
void ptn_node_registers_turn(struct ptn_node *node);

/*
 * Add the registers' answers to a check that was screened: rows of the document and the plate to
 * its matches, and numbers that are easily mistaken where nothing protects the one shown.
 * NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_node_registers_search(const struct ptn_node_registers *registers,
                                                         const struct ptn_screen_query *query,
                                                         struct ptn_arena *arena,
                                                         struct ptn_check *check,
                                                         struct ptn_diag *reterr);

/* A mapped snapshot and how many lanes are reading it; unmapped when the last one leaves. */
struct ptn_node_lists {
    struct ptn_snapshot *snapshot;
    struct ptn_node_registers registers;
    unsigned readers;
};

/* ptn_node_lists_state, under the lock. */
enum ptn_lists_state ptn_node_lists_state_locked(const struct ptn_node *node);

/* NULL when the post has no lists. Give back with _leave. */
struct ptn_node_lists *ptn_node_lists_enter(struct ptn_node *node);
void ptn_node_lists_leave(struct ptn_node *node, struct ptn_node_lists *lists);

/* ---- stays: who crossed when, as this post's own ledger knows it ---- */

struct ptn_history_event {
    uint8_t key[PTN_NODE_ID_LEN];
    int32_t day; /* the post's civil day */
    uint8_t move;
    bool exempt;
    int32_t written; /* day of the entry that says so, by UTC: that of the key it is sealed with */
    uint64_t index;  /* of that entry */
    uint32_t next;   /* index + 1 of the event before it in its bucket; 0: none */
};

/* Append-only hash table. Zeroed is empty. */
struct ptn_history {
    struct ptn_history_event *events;
    uint32_t *heads; /* index + 1 of the newest event */
    size_t count, capacity, head_count;
};

/* How far back the post's records of crossings reach. Days since 1970. */
struct ptn_records_since {
    int32_t begin; /* the day the ledger begins, or the earliest imported crossing */
    int32_t shut;  /* the newest day with a crossing that is there and cannot be read; with
                      PTN_RECORDS_BEGIN there is none */
    enum ptn_records_why why;
};

/* The first day that they cover. */
struct ptn_date ptn_records_first(const struct ptn_records_since *since);
/* A crossing of that day cannot be read. */
void ptn_records_shut(struct ptn_records_since *since, int32_t day, enum ptn_records_why why);

struct ptn_past_file;

/* Stays of days that were forgotten (past_int.h). Zeroed is empty. Files by day. */
struct ptn_past {
    struct ptn_past_file *files; /* Owned */
    size_t count;
};

struct ptn_forgetting; /* forget.c */

/* Keepers vouch for this time: what had been over for long enough by then is forgotten, in the
 * turns that follow. Owner only. */
void ptn_forget_vouched(struct ptn_node *node, int64_t vouched_ms);
/* Tell a post's ledger which classes it is to forget, if any. */
void ptn_forget_classes(const struct ptn_node_plan *plan, struct ptn_ledger *ledger);
/* The same for the node's, and make ready for it. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_forget_open(struct ptn_node *node);
/* Owner only: one traveller's stays more, or the keys at last. */
void ptn_forget_turn(struct ptn_node *node);
void ptn_forget_close(struct ptn_node *node);

void ptn_history_release(struct ptn_history *history);
/* Index + 1 of the newest event in the key's bucket, where others may lie too; 0: it is empty. */
uint32_t ptn_history_newest(const struct ptn_history *history, const uint8_t key[PTN_NODE_ID_LEN]);
/* Take out every event of an entry below end that was written on that day or before. */
void ptn_history_drop(struct ptn_history *history, int32_t written, uint64_t end);
/* The key of a document and its holder: issuer, number and birth date. False when the document has
 * no number. */
bool ptn_history_key(const struct ptn_person *person, uint8_t ret_key[PTN_NODE_ID_LEN]);
PTN_MUST_USE struct ptn_status ptn_history_add(struct ptn_history *history,
                                               const struct ptn_history_event *event);
/* The events of one key by their days, those of one day in the order they were added; at most max
 * (those added last). Returns how many. */
size_t ptn_history_find(const struct ptn_history *history, const uint8_t key[PTN_NODE_ID_LEN],
                        struct ptn_stay_event *ret_events, size_t max);

/* ---- scans that wait, crossings just made ---- */

enum ptn_scan_state { PTN_SCAN_EMPTY, PTN_SCAN_OPEN, PTN_SCAN_SETTLING, PTN_SCAN_SETTLED };

struct ptn_scan_slot {
    enum ptn_scan_state state;
    struct ptn_record_id id;
    int64_t time_ms;
    char lane[PTN_LANE_NAME_MAX + 1];
    enum ptn_direction direction;
    enum ptn_verdict verdict;
    bool report; /* a discreet match asks for a report */
    bool exempt; /* the days of a stay entered now do not count */
    enum ptn_entry_proof proof;
    struct ptn_date entered; /* what it names */
    bool has_key;            /* the document has a number: the crossing counts in the stays */
    uint8_t key[PTN_NODE_ID_LEN];
    char plate[PTN_RECORD_WORD_MAX + 1];
    char voyage[PTN_ARRIVAL_NAME_MAX + 1];  /* on whose list the person was found; or empty */
    char booking[PTN_BOOKING_TEXT_MAX + 1]; /* of that row, or of the vehicle; or empty */
    uint8_t *person;                        /* Owned: the person as canonical CBOR */
    size_t person_len;
    uint8_t *decision; /* Owned: the advice's record, for a case; NULL: clear, or too long */
    size_t decision_len;
    struct ptn_record_id crossing; /* while it settles */
    struct ptn_record_id trip;     /* none: alone */
    struct ptn_record_id call;     /* at the gangway of a ship; none: at a lane */
    struct ptn_lane_gangway gangway;
};

struct ptn_line_slot {
    struct ptn_record_id id;
    struct ptn_record_id scan;
    char lane[PTN_LANE_NAME_MAX + 1];
    char name[PTN_LANE_LINE_MAX + 1];
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    bool report;
    int64_t time_ms;
    uint64_t seq;
};

/* ---- how many machines hold what was written ---- */

#define PTN_KEPT_MARKS 1024u

/* At this time the ledger had grown to this size. */
struct ptn_kept_mark {
    uint64_t size;
    int64_t time_ms;
};

struct ptn_kept_memory {
    /* under the lock */
    struct ptn_kept_keeper keepers[PTN_KEPT_KEEPERS_MAX];
    size_t keeper_count;
    uint32_t quorum;
    int64_t clock_off_s;
    struct ptn_kept_sizes sizes;
    bool late; /* somebody waited in vain for the entry at late_seq */
    uint64_t late_seq;
    struct ptn_kept_mark marks[PTN_KEPT_MARKS]; /* a ring */
    size_t mark_count;                          /* ever */

    /* the owner's */
    struct ptn_lane_crossing *awaiting, **awaiting_last; /* oldest first */
};

/* The ledger has grown to size. Under the lock. */
void ptn_kept_mark(struct ptn_node *node, uint64_t size, int64_t now_ms);
/* Where the entry at seq is held now. */
enum ptn_kept ptn_node_kept_level(struct ptn_node *node, uint64_t seq);
/* Owner only: let a durable crossing wait for the site keeper. False: there is nothing to wait for.
 * True: its done will be called. */
bool ptn_kept_await(struct ptn_node *node, struct ptn_lane_crossing *crossing);
/* Owner only: answer who has waited long enough; all: everybody. */
void ptn_kept_turn(struct ptn_node *node, bool all);

/* ---- the lists in force, read again (recheck.c) ---- */

/* Where the pass stands. The owner's. */
struct ptn_recheck {
    int64_t turned_us; /* when it last did something */
    int64_t rests_us;  /* until then it does nothing */
    size_t index;      /* which of the snapshots in force, then of the registers */
    const void *of;    /* that one; never looked into */
    size_t cursor;     /* the next block */
    bool refused;      /* the file was found changed in this pass, and not taken */
    const void *hurt;  /* lists that were damaged when something whole was last looked for */
};

/* Owner only: the next quarter of a megabyte. POST-9. */
void ptn_node_recheck_turn(struct ptn_node *node);

/* ---- heightened.c ---- */

#define PTN_RULE_MET_MAX   64u /* rules that are counted at a time */
#define PTN_RULE_MET_HOURS 24u

/* How many travellers a rule met, by the hour. */
struct ptn_rule_met {
    char rule[64]; /* its id; empty: free */
    int64_t last_ms;
    struct glance_slice hours[PTN_RULE_MET_HOURS];
};

/* A reason for an advice; one that is no rule's is none of ours. */
void ptn_node_rule_met(struct ptn_node *node, struct ptn_bytes reason, int64_t time_ms);
/* Into the standing, in the arena. OK, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_heightened(struct ptn_node *node, int64_t now_ms,
                                                   struct ptn_arena *arena,
                                                   struct ptn_node_standing *standing);
/* rules.c: one of its sets, whose texts anybody may read; NULL for NULL. */
const struct ptn_rules *ptn_node_rules_first(const struct ptn_node_rules *rules);

/* ---- the node ---- */

struct ptn_node {
    const struct ptn_world *world;
    struct ptn_node_seams seams;
    struct ptn_node_plan plan;
    char dir[PTN_NODE_PATH_MAX];
    int folder_lock; /* -1: not held */
    struct ptn_vault *vault;
    bool locked; /* fixed while it is open */
    struct ptn_ledger *ledger;
    struct ptn_conditions *conditions;
    struct ptn_chip_trust *authorities; /* Owned: empty where its folder names none */
    struct ptn_staffing *staffing;      /* Owned: node/staff_int.h */
    struct ptn_node_rules *own_rules;   /* Owned: node/rules.c; NULL: none in its folder */
    struct ptn_own_found own_files[PTN_OWN_FILE_COUNT]; /* as the start found them */
    bool own_party;                                     /* they ask who travels together */
    atomic_bool published_party;                        /* so do published ones */
    struct ptn_records_since since;                     /* under the lock */
    uint64_t known_size; /* entries whose stays came out of the file of known stays */
    uint64_t saved_size; /* entries that file knows */
    bool learnt;         /* the history is whole: the file may be written */
    uint64_t *paper_at;  /* Owned: the entries about paper, in order */
    size_t paper_count, paper_room;
    bool paper_lost;           /* not all of them could be kept */
    uint64_t learnt_erased;    /* entries that were erased when the history was learnt */
    atomic_bool registers_due; /* the lists in force may have blocks that are not checked */
    atomic_uint lists_found;   /* node/recheck.c: changes found */
    atomic_bool fold_refused;  /* node/fold.c: a new base of published lists was not used */

    /* under the lock */
    struct ptn_readers readers;
    struct ptn_node_lists *lists;
    enum ptn_lists_state lists_state;
    struct ptn_node_rules *published_rules;     /* held; NULL: none */
    struct ptn_permit_slots *published_permits; /* held; NULL: none */
    struct ptn_stays_table *published_stays;    /* held; NULL: none */
    struct ptn_stays_erased *stays_erased;      /* Owned; what orders to erase name */
    size_t stays_erased_count;
    uint64_t stays_erased_version;
    struct ptn_writer_request *first, **last; /* what waits for the owner's turn */
    bool closing;
    enum ptn_recording recording;
    uint64_t ledger_size;
    struct ptn_ledger_lack lack; /* of readers' keys, when an epoch was last made */
    struct ptn_history history;
    struct ptn_past past;
    int64_t forgotten_ms;           /* days before it are forgotten; 0: none was in this run */
    struct ptn_paper *paper;        /* packs and sheets */
    struct ptn_paper_days *days;    /* on which some are not keyed */
    struct ptn_shift_memory *shift; /* Owned: node/shift.c */
    struct ptn_idle *idle;          /* Owned: node/idle_int.h */
    struct ptn_rule_met rules_met[PTN_RULE_MET_MAX];
    bool paper_busy;             /* a sheet or pack is on its way to the disk */
    struct ptn_trips *trips;     /* Owned: node/trip_int.h */
    struct ptn_scan_slot *scans; /* PTN_NODE_SCANS_MAX */
    size_t scan_next;
    struct ptn_line_slot *lines; /* PTN_NODE_LINES_MAX, a ring */
    size_t line_count;           /* ever */
    struct ptn_kept_memory kept;
    struct ptn_apply *apply;      /* Owned: node/apply_int.h */
    struct ptn_cases *cases;      /* Owned: node/cases_int.h */
    struct ptn_permits *permits;  /* Owned: node/permits_int.h; NULL: none are on record */
    struct ptn_late_memory *late; /* Owned: node/late.c; NULL: nothing was missed */
    struct ptn_calls *calls;      /* Owned: node/calls.c; NULL: no ship was in port */
    struct ptn_hash *confirmed;   /* Owned: records that offline notes name */
    size_t confirmed_count;
    struct ptn_published_void *voids; /* Owned: PTN_PUBLISHED_VOIDS, node/published.h */
    size_t void_count;
    struct ptn_overlay *overlay;                /* held: what centres publish; NULL: nothing */
    struct ptn_publishing_own *own, **own_last; /* Owned: alerts entered here, oldest first */

    struct ptn_arrivals *arrivals; /* Owned; locks by itself: not to be called under the lock */

    /* the owner's */
    struct ptn_forgetting *forgetting; /* Owned; NULL: it forgets nothing */
    struct ptn_buffer message;         /* parts of a carrier's message that are read at the start */
    struct ptn_case_reading *reading, **reading_last; /* attachments that are asked for */
    size_t arrivals_left; /* people on carriers' lists who wait to be screened */
    int64_t arrivals_us;  /* when that was last looked at */
    int64_t written_us;   /* when a turn last wrote */
    struct ptn_recheck recheck;
    unsigned untidy_turns; /* turns since the ledger was tidied */
};

/*
 * The id of a record that somebody asks for: of all parts, the idempotency key among them, so that
 * a repeat after a restart is known again; random without a key.
 */
struct ptn_record_id ptn_node_keyed_id(const struct ptn_node *node, struct ptn_bytes key,
                                       const struct ptn_bytes *parts, size_t count);
/* The same for what an officer does at a lane. */
struct ptn_record_id ptn_node_lane_id(const struct ptn_node *node, const struct ptn_lane_who *who,
                                      const char *what, struct ptn_bytes key);

/* Whether somebody may pass against this advice: against stop a supervisor says so (NULL: nobody
 * did). */
bool ptn_node_may_override(const struct ptn_scan_slot *slot, const struct ptn_officer *supervisor);

/* The lower of the two directions' rungs: what records carry that belong to no lane. Under the
 * lock. */
uint8_t ptn_apply_highest(const struct ptn_node *node);

/* Queue a record that nobody waits for. The payload is copied. Lost when memory is short. */
void ptn_node_note(struct ptn_node *node, enum ptn_record_kind kind, struct ptn_bytes payload);

/* ---- writer.c ---- */

/* What the ledger's state is to those who ask. */
enum ptn_recording ptn_writer_recording(const struct ptn_ledger *ledger);

/* ---- put.c: what goes into a writer's request ---- */

/* One more record: what is in out moves into the arena, its class is the kind's. written, what
 * writing it into out came to, is handed on; out is released whatever that is. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_put(struct ptn_writer_request *write,
                                            enum ptn_record_kind kind, struct ptn_status written,
                                            struct ptn_buffer *out, struct ptn_arena *arena);

/* ACCESS-1: a look at people. Purpose, record, person, shown and reason are the caller's; who,
 * where, when and a fresh id are filled in. _put: into a request; _note: nobody waits for it. */
#define PTN_NODE_LOOK_MAX 4096u
struct ptn_access;
PTN_MUST_USE struct ptn_status ptn_node_write_look(const struct ptn_node *node,
                                                   const struct ptn_lane_who *who,
                                                   const struct ptn_access *look,
                                                   struct ptn_buffer *out);
PTN_MUST_USE struct ptn_status ptn_node_put_look(const struct ptn_node *node,
                                                 const struct ptn_lane_who *who,
                                                 const struct ptn_access *look,
                                                 struct ptn_arena *arena,
                                                 struct ptn_writer_request *write);
void ptn_node_note_look(struct ptn_node *node, const struct ptn_lane_who *who,
                        const struct ptn_access *look);

void ptn_node_lock(struct ptn_node *node);
void ptn_node_unlock(struct ptn_node *node);

/* The published permits, which stay until left (node/permit_slots_int.h). NULL: none. */
struct ptn_permit_slots;
struct ptn_permit_slots *ptn_node_permits_enter(struct ptn_node *node);
/* The same for published stays (node/stays_rows_int.h: ptn_stays_table_leave). */
struct ptn_stays_table *ptn_node_stays_enter(struct ptn_node *node);

/* What orders to erase name, sorted by mark: the array is the node's from now on. Any thread. */
void ptn_node_stays_erase(struct ptn_node *node, struct ptn_stays_erased *erased, size_t count);
uint64_t ptn_node_stays_erased_version(struct ptn_node *node);
/* A copy. Owned by the caller (free). NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_stays_erased(struct ptn_node *node,
                                                     struct ptn_stays_erased **ret_erased,
                                                     size_t *ret_count, uint64_t *ret_version);

/* ---- rules.c ---- */

struct ptn_node_rules; /* opaque, counted */

/* Hands over the file's bytes. The codes of whoever reads them; NO_MEMORY ends the start. */
typedef struct ptn_status (*ptn_own_file_fn)(void *context, struct ptn_bytes file,
                                             struct ptn_diag *reterr);

/* Let load take the file, else the copy of the last good one. keep: a file that was taken is copied
 * for later starts. NO_MEMORY; a file that is not taken is no failure: *ret_found says so. */
PTN_MUST_USE struct ptn_status ptn_own_file_open(const struct ptn_world *world, const char *dir,
                                                 enum ptn_own_file which, ptn_own_file_fn load,
                                                 void *context, bool keep,
                                                 struct ptn_own_found *ret_found);

/* Those in the post's folder, and its entry conditions, or the shipped ones where it has none.
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_rules_open(struct ptn_node *node, struct ptn_diag *reterr);
void ptn_node_rules_close(struct ptn_node *node);

/* The published ones, which stay until left: outcomes are views of them. NULL: there are none. */
struct ptn_node_rules *ptn_node_rules_enter(struct ptn_node *node);
void ptn_node_rules_leave(struct ptn_node *node, struct ptn_node_rules *rules);

/* Run the post's own and these on the check and put what they say into it. BAD_INPUT as
 * ptn_rules_run; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_rules_run(struct ptn_node *node,
                                                  struct ptn_node_rules *published,
                                                  struct ptn_check *check, struct ptn_arena *arena,
                                                  struct ptn_diag *reterr);

/* Whether any rule asks who travels together. */
bool ptn_node_rules_ask_party(const struct ptn_node *node);

/* Learn from one crossing record, just written or read at start, from the entry seq of time_ms.
 * report: a discreet match stood behind it. Under the lock. */
PTN_MUST_USE struct ptn_status ptn_node_learn(struct ptn_node *node,
                                              const struct ptn_crossing *crossing, bool report,
                                              uint64_t seq, int64_t time_ms);

/* Learn everything from the ledger, or from the file of known stays and what came after it. */
PTN_MUST_USE struct ptn_status ptn_node_learn_all(struct ptn_node *node, struct ptn_diag *reterr);

/* ---- the file of known stays (docs/format/stays.md) ---- */

struct ptn_known_head {
    uint64_t size; /* entries of the ledger it was learnt from */
    struct ptn_hash root;
    uint64_t erased_count; /* of those entries */
    uint64_t event_count;
    struct ptn_records_since since;
    int32_t past;            /* the newest day that was forgotten by then; 0: none */
    uint32_t day;            /* of the key it is sealed with */
    struct ptn_bytes pieces; /* view */
};

/* Pure. BAD_INPUT for bytes that are no such file. */
PTN_MUST_USE struct ptn_status ptn_known_head_parse(struct ptn_bytes bytes,
                                                    struct ptn_known_head *ret_head);

/* Fill the history and known_size from the file when it holds for this ledger; OK without, or
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_known_load(struct ptn_node *node);

/* Write the file when there is something new; when there is much. Owner only, or before and after
 * all others. */
void ptn_known_save(struct ptn_node *node);
void ptn_known_tidy(struct ptn_node *node);
/* Something was taken out of the history: the file is written anew, or goes. IO: it is there still.
 */
PTN_MUST_USE struct ptn_status ptn_known_renew(struct ptn_node *node);

/* The history is whole now. */
void ptn_known_learnt(struct ptn_node *node);

/* Remember where an entry about paper is. Owner only, or before all others. */
void ptn_known_paper(struct ptn_node *node, uint64_t index);

/* ---- carriers' lists (arrivals.c) ---- */

PTN_MUST_USE struct ptn_status ptn_node_arrivals_open(struct ptn_node *node);
void ptn_node_arrivals_close(struct ptn_node *node);
/* Owner only: screen some of those who wait. */
void ptn_node_arrivals_turn(struct ptn_node *node);
/* One message record of the own ledger, at the start; those of the last 72 hours are taken. */
PTN_MUST_USE struct ptn_status ptn_node_arrivals_learn(struct ptn_node *node, uint64_t index,
                                                       struct ptn_bytes payload);
/*
 * The person of a scan from a carrier's list: of the row that was picked, or, when nothing but a
 * document's number was typed, of the row that has it. Into answer->person, before it is screened.
 * NOT_FOUND: no such row; BUSY: the list has changed; NO_MEMORY. And, once the person is known, the
 * row that is theirs: into answer->arrival.
 */
PTN_MUST_USE struct ptn_status ptn_lane_fill(struct ptn_node *node,
                                             const struct ptn_lane_scan *scan, int64_t now_ms,
                                             struct ptn_arena *arena,
                                             struct ptn_lane_answer *answer);
void ptn_lane_find_row(struct ptn_node *node, const struct ptn_lane_scan *scan, int64_t now_ms,
                       struct ptn_arena *arena, struct ptn_lane_answer *answer);
/* Append the record of a carrier's file, in parts, to a request; record's id, digest, length and
 * parts are set here. The codes of ptn_node_put. */
struct ptn_carrier_message; /* record/message.h */
PTN_MUST_USE struct ptn_status ptn_node_put_message(struct ptn_node *node,
                                                    struct ptn_carrier_message *record,
                                                    struct ptn_bytes file, struct ptn_arena *arena,
                                                    struct ptn_writer_request *request);
/* At the start (bookings.c): a booking file of the own ledger, and a vehicle that was recorded. */
PTN_MUST_USE struct ptn_status ptn_node_bookings_learn(struct ptn_node *node, struct ptn_bytes file,
                                                       int64_t time_ms);
void ptn_node_bookings_saw(struct ptn_node *node, struct ptn_bytes payload);
/* Somebody crossed: their row is marked. */
void ptn_node_arrivals_saw(struct ptn_node *node, const struct ptn_crossing *crossing);

/* No longer read it again: nothing is kept of it. Owner only, or before all others. */
void ptn_known_forget(struct ptn_node *node, uint64_t index);

static inline bool ptn_record_is_paper(uint32_t kind)
{
    return kind == PTN_RECORD_PACK || kind == PTN_RECORD_SHEET || kind == PTN_RECORD_SHEETS_TOLD;
}

/* Records that are read again at every start: about paper, orders, the way back, shifts,
 * who is coming, who holds a permit, who is ashore from a ship,
 * and of cases. */
static inline bool ptn_node_rereads(uint32_t kind)
{
    return ptn_record_is_paper(kind) || kind == PTN_RECORD_RECEIPT || kind == PTN_RECORD_RUNG ||
           kind == PTN_RECORD_STAGE || kind == PTN_RECORD_MESSAGE || kind == PTN_RECORD_SHIFT ||
           kind == PTN_RECORD_CASE || kind == PTN_RECORD_ALERT || kind == PTN_RECORD_STAFF ||
           kind == PTN_RECORD_PERMIT || kind == PTN_RECORD_CALL;
}

/* The name as people say it, cut to fit at a character's start. */
void ptn_node_name_write(const struct ptn_person *person, char text[PTN_LANE_LINE_MAX + 1]);

/* The place of a scan, or NULL. Under the lock. */
struct ptn_scan_slot *ptn_node_scan_find(struct ptn_node *node, struct ptn_record_id id);

/* The newest line with this crossing id, or NULL. Under the lock. */
struct ptn_line_slot *ptn_node_line_find(struct ptn_node *node, struct ptn_record_id id);

/* Learn from one record of kind pack, sheet or sheets-told. Under the lock. */
PTN_MUST_USE struct ptn_status
ptn_node_learn_paper(struct ptn_node *node, enum ptn_record_kind kind, struct ptn_bytes payload);

/* The post's rung is that now. Under the lock. NO_MEMORY. */
struct ptn_rung_moved;
PTN_MUST_USE struct ptn_status ptn_node_paper_moved(struct ptn_node *node,
                                                    const struct ptn_rung_moved *moved);

/* ---- the shift (node/shift.h) ---- */

struct ptn_shift_memory; /* opaque */

/* NULL: no memory. */
struct ptn_shift_memory *ptn_shift_memory_new(void);
void ptn_shift_memory_free(struct ptn_shift_memory *shift);

/* Learn from a crossing, just written or read at start, and from a record of kind vehicle or shift.
 * Under the lock. */
void ptn_shift_learn_crossing(struct ptn_node *node, const struct ptn_crossing *crossing);
void ptn_shift_learn_vehicle(struct ptn_node *node, struct ptn_bytes payload);
void ptn_shift_learn(struct ptn_node *node, struct ptn_bytes payload);

/* A scan up to its records, which are in answer->write and not submitted. The codes of
 * ptn_lane_scan. */
PTN_MUST_USE struct ptn_status
ptn_lane_prepare(struct ptn_node *node, const struct ptn_lane_who *who,
                 const struct ptn_lane_scan *scan, struct ptn_arena *arena,
                 struct ptn_lane_answer *answer, struct ptn_diag *reterr);

/* ---- what centres publish ---- */

/* What is in force, held; NULL: nothing is. ptn_overlay_release. */
struct ptn_overlay *ptn_node_overlay_enter(struct ptn_node *node);
/* An alert that was entered at this post. Before all others, or the owner. */
PTN_MUST_USE struct ptn_status ptn_publishing_learn(struct ptn_node *node,
                                                    struct ptn_bytes payload);
void ptn_publishing_close(struct ptn_node *node);
/* What late.c has learnt. After all others. */
void ptn_late_close(struct ptn_node *node);
/* Owner only: the orders were judged: which records of centres they name, as long as `updates` is
 * not withdrawn here. */
void ptn_publishing_judged(struct ptn_node *node);
void ptn_publishing_judge_voids(struct ptn_node *node);

/* A settlement up to its records, which are in crossing->write and not submitted; or again, and
 * nothing to write. The codes of ptn_lane_settle. _undo: the scan is free once more. */
PTN_MUST_USE struct ptn_status ptn_lane_settle_prepare(struct ptn_node *node,
                                                       const struct ptn_lane_who *who,
                                                       const struct ptn_lane_settlement *settlement,
                                                       struct ptn_arena *arena,
                                                       struct ptn_lane_crossing *crossing);
void ptn_lane_settle_undo(struct ptn_lane_crossing *crossing);
/* True when this key settled this scan so before; the crossing is filled from that. */
bool ptn_lane_settled_before(struct ptn_node *node, const struct ptn_lane_who *who,
                             const struct ptn_lane_settlement *settlement,
                             struct ptn_lane_crossing *crossing);

/* ---- decision records ---- */

/* What a decision record is made of. All Borrowed. */
struct ptn_lane_advised {
    const struct ptn_check *check;
    const struct ptn_advice *advice;
    const struct ptn_person *person;
    const struct ptn_mrz *mrz; /* NULL: typed */
    const struct ptn_lane_who *who;
    const char *post;
    enum ptn_direction direction;
    struct ptn_record_id id;
    int64_t time_ms;
    bool born_earlier;
    bool in_trip; /* the plate was weighed with the vehicle and stands in its record */
};

/* Append the record. The codes of ptn_decision_write; NO_MEMORY past the arena. */
PTN_MUST_USE struct ptn_status ptn_lane_decision_write(const struct ptn_lane_advised *advised,
                                                       struct ptn_arena *arena,
                                                       struct ptn_buffer *out);

/*
 * A person that a record accepts: codes with characters no code has and dates no calendar has are
 * left empty. What was read stands in the record's MRZ lines.
 */
struct ptn_person ptn_lane_person_clean(const struct ptn_person *person);
#endif
