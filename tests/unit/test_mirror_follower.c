/*
 * Goal: writer, keepers and reader in one process end with equal ledgers, whatever the network does
 * on the way; a keeper that lies, forks or goes back is named; nothing counts as cosigned that the
 * reader's own tree does not agree with.
 */
#include "mirror_country.h"

#include "fault.h"

static int set_up(void **state)
{
    *state = country_new();
    return 0;
}

static int tear_down(void **state)
{
    country_free(*state);
    return 0;
}

/* ---- a country at work ---- */

#define QUORUM 3u

struct works {
    struct country *country;
    struct ptn_keeper *keepers[KEEPERS];
    struct ptn_ledger *reader; /* of the post */
    struct ptn_pusher *pushers[KEEPERS];
    struct ptn_follow *follow; /* the centre's */
    struct ptn_puller *pullers[KEEPERS];
    char dir[128]; /* of the centre's copies */
    struct ptn_exchange exchange;
    uint64_t seed;
    /* what the network does, in 1/100: no request, no answer, the request twice */
    unsigned lose_request, lose_answer, twice;
};

static unsigned chance(struct works *works, unsigned below)
{
    works->seed = works->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(works->seed >> 33) % below;
}

static void open_writer(struct works *works)
{
    struct country *country = works->country;

    GOOD(ptn_ledger_open_reader(&country->world, country->members[POST].vault,
                                country->members[POST].dir, &works->reader, NULL));
    for (unsigned i = 0; i < KEEPERS; i++)
        GOOD(ptn_pusher_new(&country->world, works->reader, &country->members[i].mirror,
                            &works->pushers[i]));
}

static void close_writer(struct works *works)
{
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_pusher_free(works->pushers[i]);
    ptn_ledger_close(works->reader);
}

static void open_reader(struct works *works)
{
    struct country *country = works->country;

    GOOD(ptn_follow_new(&country->world, works->dir, QUORUM, &works->follow));
    GOOD(
        ptn_follow_add(works->follow, &country->members[POST].key, PTN_FOLLOW_OTHERS, false, NULL));
    for (unsigned i = 0; i < KEEPERS; i++)
        GOOD(ptn_follow_add(works->follow, &country->members[i].key, PTN_FOLLOW_NOTES, true, NULL));
    for (unsigned i = 0; i < KEEPERS; i++)
        GOOD(ptn_puller_new(works->follow, &country->members[i].mirror, &works->pullers[i]));
}

static void close_reader(struct works *works)
{
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_puller_free(works->pullers[i]);
    ptn_follow_free(works->follow);
}

static void start(struct works *works, struct country *country, uint64_t seed)
{
    memset(works, 0, sizeof(*works));
    works->country = country;
    works->seed = seed;
    (void)snprintf(works->dir, sizeof(works->dir), "%s/copies", country->members[CENTRE].dir);
    (void)mkdir(works->dir, 0700);
    ptn_buffer_init(&works->exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned i = 0; i < KEEPERS; i++)
        works->keepers[i] = country_keeper(country, i);
    open_writer(works);
    open_reader(works);
}

static void stop(struct works *works)
{
    close_reader(works);
    close_writer(works);
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_keeper_close(works->keepers[i]);
    ptn_buffer_release(&works->exchange.answer);
}

/* Carry the exchange to a keeper through the network as it is. */
static void carry(struct works *works, unsigned keeper, unsigned who)
{
    struct ptn_exchange *exchange = &works->exchange;
    const struct ptn_keeper_peer peer = country_peer(works->country, who);

    exchange->status = 0;
    ptn_buffer_clear(&exchange->answer);
    if (chance(works, 100) < works->lose_request || works->keepers[keeper] == NULL)
        return;
    if (chance(works, 100) < works->twice)
        (void)ptn_keeper_answer(works->keepers[keeper], &peer, exchange).code;
    if (ptn_keeper_answer(works->keepers[keeper], &peer, exchange).code == PTN_C_BUSY) {
        exchange->path = "/heads"; /* the door's time is up */
        GOOD(ptn_keeper_answer(works->keepers[keeper], &peer, exchange));
    }
    if (chance(works, 100) < works->lose_answer) {
        exchange->status = 0;
        ptn_buffer_clear(&exchange->answer);
    }
}

static bool push(struct works *works, unsigned keeper)
{
    if (!ptn_pusher_next(works->pushers[keeper], &works->exchange))
        return false;
    carry(works, keeper, POST);
    ptn_pusher_take(works->pushers[keeper], &works->exchange);
    return works->exchange.status != 0;
}

/* True: something other than held heads was asked and answered. */
static bool pull(struct works *works, unsigned keeper)
{
    bool holds;

    if (!ptn_puller_next(works->pullers[keeper], &works->exchange, &holds))
        return false;
    carry(works, keeper, CENTRE);
    ptn_puller_take(works->pullers[keeper], &works->exchange);
    return !holds && works->exchange.status != 0;
}

