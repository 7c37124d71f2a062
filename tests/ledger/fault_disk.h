/*
 * tests/ledger/fault_disk.h -- a disk in memory behind a SQLite VFS: it knows what was synced and
 * what was not, can fail any one operation, run full, and lose power.
 *
 * Every operation that SQLite or the ledger asks of it has a number. A power cut keeps what was
 * synced; of what was only written, each write is by the seed's choice there, gone, there in part
 * (whole sectors) or garbage (in its own range, as SQLITE_IOCAP_POWERSAFE_OVERWRITE promises).
 * Names made and removed are durable at once. For one thread.
 */
#ifndef TESTS_LEDGER_FAULT_DISK_H
#define TESTS_LEDGER_FAULT_DISK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_mode {
    FAULT_NONE,
    FAULT_ERROR,      /* the operation's own I/O error; of a write, a part is there */
    FAULT_FULL,       /* SQLITE_FULL on writes; other operations go on */
    FAULT_SHORT_READ, /* a read comes back short, zeros after */
    FAULT_FLIP,       /* a read comes back with one bit changed */
    FAULT_MISWRITE,   /* a write goes down with one bit changed, and nobody is told */
    FAULT_POWER,      /* this and all later operations fail, until fault_disk_restart */
};

struct fault_disk;

/* Register the VFS under this name. */
struct fault_disk *fault_disk_new(const char *vfs_name);
void fault_disk_free(struct fault_disk *disk);

/* The state of all files, all synced; to start each of many runs from the same one. */
struct fault_image;
struct fault_image *fault_disk_save(const struct fault_disk *disk);
void fault_disk_load(struct fault_disk *disk, const struct fault_image *image);
void fault_image_free(struct fault_image *image);

/* The nth operation from now fails (1 = the next), once or with all like it after it. Switches a
 * former fault off. */
void fault_disk_arm(struct fault_disk *disk, enum fault_mode mode, unsigned long nth,
                    bool for_good);
/* Switch off; true when the fault happened. */
bool fault_disk_off(struct fault_disk *disk);
/* True when the fault that is armed has happened. */
bool fault_disk_fired(const struct fault_disk *disk);
/* How many bytes all files together may have; 0: no limit. */
void fault_disk_limit(struct fault_disk *disk, size_t bytes);

/* A read-only medium: nothing can be opened for writing, and no index of a log be made. */
void fault_disk_read_only(struct fault_disk *disk, bool read_only);

/* After a power cut and the close of everything open: what is found when the power is back. */
void fault_disk_restart(struct fault_disk *disk, uint64_t seed);

/* A file's bytes, to change them; NULL when there is no such file. */
uint8_t *fault_disk_bytes(struct fault_disk *disk, const char *name, size_t *ret_len);
#endif
