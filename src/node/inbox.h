/*
 * node/inbox.h -- a gateway's work: files that carriers laid down are read, judged message by
 * message, written to the gateway's own ledger, answered, and put away.
 *
 * Stepped, by the one thread that owns the ledger. A crash at any point loses no message and writes
 * none twice. Folders, order of writes and what counts as a duplicate: docs/format/inbox.md.
 */
#ifndef PTN_NODE_INBOX_H
#define PTN_NODE_INBOX_H
#include "base/date.h"
#include "ledger/ledger.h"
#include "record/record.h"
#include "vault/tls.h"

struct ptn_inbox; /* opaque */

/*
 * ptn_inbox_open(world, dir, ledger, ret_inbox, reterr):
 * Make the folders that are missing, read what was taken in before, and settle what a crash cut
 * off. world and ledger are Borrowed until close; dir is copied.
 *
 * OK; BAD_INPUT for a file of codes that cannot be used; CORRUPT when what was taken in before is
 * not what this program wrote; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_inbox_open(const struct ptn_world *world, const char *dir,
                                              struct ptn_ledger *ledger,
                                              struct ptn_inbox **ret_inbox,
                                              struct ptn_diag *reterr);
void ptn_inbox_close(struct ptn_inbox *inbox);

/*
 * ptn_inbox_turn(inbox, ret_more, reterr):
 * Take in one batch. *ret_more: files wait, call again; else look again in a second or so.
 *
 * OK; IO, BUSY or NO_MEMORY: nothing of the batch is in the ledger, or, when ptn_ledger_state says
 * STOPPED, that is known only after opening anew; with FULL call again later. CORRUPT: raise the
 * alarm.
 */
PTN_MUST_USE struct ptn_status ptn_inbox_turn(struct ptn_inbox *inbox, bool *ret_more,
                                              struct ptn_diag *reterr);

/* Counts since the start; nothing personal. */
struct ptn_inbox_standing {
    uint64_t waiting; /* files that lay in the inbox when it was last looked at, less those done */
    uint64_t files, messages;
    uint64_t accepted, noted, quarantined;
    uint64_t duplicates, tests, answers;
    uint64_t sets_waiting; /* messages of which parts are missing */
    uint64_t sets_late;    /* whose parts never came */
    uint64_t posted;       /* bodies that came by HTTPS and were taken in */
    uint64_t untold; /* flights for which there is no room: their carriers hear of no change */
};

void ptn_inbox_standing(const struct ptn_inbox *inbox, struct ptn_inbox_standing *ret_standing);

/* ---- carriers that may come in by HTTPS: DIR/carriers/register (carriers.c) ---- */

#define PTN_CARRIERS_DIR        "carriers"
#define PTN_CARRIERS_FILE       "carriers/register"
#define PTN_CARRIERS_MAX        1024u
#define PTN_CARRIERS_FILE_MAX   ((size_t)1 << 20)
#define PTN_CARRIER_CODE_MAX    16u
#define PTN_CARRIER_SENDERS_MAX 8u

/* A key, and what its holder may do. */
struct ptn_carrier {
    char code[PTN_CARRIER_CODE_MAX + 1];
    uint8_t key[PTN_TLS_ID_LEN];
    bool ended;
    unsigned sources;                           /* it is told who may board, by these: bits of
                                                   PTN_BOARDING_*; 0: it is not */
    struct ptn_date until;                      /* the last day */
    char senders[PTN_CARRIER_SENDERS_MAX * 36]; /* parted by commas */
    unsigned per_minute, mib_a_day;
};

struct ptn_carriers {
    struct ptn_carrier *at;
    size_t count;
};

enum ptn_carrier_do {
    PTN_CARRIER_ADD,
    PTN_CARRIER_END,
    PTN_CARRIER_BOARDING, /* boarding answers, by what, or off: of all its keys */
};

/* One line of the register. Texts are Borrowed. Only an ADD has until, senders and limits, only
 * BOARDING has sources (0: off); it has no key. */
