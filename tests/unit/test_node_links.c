/* Goal: whom a node speaks to and whom it follows comes from its place in the roster, and from
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/country.h"
#include "record/notice.h"

#define KEEPERS 3u
#define NODES   (KEEPERS + 6u)

struct fixture {
    char folder[64];
    struct ptn_country country; /* its roster put together here, without a note */
    struct ptn_roster_node nodes[NODES];
    struct ptn_roster_spare spares[2];
};

static void make_key(const char *name, uint8_t byte, bool cosigner, struct ptn_vkey *ret_key)
{
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];

    memset(public_key, byte, sizeof(public_key));
    assert_true(ptn_ok(cosigner
                           ? ptn_vkey_make_cosigner(ptn_bytes_from_text(name), public_key, ret_key)
                           : ptn_vkey_make(ptn_bytes_from_text(name), public_key, ret_key)));
}

static int set_up(void **state)
{
    static const char *const names[NODES] = { "u/keeper-a",  "u/keeper-b",  "u/keeper-c",
                                              "u/port-site", "u/land-site", "u/centre",
                                              "u/port",      "u/land",      "u/gateway" };
    static const enum ptn_roster_role roles[NODES] = {
        PTN_ROSTER_KEEPER, PTN_ROSTER_KEEPER, PTN_ROSTER_KEEPER, PTN_ROSTER_SITE,   PTN_ROSTER_SITE,
        PTN_ROSTER_CENTRE, PTN_ROSTER_POST,   PTN_ROSTER_POST,   PTN_ROSTER_GATEWAY
    };
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct ptn_roster *roster = &fixture->country.roster;

    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-links-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    for (unsigned i = 0; i < NODES; i++) {
        struct ptn_roster_node *node = &fixture->nodes[i];

        node->role = roles[i];
        make_key(names[i], (uint8_t)(1 + i), false, &node->ledger);
        node->tls[0] = (uint8_t)i;
        if (i < KEEPERS + 2) {
            make_key("u/mirror", (uint8_t)(0x40 + i), true, &node->mirror);
            node->address = PTN_BYTES_LITERAL("127.0.0.1:8701");
        }
    }
    fixture->nodes[3].post = PTN_BYTES_LITERAL("u/port");
    fixture->nodes[4].post = PTN_BYTES_LITERAL("u/land");
    fixture->spares[0].origin = PTN_BYTES_LITERAL("u/centre");
    make_key("u/centre-2", 0x60, false, &fixture->spares[0].ledger);
    fixture->spares[1].origin = PTN_BYTES_LITERAL("u/port");
    make_key("u/port-2", 0x61, false, &fixture->spares[1].ledger);
    roster->quorum_n = KEEPERS;
    roster->quorum_q = 2;
    roster->nodes = fixture->nodes;
    roster->node_count = NODES;
    roster->spares = fixture->spares;
    roster->spare_count = 2;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[96];

    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c,bugprone-command-processor) */
    free(fixture);
    return 0;
}

/* What is followed, in the order it was added, as one text. */
static void list_followed(struct ptn_links *links, char text[256])
{
    struct ptn_bytes origin;

    text[0] = '\0';
    for (size_t i = 0; (origin = ptn_follow_origin(ptn_links_follow(links), i)).len > 0; i++)
        (void)snprintf(text + strlen(text), 256 - strlen(text), "%.*s ", (int)origin.len,
                       (const char *)origin.at);
}

/* COUNTRY-1: whatever a node follows, every line of it leads to a keeper. */
static void assert_leads_to_keepers(const struct fixture *fixture, const struct ptn_links *links)
{
    for (size_t i = 0; i < ptn_links_count(links); i++) {
        const struct ptn_link link = ptn_links_at(links, i);
        const struct ptn_roster_node *node = ptn_roster_find(&fixture->country.roster, link.keeper);

        assert_non_null(node);
        assert_true(node->role == PTN_ROSTER_KEEPER || node->role == PTN_ROSTER_SITE);
        assert_memory_equal(link.tls, node->tls, sizeof(node->tls));
        assert_true(ptn_bytes_equal(link.address, node->address));
    }
}

