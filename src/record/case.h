/*
 * record/case.h -- one step of a second-line case: opened, taken, noted, ended. A case is its
 * steps, in the order of the ledger. What is attached to one, in parts. And what an analyst decides
 * of who is whom.
 *
 * Pure. Texts are Borrowed from the bytes read, arrays live in the arena given to _parse. Standard:
 * docs/format/records.md "case", "attachment-part", "identity".
 */
#ifndef PTN_RECORD_CASE_H
#define PTN_RECORD_CASE_H
#include "record/crossing.h"
#include "record/decision.h"

enum ptn_case_act {
    PTN_CASE_OPENED = 1,
    PTN_CASE_TAKEN = 2,     /* by the officer of the step */
    PTN_CASE_NOTED = 3,     /* in words */
    PTN_CASE_TICKED = 4,    /* a point of the checklist was done */
    PTN_CASE_NOT_SAME = 5,  /* not the person of this entry of a list, in this edition */
    PTN_CASE_PASSED_ON = 6, /* back into the queue, for another officer */
    PTN_CASE_ENDED = 7,     /* with an outcome */
    PTN_CASE_REOPENED = 8,
    PTN_CASE_ATTACHED = 9, /* a photograph or a scanned page: its bytes stand before the step */
};
#define PTN_CASE_ACT_COUNT 10u /* acts are 1 to one less */

enum ptn_case_urgency {
    PTN_CASE_AT_ONCE = 1,
    PTN_CASE_SOON = 2,
    PTN_CASE_IN_TURN = 3,
};
#define PTN_CASE_URGENCY_COUNT 4u

enum ptn_case_outcome {
    PTN_CASE_NO_OUTCOME = 0,
    PTN_CASE_ADMITTED = 1,   /* let pass: a crossing says so */
    PTN_CASE_REFUSED = 2,    /* refused entry: a crossing says so; blocks nothing but that entry */
    PTN_CASE_PROTECTION = 3, /* a request for international protection, handed over */
    PTN_CASE_RETURNED = 4,   /* back to the lane, which settles it */
    PTN_CASE_HANDED_OVER =
        5, /* to whoever else it belongs to: police, doctor, customs, child care */
};
#define PTN_CASE_OUTCOME_COUNT 6u

#define PTN_CASE_MATCH_MAX 16u
#define PTN_CASE_RULE_MAX  64u

/* ---- attachments ---- */

#define PTN_ATTACHMENT_LEN_MAX    8388608u /* bytes of one */
#define PTN_ATTACHMENT_PART_MAX   245760u  /* of them in one record */
#define PTN_ATTACHMENT_PARTS_MAX  35u
#define PTN_ATTACHMENT_PLACES_MAX 280u /* eight bytes a part */
#define PTN_ATTACHMENT_NAME_MAX   120u

/* As its first bytes say, whatever its name. */
enum ptn_attachment_type {
    PTN_ATTACHMENT_NO_TYPE = 0,
    PTN_ATTACHMENT_JPEG = 1,
    PTN_ATTACHMENT_PNG = 2,
    PTN_ATTACHMENT_PDF = 3,
};
#define PTN_ATTACHMENT_TYPE_COUNT 4u

/* What a step says of the file that it names. Without that step its parts are nobody's. */
struct ptn_attachment {
    uint8_t sha256[PTN_SHA256_LEN]; /* of the whole */
    uint64_t size;
    enum ptn_attachment_type type;
    struct ptn_bytes name;   /* no path, no control character, nothing that turns text around */
    struct ptn_bytes places; /* where its parts stand in the same ledger, in order: eight bytes
                                each, big-endian, ascending */
};

/* Some of an attachment's bytes. */
struct ptn_attachment_part {
    struct ptn_record_id id; /* of the step that names it */
    struct ptn_record_id of; /* the case */
    uint64_t part;           /* from 1 */
    struct ptn_bytes bytes;
};

/* How many parts so many bytes take; all but the last are full. */
static inline size_t ptn_attachment_parts(uint64_t size)
{
    return (size_t)((size + PTN_ATTACHMENT_PART_MAX - 1) / PTN_ATTACHMENT_PART_MAX);
}

