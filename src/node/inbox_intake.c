/*
 * node/inbox_intake.c -- which messages a gateway has taken in: rows of digests in DIR/intake, the
 * batch on its way noted before it is appended (docs/format/inbox.md).
 *
 *   add -> pending -- write, append, confirm --> confirmed
 *                  -- drop -------------------> forgotten
 */
#include "node/inbox_int.h"

#define MAGIC            "postern.intake/v1\n"
#define MAGIC_LEN        (sizeof(MAGIC) - 1)
#define HEAD_LEN         (MAGIC_LEN + 16u)
#define ROW_LEN          45u
#define BUCKETS          524288u /* a power of two above twice the rows */
#define NONE             UINT32_MAX
#define NAME_SIZE        16u
#define FLAG_QUARANTINED 1u

static_assert((BUCKETS & (BUCKETS - 1)) == 0, "a mask finds the bucket");
static_assert(BUCKETS > PTN_INTAKE_MAX, "chains stay short");

struct ptn_intake {
    const struct ptn_world *world;
    char dir[PTN_NODE_PATH_MAX];
    struct ptn_intake_row *rows; /* oldest first; pending ones last */
    size_t count, capacity, pending;
    size_t current; /* confirmed rows that are in intake/current */
    uint64_t next_archive;
    uint64_t archives[PTN_INTAKE_ARCHIVES]; /* their numbers, rising */
    size_t archive_count;
    uint32_t *by_content, *by_reference;     /* BUCKETS heads: the newest row, or NONE */
    uint32_t *next_content, *next_reference; /* per row: the one before it in its bucket */
    struct ptn_buffer file;
};

/* ---- the file ---- */

static uint64_t number_at(const uint8_t *at, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

struct ptn_status ptn_intake_file_parse(struct ptn_bytes bytes, struct ptn_intake_file *ret_file)
{
    struct ptn_intake_file file;
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];

    if (bytes.len < HEAD_LEN + PTN_SHA256_LEN || bytes.len > PTN_INTAKE_FILE_MAX ||
        memcmp(bytes.at, MAGIC, MAGIC_LEN) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    file.ledger_size = number_at(bytes.at + MAGIC_LEN, 8);
    file.confirmed = (uint32_t)number_at(bytes.at + MAGIC_LEN + 8, 4);
    file.pending = (uint32_t)number_at(bytes.at + MAGIC_LEN + 12, 4);
    if (bytes.len - HEAD_LEN - PTN_SHA256_LEN !=
        ((uint64_t)file.confirmed + file.pending) * ROW_LEN)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    covered = ptn_bytes_slice(bytes, 0, bytes.len - PTN_SHA256_LEN);
    if (!ptn_ok(ptn_sha256(&covered, 1, digest)) ||
        memcmp(digest, bytes.at + covered.len, PTN_SHA256_LEN) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    file.rows = ptn_bytes_slice(covered, HEAD_LEN, SIZE_MAX);
    *ret_file = file;
    return PTN_OK;
}

struct ptn_intake_row ptn_intake_file_row(const struct ptn_intake_file *file, size_t index)
{
    const uint8_t *at = file->rows.at + index * ROW_LEN;
    struct ptn_intake_row row;

    PTN_PRE(index < (size_t)file->confirmed + file->pending);
    memcpy(row.content, at, PTN_INTAKE_DIGEST_LEN);
    memcpy(row.reference, at + 16, PTN_INTAKE_DIGEST_LEN);
    memcpy(row.file, at + 32, PTN_INTAKE_FILE_LEN);
    row.time_s = (uint32_t)number_at(at + 40, 4);
    row.quarantined = (at[44] & FLAG_QUARANTINED) != 0;
    return row;
}

static struct ptn_status write_row(struct ptn_buffer *out, const struct ptn_intake_row *row)
{
    struct ptn_status status =
        ptn_buffer_add(out, ptn_bytes_of(row->content, PTN_INTAKE_DIGEST_LEN));

    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(row->reference, PTN_INTAKE_DIGEST_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(row->file, PTN_INTAKE_FILE_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, row->time_s);
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, row->quarantined ? FLAG_QUARANTINED : 0);
    return status;
}

/* The last rows of the table, so many confirmed and the pending ones, as a file. */
static struct ptn_status write_file(struct ptn_intake *intake, size_t confirmed, size_t pending,
                                    uint64_t ledger_size)
{
    struct ptn_buffer *out = &intake->file;
    size_t first = intake->count - intake->pending - confirmed;
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status;

    ptn_buffer_clear(out);
    status = ptn_buffer_add_text(out, MAGIC);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, ledger_size);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)confirmed);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)pending);
    for (size_t i = 0; ptn_ok(status) && i < confirmed + pending; i++)
        status = write_row(out, &intake->rows[first + i]);
    covered = ptn_buffer_bytes(out);
    if (ptn_ok(status))
        status = ptn_sha256(&covered, 1, digest);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(digest, sizeof(digest)));
    return status;
}

