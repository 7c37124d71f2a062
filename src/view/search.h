/*
 * view/search.h -- asking a view: who, when, where, with which document or vehicle.
 *
 * Every answer carries the ledger and index it rests on, so that its proof can be fetched. Answers
 * are whole pages in a fixed order. Whoever asks records the look and its purpose: nothing here
 * does. Results live in the caller's arena; a view is one thread's. What is found, and in which
 * order: docs/format/view.md "Searching".
 */
#ifndef PTN_VIEW_SEARCH_H
#define PTN_VIEW_SEARCH_H
#include "base/text.h"
#include "decision/stays.h"
#include "record/access.h"
#include "record/again.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/permit.h"
#include "view/view.h"

/* Rows of one page; persons that are ranked for one question; bytes of a name asked for; parts of
 * it. */
#define PTN_VIEW_PAGE_MAX   200u
#define PTN_VIEW_RANKED_MAX 2000u
#define PTN_VIEW_NAME_MAX   512u
#define PTN_VIEW_PARTS_MAX  8u

/* Names one person as some record described them: first 16 bytes of SHA-256 of that. */
struct ptn_view_key {
    uint8_t at[16];
};

/* ---- crossings ---- */

/* What is asked for; an empty or zero field does not narrow. Texts are Borrowed. */
struct ptn_view_question {
    struct ptn_bytes number; /* of the document, exactly as it was read */
    struct ptn_bytes issuer; /* of the document; with number only */
    struct ptn_bytes plate;  /* capitals, blanks and dashes do not matter; not with a number */
    struct ptn_bytes voyage; /* as arrivals.md names it, from its start: all days of "UX 204"; not
                                with a number or plate. They come by voyage, the latest day first,
                                and there are no pages after the first */
    struct ptn_bytes post;
    int64_t from_ms, to_ms; /* when it was settled: from the first, before the second */
    int64_t before_ms;      /* the page after: both as the last row of the page before has them */
    int64_t before_at;
    size_t count; /* rows wanted, 1 to PTN_VIEW_PAGE_MAX */
};

struct ptn_view_crossing {
    const char *origin;
    uint64_t seq;
    int64_t at;         /* for the next page; of this database only */
    int64_t written_ms; /* the header's time */
    enum ptn_rung rung;
    struct ptn_view_key person;
    struct ptn_crossing crossing;
};

/**
 * ptn_view_crossings(view, question, arena, ret_rows, ret_count, ret_more, reterr):
 * The crossings asked for, the latest first. A record that two ledgers hold is given once a page.
 *
 * OK, also for none; BAD_INPUT: two of number, plate and voyage, issuer alone, or a count out of
 * range;
 * NO_MEMORY: the arena is too small; IO; BUSY; CORRUPT.
 */
PTN_MUST_USE struct ptn_status
ptn_view_crossings(struct ptn_view *view, const struct ptn_view_question *question,
                   struct ptn_arena *arena, const struct ptn_view_crossing **ret_rows,
                   size_t *ret_count, bool *ret_more, struct ptn_diag *reterr);

/* Crossings of one ledger, in its order. */
struct ptn_view_stretch {
    const char *origin;
    uint64_t from, end; /* entries from the first on, before the second */
    int64_t from_ms;    /* and settled at that time or later */
    size_t count;       /* rows wanted, 1 to PTN_VIEW_PAGE_MAX */
};

/* The codes of ptn_view_crossings; *ret_more: there are more. */
PTN_MUST_USE struct ptn_status
ptn_view_stretch(struct ptn_view *view, const struct ptn_view_stretch *stretch,
                 struct ptn_arena *arena, const struct ptn_view_crossing **ret_rows,
                 size_t *ret_count, bool *ret_more, struct ptn_diag *reterr);

/* ---- sheets ---- */

