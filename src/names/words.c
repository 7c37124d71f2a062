#include "names/words_int.h"

#include "base/text.h"
#include "names/part_int.h"

static uint16_t cell_of(uint32_t code)
{
    if (code >= PTN_PAGES * 256u)
        return PTN_CELL_SEPARATOR;
    return ptn_names_cell[ptn_names_page[code >> 8] * 256u + (code & 255u)];
}

uint16_t ptn_letter_of(uint32_t code_point)
{
    uint16_t cell = cell_of(code_point);

    return cell >= PTN_CELL_LETTER && cell < PTN_CELL_EXPANSION ? cell : 0;
}

uint64_t ptn_word_hash(const uint16_t *letters, size_t count)
{
    uint64_t hash = PTN_WORD_HASH_START;

    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ (letters[i] & 255u)) * PTN_WORD_HASH_PRIME;
        hash = (hash ^ (uint64_t)(letters[i] >> 8)) * PTN_WORD_HASH_PRIME;
    }
    return hash;
}

const struct ptn_word *ptn_word_find(const uint16_t *letters, size_t count)
{
    uint64_t hash = ptn_word_hash(letters, count);
    size_t low = 0;
    size_t high = ptn_word_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ptn_words[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ptn_word_count && ptn_words[low].hash == hash ? &ptn_words[low] : NULL;
}

/* ---- letters into words ---- */

struct reader {
    struct ptn_read_words *words;
    struct ptn_read_word *word; /* the one being read, NULL between words */
    bool full;                  /* no room for another word */
};

/* Whether a letter of this script may stand in the word: Latin may in any, others where vowels are
 * written alike. */
static bool is_at_home(const struct ptn_read_word *word, unsigned script)
{
    return script == PTN_SCRIPT_LATIN || word->script == PTN_SCRIPT_LATIN ||
           ptn_name_mode(script) == ptn_name_mode(word->script);
}

static void add_letter(struct reader *reader, uint16_t letter)
{
    struct ptn_read_word *word = reader->word;

    if (word->letter_count == PTN_WORD_LETTERS_MAX) {
        reader->words->cut = true;
        return;
    }
    word->letters[word->letter_count++] = letter;
    if (letter >= PTN_CELL_OPAQUE)
        word->script = PTN_SCRIPT_OTHER;
    else if (ptn_letter_script[letter - PTN_CELL_LETTER] != PTN_SCRIPT_LATIN)
        word->script = ptn_letter_script[letter - PTN_CELL_LETTER];
}

static void end_syllable(struct ptn_read_word *word)
{
    if (word->syllable_count < PTN_WORD_SYLLABLES_MAX)
        word->syllable_end[word->syllable_count++] = word->letter_count;
}

/* A precomposed syllable is initial, vowel and, mostly, final. Standard: Unicode 15, section 3.12.
 */
static void add_hangul(struct reader *reader, uint32_t code)
{
    uint32_t syllable = code - 0xac00u;
    uint32_t last = syllable % 28u;

    add_letter(reader, (uint16_t)(ptn_letter_hangul[0] + syllable / 588u));
    add_letter(reader, (uint16_t)(ptn_letter_hangul[1] + syllable % 588u / 28u));
    if (last != 0)
        add_letter(reader, (uint16_t)(ptn_letter_hangul[2] + last - 1u));
    end_syllable(reader->word);
}

static void add_han(struct reader *reader, unsigned reading)
{
    for (const char *at = ptn_han_reading[reading]; *at != '\0'; at++)
        add_letter(reader, ptn_letter_of((uint8_t)*at));
    reader->word->script = PTN_SCRIPT_HAN;
    end_syllable(reader->word);
}

static void add_mark(struct reader *reader, uint32_t mark)
{
    struct ptn_read_word *word = reader->word;
    uint16_t *letter;

    if (word == NULL || word->letter_count == 0)
        return;
    letter = &word->letters[word->letter_count - 1];
    for (unsigned i = 0; i < ptn_letter_composed_count; i++)
        if (ptn_letter_composed[i].letter == *letter && ptn_letter_composed[i].mark == mark) {
            *letter = ptn_letter_composed[i].composed;
            return;
        }
}

/* The word to add a letter to: the open one or a new one; NULL when there is no room. */
static struct ptn_read_word *open_word(struct reader *reader, size_t at)
{
    struct ptn_read_words *words = reader->words;

    if (reader->word != NULL)
        return reader->word;
    if (words->count == PTN_NAME_PARTS_MAX) {
        words->cut = true;
        reader->full = true;
        return NULL;
    }
    reader->word = &words->words[words->count++];
    memset(reader->word, 0, sizeof(*reader->word));
    reader->word->at = (uint16_t)at;
    return reader->word;
}

static unsigned script_of(uint16_t cell)
{
    if (cell >= PTN_CELL_HAN)
        return PTN_SCRIPT_HAN;
    if (cell >= PTN_CELL_OPAQUE)
        return PTN_SCRIPT_OTHER;
    if (cell >= PTN_CELL_EXPANSION)
        cell = ptn_letter_expansions[(size_t)(cell - PTN_CELL_EXPANSION) * PTN_EXPANSION_LETTERS];
    return cell == PTN_CELL_HANGUL ? (unsigned)PTN_SCRIPT_HANGUL
                                   : ptn_letter_script[cell - PTN_CELL_LETTER];
}

static void take(struct reader *reader, uint32_t code, uint16_t cell, size_t at)
{
    if (cell == PTN_CELL_MARK) {
        add_mark(reader, code);
        return;
    }
    if (cell == PTN_CELL_APOSTROPHE) {
        if (reader->word != NULL && reader->word->script == PTN_SCRIPT_HEBREW)
            add_letter(reader, PTN_CELL_LETTER);
        return;
    }
    if (reader->word != NULL && !is_at_home(reader->word, script_of(cell)))
        reader->word = NULL; /* another script begins another word */
    if (open_word(reader, at) == NULL)
        return;
    if (cell == PTN_CELL_HANGUL) {
        add_hangul(reader, code);
    } else if (cell >= PTN_CELL_HAN) {
        add_han(reader, cell - PTN_CELL_HAN);
    } else if (cell >= PTN_CELL_OPAQUE || cell < PTN_CELL_EXPANSION) {
        add_letter(reader, cell);
    } else {
        for (unsigned i = 0; i < PTN_EXPANSION_LETTERS; i++) {
            uint16_t letter =
                ptn_letter_expansions[(size_t)(cell - PTN_CELL_EXPANSION) * PTN_EXPANSION_LETTERS +
                                      i];

            if (letter != 0)
                add_letter(reader, letter);
        }
    }
}

static void close_word(struct reader *reader, uint32_t separator)
{
    if (reader->word == NULL)
        return;
    reader->word->hyphen = separator == '-' || separator == 0x2010u || separator == 0x2011u;
    reader->word->dot = separator == '.';
    reader->word = NULL;
}

/* ---- machine readable zones ---- */

/* What the escapes stand for. Standard: ICAO 9303-3, section 6, table for Arabic script; U and N as
 * table A allows. */
static const struct {
    char text[4];
    uint16_t letter;
} escapes[] = {
    { "XDH", 0x0630 }, { "XKH", 0x062e }, { "XSH", 0x0634 }, { "XSS", 0x0635 }, { "XDZ", 0x0636 },
    { "XTT", 0x0637 }, { "XZZ", 0x0638 }, { "XTH", 0x062b }, { "XTA", 0x0629 }, { "XAH", 0x0629 },
    { "XAY", 0x0649 }, { "XAA", 0x0622 }, { "XGG", 0x06af }, { "XKK", 0x06a9 }, { "XYA", 0x06cc },
    { "XNN", 0x06ba }, { "XRR", 0x0691 }, { "XXD", 0x0688 }, { "XXT", 0x0679 }, { "XE", 0x0621 },
    { "XH", 0x062d },  { "XC", 0x0686 },  { "XJ", 0x0698 },
};

#define ESCAPES_PLAIN 8u /* the first ones: no other spelling has them */

static size_t escape_at(struct ptn_bytes text, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(escapes[i].text);

        if (len <= text.len - at && memcmp(text.at + at, escapes[i].text, len) == 0)
            return i;
    }
    return count;
}

