/*
 * main/public_page.c -- the public page as HTML. Everything in it is readable without scripts and
 * without colour; what comes from files is escaped.
 */
#include "main/public_int.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "reference/place.h"

/* A phrase in both languages. */
struct phrase {
    const char *english, *albanian;
};

struct page {
    struct ptn_buffer *out;
    struct ptn_status status; /* the first failure sticks */
    const json_t *data;
    bool albanian;
    size_t number;
};

static const struct phrase words[] = {
#define WORD_TITLE 0
    { "Border crossings", "Pikat e kalimit të kufirit" },
#define WORD_AS_OF 1
    { "As of", "Gjendja në orën" },
#define WORD_OLD 2
    { "If that is long ago, this page has not been renewed since: what it says may be out of date.",
      "Nëse kjo ka kaluar prej kohësh, faqja nuk është rifreskuar që atëherë: mund të mos jetë më "
      "e vlefshme." },
#define WORD_NOTICES 3
    { "Notices", "Njoftime" },
#define WORD_POINT 4
    { "Crossing point", "Pika e kalimit" },
#define WORD_IN 5
    { "Entering the country", "Hyrja në vend" },
#define WORD_OUT 6
    { "Leaving the country", "Dalja nga vendi" },
#define WORD_WAIT 7
    { "Wait, measured", "Pritja, e matur" },
#define WORD_HEARD 8
    { "Last heard from", "Lajmi i fundit" },
#define WORD_USUAL 9
    { "works as usual", "punon si zakonisht" },
#define WORD_ALONE 10
    { "works, on its own computers; nothing changes for you",
      "punon, me kompjuterët e vet; për ju nuk ndryshon gjë" },
#define WORD_BY_HAND 11
    { "by hand, on paper: expect a long wait", "me dorë, në letër: prisni gjatë" },
#define WORD_UNKNOWN 12
    { "not known: ask there before you travel", "nuk dihet: pyesni atje para se të niseni" },
#define WORD_STUB 13
    { "If you crossed on paper", "Nëse keni kaluar me letër" },
#define WORD_STUB_1 14
    { "You were given a numbered stub. It is your proof of that entry or exit: keep it with your "
      "passport and show it when you next cross.",
      "Ju është dhënë një kupon me numër. Ai është prova juaj e asaj hyrjeje ose daljeje: mbajeni "
      "me pasaportën dhe tregojeni kur të kaloni herën tjetër." },
#define WORD_STUB_2 15
    { "Days on which a crossing point worked on paper count as \xe2\x80\x9cnot known\xe2\x80\x9d "
      "until its sheets are typed in. Nobody has stayed too long because a record is missing.",
      "Ditët kur një pikë kalimi punoi me letër quhen \xe2\x80\x9enuk dihet\xe2\x80\x9d derisa "
      "fletët të shtypen në sistem. Askush nuk ka qëndruar tepër vetëm sepse mungon një "
      "regjistrim." },
#define WORD_READY 16
    { "What to have ready", "Çfarë të keni gati" },
#define WORD_READY_1 17
    { "Your passport or identity card, open at the page with the photograph, out of its cover.",
      "Pasaportën ose kartën e identitetit, hapur te faqja me fotografi, pa këllëf." },
#define WORD_READY_2 18
    { "Your visa or residence permit, if you need one.",
      "Vizën ose lejen e qëndrimit, nëse ju duhet." },
#define WORD_READY_3 19
    { "With a vehicle: its papers and the insurance card.",
      "Me automjet: dokumentet e tij dhe kartën e sigurimit." },
#define WORD_READY_4 20
    { "With a child who is not your own: a letter from the parents.",
      "Me një fëmijë që nuk është i juaji: një letër nga prindërit." },
#define WORD_READY_5 21
    { "Where it is by hand: fill in the sheet in capitals while you queue, and leave the officer's "
      "part empty.",
      "Ku punohet me dorë: plotësojeni fletën me shkronja të mëdha ndërsa prisni, dhe lëreni bosh "
      "pjesën e oficerit." },
#define WORD_OTHER 22
    { "If one crossing point is slow, another in the table may work as usual.",
      "Nëse një pikë kalimi është e ngadaltë, një tjetër në tabelë mund të punojë si zakonisht." },
#define WORD_SIGNED 23
    { "The same as data, signed:", "E njëjta si të dhëna, e nënshkruar:" },
#define WORD_LANGUAGE 24
    { "Shqip", "English" },
#define WORD_MEASURED 25
    { "measured", "matur" },
#define WORD_NONE 26
    { "not measured", "e pamatur" },
#define WORD_LOCAL 27
    { "local time", "ora lokale" },
#define WORD_PAGE 28
    { "Page", "Faqja" },
#define WORD_WALK 29
    { "an officer walked the queue", "oficeri e përshkoi radhën" },
#define WORD_CARD 30
    { "a card carried through the queue", "me kartelë nga fundi i radhës" },
#define WORD_ARRIVAL 31
    { "from arrival to crossing", "nga mbërritja te kalimi" },
#define WORD_NEVER 32
    { "not yet", "ende jo" },
#define WORD_AGAIN 33
    { "Load it again", "Ngarkoje përsëri" },
};