struct ptn_carrier_act {
    enum ptn_carrier_do act;
    unsigned sources;
    struct ptn_bytes carrier;
    uint8_t key[PTN_TLS_ID_LEN];
    struct ptn_date until;
    struct ptn_bytes senders;
    unsigned per_minute, mib_a_day;
    int64_t time_ms;
    struct ptn_bytes officer, reason;
};

void ptn_carriers_init(struct ptn_carriers *carriers);
void ptn_carriers_release(struct ptn_carriers *carriers);

/* Apply all acts of a file to an empty register. BAD_INPUT with the line; TOO_BIG; NO_MEMORY. */
PTN_MUST_USE struct ptn_status
ptn_carriers_parse(struct ptn_bytes file, struct ptn_carriers *carriers, struct ptn_diag *reterr);

/* Apply one act more. BAD_INPUT with what is wrong, TOO_BIG, NO_MEMORY: nothing is changed. */
PTN_MUST_USE struct ptn_status ptn_carriers_apply(struct ptn_carriers *carriers,
                                                  const struct ptn_carrier_act *act,
                                                  struct ptn_diag *reterr);

/* The first line of a register; and an act as the line that follows. BAD_INPUT for a field that no
 * line can hold; the buffer's codes. */
struct ptn_bytes ptn_carriers_head(void);
PTN_MUST_USE struct ptn_status ptn_carrier_act_write(const struct ptn_carrier_act *act,
                                                     struct ptn_buffer *out);

bool ptn_carrier_is_in_force(const struct ptn_carrier *carrier, struct ptn_date today);
/* Whether UNB's sender may be that in what it sends. */
bool ptn_carrier_sends_as(const struct ptn_carrier *carrier, struct ptn_bytes sender);

/* ---- whom the State lets nobody bring: DIR/boarding/stops (boarding*.c) ---- */

#define PTN_BOARDING_DIR  "boarding"
#define PTN_BOARDING_FILE "boarding/stops"
#define PTN_BOARDING_MAX  65536u /* stops */
#define PTN_BOARDING_DAYS 7      /* a table may be used so long at most */

/* Where a stop comes from; which of them a carrier is told of is the country's to say. Bits. */
#define PTN_BOARDING_BANS      1u /* orders to leave that ban from entry */
#define PTN_BOARDING_ALERTS    2u /* national alerts that refuse entry */
#define PTN_BOARDING_DOCUMENTS 4u /* documents that were stolen or withdrawn */
#define PTN_BOARDING_SOURCES   7u /* all of them */

/* "bans,alerts" and back: each once, in any order; written in the order above. False: no such
 * words, or none. */
#define PTN_BOARDING_WORDS_SIZE 24u
bool ptn_boarding_sources_read(struct ptn_bytes words, unsigned *ret_sources);
const char *ptn_boarding_sources_write(unsigned sources, char text[PTN_BOARDING_WORDS_SIZE]);

struct ptn_leave;          /* record/alert.h */
struct ptn_alert;          /* likewise */
struct ptn_boarding_press; /* opaque */

/* What a table is to be. */
struct ptn_boarding_plan {
    int64_t until_ms;
    unsigned sources;         /* that it is made of; not 0 */
    struct ptn_bytes carrier; /* it counts for that one alone; empty: for all */
    const uint8_t *salt;      /* of the former table (PTN_SHA256_LEN), so that who was answered by
                                 that one can be told of a change; NULL: a new one */
};

/* A table's salt, for the next one. BAD_INPUT: no table. */
PTN_MUST_USE struct ptn_status ptn_boarding_salt(struct ptn_bytes file,
                                                 uint8_t ret_salt[PTN_SHA256_LEN]);

/* A table being made. carrier is copied. Owned: ptn_boarding_press_free. NULL: no memory. */
struct ptn_boarding_press *ptn_boarding_press_new(const struct ptn_world *world,
                                                  const struct ptn_boarding_plan *plan);
void ptn_boarding_press_free(struct ptn_boarding_press *press);
/* The ban of an order that stands, in force from its deadline on: a stop for each of its people and
 * dependants whose document's issuer and number and whose birth are known. *ret_left_out counts
 * those of whom they are not. TOO_BIG past PTN_BOARDING_MAX; NO_MEMORY; IO. */
