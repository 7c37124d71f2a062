/* incident/evidence.c -- the manifest of evidence: one form, read and written. */
#include "incident/evidence.h"

#include <jansson.h>
#include <stdlib.h>

#define FIRST_LINE   "postern.evidence-manifest/v1"
#define NOTE_LINE    "postern.evidence-note/v1"
#define HEX_LEN      64u
#define MANIFEST_BIG INT64_MAX

static const char *const words[PTN_TAKEN_WORD_COUNT] = { "differs", "file", "gap", "gone",
                                                         "sealed" };
static const char *const kinds[PTN_TAKEN_KIND_COUNT] = { "config", "finding", "findings", "head",
                                                         "log" };

/* ---- paths ---- */

static bool stands_for_itself(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && byte != '%';
}

static struct ptn_status add_path(struct ptn_buffer *out, struct ptn_bytes path)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < path.len; i++)
        status = stands_for_itself(path.at[i]) ? ptn_buffer_add_u8(out, path.at[i])
                                               : ptn_buffer_addf(out, "%%%02X", path.at[i]);
    return status;
}

static int upper_hex(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* The bytes that the text stands for; only in its one form. */
static bool read_path(struct ptn_bytes text, struct ptn_arena *arena, struct ptn_bytes *ret_path)
{
    uint8_t *path = ptn_arena_take(arena, text.len + 1);
    size_t len = 0;

    if (path == NULL || text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int high, low;

        if (stands_for_itself(text.at[i])) {
            path[len++] = text.at[i];
            continue;
        }
        if (text.at[i] != '%' || text.len - i < 3)
            return false;
        high = upper_hex(text.at[i + 1]);
        low = upper_hex(text.at[i + 2]);
        if (high < 0 || low < 0 || stands_for_itself((uint8_t)(high * 16 + low)))
            return false;
        path[len++] = (uint8_t)(high * 16 + low);
        i += 2;
    }
    *ret_path = ptn_bytes_of(path, len);
    return len <= PTN_TAKEN_PATH_MAX && memchr(path, '\0', len) == NULL;
}

/* ---- lines ---- */

static struct ptn_status add_hex_word(struct ptn_buffer *out, const uint8_t digest[PTN_SHA256_LEN])
{
    struct ptn_status status = ptn_buffer_add_text(out, " ");

    return ptn_ok(status) ? ptn_buffer_add_hex(out, ptn_bytes_of(digest, PTN_SHA256_LEN)) : status;
}

static struct ptn_status add_line(struct ptn_buffer *out, const struct ptn_taken_line *line)
{
    struct ptn_status status = ptn_buffer_add_text(out, words[line->word]);

    if (ptn_ok(status) && line->word == PTN_TAKEN_FILE)
        status = ptn_buffer_addf(out, " %s", kinds[line->kind]);
    if (ptn_ok(status) && line->word != PTN_TAKEN_GAP && line->word != PTN_TAKEN_GONE)
        status = add_hex_word(out, line->sha256);
    if (ptn_ok(status) && line->word == PTN_TAKEN_SEALED)
        status = add_hex_word(out, line->sealed_sha256);
    if (ptn_ok(status) && (line->word == PTN_TAKEN_FILE || line->word == PTN_TAKEN_SEALED))
        status = ptn_buffer_addf(out, " %llu", (unsigned long long)line->length);
    if (ptn_ok(status) && line->word == PTN_TAKEN_GAP)
        status = ptn_buffer_addf(out, " %llu %llu", (unsigned long long)line->from,
                                 (unsigned long long)line->to);
    if (ptn_ok(status) && line->word != PTN_TAKEN_SEALED) {
        status = ptn_buffer_add_text(out, " ");
        if (ptn_ok(status))
            status = add_path(out, line->path);
    }
    return status;
}

/* The next word of a line. */
static struct ptn_bytes next_word(struct ptn_bytes *line)
{
    const uint8_t *space = line->len > 0 ? memchr(line->at, ' ', line->len) : NULL;
    size_t len = space == NULL ? line->len : (size_t)(space - line->at);
    struct ptn_bytes word = ptn_bytes_slice(*line, 0, len);

    *line = ptn_bytes_slice(*line, space == NULL ? len : len + 1, SIZE_MAX);
    return word;
}

static bool find_word(struct ptn_bytes word, const char *const *all, size_t count, unsigned *ret)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_bytes_is(word, all[i])) {
            *ret = (unsigned)i;
            return true;
        }
    return false;
}

