/*
 * document/chip_secure.c -- one command to a chip and its answer, plain or under secure messaging.
 * Doc 9303 part 11, section 9.8; ISO/IEC 7816-4.
 */
#include <openssl/asn1.h>
#include <openssl/crypto.h>

#include "document/chip_int.h"
#include "document/chip_read_int.h"

#define HEADER_LEN     4u
#define SHORT_LEN      256
#define PROTECTED      0x0cU /* in the class byte */
#define TAG_PLAIN      5     /* 85: covered, of an odd instruction: no padding indicator */
#define TAG_COVERED    7     /* 87 */
#define TAG_MAC        14    /* 8E */
#define TAG_WORD       25    /* 99 */
#define TAG_EXPECTED   0x97U
#define BY_PADDING     1U /* the indicator */
#define MAC_OBJECT_LEN (2 + PTN_CHIP_MAC_LEN)

static struct ptn_status broken(struct ptn_diag *reterr, const char *why)
{
    return ptn_fail(PTN_C_CORRUPT, reterr, 0, why);
}

static struct ptn_status no_cipher(struct ptn_diag *reterr)
{
    return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a cipher");
}

void ptn_chip_protect(struct ptn_chip_session *session, const struct ptn_chip_keys *keys,
                      const uint8_t *counter)
{
    session->keys = *keys;
    memcpy(session->counter, counter, ptn_chip_block_len(keys->cipher));
    session->protected = true;
}

/* ---- objects ---- */

size_t ptn_chip_head_len(unsigned tag, size_t len)
{
    return (tag > UINT8_MAX ? 2u : 1u) + (len > 0x7f ? 2u : 1u);
}

struct ptn_status ptn_chip_add_head(struct ptn_buffer *out, unsigned tag, size_t len)
{
    struct ptn_status status = PTN_OK;

    PTN_PRE(len <= UINT8_MAX);
    if (tag > UINT8_MAX)
        status = ptn_buffer_add_u8(out, (uint8_t)(tag >> 8));
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, (uint8_t)tag);
    if (ptn_ok(status) && len > 0x7f)
        status = ptn_buffer_add_u8(out, 0x81);
    return ptn_ok(status) ? ptn_buffer_add_u8(out, (uint8_t)len) : status;
}

struct ptn_status ptn_chip_add_object(struct ptn_buffer *out, unsigned tag,
                                      struct ptn_bytes content)
{
    struct ptn_status status = ptn_chip_add_head(out, tag, content.len);

    return ptn_ok(status) ? ptn_buffer_add(out, content) : status;
}

/* ---- the card's side of it ---- */

static struct ptn_status transmit(struct ptn_chip_session *session, uint16_t *ret_word,
                                  struct ptn_diag *reterr)
{
    struct ptn_status status;
    const uint8_t *end;

    ptn_buffer_clear(&session->answer);
    status = session->card.transmit(session->card.context, ptn_buffer_bytes(&session->command),
                                    &session->answer);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the chip does not answer");
    if (session->answer.len < 2)
        return broken(reterr, "the chip answers without a status");
    end = session->answer.at + session->answer.len;
    *ret_word = (uint16_t)(end[-2] << 8 | end[-1]);
    return PTN_OK;
}

static struct ptn_bytes answered(const struct ptn_chip_session *session)
{
    return ptn_bytes_of(session->answer.at, session->answer.len - 2);
}

static struct ptn_status add_header(struct ptn_buffer *out, const struct ptn_chip_command *command,
                                    unsigned class_bits)
{
    const uint8_t header[HEADER_LEN] = { (uint8_t)(command->class | class_bits),
                                         command->instruction, command->p1, command->p2 };

    return ptn_buffer_add(out, ptn_bytes_of(header, sizeof(header)));
}

/* 256 is written 0; as much as there is, too, in two bytes. */
static struct ptn_status add_expected(struct ptn_buffer *out,
                                      const struct ptn_chip_command *command)
{
    return command->extended ? ptn_buffer_add_u16(out, 0)
                             : ptn_buffer_add_u8(out, (uint8_t)(command->expected % SHORT_LEN));
}

/* Of the data that follow: of two bytes behind a zero, where lengths are. */
static struct ptn_status add_len(struct ptn_buffer *out, const struct ptn_chip_command *command,
                                 size_t len)
{
    struct ptn_status status;

    if (!command->extended)
        return ptn_buffer_add_u8(out, (uint8_t)len);
    status = ptn_buffer_add_u8(out, 0);
    return ptn_ok(status) ? ptn_buffer_add_u16(out, (uint16_t)len) : status;
}

static struct ptn_status send_plain(struct ptn_chip_session *session,
                                    const struct ptn_chip_command *command, uint16_t *ret_word,
                                    struct ptn_diag *reterr)
{
    struct ptn_buffer *out = &session->command;
    struct ptn_status status = add_header(out, command, 0);

