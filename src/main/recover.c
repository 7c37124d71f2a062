/*
 * main/recover.c -- `postern recover DIR`: a node whose disk is gone, back under its spare
 * identity, with a proof of what is there again.
 *
 * The old key is never used again: what it signed last nobody knows for sure. The spare's first
 * entry says whose successor it is and how much of the former ledger keepers had cosigned; then
 * everything the node followed is pulled from keepers, and for a centre replayed and compared with
 * what the former one had written down. node.conf is written last, so that a recovery that was cut
 * short is simply begun again.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "main/recover_int.h"
#include "record/notice.h"
#include "record/record.h"

#define STEP_MS     100
#define PATIENCE_MS 15000

static const char usage[] =
    "usage: postern recover DIR --spare FOLDER [--share FILE ...] [--kit FILE]\n"
    "                           [--roster NOTE] [--patience S]\n"
    "  DIR       the node's folder, empty or gone\n"
    "  --spare   the spare identity, from the safe: offline/spares/CODE-2\n"
    "  --share   shares of recovery's key, as many as it needs: without them a centre that comes\n"
    "            back reads nothing that was sealed before\n"
    "  --kit, --roster  newer ones than those beside the spare\n"
    "  --patience  seconds to wait for keepers without any progress (15)\n";

static int64_t now_ms(const struct ptn_recover *recover)
{
    return recover->world->monotonic_us(recover->world->context) / 1000;
}

/* ---- pulling ---- */

/* How many keepers have told of everything, and whether all that they showed is here: `all` of
 * them. */
static bool settled(struct ptn_recover *recover, unsigned all, unsigned *ret_answered)
{
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    const struct ptn_roster *roster = &ptn_relay_country(recover->relay)->roster;
    struct ptn_bytes origin;
    bool done = true;

    *ret_answered = UINT32_MAX;
    for (size_t i = 0; (origin = ptn_follow_origin(follow, i)).len > 0; i++) {
        const struct ptn_roster_node *node = ptn_roster_find(roster, origin);
        struct ptn_follow_head head = { 0 };

        if (!ptn_ok(ptn_follow_head(follow, origin, &head)))
            head.answered = 0;
        if (node != NULL && node->role == PTN_ROSTER_KEEPER) {
            done = done && head.size >= head.shown; /* told by itself alone; it holds orders */
            continue;
        }
        if (head.answered < *ret_answered)
            *ret_answered = head.answered;
        done = done && head.size >= head.shown && head.missing == 0;
    }
    ptn_relay_unlock(recover->relay);
    return done && *ret_answered >= all;
}

static uint64_t changes(struct ptn_recover *recover)
{
    uint64_t count = ptn_follow_changes(ptn_links_follow(ptn_relay_lock(recover->relay)));

    ptn_relay_unlock(recover->relay);
    return count;
}

/* Until all of them have given what they have, or nothing comes any more. Returns how many
 * answered. */
static unsigned pull_from(struct ptn_recover *recover, unsigned all)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
    int64_t moved_ms = now_ms(recover);
    uint64_t seen = 0;
    unsigned answered = 0;

    while (!settled(recover, all, &answered)) {
        uint64_t now = changes(recover) + answered;

        if (now != seen)
            moved_ms = now_ms(recover);
        seen = now;
        if (now_ms(recover) - moved_ms > recover->patience_ms)
            break;
        (void)nanosleep(&step, NULL);
    }
    return answered;
}

static struct ptn_status pull(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    const struct ptn_roster *roster = &ptn_relay_country(recover->relay)->roster;
    unsigned answered = pull_from(recover, roster->quorum_n);

    (void)printf("%u of %u keepers answered, %u needed\n", answered, roster->quorum_n,
                 roster->quorum_q);
    if (answered < roster->quorum_q)
        return ptn_fail(PTN_C_BUSY, reterr, 0,
                        "too few keepers answer: nothing is signed, try again");
    return PTN_OK;
}

