/* ledger/ledger_int.h -- an open ledger, as the files of ledger/ share it. */
#ifndef PTN_LEDGER_LEDGER_INT_H
#define PTN_LEDGER_LEDGER_INT_H
#include "ledger/head_int.h"
#include "ledger/ledger.h"
#include "ledger/payload_int.h"
#include "ledger/readers_int.h"

#define PTN_LEDGER_PATH_SIZE      4096u
#define PTN_STORE_BUSY_TIMEOUT_MS 5000
/* How many rows a reader takes in one transaction: it keeps the log from being folded in meanwhile.
 */
#define PTN_LEDGER_STRIDE 4096u

/* When the log is longer (16 MiB), a write folds it in by itself. */
#define PTN_LEDGER_LOG_PAGES_MAX 4096

/* ---- what a file of entries holds: a ledger's tables, or a copy's ---- */

struct ptn_store_statement {
    const char *text;
    bool writes; /* belongs to the writing connection */
};

struct ptn_store_plan {
    int application_id;
    int schema_version;
    const char *const *tables; /* the very words of sqlite_schema, in order */
    size_t table_count;
    const struct ptn_store_statement *statements; /* those of a ledger first, in their order */
    size_t statement_count;
    const char *writer; /* the pragma that bounds the writer's page cache */
};

extern const struct ptn_store_plan ptn_ledger_plan;

/* Tables and statements that both have. */
#define PTN_TABLE_ENTRY                                                                            \
    "CREATE TABLE entry (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash BLOB NOT NULL) STRICT"
#define PTN_TABLE_PAYLOAD                                                                          \
    "CREATE TABLE payload (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT"
#define PTN_TABLE_SUBTREE                                                                          \
    "CREATE TABLE subtree (level INTEGER, n INTEGER, hash BLOB NOT NULL, "                         \
    "PRIMARY KEY (level, n)) STRICT, WITHOUT ROWID"

/* From the first erasure on, after all others. */
#define PTN_TABLE_ERASED "CREATE TABLE erased (seq INTEGER PRIMARY KEY, by BLOB NOT NULL) STRICT"

/* Prepared once; the index of each in ptn_ledger.statements. */
enum ptn_ledger_statement {
    PTN_LEDGER_BEGIN,
    PTN_LEDGER_COMMIT,
    PTN_LEDGER_ROLLBACK,
    PTN_LEDGER_PUT_ENTRY,
    PTN_LEDGER_PUT_PAYLOAD,
    PTN_LEDGER_PUT_SUBTREE,
    PTN_LEDGER_PUT_HEAD,
    PTN_LEDGER_READ_BEGIN,
    PTN_LEDGER_READ_END,
    PTN_LEDGER_GET_HEAD,
    PTN_LEDGER_GET_ENTRIES,
    PTN_LEDGER_GET_PAYLOADS,
    PTN_LEDGER_GET_HASHES,
    PTN_LEDGER_GET_SUBTREES,
    PTN_LEDGER_FIND_LEAF,
    PTN_LEDGER_STATEMENT_COUNT,
};

