#include "ledger/ledger.h"

#include "fault.h"
#include "ledger/ledger_int.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ORIGIN     "postern.example/qafe-thane"
#define MS_PER_DAY INT64_C(86400000)
/* The first millisecond of December 2026, UTC. */
#define DECEMBER_MS INT64_C(1796083200000)

enum { POST, CENTRE, PEOPLE };

/* A post with a ledger and a centre, each with a vault and keys for November and December. */
struct country {
    char dirs[PEOPLE][64];
    struct ptn_vault *vaults[PEOPLE];
    struct ptn_ledger_reader readers[PEOPLE * 2];
};

static const struct ptn_world *world(void)
{
    return ptn_world_real();
}

static int set_up(void **state)
{
    static const char *const names[PEOPLE] = { "post", "centre" };
    struct country *country = calloc(1, sizeof(*country));

    assert_non_null(country);
    for (unsigned who = 0; who < PEOPLE; who++) {
        (void)snprintf(country->dirs[who], sizeof(country->dirs[who]),
                       "/tmp/postern-readers-XXXXXX");
        assert_non_null(mkdtemp(country->dirs[who]));
        assert_true(ptn_ok(ptn_vault_create(world(), country->dirs[who], NULL)));
        for (unsigned i = 0; i < 2; i++) {
            struct ptn_ledger_reader *reader = &country->readers[who * 2 + i];
            struct ptn_reading made;

            assert_true(ptn_ok(ptn_reading_make(world(), country->dirs[who],
                                                (struct ptn_date){ 2026, (uint8_t)(11 + i), 0 },
                                                &made, NULL)));
            reader->reader = ptn_bytes_from_text(names[who]);
            reader->month = made.month;
            memcpy(reader->key, made.key, sizeof(made.key));
        }
        assert_true(
            ptn_ok(ptn_vault_open(world(), country->dirs[who], &country->vaults[who], NULL)));
    }
    assert_true(ptn_ok(
        ptn_ledger_create(world(), country->vaults[POST], country->dirs[POST], ORIGIN, NULL)));
    *state = country;
    return 0;
}

static int remove_one(const char *path, const struct stat *stat_of, int kind, struct FTW *at)
{
    (void)stat_of;
    (void)kind;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    struct country *country = *state;

    for (unsigned who = 0; who < PEOPLE; who++) {
        ptn_vault_close(country->vaults[who]);
        assert_int_equal(nftw(country->dirs[who], remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    }
    free(country);
    return 0;
}

static struct ptn_ledger *open_writer(const struct country *country)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };

    if (!ptn_ok(
            ptn_ledger_open(world(), country->vaults[POST], country->dirs[POST], &ledger, &diag)))
        fail_msg("open: %s", diag.text);
    return ledger;
}

static void give_all(const struct country *country, struct ptn_ledger *ledger)
{
    assert_true(ptn_ok(ptn_ledger_readers(
        ledger, country->readers, sizeof(country->readers) / sizeof(country->readers[0]), NULL)));
}

static uint64_t append(struct ptn_ledger *ledger, int64_t time_ms, uint8_t retention,
                       const char *text)
{
    struct ptn_ledger_entry entry = { .kind = 1,
                                      .time_ms = time_ms,
                                      .rung = 1,
                                      .retention = retention,
                                      .payload = ptn_bytes_from_text(text) };
    uint64_t first = UINT64_MAX;
    struct ptn_diag diag = { 0, NULL };

    if (!ptn_ok(ptn_ledger_append(ledger, &entry, 1, &first, &diag)))
        fail_msg("append: %s", diag.text);
    return first;
}

/* What reading gives to whoever has that vault; text is what it must be when it opens. */
static enum ptn_code read_as(const struct country *country, const struct ptn_vault *vault,
                             uint64_t index, const char *text, struct ptn_ledger_header *ret_header)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_buffer payload;
    struct ptn_status status;

    ptn_buffer_init(&payload, 100000);
    assert_true(ptn_ok(ptn_ledger_open_reader(world(), vault, country->dirs[POST], &ledger, NULL)));
    status = ptn_ledger_read(ledger, index, ret_header, &payload, NULL);
    if (ptn_ok(status) && text != NULL)
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&payload), text));
    if (!ptn_ok(status))
        assert_int_equal(payload.len, 0);
    ptn_buffer_release(&payload);
    ptn_ledger_close(ledger);
    return status.code;
}

static enum ptn_code reads(const struct country *country, unsigned who, uint64_t index,
                           const char *text)
{
    struct ptn_ledger_header header;

    return read_as(country, country->vaults[who], index, text, &header);
}

static void assert_verifies(const struct country *country, struct ptn_ledger *ledger, uint64_t size)
{
    struct ptn_ledger_verdict verdict = { .size = 0 };
    struct ptn_vkey key;

    assert_true(
        ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                             ptn_vault_public_key(country->vaults[POST], PTN_ROLE_LEDGER), &key)));
    assert_true(ptn_ok(ptn_ledger_verify(ledger, &key, &verdict, NULL)));
    assert_int_equal(verdict.size, size);
}

