/*
 * record/message.h -- a carrier's message as it came in, as a gateway writes it down, or a
 * post where a supervisor loads one.
 *
 * Pure. Texts and bytes are Borrowed from the bytes read. A message longer than one record holds
 * lies in several, one after another in the ledger and written as one batch: all of them say the
 * same but for part and raw. Standard: docs/format/records.md "message".
 */
#ifndef PTN_RECORD_MESSAGE_H
#define PTN_RECORD_MESSAGE_H
#include "record/record.h"

#define PTN_MESSAGE_RAW_MAX      245760u /* bytes of raw in one record */
#define PTN_MESSAGE_ENVELOPE_MAX 8192u   /* bytes of what stands before a message */
#define PTN_MESSAGE_PARTS_MAX    256u    /* records of one message: 60 MiB */
#define PTN_MESSAGE_BOARDING_MAX 4096u

enum ptn_message_type {
    PTN_MESSAGE_UNKNOWN = 0,
    PTN_MESSAGE_PAXLST = 1,
    PTN_MESSAGE_PNRGOV = 2,
    PTN_MESSAGE_CUSRES = 3,
    PTN_MESSAGE_FAL5 = 4,
    PTN_MESSAGE_FAL6 = 5,
    PTN_MESSAGE_BOOKINGS = 6, /* a ferry's booking file: docs/format/bookings.md */
};
#define PTN_MESSAGE_TYPE_COUNT 7u

enum ptn_message_verdict {
    PTN_MESSAGE_ACCEPTED = 1,
    PTN_MESSAGE_WITH_NOTES = 2,
    PTN_MESSAGE_QUARANTINED = 3,
};
#define PTN_MESSAGE_VERDICT_COUNT 4u /* verdicts are 1 to one less */

struct ptn_carrier_message {
    struct ptn_record_id id; /* names the message; the same in all its parts */
    int64_t time_ms;         /* when the gateway took it in */
    enum ptn_message_type type;
    enum ptn_message_verdict verdict;
    uint8_t sha256[PTN_SHA256_LEN]; /* of the raw bytes of all parts */
    struct ptn_bytes sender;        /* UNB's; may be empty */
    struct ptn_bytes reference;     /* sender's references, docs/format/messages.md "Duplicates" */
    struct ptn_bytes journey;  /* flight or voyage: "KL1234 2026-11-28 AMS TIA"; may be empty */
    uint64_t people;           /* how many it names */
    uint64_t notes;            /* how many notes it got */
    uint64_t length;           /* bytes of all parts together */
    uint64_t part, parts;      /* this one, from 1, and how many there are */
    struct ptn_bytes envelope; /* the interchange's beginning, without which raw is not read */
    struct ptn_bytes raw;      /* as sent; empty: longer than a ledger takes, kept in quarantine */
    struct ptn_bytes
        boarding; /* lines: what its sender was told of who may board; empty: nothing */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status
ptn_carrier_message_validate(const struct ptn_carrier_message *message, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_carrier_message_parse(struct ptn_bytes bytes,
                                                         struct ptn_carrier_message *ret_message,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_carrier_message_write(const struct ptn_carrier_message *message,
                                                         struct ptn_buffer *out);

/* "PAXLST" … , "" for unknown; "accepted", "accepted-with-notes", "quarantined": literals. */
const char *ptn_message_type_word(enum ptn_message_type type);
const char *ptn_message_verdict_word(enum ptn_message_verdict verdict);
#endif
