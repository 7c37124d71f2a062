#include "fault_disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR_LEN  512u
#define NAME_SIZE   256u
#define FILES_MAX   64u
#define REGIONS_MAX 64u
#define LOCKS_COUNT 8u

/* ---- what is stored ---- */

/* What lies from filled on up to len are zeros that take no memory: logs grow by a mebibyte of them
 * at a time. */
struct bytes {
    uint8_t *at;
    size_t len;
    size_t filled;
    size_t room;
};

enum pending_kind {
    PENDING_BYTES,
    PENDING_ZEROS,
    PENDING_CUT,
};

/* A write or a truncation that was not synced yet. */
struct pending {
    enum pending_kind kind;
    size_t offset;
    size_t len;
    size_t at; /* in the node's written */
};

struct node {
    char name[NAME_SIZE]; /* empty: free */
    struct bytes now;
    struct bytes durable;
    struct bytes written; /* what pending ones wrote; both keep their memory */
    struct pending *pending;
    size_t pending_count;
    size_t pending_room;
    void *regions[REGIONS_MAX];
    unsigned shared[LOCKS_COUNT];
    bool exclusive[LOCKS_COUNT];
    unsigned mapped;
    unsigned lock_shared;
    void *lock_reserved;
    void *lock_exclusive;
    unsigned opened;
};

struct fault_disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real; /* for time and randomness */
    struct node nodes[FILES_MAX];
    enum fault_mode mode;
    unsigned long in;
    bool for_good;
    bool fired;
    bool dead;
    bool read_only;
    size_t limit;
};

struct fault_image {
    struct node nodes[FILES_MAX];
};

struct disk_file {
    sqlite3_file base;
    struct fault_disk *disk;
    struct node *node;
    int lock;
    bool uses_shm;
    unsigned shm_shared;
    unsigned shm_exclusive;
};

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

#define ROOM_MIN ((size_t)1 << 18)

/* Room for so many bytes that are written out; zeros up to there. */
static void bytes_fill(struct bytes *bytes, size_t end)
{
    if (end > bytes->room) {
        bytes->room = end < ROOM_MIN ? ROOM_MIN : 2 * end; /* it grows by a page at a time */
        bytes->at = must(realloc(bytes->at, bytes->room));
    }
    if (end > bytes->filled) {
        memset(bytes->at + bytes->filled, 0, end - bytes->filled);
        bytes->filled = end;
    }
}

static void bytes_set(struct bytes *bytes, size_t offset, const uint8_t *at, size_t len)
{
    if (len > 0) {
        bytes_fill(bytes, offset);
        if (offset + len > bytes->filled && offset + len <= bytes->room)
            bytes->filled = offset + len; /* not twice */
        bytes_fill(bytes, offset + len);
        memcpy(bytes->at + offset, at, len);
    }
    if (offset + len > bytes->len)
        bytes->len = offset + len;
}

static void bytes_set_zeros(struct bytes *bytes, size_t offset, size_t len)
{
    if (offset < bytes->filled)
        memset(bytes->at + offset, 0, offset + len < bytes->filled ? len : bytes->filled - offset);
    if (offset + len > bytes->len)
        bytes->len = offset + len;
}

static void bytes_cut(struct bytes *bytes, size_t len)
{
    if (len < bytes->len)
        bytes->len = len;
    if (len < bytes->filled)
        bytes->filled = len;
}

static void bytes_copy(struct bytes *to, const struct bytes *from)
{
    to->filled = 0;
    bytes_set(to, 0, from->at, from->filled);
    to->len = from->len;
}

static void forget_pending(struct node *node)
{
    node->pending_count = 0;
    node->written.len = 0;
    node->written.filled = 0;
}

static void add_pending(struct node *node, enum pending_kind kind, size_t offset, size_t len)
{
    if (node->pending_count == node->pending_room) {
        node->pending_room = node->pending_room * 2 + 16;
        node->pending = must(realloc(node->pending, node->pending_room * sizeof(*node->pending)));
    }
    node->pending[node->pending_count++] = (struct pending){ kind, offset, len, node->written.len };
    if (kind == PENDING_BYTES)
        bytes_set(&node->written, node->written.len, node->now.at + offset, len);
}

static void node_clear(struct node *node)
{
    free(node->pending);
    free(node->written.at);
    free(node->now.at);
    free(node->durable.at);
    for (unsigned i = 0; i < REGIONS_MAX; i++)
        free(node->regions[i]);
    memset(node, 0, sizeof(*node));
}

