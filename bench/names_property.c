/*
 * bench/names_property.c -- the property that an index of names misses nothing, asked many times:
 * what is found is what a scan of every name finds, in the same order, with the same "more".
 *
 * usage: names_property NAMES.tsv COLUMN QUESTIONS [SEED]: lists of LIST names are cut out of the
 * file (column COLUMN, a header first), half of each from one place, where other spellings of one
 * name stand together. Every other list is adverse: its names are put together of few words of the
 * first and of changed ones, initials, particles and joins, so that parts repeat, resemble each
 * other and fit in several ways. Each list answers A_LIST questions, at any threshold, for any
 * number of answers, half of them with scores that evidence lowers, by cohort or not, one in
 * sixteen as a machine readable zone cut short. Differences are printed and make the exit code 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tests/unit/names_ways.h"

#define LIST     100u
#define A_LIST   2000u
#define TOP      50u
#define TEXT_MAX 220u
#define WORDS    24u

struct file {
    char **lines;
    size_t count;
};

struct list {
    char texts[LIST][TEXT_MAX];
    struct ptn_index_name names[LIST];
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_scratch *scratch;
    uint16_t most[PTN_INDEX_COHORTS];
};

static uint64_t seed = 1;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

static bool read_file(const char *path, unsigned column, struct file *file)
{
    FILE *from = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    size_t room = 0;
    bool header = true;
    bool good = from != NULL;

    while (good && getline(&line, &capacity, from) > 0) {
        char *field = line;

        for (unsigned i = 1; i < column && field != NULL; i++) {
            field = strchr(field, '\t');
            field = field == NULL ? NULL : field + 1;
        }
        if (header || field == NULL) {
            header = false;
            continue;
        }
        field[strcspn(field, "\t\r\n")] = '\0';
        if (file->count == room) {
            char **lines = realloc(file->lines, (room = room * 2 + 4096) * sizeof(*lines));

            if (lines == NULL)
                abort();
            file->lines = lines;
        }
        file->lines[file->count] = strdup(field);
        good = file->lines[file->count++] != NULL;
    }
    free(line);
    if (from != NULL)
        (void)fclose(from);
    return good && file->count > 0;
}

static const char *any_line(const struct file *file)
{
    return file->lines[random_below((uint32_t)file->count)];
}

/* Change some bytes of a text: drop, double, swap or replace one. */
static void change(char text[TEXT_MAX], unsigned changes)
{
    size_t len = strlen(text);

    for (unsigned i = 0; i < changes && len > 2 && len < TEXT_MAX - 2; i++) {
        size_t at = random_below((uint32_t)len - 1);
        char former = text[at];

        switch (random_below(4)) {
        case 0:
            memmove(text + at, text + at + 1, len - at);
            len--;
            break;
        case 1:
            memmove(text + at + 1, text + at, len - at + 1);
            len++;
            break;
        case 2:
            text[at] = text[at + 1];
            text[at + 1] = former;
            break;
        default:
            text[at] = "aeiouybdfghjklmnprstvzkhsh -."[random_below(29)];
            break;
        }
    }
}

static void copy_line(char text[TEXT_MAX], const char *line)
{
    (void)snprintf(text, TEXT_MAX, "%s", line);
}

/* One word of a line, or a line without spaces. */
static void copy_word(char text[TEXT_MAX], const char *line)
{
    char whole[TEXT_MAX];
    char *at = whole;
    unsigned words = 1;
    unsigned wanted;

    copy_line(whole, line);
    for (const char *space = whole; (space = strchr(space, ' ')) != NULL; space++)
        words++;
    wanted = random_below(words);
    for (unsigned i = 0; i < wanted; i++)
        at = strchr(at, ' ') + 1;
    at[strcspn(at, " ")] = '\0';
    copy_line(text, at);
}

static void fill_plain(const struct file *file, struct list *list)
{
    uint32_t place = random_below((uint32_t)file->count);

    for (uint32_t i = 0; i < LIST; i++)
        copy_line(list->texts[i],
                  i < LIST / 2 ? file->lines[(place + i) % file->count] : any_line(file));
}

static void fill_adverse(const struct file *file, struct list *list)
{
    static const char *const lights[] = { "al-", "abd ", "bin ",   "de la ", "J. ", "A.B. ",
                                          "Dr ", "abu ", "S.A.L ", "van ",   "K ",  "ud-" };
    char words[WORDS][TEXT_MAX];

    for (unsigned i = 0; i < WORDS; i++) {
        if (i < 8)
            copy_word(words[i], any_line(file));
        else
            memcpy(words[i], words[random_below(i)], sizeof(words[i]));
        words[i][40] = '\0';
        if (i >= 8)
            change(words[i], 1 + random_below(2));
    }
    for (uint32_t i = 0; i < LIST; i++) {
        char *text = list->texts[i];
        unsigned parts = 1 + random_below(5);

        text[0] = '\0';
        for (unsigned k = 0; k < parts && strlen(text) < TEXT_MAX - 60; k++) {
            if (random_below(5) == 0)
                strcat(text, lights[random_below(sizeof(lights) / sizeof(lights[0]))]);
            strcat(text, words[random_below(WORDS)]);
            if (random_below(7) != 0)
                strcat(text, " ");
        }
    }
}

