/*
 * ledger/readers_int.h -- the epochs that a writer seals under, and the entries that carry them.
 *
 * Standard: docs/format/payload.md, scheme 2.
 */
#ifndef PTN_LEDGER_READERS_INT_H
#define PTN_LEDGER_READERS_INT_H
#include "ledger/ledger.h"
#include "record/notice.h"

/* One reader's key of one month. */
struct ptn_sealing_key {
    size_t reader;  /* number */
    uint32_t month; /* year * 12 + month */
    uint8_t key[PTN_READING_KEY_LEN];
    bool own;
    uint32_t classes; /* 0: all */
};

/* Zero it to begin; without keys everything is sealed under scheme 1. */
struct ptn_sealing {
    struct ptn_sealing_key *keys;
    size_t key_count;
    size_t reader_count; /* also those without a usable key */
    size_t own_count;    /* of them */
    uint32_t forgets;    /* classes whose epochs the node keeps aside: bit 1 << class */
    struct ptn_ledger_lack lack;
    /* Epochs whose entries are in the ledger; behind them those of the batch being made. */
    struct ptn_epoch *epochs;
    size_t epoch_count;
    size_t epoch_max;
    size_t kept;
    /* Of the batch being made: for each new epoch the caller's entry that first needs it, and its
     * record, one behind another. */
    struct ptn_sealing_record {
        size_t needed_by;
        size_t at;
        size_t len;
    } * records;
    struct ptn_buffer record_bytes;
};

void ptn_sealing_init(struct ptn_sealing *sealing);
void ptn_sealing_release(struct ptn_sealing *sealing);

/*
 * Make the epochs that the batch needs and that are not there yet; *ret_ahead: how many entries go
 * in front of it, the first of them at the ledger's next index. NO_MEMORY. Readers that cannot be
 * sealed to fail nothing (POST-1).
 */
PTN_MUST_USE struct ptn_status ptn_sealing_begin(struct ptn_sealing *sealing,
                                                 const struct ptn_ledger *ledger,
                                                 const struct ptn_ledger_entry *entries,
                                                 size_t count, size_t *ret_ahead);

/* The batch's nth epoch entry. Its payload is Borrowed until the next begin. */
struct ptn_ledger_entry ptn_sealing_entry(const struct ptn_sealing *sealing,
                                          const struct ptn_ledger_entry *entries, size_t nth);

/* The epoch to seal this entry under, or NULL: scheme 1. */
const struct ptn_epoch *ptn_sealing_epoch(const struct ptn_sealing *sealing, uint32_t day,
                                          uint8_t retention);

/* The batch is in the ledger: its epochs serve on. Or it is not: they are wiped. */
void ptn_sealing_end(struct ptn_sealing *sealing, bool kept);
#endif