/* ---- what is sealed for readers ---- */

static void test_readers__each_opens_and_a_new_epoch_stands_in_front(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_header header;

    give_all(country, ledger);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "first"), 1);
    assert_int_equal(append(ledger, DECEMBER_MS + 5, 1, "same day and class"), 2);
    assert_int_equal(append(ledger, DECEMBER_MS + 5, 2, "another class"), 4);
    assert_int_equal(append(ledger, DECEMBER_MS + MS_PER_DAY, 1, "another day"), 6);
    assert_int_equal(append(ledger, DECEMBER_MS + 7, 1, "late, and its epoch is there"), 7);
    for (unsigned who = 0; who < PEOPLE; who++) {
        assert_int_equal(reads(country, who, 1, "first"), PTN_C_OK);
        assert_int_equal(reads(country, who, 2, "same day and class"), PTN_C_OK);
        assert_int_equal(reads(country, who, 4, "another class"), PTN_C_OK);
        assert_int_equal(reads(country, who, 6, "another day"), PTN_C_OK);
        assert_int_equal(reads(country, who, 7, "late, and its epoch is there"), PTN_C_OK);
    }
    /* Anybody reads the epoch entry; it has the time and rung of what needed it. */
    assert_int_equal(read_as(country, NULL, 3, NULL, &header), PTN_C_OK);
    assert_int_equal(header.kind, PTN_RECORD_EPOCH);
    assert_int_equal(header.retention, PTN_RETENTION_PUBLIC);
    assert_int_equal(header.time_ms, DECEMBER_MS + 5);
    assert_int_equal(header.rung, 1);
    assert_int_equal(read_as(country, NULL, 4, NULL, &header), PTN_C_BAD_INPUT);
    assert_int_equal(ptn_ledger_readers_lack(ledger).other_month, 0);
    assert_verifies(country, ledger, 8);
    ptn_ledger_close(ledger);
}

static void test_readers__one_ledger_holds_all_schemes(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);

    assert_int_equal(append(ledger, DECEMBER_MS, 1, "alone"), 0);
    assert_int_equal(append(ledger, DECEMBER_MS, PTN_RETENTION_PUBLIC, "for all"), 1);
    give_all(country, ledger);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "for readers"), 3);
    assert_int_equal(append(ledger, DECEMBER_MS, PTN_RETENTION_PUBLIC, "for all again"), 4);
    assert_true(ptn_ok(ptn_ledger_readers(ledger, NULL, 0, NULL)));
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "alone again"), 5);
    ptn_ledger_close(ledger);
    /* After a restart the epoch of the same day is made anew. */
    ledger = open_writer(country);
    give_all(country, ledger);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "after it"), 7);
    assert_int_equal(reads(country, POST, 0, "alone"), PTN_C_OK);
    assert_int_equal(reads(country, POST, 1, "for all"), PTN_C_OK);
    assert_int_equal(reads(country, POST, 3, "for readers"), PTN_C_OK);
    assert_int_equal(reads(country, POST, 5, "alone again"), PTN_C_OK);
    assert_int_equal(reads(country, POST, 7, "after it"), PTN_C_OK);
    assert_int_equal(reads(country, CENTRE, 0, NULL), PTN_C_CORRUPT); /* another node's own */
    assert_int_equal(reads(country, CENTRE, 4, "for all again"), PTN_C_OK);
    assert_int_equal(reads(country, CENTRE, 7, "after it"), PTN_C_OK);
    assert_verifies(country, ledger, 8);
    ptn_ledger_close(ledger);
}

