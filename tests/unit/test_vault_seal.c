#include "vault/seal.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define DIR   "/node"
#define BOUND PTN_BYTES_LITERAL("ledger, index, header")

struct setting {
    struct ptn_world *world;
    struct ptn_vault *vault;
    struct ptn_epoch epoch;
    struct ptn_epoch drawn; /* of scheme 2 */
};

/* Both schemes, for what is true of both. */
static const struct ptn_epoch *epoch_of(const struct setting *setting, unsigned scheme)
{
    return scheme == 1 ? &setting->epoch : &setting->drawn;
}

static size_t overhead_of(unsigned scheme)
{
    return scheme == 1 ? PTN_SEAL_OVERHEAD_1 : PTN_SEAL_OVERHEAD;
}

/* Scheme 1 opens with the vault, scheme 2 with the epoch. */
static struct ptn_status unseal(const struct setting *setting, unsigned scheme,
                                struct ptn_bytes bound, const uint8_t *commitment,
                                struct ptn_bytes sealed, struct ptn_buffer *out)
{
    if (scheme == 1)
        return ptn_unseal(setting->vault, bound, commitment, sealed, out, NULL);
    return ptn_unseal_with(&setting->drawn, bound, commitment, sealed, out, NULL);
}

static int set_up(void **state)
{
    static struct setting setting;

    setting.world = ptn_world_seeded(1, 0);
    assert_non_null(setting.world);
    assert_int_equal(setting.world->files->make_dir(setting.world->context, DIR).code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(setting.world, DIR, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(setting.world, DIR, &setting.vault, NULL).code, PTN_C_OK);
    ptn_epoch_open(setting.vault, 20000, 3, &setting.epoch);
    ptn_epoch_new(setting.world, 20000, 3, 0x0102030405060708, &setting.drawn);
    *state = &setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    ptn_epoch_forget(&setting->epoch);
    ptn_vault_close(setting->vault);
    ptn_world_seeded_free(setting->world);
    return 0;
}

static void test_seal__opens_to_what_was_sealed(void **state)
{
    static const size_t lens[] = { 0, 1, 15, 16, 17, 63, 64, 65, 600, 70000 };
    static uint8_t payload[70000];
    struct setting *setting = *state;

    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++) {
        struct ptn_bytes text = ptn_bytes_of(payload, lens[i / 2]);
        const unsigned scheme = 1 + i % 2;
        uint8_t commitment[PTN_COMMITMENT_LEN];
        struct ptn_sealed parts;
        struct ptn_buffer sealed;
        struct ptn_buffer opened;

        ptn_buffer_init(&sealed, 100000);
        ptn_buffer_init(&opened, text.len + 1); /* the byte before it stays */
        assert_int_equal(ptn_buffer_add_u8(&opened, 42).code, PTN_C_OK);
        assert_int_equal(
            ptn_seal(setting->world, epoch_of(setting, scheme), BOUND, text, &sealed, commitment)
                .code,
            PTN_C_OK);
        assert_int_equal(sealed.len, text.len + overhead_of(scheme));
        assert_true(ptn_ok(ptn_sealed_parse(ptn_buffer_bytes(&sealed), &parts, NULL)));
        assert_int_equal(parts.scheme, scheme);
        assert_int_equal(parts.retention, 3);
        assert_int_equal(parts.day, 20000);
        assert_true(parts.entry == (scheme == 1 ? 0 : 0x0102030405060708));
        assert_int_equal(parts.payload_len, text.len);
        assert_int_equal(
            unseal(setting, scheme, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened).code,
            PTN_C_OK);
        assert_int_equal(opened.len, text.len + 1);
        assert_int_equal(opened.at[0], 42);
        assert_memory_equal(opened.at + 1, payload, text.len);
        ptn_buffer_release(&sealed);
        ptn_buffer_release(&opened);
    }
}

