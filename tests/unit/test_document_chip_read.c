/* Goal: the chip of a travel document opens with the lines of its own page and with nothing else,
 * its files come as they are on it, and nobody who sits between, and no chip however wrong, makes a
 * reader take other bytes for them. The worked examples are those of Doc 9303 part 11. */
#include "document/chip_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "chip_card.h"

#define KEY       "L898902C<369080619406236"
#define OTHER_KEY "L898902C<369080619406247"
#define NUMBER    "123456"
#define FILE_MAX  70000u
#define FIXED_MAX 80u

static const struct ptn_date today = { 2026, 11, 30 };

/* ---- a world whose next random bytes a test can say ---- */

struct fixed {
    struct ptn_world world;
    uint8_t bytes[FIXED_MAX];
    size_t len, at;
    uint64_t seed;
};

static void fixed_random(void *context, uint8_t *at, size_t len)
{
    struct fixed *fixed = context;

    for (size_t i = 0; i < len; i++) {
        fixed->seed = fixed->seed * UINT64_C(6364136223846793005) + 1;
        at[i] = fixed->at < fixed->len ? fixed->bytes[fixed->at++] : (uint8_t)(fixed->seed >> 56);
    }
}

static struct fixed *fixed_new(const char *hex)
{
    struct fixed *fixed = calloc(1, sizeof(*fixed));

    assert_non_null(fixed);
    fixed->world = (struct ptn_world){ .context = fixed, .random = fixed_random };
    fixed->len = strlen(hex) / 2;
    fixed->seed = 7;
    assert_true(ptn_hex_read_exactly(ptn_bytes_from_text(hex), fixed->bytes, fixed->len));
    return fixed;
}

/* ---- a chip with four files ---- */

static uint8_t long_file[66000], middle_file[300], short_file[20];
static uint8_t card_access[64];

/* A file of that length, with its tag and its own length. */
static void fill(uint8_t *at, size_t len, uint8_t tag)
{
    size_t head = len < 130 ? 2 : len < 259 ? 3 : len < 65540 ? 4 : 5, inner = len - head;

    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)(i * 31 + (i >> 8));
    at[0] = tag;
    for (size_t i = 1; i < head; i++)
        at[i] = (uint8_t)(i == 1 && head > 2 ? 0x7e + head : inner >> 8 * (head - 1 - i));
}

static struct card make_card(void)
{
    struct card card = { .lines = KEY, .number = NUMBER, .basic = true, .seed = 1 };

    fill(short_file, sizeof(short_file), 0x60);
    fill(middle_file, sizeof(middle_file), 0x77);
    fill(long_file, sizeof(long_file), 0x75);
    card.files[0] =
        (struct card_file){ 0x011e, ptn_bytes_of(short_file, sizeof(short_file)), false };
    card.files[1] =
        (struct card_file){ 0x011d, ptn_bytes_of(middle_file, sizeof(middle_file)), false };
    card.files[2] = (struct card_file){ 0x0102, ptn_bytes_of(long_file, sizeof(long_file)), false };
    card.files[3] =
        (struct card_file){ 0x0103, ptn_bytes_of(short_file, sizeof(short_file)), true };
    return card;
}

/* It offers PACE with that cipher, by generic mapping, and something else before. */
static void offer_pace(struct card *card, unsigned cipher, int curve, uint8_t domain)
{
    struct ptn_buffer file = { .len_max = sizeof(card_access) };

    card->pace_cipher = cipher;
    card->pace_mapping = card->pace_mapping == 0 ? 2 : card->pace_mapping;
    card->curve = curve;
    card->domain = domain;
    card_access_file(card, &file);
    memcpy(card_access, file.at, file.len);
    card->files[4] = (struct card_file){ 0x011c, ptn_bytes_of(card_access, file.len), false };
    ptn_buffer_release(&file);
}

static struct ptn_chip_key key_of(const char *text)
{
    struct ptn_chip_key key;

    assert_true(ptn_chip_key_parse(ptn_bytes_from_text(text), &key));
    return key;
}

static enum ptn_code open_with(struct card *card, const char *text, struct fixed *fixed,
                               struct ptn_chip_session **ret_session)
{
    const struct ptn_card at_hand = { card_transmit, card };
    struct ptn_chip_key key = key_of(text);
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_chip_open(&at_hand, &key, &fixed->world, ret_session, &diag);

    if (!ptn_ok(status))
        assert_non_null(diag.text);
    return status.code;
}

/* The file's bytes, or why there are none. */
static enum ptn_code read_file(struct ptn_chip_session *session, unsigned file, size_t len_max,
                               struct ptn_buffer *ret)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    ptn_buffer_init(ret, len_max);
    status = ptn_chip_read_file(session, file, ret, &diag);
    if (!ptn_ok(status)) {
        assert_non_null(diag.text);
        assert_int_equal(ret->len, 0);
    }
    return status.code;
}

