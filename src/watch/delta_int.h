/* watch/delta_int.h -- an open delta. Private to watch/. */
#ifndef PTN_WATCH_DELTA_INT_H
#define PTN_WATCH_DELTA_INT_H
#include "watch/delta.h"
#include "watch/snapshot_int.h"

#define PTN_DELTA_NO_LIST UINT16_MAX

/* What counts of a list, in base and delta. */
struct ptn_delta_counts {
    size_t entries[PTN_ENTRY_KIND_COUNT];
    size_t names[PTN_ALIAS_COUNT];
};

struct ptn_delta {
    const struct ptn_world *world; /* NULL when opened over bytes */
    struct ptn_map *map;
    const struct ptn_snapshot *base;
    struct ptn_snapshot *snapshot;
    uint8_t digest[PTN_SHA256_LEN];
    uint64_t *gone; /* Owned: a bit an entry of the base */
    size_t gone_count;
    uint16_t *lists;                 /* Owned: which of its lists each of the base's is; NO_LIST */
    struct ptn_delta_counts *counts; /* Owned: of each of its lists */
};

static inline bool ptn_delta_has_gone(const struct ptn_delta *delta, size_t ordinal)
{
    return (delta->gone[ordinal / 64] >> ordinal % 64 & 1u) != 0;
}
#endif
