/*
 * Reading one MRZ. The way most of them go: the text is the lines and nothing else, its characters
 * become values in one pass, check digits are sums over spans, fields are copied. Anything unusual
 * takes the longer way through mrz_text.c; anything wrong ends with a look for a better reading in
 * mrz_propose.c.
 */
#include "document/mrz_int.h"

#include "document/nid.h"
#include "record/person.h"
#include "reference/state.h"

static const struct ptn_mrz_span no_span = { 0, 0 };

/* Tell an issue about a span of the MRZ; a span of no characters: about the whole. */
static void tell(struct ptn_mrz *mrz, enum ptn_mrz_issue_kind kind, struct ptn_mrz_span span)
{
    struct ptn_mrz_problem *problem;

    if (ptn_mrz_issues[kind].weight == PTN_MRZ_ERROR)
        mrz->valid = false;
    if (mrz->problem_count == PTN_MRZ_PROBLEMS_MAX)
        return;
    problem = &mrz->problems[mrz->problem_count++];
    *problem = (struct ptn_mrz_problem){ .issue = &ptn_mrz_issues[kind] };
    if (span.len > 0) {
        problem->line = (uint8_t)(span.at / mrz->line_len + 1);
        problem->column = (uint8_t)(span.at % mrz->line_len + 1);
        problem->length = span.len;
    }
}

/* ---- fields ---- */

/* Copy a field without the fillers at its ends, those inside as spaces. Returns its length. */
static size_t copy_field(char *to, const char *chars, struct ptn_mrz_span span)
{
    const char *from = chars + span.at, *end = from + span.len;
    size_t len = 0;

    while (end > from && end[-1] == '<')
        end--;
    while (from < end && *from == '<')
        from++;
    for (; from < end; from++)
        to[len++] = *from == '<' ? ' ' : *from;
    to[len] = '\0';
    return len;
}

/* The same, and runs of fillers become one space. */
static size_t copy_name(char *to, const char *from, const char *end)
{
    size_t len = 0;

    while (from < end && *from == '<')
        from++;
    for (; from < end; from++) {
        if (*from != '<')
            to[len++] = *from;
        else if (to[len - 1] != ' ')
            to[len++] = ' ';
    }
    while (len > 0 && to[len - 1] == ' ')
        len--;
    to[len] = '\0';
    return len;
}

static void tell_name_digits(struct ptn_mrz *mrz, const char *chars, struct ptn_mrz_span span)
{
    for (unsigned i = span.at; i < span.at + span.len; i++)
        if (ptn_mrz_is_digit(chars[i])) {
            tell(mrz, PTN_MRZ_ISSUE_NAME_DIGIT, (struct ptn_mrz_span){ (uint8_t)i, 1 });
            return;
        }
}

/* Surname << given names. A name that begins with << has no surname; one without << has no given
 * names. */
static void read_joined_name(struct ptn_mrz *mrz, const char *chars, struct ptn_mrz_span span)
{
    const char *from = chars + span.at, *end = from + span.len, *second, *given_end = end;

    while (given_end > from && given_end[-1] == '<')
        given_end--;
    second = from;
    while (second < given_end && (second[0] != '<' || second[1] != '<'))
        second++;
    if (copy_name(mrz->surname, from, second) == 0)
        tell(mrz, given_end == from ? PTN_MRZ_ISSUE_NAME_EMPTY : PTN_MRZ_ISSUE_NAME_NO_PRIMARY,
             span);
    if (copy_name(mrz->given, second, given_end) == 0) {
        if (given_end > from)
            tell(mrz, PTN_MRZ_ISSUE_NAME_NO_SECONDARY, span);
    } else {
        for (const char *at = second + 2; at < given_end; at++)
            if (at[0] == '<' && at[1] == '<') {
                tell(mrz, PTN_MRZ_ISSUE_NAME_SEPARATORS, span);
                break;
            }
    }
    mrz->name_truncated = ptn_mrz_is_letter(end[-1]);
    if (mrz->name_truncated)
        tell(mrz, PTN_MRZ_ISSUE_NAME_TRUNCATED, span);
}

