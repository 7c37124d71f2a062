/*
 * paper/sheet_entry.h -- a sheet written by hand, as it is keyed: serials, the check of every
 * field, and what two people saw differently.
 *
 * Pure. Standard: docs/format/paper.md; ICAO-9303-4 (the document line), ISO 7064 MOD 97-10
 * (serials).
 */
#ifndef PTN_PAPER_SHEET_ENTRY_H
#define PTN_PAPER_SHEET_ENTRY_H
#include "record/crossing.h"

/* ---- serials ---- */

#define PTN_SERIAL_TEXT_SIZE 13u /* "00007-003-42" and a NUL */

struct ptn_serial {
    unsigned pack;  /* 1 to PTN_PACK_NUMBER_MAX */
    unsigned sheet; /* 1 to PTN_PACK_SHEETS_MAX */
};

/* Prints the serial with a NUL; returns text. */
const char *ptn_serial_write(struct ptn_serial serial, char text[PTN_SERIAL_TEXT_SIZE]);

/*
 * Read a serial as typed, or the text of a QR code; ret_post is the post's code in it, empty when
 * it was typed. BAD_INPUT for anything else and for wrong check digits.
 */
PTN_MUST_USE struct ptn_status ptn_serial_parse(struct ptn_bytes text,
                                                struct ptn_serial *ret_serial,
                                                struct ptn_bytes *ret_post,
                                                struct ptn_diag *reterr);

/* ---- one keying ---- */

/* Every box as it was typed. All Borrowed; empty where nothing stands. */
struct ptn_form {
    struct ptn_bytes serial;
    struct ptn_bytes surname, given;
    struct ptn_bytes line;      /* the 28 characters; blanks are let pass */
    struct ptn_bytes issuer;    /* empty: the nationality */
    struct ptn_bytes direction; /* "entry", "exit" */
    struct ptn_bytes time;      /* "YYYY-MM-DDThh:mm", local */
    struct ptn_bytes outcome;   /* "recorded", "referred", "overridden" */
    struct ptn_bytes referral;  /* a word of ptn_referral_kind_word */
    struct ptn_bytes reason;
    struct ptn_bytes plate;
    struct ptn_bytes officer;
};

#define PTN_FORM_FAULTS_MAX 16u

/* One box that cannot be right. Literals. */
struct ptn_form_fault {
    const char *field; /* a member of struct ptn_form */
    const char *text;
};

struct ptn_form_faults {
    size_t count;
    struct ptn_form_fault at[PTN_FORM_FAULTS_MAX];
};

/*
 * ptn_form_read(form, post, today, arena, ret_sheet, ret_faults):
 * Check every box and make a sheet of them: pack, number, post, officer, times, direction, outcome,
 * referral, reason, plate and person are set; id, turn, keyed_by, keyed_ms and crossing are the
 * caller's.
 *
 * post   The code of the post that keys.
 * today  Full: a sheet is not from the future.
 * OK when there is no fault; BAD_INPUT with all of them in ret_faults; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_form_read(const struct ptn_form *form, struct ptn_bytes post,
                                             struct ptn_date today, struct ptn_arena *arena,
                                             struct ptn_sheet *ret_sheet,
                                             struct ptn_form_faults *ret_faults);

#define PTN_SHEET_FIELDS_MAX 13u

/* The names of the fields in which two keyings of a sheet say different things. Returns how many.
 * Literals. */
size_t ptn_sheets_differ(const struct ptn_sheet *a, const struct ptn_sheet *b,
                         const char *ret_fields[PTN_SHEET_FIELDS_MAX]);
#endif
