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
};

static int set_up(void **state)
{
    static struct setting setting;

    setting.world = ptn_world_seeded(1, 0);
    assert_non_null(setting.world);
    assert_int_equal(setting.world->files->make_dir(setting.world->context, DIR).code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(setting.world, DIR, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(setting.world, DIR, &setting.vault, NULL).code, PTN_C_OK);
    ptn_epoch_open(setting.vault, 20000, 3, &setting.epoch);
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
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct ptn_bytes text = ptn_bytes_of(payload, lens[i]);
        uint8_t commitment[PTN_COMMITMENT_LEN];
        struct ptn_buffer sealed;
        struct ptn_buffer opened;

        ptn_buffer_init(&sealed, 100000);
        ptn_buffer_init(&opened, lens[i] + 1); /* the byte before it stays */
        assert_int_equal(ptn_buffer_add_u8(&opened, 42).code, PTN_C_OK);
        assert_int_equal(
            ptn_seal(setting->world, &setting->epoch, BOUND, text, &sealed, commitment).code,
            PTN_C_OK);
        assert_int_equal(sealed.len, lens[i] + PTN_SEAL_OVERHEAD);
        assert_int_equal(
            ptn_unseal(setting->vault, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened, NULL)
                .code,
            PTN_C_OK);
        assert_int_equal(opened.len, lens[i] + 1);
        assert_int_equal(opened.at[0], 42);
        assert_memory_equal(opened.at + 1, payload, lens[i]);
        ptn_buffer_release(&sealed);
        ptn_buffer_release(&opened);
    }
}

static void test_seal__equal_payloads_look_different(void **state)
{
    struct setting *setting = *state;
    uint8_t commitments[2][PTN_COMMITMENT_LEN];
    struct ptn_buffer sealed;
    size_t len;

    ptn_buffer_init(&sealed, 1000);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ptn_seal(setting->world, &setting->epoch, BOUND,
                                  PTN_BYTES_LITERAL("the same"), &sealed, commitments[i])
                             .code,
                         PTN_C_OK);
    len = sealed.len / 2;
    assert_memory_equal(sealed.at, sealed.at + len, 6); /* version, class, day */
    for (size_t at = 6; at + 16 <= len; at += 16)
        assert_memory_not_equal(sealed.at + at, sealed.at + len + at, 16);
    assert_memory_not_equal(commitments[0], commitments[1], PTN_COMMITMENT_LEN);
    ptn_buffer_release(&sealed);
}

/* SEAL-1: any other byte anywhere, and it does not open. */
static void test_seal__opens_only_as_it_was_sealed(void **state)
{
    struct setting *setting = *state;
    uint8_t commitment[PTN_COMMITMENT_LEN];
    uint8_t bound[] = "ledger, index, header";
    struct ptn_buffer sealed;
    struct ptn_buffer opened;

    ptn_buffer_init(&sealed, 1000);
    ptn_buffer_init(&opened, 1000);
    assert_int_equal(ptn_seal(setting->world, &setting->epoch, BOUND, PTN_BYTES_LITERAL("hello"),
                              &sealed, commitment)
                         .code,
                     PTN_C_OK);
    for (size_t at = 0; at < sealed.len + PTN_COMMITMENT_LEN + sizeof(bound) - 1; at++) {
        uint8_t *byte = at < sealed.len ? &sealed.at[at]
                        : at < sealed.len + PTN_COMMITMENT_LEN
                            ? &commitment[at - sealed.len]
                            : &bound[at - sealed.len - PTN_COMMITMENT_LEN];
        struct ptn_status status;

        *byte ^= 0x10;
        status = ptn_unseal(setting->vault, ptn_bytes_of(bound, sizeof(bound) - 1), commitment,
                            ptn_buffer_bytes(&sealed), &opened, NULL);
        assert_int_equal(status.code, at == 0 ? PTN_C_BAD_INPUT : PTN_C_CORRUPT);
        assert_int_equal(opened.len, 0);
        *byte ^= 0x10;
    }
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(ptn_unseal(setting->vault, BOUND, commitment, ptn_bytes_of(sealed.at, len),
                                    &opened, NULL)
                             .code,
                         len < PTN_SEAL_OVERHEAD ? PTN_C_BAD_INPUT : PTN_C_CORRUPT);
    assert_int_equal(
        ptn_unseal(setting->vault, BOUND, commitment, ptn_buffer_bytes(&sealed), &opened, NULL)
            .code,
        PTN_C_OK);
    ptn_buffer_release(&sealed);
    ptn_buffer_release(&opened);
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

    ptn_buffer_init(&out, text.len + PTN_SEAL_OVERHEAD - 1);
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
        cmocka_unit_test(test_seal__another_node_opens_nothing),
        cmocka_unit_test(test_seal__epochs_differ_by_day_and_class),
        cmocka_unit_test(test_seal__limits_and_no_memory_leave_the_buffer_alone),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
