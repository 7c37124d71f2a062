/* main/init_roster.c -- the first roster: put together, signed, checked, handed out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/init_int.h"

#define ARENA_MAX (16u << 20)

/* How long a class is kept at the least, in days. */
static struct ptn_roster_retention retentions[] = {
    { 1, 1825 }, /* crossings and advice */
    { 2, 1825 }, /* who looked at whom */
    { 3, 1825 }, /* reports */
    { 4, 730 },  /* how nodes ran */
    { 5, 3650 }, /* what names nobody */
    { 6, 1825 }, /* sheets, cases, alerts, orders to leave, carriers' messages */
};

struct making {
    struct ptn_vkey keys[PTN_INIT_OFFICE_COUNT][32];
    size_t key_counts[PTN_INIT_OFFICE_COUNT];
    struct ptn_roster_node nodes[PTN_INIT_NODES_MAX];
    struct ptn_roster_spare spares[PTN_INIT_NODES_MAX];
    struct ptn_roster roster;
    char origin[PTN_INIT_NAME_SIZE];
    struct ptn_buffer note;
};

static struct ptn_status fill_people(const struct ptn_init *init, struct making *making)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < init->people_count; i++) {
        const struct ptn_init_person *person = &init->people[i];

        status = ptn_vkey_make(ptn_bytes_from_text(person->name), person->public_key,
                               &making->keys[person->office][making->key_counts[person->office]++]);
    }
    return status;
}

static struct ptn_status fill_roster(struct ptn_init *init, struct making *making)
{
    struct ptn_roster *roster = &making->roster;
    int32_t today = ptn_date_to_days(ptn_instant_date(init->world->now_ms(init->world->context)));
    struct ptn_status status = fill_people(init, making);

    (void)snprintf(making->origin, sizeof(making->origin), "%s/roster", init->country);
    *roster = (struct ptn_roster){
        .origin = ptn_bytes_from_text(making->origin),
        .version = 1,
        .expires = ptn_date_from_days(today + PTN_INIT_ROSTER_DAYS),
        .quorum_n = init->keepers,
        .quorum_q = init->quorum,
        .quorum_f = init->liars,
        .authorities_needed = init->needed,
        .authorities = making->keys[PTN_INIT_AUTHORITY],
        .authority_count = making->key_counts[PTN_INIT_AUTHORITY],
        .duties = making->keys[PTN_INIT_DUTY],
        .duty_count = making->key_counts[PTN_INIT_DUTY],
        .personnel = making->keys[PTN_INIT_PERSONNEL],
        .personnel_count = making->key_counts[PTN_INIT_PERSONNEL],
        .nodes = making->nodes,
        .spares = making->spares,
        .readings = init->readings,
        .reading_count = init->reading_count,
        .retentions = retentions,
        .retention_count = sizeof(retentions) / sizeof(retentions[0]),
    };
    for (size_t i = 0; i < init->node_count; i++) {
        const struct ptn_init_node *node = &init->nodes[i];

        making->nodes[roster->node_count++] = node->line;
        if (node->spare.origin.len > 0)
            making->spares[roster->spare_count++] = node->spare;
        if (node->plan.role == PTN_NODE_CENTRE && !node->room)
            roster->publishing = node->line.ledger.name;
    }
    return status;
}

struct ptn_status ptn_init_sign(const struct ptn_init *init, const struct ptn_init_person *person,
                                struct ptn_bytes text, struct ptn_buffer *lines,
                                struct ptn_diag *reterr)
{
    struct ptn_authority *authority = NULL;
    char file[48];
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(file, sizeof(file), "%s.key", person->file);
    status = ptn_init_path(path, init->dir, "offline/keys", file);
    if (ptn_ok(status))
        status = ptn_authority_unlock(init->world, path, ptn_bytes_from_text(person->passphrase),
                                      &authority, reterr);
    if (!ptn_ok(status))
        return status;
    status = ptn_authority_line(authority, text, lines, reterr);
    ptn_authority_lock(authority);
    return status;
}

/* The text, a blank line, and as many authorities' lines as the roster needs. */
static struct ptn_status sign(const struct ptn_init *init, struct making *making,
                              struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = PTN_ROSTER_TEXT_MAX };
    struct ptn_buffer lines = { .len_max = PTN_NOTE_LEN_MAX };
    unsigned signatures = 0;
    struct ptn_status status = ptn_roster_write(&making->roster, &text);

    for (size_t i = 0; ptn_ok(status) && i < init->people_count && signatures < init->needed; i++) {
        if (init->people[i].office != PTN_INIT_AUTHORITY)
            continue;
        status = ptn_init_sign(init, &init->people[i], ptn_buffer_bytes(&text), &lines, reterr);
        signatures++;
    }
    if (ptn_ok(status))
        status = ptn_buffer_add(&making->note, ptn_buffer_bytes(&text));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&making->note, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(&making->note, ptn_buffer_bytes(&lines));
    ptn_buffer_release(&text);
    ptn_buffer_release(&lines);
    return status;
}

/* Read it as anybody will: what this program wrote is not trusted because it wrote it. */
static struct ptn_status check(const struct making *making, struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_roster roster;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = ptn_roster_first(ptn_buffer_bytes(&making->note), arena, &roster, reterr);
    ptn_arena_free(arena);
    return status;
}

/* Into every node's folder, and into DIR last: with it the country is made. */
static struct ptn_status hand_out(const struct ptn_init *init, const struct making *making)
{
    const struct ptn_world *world = init->world;
    struct ptn_bytes note = ptn_buffer_bytes(&making->note);
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < init->node_count; i++) {
        char spare[PTN_INIT_PATH_SIZE];

        status = ptn_init_path(path, init->dir, init->nodes[i].plan.code, "roster");
        if (ptn_ok(status))
            status = world->files->replace(world->context, path, note);
        (void)snprintf(spare, sizeof(spare), "offline/spares/%s-2/roster",
                       init->nodes[i].plan.code);
        if (ptn_ok(status) && init->nodes[i].spare.origin.len > 0)
            status = ptn_init_path(path, init->dir, spare, NULL);
        if (ptn_ok(status) && init->nodes[i].spare.origin.len > 0)
            status = world->files->replace(world->context, path, note);
    }
    if (ptn_ok(status))
        status = ptn_init_path(path, init->dir, "roster", NULL);
    return ptn_ok(status) ? world->files->replace(world->context, path, note) : status;
}

struct ptn_status ptn_init_roster(struct ptn_init *init, struct ptn_diag *reterr)
{
    struct making *making = calloc(1, sizeof(*making));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (making == NULL)
        return status;
    ptn_buffer_init(&making->note, PTN_NOTE_LEN_MAX);
    status = fill_roster(init, making);
    if (ptn_ok(status))
        status = sign(init, making, reterr);
    if (ptn_ok(status))
        status = check(making, reterr);
    if (ptn_ok(status))
        status = hand_out(init, making);
    ptn_buffer_release(&making->note);
    free(making);
    return status;
}
