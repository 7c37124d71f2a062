/*
 * node/inbox_int.h -- what the files of a gateway's inbox share: the batch on its way to the
 * ledger, and what is known of messages taken in before.
 */
#ifndef PTN_NODE_INBOX_INT_H
#define PTN_NODE_INBOX_INT_H
#include "message/assembly.h"
#include "message/cards.h"
#include "message/reply.h"
#include "node/inbox.h"
#include "node/node_int.h"
#include "node/permit_slots_int.h"
#include "record/message.h"

/* ---- what was taken in (inbox_intake.c) ---- */

#define PTN_INTAKE_DIGEST_LEN 16u
#define PTN_INTAKE_FILE_LEN   8u
#define PTN_INTAKE_CURRENT    2048u   /* rows of intake/current */
#define PTN_INTAKE_MAX        262144u /* rows in memory */
#define PTN_INTAKE_ARCHIVES   128u
#define PTN_INTAKE_FILE_MAX   ((size_t)1 << 20)

struct ptn_intake_row {
    uint8_t content[PTN_INTAKE_DIGEST_LEN];
    uint8_t reference[PTN_INTAKE_DIGEST_LEN];
    uint8_t file[PTN_INTAKE_FILE_LEN];
    uint32_t time_s;
    bool quarantined;
};

struct ptn_intake; /* opaque */

/* Views into the bytes of an intake file. */
struct ptn_intake_file {
    uint64_t ledger_size;
    uint32_t confirmed, pending;
    struct ptn_bytes rows;
};

/* Pure. BAD_INPUT for bytes that are no such file. */
PTN_MUST_USE struct ptn_status ptn_intake_file_parse(struct ptn_bytes bytes,
                                                     struct ptn_intake_file *ret_file);
struct ptn_intake_row ptn_intake_file_row(const struct ptn_intake_file *file, size_t index);

/* Read DIR/intake; the pending batch counts when the ledger is longer than it was. CORRUPT; IO;
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_intake_open(const struct ptn_world *world, const char *dir,
                                               uint64_t ledger_size, struct ptn_intake **ret_intake,
                                               struct ptn_diag *reterr);
void ptn_intake_close(struct ptn_intake *intake);

enum ptn_intake_as {
    PTN_INTAKE_NEW,
    PTN_INTAKE_AGAIN,           /* the content, under another reference */
    PTN_INTAKE_REFERENCE_AGAIN, /* the reference, with other content */
    PTN_INTAKE_DUPLICATE,
    PTN_INTAKE_OURS, /* the same, from a file of the same name: taken in before a crash, or sent
                       again just so */
};

/* What is known of a message that is to be written so; what is pending counts. */
enum ptn_intake_as ptn_intake_find(const struct ptn_intake *intake,
                                   const struct ptn_intake_row *row);

/* Make it pending. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_intake_add(struct ptn_intake *intake,
                                              const struct ptn_intake_row *row);

/* Write down what is pending, before it is appended; then confirm it, or drop it. */
PTN_MUST_USE struct ptn_status ptn_intake_write(struct ptn_intake *intake, uint64_t ledger_size);
void ptn_intake_confirm(struct ptn_intake *intake);
void ptn_intake_drop(struct ptn_intake *intake);

/* ---- the batch (inbox_batch.c) ---- */

#define PTN_BATCH_MESSAGES_MAX 256u
#define PTN_BATCH_BYTES_MAX    ((size_t)8 << 20)
#define PTN_BATCH_LEN_MAX      ((size_t)80 << 20) /* one message that is as long as may be */

/* Records on their way to the ledger. */
struct ptn_inbox_batch {
    struct ptn_buffer bytes;           /* all payloads, one after another */
    size_t ends[PTN_LEDGER_BATCH_MAX]; /* where each ends */
    size_t entry_count, message_count;
};

void ptn_inbox_batch_init(struct ptn_inbox_batch *batch);
void ptn_inbox_batch_release(struct ptn_inbox_batch *batch);
void ptn_inbox_batch_clear(struct ptn_inbox_batch *batch);
bool ptn_inbox_batch_is_full(const struct ptn_inbox_batch *batch);

/* Add a message: message->raw and ->length are all of it, envelope what stands before; both
 * Borrowed for the call. One that is longer than a ledger takes goes without its raw bytes, and
 * must be quarantined. BUSY: there is no room beside what is in the batch; NO_MEMORY; the codes of
 * ptn_carrier_message_write. */
