#include "ledger/log_int.h"

#include <stdio.h>

#include "ledger/ledger_int.h"

#define READS_MAX 3u /* a frame that looks wrong is read again: the fault may be in the reading */
#define MAGIC_LEN 8u
#define SALTS_AT  16 /* in the log's header; a frame has them at 8 */
#define SALTS_LEN 8u
#define SUMS_LEN  8u

/* What is put by: a header, and the frames behind it. */
#define SALTS_PUT    8u
#define OFFSET_PUT   16u
#define LEN_PUT      24u
#define BEFORE_PUT   32u
#define PUT_HEAD_LEN 40

static const uint8_t magic[MAGIC_LEN] = { 'P', 'T', 'N', 'A', 'G', 'A', 'I', 'N' };

/* ---- checksums ---- */

static uint32_t half_at(const uint8_t *at, bool big)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? value : __builtin_bswap32(value);
}

/* One step of SQLite's own checksum of the log, over words of either order. */
static void add_words(uint32_t sum[2], const uint8_t *at, size_t len, bool big)
{
    uint32_t first = sum[0];
    uint32_t second = sum[1];

    for (size_t i = 0; i + 2 * sizeof(uint32_t) <= len; i += 2 * sizeof(uint32_t)) {
        first += half_at(at + i, big) + second;
        second += half_at(at + i + sizeof(uint32_t), big) + first;
    }
    sum[0] = first;
    sum[1] = second;
}

static uint32_t big_endian(const uint8_t at[4])
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool ptn_log_continues(const uint8_t before[8], const uint8_t header[PTN_FRAME_HEADER_LEN],
                       const uint8_t page[PTN_PAGE_LEN])
{
    for (unsigned order = 0; order < 2; order++) {
        uint32_t sum[2] = { big_endian(before), big_endian(before + 4) };

        add_words(sum, header, 8, order == 1);
        add_words(sum, page, PTN_PAGE_LEN, order == 1);
        if (sum[0] == big_endian(header + 16) && sum[1] == big_endian(header + 20))
            return true;
    }
    return false;
}

/* ---- frames in a file ---- */

/* Frames that continue each other. */
struct frames {
    sqlite3_int64 offset;
    sqlite3_int64 len;
    uint8_t before[SUMS_LEN];
};

/* What of it a walk needs to know. */
struct log {
    sqlite3_file *file;
    uint8_t salts[SALTS_LEN];
    uint8_t frame[PTN_FRAME_LEN];
};

static int read_at(sqlite3_file *file, void *at, int len, sqlite3_int64 offset)
{
    return file->pMethods->xRead(file, at, len, offset);
}

static int write_at(sqlite3_file *file, const void *at, int len, sqlite3_int64 offset)
{
    return file->pMethods->xWrite(file, at, len, offset);
}

