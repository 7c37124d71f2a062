/* paper/page_int.h -- drawing on a page: points from the top left corner, black on white. */
#ifndef PTN_PAPER_PAGE_INT_H
#define PTN_PAPER_PAGE_INT_H
#include <cairo.h>
#include <pango/pangocairo.h>

#include "paper/pack.h"

/* A4 in points. */
#define PTN_PAGE_WIDTH  595.0
#define PTN_PAGE_HEIGHT 842.0
#define PTN_PAGE_MARGIN 30.0

/* The PDF being drawn. */
struct ptn_page {
    const struct ptn_pack_plan *plan; /* NULL: no pack */
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoLayout *layout;
    char check[PTN_PACK_CHECK_SIZE];
    unsigned number; /* of the page, from 1 */
};

/* Begin a PDF in out (zeroed but for plan, check and number). The same pages give the same bytes:
 * the file says when what it tells was made, not when it was drawn. */
void ptn_page_open(struct ptn_page *page, struct ptn_buffer *out, struct ptn_date made,
                   const char *title);
/* The file ends, and all of page is given back. False: the library or the buffer failed. */
bool ptn_page_close(struct ptn_page *page);

/* Text with its top left corner at x, y, broken at width (0: one line). Returns its height. */
double ptn_page_text(struct ptn_page *page, double x, double y, double size, bool bold,
                     double width, struct ptn_bytes text);

void ptn_page_line(struct ptn_page *page, double x1, double y1, double x2, double y2, double width);
void ptn_page_cut(struct ptn_page *page, double x1, double y1, double x2, double y2);
void ptn_page_box(struct ptn_page *page, double x, double y, double width, double height);

/* count boxes in a row, side by side. */
void ptn_page_boxes(struct ptn_page *page, double x, double y, double size, unsigned count);

/* A box to tick and its words. */
void ptn_page_tick(struct ptn_page *page, double x, double y, const char *words);

/* A QR code of side points. False when the library cannot make it. */
bool ptn_page_code(struct ptn_page *page, double x, double y, double side, const char *text);

/* What stands at the foot of every page; then the page is done. */
void ptn_page_end(struct ptn_page *page);

/* ---- the parts of a pack ---- */

void ptn_pack_instruction(struct ptn_page *page);
void ptn_pack_lists(struct ptn_page *page);
bool ptn_pack_sheets(struct ptn_page *page);
#endif
