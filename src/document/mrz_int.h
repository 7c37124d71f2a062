/*
 * document/mrz_int.h -- what the files of the MRZ share: layouts, issues, clean text. Private to
 * document/.
 *
 * An MRZ in hand is `chars`: its lines one after another without line ends, so that a field is one
 * span whatever line it stands on, beside `values`: the same characters as the numbers that check
 * digits are made of.
 */
#ifndef PTN_DOCUMENT_MRZ_INT_H
#define PTN_DOCUMENT_MRZ_INT_H
#include "document/mrz.h"

/* ---- layouts ---- */

enum ptn_mrz_field {
    PTN_MRZ_FIELD_TYPE,
    PTN_MRZ_FIELD_ISSUER,
    PTN_MRZ_FIELD_NAME,
    PTN_MRZ_FIELD_GIVEN, /* only where given names have a field of their own */
    PTN_MRZ_FIELD_NUMBER,
    PTN_MRZ_FIELD_NATIONALITY,
    PTN_MRZ_FIELD_BIRTH,
    PTN_MRZ_FIELD_SEX,
    PTN_MRZ_FIELD_EXPIRY,
    PTN_MRZ_FIELD_OPTIONAL,
    PTN_MRZ_FIELD_OPTIONAL2,
    PTN_MRZ_FIELD_COUNT,
};

/* Characters in `chars`; len 0: the format has no such field. */
struct ptn_mrz_span {
    uint8_t at;
    uint8_t len;
};

#define PTN_MRZ_NO_CHECK 0xffu
#define PTN_MRZ_PARTS    4u

struct ptn_mrz_layout {
    const char *name;
    enum ptn_mrz_format format;
    uint8_t line_count;
    uint8_t line_len;
    struct ptn_mrz_span fields[PTN_MRZ_FIELD_COUNT];
    uint8_t checks[PTN_MRZ_CHECK_COUNT];          /* where each digit stands, or NO_CHECK */
    struct ptn_mrz_span composite[PTN_MRZ_PARTS]; /* what the composite digit is made over */
};

/* The layout of a format; NULL for UNKNOWN. */
const struct ptn_mrz_layout *ptn_mrz_layout_of(enum ptn_mrz_format format);

/* The layout that these lines have, by their number, length and first characters; NULL: none. */
const struct ptn_mrz_layout *ptn_mrz_layout_for(size_t line_count, size_t line_len,
                                                const char *chars);

/* The JSON's name of a field. */
const char *ptn_mrz_field_name(enum ptn_mrz_field field);

/* Which field a check digit speaks of; COUNT for the composite. */
enum ptn_mrz_field ptn_mrz_check_field(enum ptn_mrz_check check);

/* ---- characters ---- */

/* 1 + the number a character stands for in check digits; 0 for a character outside the alphabet. */
extern const uint8_t ptn_mrz_value_plus_1[256];

static inline bool ptn_mrz_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ptn_mrz_is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Fills values; characters outside the alphabet count 0. True when there are none of those. */
bool ptn_mrz_values(const char *chars, size_t count, uint8_t *ret_values);

/* ---- check digits ---- */

struct ptn_mrz_checked {
    uint8_t present; /* bits 1 << enum ptn_mrz_check */
    uint8_t right;
    uint8_t run; /* characters of the optional field that a long number and its digit take; 0: not
                    long */
    bool with_filler; /* the long number's digit is right only if the filler counts, as on old
                         Belgian cards */
};

/* The weighted sum of a run that begins `phase` characters into its field, not yet reduced
 * modulo 10. */
unsigned ptn_mrz_sum(const uint8_t *values, size_t count, size_t phase);

/* Work out every check digit of the layout. */
struct ptn_mrz_checked ptn_mrz_check_all(const struct ptn_mrz_layout *layout, const char *chars,
                                         const uint8_t *values);

/* ---- dates ---- */

enum ptn_mrz_date_fault {
    PTN_MRZ_DATE_GOOD,
    PTN_MRZ_DATE_NOT_DIGITS, /* something else than digits, or a part half filled */
    PTN_MRZ_DATE_IMPOSSIBLE, /* digits that no calendar has */
};

/* Read YYMMDD with `<<` for unknown parts and give it its century. *ret_date is set when the date
 * is good. */
enum ptn_mrz_date_fault ptn_mrz_date_birth(const char raw[6], struct ptn_date today,
                                           struct ptn_date *ret_date);
enum ptn_mrz_date_fault ptn_mrz_date_expiry(const char raw[6], struct ptn_date today,
                                            struct ptn_date *ret_date);