    if (ptn_ok(status) && command->data.len > 0)
        status = add_len(out, command, command->data.len);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, command->data);
    if (ptn_ok(status) && command->expected != PTN_CHIP_NONE)
        status = add_expected(out, command);
    if (ptn_ok(status))
        status = transmit(session, ret_word, reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add(&session->plain, answered(session));
    return status;
}

/* ---- secure messaging ---- */

static void count(struct ptn_chip_session *session)
{
    for (size_t i = ptn_chip_block_len(session->keys.cipher);
         i-- > 0 && ++session->counter[i] == 0;)
        ;
}

/* What a message's cipher begins with: nothing, or the counter under the key. */
static bool first_block(const struct ptn_chip_session *session, uint8_t *ret_block)
{
    memset(ret_block, 0, PTN_CHIP_BLOCK_MAX);
    return session->keys.cipher == PTN_CHIP_3DES ||
           ptn_chip_crypt_block(session->keys.cipher, session->keys.encryption, session->counter,
                                ret_block);
}

/* The counter, then what is authenticated, padded; head is padded by itself where there is one. */
static struct ptn_status authenticate(struct ptn_chip_session *session, struct ptn_bytes head,
                                      struct ptn_bytes body, uint8_t ret_mac[PTN_CHIP_MAC_LEN],
                                      struct ptn_diag *reterr)
{
    size_t block_len = ptn_chip_block_len(session->keys.cipher);
    struct ptn_buffer *covered = &session->covered;
    struct ptn_status status;

    ptn_buffer_clear(covered);
    status = ptn_buffer_add(covered, ptn_bytes_of(session->counter, block_len));
    if (ptn_ok(status))
        status = ptn_buffer_add(covered, head);
    if (ptn_ok(status) && head.len > 0)
        status = ptn_chip_pad(covered, block_len);
    if (ptn_ok(status))
        status = ptn_buffer_add(covered, body);
    if (ptn_ok(status) && (body.len > 0 || head.len == 0))
        status = ptn_chip_pad(covered, block_len);
    if (ptn_ok(status) && !ptn_chip_mac(session->keys.cipher, session->keys.authentication,
                                        ptn_buffer_bytes(covered), ret_mac))
        status = no_cipher(reterr);
    return status;
}

/* The data under the cipher, as an object. plain is used up. */
static struct ptn_status add_covered(struct ptn_chip_session *session,
                                     const struct ptn_chip_command *command, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    bool odd = (command->instruction & 1U) != 0;
    struct ptn_buffer *plain = &session->plain;
    uint8_t first[PTN_CHIP_BLOCK_MAX];
    size_t indicator_len = odd ? 0 : 1;
    struct ptn_status status = ptn_buffer_add(plain, command->data);

    if (ptn_ok(status))
        status = ptn_chip_pad(plain, ptn_chip_block_len(session->keys.cipher));
    if (ptn_ok(status) && (!first_block(session, first) ||
                           !ptn_chip_crypt(session->keys.cipher, session->keys.encryption, first,
                                           true, ptn_buffer_bytes(plain), plain->at)))
        status = no_cipher(reterr);
    if (ptn_ok(status))
        status = ptn_chip_add_head(out, odd ? 0x85 : 0x87, plain->len + indicator_len);
    if (ptn_ok(status) && !odd)
        status = ptn_buffer_add_u8(out, BY_PADDING);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_buffer_bytes(plain));
    ptn_buffer_clear(plain);
    return status;
}

/* Header, length, objects, their MAC, and room for all that may come back. */
static struct ptn_status cover(struct ptn_chip_session *session,
                               const struct ptn_chip_command *command, struct ptn_diag *reterr)
{
    const size_t len_at = command->extended ? HEADER_LEN + 2 : HEADER_LEN; /* its last byte */
    struct ptn_buffer *out = &session->command;
    struct ptn_bytes head, body;
    uint8_t mac[PTN_CHIP_MAC_LEN];
    struct ptn_status status = add_header(out, command, PROTECTED);

    if (ptn_ok(status))
        status = add_len(out, command, 0); /* it is known at the end */
    if (ptn_ok(status) && command->data.len > 0)
        status = add_covered(session, command, out, reterr);
    if (ptn_ok(status) && command->expected != PTN_CHIP_NONE) {
        status = ptn_chip_add_head(out, TAG_EXPECTED, command->extended ? 2 : 1);
        if (ptn_ok(status))
            status = add_expected(out, command);
    }
    if (!ptn_ok(status))
        return status;
    head = ptn_bytes_of(out->at, HEADER_LEN);
    body = ptn_bytes_slice(ptn_buffer_bytes(out), len_at + 1, SIZE_MAX);
    status = authenticate(session, head, body, mac, reterr);
    if (ptn_ok(status))
        status = ptn_chip_add_object(out, 0x8e, ptn_bytes_of(mac, sizeof(mac)));
    if (ptn_ok(status) && out->len - len_at - 1 > UINT8_MAX)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, UINT8_MAX, "a command too long for this chip");
    if (!ptn_ok(status))
        return status;
    out->at[len_at] = (uint8_t)(out->len - len_at - 1);
    return command->extended ? ptn_buffer_add_u16(out, 0) : ptn_buffer_add_u8(out, 0);
}

