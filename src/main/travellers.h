/*
 * main/travellers.h -- a demonstration's traffic: people who do not exist, arriving at an automatic
 * lane.
 *
 * Names are made of syllables of no language, documents are of Utopia (UTO), and nobody who
 * resembles anybody on the lists in force is ever sent. Stepped by the node's owner.
 */
#ifndef PTN_MAIN_TRAVELLERS_H
#define PTN_MAIN_TRAVELLERS_H
#include "node/node.h"
#include "serve/serve.h"

struct ptn_travellers; /* opaque */

/* Both Borrowed. NULL: no memory, and then nobody arrives. */
struct ptn_travellers *ptn_travellers_new(struct ptn_node *node, struct ptn_serve *serve);
/* After the node is closed. NULL is fine. */
void ptn_travellers_free(struct ptn_travellers *travellers);
/* Let the next one arrive when it is time. NULL is fine. */
void ptn_travellers_step(struct ptn_travellers *travellers, int64_t now_ms);
#endif
