/* main/init_reading.c -- who will read what is sealed, month by month: posts their own, the centre
 * all, recovery what the others lost. */
#include <stdio.h>

#include "main/init_int.h"
#include "vault/seal.h"

/* The month that many after this one. */
static struct ptn_date month_after(struct ptn_date today, unsigned count)
{
    unsigned months = (unsigned)today.month - 1 + count;

    return (struct ptn_date){ (uint16_t)(today.year + months / 12), (uint8_t)(months % 12 + 1), 0 };
}

/* All months' keys in dir/vault, and their public halves under that origin (empty: recovery). */
static struct ptn_status make_keys(struct ptn_init *init, const char *dir, struct ptn_bytes origin,
                                   struct ptn_diag *reterr)
{
    struct ptn_date today = ptn_instant_date(init->world->now_ms(init->world->context));
    struct ptn_status status = PTN_OK;

    for (unsigned i = 0; ptn_ok(status) && i < init->months; i++) {
        struct ptn_roster_reading *line = &init->readings[init->reading_count];
        struct ptn_reading reading;

        status = ptn_reading_make(init->world, dir, month_after(today, i), &reading, reterr);
        if (!ptn_ok(status))
            break;
        line->origin = origin;
        line->month = reading.month;
        memcpy(line->key, reading.key, sizeof(line->key));
        init->reading_count++;
    }
    return status;
}

/* A spare post reads what it will write itself. A spare centre has no keys of its own: it reads by
 * recovery's, until the next roster names some. */
static struct ptn_status make_of_node(struct ptn_init *init, const struct ptn_init_node *node,
                                      struct ptn_diag *reterr)
{
    char code[PTN_NODE_CODE_MAX + 4];
    char dir[PTN_INIT_PATH_SIZE];
    struct ptn_status status = ptn_init_path(dir, init->dir, node->plan.code, NULL);

    if (ptn_ok(status))
        status = make_keys(init, dir, node->line.ledger.name, reterr);
    if (!ptn_ok(status) || node->plan.role != PTN_NODE_POST)
        return status;
    (void)snprintf(code, sizeof(code), "%s-2", node->plan.code);
    status = ptn_init_path(dir, init->dir, "offline/spares", code);
    return ptn_ok(status) ? make_keys(init, dir, node->spare.ledger.name, reterr) : status;
}

struct ptn_status ptn_init_reading(struct ptn_init *init, struct ptn_diag *reterr)
{
    const struct ptn_world *world = init->world;
    char dir[PTN_INIT_PATH_SIZE];
    char vault[PTN_INIT_PATH_SIZE];
    struct ptn_status status = ptn_init_path(dir, init->dir, "offline/recovery", NULL);

    for (size_t i = 0; ptn_ok(status) && i < init->node_count; i++)
        if (init->nodes[i].plan.listen[0] == '\0') /* keepers read nothing */
            status = make_of_node(init, &init->nodes[i], reterr);
    if (ptn_ok(status))
        status = ptn_init_path(vault, init->dir, "offline/recovery/vault", NULL);
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, dir);
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, vault);
    return ptn_ok(status) ? make_keys(init, dir, PTN_BYTES_NONE, reterr) : status;
}