/* The network is whole again: until nobody has anything to do. */
static void heal(struct works *works)
{
    unsigned rounds = 0;

    works->lose_request = works->lose_answer = works->twice = 0;
    for (unsigned quiet = 0; quiet < 3 && rounds < 5000; rounds++) {
        bool busy = false;

        for (unsigned i = 0; i < KEEPERS; i++) {
            struct ptn_pusher_standing standing;
            bool pushed = push(works, i);

            ptn_pusher_standing(works->pushers[i], &standing);
            busy = (pushed && standing.size > 0) || busy; /* without entries it looks for ever */
            busy = pull(works, i) || busy;
        }
        quiet = busy ? 0 : quiet + 1;
        if (!busy)
            country_ms += 61000; /* rests are over */
    }
    assert_true(rounds < 5000);
}

/* Entry by entry, payload by payload. */
static void assert_copy_equals_original(struct works *works)
{
    struct country *country = works->country;
    struct ptn_copy *copy =
        ptn_follow_copy(works->follow, ptn_bytes_from_text(country->members[POST].origin));
    struct ptn_buffer mine, theirs;
    struct ptn_copy_standing standing;
    uint64_t size;

    ptn_buffer_init(&mine, 1 << 20);
    ptn_buffer_init(&theirs, 1 << 20);
    GOOD(ptn_ledger_size(country->members[POST].ledger, &size, NULL));
    ptn_copy_standing(copy, &standing);
    assert_int_equal(standing.size, size);
    assert_int_equal(standing.missing, 0);
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header, copied;

        ptn_buffer_clear(&mine);
        ptn_buffer_clear(&theirs);
        GOOD(ptn_ledger_read(country->members[POST].ledger, i, &header, NULL, NULL));
        GOOD(ptn_copy_read(copy, i, &copied, NULL, NULL));
        assert_memory_equal(&header, &copied, sizeof(header));
        if (!header.has_payload)
            continue;
        GOOD(ptn_ledger_read_sealed(country->members[POST].ledger, i, &header, &mine, NULL));
        GOOD(ptn_copy_read(copy, i, &copied, &theirs, NULL));
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&mine), ptn_buffer_bytes(&theirs)));
    }
    ptn_buffer_release(&mine);
    ptn_buffer_release(&theirs);
}

static struct ptn_follow_head head_of(struct works *works, unsigned member)
{
    struct ptn_follow_head head;

    GOOD(ptn_follow_head(works->follow, ptn_bytes_from_text(works->country->members[member].origin),
                         &head));
    return head;
}

/* ---- tests ---- */

static void test_follower__a_ledger_comes_through(void **state)
{
    struct works works;
    struct ptn_follow_head head;

    country_append(*state, POST, 1);
    country_append(*state, POST, 700);
    start(&works, *state, 1);
    heal(&works);
    assert_copy_equals_original(&works);
    head = head_of(&works, POST);
    assert_int_equal(head.cosigned, 701);
    assert_int_equal(head.answered, KEEPERS);
    assert_true(head.cosigned_s > 0 && !head.forked);
    /* and goes on */
    country_append(*state, POST, 5);
    country_ms += 5000;
    heal(&works);
    assert_copy_equals_original(&works);
    assert_int_equal(head_of(&works, POST).cosigned, 706);
    stop(&works);
}

static void test_follower__a_quorum_is_a_quorum(void **state)
{
    struct works works;

    country_append(*state, POST, 10);
    start(&works, *state, 2);
    for (unsigned i = 2; i < KEEPERS; i++) { /* two of four are gone */
        ptn_keeper_close(works.keepers[i]);
        works.keepers[i] = NULL;
    }
    for (unsigned round = 0; round < 40; round++)
        for (unsigned i = 0; i < KEEPERS; i++) {
            (void)push(&works, i);
            (void)pull(&works, i);
        }
    assert_copy_equals_original(&works); /* nothing waits for a quorum */
    assert_int_equal(head_of(&works, POST).cosigned, 0);
    works.keepers[2] = country_keeper(works.country, 2);
    heal(&works);
    assert_int_equal(head_of(&works, POST).cosigned, 10);
    stop(&works);
}

/* REVOKE-2: three keepers told of it, and one of them counts no more; what counted before stays. */
static void test_follower__a_keeper_that_counts_no_more_makes_no_quorum(void **state)
{
    struct works works;

    country_append(*state, POST, 10);
    start(&works, *state, 4);
    ptn_keeper_close(works.keepers[3]);
    works.keepers[3] = NULL;
    for (unsigned round = 0; round < 40; round++)
        for (unsigned i = 0; i < 3; i++) {
            (void)push(&works, i);
            (void)pull(&works, i);
        }
    assert_int_equal(head_of(&works, POST).cosigned, 10);
    assert_int_equal(head_of(&works, POST).answered, 3);
    ptn_puller_counts(works.pullers[1], false);
    country_append(*state, POST, 5);
    for (unsigned round = 0; round < 40; round++)
        for (unsigned i = 0; i < 3; i++) {
            (void)push(&works, i);
            (void)pull(&works, i);
        }
    assert_copy_equals_original(&works); /* nothing waits for a quorum */
    assert_int_equal(head_of(&works, POST).size, 15);
    assert_int_equal(head_of(&works, POST).cosigned, 10);
    assert_int_equal(head_of(&works, POST).cosigned_s, 0); /* no quorum says when */
    assert_int_equal(head_of(&works, POST).answered, 2);
    works.keepers[3] = country_keeper(works.country, 3); /* another one makes it whole */
    heal(&works);
    assert_int_equal(head_of(&works, POST).cosigned, 15);
    ptn_puller_counts(works.pullers[1], true);
    country_append(*state, POST, 1);
    heal(&works);
    assert_int_equal(head_of(&works, POST).answered, 4);
    assert_int_equal(head_of(&works, POST).cosigned, 16);
    stop(&works);
}

