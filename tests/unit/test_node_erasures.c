/*
 * Goal: an order that a post has answered is carried out by everybody 72 hours later and not
 * before, the centre's view included; the centre may stop and start in between; who has not
 * answered is named.
 */
#include "mirror_country.h"

#include "node/country.h"
#include "node/node_int.h"
#include "node/stays_rows_int.h"
#include "node_made.h"
#include "trust/order.h"
#include "vault/seal.h"

#define WAIT_MS PTN_ERASURE_WAIT_MS

struct works {
    struct country *country;
    struct ptn_keeper *keepers[KEEPERS];
    struct ptn_ledger *readers[NODES]; /* of the centre and the post */
    struct ptn_pusher *pushers[NODES][KEEPERS];
    struct ptn_follow *follow; /* the centre's */
    struct ptn_puller *pullers[KEEPERS];
    struct ptn_follow *post_follow;
    struct ptn_puller *post_pullers[KEEPERS];
    struct ptn_country roster;
    struct ptn_gather *gather;
    struct ptn_erasures *erasures, *post_erasures;
    struct ptn_exchange exchange;
};

static struct ptn_follow *follow_all(struct works *works, unsigned who,
                                     struct ptn_puller *pullers[KEEPERS])
{
    struct country *country = works->country;
    struct ptn_follow *follow = NULL;
    char dir[128];

    (void)snprintf(dir, sizeof(dir), "%s/copies", country->members[who].dir);
    (void)mkdir(dir, 0700);
    GOOD(ptn_follow_new(&country->world, dir, 3, &follow));
    for (unsigned i = 0; i < NODES; i++)
        if (i != who)
            GOOD(ptn_follow_add(follow, &country->members[i].key,
                                i < KEEPERS ? PTN_FOLLOW_NOTES : PTN_FOLLOW_OTHERS, i < KEEPERS,
                                NULL));
    for (unsigned i = 0; i < KEEPERS; i++)
        GOOD(ptn_puller_new(follow, &country->members[i].mirror, &pullers[i]));
    return follow;
}

static void start_centre(struct works *works)
{
    struct member *centre = &works->country->members[CENTRE];

    works->follow = follow_all(works, CENTRE, works->pullers);
    GOOD(ptn_gather_open(&works->country->world, centre->dir, centre->vault, &works->gather, NULL));
    works->erasures = ptn_erasures_new(&works->country->world, centre->dir);
    assert_non_null(works->erasures);
}

static void stop_centre(struct works *works)
{
    ptn_erasures_free(works->erasures);
    ptn_gather_close(works->gather);
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_puller_free(works->pullers[i]);
    ptn_follow_free(works->follow);
}

static void start(struct works *works, struct country *country)
{
    memset(works, 0, sizeof(*works));
    works->country = country;
    ptn_buffer_init(&works->exchange.answer, PTN_WIRE_BODY_MAX);
    works->roster.arena = ptn_arena_new((size_t)16 << 20);
    GOOD(ptn_roster_first(ptn_buffer_bytes(&country->roster), works->roster.arena,
                          &works->roster.roster, NULL));
    for (unsigned i = 0; i < KEEPERS; i++)
        works->keepers[i] = country_keeper(country, i);
    for (unsigned m = CENTRE; m <= POST; m++) {
        GOOD(ptn_ledger_open_reader(&country->world, country->members[m].vault,
                                    country->members[m].dir, &works->readers[m], NULL));
        for (unsigned i = 0; i < KEEPERS; i++)
            GOOD(ptn_pusher_new(&country->world, works->readers[m], &country->members[i].mirror,
                                &works->pushers[m][i]));
    }
    works->post_follow = follow_all(works, POST, works->post_pullers);
    works->post_erasures = ptn_erasures_new(&country->world, country->members[POST].dir);
    start_centre(works);
}

