/*
 * main/init.c -- `postern init DIR`: a whole country in one command: nodes with their keys, people
 * with theirs, and the roster that binds them.
 *
 * On one machine this is a demonstration or the first hour of a key ceremony
 * (docs/guide-install.md): what DIR/offline holds belongs to people and to safes, each node's
 * folder to its machine. The roster is written last: a folder without one was not finished.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/init_int.h"
#include "main/past.h"
#include "vault/share.h"

static const char usage[] =
    "usage: postern init DIR --post CODE:KIND:NAME ... [--name utopia.example] [--state ALB]\n"
    "                    [--keepers 4 --quorum 3 --liars 1] [--keeper-address HOST:PORT ...]\n"
    "                    [--keeper-port 8701] [--post-port N] [--site-keepers] [--gateway]\n"
    "                    [--rooms N]\n"
    "                    [--authorities 5 --needed 3] [--duty 2] [--personnel 1] [--months 13]\n"
    "                    [--shares 5 --shares-needed 3]\n"
    "                    [--staff CODE:PEOPLE ...]\n"
    "                    [--watch SNAPSHOT] [--demonstration] [--passphrases]\n"
    "  KIND is airport, seaport or land. Keepers listen on this machine at --keeper-port and the\n"
    "  ports after it, unless each is given its address. A room is a duty officer's laptop: it\n"
    "  follows everybody, reads nothing sealed, and shows the incident room.\n"
    "  --staff signs the first staff list of a post named before it, or of the centre\n"
    "  (centre:PEOPLE); PEOPLE is a file that `postern staff new` and `add` made.\n"
    "  --passphrases reads lines of KEY PASSPHRASE from standard input (authority-1, duty-1, "
    "...);\n"
    "  without it they are made up and printed once.\n";

struct ptn_status ptn_init_path(char path[PTN_INIT_PATH_SIZE], const char *dir, const char *a,
                                const char *b)
{
    int len = b == NULL ? snprintf(path, PTN_INIT_PATH_SIZE, "%s/%s", dir, a)
                        : snprintf(path, PTN_INIT_PATH_SIZE, "%s/%s/%s", dir, a, b);

    return (struct ptn_status){ len < 0 || (size_t)len >= PTN_INIT_PATH_SIZE ? PTN_C_TOO_BIG
                                                                             : PTN_C_OK };
}

/* ---- the command line ---- */

static bool set_number(unsigned *at, const char *text, unsigned least, unsigned most)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    *at = (unsigned)number;
    return *text >= '0' && *text <= '9' && *end == '\0' && number >= least && number <= most;
}

static bool set_text(char *at, size_t size, const char *text)
{
    int len = snprintf(at, size, "%s", text);

    return len > 0 && (size_t)len < size;
}

/* CODE:KIND:NAME */
static bool add_post(struct ptn_init *init, const char *text)
{
    static const enum ptn_post_kind kinds[] = { PTN_POST_AIRPORT, PTN_POST_SEAPORT, PTN_POST_LAND };
    struct ptn_node_plan *plan = &init->nodes[init->node_count].plan;
    char copy[256];
    char *kind;
    char *name;

    if (init->node_count >= PTN_INIT_POSTS_MAX || !set_text(copy, sizeof(copy), text))
        return false;
    kind = strchr(copy, ':');
    name = kind == NULL ? NULL : strchr(kind + 1, ':');
    if (name == NULL)
        return false;
    *kind++ = '\0';
    *name++ = '\0';
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, ptn_post_kind_word(kinds[i])) == 0) {
            plan->kind = kinds[i];
            init->post_count = ++init->node_count;
            return set_text(plan->code, sizeof(plan->code), copy) &&
                   set_text(plan->name, sizeof(plan->name), name);
        }
    return false;
}

static bool add_address(struct ptn_init *init, const char *text)
{
    if (init->address_count >= PTN_ROSTER_KEEPER_MAX)
        return false;
    init->addresses[init->address_count++] = text;
    init->keepers = (unsigned)init->address_count;
    return true;
}

enum {
    OPT_NAME = 'n',
    OPT_STATE = 's',
    OPT_KEEPERS = 'k',
    OPT_QUORUM = 'q',
    OPT_LIARS = 'f',
    OPT_ADDRESS = 'a',
    OPT_KEEPER_PORT = 'p',
    OPT_POST_PORT = 'P',
    OPT_AUTHORITIES = 'A',
    OPT_NEEDED = 'm',
    OPT_DUTY = 'd',
    OPT_PERSONNEL = 'e',
    OPT_MONTHS = 'M',
    OPT_SHARES = 'r',
    OPT_SHARES_NEEDED = 'R',
    OPT_POST = 'o',
    OPT_STAFF = 't',
    OPT_ROOMS = 'O',
    OPT_SITE = 'S',
    OPT_GATEWAY = 'g',
    OPT_WATCH = 'w',
    OPT_DEMONSTRATION = 'D',
    OPT_PASSPHRASES = 'i',
};

