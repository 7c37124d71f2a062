/* Goal: the standard's answers, no signature before everything is durable, nothing goes back, and
 * what a ledger's key signed against itself is kept. */
#include "mirror_country.h"

#include "base/date.h"
#include "fault.h"
#include "trust/order.h"

static struct ptn_exchange exchange;
static struct ptn_buffer body;
static struct ptn_buffer path;

static int set_up(void **state)
{
    *state = country_new();
    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX + 65536);
    ptn_buffer_init(&body, PTN_WIRE_BODY_MAX + 65536);
    ptn_buffer_init(&path, 512);
    return 0;
}

static int tear_down(void **state)
{
    country_free(*state);
    ptn_buffer_release(&exchange.answer);
    ptn_buffer_release(&body);
    ptn_buffer_release(&path);
    return 0;
}

/* ---- asking ---- */

static void to(const struct ptn_wire_path *what)
{
    ptn_buffer_clear(&path);
    GOOD(ptn_wire_path_write(&path, what));
    GOOD(ptn_buffer_add_u8(&path, 0));
    exchange.verb = ptn_wire_verb_word(what->what);
    exchange.path = (const char *)path.at;
    exchange.body = ptn_buffer_bytes(&body);
}

static struct ptn_hash id_of(const struct country *country, unsigned member)
{
    struct ptn_hash id;

    GOOD(ptn_wire_origin_hash(ptn_bytes_from_text(country->members[member].origin), &id));
    return id;
}

static unsigned get(struct ptn_keeper *keeper, const struct country *country, unsigned member,
                    const char *file)
{
    struct ptn_wire_path what = { .what = PTN_WIRE_GET_FILE,
                                  .origin = id_of(country, member),
                                  .file = ptn_bytes_from_text(file) };

    ptn_buffer_clear(&body);
    to(&what);
    return country_ask(keeper, country, CENTRE, &exchange);
}

static unsigned note(struct ptn_keeper *keeper, const struct country *country, unsigned who,
                     struct ptn_bytes bytes)
{
    const struct ptn_wire_path what = { .what = PTN_WIRE_POST_NOTE };

    ptn_buffer_clear(&body);
    to(&what);
    exchange.body = bytes;
    return country_ask(keeper, country, who, &exchange);
}

static bool answer_is(const char *text)
{
    return ptn_bytes_is(ptn_buffer_bytes(&exchange.answer), text);
}

/* A checkpoint by a member's key over a root made of one byte. */
static unsigned offer(struct ptn_keeper *keeper, struct country *country, unsigned who,
                      uint64_t old_size, uint64_t size, uint8_t byte)
{
    const struct ptn_wire_path what = { .what = PTN_WIRE_ADD_CHECKPOINT };
    struct ptn_wire_checkpoint parts = { .old_size = old_size };
    struct ptn_checkpoint checkpoint = { .origin =
                                             ptn_bytes_from_text(country->members[POST].origin),
                                         .size = size };
    struct ptn_buffer text, signed_note;

    ptn_buffer_init(&text, 1000);
    ptn_buffer_init(&signed_note, 2000);
    memset(checkpoint.root.at, byte, PTN_HASH_LEN);
    GOOD(ptn_checkpoint_write(&text, &checkpoint));
    GOOD(ptn_note_sign(country->members[POST].vault, PTN_ROLE_LEDGER, checkpoint.origin,
                       ptn_buffer_bytes(&text), &signed_note, NULL));
    parts.note = ptn_buffer_bytes(&signed_note);
    ptn_buffer_clear(&body);
    GOOD(ptn_wire_checkpoint_write(&body, &parts));
    to(&what);
    (void)country_ask(keeper, country, who, &exchange);
    ptn_buffer_release(&text);
    ptn_buffer_release(&signed_note);
    return exchange.status;
}

/* Push all of the post's ledger until there is nothing to do; returns how many exchanges. */
static unsigned push(struct ptn_keeper *keeper, struct country *country, unsigned keeper_index,
                     struct ptn_pusher_standing *ret_standing)
{
    struct ptn_ledger *reader = NULL;
    struct ptn_pusher *pusher = NULL;
    struct ptn_exchange mine = { 0 };
    unsigned count = 0;

    ptn_buffer_init(&mine.answer, PTN_WIRE_BODY_MAX);
    GOOD(ptn_ledger_open_reader(&country->world, country->members[POST].vault,
                                country->members[POST].dir, &reader, NULL));
    GOOD(ptn_pusher_new(&country->world, reader, &country->members[keeper_index].mirror, &pusher));
    while (count < 1000 && ptn_pusher_next(pusher, &mine)) {
        count++;
        (void)country_ask(keeper, country, POST, &mine);
        ptn_pusher_take(pusher, &mine);
    }
    ptn_pusher_standing(pusher, ret_standing);
    ptn_pusher_free(pusher);
    ptn_ledger_close(reader);
    ptn_buffer_release(&mine.answer);
    return count;
}

