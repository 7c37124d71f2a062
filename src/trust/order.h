/*
 * trust/order.h -- orders: out of service and back, in a few readable lines that people sign.
 *
 * Pure. A parsed order is views into the caller's text; nothing is allocated. Who may give which
 * order is in authorise.h, what standing orders come to in standing.h. Layout:
 * docs/format/order.md. Standard: C2SP signed-note (the order is a note's text).
 */
#ifndef PTN_TRUST_ORDER_H
#define PTN_TRUST_ORDER_H
#include "ledger/note.h"
#include "record/record.h"

#define PTN_ORDER_TEXT_MAX    65536u /* bytes of text */
#define PTN_ORDER_POST_MAX    64u
#define PTN_ORDER_ENDS_MAX    64u
#define PTN_ORDER_PAYLOAD_MAX 512u
#define PTN_ORDER_MONTH_MAX   120u
#define PTN_ORDER_BUILD_MAX   16u      /* programs of one release: one for each kind of machine */
#define PTN_ORDER_SHEETS_MAX  64u      /* ledgers, in a close */
#define PTN_ORDER_SWEPT_MAX   64u      /* sweeps' manifests, in a close */
#define PTN_ORDER_CANARY_MAX  2592000u /* seconds: 30 days */
#define PTN_ORDER_REASON_MAX  200u
#define PTN_ORDER_NUMBER_LEN  16u
#define PTN_ORDER_NEVER       INT64_MAX /* until_ms of an order without "until" */

enum ptn_order_verb {
    PTN_ORDER_WITHDRAW,
    PTN_ORDER_RESTORE,
    PTN_ORDER_ANNUL,
    PTN_ORDER_REVOKE,
    PTN_ORDER_DISTRUST,
    PTN_ORDER_RELEASE,
    PTN_ORDER_ERASE,
    PTN_ORDER_CLOSE,   /* the cause of these orders is found and shut */
    PTN_ORDER_ADVANCE, /* a return goes a stage further */
    PTN_ORDER_REMOVE,  /* what records published by a centre take away may go */
    PTN_ORDER_VOID,    /* what a centre's ledger published past a size is in force no more */
    PTN_ORDER_VERB_COUNT,
};

/* Why a post is not at normal, from mild to grave: a cause is raised and never lowered. */
enum ptn_cause {
    PTN_CAUSE_NONE = 0,
    PTN_CAUSE_DRILL = 1,
    PTN_CAUSE_MISTAKE = 2,
    PTN_CAUSE_TECHNICAL = 3,
    PTN_CAUSE_ATTACK = 4,
    PTN_CAUSE_COUNT,
};

/* What a post does and an order can withdraw; a set of bits. */
enum ptn_function {
    PTN_FUNCTION_LANES_IN = 1,
    PTN_FUNCTION_LANES_OUT = 2,
    PTN_FUNCTION_UPDATES = 4, /* removals and clearances are held back, additions come */
    PTN_FUNCTION_MESSAGES = 8,
    PTN_FUNCTION_EXPORTS = 16,
    PTN_FUNCTION_ADMINISTRATION = 32,
    PTN_FUNCTION_CHIPS = 64, /* no chip of a document is read */
};
#define PTN_FUNCTION_LANES (PTN_FUNCTION_LANES_IN | PTN_FUNCTION_LANES_OUT)
#define PTN_FUNCTION_COUNT 7u

/* Kinds of post; a set of bits. */
enum ptn_order_kind {
    PTN_ORDER_AIRPORT = 1,
    PTN_ORDER_SEAPORT = 2,
    PTN_ORDER_LAND = 4,
};

/* How far a post is that returns from an attack: RETURN-3. */
enum ptn_stage {
    PTN_STAGE_NONE = 0,   /* it does not return from anything */
    PTN_STAGE_CANARY = 1, /* one lane in, one lane out */
    PTN_STAGE_HALF = 2,   /* half of the lanes */
    PTN_STAGE_ALL = 3,
    PTN_STAGE_COUNT,
};

/* Words as they stand in orders and JSON ("withdraw", "attack"); literals. "none" for no cause. */
const char *ptn_order_verb_word(enum ptn_order_verb verb);
const char *ptn_cause_word(enum ptn_cause cause);
const char *ptn_function_word(enum ptn_function function);
const char *ptn_stage_word(enum ptn_stage stage); /* "none", "canary", "half", "all" */

/* The cause or function of a word; 0 when there is none of that name. */
enum ptn_cause ptn_cause_find(struct ptn_bytes word);
unsigned ptn_function_find(struct ptn_bytes word);

