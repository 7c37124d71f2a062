/*
 * Goal: what online hands publish only ever adds reasons, whatever they write and in whatever order
 * it comes (PUBLISH-1, PUBLISH-2); nothing is pushed out by what comes later (PUBLISH-3).
 */
#include "node/published_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define PEOPLE  4u
#define ALERTS  3u
#define ROUNDS  120u
#define RECORDS 24u
#define SET_MAX 256u

static const struct ptn_date today = { 2026, 11, 28 };
static const char *const surnames[PEOPLE] = { "VELTHURI", "KOSTANDELI", "BREGASI", "SHKREPTI" };

struct setting {
    struct ptn_world world;
    struct ptn_published *published;
    struct ptn_arena *arena;
    uint64_t seed;
    uint64_t records; /* ever */
};

static void begin(struct setting *setting, uint64_t seed)
{
    *setting = (struct setting){ .seed = seed * 2654435761u + 1 };
    setting->world = *ptn_world_real();
    setting->published = ptn_published_new(&setting->world);
    setting->arena = ptn_arena_new((size_t)256 << 20);
    assert_non_null(setting->published);
    assert_non_null(setting->arena);
}

static void end(struct setting *setting)
{
    ptn_published_free(setting->published);
    ptn_arena_free(setting->arena);
}

static uint64_t below(struct setting *setting, uint64_t most)
{
    setting->seed = setting->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (setting->seed >> 33) % most;
}

static struct ptn_person person_of(unsigned number)
{
    struct ptn_person person = { .surname = ptn_bytes_from_text(surnames[number]),
                                 .given = PTN_BYTES_LITERAL("MARINELA"),
                                 .birth = { 1988, 2, 3 },
                                 .nationality = "UTO" };

    person.document.number = ptn_bytes_from_text(number % 2 == 0 ? "U55500012" : "U55500013");
    memcpy(person.document.issuer, "UTO", 4);
    return person;
}

/* ---- what a traveller meets ---- */

struct reason {
    char entry[64];
    unsigned action;
};

struct reasons {
    struct reason at[SET_MAX];
    size_t count, orders, banned;
    bool more;
};

static struct ptn_overlay *overlay_of(struct setting *setting, struct ptn_overlay *former)
{
    struct ptn_overlay *overlay = NULL;

    assert_true(ptn_ok(ptn_published_overlay(setting->published, today, &overlay)));
    if (overlay == NULL)
        return former;
    ptn_overlay_release(former);
    return overlay;
}

static void meet(struct setting *setting, const struct ptn_overlay *overlay, unsigned number,
                 int64_t now_ms, struct reasons *out)
{
    struct ptn_person person = person_of(number);
    struct ptn_overlay_found found = { 0 };
    char name[PTN_OVERLAY_NAME_SIZE];
    struct ptn_screen_query query = ptn_overlay_query(&person, PTN_BYTES_NONE, name);

    query.today = today;
    ptn_arena_clear(setting->arena);
    assert_true(ptn_ok(ptn_overlay_screen(overlay, &query, now_ms, setting->arena, &found, NULL)));
    *out = (struct reasons){ .more = found.more, .orders = found.order_count };
    for (size_t i = 0; i < found.match_count; i++) {
        (void)snprintf(out->at[i].entry, sizeof(out->at[i].entry), "%.*s",
                       (int)found.matches[i].entry.len, (const char *)found.matches[i].entry.at);
        out->at[i].action = found.matches[i].on_entry.action;
        out->count++;
    }
    for (size_t i = 0; i < found.order_count; i++)
        out->banned += ptn_date_is_none(found.orders[i].banned_until) ? 0 : 1;
}

