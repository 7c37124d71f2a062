/* main/recover_keys.c -- what recovery's shares open, for a centre that comes back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/recover_int.h"

/* Append a file's text. */
static struct ptn_status read_text(const struct ptn_world *world, const char *path,
                                   struct ptn_buffer *text, struct ptn_diag *reterr)
{
    struct ptn_status status = world->files->read(world->context, path, text);

    if (!ptn_ok(status))
        return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                        "the kit or a share cannot be read");
    return PTN_OK;
}

static struct ptn_status read_kit(const struct ptn_recover *recover, struct ptn_recovery *ret_kit,
                                  struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = PTN_RECOVERY_TEXT_MAX };
    char beside[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(beside, sizeof(beside), "%s/recovery.kit", recover->spare);
    status = read_text(recover->world, recover->kit == NULL ? beside : recover->kit, &text, reterr);
    if (ptn_ok(status))
        status = ptn_recovery_parse(ptn_buffer_bytes(&text), ret_kit, reterr);
    ptn_buffer_release(&text);
    return status;
}

static struct ptn_status read_shares(const struct ptn_recover *recover,
                                     struct ptn_share *ret_shares, struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = 4096 };
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < recover->share_count; i++) {
        ptn_buffer_clear(&text);
        status = read_text(recover->world, recover->shares[i], &text, reterr);
        if (ptn_ok(status))
            status = ptn_share_parse(ptn_buffer_bytes(&text), &ret_shares[i], reterr);
        if (!ptn_ok(status))
            (void)fprintf(stderr, "postern: %s is no share\n", recover->shares[i]);
    }
    if (text.at != NULL)
        explicit_bzero(text.at, text.capacity);
    ptn_buffer_release(&text);
    return status;
}

/* This month's key and the next one's: by then a roster has to name keys of the node's own. */
static struct ptn_status keep_months(const struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_date month = ptn_instant_date(recover->world->now_ms(recover->world->context));
    struct ptn_status status = PTN_OK;

    for (unsigned i = 0; ptn_ok(status) && i < 2; i++) {
        status = ptn_reading_keep(recover->world, recover->dir, recover->vault, month, reterr);
        if (status.code == PTN_C_BUSY || status.code == PTN_C_NOT_FOUND)
            status = PTN_OK;
        month.year = (uint16_t)(month.year + (month.month == 12 ? 1 : 0));
        month.month = (uint8_t)(month.month % 12 + 1);
    }
    return status;
}

struct ptn_status ptn_recover_keys(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_recovery *kit = calloc(1, sizeof(*kit));
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (kit == NULL)
        return status;
    status = read_kit(recover, kit, reterr);
    if (ptn_ok(status))
        status = read_shares(recover, shares, reterr);
    if (ptn_ok(status)) {
        status = ptn_recovery_open(kit, shares, recover->share_count, recover->vault, reterr);
        if (status.code == PTN_C_BAD_INPUT && reterr->offset < recover->share_count)
            (void)fprintf(stderr, "postern: %s does not fit\n", recover->shares[reterr->offset]);
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
