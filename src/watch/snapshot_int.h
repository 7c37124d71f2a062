/* watch/snapshot_int.h -- the snapshot's layout (docs/format/snapshot.md) and what its parts share.
 * Private to watch/. */
#ifndef PTN_WATCH_SNAPSHOT_INT_H
#define PTN_WATCH_SNAPSHOT_INT_H
#include <stdatomic.h>

#include "names/index.h"
#include "watch/snapshot.h"

#define PTN_SNAPSHOT_VERSION     1u
#define PTN_SNAPSHOT_HEADER_LEN  4096u
#define PTN_SNAPSHOT_DIGEST_AT   4064u
#define PTN_SNAPSHOT_TABLE_AT    64u
#define PTN_SNAPSHOT_LINE_LEN    32u
#define PTN_SNAPSHOT_ALIGNMENT   64u
#define PTN_SNAPSHOT_BLOCK_LEN   65536u
#define PTN_SNAPSHOT_LIST_MAX    1024u
#define PTN_SNAPSHOT_SCRATCH_MAX 16u

static const uint8_t ptn_snapshot_magic[8] = { 'P', 'T', 'N', 'S', 'N', 'A', 'P', '\n' };

enum ptn_section {
    PTN_SECTION_TEXT = 1,
    PTN_SECTION_LISTS,
    PTN_SECTION_ENTRIES,
    PTN_SECTION_NAMES,
    PTN_SECTION_BIRTHS,
    PTN_SECTION_NATIONS,
    PTN_SECTION_NUMBERS,
    PTN_SECTION_FACTS,
    PTN_SECTION_KEYS,
    PTN_SECTION_INDEX,
    PTN_SECTION_BLOCKS,
    PTN_SECTION_END,
};
#define PTN_SECTION_COUNT (PTN_SECTION_END - 1)

/* bytes of a record of each section; 1 where the section is bytes */
extern const uint32_t ptn_section_record_len[PTN_SECTION_END];

/* Offsets in the records. */
enum ptn_list_at {
    LIST_NAME = 0,
    LIST_EDITION = 8,
    LIST_PROFILE = 16,
    LIST_OWNER = 24,
    LIST_BASIS = 32,
    LIST_ENTRY_TEXT = 40,
    LIST_ENTRY_TEXT_SQ = 48,
    LIST_EXIT_TEXT = 56,
    LIST_EXIT_TEXT_SQ = 64,
    LIST_SET_BY = 72,
    LIST_SET_REASON = 80,
    LIST_FORMAT = 88,
    LIST_ON_ENTRY = 89,
    LIST_ON_EXIT = 90,
    LIST_OWN_EXEMPT = 91,
    LIST_ZERO = 92,
    LIST_EDITION_MS = 96,
    LIST_ROWS = 104,
    LIST_CONTINUED = 112,
    LIST_REJECTED = 120,
    LIST_NOTED = 128,
    LIST_FIRST_ENTRY = 136,
    LIST_ENTRY_COUNT = 140,
    LIST_KINDS = 144,
    LIST_ALIASES = 192,
    LIST_HASH = 216,
    LIST_LEN = 248,
};

enum ptn_entry_at {
    ENTRY_ID = 0,
    ENTRY_LIST = 8,
    ENTRY_KIND = 10,
    ENTRY_SEX = 11,
    ENTRY_FIRST_NAME = 12,
    ENTRY_FIRST_BIRTH = 16,
    ENTRY_FIRST_NATION = 20,
    ENTRY_FIRST_NUMBER = 24,
    ENTRY_FIRST_FACT = 28,
    ENTRY_NAME_COUNT = 32,
    ENTRY_BIRTH_COUNT = 34,
    ENTRY_NATION_COUNT = 36,
    ENTRY_NUMBER_COUNT = 38,
    ENTRY_FACT_COUNT = 40,
    ENTRY_HAS_ACTION = 42,
    ENTRY_ON_ENTRY = 43,
    ENTRY_ON_EXIT = 44,
    ENTRY_ZERO = 45,
    ENTRY_LISTED = 48,
    ENTRY_VALID = 52,
    ENTRY_LINE = 56,
    ENTRY_ZERO_2 = 60,
    ENTRY_LEN = 64,
};