static void test_links__a_node_follows_what_its_role_asks_for(void **state)
{
    static const struct {
        const char *origin;
        enum ptn_links_way way;
        size_t lines;
        const char *followed;
    } cases[] = {
        { "u/port", PTN_LINKS_PULL, 3,
          "u/keeper-a u/keeper-b u/keeper-c u/centre u/centre-2 u/gateway " },
        /* a spare follows the ledger that it succeeds, too */
        { "u/port-2", PTN_LINKS_PULL, 3,
          "u/keeper-a u/keeper-b u/keeper-c u/centre u/centre-2 u/port u/gateway " },
        { "u/port-2", PTN_LINKS_PULL_SITE, 1, "u/port " },
        { "u/centre", PTN_LINKS_PULL, 3,
          "u/keeper-a u/keeper-b u/keeper-c u/port u/land u/gateway u/port-2 " },
        { "u/centre-2", PTN_LINKS_PULL, 3,
          "u/keeper-a u/keeper-b u/keeper-c u/centre u/port u/land u/gateway u/port-2 " },
        /* and in a recovery its own: whether anybody holds something of it */
        { "u/port-2", PTN_LINKS_RECOVER, 3,
          "u/keeper-a u/keeper-b u/keeper-c u/centre u/centre-2 u/port u/gateway u/port-2 " },
        { "u/centre-2", PTN_LINKS_RECOVER, 3,
          "u/keeper-a u/keeper-b u/keeper-c u/centre u/centre-2 u/port u/land u/gateway "
          "u/port-2 " },
        /* carriers' messages go out of it; for the next roster it hears the keepers */
        { "u/gateway", PTN_LINKS_PULL, 3, "u/keeper-a u/keeper-b u/keeper-c " },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_links *links = NULL;
        struct ptn_diag diag = { 0 };
        char followed[256];

        if (!ptn_ok(ptn_links_open(ptn_world_real(), fixture->folder, &fixture->country,
                                   ptn_bytes_from_text(cases[i].origin), cases[i].way, &links,
                                   &diag)))
            fail_msg("%s: %s", cases[i].origin, diag.text == NULL ? "no text" : diag.text);
        assert_int_equal(ptn_links_count(links), cases[i].lines);
        for (size_t k = 0; k < cases[i].lines; k++)
            assert_int_equal(ptn_links_at(links, k).kind, PTN_LINK_PULL);
        assert_leads_to_keepers(fixture, links);
        list_followed(links, followed);
        assert_string_equal(followed, cases[i].followed);
        ptn_links_close(links);
    }
}

static void test_links__a_post_pushes_to_its_site_keeper_first(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_vault *vault = NULL;
    struct ptn_links *links = NULL;
    struct ptn_link_push pushes[8];
    char dir[96];

    (void)snprintf(dir, sizeof(dir), "%s/land", fixture->folder);
    assert_true(ptn_ok(ptn_world_real()->files->make_dir(ptn_world_real()->context, dir)));
    assert_true(ptn_ok(ptn_vault_create(ptn_world_real(), dir, NULL)));
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), dir, &vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_create(ptn_world_real(), vault, dir, "u/land", NULL)));
    assert_true(
        ptn_ok(ptn_links_open(ptn_world_real(), dir, &fixture->country, PTN_BYTES_LITERAL("u/land"),
                              PTN_LINKS_FOLLOW, &links, NULL)));
    assert_int_equal(ptn_links_count(links), 7);
    assert_leads_to_keepers(fixture, links);
    assert_int_equal(ptn_links_at(links, 0).kind, PTN_LINK_SITE);
    assert_true(ptn_bytes_is(ptn_links_at(links, 0).keeper, "u/land-site"));
    assert_int_equal(ptn_links_at(links, 1).kind, PTN_LINK_PUSH);
    assert_int_equal(ptn_links_at(links, 2).kind, PTN_LINK_PULL);
    assert_int_equal(ptn_links_pushes(links, pushes, 8), 4);
    assert_true(pushes[0].site && !pushes[0].answers && pushes[0].acknowledged == 0);
    assert_false(pushes[1].site);
    ptn_links_close(links);
    ptn_vault_close(vault);
}

