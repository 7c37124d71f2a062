#include "ledger/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define SIZE_MAX_TRIED   70u
#define SUBTREE_SIZE_MAX 130u
#define SUBTREE_COUNT    34247u /* in all trees up to that size, counted by another program */
#define HEIGHT_MAX       8u     /* 2^7 is the largest perfect subtree of 130 */

/* ---- a plain tree to compare with: RFC 6962 section 2.1 as it is written ---- */

struct plain {
    struct ptn_hasher *hasher;
    struct ptn_hash leaves[SUBTREE_SIZE_MAX];
    struct ptn_hash perfect[HEIGHT_MAX][SUBTREE_SIZE_MAX]; /* by height and index */
};

/* The roots of all perfect subtrees, so that many proofs are quick to build. */
static void grow(struct plain *plain)
{
    memcpy(plain->perfect[0], plain->leaves, sizeof(plain->leaves));
    for (unsigned height = 1; height < HEIGHT_MAX; height++)
        for (unsigned i = 0; i < SUBTREE_SIZE_MAX >> height; i++)
            assert_int_equal(ptn_tree_node(plain->hasher,
                                           &plain->perfect[height - 1][(size_t)2 * i],
                                           &plain->perfect[height - 1][(size_t)2 * i + 1],
                                           &plain->perfect[height][i])
                                 .code,
                             PTN_C_OK);
}

static int set_up(void **state)
{
    static struct plain plain;

    plain.hasher = ptn_hasher_new();
    assert_non_null(plain.hasher);
    for (unsigned i = 0; i < SUBTREE_SIZE_MAX; i++) {
        uint8_t leaf[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)i };

        assert_int_equal(
            ptn_tree_leaf(plain.hasher, ptn_bytes_of(leaf, sizeof(leaf)), &plain.leaves[i]).code,
            PTN_C_OK);
    }
    grow(&plain);
    *state = &plain;
    return 0;
}

static int tear_down(void **state)
{
    ptn_hasher_free(((struct plain *)*state)->hasher);
    return 0;
}

static size_t split(size_t size)
{
    size_t left = 1;

    while (left * 2 < size)
        left *= 2;
    return left;
}

/* As the standard writes it, which calls itself; the code it is held against does not. */
/* NOLINTBEGIN(misc-no-recursion) */
static struct ptn_hash plain_hash(const struct plain *plain, size_t start, size_t size)
{
    struct ptn_hash left;
    struct ptn_hash right;
    struct ptn_hash hash;

    if (size == 0) {
        assert_int_equal(ptn_hasher_digest(plain->hasher, NULL, 0, hash.at).code, PTN_C_OK);
        return hash;
    }
    if (size == 1)
        return plain->leaves[start];
    left = plain_hash(plain, start, split(size));
    right = plain_hash(plain, start + split(size), size - split(size));
    assert_int_equal(ptn_tree_node(plain->hasher, &left, &right, &hash).code, PTN_C_OK);
    return hash;
}
/* NOLINTEND(misc-no-recursion) */

static struct ptn_range range_of(const struct plain *plain, size_t size)
{
    struct ptn_range range = { 0 };

    for (size_t i = 0; i < size; i++)
        assert_int_equal(ptn_range_add(plain->hasher, &range, &plain->leaves[i], NULL, NULL).code,
                         PTN_C_OK);
    return range;
}

/* ptn_subtree_get_fn over the plain tree. */
static struct ptn_status get(void *context, unsigned height, uint64_t index,
                             struct ptn_hash *ret_hash)
{
    *ret_hash = plain_hash(context, (size_t)(index << height), (size_t)1 << height);
    return PTN_OK;
}

static struct ptn_status refuse(void *context, unsigned height, uint64_t index,
                                struct ptn_hash *ret_hash)
{
    (void)context;
    (void)height;
    (void)index;
    (void)ret_hash;
    return (struct ptn_status){ PTN_C_IO };
}

/* ---- tests ---- */

static void assert_hex(const struct ptn_hash *hash, const char *hex)
{
    struct ptn_buffer out;

    ptn_buffer_init(&out, 128);
    assert_int_equal(ptn_buffer_add_hex(&out, ptn_bytes_of(hash->at, PTN_HASH_LEN)).code, PTN_C_OK);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), hex));
    ptn_buffer_release(&out);
}