static bool build(struct list *list)
{
    uint32_t cohorts = random_below(3) == 0 ? 1 : 1 + random_below(PTN_INDEX_COHORTS);

    for (uint32_t i = 0; i < LIST; i++)
        list->names[i] = (struct ptn_index_name){ ptn_bytes_from_text(list->texts[i]), i * 3 / 4,
                                                  (uint8_t)random_below(cohorts) };
    ptn_buffer_init(&list->blob, (size_t)64 << 20);
    if (!ptn_ok(ptn_index_build(list->names, LIST, &list->blob, NULL)) ||
        !ptn_ok(ptn_index_open(ptn_buffer_bytes(&list->blob), &list->index, NULL)))
        return false;
    list->scratch = ptn_index_scratch_new(&list->index);
    return list->scratch != NULL;
}

static void release(struct list *list)
{
    ptn_index_scratch_free(list->scratch);
    list->scratch = NULL;
    ptn_buffer_release(&list->blob);
}

/* What is left of scores in each cohort: few levels, as evidence has, or any, or nothing. */
static void choose_most(struct list *list)
{
    static const uint16_t levels[] = { 10000, 9700, 9500, 8600, 7400, 0 };
    bool any = random_below(4) == 0;

    for (unsigned i = 0; i < PTN_INDEX_COHORTS; i++)
        list->most[i] = any ? (uint16_t)(7000 + random_below(3001)) : levels[random_below(6)];
}

/* Scores go down by evidence beside the name; some names are left out whole. */
static unsigned adjust(void *context, uint32_t name, unsigned name_score)
{
    const struct list *list = context;
    unsigned most = name_score * list->most[list->names[name].cohort] / PTN_SCORE_ONE;

    return name % 7 == 0 ? 0 : most - most * (name % 5) / 40;
}

/* One question both ways; false when the answers differ. */
static bool ask(struct list *list, const char *text, enum ptn_name_form form)
{
    bool adjusted = random_below(2) == 0;
    struct ptn_index_hit hits[2][TOP];
    size_t counts[2] = { 0, 0 };
    bool more[2] = { false, false };
    struct ptn_name name;
    struct ptn_index_query query = {
        &name,
        PTN_SCORE_MINIMUM + 100 * random_below(31),
        1 + random_below(TOP),
        adjusted ? adjust : NULL,
        list,
        adjusted && random_below(4) != 0 ? list->most : NULL,
    };

    choose_most(list);
    choose_way(list->scratch, random_below);

    ptn_name_read(ptn_bytes_from_text(text), form, &name);
    if (!ptn_ok(
            ptn_index_find(&list->index, &query, list->scratch, hits[0], &counts[0], &more[0])) ||
        !ptn_ok(ptn_index_scan(&list->index, &query, list->scratch, hits[1], &counts[1], &more[1])))
        abort();
    if (counts[0] == counts[1] && more[0] == more[1] &&
        memcmp(hits[0], hits[1], counts[0] * sizeof(hits[0][0])) == 0)
        return true;
    (void)printf("DIFFERENT at %u: %s\n", query.threshold, text);
    return false;
}

/* A question for a list: one of its names or any line, changed; returns how many differ. */
static unsigned ask_any(const struct file *file, struct list *list)
{
    char text[TEXT_MAX];
    enum ptn_name_form form = PTN_NAME_FREE;

    copy_line(text, random_below(4) == 0 ? any_line(file) : list->texts[random_below(LIST)]);
    change(text, random_below(5));
    if (random_below(16) == 0) {
        for (char *at = text; *at != '\0'; at++) {
            if (*at == ' ')
                *at = '<';
            else if (*at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
        }
        text[random_below(2) == 0 ? 39 : 30] = '\0';
        form = PTN_NAME_MRZ;
    }
    return !ask(list, text, form);
}

int main(int argc, char **argv)
{
    struct file file = { NULL, 0 };
    struct list *list = calloc(1, sizeof(*list));
    uint64_t wanted = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    uint64_t asked = 0;
    uint64_t wrong = 0;

    if (argc < 4 || list == NULL ||
        !read_file(argv[1], (unsigned)strtoul(argv[2], NULL, 10), &file)) {
        (void)fputs("usage: names_property NAMES.tsv COLUMN QUESTIONS [SEED]\n", stderr);
        return 2;
    }
    seed += argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    for (unsigned turn = 0; asked < wanted; turn++) {
        if (turn % 2 == 0)
            fill_plain(&file, list);
        else
            fill_adverse(&file, list);
        if (!build(list))
            abort();
        for (unsigned i = 0; i < A_LIST && asked < wanted; i++, asked++)
            wrong += ask_any(&file, list);
        release(list);
        if (turn % 50 == 49) {
            (void)printf("%llu asked, %llu differ\n", (unsigned long long)asked,
                         (unsigned long long)wrong);
            (void)fflush(stdout);
        }
    }
    (void)printf("%llu questions of lists of %u: %llu differ\n", (unsigned long long)asked, LIST,
                 (unsigned long long)wrong);
    for (size_t i = 0; i < file.count; i++)
        free(file.lines[i]);
    free(file.lines);
    free(list);
    return wrong > 0;
}
