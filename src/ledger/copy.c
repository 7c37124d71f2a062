#include <assert.h>

#include "ledger/copy_int.h"

#include <stdio.h>
#include <stdlib.h>

#define MAKING         "-making" /* behind the name of a database */
#define FILE_NAME_SIZE 96u
#define COSIGNED_MAX   PTN_COPY_NOTE_MAX

/* docs/format/copy.md; what stands in a file must be these very words. */
static const char *const tables[] = {
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL, "
    "size INTEGER NOT NULL, range BLOB NOT NULL, note BLOB NOT NULL, "
    "next INTEGER NOT NULL DEFAULT 0, cosigned BLOB NOT NULL DEFAULT x'') STRICT",
    PTN_TABLE_ENTRY,
    PTN_TABLE_PAYLOAD,
    PTN_TABLE_SUBTREE,
    "CREATE TABLE wanted (seq INTEGER PRIMARY KEY) STRICT",
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT",
    "CREATE TABLE evidence (id INTEGER PRIMARY KEY, file BLOB NOT NULL UNIQUE) STRICT",
};

static const struct ptn_store_statement statements[] = {
    PTN_STORE_STATEMENTS,
    [PTN_COPY_GET_STATE] = { "SELECT next, cosigned FROM head WHERE one = 1", false },
    [PTN_COPY_PUT_NEXT] = { "UPDATE head SET next = ?1 WHERE one = 1", true },
    [PTN_COPY_PUT_COSIGNED] = { "UPDATE head SET cosigned = ?1 WHERE one = 1", true },
    [PTN_COPY_GET_ACCEPTED] = { "SELECT size, note FROM checkpoint ORDER BY size", false },
    [PTN_COPY_PUT_ACCEPTED] = { "INSERT INTO checkpoint (size, note) VALUES (?1, ?2)", true },
    [PTN_COPY_CUT_ACCEPTED] = { "DELETE FROM checkpoint WHERE size = ?1", true },
    [PTN_COPY_GET_WANTED] = { "SELECT seq FROM wanted WHERE seq >= ?1 ORDER BY seq LIMIT 1",
                              false },
    [PTN_COPY_GET_WANTED_LEAVES] = { "SELECT w.seq, e.leaf FROM wanted w JOIN entry e "
                                     "ON e.seq = w.seq ORDER BY w.seq LIMIT ?1",
                                     false },
    [PTN_COPY_COUNT_WANTED] = { "SELECT count(*) FROM wanted", false },
    [PTN_COPY_PUT_WANTED] = { "INSERT INTO wanted (seq) VALUES (?1)", true },
    [PTN_COPY_CUT_WANTED] = { "DELETE FROM wanted WHERE seq = ?1", true },
    [PTN_COPY_PUT_LATE_PAYLOAD] = { "INSERT OR IGNORE INTO payload (seq, sealed) VALUES (?1, ?2)",
                                    true },
    [PTN_COPY_DROP_ENTRIES] = { "DELETE FROM entry WHERE seq >= ?1", true },
    [PTN_COPY_DROP_PAYLOADS] = { "DELETE FROM payload WHERE seq >= ?1", true },
    [PTN_COPY_DROP_WANTED] = { "DELETE FROM wanted WHERE seq >= ?1", true },
    [PTN_COPY_DROP_SUBTREES] = { "DELETE FROM subtree WHERE level = ?1 AND n >= ?2", true },
    [PTN_COPY_GET_EVIDENCE] = { "SELECT file FROM evidence ORDER BY id LIMIT 1 OFFSET ?1", false },
    [PTN_COPY_COUNT_EVIDENCE] = { "SELECT count(*) FROM evidence", false },
    [PTN_COPY_PUT_EVIDENCE] = { "INSERT OR IGNORE INTO evidence (file) VALUES (?1)", true },
};

static_assert(sizeof(statements) / sizeof(statements[0]) == PTN_COPY_STATEMENT_COUNT,
              "every statement has its words");

static const struct ptn_store_plan plan = {
    .application_id = 0x50746e43,
    .schema_version = 1,
    .tables = tables,
    .table_count = sizeof(tables) / sizeof(tables[0]),
    .statements = statements,
    .statement_count = sizeof(statements) / sizeof(statements[0]),
    /* a copy is written from end to end; a keeper or a centre has one of every ledger open */
    .writer = "PRAGMA cache_size = -1024",
};

