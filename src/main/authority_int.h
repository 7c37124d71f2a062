/* main/authority_int.h -- what is signed by people's keys, and judged by a roster: a text, its
 * signatures, the roster, and how it is shown. */
#ifndef PTN_MAIN_AUTHORITY_INT_H
#define PTN_MAIN_AUTHORITY_INT_H
#include "trust/roster.h"
#include "vault/authority.h"

/* A file that is to be signed, or was. Views into bytes. */
struct ptn_authority_text {
    struct ptn_buffer bytes;
    struct ptn_bytes text;
    struct ptn_bytes signatures; /* empty: a bare text */
};

/* Read a note, or a bare text that ends in a newline. BAD_INPUT; TOO_BIG; IO. */
PTN_MUST_USE struct ptn_status
ptn_authority_read(const char *path, struct ptn_authority_text *ret_text, struct ptn_diag *reterr);

/* To that file, or with NULL to standard output. IO. */
PTN_MUST_USE struct ptn_status ptn_authority_put_out(const char *path, struct ptn_bytes bytes,
                                                     struct ptn_diag *reterr);

/* Append the line that is this person's under the text. The codes of ptn_note_sign_line. */
PTN_MUST_USE struct ptn_status ptn_authority_line(const struct ptn_authority *authority,
                                                  struct ptn_bytes text, struct ptn_buffer *out,
                                                  struct ptn_diag *reterr);

/* A roster that stands at the beginning, with the bytes and the arena it points into. All zero
 * before it is read; released whether or not that went well. */
struct ptn_authority_roster {
    struct ptn_authority_text file;
    struct ptn_arena *arena;
    struct ptn_roster roster;
};

/* Read one, or DIR/roster. The codes of ptn_authority_read and ptn_roster_first. */
PTN_MUST_USE struct ptn_status ptn_authority_roster_read(const char *path,
                                                         struct ptn_authority_roster *ret_roster,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_authority_roster_of(const char *dir,
                                                       struct ptn_authority_roster *ret_roster,
                                                       struct ptn_diag *reterr);
void ptn_authority_roster_release(struct ptn_authority_roster *roster);

/*
 * ptn_authority_show(text, former, albanian, reterr):
 * Say on stderr what this is, in plain words: an order, a roster (with what changes when former is
 * not empty), or else the text itself. BAD_INPUT for an order or roster that is none, and for
 * anything that a terminal would not show as it is.
 */
PTN_MUST_USE struct ptn_status ptn_authority_show(struct ptn_bytes text, struct ptn_bytes former,
                                                  bool albanian, struct ptn_diag *reterr);
#endif
