/*
 * main/drill.c -- postern drill: the September attack on a country of real processes on this
 * machine, in its first form, with its report. docs/guide-drill.md tells the story.
 *
 * The drill stands outside: it starts this same program as nodes, sits at lanes as a browser would,
 * signs orders as people do, and judges by what the posts answer and what their ledgers hold. What
 * must hold and does not is a failure; it goes on to the end all the same.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "main/commands.h"
#include "main/drill_int.h"

#define NOTE_MAX       65536u
#define CROSSINGS_FAST 4u
#define CROSSINGS_FULL 25u
#define ORDER_LIMIT_S  2.0
#define SETTLE_SECONDS 30
#define BROKEN_SECONDS 6 /* nothing that gave way mends itself */
#define COUNTRY        "utopia.example/roster"
#define WORDS_MAX      40u
#define LINE_MAX_LEN   400u
#define STORY_MAX      ((size_t)256 << 10)

static const char usage[] =
    "usage: postern drill [--fast] [--json] [--seed N] [--keep DIR] [--html FILE]\n"
    "                     [--break PROTECTION]\n"
    "  --fast   few crossings a post: under two minutes\n"
    "  --json   the report as JSON on standard output; the story on standard error\n"
    "  --html   the report as a page in that file, with the story, besides\n"
    "  --keep   play in that new folder and leave it\n"
    "  --break  take a protection away, or several with commas between, to see the drill fail:\n"
    "           offline, second-key, keepers, cosigners, sheet, second-person, plain-paper,\n"
    "           told, stub, quorum, copies\n";

/* ---- telling ---- */

double ptn_drill_seconds(const struct ptn_drill *drill, int64_t since_us)
{
    return (double)(drill->world->monotonic_us(drill->world->context) - since_us) / 1e6;
}

void ptn_drill_say(const struct ptn_drill *drill, const char *format, ...)
{
    FILE *to = drill->quiet ? stderr : stdout;
    char line[LINE_MAX_LEN];
    va_list arguments;
    int len = snprintf(line, sizeof(line), "%6.1f s  ", ptn_drill_seconds(drill, drill->began_us));

    va_start(arguments, format);
    (void)vsnprintf(line + len, sizeof(line) - (size_t)len, format, arguments);
    va_end(arguments);
    (void)fprintf(to, "%s\n", line);
    (void)fflush(to);
    /* a page without a line is better than a drill that ends */
    (void)ptn_ok(ptn_buffer_addf(drill->story, "%s\n", line));
}

bool ptn_drill_must(struct ptn_drill *drill, bool holds, const char *what)
{
    if (!holds)
        drill->report.failures++;
    ptn_drill_say(drill, "%s %s", holds ? "  ok  " : "  NOT:", what);
    return holds;
}

/* How long a thing may take that will come. */
static double settle_seconds(const struct ptn_drill *drill)
{
    return drill->without == 0 ? SETTLE_SECONDS : BROKEN_SECONDS;
}

static void pause_ms(long ms)
{
    const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

    (void)nanosleep(&time, NULL);
}

/* ---- crossings ---- */

/* Everybody crosses; one officer a post, one post after the other. Returns crossings a second. */
static double cross_everywhere(struct ptn_drill *drill)
{
    int64_t began_us;
    double took_us = 0;
    unsigned made = 0;

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        struct ptn_drill_post *post = &drill->posts[i];
        struct ptn_drill_lane *lane = ptn_drill_sign_in(post, "arta", "1");

        if (lane == NULL) {
            (void)ptn_drill_must(drill, false, "an officer signs in");
            continue;
        }
        began_us = drill->world->monotonic_us(drill->world->context);
        for (unsigned n = 0; n < drill->crossings; n++) {
            if (ptn_drill_cross(lane, drill->next_passport)) {
                post->made++;
                made++;
            } else {
                (void)ptn_drill_must(drill, false, "a crossing is acknowledged");
            }
            drill->next_passport++; /* whoever was acknowledged is looked for at the end */
        }
        took_us += ptn_drill_seconds(drill, began_us);
        ptn_drill_put_aside(lane);
    }
    drill->report.made += made;
    return took_us > 0 ? made / took_us : 0;
}

/* ---- orders ---- */

