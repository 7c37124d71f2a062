/* Goal: whatever whoever has the centre's keys writes, no traveller meets fewer rules than before;
 * what a note names goes; what is no good is refused with the reason, and counts for nothing. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "decision/rules.h"
#include "fault.h"
#include "node/node_int.h"
#include "node/published.h"
#include "node_made.h"
#include "record/edition.h"

#define ROUNDS  12u
#define RECORDS 24u
#define PEOPLE  8u

struct setting {
    struct ptn_world world;
    struct ptn_files files;
    struct ptn_published *published;
    struct ptn_arena *arena;
    char folder[FOLDER_SIZE], path[DIR_SIZE];
    struct ptn_buffer file; /* as it was last given */
    uint64_t seed;
};

static uint64_t below(struct setting *setting, uint64_t bound)
{
    setting->seed = setting->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (setting->seed >> 33) % bound;
}

static void begin(struct setting *setting, uint64_t seed)
{
    memset(setting, 0, sizeof(*setting));
    setting->world = *ptn_world_real();
    setting->files = *setting->world.files;
    setting->world.files = &setting->files;
    setting->seed = seed * 7919 + 1;
    setting->published = ptn_published_new(&setting->world);
    setting->arena = ptn_arena_new((size_t)8 << 20);
    ptn_buffer_init(&setting->file, PTN_RULES_FILE_MAX);
    (void)snprintf(setting->folder, sizeof(setting->folder), "/tmp/postern-rules-XXXXXX");
    assert_non_null(mkdtemp(setting->folder));
    (void)snprintf(setting->path, sizeof(setting->path), "%s/published.rules", setting->folder);
    assert_non_null(setting->published);
    assert_non_null(setting->arena);
}

static void end(struct setting *setting)
{
    ptn_published_free(setting->published);
    ptn_arena_free(setting->arena);
    ptn_buffer_release(&setting->file);
    unmade(setting->folder);
}

/* ---- records ---- */

/* One rule in its one form: people older than so many years. */
static void rule_text(char *text, size_t size, unsigned id, unsigned years)
{
    (void)snprintf(text, size,
                   "rule r%u\nleads refer\nen Over %u, rule %u.\nsq Mbi %u.\nwhen age > %u\n"
                   "test yes age=%u\ntest no age=%u\nend\n",
                   id, years, id, years, years, years + 1, years);
}

static struct ptn_hash name_of(const struct ptn_buffer *payload)
{
    struct ptn_bytes bytes = ptn_buffer_bytes(payload);
    struct ptn_hash name;

    assert_true(ptn_ok(ptn_sha256(&bytes, 1, name.at)));
    return name;
}

static struct ptn_status put(struct setting *setting, const char *rules, struct ptn_bytes gone,
                             int64_t time_ms, struct ptn_hash *ret_name, struct ptn_diag *diag)
{
    const struct ptn_rules_edition edition = { .time_ms = INT64_C(1795800000000) + time_ms,
                                               .post = PTN_BYTES_LITERAL("centre"),
                                               .officer = PTN_BYTES_LITERAL("ana"),
                                               .version = PTN_BYTES_LITERAL("v1"),
                                               .rules = ptn_bytes_from_text(rules),
                                               .gone = gone };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    bool new = false;
    struct ptn_status status = ptn_rules_edition_write(&edition, &payload);

    assert_true(ptn_ok(status));
    *ret_name = name_of(&payload);
    status = ptn_published_add(setting->published, PTN_RECORD_RULES, ptn_buffer_bytes(&payload),
                               &new, diag);
    ptn_buffer_release(&payload);
    return status;
}

/* Which rule came in that place. */
struct looking {
    size_t place;
    struct ptn_published_rule found;
    char id[64];
};

static bool look(void *context, const struct ptn_published_rule *rule)
{
    struct looking *looking = context;

    if (looking->place-- > 0)
        return true;
    looking->found = *rule;
    (void)snprintf(looking->id, sizeof(looking->id), "%s", rule->id);
    looking->found.id = looking->id;
    return false;
}

