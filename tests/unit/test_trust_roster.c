/* Goal: one form is read and every other refused; a hand-over needs enough of the old and enough of
 * the new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trust/roster.h"

#define AUTHORITIES 4u
#define TEXT_SIZE   32768u

static const struct ptn_date in_time = { 2027, 11, 24 };
static const struct ptn_date too_late = { 2027, 11, 25 };

/* Four offline keys, a vault each in a world of its own, and room for what a test parses. */
struct country {
    struct ptn_world *world;
    struct ptn_vault *vaults[AUTHORITIES];
    struct ptn_arena *arena;
    char text[TEXT_SIZE];
};

static int set_up(void **state)
{
    struct country *country = calloc(1, sizeof(*country));

    country->world = ptn_world_seeded(7, 0);
    country->arena = ptn_arena_new(4u << 20);
    for (unsigned i = 0; i < AUTHORITIES; i++) {
        char dir[16];

        (void)snprintf(dir, sizeof(dir), "authority%u", i);
        assert_true(ptn_ok(country->world->files->make_dir(country->world->context, dir)));
        assert_true(ptn_ok(ptn_vault_create(country->world, dir, NULL)));
        assert_true(ptn_ok(ptn_vault_open(country->world, dir, &country->vaults[i], NULL)));
    }
    *state = country;
    return 0;
}

static int tear_down(void **state)
{
    struct country *country = *state;

    for (unsigned i = 0; i < AUTHORITIES; i++)
        ptn_vault_close(country->vaults[i]);
    ptn_arena_free(country->arena);
    ptn_world_seeded_free(country->world);
    free(country);
    return 0;
}

/* A verifier key of a name with a public key made of one byte. */
static void made_up_key(const char *name, uint8_t byte, struct ptn_vkey *ret_key)
{
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];

    memset(public_key, byte, sizeof(public_key));
    assert_true(ptn_ok(ptn_vkey_make(ptn_bytes_from_text(name), public_key, ret_key)));
}

static const char *authority_name(unsigned i)
{
    static const char *const names[AUTHORITIES] = { "utopia.example/authority-1",
                                                    "utopia.example/authority-2",
                                                    "utopia.example/authority-3",
                                                    "utopia.example/authority-4" };

    return names[i];
}

/*
 * The text of a country with four keepers, a centre and a post: authorities first .. first + 2,
 * `needed` of them. With extra lines put in before "publishing".
 */
