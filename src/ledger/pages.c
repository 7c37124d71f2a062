#include "ledger/log_int.h"
#include "ledger/pages_int.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_SIZE   40u
#define READS_MAX   3u /* a page that looks wrong is read again: the fault may be in the reading */
#define LANE_COUNT  4u
#define WORD_LEN    8u
#define WORDS_COUNT ((PTN_PAGE_LEN - PTN_PAGE_RESERVED) / WORD_LEN)
#define LOG_STEP    ((sqlite3_int64)1 << 20)
#define ZEROS_LEN   65536

/*
 * While all pages are read in order (ptn_pages_watch), the main file is read in pieces of many
 * pages: one system call for sixteen. What was read ahead stays true as long as the reader's
 * transaction does.
 */
#define AHEAD_LEN   65536
#define AHEAD_COUNT 4u

struct ahead {
    sqlite3_int64 offset;
    bool filled;
    uint8_t at[AHEAD_LEN];
};

struct ptn_pages {
    sqlite3_vfs vfs;
    sqlite3_vfs *under;
    bool only_writer; /* nobody else writes the log: what is remembered of it stays true */
    char name[NAME_SIZE];
    uint8_t *seen; /* one byte a page, while watched */
    size_t seen_count;
    struct ahead *ahead; /* AHEAD_COUNT of them, while watched */
    unsigned ahead_next;
    uint64_t *frames; /* the checksum of each page in the log that passed; 0: not known */
    size_t frame_count;
};

struct page_file {
    sqlite3_file base;
    sqlite3_file *under;
    struct ptn_pages *pages;
    sqlite3_int64 reached; /* of a log: the file is at least this long */
    uint8_t scratch[PTN_PAGE_LEN];
};

/* ---- the checksum ---- */

static uint64_t turn(uint64_t value, unsigned by)
{
    return value << by | value >> (64u - by);
}

