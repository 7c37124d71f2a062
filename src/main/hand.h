/* main/hand.h -- a note, handed to a keeper from the command line. */
#ifndef PTN_MAIN_HAND_H
#define PTN_MAIN_HAND_H
#include "trust/roster.h"

/* Hand the note to one keeper with the certificate of the node in dir, and print whether it took
 * it. True when it says that the note is durable there. */
bool ptn_hand_over(const char *dir, const struct ptn_roster_node *keeper, struct ptn_bytes note);
#endif
