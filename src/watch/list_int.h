/*
 * watch/list_int.h -- what the readers share: the entry being drafted, rows of CSV, elements of
 * XML, dates and nations in words. Private to watch/.
 */
#ifndef PTN_WATCH_LIST_INT_H
#define PTN_WATCH_LIST_INT_H
#include "base/text.h"
#include "watch/list.h"

/* ---- the entry being drafted ---- */

/* Nobody alive was born before these years, and none of them is long over. As Gregorian years they
 * are no traveller's. */
#define PTN_HIJRA_YEAR_FIRST 1250u
#define PTN_HIJRA_YEAR_LAST  1499u

#define PTN_DRAFT_NAME_LEN_MAX 1024u /* bytes of one name */
#define PTN_DRAFT_ITEM_MAX     8192u /* names, births, ... of one entry, each */
#define PTN_DRAFT_ID_LEN_MAX   256u
#define PTN_DRAFT_TEXT_LEN_MAX 65536u /* bytes of one fact; longer ones are cut, with a note */

/*
 * One entry under construction. Failures stick in status: add everything, then emit. Texts are
 * cleaned (UTF-8, no control characters, single spaces) and live in the arena, which emit clears.
 */
struct ptn_draft {
    struct ptn_arena *arena;
    const struct ptn_list_sink *sink;
    struct ptn_list_summary *summary;
    struct ptn_diag *reterr;
    struct ptn_status status;
    const char *file; /* for notes */
    bool fragments;   /* rows are parts of entries: a first name is not made the primary one */
    bool name_lost;   /* a name of this entry was longer than the limit */
    struct ptn_list_entry entry;
    struct ptn_list_name *names;
    struct ptn_list_birth *births;
    struct ptn_list_code *nations;
    struct ptn_list_number *numbers;
    struct ptn_list_fact *facts;
    size_t name_room, birth_room, nation_room, number_room, fact_room;
};

/* init: sink and summary are Borrowed. OK or NO_MEMORY. release survives a zeroed struct. */
PTN_MUST_USE struct ptn_status ptn_draft_init(struct ptn_draft *draft,
                                              const struct ptn_list_sink *sink,
                                              struct ptn_list_summary *summary,
                                              struct ptn_diag *reterr);
void ptn_draft_release(struct ptn_draft *draft);

/* Start an entry at a line of the file; forgets the one before. */
void ptn_draft_start(struct ptn_draft *draft, size_t line);

/* The text cleaned, in the arena (or the text itself when it is clean). */
struct ptn_bytes ptn_draft_clean(struct ptn_draft *draft, struct ptn_bytes text);

void ptn_draft_id(struct ptn_draft *draft, struct ptn_bytes id);
/* Empty texts are left out without a note. */
void ptn_draft_name(struct ptn_draft *draft, struct ptn_bytes name, enum ptn_alias alias);
/* Names separated by "; ". */
void ptn_draft_names(struct ptn_draft *draft, struct ptn_bytes names, enum ptn_alias alias);
void ptn_draft_birth(struct ptn_draft *draft, struct ptn_list_birth birth);
/* Dates in words; a note for what is not understood. */
void ptn_draft_birth_text(struct ptn_draft *draft, struct ptn_bytes text);
void ptn_draft_nation(struct ptn_draft *draft, const char *code);
/* States or peoples in words; a note for what is not understood. */
void ptn_draft_nation_text(struct ptn_draft *draft, struct ptn_bytes text);
/* issuer: words, a code or empty. */
void ptn_draft_number(struct ptn_draft *draft, enum ptn_list_number_type type,
                      struct ptn_bytes number, struct ptn_bytes issuer);
/*
 * Numbers as people write them: "(a) 203037 (Libyan passport), (b) ...", "Diplomatic passport no.
 * D0001 (expired)"; the issuer is looked for in the words around when issuer is empty. A note for a
 * text without a number.
 */
