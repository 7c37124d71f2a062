/* paper/pack.c -- from a plan to a PDF. */
#include "paper/pack.h"

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

struct ptn_status ptn_pack_print(const struct ptn_pack_plan *plan, struct ptn_buffer *out,
                                 struct ptn_diag *reterr)
{
    struct ptn_page page = { .plan = plan, .number = 1 };
    size_t before = out->len;
    struct ptn_status status = validate(plan, reterr);
    char title[200];
    bool good;

    if (ptn_ok(status))
        status = ptn_pack_check(plan, page.check);
    if (!ptn_ok(status))
        return status;
    (void)snprintf(title, sizeof(title), "%.*s %05u", (int)plan->post.len,
                   (const char *)plan->post.at, plan->number);
    ptn_page_open(&page, out, plan->made, title);
    ptn_pack_instruction(&page);
    ptn_pack_lists(&page);
    good = ptn_pack_sheets(&page);
    good = ptn_page_close(&page) && good;
    if (good)
        return PTN_OK;
    out->len = before;
    return ptn_fail(PTN_C_IO, reterr, 0, "the pack could not be drawn");
}