/* What a row says of a sheet. */
enum ptn_view_sheet_state {
    PTN_VIEW_SHEET_KEYED = 0,
    PTN_VIEW_SHEET_SPOILED = 1, /* enum ptn_sheets_state */
    PTN_VIEW_SHEET_UNUSED = 2,
    PTN_VIEW_SHEET_LOST = 3,
    PTN_VIEW_SHEET_PRINTED = 4, /* its pack was made */
};
#define PTN_VIEW_SHEET_STATE_COUNT 5u

struct ptn_view_sheet {
    const char *origin;
    uint64_t seq;
    uint64_t pack, first, count; /* which sheets it speaks of */
    enum ptn_view_sheet_state state;
    int64_t time_ms;              /* when that was written down */
    int64_t said_ms;              /* keyed: the time that stands on the sheet */
    enum ptn_direction direction; /* keyed only, and the outcome */
    enum ptn_outcome outcome;
    struct ptn_bytes post, officer, second;
    bool settled; /* keyed: a crossing was recorded by it, of person */
    struct ptn_view_key key;
    struct ptn_person person;
};

/**
 * ptn_view_sheets(view, pack, number, post, max, arena, ret_rows, ret_count, reterr):
 * What is known of one sheet, the latest first, at most max rows. A pack's number is its post's
 * own: without a post (empty) those of all posts are given. A keyed sheet's traveller is given when
 * it was settled, not before.
 *
 * OK, also for none; BAD_INPUT: max is out of range (1 to PTN_VIEW_PAGE_MAX); NO_MEMORY; IO; BUSY;
 * CORRUPT.
 */
PTN_MUST_USE struct ptn_status ptn_view_sheets(struct ptn_view *view, uint64_t pack,
                                               uint64_t number, struct ptn_bytes post, size_t max,
                                               struct ptn_arena *arena,
                                               const struct ptn_view_sheet **ret_rows,
                                               size_t *ret_count, struct ptn_diag *reterr);

/* ---- packs ---- */

/* What has become of a sheet: docs/format/paper.md "Accounting". */
enum ptn_view_pack_state {
    PTN_VIEW_PACK_MISSING, /* nobody has said anything of it */
    PTN_VIEW_PACK_KEYED_ONCE,
    PTN_VIEW_PACK_DIFFERS, /* two keyed it and saw different things */
    PTN_VIEW_PACK_SETTLED, /* two or three keyed it, and it is a crossing */
    PTN_VIEW_PACK_SPOILED,
    PTN_VIEW_PACK_UNUSED,
    PTN_VIEW_PACK_LOST,
};
#define PTN_VIEW_PACK_STATE_COUNT 7u

/* "missing", "keyed-once", "differs", "settled", "spoiled", "unused", "lost": a literal. */
const char *ptn_view_pack_word(enum ptn_view_pack_state state);

/* A pack is the one of that number in that ledger: a post that lost its disk begins anew at 1. */
struct ptn_view_pack {
    const char *origin;
    uint64_t number;
    uint64_t seq; /* of the record that it was made; where that cannot be read, of its first one */
    int64_t made_ms; /* 0: that record cannot be read, and how many were issued is not known */
    struct ptn_bytes post; /* the code */
    uint64_t issued;
    uint64_t counts[PTN_VIEW_PACK_STATE_COUNT]; /* together: issued */
    uint64_t shut; /* entries of paper in this ledger, of whichever pack, that were erased or cannot
                      be read: as many sheets as that may be missing without being so */
};

/* Its fields in words, into an open object. */
void ptn_view_pack_write(const struct ptn_view_pack *pack, struct ptn_json *json);

/* No sheet is missing, keyed once or different. */
bool ptn_view_pack_closed(const struct ptn_view_pack *pack);

/**
 * ptn_view_packs(view, max, arena, ret_rows, ret_count, ret_sum, reterr):
 * What has become of every sheet of every pack, pack by pack: those first that are not closed, then
 * the newest; at most max of them (1 to PTN_VIEW_PAGE_MAX). In ret_sum number is how many packs
 * there are, and issued and the counts are those of all of them. It names nobody.
 *
 * OK, also for none; BAD_INPUT; NO_MEMORY; IO; BUSY; CORRUPT. Cost: one pass over all rows of
 * paper.
 */
