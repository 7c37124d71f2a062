#include "ledger/note.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define DIR_A    "/a"
#define DIR_B    "/b"
#define KEEPER_A "postern.example/keeper-a/mirror"
#define KEEPER_B "postern.example/keeper-b/mirror"
#define TIME_S   INT64_C(1700000000)
#define TEXT     "postern.example/durres-seaport\n300\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

/* The ledger's own key signs the note, cosigners stand in for keepers. */
static struct ptn_world *world;
static struct ptn_vault *vault_a;
static struct ptn_vault *vault_b;
static struct ptn_vkey keys[2];

static struct ptn_vault *new_vault(const char *dir)
{
    struct ptn_vault *vault = NULL;

    assert_int_equal(world->files->make_dir(world->context, dir).code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(world, dir, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(world, dir, &vault, NULL).code, PTN_C_OK);
    return vault;
}

static struct ptn_vkey cosigner(const struct ptn_vault *vault, const char *name)
{
    struct ptn_vkey key;

    assert_int_equal(ptn_vkey_make_cosigner(ptn_bytes_from_text(name),
                                            ptn_vault_public_key(vault, PTN_ROLE_NODE), &key)
                         .code,
                     PTN_C_OK);
    return key;
}

static int set_up(void **state)
{
    (void)state;
    world = ptn_world_seeded(1, 0);
    assert_non_null(world);
    vault_a = new_vault(DIR_A);
    vault_b = new_vault(DIR_B);
    keys[0] = cosigner(vault_a, KEEPER_A);
    keys[1] = cosigner(vault_b, KEEPER_B);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ptn_vault_close(vault_a);
    ptn_vault_close(vault_b);
    ptn_world_seeded_free(world);
    return 0;
}

static struct ptn_buffer new_note(void)
{
    struct ptn_buffer note;

    ptn_buffer_init(&note, 4096);
    assert_int_equal(ptn_note_sign(vault_a, PTN_ROLE_LEDGER,
                                   PTN_BYTES_LITERAL("postern.example/durres-seaport"),
                                   PTN_BYTES_LITERAL(TEXT), &note, NULL)
                         .code,
                     PTN_C_OK);
    return note;
}

static void cosign(const struct ptn_vault *vault, const char *name, int64_t time_s,
                   struct ptn_buffer *note)
{
    /* A copy: the line goes to the end of what is signed. */
    struct ptn_buffer copy;

    ptn_buffer_init(&copy, 4096);
    assert_int_equal(ptn_buffer_add(&copy, ptn_buffer_bytes(note)).code, PTN_C_OK);
    assert_int_equal(ptn_cosignature_sign(vault, PTN_ROLE_NODE, ptn_bytes_from_text(name),
                                          ptn_buffer_bytes(&copy), time_s, note, NULL)
                         .code,
                     PTN_C_OK);
    ptn_buffer_release(&copy);
}

static enum ptn_code verify(const struct ptn_buffer *bytes, const struct ptn_vkey *by, size_t count,
                            size_t *ret_good, int64_t *ret_times)
{
    struct ptn_note note;

    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(bytes), &note, NULL).code, PTN_C_OK);
    return ptn_cosignature_verify(&note, by, count, ret_good, ret_times, NULL).code;
}

static void test_cosignature__each_keeper_counts_once(void **state)
{
    struct ptn_buffer note = new_note();
    int64_t times[2] = { 0, 0 };
    size_t good = 77;

    (void)state;
    assert_int_equal(verify(&note, keys, 2, &good, times), PTN_C_NOT_FOUND);
    assert_int_equal(good, 77);
    assert_int_equal(times[0], -1);

    cosign(vault_a, KEEPER_A, TIME_S, &note);
    assert_int_equal(verify(&note, keys, 2, &good, times), PTN_C_OK);
    assert_int_equal(good, 1);
    assert_int_equal(times[0], TIME_S);
    assert_int_equal(times[1], -1);

    cosign(vault_a, KEEPER_A, TIME_S + 9, &note);
    cosign(vault_a, KEEPER_A, TIME_S - 9, &note);
    cosign(vault_b, KEEPER_B, 0, &note);
    assert_int_equal(verify(&note, keys, 2, &good, times), PTN_C_OK);
    assert_int_equal(good, 2);
    assert_int_equal(times[0], TIME_S + 9);
    assert_int_equal(times[1], 0);
    assert_int_equal(verify(&note, keys, 2, &good, NULL), PTN_C_OK);
    ptn_buffer_release(&note);
}