static const char *word(const struct page *page, size_t which)
{
    return page->albanian ? words[which].albanian : words[which].english;
}

/* ---- writing ---- */

static void add(struct page *page, const char *text)
{
    if (ptn_ok(page->status))
        page->status = ptn_buffer_add_text(page->out, text);
}

/* As text: what could be markup is escaped. */
static void add_text(struct page *page, const char *text)
{
    for (; text != NULL && *text != '\0' && ptn_ok(page->status); text++) {
        switch (*text) {
        case '<':
            add(page, "&lt;");
            break;
        case '>':
            add(page, "&gt;");
            break;
        case '&':
            add(page, "&amp;");
            break;
        case '"':
            add(page, "&quot;");
            break;
        default:
            page->status = ptn_buffer_add_u8(page->out, (uint8_t)*text);
        }
    }
}

static void add_element(struct page *page, const char *tag, const char *text)
{
    add(page, "<");
    add(page, tag);
    add(page, ">");
    add_text(page, text);
    add(page, "</");
    add(page, tag);
    add(page, ">\n");
}

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* In this page's language, else in the other. */
static const char *both(const struct page *page, const json_t *object, const char *english,
                        const char *albanian)
{
    const char *first = member(object, page->albanian ? albanian : english);

    return *first != '\0' ? first : member(object, page->albanian ? english : albanian);
}

/* An instant as a clock on the wall in Albania shows it; whoever reads the source has it in UTC. */
static void add_time(struct page *page, const char *instant)
{
    int64_t time_ms = 0;
    time_t seconds;
    struct tm parts;
    char shown[64];

    if (!ptn_ok(ptn_instant_parse(ptn_bytes_from_text(instant), &time_ms, NULL)))
        return;
    seconds = (time_t)(time_ms / 1000 + (int64_t)ptn_place_utc_offset_minutes(time_ms) * 60);
    if (gmtime_r(&seconds, &parts) == NULL)
        return;
    (void)snprintf(shown, sizeof(shown), "%02d.%02d.%04d %02d:%02d", parts.tm_mday,
                   parts.tm_mon + 1, parts.tm_year + 1900, parts.tm_hour, parts.tm_min);
    add(page, "<time datetime=\"");
    add_text(page, instant);
    add(page, "\">");
    add(page, shown);
    add(page, "</time>");
}

/* ---- parts ---- */

static const char *state_say(const struct page *page, const char *state)
{
    if (strcmp(state, "usual") == 0)
        return word(page, WORD_USUAL);
    if (strcmp(state, "alone") == 0)
        return word(page, WORD_ALONE);
    if (strcmp(state, "by-hand") == 0)
        return word(page, WORD_BY_HAND);
    return word(page, WORD_UNKNOWN);
}

