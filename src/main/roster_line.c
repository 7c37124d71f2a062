/*
 * main/roster_line.c -- `postern roster line DIR`: a node's own line for the next roster, of
 * whatever kind it is, or a spare's; and, asked to, the folder that it is about.
 *
 * It is printed at the node's machine, and nothing secret is in it.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "ledger/note.h"
#include "main/commands.h"
#include "main/roster_int.h"
#include "node/node.h"
#include "vault/tls.h"
#include "vault/vault.h"

#define PATH_SIZE    1024u
#define CONF_MAX     16384u
#define LINE_LEN_MAX 4096u

static const char usage[] =
    "usage: postern roster line DIR                   the node's line for a roster; makes its "
    "certificate once\n"
    "  --address HOST:PORT    where others reach a keeper; without it, where it listens\n"
    "  --site-of NAME         the post that a site keeper stands beside\n"
    "  --spare-of NAME        the line of a spare identity of that node\n"
    "  --make KIND --origin NAME --state ALB [--listen ADDRESS:PORT]\n"
    "                         make the folder first: keeper, site-keeper, centre, gateway (a "
    "post:\n"
    "                         postern node); with --spare-of: a spare's, of any kind\n"
    "What it prints goes to whoever runs `postern roster next ROSTER --lines FILE`. A new node "
    "needs\n"
    "the signed roster in its folder, as DIR/roster, before it is started.\n";

struct asking {
    const char *dir, *address, *site_of, *spare_of;
    const char *make, *origin, *state, *listen;
    struct ptn_node_plan plan;
    char name[PTN_NODE_ORIGIN_MAX + PTN_NODE_CODE_MAX + 2];
};

/* ---- the folder ---- */

static struct ptn_status read_plan(struct asking *asking, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", asking->dir);
    status = world->files->read(world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &asking->plan, reterr);
    ptn_buffer_release(&conf);
    if (ptn_ok(status) && asking->plan.origin[0] != '\0')
        (void)snprintf(asking->name, sizeof(asking->name), "%s", asking->plan.origin);
    else if (ptn_ok(status))
        (void)snprintf(asking->name, sizeof(asking->name), "postern.example/%s", asking->plan.code);
    return status;
}

/* node.conf of the folder that is to be made; its own reader holds it to the rules. */
static struct ptn_status write_conf(const struct asking *asking, struct ptn_buffer *out)
{
    const char *slash = strrchr(asking->origin, '/');
    const char *code = slash == NULL ? asking->origin : slash + 1;
    struct ptn_status status =
        ptn_buffer_addf(out, "name = %s\ncode = %s\nkind = %s\norigin = %s\nstate = %s\nport = 0\n",
                        code, code, asking->make, asking->origin, asking->state);

    if (ptn_ok(status) && asking->listen != NULL)
        status = ptn_buffer_addf(out, "listen = %s\n", asking->listen);
    return status;
}

/* A spare is a vault and what the node will be called: it has no ledger before it is opened. */
static struct ptn_status make_spare(const struct asking *asking, struct ptn_bytes conf,
                                    struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", asking->dir);
    if (world->files->exists(world->context, path))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds a node already");
    status = world->files->make_dir(world->context, asking->dir);
    if (ptn_ok(status))
        status = ptn_vault_create(world, asking->dir, reterr);
    return ptn_ok(status) ? world->files->replace(world->context, path, conf) : status;
}

static struct ptn_status make(const struct asking *asking, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    struct ptn_node_plan plan = { .role = PTN_NODE_POST };
    struct ptn_status status = write_conf(asking, &conf);

    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    if (ptn_ok(status) && asking->spare_of != NULL)
        status = make_spare(asking, ptn_buffer_bytes(&conf), reterr);
    else if (ptn_ok(status) && plan.role == PTN_NODE_POST)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a post is made by postern node");
    else if (ptn_ok(status))
        status = ptn_node_make(world, asking->dir, &plan, PTN_BYTES_NONE, reterr);
    ptn_buffer_release(&conf);
    return status;
}

/* ---- the line ---- */

static struct ptn_status read_tls(const struct asking *asking, uint8_t ret_tls[PTN_TLS_ID_LEN],
                                  struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = ptn_tls_create(world, asking->dir, asking->name, reterr);

    if (ptn_ok(status) || status.code == PTN_C_BUSY) /* it has one */
        status = ptn_tls_own_id(world, asking->dir, ret_tls);
    return status;
}

/* The words before the keys. */
static struct ptn_status put_head(const struct asking *asking, struct ptn_buffer *line,
                                  struct ptn_diag *reterr)
{
    static const char *const words[] = { [PTN_NODE_POST] = "post",
                                         [PTN_NODE_KEEPER] = "keeper",
                                         [PTN_NODE_SITE_KEEPER] = "site",
                                         [PTN_NODE_CENTRE] = "centre",
                                         [PTN_NODE_GATEWAY] = "gateway" };
    const bool is_site = asking->plan.role == PTN_NODE_SITE_KEEPER;

