/* main/secret.h -- passwords that a command makes up, because nobody should have to. */
#ifndef PTN_MAIN_SECRET_H
#define PTN_MAIN_SECRET_H
#include "base/world.h"

#define PTN_SECRET_SIZE 20u /* 19 characters and a NUL */

/* Four groups of four from letters and digits that nobody confuses: 80 bits less a little. */
void ptn_secret_make(const struct ptn_world *world, char secret[PTN_SECRET_SIZE]);
#endif