static void assert_file(struct ptn_chip_session *session, unsigned file, const uint8_t *at,
                        size_t len)
{
    struct ptn_buffer got;

    assert_int_equal(read_file(session, file, FILE_MAX, &got), PTN_C_OK);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.at, at, len);
    ptn_buffer_release(&got);
}

static void assert_all_files(struct ptn_chip_session *session)
{
    assert_file(session, 0x011e, short_file, sizeof(short_file));
    assert_file(session, PTN_CHIP_FILE_SOD, middle_file, sizeof(middle_file));
    assert_file(session, PTN_CHIP_FILE_GROUP(2), long_file, sizeof(long_file));
}

/* ---- the key ---- */

static void test_chip_key__is_number_birth_and_expiry_with_their_digits(void **state)
{
    static const struct {
        const char *lines, *key;
    } rows[] = {
        { "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
          "L898902C<3UTO6908061F9406236ZE184226B<<<<<14",
          "L898902C<369080619406236" }, /* part 11, appendix D.2 */
        { "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<\n"
          "D23145890<UTO3407127M95071227349<<<8",
          "D23145890734934071279507122" }, /* D.2: a number that goes on in the optional field */
        { "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\n"
          "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
          "D23145890774081221204159" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_mrz mrz;
        struct ptn_chip_key key, again;

        assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(rows[i].lines), today, &mrz, NULL)));
        assert_true(ptn_chip_key_of(&mrz, &key));
        assert_string_equal(key.text, rows[i].key);
        assert_false(key.is_access_number);
        assert_true(ptn_chip_key_parse(ptn_bytes_from_text(key.text), &again));
        assert_string_equal(again.text, key.text);
    }
}

static void test_chip_key__is_of_documents_with_chips_only(void **state)
{
    static const char visa[] = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
                               "L8988901C4XXX4009078F9612109<<<<<<<<<<<<<<<<";
    struct ptn_mrz mrz;
    struct ptn_chip_key key;

    (void)state;
    assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(visa), today, &mrz, NULL)));
    assert_false(ptn_chip_key_of(&mrz, &key));
    assert_true(ptn_ok(ptn_mrz_parse(PTN_BYTES_LITERAL("nothing"), today, &mrz, NULL)));
    assert_false(ptn_chip_key_of(&mrz, &key));
}

static void test_chip_key_parse__refuses_what_is_neither(void **state)
{
    static const char *const texts[] = { "",
                                         "12345",
                                         "12345x",
                                         "1234567",
                                         "L898902C<369080619406237",
                                         "L898902C<36908061940623",
                                         "l898902c<369080619406236",
                                         "L898902C<3690806194062360" };
    struct ptn_chip_key key;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(ptn_chip_key_parse(ptn_bytes_from_text(texts[i]), &key));
    assert_true(ptn_chip_key_parse(PTN_BYTES_LITERAL(NUMBER), &key));
    assert_true(key.is_access_number);
}

/* ---- the worked examples ---- */

/* A chip that knows by heart what is asked and answered. */
struct line {
    const char *command, *answer;
};
struct script {
    const struct line *lines;
    size_t count, at;
};

static struct ptn_status play(void *context, struct ptn_bytes command, struct ptn_buffer *answer)
{
    struct script *script = context;
    const struct line *line = &script->lines[script->at++];
    struct ptn_buffer wanted = { .len_max = 512 };

    assert_true(script->at <= script->count);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(line->command), &wanted, NULL)));
    assert_int_equal(command.len, wanted.len);
    assert_memory_equal(command.at, wanted.at, wanted.len);
    ptn_buffer_release(&wanted);
    return ptn_hex_read(ptn_bytes_from_text(line->answer), answer, NULL);
}

