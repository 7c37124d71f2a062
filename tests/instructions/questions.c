/*
 * tests/instructions/questions.c -- a list of made names and questions to it, the same ones every
 * time, for counting what one question costs in instructions (run.py).
 *
 * usage: questions COUNT: the index is built, COUNT questions are asked, how many were answered is
 * printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "names/index_int.h"

#define NAMES 4000u
#define TOP   50u

static uint64_t seed = 20261128;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

/* Common names and made ones, as lists have them. */
static const char *const common[] = { "Mohammad", "Ali",    "Ahmed",  "Hassan", "Ivan",
                                      "Maria",    "Jose",   "محمد",   "حسن",    "Иван",
                                      "Elena",    "Arben",  "Besa",   "Kim",    "Wang",
                                      "Garcia",   "Petrov", "al-Din", "de",     "van" };
static const char *const pieces[] = { "ka",  "mi", "ro",  "sha", "len", "dri", "to",  "va",
                                      "gor", "ni", "bek", "ul",  "za",  "the", "pal", "ism" };

static size_t add_word(char *text, size_t len)
{
    const char *word;

    if (len > 0)
        text[len++] = ' ';
    if (random_below(3) == 0) {
        word = common[random_below(sizeof(common) / sizeof(common[0]))];
        memcpy(text + len, word, strlen(word));
        return len + strlen(word);
    }
    for (unsigned i = 2 + random_below(3); i > 0; i--) {
        word = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
        memcpy(text + len, word, strlen(word));
        len += strlen(word);
    }
    return len;
}

static void make_name(char text[128])
{
    size_t len = 0;

    for (unsigned i = 2 + random_below(3); i > 0; i--)
        len = add_word(text, len);
    text[len] = '\0';
}

/* Every other question is spelt a little otherwise. */
static void spell_otherwise(char text[128])
{
    size_t len = strlen(text);
    size_t at = random_below((uint32_t)len);

    if (random_below(2) == 0 && (text[at] & 0x80) == 0 && text[at] != ' ')
        text[at] = "aeioukst"[random_below(8)];
}

int main(int argc, char **argv)
{
    static char texts[NAMES][128];
    static struct ptn_index_name names[NAMES];
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
    struct ptn_index_scratch *scratch;
    struct ptn_buffer blob;
    struct ptn_index index;
    size_t answered = 0;

    for (uint32_t i = 0; i < NAMES; i++) {
        make_name(texts[i]);
        names[i] = (struct ptn_index_name){ ptn_bytes_from_text(texts[i]), i, 0 };
    }
    ptn_buffer_init(&blob, (size_t)256 << 20);
    if (!ptn_ok(ptn_index_build(names, NAMES, &blob, NULL)) ||
        !ptn_ok(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL)))
        return 4;
    scratch = ptn_index_scratch_new(&index);
    if (scratch == NULL)
        return 4;
    ptn_index_scratch_compare(scratch, PTN_BLOCK_NOWHERE); /* on every machine the same */
    for (unsigned i = 0; i < count; i++) {
        struct ptn_index_hit hits[TOP];
        struct ptn_name name;
        struct ptn_index_query query = { &name, PTN_SCORE_MINIMUM, TOP, NULL, NULL, NULL };
        char text[128];
        size_t hit_count = 0;
        bool more = false;

        memcpy(text, texts[random_below(NAMES)], sizeof(text));
        spell_otherwise(text);
        ptn_name_read(ptn_bytes_from_text(text), PTN_NAME_FREE, &name);
        if (!ptn_ok(ptn_index_find(&index, &query, scratch, hits, &hit_count, &more)))
            return 4;
        answered += hit_count > 0;
    }
    (void)printf("%u questions, %zu answered\n", count, answered);
    ptn_index_scratch_free(scratch);
    ptn_buffer_release(&blob);
    return 0;
}
