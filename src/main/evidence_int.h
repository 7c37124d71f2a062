/* main/evidence_int.h -- what the files of `postern incident evidence` share: the folder that
 * evidence lies in (docs/format/evidence-manifest.md). */
#ifndef PTN_MAIN_EVIDENCE_INT_H
#define PTN_MAIN_EVIDENCE_INT_H
#include "base/world.h"
#include "incident/evidence.h"
#include "vault/seal.h"

#define PTN_TAKING_PATH_SIZE 4096u
#define PTN_TAKING_PIECE_LEN ((size_t)4 << 20) /* of a file, sealed in one piece */
#define PTN_TAKING_FIRST     "postern sealed evidence 1\n"

/* DIR/name, in a buffer of PTN_TAKING_PATH_SIZE. False: too long. */
bool ptn_taking_path(char *path, const char *dir, const char *name);

/* OUT/FOLDER/SHA256. */
bool ptn_taking_file_path(char *path, const char *out, const char *folder,
                          const uint8_t sha256[PTN_SHA256_LEN]);

/* What a piece of a sealed file is bound to: appended to bound. */
PTN_MUST_USE struct ptn_status ptn_taking_bind(struct ptn_buffer *bound,
                                               const uint8_t sha256[PTN_SHA256_LEN],
                                               uint32_t number, bool last);

/* SHA-256 and length of an open file, from where it stands. */
PTN_MUST_USE struct ptn_status ptn_taking_digest(int fd, uint8_t ret_sha256[PTN_SHA256_LEN],
                                                 uint64_t *ret_length);

/* ---- evidence_out.c: putting files in ---- */

struct ptn_taking_out {
    const struct ptn_world *world;
    const char *dir;    /* OUT */
    const uint8_t *key; /* the investigator's, or NULL */
    struct ptn_arena *arena;
    struct ptn_taken taken; /* its lines grow */
    size_t line_room;
};

/* Make OUT and its folders. BAD_INPUT when it is there already; IO. */
PTN_MUST_USE struct ptn_status ptn_taking_begin(struct ptn_taking_out *out,
                                                struct ptn_diag *reterr);

/* Take a file that is open: hash it as it is read, put it away. path is what the manifest calls it.
 * *ret_sha256 may be NULL. */
PTN_MUST_USE struct ptn_status ptn_taking_take(struct ptn_taking_out *out, int fd,
                                               enum ptn_taken_kind kind, struct ptn_bytes path,
                                               uint8_t *ret_sha256, struct ptn_diag *reterr);

/* Add a line; its path is copied. */
PTN_MUST_USE struct ptn_status ptn_taking_add(struct ptn_taking_out *out,
                                              const struct ptn_taken_line *line);

/* ---- evidence_check.c ---- */

int ptn_taking_check(const char *out, const char *vkey);
int ptn_taking_open(const char *out, const char *with, const char *into);
#endif
