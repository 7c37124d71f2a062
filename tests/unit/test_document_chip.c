/* Goal: a chip is genuine only when each of its files is as a signer of a known authority of the
 * document's own State signed it; everything else is said by name, whatever the bytes are. Nobody
 * named here exists. */
#include "document/chip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chip_made.h"

#define LINES                                                                                      \
    "P<ALBVONTRELI<<ELIZIDA<<<<<<<<<<<<<<<<<<<<<<"                                                 \
    "BA12345678ALB8001014F3001012<<<<<<<<<<<<<<06"
#define LATE "20600101000000Z"

static const struct ptn_date today = { 2026, 11, 30 };

/* A State's authority, its signer, and a chip with two groups. */
struct country {
    struct made authority, signer;
    struct ptn_buffer groups[2], sod, pem;
};

static void sign(struct country *country, const struct made *signer)
{
    struct ptn_bytes groups[2] = { ptn_buffer_bytes(&country->groups[0]),
                                   ptn_buffer_bytes(&country->groups[1]) };

    ptn_buffer_clear(&country->sod);
    made_sod(&country->sod, groups, 2, signer);
}

static int set_up(void **state)
{
    struct country *country = calloc(1, sizeof(*country));

    assert_non_null(country);
    country->authority = made_new("AL", "Authority of nobody", NULL, LATE, 1, false);
    country->signer = made_new("al", "Signer of nobody", &country->authority, LATE, 2, false);
    for (size_t i = 0; i < 2; i++)
        ptn_buffer_init(&country->groups[i], 4096);
    ptn_buffer_init(&country->sod, 65536);
    ptn_buffer_init(&country->pem, 65536);
    made_dg1(&country->groups[0], LINES);
    made_wrap(&country->groups[1], 0x75, PTN_BYTES_LITERAL("a portrait"));
    made_pem(&country->pem, country->authority.certificate);
    sign(country, &country->signer);
    *state = country;
    return 0;
}

static int tear_down(void **state)
{
    struct country *country = *state;

    made_free(&country->authority);
    made_free(&country->signer);
    for (size_t i = 0; i < 2; i++)
        ptn_buffer_release(&country->groups[i]);
    ptn_buffer_release(&country->sod);
    ptn_buffer_release(&country->pem);
    free(country);
    return 0;
}

static struct ptn_chip_trust *trust_of(struct ptn_bytes pem)
{
    struct ptn_chip_trust *trust = NULL;

    assert_true(ptn_ok(ptn_chip_trust_load(pem, &trust, NULL)));
    return trust;
}

static struct ptn_chip_answer check_files(const struct country *country, struct ptn_bytes sod,
                                          const struct ptn_chip_trust *trust)
{
    struct ptn_chip_files files = { .sod = sod };
    struct ptn_chip_answer answer;

    for (size_t i = 0; i < 2; i++)
        files.groups[i] = ptn_buffer_bytes(&country->groups[i]);
    assert_true(ptn_ok(ptn_chip_check(&files, trust, today, &answer, NULL)));
    return answer;
}

static struct ptn_chip_answer check(const struct country *country)
{
    struct ptn_chip_trust *trust = trust_of(ptn_buffer_bytes(&country->pem));
    struct ptn_chip_answer answer = check_files(country, ptn_buffer_bytes(&country->sod), trust);

    ptn_chip_trust_free(trust);
    return answer;
}

static void assert_finding(const struct country *country, enum ptn_chip_finding finding)
{
    struct ptn_chip_answer answer = check(country);

    assert_string_equal(ptn_chip_finding_word(answer.finding), ptn_chip_finding_word(finding));
}

static void test_chip__what_a_known_signer_signed_is_genuine(void **state)
{
    struct ptn_chip_answer answer = check(*state);

    assert_int_equal(answer.finding, PTN_CHIP_GENUINE);
    assert_null(answer.why);
    assert_int_equal(answer.listed, 3);
    assert_int_equal(answer.checked, 3);
    assert_int_equal(answer.altered, 0);
    assert_string_equal(answer.mrz, LINES);
    assert_string_equal(answer.state, "ALB");
    assert_string_equal(answer.digest, "SHA256");
    assert_int_equal(answer.until.year, 2060);
    assert_int_equal(strlen(answer.signer), 64);
}

static void test_chip__a_changed_group_is_altered_and_named(void **state)
{
    struct country *country = *state;
    struct ptn_chip_answer answer;

    country->groups[1].at[4] ^= 1;
    answer = check(country);
    assert_int_equal(answer.finding, PTN_CHIP_ALTERED);
    assert_int_equal(answer.checked, 1);
    assert_int_equal(answer.altered, 2);
}