/* The same with every payload lost on the way, though it is said to have come; so many exchanges.
 */
static unsigned push_without_payloads(struct ptn_keeper *keeper, struct country *country,
                                      unsigned exchanges)
{
    struct ptn_ledger *reader = NULL;
    struct ptn_pusher *pusher = NULL;
    struct ptn_pusher_standing standing;

    GOOD(ptn_ledger_open_reader(&country->world, NULL, country->members[POST].dir, &reader, NULL));
    GOOD(ptn_pusher_new(&country->world, reader, &country->members[0].mirror, &pusher));
    for (unsigned i = 0; i < exchanges && ptn_pusher_next(pusher, &exchange); i++) {
        if (strstr(exchange.path, "/payloads") == NULL)
            (void)country_ask(keeper, country, POST, &exchange);
        else {
            ptn_buffer_clear(&exchange.answer);
            exchange.status = 200;
        }
        ptn_pusher_take(pusher, &exchange);
    }
    ptn_pusher_standing(pusher, &standing);
    ptn_pusher_free(pusher);
    ptn_ledger_close(reader);
    return standing.acknowledged > 0 ? 200 : standing.status;
}

static unsigned add_nothing(struct ptn_keeper *keeper, struct country *country, uint64_t at)
{
    const struct ptn_wire_path what = { .what = PTN_WIRE_ADD_ENTRIES };
    const struct ptn_wire_entries head = {
        .origin = ptn_bytes_from_text(country->members[POST].origin), .start = at, .end = at
    };

    ptn_buffer_clear(&body);
    GOOD(ptn_wire_entries_write(&body, &head));
    to(&what);
    return country_ask(keeper, country, POST, &exchange);
}

/* ---- tests ---- */

static void test_keeper__signs_nothing_while_a_payload_is_missing(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_pusher_standing standing;

    country_append(country, POST, 5); /* 0, 1, 2 and 4 have payloads */
    (void)push_without_payloads(keeper, country, 12);
    assert_int_equal(get(keeper, country, POST, "checkpoint"), 404);
    assert_int_equal(add_nothing(keeper, country, 5), 424);
    assert_true(answer_is("0\n1\n2\n4\n"));
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(standing.acknowledged, 5);
    assert_int_equal(get(keeper, country, POST, "checkpoint"), 200);
    ptn_keeper_close(keeper);
}

static bool erase_all(void *context, const struct ptn_hash *sha256)
{
    (void)context;
    (void)sha256;
    return true;
}

static void test_keeper__an_erasure_in_force_stands_for_a_payload(void **state)
{
    struct country *country = *state;
    const struct ptn_keeper_setup setup = { .world = &country->world,
                                            .vault = country->members[0].vault,
                                            .dir = country->members[0].dir,
                                            .ledger = country->members[0].ledger,
                                            .roster = ptn_buffer_bytes(&country->roster),
                                            .erased = erase_all };
    struct ptn_keeper *keeper = NULL;

    country_append(country, POST, 5);
    GOOD(ptn_keeper_open(&setup, &keeper, NULL));
    assert_int_equal(push_without_payloads(keeper, country, 12), 200);
    assert_int_equal(get(keeper, country, POST, "checkpoint"), 200);
    ptn_keeper_close(keeper);
}

static void test_keeper__answers_add_entries_as_tlog_mirror_says(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_pusher_standing standing;

    assert_int_equal(add_nothing(keeper, country, 5), 422); /* no pending checkpoint */
    country_append(country, POST, 5);
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(add_nothing(keeper, country, 9), 409); /* no such size, and past the next */
    assert_true(answer_is("5\n5\n\n"));
    assert_int_equal(add_nothing(keeper, country, 5), 200); /* signed again */
    country_append(country, POST, 5);
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(add_nothing(keeper, country, 5), 409); /* never back */
    assert_true(answer_is("10\n10\n\n"));
    ptn_keeper_close(keeper);
}

static void test_keeper__opens_only_for_who_is_on_the_roster(void **state)
{
    struct country *country = *state;
    struct ptn_keeper_setup setup = { .world = &country->world,
                                      .vault = country->members[POST].vault,
                                      .dir = country->members[POST].dir,
                                      .ledger = country->members[POST].ledger,
                                      .roster = ptn_buffer_bytes(&country->roster) };
    struct ptn_keeper *keeper = NULL;

    /* a post is none */
    assert_int_equal(ptn_keeper_open(&setup, &keeper, NULL).code, PTN_C_NOT_FOUND);
    /* another's keys are not its own */
    setup.vault = country->members[1].vault;
    setup.ledger = country->members[0].ledger;
    assert_int_equal(ptn_keeper_open(&setup, &keeper, NULL).code, PTN_C_NOT_FOUND);
    setup.vault = country->members[0].vault;
    GOOD(ptn_keeper_open(&setup, &keeper, NULL));
    ptn_keeper_close(keeper);
}