/* Every reason of before is there after: the same alert asking for the same. */
static void assert_superset(const struct reasons *before, const struct reasons *after)
{
    for (size_t i = 0; i < before->count; i++) {
        bool there = false;

        for (size_t k = 0; k < after->count; k++)
            there = there || (memcmp(before->at[i].entry, after->at[k].entry, 32) == 0 &&
                              before->at[i].action == after->at[k].action);
        assert_true(there);
    }
    assert_true(after->orders >= before->orders);
    assert_true(after->banned >= before->banned);
    assert_true(after->more || !before->more);
}

/* ---- records ---- */

static struct ptn_hash add(struct setting *setting, enum ptn_record_kind kind,
                           struct ptn_bytes payload)
{
    struct ptn_hash name;
    bool new = false;

    assert_true(ptn_ok(ptn_sha256(&payload, 1, name.at)));
    assert_true(ptn_ok(ptn_published_add(setting->published, kind, payload, &new, NULL)));
    return name;
}

static struct ptn_alert alert_of(struct setting *setting, unsigned alert, unsigned person,
                                 struct ptn_person *people)
{
    people[0] = person_of(person);
    setting->records++;
    return (struct ptn_alert){ .id = { { (uint8_t)(alert + 1) } },
                               .time_ms = INT64_C(1795800000000) + (int64_t)setting->records,
                               .act = PTN_ALERT_ENTERED,
                               .post = PTN_BYTES_LITERAL("centre"),
                               .officer = PTN_BYTES_LITERAL("ana"),
                               .owner = PTN_BYTES_LITERAL("State Police"),
                               .basis = PTN_BYTES_LITERAL("Law 108"),
                               .purpose = PTN_BYTES_LITERAL("to ask"),
                               .action = PTN_ALERT_INQUIRY,
                               .until = { 2027, 1, 1 },
                               .identities = people,
                               .identity_count = 1 };
}

static struct ptn_hash put_alert(struct setting *setting, const struct ptn_alert *alert)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_hash name;

    assert_true(ptn_ok(ptn_alert_write(alert, &payload)));
    name = add(setting, PTN_RECORD_ALERT, ptn_buffer_bytes(&payload));
    ptn_buffer_release(&payload);
    return name;
}

static struct ptn_alert end_of(struct setting *setting, unsigned alert)
{
    setting->records++;
    return (struct ptn_alert){ .id = { { (uint8_t)(alert + 1) } },
                               .time_ms = INT64_C(1795800000000) + (int64_t)setting->records,
                               .act = PTN_ALERT_END,
                               .post = PTN_BYTES_LITERAL("centre"),
                               .officer = PTN_BYTES_LITERAL("ana"),
                               .reason = PTN_BYTES_LITERAL("found") };
}

/* Anything that whoever has the centre's keys can write. Times go back and forth. */
static void write_alert(struct setting *setting)
{
    static const struct ptn_date days[] = {
        { 2026, 11, 1 }, { 2026, 11, 28 }, { 2026, 12, 24 }, { 2027, 6, 1 }
    };
    struct ptn_person people[2];
    struct ptn_alert alert = alert_of(setting, (unsigned)below(setting, ALERTS),
                                      (unsigned)below(setting, PEOPLE), people);
    unsigned act = (unsigned)below(setting, 8);

    if (act == 0)
        alert = end_of(setting, (unsigned)below(setting, ALERTS));
    alert.time_ms += (int64_t)below(setting, 20) - 10;
    if (act > 0) {
        alert.act = act == 1 ? PTN_ALERT_WAITING : PTN_ALERT_ENTERED;
        alert.action = (enum ptn_alert_action)(1 + below(setting, PTN_ALERT_ACTION_COUNT - 1));
        alert.until = days[below(setting, 4)];
        alert.from = below(setting, 3) == 0 ? alert.until : PTN_DATE_NONE;
        if (below(setting, 4) == 0) {
            people[1] = person_of((unsigned)below(setting, PEOPLE));
            alert.identity_count = 2;
        }
        if (below(setting, 5) == 0) { /* the document alone */
            people[0] = (struct ptn_person){ .document = people[0].document };
            alert.identity_count = 1;
        }
    }
    (void)put_alert(setting, &alert);
}

