/* message/fal_int.h -- FAL forms 5 and 6 as CSV, between manifest.c and fal.c. */
#ifndef PTN_MESSAGE_FAL_INT_H
#define PTN_MESSAGE_FAL_INT_H
#include "message/manifest_int.h"

#define PTN_FAL_ROW_MEMORY ((size_t)64 << 10) /* what one row may take for quotes undoubled */

/* The columns of the table; the words each may be headed by stand in fal.c. */
enum ptn_fal_column {
    PTN_FAL_FORM,
    PTN_FAL_SHIP,
    PTN_FAL_IMO,
    PTN_FAL_CALL_SIGN,
    PTN_FAL_FLAG,
    PTN_FAL_VOYAGE,
    PTN_FAL_DIRECTION,
    PTN_FAL_FROM,
    PTN_FAL_TO,
    PTN_FAL_DEPARTURE,
    PTN_FAL_ARRIVAL,
    PTN_FAL_COUNT,
    PTN_FAL_VOYAGE_COLUMNS, /* those above describe the voyage; those below one person */
    PTN_FAL_SURNAME = PTN_FAL_VOYAGE_COLUMNS,
    PTN_FAL_GIVEN,
    PTN_FAL_RANK,
    PTN_FAL_NATIONALITY,
    PTN_FAL_BIRTH,
    PTN_FAL_BIRTH_PLACE,
    PTN_FAL_SEX,
    PTN_FAL_DOCUMENT_TYPE,
    PTN_FAL_DOCUMENT_NUMBER,
    PTN_FAL_DOCUMENT_ISSUER,
    PTN_FAL_DOCUMENT_EXPIRY,
    PTN_FAL_EMBARK,
    PTN_FAL_DEBARK,
    PTN_FAL_VISA,
    PTN_FAL_TRANSIT,
    PTN_FAL_REFERENCE,
    PTN_FAL_COLUMN_COUNT,
};

/* A list being read. Zeroed, then ptn_fal_open. */
struct ptn_fal {
    struct ptn_csv csv;
    size_t columns[PTN_FAL_COLUMN_COUNT]; /* PTN_CSV_NO_FIELD where the list has none */
    size_t width;
    size_t row;        /* of the present one, from 1, the header counted */
    bool looked_ahead; /* the present row is still to be read */
    bool closed;       /* the last row read ended with a line end */
    bool ended;
    struct ptn_diag broken; /* why it ended before its end; text NULL: it did not */
    struct ptn_arena *row_memory;
};

/*
 * Read the header of a list (Borrowed, must outlive the reader). OK; NOT_FOUND when the first row
 * is no header of a passenger or crew list; NO_MEMORY. ptn_fal_release gives the memory back in any
 * case.
 */
PTN_MUST_USE struct ptn_status ptn_fal_open(struct ptn_fal *fal, struct ptn_bytes input);
void ptn_fal_release(struct ptn_fal *fal);

/* The next form: rows that follow each other and name the same ship, voyage and form. row is where
 * notes say they stand, as long as the manifest is built. False after the last. */
bool ptn_fal_next(struct ptn_fal *fal, struct ptn_edifact_segment *row, struct build *build);
#endif
