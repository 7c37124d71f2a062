/*
 * incident/manifest.h -- what should be on a disk: a release's manifest, and what Debian's packages
 * wrote down about themselves.
 *
 * Pure. Texts are Borrowed and must outlive the table. Formats: docs/format/sweep.md.
 */
#ifndef PTN_INCIDENT_MANIFEST_H
#define PTN_INCIDENT_MANIFEST_H
#include "base/bytes.h"

#define PTN_MANIFEST_LEN_MAX  ((size_t)64 << 20)
#define PTN_MANIFEST_FILE_MAX 2000000u /* of all that a table holds */
#define PTN_MANIFEST_PATH_MAX 4096u

/* One file as it should be. */
struct ptn_manifest_file {
    struct ptn_bytes path;  /* relative, parts parted by '/' */
    struct ptn_bytes owner; /* the package; empty: the release itself */
    uint8_t digest[32];
    uint8_t digest_len; /* 32: SHA-256; 16: MD5, all that packages have */
};

/* Opaque; one thread's at a time. */
struct ptn_manifest;

/* Owned by the caller; NULL: no memory. */
struct ptn_manifest *ptn_manifest_new(void);
void ptn_manifest_free(struct ptn_manifest *manifest);

/*
 * ptn_manifest_read(manifest, text, reterr):
 * Add a release's manifest: lines of a SHA-256 in hex, two spaces and a path, in byte order of
 * paths, none twice, each line ended, at least one.
 *
 * OK; BAD_INPUT with the line; TOO_BIG; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_manifest_read(struct ptn_manifest *manifest,
                                                 struct ptn_bytes text, struct ptn_diag *reterr);

/*
 * Add what dpkg keeps of one package (var/lib/dpkg/info/NAME.md5sums). Lines that are not of its
 * form are counted in *ret_bad and passed over: the file lies on the disk that is looked at. OK,
 * TOO_BIG, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_manifest_read_md5sums(struct ptn_manifest *manifest,
                                                         struct ptn_bytes package,
                                                         struct ptn_bytes text, size_t *ret_bad);

/* Add what dpkg keeps of diversions (var/lib/dpkg/diversions), after the packages: three lines
 * each, "/from", "/to" and the package that may keep its file at /from. TOO_BIG past 256 of them.
 */
PTN_MUST_USE struct ptn_status ptn_manifest_divert(struct ptn_manifest *manifest,
                                                   struct ptn_bytes text);

/* Make it ready to be asked. No _read after it. */
void ptn_manifest_ready(struct ptn_manifest *manifest);

size_t ptn_manifest_count(const struct ptn_manifest *manifest);
const struct ptn_manifest_file *ptn_manifest_at(const struct ptn_manifest *manifest, size_t index);

/* A file of that path, or NULL. */
const struct ptn_manifest_file *ptn_manifest_find(const struct ptn_manifest *manifest,
                                                  struct ptn_bytes path);

/* A path that a manifest can hold: relative, no empty part, no "." or "..", no control character.
 */
bool ptn_manifest_path_good(struct ptn_bytes path);

/* Append one line. The buffer's codes; BAD_INPUT for a path that a manifest cannot hold. */
PTN_MUST_USE struct ptn_status ptn_manifest_add_line(struct ptn_buffer *out,
                                                     const uint8_t sha256[PTN_SHA256_LEN],
                                                     struct ptn_bytes path);
#endif
