/*
 * decision/rules_file.c -- reads a rules file: docs/format/rules.md. Nothing of SQL is understood
 * here.
 */
#include "decision/rules_int.h"

#define ID_LEN_MAX   48u
#define TEXT_LEN_MAX 400u
#define TESTS_MAX    4096u
#define DAYS_MAX     92 /* of a heightened check, which ends by itself: what stays is a rule */
#define POSTS_MAX    16u

struct reading {
    struct rule_file *file;
    struct ptn_arena *arena;
    struct rule *open; /* the rule between "rule" and "end" */
    bool headed;
    size_t line;
    struct ptn_diag *reterr;
};

static struct ptn_status bad(const struct reading *reading, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reading->reterr, reading->line, text);
}

/* The first word, and in *ret_rest what follows it. */
static struct ptn_bytes take_word(struct ptn_bytes text, struct ptn_bytes *ret_rest)
{
    size_t end = 0;

    while (end < text.len && text.at[end] != ' ' && text.at[end] != '\t')
        end++;
    *ret_rest = ptn_bytes_trim(ptn_bytes_slice(text, end, text.len - end));
    return ptn_bytes_slice(text, 0, end);
}

static bool is_id(struct ptn_bytes text)
{
    if (text.len < 1 || text.len > ID_LEN_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];

        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-' &&
            byte != '.')
            return false;
    }
    return true;
}

static struct ptn_status begin_rule(struct reading *reading, struct ptn_bytes id)
{
    struct rule_file *file = reading->file;

    if (!is_id(id))
        return bad(reading, "a rule's id is small letters, digits, '-' and '.'");
    for (size_t i = 0; i < file->rule_count; i++)
        if (ptn_bytes_equal(file->rules[i].id, id))
            return bad(reading, "two rules have this id");
    if (file->rule_count == PTN_RULES_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reading->reterr, reading->line, "too many rules");
    reading->open = &file->rules[file->rule_count++];
    *reading->open = (struct rule){ .id = id, .line = reading->line };
    return PTN_OK;
}

static struct ptn_status take_leads(struct reading *reading, struct ptn_bytes word)
{
    struct rule *rule = reading->open;

    if (rule->leads)
        return bad(reading, "this rule says twice what it leads to");
    rule->leads = true;
    if (ptn_bytes_is(word, "refer"))
        rule->verdict = PTN_VERDICT_REFER;
    else if (ptn_bytes_is(word, "stop"))
        rule->verdict = PTN_VERDICT_STOP;
    else if (ptn_bytes_is(word, "report"))
        rule->report = true;
    else
        return bad(reading, "a rule leads to refer, stop or report");
    return PTN_OK;
}

static bool take_day(struct ptn_bytes word, struct ptn_date *ret_day)
{
    return word.len == 10 && ptn_ok(ptn_date_parse(word, ret_day, NULL)) &&
           ptn_date_is_full(*ret_day);
}

static struct ptn_status take_days(struct reading *reading, struct ptn_bytes text)
{
    struct rule *rule = reading->open;
    struct ptn_date from = PTN_DATE_NONE;
    struct ptn_date until = PTN_DATE_NONE;
    struct ptn_bytes last;
    struct ptn_bytes first = take_word(text, &last);

    if (!ptn_date_is_none(rule->from))
        return bad(reading, "this rule has its days twice");
    if (!take_day(first, &from) || !take_day(last, &until))
        return bad(reading, "days are the first and the last one");
    if (ptn_date_compare(from, until) > 0 || ptn_date_days_between(from, until) >= DAYS_MAX)
        return bad(reading, "a heightened check lasts one to 92 days");
    rule->from = from;
    rule->until = until;
    return PTN_OK;
}

/* Ids with one space between, so that what is written again is the same bytes. */
static struct ptn_status take_posts(struct reading *reading, struct ptn_bytes text)
{
    struct rule *rule = reading->open;
    struct ptn_bytes rest = text;
    size_t count = 0;

    if (rule->posts.len > 0)
        return bad(reading, "this rule has its posts twice");
    do {
        if (!is_id(ptn_rule_take_post(&rest)) || ++count > POSTS_MAX)
            return bad(reading, "posts are up to 16 codes, a space between them");
    } while (rest.len > 0);
    rule->posts = text;
    return PTN_OK;
}

static struct ptn_status take_text(struct reading *reading, struct ptn_bytes text,
                                   struct ptn_bytes *ret_text)
{
    if (ret_text->len > 0)
        return bad(reading, "this rule has its text twice");
    if (text.len < 1 || text.len > TEXT_LEN_MAX || !ptn_utf8_valid(text, NULL))
        return bad(reading, "a text is up to 400 bytes of UTF-8");
    *ret_text = text;
    return PTN_OK;
}