static void read_name(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars)
{
    struct ptn_mrz_span name = layout->fields[PTN_MRZ_FIELD_NAME];
    struct ptn_mrz_span given = layout->fields[PTN_MRZ_FIELD_GIVEN];

    if (given.len == 0) {
        read_joined_name(mrz, chars, name);
    } else {
        const char *from = chars + given.at;

        (void)copy_name(mrz->surname, chars + name.at, chars + name.at + name.len);
        (void)copy_name(mrz->given, from, from + given.len);
        mrz->name_truncated = ptn_mrz_is_letter(chars[name.at + name.len - 1]) ||
                              ptn_mrz_is_letter(from[given.len - 1]);
        if (mrz->name_truncated)
            tell(mrz, PTN_MRZ_ISSUE_NAME_TRUNCATED, name);
        tell_name_digits(mrz, chars, given);
    }
    tell_name_digits(mrz, chars, name);
}

/* The document number, whole, and what it leaves of the optional field. */
static void read_number(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars,
                        const struct ptn_mrz_checked *checked)
{
    struct ptn_mrz_span number = layout->fields[PTN_MRZ_FIELD_NUMBER];
    struct ptn_mrz_span optional = layout->fields[PTN_MRZ_FIELD_OPTIONAL];

    if (checked->run > 0) {
        char whole[24];
        struct ptn_mrz_span all = { 0, (uint8_t)(number.len + checked->run - 1u) };

        memcpy(whole, chars + number.at, number.len);
        memcpy(whole + number.len, chars + optional.at, checked->run - 1u);
        (void)copy_field(mrz->number, whole, all);
        optional.at = (uint8_t)(optional.at + checked->run);
        optional.len = (uint8_t)(optional.len - checked->run);
        tell(mrz, PTN_MRZ_ISSUE_NUMBER_LONG, number);
        if (checked->with_filler)
            tell(mrz, PTN_MRZ_ISSUE_NUMBER_LONG_FILLER, number);
    } else if (copy_field(mrz->number, chars, number) == 0) {
        tell(mrz, PTN_MRZ_ISSUE_NUMBER_EMPTY, number);
    }
    (void)copy_field(mrz->optional, chars, optional);
    (void)copy_field(mrz->optional2, chars, layout->fields[PTN_MRZ_FIELD_OPTIONAL2]);
}

/* ---- codes ---- */

static void read_codes(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars)
{
    static const char first_letters[][4] = { "",  "ACI", "ACI", "P", /* UNKNOWN TD1 TD2 TD3 */
                                             "V", "V",   "I",   "I" };
    struct ptn_mrz_span type = layout->fields[PTN_MRZ_FIELD_TYPE];
    struct ptn_mrz_span issuer = layout->fields[PTN_MRZ_FIELD_ISSUER];
    struct ptn_mrz_span nationality = layout->fields[PTN_MRZ_FIELD_NATIONALITY];
    const struct ptn_state *by, *of;

    (void)copy_field(mrz->type, chars, type);
    if (strchr(first_letters[layout->format], chars[0]) == NULL ||
        (chars[0] != 'V' && chars[1] == 'V'))
        tell(mrz, PTN_MRZ_ISSUE_CODE_UNUSUAL, type);
    by = ptn_state_find_bytes(ptn_bytes_of(mrz->issuer, copy_field(mrz->issuer, chars, issuer)));
    if (nationality.len == 0)
        nationality = issuer; /* a card for own nationals only */
    of = ptn_state_find_bytes(
        ptn_bytes_of(mrz->nationality, copy_field(mrz->nationality, chars, nationality)));
    if (by == NULL || by->kind == PTN_STATE_BRITISH || by->kind == PTN_STATE_PERSON)
        tell(mrz, PTN_MRZ_ISSUE_ISSUER_UNKNOWN, issuer);
    else if (by->kind == PTN_STATE_SPECIMEN)
        tell(mrz, PTN_MRZ_ISSUE_SPECIMEN, issuer);
    if (of == NULL)
        tell(mrz, PTN_MRZ_ISSUE_NATIONALITY_UNKNOWN, nationality);
    else if (of->kind == PTN_STATE_SPECIMEN && by != of)
        tell(mrz, PTN_MRZ_ISSUE_SPECIMEN, nationality);
    if (layout->format >= PTN_MRZ_FRA_ID)
        tell(mrz, PTN_MRZ_ISSUE_NATIONAL_FORMAT, no_span);
}

/* ---- dates and sex ---- */

static void read_dates(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars,
                       struct ptn_date today)
{
    struct ptn_mrz_span birth = layout->fields[PTN_MRZ_FIELD_BIRTH];
    struct ptn_mrz_span expiry = layout->fields[PTN_MRZ_FIELD_EXPIRY];
    enum ptn_mrz_date_fault fault;

