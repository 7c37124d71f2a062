/*
 * ledger/tree.h -- the Merkle tree of a ledger: hashes, the compact range that appends need, proofs
 * and their checks.
 *
 * Pure but for the proof builder, which asks its caller for stored hashes. A hasher is one
 * thread's. Standard: RFC 6962 section 2.1, RFC 9162 section 2.1 (the same tree);
 * draft-ietf-plants-merkle-tree-certs for subtrees; C2SP tlog-tiles for tile paths.
 */
#ifndef PTN_LEDGER_TREE_H
#define PTN_LEDGER_TREE_H
#include "base/bytes.h"

#define PTN_HASH_LEN 32u
/* No tree is larger than 2^63 - 1 entries, so no path is longer. */
#define PTN_PROOF_COUNT_MAX 63u
#define PTN_TREE_SIZE_MAX   ((uint64_t)INT64_MAX)
/* Hashes in a full tile. */
#define PTN_TILE_WIDTH 256u

struct ptn_hash {
    uint8_t at[PTN_HASH_LEN];
};

static inline bool ptn_hash_equal(const struct ptn_hash *a, const struct ptn_hash *b)
{
    return memcmp(a->at, b->at, PTN_HASH_LEN) == 0;
}

/* SHA-256(0x00 || leaf) and SHA-256(0x01 || left || right). OK, or IO when the library refuses. */
PTN_MUST_USE struct ptn_status ptn_tree_leaf(struct ptn_hasher *hasher, struct ptn_bytes leaf,
                                             struct ptn_hash *ret_hash);
PTN_MUST_USE struct ptn_status ptn_tree_node(struct ptn_hasher *hasher, const struct ptn_hash *left,
                                             const struct ptn_hash *right,
                                             struct ptn_hash *ret_hash);

/*
 * The compact range of a tree: the root of one perfect subtree for each bit set in size, at its
 * bit's place. All zero is the empty tree.
 */
struct ptn_range {
    uint64_t size;
    struct ptn_hash nodes[63];
};

/* Told of each perfect subtree that an append completes, leaves included: its height and its index
 * among those. */
typedef struct ptn_status (*ptn_subtree_fn)(void *context, unsigned height, uint64_t index,
                                            const struct ptn_hash *hash);

/* Append one leaf hash. done may be NULL. OK; TOO_BIG past PTN_TREE_SIZE_MAX; IO; done's own
 * failures. */
PTN_MUST_USE struct ptn_status ptn_range_add(struct ptn_hasher *hasher, struct ptn_range *range,
                                             const struct ptn_hash *leaf, ptn_subtree_fn done,
                                             void *context);

/* The root: SHA-256 of nothing for the empty tree. */
PTN_MUST_USE struct ptn_status
ptn_range_root(struct ptn_hasher *hasher, const struct ptn_range *range, struct ptn_hash *ret_root);

/*
 * The hash of the perfect subtree of that height and index (height 0 = a leaf hash): a look-up in
 * what is stored.
 */
typedef struct ptn_status (*ptn_subtree_get_fn)(void *context, unsigned height, uint64_t index,
                                                struct ptn_hash *ret_hash);

struct ptn_proof {
    size_t count;
    struct ptn_hash hashes[PTN_PROOF_COUNT_MAX];
};

/* Build the proof that entry index is in the tree of that size; index < size. those of get failures
 * pass up. */
PTN_MUST_USE struct ptn_status ptn_inclusion_prove(struct ptn_hasher *hasher, uint64_t index,
                                                   uint64_t size, ptn_subtree_get_fn get,
                                                   void *context, struct ptn_proof *ret_proof);

/* Build the proof that the tree of size1 is the start of that of size2; 0 < size1 <= size2. */
PTN_MUST_USE struct ptn_status ptn_consistency_prove(struct ptn_hasher *hasher, uint64_t size1,
                                                     uint64_t size2, ptn_subtree_get_fn get,
                                                     void *context, struct ptn_proof *ret_proof);

