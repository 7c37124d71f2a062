/*
 * bench/bench_names.c -- an index over a real or made list of names: how fast it is built, found in
 * and scanned.
 *
 * usage: bench_names NAMES.tsv [COLUMN] [TRAVELLERS.csv]: column 5 (the default) of a TSV with a
 * header holds the names; the first column of the CSV travellers'. With BENCH_COMPARE=N, N random
 * questions are asked of the index and of the scan and every difference is an error: the property
 * that the index misses nothing.
 *
 * Every name has a made birth date (or none, one in twenty), which weighs as watch/ weighs it. What
 * is measured "born" asks with a birth date, too: one time in four that of the name asked for, else
 * anybody's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "names/index.h"

#define NAMES_MAX 12000000u
#define TOP       50u

/* A made birth: days after the first of YEAR_FIRST, in years of 365 days; UNBORN: none is known. */
#define YEAR_FIRST 1930u
#define YEARS      80u
#define UNBORN     UINT16_MAX

struct names {
    struct ptn_index_name *at;
    uint16_t *births;
    char **texts; /* what the names at `at` view */
    size_t count;
    size_t bytes;
};

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t random_below(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return limit == 0 ? 0 : (uint32_t)((seed >> 32) * limit >> 32);
}

/* Time of this process only: other work on the machine does not count. */
static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Most are born in the middle of the years, one in twenty nobody knows when. */
static uint16_t random_birth(void)
{
    if (random_below(20) == 0)
        return UNBORN;
    return (uint16_t)(random_below(YEARS * 365 / 2) + random_below(YEARS * 365 / 2));
}

/* 1: nobody knows; then one a year. */
static uint8_t cohort_of(uint16_t birth)
{
    return birth == UNBORN ? 1 : (uint8_t)(2 + birth / 365);
}

/* A traveller born at a day, or on a day that does not matter, and the names asked. */
struct traveller {
    const struct names *names;
    uint16_t birth;
};

/* watch/evidence.c's percentages: another day of the same year, up to five years apart, more. */
static unsigned adjust(void *context, uint32_t name, unsigned name_score)
{
    const struct traveller *traveller = context;
    unsigned birth = traveller->names->births[name];
    unsigned apart = birth > traveller->birth ? birth - traveller->birth : traveller->birth - birth;

    if (birth == UNBORN)
        return name_score * 95 / 100;
    if (apart == 0)
        return name_score;
    if (birth / 365 == traveller->birth / 365u)
        return name_score * 94 / 100;
    return name_score * (apart <= 1827 ? 86u : 74u) / 100;
}

static void fill_most(uint16_t birth, uint16_t most[PTN_INDEX_COHORTS])
{
    for (unsigned i = 0; i < PTN_INDEX_COHORTS; i++)
        most[i] = 7400;
    most[1] = 9500;
    for (unsigned year = 0; year < YEARS; year++) {
        unsigned first = year * 365;
        unsigned last = first + 364;
        unsigned apart = birth > last ? birth - last : birth < first ? first - birth : 0;

        if (apart <= 1827)
            most[2 + year] = apart == 0 ? 10000 : 8600;
    }
}

static bool read_column(const char *path, unsigned column, char separator, struct names *names)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    bool header = true;

    names->at = calloc(NAMES_MAX, sizeof(*names->at));
    names->texts = calloc(NAMES_MAX, sizeof(*names->texts));
    names->births = calloc(NAMES_MAX, sizeof(*names->births));
    while (file != NULL && names->at != NULL && names->texts != NULL && names->births != NULL &&
           getline(&line, &capacity, file) > 0 && names->count < NAMES_MAX) {
        char *field = line;
        char *end;

        for (unsigned i = 1; i < column && field != NULL; i++) {
            field = strchr(field, separator);
            field = field == NULL ? NULL : field + 1;
        }
        if (header || field == NULL) {
            header = false;
            continue;
        }
        end = field + strcspn(field, separator == ',' ? ",\r\n" : "\t\r\n");
        *end = '\0';
        names->texts[names->count] = strdup(field);
        names->at[names->count] =
            (struct ptn_index_name){ ptn_bytes_from_text(names->texts[names->count]),
                                     (uint32_t)names->count, 0 };
        names->births[names->count] = random_birth();
        names->at[names->count].cohort = cohort_of(names->births[names->count]);
        names->bytes += names->at[names->count++].text.len;
    }
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return names->count > 0;
}

