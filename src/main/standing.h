/*
 * main/standing.h -- DIR/standing.json: how a running node stands, written now and then for
 * whoever asks from outside (`postern status`). Nothing in it is personal, nothing depends on it.
 */
#ifndef PTN_MAIN_STANDING_H
#define PTN_MAIN_STANDING_H
#include <jansson.h>

#include "base/text.h"
#include "base/world.h"

#define PTN_STANDING_FILE    "standing.json"
#define PTN_STANDING_LEN_MAX ((size_t)4 << 20)

/* Begin an object with "time_ms" and "role" into out; end it and put it in place. A failure is
 * passed over: the next one may do. */
struct ptn_json ptn_standing_begin(const struct ptn_world *world, const char *role,
                                   struct ptn_buffer *out);
void ptn_standing_end(struct ptn_json *json, const char *dir);

/* What the node of dir wrote down last. Owned (json_decref). NULL: nothing that can be read. */
json_t *ptn_standing_load(const struct ptn_world *world, const char *dir);
/* A member of an object in it: 0 and "" where there is none of that kind. */
long long ptn_standing_number(const json_t *object, const char *key);
const char *ptn_standing_text(const json_t *object, const char *key);

/* Readers' keys of further months are made, carried and signed for in that time. */
#define PTN_STANDING_MONTHS_SOON_DAYS 45

/* What every kind of node says of itself: "node", "size" (of its own ledger), "disk" and "roster",
 * into an open object. roster: the one in force; NULL: a node by itself. */
struct ptn_roster; /* trust/roster.h */
void ptn_standing_node(struct ptn_json *json, const struct ptn_world *world, const char *dir,
                       const char *origin, uint64_t size, const struct ptn_roster *roster);

/* "staff":{…}, into an open object. */
struct ptn_staff_standing; /* node/staff.h */
void ptn_standing_staff(struct ptn_json *json, const struct ptn_staff_standing *staff);
#endif
