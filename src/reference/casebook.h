/*
 * reference/casebook.h -- what the second line works by, as text files that a country edits: points
 * to check by kind of referral, how urgent each kind is, how a case may end and how many people
 * that takes, grounds of refusal, and the lines of the refusal form.
 *
 * Pure. The format is docs/format/casebook.md.
 */
#ifndef PTN_REFERENCE_CASEBOOK_H
#define PTN_REFERENCE_CASEBOOK_H
#include "base/bytes.h"

#define PTN_CASEBOOK_FILE_MAX   (256u << 10) /* bytes of one file */
#define PTN_CASEBOOK_ROWS_MAX   512u         /* of each kind of row */
#define PTN_CASEBOOK_PEOPLE_MAX 2u           /* that an ending may take */

/* A point of a checklist. All texts are views of the casebook's own copy. */
struct ptn_casebook_point {
    struct ptn_bytes kind; /* of the referral, a word: "match" */
    struct ptn_bytes item; /* the point's word: it names it in records */
    bool must;             /* a case of this kind does not end before it is ticked */
    struct ptn_bytes text, text_sq;
};

/* How a case of a kind may end. */
struct ptn_casebook_end {
    struct ptn_bytes kind;
    struct ptn_bytes outcome; /* a word: "admitted" */
    unsigned people;          /* 1, or 2: another person confirms it */
};

/* How urgent a kind is. */
struct ptn_casebook_urgency {
    struct ptn_bytes kind, urgency;
};

/* A ground of refusal (its word is a letter) or a line of the form. */
struct ptn_casebook_line {
    struct ptn_bytes word;
    struct ptn_bytes text, text_sq;
};

struct ptn_casebook {
    struct ptn_casebook_point *points;
    size_t point_count;
    struct ptn_casebook_end *ends;
    size_t end_count;
    struct ptn_casebook_urgency *urgencies;
    size_t urgency_count;
    struct ptn_casebook_line *grounds;
    size_t ground_count;
    struct ptn_casebook_line *form;
    size_t form_count;
    uint8_t *texts[3]; /* the files, copied */
    size_t text_count;
};

/*
 * Read one file's rows into a casebook, which is zeroed before the first; at most three. OK;
 * BAD_INPUT with the line; TOO_BIG; NO_MEMORY. After a failure release it.
 */
PTN_MUST_USE struct ptn_status ptn_casebook_read(struct ptn_casebook *book, struct ptn_bytes file,
                                                 struct ptn_diag *reterr);
void ptn_casebook_release(struct ptn_casebook *book);

enum ptn_casebook_file {
    PTN_CASEBOOK_CHECKLISTS,
    PTN_CASEBOOK_GROUNDS,
    PTN_CASEBOOK_FORM,
};
#define PTN_CASEBOOK_FILE_COUNT 3u

/* The files that come with the program (data/reference), and their names there. Constant. */
struct ptn_bytes ptn_casebook_shipped(enum ptn_casebook_file which);
const char *ptn_casebook_name(enum ptn_casebook_file which);

/* The row asked for, or NULL. */
const struct ptn_casebook_point *ptn_casebook_point(const struct ptn_casebook *book,
                                                    struct ptn_bytes kind, struct ptn_bytes item);
const struct ptn_casebook_end *ptn_casebook_end(const struct ptn_casebook *book,
                                                struct ptn_bytes kind, struct ptn_bytes outcome);
const struct ptn_casebook_line *ptn_casebook_ground(const struct ptn_casebook *book,
                                                    struct ptn_bytes word);
/* The word of a kind's urgency; empty: the files do not say. */
struct ptn_bytes ptn_casebook_urgency(const struct ptn_casebook *book, struct ptn_bytes kind);
#endif
