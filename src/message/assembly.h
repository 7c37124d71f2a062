/*
 * message/assembly.h -- messages that carriers send in several parts (UNH's S010), put together
 * again in whatever order the parts come.
 *
 * Pure, with memory of its own up to a cap. Parts belong together by sender and common access
 * reference. Time is the caller's: a set that stays incomplete is handed out as it is, with the
 * first part that is missing, so that it can be said aloud. Standard: ISO-9735 S010.
 */
#ifndef PTN_MESSAGE_ASSEMBLY_H
#define PTN_MESSAGE_ASSEMBLY_H
#include "message/manifest.h"

#define PTN_ASSEMBLY_SETS_MAX   256u
#define PTN_ASSEMBLY_TIMEOUT_MS INT64_C(600000) /* a missing part is waited for so long */

struct ptn_assembly; /* opaque */

/* A set of parts, complete or not. Borrowed until the next call. */
struct ptn_assembly_set {
    struct ptn_bytes whole; /* the parts in order, after the first one's UNA and UNB: read it with
                               ptn_manifest_reader_join */
    struct ptn_bytes sender, common;
    unsigned part_count; /* that are here */
    unsigned missing;    /* the first part that is not; 0: it is complete */
};

/* At most bytes_max of parts wait at once. NULL: no memory. */
struct ptn_assembly *ptn_assembly_new(size_t bytes_max);
void ptn_assembly_free(struct ptn_assembly *assembly);

/*
 * ptn_assembly_add(assembly, sent, input, now_ms, ret_set):
 * Take in one part: a message of input (Copied) whose sent->part is not 0. The same part again
 * takes the place of the former.
 *
 * OK: with it the set is complete, in *ret_set, and no longer held. NOT_FOUND: others are still to
 * come. TOO_BIG: no room for it (ptn_assembly_late with the present time makes some); NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_assembly_add(struct ptn_assembly *assembly,
                                                const struct ptn_manifest_sent *sent,
                                                struct ptn_bytes input, int64_t now_ms,
                                                struct ptn_assembly_set *ret_set);

/* The oldest set whose first part came at or before then_ms, no longer held. False: none. */
bool ptn_assembly_late(struct ptn_assembly *assembly, int64_t then_ms,
                       struct ptn_assembly_set *ret_set);

/* How many sets wait. */
size_t ptn_assembly_count(const struct ptn_assembly *assembly);

/* The message of input as it can be read alone: UNA, UNB, and UNH to UNT. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_assembly_alone(const struct ptn_manifest_sent *sent,
                                                  struct ptn_bytes input, struct ptn_buffer *out);
#endif
