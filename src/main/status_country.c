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

static void print_keeper(const json_t *root)
{
    (void)printf("keeps: %lld ledgers, %lld of them whole and cosigned, %lld entries\n",
                 ptn_standing_number(root, "origins"), ptn_standing_number(root, "shown"),
                 ptn_standing_number(root, "entries"));
    (void)printf("notes: %lld handed in; evidence: %lld; copies that failed their proof: %lld\n",
                 ptn_standing_number(root, "notes"), ptn_standing_number(root, "evidence"),
                 ptn_standing_number(root, "corrupt"));
    if (ptn_standing_number(root, "lost") > 0)
        (void)printf("LOST: %lld payloads that their writers lost before they came here\n",
                     ptn_standing_number(root, "lost"));
}

/* size: of the own ledger. What a keeper has acknowledged since the node started; before its first
 * answer nothing is known. */
static void print_line(const json_t *line, uint64_t size)
{
    const char *kind = ptn_standing_text(line, "kind");
    bool pulls = kind[0] == 'p' && kind[1] == 'u' && kind[2] == 'l';

    (void)printf("%-4s %s: %s, %s, %lld entries %s", kind, ptn_standing_text(line, "keeper"),
                 ptn_standing_text(line, "line"), ptn_standing_text(line, "state"),
                 ptn_standing_number(line, pulls ? "entries" : "acknowledged"),
                 pulls ? "taken" : "acknowledged");
    if (json_is_true(json_object_get(line, "revoked")))
        (void)fputs(", KEY REVOKED: nothing of it counts", stdout);
    if (ptn_standing_number(line, "lost") > 0)
        (void)printf(", LOST %lld payloads of the own ledger", ptn_standing_number(line, "lost"));
    if (!pulls && ptn_standing_number(line, "acknowledged") > 0)
        (void)printf(", lag %lld", (long long)size - ptn_standing_number(line, "acknowledged"));
    if (json_object_get(line, "answered_s_ago") != NULL)
        (void)printf(", %lld s ago", ptn_standing_number(line, "answered_s_ago"));
    (void)putchar('\n');
}

/* The view's cursor of that ledger, or -1. */
static long long in_view(const json_t *root, const char *origin)
{
    const json_t *view = json_object_get(root, "view");

    for (size_t i = 0; i < json_array_size(view); i++) {
        const json_t *cursor = json_array_get(view, i);

        if (strcmp(ptn_standing_text(cursor, "origin"), origin) == 0)
            return ptn_standing_number(cursor, "next");
    }
    return -1;
}

/* A post's staff list; no line for who has none. */
static void print_staff(const json_t *root)
{
    const json_t *staff = json_object_get(root, "staff");
    char until[PTN_INSTANT_TEXT_SIZE];
    long long left_s = ptn_standing_number(staff, "left_s");

    if (!json_is_true(json_object_get(staff, "list")))
        return;
    if (json_is_true(json_object_get(staff, "lost"))) {
        (void)printf("STAFF: the list of version %lld is gone: nobody signs in\n",
                     ptn_standing_number(staff, "version"));
        return;
    }
    (void)ptn_instant_write(ptn_standing_number(staff, "until_ms"), until);
    (void)printf("%s: version %lld, %lld people, %s %.19sZ\n",
                 left_s < PTN_STAFF_WARN_MS / 1000 ? "STAFF" : "staff",
                 ptn_standing_number(staff, "version"), ptn_standing_number(staff, "people"),
                 left_s < 0 ? "RAN OUT" : "until", until);
}

/* Months that the roster in force has no key for: no line while there is time. */
static void print_months(const json_t *root)
{
    const json_t *roster = json_object_get(root, "roster");
    const long long days = ptn_standing_number(roster, "months_left_s") / 86400;

    if (json_object_get(roster, "months_left_s") == NULL || days >= PTN_STANDING_MONTHS_SOON_DAYS)
        return;
    if (ptn_standing_number(roster, "months_left_s") > 0)
        (void)printf("MONTHS: in %lld days a month begins for which %lld readers have no key in "
                     "the roster\n",
                     days, ptn_standing_number(roster, "months_lack"));
    else
        (void)printf("MONTHS: %lld readers have no key of this month in the roster: what is sealed "
                     "goes to the month before\n",
                     ptn_standing_number(roster, "months_lack"));
}

/* POST-9: of the lists that the running post has in its memory. */
static void print_damage(const json_t *root)
{
    if (strcmp(ptn_standing_text(root, "lists_state"), "damaged") == 0)
        (void)puts("LISTS: what is searched has changed since it was opened, and nothing whole is "
                   "there to take its place");
    if (ptn_standing_number(root, "lists_found") > 0)
        (void)printf("LISTS: changed %lld times since the start, in memory or in their file: look "
                     "at the machine\n",
                     ptn_standing_number(root, "lists_found"));
}

bool ptn_status_damage(const struct ptn_world *world, const char *dir, long long *ret_found)
{
    json_t *root = ptn_standing_load(world, dir);

    *ret_found = ptn_standing_number(root, "lists_found");
    json_decref(root);
    return *ret_found > 0;
}

static void print_published(const json_t *root)
{
    const json_t *published = json_object_get(root, "published");

    if (ptn_standing_number(published, "lists") > 0)
        (void)printf("published: %lld lists, %lld rows, %lld of them changed since the base\n",
                     ptn_standing_number(published, "lists"),
                     ptn_standing_number(published, "rows"),
                     ptn_standing_number(published, "rows_delta"));
    if (ptn_standing_number(published, "folds_refused") > 0)
        (void)puts("PUBLISHED: a new index of lists answered otherwise than its check; the former "
                   "one is used");
}