static struct ptn_hash put_leave(struct setting *setting, const struct ptn_leave *leave)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_hash name;

    assert_true(ptn_ok(ptn_leave_write(leave, &payload)));
    name = add(setting, PTN_RECORD_LEAVE, ptn_buffer_bytes(&payload));
    ptn_buffer_release(&payload);
    return name;
}

static struct ptn_leave leave_of(struct setting *setting, unsigned order, enum ptn_leave_act act,
                                 const struct ptn_person *people)
{
    struct ptn_leave leave = { .id = { { (uint8_t)(order + 1) } },
                               .time_ms = INT64_C(1795800000000) + (int64_t)++setting->records,
                               .act = act,
                               .post = PTN_BYTES_LITERAL("centre"),
                               .officer = PTN_BYTES_LITERAL("ana") };

    if (act == PTN_LEAVE_ORDERED || act == PTN_LEAVE_EXTENDED)
        leave.deadline_ms = INT64_C(1795890000000);
    if (act == PTN_LEAVE_ORDERED) {
        leave.reference = PTN_BYTES_LITERAL("OL-1");
        leave.issuer = PTN_BYTES_LITERAL("Ministry");
        leave.people = people;
        leave.people_count = 1;
    } else {
        leave.reason = PTN_BYTES_LITERAL("why");
    }
    return leave;
}

static void write_leave(struct setting *setting)
{
    struct ptn_person person = person_of((unsigned)below(setting, PEOPLE));
    struct ptn_leave leave =
        leave_of(setting, (unsigned)below(setting, 2),
                 (enum ptn_leave_act)(1 + below(setting, PTN_LEAVE_PAPER - 1)), &person);

    leave.time_ms += (int64_t)below(setting, 20) - 10;
    if (leave.deadline_ms != 0)
        leave.deadline_ms += ((int64_t)below(setting, 7) - 3) * 3600000;
    (void)put_leave(setting, &leave);
}

/* ---- the properties ---- */

static void test_published__online_keys_never_make_reasons_fewer(void **state)
{
    static const int64_t when_ms[] = { INT64_C(1795880000000), INT64_C(1795890000000),
                                       INT64_C(1795920000000) };
    size_t met = 0;

    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        static struct reasons before[PEOPLE][3];
        static struct reasons after;
        struct ptn_overlay *overlay = NULL;
        struct setting setting;

        begin(&setting, round);
        memset(before, 0, sizeof(before));
        for (unsigned i = 0; i < RECORDS; i++) {
            if (below(&setting, 4) == 0)
                write_leave(&setting);
            else
                write_alert(&setting);
            overlay = overlay_of(&setting, overlay);
            for (unsigned who = 0; who < PEOPLE; who++)
                for (unsigned when = 0; when < 3; when++) {
                    meet(&setting, overlay, who, when_ms[when], &after);
                    assert_superset(&before[who][when], &after);
                    before[who][when] = after;
                    met += after.count + after.orders + after.banned;
                }
        }
        ptn_overlay_release(overlay);
        end(&setting);
    }
    assert_true(met > 10000); /* or nothing was tried */
}

