/* Goal: whose key an order revokes is the same after a start, in the order in which the orders
 * came, and of whom it is asked makes the difference between a keeper's door and a post's lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "mirror/away.h"
#include "trust/order.h"

#define GOOD(call) assert_true(ptn_ok(call))
#define PATH       "/copies/revoked"
#define NODES      (4u + 2u + 9u) /* keepers, site keepers, posts */
#define DUTIES     2u

struct country {
    struct ptn_world *world;
    struct ptn_vault *vaults[DUTIES + 1u]; /* the last one's is the authority's */
    struct ptn_vkey people[DUTIES + 1u];
    struct ptn_roster_node nodes[NODES];
    char names[NODES][24];
    struct ptn_roster roster;
};

static void made_up(const char *name, uint8_t byte, struct ptn_vkey *ret_key)
{
    uint8_t key[PTN_PUBLIC_KEY_LEN];

    memset(key, byte, sizeof(key));
    GOOD(ptn_vkey_make(ptn_bytes_from_text(name), key, ret_key));
}

static int set_up(void **state)
{
    static const char *const people[] = { "u/duty-1", "u/duty-2", "u/authority-1" };
    struct country *country = calloc(1, sizeof(*country));
    struct ptn_roster *roster = &country->roster;

    country->world = ptn_world_seeded(3, 1795000000000);
    GOOD(country->world->files->make_dir(country->world->context, "/copies"));
    for (unsigned i = 0; i <= DUTIES; i++) {
        char dir[16];

        (void)snprintf(dir, sizeof(dir), "/person%u", i);
        GOOD(country->world->files->make_dir(country->world->context, dir));
        GOOD(ptn_vault_create(country->world, dir, NULL));
        GOOD(ptn_vault_open(country->world, dir, &country->vaults[i], NULL));
        GOOD(ptn_vkey_make(ptn_bytes_from_text(people[i]),
                           ptn_vault_public_key(country->vaults[i], PTN_ROLE_NODE),
                           &country->people[i]));
    }
    for (unsigned i = 0; i < NODES; i++) {
        struct ptn_roster_node *node = &country->nodes[i];

        node->role = i < 4 ? PTN_ROSTER_KEEPER : i < 6 ? PTN_ROSTER_SITE : PTN_ROSTER_POST;
        (void)snprintf(country->names[i], sizeof(country->names[i]), "u/%s-%u",
                       i < 4   ? "keeper"
                       : i < 6 ? "site"
                               : "post",
                       i);
        made_up(country->names[i], (uint8_t)(0x10 + i), &node->ledger);
        memset(node->tls, (int)(0x40 + i), sizeof(node->tls));
        if (i < 6)
            made_up("u/mirror", (uint8_t)(0x70 + i), &node->mirror);
    }
    country->nodes[4].post = ptn_bytes_from_text(country->names[6]);
    country->nodes[5].post = ptn_bytes_from_text(country->names[7]);
    *roster = (struct ptn_roster){ .origin = PTN_BYTES_LITERAL("u/roster"),
                                   .version = 1,
                                   .expires = { 2059, 1, 1 },
                                   .quorum_n = 4,
                                   .quorum_q = 3,
                                   .quorum_f = 1,
                                   .authorities_needed = 1,
                                   .authorities = &country->people[DUTIES],
                                   .authority_count = 1,
                                   .duties = country->people,
                                   .duty_count = DUTIES,
                                   .nodes = country->nodes,
                                   .node_count = NODES };
    *state = country;
    return 0;
}

static int tear_down(void **state)
{
    struct country *country = *state;

    for (unsigned i = 0; i <= DUTIES; i++)
        ptn_vault_close(country->vaults[i]);
    ptn_world_seeded_free(country->world);
    free(country);
    return 0;
}

