/*
 * main/reading_int.h -- what the files of `postern reading` share, and what `postern recover` reads
 * with: main/reading.c finds the verb and makes a node's keys, main/reading_kit.c is about
 * recovery's.
 */
#ifndef PTN_MAIN_READING_INT_H
#define PTN_MAIN_READING_INT_H
#include "base/world.h"
#include "vault/share.h"

#define PTN_READING_PATH_SIZE  1024u
#define PTN_READING_MONTHS_MAX 60u /* named in one call */

/* What was asked for; zeroed to begin. */
struct ptn_reading_asked {
    const char *at;                          /* the node's folder, or the kit; NULL: none */
    const char *out;                         /* --out; NULL: not said */
    const char *shares[PTN_SHARE_COUNT_MAX]; /* --share */
    size_t share_count;
    unsigned needed, count; /* of a new split; 0: not said */
    struct ptn_date months[PTN_READING_MONTHS_MAX];
    size_t month_count;
};

/* This month, of the machine's clock. */
struct ptn_date ptn_reading_now(void);

/* Print a line for the next roster. origin NULL: recovery's. */
PTN_MUST_USE struct ptn_status ptn_reading_print(const char *origin,
                                                 const struct ptn_reading *reading);

/* The verbs. The codes of what they do. */
PTN_MUST_USE struct ptn_status ptn_reading_kit(const struct ptn_reading_asked *asked,
                                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_reading_drop(const struct ptn_reading_asked *asked,
                                                struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_reading_check(const struct ptn_reading_asked *asked,
                                                 struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_reading_split(const struct ptn_reading_asked *asked,
                                                 struct ptn_diag *reterr);

/* A kit, and shares, from files. BAD_INPUT for one that is not there or is none: which share is
 * said on standard error. To be wiped: the shares. */
PTN_MUST_USE struct ptn_status ptn_kit_read_all(const struct ptn_world *world, const char *path,
                                                const char *const *share_paths, size_t count,
                                                struct ptn_recovery *ret_kit,
                                                struct ptn_share *ret_shares,
                                                struct ptn_diag *reterr);

/* Say which of the files it was, when what joined them says that one does not fit. */
void ptn_shares_say(const char *const *paths, size_t count, struct ptn_status status,
                    const struct ptn_diag *diag);
#endif