#define PTN_STORE_STATEMENTS                                                                       \
    [PTN_LEDGER_BEGIN] = { "BEGIN IMMEDIATE", true }, [PTN_LEDGER_COMMIT] = { "COMMIT", true },    \
    [PTN_LEDGER_ROLLBACK] = { "ROLLBACK", true },                                                  \
    [PTN_LEDGER_PUT_ENTRY] = { "INSERT INTO entry (seq, leaf, hash) VALUES (?1, ?2, ?3)", true },  \
    [PTN_LEDGER_PUT_PAYLOAD] = { "INSERT INTO payload (seq, sealed) VALUES (?1, ?2)", true },      \
    [PTN_LEDGER_PUT_SUBTREE] = { "INSERT INTO subtree (level, n, hash) VALUES (?1, ?2, ?3)",       \
                                 true },                                                           \
    [PTN_LEDGER_PUT_HEAD] = { "UPDATE head SET size = ?1, range = ?2, note = ?3 WHERE one = 1",    \
                              true },                                                              \
    [PTN_LEDGER_READ_BEGIN] = { "BEGIN", false }, [PTN_LEDGER_READ_END] = { "COMMIT", false },     \
    [PTN_LEDGER_GET_HEAD] = { "SELECT origin, size, range, note FROM head WHERE one = 1", false }, \
    [PTN_LEDGER_GET_ENTRIES] = { "SELECT seq, leaf, hash FROM entry "                              \
                                 "WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",                      \
                                 false },                                                          \
    [PTN_LEDGER_GET_PAYLOADS] = { "SELECT seq, sealed FROM payload "                               \
                                  "WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",                     \
                                  false },                                                         \
    [PTN_LEDGER_GET_HASHES] = { "SELECT seq, hash FROM entry "                                     \
                                "WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",                       \
                                false },                                                           \
    [PTN_LEDGER_GET_SUBTREES] = { "SELECT n, hash FROM subtree WHERE n >= ?1 AND n < ?2 AND "      \
                                  "level = ?3 ORDER BY n",                                         \
                                  false },                                                         \
    [PTN_LEDGER_FIND_LEAF] = {                                                                     \
        "SELECT seq, leaf FROM entry WHERE instr(leaf, ?1) > 0 AND seq < ?2", false                \
    }

#define PTN_STORE_STATEMENT_MAX 40u
#define PTN_STORE_KNOWN_COUNT   64u

/* The hash of a perfect subtree that was worked out from those below it. Entries do not change, so
 * it holds until some are dropped. */
struct ptn_store_known {
    uint64_t index;
    unsigned height; /* 0: none */
    struct ptn_hash hash;
};

struct ptn_ledger {
    const struct ptn_store_plan *plan;
    const struct ptn_world *world;
    const struct ptn_vault *vault;   /* NULL: headers only */
    char path[PTN_LEDGER_PATH_SIZE]; /* of ledger.sqlite */
    char origin[PTN_NOTE_NAME_LEN_MAX + 1];
    enum ptn_ledger_state state;
    struct ptn_hasher *hasher;
    struct ptn_pages *pages;
    struct ptn_head head;
    struct ptn_file reserve; /* not open in a copy */
    sqlite3 *writer;         /* NULL in a reader */
    sqlite3 *reader;
    sqlite3_stmt *statements[PTN_STORE_STATEMENT_MAX];
    struct ptn_range range; /* the writer's tree, all of it durable */
    struct ptn_buffer note; /* the last checkpoint signed here */
    struct ptn_store_known known[PTN_STORE_KNOWN_COUNT];
    int log_pages; /* length of the write-ahead log */
    ptn_ledger_copy_fn copy;
    void *copy_context;
    struct ptn_opener opener;
    struct ptn_buffer opening; /* the stored payload being opened */
    struct ptn_sealing sealing;
    struct ptn_erased *erased; /* by index; what is known of the table, NULL while it is not read */
    size_t erased_count;
    bool has_erased; /* the table is there */
    /* The batch being appended; kept for their memory. */
    struct ptn_buffer leaves;
    struct ptn_buffer sealed;
    struct ptn_buffer bound;
    struct ptn_ledger_item *items;
    size_t item_max;
    struct ptn_bytes *copy_views;
};

/* One entry of the batch: where its bytes lie in the buffers, and its hashes. */
struct ptn_ledger_item {
    size_t leaf_at;
    size_t leaf_len;
    size_t sealed_at;
    size_t sealed_len; /* 0: no payload */
    struct ptn_hash leaf_hash;
    struct ptn_hash sealed_sha256;
};

/* A row of the table erased. */
struct ptn_erased {
    uint64_t index;
    struct ptn_hash by;
};

/* The head row as it stands in the database. note is Borrowed until the statement is reset; Copied
 * where said. */