static struct node *find(struct fault_disk *disk, const char *name)
{
    for (unsigned i = 0; i < FILES_MAX; i++)
        if (strcmp(disk->nodes[i].name, name) == 0)
            return &disk->nodes[i];
    return NULL;
}

static struct node *make(struct fault_disk *disk, const char *name)
{
    struct node *node = must(find(disk, ""));

    (void)snprintf(node->name, NAME_SIZE, "%s", name);
    return node;
}

/* ---- faults ---- */

/* Count one operation; what must happen to it? is_write and is_read say which modes can hit it. */
static enum fault_mode step(struct fault_disk *disk, bool is_read, bool is_write)
{
    bool now;

    if (disk->dead)
        return FAULT_POWER;
    if (disk->mode == FAULT_NONE)
        return FAULT_NONE;
    if (disk->in > 0)
        disk->in--;
    now = disk->in == 0 && (!disk->fired || disk->for_good);
    if (!now || ((disk->mode == FAULT_FULL || disk->mode == FAULT_MISWRITE) && !is_write) ||
        ((disk->mode == FAULT_SHORT_READ || disk->mode == FAULT_FLIP) && !is_read))
        return FAULT_NONE;
    disk->fired = true;
    if (disk->mode == FAULT_POWER)
        disk->dead = true;
    return disk->mode;
}

void fault_disk_arm(struct fault_disk *disk, enum fault_mode mode, unsigned long nth, bool for_good)
{
    disk->mode = mode;
    disk->in = nth;
    disk->for_good = for_good;
    disk->fired = false;
    disk->dead = false;
}

bool fault_disk_fired(const struct fault_disk *disk)
{
    return disk->fired;
}

bool fault_disk_off(struct fault_disk *disk)
{
    bool fired = disk->fired;

    disk->mode = FAULT_NONE;
    disk->fired = false;
    return fired;
}

void fault_disk_limit(struct fault_disk *disk, size_t bytes)
{
    disk->limit = bytes;
}

void fault_disk_read_only(struct fault_disk *disk, bool read_only)
{
    disk->read_only = read_only;
}

static bool is_full(const struct fault_disk *disk, const struct node *node, size_t end)
{
    size_t total = end > node->now.len ? end - node->now.len : 0;

    if (disk->limit == 0 || total == 0)
        return false;
    for (unsigned i = 0; i < FILES_MAX; i++)
        total += disk->nodes[i].now.len;
    return total > disk->limit;
}

/* ---- files ---- */

static struct disk_file *self(sqlite3_file *file)
{
    return (struct disk_file *)file;
}

static int file_unlock(sqlite3_file *file, int lock);
static int file_shm_unmap(sqlite3_file *file, int remove);

