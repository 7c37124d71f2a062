/* A line as `postern decide` takes it: whatever is in it, a traveller that is read is advised on or
 * refused with a reason, and the advice is JSON that can be read again. */
#include <stdlib.h>

#include "decision/conditions.h"
#include "main/decide_read.h"

#define ARENA_SIZE_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void write_again(const struct ptn_advice *advice)
{
    struct ptn_buffer out = { .len_max = 4u << 20 };
    struct ptn_json json = { .out = &out };
    json_t *read;

    ptn_json_object(&json);
    ptn_advice_write_json_members(&json, advice, true);
    ptn_json_object_end(&json);
    must(ptn_ok(json.status));
    read = json_loadb((const char *)out.at, out.len, JSON_REJECT_DUPLICATES, NULL);
    must(json_is_object(read));
    json_decref(read);
    ptn_buffer_release(&out);
}

/* Reasons go from the gravest to what is said for information only; the first is the verdict. */
static void in_order(const struct ptn_advice *advice)
{
    for (size_t i = 0; i < advice->reason_count; i++) {
        const struct ptn_reason *reason = &advice->reasons[i];

        must(reason->rule.len > 0 && reason->text.len > 0 && reason->text_sq.len > 0);
        must(reason->verdict <= (i == 0 ? advice->verdict : reason[-1].verdict));
    }
}

static void advise(json_t *root, struct ptn_arena *arena, const struct ptn_conditions *conditions)
{
    static const struct ptn_date today = { 2026, 11, 24 };
    struct ptn_decide_traveller traveller;
    struct ptn_decide_fault fault = { 0 };
    struct ptn_advice advice;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!ptn_decide_read(root, today, arena, &traveller, &fault)) {
        must(fault.code != NULL && fault.text != NULL);
        return;
    }
    traveller.check.conditions = conditions;
    status = ptn_decide(&traveller.check, arena, &advice, &diag);
    if (ptn_ok(status)) {
        in_order(&advice);
        write_again(&advice);
    } else {
        must(status.code == PTN_C_BAD_INPUT || status.code == PTN_C_NO_MEMORY);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    struct ptn_conditions *conditions = NULL;
    struct ptn_decide_crossing crossing;
    struct ptn_arena *arena;

    if (root == NULL)
        return 0;
    arena = ptn_arena_new(ARENA_SIZE_MAX);
    must(arena != NULL && ptn_ok(ptn_conditions_load(ptn_conditions_shipped(), &conditions, NULL)));
    advise(root, arena, conditions);
    if (ptn_decide_read_crossing(root, &crossing))
        must(ptn_date_is_full(crossing.event.date));
    ptn_conditions_free(conditions);
    ptn_arena_free(arena);
    json_decref(root);
    return 0;
}