/* SEAL-3: the month is that of the entry's time in UTC, to the millisecond. */
static void test_readers__a_month_opens_with_its_own_key(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_entry entries[2] = {
        { 1, DECEMBER_MS - 1, 0, 1, PTN_BYTES_LITERAL("the last of November") },
        { 1, DECEMBER_MS, 0, 1, PTN_BYTES_LITERAL("the first of December") },
    };
    uint64_t first = 0;

    give_all(country, ledger);
    assert_true(ptn_ok(ptn_ledger_append(ledger, entries, 2, &first, NULL)));
    assert_int_equal(first, 2);
    assert_int_equal(reads(country, CENTRE, 2, "the last of November"), PTN_C_OK);
    assert_int_equal(reads(country, CENTRE, 3, "the first of December"), PTN_C_OK);
    ptn_vault_reading_forget(country->vaults[CENTRE], (struct ptn_date){ 2026, 11, 0 });
    assert_int_equal(reads(country, CENTRE, 2, NULL), PTN_C_NOT_FOUND);
    assert_int_equal(reads(country, CENTRE, 3, "the first of December"), PTN_C_OK);
    ptn_vault_reading_forget(country->vaults[CENTRE], (struct ptn_date){ 2026, 12, 0 });
    assert_int_equal(reads(country, CENTRE, 3, NULL), PTN_C_NOT_FOUND);
    assert_int_equal(reads(country, POST, 2, "the last of November"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

/* POST-1: whatever is wrong with the keys, the append is kept and the want of them said. */
static void test_readers__a_missing_key_never_stops_an_append(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_reader readers[4];
    struct ptn_ledger_lack lack;

    /* The post has both months, the centre November only, a third nothing that can be used. */
    memcpy(readers, country->readers, 3 * sizeof(readers[0]));
    readers[3] = (struct ptn_ledger_reader){ .reader = PTN_BYTES_LITERAL("recovery"),
                                             .month = { 2026, 12, 0 } };
    assert_true(ptn_ok(ptn_ledger_readers(ledger, readers, 4, NULL)));
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "December"), 1);
    lack = ptn_ledger_readers_lack(ledger);
    assert_int_equal(lack.other_month, 1);
    assert_int_equal(lack.left_out, 1);
    assert_false(lack.alone);
    ptn_vault_reading_forget(country->vaults[CENTRE], (struct ptn_date){ 2026, 12, 0 });
    assert_int_equal(reads(country, CENTRE, 1, "December"), PTN_C_OK);
    /* A later month's key is better than none: October. */
    assert_int_equal(append(ledger, DECEMBER_MS - 40 * MS_PER_DAY, 1, "October"), 3);
    assert_int_equal(ptn_ledger_readers_lack(ledger).other_month, 2);
    assert_int_equal(reads(country, CENTRE, 3, "October"), PTN_C_OK);
    /* Nobody at all. */
    assert_true(ptn_ok(ptn_ledger_readers(ledger, &readers[3], 1, NULL)));
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "alone"), 4);
    lack = ptn_ledger_readers_lack(ledger);
    assert_int_equal(lack.left_out, 1);
    assert_true(lack.alone);
    assert_int_equal(reads(country, POST, 4, "alone"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

static void test_readers__the_same_key_twice_is_boxed_once(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_reader readers[2] = { country->readers[0], country->readers[0] };

    readers[1].reader = PTN_BYTES_LITERAL("the same under another name");
    assert_true(ptn_ok(ptn_ledger_readers(ledger, readers, 2, NULL)));
    assert_int_equal(append(ledger, DECEMBER_MS - 1, 1, "once"), 1);
    assert_int_equal(reads(country, POST, 1, "once"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

static void test_readers__there_is_a_limit(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_reader readers[PTN_RECORD_EPOCH_BOX_MAX + 1];
    uint16_t names[PTN_RECORD_EPOCH_BOX_MAX + 1];

    for (size_t i = 0; i < PTN_RECORD_EPOCH_BOX_MAX + 1; i++) {
        names[i] = (uint16_t)i;
        readers[i] = country->readers[2];
        readers[i].reader = ptn_bytes_of(&names[i], sizeof(names[i]));
        readers[i].key[1] ^= (uint8_t)i;
        readers[i].key[2] ^= (uint8_t)(i >> 8);
    }
    give_all(country, ledger);
    assert_int_equal(ptn_ledger_readers(ledger, readers, PTN_RECORD_EPOCH_BOX_MAX + 1, NULL).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "as before"), 1);
    assert_int_equal(reads(country, CENTRE, 1, "as before"), PTN_C_OK);
    assert_true(ptn_ok(ptn_ledger_readers(ledger, readers, PTN_RECORD_EPOCH_BOX_MAX, NULL)));
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "as many as there may be"), 3);
    assert_int_equal(reads(country, CENTRE, 3, "as many as there may be"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

/* A node whose private halves are locked away seals with public ones. */
static void test_readers__a_locked_node_still_appends(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger;

    ptn_vault_reading_forget(country->vaults[POST], (struct ptn_date){ 2026, 11, 0 });
    ptn_vault_reading_forget(country->vaults[POST], (struct ptn_date){ 2026, 12, 0 });
    ledger = open_writer(country);
    give_all(country, ledger);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "locked"), 1);
    assert_int_equal(reads(country, POST, 1, NULL), PTN_C_NOT_FOUND);
    assert_int_equal(reads(country, CENTRE, 1, "locked"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

/* More days than a writer keeps: old ones are made anew, and everything opens. */
static void test_readers__many_days_in_one_batch_and_after_it(void **state)
{
    enum { DAYS = 150, BATCH = 2 * DAYS };
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_entry entries[BATCH];
    uint64_t first = 0;

    give_all(country, ledger);
    for (unsigned i = 0; i < BATCH; i++)
        entries[i] = (struct ptn_ledger_entry){ 1, DECEMBER_MS - (i % DAYS) * MS_PER_DAY, 0, 1,
                                                PTN_BYTES_LITERAL("one of many") };
    assert_true(ptn_ok(ptn_ledger_append(ledger, entries, BATCH, &first, NULL)));
    assert_int_equal(first, DAYS);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "long ago"), 3 * DAYS + 1);
    assert_int_equal(append(ledger, DECEMBER_MS - (DAYS - 1) * MS_PER_DAY, 1, "just now"),
                     3 * DAYS + 2);
    for (unsigned i = 0; i < BATCH; i += 7)
        assert_int_equal(reads(country, CENTRE, DAYS + i, "one of many"), PTN_C_OK);
    assert_int_equal(reads(country, CENTRE, 3 * DAYS + 1, "long ago"), PTN_C_OK);
    assert_int_equal(reads(country, CENTRE, 3 * DAYS + 2, "just now"), PTN_C_OK);
    assert_verifies(country, ledger, 3 * DAYS + 3);
    ptn_ledger_close(ledger);
}

/* An append that is not kept leaves no epoch behind that no entry carries. */
static void test_readers__no_memory_is_reported_and_the_next_append_is_right(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_entry entry = { 1, DECEMBER_MS, 0, 1, PTN_BYTES_LITERAL("hello") };
    uint64_t first = UINT64_MAX;
    unsigned long nth = 0;
    struct ptn_status status;

    fault_allocation(1, FAULT_ONCE);
    assert_int_equal(ptn_ledger_readers(ledger, country->readers, 4, NULL).code, PTN_C_NO_MEMORY);
    assert_true(fault_off());
    give_all(country, ledger);
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_ledger_append(ledger, &entry, 1, &first, NULL);
        if (fault_off() && !ptn_ok(status))
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
        assert_int_equal(ptn_ledger_state(ledger), PTN_LEDGER_READY);
    } while (!ptn_ok(status));
    assert_true(nth > 3);
    assert_int_equal(reads(country, CENTRE, first, "hello"), PTN_C_OK);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "the same epoch"), first + 1);
    assert_int_equal(reads(country, POST, first + 1, "the same epoch"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

/* ---- any sequence ---- */

/* What a model says of one entry: which month's key of each reader it was sealed to. */
struct expected {
    unsigned months[PEOPLE]; /* 0: none */
    bool alone;
    bool open; /* public */
};

/* The month of a reader's key that is nearest in the sense of docs/format/payload.md. */
static unsigned nearest(const struct ptn_ledger_reader *given, size_t count, unsigned who,
                        const struct country *country, unsigned wanted)
{
    unsigned best = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned month = given[i].month.month;

        if (!ptn_bytes_equal(given[i].reader, country->readers[(size_t)who * 2].reader))
            continue;
        if (best == 0 || month == wanted || (best > wanted && month < best) ||
            (best < wanted && month < wanted && month > best))
            best = best == wanted ? best : month;
    }
    return best;
}

static void assert_as_expected(const struct country *country, const struct ptn_vault *november,
                               uint64_t index, const struct expected *expected)
{
    struct ptn_ledger_header header;

    assert_int_equal(reads(country, POST, index, "any"),
                     expected->open || expected->alone || expected->months[POST] != 0
                         ? PTN_C_OK
                         : PTN_C_NOT_FOUND);
    assert_int_equal(reads(country, CENTRE, index, "any"),
                     expected->open || expected->months[CENTRE] != 0 ? PTN_C_OK
                     : expected->alone                               ? PTN_C_CORRUPT
                                                                     : PTN_C_NOT_FOUND);
    assert_int_equal(read_as(country, november, index, "any", &header),
                     expected->open || expected->months[CENTRE] == 11 ? PTN_C_OK
                     : expected->alone                                ? PTN_C_CORRUPT
                                                                      : PTN_C_NOT_FOUND);
}

/* Random appends, readers and restarts: each entry opens for exactly those it was sealed to. */
static void test_readers__any_sequence_opens_for_exactly_its_readers(void **state)
{
    enum { STEPS = 120 };
    struct country *country = *state;
    struct ptn_world *seeded = ptn_world_seeded(20221124, 0);
    struct ptn_vault *november = NULL; /* the centre's, without its other month */
    struct ptn_ledger *ledger = open_writer(country);
    struct ptn_ledger_reader given[4];
    struct expected expected[STEPS];
    uint64_t indexes[STEPS];
    size_t given_count = 0;
    size_t count = 0;

    assert_non_null(seeded);
    assert_true(ptn_ok(ptn_vault_open(world(), country->dirs[CENTRE], &november, NULL)));
    ptn_vault_reading_forget(november, (struct ptn_date){ 2026, 12, 0 });
    while (count < STEPS) {
        uint8_t dice[4];

        seeded->random(seeded->context, dice, sizeof(dice));
        if (dice[0] % 8 == 0) { /* other readers */
            given_count = 0;
            for (unsigned i = 0; i < 4; i++)
                if ((dice[1] >> i & 1u) != 0)
                    given[given_count++] = country->readers[i];
            assert_true(ptn_ok(ptn_ledger_readers(ledger, given, given_count, NULL)));
        } else if (dice[0] % 8 == 1) { /* a restart */
            ptn_ledger_close(ledger);
            ledger = open_writer(country);
            assert_true(ptn_ok(ptn_ledger_readers(ledger, given, given_count, NULL)));
        } else {
            const int64_t time_ms = DECEMBER_MS + (dice[1] % 90 - 45) * MS_PER_DAY;
            const unsigned month = ptn_instant_date(time_ms).month;
            const uint8_t retention = (uint8_t)(1 + dice[2] % 5);
            struct expected *says = &expected[count];

            *says = (struct expected){ .open = retention == PTN_RETENTION_PUBLIC,
                                       .alone = given_count == 0 };
            /* January comes after December: the months of this test are in one year but for it. */
            for (unsigned who = 0; who < PEOPLE; who++)
                says->months[who] =
                    nearest(given, given_count, who, country, month == 1 ? 13 : month);
            indexes[count++] = append(ledger, time_ms, retention, "any");
        }
    }
    for (size_t i = 0; i < count; i++)
        assert_as_expected(country, november, indexes[i], &expected[i]);
    ptn_ledger_close(ledger);
    ptn_vault_close(november);
    ptn_world_seeded_free(seeded);
}

/* ---- forgetting ---- */

static void assert_exists(const struct country *country, const char *name, bool there)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/vault/epoch/%s", country->dirs[POST], name);
    assert_int_equal(access(path, F_OK) == 0, there);
}

/* The post, with its own keys marked as such, forgets class 1. */
static struct ptn_ledger *open_forgetting(struct country *country)
{
    struct ptn_ledger *ledger = open_writer(country);

    country->readers[0].own = true;
    country->readers[1].own = true;
    give_all(country, ledger);
    ptn_ledger_forgets(ledger, 1u << 1);
    return ledger;
}

/* SEAL-4, to the millisecond. */
static void test_forget__a_day_opens_until_it_has_been_over_for_so_long(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_forgetting(country);
    const int64_t day_end = DECEMBER_MS + MS_PER_DAY;

    assert_int_equal(append(ledger, DECEMBER_MS + 5, 1, "forgotten"), 1);
    assert_int_equal(append(ledger, DECEMBER_MS + 5, 2, "of a class that is not"), 3);
    assert_int_equal(append(ledger, day_end, 1, "a day younger"), 5);
    assert_false(ptn_ledger_readers_lack(ledger).unkept);
    assert_int_equal(ptn_ledger_readers_lack(ledger).left_out, 0);
    assert_exists(country, "2026-12-01.keys", true);
    assert_exists(country, "2026-12-02.keys", true);
    ptn_ledger_close(ledger);
    ledger = open_forgetting(country); /* also after a restart */
    assert_int_equal(reads(country, POST, 1, "forgotten"), PTN_C_OK);
    assert_true(ptn_ok(ptn_ledger_forget(ledger, day_end + PTN_LEDGER_FORGET_AFTER_MS - 1,
                                         PTN_LEDGER_FORGET_AFTER_MS, NULL)));
    assert_int_equal(reads(country, POST, 1, "forgotten"), PTN_C_OK);
    assert_true(ptn_ok(ptn_ledger_forget(ledger, day_end + PTN_LEDGER_FORGET_AFTER_MS,
                                         PTN_LEDGER_FORGET_AFTER_MS, NULL)));
    assert_exists(country, "2026-12-01.keys", false);
    assert_exists(country, "2026-12-02.keys", true);
    assert_int_equal(reads(country, POST, 1, NULL), PTN_C_NOT_FOUND);
    assert_int_equal(reads(country, POST, 3, "of a class that is not"), PTN_C_OK);
    assert_int_equal(reads(country, POST, 5, "a day younger"), PTN_C_OK);
    assert_int_equal(reads(country, CENTRE, 1, "forgotten"), PTN_C_OK);
    assert_verifies(country, ledger, 6);
    ptn_ledger_close(ledger);
}

/* The writer itself forgets as well: what it sealed under, and what it opened before. */
static void test_forget__an_open_ledger_remembers_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_forgetting(country);
    struct ptn_ledger_header header;
    struct ptn_buffer payload;

    ptn_buffer_init(&payload, 1000);
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "first"), 1);
    assert_true(ptn_ok(ptn_ledger_read(ledger, 1, &header, &payload, NULL)));
    assert_true(ptn_ok(
        ptn_ledger_forget(ledger, DECEMBER_MS + 9 * MS_PER_DAY, PTN_LEDGER_FORGET_AFTER_MS, NULL)));
    assert_int_equal(ptn_ledger_read(ledger, 1, &header, &payload, NULL).code, PTN_C_NOT_FOUND);
    /* What comes late for that day gets an epoch of its own. */
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "late"), 3);
    assert_int_equal(reads(country, POST, 3, "late"), PTN_C_OK);
    assert_int_equal(reads(country, POST, 1, NULL), PTN_C_NOT_FOUND);
    /* No time, and none that anybody vouches for yet. */
    assert_true(ptn_ok(ptn_ledger_forget(ledger, 0, PTN_LEDGER_FORGET_AFTER_MS, NULL)));
    assert_int_equal(reads(country, POST, 3, "late"), PTN_C_OK);
    ptn_buffer_release(&payload);
    ptn_ledger_close(ledger);
}

