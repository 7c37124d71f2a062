#include "node/past_int.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER    "stays"
#define SUFFIX    ".past"
#define MAGIC     "PTNPAST1"
#define MAGIC_LEN 8u
#define HEAD_LEN                                                                                   \
    (MAGIC_LEN + PTN_SLOW_SALT_LEN + 4u + 4u + 8u + 8u + 8u + 4u + 4u + 4u + 1u + 4u) /* 73 */
#define NAME_LEN  16u
#define DAY_LAST  2932896u /* 9999-12-31 */
#define FILE_MAX  ((size_t)1 << 30)
#define FILES_MAX 4096u

/* ---- a file ---- */

struct ptn_status ptn_past_parse(struct ptn_bytes bytes, struct ptn_past_file *ret_file)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_past_file file = { .from = 0 };
    struct ptn_bytes magic = PTN_BYTES_NONE;
    struct ptn_bytes salt = PTN_BYTES_NONE;
    uint32_t numbers[4] = { 0 }; /* from, day, begin, shut */
    uint32_t rows = 0;
    uint8_t why = 0;
    uint8_t check[PTN_SHA256_LEN];
    struct ptn_bytes all;
    struct ptn_status status = ptn_cursor_take(&cursor, MAGIC_LEN, &magic);

    if (ptn_ok(status))
        status = ptn_cursor_take(&cursor, PTN_SLOW_SALT_LEN, &salt);
    for (unsigned i = 0; ptn_ok(status) && i < 2; i++)
        status = ptn_cursor_take_u32(&cursor, &numbers[i]);
    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &file.end);
    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &file.low);
    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &file.high);
    if (ptn_ok(status))
        status = ptn_cursor_take_u32(&cursor, &file.erased);
    for (unsigned i = 2; ptn_ok(status) && i < 4; i++)
        status = ptn_cursor_take_u32(&cursor, &numbers[i]);
    if (ptn_ok(status))
        status = ptn_cursor_take_u8(&cursor, &why);
    if (ptn_ok(status))
        status = ptn_cursor_take_u32(&cursor, &rows);
    if (!ptn_ok(status) || !ptn_bytes_is(magic, MAGIC) || numbers[0] > numbers[1] ||
        numbers[1] > DAY_LAST || numbers[2] > DAY_LAST || numbers[3] > DAY_LAST ||
        why > PTN_RECORDS_LOST ||
        bytes.len != HEAD_LEN + (uint64_t)rows * PTN_PAST_ROW_LEN + PTN_SHA256_LEN)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    all = ptn_bytes_slice(bytes, 0, bytes.len - PTN_SHA256_LEN);
    status = ptn_sha256(&all, 1, check);
    if (ptn_ok(status) && memcmp(check, bytes.at + all.len, sizeof(check)) != 0)
        status.code = PTN_C_BAD_INPUT;
    if (!ptn_ok(status))
        return status;
    memcpy(file.salt, salt.at, sizeof(file.salt));
    file.from = (int32_t)numbers[0];
    file.day = (int32_t)numbers[1];
    file.since = (struct ptn_records_since){ (int32_t)numbers[2], (int32_t)numbers[3],
                                             (enum ptn_records_why)why };
    file.rows = bytes.at + HEAD_LEN;
    file.row_count = rows;
    *ret_file = file;
    return PTN_OK;
}

static struct ptn_status write(const struct ptn_past_file *file, struct ptn_bytes rows,
                               struct ptn_buffer *out)
{
    const uint32_t before[] = { (uint32_t)file->from, (uint32_t)file->day };
    const uint64_t indices[] = { file->end, file->low, file->high };
    const uint32_t after[] = { file->erased, (uint32_t)file->since.begin,
                               (uint32_t)file->since.shut };
    uint8_t check[PTN_SHA256_LEN];
    struct ptn_bytes all;
    struct ptn_status status = ptn_buffer_add_text(out, MAGIC);

    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(file->salt, sizeof(file->salt)));
    for (size_t i = 0; ptn_ok(status) && i < 2; i++)
        status = ptn_buffer_add_u32(out, before[i]);
    for (size_t i = 0; ptn_ok(status) && i < 3; i++)
        status = ptn_buffer_add_u64(out, indices[i]);
    for (size_t i = 0; ptn_ok(status) && i < 3; i++)
        status = ptn_buffer_add_u32(out, after[i]);
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, (uint8_t)file->since.why);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)(rows.len / PTN_PAST_ROW_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, rows);
    all = ptn_buffer_bytes(out);
    if (ptn_ok(status))
        status = ptn_sha256(&all, 1, check);
    return ptn_ok(status) ? ptn_buffer_add(out, ptn_bytes_of(check, sizeof(check))) : status;
}

