#include "reference/casebook.h"

#include <stdlib.h>

#include "base/text.h"
#include "reference/casebook_int.h"

#define FIELDS_MAX 6u
#define WORD_MAX   64u
#define TEXT_MAX   2000u

static struct ptn_status bad(struct ptn_diag *reterr, size_t line, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reterr, line, text);
}

/* ---- one line ---- */

/* Split at tabs; returns the number of fields, or FIELDS_MAX + 1 when there are more. */
static size_t split(struct ptn_bytes line, struct ptn_bytes fields[FIELDS_MAX])
{
    size_t count = 0;
    size_t from = 0;

    for (size_t i = 0; i <= line.len; i++) {
        if (i < line.len && line.at[i] != '\t')
            continue;
        if (count == FIELDS_MAX)
            return FIELDS_MAX + 1u;
        fields[count++] = ptn_bytes_slice(line, from, i - from);
        from = i + 1;
    }
    return count;
}

/* Small letters, capitals, digits and dashes. */
static bool is_word(struct ptn_bytes text)
{
    if (text.len == 0 || text.len > WORD_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];

        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              (byte >= '0' && byte <= '9') || byte == '-'))
            return false;
    }
    return true;
}

static bool is_sentence(struct ptn_bytes text)
{
    if (text.len == 0 || text.len > TEXT_MAX || !ptn_utf8_valid(text, NULL))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return true;
}

/* One more row of this size at the end of an array; NULL: too many, or no memory. The arrays are
 * allocated whole at the first row. */
static void *more(void **rows, size_t *count, size_t size)
{
    if (*rows == NULL)
        *rows = calloc(PTN_CASEBOOK_ROWS_MAX, size);
    if (*rows == NULL || *count == PTN_CASEBOOK_ROWS_MAX)
        return NULL;
    return (uint8_t *)*rows + (*count)++ * size;
}

static struct ptn_status no_room(const void *rows, struct ptn_diag *reterr, size_t line)
{
    if (rows == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return ptn_fail(PTN_C_TOO_BIG, reterr, line, "too many rows");
}

/* check KIND ITEM must|may EN SQ */
static struct ptn_status take_check(struct ptn_casebook *book, const struct ptn_bytes *fields,
                                    size_t line, struct ptn_diag *reterr)
{
    bool must = ptn_bytes_is(fields[3], "must");
    struct ptn_casebook_point *point;
    void *rows = book->points;

    if (!is_word(fields[1]) || !is_word(fields[2]) || (!must && !ptn_bytes_is(fields[3], "may")) ||
        !is_sentence(fields[4]) || !is_sentence(fields[5]))
        return bad(reterr, line, "check: kind, point, must or may, and two sentences");
    if (ptn_casebook_point(book, fields[1], fields[2]) != NULL)
        return bad(reterr, line, "check: a point twice");
    point = more(&rows, &book->point_count, sizeof(*point));
    book->points = rows;
    if (point == NULL)
        return no_room(rows, reterr, line);
    *point = (struct ptn_casebook_point){ fields[1], fields[2], must, fields[4], fields[5] };
    return PTN_OK;
}

/* end KIND OUTCOME 1|2 */
static struct ptn_status take_end(struct ptn_casebook *book, const struct ptn_bytes *fields,
                                  size_t line, struct ptn_diag *reterr)
{
    unsigned people = ptn_bytes_is(fields[3], "1") ? 1 : ptn_bytes_is(fields[3], "2") ? 2 : 0;
    struct ptn_casebook_end *end;
    void *rows = book->ends;

    if (!is_word(fields[1]) || !is_word(fields[2]) || people == 0)
        return bad(reterr, line, "end: kind, outcome, and 1 or 2 people");
    if (ptn_casebook_end(book, fields[1], fields[2]) != NULL)
        return bad(reterr, line, "end: an outcome twice");
    end = more(&rows, &book->end_count, sizeof(*end));
    book->ends = rows;
    if (end == NULL)
        return no_room(rows, reterr, line);
    *end = (struct ptn_casebook_end){ fields[1], fields[2], people };
    return PTN_OK;
}

/* urgency KIND URGENCY */
static struct ptn_status take_urgency(struct ptn_casebook *book, const struct ptn_bytes *fields,
                                      size_t line, struct ptn_diag *reterr)
{
    struct ptn_casebook_urgency *urgency;
    void *rows = book->urgencies;

    if (!is_word(fields[1]) || !is_word(fields[2]))
        return bad(reterr, line, "urgency: kind and urgency");
    if (ptn_casebook_urgency(book, fields[1]).len > 0)
        return bad(reterr, line, "urgency: a kind twice");
    urgency = more(&rows, &book->urgency_count, sizeof(*urgency));
    book->urgencies = rows;
    if (urgency == NULL)
        return no_room(rows, reterr, line);
    *urgency = (struct ptn_casebook_urgency){ fields[1], fields[2] };
    return PTN_OK;
}

/* ground LETTER EN SQ; form WORD EN SQ */
static struct ptn_status take_line(struct ptn_casebook_line **lines, size_t *count,
                                   const struct ptn_bytes *fields, size_t line,
                                   struct ptn_diag *reterr)
{
    struct ptn_casebook_line *one;
    void *rows = *lines;

