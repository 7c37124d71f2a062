/* Records of a centre's stays, one after another with their lengths before them: whatever is in
 * them, reading comes to an end, a table of them never loses a crossing by a further record, and
 * what it says of a traveller is in order. */
#include <stdlib.h>

#include "node/stays_rows_int.h"

#define TODAY 20786 /* 2026-11-29 */
#define MAX   128u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t find(const struct ptn_stays_table *table, struct ptn_date today)
{
    static const struct ptn_stay_event known[] = { { { 2026, 11, 1 }, PTN_STAY_ENTRY, false } };
    const struct ptn_person person = {
        .birth = { 1990, 4, 2 },
        .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U1"), .expiry = { 2031, 5, 1 } }
    };
    struct ptn_stay_event events[MAX];
    size_t count = 0;

    if (!ptn_ok(ptn_stays_table_find(table, &person, today, known, 1, events, MAX, &count)) ||
        count < 1 || count > MAX)
        abort();
    for (size_t i = 1; i < count; i++)
        if (ptn_date_compare(events[i - 1].date, events[i].date) > 0)
            abort();
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ptn_date today = ptn_date_from_days(TODAY);
    struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_of(data, size));
    struct ptn_stays_table *table = NULL;
    struct ptn_bytes bytes;
    uint16_t len = 0;
    size_t count = 1;

    for (unsigned records = 0; records < 8 && ptn_ok(ptn_cursor_take_u16(&cursor, &len)) &&
                               ptn_ok(ptn_cursor_take(&cursor, len, &bytes));
         records++) {
        struct ptn_stays_part part = { .day = TODAY };
        const struct ptn_stays_change change = { .parts = &part, .part_count = 1, .today = TODAY };
        struct ptn_stays_edition said;
        struct ptn_stays_table *next = NULL;
        size_t left_out = 0;
        size_t more;

        if (!ptn_ok(ptn_stays_edition_parse(bytes, &said, NULL)))
            continue;
        memcpy(part.salt, said.salt, sizeof(part.salt));
        part.rows = said.rows;
        if (!ptn_ok(ptn_stays_table_make(table, &change, &next, &left_out)))
            abort();
        ptn_stays_table_leave(table);
        table = next;
        more = find(table, today);
        if (more < count)
            abort();
        count = more;
    }
    ptn_stays_table_leave(table);
    return 0;
}
