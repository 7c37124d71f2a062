/*
 * Marks for a text that is being typed or scanned: which fields are there, which are right. The
 * format is guessed from the first letter and what lengths the lines have so far; what is missing
 * counts as filler and is never marked.
 */
#include "document/mrz_int.h"

#include "reference/state.h"

struct typed {
    const struct ptn_mrz_layout *layout;
    char chars[PTN_MRZ_CHARS_MAX];
    bool there[PTN_MRZ_CHARS_MAX];
    struct ptn_mrz_checked checked;
    struct ptn_date today;
};

/* ---- the format ---- */

static bool has_digit(const char *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_mrz_is_digit(at[i]))
            return true;
    return false;
}

/* In an identity card's first line, TD1 has the number where TD2 has the name. */
static enum ptn_mrz_format guess_format(const struct ptn_mrz_text *text)
{
    char first = text->lines[0][0];
    size_t len = text->len[0];
    bool full = text->line_count > 1; /* the first line is all there will be of it */

    if (first == 'V')
        return (full && len <= 36) || (!full && len == 72) ? PTN_MRZ_MRV_B : PTN_MRZ_MRV_A;
    if (first == 'P')
        return full && len <= 36 ? PTN_MRZ_TD2 : PTN_MRZ_TD3;
    if (strchr("ACI", first) == NULL)
        return full && len == 44 ? PTN_MRZ_TD3 : PTN_MRZ_UNKNOWN;
    if (len <= 30 || (!full && has_digit(text->lines[0] + 5, 25)))
        return PTN_MRZ_TD1;
    if (full && len == 34 && memcmp(text->lines[0] + 2, "SVK", 3) == 0)
        return PTN_MRZ_SVK_ID;
    return len <= 36 || len > 44 ? PTN_MRZ_TD2 : PTN_MRZ_TD3;
}

/* One line that goes on past its end: cut it where the format's lines end. */
static void cut(struct ptn_mrz_text *text, const struct ptn_mrz_layout *layout)
{
    while (text->line_count < layout->line_count &&
           text->len[text->line_count - 1] > layout->line_len) {
        unsigned last = text->line_count - 1u;

        text->len[last + 1] = (uint8_t)(text->len[last] - layout->line_len);
        memcpy(text->lines[last + 1], text->lines[last] + layout->line_len, text->len[last + 1]);
        text->len[last] = layout->line_len;
        text->line_count++;
    }
}

/* Lay the lines out; a line of the French card is told from TD2's by what is there of the second.
 */
static void lay_out(struct typed *typed, const struct ptn_mrz_text *text)
{
    const struct ptn_mrz_layout *layout = typed->layout;

    memset(typed->chars, '<', sizeof(typed->chars));
    memset(typed->there, false, sizeof(typed->there));
    for (unsigned i = 0; i < text->line_count && i < layout->line_count; i++) {
        size_t len = text->len[i] < layout->line_len ? text->len[i] : layout->line_len;

        memcpy(typed->chars + (size_t)i * layout->line_len, text->lines[i], len);
        memset(typed->there + (size_t)i * layout->line_len, true, len);
    }
    if (layout->format == PTN_MRZ_TD2 && typed->there[48])
        typed->layout = ptn_mrz_layout_for(2, 36, typed->chars);
}

/* ---- one mark ---- */

static unsigned there_count(const struct typed *typed, struct ptn_mrz_span span)
{
    unsigned count = 0;

    while (count < span.len && typed->there[span.at + count])
        count++;
    return count;
}

/* Does a character stand there that the field can never hold? */
static bool holds_wrong_kind(const struct typed *typed, enum ptn_mrz_field field,
                             struct ptn_mrz_span span)
{
    bool digits = field == PTN_MRZ_FIELD_BIRTH || field == PTN_MRZ_FIELD_EXPIRY;
    bool mixed = field == PTN_MRZ_FIELD_NUMBER || field == PTN_MRZ_FIELD_OPTIONAL ||
                 field == PTN_MRZ_FIELD_OPTIONAL2;