    mrz->birth = mrz->expiry = PTN_DATE_NONE;
    memcpy(mrz->birth_raw, chars + birth.at, 6);
    mrz->birth_raw[6] = '\0';
    fault = ptn_mrz_date_birth(mrz->birth_raw, today, &mrz->birth);
    if (fault != PTN_MRZ_DATE_GOOD)
        tell(mrz,
             fault == PTN_MRZ_DATE_NOT_DIGITS ? PTN_MRZ_ISSUE_BIRTH_DATE
                                              : PTN_MRZ_ISSUE_BIRTH_IMPOSSIBLE,
             birth);
    else if (!ptn_date_is_full(mrz->birth))
        tell(mrz, PTN_MRZ_ISSUE_BIRTH_PARTLY_UNKNOWN, birth);

    mrz->expiry_raw[0] = '\0';
    if (expiry.len == 0)
        return;
    memcpy(mrz->expiry_raw, chars + expiry.at, 6);
    mrz->expiry_raw[6] = '\0';
    fault = ptn_mrz_date_expiry(mrz->expiry_raw, today, &mrz->expiry);
    if (fault != PTN_MRZ_DATE_GOOD)
        tell(mrz,
             fault == PTN_MRZ_DATE_NOT_DIGITS ? PTN_MRZ_ISSUE_EXPIRY_DATE
                                              : PTN_MRZ_ISSUE_EXPIRY_IMPOSSIBLE,
             expiry);
    else if (!ptn_date_is_full(mrz->expiry))
        tell(mrz, PTN_MRZ_ISSUE_EXPIRY_OPEN, expiry);
}

static void read_sex(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars)
{
    struct ptn_mrz_span span = layout->fields[PTN_MRZ_FIELD_SEX];
    char sex = chars[span.at];

    mrz->sex = sex == '<' ? '\0' : sex;
    if (sex != 'M' && sex != 'F' && sex != '<')
        tell(mrz, PTN_MRZ_ISSUE_SEX, span);
}

/* ---- the Albanian personal number ---- */

/* Compare one optional field with birth and sex when it looks like a personal number. */
static void compare_nid(struct ptn_mrz *mrz, const char *text, struct ptn_mrz_span span)
{
    struct ptn_bytes number = ptn_bytes_from_text(text);
    struct ptn_nid nid;

    if (!ptn_nid_is_shaped(number))
        return;
    if (!ptn_ok(ptn_nid_parse(number, &nid, NULL))) {
        tell(mrz, PTN_MRZ_ISSUE_NID_WRONG, span);
        return;
    }
    if (ptn_date_is_full(mrz->birth)) {
        if (nid.birth.year % 100 != mrz->birth.year % 100 || nid.birth.month != mrz->birth.month ||
            nid.birth.day != mrz->birth.day) {
            tell(mrz, PTN_MRZ_ISSUE_NID_BIRTH, span);
        } else {
            mrz->birth = nid.birth; /* the MRZ has no century; the number has */
            mrz->birth_confirmed = true;
        }
    }
    if (mrz->sex != '\0' && nid.sex != mrz->sex)
        tell(mrz, PTN_MRZ_ISSUE_NID_SEX, span);
}

/* ---- the whole ---- */

static void tell_checks(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout)
{
    unsigned wrong = mrz->checks_present & ~(unsigned)mrz->checks_right;

    for (unsigned check = 0; wrong != 0 && check < PTN_MRZ_CHECK_COUNT; check++)
        if ((wrong >> check & 1u) != 0)
            tell(mrz, (enum ptn_mrz_issue_kind)(PTN_MRZ_ISSUE_CHECK_NUMBER + check),
                 (struct ptn_mrz_span){ layout->checks[check], 1 });
}

static void tell_characters(struct ptn_mrz *mrz, const char *chars, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_mrz_value_plus_1[(uint8_t)chars[i]] == 0)
            tell(mrz, PTN_MRZ_ISSUE_CHARACTER, (struct ptn_mrz_span){ (uint8_t)i, 1 });
}