static void test_keeper__takes_all_of_a_ledger_and_cosigns_it(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper;
    struct ptn_pusher_standing standing;
    struct ptn_keeper_standing shown;
    struct ptn_note parsed;
    size_t good = 0;

    country_append(country, POST, 3);
    country_append(country, POST, 600);
    keeper = country_keeper(country, 0);
    assert_int_equal(get(keeper, country, POST, "checkpoint"), 404);
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(standing.acknowledged, 603);
    assert_int_equal(standing.trouble, PTN_PUSH_FINE);
    assert_int_equal(get(keeper, country, POST, "checkpoint"), 200);
    GOOD(ptn_note_parse(ptn_buffer_bytes(&exchange.answer), &parsed, NULL));
    GOOD(ptn_note_verify(&parsed, &country->members[POST].key, 1, &good, NULL));
    GOOD(ptn_cosignature_verify(&parsed, &country->members[0].mirror, 1, &good, NULL, NULL));
    ptn_keeper_standing(keeper, &shown);
    assert_int_equal(shown.entries, 603);
    ptn_keeper_close(keeper);
    /* and it is all there for the next run */
    keeper = country_keeper(country, 0);
    ptn_keeper_standing(keeper, &shown);
    assert_int_equal(shown.entries, 603);
    assert_int_equal(get(keeper, country, POST, "tile/entries/001"), 200);
    assert_int_equal(get(keeper, country, POST, "tile/entries/009"), 404);
    ptn_keeper_close(keeper);
}

/* KEEP-3. */
static void test_keeper__a_node_writes_to_its_own_ledger_only(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    const struct ptn_keeper_peer stranger = { PTN_BYTES_LITERAL("utopia.example/nobody"),
                                              PTN_ROSTER_POST };

    assert_int_equal(offer(keeper, country, CENTRE, 0, 5, 1), 403);
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 200);
    ptn_buffer_clear(&body);
    GOOD(ptn_keeper_answer(keeper, &stranger, &exchange));
    assert_int_equal(exchange.status, 403);
    ptn_keeper_close(keeper);
}

/* Whatever a post says to its keeper, from anybody else it is refused: KEEP-3. */
static void test_keeper__no_verb_writes_to_anothers_ledger(void **state)
{
    static const char *const seen[] = { "/add-checkpoint", "payloads", "/add-entries" };
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_wire_path lost = { .what = PTN_WIRE_POST_LOST };
    struct ptn_ledger *reader = NULL;
    struct ptn_pusher *pusher = NULL;
    struct ptn_exchange mine = { 0 };
    struct ptn_pusher_standing standing;
    unsigned kinds = 0;

    ptn_buffer_init(&mine.answer, PTN_WIRE_BODY_MAX);
    country_append(country, POST, 40);
    GOOD(ptn_ledger_open_reader(&country->world, country->members[POST].vault,
                                country->members[POST].dir, &reader, NULL));
    GOOD(ptn_pusher_new(&country->world, reader, &country->members[0].mirror, &pusher));
    while (ptn_pusher_next(pusher, &mine)) {
        for (unsigned i = 0; i < 3; i++)
            kinds |= strstr(mine.path, seen[i]) != NULL ? 1u << i : 0;
        if (strcmp(mine.verb, "GET") != 0)
            assert_int_equal(country_ask(keeper, country, CENTRE, &mine), 403);
        ptn_buffer_clear(&mine.answer);
        (void)country_ask(keeper, country, POST, &mine);
        ptn_pusher_take(pusher, &mine);
    }
    assert_int_equal(kinds, 7);
    ptn_pusher_standing(pusher, &standing);
    assert_int_equal(standing.acknowledged, 40);
    GOOD(ptn_wire_origin_hash(ptn_bytes_from_text(country->members[POST].origin), &lost.origin));
    to(&lost);
    ptn_buffer_clear(&body);
    GOOD(ptn_buffer_add_text(&body, "3\n"));
    exchange.body = ptn_buffer_bytes(&body);
    assert_int_equal(country_ask(keeper, country, CENTRE, &exchange), 403);
    ptn_pusher_free(pusher);
    ptn_ledger_close(reader);
    ptn_buffer_release(&mine.answer);
    ptn_keeper_close(keeper);
}