/* A name with one escape that nothing else looks like is written in escapes throughout. */
static bool has_escapes(struct ptn_bytes text)
{
    for (size_t at = 0; at < text.len; at++)
        if (escape_at(text, at, ESCAPES_PLAIN) < ESCAPES_PLAIN)
            return true;
    return false;
}

static void read_mrz(struct reader *reader, struct ptn_bytes text)
{
    const size_t count = sizeof(escapes) / sizeof(escapes[0]);
    bool escaped = has_escapes(text);

    for (size_t at = 0; at < text.len && !reader->full;) {
        uint8_t byte = text.at[at];
        size_t escape = escaped && byte == 'X' ? escape_at(text, at, count) : count;

        if (escape < count) {
            if (open_word(reader, at) != NULL)
                add_letter(reader, ptn_letter_of(escapes[escape].letter));
            at += strlen(escapes[escape].text);
            if (reader->word != NULL)
                reader->word->len = (uint16_t)(at - reader->word->at);
            continue;
        }
        if (cell_of(byte) == PTN_CELL_SEPARATOR || byte > 0x7f)
            close_word(reader, byte);
        else
            take(reader, byte, cell_of(byte), at);
        if (reader->word != NULL)
            reader->word->len = (uint16_t)(at + 1 - reader->word->at);
        at++;
        if ((byte == 'U' || byte == 'N') && text.len - at >= 2 && text.at[at] == 'X' &&
            text.at[at + 1] == 'X')
            at += 2;
    }
    if (!escaped)
        return;
    for (unsigned i = 0; i < reader->words->count; i++)
        reader->words->words[i].script = PTN_SCRIPT_ARABIC;
}

void ptn_words_read(struct ptn_bytes text, enum ptn_name_form form,
                    struct ptn_read_words *ret_words)
{
    struct reader reader = { .words = NULL };

    ret_words->count = 0;
    reader.words = ret_words;
    ret_words->cut = text.len > PTN_NAME_TEXT_MAX;
    if (ret_words->cut)
        text.len = PTN_NAME_TEXT_MAX;
    if (form == PTN_NAME_MRZ) {
        read_mrz(&reader, text);
        return;
    }
    for (size_t at = 0; at < text.len && !reader.full;) {
        size_t next = at;
        uint32_t code = text.at[at] < 0x80 ? text.at[next++] : ptn_utf8_next(text, &next);
        uint16_t cell = cell_of(code);

        if (cell == PTN_CELL_SEPARATOR)
            close_word(&reader, code);
        else
            take(&reader, code, cell, at);
        if (reader.word != NULL)
            reader.word->len = (uint16_t)(next - reader.word->at);
        at = next;
    }
}
