/* main/init_nodes.c -- the folders of posts, site keepers, keepers, the centre and the gateway, and
 * the spare identities. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "main/init_int.h"
#include "mirror/keeper.h"
#include "vault/tls.h"

#define SNAPSHOT_MAX ((size_t)1 << 30)

/* ---- who there is ---- */

/* One ledger a node: a keeper that has to open them in turn answers orders too late. */
static_assert(PTN_INIT_NODES_MAX <= PTN_KEEPER_OPEN_MAX, "a keeper holds a whole country open");

static struct ptn_init_node *add_node(struct ptn_init *init, enum ptn_node_role role)
{
    struct ptn_init_node *node = &init->nodes[init->node_count++];

    node->plan.role = role;
    return node;
}

static void name_node(const struct ptn_init *init, struct ptn_init_node *node)
{
    struct ptn_node_plan *plan = &node->plan;

    (void)snprintf(plan->origin, sizeof(plan->origin), "%s/%s", init->country, plan->code);
    (void)snprintf(plan->state, sizeof(plan->state), "%s", init->state);
    (void)snprintf(node->mirror_name, sizeof(node->mirror_name), "%s/mirror", plan->origin);
    (void)snprintf(node->spare_name, sizeof(node->spare_name), "%s-2", plan->origin);
    plan->demonstration = init->demonstration;
}

/* Where a keeper is reached, and where its door listens: on this machine alone when that is where
 * it is reached. */
static struct ptn_status place_keeper(struct ptn_init_node *node, const char *address,
                                      unsigned port, struct ptn_diag *reterr)
{
    const char *colon;

    if (address == NULL)
        (void)snprintf(node->address, sizeof(node->address), "127.0.0.1:%u", port);
    else if (snprintf(node->address, sizeof(node->address), "%s", address) >=
             (int)sizeof(node->address))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a keeper's address is too long");
    colon = strrchr(node->address, ':');
    if (colon == NULL || strlen(colon) > 6)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a keeper's address is HOST:PORT");
    (void)snprintf(node->plan.listen, sizeof(node->plan.listen), "%s%s",
                   strncmp(node->address, "127.", 4) == 0 ? "127.0.0.1" : "0.0.0.0", colon);
    return PTN_OK;
}

static struct ptn_status list_nodes(struct ptn_init *init, struct ptn_diag *reterr)
{
    unsigned port = init->keeper_port;
    struct ptn_init_node *node;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; i < init->post_count; i++) {
        init->nodes[i].plan.port = init->post_port == 0 ? 0 : init->post_port + (unsigned)i;
        name_node(init, &init->nodes[i]);
    }
    for (unsigned i = 0; ptn_ok(status) && i < init->keepers; i++) {
        node = add_node(init, PTN_NODE_KEEPER);
        (void)snprintf(node->plan.code, sizeof(node->plan.code), "keeper-%c", 'a' + (int)i);
        (void)snprintf(node->plan.name, sizeof(node->plan.name), "Keeper %c", 'A' + (int)i);
        name_node(init, node);
        status =
            place_keeper(node, i < init->address_count ? init->addresses[i] : NULL, port++, reterr);
    }
    for (size_t i = 0; ptn_ok(status) && init->site_keepers && i < init->post_count; i++) {
        node = add_node(init, PTN_NODE_SITE_KEEPER);
        node->post = &init->nodes[i];
        if (snprintf(node->plan.code, sizeof(node->plan.code), "%s-site",
                     init->nodes[i].plan.code) >= (int)sizeof(node->plan.code) ||
            snprintf(node->plan.name, sizeof(node->plan.name), "%s, site keeper",
                     init->nodes[i].plan.name) >= (int)sizeof(node->plan.name))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "a post's name or code is too long");
        name_node(init, node);
        status = place_keeper(node, NULL, port++, reterr);
    }
    node = add_node(init, PTN_NODE_CENTRE);
    (void)snprintf(node->plan.code, sizeof(node->plan.code), "centre");
    (void)snprintf(node->plan.name, sizeof(node->plan.name), "Centre");
    name_node(init, node);
    for (unsigned i = 0; i < init->rooms; i++) {
        node = add_node(init, PTN_NODE_CENTRE);
        node->room = true;
        (void)snprintf(node->plan.code, sizeof(node->plan.code), "room-%u", i + 1);
        (void)snprintf(node->plan.name, sizeof(node->plan.name), "Incident room %u", i + 1);
        name_node(init, node);
    }
    if (init->gateway) {
        node = add_node(init, PTN_NODE_GATEWAY);
        (void)snprintf(node->plan.code, sizeof(node->plan.code), "gateway");
        (void)snprintf(node->plan.name, sizeof(node->plan.name), "Gateway");
        name_node(init, node);
    }
    return status;
}

/* ---- keys ---- */

/* The certificate in DIR/vault, made when missing. */
static struct ptn_status make_certificate(const struct ptn_world *world, const char *dir,
                                          const char *name, uint8_t ret_tls[PTN_TLS_ID_LEN],
                                          struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_tls_create(world, dir, name, reterr);

    return ptn_ok(status) ? ptn_tls_own_id(world, dir, ret_tls) : status;
}

