/*
 * record/notice.h -- the small kinds: a report on a discreet check, lists taken into use, a node's
 * start, the key of a day and class.
 *
 * Pure. Texts are Borrowed from the bytes read, arrays live in the arena given to _parse.
 * Standard: docs/format/records.md "report", "list-loaded", "node-started",
 * "epoch".
 */
#ifndef PTN_RECORD_NOTICE_H
#define PTN_RECORD_NOTICE_H
#include "record/record.h"

/* ---- report ---- */

/* What an officer observed of a crossing that met a discreet check; written after the person has
 * gone. */
struct ptn_report {
    struct ptn_record_id id;
    struct ptn_record_id crossing;
    int64_t time_ms;
    struct ptn_bytes post;
    struct ptn_bytes lane; /* may be empty */
    struct ptn_bytes officer;
    struct ptn_bytes note;
};

/* The codes and promises of ptn_crossing_* for all three kinds; NO_MEMORY when the arena is full.
 */
PTN_MUST_USE struct ptn_status ptn_report_validate(const struct ptn_report *report,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_report_parse(struct ptn_bytes bytes, struct ptn_report *ret_report, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_report_write(const struct ptn_report *report,
                                                struct ptn_buffer *out);

/* ---- list loaded ---- */

#define PTN_LIST_LOADED_MAX 64u

struct ptn_list_loaded_list {
    struct ptn_bytes list;
    struct ptn_bytes format;  /* "ofac-csv"; may be empty */
    struct ptn_bytes edition; /* may be empty: the source states none */
    uint64_t entries;
    uint64_t rejected; /* rows that could not be understood */
};

/* A snapshot came into force at this node. */
struct ptn_list_loaded {
    int64_t time_ms;
    struct ptn_bytes post;
    struct ptn_bytes officer; /* who did it; empty: the node by itself */
    uint64_t snapshot_len;
    uint8_t snapshot_sha256[PTN_SHA256_LEN];
    const struct ptn_list_loaded_list *lists;
    size_t list_count;
};

PTN_MUST_USE struct ptn_status ptn_list_loaded_validate(const struct ptn_list_loaded *loaded,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_list_loaded_parse(struct ptn_bytes bytes,
                                                     struct ptn_arena *arena,
                                                     struct ptn_list_loaded *ret_loaded,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_list_loaded_write(const struct ptn_list_loaded *loaded,
                                                     struct ptn_buffer *out);

/* ---- node started ---- */

struct ptn_node_started {
    int64_t time_ms;
    struct ptn_bytes post;    /* its code */
    struct ptn_bytes name;    /* of the node, as people say it */
    struct ptn_bytes program; /* version that started, "0.1.0" */
    bool after_crash;         /* the run before did not end in order */
    bool locked;              /* its vault is locked: it screens nobody until it starts anew */
};

PTN_MUST_USE struct ptn_status ptn_node_started_validate(const struct ptn_node_started *started,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_node_started_parse(struct ptn_bytes bytes,
                                                      struct ptn_node_started *ret_started,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_node_started_write(const struct ptn_node_started *started,
                                                      struct ptn_buffer *out);

/* ---- epoch ---- */

/*
 * The key of one day and one retention class, boxed for each of its readers. A ledger puts this
 * record in front of the first payload of a day and class by itself (docs/format/payload.md). It
 * names nobody: its class is PUBLIC and its payload is not sealed, the key inside is.
 */
#define PTN_RECORD_EPOCH_BOX_MAX    1100u /* a gateway's: every post, the centres, recovery */
#define PTN_RECORD_EPOCH_READER_LEN 32u   /* an X25519 public key */
#define PTN_RECORD_EPOCH_SEALED_LEN 80u   /* 32 bytes of key in a sealed box */

struct ptn_record_epoch_box {
    uint8_t reader[PTN_RECORD_EPOCH_READER_LEN]; /* who can open it */
    uint8_t sealed[PTN_RECORD_EPOCH_SEALED_LEN];
};

/* At least one box, no reader twice. */
struct ptn_record_epoch {
    uint64_t day;       /* days since 1970-01-01, UTC */
    uint64_t retention; /* the class of what the key seals; any that a ledger keeps */
    const struct ptn_record_epoch_box *boxes;
    size_t box_count;
};

PTN_MUST_USE struct ptn_status ptn_record_epoch_validate(const struct ptn_record_epoch *epoch,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_record_epoch_parse(struct ptn_bytes bytes,
                                                      struct ptn_arena *arena,
                                                      struct ptn_record_epoch *ret_epoch,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_record_epoch_write(const struct ptn_record_epoch *epoch,
                                                      struct ptn_buffer *out);

/* ---- what a keeper writes ---- */

#define PTN_RECORD_SIGNED_MAX 65536u  /* bytes of a signed note */
#define PTN_RECORD_ROSTER_MAX 261120u /* … of one that was handed in: a roster is longer */

/* A signed note that was handed in. */
struct ptn_handed_note {
    struct ptn_bytes from; /* origin of the node that brought it; may be empty */
    struct ptn_bytes note; /* whole, with its signatures */
};

PTN_MUST_USE struct ptn_status ptn_handed_note_validate(const struct ptn_handed_note *note,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_handed_note_parse(struct ptn_bytes bytes,
                                                     struct ptn_handed_note *ret_note,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_handed_note_write(const struct ptn_handed_note *note,
                                                     struct ptn_buffer *out);

enum ptn_refused_why {
    PTN_REFUSED_FORK = 1,      /* the two checkpoints contradict each other */
    PTN_REFUSED_NOT_SHOWN = 2, /* it was not shown that the one continues the other */
};
#define PTN_REFUSED_WHY_COUNT 3u /* whys are 1 to one less */

/* A checkpoint that a ledger's key signed and a keeper refused. */
struct ptn_record_refused {
    struct ptn_bytes origin; /* of the ledger */
    enum ptn_refused_why why;
    struct ptn_bytes refused; /* the signed checkpoint */
    struct ptn_bytes held; /* NOT_SHOWN: the signed checkpoint that the keeper's copy stands on */
    struct ptn_bytes evidence; /* FORK: the proof, docs/format/evidence.md */
};

PTN_MUST_USE struct ptn_status ptn_record_refused_validate(const struct ptn_record_refused *refused,
                                                           struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_record_refused_parse(struct ptn_bytes bytes,
                                                        struct ptn_record_refused *ret_refused,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_record_refused_write(const struct ptn_record_refused *refused,
                                                        struct ptn_buffer *out);

/* ---- what a centre and a spare identity write ---- */

#define PTN_RECORD_HEADS_MAX 2048u

struct ptn_ledger_head {
    struct ptn_bytes origin;
    uint64_t size; /* its first so many entries */
};

/* How far a centre has read each ledger, and what its view comes to there. Whoever replays as much
 * of these ledgers must come to the same. Without a digest it is a heartbeat: "I have read so far".
 */
struct ptn_view_digest_record {
    int64_t time_ms;
    uint8_t sha256[PTN_SHA256_LEN];      /* zero: not worked out */
    const struct ptn_ledger_head *heads; /* sorted by origin, each once */
    size_t head_count;
};

static inline bool ptn_record_has_digest(const struct ptn_view_digest_record *record)
{
    static const uint8_t none[PTN_SHA256_LEN] = { 0 };

    return memcmp(record->sha256, none, sizeof(none)) != 0;
}

PTN_MUST_USE struct ptn_status
ptn_view_digest_record_validate(const struct ptn_view_digest_record *digest,
                                struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_view_digest_record_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                             struct ptn_view_digest_record *ret_digest, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_view_digest_record_write(const struct ptn_view_digest_record *digest, struct ptn_buffer *out);

/* The first entry of a spare identity's ledger: whose successor it is, and how much of the former
 * ledger was known when it was opened. */
struct ptn_successor {
    int64_t time_ms;
    struct ptn_bytes origin;     /* of the ledger that nobody writes any more */
    uint64_t least;              /* it had at least so many entries */
    struct ptn_bytes checkpoint; /* that says so, with its cosignatures; empty: least is 0 */
};

PTN_MUST_USE struct ptn_status ptn_successor_validate(const struct ptn_successor *successor,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_successor_parse(struct ptn_bytes bytes,
                                                   struct ptn_successor *ret_successor,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_successor_write(const struct ptn_successor *successor,
                                                   struct ptn_buffer *out);

/* ---- what a node writes of orders ---- */

/* What became of an order here, as docs/format/order.md has it. */
enum ptn_receipt_fate {
    PTN_RECEIPT_REFUSED = 1,
    PTN_RECEIPT_WAITING = 2,
    PTN_RECEIPT_STANDING = 3,
    PTN_RECEIPT_ENDED = 4,
    PTN_RECEIPT_ELSEWHERE = 5,
};
#define PTN_RECEIPT_FATE_COUNT 6u /* fates are 1 to one less */

/* By which hand it came. */
enum ptn_receipt_hand {
    PTN_RECEIPT_KEEPER = 1,
    PTN_RECEIPT_STICK = 2,
    PTN_RECEIPT_TELEPHONE = 3, /* a one-time code */
    PTN_RECEIPT_SITE = 4,      /* the post itself, or its supervisor */
};
#define PTN_RECEIPT_HAND_COUNT 5u /* hands are 1 to one less */

/* A node's answer to an order: written when the order's fate here changes. */
struct ptn_order_receipt {
    int64_t time_ms;
    uint8_t order[PTN_SHA256_LEN]; /* its name: of a refused note that is no order, the note's
                                      digest */
    enum ptn_receipt_fate fate;
    struct ptn_bytes why; /* a word: "yes", "signatures", "gate" */
    enum ptn_receipt_hand hand;
    struct ptn_bytes missing; /* what the gate lacked, its words parted by spaces; may be empty */
};

PTN_MUST_USE struct ptn_status ptn_order_receipt_validate(const struct ptn_order_receipt *receipt,
                                                          struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_order_receipt_parse(struct ptn_bytes bytes,
                                                       struct ptn_order_receipt *ret_receipt,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_order_receipt_write(const struct ptn_order_receipt *receipt,
                                                       struct ptn_buffer *out);

/* In whose hands a post's own step was. */
enum ptn_rung_hands {
    PTN_RUNG_HANDS_NONE = 0,
    PTN_RUNG_HANDS_NODE = 1,
    PTN_RUNG_HANDS_SUPERVISOR = 2,
    PTN_RUNG_HANDS_CODE = 3,
};
#define PTN_RUNG_HANDS_COUNT 4u

/* The ladder moved. A step of the post's own is an order that nobody signed: its text is here. */
struct ptn_rung_moved {
    int64_t time_ms;
    enum ptn_rung entry, exit; /* of the lanes in and out, from now on */
    uint64_t cause;            /* 0 none, 1 drill, 2 mistake, 3 technical, 4 attack */
    struct ptn_bytes own;      /* the step's text; empty: moved by orders, or back */
    enum ptn_rung_hands hands; /* set when and only when own is */
};

PTN_MUST_USE struct ptn_status ptn_rung_moved_validate(const struct ptn_rung_moved *moved,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_rung_moved_parse(struct ptn_bytes bytes,
                                                    struct ptn_rung_moved *ret_moved,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_rung_moved_write(const struct ptn_rung_moved *moved,
                                                    struct ptn_buffer *out);

/* ---- erasures ---- */

#define PTN_ERASURE_ENTRY_MAX 2048u /* bytes of a receipt's payload */

/* An order to erase is in force, and why anybody may believe it: nothing in it is on the word of
 * who wrote it (trust/erasure.h checks it). */
struct ptn_erasure_due {
    int64_t time_ms;
    struct ptn_bytes order; /* the order's note, with its signatures */
    struct ptn_bytes entry; /* the payload of a receipt of it, in a node's ledger */
    struct ptn_bytes seen;  /* that entry's tlog-proof file, with keepers' cosignatures */
    struct ptn_bytes now;   /* a checkpoint with keepers' cosignatures, 72 hours later */
};

PTN_MUST_USE struct ptn_status ptn_erasure_due_validate(const struct ptn_erasure_due *due,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_erasure_due_parse(struct ptn_bytes bytes,
                                                     struct ptn_erasure_due *ret_due,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_erasure_due_write(const struct ptn_erasure_due *due,
                                                     struct ptn_buffer *out);

/* A node has carried an order to erase out in everything it holds. */
struct ptn_erasure_done {
    int64_t time_ms;
    uint8_t order[PTN_SHA256_LEN]; /* its name */
    uint64_t erased;               /* payloads that are erased here by it */
    uint64_t left; /* payloads it names that are kept longer: their class's least period */
};

PTN_MUST_USE struct ptn_status ptn_erasure_done_validate(const struct ptn_erasure_done *done,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_erasure_done_parse(struct ptn_bytes bytes,
                                                      struct ptn_erasure_done *ret_done,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_erasure_done_write(const struct ptn_erasure_done *done,
                                                      struct ptn_buffer *out);

/* ---- what a supervisor writes of a shift ---- */

#define PTN_SHIFT_MINUTES_MAX 1440u

enum ptn_shift_act {
    PTN_SHIFT_LANE_OPENED = 1,
    PTN_SHIFT_LANE_CLOSED = 2,
    PTN_SHIFT_HANDED_OVER = 3,
    PTN_SHIFT_WAIT = 4,
};
#define PTN_SHIFT_ACT_COUNT 5u /* acts are 1 to one less */

/* For whom a lane is. */
enum ptn_lane_category {
    PTN_LANE_ANY = 0, /* nobody has said */
    PTN_LANE_OWN_NATIONALS = 1,
    PTN_LANE_ALL_PASSPORTS = 2,
    PTN_LANE_CREW = 3,
    PTN_LANE_COACHES = 4,
    PTN_LANE_LORRIES = 5,
    PTN_LANE_LOCAL_BORDER_TRAFFIC = 6,
};
#define PTN_LANE_CATEGORY_COUNT 7u

/* How a wait was measured. */
enum ptn_wait_method {
    PTN_WAIT_QUEUE_WALK = 1, /* an officer walked the queue and timed it */
    PTN_WAIT_CARD = 2,       /* a card given at the tail, taken at the lane */
    PTN_WAIT_ARRIVAL = 3,    /* from a ship's or flight's arrival to a crossing */
};
#define PTN_WAIT_METHOD_COUNT 4u /* methods are 1 to one less */

struct ptn_shift_entry {
    struct ptn_record_id id;
    int64_t time_ms;
    enum ptn_shift_act act;
    struct ptn_bytes post;
    struct ptn_bytes officer;        /* user name; HANDED_OVER: of who goes */
    struct ptn_bytes lane;           /* LANE_OPENED and LANE_CLOSED, and only then */
    enum ptn_lane_category category; /* LANE_OPENED, and only then: not ANY */
    struct ptn_bytes words;          /* HANDED_OVER, and only then */
    struct ptn_bytes second;         /* HANDED_OVER: another user name, of who comes */
    enum ptn_direction direction;    /* WAIT, and only then, like the next two */
    uint64_t minutes;                /* 0: no wait */
    enum ptn_wait_method method;
    uint64_t lists_age_h; /* HANDED_OVER: how old the oldest list was then: both signed for it */
};
#define PTN_SHIFT_LISTS_AGE_MAX 1000000u /* hours */

PTN_MUST_USE struct ptn_status ptn_shift_entry_validate(const struct ptn_shift_entry *entry,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_shift_entry_parse(struct ptn_bytes bytes,
                                                     struct ptn_shift_entry *ret_entry,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_shift_entry_write(const struct ptn_shift_entry *entry,
                                                     struct ptn_buffer *out);

/* "own-nationals", "any"; "queue-walk"; and back (ANY, 0 for no known word). Literals. */
const char *ptn_lane_category_word(enum ptn_lane_category category);
enum ptn_lane_category ptn_lane_category_from_word(struct ptn_bytes word);
const char *ptn_wait_method_word(enum ptn_wait_method method);
enum ptn_wait_method ptn_wait_method_from_word(struct ptn_bytes word);

/* ---- evidence taken ---- */

/* A manifest of evidence was made (docs/format/evidence-manifest.md). Counts and its name: nothing
 * of what is in it. */
struct ptn_findings {
    int64_t time_ms;
    uint8_t manifest[PTN_SHA256_LEN]; /* SHA-256 of the manifest */
    uint64_t files;                   /* taken */
    uint64_t length;                  /* bytes of them */
    uint64_t findings;                /* of the sweep that named them */
    uint64_t gaps;                    /* in the numbers of the logs that were given */
    bool sealed;                      /* to an investigator's key */
};

PTN_MUST_USE struct ptn_status ptn_findings_validate(const struct ptn_findings *findings,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_findings_parse(struct ptn_bytes bytes,
                                                  struct ptn_findings *ret_findings,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_findings_write(const struct ptn_findings *findings,
                                                  struct ptn_buffer *out);
#endif
