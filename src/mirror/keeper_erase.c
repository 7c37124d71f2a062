/*
 * mirror/keeper_erase.c -- erasures at a keeper: one ledger a turn, the own one first, then every
 * copy. A copy is opened only when it has grown or something came into force since.
 */
#include "mirror/keeper_int.h"

/* Whose ledger says what is in force: a centre's; to a site keeper, its post's. */
static bool tells(const struct ptn_keeper *keeper, const struct held *held)
{
    const struct ptn_roster *roster = &keeper->roster;
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(roster, held->key.name);
    const struct ptn_roster_node *node =
        ptn_roster_find(roster, spare != NULL ? spare->origin : held->key.name);

    return keeper->only.len > 0 || (node != NULL && node->role == PTN_ROSTER_CENTRE);
}

static struct ptn_status append(void *context, unsigned kind, struct ptn_bytes payload)
{
    uint64_t index;

    return ptn_keeper_append(context, (enum ptn_record_kind)kind, payload, &index);
}

/*
 * Hundreds of copies grow all day, and few are open at a time: none is opened while nothing is in
 * force, and one that has only grown waits until its writer has it opened: what was named long ago
 * and comes only now comes from there.
 */
static bool is_not_worth_opening(const struct held *held, uint64_t changes)
{
    return changes == 0 || (held->swept_for == changes && held->copy == NULL);
}

/* *ret_more: it is to be looked at again at once. */
static struct ptn_status sweep_copy(struct ptn_keeper *keeper, struct held *held, bool *ret_more,
                                    struct ptn_diag *reterr)
{
    const uint64_t changes = ptn_erasing_changes(keeper->erasing);
    const uint64_t shown = held->shown_size;
    struct ptn_erasing_ledger ledger = { NULL, NULL };
    bool more = false;
    struct ptn_status status;

    *ret_more = false;
    if (!held->there || held->corrupt || (held->swept == shown && held->swept_for == changes))
        return PTN_OK;
    if (!tells(keeper, held) && is_not_worth_opening(held, changes))
        return PTN_OK;
    status = ptn_keeper_copy(keeper, held, false, &ledger.copy);
    if (ptn_ok(status) && tells(keeper, held))
        status = ptn_erasing_read(keeper->erasing, &keeper->roster, &ledger, ret_more, reterr);
    if (ptn_ok(status))
        status = ptn_erasing_carry_out(keeper->erasing, &keeper->roster, &ledger, NULL, NULL, &more,
                                       reterr);
    if (status.code == PTN_C_CORRUPT)
        held->corrupt = true;
    *ret_more = *ret_more || more || !ptn_ok(status);
    if (!*ret_more) {
        held->swept = shown;
        held->swept_for = changes;
    }
    return status;
}

static struct ptn_status sweep_own(struct ptn_keeper *keeper, bool *ret_more,
                                   struct ptn_diag *reterr)
{
    const struct ptn_erasing_ledger ledger = { keeper->ledger, NULL };

    return ptn_erasing_read(keeper->erasing, &keeper->roster, &ledger, ret_more, reterr);
}

struct ptn_status ptn_keeper_erase(struct ptn_keeper *keeper, bool *ret_more,
                                   struct ptn_diag *reterr)
{
    const uint64_t changes = ptn_erasing_changes(keeper->erasing);
    bool more = false;
    struct ptn_status status;

    *ret_more = false;
    keeper->turn++;
    if (keeper->sweep_at > keeper->held_count)
        keeper->sweep_at = 0;
    status = keeper->sweep_at == 0
                 ? sweep_own(keeper, &more, reterr)
                 : sweep_copy(keeper, &keeper->held[keeper->sweep_at - 1], &more, reterr);
    keeper->sweep_more =
        keeper->sweep_more || more || changes != ptn_erasing_changes(keeper->erasing);
    if (!more || !ptn_ok(status))
        keeper->sweep_at++;
    if (keeper->sweep_at <= keeper->held_count) {
        *ret_more = true;
        return status;
    }
    keeper->sweep_at = 0; /* a round is over: what it erased is gone for good (ERASE-2) */
    if (ptn_ok(status) && !keeper->sweep_more)
        status = ptn_erasing_receipts(keeper->erasing, keeper->name, append, keeper);
    *ret_more = keeper->sweep_more && ptn_ok(status);
    keeper->sweep_more = false;
    return status;
}
