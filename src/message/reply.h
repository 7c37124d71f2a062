/*
 * message/reply.h -- what a carrier gets back: CUSRES to a passenger or crew list, or, where
 * nothing can be answered in the carrier's own form, lines of text that say what to mend.
 *
 * Pure. An answer is about the message and nothing else: that it came, how many people it names,
 * what does not add up. It is the same whatever any list says of anybody on it, but for who may
 * board, where the caller says it (docs/format/boarding.md). Codes come from a
 * file that a country edits (data/reference/reply-codes.tsv). Standard: UN-CUSRES;
 * docs/format/messages.md "Answers".
 */
#ifndef PTN_MESSAGE_REPLY_H
#define PTN_MESSAGE_REPLY_H
#include "message/manifest.h"

#define PTN_REPLY_CODES_MAX 65536u /* bytes of the file */
#define PTN_REPLY_CODE_LEN  8u     /* data element 9321 */
#define PTN_REPLY_TEXT_LEN  70u
#define PTN_REPLY_NOTES_MAX 9u /* notes that an answer spells out */

enum ptn_reply_answer {
    PTN_REPLY_MESSAGE_RECEIVED,
    PTN_REPLY_MESSAGE_NOTED,
    PTN_REPLY_MESSAGE_REJECTED,
    PTN_REPLY_PERSON_RECEIVED,
    PTN_REPLY_PERSON_INCOMPLETE,
    /* of boarding: a file that says nothing of them has the shipped ones */
    PTN_REPLY_PERSON_BOARD,
    PTN_REPLY_PERSON_NO_BOARD,
    PTN_REPLY_PERSON_BOARD_INCOMPLETE,
    PTN_REPLY_ANSWER_COUNT,
};

struct ptn_reply_codes {
    char codes[PTN_REPLY_ANSWER_COUNT][PTN_REPLY_CODE_LEN + 1];
    char texts[PTN_REPLY_ANSWER_COUNT][PTN_REPLY_TEXT_LEN + 1];
};

/* Read such a file: every answer once, those of boarding once or not at all. BAD_INPUT with the
 * line; TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_reply_codes_parse(struct ptn_bytes file,
                                                     struct ptn_reply_codes *ret_codes,
                                                     struct ptn_diag *reterr);
/* The file as it is shipped. */
struct ptn_bytes ptn_reply_codes_shipped(void);

/* An answer interchange being written. Zero it; every message that is answered goes into one. */
struct ptn_reply {
    const struct ptn_reply_codes *codes;
    int64_t time_ms; /* of the answer, UTC */
    struct ptn_buffer *out;
    struct ptn_status status;
    size_t messages; /* so far */
    size_t segments; /* of the present one */
    char control[72];
};

/* Whether a carrier that sent this waits for an answer: a passenger or crew list with a common
 * access reference, of the application IAPI, or with UNB's request for one. */
bool ptn_reply_wanted(const struct ptn_manifest *manifest);

/* Whether it can be answered by CUSRES at all: a passenger or crew list, not an answer itself. */
bool ptn_reply_possible(const struct ptn_manifest *manifest);

/* Append the answer to one message, after UNB before the first. part_missing: the first part of it
 * that never came, 0: none. boarding: what each of its people is told of boarding, in their order
 * (one of the three); NULL: nothing. Errors stick. */
void ptn_reply_add(struct ptn_reply *reply, const struct ptn_manifest *manifest,
                   unsigned part_missing, const uint8_t *boarding);

/* One person whom an unsolicited answer is about. Borrowed. */
struct ptn_reply_change {
    struct ptn_bytes transaction, common, booking, reference; /* the carrier's own */
    enum ptn_reply_answer answer;                             /* of boarding, now */
};

/* Append an unsolicited answer: nobody asked, and what these people of one message are told of
 * boarding has changed (BGM 132). sent: to whom, as what they sent; its interchange is the
 * gateway's own reference. Errors stick. */
void ptn_reply_change(struct ptn_reply *reply, const struct ptn_manifest_sent *sent,
                      const struct ptn_manifest_flight *flight,
                      const struct ptn_reply_change *people, size_t count);

/* UNZ, when there was any message. OK; the buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_reply_end(struct ptn_reply *reply);

/*
 * Lines for a person at the carrier's: what the message is, each note with segment and byte, and
 * what was expected there. The buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_reply_reject(const struct ptn_manifest *manifest,
                                                struct ptn_bytes file, struct ptn_buffer *out);
/* The same for a file in which no message was found; what the reader said. */
PTN_MUST_USE struct ptn_status ptn_reply_refuse(struct ptn_bytes file, const struct ptn_diag *diag,
                                                struct ptn_buffer *out);
#endif
