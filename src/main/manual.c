/*
 * main/manual.c -- postern manual pack|enter|tell|reconcile: screening by hand, at a post's own
 * machine while its server is stopped. A running post does the same through its pages.
 */
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/world.h"
#include "main/answer.h"
#include "main/bulletin.h"
#include "main/commands.h"
#include "node/node.h"
#include "node/paper.h"
#include "paper/pack.h"

#define ARENA_MAX  ((size_t)64 << 20)
#define LINE_MAX_  ((size_t)64 << 10)
#define OUTPUT_MAX ((size_t)16 << 20)

static const char usage[] =
    "usage: postern manual pack DIR --by USER --sheets N --out FILE.pdf\n"
    "       postern manual enter DIR --by USER           NDJSON, one sheet a line, on standard "
    "input\n"
    "       postern manual tell DIR --by USER [--second USER] --pack N --from N --count N\n"
    "                       --state spoiled|unused|lost\n"
    "       postern manual reconcile DIR                 every serial, as JSON; exit 1 while any "
    "is open\n";

/* What one call holds. */
struct job {
    const struct ptn_world *world;
    const char *dir, *by, *second, *out, *state;
    unsigned sheets, pack, from, count;
    struct ptn_node *node;
    struct ptn_officer officer, other;
    struct ptn_arena *arena;
    struct ptn_buffer line;
};

static struct ptn_lane_who who(const struct job *job)
{
    return (struct ptn_lane_who){ &job->officer, PTN_PAPER_LANE };
}

/* ---- pack ---- */

static void pack_done(struct ptn_pack_order *order)
{
    (void)order; /* the node is stepped here: its status says all */
}

