#include <assert.h>

#include "ledger/head_int.h"

#define MAGIC_LEN   8u
#define SIZE_AT     8u
#define NOTE_LEN_AT 16u
#define NOTE_AT     20u
#define CHUNK_LEN   65536
#define READS_MAX   50u /* a slot being written meanwhile looks wrong for a moment */

static_assert(NOTE_AT + PTN_HEAD_NOTE_LEN_MAX + PTN_SHA256_LEN <= PTN_HEAD_SLOT_LEN,
              "the longest note fits in a slot");

static const uint8_t magic[MAGIC_LEN] = { 'P', 'T', 'N', 'H', 'E', 'A', 'D', '1' };

int ptn_head_open(sqlite3_vfs *vfs, const char *path, bool writer, bool create,
                  struct ptn_head *ret_head)
{
    struct ptn_head head = { .file = { NULL, NULL } };
    bool exists = false;
    int rc = ptn_file_exists(vfs, path, &exists);

    if (rc == SQLITE_OK && !exists && !create)
        rc = SQLITE_CANTOPEN;
    if (rc == SQLITE_OK)
        rc = ptn_file_open(vfs, path,
                           !writer ? SQLITE_OPEN_READONLY
                                   : SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0),
                           &head.file);
    /* A reserved lock excludes its like and lets readers read. */
    if (rc == SQLITE_OK && writer)
        rc = head.file.file->pMethods->xLock(head.file.file, SQLITE_LOCK_SHARED);
    if (rc == SQLITE_OK && writer)
        rc = head.file.file->pMethods->xLock(head.file.file, SQLITE_LOCK_RESERVED);
    if (rc != SQLITE_OK) {
        ptn_head_close(&head);
        return rc;
    }
    *ret_head = head;
    return SQLITE_OK;
}

void ptn_head_close(struct ptn_head *head)
{
    if (head->file.file != NULL && head->file.file->pMethods != NULL)
        (void)head->file.file->pMethods->xUnlock(head->file.file, SQLITE_LOCK_NONE);
    ptn_file_close(&head->file);
}

static void read_slot(const uint8_t *slot, struct ptn_head_slot *ret_slot)
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_of(slot, PTN_HEAD_SLOT_LEN));
    uint8_t digest[PTN_SHA256_LEN];
    uint32_t note_len = 0;
    struct ptn_bytes covered;

    *ret_slot = (struct ptn_head_slot){ .blank = ptn_is_zero(slot, PTN_HEAD_SLOT_LEN) };
    cursor.next = SIZE_AT;
    if (ret_slot->blank || memcmp(slot, magic, MAGIC_LEN) != 0 ||
        !ptn_ok(ptn_cursor_take_u64(&cursor, &ret_slot->size)) ||
        !ptn_ok(ptn_cursor_take_u32(&cursor, &note_len)) || note_len > PTN_HEAD_NOTE_LEN_MAX)
        return;
    covered = ptn_bytes_of(slot, NOTE_AT + note_len);
    if (!ptn_ok(ptn_sha256(&covered, 1, digest)) ||
        memcmp(digest, slot + covered.len, sizeof(digest)) != 0 ||
        !ptn_is_zero(slot + covered.len + sizeof(digest),
                     PTN_HEAD_SLOT_LEN - covered.len - sizeof(digest)))
        return;
    ret_slot->note = ptn_bytes_of(slot + NOTE_AT, note_len);
    ret_slot->good = true;
}

/* Who follows a ledger reads its head again and again: bytes that were found good are so. */
static bool is_as_before(const struct ptn_head *head, const uint8_t *room,
                         struct ptn_head_slot ret_slots[PTN_HEAD_SLOT_COUNT])
{
    if (!head->has_last || memcmp(room, head->last, sizeof(head->last)) != 0)
        return false;
    for (unsigned i = 0; i < PTN_HEAD_SLOT_COUNT; i++) {
        ret_slots[i] = head->last_slots[i];
        if (ret_slots[i].good)
            ret_slots[i].note.at = room + (size_t)i * PTN_HEAD_SLOT_LEN + NOTE_AT;
    }
    return true;
}

