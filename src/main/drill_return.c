/*
 * main/drill_return.c -- two posts come back from the attack: held first by what is missing, then
 * reinstalled, released, swept, closed; a canary lane each way, half, all.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "main/drill_int.h"

#define NOTE_MAX       65536u
#define WAIT_SECONDS   30
#define BROKEN_SECONDS 6
#define STEP_MS        100
#define HEX_SIZE       65u
#define RETURNING      2u

/* The posts that went down to paper. */
static struct ptn_drill_post *post_of(struct ptn_drill *drill, size_t index)
{
    return &drill->posts[PTN_DRILL_POSTS - RETURNING + index];
}

static void pause_once(void)
{
    const struct timespec time = { 0, STEP_MS * 1000000L };

    (void)nanosleep(&time, NULL);
}

/* "utopia.example/CODE" of both: where their orders hold. */
struct places {
    char names[RETURNING][80];
};

static struct places places_of(struct ptn_drill *drill)
{
    struct places places;

    for (size_t i = 0; i < RETURNING; i++)
        (void)snprintf(places.names[i], sizeof(places.names[i]), "utopia.example/%s",
                       post_of(drill, i)->code);
    return places;
}

/* Write an order, have it signed, hand it to keepers; ret_name (may be NULL) is its name. */
static bool give(struct ptn_drill *drill, const char *const *words, const char *const *keys,
                 char ret_name[80])
{
    struct ptn_buffer note = { .len_max = NOTE_MAX };
    bool good = ptn_drill_order(drill, words, keys, &note) && ptn_drill_give(drill, &note) &&
                (ret_name == NULL || ptn_drill_name(drill, &note, ret_name));

    ptn_buffer_release(&note);
    return good;
}

static const char *const authorities[] = { "authority-1", "authority-2", "authority-3", NULL };

bool ptn_drill_return_order(struct ptn_drill *drill, const char *local, const char *manual)
{
    const struct places places = places_of(drill);
    const char *const words[] = { "restore", "--post", places.names[0], "--post", places.names[1],
                                  "--ends",  local,    "--ends",        manual,   "--canary",
                                  "1",       NULL };

    return give(drill, words, authorities, drill->restore);
}

/* Wait until the gate of the post lacks the word, or does not. */
static bool wait_lacks(struct ptn_drill *drill, struct ptn_drill_lane *lane, const char *word,
                       bool wanted)
{
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);

    while (ptn_drill_lacks(lane, word) != wanted) {
        /* nothing that gave way mends itself */
        if (ptn_drill_seconds(drill, since_us) >
            (drill->without == 0 ? WAIT_SECONDS : BROKEN_SECONDS))
            return false;
        pause_once();
    }
    return true;
}

void ptn_drill_gate_held(struct ptn_drill *drill, struct ptn_drill_lane *lane, bool missing)
{
    (void)ptn_drill_must(drill, wait_lacks(drill, lane, "serials", missing),
                         missing ? "the gate holds the return: a serial is missing"
                                 : "the gate lacks no serial any more");
    if (missing)
        (void)ptn_drill_must(
            drill, wait_lacks(drill, lane, "software", true) && ptn_drill_stage(lane) == 'n',
            "and the software is not released: nobody is let in");
}

/* ---- the post, made anew ---- */

static bool reinstall(struct ptn_drill *drill, struct ptn_drill_post *post, char swept[HEX_SIZE])
{
    char disk[PTN_DRILL_PATH], spare[PTN_DRILL_PATH];
    const char *const words[] = { "recover", post->node.folder, "--spare", spare, NULL };

    ptn_drill_kill(&post->node);
    (void)snprintf(disk, sizeof(disk), "%.400s/old-disk-%s", drill->folder, post->code);
    (void)snprintf(spare, sizeof(spare), "%.400s/country/offline/spares/%s-2", drill->folder,
                   post->code);
    return rename(post->node.folder, disk) == 0 && ptn_drill_sweep(drill, disk, swept) &&
           ptn_drill_run(drill, words, "", NULL) == 0 && ptn_drill_staff(drill, &post->node) &&
           ptn_drill_start(drill, &post->node);
}

/* The program that runs, released by its digest. */
static bool release(struct ptn_drill *drill)
{
    struct ptn_map *map = NULL;
    struct ptn_buffer hex = { .len_max = HEX_SIZE };
    struct ptn_bytes bytes;
    uint8_t digest[PTN_SHA256_LEN];
    bool good = false;

    if (!ptn_ok(drill->world->files->map(drill->world->context, drill->program, &map, &bytes)))
        return false;
    if (ptn_ok(ptn_sha256(&bytes, 1, digest)) &&
        ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(digest, sizeof(digest)))) &&
        ptn_ok(ptn_buffer_add_u8(&hex, 0))) {
        const char *const words[] = { "release",   "--build",  (const char *)hex.at,
                                      "--version", "2",        "--minimum",
                                      "1",         "--medium", (const char *)hex.at,
                                      NULL };

        good = give(drill, words, authorities, NULL);
    }
    drill->world->files->unmap(drill->world->context, map);
    ptn_buffer_release(&hex);
    return good;
}

