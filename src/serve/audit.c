/* serve/audit.c -- what stands out among looks: at odd hours, without a crossing, again and again.
 */
#include "serve/audit_int.h"

#include <stdlib.h>

#include "reference/place.h"

#define MINUTE_MS  INT64_C(60000)
#define HOUR_MS    INT64_C(3600000)
#define DAY_MS     INT64_C(86400000)
#define HOURS      24u
#define BESIDE     2u /* hours before and after that are no other hour */
#define DAYS_LEAST 3u /* an officer's other days without which no hour is odd */

struct ptn_status ptn_audit_init(struct ptn_audit *audit, int64_t now_ms)
{
    *audit = (struct ptn_audit){ .now_ms = now_ms };
    audit->officers = calloc(PTN_AUDIT_OFFICERS_MAX, sizeof(*audit->officers));
    return (struct ptn_status){ audit->officers == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
}

void ptn_audit_release(struct ptn_audit *audit)
{
    free(audit->looks);
    free(audit->officers);
    free(audit->people);
}

/* ---- taking ---- */

static bool is_called(const struct ptn_audit_officer *officer, const struct ptn_view_look *look)
{
    return ptn_bytes_is(look->officer, officer->user) && ptn_bytes_is(look->post, officer->post);
}

static void copy_word(char to[PTN_RECORD_WORD_MAX + 1], struct ptn_bytes word)
{
    const size_t len = word.len < PTN_RECORD_WORD_MAX ? word.len : PTN_RECORD_WORD_MAX;

    if (len > 0)
        memcpy(to, word.at, len);
}

static uint16_t officer_of(struct ptn_audit *audit, const struct ptn_view_look *look)
{
    size_t i = 0;

    while (i < audit->officer_count && !is_called(&audit->officers[i], look))
        i++;
    if (i == audit->officer_count && i < PTN_AUDIT_OFFICERS_MAX) {
        copy_word(audit->officers[i].user, look->officer);
        copy_word(audit->officers[i].post, look->post);
        audit->officer_count++;
    }
    return (uint16_t)i;
}

static bool is_asked(enum ptn_purpose purpose)
{
    return purpose == PTN_PURPOSE_SEARCH || purpose == PTN_PURPOSE_SECOND_LINE ||
           purpose == PTN_PURPOSE_OVERSIGHT || purpose == PTN_PURPOSE_SUBJECT ||
           purpose == PTN_PURPOSE_REPORT;
}

/* The hour on the wall, and how many days ago. */
static void place_in_time(const struct ptn_audit *audit, struct ptn_audit_look *look)
{
    const int64_t local_ms =
        look->time_ms + ptn_place_utc_offset_minutes(look->time_ms) * MINUTE_MS;
    const int64_t days = (audit->now_ms - look->time_ms) / DAY_MS;

    look->hour = (uint8_t)(local_ms % DAY_MS / HOUR_MS);
    look->day = days < 0 ? 0 : days > PTN_AUDIT_DAYS_MAX ? PTN_AUDIT_DAYS_MAX : (uint8_t)days;
}

static bool grow(struct ptn_audit *audit)
{
    const size_t capacity = audit->capacity == 0 ? 1024 : audit->capacity * 2;
    struct ptn_audit_look *looks = realloc(audit->looks, capacity * sizeof(*looks));

    if (looks == NULL)
        return false;
    audit->looks = looks;
    audit->capacity = capacity;
    return true;
}

struct ptn_status ptn_audit_take(void *context, const struct ptn_view_look *look)
{
    struct ptn_audit *audit = context;
    struct ptn_audit_look *to;