static void test_forget__the_only_reader_forgets_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_forgetting(country);

    assert_true(ptn_ok(ptn_ledger_readers(ledger, country->readers, 2, NULL)));
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "nobody else has it"), 1);
    assert_exists(country, "2026-12-01.keys", false);
    assert_true(ptn_ok(ptn_ledger_forget(ledger, DECEMBER_MS + 99 * MS_PER_DAY, 0, NULL)));
    assert_int_equal(reads(country, POST, 1, "nobody else has it"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

/* POST-1: the key cannot be kept, the entry is. */
static void test_forget__a_key_that_cannot_be_kept_stops_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_forgetting(country);
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/vault/epoch", country->dirs[POST]);
    assert_true(ptn_ok(world()->files->replace(world()->context, path, PTN_BYTES_NONE)));
    assert_int_equal(append(ledger, DECEMBER_MS, 1, "kept all the same"), 1);
    assert_true(ptn_ledger_readers_lack(ledger).unkept);
    assert_int_equal(reads(country, POST, 1, NULL), PTN_C_NOT_FOUND);
    assert_int_equal(reads(country, CENTRE, 1, "kept all the same"), PTN_C_OK);
    ptn_ledger_close(ledger);
}

/* ---- what must not open ---- */

/* Two entries of a ledger in memory, to be made wrong. */
struct shelf {
    struct ptn_ledger_header headers[4];
    struct ptn_buffer sealed[4];
    size_t gone; /* index of a payload that is not there */
};

static struct ptn_status shelf_get(void *context, uint64_t index,
                                   struct ptn_ledger_header *ret_header, struct ptn_buffer *sealed,
                                   struct ptn_diag *reterr)
{
    const struct shelf *shelf = context;

    (void)reterr;
    if (index >= 4 || index == shelf->gone)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_header = shelf->headers[index];
    return ptn_buffer_add(sealed, ptn_buffer_bytes(&shelf->sealed[index]));
}

/* Set the payload of an entry and what its header says of it. */
static void put(struct shelf *shelf, struct ptn_hasher *hasher, size_t index,
                struct ptn_bytes sealed)
{
    struct ptn_ledger_header *header = &shelf->headers[index];

    ptn_buffer_clear(&shelf->sealed[index]);
    assert_true(ptn_ok(ptn_buffer_add(&shelf->sealed[index], sealed)));
    header->has_payload = true;
    header->sealed_len = (uint32_t)sealed.len;
    assert_true(ptn_ok(ptn_hasher_digest(hasher, &sealed, 1, header->sealed_sha256.at)));
}

static enum ptn_code open_shelf(struct ptn_opener *opener, const struct shelf *shelf, size_t index)
{
    struct ptn_buffer payload;
    struct ptn_status status;

    ptn_buffer_init(&payload, 1000);
    ptn_opener_forget(opener);
    status = ptn_opener_open(opener, index, &shelf->headers[index],
                             ptn_buffer_bytes(&shelf->sealed[index]), &payload, NULL);
    if (ptn_ok(status))
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&payload), "hello"));
    else
        assert_int_equal(payload.len, 0);
    ptn_buffer_release(&payload);
    return status.code;
}

