/* main/order_since.c -- what keepers held of a ledger at some moment: whose key was stolen then,
 * and from which entry on nothing counts any more that it published. docs/format/times.md. */
#include "main/order_int.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "node/country.h"

static struct ptn_status find(const struct ptn_world *world, const char *dir,
                              struct ptn_bytes ledger, int64_t by_s,
                              struct ptn_times_held *ret_held, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_times_held(world, dir, ledger, by_s, ret_held);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0,
                        "a centre's or room's folder has noted no time of that ledger so early");
    if (!ret_held->passed) /* what came since the last one would be taken for later than asked */
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0,
                        "nothing later is noted there yet: it is written every five minutes, and "
                        "when that node is stopped");
    return PTN_OK;
}

struct ptn_status ptn_order_since(const char *dir, const char *ledger, const char *time,
                                  struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_bytes origin = ptn_bytes_from_text(ledger);
    struct ptn_times_held held = { .size = 0 };
    struct ptn_country country;
    struct ptn_vkey key;
    char hex[2 * PTN_PUBLIC_KEY_LEN + 1], when[PTN_INSTANT_TEXT_SIZE];
    int64_t time_ms = 0;
    struct ptn_status status = ptn_instant_parse(ptn_bytes_from_text(time), &time_ms, reterr);

    if (!ptn_ok(status))
        return status;
    status = ptn_country_read(world, dir, &country, reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_roster_ledger_key(&country.roster, origin, &key))
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the roster names no ledger like that");
    if (ptn_ok(status))
        status = find(world, dir, origin, time_ms / 1000, &held, reterr);
    if (ptn_ok(status))
        (void)printf("--key %s --after %" PRIu64 "\n",
                     ptn_hex_write(key.public_key, sizeof(key.public_key), hex), held.size);
    if (ptn_ok(status))
        (void)fprintf(stderr, "keepers held %" PRIu64 " entries at %s; what is behind came later\n",
                      held.size, ptn_instant_write(held.time_s * 1000, when));
    ptn_country_release(&country);
    return status;
}
