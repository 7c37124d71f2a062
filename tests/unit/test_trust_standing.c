/* Goal: orders are a set (any order of arrival, any copies: the same state), what one key may do
 * alone is bounded, and nothing signed by online keys alone ends an order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "trust/standing.h"

#define PEOPLE   9u /* authorities 0-2, duty officers 3-5, personnel 6, a centre 7, a stranger 8 */
#define A(i)     (1u << (i))
#define D(i)     (1u << (3 + (i)))
#define CENTRE   (1u << 7)
#define STRANGER (1u << 8)
#define NOW      INT64_C(1788991440000) /* 2026-09-09T22:04:00Z */
#define DAY      INT64_C(86400000)
#define NOTES    64u

/* Keys, a roster, and the notes of one test. */
struct country {
    struct ptn_world *world;
    struct ptn_vault *vaults[PEOPLE];
    struct ptn_vkey keys[PEOPLE];
    struct ptn_roster_node centre;
    struct ptn_roster roster;
    unsigned number; /* of the next order */
    struct ptn_buffer notes[NOTES];
    size_t note_count;
};

static const char *const names[PEOPLE] = { "u.example/authority-1", "u.example/authority-2",
                                           "u.example/authority-3", "u.example/duty-1",
                                           "u.example/duty-2",      "u.example/duty-3",
                                           "u.example/personnel",   "u.example/centre",
                                           "u.example/stranger" };

static int set_up(void **state)
{
    struct country *country = calloc(1, sizeof(*country));

    country->world = ptn_world_seeded(5, NOW);
    for (unsigned i = 0; i < PEOPLE; i++) {
        char dir[16];

        (void)snprintf(dir, sizeof(dir), "person%u", i);
        assert_true(ptn_ok(country->world->files->make_dir(country->world->context, dir)));
        assert_true(ptn_ok(ptn_vault_create(country->world, dir, NULL)));
        assert_true(ptn_ok(ptn_vault_open(country->world, dir, &country->vaults[i], NULL)));
        assert_true(ptn_ok(ptn_vkey_make(ptn_bytes_from_text(names[i]),
                                         ptn_vault_public_key(country->vaults[i], PTN_ROLE_NODE),
                                         &country->keys[i])));
    }
    country->centre.role = PTN_ROSTER_CENTRE;
    country->centre.ledger = country->keys[7];
    country->roster = (struct ptn_roster){ .origin = PTN_BYTES_LITERAL("u.example/roster"),
                                           .version = 1,
                                           .expires = { 2027, 9, 9 },
                                           .authorities_needed = 2,
                                           .authorities = country->keys,
                                           .authority_count = 3,
                                           .duties = country->keys + 3,
                                           .duty_count = 3,
                                           .personnel = country->keys + 6,
                                           .personnel_count = 1,
                                           .nodes = &country->centre,
                                           .node_count = 1 };
    *state = country;
    return 0;
}

static int tear_down(void **state)
{
    struct country *country = *state;

    for (unsigned i = 0; i < PEOPLE; i++)
        ptn_vault_close(country->vaults[i]);
    for (size_t i = 0; i < country->note_count; i++)
        ptn_buffer_release(&country->notes[i]);
    ptn_world_seeded_free(country->world);
    free(country);
    return 0;
}

/* Sign the text with the people whose bits are set; the note lives as long as the country. */
static struct ptn_bytes sign(struct country *country, const char *text, unsigned who)
{
    struct ptn_buffer *note = &country->notes[country->note_count++];

    assert_true(country->note_count <= NOTES);
    ptn_buffer_init(note, PTN_NOTE_LEN_MAX);
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct ptn_buffer one = { .len_max = PTN_NOTE_LEN_MAX };
        struct ptn_note parsed;

        if ((who >> i & 1) == 0)
            continue;
        assert_true(
            ptn_ok(ptn_note_sign(country->vaults[i], PTN_ROLE_NODE, ptn_bytes_from_text(names[i]),
                                 ptn_bytes_from_text(text), &one, NULL)));
        assert_true(ptn_ok(ptn_note_parse(ptn_buffer_bytes(&one), &parsed, NULL)));
        assert_true(ptn_ok(
            ptn_buffer_add(note, note->len == 0 ? ptn_buffer_bytes(&one) : parsed.signatures)));
        ptn_buffer_release(&one);
    }
    return ptn_buffer_bytes(note);
}

