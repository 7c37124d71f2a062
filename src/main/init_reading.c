/* main/init_reading.c -- who will read what is sealed, month by month: posts their own, the centre
 * all, recovery what the others lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/init_int.h"
#include "vault/share.h"

/* All months' keys in dir/vault, and their public halves under that origin (empty: recovery). */
static struct ptn_status make_keys(struct ptn_init *init, const char *dir, struct ptn_bytes origin,
                                   struct ptn_diag *reterr)
{
    struct ptn_date today = ptn_instant_date(init->world->now_ms(init->world->context));
    struct ptn_status status = PTN_OK;

    for (unsigned i = 0; ptn_ok(status) && i < init->months; i++) {
        struct ptn_roster_reading *line = &init->readings[init->reading_count];
        struct ptn_reading reading;

        status =
            ptn_reading_make(init->world, dir, ptn_date_month_after(today, i), &reading, reterr);
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

/* Put a text that may be secret into offline/recovery, and wipe it. */
static struct ptn_status put_text(const struct ptn_init *init, const char *name,
                                  struct ptn_buffer *text)
{
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = ptn_init_path(path, init->dir, "offline/recovery", name);

    if (ptn_ok(status))
        status = init->world->files->replace(init->world->context, path, ptn_buffer_bytes(text));
    if (text->at != NULL)
        explicit_bzero(text->at, text->capacity);
    ptn_buffer_clear(text);
    return status;
}

/* The kit, which everybody may have, beside the centre's spare, too; and one file a share. */
static struct ptn_status put_recovery(const struct ptn_init *init,
                                      const struct ptn_recovery *recovery,
                                      const struct ptn_share *shares)
{
    struct ptn_buffer text = { .len_max = PTN_RECOVERY_TEXT_MAX };
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = ptn_recovery_write(recovery, &text);

    if (ptn_ok(status))
        status = ptn_init_path(path, init->dir, "offline/spares/centre-2", "recovery.kit");
    if (ptn_ok(status))
        status = init->world->files->replace(init->world->context, path, ptn_buffer_bytes(&text));
    if (ptn_ok(status))
        status = put_text(init, "recovery.kit", &text);
    for (unsigned i = 0; ptn_ok(status) && i < init->shares; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "share-%u", i + 1);
        status = ptn_share_write(&shares[i], &text);
        if (ptn_ok(status))
            status = put_text(init, name, &text);
    }
    ptn_buffer_release(&text);
    return status;
}

/* Recovery's key is split as it is made, and nobody has it whole. */
static struct ptn_status make_recovery(struct ptn_init *init, struct ptn_diag *reterr)
{
    struct ptn_date today = ptn_instant_date(init->world->now_ms(init->world->context));
    struct ptn_recovery *recovery = calloc(1, sizeof(*recovery));
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (recovery != NULL)
        status = ptn_recovery_make(init->world, init->shares_needed, init->shares, recovery, shares,
                                   reterr);
    for (unsigned i = 0; ptn_ok(status) && i < init->months; i++) {
        struct ptn_roster_reading *line = &init->readings[init->reading_count];
        struct ptn_reading reading;

        status = ptn_recovery_add(init->world, recovery, ptn_date_month_after(today, i), &reading,
                                  reterr);
        if (!ptn_ok(status))
            break;
        line->origin = PTN_BYTES_NONE;
        line->month = reading.month;
        memcpy(line->key, reading.key, sizeof(line->key));
        init->reading_count++;
    }
    if (ptn_ok(status))
        status = put_recovery(init, recovery, shares);
    explicit_bzero(shares, sizeof(shares));
    free(recovery);
    return status;
}

struct ptn_status ptn_init_reading(struct ptn_init *init, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < init->node_count; i++)
        if (init->nodes[i].plan.listen[0] == '\0' && /* keepers, gateways and rooms read nothing */
            init->nodes[i].plan.role != PTN_NODE_GATEWAY && !init->nodes[i].room)
            status = make_of_node(init, &init->nodes[i], reterr);
    return ptn_ok(status) ? make_recovery(init, reterr) : status;
}