/* ---- a row ---- */

/* What a traveller's nth row of that file is called, and what its bytes are hidden by. */
static struct ptn_status mask_of(const struct ptn_past_file *file,
                                 const uint8_t slow[PTN_SLOW_KEY_LEN], uint32_t nth,
                                 uint8_t ret_mask[PTN_SHA256_LEN])
{
    uint8_t place[8];
    const struct ptn_bytes parts[] = { PTN_BYTES_LITERAL("postern past 1\n"),
                                       ptn_bytes_of(slow, PTN_SLOW_KEY_LEN),
                                       ptn_bytes_of(place, sizeof(place)) };

    for (unsigned i = 0; i < 4; i++) {
        place[i] = (uint8_t)((uint32_t)file->day >> (24 - 8 * i));
        place[4 + i] = (uint8_t)(nth >> (24 - 8 * i));
    }
    return ptn_sha256(parts, 3, ret_mask);
}

struct ptn_status ptn_past_row(const struct ptn_past_file *file,
                               const uint8_t slow[PTN_SLOW_KEY_LEN], uint32_t nth,
                               const struct ptn_history_event *event, struct ptn_buffer *rows)
{
    uint8_t row[PTN_SHA256_LEN];
    struct ptn_status status = mask_of(file, slow, nth, row);

    for (unsigned i = 0; i < 4; i++)
        row[NAME_LEN + i] ^= (uint8_t)((uint32_t)event->day >> (24 - 8 * i));
    row[NAME_LEN + 4] ^=
        (uint8_t)((event->move == PTN_STAY_EXIT ? 1u : 0u) | (event->exempt ? 2u : 0u));
    return ptn_ok(status) ? ptn_buffer_add(rows, ptn_bytes_of(row, PTN_PAST_ROW_LEN)) : status;
}

static int compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, PTN_PAST_ROW_LEN);
}

static int compare_names(const void *name, const void *row)
{
    return memcmp(name, row, NAME_LEN);
}

/* The traveller's nth crossing in that file, or false. */
static bool read_row(const struct ptn_past_file *file, const uint8_t slow[PTN_SLOW_KEY_LEN],
                     uint32_t nth, struct ptn_stay_event *ret_event)
{
    uint8_t mask[PTN_SHA256_LEN];
    const uint8_t *row;
    uint32_t day = 0;
    uint8_t flags;

    if (file->row_count == 0 || !ptn_ok(mask_of(file, slow, nth, mask)))
        return false;
    row = bsearch(mask, file->rows, file->row_count, PTN_PAST_ROW_LEN, compare_names);
    if (row == NULL)
        return false;
    for (unsigned i = 0; i < 4; i++)
        day = day << 8 | (row[NAME_LEN + i] ^ mask[NAME_LEN + i]);
    flags = row[NAME_LEN + 4] ^ mask[NAME_LEN + 4];
    if (day > DAY_LAST || flags > 3)
        return false;
    *ret_event = (struct ptn_stay_event){
        .date = ptn_date_from_days((int32_t)day),
        .move = (flags & 1u) != 0 ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .exempt = (flags & 2u) != 0,
    };
    return true;
}

size_t ptn_past_find(const struct ptn_past *past, const uint8_t slow[PTN_SLOW_KEY_LEN],
                     struct ptn_stay_event *ret_events, size_t max)
{
    size_t left = max; /* filled from the end: the newest are wanted */

    for (size_t i = past->count; i > 0 && left > 0; i--) {
        const struct ptn_past_file *file = &past->files[i - 1];
        struct ptn_stay_event event;
        uint32_t count = 0;

        while (read_row(file, slow, count, &event))
            count++;
        for (uint32_t nth = count; nth > 0 && left > 0; nth--)
            if (read_row(file, slow, nth - 1, &event))
                ret_events[--left] = event;
    }
    memmove(ret_events, ret_events + left, (max - left) * sizeof(*ret_events));
    return max - left;
}

