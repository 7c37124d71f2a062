#include "main/hand.h"

#include <stdio.h>

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

struct ptn_status ptn_hand_to_keepers(const char *dir, const struct ptn_roster *roster,
                                      struct ptn_bytes note, unsigned want, struct ptn_diag *reterr)
{
    unsigned taken = 0;

    for (size_t i = 0; taken < want && i < roster->node_count; i++)
        if (roster->nodes[i].role == PTN_ROSTER_KEEPER)
            taken += ptn_hand_over(dir, &roster->nodes[i], note);
    return taken > 0 ? PTN_OK : ptn_fail(PTN_C_IO, reterr, 0, "no keeper took it");
}
