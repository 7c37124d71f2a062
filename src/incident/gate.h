/*
 * incident/gate.h -- the gate: what a post must have done before it comes back from an attack.
 *
 * Pure. RETURN-1: the gate is open when every fact holds, and no fact is a matter of time or of
 * one person's word. Who fills the facts: node/returning.c. In words: docs/format/release.md "The
 * gate".
 */
#ifndef PTN_INCIDENT_GATE_H
#define PTN_INCIDENT_GATE_H
#include "base/bytes.h"

/* Since the newest order with cause attack that stands here. */
struct ptn_gate_facts {
    bool software;    /* what runs is named in a release note in force, given since */
    bool identity;    /* the ledger was begun since: the node runs under another key */
    bool certificate; /* what it shows on the wire is not what it showed before */
    bool credentials; /* no password that was good before is good now */
    bool ledger;      /* the own ledger verifies from its bytes */
    bool kept;        /* a quorum of keepers holds it up to its head */
    bool unforked;    /* no evidence that the own ledger, or the former, was forked */
    bool tail;        /* the former ledger is here, as far as keepers vouch for it */
    bool cause;       /* a close note in force says that the cause is found and shut */
    bool serials;     /* every sheet's serial is accounted for, the former node's too */
    bool swept;       /* the old disk was swept offline and kept */
};

#define PTN_GATE_COUNT 11u

/* One thing that is missing. All literals. */
struct ptn_gate_row {
    const char *word;               /* "software": stable, for machines */
    const char *text, *text_sq;     /* what is missing */
    const char *remedy, *remedy_sq; /* what to do */
};

/* Whatever is missing, in the order in which people can help it. Returns how many: 0 is open. */
size_t ptn_gate_missing(const struct ptn_gate_facts *facts,
                        const struct ptn_gate_row *ret_rows[PTN_GATE_COUNT]);
#endif