/* An order's text with a number of its own. given_s: seconds after NOW. */
#define TEXT_SIZE 4096u
static void write_text(struct country *country, char text[TEXT_SIZE], int64_t given_ms,
                       const char *body)
{
    char given[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(given_ms, given);
    (void)snprintf(
        text, TEXT_SIZE,
        "postern order 1\ncountry u.example/roster\nnumber %032x\ngiven %.19sZ\n%sreason "
        "r\n",
        country->number++, given, body);
}

static struct ptn_bytes give(struct country *country, const char *body, unsigned who,
                             struct ptn_hash *ret_name)
{
    char text[TEXT_SIZE];

    write_text(country, text, NOW, body);
    if (ret_name != NULL)
        assert_true(ptn_ok(ptn_order_name(ptn_bytes_from_text(text), ret_name)));
    return sign(country, text, who);
}

/* A restore or annul that names these orders, which it sorts. */
static struct ptn_bytes end(struct country *country, const char *verb, struct ptn_hash *ended,
                            size_t count, unsigned who, struct ptn_hash *ret_name)
{
    struct ptn_buffer body = { .len_max = TEXT_SIZE };
    struct ptn_bytes note;

    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (memcmp(ended[k].at, ended[i].at, PTN_HASH_LEN) < 0) {
                struct ptn_hash former = ended[i];

                ended[i] = ended[k];
                ended[k] = former;
            }
    assert_true(ptn_ok(ptn_buffer_addf(&body, "verb %s\nall\n", verb)));
    for (size_t i = 0; i < count; i++) {
        assert_true(ptn_ok(ptn_buffer_add_text(&body, "ends ")));
        assert_true(ptn_ok(ptn_buffer_add_hex(&body, ptn_bytes_of(ended[i].at, PTN_HASH_LEN))));
        assert_true(ptn_ok(ptn_buffer_add_text(&body, "\n")));
    }
    assert_true(ptn_ok(ptn_buffer_add_u8(&body, 0)));
    note = give(country, (const char *)body.at, who, ret_name);
    ptn_buffer_release(&body);
    return note;
}

static const struct ptn_orders_post *post_of(const char *origin, unsigned conditions)
{
    static struct ptn_orders_post post;

    post = (struct ptn_orders_post){ .origin = ptn_bytes_from_text(origin),
                                     .kind = PTN_ORDER_LAND,
                                     .conditions = conditions };
    return &post;
}

static enum ptn_code add(struct country *country, struct ptn_orders *orders, struct ptn_bytes note)
{
    struct ptn_hash name;
    bool is_new;

    return ptn_orders_add(orders, &country->roster, note, NOW, &name, &is_new, NULL).code;
}

static const char *fate(const struct ptn_orders *orders, const struct ptn_hash *name)
{
    size_t index = ptn_orders_find(orders, name);

    return index == ptn_orders_count(orders)
               ? "absent"
               : ptn_order_fate_word(ptn_orders_at(orders, index).fate);
}

static const char *why(const struct ptn_orders *orders, const struct ptn_hash *name)
{
    return ptn_orders_at(orders, ptn_orders_find(orders, name)).verdict.word;
}

#define LOCAL_ALL                                                                                  \
    "verb withdraw\nrung local\ncause attack\nall\nfunction lanes-in\nfunction lanes-out\n"
#define LOCAL_A                                                                                    \
    "verb withdraw\nrung local\ncause technical\npost u/a\nfunction lanes-in\nfunction "           \
    "lanes-out\n"
static const char revoke_key[] =
    "verb revoke\nall\nkey "
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";
#define MANUAL_A "verb withdraw\nrung manual\ncause technical\npost u/a\nfunction lanes-in\n"

static void test_standing__two_duty_keys_stop_the_country_one_does_not(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_hash name;
    char text[TEXT_SIZE];
    struct ptn_standing standing;

    write_text(country, text, NOW, LOCAL_ALL);
    assert_true(ptn_ok(ptn_order_name(ptn_bytes_from_text(text), &name)));
    assert_int_equal(add(country, orders, sign(country, text, D(0))), PTN_C_OK);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(standing.count, 0);
    assert_string_equal(fate(orders, &name), "waiting");
    assert_string_equal(why(orders, &name), "signatures");
    /* the second signature comes by another note */
    assert_int_equal(add(country, orders, sign(country, text, D(2))), PTN_C_OK);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(standing.count, 1);
    assert_int_equal(standing.entry, PTN_RUNG_LOCAL);
    assert_int_equal(standing.exit, PTN_RUNG_LOCAL);
    assert_int_equal(standing.cause, PTN_CAUSE_ATTACK);
    assert_string_equal(fate(orders, &name), "standing");
    ptn_orders_free(orders);
}

static void test_standing__who_is_refused(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_bytes note = give(country, LOCAL_A, D(0), NULL);
    struct ptn_buffer forged = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_roster other = country->roster;
    struct ptn_hash name;
    bool is_new;

    other.origin = PTN_BYTES_LITERAL("v.example/roster");
    assert_int_equal(add(country, orders, give(country, LOCAL_A, STRANGER, NULL)), PTN_C_BAD_INPUT);
    assert_int_equal(add(country, orders, give(country, LOCAL_A, CENTRE, NULL)), PTN_C_BAD_INPUT);
    assert_int_equal(ptn_orders_add(orders, &other, note, NOW, &name, &is_new, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(add(country, orders, PTN_BYTES_LITERAL("x\n\n")), PTN_C_BAD_INPUT);
    /* every byte of the text changed: no order, or forged */
    for (size_t i = 0; i < note.len; i++) {
        ptn_buffer_clear(&forged);
        assert_true(ptn_ok(ptn_buffer_add(&forged, note)));
        forged.at[i] ^= 1;
        assert_int_not_equal(add(country, orders, ptn_buffer_bytes(&forged)), PTN_C_OK);
    }
    /* cut anywhere: none */
    for (size_t len = 0; len < note.len; len++)
        assert_int_not_equal(add(country, orders, ptn_bytes_of(note.at, len)), PTN_C_OK);
    assert_int_equal(ptn_orders_count(orders), 0);
    ptn_buffer_release(&forged);
    ptn_orders_free(orders);
}

/* One stolen duty key tries eight posts: two go local, by whatever hand and in whatever order. */
static void test_standing__one_key_alone_takes_two_posts_a_day(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_hash names_of[8];
    size_t stands = 0;

    for (unsigned i = 0; i < 8; i++) {
        char body[256];
        char text[TEXT_SIZE];

        (void)snprintf(body, sizeof(body),
                       "verb withdraw\nrung local\ncause attack\npost u/%u\nfunction lanes-in\n",
                       i);
        /* dated days apart, which helps the thief nothing */
        write_text(country, text, NOW - (int64_t)i * 3 * DAY, body);
        assert_true(ptn_ok(ptn_order_name(ptn_bytes_from_text(text), &names_of[i])));
        assert_int_equal(add(country, orders, sign(country, text, D(1))), PTN_C_OK);
        (void)ptn_orders_judge(orders, &country->roster, post_of("u/0", 0));
    }
    for (unsigned i = 0; i < 8; i++)
        stands += strcmp(fate(orders, &names_of[i]), "standing") == 0 ||
                  strcmp(fate(orders, &names_of[i]), "elsewhere") == 0;
    assert_int_equal(stands, 2);
    assert_string_equal(why(orders, &names_of[5]), "signatures");
    ptn_orders_free(orders);
}

static void test_standing__what_one_key_can_not_do_alone(void **state)
{
    static const char *const bodies[] = {
        MANUAL_A,
        "verb withdraw\nrung local\ncause drill\nall\nfunction lanes-in\n",
        "verb withdraw\nrung local\ncause drill\nkind land\nfunction lanes-in\n",
        "verb withdraw\nrung local\ncause drill\npost u/a\npost u/b\npost u/c\nfunction lanes-in\n",
        "verb withdraw\ncause drill\npost u/a\nfunction messages\n",
        revoke_key,
    };
    struct country *country = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct ptn_orders *orders = ptn_orders_new();
        struct ptn_hash name;
        struct ptn_hash same;

        assert_int_equal(add(country, orders, give(country, bodies[i], D(0), &name)), PTN_C_OK);
        (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
        assert_string_equal(fate(orders, &name), "waiting");
        /* an authority's key counts as a duty officer's */
        assert_int_equal(add(country, orders, give(country, bodies[i], D(0) | A(2), &same)),
                         PTN_C_OK);
        (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
        assert_string_equal(fate(orders, &same), "standing");
        ptn_orders_free(orders);
    }
}

static void test_standing__who_ends_what(void **state)
{
    static const struct {
        const char *body;
        const char *verb;
        unsigned who, conditions;
        bool supervisor;
        const char *fate, *why;
    } rows[] = {
        { LOCAL_A, "restore", D(1), 0, false, "ended", "yes" },
        { LOCAL_A, "restore", A(1), 0, false, "ended", "yes" },
        { LOCAL_ALL, "restore", D(0) | D(1) | D(2), PTN_PROVISO_GATE, false, "standing",
          "not-theirs" },
        { LOCAL_ALL, "restore", A(0), PTN_PROVISO_GATE, false, "standing", "signatures" },
        { LOCAL_ALL, "restore", A(0) | A(2), 0, false, "standing", "gate" },
        { LOCAL_ALL, "restore", A(0) | A(2), PTN_PROVISO_GATE, false, "ended", "yes" },
        { LOCAL_ALL, "annul", A(0) | A(2), 0, false, "ended", "yes" },
        { LOCAL_ALL, "annul", A(0), 0, false, "standing", "signatures" },
        { MANUAL_A, "annul", A(0) | A(1), 0, false, "standing", "was-manual" },
        { MANUAL_A, "restore", D(1), PTN_PROVISO_SERIALS, false, "standing", "signatures" },
        { MANUAL_A, "restore", D(1), 0, true, "standing", "serials" },
        { MANUAL_A, "restore", D(1), PTN_PROVISO_SERIALS, true, "ended", "yes" },
    };
    struct country *country = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_orders *orders = ptn_orders_new();
        struct ptn_hash stop;
        struct ptn_hash back;

        assert_int_equal(add(country, orders, give(country, rows[i].body, D(0) | D(2), &stop)),
                         PTN_C_OK);
        assert_int_equal(
            add(country, orders, end(country, rows[i].verb, &stop, 1, rows[i].who, &back)),
            PTN_C_OK);
        if (rows[i].supervisor)
            assert_true(ptn_ok(ptn_orders_confirm(orders, &back)));
        (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", rows[i].conditions));
        assert_string_equal(fate(orders, &stop), rows[i].fate);
        assert_string_equal(why(orders, &back), rows[i].why);
        ptn_orders_free(orders);
    }
}

/* An expired roster: orders to stop count, orders to return do not. */
static void test_standing__an_expired_roster_tightens_only(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_roster old = country->roster;
    struct ptn_hash stop;
    struct ptn_hash back;
    struct ptn_standing standing;

    old.expires = (struct ptn_date){ 2026, 9, 8 };
    assert_int_equal(add(country, orders, give(country, LOCAL_A, D(0), &stop)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, A(0) | A(1), &back)),
                     PTN_C_OK);
    standing = ptn_orders_judge(orders, &old, post_of("u/a", 0));
    assert_int_equal(standing.count, 1);
    assert_string_equal(why(orders, &back), "roster-expired");
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(standing.count, 0);
    ptn_orders_free(orders);
}

/* ORDER-2: a later roster without the officers does not undo what they did. */
static void test_standing__a_later_roster_undoes_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_roster later = country->roster;
    struct ptn_hash stop;
    struct ptn_hash other;

    later.version = 2;
    later.authorities_needed = 3;
    later.duty_count = 0;
    assert_int_equal(add(country, orders, give(country, LOCAL_A, D(0), &stop)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, D(1), NULL)), PTN_C_OK);
    assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(1), &other)), PTN_C_OK);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    (void)ptn_orders_judge(orders, &later, post_of("u/a", 0));
    assert_string_equal(fate(orders, &stop), "ended");
    assert_string_equal(fate(orders, &other), "standing");
    ptn_orders_free(orders);
}