static void keep_as_last(struct ptn_head *head, const uint8_t *room,
                         const struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT])
{
    memcpy(head->last, room, sizeof(head->last));
    memcpy(head->last_slots, slots, sizeof(head->last_slots));
    head->has_last = true;
}

int ptn_head_read(struct ptn_head *head, uint8_t room[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN],
                  struct ptn_head_slot ret_slots[PTN_HEAD_SLOT_COUNT])
{
    sqlite3_file *file = head->file.file;
    bool torn = true;

    for (unsigned reads = 0; torn && reads < READS_MAX; reads++) {
        int rc =
            file->pMethods->xRead(file, room, (int)(PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN), 0);

        /* A short file reads as zeros: a slot never written is blank. */
        if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
            return rc;
        if (is_as_before(head, room, ret_slots))
            return SQLITE_OK;
        torn = false;
        for (unsigned i = 0; i < PTN_HEAD_SLOT_COUNT; i++) {
            read_slot(room + (size_t)i * PTN_HEAD_SLOT_LEN, &ret_slots[i]);
            torn = torn || (!ret_slots[i].good && !ret_slots[i].blank);
        }
    }
    if (!torn)
        keep_as_last(head, room, ret_slots);
    return SQLITE_OK;
}

const struct ptn_head_slot *ptn_head_best(const struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT])
{
    if (slots[0].good && slots[1].good)
        return slots[0].size > slots[1].size ? &slots[0] : &slots[1];
    if (slots[0].good)
        return &slots[0];
    return slots[1].good ? &slots[1] : NULL;
}

int ptn_head_settle(struct ptn_head *head)
{
    return head->file.file->pMethods->xSync(head->file.file, SQLITE_SYNC_NORMAL);
}

int ptn_head_write(struct ptn_head *head, uint64_t size, struct ptn_bytes note)
{
    sqlite3_file *file = head->file.file;
    uint8_t *slot = head->scratch;
    struct ptn_bytes covered = { slot, NOTE_AT + note.len };
    int rc;

    PTN_PRE(note.len <= PTN_HEAD_NOTE_LEN_MAX);

    memset(slot, 0, PTN_HEAD_SLOT_LEN);
    memcpy(slot, magic, MAGIC_LEN);
    for (unsigned i = 0; i < 8; i++)
        slot[SIZE_AT + i] = (uint8_t)(size >> (56 - 8 * i));
    for (unsigned i = 0; i < 4; i++)
        slot[NOTE_LEN_AT + i] = (uint8_t)(note.len >> (24 - 8 * i));
    memcpy(slot + NOTE_AT, note.at, note.len);
    if (!ptn_ok(ptn_sha256(&covered, 1, slot + covered.len)))
        return SQLITE_IOERR;
    rc = file->pMethods->xWrite(file, slot, (int)PTN_HEAD_SLOT_LEN,
                                (sqlite3_int64)head->hot * PTN_HEAD_SLOT_LEN);
    head->unsynced = true;
    return rc;
}

int ptn_head_sync(struct ptn_head *head)
{
    sqlite3_file *file = head->file.file;
    int rc;

    if (!head->unsynced)
        return SQLITE_OK;
    rc = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
    if (rc == SQLITE_OK) {
        head->unsynced = false;
        head->hot = 1 - head->hot;
    }
    return rc;
}

int ptn_reserve_take(struct ptn_file *reserve)
{
    static const uint8_t zeros[CHUNK_LEN] = { 0 };
    sqlite3_file *file = reserve->file;
    sqlite3_int64 size = 0;
    int rc = file->pMethods->xFileSize(file, &size);

    while (rc == SQLITE_OK && size < PTN_RESERVE_LEN) {
        size -= size % CHUNK_LEN;
        rc = file->pMethods->xWrite(file, zeros, CHUNK_LEN, size);
        size += CHUNK_LEN;
    }
    if (rc != SQLITE_OK)
        (void)ptn_reserve_give_up(reserve);
    return rc;
}

int ptn_reserve_give_up(struct ptn_file *reserve)
{
    return reserve->file->pMethods->xTruncate(reserve->file, 0);
}
