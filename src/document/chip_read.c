/* document/chip_read.c -- see chip_read.h: opening a chip, and its files. */
#include <openssl/crypto.h>

#include "document/chip_int.h"
#include "document/chip_read_int.h"

#define BUFFER_MAX     2048u
#define CARD_ACCESS    0x011cU
#define SECURITY_MAX   4096u /* bytes of EF.CardAccess */
#define HEAD_LEN       4u
#define HEAD_LEN_MAX   6u /* a tag of two bytes, and a length of three */
#define SHORT_OFFSETS  0x8000U
#define OFFSET_HEAD    4u /* what an answer of an odd instruction has before its data, at most */
#define CHALLENGE_LEN  ((size_t)8)
#define KEY_LEN        16u
#define BASIC_LEN      (2 * CHALLENGE_LEN + KEY_LEN)
#define TAG_DATA       19 /* 53 */
#define WORD_END       0x6282U
#define WORD_OFFSET    0x6b00U
#define WORD_DENIED    0x6982U
#define WORD_NO_FILE   0x6a82U
#define BEGINS_FILE(b) (((b)&0x1fU) == 0x1fU ? 2u : 1u) /* bytes of a tag */

static const uint8_t application[] = { 0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01 };

static struct ptn_status no_memory(struct ptn_diag *reterr)
{
    return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to read a chip");
}

/* ---- files ---- */

static struct ptn_status select_application(struct ptn_chip_session *session, uint16_t *ret_word,
                                            struct ptn_diag *reterr)
{
    return ptn_chip_send(
        session,
        &(struct ptn_chip_command){ .instruction = 0xa4,
                                    .p1 = 0x04,
                                    .p2 = 0x0c,
                                    .data = ptn_bytes_of(application, sizeof(application)),
                                    .expected = PTN_CHIP_NONE },
        ret_word, reterr);
}

/* At most so many bytes of the selected file from there on, in session->plain. Past 32 kB the
 * offset does not fit into the command's own bytes and comes as an object. */
static struct ptn_status read_at(struct ptn_chip_session *session, size_t offset, size_t len,
                                 struct ptn_bytes *ret_data, uint16_t *ret_word,
                                 struct ptn_diag *reterr)
{
    const uint8_t object[] = { 0x54, 3, (uint8_t)(offset >> 16), (uint8_t)(offset >> 8),
                               (uint8_t)offset };
    struct ptn_chip_command command = { .instruction = 0xb0,
                                        .p1 = (uint8_t)(offset >> 8),
                                        .p2 = (uint8_t)offset,
                                        .expected = (int)len };
    struct ptn_status status;

    if (offset >= SHORT_OFFSETS) {
        command.instruction = 0xb1;
        command.p1 = command.p2 = 0;
        command.data = ptn_bytes_of(object, sizeof(object));
    }
    status = ptn_chip_send(session, &command, ret_word, reterr);
    if (!ptn_ok(status))
        return status;
    *ret_data = ptn_buffer_bytes(&session->plain);
    if (offset >= SHORT_OFFSETS && ret_data->len > 0) {
        struct ptn_bytes whole = *ret_data;

        if (!ptn_chip_take(&whole, V_ASN1_APPLICATION, TAG_DATA, ret_data))
            return ptn_fail(PTN_C_CORRUPT, reterr, offset, "the chip's answer is no piece of file");
    }
    return PTN_OK;
}

/* How long the file is by its first bytes; 0: they do not say yet; SIZE_MAX: they are no file's. */
static size_t file_len(struct ptn_bytes head)
{
    size_t at = head.len == 0 ? 1 : BEGINS_FILE(head.at[0]);
    size_t len = 0, more;

    if (head.len <= at)
        return 0;
    if (head.at[at] < 0x80)
        return at + 1 + head.at[at];
    more = head.at[at] & 0x7fU;
    if (more == 0 || more > 3)
        return SIZE_MAX;
    if (head.len < at + 1 + more)
        return 0;
    for (size_t i = 0; i < more; i++)
        len = len << 8 | head.at[at + 1 + i];
    return at + 1 + more + len;
}

/* Why a chip gives no file. */
static struct ptn_status not_given(uint16_t word, struct ptn_diag *reterr)
{
    if (word == WORD_NO_FILE)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the chip has no such file");
    if (word == WORD_DENIED)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the chip does not give this file");
    return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the chip refuses to give a file");
}

