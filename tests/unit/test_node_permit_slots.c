/* Goal: a published permit opens with its holder's passport and with nothing else; what online keys
 * write never lets anybody pass who did not; a withdrawal counts at once. */
#include <string.h>

#include "fault.h"
#include "node/lane.h"
#include "node/node_int.h"
#include "node/permit_slots_int.h"
#include "node/permits_int.h"
#include "node/published.h"
#include "node_made.h"

#define ROUNDS  20u
#define RECORDS 20u
#define PEOPLE  3u
#define NUMBERS 3u

static const uint8_t salt[PTN_SHA256_LEN] = { 7 };

static struct ptn_person holder(unsigned who)
{
    static const char *const numbers[PEOPLE] = { "P0", "P1", "P2" };

    return (struct ptn_person){ .surname = PTN_BYTES_LITERAL("OKAFOREKU"),
                                .birth = { 1990, 4, 2 },
                                .nationality = "IND",
                                .document = { .kind = PTN_DOCUMENT_PASSPORT,
                                              .issuer = "IND",
                                              .number = ptn_bytes_from_text(numbers[who]),
                                              .expiry = { 2031, 5, 1 } } };
}

static struct ptn_permit permit_of(unsigned who, unsigned number, enum ptn_permit_status status)
{
    static const char *const numbers[NUMBERS] = { "VISA-C0", "VISA-C1", "VISA-C2" };

    return (struct ptn_permit){ .id = { { 1 } },
                                .kind = PTN_PERMIT_SHORT_VISA,
                                .issuer = "ALB",
                                .number = ptn_bytes_from_text(numbers[number]),
                                .status = status,
                                .until = { 2027, 3, 31 },
                                .person = holder(who),
                                .imported = PTN_BYTES_LITERAL("visas") };
}

static void add_slot(struct ptn_buffer *slots, const struct ptn_permit *permit)
{
    struct ptn_permit_key key;

    assert_true(ptn_ok(ptn_permit_key_of(&permit->person, salt, &key)));
    assert_true(ptn_ok(ptn_permit_slot_write(ptn_world_real(), &key, permit, slots)));
}

/* ---- slots ---- */

struct found {
    size_t count;
    enum ptn_permit_status status[8];
    char number[8][8];
    bool no_telling;
};

static struct ptn_status note(void *context, const struct ptn_permit *permit)
{
    struct found *found = context;

    if (permit == NULL) {
        found->no_telling = true;
        return PTN_OK;
    }
    assert_true(found->count < 8);
    found->status[found->count] = permit->status;
    (void)snprintf(found->number[found->count], 8, "%.*s", (int)permit->number.len,
                   (const char *)permit->number.at);
    found->count++;
    return PTN_OK;
}

static struct found ask(const struct ptn_permit_slots *slots, const struct ptn_person *person)
{
    struct found found = { 0 };

    assert_true(ptn_ok(ptn_permit_slots_each(slots, person, false, note, &found)));
    return found;
}

/* PERMIT-2: without the passport a slot says nothing. */
static void test_slots__open_with_the_passport_and_nothing_else(void **state)
{
    struct ptn_buffer bytes = { .len_max = PTN_PERMITS_SLOTS_MAX };
    struct ptn_permit permit = permit_of(0, 0, PTN_PERMIT_VALID);
    struct ptn_permit_slots_part part = { salt, PTN_BYTES_NONE, true };
    struct ptn_permit_slots *slots = NULL;
    struct ptn_person person = holder(0);

    (void)state;
    add_slot(&bytes, &permit);
    part.slots = ptn_buffer_bytes(&bytes);
    assert_null(memmem(bytes.at, bytes.len, "OKAFOREKU", 9));
    assert_null(memmem(bytes.at, bytes.len, "VISA-C0", 7));
    assert_true(ptn_ok(ptn_permit_slots_make(&part, 1, &slots)));
    assert_int_equal(ask(slots, &person).count, 1);
    assert_string_equal(ask(slots, &person).number[0], "VISA-C0");
    person.surname = PTN_BYTES_LITERAL("SPELLED OTHERWISE");
    assert_int_equal(ask(slots, &person).count, 1);
    person.birth.day = 3;
    assert_int_equal(ask(slots, &person).count, 0);
    person = holder(0);
    person.document.expiry.year = 2032;
    assert_int_equal(ask(slots, &person).count, 0);
    person = holder(0);
    memcpy(person.document.issuer, "UTO", 4);
    assert_int_equal(ask(slots, &person).count, 0);
    person = holder(0);
    person.document.number = PTN_BYTES_NONE;
    assert_int_equal(ask(slots, &person).count, 0);
    ptn_permit_slots_leave(slots);
    ptn_buffer_release(&bytes);
}