/* Roots worked out by another program for leaves of eight bytes, big-endian 0, 1, 2... */
static void test_tree__roots_are_known(void **state)
{
    static const struct {
        size_t size;
        const char *root;
    } cases[] = {
        { 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { 1, "3e7077fd2f66d689e0cee6a7cf5b37bf2dca7c979af356d0a31cbc5c85605c7d" },
        { 2, "a7d91894b61fbf46378d88e3e1b1f7aef39532c504b484bd31551d15e0a09dff" },
        { 3, "9b4965f8b220ba42f7039ad0781c966cf90bb1aea15a80586d634b322ab1f4ce" },
    };
    const struct plain *plain = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_range range = range_of(plain, cases[i].size);
        struct ptn_hash root;

        assert_int_equal(ptn_range_root(plain->hasher, &range, &root).code, PTN_C_OK);
        assert_hex(&root, cases[i].root);
    }
}

static void test_tree__compact_range_gives_the_plain_root(void **state)
{
    const struct plain *plain = *state;

    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        struct ptn_range range = range_of(plain, size);
        struct ptn_hash expected = plain_hash(plain, 0, size);
        struct ptn_hash root;

        assert_int_equal(range.size, size);
        assert_int_equal(ptn_range_root(plain->hasher, &range, &root).code, PTN_C_OK);
        assert_true(ptn_hash_equal(&root, &expected));
    }
}

struct told {
    const struct plain *plain;
    size_t count;
};

static struct ptn_status check_told(void *context, unsigned height, uint64_t index,
                                    const struct ptn_hash *hash)
{
    struct told *told = context;
    struct ptn_hash expected =
        plain_hash(told->plain, (size_t)(index << height), (size_t)1 << height);

    assert_true(ptn_hash_equal(hash, &expected));
    told->count++;
    return PTN_OK;
}

static struct ptn_status stop_at_height_3(void *context, unsigned height, uint64_t index,
                                          const struct ptn_hash *hash)
{
    (void)context;
    (void)index;
    (void)hash;
    return (struct ptn_status){ height == 3 ? PTN_C_IO : PTN_C_OK };
}

static void test_tree__every_perfect_subtree_is_told_once(void **state)
{
    const struct plain *plain = *state;
    struct told told = { plain, 0 };
    struct ptn_range range = { 0 };

    for (size_t i = 0; i < 64; i++)
        assert_int_equal(
            ptn_range_add(plain->hasher, &range, &plain->leaves[i], check_told, &told).code,
            PTN_C_OK);
    assert_int_equal(told.count, 127);
}

static void test_tree__a_failure_leaves_the_range_as_it_was(void **state)
{
    const struct plain *plain = *state;
    struct ptn_range range = range_of(plain, 7);
    struct ptn_range before = range;

    assert_int_equal(
        ptn_range_add(plain->hasher, &range, &plain->leaves[7], stop_at_height_3, NULL).code,
        PTN_C_IO);
    assert_memory_equal(&range, &before, sizeof(range));
    range.size = PTN_TREE_SIZE_MAX;
    assert_int_equal(ptn_range_add(plain->hasher, &range, &plain->leaves[7], NULL, NULL).code,
                     PTN_C_TOO_BIG);
}

static void test_tree__inclusion_proofs_hold_and_nothing_else_does(void **state)
{
    struct plain *plain = *state;

    for (uint64_t size = 1; size <= SIZE_MAX_TRIED; size++) {
        struct ptn_hash root = plain_hash(plain, 0, (size_t)size);

        for (uint64_t index = 0; index < size; index++) {
            struct ptn_hash *leaf = &plain->leaves[index];
            struct ptn_proof proof;
            struct ptn_diag diag = { 0, NULL };

            assert_int_equal(
                ptn_inclusion_prove(plain->hasher, index, size, get, plain, &proof).code, PTN_C_OK);
            assert_int_equal(ptn_inclusion_check(plain->hasher, index, size, leaf, proof.hashes,
                                                 proof.count, &root, &diag)
                                 .code,
                             PTN_C_OK);
            if (size > 1)
                assert_int_equal(ptn_inclusion_check(plain->hasher, index ^ 1, size, leaf,
                                                     proof.hashes, proof.count, &root, &diag)
                                     .code,
                                 PTN_C_CORRUPT);
            assert_int_equal(ptn_inclusion_check(plain->hasher, index, size, leaf, proof.hashes,
                                                 proof.count + 1, &root, &diag)
                                 .code,
                             PTN_C_CORRUPT);
            if (proof.count > 0) {
                assert_int_equal(ptn_inclusion_check(plain->hasher, index, size, leaf, proof.hashes,
                                                     proof.count - 1, &root, &diag)
                                     .code,
                                 PTN_C_CORRUPT);
                proof.hashes[proof.count / 2].at[7] ^= 1;
                assert_int_equal(ptn_inclusion_check(plain->hasher, index, size, leaf, proof.hashes,
                                                     proof.count, &root, &diag)
                                     .code,
                                 PTN_C_CORRUPT);
            }
            assert_non_null(diag.text);
        }
        assert_int_equal(
            ptn_inclusion_check(plain->hasher, size, size, &root, NULL, 0, &root, NULL).code,
            PTN_C_CORRUPT);
    }
    assert_int_equal(
        ptn_inclusion_check(plain->hasher, 0, 0, plain->leaves, NULL, 0, plain->leaves, NULL).code,
        PTN_C_CORRUPT);
}

