/*
 * decision/rules_text.c -- a rule written down again, in the one form that says the same: two rules
 * are one when their texts are.
 */
#include "decision/rules_int.h"

static struct ptn_status add_line(struct ptn_buffer *out, const char *word, struct ptn_bytes text)
{
    struct ptn_status status = ptn_buffer_add_text(out, word);

    if (ptn_ok(status))
        status = ptn_buffer_add(out, text);
    return ptn_ok(status) ? ptn_buffer_add_text(out, "\n") : status;
}

/* When and where, if not always and everywhere. */
static struct ptn_status add_span(struct ptn_buffer *out, const struct rule *rule)
{
    struct ptn_status status = PTN_OK;

    if (!ptn_date_is_none(rule->from)) {
        char from[PTN_DATE_TEXT_SIZE];
        char until[PTN_DATE_TEXT_SIZE];

        status = ptn_buffer_addf(out, "days %s %s\n", ptn_date_write(rule->from, from),
                                 ptn_date_write(rule->until, until));
    }
    if (ptn_ok(status) && rule->posts.len > 0)
        status = add_line(out, "posts ", rule->posts);
    return status;
}

/* The lines of the expression as they stood. */
static struct ptn_status add_expression(struct ptn_buffer *out, struct ptn_bytes expr)
{
    struct ptn_cursor cursor = ptn_cursor_at(expr);
    struct ptn_bytes line;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line)))
        status = add_line(out, "when ", line);
    return status;
}

/* The tests in the file's order; the list has the last one first. */
static struct ptn_status add_tests(struct ptn_buffer *out, const struct rule *rule)
{
    struct ptn_status status = PTN_OK;

    for (size_t left = rule->test_count; ptn_ok(status) && left > 0; left--) {
        const struct rule_test *test = rule->tests;

        for (size_t i = 1; i < left; i++)
            test = test->next;
        status = add_line(out, test->yes ? "test yes " : "test no ", test->row);
    }
    return status;
}

struct ptn_status ptn_rule_write(const struct rule *rule, struct ptn_bytes id,
                                 struct ptn_buffer *out)
{
    const char *leads = rule->report                        ? "report"
                        : rule->verdict == PTN_VERDICT_STOP ? "stop"
                                                            : "refer";
    size_t len = out->len;
    struct ptn_status status = add_line(out, "rule ", id);

    if (ptn_ok(status))
        status = add_line(out, "leads ", ptn_bytes_from_text(leads));
    if (ptn_ok(status))
        status = add_span(out, rule);
    if (ptn_ok(status))
        status = add_line(out, "en ", rule->text);
    if (ptn_ok(status))
        status = add_line(out, "sq ", rule->text_sq);
    if (ptn_ok(status))
        status = add_expression(out, rule->expr);
    if (ptn_ok(status))
        status = add_tests(out, rule);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "end\n");
    if (!ptn_ok(status))
        out->len = len;
    return status;
}