/* Any byte of a slot changed: it does not open, and what cannot be slots is said. */
static void test_slots__a_changed_byte_opens_nothing(void **state)
{
    struct ptn_buffer bytes = { .len_max = PTN_PERMITS_SLOTS_MAX };
    struct ptn_permit permit = permit_of(0, 0, PTN_PERMIT_VALID);
    struct ptn_person person = holder(0);

    (void)state;
    add_slot(&bytes, &permit);
    for (size_t i = 0; i < bytes.len; i += 7) {
        struct ptn_permit_slots_part part = { salt, ptn_buffer_bytes(&bytes), true };
        struct ptn_permit_slots *slots = NULL;
        struct ptn_cursor cursor = ptn_cursor_at(ptn_buffer_bytes(&bytes));
        struct ptn_permit_slot slot;

        bytes.at[i] ^= 1;
        if (ptn_ok(ptn_permit_slot_next(&cursor, &slot)) &&
            ptn_permit_slot_next(&cursor, &slot).code == PTN_C_NOT_FOUND) {
            assert_true(ptn_ok(ptn_permit_slots_make(&part, 1, &slots)));
            assert_int_equal(ask(slots, &person).count, 0);
            ptn_permit_slots_leave(slots);
        }
        bytes.at[i] ^= 1;
    }
    ptn_buffer_release(&bytes);
}

/* ---- records ---- */

struct setting {
    struct ptn_published *published;
    struct ptn_permit_slots *slots;
    struct ptn_arena *arena;
    uint64_t seed;
    int64_t records;
};

static uint64_t below(struct setting *setting, uint64_t bound)
{
    setting->seed = setting->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (setting->seed >> 33) % bound;
}

static void begin(struct setting *setting, uint64_t seed)
{
    *setting = (struct setting){ .published = ptn_published_new(ptn_world_real()),
                                 .arena = ptn_arena_new(1u << 20),
                                 .seed = 7919 * seed + 1 };
    assert_non_null(setting->published);
    assert_non_null(setting->arena);
}

static void end(struct setting *setting)
{
    ptn_permit_slots_leave(setting->slots);
    ptn_published_free(setting->published);
    ptn_arena_free(setting->arena);
}

static void renew(struct setting *setting)
{
    struct ptn_permit_slots *slots = NULL;

    assert_true(ptn_ok(ptn_published_permits(setting->published, &slots)));
    if (slots == NULL)
        return;
    ptn_permit_slots_leave(setting->slots);
    setting->slots = slots;
}

static struct ptn_hash put(struct setting *setting, struct ptn_bytes slots)
{
    struct ptn_permits_published said = { .time_ms = 1 + ++setting->records,
                                          .post = PTN_BYTES_LITERAL("centre"),
                                          .officer = PTN_BYTES_LITERAL("ana"),
                                          .slots = slots };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_bytes bytes;
    struct ptn_hash name;

    memcpy(said.salt, salt, sizeof(said.salt));
    assert_true(ptn_ok(ptn_permits_published_write(&said, &payload)));
    bytes = ptn_buffer_bytes(&payload);
    assert_true(ptn_ok(ptn_sha256(&bytes, 1, name.at)));
    (void)ptn_ok(ptn_published_add_permits(setting->published, bytes));
    ptn_buffer_release(&payload);
    renew(setting);
    return name;
}

static struct ptn_hash put_one(struct setting *setting, unsigned who, unsigned number,
                               enum ptn_permit_status status)
{
    struct ptn_buffer slots = { .len_max = PTN_PERMITS_SLOTS_MAX };
    struct ptn_permit permit = permit_of(who, number, status);
    struct ptn_hash name;

    add_slot(&slots, &permit);
    name = put(setting, ptn_buffer_bytes(&slots));
    ptn_buffer_release(&slots);
    return name;
}