/* Little-endian on every machine, and one load where the machine is. */
static uint64_t word_at(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static uint64_t checksum(const uint8_t page[PTN_PAGE_LEN], uint64_t number)
{
    static const uint64_t factor = 0x9e3779b97f4a7c15u; /* odd: multiplying by it loses nothing */
    uint64_t lanes[LANE_COUNT] = { number, ~number, turn(number, 17), ~turn(number, 31) };
    unsigned word = 0;
    uint64_t sum;

    for (; word + LANE_COUNT <= WORDS_COUNT; word += LANE_COUNT)
        for (unsigned lane = 0; lane < LANE_COUNT; lane++)
            lanes[lane] =
                turn((lanes[lane] ^ word_at(page + (size_t)WORD_LEN * (word + lane))) * factor, 29);
    for (; word < WORDS_COUNT; word++)
        lanes[word % LANE_COUNT] =
            turn((lanes[word % LANE_COUNT] ^ word_at(page + (size_t)WORD_LEN * word)) * factor, 29);
    sum = lanes[0] ^ turn(lanes[1], 13) ^ turn(lanes[2], 27) ^ turn(lanes[3], 43);
    sum = (sum ^ sum >> 32) * factor;
    return sum ^ sum >> 29;
}

static void set_checksum(uint8_t page[PTN_PAGE_LEN], uint64_t number)
{
    uint64_t sum = checksum(page, number);

    for (unsigned i = 0; i < PTN_PAGE_RESERVED; i++)
        page[PTN_PAGE_LEN - PTN_PAGE_RESERVED + i] = (uint8_t)(sum >> 8 * i);
}

bool ptn_page_good(const uint8_t page[PTN_PAGE_LEN], uint64_t number)
{
    return checksum(page, number) == word_at(page + PTN_PAGE_LEN - PTN_PAGE_RESERVED) ||
           ptn_is_zero(page, PTN_PAGE_LEN);
}

/* ---- the main file ---- */

static struct page_file *self(sqlite3_file *file)
{
    return (struct page_file *)file;
}

static bool is_page(int amount, sqlite3_int64 offset)
{
    return amount == PTN_PAGE_LEN && offset % PTN_PAGE_LEN == 0;
}

static int page_close(sqlite3_file *file)
{
    sqlite3_file *under = self(file)->under;

    return under->pMethods->xClose(under);
}

/* A short read is right only where the file ends: SQLite takes what is missing for zeros and would
 * write them. */
static int short_read(sqlite3_file *under, sqlite3_int64 offset)
{
    sqlite3_int64 size = 0;
    int rc = under->pMethods->xFileSize(under, &size);

    if (rc == SQLITE_OK)
        rc = offset < size ? SQLITE_IOERR_READ : SQLITE_IOERR_SHORT_READ;
    return rc;
}

/* The page out of what was read ahead, reading ahead if need be. False: read it by itself. */
static bool take_ahead(struct page_file *page, void *at, sqlite3_int64 offset)
{
    struct ptn_pages *pages = page->pages;
    sqlite3_int64 start = offset - offset % AHEAD_LEN;
    struct ahead *ahead = NULL;

    if (pages->ahead == NULL)
        return false;
    for (unsigned i = 0; i < AHEAD_COUNT; i++)
        if (pages->ahead[i].filled && pages->ahead[i].offset == start)
            ahead = &pages->ahead[i];
    if (ahead == NULL) {
        ahead = &pages->ahead[pages->ahead_next++ % AHEAD_COUNT];
        ahead->offset = start;
        ahead->filled =
            page->under->pMethods->xRead(page->under, ahead->at, AHEAD_LEN, start) == SQLITE_OK;
    }
    if (ahead->filled)
        memcpy(at, ahead->at + (offset - start), PTN_PAGE_LEN);
    return ahead->filled;
}

static int page_read(sqlite3_file *file, void *at, int amount, sqlite3_int64 offset)
{
    struct page_file *page = self(file);
    uint64_t number = (uint64_t)offset / PTN_PAGE_LEN + 1;

    for (unsigned reads = 1;; reads++) {
        int rc = SQLITE_OK;

        if (reads > 1 || !is_page(amount, offset) || !take_ahead(page, at, offset))
            rc = page->under->pMethods->xRead(page->under, at, amount, offset);
        if (!is_page(amount, offset))
            return rc;
        if (rc == SQLITE_IOERR_SHORT_READ)
            rc = short_read(page->under, offset);
        if (rc == SQLITE_OK && ptn_page_good(at, number))
            break;
        if (rc == SQLITE_OK)
            rc = SQLITE_IOERR_DATA;
        if (rc == SQLITE_IOERR_DATA && reads == READS_MAX && !page->pages->only_writer)
            return SQLITE_OK; /* and not seen: see ptn_pages_new */
        if (reads == READS_MAX || rc == SQLITE_IOERR_SHORT_READ)
            return rc;
    }
    if (number <= page->pages->seen_count)
        page->pages->seen[number - 1] = 1;
    return SQLITE_OK;
}

static int page_write(sqlite3_file *file, const void *at, int amount, sqlite3_int64 offset)
{
    struct page_file *page = self(file);

    if (!is_page(amount, offset))
        return page->under->pMethods->xWrite(page->under, at, amount, offset);
    memcpy(page->scratch, at, PTN_PAGE_LEN);
    set_checksum(page->scratch, (uint64_t)offset / PTN_PAGE_LEN + 1);
    return page->under->pMethods->xWrite(page->under, page->scratch, amount, offset);
}

/* ---- the log ---- */

/*
 * SQLite checks its log when it takes up one that is there, and trusts it from then on. A page that
 * changes in it, or on the way out of it, would be folded into the main file under a good checksum.
 * So what passes in, and what SQLite reads when it takes the log up, is remembered, and what passes
 * out must be that.
 */

/* Which frame's page lies exactly there? False: none. */
static bool frame_at(int amount, sqlite3_int64 offset, size_t *ret_frame)
{
    sqlite3_int64 within = offset - PTN_LOG_HEADER_LEN - PTN_FRAME_HEADER_LEN;

    if (amount != PTN_PAGE_LEN || within < 0 || within % PTN_FRAME_LEN != 0)
        return false;
    *ret_frame = (size_t)(within / PTN_FRAME_LEN);
    return true;
}

static uint64_t frame_checksum(const uint8_t page[PTN_PAGE_LEN])
{
    uint64_t sum = checksum(page, 0) ^ word_at(page + PTN_PAGE_LEN - PTN_PAGE_RESERVED);

    return sum == 0 ? 1 : sum;
}

static void remember_frame(struct ptn_pages *pages, size_t frame, const uint8_t page[PTN_PAGE_LEN])
{
    if (!pages->only_writer)
        return;
    if (frame >= pages->frame_count) {
        size_t count = frame + 1 + frame / 2 + 64;
        uint64_t *frames = realloc(pages->frames, count * sizeof(*frames));

        if (frames == NULL) /* then this frame is trusted, as SQLite does */
            return;
        memset(frames + pages->frame_count, 0, (count - pages->frame_count) * sizeof(*frames));
        pages->frames = frames;
        pages->frame_count = count;
    }
    pages->frames[frame] = frame_checksum(page);
}

/* Everything from this offset on is as if never seen. */
static void forget_frames(struct ptn_pages *pages, sqlite3_int64 offset)
{
    size_t first =
        offset <= PTN_LOG_HEADER_LEN ? 0 : (size_t)((offset - PTN_LOG_HEADER_LEN) / PTN_FRAME_LEN);

    if (first < pages->frame_count)
        memset(pages->frames + first, 0, (pages->frame_count - first) * sizeof(*pages->frames));
}

/*
 * Who does not write the log has seen nothing of it before, nor has a writer that found it taken up
 * already, because another connection is open: its page is held against SQLite's own checksums. A
 * page that was read wrong once would stay in the connection's memory, and be wrong there, until
 * somebody writes again, and a writer's would be written. Only committed frames are read, and these
 * continue each other.
 */
static int check_frame(struct page_file *log, size_t frame, const uint8_t page[PTN_PAGE_LEN],
                       bool *ret_good)
{
    sqlite3_int64 at = PTN_LOG_HEADER_LEN + (sqlite3_int64)frame * PTN_FRAME_LEN;
    uint8_t header[PTN_FRAME_HEADER_LEN];
    uint8_t before[8]; /* the last 8 bytes of the log's header, or of the header before */
    int rc = log->under->pMethods->xRead(log->under, header, PTN_FRAME_HEADER_LEN, at);

    if (rc == SQLITE_OK)
        rc = log->under->pMethods->xRead(
            log->under, before, sizeof(before),
            frame == 0 ? PTN_LOG_HEADER_LEN - 8 : at - PTN_FRAME_LEN + PTN_FRAME_HEADER_LEN - 8);
    *ret_good = rc == SQLITE_OK && ptn_log_continues(before, header, page);
    return rc;
}

static bool is_known(const struct ptn_pages *pages, size_t frame)
{
    return frame < pages->frame_count && pages->frames[frame] != 0;
}

static int log_read(sqlite3_file *file, void *at, int amount, sqlite3_int64 offset)
{
    struct page_file *log = self(file);
    struct ptn_pages *pages = log->pages;
    size_t frame = 0;
    bool is_frame = frame_at(amount, offset, &frame);
    int rc;

    for (unsigned reads = 1;; reads++) {
        bool good = true;

        rc = log->under->pMethods->xRead(log->under, at, amount, offset);
        if (rc == SQLITE_OK && is_frame && is_known(pages, frame))
            good = pages->frames[frame] == frame_checksum(at);
        else if (rc == SQLITE_OK && is_frame)
            rc = check_frame(log, frame, at, &good);
        if (rc != SQLITE_OK || good)
            break;
        if (reads == READS_MAX && !pages->only_writer)
            break; /* it names the entry that is wrong: see ptn_pages_new */
        if (reads == READS_MAX)
            return SQLITE_IOERR_DATA;
    }
    if (rc == SQLITE_OK && is_frame && !is_known(pages, frame))
        remember_frame(pages, frame, at);
    /* A whole frame is read only when the log is taken up; SQLite goes no further than what it
     * finds right. */
    if (rc == SQLITE_OK && amount == PTN_FRAME_LEN &&
        frame_at(PTN_PAGE_LEN, offset + PTN_FRAME_HEADER_LEN, &frame))
        remember_frame(pages, frame, (const uint8_t *)at + PTN_FRAME_HEADER_LEN);
    return rc;
}

/*
 * A file that grows with each commit makes each sync write the file system's own books as well:
 * three times the wait on a busy disk. So the log grows by a mebibyte of zeros at a time, and
 * commits write over what is there. SQLite takes zeros for the end of its log. A failure here is
 * none: the write that follows says what is wrong.
 */
static void extend_log(struct page_file *log, sqlite3_int64 end)
{
    static const uint8_t zeros[ZEROS_LEN] = { 0 };
    sqlite3_int64 target = (end / LOG_STEP + 1) * LOG_STEP;
    sqlite3_int64 size = 0;
    int rc;

    if (end <= log->reached || !log->pages->only_writer)
        return;
    rc = log->under->pMethods->xFileSize(log->under, &size);
    for (; rc == SQLITE_OK && size < target; size += ZEROS_LEN)
        rc = log->under->pMethods->xWrite(log->under, zeros, ZEROS_LEN, size);
    log->reached = rc == SQLITE_OK && size > end ? size : end;
}

static int log_write(sqlite3_file *file, const void *at, int amount, sqlite3_int64 offset)
{
    struct page_file *log = self(file);
    size_t frame = 0;

    if (offset == 0)
        forget_frames(log->pages, 0); /* a new header: the log starts over */
    else if (frame_at(amount, offset, &frame))
        remember_frame(log->pages, frame, at);
    else if (amount != PTN_FRAME_HEADER_LEN)
        forget_frames(log->pages, offset);
    /*
     * SQLite writes the header first and syncs it: until then the old log may come back when the
     * power goes, and zeros over its end would leave a beginning that looks whole and is old.
     */
    if (offset > 0)
        extend_log(log, offset + amount);
    return log->under->pMethods->xWrite(log->under, at, amount, offset);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    forget_frames(self(file)->pages, size);
    self(file)->reached = 0;
    return self(file)->under->pMethods->xTruncate(self(file)->under, size);
}

/* ---- what is handed through ---- */

static int page_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return self(file)->under->pMethods->xTruncate(self(file)->under, size);
}