static const struct option options[] = {
    { "name", required_argument, NULL, OPT_NAME },
    { "state", required_argument, NULL, OPT_STATE },
    { "keepers", required_argument, NULL, OPT_KEEPERS },
    { "quorum", required_argument, NULL, OPT_QUORUM },
    { "liars", required_argument, NULL, OPT_LIARS },
    { "keeper-address", required_argument, NULL, OPT_ADDRESS },
    { "keeper-port", required_argument, NULL, OPT_KEEPER_PORT },
    { "post-port", required_argument, NULL, OPT_POST_PORT },
    { "authorities", required_argument, NULL, OPT_AUTHORITIES },
    { "needed", required_argument, NULL, OPT_NEEDED },
    { "duty", required_argument, NULL, OPT_DUTY },
    { "personnel", required_argument, NULL, OPT_PERSONNEL },
    { "months", required_argument, NULL, OPT_MONTHS },
    { "rooms", required_argument, NULL, OPT_ROOMS },
    { "shares", required_argument, NULL, OPT_SHARES },
    { "shares-needed", required_argument, NULL, OPT_SHARES_NEEDED },
    { "post", required_argument, NULL, OPT_POST },
    { "staff", required_argument, NULL, OPT_STAFF },
    { "site-keepers", no_argument, NULL, OPT_SITE },
    { "gateway", no_argument, NULL, OPT_GATEWAY },
    { "watch", required_argument, NULL, OPT_WATCH },
    { "demonstration", no_argument, NULL, OPT_DEMONSTRATION },
    { "passphrases", no_argument, NULL, OPT_PASSPHRASES },
    { NULL, 0, NULL, 0 },
};

static bool take_number(struct ptn_init *init, int option, const char *value)
{
    switch (option) {
    case OPT_KEEPERS:
        return set_number(&init->keepers, value, 2, PTN_ROSTER_KEEPER_MAX);
    case OPT_QUORUM:
        return set_number(&init->quorum, value, 1, PTN_ROSTER_KEEPER_MAX);
    case OPT_LIARS:
        return set_number(&init->liars, value, 0, PTN_ROSTER_KEEPER_MAX);
    case OPT_KEEPER_PORT:
        return set_number(&init->keeper_port, value, 1, 65000);
    case OPT_POST_PORT:
        return set_number(&init->post_port, value, 0, 65000);
    case OPT_AUTHORITIES:
        return set_number(&init->offices[PTN_INIT_AUTHORITY], value, 1, PTN_ROSTER_AUTHORITY_MAX);
    case OPT_NEEDED:
        return set_number(&init->needed, value, 1, PTN_ROSTER_AUTHORITY_MAX);
    case OPT_DUTY:
        return set_number(&init->offices[PTN_INIT_DUTY], value, 0, PTN_ROSTER_DUTY_MAX);
    case OPT_PERSONNEL:
        return set_number(&init->offices[PTN_INIT_PERSONNEL], value, 0, PTN_ROSTER_PERSONNEL_MAX);
    case OPT_ROOMS:
        return set_number(&init->rooms, value, 0, PTN_INIT_ROOMS_MAX);
    case OPT_MONTHS:
        return set_number(&init->months, value, 1, PTN_INIT_MONTHS_MAX);
    case OPT_SHARES:
        return set_number(&init->shares, value, PTN_SHARE_COUNT_MIN, PTN_SHARE_COUNT_MAX);
    case OPT_SHARES_NEEDED:
        return set_number(&init->shares_needed, value, PTN_SHARE_COUNT_MIN, PTN_SHARE_COUNT_MAX);
    default:
        return false;
    }
}

static bool take_option(struct ptn_init *init, int option, const char *value)
{
    switch (option) {
    case OPT_NAME:
        return set_text(init->country, sizeof(init->country), value) &&
               ptn_note_name_good(ptn_bytes_from_text(value));
    case OPT_STATE:
        return set_text(init->state, sizeof(init->state), value);
    case OPT_ADDRESS:
        return add_address(init, value);
    case OPT_POST:
        return add_post(init, value);
    case OPT_STAFF:
        return ptn_init_add_staff(init, value);
    case OPT_SITE:
        init->site_keepers = true;
        return true;
    case OPT_GATEWAY:
        init->gateway = true;
        return true;
    case OPT_WATCH:
        init->snapshot_path = value;
        return true;
    case OPT_DEMONSTRATION:
        init->demonstration = true;
        return true;
    case OPT_PASSPHRASES:
        init->passphrases = true;
        return true;
    default:
        return take_number(init, option, value);
    }
}

static bool read_arguments(struct ptn_init *init, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(init, option, optarg))
            return false;
    if (optind != argc - 1 || init->post_count == 0)
        return false;
    init->dir = argv[optind];
    return strlen(init->dir) < PTN_INIT_PATH_SIZE - 128;
}

/* What can be refused before anything is made. */
static struct ptn_status check(const struct ptn_init *init, struct ptn_diag *reterr)
{
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = ptn_init_path(path, init->dir, "offline", NULL);