static void test_cosignature__one_secret_under_two_names_counts_once(void **state)
{
    struct ptn_buffer note = new_note();
    const struct ptn_vkey twice[] = { keys[0], cosigner(vault_a, KEEPER_B) };
    size_t good = 0;

    (void)state;
    cosign(vault_a, KEEPER_A, TIME_S, &note);
    cosign(vault_a, KEEPER_B, TIME_S, &note);
    assert_int_equal(verify(&note, twice, 2, &good, NULL), PTN_C_OK);
    assert_int_equal(good, 1);
    ptn_buffer_release(&note);
}

/* The ledger's signature is none of a cosigner, and a cosignature none of a signer. */
static void test_cosignature__two_kinds_of_signature_are_never_taken_for_each_other(void **state)
{
    struct ptn_buffer note = new_note();
    struct ptn_vkey plain;
    struct ptn_note parsed;
    size_t good = 77;

    (void)state;
    cosign(vault_b, KEEPER_B, TIME_S, &note);
    assert_int_equal(ptn_vkey_make(ptn_bytes_from_text(KEEPER_B),
                                   ptn_vault_public_key(vault_b, PTN_ROLE_NODE), &plain)
                         .code,
                     PTN_C_OK);
    assert_int_equal(verify(&note, &plain, 1, &good, NULL), PTN_C_NOT_FOUND);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&note), &parsed, NULL).code, PTN_C_OK);
    assert_int_equal(parsed.signature_count, 2);
    assert_int_equal(ptn_note_verify(&parsed, &keys[1], 1, &good, NULL).code, PTN_C_CORRUPT);
    /* Not even when the id is made to fit. */
    plain.type = PTN_NOTE_TYPE_COSIGNER;
    assert_int_equal(verify(&note, &plain, 1, &good, NULL), PTN_C_NOT_FOUND);
    memcpy(plain.id, keys[1].id, sizeof(plain.id));
    plain.type = PTN_NOTE_TYPE_ED25519;
    assert_int_equal(ptn_note_verify(&parsed, &plain, 1, &good, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(good, 77);
    ptn_buffer_release(&note);
}

/* Whatever bit of the signed bytes or of the cosignature changes: refused or not that key's. */
static void test_cosignature__no_bit_can_change(void **state)
{
    struct ptn_buffer note = new_note();
    size_t line_at = note.len;
    size_t good = 77;

    (void)state;
    cosign(vault_a, KEEPER_A, TIME_S, &note);
    for (size_t at = 0; at < note.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct ptn_note parsed;
            bool is_text = at < sizeof(TEXT) - 1;

            if (!is_text && at < line_at)
                continue; /* the ledger's own line: not what a cosigner signs */
            note.at[at] ^= (uint8_t)(1u << bit);
            if (ptn_ok(ptn_note_parse(ptn_buffer_bytes(&note), &parsed, NULL)))
                assert_int_not_equal(
                    ptn_cosignature_verify(&parsed, keys, 2, &good, NULL, NULL).code, PTN_C_OK);
            note.at[at] ^= (uint8_t)(1u << bit);
        }
    }
    assert_int_equal(good, 77);
    assert_int_equal(verify(&note, keys, 2, &good, NULL), PTN_C_OK);
    ptn_buffer_release(&note);
}

static void test_cosignature__a_bad_one_refuses_the_whole_note(void **state)
{
    struct ptn_buffer note = new_note();
    size_t good = 77;

    (void)state;
    cosign(vault_b, KEEPER_B, TIME_S, &note);
    /* A's line for another tree. */
    assert_int_equal(
        ptn_cosignature_sign(vault_a, PTN_ROLE_NODE, ptn_bytes_from_text(KEEPER_A),
                             PTN_BYTES_LITERAL("postern.example/durres-seaport\n301\n"
                                               "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"),
                             TIME_S, &note, NULL)
            .code,
        PTN_C_OK);
    assert_int_equal(verify(&note, keys, 2, &good, NULL), PTN_C_CORRUPT);
    assert_int_equal(good, 77);
    /* Whoever does not know A passes the line over. */
    assert_int_equal(verify(&note, &keys[1], 1, &good, NULL), PTN_C_OK);
    assert_int_equal(good, 1);
    ptn_buffer_release(&note);
}