static void test_keeper__answers_add_checkpoint_as_tlog_witness_says(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_keeper_standing standing;

    assert_int_equal(offer(keeper, country, POST, 6, 5, 1), 400); /* old larger than new */
    assert_int_equal(offer(keeper, country, POST, 1, 5, 1), 409); /* old is not the pending size */
    assert_true(answer_is("0\n"));
    assert_int_equal(offer(keeper, country, POST, 0, 0, 1), 422); /* not the empty root */
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 200);
    assert_int_equal(offer(keeper, country, POST, 0, 9, 1), 409);
    assert_true(answer_is("5\n"));
    assert_int_equal(offer(keeper, country, POST, 5, 5, 1), 200); /* the same again */
    assert_int_equal(offer(keeper, country, POST, 5, 9, 1), 422); /* no proof */
    /* the same size with another root is a fork, and is kept */
    assert_int_equal(offer(keeper, country, POST, 5, 5, 2), 422);
    assert_int_equal(offer(keeper, country, POST, 5, 5, 2), 422);
    ptn_keeper_standing(keeper, &standing);
    assert_int_equal(standing.evidence, 2); /* not shown; fork, once */
    assert_int_equal(standing.entries, 0);
    ptn_keeper_close(keeper);
}

static void test_keeper__says_how_each_ledger_stands(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_keeper_standing standing;
    struct ptn_pusher_standing pushed;
    struct ptn_keeper_ledger ledger;
    size_t index = 0;

    assert_false(ptn_keeper_ledger_next(keeper, &index, &ledger));
    country_append(country, POST, 5);
    (void)push_without_payloads(keeper, country, 12);
    country_ms += 90000;
    index = 0;
    assert_true(ptn_keeper_ledger_next(keeper, &index, &ledger));
    assert_true(ptn_bytes_is(ledger.origin, country->members[POST].origin));
    assert_int_equal(ledger.entries, 0);
    assert_int_equal(ledger.behind, 5);
    assert_true(ledger.behind_s >= 90);
    assert_int_equal(ledger.cosigned_ms, 0);
    assert_false(ptn_keeper_ledger_next(keeper, &index, &ledger));
    (void)push(keeper, country, 0, &pushed);
    index = 0;
    assert_true(ptn_keeper_ledger_next(keeper, &index, &ledger));
    assert_int_equal(ledger.entries, 5);
    assert_int_equal(ledger.behind, 0);
    assert_int_equal(ledger.behind_s, 0);
    assert_true(ledger.cosigned_ms > 0 && ledger.listed && !ledger.forked && !ledger.corrupt);
    assert_int_equal(offer(keeper, country, POST, 5, 5, 2), 422);
    assert_int_equal(offer(keeper, country, CENTRE, 5, 5, 2), 403);
    ptn_keeper_standing(keeper, &standing);
    assert_int_equal(standing.refused_for[PTN_KEEPER_REFUSED_DOUBTED], 1);
    assert_int_equal(standing.refused_for[PTN_KEEPER_REFUSED_PEER], 1);
    assert_int_equal(standing.evidence_kept, 1);
    ptn_keeper_close(keeper);
    keeper = country_keeper(country, 0);
    index = 0;
    assert_true(ptn_keeper_ledger_next(keeper, &index, &ledger));
    assert_true(ledger.forked); /* also after a start */
    ptn_keeper_standing(keeper, &standing);
    assert_int_equal(standing.evidence_kept, 1);
    assert_int_equal(standing.evidence, 0);
    ptn_keeper_close(keeper);
}

/* KEEP-4. */
static void test_keeper__keeps_evidence_in_its_own_ledger(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_buffer payload;
    struct ptn_ledger_header header;
    struct ptn_record_refused refused;

    ptn_buffer_init(&payload, PTN_RECORD_LEN_MAX);
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 200);
    assert_int_equal(offer(keeper, country, POST, 5, 5, 2), 422);
    GOOD(ptn_ledger_read(country->members[0].ledger, 0, &header, &payload, NULL));
    assert_int_equal(header.kind, PTN_RECORD_REFUSED);
    assert_int_equal(header.retention, PTN_RETENTION_PUBLIC);
    GOOD(ptn_record_refused_parse(ptn_buffer_bytes(&payload), &refused, NULL));
    assert_int_equal(refused.why, PTN_REFUSED_FORK);
    assert_true(ptn_bytes_is(refused.origin, country->members[POST].origin));
    ptn_buffer_release(&payload);
    ptn_keeper_close(keeper);
    /* remembered: not written twice after a restart */
    keeper = country_keeper(country, 0);
    assert_int_equal(offer(keeper, country, POST, 5, 5, 2), 422);
    {
        uint64_t size;

        GOOD(ptn_ledger_size(country->members[0].ledger, &size, NULL));
        assert_int_equal(size, 1);
    }
    ptn_keeper_close(keeper);
}