static void test_chip_open__basic_access_is_as_in_appendix_d(void **state)
{
    static const struct line rows[] = {
        { "00a4020c02011c", "6a82" }, /* no EF.CardAccess: not of the example */
        { "00a4040c07a0000002471001", "9000" },
        { "00a4020c02011e", "6982" }, /* not open to anybody: not of the example either */
        { "0084000008", "4608f919887022129000" },
        { "008200002872c29c2371cc9bdb65b779b8e8d37b29ecc154aa56a8799fae2f498f76ed92f2"
          "5f1448eea8ad90a728",
          "46b9342a41396cd7386bf5803104d7cedc122b9132139baf2eedc94ee178534f"
          "2f2d235d074d74499000" },
        { "0ca4020c158709016375432908c044f68e08bf8b92d635ff24f800",
          "990290008e08fa855a5d4c50a8ed9000" },
        { "0cb000000d9701048e08ed6705417e96ba5500",
          "8709019ff0ec34f9922651990290008e08ad55cc17140b2ded9000" },
        { "0cb000040d9701128e082ea28a70f3c7b53500",
          "871901fb9235f4e4037f2327dcc8964f1f9b8c30f42c8e2fff224a990290008e08"
          "c8b2787eaea07d749000" },
    };
    struct script script = { rows, sizeof(rows) / sizeof(rows[0]), 0 };
    const struct ptn_card card = { play, &script };
    struct fixed *fixed = fixed_new("781723860c06c2260b795240cb7049b01c19b33e32804f0b");
    struct ptn_chip_key key = key_of(KEY);
    struct ptn_chip_session *session = NULL;
    struct ptn_buffer file, wanted = { .len_max = 64 };

    (void)state;
    assert_int_equal(ptn_chip_open(&card, &key, &fixed->world, &session, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_chip_access_of(session), PTN_CHIP_ACCESS_BASIC);
    assert_int_equal(read_file(session, 0x011e, 64, &file), PTN_C_OK);
    assert_true(ptn_ok(ptn_hex_read(
        PTN_BYTES_LITERAL("60145f0104303130365f36063034303030305c026175"), &wanted, NULL)));
    assert_int_equal(file.len, wanted.len);
    assert_memory_equal(file.at, wanted.at, wanted.len);
    assert_int_equal(script.at, script.count);
    ptn_buffer_release(&file);
    ptn_buffer_release(&wanted);
    ptn_chip_close(session);
    free(fixed);
}

static void test_chip_open__pace_is_as_in_appendix_g(void **state)
{
    static const uint8_t ours[] = { 0xc2, 0xb0, 0xbd, 0x78, 0xd9, 0x4b, 0xa8, 0x66 };
    static const uint8_t theirs[] = { 0x3a, 0xbb, 0x96, 0x74, 0xbc, 0xe9, 0x3c, 0x08 };
    struct card card = make_card();
    struct fixed *fixed =
        fixed_new("7f4ef07b9ea82fd78ad689b38d0bc78cf21f249d953bc46f4c6e19259c010f99"
                  "a73fb703ac1436a18e0cfa5abb3f7bec7a070e7a6788486bee230c4a22762595");
    struct ptn_chip_session *session = NULL;

    (void)state;
    card.lines = "T22000129364081251010318";
    card.nonce = "3f00c4d39d153f2b2a214a078d899b22";
    card.map_secret = "498ff49756f2dc1587840041839a85982be7761d14715fb091efa7bce9058560";
    card.agree_secret = "107cf58696ef6155053340fd633392ba81909df7b9706f226f32086c7aff974a";
    offer_pace(&card, 2, NID_brainpoolP256r1, 13);
    assert_int_equal(open_with(&card, card.lines, fixed, &session), PTN_C_OK);
    assert_int_equal(ptn_chip_access_of(session), PTN_CHIP_ACCESS_PACE);
    assert_memory_equal(card.seen_token, ours, sizeof(ours));
    assert_memory_equal(card.own_token, theirs, sizeof(theirs));
    assert_all_files(session);
    ptn_chip_close(session);
    card_release(&card);
    free(fixed);
}

/* ---- every way in ---- */

static const struct way {
    unsigned cipher;
    int curve;
    uint8_t domain;
} ways[] = {
    { 1, NID_X9_62_prime256v1, 12 }, { 2, NID_brainpoolP256r1, 13 }, { 3, NID_secp384r1, 15 },
    { 4, NID_secp521r1, 18 },        { 4, NID_brainpoolP512r1, 17 }, { 2, NID_X9_62_prime192v1, 8 },
    { 2, NID_brainpoolP192r1, 9 },   { 2, NID_secp224r1, 10 },       { 2, NID_brainpoolP224r1, 11 },
    { 3, NID_brainpoolP320r1, 14 },  { 3, NID_brainpoolP384r1, 16 },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void test_chip_open__by_every_cipher_and_curve_and_by_either_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * WAYS; i++) {
        struct card card = make_card();
        struct fixed *fixed = fixed_new("");
        struct ptn_chip_session *session = NULL;

        card.basic = false;
        card.pace_mapping = i % 3 == 0 ? 6 : 2;
        card.names_domain = i % 5 == 0;
        offer_pace(&card, ways[i / 2].cipher, ways[i / 2].curve, ways[i / 2].domain);
        assert_int_equal(open_with(&card, i % 2 == 0 ? KEY : NUMBER, fixed, &session), PTN_C_OK);
        assert_int_equal(ptn_chip_access_of(session), PTN_CHIP_ACCESS_PACE);
        assert_all_files(session);
        ptn_chip_close(session);
        card_release(&card);
        free(fixed);
    }
}

