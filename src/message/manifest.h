/*
 * message/manifest.h -- carriers' messages: what one says, whatever its type, and what is wrong
 * with it.
 *
 * Pure. A reader goes through an interchange and gives one struct ptn_manifest a message, built in
 * the caller's arena; views point into the input or the arena. Memory is bounded by one message and
 * by the limits below. Standard: WCO-PAXLST, IATA-PNRGOV, UN-CUSRES, IMO-FAL (SOURCES.md); fields
 * and note codes: docs/format/messages.md.
 */
#ifndef PTN_MESSAGE_MANIFEST_H
#define PTN_MESSAGE_MANIFEST_H
#include "base/date.h"
#include "base/text.h"

#define PTN_MANIFEST_PEOPLE_MAX                                                                    \
    20000u /* of one message: the largest cruise ship, and twice that                              \
            */
#define PTN_MANIFEST_FLIGHTS_MAX   64u
#define PTN_MANIFEST_DOCUMENTS_MAX 32u /* of one person */
#define PTN_MANIFEST_RESULTS_MAX   40000u
#define PTN_MANIFEST_PARTS_MAX     99u  /* parts of one message: two digits */
#define PTN_MANIFEST_NOTES_MAX     200u /* of one message; more are counted in notes_left_out */

enum ptn_manifest_type {
    PTN_MANIFEST_UNKNOWN,
    PTN_MANIFEST_PAXLST,
    PTN_MANIFEST_PNRGOV,
    PTN_MANIFEST_CUSRES,
    PTN_MANIFEST_FAL5, /* crew list of a ship */
    PTN_MANIFEST_FAL6, /* passenger list of a ship */
};

enum ptn_manifest_verdict {
    PTN_MANIFEST_ACCEPTED,
    PTN_MANIFEST_ACCEPTED_WITH_NOTES,
    PTN_MANIFEST_QUARANTINED,
};

/* A local time of a port, to the minute. Nothing known: date none. Hour and minute unknown:
 * has_time false. */
struct ptn_manifest_time {
    struct ptn_date date;
    uint8_t hour, minute;
    bool has_time;
};

struct ptn_manifest_flight {
    struct ptn_bytes carrier;
    struct ptn_bytes number; /* without leading zeros */
    struct ptn_bytes from, to;
    struct ptn_manifest_time departure, arrival;
};

struct ptn_manifest_ship {
    struct ptn_bytes name, imo, call_sign, flag;
};

struct ptn_manifest_document {
    struct ptn_bytes type, number, issuer; /* as sent */
    struct ptn_date expiry;
    struct ptn_manifest_document *next;
};

enum ptn_manifest_role {
    PTN_MANIFEST_PASSENGER,
    PTN_MANIFEST_CREW,
    PTN_MANIFEST_TRANSIT,
};

struct ptn_manifest_person {
    enum ptn_manifest_role role;
    struct ptn_bytes surname, given, second; /* as sent: titles may be glued to the given name */
    struct ptn_date birth;
    struct ptn_bytes sex, nationality;
    struct ptn_bytes rank, birth_place, embark, debark;
    struct ptn_bytes reference; /* the carrier's, for this person */
    struct ptn_bytes booking;
    struct ptn_manifest_document *documents; /* in order; NULL = none */
    struct ptn_manifest_person *next;
};

/* One answer of a government. */
struct ptn_manifest_result {
    struct ptn_bytes section, passenger, booking, code, text;
    struct ptn_manifest_result *next;
};

struct ptn_manifest_note {
    const char *code; /* literals, see docs/format/messages.md */
    const char *text;
    size_t segment; /* from 1 within the interchange; a CSV list's line */
    size_t offset;  /* bytes from the start of the input */
};

/* How a message was sent: its envelope. Texts live as long as the reader; offsets are bytes from
 * the start of the input. Of a ship's list only the offsets are set, to all of the input. */
struct ptn_manifest_sent {
    struct ptn_bytes sender, recipient; /* UNB's */
    struct ptn_bytes interchange;       /* UNB's reference */
    struct ptn_bytes application;       /* UNB's: "IAPI" */
    bool acknowledge;                   /* UNB asks for an answer */
    bool test;                          /* UNB's test indicator: nothing of it is to be kept */
    struct ptn_bytes message;           /* UNH's reference */
    struct ptn_bytes release;           /* of the UN directory: "05B" */
    struct ptn_bytes common;            /* UNH's common access reference; empty: none */
    unsigned part;                      /* of a message in several parts, from 1; 0: whole */
    bool last;                          /* the part says that it is the last */
    size_t una_begin, una_end; /* UNA, empty without one; and UNB: what a message is read with */
    size_t unb_begin, unb_end;
    size_t begin, end;           /* UNH to UNT; nothing of either: 0 and the input's length */
    size_t body_begin, body_end; /* what stands between UNH and UNT */
};

