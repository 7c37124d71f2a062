/*
 * names/score.h -- how alike two names are, and why.
 *
 * Pure, integers only, allocates nothing, safe for threads. The definition, the meaning of 1.0,
 * 0.9, 0.8 and 0.7 and the proof that an index can be complete from the published minimum up:
 * docs/NAMES.md.
 */
#ifndef PTN_NAMES_SCORE_H
#define PTN_NAMES_SCORE_H
#include "names/name.h"

/* Scores are in 1/10000. From the minimum up an index finds everything; below it a score says only
 * "not alike". */
#define PTN_SCORE_ONE     10000u
#define PTN_SCORE_MINIMUM 7000u

/* The definition's version: goes up when a score could change, tables included. Recorded with every
 * match. */
#define PTN_SCORE_VERSION 3u

/* What joined two parts, or what held the score down. Ids and sentences: ptn_score_rule_id, _text.
 */
enum ptn_score_rule {
    PTN_SCORE_SAME,         /* the same letters but for case and marks */
    PTN_SCORE_SAME_SOUND,   /* another spelling of the same sounds */
    PTN_SCORE_OTHER_SCRIPT, /* the same sounds in another script */
    PTN_SCORE_CLOSE,        /* a letter or two apart */
    PTN_SCORE_VARIANT,      /* forms of one name by the table of variants */
    PTN_SCORE_JOINED,       /* two parts of one name written as one in the other */
    PTN_SCORE_INITIAL,      /* an initial and a part that begins with it */
    PTN_SCORE_CUT_SHORT,    /* a part cut at the end of the machine readable zone */
    PTN_SCORE_LIGHT,        /* particles, titles or legal forms */
    PTN_SCORE_ONE_SHARED,   /* held down: only one full part is shared */
    PTN_SCORE_REORDERED,    /* lowered a little: the parts come in another order */
    PTN_SCORE_RULE_COUNT,
};

/* One alignment: count parts from first in a (and in b), counts 1 or 2. */
struct ptn_score_pair {
    uint8_t a_first, a_count;
    uint8_t b_first, b_count;
    uint16_t rule;       /* enum ptn_score_rule */
    uint16_t similarity; /* 1/10000 */
};

/* Enough to show a person why, in terms of the parts of the two names as they were given. */
struct ptn_score_why {
    struct ptn_score_pair pairs[PTN_NAME_PARTS_MAX]; /* by a_first */
    uint8_t pair_count;
    bool one_shared; /* PTN_SCORE_ONE_SHARED applied */
    bool reordered;  /* PTN_SCORE_REORDERED applied */
    uint16_t a_left; /* bit i: part i of a has no counterpart */
    uint16_t b_left;
};

/**
 * ptn_score(a, b, ret_why):
 * The likeness of two names, 0 to PTN_SCORE_ONE. ptn_score(a, b) == ptn_score(b, a); a name with at
 * least one part scores PTN_SCORE_ONE with itself; a name without parts scores 0 with everything.
 *
 * ret_why  May be NULL; otherwise written whole, also for low scores.
 *
 * Cost: bounded by PTN_NAME_PARTS_MAX and PTN_NAME_SYMBOLS_MAX; a microsecond for two ordinary
 * names.
 */
unsigned ptn_score(const struct ptn_name *a, const struct ptn_name *b,
                   struct ptn_score_why *ret_why);

/* A rule's stable id ("name.same") and its sentence; language "sq" is Albanian, anything else
 * English. Literals. */
const char *ptn_score_rule_id(enum ptn_score_rule rule);
const char *ptn_score_rule_text(enum ptn_score_rule rule, const char *language);

#endif