/* ---- transactions ---- */

struct ptn_status ptn_copy_begin(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_status status = ptn_ledger_may_write(base, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    rc = ptn_store_run(base->statements[PTN_LEDGER_BEGIN]);
    return rc == SQLITE_OK ? PTN_OK : ptn_ledger_write_failed(base, rc, reterr);
}

struct ptn_status ptn_copy_commit(struct ptn_copy *copy, int rc, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;

    if (rc == SQLITE_OK)
        rc = ptn_store_run(base->statements[PTN_LEDGER_COMMIT]);
    if (rc != SQLITE_OK)
        return ptn_ledger_write_failed(base, rc, reterr);
    if (base->log_pages > PTN_LEDGER_LOG_PAGES_MAX)
        (void)ptn_ledger_fold(base);
    return PTN_OK;
}

struct ptn_status ptn_copy_read_back_failed(struct ptn_copy *copy, struct ptn_status status,
                                            struct ptn_diag *reterr)
{
    copy->base->state = status.code == PTN_C_CORRUPT ? PTN_LEDGER_BROKEN : PTN_LEDGER_STOPPED;
    if (status.code == PTN_C_CORRUPT)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "what was read back is not what was written");
    return ptn_fail(PTN_C_IO, reterr, 0,
                    "what was written could not be read back: open the copy again");
}

int ptn_copy_run_u64(struct ptn_copy *copy, enum ptn_copy_statement which, uint64_t value)
{
    sqlite3_stmt *statement = copy->base->statements[which];

    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)value);
    return ptn_store_run(statement);
}

struct ptn_status ptn_copy_count(struct ptn_copy *copy, enum ptn_copy_statement which,
                                 uint64_t *ret_count)
{
    sqlite3_stmt *statement = copy->base->statements[which];
    int rc = sqlite3_step(statement);
    struct ptn_status status = ptn_store_status(rc, NULL, NULL);

    if (ptn_ok(status))
        *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return status;
}