/* The same records in another order, the confirmations between them, come to the same. */
static void test_published__any_order_of_arrival_gives_the_same(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        static struct reasons one, other;
        struct ptn_overlay *first = NULL;
        struct ptn_overlay *second = NULL;
        struct setting a, b;

        begin(&a, round + 1000);
        begin(&b, round);
        for (unsigned i = 0; i < RECORDS; i++)
            below(&a, 3) == 0 ? write_leave(&a) : write_alert(&a);
        for (size_t k = a.published->leaves.count; k > 0; k--) {
            const struct ptn_published_record *record = &a.published->leaves.at[k - 1];

            (void)add(&b, PTN_RECORD_LEAVE, ptn_bytes_of(record->payload, record->len));
        }
        for (size_t k = a.published->alerts.count; k > 0; k--) {
            const struct ptn_published_record *record = &a.published->alerts.at[k - 1];

            if (k % 5 == 0) {
                assert_true(ptn_ok(ptn_published_confirm(b.published, &record->name)));
                assert_true(ptn_ok(ptn_published_confirm(a.published, &record->name)));
            }
            (void)add(&b, PTN_RECORD_ALERT, ptn_bytes_of(record->payload, record->len));
            if (k % 3 == 0)
                second = overlay_of(&b, second);
        }
        first = overlay_of(&a, first);
        second = overlay_of(&b, second);
        for (unsigned who = 0; who < PEOPLE; who++) {
            meet(&a, first, who, INT64_C(1795890000000), &one);
            meet(&b, second, who, INT64_C(1795890000000), &other);
            assert_int_equal(one.count, other.count);
            assert_superset(&one, &other);
            assert_superset(&other, &one);
        }
        ptn_overlay_release(first);
        ptn_overlay_release(second);
        end(&a);
        end(&b);
    }
}

static void test_published__a_note_that_names_the_end_ends_it(void **state)
{
    struct ptn_person people[1];
    static struct reasons seen;
    struct ptn_overlay *overlay = NULL;
    struct setting setting;
    struct ptn_alert alert;
    struct ptn_hash name;

    (void)state;
    begin(&setting, 7);
    alert = alert_of(&setting, 0, 0, people);
    (void)put_alert(&setting, &alert);
    alert = end_of(&setting, 0);
    name = put_alert(&setting, &alert);
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &seen);
    assert_int_equal(seen.count, 1);
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &name)));
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &seen);
    assert_int_equal(seen.count, 0);
    alert = alert_of(&setting, 0, 0, people); /* entered again after it: that is another matter */
    (void)put_alert(&setting, &alert);
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &seen);
    assert_int_equal(seen.count, 1);
    ptn_overlay_release(overlay);
    end(&setting);
}

/* PUBLISH-5: what is begun again knows what was entered at the post itself and nothing of a ledger,
 * until it has been read; what stands beside it goes on meanwhile. */
static void test_published__begun_again_it_has_the_posts_own_alerts(void **state)
{
    const struct ptn_published_void voids[1] = { { { 7 }, 12 } };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_person people[2][1];
    static struct reasons seen;
    struct ptn_published *former;
    struct ptn_overlay *overlay = NULL;
    struct setting setting;
    struct ptn_alert alert;

    (void)state;
    begin(&setting, 9);
    alert = alert_of(&setting, 0, 0, people[0]);
    (void)put_alert(&setting, &alert);
    alert = alert_of(&setting, 1, 1, people[1]);
    assert_true(ptn_ok(ptn_alert_write(&alert, &payload)));
    assert_true(ptn_ok(ptn_published_add_own(setting.published, ptn_buffer_bytes(&payload))));
    overlay = overlay_of(&setting, overlay);
    former = setting.published;
    setting.published = ptn_published_anew(former, voids, 1);
    assert_non_null(setting.published);
    assert_true(ptn_published_reached(setting.published, former)); /* no ledger was read */
    meet(&setting, overlay, 0, 1, &seen);
    assert_int_equal(seen.count, 1);
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &seen);
    assert_int_equal(seen.count, 0);
    meet(&setting, overlay, 1, 1, &seen);
    assert_int_equal(seen.count, 1);
    ptn_published_free(former);
    ptn_overlay_release(overlay);
    ptn_buffer_release(&payload);
    end(&setting);
}