/* A keeper opens none: COUNTRY-1. */
static void test_links__only_posts_and_centres_have_lines(void **state)
{
    static const char *const strangers[] = { "u/keeper-a", "u/port-site", "u/nobody", "" };
    struct fixture *fixture = *state;
    struct ptn_links *links = NULL;

    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        assert_int_equal(ptn_links_open(ptn_world_real(), fixture->folder, &fixture->country,
                                        ptn_bytes_from_text(strangers[i]), PTN_LINKS_PULL, &links,
                                        NULL)
                             .code,
                         PTN_C_BAD_INPUT);
    assert_int_equal(ptn_links_open(ptn_world_real(), fixture->folder, &fixture->country,
                                    PTN_BYTES_LITERAL("u/centre"), PTN_LINKS_PULL_SITE, &links,
                                    NULL)
                         .code,
                     PTN_C_NOT_FOUND); /* nothing stands beside a centre */
    assert_null(links);
}

/* ---- who reads ---- */

#define WHEN_MS INT64_C(1795800000000) /* in November 2026 */

static const char *const reader_names[] = { "",       "u/centre", "u/gateway", "u/keeper-a",
                                            "u/land", "u/port",   "u/port-2",  "u/port-site" };
#define READERS (sizeof(reader_names) / sizeof(reader_names[0]))

/* The country's roster as a note in the folder of a node, with a reading key for everybody who may
 * have one there. */
static void put_country(struct fixture *fixture, const char *dir)
{
    struct ptn_roster *roster = &fixture->country.roster;
    struct ptn_roster_reading readings[READERS];
    struct ptn_buffer text = { .len_max = PTN_ROSTER_TEXT_MAX };
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_vault *vault = NULL;
    struct ptn_vkey authority;
    struct ptn_diag diag = { 0 };
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/authority", fixture->folder);
    assert_true(ptn_ok(ptn_world_real()->files->make_dir(NULL, path)));
    assert_true(ptn_ok(ptn_vault_create(ptn_world_real(), path, NULL)));
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), path, &vault, NULL)));
    assert_true(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL("u/authority"),
                                     ptn_vault_public_key(vault, PTN_ROLE_NODE), &authority)));
    memset(readings, 0, sizeof(readings));
    for (size_t i = 0; i < READERS; i++) {
        readings[i].origin = ptn_bytes_from_text(reader_names[i]);
        readings[i].month = (struct ptn_date){ 2026, 11, 0 };
        memset(readings[i].key, (int)(0x51 + i), sizeof(readings[i].key));
    }
    for (size_t i = 0; i < NODES; i++)
        fixture->nodes[i].tls[1] = 1; /* nobody's is empty */
    roster->origin = PTN_BYTES_LITERAL("u/roster");
    roster->version = 1;
    roster->expires = (struct ptn_date){ 2099, 1, 1 };
    roster->authorities = &authority;
    roster->authority_count = roster->authorities_needed = 1;
    roster->readings = readings;
    roster->reading_count = READERS;
    assert_true(ptn_ok(ptn_roster_write(roster, &text)));
    assert_true(ptn_ok(
        ptn_note_sign(vault, PTN_ROLE_NODE, authority.name, ptn_buffer_bytes(&text), &note, NULL)));
    (void)snprintf(path, sizeof(path), "%s/%s", dir, PTN_COUNTRY_FILE);
    assert_true(ptn_ok(ptn_world_real()->files->replace(NULL, path, ptn_buffer_bytes(&note))));
    {
        struct ptn_country read;
        struct ptn_status status = ptn_country_read(ptn_world_real(), dir, &read, &diag);

        if (!ptn_ok(status))
            fail_msg("%s at %zu:\n%.*s", diag.text, diag.offset, (int)text.len, (char *)text.at);
        ptn_country_release(&read);
    }
    roster->readings = NULL;
    roster->reading_count = 0;
    roster->authorities = NULL;
    ptn_buffer_release(&note);
    ptn_buffer_release(&text);
    ptn_vault_close(vault);
}

