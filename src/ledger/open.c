#include <assert.h>

#include "ledger/ledger_int.h"

#include <stdlib.h>

#define BATCH_LEN_MAX ((size_t)256 << 20)
#define BOUND_MAX     1024u

/* ---- opening and closing ---- */

struct ptn_ledger *ptn_ledger_new(const struct ptn_store_plan *plan, const struct ptn_world *world,
                                  const struct ptn_vault *vault, enum ptn_ledger_state state)
{
    struct ptn_ledger *ledger = calloc(1, sizeof(*ledger));

    if (ledger == NULL)
        return NULL;
    ledger->plan = plan;
    ledger->world = world;
    ledger->vault = vault;
    ledger->state = state;
    ptn_buffer_init(&ledger->note, PTN_HEAD_NOTE_LEN_MAX);
    ptn_buffer_init(&ledger->leaves, BATCH_LEN_MAX);
    ptn_buffer_init(&ledger->sealed, BATCH_LEN_MAX);
    ptn_buffer_init(&ledger->bound, BOUND_MAX);
    ptn_buffer_init(&ledger->opening, PTN_PAYLOAD_LEN_MAX + PTN_SEAL_OVERHEAD);
    ptn_sealing_init(&ledger->sealing);
    ledger->hasher = ptn_hasher_new();
    ledger->pages = ptn_pages_new(world->sqlite_vfs_name, state != PTN_LEDGER_READING);
    if (ledger->hasher == NULL || ledger->pages == NULL) {
        ptn_ledger_close(ledger);
        return NULL;
    }
    return ledger;
}

/* Leave the checkpoint in the database too and fold the log in: then ledger.sqlite alone is the
 * whole ledger. */
static void settle(struct ptn_ledger *ledger)
{
    if (ledger->state != PTN_LEDGER_READY || ledger->writer == NULL)
        return;
    if (ptn_ledger_put_head(ledger, &ledger->range) == SQLITE_OK)
        (void)sqlite3_wal_checkpoint_v2(ledger->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                        NULL);
    (void)ptn_head_sync(&ledger->head);
}

void ptn_ledger_close(struct ptn_ledger *ledger)
{
    if (ledger == NULL)
        return;
    settle(ledger);
    ptn_store_close(ledger);
    ptn_file_close(&ledger->reserve);
    ptn_head_close(&ledger->head);
    ptn_pages_free(ledger->pages);
    ptn_hasher_free(ledger->hasher);
    ptn_buffer_release(&ledger->note);
    ptn_buffer_release(&ledger->leaves);
    ptn_buffer_release(&ledger->sealed);
    ptn_buffer_release(&ledger->bound);
    ptn_buffer_release(&ledger->opening);
    ptn_opener_forget(&ledger->opener);
    ptn_sealing_release(&ledger->sealing);
    free(ledger->erased);
    free(ledger->items);
    free(ledger->copy_views);
    free(ledger);
}

static struct ptn_status paths(struct ptn_ledger *ledger, const char *dir,
                               char head[PTN_LEDGER_PATH_SIZE], char reserve[PTN_LEDGER_PATH_SIZE],
                               struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_store_path(ledger->path, dir, "ledger.sqlite");

    if (ptn_ok(status))
        status = ptn_store_path(head, dir, "ledger.head");
    if (ptn_ok(status))
        status = ptn_store_path(reserve, dir, "ledger.reserve");
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the node's folder has too long a name");
    return PTN_OK;
}

/* On a real disk: empty files for the owner alone, which SQLite then keeps as they are (mode 0600).
 */
static struct ptn_status make_private(const struct ptn_ledger *ledger, const char *head,
                                      const char *reserve)
{
    const char *const names[] = { ledger->path, head, reserve };
    const struct ptn_world *world = ledger->world;
    struct ptn_status status = PTN_OK;

    if (world->sqlite_vfs_name != NULL)
        return PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < sizeof(names) / sizeof(names[0]); i++)
        status = world->files->replace(world->context, names[i], PTN_BYTES_NONE);
    return status;
}