    if (!ptn_ok(status))
        return status;
    if (!ptn_roster_quorum_is_safe(init->keepers, init->quorum, init->liars))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a quorum that is not safe: 2q - n > f and n - q >= 1");
    if (init->needed > init->offices[PTN_INIT_AUTHORITY])
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "more authorities are needed than there are");
    if (init->shares_needed > init->shares)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "more shares are needed than there are");
    if (init->world->files->exists(init->world->context, path))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is a country in the folder already");
    return PTN_OK;
}

/* ---- making ---- */

static const char read_me[] =
    "What is in this folder does not belong on this machine.\n"
    "\n"
    "keys/       one file a person: authorities, duty officers, personnel officers. Give each "
    "their\n"
    "            own on two sticks, have them change the passphrase alone, and remove it here.\n"
    "spares/     one identity for each post and the centre, opened when its disk is lost. To a "
    "safe\n"
    "            outside the node's own site.\n"
    "recovery/   the shares of the key that opens what nodes sealed when they are gone. Each share "
    "to\n"
    "            another person; fewer than needed open nothing.\n"
    "\n"
    "A machine that holds all of it can do everything that the country can. docs/guide-install.md\n"
    "says who takes what, in which order.\n";

static struct ptn_status make_offline(const struct ptn_init *init)
{
    static const char *const dirs[] = { "offline", "offline/keys", "offline/spares",
                                        "offline/recovery" };
    const struct ptn_world *world = init->world;
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = world->files->make_dir(world->context, init->dir);

    for (size_t i = 0; ptn_ok(status) && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        status = ptn_init_path(path, init->dir, dirs[i], NULL);
        if (ptn_ok(status))
            status = world->files->make_dir(world->context, path);
    }
    if (ptn_ok(status))
        status = ptn_init_path(path, init->dir, "offline", "READ-ME");
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_bytes_from_text(read_me));
    return status;
}

/* A demonstration's posts have crossings to look back at. After the roster, so that whoever may
 * read them can. */
static struct ptn_status make_past(const struct ptn_init *init, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && init->demonstration && i < init->post_count; i++) {
        char path[PTN_INIT_PATH_SIZE];

        status = ptn_init_path(path, init->dir, init->nodes[i].plan.code, NULL);
        if (ptn_ok(status))
            status = ptn_past_seed(init->world, path, init->nodes[i].plan.code, reterr);
    }
    return status;
}

static struct ptn_status make(struct ptn_init *init, struct ptn_diag *reterr)
{
    struct ptn_status status = check(init, reterr);

    if (ptn_ok(status))
        status = make_offline(init);
    if (ptn_ok(status))
        status = ptn_init_people(init, reterr);
    if (ptn_ok(status))
        status = ptn_init_nodes(init, reterr);
    if (ptn_ok(status))
        status = ptn_init_reading(init, reterr);
    if (ptn_ok(status))
        status = ptn_init_roster(init, reterr);
    if (ptn_ok(status) && init->staff_count > 0)
        status = ptn_init_staff(init, reterr);
    if (ptn_ok(status))
        status = make_past(init, reterr);
    return status;
}

static void print_made(const struct ptn_init *init)
{
    (void)printf("%s: %zu posts, %u keepers (%u needed, %u may lie), a centre%s%s\n", init->country,
                 init->post_count, init->keepers, init->quorum, init->liars,
                 init->gateway ? ", a gateway" : "",
                 init->site_keepers ? ", a site keeper beside each post" : "");
    (void)printf("roster: %s/roster, signed by %u of %u authorities\n", init->dir, init->needed,
                 init->offices[PTN_INIT_AUTHORITY]);
    (void)printf("now take %s/offline apart: %s/offline/READ-ME says how\n", init->dir, init->dir);
}

int ptn_run_init(int argc, char **argv)
{
    struct ptn_init *init = calloc(1, sizeof(*init));
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (init == NULL)
        return PTN_EXIT_ENVIRONMENT;
    init->world = ptn_world_real();
    init->keepers = 4;
    init->quorum = 3;
    init->liars = 1;
    init->needed = 3;
    init->offices[PTN_INIT_AUTHORITY] = 5;
    init->offices[PTN_INIT_DUTY] = 2;
    init->offices[PTN_INIT_PERSONNEL] = 1;
    init->keeper_port = 8701;
    init->months = 13;
    init->shares = 5;
    init->shares_needed = 3;
    (void)set_text(init->country, sizeof(init->country), "utopia.example");
    (void)set_text(init->state, sizeof(init->state), "ALB");
    if (!read_arguments(init, argc, argv)) {
        (void)fputs(usage, stderr);
        free(init);
        return PTN_EXIT_USAGE;
    }
    status = make(init, &diag);
    if (ptn_ok(status))
        print_made(init);
    else
        ptn_say_failure(init->dir, status, &diag);
    explicit_bzero(init, sizeof(*init));
    free(init);
    return ptn_exit_for(status);
}