enum ptn_item_at {
    NAME_TEXT = 0,
    NAME_ENTRY = 8,
    NAME_ALIAS = 12,
    NAME_LEN = 16,
    BIRTH_FIRST = 0,
    BIRTH_LAST = 4,
    BIRTH_CIRCA = 8,
    BIRTH_LEN = 12,
    NATION_LEN = 4,
    NUMBER_TEXT = 0,
    NUMBER_ENTRY = 8,
    NUMBER_TYPE = 12,
    NUMBER_ISSUER = 13,
    NUMBER_LEN = 16,
    FACT_TEXT = 0,
    FACT_TYPE = 8,
    FACT_LEN = 12,
    KEY_HASH = 0,
    KEY_NUMBER = 8,
    KEY_ZERO = 12,
    KEY_LEN = 16,
};

static inline uint16_t ptn_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)(at[1] << 8));
}

static inline uint32_t ptn_le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t ptn_le64(const uint8_t *at)
{
    return (uint64_t)ptn_le32(at) | (uint64_t)ptn_le32(at + 4) << 32;
}

static inline void ptn_put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void ptn_put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static inline void ptn_put64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t ptn_pack_date(struct ptn_date date)
{
    return (uint32_t)date.year << 16 | (uint32_t)date.month << 8 | date.day;
}

static inline struct ptn_date ptn_unpack_date(uint32_t packed)
{
    return (struct ptn_date){ (uint16_t)(packed >> 16), (uint8_t)(packed >> 8), (uint8_t)packed };
}

struct ptn_section_view {
    const uint8_t *at;
    size_t len;
    size_t count;
};

/* What changes while a snapshot is searched: working memory, lent to one thread at a time by one
 * atomic exchange, and whether its bytes turned out not to be what they were when it was opened. */
struct ptn_scratch_pool {
    _Atomic(struct ptn_index_scratch *) slots[PTN_SNAPSHOT_SCRATCH_MAX];
    atomic_bool damaged;
};

struct ptn_snapshot {
    const struct ptn_world *world; /* NULL when opened over bytes */
    struct ptn_map *map;
    struct ptn_bytes bytes;
    struct ptn_section_view sections[PTN_SECTION_END];
    struct ptn_index index;
    struct ptn_scratch_pool *pool;
    int64_t made_ms;                /* this and the digests as they were when it was opened */
    uint8_t hash[PTN_SHA256_LEN];   /* of the table of blocks */
    uint8_t digest[PTN_SHA256_LEN]; /* of the header */
};

/*
 * POST-8: everything was checked when the snapshot was opened, and its bytes may have changed
 * since: a disk that rots, a hand in the file. So each number that leads anywhere is bounded again
 * where it is read, here. What does not fit reads as nothing, and the snapshot is damaged from then
 * on (POST-9).
 */
static inline void ptn_snapshot_doubt(const struct ptn_snapshot *snapshot)
{
    atomic_store_explicit(&snapshot->pool->damaged, true, memory_order_relaxed);
}

/* What is read of a record that is not there. */
extern const uint8_t ptn_no_record[LIST_LEN];

static inline const uint8_t *ptn_record(const struct ptn_snapshot *snapshot,
                                        enum ptn_section section, size_t index)
{
    if (index >= snapshot->sections[section].count) {
        ptn_snapshot_doubt(snapshot);
        return ptn_no_record;
    }
    return snapshot->sections[section].at + index * ptn_section_record_len[section];
}

/* The text a reference at this place points to. */
static inline struct ptn_bytes ptn_snapshot_text(const struct ptn_snapshot *snapshot,
                                                 const uint8_t *reference)
{
    const struct ptn_section_view *text = &snapshot->sections[PTN_SECTION_TEXT];
    uint32_t at = ptn_le32(reference);
    uint32_t len = ptn_le32(reference + 4);

    if (at > text->len || len > text->len - at) {
        ptn_snapshot_doubt(snapshot);
        return PTN_BYTES_NONE;
    }
    return len == 0 ? PTN_BYTES_NONE : ptn_bytes_of(text->at + at, len);
}

/* A word of an enum with so many, or the first of them. */
static inline unsigned ptn_snapshot_word(const struct ptn_snapshot *snapshot, uint8_t word,
                                         unsigned count)
{
    if (word < count)
        return word;
    ptn_snapshot_doubt(snapshot);
    return 0;
}

/* What is done about a match, or the least that a list which is on does. */
static inline enum ptn_list_action ptn_snapshot_action(const struct ptn_snapshot *snapshot,
                                                       uint8_t action)
{
    if (action < PTN_LIST_ACTION_COUNT)
        return (enum ptn_list_action)action;
    ptn_snapshot_doubt(snapshot);
    return PTN_LIST_ACTION_REFER;
}