static void stop(struct works *works)
{
    stop_centre(works);
    ptn_erasures_free(works->post_erasures);
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_puller_free(works->post_pullers[i]);
    ptn_follow_free(works->post_follow);
    for (unsigned m = CENTRE; m <= POST; m++) {
        for (unsigned i = 0; i < KEEPERS; i++)
            ptn_pusher_free(works->pushers[m][i]);
        ptn_ledger_close(works->readers[m]);
    }
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_keeper_close(works->keepers[i]);
    ptn_arena_free(works->roster.arena);
    ptn_buffer_release(&works->exchange.answer);
}

/* ---- the network ---- */

static void carry(struct works *works, unsigned keeper, unsigned who)
{
    struct ptn_exchange *exchange = &works->exchange;
    const struct ptn_keeper_peer peer = country_peer(works->country, who);

    exchange->status = 0;
    ptn_buffer_clear(&exchange->answer);
    if (ptn_keeper_answer(works->keepers[keeper], &peer, exchange).code == PTN_C_BUSY) {
        exchange->path = "/heads";
        GOOD(ptn_keeper_answer(works->keepers[keeper], &peer, exchange));
    }
}

static bool pull(struct works *works, struct ptn_puller *puller, unsigned keeper, unsigned who)
{
    bool holds;

    if (!ptn_puller_next(puller, &works->exchange, &holds))
        return false;
    carry(works, keeper, who);
    ptn_puller_take(puller, &works->exchange);
    return !holds;
}

/* Until nobody has anything to say. */
static void talk(struct works *works)
{
    for (unsigned quiet = 0, rounds = 0; quiet < 3; rounds++) {
        bool busy = false;

        assert_true(rounds < 5000);
        for (unsigned k = 0; k < KEEPERS; k++) {
            for (unsigned m = CENTRE; m <= POST; m++)
                if (ptn_pusher_next(works->pushers[m][k], &works->exchange)) {
                    carry(works, k, m);
                    ptn_pusher_take(works->pushers[m][k], &works->exchange);
                    busy = true;
                }
            busy = pull(works, works->pullers[k], k, CENTRE) || busy;
            busy = pull(works, works->post_pullers[k], k, POST) || busy;
        }
        quiet = busy ? 0 : quiet + 1;
        country_ms += busy ? 0 : 1000;
    }
}

/* ---- everybody's work ---- */

static struct ptn_status append_to(void *context, unsigned kind, struct ptn_bytes payload)
{
    const struct ptn_ledger_entry entry = { .kind = kind,
                                            .time_ms = country_ms,
                                            .retention = (uint8_t)ptn_record_retention(
                                                (enum ptn_record_kind)kind),
                                            .payload = payload };
    uint64_t seq;

    return ptn_ledger_append(context, &entry, 1, &seq, NULL);
}

static void turn(struct works *works, struct ptn_erasures *erasures, unsigned who)
{
    struct ptn_ledger *own = works->country->members[who].ledger;
    const struct ptn_erasures_at at = {
        .country = &works->roster,
        .follow = who == CENTRE ? works->follow : works->post_follow,
        .own = own,
        .gather = who == CENTRE ? works->gather : NULL,
        .append = append_to,
        .context = own,
    };

    for (unsigned round = 0; round < 60; round++) {
        bool more;

        GOOD(ptn_erasures_turn(erasures, &at, &more, NULL));
    }
}

static void gather(struct works *works)
{
    struct ptn_copy *copy =
        ptn_follow_copy(works->follow, ptn_bytes_from_text(works->country->members[POST].origin));
    size_t applied = 1;

    while (applied > 0)
        GOOD(ptn_gather_turn(works->gather, copy, &applied, NULL));
}

static void work(struct works *works)
{
    for (unsigned round = 0; round < 3; round++) {
        talk(works);
        gather(works);
        turn(works, works->erasures, CENTRE);
        turn(works, works->post_erasures, POST);
        for (unsigned i = 0; i < KEEPERS; i++)
            for (unsigned k = 0; k < 40; k++) {
                bool more;

                GOOD(ptn_keeper_erase(works->keepers[i], &more, NULL));
            }
    }
    talk(works);
}

