/*
 * record/record.h -- what is true of every record: its kind, its header, its id.
 *
 * A record is a header, readable by whoever holds a copy of the ledger, and a payload that is
 * sealed. Nothing in a header may name or describe a person. The numbers here are the wire's and
 * never change; a number that fell out of use is not used again. Pure. Standard:
 * docs/format/records.md.
 *
 * Kinds and their headers: crossing.h (crossing), decision.h (advice given), access.h (access,
 * session, staff), notice.h (report, list loaded, node started, epoch, note, refused, digest,
 * successor, receipt, rung, shift, erasure, erased), crossing.h also pack, sheet, sheets told,
 * message.h (message), stage.h (stage), vehicle.h (vehicle), case.h (case, attachment-part),
 * alert.h (alert, leave), again.h (again), edition.h (list, rules, stays), permit.h (permit,
 * permits), vehicle.h also ship-call. person.h is part of several.
 */
#ifndef PTN_RECORD_RECORD_H
#define PTN_RECORD_RECORD_H
#include "base/cbor.h"
#include "base/date.h"

#define PTN_RECORD_VERSION 1u

/* Bytes of a whole record's payload at most, so that any of them fits a message and a sheet of
 * memory. */
#define PTN_RECORD_LEN_MAX 262144u

/* Longest texts in bytes of UTF-8; a longer one is refused, never cut. */
#define PTN_RECORD_WORD_MAX 64u   /* user names, posts, lanes, rule ids, list names, plates */
#define PTN_RECORD_LINE_MAX 512u  /* one line of text */
#define PTN_RECORD_NOTE_MAX 4096u /* an officer's own words, in lines */

enum ptn_record_kind {
    PTN_RECORD_CROSSING = 1,
    PTN_RECORD_DECISION = 2,
    PTN_RECORD_ACCESS = 3,
    PTN_RECORD_SESSION = 4,
    PTN_RECORD_REPORT = 5,
    PTN_RECORD_LIST_LOADED = 6,
    PTN_RECORD_NODE_STARTED = 7,
    PTN_RECORD_EPOCH = 8,      /* a day's and class's key, boxed for its readers */
    PTN_RECORD_NOTE = 9,       /* a signed note that was handed to a keeper */
    PTN_RECORD_REFUSED = 10,   /* what a keeper refused and kept as evidence: checkpoints only */
    PTN_RECORD_DIGEST = 11,    /* the digest of a centre's view at given heads */
    PTN_RECORD_RECEIPT = 12,   /* an order was applied at a node */
    PTN_RECORD_RUNG = 13,      /* the ladder moved */
    PTN_RECORD_ALERT = 21,     /* published by a centre, or entered at a post */
    PTN_RECORD_LEAVE = 22,     /* an order to leave, its change or end */
    PTN_RECORD_LIST = 28,      /* a part of an edition of a list, published by a centre */
    PTN_RECORD_AGAIN = 27,     /* a missed match, screened again */
    PTN_RECORD_SUCCESSOR = 14, /* first entry of a spare identity: successor of X, at least N */
    PTN_RECORD_PACK = 15,
    PTN_RECORD_SHEET = 16,
    PTN_RECORD_SHEETS_TOLD = 17,
    PTN_RECORD_MESSAGE = 18,  /* a carrier's message, written by a gateway */
    PTN_RECORD_FINDINGS = 23, /* a manifest of evidence was made */
    PTN_RECORD_STAGE = 25,    /* a step of a post's way back from an attack */
    PTN_RECORD_VEHICLE = 24,  /* a vehicle's crossing */
    PTN_RECORD_SHIFT = 26,
    PTN_RECORD_CASE = 20,       /* a step of a second-line case */
    PTN_RECORD_STAFF = 29,      /* what became of a post's staff list */
    PTN_RECORD_PERMIT = 30,     /* a visa or permit on record */
    PTN_RECORD_ERASURE = 31,    /* an order to erase is in force, with what shows it */
    PTN_RECORD_ERASED = 32,     /* a node has carried it out */
    PTN_RECORD_RULES = 33,      /* rules of the country, published by a centre */
    PTN_RECORD_PERMITS = 34,    /* permits that open with their holders' documents, likewise */
    PTN_RECORD_STAYS = 35,      /* crossings that open so, likewise */
    PTN_RECORD_IDENTITY = 36,   /* two descriptions are said to be one person, or no more */
    PTN_RECORD_CALL = 37,       /* what was done in a ship's call: who went ashore, who came back */
    PTN_RECORD_ATTACHMENT = 38, /* some of the bytes of what is attached to a case */
    PTN_RECORD_CORRECTION = 39, /* a field of a crossing is said to be wrong, and what is right */
};
#define PTN_RECORD_KIND_COUNT 41u /* every kind is below it; between them numbers may be free */