static struct ptn_status create(struct ptn_ledger *ledger, const char *dir, struct ptn_diag *reterr)
{
    char head[PTN_LEDGER_PATH_SIZE];
    char reserve[PTN_LEDGER_PATH_SIZE];
    sqlite3_vfs *vfs = ptn_pages_under(ledger->pages);
    bool has_file = false;
    bool has_head = false;
    bool has_mark = false;
    struct ptn_status status = paths(ledger, dir, head, reserve, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    rc = ptn_file_exists(vfs, ledger->path, &has_file);
    if (rc == SQLITE_OK)
        rc = ptn_file_exists(vfs, head, &has_head);
    if (rc == SQLITE_OK)
        status = ptn_ledger_find_mark(ledger, &has_mark, reterr);
    if (!ptn_ok(status))
        return status;
    if (rc == SQLITE_OK && (has_file || has_head || has_mark))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the folder holds a ledger, or a part of one");
    if (rc == SQLITE_OK && !ptn_ok(make_private(ledger, head, reserve)))
        rc = SQLITE_CANTOPEN;
    if (rc == SQLITE_OK)
        rc = ptn_head_open(vfs, head, true, true, &ledger->head);
    if (rc == SQLITE_OK)
        rc = ptn_file_open(vfs, reserve, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                           &ledger->reserve);
    if (rc == SQLITE_OK)
        rc = ptn_reserve_take(&ledger->reserve);
    status = ptn_store_status(rc, reterr, "the ledger's files cannot be made");
    if (ptn_ok(status))
        status = ptn_ledger_sign(ledger, reterr);
    if (ptn_ok(status))
        status = ptn_store_create(ledger, ptn_buffer_bytes(&ledger->note), reterr);
    if (ptn_ok(status))
        status = ptn_ledger_publish(ledger, reterr);
    if (ptn_ok(status))
        status = ptn_store_status(ptn_head_sync(&ledger->head), reterr,
                                  "the checkpoint cannot be made durable");
    return status;
}

struct ptn_status ptn_ledger_create(const struct ptn_world *world, const struct ptn_vault *vault,
                                    const char *dir, const char *origin, struct ptn_diag *reterr)
{
    struct ptn_bytes name = ptn_bytes_from_text(origin);
    struct ptn_ledger *ledger;
    struct ptn_status status;

    if (!ptn_note_name_good(name))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the ledger's name cannot stand in a note");
    ledger = ptn_ledger_new(&ptn_ledger_plan, world, vault, PTN_LEDGER_STOPPED);
    if (ledger == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a ledger");
    for (size_t i = 0; i < name.len; i++)
        ledger->origin[i] = (char)name.at[i];
    status = create(ledger, dir, reterr);
    ptn_ledger_close(ledger);
    return status;
}

/* The node's own key, under the ledger's name. */
static struct ptn_status own_key(const struct ptn_ledger *ledger, struct ptn_vkey *ret_key)
{
    return ptn_vkey_make(ptn_bytes_from_text(ledger->origin),
                         ptn_vault_public_key(ledger->vault, PTN_ROLE_LEDGER), ret_key);
}

struct ptn_status ptn_ledger_own_note(const struct ptn_ledger *ledger, struct ptn_bytes bytes,
                                      struct ptn_checkpoint *ret_checkpoint,
                                      struct ptn_diag *reterr)
{
    struct ptn_vkey key;
    struct ptn_note note = { 0 };
    size_t good = 0;
    struct ptn_status status = own_key(ledger, &key);

    if (ptn_ok(status))
        status = ptn_note_parse(bytes, &note, reterr);
    if (ptn_ok(status))
        status = ptn_note_verify(&note, &key, 1, &good, reterr);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, ret_checkpoint, reterr);
    if (status.code == PTN_C_CORRUPT || status.code == PTN_C_BAD_INPUT ||
        (ptn_ok(status) &&
         !ptn_bytes_equal(ret_checkpoint->origin, ptn_bytes_from_text(ledger->origin))))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "the last checkpoint is not signed by this node's key");
    return status;
}

