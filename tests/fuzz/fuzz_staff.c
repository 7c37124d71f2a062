/* A staff list's text, and the people in it. What was taken holds what the form promises, and
 * people are written back as they were read. */
#include <stdlib.h>

#include "node/staff_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void list(struct ptn_bytes text)
{
    struct ptn_staff_list list;
    struct ptn_diag diag = { 0 };

    if (!ptn_ok(ptn_staff_list_parse(text, &list, &diag)))
        return;
    if (!ptn_staff_list_looks_like(text) || list.version == 0 || list.until_ms <= list.given_ms ||
        list.box_count == 0 || list.box_count > PTN_STAFF_BOX_MAX || list.bound.len >= text.len)
        abort();
}

static void people(struct ptn_bytes text)
{
    struct ptn_staff_table table = { 0 };
    struct ptn_staff_table again = { 0 };
    struct ptn_buffer out = { .len_max = 1u << 22 };

    if (!ptn_ok(ptn_staff_table_read(text, &table, NULL)))
        return;
    for (size_t i = 0; i < table.count; i++)
        if (!ptn_ok(ptn_staff_write(&table.members[i], &out)) &&
            table.members[i].officer.user[0] != '#')
            abort();
    if (!ptn_ok(ptn_staff_table_read(ptn_buffer_bytes(&out), &again, NULL)) ||
        again.count > table.count)
        abort();
    free(table.members);
    free(again.members);
    ptn_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == 'p') /* "postern staff 1" as it stands in a note */
        list(ptn_bytes_of(data, size));
    else
        people(ptn_bytes_of(data + 1, size - 1));
    return 0;
}
