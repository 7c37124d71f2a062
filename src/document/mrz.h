/*
 * document/mrz.h -- the machine readable zone (MRZ) of passports, identity cards and visas: text
 * in, checked fields out.
 *
 * Pure: no I/O, no allocation, no globals but constants; any thread may call it. What a reader or a
 * person got wrong is told, and a better reading is proposed beside it; nothing is ever corrected
 * in silence. Standard: ICAO Doc 9303 parts 3 to 7 (SOURCES.md: ICAO-9303). What is checked and
 * what no check digit can see: docs/DOCUMENTS.md.
 */
#ifndef PTN_DOCUMENT_MRZ_H
#define PTN_DOCUMENT_MRZ_H
#include "base/date.h"
#include "base/text.h"

/* bytes of text looked at; the longest MRZ is 90 characters, the rest leaves room for what readers
 * add */
#define PTN_MRZ_TEXT_MAX  1024u
#define PTN_MRZ_LINE_MAX  44u
#define PTN_MRZ_LINES_MAX 3u
/* characters of the longest MRZ without line ends (TD1: 3 lines of 30) */
#define PTN_MRZ_CHARS_MAX 90u

#define PTN_MRZ_PROBLEMS_MAX     32u
#define PTN_MRZ_PROPOSALS_MAX    24u
#define PTN_MRZ_PROPOSAL_LEN_MAX 22u
#define PTN_MRZ_MARKS_MAX        24u
#define PTN_MRZ_GAPS_MAX         32u

enum ptn_mrz_format {
    PTN_MRZ_UNKNOWN, /* no format has these lines: nothing but text and problems is set */
    PTN_MRZ_TD1,     /* identity card, 3 lines of 30 */
    PTN_MRZ_TD2,     /* identity card, 2 lines of 36 */
    PTN_MRZ_TD3,     /* passport, 2 lines of 44 */
    PTN_MRZ_MRV_A,   /* visa, 2 lines of 44 */
    PTN_MRZ_MRV_B,   /* visa, 2 lines of 36 */
    PTN_MRZ_FRA_ID,  /* French identity card before 2021, 2 lines of 36, not of Doc 9303 */
    PTN_MRZ_SVK_ID,  /* old Slovak identity card, 2 lines of 34, not of Doc 9303 */
};

enum ptn_mrz_check {
    PTN_MRZ_CHECK_NUMBER,
    PTN_MRZ_CHECK_BIRTH,
    PTN_MRZ_CHECK_EXPIRY,
    PTN_MRZ_CHECK_PERSONAL,
    PTN_MRZ_CHECK_COMPOSITE,
    PTN_MRZ_CHECK_COUNT,
};

/* What a problem means for the document. */
enum ptn_mrz_weight {
    PTN_MRZ_ERROR,   /* the MRZ breaks the standard: valid is false */
    PTN_MRZ_WARNING, /* the MRZ is valid, and a person should look at this */
    PTN_MRZ_NOTE,    /* worth knowing, nothing to do */
};

/* One thing that can be said of an MRZ. A constant. */
struct ptn_mrz_issue {
    const char *code; /* "check-birth": stable, for programs */
    const char *text; /* English */
    const char *text_sq;
    enum ptn_mrz_weight weight;
};

/* An issue and where it is: line and column count from 1 as Doc 9303 does; all 0 when it is about
 * the whole. */
struct ptn_mrz_problem {
    const struct ptn_mrz_issue *issue;
    uint8_t line;
    uint8_t column;
    uint8_t length;
};

/* A better reading of some characters. For an officer to see and accept; no field of the result
 * uses it. */
struct ptn_mrz_proposal {
    uint8_t line;
    uint8_t column;
    uint8_t length;
    bool confirmed; /* a check digit over these characters holds with it; false for names and codes
                     */
    const char *field; /* "birth", as in the JSON */
    char read[PTN_MRZ_PROPOSAL_LEN_MAX + 1u];
    char proposed[PTN_MRZ_PROPOSAL_LEN_MAX + 1u];
};

/* One MRZ. Copyable; every text is NUL-terminated and in the MRZ's alphabet ('?' for a character
 * outside it). */
