/*
 * paper/sheets.c -- the pages of a pack: what to do, whom to look for, and the sheets.
 *
 * Two sheets a page. A sheet is made for a hand in a hurry: boxes for what check digits protect,
 * ticks for the rest, one line of free text.
 */
#include "paper/page_int.h"

#include <stdio.h>

#define HALF        (PTN_PAGE_HEIGHT / 2)
#define STUB_X      430.0 /* where the traveller's stub begins */
#define BOX         13.2
#define ROW_HEIGHT  13.0
#define LIST_TOP    70.0
#define LIST_BOTTOM (PTN_PAGE_HEIGHT - 40)
#define MARKER_ROWS 3u

static void words(struct ptn_page *page, double x, double y, double size, bool bold,
                  const char *text)
{
    (void)ptn_page_text(page, x, y, size, bold, 0, ptn_bytes_from_text(text));
}

/* ---- instruction ---- */

static const struct {
    const char *en, *sq;
} steps[] = {
    { "Take a fresh sheet for each traveller, in the order of the numbers.",
      "Merr një fletë të re për çdo udhëtar, sipas radhës së numrave." },
    { "Copy the first 28 characters of the second line of the passport's machine readable zone, "
      "one a box. A photocopy of the data page, stapled, may stand for the boxes.",
      "Kopjo 28 shenjat e para të rreshtit të dytë të zonës së lexueshme me makinë të pasaportës, "
      "një për kuti. Fotokopja e faqes së të dhënave, e kapur me kapëse, mund të zërë vendin e "
      "tyre." },
    { "Write surname and first given name as printed. Tick the direction.",
      "Shkruaj mbiemrin dhe emrin e parë siç janë shtypur. Shëno drejtimin." },
    { "Look for the name and the document number on the list. STOP: call the supervisor. "
      "2: send to the second line. A name alike is a question, not an answer.",
      "Kërko emrin dhe numrin e dokumentit në listë. STOP: thirr mbikëqyrësin. "
      "2: dërgo te vija e dytë. Një emër i ngjashëm është pyetje, jo përgjigje." },
    { "Tick what was done, write time and your initials, stamp the stub and give it to the "
      "traveller.",
      "Shëno çfarë u bë, shkruaj orën dhe inicialet, vulos kuponin dhe jepja udhëtarit." },
    { "Spoil a sheet: cross it out and keep it. Every number has to come back: used, spoiled or "
      "unused.",
      "Fletë e prishur: vizoje dhe ruaje. Çdo numër duhet të kthehet: i përdorur, i prishur ose i "
      "papërdorur." },
    { "At the end of the shift count the sheets before anybody tells you how many there should be.",
      "Në fund të turnit numëro fletët para se dikush të thotë sa duhet të jenë." },
};

void ptn_pack_instruction(struct ptn_page *page)
{
    char line[300], first[PTN_SERIAL_TEXT_SIZE], last[PTN_SERIAL_TEXT_SIZE];
    char made[PTN_DATE_TEXT_SIZE], expires[PTN_DATE_TEXT_SIZE];
    const struct ptn_pack_plan *plan = page->plan;
    double y = 120;

    words(page, PTN_PAGE_MARGIN, 36, 20, true, "Screening by hand · Kontroll me dorë");
    (void)ptn_page_text(page, PTN_PAGE_MARGIN, 62, 12, true, 0, plan->post_name);
    (void)snprintf(line, sizeof(line), "Pack · Pako %05u: %s – %s", plan->number,
                   ptn_serial_write((struct ptn_serial){ plan->number, 1 }, first),
                   ptn_serial_write((struct ptn_serial){ plan->number, plan->sheets }, last));
    words(page, PTN_PAGE_MARGIN, 80, 10, false, line);
    (void)snprintf(line, sizeof(line),
                   "Made · Bërë %s    Last day of the list · Dita e fundit e listës %s    "
                   "Code · Kodi %s",
                   ptn_date_write(plan->made, made), ptn_date_write(plan->expires, expires),
                   page->check);
    words(page, PTN_PAGE_MARGIN, 95, 10, false, line);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        (void)snprintf(line, sizeof(line), "%zu", i + 1);
        words(page, PTN_PAGE_MARGIN, y, 16, true, line);
        y += ptn_page_text(page, PTN_PAGE_MARGIN + 26, y, 11, false, 500,
                           ptn_bytes_from_text(steps[i].en)) +
             2;
        y += ptn_page_text(page, PTN_PAGE_MARGIN + 26, y, 11, false, 500,
                           ptn_bytes_from_text(steps[i].sq)) +
             12;
    }
    words(page, PTN_PAGE_MARGIN, y + 10, 12, true, "Telephone · Telefon");
    words(page, PTN_PAGE_MARGIN, y + 30, 10, false,
          "Duty officer · Oficeri i shërbimit: ______________________   "
          "Second line · Vija e dytë: ______________________");
    words(page, PTN_PAGE_MARGIN, y + 50, 10, false,
          "Taken by · Marrë nga: ______________________   Returned · Kthyer: "
          "______________________");
    ptn_page_end(page);
}