/* A note from its verb on; who: bits of the people. */
static void order(struct country *country, const char *lines, unsigned who, struct ptn_buffer *note)
{
    struct ptn_buffer text = { .len_max = 4096 };
    char given[PTN_INSTANT_TEXT_SIZE];
    bool first = true;

    (void)ptn_instant_write(1795000000000, given);
    ptn_buffer_clear(note);
    GOOD(ptn_buffer_addf(&text,
                         "postern order 1\ncountry u/roster\nnumber "
                         "000102030405060708090a0b0c0d0e0f\ngiven %.19sZ\n%sreason A test.\n",
                         given, lines));
    for (unsigned i = 0; i <= DUTIES; i++) {
        struct ptn_buffer one = { .len_max = 4096 };
        struct ptn_note parsed;

        if ((who >> i & 1u) == 0)
            continue;
        GOOD(ptn_note_sign(country->vaults[i], PTN_ROLE_NODE, country->people[i].name,
                           ptn_buffer_bytes(&text), &one, NULL));
        GOOD(ptn_note_parse(ptn_buffer_bytes(&one), &parsed, NULL));
        GOOD(ptn_buffer_add(note, first ? ptn_buffer_bytes(&one) : parsed.signatures));
        first = false;
        ptn_buffer_release(&one);
    }
    ptn_buffer_release(&text);
}

/* A revocation of a key whose bytes are all the same. */
static void revoke(struct country *country, unsigned byte, unsigned who, struct ptn_buffer *note)
{
    char lines[128] = "verb revoke\nall\nkey ";

    for (unsigned i = 0; i < PTN_PUBLIC_KEY_LEN; i++)
        (void)snprintf(lines + strlen(lines), 3, "%02x", byte);
    (void)snprintf(lines + strlen(lines), 2, "\n");
    order(country, lines, who, note);
}

static struct ptn_away *open_away(const struct country *country)
{
    struct ptn_away *away = NULL;

    GOOD(ptn_away_open(country->world, PATH, &away));
    return away;
}

/* As a post beside site-4 asks, or as a keeper does. */
static struct ptn_away_at at_of(const struct country *country, bool post)
{
    return (struct ptn_away_at){ .roster = &country->roster,
                                 .own = ptn_bytes_from_text(country->names[post ? 6 : 0]),
                                 .beside = post ? ptn_bytes_from_text(country->names[6])
                                                : PTN_BYTES_NONE };
}

static bool take(struct ptn_away *away, const struct ptn_away_at *at, const struct ptn_buffer *note)
{
    bool news = false;

    GOOD(ptn_away_take(away, at, ptn_buffer_bytes(note), 1795000001000, false, &news));
    return news;
}

/* REVOKE-2: by any of its three keys, by two people, of keepers and the site keeper beside it. */
static void test_away__a_post_asks_for_keepers_and_its_own_site_keeper(void **state)
{
    static const struct {
        unsigned byte, who;
        const char *name; /* NULL: nobody comes among them */
    } cases[] = {
        { 0x11, 1, NULL },         { 0x11, 3, "u/keeper-1" }, { 0x42, 3, "u/keeper-2" },
        { 0x73, 3, "u/keeper-3" }, { 0x44, 3, "u/site-4" },   { 0x45, 3, NULL }, /* another's */
        { 0x1a, 3, NULL },                                                       /* a post's */
        { 0x99, 3, NULL },
    };
    struct country *country = *state;
    struct ptn_away *away = open_away(country);
    struct ptn_buffer note = { .len_max = 8192 };
    const struct ptn_away_at at = at_of(country, true);
    size_t count = 0;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        revoke(country, cases[i].byte, cases[i].who, &note);
        assert_true(take(away, &at, &note));
        assert_false(take(away, &at, &note)); /* the same once more */
        count += cases[i].name != NULL ? 1 : 0;
        assert_int_equal(ptn_away_count(away), count);
        if (cases[i].name != NULL)
            assert_true(ptn_bytes_is(ptn_away_name(away, count - 1), cases[i].name));
    }
    assert_false(ptn_away_has(away, PTN_BYTES_LITERAL("u/keeper-0")));
    assert_false(take(away, &at, &(struct ptn_buffer){ 0 }));
    ptn_away_close(away);
    ptn_buffer_release(&note);
}

/* Orders that come again after a start come in another order, and who signed may be gone. */
static void test_away__the_order_in_which_they_came_outlives_a_start(void **state)
{
    struct country *country = *state;
    struct ptn_away *away = open_away(country);
    struct ptn_buffer notes[3] = { { .len_max = 8192 }, { .len_max = 8192 }, { .len_max = 8192 } };
    const struct ptn_away_at at = at_of(country, true);

    for (unsigned i = 0; i < 3; i++) {
        revoke(country, 0x13 - i, 3, &notes[i]);
        assert_true(take(away, &at, &notes[i]));
    }
    ptn_away_close(away);
    country->roster.duty_count = 0;
    away = open_away(country);
    for (unsigned i = 3; i-- > 0;)
        GOOD(ptn_away_take(away, &at, ptn_buffer_bytes(&notes[i]), 1795000001000, true, NULL));
    assert_int_equal(ptn_away_count(away), 0); /* until all are there */
    ptn_away_judge(away, &at);
    assert_int_equal(ptn_away_count(away), 3);
    assert_true(ptn_bytes_is(ptn_away_name(away, 0), "u/keeper-3"));
    assert_true(ptn_bytes_is(ptn_away_name(away, 2), "u/keeper-1"));
    ptn_away_close(away);
    for (unsigned i = 0; i < 3; i++)
        ptn_buffer_release(&notes[i]);
}

