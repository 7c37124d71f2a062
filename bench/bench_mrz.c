/*
 * bench/bench_mrz.c -- documents a second on one core: ptn_mrz_parse over composed documents of
 * every format, and over TD3 alone.
 *
 * usage: bench_mrz [--documents]: with --documents it prints a thousand of its TD3 documents
 * instead, for whatever else is to read the same. Prints one line a mix: name, documents a second,
 * nanoseconds a document. Every document is another one (generated people, as many as fit in the
 * processor's second cache), so that no branch predictor learns them by heart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "document/mrz.h"

#define DOCUMENTS 4096u
#define SECONDS   2.0

static const struct ptn_date today = { 2026, 9, 1 };
static uint64_t seed = 1;

static unsigned below(unsigned limit)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ (z >> 31)) % limit);
}

static void make_text(char *to, size_t len_min, size_t len_max, const char *alphabet,
                      size_t letters)
{
    size_t len = len_min + below((unsigned)(len_max - len_min + 1));

    for (size_t i = 0; i < len; i++)
        to[i] = alphabet[below((unsigned)letters)];
    to[len] = '\0';
}

static void make_document(enum ptn_mrz_format format, char text[PTN_MRZ_COMPOSED_SIZE])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char *const states[] = { "ALB", "ITA", "D", "GRC", "RKS", "MKD", "USA", "TUR" };
    static const char *const types[] = { "", "ID", "I", "P", "V", "V" };
    char surname[16], given[32], number[10], optional[11];
    struct ptn_mrz_fields fields = {
        .format = format,
        .type = types[format],
        .issuer = states[below(8)],
        .nationality = states[below(8)],
        .surname = surname,
        .given = given,
        .number = number,
        .optional = optional,
        .sex = "MF"[below(2)],
        .birth = { (uint16_t)(1930 + below(90)), (uint8_t)(1 + below(12)),
                   (uint8_t)(1 + below(28)) },
        .expiry = { (uint16_t)(2026 + below(10)), (uint8_t)(1 + below(12)),
                    (uint8_t)(1 + below(28)) },
    };
    size_t len;

    make_text(surname, 3, 12, alphabet, 26);
    make_text(given, 3, 9, alphabet, 26);
    len = strlen(given);
    if (below(3) == 0) {
        given[len] = ' ';
        make_text(given + len + 1, 3, 9, alphabet, 26);
    }
    make_text(number, 8, 9, alphabet, 36);
    make_text(optional, 0, format == PTN_MRZ_TD2 || format == PTN_MRZ_MRV_B ? 7 : 10, alphabet, 36);
    if (!ptn_ok(ptn_mrz_compose(&fields, text, NULL)))
        abort();
}

static double now(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void measure(const char *name, enum ptn_mrz_format only)
{
    static char texts[DOCUMENTS][PTN_MRZ_COMPOSED_SIZE];
    struct ptn_bytes views[DOCUMENTS];
    struct ptn_mrz mrz;
    unsigned long done = 0, valid = 0;
    double begin, took;

    for (unsigned i = 0; i < DOCUMENTS; i++) {
        make_document(only != PTN_MRZ_UNKNOWN ? only : (enum ptn_mrz_format)(1 + below(5)),
                      texts[i]);
        views[i] = ptn_bytes_from_text(texts[i]);
    }
    begin = now();
    do {
        for (unsigned i = 0; i < DOCUMENTS; i++) {
            if (!ptn_ok(ptn_mrz_parse(views[i], today, &mrz, NULL)))
                abort();
            valid += mrz.valid;
        }
        done += DOCUMENTS;
        took = now() - begin;
    } while (took < SECONDS);
    if (valid != done)
        abort();
    (void)printf("mrz %-6s %10.0f documents/s %6.1f ns each\n", name, (double)done / took,
                 took * 1e9 / (double)done);
}

static void print_documents(void)
{
    char text[PTN_MRZ_COMPOSED_SIZE];

    for (unsigned i = 0; i < 1000; i++) {
        make_document(PTN_MRZ_TD3, text);
        (void)printf("%s\n\n", text);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--documents") == 0) {
        print_documents();
        return 0;
    }
    measure("TD3", PTN_MRZ_TD3);
    measure("TD1", PTN_MRZ_TD1);
    measure("TD2", PTN_MRZ_TD2);
    measure("mixed", PTN_MRZ_UNKNOWN);
    return 0;
}