static void restart_something(struct works *works)
{
    unsigned i = chance(works, KEEPERS);

    switch (chance(works, 3)) {
    case 0:
        close_writer(works);
        open_writer(works);
        break;
    case 1:
        close_reader(works);
        open_reader(works);
        break;
    default:
        ptn_keeper_close(works->keepers[i]);
        works->keepers[i] = country_keeper(works->country, i);
        break;
    }
}

static void test_follower__any_network_heals_to_equal_ledgers(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct country *country = country_new();
        struct works works;
        uint64_t size = 0;

        start(&works, country, seed);
        works.lose_request = chance(&works, 40);
        works.lose_answer = chance(&works, 40);
        works.twice = chance(&works, 40);
        for (unsigned step = 0; step < 400; step++) {
            struct ptn_follow_head head;

            if (chance(&works, 20) == 0 && size < 2000) {
                unsigned count = 1 + chance(&works, chance(&works, 4) == 0 ? 400 : 5);

                country_append(country, POST, count);
                size += count;
            }
            if (chance(&works, 50) == 0)
                restart_something(&works);
            if (chance(&works, 2) == 0)
                (void)push(&works, chance(&works, KEEPERS));
            else
                (void)pull(&works, chance(&works, KEEPERS));
            country_ms += chance(&works, 1500);
            head = head_of(&works, POST);
            assert_true(head.cosigned <= head.size && head.size <= size);
        }
        country_append(country, POST, 1);
        heal(&works);
        assert_copy_equals_original(&works);
        assert_int_equal(head_of(&works, POST).cosigned, size + 1);
        stop(&works);
        country_free(country);
    }
}

static void test_follower__notes_come_in_order_from_every_keeper(void **state)
{
    struct country *country = *state;
    struct works works;
    struct ptn_buffer note;
    unsigned count = 0;

    start(&works, country, 3);
    ptn_buffer_init(&note, 65536);
    for (unsigned i = 0; i < 6; i++) {
        char text[64];
        struct ptn_buffer order;
        const struct ptn_keeper_peer peer = country_peer(country, CENTRE);

        ptn_buffer_init(&order, 4096);
        (void)snprintf(text, sizeof(text), "utopia.example/order\nnumber %u\n", i);
        GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                           ptn_bytes_from_text(text), &order, NULL));
        works.exchange.verb = "POST";
        works.exchange.path = "/notes";
        works.exchange.body = ptn_buffer_bytes(&order);
        GOOD(ptn_keeper_answer(works.keepers[i % 2], &peer, &works.exchange));
        assert_int_equal(works.exchange.status, 200);
        ptn_buffer_release(&order);
    }
    heal(&works);
    for (;;) {
        struct ptn_bytes origin;
        uint64_t index;
        char text[64];

        ptn_buffer_clear(&note);
        if (!ptn_ok(ptn_follow_note(works.follow, &origin, &index, &note)))
            break;
        (void)snprintf(text, sizeof(text), "utopia.example/order\nnumber %u\n",
                       (unsigned)index * 2 +
                           (ptn_bytes_is(origin, country->members[1].origin) ? 1 : 0));
        assert_memory_equal(note.at, text, strlen(text));
        count++;
    }
    assert_int_equal(count, 6);
    for (count = 0; ptn_ok(ptn_follow_order(works.follow, &note)); count++)
        ptn_buffer_clear(&note); /* who looks for orders reads them all, too */
    assert_int_equal(count, 6);
    ptn_buffer_release(&note);
    stop(&works);
}

/* One byte of the stored payload of that entry is another one. */
static void damage_payload(struct country *country, uint64_t index)
{
    struct member *post = &country->members[POST];
    struct ptn_buffer sealed;
    struct ptn_buffer file;
    struct ptn_ledger_header header;
    unsigned found = 0;
    uint8_t *at;
    char path[160];
    FILE *out;

    ptn_buffer_init(&sealed, 1 << 20);
    ptn_buffer_init(&file, (size_t)64 << 20);
    GOOD(ptn_ledger_read_sealed(post->ledger, index, &header, &sealed, NULL));
    GOOD(ptn_ledger_tidy(post->ledger, NULL)); /* into the main file */
    (void)snprintf(path, sizeof(path), "%s/ledger.sqlite", post->dir);
    GOOD(country->world.files->read(country->world.context, path, &file));
    out = fopen(path, "r+b");
    assert_non_null(out);
    /* what a page held before may still stand in it */
    for (at = file.at;
         (at = memmem(at, file.len - (size_t)(at - file.at), sealed.at, sealed.len)) != NULL;
         at += sealed.len, found++) {
        assert_int_equal(fseek(out, (long)(at - file.at) + 7, SEEK_SET), 0);
        assert_int_equal(fputc(at[7] ^ 1, out), at[7] ^ 1);
    }
    assert_true(found > 0);
    assert_int_equal(fclose(out), 0);
    ptn_buffer_release(&sealed);
    ptn_buffer_release(&file);
}

