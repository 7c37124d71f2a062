/*
 * main/sweep_int.h -- what the files of `postern sweep` share.
 *
 * Two processes: the parent reads the arguments and lists, keeps the state file and prints; the
 * child, confined, parses the lists and the disk and speaks through a pipe. The child's lines:
 *
 *   B count… hexpath   it begins with this file; the counts are those before it
 *   F class json       a finding
 *   U json             something that could not be read
 *   L json             something in a list or pack that is not looked for
 *   E code text        it gives up; code is the exit code
 *   S count… rules…    the end
 */
#ifndef PTN_MAIN_SWEEP_INT_H
#define PTN_MAIN_SWEEP_INT_H
#include <sys/stat.h>

#include "base/world.h"
#include "incident/sweep.h"

#define PTN_SWEEP_INPUT_MAX     256u
#define PTN_SWEEP_UNDER_MAX     32u
#define PTN_SWEEP_PATH_SIZE     4096u
#define PTN_SWEEP_CAP_MIB       64u
#define PTN_SWEEP_DEPTH_MAX     128u
#define PTN_SWEEP_LINE_LEN_MAX  ((size_t)64 << 10)
#define PTN_SWEEP_LIVE_PERCENT  10u
#define PTN_SWEEP_RULE_SECONDS  60u
#define PTN_SWEEP_NAMES_LEN_MAX ((size_t)256 << 20) /* of one folder's entries */

enum ptn_sweep_count {
    PTN_SWEEP_FILES,
    PTN_SWEEP_BYTES,
    PTN_SWEEP_FOLDERS,
    PTN_SWEEP_CUT,     /* read to the cap only */
    PTN_SWEEP_UNREAD,  /* could not be read, in part or at all */
    PTN_SWEEP_LINKS,   /* symbolic links: not followed */
    PTN_SWEEP_SPECIAL, /* devices, sockets, pipes */
    PTN_SWEEP_PSEUDO,  /* /proc and its like */
    PTN_SWEEP_PACKED,
    PTN_SWEEP_NAMES_UNFINISHED,
    PTN_SWEEP_RULES_UNFINISHED,
    PTN_SWEEP_NOT_COMPARED,
    PTN_SWEEP_COUNT_COUNT,
};

/* Words as in the summary; literals. */
extern const char *const ptn_sweep_count_words[PTN_SWEEP_COUNT_COUNT];

enum ptn_sweep_input_kind {
    PTN_SWEEP_IN_RULES,
    PTN_SWEEP_IN_HASHES,
    PTN_SWEEP_IN_NAMES,
    PTN_SWEEP_IN_NETWORK,
    PTN_SWEEP_IN_STIX,
    PTN_SWEEP_IN_HARMLESS,
    PTN_SWEEP_IN_MANIFEST,
};

/* One list, pack or manifest that was given. */
struct ptn_sweep_input {
    enum ptn_sweep_input_kind kind;
    const char *path; /* as given: also its name in findings */
    struct ptn_buffer bytes;
};

struct ptn_sweep_plan {
    const struct ptn_world *world;
    const char *root; /* "/" when none was given */
    bool live;        /* none was given: this machine, as it runs */
    int root_fd;
    const char *under[PTN_SWEEP_UNDER_MAX];
    size_t under_count;
    struct ptn_sweep_input inputs[PTN_SWEEP_INPUT_MAX];
    size_t input_count;
    uint8_t
        inputs_sha256[PTN_SHA256_LEN]; /* of all of them, root and cap: what a state belongs to */
    const char *data[PTN_SWEEP_UNDER_MAX]; /* nodes' folders, whose ledgers are proved */
    size_t data_count;
    const char *state;         /* file, or NULL */
    const char *manifest_hash; /* that the manifest must have, or NULL */
    unsigned percent;          /* of one processor */
    size_t cap;                /* bytes of one file */
    char after[PTN_SWEEP_PATH_SIZE];
    uint64_t counts[PTN_SWEEP_COUNT_COUNT]; /* to begin with, and at the end */
    uint64_t found[PTN_SWEEP_CLASS_COUNT];
    uint64_t lacking, indicators, rules, harmless, packages, bad_package_lines;
    int64_t wall_ms, cpu_ms;
};

/* ---- walking (sweep_walk.c) ---- */

struct ptn_sweep_walk {
    int root_fd;
    const char *after; /* files up to this path are passed over; "" for none */
    uint64_t *counts;
    void *context;
    /* A regular file, open for reading. */
    struct ptn_status (*file)(void *context, int fd, struct ptn_bytes path);
    /* A symbolic link, where it leads; may be NULL. */
    struct ptn_status (*link)(void *context, struct ptn_bytes path, struct ptn_bytes target);
    /* What could not be read; why is a literal. */
    struct ptn_status (*unread)(void *context, struct ptn_bytes path, const char *why);
};

/* Walk the folder at path ("" is the root) in one order. OK, what a function said, NO_MEMORY; BAD_
 * INPUT when path is no folder below the root. */
PTN_MUST_USE struct ptn_status ptn_sweep_walk(const struct ptn_sweep_walk *walk, const char *path);

/* Open a regular file below the root for reading, part by part, so that no link leads out. -1: it
 * is not there, or is something else. */
int ptn_sweep_open(int root_fd, const char *path);

/* Read at most cap bytes into at. *ret_whole: that was all. OK or IO. */
PTN_MUST_USE struct ptn_status ptn_sweep_read(int fd, uint8_t *at, size_t cap, size_t *ret_len,
                                              bool *ret_whole);

/* ---- the confined process (sweep_child.c, sweep_packages.c) ---- */

/* Never returns. fd is the pipe's end to write to. */
_Noreturn void ptn_sweep_child(const struct ptn_sweep_plan *plan, int fd);

/* What dpkg keeps under a root. */
struct ptn_sweep_packages {
    struct ptn_manifest *files;
    struct ptn_arena *arena;
    bool merged_usr;
    size_t bad_lines;
    size_t packages;
};

/* Read it; files is NULL where there is none. OK, NO_MEMORY, TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_sweep_packages_read(int root_fd,
                                                       struct ptn_sweep_packages *ret_packages);

/* Whether that file, as a manifest names it, is there; links in its folders are not followed.
 * NOT_FOUND: it is not. BUSY: a link stands in the way, so it is not known. */
PTN_MUST_USE struct ptn_status ptn_sweep_there(int root_fd, struct ptn_bytes path);

/* ---- the state (sweep_state.c) ---- */

/* Read plan->state into after, counts and found. NOT_FOUND: none yet; BAD_INPUT: not one, or of
 * another sweep; IO. */
PTN_MUST_USE struct ptn_status ptn_sweep_state_read(struct ptn_sweep_plan *plan,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_sweep_state_write(const struct ptn_sweep_plan *plan);

/* ---- the parent (sweep_parent.c) ---- */

/* Start children until the disk is done, print what they find. Exit code, 0 when all was looked
 * at. */
int ptn_sweep_run(struct ptn_sweep_plan *plan);

/* postern sweep --make-manifest DIR (sweep_manifest.c). */
int ptn_sweep_make_manifest(const char *dir);
#endif
