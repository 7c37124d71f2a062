/* main/status_int.h -- what the files of `postern status` share. */
#ifndef PTN_MAIN_STATUS_INT_H
#define PTN_MAIN_STATUS_INT_H
#include "base/world.h"

/* How the node stands in its country, as it wrote it down last; nothing when it never did. size: of
 * its own ledger. */
void ptn_status_print_country(const struct ptn_world *world, const char *dir, uint64_t size);

/* Orders to erase, how each stands and which nodes have not answered, as it wrote it down last.
 * False: it wrote nothing of that. */
bool ptn_status_print_erasures(const struct ptn_world *world, const char *dir);

/* How far its clock was ahead of the keepers' (behind: negative) when it wrote down how it stands
 * last; 0: within a minute. False: not known. */
bool ptn_status_clock(const struct ptn_world *world, const char *dir, long long *ret_off_s);

/* Whether the ledger of the node in dir is retired: a keeper holds more of it, or another history
 * (FOLLOW-5). *ret_size: the entries that the keeper's checkpoint speaks of; -1: not known. */
bool ptn_status_gone_back(const struct ptn_world *world, const char *dir, long long *ret_size);

/* How often the running post found its lists changed, in memory or in their file; whether it did.
 */
bool ptn_status_damage(const struct ptn_world *world, const char *dir, long long *ret_found);

/* Print a JSON object in one line, with that as its member "standing". False: not possible. */
bool ptn_status_print_json(const struct ptn_world *world, const char *dir, struct ptn_bytes object);
#endif
