/* paper/pack.c -- from a plan to a PDF. */
#include "paper/pack.h"

#include <cairo-pdf.h>
#include <stdio.h>

#include "paper/page_int.h"

static struct ptn_status validate(const struct ptn_pack_plan *plan, struct ptn_diag *reterr)
{
    if (plan->number == 0 || plan->number > PTN_PACK_NUMBER_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a pack's number is 1 to 99999");
    if (plan->sheets == 0 || plan->sheets > PTN_PACK_SHEETS_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a pack has 1 to 999 sheets");
    if (!ptn_date_is_full(plan->made) || !ptn_date_is_full(plan->expires))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a pack says when it was made and expires");
    if (plan->row_count > PTN_PACK_ROWS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, plan->row_count, "a look-up list of too many");
    return PTN_OK;
}

struct ptn_status ptn_pack_check(const struct ptn_pack_plan *plan,
                                 char ret_check[PTN_PACK_CHECK_SIZE])
{
    struct ptn_buffer text = { .len_max = PTN_PACK_PDF_MAX };
    char expires[PTN_DATE_TEXT_SIZE];
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_bytes whole;
    struct ptn_status status;

    status = ptn_buffer_addf(&text, "%.*s\n%u\n%u\n%s\n", (int)plan->post.len,
                             (const char *)plan->post.at, plan->number, plan->sheets,
                             ptn_date_write(plan->expires, expires));
    for (size_t i = 0; ptn_ok(status) && i < plan->row_count; i++) {
        const struct ptn_pack_row *row = &plan->rows[i];
        const struct ptn_bytes parts[] = { row->name, row->birth, row->nationality, row->number };

        for (size_t p = 0; ptn_ok(status) && p < sizeof(parts) / sizeof(parts[0]); p++) {
            status = ptn_buffer_add(&text, parts[p]);
            if (ptn_ok(status))
                status = ptn_buffer_add_u8(&text, '\t');
        }
        if (ptn_ok(status))
            status = ptn_buffer_add_text(&text, row->stop ? "stop\n" : "refer\n");
    }
    whole = ptn_buffer_bytes(&text);
    if (ptn_ok(status))
        status = ptn_sha256(&whole, 1, digest);
    ptn_buffer_release(&text);
    if (ptn_ok(status))
        (void)ptn_hex_write(digest, (PTN_PACK_CHECK_SIZE - 1) / 2, ret_check);
    return status;
}

static cairo_status_t take_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    struct ptn_buffer *out = closure;

    return ptn_ok(ptn_buffer_add(out, ptn_bytes_of(data, length))) ? CAIRO_STATUS_SUCCESS
                                                                   : CAIRO_STATUS_WRITE_ERROR;
}

/* The same plan gives the same bytes: the file says when the pack was made, not when it was drawn.
 */
static void set_metadata(struct ptn_page *page)
{
    char date[PTN_DATE_TEXT_SIZE], stamp[32], title[200];

    (void)snprintf(stamp, sizeof(stamp), "%sT00:00:00Z", ptn_date_write(page->plan->made, date));
    (void)snprintf(title, sizeof(title), "%.*s %05u", (int)page->plan->post.len,
                   (const char *)page->plan->post.at, page->plan->number);
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_CREATE_DATE, stamp);
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_TITLE, title);
}

struct ptn_status ptn_pack_print(const struct ptn_pack_plan *plan, struct ptn_buffer *out,
                                 struct ptn_diag *reterr)
{
    struct ptn_page page = { .plan = plan, .number = 1 };
    size_t before = out->len;
    struct ptn_status status = validate(plan, reterr);
    bool good;

    if (ptn_ok(status))
        status = ptn_pack_check(plan, page.check);
    if (!ptn_ok(status))
        return status;
    page.surface =
        cairo_pdf_surface_create_for_stream(take_bytes, out, PTN_PAGE_WIDTH, PTN_PAGE_HEIGHT);
    page.cairo = cairo_create(page.surface);
    page.layout = pango_cairo_create_layout(page.cairo);
    set_metadata(&page);
    ptn_pack_instruction(&page);
    ptn_pack_lists(&page);
    good = ptn_pack_sheets(&page);
    g_object_unref(page.layout);
    cairo_destroy(page.cairo);
    cairo_surface_finish(page.surface);
    good = good && cairo_surface_status(page.surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(page.surface);
    if (good)
        return PTN_OK;
    out->len = before;
    return ptn_fail(PTN_C_IO, reterr, 0, "the pack could not be drawn");
}
