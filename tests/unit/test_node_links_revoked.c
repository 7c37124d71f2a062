/* Goal: what a keeper does whose key orders revoke counts for nothing at a post, and no two hands
 * cut the post off from the keepers that bring the end of it. */
#include "mirror_country.h"

#include "base/date.h"
#include "node/country.h"
#include "trust/order.h"

#define A 0u
#define B 1u
#define C 2u
#define D 3u

struct post {
    struct country *country;
    struct ptn_keeper *keepers[KEEPERS];
    struct ptn_country roster; /* as the post has it */
    struct ptn_links *links;
    struct ptn_exchange exchange;
    unsigned asked[KEEPERS]; /* since it was last set to 0 */
};

static void open_links(struct post *post)
{
    GOOD(ptn_links_open(&post->country->world, post->country->members[POST].dir, &post->roster,
                        ptn_bytes_from_text(post->country->members[POST].origin), PTN_LINKS_FOLLOW,
                        &post->links, NULL));
}

static int set_up(void **state)
{
    struct post *post = calloc(1, sizeof(*post));

    post->country = country_new();
    for (unsigned i = 0; i < KEEPERS; i++)
        post->keepers[i] = country_keeper(post->country, i);
    post->roster.arena = ptn_arena_new(1u << 20);
    GOOD(ptn_roster_first(ptn_buffer_bytes(&post->country->roster), post->roster.arena,
                          &post->roster.roster, NULL));
    ptn_buffer_init(&post->exchange.answer, PTN_WIRE_BODY_MAX);
    open_links(post);
    *state = post;
    return 0;
}

static int tear_down(void **state)
{
    struct post *post = *state;

    ptn_links_close(post->links);
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_keeper_close(post->keepers[i]);
    ptn_arena_free(post->roster.arena);
    ptn_buffer_release(&post->exchange.answer);
    country_free(post->country);
    free(post);
    return 0;
}

static unsigned keeper_of(const struct post *post, size_t line)
{
    unsigned i = 0;

    while (!ptn_bytes_is(ptn_links_at(post->links, line).keeper, post->country->members[i].origin))
        i++;
    return i;
}

static void answer(struct post *post, unsigned keeper, struct ptn_exchange *exchange)
{
    const struct ptn_keeper_peer peer = country_peer(post->country, POST);

    exchange->status = 0;
    ptn_buffer_clear(&exchange->answer);
    if (ptn_keeper_answer(post->keepers[keeper], &peer, exchange).code == PTN_C_BUSY) {
        exchange->path = "/heads"; /* the door's time is up */
        GOOD(ptn_keeper_answer(post->keepers[keeper], &peer, exchange));
    }
}

/* Until nobody has anything to do, as far as one can tell. */
static void work(struct post *post)
{
    memset(post->asked, 0, sizeof(post->asked));
    for (unsigned round = 0; round < 30; round++) {
        country_ms += 300; /* heads stay fresh for a second */
        for (size_t i = 0; i < ptn_links_count(post->links); i++) {
            const unsigned keeper = keeper_of(post, i);
            int timeout_ms = -1;

            if (!ptn_links_next(post->links, i, &post->exchange, &timeout_ms))
                continue;
            post->asked[keeper]++;
            answer(post, keeper, &post->exchange);
            ptn_links_take(post->links, i, &post->exchange);
        }
    }
}

/* Hand an order to one keeper: from its verb on, signed by the authority and the duty officer. */
static void give(struct post *post, unsigned keeper, const char *lines, struct ptn_hash *ret_name)
{
    struct country *country = post->country;
    struct ptn_buffer text = { .len_max = 4096 };
    struct ptn_buffer note = { .len_max = 8192 };
    struct ptn_buffer other = { .len_max = 4096 };
    struct ptn_exchange exchange = { .verb = "POST", .path = "/notes" };
    struct ptn_note parsed;
    char given[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(country_ms, given);
    GOOD(ptn_buffer_addf(&text,
                         "postern order 1\ncountry utopia.example/roster\nnumber "
                         "000102030405060708090a0b0c0d0e0f\ngiven %.19sZ\n%sreason A test.\n",
                         given, lines));
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       ptn_buffer_bytes(&text), &note, NULL));
    GOOD(ptn_note_sign(country->members[CENTRE].vault, PTN_ROLE_NODE, country->duty_key.name,
                       ptn_buffer_bytes(&text), &other, NULL));
    GOOD(ptn_note_parse(ptn_buffer_bytes(&other), &parsed, NULL));
    GOOD(ptn_buffer_add(&note, parsed.signatures));
    GOOD(ptn_order_name(parsed.text, ret_name));
    exchange.body = ptn_buffer_bytes(&note);
    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    assert_int_equal(country_ask(post->keepers[keeper], country, CENTRE, &exchange), 200);
    ptn_buffer_release(&exchange.answer);
    ptn_buffer_release(&text);
    ptn_buffer_release(&note);
    ptn_buffer_release(&other);
}

/* By the digest of its certificate: 0x40 and its number, all 32 bytes of it. */
static void revoke_key(struct post *post, unsigned keeper, unsigned whose,
                       struct ptn_hash *ret_name)
{
    char lines[128] = "verb revoke\nall\nkey ";

    for (unsigned i = 0; i < PTN_SHA256_LEN; i++)
        (void)snprintf(lines + strlen(lines), 3, "%02x", 0x40 + whose);
    (void)snprintf(lines + strlen(lines), 2, "\n");
    give(post, keeper, lines, ret_name);
}

