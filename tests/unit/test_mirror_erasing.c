/*
 * Goal: an order to erase is carried out only when enough authorities signed it and keepers' clocks
 * say 72 hours; then everywhere, with a receipt of each; every proof still verifies; whoever stops
 * in the middle goes on.
 */
#include "mirror_country.h"

#include "mirror/erasing.h"
#include "trust/order.h"

#define DAY_MS INT64_C(86400000)

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

/* ---- pushing ---- */

struct works {
    struct country *country;
    struct ptn_keeper *keepers[KEEPERS];
    struct ptn_exchange exchange;
};

static void open_all(struct works *works, struct country *country)
{
    memset(works, 0, sizeof(*works));
    works->country = country;
    ptn_buffer_init(&works->exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned i = 0; i < KEEPERS; i++)
        works->keepers[i] = country_keeper(country, i);
}

static void close_all(struct works *works)
{
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_keeper_close(works->keepers[i]);
    ptn_buffer_release(&works->exchange.answer);
}

/* A member's whole ledger to one keeper. */
static void push(struct works *works, unsigned member, unsigned keeper)
{
    struct country *country = works->country;
    struct ptn_ledger *reader = NULL;
    struct ptn_pusher *pusher = NULL;
    struct ptn_pusher_standing standing;

    GOOD(ptn_ledger_open_reader(&country->world, country->members[member].vault,
                                country->members[member].dir, &reader, NULL));
    GOOD(ptn_pusher_new(&country->world, reader, &country->members[keeper].mirror, &pusher));
    while (ptn_pusher_next(pusher, &works->exchange)) {
        (void)country_ask(works->keepers[keeper], country, member, &works->exchange);
        ptn_pusher_take(pusher, &works->exchange);
        ptn_buffer_clear(&works->exchange.answer);
    }
    ptn_pusher_standing(pusher, &standing);
    assert_int_equal(standing.acknowledged, standing.size);
    ptn_pusher_free(pusher);
    ptn_ledger_close(reader);
}

static void push_all(struct works *works, unsigned member)
{
    for (unsigned i = 0; i < KEEPERS; i++)
        push(works, member, i);
}

/* The keeper's checkpoint of a member: appended to out with all keepers' lines. */
static void cosigned(struct works *works, unsigned member, struct ptn_buffer *out)
{
    struct country *country = works->country;

    for (unsigned i = 0; i < KEEPERS; i++) {
        struct ptn_bytes origin = ptn_bytes_from_text(country->members[member].origin);
        struct ptn_buffer path = { .len_max = 256 };
        struct ptn_hash id;
        const uint8_t *line;

        GOOD(ptn_wire_origin_hash(origin, &id));
        GOOD(ptn_buffer_add_u8(&path, '/'));
        GOOD(ptn_buffer_add_hex(&path, ptn_bytes_of(id.at, PTN_HASH_LEN)));
        GOOD(ptn_buffer_add(&path, ptn_bytes_of("/checkpoint", 12)));
        works->exchange.verb = "GET";
        works->exchange.path = (const char *)path.at;
        works->exchange.body = PTN_BYTES_NONE;
        ptn_buffer_clear(&works->exchange.answer);
        assert_int_equal(country_ask(works->keepers[i], country, CENTRE, &works->exchange), 200);
        ptn_buffer_release(&path);
        if (out->len == 0) {
            GOOD(ptn_buffer_add(out, ptn_buffer_bytes(&works->exchange.answer)));
            continue;
        }
        line = works->exchange.answer.at + works->exchange.answer.len - 1;
        while (line[-1] != '\n')
            line--;
        GOOD(ptn_buffer_add(out, ptn_bytes_of(line, (size_t)(works->exchange.answer.at +
                                                             works->exchange.answer.len - line))));
    }
    ptn_buffer_clear(&works->exchange.answer);
}

/* ---- the order ---- */

static uint64_t append(struct country *country, unsigned member, unsigned kind, uint8_t retention,
                       struct ptn_bytes payload)
{
    const struct ptn_ledger_entry entry = {
        .kind = kind, .time_ms = country_ms, .retention = retention, .payload = payload
    };
    uint64_t index = 0;

    GOOD(ptn_ledger_append(country->members[member].ledger, &entry, 1, &index, NULL));
    return index;
}

static struct ptn_hash name_of(struct country *country, unsigned member, uint64_t index)
{
    struct ptn_ledger_header header;

