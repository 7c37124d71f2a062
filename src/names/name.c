#include "names/name.h"

#include <assert.h>

#include "names/part_int.h"
#include "names/words_int.h"

/* A part's weight: a floor, and more the more there is to compare; vowels an abjad leaves out are
 * made up for. */
#define WEIGHT_FLOOR   40u
#define WEIGHT_CEILING 120u
#define WEIGHT_DIVISOR 8u
#define WEIGHT_INITIAL 25u

static_assert(PTN_NAME_SYMBOLS_MAX * 255u <= UINT16_MAX, "a part's total fits");

struct parts {
    struct ptn_name *name;
    uint16_t
        initials[4]; /* letters of the single-letter words just before, each with a full stop */
    uint8_t initial_count;
};

/* ---- letters to sounds ---- */

static bool rule_fits(const struct ptn_letter_rule *rule, const uint16_t *letters, size_t at,
                      size_t count)
{
    size_t end = at + rule->letter_count;

    if (end > count)
        return false;
    for (size_t i = at + 1; i < end; i++)
        if (letters[i] != rule->following[i - at - 1])
            return false;
    switch ((enum ptn_letter_where)rule->where) {
    case PTN_WHERE_ANY:
        return true;
    case PTN_WHERE_FIRST:
        return at == 0;
    case PTN_WHERE_LAST:
        return end == count;
    case PTN_WHERE_BEFORE:
        break;
    }
    for (size_t i = 0; end < count && i < 8 && rule->before[i] != 0; i++)
        if (rule->before[i] == letters[end])
            return true;
    return false;
}

bool ptn_name_part_add(struct ptn_name_part *part, uint8_t sound)
{
    while (part->symbol_count > 0) {
        uint8_t one = ptn_sound_contract[part->symbols[part->symbol_count - 1]][sound];

        if (one == PTN_SOUND_NONE)
            break;
        sound = one;
        part->symbol_count--;
    }
    if (part->symbol_count == PTN_NAME_SYMBOLS_MAX)
        return false;
    part->symbols[part->symbol_count++] = sound;
    return true;
}

/* False when the part has no room for all its sounds. */
static bool read_sounds(const uint16_t *letters, size_t count, struct ptn_name_part *part)
{
    for (size_t at = 0; at < count;) {
        const struct ptn_letter_rule *rule;
        uint16_t letter = letters[at];

        if (letter >= PTN_CELL_OPAQUE) {
            if (!ptn_name_part_add(part, (uint8_t)(ptn_sound_opaque + letter - PTN_CELL_OPAQUE)))
                return false;
            at++;
            continue;
        }
        rule = &ptn_letter_rules[ptn_letter_first_rule[letter - PTN_CELL_LETTER]];
        while (!rule_fits(rule, letters, at, count))
            rule++; /* the last rule of every letter has no condition */
        for (unsigned i = 0; i < rule->sound_count; i++)
            if (!ptn_name_part_add(part, rule->sounds[i]))
                return false;
        at += rule->letter_count;
    }
    return true;
}

/* ---- what follows from the sounds ---- */

static uint8_t weight_by_sounds(const struct ptn_name_part *part)
{
    unsigned total = part->total[PTN_MODE_ALPHABET];
    unsigned weight;

    if (ptn_name_mode(part->script) == PTN_MODE_ABJAD)
        total = total * 4 / 3;
    weight = WEIGHT_FLOOR + total / WEIGHT_DIVISOR;
    return (uint8_t)(weight > WEIGHT_CEILING ? WEIGHT_CEILING : weight);
}

void ptn_name_part_finish(struct ptn_name_part *part)
{
    part->skeleton = 0;
    part->skeleton_len = 0;
    for (unsigned mode = 0; mode < 3; mode++)
        part->total[mode] = 0;
    for (unsigned i = 0; i < part->symbol_count; i++) {
        uint8_t class_of = ptn_sound_class[part->symbols[i]];

        for (unsigned mode = 0; mode < 3; mode++)
            part->total[mode] =
                (uint16_t)(part->total[mode] + ptn_sound_cost[mode][part->symbols[i]]);
        if (class_of != 0 && part->skeleton_len < PTN_SKELETON_MAX)
            part->skeleton |= (uint64_t)class_of << (3 * part->skeleton_len++);
    }
    if (part->weight == 0)
        part->weight = weight_by_sounds(part);
    part->full_count = part->kind == PTN_NAME_FULL;
}