static int file_close(sqlite3_file *file)
{
    (void)file_shm_unmap(file, 0);
    (void)file_unlock(file, SQLITE_LOCK_NONE);
    self(file)->node->opened--;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *at, int amount, sqlite3_int64 offset)
{
    struct node *node = self(file)->node;
    size_t len = (size_t)amount;
    size_t start = (size_t)offset;
    size_t there = start >= node->now.len ? 0 : node->now.len - start;
    size_t filled;
    enum fault_mode fault = step(self(file)->disk, true, false);

    if (fault == FAULT_ERROR || fault == FAULT_POWER)
        return SQLITE_IOERR_READ;
    if (fault == FAULT_SHORT_READ && there > len / 2)
        there = len / 2;
    if (there > len)
        there = len;
    filled = start >= node->now.filled ? 0 : node->now.filled - start;
    filled = filled < there ? filled : there;
    if (filled > 0)
        memcpy(at, node->now.at + start, filled);
    memset((uint8_t *)at + filled, 0, len - filled);
    if (fault == FAULT_FLIP)
        ((uint8_t *)at)[(start * 7 + len / 3) % len] ^= (uint8_t)(1u << (len % 8));
    return there < len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static bool is_zeros(const uint8_t *at, size_t len)
{
    return at[0] == 0 && memcmp(at, at + 1, len - 1) == 0;
}

static int file_write(sqlite3_file *file, const void *at, int amount, sqlite3_int64 offset)
{
    struct node *node = self(file)->node;
    size_t start = (size_t)offset;
    size_t len = (size_t)amount;
    enum fault_mode fault = step(self(file)->disk, false, true);
    int rc = SQLITE_OK;

    if (fault == FAULT_FULL ||
        (fault == FAULT_NONE && is_full(self(file)->disk, node, start + len)))
        rc = SQLITE_FULL;
    else if (fault != FAULT_NONE && fault != FAULT_MISWRITE)
        rc = SQLITE_IOERR_WRITE;
    /* Of a write that fails, whole sectors from the start may be there. */
    if (rc != SQLITE_OK)
        len = len / 2 / SECTOR_LEN * SECTOR_LEN;
    if (rc == SQLITE_FULL && is_full(self(file)->disk, node, start + len))
        len = 0;
    if (len == 0)
        return rc;
    if (fault == FAULT_NONE && start >= node->now.filled && is_zeros(at, len)) {
        bytes_set_zeros(&node->now, start, len);
        add_pending(node, PENDING_ZEROS, start, len);
        return rc;
    }
    bytes_set(&node->now, start, at, len);
    if (fault == FAULT_MISWRITE)
        node->now.at[start + (start * 7 + len / 3) % len] ^= (uint8_t)(1u << (start % 8));
    add_pending(node, PENDING_BYTES, start, len);
    return rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct node *node = self(file)->node;

    if (step(self(file)->disk, false, false) != FAULT_NONE)
        return SQLITE_IOERR_TRUNCATE;
    bytes_cut(&node->now, (size_t)size);
    add_pending(node, PENDING_CUT, (size_t)size, 0);
    return SQLITE_OK;
}

/* So much of it becomes durable. */
static void apply(struct node *node, const struct pending *pending, size_t len)
{
    if (pending->kind == PENDING_BYTES)
        bytes_set(&node->durable, pending->offset, node->written.at + pending->at, len);
    else if (pending->kind == PENDING_ZEROS)
        bytes_set_zeros(&node->durable, pending->offset, len);
    else
        bytes_cut(&node->durable, pending->offset);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct node *node = self(file)->node;

    (void)flags;
    if (step(self(file)->disk, false, false) != FAULT_NONE) {
        /*
         * As kernels do it: the pages count as clean from now on and may never reach the disk,
         * though they read back. Only what is written anew will be synced.
         */
        forget_pending(node);
        return SQLITE_IOERR_FSYNC;
    }
    /* What a failed sync lost stays lost: apply the writes, do not copy the whole. */
    for (size_t i = 0; i < node->pending_count; i++)
        apply(node, &node->pending[i], node->pending[i].len);
    forget_pending(node);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    if (step(self(file)->disk, false, false) != FAULT_NONE)
        return SQLITE_IOERR_FSTAT;
    *ret_size = (sqlite3_int64)self(file)->node->now.len;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int lock)
{
    struct disk_file *mine = self(file);
    struct node *node = mine->node;

    if (mine->lock >= lock)
        return SQLITE_OK;
    if (node->lock_exclusive != NULL && node->lock_exclusive != mine)
        return SQLITE_BUSY;
    if (mine->lock == SQLITE_LOCK_NONE) {
        node->lock_shared++;
        mine->lock = SQLITE_LOCK_SHARED;
    }
    if (lock >= SQLITE_LOCK_RESERVED) {
        if (node->lock_reserved != NULL && node->lock_reserved != mine)
            return SQLITE_BUSY;
        node->lock_reserved = mine;
        mine->lock = SQLITE_LOCK_RESERVED;
    }
    if (lock == SQLITE_LOCK_EXCLUSIVE) {
        if (node->lock_shared > 1)
            return SQLITE_BUSY;
        node->lock_exclusive = mine;
        mine->lock = lock;
    }
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *file, int lock)
{
    struct disk_file *mine = self(file);
    struct node *node = mine->node;

    if (node->lock_exclusive == mine)
        node->lock_exclusive = NULL;
    if (node->lock_reserved == mine)
        node->lock_reserved = NULL;
    if (lock == SQLITE_LOCK_NONE && mine->lock > SQLITE_LOCK_NONE)
        node->lock_shared--;
    if (mine->lock > lock)
        mine->lock = lock;
    return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *file, int *ret_locked)
{
    *ret_locked = self(file)->node->lock_reserved != NULL;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR_LEN;
}

static int file_device_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_shm_map(sqlite3_file *file, int region, int size, int extend,
                        void volatile **ret_at)
{
    struct node *node = self(file)->node;

    *ret_at = NULL;
    if (step(self(file)->disk, false, false) != FAULT_NONE)
        return SQLITE_IOERR_SHMMAP;
    if (self(file)->disk->read_only)
        return SQLITE_CANTOPEN;
    if (region < 0 || (unsigned)region >= REGIONS_MAX)
        return SQLITE_IOERR_SHMSIZE;
    if (!self(file)->uses_shm) {
        self(file)->uses_shm = true;
        node->mapped++;
    }
    if (node->regions[region] == NULL && extend != 0)
        node->regions[region] = must(calloc(1, (size_t)size));
    *ret_at = node->regions[region];
    return SQLITE_OK;
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    struct disk_file *mine = self(file);
    struct node *node = mine->node;

    for (int i = offset; i < offset + count; i++) {
        unsigned bit = 1u << i;
        bool others_shared = node->shared[i] > ((mine->shm_shared & bit) != 0 ? 1u : 0u);
        bool others_exclusive = node->exclusive[i] && (mine->shm_exclusive & bit) == 0;

        if ((flags & SQLITE_SHM_LOCK) != 0 &&
            (others_exclusive || ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others_shared)))
            return SQLITE_BUSY;
    }
    for (int i = offset; i < offset + count; i++) {
        unsigned bit = 1u << i;

        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            if ((mine->shm_shared & bit) != 0)
                node->shared[i]--;
            if ((mine->shm_exclusive & bit) != 0)
                node->exclusive[i] = false;
            mine->shm_shared &= ~bit;
            mine->shm_exclusive &= ~bit;
        } else if ((flags & SQLITE_SHM_SHARED) != 0) {
            if ((mine->shm_shared & bit) == 0)
                node->shared[i]++;
            mine->shm_shared |= bit;
        } else {
            node->exclusive[i] = true;
            mine->shm_exclusive |= bit;
        }
    }
    return SQLITE_OK;
}