struct ptn_ledger_head_row {
    struct ptn_range range;
    struct ptn_buffer note;
};

/* ---- open.c, retire.c ---- */

/* A note of ours: parsed, verified by the vault's key, the checkpoint in it read. CORRUPT: it is
 * none. */
struct ptn_status ptn_ledger_own_note(const struct ptn_ledger *ledger, struct ptn_bytes bytes,
                                      struct ptn_checkpoint *ret_checkpoint,
                                      struct ptn_diag *reterr);
/* Does the mark of a retired ledger lie there? */
struct ptn_status ptn_ledger_find_mark(const struct ptn_ledger *ledger, bool *ret_marked,
                                       struct ptn_diag *reterr);

/* ---- store.c: connections, statements, SQLite's codes ---- */

/* SQLite's code as a status; OK for OK, ROW and DONE. */
struct ptn_status ptn_store_status(int rc, struct ptn_diag *reterr, const char *text);

struct ptn_status ptn_store_path(char path[PTN_LEDGER_PATH_SIZE], const char *dir,
                                 const char *file);

/* Make the tables in a new file. */
struct ptn_status ptn_store_create(struct ptn_ledger *ledger, struct ptn_bytes note,
                                   struct ptn_diag *reterr);
/* Is the file one in which the making of tables was interrupted: none there? */
struct ptn_status ptn_store_is_blank(const struct ptn_ledger *ledger, bool *ret_blank,
                                     struct ptn_diag *reterr);
/* Open the connections that the ledger's state asks for, set them up and prepare the statements. */
struct ptn_status ptn_store_open(struct ptn_ledger *ledger, struct ptn_diag *reterr);
void ptn_store_close(struct ptn_ledger *ledger);

/* Step a statement that gives no row, and reset it. SQLite's code. */
int ptn_store_run(sqlite3_stmt *statement);

/* A blob column as a view, valid until the statement is stepped or reset. */
struct ptn_bytes ptn_store_blob(sqlite3_stmt *statement, int column);

/* The reading connection's head row; ret_row->note must be initialised and is filled. Sets
 * ledger->origin. */
struct ptn_status ptn_store_head(struct ptn_ledger *ledger, struct ptn_ledger_head_row *ret_row,
                                 struct ptn_diag *reterr);

/* Start one of the range queries: rows with first <= seq < end (of that level, for subtrees). */
sqlite3_stmt *ptn_store_query(struct ptn_ledger *ledger, enum ptn_ledger_statement which,
                              uint64_t first, uint64_t end, unsigned level);

/* ptn_subtree_get_fn over the stored hashes; context is the ledger. */
struct ptn_status ptn_store_subtree(void *context, unsigned height, uint64_t index,
                                    struct ptn_hash *ret_hash);

/* Entries were dropped: what was worked out from them is known no more. */
void ptn_store_forget_known(struct ptn_ledger *ledger);

/* The compact range of the first size entries, from the stored hashes. */
struct ptn_status ptn_store_range(struct ptn_ledger *ledger, uint64_t size,
                                  struct ptn_range *ret_range);

/* The next row of a range query, which must be number seq: CORRUPT when it is another one or there
 * is none. */
struct ptn_status ptn_store_next(sqlite3_stmt *statement, uint64_t seq);

/* ---- shared ---- */

/* Sign the tree as it is in memory into ledger->note; and publish that in ledger.head. */
struct ptn_status ptn_ledger_sign(struct ptn_ledger *ledger, struct ptn_diag *reterr);
struct ptn_status ptn_ledger_publish(struct ptn_ledger *ledger, struct ptn_diag *reterr);

/* A ledger that is not open: its memory, hasher and pages. NULL: no memory. ptn_ledger_close frees
 * it. */
struct ptn_ledger *ptn_ledger_new(const struct ptn_store_plan *plan, const struct ptn_world *world,
                                  const struct ptn_vault *vault, enum ptn_ledger_state state);

