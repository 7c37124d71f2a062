/* main/doctor_reading.c -- the months' keys: those that the roster has for everybody, and a node's
 * own private halves. */
#include <string.h>

#include "main/doctor_int.h"
#include "main/standing.h"
#include "vault/seal.h"

static struct ptn_date today_of(const struct ptn_doctor *doctor)
{
    return ptn_instant_date(doctor->world->now_ms(doctor->world->context));
}

/* Nothing stops when they run out: what is sealed goes to keys of the month before. SEAL-3. */
void ptn_doctor_months(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    const struct ptn_date today = today_of(doctor);
    struct ptn_roster_lack lack;
    struct ptn_date first;
    const char *reader;
    int len;
    int32_t days;

    if (!ptn_roster_reading_lack(roster, today, &lack))
        return;
    first = (struct ptn_date){ lack.month.year, lack.month.month, 1 };
    days = ptn_date_days_between(today, first);
    reader = lack.reader.len == 0 ? "recovery" : (const char *)lack.reader.at;
    len = lack.reader.len == 0 ? 8 : (int)lack.reader.len;
    if (days >= PTN_STANDING_MONTHS_SOON_DAYS)
        ptn_doctor_say(doctor, PTN_FINDING_FINE, "months",
                       "every reader has a key for each before %04u-%02u", first.year, first.month);
    else if (days > 0)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "months",
                       "in %d days %.*s and %zu more have no key for %04u-%02u: postern reading, "
                       "then a roster",
                       (int)days, len, reader, lack.count - 1, first.year, first.month);
    else
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "months",
                       "%.*s and %zu more have no key for %04u-%02u, which has begun: what is "
                       "sealed goes to the month before",
                       len, reader, lack.count - 1, first.year, first.month);
}

/* Is the private half of that public one here? One that is sealed, and not opened here, is there.
 */
static bool has_half(const struct ptn_doctor *doctor, const struct ptn_roster_reading *named)
{
    struct ptn_reading reading;
    struct ptn_status status =
        ptn_reading_find(doctor->world, doctor->dir, named->month, &reading, NULL);

    return status.code == PTN_C_BUSY ||
           (ptn_ok(status) && memcmp(reading.key, named->key, PTN_READING_KEY_LEN) == 0);
}

static bool has_month(const struct ptn_doctor *doctor, struct ptn_date month)
{
    struct ptn_reading reading;
    struct ptn_status status = ptn_reading_find(doctor->world, doctor->dir, month, &reading, NULL);

    return ptn_ok(status) || status.code == PTN_C_BUSY ||
           ptn_reading_kept(doctor->world, doctor->dir, month);
}

/* What others seal to a key whose private half is not here, nobody here opens. True: said. */
static bool say_missing(struct ptn_doctor *doctor, const struct ptn_roster *roster,
                        struct ptn_date today)
{
    for (size_t i = 0; i < roster->reading_count; i++) {
        const struct ptn_roster_reading *named = &roster->readings[i];

        if (!ptn_bytes_is(named->origin, doctor->plan.origin) ||
            ptn_date_month_number(named->month) < ptn_date_month_number(today) ||
            has_half(doctor, named))
            continue;
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "reading keys",
                       "the roster names one for %04u-%02u whose private half is not here",
                       named->month.year, named->month.month);
        return true;
    }
    return false;
}

/* Does the roster have a month of its own for this node? For an incident room it has none. */
static bool is_reader(const struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    for (size_t i = 0; i < roster->reading_count; i++)
        if (ptn_bytes_is(roster->readings[i].origin, doctor->plan.origin))
            return true;
    return false;
}

void ptn_doctor_reading(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    const struct ptn_date today = today_of(doctor);
    const struct ptn_date next = ptn_date_month_after(today, 1);

    if (say_missing(doctor, roster, today))
        return;
    if (!has_month(doctor, today) && doctor->plan.role == PTN_NODE_CENTRE &&
        !is_reader(doctor, roster))
        ptn_doctor_say(doctor, PTN_FINDING_FINE, "reading keys",
                       "none, and none in the roster: an incident room reads nothing sealed");
    else if (!has_month(doctor, today))
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "reading keys",
                       "none for this month: the node cannot read what is sealed for it");
    else if (!has_month(doctor, next))
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "reading keys",
                       "none for the next month: postern reading make, then a roster");
    else
        ptn_doctor_say(doctor, PTN_FINDING_FINE, "reading keys", "for this month and the next");
}