/* An epoch entry (1) and a payload under it (2), as a ledger would make them. */
static void fill_shelf(const struct country *country, struct shelf *shelf,
                       struct ptn_hasher *hasher, struct ptn_epoch *epoch)
{
    struct ptn_record_epoch_box box;
    struct ptn_record_epoch record = { 20788, 1, &box, 1 };
    struct ptn_buffer bytes;
    struct ptn_buffer sealed;

    ptn_buffer_init(&bytes, 1000);
    ptn_buffer_init(&sealed, 1000);
    for (size_t i = 0; i < 4; i++) {
        shelf->headers[i] =
            (struct ptn_ledger_header){ .kind = 1, .time_ms = DECEMBER_MS, .retention = 1 };
        ptn_buffer_init(&shelf->sealed[i], 2000);
    }
    shelf->gone = SIZE_MAX;
    shelf->headers[1].kind = PTN_RECORD_EPOCH;
    shelf->headers[1].retention = PTN_RETENTION_PUBLIC;
    ptn_epoch_new(world(), 20788, 1, 1, epoch);
    memcpy(box.reader, country->readers[3].key, sizeof(box.reader));
    assert_true(ptn_ok(ptn_epoch_box(world(), epoch, box.reader, box.sealed)));
    assert_true(ptn_ok(ptn_record_epoch_write(&record, &bytes)));
    assert_true(
        ptn_ok(ptn_seal_nothing(ptn_buffer_bytes(&bytes), &sealed, shelf->headers[1].commitment)));
    put(shelf, hasher, 1, ptn_buffer_bytes(&sealed));
    for (size_t i = 2; i < 4; i++) {
        ptn_buffer_clear(&bytes);
        ptn_buffer_clear(&sealed);
        assert_true(ptn_ok(ptn_ledger_bind(&bytes, ORIGIN, 2, &shelf->headers[i])));
        assert_true(
            ptn_ok(ptn_seal(world(), epoch, ptn_buffer_bytes(&bytes), PTN_BYTES_LITERAL("hello"),
                            &sealed, shelf->headers[i].commitment)));
        put(shelf, hasher, i, ptn_buffer_bytes(&sealed));
    }
    ptn_buffer_release(&bytes);
    ptn_buffer_release(&sealed);
}