/* Re-hash the rows from range->size up to end and add them to range. */
static struct ptn_status rehash_tail(struct ptn_ledger *ledger, struct ptn_range *range,
                                     uint64_t end, struct ptn_diag *reterr)
{
    sqlite3_stmt *entries = ptn_store_query(ledger, PTN_LEDGER_GET_ENTRIES, range->size, end, 0);
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && range->size < end) {
        uint64_t seq = range->size;
        struct ptn_hash hash;

        status = ptn_store_next(entries, seq);
        if (ptn_ok(status))
            status = ptn_ledger_check_leaf(ledger->hasher, ptn_store_blob(entries, 1),
                                           ptn_store_blob(entries, 2), &hash, reterr);
        if (ptn_ok(status))
            status = ptn_range_add(ledger->hasher, range, &hash, NULL, NULL);
        if (!ptn_ok(status))
            status = ptn_fail(status.code, reterr, (size_t)seq, "an unsigned entry is damaged");
    }
    (void)sqlite3_reset(entries);
    return status;
}

/* The database against the last signed checkpoint: it must continue it, and its tail must hash to
 * its own state. LEDGER-3: it goes on from what it signed, or not at all. */
static struct ptn_status check_against(struct ptn_ledger *ledger,
                                       const struct ptn_checkpoint *signed_head,
                                       struct ptn_diag *reterr)
{
    struct ptn_range range;
    struct ptn_hash root;
    struct ptn_hash stored_root;
    struct ptn_status status;

    if (signed_head->size > ledger->range.size)
        return ptn_fail(PTN_C_CORRUPT, reterr, (size_t)ledger->range.size,
                        "the ledger is shorter than its own signed checkpoint");
    status = ptn_store_range(ledger, signed_head->size, &range);
    if (ptn_ok(status))
        status = ptn_range_root(ledger->hasher, &range, &root);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the ledger's hashes cannot be read");
    if (!ptn_hash_equal(&root, &signed_head->root))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger is not the one that was signed");
    status = rehash_tail(ledger, &range, ledger->range.size, reterr);
    if (ptn_ok(status))
        status = ptn_range_root(ledger->hasher, &range, &root);
    if (ptn_ok(status))
        status = ptn_range_root(ledger->hasher, &ledger->range, &stored_root);
    if (ptn_ok(status) && !ptn_hash_equal(&root, &stored_root))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger's tail does not hash to its head");
    return status;
}

/* Everything that must hold before the node signs again under this name. retired: it does not. */
static struct ptn_status take_up(struct ptn_ledger *ledger, bool retired, struct ptn_diag *reterr)
{
    uint8_t room[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN];
    struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT];
    const struct ptn_head_slot *best;
    struct ptn_ledger_head_row row;
    struct ptn_checkpoint signed_head;
    struct ptn_status status;
    int rc;

    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_store_head(ledger, &row, reterr);
    ledger->range = row.range;
    ptn_buffer_release(&row.note);
    if (!ptn_ok(status))
        return status;
    rc = ptn_head_read(&ledger->head, room, slots);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, reterr, "ledger.head cannot be read");
    best = ptn_head_best(slots);
    if (best == NULL)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "ledger.head holds no checkpoint");
    status = ptn_ledger_own_note(ledger, best->note, &signed_head, reterr);
    if (ptn_ok(status))
        status = check_against(ledger, &signed_head, reterr);
    if (!ptn_ok(status) || retired)
        return status; /* FOLLOW-5: not one checkpoint more */
    /*
     * Fold the log in before anything more is signed. After a failed fsync the kernel may hold
     * pages of the log that it calls clean and the disk never got; folding writes them anew,
     * elsewhere, and syncs that.
     */
    rc = sqlite3_wal_checkpoint_v2(ledger->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc != SQLITE_OK && signed_head.size < ledger->range.size)
        return ptn_store_status(rc, reterr, "the unsigned tail cannot be made durable");
    rc = ptn_head_settle(&ledger->head);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, reterr, "the last checkpoint cannot be made durable");
    ledger->head.hot = best == &slots[0] ? 1 : 0;
    /* Into both slots: one may have been torn by a power cut, and one must always be durable. */
    for (unsigned slot = 0; ptn_ok(status) && slot < PTN_HEAD_SLOT_COUNT; slot++) {
        status = ptn_ledger_publish(ledger, reterr);
        if (ptn_ok(status))
            status = ptn_store_status(ptn_head_sync(&ledger->head), reterr,
                                      "the checkpoint cannot be made durable");
    }
    return status;
}

