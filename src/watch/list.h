/*
 * watch/list.h -- published lists read one entry at a time, and nothing dropped in silence.
 *
 * A reader goes over mapped bytes from start to end, builds one entry in an arena with a cap and
 * hands it to the caller's function; nothing of an entry lives longer than that call. What cannot
 * be read is handed over too, with its line and a reason. Threads: none is started; two readers
 * share nothing. Formats: docs/format/list.md; facts about publishers' files: SOURCES.md.
 */
#ifndef PTN_WATCH_LIST_H
#define PTN_WATCH_LIST_H
#include "base/bytes.h"
#include "base/date.h"

enum ptn_list_format {
    PTN_LIST_OFAC_CSV,
    PTN_LIST_OFAC_XML,
    PTN_LIST_UN_XML,
    PTN_LIST_EU_XML,
    PTN_LIST_EU_OJ_CSV, /* annexes of the EU's Official Journal as a table */
    PTN_LIST_UK_CSV,
    PTN_LIST_FTM,
    PTN_LIST_SIMPLE_CSV,
    PTN_LIST_STOLEN_CSV,
    PTN_LIST_VEHICLE_CSV,
    PTN_LIST_POSTERN,
    PTN_LIST_FORMAT_COUNT,
};

/* The word on the command line ("ofac-csv"), a literal; and back. NOT_FOUND for a word that names
 * no format. */
const char *ptn_list_format_word(enum ptn_list_format format);
PTN_MUST_USE struct ptn_status ptn_list_format_find(struct ptn_bytes word,
                                                    enum ptn_list_format *ret_format);

/* ---- what an entry is made of; every view is Borrowed and lives during the call that hands it
 * over ---- */

enum ptn_entry_kind {
    PTN_ENTRY_PERSON,
    PTN_ENTRY_ENTITY,
    PTN_ENTRY_VESSEL,
    PTN_ENTRY_AIRCRAFT,
    PTN_ENTRY_DOCUMENT, /* a stolen, lost or withdrawn document; no holder's name */
    PTN_ENTRY_VEHICLE,  /* a road vehicle, by its plate */
    PTN_ENTRY_KIND_COUNT,
};

/* "person", "entity", "vessel", "aircraft", "document", "vehicle". A literal. */
const char *ptn_entry_kind_word(enum ptn_entry_kind kind);
PTN_MUST_USE struct ptn_status ptn_entry_kind_find(struct ptn_bytes word,
                                                   enum ptn_entry_kind *ret_kind);

enum ptn_alias {
    PTN_ALIAS_PRIMARY,
    PTN_ALIAS_STRONG,
    PTN_ALIAS_WEAK, /* the publisher says it identifies nobody by itself */
    PTN_ALIAS_COUNT,
};

/* "primary", "strong", "weak". A literal. */
const char *ptn_alias_word(enum ptn_alias alias);

/* What the organisation that entered the list asks for; docs/format/list.md says what each means at
 * the lane. */
enum ptn_list_action {
    PTN_LIST_ACTION_NONE,     /* listed for information: nothing to be done */
    PTN_LIST_ACTION_OFF,      /* not searched until a named person turns the list on */
    PTN_LIST_ACTION_INFORM,   /* tell the officer; the person passes */
    PTN_LIST_ACTION_DISCREET, /* the person passes and notices nothing; a report is written */
    PTN_LIST_ACTION_INQUIRY,  /* second line: questions, then a report */
    PTN_LIST_ACTION_SPECIFIC, /* second line: person, vehicle and things are searched */
    PTN_LIST_ACTION_REFER,    /* second line decides what the listing means here */
    PTN_LIST_ACTION_BAN,      /* travel ban: entry and transit are not allowed unless exempted */
    PTN_LIST_ACTION_REFUSE,   /* refuse entry, after second line has confirmed who it is */
    PTN_LIST_ACTION_ARREST,   /* second line calls those who may arrest */
    PTN_LIST_ACTION_PROTECT,  /* second line: missing or at risk, to be protected */
    PTN_LIST_ACTION_SEIZE,    /* the document or vehicle is kept */
    PTN_LIST_ACTION_COUNT,
};

const char *ptn_list_action_word(enum ptn_list_action action);
PTN_MUST_USE struct ptn_status ptn_list_action_find(struct ptn_bytes word,
                                                    enum ptn_list_action *ret_action);

struct ptn_list_name {
    struct ptn_bytes text; /* as published, family name first where the list says which it is
                              ("FAMILY, Given") */
    enum ptn_alias alias;
};

/* A birth date as an interval of full dates; circa: the publisher says about. */
struct ptn_list_birth {
    struct ptn_date first;
    struct ptn_date last;
    bool circa;
};

enum ptn_list_number_type {
    PTN_NUMBER_PASSPORT,
    PTN_NUMBER_ID_CARD,
    PTN_NUMBER_OTHER_DOCUMENT, /* any other paper a person shows */
    PTN_NUMBER_TAX,            /* tax, registration and similar: not shown at a border */
    PTN_NUMBER_PLATE,
    PTN_NUMBER_IMO,
    PTN_NUMBER_MMSI,
    PTN_NUMBER_CALL_SIGN,
    PTN_NUMBER_TAIL,
    PTN_NUMBER_TYPE_COUNT,
};