/* A revoked duty key still stops and no longer restores; a restored one does again. */
static void test_standing__a_revoked_key_tightens_and_does_not_loosen(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_buffer body = { .len_max = TEXT_SIZE };
    struct ptn_hash stop;
    struct ptn_hash late;
    struct ptn_hash revoke;

    assert_true(ptn_ok(ptn_buffer_add_text(&body, "verb revoke\nall\nkey ")));
    assert_true(ptn_ok(
        ptn_buffer_add_hex(&body, ptn_bytes_of(country->keys[3].public_key, PTN_PUBLIC_KEY_LEN))));
    assert_true(ptn_ok(ptn_buffer_add(&body, ptn_bytes_of("\n", 2))));
    assert_int_equal(add(country, orders, give(country, LOCAL_A, D(1), &stop)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, D(0), NULL)), PTN_C_OK);
    assert_int_equal(
        add(country, orders, give(country, (const char *)body.at, D(1) | D(2), &revoke)), PTN_C_OK);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(add(country, orders, give(country, LOCAL_A, D(0), &late)), PTN_C_OK);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_string_equal(fate(orders, &stop), "standing");
    assert_string_equal(fate(orders, &late), "standing");
    assert_true(
        ptn_orders_is_revoked(orders, PTN_ORDER_TARGET_KEY,
                              ptn_bytes_of(country->keys[3].public_key, PTN_PUBLIC_KEY_LEN)));
    assert_int_equal(add(country, orders, end(country, "restore", &revoke, 1, A(0) | A(1), NULL)),
                     PTN_C_OK);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_string_equal(fate(orders, &revoke), "ended");
    assert_string_equal(fate(orders, &stop), "ended");
    ptn_buffer_release(&body);
    ptn_orders_free(orders);
}