static int page_sync(sqlite3_file *file, int flags)
{
    return self(file)->under->pMethods->xSync(self(file)->under, flags);
}

static int page_file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return self(file)->under->pMethods->xFileSize(self(file)->under, ret_size);
}

static int page_lock(sqlite3_file *file, int lock)
{
    return self(file)->under->pMethods->xLock(self(file)->under, lock);
}

static int page_unlock(sqlite3_file *file, int lock)
{
    return self(file)->under->pMethods->xUnlock(self(file)->under, lock);
}

static int page_check_reserved_lock(sqlite3_file *file, int *ret_locked)
{
    return self(file)->under->pMethods->xCheckReservedLock(self(file)->under, ret_locked);
}

static int page_file_control(sqlite3_file *file, int operation, void *argument)
{
    return self(file)->under->pMethods->xFileControl(self(file)->under, operation, argument);
}

static int page_sector_size(sqlite3_file *file)
{
    return self(file)->under->pMethods->xSectorSize(self(file)->under);
}

static int page_device_characteristics(sqlite3_file *file)
{
    return self(file)->under->pMethods->xDeviceCharacteristics(self(file)->under);
}

static int page_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret_at)
{
    return self(file)->under->pMethods->xShmMap(self(file)->under, page, size, extend, ret_at);
}