static void confirm(struct setting *setting, const struct ptn_hash *name)
{
    assert_true(ptn_ok(ptn_published_confirm(setting->published, name)));
    renew(setting);
}

/* Whether somebody without a visa to show passes on what is published; with one that says so. */
static bool passes(struct setting *setting, unsigned who, int shows)
{
    static const char *const numbers[NUMBERS] = { "VISA-C0", "VISA-C1", "VISA-C2" };
    const struct ptn_person person = holder(who);
    struct ptn_check check = { .own_state = "ALB", .person = &person, .today = { 2026, 11, 27 } };
    struct ptn_check_permit found[PTN_PERMITS_FOUND_MAX + 1] = { 0 };
    size_t count = shows < 0 ? 0 : 1;

    if (shows >= 0)
        found[0] = (struct ptn_check_permit){ .number = ptn_bytes_from_text(numbers[shows]),
                                              .valid_until = { 2027, 3, 31 } };
    ptn_arena_clear(setting->arena);
    assert_true(
        ptn_ok(ptn_permits_find(NULL, setting->slots, &check, setting->arena, found, &count)));
    for (size_t i = 0; i < count; i++)
        if (!found[i].withdrawn)
            return true;
    return false;
}

/* PERMIT-2: records signed by online keys alone, in any sequence. */
static void test_permits__online_keys_let_nobody_pass_who_did_not(void **state)
{
    size_t passed = 0;

    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        bool before[PEOPLE][NUMBERS + 1];
        struct setting setting;
        struct ptn_hash names[RECORDS];

        begin(&setting, round);
        for (unsigned i = 0; i < RECORDS / 2; i++)
            names[i] = put_one(&setting, (unsigned)below(&setting, PEOPLE),
                               (unsigned)below(&setting, NUMBERS),
                               below(&setting, 4) == 0 ? PTN_PERMIT_WITHDRAWN : PTN_PERMIT_VALID);
        for (unsigned i = 0; i < RECORDS / 2; i++) /* what authorities signed */
            if (below(&setting, 2) == 0)
                confirm(&setting, &names[i]);
        memset(before, 1, sizeof(before));
        for (unsigned i = 0; i < RECORDS / 2; i++) {
            for (unsigned who = 0; who < PEOPLE; who++)
                for (int shows = -1; shows < (int)NUMBERS; shows++) {
                    bool now = passes(&setting, who, shows);

                    assert_true(before[who][shows + 1] || !now);
                    before[who][shows + 1] = now;
                    passed += now ? 1u : 0u;
                }
            if (below(&setting, 5) == 0)
                (void)put(&setting, PTN_BYTES_LITERAL("no slots"));
            else
                (void)put_one(&setting, (unsigned)below(&setting, PEOPLE),
                              (unsigned)below(&setting, NUMBERS),
                              below(&setting, 2) == 0 ? PTN_PERMIT_WITHDRAWN : PTN_PERMIT_VALID);
        }
        end(&setting);
    }
    assert_true(passed > 200); /* or nothing was tried */
}

static void test_permits__valid_waits_for_the_note_and_withdrawn_does_not(void **state)
{
    struct setting setting;
    struct ptn_published_permits_standing standing;
    struct ptn_hash first;
    struct ptn_hash again;

    (void)state;
    begin(&setting, 1);
    first = put_one(&setting, 0, 0, PTN_PERMIT_VALID);
    assert_false(passes(&setting, 0, -1));
    ptn_published_permits_standing(setting.published, &standing);
    assert_int_equal(standing.slots, 1);
    assert_int_equal(standing.waiting, 1);
    confirm(&setting, &first);
    assert_true(passes(&setting, 0, -1));
    assert_false(passes(&setting, 1, -1));
    (void)put_one(&setting, 0, 0, PTN_PERMIT_WITHDRAWN);
    assert_false(passes(&setting, 0, -1));
    assert_false(passes(&setting, 0, 0)); /* also when it is shown */
    assert_true(passes(&setting, 0, 1));  /* another one */
    assert_true(passes(&setting, 1, 0));  /* of another's document nobody can tell */
    again = put_one(&setting, 0, 0, PTN_PERMIT_VALID);
    assert_false(passes(&setting, 0, -1));
    confirm(&setting, &again);
    assert_true(passes(&setting, 0, -1));
    (void)put(&setting, PTN_BYTES_LITERAL("x"));
    ptn_published_permits_standing(setting.published, &standing);
    assert_int_equal(standing.refused, 1);
    end(&setting);
}

