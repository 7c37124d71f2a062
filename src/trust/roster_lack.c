/* trust/roster_lack.c -- from which month on some reader has no key. Lines of a roster that was
 * parsed are sorted, so a reader's stand together, its months ascending. */
#include "trust/roster.h"

static void note(struct ptn_roster_lack *lack, struct ptn_bytes reader, struct ptn_date month)
{
    if (lack->count == 0 || ptn_date_month_number(month) < ptn_date_month_number(lack->month))
        *lack = (struct ptn_roster_lack){ month, reader, 0 };
    lack->count += ptn_date_equal(month, lack->month) ? 1 : 0;
}

/* Is there a line of that reader among the first count? */
static bool has_line(const struct ptn_roster *roster, size_t count, struct ptn_bytes reader)
{
    size_t least = 0;

    while (count > least) {
        const size_t middle = least + (count - least) / 2;
        const int order = ptn_bytes_compare(roster->readings[middle].origin, reader);

        if (order == 0)
            return true;
        if (order < 0)
            least = middle + 1;
        else
            count = middle;
    }
    return false;
}

bool ptn_roster_reading_lack(const struct ptn_roster *roster, struct ptn_date from,
                             struct ptn_roster_lack *ret_lack)
{
    const struct ptn_date first = { from.year, from.month, 0 };
    struct ptn_roster_lack lack = { first, PTN_BYTES_NONE, 0 };
    size_t of_nodes = 0; /* recovery's come last */

    for (size_t i = 0; i < roster->reading_count;) {
        const struct ptn_bytes reader = roster->readings[i].origin;
        struct ptn_date month = first;

        for (; i < roster->reading_count && ptn_bytes_equal(roster->readings[i].origin, reader);
             i++)
            if (ptn_date_month_number(roster->readings[i].month) == ptn_date_month_number(month))
                month = ptn_date_month_after(month, 1);
        note(&lack, reader, month);
        of_nodes = reader.len > 0 ? i : of_nodes;
    }
    for (size_t i = 0; i < roster->node_count; i++)
        if (roster->nodes[i].role == PTN_ROSTER_POST &&
            !has_line(roster, of_nodes, roster->nodes[i].ledger.name))
            note(&lack, roster->nodes[i].ledger.name, first);
    if (lack.count == 0)
        return false;
    *ret_lack = lack;
    return true;
}