static int page_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return self(file)->under->pMethods->xShmLock(self(file)->under, offset, count, flags);
}

static void page_shm_barrier(sqlite3_file *file)
{
    self(file)->under->pMethods->xShmBarrier(self(file)->under);
}

static int page_shm_unmap(sqlite3_file *file, int remove)
{
    return self(file)->under->pMethods->xShmUnmap(self(file)->under, remove);
}

/* Version 2: no xFetch, so SQLite never maps the file behind the checksum's back. */
static const sqlite3_io_methods page_methods = {
    .iVersion = 2,
    .xClose = page_close,
    .xRead = page_read,
    .xWrite = page_write,
    .xTruncate = page_truncate,
    .xSync = page_sync,
    .xFileSize = page_file_size,
    .xLock = page_lock,
    .xUnlock = page_unlock,
    .xCheckReservedLock = page_check_reserved_lock,
    .xFileControl = page_file_control,
    .xSectorSize = page_sector_size,
    .xDeviceCharacteristics = page_device_characteristics,
    .xShmMap = page_shm_map,
    .xShmLock = page_shm_lock,
    .xShmBarrier = page_shm_barrier,
    .xShmUnmap = page_shm_unmap,
};

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = page_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = page_sync,
    .xFileSize = page_file_size,
    .xLock = page_lock,
    .xUnlock = page_unlock,
    .xCheckReservedLock = page_check_reserved_lock,
    .xFileControl = page_file_control,
    .xSectorSize = page_sector_size,
    .xDeviceCharacteristics = page_device_characteristics,
};