/* A thief of the centre's keys fills a document's place: nothing that is shown is relied on. */
static void test_permits__more_slots_than_anybody_has_let_nobody_pass(void **state)
{
    struct ptn_buffer slots = { .len_max = PTN_PERMITS_SLOTS_MAX };
    struct ptn_permit permit = permit_of(0, 1, PTN_PERMIT_VALID);
    struct setting setting;
    struct ptn_hash first;
    struct ptn_hash name;

    (void)state;
    begin(&setting, 1);
    first = put_one(&setting, 0, 0, PTN_PERMIT_VALID);
    confirm(&setting, &first);
    (void)put_one(&setting, 0, 0, PTN_PERMIT_WITHDRAWN);
    for (unsigned i = 0; i < 100; i++) /* they take no room from the withdrawal */
        add_slot(&slots, &permit);
    name = put(&setting, ptn_buffer_bytes(&slots));
    assert_false(passes(&setting, 0, 0));
    assert_true(passes(&setting, 0, 1));
    for (unsigned i = 0; i < 200; i++)
        add_slot(&slots, &permit);
    name = put(&setting, ptn_buffer_bytes(&slots));
    confirm(&setting, &name);
    assert_false(passes(&setting, 0, -1));
    assert_false(passes(&setting, 0, 1));
    assert_true(passes(&setting, 1, 0));
    ptn_buffer_release(&slots);
    end(&setting);
}

/* Whichever allocation fails: nobody passes who was withdrawn, and a second try comes to the same.
 */
static void test_permits__without_memory_nobody_passes(void **state)
{
    const struct ptn_person person = holder(0);
    const struct ptn_check check = { .own_state = "ALB",
                                     .person = &person,
                                     .today = { 2026, 11, 27 } };
    struct ptn_permit_slots *slots = NULL;
    struct setting setting;
    struct ptn_hash name;
    unsigned long nth = 0;
    size_t count;
    struct ptn_status status;

    (void)state;
    begin(&setting, 1);
    name = put_one(&setting, 0, 0, PTN_PERMIT_VALID);
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &name)));
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_published_permits(setting.published, &slots);
        if (fault_off() && !ptn_ok(status))
            assert_null(slots);
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    assert_non_null(slots);
    ptn_permit_slots_leave(setting.slots);
    setting.slots = slots;
    nth = 0;
    do {
        struct ptn_check_permit found[PTN_PERMITS_FOUND_MAX] = { 0 };

        count = 0;
        ptn_arena_clear(setting.arena);
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_permits_find(NULL, setting.slots, &check, setting.arena, found, &count);
        if (fault_off() && !ptn_ok(status))
            assert_int_equal(count, 0);
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    assert_int_equal(count, 1);
    end(&setting);
}

/* ---- at a centre ---- */

static struct ptn_permits_publication *published_of(const struct ptn_permit *permits, size_t count,
                                                    const struct ptn_bytes *former,
                                                    size_t former_count)
{
    struct ptn_permits_publication *made = ptn_permits_publication_new(ptn_world_real());

    assert_non_null(made);
    for (size_t i = 0; i < count; i++) {
        struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };

        assert_true(ptn_ok(ptn_permit_write(&permits[i], &payload)));
        assert_true(ptn_ok(
            ptn_permits_publication_take(made, PTN_RECORD_PERMIT, ptn_buffer_bytes(&payload))));
        ptn_buffer_release(&payload);
    }
    for (size_t i = 0; i < former_count; i++)
        assert_true(ptn_ok(ptn_permits_publication_take(made, PTN_RECORD_PERMITS, former[i])));
    assert_true(ptn_ok(ptn_permits_publication_make(made, "centre", "ana", NULL)));
    return made;
}

