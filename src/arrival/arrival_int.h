/*
 * arrival/arrival_int.h -- what the files of arrival/ share: a voyage, its lists, and what becomes
 * of the people on them.
 *
 * A list is made whole outside the lock, put in its voyage's place under it, and never changed
 * again but for the fates of its people, which are under the lock. Whoever reads a list without the
 * lock holds a reference.
 */
#ifndef PTN_ARRIVAL_ARRIVAL_INT_H
#define PTN_ARRIVAL_ARRIVAL_INT_H
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "arrival/arrivals.h"
#include "base/text.h"

#define NAME_LEN_MAX   160u /* bytes of a surname or of given names */
#define NUMBER_LEN_MAX 40u
#define CODE_LEN_MAX   60u /* references, ports, ranks */
#define PART_MAX       99u /* of one list */
#define ROWS_A_LIST    65536u
#define DIGESTS_MAX    16u /* messages of one voyage that are known again */

static_assert(PTN_MANIFEST_PEOPLE_MAX <= ROWS_A_LIST, "a row's number holds its list");
static_assert(PTN_ARRIVAL_ROW_CREW == PTN_ARRIVAL_CREW * ROWS_A_LIST, "and crew are the second");

struct ptn_arrival_key {
    uint32_t hash, row;
};

/* What became of a person on a list. Under the lock. */
struct ptn_arrival_fate {
    int64_t arrived_ms;
    bool not_on_board;
    bool screened;
    bool elsewhere; /* a booking whose traveller is on the passenger list, too */
    uint8_t trouble, trouble_discreet;
};

struct ptn_arrival_rows {
    unsigned references; /* under the lock */
    struct ptn_arena *arena;
    struct ptn_arrival_person *people;
    size_t count;
    struct ptn_arrival_key *numbers; /* of documents, by hash; look-alikes have one hash */
    size_t number_count;
    struct ptn_arrival_key *names; /* name and birth date, by hash; count of them */
    uint32_t *births;              /* packed, in order of rows; 0: not known */
    struct ptn_arrival_change *changes;
    size_t change_count, changes_left_out;
    size_t added, removed, changed;
    int64_t received_ms; /* of the newest message in it */
    int64_t base_ms;     /* of the whole list that it rests on; 0: changes alone have come */
    struct ptn_bytes origin;
    uint64_t seq;
    struct ptn_bytes access;        /* of a list in parts: the reference they share */
    uint64_t parts[2];              /* bit n: part n was taken */
    unsigned last_part;             /* 0: not known yet */
    uint32_t *former;               /* each row's in the list before, UINT32_MAX: none */
    struct ptn_arrival_fate *fates; /* under the lock */
    size_t screened;                /* of this round; the screener's */
};

struct ptn_arrival_voyage {
    char id[PTN_ARRIVAL_ID_SIZE];
    char name[PTN_ARRIVAL_NAME_MAX + 1];
    char carrier[9], number[13], from[9], to[9], ship_name[49], imo[9];
    bool ship, leaves;
    struct ptn_manifest_time departure, arrival;
    int64_t due_ms;
    enum ptn_arrival_state state;
    unsigned version;
    int64_t received_ms;                          /* of the newest message */
    int64_t state_ms;                             /* of the one that state is from */
    uint8_t digests[DIGESTS_MAX][PTN_SHA256_LEN]; /* of the last messages taken */
    size_t digest_count;                          /* ever */
    struct ptn_arrival_rows *lists[PTN_ARRIVAL_LIST_COUNT];
};

struct ptn_arrival_seen {
    char name[PTN_ARRIVAL_NAME_MAX + 1];
    char surname[NAME_LEN_MAX / 2], given[NAME_LEN_MAX / 2], number[NUMBER_LEN_MAX + 1]; /* cut */
    char issuer[4], nationality[4];
    struct ptn_date birth;
    int64_t time_ms;
};

struct ptn_arrivals {
    struct ptn_arrivals_seams seams;
    struct ptn_arrival_voyage *voyages; /* PTN_ARRIVALS_VOYAGES_MAX, in no order */
    size_t voyage_count;
    uint64_t let_go;
    struct ptn_arrival_seen *seen; /* PTN_ARRIVALS_SEEN_MAX, a ring */
    size_t seen_count;             /* ever */
    uint64_t edition;              /* of the lists of this round; the screener's. 0: none yet */
};