/* ---- the VFS ---- */

static sqlite3_vfs *under_of(sqlite3_vfs *vfs)
{
    return ((struct ptn_pages *)vfs->pAppData)->under;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    struct page_file *page = self(file);
    int rc;

    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0)
        return under_of(vfs)->xOpen(under_of(vfs), name, file, flags, ret_flags);
    page->under = (sqlite3_file *)(page + 1);
    page->pages = vfs->pAppData;
    page->reached = 0;
    page->base.pMethods = NULL;
    rc = under_of(vfs)->xOpen(under_of(vfs), name, page->under, flags, ret_flags);
    /* SQLite closes a file whose methods are set, opened or not. */
    if (page->under->pMethods != NULL)
        page->base.pMethods = (flags & SQLITE_OPEN_WAL) != 0 ? &log_methods : &page_methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    return under_of(vfs)->xDelete(under_of(vfs), name, sync_folder);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_answer)
{
    return under_of(vfs)->xAccess(under_of(vfs), name, flags, ret_answer);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *ret_path)
{
    return under_of(vfs)->xFullPathname(under_of(vfs), name, size, ret_path);
}

static int vfs_randomness(sqlite3_vfs *vfs, int len, char *at)
{
    return under_of(vfs)->xRandomness(under_of(vfs), len, at);
}

static int vfs_sleep(sqlite3_vfs *vfs, int time_us)
{
    return under_of(vfs)->xSleep(under_of(vfs), time_us);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *ret_days)
{
    return under_of(vfs)->xCurrentTime(under_of(vfs), ret_days);
}

static int vfs_last_error(sqlite3_vfs *vfs, int len, char *at)
{
    return under_of(vfs)->xGetLastError(under_of(vfs), len, at);
}

struct ptn_pages *ptn_pages_new(const char *under_name, bool only_writer)
{
    sqlite3_vfs *under = sqlite3_vfs_find(under_name);
    struct ptn_pages *pages = under == NULL ? NULL : calloc(1, sizeof(*pages));

    if (pages == NULL)
        return NULL;
    pages->under = under;
    pages->only_writer = only_writer;
    (void)snprintf(pages->name, sizeof(pages->name), "postern-pages-%p", (void *)pages);
    pages->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct page_file) + under->szOsFile,
        .mxPathname = under->mxPathname,
        .zName = pages->name,
        .pAppData = pages,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
    };
    if (sqlite3_vfs_register(&pages->vfs, 0) != SQLITE_OK) {
        free(pages);
        return NULL;
    }
    return pages;
}

