/* main/public.c -- `postern public DIR OUT`: the public page of a country, from what a node's
 * folder holds; and the same for a node that runs. */
#include "main/public.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/note.h"
#include "main/commands.h"
#include "main/public_int.h"
#include "node/glance.h"

#define PATH_SIZE   1024u
#define STATUS_MAX  ((size_t)2 << 20)
#define WAIT_OLD_MS (INT64_C(30) * 60000)

static const char usage[] =
    "usage: postern public DIR OUT [--notices FILE]\n"
    "  writes the public page of the country into the folder OUT, from what the centre or post in\n"
    "  DIR has; a running node does it by itself every minute when node.conf says public = OUT\n";

/* ---- status.json ---- */

static void set_time(json_t *object, const char *key, int64_t time_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(time_ms - time_ms % 1000, text);
    (void)snprintf(strchr(text, '.'), 3, "Z"); /* whole seconds */
    (void)json_object_set_new(object, key, json_string(text));
}

static void set_text(json_t *object, const char *key, struct ptn_bytes text)
{
    if (text.len > 0)
        (void)json_object_set_new(object, key, json_stringn((const char *)text.at, text.len));
}

/* A rung, as a traveller is told of it. */
static const char *state_of(const json_t *post, const char *key)
{
    const char *rung = json_string_value(json_object_get(post, key));

    if (rung == NULL || json_integer_value(json_object_get(post, "heard_ms")) == 0)
        return "unknown";
    if (strcmp(rung, "normal") == 0)
        return "usual";
    return strcmp(rung, "local") == 0 ? "alone" : "by-hand";
}

static void add_waits(json_t *point, const json_t *post, int64_t now_ms)
{
    const json_t *waits = json_object_get(post, "waits");
    json_t *shown = json_array();

    for (size_t i = 0; i < json_array_size(waits); i++) {
        const json_t *wait = json_array_get(waits, i);
        int64_t measured_ms = json_integer_value(json_object_get(wait, "time_ms"));
        json_t *one;

        if (measured_ms > now_ms || now_ms - measured_ms > WAIT_OLD_MS)
            continue;
        one = json_object();
        (void)json_object_set(one, "direction", json_object_get(wait, "direction"));
        (void)json_object_set(one, "minutes", json_object_get(wait, "minutes"));
        (void)json_object_set(one, "method", json_object_get(wait, "method"));
        set_time(one, "measured", measured_ms);
        (void)json_array_append_new(shown, one);
    }
    (void)json_object_set_new(point, "waits", shown);
}

/* The last part of an origin: what a post is called of which nothing was heard. */
static const char *code_of(const json_t *post)
{
    const char *code = json_string_value(json_object_get(post, "code"));
    const char *origin = json_string_value(json_object_get(post, "origin"));
    const char *slash = origin == NULL ? NULL : strrchr(origin, '/');

    if (code != NULL)
        return code;
    return slash == NULL ? "" : slash + 1;
}

/* PUBLIC-1. */
static json_t *make_point(const json_t *post, const struct ptn_notices *notices, int64_t now_ms)
{
    const char *name = json_string_value(json_object_get(post, "name"));
    const char *code = code_of(post);
    int64_t heard_ms = json_integer_value(json_object_get(post, "heard_ms"));
    struct ptn_bytes english = ptn_bytes_from_text(name == NULL ? code : name);
    struct ptn_bytes albanian = english;
    json_t *point = json_object();

    for (size_t i = 0; i < notices->place_count; i++)
        if (ptn_bytes_is(notices->places[i].code, code)) {
            english = notices->places[i].english;
            albanian = notices->places[i].albanian;
        }
    (void)json_object_set_new(point, "code", json_string(code));
    set_text(point, "name", english);
    set_text(point, "name_sq", albanian);
    (void)json_object_set_new(point, "entry", json_string(state_of(post, "rung_entry")));
    (void)json_object_set_new(point, "exit", json_string(state_of(post, "rung_exit")));
    if (heard_ms > 0)
        set_time(point, "heard", heard_ms);
    add_waits(point, post, now_ms);
    return point;
}

static int by_code(const void *a, const void *b)
{
    const json_t *const *left = a;
    const json_t *const *right = b;

    return strcmp(code_of(*left), code_of(*right));
}