static void assert_all_but_one(struct works *works, uint64_t size)
{
    struct ptn_follow_head head = head_of(works, POST);

    assert_int_equal(head.cosigned, size);
    assert_int_equal(head.missing, 1);
    for (unsigned i = 0; i < KEEPERS; i++) {
        struct ptn_keeper_standing keeper;
        struct ptn_pusher_standing pusher;

        ptn_keeper_standing(works->keepers[i], &keeper);
        ptn_pusher_standing(works->pushers[i], &pusher);
        assert_int_equal(keeper.lost, 1);
        assert_int_equal(pusher.acknowledged, size);
        assert_int_equal(pusher.trouble, PTN_PUSH_FINE);
    }
}

/* For a while: what nobody has is asked for again now and then, and never comes. */
static void go_on(struct works *works)
{
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < KEEPERS; i++) {
            (void)push(works, i);
            (void)pull(works, i);
        }
        country_ms += round % 20 == 0 ? 61000 : 0;
    }
}

static void test_follower__a_payload_lost_before_any_keeper_had_it_holds_nothing_back(void **state)
{
    struct country *country = *state;
    struct works works;
    struct ptn_ledger *reader = NULL;
    struct ptn_ledger_verdict verdict;
    struct ptn_pusher_standing pusher;

    country_append(country, POST, 400); /* so that later ones do not write its page anew */
    country_append(country, POST, 20);
    damage_payload(country, 5);
    start(&works, country, 3);
    go_on(&works);
    assert_all_but_one(&works, 420);
    ptn_pusher_standing(works.pushers[0], &pusher);
    assert_int_equal(pusher.lost, 1); /* said, and not only passed over */
    /* keepers that start again ask again, and go on */
    stop(&works);
    start(&works, country, 4);
    country_append(country, POST, 10);
    go_on(&works);
    assert_all_but_one(&works, 430);
    GOOD(ptn_ledger_open_reader(&country->world, country->members[POST].vault,
                                country->members[POST].dir, &reader, NULL));
    assert_int_equal(ptn_ledger_verify(reader, &country->members[POST].key, &verdict, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(verdict.wrong, 5);
    ptn_ledger_close(reader);
    stop(&works);
}

/* Answers of one keeper are changed on the way, as if it lied. */
typedef void (*lie_fn)(struct ptn_exchange *exchange);

static void pull_with(struct works *works, unsigned liar, lie_fn lie)
{
    for (unsigned round = 0; round < 200; round++)
        for (unsigned i = 0; i < KEEPERS; i++) {
            bool holds;

            if (!ptn_puller_next(works->pullers[i], &works->exchange, &holds))
                continue;
            carry(works, i, CENTRE);
            if (i == liar)
                lie(&works->exchange);
            ptn_puller_take(works->pullers[i], &works->exchange);
        }
}

static void lie_in_entries(struct ptn_exchange *exchange)
{
    if (strstr(exchange->path, "/tile/entries/") != NULL && exchange->answer.len > 40)
        exchange->answer.at[40] ^= 1;
}

static void lie_in_payloads(struct ptn_exchange *exchange)
{
    if (strstr(exchange->path, "/payloads/") != NULL && exchange->answer.len > 40)
        exchange->answer.at[40] ^= 1;
}

static void lie_in_cosignatures(struct ptn_exchange *exchange)
{
    if (strstr(exchange->path, "/checkpoint") != NULL && exchange->answer.len > 10) {
        uint8_t *letter = &exchange->answer.at[exchange->answer.len - 10];

        *letter = *letter == 'A' ? 'B' : 'A';
    }
}

/* FOLLOW-1. */
static void test_follower__a_lying_keeper_is_named_and_passed_over(void **state)
{
    /* whose turn it is to be asked for entries, payloads, a checkpoint */
    static const struct {
        unsigned liar;
        lie_fn lie;
        bool in_all; /* what no fork explains: it is asked for nothing more */
    } lies[] = { { 0, lie_in_entries, false },
                 { 1, lie_in_payloads, false },
                 { 0, lie_in_cosignatures, true } };

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct country *country = country_new();
        struct works works;
        struct ptn_puller_standing standing;

        country_append(country, POST, 300);
        start(&works, country, 4);
        for (unsigned round = 0; round < 40; round++)
            for (unsigned k = 0; k < KEEPERS; k++)
                (void)push(&works, k);
        pull_with(&works, lies[i].liar, lies[i].lie);
        assert_copy_equals_original(&works);
        ptn_puller_standing(works.pullers[lies[i].liar], &standing);
        assert_int_equal(standing.trouble, PTN_PULL_LIES);
        assert_int_equal(standing.until_ms > country_ms, lies[i].in_all);
        assert_int_equal(head_of(&works, POST).cosigned, 300);
        for (unsigned k = 0; k < KEEPERS; k++) {
            if (k == lies[i].liar)
                continue;
            ptn_puller_standing(works.pullers[k], &standing);
            assert_int_equal(standing.trouble, PTN_PULL_FINE);
        }
        stop(&works);
        country_free(country);
    }
}

static void hide_payloads(struct ptn_exchange *exchange)
{
    if (strstr(exchange->path, "/payloads/") != NULL) {
        ptn_buffer_clear(&exchange->answer);
        for (unsigned i = 0; i < 10; i++)
            GOOD(ptn_wire_payload_write(&exchange->answer, PTN_WIRE_PAYLOAD_GONE, PTN_BYTES_NONE));
    }
}

static void test_follower__a_payload_nobody_had_is_asked_for_again(void **state)
{
    struct works works;

    country_append(*state, POST, 10);
    start(&works, *state, 9);
    for (unsigned round = 0; round < 40; round++)
        for (unsigned k = 0; k < KEEPERS; k++)
            (void)push(&works, k);
    for (unsigned k = 0; k < KEEPERS; k++)
        for (unsigned round = 0; round < 30; round++) {
            bool holds;

            if (!ptn_puller_next(works.pullers[k], &works.exchange, &holds))
                continue;
            carry(&works, k, CENTRE);
            hide_payloads(&works.exchange);
            ptn_puller_take(works.pullers[k], &works.exchange);
        }
    assert_int_equal(head_of(&works, POST).size, 10);
    assert_int_equal(head_of(&works, POST).missing, 9);
    heal(&works);
    assert_copy_equals_original(&works);
    stop(&works);
}

/* What a keeper says it misses is what was offered, or it is a lie: the writer neither follows it
 * nor hangs on it. (Seed 34 of the simulated country.) */
static void test_follower__a_keeper_that_wants_nonsense_is_named(void **state)
{
    static const char *const wants[] = { "abc\n", "0\nx\n", "0", "10\n", "99999999999\n", "" };
    struct ptn_pusher_standing standing;
    struct works works;

    country_append(*state, POST, 10);
    start(&works, *state, 5);
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        unsigned rounds = 0;

        country_append(*state, POST, 1);
        do { /* until entries are asked about */
            country_ms += 2000;
            assert_true(ptn_pusher_next(works.pushers[0], &works.exchange));
            carry(&works, 0, POST);
            if (strstr(works.exchange.path, "/add-entries") != NULL)
                break;
            ptn_pusher_take(works.pushers[0], &works.exchange);
        } while (rounds++ < 20);
        works.exchange.status = 424;
        ptn_buffer_clear(&works.exchange.answer);
        GOOD(ptn_buffer_add_text(&works.exchange.answer, wants[i]));
        ptn_pusher_take(works.pushers[0], &works.exchange);
        ptn_pusher_standing(works.pushers[0], &standing);
        if (i != 3) /* entry 10 was offered: eleven are there */
            assert_int_equal(standing.trouble, PTN_PUSH_BAD_ANSWER);
    }
    heal(&works);
    assert_copy_equals_original(&works);
    stop(&works);
}

