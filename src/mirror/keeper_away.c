/* Who is turned away: nodes of the roster whose key an order revokes, by the notes in the keeper's
 * own ledger (mirror/away.h). REVOKE-1. */
#include "mirror/keeper_int.h"

#include <assert.h>
#include <stdio.h>

#define FILE_NAME "revoked" /* beside the copies */
#define PATH_LEN  4096u

static_assert(PTN_KEEPER_AWAY_MAX == PTN_AWAY_MAX, "as many as its door says");

static struct ptn_away_at at_of(const struct ptn_keeper *keeper)
{
    return (struct ptn_away_at){ .roster = &keeper->roster, .own = keeper->name };
}

struct ptn_status ptn_keeper_away_open(struct ptn_keeper *keeper)
{
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/" FILE_NAME, keeper->dir);

    if (len < 0 || (size_t)len >= sizeof(path))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    return ptn_away_open(keeper->world, path, &keeper->away);
}

void ptn_keeper_away_list(struct ptn_keeper *keeper)
{
    const struct ptn_away_at at = at_of(keeper);

    ptn_away_judge(keeper->away, &at);
    keeper->away_version++;
}

bool ptn_keeper_turns_away(const struct ptn_keeper *keeper, struct ptn_bytes name)
{
    return ptn_away_has(keeper->away, name);
}

size_t ptn_keeper_away(const struct ptn_keeper *keeper, uint64_t *ret_version)
{
    *ret_version = keeper->away_version;
    return ptn_away_count(keeper->away);
}

struct ptn_status ptn_keeper_take_order(struct ptn_keeper *keeper, struct ptn_bytes note,
                                        int64_t seen_ms, bool remembered)
{
    const struct ptn_away_at at = at_of(keeper);
    bool news = false;
    struct ptn_status status = ptn_away_take(keeper->away, &at, note, seen_ms, remembered, &news);

    keeper->away_version += news ? 1 : 0;
    return status;
}
