/*
 * main/roster_int.h -- what the files of `postern roster` share: main/roster.c finds the verb,
 * checks and gives; main/roster_next.c writes the next version; main/roster_say.c says what it
 * changes.
 */
#ifndef PTN_MAIN_ROSTER_INT_H
#define PTN_MAIN_ROSTER_INT_H
#include "trust/roster.h"

/* `postern roster next ROSTER ...`; argv begins with the verb. An exit code. */
int ptn_roster_next(int argc, char **argv);

/* `postern roster line DIR ...`, likewise. */
int ptn_roster_line(int argc, char **argv);

/* Say on standard error, one change a line, what next changes of old. */
void ptn_roster_say(const struct ptn_roster *old, const struct ptn_roster *next, bool albanian);
#endif