static bool read_digest(struct ptn_bytes *line, uint8_t digest[PTN_SHA256_LEN])
{
    return ptn_hex_read_exactly(next_word(line), digest, PTN_SHA256_LEN);
}

static bool read_number(struct ptn_bytes *line, uint64_t *ret_value)
{
    return ptn_decimal_read(next_word(line), MANIFEST_BIG, ret_value);
}

static bool read_line(struct ptn_bytes text, struct ptn_arena *arena, struct ptn_taken_line *line)
{
    unsigned word = 0, kind = 0;

    *line = (struct ptn_taken_line){ 0 };
    if (!find_word(next_word(&text), words, PTN_TAKEN_WORD_COUNT, &word))
        return false;
    line->word = (enum ptn_taken_word)word;
    switch (line->word) {
    case PTN_TAKEN_DIFFERS:
        return read_digest(&text, line->sha256) && read_path(text, arena, &line->path);
    case PTN_TAKEN_FILE:
        if (!find_word(next_word(&text), kinds, PTN_TAKEN_KIND_COUNT, &kind))
            return false;
        line->kind = (enum ptn_taken_kind)kind;
        return read_digest(&text, line->sha256) && read_number(&text, &line->length) &&
               read_path(text, arena, &line->path);
    case PTN_TAKEN_GAP:
        return read_number(&text, &line->from) && read_number(&text, &line->to) &&
               line->from <= line->to && read_path(text, arena, &line->path);
    case PTN_TAKEN_GONE:
        return read_path(text, arena, &line->path);
    case PTN_TAKEN_SEALED:
        return read_digest(&text, line->sha256) && read_digest(&text, line->sealed_sha256) &&
               ptn_decimal_read(text, MANIFEST_BIG, &line->length);
    }
    return false;
}

/* ---- writing ---- */

static int by_bytes(const void *a, const void *b)
{
    return ptn_bytes_compare(*(const struct ptn_bytes *)a, *(const struct ptn_bytes *)b);
}

static bool line_is_good(const struct ptn_taken_line *line)
{
    if (line->word == PTN_TAKEN_SEALED)
        return line->path.len == 0;
    return line->path.len > 0 && line->path.len <= PTN_TAKEN_PATH_MAX &&
           memchr(line->path.at, '\0', line->path.len) == NULL;
}

static struct ptn_status add_head(const struct ptn_taken *taken, struct ptn_buffer *out)
{
    char time[PTN_INSTANT_TEXT_SIZE];
    struct ptn_status status = ptn_buffer_add_text(out, FIRST_LINE "\nledger ");

    if (ptn_ok(status))
        status = ptn_buffer_add(out, taken->ledger);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "\ntime %s\n", ptn_instant_write(taken->time_ms, time));
    if (ptn_ok(status) && taken->sealed) {
        status = ptn_buffer_add_text(out, "sealed");
        if (ptn_ok(status))
            status = add_hex_word(out, taken->key);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "findings %llu\n", (unsigned long long)taken->findings);
    return status;
}

/* Each line as text, in the arena. */
static struct ptn_status make_texts(struct ptn_taken *taken, struct ptn_arena *arena,
                                    struct ptn_bytes *texts)
{
    struct ptn_buffer line = { .len_max = (size_t)4 * PTN_TAKEN_PATH_MAX };
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < taken->line_count; i++) {
        char *copy;

        ptn_buffer_clear(&line);
        if (!line_is_good(&taken->lines[i]))
            status = (struct ptn_status){ PTN_C_BAD_INPUT };
        else
            status = add_line(&line, &taken->lines[i]);
        if (!ptn_ok(status))
            break;
        copy = ptn_arena_text(arena, ptn_buffer_bytes(&line));
        if (copy == NULL)
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
        texts[i] = ptn_bytes_of(copy, copy == NULL ? 0 : line.len);
    }
    ptn_buffer_release(&line);
    return status;
}

struct ptn_status ptn_taken_write(struct ptn_taken *taken, struct ptn_arena *arena,
                                  struct ptn_buffer *out)
{
    struct ptn_bytes *texts = ptn_arena_take(arena, (taken->line_count + 1) * sizeof(*texts));
    struct ptn_status status;

