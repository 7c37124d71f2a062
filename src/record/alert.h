/*
 * record/alert.h -- what a centre publishes for every lane: an alert on a person, a document or a
 * plate, and its end; an order to leave the country, its change or end.
 *
 * An alert and an order have an id for life; a record that names it again is a further version, and
 * takes nothing away by itself (docs/format/published.md). Pure. Texts are Borrowed from the bytes
 * read, arrays live in the arena given to _parse. Standard: docs/format/records.md "alert",
 * "leave".
 */
#ifndef PTN_RECORD_ALERT_H
#define PTN_RECORD_ALERT_H
#include "record/person.h"
#include "record/record.h"

/* ---- alerts ---- */

#define PTN_ALERT_IDENTITY_MAX 16u /* names and documents of one person */

enum ptn_alert_act {
    PTN_ALERT_ENTERED = 1, /* in force: new, or another version of one that is there */
    PTN_ALERT_END = 2,     /* whoever entered it wants it to end: not enough by itself */
    PTN_ALERT_WAITING = 3, /* would match so many that a second person must agree */
};
#define PTN_ALERT_ACT_COUNT 4u

/* What is asked for when it matches: watch/'s actions by these words. */
enum ptn_alert_action {
    PTN_ALERT_INFORM = 1,
    PTN_ALERT_DISCREET = 2,
    PTN_ALERT_INQUIRY = 3,
    PTN_ALERT_SPECIFIC = 4,
    PTN_ALERT_REFER = 5,
    PTN_ALERT_REFUSE = 6, /* at entry; at exit: inform */
    PTN_ALERT_ARREST = 7,
    PTN_ALERT_PROTECT = 8,
    PTN_ALERT_SEIZE = 9, /* the document or vehicle */
};
#define PTN_ALERT_ACTION_COUNT 10u

struct ptn_alert {
    struct ptn_record_id id; /* of the alert, the same in all its versions */
    int64_t time_ms;
    enum ptn_alert_act act;
    struct ptn_bytes post, officer; /* where and by whom */
    struct ptn_bytes second;        /* the second person; may be empty */
    struct ptn_bytes reason;        /* of an end, of another version, of what was read out */
    struct ptn_bytes owner;         /* the authority that asks for it */
    struct ptn_bytes basis;         /* the law it rests on */
    struct ptn_bytes purpose;
    enum ptn_alert_action action;
    struct ptn_date from, until;         /* first and last day; from may be none: at once */
    struct ptn_date review;              /* when its owner looks at it again; may be none */
    const struct ptn_person *identities; /* one person under several names and documents */
    size_t identity_count;
    struct ptn_bytes plate;    /* may be empty */
    struct ptn_bytes imported; /* the system it was taken from; empty: it was entered here */
};

/* BAD_INPUT or TOO_BIG with the field's name in text. An END names the alert and says why; the
 * others are whole. */
PTN_MUST_USE struct ptn_status ptn_alert_validate(const struct ptn_alert *alert,
                                                  struct ptn_diag *reterr);
/* The codes and promises of ptn_decision_parse and _write. */
PTN_MUST_USE struct ptn_status ptn_alert_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                               struct ptn_alert *ret_alert,
                                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_alert_write(const struct ptn_alert *alert,
                                               struct ptn_buffer *out);

/* "entered", "end", "waiting"; "inform" … and back (0 for no known word). Literals. */
const char *ptn_alert_act_word(enum ptn_alert_act act);
const char *ptn_alert_action_word(enum ptn_alert_action action);
enum ptn_alert_action ptn_alert_action_from_word(struct ptn_bytes word);

/* ---- orders to leave ---- */

#define PTN_LEAVE_PEOPLE_MAX 64u
#define PTN_LEAVE_POINT_MAX  32u

enum ptn_leave_act {
    PTN_LEAVE_ORDERED = 1,
    PTN_LEAVE_EXTENDED = 2, /* a later deadline */
    PTN_LEAVE_ANNULLED = 3,
    PTN_LEAVE_PAPER = 4, /* a crossing point says that one of them left on a sheet of paper */
};
#define PTN_LEAVE_ACT_COUNT 5u

struct ptn_leave {
    struct ptn_record_id id; /* of the order, the same in all its records */
    int64_t time_ms;
    enum ptn_leave_act act;
    struct ptn_bytes post, officer;
    struct ptn_bytes second;
    struct ptn_bytes reason; /* must be there but for ORDERED */
    struct ptn_bytes reference;
    struct ptn_bytes issuer;
    struct ptn_bytes contact;
    int64_t deadline_ms;
    struct ptn_date ban_until;      /* the last day of the ban on entry; none: no end */
    const struct ptn_bytes *points; /* codes of the crossing points allowed; none: any */
    size_t point_count;
    bool protocol;                   /* diplomatic or service passports: no search, no delay */
    struct ptn_bytes liaison;        /* whom to call then; must be there with protocol */
    const struct ptn_person *people; /* named */
    size_t people_count;
    const struct ptn_person *dependants;
    size_t dependant_count;
    uint64_t nth;           /* PAPER: which of people, then dependants, from 1 */
    struct ptn_bytes sheet; /* PAPER: its serial */
};

PTN_MUST_USE struct ptn_status ptn_leave_validate(const struct ptn_leave *leave,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_leave_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                               struct ptn_leave *ret_leave,
                                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_leave_write(const struct ptn_leave *leave,
                                               struct ptn_buffer *out);

/* The nth of its people, then dependants, from 1. Borrowed. */
const struct ptn_person *ptn_leave_person(const struct ptn_leave *leave, size_t nth);

/* "ordered", "extended", "annulled", "paper". Literals. */
const char *ptn_leave_act_word(enum ptn_leave_act act);
#endif
