/* Another system's CSV: whatever is in it, reading comes to an end, and a row that is taken is a
 * record that can be written. */
#include <stdlib.h>

#include "node/import.h"
#include "node/import_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(enum ptn_import_kind kind, struct ptn_import_row *row)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    if (kind == PTN_IMPORT_CROSSINGS) {
        row->crossing.id.at[0] = 1;
        if (ptn_ok(ptn_crossing_validate(&row->crossing, NULL)) &&
            !ptn_ok(ptn_crossing_write(&row->crossing, &out)))
            abort();
    } else if (kind == PTN_IMPORT_ALERTS) {
        row->alert.id.at[0] = 1;
        row->alert.time_ms = 1;
        row->alert.post = row->alert.officer = PTN_BYTES_LITERAL("-");
        if (ptn_ok(ptn_alert_validate(&row->alert, NULL)) &&
            !ptn_ok(ptn_alert_write(&row->alert, &out)))
            abort();
    } else if (kind == PTN_IMPORT_PERMITS) {
        row->permit.id.at[0] = 1;
        row->permit.imported = PTN_BYTES_LITERAL("-");
        if (row->permit.issuer[0] == '\0')
            row->permit.issuer[0] = 'D';
        if (ptn_ok(ptn_permit_validate(&row->permit, NULL)) &&
            !ptn_ok(ptn_permit_write(&row->permit, &out)))
            abort();
    } else if (row->member.hash[0] != '\0' && !ptn_ok(ptn_staff_write(&row->member, &out))) {
        abort();
    }
    ptn_buffer_release(&out);
}

static void read_rows(enum ptn_import_kind kind, struct ptn_bytes bytes, struct ptn_arena *arena)
{
    struct ptn_import_reader reader = { 0 };
    struct ptn_import_row row;
    struct ptn_diag diag = { 0 };
    size_t line = 0;

    if (!ptn_ok(ptn_import_open(&reader, kind, bytes, arena, &diag)))
        return;
    for (size_t rows = 0; rows <= bytes.len; rows++) {
        struct ptn_status status;

        ptn_arena_clear(arena);
        status = ptn_import_next(&reader, arena, &row, &line, &diag);
        if (ptn_ok(status))
            check_row(kind, &row);
        else if (status.code != PTN_C_BAD_INPUT)
            return;
        else if (diag.text == NULL)
            abort();
    }
    abort(); /* more rows than bytes */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum ptn_import_kind kinds[] = { PTN_IMPORT_CROSSINGS, PTN_IMPORT_ALERTS,
                                                  PTN_IMPORT_USERS, PTN_IMPORT_USERS,
                                                  PTN_IMPORT_PERMITS };
    struct ptn_arena *arena = ptn_arena_new((size_t)4 << 20);
    struct ptn_import_known_file file;

    if (size == 0 || arena == NULL) {
        ptn_arena_free(arena);
        return 0;
    }
    if (data[0] % 5 == 3)
        (void)ptn_ok(ptn_import_known_parse(ptn_bytes_of(data + 1, size - 1), &file));
    else
        read_rows(kinds[data[0] % 5], ptn_bytes_of(data + 1, size - 1), arena);
    ptn_arena_free(arena);
    return 0;
}
