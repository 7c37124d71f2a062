/* Any bytes as an entry conditions file: refused or taken; what is taken can be asked, and rows
 * found are in force. */
#include <stdint.h>
#include <stdlib.h>

#include "decision/conditions.h"
#include "reference/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const codes[] = { "ITA", "D", "GBD", "UTO", "*", "" };
    static const struct ptn_date on = { 2026, 11, 24 };
    struct ptn_conditions *conditions = NULL;
    struct ptn_diag diag = { 0 };

    if (!ptn_ok(ptn_conditions_load(ptn_bytes_of(data, size), &conditions, &diag))) {
        if (conditions != NULL || diag.text == NULL)
            abort();
        return 0;
    }
    if (ptn_state_find(ptn_conditions_state(conditions)) == NULL ||
        !ptn_date_is_full(ptn_conditions_date(conditions)))
        abort();
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        for (unsigned kind = 0; kind < PTN_DOCUMENT_KIND_COUNT; kind++) {
            const struct ptn_condition *row =
                ptn_conditions_find(conditions, codes[i], (enum ptn_document_kind)kind, on);

            if (row != NULL &&
                (row->source.len == 0 || (row->days != 0 && row->days >= row->window_days) ||
                 (!ptn_date_is_none(row->until) && ptn_date_compare(row->until, on) < 0)))
                abort();
        }
        (void)ptn_conditions_stands_in(conditions, codes[i], true, on);
    }
    ptn_conditions_free(conditions);
    return 0;
}