static void test_published__an_annulment_waits_for_its_note(void **state)
{
    struct ptn_person person = person_of(0);
    static struct reasons seen;
    struct ptn_overlay *overlay = NULL;
    struct setting setting;
    struct ptn_leave leave;
    struct ptn_hash later, annulled;

    (void)state;
    begin(&setting, 8);
    leave = leave_of(&setting, 0, PTN_LEAVE_ORDERED, &person);
    (void)put_leave(&setting, &leave);
    leave = leave_of(&setting, 0, PTN_LEAVE_EXTENDED, NULL);
    leave.deadline_ms += 1000;
    later = put_leave(&setting, &leave);
    leave = leave_of(&setting, 0, PTN_LEAVE_ANNULLED, NULL);
    annulled = put_leave(&setting, &leave);
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, INT64_C(1795890000000) - 1, &seen);
    assert_int_equal(seen.orders, 1);
    assert_int_equal(seen.banned, 0); /* to the moment */
    meet(&setting, overlay, 0, INT64_C(1795890000000), &seen);
    assert_int_equal(seen.banned, 1);
    meet(&setting, overlay, 1, INT64_C(1795890000000), &seen);
    assert_int_equal(seen.orders, 0); /* somebody else */
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &later)));
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, INT64_C(1795890000000), &seen);
    assert_int_equal(seen.banned, 0);
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &annulled)));
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, INT64_C(1795899000000), &seen);
    assert_int_equal(seen.orders, 0);
    ptn_overlay_release(overlay);
    end(&setting);
}

static void test_published__what_comes_later_pushes_nothing_out(void **state)
{
    struct ptn_person people[1];
    static struct reasons before, after;
    struct ptn_overlay *overlay = NULL;
    struct setting setting;
    struct ptn_alert alert;

    (void)state;
    begin(&setting, 9);
    alert = alert_of(&setting, 0, 0, people);
    alert.action = PTN_ALERT_ARREST;
    people[0].birth = (struct ptn_date){ 1988, 2, 9 }; /* fits less well than what follows */
    (void)put_alert(&setting, &alert);
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &before);
    assert_int_equal(before.count, 1);
    for (unsigned i = 1; i < 230; i++) {
        alert = alert_of(&setting, i, 0, people);
        alert.id.at[1] = (uint8_t)(i >> 7);
        alert.action = PTN_ALERT_INFORM;
        (void)put_alert(&setting, &alert);
    }
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &after);
    assert_superset(&before, &after);
    assert_int_equal(after.count, PTN_OVERLAY_MATCH_MAX);
    assert_true(after.more);
    ptn_overlay_release(overlay);
    end(&setting);
}

/* Whoever is searching goes on with what was in force when they began, whatever comes and goes
 * meanwhile: PUBLISH-4. */
static void test_published__what_is_searched_never_changes_under_a_scan(void **state)
{
    struct ptn_person people[1];
    static struct reasons before, under, after;
    struct ptn_overlay *searched;
    struct ptn_overlay *next = NULL;
    struct setting setting;
    struct ptn_alert alert;
    struct ptn_hash name;

    (void)state;
    begin(&setting, 11);
    alert = alert_of(&setting, 0, 0, people);
    (void)put_alert(&setting, &alert);
    searched = overlay_of(&setting, NULL);
    meet(&setting, searched, 0, 1, &before);
    assert_int_equal(before.count, 1);
    alert = end_of(&setting, 0);
    name = put_alert(&setting, &alert);
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &name)));
    for (unsigned i = 1; i < 40; i++) {
        alert = alert_of(&setting, i, 0, people);
        alert.action = PTN_ALERT_ARREST;
        (void)put_alert(&setting, &alert);
        next = overlay_of(&setting, next);
        meet(&setting, searched, 0, 1, &under);
        assert_int_equal(under.count, 1);
        assert_memory_equal(&under, &before, sizeof(under));
    }
    ptn_overlay_release(searched);
    meet(&setting, next, 0, 1, &after);
    assert_true(after.count > 1);
    ptn_overlay_release(next);
    end(&setting);
}