PTN_MUST_USE struct ptn_status ptn_inbox_batch_add(struct ptn_inbox_batch *batch,
                                                   const struct ptn_carrier_message *message);

PTN_MUST_USE struct ptn_status ptn_inbox_batch_append(const struct ptn_inbox_batch *batch,
                                                      struct ptn_ledger *ledger, int64_t time_ms,
                                                      struct ptn_diag *reterr);

/* ---- a message as a record ---- */

/* Fill in what a manifest says: type, verdict, sender, reference, journey, people, notes. texts is
 * where the views point to. */
struct ptn_inbox_texts {
    char sender[PTN_RECORD_WORD_MAX + 1];
    char reference[PTN_RECORD_LINE_MAX + 1];
    char journey[PTN_RECORD_LINE_MAX + 1];
};
void ptn_inbox_describe(const struct ptn_manifest *manifest, struct ptn_inbox_texts *texts,
                        struct ptn_carrier_message *message);

/* ---- a table of stops (boarding_table.c) ---- */

#define PTN_BOARDING_FILE_MAX ((size_t)4 << 20)

/* Checked. Views into the bytes of the file. */
struct ptn_boarding {
    const uint8_t *salt, *rows, *digest;
    size_t count, row_len;
    unsigned sources;
    char carrier[PTN_CARRIER_CODE_MAX + 1]; /* for whom it counts; empty: for all */
    int64_t until_ms;
};

/* Pure. BAD_INPUT for bytes that are no such file. */
PTN_MUST_USE struct ptn_status ptn_boarding_parse(struct ptn_bytes file,
                                                  struct ptn_boarding *ret_table);

/* Under what a person's document lies, and a document whoever holds it. A thousand hashes.
 * NOT_FOUND: its issuer, its number or the whole birth is not known; IO, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_boarding_tag_person(const struct ptn_person *person,
                                                       const uint8_t *salt,
                                                       uint8_t ret_tag[PTN_PERMIT_TAG_LEN]);
PTN_MUST_USE struct ptn_status ptn_boarding_tag_document(const char *issuer,
                                                         struct ptn_bytes number,
                                                         const uint8_t *salt,
                                                         uint8_t ret_tag[PTN_PERMIT_TAG_LEN]);

/* One stop. id is a view: the order's, the alert's, the list's. */
struct ptn_boarding_row {
    unsigned source;
    const uint8_t *id;
    int64_t from_ms;
    uint32_t last_day; /* UINT32_MAX: no end */
};

/* The first row whose tag is not less; and a row, if it has that tag. */
size_t ptn_boarding_first(const struct ptn_boarding *table, const uint8_t *tag);
bool ptn_boarding_row(const struct ptn_boarding *table, size_t index, const uint8_t *tag,
                      struct ptn_boarding_row *ret_row);

/* ---- who may board (boarding.c) ---- */

#define PTN_BOARDING_PEOPLE 2000u /* of one body; tenths of a millisecond for each document */
#define PTN_BOARDING_SHOWN  3u    /* documents of one person */

#define PTN_TOLD_TAGS_MAX (2u * PTN_BOARDING_SHOWN)

/* One person who was told: by the carrier's own references, and the tags of their documents. */
struct ptn_told_person {
    struct ptn_bytes booking, reference, transaction, common; /* common: UNH's access reference */
    enum ptn_reply_answer answer;
    bool own, known; /* a national of this State; with nothing against them, they may board */
    size_t tag_count;
    const uint8_t *tags; /* PTN_PERMIT_TAG_LEN each */
};

/* One flight of one carrier. Views. */
struct ptn_told {
    uint64_t changes; /* unsolicited answers about it so far */
    int64_t until_ms; /* by then it has gone */
    int32_t day;      /* of arrival, since 1970 */
    const uint8_t *salt;
    struct ptn_bytes carrier;                        /* its code */
    struct ptn_bytes sender, recipient, application; /* UNB's, of what it sent last */
    struct ptn_manifest_flight flight;
    struct ptn_told_person *people;
    size_t person_count;
    struct ptn_bytes note, answer; /* of a change that is on its way out; else empty */
};

/* What an answer rests on. Borrowed. */
struct ptn_boarding_ask {
    const struct ptn_boarding *table; /* NULL: nothing is said of boarding */
    unsigned sources;                 /* that the carrier is told of */
    const char *own_state;            /* "ALB" */
};

