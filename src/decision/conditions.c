/*
 * decision/conditions.c -- see conditions.h; the file's format is docs/format/conditions.md.
 *
 * One block holds the table, its rows and a copy of the file that the rows' texts point into.
 */
#include "decision/conditions.h"

#include <stdlib.h>

#include "decision/conditions_int.h"
#include "reference/state.h"

#define FIELDS_MAX     10u
#define SOURCE_MAX     64u
#define SOURCE_LEN_MAX 32u
#define STANDIN_MAX    512u
#define DAYS_MAX       366u

/* Visas or residence permits of another State that are accepted in the place of the country's own.
 */
struct standin {
    char issuer[4];
    bool permit;
    struct ptn_date from, until;
};

struct ptn_conditions {
    char state[4];
    struct ptn_date date;
    size_t row_count;
    size_t standin_count;
    struct ptn_condition *rows; /* Owned; by nationality, document, first day */
    struct standin *standins;   /* Owned */
    uint8_t *text;              /* Owned; the file */
};

/* What a reading keeps beside the table. */
struct reading {
    struct ptn_conditions *table;
    struct ptn_bytes sources[SOURCE_MAX];
    size_t source_count;
    bool headed; /* the first line was seen */
};

static struct ptn_status bad(struct ptn_diag *reterr, size_t line, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reterr, line, text);
}

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
        fields[count++] = ptn_bytes_trim(ptn_bytes_slice(line, from, i - from));
        from = i + 1;
    }
    return count;
}

/* A State's code as documents print it, or "*" where any is allowed. */
static bool read_code(struct ptn_bytes field, bool any, char ret_code[4])
{
    char code[4] = { 0 };

    if (any && ptn_bytes_is(field, "*")) {
        memcpy(ret_code, "*\0\0", 4);
        return true;
    }
    if (field.len < 1 || field.len > 3)
        return false;
    memcpy(code, field.at, field.len);
    if (ptn_state_find(code) == NULL)
        return false;
    memset(ret_code, 0, 4);
    memcpy(ret_code, ptn_state_canonical(code), strlen(ptn_state_canonical(code)));
    return true;
}

static bool read_number(struct ptn_bytes field, unsigned max, unsigned *ret_value)
{
    unsigned value = 0;

    if (field.len < 1 || field.len > 4)
        return false;
    for (size_t i = 0; i < field.len; i++) {
        if (field.at[i] < '0' || field.at[i] > '9')
            return false;
        value = value * 10u + (unsigned)(field.at[i] - '0');
    }
    if (value > max)
        return false;
    *ret_value = value;
    return true;
}

/* A full date, or "-" for an open end. */
static bool read_day(struct ptn_bytes field, struct ptn_date *ret_date)
{
    struct ptn_date date;

    if (ptn_bytes_is(field, "-")) {
        *ret_date = PTN_DATE_NONE;
        return true;
    }
    if (!ptn_ok(ptn_date_parse(field, &date, NULL)) || !ptn_date_is_full(date))
        return false;
    *ret_date = date;
    return true;
}

static bool read_span(const struct ptn_bytes *fields, struct ptn_date *ret_from,
                      struct ptn_date *ret_until)
{
    if (!read_day(fields[0], ret_from) || !read_day(fields[1], ret_until))
        return false;
    return ptn_date_is_none(*ret_from) || ptn_date_is_none(*ret_until) ||
           ptn_date_compare(*ret_from, *ret_until) <= 0;
}

static bool source_known(const struct reading *reading, struct ptn_bytes id)
{
    for (size_t i = 0; i < reading->source_count; i++)
        if (ptn_bytes_equal(reading->sources[i], id))
            return true;
    return false;
}

/* source ID TEXT */
static struct ptn_status take_source(struct reading *reading, const struct ptn_bytes *fields,
                                     size_t count, size_t line, struct ptn_diag *reterr)
{
    if (count != 3 || fields[1].len < 1 || fields[1].len > SOURCE_LEN_MAX || fields[2].len < 1)
        return bad(reterr, line, "a source is an id and a text");
    if (source_known(reading, fields[1]))
        return bad(reterr, line, "this source is named twice");
    if (reading->source_count == SOURCE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, line, "too many sources");
    reading->sources[reading->source_count++] = fields[1];
    return PTN_OK;
}

