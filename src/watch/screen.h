/*
 * watch/screen.h -- a traveller against a snapshot: who or what on the lists could this be, and
 * why.
 *
 * Pure over mapped bytes; scratch comes from the caller's arena; any number of threads may screen
 * one snapshot. A match is a question for a person, not an identity. Evidence (birth date,
 * nationality, sex) can only lower a name's score. Rules and figures: docs/format/list.md,
 * "Screening".
 */
#ifndef PTN_WATCH_SCREEN_H
#define PTN_WATCH_SCREEN_H
#include "watch/snapshot.h"

/* scores are in 1/10000 */
#define PTN_SCREEN_SCORE_MAX         10000u
#define PTN_SCREEN_THRESHOLD_DEFAULT 7000u
#define PTN_SCREEN_TOP_DEFAULT       10u
#define PTN_SCREEN_TOP_MAX           100u
#define PTN_SCREEN_NAME_LEN_MAX      1024u

/* kinds to search, one bit each */
#define PTN_SCREEN_KIND(kind) (1u << (unsigned)(kind))
#define PTN_SCREEN_PERSONS    PTN_SCREEN_KIND(PTN_ENTRY_PERSON)
#define PTN_SCREEN_ALL        (PTN_SCREEN_KIND(PTN_ENTRY_KIND_COUNT) - 1u)

/* What is known of the traveller; empty or zero where unknown. All Borrowed during the call. */
struct ptn_screen_query {
    struct ptn_bytes
        name; /* whole name in any script and order, or "SURNAME<<GIVEN<NAMES" with mrz set */
    bool mrz; /* the name is an MRZ name field: fillers, truncation, transliteration */
    struct ptn_date birth;        /* parts may be unknown */
    struct ptn_bytes birth_place; /* "Tirana, Albania"; shown for or against, changes no score */
    char nationality[4];          /* ICAO alpha-3, or empty */
    char sex;                     /* 'M', 'F' or 0 */
    struct ptn_bytes number;      /* of the document shown */
    char issuer[4];               /* of the document shown, or empty */
    struct ptn_bytes plate;       /* of the vehicle */
    struct ptn_bytes vessel;      /* IMO number, MMSI, call sign or tail number */
    struct ptn_date today;        /* alerts past their last day are left out; none = keep all */
    unsigned kinds;               /* bits for the name search; 0 = PTN_SCREEN_PERSONS */
    unsigned threshold;           /* 0 = PTN_SCREEN_THRESHOLD_DEFAULT */
    unsigned top;                 /* 0 = PTN_SCREEN_TOP_DEFAULT; at most PTN_SCREEN_TOP_MAX */
    bool include_off;             /* also lists whose action is off both ways */
    bool brute;                   /* score every name, no index: the same answers */
};

/* One line of an explanation. rule is a literal ("birth.agrees"); texts are Borrowed. */
struct ptn_match_why {
    const char *rule;
    struct ptn_bytes text;
    struct ptn_bytes text_sq;
};

enum ptn_match_basis {
    PTN_MATCH_NAME,
    PTN_MATCH_DOCUMENT, /* the number (and issuer) of the document shown is listed */
    PTN_MATCH_PLATE,
    PTN_MATCH_VESSEL,
};

/* Views live as long as the snapshot and the arena both do. */
struct ptn_match {
    enum ptn_match_basis basis; /* the strongest */
    struct ptn_bytes list;
    struct ptn_bytes edition;
    struct ptn_bytes entry;
    size_t ordinal; /* for ptn_snapshot_entry */
    enum ptn_entry_kind kind;
    struct ptn_bytes name; /* the name that matched; the number where there is none */
    enum ptn_alias alias;
    unsigned score;
    bool corroborated; /* something beside the name agrees: birth date, document */
    bool birth_day;    /* the birth date agrees to the day, not to a year or a span of days */
    struct ptn_match_why *why;
    size_t why_count;
    struct ptn_list_effect on_entry; /* the entry's own action, else the list's */
    struct ptn_list_effect on_exit;
    bool own_nationals_exempt;
    struct ptn_bytes owner;
    struct ptn_bytes basis_law;
    struct ptn_bytes programme; /* the first, or empty */
    struct ptn_date listed_on;
    struct ptn_date valid_until;
};

/**
 * ptn_screen(snapshot, query, arena, ret_matches, ret_count, ret_more, reterr):
 * Find the entries that the traveller could be: best score first, ties in the snapshot's order
 * (list, entry id), one match an entry, at most query->top of them.
 *
 * ret_more  True when entries at or above the threshold were left out.
 * OK (also with no match); BAD_INPUT for a query with nothing to search or top past its limit;
 * TOO_BIG for a name past PTN_SCREEN_NAME_LEN_MAX; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_screen(const struct ptn_snapshot *snapshot,
                                          const struct ptn_screen_query *query,
                                          struct ptn_arena *arena, struct ptn_match **ret_matches,
                                          size_t *ret_count, bool *ret_more,
                                          struct ptn_diag *reterr);

/* Put more matches behind those that are there, in an array of the arena's; the texts stay where
 * they are. NO_MEMORY: as before. */
PTN_MUST_USE struct ptn_status ptn_match_append(struct ptn_arena *arena,
                                                const struct ptn_match **matches, size_t *count,
                                                const struct ptn_match *more, size_t more_count);

struct ptn_person; /* record/person.h */

/*
 * Fill a query with what is known of a person: name (as an MRZ's name field when mrz is set, else
 * given names first), birth date, sex, nationality, document. Everything else is left as it is. The
 * name may be made in the arena. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_screen_query_person(const struct ptn_person *person, bool mrz,
                                                       struct ptn_arena *arena,
                                                       struct ptn_screen_query *query,
                                                       struct ptn_diag *reterr);

struct ptn_json; /* base/text.h */

/* Whose words explain a match: one language as "text", or English as "text" and Albanian as
 * "text_sq". */
enum ptn_match_words { PTN_MATCH_ENGLISH, PTN_MATCH_ALBANIAN, PTN_MATCH_BOTH };

/*
 * What every answer says of a match, into an object that the caller has opened and will close:
 * "list", "entry", "kind", "name", "alias", "score", "why": [{"rule", "text"}].
 */
void ptn_match_write_json_members(struct ptn_json *json, const struct ptn_match *match,
                                  enum ptn_match_words words);
#endif