static struct looking rule_at(struct setting *setting, size_t place)
{
    struct looking looking = { .place = place };

    ptn_published_rules_each(setting->published, look, &looking);
    return looking;
}

static struct ptn_published_rules_standing standing_of(struct setting *setting)
{
    struct ptn_published_rules_standing standing;

    ptn_published_rules_standing(setting->published, &standing);
    return standing;
}

/* The file of what is in force, when it changed. */
static bool put_together(struct setting *setting)
{
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    bool changed = false;

    assert_true(
        ptn_ok(ptn_published_rules(setting->published, setting->path, &file, &changed, NULL)));
    if (changed) {
        ptn_buffer_clear(&setting->file);
        assert_true(ptn_ok(ptn_buffer_add(&setting->file, ptn_buffer_bytes(&file))));
    }
    ptn_buffer_release(&file);
    return changed;
}

/* ---- what a traveller meets ---- */

struct met {
    size_t count;
    char texts[64][32];
};

static bool has(const struct met *met, const char *text)
{
    for (size_t i = 0; i < met->count; i++)
        if (strcmp(met->texts[i], text) == 0)
            return true;
    return false;
}

static void meet(struct setting *setting, unsigned who, struct met *ret_met)
{
    const struct ptn_person person = { .birth = { (uint16_t)(2026 - 10 * who - 5), 1, 1 } };
    const struct ptn_check check = { .own_state = "ALB",
                                     .person = &person,
                                     .today = { 2026, 11, 28 } };
    const struct ptn_rule_outcome *outcomes = NULL;
    struct ptn_rules *rules = NULL;
    struct ptn_diag diag = { 0 };
    size_t count = 0;

    memset(ret_met, 0, sizeof(*ret_met));
    if (setting->file.len == 0)
        return;
    ptn_arena_clear(setting->arena);
    if (!ptn_ok(ptn_rules_load(&setting->world, ptn_buffer_bytes(&setting->file), &rules, &diag)))
        fail_msg("line %zu: %s", diag.offset, diag.text);
    assert_true(ptn_ok(
        ptn_rules_run(rules, &check, INT64_C(60000000), setting->arena, &outcomes, &count, NULL)));
    for (size_t i = 0; i < count && ret_met->count < 64; i++) {
        assert_int_equal(outcomes[i].result, PTN_RULE_YES);
        (void)snprintf(ret_met->texts[ret_met->count++], 32, "%.*s", (int)outcomes[i].text.len,
                       (const char *)outcomes[i].text.at);
    }
    ptn_rules_free(rules);
}

/* Anything that whoever has the centre's keys can write: rules new, edited, said again, no good;
 * and names of any that are there, or of none. */
static void write_something(struct setting *setting)
{
    char text[2048] = "";
    uint8_t gone[4 * PTN_HASH_LEN];
    size_t rules = below(setting, 3);
    size_t names = below(setting, 4);
    size_t known = standing_of(setting).in_force + standing_of(setting).doubted;
    struct ptn_hash name;

    for (size_t i = 0; i < rules; i++)
        rule_text(text + strlen(text), sizeof(text) - strlen(text),
                  (unsigned)(below(setting, 4) + 4 * i), (unsigned)below(setting, 9) * 10);
    if (rules > 0 && below(setting, 6) == 0)
        text[strlen(text) - 2] = 'x'; /* "enx": no rule ends */
    for (size_t i = 0; i < names; i++) {
        struct looking looking = rule_at(setting, (size_t)below(setting, known + 2));

        memcpy(gone + i * PTN_HASH_LEN, looking.found.name.at, PTN_HASH_LEN);
        gone[i * PTN_HASH_LEN] ^= (uint8_t)(below(setting, 8) == 0 ? 1 : 0);
    }
    if (rules + names > 0)
        (void)ptn_ok(put(setting, text, ptn_bytes_of(gone, names * PTN_HASH_LEN),
                         (int64_t)below(setting, 1000), &name, NULL));
}