PTN_MUST_USE struct ptn_status ptn_boarding_press_add(struct ptn_boarding_press *press,
                                                      const struct ptn_leave *leave,
                                                      int64_t deadline_ms, size_t *ret_left_out);
/* The same of an alert that is in force or will be: of its documents, where it refuses entry; else
 * nothing. */
PTN_MUST_USE struct ptn_status ptn_boarding_press_alert(struct ptn_boarding_press *press,
                                                        const struct ptn_alert *alert,
                                                        size_t *ret_left_out);
/* A document that was stolen or withdrawn, whoever shows it; register names the list it stands on.
 * NOT_FOUND without an issuer or a number; else as above. */
PTN_MUST_USE struct ptn_status ptn_boarding_press_document(struct ptn_boarding_press *press,
                                                           struct ptn_record_id list,
                                                           const char *issuer,
                                                           struct ptn_bytes number);
size_t ptn_boarding_press_count(const struct ptn_boarding_press *press);
/* The file. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_boarding_press_write(struct ptn_boarding_press *press,
                                                        struct ptn_buffer *out);

/* ---- their door: exchanges in, exchanges out (carrier_door.c) ---- */

struct ptn_carrier_door; /* opaque */

/* world and inbox are Borrowed until free; dir and own_state ("ALB") are copied. It admits nobody
 * until the first look. TOO_BIG, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_carrier_door_new(const struct ptn_world *world, const char *dir,
                                                    const char *own_state, struct ptn_inbox *inbox,
                                                    struct ptn_carrier_door **ret_door);
void ptn_carrier_door_free(struct ptn_carrier_door *door);

/* Tell carriers what has changed of what they were told, some flights at a call, between two turns
 * of the inbox (docs/format/boarding.md "Changes"). IO, BUSY, NO_MEMORY: what was begun goes on at
 * the next call; CORRUPT. */
PTN_MUST_USE struct ptn_status ptn_carrier_door_turn(struct ptn_carrier_door *door,
                                                     struct ptn_diag *reterr);

/* Look at the register, the day and the table of stops. True: who may come in is not who it was. */
bool ptn_carrier_door_look(struct ptn_carrier_door *door);

/* Who may come in: *ret_count keys, Borrowed until the next look. */
const uint8_t (*ptn_carrier_door_keys(const struct ptn_carrier_door *door,
                                      size_t *ret_count))[PTN_TLS_ID_LEN];

/*
 * ptn_carrier_door_answer(door, index, exchange, reterr):
 * Answer what the holder of the key at that place asks (docs/format/carriers.md): status and an
 * empty buffer that is filled. Between two turns of the inbox, by its thread.
 *
 * OK, also for what is refused. IO, BUSY, NO_MEMORY, CORRUPT: what went wrong behind a 503, as with
 * ptn_inbox_turn.
 */
PTN_MUST_USE struct ptn_status ptn_carrier_door_answer(struct ptn_carrier_door *door, size_t index,
                                                       struct ptn_exchange *exchange,
                                                       struct ptn_diag *reterr);

/* Counts since the start, and how the register stands; nothing personal. */
struct ptn_carrier_door_standing {
    size_t keys;                        /* that may come in now */
    bool unread;                        /* there is a register, and it cannot be used */
    bool stops_unread;                  /* the same of the table of stops */
    uint64_t stops;                     /* in the table; none: no table */
    unsigned stops_sources, stops_lack; /* what it is made of; what some carrier in force is told of
                                           and it is not made of */
    int64_t stops_until_ms;
    uint64_t asked, refused, too_many, failed, again; /* again: answered as before */
    uint64_t changes;                                 /* unsolicited answers laid out */
    uint64_t changes_flights; /* flights that are looked after, and those of which a change cannot
                                 be seen: the table has another salt */
    uint64_t changes_blind;
};
void ptn_carrier_door_standing(const struct ptn_carrier_door *door,
                               struct ptn_carrier_door_standing *ret_standing);
#endif
