/*
 * bench/bench_arrival.c -- a whole flight from its bytes to the last person screened, and a scan's
 * search for its row.
 *
 *   bench_arrival SNAPSHOT [PEOPLE]     521 people unless said otherwise; one core
 *
 * Names are put together by chance from common ones of several languages: they meet more listed
 * names than real passengers do, and nobody has them all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arrival/match.h"
#include "base/text.h"
#include "decision/decide.h"

#define NOW_MS INT64_C(1795865400000) /* 2026-11-28T11:30Z */
#define ROUNDS 21u

static const char *const surnames[] = {
    "AHMETI",  "HOXHA",    "MUELLER",   "ROSSI",  "IVANOV", "PETROV",  "KHAN",   "HUSSEIN",
    "ALI",     "MOHAMMED", "SANTOS",    "GARCIA", "CHEN",   "WANG",    "KIM",    "PAPADOPOULOS",
    "YILMAZ",  "DEMIR",    "KOVACEVIC", "NOVAK",  "SMITH",  "JOHNSON", "DUBOIS", "OKAFOR",
    "ADEYEMI", "HASSAN",   "RAHMAN",    "SINGH",  "SHARMA", "NGUYEN",  "SILVA",  "KRASNIQI",
};
static const char *const givens[] = {
    "ARTA",     "BESNIK", "HANS",   "MARCO", "SERGEI", "OLGA", "ABDUL",  "FATIMA",
    "MOHAMMAD", "AHMED",  "JOSE",   "MARIA", "WEI",    "LI",   "MIN",    "GEORGIOS",
    "MEHMET",   "AYSE",   "DRAGAN", "JANA",  "JOHN",   "EMMA", "PIERRE", "CHIDI",
    "TUNDE",    "OMAR",   "KARIM",  "AMAR",  "PRIYA",  "LINH", "JOAO",   "TEUTA",
};

static uint64_t chance = 7;

static unsigned draw(unsigned below)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((chance >> 33) % below);
}