static void test_keeper__takes_notes_of_the_rosters_people_once(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 1);
    struct ptn_buffer order, forged;
    uint64_t size;

    ptn_buffer_init(&order, 4096);
    ptn_buffer_init(&forged, 4096);
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       PTN_BYTES_LITERAL("utopia.example/order\nall lanes out\n"), &order, NULL));
    GOOD(ptn_note_sign(country->members[POST].vault, PTN_ROLE_NODE, country->authority_key.name,
                       PTN_BYTES_LITERAL("utopia.example/order\nall lanes out\n"), &forged, NULL));
    assert_int_equal(note(keeper, country, POST, PTN_BYTES_LITERAL("no note")), 400);
    assert_int_equal(note(keeper, country, POST, ptn_buffer_bytes(&forged)), 403);
    assert_int_equal(note(keeper, country, POST, ptn_buffer_bytes(&order)), 200);
    assert_true(answer_is("0\n"));
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&order)), 200);
    assert_true(answer_is("0\n"));
    ptn_keeper_close(keeper);
    keeper = country_keeper(country, 1);
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&order)), 200);
    assert_true(answer_is("0\n"));
    GOOD(ptn_ledger_size(country->members[1].ledger, &size, NULL));
    assert_int_equal(size, 1);
    ptn_buffer_release(&order);
    ptn_buffer_release(&forged);
    ptn_keeper_close(keeper);
}

/* KEEP-6. */
static void test_keeper__one_text_fills_no_ledger(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 1);
    struct ptn_buffer order;
    unsigned taken = 0;

    ptn_buffer_init(&order, 65536);
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       PTN_BYTES_LITERAL("utopia.example/order\nall lanes out\n"), &order, NULL));
    for (unsigned i = 0; i < 80; i++) { /* one more line by nobody each time */
        if (note(keeper, country, POST, ptn_buffer_bytes(&order)) == 200)
            taken++;
        else
            assert_int_equal(exchange.status, 429);
        GOOD(ptn_buffer_addf(&order, "\xe2\x80\x94 nobody%u AAAAAAA=\n", i));
    }
    assert_int_equal(taken, 64);
    ptn_buffer_release(&order);
    ptn_keeper_close(keeper);
}

/* ROSTER-2. */
static void test_keeper__walks_to_the_next_roster(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 2);
    struct ptn_buffer second, third;

    ptn_buffer_init(&second, PTN_NOTE_LEN_MAX);
    ptn_buffer_init(&third, PTN_NOTE_LEN_MAX);
    country_roster_note(country, 2, POST, &second);
    country_roster_note(country, 3, POST, &third);
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&second)), 200);
    assert_int_equal(ptn_keeper_roster(keeper)->version, 2);
    /* the post is on it no more */
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 403);
    ptn_keeper_close(keeper);
    keeper = country_keeper(country, 2);
    assert_int_equal(ptn_keeper_roster(keeper)->version, 2);
    ptn_keeper_close(keeper);
    /* out of order: kept as a note, and in force with the one that it follows */
    for (unsigned restarts = 0; restarts < 2; restarts++) {
        const unsigned at = restarts;

        keeper = country_keeper(country, at);
        assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&third)), 200);
        assert_int_equal(ptn_keeper_roster(keeper)->version, 1);
        if (restarts > 0) { /* it fell in between */
            ptn_keeper_close(keeper);
            keeper = country_keeper(country, at);
        }
        assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&second)), 200);
        assert_int_equal(ptn_keeper_roster(keeper)->version, 3);
        assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 403);
        ptn_keeper_close(keeper);
        keeper = country_keeper(country, at);
        assert_int_equal(ptn_keeper_roster(keeper)->version, 3);
        if (restarts == 0)
            ptn_keeper_close(keeper);
    }
    ptn_buffer_release(&second);
    ptn_buffer_release(&third);
    ptn_keeper_close(keeper);
}

/* An order's text from its verb on, signed by the authority and, when duty is true, by the duty
 * officer besides. */
static void order(struct country *country, const char *lines, bool duty, struct ptn_buffer *note)
{
    struct ptn_buffer text = { .len_max = 4096 };
    struct ptn_buffer other = { .len_max = 4096 };
    char given[PTN_INSTANT_TEXT_SIZE];
    const char *line;

    (void)ptn_instant_write(country_ms, given);
    ptn_buffer_clear(note);
    GOOD(ptn_buffer_addf(&text,
                         "postern order 1\ncountry utopia.example/roster\nnumber "
                         "000102030405060708090a0b0c0d0e0f\ngiven %.19sZ\n%sreason A test.\n",
                         given, lines));
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       ptn_buffer_bytes(&text), note, NULL));
    GOOD(ptn_note_sign(country->members[CENTRE].vault, PTN_ROLE_NODE, country->duty_key.name,
                       ptn_buffer_bytes(&text), &other, NULL));
    GOOD(ptn_buffer_add_u8(&other, 0));
    line = strstr((const char *)other.at, "\n\n");
    assert_non_null(line);
    if (duty)
        GOOD(ptn_buffer_add_text(note, line + 2));
    ptn_buffer_release(&text);
    ptn_buffer_release(&other);
}

static bool turned_away(struct ptn_keeper *keeper, const struct country *country, unsigned member)
{
    return ptn_keeper_turns_away(keeper, ptn_bytes_from_text(country->members[member].origin));
}

