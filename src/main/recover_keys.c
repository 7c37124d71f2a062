/* main/recover_keys.c -- what recovery's shares open, for a centre that comes back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/reading_int.h"
#include "main/recover_int.h"

/* This month's key and the next one's: by then a roster has to name keys of the node's own. */
static struct ptn_status keep_months(const struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_date month = ptn_instant_date(recover->world->now_ms(recover->world->context));
    struct ptn_status status = PTN_OK;

    for (unsigned i = 0; ptn_ok(status) && i < 2; i++) {
        status = ptn_reading_keep(recover->world, recover->dir, recover->vault, month, reterr);
        if (status.code == PTN_C_BUSY || status.code == PTN_C_NOT_FOUND)
            status = PTN_OK;
        month = ptn_date_month_after(month, 1);
    }
    return status;
}

struct ptn_status ptn_recover_keys(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_recovery *kit = calloc(1, sizeof(*kit));
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    char beside[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (kit == NULL)
        return status;
    (void)snprintf(beside, sizeof(beside), "%s/recovery.kit", recover->spare);
    status = ptn_kit_read_all(recover->world, recover->kit == NULL ? beside : recover->kit,
                              recover->shares, recover->share_count, kit, shares, reterr);
    if (ptn_ok(status)) {
        status = ptn_recovery_open(kit, shares, recover->share_count, recover->vault, reterr);
        ptn_shares_say(recover->shares, recover->share_count, status, reterr);
    }
    if (ptn_ok(status)) {
        (void)printf("%zu of %u shares join: %zu months can be read\n", recover->share_count,
                     kit->set.count, kit->month_count);
        status = keep_months(recover, reterr);
    }
    explicit_bzero(shares, sizeof(shares));
    free(kit);
    return status;
}