/* Whether who may board is answered to such a message at all. */
bool ptn_boarding_is_asked(const struct ptn_manifest *manifest, const char *own_state);

/* The leg that comes into that State; NULL: none. */
const struct ptn_manifest_flight *ptn_boarding_leg(const struct ptn_manifest *manifest,
                                                   const char *own_state);

/*
 * What each of the manifest's people is told (enum ptn_reply_answer), in ret_answers, which holds
 * as many; the record's lines are appended to note. The manifest is one that is asked.
 *
 * ret_told  Whom that was, to be asked about again: day, people, flight and salt are set, texts and
 *           tags are views into the manifest and the arena. NULL: nobody wants to know.
 * NO_MEMORY; IO; the buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_boarding_answer(const struct ptn_boarding_ask *ask,
                                                   const struct ptn_manifest *manifest,
                                                   int64_t now_ms, uint8_t *ret_answers,
                                                   struct ptn_buffer *note, struct ptn_arena *arena,
                                                   struct ptn_told *ret_told);

/* What that person is told now. stops gets the record's line, under that number. scratch is
 * cleared. NO_MEMORY; IO. */
PTN_MUST_USE struct ptn_status ptn_boarding_judge(const struct ptn_boarding_ask *ask, int32_t day,
                                                  const struct ptn_told_person *person,
                                                  struct ptn_arena *scratch,
                                                  enum ptn_reply_answer *ret_answer,
                                                  struct ptn_buffer *stops, size_t number);

/* ---- what carriers were told, until the plane has gone (told.c) ---- */

#define PTN_TOLD_DIR         "boarding/told"
#define PTN_TOLD_NEXT        ".next"
#define PTN_TOLD_FILE_MAX    ((size_t)2 << 20)
#define PTN_TOLD_PEOPLE_MAX  4000u /* of one flight */
#define PTN_TOLD_FLIGHTS_MAX 4096u
#define PTN_TOLD_DAY_MAX     2932896u /* 9999-12-31 */
#define PTN_TOLD_NAME_SIZE   33u
#define PTN_TOLD_OUT_SIZE    80u /* of an unsolicited answer's file */

/* The file. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_told_write(const struct ptn_told *told, struct ptn_buffer *out);
/* Pure. Texts are views into the file, people the arena's. BAD_INPUT for bytes that are none;
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_told_parse(struct ptn_bytes file, struct ptn_arena *arena,
                                              struct ptn_told *ret_told);
PTN_MUST_USE struct ptn_status ptn_told_name(const struct ptn_told *told,
                                             char name[PTN_TOLD_NAME_SIZE]);
PTN_MUST_USE struct ptn_status ptn_told_path(const char *dir, const char *name, const char *suffix,
                                             char path[PTN_NODE_PATH_MAX]);

/* When it has surely gone: its arrival by this country's clocks, or its departure in whatever zone;
 * a day from now where it says neither. */
int64_t ptn_told_until(const struct ptn_manifest_flight *flight, int64_t now_ms);

enum ptn_told_as {
    PTN_TOLD_KEEP, /* these people were told this: the last answer counts */
    PTN_TOLD_GONE, /* they do not travel */
    PTN_TOLD_OVER, /* the flight is closed or cancelled */
};

/* Append an update; and do all of them, durably. *ret_left_out: flights for which there is no room.
 * BUSY: a change is on its way out; IO, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_told_update(enum ptn_told_as as, const struct ptn_told *told,
                                               struct ptn_buffer *updates);
PTN_MUST_USE struct ptn_status ptn_told_apply(const struct ptn_world *world, const char *dir,
                                              struct ptn_bytes updates, size_t *ret_left_out);

/* ---- and when it changes (changes.c) ---- */

struct ptn_changes; /* opaque */

/* What answers rest on now. Borrowed. */
struct ptn_changes_by {
    const struct ptn_boarding *table; /* NULL: nothing is said */
    const struct ptn_carriers *carriers;
    struct ptn_bytes reg; /* the register that carriers are of */
    const char *own_state;
};

struct ptn_changes_standing {
    uint64_t sent, flights;      /* unsolicited answers; flights in the last walk */
    uint64_t other_salt, unread; /* of which nothing can be said; files that were damaged */
};

/* world and inbox are Borrowed, dir is copied. Owned: ptn_changes_free. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_changes_new(const struct ptn_world *world, const char *dir,
                                               struct ptn_inbox *inbox,
                                               struct ptn_changes **ret_changes);
void ptn_changes_free(struct ptn_changes *changes); /* NULL is fine */

