/*
 * Goal: an order to erase is carried out only when enough authorities signed it and keepers' clocks
 * say 72 hours; then everywhere, with a receipt of each; every proof still verifies; whoever stops
 * in the middle goes on.
 */
#include "mirror_erasure.h"

static int set_up(void **state)
{
    country_ms = INT64_C(1795800000000);
    *state = country_new();
    return 0;
}

static int tear_down(void **state)
{
    country_free(*state);
    return 0;
}

/* ---- tests ---- */

/* Each holder checks it itself: ERASE-1. */
static void test_erasing__a_record_proves_what_it_says_and_nothing_less(void **state)
{
    struct country *country = *state;
    struct works works;
    struct proof proof;
    struct ptn_erasure_order order;
    struct ptn_hash payload;
    const int64_t began_ms = country_ms;

    open_all(&works, country);
    payload = name_of(country, POST,
                      append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("who")));
    prove(&works, &proof, &payload, 1, PTN_ERASURE_WAIT_MS);
    GOOD(check(&works, &proof, &order));
    assert_true(ptn_hash_equal(&order.name, &proof.name));
    assert_true(order.seen_ms == began_ms / 1000 * 1000);
    assert_true(order.now_ms == country_ms / 1000 * 1000);
    /* whichever byte is changed: it is no record, or proves nothing */
    for (size_t i = 0; i < proof.record.len; i += 7) {
        const uint8_t byte = proof.record.at[i];
        struct ptn_status status;

        proof.record.at[i] ^= 1;
        status = check(&works, &proof, &order);
        proof.record.at[i] = byte;
        /* the writer's own time, and the text that stands for a name, are nobody's proof */
        if (ptn_ok(status))
            assert_true(ptn_hash_equal(&order.name, &proof.name));
    }
    /* the same checkpoint for both: no time has gone by */
    ptn_buffer_clear(&proof.now);
    {
        struct ptn_receipt file;

        GOOD(ptn_receipt_parse(ptn_buffer_bytes(&proof.seen), &file, NULL));
        GOOD(ptn_buffer_add(&proof.now, file.checkpoint));
    }
    write_record(&proof);
    assert_int_equal(check(&works, &proof, &order).code, PTN_C_BUSY);
    release(&proof);
    close_all(&works);
}

/* ERASE-1. */
static void test_erasing__a_second_less_is_not_72_hours(void **state)
{
    struct country *country = *state;
    struct works works;
    struct proof proof;
    struct ptn_erasure_order order;
    struct ptn_hash payload;

    open_all(&works, country);
    payload = name_of(country, POST,
                      append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("who")));
    prove(&works, &proof, &payload, 1, PTN_ERASURE_WAIT_MS - 1000);
    assert_int_equal(check(&works, &proof, &order).code, PTN_C_BUSY);
    release(&proof);
    close_all(&works);
}

static void test_erasing__keepers_erase_what_a_centre_shows_to_be_in_force(void **state)
{
    struct country *country = *state;
    struct works works;
    struct proof proof;
    struct ptn_hash payload;
    struct ptn_hash other;
    uint64_t erased = 0;

    open_all(&works, country);
    payload = name_of(country, POST,
                      append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("who")));
    other = name_of(country, POST,
                    append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("other")));
    prove(&works, &proof, &payload, 1, PTN_ERASURE_WAIT_MS);
    for (unsigned i = 0; i < KEEPERS; i++) {
        erase_at(works.keepers[i]);
        assert_int_equal(payload_status(&works, i, POST, &payload), 200);
    }
    (void)append(country, CENTRE, PTN_RECORD_ERASURE, PTN_RETENTION_PUBLIC,
                 ptn_buffer_bytes(&proof.record));
    push_all(&works, CENTRE);
    country_ms += INT64_C(10) * 365 * DAY_MS; /* their own clocks matter to nothing */
    for (unsigned i = 0; i < KEEPERS; i++) {
        erase_at(works.keepers[i]);
        assert_int_equal(payload_status(&works, i, POST, &payload), 404);
        assert_int_equal(payload_status(&works, i, POST, &other), 200);
        assert_int_equal(receipts_of(country, i, &erased), 1);
        assert_int_equal(erased, 1);
    }
    /* started again, nothing is said twice, and the post goes on */
    close_all(&works);
    open_all(&works, country);
    country_append(country, POST, 20);
    push_all(&works, POST);
    for (unsigned i = 0; i < KEEPERS; i++) {
        erase_at(works.keepers[i]);
        assert_int_equal(receipts_of(country, i, &erased), 1);
        assert_int_equal(payload_status(&works, i, POST, &payload), 404);
    }
    release(&proof);
    close_all(&works);
}

/* A keeper that was away gets the entries only now, and the post has erased: it is not waited for.
 */