/* Lines of one expression are joined as they stand, so that a comment in one ends with it. */
static struct ptn_status take_when(struct reading *reading, struct ptn_bytes text)
{
    struct ptn_bytes *expr = &reading->open->expr;
    size_t len = expr->len + (expr->len > 0 ? 1u : 0u) + text.len;
    uint8_t *at;

    if (text.len == 0)
        return bad(reading, "the expression is empty");
    if (memchr(text.at, '\0', text.len) != NULL)
        return bad(reading, "the expression holds a zero byte");
    if (len > PTN_RULES_EXPR_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reading->reterr, reading->line,
                        "the expression is too long");
    at = ptn_arena_take(reading->arena, len);
    if (at == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reading->reterr, reading->line, "no memory for the rules");
    if (expr->len > 0) {
        memcpy(at, expr->at, expr->len);
        at[expr->len] = '\n';
    }
    memcpy(at + len - text.len, text.at, text.len);
    *expr = ptn_bytes_of(at, len);
    return PTN_OK;
}

static struct ptn_status take_test(struct reading *reading, struct ptn_bytes text)
{
    struct rule *rule = reading->open;
    struct ptn_bytes row;
    struct ptn_bytes word = take_word(text, &row);
    struct rule_test *test;

    if (!ptn_bytes_is(word, "yes") && !ptn_bytes_is(word, "no"))
        return bad(reading, "a test is yes or no and a row");
    if (reading->file->test_count == TESTS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reading->reterr, reading->line, "too many tests");
    test = ptn_arena_take(reading->arena, sizeof(*test));
    if (test == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reading->reterr, reading->line, "no memory for the rules");
    *test = (struct rule_test){
        .next = rule->tests, .row = row, .line = reading->line, .yes = ptn_bytes_is(word, "yes")
    };
    rule->tests = test;
    rule->test_count++;
    reading->file->test_count++;
    rule->tested_yes = rule->tested_yes || test->yes;
    rule->tested_no = rule->tested_no || !test->yes;
    return PTN_OK;
}

static struct ptn_status end_rule(struct reading *reading)
{
    const struct rule *rule = reading->open;

    if (!rule->leads || rule->expr.len == 0 || rule->text.len == 0 || rule->text_sq.len == 0)
        return bad(reading, "a rule needs leads, when, en and sq");
    if (!rule->tested_yes || !rule->tested_no)
        return bad(reading, "a rule needs a test that says yes and one that says no");
    reading->open = NULL;
    return PTN_OK;
}

static struct ptn_status take_rule_line(struct reading *reading, struct ptn_bytes word,
                                        struct ptn_bytes rest)
{
    if (ptn_bytes_is(word, "leads"))
        return take_leads(reading, rest);
    if (ptn_bytes_is(word, "days"))
        return take_days(reading, rest);
    if (ptn_bytes_is(word, "posts"))
        return take_posts(reading, rest);
    if (ptn_bytes_is(word, "en"))
        return take_text(reading, rest, &reading->open->text);
    if (ptn_bytes_is(word, "sq"))
        return take_text(reading, rest, &reading->open->text_sq);
    if (ptn_bytes_is(word, "when"))
        return take_when(reading, rest);
    if (ptn_bytes_is(word, "test"))
        return take_test(reading, rest);
    if (ptn_bytes_is(word, "end") && rest.len == 0)
        return end_rule(reading);
    return bad(reading, "no such line inside a rule");
}

static struct ptn_status take_line(struct reading *reading, struct ptn_bytes line)
{
    struct ptn_bytes rest;
    struct ptn_bytes word = take_word(line, &rest);

    if (!reading->headed) {
        if (!ptn_bytes_is(word, "postern-rules") || !ptn_bytes_is(rest, "1"))
            return bad(reading, "the file does not begin with postern-rules 1");
        reading->headed = true;
        return PTN_OK;
    }
    if (reading->open != NULL)
        return take_rule_line(reading, word, rest);
    if (ptn_bytes_is(word, "version") && reading->file->version.len == 0) {
        if (!is_id(rest))
            return bad(reading, "a version is small letters, digits, '-' and '.'");
        reading->file->version = rest;
        return PTN_OK;
    }
    if (ptn_bytes_is(word, "rule"))
        return begin_rule(reading, rest);
    return bad(reading, "no such line outside a rule");
}

struct ptn_status ptn_rule_file_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                      struct rule_file *file, struct ptn_diag *reterr)
{
    struct reading reading = { .file = file, .arena = arena, .reterr = reterr };
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_bytes line;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        reading.line++;
        line = ptn_bytes_trim(line);
        if (line.len > 0 && line.at[0] != '#')
            status = take_line(&reading, line);
    }
    if (!ptn_ok(status))
        return status;
    if (!reading.headed || reading.open != NULL || file->version.len == 0)
        return bad(&reading, "the head, the version or the end of a rule is missing");
    return PTN_OK;
}