/* REVOKE-1: by the certificate's digest, by the ledger's key; not by one hand alone; also after a
 * start, also when who signed has left the roster; until the authorities' restore names it. */
static void test_keeper__turns_away_whose_key_an_order_revokes(void **state)
{
    static const char by_tls[] = "verb revoke\nall\nkey "
                                 "4545454545454545454545454545454545454545454545454545454545454545"
                                 "\n";
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_buffer revoke = { .len_max = 8192 };
    struct ptn_buffer other = { .len_max = 8192 };
    struct ptn_buffer hex = { .len_max = 64 };
    struct ptn_note parsed;
    struct ptn_hash name;
    char lines[256];
    uint64_t version = 0;

    order(country, by_tls, false, &revoke);
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&revoke)), 200);
    assert_false(turned_away(keeper, country, POST));
    order(country, by_tls, true, &revoke);
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&revoke)), 200);
    assert_true(turned_away(keeper, country, POST) && !turned_away(keeper, country, CENTRE));
    assert_int_equal(ptn_keeper_away(keeper, &version), 1);
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 403);
    assert_true(answer_is("an order revokes its key\n"));
    assert_int_equal(note(keeper, country, POST, ptn_buffer_bytes(&revoke)), 403);
    ptn_keeper_close(keeper);

    /* the duty officer leaves; the order stands */
    keeper = country_keeper(country, 0);
    assert_true(turned_away(keeper, country, POST));
    country->duty_key = country->authority_key;
    GOOD(ptn_vkey_make(PTN_BYTES_LITERAL("utopia.example/duty-9"),
                       ptn_vault_public_key(country->members[POST].vault, PTN_ROLE_NODE),
                       &country->duty_key));
    country_roster_note(country, 2, NODES, &other);
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&other)), 200);
    assert_int_equal(ptn_keeper_roster(keeper)->version, 2);
    assert_true(turned_away(keeper, country, POST));
    ptn_keeper_close(keeper);
    ptn_buffer_clear(&country->roster); /* the next start begins at version 2 */
    GOOD(ptn_buffer_add(&country->roster, ptn_buffer_bytes(&other)));
    keeper = country_keeper(country, 0);
    assert_true(turned_away(keeper, country, POST));

    GOOD(ptn_note_parse(ptn_buffer_bytes(&revoke), &parsed, NULL));
    GOOD(ptn_order_name(parsed.text, &name));
    GOOD(ptn_buffer_add_hex(&hex, ptn_bytes_of(name.at, sizeof(name.at))));
    (void)snprintf(lines, sizeof(lines), "verb restore\nall\nends %.*s\n", (int)hex.len,
                   (const char *)hex.at);
    order(country, lines, false, &other);
    assert_int_equal(note(keeper, country, CENTRE, ptn_buffer_bytes(&other)), 200);
    assert_false(turned_away(keeper, country, POST));
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 200);
    ptn_keeper_close(keeper);
    keeper = country_keeper(country, 0);
    assert_false(turned_away(keeper, country, POST));
    ptn_keeper_close(keeper);
    ptn_buffer_release(&revoke);
    ptn_buffer_release(&other);
    ptn_buffer_release(&hex);
}

static void test_keeper__holds_heads_until_something_changes(void **state)
{
    struct country *country = *state;
    struct ptn_keeper *keeper = country_keeper(country, 0);
    struct ptn_wire_path what = { .what = PTN_WIRE_GET_HEADS };
    const struct ptn_keeper_peer who = country_peer(country, POST);
    struct ptn_pusher_standing standing;
    struct ptn_wire_heads heads;
    char token[PTN_WIRE_TOKEN_MAX + 1];

    ptn_buffer_clear(&body);
    to(&what);
    assert_int_equal(country_ask(keeper, country, POST, &exchange), 200);
    GOOD(ptn_wire_heads_parse(ptn_buffer_bytes(&exchange.answer), &heads, NULL));
    (void)snprintf(token, sizeof(token), "%.*s", (int)heads.token.len,
                   (const char *)heads.token.at);
    what.token = ptn_bytes_from_text(token);
    to(&what);
    assert_int_equal(ptn_keeper_answer(keeper, &who, &exchange).code, PTN_C_BUSY);
    country_append(country, POST, 2);
    (void)push(keeper, country, 0, &standing);
    to(&what);
    assert_int_equal(country_ask(keeper, country, POST, &exchange), 200);
    /* another run's token is answered at once */
    ptn_keeper_close(keeper);
    keeper = country_keeper(country, 0);
    assert_int_equal(country_ask(keeper, country, POST, &exchange), 200);
    ptn_keeper_close(keeper);
}