static void empty_shelf(struct shelf *shelf)
{
    for (size_t i = 0; i < 4; i++)
        ptn_buffer_release(&shelf->sealed[i]);
}

static void test_opener__opens_at_its_place_under_its_header_only(void **state)
{
    struct country *country = *state;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct shelf shelf;
    struct ptn_epoch epoch;
    struct ptn_opener opener = { .vault = country->vaults[CENTRE],
                                 .origin = ORIGIN,
                                 .hasher = hasher,
                                 .get = shelf_get,
                                 .context = &shelf };

    assert_non_null(hasher);
    fill_shelf(country, &shelf, hasher, &epoch);
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_OK);
    assert_int_equal(open_shelf(&opener, &shelf, 3), PTN_C_CORRUPT); /* sealed for index 2 */
    opener.origin = "postern.example/another";
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    opener.origin = ORIGIN;
    shelf.headers[2].rung = 1;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    shelf.headers[2].rung = 0;
    shelf.headers[2].time_ms++;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    shelf.headers[2].time_ms--;
    shelf.headers[2].commitment[0] ^= 1; /* SEAL-2 */
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    shelf.headers[2].commitment[0] ^= 1;
    shelf.sealed[2].at[90] ^= 1; /* what the tree says */
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    shelf.sealed[2].at[90] ^= 1;
    opener.vault = NULL;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_BAD_INPUT);
    opener.vault = country->vaults[POST]; /* not among the readers */
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_NOT_FOUND);
    opener.vault = country->vaults[CENTRE];
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_OK);
    empty_shelf(&shelf);
    ptn_opener_forget(&opener);
    ptn_hasher_free(hasher);
}