/* The sign says the same as the words: it stands there for the eye that skims. */
static void add_state(struct page *page, size_t head, const char *state)
{
    static const struct {
        const char *state, *sign;
    } signs[] = { { "usual", "\xe2\x97\x8f" },
                  { "alone", "\xe2\x97\x90" },
                  { "by-hand", "\xe2\x96\xa4" },
                  { "unknown", "?" } };

    add(page, "<td data-head=\"");
    add_text(page, word(page, head));
    add(page, "\"><span class=\"state ");
    add_text(page, state);
    add(page, "\"><i aria-hidden=\"true\">");
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strcmp(state, signs[i].state) == 0)
            add(page, signs[i].sign);
    add(page, "</i> ");
    add_text(page, state_say(page, state));
    add(page, "</span></td>\n");
}

static void add_wait(struct page *page, const json_t *wait)
{
    const char *method = member(wait, "method");
    char minutes[32];

    (void)snprintf(minutes, sizeof(minutes), " %lld min, ",
                   (long long)json_integer_value(json_object_get(wait, "minutes")));
    add(page, "<span class=\"wait\">");
    add_text(page, strcmp(member(wait, "direction"), "entry") == 0 ? word(page, WORD_IN)
                                                                   : word(page, WORD_OUT));
    add(page, ":");
    add(page, minutes);
    add_text(page, strcmp(method, "card") == 0      ? word(page, WORD_CARD)
                   : strcmp(method, "arrival") == 0 ? word(page, WORD_ARRIVAL)
                                                    : word(page, WORD_WALK));
    add(page, ", ");
    add_text(page, word(page, WORD_MEASURED));
    add(page, " ");
    add_time(page, member(wait, "measured"));
    add(page, "</span>");
}

static void add_point(struct page *page, const json_t *point)
{
    const json_t *waits = json_object_get(point, "waits");
    const char *heard = member(point, "heard");

    add(page, "<tr><th scope=\"row\">");
    add_text(page, both(page, point, "name", "name_sq"));
    add(page, "</th>\n");
    add_state(page, WORD_IN, member(point, "entry"));
    add_state(page, WORD_OUT, member(point, "exit"));
    add(page, "<td data-head=\"");
    add_text(page, word(page, WORD_WAIT));
    add(page, "\">");
    for (size_t i = 0; i < json_array_size(waits); i++)
        add_wait(page, json_array_get(waits, i));
    if (json_array_size(waits) == 0)
        add_text(page, word(page, WORD_NONE));
    add(page, "</td>\n<td data-head=\"");
    add_text(page, word(page, WORD_HEARD));
    add(page, "\">");
    if (*heard == '\0')
        add_text(page, word(page, WORD_NEVER));
    else
        add_time(page, heard);
    add(page, "</td></tr>\n");
}

static void add_points(struct page *page)
{
    static const size_t heads[] = { WORD_POINT, WORD_IN, WORD_OUT, WORD_WAIT, WORD_HEARD };
    const json_t *points = json_object_get(page->data, "crossing_points");
    size_t first = (page->number - 1) * PTN_PUBLIC_ROWS;

    add(page, "<table>\n<thead><tr>");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        add(page, "<th scope=\"col\">");
        add_text(page, word(page, heads[i]));
        add(page, "</th>");
    }
    add(page, "</tr></thead>\n<tbody>\n");
    for (size_t i = first; i < first + PTN_PUBLIC_ROWS && i < json_array_size(points); i++)
        add_point(page, json_array_get(points, i));
    add(page, "</tbody>\n</table>\n");
}

/* The name of the crossing point that a notice is for, before it. */
static void add_notice(struct page *page, const json_t *notice)
{
    const json_t *points = json_object_get(page->data, "crossing_points");
    const char *code = member(notice, "code");

    add(page, "<li>");
    for (size_t i = 0; *code != '\0' && i < json_array_size(points); i++)
        if (strcmp(member(json_array_get(points, i), "code"), code) == 0) {
            add(page, "<b>");
            add_text(page, both(page, json_array_get(points, i), "name", "name_sq"));
            add(page, "</b>: ");
        }
    add_text(page, both(page, notice, "en", "sq"));
    add(page, "</li>\n");
}