static struct ptn_status add_points(json_t *status, const json_t *country,
                                    const struct ptn_notices *notices, int64_t now_ms)
{
    const json_t *posts = json_object_get(country, "posts");
    size_t count = json_array_size(posts);
    json_t **sorted = calloc(count + 1, sizeof(json_t *)); /* NOLINT(bugprone-sizeof-expression) */
    json_t *points = json_array();

    if (sorted == NULL || points == NULL) {
        free(sorted);
        json_decref(points);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(posts, i);
    qsort(sorted, count, sizeof(json_t *), by_code);
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(points, make_point(sorted[i], notices, now_ms));
    (void)json_object_set_new(status, "crossing_points", points);
    free(sorted);
    return PTN_OK;
}

static void add_notices(json_t *status, const struct ptn_notices *notices)
{
    json_t *list = json_array();

    for (size_t i = 0; i < notices->notice_count; i++) {
        json_t *one = json_object();

        set_text(one, "code", notices->notices[i].code);
        set_text(one, "en", notices->notices[i].english);
        set_text(one, "sq", notices->notices[i].albanian);
        (void)json_array_append_new(list, one);
    }
    (void)json_object_set_new(status, "notices", list);
}

/* NULL: no memory. */
static json_t *make_status(const struct ptn_public *plan, const json_t *country,
                           const struct ptn_notices *notices)
{
    json_t *status = json_object();
    int64_t time_ms = json_integer_value(json_object_get(country, "time_ms"));

    (void)json_object_set_new(status, "format", json_string("postern-status-1"));
    (void)json_object_set(status, "country", json_object_get(country, "country"));
    (void)json_object_set_new(status, "by", json_string(plan->origin));
    set_time(status, "as_of", time_ms);
    set_text(status, "title", notices->title.english);
    set_text(status, "title_sq", notices->title.albanian);
    add_notices(status, notices);
    if (!ptn_ok(add_points(status, country, notices, time_ms))) {
        json_decref(status);
        return NULL;
    }
    return status;
}

/* ---- files ---- */

/* Replace OUT/name whole, readable to all: a web server is another user. Not synced: lanes may wait
 * for this thread, and after a power cut the next minute's page mends a torn one. PUBLIC-2. */
static struct ptn_status replace(const char *out, const char *name, struct ptn_bytes bytes)
{
    char path[PATH_SIZE];
    char beside[PATH_SIZE];
    int len = snprintf(beside, sizeof(beside), "%s/.%s.new", out, name);
    bool good = len > 0 && (size_t)len < sizeof(beside);
    int fd = -1;

    (void)snprintf(path, sizeof(path), "%s/%s", out, name);
    if (good)
        fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    good = fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len && fchmod(fd, 0644) == 0;
    if (fd >= 0 && close(fd) != 0)
        good = false;
    return (struct ptn_status){ good && rename(beside, path) == 0 ? PTN_C_OK : PTN_C_IO };
}

static struct ptn_status write_pages(const char *out, const json_t *status)
{
    struct ptn_buffer page = { .len_max = PTN_PUBLIC_PAGE_MAX };
    size_t count = ptn_public_page_count(status);
    struct ptn_status done = PTN_OK;

    for (size_t i = 0; ptn_ok(done) && i < 2 * count; i++) {
        char name[32];

        ptn_public_page_name(i % 2 == 1, i / 2 + 1, name);
        ptn_buffer_clear(&page);
        done = ptn_public_page(status, i % 2 == 1, i / 2 + 1, &page);
        if (ptn_ok(done))
            done = replace(out, name, ptn_buffer_bytes(&page));
    }
    ptn_buffer_release(&page);
    if (ptn_ok(done))
        done = replace(out, "status.css", ptn_bytes_from_text(ptn_public_css));
    if (ptn_ok(done))
        done = replace(out, "age.js", ptn_bytes_from_text(ptn_public_age_js));
    return done;
}

static struct ptn_status write_signed(const struct ptn_public *plan, const json_t *status,
                                      struct ptn_diag *reterr)
{
    char *text = json_dumps(status, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    struct ptn_buffer json = { .len_max = STATUS_MAX };
    struct ptn_buffer note = { .len_max = STATUS_MAX };
    struct ptn_status done = { PTN_C_NO_MEMORY };

    if (text != NULL)
        done = ptn_buffer_addf(&json, "%s\n", text);
    free(text);
    if (ptn_ok(done))
        done = ptn_note_sign(plan->vault, PTN_ROLE_LEDGER, ptn_bytes_from_text(plan->origin),
                             ptn_buffer_bytes(&json), &note, reterr);
    if (ptn_ok(done))
        done = replace(plan->out, "status.json", ptn_buffer_bytes(&json));
    if (ptn_ok(done))
        done = replace(plan->out, "status.note", ptn_buffer_bytes(&note));
    ptn_buffer_release(&json);
    ptn_buffer_release(&note);
    return done;
}

static struct ptn_status read_notices(const struct ptn_public *plan, struct ptn_buffer *text,
                                      struct ptn_notices *notices, struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (plan->notices == NULL || plan->notices[0] == '\0')
        return PTN_OK;
    status = plan->world->files->read(plan->world->context, plan->notices, text);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no such file of notices");
    return ptn_ok(status) ? ptn_notices_parse(ptn_buffer_bytes(text), notices, reterr) : status;
}

struct ptn_status ptn_public_write(const struct ptn_public *plan, struct ptn_bytes country,
                                   struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = PTN_NOTICES_TEXT_MAX };
    struct ptn_notices *notices = calloc(1, sizeof(*notices));
    json_t *root = json_loadb((const char *)country.at, country.len, 0, NULL);
    json_t *status = NULL;
    struct ptn_status done = { PTN_C_NO_MEMORY };

    if (notices != NULL)
        done = read_notices(plan, &text, notices, reterr);
    if (ptn_ok(done) && root == NULL)
        done = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "how the country stands cannot be read");
    if (ptn_ok(done) && mkdir(plan->out, 0755) != 0 && errno != EEXIST)
        done = ptn_fail(PTN_C_IO, reterr, 0, "the folder cannot be made");
    if (ptn_ok(done)) {
        status = make_status(plan, root, notices);
        done.code = status == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    if (ptn_ok(done))
        done = write_signed(plan, status, reterr);
    if (ptn_ok(done))
        done = write_pages(plan->out, status);
    json_decref(status);
    json_decref(root);
    free(notices);
    ptn_buffer_release(&text);
    return done;
}

/* ---- the command ---- */

struct command {
    const struct ptn_world *world;
    const char *dir, *out, *notices;
    char origin[PTN_NODE_ORIGIN_MAX + 1];
    struct ptn_vault *vault;
    struct ptn_buffer country; /* JSON */
};

static struct ptn_status read_plan(struct command *command, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = 16384 };
    struct ptn_node_plan plan = { 0 };
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", command->dir);
    status = command->world->files->read(command->world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    if (ptn_ok(status) && plan.origin[0] == '\0')
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a node by itself knows no country");
    ptn_buffer_release(&conf);
    memcpy(command->origin, plan.origin, sizeof(command->origin));
    return status;
}

/* Read every copy to its end. */
static struct ptn_status read_copies(struct command *command, struct ptn_glance *glance,
                                     const struct ptn_country *country, struct ptn_follow *follow,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = command->world;
    struct ptn_status status = PTN_OK;
    struct ptn_bytes origin;

    for (size_t i = 0; ptn_ok(status) && (origin = ptn_follow_origin(follow, i)).len > 0; i++) {
        struct ptn_copy *copy = ptn_follow_copy(follow, origin);
        size_t count = copy == NULL ? 0 : PTN_GLANCE_BATCH;

        while (ptn_ok(status) && count > 0)
            status = ptn_glance_turn(glance, country, copy, command->vault, PTN_GLANCE_BATCH,
                                     world->now_ms(world->context), &count, reterr);
    }
    return status;
}

/* Of a node that does not run: out of its copies. */
static struct ptn_status look(struct command *command, struct ptn_diag *reterr)
{
    const struct ptn_world *world = command->world;
    struct ptn_country country;
    struct ptn_links *links = NULL;
    struct ptn_glance *glance = ptn_glance_new();
    struct ptn_status status = ptn_country_read(world, command->dir, &country, reterr);

    if (!ptn_ok(status)) {
        ptn_glance_free(glance);
        return status.code == PTN_C_NOT_FOUND
                   ? ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the node has no roster")
                   : status;
    }
    if (glance == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status))
        status = ptn_links_open(world, command->dir, &country, ptn_bytes_from_text(command->origin),
                                PTN_LINKS_PULL, &links, reterr);
    if (ptn_ok(status))
        status = read_copies(command, glance, &country, ptn_links_follow(links), reterr);
    if (ptn_ok(status))
        status = ptn_glance_write(glance, &country, ptn_links_follow(links), command->origin,
                                  world->now_ms(world->context), &command->country);
    if (links != NULL)
        ptn_links_close(links);
    ptn_country_release(&country);
    ptn_glance_free(glance);
    return status;
}