/* Some flights more, between two turns of the inbox. IO, BUSY, NO_MEMORY: at the next turn again;
 * CORRUPT. */
PTN_MUST_USE struct ptn_status ptn_changes_turn(struct ptn_changes *changes,
                                                const struct ptn_changes_by *by,
                                                struct ptn_diag *reterr);
/*
 * ptn_changes_give(inbox, code, reference, answer):
 * Append the first unsolicited answer of that carrier that lies in outbox/. When it is the one of
 * this reference (UNB's), the carrier has it: it is taken away, and the next is given.
 *
 * OK; NOT_FOUND: there is none (more); IO; NO_MEMORY. (changes_give.c)
 */
PTN_MUST_USE struct ptn_status ptn_changes_give(struct ptn_inbox *inbox, const char *code,
                                                struct ptn_bytes reference,
                                                struct ptn_buffer *answer);
void ptn_changes_standing(const struct ptn_changes *changes,
                          struct ptn_changes_standing *ret_standing);

/* What a gateway sends of itself, into its ledger, once (inbox_message.c). */
PTN_MUST_USE struct ptn_status ptn_inbox_take_own(struct ptn_inbox *inbox, const char *name,
                                                  const struct ptn_told *told,
                                                  struct ptn_diag *reterr);
/* The country's codes of answers. */
const struct ptn_reply_codes *ptn_inbox_codes(const struct ptn_inbox *inbox);

/* ---- the inbox (inbox.c, inbox_message.c) ---- */

#define PTN_INBOX_NAME_SIZE    256u
#define PTN_INBOX_FINISHED_MAX 256u
#define PTN_INBOX_ANSWER_MAX   ((size_t)64 << 20)

enum ptn_inbox_place {
    PTN_INBOX_INBOX,
    PTN_INBOX_DONE,
    PTN_INBOX_QUARANTINE,
    PTN_INBOX_HELD,
    PTN_INBOX_OUTBOX,
    PTN_INBOX_ANSWERED,
    PTN_INBOX_NOWHERE,
    PTN_INBOX_PLACES = PTN_INBOX_NOWHERE
};

/* The file being read. */
struct ptn_inbox_open {
    bool open;
    bool held_over; /* the manifest holds a message that had no room in the batch */
    char name[PTN_INBOX_NAME_SIZE];
    struct ptn_bytes bytes;
    struct ptn_map *map; /* NULL: bytes are in inbox->input, or came by HTTPS */
    size_t cards;        /* payment cards' numbers: hidden in bytes, unless mapped */
    struct ptn_manifest_reader *reader;
    uint8_t digest[PTN_INTAKE_FILE_LEN]; /* of its name */
    uint64_t messages, tests;
    bool quarantined;                 /* a person must look */
    bool waits;                       /* a part of a message whose others have not come */
    bool is_list;                     /* a ship's: written down whole, at its end */
    bool posted;                      /* it came by HTTPS: a reference that is known is refused */
    bool refused;                     /* and one was */
    bool checking;                    /* only whether it can be taken in: nothing is answered yet */
    struct ptn_boarding_ask boarding; /* its sender is told who may board by it; no table: not */
    uint8_t *board;                   /* what the people of the manifest at hand are told; NULL:
                                         nothing. In the arena */
    struct ptn_buffer board_note;     /* and what is recorded of it */
    struct ptn_buffer told;           /* updates of what was told */
    struct ptn_bytes carrier;         /* with boarding: whose body it is */
    size_t boarded;                   /* people of this body so far */
    struct ptn_carrier_message list;
    struct ptn_inbox_texts texts;
    struct ptn_reply reply;
    struct ptn_buffer answer, lines;
};

/* A file that was read to its end; what is in the ledger of it decides whether it is done. */
struct ptn_inbox_finished {
    char name[PTN_INBOX_NAME_SIZE];
    enum ptn_inbox_place to;
    bool cards; /* what lies in the inbox has numbers that are not kept */
    struct ptn_buffer answer, lines;
};

/* A file in done/ or held/, and since when. */
struct ptn_inbox_kept {
    char *name;
    enum ptn_inbox_place place;
    int64_t since_ms;
};

