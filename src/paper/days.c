/* paper/days.c -- see days.h. */
#include "paper/days.h"

#include <stdlib.h>
#include <string.h>

#include "reference/place.h"

/* What is known of a sheet. */
enum state { OPEN, KEYED, ASIDE, LOST };

struct pack {
    uint64_t number, sheets;
    int64_t made_ms;
    int64_t lost_ms;               /* when a sheet was last told lost */
    int32_t used_first, used_last; /* days that keyed sheets name; first above last: none */
    uint64_t open, lost;           /* sheets in that state */
    uint8_t *states;               /* Owned */
};

/* Out of service from one time to the other. */
struct period {
    int64_t from_ms, to_ms;
};

struct ptn_paper_days {
    struct pack *packs; /* as they were made */
    size_t pack_count, pack_room;
    struct period *periods; /* oldest first; the last one goes on while manual */
    size_t period_count, period_room;
    bool manual;
};

struct ptn_paper_days *ptn_paper_days_new(void)
{
    return calloc(1, sizeof(struct ptn_paper_days));
}

void ptn_paper_days_free(struct ptn_paper_days *days)
{
    if (days == NULL)
        return;
    for (size_t i = 0; i < days->pack_count; i++)
        free(days->packs[i].states);
    free(days->packs);
    free(days->periods);
    free(days);
}

static int32_t day_of(int64_t time_ms)
{
    return ptn_date_to_days(ptn_place_local_date(time_ms));
}

/* ---- learning ---- */

struct ptn_status ptn_paper_days_moved(struct ptn_paper_days *days, int64_t time_ms, bool manual)
{
    if (manual == days->manual)
        return PTN_OK;
    if (!manual) {
        struct period *last = &days->periods[days->period_count - 1];

        last->to_ms = time_ms > last->from_ms ? time_ms : last->from_ms;
        days->manual = false;
        return PTN_OK;
    }
    if (days->period_count == days->period_room) {
        size_t room = days->period_room == 0 ? 8 : 2 * days->period_room;
        struct period *periods = realloc(days->periods, room * sizeof(*periods));

        if (periods == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        days->periods = periods;
        days->period_room = room;
    }
    days->periods[days->period_count++] = (struct period){ time_ms, INT64_MAX };
    days->manual = true;
    return PTN_OK;
}

static struct pack *find(const struct ptn_paper_days *days, uint64_t number)
{
    for (size_t i = days->pack_count; i > 0; i--) /* the newest are asked for */
        if (days->packs[i - 1].number == number)
            return &days->packs[i - 1];
    return NULL;
}

struct ptn_status ptn_paper_days_pack(struct ptn_paper_days *days, const struct ptn_pack *pack)
{
    struct pack new = { .number = pack->number,
                        .sheets = pack->sheets,
                        .made_ms = pack->time_ms,
                        .used_last = INT32_MIN,
                        .open = pack->sheets };

    if (find(days, pack->number) != NULL)
        return PTN_OK;
    if (days->pack_count == days->pack_room) {
        size_t room = days->pack_room == 0 ? 8 : 2 * days->pack_room;
        struct pack *packs = realloc(days->packs, room * sizeof(*packs));

        if (packs == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        days->packs = packs;
        days->pack_room = room;
    }
    new.states = calloc(pack->sheets + 1, 1);
    if (new.states == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    days->packs[days->pack_count++] = new;
    return PTN_OK;
}

/* number: from 1. */
static void set(struct pack *pack, uint64_t number, enum state state)
{
    uint8_t *at;

    if (number < 1 || number > pack->sheets)
        return;
    at = &pack->states[number - 1];
    /* a keyed one stays so, and what is put aside is neither keyed nor lost */
    if (*at == KEYED || (*at == ASIDE && state != ASIDE))
        return;
    pack->open -= *at == OPEN ? 1 : 0;
    pack->lost -= *at == LOST ? 1 : 0;
    pack->open += state == OPEN ? 1 : 0;
    pack->lost += state == LOST ? 1 : 0;
    *at = (uint8_t)state;
}

void ptn_paper_days_sheet(struct ptn_paper_days *days, const struct ptn_sheet *sheet)
{
    struct pack *pack = find(days, sheet->pack);
    int32_t day;
    int32_t made;

    if (pack == NULL)
        return;
    day = ptn_date_to_days(sheet->date);
    made = day_of(pack->made_ms);
    if (day < made) /* nobody wrote on it before it was printed: whoever keyed it erred */
        day = made;
    if (pack->used_last == INT32_MIN || day < pack->used_first)
        pack->used_first = day;
    if (day > pack->used_last)
        pack->used_last = day;
    set(pack, sheet->number, ptn_record_id_is_none(sheet->crossing) ? OPEN : KEYED);
}

void ptn_paper_days_told(struct ptn_paper_days *days, const struct ptn_sheets_told *told)
{
    struct pack *pack = find(days, told->pack);

    if (pack == NULL)
        return;
    for (uint64_t i = 0; i < told->count; i++)
        set(pack, told->first + i, told->state == PTN_SHEETS_LOST ? LOST : ASIDE);
    if (told->state == PTN_SHEETS_LOST && told->time_ms > pack->lost_ms)
        pack->lost_ms = told->time_ms;
}

/* ---- asking ---- */

size_t ptn_paper_gaps_add(struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX], size_t count,
                          struct ptn_paper_gap gap)
{
    size_t from = 0;
    size_t to;

    if (gap.first > gap.last)
        return count;
    if (count == PTN_PAPER_GAPS_MAX) { /* the two oldest become one */
        gaps[1].first = gaps[0].first;
        memmove(gaps, gaps + 1, --count * sizeof(*gaps));
    }
    while (from < count && gaps[from].last < gap.first - 1)
        from++;
    for (to = from; to < count && gaps[to].first <= gap.last + 1; to++) {
        gap.first = gaps[to].first < gap.first ? gaps[to].first : gap.first;
        gap.last = gaps[to].last > gap.last ? gaps[to].last : gap.last;
    }
    memmove(gaps + from + 1, gaps + to, (count - to) * sizeof(*gaps));
    gaps[from] = gap;
    return count - (to - from) + 1;
}

/* PAPER-6: whether somebody may have crossed in that time on a sheet that is not keyed. */
static bool is_open(const struct ptn_paper_days *days, const struct period *period)
{
    if (period->to_ms == INT64_MAX)
        return true;
    for (size_t i = 0; i < days->pack_count; i++) {
        const struct pack *pack = &days->packs[i];

        if (pack->made_ms <= period->to_ms &&
            (pack->open > 0 || (pack->lost > 0 && pack->lost_ms >= period->from_ms)))
            return true;
    }
    return false;
}

size_t ptn_paper_days_gaps(const struct ptn_paper_days *days, int32_t today,
                           struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < days->period_count; i++) {
        const struct period *period = &days->periods[i];
        struct ptn_paper_gap gap = { day_of(period->from_ms), today };

        if (period->to_ms != INT64_MAX)
            gap.last = day_of(period->to_ms);
        if (is_open(days, period))
            count = ptn_paper_gaps_add(ret_gaps, count, gap);
    }
    for (size_t i = 0; i < days->pack_count; i++) {
        const struct pack *pack = &days->packs[i];

        if (pack->used_last != INT32_MIN && pack->open + pack->lost > 0)
            count = ptn_paper_gaps_add(ret_gaps, count,
                                       (struct ptn_paper_gap){ pack->used_first, pack->used_last });
    }
    return count;
}