/* ---- words to parts ---- */

static struct ptn_name_part *new_part(struct parts *parts, const struct ptn_read_word *word)
{
    struct ptn_name *name = parts->name;
    struct ptn_name_part *part;

    if (name->part_count == PTN_NAME_PARTS_MAX) {
        name->cut = true;
        return NULL;
    }
    part = &name->parts[name->part_count];
    memset(part, 0, sizeof(*part));
    part->script = word->script;
    part->at = word->at;
    part->len = word->len;
    return part;
}

static bool is_alphabet(unsigned script)
{
    return script != PTN_SCRIPT_HANGUL && script != PTN_SCRIPT_HAN && script != PTN_SCRIPT_OTHER &&
           script != PTN_SCRIPT_KANA;
}

#define PATRONYMIC_LETTERS 5u
#define WEIGHT_PATRONYMIC  60u

/* A father's name with an ending: half of the names beside it share it, and it is often left out.
 */
static bool is_patronymic(const uint16_t *letters, size_t count)
{
    static const uint16_t endings[][PATRONYMIC_LETTERS] = {
        { 'o', 'v', 'i', 'c', 'h' },    { 'e', 'v', 'i', 'c', 'h' },
        { 'o', 'v', 'y', 'c', 'h' },    { 'o', 'v', 'n', 'a' },
        { 'e', 'v', 'n', 'a' },         { 'i', 'v', 'n', 'a' },
        { 0x43e, 0x432, 0x438, 0x447 }, { 0x435, 0x432, 0x438, 0x447 },
        { 0x43e, 0x432, 0x43d, 0x430 }, { 0x435, 0x432, 0x43d, 0x430 },
    };

    const uint16_t v = ptn_letter_of('v');

    if (count < PATRONYMIC_LETTERS || (letters[count - 4] != v && letters[count - 3] != v &&
                                       letters[count - 3] != ptn_letter_of(0x432)))
        return false; /* most end here */
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t len = endings[i][PATRONYMIC_LETTERS - 1] == 0 ? 4 : 5;
        size_t same = 0;

        while (count > len && same < len &&
               letters[count - 1 - same] == ptn_letter_of(endings[i][len - 1 - same]))
            same++;
        if (same == len)
            return true;
    }
    return false;
}

/* One part of these letters of a word. */
static void add_part(struct parts *parts, const struct ptn_read_word *word, const uint16_t *letters,
                     size_t count)
{
    const struct ptn_word *known = ptn_word_find(letters, count);
    bool single = count == 1 && is_alphabet(word->script);
    struct ptn_name_part *part = new_part(parts, word);

    if (part == NULL)
        return;
    if (known != NULL && word->script == PTN_SCRIPT_HAN && known->kind != PTN_NAME_FULL)
        known = NULL; /* a reading that only looks like a word */
    if (known != NULL) {
        part->kind = known->kind;
        part->weight = known->weight;
        part->variant = known->variant;
        if (known->as != 0) {
            letters = ptn_word_as[known->as - 1];
            for (count = 0; count < PTN_WORD_AS_LETTERS && letters[count] != 0; count++)
                continue;
            known = ptn_word_find(letters, count);
            part->variant = known == NULL ? part->variant : known->variant;
        }
    } else if (single) {
        part->kind = PTN_NAME_INITIAL;
        part->weight = WEIGHT_INITIAL;
    }
    if (!read_sounds(letters, count, part))
        parts->name->cut = true;
    if (part->symbol_count == 0)
        return; /* all its letters are silent */
    if (part->weight == 0 && is_patronymic(letters, count))
        part->weight = WEIGHT_PATRONYMIC;
    ptn_name_part_finish(part);
    parts->name->part_count++;
}