struct ptn_manifest {
    enum ptn_manifest_type type;
    enum ptn_manifest_verdict verdict;
    struct ptn_bytes function; /* BGM's code, or PNRGOV's MSG */
    struct ptn_bytes change;   /* PAXLST: what it does (BGM 1004): CP, XR, CL …; empty: a list */
    struct ptn_bytes access;   /* UNH's common access reference: of all parts of one list */
    unsigned part;             /* UNH's sequence number in it; 0: not said */
    bool last_part;
    struct ptn_manifest_sent sent;
    struct ptn_bytes reference;    /* the transaction's */
    struct ptn_manifest_ship ship; /* FAL 5 and 6; the voyage is the one flight */
    struct ptn_manifest_flight flights[PTN_MANIFEST_FLIGHTS_MAX];
    size_t flight_count;
    struct ptn_manifest_person *people; /* in order */
    size_t person_count;
    struct ptn_manifest_result *results; /* in order */
    size_t result_count;
    struct ptn_manifest_note notes[PTN_MANIFEST_NOTES_MAX];
    size_t note_count;
    size_t notes_left_out;
};

/* A reader of one interchange, or of one CSV file of a ship's lists. Opaque. */
struct ptn_manifest_reader;

/*
 * ptn_manifest_reader_new(input, ret_reader, reterr):
 * Find the interchange, or the header of a ship's list, in the input (Borrowed, must outlive the
 * reader). Owned: ptn_manifest_reader_free.
 *
 * OK; BAD_INPUT when there is none; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_manifest_reader_new(struct ptn_bytes input,
                                                       struct ptn_manifest_reader **ret_reader,
                                                       struct ptn_diag *reterr);
void ptn_manifest_reader_free(struct ptn_manifest_reader *reader);

/*
 * passed is called now and then, from within _next, with how far the input has been read: what lies
 * before is not looked at again but by way of the manifest's own views. For who maps a file larger
 * than memory. Before the first message; of a ship's list it is never called.
 */
void ptn_manifest_reader_watch(struct ptn_manifest_reader *reader,
                               void (*passed)(void *context, size_t offset), void *context);

/* The input is one message of an interchange, after that interchange's beginning: that the end is
 * not there is no note. Before the first message. */
void ptn_manifest_reader_piece(struct ptn_manifest_reader *reader);

/* The input is the parts of one message (message/assembly.h): they are read as one. Before the
 * first message. Implies _piece. */
void ptn_manifest_reader_join(struct ptn_manifest_reader *reader);

/*
 * ptn_manifest_next(reader, arena, ret_manifest):
 * The next message. What belongs to the interchange's end is noted with its last message; an
 * interchange without any message gives one that is quarantined.
 *
 * OK; NOT_FOUND after the last; NO_MEMORY when the arena is used up.
 */
PTN_MUST_USE struct ptn_status ptn_manifest_next(struct ptn_manifest_reader *reader,
                                                 struct ptn_arena *arena,
                                                 struct ptn_manifest *ret_manifest);

/* "PAXLST" …, "" for unknown; "accepted" …: literals. */
const char *ptn_manifest_type_word(enum ptn_manifest_type type);
const char *ptn_manifest_verdict_word(enum ptn_manifest_verdict verdict);

/* Add a note about the whole message; both are literals. An accepted message is one with notes
 * then. */
void ptn_manifest_note(struct ptn_manifest *manifest, const char *code, const char *text);

/* Print it as one JSON object (docs/format/messages.md). file: its name as given by the user. */
void ptn_manifest_write(const struct ptn_manifest *manifest, struct ptn_bytes file,
                        struct ptn_json *json);

#define PTN_IMO_LEN 7u

/* The seven digits of a ship's IMO number, with or without "IMO" before them; none: they are not
 * seven, or the last is not the sum of the others by 7 6 5 4 3 2, modulo ten. Views of text.
 * Standard: IMO resolution A.1117(30). */
struct ptn_bytes ptn_imo_digits(struct ptn_bytes text);
#endif