void ptn_draft_number_text(struct ptn_draft *draft, enum ptn_list_number_type type,
                           struct ptn_bytes text, struct ptn_bytes issuer);
void ptn_draft_fact(struct ptn_draft *draft, enum ptn_list_fact_type type, struct ptn_bytes text);
/* "male", "F", "Female" ...; a note for anything else that is not empty or "unknown". */
void ptn_draft_sex(struct ptn_draft *draft, struct ptn_bytes text);

/* A part of the entry was not understood. */
void ptn_draft_note(struct ptn_draft *draft, size_t line, const char *reason);
/* A whole row is left out; counts it. */
void ptn_draft_reject(struct ptn_draft *draft, size_t line, struct ptn_bytes id,
                      const char *reason);

/*
 * Hand the entry over, or reject it when it has no id, or neither name nor number. Returns the
 * first failure since start (then nothing is handed over).
 */
PTN_MUST_USE struct ptn_status ptn_draft_emit(struct ptn_draft *draft);
/* The same for callers that look at draft->status later. */
void ptn_draft_finish(struct ptn_draft *draft);

/* The parts joined by the text between them (empty parts left out), in the arena. */
struct ptn_bytes ptn_draft_join(struct ptn_draft *draft, const struct ptn_bytes *parts,
                                size_t count, const char *between);

/* ---- tables ---- */

/*
 * A table with a header row: rows one by one, closed and of the header's width (others are rejected
 * and counted), each with a draft started. separator 0: found from the header.
 */
struct ptn_table {
    struct ptn_csv csv;
    size_t width;
};

/* Read the header into table->csv, for ptn_csv_column. BAD_INPUT when there is none. */
PTN_MUST_USE struct ptn_status ptn_table_open(struct ptn_table *table, struct ptn_bytes bytes,
                                              char separator, struct ptn_draft *draft,
                                              struct ptn_diag *reterr);
/* The next good row. NOT_FOUND at the end; BAD_INPUT for a last row that is cut short; the draft's
 * failure. */
PTN_MUST_USE struct ptn_status ptn_table_next(struct ptn_table *table, struct ptn_draft *draft,
                                              struct ptn_diag *reterr);

/* ---- XML ---- */

struct ptn_xml_attribute {
    struct ptn_bytes name;
    struct ptn_bytes value;
    struct ptn_xml_attribute *next;
};

/* One element; text only when it has no children. In the draft's arena. */
struct ptn_xml_node {
    struct ptn_bytes name; /* without prefix */
    struct ptn_bytes text;
    size_t line;
    struct ptn_xml_attribute *attributes;
    struct ptn_xml_node *child;
    struct ptn_xml_node *last;
    struct ptn_xml_node *next;
    struct ptn_xml_node *parent;
};

/* What a reader wants of a document. */
struct ptn_xml_plan {
    const char *root;           /* the document element */
    const char *const *entries; /* elements handed over whole; NULL-terminated */
    const char *const *counted; /* of them, those that are rows of the list; NULL: all */
    void (*entry)(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node);
    /* the document element (attributes only), and leaves outside entries; may be NULL */
    void (*root_found)(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node);
    void *context;
};

/*
 * Read a document element by element. DOCTYPE (and with it every entity of its own) is refused.
 * BAD_INPUT with the line; failures of the draft.
 */
PTN_MUST_USE struct ptn_status ptn_xml_read(struct ptn_bytes bytes, const struct ptn_xml_plan *plan,
                                            struct ptn_draft *draft, struct ptn_diag *reterr);

/* The first child with the name, NULL if none (node may be NULL); the next one after it of that
 * name. */
const struct ptn_xml_node *ptn_xml_child(const struct ptn_xml_node *node, const char *name);
const struct ptn_xml_node *ptn_xml_next(const struct ptn_xml_node *node, const char *name);
/* The text of the first child with the name, trimmed; the attribute's value, trimmed; empty if
 * none. */
