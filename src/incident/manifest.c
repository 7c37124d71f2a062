/* incident/manifest.c -- tables of files as they should be, by path. */
#include "incident/manifest.h"

#include <stdlib.h>

#define MD5_HEX_LEN    32u
#define SHA256_HEX_LEN 64u
#define DIVERSIONS_MAX 256u

struct ptn_manifest {
    struct ptn_manifest_file *at;
    size_t count, capacity;
    bool ready; /* sorted */
};

struct ptn_manifest *ptn_manifest_new(void)
{
    return calloc(1, sizeof(struct ptn_manifest));
}

void ptn_manifest_free(struct ptn_manifest *manifest)
{
    if (manifest == NULL)
        return;
    free(manifest->at);
    free(manifest);
}

static bool part_is_good(struct ptn_bytes part)
{
    return part.len > 0 && !ptn_bytes_is(part, ".") && !ptn_bytes_is(part, "..");
}

bool ptn_manifest_path_good(struct ptn_bytes path)
{
    size_t begin = 0;

    if (path.len == 0 || path.len > PTN_MANIFEST_PATH_MAX)
        return false;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && (path.at[i] < ' ' || path.at[i] == 0x7f || path.at[i] == '\\'))
            return false;
        if (i < path.len && path.at[i] != '/')
            continue;
        if (!part_is_good(ptn_bytes_slice(path, begin, i - begin)))
            return false;
        begin = i + 1;
    }
    return true;
}

static struct ptn_status add(struct ptn_manifest *manifest, const struct ptn_manifest_file *file,
                             struct ptn_diag *reterr)
{
    size_t wanted = manifest->capacity == 0 ? 256 : manifest->capacity * 2;

    PTN_PRE(!manifest->ready);
    if (manifest->count >= PTN_MANIFEST_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more files than a manifest can hold");
    if (manifest->count == manifest->capacity) {
        struct ptn_manifest_file *more = realloc(manifest->at, wanted * sizeof(*more));

        if (more == NULL)
            return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a manifest");
        manifest->at = more;
        manifest->capacity = wanted;
    }
    manifest->at[manifest->count++] = *file;
    return PTN_OK;
}

/* Digest, two spaces, path. */
static bool read_line(struct ptn_bytes line, size_t hex_len, struct ptn_manifest_file *file)
{
    if (line.len < hex_len + 3 || line.at[hex_len] != ' ' || line.at[hex_len + 1] != ' ')
        return false;
    file->digest_len = (uint8_t)(hex_len / 2);
    file->path = ptn_bytes_slice(line, hex_len + 2, SIZE_MAX);
    return ptn_manifest_path_good(file->path) &&
           ptn_hex_read_exactly(ptn_bytes_slice(line, 0, hex_len), file->digest, hex_len / 2);
}

struct ptn_status ptn_manifest_read(struct ptn_manifest *manifest, struct ptn_bytes text,
                                    struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes line, before = PTN_BYTES_NONE;
    struct ptn_status status = PTN_OK;
    size_t number = 0;

    if (text.len > PTN_MANIFEST_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "a manifest larger than 64 MiB");
    while (ptn_ok(status) && ptn_cursor_take_whole_line(&cursor, &line)) {
        struct ptn_manifest_file file = { .owner = PTN_BYTES_NONE };

        number++;
        if (!read_line(line, SHA256_HEX_LEN, &file))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                            "a line that is not a SHA-256, two spaces and a path");
        if (number > 1 && ptn_bytes_compare(before, file.path) >= 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                            "paths that are not in order, each once");
        before = file.path;
        status = add(manifest, &file, reterr);
    }
    if (ptn_ok(status) && (ptn_cursor_left(&cursor) > 0 || number == 0))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number + 1,
                        "a manifest that is empty or cut short");
    return status;
}

struct ptn_status ptn_manifest_read_md5sums(struct ptn_manifest *manifest, struct ptn_bytes package,
                                            struct ptn_bytes text, size_t *ret_bad)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_status status = PTN_OK;
    struct ptn_bytes line;

    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        struct ptn_manifest_file file = { .owner = package };

        if (!read_line(line, MD5_HEX_LEN, &file))
            (*ret_bad)++;
        else
            status = add(manifest, &file, NULL);
    }
    return status;
}

/* ---- asking ---- */

static int by_path(const void *a, const void *b)
{
    return ptn_bytes_compare(((const struct ptn_manifest_file *)a)->path,
                             ((const struct ptn_manifest_file *)b)->path);
}

struct ptn_status ptn_manifest_divert(struct ptn_manifest *manifest, struct ptn_bytes text)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes lines[3];
    size_t count = 0;

    PTN_PRE(!manifest->ready);
    while (ptn_ok(ptn_cursor_take_line(&cursor, &lines[0])) &&
           ptn_ok(ptn_cursor_take_line(&cursor, &lines[1])) &&
           ptn_ok(ptn_cursor_take_line(&cursor, &lines[2]))) {
        struct ptn_bytes from = ptn_bytes_slice(lines[0], 1, SIZE_MAX);
        struct ptn_bytes to = ptn_bytes_slice(lines[1], 1, SIZE_MAX);

        if (++count > DIVERSIONS_MAX)
            return (struct ptn_status){ PTN_C_TOO_BIG };
        if (!ptn_manifest_path_good(from) || !ptn_manifest_path_good(to))
            continue;
        for (size_t i = 0; i < manifest->count; i++)
            if (ptn_bytes_equal(manifest->at[i].path, from) &&
                !ptn_bytes_equal(manifest->at[i].owner, lines[2]))
                manifest->at[i].path = to;
    }
    return PTN_OK;
}

void ptn_manifest_ready(struct ptn_manifest *manifest)
{
    manifest->ready = true;
    if (manifest->count > 0)
        qsort(manifest->at, manifest->count, sizeof(*manifest->at), by_path);
}

size_t ptn_manifest_count(const struct ptn_manifest *manifest)
{
    return manifest->count;
}

const struct ptn_manifest_file *ptn_manifest_at(const struct ptn_manifest *manifest, size_t index)
{
    PTN_PRE(index < manifest->count);
    return &manifest->at[index];
}

const struct ptn_manifest_file *ptn_manifest_find(const struct ptn_manifest *manifest,
                                                  struct ptn_bytes path)
{
    struct ptn_manifest_file key = { .path = path };

    PTN_PRE(manifest->ready);
    return manifest->count == 0
               ? NULL
               : bsearch(&key, manifest->at, manifest->count, sizeof(key), by_path);
}

struct ptn_status ptn_manifest_add_line(struct ptn_buffer *out,
                                        const uint8_t sha256[PTN_SHA256_LEN], struct ptn_bytes path)
{
    size_t before = out->len;
    struct ptn_status status;

    if (!ptn_manifest_path_good(path))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = ptn_buffer_add_hex(out, ptn_bytes_of(sha256, PTN_SHA256_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "  ");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, path);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (!ptn_ok(status))
        out->len = before;
    return status;
}
