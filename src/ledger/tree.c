#include "ledger/tree.h"

static const uint8_t leaf_mark = 0x00;
static const uint8_t node_mark = 0x01;

struct ptn_status ptn_tree_leaf(struct ptn_hasher *hasher, struct ptn_bytes leaf,
                                struct ptn_hash *ret_hash)
{
    const struct ptn_bytes parts[] = { { &leaf_mark, 1 }, leaf };

    return ptn_hasher_digest(hasher, parts, 2, ret_hash->at);
}

struct ptn_status ptn_tree_node(struct ptn_hasher *hasher, const struct ptn_hash *left,
                                const struct ptn_hash *right, struct ptn_hash *ret_hash)
{
    uint8_t
        joined[1 + 2 * PTN_HASH_LEN]; /* one piece: an update less for each of millions of nodes */
    const struct ptn_bytes part = { joined, sizeof(joined) };

    joined[0] = node_mark;
    memcpy(joined + 1, left->at, PTN_HASH_LEN);
    memcpy(joined + 1 + PTN_HASH_LEN, right->at, PTN_HASH_LEN);
    return ptn_hasher_digest(hasher, &part, 1, ret_hash->at);
}

/* ---- the compact range ---- */

struct ptn_status ptn_range_add(struct ptn_hasher *hasher, struct ptn_range *range,
                                const struct ptn_hash *leaf, ptn_subtree_fn done, void *context)
{
    struct ptn_hash hash = *leaf;
    unsigned height = 0;
    struct ptn_status status;

    if (range->size >= PTN_TREE_SIZE_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    for (;; height++) {
        if (done != NULL) {
            status = done(context, height, range->size >> height, &hash);
            if (!ptn_ok(status))
                return status;
        }
        if ((range->size >> height & 1) == 0)
            break;
        status = ptn_tree_node(hasher, &range->nodes[height], &hash, &hash);
        if (!ptn_ok(status))
            return status;
    }
    /* Only now: a failure above leaves the range as it was. */
    range->nodes[height] = hash;
    range->size++;
    return PTN_OK;
}

struct ptn_status ptn_range_root(struct ptn_hasher *hasher, const struct ptn_range *range,
                                 struct ptn_hash *ret_root)
{
    struct ptn_hash root = { { 0 } };
    bool started = false;

    if (range->size == 0)
        return ptn_hasher_digest(hasher, NULL, 0, ret_root->at);
    for (unsigned height = 0; height < 63; height++) {
        struct ptn_status status;

        if ((range->size >> height & 1) == 0)
            continue;
        if (!started) {
            root = range->nodes[height];
            started = true;
            continue;
        }
        status = ptn_tree_node(hasher, &range->nodes[height], &root, &root);
        if (!ptn_ok(status))
            return status;
    }
    *ret_root = root;
    return PTN_OK;
}

/* ---- building proofs ---- */

struct prover {
    struct ptn_hasher *hasher;
    ptn_subtree_get_fn get;
    void *context;
    struct ptn_proof *proof;
};

/* The largest power of two below size, as its exponent; size >= 2. */
static unsigned split_height(uint64_t size)
{
    return 63u - (unsigned)__builtin_clzll(size - 1);
}

/*
 * The hash of the entries from start on, size of them; start is a multiple of the largest power of
 * two in size, as it is wherever a proof asks. From the smallest perfect subtree at the right end
 * up.
 */
static struct ptn_status hash_of(struct prover *prover, uint64_t start, uint64_t size,
                                 struct ptn_hash *ret_hash)
{
    struct ptn_hash hash = { { 0 } };
    bool started = false;

    for (unsigned height = 0; height < 63; height++) {
        struct ptn_hash left;
        struct ptn_status status;

        if ((size >> height & 1) == 0)
            continue;
        /* The subtrees higher than this one lie before it. */
        status = prover->get(
            prover->context, height,
            (start + (size >> height << height) - ((uint64_t)1 << height)) >> height, &left);
        if (ptn_ok(status) && started)
            status = ptn_tree_node(prover->hasher, &left, &hash, &hash);
        else
            hash = left;
        if (!ptn_ok(status))
            return status;
        started = true;
    }
    *ret_hash = hash;
    return PTN_OK;
}

static struct ptn_status push(struct prover *prover, uint64_t start, uint64_t size)
{
    PTN_PRE(prover->proof->count < PTN_PROOF_COUNT_MAX);

    return hash_of(prover, start, size, &prover->proof->hashes[prover->proof->count++]);
}

/* Proofs are found from the root down and written from the leaf up. */
static void turn(struct ptn_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct ptn_hash other = proof->hashes[i];

        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = other;
    }
}