struct ptn_inbox {
    const struct ptn_world *world;
    struct ptn_ledger *ledger;
    char dir[PTN_NODE_PATH_MAX];
    struct ptn_intake *intake;
    struct ptn_assembly *assembly;
    struct ptn_arena *arena, *joined_arena;
    struct ptn_manifest *manifest, *joined;
    struct ptn_manifest_reader *joined_reader; /* Owned: joined's texts are views into it */
    struct ptn_arena *post_arena;              /* what came by HTTPS, while a file is half read */
    struct ptn_manifest *post_manifest;
    struct ptn_buffer post_input; /* its bytes, without numbers of payment cards */
    struct ptn_reply_codes codes;
    struct ptn_buffer input;
    struct ptn_inbox_batch batch;
    char **names; /* what the last look found, by name; the next at name_next */
    size_t name_count, name_next;
    struct ptn_inbox_open file;
    struct ptn_inbox_finished finished[PTN_INBOX_FINISHED_MAX];
    size_t finished_count;
    struct ptn_inbox_kept *kept; /* oldest first */
    size_t kept_count;
    struct ptn_inbox_standing standing;
};

PTN_MUST_USE struct ptn_status ptn_inbox_digest(const struct ptn_bytes *parts, size_t count,
                                                uint8_t *ret_digest, size_t len);

/* Write down the manifest at hand, if it is new, and what its sender is answered. BUSY: the batch
 * must go first. */
PTN_MUST_USE struct ptn_status ptn_inbox_take_manifest(struct ptn_inbox *inbox);

/* Write down the file at hand as one message, if it is new. BUSY, as above. */
PTN_MUST_USE struct ptn_status ptn_inbox_take_file(struct ptn_inbox *inbox,
                                                   struct ptn_carrier_message *message);

/* Sets that began before then and whose parts never came: said aloud, each in a file of its own. */
void ptn_inbox_answer_late(struct ptn_inbox *inbox, int64_t then_ms);

/* Put an answer to that file into outbox/; an empty one is none. */
PTN_MUST_USE struct ptn_status ptn_inbox_put_answer(struct ptn_inbox *inbox, const char *name,
                                                    const char *suffix,
                                                    const struct ptn_buffer *answer);

/* ---- what comes by HTTPS (inbox_post.c) ---- */

#define PTN_POST_BODY_MAX ((size_t)4 << 20)

enum ptn_post_outcome {
    PTN_POST_TAKEN,
    PTN_POST_TEST,  /* read and answered, and not kept */
    PTN_POST_WAITS, /* for other parts */
    PTN_POST_QUARANTINED,
    /* nothing was taken in: */
    PTN_POST_FOREIGN,
    PTN_POST_CONFLICT,
    PTN_POST_TOO_MANY,
};

/* One body, and who sent it. Borrowed. */
struct ptn_post {
    const struct ptn_carrier *carrier;
    struct ptn_bytes body;
    struct ptn_boarding_ask boarding;
};

/*
 * Take in one body, all of it or nothing, and answer it. OK: it is durable, as *ret_outcome says,
 * and its answer is appended. IO, BUSY, NO_MEMORY, CORRUPT as ptn_inbox_turn.
 */
PTN_MUST_USE struct ptn_status ptn_inbox_post(struct ptn_inbox *inbox, const struct ptn_post *post,
                                              enum ptn_post_outcome *ret_outcome,
                                              struct ptn_buffer *answer, struct ptn_diag *reterr);

/* An answer that was given under that name: append it. NOT_FOUND. */
PTN_MUST_USE struct ptn_status ptn_inbox_answer_again(struct ptn_inbox *inbox, const char *name,
                                                      struct ptn_buffer *answer);
/* Keep one for whoever asks again, durably. */
PTN_MUST_USE struct ptn_status ptn_inbox_answer_keep(struct ptn_inbox *inbox, const char *name,
                                                     struct ptn_bytes answer);

/* Steps of a turn that both ways share (inbox.c). */
PTN_MUST_USE struct ptn_status ptn_inbox_path(const struct ptn_inbox *inbox,
                                              enum ptn_inbox_place place, const char *name,
                                              char path[PTN_NODE_PATH_MAX]);
void ptn_inbox_keep(struct ptn_inbox *inbox, enum ptn_inbox_place place, const char *name);
void ptn_inbox_close_file(struct ptn_inbox *inbox);
PTN_MUST_USE struct ptn_status ptn_inbox_refuse(struct ptn_inbox *inbox,
                                                const struct ptn_diag *diag);
PTN_MUST_USE struct ptn_status ptn_inbox_commit(struct ptn_inbox *inbox, struct ptn_diag *reterr);
#endif