    for (unsigned i = span.at; i < span.at + there_count(typed, span); i++) {
        char c = typed->chars[i];

        if (ptn_mrz_value_plus_1[(uint8_t)c] == 0 || (digits && ptn_mrz_is_letter(c)) ||
            (!digits && !mixed && ptn_mrz_is_digit(c)))
            return true;
    }
    return false;
}

static enum ptn_mrz_mark_state either(bool right)
{
    return right ? PTN_MRZ_MARK_RIGHT : PTN_MRZ_MARK_WRONG;
}

/* Can this check digit be judged yet, and how does it stand? */
static enum ptn_mrz_mark_state state_of_check(const struct typed *typed, enum ptn_mrz_check check)
{
    const struct ptn_mrz_layout *layout = typed->layout;
    struct ptn_mrz_span optional = layout->fields[PTN_MRZ_FIELD_OPTIONAL];
    unsigned at = layout->checks[check];

    for (unsigned i = 0; check == PTN_MRZ_CHECK_COMPOSITE && i < PTN_MRZ_PARTS; i++)
        if (there_count(typed, layout->composite[i]) < layout->composite[i].len)
            return PTN_MRZ_MARK_OPEN;
    /* The field a digit speaks of stands before it on its line: where the digit is, the field is.
     */
    if (!typed->there[at])
        return PTN_MRZ_MARK_OPEN;
    /* A long number ends somewhere in the optional field. */
    if (check == PTN_MRZ_CHECK_NUMBER && typed->chars[at] == '<' &&
        there_count(typed, optional) < optional.len)
        return PTN_MRZ_MARK_OPEN;
    return either((typed->checked.right >> check & 1) != 0);
}

/* A field that is all there, of the right kind, and not under a check digit of its own. */
static enum ptn_mrz_mark_state state_by_meaning(const struct typed *typed, enum ptn_mrz_field field)
{
    struct ptn_mrz_span span = typed->layout->fields[field];
    const char *at = typed->chars + span.at;
    size_t len = span.len;

    if (field == PTN_MRZ_FIELD_SEX)
        return either(*at == 'M' || *at == 'F' || *at == '<');
    if (field == PTN_MRZ_FIELD_ISSUER || field == PTN_MRZ_FIELD_NATIONALITY) {
        while (len > 0 && at[len - 1] == '<')
            len--;
        return either(ptn_state_find_bytes(ptn_bytes_of(at, len)) != NULL);
    }
    return PTN_MRZ_MARK_OPEN;
}

static bool date_is_bad(const struct typed *typed, enum ptn_mrz_field field)
{
    const char *raw = typed->chars + typed->layout->fields[field].at;
    struct ptn_date date;

    if (field == PTN_MRZ_FIELD_BIRTH)
        return ptn_mrz_date_birth(raw, typed->today, &date) != PTN_MRZ_DATE_GOOD;
    return field == PTN_MRZ_FIELD_EXPIRY &&
           ptn_mrz_date_expiry(raw, typed->today, &date) != PTN_MRZ_DATE_GOOD;
}

static enum ptn_mrz_mark_state state_of_field(const struct typed *typed, enum ptn_mrz_field field)
{
    struct ptn_mrz_span span = typed->layout->fields[field];

    if (holds_wrong_kind(typed, field, span))
        return PTN_MRZ_MARK_WRONG;
    if (there_count(typed, span) < span.len)
        return PTN_MRZ_MARK_OPEN;
    if (date_is_bad(typed, field))
        return PTN_MRZ_MARK_WRONG;
    for (unsigned check = 0; check < PTN_MRZ_CHECK_COMPOSITE; check++)
        if (typed->layout->checks[check] != PTN_MRZ_NO_CHECK && ptn_mrz_check_field(check) == field)
            return state_of_check(typed, check);
    return state_by_meaning(typed, field);
}

/* ---- all marks ---- */

static void mark(struct ptn_mrz_marks *marks, unsigned at, unsigned length, const char *what,
                 enum ptn_mrz_mark_state state)
{
    marks->marks[marks->count++] =
        (struct ptn_mrz_mark){ .line = (uint8_t)(at / marks->line_len_wanted + 1),
                               .column = (uint8_t)(at % marks->line_len_wanted + 1),
                               .length = (uint8_t)length,
                               .what = what,
                               .state = state };
}