struct ptn_status ptn_inclusion_prove(struct ptn_hasher *hasher, uint64_t index, uint64_t size,
                                      ptn_subtree_get_fn get, void *context,
                                      struct ptn_proof *ret_proof)
{
    struct ptn_proof proof = { 0 };
    struct prover prover = { hasher, get, context, &proof };
    uint64_t start = 0;
    struct ptn_status status = PTN_OK;

    PTN_PRE(index < size);
    PTN_PRE(size <= PTN_TREE_SIZE_MAX);

    while (ptn_ok(status) && size > 1) {
        uint64_t left = (uint64_t)1 << split_height(size);

        if (index - start < left) {
            status = push(&prover, start + left, size - left);
            size = left;
        } else {
            status = push(&prover, start, left);
            start += left;
            size -= left;
        }
    }
    if (!ptn_ok(status))
        return status;
    turn(&proof);
    *ret_proof = proof;
    return PTN_OK;
}

struct ptn_status ptn_consistency_prove(struct ptn_hasher *hasher, uint64_t size1, uint64_t size2,
                                        ptn_subtree_get_fn get, void *context,
                                        struct ptn_proof *ret_proof)
{
    struct ptn_proof proof = { 0 };
    struct prover prover = { hasher, get, context, &proof };
    uint64_t start = 0;
    uint64_t size = size2;
    struct ptn_status status = PTN_OK;

    PTN_PRE(size1 > 0);
    PTN_PRE(size1 <= size2);
    PTN_PRE(size2 <= PTN_TREE_SIZE_MAX);

    /* RFC 9162 section 2.1.4.1, SUBPROOF: down to the subtree that ends where the old tree ends. */
    while (ptn_ok(status) && start + size != size1) {
        uint64_t left = (uint64_t)1 << split_height(size);

        if (size1 - start <= left) {
            status = push(&prover, start + left, size - left);
            size = left;
        } else {
            status = push(&prover, start, left);
            start += left;
            size -= left;
        }
    }
    /* That subtree is the whole old tree when it starts at 0: the verifier has its hash already. */
    if (ptn_ok(status) && start != 0)
        status = push(&prover, start, size);
    if (!ptn_ok(status))
        return status;
    turn(&proof);
    *ret_proof = proof;
    return PTN_OK;
}

/* ---- subtrees ---- */

bool ptn_subtree_is(uint64_t start, uint64_t end)
{
    uint64_t ceiling = 1;

    if (start > end || end > PTN_TREE_SIZE_MAX)
        return false;
    while (ceiling < end - start)
        ceiling *= 2; /* at most 2^63 */
    return start == end || start % ceiling == 0;
}

struct ptn_status ptn_subtree_prove(struct ptn_hasher *hasher, uint64_t start, uint64_t end,
                                    uint64_t size, ptn_subtree_get_fn get, void *context,
                                    struct ptn_proof *ret_proof)
{
    struct ptn_proof proof = { 0 };
    struct prover prover = { hasher, get, context, &proof };
    uint64_t at = 0; /* the node reached: entries from at on, left of them */
    uint64_t left = size;
    struct ptn_status status = PTN_OK;

    PTN_PRE(start < end);
    PTN_PRE(end <= size);
    PTN_PRE(ptn_subtree_is(start, end));
    PTN_PRE(size <= PTN_TREE_SIZE_MAX);

    /* Down to the node that ends where the subtree ends and starts no earlier than it. */
    while (ptn_ok(status) && (at < start || at + left != end)) {
        uint64_t half = (uint64_t)1 << split_height(left);

        if (end <= at + half) {
            status = push(&prover, at + half, left - half);
            left = half;
        } else {
            status = push(&prover, at, half);
            at += half;
            left -= half;
        }
    }
    /* The subtree itself the verifier has; a part of it, its right edge, must be told. */
    if (ptn_ok(status) && at != start)
        status = push(&prover, at, left);
    if (!ptn_ok(status))
        return status;
    turn(&proof);
    *ret_proof = proof;
    return PTN_OK;
}

/* ---- checking proofs ---- */

struct ptn_status ptn_inclusion_check(struct ptn_hasher *hasher, uint64_t index, uint64_t size,
                                      const struct ptn_hash *leaf, const struct ptn_hash *hashes,
                                      size_t count, const struct ptn_hash *root,
                                      struct ptn_diag *reterr)
{
    uint64_t fn = index;
    uint64_t sn = size - 1;
    struct ptn_hash hash = *leaf;