PTN_MUST_USE struct ptn_status ptn_view_packs(struct ptn_view *view, size_t max,
                                              struct ptn_arena *arena,
                                              const struct ptn_view_pack **ret_rows,
                                              size_t *ret_count, struct ptn_view_pack *ret_sum,
                                              struct ptn_diag *reterr);

/* ---- matches that were missed ---- */

/* Like a question; texts are Borrowed. */
struct ptn_view_late_ask {
    struct ptn_bytes post;
    bool discreet;     /* those that only some may see, too */
    int64_t before_ms; /* the page after: both as the last row of the page before has them; 0: the
                          first */
    int64_t before_at;
    size_t count; /* rows wanted, 1 to PTN_VIEW_PAGE_MAX */
};

struct ptn_view_late {
    const char *origin;
    uint64_t seq;
    int64_t at; /* for the next page; of this database only */
    struct ptn_view_key key;
    struct ptn_screened_again found;
    uint64_t case_steps;           /* of the case that the second line opened of it; 0: none */
    enum ptn_case_outcome outcome; /* how it ended; none: it has not */
};

/*
 * ptn_view_late(view, asked, arena, ret_rows, ret_count, ret_more, reterr):
 * Matches that posts found by screening again, the newest first. A record that two ledgers hold is
 * given once a page. The codes of ptn_view_crossings.
 */
PTN_MUST_USE struct ptn_status
ptn_view_late(struct ptn_view *view, const struct ptn_view_late_ask *asked, struct ptn_arena *arena,
              const struct ptn_view_late **ret_rows, size_t *ret_count, bool *ret_more,
              struct ptn_diag *reterr);

/* How many there are, without one name: so that who looks again asks for rows only when there is
 * something new. */
struct ptn_view_late_standing {
    uint64_t found;
    uint64_t open;       /* of which no case was opened; discreet ones are none's */
    int64_t newest_ms;   /* 0: none */
    uint64_t case_steps; /* of all their cases */
};
PTN_MUST_USE struct ptn_status ptn_view_late_standing(struct ptn_view *view, bool discreet,
                                                      struct ptn_view_late_standing *ret_standing,
                                                      struct ptn_diag *reterr);

/* ---- persons ---- */

struct ptn_view_who {
    /* Any spelling, script and order; each part must have its like among the person's. A part that
     * '*' follows is a beginning. May be empty when there is a number. */
    struct ptn_bytes name;
    struct ptn_date birth;   /* parts that are known on both sides must be the same */
    struct ptn_bytes number; /* of a document, or of a visa or permit on record, exactly */
    struct ptn_bytes issuer; /* with number only */
    struct ptn_bytes post;   /* only who crossed there */
    int64_t from_ms, to_ms;  /* only who crossed then */
    size_t skip;             /* of those found, for the pages after the first */
    size_t count;            /* 1 to PTN_VIEW_PAGE_MAX */
};

struct ptn_view_person {
    struct ptn_view_key key;
    struct ptn_person person;
    size_t joined;   /* how many joinings of this document or description stand */
    unsigned score;  /* how alike the name is, 1/10000; PTN_SCORE_ONE when none was asked for */
    int64_t last_ms; /* their latest crossing in what was asked for; 0: only advice was given */
    enum ptn_direction last_direction; /* set when last_ms is */
};

/**
 * ptn_view_persons(view, who, arena, ret_rows, ret_count, ret_more, reterr):
 * Who is meant, the most alike first. ret_more: there are further ones; with more than
 * PTN_VIEW_RANKED_MAX in question, not all of them were ranked: ask more narrowly.
 *
 * OK, also for none; BAD_INPUT: neither a name with a letter nor a number, more than
 * PTN_VIEW_PARTS_MAX parts, or a count out of range; TOO_BIG: the name is too long; NO_MEMORY; IO;
 * BUSY; CORRUPT.
 */
