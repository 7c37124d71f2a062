/* watch/table.c -- tables with a header row, and the two that are Postern's own: stolen documents
 * and vehicles. */
#include "watch/list_int.h"

struct ptn_status ptn_table_open(struct ptn_table *table, struct ptn_bytes bytes, char separator,
                                 struct ptn_draft *draft, struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (separator == 0)
        separator = ptn_csv_separator(bytes, ",;\t");
    ptn_csv_init(&table->csv, bytes, separator);
    status = ptn_csv_next(&table->csv, draft->arena, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "the file is empty");
    table->width = table->csv.field_count;
    return status;
}

struct ptn_status ptn_table_next(struct ptn_table *table, struct ptn_draft *draft,
                                 struct ptn_diag *reterr)
{
    for (;;) {
        struct ptn_status status;

        if (!ptn_ok(draft->status))
            return draft->status;
        ptn_arena_clear(draft->arena);
        status = ptn_csv_next(&table->csv, draft->arena, reterr);
        if (!ptn_ok(status))
            return status;
        if (!table->csv.closed)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, table->csv.row_line,
                            "the last line does not end: the file may be cut short");
        draft->summary->rows++;
        ptn_draft_start(draft, table->csv.row_line);
        if (table->csv.field_count == table->width)
            return PTN_OK;
        ptn_draft_reject(draft, table->csv.row_line, PTN_BYTES_NONE,
                         "a row with more or fewer fields than the header");
    }
}

/* The first of the names that the header has; words is NULL-terminated. */
static size_t column_of(const struct ptn_csv *csv, const char *const *words)
{
    size_t column = PTN_CSV_NO_FIELD;

    for (; *words != NULL && column == PTN_CSV_NO_FIELD; words++)
        column = ptn_csv_column(csv, *words);
    return column;
}

static const char *const number_words[] = { "number", "document_number", "document number", NULL };
static const char *const issuer_words[] = { "issuer",  "issuing_state", "issuing state",
                                            "country", "state",         NULL };
static const char *const type_words[] = { "type", "document_type", "document type", NULL };
static const char *const date_words[] = { "reported", "date", "date_of_theft", "date of theft",
                                          NULL };
static const char *const reason_words[] = { "circumstances", "reason", "remarks", NULL };
static const char *const plate_words[] = { "plate", "registration", "number", NULL };
static const char *const make_words[] = { "make", "vehicle", "description", NULL };
static const char *const chassis_words[] = { "vin", "chassis", NULL };

static enum ptn_list_number_type document_type(struct ptn_draft *draft, struct ptn_bytes text)
{
    if (text.len == 0 || ptn_text_begins(text, "p"))
        return PTN_NUMBER_PASSPORT;
    if (ptn_text_begins(text, "i") || ptn_text_begins(text, "id"))
        return PTN_NUMBER_ID_CARD;
    if (!ptn_text_begins(text, "v") && !ptn_text_begins(text, "r") &&
        !ptn_text_is(text, "document") && !ptn_text_begins(text, "o"))
        ptn_draft_note(draft, draft->entry.line, "the type of a document was not understood");
    return PTN_NUMBER_OTHER_DOCUMENT;
}

static void read_date(struct ptn_draft *draft, struct ptn_bytes text)
{
    struct ptn_list_birth dates[PTN_BIRTH_TEXT_MAX];
    size_t count = 0;

    if (text.len == 0)
        return;
    if (ptn_birth_read(text, dates, &count) && count == 1)
        draft->entry.listed_on = dates[0].first;
    else
        ptn_draft_note(draft, draft->entry.line, "the date of the report was not understood");
}

/* The id of a thing known by issuer and number: "ALB/AB1234567". */
static void thing_id(struct ptn_draft *draft)
{
    const struct ptn_list_number *number = &draft->numbers[0];
    const struct ptn_bytes parts[2] = { ptn_bytes_from_text(number->issuer), number->number };

    ptn_draft_id(draft, ptn_draft_join(draft, parts, 2, "/"));
}

struct ptn_status ptn_stolen_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                      struct ptn_diag *reterr)
{
    struct ptn_table table;
    struct ptn_status status = ptn_table_open(&table, source->main, 0, draft, reterr);
    size_t number, issuer, type, date, reason;

    if (!ptn_ok(status))
        return status;
    number = column_of(&table.csv, number_words);
    issuer = column_of(&table.csv, issuer_words);
    type = column_of(&table.csv, type_words);
    date = column_of(&table.csv, date_words);
    reason = column_of(&table.csv, reason_words);
    if (number == PTN_CSV_NO_FIELD || issuer == PTN_CSV_NO_FIELD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1,
                        "the header lacks the columns number and issuer");
    for (;;) {
        status = ptn_table_next(&table, draft, reterr);
        if (!ptn_ok(status))
            return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
        draft->entry.kind = PTN_ENTRY_DOCUMENT;
        ptn_draft_number(draft, document_type(draft, ptn_csv_field(&table.csv, type)),
                         ptn_csv_field(&table.csv, number), ptn_csv_field(&table.csv, issuer));
        if (draft->entry.number_count == 0) {
            ptn_draft_reject(draft, draft->entry.line, PTN_BYTES_NONE,
                             "a document without a number");
            continue;
        }
        thing_id(draft);
        read_date(draft, ptn_csv_field(&table.csv, date));
        ptn_draft_fact(draft, PTN_FACT_REASON, ptn_csv_field(&table.csv, reason));
        ptn_draft_finish(draft);
    }
}

struct ptn_status ptn_vehicle_csv_read(const struct ptn_list_source *source,
                                       struct ptn_draft *draft, struct ptn_diag *reterr)
{
    struct ptn_table table;
    struct ptn_status status = ptn_table_open(&table, source->main, 0, draft, reterr);
    size_t plate, issuer, date, reason, make, chassis;

    if (!ptn_ok(status))
        return status;
    plate = column_of(&table.csv, plate_words);
    issuer = column_of(&table.csv, issuer_words);
    date = column_of(&table.csv, date_words);
    reason = column_of(&table.csv, reason_words);
    make = column_of(&table.csv, make_words);
    chassis = column_of(&table.csv, chassis_words);
    if (plate == PTN_CSV_NO_FIELD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "the header lacks the column plate");
    for (;;) {
        status = ptn_table_next(&table, draft, reterr);
        if (!ptn_ok(status))
            return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
        draft->entry.kind = PTN_ENTRY_VEHICLE;
        ptn_draft_number(draft, PTN_NUMBER_PLATE, ptn_csv_field(&table.csv, plate),
                         ptn_csv_field(&table.csv, issuer));
        if (draft->entry.number_count == 0) {
            ptn_draft_reject(draft, draft->entry.line, PTN_BYTES_NONE, "a vehicle without a plate");
            continue;
        }
        thing_id(draft);
        read_date(draft, ptn_csv_field(&table.csv, date));
        ptn_draft_fact(draft, PTN_FACT_TITLE, ptn_csv_field(&table.csv, make));
        ptn_draft_number(draft, PTN_NUMBER_TAX, ptn_csv_field(&table.csv, chassis), PTN_BYTES_NONE);
        ptn_draft_fact(draft, PTN_FACT_REASON, ptn_csv_field(&table.csv, reason));
        ptn_draft_finish(draft);
    }
}