static struct ptn_status path_of(const struct ptn_intake *intake, const char *name,
                                 char path[PTN_NODE_PATH_MAX])
{
    return ptn_node_path(path, intake->dir, name);
}

static struct ptn_status archive_path(const struct ptn_intake *intake, uint64_t number,
                                      char path[PTN_NODE_PATH_MAX])
{
    char name[NAME_SIZE];

    (void)snprintf(name, sizeof(name), "%010llu", (unsigned long long)(number % 10000000000u));
    return path_of(intake, name, path);
}

/* ---- the table ---- */

static size_t bucket_of(const uint8_t digest[PTN_INTAKE_DIGEST_LEN])
{
    return (size_t)number_at(digest, 8) & (BUCKETS - 1);
}

static void link_row(struct ptn_intake *intake, size_t index)
{
    const struct ptn_intake_row *row = &intake->rows[index];
    uint32_t *content = &intake->by_content[bucket_of(row->content)];
    uint32_t *reference = &intake->by_reference[bucket_of(row->reference)];

    intake->next_content[index] = *content;
    intake->next_reference[index] = *reference;
    *content = (uint32_t)index;
    *reference = (uint32_t)index;
}

static void link_all(struct ptn_intake *intake)
{
    memset(intake->by_content, 0xff, BUCKETS * sizeof(*intake->by_content));
    memset(intake->by_reference, 0xff, BUCKETS * sizeof(*intake->by_reference));
    for (size_t i = 0; i < intake->count; i++)
        link_row(intake, i);
}

/* Room for one more row: the oldest are forgotten once there are too many. */
static struct ptn_status make_room(struct ptn_intake *intake)
{
    size_t capacity = intake->capacity == 0 ? 1024 : 2 * intake->capacity;
    struct ptn_intake_row *rows;
    uint32_t *content;
    uint32_t *reference;

    if (intake->count < intake->capacity)
        return PTN_OK;
    if (intake->capacity >= PTN_INTAKE_MAX) {
        size_t gone = intake->capacity / 8;

        memmove(intake->rows, intake->rows + gone, (intake->count - gone) * sizeof(*rows));
        intake->count -= gone;
        link_all(intake);
        return PTN_OK;
    }
    rows = realloc(intake->rows, capacity * sizeof(*rows));
    if (rows != NULL)
        intake->rows = rows;
    content = realloc(intake->next_content, capacity * sizeof(*content));
    if (content != NULL)
        intake->next_content = content;
    reference = realloc(intake->next_reference, capacity * sizeof(*reference));
    if (reference != NULL)
        intake->next_reference = reference;
    if (rows == NULL || content == NULL || reference == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    intake->capacity = capacity;
    return PTN_OK;
}

static struct ptn_status put_row(struct ptn_intake *intake, const struct ptn_intake_row *row)
{
    struct ptn_status status = make_room(intake);

