/*
 * main/travellers.h -- a demonstration's traffic: people who do not exist, arriving at an automatic
 * lane.
 *
 * Names are made of syllables of no language, documents are of Utopia (UTO), and nobody who
 * resembles anybody on the lists in force is ever sent. Stepped by the node's owner.
 */
#ifndef PTN_MAIN_TRAVELLERS_H
#define PTN_MAIN_TRAVELLERS_H
#include "document/mrz.h"
#include "node/node.h"
#include "serve/serve.h"

struct ptn_travellers; /* opaque */

/* Both Borrowed. NULL: no memory, and then nobody arrives. */
struct ptn_travellers *ptn_travellers_new(struct ptn_node *node, struct ptn_serve *serve);
/* After the node is closed. NULL is fine. */
void ptn_travellers_free(struct ptn_travellers *travellers);
/* Let the next one arrive when it is time. NULL is fine. */
void ptn_travellers_step(struct ptn_travellers *travellers, int64_t now_ms);

/* The lines of a passport of Utopia whose holder does not exist and whom nobody on the lists
 * resembles. False: it did not come out; ask again. arena: scratch. */
bool ptn_traveller_invent(struct ptn_node *node, struct ptn_arena *arena, struct ptn_date today,
                          char ret_mrz[PTN_MRZ_COMPOSED_SIZE]);
/* A number below that one, of the node's world. */
uint32_t ptn_traveller_draw(const struct ptn_node *node, uint32_t below);
#endif