    if (audit->count == audit->capacity && !grow(audit))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    to = &audit->looks[audit->count++];
    *to = (struct ptn_audit_look){ .at = look->at,
                                   .time_ms = look->time_ms,
                                   .officer = officer_of(audit, look) };
    memcpy(to->whom, look->whom, sizeof(to->whom));
    place_in_time(audit, to);
    to->marks = (look->of_one ? (unsigned)PTN_AUDIT_OF_ONE : 0) |
                (is_asked(look->purpose) ? (unsigned)PTN_AUDIT_ASKED : 0);
    if (look->first_line && !look->answered && look->time_ms < audit->now_ms - HOUR_MS)
        to->marks |= PTN_AUDIT_UNANSWERED;
    if (to->officer < PTN_AUDIT_OFFICERS_MAX)
        audit->officers[to->officer].hours[to->hour][to->day / 64] |= UINT64_C(1) << (to->day % 64);
    return PTN_OK;
}

/* ---- odd hours ---- */

static unsigned bits_of(uint64_t bits)
{
    unsigned count = 0;

    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

/* On how many days but this one the officer looked in these hours. */
static unsigned other_days(const struct ptn_audit_officer *officer, unsigned first, unsigned count,
                           unsigned day)
{
    uint64_t days[2] = { 0, 0 };

    for (unsigned i = 0; i < count; i++) {
        days[0] |= officer->hours[(first + i) % HOURS][0];
        days[1] |= officer->hours[(first + i) % HOURS][1];
    }
    days[day / 64] &= ~(UINT64_C(1) << (day % 64));
    return bits_of(days[0]) + bits_of(days[1]);
}

static bool is_odd(const struct ptn_audit_officer *officer, const struct ptn_audit_look *look)
{
    return other_days(officer, 0, HOURS, look->day) >= DAYS_LEAST &&
           other_days(officer, look->hour + HOURS - BESIDE, 2 * BESIDE + 1, look->day) == 0;
}

static void mark(struct ptn_audit *audit)
{
    for (size_t i = 0; i < audit->count; i++) {
        struct ptn_audit_look *look = &audit->looks[i];
        struct ptn_audit_officer *officer = &audit->officers[look->officer];

        if (look->officer == PTN_AUDIT_OFFICERS_MAX)
            continue;
        if (is_odd(officer, look))
            look->marks |= PTN_AUDIT_ODD;
        officer->looks++;
        officer->asked += (look->marks & PTN_AUDIT_ASKED) != 0;
        officer->odd += (look->marks & PTN_AUDIT_ODD) != 0;
        officer->unanswered += (look->marks & PTN_AUDIT_UNANSWERED) != 0;
    }
}

/* ---- whom ---- */

/* By whom and then by officer; those of nobody that is known last. */
static int by_whom(const void *a, const void *b)
{
    const struct ptn_audit_look *first = a;
    const struct ptn_audit_look *second = b;
    const bool first_none = (first->marks & PTN_AUDIT_OF_ONE) == 0;
    const bool second_none = (second->marks & PTN_AUDIT_OF_ONE) == 0;
    const int order = memcmp(first->whom, second->whom, sizeof(first->whom));

    if (first_none != second_none)
        return first_none ? 1 : -1;
    return order != 0 ? order : (int)first->officer - (int)second->officer;
}

/* Looks from i on that are at one person: and, of one_officer, by one officer. */
static size_t run_of(const struct ptn_audit *audit, size_t i, bool one_officer)
{
    const struct ptn_audit_look *looks = audit->looks;
    size_t end = i + 1;

    while (end < audit->count && (looks[end].marks & PTN_AUDIT_OF_ONE) != 0 &&
           memcmp(looks[end].whom, looks[i].whom, sizeof(looks[i].whom)) == 0 &&
           (!one_officer || looks[end].officer == looks[i].officer))
        end++;
    return end - i;
}

static void count_officers(struct ptn_audit *audit)
{
    size_t run;

    for (size_t i = 0; i < audit->count && (audit->looks[i].marks & PTN_AUDIT_OF_ONE) != 0;
         i += run) {
        run = run_of(audit, i, true);
        if (audit->looks[i].officer < PTN_AUDIT_OFFICERS_MAX) {
            struct ptn_audit_officer *officer = &audit->officers[audit->looks[i].officer];

            officer->people++;
            officer->most = run > officer->most ? run : officer->most;
        }
    }
}

/* Those whom somebody asked for; who only crossed is everybody. */
static void count_people(struct ptn_audit *audit)
{
    size_t run;

    for (size_t i = 0; i < audit->count && (audit->looks[i].marks & PTN_AUDIT_OF_ONE) != 0;
         i += run) {
        struct ptn_audit_person *person = &audit->people[audit->person_count];

        run = run_of(audit, i, false);
        *person = (struct ptn_audit_person){ .looks = run };
        memcpy(person->whom, audit->looks[i].whom, sizeof(person->whom));
        for (size_t k = i; k < i + run; k++) {
            person->asked += (audit->looks[k].marks & PTN_AUDIT_ASKED) != 0;
            person->officers += k == i || audit->looks[k].officer != audit->looks[k - 1].officer;
        }
        audit->person_count += person->asked > 0;
    }
}

static int by_asked(const void *a, const void *b)
{
    const struct ptn_audit_person *first = a;
    const struct ptn_audit_person *second = b;

    if (first->asked != second->asked)
        return first->asked > second->asked ? -1 : 1;
    if (first->officers != second->officers)
        return first->officers > second->officers ? -1 : 1;
    return memcmp(first->whom, second->whom, sizeof(first->whom));
}

static int by_time(const void *a, const void *b)
{
    const struct ptn_audit_look *first = a;
    const struct ptn_audit_look *second = b;

    if (first->time_ms != second->time_ms)
        return first->time_ms > second->time_ms ? -1 : 1;
    return first->at > second->at ? -1 : first->at < second->at;
}

struct ptn_status ptn_audit_settle(struct ptn_audit *audit)
{
    audit->people = calloc(audit->count + 1, sizeof(*audit->people));
    if (audit->people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (audit->count == 0)
        return PTN_OK;
    mark(audit);
    qsort(audit->looks, audit->count, sizeof(*audit->looks), by_whom);
    count_officers(audit);
    count_people(audit);
    if (audit->person_count > 0)
        qsort(audit->people, audit->person_count, sizeof(*audit->people), by_asked);
    qsort(audit->looks, audit->count, sizeof(*audit->looks), by_time);
    return PTN_OK;
}