/* RULES-1, PUBLISH-1: whatever whoever has the centre's keys writes, in any sequence. */
static void test_rules__online_keys_never_make_a_travellers_reasons_fewer(void **state)
{
    size_t seen = 0;

    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        static struct met before[PEOPLE];
        static struct met after;
        struct setting setting;

        begin(&setting, round);
        memset(before, 0, sizeof(before));
        for (unsigned i = 0; i < RECORDS; i++) {
            write_something(&setting);
            (void)put_together(&setting);
            for (unsigned who = 0; who < PEOPLE; who++) {
                meet(&setting, who, &after);
                for (size_t k = 0; k < before[who].count; k++)
                    assert_true(has(&after, before[who].texts[k]));
                before[who] = after;
                seen += after.count;
            }
        }
        end(&setting);
    }
    assert_true(seen > 2000); /* or nothing was tried */
}

/* ---- what takes away ---- */

/* RULES-1. */
static void test_rules__an_edit_leaves_the_old_beside_the_new_until_a_note_names_it(void **state)
{
    struct setting setting;
    struct looking first;
    struct ptn_hash name;
    struct ptn_hash edit;
    struct met met;
    char text[512];

    (void)state;
    begin(&setting, 1);
    rule_text(text, sizeof(text), 1, 30);
    assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 1, &name, NULL)));
    first = rule_at(&setting, 0);
    assert_int_equal(first.found.fate, PTN_PUBLISHED_IN_FORCE);
    rule_text(text, sizeof(text), 1, 60); /* fewer people */
    assert_true(ptn_ok(
        put(&setting, text, ptn_bytes_of(first.found.name.at, PTN_HASH_LEN), 2, &edit, NULL)));
    assert_true(put_together(&setting));
    meet(&setting, 4, &met); /* 45 years old */
    assert_int_equal(met.count, 1);
    assert_int_equal(rule_at(&setting, 0).found.fate, PTN_PUBLISHED_DOUBTED);
    assert_memory_equal(rule_at(&setting, 0).found.gone_in.at, edit.at, PTN_HASH_LEN);
    assert_non_null(memmem(setting.file.at, setting.file.len, "rule r1..2\n", 11));
    assert_int_equal(standing_of(&setting).in_force, 2);
    assert_int_equal(standing_of(&setting).doubted, 1);
    assert_false(put_together(&setting));

    assert_true(ptn_ok(ptn_published_confirm(setting.published, &name))); /* the wrong record */
    (void)put_together(&setting);
    meet(&setting, 4, &met);
    assert_int_equal(met.count, 1);
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &edit)));
    assert_true(put_together(&setting));
    meet(&setting, 4, &met);
    assert_int_equal(met.count, 0);
    meet(&setting, 7, &met);
    assert_int_equal(met.count, 1);
    assert_int_equal(rule_at(&setting, 0).found.fate, PTN_PUBLISHED_REMOVED);
    assert_null(memmem(setting.file.at, setting.file.len, "..2", 3));

    rule_text(text, sizeof(text), 1, 30); /* it comes back, and what ended it does not end it */
    assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 3, &name, NULL)));
    assert_true(put_together(&setting));
    meet(&setting, 4, &met);
    assert_int_equal(met.count, 1);
    end(&setting);
}