static inline bool ptn_is_good_date(uint32_t packed)
{
    struct ptn_date date = ptn_unpack_date(packed);

    return packed == 0 ||
           (ptn_date_is_full(date) && ptn_date_is_possible(date) && date.year <= 9999);
}

static inline struct ptn_date ptn_snapshot_date(const struct ptn_snapshot *snapshot,
                                                const uint8_t *at)
{
    uint32_t packed = ptn_le32(at);

    if (ptn_is_good_date(packed))
        return ptn_unpack_date(packed);
    ptn_snapshot_doubt(snapshot);
    return PTN_DATE_NONE;
}

/* Three letters and the end, or as many as there are. */
static inline void ptn_snapshot_code(const uint8_t *at, char ret_code[4])
{
    memcpy(ret_code, at, 3);
    ret_code[3] = '\0';
}

/* A record of the section of births. */
struct ptn_birth_span {
    int32_t first, last; /* days, as ptn_date_to_days counts them */
    bool circa;
};

static inline struct ptn_birth_span ptn_snapshot_birth(const struct ptn_snapshot *snapshot,
                                                       size_t index)
{
    const uint8_t *at = ptn_record(snapshot, PTN_SECTION_BIRTHS, index);
    struct ptn_birth_span birth = { (int32_t)ptn_le32(at + BIRTH_FIRST),
                                    (int32_t)ptn_le32(at + BIRTH_LAST), at[BIRTH_CIRCA] != 0 };

    if (birth.first <= birth.last && birth.first >= PTN_DATE_DAYS_FIRST &&
        birth.last <= PTN_DATE_DAYS_LAST)
        return birth;
    ptn_snapshot_doubt(snapshot);
    return (struct ptn_birth_span){ PTN_DATE_DAYS_FIRST, PTN_DATE_DAYS_LAST, true };
}

/* The entry that a name or a number is of: below the count of entries, or UINT32_MAX. */
static inline uint32_t ptn_snapshot_owner(const struct ptn_snapshot *snapshot, const uint8_t *at)
{
    uint32_t entry = ptn_le32(at);

    if (entry < snapshot->sections[PTN_SECTION_ENTRIES].count)
        return entry;
    ptn_snapshot_doubt(snapshot);
    return UINT32_MAX;
}

/* The entries of a list, all of them there. */
struct ptn_entry_span {
    uint32_t first, end;
};

static inline struct ptn_entry_span ptn_snapshot_span(const struct ptn_snapshot *snapshot,
                                                      size_t list)
{
    const uint8_t *at = ptn_record(snapshot, PTN_SECTION_LISTS, list);
    uint32_t first = ptn_le32(at + LIST_FIRST_ENTRY);
    uint32_t count = ptn_le32(at + LIST_ENTRY_COUNT);
    size_t entries = snapshot->sections[PTN_SECTION_ENTRIES].count;

    if (first <= entries && count <= entries - first)
        return (struct ptn_entry_span){ first, first + count };
    ptn_snapshot_doubt(snapshot);
    return (struct ptn_entry_span){ 0, 0 };
}

/* Every digest, reference and order in an opened file's sections; see docs/format/snapshot.md. */
PTN_MUST_USE struct ptn_status ptn_snapshot_check(const struct ptn_snapshot *snapshot,
                                                  struct ptn_diag *reterr);

/* ---- keys of numbers ---- */

/* The class of thing a number of this type is looked up as, 0 for those that are not. */
char ptn_key_class(enum ptn_list_number_type type);

#define PTN_KEY_LEN_MAX 256u

/* A number's letters and digits in capitals; returns how many bytes, at most PTN_KEY_LEN_MAX (what
 * is past it is cut). */
size_t ptn_key_normalise(struct ptn_bytes number, uint8_t ret_key[PTN_KEY_LEN_MAX]);

/* A second key of a plate: what is easily taken for it (reference/plate.h). */
#define PTN_KEY_ALIKE 'P'

/* The key as numbers of this form are compared: plates as reference/plate.h says, others as above.
 */
size_t ptn_key_of(char form, struct ptn_bytes number, uint8_t ret_key[PTN_KEY_LEN_MAX]);
uint64_t ptn_key_hash(char class, const uint8_t *key, size_t len);
#endif
