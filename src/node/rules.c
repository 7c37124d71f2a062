/*
 * node/rules.c -- the country's rules before lanes: those in the post's folder, and those that
 * centres publish. Two sets, each with the whole time a traveller's rules have: whatever is
 * published, a post's own are run (RULES-2).
 */
#include "node/node_int.h"
#include "node/published.h"

/* One text, loaded once for each thread that runs it. */
struct ptn_node_rules {
    struct ptn_buffer file;
    struct ptn_rules *sets[PTN_NODE_RULES_MAX]; /* the taker's, or nobody's */

    /* under the node's lock */
    bool taken[PTN_NODE_RULES_MAX];
    unsigned users;
};

static void free_rules(struct ptn_node_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < PTN_NODE_RULES_MAX; i++)
        ptn_rules_free(rules->sets[i]);
    ptn_buffer_release(&rules->file);
    free(rules);
}

/* One user is the caller. */
static struct ptn_status make_rules(const struct ptn_world *world, struct ptn_bytes file,
                                    struct ptn_node_rules **ret_rules, struct ptn_diag *reterr)
{
    struct ptn_node_rules *rules = calloc(1, sizeof(*rules));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (rules == NULL)
        return status;
    rules->users = 1;
    ptn_buffer_init(&rules->file, PTN_RULES_FILE_MAX);
    status = ptn_buffer_add(&rules->file, file);
    if (ptn_ok(status))
        status = ptn_rules_load(world, file, &rules->sets[0], reterr);
    if (ptn_ok(status))
        *ret_rules = rules;
    else
        free_rules(rules);
    return status;
}

static bool asks_for_party(struct ptn_bytes file)
{
    return file.len > 0 && memmem(file.at, file.len, "party_", 6) != NULL;
}

static struct ptn_status load_rules(void *context, struct ptn_bytes file, struct ptn_diag *reterr)
{
    struct ptn_node *node = context;
    struct ptn_status status = make_rules(node->world, file, &node->own_rules, reterr);

    if (ptn_ok(status))
        node->own_party = asks_for_party(file);
    return status;
}

static struct ptn_status load_conditions(void *context, struct ptn_bytes file,
                                         struct ptn_diag *reterr)
{
    struct ptn_node *node = context;

    return ptn_conditions_load(file, &node->conditions, reterr);
}

static struct ptn_status load_authorities(void *context, struct ptn_bytes file,
                                          struct ptn_diag *reterr)
{
    struct ptn_node *node = context;
    struct ptn_chip_trust *trust = NULL;
    struct ptn_status status = ptn_chip_trust_load(file, &trust, reterr);

    if (ptn_ok(status)) {
        ptn_chip_trust_free(node->authorities);
        node->authorities = trust;
    }
    return status;
}

struct ptn_status ptn_node_rules_open(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_own_found *conditions = &node->own_files[PTN_OWN_CONDITIONS];
    struct ptn_status status =
        ptn_own_file_open(node->world, node->dir, PTN_OWN_RULES, load_rules, node, /* keep= */ true,
                          &node->own_files[PTN_OWN_RULES]);

    if (ptn_ok(status))
        status = ptn_own_file_open(node->world, node->dir, PTN_OWN_CONDITIONS, load_conditions,
                                   node, /* keep= */ true, conditions);
    if (ptn_ok(status) && conditions->state == PTN_LISTS_NONE)
        status = load_conditions(node, ptn_conditions_shipped(), reterr);
    node->authorities = ptn_chip_trust_new();
    if (ptn_ok(status) && node->authorities == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status))
        status = ptn_own_file_open(node->world, node->dir, PTN_OWN_AUTHORITIES, load_authorities,
                                   node, /* keep= */ true, &node->own_files[PTN_OWN_AUTHORITIES]);
    if (ptn_ok(status))
        status = ptn_node_readers_look(node, &node->own_files[PTN_OWN_READERS]);
    return status;
}

void ptn_node_rules_close(struct ptn_node *node)
{
    free_rules(node->own_rules);
    ptn_chip_trust_free(node->authorities);
    node->authorities = NULL;
    ptn_node_rules_leave(node, node->published_rules);
    node->own_rules = node->published_rules = NULL;
}

struct ptn_status ptn_publishing_put_rules(struct ptn_node *node, struct ptn_bytes file,
                                           struct ptn_diag *reterr)
{
    struct ptn_node_rules *rules = NULL;
    struct ptn_node_rules *former;
    struct ptn_status status = PTN_OK;

    if (file.len > 0)
        status = make_rules(node->world, file, &rules, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_node_lock(node);
    former = node->published_rules;
    node->published_rules = rules;
    ptn_node_unlock(node);
    atomic_store(&node->published_party, asks_for_party(file));
    ptn_node_rules_leave(node, former);
    return PTN_OK;
}

struct ptn_node_rules *ptn_node_rules_enter(struct ptn_node *node)
{
    struct ptn_node_rules *rules;