void ptn_pages_free(struct ptn_pages *pages)
{
    if (pages == NULL)
        return;
    (void)sqlite3_vfs_unregister(&pages->vfs);
    free(pages->seen);
    free(pages->ahead);
    free(pages->frames);
    free(pages);
}

const char *ptn_pages_name(const struct ptn_pages *pages)
{
    return pages->name;
}

sqlite3_vfs *ptn_pages_under(const struct ptn_pages *pages)
{
    return pages->under;
}

bool ptn_pages_watch(struct ptn_pages *pages, size_t count)
{
    free(pages->seen);
    free(pages->ahead);
    pages->seen = NULL;
    pages->ahead = NULL;
    pages->seen_count = 0;
    if (count == 0)
        return true;
    pages->seen = calloc(count, 1);
    pages->ahead = calloc(AHEAD_COUNT, sizeof(*pages->ahead));
    if (pages->seen == NULL || pages->ahead == NULL)
        return false;
    pages->seen_count = count;
    return true;
}

void ptn_pages_renew(struct ptn_pages *pages)
{
    for (unsigned i = 0; pages->ahead != NULL && i < AHEAD_COUNT; i++)
        pages->ahead[i].filled = false;
}

bool ptn_pages_seen(const struct ptn_pages *pages, size_t number)
{
    PTN_PRE(number >= 1);

    return number <= pages->seen_count && pages->seen[number - 1] != 0;
}

/* ---- plain files ---- */

int ptn_file_open(sqlite3_vfs *vfs, const char *path, int flags, struct ptn_file *ret_file)
{
    struct ptn_file opened = { NULL, NULL };
    char *full = sqlite3_malloc(vfs->mxPathname + 1);
    int kind = (flags & SQLITE_OPEN_MAIN_JOURNAL) != 0 ? 0 : SQLITE_OPEN_MAIN_DB;
    int out_flags = 0;
    int rc;

    if (full == NULL)
        return SQLITE_NOMEM;
    rc = vfs->xFullPathname(vfs, path, vfs->mxPathname + 1, full);
    if (rc == SQLITE_OK) {
        /* A VFS may look for parameters behind the name of a main file: it needs SQLite's own form.
         */
        opened.name = sqlite3_create_filename(full, "", "", 0, NULL);
        opened.file = sqlite3_malloc(vfs->szOsFile);
        if (opened.file != NULL) /* close looks at it, opened or not */
            memset(opened.file, 0, (size_t)vfs->szOsFile);
        rc = opened.name == NULL || opened.file == NULL ? SQLITE_NOMEM : SQLITE_OK;
    }
    sqlite3_free(full);
    /* A main file where nothing else is said, because SQLite locks no other kind. */
    if (rc == SQLITE_OK)
        rc = vfs->xOpen(vfs, opened.name, opened.file, flags | kind, &out_flags);
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_READWRITE) != 0 &&
        (out_flags & SQLITE_OPEN_READONLY) != 0)
        rc = SQLITE_READONLY;
    if (rc != SQLITE_OK) {
        ptn_file_close(&opened);
        return rc;
    }
    *ret_file = opened;
    return SQLITE_OK;
}

void ptn_file_close(struct ptn_file *file)
{
    if (file->file != NULL && file->file->pMethods != NULL)
        (void)file->file->pMethods->xClose(file->file);
    sqlite3_free(file->file);
    sqlite3_free_filename(file->name);
    *file = (struct ptn_file){ NULL, NULL };
}

int ptn_file_exists(sqlite3_vfs *vfs, const char *path, bool *ret_exists)
{
    char *full = sqlite3_malloc(vfs->mxPathname + 1);
    int answer = 0;
    int rc;

    if (full == NULL)
        return SQLITE_NOMEM;
    rc = vfs->xFullPathname(vfs, path, vfs->mxPathname + 1, full);
    if (rc == SQLITE_OK)
        rc = vfs->xAccess(vfs, full, SQLITE_ACCESS_EXISTS, &answer);
    sqlite3_free(full);
    if (rc == SQLITE_OK)
        *ret_exists = answer != 0;
    return rc;
}
