/* tests/unit/node_made.h -- a node in a folder of its own under /tmp, for tests of what a whole
 * node does: made here, opened by the test. */
#ifndef PTN_TESTS_NODE_MADE_H
#define PTN_TESTS_NODE_MADE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "node/node.h"
#include "watch/snapshot.h"

#define FOLDER_SIZE 64
#define DIR_SIZE    96

/* A folder, and a node by this plan in a folder of that. */
static inline void made_node(const struct ptn_world *world, const struct ptn_node_plan *plan,
                             char folder[FOLDER_SIZE], char dir[DIR_SIZE])
{
    (void)snprintf(folder, FOLDER_SIZE, "%s", "/tmp/postern-node-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(dir, DIR_SIZE, "%s/node", folder);
    assert_true(ptn_ok(ptn_node_make(world, dir, plan, PTN_BYTES_NONE, NULL)));
}

/* The same of the demonstration's one post. */
static inline void made_post(const struct ptn_world *world, enum ptn_post_kind kind,
                             char folder[FOLDER_SIZE], char dir[DIR_SIZE])
{
    const struct ptn_node_plan plan = {
        .name = "Somewhere", .code = "some", .kind = kind, .state = "ALB", .demonstration = true
    };

    made_node(world, &plan, folder, dir);
}

/* The demonstration's list. */
static inline struct ptn_snapshot_input made_demo_list(void)
{
    return (struct ptn_snapshot_input){ .name = PTN_BYTES_LITERAL("demo"),
                                        .format = PTN_LIST_POSTERN,
                                        .path = "data/samples/lists/demo-alerts.ndjson" };
}

/* These lists, where the node of this folder looks for them. */
static inline void made_lists(const struct ptn_world *world, const char *dir,
                              const struct ptn_snapshot_input *inputs, size_t count)
{
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_list_summary summary;
    char path[DIR_SIZE + 32];

    (void)snprintf(path, sizeof(path), "%s/lists/current.snap", dir);
    assert_non_null(builder);
    for (size_t i = 0; i < count; i++)
        assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &inputs[i], &summary, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_save(builder, path, NULL)));
    ptn_snapshot_builder_free(builder);
}

/* The folder with everything in it is gone. */
static inline void unmade(const char *folder)
{
    char command[FOLDER_SIZE + 16];

    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
}
#endif