static void test_published__too_many_are_counted_and_the_first_stay(void **state)
{
    struct ptn_person people[1];
    struct ptn_published_standing standing;
    static struct reasons seen;
    struct ptn_overlay *overlay = NULL;
    struct setting setting;

    (void)state;
    begin(&setting, 10);
    for (unsigned i = 0; i < PTN_PUBLISHED_MAX + 3; i++) {
        struct ptn_alert alert = alert_of(&setting, 0, i == 0 ? 0 : 1, people);
        struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
        bool new = false;

        alert.id.at[1] = (uint8_t)(i >> 8);
        alert.id.at[2] = (uint8_t)i;
        assert_true(ptn_ok(ptn_alert_write(&alert, &payload)));
        assert_int_equal(ptn_ok(ptn_published_add(setting.published, PTN_RECORD_ALERT,
                                                  ptn_buffer_bytes(&payload), &new, NULL)),
                         i < PTN_PUBLISHED_MAX);
        ptn_buffer_release(&payload);
    }
    ptn_published_standing(setting.published, &standing);
    assert_int_equal(standing.records, PTN_PUBLISHED_MAX);
    assert_int_equal(standing.left_out, 3);
    overlay = overlay_of(&setting, overlay);
    meet(&setting, overlay, 0, 1, &seen);
    assert_true(seen.count > 0 && seen.at[0].action == PTN_LIST_ACTION_INQUIRY);
    ptn_overlay_release(overlay);
    end(&setting);
}

static void test_published__days_begin_and_end(void **state)
{
    static const struct {
        struct ptn_date from, until, on;
        bool in_force;
    } cases[] = {
        { { 0, 0, 0 }, { 2026, 11, 28 }, { 2026, 11, 28 }, true },
        { { 0, 0, 0 }, { 2026, 11, 28 }, { 2026, 11, 29 }, false },
        { { 2026, 11, 29 }, { 2026, 12, 1 }, { 2026, 11, 28 }, false },
        { { 2026, 11, 29 }, { 2026, 12, 1 }, { 2026, 11, 29 }, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_person people[1];
        struct ptn_overlay *overlay = NULL;
        struct setting setting;
        struct ptn_alert alert;

        begin(&setting, i);
        alert = alert_of(&setting, 0, 0, people);
        alert.from = cases[i].from;
        alert.until = cases[i].until;
        (void)put_alert(&setting, &alert);
        overlay = overlay_of(&setting, overlay); /* of today */
        ptn_overlay_release(overlay);
        overlay = NULL;
        assert_true(ptn_ok(ptn_published_overlay(setting.published, cases[i].on, &overlay)));
        if (overlay == NULL) { /* as today */
            setting.published->changed = true;
            assert_true(ptn_ok(ptn_published_overlay(setting.published, cases[i].on, &overlay)));
        }
        assert_int_equal(ptn_overlay_alerts(overlay), cases[i].in_force ? 1 : 0);
        ptn_overlay_release(overlay);
        end(&setting);
    }
}

/* ---- lists after a start ---- */

static int64_t since_start_us;

static int64_t started_us(void *context)
{
    (void)context;
    return since_start_us;
}

static struct ptn_status take_part(void *context, struct ptn_bytes payload)
{
    return ptn_published_add_list(context, 0, payload);
}

/* A list of one person, made then. */
static void make_list(struct setting *setting, int64_t edition_ms, const char *surname,
                      struct ptn_buffer *out)
{
    struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_POSTERN);
    struct ptn_list_name name = { .text = ptn_bytes_from_text(surname) };
    struct ptn_list_entry entry = { .kind = PTN_ENTRY_PERSON,
                                    .id = ptn_bytes_from_text(surname),
                                    .names = &name,
                                    .name_count = 1 };
    struct ptn_snapshot_made made = { PTN_BYTES_LITERAL("wanted"), &profile, edition_ms, &entry,
                                      1 };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(&setting->world);

    ptn_buffer_init(out, (size_t)16 << 20);
    assert_non_null(builder);
    assert_true(ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_write(builder, out, NULL)));
    ptn_snapshot_builder_free(builder);
}