static void test_tree__consistency_proofs_hold_and_nothing_else_does(void **state)
{
    struct plain *plain = *state;

    for (uint64_t size2 = 1; size2 <= SIZE_MAX_TRIED; size2++) {
        struct ptn_hash root2 = plain_hash(plain, 0, (size_t)size2);

        for (uint64_t size1 = 1; size1 <= size2; size1++) {
            struct ptn_hash root1 = plain_hash(plain, 0, (size_t)size1);
            struct ptn_proof proof;

            assert_int_equal(
                ptn_consistency_prove(plain->hasher, size1, size2, get, plain, &proof).code,
                PTN_C_OK);
            assert_int_equal(ptn_consistency_check(plain->hasher, size1, size2, &root1, &root2,
                                                   proof.hashes, proof.count, NULL)
                                 .code,
                             PTN_C_OK);
            assert_int_equal(ptn_consistency_check(plain->hasher, size1, size2, &root1, &root2,
                                                   proof.hashes, proof.count + 1, NULL)
                                 .code,
                             PTN_C_CORRUPT);
            if (size1 == size2)
                continue;
            assert_int_equal(ptn_consistency_check(plain->hasher, size1, size2, &root2, &root1,
                                                   proof.hashes, proof.count, NULL)
                                 .code,
                             PTN_C_CORRUPT);
            assert_int_equal(ptn_consistency_check(plain->hasher, size1, size2, &root1, &root2,
                                                   proof.hashes, proof.count - 1, NULL)
                                 .code,
                             PTN_C_CORRUPT);
            proof.hashes[proof.count - 1].at[0] ^= 1;
            assert_int_equal(ptn_consistency_check(plain->hasher, size1, size2, &root1, &root2,
                                                   proof.hashes, proof.count, NULL)
                                 .code,
                             PTN_C_CORRUPT);
        }
    }
}