/*
 * Check a proof. OK; CORRUPT when it does not prove the claim (reterr says which step); IO.
 * Consistency from size 0 is CORRUPT: anything follows from nothing, so the caller decides that
 * case before asking. Standard: RFC 9162 sections 2.1.3.2 and 2.1.4.2.
 */
PTN_MUST_USE struct ptn_status ptn_inclusion_check(struct ptn_hasher *hasher, uint64_t index,
                                                   uint64_t size, const struct ptn_hash *leaf,
                                                   const struct ptn_hash *hashes, size_t count,
                                                   const struct ptn_hash *root,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_consistency_check(struct ptn_hasher *hasher, uint64_t size1,
                                                     uint64_t size2, const struct ptn_hash *root1,
                                                     const struct ptn_hash *root2,
                                                     const struct ptn_hash *hashes, size_t count,
                                                     struct ptn_diag *reterr);

/*
 * What a consistency proof says of the old tree: *ret_root1 is the root that a tree of size1 has
 * when it is the start of the one of size2 with root2. OK; CORRUPT when the proof does not lead to
 * root2; NOT_FOUND when size1 is a power of two or size2: the proof then holds no old root.
 */
PTN_MUST_USE struct ptn_status ptn_consistency_past(struct ptn_hasher *hasher, uint64_t size1,
                                                    uint64_t size2, const struct ptn_hash *root2,
                                                    const struct ptn_hash *hashes, size_t count,
                                                    struct ptn_hash *ret_root1);

/*
 * Subtrees: the entries from start up to but without end, where start is a multiple of the smallest
 * power of two that is not below end - start. So it is a node of every tree that is large enough,
 * or the right edge of one, and it hashes as a tree of its own: ptn_range_add from an empty range.
 * Standard: draft-ietf-plants-merkle-tree-certs, "Subtrees"; C2SP tlog-mirror sends one for each
 * package of entries.
 */
bool ptn_subtree_is(uint64_t start, uint64_t end);

/* Build the proof that the subtree is part of the tree of that size; a subtree, start < end <=
 * size. */
PTN_MUST_USE struct ptn_status ptn_subtree_prove(struct ptn_hasher *hasher, uint64_t start,
                                                 uint64_t end, uint64_t size,
                                                 ptn_subtree_get_fn get, void *context,
                                                 struct ptn_proof *ret_proof);

/*
 * Check it: the subtree of that hash is part of the tree of that root. OK; CORRUPT when that is not
 * proved, or when there is no such subtree in a tree of that size; IO. The empty subtree is part of
 * every tree: OK when its hash is that of the empty tree and the proof is empty, whatever the root
 * (others' test data wants it so).
 */
PTN_MUST_USE struct ptn_status
ptn_subtree_check(struct ptn_hasher *hasher, uint64_t start, uint64_t end, uint64_t size,
                  const struct ptn_hash *subtree, const struct ptn_hash *root,
                  const struct ptn_hash *hashes, size_t count, struct ptn_diag *reterr);

/* Check that the leaf hash is entry index of the subtree with that hash: an inclusion proof within
 * it. The codes of ptn_inclusion_check; CORRUPT also for what is no subtree. */
PTN_MUST_USE struct ptn_status
ptn_subtree_inclusion_check(struct ptn_hasher *hasher, uint64_t index, uint64_t start, uint64_t end,
                            const struct ptn_hash *leaf, const struct ptn_hash *hashes,
                            size_t count, const struct ptn_hash *subtree, struct ptn_diag *reterr);

/*
 * Append a tile's path, as in "tile/0/x001/067" or "tile/1/000.p/5". level -1 is "entries"; width
 * is 1 to PTN_TILE_WIDTH, a full tile has no ".p". The buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_tile_path_write(struct ptn_buffer *out, int level,
                                                   uint64_t index, unsigned width);
#endif
