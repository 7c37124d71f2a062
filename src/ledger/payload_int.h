/*
 * ledger/payload_int.h -- opening payloads of any scheme, for whoever holds the entries: a node's
 * own ledger or a copy of another's.
 *
 * Standard: docs/format/payload.md.
 */
#ifndef PTN_LEDGER_PAYLOAD_INT_H
#define PTN_LEDGER_PAYLOAD_INT_H
#include "ledger/ledger.h"

/* An epoch opened with a private key costs 50 us; a day has a handful of them. */
#define PTN_OPENER_EPOCH_COUNT 16u

/*
 * The header of an entry of the same ledger, and its stored payload appended to sealed, as they are
 * kept. NOT_FOUND when there is none or it is gone; the holder's own codes. The payload is checked
 * against the header by whoever asked.
 */
typedef struct ptn_status (*ptn_opener_get_fn)(void *context, uint64_t index,
                                               struct ptn_ledger_header *ret_header,
                                               struct ptn_buffer *sealed, struct ptn_diag *reterr);

/* Zero it, then set the first five or seven. One thread's at a time. */
struct ptn_opener {
    const struct ptn_vault *vault; /* Borrowed; NULL: opens only what is not sealed */
    const char *origin;            /* Borrowed */
    struct ptn_hasher *hasher;     /* Borrowed */
    ptn_opener_get_fn get;
    void *context;
    /* A node's own ledger: where it keeps epochs for a while. Both NULL: nowhere. Borrowed. */
    const struct ptn_world *world;
    const char *dir;
    struct ptn_epoch epochs[PTN_OPENER_EPOCH_COUNT]; /* opened last; scheme 0: none */
    unsigned next;
};

/* Wipe the epochs it remembers. It can be used on. */
void ptn_opener_forget(struct ptn_opener *opener);

/*
 * ptn_opener_open(opener, index, header, sealed, payload, reterr):
 * Check the stored bytes of entry index against its header, open them and append what they hold to
 * payload.
 *
 * OK; NOT_FOUND when no private key here opens them, or the epoch entry they name is gone;
 * CORRUPT when they are not what the header says or do not open; BAD_INPUT when they are sealed and
 * there is no vault; TOO_BIG past payload's cap; NO_MEMORY; the codes of get.
 */
PTN_MUST_USE struct ptn_status ptn_opener_open(struct ptn_opener *opener, uint64_t index,
                                               const struct ptn_ledger_header *header,
                                               struct ptn_bytes sealed, struct ptn_buffer *payload,
                                               struct ptn_diag *reterr);
#endif