static struct ptn_bytes roster_text(struct country *country, uint32_t version, unsigned first,
                                    uint32_t needed)
{
    struct ptn_vkey authorities[3];
    struct ptn_vkey personnel;
    struct ptn_roster_node nodes[8];
    struct ptn_roster_spare spare = { .origin = PTN_BYTES_LITERAL("utopia.example/centre") };
    struct ptn_roster_reading readings[2] = { { .origin = PTN_BYTES_LITERAL("utopia.example/post"),
                                                .month = { 2026, 11, 0 },
                                                .key = { 1 } },
                                              { .month = { 2026, 11, 0 }, .key = { 2 } } };
    struct ptn_roster_retention retention = { 1, 1825 };
    struct ptn_roster roster = { .origin = PTN_BYTES_LITERAL("utopia.example/roster"),
                                 .version = version,
                                 .expires = { 2027, 11, 24 },
                                 .quorum_n = 4,
                                 .quorum_q = 3,
                                 .quorum_f = 1,
                                 .authorities_needed = needed,
                                 .authorities = authorities,
                                 .authority_count = 3,
                                 .nodes = nodes,
                                 .node_count = 8,
                                 .personnel = &personnel,
                                 .personnel_count = 1,
                                 .spares = &spare,
                                 .spare_count = 1,
                                 .publishing = PTN_BYTES_LITERAL("utopia.example/centre"),
                                 .readings = readings,
                                 .reading_count = 2,
                                 .retentions = &retention,
                                 .retention_count = 1 };
    static const char *const names[] = { "utopia.example/keeper-d", "utopia.example/keeper-a",
                                         "utopia.example/keeper-b", "utopia.example/keeper-c",
                                         "utopia.example/centre",   "utopia.example/post",
                                         "utopia.example/site",     "utopia.example/gateway" };
    struct ptn_buffer out;

    memset(nodes, 0, sizeof(nodes));
    for (unsigned i = 0; i < 3; i++)
        assert_true(ptn_ok(ptn_vkey_make(
            ptn_bytes_from_text(authority_name(first + i)),
            ptn_vault_public_key(country->vaults[first + i], PTN_ROLE_NODE), &authorities[i])));
    made_up_key("utopia.example/personnel", 0x31, &personnel);
    for (unsigned i = 0; i < 8; i++) {
        made_up_key(names[i], (uint8_t)(0x10 + i), &nodes[i].ledger);
        nodes[i].role = i < 4    ? PTN_ROSTER_KEEPER
                        : i == 4 ? PTN_ROSTER_CENTRE
                        : i == 5 ? PTN_ROSTER_POST
                        : i == 6 ? PTN_ROSTER_SITE
                                 : PTN_ROSTER_GATEWAY;
        nodes[i].tls[0] = (uint8_t)i;
        if (i < 4 || i == 6) {
            made_up_key("utopia.example/mirror", (uint8_t)(0x20 + i), &nodes[i].mirror);
            nodes[i].address = PTN_BYTES_LITERAL("127.0.0.1:8701");
        }
    }
    nodes[6].post = PTN_BYTES_LITERAL("utopia.example/post");
    made_up_key("utopia.example/centre-2", 0x30, &spare.ledger);
    spare.tls[0] = 0x30;
    ptn_buffer_init(&out, TEXT_SIZE);
    assert_true(ptn_ok(ptn_roster_write(&roster, &out)));
    memcpy(country->text, out.at, out.len);
    country->text[out.len] = '\0';
    ptn_buffer_release(&out);
    return ptn_bytes_from_text(country->text);
}

/* Sign with the authorities whose bits are set. Owned by the caller. */
static struct ptn_buffer sign(struct country *country, struct ptn_bytes text, unsigned who)
{
    struct ptn_buffer note;

    ptn_buffer_init(&note, PTN_NOTE_LEN_MAX);
    assert_true(ptn_ok(ptn_buffer_add(&note, text)));
    assert_true(ptn_ok(ptn_buffer_add_text(&note, "\n")));
    for (unsigned i = 0; i < AUTHORITIES; i++) {
        struct ptn_buffer one;
        struct ptn_note parsed;

        if ((who >> i & 1) == 0)
            continue;
        ptn_buffer_init(&one, PTN_NOTE_LEN_MAX);
        assert_true(
            ptn_ok(ptn_note_sign(country->vaults[i], PTN_ROLE_NODE,
                                 ptn_bytes_from_text(authority_name(i)), text, &one, NULL)));
        assert_true(ptn_ok(ptn_note_parse(ptn_buffer_bytes(&one), &parsed, NULL)));
        assert_true(ptn_ok(ptn_buffer_add(&note, parsed.signatures)));
        ptn_buffer_release(&one);
    }
    return note;
}