/* Everything that begins at one place: a field or a check digit. */
static void mark_at(struct ptn_mrz_marks *marks, const struct typed *typed, unsigned at)
{
    static const char *const check_names[] = { "number-check", "birth-check", "expiry-check",
                                               "personal-check", "composite-check" };

    for (unsigned field = 0; field < PTN_MRZ_FIELD_COUNT; field++) {
        struct ptn_mrz_span span = typed->layout->fields[field];

        if (span.len > 0 && span.at == at)
            mark(marks, at, there_count(typed, span), ptn_mrz_field_name(field),
                 state_of_field(typed, field));
    }
    for (unsigned check = 0; check < PTN_MRZ_CHECK_COUNT; check++)
        if (typed->layout->checks[check] == at)
            mark(marks, at, 1, check_names[check], state_of_check(typed, check));
}

/* Lines that are too long or, with another line after them, too short. False when one is not just
 * full. */
static bool mark_lengths(struct ptn_mrz_marks *marks, const struct ptn_mrz_text *text,
                         const struct ptn_mrz_layout *layout)
{
    bool all_full = text->line_count == layout->line_count && !text->too_long;

    for (unsigned i = 0; i < text->line_count && i < layout->line_count; i++) {
        struct ptn_mrz_mark wrong = { .line = (uint8_t)(i + 1), .state = PTN_MRZ_MARK_WRONG };

        if (text->len[i] == layout->line_len)
            continue;
        all_full = false;
        if (text->len[i] > layout->line_len) {
            wrong.what = "too-long";
            wrong.column = (uint8_t)(layout->line_len + 1);
            wrong.length = (uint8_t)(text->len[i] - layout->line_len);
        } else if (i + 1u < text->line_count) {
            wrong.what = "too-short";
            wrong.column = 1;
            wrong.length = text->len[i];
        }
        if (wrong.what != NULL)
            marks->marks[marks->count++] = wrong;
    }
    return all_full;
}

static void copy_lines(struct ptn_mrz_marks *marks, const struct ptn_mrz_text *text)
{
    while (marks->line_count < text->line_count && marks->line_count < PTN_MRZ_LINES_MAX) {
        unsigned i = marks->line_count++;
        size_t len = text->len[i] < PTN_MRZ_LINE_MAX ? text->len[i] : PTN_MRZ_LINE_MAX;

        memcpy(marks->lines[i], text->lines[i], len);
        marks->lines[i][len] = '\0';
    }
}

struct ptn_status ptn_mrz_marks(struct ptn_bytes text, struct ptn_date today,
                                struct ptn_mrz_marks *ret_marks, struct ptn_diag *reterr)
{
    struct ptn_mrz_text clean;
    struct typed typed = { .today = today };
    uint8_t values[PTN_MRZ_CHARS_MAX];
    size_t count;

    PTN_PRE(ptn_date_is_full(today) && today.year >= 200);
    PTN_PRE(ret_marks != NULL);

    if (text.len > PTN_MRZ_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_MRZ_TEXT_MAX, "the text is too long for an MRZ");
    *ret_marks = (struct ptn_mrz_marks){ 0 };
    ptn_mrz_text_read(text, &clean);
    if (clean.line_count > 0)
        typed.layout = ptn_mrz_layout_of(guess_format(&clean));
    if (typed.layout != NULL)
        cut(&clean, typed.layout);
    copy_lines(ret_marks, &clean);
    if (typed.layout == NULL)
        return PTN_OK;
    lay_out(&typed, &clean);
    count = (size_t)typed.layout->line_count * typed.layout->line_len;
    (void)ptn_mrz_values(typed.chars, count, values);
    typed.checked = ptn_mrz_check_all(typed.layout, typed.chars, values);
    ret_marks->format = typed.layout->format;
    ret_marks->lines_wanted = typed.layout->line_count;
    ret_marks->line_len_wanted = typed.layout->line_len;
    for (unsigned at = 0; at < count; at++)
        if (typed.there[at])
            mark_at(ret_marks, &typed, at);
    ret_marks->complete = mark_lengths(ret_marks, &clean, typed.layout);
    return PTN_OK;
}