static void publish_list(struct setting *setting, int64_t edition_ms, const char *surname)
{
    struct ptn_rows_plan plan = { .edition = { .time_ms = edition_ms,
                                               .post = PTN_BYTES_LITERAL("centre"),
                                               .officer = PTN_BYTES_LITERAL("ana"),
                                               .second = PTN_BYTES_LITERAL("ben"),
                                               .list = PTN_BYTES_LITERAL("wanted") } };
    struct ptn_rows_difference difference;
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_buffer bytes;

    make_list(setting, edition_ms, surname, &bytes);
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&bytes), &snapshot, NULL)));
    plan.snapshot = snapshot;
    assert_true(ptn_ok(ptn_rows_publish(ptn_published_rows(setting->published), &plan, take_part,
                                        setting->published, &difference, NULL)));
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&bytes);
}

/* Which edition is in force. */
static int64_t edition_of(const struct setting *setting)
{
    return ptn_overlay_rows_list(setting->published->lists, 0).edition_ms;
}

/* A post that lost its copies reads the editions again from the first one on: until it has come as
 * far as it was, or a quarter of an hour is over, its lanes keep the lists they had. */
static void test_published__lists_do_not_go_back_while_they_are_read_again(void **state)
{
    static const struct {
        int64_t after_us;
        int64_t last_ms; /* of the editions read by then: 1000, and this */
        int64_t in_force_ms;
    } cases[] = {
        { 0, 1000, 3000 },
        { INT64_C(15) * 60 * 1000000 - 1, 2000, 3000 }, /* still behind */
        { 1000000, 3000, 3000 },                        /* as far as it was */
        { 1000000, 4000, 4000 },                        /* and farther */
        { INT64_C(15) * 60 * 1000000 + 1, 2000, 2000 }, /* what it was ahead of does not come */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char folder[] = "/tmp/postern-published-XXXXXX";
        struct ptn_overlay_rows *former = NULL;
        struct ptn_buffer bytes;
        struct setting setting;
        char path[64];

        begin(&setting, i);
        setting.world.monotonic_us = started_us;
        since_start_us = 1;
        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/published.snap", folder);
        make_list(&setting, 3000, "VELTHURI", &bytes);
        assert_true(ptn_ok(
            setting.world.files->replace(setting.world.context, path, ptn_buffer_bytes(&bytes))));
        ptn_buffer_release(&bytes);
        assert_true(ptn_ok(ptn_published_open_lists(setting.published, path, NULL)));
        former = setting.published->lists;
        publish_list(&setting, 1000, "BREGASI");
        if (cases[i].last_ms != 1000)
            publish_list(&setting, cases[i].last_ms, "SHKREPTI");
        since_start_us += cases[i].after_us;
        assert_true(ptn_ok(ptn_published_lists(setting.published, path, NULL)));
        assert_int_equal(edition_of(&setting), cases[i].in_force_ms);
        assert_int_equal(setting.published->lists == former,
                         cases[i].in_force_ms == 3000 && cases[i].last_ms != 3000);
        end(&setting);
        (void)remove(path);
        (void)strcat(path, PTN_PUBLISHED_DELTA);
        (void)remove(path);
        assert_int_equal(rmdir(folder), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published__lists_do_not_go_back_while_they_are_read_again),
        cmocka_unit_test(test_published__online_keys_never_make_reasons_fewer),
        cmocka_unit_test(test_published__any_order_of_arrival_gives_the_same),
        cmocka_unit_test(test_published__a_note_that_names_the_end_ends_it),
        cmocka_unit_test(test_published__begun_again_it_has_the_posts_own_alerts),
        cmocka_unit_test(test_published__an_annulment_waits_for_its_note),
        cmocka_unit_test(test_published__what_comes_later_pushes_nothing_out),
        cmocka_unit_test(test_published__what_is_searched_never_changes_under_a_scan),
        cmocka_unit_test(test_published__too_many_are_counted_and_the_first_stay),
        cmocka_unit_test(test_published__days_begin_and_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