static void test_erasing__what_is_erased_holds_nobody_back(void **state)
{
    struct country *country = *state;
    struct works works;
    struct proof proof;
    struct ptn_hash payload;
    struct ptn_erasing *erasing = ptn_erasing_new(&country->world);
    struct ptn_arena *arena = ptn_arena_new((size_t)16 << 20);
    const struct ptn_erasing_ledger own = { country->members[POST].ledger, NULL };
    struct ptn_ledger *reader = NULL;
    struct ptn_ledger_verdict verdict;
    struct ptn_roster roster;
    struct ptn_hash named;
    int64_t now_ms = 0;
    uint64_t index;
    bool more = true;

    open_all(&works, country);
    GOOD(ptn_roster_first(ptn_buffer_bytes(&country->roster), arena, &roster, NULL));
    index = append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("who"));
    payload = name_of(country, POST, index);
    prove(&works, &proof, &payload, 1, PTN_ERASURE_WAIT_MS);
    GOOD(ptn_erasing_take(erasing, &roster, ptn_buffer_bytes(&proof.record), NULL));
    assert_true(ptn_erasing_is_in_force(erasing, &proof.name));
    assert_true(ptn_erasing_named(erasing, 0, &named, &now_ms));
    assert_true(ptn_hash_equal(&named, &payload));
    assert_true(now_ms >= PTN_ERASURE_WAIT_MS);
    assert_false(ptn_erasing_named(erasing, 1, &named, &now_ms));
    while (more)
        GOOD(ptn_erasing_carry_out(erasing, &roster, &own, NULL, NULL, &more, NULL));
    {
        struct ptn_buffer sealed = { .len_max = 65536 };
        struct ptn_ledger_header header;

        assert_int_equal(
            ptn_ledger_read_sealed(country->members[POST].ledger, index, &header, &sealed, NULL)
                .code,
            PTN_C_NOT_FOUND);
        ptn_buffer_release(&sealed);
    }
    GOOD(ptn_ledger_open_reader(&country->world, country->members[POST].vault,
                                country->members[POST].dir, &reader, NULL));
    GOOD(ptn_ledger_verify(reader, &country->members[POST].key, &verdict, NULL));
    ptn_ledger_close(reader);
    assert_int_equal(verdict.erased, 1);
    assert_int_equal(verdict.lost, 0);
    ptn_erasing_free(erasing);
    ptn_arena_free(arena);
    release(&proof);
    close_all(&works);
}

static void test_erasing__an_annul_within_the_wait_ends_it(void **state)
{
    struct country *country = *state;
    struct works works;
    struct proof proof;
    struct ptn_hash payload;
    struct ptn_hash annul_name;
    struct ptn_erasing *erasing = ptn_erasing_new(&country->world);
    struct ptn_arena *arena = ptn_arena_new((size_t)16 << 20);
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_buffer ends = { .len_max = 128 };
    struct ptn_order annul = { .country = PTN_BYTES_LITERAL("utopia.example/roster"),
                               .number = { 8 },
                               .given_ms = country_ms,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_ANNUL,
                               .scope = { .all = true },
                               .ends_count = 1,
                               .reason = PTN_BYTES_LITERAL("The wrong entry.") };
    struct ptn_roster roster;

    open_all(&works, country);
    GOOD(ptn_roster_first(ptn_buffer_bytes(&country->roster), arena, &roster, NULL));
    payload = name_of(country, POST,
                      append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("who")));
    prove(&works, &proof, &payload, 1, PTN_ERASURE_WAIT_MS);
    GOOD(ptn_buffer_add_text(&ends, "ends "));
    GOOD(ptn_buffer_add_hex(&ends, ptn_bytes_of(proof.name.at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_text(&ends, "\n"));
    annul.ends = ptn_buffer_bytes(&ends);
    sign(country, &annul, &note, &annul_name);
    ptn_erasing_note(erasing, &roster, ptn_buffer_bytes(&note));
    assert_int_equal(ptn_erasing_take(erasing, &roster, ptn_buffer_bytes(&proof.record), NULL).code,
                     PTN_C_BUSY);
    assert_false(ptn_erasing_names(erasing, &payload));
    assert_false(ptn_erasing_named(erasing, 0, &payload, &country_ms));
    ptn_buffer_release(&note);
    ptn_buffer_release(&ends);
    ptn_erasing_free(erasing);
    ptn_arena_free(arena);
    release(&proof);
    close_all(&works);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_erasing__a_record_proves_what_it_says_and_nothing_less,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_erasing__a_second_less_is_not_72_hours, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_erasing__keepers_erase_what_a_centre_shows_to_be_in_force, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_erasing__what_is_erased_holds_nobody_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_erasing__an_annul_within_the_wait_ends_it, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
