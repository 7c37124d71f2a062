/* decision/rules_row.c -- what a rule sees of one traveller: docs/format/rules.md, "Columns". */
#include "decision/rules_int.h"
#include "record/person.h"
#include "reference/state.h"

const struct rule_column_entry ptn_rule_columns[RULE_COLUMN_COUNT] = {
    [RULE_COLUMN_DIRECTION] = { "direction", true },
    [RULE_COLUMN_TODAY] = { "today", true },
    [RULE_COLUMN_POST] = { "post", true },
    [RULE_COLUMN_SURNAME] = { "surname", true },
    [RULE_COLUMN_GIVEN] = { "given", true },
    [RULE_COLUMN_NAME] = { "name", true },
    [RULE_COLUMN_BIRTH] = { "birth", true },
    [RULE_COLUMN_AGE] = { "age", false },
    [RULE_COLUMN_SEX] = { "sex", true },
    [RULE_COLUMN_NATIONALITY] = { "nationality", true },
    [RULE_COLUMN_OWN_NATIONAL] = { "own_national", false },
    [RULE_COLUMN_DOCUMENT_KIND] = { "document_kind", true },
    [RULE_COLUMN_DOCUMENT_CODE] = { "document_code", true },
    [RULE_COLUMN_ISSUER] = { "issuer", true },
    [RULE_COLUMN_NUMBER] = { "number", true },
    [RULE_COLUMN_EXPIRY] = { "expiry", true },
    [RULE_COLUMN_DAYS_TO_EXPIRY] = { "days_to_expiry", false },
    [RULE_COLUMN_MRZ] = { "mrz", true },
    [RULE_COLUMN_PLATE] = { "plate", true },
    [RULE_COLUMN_PARTY_ADULTS] = { "party_adults", false },
    [RULE_COLUMN_PARTY_CHILDREN] = { "party_children", false },
    [RULE_COLUMN_PERMIT_KIND] = { "permit_kind", true },
    [RULE_COLUMN_PERMIT_ISSUER] = { "permit_issuer", true },
    [RULE_COLUMN_STAY_USED] = { "stay_used", false },
    [RULE_COLUMN_STAY_LEFT] = { "stay_left", false },
    [RULE_COLUMN_STAY_OVER] = { "stay_over", false },
    [RULE_COLUMN_ENTRIES_30D] = { "entries_30d", false },
    [RULE_COLUMN_ENTRIES_180D] = { "entries_180d", false },
    [RULE_COLUMN_DAYS_SINCE_EXIT] = { "days_since_exit", false },
};

/* ---- from a check ---- */

/* An empty text is not known, and NULL. */
static void put_text(struct rule_row *row, enum rule_column column, struct ptn_bytes text)
{
    if (text.len > 0)
        row->values[column] = (struct rule_value){
            .kind = RULE_VALUE_TEXT,
            .text = ptn_bytes_slice(text, 0, text.len < RULE_TEXT_MAX ? text.len : RULE_TEXT_MAX),
        };
}

static void put_word(struct rule_row *row, enum rule_column column, const char *word)
{
    put_text(row, column, ptn_bytes_from_text(word));
}

static void put_number(struct rule_row *row, enum rule_column column, int64_t number)
{
    row->values[column] = (struct rule_value){ .kind = RULE_VALUE_NUMBER, .number = number };
}

/* A day that some calendar has. */
static bool is_day(struct ptn_date date)
{
    return ptn_date_is_full(date) && ptn_date_is_possible(date);
}

/* Only a full date is a date to a rule; place is the row's own room for its text. */
static void put_date(struct rule_row *row, enum rule_column column, struct ptn_date date,
                     size_t place)
{
    if (is_day(date))
        put_word(row, column, ptn_date_write(date, row->dates[place]));
}