static void test_standing__officers_devices_and_distrusted_ledgers(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_buffer body = { .len_max = TEXT_SIZE };

    assert_int_equal(
        add(country, orders, give(country, "verb revoke\npost u/a\nofficer arben\n", D(0), NULL)),
        PTN_C_OK);
    assert_int_equal(
        add(country, orders, give(country, "verb revoke\nall\ndevice lane-3\n", D(0), NULL)),
        PTN_C_OK);
    for (unsigned size = 9; size >= 7; size--) {
        ptn_buffer_clear(&body);
        assert_true(ptn_ok(ptn_buffer_add_text(&body, "verb distrust\nall\nkey ")));
        assert_true(ptn_ok(ptn_buffer_add_hex(
            &body, ptn_bytes_of(country->keys[7].public_key, PTN_PUBLIC_KEY_LEN))));
        assert_true(ptn_ok(ptn_buffer_addf(&body, "\nafter %u\n", size)));
        assert_true(ptn_ok(ptn_buffer_add_u8(&body, 0)));
        assert_int_equal(add(country, orders, give(country, (const char *)body.at, D(2), NULL)),
                         PTN_C_OK);
    }
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_true(
        ptn_orders_is_revoked(orders, PTN_ORDER_TARGET_OFFICER, PTN_BYTES_LITERAL("arben")));
    assert_false(
        ptn_orders_is_revoked(orders, PTN_ORDER_TARGET_DEVICE, PTN_BYTES_LITERAL("arben")));
    assert_true(
        ptn_orders_is_revoked(orders, PTN_ORDER_TARGET_DEVICE, PTN_BYTES_LITERAL("lane-3")));
    assert_int_equal(ptn_orders_trusted_until(orders, country->keys[7].public_key), 7);
    assert_int_equal(ptn_orders_trusted_until(orders, country->keys[8].public_key),
                     PTN_TREE_SIZE_MAX);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/b", 0));
    assert_false(
        ptn_orders_is_revoked(orders, PTN_ORDER_TARGET_OFFICER, PTN_BYTES_LITERAL("arben")));
    ptn_buffer_release(&body);
    ptn_orders_free(orders);
}

/* The least size counts; what too few signed, or what is for another post, does not. PUBLISH-5. */
static void test_standing__what_a_ledger_published_is_void_from_a_size_on(void **state)
{
    static const struct {
        const char *where;
        unsigned size, signers;
    } given[] = { { "all", 9, A(0) | A(1) },
                  { "post u/a", 7, A(0) | A(1) },
                  { "post u/b", 5, A(0) | A(1) },
                  { "all", 3, A(0) },
                  { "all", 2, D(0) | D(1) | D(2) } };
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_buffer body = { .len_max = TEXT_SIZE };
    const uint8_t *key = country->keys[7].public_key;

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        ptn_buffer_clear(&body);
        assert_true(ptn_ok(ptn_buffer_addf(&body, "verb void\n%s\nkey ", given[i].where)));
        assert_true(ptn_ok(ptn_buffer_add_hex(&body, ptn_bytes_of(key, PTN_PUBLIC_KEY_LEN))));
        assert_true(ptn_ok(ptn_buffer_addf(&body, "\nafter %u\n", given[i].size)));
        assert_true(ptn_ok(ptn_buffer_add_u8(&body, 0)));
        assert_int_equal(
            add(country, orders, give(country, (const char *)body.at, given[i].signers, NULL)),
            PTN_C_OK);
    }
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(ptn_orders_void_after(orders, key), 7);
    assert_int_equal(ptn_orders_void_after(orders, country->keys[8].public_key), PTN_TREE_SIZE_MAX);
    assert_int_equal(ptn_orders_trusted_until(orders, key), PTN_TREE_SIZE_MAX);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/b", 0));
    assert_int_equal(ptn_orders_void_after(orders, key), 5);
    ptn_buffer_release(&body);
    ptn_orders_free(orders);
}

static void test_standing__its_own_step_and_back(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    const struct ptn_signers node = { .node = true };
    const struct ptn_signers supervisor = { .supervisor = true };
    char text[TEXT_SIZE];
    struct ptn_hash own;
    struct ptn_hash manual;
    struct ptn_standing standing;

    write_text(country, text, NOW, LOCAL_A);
    assert_true(
        ptn_ok(ptn_orders_add_own(orders, ptn_bytes_from_text(text), &node, NOW, &own, NULL)));
    write_text(country, text, NOW, MANUAL_A);
    assert_true(
        ptn_ok(ptn_orders_add_own(orders, ptn_bytes_from_text(text), &node, NOW, &manual, NULL)));
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(standing.entry, PTN_RUNG_LOCAL); /* a node alone never goes to manual */
    assert_string_equal(fate(orders, &manual), "refused");
    assert_int_equal(ptn_orders_step_back(orders, &country->roster, &own, PTN_PROVISO_BRIEF).code,
                     PTN_C_BUSY);
    assert_true(ptn_ok(ptn_orders_step_back(orders, &country->roster, &own,
                                            PTN_PROVISO_BRIEF | PTN_PROVISO_ALONE)));
    assert_int_equal(ptn_orders_judge(orders, &country->roster, post_of("u/a", 0)).count, 0);
    write_text(country, text, NOW, MANUAL_A);
    assert_true(ptn_ok(
        ptn_orders_add_own(orders, ptn_bytes_from_text(text), &supervisor, NOW, &manual, NULL)));
    assert_int_equal(ptn_orders_step_back(orders, &country->roster, &manual, 63).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(ptn_orders_judge(orders, &country->roster, post_of("u/a", 0)).entry,
                     PTN_RUNG_MANUAL);
    assert_true(ptn_ok(ptn_orders_recall(orders, &manual, true)));
    assert_int_equal(ptn_orders_judge(orders, &country->roster, post_of("u/a", 0)).count, 0);
    ptn_orders_free(orders);
}

/* After a start anew: what stood and what was ended is so, though its signers have left the roster
 * and the gate has closed; a revoked signer still takes a return back. */
static void test_standing__a_start_anew_forgets_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_roster later = country->roster;
    struct ptn_hash stop;
    struct ptn_hash back;
    struct ptn_hash other;
    struct ptn_bytes stop_note = give(country, LOCAL_ALL, D(0) | D(1), &stop);
    struct ptn_bytes other_note = give(country, LOCAL_A, D(0), &other);
    struct ptn_bytes back_note = end(country, "restore", &stop, 1, A(0) | A(1), &back);
    struct ptn_note parsed;
    bool is_new;

    later.duty_count = 0;
    assert_int_equal(ptn_orders_add(orders, &later, stop_note, NOW, &stop, &is_new, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_note_parse(stop_note, &parsed, NULL)));
    assert_true(ptn_ok(ptn_orders_add_former(orders, parsed.text, NOW, &stop, NULL)));
    assert_true(ptn_ok(ptn_note_parse(other_note, &parsed, NULL)));
    assert_true(ptn_ok(ptn_orders_add_former(orders, parsed.text, NOW, &other, NULL)));
    assert_int_equal(ptn_orders_judge(orders, &later, post_of("u/a", 0)).count, 0);
    assert_int_equal(add(country, orders, back_note), PTN_C_OK);
    assert_int_equal(ptn_orders_recall(orders, &back, false).code, PTN_C_OK);
    assert_true(ptn_ok(ptn_orders_recall(orders, &stop, true)));
    assert_true(ptn_ok(ptn_orders_recall(orders, &other, false)));
    assert_int_equal(ptn_orders_judge(orders, &later, post_of("u/a", 0)).count, 1);
    assert_string_equal(fate(orders, &stop), "ended");
    assert_string_equal(fate(orders, &other), "standing");
    assert_int_equal(ptn_orders_recall(orders, &(struct ptn_hash){ { 1 } }, true).code,
                     PTN_C_NOT_FOUND);
    ptn_orders_free(orders);
}

