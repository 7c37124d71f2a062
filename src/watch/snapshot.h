/*
 * watch/snapshot.h -- lists compiled into one immutable, checksummed file that is mapped and
 * searched in place.
 *
 * Building holds the rows in memory, sorted by list and entry id, and replaces the file atomically;
 * a failure leaves the former file as it was. Opening checks every block's digest and every offset,
 * so nothing read later can lead outside the file, whoever wrote it. An open snapshot is read-only:
 * any number of threads may use it. Format: docs/format/snapshot.md.
 */
#ifndef PTN_WATCH_SNAPSHOT_H
#define PTN_WATCH_SNAPSHOT_H
#include "base/world.h"
#include "watch/list.h"

/* ---- profiles: a list is not a verdict ---- */

/* What a listing asks for in one direction, and in words. Texts are Borrowed. */
struct ptn_list_effect {
    enum ptn_list_action action;
    struct ptn_bytes text;    /* English */
    struct ptn_bytes text_sq; /* Albanian */
};

struct ptn_list_profile {
    struct ptn_bytes key;   /* "un", "ofac", "eu", "uk", "other", "national", "stolen", "vehicle" */
    struct ptn_bytes owner; /* who designates */
    struct ptn_bytes basis; /* the legal act it rests on */
    struct ptn_list_effect on_entry;
    struct ptn_list_effect on_exit;
    bool own_nationals_exempt; /* the listing does not stop the state's own nationals */
    struct ptn_bytes set_by;   /* who changed the shipped default, and why; empty when nobody did */
    struct ptn_bytes set_reason;
};

/* The shipped profile of a format, and by key. Literals. NOT_FOUND for an unknown key. */
struct ptn_list_profile ptn_list_profile_of(enum ptn_list_format format);
PTN_MUST_USE struct ptn_status ptn_list_profile_find(struct ptn_bytes key,
                                                     struct ptn_list_profile *ret_profile);

/* An action with its own words, for profiles that are changed and alerts that bring their action.
 * Literals. */
struct ptn_list_effect ptn_list_action_effect(enum ptn_list_action action);

/* ---- building ---- */

/* Opaque. */
struct ptn_snapshot_builder;

/* world is Borrowed and outlives the builder. NULL: no memory. */
struct ptn_snapshot_builder *ptn_snapshot_builder_new(const struct ptn_world *world);
void ptn_snapshot_builder_free(struct ptn_snapshot_builder *builder);

/* Called for every note of a list; context is the caller's. */
typedef void (*ptn_snapshot_note_fn)(void *context, const struct ptn_list_note *note);

/* One list to compile. All Borrowed during the call. */
struct ptn_snapshot_input {
    struct ptn_bytes name; /* 1 to 32 letters, digits, '-', '_', '.' */
    enum ptn_list_format format;
    const char *path;                       /* ofac-csv: the files beside it are found by name */
    const struct ptn_list_profile *profile; /* NULL: the format's */
    ptn_snapshot_note_fn note;              /* may be NULL */
    void *note_context;
};

/**
 * ptn_snapshot_builder_add(builder, input, ret_summary, reterr):
 * Read one list into the builder.
 *
 * OK; BAD_INPUT with the line for a list that cannot be read (or a name that is taken or badly
 * formed); TOO_BIG; NOT_FOUND when there is no such file; IO; NO_MEMORY. After a failure the
 * builder may only be freed.
 */
PTN_MUST_USE struct ptn_status ptn_snapshot_builder_add(struct ptn_snapshot_builder *builder,
                                                        const struct ptn_snapshot_input *input,
                                                        struct ptn_list_summary *ret_summary,
                                                        struct ptn_diag *reterr);

/* A list that no file holds: its entries as an array. edition_ms 0: no edition. */
struct ptn_snapshot_made {
    struct ptn_bytes name; /* as of an input */
    const struct ptn_list_profile *profile;
    int64_t edition_ms;
    const struct ptn_list_entry *entries;
    size_t count;
};

/* Add it. The codes of ptn_snapshot_builder_add but for reading. */
PTN_MUST_USE struct ptn_status ptn_snapshot_builder_make(struct ptn_snapshot_builder *builder,
                                                         const struct ptn_snapshot_made *made,
                                                         struct ptn_diag *reterr);

/* The finished snapshot as bytes, appended to out. OK, TOO_BIG, NO_MEMORY. The builder may then
 * only be freed. */
