/*
 * record/person.h -- the one model of a person and of the document they travel on.
 *
 * Every room that speaks of a traveller uses these two structs. All views are Borrowed: they live
 * as long as the bytes they were read from. Pure. Standard: ICAO 9303 (codes, sex),
 * docs/format/records.md "person".
 */
#ifndef PTN_RECORD_PERSON_H
#define PTN_RECORD_PERSON_H
#include "base/cbor.h"
#include "base/date.h"

/* Longest texts in bytes of UTF-8; a longer one is refused, never cut. */
#define PTN_PERSON_NAME_MAX       512u
#define PTN_DOCUMENT_NUMBER_MAX   64u
#define PTN_DOCUMENT_OPTIONAL_MAX 64u

/* What kind of document it is; the numbers are the wire's (docs/format/records.md) and never
 * change. */
enum ptn_document_kind {
    PTN_DOCUMENT_UNKNOWN = 0,
    PTN_DOCUMENT_PASSPORT = 1,            /* ordinary: P<, PP and national second letters */
    PTN_DOCUMENT_DIPLOMATIC_PASSPORT = 2, /* PD */
    PTN_DOCUMENT_SERVICE_PASSPORT = 3,    /* PO, PS of old series, PM */
    PTN_DOCUMENT_EMERGENCY = 4,           /* PE, PU: emergency travel document */
    PTN_DOCUMENT_REFUGEE = 5,             /* PR: Convention of 1951 */
    PTN_DOCUMENT_ALIEN = 6,               /* PT: non-citizen's document */
    PTN_DOCUMENT_STATELESS = 7,           /* PS: Convention of 1954 */
    PTN_DOCUMENT_LAISSEZ_PASSER = 8,      /* PL: of an organisation */
    PTN_DOCUMENT_ID_CARD = 9,
    PTN_DOCUMENT_RESIDENCE_PERMIT = 10,
    PTN_DOCUMENT_VISA = 11,
    PTN_DOCUMENT_CREW = 12,     /* AC: crew member certificate */
    PTN_DOCUMENT_SEAFARER = 13, /* seafarer's identity document */
    PTN_DOCUMENT_OTHER = 14,
};
#define PTN_DOCUMENT_KIND_COUNT 15u

struct ptn_document {
    enum ptn_document_kind kind;
    char code[3]; /* the MRZ's document code as printed without fillers: "P", "PD", "ID"; "" = none
                   */
    char issuer[4]; /* ICAO alpha-3 without fillers ("D" for Germany); "" = not known */
    struct ptn_bytes number;
    struct ptn_date expiry;    /* PTN_DATE_NONE: not known or without end */
    struct ptn_bytes optional; /* optional data of the MRZ: often a personal number */
};

struct ptn_person {
    struct ptn_bytes surname; /* UTF-8, any script; both empty when the name came in one piece */
    struct ptn_bytes given;
    struct ptn_bytes name; /* the whole name when it was not split; else empty */
    struct ptn_date birth; /* unknown parts are 0 */
    char sex;              /* 'M', 'F' or 0: not stated */
    char nationality[4];   /* ICAO alpha-3 without fillers ("D", "XXA"); "" = not known */
    struct ptn_document document;
};

/* The word for a kind as it stands in JSON and logs ("passport", "id-card"), and back (UNKNOWN for
 * no known word). */
const char *ptn_document_kind_word(enum ptn_document_kind kind);
enum ptn_document_kind ptn_document_kind_from_word(struct ptn_bytes word);

/* True when nothing at all is set: where a person is optional, this is none. */
bool ptn_person_is_none(const struct ptn_person *person);

/*
 * Meaning: texts valid UTF-8 without control characters and within their limits, codes in the MRZ's
 * alphabet (A-Z, 0-9, '<': a misread code must still be kept), dates possible, sex one of the
 * three, and a name or a document number there. BAD_INPUT or TOO_BIG with offset 0 and the field's
 * name in text.
 */
PTN_MUST_USE struct ptn_status ptn_person_validate(const struct ptn_person *person,
                                                   struct ptn_diag *reterr);

/*
 * One canonical CBOR map each; a field at its empty value is left out. _parse reads exactly one
 * item from the reader and validates it; views point into the reader's bytes. BAD_INPUT or TOO_BIG
 * with the offset; ret_person is untouched on failure. _write: the buffer's codes, or BAD_INPUT for
 * a person that does not validate.
 */
PTN_MUST_USE struct ptn_status ptn_person_parse(struct ptn_cbor_reader *reader,
                                                struct ptn_person *ret_person,
                                                struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_person_write(const struct ptn_person *person,
                                                struct ptn_buffer *out);
#endif