static enum ptn_roster_role roster_role(enum ptn_node_role role)
{
    switch (role) {
    case PTN_NODE_KEEPER:
        return PTN_ROSTER_KEEPER;
    case PTN_NODE_SITE_KEEPER:
        return PTN_ROSTER_SITE;
    case PTN_NODE_CENTRE:
        return PTN_ROSTER_CENTRE;
    case PTN_NODE_GATEWAY:
        return PTN_ROSTER_GATEWAY;
    case PTN_NODE_POST:
        break;
    }
    return PTN_ROSTER_POST;
}

/* What the roster says of a node whose folder is made. */
static struct ptn_status fill_line(const struct ptn_init *init, struct ptn_init_node *node,
                                   const char *dir, struct ptn_diag *reterr)
{
    struct ptn_roster_node *line = &node->line;
    struct ptn_vault *vault = NULL;
    struct ptn_status status = ptn_vault_open(init->world, dir, &vault, reterr);

    if (!ptn_ok(status))
        return status;
    line->role = roster_role(node->plan.role);
    status = ptn_vkey_make(ptn_bytes_from_text(node->plan.origin),
                           ptn_vault_public_key(vault, PTN_ROLE_LEDGER), &line->ledger);
    if (ptn_ok(status) && node->plan.listen[0] != '\0') {
        status =
            ptn_vkey_make_cosigner(ptn_bytes_from_text(node->mirror_name),
                                   ptn_vault_public_key(vault, PTN_ROLE_MIRROR), &line->mirror);
        line->address = ptn_bytes_from_text(node->address);
    }
    if (node->post != NULL)
        line->post = ptn_bytes_from_text(node->post->plan.origin);
    ptn_vault_close(vault);
    if (ptn_ok(status))
        status = make_certificate(init->world, dir, node->plan.origin, line->tls, reterr);
    return status;
}

/* What the node that opens it will be called, beside its keys. */
static struct ptn_status put_plan(const struct ptn_init *init, const struct ptn_init_node *node,
                                  const char *dir)
{
    struct ptn_node_plan plan = node->plan;
    struct ptn_buffer conf = { .len_max = 4096 };
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = ptn_init_path(path, dir, "node.conf", NULL);
    size_t len = strlen(node->spare_name);

    if (ptn_ok(status) && len >= sizeof(plan.origin))
        status = (struct ptn_status){ PTN_C_TOO_BIG };
    if (ptn_ok(status)) {
        memcpy(plan.origin, node->spare_name, len + 1);
        status = ptn_node_plan_write(&plan, &conf);
    }
    if (ptn_ok(status))
        status = init->world->files->replace(init->world->context, path, ptn_buffer_bytes(&conf));
    ptn_buffer_release(&conf);
    return status;
}

/* The identity that a post or the centre opens when its disk is lost. */
static struct ptn_status make_spare(const struct ptn_init *init, struct ptn_init_node *node,
                                    struct ptn_diag *reterr)
{
    struct ptn_roster_spare *spare = &node->spare;
    struct ptn_vault *vault = NULL;
    char code[PTN_NODE_CODE_MAX + 4];
    char dir[PTN_INIT_PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(code, sizeof(code), "%s-2", node->plan.code);
    status = ptn_init_path(dir, init->dir, "offline/spares", code);
    if (ptn_ok(status))
        status = init->world->files->make_dir(init->world->context, dir);
    if (ptn_ok(status))
        status = ptn_vault_create(init->world, dir, reterr);
    if (ptn_ok(status))
        status = ptn_vault_open(init->world, dir, &vault, reterr);
    if (ptn_ok(status))
        status = ptn_vkey_make(ptn_bytes_from_text(node->spare_name),
                               ptn_vault_public_key(vault, PTN_ROLE_LEDGER), &spare->ledger);
    if (ptn_ok(status))
        status = make_certificate(init->world, dir, node->spare_name, spare->tls, reterr);
    if (ptn_ok(status))
        status = put_plan(init, node, dir);
    spare->origin = ptn_bytes_from_text(node->plan.origin);
    ptn_vault_close(vault);
    return status;
}

struct ptn_status ptn_init_nodes(struct ptn_init *init, struct ptn_diag *reterr)
{
    struct ptn_buffer snapshot = { .len_max = SNAPSHOT_MAX };
    struct ptn_status status = list_nodes(init, reterr);

    if (ptn_ok(status) && init->snapshot_path != NULL) {
        status = init->world->files->read(init->world->context, init->snapshot_path, &snapshot);
        if (!ptn_ok(status))
            status = ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code,
                              reterr, 0, "the snapshot cannot be read");
    }
    for (size_t i = 0; ptn_ok(status) && i < init->node_count; i++) {
        struct ptn_init_node *node = &init->nodes[i];
        bool keeps = node->plan.listen[0] != '\0';
        char dir[PTN_INIT_PATH_SIZE];

        status = ptn_init_path(dir, init->dir, node->plan.code, NULL);
        if (ptn_ok(status))
            status = ptn_node_make(init->world, dir, &node->plan,
                                   node->plan.role == PTN_NODE_POST ? ptn_buffer_bytes(&snapshot)
                                                                    : PTN_BYTES_NONE,
                                   reterr);
        if (ptn_ok(status))
            status = fill_line(init, node, dir, reterr);
        if (ptn_ok(status) && !keeps &&
            !node->room) /* those that lost their disk get new keys by a new roster */
            status = make_spare(init, node, reterr);
    }
    ptn_buffer_release(&snapshot);
    return status;
}