/* ---- the order ---- */

static uint64_t append(struct country *country, unsigned member, unsigned kind,
                       struct ptn_bytes payload)
{
    uint64_t size = 0;

    GOOD(ptn_ledger_size(country->members[member].ledger, &size, NULL));
    GOOD(append_to(country->members[member].ledger, kind, payload));
    return size;
}

/* An order to erase that entry of the post, or that month's keys, handed to keeper 0, and the
 * post's receipt of it. */
static void give(struct works *works, uint64_t index, const char *month, struct ptn_hash *ret_name)
{
    struct country *country = works->country;
    struct ptn_order order = { .country = PTN_BYTES_LITERAL("utopia.example/roster"),
                               .number = { 7 },
                               .given_ms = country_ms,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_ERASE,
                               .payload_count = 1,
                               .reason = PTN_BYTES_LITERAL("A court has said so.") };
    struct ptn_order_receipt receipt = { .time_ms = country_ms,
                                         .fate = PTN_RECEIPT_WAITING,
                                         .why = PTN_BYTES_LITERAL("72-hours"),
                                         .hand = PTN_RECEIPT_KEEPER };
    const struct ptn_keeper_peer peer = country_peer(country, POST);
    struct ptn_buffer lines = { .len_max = 128 };
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_buffer entry = { .len_max = 2048 };
    struct ptn_ledger_header header;

    if (month != NULL) {
        GOOD(ptn_buffer_addf(&lines, "month %s\n", month));
        order.months = ptn_buffer_bytes(&lines);
        order.month_count = 1;
        order.payload_count = 0;
    } else {
        GOOD(ptn_ledger_read(country->members[POST].ledger, index, &header, NULL, NULL));
        GOOD(ptn_buffer_add_text(&lines, "payload "));
        GOOD(ptn_buffer_add_hex(&lines, ptn_bytes_of(header.sealed_sha256.at, PTN_HASH_LEN)));
        GOOD(ptn_buffer_add_text(&lines, "\n"));
        order.payloads = ptn_buffer_bytes(&lines);
    }
    GOOD(ptn_order_write(&order, &text));
    GOOD(ptn_order_name(ptn_buffer_bytes(&text), ret_name));
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       ptn_buffer_bytes(&text), &note, NULL));
    works->exchange.verb = "POST";
    works->exchange.path = "/notes";
    works->exchange.body = ptn_buffer_bytes(&note);
    ptn_buffer_clear(&works->exchange.answer);
    GOOD(ptn_keeper_answer(works->keepers[0], &peer, &works->exchange));
    assert_int_equal(works->exchange.status, 200);
    memcpy(receipt.order, ret_name->at, PTN_HASH_LEN);
    GOOD(ptn_order_receipt_write(&receipt, &entry));
    (void)append(country, POST, PTN_RECORD_RECEIPT, ptn_buffer_bytes(&entry));
    ptn_buffer_release(&lines);
    ptn_buffer_release(&text);
    ptn_buffer_release(&note);
    ptn_buffer_release(&entry);
}

/* What standing.json would say. */
static bool says(struct works *works, const char *text)
{
    struct ptn_buffer out = { .len_max = 65536 };
    struct ptn_json json = { .out = &out };
    bool found;

    ptn_json_object(&json);
    ptn_erasures_write(works->erasures, &works->roster, &json);
    ptn_json_object_end(&json);
    GOOD(ptn_buffer_add_u8(&out, 0));
    found = strstr((const char *)out.at, text) != NULL;
    if (!found)
        print_message("%s\n", (const char *)out.at);
    ptn_buffer_release(&out);
    return found;
}

