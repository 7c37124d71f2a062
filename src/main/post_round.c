#include "main/post_round.h"

#include <stdlib.h>
#include <string.h>

#include "main/log.h"
#include "main/round.h"
#include "node/apply.h"
#include "node/shift.h"

#define LOOK_MAX  32u /* entries a turn: a third of a millisecond */
#define ACTIVE_MS (INT64_C(15) * 60000)

struct ptn_post_round {
    const struct ptn_up *up;
    struct ptn_node *node;
    struct ptn_serve *serve;
    struct ptn_round *round;
    struct ptn_vault *vault; /* Owned; NULL: no page is written */
    const char *origin;
    size_t next; /* the copy to read in next */
    struct ptn_shift_standing shift;
    struct ptn_apply_line lines[PTN_APPLY_LINES_MAX];
};

struct ptn_post_round *ptn_post_round_new(const struct ptn_up *up, struct ptn_node *node,
                                          struct ptn_serve *serve, const char *origin)
{
    struct ptn_post_round *round = calloc(1, sizeof(*round));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = PTN_OK;

    if (round == NULL)
        return NULL;
    round->up = up;
    round->node = node;
    round->serve = serve;
    round->origin = origin;
    if (up->plan.public_dir[0] != '\0')
        status = ptn_vault_open_to_sign(up->world, up->dir, &round->vault, &diag);
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_PUBLIC_FAILED, status, &diag);
    round->round = ptn_round_new(up, round->vault, origin);
    if (round->round != NULL)
        return round;
    ptn_post_round_free(round);
    return NULL;
}

void ptn_post_round_free(struct ptn_post_round *round)
{
    if (round == NULL)
        return;
    ptn_round_free(round->round);
    ptn_vault_close(round->vault);
    free(round);
}

/* When the newest lists came into force: what the youngest says of its age. */
static int64_t lists_ms(const struct ptn_post_round *round, int64_t now_ms)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_node_standing standing;
    int64_t newest_ms = 0;

    if (arena != NULL && ptn_ok(ptn_node_standing(round->node, arena, &standing)))
        for (size_t i = 0; i < standing.list_count; i++)
            if (now_ms - standing.lists[i].age_s * 1000 > newest_ms)
                newest_ms = now_ms - standing.lists[i].age_s * 1000;
    ptn_arena_free(arena);
    return newest_ms;
}

static void say_here(struct ptn_post_round *round, const struct ptn_country *country)
{
    const struct ptn_node_plan *plan = ptn_node_plan_of(round->node);
    struct ptn_apply_standing orders = ptn_apply_standing(round->node);
    const struct ptn_shift_standing *shift = &round->shift;
    int64_t now_ms = round->up->world->now_ms(round->up->world->context);
    struct ptn_glance_here here = {
        .origin = round->origin,
        .code = plan->code,
        .name = plan->name,
        .entry = orders.entry,
        .exit = orders.exit,
        .cause = orders.cause,
        .rung_ms = orders.since_ms,
        .hour = shift->hour,
        .looks = shift->looks,
        .matches = shift->referrals[PTN_REFERRAL_MATCH],
        .lists_ms = lists_ms(round, now_ms),
        .sheets = shift->sheets,
        .sheets_open = shift->sheets_open,
        .waits = shift->waits,
    };

    for (size_t i = 0; i < shift->lane_count; i++) {
        here.lanes += now_ms - shift->lanes[i].active_ms < ACTIVE_MS ? 1 : 0;
        if (shift->lanes[i].active_ms > here.crossing_ms)
            here.crossing_ms = shift->lanes[i].active_ms;
    }
    for (unsigned i = 1; i < PTN_REFERRAL_COUNT; i++)
        here.referrals += i == PTN_REFERRAL_MATCH ? 0 : shift->referrals[i];
    ptn_round_here(round->round, country, &here);
}

static enum ptn_receipt_fate fate_of(const char *word)
{
    static const struct {
        const char *word;
        enum ptn_receipt_fate fate;
    } fates[] = { { "refused", PTN_RECEIPT_REFUSED },
                  { "waiting", PTN_RECEIPT_WAITING },
                  { "standing", PTN_RECEIPT_STANDING },
                  { "ended", PTN_RECEIPT_ENDED } };

    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
        if (strcmp(word, fates[i].word) == 0)
            return fates[i].fate;
    return PTN_RECEIPT_ELSEWHERE;
}

/* What this post has said of each order. */
static void say_answers(struct ptn_post_round *round, const struct ptn_country *country)
{
    size_t count = ptn_apply_lines(round->node, round->lines);

    for (size_t i = count; i > 0; i--) {
        const struct ptn_apply_line *line = &round->lines[i - 1];
        struct ptn_order_receipt receipt = { .time_ms = line->seen_ms,
                                             .fate = fate_of(line->fate),
                                             .why = ptn_bytes_from_text(line->why),
                                             .hand = line->own ? PTN_RECEIPT_SITE
                                                               : PTN_RECEIPT_KEEPER };

        memcpy(receipt.order, line->name.at, sizeof(receipt.order));
        ptn_round_answer(round->round, country, &receipt);
    }
}

/* Read on in the next copy. */
static void look(struct ptn_post_round *round, const struct ptn_country *country,
                 struct ptn_follow *follow)
{
    struct ptn_bytes origin = ptn_follow_origin(follow, round->next);
    struct ptn_copy *copy = origin.len == 0 ? NULL : ptn_follow_copy(follow, origin);

    round->next = origin.len == 0 ? 0 : round->next + 1;
    if (copy != NULL)
        (void)ptn_round_look(round->round, country, copy, LOOK_MAX);
}

void ptn_post_round_turn(struct ptn_post_round *round, struct ptn_relay *relay)
{
    const struct ptn_country *country;
    struct ptn_links *links;
    bool good = false;

    if (round == NULL || relay == NULL)
        return;
    links = ptn_relay_try(relay);
    if (links == NULL)
        return;
    country = ptn_relay_country(relay);
    look(round, country, ptn_links_follow(links));
    if (ptn_round_due(round->round)) {
        ptn_shift_standing(round->node, &round->shift);
        say_here(round, country);
        say_answers(round, country);
        good = ptn_round_write(round->round, country, ptn_links_follow(links));
    }
    ptn_relay_unlock(relay);
    if (!good)
        return;
    ptn_round_keep(round->round);
    (void)ptn_ok(ptn_serve_tell(round->serve, ptn_round_country(round->round)));
}