/* May it write now? A full disk is tried again: the reserve, where there is one, must fit first. */
struct ptn_status ptn_ledger_may_write(struct ptn_ledger *ledger, struct ptn_diag *reterr);

/*
 * A transaction failed with SQLite's code rc: roll back; the status says what is known of it, the
 * ledger's state what that leaves.
 */
struct ptn_status ptn_ledger_write_failed(struct ptn_ledger *ledger, int rc,
                                          struct ptn_diag *reterr);

/* Fold the log in as far as readers allow, and make the last published checkpoint durable. */
int ptn_ledger_fold(struct ptn_ledger *ledger);

/* What a transaction's rows are put with. rc is SQLite's last word: it decides what is known about
 * the batch. */
struct ptn_ledger_writing {
    struct ptn_ledger *ledger;
    int rc;
};

/* ptn_subtree_fn with that context: keep the root of every full subtree of 256^level entries. */
struct ptn_status ptn_ledger_put_subtree(void *context, unsigned height, uint64_t index,
                                         const struct ptn_hash *hash);

bool ptn_range_equal(const struct ptn_range *a, const struct ptn_range *b);

/* Write range and the last checkpoint into the head row; or that checkpoint. SQLite's code. */
int ptn_ledger_put_head(struct ptn_ledger *ledger, const struct ptn_range *range);
int ptn_ledger_put_head_note(struct ptn_ledger *ledger, const struct ptn_range *range,
                             struct ptn_bytes note);

/* Read one entry's header, re-hashed. NOT_FOUND, CORRUPT, IO. */
struct ptn_status ptn_ledger_read_header(struct ptn_ledger *ledger, uint64_t index,
                                         struct ptn_ledger_header *ret_header,
                                         struct ptn_diag *reterr);

/* Read the table erased anew into memory, if there is one. */
struct ptn_status ptn_erased_load(struct ptn_ledger *ledger, struct ptn_diag *reterr);
/* By what is in memory: the order's name, or NULL. */
const struct ptn_hash *ptn_erased_find(const struct ptn_ledger *ledger, uint64_t index);

/*
 * What ptn_ledger_erase and ptn_copy_erase do. also: a statement with the index as ?1 that is run
 * for each, or NULL; *ret_changed: how many rows it changed.
 */
struct ptn_status ptn_erase(struct ptn_ledger *ledger, const struct ptn_erasure *erasures,
                            size_t count, const struct ptn_hash *by, const char *also,
                            uint64_t *ret_erased, uint64_t *ret_changed, struct ptn_diag *reterr);

/* The folder of a node's own ledger. False: a copy's, which has no vault beside it. */
bool ptn_ledger_dir(const struct ptn_ledger *ledger, char ret_dir[PTN_LEDGER_PATH_SIZE]);

/* What a payload is bound to: the ledger, the index and the header without the payload's own
 * fields. */
struct ptn_status ptn_ledger_bind(struct ptn_buffer *out, const char *origin, uint64_t index,
                                  const struct ptn_ledger_header *header);

/* Hash a row again: the leaf's hash must be the stored one, the payload (when there) the header's.
 */
struct ptn_status ptn_ledger_check_leaf(struct ptn_hasher *hasher, struct ptn_bytes leaf,
                                        struct ptn_bytes stored_hash, struct ptn_hash *ret_hash,
                                        struct ptn_diag *reterr);
struct ptn_status ptn_ledger_check_sealed(struct ptn_hasher *hasher,
                                          const struct ptn_ledger_header *header,
                                          struct ptn_bytes sealed, struct ptn_diag *reterr);

/* The best checkpoint there is (memory, else ledger.head), parsed; note is appended to out,
 * checkpoint borrows from it. */
struct ptn_status ptn_ledger_last(struct ptn_ledger *ledger, struct ptn_buffer *out,
                                  struct ptn_checkpoint *ret_checkpoint, struct ptn_diag *reterr);
#endif
