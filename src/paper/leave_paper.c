/*
 * paper/leave_paper.c -- the page that whoever is ordered to leave takes away. It names that person
 * and nobody else of the order: families are handed a page each, and a page may be shown to
 * anybody.
 */
#include "paper/leave_paper.h"

#include <cairo-pdf.h>
#include <inttypes.h>
#include <stdio.h>

#include "paper/page_int.h"
#include "reference/place.h"

#define WIDTH     (PTN_PAGE_WIDTH - 2 * PTN_PAGE_MARGIN)
#define SIZE_TEXT 10.0
#define SIZE_LEAD 13.0
#define FOOT_Y    (PTN_PAGE_HEIGHT - 96)
#define CODE_SIDE 110.0
#define NAME_HEX  10u /* digits of the record's name in print */
#define MINUTE_MS INT64_C(60000)
#define DAY_MS    INT64_C(86400000)

/* One person's page, being drawn from the top down. */
struct sheet {
    struct ptn_page *page;
    const struct ptn_leave_paper *paper;
    const struct ptn_person *person;
    size_t nth;
    double y;
};

static void say(struct sheet *sheet, double size, bool bold, const char *text)
{
    sheet->y += ptn_page_text(sheet->page, PTN_PAGE_MARGIN, sheet->y, size, bold, WIDTH,
                              ptn_bytes_from_text(text));
}

/* A sentence in both languages, the second below the first. */
static void both(struct sheet *sheet, const char *en, const char *sq)
{
    say(sheet, SIZE_TEXT, false, en);
    say(sheet, SIZE_TEXT, false, sq);
    sheet->y += 8;
}

/* A part begins: on a further page where it would run into what stands at the foot. */
static void head(struct sheet *sheet, const char *text, double room)
{
    if (sheet->y + room > FOOT_Y) {
        cairo_show_page(sheet->page->cairo);
        sheet->y = PTN_PAGE_MARGIN;
    }
    sheet->y += 6;
    say(sheet, 11, true, text);
    sheet->y += 2;
}

/* "Name  text", when there is a text. */
static void fact(struct sheet *sheet, const char *name, struct ptn_bytes text)
{
    double left, right;

    if (text.len == 0)
        return;
    left = ptn_page_text(sheet->page, PTN_PAGE_MARGIN + 8, sheet->y, 8.5, false, 150,
                         ptn_bytes_from_text(name));
    right = ptn_page_text(sheet->page, PTN_PAGE_MARGIN + 165, sheet->y, SIZE_TEXT, true, 355, text);
    sheet->y += (left > right ? left : right) + 3;
}

static void code(struct sheet *sheet, bool *good)
{
    char id[PTN_RECORD_ID_TEXT_SIZE], name[2 * PTN_SHA256_LEN + 1], text[128], print[160];

    (void)ptn_record_id_write(sheet->paper->leave->id, id);
    (void)ptn_hex_write(sheet->paper->name, NAME_HEX / 2, name);
    (void)snprintf(text, sizeof(text), "POSTERN-LEAVE %s %zu %s", id, sheet->nth, name);
    *good = *good && ptn_page_code(sheet->page, PTN_PAGE_WIDTH - PTN_PAGE_MARGIN - CODE_SIDE, 24,
                                   CODE_SIDE, text);
    (void)snprintf(print, sizeof(print), "%.8s %.8s %.8s %.8s / %zu · %s", id, id + 8, id + 16,
                   id + 24, sheet->nth, name);
    say(sheet, 9, false, print);
}

static void title(struct sheet *sheet, bool *good)
{
    const struct ptn_leave *leave = sheet->paper->leave;
    char line[2 * PTN_RECORD_LINE_MAX];

    sheet->y = 30;
    sheet->y += ptn_page_text(sheet->page, PTN_PAGE_MARGIN, sheet->y, 20, true, 400,
                              PTN_BYTES_LITERAL("Order to leave\nUrdhër largimi")) +
                6;
    (void)snprintf(line, sizeof(line), "%.*s", (int)leave->issuer.len,
                   (const char *)leave->issuer.at);
    sheet->y += ptn_page_text(sheet->page, PTN_PAGE_MARGIN, sheet->y, 11, true, 400,
                              ptn_bytes_from_text(line));
    (void)snprintf(line, sizeof(line), "No. · Nr. %.*s", (int)leave->reference.len,
                   (const char *)leave->reference.at);
    sheet->y += ptn_page_text(sheet->page, PTN_PAGE_MARGIN, sheet->y, 11, false, 400,
                              ptn_bytes_from_text(line)) +
                4;
    code(sheet, good);
    if (sheet->y < 24 + CODE_SIDE)
        sheet->y = 24 + CODE_SIDE;
    ptn_page_line(sheet->page, PTN_PAGE_MARGIN, sheet->y + 4, PTN_PAGE_WIDTH - PTN_PAGE_MARGIN,
                  sheet->y + 4, 1);
    sheet->y += 10;
}