/* condition NATIONALITY DOCUMENT VISA DAYS WINDOW MARGIN FROM UNTIL SOURCE */
static struct ptn_status take_condition(struct reading *reading, const struct ptn_bytes *fields,
                                        size_t count, size_t line, struct ptn_diag *reterr)
{
    struct ptn_condition row = { 0 };

    if (count != 10)
        return bad(reterr, line, "a condition has ten fields");
    if (!read_code(fields[1], true, row.nationality))
        return bad(reterr, line, "no such nationality");
    row.document = ptn_document_kind_from_word(fields[2]);
    if (row.document == PTN_DOCUMENT_UNKNOWN)
        return bad(reterr, line, "no such kind of document");
    row.visa_needed = ptn_bytes_is(fields[3], "yes");
    if (!row.visa_needed && !ptn_bytes_is(fields[3], "no"))
        return bad(reterr, line, "visa is yes or no");
    if (!read_number(fields[4], DAYS_MAX, &row.days) ||
        !read_number(fields[5], DAYS_MAX, &row.window_days) ||
        !read_number(fields[6], DAYS_MAX, &row.margin_days))
        return bad(reterr, line, "days are numbers up to 366");
    if ((row.days == 0) != (row.window_days == 0) || (row.days != 0 && row.days >= row.window_days))
        return bad(reterr, line, "days allowed must be fewer than the days they are counted in");
    if (!read_span(&fields[7], &row.from, &row.until))
        return bad(reterr, line, "the days in force are two dates in order, or -");
    if (!source_known(reading, fields[9]))
        return bad(reterr, line, "no source of this name above");
    if (reading->table->row_count == PTN_CONDITIONS_ROW_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, line, "too many conditions");
    row.source = fields[9];
    reading->table->rows[reading->table->row_count++] = row;
    return PTN_OK;
}

/* standin ISSUER visa|permit FROM UNTIL SOURCE */
static struct ptn_status take_standin(struct reading *reading, const struct ptn_bytes *fields,
                                      size_t count, size_t line, struct ptn_diag *reterr)
{
    struct standin row = { 0 };

    if (count != 6)
        return bad(reterr, line, "a stand-in has six fields");
    if (!read_code(fields[1], false, row.issuer))
        return bad(reterr, line, "no such issuer");
    row.permit = ptn_bytes_is(fields[2], "permit");
    if (!row.permit && !ptn_bytes_is(fields[2], "visa"))
        return bad(reterr, line, "a stand-in is a visa or a permit");
    if (!read_span(&fields[3], &row.from, &row.until))
        return bad(reterr, line, "the days in force are two dates in order, or -");
    if (!source_known(reading, fields[5]))
        return bad(reterr, line, "no source of this name above");
    if (reading->table->standin_count == STANDIN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, line, "too many stand-ins");
    reading->table->standins[reading->table->standin_count++] = row;
    return PTN_OK;
}

static struct ptn_status take_line(struct reading *reading, struct ptn_bytes text, size_t line,
                                   struct ptn_diag *reterr)
{
    struct ptn_conditions *table = reading->table;
    struct ptn_bytes fields[FIELDS_MAX] = { 0 };
    size_t count = split(text, fields);

    if (count > FIELDS_MAX)
        return bad(reterr, line, "too many fields");
    if (!reading->headed) {
        if (count != 2 || !ptn_bytes_is(fields[0], "postern-conditions") ||
            !ptn_bytes_is(fields[1], "1"))
            return bad(reterr, line, "the file does not begin with postern-conditions 1");
        reading->headed = true;
        return PTN_OK;
    }
    if (ptn_bytes_is(fields[0], "source"))
        return take_source(reading, fields, count, line, reterr);
    if (ptn_bytes_is(fields[0], "condition"))
        return take_condition(reading, fields, count, line, reterr);
    if (ptn_bytes_is(fields[0], "standin"))
        return take_standin(reading, fields, count, line, reterr);
    if (ptn_bytes_is(fields[0], "state") && count == 2 && table->state[0] == '\0') {
        if (!read_code(fields[1], false, table->state))
            return bad(reterr, line, "no such State");
        return PTN_OK;
    }
    if (ptn_bytes_is(fields[0], "checked") && count == 2 && ptn_date_is_none(table->date)) {
        if (!read_day(fields[1], &table->date) || ptn_date_is_none(table->date))
            return bad(reterr, line, "checked is a full date");
        return PTN_OK;
    }
    return bad(reterr, line, "no such kind of line, or it stands twice");
}

/* By nationality, document and first day; an open first day comes first. */
static int compare_rows(const void *left, const void *right)
{
    const struct ptn_condition *a = left;
    const struct ptn_condition *b = right;
    int order = memcmp(a->nationality, b->nationality, sizeof(a->nationality));

    if (order != 0)
        return order;
    if (a->document != b->document)
        return a->document < b->document ? -1 : 1;
    if (ptn_date_equal(a->from, b->from))
        return 0;
    if (a->from.year != b->from.year)
        return a->from.year < b->from.year ? -1 : 1;
    if (a->from.month != b->from.month)
        return a->from.month < b->from.month ? -1 : 1;
    return a->from.day < b->from.day ? -1 : 1;
}

static bool same_key(const struct ptn_condition *a, const struct ptn_condition *b)
{
    return memcmp(a->nationality, b->nationality, sizeof(a->nationality)) == 0 &&
           a->document == b->document;
}

static struct ptn_status finish(struct reading *reading, size_t line, struct ptn_diag *reterr)
{
    struct ptn_conditions *table = reading->table;

    if (!reading->headed || table->state[0] == '\0' || ptn_date_is_none(table->date) ||
        table->row_count == 0)
        return bad(reterr, line, "the head, the State, the date or every condition is missing");
    qsort(table->rows, table->row_count, sizeof(table->rows[0]), compare_rows);
    for (size_t i = 1; i < table->row_count; i++) {
        const struct ptn_condition *before = &table->rows[i - 1];
        const struct ptn_condition *row = &table->rows[i];

        if (same_key(before, row) &&
            (ptn_date_is_none(before->until) || ptn_date_is_none(row->from) ||
             ptn_date_compare(before->until, row->from) >= 0))
            return bad(reterr, line, "two conditions are in force on one day");
    }
    return PTN_OK;
}