struct ptn_mrz {
    enum ptn_mrz_format format;
    bool valid;    /* lines, characters, every check digit, sex and calendar are right; see
                      docs/DOCUMENTS.md */
    bool complete; /* a format was found: the fields below mean something */
    /* The lines as read, after spaces and readers' additions were taken away and letters made
     * capital. */
    uint8_t line_count;
    uint8_t line_len;
    char lines[PTN_MRZ_LINES_MAX][PTN_MRZ_LINE_MAX + 1u];

    /* Fillers at the ends are dropped; inside they are spaces. */
    char type[3];
    char issuer[4];
    char nationality[4];
    char sex;        /* 'M', 'F'; 0 for a filler; anything else as printed, and then an error */
    char number[24]; /* whole, also when it continues in the optional field */
    char optional[17];
    char optional2[12]; /* TD1 only */
    char surname[40];
    char given[40];
    char birth_raw[7]; /* as printed, fillers kept; empty in formats without the field */
    char expiry_raw[7];

    /* Unknown parts are 0. No date when the raw date is no date, or the field is missing. */
    struct ptn_date birth;
    struct ptn_date expiry;

    /* Bits 1 << enum ptn_mrz_check: which the format has, and which of those are right. */
    uint8_t checks_present;
    uint8_t checks_right;
    bool name_truncated;  /* the name field is full: the name may go on */
    bool birth_confirmed; /* an Albanian personal number says the same birth date, with its century
                           */

    uint8_t problem_count;
    uint8_t proposal_count;
    /* True when the lines above with every proposal taken are a valid MRZ. */
    bool proposals_make_valid;
    struct ptn_mrz_problem problems[PTN_MRZ_PROBLEMS_MAX];
    struct ptn_mrz_proposal proposals[PTN_MRZ_PROPOSALS_MAX];
};

/**
 * ptn_mrz_parse(text, today, ret_mrz, reterr):
 * Read and check one MRZ. Tolerated, and told as a note: spaces, CR, LF and other control
 * characters (line ends), readers' prefixes ("MRZ:", AIM identifiers), all lines in one. Lower case
 * is read as capitals, and is an error.
 *
 * text     Borrowed. Any bytes.
 * today    Full; decides the century: birth is in the latest century in which it is not after
 * today, expiry in the one that puts it from 50 years before to 49 years after this year. ret_mrz
 * Set on success. Text that is no MRZ gives format UNKNOWN, valid false and the reason among the
 * problems.
 *
 * OK; TOO_BIG past PTN_MRZ_TEXT_MAX.
 */
PTN_MUST_USE struct ptn_status ptn_mrz_parse(struct ptn_bytes text, struct ptn_date today,
                                             struct ptn_mrz *ret_mrz, struct ptn_diag *reterr);

/* "TD3", "MRV-A", "FRA-ID"; "?" for unknown. A literal. */
const char *ptn_mrz_format_name(enum ptn_mrz_format format);

/* The first problem with this code, or NULL. */
const struct ptn_mrz_problem *ptn_mrz_problem(const struct ptn_mrz *mrz, const char *code);

/* Was this check digit there and right? Was it there and wrong? (Both false: the format has none.)
 */
bool ptn_mrz_check_right(const struct ptn_mrz *mrz, enum ptn_mrz_check check);
bool ptn_mrz_check_wrong(const struct ptn_mrz *mrz, enum ptn_mrz_check check);

/* "number", "birth", "expiry", "personal", "composite". */
const char *ptn_mrz_check_name(enum ptn_mrz_check check);

/*
 * The traveller and the document as the one person model has them. Views in *ret_person are
 * Borrowed from mrz. What the MRZ does not say is empty. Sex other than M and F is 0; for the kinds
 * of document see mrz.c.
 */
struct ptn_person;
void ptn_mrz_person(const struct ptn_mrz *mrz, struct ptn_person *ret_person);

/*
 * Write the MRZ as one JSON object, as `postern mrz` prints it; _members writes into an object the
 * caller has open.
 */
void ptn_mrz_write_json(struct ptn_json *json, const struct ptn_mrz *mrz);
void ptn_mrz_write_json_members(struct ptn_json *json, const struct ptn_mrz *mrz);

