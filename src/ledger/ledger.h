/*
 * ledger/ledger.h -- one node's append-only ledger: entries in a signed Merkle tree, sealed
 * payloads beside it.
 *
 * Files of a node's folder DIR: ledger.sqlite (+ -wal, -shm), ledger.head (the last signed
 * checkpoint, and the lock of the one writer), ledger.reserve (room kept for the day the disk is
 * full), ledger.retired (the mark of one that went back). Layout, schema and order of writes:
 * docs/format/ledger.md. The order of every append: durable -> read back and re-hashed -> signed ->
 * published.
 *
 * One thread at a time uses a ledger. Readers open their own, also in other processes, and never
 * disturb the writer. Standard: RFC 6962 (tree), C2SP tlog-checkpoint (head), C2SP tlog-tiles
 * (export).
 */
#ifndef PTN_LEDGER_LEDGER_H
#define PTN_LEDGER_LEDGER_H
#include "base/world.h"
#include "ledger/note.h"
#include "vault/seal.h"

/* C2SP entry bundles count an entry's bytes in 16 bits. */
#define PTN_LEDGER_LEAF_LEN_MAX 65535u
#define PTN_LEDGER_BATCH_MAX    4096u

/* ---- the header: what every holder of a copy can read of an entry ---- */

/* Nothing in it may name or describe a person. */
struct ptn_ledger_header {
    uint32_t kind;     /* record/record.h numbers the kinds; any number is kept */
    int64_t time_ms;   /* since 1970, not negative */
    uint8_t rung;      /* 0 normal, 1 local, 2 manual */
    uint8_t retention; /* retention class, as record/record.h numbers them */
    bool has_payload;  /* the rest is set only when true */
    uint32_t sealed_len;
    uint8_t commitment[PTN_COMMITMENT_LEN];
    struct ptn_hash sealed_sha256; /* the payload's name */
};