    if (!ptn_ok(status))
        return status;
    intake->rows[intake->count] = *row;
    link_row(intake, intake->count++);
    return PTN_OK;
}

/* What one row says of another: the closest of all rows counts. */
static enum ptn_intake_as compare(const struct ptn_intake_row *known,
                                  const struct ptn_intake_row *row)
{
    bool content = memcmp(known->content, row->content, PTN_INTAKE_DIGEST_LEN) == 0;
    bool reference = memcmp(known->reference, row->reference, PTN_INTAKE_DIGEST_LEN) == 0;
    bool file = memcmp(known->file, row->file, PTN_INTAKE_FILE_LEN) == 0;

    if (known->quarantined) /* it was of no use: only the very same is not written again */
        return content && reference && file && row->quarantined ? PTN_INTAKE_OURS : PTN_INTAKE_NEW;
    if (content && reference)
        return file ? PTN_INTAKE_OURS : PTN_INTAKE_DUPLICATE;
    if (reference)
        return PTN_INTAKE_REFERENCE_AGAIN;
    return content ? PTN_INTAKE_AGAIN : PTN_INTAKE_NEW;
}

enum ptn_intake_as ptn_intake_find(const struct ptn_intake *intake,
                                   const struct ptn_intake_row *row)
{
    enum ptn_intake_as as = PTN_INTAKE_NEW;

    for (uint32_t i = intake->by_content[bucket_of(row->content)]; i != NONE;
         i = intake->next_content[i]) {
        enum ptn_intake_as now = compare(&intake->rows[i], row);

        as = now > as ? now : as;
    }
    for (uint32_t i = intake->by_reference[bucket_of(row->reference)]; i != NONE;
         i = intake->next_reference[i]) {
        enum ptn_intake_as now = compare(&intake->rows[i], row);

        as = now > as ? now : as;
    }
    return as;
}

struct ptn_status ptn_intake_add(struct ptn_intake *intake, const struct ptn_intake_row *row)
{
    struct ptn_status status = put_row(intake, row);

    if (ptn_ok(status))
        intake->pending++;
    return status;
}

/* ---- writing ---- */

/* What intake/current holds is put aside under a number, and the oldest of those removed. */
static struct ptn_status archive(struct ptn_intake *intake)
{
    const struct ptn_files *files = intake->world->files;
    void *context = intake->world->context;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = archive_path(intake, intake->next_archive, path);

    if (ptn_ok(status))
        status = write_file(intake, intake->current, 0, 0);
    if (ptn_ok(status))
        status = files->replace(context, path, ptn_buffer_bytes(&intake->file));
    if (!ptn_ok(status))
        return status;
    if (intake->archive_count == PTN_INTAKE_ARCHIVES) {
        if (ptn_ok(archive_path(intake, intake->archives[0], path)))
            (void)ptn_ok(files->remove(context, path)); /* tried again at the next start */
        intake->archive_count--;
        memmove(intake->archives, intake->archives + 1,
                intake->archive_count * sizeof(intake->archives[0]));
    }
    intake->archives[intake->archive_count++] = intake->next_archive++;
    intake->current = 0;
    return PTN_OK;
}

struct ptn_status ptn_intake_write(struct ptn_intake *intake, uint64_t ledger_size)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = path_of(intake, "current", path);

    if (ptn_ok(status) && intake->current >= PTN_INTAKE_CURRENT)
        status = archive(intake);
    if (ptn_ok(status))
        status = write_file(intake, intake->current, intake->pending, ledger_size);
    if (ptn_ok(status))
        status = intake->world->files->replace(intake->world->context, path,
                                               ptn_buffer_bytes(&intake->file));
    return status;
}

void ptn_intake_confirm(struct ptn_intake *intake)
{
    intake->current += intake->pending;
    intake->pending = 0;
}

void ptn_intake_drop(struct ptn_intake *intake)
{
    intake->count -= intake->pending;
    intake->pending = 0;
    link_all(intake);
}

/* ---- opening ---- */

