#include "main/round.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "main/log.h"
#include "main/public.h"
#include "node/glance.h"

#define WRITE_MS 2000

struct ptn_round {
    const struct ptn_up *up;
    const struct ptn_vault *vault;
    const char *origin;
    struct ptn_glance *glance;
    struct ptn_buffer country;
    int64_t write_at_ms, public_at_ms;
    bool said; /* that the page cannot be written */
};

struct ptn_round *ptn_round_new(const struct ptn_up *up, const struct ptn_vault *vault,
                                const char *origin)
{
    struct ptn_round *round = calloc(1, sizeof(*round));

    if (round == NULL)
        return NULL;
    round->up = up;
    round->vault = vault;
    round->origin = origin;
    ptn_buffer_init(&round->country, PTN_GLANCE_TEXT);
    round->glance = ptn_glance_new();
    if (round->glance != NULL)
        return round;
    free(round);
    return NULL;
}

void ptn_round_free(struct ptn_round *round)
{
    if (round == NULL)
        return;
    ptn_glance_free(round->glance);
    ptn_buffer_release(&round->country);
    free(round);
}

bool ptn_round_look(struct ptn_round *round, const struct ptn_country *country,
                    struct ptn_copy *copy, size_t max)
{
    const struct ptn_world *world = round->up->world;
    size_t count = 0;

    /* a copy that cannot be read says so elsewhere, and loudly: here it only stands still */
    (void)ptn_ok(ptn_glance_turn(round->glance, country, copy, round->vault, max,
                                 world->now_ms(world->context), &count, NULL));
    return count == max;
}

size_t ptn_round_gaps(const struct ptn_round *round, const struct ptn_country *country,
                      struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX])
{
    const struct ptn_world *world = round->up->world;

    return ptn_glance_gaps(round->glance, country, world->now_ms(world->context), ret_gaps);
}

/* Not synced: it is old in two seconds anyway. */
static void keep(const struct ptn_round *round)
{
    char path[PTN_UP_PATH_SIZE];
    char beside[PTN_UP_PATH_SIZE];
    int fd;
    bool written;

    (void)snprintf(path, sizeof(path), "%s/%s", round->up->dir, PTN_GLANCE_FILE);
    (void)snprintf(beside, sizeof(beside), "%s/%s.new", round->up->dir, PTN_GLANCE_FILE);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    written = write(fd, round->country.at, round->country.len) == (ssize_t)round->country.len;
    (void)close(fd);
    if (written)
        (void)rename(beside, path);
}

/* A page that cannot be written is said once; lanes and views go on. */
static void publish(struct ptn_round *round)
{
    const struct ptn_up *up = round->up;
    const struct ptn_public plan = { up->world, round->vault, round->origin, up->plan.public_dir,
                                     up->plan.notices };
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_public_write(&plan, ptn_buffer_bytes(&round->country), &diag);

    if (!ptn_ok(status) && !round->said)
        ptn_log_failure(PTN_EVENT_PUBLIC_FAILED, status, &diag);
    round->said = !ptn_ok(status);
}

bool ptn_round_due(const struct ptn_round *round)
{
    const struct ptn_world *world = round->up->world;

    return world->monotonic_us(world->context) / 1000 >= round->write_at_ms;
}

void ptn_round_here(struct ptn_round *round, const struct ptn_country *country,
                    const struct ptn_glance_here *here)
{
    const struct ptn_world *world = round->up->world;

    (void)ptn_ok(ptn_glance_here(round->glance, country, here, world->now_ms(world->context)));
}

void ptn_round_answer(struct ptn_round *round, const struct ptn_country *country,
                      const struct ptn_order_receipt *receipt)
{
    (void)ptn_ok(ptn_glance_answer(round->glance, country, round->origin, receipt));
}

bool ptn_round_write(struct ptn_round *round, const struct ptn_country *country,
                     struct ptn_follow *follow)
{
    const struct ptn_world *world = round->up->world;
    int64_t now_ms = world->monotonic_us(world->context) / 1000;
    struct ptn_status status;

    round->write_at_ms = now_ms + WRITE_MS;
    ptn_buffer_clear(&round->country);
    status = ptn_glance_write(round->glance, country, follow, round->origin,
                              world->now_ms(world->context), &round->country);
    return ptn_ok(status);
}

void ptn_round_keep(struct ptn_round *round)
{
    const struct ptn_world *world = round->up->world;
    int64_t now_ms = world->monotonic_us(world->context) / 1000;

    keep(round);
    if (round->up->plan.public_dir[0] != '\0' && round->vault != NULL &&
        now_ms >= round->public_at_ms) {
        round->public_at_ms = now_ms + PTN_PUBLIC_MS;
        publish(round);
    }
}

struct ptn_bytes ptn_round_country(const struct ptn_round *round)
{
    return ptn_buffer_bytes(&round->country);
}