/* What tells this person from others, and no more. */
static void who(struct sheet *sheet)
{
    const struct ptn_person *person = sheet->person;
    char text[PTN_RECORD_LINE_MAX], birth[PTN_DATE_TEXT_SIZE];

    head(sheet, "Who · Kush", 150);
    fact(sheet, "Surname · Mbiemri", person->surname);
    fact(sheet, "Given names · Emrat", person->given);
    fact(sheet, "Name · Emri", person->name);
    if (!ptn_date_is_none(person->birth))
        fact(sheet, "Born · Lindur", ptn_bytes_from_text(ptn_date_write(person->birth, birth)));
    fact(sheet, "Nationality · Shtetësia", ptn_bytes_from_text(person->nationality));
    (void)snprintf(text, sizeof(text), "%s%s%.*s", person->document.issuer,
                   person->document.issuer[0] == '\0' ? "" : " ", (int)person->document.number.len,
                   (const char *)person->document.number.at);
    if (person->document.number.len > 0)
        fact(sheet, "Document · Dokumenti", ptn_bytes_from_text(text));
}

static void when(struct sheet *sheet)
{
    int64_t ms = sheet->paper->deadline_ms;
    int offset = ptn_place_utc_offset_minutes(ms);
    int64_t minute = (ms + offset * MINUTE_MS) % DAY_MS / MINUTE_MS;
    char said[PTN_LEAVE_SAID_SIZE], date[PTN_DATE_TEXT_SIZE], line[PTN_LEAVE_SAID_SIZE];

    head(sheet, "Until when · Deri kur", 150);
    both(sheet, "You are ordered to leave the country, at the latest on:",
         "Ju urdhëroheni të largoheni nga vendi, më së voni më:");
    sheet->y -= 4;
    (void)snprintf(line, sizeof(line), "%s  %02" PRId64 ":%02" PRId64 "  (UTC+%d)",
                   ptn_date_write(ptn_place_local_date(ms), date), minute / 60, minute % 60,
                   offset / 60);
    say(sheet, 16, true, line);
    say(sheet, SIZE_LEAD, false, ptn_leave_said(ms, false, said));
    say(sheet, SIZE_LEAD, false, ptn_leave_said(ms, true, said));
    sheet->y += 6;
}

static void where(struct sheet *sheet)
{
    const struct ptn_leave *leave = sheet->paper->leave;
    struct ptn_buffer names = { .len_max = (size_t)PTN_LEAVE_POINT_MAX * PTN_RECORD_WORD_MAX * 2 };
    bool good = true;

    head(sheet, "Where · Ku", 150);
    if (leave->point_count == 0)
        both(sheet, "At any border crossing point.", "Në çdo pikë kalimi kufitar.");
    for (size_t i = 0; good && i < leave->point_count; i++)
        good = (i == 0 || ptn_ok(ptn_buffer_add_text(&names, ", "))) &&
               ptn_ok(ptn_buffer_add(&names, leave->points[i]));
    if (leave->point_count > 0) {
        both(sheet, "Only at these border crossing points:", "Vetëm në këto pika kalimi kufitar:");
        sheet->y -= 4;
        sheet->y += ptn_page_text(sheet->page, PTN_PAGE_MARGIN, sheet->y, SIZE_LEAD, true, WIDTH,
                                  ptn_buffer_bytes(&names)) +
                    6;
    }
    ptn_buffer_release(&names);
}

static void how(struct sheet *sheet)
{
    const struct ptn_leave *leave = sheet->paper->leave;
    char date[PTN_DATE_TEXT_SIZE], en[200], sq[200];

    head(sheet, "At the border · Në kufi", 170);
    both(sheet, "Show this page with your document. You will be let go, and your exit is recorded.",
         "Tregojeni këtë fletë me dokumentin tuaj. Do të lejoheni të dilni, dhe dalja juaj "
         "regjistrohet.");
    if (leave->protocol)
        both(sheet,
             "You hold a diplomatic or service passport: no search and no delay. The liaison's "
             "telephone:",
             "Ju mbani pasaportë diplomatike ose shërbimi: pa kontroll dhe pa vonesë. Telefoni i "
             "ndërlidhësit:");
    if (leave->protocol)
        fact(sheet, "Liaison · Ndërlidhësi", leave->liaison);
    (void)ptn_date_write(leave->ban_until, date);
    if (ptn_date_is_none(leave->ban_until)) {
        (void)snprintf(en, sizeof(en), "After that moment entry is refused to you, without end.");
        (void)snprintf(sq, sizeof(sq), "Pas atij çasti hyrja ju refuzohet, pa afat.");
    } else {
        (void)snprintf(en, sizeof(en),
                       "After that moment entry is refused to you, up to and including %s.", date);
        (void)snprintf(sq, sizeof(sq), "Pas atij çasti hyrja ju refuzohet, deri dhe më %s.", date);
    }
    both(sheet, en, sq);
}