static void test_follower__a_keeper_that_goes_back_is_named(void **state)
{
    struct works works;
    struct ptn_puller_standing standing;

    country_append(*state, POST, 10);
    start(&works, *state, 5);
    heal(&works);
    /* its copies are gone, its keys are not */
    ptn_keeper_close(works.keepers[3]);
    {
        char name[400];
        DIR *dir = opendir(works.country->members[3].dir);
        struct dirent *file;

        assert_non_null(dir);
        while ((file = readdir(dir)) != NULL)
            if (strncmp(file->d_name, "copy-", 5) == 0) {
                (void)snprintf(name, sizeof(name), "%s/%s", works.country->members[3].dir,
                               file->d_name);
                assert_int_equal(unlink(name), 0);
            }
        (void)closedir(dir);
    }
    works.keepers[3] = country_keeper(works.country, 3);
    close_writer(&works);
    open_writer(&works);
    ptn_puller_wake(works.pullers[3]);
    (void)pull(&works, 3);
    ptn_puller_standing(works.pullers[3], &standing);
    assert_int_equal(standing.trouble, PTN_PULL_LIES);
    stop(&works);
}

/* What the first keeper knows of the five entries that the disk loses. */
enum telling {
    HELD,          /* it holds them, and shows them */
    TOLD,          /* only the checkpoint over them came to it */
    HELD_BY_OLDER, /* it holds them, and does not give what is pending: an older program */
};

/* The ledger as it was before its last five entries, with so many, is put back, a rolled-back disk,
 * and so many others are written: what the push to a keeper that has the five comes to, and that it
 * is proof enough (FOLLOW-5). */
static enum ptn_push_trouble go_back(struct country *country, unsigned before, unsigned others,
                                     enum telling telling)
{
    static const char *const files[] = { "ledger.sqlite", "ledger.head" };
    struct works works;
    struct ptn_pusher_standing standing;
    struct ptn_buffer old;
    char from[256], to[512];