/* Take the covered data off: what is before the padding. */
static struct ptn_status uncover(struct ptn_chip_session *session, struct ptn_bytes covered,
                                 bool indicated, struct ptn_diag *reterr)
{
    struct ptn_buffer *plain = &session->plain;
    uint8_t first[PTN_CHIP_BLOCK_MAX];
    struct ptn_status status;

    if (indicated && (covered.len == 0 || covered.at[0] != BY_PADDING))
        return broken(reterr, "the chip's answer is padded in a way that nobody knows");
    covered = ptn_bytes_slice(covered, indicated ? 1 : 0, SIZE_MAX);
    if (covered.len == 0 || covered.len % ptn_chip_block_len(session->keys.cipher) != 0)
        return broken(reterr, "the chip's answer is no whole block");
    status = ptn_buffer_add(plain, covered);
    if (!ptn_ok(status))
        return status;
    if (!first_block(session, first) ||
        !ptn_chip_crypt(session->keys.cipher, session->keys.encryption, first, false, covered,
                        plain->at))
        return no_cipher(reterr);
    while (plain->len > 0 && plain->at[plain->len - 1] == 0)
        plain->len--;
    if (plain->len == 0 || plain->at[plain->len - 1] != 0x80)
        return broken(reterr, "the chip's answer has no padding");
    plain->len--;
    return PTN_OK;
}

/* CHIP-2: [covered data] status MAC, and nothing beside. */
static struct ptn_status open_answer(struct ptn_chip_session *session, uint16_t *ret_word,
                                     struct ptn_diag *reterr)
{
    struct ptn_bytes all = answered(session);
    struct ptn_bytes rest = all;
    struct ptn_bytes covered = PTN_BYTES_NONE;
    struct ptn_bytes word, mac;
    bool indicated = ptn_chip_take(&rest, V_ASN1_CONTEXT_SPECIFIC, TAG_COVERED, &covered);
    bool has_data = indicated || ptn_chip_take(&rest, V_ASN1_CONTEXT_SPECIFIC, TAG_PLAIN, &covered);
    uint8_t own[PTN_CHIP_MAC_LEN];
    struct ptn_status status;

    if (!ptn_chip_take(&rest, V_ASN1_CONTEXT_SPECIFIC, TAG_WORD, &word) || word.len != 2 ||
        rest.len != MAC_OBJECT_LEN || !ptn_chip_take(&rest, V_ASN1_CONTEXT_SPECIFIC, TAG_MAC, &mac))
        return broken(reterr, "the chip's answer is not protected");
    count(session);
    status = authenticate(session, PTN_BYTES_NONE,
                          ptn_bytes_slice(all, 0, all.len - MAC_OBJECT_LEN), own, reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_chip_mac_equal(own, mac))
        return broken(reterr, "the chip's answer is not from the chip that was opened");
    *ret_word = (uint16_t)(word.at[0] << 8 | word.at[1]);
    return has_data ? uncover(session, covered, indicated, reterr) : PTN_OK;
}

static struct ptn_status send_protected(struct ptn_chip_session *session,
                                        const struct ptn_chip_command *command, uint16_t *ret_word,
                                        struct ptn_diag *reterr)
{
    struct ptn_status status;

    count(session);
    status = cover(session, command, reterr);
    if (ptn_ok(status))
        status = transmit(session, ret_word, reterr);
    if (ptn_ok(status))
        status = open_answer(session, ret_word, reterr);
    return status;
}

struct ptn_status ptn_chip_send(struct ptn_chip_session *session,
                                const struct ptn_chip_command *command, uint16_t *ret_word,
                                struct ptn_diag *reterr)
{
    PTN_PRE(command->data.len <= PTN_CHIP_DATA_MAX && command->expected <= SHORT_LEN);
    ptn_buffer_clear(&session->command);
    ptn_buffer_clear(&session->plain);
    return session->protected ? send_protected(session, command, ret_word, reterr)
                              : send_plain(session, command, ret_word, reterr);
}

struct ptn_status ptn_chip_select(struct ptn_chip_session *session, unsigned file,
                                  uint16_t *ret_word, struct ptn_diag *reterr)
{
    const uint8_t name[] = { (uint8_t)(file >> 8), (uint8_t)file };

    return ptn_chip_send(session,
                         &(struct ptn_chip_command){ .instruction = 0xa4,
                                                     .p1 = 0x02,
                                                     .p2 = 0x0c,
                                                     .data = ptn_bytes_of(name, sizeof(name)),
                                                     .expected = PTN_CHIP_NONE },
                         ret_word, reterr);
}