/* A spare is used once: what it signed since is on a disk that is gone, and would be signed
 * against.
 * RECOVER-1.
 */
static struct ptn_status never_used(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_follow_head head = { 0 };
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    struct ptn_status status =
        ptn_follow_head(follow, ptn_bytes_from_text(recover->plan.origin), &head);

    ptn_relay_unlock(recover->relay);
    if (ptn_ok(status) && (head.shown > 0 || head.size > 0))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "keepers hold what this spare has signed: it is used, take another");
    return status;
}

/*
 * What the site keeper alone had: a post that was cut off for days pushed to nobody else. It joins
 * the copy when it continues what keepers cosigned; the spare's first entry has said already how
 * much that was.
 */
static struct ptn_status pull_site(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    unsigned answered;
    struct ptn_status status;

    ptn_relay_stop(recover->relay);
    recover->relay = NULL;
    status = ptn_relay_start(recover->world, recover->dir, recover->plan.origin,
                             PTN_LINKS_PULL_SITE, NULL, &recover->relay, reterr);
    if (status.code == PTN_C_NOT_FOUND) { /* this post has none */
        if (reterr != NULL)
            *reterr = (struct ptn_diag){ 0 };
        return PTN_OK;
    }
    if (!ptn_ok(status))
        return status;
    answered = pull_from(recover, 1);
    if (answered == 0) {
        (void)puts("the site keeper does not answer: what it alone has is NOT HERE");
        recover->whole = false;
        return PTN_OK;
    }
    return ptn_recover_print_site(recover, reterr);
}

/* ---- the spare's ledger ---- */

static struct ptn_status begin_ledger(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    const struct ptn_world *world = recover->world;
    struct ptn_buffer checkpoint = { .len_max = PTN_RECORD_SIGNED_MAX };
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_successor successor = { .time_ms = world->now_ms(world->context),
                                       .origin = ptn_bytes_from_text(recover->former) };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_SUCCESSOR,
                                      .time_ms = successor.time_ms,
                                      .retention = PTN_RETENTION_PUBLIC };
    uint64_t size = 0;
    struct ptn_status status = ptn_recover_checkpoint(recover, &checkpoint, reterr);

    successor.least = recover->least;
    successor.checkpoint = ptn_buffer_bytes(&checkpoint);
    if (ptn_ok(status))
        status = ptn_successor_write(&successor, &record);
    entry.payload = ptn_buffer_bytes(&record);
    if (ptn_ok(status))
        status =
            ptn_ledger_create(world, recover->vault, recover->dir, recover->plan.origin, reterr);
    if (ptn_ok(status) || status.code == PTN_C_BUSY) /* there: begun before */
        status = ptn_ledger_open(world, recover->vault, recover->dir, &recover->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_size(recover->ledger, &size, reterr);
    if (ptn_ok(status) && size == 0)
        status = ptn_ledger_append(recover->ledger, &entry, 1, &size, reterr);
    if (ptn_ok(status))
        (void)printf("%s: successor of %s, at least %llu entries\n", recover->plan.origin,
                     recover->former, (unsigned long long)recover->least);
    ptn_buffer_release(&checkpoint);
    ptn_buffer_release(&record);
    return status;
}

/* ---- the command ---- */