static bool has_payload(struct ptn_ledger *ledger, uint64_t index)
{
    struct ptn_buffer sealed = { .len_max = 1 << 20 };
    struct ptn_ledger_header header;
    struct ptn_status status = ptn_ledger_read_sealed(ledger, index, &header, &sealed, NULL);

    assert_true(status.code == PTN_C_OK || status.code == PTN_C_NOT_FOUND);
    ptn_buffer_release(&sealed);
    return ptn_ok(status);
}

static bool copy_has_payload(struct ptn_follow *follow, struct country *country, uint64_t index)
{
    struct ptn_copy *copy =
        ptn_follow_copy(follow, ptn_bytes_from_text(country->members[POST].origin));
    struct ptn_buffer sealed = { .len_max = 1 << 20 };
    struct ptn_ledger_header header;
    struct ptn_status status = ptn_copy_read(copy, index, &header, &sealed, NULL);

    assert_true(status.code == PTN_C_OK || status.code == PTN_C_NOT_FOUND);
    ptn_buffer_release(&sealed);
    return ptn_ok(status);
}

static uint64_t erased_in_view(struct works *works)
{
    struct ptn_view_cursor cursor = { 0 };

    GOOD(ptn_view_cursor(ptn_gather_view(works->gather), works->country->members[POST].origin,
                         &cursor, NULL));
    return cursor.erased;
}

static void test_erasures__an_order_is_carried_out_everywhere_after_72_hours(void **state)
{
    struct country *country = country_new();
    struct works works;
    struct ptn_hash name;
    uint64_t index;

    (void)state;
    start(&works, country);
    index = append(country, POST, PTN_RECORD_CROSSING, PTN_BYTES_LITERAL("somebody"));
    work(&works);
    give(&works, index, NULL, &name);
    work(&works);
    assert_true(says(&works, "\"state\":\"waiting\""));
    assert_true(says(&works, "\"due_ms\":"));
    /* 71 hours later, and the centre started again in between */
    country_ms += WAIT_MS - 3600000;
    country_append(country, POST, 3);
    stop_centre(&works);
    start_centre(&works);
    work(&works);
    assert_true(says(&works, "\"state\":\"waiting\""));
    assert_true(has_payload(country->members[POST].ledger, index));
    assert_int_equal(erased_in_view(&works), 0);
    /* and after 72 */
    country_ms += INT64_C(2) * 3600000;
    country_append(country, POST, 3);
    work(&works);
    country_append(country, POST, 1);
    work(&works);
    assert_true(says(&works, "\"state\":\"in-force\""));
    assert_false(has_payload(country->members[POST].ledger, index));
    assert_false(copy_has_payload(works.follow, country, index));
    assert_int_equal(erased_in_view(&works), 1);
    assert_true(says(&works, "\"silent\":[]"));
    assert_true(says(&works, "\"answered\":6"));
    /* nothing is said twice, and a centre that starts again knows it all */
    {
        uint64_t before = 0;
        uint64_t after = 0;

        GOOD(ptn_ledger_size(country->members[CENTRE].ledger, &before, NULL));
        stop_centre(&works);
        start_centre(&works);
        work(&works);
        GOOD(ptn_ledger_size(country->members[CENTRE].ledger, &after, NULL));
        assert_int_equal(before, after);
        assert_true(says(&works, "\"state\":\"in-force\""));
    }
    stop(&works);
    country_free(country);
}