    if (index >= size)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the index is past the tree");
    for (size_t i = 0; i < count; i++) {
        struct ptn_status status;

        if (sn == 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, i, "the inclusion proof is too long");
        if ((fn & 1) != 0 || fn == sn) {
            status = ptn_tree_node(hasher, &hashes[i], &hash, &hash);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            status = ptn_tree_node(hasher, &hash, &hashes[i], &hash);
        }
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, i, "SHA-256 refused");
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the inclusion proof is too short");
    if (!ptn_hash_equal(&hash, root))
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the inclusion proof leads to another root");
    return PTN_OK;
}

/* The loop of RFC 9162 section 2.1.4.2, steps 6 and 7; the proof's first hash is in both already.
 */
static struct ptn_status climb(struct ptn_hasher *hasher, uint64_t fn, uint64_t sn,
                               const struct ptn_hash *hashes, size_t count, struct ptn_hash *fr,
                               struct ptn_hash *sr, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < count; i++) {
        struct ptn_status status;

        if (sn == 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, i, "the consistency proof is too long");
        if ((fn & 1) != 0 || fn == sn) {
            status = ptn_tree_node(hasher, &hashes[i], fr, fr);
            if (ptn_ok(status))
                status = ptn_tree_node(hasher, &hashes[i], sr, sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            status = ptn_tree_node(hasher, sr, &hashes[i], sr);
        }
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, i, "SHA-256 refused");
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the consistency proof is too short");
    return PTN_OK;
}

struct ptn_status ptn_consistency_check(struct ptn_hasher *hasher, uint64_t size1, uint64_t size2,
                                        const struct ptn_hash *root1, const struct ptn_hash *root2,
                                        const struct ptn_hash *hashes, size_t count,
                                        struct ptn_diag *reterr)
{
    uint64_t fn = size1 - 1;
    uint64_t sn = size2 - 1;
    struct ptn_hash fr = *root1;
    struct ptn_hash sr = *root1;
    struct ptn_status status;

    if (size1 == 0 || size1 > size2)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "no proof goes from that size to this one");
    if (size1 == size2) {
        if (count != 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "equal trees need no proof");
        if (!ptn_hash_equal(root1, root2))
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "two trees of one size have different roots");
        return PTN_OK;
    }
    if (count == 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the consistency proof is empty");
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    /* A perfect old tree (fn is now 0) is its own first hash; else the proof brings that hash. */
    if (fn != 0) {
        fr = hashes[0];
        sr = hashes[0];
        hashes++;
        count--;
    }
    status = climb(hasher, fn, sn, hashes, count, &fr, &sr, reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_hash_equal(&fr, root1))
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the proof does not lead to the old root");
    if (!ptn_hash_equal(&sr, root2))
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the proof does not lead to the new root");
    return PTN_OK;
}