    if (!is_word(fields[1]) || !is_sentence(fields[2]) || !is_sentence(fields[3]))
        return bad(reterr, line, "a word and two sentences are needed");
    for (size_t i = 0; i < *count; i++)
        if (ptn_bytes_equal((*lines)[i].word, fields[1]))
            return bad(reterr, line, "a word twice");
    one = more(&rows, count, sizeof(*one));
    *lines = rows;
    if (one == NULL)
        return no_room(rows, reterr, line);
    *one = (struct ptn_casebook_line){ fields[1], fields[2], fields[3] };
    return PTN_OK;
}

static struct ptn_status take_row(struct ptn_casebook *book, struct ptn_bytes row, size_t line,
                                  struct ptn_diag *reterr)
{
    struct ptn_bytes fields[FIELDS_MAX];
    size_t count = split(row, fields);

    if (count == 6 && ptn_bytes_is(fields[0], "check"))
        return take_check(book, fields, line, reterr);
    if (count == 4 && ptn_bytes_is(fields[0], "end"))
        return take_end(book, fields, line, reterr);
    if (count == 3 && ptn_bytes_is(fields[0], "urgency"))
        return take_urgency(book, fields, line, reterr);
    if (count == 4 && ptn_bytes_is(fields[0], "ground"))
        return take_line(&book->grounds, &book->ground_count, fields, line, reterr);
    if (count == 4 && ptn_bytes_is(fields[0], "form"))
        return take_line(&book->form, &book->form_count, fields, line, reterr);
    return bad(reterr, line, "no such row, or another number of fields");
}

/* ---- a file ---- */

struct ptn_status ptn_casebook_read(struct ptn_casebook *book, struct ptn_bytes file,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    struct ptn_cursor cursor;
    struct ptn_bytes row;
    uint8_t *copy;
    size_t line = 0;

    if (file.len > PTN_CASEBOOK_FILE_MAX || book->text_count == PTN_CASEBOOK_FILE_COUNT)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the file is too big");
    copy = malloc(file.len + 1);
    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (file.len > 0)
        memcpy(copy, file.at, file.len);
    book->texts[book->text_count++] = copy;
    cursor = ptn_cursor_at(ptn_bytes_of(copy, file.len));
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &row))) {
        line++;
        if (row.len > 0 && row.at[0] != '#')
            status = take_row(book, row, line, reterr);
    }
    return status;
}

void ptn_casebook_release(struct ptn_casebook *book)
{
    free(book->points);
    free(book->ends);
    free(book->urgencies);
    free(book->grounds);
    free(book->form);
    for (size_t i = 0; i < book->text_count; i++)
        free(book->texts[i]);
    *book = (struct ptn_casebook){ 0 };
}

struct ptn_bytes ptn_casebook_shipped(enum ptn_casebook_file which)
{
    switch (which) {
    case PTN_CASEBOOK_CHECKLISTS:
        return ptn_bytes_of(ptn_checklists_file, ptn_checklists_file_len);
    case PTN_CASEBOOK_GROUNDS:
        return ptn_bytes_of(ptn_grounds_file, ptn_grounds_file_len);
    case PTN_CASEBOOK_FORM:
        break;
    }
    return ptn_bytes_of(ptn_refusal_form_file, ptn_refusal_form_file_len);
}

const char *ptn_casebook_name(enum ptn_casebook_file which)
{
    static const char *const names[PTN_CASEBOOK_FILE_COUNT] = {
        [PTN_CASEBOOK_CHECKLISTS] = "checklists.tsv",
        [PTN_CASEBOOK_GROUNDS] = "refusal-grounds.tsv",
        [PTN_CASEBOOK_FORM] = "refusal-form.tsv",
    };

    return names[which];
}

/* ---- asking ---- */

const struct ptn_casebook_point *ptn_casebook_point(const struct ptn_casebook *book,
                                                    struct ptn_bytes kind, struct ptn_bytes item)
{
    for (size_t i = 0; i < book->point_count; i++)
        if (ptn_bytes_equal(book->points[i].kind, kind) &&
            ptn_bytes_equal(book->points[i].item, item))
            return &book->points[i];
    return NULL;
}

const struct ptn_casebook_end *ptn_casebook_end(const struct ptn_casebook *book,
                                                struct ptn_bytes kind, struct ptn_bytes outcome)
{
    for (size_t i = 0; i < book->end_count; i++)
        if (ptn_bytes_equal(book->ends[i].kind, kind) &&
            ptn_bytes_equal(book->ends[i].outcome, outcome))
            return &book->ends[i];
    return NULL;
}

const struct ptn_casebook_line *ptn_casebook_ground(const struct ptn_casebook *book,
                                                    struct ptn_bytes word)
{
    for (size_t i = 0; i < book->ground_count; i++)
        if (ptn_bytes_equal(book->grounds[i].word, word))
            return &book->grounds[i];
    return NULL;
}

struct ptn_bytes ptn_casebook_urgency(const struct ptn_casebook *book, struct ptn_bytes kind)
{
    for (size_t i = 0; i < book->urgency_count; i++)
        if (ptn_bytes_equal(book->urgencies[i].kind, kind))
            return book->urgencies[i].urgency;
    return PTN_BYTES_NONE;
}