static bool note_archive(void *context, const char *name)
{
    struct ptn_intake *intake = context;
    uint64_t number = 0;
    size_t at;

    if (strlen(name) != 10 || strspn(name, "0123456789") != 10)
        return true;
    for (const char *digit = name; *digit != '\0'; digit++)
        number = number * 10 + (uint64_t)(*digit - '0');
    if (intake->archive_count == PTN_INTAKE_ARCHIVES && number < intake->archives[0])
        return true;
    if (intake->archive_count == PTN_INTAKE_ARCHIVES) {
        intake->archive_count--;
        memmove(intake->archives, intake->archives + 1,
                intake->archive_count * sizeof(intake->archives[0]));
    }
    for (at = intake->archive_count; at > 0 && intake->archives[at - 1] > number; at--)
        intake->archives[at] = intake->archives[at - 1];
    intake->archives[at] = number;
    intake->archive_count++;
    return true;
}

/* The rows of one file; of intake/current the pending ones too, when they were appended. */
static struct ptn_status read_file(struct ptn_intake *intake, const char *path,
                                   uint64_t ledger_size, bool current, struct ptn_diag *reterr)
{
    struct ptn_intake_file file = { 0 };
    size_t rows;
    struct ptn_status status;

    ptn_buffer_clear(&intake->file);
    status = intake->world->files->read(intake->world->context, path, &intake->file);
    if (!ptn_ok(status))
        return status;
    if (!ptn_ok(ptn_intake_file_parse(ptn_buffer_bytes(&intake->file), &file)))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "what the gateway took in before (intake/) is not what it wrote");
    rows = file.confirmed + (current && ledger_size > file.ledger_size ? file.pending : 0);
    for (size_t i = 0; ptn_ok(status) && i < rows; i++) {
        struct ptn_intake_row row = ptn_intake_file_row(&file, i);

        status = put_row(intake, &row);
    }
    intake->current = current ? rows : 0;
    return status;
}

static struct ptn_status read_all(struct ptn_intake *intake, uint64_t ledger_size,
                                  struct ptn_diag *reterr)
{
    const struct ptn_files *files = intake->world->files;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = files->make_dir(intake->world->context, intake->dir);

    if (ptn_ok(status))
        status = files->list(intake->world->context, intake->dir, note_archive, intake);
    for (size_t i = 0; ptn_ok(status) && i < intake->archive_count; i++) {
        status = archive_path(intake, intake->archives[i], path);
        if (ptn_ok(status))
            status = read_file(intake, path, ledger_size, false, reterr);
    }
    if (intake->archive_count > 0)
        intake->next_archive = intake->archives[intake->archive_count - 1] + 1;
    if (ptn_ok(status))
        status = path_of(intake, "current", path);
    if (ptn_ok(status))
        status = read_file(intake, path, ledger_size, true, reterr);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status; /* a new gateway */
}

struct ptn_status ptn_intake_open(const struct ptn_world *world, const char *dir,
                                  uint64_t ledger_size, struct ptn_intake **ret_intake,
                                  struct ptn_diag *reterr)
{
    struct ptn_intake *intake = calloc(1, sizeof(*intake));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (intake == NULL)
        return status;
    intake->world = world;
    ptn_buffer_init(&intake->file, PTN_INTAKE_FILE_MAX);
    intake->by_content = malloc(BUCKETS * sizeof(*intake->by_content));
    intake->by_reference = malloc(BUCKETS * sizeof(*intake->by_reference));
    if (intake->by_content != NULL && intake->by_reference != NULL) {
        link_all(intake);
        status = ptn_node_path(intake->dir, dir, "intake");
    }
    if (ptn_ok(status))
        status = read_all(intake, ledger_size, reterr);
    if (!ptn_ok(status)) {
        ptn_intake_close(intake);
        return status;
    }
    *ret_intake = intake;
    return PTN_OK;
}

void ptn_intake_close(struct ptn_intake *intake)
{
    if (intake == NULL)
        return;
    ptn_buffer_release(&intake->file);
    free(intake->rows);
    free(intake->by_content);
    free(intake->by_reference);
    free(intake->next_content);
    free(intake->next_reference);
    free(intake);
}
