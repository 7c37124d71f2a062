/*
 * bench/bench_message.c -- megabytes a second on one core: a passenger list read into people, its
 * segments alone, and memchr over the same bytes, all by processor time.
 *
 * usage: bench_message [--write]: with --write it prints a file of about 16 MB instead, for
 * whatever else is to read the same; else one line a reader: name, MB/s, share of memchr's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message/edifact.h"
#include "message/manifest.h"

#define MESSAGES 256u
#define PEOPLE   200u
#define SECONDS  1.5

static uint64_t seed = 1;

static unsigned below(unsigned limit)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ (z >> 31)) % limit);
}

static void must(struct ptn_status status)
{
    if (!ptn_ok(status))
        abort();
}

static void make_word(char *to, unsigned least, unsigned most)
{
    unsigned len = least + below(most - least + 1);

    for (unsigned i = 0; i < len; i++)
        to[i] = (char)('A' + below(26));
    to[len] = '\0';
}

/* One person as carriers send them: fourteen segments, 300 bytes. */
static void add_person(struct ptn_buffer *out, unsigned number)
{
    char surname[20], given[20], second[20], locator[8];

    make_word(surname, 4, 14);
    make_word(given, 4, 10);
    make_word(second, 4, 10);
    make_word(locator, 6, 6);
    must(ptn_buffer_addf(out, "NAD+FL+++%s:%s:%s+12 HIGH STREET+TIRANA++1001+ALB'ATT+2++%c'",
                         surname, given, second, below(2) == 0 ? 'M' : 'F'));
    must(ptn_buffer_addf(out, "DTM+329:%02u%02u%02u'MEA+CT++:2'GEI+4+173'FTX+BAG+++UT%06u:2'",
                         below(90), 1 + below(12), 1 + below(28), below(1000000)));
    must(
        ptn_buffer_addf(out, "LOC+178+UTA'LOC+179+TIA'LOC+174+ALB'NAT+2+ALB'RFF+AVF:%s'", locator));
    must(ptn_buffer_addf(out, "RFF+ABO:%u'RFF+SEA:%u%c'DOC+P:110:111+%c%08u'", number,
                         1 + below(60), 'A' + (int)below(6), 'A' + (int)below(26),
                         below(100000000)));
    must(ptn_buffer_addf(out, "DTM+36:%02u0630'LOC+91+ALB'", 27 + below(9)));
}

static void make_file(struct ptn_buffer *out)
{
    must(ptn_buffer_add_text(out, "UNA:+.? 'UNB+UNOA:4+UT+UTO+261128:0800+1++APIS'"));
    for (unsigned i = 0; i < MESSAGES; i++) {
        must(ptn_buffer_addf(out,
                             "UNH+%u+PAXLST:D:05B:UN:IATA'BGM+745'NAD+MS+++UTOPIA AIR'"
                             "COM+00355:TE'TDT+20+UT%u+++UT'LOC+125+UTA'"
                             "DTM+189:2611281015:201'LOC+87+TIA'DTM+232:2611281230:201'",
                             i, 100 + i));
        for (unsigned k = 0; k < PEOPLE; k++)
            add_person(out, k);
        must(ptn_buffer_addf(out, "CNT+42:%u'UNT+%u+%u'", PEOPLE, 11 + 16 * PEOPLE, i));
    }
    must(ptn_buffer_addf(out, "UNZ+%u+1'", MESSAGES));
}

static double now(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* ---- readers: each returns what it counted, so that nothing is left out ---- */

static size_t read_people(struct ptn_bytes file)
{
    static struct ptn_manifest manifest;
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(64u << 20);
    size_t people = 0;

    must(ptn_manifest_reader_new(file, &reader, NULL));
    while (ptn_ok(ptn_manifest_next(reader, arena, &manifest))) {
        if (manifest.note_count > 0)
            abort();
        people += manifest.person_count;
        ptn_arena_clear(arena);
    }
    ptn_manifest_reader_free(reader);
    ptn_arena_free(arena);
    return people;
}

static size_t read_segments(struct ptn_bytes file)
{
    static struct ptn_edifact reader;
    static struct ptn_edifact_segment segment;
    size_t segments = 0;

    must(ptn_edifact_open(&reader, file, NULL));
    while (ptn_ok(ptn_edifact_next(&reader, &segment)))
        segments += segment.element_count > 0;
    return segments;
}

static size_t find_terminators(struct ptn_bytes file)
{
    const uint8_t *end = file.at + file.len;
    size_t count = 0;

    for (const uint8_t *at = file.at; (at = memchr(at, '\'', (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

static double measure(size_t (*read)(struct ptn_bytes file), struct ptn_bytes file,
                      size_t *ret_count)
{
    double began = now();
    double ended;
    unsigned rounds = 0;

    do {
        *ret_count = read(file);
        rounds++;
        ended = now();
    } while (ended - began < SECONDS);
    return (double)file.len * rounds / (ended - began) / 1e6;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name, *what;
        size_t (*read)(struct ptn_bytes file);
    } readers[] = {
        { "memchr for the terminator", "terminators", find_terminators },
        { "segments", "segments", read_segments },
        { "people", "people", read_people },
    };
    struct ptn_buffer file = { .len_max = 64u << 20 };
    double limit = 0;

    make_file(&file);
    if (argc > 1 && strcmp(argv[1], "--write") == 0)
        return fwrite(file.at, 1, file.len, stdout) == file.len ? 0 : 1;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        size_t count = 0;
        double speed = measure(readers[i].read, ptn_buffer_bytes(&file), &count);

        limit = i == 0 ? speed : limit;
        (void)printf("PAXLST, %.1f MB: %s %.0f MB/s, %.2f of memchr (%zu %s)\n",
                     (double)file.len / 1e6, readers[i].name, speed, speed / limit, count,
                     readers[i].what);
    }
    ptn_buffer_release(&file);
    return 0;
}