PTN_MUST_USE struct ptn_status
ptn_view_persons(struct ptn_view *view, const struct ptn_view_who *who, struct ptn_arena *arena,
                 const struct ptn_view_person **ret_rows, size_t *ret_count, bool *ret_more,
                 struct ptn_diag *reterr);

/* ---- one person ---- */

/* Rows of each kind on a person's page; when there are more the latest stand there. */
#define PTN_VIEW_HISTORY_MAX 500u

struct ptn_view_decision {
    const char *origin;
    uint64_t seq;
    struct ptn_record_id id;
    int64_t time_ms;
    struct ptn_date date;
    enum ptn_direction direction;
    enum ptn_verdict verdict;
    bool discreet; /* there were reasons that only some may see: not to be shown to others */
    struct ptn_bytes rules; /* ids of the other reasons, a space between */
    struct ptn_bytes post, lane, officer;
};

struct ptn_view_access {
    const char *origin;
    uint64_t seq;
    int64_t time_ms;
    enum ptn_purpose purpose;
    uint64_t shown;
    struct ptn_bytes officer, post, lane, reason;
};

/* A step of a second-line case. */
struct ptn_view_case_step {
    const char *origin;
    uint64_t seq;
    struct ptn_record_id of; /* the case */
    int64_t time_ms;
    enum ptn_case_act act;
    enum ptn_referral_kind kind;   /* of the step that opened it */
    enum ptn_case_outcome outcome; /* of the step that ended it */
    struct ptn_bytes ground, post, officer, second, words, item;
    struct ptn_bytes list, edition, entry; /* of whom the person is not; of a discreet match, too:
                                              only for those who may see those */
};

/* A visa or permit on record; person is not set: it is whose page this is. Of several rows with one
 * issuer and number the first is the latest. */
struct ptn_view_permit {
    const char *origin;
    uint64_t seq;
    struct ptn_permit permit;
};

/* How somebody crossed with the person of a page: the surest way first. */
enum ptn_view_link {
    PTN_VIEW_BY_TRIP,    /* in one vehicle, or as one family */
    PTN_VIEW_BY_BOOKING, /* under one booking of a carrier, within three days */
    PTN_VIEW_BY_LANE,    /* at one lane, less than a minute apart */
};
#define PTN_VIEW_LINK_COUNT 3u

/* Of the person's latest crossings that are looked at; rows of one page. */
#define PTN_VIEW_COMPANY_LOOK 40u
#define PTN_VIEW_COMPANY_MAX  50u

/* Somebody who crossed with them; each crossing counts once, by the surest way. */
struct ptn_view_companion {
    struct ptn_view_key key; /* as the latest of these crossings describes them */
    struct ptn_person person;
    size_t times[PTN_VIEW_LINK_COUNT];
    int64_t last_ms;
    enum ptn_direction last_direction;
    const char *origin; /* the companion's own crossing, the latest */
    uint64_t seq;
};

/* Somebody, in the words of one description, who used a document of theirs. */
struct ptn_view_user {
    struct ptn_view_key key;
    struct ptn_person person;
    uint64_t crossings; /* 0: only advice was given */
    int64_t last_ms;
    const char *origin; /* the latest crossing, else advice */
    uint64_t seq;
};

/* A description that has a page, or part of one. */
struct ptn_view_identity {
    struct ptn_view_key key;
    struct ptn_person person;
};

/* Somebody decided that two of them are one person, or took that back. */
struct ptn_view_joining {
    const char *origin;
    uint64_t seq;
    struct ptn_identity decision;
    struct ptn_view_key one_key, other_key; /* of its two descriptions */
    bool standing;                          /* a joining that no parting names */
};

/* What somebody said is wrong of a crossing, and what is right. */
struct ptn_view_correction {
    const char *origin;
    uint64_t seq;
    struct ptn_correction correction;
};
#define PTN_VIEW_CORRECTION_MAX 100u /* on one page */

