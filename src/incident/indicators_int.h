/* incident/indicators_int.h -- what the files of the indicators share. */
#ifndef PTN_INCIDENT_INDICATORS_INT_H
#define PTN_INCIDENT_INDICATORS_INT_H
#include "incident/indicators.h"

struct ptn_name_patterns; /* the regexes, compiled: names.c */

struct ptn_indicator_digest {
    uint8_t at[32];
    size_t indicator;
};

struct ptn_indicators {
    struct ptn_indicator *at;
    size_t count, capacity;
    size_t of_kind[PTN_INDICATOR_KIND_COUNT];
    struct ptn_indicator_lack *lacks;
    size_t lack_count, lack_capacity;
    struct ptn_name_patterns *patterns;
    struct ptn_indicator_digest *digests[3]; /* of 16, 20 and 32 bytes, sorted once ready */
    size_t digest_count[3], digest_capacity[3];
    size_t *network; /* open addressing: indicator's index + 1, 0 free */
    size_t network_size;
    uint32_t *told; /* by indicator: the text in which it was last told */
    uint32_t text_number;
    struct ptn_arena *arena; /* texts that are not in the list as they are needed */
};

/* Which of the three a digest of that length is, or 3. */
size_t ptn_indicator_digest_class(size_t digest_len);

/* Append; *ret_index (may be NULL) is its place. TOO_BIG, NO_MEMORY. */
struct ptn_status ptn_indicators_add(struct ptn_indicators *indicators,
                                     const struct ptn_indicator *indicator, size_t *ret_index,
                                     struct ptn_diag *reterr);
/* The same for a hash in hex, of either case. BAD_INPUT when it is none. */
struct ptn_status ptn_indicators_add_hash(struct ptn_indicators *indicators,
                                          const struct ptn_indicator *indicator,
                                          struct ptn_diag *reterr);
struct ptn_status ptn_indicators_add_lack(struct ptn_indicators *indicators,
                                          const struct ptn_indicator_lack *lack,
                                          struct ptn_diag *reterr);

/* names.c: compile a pattern of the indicator at index. NOT_FOUND: this is no pattern that we can
 * run. */
struct ptn_status ptn_names_add(struct ptn_indicators *indicators, size_t index,
                                struct ptn_bytes pattern, struct ptn_bytes excluded,
                                struct ptn_diag *reterr);
void ptn_names_free(struct ptn_name_patterns *patterns);

/* stix.c */
struct ptn_status ptn_stix_read(struct ptn_indicators *indicators, const char *source,
                                struct ptn_bytes text, struct ptn_diag *reterr);

/* An ASCII letter's lower case; other bytes as they are. */
static inline uint8_t ptn_ascii_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static inline bool ptn_ascii_same(struct ptn_bytes a, struct ptn_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ptn_ascii_lower(a.at[i]) != ptn_ascii_lower(b.at[i]))
            return false;
    return true;
}
#endif
