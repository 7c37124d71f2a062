#include "main/walk.h"

#include "vault/vault.h"

struct ptn_status ptn_walk_node(const char *dir, const struct ptn_ledger_walk *walk,
                                struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    uint64_t size = 0;
    struct ptn_status status = ptn_vault_open(ptn_world_real(), dir, &vault, reterr);

    if (ptn_ok(status))
        status = ptn_ledger_open_reader(ptn_world_real(), vault, dir, &ledger, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_walk(ledger, 0, size, walk, reterr);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return status;
}
