/*
 * names/tables_int.h -- the tables of data/names as tools/names_tables.py compiles them.
 *
 * Constants only. Letters are numbered from 8; a cell says what a code point is.
 */
#ifndef PTN_NAMES_TABLES_INT_H
#define PTN_NAMES_TABLES_INT_H
#include "names/name.h"

/* ---- code points: ptn_names_cell[ptn_names_page[code >> 8] * 256 + (code & 255)] ---- */

#define PTN_CELL_SEPARATOR    0u
#define PTN_CELL_MARK         1u /* nothing by itself; may make another letter of the one before */
#define PTN_CELL_APOSTROPHE   2u
#define PTN_CELL_HANGUL       3u      /* a syllable: taken apart by arithmetic */
#define PTN_CELL_LETTER       8u      /* from here: a letter's number; 8 itself is the geresh */
#define PTN_CELL_EXPANSION    0x2000u /* + number: up to four letters */
#define PTN_CELL_OPAQUE       0x3000u /* + 0 to 7: a letter of a script that is not read */
#define PTN_CELL_HAN          0x4000u /* + number of its reading */
#define PTN_EXPANSION_LETTERS 4u
#define PTN_PAGES             0x1100u

extern const uint16_t ptn_names_page[PTN_PAGES];
extern const uint16_t ptn_names_cell[];

enum ptn_names_script {
    PTN_SCRIPT_LATIN,
    PTN_SCRIPT_CYRILLIC,
    PTN_SCRIPT_GREEK,
    PTN_SCRIPT_ARABIC,
    PTN_SCRIPT_HEBREW,
    PTN_SCRIPT_ARMENIAN,
    PTN_SCRIPT_GEORGIAN,
    PTN_SCRIPT_KANA,
    PTN_SCRIPT_HANGUL,
    PTN_SCRIPT_HAN,
    PTN_SCRIPT_OTHER,
};

/* ---- letters to sounds ---- */

enum ptn_letter_where { PTN_WHERE_ANY, PTN_WHERE_FIRST, PTN_WHERE_LAST, PTN_WHERE_BEFORE };

/* A run of letters and its sounds. The letter the rules are listed under is the first of the run.
 */
struct ptn_letter_rule {
    uint16_t following[5]; /* the run's other letters */
    uint16_t before[8];    /* PTN_WHERE_BEFORE: the letters it must stand before, 0 at the end */
    uint8_t sounds[4];
    uint8_t letter_count;
    uint8_t sound_count;
    uint8_t where;
};

struct ptn_letter_composed {
    uint16_t letter;
    uint32_t mark;
    uint16_t composed;
};

extern const struct ptn_letter_rule ptn_letter_rules[];
extern const uint16_t
    ptn_letter_first_rule[];              /* by letter - PTN_CELL_LETTER, one more at the end */
extern const uint8_t ptn_letter_script[]; /* by letter - PTN_CELL_LETTER */
extern const unsigned ptn_letter_count;
extern const uint16_t ptn_letter_expansions[];
extern const struct ptn_letter_composed ptn_letter_composed[];
extern const unsigned ptn_letter_composed_count;
extern const uint16_t ptn_letter_hangul[3]; /* the first initial, vowel and final */
extern const uint16_t ptn_letter_ascii_a;
extern const uint16_t ptn_letter_digit_0;
extern const char ptn_han_reading[][8];

/* ---- sounds ---- */

#define PTN_SOUNDS 128u

/* How the other part is written decides what a missing sound costs. */
enum ptn_sound_mode { PTN_MODE_ALPHABET, PTN_MODE_ABJAD, PTN_MODE_SYLLABLES };

extern const uint8_t ptn_sound_class[PTN_SOUNDS]; /* 1 to 7, 0 for none */
extern const unsigned ptn_sound_count;
extern const uint8_t ptn_sound_written[PTN_SOUNDS]; /* bit i: in parts of enum ptn_sound_mode i */
extern const uint8_t ptn_sound_vowel[PTN_SOUNDS];
extern const uint8_t ptn_sound_cost[3][PTN_SOUNDS];
extern const uint8_t ptn_sound_near[PTN_SOUNDS][PTN_SOUNDS];
/* What two sounds in a row become, or PTN_SOUND_NONE. */
#define PTN_SOUND_NONE 255u
extern const uint8_t ptn_sound_contract[PTN_SOUNDS][PTN_SOUNDS];
extern const char ptn_sound_shown[PTN_SOUNDS][4];
extern const uint8_t ptn_sound_opaque; /* the first of eight */

/* ---- words ---- */

/* What is known of a word, by the hash of its letters; the table is sorted by hash. */
struct ptn_word {
    uint64_t hash;
    uint8_t kind;     /* enum ptn_name_kind */
    uint8_t weight;   /* 0 = by its sounds */
    uint16_t variant; /* group of equal names, 0 = none */
    uint16_t as;      /* 1 + number of the spelling it is read as, 0 = as it stands */
};

#define PTN_WORD_AS_LETTERS 16u

extern const struct ptn_word ptn_words[];
extern const unsigned ptn_word_count;
extern const uint16_t ptn_word_as[][PTN_WORD_AS_LETTERS]; /* letters, 0 at the end */

/* FNV-1a over letter numbers, two bytes each, low byte first. */
#define PTN_WORD_HASH_START 0xcbf29ce484222325u
#define PTN_WORD_HASH_PRIME 0x100000001b3u

#endif
