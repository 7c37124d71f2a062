/*
 * main/incident_gate.c -- postern incident gate: what a post lacks to come back from an attack, as
 * the running node says it in DIR/standing.json.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/world.h"
#include "main/commands.h"
#include "main/standing.h"

#define PATH_SIZE 1024u
#define OLD_MS    INT64_C(15000) /* a running node writes more often */

static const char usage[] = "usage: postern incident gate DIR [--json] [--language en|sq]\n"
                            "  what a post lacks to come back from an attack; exit 1 when "
                            "something is missing\n";

struct options {
    const char *dir;
    bool json, albanian;
};

static bool read_options(struct options *options, int argc, char **argv)
{
    static const struct option names[] = { { "json", no_argument, NULL, 'j' },
                                           { "language", required_argument, NULL, 'l' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == 'j')
            options->json = true;
        else if (letter == 'l' && strcmp(optarg, "sq") == 0)
            options->albanian = true;
        else if (letter != 'l' || strcmp(optarg, "en") != 0)
            return false;
    }
    if (argc - optind != 1)
        return false;
    options->dir = argv[optind];
    return true;
}

/* The node's standing, Owned: json_decref. */
static struct ptn_status read_standing(const char *dir, json_t **ret_root, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = PTN_STANDING_LEN_MAX };
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/%s", dir, PTN_STANDING_FILE);
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (len > 0 && (size_t)len < sizeof(path))
        status = world->files->read(world->context, path, &file);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no post of a country runs in this folder");
    if (ptn_ok(status)) {
        *ret_root = json_loadb((const char *)file.at, file.len, 0, NULL);
        if (!json_is_object(json_object_get(*ret_root, "gate"))) {
            json_decref(*ret_root);
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the node says nothing of a gate");
        }
    }
    ptn_buffer_release(&file);
    return status;
}

static void print_time(const char *label, const json_t *gate, const char *key, const char *never)
{
    const int64_t time_ms = json_integer_value(json_object_get(gate, key));
    char text[PTN_INSTANT_TEXT_SIZE];

    if (time_ms > 0)
        (void)printf("%s: %.10s %.8s UTC\n", label, ptn_instant_write(time_ms, text), text + 11);
    else
        (void)printf("%s: %s\n", label, never);
}

static void print_names(const char *label, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        (void)printf("%s: %s\n", label, json_string_value(json_array_get(names, i)));
}

static void print_lanes(const json_t *gate, bool albanian)
{
    const json_t *lanes = json_object_get(gate, "lanes");

    for (size_t i = 0; i < json_array_size(lanes); i++) {
        const json_t *lane = json_array_get(lanes, i);
        bool in = json_is_true(json_object_get(lane, "entry"));
        bool out = json_is_true(json_object_get(lane, "exit"));

        if (in || out)
            (void)printf("  %s %s:%s%s\n", albanian ? "korsia" : "lane",
                         ptn_standing_text(lane, "lane"),
                         in ? (albanian ? " hyrje" : " entry") : "",
                         out ? (albanian ? " dalje" : " exit") : "");
    }
}

static void print_missing(const json_t *missing, bool albanian)
{
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *row = json_array_get(missing, i);

        (void)printf("  - %s: %s\n    %s\n", ptn_standing_text(row, "word"),
                     ptn_standing_text(row, albanian ? "text_sq" : "text"),
                     ptn_standing_text(row, albanian ? "remedy_sq" : "remedy"));
    }
}

static void print(const json_t *gate, bool albanian)
{
    const json_t *missing = json_object_get(gate, "missing");
    const char *never = albanian ? "ende jo" : "not yet";

    if (!json_is_true(json_object_get(gate, "wanted")))
        (void)puts(albanian ? "Asnjë urdhër me shkak sulm nuk është në fuqi këtu."
                            : "No order with cause attack stands here.");
    else if (json_array_size(missing) == 0)
        (void)puts(albanian ? "PORTA ËSHTË E HAPUR: asgjë nuk mungon."
                            : "THE GATE IS OPEN: nothing is missing.");
    else
        (void)printf(albanian ? "PORTA ËSHTË E MBYLLUR, mungojnë %zu gjëra:\n"
                              : "THE GATE IS SHUT, %zu things are missing:\n",
                     json_array_size(missing));
    print_missing(missing, albanian);
    print_names(albanian ? "urdhër në fuqi" : "order that stands",
                json_object_get(gate, "attacks"));
    (void)printf("%s: %s\n", albanian ? "shkalla e kthimit" : "stage of the return",
                 ptn_standing_text(gate, "stage"));
    print_lanes(gate, albanian);
    print_names(albanian ? "kthimi në vazhdim" : "return under way",
                json_object_get(gate, "returns"));
    print_time(albanian ? "sistemi punon" : "system up", gate, "system_ms", never);
    print_time(albanian ? "shërbimi punon" : "service up", gate, "service_ms", never);
    print_time(albanian ? "letrat të shtypura" : "backlog typed", gate, "backlog_ms", never);
}

int ptn_run_incident_gate(int argc, char **argv)
{
    const struct ptn_world *world = ptn_world_real();
    struct options options = { .json = false };
    struct ptn_diag diag = { 0 };
    json_t *root = NULL;
    const json_t *gate;
    struct ptn_status status;
    int code;

    if (!read_options(&options, argc, argv)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = read_standing(options.dir, &root, &diag);
    if (!ptn_ok(status)) {
        ptn_say_failure(options.dir, status, &diag);
        return ptn_exit_for(status);
    }
    gate = json_object_get(root, "gate");
    if (world->now_ms(world->context) - json_integer_value(json_object_get(root, "time_ms")) >
        OLD_MS)
        (void)fputs("postern: the node does not run: this is how it stood\n", stderr);
    if (options.json) {
        (void)json_dumpf(gate, stdout, JSON_COMPACT);
        (void)putchar('\n');
    } else {
        print(gate, options.albanian);
    }
    code =
        json_array_size(json_object_get(gate, "missing")) > 0 ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
    json_decref(root);
    return code;
}
