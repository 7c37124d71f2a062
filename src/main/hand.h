/* main/hand.h -- a note, handed to a keeper from the command line. */
#ifndef PTN_MAIN_HAND_H
#define PTN_MAIN_HAND_H
#include "trust/roster.h"

/* Hand the note to one keeper with the certificate of the node in dir, and print whether it took
 * it. True when it says that the note is durable there. */
bool ptn_hand_over(const char *dir, const struct ptn_roster_node *keeper, struct ptn_bytes note);

/* To the roster's keepers one after another, until as many as wanted took it; last to those whose
 * keys orders revoke, as the node in dir says. IO when none took it, or none but these. */
PTN_MUST_USE struct ptn_status ptn_hand_to_keepers(const char *dir, const struct ptn_roster *roster,
                                                   struct ptn_bytes note, unsigned want,
                                                   struct ptn_diag *reterr);
#endif