/* ---- while it is being typed ---- */

enum ptn_mrz_mark_state {
    PTN_MRZ_MARK_OPEN,  /* no check digit covers it, or it is not all there yet */
    PTN_MRZ_MARK_RIGHT, /* a check digit, the calendar or the table of codes says it is right */
    PTN_MRZ_MARK_WRONG,
};

/* One field of the text, line and column counted from 1 after spaces and readers' additions are
 * taken away. */
struct ptn_mrz_mark {
    uint8_t line;
    uint8_t column;
    uint8_t length;   /* characters there; 0 is never given */
    const char *what; /* "number", "number-check", "birth", "name"... */
    enum ptn_mrz_mark_state state;
};

struct ptn_mrz_marks {
    enum ptn_mrz_format format; /* the one it will be, as far as the text shows; UNKNOWN at first */
    bool complete;              /* all lines are there in full, and nothing more */
    uint8_t lines_wanted;       /* 0 while the format is unknown */
    uint8_t line_len_wanted;
    uint8_t line_count; /* lines so far, as they were understood */
    char lines[PTN_MRZ_LINES_MAX][PTN_MRZ_LINE_MAX + 1u];
    uint8_t count; /* in order of line and column */
    struct ptn_mrz_mark marks[PTN_MRZ_MARKS_MAX];
};

/*
 * Mark the fields of a text that may be incomplete; lines may be typed on without a line end. The
 * same tolerance and codes as ptn_mrz_parse.
 */
PTN_MUST_USE struct ptn_status ptn_mrz_marks(struct ptn_bytes text, struct ptn_date today,
                                             struct ptn_mrz_marks *ret_marks,
                                             struct ptn_diag *reterr);

/*
 * Write the marks' members into an object the caller has open: lines as they were understood,
 * wanted (format, lines, length: what is being waited for), marks (their "ok" is null while open)
 * and complete. Whoever shows a text while it is typed writes ptn_mrz_write_json_members of the
 * same text beside them; its problems count only once complete is true.
 */
void ptn_mrz_marks_write_json_members(struct ptn_json *json, const struct ptn_mrz_marks *marks);

/* ---- what no check digit can see ---- */

/* Characters in which a misreading passes every check digit. */
struct ptn_mrz_gap {
    uint8_t line;
    uint8_t column;
    uint8_t length;
    char instead; /* 0: no digit covers these; else the look-alike that has the same value ('6' for
                     'G') */
};

/* Fills ret_gaps in order of position; returns how many. mrz must be complete. */
size_t ptn_mrz_gaps(const struct ptn_mrz *mrz, struct ptn_mrz_gap ret_gaps[PTN_MRZ_GAPS_MAX]);

/* ---- the other way: fields to lines ---- */

/* Names are in capital Latin letters, parts parted by spaces or hyphens. NULL texts are empty. */
struct ptn_mrz_fields {
    enum ptn_mrz_format format; /* not UNKNOWN, FRA_ID or SVK_ID */
    const char *type;
    const char *issuer;
    const char *surname;
    const char *given;
    const char *number;
    const char *nationality;
    struct ptn_date birth;  /* unknown parts become fillers */
    struct ptn_date expiry; /* full, or none: fillers */
    char sex;               /* 'M', 'F' or 0 */
    const char *optional;
    const char *optional2;
};

/*
 * Compose the lines with every check digit. Long numbers go on in the optional field (TD1, TD2). A
 * name that does not fit is cut at the end, so that the last character is a letter and something of
 * the given names stays. *ret_lines is line LF line, NUL-terminated. OK; BAD_INPUT for a character
 * outside the alphabet, a date that is no date, a sex or format that cannot be; TOO_BIG for a text
 * longer than its field. The offset is 0; the text names the field.
 */
#define PTN_MRZ_COMPOSED_SIZE 94u
PTN_MUST_USE struct ptn_status ptn_mrz_compose(const struct ptn_mrz_fields *fields,
                                               char ret_lines[PTN_MRZ_COMPOSED_SIZE],
                                               struct ptn_diag *reterr);
#endif