PTN_MUST_USE struct ptn_status ptn_snapshot_builder_write(struct ptn_snapshot_builder *builder,
                                                          struct ptn_buffer *out,
                                                          struct ptn_diag *reterr);

/* The same into the file at path, through the world's replace: whole or not at all. Also IO. */
PTN_MUST_USE struct ptn_status ptn_snapshot_builder_save(struct ptn_snapshot_builder *builder,
                                                         const char *path, struct ptn_diag *reterr);

/* ---- opening ---- */

/* Opaque. */
struct ptn_snapshot;

/**
 * ptn_snapshot_open(world, path, ret_snapshot, reterr):
 * Map a snapshot and check it whole. *ret_snapshot is Owned; world is Borrowed and outlives it.
 *
 * OK; NOT_FOUND; IO; NO_MEMORY; CORRUPT with the offset for bytes that fail their digest or lead
 * outside the file; BAD_INPUT for a file that is no snapshot or of another version. Cost: one
 * SHA-256 over the file.
 */
PTN_MUST_USE struct ptn_status ptn_snapshot_open(const struct ptn_world *world, const char *path,
                                                 struct ptn_snapshot **ret_snapshot,
                                                 struct ptn_diag *reterr);

/* The same over bytes that outlive it (8-byte aligned). */
PTN_MUST_USE struct ptn_status ptn_snapshot_open_bytes(struct ptn_bytes bytes,
                                                       struct ptn_snapshot **ret_snapshot,
                                                       struct ptn_diag *reterr);
void ptn_snapshot_close(struct ptn_snapshot *snapshot);

/* ---- what is in it; all views live until close ---- */

struct ptn_snapshot_info {
    size_t bytes;
    uint8_t hash[PTN_SHA256_LEN]; /* names the edition of the whole snapshot */
    int64_t made_ms;
    size_t list_count;
    size_t entry_count;
    size_t name_count;
};

struct ptn_snapshot_list {
    struct ptn_bytes name;
    enum ptn_list_format format;
    struct ptn_list_profile profile;
    struct ptn_bytes edition; /* as a date or time; empty when the list says none */
    int64_t edition_ms;       /* when the list says it was made, else when it was compiled */
    size_t entries[PTN_ENTRY_KIND_COUNT];
    size_t names[PTN_ALIAS_COUNT];
    size_t rows;
    size_t continued;
    size_t rejected;
    size_t noted;
    uint8_t hash[PTN_SHA256_LEN]; /* of the list's bytes as read */
};

/*
 * Whether something was read of it that was not so when it was opened: its bytes have changed.
 * What a damaged one answers is not to be relied on; asking it is safe (POST-8).
 */
bool ptn_snapshot_is_damaged(const struct ptn_snapshot *snapshot);

/*
 * ptn_snapshot_recheck(snapshot, blocks, cursor, reterr):
 * Compare at most so many blocks of 64 KiB with the digests that the snapshot was opened with, from
 * *cursor on, which begins at 0 and moves on; after the last it is 0 again. What is compared lies
 * at ptn_snapshot_checked of the cursor before, up to that of the one after.
 *
 * OK; CORRUPT with the offset: what is searched has changed since it was opened, and the snapshot
 * is damaged from now on.
 */
PTN_MUST_USE struct ptn_status ptn_snapshot_recheck(const struct ptn_snapshot *snapshot,
                                                    size_t blocks, size_t *cursor,
                                                    struct ptn_diag *reterr);
/* Where the bytes begin that a cursor stands before. */
size_t ptn_snapshot_checked(const struct ptn_snapshot *snapshot, size_t cursor);

/* The whole file, as it was checked. */
struct ptn_bytes ptn_snapshot_bytes(const struct ptn_snapshot *snapshot);

struct ptn_snapshot_info ptn_snapshot_info(const struct ptn_snapshot *snapshot);

/* index below list_count; lists are in order of name. */
struct ptn_snapshot_list ptn_snapshot_list(const struct ptn_snapshot *snapshot, size_t index);

/*
 * The entry with this ordinal (below entry_count), rebuilt in the arena: for showing, not for
 * searching. OK or NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_snapshot_entry(const struct ptn_snapshot *snapshot,
                                                  size_t ordinal, struct ptn_arena *arena,
                                                  struct ptn_list_entry *ret_entry);
#endif
