/* bench/bench_stays.c TRAVELLERS: rows of published stays: how long a centre takes to make those of
 * so many travellers with four crossings each, what they weigh, and what they cost a post. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/stays_rows_int.h"

#define CROSSINGS 4u
#define TODAY     20786
#define ASKED     2000u
#define HOUR      3400u /* crossings of an hour, of 30 million a year */

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct ptn_person traveller(size_t number, char text[16])
{
    (void)snprintf(text, 16, "U%09zu", number);
    return (struct ptn_person){ .birth = { (uint16_t)(1940 + number % 60),
                                           (uint8_t)(1 + number % 12), (uint8_t)(1 + number % 28) },
                                .document = { .issuer = "UTO",
                                              .number = ptn_bytes_from_text(text),
                                              .expiry = { 2031, 1, 1 } } };
}

/* Their four crossings. */
static bool add(struct ptn_hasher *hasher, const uint8_t *salt, size_t number,
                struct ptn_buffer *rows)
{
    char text[16];
    struct ptn_person person = traveller(number, text);
    struct ptn_stays_key key;
    uint8_t row[PTN_STAYS_ROW_LEN];
    uint8_t mark[PTN_STAYS_MARK_LEN] = { 0 };
    bool good = ptn_ok(ptn_stays_key_of(&person, salt, &key));

    memcpy(mark, &number, 4);
    for (uint32_t i = 0; good && i < CROSSINGS; i++) {
        const struct ptn_stays_crossing crossing = {
            .day = TODAY - (int32_t)((number * 7 + (size_t)i * 11) % 250),
            .minute = (unsigned)(number % 1440),
            .move = i % 2 == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT,
        };

        mark[4] = (uint8_t)i;
        good = ptn_ok(ptn_stays_row(hasher, &key, &crossing, 0, mark, row)) &&
               ptn_ok(ptn_buffer_add(rows, ptn_bytes_of(row, sizeof(row))));
    }
    return good;
}

static int by_number(const void *a, const void *b)
{
    const double *first = a;
    const double *second = b;

    return *first < *second ? -1 : *first > *second;
}

static void ask(const struct ptn_stays_table *table, size_t travellers)
{
    static double took[ASKED];
    struct ptn_stay_event events[64];
    size_t wrong = 0;

    for (size_t i = 0; i < ASKED; i++) {
        char text[16];
        struct ptn_person person = traveller((i * 7919) % travellers, text);
        double began = now_s();
        size_t count = 0;

        if (!ptn_ok(ptn_stays_table_find(table, &person, ptn_date_from_days(TODAY), NULL, 0, events,
                                         64, &count)) ||
            count != CROSSINGS)
            wrong++;
        took[i] = now_s() - began;
    }
    qsort(took, ASKED, sizeof(took[0]), by_number);
    printf("asked %u times: p50 %.3f ms, p99 %.3f ms, %zu wrong\n", ASKED, took[ASKED / 2] * 1e3,
           took[ASKED * 99 / 100] * 1e3, wrong);
}

int main(int argc, char **argv)
{
    static const uint8_t salt[PTN_SHA256_LEN] = { 1 };
    size_t travellers = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 1000000;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_buffer rows = { .len_max = (size_t)4 << 30 };
    struct ptn_stays_part part = { .day = TODAY };
    struct ptn_stays_change change = { .parts = &part, .part_count = 1, .today = TODAY };
    struct ptn_stays_table *table = NULL;
    struct ptn_stays_table *next = NULL;
    size_t left_out = 0;
    double began = now_s();

    memcpy(part.salt, salt, sizeof(part.salt));
    for (size_t i = 0; i < travellers; i++)
        if (hasher == NULL || !add(hasher, salt, i, &rows))
            return 1;
    printf("made: %zu travellers, %zu rows, %.1f s, %.3f ms and %.0f bytes a traveller\n",
           travellers, rows.len / PTN_STAYS_ROW_LEN, now_s() - began,
           (now_s() - began) * 1e3 / (double)travellers, (double)rows.len / (double)travellers);
    part.rows = ptn_buffer_bytes(&rows);
    began = now_s();
    if (!ptn_ok(ptn_stays_table_make(NULL, &change, &table, &left_out)))
        return 1;
    printf("a table of all: %.2f s, %zu MB in memory\n", now_s() - began,
           ptn_stays_table_count(table) * 24 >> 20);
    ask(table, travellers);
    ptn_buffer_clear(&rows);
    for (size_t i = 0; i < HOUR / CROSSINGS; i++)
        if (!add(hasher, salt, travellers + i, &rows))
            return 1;
    part.rows = ptn_buffer_bytes(&rows);
    began = now_s();
    if (!ptn_ok(ptn_stays_table_make(table, &change, &next, &left_out)))
        return 1;
    printf("an hour's edition: %zu KB, %.2f s to take in\n", rows.len >> 10, now_s() - began);
    ptn_stays_table_leave(table);
    ptn_stays_table_leave(next);
    ptn_buffer_release(&rows);
    ptn_hasher_free(hasher);
    return 0;
}