/* Whose spare it is: the roster says. */
static struct ptn_status find_former(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(
        &ptn_relay_country(recover->relay)->roster, ptn_bytes_from_text(recover->plan.origin));

    if (spare == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the roster knows no such spare identity");
    (void)snprintf(recover->former, sizeof(recover->former), "%.*s", (int)spare->origin.len,
                   (const char *)spare->origin.at);
    (void)printf("recovering %s as %s\n", recover->former, recover->plan.origin);
    return PTN_OK;
}

static struct ptn_status recover_node(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_recover_folder(recover, reterr);

    if (ptn_ok(status))
        status = ptn_vault_open(recover->world, recover->dir, &recover->vault, reterr);
    if (ptn_ok(status) && recover->share_count > 0)
        status = ptn_recover_keys(recover, reterr);
    if (ptn_ok(status))
        status = ptn_relay_start(recover->world, recover->dir, recover->plan.origin,
                                 PTN_LINKS_RECOVER, NULL, &recover->relay, reterr);
    if (ptn_ok(status))
        status = find_former(recover, reterr);
    if (ptn_ok(status))
        status = pull(recover, reterr);
    if (ptn_ok(status))
        status = never_used(recover, reterr);
    if (ptn_ok(status))
        status = ptn_recover_print_heads(recover, reterr);
    if (ptn_ok(status) && recover->plan.role == PTN_NODE_POST)
        status = ptn_recover_orders(recover, reterr);
    if (ptn_ok(status))
        status = begin_ledger(recover, reterr);
    if (ptn_ok(status) && recover->plan.role == PTN_NODE_POST)
        status = pull_site(recover, reterr);
    if (ptn_ok(status) && recover->plan.role == PTN_NODE_POST)
        status = ptn_recover_return(recover, reterr);
    if (ptn_ok(status) && recover->plan.role == PTN_NODE_CENTRE)
        status = ptn_recover_view(recover, reterr);
    if (ptn_ok(status) && recover->plan.role == PTN_NODE_CENTRE)
        status = ptn_recover_published(recover, reterr);
    if (ptn_ok(status))
        status = ptn_recover_finish(recover, reterr);
    return status;
}

static bool read_arguments(struct ptn_recover *recover, int argc, char **argv)
{
    static const struct option options[] = {
        { "spare", required_argument, NULL, 's' },    { "roster", required_argument, NULL, 'r' },
        { "kit", required_argument, NULL, 'k' },      { "share", required_argument, NULL, 'h' },
        { "patience", required_argument, NULL, 'p' }, { NULL, 0, NULL, 0 }
    };
    int option;
    char *end;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            recover->spare = optarg;
            break;
        case 'r':
            recover->roster = optarg;
            break;
        case 'k':
            recover->kit = optarg;
            break;
        case 'h':
            if (recover->share_count >= PTN_SHARE_COUNT_MAX)
                return false;
            recover->shares[recover->share_count++] = optarg;
            break;
        case 'p':
            recover->patience_ms = 1000 * strtol(optarg, &end, 10);
            if (*optarg == '\0' || *end != '\0' || recover->patience_ms <= 0)
                return false;
            break;
        default:
            return false;
        }
    }
    if (optind != argc - 1 || recover->spare == NULL)
        return false;
    recover->dir = argv[optind];
    return strlen(recover->dir) < PTN_RECOVER_PATH_SIZE - 64;
}

int ptn_run_recover(int argc, char **argv)
{
    struct ptn_recover recover = {
        .world = ptn_world_real(), .patience_ms = PATIENCE_MS, .lock = -1, .whole = true
    };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    int64_t began_ms;

    if (!read_arguments(&recover, argc, argv)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    began_ms = now_ms(&recover);
    status = recover_node(&recover, &diag);
    ptn_relay_stop(recover.relay);
    ptn_gather_close(recover.gather);
    ptn_ledger_close(recover.ledger);
    ptn_vault_close(recover.vault);
    if (recover.lock >= 0)
        recover.world->files->unlock(recover.world->context, recover.lock);
    if (!ptn_ok(status)) {
        ptn_say_failure(recover.dir, status, &diag);
        return ptn_exit_for(status);
    }
    (void)printf("recovered in %.1f s: %s\n", (double)(now_ms(&recover) - began_ms) / 1000,
                 recover.whole ? "nothing is missing" : "NOT ALL OF IT, see above");
    (void)printf("start it: postern up %s\n", recover.dir);
    return recover.whole ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}
