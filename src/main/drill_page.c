/*
 * main/drill_page.c -- a drill's report as one HTML page, to be kept and shown: the figures beside
 * the real event's, when each post was contained, and the story as it was told. It asks nobody for
 * anything and reads without scripts and colour.
 */
#include <stdio.h>
#include <string.h>

#include "main/drill_int.h"

#define PAGE_MAX ((size_t)1 << 20)

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>A drill of Postern</title>\n<style>\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 "
    "1rem; color: #14202e; background: #fff; }\n"
    "table { border-collapse: collapse; width: 100%; margin: 1rem 0; }\n"
    "caption { text-align: left; font-weight: 600; }\n"
    "th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #c9ced4; }\n"
    "pre { white-space: pre-wrap; font-size: 14px; }\n"
    ".bad { color: #8c1420; font-weight: 700; }\n</style>\n"
    "<h1>The night of 9 September, on one machine</h1>\n";

struct page {
    struct ptn_buffer *out;
    struct ptn_status status; /* the first failure sticks */
};

static void add(struct page *page, const char *text)
{
    if (ptn_ok(page->status))
        page->status = ptn_buffer_add_text(page->out, text);
}

/* Text between tags. */
static void add_said(struct page *page, struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len && ptn_ok(page->status); i++) {
        if (text.at[i] == '<')
            add(page, "&lt;");
        else if (text.at[i] == '&')
            add(page, "&amp;");
        else
            page->status = ptn_buffer_add_u8(page->out, text.at[i]);
    }
}

static void add_cell(struct page *page, const char *tag, const char *text)
{
    add(page, tag);
    add_said(page, ptn_bytes_from_text(text));
}

static void add_row(void *context, const char *what, const char *here, const char *then)
{
    struct page *page = context;

    add_cell(page, "<tr><th scope=\"row\">", what);
    add_cell(page, strstr(here, "NOT") != NULL ? "</th><td class=\"bad\">" : "</th><td>", here);
    add_cell(page, "</td><td>", then);
    add(page, "</td></tr>\n");
}

static void add_posts(struct page *page, const struct ptn_drill *drill)
{
    char text[32];

    add(page, "<table>\n<caption>When each post was contained</caption>\n<tr><th "
              "scope=\"col\">post</th><th scope=\"col\">after the first sign</th></tr>\n");
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        const struct ptn_drill_post *post = &drill->posts[i];

        (void)snprintf(text, sizeof(text), "%.1f s", post->contained_s);
        add_cell(page, "<tr><th scope=\"row\">", post->name == NULL ? "" : post->name);
        add_cell(page, post->contained_s < 0 ? "</th><td class=\"bad\">" : "</th><td>",
                 post->contained_s < 0 ? "never" : text);
        add(page, "</td></tr>\n");
    }
    add(page, "</table>\n");
}

/* Line by line, so that what must hold and did not stands out. */
static void add_story(struct page *page, struct ptn_bytes story)
{
    add(page, "<h2>As it was played</h2>\n<pre>\n");
    while (story.len > 0) {
        const uint8_t *end = memchr(story.at, '\n', story.len);
        size_t len = end == NULL ? story.len : (size_t)(end - story.at) + 1;
        struct ptn_bytes line = ptn_bytes_slice(story, 0, len);
        bool bad = memmem(line.at, line.len, "NOT:", 4) != NULL;

        add(page, bad ? "<span class=\"bad\">" : "");
        add_said(page, line);
        add(page, bad ? "</span>" : "");
        story = ptn_bytes_slice(story, len, story.len);
    }
    add(page, "</pre>\n");
}

struct ptn_status ptn_drill_write_page(const struct ptn_drill *drill, const char *path)
{
    const struct ptn_drill_report *report = &drill->report;
    struct ptn_buffer out = { .len_max = PAGE_MAX };
    struct page page = { &out, PTN_OK };
    char text[160];

    add(&page, head);
    (void)snprintf(text, sizeof(text), "%s: %u things that must hold did not. Seed %lu, %.1f s.",
                   report->failures == 0 ? "Passed" : "FAILED", report->failures, report->seed,
                   report->took_s);
    add_cell(&page, report->failures == 0 ? "<p>" : "<p class=\"bad\">", text);
    add(&page, "</p>\n<table>\n<caption>Beside the real event</caption>\n<tr><td></td><th "
               "scope=\"col\">this drill</th><th scope=\"col\">September 2022</th></tr>\n");
    ptn_drill_rows(drill, add_row, &page);
    add(&page,
        "</table>\n<p>September 2022 as the press had it. Nobody wrote by hand in this drill: "
        "a sheet is taken to be 45 seconds.</p>\n");
    add_posts(&page, drill);
    add_story(&page, ptn_buffer_bytes(drill->story));
    add(&page, "</html>\n");
    if (ptn_ok(page.status))
        page.status =
            drill->world->files->replace(drill->world->context, path, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return page.status;
}
