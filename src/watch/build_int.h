/*
 * watch/build_int.h -- what is kept of the lists until a snapshot is written: rows as they came, in
 * arrays. build.c fills them, build_write.c puts them in order.
 */
#ifndef PTN_WATCH_BUILD_INT_H
#define PTN_WATCH_BUILD_INT_H
#include "watch/snapshot_int.h"

/* An array that grows. */
struct ptn_built_items {
    void *at;
    size_t count;
    size_t room;
};

struct ptn_built_ref {
    uint32_t at;
    uint32_t len;
};

struct ptn_built_entry {
    struct ptn_built_ref id;
    uint32_t list;
    uint32_t line;
    uint32_t first[5]; /* names, births, nations, numbers, facts */
    uint16_t count[5];
    uint8_t kind;
    char sex;
    bool has_action;
    uint8_t on_entry;
    uint8_t on_exit;
    uint32_t listed;
    uint32_t valid;
};

struct ptn_built_name {
    struct ptn_built_ref text;
    uint8_t alias;
};

struct ptn_built_birth {
    int32_t first;
    int32_t last;
    bool circa;
};

struct ptn_built_number {
    struct ptn_built_ref text;
    uint8_t type;
    char issuer[3];
};

struct ptn_built_fact {
    struct ptn_built_ref text;
    uint8_t type;
};

struct ptn_built_list {
    struct ptn_built_ref name, edition, profile, owner, basis, entry_text, entry_text_sq, exit_text,
        exit_text_sq, set_by, set_reason;
    enum ptn_list_format format;
    enum ptn_list_action on_entry, on_exit;
    bool own_exempt;
    struct ptn_list_summary summary;
    uint8_t hash[PTN_SHA256_LEN];
};

struct ptn_snapshot_builder {
    const struct ptn_world *world;
    struct ptn_buffer text;
    struct ptn_built_items lists, entries, names, births, nations, numbers, facts;
};

static inline struct ptn_bytes ptn_built_text(const struct ptn_snapshot_builder *builder,
                                              struct ptn_built_ref ref)
{
    return ref.len == 0 ? PTN_BYTES_NONE : ptn_bytes_of(builder->text.at + ref.at, ref.len);
}
#endif