/* Where an order holds: everywhere, at kinds of post, or at posts by their origins. */
struct ptn_order_scope {
    bool all;
    unsigned kinds;         /* bits of enum ptn_order_kind */
    struct ptn_bytes posts; /* "post ORIGIN" lines, sorted */
    size_t post_count;
};

enum ptn_order_target {
    PTN_ORDER_TARGET_NONE,
    PTN_ORDER_TARGET_OFFICER,
    PTN_ORDER_TARGET_DEVICE,
    PTN_ORDER_TARGET_KEY,
};

struct ptn_order {
    struct ptn_bytes country; /* the roster's origin */
    uint8_t number[PTN_ORDER_NUMBER_LEN];
    int64_t given_ms; /* whole seconds */
    int64_t until_ms; /* PTN_ORDER_NEVER: no such line */
    enum ptn_order_verb verb;
    enum ptn_rung rung;   /* withdraw of lanes; PTN_RUNG_NORMAL otherwise */
    enum ptn_cause cause; /* withdraw; PTN_CAUSE_NONE otherwise */
    struct ptn_order_scope scope;
    unsigned functions; /* withdraw: bits of enum ptn_function */
    enum ptn_order_target target;
    struct ptn_bytes target_name; /* officer, device */
    uint8_t key[32];              /* target key */
    uint64_t after;               /* distrust, void: the ledger's size */
    struct ptn_bytes ends;        /* restore, annul: "ends HEX64" lines, sorted; close: "closes";
                                     advance: "returns" */
    size_t ends_count;
    uint32_t canary_s;       /* restore: how long the canary lanes go alone; 0: as usual */
    enum ptn_stage stage;    /* advance: HALF or ALL */
    struct ptn_bytes builds; /* release: "build HEX64" lines, sorted */
    size_t build_count;
    uint32_t version, minimum; /* release */
    uint8_t medium[32];        /* release: of the read-only medium it is installed from */
    struct ptn_bytes sheets;   /* close: "sheets NAME" lines, sorted */
    size_t sheets_count;
    struct ptn_bytes swept; /* close: "swept HEX64" lines, sorted */
    size_t swept_count;
    struct ptn_bytes payloads; /* "payload HEX64" lines, sorted */
    size_t payload_count;
    struct ptn_bytes months; /* "month YYYY-MM" lines, sorted: whose private halves go */
    size_t month_count;
    struct ptn_bytes reason;
};

/**
 * ptn_order_parse(text, ret_order, reterr):
 * Read an order's text (a note's, without its signatures).
 *
 * text       Borrowed, must outlive the order.
 * ret_order  Set on success only.
 *
 * OK; BAD_INPUT with the offset of the line for anything but the one form; TOO_BIG past the limits.
 */
PTN_MUST_USE struct ptn_status ptn_order_parse(struct ptn_bytes text, struct ptn_order *ret_order,
                                               struct ptn_diag *reterr);

/* Append the order's text; blocks of lines are written as they are. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_order_write(const struct ptn_order *order,
                                               struct ptn_buffer *out);

/* True when the text starts as an order does: to tell it from a roster. */
bool ptn_order_looks_like(struct ptn_bytes text);

/* The order's name: SHA-256 of its text. OK or IO. */
PTN_MUST_USE struct ptn_status ptn_order_name(struct ptn_bytes text, struct ptn_hash *ret_name);

/* Step through a block of lines: the next one without its word. False at the end. */
bool ptn_order_next_line(struct ptn_cursor *block, struct ptn_bytes *ret_value);

/* Does the order hold at the post of that origin and kind (one bit)? */
bool ptn_order_is_for(const struct ptn_order *order, struct ptn_bytes origin, unsigned kind);

/* Does the order name that other one, to end, close or advance it? Is it one that ends, and does?
 */
bool ptn_order_names(const struct ptn_order *order, const struct ptn_hash *name);
bool ptn_order_ends(const struct ptn_order *order, const struct ptn_hash *name);

/* The month of a line's value, "YYYY-MM", with day 0. False for anything else. */
bool ptn_order_month(struct ptn_bytes value, struct ptn_date *ret_month);

/* Is that value in a block of lines? */
bool ptn_order_has_line(struct ptn_bytes block, struct ptn_bytes value);

/*
 * ptn_order_say(order, name, albanian, out):
 * Append the order in plain words, lines of UTF-8: what, where, why, what it needs. For people to
 * read before they sign and before they act. The buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_order_say(const struct ptn_order *order,
                                             const struct ptn_hash *name, bool albanian,
                                             struct ptn_buffer *out);
#endif