static void test_cosignature__only_checkpoints_are_cosigned(void **state)
{
    static const char *const texts[] = {
        "",
        "hello\n",
        "postern.example/x\n1\nAAAA\n",
        "postern.example/x\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "postern.example/x\xff\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    };
    struct ptn_buffer out;
    struct ptn_note note = { .text = PTN_BYTES_LITERAL("hello\n") };
    size_t good = 77;

    (void)state;
    ptn_buffer_init(&out, 4096);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(ptn_cosignature_sign(vault_a, PTN_ROLE_NODE, ptn_bytes_from_text(KEEPER_A),
                                              ptn_bytes_from_text(texts[i]), TIME_S, &out, NULL)
                             .code,
                         PTN_C_BAD_INPUT);
    assert_int_equal(ptn_cosignature_sign(vault_a, PTN_ROLE_NODE, PTN_BYTES_LITERAL("a b"),
                                          PTN_BYTES_LITERAL(TEXT), TIME_S, &out, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(out.len, 0);
    assert_int_equal(ptn_cosignature_verify(&note, keys, 2, &good, NULL, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(good, 77);
    ptn_buffer_release(&out);
}

static void test_cosignature__keys_are_written_and_read(void **state)
{
    struct ptn_buffer text;
    struct ptn_vkey key;

    (void)state;
    ptn_buffer_init(&text, 1024);
    assert_int_equal(ptn_vkey_write(&text, &keys[0]).code, PTN_C_OK);
    assert_int_equal(ptn_vkey_parse_cosigner(ptn_buffer_bytes(&text), &key, NULL).code, PTN_C_OK);
    assert_int_equal(key.type, PTN_NOTE_TYPE_COSIGNER);
    assert_memory_equal(key.id, keys[0].id, sizeof(key.id));
    assert_memory_equal(key.public_key, keys[0].public_key, sizeof(key.public_key));
    assert_int_equal(ptn_vkey_parse(ptn_buffer_bytes(&text), &key, NULL).code, PTN_C_BAD_INPUT);
    ptn_buffer_clear(&text);
    assert_int_equal(ptn_vkey_make(ptn_bytes_from_text(KEEPER_A), keys[0].public_key, &key).code,
                     PTN_C_OK);
    assert_memory_not_equal(key.id, keys[0].id, sizeof(key.id));
    assert_int_equal(ptn_vkey_write(&text, &key).code, PTN_C_OK);
    assert_int_equal(ptn_vkey_parse_cosigner(ptn_buffer_bytes(&text), &key, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&text);
}

static void test_cosignature__every_failing_allocation_is_survived(void **state)
{
    struct ptn_buffer note = new_note();
    struct ptn_note parsed;
    unsigned long nth = 0;
    bool done = false;

    (void)state;
    cosign(vault_a, KEEPER_A, TIME_S, &note);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&note), &parsed, NULL).code, PTN_C_OK);
    while (!done) {
        struct ptn_buffer out;
        size_t good = 77;
        struct ptn_status status;

        ptn_buffer_init(&out, 4096);
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_cosignature_sign(vault_a, PTN_ROLE_NODE, ptn_bytes_from_text(KEEPER_A),
                                      ptn_buffer_bytes(&note), TIME_S, &out, NULL);
        if (ptn_ok(status))
            status = ptn_cosignature_verify(&parsed, keys, 2, &good, NULL, NULL);
        done = !fault_off();
        assert_int_equal(status.code, done ? PTN_C_OK : PTN_C_NO_MEMORY);
        assert_int_equal(good, done ? 1 : 77);
        ptn_buffer_release(&out);
    }
    assert_true(nth > 3);
    ptn_buffer_release(&note);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cosignature__each_keeper_counts_once),
        cmocka_unit_test(test_cosignature__one_secret_under_two_names_counts_once),
        cmocka_unit_test(test_cosignature__two_kinds_of_signature_are_never_taken_for_each_other),
        cmocka_unit_test(test_cosignature__no_bit_can_change),
        cmocka_unit_test(test_cosignature__a_bad_one_refuses_the_whole_note),
        cmocka_unit_test(test_cosignature__only_checkpoints_are_cosigned),
        cmocka_unit_test(test_cosignature__keys_are_written_and_read),
        cmocka_unit_test(test_cosignature__every_failing_allocation_is_survived),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
