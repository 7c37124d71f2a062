/*
 * main/coming.h -- a demonstration's carriers: now and then one sends the list of a flight, a ferry
 * or a coach, whatever the post's kind is, and its people then come. Nobody on them exists; they
 * are taken in as a supervisor would load a carrier's file.
 */
#ifndef PTN_MAIN_COMING_H
#define PTN_MAIN_COMING_H
#include "document/mrz.h"
#include "node/node.h"

struct ptn_coming; /* opaque */

/* NULL: no memory, and nothing comes. Owned: ptn_coming_free, after the node is closed. */
struct ptn_coming *ptn_coming_new(struct ptn_node *node);
void ptn_coming_free(struct ptn_coming *coming);

/* Owner of the node only: make a little more of the next list, or send it. */
void ptn_coming_step(struct ptn_coming *coming, int64_t now_ms);

/* The lines of the next person of what has arrived. False: nobody is there, or the next ones sit in
 * a car. */
bool ptn_coming_next(struct ptn_coming *coming, char ret_mrz[PTN_MRZ_COMPOSED_SIZE]);

#define PTN_COMING_PLATE_SIZE 16u
#define PTN_COMING_CAR_MAX    3u

/* The next car off a ferry: its plate, and the lines of who sits in it, at most PTN_COMING_CAR_MAX.
 * Returns how many; 0: no car is next. */
size_t ptn_coming_car(struct ptn_coming *coming, char ret_plate[PTN_COMING_PLATE_SIZE],
                      char ret_mrz[][PTN_MRZ_COMPOSED_SIZE]);
#endif
