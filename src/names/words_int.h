/*
 * names/words_int.h -- a text cut into words of numbered letters, the step before parts and sounds.
 */
#ifndef PTN_NAMES_WORDS_INT_H
#define PTN_NAMES_WORDS_INT_H
#include "names/tables_int.h"

#define PTN_WORD_LETTERS_MAX   32u
#define PTN_WORD_SYLLABLES_MAX 8u

struct ptn_read_word {
    uint16_t letters[PTN_WORD_LETTERS_MAX];
    uint8_t letter_count;
    uint8_t script;                               /* enum ptn_names_script */
    uint8_t syllable_count;                       /* of Hangul and Han, saturating */
    uint8_t syllable_end[PTN_WORD_SYLLABLES_MAX]; /* letters up to the end of each */
    bool hyphen;                                  /* a hyphen follows at once */
    bool dot;                                     /* a full stop follows at once */
    uint16_t at, len;
};

struct ptn_read_words {
    struct ptn_read_word words[PTN_NAME_PARTS_MAX];
    uint8_t count;
    bool cut;
};

/* Cut a text into words. MRZ: '<' separates and the escapes of ICAO 9303 for Arabic and umlauts are
 * decoded. */
void ptn_words_read(struct ptn_bytes text, enum ptn_name_form form,
                    struct ptn_read_words *ret_words);

/* FNV-1a of letters, as the table of words is keyed. */
uint64_t ptn_word_hash(const uint16_t *letters, size_t count);

/* What is known of these letters, or NULL. */
const struct ptn_word *ptn_word_find(const uint16_t *letters, size_t count);

/* The number of the letter a code point is read as, or 0. For the few letters the code itself
 * names. */
uint16_t ptn_letter_of(uint32_t code_point);

#endif