static void test_rules__any_order_of_arrival_gives_the_same(void **state)
{
    struct setting one;
    struct setting other;
    struct ptn_hash names[4];
    struct ptn_hash ignored;
    struct ptn_hash rule;
    char texts[3][512];

    (void)state;
    begin(&one, 1);
    begin(&other, 2);
    for (unsigned i = 0; i < 3; i++)
        rule_text(texts[i], sizeof(texts[i]), i % 2, 20 + 10 * i);
    for (unsigned i = 0; i < 3; i++)
        assert_true(ptn_ok(put(&one, texts[i], PTN_BYTES_NONE, i, &names[i], NULL)));
    rule = rule_at(&one, 1).found.name;
    assert_true(ptn_ok(put(&one, "", ptn_bytes_of(rule.at, PTN_HASH_LEN), 9, &names[3], NULL)));
    assert_true(ptn_ok(ptn_published_confirm(one.published, &names[3])));
    assert_true(put_together(&one));

    assert_true(ptn_ok(ptn_published_confirm(other.published, &names[3])));
    assert_true(ptn_ok(put(&other, "", ptn_bytes_of(rule.at, PTN_HASH_LEN), 9, &ignored, NULL)));
    for (unsigned i = 3; i > 0; i--)
        assert_true(ptn_ok(put(&other, texts[i - 1], PTN_BYTES_NONE, i - 1, &ignored, NULL)));
    assert_true(put_together(&other));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&one.file), ptn_buffer_bytes(&other.file)));
    assert_int_equal(standing_of(&one).in_force, 2);
    end(&one);
    end(&other);
}

/* ---- what is no good ---- */

static void test_rules__what_is_no_good_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *rules, *why;
    } cases[] = {
        { "rule a\nleads refer\nen A.\nsq A.\nwhen age > 30\ntest yes age=30\ntest no age=1\nend\n",
          "a test beside a rule fails" },
        { "rule a\nleads refer\nen A.\nsq A.\nwhen (SELECT 1)\ntest yes age=1\ntest no "
          "age=1\nend\n",
          "not one expression over the columns and functions allowed" },
        { "rule a\nleads clear\nen A.\nsq A.\nwhen 1\ntest yes age=1\ntest no age=1\nend\n",
          "a rule leads to refer, stop or report" },
        { "rule a..b\nleads refer\nen A.\nsq A.\nwhen age > 1\ntest yes age=2\ntest no "
          "age=1\nend\n",
          "a published rule's id is up to 40 bytes, without two dots" },
        { "rule a\n leads refer\nen A.\nsq A.\nwhen age > 1\ntest yes age=2\ntest no age=1\nend\n",
          "rules that are not in their one form" },
        { "rule a\nleads refer\nen A.\nsq A.\n",
          "the head, the version or the end of a rule is missing" },
    };
    struct setting setting;
    struct ptn_hash name;
    bool new = true;

    (void)state;
    begin(&setting, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_diag diag = { 0 };

        assert_int_equal(put(&setting, cases[i].rules, PTN_BYTES_NONE, 1, &name, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, cases[i].why);
        assert_string_equal(standing_of(&setting).why, cases[i].why);
        assert_int_equal(standing_of(&setting).refused, i + 1);
    }
    assert_int_equal(ptn_published_add(setting.published, PTN_RECORD_RULES,
                                       PTN_BYTES_LITERAL("\xa0"), &new, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
    assert_false(new);
    assert_int_equal(standing_of(&setting).in_force, 0);
    end(&setting);
}

static void test_rules__what_is_said_again_counts_once(void **state)
{
    struct setting setting;
    struct ptn_hash name;
    char text[512];

    (void)state;
    begin(&setting, 1);
    rule_text(text, sizeof(text), 1, 30);
    for (unsigned i = 0; i < 3; i++) /* a recovered centre, a thief: the same record */
        assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 1, &name, NULL)));
    assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 2, &name, NULL))); /* another says it */
    assert_int_equal(standing_of(&setting).in_force, 1);
    assert_int_equal(rule_at(&setting, 1).found.fate, PTN_PUBLISHED_REPLACED);
    assert_true(put_together(&setting));
    assert_null(memmem(setting.file.at, setting.file.len, "..2", 3));
    end(&setting);
}

/* As many as one file holds: who is there stays, and the others are counted. */
static void test_rules__too_many_are_counted_and_the_first_stay(void **state)
{
    struct setting setting;
    struct ptn_hash name;
    char text[512];

    (void)state;
    begin(&setting, 1);
    for (unsigned i = 0; i < PTN_RULES_MAX + 5; i++) {
        rule_text(text, sizeof(text), i, 30);
        assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 1000 - (int64_t)i, &name, NULL)));
    }
    assert_true(put_together(&setting));
    assert_int_equal(standing_of(&setting).left_out, 5);
    assert_non_null(memmem(setting.file.at, setting.file.len, "rule r0\n", 8));
    assert_null(memmem(setting.file.at, setting.file.len, "rule r258\n", 10));
    end(&setting);
}