/* ---- the set ---- */

/* SplitMix64: the shuffles are the same in every run. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t x = (*seed += 0x9e3779b97f4a7c15u);

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* All that an order's reader can see of a state. */
struct seen {
    struct ptn_standing standing;
    enum ptn_order_fate fates[NOTES];
    const char *words[NOTES];
};

static struct seen look(struct country *country, struct ptn_orders *orders,
                        const struct ptn_hash *all, size_t count, unsigned conditions)
{
    struct seen seen = { 0 };

    seen.standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", conditions));
    for (size_t i = 0; i < count; i++) {
        struct ptn_orders_entry entry = ptn_orders_at(orders, ptn_orders_find(orders, &all[i]));

        seen.fates[i] = entry.fate;
        seen.words[i] = entry.fate == PTN_ORDER_STANDING ? "" : entry.verdict.word;
    }
    return seen;
}

/* A country's worth of orders: stops, returns (enough and not), a revoked key and its return,
 * halves. */
static size_t make_orders(struct country *country, bool with_return, struct ptn_bytes *notes,
                          struct ptn_hash *all)
{
    struct ptn_buffer body = { .len_max = TEXT_SIZE };
    struct ptn_hash two[2];
    char text[TEXT_SIZE];
    size_t n = 0;

    notes[n] = give(country, LOCAL_ALL, D(0) | D(1), &all[n]);
    n++;
    notes[n] = give(country, LOCAL_A, D(0), &all[n]);
    n++;
    notes[n] = give(country, MANUAL_A, D(1) | D(2), &all[n]);
    n++;
    notes[n] = give(country, "verb withdraw\ncause drill\nkind land\nfunction exports\n",
                    D(0) | D(2), &all[n]);
    n++;
    two[0] = all[1];
    two[1] = all[3];
    notes[n] = end(country, "restore", two, 2, D(2), &all[n]);
    n++;
    two[0] = all[0];
    notes[n] = end(country, "restore", two, 1, A(0) | A(1), &all[n]);
    n++;
    two[0] = all[2];
    notes[n] = end(country, "restore", two, 1, D(0), &all[n]);
    n++;
    assert_true(ptn_ok(ptn_buffer_add_text(&body, "verb revoke\nall\nkey ")));
    assert_true(ptn_ok(
        ptn_buffer_add_hex(&body, ptn_bytes_of(country->keys[5].public_key, PTN_PUBLIC_KEY_LEN))));
    assert_true(ptn_ok(ptn_buffer_add(&body, ptn_bytes_of("\n", 2))));
    notes[n] = give(country, (const char *)body.at, D(0) | D(1), &all[n]);
    n++;
    two[0] = all[7];
    if (with_return) {
        notes[n] = end(country, "restore", two, 1, A(1) | A(2), &all[n]);
        n++;
    }
    /* one order in two halves: two notes of one name */
    write_text(country, text, NOW, "verb withdraw\ncause drill\nall\nfunction messages\n");
    assert_true(ptn_ok(ptn_order_name(ptn_bytes_from_text(text), &all[n])));
    notes[n++] = sign(country, text, D(1));
    all[n] = all[n - 1];
    notes[n++] = sign(country, text, D(2));
    ptn_buffer_release(&body);
    return n;
}

/* ORDER-1: 300 shuffles with copies, judged after each arrival or only at the end: one state. */
static void shuffle(struct country *country, bool with_return)
{
    struct ptn_bytes notes[NOTES];
    struct ptn_hash all[NOTES];
    size_t count = make_orders(country, with_return, notes, all);
    uint64_t seed = 1;

    for (unsigned conditions = 0; conditions < 4; conditions++) {
        struct seen first = { 0 };

        for (unsigned run = 0; run < 75; run++) {
            struct ptn_orders *orders = ptn_orders_new();
            bool arrived[NOTES] = { false };
            size_t left = count;
            struct seen seen;

            while (left > 0) {
                size_t i = next_random(&seed) % count;

                if (run > 0 && arrived[i] && next_random(&seed) % 4 != 0)
                    continue;
                if (run == 0)
                    i = count - left;
                assert_int_equal(add(country, orders, notes[i]), PTN_C_OK);
                left -= !arrived[i];
                arrived[i] = true;
                if (run % 2 == 0)
                    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", conditions));
            }
            seen = look(country, orders, all, count, conditions);
            if (run == 0)
                first = seen;
            assert_memory_equal(&seen.standing, &first.standing, sizeof(seen.standing));
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(seen.fates[i], first.fates[i]);
                assert_string_equal(seen.words[i], first.words[i]);
            }
            ptn_orders_free(orders);
        }
    }
}