/* Who can open what a node of that origin seals of a class, as one text. */
static void list_readers(struct fixture *fixture, const char *origin, enum ptn_retention class,
                         char text[256])
{
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_NODE_STARTED,
                                      .time_ms = WHEN_MS,
                                      .retention = (uint8_t) class,
                                      .payload = PTN_BYTES_LITERAL("sealed") };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_record_epoch epoch;
    struct ptn_ledger_header header;
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    static unsigned number;
    uint64_t seq = 0;
    char dir[96];

    (void)snprintf(dir, sizeof(dir), "%s/writer-%u", fixture->folder, number++);
    assert_true(ptn_ok(ptn_world_real()->files->make_dir(NULL, dir)));
    assert_true(ptn_ok(ptn_vault_create(ptn_world_real(), dir, NULL)));
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), dir, &vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_create(ptn_world_real(), vault, dir, origin, NULL)));
    assert_true(ptn_ok(ptn_ledger_open(ptn_world_real(), vault, dir, &ledger, NULL)));
    put_country(fixture, dir);
    (void)snprintf(text, 256, "rm -rf %s/authority", fixture->folder);
    assert_int_equal(system(text), 0); /* NOLINT(cert-env33-c,bugprone-command-processor) */
    assert_true(ptn_ok(ptn_country_seal(ptn_world_real(), dir, ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_append(ledger, &entry, 1, &seq, NULL)));
    text[0] = '\0';
    assert_true(ptn_ok(ptn_ledger_read(ledger, 0, &header, &payload, NULL)));
    assert_int_equal(header.kind, PTN_RECORD_EPOCH);
    assert_true(ptn_ok(ptn_record_epoch_parse(ptn_buffer_bytes(&payload), arena, &epoch, NULL)));
    for (size_t reader = 0; reader < READERS; reader++)
        for (size_t i = 0; i < epoch.box_count; i++)
            if (epoch.boxes[i].reader[0] == 0x51 + reader)
                (void)snprintf(text + strlen(text), 256 - strlen(text), "%s ",
                               reader == 0 ? "recovery" : reader_names[reader]);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    ptn_arena_free(arena);
    ptn_buffer_release(&payload);
}

/* COUNTRY-2, GATEWAY-1: a key in the roster alone lets nobody read. */
static void test_links__who_reads_what_a_node_seals(void **state)
{
    static const struct {
        const char *origin;
        enum ptn_retention class;
        const char *readers;
    } cases[] = {
        { "u/port", PTN_RETENTION_CROSSING, "recovery u/centre u/port " },
        { "u/port", PTN_RETENTION_AUDIT, "recovery u/centre u/port " },
        { "u/centre", PTN_RETENTION_AUDIT, "recovery u/centre " },
        { "u/centre", PTN_RETENTION_OPERATION, "recovery u/centre u/land u/port u/port-2 " },
        { "u/gateway", PTN_RETENTION_CROSSING, "recovery u/centre u/land u/port u/port-2 " },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];

        list_readers(fixture, cases[i].origin, cases[i].class, text);
        if (strcmp(text, cases[i].readers) != 0)
            fail_msg("%s, class %d: %s", cases[i].origin, (int)cases[i].class, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_links__a_node_follows_what_its_role_asks_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_links__a_post_pushes_to_its_site_keeper_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_links__who_reads_what_a_node_seals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links__only_posts_and_centres_have_lines, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
