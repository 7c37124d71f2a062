/*
 * incident/indicators.h -- what to look for: hashes, file names and network names, out of LOKI's
 * lists and STIX 2.1 bundles.
 *
 * Pure. Texts are Borrowed and must outlive the indicators. What a list says that is not
 * understood here is kept by name, never stepped over in silence. Formats: docs/format/sweep.md.
 */
#ifndef PTN_INCIDENT_INDICATORS_H
#define PTN_INCIDENT_INDICATORS_H
#include "base/text.h"

#define PTN_INDICATOR_LIST_LEN_MAX ((size_t)64 << 20) /* bytes of one list */
#define PTN_INDICATOR_MAX          1000000u           /* of all lists together */
#define PTN_INDICATOR_REGEX_MAX    65536u
#define PTN_INDICATOR_LINE_MAX     4096u

enum ptn_indicator_list {
    PTN_INDICATORS_HASHES,  /* "hash;comment" */
    PTN_INDICATORS_NAMES,   /* "regex;score;false positive regex" */
    PTN_INDICATORS_NETWORK, /* "name or address;score" */
    PTN_INDICATORS_STIX,    /* a bundle of STIX 2.1 */
};

enum ptn_indicator_kind {
    PTN_INDICATOR_HASH,
    PTN_INDICATOR_NAME_REGEX,
    PTN_INDICATOR_NAME, /* the whole last part of a path */
    PTN_INDICATOR_NETWORK,
};
#define PTN_INDICATOR_KIND_COUNT 4u

struct ptn_indicator {
    enum ptn_indicator_kind kind;
    struct ptn_bytes value;   /* as it stands in its list */
    struct ptn_bytes comment; /* what the list says of it; may be empty */
    const char *source;       /* the list's name, Borrowed */
    unsigned score;           /* 0 to 100: what it weighs by itself */
};

/* Something in a list that is not looked for. */
struct ptn_indicator_lack {
    const char *source;
    size_t line; /* of line formats; for STIX the indicator's number in the bundle */
    struct ptn_bytes what;
    const char *why; /* a literal */
};

/* Opaque; one thread's at a time. */
struct ptn_indicators;

/* Owned by the caller; NULL: no memory. */
struct ptn_indicators *ptn_indicators_new(void);
void ptn_indicators_free(struct ptn_indicators *indicators);

/*
 * ptn_indicators_read(indicators, list, source, text, reterr):
 * Add what a list holds.
 *
 * source  Its name for findings; Borrowed. text  The whole list; Borrowed.
 *
 * OK; BAD_INPUT for a list that is not of its form, with the line; TOO_BIG; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_indicators_read(struct ptn_indicators *indicators,
                                                   enum ptn_indicator_list list, const char *source,
                                                   struct ptn_bytes text, struct ptn_diag *reterr);

/*
 * Make it ready to be asked, leaving out hashes and network names that a warning list calls
 * harmless (whole values; a network "10.0.0.0/8" stands for its addresses). No _read after it.
 * *ret_left_out: how many. OK, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_indicators_ready(struct ptn_indicators *indicators,
                                                    const struct ptn_bytes *harmless,
                                                    size_t harmless_count, size_t *ret_left_out);

size_t ptn_indicators_count(const struct ptn_indicators *indicators, enum ptn_indicator_kind kind);
size_t ptn_indicators_lack_count(const struct ptn_indicators *indicators);
struct ptn_indicator_lack ptn_indicators_lack(const struct ptn_indicators *indicators,
                                              size_t index);

/* Whether any hash of that length (16, 20 or 32 bytes) is looked for. */
bool ptn_indicators_wants(const struct ptn_indicators *indicators, size_t digest_len);

/* The indicator of that digest, or NULL. Borrowed. */
const struct ptn_indicator *ptn_indicators_find_hash(const struct ptn_indicators *indicators,
                                                     const uint8_t *digest, size_t digest_len);

/* Told of each hit; a failure ends the search. */
typedef struct ptn_status (*ptn_indicator_hit_fn)(void *context,
                                                  const struct ptn_indicator *indicator);

/*
 * ptn_indicators_match_name(indicators, path, hit, context, ret_unfinished):
 * Try every file name indicator on a path without leading '/', parts parted by '/'. Windows'
 * patterns are tried with '/' for '\' and "C:/" in front where they name a drive.
 *
 * *ret_unfinished is raised by the patterns that gave up. hit's failures; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_indicators_match_name(struct ptn_indicators *indicators,
                                                         struct ptn_bytes path,
                                                         ptn_indicator_hit_fn hit, void *context,
                                                         size_t *ret_unfinished);

/*
 * Look for network indicators as whole words of a text; a name is also found as the end of a
 * longer one ("c2.example" in "a.c2.example"). Each is told once. hit's failures.
 */
PTN_MUST_USE struct ptn_status ptn_indicators_match_text(struct ptn_indicators *indicators,
                                                         struct ptn_bytes text,
                                                         ptn_indicator_hit_fn hit, void *context);
#endif