struct ptn_status ptn_copy_drop(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    uint64_t size = copy->base->range.size;
    sqlite3_stmt *subtrees = copy->base->statements[PTN_COPY_DROP_SUBTREES];
    struct ptn_status status = ptn_copy_begin(copy, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    rc = ptn_copy_run_u64(copy, PTN_COPY_DROP_ENTRIES, size);
    if (rc == SQLITE_OK)
        rc = ptn_copy_run_u64(copy, PTN_COPY_DROP_PAYLOADS, size);
    if (rc == SQLITE_OK)
        rc = ptn_copy_run_u64(copy, PTN_COPY_DROP_WANTED, size);
    for (unsigned level = 1; rc == SQLITE_OK && level < 8; level++) {
        (void)sqlite3_bind_int64(subtrees, 1, level);
        (void)sqlite3_bind_int64(subtrees, 2, (sqlite3_int64)(size >> 8 * level));
        rc = ptn_store_run(subtrees);
    }
    if (rc == SQLITE_OK)
        rc = ptn_copy_run_u64(copy, PTN_COPY_PUT_NEXT, size);
    status = ptn_copy_commit(copy, rc, reterr);
    if (!ptn_ok(status))
        return status;
    copy->held = copy->base->range;
    ptn_store_forget_known(copy->base);
    status = ptn_copy_count(copy, PTN_COPY_COUNT_WANTED, &copy->missing);
    return ptn_ok(status) ? status : ptn_copy_read_back_failed(copy, status, reterr);
}

/* ---- opening ---- */

/* "copy-<hex sha256 of the origin>.sqlite", or .head; DIR before it. */
static struct ptn_status path_of(const struct ptn_vkey *key, const char *dir, const char *ending,
                                 char path[PTN_LEDGER_PATH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char name[FILE_NAME_SIZE] = "copy-";
    size_t len = strlen(name);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(&key->name, 1, digest);

    for (size_t i = 0; i < sizeof(digest); i++) {
        name[len++] = digits[digest[i] >> 4];
        name[len++] = digits[digest[i] & 15];
    }
    (void)snprintf(name + len, sizeof(name) - len, "%s", ending);
    return ptn_ok(status) ? ptn_store_path(path, dir, name) : status;
}

/* On a real disk: an empty file for the owner alone. */
static int make_private(const struct ptn_ledger *base, const char *path)
{
    const struct ptn_world *world = base->world;

    if (world->sqlite_vfs_name != NULL)
        return SQLITE_OK;
    return ptn_ok(world->files->replace(world->context, path, PTN_BYTES_NONE)) ? SQLITE_OK
                                                                               : SQLITE_CANTOPEN;
}

/* What may lie beside a database that is not there; the file that says so goes last. */
static const char *const beside[] = { "-wal", "-shm", "-journal", "-again", "", MAKING };

/* Remove the file of that ending, if it is there. */
static int remove_file(const struct ptn_ledger *base, const char *ending)
{
    sqlite3_vfs *vfs = ptn_pages_under(base->pages);
    char path[PTN_LEDGER_PATH_SIZE + sizeof(MAKING)];
    bool exists = false;
    int rc;

    (void)snprintf(path, sizeof(path), "%s%s", base->path, ending);
    rc = ptn_file_exists(vfs, path, &exists);
    if (rc == SQLITE_OK && exists)
        rc = vfs->xDelete(vfs, path, 1);
    return rc;
}

/* A file that says that the database is being made; there while it is, and durable. */
static int begin_making(const struct ptn_ledger *base)
{
    sqlite3_vfs *vfs = ptn_pages_under(base->pages);
    char path[PTN_LEDGER_PATH_SIZE + sizeof(MAKING)];
    struct ptn_file file = { NULL, NULL };
    int rc;

    (void)snprintf(path, sizeof(path), "%s" MAKING, base->path);
    if (base->world->sqlite_vfs_name == NULL)
        return make_private(base, path);
    /* as a journal: its name is durable with its first sync */
    rc = ptn_file_open(
        vfs, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_JOURNAL, &file);
    if (rc == SQLITE_OK)
        rc = file.file->pMethods->xWrite(file.file, "", 1, 0);
    if (rc == SQLITE_OK)
        rc = file.file->pMethods->xSync(file.file, SQLITE_SYNC_NORMAL);
    ptn_file_close(&file);
    return rc;
}

/*
 * Is the database there? One that was being made when the power went is not, nor one whose making
 * failed half way: SQLite may call that damaged, and nothing that anybody was told of lies in it.
 * What is left of such a one, or a log without its database, is removed: it would be taken for the
 * new one's.
 */
static struct ptn_status find_database(const struct ptn_ledger *base, bool *ret_has,
                                       struct ptn_diag *reterr)
{
    bool exists = false;
    bool making = false;
    bool blank = false;
    char path[PTN_LEDGER_PATH_SIZE + sizeof(MAKING)];
    int rc = ptn_file_exists(ptn_pages_under(base->pages), base->path, &exists);

    (void)snprintf(path, sizeof(path), "%s" MAKING, base->path);
    if (rc == SQLITE_OK)
        rc = ptn_file_exists(ptn_pages_under(base->pages), path, &making);
    if (rc == SQLITE_OK && exists && !making) {
        struct ptn_status status = ptn_store_is_blank(base, &blank, reterr);

        if (!ptn_ok(status))
            return status;
    }
    *ret_has = exists && !making && !blank;
    for (size_t i = 0; rc == SQLITE_OK && !*ret_has && i < sizeof(beside) / sizeof(beside[0]); i++)
        rc = remove_file(base, beside[i]);
    return ptn_store_status(rc, reterr, "the copy's file cannot be looked for");
}

/* Until it is whole it says so of itself. */
static struct ptn_status make_database(struct ptn_ledger *base, struct ptn_diag *reterr)
{
    static const uint8_t none = 0;
    int rc = begin_making(base);
    struct ptn_status status;

    if (rc == SQLITE_OK)
        rc = make_private(base, base->path);
    status = ptn_store_status(rc, reterr, "the copy's file cannot be made");
    if (ptn_ok(status))
        status = ptn_store_create(base, ptn_bytes_of(&none, 0), reterr);
    return ptn_ok(status) ? ptn_store_status(remove_file(base, MAKING), reterr,
                                             "the copy's file cannot be made")
                          : status;
}

static struct ptn_status open_files(struct ptn_copy *copy, const char *dir, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_vfs *vfs = ptn_pages_under(base->pages);
    char head[PTN_LEDGER_PATH_SIZE];
    bool has_head = false;
    bool has_file = false;
    struct ptn_status status = path_of(&copy->key, dir, ".sqlite", base->path);
    int rc;

    if (ptn_ok(status))
        status = path_of(&copy->key, dir, ".head", head);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the folder has too long a name");
    rc = ptn_file_exists(vfs, head, &has_head);
    if (rc == SQLITE_OK && !has_head)
        rc = make_private(base, head);
    if (rc == SQLITE_OK)
        rc = ptn_head_open(vfs, head, true, true, &base->head);
    if ((rc & 0xff) == SQLITE_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another has this copy open");
    status = ptn_store_status(rc, reterr, "the copy's files cannot be opened");
    if (ptn_ok(status))
        status = find_database(base, &has_file, reterr);
    if (ptn_ok(status) && !has_file)
        status = make_database(base, reterr);
    return ptn_ok(status) ? ptn_store_open(base, reterr) : status;
}

/* ---- taking it up ---- */

/* What is proved: the head row, its note, and the stored hashes must give one root. */
static struct ptn_status take_up_proved(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_checkpoint checkpoint;
    struct ptn_ledger_head_row row;
    struct ptn_range range = { 0 };
    struct ptn_status status;

    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_store_head(base, &row, reterr);
    if (ptn_ok(status) && strcmp(copy->origin, base->origin) != 0)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the file is the copy of another ledger");
    base->range = row.range;
    if (ptn_ok(status) && row.range.size > 0) {
        status =
            ptn_copy_read_note(copy, ptn_buffer_bytes(&row.note), &base->note, &checkpoint, reterr);
        if (status.code == PTN_C_BAD_INPUT || (ptn_ok(status) && checkpoint.size != row.range.size))
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the copy's checkpoint is not its own");
        if (ptn_ok(status))
            status = ptn_store_range(base, row.range.size, &range);
        if (ptn_ok(status) && !ptn_range_equal(&range, &row.range))
            status.code = PTN_C_CORRUPT;
        if (ptn_ok(status))
            status = ptn_range_root(base->hasher, &range, &range.nodes[62]);
        if (ptn_ok(status) && !ptn_hash_equal(&range.nodes[62], &checkpoint.root))
            status.code = PTN_C_CORRUPT;
        if (status.code == PTN_C_CORRUPT)
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the copy is not the tree that was signed");
    }
    ptn_buffer_release(&row.note);
    return status;
}

static struct ptn_status take_up_accepted(struct ptn_copy *copy, struct ptn_bytes note,
                                          struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_buffer own;
    struct ptn_status status;

    ptn_buffer_init(&own, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_copy_read_note(copy, note, &own, &checkpoint, reterr);
    if (ptn_ok(status) && checkpoint.size > copy->base->range.size &&
        copy->accepted_count < PTN_COPY_ACCEPTED_MAX)
        status = ptn_copy_insert_accepted(copy, &checkpoint, ptn_buffer_bytes(&own));
    ptn_buffer_release(&own);
    return status;
}

/* Accepted checkpoints of the database, and what the head file remembers beyond them. */
static struct ptn_status take_up_checkpoints(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *statement = base->statements[PTN_COPY_GET_ACCEPTED];
    uint8_t room[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN];
    struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT];
    const struct ptn_head_slot *best;
    struct ptn_status status = PTN_OK;
    int rc = SQLITE_ROW;

    while (ptn_ok(status) && (rc = sqlite3_step(statement)) == SQLITE_ROW)
        status = take_up_accepted(copy, ptn_store_blob(statement, 1), reterr);
    (void)sqlite3_reset(statement);
    if (ptn_ok(status))
        status = ptn_store_status(rc, reterr, "the copy's checkpoints cannot be read");
    if (status.code == PTN_C_BAD_INPUT)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a checkpoint kept is not the ledger's");
    if (!ptn_ok(status))
        return status;
    rc = ptn_head_read(&base->head, room, slots);
    if (rc == SQLITE_OK)
        rc = ptn_head_settle(&base->head);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, reterr, "the copy's head cannot be read");
    best = ptn_head_best(slots);
    base->head.hot = best == &slots[0] ? 1 : 0;
    if (best == NULL || best->size <= ptn_copy_pending_size(copy))
        return PTN_OK;
    status = take_up_accepted(copy, best->note, reterr);
    if (status.code == PTN_C_BAD_INPUT) /* it is a reminder: one that says nothing is none */
        status = PTN_OK;
    return status;
}

/* Hash again what is held and not proved. CORRUPT: not what it was. */
static struct ptn_status rehash_held(struct ptn_copy *copy, uint64_t next)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *entries;
    struct ptn_status status = PTN_OK;

    copy->held = base->range;
    if (next < base->range.size)
        return (struct ptn_status){ PTN_C_CORRUPT };
    entries = ptn_store_query(base, PTN_LEDGER_GET_ENTRIES, base->range.size, next, 0);
    while (ptn_ok(status) && copy->held.size < next) {
        struct ptn_hash hash;

        status = ptn_store_next(entries, copy->held.size);
        if (ptn_ok(status))
            status = ptn_ledger_check_leaf(base->hasher, ptn_store_blob(entries, 1),
                                           ptn_store_blob(entries, 2), &hash, NULL);
        if (ptn_ok(status))
            status = ptn_range_add(base->hasher, &copy->held, &hash, NULL, NULL);
    }
    (void)sqlite3_reset(entries);
    return status;
}

static struct ptn_status take_up_state(struct ptn_copy *copy, uint64_t *ret_next,
                                       struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *statement = base->statements[PTN_COPY_GET_STATE];
    struct ptn_checkpoint checkpoint;
    struct ptn_buffer own;
    uint64_t count = 0;
    int rc = sqlite3_step(statement);
    struct ptn_status status = ptn_store_status(rc, reterr, "the copy's state cannot be read");

    if (ptn_ok(status) && rc == SQLITE_ROW) {
        *ret_next = (uint64_t)sqlite3_column_int64(statement, 0);
        status = ptn_buffer_add(&copy->cosigned, ptn_store_blob(statement, 1));
    }
    (void)sqlite3_reset(statement);
    if (ptn_ok(status))
        status = ptn_copy_count(copy, PTN_COPY_COUNT_WANTED, &copy->missing);
    if (ptn_ok(status))
        status = ptn_copy_count(copy, PTN_COPY_COUNT_EVIDENCE, &count);
    copy->evidence_count = (size_t)count;
    if (!ptn_ok(status) || copy->cosigned.len == 0)
        return status;
    ptn_buffer_init(&own, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_copy_read_note(copy, ptn_buffer_bytes(&copy->cosigned), &own, &checkpoint, reterr);
    if (ptn_ok(status))
        copy->cosigned_size = checkpoint.size;
    ptn_buffer_release(&own);
    if (status.code == PTN_C_BAD_INPUT)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the cosigned checkpoint is not the ledger's");
    return status;
}

static struct ptn_status take_up(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    uint64_t next = 0;
    struct ptn_status status = take_up_proved(copy, reterr);
    int rc;

    if (ptn_ok(status))
        status = take_up_state(copy, &next, reterr);
    if (ptn_ok(status))
        status = take_up_checkpoints(copy, reterr);
    if (!ptn_ok(status))
        return status;
    /* As in ptn_ledger_open: pages of the log may be called clean that the disk never got. */
    rc = sqlite3_wal_checkpoint_v2(base->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_FULL)
        return ptn_store_status(rc, reterr, "the copy's log cannot be folded in");
    base->state = PTN_LEDGER_READY;
    status = rehash_held(copy, next);
    if (status.code == PTN_C_CORRUPT)
        status = ptn_copy_drop(copy, reterr);
    if (ptn_ok(status) && copy->held.size > base->range.size)
        status = ptn_copy_settle(copy, reterr);
    /* Dropped back, or a fork: the copy is usable, and its standing tells. */
    if (status.code == PTN_C_CORRUPT && base->state == PTN_LEDGER_READY)
        status = PTN_OK;
    return status;
}

/* What is known of the files. */
static void forget(struct ptn_copy *copy)
{
    ptn_ledger_close(copy->base);
    copy->base = NULL;
    while (copy->accepted_count > 0)
        ptn_copy_remove_accepted(copy, copy->accepted_count - 1);
    ptn_buffer_release(&copy->cosigned);
}

/* The files, by a copy that has its names. */
static struct ptn_status open_base(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_status status;

    ptn_buffer_init(&copy->cosigned, COSIGNED_MAX);
    copy->base = ptn_ledger_new(&plan, copy->world, NULL, PTN_LEDGER_STOPPED);
    if (copy->base == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a copy");
    memcpy(copy->base->origin, copy->origin, sizeof(copy->origin));
    status = open_files(copy, copy->dir, reterr);
    if (ptn_ok(status))
        status = take_up(copy, reterr);
    if (!ptn_ok(status) && copy->base->state == PTN_LEDGER_READY)
        copy->base->state = PTN_LEDGER_STOPPED; /* closing changes nothing */
    return status;
}

/* The files anew. When they do not open, what is known and can be read stays as it is. */
static struct ptn_status open_again(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_copy *again = malloc(sizeof(*again));
    struct ptn_status status;

    if (again == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a copy");
    *again = *copy;
    again->accepted_count = 0;
    again->cosigned_size = 0;
    ptn_head_close(&copy->base->head); /* the lock: this one writes no more */
    status = open_base(again, reterr);
    if (ptn_ok(status)) {
        forget(copy);
        *copy = *again;
    } else {
        forget(again);
    }
    free(again);
    return status;
}

struct ptn_status ptn_copy_ready(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    return copy->base->state == PTN_LEDGER_STOPPED ? open_again(copy, reterr)
                                                   : ptn_ledger_may_write(copy->base, reterr);
}

struct ptn_status ptn_copy_open(const struct ptn_world *world, const char *dir,
                                const struct ptn_vkey *key, struct ptn_copy **ret_copy,
                                struct ptn_diag *reterr)
{
    struct ptn_copy *copy;
    struct ptn_status status;

    if (key->type != PTN_NOTE_TYPE_ED25519 || !ptn_note_name_good(key->name))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not the key of a ledger");
    copy = calloc(1, sizeof(*copy));
    if (copy == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a copy");
    copy->world = world;
    copy->key = *key;
    for (size_t i = 0; i < key->name.len; i++)
        copy->origin[i] = (char)key->name.at[i];
    copy->key.name = ptn_bytes_from_text(copy->origin);
    copy->dir = strdup(dir);
    copy->waiting = ptn_waiting_new();
    copy->hashes = calloc(PTN_LEDGER_BATCH_MAX, sizeof(*copy->hashes));
    if (copy->dir == NULL || copy->waiting == NULL || copy->hashes == NULL)
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a copy");
    else
        status = open_base(copy, reterr);
    if (!ptn_ok(status)) {
        ptn_copy_close(copy);
        return status;
    }
    *ret_copy = copy;
    return PTN_OK;
}

void ptn_copy_close(struct ptn_copy *copy)
{
    if (copy == NULL)
        return;
    forget(copy);
    ptn_waiting_free(copy->waiting);
    free(copy->hashes);
    free(copy->dir);
    free(copy);
}

/* ---- asking ---- */

const char *ptn_copy_origin(const struct ptn_copy *copy)
{
    return copy->origin;
}

const struct ptn_vkey *ptn_copy_key(const struct ptn_copy *copy)
{
    return &copy->key;
}

enum ptn_ledger_state ptn_copy_state(const struct ptn_copy *copy)
{
    return copy->base->state;
}

void ptn_copy_standing(const struct ptn_copy *copy, struct ptn_copy_standing *ret_standing)
{
    *ret_standing = (struct ptn_copy_standing){
        .size = copy->base->range.size,
        .next = copy->held.size,
        .pending_size = ptn_copy_pending_size(copy),
        .cosigned_size = copy->cosigned_size,
        .missing = copy->missing,
        .waiting_len = ptn_waiting_len(copy->waiting),
        .evidence_count = copy->evidence_count,
    };
}

struct ptn_status ptn_copy_evidence(struct ptn_copy *copy, size_t index, struct ptn_buffer *out,
                                    struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = copy->base->statements[PTN_COPY_GET_EVIDENCE];
    struct ptn_status status;
    int rc;

    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)index);
    rc = sqlite3_step(statement);
    status = ptn_store_status(rc, reterr, "the evidence cannot be read");
    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, index, "no such evidence");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_store_blob(statement, 0));
    (void)sqlite3_reset(statement);
    return status;
}

struct ptn_status ptn_copy_tidy(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    return ptn_ledger_tidy(copy->base, reterr);
}
