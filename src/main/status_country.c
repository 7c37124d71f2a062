/* main/status_country.c -- the part of `postern status` that a running node writes down itself:
 * DIR/standing.json (main/standing.h). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "main/standing.h"
#include "main/status_int.h"
#include "node/staff.h"

#define PATH_SIZE 1024u

static json_t *load(const struct ptn_world *world, const char *dir)
{
    struct ptn_buffer text = { .len_max = PTN_STANDING_LEN_MAX };
    char path[PATH_SIZE];
    json_t *root = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, PTN_STANDING_FILE);
    if (ptn_ok(world->files->read(world->context, path, &text)))
        root = json_loadb((const char *)text.at, text.len, 0, NULL);
    ptn_buffer_release(&text);
    return root;
}

static long long number(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value == NULL ? "" : value;
}

static void print_keeper(const json_t *root)
{
    (void)printf("keeps: %lld ledgers, %lld of them whole and cosigned, %lld entries\n",
                 number(root, "origins"), number(root, "shown"), number(root, "entries"));
    (void)printf("notes: %lld handed in; evidence: %lld; copies that failed their proof: %lld\n",
                 number(root, "notes"), number(root, "evidence"), number(root, "corrupt"));
    if (number(root, "lost") > 0)
        (void)printf("LOST: %lld payloads that their writers lost before they came here\n",
                     number(root, "lost"));
}

/* size: of the own ledger. What a keeper has acknowledged since the node started; before its first
 * answer nothing is known. */
static void print_line(const json_t *line, uint64_t size)
{
    const char *kind = text(line, "kind");
    bool pulls = kind[0] == 'p' && kind[1] == 'u' && kind[2] == 'l';

    (void)printf("%-4s %s: %s, %s, %lld entries %s", kind, text(line, "keeper"), text(line, "line"),
                 text(line, "state"), number(line, pulls ? "entries" : "acknowledged"),
                 pulls ? "taken" : "acknowledged");
    if (number(line, "lost") > 0)
        (void)printf(", LOST %lld payloads of the own ledger", number(line, "lost"));
    if (!pulls && number(line, "acknowledged") > 0)
        (void)printf(", lag %lld", (long long)size - number(line, "acknowledged"));
    if (json_object_get(line, "answered_s_ago") != NULL)
        (void)printf(", %lld s ago", number(line, "answered_s_ago"));
    (void)putchar('\n');
}

/* The view's cursor of that ledger, or -1. */
static long long in_view(const json_t *root, const char *origin)
{
    const json_t *view = json_object_get(root, "view");

    for (size_t i = 0; i < json_array_size(view); i++) {
        const json_t *cursor = json_array_get(view, i);

        if (strcmp(text(cursor, "origin"), origin) == 0)
            return number(cursor, "next");
    }
    return -1;
}

/* A post's staff list; no line for who has none. */
static void print_staff(const json_t *root)
{
    const json_t *staff = json_object_get(root, "staff");
    char until[PTN_INSTANT_TEXT_SIZE];
    long long left_s = number(staff, "left_s");

    if (!json_is_true(json_object_get(staff, "list")))
        return;
    if (json_is_true(json_object_get(staff, "lost"))) {
        (void)printf("STAFF: the list of version %lld is gone: nobody signs in\n",
                     number(staff, "version"));
        return;
    }
    (void)ptn_instant_write(number(staff, "until_ms"), until);
    (void)printf("%s: version %lld, %lld people, %s %.19sZ\n",
                 left_s < PTN_STAFF_WARN_MS / 1000 ? "STAFF" : "staff", number(staff, "version"),
                 number(staff, "people"), left_s < 0 ? "RAN OUT" : "until", until);
}

static void print_published(const json_t *root)
{
    const json_t *published = json_object_get(root, "published");

    if (number(published, "lists") > 0)
        (void)printf("published: %lld lists, %lld rows, %lld of them changed since the base\n",
                     number(published, "lists"), number(published, "rows"),
                     number(published, "rows_delta"));
    if (number(published, "folds_refused") > 0)
        (void)puts("PUBLISHED: a new index of lists answered otherwise than its check; the former "
                   "one is used");
}

