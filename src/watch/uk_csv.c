/*
 * watch/uk_csv.c -- the United Kingdom's two tables: the Treasury's ConList (until 2026) and the
 * Foreign Office's UK Sanctions List. Both begin with a line that says when, and have one row for
 * each name: rows with one id are one entry. Built from the publishers' descriptions, not tried on
 * a whole real file.
 */
#include "watch/list_int.h"

enum column {
    ID,
    NAME_6,
    NAME_1,
    NAME_2,
    NAME_3,
    NAME_4,
    NAME_5,
    NAME_TYPE,
    QUALITY,
    TITLE,
    SCRIPT_NAME,
    REGIME,
    KIND,
    BIRTH,
    NATIONALITY,
    ID_NUMBER,
    PASSPORT,
    POSITION,
    GENDER,
    BIRTH_TOWN,
    BIRTH_COUNTRY,
    IMO,
    FLAG,
    LISTED,
    OTHER,
    COUNTRY,
    COLUMN_COUNT,
};

/* The two publishers' names of one thing. */
static const char *const column_names[COLUMN_COUNT][2] = {
    [ID] = { "Unique ID", "Group ID" },
    [NAME_6] = { "Name 6", "Name 6" },
    [NAME_1] = { "Name 1", "Name 1" },
    [NAME_2] = { "Name 2", "Name 2" },
    [NAME_3] = { "Name 3", "Name 3" },
    [NAME_4] = { "Name 4", "Name 4" },
    [NAME_5] = { "Name 5", "Name 5" },
    [NAME_TYPE] = { "Name type", "Alias Type" },
    [QUALITY] = { "Alias strength", "Alias Quality" },
    [TITLE] = { "Title", "Title" },
    [SCRIPT_NAME] = { "Name non-latin script", "Name Non-Latin Script" },
    [REGIME] = { "Regime Name", "Regime" },
    [KIND] = { "Designation Type", "Group Type" },
    [BIRTH] = { "D.O.B", "DOB" },
    [NATIONALITY] = { "Nationality(/ies)", "Nationality" },
    [ID_NUMBER] = { "National Identifier number", "National Identification Number" },
    [PASSPORT] = { "Passport number", "Passport Number" },
    [POSITION] = { "Position", "Position" },
    [GENDER] = { "Gender", "Gender" },
    [BIRTH_TOWN] = { "Town of birth", "Town of Birth" },
    [BIRTH_COUNTRY] = { "Country of birth", "Country of Birth" },
    [IMO] = { "IMO number", "IMO number" },
    [FLAG] = { "Current believed flag of ship", "Flag" },
    [LISTED] = { "Date Designated", "Listed On" },
    [OTHER] = { "Other Information", "Other Information" },
    [COUNTRY] = { "Address Country", "Country" },
};

struct uk {
    struct ptn_table table;
    size_t columns[COLUMN_COUNT];
};

static struct ptn_bytes cell(const struct uk *uk, enum column column)
{
    return ptn_csv_field(&uk->table.csv, uk->columns[column]);
}

static enum ptn_entry_kind kind_of(struct ptn_bytes type)
{
    if (ptn_text_is(type, "Individual"))
        return PTN_ENTRY_PERSON;
    return ptn_text_is(type, "Ship") ? PTN_ENTRY_VESSEL : PTN_ENTRY_ENTITY;
}

static enum ptn_alias alias_of(const struct uk *uk)
{
    struct ptn_bytes type = cell(uk, NAME_TYPE);

    if (type.len == 0 || ptn_text_find(type, "primary name") == 0)
        return ptn_text_find(type, "variation") == SIZE_MAX ? PTN_ALIAS_PRIMARY : PTN_ALIAS_STRONG;
    return ptn_text_find(cell(uk, QUALITY), "low") != SIZE_MAX ? PTN_ALIAS_WEAK : PTN_ALIAS_STRONG;
}

static void read_listed(struct ptn_draft *draft, struct ptn_bytes text)
{
    struct ptn_list_birth dates[PTN_BIRTH_TEXT_MAX];
    size_t count = 0;

    if (text.len > 0 && ptn_birth_read(text, dates, &count) && count == 1)
        draft->entry.listed_on = dates[0].first;
    else if (text.len > 0)
        ptn_draft_note(draft, draft->entry.line, "the date of listing was not understood");
}

