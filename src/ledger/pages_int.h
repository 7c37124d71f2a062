/*
 * ledger/pages_int.h -- a SQLite VFS that puts a checksum on every page of the main file, and
 * checks it on every read; plus plain files of the ledger opened through the same underlying VFS.
 *
 * Layout of the checksum: docs/format/ledger.md. One object serves all connections of one open
 * ledger.
 */
#ifndef PTN_LEDGER_PAGES_INT_H
#define PTN_LEDGER_PAGES_INT_H
#include "base/bytes.h"

#include <sqlite3.h>

#define PTN_PAGE_LEN      4096
#define PTN_PAGE_RESERVED 8

struct ptn_pages;

/*
 * Register a page VFS over the one of that name (NULL: SQLite's own). only_writer: this process
 * holds the writer's lock; a page with a wrong checksum is then an error. A reader gets such a page
 * all the same, so that it can name the entry that is wrong, and never counts it as seen. Owned.
 * NULL: no memory or no such VFS.
 */
struct ptn_pages *ptn_pages_new(const char *under_name, bool only_writer);
/* All connections must be closed. */
void ptn_pages_free(struct ptn_pages *pages);

/* The name to open connections with. */
const char *ptn_pages_name(const struct ptn_pages *pages);
sqlite3_vfs *ptn_pages_under(const struct ptn_pages *pages);

/*
 * Remember which pages are read from now on (count of them; page numbers from 1), or stop with
 * count 0. False: no memory. _seen tells of one page.
 */
bool ptn_pages_watch(struct ptn_pages *pages, size_t count);
/* A transaction begins: what was read ahead before it is forgotten. */
void ptn_pages_renew(struct ptn_pages *pages);
bool ptn_pages_seen(const struct ptn_pages *pages, size_t number);

/* True when the page's checksum is right, or the page is all zeros. */
bool ptn_page_good(const uint8_t page[PTN_PAGE_LEN], uint64_t number);

/* ---- plain files through the underlying VFS ---- */

struct ptn_file {
    sqlite3_file *file;    /* NULL: not open */
    sqlite3_filename name; /* Owned */
};

/* flags: SQLITE_OPEN_READONLY, or READWRITE with or without CREATE; with MAIN_JOURNAL it is never
 * locked, and its name is durable with its first sync. SQLite's codes. */
int ptn_file_open(sqlite3_vfs *vfs, const char *path, int flags, struct ptn_file *ret_file);
void ptn_file_close(struct ptn_file *file);

/* Is there such a file? SQLite's codes. */
int ptn_file_exists(sqlite3_vfs *vfs, const char *path, bool *ret_exists);
#endif