static void test_keeper__signs_at_the_next_start_what_came_by_another_hand(void **state)
{
    struct country *country = *state;
    const struct member *post = &country->members[POST];
    struct ptn_keeper *keeper;
    struct ptn_copy *copy = NULL;
    struct ptn_keeper_standing standing;
    struct ptn_buffer buffer;
    struct ptn_ledger_header header;

    country_append(country, POST, 1);
    ptn_buffer_init(&buffer, 65536);
    GOOD(ptn_copy_open(&country->world, country->members[0].dir, &post->key, &copy, NULL));
    GOOD(ptn_ledger_checkpoint(post->ledger, &buffer, NULL));
    GOOD(ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&buffer), NULL, NULL));
    GOOD(ptn_ledger_read(post->ledger, 0, &header, NULL, NULL));
    ptn_buffer_clear(&buffer);
    GOOD(ptn_ledger_header_write(&buffer, &header));
    {
        const struct ptn_bytes leaf = ptn_buffer_bytes(&buffer);

        GOOD(ptn_copy_take_entries(copy, 0, &leaf, 1, NULL));
    }
    ptn_copy_close(copy);
    /* its payload is not there: nothing is signed */
    keeper = country_keeper(country, 0);
    ptn_keeper_standing(keeper, &standing);
    assert_int_equal(standing.entries, 0);
    ptn_keeper_close(keeper);
    GOOD(ptn_copy_open(&country->world, country->members[0].dir, &post->key, &copy, NULL));
    ptn_buffer_clear(&buffer);
    GOOD(ptn_ledger_read_sealed(post->ledger, 0, &header, &buffer, NULL));
    GOOD(ptn_copy_put_payload(copy, &header.sealed_sha256, ptn_buffer_bytes(&buffer), NULL));
    ptn_copy_close(copy);
    keeper = country_keeper(country, 0);
    ptn_keeper_standing(keeper, &standing);
    assert_int_equal(standing.entries, 1);
    assert_int_equal(get(keeper, country, POST, "checkpoint"), 200);
    ptn_keeper_close(keeper);
    ptn_buffer_release(&buffer);
}

static uint64_t no_disk(void *context)
{
    (void)context;
    return 1000;
}

/* KEEP-6. */
static void test_keeper__takes_nothing_when_the_disk_is_nearly_full(void **state)
{
    struct country *country = *state;
    const struct ptn_keeper_setup setup = { .world = &country->world,
                                            .vault = country->members[0].vault,
                                            .dir = country->members[0].dir,
                                            .ledger = country->members[0].ledger,
                                            .roster = ptn_buffer_bytes(&country->roster),
                                            .disk_free = no_disk };
    struct ptn_keeper *keeper = NULL;

    GOOD(ptn_keeper_open(&setup, &keeper, NULL));
    assert_int_equal(offer(keeper, country, POST, 0, 5, 1), 507);
    assert_int_equal(get(keeper, country, 0, "checkpoint"), 200); /* reading goes on */
    ptn_keeper_close(keeper);
}

/* KEEP-6. */
static void test_keeper__a_day_has_a_quota(void **state)
{
    struct country *country = *state;
    const struct ptn_keeper_setup setup = { .world = &country->world,
                                            .vault = country->members[0].vault,
                                            .dir = country->members[0].dir,
                                            .ledger = country->members[0].ledger,
                                            .roster = ptn_buffer_bytes(&country->roster),
                                            .limits = { .day_bytes_max = 200000 } };
    struct ptn_keeper *keeper = NULL;
    struct ptn_pusher_standing standing;

    country_append(country, POST, 600);
    GOOD(ptn_keeper_open(&setup, &keeper, NULL));
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(standing.acknowledged, 600);
    country_append(country, POST, 600);
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(standing.status, 429);
    assert_int_equal(standing.trouble, PTN_PUSH_REFUSED);
    country_ms += INT64_C(86400000);
    (void)push(keeper, country, 0, &standing);
    assert_int_equal(standing.acknowledged, 1200);
    ptn_keeper_close(keeper);
}

static void test_keeper__a_site_keeper_keeps_its_post_alone(void **state)
{
    const struct ptn_wire_path what = { .what = PTN_WIRE_ADD_CHECKPOINT };
    struct country *country = *state;
    const struct member *other = &country->members[1];
    struct ptn_wire_checkpoint parts = { .old_size = 0 };
    struct ptn_pusher_standing standing;
    struct ptn_keeper *keeper;
    struct ptn_buffer signed_note;

    country->site = true;
    ptn_buffer_clear(&country->roster);
    country_roster_note(country, 1, NODES, &country->roster);
    keeper = country_keeper(country, CENTRE);
    country_append(country, POST, 10);
    (void)push(keeper, country, CENTRE, &standing);
    assert_int_equal(standing.acknowledged, 10);
    /* another node of the roster, with a good checkpoint of its own */
    ptn_buffer_init(&signed_note, 4096);
    GOOD(ptn_ledger_checkpoint(other->ledger, &signed_note, NULL));
    parts.note = ptn_buffer_bytes(&signed_note);
    ptn_buffer_clear(&body);
    GOOD(ptn_wire_checkpoint_write(&body, &parts));
    to(&what);
    assert_int_equal(country_ask(keeper, country, 1, &exchange), 404);
    ptn_buffer_release(&signed_note);
    ptn_keeper_close(keeper);
}