static void test_seal__equal_payloads_look_different(void **state)
{
    struct setting *setting = *state;

    for (unsigned scheme = 1; scheme <= 2; scheme++) {
        const size_t head = scheme == 1 ? 6 : 14;
        uint8_t commitments[2][PTN_COMMITMENT_LEN];
        struct ptn_buffer sealed;
        size_t len;

        ptn_buffer_init(&sealed, 1000);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(ptn_seal(setting->world, epoch_of(setting, scheme), BOUND,
                                      PTN_BYTES_LITERAL("the same"), &sealed, commitments[i])
                                 .code,
                             PTN_C_OK);
        len = sealed.len / 2;
        assert_memory_equal(sealed.at, sealed.at + len, head); /* scheme, class, day, entry */
        for (size_t at = head; at + 16 <= len; at += 16)
            assert_memory_not_equal(sealed.at + at, sealed.at + len + at, 16);
        assert_memory_not_equal(commitments[0], commitments[1], PTN_COMMITMENT_LEN);
        ptn_buffer_release(&sealed);
    }
}

/* SEAL-1: any other byte anywhere, and it does not open. */
static void test_seal__opens_only_as_it_was_sealed(void **state)
{
    struct setting *setting = *state;

    for (unsigned scheme = 1; scheme <= 2; scheme++) {
        uint8_t commitment[PTN_COMMITMENT_LEN];
        uint8_t bound[] = "ledger, index, header";
        struct ptn_buffer sealed;
        struct ptn_buffer opened;

        ptn_buffer_init(&sealed, 1000);
        ptn_buffer_init(&opened, 1000);
        assert_int_equal(ptn_seal(setting->world, epoch_of(setting, scheme), BOUND,
                                  PTN_BYTES_LITERAL("hello"), &sealed, commitment)
                             .code,
                         PTN_C_OK);
        for (size_t at = 0; at < sealed.len + PTN_COMMITMENT_LEN + sizeof(bound) - 1; at++) {
            uint8_t *byte = at < sealed.len ? &sealed.at[at]
                            : at < sealed.len + PTN_COMMITMENT_LEN
                                ? &commitment[at - sealed.len]
                                : &bound[at - sealed.len - PTN_COMMITMENT_LEN];
            struct ptn_status status;

            *byte ^= 0x10;
            status = unseal(setting, scheme, ptn_bytes_of(bound, sizeof(bound) - 1), commitment,
                            ptn_buffer_bytes(&sealed), &opened);
            assert_int_equal(status.code, at == 0 ? PTN_C_BAD_INPUT : PTN_C_CORRUPT);
            assert_int_equal(opened.len, 0);
            *byte ^= 0x10;
        }
        for (size_t len = 0; len < sealed.len; len++)
            assert_int_equal(
                unseal(setting, scheme, BOUND, commitment, ptn_bytes_of(sealed.at, len), &opened)
                    .code,
                len < overhead_of(scheme) ? PTN_C_BAD_INPUT : PTN_C_CORRUPT);
        assert_int_equal(
            unseal(setting, scheme, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened).code,
            PTN_C_OK);
        ptn_buffer_release(&sealed);
        ptn_buffer_release(&opened);
    }
}

/* Bytes made under one scheme never pass for the other's. */
static void test_seal__schemes_do_not_mix(void **state)
{
    struct setting *setting = *state;
    uint8_t commitment[PTN_COMMITMENT_LEN];
    struct ptn_buffer sealed;
    struct ptn_buffer opened;

    ptn_buffer_init(&sealed, 1000);
    ptn_buffer_init(&opened, 1000);
    assert_true(ptn_ok(ptn_seal(setting->world, &setting->drawn, BOUND, PTN_BYTES_LITERAL("hello"),
                                &sealed, commitment)));
    assert_int_equal(
        ptn_unseal(setting->vault, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened, NULL)
            .code,
        PTN_C_BAD_INPUT);
    assert_int_equal(ptn_unseal_nothing(commitment, ptn_buffer_bytes(&sealed), &opened, NULL).code,
                     PTN_C_BAD_INPUT);
    for (unsigned scheme = 0; scheme < 256; scheme++) {
        struct ptn_epoch epoch = setting->drawn;

        sealed.at[0] = (uint8_t)scheme;
        epoch.scheme = scheme == 1 ? 1 : 2;
        epoch.entry = scheme == 1 ? 0 : epoch.entry;
        assert_int_equal(
            ptn_unseal_with(&epoch, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened, NULL)
                .code,
            scheme == 2   ? PTN_C_OK
            : scheme == 1 ? PTN_C_CORRUPT
                          : PTN_C_BAD_INPUT);
    }
    ptn_buffer_release(&sealed);
    ptn_buffer_release(&opened);
}

