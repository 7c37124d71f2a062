/* watch/eu_oj_csv.c -- annexes of EU regulations as the Official Journal prints them, put into a
 * table. */
#include "base/text.h"
#include "watch/list_int.h"

enum column {
    CELEX,
    RECORD,
    PROGRAMME,
    ANNEX,
    MEASURE,
    START,
    REASON,
    SCHEMA,
    NAME,
    ALIAS,
    WEAK_ALIAS,
    PREVIOUS_NAME,
    NATIONALITY,
    BIRTH_DATE,
    BIRTH_PLACE,
    POSITION,
    PASSPORT,
    ID_NUMBER,
    GENDER,
    TAX_NUMBER,
    REGISTRATION,
    IMO,
    MMSI,
    FLAG,
    ADDRESS,
    NOTES,
    COLUMN_COUNT,
};

static const char *const column_names[COLUMN_COUNT] = {
    "celex",       "recordId",       "programKey",
    "annex",       "measure",        "startDate",
    "reason",      "schema",         "name",
    "alias",       "weakAlias",      "previousName",
    "nationality", "birthDate",      "birthPlace",
    "position",    "passportNumber", "idNumber",
    "gender",      "taxNumber",      "registrationNumber",
    "imoNumber",   "mmsi",           "flag",
    "address",     "notes",
};

struct oj {
    struct ptn_table table;
    size_t columns[COLUMN_COUNT];
};

static struct ptn_bytes cell(const struct oj *oj, enum column column)
{
    return ptn_csv_field(&oj->table.csv, oj->columns[column]);
}

/* A value that holds ";" stands in quotes of its own. */
static struct ptn_bytes unquote(struct ptn_bytes text)
{
    text = ptn_bytes_trim(text);
    if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
        return ptn_bytes_trim(ptn_bytes_slice(text, 1, text.len - 2));
    return text;
}

/* Is the first letter of another script than Latin? */
static bool other_script(struct ptn_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t letter = ptn_utf8_next(text, &at);

        if (letter >= 0x370 && (letter < 0x1e00 || letter > 0x2bff))
            return true;
        if ((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
            (letter >= 0xc0 && letter < 0x370))
            return false;
    }
    return false;
}

/* "Abdelali Abou Dher (عبد العالي)" is two spellings. */
static void one_name(struct ptn_draft *draft, struct ptn_bytes text, enum ptn_alias alias)
{
    size_t open = 0, close;

    text = unquote(text);
    while (open < text.len && text.at[open] != '(')
        open++;
    close = open;
    while (close < text.len && text.at[close] != ')')
        close++;
    if (open > 0 && close < text.len &&
        other_script(ptn_bytes_slice(text, open + 1, close - open - 1))) {
        ptn_draft_name(draft, ptn_bytes_slice(text, 0, open), alias);
        ptn_draft_name(draft, ptn_bytes_slice(text, open + 1, close - open - 1),
                       alias == PTN_ALIAS_PRIMARY ? PTN_ALIAS_STRONG : alias);
        return;
    }
    ptn_draft_name(draft, text, alias);
}

static void many_names(struct ptn_draft *draft, struct ptn_bytes text, enum ptn_alias alias)
{
    size_t start = 0;
    bool quoted = false;

    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.at[i] == '"')
            quoted = !quoted;
        if (i < text.len && (text.at[i] != ';' || quoted))
            continue;
        one_name(draft, ptn_bytes_slice(text, start, i - start), alias);
        start = i + 1;
    }
}

static enum ptn_entry_kind kind_of(struct ptn_draft *draft, struct ptn_bytes schema)
{
    if (ptn_text_is(schema, "Person"))
        return PTN_ENTRY_PERSON;
    if (ptn_text_is(schema, "Vessel"))
        return PTN_ENTRY_VESSEL;
    if (ptn_text_is(schema, "Airplane"))
        return PTN_ENTRY_AIRCRAFT;
    if (!ptn_text_is(schema, "LegalEntity") && !ptn_text_is(schema, "Company") &&
        !ptn_text_is(schema, "Organization") && !ptn_text_is(schema, "Asset"))
        ptn_draft_note(draft, draft->entry.line,
                       "the kind of an entry was not understood; taken as an entity");
    return PTN_ENTRY_ENTITY;
}