/* ---- the look-up list ---- */

static void list_head(struct ptn_page *page, const char *title)
{
    words(page, PTN_PAGE_MARGIN, 30, 13, true, title);
    words(page, PTN_PAGE_MARGIN, 52, 8, true, "Name · Emri");
    words(page, 300, 52, 8, true, "Born · Lindur");
    words(page, 375, 52, 8, true, "Nat. · Shtet.");
    words(page, 425, 52, 8, true, "Document · Dokumenti");
    words(page, 535, 52, 8, true, "Do · Bëj");
    ptn_page_line(page, PTN_PAGE_MARGIN, 64, PTN_PAGE_WIDTH - PTN_PAGE_MARGIN, 64, 1);
}

static void list_row(struct ptn_page *page, const struct ptn_pack_row *row, double y, size_t number)
{
    char marker[16];

    pango_layout_set_ellipsize(page->layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_height(page->layout, 0);
    (void)ptn_page_text(page, PTN_PAGE_MARGIN, y, 9, true, 262, row->name);
    (void)ptn_page_text(page, 300, y, 9, false, 72, row->birth);
    (void)ptn_page_text(page, 375, y, 9, false, 45, row->nationality);
    (void)ptn_page_text(page, 425, y, 9, false, 105, row->number);
    pango_layout_set_ellipsize(page->layout, PANGO_ELLIPSIZE_NONE);
    pango_layout_set_height(page->layout, -1);
    words(page, 535, y, 9, true, row->stop ? "STOP" : "2");
    /* a photograph of any part of a page names the pack */
    (void)snprintf(marker, sizeof(marker), "%05u", page->plan->number);
    if (number % MARKER_ROWS == 0)
        words(page, 6, y + 2, 5, false, marker);
    ptn_page_line(page, PTN_PAGE_MARGIN, y + ROW_HEIGHT - 1, PTN_PAGE_WIDTH - PTN_PAGE_MARGIN,
                  y + ROW_HEIGHT - 1, 0.2);
}

/* The rows in the order they have, those without a number left out when it is the list by number.
 */
static void list(struct ptn_page *page, const char *title, const size_t *order, size_t count)
{
    double y = LIST_TOP;

    list_head(page, title);
    for (size_t i = 0; i < count; i++) {
        if (y + ROW_HEIGHT > LIST_BOTTOM) {
            ptn_page_end(page);
            list_head(page, title);
            y = LIST_TOP;
        }
        list_row(page, &page->plan->rows[order[i]], y, i);
        y += ROW_HEIGHT;
    }
    if (count == 0)
        words(page, PTN_PAGE_MARGIN, y + 10, 11, false,
              "Nobody is on the list. · Askush nuk është në listë.");
    ptn_page_end(page);
}

static int compare_texts(struct ptn_bytes a, struct ptn_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.at, b.at, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Insertion into a list of at most PTN_PACK_ROWS_MAX rows, once a pack. */
static size_t sort_rows(const struct ptn_pack_plan *plan, bool by_number,
                        size_t order[PTN_PACK_ROWS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < plan->row_count; i++) {
        struct ptn_bytes key = by_number ? plan->rows[i].number : plan->rows[i].name;
        size_t at = count;

        if (by_number && key.len == 0)
            continue;
        for (; at > 0; at--) {
            const struct ptn_pack_row *before = &plan->rows[order[at - 1]];

            if (compare_texts(by_number ? before->number : before->name, key) <= 0)
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
        count++;
    }
    return count;
}

void ptn_pack_lists(struct ptn_page *page)
{
    size_t order[PTN_PACK_ROWS_MAX];
    size_t count = sort_rows(page->plan, false, order);

    list(page, "Look-up list by name · Lista sipas emrit", order, count);
    count = sort_rows(page->plan, true, order);
    if (count > 0)
        list(page, "Look-up list by document number · Lista sipas numrit të dokumentit", order,
             count);
}

/* ---- sheets ---- */

static void document_line(struct ptn_page *page, double x, double y)
{
    static const struct {
        unsigned from, count;
        const char *name;
    } groups[] = {
        { 0, 9, "number · numri" },        { 9, 1, "✓" },  { 10, 3, "nat. · shtet." },
        { 13, 6, "born · lindur YYMMDD" }, { 19, 1, "✓" }, { 20, 1, "M/F" },
        { 21, 6, "expires · skadon" },     { 27, 1, "✓" },
    };

    ptn_page_boxes(page, x, y, BOX, 28);
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        double from = x + BOX * groups[i].from;

        if (groups[i].from > 0)
            ptn_page_line(page, from, y - 2, from, y + BOX * 1.25 + 2, 1.6);
        words(page, from + 1, y + BOX * 1.25 + 3, 6, false, groups[i].name);
    }
}

static void written(struct ptn_page *page, double x, double y, double width, const char *name)
{
    words(page, x, y, 7, false, name);
    ptn_page_line(page, x, y + 26, x + width, y + 26, 0.6);
}

static void officer_part(struct ptn_page *page, double top, const char *serial)
{
    double x = PTN_PAGE_MARGIN;

    (void)ptn_page_text(page, x, top + 16, 11, true, 0, page->plan->post_name);
    words(page, x, top + 32, 16, true, serial);
    ptn_page_tick(page, x + 170, top + 18, "ENTRY · HYRJE");
    ptn_page_tick(page, x + 170, top + 36, "EXIT · DALJE");
    written(page, x, top + 66, 230, "Surname · Mbiemri");
    written(page, x + 245, top + 66, 130, "First given name · Emri i parë");
    words(page, x, top + 104, 7, false,
          "Second line of the passport, first 28 characters · Rreshti i dytë, 28 shenjat e para");
    document_line(page, x, top + 116);
    written(page, x, top + 152, 80, "State of issue, if another · Shteti");
    written(page, x + 130, top + 152, 80, "Plate · Targa");
    written(page, x + 245, top + 152, 130, "Date, time · Data, ora");
    ptn_page_tick(page, x, top + 196, "let pass · u lejua");
    ptn_page_tick(page, x + 130, top + 196, "second line · vija e dytë");
    ptn_page_tick(page, x, top + 216, "let pass against the list · u lejua kundër listës");
    words(page, x, top + 238, 7, false, "Why second line · Pse vija e dytë");
    ptn_page_tick(page, x, top + 250, "match · përputhje");
    ptn_page_tick(page, x + 130, top + 250, "document · dokument");
    ptn_page_tick(page, x + 260, top + 250, "identity · identitet");
    ptn_page_tick(page, x, top + 268, "conditions · kushte");
    ptn_page_tick(page, x + 130, top + 268, "minor · i mitur");
    ptn_page_tick(page, x + 260, top + 268, "other · tjetër");
    written(page, x, top + 294, 230, "In words, only if needed · Me fjalë, vetëm nëse duhet");
    written(page, x + 245, top + 294, 130, "Officer · Oficeri");
    words(page, x, top + 340, 7, false,
          "Keyed · Hedhur  1: ________________   2: ________________   3: ________________");
}

static bool stub(struct ptn_page *page, double top, const char *serial, const char *code)
{
    double x = STUB_X + 14;

    words(page, x, top + 16, 9, true, "Keep this · Ruaje");
    (void)ptn_page_text(page, x, top + 32, 8, false, 140, page->plan->post_name);
    words(page, x, top + 48, 12, true, serial);
    if (!ptn_page_code(page, x, top + 64, 92, code))
        return false;
    words(page, x, top + 164, 7, false, "Date, stamp · Data, vula");
    ptn_page_box(page, x, top + 176, 130, 90);
    (void)ptn_page_text(
        page, x, top + 276, 6.5, false, 132,
        PTN_BYTES_LITERAL(
            "You crossed the border here while its systems were out of service. Your crossing is "
            "on "
            "paper and will be recorded. Show this when you leave or are asked. · Ju kaluat "
            "kufirin "
            "këtu ndërsa sistemet ishin jashtë shërbimit. Kalimi juaj është në letër dhe do të "
            "regjistrohet. Tregojeni këtë kur të largoheni ose kur t'ju kërkohet."));
    return true;
}

static bool sheet(struct ptn_page *page, double top, unsigned number)
{
    char serial[PTN_SERIAL_TEXT_SIZE], code[128];

    (void)ptn_serial_write((struct ptn_serial){ page->plan->number, number }, serial);
    (void)snprintf(code, sizeof(code), "POSTERN %.*s %s", (int)page->plan->post.len,
                   (const char *)page->plan->post.at, serial);
    officer_part(page, top, serial);
    if (!ptn_page_code(page, 330, top + 10, 56, code) || !stub(page, top, serial, code))
        return false;
    ptn_page_cut(page, STUB_X, top + 6, STUB_X, top + HALF - 30);
    return true;
}

bool ptn_pack_sheets(struct ptn_page *page)
{
    for (unsigned number = 1; number <= page->plan->sheets; number++) {
        bool lower = number % 2 == 0;

        if (!sheet(page, lower ? HALF : 0, number))
            return false;
        if (!lower)
            ptn_page_cut(page, 10, HALF - 4, PTN_PAGE_WIDTH - 10, HALF - 4);
        if (lower || number == page->plan->sheets)
            ptn_page_end(page);
    }
    return true;
}