static void test_chip_open__what_it_may_not_do_by_pace_it_does_the_older_way(void **state)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;

    (void)state;
    card.refuses_pace = true;
    offer_pace(&card, 2, NID_brainpoolP256r1, 13);
    assert_int_equal(open_with(&card, KEY, fixed, &session), PTN_C_OK);
    assert_int_equal(ptn_chip_access_of(session), PTN_CHIP_ACCESS_BASIC);
    assert_all_files(session);
    ptn_chip_close(session);
    card = make_card();
    card.pace_mapping = 4; /* integrated mapping, twice */
    offer_pace(&card, 2, NID_brainpoolP256r1, 13);
    assert_int_equal(open_with(&card, KEY, fixed, &session), PTN_C_OK);
    assert_int_equal(ptn_chip_access_of(session), PTN_CHIP_ACCESS_BASIC);
    ptn_chip_close(session);
    card_release(&card);
    free(fixed);
}

static void test_chip_open__a_chip_that_is_open_to_anybody_is_read(void **state)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;

    (void)state;
    card.open = true;
    assert_int_equal(open_with(&card, OTHER_KEY, fixed, &session), PTN_C_OK);
    assert_int_equal(ptn_chip_access_of(session), PTN_CHIP_ACCESS_OPEN);
    assert_all_files(session);
    ptn_chip_close(session);
    free(fixed);
}

static void test_chip_open__another_documents_lines_do_not_open_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct card card = make_card();
        struct fixed *fixed = fixed_new("");
        struct ptn_chip_session *session = NULL;

        if (i > 0)
            offer_pace(&card, i + 1, NID_brainpoolP256r1, 13);
        assert_int_equal(open_with(&card, OTHER_KEY, fixed, &session), PTN_C_BAD_INPUT);
        assert_null(session);
        if (i > 0)
            assert_int_equal(open_with(&card, "123457", fixed, &session), PTN_C_BAD_INPUT);
        card_release(&card);
        free(fixed);
    }
}

static void test_chip_open__an_access_number_does_not_open_the_older_way(void **state)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;

    (void)state;
    assert_int_equal(open_with(&card, NUMBER, fixed, &session), PTN_C_BAD_INPUT);
    free(fixed);
}

static struct ptn_status bank_card(void *context, struct ptn_bytes command,
                                   struct ptn_buffer *answer)
{
    (void)context;
    (void)command;
    return ptn_buffer_add_u16(answer, CARD_NO_FILE);
}

static void test_chip_open__a_card_of_another_kind_is_no_travel_document(void **state)
{
    const struct ptn_card card = { bank_card, NULL };
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_key key = key_of(KEY);
    struct ptn_chip_session *session = NULL;

    (void)state;
    assert_int_equal(ptn_chip_open(&card, &key, &fixed->world, &session, NULL).code,
                     PTN_C_NOT_FOUND);
    free(fixed);
}

/* ---- files ---- */

static void test_chip_read_file__says_what_a_chip_does_not_have_or_give(void **state)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;
    struct ptn_buffer got;

    (void)state;
    assert_int_equal(open_with(&card, KEY, fixed, &session), PTN_C_OK);
    assert_int_equal(read_file(session, PTN_CHIP_FILE_GROUP(7), 64, &got), PTN_C_NOT_FOUND);
    assert_int_equal(read_file(session, PTN_CHIP_FILE_GROUP(3), 64, &got), PTN_C_NOT_FOUND);
    assert_int_equal(read_file(session, PTN_CHIP_FILE_GROUP(2), 65999, &got), PTN_C_TOO_BIG);
    ptn_buffer_release(&got);
    assert_all_files(session); /* none of it was the end */
    ptn_chip_close(session);
    free(fixed);
}

static void test_chip_read_file__takes_as_little_as_a_chip_gives_at_once(void **state)
{
    (void)state;
    for (size_t most = 1; most < 8; most++) {
        struct card card = make_card();
        struct fixed *fixed = fixed_new("");
        struct ptn_chip_session *session = NULL;

        card.gives_max = most;
        assert_int_equal(open_with(&card, KEY, fixed, &session), PTN_C_OK);
        assert_file(session, 0x011e, short_file, sizeof(short_file));
        assert_file(session, PTN_CHIP_FILE_SOD, middle_file, sizeof(middle_file));
        ptn_chip_close(session);
        free(fixed);
    }
}