static bool close_cause(struct ptn_drill *drill, const char *local, const char *manual,
                        char swept[RETURNING][HEX_SIZE])
{
    const struct places places = places_of(drill);
    const char *const words[] = { "close",    "--post",  places.names[0], "--post", places.names[1],
                                  "--closes", local,     "--closes",      manual,   "--swept",
                                  swept[0],   "--swept", swept[1],        NULL };

    return give(drill, words, authorities, NULL);
}

/* ---- lane by lane ---- */

/* A supervisor and two officers at each of the two posts. */
struct crew {
    struct ptn_drill_lane *dita, *arta, *besa;
};

static bool wait_stage(struct ptn_drill *drill, const struct crew *crews, char stage)
{
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);

    for (size_t i = 0; i < RETURNING; i++)
        while (crews[i].dita == NULL || ptn_drill_stage(crews[i].dita) != stage) {
            if (crews[i].dita == NULL || ptn_drill_seconds(drill, since_us) > WAIT_SECONDS)
                return false;
            pause_once();
        }
    return true;
}

static bool advance(struct ptn_drill *drill, const char *stage, const char *const *keys,
                    char ret_name[80])
{
    const struct places places = places_of(drill);
    const char *const words[] = { "advance",       "--post",  places.names[0], "--post",
                                  places.names[1], "--stage", stage,           "--returns",
                                  drill->restore,  NULL };

    return give(drill, words, keys, ret_name);
}

/* One lane each way at each post, somebody crosses there, and nobody else is let in. */
static bool canary(struct ptn_drill *drill, const struct crew *crews)
{
    bool good = true;

    for (size_t i = 0; i < RETURNING; i++) {
        bool crossed;

        good = good && crews[i].arta != NULL && crews[i].besa != NULL &&
               ptn_drill_let_in(crews[i].dita, "1", "entry") &&
               ptn_drill_let_in(crews[i].dita, "1", "exit") &&
               !ptn_drill_let_in(crews[i].dita, "2", "entry") &&
               ptn_drill_rung(crews[i].arta) == 'n' && ptn_drill_rung(crews[i].besa) == 'm';
        crossed = good && ptn_drill_cross(crews[i].arta, drill->next_passport);
        if (crossed) {
            post_of(drill, i)->made++;
            drill->report.made++;
        }
        drill->next_passport++;
        good = good && crossed;
    }
    return good;
}

static void lane_by_lane(struct ptn_drill *drill, const struct crew *crews)
{
    const char *const duty[] = { "duty-1", NULL };
    char name[80] = "";
    bool good;

    (void)ptn_drill_must(drill, canary(drill, crews),
                         "one lane each way at normal, all others on paper");
    good = advance(drill, "half", duty, name);
    for (size_t i = 0; good && i < RETURNING; i++)
        good = ptn_drill_consent(drill, crews[i].dita, name);
    (void)ptn_drill_must(drill, good && wait_stage(drill, crews, 'h'),
                         "half of the lanes, by a duty key and the supervisor on the spot");
    (void)ptn_drill_must(drill,
                         advance(drill, "all", authorities, NULL) && wait_stage(drill, crews, 'a'),
                         "then all");
    for (size_t i = 0; i < RETURNING; i++)
        drill->report.returned += crews[i].besa != NULL && ptn_drill_rung(crews[i].besa) == 'n';
    (void)ptn_drill_must(drill, drill->report.returned == RETURNING,
                         "two posts are back in service, every lane");
}

static bool sign_in(struct ptn_drill *drill, struct crew *crews)
{
    bool good = true;

    for (size_t i = 0; i < RETURNING; i++) {
        crews[i].dita = ptn_drill_sign_in(post_of(drill, i), "dita", "watch");
        crews[i].arta = ptn_drill_sign_in(post_of(drill, i), "arta", "1");
        crews[i].besa = ptn_drill_sign_in(post_of(drill, i), "besa", "2");
        good = good && crews[i].dita != NULL && crews[i].arta != NULL && crews[i].besa != NULL;
    }
    return good;
}

void ptn_drill_return(struct ptn_drill *drill, const char *local, const char *manual)
{
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);
    struct crew crews[RETURNING] = { 0 };
    char swept[RETURNING][HEX_SIZE];
    bool good = true;

    for (size_t i = 0; i < RETURNING; i++)
        good = good && reinstall(drill, post_of(drill, i), swept[i]);
    (void)ptn_drill_must(drill, good && sign_in(drill, crews),
                         "two posts are made anew under their spares, old disks kept and swept");
    for (size_t i = 0; good && i < RETURNING; i++)
        good = wait_lacks(drill, crews[i].dita, "identity", false) &&
               ptn_drill_lacks(crews[i].dita, "cause") && ptn_drill_stage(crews[i].dita) == 'n';
    (void)ptn_drill_must(drill, good, "the gate is still shut: the cause is not closed");
    good = good && release(drill) && close_cause(drill, local, manual, swept);
    (void)ptn_drill_must(drill, good && wait_stage(drill, crews, 'c'),
                         "released, swept, closed: the gate opens, the canary begins");
    if (good)
        lane_by_lane(drill, crews);
    drill->report.return_s = ptn_drill_seconds(drill, since_us);
    for (size_t i = 0; i < RETURNING; i++) {
        ptn_drill_put_aside(crews[i].dita);
        ptn_drill_put_aside(crews[i].arta);
        ptn_drill_put_aside(crews[i].besa);
    }
}
