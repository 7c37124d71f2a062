/* What only a demonstration needs: a past, and travellers who exist nowhere. */
#include "node/country.h"
#include "node/node_int.h"

#define NOT_ALIKE 5000u /* of 10000; the lane's own threshold is far above it */

static struct ptn_status read_demonstration(const struct ptn_world *world, const char *dir,
                                            struct ptn_node_plan *ret_plan, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = PTN_NODE_CONF_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, dir, "node.conf");

    if (ptn_ok(status))
        status = world->files->read(world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), ret_plan, reterr);
    if (ptn_ok(status) && !ret_plan->demonstration)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "only a demonstration has an invented past");
    ptn_buffer_release(&conf);
    return status;
}

static struct ptn_status append_past(struct ptn_ledger *ledger, const struct ptn_crossing *crossing,
                                     struct ptn_diag *reterr)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_ledger_entry entry = {
        .kind = PTN_RECORD_CROSSING,
        .time_ms = crossing->time_ms,
        .retention = PTN_RETENTION_CROSSING,
    };
    uint64_t seq;
    struct ptn_status status = ptn_crossing_validate(crossing, reterr);

    if (ptn_ok(status))
        status = ptn_crossing_write(crossing, &out);
    entry.payload = ptn_buffer_bytes(&out);
    if (ptn_ok(status))
        status = ptn_ledger_append(ledger, &entry, 1, &seq, reterr);
    ptn_buffer_release(&out);
    return status;
}

struct ptn_status ptn_lane_seed(const struct ptn_world *world, const char *dir,
                                const struct ptn_crossing *crossings, size_t count,
                                struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_node_plan plan = { 0 };
    uint64_t size = 0;
    struct ptn_status status = read_demonstration(world, dir, &plan, reterr);

    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(world, vault, dir, &ledger, reterr);
    if (ptn_ok(status))
        status = ptn_country_seal(world, dir, ledger, reterr);
    if (ptn_ok(status))
        ptn_forget_classes(&plan, ledger);
    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status) && size > 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the ledger is not empty");
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = append_past(ledger, &crossings[i], reterr);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return status;
}

bool ptn_lane_resembles_nobody(struct ptn_node *node, const struct ptn_person *person,
                               struct ptn_arena *arena)
{
    char name[PTN_LANE_LINE_MAX + 1];
    struct ptn_screen_query query = {
        .number = person->document.number,
        .today = ptn_place_local_date(node->world->now_ms(node->world->context)),
        .threshold = NOT_ALIKE,
        .top = 1,
        .include_off = true,
    };
    struct ptn_node_lists *lists = ptn_node_lists_enter(node);
    struct ptn_match *matches = NULL;
    size_t count = 0;
    bool more;
    bool nobody = true;

    ptn_node_name_write(person, name);
    query.name = ptn_bytes_from_text(name);
    if (lists != NULL)
        nobody =
            ptn_ok(ptn_screen(lists->snapshot, &query, arena, &matches, &count, &more, NULL)) &&
            count == 0;
    ptn_node_lists_leave(node, lists);
    return nobody;
}