struct ptn_bytes ptn_xml_text(const struct ptn_xml_node *node, const char *name);
struct ptn_bytes ptn_xml_attribute(const struct ptn_xml_node *node, const char *name);

/* ---- dates and nations in words ---- */

/* Years of birth that only a Hijra calendar has (hijra.c); they are kept as published. */
static inline bool ptn_hijra_has(unsigned year)
{
    return year >= PTN_HIJRA_YEAR_FIRST && year <= PTN_HIJRA_YEAR_LAST;
}

#define PTN_BIRTH_TEXT_MAX 32u /* births of one text */

/*
 * Find every date, range and year in a text ("circa 1965", "between 1963 and 1968", "(a) 1.2.1960,
 * (b) 1961", "10 Dec 1948", "1960-02-03"). Sets *ret_count (at most PTN_BIRTH_TEXT_MAX); false when
 * something was left over that may matter: digits that make no date, or words that are not known.
 */
bool ptn_birth_read(struct ptn_bytes text, struct ptn_list_birth ret_births[PTN_BIRTH_TEXT_MAX],
                    size_t *ret_count);

/* One whole date with unknown parts as an interval; false when its year is not known. */
bool ptn_birth_from_date(struct ptn_date date, bool circa, struct ptn_list_birth *ret_birth);

/* ptn_nation_find for text that begins with such words ("Italian since 1990"): the longest
 * beginning. */
bool ptn_nation_find_start(struct ptn_bytes text, char ret_code[PTN_LIST_CODE_SIZE]);

/*
 * A moment as lists state theirs: "2026-02-27T00:00:09.554Z", "2018-10-29T19:09:49.856-04:00",
 * "2024-05-01", "05/24/2023" (month first). 0 when it is none of these.
 */
int64_t ptn_edition_read(struct ptn_bytes text);

/* ---- small text helpers ---- */

/* Equal without ASCII case. */
bool ptn_text_is(struct ptn_bytes text, const char *word);
/* Begins with, without ASCII case. */
bool ptn_text_begins(struct ptn_bytes text, const char *word);
/* Offset of the word, without ASCII case, or SIZE_MAX. */
size_t ptn_text_find(struct ptn_bytes text, const char *word);

/* ---- the readers; each fills summary's edition_ms and said ---- */

struct ptn_status ptn_ofac_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                    struct ptn_diag *reterr);
struct ptn_status ptn_ofac_xml_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                    struct ptn_diag *reterr);
struct ptn_status ptn_un_xml_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                  struct ptn_diag *reterr);
struct ptn_status ptn_eu_xml_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                  struct ptn_diag *reterr);
struct ptn_status ptn_eu_oj_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                     struct ptn_diag *reterr);
struct ptn_status ptn_uk_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                  struct ptn_diag *reterr);
struct ptn_status ptn_ftm_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                               struct ptn_diag *reterr);
struct ptn_status ptn_simple_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                      struct ptn_diag *reterr);
struct ptn_status ptn_stolen_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                      struct ptn_diag *reterr);
struct ptn_status ptn_vehicle_csv_read(const struct ptn_list_source *source,
                                       struct ptn_draft *draft, struct ptn_diag *reterr);
struct ptn_status ptn_postern_list_read(const struct ptn_list_source *source,
                                        struct ptn_draft *draft, struct ptn_diag *reterr);

/* OFAC's remarks, in either of its formats. */
void ptn_ofac_remarks(struct ptn_draft *draft, struct ptn_bytes remarks, size_t line);
/* What a number is by the words it begins with there ("Passport", "Cedula No."); false for others.
 */
bool ptn_ofac_number_type(struct ptn_bytes words, enum ptn_list_number_type *ret_type);

/* Whether a list may be called so: 1 to len_max letters, digits, '-', '_' and '.'. */
#define PTN_LIST_NAME_MAX 32u
bool ptn_list_name_is_good(struct ptn_bytes name, size_t len_max);
#endif