static void add_notices(struct page *page)
{
    const json_t *notices = json_object_get(page->data, "notices");

    if (json_array_size(notices) == 0)
        return;
    add_element(page, "h2", word(page, WORD_NOTICES));
    add(page, "<ul class=\"notices\">\n");
    for (size_t i = 0; i < json_array_size(notices); i++)
        add_notice(page, json_array_get(notices, i));
    add(page, "</ul>\n");
}

static void add_more_pages(struct page *page)
{
    size_t count = ptn_public_page_count(page->data);
    char text[64];
    char name[32];

    if (count < 2)
        return;
    add(page, "<nav><p>");
    for (size_t i = 1; i <= count; i++) {
        ptn_public_page_name(page->albanian, i, name);
        (void)snprintf(text, sizeof(text), "<a href=\"%s\">", name);
        add(page, text);
        add_text(page, word(page, WORD_PAGE));
        (void)snprintf(text, sizeof(text), " %zu</a> ", i);
        add(page, text);
    }
    add(page, "</p></nav>\n");
}

static void add_guide(struct page *page)
{
    static const size_t ready[] = { WORD_READY_1, WORD_READY_2, WORD_READY_3, WORD_READY_4,
                                    WORD_READY_5 };

    add_element(page, "h2", word(page, WORD_STUB));
    add_element(page, "p", word(page, WORD_STUB_1));
    add_element(page, "p", word(page, WORD_STUB_2));
    add_element(page, "h2", word(page, WORD_READY));
    add(page, "<ul>\n");
    for (size_t i = 0; i < sizeof(ready) / sizeof(ready[0]); i++)
        add_element(page, "li", word(page, ready[i]));
    add(page, "</ul>\n");
}

static void add_head(struct page *page, const char *title)
{
    char other[32];

    ptn_public_page_name(!page->albanian, page->number, other);
    add(page, page->albanian ? "<!doctype html>\n<html lang=\"sq\">\n"
                             : "<!doctype html>\n<html lang=\"en\">\n");
    add(page, "<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
              "style-src 'self'; script-src 'self'; img-src data:\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" "
              "href=\"data:,\">\n<link rel=\"stylesheet\" href=\"status.css\">\n"
              "<script defer src=\"age.js\"></script>\n<title>");
    add_text(page, title);
    add(page, "</title>\n<header>\n");
    add_element(page, "h1", title);
    add(page, "<p><a href=\"");
    add(page, other);
    add(page,
        page->albanian ? "\" lang=\"en\" hreflang=\"en\">" : "\" lang=\"sq\" hreflang=\"sq\">");
    add_text(page, word(page, WORD_LANGUAGE));
    add(page, "</a></p>\n</header>\n<main>\n");
}

static void add_as_of(struct page *page)
{
    char name[32];

    add(page, "<p class=\"asof\"><b>");
    add_text(page, word(page, WORD_AS_OF));
    add(page, " ");
    add_time(page, member(page->data, "as_of"));
    add(page, "</b> (");
    add_text(page, word(page, WORD_LOCAL));
    add(page, ") <span id=\"age\"></span><br>");
    add_text(page, word(page, WORD_OLD));
    ptn_public_page_name(page->albanian, page->number, name);
    add(page, " <a href=\"");
    add(page, name);
    add(page, "\">");
    add_text(page, word(page, WORD_AGAIN));
    add(page, "</a></p>\n");
}

size_t ptn_public_page_count(const json_t *status)
{
    size_t points = json_array_size(json_object_get(status, "crossing_points"));

    return points <= PTN_PUBLIC_ROWS ? 1 : (points + PTN_PUBLIC_ROWS - 1) / PTN_PUBLIC_ROWS;
}

void ptn_public_page_name(bool albanian, size_t number, char name[32])
{
    const char *base = albanian ? "sq" : "index";

    if (number == 1)
        (void)snprintf(name, 32, "%s.html", base);
    else
        (void)snprintf(name, 32, "%s-%zu.html", base, number);
}