/* Sign a text with one person's key, as that person would; note is replaced by the signed one. */
static bool sign(const struct ptn_drill *drill, const char *key, struct ptn_buffer *note)
{
    char path[PTN_DRILL_PATH], file[PTN_DRILL_PATH];
    const char *const words[] = { "authority",       "sign", path, "--key", file, "--yes",
                                  "--passphrase-fd", "0",    NULL };
    bool good;

    (void)snprintf(path, sizeof(path), "%.400s/to-sign", drill->folder);
    (void)snprintf(file, sizeof(file), "%.400s/country/offline/keys/%s.key", drill->folder, key);
    if (!ptn_ok(drill->world->files->replace(drill->world->context, path, ptn_buffer_bytes(note))))
        return false;
    ptn_buffer_clear(note);
    good = ptn_drill_run(drill, words, "demonstration\n", note) == 0;
    return good && note->len > 0;
}

/* Write an order and have it signed. keys is NULL-ended. */
bool ptn_drill_order(const struct ptn_drill *drill, const char *const *order,
                     const char *const *keys, struct ptn_buffer *note)
{
    const char *words[WORDS_MAX] = { "order" };
    size_t count = 1;

    for (size_t i = 0; order[i] != NULL && count + 6 < WORDS_MAX; i++)
        words[count++] = order[i];
    words[count++] = "--country";
    words[count++] = COUNTRY;
    words[count++] = "--reason";
    words[count++] = "A drill.";
    words[count] = NULL;
    ptn_buffer_clear(note);
    if (ptn_drill_run(drill, words, "", note) != 0)
        return false;
    for (size_t i = 0; keys[i] != NULL; i++)
        if (!sign(drill, keys[i], note))
            return false;
    return true;
}

/* Hand a note to keepers, from the seaport's machine. True when a keeper took it. */
bool ptn_drill_give(const struct ptn_drill *drill, const struct ptn_buffer *note)
{
    char path[PTN_DRILL_PATH];
    const char *const words[] = { "order", "give", drill->posts[1].node.folder, path, NULL };

    (void)snprintf(path, sizeof(path), "%.400s/to-give", drill->folder);
    return ptn_ok(
               drill->world->files->replace(drill->world->context, path, ptn_buffer_bytes(note))) &&
           ptn_drill_run(drill, words, "", NULL) == 0;
}

/* The name that a restore ends an order by. */
bool ptn_drill_name(const struct ptn_drill *drill, const struct ptn_buffer *note, char name[80])
{
    char path[PTN_DRILL_PATH];
    const char *const words[] = { "order", "name", path, NULL };
    struct ptn_buffer out = { .len_max = 4096 };
    bool good;

    (void)snprintf(path, sizeof(path), "%.400s/to-name", drill->folder);
    good =
        ptn_ok(drill->world->files->replace(drill->world->context, path, ptn_buffer_bytes(note))) &&
        ptn_drill_run(drill, words, "", &out) == 0 && out.len >= 64;
    if (good) {
        memcpy(name, out.at, 64);
        name[64] = '\0';
    }
    ptn_buffer_release(&out);
    return good;
}

/* How many posts stand on that rung, by what their lanes are told. */
static unsigned on_rung(struct ptn_drill *drill, char rung)
{
    unsigned count = 0;

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        struct ptn_drill_lane *lane = ptn_drill_sign_in(&drill->posts[i], "dita", "watch");

        count += lane != NULL && ptn_drill_rung(lane) == rung;
        ptn_drill_put_aside(lane);
    }
    return count;
}

/* Give an order and watch every post until it is on that rung. Returns the seconds to the last one,
 * or negative. */
static double contain(struct ptn_drill *drill, const struct ptn_buffer *note, char rung)
{
    struct ptn_drill_lane *lanes[PTN_DRILL_POSTS];
    bool there[PTN_DRILL_POSTS] = { false };
    size_t left = PTN_DRILL_POSTS;
    double last = -1;
    int64_t given_us;

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        lanes[i] = ptn_drill_sign_in(&drill->posts[i], "dita", "watch");
    given_us = drill->world->monotonic_us(drill->world->context);
    if (ptn_drill_give(drill, note))
        while (left > 0 && ptn_drill_seconds(drill, given_us) < settle_seconds(drill)) {
            for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
                if (there[i] || lanes[i] == NULL || ptn_drill_rung(lanes[i]) != rung)
                    continue;
                there[i] = true;
                left--;
                last = ptn_drill_seconds(drill, given_us);
                drill->posts[i].contained_s = ptn_drill_seconds(drill, drill->sign_us);
            }
            pause_ms(10);
        }
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        ptn_drill_put_aside(lanes[i]);
    return left == 0 ? last : -1;
}

/* ---- the attack ---- */