static void put_person(const struct ptn_check *check, struct rule_row *row)
{
    const struct ptn_person *person = check->person;

    put_text(row, RULE_COLUMN_SURNAME, person->surname);
    put_text(row, RULE_COLUMN_GIVEN, person->given);
    put_text(row, RULE_COLUMN_NAME, person->name);
    put_date(row, RULE_COLUMN_BIRTH, person->birth, 1);
    if (is_day(person->birth) && ptn_date_compare(person->birth, check->today) <= 0)
        put_number(row, RULE_COLUMN_AGE, ptn_date_years_between(person->birth, check->today));
    put_word(row, RULE_COLUMN_SEX, person->sex == 'M' ? "M" : person->sex == 'F' ? "F" : NULL);
    put_word(row, RULE_COLUMN_NATIONALITY, person->nationality);
    put_number(row, RULE_COLUMN_OWN_NATIONAL,
               strcmp(ptn_state_canonical(person->nationality),
                      ptn_state_canonical(check->own_state)) == 0);
}

static void put_document(const struct ptn_check *check, struct rule_row *row)
{
    static const char *const mrz[] = {
        [PTN_CHECK_MRZ_NONE] = "none",
        [PTN_CHECK_MRZ_VALID] = "valid",
        [PTN_CHECK_MRZ_INVALID] = "invalid",
    };
    const struct ptn_document *document = &check->person->document;

    put_word(row, RULE_COLUMN_DOCUMENT_KIND, ptn_document_kind_word(document->kind));
    put_word(row, RULE_COLUMN_DOCUMENT_CODE, document->code);
    put_word(row, RULE_COLUMN_ISSUER, document->issuer);
    put_text(row, RULE_COLUMN_NUMBER, document->number);
    put_date(row, RULE_COLUMN_EXPIRY, document->expiry, 2);
    if (is_day(document->expiry))
        put_number(row, RULE_COLUMN_DAYS_TO_EXPIRY,
                   ptn_date_days_between(check->today, document->expiry));
    put_word(row, RULE_COLUMN_MRZ, mrz[check->mrz]);
}

static void put_history(const struct ptn_check *check, struct rule_row *row)
{
    const struct ptn_stay_history *history = &check->history;
    int64_t in_30 = 0;
    int64_t in_180 = 0;

    if (!history->known)
        return;
    for (size_t i = 0; i < history->event_count; i++) {
        int32_t ago = ptn_date_days_between(history->events[i].date, check->today);

        if (history->events[i].move == PTN_STAY_EXIT)
            put_number(row, RULE_COLUMN_DAYS_SINCE_EXIT, ago);
        else if (ago < 180)
            in_180++;
        if (history->events[i].move == PTN_STAY_ENTRY && ago < 30)
            in_30++;
    }
    put_number(row, RULE_COLUMN_ENTRIES_30D, in_30);
    put_number(row, RULE_COLUMN_ENTRIES_180D, in_180);
}

static void put_permit(const struct ptn_check *check, struct rule_row *row)
{
    static const char *const kinds[] = {
        [PTN_CHECK_PERMIT_SHORT_VISA] = "short-visa",
        [PTN_CHECK_PERMIT_LONG_VISA] = "long-visa",
        [PTN_CHECK_PERMIT_RESIDENCE] = "residence",
        [PTN_CHECK_PERMIT_TRANSIT_VISA] = "transit-visa",
    };

    if (check->permit_count == 0)
        return;
    put_word(row, RULE_COLUMN_PERMIT_KIND, kinds[check->permits[0].kind]);
    put_word(row, RULE_COLUMN_PERMIT_ISSUER,
             check->permits[0].issuer[0] != '\0' ? check->permits[0].issuer : check->own_state);
}

struct ptn_status ptn_rule_row_fill(const struct ptn_check *check, struct rule_row *ret_row,
                                    struct ptn_diag *reterr)
{
    struct ptn_check own = *check; /* RULES-1: no online key changes what a rule says of anybody */
    struct ptn_stay stay = { 0 };
    bool applies = false;
    struct ptn_status status;

