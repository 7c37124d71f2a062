/*
 * tests/fuzz/fuzz_serving.c -- paths of a ledger's files: each has one form, so what is taken
 * writes back to the same bytes, inside its bounds.
 */
#include "ledger/serving.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_serving_path path;
    struct ptn_buffer out;

    if (!ptn_ok(ptn_serving_path_parse(text, &path)))
        return 0;
    if (path.kind == PTN_SERVING_TILE || path.kind == PTN_SERVING_ENTRIES)
        require(path.level <= 63 && path.width >= 1 && path.width <= PTN_TILE_WIDTH &&
                path.index <= PTN_TREE_SIZE_MAX / PTN_TILE_WIDTH);
    ptn_buffer_init(&out, size);
    require(ptn_ok(ptn_serving_path_write(&out, &path)));
    require(ptn_bytes_equal(text, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
    return 0;
}
