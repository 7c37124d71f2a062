/* main/rules_try.c -- see rules_int.h. */
#include "main/rules_int.h"

#include "main/look_back.h"
#include "record/person.h"

#define BUDGET_US 1000000 /* nobody waits at a lane */

struct trying {
    const struct ptn_node_plan *plan;
    struct ptn_rules *rules;
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

static struct ptn_status try_one(void *context, const struct ptn_crossing *crossing,
                                 struct ptn_arena *arena, struct ptn_diag *reterr)
{
    struct trying *trying = context;
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
    status = ptn_rules_run(trying->rules, &check, BUDGET_US, arena, &outcomes, &count, reterr);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        trying->tried->met[place_of(trying->rules, outcomes[i].id)]++;
    return status;
}

struct ptn_status ptn_rules_try(const struct ptn_world *world, const char *dir,
                                const struct ptn_node_plan *plan, struct ptn_rules *rules,
                                struct ptn_rules_tried *ret_tried, struct ptn_diag *reterr)
{
    struct trying trying = { .plan = plan, .rules = rules, .tried = ret_tried };

    *ret_tried = (struct ptn_rules_tried){ .counted = 0 };
    ptn_rules_any_day(rules); /* a heightened check's days are to come */
    return ptn_look_back(world, dir, try_one, &trying, &ret_tried->counted, reterr);
}

bool ptn_rules_meets_many(const struct ptn_rules_tried *tried, size_t index)
{
    return ptn_look_back_is_many(tried->met[index], tried->counted);
}
