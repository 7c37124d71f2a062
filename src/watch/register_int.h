/* watch/register_int.h -- the register's layout (docs/format/register.md). Private to watch/. */
#ifndef PTN_WATCH_REGISTER_INT_H
#define PTN_WATCH_REGISTER_INT_H
#include <stdatomic.h>

#include "watch/register.h"
#include "watch/screen_int.h"

#define PTN_REGISTER_VERSION    1u
#define PTN_REGISTER_HEADER_LEN 4096u
#define PTN_REGISTER_DIGEST_AT  4064u
#define PTN_REGISTER_TABLE_AT   160u
#define PTN_REGISTER_TABLE_END  272u
#define PTN_REGISTER_ALIGNMENT  64u
#define PTN_REGISTER_BLOCK_LEN  65536u
#define PTN_REGISTER_STEP       512u /* rows between two tops */
#define PTN_REGISTER_GROUP_MAX  4096u
#define PTN_REGISTER_REASON_MAX 63u
#define PTN_REGISTER_CODE_LEN   12u /* characters of a number that a code holds */
#define PTN_REGISTER_LONG_LEN   52u
#define PTN_REGISTER_WORD_COUNT 5u /* name, edition, profile, set by, set reason */

static const uint8_t ptn_register_magic[8] = { 'P', 'T', 'N', 'R', 'E', 'G', 'I', '\n' };

enum ptn_register_section {
    REGISTER_TEXT,
    REGISTER_GROUPS,
    REGISTER_TOPS,
    REGISTER_CODES,
    REGISTER_ATTRIBUTES,
    REGISTER_LONG,
    REGISTER_BLOCKS,
    REGISTER_SECTION_COUNT,
};

enum ptn_register_at {
    REGISTER_GROUP_COUNT = 12,
    REGISTER_LEN = 16,
    REGISTER_MADE = 24,
    REGISTER_HASH = 32,
    REGISTER_ROWS = 64,
    REGISTER_LONG_ROWS = 72,
    REGISTER_READ = 80,
    REGISTER_REJECTED = 88,
    REGISTER_NOTED = 96,
    REGISTER_EDITION_MS = 104,
    REGISTER_LIST_HASH = 112,
    REGISTER_FORMAT = 144,
    REGISTER_ON_ENTRY = 145,
    REGISTER_ON_EXIT = 146,
    REGISTER_ZERO = 147,
    REGISTER_REASONS = 148,
    REGISTER_ZERO_2 = 152,
};

enum ptn_register_record {
    GROUP_CLASS = 0,
    GROUP_ISSUER = 1,
    GROUP_ZERO = 4,
    GROUP_FIRST = 8,
    GROUP_ROWS = 16,
    GROUP_LONG_FIRST = 24,
    GROUP_LONG_ROWS = 32,
    GROUP_LEN = 40,
    CODE_LEN = 8,
    ATTRIBUTE_DAY = 0,
    ATTRIBUTE_KIND = 2, /* two bits of type, six of reason */
    ATTRIBUTE_LEN = 3,
    LONG_KEY_LEN = 0,
    LONG_KEY = 1,
    LONG_ATTRIBUTE = 53,
    LONG_LEN = 56,
};

/* Rows of one class and issuer. */
struct ptn_register_group {
    char class;
    char issuer[4];
    const char *canonical; /* the State, as two issuers are compared */
    uint64_t first, rows, long_first, long_rows;
};

struct ptn_register {
    const struct ptn_world *world; /* NULL when opened over bytes */
    struct ptn_map *map;
    struct ptn_bytes bytes;
    struct ptn_bytes sections[REGISTER_SECTION_COUNT];
    struct ptn_bytes words[PTN_REGISTER_WORD_COUNT];
    struct ptn_bytes reasons[PTN_REGISTER_REASON_MAX];
    size_t reason_count;
    struct ptn_list_profile profile;
    struct ptn_register_group *groups;
    size_t group_count;
    size_t block_count;
    _Atomic(uint8_t) *checked; /* one a block: its digest was compared and is right */
};

/* Make sure of the records from first to before end of a section. CORRUPT, IO. */
PTN_MUST_USE struct ptn_status ptn_register_touch(const struct ptn_register *reg,
                                                  enum ptn_register_section section, size_t first,
                                                  size_t end, struct ptn_diag *reterr);

/* The code of a number's letters and digits; false when it has none. */
bool ptn_register_code(const uint8_t *key, size_t len, uint64_t *ret_code);
#endif