/* Descriptions that one page brings together; decisions that stand on it. */
#define PTN_VIEW_IDENTITY_MAX 8u
#define PTN_VIEW_JOINING_MAX  100u

/* Everything under one document: issuer, number and birth. Without a number, or as it stands in one
 * record only: what that record's key has. With what stands so under each that is joined with it.
 */
struct ptn_view_history {
    struct ptn_person person; /* as the key's record describes them */
    const struct ptn_view_identity
        *identities; /* the page's own first, then those joined with it */
    size_t identity_count;
    const struct ptn_view_joining *joinings; /* and partings, the latest first */
    size_t joining_count;
    const struct ptn_view_correction *corrections; /* of its crossings, and those that say that a
                                                      crossing of another page is of this one;
                                                      latest first */
    size_t correction_count;
    bool more_identities; /* there are further ones, which this page leaves out */
    const struct ptn_view_crossing *crossings; /* latest first */
    size_t crossing_count;
    const struct ptn_view_decision *decisions; /* latest first */
    size_t decision_count;
    const struct ptn_view_access *accesses; /* latest first; by document only */
    size_t access_count;
    const struct ptn_view_case_step *cases; /* steps, latest first */
    size_t case_count;
    const struct ptn_view_permit *permits; /* latest first */
    size_t permit_count;
    const struct ptn_view_companion *companions; /* most often first, trips and bookings before
                                                    lanes */
    size_t companion_count;
    bool more_companions;              /* or not all of their crossings were looked at */
    const struct ptn_view_user *users; /* of the document, the latest first: every description of
                                          it, when there is more than one */
    size_t user_count;
    bool more;            /* of any kind there are more than stand here */
    bool stay_known;      /* false: no crossing, or not all of them stand here */
    bool stay_corrected;  /* another count than the crossings as they were recorded would give */
    struct ptn_stay stay; /* counted for the day asked, if they left (were inside) or came then */
};

/**
 * ptn_view_person(view, key, limit, on, arena, ret_history, reterr):
 * A person's page.
 *
 * limit, on  For counting days of stay: as ptn_stays_count has them. Later crossings do not count.
 *
 * OK; NOT_FOUND: nobody has this key (any more); BAD_INPUT: no limit or no full date; NO_MEMORY;
 * IO; BUSY; CORRUPT.
 */
PTN_MUST_USE struct ptn_status
ptn_view_person(struct ptn_view *view, const struct ptn_view_key *key, struct ptn_stay_limit limit,
                struct ptn_date on, struct ptn_arena *arena, struct ptn_view_history *ret_history,
                struct ptn_diag *reterr);

/* What two pages would come to as one. */
struct ptn_view_weighed {
    struct ptn_person one, other;
    bool same;    /* they are one page already */
    bool lessens; /* together they have a reason fewer than one of them alone: fewer days of stay,
                     nobody inside any more, a later day to leave, or days that are not known */
    struct ptn_stay one_stay, other_stay, both; /* zero where nothing was crossed */
};

/* The codes of ptn_view_person; NOT_FOUND: one of them has no page. */
PTN_MUST_USE struct ptn_status ptn_view_weigh(struct ptn_view *view, const struct ptn_view_key *one,
                                              const struct ptn_view_key *other,
                                              struct ptn_stay_limit limit, struct ptn_date on,
                                              struct ptn_arena *arena,
                                              struct ptn_view_weighed *ret_weighed,
                                              struct ptn_diag *reterr);

/* The joining with that id. NOT_FOUND: none; NO_MEMORY; IO; BUSY; CORRUPT. */
PTN_MUST_USE struct ptn_status
ptn_view_joining(struct ptn_view *view, const struct ptn_record_id *id, struct ptn_arena *arena,
                 struct ptn_view_joining *ret_joining, struct ptn_diag *reterr);
#endif