static void test_chip__lines_that_were_changed_are_not_handed_on(void **state)
{
    struct country *country = *state;
    struct ptn_chip_answer answer;

    country->groups[0].at[country->groups[0].len - 1] = '7';
    answer = check(country);
    assert_int_equal(answer.finding, PTN_CHIP_ALTERED);
    assert_string_equal(answer.mrz, "");
}

static void test_chip__a_group_that_nobody_signed_is_altered(void **state)
{
    struct country *country = *state;
    struct ptn_bytes first = ptn_buffer_bytes(&country->groups[0]);

    ptn_buffer_clear(&country->sod);
    made_sod(&country->sod, &first, 1, &country->signer);
    assert_finding(country, PTN_CHIP_ALTERED);
}

static void test_chip__a_group_that_was_not_read_is_no_fault(void **state)
{
    struct country *country = *state;
    struct ptn_chip_answer answer;

    ptn_buffer_clear(&country->groups[1]);
    answer = check(country);
    assert_int_equal(answer.finding, PTN_CHIP_GENUINE);
    assert_int_equal(answer.listed, 3);
    assert_int_equal(answer.checked, 1);
}

static void test_chip__nothing_held_of_that_state_is_not_confirmed(void **state)
{
    struct country *country = *state;
    struct made other = made_new("IT", "Another authority", NULL, LATE, 1, false);

    ptn_buffer_clear(&country->pem);
    made_pem(&country->pem, other.certificate);
    made_free(&other);
    assert_finding(country, PTN_CHIP_NOT_HELD);
}

static void test_chip__a_signer_that_calls_itself_the_state_is_unknown(void **state)
{
    struct country *country = *state;
    struct made forger = made_new("AL", "Authority of nobody", NULL, LATE, 1, false);
    struct made signer = made_new("AL", "Signer of nobody", &forger, LATE, 2, false);

    sign(country, &signer);
    assert_finding(country, PTN_CHIP_SIGNER_UNKNOWN);
    made_free(&forger);
    made_free(&signer);
}

static void test_chip__another_states_signature_is_not_this_states(void **state)
{
    struct country *country = *state;
    struct made authority = made_new("IT", "Another authority", NULL, LATE, 1, false);
    struct made signer = made_new("IT", "Another signer", &authority, LATE, 2, false);

    made_pem(&country->pem, authority.certificate);
    sign(country, &signer);
    assert_finding(country, PTN_CHIP_SIGNER_OTHER);
    made_free(&authority);
    made_free(&signer);
}

static void test_chip__a_signer_that_has_run_out_is_said(void **state)
{
    struct country *country = *state;
    struct made signer =
        made_new("AL", "Signer of then", &country->authority, "20261129235959Z", 3, false);
    struct made last =
        made_new("AL", "Signer of today", &country->authority, "20261130000000Z", 4, false);

    sign(country, &signer);
    assert_finding(country, PTN_CHIP_SIGNER_EXPIRED);
    sign(country, &last); /* its last day counts */
    assert_finding(country, PTN_CHIP_GENUINE);
    made_free(&signer);
    made_free(&last);
}

