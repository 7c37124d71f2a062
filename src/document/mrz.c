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

/* Room behind the characters for what reads a fixed number of them: a name is copied 40 at a time.
 */
#define CHARS_SIZE (PTN_MRZ_CHARS_MAX + 46u)

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

/* ---- eight characters at a time ---- */

#define EIGHT_FILLERS UINT64_C(0x3c3c3c3c3c3c3c3c)
#define EIGHT_LOW     UINT64_C(0x7f7f7f7f7f7f7f7f)

/* For each of eight characters its byte's high bit: set when it is a filler. */
static uint64_t fillers_at(const char *at)
{
    uint64_t eight;

    memcpy(&eight, at, sizeof(eight));
    eight ^= EIGHT_FILLERS;
    return ~(((eight & EIGHT_LOW) + EIGHT_LOW) | eight | EIGHT_LOW);
}

/* Which of the eight, counted in memory, is the first or the last whose bit is set. bits is not 0.
 */
static size_t first_of(uint64_t bits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(bits) / 8;
#else
    return (size_t)__builtin_clzll(bits) / 8;
#endif
}

static size_t last_of(uint64_t bits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return 7 - (size_t)__builtin_clzll(bits) / 8;
#else
    return 7 - (size_t)__builtin_ctzll(bits) / 8;
#endif
}

/* How many characters are left without the fillers at the end. */
static size_t filled_len(const char *from, size_t len)
{
    while (len >= 8) {
        uint64_t others = ~fillers_at(from + len - 8) & ~EIGHT_LOW;

        if (others != 0)
            return len - 7 + last_of(others);
        len -= 8;
    }
    while (len > 0 && from[len - 1] == '<')
        len--;
    return len;
}

/* Where the first << begins, or len. Reads up to eight characters past len. */
static size_t find_double(const char *from, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t both = fillers_at(from + i) & fillers_at(from + i + 1);

        if (both != 0) {
            i += first_of(both);
            return i < len ? i : len;
        }
    }
    return len;
}

/* Copy a fixed number of characters with spaces for fillers: without branches, whatever the field's
 * length. */
static inline void copy_spaced(char *to, const char *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (char)(from[i] == '<' ? ' ' : from[i]);
}

/* ---- fields ---- */

/*
 * Copy a field of at most 16 characters without the fillers at its ends, those inside as spaces.
 * Returns its length. `to` has room for one more character than the field has, at most 16 of them
 * are written.
 */
static inline size_t copy_field(char *to, size_t to_size, const char *chars,
                                struct ptn_mrz_span span)
{
    const char *from = chars + span.at;
    size_t len = filled_len(from, span.len);
    char spaced[16];

    while (len > 0 && *from == '<') {
        from++;
        len--;
    }
    copy_spaced(spaced, from, sizeof(spaced));
    memcpy(to, spaced, to_size < sizeof(spaced) ? to_size : sizeof(spaced));
    to[len] = '\0';
    return len;
}

/* The same, of any length, one after another: for codes of two or three characters. */
static size_t copy_plain(char *to, const char *chars, struct ptn_mrz_span span)
{
    const char *from = chars + span.at, *end = from + span.len;
    size_t len = 0;

    while (end > from && end[-1] == '<')
        end--;
    while (from < end && *from == '<')
        from++;
    for (; from < end; from++)
        to[len++] = (char)(*from == '<' ? ' ' : *from);
    to[len] = '\0';
    return len;
}

/* Copy a name, runs of fillers as one space; none at the ends. len is that without fillers at the
 * end. */
static size_t copy_name(char to[40], const char *from, size_t len)
{
    size_t copied = 0;

    while (len > 0 && *from == '<') {
        from++;
        len--;
    }
    if (find_double(from, len) == len) {
        copy_spaced(to, from, 40);
        to[len] = '\0';
        return len;
    }
    for (size_t i = 0; i < len; i++)
        if (from[i] != '<' || from[i - 1] != '<')
            to[copied++] = (char)(from[i] == '<' ? ' ' : from[i]);
    to[copied] = '\0';
    return copied;
}

static void tell_name_digits(struct ptn_mrz *mrz, const char *chars, struct ptn_mrz_span span)
{
    uint8_t any = 0;

    for (unsigned i = span.at; i < (unsigned)span.at + span.len; i++)
        any |= (uint8_t)((uint8_t)(chars[i] - '0') <= 9);
    for (unsigned i = span.at; any != 0; i++)
        if (ptn_mrz_is_digit(chars[i])) {
            tell(mrz, PTN_MRZ_ISSUE_NAME_DIGIT, (struct ptn_mrz_span){ (uint8_t)i, 1 });
            return;
        }
}

/* Surname << given names. A name that begins with << has no surname; one without << has no given
 * names. */
