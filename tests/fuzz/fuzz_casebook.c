/* Any bytes as a file of the second line: refused, or rows within the stated bounds. */
#include "reference/casebook.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_casebook book = { 0 };
    struct ptn_diag diag = { 0 };

    if (ptn_ok(ptn_casebook_read(&book, ptn_bytes_of(data, size), &diag))) {
        if (book.point_count > PTN_CASEBOOK_ROWS_MAX || book.ground_count > PTN_CASEBOOK_ROWS_MAX)
            abort();
        for (size_t i = 0; i < book.point_count; i++)
            if (ptn_casebook_point(&book, book.points[i].kind, book.points[i].item) !=
                &book.points[i])
                abort();
    }
    ptn_casebook_release(&book);
    return 0;
}