struct ptn_status ptn_public_page(const json_t *status, bool albanian, size_t number,
                                  struct ptn_buffer *out)
{
    struct page page = { .out = out, .data = status, .albanian = albanian, .number = number };
    const char *title = both(&page, status, "title", "title_sq");

    add_head(&page, *title == '\0' ? word(&page, WORD_TITLE) : title);
    add_as_of(&page);
    add_notices(&page);
    add_points(&page);
    add_more_pages(&page);
    add_element(&page, "p", word(&page, WORD_OTHER));
    add_guide(&page);
    add(&page, "</main>\n<footer><p>");
    add_text(&page, word(&page, WORD_SIGNED));
    add(&page, " <a href=\"status.json\">status.json</a> \xc2\xb7 "
               "<a href=\"status.note\">status.note</a></p></footer>\n</html>\n");
    return page.status;
}

/* ---- the two files beside it ---- */

const char ptn_public_css[] =
    ":root{color-scheme:light dark;--ink:#14202b;--ink-2:#46566a;--paper:#f3f5f1;--card:#fff;"
    "--line:#c3cac5;--accent:#0b4f8a;--by:#931320;--own:#5b3a8c}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e9e4d8;--ink-2:#b3ab9a;--paper:#12110f;"
    "--card:#1c1a17;--line:#3a362f;--accent:#e0b36a;--by:#ff9aa0;--own:#cdb5f5}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:68rem;padding:0 1rem 2rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,\"Noto Sans\",\"DejaVu Sans\",sans-serif}\n"
    "header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;"
    "gap:0 1rem}\n"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:1.8rem}\n"
    "a{color:var(--accent)}\n"
    "a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\n"
    ".asof{color:var(--ink-2)}.asof b{color:var(--ink)}\n"
    ".notices{background:var(--card);border:2px solid var(--accent);border-radius:8px;"
    "padding:.7rem 1rem .7rem 2rem;font-size:1.1rem}\n"
    "table{border-collapse:collapse;width:100%;background:var(--card)}\n"
    "th,td{text-align:left;vertical-align:top;padding:.5rem .7rem;border:1px solid var(--line)}\n"
    "thead th{font-weight:500;color:var(--ink-2)}\n"
    ".by-hand{color:var(--by);font-weight:600}.alone{color:var(--own)}.unknown{font-weight:600}\n"
    ".state i{font-style:normal}\n"
    ".wait{display:block}\n"
    "footer{margin-top:2rem;color:var(--ink-2)}\n"
    "@media (max-width:40rem){thead{position:absolute;left:-99rem}\n"
    "tr,tbody th,td{display:block;border:0}\n"
    "tr{border:1px solid var(--line);margin-bottom:.7rem;padding:.4rem 0}\n"
    "tbody th{font-size:1.1rem}td{padding-top:0}\n"
    "td::before{content:attr(data-head) \": \";color:var(--ink-2)}}\n"
    "@media print{a{color:inherit}}\n";

const char ptn_public_age_js[] =
    "\"use strict\";\n"
    "// How old what this page says is, by this device's clock. The page reads the same without "
    "it.\n"
    "(function () {\n"
    "  var time = document.querySelector(\".asof time\"), age = document.getElementById(\"age\");\n"
    "  function say() {\n"
    "    var minutes = Math.floor((Date.now() - Date.parse(time.getAttribute(\"datetime\"))) / "
    "60000);\n"
    "    if (!(minutes >= 0)) return;\n"
    "    var hours = Math.floor(minutes / 60), sq = document.documentElement.lang === \"sq\";\n"
    "    var text = hours > 0 ? hours + (sq ? \" or\\u00eb \" : \" h \") + minutes % 60 + \" min\" "
    ": minutes + \" min\";\n"
    "    age.textContent = sq ? \"\\u2013 para \" + text : \"\\u2013 \" + text + \" ago\";\n"
    "  }\n"
    "  if (time && age) { say(); setInterval(say, 20000); }\n"
    "})();\n";