    if (taken->line_count > PTN_TAKEN_LINE_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (texts == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = make_texts(taken, arena, texts);
    if (ptn_ok(status))
        status = add_head(taken, out);
    if (!ptn_ok(status))
        return status;
    qsort(texts, taken->line_count, sizeof(*texts), by_bytes);
    taken->files = taken->length = 0;
    for (size_t i = 0; ptn_ok(status) && i < taken->line_count; i++) {
        struct ptn_taken_line line;

        if (i > 0 && ptn_bytes_equal(texts[i], texts[i - 1]))
            continue;
        if (!read_line(texts[i], arena, &line))
            return (struct ptn_status){ PTN_C_BAD_INPUT };
        taken->files += line.word == PTN_TAKEN_FILE;
        taken->length += line.word == PTN_TAKEN_FILE ? line.length : 0;
        status = ptn_buffer_add(out, texts[i]);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "total %llu %llu\n", (unsigned long long)taken->files,
                                 (unsigned long long)taken->length);
    return status;
}

/* ---- reading ---- */

/* The rest of the next line when it begins with that word. */
static bool take_field(struct ptn_cursor *cursor, const char *word, struct ptn_bytes *ret_rest)
{
    struct ptn_cursor before = *cursor;

    if (ptn_cursor_take_whole_line(cursor, ret_rest) && ptn_bytes_is(next_word(ret_rest), word))
        return true;
    *cursor = before;
    return false;
}

static bool read_head(struct ptn_cursor *cursor, struct ptn_taken *taken)
{
    struct ptn_bytes rest;
    char time[PTN_INSTANT_TEXT_SIZE];

    if (!ptn_cursor_take_whole_line(cursor, &rest) || !ptn_bytes_is(rest, FIRST_LINE) ||
        !take_field(cursor, "ledger", &taken->ledger) || taken->ledger.len == 0 ||
        memchr(taken->ledger.at, ' ', taken->ledger.len) != NULL ||
        !take_field(cursor, "time", &rest) ||
        !ptn_ok(ptn_instant_parse(rest, &taken->time_ms, NULL)) ||
        !ptn_bytes_is(rest, ptn_instant_write(taken->time_ms, time)))
        return false;
    taken->sealed = take_field(cursor, "sealed", &rest);
    if (taken->sealed && !ptn_hex_read_exactly(rest, taken->key, sizeof(taken->key)))
        return false;
    return take_field(cursor, "findings", &rest) &&
           ptn_decimal_read(rest, MANIFEST_BIG, &taken->findings);
}

static bool read_total(struct ptn_bytes rest, const struct ptn_taken *taken)
{
    uint64_t files = 0, length = 0;

    return read_number(&rest, &files) && ptn_decimal_read(rest, MANIFEST_BIG, &length) &&
           files == taken->files && length == taken->length;
}

struct ptn_status ptn_taken_parse(struct ptn_bytes text, struct ptn_arena *arena,
                                  struct ptn_taken *ret_taken, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_taken taken = { .time_ms = 0 };
    struct ptn_bytes line, before = PTN_BYTES_NONE;
    size_t lines = 1;

    if (text.len > PTN_TAKEN_MANIFEST_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "a manifest larger than 64 MiB");
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    if (lines > PTN_TAKEN_LINE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, lines, "a manifest with too many lines");
    taken.lines = ptn_arena_take(arena, lines * sizeof(*taken.lines));
    if (taken.lines == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a manifest");
    if (!read_head(&cursor, &taken))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "not the beginning of a manifest of evidence");
    while (!take_field(&cursor, "total", &line)) {
        struct ptn_taken_line *next = &taken.lines[taken.line_count];

        if (!ptn_cursor_take_whole_line(&cursor, &line) ||
            (taken.line_count > 0 && ptn_bytes_compare(before, line) >= 0) ||
            !read_line(line, arena, next))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, taken.line_count + 5,
                            "a line out of order, or not of a form that is known");
        before = line;
        taken.line_count++;
        taken.files += next->word == PTN_TAKEN_FILE;
        taken.length += next->word == PTN_TAKEN_FILE ? next->length : 0;
    }
    if (!read_total(line, &taken) || ptn_cursor_left(&cursor) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, taken.line_count + 5,
                        "a total that is not that of the lines");
    *ret_taken = taken;
    return PTN_OK;
}

/* ---- the note ---- */

struct ptn_status ptn_taken_note_write(const struct ptn_taken_note *note, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_buffer_add_text(out, NOTE_LINE "\nledger ");

    if (ptn_ok(status))
        status = ptn_buffer_add(out, note->ledger);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "\nentry %llu\nmanifest", (unsigned long long)note->entry);
    if (ptn_ok(status))
        status = add_hex_word(out, note->manifest);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "\nfiles %llu\nbytes %llu\n", (unsigned long long)note->files,
                                 (unsigned long long)note->length);
    return status;
}