static void file_shm_barrier(sqlite3_file *file)
{
    (void)file;
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    struct disk_file *mine = self(file);

    (void)remove;
    if (!mine->uses_shm)
        return SQLITE_OK;
    (void)file_shm_lock(file, 0, LOCKS_COUNT, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
    mine->uses_shm = false;
    mine->node->mapped--;
    /* The index of the log goes with its last user, as after a reboot: the next one reads the log.
     */
    for (unsigned i = 0; mine->node->mapped == 0 && i < REGIONS_MAX; i++) {
        free(mine->node->regions[i]);
        mine->node->regions[i] = NULL;
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS ---- */

static int disk_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    struct fault_disk *disk = vfs->pAppData;
    struct node *node = find(disk, name == NULL ? "temporary" : name);

    memset(file, 0, sizeof(struct disk_file));
    if (step(disk, false, false) != FAULT_NONE)
        return SQLITE_CANTOPEN;
    if (disk->read_only && (flags & SQLITE_OPEN_READWRITE) != 0)
        return SQLITE_CANTOPEN;
    if (node == NULL && (flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
    if (node == NULL)
        node = make(disk, name == NULL ? "temporary" : name);
    self(file)->base.pMethods = &file_methods;
    self(file)->disk = disk;
    self(file)->node = node;
    node->opened++;
    if (ret_flags != NULL)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct fault_disk *disk = vfs->pAppData;
    struct node *node = find(disk, name);

    (void)sync_folder;
    if (step(disk, false, false) != FAULT_NONE)
        return SQLITE_IOERR_DELETE;
    if (node == NULL)
        return SQLITE_IOERR_DELETE_NOENT;
    if (node->opened == 0)
        node_clear(node);
    return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_answer)
{
    (void)flags;
    if (step(vfs->pAppData, false, false) != FAULT_NONE)
        return SQLITE_IOERR_ACCESS;
    *ret_answer = find(vfs->pAppData, name) != NULL;
    return SQLITE_OK;
}

static int disk_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *ret_path)
{
    (void)vfs;
    (void)snprintf(ret_path, (size_t)size, "%s", name);
    return SQLITE_OK;
}

static int disk_randomness(sqlite3_vfs *vfs, int len, char *at)
{
    (void)vfs;
    memset(at, 7, (size_t)len); /* every run alike */
    return len;
}

static int disk_sleep(sqlite3_vfs *vfs, int time_us)
{
    (void)vfs;
    return time_us;
}

static int disk_current_time(sqlite3_vfs *vfs, double *ret_days)
{
    (void)vfs;
    *ret_days = 2461000.5;
    return SQLITE_OK;
}

static int disk_last_error(sqlite3_vfs *vfs, int len, char *at)
{
    (void)vfs;
    (void)len;
    (void)at;
    return SQLITE_OK;
}

struct fault_disk *fault_disk_new(const char *vfs_name)
{
    struct fault_disk *disk = must(calloc(1, sizeof(*disk)));

    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct disk_file),
        .mxPathname = NAME_SIZE - 1,
        .zName = vfs_name,
        .pAppData = disk,
        .xOpen = disk_open,
        .xDelete = disk_delete,
        .xAccess = disk_access,
        .xFullPathname = disk_full_pathname,
        .xRandomness = disk_randomness,
        .xSleep = disk_sleep,
        .xCurrentTime = disk_current_time,
        .xGetLastError = disk_last_error,
    };
    if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK)
        abort();
    return disk;
}

