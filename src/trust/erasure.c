#include "trust/erasure.h"

#include "record/record.h"

#define MS_PER_SECOND 1000
#define MS_PER_DAY    INT64_C(86400000)
/* Later than any time that can be counted in milliseconds: no keeper's clock shows it. */
#define SECONDS_MAX (INT64_MAX / MS_PER_SECOND)

/* The times that are there, ascending. */
static size_t sort(const int64_t *times_s, size_t count, int64_t sorted[PTN_ROSTER_KEEPER_MAX])
{
    size_t found = 0;

    for (size_t i = 0; i < count && found < PTN_ROSTER_KEEPER_MAX; i++) {
        size_t at = found;

        if (times_s[i] < 0 || times_s[i] > SECONDS_MAX)
            continue;
        while (at > 0 && sorted[at - 1] > times_s[i]) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = times_s[i];
        found++;
    }
    return found;
}

bool ptn_erasure_seen(const struct ptn_roster *roster, const int64_t *times_s, size_t count,
                      int64_t *ret_ms)
{
    int64_t sorted[PTN_ROSTER_KEEPER_MAX];
    const size_t found = sort(times_s, count, sorted);

    if (found == 0 || found < roster->quorum_q)
        return false;
    *ret_ms = sorted[found / 2] * MS_PER_SECOND;
    return true;
}

bool ptn_erasure_now(const struct ptn_roster *roster, const int64_t *times_s, size_t count,
                     int64_t *ret_ms)
{
    int64_t sorted[PTN_ROSTER_KEEPER_MAX];
    const size_t found = sort(times_s, count, sorted);

    if (found == 0 || found < roster->quorum_q)
        return false;
    *ret_ms = sorted[(found - 1) / 2] * MS_PER_SECOND;
    return true;
}

bool ptn_erasure_has_waited(int64_t seen_ms, int64_t now_ms)
{
    return seen_ms >= 0 && now_ms >= PTN_ERASURE_WAIT_MS && now_ms - PTN_ERASURE_WAIT_MS >= seen_ms;
}

/* The class's least period; false: the roster has none. Rosters that were signed before there was a
 * class casework keep what is in it for as long as crossings. */
static bool least_ms(const struct ptn_roster *roster, unsigned retention, int64_t *ret_ms)
{
    bool found = false;

    for (size_t i = 0; i < roster->retention_count; i++) {
        const struct ptn_roster_retention *at = &roster->retentions[i];
        bool same = at->retention == retention;

        if (!same && (found || retention != PTN_RETENTION_CASEWORK ||
                      at->retention != PTN_RETENTION_CROSSING))
            continue;
        *ret_ms = (int64_t)at->days * MS_PER_DAY;
        if (same)
            return true;
        found = true;
    }
    return found;
}

bool ptn_erasure_is_due(const struct ptn_roster *roster, const struct ptn_ledger_header *header,
                        int64_t now_ms)
{
    int64_t kept_ms = 0;

    if (!header->has_payload || header->retention == PTN_RETENTION_PUBLIC || now_ms < 0)
        return false;
    (void)least_ms(roster, header->retention, &kept_ms);
    return header->time_ms <= now_ms && now_ms - header->time_ms >= kept_ms;
}

int64_t ptn_erasure_kept_until(const struct ptn_roster *roster, unsigned retention, int64_t now_ms)
{
    int64_t kept_ms = 0;

    (void)least_ms(roster, retention, &kept_ms);
    return now_ms - kept_ms;
}

bool ptn_erasure_month_is_due(const struct ptn_roster *roster, struct ptn_date month,
                              int64_t now_ms)
{
    const struct ptn_date next = ptn_date_first(ptn_date_month_after(month, 1));
    const int64_t end_ms = (int64_t)ptn_date_to_days(next) * MS_PER_DAY;
    int64_t longest_ms = 0;

    for (unsigned retention = PTN_RETENTION_CROSSING; retention < PTN_RETENTION_COUNT;
         retention++) {
        int64_t kept_ms = 0;

        if (retention == PTN_RETENTION_PUBLIC)
            continue;
        if (!least_ms(roster, retention, &kept_ms))
            return false;
        longest_ms = kept_ms > longest_ms ? kept_ms : longest_ms;
    }
    return now_ms >= end_ms && now_ms - end_ms >= longest_ms;
}
