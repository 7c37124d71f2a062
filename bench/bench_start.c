/*
 * bench/bench_start.c -- how long a post with many crossings takes to open: from its ledger alone,
 * and with the file of known stays.
 *
 * usage: bench_start DIR [CROSSINGS]: DIR must not be there; a million by default.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/lane.h"
#include "node/node.h"
#include "reference/place.h"

#define YEAR_MS (INT64_C(365) * 86400 * 1000)

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Entries and exits of people who do not exist, evenly over the last year. */
static bool seed(const struct ptn_world *world, const char *dir, size_t count)
{
    struct ptn_crossing *crossings = calloc(count, sizeof(*crossings));
    char(*numbers)[16] = calloc(count, sizeof(*numbers));
    int64_t start_ms = world->now_ms(world->context) - YEAR_MS;
    bool good = crossings != NULL && numbers != NULL;

    for (size_t i = 0; good && i < count; i++) {
        struct ptn_crossing *crossing = &crossings[i];

        (void)snprintf(numbers[i], sizeof(numbers[i]), "U%08u", (unsigned)(i / 2 % 100000000u));
        world->random(world->context, crossing->id.at, sizeof(crossing->id.at));
        crossing->time_ms = start_ms + (YEAR_MS / 2 / (int64_t)count) * (int64_t)i;
        crossing->date = ptn_place_local_date(crossing->time_ms);
        crossing->direction = i % 2 == 0 ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT;
        crossing->outcome = PTN_OUTCOME_RECORDED;
        crossing->post = PTN_BYTES_LITERAL("bench");
        crossing->lane = PTN_BYTES_LITERAL("1");
        crossing->officer = PTN_BYTES_LITERAL("arta");
        crossing->person.surname = PTN_BYTES_LITERAL("VONTRELI");
        crossing->person.given = PTN_BYTES_LITERAL("ELISIDA");
        crossing->person.birth = (struct ptn_date){ 1990, 4, 12 };
        crossing->person.document.issuer[0] = 'D';
        crossing->person.document.number = ptn_bytes_from_text(numbers[i]);
    }
    good = good && ptn_ok(ptn_lane_seed(world, dir, crossings, count, NULL));
    free(crossings);
    free(numbers);
    return good;
}

static bool open_and_close(const struct ptn_world *world, const char *dir, const char *how)
{
    struct ptn_node *node = NULL;
    double opened;
    double start = now_s();
    bool good = ptn_ok(ptn_node_open(world, dir, NULL, &node, NULL));

    opened = now_s();
    ptn_node_close(node);
    (void)printf("%-44s opened in %.2f s, closed in %.2f s\n", how, opened - start,
                 now_s() - opened);
    return good;
}

int main(int argc, char **argv)
{
    static const struct ptn_node_plan plan = { .name = "Bench",
                                               .code = "bench",
                                               .kind = PTN_POST_LAND,
                                               .state = "ALB",
                                               .demonstration = true };
    const struct ptn_world *world = ptn_world_real();
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;

    if (argc < 2) {
        (void)fputs("usage: bench_start DIR [CROSSINGS]\n", stderr);
        return 2;
    }
    if (!ptn_ok(ptn_node_make(world, argv[1], &plan, PTN_BYTES_NONE, NULL)) ||
        !seed(world, argv[1], count))
        return 4;
    (void)printf("a post with %zu crossings\n", count);
    return open_and_close(world, argv[1], "from the ledger alone") &&
                   open_and_close(world, argv[1], "with the file of known stays")
               ? 0
               : 4;
}