/* "al-", "ar-", "ash-": the article before its word, its l become like the letter that follows. */
static bool is_article(const struct ptn_read_word *word, const struct ptn_read_word *next)
{
    uint16_t vowel = word->letters[0];

    if (!word->hyphen || word->script != PTN_SCRIPT_LATIN || word->letter_count < 2 ||
        word->letter_count > 3 || next == NULL)
        return false;
    if (vowel != ptn_letter_of('a') && vowel != ptn_letter_of('e') && vowel != ptn_letter_of('u') &&
        vowel != ptn_letter_of('i'))
        return false;
    return word->letters[1] == ptn_letter_of('l') || word->letters[1] == next->letters[0];
}

static void add_article(struct parts *parts, const struct ptn_read_word *word)
{
    const uint16_t article[2] = { ptn_letter_of('a'), ptn_letter_of('l') };

    add_part(parts, word, article, 2);
}

/* Arabic words carry their article: al + word, abd + al + word. God's name is one word. */
static void add_arabic(struct parts *parts, const struct ptn_read_word *word)
{
    const uint16_t alef = ptn_letter_of(0x0627);
    const uint16_t lam = ptn_letter_of(0x0644);
    const uint16_t abd[3] = { ptn_letter_of(0x0639), ptn_letter_of(0x0628), ptn_letter_of(0x062f) };
    const uint16_t *letters = word->letters;
    size_t count = word->letter_count;

    if (ptn_word_find(letters, count) == NULL) {
        if (count >= 7 && memcmp(letters, abd, sizeof(abd)) == 0 && letters[3] == alef &&
            letters[4] == lam && letters[5] != lam) {
            add_part(parts, word, letters, 3);
            letters += 5;
            count -= 5;
        } else if (count >= 5 && letters[0] == alef && letters[1] == lam &&
                   (letters[2] != lam || count > 4 + (letters[3] == lam))) {
            add_article(parts, word);
            letters += 2;
            count -= 2;
        }
    }
    add_part(parts, word, letters, count);
}

/*
 * How many letters of a Latin word are "abdul", "abder", "abdi": 0 when it does not begin so, or is
 * Abdullah, or too little would be left.
 */
static size_t servant_len(const struct ptn_read_word *word)
{
    const uint16_t *letters = word->letters;
    const uint16_t abd[3] = { ptn_letter_of('a'), ptn_letter_of('b'), ptn_letter_of('d') };
    const uint16_t lah[3] = { ptn_letter_of('l'), ptn_letter_of('a'), ptn_letter_of('h') };
    const char vowels[] = "ueoai";
    bool vowel = false;
    size_t len;

    if (word->letter_count < 8 || memcmp(letters, abd, sizeof(abd)) != 0)
        return 0;
    for (size_t i = 0; i < 5; i++)
        vowel = vowel || letters[3] == ptn_letter_of((uint8_t)vowels[i]);
    if (!vowel)
        return 0;
    len = letters[4] == lah[0] || letters[4] == letters[5] ? 5 : 4;
    if (word->letter_count - len < 4 || memcmp(letters + len, lah, (size_t)3 * sizeof(lah[0])) == 0)
        return 0;
    return len;
}

static void add_latin(struct parts *parts, const struct ptn_read_word *word,
                      const struct ptn_read_word *next)
{
    size_t servant = servant_len(word);

    if (is_article(word, next)) {
        add_article(parts, word);
        return;
    }
    if (servant > 0) {
        add_part(parts, word, word->letters, 3);
        add_part(parts, word, word->letters + servant, word->letter_count - servant);
        return;
    }
    add_part(parts, word, word->letters, word->letter_count);
}

/* A name that is one word of two to four syllables in Hangul or Han begins with the family's name,
 * mostly one syllable. */
static bool is_family_first(const struct ptn_read_words *words)
{
    const struct ptn_read_word *word = &words->words[0];

    return words->count == 1 &&
           (word->script == PTN_SCRIPT_HANGUL || word->script == PTN_SCRIPT_HAN) &&
           word->syllable_count >= 2 && word->syllable_count <= 4;
}