static void test_standing__any_order_of_arrival_gives_the_same(void **state)
{
    shuffle(*state, true);
}

static void test_standing__any_order_of_arrival_with_a_revoked_key(void **state)
{
    shuffle(*state, false);
}

/* What was enough when it came is enough when the gate closes again, and when later rosters ask for
 * more. */
static void test_standing__what_is_ended_stays_ended(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_roster later = country->roster;
    struct ptn_hash stop;

    later.authorities_needed = 3;
    assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(1), &stop)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, A(0) | A(1), NULL)),
                     PTN_C_OK);
    (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_GATE));
    assert_string_equal(fate(orders, &stop), "ended");
    (void)ptn_orders_judge(orders, &later, post_of("u/a", 0));
    assert_string_equal(fate(orders, &stop), "ended");
    ptn_orders_free(orders);
}

/*
 * TRUST-1: whatever machines sign, any number of them, and whatever one duty key adds: no order to
 * attack or manual that stood falls, and no function comes back.
 */
static void test_standing__online_keys_end_nothing(void **state)
{
    struct country *country = *state;
    static const unsigned hands[] = { CENTRE, STRANGER, CENTRE | STRANGER, D(2), D(2) | CENTRE };
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_hash stops[3];
    struct ptn_standing former;
    uint64_t seed = 9;

    assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(1), &stops[0])),
                     PTN_C_OK);
    assert_int_equal(add(country, orders, give(country, MANUAL_A, D(0) | D(1), &stops[1])),
                     PTN_C_OK);
    assert_int_equal(add(country, orders,
                         give(country, "verb withdraw\ncause attack\nall\nfunction exports\n",
                              D(0) | D(1), &stops[2])),
                     PTN_C_OK);
    former = ptn_orders_judge(orders, &country->roster, post_of("u/a", 3));
    for (unsigned i = 0; i < 50; i++) {
        unsigned who = hands[next_random(&seed) % 5];
        struct ptn_hash named[3] = { stops[0], stops[1], stops[2] };
        struct ptn_standing standing;
        struct ptn_bytes note =
            next_random(&seed) % 3 == 0
                ? give(country, LOCAL_A, who, NULL)
                : end(country, next_random(&seed) % 2 == 0 ? "restore" : "annul", named,
                      1 + next_random(&seed) % 3, who, NULL);

        (void)add(country, orders, note);
        standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 3));
        assert_true(standing.entry >= former.entry && standing.exit >= former.exit);
        assert_true(standing.cause >= former.cause && standing.count >= former.count);
        assert_int_equal(standing.stopped & former.stopped, former.stopped);
        former = standing;
    }
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(fate(orders, &stops[i]), "standing");
    ptn_orders_free(orders);
}

static void test_standing__one_key_can_not_fill_the_set(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();

    for (unsigned i = 0; i <= PTN_ORDERS_ALONE_MAX; i++) {
        country->note_count = 0;
        assert_int_equal(add(country, orders, give(country, LOCAL_A, D(0), NULL)),
                         i < PTN_ORDERS_ALONE_MAX ? PTN_C_OK : PTN_C_TOO_BIG);
        ptn_buffer_release(&country->notes[0]);
    }
    country->note_count = 0;
    /* who gives with a second person is heard */
    assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(1), NULL)), PTN_C_OK);
    assert_int_equal(ptn_orders_judge(orders, &country->roster, post_of("u/b", 0)).count, 1);
    ptn_orders_free(orders);
}

static void test_standing__no_memory_changes_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_bytes note = give(country, LOCAL_A, D(0), NULL);
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_hash name;
    struct ptn_status status;
    unsigned long nth = 0;
    bool is_new;

    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_orders_add(orders, &country->roster, note, NOW, &name, &is_new, NULL);
        if (fault_off()) {
            assert_false(ptn_ok(status));
            assert_int_equal(ptn_orders_count(orders), 0);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 3);
    ptn_orders_free(orders);
}

/* ---- the way back from an attack ---- */

#define ATTACK_A_MANUAL                                                                            \
    "verb withdraw\nrung manual\ncause attack\npost u/a\nfunction lanes-in\nfunction lanes-out\n"

/* An order that names another: head, the line's word, the name, tail. */
static struct ptn_bytes naming(struct country *country, const char *head, const char *word,
                               const struct ptn_hash *named, const char *tail, unsigned who,
                               struct ptn_hash *ret_name)
{
    struct ptn_buffer body = { .len_max = TEXT_SIZE };
    struct ptn_bytes note;

    assert_true(ptn_ok(ptn_buffer_addf(&body, "%s%s ", head, word)));
    assert_true(ptn_ok(ptn_buffer_add_hex(&body, ptn_bytes_of(named->at, PTN_HASH_LEN))));
    assert_true(ptn_ok(ptn_buffer_addf(&body, "\n%s", tail)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&body, 0)));
    note = give(country, (const char *)body.at, who, ret_name);
    ptn_buffer_release(&body);
    return note;
}