    GOOD(ptn_ledger_read(country->members[member].ledger, index, &header, NULL, NULL));
    return header.sealed_sha256;
}

static void sign(struct country *country, const struct ptn_order *order, struct ptn_buffer *note,
                 struct ptn_hash *ret_name)
{
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };

    GOOD(ptn_order_write(order, &text));
    GOOD(ptn_order_name(ptn_buffer_bytes(&text), ret_name));
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       ptn_buffer_bytes(&text), note, NULL));
    ptn_buffer_release(&text);
}

static void order_for(struct country *country, const struct ptn_hash *payload,
                      struct ptn_buffer *note, struct ptn_hash *ret_name)
{
    struct ptn_buffer lines = { .len_max = 128 };
    struct ptn_order order = { .country = PTN_BYTES_LITERAL("utopia.example/roster"),
                               .number = { 7 },
                               .given_ms = country_ms,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_ERASE,
                               .payload_count = 1,
                               .reason = PTN_BYTES_LITERAL("A court has said so.") };

    GOOD(ptn_buffer_add_text(&lines, "payload "));
    GOOD(ptn_buffer_add_hex(&lines, ptn_bytes_of(payload->at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_text(&lines, "\n"));
    order.payloads = ptn_buffer_bytes(&lines);
    sign(country, &order, note, ret_name);
    ptn_buffer_release(&lines);
}

/* ---- the record ---- */

struct proof {
    struct ptn_buffer note, entry, seen, now, record;
    struct ptn_hash name;
};

static void release(struct proof *proof)
{
    ptn_buffer_release(&proof->note);
    ptn_buffer_release(&proof->entry);
    ptn_buffer_release(&proof->seen);
    ptn_buffer_release(&proof->now);
    ptn_buffer_release(&proof->record);
}

static void write_record(struct proof *proof)
{
    const struct ptn_erasure_due due = { .time_ms = country_ms,
                                         .order = ptn_buffer_bytes(&proof->note),
                                         .entry = ptn_buffer_bytes(&proof->entry),
                                         .seen = ptn_buffer_bytes(&proof->seen),
                                         .now = ptn_buffer_bytes(&proof->now) };

    ptn_buffer_clear(&proof->record);
    GOOD(ptn_erasure_due_write(&due, &proof->record));
}

/* The post appends something, an order names it, the post says that it waits, keepers cosign that,
 * and wait_ms later something else. */
static void prove(struct works *works, struct proof *proof, const struct ptn_hash *payload,
                  int64_t wait_ms)
{
    struct country *country = works->country;
    struct ptn_order_receipt answer = { .time_ms = country_ms,
                                        .fate = PTN_RECEIPT_WAITING,
                                        .why = PTN_BYTES_LITERAL("72-hours"),
                                        .hand = PTN_RECEIPT_KEEPER };
    struct ptn_receipt file;
    struct ptn_buffer bare = { .len_max = 65536 };
    struct ptn_buffer with = { .len_max = 65536 };
    uint64_t index;

    memset(proof, 0, sizeof(*proof));
    ptn_buffer_init(&proof->note, PTN_NOTE_LEN_MAX);
    ptn_buffer_init(&proof->entry, 2048);
    ptn_buffer_init(&proof->seen, 65536);
    ptn_buffer_init(&proof->now, 65536);
    ptn_buffer_init(&proof->record, PTN_RECORD_LEN_MAX);
    order_for(country, payload, &proof->note, &proof->name);
    memcpy(answer.order, proof->name.at, PTN_HASH_LEN);
    GOOD(ptn_order_receipt_write(&answer, &proof->entry));
    index = append(country, POST, PTN_RECORD_RECEIPT, PTN_RETENTION_PUBLIC,
                   ptn_buffer_bytes(&proof->entry));
    push_all(works, POST);
    GOOD(ptn_serving_proof(country->members[POST].ledger, index, &bare, NULL));
    GOOD(ptn_receipt_parse(ptn_buffer_bytes(&bare), &file, NULL));
    cosigned(works, POST, &with);
    file.checkpoint = ptn_buffer_bytes(&with);
    GOOD(ptn_receipt_write(&proof->seen, &file));
    country_ms += wait_ms;
    country_append(country, POST, 5);
    push_all(works, POST);
    cosigned(works, POST, &proof->now);
    write_record(proof);
    ptn_buffer_release(&bare);
    ptn_buffer_release(&with);
}

static struct ptn_status check(struct works *works, const struct proof *proof,
                               struct ptn_erasure_order *ret_order)
{
    struct ptn_arena *arena = ptn_arena_new((size_t)16 << 20);
    struct ptn_roster roster;
    struct ptn_status status;

    GOOD(ptn_roster_first(ptn_buffer_bytes(&works->country->roster), arena, &roster, NULL));
    status = ptn_erasure_check(&roster, ptn_buffer_bytes(&proof->record), ret_order, NULL);
    ptn_arena_free(arena);
    return status;
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
    prove(&works, &proof, &payload, PTN_ERASURE_WAIT_MS);
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
    prove(&works, &proof, &payload, PTN_ERASURE_WAIT_MS - 1000);
    assert_int_equal(check(&works, &proof, &order).code, PTN_C_BUSY);
    release(&proof);
    close_all(&works);
}

/* Until it says that there is nothing more. */
static void erase_at(struct ptn_keeper *keeper)
{
    bool more = true;

    for (unsigned i = 0; more && i < 1000; i++)
        GOOD(ptn_keeper_erase(keeper, &more, NULL));
    assert_false(more);
}

/* What the keeper's own ledger says of the order: how many receipts; the last one's number. */
static unsigned receipts_of(struct country *country, unsigned keeper, uint64_t *ret_erased)
{
    struct ptn_ledger *ledger = country->members[keeper].ledger;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    uint64_t size = 0;
    unsigned count = 0;

    GOOD(ptn_ledger_size(ledger, &size, NULL));
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header;
        struct ptn_erasure_done done;

        ptn_buffer_clear(&payload);
        GOOD(ptn_ledger_read(ledger, i, &header, &payload, NULL));
        if (header.kind != PTN_RECORD_ERASED)
            continue;
        GOOD(ptn_erasure_done_parse(ptn_buffer_bytes(&payload), &done, NULL));
        *ret_erased = done.erased;
        count++;
    }
    ptn_buffer_release(&payload);
    return count;
}

static unsigned payload_status(struct works *works, unsigned keeper, unsigned member,
                               const struct ptn_hash *payload)
{
    struct ptn_buffer path = { .len_max = 256 };
    struct ptn_hash id;
    unsigned status;

    GOOD(ptn_wire_origin_hash(ptn_bytes_from_text(works->country->members[member].origin), &id));
    GOOD(ptn_buffer_add_u8(&path, '/'));
    GOOD(ptn_buffer_add_hex(&path, ptn_bytes_of(id.at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_text(&path, "/payload/"));
    GOOD(ptn_buffer_add_hex(&path, ptn_bytes_of(payload->at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_u8(&path, 0));
    works->exchange.verb = "GET";
    works->exchange.path = (const char *)path.at;
    works->exchange.body = PTN_BYTES_NONE;
    ptn_buffer_clear(&works->exchange.answer);
    status = country_ask(works->keepers[keeper], works->country, CENTRE, &works->exchange);
    ptn_buffer_clear(&works->exchange.answer);
    ptn_buffer_release(&path);
    return status;
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
    prove(&works, &proof, &payload, PTN_ERASURE_WAIT_MS);
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
    uint64_t index;
    bool more = true;

    open_all(&works, country);
    GOOD(ptn_roster_first(ptn_buffer_bytes(&country->roster), arena, &roster, NULL));
    index = append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("who"));
    payload = name_of(country, POST, index);
    prove(&works, &proof, &payload, PTN_ERASURE_WAIT_MS);
    GOOD(ptn_erasing_take(erasing, &roster, ptn_buffer_bytes(&proof.record), NULL));
    assert_true(ptn_erasing_is_in_force(erasing, &proof.name));
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
    prove(&works, &proof, &payload, PTN_ERASURE_WAIT_MS);
    GOOD(ptn_buffer_add_text(&ends, "ends "));
    GOOD(ptn_buffer_add_hex(&ends, ptn_bytes_of(proof.name.at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_text(&ends, "\n"));
    annul.ends = ptn_buffer_bytes(&ends);
    sign(country, &annul, &note, &annul_name);
    ptn_erasing_note(erasing, &roster, ptn_buffer_bytes(&note));
    assert_int_equal(ptn_erasing_take(erasing, &roster, ptn_buffer_bytes(&proof.record), NULL).code,
                     PTN_C_BUSY);
    assert_false(ptn_erasing_names(erasing, &payload));
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