/* What a thief of one duty key tries; nothing of it may change anything. */
static void forge(struct ptn_drill *drill)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000001";
    const char *const duty[] = { "duty-1", NULL };
    const char *const stolen[] = { "duty-1", "duty-2", NULL };
    const char *const restore[] = { "restore", "--all", "--ends", zeros, NULL };
    const char *const erase[] = { "erase", "--payload", zeros, NULL };
    const char *const release[] = { "release",   "--build", zeros,      "--version", "1",
                                    "--minimum", "1",       "--medium", zeros,       NULL };
    const char *const stop[] = { "withdraw", "--to", "manual", "--cause", "attack", "--all", NULL };
    const char *const remove[] = { "remove", "--all", "--removes",
                                   drill->gone[0] == '\0' ? zeros : drill->gone, NULL };
    const char *const *const tries[] = { restore, erase, release, stop, remove };
    static const char *const names[] = { "a return", "a mass erasure", "a release", "a stop of all",
                                         "the removal of a name" };
    struct ptn_buffer note = { .len_max = NOTE_MAX };

    for (size_t n = 0; n < sizeof(tries) / sizeof(tries[0]); n++) {
        size_t i = (n + drill->seed) % (sizeof(tries) / sizeof(tries[0]));

        drill->report.forged_tried++;
        if (ptn_drill_order(drill, tries[i],
                            ptn_drill_without(drill, PTN_DRILL_NO_SECOND_KEY) ? stolen : duty,
                            &note))
            (void)ptn_drill_give(drill,
                                 &note); /* a keeper may take it: what counts is what posts do */
        ptn_drill_say(drill, "the thief of one duty key gives %s", names[i]);
    }
    /* and one with a byte changed after two signed it */
    {
        const char *const both[] = { "duty-1", "duty-2", NULL };

        drill->report.forged_tried++;
        if (ptn_drill_order(drill, stop, both, &note) && note.len > 60) {
            uint8_t *at = memchr(note.at, 'A', note.len); /* of "A drill." or before: any byte */

            if (at != NULL)
                *at = 'B';
            (void)ptn_drill_give(drill, &note);
        }
        ptn_drill_say(drill, "and a stop of all with a byte changed");
    }
    ptn_buffer_release(&note);
    pause_ms(2500); /* longer than an order takes */
    drill->report.forged_followed = PTN_DRILL_POSTS - on_rung(drill, 'n');
    (void)ptn_drill_must(drill, drill->report.forged_followed == 0,
                         "no post follows any of it: all are at normal");
    if (!ptn_drill_must(drill, ptn_drill_still_wanted(drill),
                        "and whose name was to be removed is asked about as before"))
        drill->report.forged_kept++;
}

static void order_local(struct ptn_drill *drill, char ret_name[80])
{
    const char *const both[] = { "duty-1", "duty-2", NULL };
    const char *const local[] = { "withdraw", "--to", "local", "--cause", "attack", "--all", NULL };
    struct ptn_buffer note = { .len_max = NOTE_MAX };

    ret_name[0] = '\0';
    drill->report.order_last_s = -1;
    ptn_drill_hold_keepers(drill, ptn_drill_without(drill, PTN_DRILL_NO_KEEPERS));
    if (ptn_drill_must(drill, ptn_drill_order(drill, local, both, &note),
                       "two duty officers sign") &&
        ptn_drill_name(drill, &note, ret_name))
        drill->report.order_last_s = contain(drill, &note, 'l');
    ptn_drill_hold_keepers(drill, false);
    ptn_buffer_release(&note);
    drill->report.contained_last_s = ptn_drill_seconds(drill, drill->sign_us);
    ptn_drill_say(drill, "the order reached the last post after %.2f s",
                  drill->report.order_last_s);
    (void)ptn_drill_must(
        drill, drill->report.order_last_s >= 0 && drill->report.order_last_s < ORDER_LIMIT_S,
        "in force at every post within 2 s, with no centre");
}

/* An order to return, signed as it should be but for the gate. */
static void order_return(struct ptn_drill *drill, const char *name)
{
    const char *const authorities[] = { "authority-1", "authority-2", "authority-3", NULL };
    const char *const restore[] = { "restore", "--all", "--ends", name, NULL };
    struct ptn_buffer note = { .len_max = NOTE_MAX };

    if (ptn_drill_order(drill, restore, authorities, &note))
        (void)ptn_drill_give(drill, &note);
    ptn_buffer_release(&note);
    pause_ms(2500);
    drill->report.return_held = on_rung(drill, 'n') == 0;
    (void)ptn_drill_must(drill, drill->report.return_held,
                         "authorities alone end no attack: the gate is shut");
}