static void test_roster__is_read_back_and_looked_up(void **state)
{
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    struct ptn_roster roster;
    struct ptn_diag diag = { 0 };
    uint8_t stranger[PTN_TLS_ID_LEN] = { 0x77 };
    uint8_t known[PTN_TLS_ID_LEN] = { 0x30 };
    struct ptn_vkey key;

    assert_true(ptn_ok(ptn_roster_parse(text, country->arena, &roster, &diag)));
    assert_int_equal(roster.version, 1);
    assert_int_equal(roster.node_count, 8);
    assert_int_equal(roster.quorum_n, 4);
    assert_int_equal(roster.personnel_count, 1);
    assert_int_equal(roster.personnel[0].public_key[0], 0x31);
    assert_true(ptn_bytes_is(
        ptn_roster_find_site(&roster, PTN_BYTES_LITERAL("utopia.example/post"))->ledger.name,
        "utopia.example/site"));
    assert_null(ptn_roster_find_site(&roster, PTN_BYTES_LITERAL("utopia.example/centre")));
    assert_true(ptn_bytes_is(roster.nodes[0].ledger.name, "utopia.example/keeper-a"));
    assert_int_equal(ptn_roster_find(&roster, PTN_BYTES_LITERAL("utopia.example/post"))->role,
                     PTN_ROSTER_POST);
    assert_null(ptn_roster_find(&roster, PTN_BYTES_LITERAL("utopia.example/other")));
    assert_null(ptn_roster_find_tls(&roster, stranger));
    assert_int_equal(ptn_roster_find_tls(&roster, known)->role, PTN_ROSTER_CENTRE);
    assert_true(ptn_roster_ledger_key(&roster, PTN_BYTES_LITERAL("utopia.example/centre-2"), &key));
    assert_int_equal(key.public_key[0], 0x30);
    assert_int_equal(
        *ptn_roster_reading_key(&roster, PTN_BYTES_NONE, (struct ptn_date){ 2026, 11, 24 }), 2);
    assert_null(ptn_roster_reading_key(&roster, PTN_BYTES_NONE, (struct ptn_date){ 2026, 12, 1 }));
    assert_true(ptn_roster_is_current(&roster, (struct ptn_date){ 2027, 11, 24 }));
    assert_false(ptn_roster_is_current(&roster, (struct ptn_date){ 2027, 11, 25 }));
}

static void test_roster__a_quorum_is_safe_or_refused(void **state)
{
    static const struct {
        uint32_t n, q, f;
        bool safe;
    } quorums[] = {
        { 4, 3, 1, true },  { 4, 3, 2, false }, { 4, 4, 1, false }, { 3, 2, 0, true },
        { 3, 2, 1, false }, { 1, 1, 0, false }, { 7, 5, 2, true },  { 7, 5, 3, false },
        { 2, 1, 0, false }, { 0, 0, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(quorums) / sizeof(quorums[0]); i++)
        assert_int_equal(ptn_roster_quorum_is_safe(quorums[i].n, quorums[i].q, quorums[i].f),
                         quorums[i].safe);
}

/* Replace the first `from` in the text with `to`. */
static void replace(char text[TEXT_SIZE], const char *from, const char *to)
{
    char rest[TEXT_SIZE];
    char *at = strstr(text, from);

    assert_non_null(at);
    (void)snprintf(rest, sizeof(rest), "%s", at + strlen(from));
    (void)snprintf(at, TEXT_SIZE - (size_t)(at - text), "%s%s", to, rest);
}

static void test_roster__any_other_form_is_refused_and_the_line_named(void **state)
{
    static const struct {
        const char *from, *to;
    } wrongs[] = {
        { "version 1\n", "version 01\n" },
        { "version 1\n", "version 0\n" },
        { "version 1\n", "version -1\n" },
        { "version 1\n", "" },
        { "version 1\nexpires 2027-11-24\n", "expires 2027-11-24\nversion 1\n" },
        { "expires 2027-11-24", "expires 2027-02-30" },
        { "expires 2027-11-24", "expires 2027-11" },
        { "quorum 4 3 1", "quorum 4 4 1" },
        { "quorum 4 3 1", "quorum 5 4 1" },
        { "quorum 4 3 1", "quorum  4 3 1" },
        { "authorities-needed 2", "authorities-needed 4" },
        { "authorities-needed 2", "authorities-needed 0" },
        { "authority utopia.example/authority-1", "authority utopia.example/authority-0" },
        { "127.0.0.1:8701", "127.0.0.1" },
        { "127.0.0.1:8701", "127.0.0.1:70000" },
        { "127.0.0.1:8701", "127.0.0.1:0" },
        { "127.0.0.1:8701", "a/b:1" },
        { "site utopia.example/post ", "site utopia.example/centre " },
        { "site utopia.example/post ", "site utopia.example/nobody " },
        { "site utopia.example/post ", "site " },
        { "site utopia.example/post ", "keeper " },
        { "personnel utopia.example/personnel", "personnel utopia.example/other" },
        { "publishing utopia.example/centre", "publishing utopia.example/post" },
        { "publishing utopia.example/centre", "publishing utopia.example/nobody" },
        { "spare utopia.example/centre ", "spare utopia.example/nobody " },
        { "recovery 2026-11 02", "recovery 2026-11 0X" },
        { "recovery 2026-11", "recovery 2026-13" },
        { "retention 1 1825\n", "retention 1 1825\nretention 1 1825\n" },
        { "retention 1 1825\n", "retention 1 1825" },
        { "retention 1 1825\n", "retention 300 1825\n" },
        { "retention 1 1825\n", "surprise 1\n" },
        { "utopia.example/roster\n", "utopia example/roster\n" },
        { "\nversion", "\r\nversion" },
    };
    struct country *country = *state;

    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        struct ptn_roster roster = { .version = 99 };
        struct ptn_diag diag = { 0 };

        (void)roster_text(country, 1, 0, 2);
        replace(country->text, wrongs[i].from, wrongs[i].to);
        assert_int_equal(
            ptn_roster_parse(ptn_bytes_from_text(country->text), country->arena, &roster, &diag)
                .code,
            PTN_C_BAD_INPUT);
        assert_non_null(diag.text);
        assert_int_equal(roster.version, 99);
    }
}

