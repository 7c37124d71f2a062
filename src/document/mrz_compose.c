/* Fields to lines. Standard: ICAO-9303-3 4.6 (names), 4.9 (check digits); parts 4 to 7 for layouts
 * and long numbers. */
#include "document/mrz_int.h"

struct draft {
    const struct ptn_mrz_layout *layout;
    char chars[PTN_MRZ_CHARS_MAX];
    bool number_is_long;
};

/* Put text at a place as it stands in an MRZ: spaces and hyphens become fillers. */
static bool put(struct draft *draft, size_t at, struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.at[i];

        if (c == ' ' || c == '-')
            c = '<';
        if (ptn_mrz_value_plus_1[(uint8_t)c] == 0)
            return false;
        draft->chars[at + i] = c;
    }
    return true;
}

static struct ptn_status put_field(struct draft *draft, enum ptn_mrz_field field, const char *text,
                                   struct ptn_diag *reterr)
{
    struct ptn_mrz_span span = draft->layout->fields[field];
    struct ptn_bytes bytes = ptn_bytes_from_text(text);

    if (bytes.len > span.len)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, ptn_mrz_field_name(field));
    if (!put(draft, span.at, bytes))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, ptn_mrz_field_name(field));
    return PTN_OK;
}

/* ---- names ---- */

struct joined {
    char at[2 * PTN_MRZ_CHARS_MAX + 2];
    size_t len;
};

/* Add the parts of a name: hyphens and spaces become one filler, apostrophes nothing. False for
 * anything else. */
static bool add_parts(struct joined *joined, const char *text)
{
    size_t first = joined->len;

    for (; text != NULL && *text != '\0'; text++) {
        bool gap = *text == ' ' || *text == '-';

        if (!gap && *text != '\'' && !ptn_mrz_is_letter(*text))
            return false;
        if (*text == '\'' || joined->len == first + PTN_MRZ_CHARS_MAX ||
            (gap && (joined->len == first || joined->at[joined->len - 1] == '<')))
            continue;
        joined->at[joined->len++] = (char)(gap ? '<' : *text);
    }
    while (joined->len > first && joined->at[joined->len - 1] == '<')
        joined->len--;
    return true;
}

/* Cut to fit. A filler at the very end makes way for the letter behind it: an earlier part gives up
 * its last letter. */
static void cut_name(struct joined *joined, size_t max)
{
    size_t i = max - 2;

    if (joined->len <= max)
        return;
    joined->len = max;
    if (joined->at[max - 1] != '<')
        return;
    while (i > 0 && (joined->at[i] == '<' || joined->at[i - 1] == '<'))
        i--;
    if (i > 0)
        memmove(joined->at + i, joined->at + i + 1, max - i);
}

/* Surname << given names; a surname that leaves no room for a given letter is cut first. */
static struct ptn_status put_name(struct draft *draft, const struct ptn_mrz_fields *fields,
                                  struct ptn_diag *reterr)
{
    struct ptn_mrz_span span = draft->layout->fields[PTN_MRZ_FIELD_NAME];
    struct joined name = { .len = 0 };

    if (!add_parts(&name, fields->surname))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "surname");
    if (ptn_bytes_from_text(fields->given).len > 0) {
        if (name.len + 3 > span.len)
            cut_name(&name, span.len - 3u);
        memset(name.at + name.len, '<', 2);
        name.len += 2;
        if (!add_parts(&name, fields->given))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "given");
    }
    cut_name(&name, span.len);
    memcpy(draft->chars + span.at, name.at, name.len);
    return PTN_OK;
}

/* ---- numbers and dates ---- */

static char digit_of(unsigned sum)
{
    return (char)('0' + sum % 10u);
}

/* The number, going on in the optional field when it is long, and the optional field. */
static struct ptn_status put_number(struct draft *draft, const struct ptn_mrz_fields *fields,
                                    struct ptn_diag *reterr)
{
    struct ptn_mrz_span number = draft->layout->fields[PTN_MRZ_FIELD_NUMBER];
    struct ptn_mrz_span optional = draft->layout->fields[PTN_MRZ_FIELD_OPTIONAL];
    bool may_be_long = fields->format == PTN_MRZ_TD1 || fields->format == PTN_MRZ_TD2;
    struct ptn_bytes text = ptn_bytes_from_text(fields->number),
                     rest = ptn_bytes_from_text(fields->optional);
    size_t over = text.len > number.len ? text.len - number.len : 0;
    uint8_t values[PTN_MRZ_CHARS_MAX];
    char whole[PTN_MRZ_CHARS_MAX];

