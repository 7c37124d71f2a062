/* main/drill_report.c -- what a drill came to: for the terminal, and for machines. */
#include <stdio.h>

#include "main/drill_int.h"

/* What posts on paper said, taken together; named and refused are counts of posts. */
struct paper {
    unsigned issued, accounted, named, refused, doubts, doubts_failed;
};

static struct paper paper_of(const struct ptn_drill *drill)
{
    struct paper sum = { 0 };

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        const struct ptn_drill_sheets *sheets = &drill->posts[i].sheets;

        sum.issued += sheets->issued;
        sum.accounted += sheets->accounted;
        sum.named += sheets->named;
        sum.refused += sheets->refused;
        sum.doubts += sheets->doubts;
        sum.doubts_failed += sheets->doubts_failed;
    }
    return sum;
}

static unsigned accepted_of(const struct ptn_drill_report *report)
{
    return report->forged_followed + report->forged_kept + report->forged_heard;
}

void ptn_drill_rows(const struct ptn_drill *drill, ptn_drill_row_fn row, void *context)
{
    const struct ptn_drill_report *report = &drill->report;
    const struct paper paper = paper_of(drill);
    char text[128];

    (void)snprintf(text, sizeof(text), "%u, lost %u", report->made, report->lost);
    row(context, "crossings made and acknowledged", text, "never published");
    (void)snprintf(text, sizeof(text), "%u, accepted %u", report->forged_tried,
                   accepted_of(report));
    row(context, "forged orders, editions, ends, releases tried", text, "");
    (void)snprintf(text, sizeof(text), "%.2f s", report->order_last_s);
    row(context, "every post contained, after the order", text, "systems pulled by hand");
    (void)snprintf(text, sizeof(text), "%.1f s", report->contained_last_s);
    row(context, "every post contained, after the first sign", text, "");
    (void)snprintf(text, sizeof(text), "%.0f %% of normal",
                   report->rate_normal > 0 ? 100 * report->rate_local / report->rate_normal : 0);
    row(context, "lanes on their own, measured", text, "about 13 % (paper)");
    (void)snprintf(text, sizeof(text), "%u of %u", paper.accounted, paper.issued);
    row(context, "paper sheets accounted for", text, "never published");
    (void)snprintf(text, sizeof(text), "named at %u of 2 posts", paper.named);
    row(context, "a sheet that was never entered", text, "");
    (void)snprintf(text, sizeof(text), "refused at %u of 2 posts", paper.refused);
    row(context, "a return while that sheet was missing", text, "");
    (void)snprintf(text, sizeof(text), "%.1f s, digest %s", report->rebuild_s,
                   report->digest_equal ? "the same" : "NOT the same");
    row(context, "centre rebuilt from keepers, proven", text, "2.5 to 3.5 days");
    (void)snprintf(text, sizeof(text), "%u left, %u overdue", report->leave_left,
                   report->leave_overdue);
    row(context, "two ordered to leave, one stays", text, "24 hours given to an embassy");
    row(context, "a post's disk lost, its ledger back",
        report->post_recovered ? "whole" : "NOT whole", "");
    row(context, "a return without the gate", report->return_held ? "held" : "NOT held",
        "two counters tried");
    (void)snprintf(text, sizeof(text), "%u of 2 in %.1f s", report->returned, report->return_s);
    row(context, "posts back through the gate: canary, half, all", text,
        "one counter each way, then all");
}

static void print_row(void *context, const char *what, const char *here, const char *then)
{
    (void)context;
    (void)printf("  %-46s %-24s %s\n", what, here, then);
}

void ptn_drill_print(const struct ptn_drill *drill)
{
    const struct ptn_drill_report *report = &drill->report;

    (void)putchar('\n');
    print_row(NULL, "", "this drill", "September 2022");
    ptn_drill_rows(drill, print_row, NULL);
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        if (drill->posts[i].contained_s < 0)
            (void)printf("  %s was never contained\n", drill->posts[i].name);
    (void)printf("\n  %s: %u things that must hold did not. Seed %lu, %.1f s.\n",
                 report->failures == 0 ? "passed" : "FAILED", report->failures, report->seed,
                 report->took_s);
}

/* Of a post that was on paper. */
static void write_sheets(const struct ptn_drill_sheets *sheets, struct ptn_json *json)
{
    ptn_json_key(json, "sheets");
    ptn_json_object(json);
    ptn_json_field_number(json, "issued", sheets->issued);
    ptn_json_field_number(json, "accounted", sheets->accounted);
    ptn_json_field_bool(json, "named", sheets->named);
    ptn_json_field_bool(json, "refused", sheets->refused);
    ptn_json_field_number(json, "doubts", sheets->doubts);
    ptn_json_field_number(json, "doubts_failed", sheets->doubts_failed);
    ptn_json_object_end(json);
}