/* A revocation list of the authority with one serial number, signed by that key. */
static void add_revocation(struct country *country, long serial, EVP_PKEY *key)
{
    X509_CRL *list = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *when = ASN1_TIME_new();
    BIO *to = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len;

    assert_int_equal(ASN1_INTEGER_set(number, serial), 1);
    assert_int_equal(ASN1_TIME_set_string(when, "20260101000000Z"), 1);
    assert_int_equal(X509_REVOKED_set_serialNumber(entry, number), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(entry, when), 1);
    assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
    assert_int_equal(X509_CRL_set_version(list, 1), 1);
    assert_int_equal(
        X509_CRL_set_issuer_name(list, X509_get_subject_name(country->authority.certificate)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(list, when), 1);
    assert_true(X509_CRL_sign(list, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_CRL(to, list), 1);
    len = BIO_get_mem_data(to, &text);
    assert_true(ptn_ok(ptn_buffer_add(&country->pem, ptn_bytes_of(text, (size_t)len))));
    BIO_free(to);
    ASN1_TIME_free(when);
    ASN1_INTEGER_free(number);
    X509_CRL_free(list);
}

static void test_chip__a_revoked_signer_is_said_and_only_its_authority_can_revoke(void **state)
{
    struct country *country = *state;

    add_revocation(country, 3, country->authority.key); /* another's number */
    add_revocation(country, 2, country->signer.key);    /* not the authority's word */
    assert_finding(country, PTN_CHIP_GENUINE);
    add_revocation(country, 2, country->authority.key);
    assert_finding(country, PTN_CHIP_SIGNER_REVOKED);
}

/* A quarter of the world's authorities write their curve out, which OpenSSL's chains refuse. */
static void test_chip__an_authority_may_spell_its_curve_out(void **state)
{
    struct country *country = *state;
    struct made authority = made_new("AL", "An explicit authority", NULL, LATE, 1, true);
    struct made signer = made_new("AL", "An explicit signer", &authority, LATE, 2, true);

    made_pem(&country->pem, authority.certificate);
    sign(country, &signer);
    assert_finding(country, PTN_CHIP_GENUINE);
    made_free(&authority);
    made_free(&signer);
}

static void test_chip__a_security_object_cut_short_is_never_genuine(void **state)
{
    struct country *country = *state;
    struct ptn_chip_trust *trust = trust_of(ptn_buffer_bytes(&country->pem));

    for (size_t len = 0; len < country->sod.len; len++)
        assert_int_equal(check_files(country, ptn_bytes_of(country->sod.at, len), trust).finding,
                         PTN_CHIP_UNREADABLE);
    ptn_chip_trust_free(trust);
}

/* A few bits of the frame are not signed; none of them changes what is said. */
static void test_chip__a_flipped_bit_is_found_or_means_nothing(void **state)
{
    struct country *country = *state;
    struct ptn_chip_trust *trust = trust_of(ptn_buffer_bytes(&country->pem));
    struct ptn_chip_answer whole = check(country);
    size_t genuine = 0;

    for (size_t i = 0; i < country->sod.len; i++) {
        struct ptn_chip_answer answer;

        country->sod.at[i] ^= (uint8_t)(1u << (i % 8));
        answer = check_files(country, ptn_buffer_bytes(&country->sod), trust);
        country->sod.at[i] ^= (uint8_t)(1u << (i % 8));
        if (answer.finding != PTN_CHIP_GENUINE)
            continue;
        genuine++;
        assert_string_equal(answer.mrz, LINES);
        assert_int_equal(answer.checked, whole.checked);
        assert_string_equal(answer.state, whole.state);
    }
    assert_true(genuine < country->sod.len / 20);
    ptn_chip_trust_free(trust);
}

static void test_chip__the_page_says_what_the_chip_says(void **state)
{
    static const struct {
        const char *page;
        bool same;
    } rows[] = {
        { "P<ALBVONTRELI<<ELIZIDA<<<<<<<<<<<<<<<<<<<<<<\n"
          "BA12345678ALB8001014F3001012<<<<<<<<<<<<<<06\n",
          true },
        { "P<ALBVONTRELI<<ELIZIDE<<<<<<<<<<<<<<<<<<<<<<\n"
          "BA12345678ALB8001014F3001012<<<<<<<<<<<<<<06\n",
          false },
        { "P<ALBVONTRELI<<ELIZIDA<<<<<<<<<<<<<<<<<<<<<<\n", false },
        { "", false },
    };
    struct ptn_chip_answer answer = check(*state);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_mrz mrz;

        assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(rows[i].page), today, &mrz, NULL)));
        assert_int_equal(ptn_chip_same_lines(&answer, &mrz), rows[i].same);
    }
}

/* ---- master lists ---- */

static void make_list(struct ptn_buffer *out, const struct made *signer, const struct made *listed)
{
    struct ptn_buffer inner = { .len_max = 65536 }, whole = { .len_max = 65536 };
    unsigned char *der = NULL;
    uint8_t zero = 0;
    int len = i2d_X509(listed->certificate, &der);

    assert_true(len > 0);
    made_wrap(&inner, 0x02, ptn_bytes_of(&zero, 1));
    made_wrap(&inner, 0x31, ptn_bytes_of(der, (size_t)len));
    made_wrap(&whole, 0x30, ptn_buffer_bytes(&inner));
    made_sign(out, "2.23.136.1.1.2", ptn_buffer_bytes(&whole), signer);
    OPENSSL_free(der);
    ptn_buffer_release(&inner);
    ptn_buffer_release(&whole);
}