void ptn_arrivals_lock(const struct ptn_arrivals *arrivals);
void ptn_arrivals_unlock(const struct ptn_arrivals *arrivals);

/* Under the lock. NULL: none. */
struct ptn_arrival_voyage *ptn_arrivals_find_voyage(const struct ptn_arrivals *arrivals,
                                                    const char *name);
struct ptn_arrival_voyage *ptn_arrivals_find_id(const struct ptn_arrivals *arrivals,
                                                const char *id);

/* Give a reference back; the last one frees. Under the lock; NULL is no list. */
void ptn_arrival_rows_leave(struct ptn_arrival_rows *rows);

/* ---- match.c ---- */

/* The row of a list that is this person's by the rules of arrival/match.h, or count. May be called
 * under the lock. */
size_t ptn_arrival_rows_find(const struct ptn_arrival_rows *rows, const struct ptn_person *person);

/* ---- arrivals.c ---- */

/* What is shown of a voyage but for its counts, and of a fate. The fate under the lock. */
PTN_MUST_USE struct ptn_status ptn_arrival_voyage_copy(const struct ptn_arrival_voyage *from,
                                                       struct ptn_arena *arena,
                                                       struct ptn_arrival *ret_voyage);
void ptn_arrival_fate_copy(const struct ptn_arrival_fate *fate, struct ptn_arrival_row *row);

/* ---- people.c: pure ---- */

/* A document's number as look-alikes share it (O and 0, I and 1, …); 0: no number. */
uint32_t ptn_arrival_number_hash(struct ptn_bytes number);
/* True when two numbers are the same but for case and what is no letter or digit. */
bool ptn_arrival_number_equal(struct ptn_bytes a, struct ptn_bytes b);
/* Of a name's letters and a birth date. */
uint32_t ptn_arrival_name_hash(struct ptn_bytes surname, struct ptn_bytes given,
                               struct ptn_date birth);
uint32_t ptn_arrival_pack_date(struct ptn_date date);
/* The first place in keys with this hash; count when there is none. */
size_t ptn_arrival_key_find(const struct ptn_arrival_key *keys, size_t count, uint32_t hash);
/* False when both are known States' and differ. */
bool ptn_arrival_states_agree(const char *a, const char *b);
/* A visa does not say who somebody is. */
bool ptn_arrival_is_visa(const struct ptn_arrival_document *document);

/* Copy a person's texts into the arena. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_arrival_person_copy(const struct ptn_arrival_person *from,
                                                       struct ptn_arena *arena,
                                                       struct ptn_arrival_person *ret_person);

/* What a message does to the people of a list. */
enum ptn_arrival_act {
    ACT_REPLACE,
    ACT_CHANGE,
    ACT_TAKE_OFF,
    ACT_NOT_ON_BOARD,
    ACT_ON_BOARD,
    ACT_UNDER, /* came after what is newer: only who is not named by that is added */
};

struct ptn_arrival_making {
    const struct ptn_manifest *manifest;
    enum ptn_arrival_act act;
    enum ptn_arrival_list list;
    struct ptn_arrival_rows *former; /* with a reference; NULL: none */
    bool whole;                      /* the message is a list, or a part of one */
    int64_t received_ms;
    struct ptn_bytes origin;
    uint64_t seq;
};

/* True when the message is a part, and not the only one, of the list that these rows are of. */
bool ptn_arrival_rows_are_of(const struct ptn_arrival_rows *rows,
                             const struct ptn_manifest *manifest);
/* How many parts of the list have not come; of one whose last has not come, at least 1. */
size_t ptn_arrival_rows_missing(const struct ptn_arrival_rows *rows);

/* A list out of a message and what stood before, with one reference, fates carried over. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_arrival_rows_make(const struct ptn_arrival_making *making,
                                                     struct ptn_arrival_rows **ret_rows);
void ptn_arrival_rows_free(struct ptn_arrival_rows *rows);

/* The row of the same person in another list, or count: by the carrier's reference, then by a
 * document, then by name and birth. */
size_t ptn_arrival_rows_same(const struct ptn_arrival_rows *rows,
                             const struct ptn_arrival_person *person);
#endif