/* Change some letters of a text the way hands and ears do: swap, drop, double or replace one; drop
 * a word. */
static struct ptn_bytes mutate(struct ptn_bytes text, unsigned changes, uint8_t at[512])
{
    size_t len = text.len < 400 ? text.len : 400;

    memcpy(at, text.at, len);
    for (unsigned i = 0; i < changes && len > 3; i++) {
        uint32_t place = random_below((uint32_t)len - 1);

        switch (random_below(5)) {
        case 0:
            at[place] ^= at[place + 1];
            at[place + 1] ^= at[place];
            at[place] ^= at[place + 1];
            break;
        case 1:
            memmove(at + place, at + place + 1, --len - place);
            break;
        case 2:
            memmove(at + place + 1, at + place, len++ - place);
            break;
        case 3:
            at[place] = (uint8_t)("aeiouybdfghjklmnprstvzkhsh -"[random_below(28)]);
            break;
        default: {
            uint8_t *space = memchr(at, ' ', len);

            if (space != NULL && random_below(3) == 0) {
                size_t gone = (size_t)(space - at) + 1;

                memmove(at, at + gone, len - gone);
                len -= gone;
            }
            break;
        }
        }
    }
    return ptn_bytes_of(at, len);
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return a < b ? -1 : a > b;
}

static unsigned number_of(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

typedef struct ptn_status (*ask_fn)(const struct ptn_index *, const struct ptn_index_query *,
                                    struct ptn_index_scratch *, struct ptn_index_hit *, size_t *,
                                    bool *);

/* Whose names are asked for; with a birth date, where born says whose the index are. */
struct asking {
    const struct names *asked;
    const struct names *born;
};

static void measure(const char *title, const struct ptn_index *index,
                    struct ptn_index_scratch *scratch, const struct asking *asking,
                    unsigned changes, unsigned count, ask_fn ask)
{
    const struct names *asked = asking->asked;
    struct traveller traveller = { asking->born, 0 };
    double *times = calloc(count, sizeof(*times));
    size_t found = 0;

    for (unsigned i = 0; times != NULL && i < count; i++) {
        struct ptn_index_hit hits[TOP];
        uint8_t at[512];
        size_t hit_count = 0;
        bool more = false;
        uint32_t place = random_below((uint32_t)asked->count);
        struct ptn_bytes text = mutate(asked->at[place].text, changes, at);
        struct ptn_name name;
        uint16_t most[PTN_INDEX_COHORTS];
        struct ptn_index_query query = { &name, PTN_SCORE_MINIMUM, TOP, NULL, NULL, NULL };
        double start;

        if (asking->born != NULL)
            do
                traveller.birth = random_below(4) == 0 ? asked->births[place] : random_birth();
            while (traveller.birth == UNBORN);
        start = now_s();
        if (asking->born != NULL) {
            fill_most(traveller.birth, most);
            query.adjust = adjust;
            query.context = &traveller;
            query.cohort_most = most;
        }
        ptn_name_read(text, PTN_NAME_FREE, &name);
        if (!ptn_ok(ask(index, &query, scratch, hits, &hit_count, &more)))
            abort();
        times[i] = (now_s() - start) * 1e6;
        found += hit_count > 0;
    }
    if (times != NULL) {
        qsort(times, count, sizeof(*times), compare_doubles);
        (void)printf(
            "%-28s %6u questions  p50 %8.1f us  p99 %8.1f us  p99.9 %8.1f us  answered %5.1f %%\n",
            title, count, times[count / 2], times[(size_t)(count * 0.99)],
            times[(size_t)(count * 0.999)], 100.0 * (double)found / count);
        (void)fflush(stdout);
    }
    free(times);
}

static size_t compare(const struct ptn_index *index, struct ptn_index_scratch *scratch,
                      const struct names *asked, unsigned count)
{
    size_t wrong = 0;

    for (unsigned i = 0; i < count; i++) {
        struct ptn_index_hit hits[2][TOP];
        size_t counts[2] = { 0, 0 };
        bool more[2] = { false, false };
        uint8_t at[512];
        struct ptn_bytes text =
            mutate(asked->at[random_below((uint32_t)asked->count)].text, random_below(5), at);
        struct ptn_name name;
        struct ptn_index_query query = {
            &name, PTN_SCORE_MINIMUM + 300 * random_below(6), 1 + random_below(TOP), NULL, NULL,
            NULL
        };

        ptn_name_read(text, PTN_NAME_FREE, &name);
        if (!ptn_ok(ptn_index_find(index, &query, scratch, hits[0], &counts[0], &more[0])) ||
            !ptn_ok(ptn_index_scan(index, &query, scratch, hits[1], &counts[1], &more[1])))
            abort();
        if (counts[0] == counts[1] && more[0] == more[1] &&
            memcmp(hits[0], hits[1], counts[0] * sizeof(hits[0][0])) == 0)
            continue;
        wrong++;
        (void)printf("DIFFERENT: %.*s: %zu %d, scan %zu %d\n", (int)text.len, (const char *)text.at,
                     counts[0], more[0], counts[1], more[1]);
    }
    (void)printf("index and scan compared on %u questions: %zu differences\n", count, wrong);
    return wrong;
}

static void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->texts[i]);
    free(names->texts);
    free(names->births);
    free(names->at);
}