    ptn_buffer_init(&old, 64u << 20);
    if (before > 0)
        country_append(country, POST, before);
    ptn_ledger_close(country->members[POST].ledger);
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(from, sizeof(from), "%s/%s", country->members[POST].dir, files[i]);
        (void)snprintf(to, sizeof(to), "%s.old", from);
        ptn_buffer_clear(&old);
        GOOD(country->world.files->read(country->world.context, from, &old));
        GOOD(country->world.files->replace(country->world.context, to, ptn_buffer_bytes(&old)));
    }
    GOOD(ptn_ledger_open(&country->world, country->members[POST].vault, country->members[POST].dir,
                         &country->members[POST].ledger, NULL));
    country_append(country, POST, 5);
    start(&works, country, 6);
    if (telling == TOLD)
        for (unsigned round = 0; round < 2; round++) /* 409: its size; 200: the checkpoint */
            assert_true(push(&works, 0));
    else
        heal(&works);
    close_writer(&works);
    ptn_ledger_close(country->members[POST].ledger);
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(from, sizeof(from), "%s/%s", country->members[POST].dir, files[i]);
        (void)snprintf(to, sizeof(to), "%s.old", from);
        assert_int_equal(rename(to, from), 0);
    }
    GOOD(ptn_ledger_open(&country->world, country->members[POST].vault, country->members[POST].dir,
                         &country->members[POST].ledger, NULL));
    if (others > 0)
        country_append(country, POST, others);
    open_writer(&works);
    for (unsigned round = 0; round < 6; round++) {
        bool asks = ptn_pusher_next(works.pushers[0], &works.exchange);

        if (!asks)
            continue;
        carry(&works, 0, POST);
        if (telling == HELD_BY_OLDER && strstr(works.exchange.path, "/pending") != NULL) {
            works.exchange.status = 404;
            ptn_buffer_clear(&works.exchange.answer);
        }
        ptn_pusher_take(works.pushers[0], &works.exchange);
    }
    ptn_pusher_standing(works.pushers[0], &standing);
    assert_false(push(&works, 0));
    GOOD(
        ptn_ledger_retire(country->members[POST].ledger, ptn_pusher_proof(works.pushers[0]), NULL));
    assert_int_equal(ptn_ledger_state(country->members[POST].ledger), PTN_LEDGER_RETIRED);
    ptn_buffer_release(&old);
    stop(&works);
    return standing.trouble;
}

static void test_follower__a_writer_that_lost_its_tail_stops(void **state)
{
    assert_int_equal(go_back(*state, 5, 0, HELD), PTN_PUSH_AHEAD);
}

static void test_follower__a_keeper_that_was_only_told_of_the_tail_shows_it(void **state)
{
    assert_int_equal(go_back(*state, 5, 0, TOLD), PTN_PUSH_AHEAD);
}

static void test_follower__an_older_keeper_shows_what_it_holds(void **state)
{
    assert_int_equal(go_back(*state, 5, 8, HELD_BY_OLDER), PTN_PUSH_CONTRADICTED);
}

/* It has nothing to offer, and asks all the same: before it writes anything, it knows. */
static void test_follower__a_writer_that_lost_everything_stops(void **state)
{
    assert_int_equal(go_back(*state, 0, 0, HELD), PTN_PUSH_AHEAD);
}

static void test_follower__a_writer_that_began_again_is_told(void **state)
{
    assert_int_equal(go_back(*state, 0, 8, HELD), PTN_PUSH_CONTRADICTED);
}

static void test_follower__a_new_writer_looks_once_and_its_first_entry_goes_at_once(void **state)
{
    struct ptn_pusher_standing standing;
    struct works works;

    start(&works, *state, 6);
    assert_true(push(&works, 0)); /* what is pending, and what it holds: nothing */
    assert_true(push(&works, 0));
    assert_false(push(&works, 0));
    ptn_pusher_standing(works.pushers[0], &standing);
    assert_int_equal(standing.trouble, PTN_PUSH_FINE);
    assert_int_equal(ptn_pusher_proof(works.pushers[0]).len, 0);
    country_append(*state, POST, 1);
    assert_true(push(&works, 0));
    heal(&works);
    ptn_pusher_standing(works.pushers[0], &standing);
    assert_int_equal(standing.acknowledged, 1);
    stop(&works);
}

/* FOLLOW-4: it has more than the keeper by then, which proves nothing to it. */
static void test_follower__a_writer_that_went_on_without_its_tail_is_told(void **state)
{
    assert_int_equal(go_back(*state, 5, 8, HELD), PTN_PUSH_CONTRADICTED);
}

/* What a recovery goes by: enough keepers told of the ledger, and all that any of them showed is
 * here, payloads included. RECOVER-1, RECOVER-2. */