static void read_listed(struct ptn_draft *draft, struct ptn_bytes text)
{
    struct ptn_list_birth dates[PTN_BIRTH_TEXT_MAX];
    size_t count = 0;

    if (text.len == 0)
        return;
    if (ptn_birth_read(text, dates, &count) && count > 0)
        draft->entry.listed_on = dates[0].first;
    else
        ptn_draft_note(draft, draft->entry.line, "the date of listing was not understood");
}

static void read_row(const struct oj *oj, struct ptn_draft *draft)
{
    /* some annexes number nothing: the name then tells entries apart */
    const struct ptn_bytes id[] = { cell(oj, CELEX), cell(oj, ANNEX),
                                    cell(oj, RECORD).len > 0 ? cell(oj, RECORD) : cell(oj, NAME) };

    ptn_draft_id(draft, ptn_draft_join(draft, id, 3, "/"));
    draft->entry.kind = kind_of(draft, cell(oj, SCHEMA));
    one_name(draft, cell(oj, NAME), PTN_ALIAS_PRIMARY);
    many_names(draft, cell(oj, ALIAS), PTN_ALIAS_STRONG);
    many_names(draft, cell(oj, PREVIOUS_NAME), PTN_ALIAS_STRONG);
    many_names(draft, cell(oj, WEAK_ALIAS), PTN_ALIAS_WEAK);
    ptn_draft_nation_text(draft, unquote(cell(oj, NATIONALITY)));
    ptn_draft_birth_text(draft, cell(oj, BIRTH_DATE));
    ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, cell(oj, BIRTH_PLACE));
    ptn_draft_sex(draft, cell(oj, GENDER));
    ptn_draft_number_text(draft, PTN_NUMBER_PASSPORT, unquote(cell(oj, PASSPORT)), PTN_BYTES_NONE);
    ptn_draft_number_text(draft, PTN_NUMBER_ID_CARD, unquote(cell(oj, ID_NUMBER)), PTN_BYTES_NONE);
    ptn_draft_number(draft, PTN_NUMBER_TAX, cell(oj, TAX_NUMBER), PTN_BYTES_NONE);
    ptn_draft_number(draft, PTN_NUMBER_TAX, cell(oj, REGISTRATION), PTN_BYTES_NONE);
    ptn_draft_number(draft, PTN_NUMBER_IMO, cell(oj, IMO), PTN_BYTES_NONE);
    ptn_draft_number(draft, PTN_NUMBER_MMSI, cell(oj, MMSI), PTN_BYTES_NONE);
    ptn_draft_fact(draft, PTN_FACT_FLAG, cell(oj, FLAG));
    ptn_draft_fact(draft, PTN_FACT_PROGRAMME, cell(oj, PROGRAMME));
    ptn_draft_fact(draft, PTN_FACT_LEGAL_BASIS, cell(oj, CELEX));
    ptn_draft_fact(draft, PTN_FACT_REMARK, cell(oj, MEASURE));
    ptn_draft_fact(draft, PTN_FACT_TITLE, cell(oj, POSITION));
    ptn_draft_fact(draft, PTN_FACT_ADDRESS, cell(oj, ADDRESS));
    ptn_draft_fact(draft, PTN_FACT_REASON, cell(oj, REASON));
    ptn_draft_fact(draft, PTN_FACT_REMARK, cell(oj, NOTES));
    read_listed(draft, cell(oj, START));
    ptn_draft_finish(draft);
}

struct ptn_status ptn_eu_oj_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                     struct ptn_diag *reterr)
{
    struct oj oj;
    struct ptn_status status = ptn_table_open(&oj.table, source->main, ',', draft, reterr);

    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        oj.columns[i] = ptn_csv_column(&oj.table.csv, column_names[i]);
    if (oj.columns[CELEX] == PTN_CSV_NO_FIELD || oj.columns[NAME] == PTN_CSV_NO_FIELD ||
        oj.columns[SCHEMA] == PTN_CSV_NO_FIELD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1,
                        "the header lacks the columns celex, schema and name");
    for (;;) {
        status = ptn_table_next(&oj.table, draft, reterr);
        if (!ptn_ok(status))
            return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
        read_row(&oj, draft);
    }
}