static void test_seal__scheme_0_keeps_the_bytes_and_promises_no_key(void **state)
{
    uint8_t commitment[PTN_COMMITMENT_LEN];
    struct ptn_sealed parts;
    struct ptn_buffer sealed;
    struct ptn_buffer opened;

    (void)state;
    ptn_buffer_init(&sealed, 6);
    ptn_buffer_init(&opened, 5);
    assert_true(ptn_ok(ptn_seal_nothing(PTN_BYTES_LITERAL("hello"), &sealed, commitment)));
    assert_int_equal(sealed.len, 5 + PTN_SEAL_OVERHEAD_0);
    assert_memory_equal(sealed.at, "\0hello", 6);
    assert_true(ptn_ok(ptn_sealed_parse(ptn_buffer_bytes(&sealed), &parts, NULL)));
    assert_int_equal(parts.scheme, 0);
    assert_int_equal(parts.payload_len, 5);
    assert_true(ptn_ok(ptn_unseal_nothing(commitment, ptn_buffer_bytes(&sealed), &opened, NULL)));
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&opened), "hello"));
    assert_int_equal(ptn_unseal_nothing(commitment, ptn_buffer_bytes(&sealed), &opened, NULL).code,
                     PTN_C_TOO_BIG);
    commitment[31] = 1;
    ptn_buffer_clear(&opened);
    assert_int_equal(ptn_unseal_nothing(commitment, ptn_buffer_bytes(&sealed), &opened, NULL).code,
                     PTN_C_CORRUPT);
    assert_int_equal(ptn_seal_nothing(PTN_BYTES_LITERAL("hello"), &sealed, commitment).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(sealed.len, 6);
    ptn_buffer_release(&sealed);
    ptn_buffer_release(&opened);
}

/* ---- boxes ---- */

static void test_seal__an_epoch_opens_for_the_readers_it_was_boxed_for(void **state)
{
    struct setting *setting = *state;
    struct ptn_vault *vault = NULL;
    struct ptn_reading readings[2];
    struct ptn_epoch opened = { .scheme = 2, .day = 20000, .retention = 3 };
    uint8_t box[PTN_EPOCH_BOX_LEN];
    uint8_t again[PTN_EPOCH_BOX_LEN];

    for (unsigned i = 0; i < 2; i++)
        assert_true(ptn_ok(ptn_reading_make(setting->world, DIR,
                                            (struct ptn_date){ 2026, (uint8_t)(11 + i), 0 },
                                            &readings[i], NULL)));
    assert_true(ptn_ok(ptn_vault_open(setting->world, DIR, &vault, NULL)));
    assert_true(ptn_ok(ptn_epoch_box(setting->world, &setting->drawn, readings[0].key, box)));
    assert_true(ptn_ok(ptn_epoch_box(setting->world, &setting->drawn, readings[0].key, again)));
    assert_memory_not_equal(box, again, sizeof(box));
    assert_true(ptn_ok(ptn_epoch_unbox(vault, readings[0].key, box, &opened)));
    assert_memory_equal(opened.key, setting->drawn.key, sizeof(opened.key));
    /* The other month's key does not, nor does a vault without either. */
    memset(opened.key, 7, sizeof(opened.key));
    assert_int_equal(ptn_epoch_unbox(vault, readings[1].key, box, &opened).code, PTN_C_CORRUPT);
    assert_int_equal(ptn_epoch_unbox(setting->vault, readings[0].key, box, &opened).code,
                     PTN_C_NOT_FOUND);
    for (size_t at = 0; at < sizeof(box); at++) {
        /* the top bit of an X25519 key is no part of it, but it is of the nonce */
        box[at] ^= 0x80;
        assert_int_equal(ptn_epoch_unbox(vault, readings[0].key, box, &opened).code, PTN_C_CORRUPT);
        box[at] ^= 0x80;
    }
    assert_int_equal(opened.key[0], 7);
    ptn_vault_close(vault);
}