static struct ptn_status save(const char *path, struct ptn_bytes bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t written = 0;
    bool good = fd >= 0;

    while (good && written < bytes.len) {
        ssize_t some = write(fd, bytes.at + written, bytes.len - written);

        good = some > 0;
        written += good ? (size_t)some : 0;
    }
    good = good && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        good = false;
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

static struct ptn_status make_pack(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_pack_order order = { .done = pack_done };
    struct ptn_lane_who by = who(job);
    struct ptn_json json = { .out = &job->line };
    struct ptn_status status;

    ptn_buffer_init(&order.pdf, PTN_PACK_PDF_MAX);
    status = ptn_bulletin_once(job->world, job->dir, job->node, job->arena, reterr);
    if (ptn_ok(status))
        status = ptn_paper_make_pack(job->node, &by, job->sheets, job->arena, &order, reterr);
    if (ptn_ok(status)) {
        (void)ptn_node_step(job->node);
        status = order.write.status;
    }
    if (ptn_ok(status))
        status = save(job->out, ptn_buffer_bytes(&order.pdf));
    ptn_buffer_release(&order.pdf);
    if (!ptn_ok(status))
        return status;
    ptn_json_object(&json);
    ptn_json_field_number(&json, "pack", (int64_t)order.record.number);
    ptn_json_field_number(&json, "sheets", (int64_t)order.record.sheets);
    ptn_json_field_number(&json, "listed", (int64_t)order.record.listed);
    ptn_json_field_text(&json, "check", order.record.check);
    ptn_json_field_text(&json, "out", ptn_bytes_from_text(job->out));
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

/* ---- enter ---- */

static void key_done(struct ptn_paper_keying *keying)
{
    (void)keying;
}

/* A member's text, copied into the arena; empty when it is missing. */
static struct ptn_bytes box(const json_t *object, const char *key, struct ptn_arena *arena)
{
    const char *text = json_string_value(json_object_get(object, key));
    char *copy = text == NULL ? NULL : ptn_arena_text(arena, ptn_bytes_from_text(text));

    return copy == NULL ? PTN_BYTES_NONE : ptn_bytes_from_text(copy);
}

static struct ptn_form read_form(const json_t *object, struct ptn_arena *arena)
{
    return (struct ptn_form){
        .serial = box(object, "serial", arena),
        .surname = box(object, "surname", arena),
        .given = box(object, "given", arena),
        .line = box(object, "line", arena),
        .issuer = box(object, "issuer", arena),
        .direction = box(object, "direction", arena),
        .time = box(object, "time", arena),
        .outcome = box(object, "outcome", arena),
        .referral = box(object, "referral", arena),
        .reason = box(object, "reason", arena),
        .plate = box(object, "plate", arena),
        .officer = box(object, "officer", arena),
    };
}

static const char *refusal_text(enum ptn_paper_next next)
{
    switch (next) {
    case PTN_PAPER_NO_PACK:
        return "no pack of this post has that sheet";
    case PTN_PAPER_SETTLED:
        return "the sheet is settled";
    case PTN_PAPER_PUT_ASIDE:
        return "the sheet was told spoiled or unused";
    case PTN_PAPER_SAME_PERSON:
        return "another person has to key this sheet now";
    case PTN_PAPER_SUPERVISOR:
        return "two people saw different things: a supervisor has to key this sheet now";
    case PTN_PAPER_FIRST:
    case PTN_PAPER_SECOND:
    case PTN_PAPER_THIRD:
        break;
    }
    return "the sheet cannot be recorded";
}

static void write_faults(const struct ptn_form_faults *faults, struct ptn_json *json)
{
    ptn_json_key(json, "faults");
    ptn_json_array(json);
    for (size_t i = 0; i < faults->count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, "field", ptn_bytes_from_text(faults->at[i].field));
        ptn_json_field_text(json, "text", ptn_bytes_from_text(faults->at[i].text));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_keying(const struct ptn_paper_keying *keying, bool discreet,
                         struct ptn_json *json)
{
    char serial[PTN_SERIAL_TEXT_SIZE];

    ptn_json_field_text(
        json, "serial",
        ptn_bytes_from_text(ptn_serial_write(
            (struct ptn_serial){ (unsigned)keying->sheet.pack, (unsigned)keying->sheet.number },
            serial)));
    ptn_json_field_number(json, "turn", keying->sheet.turn);
    ptn_json_field_text(json, "state", ptn_bytes_from_text(ptn_paper_keying_word(keying)));
    if (keying->differ_count > 0) {
        ptn_json_key(json, "differs");
        ptn_json_array(json);
        for (size_t i = 0; i < keying->differ_count; i++)
            ptn_json_text(json, ptn_bytes_from_text(keying->differs[i]));
        ptn_json_array_end(json);
    }
    if (!keying->settled)
        return;
    ptn_json_field_text(json, "crossing", ptn_bytes_from_text(keying->crossing));
    ptn_json_field_bool(json, "missed", keying->missed);
    ptn_json_key(json, "screened");
    ptn_advice_write_json(json, &keying->screened.advice, discreet);
}

/* Key one sheet and print what came of it. */
static struct ptn_status enter_one(struct job *job, const json_t *object, size_t number)
{
    struct ptn_paper_keying *keying = ptn_arena_take(job->arena, sizeof(*keying));
    struct ptn_form form = read_form(object, job->arena);
    struct ptn_lane_who by = who(job);
    struct ptn_json json = { .out = &job->line };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (keying == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    keying->done = key_done;
    status = ptn_paper_key(job->node, &by, &form, job->arena, keying, &diag);
    if (ptn_ok(status)) {
        (void)ptn_node_step(job->node);
        status = keying->write.status;
    }
    ptn_buffer_clear(&job->line);
    ptn_json_object(&json);
    if (ptn_ok(status)) {
        write_keying(keying, job->officer.discreet, &json);
    } else {
        ptn_answer_write_error(&json, ptn_code_word(status.code),
                               keying->faults.count > 0 ? "boxes that cannot be right"
                               : diag.text != NULL      ? diag.text
                                                        : refusal_text(keying->next),
                               number);
        if (keying->faults.count > 0)
            write_faults(&keying->faults, &json);
    }
    ptn_json_object_end(&json);
    ptn_paper_release(keying);
    return ptn_answer_print(&json);
}

static struct ptn_status enter(struct job *job)
{
    struct ptn_lines *lines = ptn_lines_new(ptn_answer_read_input, NULL, LINE_MAX_);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    while (lines != NULL) {
        struct ptn_bytes line;
        size_t number = 0;
        json_t *object = NULL;

        status = ptn_lines_next(lines, &line, &number);
        if (!ptn_ok(status) && status.code != PTN_C_TOO_BIG)
            break;
        ptn_arena_clear(job->arena);
        if (ptn_ok(status))
            object = json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, NULL);
        status = json_is_object(object) ? enter_one(job, object, number)
                                        : ptn_answer_error(&job->line, "bad-input",
                                                           "a line is no JSON object", number);
        json_decref(object);
        if (!ptn_ok(status))
            break;
    }
    ptn_lines_free(lines);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* ---- tell, reconcile ---- */

static void tell_done(struct ptn_paper_telling *telling)
{
    (void)telling;
}

static struct ptn_status tell(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_paper_telling telling = { .done = tell_done };
    struct ptn_lane_who by = who(job);
    struct ptn_status status;

    telling.record.pack = job->pack;
    telling.record.first = job->from;
    telling.record.count = job->count;
    telling.record.state = ptn_sheets_state_from_word(ptn_bytes_from_text(job->state));
    status = ptn_paper_tell(job->node, &by, job->second != NULL ? &job->other : NULL, job->arena,
                            &telling);
    if (status.code == PTN_C_BAD_INPUT)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "these sheets cannot be told so: not issued, keyed, or lost by one alone");
    if (!ptn_ok(status))
        return status;
    (void)ptn_node_step(job->node);
    return telling.write.status;
}

static struct ptn_status reconcile(struct job *job)
{
    struct ptn_json json = { .out = &job->line };
    bool closed = false;
    struct ptn_status status;

    ptn_buffer_clear(&job->line);
    status = ptn_paper_account(job->node, &json, &closed);
    if (ptn_ok(status))
        status = ptn_answer_print(&json);
    if (ptn_ok(status) && !closed)
        status.code = PTN_C_NOT_FOUND;
    return status;
}

/* ---- the command ---- */

static bool read_number(const char *text, unsigned *ret_number)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    *ret_number = (unsigned)number;
    return *text != '\0' && *end == '\0' && number >= 1 && number <= PTN_PACK_NUMBER_MAX;
}

static bool read_arguments(struct job *job, int argc, char **argv)
{
    static const struct option options[] = {
        { "by", required_argument, NULL, 'b' },
        { "second", required_argument, NULL, '2' },
        { "out", required_argument, NULL, 'o' },
        { "state", required_argument, NULL, 's' },
        { "sheets", required_argument, NULL, 'n' },
        { "pack", required_argument, NULL, 'p' },
        { "from", required_argument, NULL, 'f' },
        { "count", required_argument, NULL, 'c' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    bool good = true;

    while (good && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'b')
            job->by = optarg;
        else if (option == '2')
            job->second = optarg;
        else if (option == 'o')
            job->out = optarg;
        else if (option == 's')
            job->state = optarg;
        else if (option == 'n')
            good = read_number(optarg, &job->sheets);
        else if (option == 'p')
            good = read_number(optarg, &job->pack);
        else if (option == 'f')
            good = read_number(optarg, &job->from);
        else if (option == 'c')
            good = read_number(optarg, &job->count);
        else
            good = false;
    }
    if (!good || optind != argc - 1)
        return false;
    job->dir = argv[optind];
    return true;
}

/* Whether the verb has what it needs. */
static bool complete(const struct job *job, const char *verb)
{
    if (strcmp(verb, "reconcile") == 0)
        return true;
    if (job->by == NULL)
        return false;
    if (strcmp(verb, "pack") == 0)
        return job->sheets > 0 && job->out != NULL;
    if (strcmp(verb, "tell") == 0)
        return job->pack > 0 && job->from > 0 && job->count > 0 && job->state != NULL;
    return strcmp(verb, "enter") == 0;
}

static struct ptn_status open_node(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_node_open(job->world, job->dir, NULL, &job->node, reterr);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0,
                        "the post is running: use its pages, or stop it first");
    if (!ptn_ok(status))
        return status;
    (void)ptn_node_step(job->node); /* what opening wrote */
    if (ptn_node_locked(job->node))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the post's vault is locked");
    if ((job->by != NULL &&
         !ptn_staff_find(job->node, ptn_bytes_from_text(job->by), &job->officer)) ||
        (job->second != NULL &&
         !ptn_staff_find(job->node, ptn_bytes_from_text(job->second), &job->other)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nobody at this post is called so");
    return PTN_OK;
}

int ptn_run_manual(int argc, char **argv)
{
    struct job job = { .world = ptn_world_real() };
    const char *verb = argc > 1 ? argv[1] : "";
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (argc < 3 || !read_arguments(&job, argc - 1, argv + 1) || !complete(&job, verb)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    ptn_buffer_init(&job.line, OUTPUT_MAX);
    job.arena = ptn_arena_new(ARENA_MAX);
    status.code = PTN_C_NO_MEMORY;
    if (job.arena != NULL)
        status = open_node(&job, &diag);
    if (ptn_ok(status)) {
        if (strcmp(verb, "pack") == 0)
            status = make_pack(&job, &diag);
        else if (strcmp(verb, "enter") == 0)
            status = enter(&job);
        else if (strcmp(verb, "tell") == 0)
            status = tell(&job, &diag);
        else
            status = reconcile(&job);
    }
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        ptn_say_failure(job.dir, status, &diag);
    if (job.node != NULL)
        ptn_node_close(job.node);
    ptn_buffer_release(&job.line);
    ptn_arena_free(job.arena);
    return ptn_exit_for(status);
}