/* The next piece onto out. The chip may give less than it is asked for, and never nothing. */
static struct ptn_status read_piece(struct ptn_chip_session *session, size_t begun, size_t wanted,
                                    struct ptn_buffer *out, struct ptn_diag *reterr)
{
    size_t offset = out->len - begun;
    size_t most = offset >= SHORT_OFFSETS ? PTN_CHIP_DATA_MAX - OFFSET_HEAD : PTN_CHIP_DATA_MAX;
    struct ptn_bytes piece;
    uint16_t word = 0;
    struct ptn_status status;

    if (wanted > most)
        wanted = most;
    if (offset < SHORT_OFFSETS && offset + wanted > SHORT_OFFSETS)
        wanted = SHORT_OFFSETS - offset;
    /* an odd instruction counts the object around the data, too */
    status = read_at(session, offset, offset >= SHORT_OFFSETS ? wanted + OFFSET_HEAD - 1 : wanted,
                     &piece, &word, reterr);
    if (!ptn_ok(status))
        return status;
    if (word != PTN_CHIP_DONE && word != WORD_END)
        return word == WORD_OFFSET
                   ? ptn_fail(PTN_C_CORRUPT, reterr, offset, "the file is shorter than it says")
                   : not_given(word, reterr);
    if (piece.len == 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, offset, "the chip gives nothing");
    return ptn_buffer_add(out, ptn_bytes_slice(piece, 0, wanted));
}

static struct ptn_status read_selected(struct ptn_chip_session *session, struct ptn_buffer *out,
                                       struct ptn_diag *reterr)
{
    const size_t begun = out->len;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status)) {
        struct ptn_bytes so_far = ptn_bytes_slice(ptn_buffer_bytes(out), begun, SIZE_MAX);
        size_t len = file_len(so_far);

        if (len == SIZE_MAX || (len == 0 && so_far.len >= HEAD_LEN_MAX))
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the file begins like none");
        if (len > out->len_max - begun)
            return ptn_fail(PTN_C_TOO_BIG, reterr, out->len_max - begun, "the file is too long");
        if (len != 0 && so_far.len >= len)
            break;
        status = read_piece(session, begun, len == 0 ? HEAD_LEN : len - so_far.len, out, reterr);
    }
    return status;
}

struct ptn_status ptn_chip_read_file(struct ptn_chip_session *session, unsigned file,
                                     struct ptn_buffer *out, struct ptn_diag *reterr)
{
    const size_t begun = out->len;
    uint16_t word = 0;
    struct ptn_status status = ptn_chip_select(session, file, &word, reterr);

    if (ptn_ok(status) && word != PTN_CHIP_DONE)
        status = not_given(word, reterr);
    if (ptn_ok(status))
        status = read_selected(session, out, reterr);
    if (!ptn_ok(status))
        out->len = begun;
    return status;
}

/* ---- Basic Access Control: part 11, section 4.3 ---- */

struct basic {
    struct ptn_chip_keys keys;
    uint8_t challenge[CHALLENGE_LEN];
    uint8_t said[BASIC_LEN]; /* our number, the chip's, our half of the secret */
    uint8_t heard[BASIC_LEN];
};

static bool begin_basic(struct ptn_chip_session *session, const struct ptn_chip_key *key,
                        struct basic *basic)
{
    struct ptn_chip_seed seed;
    bool good = ptn_chip_seed_of(key, &seed);
    struct ptn_bytes half = ptn_bytes_of(seed.at, KEY_LEN);

    good = good && ptn_chip_keys_of(PTN_CHIP_3DES, half, &basic->keys);
    OPENSSL_cleanse(&seed, sizeof(seed));
    session->world->random(session->world->context, basic->said, CHALLENGE_LEN);
    memcpy(basic->said + CHALLENGE_LEN, basic->challenge, CHALLENGE_LEN);
    session->world->random(session->world->context, basic->said + 2 * CHALLENGE_LEN, KEY_LEN);
    return good;
}

/* Over what is under the cipher, padded. */
static bool basic_mac(const struct basic *basic, const uint8_t *covered,
                      uint8_t ret_mac[PTN_CHIP_MAC_LEN])
{
    uint8_t padded[BASIC_LEN + CHALLENGE_LEN] = { 0 };

    memcpy(padded, covered, BASIC_LEN);
    padded[BASIC_LEN] = 0x80;
    return ptn_chip_mac(PTN_CHIP_3DES, basic->keys.authentication,
                        ptn_bytes_of(padded, sizeof(padded)), ret_mac);
}