static void test_follower__a_ledger_is_back_when_a_quorum_told_and_all_shown_is_here(void **state)
{
    struct works works;
    struct ptn_bytes origin;
    struct ptn_follow_head head;
    uint64_t entry;

    country_append(*state, POST, 300);
    start(&works, *state, 7);
    origin = ptn_bytes_from_text(works.country->members[POST].origin);
    for (unsigned round = 0; round < 40; round++)
        for (unsigned k = 0; k < KEEPERS; k++)
            (void)push(&works, k);
    GOOD(ptn_follow_head(works.follow, origin, &head));
    assert_int_equal(head.answered, 0);
    for (unsigned k = 0; k < 2; k++) /* two keepers tell all they have */
        for (unsigned round = 0; round < 40; round++)
            (void)pull(&works, k);
    GOOD(ptn_follow_head(works.follow, origin, &head));
    assert_int_equal(head.answered, 2);
    assert_int_equal(head.size, 300);
    /* a third that holds nothing of it would do too */
    for (unsigned round = 0; round < 2; round++)
        (void)pull(&works, 2);
    for (unsigned round = 0; round < 60 && (head.answered < QUORUM || head.missing > 0); round++) {
        (void)pull(&works, round % KEEPERS);
        GOOD(ptn_follow_head(works.follow, origin, &head));
    }
    assert_true(head.answered >= QUORUM);
    assert_int_equal(head.shown, 300);
    assert_int_equal(head.size, 300);
    assert_int_equal(head.missing, 0);
    assert_int_equal(
        ptn_copy_next_missing(ptn_follow_copy(works.follow, origin), 0, &entry, NULL).code,
        PTN_C_NOT_FOUND);
    /* one keeper alone shows more, and falls before it has given it: that is not all of it */
    country_append(works.country, POST, 3);
    for (unsigned round = 0; round < 20; round++)
        (void)push(&works, 0);
    for (unsigned round = 0; round < 20 && head.shown == 300; round++) {
        (void)pull(&works, 0);
        GOOD(ptn_follow_head(works.follow, origin, &head));
    }
    ptn_keeper_close(works.keepers[0]);
    works.keepers[0] = NULL;
    for (unsigned round = 0; round < 80; round++) {
        if (round % 20 == 19)
            country_ms += 61000; /* rests are over */
        (void)pull(&works, round % KEEPERS);
    }
    GOOD(ptn_follow_head(works.follow, origin, &head));
    assert_int_equal(head.size, 300);
    assert_int_equal(head.shown, 303);
    GOOD(ptn_follow_head(works.follow, ptn_bytes_from_text(works.country->members[0].origin),
                         &head));
    stop(&works);
}

/* What a keeper is said to hold it has cosigned, with its own key and over this very tree; an
 * answer that only looks like it is none: KEPT-1. */
static void test_follower__only_its_own_cosignature_acknowledges(void **state)
{
    struct ptn_buffer others = { .len_max = 4096 };
    struct ptn_pusher_standing standing;
    unsigned lies = 0;
    struct works works;

    country_append(*state, POST, 20);
    start(&works, *state, 1);
    for (unsigned round = 0; round < 10;
         round++) { /* keeper 1 says what keeper 0 will be said to */
        if (push(&works, 1) && works.exchange.answer.len > 3 &&
            memcmp(works.exchange.answer.at, "\xe2\x80\x94", 3) == 0) {
            ptn_buffer_clear(&others);
            GOOD(ptn_buffer_add(&others, ptn_buffer_bytes(&works.exchange.answer)));
        }
    }
    assert_true(others.len > 0);
    for (unsigned round = 0; round < 60 && lies < 6; round++) {
        struct ptn_buffer *answer = &works.exchange.answer;

        country_ms += 2000;
        if (!ptn_pusher_next(works.pushers[0], &works.exchange))
            continue;
        carry(&works, 0, POST);
        if (answer->len > 40 && memcmp(answer->at, "\xe2\x80\x94", 3) == 0) {
            if (lies % 2 == 0) {
                answer->at[answer->len - 20] ^= 1;
            } else {
                ptn_buffer_clear(answer);
                GOOD(ptn_buffer_add(answer, ptn_buffer_bytes(&others)));
            }
            lies++;
        }
        ptn_pusher_take(works.pushers[0], &works.exchange);
        ptn_pusher_standing(works.pushers[0], &standing);
        assert_int_equal(standing.acknowledged, 0);
    }
    assert_int_equal(lies, 6);
    assert_int_equal(standing.trouble, PTN_PUSH_BAD_ANSWER);
    for (unsigned round = 0; round < 10; round++) {
        country_ms += 2000;
        (void)push(&works, 0);
    }
    ptn_pusher_standing(works.pushers[0], &standing);
    assert_int_equal(standing.acknowledged, 20);
    ptn_buffer_release(&others);
    stop(&works);
}

/* The time of a head is the middle one of those that keepers say, however far off one is: TIME-1.
 */
static void test_follower__one_keepers_clock_moves_no_time(void **state)
{
    static const struct {
        int64_t ahead_s[KEEPERS];
        int64_t seen_s, cosigned_s;
    } cases[] = {
        { { 0, 10, 20, 30 }, 20, 10 },
        { { 20, 0, INT64_C(315360000), 10 }, 20, 10 }, /* ten years ahead */
        { { 20, -INT64_C(100000000), 30, 10 }, 20, 10 },
    };
    const int64_t began_ms = country_ms;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct country *country = country_new();
        struct works works;

        country_append(country, POST, 20);
        start(&works, country, 1);
        for (unsigned k = 0; k < KEEPERS; k++) {
            country_ms = began_ms + cases[i].ahead_s[k] * 1000;
            for (unsigned round = 0; round < 10; round++)
                (void)push(&works, k);
        }
        country_ms = began_ms;
        for (unsigned round = 0; round < 80; round++)
            (void)pull(&works, round % KEEPERS);
        assert_int_equal(head_of(&works, POST).cosigned, 20);
        assert_int_equal(head_of(&works, POST).seen_s, began_ms / 1000 + cases[i].seen_s);
        assert_int_equal(head_of(&works, POST).cosigned_s, began_ms / 1000 + cases[i].cosigned_s);
        stop(&works);
        country_free(country);
    }
}