/* Read all fields of characters that have this layout. mrz has been emptied. */
static void read_fields(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars,
                        const uint8_t *values, struct ptn_date today)
{
    struct ptn_mrz_checked checked = ptn_mrz_check_all(layout, chars, values);

    mrz->complete = true;
    mrz->format = layout->format;
    mrz->line_count = layout->line_count;
    mrz->line_len = layout->line_len;
    for (unsigned i = 0; i < layout->line_count; i++) {
        memcpy(mrz->lines[i], chars + (size_t)i * layout->line_len, layout->line_len);
        mrz->lines[i][layout->line_len] = '\0';
    }
    mrz->checks_present = checked.present;
    mrz->checks_right = checked.right;
    tell_checks(mrz, layout);
    read_codes(mrz, layout, chars);
    read_name(mrz, layout, chars);
    read_number(mrz, layout, chars, &checked);
    read_dates(mrz, layout, chars, today);
    read_sex(mrz, layout, chars);
    if (memcmp(chars + 2, "ALB", 3) == 0) {
        compare_nid(mrz, mrz->optional, layout->fields[PTN_MRZ_FIELD_OPTIONAL]);
        compare_nid(mrz, mrz->optional2, layout->fields[PTN_MRZ_FIELD_OPTIONAL2]);
    }
}

/* Is there something that a better reading might put right? */
static bool may_be_misread(const struct ptn_mrz *mrz)
{
    for (unsigned i = 0; i < mrz->problem_count; i++) {
        const struct ptn_mrz_issue *issue = mrz->problems[i].issue;

        if (issue == &ptn_mrz_issues[PTN_MRZ_ISSUE_NAME_DIGIT] ||
            issue == &ptn_mrz_issues[PTN_MRZ_ISSUE_ISSUER_UNKNOWN] ||
            issue == &ptn_mrz_issues[PTN_MRZ_ISSUE_NATIONALITY_UNKNOWN])
            return true;
    }
    return !mrz->valid;
}

/* Nothing but the flags and counts that say what else is set. */
static void empty(struct ptn_mrz *mrz)
{
    mrz->format = PTN_MRZ_UNKNOWN;
    mrz->valid = true;
    mrz->complete = false;
    mrz->line_count = mrz->line_len = 0;
    mrz->type[0] = mrz->issuer[0] = mrz->nationality[0] = mrz->sex = '\0';
    mrz->number[0] = mrz->optional[0] = mrz->optional2[0] = '\0';
    mrz->surname[0] = mrz->given[0] = mrz->birth_raw[0] = mrz->expiry_raw[0] = '\0';
    mrz->birth = mrz->expiry = PTN_DATE_NONE;
    mrz->checks_present = mrz->checks_right = 0;
    mrz->name_truncated = mrz->birth_confirmed = false;
    mrz->problem_count = mrz->proposal_count = 0;
    mrz->proposals_make_valid = false;
}

/*
 * Is the text exactly the lines of one format, with LF or CRLF between them and perhaps after them?
 * Copies the characters and returns the length of a line; 0 when the text needs the longer way.
 */
static size_t take_exact(struct ptn_bytes text, char chars[PTN_MRZ_CHARS_MAX])
{
    static const uint8_t lens[] = { 44, 30, 36 };

    while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    for (size_t i = 0; i < sizeof(lens); i++) {
        size_t len = lens[i], count = len == 30 ? 3 : 2, step;

        if (text.len <= len + 1 || (text.at[len] != '\n' && text.at[len] != '\r'))
            continue;
        step = len + (text.at[len] == '\r' && text.at[len + 1] == '\n' ? 2u : 1u);
        if (text.len != step * (count - 1) + len ||
            (count == 3 && memcmp(text.at + len, text.at + step + len, step - len) != 0))
            return 0;
        for (size_t line = 0; line < count; line++)
            memcpy(chars + line * len, text.at + line * step, len);
        return len;
    }
    return 0;
}

/* ---- the longer way ---- */

/* The lines have no format: say what is wrong with them. */
static void tell_shape(struct ptn_mrz *mrz, const struct ptn_mrz_text *text)
{
    const char *first = text->lines[0];
    size_t odd = 0, wanted = 44;

    if (text->line_count == 0 && !text->too_long) {
        tell(mrz, PTN_MRZ_ISSUE_EMPTY, no_span);
        return;
    }
    if ((text->line_count == 1 && text->len[0] == 30 && first[0] == 'D') ||
        (text->line_count == 3 && text->len[0] == 9 && text->len[1] == 30)) {
        tell(mrz, PTN_MRZ_ISSUE_DRIVING_LICENCE, no_span);
        return;
    }
    if (text->too_long || text->line_count < 2 || text->line_count > PTN_MRZ_LINES_MAX) {
        tell(mrz, PTN_MRZ_ISSUE_FORMAT, no_span);
        return;
    }
    if (text->len[0] == text->len[1] && text->len[0] == text->len[text->line_count - 1]) {
        tell(mrz, PTN_MRZ_ISSUE_FORMAT, no_span);
        return;
    }
    if (text->line_count == 3)
        wanted = 30;
    else if (text->len[0] == 36 || text->len[1] == 36)
        wanted = 36;
    while (text->len[odd] == wanted)
        odd++;
    tell(mrz, PTN_MRZ_ISSUE_LINE_LENGTH, no_span);
    mrz->problems[mrz->problem_count - 1].line = (uint8_t)(odd + 1);
}