/* "S. A.", "L.L.C.": initials with full stops that spell a legal form become one part. */
static void join_initials(struct parts *parts)
{
    struct ptn_name *name = parts->name;
    const struct ptn_word *known = ptn_word_find(parts->initials, parts->initial_count);
    struct ptn_name_part *first;
    struct ptn_name_part *last;

    if (parts->initial_count >= 2 && parts->initial_count <= name->part_count && known != NULL &&
        known->kind == PTN_NAME_LEGAL) {
        first = &name->parts[name->part_count - parts->initial_count];
        last = &name->parts[name->part_count - 1];
        first->len = (uint16_t)(last->at + last->len - first->at);
        first->kind = known->kind;
        first->weight = known->weight;
        first->symbol_count = 0;
        (void)read_sounds(parts->initials, parts->initial_count, first);
        name->part_count = (uint8_t)(name->part_count - parts->initial_count + 1);
        ptn_name_part_finish(first);
    }
    parts->initial_count = 0;
}

static void note_initial(struct parts *parts, const struct ptn_read_word *word, bool last_word)
{
    const struct ptn_name *name = parts->name;
    bool initial = word->letter_count == 1 && word->letters[0] < PTN_CELL_OPAQUE &&
                   name->part_count > 0 && parts->initial_count < 4 &&
                   name->parts[name->part_count - 1].kind == PTN_NAME_INITIAL;

    if (initial)
        parts->initials[parts->initial_count++] = word->letters[0];
    if (parts->initial_count > 0 && (!initial || last_word || !word->dot) && initial)
        join_initials(parts);
    else if (!initial)
        parts->initial_count = 0;
}

/* A name of light parts only is a name all the same: they count as ordinary ones. */
static void promote(struct ptn_name *name)
{
    for (unsigned i = 0; i < name->part_count; i++)
        if (name->parts[i].full_count > 0)
            return;
    for (unsigned i = 0; i < name->part_count; i++) {
        name->parts[i].kind = PTN_NAME_FULL;
        name->parts[i].weight = 0;
        ptn_name_part_finish(&name->parts[i]);
    }
}

/* A name field of TD3, TD2 or TD1 filled to its last place may have been cut. Standard: ICAO 9303-3
 * section 4.6. */
static bool is_field_full(struct ptn_bytes text)
{
    return (text.len == 39 || text.len == 31 || text.len == 30) && text.at[text.len - 1] != '<';
}

void ptn_name_read(struct ptn_bytes text, enum ptn_name_form form, struct ptn_name *ret_name)
{
    struct ptn_read_words words;
    struct parts parts = { .name = ret_name };

    ptn_words_read(text, form, &words);
    ret_name->part_count = 0;
    ret_name->cut = words.cut;
    ret_name->truncated = form == PTN_NAME_MRZ && is_field_full(text);
    for (unsigned i = 0; i < words.count; i++) {
        const struct ptn_read_word *word = &words.words[i];
        const struct ptn_read_word *next = i + 1u < words.count ? word + 1 : NULL;

        if (is_family_first(&words)) {
            size_t family = word->syllable_end[0];

            add_part(&parts, word, word->letters, family);
            add_part(&parts, word, word->letters + family, word->letter_count - family);
        } else if (word->script == PTN_SCRIPT_ARABIC) {
            add_arabic(&parts, word);
        } else if (word->script == PTN_SCRIPT_LATIN) {
            add_latin(&parts, word, next);
        } else {
            add_part(&parts, word, word->letters, word->letter_count);
        }
        note_initial(&parts, word, next == NULL);
    }
    promote(ret_name);
}

const char *ptn_name_sound(const struct ptn_name_part *part, char text[PTN_NAME_SOUND_SIZE])
{
    size_t len = 0;

    for (unsigned i = 0; i < part->symbol_count && i < PTN_NAME_SYMBOLS_MAX; i++) {
        const char *shown = ptn_sound_shown[part->symbols[i] % PTN_SOUNDS];
        size_t shown_len = strnlen(shown, sizeof(ptn_sound_shown[0]));

        memcpy(text + len, shown, shown_len);
        len += shown_len;
    }
    text[len] = '\0';
    return text;
}
