#include "main/look_back.h"

#include "node/country.h"
#include "view/search.h"

#define DAYS       30
#define PAGE       100u
#define ARENA      ((size_t)64 << 20)
#define MS_PER_DAY INT64_C(86400000)

static struct ptn_status look(struct ptn_view *view, int64_t now_ms, ptn_look_back_fn each,
                              void *context, size_t *counted, struct ptn_diag *reterr)
{
    struct ptn_view_question question = { .from_ms = now_ms - DAYS * MS_PER_DAY, .count = PAGE };
    struct ptn_arena *arena = ptn_arena_new(ARENA);
    struct ptn_status status = { arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    bool more = true;

    while (ptn_ok(status) && more && *counted < PTN_LOOK_BACK_COUNT) {
        const struct ptn_view_crossing *rows = NULL;
        size_t count = 0;

        ptn_arena_clear(arena);
        status = ptn_view_crossings(view, &question, arena, &rows, &count, &more, reterr);
        for (size_t i = 0; ptn_ok(status) && i < count; i++)
            status = each(context, &rows[i].crossing, arena, reterr);
        if (!ptn_ok(status) || count == 0)
            break;
        *counted += count;
        question.before_ms = rows[count - 1].crossing.time_ms;
        question.before_at = rows[count - 1].at;
    }
    ptn_arena_free(arena);
    return status;
}

struct ptn_status ptn_look_back(const struct ptn_world *world, const char *dir,
                                ptn_look_back_fn each, void *context, size_t *ret_counted,
                                struct ptn_diag *reterr)
{
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_view *view = NULL;
    struct ptn_status status = ptn_gather_where(world, dir, where, reterr);

    *ret_counted = 0;
    if (ptn_ok(status))
        status = ptn_view_open(world, where, PTN_VIEW_READ, &view, reterr);
    if (status.code == PTN_C_BUSY) /* none was made yet */
        return PTN_OK;
    if (ptn_ok(status))
        status = look(view, world->now_ms(world->context), each, context, ret_counted, reterr);
    ptn_view_close(view);
    return status;
}