/* RETURN-3: from the gate on, one stage at a time, by hands and by time. */
static void test_standing__a_return_goes_stage_by_stage(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_hash stop, back, half, all;
    struct ptn_standing standing;

    assert_int_equal(add(country, orders, give(country, ATTACK_A_MANUAL, D(0) | D(2), &stop)),
                     PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, A(0) | A(1), &back)),
                     PTN_C_OK);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(standing.entry, PTN_RUNG_MANUAL);
    assert_int_equal(standing.attack_ms, NOW);
    assert_int_equal(standing.stage, PTN_STAGE_NONE);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_GATE));
    assert_int_equal(standing.entry, PTN_RUNG_NORMAL);
    assert_int_equal(standing.held_entry, PTN_RUNG_MANUAL);
    assert_int_equal(standing.held_exit, PTN_RUNG_MANUAL);
    assert_int_equal(standing.stage, PTN_STAGE_CANARY);
    assert_int_equal(standing.attack_ms, 0);
    assert_int_equal(standing.return_ms, NOW);
    assert_int_equal(ptn_orders_returns(orders, &all, 1), 1);
    assert_true(ptn_hash_equal(&all, &back));

    assert_int_equal(add(country, orders,
                         naming(country, "verb advance\nall\nstage all\n", "returns", &back, "",
                                A(0) | A(1), &all)),
                     PTN_C_OK);
    assert_int_equal(
        add(country, orders,
            naming(country, "verb advance\nall\nstage half\n", "returns", &back, "", D(1), &half)),
        PTN_C_OK);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_STEADY));
    assert_string_equal(why(orders, &all), "half-first");
    assert_string_equal(why(orders, &half), "signatures");
    assert_true(ptn_ok(ptn_orders_confirm(orders, &half)));
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_string_equal(why(orders, &half), "canary");
    assert_int_equal(standing.stage, PTN_STAGE_CANARY);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_STEADY));
    assert_string_equal(fate(orders, &half), "standing");
    assert_string_equal(fate(orders, &all), "waiting");
    assert_int_equal(standing.stage, PTN_STAGE_HALF);
    assert_int_equal(standing.held_entry, PTN_RUNG_MANUAL);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_int_equal(standing.stage, PTN_STAGE_HALF);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_STEADY));
    assert_int_equal(standing.stage, PTN_STAGE_ALL);
    assert_int_equal(standing.held_entry, PTN_RUNG_NORMAL);
    assert_int_equal(ptn_orders_returns(orders, &all, 1), 0);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0)); /* for good */
    assert_int_equal(standing.stage, PTN_STAGE_ALL);
    assert_string_equal(fate(orders, &stop), "ended");

    /* a further attack: its return begins at the canary again */
    assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(1), &stop)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, A(0) | A(2), &back)),
                     PTN_C_OK);
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_STEADY));
    assert_int_equal(standing.entry, PTN_RUNG_LOCAL);
    assert_int_equal(standing.attack_ms, NOW);
    standing = ptn_orders_judge(orders, &country->roster,
                                post_of("u/a", PTN_PROVISO_GATE | PTN_PROVISO_STEADY));
    assert_int_equal(standing.stage, PTN_STAGE_CANARY);
    assert_int_equal(standing.held_entry, PTN_RUNG_LOCAL);
    ptn_orders_free(orders);
}

/* What was annulled, and what was no attack, comes back whole. */
static void test_standing__only_a_return_from_an_attack_has_stages(void **state)
{
    static const struct {
        const char *body, *verb;
        enum ptn_stage stage;
    } rows[] = {
        { LOCAL_ALL, "restore", PTN_STAGE_CANARY },
        { LOCAL_ALL, "annul", PTN_STAGE_NONE },
        { LOCAL_A, "restore", PTN_STAGE_NONE },
        { "verb withdraw\ncause attack\nall\nfunction exports\n", "restore", PTN_STAGE_NONE },
    };
    struct country *country = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_orders *orders = ptn_orders_new();
        struct ptn_hash stop;
        struct ptn_standing standing;

        assert_int_equal(add(country, orders, give(country, rows[i].body, D(0) | D(2), &stop)),
                         PTN_C_OK);
        assert_int_equal(
            add(country, orders, end(country, rows[i].verb, &stop, 1, A(0) | A(1), NULL)),
            PTN_C_OK);
        standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", PTN_PROVISO_GATE));
        assert_string_equal(fate(orders, &stop), "ended");
        assert_int_equal(standing.stage, rows[i].stage);
        assert_int_equal(standing.entry, PTN_RUNG_NORMAL);
        ptn_orders_free(orders);
    }
}

/* A thief's annulment that names the stop, and came first, is not taken for what ended it when the
 * node starts again: the lanes stay held. */
static void test_standing__what_ended_it_is_remembered_by_what_was_in_force(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_hash stop, thief, back;
    struct ptn_standing standing;

    assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(2), &stop)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "annul", &stop, 1, D(0), &thief)), PTN_C_OK);
    assert_int_equal(add(country, orders, end(country, "restore", &stop, 1, A(0) | A(1), &back)),
                     PTN_C_OK);
    assert_true(ptn_ok(ptn_orders_recall(orders, &back, false)));
    assert_true(ptn_ok(ptn_orders_recall(orders, &stop, true)));
    standing = ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
    assert_string_equal(fate(orders, &stop), "ended");
    assert_string_equal(fate(orders, &thief), "refused");
    assert_int_equal(standing.stage, PTN_STAGE_CANARY);
    assert_int_equal(standing.held_entry, PTN_RUNG_LOCAL);
    ptn_orders_free(orders);
}