/* STAYS-3: what a post takes out of published stays is what orders in force name there. */
static void test_erasures__a_post_takes_what_is_named_out_of_published_stays(void **state)
{
    struct country *country = country_new();
    struct works works;
    struct ptn_node *node = NULL;
    struct ptn_stays_erased *erased = NULL;
    struct ptn_ledger_header header;
    struct ptn_hash name;
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    uint64_t version = 0;
    uint64_t index;
    size_t count = 7;
    bool more;

    (void)state;
    start(&works, country);
    made_post(ptn_world_real(), PTN_POST_LAND, folder, dir);
    GOOD(ptn_node_open(ptn_world_real(), dir, NULL, &node, NULL));
    index = append(country, POST, PTN_RECORD_CROSSING, PTN_BYTES_LITERAL("somebody"));
    work(&works);
    give(&works, index, NULL, &name);
    work(&works);
    GOOD(ptn_node_erase(node, works.post_erasures, &works.roster, works.post_follow, &more));
    GOOD(ptn_node_stays_erased(node, &erased, &count, &version));
    assert_int_equal(count, 0); /* it waits */
    free(erased);
    country_ms += WAIT_MS + 3600000;
    country_append(country, POST, 3);
    work(&works);
    country_append(country, POST, 1);
    work(&works);
    GOOD(ptn_node_erase(node, works.post_erasures, &works.roster, works.post_follow, &more));
    GOOD(ptn_node_stays_erased(node, &erased, &count, &version));
    assert_int_equal(count, 1);
    GOOD(ptn_ledger_read(country->members[POST].ledger, index, &header, NULL, NULL));
    assert_memory_equal(erased[0].mark, header.sealed_sha256.at, PTN_STAYS_MARK_LEN);
    assert_true(erased[0].day * INT64_C(86400000) <= country_ms);
    assert_true(erased[0].day * INT64_C(86400000) > country_ms - INT64_C(10) * 86400000);
    free(erased);
    ptn_node_close(node);
    unmade(folder);
    stop(&works);
    country_free(country);
}

/* The node's file of the month's private half. */
static bool has_key(struct works *works, unsigned member)
{
    struct ptn_reading reading;
    struct ptn_status status =
        ptn_reading_find(&works->country->world, works->country->members[member].dir,
                         (struct ptn_date){ 2026, 11, 0 }, &reading, NULL);

    assert_true(status.code == PTN_C_OK || status.code == PTN_C_NOT_FOUND);
    return ptn_ok(status);
}

static void test_erasures__a_months_keys_go_when_it_has_expired_whole(void **state)
{
    struct country *country = country_new();
    const struct ptn_date november = { 2026, 11, 0 };
    struct ptn_reading reading;
    struct works works;
    struct ptn_hash name;
    struct ptn_roster_retention retentions[] = { { PTN_RETENTION_CROSSING, 30 },
                                                 { PTN_RETENTION_AUDIT, 60 },
                                                 { PTN_RETENTION_REPORT, 30 },
                                                 { PTN_RETENTION_OPERATION, 30 } };

    (void)state;
    start(&works, country);
    for (unsigned m = CENTRE; m <= POST; m++)
        GOOD(ptn_reading_make(&country->world, country->members[m].dir, november, &reading, NULL));
    works.roster.roster.retentions = retentions;
    works.roster.roster.retention_count = 4;
    country_append(country, POST, 2);
    give(&works, 0, "2026-11", &name);
    work(&works);
    /* in force, and kept: sixty days after the month are not over */
    country_ms += WAIT_MS + 3600000;
    country_append(country, POST, 3);
    work(&works);
    country_append(country, POST, 1);
    work(&works);
    assert_true(says(&works, "\"state\":\"in-force\""));
    assert_true(says(&works, "\"left\":"));
    assert_true(has_key(&works, CENTRE) && has_key(&works, POST));
    /* a centre that starts then knows the time from the keepers alone: its own clock runs ahead */
    country_ms += 100 * INT64_C(86400000);
    stop_centre(&works);
    start_centre(&works);
    turn(&works, works.erasures, CENTRE);
    assert_true(has_key(&works, CENTRE));
    /* keepers vouch for it now: the order comes again with that time */
    country_append(country, POST, 3);
    work(&works);
    country_append(country, POST, 1);
    work(&works);
    assert_false(has_key(&works, CENTRE) || has_key(&works, POST));
    stop(&works);
    country_free(country);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erasures__an_order_is_carried_out_everywhere_after_72_hours),
        cmocka_unit_test(test_erasures__a_post_takes_what_is_named_out_of_published_stays),
        cmocka_unit_test(test_erasures__a_months_keys_go_when_it_has_expired_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