/* ---- paper ---- */

static void two_on_paper(struct ptn_drill *drill, const char *local, char ret_name[80])
{
    const char *const both[] = { "duty-1", "duty-2", NULL };
    char names[2][80];
    const char *const manual[] = { "withdraw", "--to",   "manual", "--cause", "attack",
                                   "--post",   names[0], "--post", names[1],  NULL };
    struct ptn_buffer note = { .len_max = NOTE_MAX };
    int64_t given_us;

    ret_name[0] = '\0';
    for (size_t i = 0; i < 2; i++)
        (void)snprintf(names[i], sizeof(names[i]), "utopia.example/%s",
                       drill->posts[PTN_DRILL_POSTS - 2 + i].code);
    given_us = drill->world->monotonic_us(drill->world->context);
    if (ptn_drill_order(drill, manual, both, &note) && ptn_drill_give(drill, &note))
        (void)ptn_drill_name(drill, &note, ret_name);
    ptn_buffer_release(&note);
    while (on_rung(drill, 'm') < 2 && ptn_drill_seconds(drill, given_us) < settle_seconds(drill))
        pause_ms(100);
    (void)ptn_drill_must(drill, on_rung(drill, 'm') == 2, "two posts go to manual, six stay local");
    if (local[0] != '\0' && ret_name[0] != '\0')
        (void)ptn_drill_must(drill, ptn_drill_return_order(drill, local, ret_name),
                             "three authorities sign the return of these two");
    for (size_t i = PTN_DRILL_POSTS - 2; i < PTN_DRILL_POSTS; i++)
        ptn_drill_key_sheets(drill, &drill->posts[i]);
}

/* ---- back ---- */

static bool says(const struct ptn_buffer *out, const char *text)
{
    return out->len > 0 && memmem(out->at, out->len, text, strlen(text)) != NULL;
}

/* A post that was alone loses its disk. */
static void lose_a_post(struct ptn_drill *drill)
{
    struct ptn_drill_post *post = &drill->posts[3];
    char spare[PTN_DRILL_PATH];
    const char *const words[] = { "recover", post->node.folder, "--spare", spare, NULL };
    struct ptn_buffer out = { .len_max = NOTE_MAX };

    ptn_drill_kill(&post->node);
    ptn_drill_wipe(drill, &post->node);
    (void)snprintf(spare, sizeof(spare), "%.400s/country/offline/spares/%s-2", drill->folder,
                   post->code);
    drill->report.post_recovered =
        ptn_drill_run(drill, words, "", &out) == 0 && says(&out, "nothing is missing");
    (void)ptn_drill_must(drill, drill->report.post_recovered,
                         "a post's disk is wiped and its ledger comes back whole");
    ptn_buffer_release(&out);
}

static void rebuild_centre(struct ptn_drill *drill)
{
    char spare[PTN_DRILL_PATH], shares[3][PTN_DRILL_PATH];
    const char *const words[] = { "recover", drill->centre.folder,
                                  "--spare", spare,
                                  "--share", shares[0],
                                  "--share", shares[1],
                                  "--share", shares[2],
                                  NULL };
    struct ptn_buffer out = { .len_max = NOTE_MAX };
    int64_t began_us = drill->world->monotonic_us(drill->world->context);

    (void)snprintf(spare, sizeof(spare), "%.400s/country/offline/spares/centre-2", drill->folder);
    for (int i = 0; i < 3; i++)
        (void)snprintf(shares[i], sizeof(shares[i]), "%.400s/country/offline/recovery/share-%d",
                       drill->folder, 2 * i + 1);
    drill->report.rebuilt = ptn_drill_run(drill, words, "", &out) == 0;
    drill->report.rebuild_s = ptn_drill_seconds(drill, began_us);
    drill->report.digest_equal = says(&out, "digest of this view at the same heads: the same");
    ptn_buffer_release(&out);
    (void)ptn_drill_must(drill, drill->report.rebuilt, "the centre is rebuilt from keepers");
    (void)ptn_drill_must(drill, drill->report.digest_equal,
                         "its view comes to what the wiped one wrote down");
}

