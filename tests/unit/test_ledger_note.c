#include "ledger/note.h"

#include "fault.h"
#include "ledger/note_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DIR          "/node"
#define NAME         "postern.example/durres-seaport"

/* C2SP signed-note's own example. */
#define SPEC_KEY  "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SPEC_TEXT "This is an example message.\n"
#define SPEC_LINE                                                                                  \
    "\xe2\x80\x94 example.com/foo "                                                                \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=" \
    "\n"
#define SPEC_NOTE SPEC_TEXT "\n" SPEC_LINE
#define SPEC_BAD_LINE                                                                              \
    "\xe2\x80\x94 example.com/foo "                                                                \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQI=" \
    "\n"

static struct ptn_world *world;
static struct ptn_vault *vault;

static int set_up(void **state)
{
    (void)state;
    world = ptn_world_seeded(1, 0);
    assert_non_null(world);
    assert_int_equal(world->files->make_dir(world->context, DIR).code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(world, DIR, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(world, DIR, &vault, NULL).code, PTN_C_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
    return 0;
}

static struct ptn_vkey key_of(const char *text)
{
    struct ptn_vkey key;

    assert_int_equal(ptn_vkey_parse(ptn_bytes_from_text(text), &key, NULL).code, PTN_C_OK);
    return key;
}

/* ---- names and keys ---- */

static void test_note__names(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } cases[] = {
        { "a", true },
        { "postern.example/x", true },
        { "\xc3\xabsht\xc3\xab", true },
        { "", false },
        { "a b", false },
        { "a+b", false },
        { "a\nb", false },
        { "a\x7f", false },
        { "a\xc2\xa0z", false },
        { "a\xe2\x80\x83z", false },
        { "a\xe3\x80\x80z", false },
        { "a\xff", false },
    };
    char longest[PTN_NOTE_NAME_LEN_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ptn_note_name_good(ptn_bytes_from_text(cases[i].name)), cases[i].good);
    memset(longest, 'n', sizeof(longest));
    assert_true(ptn_note_name_good(ptn_bytes_of(longest, PTN_NOTE_NAME_LEN_MAX)));
    assert_false(ptn_note_name_good(ptn_bytes_of(longest, PTN_NOTE_NAME_LEN_MAX + 1)));
}

static void test_note__verifier_keys_round_trip(void **state)
{
    struct ptn_vkey key = key_of(SPEC_KEY);
    struct ptn_buffer out;

    (void)state;
    assert_true(ptn_bytes_is(key.name, "example.com/foo"));
    ptn_buffer_init(&out, 1000);
    assert_int_equal(ptn_vkey_write(&out, &key).code, PTN_C_OK);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), SPEC_KEY));
    ptn_buffer_release(&out);
    ptn_buffer_init(&out, sizeof(SPEC_KEY) - 2);
    assert_int_equal(ptn_vkey_write(&out, &key).code, PTN_C_TOO_BIG);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
}