static void test_roster__a_post_has_one_site_keeper(void **state)
{
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    struct ptn_roster_node nodes[9];
    struct ptn_roster roster;
    struct ptn_diag diag = { 0 };
    struct ptn_buffer out;

    assert_true(ptn_ok(ptn_roster_parse(text, country->arena, &roster, NULL)));
    memcpy(nodes, roster.nodes, roster.node_count * sizeof(nodes[0]));
    nodes[8] = *ptn_roster_find_site(&roster, PTN_BYTES_LITERAL("utopia.example/post"));
    made_up_key("utopia.example/site-2", 0x50, &nodes[8].ledger);
    made_up_key("utopia.example/mirror", 0x51, &nodes[8].mirror);
    roster.nodes = nodes;
    roster.node_count = 9;
    ptn_buffer_init(&out, TEXT_SIZE);
    assert_true(ptn_ok(ptn_roster_write(&roster, &out)));
    assert_int_equal(ptn_roster_parse(ptn_buffer_bytes(&out), country->arena, &roster, &diag).code,
                     PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "two site keepers beside one post");
    ptn_buffer_release(&out);
}

/* Gateways take room like every other node: what is read after them overwrites none of them. */
static void test_roster__several_gateways_are_read_back(void **state)
{
    static const char *const more[] = { "utopia.example/gateway-2", "utopia.example/gateway-3",
                                        "utopia.example/gateway-4", "utopia.example/gateway-5",
                                        "utopia.example/gateway-6", "utopia.example/gateway-7" };
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    struct ptn_roster_node nodes[14];
    struct ptn_roster roster;
    struct ptn_buffer out;

    assert_true(ptn_ok(ptn_roster_parse(text, country->arena, &roster, NULL)));
    memcpy(nodes, roster.nodes, roster.node_count * sizeof(nodes[0]));
    for (size_t i = 0; i < 6; i++) {
        memset(&nodes[8 + i], 0, sizeof(nodes[0]));
        nodes[8 + i].role = PTN_ROSTER_GATEWAY;
        nodes[8 + i].tls[0] = (uint8_t)(0x60 + i);
        made_up_key(more[i], (uint8_t)(0x60 + i), &nodes[8 + i].ledger);
    }
    roster.nodes = nodes;
    roster.node_count = 14;
    ptn_buffer_init(&out, TEXT_SIZE);
    assert_true(ptn_ok(ptn_roster_write(&roster, &out)));
    assert_true(ptn_ok(ptn_roster_parse(ptn_buffer_bytes(&out), country->arena, &roster, NULL)));
    assert_int_equal(roster.node_count, 14);
    for (size_t i = 0; i < 6; i++) {
        const struct ptn_roster_node *found =
            ptn_roster_find(&roster, ptn_bytes_from_text(more[i]));

        assert_non_null(found);
        assert_int_equal(found->role, PTN_ROSTER_GATEWAY);
        assert_int_equal(found->tls[0], 0x60 + i);
    }
    ptn_buffer_release(&out);
}