/* True when checks, sex and dates make these characters a valid MRZ (all of them being of the
 * alphabet). */
bool ptn_mrz_is_valid(const struct ptn_mrz_layout *layout, const char *chars,
                      struct ptn_date today);

/* ---- issues ---- */

enum ptn_mrz_issue_kind {
    /* errors */
    PTN_MRZ_ISSUE_EMPTY,
    PTN_MRZ_ISSUE_FORMAT,
    PTN_MRZ_ISSUE_LINE_LENGTH,
    PTN_MRZ_ISSUE_DRIVING_LICENCE,
    PTN_MRZ_ISSUE_CHARACTER,
    PTN_MRZ_ISSUE_LOWER_CASE,
    PTN_MRZ_ISSUE_CHECK_NUMBER, /* the five in the order of enum ptn_mrz_check */
    PTN_MRZ_ISSUE_CHECK_BIRTH,
    PTN_MRZ_ISSUE_CHECK_EXPIRY,
    PTN_MRZ_ISSUE_CHECK_PERSONAL,
    PTN_MRZ_ISSUE_CHECK_COMPOSITE,
    PTN_MRZ_ISSUE_SEX,
    PTN_MRZ_ISSUE_BIRTH_DATE,
    PTN_MRZ_ISSUE_BIRTH_IMPOSSIBLE,
    PTN_MRZ_ISSUE_EXPIRY_DATE,
    PTN_MRZ_ISSUE_EXPIRY_IMPOSSIBLE,
    /* warnings */
    PTN_MRZ_ISSUE_SPECIMEN,
    PTN_MRZ_ISSUE_ISSUER_UNKNOWN,
    PTN_MRZ_ISSUE_NATIONALITY_UNKNOWN,
    PTN_MRZ_ISSUE_CODE_UNUSUAL,
    PTN_MRZ_ISSUE_NAME_EMPTY,
    PTN_MRZ_ISSUE_NAME_DIGIT,
    PTN_MRZ_ISSUE_NUMBER_EMPTY,
    PTN_MRZ_ISSUE_EXPIRY_OPEN,
    PTN_MRZ_ISSUE_NATIONAL_FORMAT,
    PTN_MRZ_ISSUE_NID_WRONG,
    PTN_MRZ_ISSUE_NID_BIRTH,
    PTN_MRZ_ISSUE_NID_SEX,
    /* notes */
    PTN_MRZ_ISSUE_SPACES,
    PTN_MRZ_ISSUE_READER_TEXT,
    PTN_MRZ_ISSUE_RUN_TOGETHER,
    PTN_MRZ_ISSUE_BIRTH_PARTLY_UNKNOWN,
    PTN_MRZ_ISSUE_NAME_TRUNCATED,
    PTN_MRZ_ISSUE_NAME_NO_PRIMARY,
    PTN_MRZ_ISSUE_NAME_NO_SECONDARY,
    PTN_MRZ_ISSUE_NAME_SEPARATORS,
    PTN_MRZ_ISSUE_NUMBER_LONG,
    PTN_MRZ_ISSUE_NUMBER_LONG_FILLER,
    PTN_MRZ_ISSUE_COUNT,
};

extern const struct ptn_mrz_issue ptn_mrz_issues[PTN_MRZ_ISSUE_COUNT];

/* ---- text ---- */

#define PTN_MRZ_TEXT_LINES_MAX                                                                     \
    4u /* one more than any format has, to see that there are too many                             \
        */
#define PTN_MRZ_TEXT_LINE_MAX 96u

/*
 * What is left of a reader's or a person's text: capitals of the alphabet, '?' for any other
 * character, ' ' for a space that stands where a filler should.
 */
struct ptn_mrz_text {
    uint8_t line_count;
    uint8_t len[PTN_MRZ_TEXT_LINES_MAX];
    char lines[PTN_MRZ_TEXT_LINES_MAX][PTN_MRZ_TEXT_LINE_MAX];
    uint8_t lower_line; /* first small letter, counted from 1; 0: none */
    uint8_t lower_column;
    bool spaces;
    bool reader_text;
    bool run_together;
    bool too_long; /* more lines than the most, or a line longer */
};

void ptn_mrz_text_read(struct ptn_bytes bytes, struct ptn_mrz_text *ret_text);

/* Cut one line that holds all lines of a format into them. */
void ptn_mrz_text_split(struct ptn_mrz_text *text);

/* ---- proposals ---- */

/* Fill mrz->proposals for an MRZ that is complete. */
void ptn_mrz_propose(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars,
                     struct ptn_date today);
#endif