static void read_joined_name(struct ptn_mrz *mrz, const char *chars, struct ptn_mrz_span span)
{
    const char *from = chars + span.at;
    size_t len = filled_len(from, span.len), first = find_double(from, len);

    if (copy_name(mrz->surname, from, first) == 0)
        tell(mrz, len == 0 ? PTN_MRZ_ISSUE_NAME_EMPTY : PTN_MRZ_ISSUE_NAME_NO_PRIMARY, span);
    if (copy_name(mrz->given, from + first, len - first) == 0) {
        if (len > 0)
            tell(mrz, PTN_MRZ_ISSUE_NAME_NO_SECONDARY, span);
    } else if (find_double(from + first + 2, len - first - 2) < len - first - 2) {
        tell(mrz, PTN_MRZ_ISSUE_NAME_SEPARATORS, span);
    }
    mrz->name_truncated = ptn_mrz_is_letter(from[span.len - 1]);
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
        const char *from = chars + name.at;

        (void)copy_name(mrz->surname, from, filled_len(from, name.len));
        mrz->name_truncated = ptn_mrz_is_letter(from[name.len - 1]);
        from = chars + given.at;
        (void)copy_name(mrz->given, from, filled_len(from, given.len));
        mrz->name_truncated |= ptn_mrz_is_letter(from[given.len - 1]);
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
        char whole[40] = { 0 };

        memcpy(whole, chars + number.at, number.len);
        memcpy(whole + number.len, chars + optional.at, checked->run - 1u);
        (void)copy_plain(mrz->number, whole,
                         (struct ptn_mrz_span){ 0, (uint8_t)(number.len + checked->run - 1u) });
        optional.at = (uint8_t)(optional.at + checked->run);
        optional.len = (uint8_t)(optional.len - checked->run);
        tell(mrz, PTN_MRZ_ISSUE_NUMBER_LONG, number);
        if (checked->with_filler)
            tell(mrz, PTN_MRZ_ISSUE_NUMBER_LONG_FILLER, number);
    } else if (copy_field(mrz->number, sizeof(mrz->number), chars, number) == 0) {
        tell(mrz, PTN_MRZ_ISSUE_NUMBER_EMPTY, number);
    }
    (void)copy_field(mrz->optional, sizeof(mrz->optional), chars, optional);
    (void)copy_field(mrz->optional2, sizeof(mrz->optional2), chars,
                     layout->fields[PTN_MRZ_FIELD_OPTIONAL2]);
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

    (void)copy_plain(mrz->type, chars, type);
    if (strchr(first_letters[layout->format], chars[0]) == NULL ||
        (chars[0] != 'V' && chars[1] == 'V'))
        tell(mrz, PTN_MRZ_ISSUE_CODE_UNUSUAL, type);
    by = ptn_state_find_bytes(ptn_bytes_of(mrz->issuer, copy_plain(mrz->issuer, chars, issuer)));
    if (nationality.len == 0)
        nationality = issuer; /* a card for own nationals only */
    of = ptn_state_find_bytes(
        ptn_bytes_of(mrz->nationality, copy_plain(mrz->nationality, chars, nationality)));
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

    mrz->sex = (char)(sex == '<' ? '\0' : sex);
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
        /* A fixed length is a few moves; the rest is cut off. */
        memcpy(mrz->lines[i], chars + (size_t)i * layout->line_len, PTN_MRZ_LINE_MAX);
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
    if (layout->format <= PTN_MRZ_TD3 && memcmp(chars + 2, "ALB", 3) == 0) { /* no visas */
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

/* Copy count lines of len when the text is just that, with the same line end between them. */
static inline bool take_lines(struct ptn_bytes text, size_t count, size_t len, char *chars)
{
    size_t end_len, step;

    if (text.len <= len + 1 || (text.at[len] != '\n' && text.at[len] != '\r'))
        return false;
    end_len = text.at[len] == '\r' && text.at[len + 1] == '\n' ? 2 : 1;
    step = len + end_len;
    if (text.len != step * (count - 1) + len)
        return false;
    for (size_t line = 0; line < count; line++) {
        if (line > 1 && memcmp(text.at + len, text.at + line * step - end_len, end_len) != 0)
            return false;
        memcpy(chars + line * len, text.at + line * step, len);
    }
    return true;
}

/*
 * Is the text exactly the lines of one format, with LF or CRLF between them and perhaps after them?
 * Copies the characters and returns the length of a line; 0 when the text needs the longer way.
 */
static size_t take_exact(struct ptn_bytes text, char chars[CHARS_SIZE])
{
    while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    if (take_lines(text, 2, 44, chars))
        return 44;
    if (take_lines(text, 3, 30, chars))
        return 30;
    return take_lines(text, 2, 36, chars) ? 36 : 0;
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
    char chars[CHARS_SIZE];
    uint8_t values[PTN_MRZ_CHARS_MAX];
    size_t line_len, line_count;

    PTN_PRE(ptn_date_is_full(today) && today.year >= 200);
    PTN_PRE(ret_mrz != NULL);

    if (text.len > PTN_MRZ_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_MRZ_TEXT_MAX, "the text is too long for an MRZ");
    empty(ret_mrz);
    memset(chars + 72, '<', sizeof(chars) - 72); /* all formats have as much as 72 */
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