static void write_posts(const struct ptn_drill *drill, struct ptn_json *json)
{
    ptn_json_key(json, "posts");
    ptn_json_array(json);
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        const struct ptn_drill_post *post = &drill->posts[i];

        ptn_json_object(json);
        ptn_json_field_text(json, "name", ptn_bytes_from_text(post->name));
        ptn_json_key(json, "contained_s");
        if (post->contained_s < 0)
            ptn_json_null(json);
        else
            ptn_json_decimal(json, (int64_t)(post->contained_s * 1000), 3);
        if (post->sheets.issued > 0)
            write_sheets(&post->sheets, json);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_decimal(struct ptn_json *json, const char *key, double value)
{
    ptn_json_key(json, key);
    ptn_json_decimal(json, (int64_t)(value * 1000), 3);
}

static void write_paper(const struct ptn_drill *drill, struct ptn_json *json)
{
    const struct paper paper = paper_of(drill);

    ptn_json_key(json, "sheets");
    ptn_json_object(json);
    ptn_json_field_number(json, "issued", paper.issued);
    ptn_json_field_number(json, "accounted", paper.accounted);
    ptn_json_object_end(json);
    ptn_json_key(json, "paper");
    ptn_json_object(json);
    ptn_json_field_number(json, "named", paper.named);
    ptn_json_field_number(json, "refused", paper.refused);
    ptn_json_field_number(json, "doubts", paper.doubts);
    ptn_json_field_number(json, "doubts_failed", paper.doubts_failed);
    ptn_json_object_end(json);
}

struct ptn_status ptn_drill_write_json(const struct ptn_drill *drill, struct ptn_buffer *out)
{
    const struct ptn_drill_report *report = &drill->report;
    struct ptn_json writer = { .out = out };
    struct ptn_json *json = &writer;

    ptn_json_object(json);
    ptn_json_field_number(json, "seed", (int64_t)report->seed);
    ptn_json_key(json, "crossings");
    ptn_json_object(json);
    ptn_json_field_number(json, "made", report->made);
    ptn_json_field_number(json, "lost", report->lost);
    ptn_json_object_end(json);
    ptn_json_key(json, "forged");
    ptn_json_object(json);
    ptn_json_field_number(json, "tried", report->forged_tried);
    ptn_json_field_number(json, "accepted", accepted_of(report));
    ptn_json_field_number(json, "followed", report->forged_followed);
    ptn_json_field_number(json, "kept", report->forged_kept);
    ptn_json_field_number(json, "heard", report->forged_heard);
    ptn_json_object_end(json);
    write_paper(drill, json);
    write_posts(drill, json);
    write_decimal(json, "order_s", report->order_last_s);
    ptn_json_key(json, "rebuild");
    ptn_json_object(json);
    write_decimal(json, "seconds", report->rebuild_s);
    ptn_json_field_bool(json, "digest_equal", report->digest_equal);
    ptn_json_object_end(json);
    ptn_json_key(json, "leave");
    ptn_json_object(json);
    ptn_json_field_number(json, "ordered", 2);
    ptn_json_field_number(json, "left", report->leave_left);
    ptn_json_field_number(json, "overdue", report->leave_overdue);
    ptn_json_object_end(json);
    ptn_json_field_bool(json, "post_recovered", report->post_recovered);
    ptn_json_field_bool(json, "return_held", report->return_held);
    ptn_json_key(json, "returned");
    ptn_json_object(json);
    ptn_json_field_number(json, "posts", report->returned);
    write_decimal(json, "seconds", report->return_s);
    ptn_json_object_end(json);
    ptn_json_key(json, "rates");
    ptn_json_object(json);
    write_decimal(json, "normal", report->rate_normal);
    write_decimal(json, "local", report->rate_local);
    /* an officer writes a sheet in 45 s: nobody wrote in this drill */
    write_decimal(json, "manual", PTN_DRILL_POSTS / 45.0);
    ptn_json_field_text(json, "manual_is", PTN_BYTES_LITERAL("assumed"));
    ptn_json_object_end(json);
    write_decimal(json, "took_s", report->took_s);
    ptn_json_field_number(json, "failures", report->failures);
    ptn_json_object_end(json);
    return ptn_json_end(json);
}