/* Both halves of the secret, and a counter of both numbers. */
static bool protect_basic(struct ptn_chip_session *session, const struct basic *basic)
{
    uint8_t secret[KEY_LEN], counter[PTN_CHIP_BLOCK_MAX] = { 0 };
    struct ptn_chip_keys keys = { .cipher = PTN_CHIP_3DES };
    bool good;

    for (size_t i = 0; i < KEY_LEN; i++)
        secret[i] = basic->said[2 * CHALLENGE_LEN + i] ^ basic->heard[2 * CHALLENGE_LEN + i];
    memcpy(counter, basic->challenge + CHALLENGE_LEN / 2, CHALLENGE_LEN / 2);
    memcpy(counter + CHALLENGE_LEN / 2, basic->said + CHALLENGE_LEN / 2, CHALLENGE_LEN / 2);
    good = ptn_chip_keys_of(PTN_CHIP_3DES, ptn_bytes_of(secret, sizeof(secret)), &keys);
    if (good)
        ptn_chip_protect(session, &keys, counter);
    OPENSSL_cleanse(secret, sizeof(secret));
    OPENSSL_cleanse(&keys, sizeof(keys));
    return good;
}

static struct ptn_status take_basic(struct ptn_chip_session *session, struct basic *basic,
                                    struct ptn_diag *reterr)
{
    struct ptn_bytes answer = ptn_buffer_bytes(&session->plain);
    uint8_t mac[PTN_CHIP_MAC_LEN];

    if (answer.len != BASIC_LEN + PTN_CHIP_MAC_LEN)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the chip opens with something else");
    if (!basic_mac(basic, answer.at, mac) ||
        !ptn_chip_crypt(PTN_CHIP_3DES, basic->keys.encryption, NULL, false,
                        ptn_bytes_slice(answer, 0, BASIC_LEN), basic->heard))
        return no_memory(reterr);
    if (!ptn_chip_mac_equal(mac, ptn_bytes_slice(answer, BASIC_LEN, SIZE_MAX)) ||
        memcmp(basic->heard, basic->challenge, CHALLENGE_LEN) != 0 ||
        memcmp(basic->heard + CHALLENGE_LEN, basic->said, CHALLENGE_LEN) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the chip does not know this key itself");
    return protect_basic(session, basic) ? PTN_OK : no_memory(reterr);
}

static struct ptn_status ask_challenge(struct ptn_chip_session *session, struct basic *basic,
                                       struct ptn_diag *reterr)
{
    uint16_t word = 0;
    struct ptn_status status = ptn_chip_send(
        session, &(struct ptn_chip_command){ .instruction = 0x84, .expected = CHALLENGE_LEN },
        &word, reterr);

    if (!ptn_ok(status))
        return status;
    if (word != PTN_CHIP_DONE || session->plain.len != CHALLENGE_LEN)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the chip gives no number to open it with");
    memcpy(basic->challenge, session->plain.at, CHALLENGE_LEN);
    return PTN_OK;
}

static struct ptn_status open_basic(struct ptn_chip_session *session,
                                    const struct ptn_chip_key *key, struct ptn_diag *reterr)
{
    struct basic basic = { .challenge = { 0 } };
    uint8_t body[BASIC_LEN + PTN_CHIP_MAC_LEN];
    uint16_t word = 0;
    struct ptn_status status = ask_challenge(session, &basic, reterr);

    if (ptn_ok(status) && (!begin_basic(session, key, &basic) ||
                           !ptn_chip_crypt(PTN_CHIP_3DES, basic.keys.encryption, NULL, true,
                                           ptn_bytes_of(basic.said, BASIC_LEN), body) ||
                           !basic_mac(&basic, body, body + BASIC_LEN)))
        status = no_memory(reterr);
    if (ptn_ok(status))
        status = ptn_chip_send(session,
                               &(struct ptn_chip_command){ .instruction = 0x82,
                                                           .data = ptn_bytes_of(body, sizeof(body)),
                                                           .expected = sizeof(body) },
                               &word, reterr);
    if (ptn_ok(status) && word != PTN_CHIP_DONE)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the chip does not open with this key");
    if (ptn_ok(status))
        status = take_basic(session, &basic, reterr);
    OPENSSL_cleanse(&basic, sizeof(basic));
    if (ptn_ok(status))
        session->access = PTN_CHIP_ACCESS_BASIC;
    return status;
}

/* ---- opening ---- */

/* What the chip offers before anything is opened. Older ones have no such file. */
static struct ptn_status look_for_pace(struct ptn_chip_session *session, bool *ret_offered,
                                       struct ptn_chip_pace *ret_pace, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = SECURITY_MAX };
    uint16_t word = 0;
    struct ptn_status status = ptn_chip_select(session, CARD_ACCESS, &word, reterr);

