/* serve/desk_leave_paper.c -- an order to leave, printed: the look is durable before the page. */
#include "paper/leave_paper.h"
#include "serve/desk_int.h"

/* The order and whose page: id and nth of the query. False: they are none. */
static bool asked_for(const struct ptn_visit *visit, struct ptn_record_id *ret_id,
                      uint64_t *ret_nth)
{
    const char *id = MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "id");
    const char *nth = MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "nth");

    *ret_nth = 0;
    return id != NULL && ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(id), ret_id, NULL)) &&
           (nth == NULL ||
            (ptn_decimal_read(ptn_bytes_from_text(nth), 128, ret_nth) && *ret_nth > 0));
}

static bool looked(struct ptn_visit *visit, const struct ptn_leave *leave, uint64_t nth)
{
    const struct ptn_request_why why = { PTN_PURPOSE_SEARCH,
                                         PTN_BYTES_LITERAL("An order to leave was printed.") };

    if (nth > 0)
        return ptn_visit_look(visit, &why, ptn_leave_person(leave, nth), 1);
    return ptn_visit_look(visit, &why, NULL, leave->people_count + leave->dependant_count);
}

void ptn_desk_get_leave_paper(struct ptn_visit *visit)
{
    struct ptn_published_order *order = ptn_arena_take(visit->arena, sizeof(*order));
    struct ptn_leave_paper paper = { .demonstration = visit->desk->plan.centre->demonstration };
    struct ptn_record_id id;
    uint64_t nth = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (!ptn_visit_has_board(visit))
        return;
    if (!asked_for(visit, &id, &nth)) {
        ptn_visit_problem(visit, MHD_HTTP_BAD_REQUEST, "bad-request",
                          "The id of an order is needed, and which of its people", NULL);
        return;
    }
    if (order != NULL)
        status = ptn_board_order(visit->desk->plan.board, id, visit->arena, order);
    if (ptn_ok(status)) {
        paper.leave = &order->leave;
        paper.name = order->name.at;
        paper.deadline_ms = order->deadline_ms;
        paper.nth = nth;
        status = ptn_leave_paper_print(&paper, &visit->out, NULL);
    }
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_BAD_INPUT) {
        ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found",
                          "No order stands that names anybody there", NULL);
        return;
    }
    if (!ptn_ok(status)) {
        ptn_visit_busy(visit, "busy", "The page cannot be printed just now");
        return;
    }
    if (!looked(visit, &order->leave, nth))
        return;
    visit->type = "application/pdf";
    ptn_visit_answered(visit, PTN_OK);
}
