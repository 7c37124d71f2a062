/* tests/unit/node_forgets.h -- a post with a centre that reads it, and a clock of its own: for
 * tests of what it forgets. */
#ifndef PTN_TESTS_NODE_FORGETS_H
#define PTN_TESTS_NODE_FORGETS_H
#include "node/lane.h"
#include "node/node_int.h"
#include "node_made.h"
#include "vault/seal.h"

#define DAY  (INT64_C(86400) * 1000)
#define HOUR (INT64_C(3600) * 1000)
/* 2026-11-03 at nine in the morning, UTC. */
#define BEGIN ((INT64_C(20760) * 24 + 9) * HOUR)

static int64_t forgets_ms;

static inline int64_t forgets_now(void *context)
{
    (void)context;
    return forgets_ms;
}

struct forgets {
    struct ptn_world world; /* the real one, with the clock above */
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    char centre[DIR_SIZE];
    struct ptn_reading readings[2]; /* the post's, the centre's: of November 2026 */
    struct ptn_vault *vault;        /* the centre's */
    struct ptn_node *node;
    struct ptn_arena *arena;
    bool alone; /* nobody else reads it */
};

static inline void forgets_step(struct forgets *post)
{
    for (unsigned i = 0; i < 10; i++)
        (void)ptn_node_step(post->node);
}

static inline void forgets_readers(struct forgets *post)
{
    struct ptn_ledger_reader readers[2] = {
        { .reader = PTN_BYTES_LITERAL("post"), .month = { 2026, 11, 0 }, .own = true },
        { .reader = PTN_BYTES_LITERAL("centre"), .month = { 2026, 11, 0 } },
    };

    for (unsigned i = 0; i < 2; i++)
        memcpy(readers[i].key, post->readings[i].key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_ledger_readers(post->node->ledger, readers, post->alone ? 1 : 2, NULL)));
}

static inline void forgets_open(struct forgets *post)
{
    assert_true(ptn_ok(ptn_node_open(&post->world, post->dir, NULL, &post->node, NULL)));
    forgets_readers(post);
    forgets_step(post);
}

/* Keepers vouch for that time, and the node has all the turns it needs. */
static inline void forgets_vouch(struct forgets *post, int64_t vouched_ms)
{
    ptn_forget_vouched(post->node, vouched_ms);
    for (unsigned i = 0; i < 200; i++)
        (void)ptn_node_step(post->node);
}

static inline void forgets_again(struct forgets *post)
{
    ptn_node_close(post->node);
    forgets_open(post);
}

static inline struct forgets *forgets_new(unsigned forget_after_h)
{
    const struct ptn_node_plan plan = { .name = "Somewhere",
                                        .code = "some",
                                        .kind = PTN_POST_LAND,
                                        .state = "ALB",
                                        .demonstration = true,
                                        .forget_after_h = forget_after_h };
    struct forgets *post = calloc(1, sizeof(*post));

    assert_non_null(post);
    forgets_ms = BEGIN;
    post->world = *ptn_world_real();
    post->world.now_ms = forgets_now;
    post->arena = ptn_arena_new((size_t)64 << 20);
    made_node(&post->world, &plan, post->folder, post->dir);
    (void)snprintf(post->centre, DIR_SIZE, "%s/centre", post->folder);
    assert_true(ptn_ok(post->world.files->make_dir(post->world.context, post->centre)));
    assert_true(ptn_ok(ptn_vault_create(&post->world, post->centre, NULL)));
    for (unsigned i = 0; i < 2; i++)
        assert_true(
            ptn_ok(ptn_reading_make(&post->world, i == 0 ? post->dir : post->centre,
                                    (struct ptn_date){ 2026, 11, 0 }, &post->readings[i], NULL)));
    assert_true(ptn_ok(ptn_vault_open(&post->world, post->centre, &post->vault, NULL)));
    forgets_open(post);
    return post;
}

static inline int forgets_begin(void **state)
{
    *state = forgets_new(72);
    return 0;
}

static inline void forgets_free(struct forgets *post)
{
    ptn_node_close(post->node);
    ptn_vault_close(post->vault);
    ptn_arena_free(post->arena);
    unmade(post->folder);
    free(post);
}