/* ORDER-2: and by nothing else. */
static void test_away__only_a_restore_of_the_authorities_ends_one(void **state)
{
    struct country *country = *state;
    struct ptn_away *away = open_away(country);
    struct ptn_buffer note = { .len_max = 8192 };
    struct ptn_buffer hex = { .len_max = 64 };
    const struct ptn_away_at at = at_of(country, true);
    struct ptn_note parsed;
    struct ptn_hash name;
    char lines[256];

    revoke(country, 0x11, 3, &note);
    assert_true(take(away, &at, &note));
    GOOD(ptn_note_parse(ptn_buffer_bytes(&note), &parsed, NULL));
    GOOD(ptn_order_name(parsed.text, &name));
    GOOD(ptn_buffer_add_hex(&hex, ptn_bytes_of(name.at, sizeof(name.at))));
    (void)snprintf(lines, sizeof(lines), "verb restore\nall\nends %.*s\n", (int)hex.len,
                   (const char *)hex.at);
    order(country, lines, 3, &note); /* both duty officers */
    (void)take(away, &at, &note);
    assert_int_equal(ptn_away_count(away), 1);
    order(country, lines, 4, &note);
    assert_true(take(away, &at, &note));
    assert_int_equal(ptn_away_count(away), 0);
    ptn_away_close(away);
    away = open_away(country); /* it is written down, and the notes are not here */
    ptn_away_judge(away, &at);
    assert_int_equal(ptn_away_count(away), 0);
    ptn_away_close(away);
    ptn_buffer_release(&note);
    ptn_buffer_release(&hex);
}

/* REVOKE-1: a keeper's door is shut to the first eight machines, and never to itself. */
static void test_away__a_keeper_asks_for_the_first_eight_machines(void **state)
{
    struct country *country = *state;
    struct ptn_away *away = open_away(country);
    struct ptn_buffer note = { .len_max = 8192 };
    const struct ptn_away_at at = at_of(country, false);

    for (unsigned i = 0; i < NODES; i++) {
        revoke(country, 0x10 + i, 3, &note);
        (void)take(away, &at, &note);
        assert_int_equal(ptn_away_count(away), i < PTN_AWAY_MAX ? i : PTN_AWAY_MAX);
    }
    assert_false(ptn_away_has(away, PTN_BYTES_LITERAL("u/keeper-0")));
    assert_true(ptn_away_has(away, PTN_BYTES_LITERAL("u/post-8")) &&
                !ptn_away_has(away, PTN_BYTES_LITERAL("u/post-9")));
    ptn_away_close(away);
    ptn_buffer_release(&note);
}

/* Nothing in a file that somebody was at stops a start. */
static void test_away__a_damaged_file_is_passed_over_line_by_line(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "stands\n",
        "zz stands\n",
        "00000000000000000000000000000000000000000000000000000000000000zz stands\n",
        "0000000000000000000000000000000000000000000000000000000000000000 stands",
    };
    struct country *country = *state;
    const struct ptn_away_at at = at_of(country, true);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ptn_away *away;

        GOOD(country->world->files->replace(country->world->context, PATH,
                                            ptn_bytes_from_text(texts[i])));
        away = open_away(country);
        ptn_away_judge(away, &at);
        assert_int_equal(ptn_away_count(away), 0);
        ptn_away_close(away);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_away__##name, set_up, tear_down)
        TEST(a_post_asks_for_keepers_and_its_own_site_keeper),
        TEST(the_order_in_which_they_came_outlives_a_start),
        TEST(only_a_restore_of_the_authorities_ends_one),
        TEST(a_keeper_asks_for_the_first_eight_machines),
        TEST(a_damaged_file_is_passed_over_line_by_line),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