static void test_opener__an_epoch_must_be_one_and_come_before(void **state)
{
    struct country *country = *state;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct shelf shelf;
    struct ptn_epoch epoch;
    struct ptn_opener opener = { .vault = country->vaults[CENTRE],
                                 .origin = ORIGIN,
                                 .hasher = hasher,
                                 .get = shelf_get,
                                 .context = &shelf };

    assert_non_null(hasher);
    fill_shelf(country, &shelf, hasher, &epoch);
    shelf.gone = 1;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_NOT_FOUND);
    shelf.gone = SIZE_MAX;
    shelf.headers[1].kind = PTN_RECORD_NOTE;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    shelf.headers[1].kind = PTN_RECORD_EPOCH;
    shelf.headers[1].retention = 1;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    shelf.headers[1].retention = PTN_RETENTION_PUBLIC;
    shelf.sealed[1].at[20] ^= 1;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    /* Its header agrees: still no record, or a box that does not open. */
    for (size_t at = 1; at < shelf.sealed[1].len; at++) {
        struct ptn_buffer bytes;

        ptn_buffer_init(&bytes, 1000);
        assert_true(ptn_ok(ptn_buffer_add(&bytes, ptn_buffer_bytes(&shelf.sealed[1]))));
        bytes.at[20] ^= at == 1 ? 1 : 0;
        bytes.at[at] ^= 0x80;
        put(&shelf, hasher, 1, ptn_buffer_bytes(&bytes));
        assert_true(open_shelf(&opener, &shelf, 2) == PTN_C_CORRUPT ||
                    open_shelf(&opener, &shelf, 2) == PTN_C_NOT_FOUND);
        bytes.at[at] ^= 0x80;
        put(&shelf, hasher, 1, ptn_buffer_bytes(&bytes));
        ptn_buffer_release(&bytes);
    }
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_OK);
    /* A payload that names itself, or what comes after it. */
    for (uint8_t entry = 2; entry < 4; entry++) {
        struct ptn_buffer bytes;

        ptn_buffer_init(&bytes, 1000);
        assert_true(ptn_ok(ptn_buffer_add(&bytes, ptn_buffer_bytes(&shelf.sealed[2]))));
        bytes.at[13] = entry;
        put(&shelf, hasher, 2, ptn_buffer_bytes(&bytes));
        assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
        bytes.at[13] = 1;
        put(&shelf, hasher, 2, ptn_buffer_bytes(&bytes));
        ptn_buffer_release(&bytes);
    }
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_OK);
    empty_shelf(&shelf);
    ptn_opener_forget(&opener);
    ptn_hasher_free(hasher);
}

