#include "main/hand.h"

#include <stdio.h>

#include "main/standing.h"
#include "serve/courier.h"

#define ANSWER_MAX 65536u
#define TIMEOUT_MS 5000
#define HTTP_OK    200u

bool ptn_hand_over(const char *dir, const struct ptn_roster_node *keeper, struct ptn_bytes note)
{
    struct ptn_exchange exchange = {
        .verb = "POST", .path = "/notes", .body = note, .answer = { .len_max = ANSWER_MAX }
    };
    enum ptn_courier_trouble trouble = PTN_COURIER_FINE;
    char address[PTN_ROSTER_ADDRESS_MAX + 1];
    struct ptn_status status;
    bool good;

    (void)snprintf(address, sizeof(address), "%.*s", (int)keeper->address.len,
                   (const char *)keeper->address.at);
    status = ptn_courier_carry(ptn_world_real(), dir, address, keeper->tls, TIMEOUT_MS, &exchange,
                               &trouble, NULL);
    good = ptn_ok(status) && exchange.status == HTTP_OK;
    if (good)
        (void)printf("%.*s\n", (int)keeper->ledger.name.len, (const char *)keeper->ledger.name.at);
    else
        (void)fprintf(stderr, "%.*s: %s (%u)\n", (int)keeper->ledger.name.len,
                      (const char *)keeper->ledger.name.at, ptn_courier_trouble_word(trouble),
                      exchange.status);
    ptn_buffer_release(&exchange.answer);
    return good;
}

/* Does the node that wrote this down have an order that revokes the keeper's key? */
static bool is_revoked(const json_t *standing, const struct ptn_roster_node *keeper)
{
    const json_t *lines = json_object_get(standing, "lines");

    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);

        if (json_is_true(json_object_get(line, "revoked")) &&
            ptn_bytes_equal(ptn_bytes_from_text(ptn_standing_text(line, "keeper")),
                            keeper->ledger.name))
            return true;
    }
    return false;
}

/* REVOKE-2: whoever stole a keeper's key would be glad to be the only one that has the note. */
struct ptn_status ptn_hand_to_keepers(const char *dir, const struct ptn_roster *roster,
                                      struct ptn_bytes note, unsigned want, struct ptn_diag *reterr)
{
    json_t *standing = ptn_standing_load(ptn_world_real(), dir);
    unsigned taken[2] = { 0 };

    for (unsigned revoked = 0; revoked < 2; revoked++)
        for (size_t i = 0; taken[0] + taken[1] < want && i < roster->node_count; i++)
            if (roster->nodes[i].role == PTN_ROSTER_KEEPER &&
                is_revoked(standing, &roster->nodes[i]) == (revoked == 1))
                taken[revoked] += ptn_hand_over(dir, &roster->nodes[i], note);
    json_decref(standing);
    if (taken[0] > 0)
        return PTN_OK;
    return ptn_fail(PTN_C_IO, reterr, 0,
                    taken[1] > 0 ? "only keepers whose keys orders revoke took it"
                                 : "no keeper took it");
}