/* The rung of the ladder the post stood on; a record keeps it for life. */
enum ptn_rung {
    PTN_RUNG_NORMAL = 0,
    PTN_RUNG_LOCAL = 1,
    PTN_RUNG_MANUAL = 2,
};
#define PTN_RUNG_COUNT 3u

/* Which key seals the payload and so which clock it may be erased by. */
enum ptn_retention {
    PTN_RETENTION_CROSSING = 1,  /* who crossed, and the advice given */
    PTN_RETENTION_AUDIT = 2,     /* who looked at whom, who was signed in */
    PTN_RETENTION_REPORT = 3,    /* reports on discreet checks */
    PTN_RETENTION_OPERATION = 4, /* how the node ran: no traveller in it */
    PTN_RETENTION_PUBLIC = 5,    /* names nobody; its payload is not sealed */
    PTN_RETENTION_CASEWORK = 6,  /* about travellers, and read again at every start: sheets, cases,
                                    alerts, orders to leave, carriers' messages */
};
#define PTN_RETENTION_COUNT 7u /* classes are 1 to one less */

/* What an advice comes to. */
enum ptn_verdict {
    PTN_VERDICT_CLEAR = 0,
    PTN_VERDICT_REFER = 1, /* to the second line */
    PTN_VERDICT_STOP = 2,  /* call the supervisor: a first line refuses nobody by itself */
};
#define PTN_VERDICT_COUNT 3u

enum ptn_direction {
    PTN_DIRECTION_ENTRY = 1,
    PTN_DIRECTION_EXIT = 2,
};
#define PTN_DIRECTION_COUNT 3u /* directions are 1 to one less */

/* Sixteen random bytes that name a record wherever a copy of it lies; all zero = none. */
struct ptn_record_id {
    uint8_t at[16];
};

#define PTN_RECORD_ID_TEXT_SIZE 33u /* 32 hex digits and a NUL */

static inline bool ptn_record_id_is_none(struct ptn_record_id id)
{
    static const struct ptn_record_id none = { { 0 } };

    return memcmp(id.at, none.at, sizeof(id.at)) == 0;
}

static inline bool ptn_record_id_equal(struct ptn_record_id a, struct ptn_record_id b)
{
    return memcmp(a.at, b.at, sizeof(a.at)) == 0;
}

/* Prints 32 lower-case hex digits and a NUL; returns text. And back: BAD_INPUT for anything else
 * and for zero. */
const char *ptn_record_id_write(struct ptn_record_id id, char text[PTN_RECORD_ID_TEXT_SIZE]);
PTN_MUST_USE struct ptn_status
ptn_record_id_parse(struct ptn_bytes text, struct ptn_record_id *ret_id, struct ptn_diag *reterr);

/* ---- the header ---- */

struct ptn_record_header {
    unsigned version; /* PTN_RECORD_VERSION */
    enum ptn_record_kind kind;
    int64_t time_ms; /* when it was written down; years 1970 to 9999 */
    enum ptn_rung rung;
    enum ptn_retention retention;
};

/* A header of this version with the kind's own retention class. */
struct ptn_record_header ptn_record_header_of(enum ptn_record_kind kind, int64_t time_ms,
                                              enum ptn_rung rung);

/* Known version, kind, rung and class, time in range, class right for the kind. BAD_INPUT with the
 * field's name. */
PTN_MUST_USE struct ptn_status ptn_record_header_validate(const struct ptn_record_header *header,
                                                          struct ptn_diag *reterr);

/*
 * One canonical CBOR map, {1: version, 2: kind, 3: time, 4: rung, 5: retention}. _parse takes
 * exactly these bytes and validates. BAD_INPUT with the offset; outputs untouched on failure.
 * _write: the buffer's codes, and BAD_INPUT for a header that does not validate.
 */
PTN_MUST_USE struct ptn_status ptn_record_header_parse(struct ptn_bytes bytes,
                                                       struct ptn_record_header *ret_header,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_record_header_write(const struct ptn_record_header *header,
                                                       struct ptn_buffer *out);

/* ---- kinds ---- */

/*
 * Read a payload of any known kind and check all of it. The codes of its _parse; NOT_FOUND for a
 * kind that is not known. Of kinds without a codec yet (docs/format/records.md) only the length is
 * checked. The arena holds what the kind's arrays need.
 */
PTN_MUST_USE struct ptn_status ptn_record_check(enum ptn_record_kind kind, struct ptn_bytes payload,
                                                struct ptn_arena *arena, struct ptn_diag *reterr);

/* The class a kind is kept under. kind is a known one. Kinds of the class casework were written
 * under the class crossing before there was one, and are read under both. */
enum ptn_retention ptn_record_retention(enum ptn_record_kind kind);

/* Words as they stand in JSON and on screens: "crossing", "list-loaded"; "normal"; "entry";
 * "refer". Literals. */
const char *ptn_record_kind_word(enum ptn_record_kind kind);
const char *ptn_rung_word(enum ptn_rung rung);
const char *ptn_direction_word(enum ptn_direction direction);
#endif
