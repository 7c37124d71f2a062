#include "mirror/source_int.h"

const char *ptn_source_origin(const struct ptn_source *source)
{
    return source->copy != NULL ? ptn_copy_origin(source->copy) : ptn_ledger_origin(source->ledger);
}

struct ptn_status ptn_source_checkpoint(const struct ptn_source *source, struct ptn_buffer *out)
{
    struct ptn_copy_standing standing;

    if (source->copy == NULL)
        return ptn_ledger_checkpoint(source->ledger, out, NULL);
    ptn_copy_standing(source->copy, &standing); /* RECOVER-3 */
    if (standing.missing > 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return ptn_copy_checkpoint(source->copy, out, NULL);
}

struct ptn_status ptn_source_root(const struct ptn_source *source, uint64_t size,
                                  struct ptn_hash *ret_root)
{
    return source->copy != NULL ? ptn_copy_root_at(source->copy, size, ret_root, NULL)
                                : ptn_serving_root(source->ledger, size, ret_root, NULL);
}

struct ptn_status ptn_source_consistency(const struct ptn_source *source, uint64_t size1,
                                         uint64_t size2, struct ptn_proof *ret_proof)
{
    return source->copy != NULL
               ? ptn_serving_copy_consistency(source->copy, size1, size2, ret_proof, NULL)
               : ptn_serving_consistency(source->ledger, size1, size2, ret_proof, NULL);
}

struct ptn_status ptn_source_subtree(const struct ptn_source *source, uint64_t start, uint64_t end,
                                     uint64_t size, struct ptn_proof *ret_proof)
{
    return source->copy != NULL
               ? ptn_serving_copy_subtree(source->copy, start, end, size, ret_proof, NULL)
               : ptn_serving_subtree(source->ledger, start, end, size, ret_proof, NULL);
}

struct ptn_status ptn_source_run(const struct ptn_source *source, uint64_t first, uint64_t end,
                                 bool with_payloads, ptn_serving_entry_fn take, void *context)
{
    return source->copy != NULL
               ? ptn_serving_copy_run(source->copy, first, end, with_payloads, take, context, NULL)
               : ptn_serving_run(source->ledger, first, end, with_payloads, take, context, NULL);
}

bool ptn_source_erased(const struct ptn_source *source, uint64_t index)
{
    uint64_t first = 0;
    struct ptn_hash by;
    struct ptn_status status = source->copy != NULL
                                   ? ptn_copy_erased(source->copy, index, &first, &by, NULL)
                                   : ptn_ledger_erased(source->ledger, index, &first, &by, NULL);

    return ptn_ok(status) && first == index;
}
