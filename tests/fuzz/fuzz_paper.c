/* Any texts as the boxes of a form, parted by NUL: an accepted one is a whole sheet that agrees
 * with itself. */
#include <stdint.h>
#include <stdlib.h>

#include "paper/sheet_entry.h"

#define BOXES (sizeof(struct ptn_form) / sizeof(struct ptn_bytes))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_bytes boxes[BOXES] = { { 0 } };
    const char *fields[PTN_SHEET_FIELDS_MAX];
    struct ptn_form_faults faults;
    struct ptn_form form;
    struct ptn_sheet sheet;

    if (arena == NULL)
        abort();
    for (size_t i = 0; i < BOXES; i++) {
        const uint8_t *end = text.len > 0 ? memchr(text.at, 0, text.len) : NULL;
        size_t len = end != NULL ? (size_t)(end - text.at) : text.len;

        boxes[i] = ptn_bytes_slice(text, 0, len);
        text = ptn_bytes_slice(text, end != NULL ? len + 1 : len, SIZE_MAX);
    }
    memcpy(&form, boxes, sizeof(form));
    if (ptn_ok(ptn_form_read(&form, PTN_BYTES_LITERAL("land"), (struct ptn_date){ 2026, 9, 12 },
                             arena, &sheet, &faults)) &&
        (!ptn_ok(ptn_sheet_validate(&sheet, NULL)) || faults.count != 0 ||
         ptn_sheets_differ(&sheet, &sheet, fields) != 0))
        abort();
    ptn_arena_free(arena);
    return 0;
}
