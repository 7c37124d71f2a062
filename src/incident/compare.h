/*
 * incident/compare.h -- two incidents side by side: what they share, what changed, what cannot be
 * compared, and how much each of it weighs.
 *
 * Pure. Texts are views into the caller's arena. What an incident file holds and how clues are
 * weighed: docs/format/incident.md. Nothing here ever names an actor: what is common to many known
 * actors ties nobody to anything.
 */
#ifndef PTN_INCIDENT_COMPARE_H
#define PTN_INCIDENT_COMPARE_H
#include "base/text.h"

#define PTN_INCIDENT_FILE_MAX   ((size_t)4 << 20)
#define PTN_INCIDENT_COUNT_MAX  64u    /* in one file */
#define PTN_INCIDENT_CLUES_MAX  4096u  /* of one incident */
#define PTN_INCIDENT_RATES_MAX  16384u /* known tools and techniques */
#define PTN_INCIDENT_IGNORE_MAX 65536u /* values of warning lists */

/* What kind of thing a clue is, in the order of what it is worth. */
enum ptn_clue_class {
    PTN_CLUE_SECRET, /* a key or password that is not published */
    PTN_CLUE_CODE,   /* habits of whoever wrote the program */
    PTN_CLUE_SIGNING,
    PTN_CLUE_TOOL, /* made for few: weighed by how many known actors use it */
    PTN_CLUE_INFRASTRUCTURE,
    PTN_CLUE_MESSAGE,
    PTN_CLUE_MUTABLE, /* what a rebuild changes */
    PTN_CLUE_TECHNIQUE,
    PTN_CLUE_HASH,
    PTN_CLUE_COMMODITY, /* anybody's: never weighs */
};
#define PTN_CLUE_CLASS_COUNT 10u

/* "secret", "code", "campaign-tool" …: a literal, as in files. */
const char *ptn_clue_class_word(enum ptn_clue_class class);

struct ptn_clue {
    enum ptn_clue_class class;
    struct ptn_bytes key, value;
};

struct ptn_incident {
    struct ptn_bytes id, date, target;
    struct ptn_clue *clues;
    size_t clue_count;
};

/*
 * ptn_incidents_read(text, arena, incidents, max, ret_count, reterr):
 * Read an incident file (JSON), at most max incidents of it. Texts and clues live in the arena.
 *
 * OK; BAD_INPUT for what is no incident file, with the line in reterr where JSON ends being JSON;
 * TOO_BIG past the limits; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_incidents_read(struct ptn_bytes text, struct ptn_arena *arena,
                                                  struct ptn_incident *incidents, size_t max,
                                                  size_t *ret_count, struct ptn_diag *reterr);

/* How many of the known actors use a tool or technique. */
struct ptn_rate {
    struct ptn_bytes id, name;
    unsigned actors, total;
};

struct ptn_rates {
    struct ptn_rate *rates;
    size_t count;
};

/* Read a table with the columns attack_id, name, actors_using, actors_total, parted by tabs. text
 * is Borrowed and must outlive the rates. BAD_INPUT with the line; TOO_BIG; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_rates_read(struct ptn_bytes text, struct ptn_arena *arena,
                                              struct ptn_rates *ret_rates, struct ptn_diag *reterr);

/* Values that mean nothing wherever they are seen: a MISP warning list's "list", added to values.
 * The codes of ptn_incidents_read. */
PTN_MUST_USE struct ptn_status ptn_warning_list_read(struct ptn_bytes text, struct ptn_arena *arena,
                                                     struct ptn_bytes *values, size_t max,
                                                     size_t *count, struct ptn_diag *reterr);

enum ptn_clue_verdict {
    PTN_CLUE_SHARED,
    PTN_CLUE_CHANGED,        /* both have the key, with other values */
    PTN_CLUE_NOT_COMPARABLE, /* one of them has the key */
};

enum ptn_clue_weight { PTN_WEIGHT_NONE, PTN_WEIGHT_SOME, PTN_WEIGHT_STRONG };

struct ptn_finding {
    const struct ptn_clue *clue; /* a's, or b's where a has none */
    enum ptn_clue_verdict verdict;
    enum ptn_clue_weight weight;
    const struct ptn_rate *rate; /* NULL: not known */
};

enum ptn_likeness {
    PTN_LIKENESS_NOT_SHOWN,
    PTN_LIKENESS_SOME,
    PTN_LIKENESS_TOOLKIT, /* strong ties of at least two classes */
};

struct ptn_comparison {
    const struct ptn_incident *a, *b;
    struct ptn_finding *findings; /* in the classes' order, then as in the files */
    size_t finding_count;
    size_t hash_overlap;
    enum ptn_likeness likeness;
};

/* What weighs a clue, all Borrowed. Zeroed: nothing is known. */
struct ptn_compare_with {
    struct ptn_rates rates;
    const struct ptn_bytes *ignored;
    size_t ignored_count;
};

/* Compare; all of it Borrowed and alive as long as the comparison. OK, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_compare(const struct ptn_incident *a,
                                           const struct ptn_incident *b,
                                           const struct ptn_compare_with *with,
                                           struct ptn_arena *arena,
                                           struct ptn_comparison *ret_comparison);

/* Print it as one JSON object (docs/format/incident.md). */
void ptn_comparison_write(const struct ptn_comparison *comparison, struct ptn_json *json);
#endif
