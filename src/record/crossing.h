/*
 * record/crossing.h -- one person's entry or exit as an officer settled it, at the lane or on
 * paper.
 *
 * Pure. Texts are Borrowed from the bytes read. Standard: docs/format/records.md "crossing", "pack,
 * sheet, sheets-told".
 */
#ifndef PTN_RECORD_CROSSING_H
#define PTN_RECORD_CROSSING_H
#include "record/person.h"
#include "record/record.h"

enum ptn_outcome {
    PTN_OUTCOME_RECORDED = 1,   /* as advised */
    PTN_OUTCOME_REFERRED = 2,   /* sent to the second line */
    PTN_OUTCOME_OVERRIDDEN = 3, /* let pass in spite of the advice */
    PTN_OUTCOME_REFUSED = 4,    /* refused entry, in the second line, by two people */
};
#define PTN_OUTCOME_COUNT            5u /* outcomes are 1 to one less */
#define PTN_OUTCOME_FIRST_LINE_COUNT 4u /* of a first line, which refuses nobody */

/* Why a traveller was sent to the second line. */
enum ptn_referral_kind {
    PTN_REFERRAL_NONE = 0,
    PTN_REFERRAL_MATCH = 1,
    PTN_REFERRAL_DOCUMENT = 2,
    PTN_REFERRAL_IDENTITY = 3,
    PTN_REFERRAL_CONDITIONS = 4,
    PTN_REFERRAL_MINOR = 5,
    PTN_REFERRAL_TRAFFICKING = 6,
    PTN_REFERRAL_PROTECTION = 7,
    PTN_REFERRAL_VEHICLE = 8,
    PTN_REFERRAL_UNWELL = 9,
};
#define PTN_REFERRAL_COUNT 10u

/* What was seen at exit of an entry that is on no record: screened by hand, perhaps elsewhere. */
enum ptn_entry_proof {
    PTN_PROOF_NONE = 0,
    PTN_PROOF_STUB = 1,   /* of a numbered sheet */
    PTN_PROOF_STAMP = 2,  /* in the document */
    PTN_PROOF_TICKET = 3, /* of a ferry, flight or coach */
};
#define PTN_PROOF_COUNT 4u

struct ptn_crossing {
    struct ptn_record_id id;
    struct ptn_record_id
        advice;               /* the decision it answers; none: settled without one, as on paper */
    enum ptn_verdict advised; /* what that decision came to; CLEAR when there is none */
    int64_t time_ms;          /* when the officer settled it; a paper sheet's own time */
    struct ptn_date date;     /* the post's civil day then; full */
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    enum ptn_referral_kind referral; /* set when and only when REFERRED */
    struct ptn_bytes reason;         /* the officer's own words; must be there when OVERRIDDEN
                                or REFUSED */
    struct ptn_bytes post;           /* the post's code */
    struct ptn_bytes lane;           /* may be empty on paper */
    struct ptn_bytes officer;        /* user name */
    struct ptn_bytes supervisor; /* user name of who signed for it; must be there when a STOP was
                                    OVERRIDDEN, and when REFUSED, then not the officer */
    struct ptn_bytes plate;      /* of the vehicle; may be empty */
    struct ptn_person person;
    struct ptn_bytes
        voyage;  /* flight, ship's voyage or coach, as arrivals.md names it; may be empty */
    bool exempt; /* crossed on this State's residence permit or long-stay visa: the days of a stay
                    entered so do not count */
    struct ptn_record_id trip;  /* who crossed together: the same in all of them; none: alone */
    struct ptn_bytes booking;   /* a carrier's reference for who travels together: of the row the
                                   person was found in, or of the vehicle's; may be empty */
    struct ptn_bytes imported;  /* the system whose data it was taken from, with `postern import`;
                                   empty: it was settled here */
    enum ptn_entry_proof proof; /* of the entry of this stay, as the officer saw it */
    struct ptn_date entered;    /* the day it names; none: it names none */
};

/* BAD_INPUT or TOO_BIG with the field's name in text: texts, numbers, and the rules stated above.
 */
PTN_MUST_USE struct ptn_status ptn_crossing_validate(const struct ptn_crossing *crossing,
                                                     struct ptn_diag *reterr);