/* At least one; no table has more rows than that. */
static size_t count_lines(struct ptn_bytes file)
{
    size_t count = 1;

    for (size_t i = 0; i < file.len; i++)
        count += file.at[i] == '\n' ? 1u : 0u;
    return count;
}

struct ptn_status ptn_conditions_load(struct ptn_bytes file, struct ptn_conditions **ret_conditions,
                                      struct ptn_diag *reterr)
{
    struct reading reading = { 0 };
    struct ptn_cursor cursor;
    struct ptn_bytes text;
    struct ptn_status status = PTN_OK;
    size_t line_max;
    size_t line = 0;

    PTN_PRE(ret_conditions != NULL);
    if (file.len > PTN_CONDITIONS_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the conditions file is too long");
    reading.table = calloc(1, sizeof(*reading.table));
    if (reading.table == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the conditions");
    reading.table->text = malloc(file.len + 1);
    line_max = count_lines(file);
    reading.table->rows = calloc(line_max, sizeof(reading.table->rows[0]));
    reading.table->standins = calloc(line_max, sizeof(reading.table->standins[0]));
    if (reading.table->text == NULL || reading.table->rows == NULL ||
        reading.table->standins == NULL) {
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the conditions");
        goto out;
    }
    if (file.len > 0)
        memcpy(reading.table->text, file.at, file.len);
    cursor = ptn_cursor_at(ptn_bytes_of(reading.table->text, file.len));
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &text))) {
        line++;
        text = ptn_bytes_trim(text);
        if (text.len > 0 && text.at[0] != '#')
            status = take_line(&reading, text, line, reterr);
    }
    if (ptn_ok(status))
        status = finish(&reading, line, reterr);
    if (ptn_ok(status)) {
        *ret_conditions = reading.table;
        reading.table = NULL;
    }
out:
    ptn_conditions_free(reading.table);
    return status;
}

void ptn_conditions_free(struct ptn_conditions *conditions)
{
    if (conditions == NULL)
        return;
    free(conditions->rows);
    free(conditions->standins);
    free(conditions->text);
    free(conditions);
}

struct ptn_bytes ptn_conditions_shipped(void)
{
    return ptn_bytes_of(ptn_conditions_file, ptn_conditions_file_len);
}

struct ptn_date ptn_conditions_date(const struct ptn_conditions *conditions)
{
    return conditions->date;
}

const char *ptn_conditions_state(const struct ptn_conditions *conditions)
{
    return conditions->state;
}

static bool in_force(struct ptn_date from, struct ptn_date until, struct ptn_date on)
{
    return (ptn_date_is_none(from) || ptn_date_compare(from, on) <= 0) &&
           (ptn_date_is_none(until) || ptn_date_compare(on, until) <= 0);
}

/* The first row with this key, or the count. */
static size_t lower_bound(const struct ptn_conditions *conditions, const struct ptn_condition *key)
{
    size_t low = 0;
    size_t high = conditions->row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_rows(&conditions->rows[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct ptn_condition *find_row(const struct ptn_conditions *conditions,
                                            const char *nationality,
                                            enum ptn_document_kind document, struct ptn_date on)
{
    struct ptn_condition key = { .document = document };
    size_t len = strlen(nationality);

    memcpy(key.nationality, nationality, len < 3 ? len : 3);
    for (size_t i = lower_bound(conditions, &key); i < conditions->row_count; i++) {
        const struct ptn_condition *row = &conditions->rows[i];

        if (!same_key(row, &key))
            break;
        if (in_force(row->from, row->until, on))
            return row;
    }
    return NULL;
}

const struct ptn_condition *ptn_conditions_find(const struct ptn_conditions *conditions,
                                                const char *nationality,
                                                enum ptn_document_kind document, struct ptn_date on)
{
    const char *code = ptn_state_canonical(nationality);
    const struct ptn_condition *row = find_row(conditions, code, document, on);

    /* These are at least passports: who needs no visa with a passport needs none with them. */
    if (row == NULL &&
        (document == PTN_DOCUMENT_DIPLOMATIC_PASSPORT ||
         document == PTN_DOCUMENT_SERVICE_PASSPORT || document == PTN_DOCUMENT_EMERGENCY))
        row = find_row(conditions, code, PTN_DOCUMENT_PASSPORT, on);
    return row != NULL ? row : find_row(conditions, "*", document, on);
}

bool ptn_conditions_stands_in(const struct ptn_conditions *conditions, const char *issuer,
                              bool permit, struct ptn_date on)
{
    const char *code = ptn_state_canonical(issuer);

    for (size_t i = 0; i < conditions->standin_count; i++) {
        const struct standin *row = &conditions->standins[i];

        if (row->permit == permit && strcmp(row->issuer, code) == 0 &&
            in_force(row->from, row->until, on))
            return true;
    }
    return false;
}