void fault_disk_free(struct fault_disk *disk)
{
    (void)sqlite3_vfs_unregister(&disk->vfs);
    for (unsigned i = 0; i < FILES_MAX; i++)
        node_clear(&disk->nodes[i]);
    free(disk);
}

/* ---- images and power ---- */

/* Keeps the memory: thousands of runs load the same image. */
static void node_take(struct node *to, const struct node *from)
{
    struct bytes now = to->now;
    struct bytes durable = to->durable;

    to->now = (struct bytes){ NULL, 0, 0, 0 };
    to->durable = (struct bytes){ NULL, 0, 0, 0 };
    node_clear(to);
    bytes_copy(&now, &from->now);
    bytes_copy(&durable, &from->now);
    memcpy(to->name, from->name, NAME_SIZE);
    to->now = now;
    to->durable = durable;
}

struct fault_image *fault_disk_save(const struct fault_disk *disk)
{
    struct fault_image *image = must(calloc(1, sizeof(*image)));

    for (unsigned i = 0; i < FILES_MAX; i++)
        node_take(&image->nodes[i], &disk->nodes[i]);
    return image;
}

void fault_disk_load(struct fault_disk *disk, const struct fault_image *image)
{
    for (unsigned i = 0; i < FILES_MAX; i++)
        node_take(&disk->nodes[i], &image->nodes[i]);
    fault_disk_arm(disk, FAULT_NONE, 0, false);
    disk->limit = 0;
}

void fault_image_free(struct fault_image *image)
{
    for (unsigned i = 0; i < FILES_MAX; i++)
        node_clear(&image->nodes[i]);
    free(image);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *seed;

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* What the power cut made of one write that was not synced. */
static void settle_write(struct node *node, const struct pending *pending, uint64_t *seed)
{
    size_t len = pending->len;
    uint64_t choice = next_random(seed) % 4;

    if (choice == 0)
        return;
    if (choice == 2)
        len = next_random(seed) % (len / SECTOR_LEN + 1) * SECTOR_LEN;
    apply(node, pending, len);
    if (choice != 3)
        return;
    bytes_fill(&node->durable, pending->offset + len);
    for (size_t at = 0; at < len; at += 1 + next_random(seed) % SECTOR_LEN)
        node->durable.at[pending->offset + at] ^= (uint8_t)next_random(seed);
}

void fault_disk_restart(struct fault_disk *disk, uint64_t seed)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        struct node *node = &disk->nodes[i];

        for (size_t p = 0; p < node->pending_count; p++) {
            if (node->pending[p].kind != PENDING_CUT)
                settle_write(node, &node->pending[p], &seed);
            else if (next_random(&seed) % 2 == 0)
                apply(node, &node->pending[p], 0);
        }
        forget_pending(node);
        bytes_copy(&node->now, &node->durable);
    }
    fault_disk_arm(disk, FAULT_NONE, 0, false);
}

uint8_t *fault_disk_bytes(struct fault_disk *disk, const char *name, size_t *ret_len)
{
    struct node *node = find(disk, name);

    *ret_len = node == NULL ? 0 : node->now.len;
    if (node != NULL)
        bytes_fill(&node->now, node->now.len);
    return node == NULL ? NULL : node->now.at;
}
