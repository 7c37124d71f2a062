/*
 * node/permit_slots_int.h -- published permits: slots that open with their holder's document.
 *
 * PERMIT-2: a slot that says valid counts when an offline note names its record; one that says
 * withdrawn counts at once. A struct ptn_permit_slots never changes once it is made: any thread may
 * ask it. Standard: docs/format/permits.md.
 */
#ifndef PTN_NODE_PERMIT_SLOTS_INT_H
#define PTN_NODE_PERMIT_SLOTS_INT_H
#include "base/world.h"
#include "decision/decide.h"
#include "record/permit.h"

#define PTN_PERMIT_TAG_LEN 16u
#define PTN_PERMIT_SALTS   4u

/* What a document's slots are found and opened by. Secret: wipe it after use. */
struct ptn_permit_key {
    uint8_t tag[PTN_PERMIT_TAG_LEN];
    uint8_t key[PTN_SHA256_LEN];
};

/* A thousand hashes. NOT_FOUND: the document has no issuer, no number, or there is no birth; IO,
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_permit_key_of(const struct ptn_person *person,
                                                 const uint8_t salt[PTN_SHA256_LEN],
                                                 struct ptn_permit_key *ret_key);

/* One slot as it lies there. Views. */
struct ptn_permit_slot {
    const uint8_t *tag, *commitment;
    struct ptn_bytes sealed;
};

/* Seal the permit into a slot behind what is in out; of its person the birth and the document are
 * written. The codes of ptn_permit_write and ptn_seal; out is as before on failure. */
PTN_MUST_USE struct ptn_status ptn_permit_slot_write(const struct ptn_world *world,
                                                     const struct ptn_permit_key *key,
                                                     const struct ptn_permit *permit,
                                                     struct ptn_buffer *out);
/* The next one. NOT_FOUND at the end; BAD_INPUT for bytes that are none. */
PTN_MUST_USE struct ptn_status ptn_permit_slot_next(struct ptn_cursor *cursor,
                                                    struct ptn_permit_slot *ret_slot);
/* Open it behind what is in out: the bytes of a record of kind permit. CORRUPT: another's. */
PTN_MUST_USE struct ptn_status ptn_permit_slot_open(const struct ptn_permit_key *key,
                                                    const struct ptn_permit_slot *slot,
                                                    struct ptn_buffer *out);

/* ---- all of them ---- */

struct ptn_permit_slots; /* opaque, counted */

/* One record's, for ptn_permit_slots_make: in the order of the ledger. */
struct ptn_permit_slots_part {
    const uint8_t *salt;
    struct ptn_bytes slots; /* checked: ptn_permit_slot_next comes to their end */
    bool confirmed;         /* a note names the record */
};

/* Copies. One user is the caller. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_permit_slots_make(const struct ptn_permit_slots_part *parts,
                                                     size_t count,
                                                     struct ptn_permit_slots **ret_slots);
/* NULL is fine in both. */
struct ptn_permit_slots *ptn_permit_slots_hold(struct ptn_permit_slots *slots);
void ptn_permit_slots_leave(struct ptn_permit_slots *slots);

/* What is known of a document, whoever holds it: told of each permit, as it stands. A permit's
 * views live for the call. */
typedef struct ptn_status (*ptn_permit_slots_fn)(void *context, const struct ptn_permit *permit);

/*
 * ptn_permit_slots_each(slots, person, raw, take, context):
 * Each permit of that document: the last withdrawal, or the last valid one that is confirmed and
 * stands behind every withdrawal. raw: instead the last slot of each, whatever it says and whether
 * it is confirmed (at a centre, to see what is published). With more slots of one document than
 * anybody has permits take is told once, of NULL: nothing that is shown can be relied on.
 *
 * OK, also for none; what take says; IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_permit_slots_each(const struct ptn_permit_slots *slots,
                                                     const struct ptn_person *person, bool raw,
                                                     ptn_permit_slots_fn take, void *context);
#endif
