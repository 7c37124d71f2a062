/*
 * serve/desk_packs.c -- packs of numbered sheets, of all posts, at a centre's desk: how many of
 * each were keyed once, twice, differ, are missing. It names nobody, so it is no look. Standard:
 * docs/format/paper.md "Accounting".
 */
#include "serve/desk_int.h"

#define PAGE 200u

void ptn_desk_get_packs(struct ptn_visit *visit)
{
    struct ptn_json json = { .out = &visit->out };
    const struct ptn_view_pack *rows = NULL;
    struct ptn_view_pack sum = { 0 };
    struct ptn_diag diag = { 0 };
    size_t count = 0;
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    if (ptn_ok(status)) {
        status = ptn_view_packs(visit->desk->view, PAGE, visit->arena, &rows, &count, &sum, &diag);
        ptn_desk_view_unlock(visit->desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    ptn_json_object(&json);
    ptn_json_key(&json, "packs");
    ptn_json_array(&json);
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(&json);
        ptn_view_pack_write(&rows[i], &json);
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_key(&json, "all");
    ptn_json_object(&json);
    ptn_json_field_number(&json, "packs", (int64_t)sum.number);
    ptn_json_field_number(&json, "issued", (int64_t)sum.issued);
    for (size_t i = 0; i < PTN_VIEW_PACK_STATE_COUNT; i++)
        ptn_json_field_number(&json, ptn_view_pack_word((enum ptn_view_pack_state)i),
                              (int64_t)sum.counts[i]);
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}