static void test_opener__only_what_is_public_is_not_sealed(void **state)
{
    struct country *country = *state;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct shelf shelf;
    struct ptn_epoch epoch;
    struct ptn_opener opener = { .vault = country->vaults[CENTRE],
                                 .origin = ORIGIN,
                                 .hasher = hasher,
                                 .get = shelf_get,
                                 .context = &shelf };

    assert_non_null(hasher);
    fill_shelf(country, &shelf, hasher, &epoch);
    put(&shelf, hasher, 0, PTN_BYTES_LITERAL("\0hello"));
    assert_int_equal(open_shelf(&opener, &shelf, 0), PTN_C_CORRUPT);
    shelf.headers[0].retention = PTN_RETENTION_PUBLIC;
    assert_int_equal(open_shelf(&opener, &shelf, 0), PTN_C_OK);
    shelf.headers[0].commitment[5] = 1;
    assert_int_equal(open_shelf(&opener, &shelf, 0), PTN_C_CORRUPT);
    shelf.headers[2].retention = PTN_RETENTION_PUBLIC;
    assert_int_equal(open_shelf(&opener, &shelf, 2), PTN_C_CORRUPT);
    empty_shelf(&shelf);
    ptn_opener_forget(&opener);
    ptn_hasher_free(hasher);
}

/* ---- what must not be on the disk ---- */

static size_t count_in_file(const char *path, const char *needle)
{
    struct ptn_buffer bytes;
    size_t found = 0;

    ptn_buffer_init(&bytes, (size_t)64 << 20);
    if (ptn_ok(world()->files->read(world()->context, path, &bytes))) {
        const uint8_t *at = bytes.at;
        size_t left = bytes.len;

        while (left > 0 && (at = memmem(at, left, needle, strlen(needle))) != NULL) {
            found++;
            at++;
            left = bytes.len - (size_t)(at - bytes.at);
        }
    }
    ptn_buffer_release(&bytes);
    return found;
}

static size_t count_in_dir(const char *dir, const char *needle)
{
    DIR *folder = opendir(dir);
    struct dirent *entry;
    size_t found = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[512];

        (void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (entry->d_type == DT_REG)
            found += count_in_file(path, needle);
    }
    (void)closedir(folder);
    return found;
}

/* A thousand planted names: not one of them in any file, sealed alone or for readers, the log
 * open or folded in. The public ones are, so that the search is known to find. */
static void test_readers__planted_names_are_in_no_file(void **state)
{
    struct country *country = *state;
    struct ptn_ledger *ledger = open_writer(country);

    for (unsigned round = 0; round < 10; round++) {
        struct ptn_ledger_entry entries[101] = { 0 };
        char names[101][32];
        uint64_t first = 0;

        if (round == 5)
            give_all(country, ledger);
        for (unsigned i = 0; i < 101; i++) {
            (void)snprintf(names[i], sizeof(names[i]), i < 100 ? "PLANTED%03u" : "PUBLIC%03u",
                           round * 100 + i);
            entries[i] =
                (struct ptn_ledger_entry){ 1, DECEMBER_MS - (i % 3) * MS_PER_DAY, 0,
                                           (uint8_t)(i < 100 ? 1 + i % 4 : PTN_RETENTION_PUBLIC),
                                           ptn_bytes_from_text(names[i]) };
        }
        assert_true(ptn_ok(ptn_ledger_append(ledger, entries, 101, &first, NULL)));
        assert_int_equal(reads(country, POST, first + 7, names[7]), PTN_C_OK);
    }
    assert_int_equal(count_in_dir(country->dirs[POST], "PLANTED"), 0);
    assert_true(count_in_dir(country->dirs[POST], "PUBLIC") >= 10);
    ptn_ledger_close(ledger);
    assert_int_equal(count_in_dir(country->dirs[POST], "PLANTED"), 0);
    assert_int_equal(count_in_dir(country->dirs[POST], "PUBLIC"), 10);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_readers__each_opens_and_a_new_epoch_stands_in_front),
        TEST(test_readers__one_ledger_holds_all_schemes),
        TEST(test_readers__a_month_opens_with_its_own_key),
        TEST(test_readers__a_missing_key_never_stops_an_append),
        TEST(test_readers__the_same_key_twice_is_boxed_once),
        TEST(test_readers__there_is_a_limit),
        TEST(test_readers__a_locked_node_still_appends),
        TEST(test_readers__many_days_in_one_batch_and_after_it),
        TEST(test_readers__no_memory_is_reported_and_the_next_append_is_right),
        TEST(test_readers__any_sequence_opens_for_exactly_its_readers),
        TEST(test_forget__a_day_opens_until_it_has_been_over_for_so_long),
        TEST(test_forget__an_open_ledger_remembers_nothing),
        TEST(test_forget__the_only_reader_forgets_nothing),
        TEST(test_forget__a_key_that_cannot_be_kept_stops_nothing),
        TEST(test_opener__opens_at_its_place_under_its_header_only),
        TEST(test_opener__an_epoch_must_be_one_and_come_before),
        TEST(test_opener__only_what_is_public_is_not_sealed),
        TEST(test_readers__planted_names_are_in_no_file),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
