/*
 * ledger/log_int.h -- SQLite's log of a ledger's database, beside SQLite: its frames, and how its
 * last transaction is made durable before anything is built on it. docs/format/ledger.md, "Files".
 */
#ifndef PTN_LEDGER_LOG_INT_H
#define PTN_LEDGER_LOG_INT_H
#include "ledger/pages_int.h"

/* A header, then frames of a header and a page each (SQLite's file format, section 4). */
#define PTN_LOG_HEADER_LEN   32
#define PTN_FRAME_HEADER_LEN 24
#define PTN_FRAME_LEN        (PTN_FRAME_HEADER_LEN + PTN_PAGE_LEN)

/*
 * Does the frame continue the checksums of what stands before it, as its own header says? before:
 * the last 8 bytes of the header before it, or of the log's. The order of words is that of the
 * machine that wrote: the one that fits.
 */
bool ptn_log_continues(const uint8_t before[8], const uint8_t header[PTN_FRAME_HEADER_LEN],
                       const uint8_t page[PTN_PAGE_LEN]);

/*
 * Make the last transaction in the log of the database at path durable. For who holds the writer's
 * lock and has not opened the database for writing yet. SQLite's codes; SQLITE_OK where there is no
 * log or nothing in it. May be called again after any failure or power cut.
 */
int ptn_log_settle(sqlite3_vfs *vfs, const char *path);
#endif
