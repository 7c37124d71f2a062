#include "main/walk.h"

#include "main/unlock.h"

struct ptn_status ptn_walk_node(const char *dir, const struct ptn_ledger_walk *walk,
                                struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    uint64_t size = 0;
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = ptn_unlock_command(dir, &world, reterr);

    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open_reader(world, vault, dir, &ledger, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_walk(ledger, 0, size, walk, reterr);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return status;
}

static bool is_published(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    const struct ptn_walk_published *published = context;

    (void)index;
    return header->kind == published->kinds[0] || header->kind == published->kinds[1];
}

static struct ptn_status take_published(void *context, uint64_t index,
                                        const struct ptn_ledger_header *header,
                                        const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    const struct ptn_walk_published *published = context;
    struct ptn_status status;

    (void)index;
    (void)reterr;
    if (payload == NULL) /* erased */
        return PTN_OK;
    status = published->take(published->context, (enum ptn_record_kind)header->kind,
                             ptn_buffer_bytes(payload));
    return status.code == PTN_C_NO_MEMORY || status.code == PTN_C_IO ? status : PTN_OK;
}

struct ptn_status ptn_walk_published(const char *dir, const struct ptn_walk_published *published,
                                     struct ptn_diag *reterr)
{
    struct ptn_walk_published copy = *published;
    const struct ptn_ledger_walk walk = { &copy, is_published, take_published };

    return ptn_walk_node(dir, &walk, reterr);
}
