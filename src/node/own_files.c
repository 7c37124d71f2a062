/*
 * node/own_files.c -- the files of rules in a post's folder: the country's rules, its entry
 * conditions, the issuers of chips and the lanes' readers. POST-7: one that is damaged stops no
 * post. The copy of the last good one goes on; without it nobody passes without the second line
 * having been told that something is not checked.
 */
#include "node/node_int.h"

#include "decision/conditions.h"
#include "document/chip.h"

#define GOOD ".good" /* behind the name: the copy of the last one that was taken */

static const struct {
    const char *name;
    size_t len_max;
} files[PTN_OWN_FILE_COUNT] = {
    [PTN_OWN_RULES] = { "rules/post.rules", PTN_RULES_FILE_MAX },
    [PTN_OWN_CONDITIONS] = { "rules/entry-conditions.tsv", PTN_CONDITIONS_FILE_MAX },
    [PTN_OWN_AUTHORITIES] = { "rules/authorities.pem", PTN_CHIP_TRUST_MAX },
    [PTN_OWN_READERS] = { "rules/readers.tsv", PTN_READERS_FILE_MAX },
};

const char *ptn_own_file_name(enum ptn_own_file which)
{
    return files[which].name;
}

bool ptn_own_file_refers(enum ptn_own_file which)
{
    return which != PTN_OWN_READERS;
}

static bool path_of(const char *dir, enum ptn_own_file which, const char *suffix,
                    char path[PTN_NODE_PATH_MAX])
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s%s", files[which].name, suffix);
    return ptn_ok(ptn_node_path(path, dir, name));
}

/* NOT_FOUND: there is none. */
static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   enum ptn_own_file which, const char *suffix,
                                   struct ptn_buffer *out)
{
    char path[PTN_NODE_PATH_MAX];

    ptn_buffer_clear(out);
    if (!path_of(dir, which, suffix, path))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (!world->files->exists(world->context, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return world->files->read(world->context, path, out);
}

/* A disk that is full or read-only is no reason not to screen. */
static void keep_good(const struct ptn_world *world, const char *dir, enum ptn_own_file which,
                      struct ptn_bytes file)
{
    struct ptn_buffer kept = { .len_max = files[which].len_max };
    char path[PTN_NODE_PATH_MAX];

    if (!(ptn_ok(read_file(world, dir, which, GOOD, &kept)) &&
          ptn_bytes_equal(ptn_buffer_bytes(&kept), file)) &&
        path_of(dir, which, GOOD, path))
        (void)ptn_ok(world->files->replace(world->context, path, file));
    ptn_buffer_release(&kept);
}

struct ptn_status ptn_own_file_open(const struct ptn_world *world, const char *dir,
                                    enum ptn_own_file which, ptn_own_file_fn load, void *context,
                                    bool keep, struct ptn_own_found *ret_found)
{
    struct ptn_buffer file = { .len_max = files[which].len_max };
    struct ptn_own_found found = { .state = PTN_LISTS_NONE };
    struct ptn_status status = read_file(world, dir, which, "", &file);

    if (status.code != PTN_C_NOT_FOUND) {
        if (ptn_ok(status))
            status = load(context, ptn_buffer_bytes(&file), &found.diag);
        found.state = PTN_LISTS_CURRENT;
        if (ptn_ok(status) && keep)
            keep_good(world, dir, which, ptn_buffer_bytes(&file));
        if (!ptn_ok(status) && status.code != PTN_C_NO_MEMORY) {
            status = read_file(world, dir, which, GOOD, &file);
            if (ptn_ok(status))
                status = load(context, ptn_buffer_bytes(&file), NULL);
            found.state = ptn_ok(status) ? PTN_LISTS_FORMER : PTN_LISTS_FAILED;
        }
    }
    ptn_buffer_release(&file);
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    *ret_found = found;
    return PTN_OK;
}

/* ---- as a start would find them ---- */

static struct ptn_status try_rules(void *context, struct ptn_bytes file, struct ptn_diag *reterr)
{
    struct ptn_rules *rules = NULL;
    struct ptn_status status = ptn_rules_load(context, file, &rules, reterr);

    ptn_rules_free(rules);
    return status;
}

static struct ptn_status try_conditions(void *context, struct ptn_bytes file,
                                        struct ptn_diag *reterr)
{
    struct ptn_conditions *conditions = NULL;
    struct ptn_status status = ptn_conditions_load(file, &conditions, reterr);

    (void)context;
    ptn_conditions_free(conditions);
    return status;
}

static struct ptn_status try_authorities(void *context, struct ptn_bytes file,
                                         struct ptn_diag *reterr)
{
    struct ptn_chip_trust *trust = NULL;
    struct ptn_status status = ptn_chip_trust_load(file, &trust, reterr);

    (void)context;
    ptn_chip_trust_free(trust);
    return status;
}

static struct ptn_status try_readers(void *context, struct ptn_bytes file, struct ptn_diag *reterr)
{
    struct ptn_readers readers;

    (void)context;
    return ptn_readers_parse(file, &readers, reterr);
}

/* context: a world of one's own, to be changed. */
static const ptn_own_file_fn tries[PTN_OWN_FILE_COUNT] = {
    [PTN_OWN_RULES] = try_rules,
    [PTN_OWN_CONDITIONS] = try_conditions,
    [PTN_OWN_AUTHORITIES] = try_authorities,
    [PTN_OWN_READERS] = try_readers,
};

struct ptn_status ptn_own_file_look(const struct ptn_world *world, const char *dir,
                                    enum ptn_own_file which, struct ptn_own_found *ret_found)
{
    struct ptn_world copy = *world;

    return ptn_own_file_open(world, dir, which, tries[which], &copy,
                             /* keep= */ false, ret_found);
}

struct ptn_status ptn_own_file_install(const struct ptn_world *world, const char *dir,
                                       enum ptn_own_file which, struct ptn_bytes file,
                                       struct ptn_diag *reterr)
{
    struct ptn_world copy = *world;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = tries[which](&copy, file, reterr);

    if (ptn_ok(status))
        status.code = path_of(dir, which, "", path) ? PTN_C_OK : PTN_C_TOO_BIG;
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, file);
    if (ptn_ok(status))
        keep_good(world, dir, which, file);
    return status;
}