static struct ptn_status open_files(struct ptn_ledger *ledger, const char *dir,
                                    struct ptn_diag *reterr)
{
    char head[PTN_LEDGER_PATH_SIZE];
    char reserve[PTN_LEDGER_PATH_SIZE];
    sqlite3_vfs *vfs = ptn_pages_under(ledger->pages);
    bool writes = ledger->state != PTN_LEDGER_READING;
    bool has_file = false;
    bool has_head = false;
    struct ptn_status status = paths(ledger, dir, head, reserve, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    rc = ptn_file_exists(vfs, ledger->path, &has_file);
    if (rc == SQLITE_OK)
        rc = ptn_file_exists(vfs, head, &has_head);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, reterr, "the node's folder cannot be read");
    if (!has_file && !has_head)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "there is no ledger here");
    if (!has_file || !has_head)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        has_file ? "ledger.head is missing: entries may be lost unseen"
                                 : "ledger.sqlite is missing: this ledger's entries are lost");
    rc = ptn_head_open(vfs, head, writes, false, &ledger->head);
    if ((rc & 0xff) == SQLITE_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process writes this ledger");
    if (rc == SQLITE_OK && writes)
        rc = ptn_file_open(vfs, reserve, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                           &ledger->reserve);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, reterr, "the ledger's files cannot be opened");
    return ptn_store_open(ledger, reterr);
}

struct ptn_status ptn_ledger_open(const struct ptn_world *world, const struct ptn_vault *vault,
                                  const char *dir, struct ptn_ledger **ret_ledger,
                                  struct ptn_diag *reterr)
{
    struct ptn_ledger *ledger = ptn_ledger_new(&ptn_ledger_plan, world, vault, PTN_LEDGER_STOPPED);
    bool retired = false;
    struct ptn_status status;
    int rc;

    PTN_PRE(vault != NULL);

    if (ledger == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a ledger");
    status = open_files(ledger, dir, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_find_mark(ledger, &retired, reterr);
    if (ptn_ok(status))
        status = take_up(ledger, retired, reterr);
    if (!ptn_ok(status)) {
        ptn_ledger_close(ledger);
        return status;
    }
    if (retired) {
        ledger->state = PTN_LEDGER_RETIRED;
        *ret_ledger = ledger;
        return PTN_OK;
    }
    rc = ptn_reserve_take(&ledger->reserve);
    ledger->state = (rc & 0xff) == SQLITE_FULL ? PTN_LEDGER_FULL : PTN_LEDGER_READY;
    *ret_ledger = ledger;
    return PTN_OK;
}

struct ptn_status ptn_ledger_open_reader(const struct ptn_world *world,
                                         const struct ptn_vault *vault, const char *dir,
                                         struct ptn_ledger **ret_ledger, struct ptn_diag *reterr)
{
    struct ptn_ledger *ledger = ptn_ledger_new(&ptn_ledger_plan, world, vault, PTN_LEDGER_READING);
    struct ptn_ledger_head_row row;
    struct ptn_status status;

    if (ledger == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a ledger");
    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    status = open_files(ledger, dir, reterr);
    if (ptn_ok(status))
        status = ptn_store_head(ledger, &row, reterr); /* learns the origin */
    ptn_buffer_release(&row.note);
    if (!ptn_ok(status)) {
        ptn_ledger_close(ledger);
        return status;
    }
    *ret_ledger = ledger;
    return PTN_OK;
}