static void test_note__bad_verifier_keys(void **state)
{
    static const char *const cases[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fo +530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U==",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_vkey key = { .id = { 1, 2, 3, 4 } };
        struct ptn_diag diag = { 0, NULL };

        assert_int_equal(ptn_vkey_parse(ptn_bytes_from_text(cases[i]), &key, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_non_null(diag.text);
        assert_int_equal(key.id[0], 1);
    }
}

/* ---- notes ---- */

static void test_note__the_specifications_example_verifies(void **state)
{
    struct ptn_vkey key = key_of(SPEC_KEY);
    struct ptn_note note;
    size_t good = 0;

    (void)state;
    assert_int_equal(ptn_note_parse(PTN_BYTES_LITERAL(SPEC_NOTE), &note, NULL).code, PTN_C_OK);
    assert_true(ptn_bytes_is(note.text, SPEC_TEXT));
    assert_int_equal(note.signature_count, 1);
    assert_int_equal(ptn_note_verify(&note, &key, 1, &good, NULL).code, PTN_C_OK);
    assert_int_equal(good, 1);
}

static void test_note__every_changed_byte_is_refused(void **state)
{
    uint8_t bytes[] = SPEC_NOTE;
    struct ptn_vkey key = key_of(SPEC_KEY);

    (void)state;
    for (size_t at = 0; at < sizeof(bytes) - 1; at++) {
        struct ptn_note note;
        size_t good = 0;

        bytes[at] ^= 1;
        if (ptn_ok(ptn_note_parse(ptn_bytes_of(bytes, sizeof(bytes) - 1), &note, NULL)))
            assert_int_equal(ptn_note_verify(&note, &key, 1, &good, NULL).code, PTN_C_CORRUPT);
        assert_int_equal(good, 0);
        bytes[at] ^= 1;
    }
}

static void test_note__form(void **state)
{
    static const struct {
        const char *note;
        enum ptn_code code;
    } cases[] = {
        { SPEC_NOTE, PTN_C_OK },
        { "a\n\nb\n\n" SPEC_LINE, PTN_C_OK }, /* split at the last blank line */
        { "a\n\n" SPEC_LINE SPEC_LINE, PTN_C_OK },
        { "", PTN_C_BAD_INPUT },
        { "a\n", PTN_C_BAD_INPUT },
        { "a\n\n", PTN_C_BAD_INPUT },
        { SPEC_LINE, PTN_C_BAD_INPUT },
        { "a\n" SPEC_LINE, PTN_C_BAD_INPUT },
        { "a\n\n\xe2\x80\x94 n AAAAAAA=", PTN_C_BAD_INPUT },
        { "a\n\n\xe2\x80\x94 n AAAAAA==\n", PTN_C_BAD_INPUT }, /* a key id and no signature */
        { "a\n\n\xe2\x80\x94 n AAAAAAA=\n", PTN_C_OK },
        { "a\n\n\xe2\x80\x94 n AAAAAAA\n", PTN_C_BAD_INPUT },
        { "a\n\n\xe2\x80\x94 n AAAAAAB=\n", PTN_C_BAD_INPUT }, /* bits that must be zero */
        { "a\n\n\xe2\x80\x94 n AAAAAAA= \n", PTN_C_BAD_INPUT },
        { "a\n\n\xe2\x80\x94  AAAAAAA=\n", PTN_C_BAD_INPUT },
        { "a\n\n\xe2\x80\x94 n+ AAAAAAA=\n", PTN_C_BAD_INPUT },
        { "a\n\n- n AAAAAAA=\n", PTN_C_BAD_INPUT },
        { "a\n\n\xe2\x80\x94 n\n", PTN_C_BAD_INPUT },
        { "a\tb\n\n" SPEC_LINE, PTN_C_BAD_INPUT },
        { "a\r\n\n" SPEC_LINE, PTN_C_BAD_INPUT },
        { "a\xff\n\n" SPEC_LINE, PTN_C_BAD_INPUT },
        { "a\n\n" SPEC_LINE "more\n", PTN_C_BAD_INPUT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_note note = { .signature_count = 99 };
        struct ptn_diag diag = { 0, NULL };

        assert_int_equal(ptn_note_parse(ptn_bytes_from_text(cases[i].note), &note, &diag).code,
                         cases[i].code);
        assert_int_equal(diag.text == NULL, cases[i].code == PTN_C_OK);
        assert_int_equal(note.signature_count == 99, cases[i].code != PTN_C_OK);
    }
}

static void test_note__limits(void **state)
{
    struct ptn_buffer text;
    struct ptn_note note;
    uint8_t *room;

    (void)state;
    ptn_buffer_init(&text, PTN_NOTE_LEN_MAX + 1);
    assert_int_equal(ptn_buffer_add_text(&text, "a\n\n").code, PTN_C_OK);
    for (unsigned i = 0; i < PTN_NOTE_SIGNATURE_MAX; i++)
        assert_int_equal(ptn_buffer_add_text(&text, SPEC_LINE).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL).code, PTN_C_OK);
    assert_int_equal(note.signature_count, PTN_NOTE_SIGNATURE_MAX);
    assert_int_equal(ptn_buffer_add_text(&text, SPEC_LINE).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL).code, PTN_C_TOO_BIG);
    ptn_buffer_clear(&text);
    assert_int_equal(ptn_buffer_reserve(&text, PTN_NOTE_LEN_MAX + 1, &room).code, PTN_C_OK);
    memset(room, 'a', PTN_NOTE_LEN_MAX + 1);
    assert_int_equal(ptn_note_parse(ptn_bytes_of(room, PTN_NOTE_LEN_MAX + 1), &note, NULL).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(ptn_note_parse(ptn_bytes_of(room, PTN_NOTE_LEN_MAX), &note, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&text);
}

static void test_note__unknown_keys_are_passed_over_and_a_known_bad_one_is_not(void **state)
{
    static const char other[] = "\xe2\x80\x94 example.com/bar AAAAAAA=\n";
    static const char bad[] = "\xe2\x80\x94 example.com/foo Uw2QOgAA\n";
    struct ptn_vkey keys[2] = { key_of(SPEC_KEY), key_of(SPEC_KEY) };
    struct ptn_buffer text;
    struct ptn_note note;
    size_t good = 0;

    (void)state;
    keys[1].name = PTN_BYTES_LITERAL("example.com/baz");
    ptn_buffer_init(&text, 4096);
    assert_int_equal(ptn_buffer_addf(&text, "%s%s%s", SPEC_NOTE, other, SPEC_LINE).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_verify(&note, keys, 2, &good, NULL).code, PTN_C_OK);
    assert_int_equal(good, 1);
    good = 7;
    assert_int_equal(ptn_note_verify(&note, keys + 1, 1, &good, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(ptn_note_verify(&note, keys, 0, &good, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(ptn_buffer_add_text(&text, bad).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_verify(&note, keys, 2, &good, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(good, 7);
    ptn_buffer_release(&text);
}

/* What was good once is not looked at again; anything else is. */
static void test_note__a_remembered_signature_is_that_one_only(void **state)
{
    struct ptn_vkey key = key_of(SPEC_KEY);
    struct ptn_vkey other = key;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_signature_memory memory = { .has_good = false };
    struct ptn_note note;
    uint8_t bytes[sizeof(SPEC_NOTE) - 1];
    unsigned refused = 0;

    (void)state;
    assert_non_null(hasher);
    other.public_key[3] ^= 1;
    assert_int_equal(ptn_note_parse(PTN_BYTES_LITERAL(SPEC_NOTE), &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_verify_again(&note, &other, hasher, &memory, NULL).code,
                     PTN_C_CORRUPT);
    assert_false(memory.has_good);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ptn_note_verify_again(&note, &key, hasher, &memory, NULL).code, PTN_C_OK);
    assert_true(memory.has_good);
    assert_int_equal(ptn_note_verify_again(&note, &other, hasher, &memory, NULL).code,
                     PTN_C_CORRUPT);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        memcpy(bytes, SPEC_NOTE, sizeof(bytes));
        bytes[i] ^= 1;
        if (!ptn_ok(ptn_note_parse(ptn_bytes_of(bytes, sizeof(bytes)), &note, NULL)))
            continue;
        assert_int_equal(ptn_note_verify_again(&note, &key, hasher, &memory, NULL).code,
                         PTN_C_CORRUPT);
        refused++;
    }
    assert_in_range(refused, 50, sizeof(bytes));
    /* A second line of the same key must be good, too. */
    assert_int_equal(ptn_note_parse(PTN_BYTES_LITERAL(SPEC_NOTE SPEC_BAD_LINE), &note, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_note_verify_again(&note, &key, hasher, &memory, NULL).code, PTN_C_CORRUPT);
    ptn_hasher_free(hasher);
}

static void test_note__signed_here_verifies_and_does_not_sign_nonsense(void **state)
{
    static const char *const nonsense[] = { "", "no newline", "a\tb\n", "a\xff\n" };
    struct ptn_vkey key;
    struct ptn_buffer out;
    struct ptn_note note;
    size_t good = 0;

    (void)state;
    ptn_buffer_init(&out, 4096);
    assert_int_equal(ptn_note_sign(vault, PTN_ROLE_LEDGER, PTN_BYTES_LITERAL(NAME),
                                   PTN_BYTES_LITERAL("one\n\ntwo\n"), &out, NULL)
                         .code,
                     PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&out), &note, NULL).code, PTN_C_OK);
    assert_true(ptn_bytes_is(note.text, "one\n\ntwo\n"));
    assert_int_equal(
        ptn_vkey_make(PTN_BYTES_LITERAL(NAME), ptn_vault_public_key(vault, PTN_ROLE_LEDGER), &key)
            .code,
        PTN_C_OK);
    assert_int_equal(ptn_note_verify(&note, &key, 1, &good, NULL).code, PTN_C_OK);
    ptn_buffer_clear(&out);
    for (size_t i = 0; i < COUNT(nonsense); i++)
        assert_int_equal(ptn_note_sign(vault, PTN_ROLE_LEDGER, PTN_BYTES_LITERAL(NAME),
                                       ptn_bytes_from_text(nonsense[i]), &out, NULL)
                             .code,
                         PTN_C_BAD_INPUT);
    assert_int_equal(ptn_note_sign(vault, PTN_ROLE_LEDGER, PTN_BYTES_LITERAL("a+b"),
                                   PTN_BYTES_LITERAL("x\n"), &out, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
}

static void test_note__no_memory_is_reported(void **state)
{
    struct ptn_vkey key = key_of(SPEC_KEY);
    unsigned long nth = 0;
    bool done = false;

    (void)state;
    while (!done) {
        struct ptn_buffer out;
        struct ptn_note note;
        size_t good;
        struct ptn_status status;

        ptn_buffer_init(&out, 4096);
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_note_parse(PTN_BYTES_LITERAL(SPEC_NOTE), &note, NULL);
        if (ptn_ok(status))
            status = ptn_note_verify(&note, &key, 1, &good, NULL);
        if (ptn_ok(status))
            status = ptn_note_sign(vault, PTN_ROLE_LEDGER, PTN_BYTES_LITERAL(NAME),
                                   PTN_BYTES_LITERAL("one\n"), &out, NULL);
        done = !fault_off();
        assert_int_equal(status.code, done ? PTN_C_OK : PTN_C_NO_MEMORY);
        assert_true(done || out.len == 0);
        ptn_buffer_release(&out);
    }
    assert_true(nth > 3);
}

/* ---- checkpoints ---- */

#define ROOT64 "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

static void test_note__checkpoints(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t size;
    } cases[] = {
        { "o\n0\n" ROOT64 "\n", true, 0 },
        { "example.com/behind-the-sofa\n20852163\n" ROOT64 "\n", true, 20852163 },
        { "o\n9223372036854775807\n" ROOT64 "\n", true, INT64_MAX },
        { "o\n1\n" ROOT64 "\nextension\nmore\n", true, 1 },
        { "o\n9223372036854775808\n" ROOT64 "\n", false, 0 },
        { "o\n18446744073709551616\n" ROOT64 "\n", false, 0 },
        { "o\n01\n" ROOT64 "\n", false, 0 },
        { "o\n-1\n" ROOT64 "\n", false, 0 },
        { "o\n+1\n" ROOT64 "\n", false, 0 },
        { "o\n\n" ROOT64 "\n", false, 0 },
        { "o\n1x\n" ROOT64 "\n", false, 0 },
        { "\n1\n" ROOT64 "\n", false, 0 },
        { "o\n1\n" ROOT64, false, 0 },
        { "o\n1\n", false, 0 },
        { "o\n1\nYmFuYW5hcw==\n", false, 0 }, /* not 32 bytes */
        { "o\n1\n" ROOT64 "A\n", false, 0 },
        { "o\n1\n" ROOT64 "\n\n", false, 0 },
        { "o\n1\n" ROOT64 "\nextension", false, 0 },
        { "", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_checkpoint checkpoint = { .size = 99 };
        struct ptn_diag diag = { 0, NULL };
        struct ptn_buffer out;

        assert_int_equal(
            ptn_checkpoint_parse(ptn_bytes_from_text(cases[i].text), &checkpoint, &diag).code,
            cases[i].good ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_int_equal(checkpoint.size, cases[i].good ? cases[i].size : 99);
        if (!cases[i].good)
            continue;
        ptn_buffer_init(&out, 4096);
        assert_int_equal(ptn_checkpoint_write(&out, &checkpoint).code, PTN_C_OK);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i].text));
        ptn_buffer_release(&out);
    }
}

/* ---- receipts ---- */

#define FIRST "c2sp.org/tlog-proof@v1\n"

static void test_note__receipts(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { FIRST "index 0\n\ncheckpoint\n", true },
        { FIRST "index 5\n" ROOT64 "\n" ROOT64 "\n\ntest checkpoint\n", true },
        { FIRST "extra ZXh0cmE=\nindex 10\n" ROOT64 "\n\ncheckpoint data\n", true },
        { "wrong-header\nindex 0\n\ncheckpoint\n", false },
        { FIRST "extra \nindex 0\n\ncheckpoint\n", false }, /* no data is no line */
        { FIRST "extra !!\nindex 0\n\ncheckpoint\n", false },
        { FIRST "\n\ncheckpoint\n", false },
        { FIRST "index notanumber\n\ncheckpoint\n", false },
        { FIRST "index -5\n\ncheckpoint\n", false },
        { FIRST "index 0\n!!notbase64!!\n\ncheckpoint\n", false },
        { FIRST "index 0\nAAAA\n\ncheckpoint\n", false },
        { FIRST "index 0\n" ROOT64 "\n", false },
        { FIRST "index 0\n\n", false },
        { FIRST "index 0", false },
        { FIRST, false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_receipt receipt = { .index = 99 };
        struct ptn_buffer out;

        assert_int_equal(ptn_receipt_parse(ptn_bytes_from_text(cases[i].text), &receipt, NULL).code,
                         cases[i].good ? PTN_C_OK : PTN_C_BAD_INPUT);
        if (!cases[i].good) {
            assert_int_equal(receipt.index, 99);
            continue;
        }
        ptn_buffer_init(&out, 4096);
        assert_int_equal(ptn_receipt_write(&out, &receipt).code, PTN_C_OK);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i].text));
        ptn_buffer_release(&out);
    }
}

static void test_note__a_receipt_has_at_most_63_hashes(void **state)
{
    struct ptn_buffer text;
    struct ptn_receipt receipt;

    (void)state;
    for (unsigned count = PTN_PROOF_COUNT_MAX; count <= PTN_PROOF_COUNT_MAX + 1; count++) {
        ptn_buffer_init(&text, 8192);
        assert_int_equal(ptn_buffer_add_text(&text, FIRST "index 0\n").code, PTN_C_OK);
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(ptn_buffer_add_text(&text, ROOT64 "\n").code, PTN_C_OK);
        assert_int_equal(ptn_buffer_add_text(&text, "\ncheckpoint\n").code, PTN_C_OK);
        assert_int_equal(ptn_receipt_parse(ptn_buffer_bytes(&text), &receipt, NULL).code,
                         count <= PTN_PROOF_COUNT_MAX ? PTN_C_OK : PTN_C_TOO_BIG);
        ptn_buffer_release(&text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note__names),
        cmocka_unit_test(test_note__verifier_keys_round_trip),
        cmocka_unit_test(test_note__bad_verifier_keys),
        cmocka_unit_test(test_note__the_specifications_example_verifies),
        cmocka_unit_test(test_note__every_changed_byte_is_refused),
        cmocka_unit_test(test_note__form),
        cmocka_unit_test(test_note__limits),
        cmocka_unit_test(test_note__unknown_keys_are_passed_over_and_a_known_bad_one_is_not),
        cmocka_unit_test(test_note__a_remembered_signature_is_that_one_only),
        cmocka_unit_test(test_note__signed_here_verifies_and_does_not_sign_nonsense),
        cmocka_unit_test(test_note__no_memory_is_reported),
        cmocka_unit_test(test_note__checkpoints),
        cmocka_unit_test(test_note__receipts),
        cmocka_unit_test(test_note__a_receipt_has_at_most_63_hashes),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
