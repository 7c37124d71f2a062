/* incident/sweep_int.h -- what the files of the sweep share. */
#ifndef PTN_INCIDENT_SWEEP_INT_H
#define PTN_INCIDENT_SWEEP_INT_H
#include "incident/sweep.h"

struct ptn_rules; /* rules.c: libyara's compiler, rules and scanner */

struct ptn_sweep {
    struct ptn_sweep_with with;
    struct ptn_rules *rules;
    bool ready;
    struct ptn_indicator_lack *lacks;
    size_t lack_count, lack_capacity;
    const struct ptn_sweep_file *file; /* the one that is looked at */
    uint8_t sha256[PTN_SHA256_LEN];    /* of what was read of it */
};

bool ptn_rules_start(struct ptn_sweep *sweep);
void ptn_rules_end(struct ptn_sweep *sweep);
struct ptn_status ptn_rules_scan(struct ptn_sweep *sweep, struct ptn_sweep_counts *counts);

/* A rule matched the file that is looked at. */
struct ptn_status ptn_sweep_tell_rule(struct ptn_sweep *sweep, struct ptn_bytes rule,
                                      struct ptn_bytes source, struct ptn_bytes description,
                                      unsigned score);
#endif
