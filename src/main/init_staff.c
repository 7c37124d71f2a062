/* main/init_staff.c -- the first staff list of a post or the centre, signed while the personnel
 * officer's key is at hand. Either judges it at its first start, as any list. */
#include <stdio.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/init_int.h"
#include "node/staff.h"

#define PEOPLE_MAX  (1u << 20)
#define CENTRE_CODE "centre" /* main/init_nodes.c */
#define WEEK_MS     (INT64_C(86400000) * PTN_STAFF_DAYS_MAX)

/* The blank line and the first personnel officer's line, after the text. */
static struct ptn_status sign(const struct ptn_init *init, struct ptn_buffer *text,
                              struct ptn_diag *reterr)
{
    const struct ptn_init_person *person = NULL;
    struct ptn_buffer line = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_status status;

    for (size_t i = init->people_count; i-- > 0;)
        if (init->people[i].office == PTN_INIT_PERSONNEL)
            person = &init->people[i];
    if (person == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a staff list needs a personnel officer");
    status = ptn_init_sign(init, person, ptn_buffer_bytes(text), &line, reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(text, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(text, ptn_buffer_bytes(&line));
    ptn_buffer_release(&line);
    return status;
}

/* Whose list it is: the centre is planned after all posts are named. */
static const struct ptn_init_node *node_of(const struct ptn_init *init,
                                           const struct ptn_init_staff *staff)
{
    size_t i = 0;

    if (staff->post != NULL)
        return staff->post;
    while (i + 1 < init->node_count && strcmp(init->nodes[i].plan.code, CENTRE_CODE) != 0)
        i++;
    return &init->nodes[i];
}

/* Into the node's folder. */
static struct ptn_status put(const struct ptn_init *init, const struct ptn_init_staff *staff,
                             const struct ptn_roster *roster, struct ptn_diag *reterr)
{
    struct ptn_buffer people = { .len_max = PEOPLE_MAX };
    struct ptn_buffer text = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    const struct ptn_init_node *node = node_of(init, staff);
    struct ptn_staff_list plan = { .post = node->line.ledger.name, .version = 1 };
    char path[PTN_INIT_PATH_SIZE];
    struct ptn_status status = init->world->files->read(init->world->context, staff->path, &people);

    plan.given_ms = init->world->now_ms(init->world->context) / 1000 * 1000;
    plan.until_ms = plan.given_ms + WEEK_MS;
    if (!ptn_ok(status))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a file of people cannot be read");
    if (ptn_ok(status))
        status = ptn_staff_list_seal(init->world, roster, &plan, ptn_buffer_bytes(&people), &text,
                                     reterr);
    if (ptn_ok(status))
        status = sign(init, &text, reterr);
    if (ptn_ok(status))
        status = ptn_init_path(path, init->dir, node->plan.code, "staff.list");
    if (ptn_ok(status))
        status = init->world->files->replace(init->world->context, path, ptn_buffer_bytes(&text));
    if (people.at != NULL)
        explicit_bzero(people.at, people.capacity);
    ptn_buffer_release(&people);
    ptn_buffer_release(&text);
    return status;
}

struct ptn_status ptn_init_staff(const struct ptn_init *init, struct ptn_diag *reterr)
{
    struct ptn_authority_roster trusted = { 0 };
    struct ptn_status status = ptn_authority_roster_of(init->dir, &trusted, reterr);

    for (size_t i = 0; ptn_ok(status) && i < init->staff_count; i++)
        status = put(init, &init->staff[i], &trusted.roster, reterr);
    ptn_authority_roster_release(&trusted);
    return status;
}

bool ptn_init_add_staff(struct ptn_init *init, const char *text)
{
    const char *colon = strchr(text, ':');

    if (colon == NULL || init->staff_count > PTN_INIT_POSTS_MAX)
        return false;
    if (strncmp(text, CENTRE_CODE ":", sizeof(CENTRE_CODE)) == 0) {
        init->staff[init->staff_count++] = (struct ptn_init_staff){ NULL, colon + 1 };
        return true;
    }
    for (size_t i = 0; i < init->post_count; i++)
        if (strlen(init->nodes[i].plan.code) == (size_t)(colon - text) &&
            strncmp(init->nodes[i].plan.code, text, (size_t)(colon - text)) == 0) {
            init->staff[init->staff_count++] =
                (struct ptn_init_staff){ &init->nodes[i], colon + 1 };
            return true;
        }
    return false;
}
