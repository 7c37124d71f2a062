/*
 * ledger/head_int.h -- ledger.head: the last signed checkpoints outside the database, and the
 * writer's lock; and ledger.reserve: room given up when the disk is full. Layout:
 * docs/format/ledger.md.
 */
#ifndef PTN_LEDGER_HEAD_INT_H
#define PTN_LEDGER_HEAD_INT_H
#include "ledger/pages_int.h"

#define PTN_HEAD_SLOT_LEN     4096u
#define PTN_HEAD_SLOT_COUNT   2u
#define PTN_HEAD_NOTE_LEN_MAX 2048u

/* What one slot holds. note is Borrowed from the caller's room. */
struct ptn_head_slot {
    bool blank; /* all zeros */
    bool good;
    uint64_t size;
    struct ptn_bytes note;
};

struct ptn_head {
    struct ptn_file file;
    unsigned hot;  /* the slot that is written; the other one is durable */
    bool unsynced; /* something was written into it since the last sync */
    uint8_t scratch[PTN_HEAD_SLOT_LEN];
    bool has_last; /* what was read last, and found good or blank */
    uint8_t last[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN];
    struct ptn_head_slot last_slots[PTN_HEAD_SLOT_COUNT];
};

/*
 * Open DIR/ledger.head. A writer locks it against other writers (SQLITE_BUSY) until close. create:
 * make it when missing. SQLite's codes; SQLITE_CANTOPEN also when it is missing.
 */
int ptn_head_open(sqlite3_vfs *vfs, const char *path, bool writer, bool create,
                  struct ptn_head *ret_head);
void ptn_head_close(struct ptn_head *head);

/* Read both slots; room keeps the notes. SQLite's codes. A slot that is neither blank nor good was
 * torn or changed. */
int ptn_head_read(struct ptn_head *head, uint8_t room[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN],
                  struct ptn_head_slot ret_slots[PTN_HEAD_SLOT_COUNT]);

/* The good slot with the larger size; NULL when none is good. */
const struct ptn_head_slot *ptn_head_best(const struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT]);

/* What a process before this one wrote is made durable: before a slot is written, the other one
 * must be. SQLite's codes. */
int ptn_head_settle(struct ptn_head *head);

/* Write the hot slot. SQLite's codes. */
int ptn_head_write(struct ptn_head *head, uint64_t size, struct ptn_bytes note);

/* Make the hot slot durable; the other one is hot from then on. SQLite's codes. */
int ptn_head_sync(struct ptn_head *head);

#define PTN_RESERVE_LEN ((int64_t)4 << 20)

/* Fill the reserve up to its length (the first failure gives it up again), or give it up. SQLite's
 * codes. */
int ptn_reserve_take(struct ptn_file *reserve);
int ptn_reserve_give_up(struct ptn_file *reserve);
#endif