/* Time of this process only: other work on the machine does not count. */
static double now_ms(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The clock on the wall: what whoever waits sees. */
static double wall_ms(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void make_flight(struct ptn_buffer *text, unsigned people, unsigned version)
{
    bool good = ptn_ok(ptn_buffer_addf(
        text,
        "UNB+UNOA:4+UX+GOV+261128:%04u+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+UX204+++UX'"
        "LOC+125+XQA'DTM+189:2611280900:201'LOC+87+TIA'DTM+232:2611281230:201'",
        version));

    for (unsigned i = 0; good && i < people; i++)
        good = ptn_ok(ptn_buffer_addf(
            text,
            "NAD+FL+++%s:%s:%s'ATT+2++%c'DTM+329:%02u%02u%02u'NAT+2+UTO'RFF+AVF:B%u'RFF+ABO:R%u'"
            "DOC+P+U%07u'DTM+36:301231'LOC+91+UTO'",
            surnames[draw(32)], givens[draw(32)], givens[draw(32)], draw(2) == 0 ? 'M' : 'F',
            draw(100), 1 + draw(12), 1 + draw(28), i / 3, i, i));
    if (!good || !ptn_ok(ptn_buffer_add_text(text, "UNT+1+1'UNZ+1+1'")))
        abort();
}

static void take(struct ptn_arrivals *arrivals, struct ptn_bytes text, struct ptn_arena *arena,
                 struct ptn_manifest *manifest, int64_t received_ms)
{
    struct ptn_manifest_reader *reader = NULL;

    ptn_arena_clear(arena);
    if (!ptn_ok(ptn_manifest_reader_new(text, &reader, NULL)) ||
        !ptn_ok(ptn_manifest_next(reader, arena, manifest)) ||
        !ptn_ok(ptn_arrivals_take(arrivals, text, manifest, received_ms, PTN_BYTES_NONE, 0)))
        abort();
    ptn_manifest_reader_free(reader);
}

static int compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

/* Milliseconds: the middle one of all. */
static double median(double *times, size_t count)
{
    qsort(times, count, sizeof(*times), compare);
    return times[count / 2];
}

static double find_all(struct ptn_arrivals *arrivals, unsigned people, struct ptn_arena *arena)
{
    double began = now_ms();

    for (unsigned i = 0; i < people; i++) {
        char number[16];
        struct ptn_person person = {
            .surname = PTN_BYTES_LITERAL("KOVACEVICH"),
            .given = PTN_BYTES_LITERAL("DRAGAN"),
            .birth = { (uint16_t)(1950 + i % 60), (uint8_t)(1 + i % 12), (uint8_t)(1 + i % 28) },
            .nationality = "UTO",
            .document = { .issuer = "UTO" },
        };
        const struct ptn_arrival_ask ask = { &person, PTN_DIRECTION_ENTRY, NOW_MS, false, NULL };
        struct ptn_arrival_found found;

        (void)snprintf(number, sizeof(number), "%c%07u", i % 2 == 0 ? 'U' : 'N', i);
        person.document.number = ptn_bytes_from_text(number);
        ptn_arena_clear(arena);
        if (!ptn_ok(ptn_arrivals_find(arrivals, &ask, arena, &found)))
            abort();
    }
    return (now_ms() - began) * 1e3 / people;
}

static struct ptn_status search(void *context, const struct ptn_screen_query *query,
                                struct ptn_arena *arena, struct ptn_check *check)
{
    struct ptn_match *matches = NULL;
    struct ptn_status status = ptn_screen(context, query, arena, &matches, &check->match_count,
                                          &check->more_matches, NULL);

    check->matches = matches;
    return status;
}

int main(int argc, char **argv)
{
    unsigned people = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 521;
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_arrivals_watch watch = {
        .search = search, .edition = 1, .today = { 2026, 11, 28 }, .own_state = "ALB"
    };
    struct ptn_arena *arena = ptn_arena_new(128u << 20);
    static struct ptn_manifest manifest;
    double took[ROUNDS];
    double screened[ROUNDS];
    double walls[ROUNDS]; /* read, taken and screened */
    size_t trouble = 0;

    if (argc < 2 || arena == NULL ||
        !ptn_ok(ptn_snapshot_open(ptn_world_real(), argv[1], &snapshot, NULL))) {
        (void)fprintf(stderr, "usage: bench_arrival SNAPSHOT [PEOPLE]\n");
        return 2;
    }
    watch.context = snapshot;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ptn_arrivals *arrivals = ptn_arrivals_new(NULL);
        struct ptn_buffer text;
        struct ptn_arrival *voyages = NULL;
        size_t left = 1;
        size_t count = 0;
        uint64_t gone;
        double began;
        double wall_began;

        if (arrivals == NULL)
            return 4;
        ptn_buffer_init(&text, 64u << 20);
        make_flight(&text, people, round);
        wall_began = wall_ms();
        began = now_ms();
        take(arrivals, ptn_buffer_bytes(&text), arena, &manifest, NOW_MS);
        took[round] = now_ms() - began;
        began = now_ms();
        if (!ptn_ok(ptn_arrivals_screen(arrivals, &watch, people, &left)) || left > 0)
            return 4;
        screened[round] = now_ms() - began;
        walls[round] = wall_ms() - wall_began;
        ptn_arena_clear(arena);
        if (ptn_ok(ptn_arrivals_list(arrivals, arena, &voyages, &count, &gone)) && count == 1)
            trouble = voyages[0].counts.trouble_discreet;
        if (round + 1 == ROUNDS)
            (void)printf("a scan's search for its row        %8.1f us\n",
                         find_all(arrivals, people, arena));
        ptn_buffer_release(&text);
        ptn_arrivals_free(arrivals);
    }
    (void)printf("%u people read and taken           %8.2f ms\n", people, median(took, ROUNDS));
    (void)printf("%u people screened, %zu names     %8.2f ms   (%zu matched)\n", people,
                 ptn_snapshot_info(snapshot).name_count, median(screened, ROUNDS), trouble);
    (void)printf("both, by the clock on the wall      %8.2f ms\n", median(walls, ROUNDS));
    ptn_arena_free(arena);
    ptn_snapshot_close(snapshot);
    return 0;
}