/* ---- the table ---- */

static void release_file(struct ptn_past_file *file)
{
    ptn_buffer_release(&file->bytes);
}

void ptn_past_release(struct ptn_past *past)
{
    for (size_t i = 0; i < past->count; i++)
        release_file(&past->files[i]);
    free(past->files);
    *past = (struct ptn_past){ 0 };
}

int32_t ptn_past_last(const struct ptn_past *past)
{
    return past->count == 0 ? 0 : past->files[past->count - 1].day;
}

bool ptn_past_covers(const struct ptn_past *past, int32_t written, uint64_t index)
{
    for (size_t i = past->count; i > 0; i--) {
        const struct ptn_past_file *file = &past->files[i - 1];

        if (written <= file->day && index < file->end)
            return true;
    }
    return false;
}

void ptn_past_holes(struct ptn_node *node, int32_t through)
{
    const struct ptn_past *past = &node->past;
    int32_t known = -1; /* the day before the first one that may be missing */

    /* a day by UTC ends on the next one here */
    for (size_t i = 0; i < past->count; i++) {
        if (past->files[i].from > known + 1)
            ptn_records_shut(&node->since, past->files[i].from, PTN_RECORDS_NO_KEY);
        known = past->files[i].day;
    }
    if (through > 0 && known < through)
        ptn_records_shut(&node->since, through + 1, PTN_RECORDS_NO_KEY);
}

static bool path_of(const struct ptn_node *node, int32_t day, char path[PTN_NODE_PATH_MAX])
{
    char date[PTN_DATE_TEXT_SIZE];
    char name[64];

    (void)snprintf(name, sizeof(name), FOLDER "/%s" SUFFIX,
                   ptn_date_write(ptn_date_from_days(day), date));
    return ptn_ok(ptn_node_path(path, node->dir, name));
}

static void remove_day(const struct ptn_node *node, int32_t day)
{
    char path[PTN_NODE_PATH_MAX];

    if (path_of(node, day, path))
        (void)ptn_ok(node->world->files->remove(node->world->context, path));
}

/* How many entries from first to last are erased. */
static struct ptn_status count_erased(const struct ptn_node *node, uint64_t first, uint64_t last,
                                      uint32_t *ret_count)
{
    uint32_t count = 0;

    for (uint64_t index = first; index <= last; index++) {
        struct ptn_hash by;
        struct ptn_status status = ptn_ledger_erased(node->ledger, index, &index, &by, NULL);

        if (status.code == PTN_C_NOT_FOUND || (ptn_ok(status) && index > last))
            break;
        if (!ptn_ok(status))
            return status;
        count++;
    }
    *ret_count = count;
    return PTN_OK;
}

static bool knows_too_much(const struct ptn_node *node, const struct ptn_past_file *file)
{
    uint32_t erased = 0;

    return file->row_count > 0 &&
           (!ptn_ok(count_erased(node, file->low, file->high, &erased)) || erased != file->erased);
}

static void take_out(struct ptn_node *node, size_t at)
{
    struct ptn_past *past = &node->past;

    release_file(&past->files[at]);
    memmove(&past->files[at], &past->files[at + 1], (past->count - at - 1) * sizeof(*past->files));
    past->count--;
}

void ptn_past_tidy(struct ptn_node *node)
{
    struct ptn_past *past = &node->past;
    int32_t last = ptn_past_last(past);

    for (size_t i = 0; i < past->count;) {
        const struct ptn_past_file *file = &past->files[i];

        if (file->day >= last - PTN_PAST_DAYS && !knows_too_much(node, file)) {
            i++;
            continue;
        }
        remove_day(node, file->day);
        ptn_node_lock(node);
        take_out(node, i);
        ptn_past_holes(node, last);
        ptn_node_unlock(node);
    }
}

/* Room for one more, by its day. */
static struct ptn_status put(struct ptn_past *past, const struct ptn_past_file *file)
{
    struct ptn_past_file *files = realloc(past->files, (past->count + 1) * sizeof(*past->files));
    size_t at = past->count;