static inline int forgets_end(void **state)
{
    forgets_free(*state);
    return 0;
}

/* ---- travellers ---- */

static inline struct ptn_person forgets_person(unsigned number)
{
    static char numbers[64][16];
    struct ptn_person person = { .surname = PTN_BYTES_LITERAL("VONTRELI"),
                                 .given = PTN_BYTES_LITERAL("ELISIDA"),
                                 .birth = { 1990, 4, 12 },
                                 .nationality = "UTO" };

    (void)snprintf(numbers[number], sizeof(numbers[number]), "U555%05u", number);
    person.document.number = ptn_bytes_from_text(numbers[number]);
    memcpy(person.document.issuer, "UTO", 4);
    return person;
}

static inline void forgets_scanned(struct ptn_lane_answer *answer)
{
    (void)answer;
}

static inline void forgets_settled(struct ptn_lane_crossing *crossing)
{
    (void)crossing;
}

/* What the lane says of the days. */
static inline struct ptn_stay forgets_ask(struct forgets *post, unsigned person,
                                          enum ptn_direction direction, char ret_scan[33])
{
    static const struct ptn_officer besa = { .user = "besa", .role = PTN_STAFF_SUPERVISOR };
    const struct ptn_lane_who who = { &besa, "1" };
    const struct ptn_lane_scan question = { .person = forgets_person(person),
                                            .direction = direction };
    struct ptn_lane_answer answer = { .done = forgets_scanned };

    ptn_arena_clear(post->arena);
    assert_true(ptn_ok(ptn_lane_scan(post->node, &who, &question, post->arena, &answer, NULL)));
    forgets_step(post);
    if (ret_scan != NULL)
        memcpy(ret_scan, answer.scan, 33);
    ptn_lane_answer_release(&answer);
    return answer.advice.stay;
}

static inline void forgets_cross(struct forgets *post, unsigned person,
                                 enum ptn_direction direction)
{
    static const struct ptn_officer besa = { .user = "besa", .role = PTN_STAFF_SUPERVISOR };
    const struct ptn_lane_who who = { &besa, "1" };
    struct ptn_lane_crossing crossing = { .done = forgets_settled };
    char scan[33];
    struct ptn_lane_settlement act = { .scan = scan, .act = PTN_LANE_RECORD };
    struct ptn_status status;

    (void)forgets_ask(post, person, direction, scan);
    status = ptn_lane_settle(post->node, &who, &act, post->arena, &crossing);
    if (!ptn_ok(status)) { /* advised otherwise: let through all the same */
        act.act = PTN_LANE_OVERRIDE;
        act.reason = PTN_BYTES_LITERAL("known");
        act.supervisor = &besa;
        crossing = (struct ptn_lane_crossing){ .done = forgets_settled };
        status = ptn_lane_settle(post->node, &who, &act, post->arena, &crossing);
    }
    assert_true(ptn_ok(status));
    forgets_step(post);
    assert_true(ptn_ok(crossing.write.status));
}

/* Whether a reader with that vault opens the crossing of index. */
static inline bool forgets_opens(struct forgets *post, const struct ptn_vault *vault,
                                 const char *dir, uint64_t index)
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_ledger_header header;
    struct ptn_ledger *ledger = NULL;
    struct ptn_status status;

    assert_true(ptn_ok(ptn_ledger_open_reader(&post->world, vault, dir, &ledger, NULL)));
    status = ptn_ledger_read(ledger, index, &header, &payload, NULL);
    ptn_ledger_close(ledger);
    ptn_buffer_release(&payload);
    assert_true(ptn_ok(status) || status.code == PTN_C_NOT_FOUND);
    return ptn_ok(status);
}

/* The index of the newest crossing. */
static inline uint64_t forgets_newest(struct forgets *post)
{
    for (uint64_t index = post->node->ledger_size; index > 0; index--) {
        struct ptn_ledger_header header;

        assert_true(ptn_ok(ptn_ledger_read(post->node->ledger, index - 1, &header, NULL, NULL)));
        if (header.kind == PTN_RECORD_CROSSING)
            return index - 1;
    }
    fail();
    return 0;
}
#endif