/* RELEASE-1: named, in force, later than the attack, and above every minimum. */
static void test_standing__what_software_is_released(void **state)
{
    static const char build[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    static const struct {
        unsigned who, version, minimum;
        int64_t since_ms;
        unsigned raised; /* the minimum of a further release of another program; 0: none */
        bool named, too_old;
    } rows[] = {
        { A(0) | A(1), 7, 1, 0, 0, true, false },
        { A(0) | A(1), 7, 1, NOW - 1000, 0, true, false },
        { A(0) | A(1), 7, 1, NOW, 0, false, false }, /* in the same second */
        { A(0) | A(1), 7, 1, NOW + 1000, 0, false, false },
        { A(0), 7, 1, 0, 0, false, false },
        { D(0) | D(1) | D(2), 7, 1, 0, 0, false, false },
        { A(0) | A(1), 7, 7, 0, 7, true, false },
        { A(0) | A(1), 7, 7, 0, 8, true, true },
    };
    struct country *country = *state;
    uint8_t digest[PTN_SHA256_LEN], other[PTN_SHA256_LEN] = { 1 };

    assert_true(ptn_hex_read_exactly(ptn_bytes_from_text(build), digest, sizeof(digest)));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_orders *orders = ptn_orders_new();
        struct ptn_released released;
        char body[512];

        (void)snprintf(body, sizeof(body),
                       "verb release\nbuild %s\nversion %u\nminimum %u\nmedium %s\n", build,
                       rows[i].version, rows[i].minimum, build);
        assert_int_equal(add(country, orders, give(country, body, rows[i].who, NULL)), PTN_C_OK);
        (void)snprintf(body, sizeof(body),
                       "verb release\nbuild %064u\nversion 9\nminimum %u\nmedium %s\n", 1,
                       rows[i].raised, build);
        if (rows[i].raised > 0)
            assert_int_equal(add(country, orders, give(country, body, A(1) | A(2), NULL)),
                             PTN_C_OK);
        (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
        released = ptn_orders_released(orders, digest, rows[i].since_ms);
        assert_int_equal(released.named, rows[i].named);
        assert_int_equal(released.too_old, rows[i].too_old);
        assert_int_equal(released.version, rows[i].named ? rows[i].version : 0);
        assert_false(ptn_orders_released(orders, other, 0).named);
        ptn_orders_free(orders);
    }
}

/* Every order of cause attack that stands must be closed, by two at least, here. */
static void test_standing__what_is_closed(void **state)
{
    static const struct {
        const char *head, *tail;
        unsigned who;
        bool both; /* the second order is closed as well */
        bool cause, swept, sheets;
    } rows[] = {
        { "verb close\nall\n", "", A(0) | A(1), true, true, false, false },
        { "verb close\nall\n", "", A(0) | A(1), false, false, false, false },
        { "verb close\nall\n", "", A(0), true, false, false, false },
        { "verb close\nall\n", "", D(0) | D(1), true, false, false, false },
        { "verb close\npost u/b\n", "", A(0) | A(1), true, false, false, false },
        { "verb close\nall\n",
          "swept 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n", A(0) | A(1),
          true, true, true, false },
        { "verb close\nall\n", "sheets u/former\n", A(0) | A(1), true, true, false, true },
        { "verb close\nall\n", "sheets u/other\n", A(0) | A(1), true, true, false, false },
    };
    struct country *country = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_orders *orders = ptn_orders_new();
        struct ptn_hash first, second;
        struct ptn_closed closed;

        assert_int_equal(add(country, orders, give(country, LOCAL_ALL, D(0) | D(1), &first)),
                         PTN_C_OK);
        assert_int_equal(add(country, orders, give(country, ATTACK_A_MANUAL, D(0) | D(1), &second)),
                         PTN_C_OK);
        assert_int_equal(
            add(country, orders,
                naming(country, rows[i].head, "closes", &first, rows[i].tail, rows[i].who, NULL)),
            PTN_C_OK);
        if (rows[i].both)
            assert_int_equal(add(country, orders,
                                 naming(country, rows[i].head, "closes", &second, rows[i].tail,
                                        rows[i].who, NULL)),
                             PTN_C_OK);
        (void)ptn_orders_judge(orders, &country->roster, post_of("u/a", 0));
        assert_int_equal(ptn_orders_attacks(orders, &first, 1), 1);
        closed = ptn_orders_closed(orders, PTN_BYTES_LITERAL("u/former"));
        assert_int_equal(closed.cause, rows[i].cause);
        assert_int_equal(closed.swept, rows[i].swept);
        assert_int_equal(closed.sheets, rows[i].sheets);
        ptn_orders_free(orders);
    }
}

/* RETURN-4: a decoy's step down is the node's own, and not its own to take back. */
static void test_standing__from_an_attack_no_post_steps_back(void **state)
{
    static const struct ptn_signers node = { .node = true };
    static const char *const causes[] = { "technical", "attack" };
    struct country *country = *state;

    for (size_t i = 0; i < 2; i++) {
        struct ptn_orders *orders = ptn_orders_new();
        struct ptn_hash name;
        char body[256];
        char text[TEXT_SIZE];

        (void)snprintf(body, sizeof(body),
                       "verb withdraw\nrung local\ncause %s\npost u/a\nfunction lanes-in\n",
                       causes[i]);
        write_text(country, text, NOW, body);
        assert_true(
            ptn_ok(ptn_orders_add_own(orders, ptn_bytes_from_text(text), &node, NOW, &name, NULL)));
        assert_int_equal(ptn_orders_step_back(orders, &country->roster, &name,
                                              PTN_PROVISO_BRIEF | PTN_PROVISO_ALONE)
                             .code,
                         i == 0 ? PTN_C_OK : PTN_C_BUSY);
        ptn_orders_free(orders);
    }
}

/* A post under its spare identity follows what names the post it was. */
static void test_standing__a_successor_follows_its_formers_orders(void **state)
{
    struct country *country = *state;
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_orders_post post = *post_of("u/a-2", 0);

    assert_int_equal(add(country, orders, give(country, ATTACK_A_MANUAL, D(0) | D(2), NULL)),
                     PTN_C_OK);
    assert_int_equal(ptn_orders_judge(orders, &country->roster, &post).entry, PTN_RUNG_NORMAL);
    post.former = PTN_BYTES_LITERAL("u/a");
    assert_int_equal(ptn_orders_judge(orders, &country->roster, &post).entry, PTN_RUNG_MANUAL);
    ptn_orders_free(orders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_standing__two_duty_keys_stop_the_country_one_does_not,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__who_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__one_key_alone_takes_two_posts_a_day, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__what_one_key_can_not_do_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__who_ends_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__an_expired_roster_tightens_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__a_later_roster_undoes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__a_revoked_key_tightens_and_does_not_loosen,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_standing__what_a_ledger_published_is_void_from_a_size_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__officers_devices_and_distrusted_ledgers,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__a_start_anew_forgets_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__its_own_step_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__any_order_of_arrival_gives_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__any_order_of_arrival_with_a_revoked_key,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__what_is_ended_stays_ended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__online_keys_end_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__one_key_can_not_fill_the_set, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__no_memory_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__a_return_goes_stage_by_stage, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__only_a_return_from_an_attack_has_stages,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_standing__what_ended_it_is_remembered_by_what_was_in_force, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__what_software_is_released, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__what_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_standing__from_an_attack_no_post_steps_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_standing__a_successor_follows_its_formers_orders,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