struct ptn_status ptn_consistency_past(struct ptn_hasher *hasher, uint64_t size1, uint64_t size2,
                                       const struct ptn_hash *root2, const struct ptn_hash *hashes,
                                       size_t count, struct ptn_hash *ret_root1)
{
    uint64_t fn = size1 - 1;
    uint64_t sn = size2 - 1;
    struct ptn_hash fr;
    struct ptn_hash sr;
    struct ptn_status status;

    if (size1 == 0 || size1 >= size2 || (size1 & (size1 - 1)) == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (count == 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    fr = hashes[0];
    sr = hashes[0];
    status = climb(hasher, fn, sn, hashes + 1, count - 1, &fr, &sr, NULL);
    if (ptn_ok(status) && !ptn_hash_equal(&sr, root2))
        status.code = PTN_C_CORRUPT;
    if (ptn_ok(status))
        *ret_root1 = fr;
    return status;
}

/* A subtree being proved: where its ends and the tree's lie on the level reached, and the hashes
 * worked out so far. */
struct subtree {
    uint64_t fn; /* its first node */
    uint64_t sn; /* its last node */
    uint64_t tn; /* the tree's last node */
    struct ptn_hash fr;
    struct ptn_hash sr;
};

static void rise(struct subtree *subtree)
{
    subtree->fn >>= 1;
    subtree->sn >>= 1;
    subtree->tn >>= 1;
}

/* The draft's loop over the proof's hashes. */
static struct ptn_status climb_subtree(struct ptn_hasher *hasher, struct subtree *subtree,
                                       const struct ptn_hash *hashes, size_t count,
                                       struct ptn_diag *reterr)
{
    for (size_t i = 0; i < count; i++) {
        struct ptn_status status = PTN_OK;

        if (subtree->tn == 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, i, "the subtree proof is too long");
        if ((subtree->sn & 1) != 0 || subtree->sn == subtree->tn) {
            if (subtree->fn < subtree->sn)
                status = ptn_tree_node(hasher, &hashes[i], &subtree->fr, &subtree->fr);
            if (ptn_ok(status))
                status = ptn_tree_node(hasher, &hashes[i], &subtree->sr, &subtree->sr);
            while ((subtree->sn & 1) == 0 && subtree->sn != 0)
                rise(subtree);
        } else {
            status = ptn_tree_node(hasher, &subtree->sr, &hashes[i], &subtree->sr);
        }
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, i, "SHA-256 refused");
        rise(subtree);
    }
    if (subtree->tn != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the subtree proof is too short");
    return PTN_OK;
}

/* The empty subtree says nothing, and so is right everywhere. */
static struct ptn_status check_empty(struct ptn_hasher *hasher, const struct ptn_hash *subtree,
                                     size_t count, struct ptn_diag *reterr)
{
    struct ptn_hash none = { 0 };

    if (!ptn_ok(ptn_hasher_digest(hasher, NULL, 0, none.at)))
        return ptn_fail(PTN_C_IO, reterr, 0, "SHA-256 refused");
    if (count != 0 || !ptn_hash_equal(&none, subtree))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the empty subtree has one hash and no proof");
    return PTN_OK;
}

struct ptn_status ptn_subtree_check(struct ptn_hasher *hasher, uint64_t start, uint64_t end,
                                    uint64_t size, const struct ptn_hash *subtree,
                                    const struct ptn_hash *root, const struct ptn_hash *hashes,
                                    size_t count, struct ptn_diag *reterr)
{
    struct subtree proved = {
        .fn = start, .sn = end - 1, .tn = size - 1, .fr = *subtree, .sr = *subtree
    };
    struct ptn_status status;

    if (size > PTN_TREE_SIZE_MAX || end > size || !ptn_subtree_is(start, end))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "no such subtree in a tree of that size");
    if (start == end)
        return check_empty(hasher, subtree, count, reterr);
    /* Up to the node at the subtree's right edge that the proof starts from. */
    while (proved.fn != proved.sn && (proved.sn == proved.tn || (proved.sn & 1) != 0))
        rise(&proved);
    if (proved.fn != proved.sn) {
        if (count == 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the subtree proof is empty");
        proved.fr = hashes[0];
        proved.sr = hashes[0];
        hashes++;
        count--;
    }
    status = climb_subtree(hasher, &proved, hashes, count, reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_hash_equal(&proved.fr, subtree))
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the proof does not lead to the subtree");
    if (!ptn_hash_equal(&proved.sr, root))
        return ptn_fail(PTN_C_CORRUPT, reterr, count, "the proof does not lead to the root");
    return PTN_OK;
}

struct ptn_status
ptn_subtree_inclusion_check(struct ptn_hasher *hasher, uint64_t index, uint64_t start, uint64_t end,
                            const struct ptn_hash *leaf, const struct ptn_hash *hashes,
                            size_t count, const struct ptn_hash *subtree, struct ptn_diag *reterr)
{
    if (!ptn_subtree_is(start, end) || index < start || index >= end)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the index is not in that subtree");
    return ptn_inclusion_check(hasher, index - start, end - start, leaf, hashes, count, subtree,
                               reterr);
}

/* ---- tiles ---- */

struct ptn_status ptn_tile_path_write(struct ptn_buffer *out, int level, uint64_t index,
                                      unsigned width)
{
    size_t len = out->len;
    uint64_t group = 1;
    struct ptn_status status;

    PTN_PRE(level >= -1 && level <= 63);
    PTN_PRE(width >= 1 && width <= PTN_TILE_WIDTH);

    status = level < 0 ? ptn_buffer_add_text(out, "tile/entries/")
                       : ptn_buffer_addf(out, "tile/%d/", level);
    while (index / group >= 1000)
        group *= 1000;
    for (; ptn_ok(status) && group > 1; group /= 1000)
        status = ptn_buffer_addf(out, "x%03u/", (unsigned)(index / group % 1000));
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "%03u", (unsigned)(index % 1000));
    if (ptn_ok(status) && width < PTN_TILE_WIDTH)
        status = ptn_buffer_addf(out, ".p/%u", width);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}