    *ret_offered = false;
    if (ptn_ok(status) && word == PTN_CHIP_DONE) {
        status = read_selected(session, &file, reterr);
        if (ptn_ok(status))
            *ret_offered = ptn_chip_pace_offered(ptn_buffer_bytes(&file), ret_pace);
        else if (status.code == PTN_C_CORRUPT || status.code == PTN_C_TOO_BIG ||
                 status.code == PTN_C_NOT_FOUND)
            status = PTN_OK; /* one that cannot be read offers nothing */
    }
    ptn_buffer_release(&file);
    return status;
}

/* True when the application gives its files to anybody. */
static struct ptn_status look_whether_open(struct ptn_chip_session *session, bool *ret_open,
                                           struct ptn_diag *reterr)
{
    struct ptn_bytes piece = PTN_BYTES_NONE;
    uint16_t word = 0;
    struct ptn_status status = ptn_chip_select(session, PTN_CHIP_FILE_COM, &word, reterr);

    if (ptn_ok(status) && word == PTN_CHIP_DONE)
        status = read_at(session, 0, 1, &piece, &word, reterr);
    *ret_open = ptn_ok(status) && word == PTN_CHIP_DONE && piece.len > 0;
    return status;
}

static struct ptn_status enter(struct ptn_chip_session *session, struct ptn_diag *reterr)
{
    uint16_t word = 0;
    struct ptn_status status = select_application(session, &word, reterr);

    if (ptn_ok(status) && word != PTN_CHIP_DONE)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no travel document's chip");
    return status;
}

static struct ptn_status open_session(struct ptn_chip_session *session,
                                      const struct ptn_chip_key *key, struct ptn_diag *reterr)
{
    struct ptn_chip_pace pace = { .curve = 0 };
    bool offered = false, open = false;
    struct ptn_status status = look_for_pace(session, &offered, &pace, reterr);

    if (ptn_ok(status) && offered) {
        status = ptn_chip_pace_run(session, &pace, key, reterr);
        if (status.code == PTN_C_NOT_FOUND) /* refused before it began: the older way is left */
            status = PTN_OK;
    }
    if (ptn_ok(status))
        status = enter(session, reterr);
    if (!ptn_ok(status) || session->protected)
        return status;
    status = look_whether_open(session, &open, reterr);
    if (!ptn_ok(status) || open)
        return status;
    if (key->is_access_number)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "the chip opens with the lines of the page only");
    return open_basic(session, key, reterr);
}

struct ptn_status ptn_chip_open(const struct ptn_card *card, const struct ptn_chip_key *key,
                                const struct ptn_world *world,
                                struct ptn_chip_session **ret_session, struct ptn_diag *reterr)
{
    struct ptn_chip_session *session = calloc(1, sizeof(*session));
    struct ptn_status status;

    if (session == NULL)
        return no_memory(reterr);
    session->card = *card;
    session->world = world;
    ptn_buffer_init(&session->command, PTN_CHIP_COMMAND_MAX);
    ptn_buffer_init(&session->answer, PTN_CHIP_COMMAND_MAX);
    ptn_buffer_init(&session->plain, BUFFER_MAX);
    ptn_buffer_init(&session->covered, BUFFER_MAX);
    status = open_session(session, key, reterr);
    if (ptn_ok(status))
        *ret_session = session;
    else
        ptn_chip_close(session);
    return status;
}

static void wipe(struct ptn_buffer *buffer)
{
    if (buffer->at != NULL)
        OPENSSL_cleanse(buffer->at, buffer->capacity);
    ptn_buffer_release(buffer);
}

void ptn_chip_close(struct ptn_chip_session *session)
{
    if (session == NULL)
        return;
    wipe(&session->command);
    wipe(&session->answer);
    wipe(&session->plain);
    wipe(&session->covered);
    OPENSSL_cleanse(session, sizeof(*session));
    free(session);
}

enum ptn_chip_access ptn_chip_access_of(const struct ptn_chip_session *session)
{
    return session->access;
}

const char *ptn_chip_access_word(enum ptn_chip_access access)
{
    static const char *const words[] = { [PTN_CHIP_ACCESS_OPEN] = "open",
                                         [PTN_CHIP_ACCESS_BASIC] = "basic",
                                         [PTN_CHIP_ACCESS_PACE] = "pace" };

    return words[access];
}
