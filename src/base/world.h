/*
 * base/world.h -- everything a room may know of the outside: clock, randomness, files, network; as
 * tables of functions, so that the same code runs on a real machine and in a seeded simulation.
 *
 * A world is shared read-only; what its functions do is as safe for threads as the world says (the
 * real one is).
 */
#ifndef PTN_BASE_WORLD_H
#define PTN_BASE_WORLD_H
#include "base/bytes.h"

/* ---- the network as a value ---- */

/* One request and its answer. Whoever fills status and answer is a courier: a socket, a stick or
 * the simulator. */
struct ptn_exchange {
    const char *verb;         /* "GET", "PUT", "POST" */
    const char *path;         /* Borrowed */
    struct ptn_bytes body;    /* Borrowed */
    unsigned status;          /* HTTP's numbers; 0 = no answer came */
    struct ptn_buffer answer; /* Owned by the caller, its cap bounds the answer */
};

/* ---- storage ---- */

struct ptn_map; /* a file mapped read-only */

/* The real lists of the world are a tenth of it; ten million names are more (docs/PERFORMANCE.md).
 */
#define PTN_FILES_HOLD_MAX ((size_t)256 << 20)

struct ptn_files {
    /* Append the whole file to out. NOT_FOUND, TOO_BIG (past out's cap), NO_MEMORY, IO; out is then
     * as before. */
    struct ptn_status (*read)(void *context, const char *path, struct ptn_buffer *out);
    /*
     * Replace the file at path with these bytes, atomically and durably: write beside it, fsync,
     * rename, fsync the folder. Mode 0600. IO or BUSY (another writes the same file): the former
     * file is then untouched, or, when only the folder's fsync failed, the new one whole.
     */
    struct ptn_status (*replace)(void *context, const char *path, struct ptn_bytes bytes);
    /* The same, but durable only after settle of a folder on the same file system: for many files
     * at once. */
    struct ptn_status (*put)(void *context, const char *path, struct ptn_bytes bytes);
    /* Make durable all that was put and moved on the file system of this folder. IO. */
    struct ptn_status (*settle)(void *context, const char *dir);
    /* Create the folder (0700) when it is missing; its own folder must be there. */
    struct ptn_status (*make_dir)(void *context, const char *path);
    /* Remove a file, durably. NOT_FOUND when there was none. */
    struct ptn_status (*remove)(void *context, const char *path);
    /* Give the name of each plain file in the folder to each, in no order; folders and links are
     * left out. It must not change the folder. False from each ends it. NOT_FOUND: no such folder;
     * IO. */
    struct ptn_status (*list)(void *context, const char *dir,
                              bool (*each)(void *each_context, const char *name),
                              void *each_context);
    /* Rename a file within one file system, atomically, over a file that is there. It is durable
     * when something else in that folder was made so, or after settle: until then a power cut may
     * undo it.
     * NOT_FOUND, IO. */
    struct ptn_status (*move)(void *context, const char *from, const char *to);
    /* True when something is there. */
    bool (*exists)(void *context, const char *path);
    /* Map read-only; the view lives until unmap. */
    struct ptn_status (*map)(void *context, const char *path, struct ptn_map **ret_map,
                             struct ptn_bytes *ret_bytes);
    /*
     * The same for a file that stays open while others may reach it: up to PTN_FILES_HOLD_MAX its
     * bytes are read into memory of its own, so that nothing done to the file changes them and
     * cutting it short cannot stop the program (POST-9); larger ones are mapped. Unmapped likewise.
     */
    struct ptn_status (*hold)(void *context, const char *path, struct ptn_map **ret_map,
                              struct ptn_bytes *ret_bytes);
    /* Append at most len bytes of the file from offset on, fewer where it ends; the codes of read.
     */
    struct ptn_status (*read_at)(void *context, const char *path, uint64_t offset, size_t len,
                                 struct ptn_buffer *out);
    void (*unmap)(void *context, struct ptn_map *map);
    /* What lies before offset is not needed in memory now; it can still be read. For files larger
     * than memory, read from one end to the other. */
    void (*pass)(void *context, struct ptn_map *map, size_t offset);
    /* Take the folder's lock (flock on DIR/lock) for this process. BUSY when another holds it. */
    struct ptn_status (*lock)(void *context, const char *dir, int *ret_lock);
    void (*unlock)(void *context, int lock);
};

/* ---- the world ---- */

struct ptn_storage; /* vault's */

struct ptn_world {
    void *context;
    int64_t (*now_ms)(void *context);       /* UTC, milliseconds since 1970 */
    int64_t (*monotonic_us)(void *context); /* never goes back; only differences mean something */
    void (*random)(void *context, uint8_t *at, size_t len);
    const struct ptn_files *files;
    const char *sqlite_vfs_name; /* NULL = SQLite's own */
    /* Carry an exchange and return when it is answered or failed (status 0). NULL where there is no
     * network. */
    void (*carry)(void *context, struct ptn_exchange *exchange);
    /* The storage key that somebody opened for this process (vault/vault.h); NULL: none. Borrowed.
     */
    const struct ptn_storage *storage;
};

/* The machine's own clock, random numbers and files. No network yet. One per process; never freed.
 */
const struct ptn_world *ptn_world_real(void);

/*
 * A world that depends on its seed alone: a clock that stands at start_ms until ptn_world_advance,
 * SplitMix-seeded random bytes (xoshiro256**), files in memory. For one thread. Owned by the
 * caller. NULL: no memory.
 */
struct ptn_world *ptn_world_seeded(uint64_t seed, int64_t start_ms);
void ptn_world_advance(struct ptn_world *world, int64_t step_ms);

/*
 * Make the nth file operation from now fail with IO (0 = none), for fail-the-Nth loops; replace
 * counts as two, its rename and its folder's fsync. Seeded worlds only.
 */
void ptn_world_fail_nth(struct ptn_world *world, uint64_t nth);
void ptn_world_seeded_free(struct ptn_world *world);
#endif
