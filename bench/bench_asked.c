/*
 * bench/bench_asked.c -- questions out of a file asked of an index of names out of another, one
 * line of figures each: what bench/peers/names asks its peers, too.
 *
 * usage: bench_asked NAMES.txt QUESTIONS.tsv [--scan]: one name a line, without a header; a
 * question and, after a tab, the line (from 0) of the name it was made from. First a line "built
 * SECONDS BYTES", then for each question "NANOSECONDS COUNT PLACE": processor time from the text to
 * the answers, how many of at most 50 there are, and which of them (from 1) the name it was made
 * from is; 0 when it is none of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "names/index.h"

#define TOP       50u
#define BLOB_MAX  ((size_t)8 << 30)
#define NAMES_MAX 12000000u

struct lines {
    struct ptn_index_name *at;
    char **texts; /* what `at` views */
    size_t count;
};

/* Time of this process only: other work on the machine does not count. */
static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool read_lines(const char *path, struct lines *lines)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;

    lines->at = calloc(NAMES_MAX, sizeof(*lines->at));
    lines->texts = calloc(NAMES_MAX, sizeof(*lines->texts));
    while (file != NULL && lines->at != NULL && lines->texts != NULL && lines->count < NAMES_MAX &&
           getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\r\n")] = '\0';
        lines->texts[lines->count] = strdup(line);
        if (lines->texts[lines->count] == NULL)
            break;
        lines->at[lines->count] =
            (struct ptn_index_name){ ptn_bytes_from_text(lines->texts[lines->count]),
                                     (uint32_t)lines->count, 0 };
        lines->count++;
    }
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return lines->count > 0;
}

static void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->texts[i]);
    free(lines->texts);
    free(lines->at);
}

static bool ask(const struct ptn_index *index, struct ptn_index_scratch *scratch,
                const char *question, bool scan)
{
    struct ptn_index_hit hits[TOP];
    size_t count = 0;
    bool more = false;
    struct ptn_name name;
    struct ptn_index_query query = { &name, PTN_SCORE_MINIMUM, TOP, NULL, NULL, NULL };
    size_t len = strcspn(question, "\t");
    struct ptn_bytes text = ptn_bytes_of(question, len);
    unsigned long wanted =
        question[len] == '\0' ? NAMES_MAX : strtoul(question + len + 1, NULL, 10);
    size_t place = 0;
    int64_t start = now_ns();
    int64_t spent;

    ptn_name_read(text, PTN_NAME_FREE, &name);
    if (!ptn_ok(scan ? ptn_index_scan(index, &query, scratch, hits, &count, &more)
                     : ptn_index_find(index, &query, scratch, hits, &count, &more)))
        return false;
    spent = now_ns() - start;
    for (size_t i = 0; i < count && place == 0; i++)
        place = hits[i].entry == wanted ? i + 1 : 0;
    (void)printf("%lld %zu %zu\n", (long long)spent, count, place);
    return true;
}

static bool run(const struct lines *names, const struct lines *questions, bool scan)
{
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_scratch *scratch = NULL;
    int64_t start = now_ns();
    bool good;

    ptn_buffer_init(&blob, BLOB_MAX);
    good = ptn_ok(ptn_index_build(names->at, names->count, &blob, NULL));
    if (good)
        (void)printf("built %.2f %zu\n", (double)(now_ns() - start) / 1e9, blob.len);
    good = good && ptn_ok(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL));
    if (good)
        scratch = ptn_index_scratch_new(&index);
    good = good && scratch != NULL;
    for (size_t i = 0; good && i < questions->count; i++)
        good = ask(&index, scratch, questions->texts[i], scan);
    ptn_index_scratch_free(scratch);
    ptn_buffer_release(&blob);
    return good;
}

int main(int argc, char **argv)
{
    struct lines names = { .count = 0 };
    struct lines questions = { .count = 0 };
    bool good = argc >= 3 && read_lines(argv[1], &names) && read_lines(argv[2], &questions);

    if (!good)
        (void)fputs("usage: bench_asked NAMES.txt QUESTIONS.tsv [--scan]\n", stderr);
    else
        good = run(&names, &questions, argc > 3 && strcmp(argv[3], "--scan") == 0);
    lines_free(&names);
    lines_free(&questions);
    return good ? 0 : 1;
}
