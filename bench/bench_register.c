/*
 * bench/bench_register.c -- a register of stolen documents at size: bytes a row, the time of a
 * look-up when the file is warm, and of the first ones when it is not.
 *
 *     bench_register DIR ROWS
 *
 * The list is written to DIR, built, asked and removed. Half of the questions are for numbers that
 * are listed; they come from 60 issuers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "watch/register.h"

#define ISSUERS 60u
#define ASKED   200000u

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* SplitMix64: the same rows on every machine. */
static uint64_t mixed(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/* Two letters and seven digits, and an issuer of letters that no State has. */
static void document_of(uint64_t row, char number[16], char issuer[4])
{
    uint64_t random = mixed(row);

    (void)snprintf(number, 16, "%c%c%07u", (char)('A' + random % 26),
                   (char)('A' + random / 26 % 26), (unsigned)(random / 676 % 10000000u));
    (void)snprintf(issuer, 4, "X%c%c", (char)('A' + (random >> 40) % ISSUERS / 10),
                   (char)('A' + (random >> 40) % ISSUERS % 10));
}

static bool write_list(const char *path, uint64_t rows)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL)
        return false;
    (void)fputs("number,issuer,type,reported,circumstances\n", file);
    for (uint64_t row = 0; row < rows; row++) {
        char number[16], issuer[4];

        document_of(row, number, issuer);
        (void)fprintf(file, "%s,%s,P,20%02u-%02u-%02u,%s\n", number, issuer,
                      (unsigned)(row % 24 + 1), (unsigned)(row % 12 + 1), (unsigned)(row % 28 + 1),
                      row % 3 == 0 ? "stolen blank" : "lost");
    }
    return fclose(file) == 0;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Ask, and print the median, 99th and slowest, in microseconds; false when an answer is wrong. */
static bool ask(const struct ptn_register *reg, uint64_t rows, const char *what)
{
    static double times[ASKED];
    static char numbers[ASKED][16], issuers[ASKED][4];
    size_t hits = 0;

    for (size_t i = 0; i < ASKED; i++) {
        uint64_t row = mixed(i ^ 0xabcdef) % rows;

        document_of(i % 2 == 0 ? row : rows + row, numbers[i], issuers[i]);
    }
    for (size_t i = 0; i < ASKED; i++) {
        double start = now();
        bool found = false;

        if (!ptn_ok(
                ptn_register_has(reg, ptn_bytes_from_text(numbers[i]), issuers[i], &found, NULL)))
            return false;
        times[i] = (now() - start) * 1e6;
        hits += found;
        if (!found && i % 2 == 0)
            return false;
    }
    qsort(times, ASKED, sizeof(times[0]), by_time);
    (void)printf("%s: p50 %.2f, p99 %.2f, slowest %.1f microseconds; %zu of %u listed\n", what,
                 times[ASKED / 2], times[(size_t)ASKED / 100 * 99], times[ASKED - 1], hits, ASKED);
    return true;
}

int main(int argc, char **argv)
{
    char list[512], path[512];
    struct ptn_snapshot_input input = {
        PTN_BYTES_LITERAL("STOLEN"), PTN_LIST_STOLEN_CSV, list, NULL, NULL, NULL
    };
    struct ptn_list_summary summary;
    struct ptn_register *reg = NULL;
    uint64_t rows = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    size_t cursor = 0;
    double start;

    if (rows == 0) {
        (void)fputs("usage: bench_register DIR ROWS\n", stderr);
        return 2;
    }
    (void)snprintf(list, sizeof(list), "%s/bench-list.csv", argv[1]);
    (void)snprintf(path, sizeof(path), "%s/bench.reg", argv[1]);
    if (!write_list(list, rows))
        return 4;
    start = now();
    if (!ptn_ok(ptn_register_build(ptn_world_real(), &input, path, &summary, NULL)))
        return 4;
    (void)printf("%" PRIu64 " rows read, sorted and written in %.1f s\n", rows, now() - start);
    start = now();
    if (!ptn_ok(ptn_register_open(ptn_world_real(), path, &reg, NULL)))
        return 4;
    (void)printf("open: %.1f ms; %.2f bytes a row\n", (now() - start) * 1e3,
                 (double)ptn_register_info(reg).bytes / (double)ptn_register_info(reg).rows);
    if (!ask(reg, rows, "first use, blocks checked on the way"))
        return 1;
    while (ptn_ok(ptn_register_check(reg, 1024, &cursor, NULL)))
        ;
    if (!ask(reg, rows, "every block checked, warm"))
        return 1;
    ptn_register_close(reg);
    (void)remove(list);
    (void)remove(path);
    return 0;
}
