/*
 * bench/grow_names.c -- a realistic list of any length, grown from real names: what ten million
 * names are measured on.
 *
 * usage: grow_names COUNT NAMES.tsv COLUMN [TRAVELLERS.csv] > GROWN.tsv
 *
 * Each name begins as a name of the files. Seven words in ten give way to a word of another name
 * that shares a word with it, so that common words stay common and words that go together still
 * do; one word in twenty-five gets a letter changed, so that the dictionary grows with the list.
 * The same files give the same list. The last line says how many different words it has.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 12u
#define SOURCES   2u

struct word {
    char *text;
    uint32_t names_at; /* in places */
    uint32_t name_count;
};

struct name {
    uint32_t words[WORDS_MAX];
    uint32_t count;
};

struct grown {
    struct name *names;
    size_t name_count, name_capacity;
    struct word *words;
    size_t word_count, word_capacity;
    uint32_t *slots; /* 1 + word, 0 empty */
    size_t slot_count;
    uint32_t *places; /* names of each word */
    uint64_t *seen;   /* hashes of words written */
    size_t seen_count;
};

#define SLOTS      (1u << 22)
#define SEEN_SLOTS (1u << 26)

static uint64_t seed = 20261128;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

/* Room for one more; ends the program without memory. */
static void *grow(void *at, size_t count, size_t *capacity, size_t item)
{
    if (count < *capacity)
        return at;
    *capacity = *capacity == 0 ? 4096 : *capacity * 2;
    at = realloc(at, *capacity * item);
    if (at == NULL)
        exit(4);
    return at;
}

static uint32_t intern(struct grown *grown, const char *text)
{
    size_t slot = hash_of(text) % SLOTS;

    for (; grown->slots[slot] != 0; slot = (slot + 1) % SLOTS)
        if (strcmp(grown->words[grown->slots[slot] - 1].text, text) == 0)
            return grown->slots[slot] - 1;
    if (grown->word_count >= SLOTS / 2)
        exit(4);
    grown->words =
        grow(grown->words, grown->word_count, &grown->word_capacity, sizeof(*grown->words));
    grown->words[grown->word_count] = (struct word){ strdup(text), 0, 0 };
    grown->slots[slot] = (uint32_t)++grown->word_count;
    return (uint32_t)grown->word_count - 1;
}

static void add_name(struct grown *grown, char *text)
{
    struct name name = { .count = 0 };
    char *rest = NULL;

    for (char *word = strtok_r(text, " ,", &rest); word != NULL && name.count < WORDS_MAX;
         word = strtok_r(NULL, " ,", &rest))
        name.words[name.count++] = intern(grown, word);
    if (name.count == 0)
        return;
    grown->names =
        grow(grown->names, grown->name_count, &grown->name_capacity, sizeof(*grown->names));
    grown->names[grown->name_count++] = name;
}

static bool read_names(struct grown *grown, const char *path, unsigned column, char separator)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    bool header = true;

    while (file != NULL && getline(&line, &capacity, file) > 0) {
        char *field = line;

        for (unsigned i = 1; i < column && field != NULL; i++) {
            field = strchr(field, separator);
            field = field == NULL ? NULL : field + 1;
        }
        if (!header && field != NULL) {
            field[strcspn(field, separator == ',' ? ",\r\n" : "\t\r\n")] = '\0';
            add_name(grown, field);
        }
        header = false;
    }
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return file != NULL;
}

/* Which names hold each word. */
static void place_words(struct grown *grown)
{
    uint32_t total = 0;

    for (size_t i = 0; i < grown->name_count; i++)
        for (uint32_t k = 0; k < grown->names[i].count; k++)
            grown->words[grown->names[i].words[k]].name_count++;
    for (size_t i = 0; i < grown->word_count; i++) {
        grown->words[i].names_at = total;
        total += grown->words[i].name_count;
        grown->words[i].name_count = 0;
    }
    grown->places = calloc((size_t)total + 1, sizeof(*grown->places));
    if (grown->places == NULL)
        exit(4);
    for (size_t i = 0; i < grown->name_count; i++)
        for (uint32_t k = 0; k < grown->names[i].count; k++) {
            struct word *word = &grown->words[grown->names[i].words[k]];

            grown->places[word->names_at + word->name_count++] = (uint32_t)i;
        }
}

/* A word of a name that shares a word with this one. */
static uint32_t company(const struct grown *grown, const struct name *name)
{
    const struct word *shared = &grown->words[name->words[random_below(name->count)]];
    const struct name *other =
        &grown->names[grown->places[shared->names_at + random_below(shared->name_count)]];

    return other->words[random_below(other->count)];
}

static void note(struct grown *grown, const char *text)
{
    uint64_t hash = hash_of(text) | 1u;
    size_t slot = hash % SEEN_SLOTS;

    while (grown->seen[slot] != 0 && grown->seen[slot] != hash)
        slot = (slot + 1) % SEEN_SLOTS;
    grown->seen_count += grown->seen[slot] == 0;
    grown->seen[slot] = hash;
}

/* Letters of two or more bytes are left as they are. */
static void change_letter(char *text)
{
    char *at = text + random_below((uint32_t)strlen(text));

    if ((*at & 0x80) == 0)
        *at = "aeiouybdfghjklmnprstvz"[random_below(22)];
}

static void write_name(struct grown *grown)
{
    const struct name *name = &grown->names[random_below((uint32_t)grown->name_count)];
    uint32_t words[WORDS_MAX];

    for (uint32_t i = 0; i < name->count; i++) {
        words[i] = random_below(10) < 7 ? company(grown, name) : name->words[i];
        for (uint32_t k = 0; k < i; k++)
            if (words[k] == words[i]) /* few names say a word twice */
                words[i] = grown->names[random_below((uint32_t)grown->name_count)].words[0];
    }
    for (uint32_t i = 0; i < name->count; i++) {
        char text[256];

        (void)snprintf(text, sizeof(text), "%s", grown->words[words[i]].text);
        if (random_below(25) == 0)
            change_letter(text);
        note(grown, text);
        (void)printf("%s%s", i == 0 ? "" : " ", text);
    }
    (void)putchar('\n');
}

int main(int argc, char **argv)
{
    struct grown grown = { .names = NULL };
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

    grown.slots = calloc(SLOTS, sizeof(*grown.slots));
    grown.seen = calloc(SEEN_SLOTS, sizeof(*grown.seen));
    if (grown.slots == NULL || grown.seen == NULL)
        exit(4);
    if (argc < 4 || !read_names(&grown, argv[2], (unsigned)strtoul(argv[3], NULL, 10), '\t') ||
        (argc > 4 && !read_names(&grown, argv[4], 1, ',')) || grown.name_count == 0) {
        (void)fputs("usage: grow_names COUNT NAMES.tsv COLUMN [TRAVELLERS.csv] > GROWN.tsv\n",
                    stderr);
        exit(2);
    }
    place_words(&grown);
    (void)puts("name");
    for (unsigned long i = 0; i < count; i++)
        write_name(&grown);
    (void)fprintf(stderr, "%zu names grown to %lu; %zu different words of %zu\n", grown.name_count,
                  count, grown.seen_count, grown.word_count);
    for (size_t i = 0; i < grown.word_count; i++)
        free(grown.words[i].text);
    free(grown.words);
    free(grown.names);
    free(grown.places);
    free(grown.slots);
    free(grown.seen);
    return 0;
}
