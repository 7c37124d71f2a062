/*
 * main/drill_thief.c -- the drill's thief of the centre's online keys, before he wipes its disk: an
 * edition of a list that leaves a name out, the end of an alert, the annulment of an order to
 * leave. His heartbeats are in drill_pulse.c. And a keeper that denies what it has held.
 *
 * Whatever online keys sign only ever adds work (TRUST-1, PUBLISH-1): whoever was wanted is met at
 * every post all the same.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/drill_int.h"

#define LISTED    9100001u /* passports: on the list; under an alert; the mark behind the rest */
#define ALERTED   9100002u
#define MARKED    9100003u
#define RULE      "match.inquiry"
#define BODY_MAX  1024u
#define TOLD_MAX  65536u
#define WAIT_S    30
#define LOOKED_AT 4u /* posts, every other one */
#define FOR_LONG  "2099-12-31"
#define OVER      "2020-01-01"

static void pause_ms(long ms)
{
    const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

    (void)nanosleep(&time, NULL);
}

/* ---- what the centre publishes ---- */

/* An edition of the list "wanted", with that person or without; two people say so where it shrinks.
 */
static bool publish_list(const struct ptn_drill *drill, bool whole, const char *made)
{
    char source[PTN_DRILL_PATH], snap[PTN_DRILL_PATH], input[PTN_DRILL_PATH + 32], number[16];
    const char *const compile[] = { "watch",     "compile", "-o",       snap,  "--list", input,
                                    "--officer", "ana",     "--second", "ben", NULL };
    const char *const publish[] = { "list",      "publish", drill->centre.folder,
                                    "--officer", "ana",     "--second",
                                    "ben",       snap,      NULL };
    struct ptn_buffer list = { .len_max = TOLD_MAX };
    bool good;

    (void)snprintf(source, sizeof(source), "%.400s/wanted.ndjson", drill->folder);
    (void)snprintf(snap, sizeof(snap), "%.400s/wanted.snap", drill->folder);
    (void)snprintf(input, sizeof(input), "wanted=postern:%s", source);
    ptn_drill_number(LISTED, number);
    good = ptn_ok(ptn_buffer_addf(&list,
                                  "{\"postern-list\":1,\"made\":\"%s\",\"entries\":%d}\n"
                                  "{\"id\":\"W-2\",\"kind\":\"person\",\"names\":[\"MOLLAKUQI, "
                                  "BESNIKA\"],\"on_entry\":\"inquiry\",\"on_exit\":\"inform\"}\n",
                                  made, whole ? 2 : 1));
    if (whole)
        good = good &&
               ptn_ok(ptn_buffer_addf(
                   &list,
                   "{\"id\":\"W-1\",\"kind\":\"person\",\"names\":[\"TRESHNJARI, ELIRA\"],"
                   "\"numbers\":[{\"type\":\"passport\",\"number\":\"%s\",\"issuer\":\"UTO\"}],"
                   "\"on_entry\":\"inquiry\",\"on_exit\":\"inform\"}\n",
                   number));
    good = good &&
           ptn_ok(drill->world->files->replace(drill->world->context, source,
                                               ptn_buffer_bytes(&list))) &&
           ptn_drill_run(drill, compile, "", NULL) == 0 &&
           ptn_drill_run(drill, publish, "", NULL) == 0;
    ptn_buffer_release(&list);
    return good;
}

/* An alert on that passport until that day, or another version of the alert of that id; its id. */
static bool publish_alert(const struct ptn_drill *drill, unsigned passport, const char *id,
                          const char *until, char ret_id[64])
{
    const char *const words[] = { "alert", "add", drill->centre.folder, "--officer", "ana", NULL };
    struct ptn_buffer told = { .len_max = TOLD_MAX };
    char number[16], version[80] = "", body[BODY_MAX];
    bool good;

    ptn_drill_number(passport, number);
    if (id != NULL)
        (void)snprintf(version, sizeof(version), "\"id\":\"%.32s\",", id);
    (void)snprintf(
        body, sizeof(body),
        "{%s\"owner\":\"State Police\",\"basis\":\"Law 108, article 9\",\"purpose\":\"to "
        "ask about a theft\",\"action\":\"inquiry\",\"until\":\"%s\",\"people\":"
        "[{\"document\":{\"kind\":\"passport\",\"issuer\":\"UTO\",\"number\":\"%s\"}}]}",
        version, until, number);
    good = ptn_drill_run(drill, words, body, &told) == 0 && told.len >= 32;
    if (good)
        (void)snprintf(ret_id, 64, "%.32s", (const char *)told.at);
    ptn_buffer_release(&told);
    return good;
}

/* How many of the posts that are looked at meet that passport with that reason, asked until all do
 * or the time is over. */
static unsigned met_at(struct ptn_drill *drill, unsigned passport, double within_s)
{
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);
    unsigned met = 0;

    for (size_t i = 0; i < LOOKED_AT; i++) {
        struct ptn_drill_lane *lane = ptn_drill_sign_in(&drill->posts[2 * i], "arta", "1");
        bool here = false;

        while (lane != NULL && !here) {
            here = ptn_drill_meet(lane, passport, "entry", RULE, false);
            if (here || ptn_drill_seconds(drill, since_us) >= within_s)
                break;
            pause_ms(100);
        }
        met += here ? 1 : 0;
        ptn_drill_put_aside(lane);
    }
    return met;
}