    if (asking->spare_of != NULL)
        return ptn_buffer_addf(line, "spare %s ", asking->spare_of);
    if (is_site != (asking->site_of != NULL))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "--site-of is a site keeper's, and it needs it");
    if (is_site)
        return ptn_buffer_addf(line, "site %s ", asking->site_of);
    return ptn_buffer_addf(line, "%s ", words[asking->plan.role]);
}

static struct ptn_status put_keys(const struct asking *asking, const struct ptn_vault *vault,
                                  struct ptn_buffer *line, struct ptn_diag *reterr)
{
    const bool keeps =
        asking->plan.role == PTN_NODE_KEEPER || asking->plan.role == PTN_NODE_SITE_KEEPER;
    char mirror[sizeof(asking->name) + sizeof("/mirror")];
    uint8_t tls[PTN_TLS_ID_LEN];
    struct ptn_vkey key;
    struct ptn_status status = ptn_vkey_make(ptn_bytes_from_text(asking->name),
                                             ptn_vault_public_key(vault, PTN_ROLE_LEDGER), &key);

    if (ptn_ok(status))
        status = ptn_vkey_write(line, &key);
    (void)snprintf(mirror, sizeof(mirror), "%s/mirror", asking->name);
    if (ptn_ok(status) && keeps)
        status = ptn_vkey_make_cosigner(ptn_bytes_from_text(mirror),
                                        ptn_vault_public_key(vault, PTN_ROLE_MIRROR), &key);
    if (ptn_ok(status) && keeps)
        status = ptn_buffer_add_text(line, " ");
    if (ptn_ok(status) && keeps)
        status = ptn_vkey_write(line, &key);
    if (ptn_ok(status))
        status = read_tls(asking, tls, reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(line, " ");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(line, ptn_bytes_of(tls, sizeof(tls)));
    if (ptn_ok(status) && keeps)
        status = ptn_buffer_addf(line, " %s",
                                 asking->address != NULL ? asking->address : asking->plan.listen);
    return status;
}

static struct ptn_status print(struct asking *asking, struct ptn_diag *reterr)
{
    struct ptn_buffer line = { .len_max = LINE_LEN_MAX };
    struct ptn_vault *vault = NULL;
    struct ptn_status status = PTN_OK;

    if (asking->make != NULL)
        status = make(asking, reterr);
    if (ptn_ok(status))
        status = read_plan(asking, reterr);
    if (ptn_ok(status) && asking->spare_of != NULL && asking->plan.listen[0] != '\0' &&
        asking->plan.role != PTN_NODE_GATEWAY)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a keeper has no spare: it gets new keys");
    if (ptn_ok(status))
        status = ptn_vault_open_to_sign(ptn_world_real(), asking->dir, &vault, reterr);
    if (ptn_ok(status))
        status = put_head(asking, &line, reterr);
    if (ptn_ok(status))
        status = put_keys(asking, vault, &line, reterr);
    if (ptn_ok(status))
        (void)printf("%.*s\n", (int)line.len, (const char *)line.at);
    ptn_buffer_release(&line);
    ptn_vault_close(vault);
    return status;
}

/* ---- the command line ---- */

static bool read_options(struct asking *asking, int argc, char **argv)
{
    static const struct option names[] = {
        { "address", required_argument, NULL, 'a' },  { "site-of", required_argument, NULL, 's' },
        { "spare-of", required_argument, NULL, 'r' }, { "make", required_argument, NULL, 'm' },
        { "origin", required_argument, NULL, 'o' },   { "state", required_argument, NULL, 't' },
        { "listen", required_argument, NULL, 'l' },   { NULL, 0, NULL, 0 }
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        const char **at = letter == 'a'   ? &asking->address
                          : letter == 's' ? &asking->site_of
                          : letter == 'r' ? &asking->spare_of
                          : letter == 'm' ? &asking->make
                          : letter == 'o' ? &asking->origin
                          : letter == 't' ? &asking->state
                          : letter == 'l' ? &asking->listen
                                          : NULL;

        if (at == NULL)
            return false;
        *at = optarg;
    }
    if (optind != argc - 1)
        return false;
    asking->dir = argv[optind];
    return strlen(asking->dir) < PATH_SIZE - 64 &&
           (asking->make == NULL
                ? asking->origin == NULL && asking->state == NULL && asking->listen == NULL
                : asking->origin != NULL && asking->state != NULL);
}

int ptn_roster_line(int argc, char **argv)
{
    struct asking asking = { .dir = NULL };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!read_options(&asking, argc, argv)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = print(&asking, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(asking.dir, status, &diag);
    return ptn_exit_for(status);
}