static void print_quorum(const json_t *root)
{
    const json_t *keepers = json_object_get(root, "keepers");

    if (ptn_standing_number(keepers, "spare") < 0)
        (void)printf("NO QUORUM: %lld keepers count, %lld are needed; orders revoke the keys of "
                     "others\n",
                     ptn_standing_number(keepers, "counted"),
                     ptn_standing_number(keepers, "needed"));
}

static void print_follower(const json_t *root, uint64_t size)
{
    const json_t *lines = json_object_get(root, "lines");
    const json_t *ledgers = json_object_get(root, "ledgers");

    for (size_t i = 0; i < json_array_size(lines); i++)
        print_line(json_array_get(lines, i), size);
    print_quorum(root);
    print_staff(root);
    print_damage(root);
    print_published(root);
    if (json_object_get(root, "heartbeat_age_ms") != NULL)
        (void)printf("centre: last sign of life %lld s ago\n",
                     ptn_standing_number(root, "heartbeat_age_ms") / 1000);
    if (ptn_standing_number(root, "clock_off_s") != 0)
        (void)printf("CLOCK: %lld s %s the keepers' clocks\n",
                     llabs(ptn_standing_number(root, "clock_off_s")),
                     ptn_standing_number(root, "clock_off_s") > 0 ? "ahead of" : "behind");
    for (size_t i = 0; i < json_array_size(ledgers); i++) {
        const json_t *ledger = json_array_get(ledgers, i);
        long long view = in_view(root, ptn_standing_text(ledger, "origin"));

        (void)printf("follows %s: %lld of %lld entries, cosigned %lld, %lld payloads missing%s",
                     ptn_standing_text(ledger, "origin"), ptn_standing_number(ledger, "size"),
                     ptn_standing_number(ledger, "shown"), ptn_standing_number(ledger, "cosigned"),
                     ptn_standing_number(ledger, "missing"),
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

        if (ptn_standing_number(erasure, "due_ms") > 0)
            (void)ptn_instant_write(ptn_standing_number(erasure, "due_ms"), due);
        (void)printf("erasure %.12s: %s%s%s, %lld payloads, %lld answered, %zu silent\n",
                     ptn_standing_text(erasure, "order"), ptn_standing_text(erasure, "state"),
                     strcmp(ptn_standing_text(erasure, "state"), "waiting") == 0 && due[0] != '\0'
                         ? ", in force from "
                         : "",
                     strcmp(ptn_standing_text(erasure, "state"), "waiting") == 0 ? due : "",
                     ptn_standing_number(erasure, "payloads"),
                     ptn_standing_number(erasure, "answered"),
                     json_array_size(json_object_get(erasure, "silent")));
    }
}

/* The whole of one, or of all whose names begin so. */
static void print_erasure_lines(const json_t *erasure)
{
    const json_t *silent = json_object_get(erasure, "silent");
    char at[PTN_INSTANT_TEXT_SIZE];

    (void)printf("order %s\n  state %s\n  payloads %lld\n  months %lld\n  given %s\n",
                 ptn_standing_text(erasure, "order"), ptn_standing_text(erasure, "state"),
                 ptn_standing_number(erasure, "payloads"), ptn_standing_number(erasure, "months"),
                 ptn_instant_write(ptn_standing_number(erasure, "given_ms"), at));
    if (ptn_standing_number(erasure, "due_ms") > 0)
        (void)printf("  in force from %s, by keepers' clocks\n",
                     ptn_instant_write(ptn_standing_number(erasure, "due_ms"), at));
    (void)printf("  answered %lld\n", ptn_standing_number(erasure, "answered"));
    if (ptn_standing_number(erasure, "left") > 0)
        (void)printf("  kept for their least period %lld\n", ptn_standing_number(erasure, "left"));
    for (size_t i = 0; i < json_array_size(silent); i++)
        (void)printf("  silent %s\n", json_string_value(json_array_get(silent, i)));
}

bool ptn_status_print_erasures(const struct ptn_world *world, const char *dir)
{
    json_t *root = ptn_standing_load(world, dir);
    const json_t *erasures = json_object_get(root, "erasures");
    bool known = erasures != NULL;

    for (size_t i = 0; i < json_array_size(erasures); i++)
        print_erasure_lines(json_array_get(erasures, i));
    json_decref(root);
    return known;
}

bool ptn_status_clock(const struct ptn_world *world, const char *dir, long long *ret_off_s)
{
    json_t *root = ptn_standing_load(world, dir);
    bool known = json_object_get(root, "clock_off_s") != NULL;

    if (known)
        *ret_off_s = ptn_standing_number(root, "clock_off_s");
    json_decref(root);
    return known;
}

void ptn_status_print_country(const struct ptn_world *world, const char *dir, uint64_t size)
{
    json_t *root = ptn_standing_load(world, dir);
    long long age_s;

    if (root == NULL)
        return;
    age_s = (world->now_ms(world->context) - ptn_standing_number(root, "time_ms")) / 1000;
    if (age_s > 10)
        (void)printf("what follows was written %lld s ago\n", age_s);
    if (json_object_get(root, "lines") == NULL)
        print_keeper(root);
    else
        print_follower(root, size);
    print_months(root);
    print_erasures(root);
    json_decref(root);
}

bool ptn_status_print_json(const struct ptn_world *world, const char *dir, struct ptn_bytes object)
{
    json_t *whole = json_loadb((const char *)object.at, object.len, 0, NULL);
    json_t *standing = ptn_standing_load(world, dir);
    bool good = whole != NULL;

    if (good && standing != NULL)
        good = json_object_set(whole, "standing", standing) == 0;
    if (good)
        good = json_dumpf(whole, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n';
    json_decref(standing);
    json_decref(whole);
    return good;
}