static void test_list__a_known_authoritys_list_adds_what_it_has(void **state)
{
    struct country *country = *state;
    struct made other = made_new("IT", "Another authority", NULL, LATE, 1, false);
    struct ptn_chip_trust *trust = trust_of(ptn_buffer_bytes(&country->pem));
    struct ptn_buffer list = { .len_max = 65536 }, pem = { .len_max = 65536 };
    struct ptn_chip_trust *again;
    size_t count = 0;

    make_list(&list, &country->signer, &other);
    for (int twice = 0; twice < 2; twice++) {
        assert_true(ptn_ok(ptn_chip_trust_add_list(trust, ptn_buffer_bytes(&list), &count, NULL)));
        assert_int_equal(count, 1);
        assert_int_equal(ptn_chip_trust_held(trust).authorities, 2);
        assert_int_equal(ptn_chip_trust_held(trust).states, 2);
    }
    assert_true(ptn_ok(ptn_chip_trust_write(trust, &pem)));
    again = trust_of(ptn_buffer_bytes(&pem));
    assert_int_equal(ptn_chip_trust_held(again).authorities, 2);
    ptn_chip_trust_free(again);
    ptn_chip_trust_free(trust);
    ptn_buffer_release(&list);
    ptn_buffer_release(&pem);
    made_free(&other);
}

static void test_list__nobody_knowns_list_adds_nothing(void **state)
{
    struct country *country = *state;
    struct made forger = made_new("AL", "Authority of nobody", NULL, LATE, 1, false);
    struct made signer = made_new("AL", "Signer of nobody", &forger, LATE, 2, false);
    struct ptn_chip_trust *trust = trust_of(ptn_buffer_bytes(&country->pem));
    struct ptn_buffer list = { .len_max = 65536 };
    size_t count = 0;

    make_list(&list, &signer, &forger);
    assert_int_equal(ptn_chip_trust_add_list(trust, ptn_buffer_bytes(&list), &count, NULL).code,
                     PTN_C_BAD_INPUT);
    /* nor does a security object, which is signed by the right one */
    assert_int_equal(
        ptn_chip_trust_add_list(
            trust, ptn_bytes_slice(ptn_buffer_bytes(&country->sod), 4, SIZE_MAX), &count, NULL)
            .code,
        PTN_C_BAD_INPUT);
    assert_int_equal(ptn_chip_trust_held(trust).authorities, 1);
    ptn_chip_trust_free(trust);
    ptn_buffer_release(&list);
    made_free(&forger);
    made_free(&signer);
}

static void test_trust__what_is_no_certificate_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "nothing here",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n",
        "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
        "0\x01",
    };
    struct ptn_chip_trust *trust = ptn_chip_trust_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_diag diag = { 0 };

        assert_int_equal(ptn_chip_trust_add(trust, ptn_bytes_from_text(rows[i]), &diag).code,
                         PTN_C_BAD_INPUT);
        assert_non_null(diag.text);
    }
    assert_int_equal(ptn_chip_trust_held(trust).authorities, 0);
    ptn_chip_trust_free(trust);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define WITH_COUNTRY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        WITH_COUNTRY(test_chip__what_a_known_signer_signed_is_genuine),
        WITH_COUNTRY(test_chip__a_changed_group_is_altered_and_named),
        WITH_COUNTRY(test_chip__lines_that_were_changed_are_not_handed_on),
        WITH_COUNTRY(test_chip__a_group_that_nobody_signed_is_altered),
        WITH_COUNTRY(test_chip__a_group_that_was_not_read_is_no_fault),
        WITH_COUNTRY(test_chip__nothing_held_of_that_state_is_not_confirmed),
        WITH_COUNTRY(test_chip__a_signer_that_calls_itself_the_state_is_unknown),
        WITH_COUNTRY(test_chip__another_states_signature_is_not_this_states),
        WITH_COUNTRY(test_chip__a_signer_that_has_run_out_is_said),
        WITH_COUNTRY(test_chip__a_revoked_signer_is_said_and_only_its_authority_can_revoke),
        WITH_COUNTRY(test_chip__an_authority_may_spell_its_curve_out),
        WITH_COUNTRY(test_chip__a_security_object_cut_short_is_never_genuine),
        WITH_COUNTRY(test_chip__a_flipped_bit_is_found_or_means_nothing),
        WITH_COUNTRY(test_chip__the_page_says_what_the_chip_says),
        WITH_COUNTRY(test_list__a_known_authoritys_list_adds_what_it_has),
        WITH_COUNTRY(test_list__nobody_knowns_list_adds_nothing),
        cmocka_unit_test(test_trust__what_is_no_certificate_is_refused),
    };

    return cmocka_run_group_tests_name("document_chip", tests, NULL, NULL);
}
