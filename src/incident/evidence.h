/*
 * incident/evidence.h -- the manifest of what was taken after a sweep, the note that signs it, and
 * the lines of findings it is made from.
 *
 * Pure. Texts live in the arena given, or are Borrowed from the text read. Standard:
 * docs/format/evidence-manifest.md.
 */
#ifndef PTN_INCIDENT_EVIDENCE_H
#define PTN_INCIDENT_EVIDENCE_H
#include "base/date.h"
#include "base/text.h"

#define PTN_TAKEN_MANIFEST_MAX ((size_t)64 << 20)
#define PTN_TAKEN_LINE_MAX     1000000u
#define PTN_TAKEN_PATH_MAX     4096u

/* In byte order of their words, as lines stand. */
enum ptn_taken_word {
    PTN_TAKEN_DIFFERS, /* the sweep saw other bytes there: sha256 */
    PTN_TAKEN_FILE,    /* kind, sha256, length */
    PTN_TAKEN_GAP,     /* in a log: from, to */
    PTN_TAKEN_GONE,
    PTN_TAKEN_SEALED, /* sha256 of a file taken; sealed_sha256, length of what holds it */
};
#define PTN_TAKEN_WORD_COUNT 5u

enum ptn_taken_kind {
    PTN_TAKEN_CONFIG,
    PTN_TAKEN_FINDING,
    PTN_TAKEN_FINDINGS,
    PTN_TAKEN_HEAD,
    PTN_TAKEN_LOG,
};
#define PTN_TAKEN_KIND_COUNT 5u

struct ptn_taken_line {
    enum ptn_taken_word word;
    enum ptn_taken_kind kind;
    uint8_t sha256[PTN_SHA256_LEN];
    uint8_t sealed_sha256[PTN_SHA256_LEN];
    uint64_t length;
    uint64_t from, to;
    struct ptn_bytes path; /* bytes as the disk has them; empty with SEALED only */
};

struct ptn_taken {
    struct ptn_bytes ledger; /* origin of the node that vouches */
    int64_t time_ms;
    bool sealed;
    uint8_t key[32]; /* the investigator's */
    uint64_t findings;
    struct ptn_taken_line *lines;
    size_t line_count;
    uint64_t files, length; /* of the FILE lines: worked out */
};

/* Write the manifest: lines are put in order and those that are there twice once. BAD_INPUT for
 * what cannot stand in one; TOO_BIG; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_taken_write(struct ptn_taken *taken, struct ptn_arena *arena,
                                               struct ptn_buffer *out);

/* Read one. BAD_INPUT with the line; TOO_BIG; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_taken_parse(struct ptn_bytes text, struct ptn_arena *arena,
                                               struct ptn_taken *ret_taken,
                                               struct ptn_diag *reterr);

/* What the note says. */
struct ptn_taken_note {
    struct ptn_bytes ledger;
    uint64_t entry;
    uint8_t manifest[PTN_SHA256_LEN];
    uint64_t files, length;
};

PTN_MUST_USE struct ptn_status ptn_taken_note_write(const struct ptn_taken_note *note,
                                                    struct ptn_buffer *out);
/* BAD_INPUT for any other form. */
PTN_MUST_USE struct ptn_status ptn_taken_note_parse(struct ptn_bytes text,
                                                    struct ptn_taken_note *ret_note,
                                                    struct ptn_diag *reterr);

/* One line of what a sweep printed. */
struct ptn_taken_named {
    bool finding;          /* else a summary, or of no use here */
    struct ptn_bytes path; /* of a finding; relative and good, or empty */
    bool has_sha256;
    uint8_t sha256[PTN_SHA256_LEN];
    bool summary;
    struct ptn_bytes root; /* of a summary */
    uint64_t findings;
};

/* BAD_INPUT: no JSON object; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_taken_named_read(struct ptn_bytes line, struct ptn_arena *arena,
                                                    struct ptn_taken_named *ret_named,
                                                    struct ptn_diag *reterr);
#endif