/* Look for everybody who was acknowledged in the rebuilt centre's view. */
static void count_lost(struct ptn_drill *drill)
{
    const unsigned first = (unsigned)drill->seed % 1000 * 1000 + 1;
    bool *seen = calloc(drill->next_passport - first + 1, sizeof(*seen)); /* who was found once */
    unsigned found = 0;
    int64_t began_us = drill->world->monotonic_us(drill->world->context);

    if (seen == NULL) {
        (void)ptn_drill_must(drill, false, "there is memory to count who is found");
        return;
    }
    if (!ptn_drill_start(drill, &drill->centre))
        (void)ptn_drill_must(drill, false, "the rebuilt centre starts");
    do {
        pause_ms(500);
        for (unsigned passport = first; passport < drill->next_passport; passport++) {
            char number[16];
            const char *const words[] = { "view",     "find", drill->centre.folder,
                                          "--number", number, NULL };
            struct ptn_buffer out = { .len_max = NOTE_MAX };

            if (seen[passport - first])
                continue;
            ptn_drill_number(passport, number);
            seen[passport - first] =
                ptn_drill_run(drill, words, "", &out) == 0 && says(&out, number);
            found += seen[passport - first];
            ptn_buffer_release(&out);
        }
    } while (found < drill->report.made &&
             ptn_drill_seconds(drill, began_us) < settle_seconds(drill));
    free(seen);
    drill->report.lost = drill->report.made > found ? drill->report.made - found : 0;
    (void)ptn_drill_must(drill, drill->report.lost == 0,
                         "everybody who was acknowledged is in the rebuilt view");
}

/* ---- the story ---- */

static bool start_country(struct ptn_drill *drill)
{
    bool good = true;

    for (size_t i = 0; i < PTN_DRILL_KEEPERS; i++)
        good = ptn_drill_start(drill, &drill->keepers[i]) && good;
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        good = ptn_drill_start(drill, &drill->posts[i].site) &&
               ptn_drill_start(drill, &drill->posts[i].node) && good;
    return ptn_drill_start(drill, &drill->centre) && good;
}

/* Protections were taken away, the drill has seen it, and none of what comes after the last one
 * that is named was. */
static bool gave_way(const struct ptn_drill *drill, enum ptn_drill_protection last)
{
    return drill->without != 0 && drill->report.failures > 0 && drill->without >> last <= 1;
}

static void cross_in_local(struct ptn_drill *drill)
{
    struct ptn_drill_post *post = &drill->posts[3];
    const bool forget = ptn_drill_without(drill, PTN_DRILL_NO_COPIES);

    ptn_drill_hold_keepers(drill, forget);
    drill->report.rate_local = cross_everywhere(drill);
    ptn_drill_say(drill, "the lanes go on alone: %u crossings by now", drill->report.made);
    if (forget) {
        ptn_drill_kill(&post->node);
        ptn_drill_kill(&post->site);
        ptn_drill_wipe(drill, &post->node);
        ptn_drill_wipe(drill, &post->site);
    }
    ptn_drill_hold_keepers(drill, false);
}

static void play(struct ptn_drill *drill)
{
    char name[80], manual[80];

    ptn_drill_say(drill,
                  "a country is made: eight posts with site keepers, four keepers, a centre");
    if (!ptn_drill_must(drill, ptn_drill_make(drill), "keys, roster, folders"))
        return;
    if (!ptn_drill_must(drill, start_country(drill), "twenty-one nodes run"))
        return;
    drill->report.rate_normal = cross_everywhere(drill);
    ptn_drill_say(drill, "%u crossings at eight posts", drill->report.made);
    ptn_drill_keeper_was(drill);
    ptn_drill_leave_order(drill);
    ptn_drill_wanted(drill);
    ptn_drill_print_packs(drill);
    ptn_drill_theft(drill);
    if (gave_way(drill, PTN_DRILL_NO_OFFLINE))
        return;
    pause_ms(3000); /* the centre writes down what its view comes to */
    ptn_drill_say(drill, "22:00. The centre's disk is wiped");
    drill->sign_us = drill->world->monotonic_us(drill->world->context);
    ptn_drill_kill(&drill->centre);
    (void)ptn_drill_must(drill, ptn_drill_copy_centre(drill), "the thief keeps a copy of it");
    ptn_drill_wipe(drill, &drill->centre);
    ptn_drill_keeper_lies(drill);
    forge(drill);
    if (gave_way(drill, PTN_DRILL_NO_SECOND_KEY))
        return;
    order_local(drill, name);
    if (gave_way(drill, PTN_DRILL_NO_KEEPERS))
        return;
    cross_in_local(drill);
    ptn_drill_heartbeat(drill);
    if (gave_way(drill, PTN_DRILL_NO_COSIGNERS))
        return;
    ptn_drill_leave_go(drill);
    two_on_paper(drill, name, manual);
    if (gave_way(drill, PTN_DRILL_STUB))
        return;
    lose_a_post(drill);
    if (name[0] != '\0')
        order_return(drill, name);
    if (ptn_drill_without(drill, PTN_DRILL_NO_QUORUM))
        ptn_drill_wipe_keepers(drill);
    rebuild_centre(drill);
    if (!drill->report.rebuilt && gave_way(drill, PTN_DRILL_NO_QUORUM))
        return;
    if (drill->without == 0 && drill->restore[0] != '\0')
        ptn_drill_return(drill, name, manual);
    ptn_drill_leave_late(drill);
    count_lost(drill);
    ptn_drill_paper_account(drill);
    ptn_drill_leave_account(drill);
}

