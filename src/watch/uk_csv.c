/*
 * watch/uk_csv.c -- the United Kingdom's two tables: the Treasury's ConList (until January 2026)
 * and the Foreign Office's UK Sanctions List. Both begin with a line that says when, and have one
 * row for each name, address and date of birth: rows with one id are one entry. Built from the
 * publishers' guides and excerpts of real files of 2018 to 2026; no whole one was at hand.
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
    ID_DETAILS,
    PASSPORT,
    PASSPORT_DETAILS,
    REGISTRATION,
    POSITION,
    GENDER,
    BIRTH_TOWN,
    BIRTH_COUNTRY,
    IMO,
    FLAG,
    SHIP_TYPE,
    OWNER,
    LISTED,
    OTHER,
    REASONS,
    ADDRESS_1,
    ADDRESS_2,
    ADDRESS_3,
    ADDRESS_4,
    ADDRESS_5,
    ADDRESS_6,
    POST_CODE,
    COUNTRY,
    COLUMN_COUNT,
};

#define WORDS_MAX 3u

/* The publishers' names of one thing, in any case; the first that is there counts. Before 2020 the
 * Treasury had one column a kind of document. */
static const char *const column_names[COLUMN_COUNT][WORDS_MAX] = {
    [ID] = { "Unique ID", "Group ID" },
    [NAME_6] = { "Name 6" },
    [NAME_1] = { "Name 1" },
    [NAME_2] = { "Name 2" },
    [NAME_3] = { "Name 3" },
    [NAME_4] = { "Name 4" },
    [NAME_5] = { "Name 5" },
    [NAME_TYPE] = { "Name type", "Alias Type" },
    [QUALITY] = { "Alias strength", "Alias Quality" },
    [TITLE] = { "Title" },
    [SCRIPT_NAME] = { "Name non-latin script" },
    [REGIME] = { "Regime Name", "Regime" },
    [KIND] = { "Designation Type", "Group Type" },
    [BIRTH] = { "D.O.B", "DOB" },
    [NATIONALITY] = { "Nationality(/ies)", "Nationality" },
    [ID_NUMBER] = { "National Identifier number", "National Identification Number", "NI Number" },
    [ID_DETAILS] = { "National Identifier additional information",
                     "National Identification Details", "NI Details" },
    [PASSPORT] = { "Passport number" },
    [PASSPORT_DETAILS] = { "Passport additional information", "Passport Details" },
    [REGISTRATION] = { "Business registration number (s)" },
    [POSITION] = { "Position" },
    [GENDER] = { "Gender" },
    [BIRTH_TOWN] = { "Town of birth" },
    [BIRTH_COUNTRY] = { "Country of birth" },
    [IMO] = { "IMO number" },
    [FLAG] = { "Current believed flag of ship", "Flag" },
    [SHIP_TYPE] = { "Type of ship" },
    [OWNER] = { "Current owner/operator (s)" },
    [LISTED] = { "Date Designated", "Listed On" },
    [OTHER] = { "Other Information" },
    [REASONS] = { "UK Statement of Reasons" },
    [ADDRESS_1] = { "Address Line 1", "Address 1" },
    [ADDRESS_2] = { "Address Line 2", "Address 2" },
    [ADDRESS_3] = { "Address Line 3", "Address 3" },
    [ADDRESS_4] = { "Address Line 4", "Address 4" },
    [ADDRESS_5] = { "Address Line 5", "Address 5" },
    [ADDRESS_6] = { "Address Line 6", "Address 6" },
    [POST_CODE] = { "Address Postal Code", "Post/Zip Code", "Post Code" },
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

    /* "Primary name", until 2021 "Prime Alias" */
    if (type.len == 0 || ptn_text_begins(type, "prim"))
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

/* A column of numbers, and the one that says more about them ("Mali passport"): where there is no
 * column of numbers, it holds them. */
static void read_numbers(const struct uk *uk, struct ptn_draft *draft,
                         enum ptn_list_number_type type, enum column numbers, enum column details)
{
    bool own = uk->columns[numbers] != PTN_CSV_NO_FIELD;
    char issuer[PTN_LIST_CODE_SIZE] = { 0 };

    if (own && !ptn_nation_find_start(cell(uk, details), issuer))
        issuer[0] = '\0';
    ptn_draft_number_text(draft, type, cell(uk, own ? numbers : details),
                          ptn_bytes_from_text(issuer));
    if (own)
        ptn_draft_fact(draft, PTN_FACT_REMARK, cell(uk, details));
}

static void read_places(const struct uk *uk, struct ptn_draft *draft)
{
    const struct ptn_bytes birth[] = { cell(uk, BIRTH_TOWN), cell(uk, BIRTH_COUNTRY) };
    const struct ptn_bytes address[] = { cell(uk, ADDRESS_1), cell(uk, ADDRESS_2),
                                         cell(uk, ADDRESS_3), cell(uk, ADDRESS_4),
                                         cell(uk, ADDRESS_5), cell(uk, ADDRESS_6),
                                         cell(uk, POST_CODE), cell(uk, COUNTRY) };

    ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, ptn_draft_join(draft, birth, 2, ", "));
    ptn_draft_fact(draft, PTN_FACT_ADDRESS, ptn_draft_join(draft, address, 8, ", "));
}

static void read_ship(const struct uk *uk, struct ptn_draft *draft)
{
    ptn_draft_number(draft, PTN_NUMBER_IMO, cell(uk, IMO), PTN_BYTES_NONE);
    ptn_draft_fact(draft, PTN_FACT_FLAG, cell(uk, FLAG));
    ptn_draft_fact(draft, PTN_FACT_TITLE, cell(uk, SHIP_TYPE));
    ptn_draft_fact(draft, PTN_FACT_OWNER, cell(uk, OWNER));
}

static void read_row(const struct uk *uk, struct ptn_draft *draft)
{
    const struct ptn_bytes given[] = { cell(uk, NAME_1), cell(uk, NAME_2), cell(uk, NAME_3),
                                       cell(uk, NAME_4), cell(uk, NAME_5) };
    struct ptn_bytes name[2] = { cell(uk, NAME_6), ptn_draft_join(draft, given, 5, " ") };
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
    read_numbers(uk, draft, PTN_NUMBER_ID_CARD, ID_NUMBER, ID_DETAILS);
    read_numbers(uk, draft, PTN_NUMBER_PASSPORT, PASSPORT, PASSPORT_DETAILS);
    ptn_draft_number(draft, PTN_NUMBER_TAX, cell(uk, REGISTRATION), PTN_BYTES_NONE);
    ptn_draft_sex(draft, cell(uk, GENDER));
    read_places(uk, draft);
    read_ship(uk, draft);
    ptn_draft_fact(draft, PTN_FACT_REASON, cell(uk, REASONS));
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
        uk.columns[i] = PTN_CSV_NO_FIELD;
        for (size_t w = 0;
             w < WORDS_MAX && column_names[i][w] != NULL && uk.columns[i] == PTN_CSV_NO_FIELD; w++)
            uk.columns[i] = ptn_csv_column(&uk.table.csv, column_names[i][w]);
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