    ptn_node_lock(node);
    rules = node->published_rules;
    if (rules != NULL)
        rules->users++;
    ptn_node_unlock(node);
    return rules;
}

void ptn_node_rules_leave(struct ptn_node *node, struct ptn_node_rules *rules)
{
    bool last;

    if (rules == NULL)
        return;
    ptn_node_lock(node);
    last = --rules->users == 0;
    ptn_node_unlock(node);
    if (last)
        free_rules(rules);
}

const struct ptn_rules *ptn_node_rules_first(const struct ptn_node_rules *rules)
{
    return rules == NULL ? NULL : rules->sets[0];
}

/* ---- at a lane ---- */

/* A set for this thread alone, or NULL: all are taken, or there is no memory for another. */
static struct ptn_rules *take(struct ptn_node *node, struct ptn_node_rules *rules,
                              size_t *ret_index)
{
    struct ptn_rules *set = NULL;
    size_t i = 0;

    ptn_node_lock(node);
    while (i < PTN_NODE_RULES_MAX && rules->taken[i])
        i++;
    if (i < PTN_NODE_RULES_MAX)
        rules->taken[i] = true;
    ptn_node_unlock(node);
    *ret_index = i;
    if (i == PTN_NODE_RULES_MAX)
        return NULL;
    if (rules->sets[i] == NULL &&
        ptn_ok(ptn_rules_load(node->world, ptn_buffer_bytes(&rules->file), &set, NULL)))
        rules->sets[i] = set;
    return rules->sets[i];
}

static void give(struct ptn_node *node, struct ptn_node_rules *rules, size_t index)
{
    if (index == PTN_NODE_RULES_MAX)
        return;
    ptn_node_lock(node);
    rules->taken[index] = false;
    ptn_node_unlock(node);
}

/* What a set says, behind what is there. */
static struct ptn_status run_set(struct ptn_node *node, struct ptn_node_rules *rules,
                                 struct ptn_check *check, struct ptn_arena *arena,
                                 struct ptn_diag *reterr)
{
    static const struct ptn_rule_outcome late = {
        .id = { (const uint8_t *)"rules", 5 },
        .result = PTN_RULE_LATE,
        .verdict = PTN_VERDICT_REFER,
    };
    const struct ptn_rule_outcome *found = &late;
    size_t count = 1;
    struct ptn_rule_outcome *all;
    struct ptn_rules *set;
    size_t index;
    struct ptn_status status = PTN_OK;

    if (rules == NULL)
        return PTN_OK;
    set = take(node, rules, &index);
    if (set != NULL)
        status = ptn_rules_run(set, check, PTN_RULES_BUDGET_US, arena, &found, &count, reterr);
    give(node, rules, index);
    if (!ptn_ok(status))
        return status;
    all = ptn_arena_take(arena, (check->outcome_count + count + 1) * sizeof(*all));
    if (all == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no room for what the rules say");
    if (check->outcome_count > 0)
        memcpy(all, check->outcomes, check->outcome_count * sizeof(*all));
    if (count > 0)
        memcpy(all + check->outcome_count, found, count * sizeof(*all));
    check->outcomes = all;
    check->outcome_count += count;
    return PTN_OK;
}

/* POST-7: a reason for each of the post's files that could not be read. */
static struct ptn_status say_unreadable(struct ptn_node *node, struct ptn_check *check,
                                        struct ptn_arena *arena, struct ptn_diag *reterr)
{
    struct ptn_rule_outcome *all =
        ptn_arena_take(arena, (check->outcome_count + PTN_OWN_FILE_COUNT) * sizeof(*all));

    if (all == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no room for what the rules say");
    if (check->outcome_count > 0)
        memcpy(all, check->outcomes, check->outcome_count * sizeof(*all));
    for (size_t i = 0; i < PTN_OWN_FILE_COUNT; i++)
        if (node->own_files[i].state == PTN_LISTS_FAILED &&
            ptn_own_file_refers((enum ptn_own_file)i))
            all[check->outcome_count++] = (struct ptn_rule_outcome){
                .id = ptn_bytes_from_text(ptn_own_file_name((enum ptn_own_file)i)),
                .result = PTN_RULE_UNREADABLE,
                .verdict = PTN_VERDICT_REFER,
            };
    check->outcomes = all;
    return PTN_OK;
}

/* DECIDE-3: rules that could not run are a reason to refer, one for each set. */
struct ptn_status ptn_node_rules_run(struct ptn_node *node, struct ptn_node_rules *published,
                                     struct ptn_check *check, struct ptn_arena *arena,
                                     struct ptn_diag *reterr)
{
    struct ptn_status status = run_set(node, node->own_rules, check, arena, reterr);

    if (ptn_ok(status))
        status = run_set(node, published, check, arena, reterr);
    return ptn_ok(status) ? say_unreadable(node, check, arena, reterr) : status;
}

bool ptn_node_rules_ask_party(const struct ptn_node *node)
{
    return node->own_party || atomic_load(&node->published_party);
}