static void test_chip_read_file__a_file_that_is_none_or_ends_early_is_refused(void **state)
{
    static const struct {
        uint8_t bytes[6];
        size_t len;
    } rows[] = {
        { { 0x77, 0x80, 1, 2, 3, 4 }, 6 },          /* no length */
        { { 0x77, 0x84, 0, 0, 0, 1 }, 6 },          /* of four bytes */
        { { 0x77, 0x05, 1, 2, 3, 4 }, 6 },          /* a byte is missing */
        { { 0x77, 0x82, 0xff, 0xff, 1, 2 }, 6 },    /* nearly all of it */
        { { 0x7f, 0x61, 0x83, 0x10, 0x00, 0 }, 6 }, /* a tag of two bytes, and a megabyte */
        { { 0x77 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct card card = make_card();
        struct fixed *fixed = fixed_new("");
        struct ptn_chip_session *session = NULL;
        struct ptn_buffer got;
        enum ptn_code code;

        card.files[1].bytes = ptn_bytes_of(rows[i].bytes, rows[i].len);
        assert_int_equal(open_with(&card, KEY, fixed, &session), PTN_C_OK);
        code = read_file(session, PTN_CHIP_FILE_SOD, FILE_MAX, &got);
        assert_true(code == PTN_C_CORRUPT || code == PTN_C_TOO_BIG);
        ptn_buffer_release(&got);
        ptn_chip_close(session);
        free(fixed);
    }
}

/* ---- whoever sits between ---- */

/* Open and read what is between a bit of that answer and another. True: it was read, all of it. */
static bool read_changed(unsigned cipher, unsigned answer, size_t byte, size_t cut_to,
                         unsigned *ret_answers, size_t *ret_len)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;
    struct ptn_buffer got = { .len_max = FILE_MAX };
    bool read;

    (void)ret_len;
    if (cipher > 0)
        offer_pace(&card, cipher, NID_X9_62_prime256v1, 12);
    card.changed_at = answer;
    card.changed_byte = byte;
    card.cut_to = cut_to;
    read = open_with(&card, KEY, fixed, &session) == PTN_C_OK &&
           read_file(session, PTN_CHIP_FILE_SOD, FILE_MAX, &got) == PTN_C_OK;
    if (read) {
        assert_int_equal(got.len, sizeof(middle_file));
        assert_memory_equal(got.at, middle_file, got.len);
    }
    *ret_answers = card.answers;
    ptn_buffer_release(&got);
    ptn_chip_close(session);
    card_release(&card);
    free(fixed);
    return read;
}

/* CHIP-2 */
static void test_chip_read__a_changed_answer_never_becomes_other_bytes(void **state)
{
    (void)state;
    for (unsigned cipher = 0; cipher < 5; cipher++) {
        unsigned answers, ignored;
        size_t read = 0, tried = 0;

        assert_true(read_changed(cipher, 0, 0, 0, &answers, NULL));
        for (unsigned at = 1; at <= answers; at++) {
            for (size_t byte = 0; byte < 64; byte += cipher == 0 ? 1 : 7) {
                read += read_changed(cipher, at, byte, 0, &ignored, NULL);
                tried++;
            }
        }
        /* what does no harm: that there is no such file, said before it is opened; the status that
         * stands beside the protected one */
        assert_in_range(read, 0, tried / 2);
    }
}

static void test_chip_read__an_answer_cut_short_never_becomes_other_bytes(void **state)
{
    (void)state;
    for (unsigned cipher = 0; cipher < 3; cipher++) {
        unsigned answers, ignored;

        assert_true(read_changed(cipher, 0, 0, 0, &answers, NULL));
        for (unsigned at = 1; at <= answers; at++)
            for (size_t len = 1; len < 64; len += 3)
                (void)read_changed(cipher, at, 0, len, &ignored, NULL);
    }
}

static void test_chip_read__a_chip_that_is_taken_away_is_said_to_be_gone(void **state)
{
    (void)state;
    for (unsigned cipher = 0; cipher < 3; cipher++) {
        for (unsigned at = 1; at < 12; at++) {
            struct card card = make_card();
            struct fixed *fixed = fixed_new("");
            struct ptn_chip_session *session = NULL;
            struct ptn_buffer got = { .len_max = FILE_MAX };
            enum ptn_code code;

            if (cipher > 0)
                offer_pace(&card, cipher, NID_X9_62_prime256v1, 12);
            card.gone_at = at;
            code = open_with(&card, KEY, fixed, &session);
            if (code == PTN_C_OK)
                code = read_file(session, PTN_CHIP_FILE_GROUP(2), FILE_MAX, &got);
            assert_int_equal(code, PTN_C_IO);
            ptn_buffer_release(&got);
            ptn_chip_close(session);
            card_release(&card);
            free(fixed);
        }
    }
}

static void test_chip_open__a_chip_that_gives_our_own_point_back_is_refused(void **state)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;

    (void)state;
    card.mirrors = true;
    offer_pace(&card, 2, NID_brainpoolP256r1, 13);
    assert_int_equal(open_with(&card, KEY, fixed, &session), PTN_C_CORRUPT);
    card_release(&card);
    free(fixed);
}

/* The answers of the first reading, given again to the second. */
struct tape {
    struct card *card;
    struct ptn_buffer answers[64];
    size_t count, at;
    bool playing;
};

static struct ptn_status tape_transmit(void *context, struct ptn_bytes command,
                                       struct ptn_buffer *answer)
{
    struct tape *tape = context;
    struct ptn_status status;

    if (tape->playing) {
        assert_true(tape->at < tape->count);
        return ptn_buffer_add(answer, ptn_buffer_bytes(&tape->answers[tape->at++]));
    }
    status = card_transmit(tape->card, command, answer);
    assert_true(tape->count < 64);
    ptn_buffer_init(&tape->answers[tape->count], 512);
    assert_true(ptn_ok(ptn_buffer_add(&tape->answers[tape->count++], ptn_buffer_bytes(answer))));
    return status;
}

