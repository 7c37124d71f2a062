/*
 * main/standing.h -- DIR/standing.json: how a running node stands, written now and then for
 * whoever asks from outside (`postern status`). Nothing in it is personal, nothing depends on it.
 */
#ifndef PTN_MAIN_STANDING_H
#define PTN_MAIN_STANDING_H
#include "base/text.h"
#include "base/world.h"

#define PTN_STANDING_FILE    "standing.json"
#define PTN_STANDING_LEN_MAX ((size_t)4 << 20)

/* Begin an object with "time_ms" and "role" into out; end it and put it in place. A failure is
 * passed over: the next one may do. */
struct ptn_json ptn_standing_begin(const struct ptn_world *world, const char *role,
                                   struct ptn_buffer *out);
void ptn_standing_end(struct ptn_json *json, const char *dir);

/* "staff":{…}, into an open object. */
struct ptn_staff_standing; /* node/staff.h */
void ptn_standing_staff(struct ptn_json *json, const struct ptn_staff_standing *staff);
#endif