static void test_seal__nothing_is_boxed_for_a_key_of_low_order(void **state)
{
    static const uint8_t low[][PTN_READING_KEY_LEN] = {
        { 0 },
        { 1 },
        { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
          0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
          0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
    };
    static const uint8_t base[PTN_READING_KEY_LEN] = { 9 };
    struct setting *setting = *state;
    uint8_t box[PTN_EPOCH_BOX_LEN] = { 5 };

    for (size_t i = 0; i < sizeof(low) / sizeof(low[0]); i++) {
        assert_false(ptn_reading_usable(low[i]));
        assert_int_equal(ptn_epoch_box(setting->world, &setting->drawn, low[i], box).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(box[0], 5);
    }
    assert_true(ptn_reading_usable(base));
}

static void test_seal__another_node_opens_nothing(void **state)
{
    struct setting *setting = *state;
    struct ptn_vault *other = NULL;
    uint8_t commitment[PTN_COMMITMENT_LEN];
    struct ptn_buffer sealed;
    struct ptn_buffer opened;

    assert_int_equal(setting->world->files->make_dir(setting->world->context, "/other").code,
                     PTN_C_OK);
    assert_int_equal(ptn_vault_create(setting->world, "/other", NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(setting->world, "/other", &other, NULL).code, PTN_C_OK);
    ptn_buffer_init(&sealed, 1000);
    ptn_buffer_init(&opened, 1000);
    assert_int_equal(ptn_seal(setting->world, &setting->epoch, BOUND, PTN_BYTES_LITERAL("hello"),
                              &sealed, commitment)
                         .code,
                     PTN_C_OK);
    assert_int_equal(
        ptn_unseal(other, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened, NULL).code,
        PTN_C_CORRUPT);
    ptn_buffer_release(&sealed);
    ptn_buffer_release(&opened);
    ptn_vault_close(other);
}

static void test_seal__epochs_differ_by_day_and_class(void **state)
{
    static const struct {
        uint32_t day;
        uint8_t retention;
    } others[] = { { 20001, 3 }, { 20000, 4 }, { 78, 32 }, { 0, 0 }, { UINT32_MAX, 255 } };
    struct setting *setting = *state;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct ptn_epoch epoch;

        ptn_epoch_open(setting->vault, others[i].day, others[i].retention, &epoch);
        assert_memory_not_equal(epoch.key, setting->epoch.key, sizeof(epoch.key));
    }
}

static void test_seal__limits_and_no_memory_leave_the_buffer_alone(void **state)
{
    struct setting *setting = *state;
    uint8_t commitment[PTN_COMMITMENT_LEN] = { 9 };
    struct ptn_buffer out;
    struct ptn_bytes text = PTN_BYTES_LITERAL("hello");

    ptn_buffer_init(&out, text.len + PTN_SEAL_OVERHEAD_1 - 1);
    assert_int_equal(ptn_seal(setting->world, &setting->epoch, BOUND, text, &out, commitment).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(ptn_seal(setting->world, &setting->epoch, BOUND,
                              ptn_bytes_of(text.at, PTN_PAYLOAD_LEN_MAX + 1), &out, commitment)
                         .code,
                     PTN_C_TOO_BIG);
    ptn_buffer_release(&out);
    ptn_buffer_init(&out, 1000);
    fault_allocation(1, FAULT_ONCE);
    assert_int_equal(ptn_seal(setting->world, &setting->epoch, BOUND, text, &out, commitment).code,
                     PTN_C_NO_MEMORY);
    assert_true(fault_off());
    assert_int_equal(out.len, 0);
    assert_int_equal(commitment[0], 9);
    ptn_buffer_release(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal__opens_to_what_was_sealed),
        cmocka_unit_test(test_seal__equal_payloads_look_different),
        cmocka_unit_test(test_seal__opens_only_as_it_was_sealed),
        cmocka_unit_test(test_seal__schemes_do_not_mix),
        cmocka_unit_test(test_seal__scheme_0_keeps_the_bytes_and_promises_no_key),
        cmocka_unit_test(test_seal__an_epoch_opens_for_the_readers_it_was_boxed_for),
        cmocka_unit_test(test_seal__nothing_is_boxed_for_a_key_of_low_order),
        cmocka_unit_test(test_seal__another_node_opens_nothing),
        cmocka_unit_test(test_seal__epochs_differ_by_day_and_class),
        cmocka_unit_test(test_seal__limits_and_no_memory_leave_the_buffer_alone),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