/* ---- the file ---- */

static void test_rules__what_was_in_force_is_until_it_was_read_again(void **state)
{
    struct setting setting;
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_hash name;
    struct ptn_hash gone;
    char text[2][512];

    (void)state;
    begin(&setting, 1);
    assert_int_equal(ptn_published_rules_open(setting.published, setting.path, &file).code,
                     PTN_C_NOT_FOUND);
    for (unsigned i = 0; i < 2; i++) {
        rule_text(text[i], sizeof(text[i]), 1, 30 + i);
        assert_true(ptn_ok(put(&setting, text[i], PTN_BYTES_NONE, i, &name, NULL)));
    }
    gone = rule_at(&setting, 0).found.name;
    assert_true(put_together(&setting));

    ptn_published_free(setting.published); /* a start; the copies are lost */
    setting.published = ptn_published_new(&setting.world);
    assert_true(ptn_ok(ptn_published_rules_open(setting.published, setting.path, &file)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&file), ptn_buffer_bytes(&setting.file)));
    assert_false(put_together(&setting)); /* nothing was read yet */
    assert_true(ptn_ok(put(&setting, text[1], PTN_BYTES_NONE, 1, &name, NULL)));
    assert_false(put_together(&setting));
    assert_true(ptn_ok(put(&setting, text[0], PTN_BYTES_NONE, 0, &name, NULL)));
    assert_true(put_together(&setting));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&file), ptn_buffer_bytes(&setting.file)));

    assert_true(ptn_ok(put(&setting, "", ptn_bytes_of(gone.at, PTN_HASH_LEN), 5, &name, NULL)));
    assert_true(ptn_ok(ptn_published_confirm(setting.published, &name)));
    assert_true(put_together(&setting)); /* what a note ended is not held on to */
    assert_null(memmem(setting.file.at, setting.file.len, "age > 30", 8));
    ptn_buffer_release(&file);
    end(&setting);
}

/* Killed while the file is written: the former is whole, and the next start goes on from it. */
static void test_rules__killed_while_it_is_written_loses_no_rule(void **state)
{
    struct setting setting;
    struct ptn_hash name;
    char text[512];

    (void)state;
    begin(&setting, 1);
    rule_text(text, sizeof(text), 1, 30);
    assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 1, &name, NULL)));
    assert_true(put_together(&setting));
    for (unsigned i = 0; i < 40; i++) {
        struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
        pid_t child = fork();
        int ended = 0;

        assert_true(child >= 0);
        if (child == 0) {
            for (unsigned k = 0;; k++) {
                rule_text(text, sizeof(text), 2 + k % 200, 31 + k / 200);
                (void)ptn_ok(put(&setting, text, PTN_BYTES_NONE, k, &name, NULL));
                (void)put_together(&setting);
            }
        }
        (void)usleep(500 + 137 * i);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &ended, 0), child);
        ptn_published_free(setting.published);
        setting.published = ptn_published_new(&setting.world);
        assert_true(ptn_ok(ptn_published_rules_open(setting.published, setting.path, &file)));
        ptn_buffer_clear(&setting.file);
        assert_true(ptn_ok(ptn_buffer_add(&setting.file, ptn_buffer_bytes(&file))));
        {
            struct met met;

            meet(&setting, 5, &met); /* loads it: it is whole */
            assert_true(has(&met, "Over 30, rule 1."));
        }
        ptn_buffer_release(&file);
        rule_text(text, sizeof(text), 1, 30);
        assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 1, &name, NULL)));
    }
    end(&setting);
}

static bool fail_replace;