/* Notes on what was left out or changed before the lines were clean. */
static void tell_text(struct ptn_mrz *mrz, const struct ptn_mrz_text *text)
{
    if (text->lower_line > 0) {
        tell(mrz, PTN_MRZ_ISSUE_LOWER_CASE, no_span);
        mrz->problems[mrz->problem_count - 1].line = text->lower_line;
        mrz->problems[mrz->problem_count - 1].column = text->lower_column;
        mrz->problems[mrz->problem_count - 1].length = 1;
    }
    if (text->spaces)
        tell(mrz, PTN_MRZ_ISSUE_SPACES, no_span);
    if (text->reader_text)
        tell(mrz, PTN_MRZ_ISSUE_READER_TEXT, no_span);
    if (text->run_together)
        tell(mrz, PTN_MRZ_ISSUE_RUN_TOGETHER, no_span);
}

static void read_unclean(struct ptn_mrz *mrz, struct ptn_bytes bytes, struct ptn_date today)
{
    char chars[PTN_MRZ_TEXT_LINES_MAX * PTN_MRZ_TEXT_LINE_MAX] = { 0 };
    uint8_t values[PTN_MRZ_CHARS_MAX];
    struct ptn_mrz_text text;
    const struct ptn_mrz_layout *layout = NULL;
    size_t len = 0;

    ptn_mrz_text_read(bytes, &text);
    ptn_mrz_text_split(&text);
    for (unsigned i = 0; i < text.line_count; i++) {
        memcpy(chars + len, text.lines[i], text.len[i]);
        len += text.len[i];
    }
    if (!text.too_long && len == (size_t)text.line_count * text.len[0] &&
        (text.line_count < 2 || text.len[1] == text.len[0]))
        layout = ptn_mrz_layout_for(text.line_count, text.len[0], chars);
    tell_text(mrz, &text);
    if (layout == NULL) {
        tell_shape(mrz, &text);
        return;
    }
    mrz->line_len = layout->line_len;
    if (!ptn_mrz_values(chars, len, values))
        tell_characters(mrz, chars, len);
    read_fields(mrz, layout, chars, values, today);
    if (may_be_misread(mrz))
        ptn_mrz_propose(mrz, layout, chars, today);
}

struct ptn_status ptn_mrz_parse(struct ptn_bytes text, struct ptn_date today,
                                struct ptn_mrz *ret_mrz, struct ptn_diag *reterr)
{
    char chars[PTN_MRZ_CHARS_MAX];
    uint8_t values[PTN_MRZ_CHARS_MAX];
    size_t line_len, line_count;

    PTN_PRE(ptn_date_is_full(today) && today.year >= 200);
    PTN_PRE(ret_mrz != NULL);

    if (text.len > PTN_MRZ_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_MRZ_TEXT_MAX, "the text is too long for an MRZ");
    empty(ret_mrz);
    line_len = take_exact(text, chars);
    line_count = line_len == 30 ? 3 : 2;
    if (line_len == 0 || !ptn_mrz_values(chars, line_len * line_count, values)) {
        read_unclean(ret_mrz, text, today);
    } else {
        const struct ptn_mrz_layout *layout = ptn_mrz_layout_for(line_count, line_len, chars);

        ret_mrz->line_len = layout->line_len;
        read_fields(ret_mrz, layout, chars, values, today);
        if (may_be_misread(ret_mrz))
            ptn_mrz_propose(ret_mrz, layout, chars, today);
    }
    return PTN_OK;
}

/* ---- asking ---- */

const struct ptn_mrz_problem *ptn_mrz_problem(const struct ptn_mrz *mrz, const char *code)
{
    for (unsigned i = 0; i < mrz->problem_count; i++)
        if (strcmp(mrz->problems[i].issue->code, code) == 0)
            return &mrz->problems[i];
    return NULL;
}

bool ptn_mrz_check_right(const struct ptn_mrz *mrz, enum ptn_mrz_check check)
{
    return (mrz->checks_right >> check & 1) != 0;
}

bool ptn_mrz_check_wrong(const struct ptn_mrz *mrz, enum ptn_mrz_check check)
{
    return (mrz->checks_present >> check & 1) != 0 && !ptn_mrz_check_right(mrz, check);
}