/* A running node has written down how the country stands, seconds ago. */
static struct ptn_status read_country(struct command *command, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    int lock = -1;
    struct ptn_status status =
        command->world->files->lock(command->world->context, command->dir, &lock);

    if (ptn_ok(status)) {
        status = look(command, reterr);
        command->world->files->unlock(command->world->context, lock);
        return status;
    }
    if (status.code != PTN_C_BUSY)
        return status;
    (void)snprintf(path, sizeof(path), "%s/%s", command->dir, PTN_GLANCE_FILE);
    status = command->world->files->read(command->world->context, path, &command->country);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the node runs and has not looked around yet");
    return status;
}

static bool read_arguments(struct command *command, int argc, char **argv)
{
    static const struct option options[] = { { "notices", required_argument, NULL, 'n' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'n')
            return false;
        command->notices = optarg;
    }
    if (optind != argc - 2)
        return false;
    command->dir = argv[optind];
    command->out = argv[optind + 1];
    return strlen(command->dir) < PATH_SIZE - 64 && strlen(command->out) < PATH_SIZE - 64;
}

int ptn_run_public(int argc, char **argv)
{
    struct command command = { .world = ptn_world_real(),
                               .country = { .len_max = PTN_GLANCE_TEXT } };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!read_arguments(&command, argc, argv)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = read_plan(&command, &diag);
    if (ptn_ok(status))
        status = ptn_vault_open_to_sign(command.world, command.dir, &command.vault, &diag);
    if (ptn_ok(status))
        status = read_country(&command, &diag);
    if (ptn_ok(status)) {
        const struct ptn_public plan = { command.world, command.vault, command.origin, command.out,
                                         command.notices };

        status = ptn_public_write(&plan, ptn_buffer_bytes(&command.country), &diag);
    }
    if (!ptn_ok(status))
        ptn_say_failure(command.dir, status, &diag);
    ptn_vault_close(command.vault);
    ptn_buffer_release(&command.country);
    return ptn_exit_for(status);
}
