/*
 * incident/sweep.h -- looking one file at a time for an attacker: rules, hashes, names, addresses,
 * and what differs from what was installed.
 *
 * Sees bytes that somebody else opened: it walks no disk, and runs confined (main/sweep_child.c).
 * One thread's at a time. Formats and what is not looked at: docs/format/sweep.md.
 */
#ifndef PTN_INCIDENT_SWEEP_H
#define PTN_INCIDENT_SWEEP_H
#include "base/text.h"
#include "incident/indicators.h"
#include "incident/manifest.h"

#define PTN_SWEEP_RULES_LEN_MAX ((size_t)16 << 20) /* bytes of one rule file */

enum ptn_sweep_class {
    PTN_SWEEP_RULE,    /* a YARA rule matches */
    PTN_SWEEP_HASH,    /* the file is one that a list names */
    PTN_SWEEP_NAME,    /* its name is */
    PTN_SWEEP_NETWORK, /* a listed name or address stands in its text */
    PTN_SWEEP_CHANGED, /* not what was installed there */
    PTN_SWEEP_MISSING, /* installed, and not there */
    PTN_SWEEP_UNKNOWN, /* starts programs, and belongs to no release */
    PTN_SWEEP_LOG_GAP, /* entries of a log are not there */
    PTN_SWEEP_LEDGER,  /* a ledger that does not prove itself */
};
#define PTN_SWEEP_CLASS_COUNT 9u

/* "rule", "hash" …: a literal, as in findings. */
const char *ptn_sweep_class_word(enum ptn_sweep_class class);

/* Something that was found. All Borrowed until the function that is told returns. */
struct ptn_sweep_finding {
    enum ptn_sweep_class class;
    struct ptn_bytes path;   /* bytes as the disk has them */
    struct ptn_bytes match;  /* the rule's name, the hash, the pattern, the word */
    struct ptn_bytes source; /* which list or pack says so */
    const char *reason;      /* a literal */
    struct ptn_bytes detail; /* goes on after the reason; may be empty */
    unsigned score;          /* 0 to 100 */
    const uint8_t *sha256;   /* of the whole file, or NULL */
};

typedef struct ptn_status (*ptn_sweep_found_fn)(void *context,
                                                const struct ptn_sweep_finding *finding);

/* Write it as one JSON object. A path that is no UTF-8 stands in "path_hex" too. */
void ptn_sweep_finding_write(const struct ptn_sweep_finding *finding, struct ptn_json *json);

/* What a sweep looks with. All Borrowed. */
struct ptn_sweep_with {
    struct ptn_indicators *indicators;   /* ready */
    const struct ptn_manifest *release;  /* ready, or NULL */
    const struct ptn_manifest *packages; /* ready, or NULL */
    bool merged_usr;                     /* /bin, /lib, /sbin are links to those of /usr */
    unsigned rule_timeout_s;             /* for all rules on one file */
    ptn_sweep_found_fn found;
    void *context;
};

struct ptn_sweep;

/* Start the libraries: here they may still read their configuration. Owned by the caller; NULL: no
 * memory, or a library that does not start. */
struct ptn_sweep *ptn_sweep_new(void);
void ptn_sweep_free(struct ptn_sweep *sweep);

/* What to look with; before ptn_sweep_ready. Copied. */
void ptn_sweep_use(struct ptn_sweep *sweep, const struct ptn_sweep_with *with);

/*
 * ptn_sweep_add_rules(sweep, source, text, reterr):
 * Add a file of YARA rules. "include" is refused: a pack is what its hash says. A file or rule that
 * needs what we do not have is kept by name (ptn_sweep_lack) and does not run.
 *
 * source  Its name; Borrowed. text  Borrowed for the call.
 *
 * OK; BAD_INPUT with the line for what is no rule file; TOO_BIG; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_sweep_add_rules(struct ptn_sweep *sweep, const char *source,
                                                   struct ptn_bytes text, struct ptn_diag *reterr);

/* Make the rules ready, after ptn_sweep_use. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_sweep_ready(struct ptn_sweep *sweep);

size_t ptn_sweep_rule_count(const struct ptn_sweep *sweep); /* that run */
size_t ptn_sweep_lack_count(const struct ptn_sweep *sweep);
struct ptn_indicator_lack ptn_sweep_lack(const struct ptn_sweep *sweep, size_t index);

/* One regular file, or as much of it as was read. */
struct ptn_sweep_file {
    struct ptn_bytes path;  /* relative to the root, no leading '/' */
    struct ptn_bytes bytes; /* its first bytes */
    bool whole;             /* they are all of it */
};

/* What a sweep could not do to the end. */
struct ptn_sweep_counts {
    size_t names_unfinished; /* patterns that gave up on a path */
    size_t rules_unfinished; /* files on which the rules gave up, or ran out of time */
    size_t not_compared;     /* files that a manifest names and that were not read whole */
    size_t packed;           /* compressed files: what is in them was not looked at */
};

/* Look at one file; found is told. found's failures; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_sweep_file(struct ptn_sweep *sweep,
                                              const struct ptn_sweep_file *file,
                                              struct ptn_sweep_counts *counts);

/* A folder in which whatever lies there gets started: units, timers, cron. */
bool ptn_sweep_is_watched(struct ptn_bytes path);

/*
 * ptn_journal_gaps(text, gap, context, ret_entries):
 * Read a journal as `journalctl -o export` writes it and tell each gap: entries of one numbering
 * whose numbers do not follow each other. *ret_entries: how many entries have a number; 0: this is
 * no such file. gap's failures.
 */
typedef struct ptn_status (*ptn_journal_gap_fn)(void *context, uint64_t after, uint64_t before);
PTN_MUST_USE struct ptn_status ptn_journal_gaps(struct ptn_bytes text, ptn_journal_gap_fn gap,
                                                void *context, uint64_t *ret_entries);
#endif
