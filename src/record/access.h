/*
 * record/access.h -- who was signed in, who may sign in, and who looked at whom, for what purpose.
 *
 * Three kinds, since none can be read without the others. Pure. Texts are Borrowed from the bytes
 * read. Standard: docs/format/records.md "access", "session", "staff".
 */
#ifndef PTN_RECORD_ACCESS_H
#define PTN_RECORD_ACCESS_H
#include "record/person.h"
#include "record/record.h"

/* ---- access ---- */

enum ptn_purpose {
    PTN_PURPOSE_FIRST_LINE = 1,     /* a traveller stood at the lane */
    PTN_PURPOSE_LOOK_BACK = 2,      /* the lane's last crossings */
    PTN_PURPOSE_SECOND_LINE = 3,    /* examination after a referral */
    PTN_PURPOSE_SEARCH = 4,         /* a search over records; needs a reason */
    PTN_PURPOSE_REPORT = 5,         /* a report on a discreet check */
    PTN_PURPOSE_OVERSIGHT = 6,      /* review of others' work; needs a reason */
    PTN_PURPOSE_SUBJECT = 7,        /* a person asked what is held on them; needs a reason */
    PTN_PURPOSE_BEFORE_ARRIVAL = 8, /* a carrier's list, looked at or loaded */
};
#define PTN_PURPOSE_COUNT 9u /* purposes are 1 to one less */

struct ptn_access {
    struct ptn_record_id id;
    int64_t time_ms;
    enum ptn_purpose purpose;
    struct ptn_bytes officer;
    struct ptn_bytes post;
    struct ptn_bytes lane;       /* may be empty */
    struct ptn_record_id record; /* what was looked at: a decision or a crossing; none: many */
    struct ptn_person person;    /* whom, when it was one person; else ptn_person_is_none */
    uint64_t shown;              /* how many persons' records were shown */
    struct ptn_bytes
        reason; /* own words or a case number; must be there where the purpose needs one */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_access_validate(const struct ptn_access *access,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_access_parse(struct ptn_bytes bytes, struct ptn_access *ret_access, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_access_write(const struct ptn_access *access,
                                                struct ptn_buffer *out);
const char *ptn_purpose_word(enum ptn_purpose purpose);

/* ---- staff ---- */

enum ptn_staff_act {
    PTN_STAFF_TAKEN = 1,    /* a staff list is in force from now on */
    PTN_STAFF_REFUSED = 2,  /* one was refused, for why */
    PTN_STAFF_EXTENDED = 3, /* the one in force runs longer: officer and second said so */
    PTN_STAFF_VOUCHED = 4,  /* second needs no security key for a while: officer vouches for them */
};
#define PTN_STAFF_ACT_COUNT 5u

/* What became of a post's staff list (docs/format/staff.md). */
struct ptn_staff_event {
    int64_t time_ms;
    enum ptn_staff_act act;
    struct ptn_bytes post;        /* the post's code */
    uint8_t list[PTN_SHA256_LEN]; /* of the note's text */
    uint64_t version;             /* 0: it could not be read; VOUCHED: there is no list yet */
    int64_t until_ms;             /* all but REFUSED */
    struct ptn_bytes why;         /* REFUSED: a word */
    struct ptn_bytes officer;     /* EXTENDED: the supervisor; VOUCHED: who does */
    struct ptn_bytes second;      /* EXTENDED: somebody else; VOUCHED: for whom */
    uint64_t people;              /* TAKEN: how many are on it */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_staff_event_validate(const struct ptn_staff_event *event,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_event_parse(struct ptn_bytes bytes,
                                                     struct ptn_staff_event *ret_event,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_event_write(const struct ptn_staff_event *event,
                                                     struct ptn_buffer *out);
/* "taken", "refused", "extended", "vouched": a literal. */
const char *ptn_staff_act_word(enum ptn_staff_act act);

/* ---- session ---- */

enum ptn_session_event {
    PTN_SESSION_SIGNED_IN = 1,
    PTN_SESSION_SIGNED_OUT = 2,
    PTN_SESSION_RELIEVED = 3, /* user took the lane over from former */
    PTN_SESSION_REFUSED = 4,  /* wrong password, unknown user, too many tries */
    PTN_SESSION_EXPIRED = 5,
    PTN_SESSION_ENDED = 6, /* by an order that revokes the user, or a staff list without them */
};
#define PTN_SESSION_EVENT_COUNT 7u /* events are 1 to one less */

struct ptn_session {
    struct ptn_record_id id; /* of the session, not of this record; none when REFUSED */
    int64_t time_ms;
    enum ptn_session_event event;
    struct ptn_bytes user;
    struct ptn_bytes former; /* user name; set when and only when RELIEVED */
    struct ptn_bytes role;   /* "officer", "supervisor"; may be empty when REFUSED */
    struct ptn_bytes post;
    struct ptn_bytes lane; /* may be empty */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_session_validate(const struct ptn_session *session,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_session_parse(struct ptn_bytes bytes, struct ptn_session *ret_session, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_session_write(const struct ptn_session *session,
                                                 struct ptn_buffer *out);
const char *ptn_session_event_word(enum ptn_session_event event);
#endif