static void test_chip_read__what_a_chip_said_before_does_not_pass_again(void **state)
{
    struct card card = make_card();
    struct fixed *fixed = fixed_new("");
    struct tape tape = { .card = &card };
    const struct ptn_card at_hand = { tape_transmit, &tape };
    struct ptn_chip_key key = key_of(KEY);
    struct ptn_chip_session *session = NULL;
    struct ptn_buffer got;
    size_t opened;

    (void)state;
    assert_int_equal(ptn_chip_open(&at_hand, &key, &fixed->world, &session, NULL).code, PTN_C_OK);
    opened = tape.count;
    assert_int_equal(read_file(session, 0x011e, 64, &got), PTN_C_OK);
    ptn_buffer_release(&got);
    tape.playing = true;
    tape.at = opened;
    assert_int_equal(read_file(session, 0x011e, 64, &got), PTN_C_CORRUPT);
    ptn_buffer_release(&got);
    ptn_chip_close(session);
    for (size_t i = 0; i < tape.count; i++)
        ptn_buffer_release(&tape.answers[i]);
    free(fixed);
}

/* ---- whether it is the chip that was issued ---- */

/* A group with that tag around those bytes. */
static void wrap(struct ptn_buffer *out, uint8_t tag, struct ptn_bytes content)
{
    assert_true(ptn_ok(ptn_buffer_add_u8(out, tag)));
    assert_true(ptn_ok(ptn_buffer_add_u8(out, 0x82)));
    assert_true(ptn_ok(ptn_buffer_add_u16(out, (uint16_t)content.len)));
    assert_true(ptn_ok(ptn_buffer_add(out, content)));
}

static EVP_PKEY *curve_key(const char *name, bool spelled_out)
{
    EVP_PKEY *key = EVP_EC_gen(name);

    assert_non_null(key);
    if (spelled_out)
        assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
    return key;
}

static void add_key(struct ptn_buffer *out, const uint8_t *name, size_t name_len, EVP_PKEY *key,
                    uint8_t number)
{
    struct ptn_buffer content = { .len_max = 2048 };
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);

    assert_true(len > 0);
    assert_true(ptn_ok(ptn_buffer_add(&content, ptn_bytes_of(name, name_len))));
    assert_true(ptn_ok(ptn_buffer_add(&content, ptn_bytes_of(der, (size_t)len))));
    if (number != 0)
        assert_true(
            ptn_ok(ptn_buffer_add(&content, ptn_bytes_of((uint8_t[]){ 0x02, 1, number }, 3))));
    wrap(out, 0x30, ptn_buffer_bytes(&content));
    OPENSSL_free(der);
    ptn_buffer_release(&content);
}

/* DG14: chip authentication with that cipher and key, where there are any; how active
 * authentication signs (ECDSA with SHA-256). number: of the key, among two; 0: it has none. */
static void make_dg14(struct ptn_buffer *out, unsigned cipher, EVP_PKEY *key, uint8_t number)
{
    static const uint8_t active[] = { 0x30, 23, 0x06, 6, 0x67, 0x81, 8, 1, 1, 5, 0x02, 1, 1,
                                      0x06, 10, 4,    0, 0x7f, 0,    7, 1, 1, 4, 1,    3 };
    static const uint8_t key_name[] = { 0x06, 9, 4, 0, 0x7f, 0, 7, 2, 2, 1, 2 };
    uint8_t protocol[] = { 0x30, 0x0f, 0x06,          10,   4, 0, 0x7f, 0, 7,     2, 2,
                           3,    2,    cipher & 0xff, 0x02, 1, 1, 0x02, 1, number };
    struct ptn_buffer infos = { .len_max = 4096 }, set = { .len_max = 4096 };

    assert_true(ptn_ok(ptn_buffer_add(&infos, ptn_bytes_of(active, sizeof(active)))));
    if (number != 0) { /* another key, before */
        EVP_PKEY *other = curve_key("P-256", false);

        add_key(&infos, key_name, sizeof(key_name), other, (uint8_t)(number + 1));
        EVP_PKEY_free(other);
    }
    if (key != NULL)
        add_key(&infos, key_name, sizeof(key_name), key, number);
    if (key != NULL && cipher != 0) {
        protocol[1] = number == 0 ? 0x0f : 0x12;
        assert_true(ptn_ok(
            ptn_buffer_add(&infos, ptn_bytes_of(protocol, number == 0 ? 17 : sizeof(protocol)))));
    }
    wrap(&set, 0x31, ptn_buffer_bytes(&infos));
    wrap(out, 0x6e, ptn_buffer_bytes(&set));
    ptn_buffer_release(&set);
    ptn_buffer_release(&infos);
}