static void test_permits__a_centre_publishes_what_changed(void **state)
{
    struct ptn_permit permits[3] = { permit_of(0, 0, PTN_PERMIT_VALID),
                                     permit_of(1, 1, PTN_PERMIT_VALID),
                                     permit_of(0, 0, PTN_PERMIT_WITHDRAWN) };
    struct ptn_permits_publication *first = published_of(permits, 2, NULL, 0);
    struct ptn_permits_publication *same;
    struct ptn_permits_publication *next;
    struct ptn_permits_former former;
    struct ptn_bytes records[2];
    struct setting setting;

    (void)state;
    assert_int_equal(ptn_permits_publication_permits(first), 2);
    assert_int_equal(ptn_permits_publication_added(first), 2);
    assert_true(ptn_permits_publication_record(first, 0, &records[0]));
    assert_false(ptn_permits_publication_record(first, 1, &records[1]));
    same = published_of(permits, 2, records, 1);
    assert_int_equal(ptn_permits_publication_added(same), 0);
    assert_false(ptn_permits_publication_record(same, 0, &records[1]));
    assert_true(ptn_permits_publication_former(same, 0, &former));
    assert_int_equal(former.permits, 2);
    assert_false(ptn_permits_publication_former(same, 1, &former));
    next = published_of(permits, 3, records, 1);
    assert_int_equal(ptn_permits_publication_permits(next), 2);
    assert_int_equal(ptn_permits_publication_added(next), 1);
    assert_true(ptn_permits_publication_record(next, 0, &records[1]));
    begin(&setting, 1);
    for (size_t i = 0; i < 2; i++)
        assert_true(ptn_ok(ptn_published_add_permits(setting.published, records[i])));
    confirm(&setting, &former.name);
    assert_false(passes(&setting, 0, -1)); /* withdrawn in the second record */
    assert_true(passes(&setting, 1, -1));
    end(&setting);
    ptn_permits_publication_free(first);
    ptn_permits_publication_free(same);
    ptn_permits_publication_free(next);
}

/* ---- at a lane ---- */

static void answered(struct ptn_lane_answer *answer)
{
    (void)answer;
}

static void test_permits__a_lane_knows_what_a_note_confirmed(void **state)
{
    static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan scan = { .direction = PTN_DIRECTION_ENTRY, .person = holder(0) };
    struct ptn_lane_answer answer = { .done = answered };
    struct ptn_arena *arena = ptn_arena_new((size_t)8 << 20);
    struct ptn_node *node = NULL;
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct setting setting;
    struct ptn_hash name;
    bool shown = false;

    (void)state;
    made_post(ptn_world_real(), PTN_POST_LAND, folder, dir);
    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), dir, NULL, &node, NULL)));
    begin(&setting, 1);
    name = put_one(&setting, 0, 0, PTN_PERMIT_VALID);
    for (unsigned i = 0; i < 2; i++) {
        ptn_publishing_put_permits(node, ptn_permit_slots_hold(setting.slots));
        ptn_lane_answer_release(&answer);
        answer = (struct ptn_lane_answer){ .done = answered };
        ptn_arena_clear(arena);
        assert_true(ptn_ok(ptn_lane_prepare(node, &who, &scan, arena, &answer, NULL)));
        assert_int_equal(answer.advice.verdict, i == 0 ? PTN_VERDICT_REFER : PTN_VERDICT_CLEAR);
        confirm(&setting, &name);
    }
    for (size_t i = 0; i < answer.advice.reason_count; i++)
        shown = shown || ptn_bytes_is(answer.advice.reasons[i].rule, "conditions.permit-on-record");
    assert_true(shown);
    ptn_lane_answer_release(&answer);
    end(&setting);
    ptn_node_close(node);
    ptn_arena_free(arena);
    unmade(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots__open_with_the_passport_and_nothing_else),
        cmocka_unit_test(test_slots__a_changed_byte_opens_nothing),
        cmocka_unit_test(test_permits__online_keys_let_nobody_pass_who_did_not),
        cmocka_unit_test(test_permits__valid_waits_for_the_note_and_withdrawn_does_not),
        cmocka_unit_test(test_permits__more_slots_than_anybody_has_let_nobody_pass),
        cmocka_unit_test(test_permits__without_memory_nobody_passes),
        cmocka_unit_test(test_permits__a_centre_publishes_what_changed),
        cmocka_unit_test(test_permits__a_lane_knows_what_a_note_confirmed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
