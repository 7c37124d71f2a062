/* main/rules_try.c -- see rules_int.h. */
#include "main/rules_int.h"

#include "node/country.h"
#include "record/person.h"
#include "view/search.h"

#define DAYS       30
#define COUNT      2000u
#define PAGE       100u
#define ARENA      ((size_t)64 << 20)
#define MS_PER_DAY INT64_C(86400000)
#define BUDGET_US  1000000 /* nobody waits at a lane */

struct trying {
    const struct ptn_node_plan *plan;
    struct ptn_rules *rules;
    struct ptn_arena *arena;
    struct ptn_rules_tried *tried;
};

/* That rule's place in its file. */
static size_t place_of(const struct ptn_rules *rules, struct ptn_bytes id)
{
    size_t i = 0;

    while (i < ptn_rules_count(rules) && !ptn_bytes_equal(ptn_rules_id(rules, i), id))
        i++;
    return i;
}

static struct ptn_status try_one(struct trying *trying, const struct ptn_crossing *crossing,
                                 struct ptn_diag *reterr)
{
    struct ptn_check check = {
        .direction = crossing->direction == PTN_DIRECTION_EXIT ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .today = crossing->date,
        .post = crossing->post,
        .person = &crossing->person,
        .plate = crossing->plate,
    };
    const struct ptn_rule_outcome *outcomes = NULL;
    size_t count = 0;
    struct ptn_status status;

    memcpy(check.own_state, trying->plan->state, sizeof(check.own_state));
    status =
        ptn_rules_run(trying->rules, &check, BUDGET_US, trying->arena, &outcomes, &count, reterr);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        trying->tried->met[place_of(trying->rules, outcomes[i].id)]++;
    trying->tried->counted += ptn_ok(status) ? 1u : 0u;
    return status;
}

static struct ptn_status try_all(struct trying *trying, struct ptn_view *view, int64_t now_ms,
                                 struct ptn_diag *reterr)
{
    struct ptn_view_question question = { .from_ms = now_ms - DAYS * MS_PER_DAY, .count = PAGE };
    struct ptn_status status = PTN_OK;
    bool more = true;

    while (ptn_ok(status) && more && trying->tried->counted < COUNT) {
        const struct ptn_view_crossing *rows = NULL;
        size_t count = 0;

        ptn_arena_clear(trying->arena);
        status = ptn_view_crossings(view, &question, trying->arena, &rows, &count, &more, reterr);
        for (size_t i = 0; ptn_ok(status) && i < count; i++)
            status = try_one(trying, &rows[i].crossing, reterr);
        if (!ptn_ok(status) || count == 0)
            break;
        question.before_ms = rows[count - 1].crossing.time_ms;
        question.before_at = rows[count - 1].at;
    }
    return status;
}

struct ptn_status ptn_rules_try(const struct ptn_world *world, const char *dir,
                                const struct ptn_node_plan *plan, struct ptn_rules *rules,
                                struct ptn_rules_tried *ret_tried, struct ptn_diag *reterr)
{
    struct trying trying = { .plan = plan, .rules = rules, .tried = ret_tried };
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_view *view = NULL;
    struct ptn_status status = ptn_gather_where(world, dir, where, reterr);

    *ret_tried = (struct ptn_rules_tried){ .counted = 0 };
    if (ptn_ok(status))
        status = ptn_view_open(world, where, PTN_VIEW_READ, &view, reterr);
    if (status.code == PTN_C_BUSY) /* none was made yet */
        return PTN_OK;
    trying.arena = ptn_arena_new(ARENA);
    if (ptn_ok(status) && trying.arena == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status))
        status = try_all(&trying, view, world->now_ms(world->context), reterr);
    ptn_arena_free(trying.arena);
    ptn_view_close(view);
    return status;
}

bool ptn_rules_meets_many(const struct ptn_rules_tried *tried, size_t index)
{
    return tried->met[index] >= PTN_RULES_TRY_LEAST &&
           tried->met[index] * PTN_RULES_TRY_SHARE > tried->counted;
}
