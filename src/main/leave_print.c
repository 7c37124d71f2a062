/* main/leave_print.c -- postern leave print: an order to leave as a PDF to hand over. */
#include "main/leave_int.h"
#include "main/publish.h"
#include "paper/leave_paper.h"
#include "record/access.h"

#define ARENA_MAX ((size_t)4 << 20)

static struct ptn_status record_look(const struct ptn_world *world,
                                     const struct ptn_leave_print *print,
                                     const struct ptn_leave *leave, const char *code,
                                     struct ptn_diag *reterr)
{
    struct ptn_access access = {
        .time_ms = world->now_ms(world->context),
        .purpose = PTN_PURPOSE_SEARCH,
        .officer = ptn_bytes_from_text(print->officer),
        .post = ptn_bytes_from_text(code),
        .shown = print->nth == 0 ? leave->people_count + leave->dependant_count : 1,
        .reason = PTN_BYTES_LITERAL("An order to leave was printed."),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status;

    if (print->nth > 0)
        access.person = *ptn_leave_person(leave, print->nth);
    world->random(world->context, access.id.at, sizeof(access.id.at));
    status = ptn_access_validate(&access, reterr);
    if (ptn_ok(status))
        status = ptn_access_write(&access, &payload);
    if (ptn_ok(status))
        status = ptn_publish_hand(world, print->dir, PTN_RECORD_ACCESS, ptn_buffer_bytes(&payload),
                                  reterr);
    ptn_buffer_release(&payload);
    return status;
}

struct ptn_status ptn_leave_print(const struct ptn_leave_print *print, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_buffer pdf = { .len_max = PTN_LEAVE_PAPER_PDF_MAX };
    struct ptn_published_order order;
    struct ptn_board *board = NULL;
    struct ptn_node_plan plan = { 0 };
    struct ptn_status status = { arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    if (ptn_ok(status))
        status = ptn_publish_plan(world, print->dir, &plan, reterr);
    if (ptn_ok(status))
        status = ptn_publish_read(world, print->dir, &board, reterr);
    if (ptn_ok(status)) {
        status = ptn_board_order(board, print->id, arena, &order);
        if (status.code == PTN_C_NOT_FOUND)
            status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no order to leave of that id stands");
    }
    if (ptn_ok(status)) {
        const struct ptn_leave_paper paper = { .leave = &order.leave,
                                               .name = order.name.at,
                                               .deadline_ms = order.deadline_ms,
                                               .nth = print->nth,
                                               .demonstration = plan.demonstration };

        status = ptn_leave_paper_print(&paper, &pdf, reterr);
    }
    if (ptn_ok(status))
        status = record_look(world, print, &order.leave, plan.code, reterr);
    if (ptn_ok(status))
        status = world->files->replace(world->context, print->out, ptn_buffer_bytes(&pdf));
    ptn_board_free(board);
    ptn_buffer_release(&pdf);
    ptn_arena_free(arena);
    return status;
}
