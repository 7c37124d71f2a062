/*
 * incident/journal.c -- gaps in an exported journal.
 *
 * Every entry that `journalctl -o export` writes begins with its cursor, which holds the numbering
 * (s=) and the entry's number in it (i=, hexadecimal). journald gives each entry the next number,
 * so one that is left out shows. Entries removed from the end cannot be seen here: the ledger's
 * heads, which stand elsewhere, are for that.
 */
#include "incident/sweep.h"

#define NUMBERINGS_MAX 64u
#define NUMBERING_LEN  32u

struct numbering {
    uint8_t name[NUMBERING_LEN];
    uint64_t last;
};

/* The value of "x=" in a cursor "s=…;i=…;b=…". */
static struct ptn_bytes member(struct ptn_bytes cursor, uint8_t key)
{
    while (cursor.len >= 2) {
        const uint8_t *end = memchr(cursor.at, ';', cursor.len);
        size_t len = end == NULL ? cursor.len : (size_t)(end - cursor.at);

        if (len > 2 && cursor.at[0] == key && cursor.at[1] == '=')
            return ptn_bytes_slice(cursor, 2, len - 2);
        cursor = ptn_bytes_slice(cursor, end == NULL ? len : len + 1, SIZE_MAX);
    }
    return PTN_BYTES_NONE;
}

static bool read_hex(struct ptn_bytes text, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len > 15)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t digit = text.at[i];

        if (digit >= '0' && digit <= '9')
            value = value << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            value = value << 4 | (uint64_t)(digit - 'a' + 10);
        else
            return false;
    }
    *ret_value = value;
    return true;
}

/* The numbering of that name, made when there is room; NULL: no room. */
static struct numbering *find(struct numbering *all, size_t *count, struct ptn_bytes name)
{
    for (size_t i = 0; i < *count; i++)
        if (memcmp(all[i].name, name.at, NUMBERING_LEN) == 0)
            return &all[i];
    if (*count == NUMBERINGS_MAX)
        return NULL;
    memcpy(all[*count].name, name.at, NUMBERING_LEN);
    all[*count].last = 0;
    return &all[(*count)++];
}

struct ptn_status ptn_journal_gaps(struct ptn_bytes text, ptn_journal_gap_fn gap, void *context,
                                   uint64_t *ret_entries)
{
    static const char key[] = "__CURSOR=";
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct numbering numberings[NUMBERINGS_MAX];
    struct ptn_status status = PTN_OK;
    struct ptn_bytes line;
    size_t count = 0;

    *ret_entries = 0;
    while (ptn_ok(status) && ptn_cursor_take_whole_line(&cursor, &line)) {
        struct ptn_bytes name, number;
        struct numbering *numbering;
        uint64_t value = 0;

        if (line.len < sizeof(key) || memcmp(line.at, key, sizeof(key) - 1) != 0)
            continue;
        line = ptn_bytes_slice(line, sizeof(key) - 1, SIZE_MAX);
        name = member(line, 's');
        number = member(line, 'i');
        if (name.len != NUMBERING_LEN || !read_hex(number, &value) || value == 0)
            continue;
        numbering = find(numberings, &count, name);
        if (numbering == NULL)
            continue;
        (*ret_entries)++;
        if (numbering->last != 0 && value > numbering->last + 1)
            status = gap(context, numbering->last, value);
        if (value > numbering->last)
            numbering->last = value;
    }
    return status;
}