static struct ptn_status failing_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    return fail_replace ? (struct ptn_status){ PTN_C_IO }
                        : ptn_world_real()->files->replace(context, path, bytes);
}

static void test_rules__a_disk_that_fails_is_tried_again(void **state)
{
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct setting setting;
    struct ptn_hash name;
    bool changed = true;
    char text[512];

    (void)state;
    begin(&setting, 1);
    setting.files.replace = failing_replace;
    rule_text(text, sizeof(text), 1, 30);
    assert_true(ptn_ok(put(&setting, text, PTN_BYTES_NONE, 1, &name, NULL)));
    fail_replace = true;
    assert_int_equal(
        ptn_published_rules(setting.published, setting.path, &file, &changed, NULL).code, PTN_C_IO);
    assert_false(changed);
    assert_int_equal(file.len, 0);
    fail_replace = false;
    assert_true(put_together(&setting));
    ptn_buffer_release(&file);
    end(&setting);
}

/* Whichever allocation fails: all of a record counts or nothing, and a second try comes to the
 * same.
 */
static void test_rules__without_memory_nothing_of_a_record_counts(void **state)
{
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_rules_edition edition = { .time_ms = 1,
                                         .post = PTN_BYTES_LITERAL("centre"),
                                         .officer = PTN_BYTES_LITERAL("ana"),
                                         .version = PTN_BYTES_LITERAL("v1") };
    struct setting setting;
    unsigned long nth = 0;
    bool changed = false;
    bool new = false;
    char text[1024] = "";
    struct ptn_status status;

    (void)state;
    begin(&setting, 1);
    for (unsigned i = 0; i < 3; i++)
        rule_text(text + strlen(text), sizeof(text) - strlen(text), i, 30);
    edition.rules = ptn_bytes_from_text(text);
    assert_true(ptn_ok(ptn_rules_edition_write(&edition, &payload)));
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_published_add(setting.published, PTN_RECORD_RULES, ptn_buffer_bytes(&payload),
                                   &new, NULL);
        if (fault_off() && !ptn_ok(status))
            assert_int_equal(standing_of(&setting).in_force, 0);
    } while (!ptn_ok(status));
    assert_true(nth > 5);
    assert_int_equal(standing_of(&setting).in_force, 3);
    nth = 0;
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_published_rules(setting.published, setting.path, &file, &changed, NULL);
        if (fault_off() && !ptn_ok(status)) {
            assert_false(changed);
            assert_int_equal(file.len, 0);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 1 && changed);
    assert_non_null(memmem(file.at, file.len, "rule r2\n", 8));
    ptn_buffer_release(&file);
    ptn_buffer_release(&payload);
    end(&setting);
}

/* ---- at a post ---- */

static void answered(struct ptn_lane_answer *answer)
{
    (void)answer;
}

static bool is_met(struct ptn_node *node, struct ptn_arena *arena, const char *rule)
{
    static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan scan = {
        .direction = PTN_DIRECTION_ENTRY,
        .person = { .surname = PTN_BYTES_LITERAL("VELTHURI"),
                    .birth = { 1950, 2, 3 },
                    .nationality = "UTO",
                    .document = { .kind = PTN_DOCUMENT_PASSPORT,
                                  .issuer = "UTO",
                                  .number = PTN_BYTES_LITERAL("U1"),
                                  .expiry = { 2031, 1, 1 } } },
    };
    struct ptn_lane_answer answer = { .done = answered };
    bool met = false;

    ptn_arena_clear(arena);
    assert_true(ptn_ok(ptn_lane_prepare(node, &who, &scan, arena, &answer, NULL)));
    for (size_t i = 0; i < answer.advice.reason_count; i++)
        met = met || ptn_bytes_is(answer.advice.reasons[i].rule, rule);
    ptn_lane_answer_release(&answer);
    return met;
}

