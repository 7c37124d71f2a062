/*
 * serve/chips_int.h -- what lanes ask of their chip readers, and what these gave: a desk a lane, in
 * memory alone (READER-2: one chip a lane, for two minutes at most, then it is wiped).
 *
 * A reader that asks for work and finds none waits as a call; whoever ends its waiting is given the
 * call and says so to it (ptn_call_done). No clock: times are the caller's, monotonic microseconds.
 * Any thread. Interface: docs/format/reader.md.
 */
#ifndef PTN_SERVE_CHIPS_INT_H
#define PTN_SERVE_CHIPS_INT_H
#include "base/text.h"
#include "document/chip_read.h"
#include "node/readers.h"

#define PTN_CHIPS_WAIT_S    25u                      /* that a reader may wait for work */
#define PTN_CHIPS_READER_US (INT64_C(30) * 1000000)  /* after it asked, a lane has a reader */
#define PTN_CHIPS_KEPT_US   (INT64_C(120) * 1000000) /* what was asked or given */
#define PTN_CHIPS_ID_SIZE   PTN_RECORD_ID_TEXT_SIZE  /* an id in hex with a NUL */

struct ptn_call;  /* serve_int.h */
struct ptn_chips; /* opaque */

/* What came of a chip. */
enum ptn_chips_state {
    PTN_CHIPS_NONE,
    PTN_CHIPS_WAITING, /* its reader has not said yet */
    PTN_CHIPS_READ,
    PTN_CHIPS_NO_CHIP,
    PTN_CHIPS_REFUSED, /* it does not open with the lines of the page */
    PTN_CHIPS_FAILED,
    PTN_CHIPS_STATE_COUNT,
};

/* "waiting", "read", "no-chip", "refused", "failed": literals. */
const char *ptn_chips_word(enum ptn_chips_state state);

/* A chip to be read. Borrowed. */
struct ptn_chips_asked {
    const char *lane, *id;
    uint64_t session; /* whose serial it is: with it, all of it goes */
    const struct ptn_chip_key *key;
};

/* What a reader says: sod and dg1 in base64, empty but for READ. Borrowed. */
struct ptn_chips_given {
    const char *id;
    enum ptn_chips_state state;
    struct ptn_bytes sod, dg1;
    enum ptn_chip_proof proof; /* to the reader, that it is no copy */
};

/* Owned: _free, which wipes it; nobody may wait any more. NULL: no memory. */
struct ptn_chips *ptn_chips_new(void);
void ptn_chips_free(struct ptn_chips *chips);

/* ---- the reader's side ---- */

/* A token that is nobody's: whether it is still worth an answer of its own. */
bool ptn_chips_stranger(struct ptn_chips *chips, int64_t now_us);

enum ptn_chips_poll {
    PTN_CHIPS_SLOW_DOWN, /* it asks too often */
    PTN_CHIPS_ANSWER,    /* at once: there is work, or it does not wait */
    PTN_CHIPS_SLEEP,     /* call waits: at most wait_us */
};

/* The reader of a lane asks for work. ret_wake: its former call, which waits no more; or NULL. */
enum ptn_chips_poll ptn_chips_poll(struct ptn_chips *chips, const char *lane, struct ptn_call *call,
                                   int64_t now_us, int64_t wait_us, struct ptn_call **ret_wake);

/* What the lane asked for and nobody has answered yet; once more to a reader that asks again.
 * False: nothing. */
bool ptn_chips_work(struct ptn_chips *chips, const char *lane, char ret_id[PTN_CHIPS_ID_SIZE],
                    struct ptn_chip_key *ret_key);

/* OK; NOT_FOUND: the lane waits for no such chip; BUSY: it was given already, and nothing changes;
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_chips_give(struct ptn_chips *chips, const char *lane,
                                              const struct ptn_chips_given *given, int64_t now_us);

/* ---- the lane's side ---- */

bool ptn_chips_has_reader(struct ptn_chips *chips, const char *lane, int64_t now_us);
/* How many lanes have one. */
size_t ptn_chips_readers(struct ptn_chips *chips, int64_t now_us);

/* In the place of what the lane asked before, which is wiped. False: it has no reader now.
 * ret_wake: a reader's call that has work now, or NULL. */
bool ptn_chips_ask(struct ptn_chips *chips, const struct ptn_chips_asked *asked, int64_t now_us,
                   struct ptn_call **ret_wake);

/* "state", and of a chip that was read "sod", "dg1" and "proof", into an open object. False: the
 * lane has no such chip. */
bool ptn_chips_write(struct ptn_chips *chips, const char *lane, const char *id,
                     struct ptn_json *json);

/* ---- the owner's side ---- */

/* What the owner has to do: nothing in it, nothing to do. */
struct ptn_chips_due {
    struct ptn_call *wake;            /* waited long enough */
    char lane[PTN_LANE_NAME_MAX + 1]; /* its reader came or went; "": none did */
    bool has_reader;
};

/* Wipe what is over: too old, or of a session that is over by lives. stopped: everything is, and no
 * lane has a reader. One thing to do a call; false: no more. */
bool ptn_chips_turn(struct ptn_chips *chips, int64_t now_us, bool stopped,
                    bool (*lives)(void *context, uint64_t session), void *context,
                    struct ptn_chips_due *ret_due);

/* The next call that waits, which waits no more; NULL: none does. No lane has a reader until one
 * asks again; closing: and from now on none waits. */
struct ptn_call *ptn_chips_end(struct ptn_chips *chips, bool closing);
#endif