/* What all lines to that keeper say. */
static void assert_revoked(struct post *post, unsigned keeper, bool revoked, bool shut)
{
    for (size_t i = 0; i < ptn_links_count(post->links); i++) {
        bool is_shut = false;

        if (keeper_of(post, i) != keeper)
            continue;
        assert_int_equal(ptn_links_is_revoked(post->links, i, &is_shut), revoked);
        assert_int_equal(is_shut, shut);
    }
}

/* Who holds all of the ledger, among those that count. */
static void assert_held(struct post *post, unsigned count, uint64_t size)
{
    struct ptn_link_push pushes[KEEPERS];

    assert_int_equal(ptn_links_pushes(post->links, pushes, KEEPERS), count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(pushes[i].acknowledged, size);
}

/* REVOKE-2: by an order that one keeper brought. */
static void test_links__a_revoked_keeper_is_sent_nothing_and_counts_for_nothing(void **state)
{
    struct post *post = *state;
    struct ptn_links_revoked revoked;
    struct ptn_hash name;

    country_append(post->country, POST, 3);
    work(post);
    assert_held(post, 4, 3);
    assert_true(post->asked[B] > 0);
    revoke_key(post, A, B, &name);
    work(post);
    assert_revoked(post, B, true, true);
    assert_revoked(post, A, false, false);
    country_append(post->country, POST, 2);
    work(post);
    assert_int_equal(post->asked[B], 0);
    assert_held(post, 3, 5);
    revoked = ptn_links_revoked(post->links);
    assert_true(revoked.count == 1 && revoked.counted == 3 && revoked.needed == 3 && !revoked.site);
    ptn_links_close(post->links); /* a start begins with it */
    open_links(post);
    assert_revoked(post, B, true, true);
    work(post);
    assert_int_equal(post->asked[B], 0);
}

/* REVOKE-2: none of them counts; one of four is shut out, for three are needed. */
static void test_links__two_hands_cut_no_post_off_from_all_others(void **state)
{
    struct post *post = *state;
    struct ptn_hash names[3];
    struct ptn_links_revoked revoked;
    char lines[128];

    work(post);
    for (unsigned i = 0; i < 3; i++) {
        revoke_key(post, D, B + i, &names[i]);
        work(post);
    }
    country_append(post->country, POST, 1);
    work(post);
    assert_revoked(post, B, true, true);
    assert_revoked(post, C, true, false);
    assert_revoked(post, D, true, false);
    revoked = ptn_links_revoked(post->links);
    assert_true(revoked.count == 3 && revoked.counted == 1);
    assert_held(post, 1, 1);
    assert_true(post->asked[B] == 0 && post->asked[C] > 0 && post->asked[D] > 0);
    ptn_links_close(post->links); /* in the order in which they came, also after a start */
    open_links(post);
    assert_revoked(post, B, true, true);
    assert_revoked(post, D, true, false);

    /* one that counts no more brings the authorities' word, and it is heard */
    (void)snprintf(lines, sizeof(lines), "verb restore\nall\nends ");
    for (unsigned i = 0; i < PTN_HASH_LEN; i++)
        (void)snprintf(lines + strlen(lines), 3, "%02x", names[0].at[i]);
    (void)snprintf(lines + strlen(lines), 2, "\n");
    give(post, C, lines, &names[1]);
    work(post);
    assert_revoked(post, B, false, false);
    assert_revoked(post, C, true, true);
    assert_held(post, 2, 1);
}

/* REVOKE-2: it was asked before the order came. */
static void test_links__an_answer_that_comes_too_late_is_dropped(void **state)
{
    struct post *post = *state;
    struct ptn_exchange late = { .status = 0 };
    struct ptn_pusher_standing push;
    struct ptn_puller_standing pull;
    struct ptn_hash name;
    int timeout_ms = -1;
    size_t line = 0;

    while (keeper_of(post, line) != B || ptn_links_at(post->links, line).kind != PTN_LINK_PUSH)
        line++;
    country_append(post->country, POST, 4);
    ptn_buffer_init(&late.answer, PTN_WIRE_BODY_MAX);
    assert_true(ptn_links_next(post->links, line, &late, &timeout_ms));
    answer(post, B, &late);
    revoke_key(post, A, B, &name);
    for (size_t i = 0; i < ptn_links_count(post->links); i++)
        for (unsigned round = 0; keeper_of(post, i) == A && round < 20; round++)
            if (ptn_links_next(post->links, i, &post->exchange, &timeout_ms)) {
                answer(post, A, &post->exchange);
                ptn_links_take(post->links, i, &post->exchange);
            }
    assert_revoked(post, B, true, true);
    assert_int_not_equal(late.status, 0);
    ptn_links_take(post->links, line, &late);
    ptn_links_standing(post->links, line, &push, &pull);
    assert_int_equal(push.trouble, PTN_PUSH_NO_ANSWER);
    assert_int_equal(push.acknowledged, 0);
    ptn_buffer_release(&late.answer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_links__##name, set_up, tear_down)
        TEST(a_revoked_keeper_is_sent_nothing_and_counts_for_nothing),
        TEST(two_hands_cut_no_post_off_from_all_others),
        TEST(an_answer_that_comes_too_late_is_dropped),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