static void test_roster__a_first_one_needs_enough_of_its_own_authorities(void **state)
{
    static const struct {
        unsigned who;
        enum ptn_code code;
    } signings[] = {
        { 0, PTN_C_BAD_INPUT }, /* a note without any signature is no note */
        { 1, PTN_C_CORRUPT },   { 3, PTN_C_OK },      { 5, PTN_C_OK },
        { 7, PTN_C_OK },        { 9, PTN_C_CORRUPT }, { 8, PTN_C_CORRUPT },
    };
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);

    for (size_t i = 0; i < sizeof(signings) / sizeof(signings[0]); i++) {
        struct ptn_buffer note = sign(country, text, signings[i].who);
        struct ptn_roster roster;

        assert_int_equal(
            ptn_roster_first(ptn_buffer_bytes(&note), country->arena, &roster, NULL).code,
            signings[i].code);
        ptn_buffer_release(&note);
    }
}

static void test_roster__the_next_one_needs_enough_of_the_old_and_of_the_new(void **state)
{
    /* Old: authorities 0, 1, 2. New: 1, 2, 3. Two of each are needed. */
    static const struct {
        uint32_t version;
        unsigned who;
        enum ptn_code code;
    } steps[] = {
        { 2, 1u << 1 | 1u << 2, PTN_C_OK },
        { 2, 1u << 0 | 1u << 1 | 1u << 3, PTN_C_OK },
        { 2, 1u << 0 | 1u << 1, PTN_C_CORRUPT },
        { 2, 1u << 1 | 1u << 3, PTN_C_CORRUPT },
        { 2, 1u << 3, PTN_C_CORRUPT },
        { 3, 15, PTN_C_BAD_INPUT },
        { 1, 15, PTN_C_BAD_INPUT },
    };
    struct country *country = *state;
    struct ptn_roster old;
    struct ptn_bytes old_text = roster_text(country, 1, 0, 2);
    char kept[TEXT_SIZE];

    memcpy(kept, old_text.at, old_text.len);
    assert_true(
        ptn_ok(ptn_roster_parse(ptn_bytes_of(kept, old_text.len), country->arena, &old, NULL)));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct ptn_bytes text = roster_text(country, steps[i].version, 1, 2);
        struct ptn_buffer note = sign(country, text, steps[i].who);
        struct ptn_roster next;

        assert_int_equal(
            ptn_roster_follows(&old, ptn_buffer_bytes(&note), in_time, country->arena, &next, NULL)
                .code,
            steps[i].code);
        ptn_buffer_release(&note);
    }
}

/* ROSTER-1. Old: authorities 0, 1, 2; 1, 2, 3 brings one in, whom a version that is over may not.
 */
static void test_roster__a_version_that_is_over_brings_nobody_in(void **state)
{
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    struct ptn_roster old, next;
    char kept[TEXT_SIZE];
    struct ptn_buffer same, wider, later;
    struct ptn_bytes waiting[1];

    memcpy(kept, text.at, text.len);
    assert_true(ptn_ok(ptn_roster_parse(ptn_bytes_of(kept, text.len), country->arena, &old, NULL)));
    same = sign(country, roster_text(country, 2, 0, 2), 3);
    wider = sign(country, roster_text(country, 2, 1, 2), 6);
    text = roster_text(country, 3, 1, 2);
    memcpy(strstr(country->text, "expires 2027"), "expires 2029", 12);
    later = sign(country, text, 6);
    waiting[0] = ptn_buffer_bytes(&wider);

    assert_true(ptn_ok(
        ptn_roster_follows(&old, ptn_buffer_bytes(&same), too_late, country->arena, &next, NULL)));
    assert_null(ptn_roster_widens(&old, &next));
    assert_true(ptn_ok(
        ptn_roster_follows(&old, ptn_buffer_bytes(&wider), in_time, country->arena, &next, NULL)));
    assert_string_equal(ptn_roster_widens(&old, &next), "a person's key");
    assert_int_equal(
        ptn_roster_follows(&old, ptn_buffer_bytes(&wider), too_late, country->arena, &next, NULL)
            .code,
        PTN_C_BUSY);
    /* whoever was away walks over it to one that is not over, and over none that is missing */
    assert_true(ptn_ok(ptn_roster_follows_through(&old, waiting, 1, ptn_buffer_bytes(&later),
                                                  too_late, country->arena, &next, NULL)));
    assert_int_equal(next.version, 3);
    assert_int_equal(
        ptn_roster_follows(&old, ptn_buffer_bytes(&later), too_late, country->arena, &next, NULL)
            .code,
        PTN_C_BAD_INPUT);
    ptn_buffer_release(&same);
    ptn_buffer_release(&wider);
    ptn_buffer_release(&later);
}