static void print_follower(const json_t *root, uint64_t size)
{
    const json_t *lines = json_object_get(root, "lines");
    const json_t *ledgers = json_object_get(root, "ledgers");

    for (size_t i = 0; i < json_array_size(lines); i++)
        print_line(json_array_get(lines, i), size);
    print_staff(root);
    print_published(root);
    if (json_object_get(root, "heartbeat_age_ms") != NULL)
        (void)printf("centre: last sign of life %lld s ago\n",
                     number(root, "heartbeat_age_ms") / 1000);
    if (number(root, "clock_off_s") != 0)
        (void)printf("CLOCK: %lld s %s the keepers' clocks\n", llabs(number(root, "clock_off_s")),
                     number(root, "clock_off_s") > 0 ? "ahead of" : "behind");
    for (size_t i = 0; i < json_array_size(ledgers); i++) {
        const json_t *ledger = json_array_get(ledgers, i);
        long long view = in_view(root, text(ledger, "origin"));

        (void)printf("follows %s: %lld of %lld entries, cosigned %lld, %lld payloads missing%s",
                     text(ledger, "origin"), number(ledger, "size"), number(ledger, "shown"),
                     number(ledger, "cosigned"), number(ledger, "missing"),
                     json_is_true(json_object_get(ledger, "forked")) ? ", FORKED" : "");
        if (view >= 0)
            (void)printf(", view %lld", view);
        (void)putchar('\n');
    }
}

/* Orders to erase, while they wait and after. */
static void print_erasures(const json_t *root)
{
    const json_t *erasures = json_object_get(root, "erasures");

    for (size_t i = 0; i < json_array_size(erasures); i++) {
        const json_t *erasure = json_array_get(erasures, i);
        char due[PTN_INSTANT_TEXT_SIZE] = "";

        if (number(erasure, "due_ms") > 0)
            (void)ptn_instant_write(number(erasure, "due_ms"), due);
        (void)printf(
            "erasure %.12s: %s%s%s, %lld payloads, %lld answered, %zu silent\n",
            text(erasure, "order"), text(erasure, "state"),
            strcmp(text(erasure, "state"), "waiting") == 0 && due[0] != '\0' ? ", in force from "
                                                                             : "",
            strcmp(text(erasure, "state"), "waiting") == 0 ? due : "", number(erasure, "payloads"),
            number(erasure, "answered"), json_array_size(json_object_get(erasure, "silent")));
    }
}

/* The whole of one, or of all whose names begin so. */
static void print_erasure_lines(const json_t *erasure)
{
    const json_t *silent = json_object_get(erasure, "silent");
    char at[PTN_INSTANT_TEXT_SIZE];

    (void)printf("order %s\n  state %s\n  payloads %lld\n  months %lld\n  given %s\n",
                 text(erasure, "order"), text(erasure, "state"), number(erasure, "payloads"),
                 number(erasure, "months"), ptn_instant_write(number(erasure, "given_ms"), at));
    if (number(erasure, "due_ms") > 0)
        (void)printf("  in force from %s, by keepers' clocks\n",
                     ptn_instant_write(number(erasure, "due_ms"), at));
    (void)printf("  answered %lld\n", number(erasure, "answered"));
    if (number(erasure, "left") > 0)
        (void)printf("  kept for their least period %lld\n", number(erasure, "left"));
    for (size_t i = 0; i < json_array_size(silent); i++)
        (void)printf("  silent %s\n", json_string_value(json_array_get(silent, i)));
}

bool ptn_status_print_erasures(const struct ptn_world *world, const char *dir)
{
    json_t *root = load(world, dir);
    const json_t *erasures = json_object_get(root, "erasures");
    bool known = erasures != NULL;

    for (size_t i = 0; i < json_array_size(erasures); i++)
        print_erasure_lines(json_array_get(erasures, i));
    json_decref(root);
    return known;
}

bool ptn_status_clock(const struct ptn_world *world, const char *dir, long long *ret_off_s)
{
    json_t *root = load(world, dir);
    bool known = json_object_get(root, "clock_off_s") != NULL;

    if (known)
        *ret_off_s = number(root, "clock_off_s");
    json_decref(root);
    return known;
}

void ptn_status_print_country(const struct ptn_world *world, const char *dir, uint64_t size)
{
    json_t *root = load(world, dir);
    long long age_s;

    if (root == NULL)
        return;
    age_s = (world->now_ms(world->context) - number(root, "time_ms")) / 1000;
    if (age_s > 10)
        (void)printf("what follows was written %lld s ago\n", age_s);
    if (json_object_get(root, "lines") == NULL)
        print_keeper(root);
    else
        print_follower(root, size);
    print_erasures(root);
    json_decref(root);
}

bool ptn_status_print_json(const struct ptn_world *world, const char *dir, struct ptn_bytes object)
{
    json_t *whole = json_loadb((const char *)object.at, object.len, 0, NULL);
    json_t *standing = load(world, dir);
    bool good = whole != NULL;

    if (good && standing != NULL)
        good = json_object_set(whole, "standing", standing) == 0;
    if (good)
        good = json_dumpf(whole, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n';
    json_decref(standing);
    json_decref(whole);
    return good;
}
