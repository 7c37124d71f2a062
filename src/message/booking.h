/*
 * message/booking.h -- a ferry line's booking file: which vehicles it expects, and how many people
 * in each.
 *
 * Pure over the caller's bytes. Standard: our own, docs/format/bookings.md; no form of the FAL
 * Convention says this.
 */
#ifndef PTN_MESSAGE_BOOKING_H
#define PTN_MESSAGE_BOOKING_H
#include "base/bytes.h"

#define PTN_BOOKING_FILE_MAX   737280u /* bytes of a file, as much as a carrier's list */
#define PTN_BOOKING_ROWS_MAX   5000u
#define PTN_BOOKING_NOTES_MAX  100u
#define PTN_BOOKING_PEOPLE_MAX 200u
#define PTN_BOOKING_TEXT_MAX   64u

/* One vehicle. Texts are views of the file, or of the arena. */
struct ptn_booking {
    struct ptn_bytes reference;
    struct ptn_bytes plate; /* as written; never empty */
    struct ptn_bytes kind;  /* "car" …, as written; may be empty */
    unsigned people;        /* 0: not said */
    size_t line;
};

struct ptn_booking_note {
    size_t line;      /* of the file, from 1 */
    const char *text; /* what is wrong; a literal */
};

struct ptn_bookings {
    struct ptn_booking *rows;
    size_t count;
    size_t left_out; /* rows that could not be used, each with a note while there is room */
    struct ptn_booking_note *notes;
    size_t note_count;
};

/*
 * ptn_bookings_read(file, arena, ret_bookings, reterr): read a whole file. A row that cannot be
 * used is left out and noted; the others stand. BAD_INPUT: no header with booking, plate and
 * people, or a quoted field without an end; TOO_BIG past a limit; NO_MEMORY. Everything is in the
 * arena: about 100 bytes a row.
 */
PTN_MUST_USE struct ptn_status ptn_bookings_read(struct ptn_bytes file, struct ptn_arena *arena,
                                                 struct ptn_bookings *ret_bookings,
                                                 struct ptn_diag *reterr);
#endif
