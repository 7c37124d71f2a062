/*
 * main/up_int.h -- what the files of `postern up` share: the node to run, and one function a role
 * that runs it in the child until it is told to stop.
 *
 * main/up.c is the parent: it listens, starts the child and starts it again when it falls.
 */
#ifndef PTN_MAIN_UP_INT_H
#define PTN_MAIN_UP_INT_H
#include <sys/signalfd.h>

#include "base/world.h"
#include "main/commands.h"
#include "main/relay.h"
#include "main/unlock.h"
#include "node/country.h"
#include "node/node.h"
#include "node/staff.h"

#define PTN_UP_PATH_SIZE 1024u

struct ptn_up {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_node_plan plan;
    int listen_fd; /* -1: it listens to nobody */
    unsigned port;
    bool travellers;
    int storage_fd; /* in the child: where the parent is told the storage key that was opened */
};

/* Run the node. signals is a signalfd of the signals that up handles; ready_fd gets one byte when
 * the node is open. Returns the exit code. */
typedef int (*ptn_up_run_fn)(const struct ptn_up *up, int signals, int ready_fd);

int ptn_up_post(const struct ptn_up *up, int signals, int ready_fd);
int ptn_up_keeper(const struct ptn_up *up, int signals, int ready_fd);
int ptn_up_centre(const struct ptn_up *up, int signals, int ready_fd);
int ptn_up_gateway(const struct ptn_up *up, int signals, int ready_fd);

/* The storage key was opened: it is in world, whose it is from now on, what is not sealed yet is
 * sealed, and the parent keeps it for the next child. */
void ptn_up_unlocked(const struct ptn_up *up, struct ptn_world *world, struct ptn_storage *storage);

/*
 * Wait as a locked centre until somebody unlocks it: its ledger is pushed, others' are copied, and
 * who asks at its port is told. True: *world has the storage key; else *ret_code is how to leave.
 */
bool ptn_up_wait(const struct ptn_up *up, struct ptn_world *world, int signals, int ready_fd,
                 int *ret_code);

/* Whether the folder's lock is on and the world's storage key does not open it. */
bool ptn_up_is_locked(const struct ptn_up *up);

/* What a signal asks for, for a tick that looks: the next one that waits, or PTN_UP_NOTHING. */
enum ptn_up_call { PTN_UP_NOTHING, PTN_UP_RELOAD, PTN_UP_STOP };
enum ptn_up_call ptn_up_next_call(int signals);

/* The next roster is in force at the node whose ledger is origin: say so, and whether it names
 * it still. */
void ptn_up_say_roster(const struct ptn_roster *roster, const char *origin);
/* The same of the one that lies in the node's folder. */
void ptn_up_say_new_roster(const struct ptn_up *up, const char *origin);

/* A post's gate: which executable runs, once; how the ledgers stand, whenever that may have changed
 * and the links are the caller's. */
void ptn_up_gate_program(const struct ptn_up *up, struct ptn_node *node);
void ptn_up_gate_look(struct ptn_node *node, struct ptn_links *links, uint32_t quorum);

/*
 * ---- whether the own ledger went back (up_past.c). FOLLOW-5 ----
 */

/* A post, before it opens and signs: the site keeper is asked, for a second at most; with its proof
 * the ledger is retired. A post by itself, or one whose site keeper does not answer, goes on. */
void ptn_up_look_first(const struct ptn_up *up);

/* What keepers have shown since: handed to retire, until it says OK (it believes no keeper). True:
 * it did, which is said. The links are the caller's. */
bool ptn_up_look_back(const struct ptn_links *links,
                      struct ptn_status (*retire)(void *context, struct ptn_bytes checkpoint),
                      void *context);

/* The same for the ledger of a centre or a gateway, which then ends: CORRUPT. relay may be NULL: at
 * a start. */
PTN_MUST_USE struct ptn_status ptn_up_past(struct ptn_ledger *ledger, struct ptn_relay *relay,
                                           struct ptn_diag *reterr);

/* What a centre and a gateway erase. */
struct ptn_up_erasing {
    struct ptn_erasures *erasures; /* Owned by the role */
    int64_t at_ms;                 /* when it looks again */
    bool failed;                   /* said once */
};

/* When it is time: at most so many ledgers' pieces. gather: a centre's, or NULL. */
void ptn_up_erase(const struct ptn_up *up, struct ptn_up_erasing *erasing,
                  struct ptn_ledger *ledger, struct ptn_gather *gather, struct ptn_relay *relay,
                  unsigned steps);

/* What a centre publishes of who crossed anywhere (up_stays.c). */
struct ptn_up_stays; /* opaque */
/* ledger is Borrowed. The codes of reading it. Owned: ptn_up_stays_free. */
PTN_MUST_USE struct ptn_status ptn_up_stays_open(const struct ptn_up *up, struct ptn_ledger *ledger,
                                                 struct ptn_up_stays **ret_stays,
                                                 struct ptn_diag *reterr);
void ptn_up_stays_free(struct ptn_up_stays *stays);
/* Payloads came that were missing. */
void ptn_up_stays_again(struct ptn_up_stays *stays);
/* A piece of a round, when one is due. applied: entries that the view took in in this run; settled:
 * it has all that is here. True: there is more to do at once. */
struct ptn_round;
bool ptn_up_stays_turn(struct ptn_up_stays *stays, struct ptn_view *view, struct ptn_relay *relay,
                       const struct ptn_round *round, uint64_t applied, bool settled);

/*
 * A centre's staff (up_staff.c): its list, and the orders that come with it. All is the ledger
 * owner's, but for the list, which any thread asks.
 */
struct ptn_up_staff;      /* opaque */
struct ptn_publish_notes; /* main/publish.h */
struct ptn_board;         /* serve/board.h */

/* What it works with. All Borrowed until close. */
struct ptn_up_staff_at {
    const struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_publish_notes *notes;
    struct ptn_board *board;
    const struct ptn_relay *relay;
};

/* Read what the ledger and DIR know of it. BAD_INPUT: the file `staff` cannot be read; the codes of
 * ptn_ledger_walk; NO_MEMORY; IO. Owned: ptn_up_staff_close. */
PTN_MUST_USE struct ptn_status ptn_up_staff_open(const struct ptn_up *up,
                                                 const struct ptn_up_staff_at *at,
                                                 struct ptn_up_staff **ret_staff,
                                                 struct ptn_diag *reterr);
void ptn_up_staff_close(struct ptn_up_staff *staff); /* NULL is fine */
/* The relay was started anew. */
void ptn_up_staff_relay(struct ptn_up_staff *staff, const struct ptn_relay *relay);
/* A note that is no roster: an order or a staff list. In force when this returns. */
void ptn_up_staff_note(struct ptn_up_staff *staff, struct ptn_bytes bytes,
                       enum ptn_receipt_hand hand, struct ptn_board *board);
/* Append the next note that lies in DIR/orders; it is taken off with the next call. False: none. */
bool ptn_up_staff_stick(struct ptn_up_staff *staff, struct ptn_buffer *ret_note);
/* Ask the keepers' clocks. */
void ptn_up_staff_clock(struct ptn_up_staff *staff, struct ptn_relay *relay);
/* Write down what became of lists. True: the ledger grew. */
bool ptn_up_staff_turn(struct ptn_up_staff *staff);
/* Is there a list by which somebody may sign in? */
bool ptn_up_staff_signs_in(struct ptn_up_staff *staff);
struct ptn_staffing *ptn_up_staff_list(struct ptn_up_staff *staff);

/* Tell the parent that the node is open. */
void ptn_up_ready(int ready_fd);
#endif
