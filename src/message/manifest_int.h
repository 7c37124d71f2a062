/* message/manifest_int.h -- what the readers of the message types share: the manifest being built
 * and its notes. */
#ifndef PTN_MESSAGE_MANIFEST_INT_H
#define PTN_MESSAGE_MANIFEST_INT_H
#include "base/text.h"
#include "message/edifact.h"
#include "message/manifest.h"

/* A PNRGOV booking goes through parts; which one says whose name a TIF is. */
enum booking_part { BOOKING_NONE, BOOKING_NAMES, BOOKING_CHECK_IN, BOOKING_HISTORY };

/* The manifest being built, and where its reader stands. Zeroed at the start of each message. */
struct build {
    struct ptn_arena *arena;
    struct ptn_bytes input; /* views into it stay good; all others are copied */
    struct ptn_manifest *manifest;
    const struct ptn_edifact_segment *segment; /* the present one */
    size_t segment_number;                     /* from 1 within the interchange */
    struct ptn_date prepared;                  /* the interchange's day */
    bool no_memory;

    struct ptn_manifest_person **person_end;     /* where the next one is linked */
    struct ptn_manifest_person *person;          /* the present one */
    struct ptn_manifest_document *document;      /* the present one */
    struct ptn_manifest_document **document_end; /* where the present person's next one is linked */
    const struct ptn_manifest_person *document_holder; /* whose end and count that are */
    size_t document_count;
    bool full_said;
    struct ptn_manifest_result **result_end;
    struct ptn_manifest_result *result;

    /* PAXLST, CUSRES: the transport being read */
    struct ptn_bytes carrier, number;
    struct ptn_manifest_flight *open_flight; /* has a departure and waits for its arrival */
    struct ptn_manifest_flight *last_flight;
    bool flights_done;
    bool partial;           /* other parts have the rest: nothing is counted */
    bool legacy;            /* the US form of before the UN one */
    struct ptn_bytes count; /* CNT or EQN, as sent */
    bool count_of_crew;     /* CNT+41 */
    size_t crew_count;

    /* PNRGOV */
    enum booking_part part;
    struct ptn_manifest_person *booking_first; /* first person of the present booking */
    struct ptn_bytes locator;
    size_t booking_count;
};

/* A view of the present segment that outlives it: the same where it lies in the input, else a copy
 * in the arena. Sets no_memory. */
struct ptn_bytes ptn_build_keep(struct build *build, struct ptn_bytes view);

/* Element e, component c of the present segment, without blanks round it, kept. */
struct ptn_bytes ptn_build_field(struct build *build, size_t element, size_t component);

/* Add a note about the present segment. */
void ptn_build_note(struct build *build, const char *code, const char *text);

/* The number in a text of digits; SIZE_MAX for anything else or one past nine digits. */
size_t ptn_build_number(struct ptn_bytes text);

/* Start a person; NULL (and a note, once) past the limit. */
struct ptn_manifest_person *ptn_build_person(struct build *build, enum ptn_manifest_role role);
/* Start a document of the present person; NULL when there is no person. */
struct ptn_manifest_document *ptn_build_document(struct build *build);
struct ptn_manifest_flight *ptn_build_flight(struct build *build);

/* Name a flight by one identifier ("KL1234A") and, where sent, its carrier. */
void ptn_build_flight_name(struct build *build, struct ptn_bytes id, struct ptn_bytes carrier,
                           struct ptn_bytes *ret_carrier, struct ptn_bytes *ret_number);

/* Dates as sent. A wrong one is noted and gives none. */
struct ptn_date ptn_build_birth(struct build *build,
                                struct ptn_bytes text); /* YYMMDD, CCYYMMDD, DDMMMYY */
struct ptn_date ptn_build_expiry(struct build *build,
                                 struct ptn_bytes text); /* the same; 20yy, at most 50 years on */
struct ptn_manifest_time ptn_build_time(struct build *build,
                                        struct ptn_bytes text); /* YYMMDD[HHMM], CCYYMMDD[HHMM] */
/* YYYY-MM-DD, DD.MM.YYYY, DD/MM/YYYY, or as ptn_build_birth and _expiry; a time may follow the date
 * ("2026-09-01T08:30", "01.09.2026 08:30"). */
struct ptn_date ptn_build_civil_date(struct build *build, struct ptn_bytes text, bool birth);
struct ptn_manifest_time ptn_build_civil_time(struct build *build, struct ptn_bytes text);
struct ptn_manifest_time ptn_build_time_day_first(struct build *build, struct ptn_bytes date,
                                                  struct ptn_bytes clock); /* DDMMYY, HHMM */

/* One segment of a message between UNH and UNT. */
void ptn_paxlst_take(struct build *build);
void ptn_pnrgov_take(struct build *build);
void ptn_cusres_take(struct build *build);

/* After the last one: what only shows at the end. */
void ptn_paxlst_finish(struct build *build);
void ptn_pnrgov_finish(struct build *build);

/* Three letters of a tag as one number, for a switch. */
#define PTN_TAG(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static inline uint32_t ptn_build_tag(const struct build *build)
{
    struct ptn_bytes tag = build->segment->tag;

    return tag.len == 3 ? PTN_TAG(tag.at[0], tag.at[1], tag.at[2]) : 0;
}

/* A view without blanks round it; most have none. */
static inline struct ptn_bytes ptn_build_trim(struct ptn_bytes view)
{
    if (view.len == 0 || (view.at[0] > ' ' && view.at[view.len - 1] > ' '))
        return view;
    return ptn_bytes_trim(view);
}

static inline bool ptn_build_tag_is(const struct build *build, const char *tag)
{
    return ptn_bytes_is(build->segment->tag, tag);
}
#endif