/* RECOVER-3, KEEP-3: what one keeper alone had of a ledger that was lost, out of the copy that its
 * spare identity made of it. */
static void test_follower__a_spare_brings_what_one_keeper_alone_had(void **state)
{
    const struct ptn_keeper_peer spare = { PTN_BYTES_LITERAL(COUNTRY_SPARE), PTN_ROSTER_POST };
    struct ptn_wire_path lost = { .what = PTN_WIRE_POST_LOST };
    struct country *country = *state;
    struct ptn_bytes origin = ptn_bytes_from_text(country->members[POST].origin);
    struct ptn_pusher *pusher = NULL;
    struct ptn_pusher_standing standing;
    struct ptn_buffer path = { .len_max = 256 };
    struct works works;

    country->spare = true;
    ptn_buffer_clear(&country->roster);
    country_roster_note(country, 1, NODES, &country->roster);
    country_append(country, POST, 40);
    start(&works, country, 11);
    while (push(&works, 0))
        ;
    for (unsigned round = 0; round < 50; round++)
        (void)pull(&works, 0);
    GOOD(ptn_pusher_new_copy(&country->world, ptn_follow_copy(works.follow, origin),
                             &country->members[1].mirror, &pusher));
    while (ptn_pusher_next(pusher, &works.exchange)) {
        ptn_buffer_clear(&works.exchange.answer);
        GOOD(ptn_keeper_answer(works.keepers[1], &spare, &works.exchange));
        ptn_pusher_take(pusher, &works.exchange);
    }
    ptn_pusher_standing(pusher, &standing);
    assert_int_equal(standing.trouble, PTN_PUSH_FINE);
    assert_int_equal(standing.acknowledged, 40); /* cosigned: every entry and payload is there */

    GOOD(ptn_wire_origin_hash(origin, &lost.origin));
    GOOD(ptn_wire_path_write(&path, &lost));
    GOOD(ptn_buffer_add_u8(&path, 0));
    works.exchange.verb = "POST";
    works.exchange.path = (const char *)path.at;
    works.exchange.body = PTN_BYTES_LITERAL("3\n");
    ptn_buffer_clear(&works.exchange.answer);
    GOOD(ptn_keeper_answer(works.keepers[1], &spare, &works.exchange));
    assert_int_equal(works.exchange.status, 403); /* only who wrote it says that it is lost */
    ptn_buffer_release(&path);
    ptn_pusher_free(pusher);
    stop(&works);
}

/* Every allocation on the way fails once: nothing is lost, nothing is believed, it heals. */
static void test_follower__a_failed_allocation_loses_nothing(void **state)
{
    struct works works;

    country_append(*state, POST, 20);
    start(&works, *state, 8);
    for (unsigned long nth = 1; nth < 400; nth += 1 + nth / 40) {
        unsigned keeper = (unsigned)nth % KEEPERS;

        fault_allocation(nth % 60 + 1, FAULT_ONCE);
        (void)push(&works, keeper);
        (void)fault_off();
        fault_allocation(nth % 60 + 1, FAULT_ONCE);
        (void)pull(&works, keeper);
        (void)fault_off();
        country_ms += 3000;
    }
    country_ms += INT64_C(4000000); /* whoever was taken for a liar has a new chance */
    heal(&works);
    assert_copy_equals_original(&works);
    stop(&works);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_follower__a_ledger_comes_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_quorum_is_a_quorum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_keeper_that_counts_no_more_makes_no_quorum,
                                        set_up, tear_down),
        cmocka_unit_test(test_follower__any_network_heals_to_equal_ledgers),
        cmocka_unit_test_setup_teardown(test_follower__notes_come_in_order_from_every_keeper,
                                        set_up, tear_down),
        cmocka_unit_test(test_follower__a_lying_keeper_is_named_and_passed_over),
        cmocka_unit_test_setup_teardown(test_follower__a_payload_nobody_had_is_asked_for_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_keeper_that_wants_nonsense_is_named,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_keeper_that_goes_back_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_writer_that_lost_its_tail_stops, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_writer_that_lost_everything_stops, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_writer_that_began_again_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_follower__a_new_writer_looks_once_and_its_first_entry_goes_at_once, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_follower__a_ledger_is_back_when_a_quorum_told_and_all_shown_is_here, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_follower__a_payload_lost_before_any_keeper_had_it_holds_nothing_back, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_follower__only_its_own_cosignature_acknowledges,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_follower__a_writer_that_went_on_without_its_tail_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_follower__a_keeper_that_was_only_told_of_the_tail_shows_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_follower__an_older_keeper_shows_what_it_holds, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_follower__a_spare_brings_what_one_keeper_alone_had,
                                        set_up, tear_down),
        cmocka_unit_test(test_follower__one_keepers_clock_moves_no_time),
        cmocka_unit_test_setup_teardown(test_follower__a_failed_allocation_loses_nothing, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