/* The record says whom to ask; where an appeal goes is the country's own law, written in by whoever
 * hands the page over, as on the form of a refused entry. */
static void appeal(struct sheet *sheet)
{
    head(sheet, "Your right of appeal · E drejta juaj e ankimit", 180);
    both(sheet,
         "You may appeal. The authority writes here where, until when, and where advice is free:",
         "Ju mund të ankoheni. Organi shkruan këtu ku, deri kur dhe ku këshillimi është falas:");
    ptn_page_box(sheet->page, PTN_PAGE_MARGIN, sheet->y, WIDTH, 52);
    sheet->y += 62;
    fact(sheet, "Questions · Pyetje", sheet->paper->leave->contact);
}

static void hands(struct sheet *sheet)
{
    const double y = FOOT_Y;

    (void)ptn_page_text(sheet->page, PTN_PAGE_MARGIN, y, 8, false, 0,
                        PTN_BYTES_LITERAL("Received: date, hour, signature · Marrë: data, ora, "
                                          "nënshkrimi"));
    ptn_page_line(sheet->page, PTN_PAGE_MARGIN, y + 46, 300, y + 46, 0.6);
    (void)ptn_page_text(sheet->page, 330, y, 8, false, 0,
                        PTN_BYTES_LITERAL("Handed over by, stamp · Dorëzuar nga, vula"));
    ptn_page_line(sheet->page, 330, y + 46, PTN_PAGE_WIDTH - PTN_PAGE_MARGIN, y + 46, 0.6);
    (void)ptn_page_text(
        sheet->page, PTN_PAGE_MARGIN, PTN_PAGE_HEIGHT - 40, 7, false, WIDTH,
        PTN_BYTES_LITERAL("Every crossing point knows this order by your name and document; the "
                          "code above names its record. · Çdo pikë kalimi e njeh urdhrin nga emri "
                          "dhe dokumenti juaj; kodi më sipër emërton regjistrimin e tij."));
    if (sheet->paper->demonstration)
        (void)ptn_page_text(sheet->page, PTN_PAGE_MARGIN, PTN_PAGE_HEIGHT - 18, 9, true, WIDTH,
                            PTN_BYTES_LITERAL("SPECIMEN"));
}

static bool draw(struct ptn_page *page, const struct ptn_leave_paper *paper, size_t nth)
{
    struct sheet sheet = {
        .page = page, .paper = paper, .person = ptn_leave_person(paper->leave, nth), .nth = nth
    };
    bool good = true;

    title(&sheet, &good);
    who(&sheet);
    when(&sheet);
    where(&sheet);
    how(&sheet);
    appeal(&sheet);
    hands(&sheet);
    cairo_show_page(page->cairo);
    return good;
}

struct ptn_status ptn_leave_paper_print(const struct ptn_leave_paper *paper, struct ptn_buffer *out,
                                        struct ptn_diag *reterr)
{
    size_t count = paper->leave->people_count + paper->leave->dependant_count;
    size_t first = paper->nth == 0 ? 1 : paper->nth;
    size_t last = paper->nth == 0 ? count : paper->nth;
    size_t before = out->len;
    char said[PTN_LEAVE_SAID_SIZE];
    struct ptn_page page = { .number = 1 };
    bool good = true;

    if (paper->leave->act != PTN_LEAVE_ORDERED || last == 0 || last > count)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the order names nobody of that number");
    if (ptn_leave_said(paper->deadline_ms, false, said)[0] == '\0')
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the deadline is in no year that is printed");
    ptn_page_open(&page, out, ptn_place_local_date(paper->leave->time_ms), "Order to leave");
    for (size_t nth = first; nth <= last; nth++)
        good = draw(&page, paper, nth) && good;
    if (ptn_page_close(&page) && good)
        return PTN_OK;
    out->len = before;
    return ptn_fail(PTN_C_IO, reterr, 0, "the order could not be drawn");
}