/* Each way to trust more, and each way to trust less, is told apart. */
static void test_roster__what_trusts_more_is_named(void **state)
{
    static const uint8_t other[32] = { 9 };
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    char kept[TEXT_SIZE];
    struct ptn_roster old, next;

#define AGAIN()                                                                                    \
    assert_true(ptn_ok(ptn_roster_parse(ptn_bytes_of(kept, text.len), country->arena, &next, NULL)))
    memcpy(kept, text.at, text.len);
    assert_true(ptn_ok(ptn_roster_parse(ptn_bytes_of(kept, text.len), country->arena, &old, NULL)));
    AGAIN();
    next.node_count = next.spare_count = next.personnel_count = next.reading_count = 0;
    next.publishing = PTN_BYTES_NONE;
    next.authorities_needed = 3;
    next.quorum_n = 3;
    next.quorum_q = 2;
    next.quorum_f = 0;
    next.retentions[0].days = 1826;
    assert_null(ptn_roster_widens(&old, &next));
    AGAIN();
    memcpy(next.nodes[0].tls, other, sizeof(other));
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    next.nodes[0].address = PTN_BYTES_LITERAL("elsewhere.example:1");
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    memcpy(next.spares[0].tls, other, sizeof(other));
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    memcpy(next.readings[0].key, other, sizeof(other));
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    next.authorities_needed = 1;
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    next.quorum_f = 0;
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    next.quorum_q = 2;
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    next.publishing = PTN_BYTES_LITERAL("utopia.example/another");
    assert_non_null(ptn_roster_widens(&old, &next));
    AGAIN();
    next.retention_count = 0;
    assert_non_null(ptn_roster_widens(&old, &next));
#undef AGAIN
}

static void test_roster__a_name_keeps_its_key(void **state)
{
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    char kept[TEXT_SIZE];
    struct ptn_roster old, next;

    memcpy(kept, text.at, text.len);
    assert_true(ptn_ok(ptn_roster_parse(ptn_bytes_of(kept, text.len), country->arena, &old, NULL)));
    next = old;
    next.version = 2;
    assert_true(ptn_ok(ptn_roster_may_follow(&old, &next, NULL)));
    next.nodes = ptn_arena_take(country->arena, old.node_count * sizeof(*next.nodes));
    assert_non_null(next.nodes);
    memcpy(next.nodes, old.nodes, old.node_count * sizeof(*next.nodes));
    next.nodes[1].ledger.public_key[0] ^= 1;
    assert_int_equal(ptn_roster_may_follow(&old, &next, NULL).code, PTN_C_BAD_INPUT);
}

