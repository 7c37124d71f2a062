#include "source.h"

#include <stdio.h>
#include <stdlib.h>

#define LEAF_MAX   128u
#define SEALED_MAX 400u

struct source {
    const struct ptn_vault *vault;
    char origin[256];
    unsigned salt;
    struct ptn_hasher *hasher;
    uint64_t size;
    uint64_t room;
    struct ptn_bytes *leaves;
    struct ptn_bytes *sealed;
    struct ptn_hash *hashes;
};

static void require(bool condition, const char *text)
{
    if (condition)
        return;
    (void)fprintf(stderr, "source: %s\n", text);
    abort();
}

static struct ptn_bytes keep(struct ptn_bytes bytes)
{
    uint8_t *at = malloc(bytes.len + 1);

    require(at != NULL, "memory");
    memcpy(at, bytes.at, bytes.len);
    return ptn_bytes_of(at, bytes.len);
}

struct source *source_new(const struct ptn_vault *vault, const char *origin, unsigned salt)
{
    struct source *source = calloc(1, sizeof(*source));

    require(source != NULL, "memory");
    source->vault = vault;
    source->salt = salt;
    (void)snprintf(source->origin, sizeof(source->origin), "%s", origin);
    source->hasher = ptn_hasher_new();
    require(source->hasher != NULL, "memory");
    return source;
}

static void make_room(struct source *source, uint64_t size)
{
    if (size <= source->room)
        return;
    source->room = size + size / 2 + 16;
    source->leaves = realloc(source->leaves, source->room * sizeof(*source->leaves));
    source->sealed = realloc(source->sealed, source->room * sizeof(*source->sealed));
    source->hashes = realloc(source->hashes, source->room * sizeof(*source->hashes));
    require(source->leaves != NULL && source->sealed != NULL && source->hashes != NULL, "memory");
}

/* Every fifth entry has no payload. */
static void add(struct source *source)
{
    uint64_t index = source->size;
    uint8_t sealed[SEALED_MAX];
    struct ptn_bytes view = { sealed, 100 + (size_t)(index * 7 % 300) };
    struct ptn_ledger_header header = { .kind = 1 + (uint32_t)(index % 3),
                                        .time_ms = INT64_C(1790000000000) + (int64_t)index,
                                        .rung = (uint8_t)(source->salt % 3),
                                        .retention = 1,
                                        .has_payload = index % 5 != 4 };
    struct ptn_buffer leaf;

    for (size_t i = 0; i < view.len; i++)
        sealed[i] = (uint8_t)(index * 31 + i * 7 + source->salt * 101);
    for (unsigned i = 0; i < 8; i++)
        sealed[i] = (uint8_t)(index >> 8 * i);
    make_room(source, index + 1);
    source->sealed[index] = PTN_BYTES_NONE;
    if (header.has_payload) {
        header.sealed_len = (uint32_t)view.len;
        header.commitment[0] = (uint8_t)source->salt;
        require(ptn_ok(ptn_hasher_digest(source->hasher, &view, 1, header.sealed_sha256.at)),
                "digest");
        source->sealed[index] = keep(view);
    } else {
        header.time_ms += source->salt;
    }
    ptn_buffer_init(&leaf, LEAF_MAX);
    require(ptn_ok(ptn_ledger_header_write(&leaf, &header)), "leaf");
    source->leaves[index] = keep(ptn_buffer_bytes(&leaf));
    ptn_buffer_release(&leaf);
    require(ptn_ok(ptn_tree_leaf(source->hasher, source->leaves[index], &source->hashes[index])),
            "hash");
    source->size++;
}

void source_grow(struct source *source, uint64_t size)
{
    while (source->size < size)
        add(source);
}

struct source *source_fork(const struct source *source, uint64_t size, unsigned salt)
{
    struct source *fork = source_new(source->vault, source->origin, salt);

