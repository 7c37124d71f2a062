/* watch/simple_csv.c -- OpenSanctions' targets.simple.csv. */
#include "watch/list_int.h"

enum column {
    ID,
    SCHEMA,
    NAME,
    ALIASES,
    BIRTH_DATE,
    COUNTRIES,
    ADDRESSES,
    IDENTIFIERS,
    SANCTIONS,
    DATASET,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "id",        "schema",    "name",        "aliases",   "birth_date",
    "countries", "addresses", "identifiers", "sanctions", "dataset",
};

/* What to do with one of the values of a cell. */
typedef void (*value_fn)(struct ptn_draft *draft, struct ptn_bytes value);

/* Values are separated by ";"; one that holds ";" stands in quotes of its own. */
static void each_value(struct ptn_draft *draft, struct ptn_bytes cell, value_fn use)
{
    size_t start = 0;
    bool quoted = false;

    for (size_t i = 0; i <= cell.len; i++) {
        struct ptn_bytes value;

        if (i < cell.len && cell.at[i] == '"')
            quoted = !quoted;
        if (i < cell.len && (cell.at[i] != ';' || quoted))
            continue;
        value = ptn_bytes_trim(ptn_bytes_slice(cell, start, i - start));
        if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
            value = ptn_bytes_slice(value, 1, value.len - 2);
        if (value.len > 0)
            use(draft, value);
        start = i + 1;
    }
}

static void use_alias(struct ptn_draft *draft, struct ptn_bytes value)
{
    ptn_draft_name(draft, value, PTN_ALIAS_STRONG);
}

/* A collection of every number of an entry, types untold. */
static void use_identifier(struct ptn_draft *draft, struct ptn_bytes value)
{
    ptn_draft_number(draft, PTN_NUMBER_OTHER_DOCUMENT, value, PTN_BYTES_NONE);
}

static void use_address(struct ptn_draft *draft, struct ptn_bytes value)
{
    ptn_draft_fact(draft, PTN_FACT_ADDRESS, value);
}

static void use_sanction(struct ptn_draft *draft, struct ptn_bytes value)
{
    ptn_draft_fact(draft, PTN_FACT_PROGRAMME, value);
}

static enum ptn_entry_kind kind_of(struct ptn_bytes schema)
{
    if (ptn_text_is(schema, "Person"))
        return PTN_ENTRY_PERSON;
    if (ptn_text_is(schema, "Vessel"))
        return PTN_ENTRY_VESSEL;
    return ptn_text_is(schema, "Airplane") ? PTN_ENTRY_AIRCRAFT : PTN_ENTRY_ENTITY;
}

struct ptn_status ptn_simple_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                      struct ptn_diag *reterr)
{
    struct ptn_table table;
    struct ptn_status status = ptn_table_open(&table, source->main, ',', draft, reterr);
    size_t columns[COLUMN_COUNT];

    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        columns[i] = ptn_csv_column(&table.csv, column_names[i]);
    if (columns[ID] == PTN_CSV_NO_FIELD || columns[SCHEMA] == PTN_CSV_NO_FIELD ||
        columns[NAME] == PTN_CSV_NO_FIELD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1,
                        "the header lacks the columns id, schema and name");
    for (;;) {
        struct ptn_bytes cells[COLUMN_COUNT];

        status = ptn_table_next(&table, draft, reterr);
        if (!ptn_ok(status))
            return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
        for (size_t i = 0; i < COLUMN_COUNT; i++)
            cells[i] = ptn_csv_field(&table.csv, columns[i]);
        ptn_draft_id(draft, cells[ID]);
        draft->entry.kind = kind_of(cells[SCHEMA]);
        ptn_draft_name(draft, cells[NAME], PTN_ALIAS_PRIMARY);
        each_value(draft, cells[ALIASES], use_alias);
        each_value(draft, cells[BIRTH_DATE], ptn_draft_birth_text);
        each_value(draft, cells[COUNTRIES], ptn_draft_nation_text);
        each_value(draft, cells[ADDRESSES], use_address);
        each_value(draft, cells[IDENTIFIERS], use_identifier);
        each_value(draft, cells[SANCTIONS], use_sanction);
        ptn_draft_fact(draft, PTN_FACT_PROGRAMME, cells[DATASET]);
        ptn_draft_finish(draft);
    }
}
