/*
 * main/drill_pulse.c -- the thief's copy of the centre beats, in the drill.
 *
 * First behind the lying keeper alone: what he signs reaches every post, and none takes it for a
 * sign of life (PULSE-1, FOLLOW-2). Then behind all keepers, who cannot know him from the centre:
 * it is a sign of life, and no post comes back by it, because an order stands (TRUST-3).
 */
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "main/drill_int.h"

#define TOLD_MAX ((size_t)1 << 20)
#define CENTRE   "utopia.example/centre"
#define WAIT_S   20
#define LOOK_MS  4500 /* a post looks at the pulse every 2 s, and says so every 2 s */

/* What a post says of the centre's ledger, and since when it has had no sign of life. */
struct felt {
    json_int_t size, cosigned;
    int64_t alive_ms; /* by this machine's clock */
};

static void pause_ms(long ms)
{
    const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

    (void)nanosleep(&time, NULL);
}

static bool feel(const struct ptn_drill *drill, const struct ptn_drill_post *post,
                 struct felt *felt)
{
    const char *const words[] = { "status", "--json", post->node.folder, NULL };
    struct ptn_buffer told = { .len_max = TOLD_MAX };
    json_t *root = NULL;
    const json_t *standing, *ledgers, *age;
    bool found = false;

    if (ptn_drill_run(drill, words, "", &told) == 0)
        root = json_loadb((const char *)told.at, told.len, 0, NULL);
    standing = json_object_get(root, "standing");
    ledgers = json_object_get(standing, "ledgers");
    age = json_object_get(standing, "heartbeat_age_ms");
    for (size_t i = 0; age != NULL && i < json_array_size(ledgers); i++) {
        const json_t *ledger = json_array_get(ledgers, i);
        const char *origin = json_string_value(json_object_get(ledger, "origin"));

        if (origin == NULL || strcmp(origin, CENTRE) != 0)
            continue;
        felt->size = json_integer_value(json_object_get(ledger, "size"));
        felt->cosigned = json_integer_value(json_object_get(ledger, "cosigned"));
        felt->alive_ms =
            json_integer_value(json_object_get(standing, "time_ms")) - json_integer_value(age);
        found = true;
    }
    json_decref(root);
    ptn_buffer_release(&told);
    return found;
}

/* Posts that hold more of the centre's ledger than they did, of all that run; and how many of these
 * take it for a sign of life. */
static void look(const struct ptn_drill *drill, const struct felt *former, unsigned *ret_reached,
                 unsigned *ret_alive)
{
    *ret_reached = *ret_alive = 0;
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        struct felt now;

        if (drill->posts[i].node.pid == 0 || !feel(drill, &drill->posts[i], &now))
            continue;
        *ret_reached += now.size > former[i].size ? 1 : 0;
        *ret_alive += now.alive_ms > former[i].alive_ms + 1000 ? 1 : 0;
    }
}

static unsigned running(const struct ptn_drill *drill)
{
    unsigned count = 0;

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        count += drill->posts[i].node.pid != 0 ? 1 : 0;
    return count;
}

/* Until it has reached every post that runs, and (where wanted) every one has heard it. */
static void wait_heard(const struct ptn_drill *drill, const struct felt *former, bool alive_too,
                       unsigned *ret_reached, unsigned *ret_alive)
{
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);
    const unsigned all = running(drill);

    for (;;) {
        look(drill, former, ret_reached, ret_alive);
        if ((*ret_reached == all && (!alive_too || *ret_alive == all)) ||
            ptn_drill_seconds(drill, since_us) >= WAIT_S)
            return;
        pause_ms(100);
    }
}

/* Posts that are at normal again, and posts that do not say. */
static void count_moved(struct ptn_drill *drill, unsigned *ret_moved, unsigned *ret_silent)
{
    *ret_moved = *ret_silent = 0;
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        struct ptn_drill_lane *lane;
        char rung = '\0';

        if (drill->posts[i].node.pid == 0)
            continue; /* its disk is gone: it comes back by nothing */
        lane = ptn_drill_sign_in(&drill->posts[i], "dita", "watch");
        if (lane != NULL)
            rung = ptn_drill_rung(lane);
        *ret_moved += rung == 'n' ? 1 : 0;
        *ret_silent += rung == '\0' ? 1 : 0; /* it cannot be said of that one */
        ptn_drill_put_aside(lane);
    }
}

/* With one honest keeper, and no other; a thief of keepers has them all. */
static void beat_uncosigned(struct ptn_drill *drill, const struct felt *former)
{
    const bool all = ptn_drill_without(drill, PTN_DRILL_NO_COSIGNERS);
    unsigned reached, alive;

    if (!all)
        ptn_drill_hold_others(drill, true);
    drill->report.forged_tried++;
    if (!ptn_drill_start(drill, &drill->thief))
        (void)ptn_drill_must(drill, false, "the thief's copy of the centre runs");
    wait_heard(drill, former, all, &reached, &alive);
    if (!all) {
        pause_ms(LOOK_MS); /* it has come: now it is looked at as well */
        look(drill, former, &reached, &alive);
        ptn_drill_hold_others(drill, false);
    }
    drill->report.forged_heard += alive > 0 ? 1 : 0;
    (void)ptn_drill_must(drill, reached == running(drill),
                         "the thief's copy of the centre beats, cosigned by one keeper: it reaches "
                         "every post");
    (void)ptn_drill_must(drill, alive == 0, "and no post takes it for a sign of life");
}

void ptn_drill_heartbeat(struct ptn_drill *drill)
{
    const bool both = drill->without == 0 || ptn_drill_without(drill, PTN_DRILL_NO_COSIGNERS);
    struct felt former[PTN_DRILL_POSTS] = { 0 };
    unsigned reached, alive, moved, silent;
    bool felt = true;

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        felt = (drill->posts[i].node.pid == 0 || feel(drill, &drill->posts[i], &former[i])) && felt;
    (void)ptn_drill_must(drill, felt, "posts say when the centre was last heard");
    if (both)
        beat_uncosigned(drill, former);
    else
        (void)ptn_drill_start(drill, &drill->thief);
    if (ptn_drill_without(drill, PTN_DRILL_NO_COSIGNERS)) {
        ptn_drill_kill(&drill->thief);
        return;
    }
    drill->report.forged_tried++;
    wait_heard(drill, former, true, &reached, &alive);
    count_moved(drill, &moved, &silent);
    ptn_drill_kill(&drill->thief);
    drill->report.forged_heard += moved > 0 ? 1 : 0;
    (void)ptn_drill_must(drill, alive == running(drill),
                         "cosigned by a quorum it is one: every post has heard it");
    (void)ptn_drill_must(drill, moved == 0 && silent == 0,
                         "and none comes back by it: an order stands");
}