    if (files == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    past->files = files;
    for (; at > 0 && files[at - 1].day > file->day; at--)
        files[at] = files[at - 1];
    files[at] = *file;
    past->count++;
    return PTN_OK;
}

/* ---- opening ---- */

struct listing {
    int32_t days[FILES_MAX];
    size_t count;
};

static bool listed(void *context, const char *name)
{
    struct listing *listing = context;
    struct ptn_bytes text = ptn_bytes_from_text(name);
    const size_t date_len = PTN_DATE_TEXT_SIZE - 1;
    struct ptn_date date;

    if (text.len == date_len + sizeof(SUFFIX) - 1 &&
        ptn_bytes_is(ptn_bytes_slice(text, date_len, text.len), SUFFIX) &&
        ptn_ok(ptn_date_parse(ptn_bytes_slice(text, 0, date_len), &date, NULL)) &&
        ptn_date_is_full(date) && listing->count < FILES_MAX)
        listing->days[listing->count++] = ptn_date_to_days(date);
    return true;
}

static struct ptn_status read_day(struct ptn_node *node, int32_t day)
{
    struct ptn_past_file file = { .from = 0 };
    struct ptn_buffer bytes = { .len_max = FILE_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = { path_of(node, day, path) ? PTN_C_OK : PTN_C_NOT_FOUND };

    if (ptn_ok(status))
        status = node->world->files->read(node->world->context, path, &bytes);
    if (ptn_ok(status))
        status = ptn_past_parse(ptn_buffer_bytes(&bytes), &file);
    if (ptn_ok(status) && file.day != day)
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status) && node->past.count > 0 && /* there is one salt */
        memcmp(file.salt, node->past.files[0].salt, sizeof(file.salt)) != 0)
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status)) {
        file.bytes = bytes;
        status = put(&node->past, &file);
    }
    if (!ptn_ok(status))
        ptn_buffer_release(&bytes);
    return status.code == PTN_C_NO_MEMORY ? status : PTN_OK; /* what is damaged is not known */
}

static int compare_days(const void *a, const void *b)
{
    const int32_t *first = a;
    const int32_t *second = b;

    return *first < *second ? -1 : *first > *second;
}

struct ptn_status ptn_past_open(struct ptn_node *node)
{
    struct listing *listing = calloc(1, sizeof(*listing));
    char folder[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(folder, node->dir, FOLDER);

    if (listing == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status) && node->world->files->exists(node->world->context, folder))
        (void)ptn_ok(node->world->files->list(node->world->context, folder, listed, listing));
    qsort(listing->days, listing->count, sizeof(listing->days[0]), compare_days);
    for (size_t i = 0; ptn_ok(status) && i < listing->count; i++)
        status = read_day(node, listing->days[i]);
    free(listing);
    if (ptn_ok(status) && node->past.count > 0)
        node->since = node->past.files[node->past.count - 1].since;
    if (ptn_ok(status)) {
        ptn_past_tidy(node);
        ptn_past_holes(node, 0);
    }
    return status;
}

/* ---- adding ---- */

struct ptn_status ptn_past_add(struct ptn_node *node, struct ptn_past_file *file,
                               struct ptn_buffer *rows)
{
    struct ptn_past_file written = { .from = 0 };
    struct ptn_buffer bytes = { .len_max = FILE_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, node->dir, FOLDER);

    if (rows->len > 0) {
        qsort(rows->at, rows->len / PTN_PAST_ROW_LEN, PTN_PAST_ROW_LEN, compare_rows);
        file->erased = 0;
        if (ptn_ok(status))
            status = count_erased(node, file->low, file->high, &file->erased);
    }
    if (ptn_ok(status))
        status = node->world->files->make_dir(node->world->context, path);
    if (ptn_ok(status))
        status = write(file, ptn_buffer_bytes(rows), &bytes);
    if (ptn_ok(status))
        status = ptn_past_parse(ptn_buffer_bytes(&bytes), &written);
    if (ptn_ok(status))
        status.code = path_of(node, file->day, path) ? PTN_C_OK : PTN_C_TOO_BIG;
    if (ptn_ok(status))
        status = node->world->files->replace(node->world->context, path, ptn_buffer_bytes(&bytes));
    if (ptn_ok(status)) {
        written.bytes = bytes;
        ptn_node_lock(node);
        status = put(&node->past, &written);
        if (ptn_ok(status))
            ptn_history_drop(&node->history, file->day, file->end);
        ptn_node_unlock(node);
    }
    if (ptn_ok(status))
        ptn_buffer_clear(rows);
    else
        ptn_buffer_release(&bytes);
    return status;
}