static void make_dg15(struct ptn_buffer *out, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);

    assert_true(len > 0);
    wrap(out, 0x6f, ptn_bytes_of(der, (size_t)len));
    OPENSSL_free(der);
}

/* Open, and have it proved with those groups; then whether a file still comes. */
static enum ptn_chip_proof prove(struct card *card, const struct ptn_buffer *dg14,
                                 const struct ptn_buffer *dg15, bool *ret_goes_on)
{
    struct fixed *fixed = fixed_new("");
    struct ptn_chip_session *session = NULL;
    struct ptn_buffer got = { .len_max = FILE_MAX };
    enum ptn_chip_proof proof = PTN_CHIP_PROOF_NONE;
    struct ptn_diag diag = { 0 };

    assert_int_equal(open_with(card, KEY, fixed, &session), PTN_C_OK);
    assert_int_equal(
        ptn_chip_prove(session, ptn_buffer_bytes(dg14), ptn_buffer_bytes(dg15), &proof, &diag).code,
        PTN_C_OK);
    *ret_goes_on = read_file(session, PTN_CHIP_FILE_SOD, FILE_MAX, &got) == PTN_C_OK;
    ptn_buffer_release(&got);
    ptn_chip_close(session);
    card_release(card);
    free(fixed);
    return proof;
}

static void test_chip_prove__by_chip_authentication_however_it_was_opened(void **state)
{
    static const struct {
        unsigned cipher;
        const char *curve;
        bool spelled_out;
        uint8_t number;
        unsigned opened; /* 0: the older way; 1 to 4: PACE; 9: open to anybody */
    } rows[] = {
        { 1, "P-256", false, 0, 0 },          { 1, "brainpoolP256r1", true, 7, 2 },
        { 2, "brainpoolP256r1", true, 0, 0 }, { 3, "P-384", false, 5, 3 },
        { 4, "brainpoolP512r1", true, 0, 4 }, { 4, "P-521", false, 0, 1 },
        { 2, "P-256", false, 0, 9 },          { 1, "P-224", false, 0, 9 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned copy = 0; copy < 3; copy++) {
            struct card card = make_card();
            struct ptn_buffer dg14 = { .len_max = 4096 }, dg15 = { .len_max = 4096 };
            EVP_PKEY *key = curve_key(rows[i].curve, rows[i].spelled_out);
            EVP_PKEY *other = curve_key(rows[i].curve, rows[i].spelled_out);
            bool goes_on;

            if (rows[i].opened > 0 && rows[i].opened < 9)
                offer_pace(&card, rows[i].opened, NID_X9_62_prime256v1, 12);
            card.open = rows[i].opened == 9;
            card.agreeing = copy == 0 ? key : other; /* a copy has the file, not the secret */
            card.agreeing_cipher = rows[i].cipher;
            card.refuses_proof = copy == 2;
            make_dg14(&dg14, rows[i].cipher == 1 && rows[i].number == 0 ? 0 : rows[i].cipher, key,
                      rows[i].number);
            assert_int_equal(prove(&card, &dg14, &dg15, &goes_on),
                             copy == 0 ? PTN_CHIP_PROOF_GIVEN : PTN_CHIP_PROOF_FAILED);
            if (copy < 2)
                assert_int_equal(goes_on, copy == 0);
            EVP_PKEY_free(key);
            EVP_PKEY_free(other);
            ptn_buffer_release(&dg14);
        }
    }
}

static void test_chip_prove__by_active_authentication(void **state)
{
    static const struct {
        unsigned bits; /* of RSA; 0: P-256 */
        const char *digest;
    } rows[] = { { 1024, "SHA1" },   { 1280, "SHA256" }, { 1776, "SHA512" },
                 { 2048, "SHA256" }, { 3072, "SHA256" }, { 0, "SHA256" } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EVP_PKEY *key = rows[i].bits == 0 ? curve_key("P-256", false) : EVP_RSA_gen(rows[i].bits);
        EVP_PKEY *other = rows[i].bits == 0 ? curve_key("P-256", false) : EVP_RSA_gen(1024);

        for (unsigned copy = 0; copy < 3; copy++) {
            struct card card = make_card();
            struct ptn_buffer dg14 = { .len_max = 4096 }, dg15 = { .len_max = 4096 };
            bool goes_on;

            card.signing = copy == 0 ? key : other;
            card.signing_digest = EVP_get_digestbyname(rows[i].digest);
            card.refuses_proof = copy == 2;
            make_dg14(&dg14, 0, NULL, 0);
            make_dg15(&dg15, key);
            assert_int_equal(prove(&card, &dg14, &dg15, &goes_on),
                             copy == 0                          ? PTN_CHIP_PROOF_GIVEN
                             : copy == 2 && rows[i].bits > 1776 ? PTN_CHIP_PROOF_NONE
                                                                : PTN_CHIP_PROOF_FAILED);
            assert_true(goes_on);
            ptn_buffer_release(&dg14);
            ptn_buffer_release(&dg15);
        }
        EVP_PKEY_free(key);
        EVP_PKEY_free(other);
    }
}

