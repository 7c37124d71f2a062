/*
 * names/name.h -- a name of a person, a body or a ship read into parts of sound symbols, whatever
 * its script.
 *
 * Pure, allocates nothing, safe for threads. What the symbols and weights mean: docs/NAMES.md.
 * Standard: ICAO Doc 9303 Part 3, section 6 (transliteration in the MRZ); Unicode 15 (letters,
 * marks).
 */
#ifndef PTN_NAMES_NAME_H
#define PTN_NAMES_NAME_H
#include "base/bytes.h"

/* parts a name keeps, sound symbols a part keeps, bytes of a text that are looked at; what is past
 * them is cut */
#define PTN_NAME_PARTS_MAX   16u
#define PTN_NAME_SYMBOLS_MAX 20u
#define PTN_NAME_TEXT_MAX    4096u

enum ptn_name_form {
    PTN_NAME_FREE, /* as written by people: any script, "Given SURNAME" or "SURNAME, Given" */
    PTN_NAME_MRZ, /* as printed in a machine readable zone: A to Z and '<'; the last part may be cut
                     short */
};

enum ptn_name_kind {
    PTN_NAME_FULL,     /* an ordinary part */
    PTN_NAME_PARTICLE, /* al, bin, de, van, von: weighs little, matches particles only */
    PTN_NAME_INITIAL,  /* one letter: covers a quarter of a full part that begins with it */
    PTN_NAME_TITLE,    /* Dr, Haji, Jr: weighs little */
    PTN_NAME_LEGAL,    /* Ltd, OOO, GmbH: weighs little, any legal form matches any other */
};

/* One part. Everything but at and len follows from the sound symbols and the script alone. */
struct ptn_name_part {
    uint8_t symbols[PTN_NAME_SYMBOLS_MAX];
    uint8_t symbol_count; /* at least 1 */
    uint8_t kind;         /* enum ptn_name_kind */
    uint8_t script;       /* private to the room: how vowels count */
    uint8_t weight;       /* 1/100, 1 to 120 */
    uint8_t skeleton_len;
    uint8_t full_count; /* full parts it stands for: 1, or 0 for the light kinds */
    uint16_t variant;   /* group of names that are one name (George, Gjergj); 0 = none */
    uint16_t at, len;   /* the bytes of the text it came from */
    uint16_t total[3];  /* cost of all its symbols, by how the other part is written */
    uint16_t reserved;  /* 0: no byte of a part is left to chance */
    uint64_t skeleton;  /* consonant classes, three bits each, the first lowest */
};

struct ptn_name {
    struct ptn_name_part parts[PTN_NAME_PARTS_MAX];
    uint8_t part_count;
    bool cut; /* text, parts or symbols were left out: the name is longer than a name can be */
    bool truncated; /* the last part ends at the end of a full MRZ field and may continue */
};

/**
 * ptn_name_read(text, form, ret_name):
 * Read a name into its parts. Any bytes are accepted: what is not a letter or digit separates,
 * ill-formed UTF-8 separates, and a text without letters gives no parts (which matches nothing).
 *
 * text      Borrowed; only offsets into it are kept.
 * form      PTN_NAME_MRZ decodes the escapes of ICAO 9303 and takes '<' for a space.
 * ret_name  Written whole.
 *
 * Cost: one pass over at most PTN_NAME_TEXT_MAX bytes.
 */
void ptn_name_read(struct ptn_bytes text, enum ptn_name_form form, struct ptn_name *ret_name);

/* Print a part's sound symbols ("muhamad") with a NUL, for people who look into a score; returns
 * text. */
#define PTN_NAME_SOUND_SIZE (PTN_NAME_SYMBOLS_MAX * 4u + 1u)
const char *ptn_name_sound(const struct ptn_name_part *part, char text[PTN_NAME_SOUND_SIZE]);

#endif