/* RULES-2: published rules beside those in the post's folder: neither pushes the other out. */
static void test_rules__a_lane_runs_the_posts_own_and_the_published(void **state)
{
    static const char own[] = "postern-rules 1\nversion own\nrule r1\nleads refer\nen Own.\nsq "
                              "Own.\nwhen age > 70\ntest yes age=71\ntest no age=70\nend\n";
    static const char published[] =
        "postern-rules 1\nversion published.1\nrule r2\nleads stop\nen All.\nsq All.\nwhen age > "
        "60\ntest yes age=61\ntest no age=60\nend\n";
    const struct ptn_world *world = ptn_world_real();
    struct ptn_arena *arena = ptn_arena_new((size_t)8 << 20);
    char folder[FOLDER_SIZE], dir[DIR_SIZE], path[DIR_SIZE + 32];
    struct ptn_node *node = NULL;
    struct ptn_diag diag = { 0 };

    (void)state;
    made_post(world, PTN_POST_LAND, folder, dir);
    (void)snprintf(path, sizeof(path), "%s/rules/post.rules", dir);
    assert_true(ptn_ok(world->files->replace(world->context, path, ptn_bytes_from_text(own))));
    assert_true(ptn_ok(ptn_node_open(world, dir, NULL, &node, NULL)));
    assert_true(is_met(node, arena, "rule.r1"));
    assert_false(is_met(node, arena, "rule.r2"));
    assert_true(ptn_ok(ptn_publishing_put_rules(node, ptn_bytes_from_text(published), NULL)));
    assert_true(is_met(node, arena, "rule.r1"));
    assert_true(is_met(node, arena, "rule.r2"));
    assert_int_equal(
        ptn_publishing_put_rules(node, PTN_BYTES_LITERAL("postern-rules 2\n"), &diag).code,
        PTN_C_BAD_INPUT);
    assert_true(is_met(node, arena, "rule.r2")); /* the former stay */
    assert_true(ptn_ok(ptn_publishing_put_rules(node, PTN_BYTES_NONE, NULL)));
    assert_true(is_met(node, arena, "rule.r1"));
    assert_false(is_met(node, arena, "rule.r2"));
    ptn_node_close(node);
    ptn_arena_free(arena);
    unmade(folder);
}

/* ---- the post's own file ---- */

static void put_own(const char *dir, const char *name, const char *text)
{
    const struct ptn_world *world = ptn_world_real();
    char path[DIR_SIZE + 64];

    (void)snprintf(path, sizeof(path), "%s/rules/%s", dir, name);
    assert_true(ptn_ok(world->files->replace(world->context, path, ptn_bytes_from_text(text))));
}

static void opens(const char *dir, struct ptn_arena *arena, enum ptn_lists_state rules,
                  enum ptn_lists_state conditions, bool met, bool unreadable)
{
    struct ptn_node_standing standing;
    struct ptn_node *node = NULL;

    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), dir, NULL, &node, NULL)));
    assert_int_equal(is_met(node, arena, "rule.r1"), met);
    assert_int_equal(is_met(node, arena, "rules.unreadable"), unreadable);
    ptn_arena_clear(arena);
    assert_true(ptn_ok(ptn_node_standing(node, arena, &standing)));
    assert_int_equal(standing.rules_state, rules);
    assert_int_equal(standing.conditions_state, conditions);
    ptn_node_close(node);
}

/* POST-7: whatever becomes of the post's own files, it starts and screens: with the last good copy,
 * or with a reason for everybody. */