static int sync_file(sqlite3_file *file)
{
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

/* The frame at this place into log->frame, moving the checksums on. *ret_good false: none that
 * continues. */
static int take_frame(struct log *log, sqlite3_int64 offset, uint8_t before[SUMS_LEN],
                      bool *ret_good)
{
    *ret_good = false;
    for (unsigned reads = 0; reads < READS_MAX && !*ret_good; reads++) {
        int rc = read_at(log->file, log->frame, PTN_FRAME_LEN, offset);

        if (rc != SQLITE_OK)
            return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
        if (memcmp(log->frame + 8, log->salts, SALTS_LEN) != 0)
            return SQLITE_OK; /* of an older log: where most logs end */
        *ret_good = ptn_log_continues(before, log->frame, log->frame + PTN_FRAME_HEADER_LEN);
    }
    if (*ret_good)
        memcpy(before, log->frame + PTN_FRAME_HEADER_LEN - SUMS_LEN, SUMS_LEN);
    return SQLITE_OK;
}

/* The last transaction that ends with a commit; len 0: none. sums: the log's header ends with them.
 */
static int find_last(struct log *log, const uint8_t sums[SUMS_LEN], struct frames *ret_last)
{
    struct frames open = { .offset = PTN_LOG_HEADER_LEN };
    uint8_t before[SUMS_LEN];
    bool good = true;

    memcpy(open.before, sums, SUMS_LEN);
    memcpy(before, sums, SUMS_LEN);
    *ret_last = (struct frames){ 0 };
    while (good) {
        int rc = take_frame(log, open.offset + open.len, before, &good);

        if (rc != SQLITE_OK)
            return rc;
        if (!good)
            break;
        open.len += PTN_FRAME_LEN;
        if (big_endian(log->frame + 4) == 0)
            continue; /* no commit */
        *ret_last = open;
        open.offset += open.len;
        open.len = 0;
        memcpy(open.before, before, SUMS_LEN);
    }
    return SQLITE_OK;
}

/* Frames from one file into the other. They were looked at before and are so again. */
static int copy_frames(struct log *from, sqlite3_int64 offset, sqlite3_file *to,
                       sqlite3_int64 to_offset, const struct frames *frames)
{
    uint8_t before[SUMS_LEN];

    memcpy(before, frames->before, SUMS_LEN);
    for (sqlite3_int64 at = 0; at < frames->len; at += PTN_FRAME_LEN) {
        bool good = false;
        int rc = take_frame(from, offset + at, before, &good);

        if (rc == SQLITE_OK && !good)
            rc = SQLITE_IOERR_READ;
        if (rc == SQLITE_OK)
            rc = write_at(to, from->frame, PTN_FRAME_LEN, to_offset + at);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

/* ---- what is put by ---- */

static void put_number(uint8_t *at, sqlite3_int64 value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
}

static sqlite3_int64 number_at(const uint8_t *at)
{
    return (sqlite3_int64)((uint64_t)big_endian(at) << 32 | big_endian(at + 4));
}

/* Put the frames by, durably. */
static int put_by(struct log *log, sqlite3_file *again, const struct frames *last)
{
    uint8_t head[PUT_HEAD_LEN];
    int rc;

    memcpy(head, magic, MAGIC_LEN);
    memcpy(head + SALTS_PUT, log->salts, SALTS_LEN);
    put_number(head + OFFSET_PUT, last->offset);
    put_number(head + LEN_PUT, last->len);
    memcpy(head + BEFORE_PUT, last->before, SUMS_LEN);
    rc = write_at(again, head, PUT_HEAD_LEN, 0);
    if (rc == SQLITE_OK)
        rc = copy_frames(log, last->offset, again, PUT_HEAD_LEN, last);
    return rc == SQLITE_OK ? sync_file(again) : rc;
}

/* What lies by of this log; len 0: nothing whole. */
static int look_by(struct log *put, struct frames *ret_frames)
{
    uint8_t head[PUT_HEAD_LEN];
    struct frames frames;
    uint8_t before[SUMS_LEN];
    int rc = read_at(put->file, head, PUT_HEAD_LEN, 0);

    *ret_frames = (struct frames){ 0 };
    if (rc != SQLITE_OK)
        return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
    if (memcmp(head, magic, MAGIC_LEN) != 0 || memcmp(head + SALTS_PUT, put->salts, SALTS_LEN) != 0)
        return SQLITE_OK;
    frames.offset = number_at(head + OFFSET_PUT);
    frames.len = number_at(head + LEN_PUT);
    memcpy(frames.before, head + BEFORE_PUT, SUMS_LEN);
    memcpy(before, frames.before, SUMS_LEN);
    if (frames.offset < PTN_LOG_HEADER_LEN || frames.len <= 0 || frames.len % PTN_FRAME_LEN != 0)
        return SQLITE_OK;
    for (sqlite3_int64 at = 0; at < frames.len; at += PTN_FRAME_LEN) {
        bool good = false;

        rc = take_frame(put, PUT_HEAD_LEN + at, before, &good);
        if (rc != SQLITE_OK || !good)
            return rc;
    }
    *ret_frames = frames;
    return SQLITE_OK;
}

/* Both files are open: the last transaction, by way of the other one. */
static int settle(struct log *log, struct log *put)
{
    uint8_t header[PTN_LOG_HEADER_LEN];
    struct frames frames;
    int rc = read_at(log->file, header, PTN_LOG_HEADER_LEN, 0);

    if (rc != SQLITE_OK)
        return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc; /* an empty log */
    memcpy(log->salts, header + SALTS_AT, SALTS_LEN);
    memcpy(put->salts, log->salts, SALTS_LEN);
    /* Whoever came before may have been cut off while writing it into its place. */
    rc = look_by(put, &frames);
    if (rc == SQLITE_OK && frames.len == 0) {
        rc = find_last(log, header + PTN_LOG_HEADER_LEN - SUMS_LEN, &frames);
        if (rc == SQLITE_OK && frames.len == 0)
            return SQLITE_OK;
        if (rc == SQLITE_OK)
            rc = put_by(log, put->file, &frames);
    }
    if (rc == SQLITE_OK)
        rc = copy_frames(put, PUT_HEAD_LEN, log->file, frames.offset, &frames);
    return rc == SQLITE_OK ? sync_file(log->file) : rc;
}

static int open_log(sqlite3_vfs *vfs, const char *path, struct ptn_file *ret_file)
{
    bool exists = false;
    int rc = ptn_file_exists(vfs, path, &exists);

    return rc == SQLITE_OK && exists ? ptn_file_open(vfs, path, SQLITE_OPEN_READWRITE, ret_file)
                                     : rc;
}

/*
 * A commit whose sync failed is seen by whoever opens the database next, because the kernel shows
 * its pages and calls them clean; after a power cut they are gone. Folded into the main file, and
 * signed, it would be hidden again by the log that came back: the main file is newer than that. So
 * the last transaction is written anew where it stands, and synced, before anything is folded. It
 * may be one that was durable all along: so that a cut in the middle harms nothing it is first put
 * by, in a file that is gone before the log grows.
 */
int ptn_log_settle(sqlite3_vfs *vfs, const char *path)
{
    char log_path[PTN_LEDGER_PATH_SIZE + 8];
    char put_path[PTN_LEDGER_PATH_SIZE + 8];
    struct ptn_file log_file = { NULL, NULL };
    struct ptn_file put_file = { NULL, NULL };
    struct log log;
    struct log put;
    sqlite3_int64 size = 0;
    int rc;

    (void)snprintf(log_path, sizeof(log_path), "%s-wal", path);
    (void)snprintf(put_path, sizeof(put_path), "%s-again", path);
    rc = open_log(vfs, log_path, &log_file);
    if (rc == SQLITE_OK && log_file.file != NULL)
        rc = log_file.file->pMethods->xFileSize(log_file.file, &size);
    if (rc != SQLITE_OK || size < PTN_LOG_HEADER_LEN + PTN_FRAME_LEN) {
        ptn_file_close(&log_file);
        return rc;
    }
    /* As a journal: its name is durable with its first sync. */
    rc = ptn_file_open(vfs, put_path,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_JOURNAL,
                       &put_file);
    log.file = log_file.file;
    put.file = put_file.file;
    if (rc == SQLITE_OK)
        rc = settle(&log, &put);
    ptn_file_close(&put_file);
    ptn_file_close(&log_file);
    /* A full disk has no room for it: then the log is taken as it is. */
    if (rc == SQLITE_OK || rc == SQLITE_FULL)
        rc = vfs->xDelete(vfs, put_path, 1);
    return rc;
}