    if (over == 0) {
        struct ptn_status status = put_field(draft, PTN_MRZ_FIELD_NUMBER, fields->number, reterr);

        return ptn_ok(status) ? put_field(draft, PTN_MRZ_FIELD_OPTIONAL, fields->optional, reterr)
                              : status;
    }
    if (!may_be_long || over + 2 > optional.len)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "number");
    if (rest.len > optional.len - over - 2)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "optional");
    if (!put(draft, number.at, ptn_bytes_slice(text, 0, number.len)) ||
        !put(draft, optional.at, ptn_bytes_slice(text, number.len, over)) ||
        memchr(draft->chars + optional.at, '<', over) != NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "number");
    if (!put(draft, optional.at + over + 2, rest))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "optional");
    memcpy(whole, draft->chars + number.at, number.len);
    memcpy(whole + number.len, draft->chars + optional.at, over);
    (void)ptn_mrz_values(whole, text.len, values);
    draft->chars[optional.at + over] = digit_of(ptn_mrz_sum(values, text.len, 0));
    draft->number_is_long = true;
    return PTN_OK;
}

static void put_two(char *to, unsigned value, bool known)
{
    if (!known)
        return;
    to[0] = (char)('0' + value / 10 % 10);
    to[1] = (char)('0' + value % 10);
}

static bool put_date(struct draft *draft, enum ptn_mrz_field field, struct ptn_date date)
{
    char *to = draft->chars + draft->layout->fields[field].at;

    if (!ptn_date_is_possible(date))
        return false;
    put_two(to, date.year % 100u, date.year != 0);
    put_two(to + 2, date.month, date.month != 0);
    put_two(to + 4, date.day, date.day != 0);
    return true;
}

/* ---- check digits ---- */

/* Fill every check digit; that of a long number stands in the optional field already. */
static void put_checks(struct draft *draft)
{
    const struct ptn_mrz_layout *layout = draft->layout;
    uint8_t values[PTN_MRZ_CHARS_MAX];
    unsigned sum = 0, phase = 0;

    (void)ptn_mrz_values(draft->chars, sizeof(values), values);
    for (unsigned check = 0; check < PTN_MRZ_CHECK_COMPOSITE; check++) {
        struct ptn_mrz_span span = layout->fields[ptn_mrz_check_field(check)];

        if (layout->checks[check] != PTN_MRZ_NO_CHECK &&
            (check != PTN_MRZ_CHECK_NUMBER || !draft->number_is_long))
            draft->chars[layout->checks[check]] =
                digit_of(ptn_mrz_sum(values + span.at, span.len, 0));
    }
    if (layout->checks[PTN_MRZ_CHECK_COMPOSITE] == PTN_MRZ_NO_CHECK)
        return;
    (void)ptn_mrz_values(draft->chars, sizeof(values), values);
    for (unsigned i = 0; i < PTN_MRZ_PARTS; i++) {
        sum += ptn_mrz_sum(values + layout->composite[i].at, layout->composite[i].len, phase);
        phase += layout->composite[i].len;
    }
    draft->chars[layout->checks[PTN_MRZ_CHECK_COMPOSITE]] = digit_of(sum);
}

static struct ptn_status put_plain(struct draft *draft, const struct ptn_mrz_fields *fields,
                                   struct ptn_diag *reterr)
{
    const struct {
        enum ptn_mrz_field field;
        const char *text;
    } plain[] = {
        { PTN_MRZ_FIELD_TYPE, fields->type },
        { PTN_MRZ_FIELD_ISSUER, fields->issuer },
        { PTN_MRZ_FIELD_NATIONALITY, fields->nationality },
        { PTN_MRZ_FIELD_OPTIONAL2, fields->optional2 },
    };

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        struct ptn_status status = put_field(draft, plain[i].field, plain[i].text, reterr);

        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

struct ptn_status ptn_mrz_compose(const struct ptn_mrz_fields *fields,
                                  char ret_lines[PTN_MRZ_COMPOSED_SIZE], struct ptn_diag *reterr)
{
    struct draft draft = { .layout = ptn_mrz_layout_of(fields->format) };
    struct ptn_status status;

    PTN_PRE(ret_lines != NULL);

    if (draft.layout == NULL || draft.layout->format >= PTN_MRZ_FRA_ID)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "format");
    memset(draft.chars, '<', sizeof(draft.chars));
    status = put_plain(&draft, fields, reterr);
    if (ptn_ok(status))
        status = put_name(&draft, fields, reterr);
    if (ptn_ok(status))
        status = put_number(&draft, fields, reterr);
    if (!ptn_ok(status))
        return status;
    if (!put_date(&draft, PTN_MRZ_FIELD_BIRTH, fields->birth))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "birth");
    if (!put_date(&draft, PTN_MRZ_FIELD_EXPIRY, fields->expiry))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "expiry");
    if (fields->sex != '\0' && fields->sex != 'M' && fields->sex != 'F')
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "sex");
    if (fields->sex != '\0')
        draft.chars[draft.layout->fields[PTN_MRZ_FIELD_SEX].at] = fields->sex;
    put_checks(&draft);
    for (size_t i = 0; i < draft.layout->line_count; i++) {
        size_t len = draft.layout->line_len;

        memcpy(ret_lines + i * (len + 1), draft.chars + i * len, len);
        ret_lines[i * (len + 1) + len] = i + 1 < draft.layout->line_count ? '\n' : '\0';
    }
    return PTN_OK;
}
