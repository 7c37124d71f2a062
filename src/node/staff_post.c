/* node/staff_post.c -- the staff of a post: what its staff list is told of the post, and the post's
 * own way to ask it. */
#include "node/apply_int.h"
#include "node/staff_int.h"

#include "node/country.h"

/* ---- what the list is told ---- */

static void lock(void *context)
{
    ptn_node_lock(context);
}

static void unlock(void *context)
{
    ptn_node_unlock(context);
}

static int64_t clock_off_s(void *context)
{
    return ((const struct ptn_node *)context)->kept.clock_off_s;
}

static const struct ptn_roster *roster(void *context)
{
    return &((const struct ptn_node *)context)->apply->roster;
}

static const struct ptn_orders *orders(void *context)
{
    return ((const struct ptn_node *)context)->apply->orders;
}

static struct ptn_orders_post self(void *context)
{
    return ptn_apply_post(context);
}

static void note(void *context, struct ptn_bytes payload)
{
    ptn_node_note(context, PTN_RECORD_STAFF, payload);
}

struct ptn_status ptn_staff_open(struct ptn_node *node, struct ptn_diag *reterr)
{
    const struct ptn_staff_host host = { .world = node->world,
                                         .dir = node->dir,
                                         .code = node->plan.code,
                                         .vault = node->vault,
                                         .context = node,
                                         .lock = lock,
                                         .unlock = unlock,
                                         .clock_off_s = clock_off_s,
                                         .roster = roster,
                                         .orders = orders,
                                         .self = self,
                                         .note = note };

    return ptn_staffing_open(&host, &node->staffing, reterr);
}

void ptn_staff_close(struct ptn_node *node)
{
    ptn_staffing_close(node->staffing);
    node->staffing = NULL;
}

/* ---- asking it ---- */

bool ptn_staff_find(struct ptn_node *node, struct ptn_bytes user, struct ptn_officer *ret_officer)
{
    struct ptn_officer officer;

    if (!ptn_staffing_find(node->staffing, user, &officer) || officer.role == PTN_STAFF_AUDITOR)
        return false;
    *ret_officer = officer;
    return true;
}

bool ptn_staff_knows(struct ptn_node *node, struct ptn_bytes user)
{
    return ptn_staffing_knows(node->staffing, user);
}

struct ptn_status ptn_staff_check(struct ptn_node *node, struct ptn_bytes user,
                                  struct ptn_bytes password, struct ptn_staff_touch *touch,
                                  struct ptn_officer *ret_officer)
{
    struct ptn_officer officer;
    struct ptn_status status = ptn_staffing_check(node->staffing, user, password, touch, &officer);

    if (!ptn_ok(status))
        return status;
    if (officer.role == PTN_STAFF_AUDITOR) /* AUDIT-1: an auditor has no lane */
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_officer = officer;
    return PTN_OK;
}

bool ptn_staff_may_stay(struct ptn_node *node, const struct ptn_officer *officer)
{
    return ptn_staffing_may_stay(node->staffing, officer);
}

uint64_t ptn_staff_changes(struct ptn_node *node)
{
    return ptn_staffing_changes(node->staffing);
}

struct ptn_staff_standing ptn_staff_standing(struct ptn_node *node)
{
    return ptn_staffing_standing(node->staffing);
}

struct ptn_status ptn_staff_extend(struct ptn_node *node, const struct ptn_staff_hands *hands,
                                   struct ptn_diag *reterr)
{
    return ptn_staffing_extend(node->staffing, hands, reterr);
}

struct ptn_status ptn_staff_vouch(struct ptn_node *node, const struct ptn_staff_hands *hands,
                                  struct ptn_diag *reterr)
{
    return ptn_staffing_vouch(node->staffing, hands, reterr);
}