struct ptn_status ptn_taken_note_parse(struct ptn_bytes text, struct ptn_taken_note *ret_note,
                                       struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_taken_note note = { .entry = 0 };
    struct ptn_bytes rest;

    if (!ptn_cursor_take_whole_line(&cursor, &rest) || !ptn_bytes_is(rest, NOTE_LINE) ||
        !take_field(&cursor, "ledger", &note.ledger) || note.ledger.len == 0 ||
        memchr(note.ledger.at, ' ', note.ledger.len) != NULL ||
        !take_field(&cursor, "entry", &rest) ||
        !ptn_decimal_read(rest, MANIFEST_BIG, &note.entry) ||
        !take_field(&cursor, "manifest", &rest) ||
        !ptn_hex_read_exactly(rest, note.manifest, PTN_SHA256_LEN) ||
        !take_field(&cursor, "files", &rest) ||
        !ptn_decimal_read(rest, MANIFEST_BIG, &note.files) ||
        !take_field(&cursor, "bytes", &rest) ||
        !ptn_decimal_read(rest, MANIFEST_BIG, &note.length) || ptn_cursor_left(&cursor) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "not a note about evidence");
    *ret_note = note;
    return PTN_OK;
}

/* ---- what a sweep printed ---- */

static bool keep_text(const json_t *member, struct ptn_arena *arena, struct ptn_bytes *ret_text)
{
    char *copy;

    *ret_text = PTN_BYTES_NONE;
    if (!json_is_string(member))
        return true;
    copy =
        ptn_arena_text(arena, ptn_bytes_of(json_string_value(member), json_string_length(member)));
    if (copy != NULL)
        *ret_text = ptn_bytes_of(copy, json_string_length(member));
    return copy != NULL;
}

/* A path that leads down from a root and nowhere else. */
static bool leads_down(struct ptn_bytes path)
{
    size_t begin = 0;

    for (size_t i = 0; i <= path.len; i++) {
        struct ptn_bytes part = ptn_bytes_slice(path, begin, i - begin);

        if (i < path.len && path.at[i] == '\0')
            return false;
        if (i < path.len && path.at[i] != '/')
            continue;
        if (part.len == 0 || ptn_bytes_is(part, ".") || ptn_bytes_is(part, ".."))
            return false;
        begin = i + 1;
    }
    return path.len <= PTN_TAKEN_PATH_MAX;
}

static bool read_finding(const json_t *object, struct ptn_arena *arena,
                         struct ptn_taken_named *named)
{
    const json_t *hex = json_object_get(object, "path_hex");
    const char *sha256 = json_string_value(json_object_get(object, "sha256"));

    named->finding = true;
    if (json_is_string(hex)) {
        struct ptn_buffer bytes = { .len_max = PTN_TAKEN_PATH_MAX };
        char *copy = NULL;

        if (ptn_ok(ptn_hex_read(ptn_bytes_from_text(json_string_value(hex)), &bytes, NULL)))
            copy = ptn_arena_text(arena, ptn_buffer_bytes(&bytes));
        named->path = ptn_bytes_of(copy, copy == NULL ? 0 : bytes.len);
        ptn_buffer_release(&bytes);
    } else if (!keep_text(json_object_get(object, "path"), arena, &named->path)) {
        return false;
    }
    if (named->path.len == 0 || !leads_down(named->path))
        named->path = PTN_BYTES_NONE;
    named->has_sha256 = sha256 != NULL && ptn_hex_read_exactly(ptn_bytes_from_text(sha256),
                                                               named->sha256, PTN_SHA256_LEN);
    return true;
}

struct ptn_status ptn_taken_named_read(struct ptn_bytes line, struct ptn_arena *arena,
                                       struct ptn_taken_named *ret_named, struct ptn_diag *reterr)
{
    struct ptn_taken_named named = { .finding = false };
    json_t *object = NULL;
    const json_t *summary;
    json_error_t error;
    bool good = true;

    if (line.len > 0)
        object = json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a line that is no JSON object");
    }
    summary = json_object_get(object, "summary");
    if (json_is_string(json_object_get(object, "class"))) {
        good = read_finding(object, arena, &named);
    } else if (json_is_object(summary)) {
        const json_int_t findings = json_integer_value(json_object_get(summary, "findings"));

        named.summary = true;
        named.findings = findings < 0 ? 0 : (uint64_t)findings;
        good = keep_text(json_object_get(summary, "root"), arena, &named.root);
    }
    json_decref(object);
    if (!good)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for findings");
    *ret_named = named;
    return PTN_OK;
}