/* ---- the command ---- */

static bool read_arguments(struct ptn_drill *drill, int argc, char **argv, bool *ret_json,
                           const char **ret_keep, const char **ret_page)
{
    static const struct option options[] = { { "fast", no_argument, NULL, 'f' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "seed", required_argument, NULL, 's' },
                                             { "keep", required_argument, NULL, 'k' },
                                             { "break", required_argument, NULL, 'b' },
                                             { "html", required_argument, NULL, 'p' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'f')
            drill->crossings = CROSSINGS_FAST;
        else if (option == 'j')
            *ret_json = true;
        else if (option == 's')
            drill->seed = strtoul(optarg, NULL, 10);
        else if (option == 'k')
            *ret_keep = optarg;
        else if (option == 'p')
            *ret_page = optarg;
        else if (option != 'b' || !ptn_drill_without_words(optarg, &drill->without))
            return false;
    }
    return optind == argc;
}

/* The stage's folder: the caller's, or one of our own. Whoever a killed node leaves behind becomes
 * this process's child, so that it can be waited for. */
static bool set_stage(struct ptn_drill *drill, const char *keep)
{
    ssize_t len = readlink("/proc/self/exe", drill->program, sizeof(drill->program) - 1);

    if (len <= 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return false;
    drill->program[len] = '\0';
    if (keep != NULL) {
        (void)snprintf(drill->folder, sizeof(drill->folder), "%.400s", keep);
        return ptn_ok(drill->world->files->make_dir(drill->world->context, drill->folder));
    }
    (void)snprintf(drill->folder, sizeof(drill->folder), "%s", "/tmp/postern-drill-XXXXXX");
    return mkdtemp(drill->folder) != NULL;
}

int ptn_run_drill(int argc, char **argv)
{
    struct ptn_drill *drill = calloc(1, sizeof(*drill));
    struct ptn_buffer out = { .len_max = NOTE_MAX };
    struct ptn_buffer story = { .len_max = STORY_MAX };
    const char *keep = NULL, *page = NULL;
    bool json = false;
    int code = PTN_EXIT_ENVIRONMENT;

    if (drill == NULL)
        return code;
    drill->world = ptn_world_real();
    drill->crossings = CROSSINGS_FULL;
    drill->seed = 1;
    drill->story = &story;
    if (!read_arguments(drill, argc, argv, &json, &keep, &page)) {
        (void)fputs(usage, stderr);
        free(drill);
        return PTN_EXIT_USAGE;
    }
    drill->quiet = json;
    drill->next_passport = (unsigned)drill->seed % 1000 * 1000 + 1;
    drill->report.seed = drill->seed;
    drill->began_us = drill->world->monotonic_us(drill->world->context);
    if (set_stage(drill, keep)) {
        play(drill);
        ptn_drill_clear(drill);
        drill->report.took_s = ptn_drill_seconds(drill, drill->began_us);
        if (json && ptn_ok(ptn_drill_write_json(drill, &out)))
            (void)printf("%.*s\n", (int)out.len, (const char *)out.at);
        if (!json)
            ptn_drill_print(drill);
        if (page != NULL && !ptn_ok(ptn_drill_write_page(drill, page)))
            (void)fprintf(stderr, "postern: %s is not written\n", page);
        code = drill->report.failures == 0 ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
        if (keep == NULL &&
            (code == PTN_EXIT_DONE || (drill->without != 0 && drill->report.made > 0)))
            ptn_drill_wipe(drill, NULL);
        else
            (void)fprintf(stderr, "postern: the stage is left in %s\n", drill->folder);
    }
    ptn_buffer_release(&out);
    ptn_buffer_release(&story);
    free(drill);
    return code;
}