    require(size <= source->size, "a fork shares what is there");
    make_room(fork, size + 1);
    for (; fork->size < size; fork->size++) {
        fork->leaves[fork->size] = keep(source->leaves[fork->size]);
        fork->sealed[fork->size] = source->sealed[fork->size].at == NULL
                                       ? PTN_BYTES_NONE
                                       : keep(source->sealed[fork->size]);
        fork->hashes[fork->size] = source->hashes[fork->size];
    }
    return fork;
}

void source_free(struct source *source)
{
    if (source == NULL)
        return;
    for (uint64_t i = 0; i < source->size; i++) {
        free((void *)(uintptr_t)source->leaves[i].at);
        free((void *)(uintptr_t)source->sealed[i].at);
    }
    free(source->leaves);
    free(source->sealed);
    free(source->hashes);
    ptn_hasher_free(source->hasher);
    free(source);
}

uint64_t source_size(const struct source *source)
{
    return source->size;
}

const struct ptn_bytes *source_leaves(const struct source *source, uint64_t first)
{
    return source->leaves + first;
}

const struct ptn_bytes *source_sealed(const struct source *source, uint64_t first)
{
    return source->sealed + first;
}

struct ptn_hash source_name(const struct source *source, uint64_t index)
{
    struct ptn_hash name;

    require(ptn_ok(ptn_hasher_digest(source->hasher, &source->sealed[index], 1, name.at)),
            "digest");
    return name;
}

/* ptn_subtree_get_fn. */
static struct ptn_status get(void *context, unsigned height, uint64_t index,
                             struct ptn_hash *ret_hash)
{
    const struct source *source = context;
    struct ptn_range range = { 0 };

    for (uint64_t i = index << height; i < (index + 1) << height; i++) {
        require(i < source->size, "a hash that is there");
        require(ptn_ok(ptn_range_add(source->hasher, &range, &source->hashes[i], NULL, NULL)),
                "range");
    }
    return ptn_range_root(source->hasher, &range, ret_hash);
}

struct ptn_hash source_root(const struct source *source, uint64_t size)
{
    struct ptn_range range = { 0 };
    struct ptn_hash root;

    require(size <= source->size, "a root that is there");
    for (uint64_t i = 0; i < size; i++)
        require(ptn_ok(ptn_range_add(source->hasher, &range, &source->hashes[i], NULL, NULL)),
                "range");
    require(ptn_ok(ptn_range_root(source->hasher, &range, &root)), "root");
    return root;
}

struct ptn_buffer source_note(const struct source *source, uint64_t size)
{
    struct ptn_checkpoint checkpoint = { .origin = ptn_bytes_from_text(source->origin),
                                         .size = size,
                                         .root = source_root(source, size) };
    struct ptn_buffer text;
    struct ptn_buffer note;

    ptn_buffer_init(&text, 4096);
    ptn_buffer_init(&note, 4096);
    require(ptn_ok(ptn_checkpoint_write(&text, &checkpoint)) &&
                ptn_ok(ptn_note_sign(source->vault, PTN_ROLE_LEDGER, checkpoint.origin,
                                     ptn_buffer_bytes(&text), &note, NULL)),
            "note");
    ptn_buffer_release(&text);
    return note;
}

struct ptn_proof source_consistency(const struct source *source, uint64_t size1, uint64_t size2)
{
    struct ptn_proof proof = { 0 };

    require(ptn_ok(ptn_consistency_prove(source->hasher, size1, size2, get,
                                         (void *)(uintptr_t)source, &proof)),
            "proof");
    return proof;
}

struct ptn_proof source_subtree(const struct source *source, uint64_t start, uint64_t end,
                                uint64_t size)
{
    struct ptn_proof proof = { 0 };

    require(ptn_ok(ptn_subtree_prove(source->hasher, start, end, size, get,
                                     (void *)(uintptr_t)source, &proof)),
            "proof");
    return proof;
}

struct ptn_vkey source_key(const struct source *source)
{
    struct ptn_vkey key;

    require(ptn_ok(ptn_vkey_make(ptn_bytes_from_text(source->origin),
                                 ptn_vault_public_key(source->vault, PTN_ROLE_LEDGER), &key)),
            "key");
    return key;
}
