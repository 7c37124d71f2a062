/*
 * serve/audit_int.h -- what stands out among looks. Pure: looks in, figures out. Private to serve/.
 *
 * AUDIT-1: no traveller is in it but as a digest. What each figure means: docs/format/view.md
 * "Looks".
 */
#ifndef PTN_SERVE_AUDIT_INT_H
#define PTN_SERVE_AUDIT_INT_H
#include "view/looks.h"

#define PTN_AUDIT_OFFICERS_MAX 512u /* the looks of further ones are counted, not told apart */
#define PTN_AUDIT_DAYS_MAX     90u

enum ptn_audit_mark {
    PTN_AUDIT_OF_ONE = 1,
    PTN_AUDIT_ASKED = 2, /* somebody searched, or opened a page or case: no traveller at a lane */
    PTN_AUDIT_UNANSWERED = 4, /* at a lane, and no crossing answers it an hour later */
    PTN_AUDIT_ODD = 8,        /* at an hour at which this officer looks on no other day */
};

/* One look; its texts are asked for anew. */
struct ptn_audit_look {
    int64_t at, time_ms;
    uint8_t whom[16];
    uint16_t officer; /* of officers; PTN_AUDIT_OFFICERS_MAX: one that is not told apart */
    uint8_t day, hour;
    unsigned marks;
};

/* Whoever looks at one post, or at the centre, under one name. */
struct ptn_audit_officer {
    char user[PTN_RECORD_WORD_MAX + 1], post[PTN_RECORD_WORD_MAX + 1];
    uint64_t hours[24][2]; /* on which days, a bit each */
    size_t looks, asked, odd, unanswered;
    size_t people; /* different ones, as far as whom is known */
    size_t most;   /* looks at one of them */
};

struct ptn_audit_person {
    uint8_t whom[16];
    size_t looks, asked, officers;
};

struct ptn_audit {
    int64_t now_ms;
    struct ptn_audit_look *looks; /* after _settle: the latest first */
    size_t count, capacity;
    struct ptn_audit_officer *officers;
    size_t officer_count;
    struct ptn_audit_person *people; /* those who were asked for, the most often first */
    size_t person_count;
};

/* OK; NO_MEMORY. Release it in either case. */
struct ptn_status ptn_audit_init(struct ptn_audit *audit, int64_t now_ms);
void ptn_audit_release(struct ptn_audit *audit);

/* A ptn_view_look_fn; context is the audit. */
struct ptn_status ptn_audit_take(void *context, const struct ptn_view_look *look);

/* When all are taken: marks, figures and order. OK; NO_MEMORY. */
struct ptn_status ptn_audit_settle(struct ptn_audit *audit);
#endif