const char *ptn_list_number_type_word(enum ptn_list_number_type type);
PTN_MUST_USE struct ptn_status ptn_list_number_type_find(struct ptn_bytes word,
                                                         enum ptn_list_number_type *ret_type);

struct ptn_list_number {
    enum ptn_list_number_type type;
    struct ptn_bytes number;
    char issuer[4]; /* ICAO alpha-3, empty when the list does not say or says what we do not know */
};

enum ptn_list_fact_type {
    PTN_FACT_PROGRAMME,
    PTN_FACT_TITLE,
    PTN_FACT_BIRTH_PLACE,
    PTN_FACT_ADDRESS,
    PTN_FACT_FLAG, /* of a vessel */
    PTN_FACT_OWNER,
    PTN_FACT_LINKED, /* names or ids of other entries */
    PTN_FACT_REASON,
    PTN_FACT_REMARK,
    PTN_FACT_LEGAL_BASIS,
    PTN_FACT_COUNT,
};

const char *ptn_list_fact_type_word(enum ptn_list_fact_type type);
PTN_MUST_USE struct ptn_status ptn_list_fact_type_find(struct ptn_bytes word,
                                                       enum ptn_list_fact_type *ret_type);

struct ptn_list_fact {
    enum ptn_list_fact_type type;
    struct ptn_bytes text;
};

#define PTN_LIST_CODE_SIZE 4u /* ICAO alpha-3 and its NUL */

struct ptn_list_code {
    char text[PTN_LIST_CODE_SIZE];
};

struct ptn_list_entry {
    struct ptn_bytes id; /* the publisher's own, never empty */
    enum ptn_entry_kind kind;
    char sex; /* 'M', 'F' or 0 */
    const struct ptn_list_name *names;
    size_t name_count;
    const struct ptn_list_birth *births;
    size_t birth_count;
    const struct ptn_list_code *nations; /* nationality and citizenship */
    size_t nation_count;
    const struct ptn_list_number *numbers;
    size_t number_count;
    const struct ptn_list_fact *facts;
    size_t fact_count;
    struct ptn_date listed_on;
    /* of national alerts; the list's own profile counts where has_action is false */
    bool has_action;
    enum ptn_list_action on_entry;
    enum ptn_list_action on_exit;
    struct ptn_date valid_until; /* the last day; none = no end */
    size_t line;                 /* where it starts in the file, from 1 */
};

/* ---- reading ---- */

/* The bytes of a list; only ofac-csv uses the last three, which may be empty. All Borrowed. */
struct ptn_list_source {
    enum ptn_list_format format;
    struct ptn_bytes main;
    struct ptn_bytes aliases;
    struct ptn_bytes addresses;
    struct ptn_bytes comments;
};

/* One thing the report says. reason is a literal; entry is Borrowed during the call and may be
 * empty. */
struct ptn_list_note {
    bool rejected;    /* a whole row was left out; false: the entry stands and a part of it was not
                         understood */
    const char *file; /* "main", "aliases", "addresses", "comments" */
    size_t line;
    struct ptn_bytes entry;
    const char *reason;
};

/* The caller's side. Any status but OK stops the reading and comes back from ptn_list_read. */
struct ptn_list_sink {
    void *context;
    struct ptn_status (*entry)(void *context, const struct ptn_list_entry *entry);
    struct ptn_status (*note)(void *context, const struct ptn_list_note *note);
};

/* What the file says about itself and what was counted. rows = entries + continued + rejected. */
struct ptn_list_summary {
    size_t rows;
    size_t entries;
    size_t continued; /* understood, but no entry of their own (ftm: addresses); uk-csv: see
                         snapshot.h */
    size_t rejected;
    size_t noted;       /* parts of entries that were not understood */
    size_t said;        /* the count the file says, 0 when it says none */
    int64_t edition_ms; /* when the file says it was made, 0 when it does not */
};

/**
 * ptn_list_read(source, sink, ret_summary, reterr):
 * Read a whole list, calling sink for every entry, in file order, and for everything not
 * understood.
 *
 * OK; BAD_INPUT for a file that is not of its format, is cut short or does not hold the count it
 * says, with the line in reterr->offset; TOO_BIG for an entry past PTN_LIST_ENTRY_SIZE_MAX;
 * NO_MEMORY; what sink returned. Cost: one pass, plus for ofac-csv 12 bytes a row of the files
 * beside the main one.
 */
PTN_MUST_USE struct ptn_status ptn_list_read(const struct ptn_list_source *source,
                                             const struct ptn_list_sink *sink,
                                             struct ptn_list_summary *ret_summary,
                                             struct ptn_diag *reterr);

/*
 * The ICAO code for a State's name, its people's name ("Iraq", "Iraqi", "Korea, North") or a code
 * of two or three letters; false when it is none that lists use.
 */
bool ptn_nation_find(struct ptn_bytes text, char ret_code[PTN_LIST_CODE_SIZE]);

/* bytes of one entry in memory; the largest real one is about 60 KiB */
#define PTN_LIST_ENTRY_SIZE_MAX (4u << 20)
#endif