/* Build the index, then measure it or compare it with the scan; the program's exit code. */
static int run(const struct names *names, const struct names *travellers)
{
    const char *compares = getenv("BENCH_COMPARE");
    const char *questions = getenv("BENCH_QUESTIONS");
    unsigned count = questions == NULL ? 20000 : number_of(questions);
    struct ptn_index_scratch *scratch;
    struct ptn_buffer blob;
    struct ptn_index index;
    size_t wrong = 0;
    double start = now_s();

    ptn_buffer_init(&blob, (size_t)4 << 30);
    if (!ptn_ok(ptn_index_build(names->at, names->count, &blob, NULL)))
        return 4;
    start = now_s() - start;
    (void)printf(
        "%zu names, %.1f MB: built in %.2f s (%.1f MB/s, %.0f names/s), %.1f bytes a name\n",
        names->count, (double)names->bytes / 1e6, start, (double)names->bytes / 1e6 / start,
        (double)names->count / start, (double)blob.len / (double)names->count);
    if (!ptn_ok(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL)))
        return 4;
    scratch = ptn_index_scratch_new(&index);
    if (scratch == NULL)
        return 4;
    if (compares != NULL) {
        wrong += compare(&index, scratch, names, number_of(compares));
        if (travellers->count > 0)
            wrong += compare(&index, scratch, travellers, number_of(compares));
    } else {
        const struct asking listed = { names, NULL }, listed_born = { names, names };
        const struct asking others = { travellers, NULL }, others_born = { travellers, names };

        measure("list names", &index, scratch, &listed, 0, count, ptn_index_find);
        measure("list names, 1 change", &index, scratch, &listed, 1, count, ptn_index_find);
        measure("list names, 3 changes", &index, scratch, &listed, 3, count, ptn_index_find);
        measure("list names, born", &index, scratch, &listed_born, 0, count, ptn_index_find);
        measure("... 3 changes, born", &index, scratch, &listed_born, 3, count, ptn_index_find);
        if (travellers->count > 0) {
            measure("travellers", &index, scratch, &others, 0, count, ptn_index_find);
            measure("travellers, born", &index, scratch, &others_born, 0, count, ptn_index_find);
        }
        measure("list names, scan", &index, scratch, &listed, 0, 10, ptn_index_scan);
    }
    ptn_index_scratch_free(scratch);
    ptn_buffer_release(&blob);
    return wrong == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct names names = { 0 };
    struct names travellers = { 0 };
    int code = 2;

    if (argc < 2 || !read_column(argv[1], argc > 2 ? number_of(argv[2]) : 5, '\t', &names))
        (void)fputs("usage: bench_names NAMES.tsv [COLUMN] [TRAVELLERS.csv]\n", stderr);
    else if (argc > 3 && !read_column(argv[3], 1, ',', &travellers))
        code = 3;
    else
        code = run(&names, &travellers);
    names_free(&names);
    names_free(&travellers);
    return code;
}