/* ---- the transcript of another implementation ---- */

/* The next "key": of a JSON text, from *at on; NULL: no more. */
static const char *next_value(const char *at, const char *key)
{
    char wanted[32];
    const char *found;

    (void)snprintf(wanted, sizeof(wanted), "\"%s\": ", key);
    found = strstr(at, wanted);
    return found == NULL ? NULL : found + strlen(wanted);
}

/* A JSON string whose only escape is that of a newline. */
static void read_string(const char *at, struct ptn_buffer *out)
{
    ptn_buffer_clear(out);
    for (at++; *at != '"'; at++) {
        bool newline = at[0] == '\\' && at[1] == 'n';

        assert_true(newline || at[0] != '\\');
        GOOD(ptn_buffer_add_u8(out, newline ? '\n' : (uint8_t)*at));
        at += newline ? 1 : 0;
    }
}

/* The ledger of the transcript takes the post's place. */
static void become_the_transcripts_log(struct country *country, const char *text,
                                       struct ptn_bytes note)
{
    struct member *member = &country->members[POST];
    struct ptn_buffer key;
    const uint8_t *end = memchr(note.at, '\n', note.len);

    ptn_buffer_init(&key, PTN_PUBLIC_KEY_LEN);
    GOOD(ptn_hex_read(ptn_bytes_of(next_value(text, "log_pubkey_hex") + 1, 64), &key, NULL));
    (void)snprintf(member->origin, sizeof(member->origin), "%.*s", (int)(end - note.at),
                   (const char *)note.at);
    GOOD(ptn_vkey_make(ptn_bytes_from_text(member->origin), key.at, &member->key));
    ptn_buffer_release(&key);
    ptn_buffer_clear(&country->roster);
    country_roster_note(country, 1, NODES, &country->roster);
}

static void test_keeper__answers_a_known_transcript(void **state)
{
    const char *shared = getenv("POSTERN_SHARED");
    struct country *country = *state;
    struct ptn_keeper *keeper = NULL;
    struct ptn_buffer text;
    char file[512];
    unsigned steps = 0;

    (void)snprintf(file, sizeof(file), "%s/data/tlog/vectors/witness_add_checkpoint.json",
                   shared == NULL ? "../shared" : shared);
    ptn_buffer_init(&text, 1 << 20);
    if (!ptn_ok(country->world.files->read(country->world.context, file, &text))) {
        ptn_buffer_release(&text);
        (void)printf("# skipped: no shared data\n");
        return;
    }
    GOOD(ptn_buffer_add_u8(&text, 0));
    for (const char *at = next_value((char *)text.at, "body"); at != NULL;
         at = next_value(at, "body")) {
        const struct ptn_wire_path what = { .what = PTN_WIRE_ADD_CHECKPOINT };
        unsigned status = (unsigned)strtoul(next_value(at, "status"), NULL, 10);
        struct ptn_wire_checkpoint parts;

        read_string(at, &body);
        GOOD(ptn_wire_checkpoint_parse(ptn_buffer_bytes(&body), &parts, NULL));
        if (keeper == NULL) {
            become_the_transcripts_log(country, (char *)text.at, parts.note);
            keeper = country_keeper(country, 0);
        }
        to(&what);
        (void)country_ask(keeper, country, POST, &exchange);
        steps++;
        if (steps == 3) /* an unknown log: 403 there, 404 by the standard's text of today */
            assert_int_equal(exchange.status, 404);
        else
            assert_int_equal(exchange.status, status);
        if (status == 409)
            assert_true(answer_is(steps == 7 ? "3\n" : "5\n"));
    }
    assert_int_equal(steps, 9);
    ptn_keeper_close(keeper);
    ptn_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeper__signs_nothing_while_a_payload_is_missing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__an_erasure_in_force_stands_for_a_payload,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__answers_add_entries_as_tlog_mirror_says,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__opens_only_for_who_is_on_the_roster, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__takes_all_of_a_ledger_and_cosigns_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__no_verb_writes_to_anothers_ledger, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__a_node_writes_to_its_own_ledger_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__answers_add_checkpoint_as_tlog_witness_says,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__says_how_each_ledger_stands, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__keeps_evidence_in_its_own_ledger, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__takes_notes_of_the_rosters_people_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__one_text_fills_no_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__walks_to_the_next_roster, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__turns_away_whose_key_an_order_revokes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__holds_heads_until_something_changes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_keeper__signs_at_the_next_start_what_came_by_another_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__takes_nothing_when_the_disk_is_nearly_full,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__a_day_has_a_quota, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__a_site_keeper_keeps_its_post_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keeper__answers_a_known_transcript, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
