/* node/import_int.h -- which imported rows a ledger holds already. */
#ifndef PTN_NODE_IMPORT_INT_H
#define PTN_NODE_IMPORT_INT_H
#include "ledger/ledger.h"
#include "record/record.h"

/* Ids of imported records, in a table of its own. Zeroed is empty. */
struct ptn_import_known {
    struct ptn_record_id *at; /* Owned; a free place is an id of zeros */
    size_t count, room;       /* room: a power of two, or 0 */
};

void ptn_import_known_release(struct ptn_import_known *known);
bool ptn_import_known_has(const struct ptn_import_known *known, struct ptn_record_id id);
/* id is not zero; one that is there stays once. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_import_known_add(struct ptn_import_known *known,
                                                    struct ptn_record_id id);

/*
 * Learn them from DIR/import.known, as far as it holds for this ledger, and from the entries after
 * it. What this node has forgotten since, only that file tells. The codes of ptn_ledger_walk.
 */
PTN_MUST_USE struct ptn_status ptn_import_known_learn(const struct ptn_world *world,
                                                      const char *dir, struct ptn_ledger *ledger,
                                                      struct ptn_import_known *known,
                                                      struct ptn_diag *reterr);

/* Write DIR/import.known. The codes of replace; TOO_BIG past 2 GiB. */
PTN_MUST_USE struct ptn_status ptn_import_known_save(const struct ptn_world *world, const char *dir,
                                                     struct ptn_ledger *ledger,
                                                     const struct ptn_import_known *known);

/* The file's bytes: its head, and how many ids follow it. Pure. BAD_INPUT. */
struct ptn_import_known_file {
    uint64_t size; /* entries it was learnt from */
    struct ptn_hash root;
    struct ptn_bytes ids;
};
PTN_MUST_USE struct ptn_status ptn_import_known_parse(struct ptn_bytes bytes,
                                                      struct ptn_import_known_file *ret_file);
#endif