static void test_rules__a_damaged_file_stops_no_post(void **state)
{
    static const char own[] = "postern-rules 1\nversion own\nrule r1\nleads refer\nen Own.\nsq "
                              "Own.\nwhen age > 70\ntest yes age=71\ntest no age=70\nend\n";
    const struct ptn_world *world = ptn_world_real();
    struct ptn_arena *arena = ptn_arena_new((size_t)8 << 20);
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_own_found found;
    struct ptn_diag diag = { 0 };

    (void)state;
    made_post(world, PTN_POST_LAND, folder, dir);
    opens(dir, arena, PTN_LISTS_NONE, PTN_LISTS_NONE, false, false);
    put_own(dir, "post.rules", "postern-rules 1\nversion own\nrule r1\nlea"); /* cut off */
    opens(dir, arena, PTN_LISTS_FAILED, PTN_LISTS_NONE, false, true);
    put_own(dir, "post.rules", "");
    opens(dir, arena, PTN_LISTS_FAILED, PTN_LISTS_NONE, false, true);
    put_own(dir, "post.rules", own);
    opens(dir, arena, PTN_LISTS_CURRENT, PTN_LISTS_NONE, true, false);
    put_own(dir, "post.rules", "postern-rules 1\nversion own\nrule r1\nlea");
    opens(dir, arena, PTN_LISTS_FORMER, PTN_LISTS_NONE, true, false);
    assert_true(ptn_ok(ptn_own_file_look(world, dir, PTN_OWN_RULES, &found)));
    assert_int_equal(found.state, PTN_LISTS_FORMER);
    assert_int_equal(found.diag.offset, 4);
    put_own(dir, "post.rules.good", "\xff\xfe"); /* and that one, too */
    opens(dir, arena, PTN_LISTS_FAILED, PTN_LISTS_NONE, false, true);
    /* who installs a wrong one is told, and what is there stays */
    assert_int_equal(ptn_own_file_install(world, dir, PTN_OWN_RULES,
                                          PTN_BYTES_LITERAL("postern-rules 1\nnonsense\n"), &diag)
                         .code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(diag.offset, 2);
    assert_non_null(diag.text);
    assert_true(
        ptn_ok(ptn_own_file_install(world, dir, PTN_OWN_RULES, ptn_bytes_from_text(own), &diag)));
    opens(dir, arena, PTN_LISTS_CURRENT, PTN_LISTS_NONE, true, false);
    put_own(dir, "entry-conditions.tsv", "no conditions");
    opens(dir, arena, PTN_LISTS_CURRENT, PTN_LISTS_FAILED, true, true);
    assert_true(ptn_ok(
        ptn_own_file_install(world, dir, PTN_OWN_CONDITIONS, ptn_conditions_shipped(), &diag)));
    opens(dir, arena, PTN_LISTS_CURRENT, PTN_LISTS_CURRENT, true, false);
    put_own(dir, "entry-conditions.tsv", "no conditions");
    opens(dir, arena, PTN_LISTS_CURRENT, PTN_LISTS_FORMER, true, false);
    /* nothing is screened by a chip reader: nobody is referred for their file */
    put_own(dir, "readers.tsv", "no readers");
    opens(dir, arena, PTN_LISTS_CURRENT, PTN_LISTS_FORMER, true, false);
    assert_true(ptn_ok(ptn_own_file_look(world, dir, PTN_OWN_READERS, &found)));
    assert_int_equal(found.state, PTN_LISTS_FAILED);
    assert_int_equal(found.diag.offset, 1);
    ptn_arena_free(arena);
    unmade(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__online_keys_never_make_a_travellers_reasons_fewer),
        cmocka_unit_test(test_rules__an_edit_leaves_the_old_beside_the_new_until_a_note_names_it),
        cmocka_unit_test(test_rules__any_order_of_arrival_gives_the_same),
        cmocka_unit_test(test_rules__what_is_no_good_is_refused_with_the_reason),
        cmocka_unit_test(test_rules__what_is_said_again_counts_once),
        cmocka_unit_test(test_rules__too_many_are_counted_and_the_first_stay),
        cmocka_unit_test(test_rules__what_was_in_force_is_until_it_was_read_again),
        cmocka_unit_test(test_rules__killed_while_it_is_written_loses_no_rule),
        cmocka_unit_test(test_rules__a_disk_that_fails_is_tried_again),
        cmocka_unit_test(test_rules__without_memory_nothing_of_a_record_counts),
        cmocka_unit_test(test_rules__a_lane_runs_the_posts_own_and_the_published),
        cmocka_unit_test(test_rules__a_damaged_file_stops_no_post),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