static void test_tree__odd_consistency_claims_are_refused(void **state)
{
    const struct plain *plain = *state;
    const struct ptn_hash *a = &plain->leaves[0];
    const struct ptn_hash *b = &plain->leaves[1];

    assert_int_equal(ptn_consistency_check(plain->hasher, 0, 0, a, a, NULL, 0, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_consistency_check(plain->hasher, 0, 5, a, a, NULL, 0, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_consistency_check(plain->hasher, 5, 4, a, a, NULL, 0, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_consistency_check(plain->hasher, 3, 3, a, b, NULL, 0, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_consistency_check(plain->hasher, 3, 3, a, a, NULL, 0, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_consistency_check(plain->hasher, 3, 3, a, a, b, 1, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_consistency_check(plain->hasher, 2, 4, a, a, NULL, 0, NULL).code,
                     PTN_C_CORRUPT);
}

/* ---- subtrees ---- */

/* ptn_subtree_get_fn over the table. */
static struct ptn_status get_grown(void *context, unsigned height, uint64_t index,
                                   struct ptn_hash *ret_hash)
{
    const struct plain *plain = context;

    assert_true(height < HEIGHT_MAX);
    *ret_hash = plain->perfect[height][index];
    return PTN_OK;
}

/* As the draft writes it: SUBTREE_SUBPROOF, which calls itself. */
/* NOLINTBEGIN(misc-no-recursion) */
static void plain_subproof(const struct plain *plain, size_t base, size_t start, size_t end,
                           size_t size, bool known, struct ptn_proof *proof)
{
    size_t left;

    if (start == 0 && end == size) {
        if (!known)
            proof->hashes[proof->count++] = plain_hash(plain, base, size);
        return;
    }
    left = split(size);
    if (end <= left) {
        plain_subproof(plain, base, start, end, left, known, proof);
        proof->hashes[proof->count++] = plain_hash(plain, base + left, size - left);
    } else if (left <= start) {
        plain_subproof(plain, base + left, start - left, end - left, size - left, known, proof);
        proof->hashes[proof->count++] = plain_hash(plain, base, left);
    } else {
        assert_int_equal(start, 0);
        plain_subproof(plain, base + left, 0, end - left, size - left, false, proof);
        proof->hashes[proof->count++] = plain_hash(plain, base, left);
    }
}
/* NOLINTEND(misc-no-recursion) */

/* The proof of one subtree: as the draft has it, and good for this claim only. */
static void try_subtree(struct plain *plain, uint64_t start, uint64_t end, uint64_t size,
                        const struct ptn_hash *root)
{
    struct ptn_hash hash = plain_hash(plain, (size_t)start, (size_t)(end - start));
    struct ptn_proof expected = { 0 };
    struct ptn_proof proof;
    struct ptn_diag diag = { 0, NULL };

    plain_subproof(plain, 0, (size_t)start, (size_t)end, (size_t)size, true, &expected);
    assert_int_equal(
        ptn_subtree_prove(plain->hasher, start, end, size, get_grown, plain, &proof).code,
        PTN_C_OK);
    assert_int_equal(proof.count, expected.count);
    assert_memory_equal(proof.hashes, expected.hashes, proof.count * sizeof(proof.hashes[0]));
    assert_int_equal(ptn_subtree_check(plain->hasher, start, end, size, &hash, root, proof.hashes,
                                       proof.count, &diag)
                         .code,
                     PTN_C_OK);
    /* One hash more, one less, one bit, another place. */
    assert_int_equal(ptn_subtree_check(plain->hasher, start, end, size, &hash, root, proof.hashes,
                                       proof.count + 1, &diag)
                         .code,
                     PTN_C_CORRUPT);
    if (end - start < size)
        assert_int_equal(ptn_subtree_check(plain->hasher, start == 0 ? end - start : 0,
                                           start == 0 ? 2 * (end - start) : end - start, size,
                                           &hash, root, proof.hashes, proof.count, &diag)
                             .code,
                         PTN_C_CORRUPT);
    if (proof.count == 0)
        return;
    assert_int_equal(ptn_subtree_check(plain->hasher, start, end, size, &hash, root, proof.hashes,
                                       proof.count - 1, &diag)
                         .code,
                     PTN_C_CORRUPT);
    proof.hashes[(start + end) % proof.count].at[size % PTN_HASH_LEN] ^= 1;
    assert_int_equal(ptn_subtree_check(plain->hasher, start, end, size, &hash, root, proof.hashes,
                                       proof.count, &diag)
                         .code,
                     PTN_C_CORRUPT);
    assert_non_null(diag.text);
}

static void test_tree__subtree_proofs_hold_and_nothing_else_does(void **state)
{
    struct plain *plain = *state;
    size_t count = 0;

    for (uint64_t size = 1; size <= SUBTREE_SIZE_MAX; size++) {
        struct ptn_hash root = plain_hash(plain, 0, (size_t)size);

        for (uint64_t end = 1; end <= size; end++) {
            for (uint64_t start = 0; start < end; start++) {
                if (!ptn_subtree_is(start, end))
                    continue;
                try_subtree(plain, start, end, size, &root);
                count++;
            }
        }
    }
    assert_int_equal(count, SUBTREE_COUNT);
}

static void test_tree__what_is_a_subtree(void **state)
{
    static const struct {
        uint64_t start;
        uint64_t end;
        bool is;
    } cases[] = {
        { 0, 0, true },
        { 5, 5, true },
        { 0, 7, true },
        { 1, 2, true },
        { 1, 3, false },
        { 4, 7, true },
        { 4, 8, true },
        { 2, 5, false },
        { 4, 9, false },
        { 8, 13, true },
        { 256, 512, true },
        { 512, 700, true },
        { 256, 513, false },
        { 3, 2, false },
        { 0, PTN_TREE_SIZE_MAX, true },
        { 1, PTN_TREE_SIZE_MAX, false },
        { 0, UINT64_MAX, false },
        { UINT64_MAX, UINT64_MAX, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ptn_subtree_is(cases[i].start, cases[i].end), cases[i].is);
}

static void test_tree__odd_subtree_claims_are_refused(void **state)
{
    const struct plain *plain = *state;
    const struct ptn_hash *a = &plain->leaves[0];
    struct ptn_hash none = plain_hash(plain, 0, 0);
    static const struct {
        uint64_t start;
        uint64_t end;
        uint64_t size;
    } cases[] = { { 0, 1, 0 },          { 1, 3, 8 }, { 0, 9, 8 }, { 3, 2, 8 },
                  { 0, 1, UINT64_MAX }, { 0, 1, 2 }, { 4, 4, 3 } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ptn_subtree_check(plain->hasher, cases[i].start, cases[i].end,
                                           cases[i].size, a, a, NULL, 0, NULL)
                             .code,
                         PTN_C_CORRUPT);
    assert_int_equal(ptn_subtree_check(plain->hasher, 3, 3, 5, &none, a, NULL, 0, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_subtree_check(plain->hasher, 3, 3, 5, a, a, NULL, 0, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_subtree_check(plain->hasher, 3, 3, 5, &none, a, a, 1, NULL).code,
                     PTN_C_CORRUPT);
}

static void test_tree__inclusion_in_a_subtree(void **state)
{
    const struct plain *plain = *state;
    struct ptn_hash subtree = plain_hash(plain, 4, 3);
    struct ptn_hash proof[2] = { plain->leaves[4], plain->leaves[6] };

    assert_int_equal(ptn_subtree_inclusion_check(plain->hasher, 5, 4, 7, &plain->leaves[5], proof,
                                                 2, &subtree, NULL)
                         .code,
                     PTN_C_OK);
    for (uint64_t index = 3; index < 9; index++)
        if (index != 5)
            assert_int_equal(ptn_subtree_inclusion_check(plain->hasher, index, 4, 7,
                                                         &plain->leaves[5], proof, 2, &subtree,
                                                         NULL)
                                 .code,
                             PTN_C_CORRUPT);
    assert_int_equal(ptn_subtree_inclusion_check(plain->hasher, 5, 5, 7, &plain->leaves[5], proof,
                                                 2, &subtree, NULL)
                         .code,
                     PTN_C_CORRUPT);
}

static void test_tree__a_failing_look_up_passes_up(void **state)
{
    struct plain *plain = *state;
    struct ptn_proof proof = { .count = 77 };

    assert_int_equal(ptn_inclusion_prove(plain->hasher, 3, 9, refuse, plain, &proof).code,
                     PTN_C_IO);
    assert_int_equal(ptn_consistency_prove(plain->hasher, 3, 9, refuse, plain, &proof).code,
                     PTN_C_IO);
    assert_int_equal(ptn_subtree_prove(plain->hasher, 4, 7, 9, refuse, plain, &proof).code,
                     PTN_C_IO);
    assert_int_equal(proof.count, 77);
}

static void test_tree__tile_paths(void **state)
{
    static const struct {
        int level;
        uint64_t index;
        unsigned width;
        const char *path;
    } cases[] = {
        { 0, 0, 256, "tile/0/000" },
        { 0, 999, 1, "tile/0/999.p/1" },
        { 1, 1000, 256, "tile/1/x001/000" },
        { 0, 1234067, 256, "tile/0/x001/x234/067" },
        { 63, 7, 255, "tile/63/007.p/255" },
        { -1, 1234067, 44, "tile/entries/x001/x234/067.p/44" },
        { -1, 1000000000, 256, "tile/entries/x001/x000/x000/000" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_buffer out;

        ptn_buffer_init(&out, 64);
        assert_int_equal(
            ptn_tile_path_write(&out, cases[i].level, cases[i].index, cases[i].width).code,
            PTN_C_OK);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i].path));
        ptn_buffer_release(&out);
        ptn_buffer_init(&out, strlen(cases[i].path) - 1);
        assert_int_equal(
            ptn_tile_path_write(&out, cases[i].level, cases[i].index, cases[i].width).code,
            PTN_C_TOO_BIG);
        assert_int_equal(out.len, 0);
        ptn_buffer_release(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree__roots_are_known),
        cmocka_unit_test(test_tree__compact_range_gives_the_plain_root),
        cmocka_unit_test(test_tree__every_perfect_subtree_is_told_once),
        cmocka_unit_test(test_tree__a_failure_leaves_the_range_as_it_was),
        cmocka_unit_test(test_tree__inclusion_proofs_hold_and_nothing_else_does),
        cmocka_unit_test(test_tree__consistency_proofs_hold_and_nothing_else_does),
        cmocka_unit_test(test_tree__odd_consistency_claims_are_refused),
        cmocka_unit_test(test_tree__subtree_proofs_hold_and_nothing_else_does),
        cmocka_unit_test(test_tree__what_is_a_subtree),
        cmocka_unit_test(test_tree__odd_subtree_claims_are_refused),
        cmocka_unit_test(test_tree__inclusion_in_a_subtree),
        cmocka_unit_test(test_tree__a_failing_look_up_passes_up),
        cmocka_unit_test(test_tree__tile_paths),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
