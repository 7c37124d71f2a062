/* paper/page.c -- text, lines, boxes and codes on a page. */
#include "paper/page_int.h"

#include <cairo-pdf.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_THIN  0.6
#define TICK_SIDE  11.0
#define QUIET_ZONE 2.0 /* modules; the paper round it gives the rest */

static cairo_status_t take_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    struct ptn_buffer *out = closure;

    return ptn_ok(ptn_buffer_add(out, ptn_bytes_of(data, length))) ? CAIRO_STATUS_SUCCESS
                                                                   : CAIRO_STATUS_WRITE_ERROR;
}

void ptn_page_open(struct ptn_page *page, struct ptn_buffer *out, struct ptn_date made,
                   const char *title)
{
    char date[PTN_DATE_TEXT_SIZE], stamp[32];

    page->surface =
        cairo_pdf_surface_create_for_stream(take_bytes, out, PTN_PAGE_WIDTH, PTN_PAGE_HEIGHT);
    page->cairo = cairo_create(page->surface);
    page->layout = pango_cairo_create_layout(page->cairo);
    (void)snprintf(stamp, sizeof(stamp), "%sT00:00:00Z", ptn_date_write(made, date));
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_CREATE_DATE, stamp);
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_TITLE, title);
}

bool ptn_page_close(struct ptn_page *page)
{
    bool good;

    g_object_unref(page->layout);
    cairo_destroy(page->cairo);
    cairo_surface_finish(page->surface);
    good = cairo_surface_status(page->surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(page->surface);
    return good;
}

double ptn_page_text(struct ptn_page *page, double x, double y, double size, bool bold,
                     double width, struct ptn_bytes text)
{
    PangoFontDescription *font = pango_font_description_new();
    int height = 0;

    pango_font_description_set_family_static(font, "DejaVu Sans");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(page->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(page->layout, width > 0 ? (int)(width * PANGO_SCALE) : -1);
    pango_layout_set_text(page->layout, text.len == 0 ? "" : (const char *)text.at, (int)text.len);
    cairo_move_to(page->cairo, x, y);
    pango_cairo_show_layout(page->cairo, page->layout);
    pango_layout_get_size(page->layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

void ptn_page_line(struct ptn_page *page, double x1, double y1, double x2, double y2, double width)
{
    cairo_set_line_width(page->cairo, width);
    cairo_move_to(page->cairo, x1, y1);
    cairo_line_to(page->cairo, x2, y2);
    cairo_stroke(page->cairo);
}

void ptn_page_cut(struct ptn_page *page, double x1, double y1, double x2, double y2)
{
    const double dashes[] = { 4, 4 };

    cairo_set_dash(page->cairo, dashes, 2, 0);
    ptn_page_line(page, x1, y1, x2, y2, LINE_THIN);
    cairo_set_dash(page->cairo, NULL, 0, 0);
}

void ptn_page_box(struct ptn_page *page, double x, double y, double width, double height)
{
    cairo_set_line_width(page->cairo, LINE_THIN);
    cairo_rectangle(page->cairo, x, y, width, height);
    cairo_stroke(page->cairo);
}

void ptn_page_boxes(struct ptn_page *page, double x, double y, double size, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ptn_page_box(page, x + size * i, y, size, size * 1.25);
}

void ptn_page_tick(struct ptn_page *page, double x, double y, const char *words)
{
    ptn_page_box(page, x, y, TICK_SIDE, TICK_SIDE);
    (void)ptn_page_text(page, x + TICK_SIDE + 4, y, 8.5, false, 0, ptn_bytes_from_text(words));
}

bool ptn_page_code(struct ptn_page *page, double x, double y, double side, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    double module;

    if (code == NULL)
        return false;
    module = side / (code->width + 2 * QUIET_ZONE);
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if ((code->data[row * code->width + column] & 1u) != 0)
                cairo_rectangle(page->cairo, x + (QUIET_ZONE + column) * module,
                                y + (QUIET_ZONE + row) * module, module, module);
    cairo_fill(page->cairo);
    QRcode_free(code);
    return true;
}

void ptn_page_end(struct ptn_page *page)
{
    char foot[400], expires[PTN_DATE_TEXT_SIZE];

    (void)snprintf(foot, sizeof(foot), "%.*s · pack/pako %05u · until/deri %s · %s · %u%s",
                   (int)page->plan->post_name.len, (const char *)page->plan->post_name.at,
                   page->plan->number, ptn_date_write(page->plan->expires, expires), page->check,
                   page->number, page->plan->demonstration ? " · SPECIMEN" : "");
    (void)ptn_page_text(page, PTN_PAGE_MARGIN, PTN_PAGE_HEIGHT - 18, 7, false, 0,
                        ptn_bytes_from_text(foot));
    cairo_show_page(page->cairo);
    page->number++;
}