/*
 * Exactly these bytes, validated. BAD_INPUT or TOO_BIG with the offset; ret_crossing untouched on
 * failure. _write: the buffer's codes, and what _validate says; the buffer is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_crossing_parse(struct ptn_bytes bytes,
                                                  struct ptn_crossing *ret_crossing,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_crossing_write(const struct ptn_crossing *crossing,
                                                  struct ptn_buffer *out);

/* "recorded"; "match", "conditions" … and back (NONE for no known word). Literals. */
const char *ptn_outcome_word(enum ptn_outcome outcome);
const char *ptn_referral_kind_word(enum ptn_referral_kind kind);
enum ptn_referral_kind ptn_referral_kind_from_word(struct ptn_bytes word);

/* "none", "stub", "stamp", "ticket" and back (NONE for no known word). Literals. */
const char *ptn_entry_proof_word(enum ptn_entry_proof proof);
enum ptn_entry_proof ptn_entry_proof_from_word(struct ptn_bytes word);

/* ---- screening by hand: packs of numbered sheets, sheets keyed afterwards, and those that never
 * will be ---- */

#define PTN_PACK_NUMBER_MAX 99999u /* of a post */
#define PTN_PACK_SHEETS_MAX 999u   /* sheets are numbered from 1 */

/* A pack that was made, ready to be printed. */
struct ptn_pack {
    struct ptn_record_id id;
    uint64_t number; /* 1 to PTN_PACK_NUMBER_MAX, the post's own count */
    uint64_t sheets; /* how many, 1 to PTN_PACK_SHEETS_MAX */
    int64_t time_ms;
    struct ptn_date expires; /* full: the last day of its look-up list */
    struct ptn_bytes post;
    struct ptn_bytes officer; /* who had it made */
    struct ptn_bytes check;   /* the verification code on every page */
    uint64_t listed;          /* people on the look-up list */
};

enum ptn_keying {
    PTN_KEYING_FIRST = 1,
    PTN_KEYING_SECOND = 2,
    PTN_KEYING_THIRD = 3, /* whoever settles what the two saw differently */
};
#define PTN_KEYING_COUNT 4u /* turns are 1 to one less */

/* A sheet as one person keyed it. */
struct ptn_sheet {
    struct ptn_record_id id;
    uint64_t pack, number;
    enum ptn_keying turn;
    int64_t keyed_ms;
    struct ptn_bytes keyed_by;
    struct ptn_bytes post;
    struct ptn_bytes officer; /* who wrote the sheet, as it says */
    int64_t time_ms;          /* when it was written, as it says */
    struct ptn_date date;     /* full */
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    enum ptn_referral_kind referral; /* set when and only when REFERRED */
    struct ptn_bytes reason;         /* must be there when OVERRIDDEN */
    struct ptn_bytes plate;          /* may be empty */
    struct ptn_person person;
    struct ptn_record_id crossing; /* of the record it became; none: not settled by this keying */
};

enum ptn_sheets_state {
    PTN_SHEETS_SPOILED = 1, /* begun and not used: it is there */
    PTN_SHEETS_UNUSED = 2,  /* blank: it is there */
    PTN_SHEETS_LOST = 3,    /* two people say that it cannot be found */
};
#define PTN_SHEETS_STATE_COUNT 4u

/* What became of sheets that are not keyed. */
struct ptn_sheets_told {
    struct ptn_record_id id;
    uint64_t pack, first, count;
    enum ptn_sheets_state state;
    int64_t time_ms;
    struct ptn_bytes post, officer;
    struct ptn_bytes second; /* another person; must be there when LOST */
};

/* The codes of ptn_crossing_validate, _parse and _write. */
PTN_MUST_USE struct ptn_status ptn_pack_validate(const struct ptn_pack *pack,
                                                 struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_pack_parse(struct ptn_bytes bytes, struct ptn_pack *ret_pack,
                                              struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_pack_write(const struct ptn_pack *pack, struct ptn_buffer *out);

PTN_MUST_USE struct ptn_status ptn_sheet_validate(const struct ptn_sheet *sheet,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_sheet_parse(struct ptn_bytes bytes, struct ptn_sheet *ret_sheet,
                                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_sheet_write(const struct ptn_sheet *sheet,
                                               struct ptn_buffer *out);

PTN_MUST_USE struct ptn_status ptn_sheets_told_validate(const struct ptn_sheets_told *told,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_sheets_told_parse(struct ptn_bytes bytes,
                                                     struct ptn_sheets_told *ret_told,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_sheets_told_write(const struct ptn_sheets_told *told,
                                                     struct ptn_buffer *out);

/* "spoiled", "unused", "lost"; and back (0 for no known word). Literals. */
const char *ptn_sheets_state_word(enum ptn_sheets_state state);
enum ptn_sheets_state ptn_sheets_state_from_word(struct ptn_bytes word);
#endif
