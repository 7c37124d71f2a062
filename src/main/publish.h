/*
 * main/publish.h -- what a centre publishes, as its own ledger holds it; and records that a command
 * on the centre's machine hands to the running centre (DIR/publish/in-1 … in-8).
 */
#ifndef PTN_MAIN_PUBLISH_H
#define PTN_MAIN_PUBLISH_H
#include "ledger/ledger.h"
#include "serve/board.h"
#include "trust/standing.h"

#define PTN_PUBLISH_IN_MAX 8u

/* Read the ledger's alerts and orders to leave into a new board. Owned: ptn_board_free. The codes
 * of ptn_ledger_walk. */
PTN_MUST_USE struct ptn_status ptn_publish_open(const struct ptn_world *world,
                                                struct ptn_ledger *ledger,
                                                struct ptn_board **ret_board,
                                                struct ptn_diag *reterr);

/* Orders as a centre knows them. */
struct ptn_publish_notes; /* opaque */
struct ptn_publish_notes *ptn_publish_notes_new(const struct ptn_world *world);
void ptn_publish_notes_free(struct ptn_publish_notes *notes);
/* A note that came: when it is one that names records and enough authorities signed it, the board
 * knows. True: an order that was not known, or more signatures of one: judged for the centre self.
 */
bool ptn_publish_note(struct ptn_publish_notes *notes, const struct ptn_country *country,
                      const struct ptn_orders_post *self, struct ptn_bytes note,
                      struct ptn_board *board);

/* The running centre: keep a note that ptn_publish_note took, for commands beside it. */
void ptn_publish_keep(const struct ptn_world *world, const char *dir, struct ptn_bytes note);

/* What kept notes, and those that a stick brought, name at the centre of that origin; its roster
 * says whose signatures count. OK, also without a roster; NO_MEMORY, IO; the codes of
 * ptn_country_read. */
PTN_MUST_USE struct ptn_status ptn_publish_kept(const struct ptn_world *world, const char *dir,
                                                struct ptn_bytes origin, struct ptn_board *board,
                                                struct ptn_diag *reterr);

/* As last judged; Borrowed. NULL: no memory for any. */
const struct ptn_orders *ptn_publish_orders(const struct ptn_publish_notes *notes);

/* The code of the centre in dir (PTN_NODE_CODE_MAX and a NUL). BAD_INPUT: it is no centre. */
PTN_MUST_USE struct ptn_status ptn_publish_centre(const struct ptn_world *world, const char *dir,
                                                  char code[PTN_NODE_CODE_MAX + 1],
                                                  struct ptn_diag *reterr);
/* The same, all that its node.conf says. */
PTN_MUST_USE struct ptn_status ptn_publish_plan(const struct ptn_world *world, const char *dir,
                                                struct ptn_node_plan *ret_plan,
                                                struct ptn_diag *reterr);
/* A file, or standard input when path is NULL. */
PTN_MUST_USE struct ptn_status ptn_publish_body(const struct ptn_world *world, const char *path,
                                                struct ptn_buffer *out);

/* Owner only: append what was handed in and take it off. True: something was. At most two looks a
 * second, but at once after one that found something; looked_us is the caller's, 0 at first. */
bool ptn_publish_turn(const struct ptn_world *world, const char *dir, struct ptn_ledger *ledger,
                      struct ptn_board *board, int64_t *looked_us);

/*
 * ptn_publish_hand(world, dir, kind, payload, reterr):
 * Hand a record to the centre in dir: into its ledger at once when nobody runs it, else by a file
 * that the running centre takes; waits for that up to ten seconds. BUSY: it did not. BAD_INPUT: no
 * centre; the codes of ptn_ledger_append.
 */
PTN_MUST_USE struct ptn_status ptn_publish_hand(const struct ptn_world *world, const char *dir,
                                                unsigned kind, struct ptn_bytes payload,
                                                struct ptn_diag *reterr);

/* The same for several, in their order; one after another when the centre runs, and what was taken
 * before a failure stays. */
PTN_MUST_USE struct ptn_status ptn_publish_hand_all(const struct ptn_world *world, const char *dir,
                                                    unsigned kind, const struct ptn_bytes *payloads,
                                                    size_t count, struct ptn_diag *reterr);

/* The board of the centre in dir, read through a reader beside whoever runs it, with what the
 * offline notes that have come to it name. Owned. */
PTN_MUST_USE struct ptn_status ptn_publish_read(const struct ptn_world *world, const char *dir,
                                                struct ptn_board **ret_board,
                                                struct ptn_diag *reterr);
#endif