/* Where its part with this number (from 0) stands. */
static inline uint64_t ptn_attachment_place(const struct ptn_attachment *attachment, size_t part)
{
    uint64_t place = 0;

    for (size_t i = 0; i < sizeof(place); i++)
        place = place << 8 | attachment->places.at[part * sizeof(place) + i];
    return place;
}

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_attachment_part_validate(const struct ptn_attachment_part *part,
                                                            struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_attachment_part_parse(struct ptn_bytes bytes,
                                                         struct ptn_attachment_part *ret_part,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_attachment_part_write(const struct ptn_attachment_part *part,
                                                         struct ptn_buffer *out);

/* "image/jpeg", "image/png", "application/pdf"; "none": a literal. */
const char *ptn_attachment_type_word(enum ptn_attachment_type type);

/* What a file is by its first bytes; PTN_ATTACHMENT_NO_TYPE: none of those that are taken. It says
 * how a file begins and no more: whoever opens one trusts its maker. */
enum ptn_attachment_type ptn_attachment_type_of(struct ptn_bytes file);

/*
 * A name to write down and to save under, made of the one that was given (UTF-8, at most 4,096
 * bytes of it are read): without folders, control characters, characters that turn text around or
 * show nothing and those that file systems refuse, cut at a letter, and with the ending of what the
 * file is. "attachment" when nothing is left. Always valid in a record.
 */
void ptn_attachment_name(struct ptn_bytes given, enum ptn_attachment_type type,
                         char ret_name[PTN_ATTACHMENT_NAME_MAX + 1]);

/* ---- steps ---- */

struct ptn_case_step {
    struct ptn_record_id id;
    struct ptn_record_id of; /* the case: the id of the crossing that sent the traveller there */
    int64_t time_ms;
    enum ptn_case_act act;
    struct ptn_bytes post;
    struct ptn_bytes lane;    /* where the step was made; may be empty */
    struct ptn_bytes officer; /* user name */
    struct ptn_bytes second;  /* who confirmed it: another person; must be there when REFUSED */
    struct ptn_bytes words;   /* must be there when NOTED, PASSED_ON, REOPENED or REFUSED */

    /* OPENED */
    enum ptn_referral_kind kind;   /* set then and only then */
    enum ptn_case_urgency urgency; /* likewise */
    struct ptn_record_id scan;     /* the advice it came from; none: no scan */
    enum ptn_verdict advised;      /* what that came to */
    enum ptn_direction direction;  /* set when and only when OPENED */
    struct ptn_bytes plate;        /* may be empty */
    bool exempt;                   /* as a crossing has it */
    struct ptn_person person;      /* set when and only when OPENED or NOT_SAME */
    const struct ptn_bytes *rules; /* ids of the reasons, those that are not discreet */
    size_t rule_count;
    const struct ptn_decision_match *matches; /* what the lane saw, discreet ones marked */
    size_t match_count;

    struct ptn_bytes item; /* TICKED: the point's word */

    /* NOT_SAME */
    struct ptn_bytes list, edition, entry;

    /* ENDED */
    enum ptn_case_outcome outcome;
    struct ptn_bytes ground;       /* REFUSED: a letter of the form */
    struct ptn_record_id crossing; /* ADMITTED and REFUSED: the crossing that says so */

    struct ptn_attachment attachment; /* set when and only when ATTACHED */
};

/* BAD_INPUT or TOO_BIG with the field's name in text. */
PTN_MUST_USE struct ptn_status ptn_case_step_validate(const struct ptn_case_step *step,
                                                      struct ptn_diag *reterr);

/*
 * Exactly these bytes, validated; arrays are taken from the arena. BAD_INPUT or TOO_BIG with the
 * offset; NO_MEMORY when the arena is full; ret_step untouched on failure. _write: the buffer's
 * codes, and what _validate says; the buffer is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_case_step_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                                   struct ptn_case_step *ret_step,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_case_step_write(const struct ptn_case_step *step,
                                                   struct ptn_buffer *out);

/* ---- two descriptions, one person ---- */

enum ptn_identity_act {
    PTN_IDENTITY_JOINED = 1, /* said to be one person */
    PTN_IDENTITY_PARTED = 2, /* a joining is taken back */
};
#define PTN_IDENTITY_ACT_COUNT 3u /* acts are 1 to one less */

/* An analyst's decision. It changes nothing at a lane, and neither description goes: a page of one
 * shows both. It stands until it is parted. */
struct ptn_identity {
    struct ptn_record_id id;
    int64_t time_ms;
    enum ptn_identity_act act;
    struct ptn_record_id of; /* PARTED, and only then: the joining */
    struct ptn_bytes post;   /* the centre's code */
    struct ptn_bytes officer;
    struct ptn_bytes second;      /* another person; must be there when LESSENS or PARTED */
    bool lessens;                 /* JOINED: the page of both has a reason fewer than one had */
    struct ptn_bytes reason;      /* in the officer's own words */
    struct ptn_person one, other; /* as they were described, word for word */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_identity_validate(const struct ptn_identity *identity,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_identity_parse(struct ptn_bytes bytes,
                                                  struct ptn_identity *ret_identity,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_identity_write(const struct ptn_identity *identity,
                                                  struct ptn_buffer *out);

/* ---- a crossing was recorded wrong ---- */

/* Somebody says what is right. The crossing stays as it was recorded, and both are shown; of
 * several the latest is meant. What one person says alone makes no count of days milder
 * (CORRECT-1). */
struct ptn_correction {
    struct ptn_record_id id;
    int64_t time_ms;
    struct ptn_record_id of; /* the crossing */
    struct ptn_bytes post;   /* the centre's code */
    struct ptn_bytes officer;
    struct ptn_bytes second;      /* another person who says so, too; may be empty */
    struct ptn_bytes reason;      /* in the officer's own words: what shows it */
    struct ptn_person person;     /* as the crossing has them, word for word */
    struct ptn_person right;      /* as they are, whole; none: that was right */
    enum ptn_direction direction; /* 0: that was right */
    struct ptn_date date;         /* its civil day; none: that was right */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_correction_validate(const struct ptn_correction *correction,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_correction_parse(struct ptn_bytes bytes,
                                                    struct ptn_correction *ret_correction,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_correction_write(const struct ptn_correction *correction,
                                                    struct ptn_buffer *out);

/* "joined", "parted": a literal. */
const char *ptn_identity_act_word(enum ptn_identity_act act);

/* "opened", "not-same"; "at-once"; "admitted" and back (0 for no known word). Literals. */
const char *ptn_case_act_word(enum ptn_case_act act);
enum ptn_case_act ptn_case_act_from_word(struct ptn_bytes word);
const char *ptn_case_urgency_word(enum ptn_case_urgency urgency);
enum ptn_case_urgency ptn_case_urgency_from_word(struct ptn_bytes word);
const char *ptn_case_outcome_word(enum ptn_case_outcome outcome);
enum ptn_case_outcome ptn_case_outcome_from_word(struct ptn_bytes word);
#endif