static void read_row(const struct uk *uk, struct ptn_draft *draft)
{
    const struct ptn_bytes given[] = { cell(uk, NAME_1), cell(uk, NAME_2), cell(uk, NAME_3),
                                       cell(uk, NAME_4), cell(uk, NAME_5) };
    struct ptn_bytes name[2] = { cell(uk, NAME_6), ptn_draft_join(draft, given, 5, " ") };
    const struct ptn_bytes place[] = { cell(uk, BIRTH_TOWN), cell(uk, BIRTH_COUNTRY) };
    bool person = kind_of(cell(uk, KIND)) == PTN_ENTRY_PERSON;

    ptn_draft_id(draft, cell(uk, ID));
    draft->entry.kind = kind_of(cell(uk, KIND));
    ptn_draft_name(draft, ptn_draft_join(draft, name, 2, person ? ", " : " "), alias_of(uk));
    ptn_draft_name(draft, cell(uk, SCRIPT_NAME), PTN_ALIAS_STRONG);
    ptn_draft_fact(draft, PTN_FACT_TITLE, cell(uk, TITLE));
    ptn_draft_fact(draft, PTN_FACT_TITLE, cell(uk, POSITION));
    ptn_draft_fact(draft, PTN_FACT_PROGRAMME, cell(uk, REGIME));
    ptn_draft_birth_text(draft, cell(uk, BIRTH));
    ptn_draft_nation_text(draft, cell(uk, NATIONALITY));
    ptn_draft_number_text(draft, PTN_NUMBER_ID_CARD, cell(uk, ID_NUMBER), PTN_BYTES_NONE);
    ptn_draft_number_text(draft, PTN_NUMBER_PASSPORT, cell(uk, PASSPORT), PTN_BYTES_NONE);
    ptn_draft_sex(draft, cell(uk, GENDER));
    ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, ptn_draft_join(draft, place, 2, ", "));
    ptn_draft_number(draft, PTN_NUMBER_IMO, cell(uk, IMO), PTN_BYTES_NONE);
    ptn_draft_fact(draft, PTN_FACT_FLAG, cell(uk, FLAG));
    ptn_draft_fact(draft, PTN_FACT_ADDRESS, cell(uk, COUNTRY));
    ptn_draft_fact(draft, PTN_FACT_REMARK, cell(uk, OTHER));
    read_listed(draft, cell(uk, LISTED));
    ptn_draft_finish(draft);
}

/* The line before the header: any date in it is the edition. */
static void read_first_line(const struct uk *uk, struct ptn_draft *draft)
{
    for (size_t i = 0; i < uk->table.csv.field_count; i++) {
        struct ptn_list_birth dates[PTN_BIRTH_TEXT_MAX];
        size_t count = 0;

        (void)ptn_birth_read(ptn_csv_field(&uk->table.csv, i), dates, &count);
        if (count > 0)
            draft->summary->edition_ms = (int64_t)ptn_date_to_days(dates[0].first) * 86400000;
    }
}

struct ptn_status ptn_uk_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                  struct ptn_diag *reterr)
{
    struct uk uk;
    struct ptn_status status = ptn_table_open(&uk.table, source->main, ',', draft, reterr);

    draft->fragments = true;
    if (ptn_ok(status) && ptn_csv_column(&uk.table.csv, "Name 6") == PTN_CSV_NO_FIELD) {
        read_first_line(&uk, draft);
        status = ptn_csv_next(&uk.table.csv, draft->arena, reterr);
        uk.table.width = uk.table.csv.field_count;
    }
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "the file holds no header");
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        uk.columns[i] = ptn_csv_column(&uk.table.csv, column_names[i][0]);
        if (uk.columns[i] == PTN_CSV_NO_FIELD)
            uk.columns[i] = ptn_csv_column(&uk.table.csv, column_names[i][1]);
    }
    if (uk.columns[ID] == PTN_CSV_NO_FIELD || uk.columns[NAME_6] == PTN_CSV_NO_FIELD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 2,
                        "the header lacks an id (Unique ID or Group ID) or Name 6");
    for (;;) {
        status = ptn_table_next(&uk.table, draft, reterr);
        if (!ptn_ok(status))
            return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
        read_row(&uk, draft);
    }
}