void ptn_drill_wanted(struct ptn_drill *drill)
{
    bool good = publish_list(drill, true, "2026-11-01T06:00:00Z") &&
                publish_alert(drill, ALERTED, NULL, FOR_LONG, drill->alert);

    (void)ptn_drill_must(drill,
                         good && met_at(drill, LISTED, WAIT_S) == LOOKED_AT &&
                             met_at(drill, ALERTED, WAIT_S) == LOOKED_AT,
                         "the centre publishes a list and an alert: posts ask about both");
}

/* ---- the thief ---- */

/* The record that left the name out, which a removal would name. */
static bool find_gone(struct ptn_drill *drill)
{
    static const char mark[] = "\"record\":\"";
    const char *const gone[] = { "list", "gone", drill->centre.folder, NULL };
    struct ptn_buffer told = { .len_max = TOLD_MAX };
    bool good = ptn_drill_run(drill, gone, "", &told) == 0;
    const uint8_t *at =
        good && told.len > 0 ? memmem(told.at, told.len, mark, sizeof(mark) - 1) : NULL;

    good = at != NULL && (size_t)(told.at + told.len - at) >= sizeof(mark) - 1 + 64;
    if (good)
        (void)snprintf(drill->gone, sizeof(drill->gone), "%.64s",
                       (const char *)at + sizeof(mark) - 1);
    ptn_buffer_release(&told);
    return good;
}

/* With authorities' keys he would have what a removal needs. */
static bool confirm(const struct ptn_drill *drill)
{
    const char *const keys[] = { "authority-1", "authority-2", "authority-3", NULL };
    const char *const remove[] = { "remove", "--all", "--removes", drill->gone, NULL };
    struct ptn_buffer note = { .len_max = TOLD_MAX };
    bool good = ptn_drill_order(drill, remove, keys, &note) && ptn_drill_give(drill, &note);

    ptn_buffer_release(&note);
    return good;
}

bool ptn_drill_still_wanted(struct ptn_drill *drill)
{
    return met_at(drill, LISTED, 0) == LOOKED_AT;
}

void ptn_drill_theft(struct ptn_drill *drill)
{
    const char *const end[] = { "alert",      "end",       drill->centre.folder,
                                drill->alert, "--officer", "ana",
                                "--reason",   "found",     NULL };
    const char *const annul[] = { "leave",      "annul",     drill->centre.folder,
                                  drill->order, "--officer", "ana",
                                  "--reason",   "a mistake", NULL };
    char mark[64], again[64];
    unsigned listed, alerted;
    bool tried = publish_list(drill, false, "2026-11-02T06:00:00Z") && find_gone(drill) &&
                 publish_alert(drill, ALERTED, drill->alert, OVER, again) &&
                 ptn_drill_run(drill, end, "", NULL) == 0 &&
                 ptn_drill_run(drill, annul, "", NULL) == 0;

    drill->report.forged_tried += 4;
    if (ptn_drill_without(drill, PTN_DRILL_NO_OFFLINE))
        tried = confirm(drill) && tried;
    /* what comes behind the rest has come when they have */
    tried = tried && publish_alert(drill, MARKED, NULL, FOR_LONG, mark) &&
            met_at(drill, MARKED, WAIT_S) == LOOKED_AT;
    (void)ptn_drill_must(
        drill, tried,
        "a thief of the centre's keys leaves a name out, lets an alert expire, ends "
        "it and an order: it reaches the posts");
    if (ptn_drill_without(drill, PTN_DRILL_NO_OFFLINE))
        pause_ms(2500);
    listed = met_at(drill, LISTED, 0);
    alerted = met_at(drill, ALERTED, 0);
    drill->report.forged_kept += listed < LOOKED_AT ? 1 : 0;
    drill->report.forged_kept += alerted < LOOKED_AT ? 1 : 0;
    (void)ptn_drill_must(drill, listed == LOOKED_AT && alerted == LOOKED_AT,
                         "and takes no reason away: both are asked about as before");
}

/* ---- copies of disks ---- */

static bool copy_folder(const char *from, const char *to)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        (void)execlp("cp", "cp", "-a", from, to, (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static void copy_of(const struct ptn_drill *drill, const char *what, char ret_path[PTN_DRILL_PATH])
{
    (void)snprintf(ret_path, PTN_DRILL_PATH, "%.400s/copy-%s", drill->folder, what);
}

bool ptn_drill_copy_centre(struct ptn_drill *drill)
{
    copy_of(drill, "centre", drill->thief.folder);
    return copy_folder(drill->centre.folder, drill->thief.folder);
}

/* ---- a keeper that lies ---- */

static struct ptn_drill_node *liar(struct ptn_drill *drill)
{
    return &drill->keepers[drill->seed % PTN_DRILL_KEEPERS];
}

void ptn_drill_keeper_was(struct ptn_drill *drill)
{
    char copy[PTN_DRILL_PATH];

    copy_of(drill, "keeper", copy);
    ptn_drill_kill(liar(drill));
    (void)ptn_drill_must(
        drill, copy_folder(liar(drill)->folder, copy) && ptn_drill_start(drill, liar(drill)),
        "a keeper is as it was this afternoon");
}

void ptn_drill_keeper_lies(struct ptn_drill *drill)
{
    char copy[PTN_DRILL_PATH];

    copy_of(drill, "keeper", copy);
    ptn_drill_kill(liar(drill));
    ptn_drill_wipe(drill, liar(drill));
    (void)ptn_drill_must(
        drill, copy_folder(copy, liar(drill)->folder) && ptn_drill_start(drill, liar(drill)),
        "one keeper of four denies whatever it has held since this afternoon");
}
