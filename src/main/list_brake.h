/* main/list_brake.h -- how many travellers an edition's new rows would have stopped. */
#ifndef PTN_MAIN_LIST_BRAKE_H
#define PTN_MAIN_LIST_BRAKE_H
#include "base/world.h"
#include "watch/rows.h"

/*
 * ptn_list_brake(world, dir, rows, snapshot, list, ret_met, ret_counted, reterr):
 * Screen the newest crossings of the centre in dir against the list of that name in the snapshot,
 * and count those with a match that would have counted at a lane, on a row that rows does not have
 * in force. A row that was changed is a new one.
 *
 * OK; NO_MEMORY; the codes of ptn_look_back and ptn_screen.
 */
PTN_MUST_USE struct ptn_status ptn_list_brake(const struct ptn_world *world, const char *dir,
                                              const struct ptn_rows *rows,
                                              const struct ptn_snapshot *snapshot,
                                              struct ptn_bytes list, size_t *ret_met,
                                              size_t *ret_counted, struct ptn_diag *reterr);
#endif