/* The leaf: canonical CBOR. BAD_INPUT with the offset for anything but the one form. */
PTN_MUST_USE struct ptn_status ptn_ledger_header_parse(struct ptn_bytes bytes,
                                                       struct ptn_ledger_header *ret_header,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_ledger_header_write(struct ptn_buffer *out,
                                                       const struct ptn_ledger_header *header);

/* ---- opening ---- */

struct ptn_ledger;

/*
 * ptn_ledger_create(world, vault, dir, origin, reterr):
 * Make an empty ledger in the node's folder. origin is its name for ever, a schema-less URL such as
 * "postern.example/tirana-airport".
 *
 * OK; BUSY when there is one already (also when only its head is left: a node that lost its ledger
 * must not start the same one again); BAD_INPUT for an origin no note can carry; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_create(const struct ptn_world *world,
                                                 const struct ptn_vault *vault, const char *dir,
                                                 const char *origin, struct ptn_diag *reterr);

/*
 * ptn_ledger_open(world, vault, dir, ret_ledger, reterr):
 * Open for writing. The entries after the last signed checkpoint are re-hashed, the tail is signed;
 * of a ledger that was retired nothing is. world and vault are Borrowed until close.
 *
 * OK; NOT_FOUND when there is none; BUSY when another writer has it; CORRUPT when it is shorter
 * than its own signed checkpoint, signed by another key or fails its proof (nothing is signed
 * then); IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_open(const struct ptn_world *world,
                                               const struct ptn_vault *vault, const char *dir,
                                               struct ptn_ledger **ret_ledger,
                                               struct ptn_diag *reterr);

/*
 * The same for reading only, beside a live writer or without one. vault may be NULL: headers can be
 * read, payloads cannot be opened. Never waits for the writer.
 */
PTN_MUST_USE struct ptn_status
ptn_ledger_open_reader(const struct ptn_world *world, const struct ptn_vault *vault,
                       const char *dir, struct ptn_ledger **ret_ledger, struct ptn_diag *reterr);

/* NULL is fine. A writer moves its log into the main file when it can; nothing is lost when it
 * cannot. */
void ptn_ledger_close(struct ptn_ledger *ledger);

/* ---- writing ---- */

/* One entry to append. payload is what is sealed (NULL, 0: an entry without payload); of retention
 * class PUBLIC it is kept as it is. All Borrowed. */
struct ptn_ledger_entry {
    uint32_t kind;
    int64_t time_ms;
    uint8_t rung;
    uint8_t retention;
    struct ptn_bytes payload;
};

enum ptn_ledger_state {
    PTN_LEDGER_READY,
    PTN_LEDGER_FULL,    /* the disk is full: appends are refused, tried again at each call, and work
                           when there is room */
    PTN_LEDGER_STOPPED, /* a write or sync failed, its outcome is unknown: close and open again */
    PTN_LEDGER_BROKEN,  /* bytes read back were not those written: stop and raise the alarm */
    PTN_LEDGER_RETIRED, /* it went back: it signs nothing any more, and can be read */
    PTN_LEDGER_READING, /* opened for reading */
};

enum ptn_ledger_state ptn_ledger_state(const struct ptn_ledger *ledger);

/*
 * ptn_ledger_append(ledger, entries, count, ret_first, reterr):
 * Append a batch: one transaction, one fsync, one signature. *ret_first is the first entry's index;
 * the others follow it. Epoch entries that the batch needs go in front of it by themselves.
 *
 * OK: all are durable and in the signed checkpoint. TOO_BIG: a payload past PTN_PAYLOAD_LEN_MAX or
 * a batch past PTN_LEDGER_BATCH_MAX (or empty: BAD_INPUT), nothing kept. NO_MEMORY, BUSY: nothing
 * kept. IO: see ptn_ledger_state: FULL means nothing kept; STOPPED means the batch is kept whole or
 * not at all, and opening again tells; RETIRED, nothing kept and nothing ever. CORRUPT: BROKEN,
 * never retry.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_append(struct ptn_ledger *ledger,
                                                 const struct ptn_ledger_entry *entries,
                                                 size_t count, uint64_t *ret_first,
                                                 struct ptn_diag *reterr);

/* ---- a ledger that went back ---- */

#define PTN_LEDGER_RETIRED_FILE "ledger.retired" /* the checkpoint that says so */

/*
 * ptn_ledger_retire(ledger, note, reterr):
 * Somebody shows a checkpoint of this ledger. When its own key signed it, and it is larger than the
 * ledger or of another history, the ledger is retired for good: the mark is durable when this
 * returns, and appends are refused from here on and after every start. A reader with a vault may
 * ask too, beside no writer: the mark counts when the ledger is next opened.
 *
 * OK: it is retired. NOT_FOUND: the ledger goes on from that checkpoint, all is well. CORRUPT: not
 * a checkpoint that its key signed. BUSY: STOPPED or BROKEN, ask after the next start. IO: its own
 * hashes cannot be read, or the mark cannot be written (STOPPED then); NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_retire(struct ptn_ledger *ledger, struct ptn_bytes note,
                                                 struct ptn_diag *reterr);

/* Append the checkpoint by which the ledger in dir was retired, as it was shown. NOT_FOUND: it was
 * not. The codes of reading a file. */
PTN_MUST_USE struct ptn_status ptn_ledger_retired(const struct ptn_world *world, const char *dir,
                                                  struct ptn_buffer *out);

/* ---- who can open what is appended ---- */

/* One key of one reader, for one month. */
struct ptn_ledger_reader {
    struct ptn_bytes reader; /* whose, by any name: only compared. Borrowed for the call */
    struct ptn_date month;   /* its day does not matter */
    uint8_t key[PTN_READING_KEY_LEN];
    bool own;         /* the node's own: left out for classes that it forgets */
    uint32_t classes; /* that it reads, bit 1 << class; 0: all of them */
};

/*
 * ptn_ledger_readers(ledger, readers, count, reterr):
 * From now on, seal for these readers (docs/format/payload.md, scheme 2). Give all the months that
 * are known, in any order; each append takes the right one, or the nearest there is. Copied. Count
 * 0: back to scheme 1, which a ledger begins with.
 *
 * OK; TOO_BIG for more than 1,100 readers; NO_MEMORY. The former readers stay on failure.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_readers(struct ptn_ledger *ledger,
                                                  const struct ptn_ledger_reader *readers,
                                                  size_t count, struct ptn_diag *reterr);

/* What was not as it should be when an epoch was last made. It never stops an append; be loud about
 * it. */
struct ptn_ledger_lack {
    size_t other_month; /* readers without a key for the month: another month's was taken */
    size_t left_out;    /* readers without any key that can be sealed to */
    bool alone;         /* none was left: the node sealed for itself (scheme 1) */
    bool unkept;        /* the node could not keep a key that it is to forget only later: it cannot
                           read that day's class after its next start */
};

struct ptn_ledger_lack ptn_ledger_readers_lack(const struct ptn_ledger *ledger);

#define PTN_LEDGER_FORGET_AFTER_MS ((int64_t)72 * 3600 * 1000)

/* Retention classes (bit 1 << class) that the node opens for a while only, through keys in its
 * vault, and not by a reading key of its own (docs/design/0002-what-a-post-forgets.md). For epochs
 * made from now on; 0, as at the beginning: none. */
void ptn_ledger_forgets(struct ptn_ledger *ledger, uint32_t classes);

/*
 * ptn_ledger_forget(ledger, vouched_ms, after_ms, reterr):
 * Forget every day that had been over for after_ms at vouched_ms, a time that keepers vouch for;
 * never give the node's own clock. Of the classes that it forgets, the node opens nothing of those
 * days any more; others do. Another open handle remembers some epochs until it is told as well.
 * Cheap; call it hourly. OK; IO; TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_forget(struct ptn_ledger *ledger, int64_t vouched_ms,
                                                 int64_t after_ms, struct ptn_diag *reterr);

/*
 * Housekeeping for when nothing waits: moves the write-ahead log into the main file. Appends do it
 * themselves when the log has grown long, at the cost of one slow append. The codes of append.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_tidy(struct ptn_ledger *ledger, struct ptn_diag *reterr);

/* A batch that is durable and signed, for whoever keeps a second copy. All Borrowed until the
 * function returns. */
struct ptn_ledger_batch {
    const char *origin;
    uint64_t first;
    size_t count;
    const struct ptn_bytes *leaves;
    const struct ptn_bytes *sealed; /* at NULL where there is no payload */
    struct ptn_bytes checkpoint;    /* the signed note */
};

typedef void (*ptn_ledger_copy_fn)(void *context, const struct ptn_ledger_batch *batch);

/* Call copy after each append (NULL: nobody). It cannot undo the append; who lags behind reads what
 * is missing. */
void ptn_ledger_on_append(struct ptn_ledger *ledger, ptn_ledger_copy_fn copy, void *context);

/* ---- erasing (docs/format/ledger.md) ---- */

/* One payload: the entry that names it, and its name there. */
struct ptn_erasure {
    uint64_t index;
    struct ptn_hash sealed_sha256;
};

/*
 * ptn_ledger_erase(ledger, erasures, count, by, ret_erased, reterr):
 * Delete payloads, for good. The entries stay, and every proof. by is the name of the order that
 * demands it: whether that is in force is the caller's to know. *ret_erased: how many were here
 * until now; again and again is fine.
 *
 * OK: all are gone, durably. NOT_FOUND: an entry is not there or names another payload, diag's
 * offset tells its place in erasures; BAD_INPUT: it is public; TOO_BIG: more than
 * PTN_LEDGER_BATCH_MAX: nothing is deleted. The codes of append.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_erase(struct ptn_ledger *ledger,
                                                const struct ptn_erasure *erasures, size_t count,
                                                const struct ptn_hash *by, uint64_t *ret_erased,
                                                struct ptn_diag *reterr);

/* The first erased entry at or after from, and the name of its order: what a receipt is made of.
 * NOT_FOUND; IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_ledger_erased(struct ptn_ledger *ledger, uint64_t from,
                                                 uint64_t *ret_index, struct ptn_hash *ret_by,
                                                 struct ptn_diag *reterr);

/*
 * ptn_ledger_find_payloads(ledger, names, name_count, from, ret_found, found_max, ret_count,
 *                          ret_next, reterr):
 * Look for entries that name one of the payloads: at most 4,096 entries from index from on.
 *
 * names      Ascending, none twice. ret_found  Room for found_max; *ret_count of them are set.
 * ret_next   Where to go on; the ledger's size when all were looked at.
 *
 * OK; IO; CORRUPT; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status
ptn_ledger_find_payloads(struct ptn_ledger *ledger, const struct ptn_hash *names, size_t name_count,
                         uint64_t from, struct ptn_erasure *ret_found, size_t found_max,
                         size_t *ret_count, uint64_t *ret_next, struct ptn_diag *reterr);

/* ---- reading ---- */

/* The ledger's name; Borrowed until close. */
const char *ptn_ledger_origin(const struct ptn_ledger *ledger);

/* How many entries there are. A reader sees what is committed at the time of the call. */
PTN_MUST_USE struct ptn_status ptn_ledger_size(struct ptn_ledger *ledger, uint64_t *ret_size,
                                               struct ptn_diag *reterr);

/* Append the last signed checkpoint (a whole note) to out. */
PTN_MUST_USE struct ptn_status
ptn_ledger_checkpoint(struct ptn_ledger *ledger, struct ptn_buffer *out, struct ptn_diag *reterr);

/*
 * ptn_ledger_read(ledger, index, ret_header, payload, reterr):
 * Read one entry, re-hashed. payload (may be NULL: header only) gets the opened payload appended.
 *
 * OK; NOT_FOUND past the end, or when the payload was asked for and is gone (reterr says which);
 * CORRUPT when the entry fails its hash or the payload does not open; NOT_FOUND also when no
 * reading key in the vault opens it; BAD_INPUT when a sealed payload is asked for without a vault;
 * IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_read(struct ptn_ledger *ledger, uint64_t index,
                                               struct ptn_ledger_header *ret_header,
                                               struct ptn_buffer *payload, struct ptn_diag *reterr);

/* The same with the payload as it is stored, sealed or not. Needs no vault. */
PTN_MUST_USE struct ptn_status ptn_ledger_read_sealed(struct ptn_ledger *ledger, uint64_t index,
                                                      struct ptn_ledger_header *ret_header,
                                                      struct ptn_buffer *sealed,
                                                      struct ptn_diag *reterr);

/* What a walk asks and tells. Both are called in the order of the entries. */
struct ptn_ledger_walk {
    void *context;
    /* Whether the entry's payload is wanted too. */
    bool (*wants)(void *context, uint64_t index, const struct ptn_ledger_header *header);
    /* A wanted payload, opened; NULL: it is gone. A failure ends the walk. */
    struct ptn_status (*take)(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr);
};

/*
 * Read the entries from first up to end, as ptn_ledger_read does one by one, some hundred at a
 * time. OK; CORRUPT also where one is missing; the codes of ptn_ledger_read and of take.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_walk(struct ptn_ledger *ledger, uint64_t first,
                                               uint64_t end, const struct ptn_ledger_walk *walk,
                                               struct ptn_diag *reterr);

/* The root of the first size entries: to tell whether what was learnt of them still stands.
 * NOT_FOUND past the end; CORRUPT, IO. */
PTN_MUST_USE struct ptn_status ptn_ledger_root_at(struct ptn_ledger *ledger, uint64_t size,
                                                  struct ptn_hash *ret_root,
                                                  struct ptn_diag *reterr);

/* Append to out the receipt (C2SP tlog-proof) of an entry under the last signed checkpoint.
 * NOT_FOUND past it. */
PTN_MUST_USE struct ptn_status ptn_ledger_receipt(struct ptn_ledger *ledger, uint64_t index,
                                                  struct ptn_buffer *out, struct ptn_diag *reterr);

/* Append the verifier key of this ledger ("name+hex+base64"). Needs a vault. */
PTN_MUST_USE struct ptn_status ptn_ledger_vkey(const struct ptn_ledger *ledger,
                                               struct ptn_buffer *out);

/* ---- proving and exporting ---- */

#define PTN_LEDGER_NO_ENTRY UINT64_MAX

struct ptn_ledger_verdict {
    uint64_t size;     /* entries looked at */
    uint64_t bytes;    /* leaves and payloads hashed */
    uint64_t payloads; /* payloads found and right */
    uint64_t erased;   /* payloads named by a header and not there */
    uint64_t lost;     /* of these, those that no erasure explains */
    uint64_t wrong;    /* the first wrong entry, or PTN_LEDGER_NO_ENTRY */
};

/*
 * ptn_ledger_verify(ledger, key, ret_verdict, reterr):
 * Prove the ledger from its bytes: every page, leaf, tree hash, payload hash and the checkpoint's
 * signature by key (the public half, which the caller must have from elsewhere for the proof to
 * mean anything).
 *
 * OK: intact. CORRUPT: not; *ret_verdict is set then too, and reterr says what is wrong, at the
 * first wrong entry.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_verify(struct ptn_ledger *ledger,
                                                 const struct ptn_vkey *key,
                                                 struct ptn_ledger_verdict *ret_verdict,
                                                 struct ptn_diag *reterr);

/* Takes one file of the exported tree; path is relative and uses '/'. */
typedef struct ptn_status (*ptn_ledger_put_fn)(void *context, const char *path,
                                               struct ptn_bytes bytes);

/*
 * Hand the last signed tree to put, file by file: tile/..., tile/entries/..., payload/<sha256 hex>,
 * and checkpoint last. put's failures pass up; CORRUPT; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_ledger_export(struct ptn_ledger *ledger, ptn_ledger_put_fn put,
                                                 void *context, struct ptn_diag *reterr);
#endif