    own.country = NULL;
    if (!ptn_date_is_full(check->today) || !ptn_date_is_possible(check->today))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "today is not a full date");
    status = ptn_decide_stay(&own, &applies, &stay, reterr);
    if (!ptn_ok(status))
        return status;
    memset(ret_row, 0, sizeof(*ret_row));
    put_word(ret_row, RULE_COLUMN_DIRECTION, check->direction == PTN_STAY_ENTRY ? "entry" : "exit");
    put_date(ret_row, RULE_COLUMN_TODAY, check->today, 0);
    put_text(ret_row, RULE_COLUMN_POST, check->post);
    put_person(check, ret_row);
    put_document(check, ret_row);
    put_text(ret_row, RULE_COLUMN_PLATE, check->plate);
    if (check->party.known) {
        put_number(ret_row, RULE_COLUMN_PARTY_ADULTS, check->party.adults);
        put_number(ret_row, RULE_COLUMN_PARTY_CHILDREN, check->party.children);
    }
    put_permit(check, ret_row);
    if (applies && stay.known) {
        put_number(ret_row, RULE_COLUMN_STAY_USED, stay.used);
        put_number(ret_row, RULE_COLUMN_STAY_LEFT, stay.left);
        put_number(ret_row, RULE_COLUMN_STAY_OVER, stay.over_days);
    }
    put_history(check, ret_row);
    return PTN_OK;
}

/* ---- from a test line ---- */

static bool find_column(struct ptn_bytes name, enum rule_column *ret_column)
{
    for (size_t i = 0; i < RULE_COLUMN_COUNT; i++) {
        if (!ptn_bytes_is(name, ptn_rule_columns[i].name))
            continue;
        *ret_column = (enum rule_column)i;
        return true;
    }
    return false;
}

/* A whole number of up to nine digits, with or without a minus. */
static bool read_number(struct ptn_bytes text, int64_t *ret_number)
{
    bool minus = text.len > 0 && text.at[0] == '-';
    int64_t number = 0;

    if (minus)
        text = ptn_bytes_slice(text, 1, text.len - 1);
    if (text.len < 1 || text.len > 9)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        number = number * 10 + (text.at[i] - '0');
    }
    *ret_number = minus ? -number : number;
    return true;
}

/* The value at the start of text, up to a space or, for 'a text', its closing quote; *ret_len is
 * how long it is. */
static bool read_value(struct ptn_bytes text, struct rule_value *ret_value, size_t *ret_len)
{
    size_t end = 0;

    if (text.len > 0 && text.at[0] == '\'') {
        const uint8_t *quote = memchr(text.at + 1, '\'', text.len - 1);

        if (quote == NULL)
            return false;
        end = (size_t)(quote - text.at);
        *ret_value = (struct rule_value){ .kind = RULE_VALUE_TEXT,
                                          .text = ptn_bytes_slice(text, 1, end - 1) };
        *ret_len = end + 1;
        return end - 1 <= RULE_TEXT_MAX && (end + 1 == text.len || text.at[end + 1] == ' ');
    }
    while (end < text.len && text.at[end] != ' ')
        end++;
    *ret_len = end;
    *ret_value = (struct rule_value){ .kind = RULE_VALUE_NULL };
    if (ptn_bytes_is(ptn_bytes_slice(text, 0, end), "null"))
        return true;
    ret_value->kind = RULE_VALUE_NUMBER;
    return read_number(ptn_bytes_slice(text, 0, end), &ret_value->number);
}

struct ptn_status ptn_rule_row_parse(struct ptn_bytes text, struct rule_row *ret_row,
                                     struct ptn_diag *reterr)
{
    memset(ret_row, 0, sizeof(*ret_row));
    for (text = ptn_bytes_trim(text); text.len > 0; text = ptn_bytes_trim(text)) {
        const uint8_t *equals = memchr(text.at, '=', text.len);
        enum rule_column column;
        struct rule_value value;
        size_t name_len = equals == NULL ? 0 : (size_t)(equals - text.at);
        size_t len;

        if (equals == NULL || !find_column(ptn_bytes_slice(text, 0, name_len), &column))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no column of this name in a test");
        text = ptn_bytes_slice(text, name_len + 1, text.len - name_len - 1);
        if (!read_value(text, &value, &len))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                            "a test's value is a whole number, 'a text' or null");
        if (value.kind != RULE_VALUE_NULL &&
            (value.kind == RULE_VALUE_TEXT) != ptn_rule_columns[column].text)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                            "a test's value is not of its column's kind");
        ret_row->values[column] = value;
        text = ptn_bytes_slice(text, len, text.len - len);
    }
    return PTN_OK;
}