static void test_chip_prove__is_none_where_nothing_names_a_way_that_is_known(void **state)
{
    struct card card = make_card();
    struct ptn_buffer dg14 = { .len_max = 4096 }, dg15 = { .len_max = 4096 };
    EVP_PKEY *large = EVP_RSA_gen(2048), *curve = curve_key("P-256", false);
    bool goes_on;

    (void)state;
    assert_int_equal(prove(&card, &dg14, &dg15, &goes_on), PTN_CHIP_PROOF_NONE);
    make_dg14(&dg14, 0, NULL, 0);
    make_dg15(&dg15, large);
    card.signing = large;
    card.signing_digest = EVP_sha256();
    card.short_only = true; /* its signature fits into no short answer */
    assert_int_equal(prove(&card, &dg14, &dg15, &goes_on), PTN_CHIP_PROOF_NONE);
    ptn_buffer_clear(&dg14);
    ptn_buffer_clear(&dg15);
    make_dg15(&dg15, curve); /* nothing says how it signs */
    card.signing = curve;
    assert_int_equal(prove(&card, &dg14, &dg15, &goes_on), PTN_CHIP_PROOF_NONE);
    assert_true(goes_on);
    EVP_PKEY_free(large);
    EVP_PKEY_free(curve);
    ptn_buffer_release(&dg14);
    ptn_buffer_release(&dg15);
}

static void test_chip_prove__groups_cut_anywhere_prove_nothing_and_break_nothing(void **state)
{
    struct ptn_buffer dg14 = { .len_max = 4096 }, dg15 = { .len_max = 4096 };
    EVP_PKEY *key = curve_key("P-256", false), *signing = EVP_RSA_gen(1024);
    bool goes_on;

    (void)state;
    make_dg14(&dg14, 2, key, 0);
    make_dg15(&dg15, signing);
    for (size_t len = 0; len < dg14.len; len++) {
        struct card card = make_card();
        struct ptn_buffer cut = { dg14.at, len, len, len }, none = { .len_max = 8 };

        assert_int_equal(prove(&card, &cut, &none, &goes_on), PTN_CHIP_PROOF_NONE);
        assert_true(goes_on);
    }
    for (size_t len = 0; len < dg15.len; len++) {
        struct card card = make_card();
        struct ptn_buffer cut = { dg15.at, len, len, len }, none = { .len_max = 8 };

        assert_int_equal(prove(&card, &none, &cut, &goes_on), PTN_CHIP_PROOF_NONE);
        assert_true(goes_on);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_free(signing);
    ptn_buffer_release(&dg14);
    ptn_buffer_release(&dg15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chip_key__is_number_birth_and_expiry_with_their_digits),
        cmocka_unit_test(test_chip_key__is_of_documents_with_chips_only),
        cmocka_unit_test(test_chip_key_parse__refuses_what_is_neither),
        cmocka_unit_test(test_chip_open__basic_access_is_as_in_appendix_d),
        cmocka_unit_test(test_chip_open__pace_is_as_in_appendix_g),
        cmocka_unit_test(test_chip_open__by_every_cipher_and_curve_and_by_either_password),
        cmocka_unit_test(test_chip_open__what_it_may_not_do_by_pace_it_does_the_older_way),
        cmocka_unit_test(test_chip_open__a_chip_that_is_open_to_anybody_is_read),
        cmocka_unit_test(test_chip_open__another_documents_lines_do_not_open_it),
        cmocka_unit_test(test_chip_open__an_access_number_does_not_open_the_older_way),
        cmocka_unit_test(test_chip_open__a_card_of_another_kind_is_no_travel_document),
        cmocka_unit_test(test_chip_read_file__says_what_a_chip_does_not_have_or_give),
        cmocka_unit_test(test_chip_read_file__takes_as_little_as_a_chip_gives_at_once),
        cmocka_unit_test(test_chip_read_file__a_file_that_is_none_or_ends_early_is_refused),
        cmocka_unit_test(test_chip_read__a_changed_answer_never_becomes_other_bytes),
        cmocka_unit_test(test_chip_read__an_answer_cut_short_never_becomes_other_bytes),
        cmocka_unit_test(test_chip_read__a_chip_that_is_taken_away_is_said_to_be_gone),
        cmocka_unit_test(test_chip_open__a_chip_that_gives_our_own_point_back_is_refused),
        cmocka_unit_test(test_chip_read__what_a_chip_said_before_does_not_pass_again),
        cmocka_unit_test(test_chip_prove__by_chip_authentication_however_it_was_opened),
        cmocka_unit_test(test_chip_prove__by_active_authentication),
        cmocka_unit_test(test_chip_prove__is_none_where_nothing_names_a_way_that_is_known),
        cmocka_unit_test(test_chip_prove__groups_cut_anywhere_prove_nothing_and_break_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