static void test_roster__one_key_under_two_names_is_refused(void **state)
{
    struct country *country = *state;
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    struct ptn_roster roster;
    struct ptn_vkey twice;
    struct ptn_buffer out;
    struct ptn_vkey authorities[2];

    assert_true(ptn_ok(ptn_roster_parse(text, country->arena, &roster, NULL)));
    authorities[0] = roster.authorities[0];
    assert_true(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL("utopia.example/again"),
                                     authorities[0].public_key, &twice)));
    authorities[1] = twice;
    roster.authorities = authorities;
    roster.authority_count = 2;
    ptn_buffer_init(&out, TEXT_SIZE);
    assert_true(ptn_ok(ptn_roster_write(&roster, &out)));
    assert_int_equal(ptn_roster_parse(ptn_buffer_bytes(&out), country->arena, &roster, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
}

/* A line that is there once more for each month asked for; the parser wants them sorted. */
static void lacks(struct country *country, const char *lines, struct ptn_date from,
                  struct ptn_date month, const char *reader, size_t count)
{
    struct ptn_bytes text = roster_text(country, 1, 0, 2);
    char *at = strstr(country->text, "reading ");
    char *end = strstr(country->text, "retention ");
    char rest[512];
    struct ptn_roster roster;
    struct ptn_roster_lack lack = { .count = 99 };

    assert_true(at != NULL && end != NULL && text.len < TEXT_SIZE / 2);
    (void)snprintf(rest, sizeof(rest), "%s", end);
    (void)snprintf(at, TEXT_SIZE / 2, "%s%s", lines, rest);
    assert_true(ptn_ok(
        ptn_roster_parse(ptn_bytes_from_text(country->text), country->arena, &roster, NULL)));
    assert_true(ptn_roster_reading_lack(&roster, from, &lack));
    assert_true(ptn_date_equal(lack.month, month));
    assert_true(ptn_bytes_is(lack.reader, reader));
    assert_int_equal(lack.count, count);
}

#define KEY(digit) "000000000000000000000000000000000000000000000000000000000000000" digit "\n"

static void test_roster__the_first_month_without_a_key_is_named(void **state)
{
    static const struct ptn_date november = { 2026, 11, 29 };
    struct country *country = *state;

    /* the post has no line at all */
    lacks(country, "recovery 2026-11 " KEY("1"), november, (struct ptn_date){ 2026, 11, 0 },
          "utopia.example/post", 1);
    lacks(country,
          "reading utopia.example/post 2026-11 " KEY("1") "recovery 2026-11 " KEY(
              "2") "recovery 2026-12 " KEY("3"),
          november, (struct ptn_date){ 2026, 12, 0 }, "utopia.example/post", 1);
    /* a hole counts, what is over does not, and the year goes on */
    lacks(country,
          "reading utopia.example/centre 2026-11 " KEY(
              "1") "reading utopia.example/centre "
                   "2027-01 " KEY("2") "reading "
                                       "utopia.example/post 2026-12 " KEY(
                                           "3") "recovery 2026-12 " KEY("4"),
          (struct ptn_date){ 2026, 12, 31 }, (struct ptn_date){ 2026, 12, 0 },
          "utopia.example/centre", 1);
    lacks(
        country,
        "reading utopia.example/post 2026-10 " KEY("1") "reading utopia.example/post 2026-12 " KEY(
            "2") "recovery 2026-10 " KEY("3") "recovery 2026-12 " KEY("4"),
        (struct ptn_date){ 2026, 12, 1 }, (struct ptn_date){ 2027, 1, 0 }, "utopia.example/post",
        2);
    /* a spare that has some is a reader, too */
    lacks(country,
          "reading utopia.example/post 2026-11 " KEY("1") "reading utopia.example/post-2 "
                                                          "2026-10 " KEY("2"),
          november, (struct ptn_date){ 2026, 11, 0 }, "utopia.example/post-2", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_roster__is_read_back_and_looked_up, set_up, tear_down),
        cmocka_unit_test(test_roster__a_quorum_is_safe_or_refused),
        cmocka_unit_test_setup_teardown(test_roster__any_other_form_is_refused_and_the_line_named,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roster__a_post_has_one_site_keeper, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roster__several_gateways_are_read_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_roster__a_first_one_needs_enough_of_its_own_authorities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_roster__the_next_one_needs_enough_of_the_old_and_of_the_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roster__a_version_that_is_over_brings_nobody_in,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roster__what_trusts_more_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roster__the_first_month_without_a_key_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_roster__a_name_keeps_its_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roster__one_key_under_two_names_is_refused, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
