/* document/chip_read_int.h -- what the files of chip_read.h share: keys, one command, a session. */
#ifndef PTN_DOCUMENT_CHIP_READ_INT_H
#define PTN_DOCUMENT_CHIP_READ_INT_H
#include "document/chip_read.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#define PTN_CHIP_SECRET_MAX 32u /* bytes of a key */
#define PTN_CHIP_BLOCK_MAX  16u
#define PTN_CHIP_MAC_LEN    8u
#define PTN_CHIP_DATA_MAX   223u /* plain bytes that fit into a protected answer of 256 */
#define PTN_CHIP_NONE       (-1)
#define PTN_CHIP_DONE       0x9000U /* the status word of a command that was done */
#define PTN_CHIP_FILE_COM   0x011eU /* EF.COM, which every application has */

/* In the order of the last number of a PACE protocol's identifier. */
enum ptn_chip_cipher {
    PTN_CHIP_3DES,
    PTN_CHIP_AES_128,
    PTN_CHIP_AES_192,
    PTN_CHIP_AES_256,
};

/* ---- keys (chip_key.c): part 11, section 9.7.1 ---- */

/* SHA-1 of the printed lines' part, or the access number's digits: what everything is made of. */
struct ptn_chip_seed {
    uint8_t at[32];
    size_t len;
};

bool ptn_chip_seed_of(const struct ptn_chip_key *key, struct ptn_chip_seed *ret_seed);

/* The keys of a session, of what both sides share. */
struct ptn_chip_keys {
    enum ptn_chip_cipher cipher;
    uint8_t encryption[PTN_CHIP_SECRET_MAX], authentication[PTN_CHIP_SECRET_MAX];
};
bool ptn_chip_keys_of(enum ptn_chip_cipher cipher, struct ptn_bytes shared,
                      struct ptn_chip_keys *ret_keys);

/* The digest of two pieces, one after the other. */
bool ptn_chip_digest(const EVP_MD *digest, struct ptn_bytes first, struct ptn_bytes second,
                     uint8_t ret_digest[EVP_MAX_MD_SIZE]);

/* The key of that counter: 1 encryption, 2 authentication, 3 PACE's password. */
bool ptn_chip_derive(enum ptn_chip_cipher cipher, struct ptn_bytes seed, uint8_t counter,
                     uint8_t ret_key[PTN_CHIP_SECRET_MAX]);

/* ---- ciphers (chip_cipher.c) ---- */

size_t ptn_chip_block_len(enum ptn_chip_cipher cipher);

/* CBC without padding, whole blocks; iv NULL: zero. out may be where in is. */
bool ptn_chip_crypt(enum ptn_chip_cipher cipher, const uint8_t *key, const uint8_t *iv,
                    bool encrypt, struct ptn_bytes in, uint8_t *out);

/* One block by itself, which PACE's messaging makes its vectors with. */
bool ptn_chip_crypt_block(enum ptn_chip_cipher cipher, const uint8_t *key, const uint8_t *in,
                          uint8_t *out);

/* 3DES: ISO/IEC 9797-1 algorithm 3, whole blocks. AES: CMAC, its first eight bytes. */
bool ptn_chip_mac(enum ptn_chip_cipher cipher, const uint8_t *key, struct ptn_bytes in,
                  uint8_t ret_mac[PTN_CHIP_MAC_LEN]);

/* ---- objects (chip_secure.c) ---- */

/* An object's tag, of one byte or two, and the length of what is to follow: 255 at most. */
PTN_MUST_USE struct ptn_status ptn_chip_add_head(struct ptn_buffer *out, unsigned tag, size_t len);
size_t ptn_chip_head_len(unsigned tag, size_t len);
PTN_MUST_USE struct ptn_status ptn_chip_add_object(struct ptn_buffer *out, unsigned tag,
                                                   struct ptn_bytes content);

/* 80, then zeros to whole blocks. */
PTN_MUST_USE struct ptn_status ptn_chip_pad(struct ptn_buffer *buffer, size_t block_len);

/* ---- one command (chip_secure.c) ---- */

struct ptn_chip_command {
    uint8_t class, instruction, p1, p2;
    struct ptn_bytes data;
    int expected;  /* bytes, 256 at most; PTN_CHIP_NONE: no data come back */
    bool extended; /* lengths of two bytes: as much comes back as there is */
};

struct ptn_chip_session {
    struct ptn_card card;
    const struct ptn_world *world;
    enum ptn_chip_access access;
    bool protected; /* what is below means something */
    struct ptn_chip_keys keys;
    uint8_t counter[PTN_CHIP_BLOCK_MAX]; /* as long as a block */
    struct ptn_buffer command, answer, plain, covered;
};

/* Begin to protect with these keys and that counter, a block long. */
void ptn_chip_protect(struct ptn_chip_session *session, const struct ptn_chip_keys *keys,
                      const uint8_t *counter);

/*
 * Send a command as the session stands, plain or protected. The answer's data are in session->plain
 * until the next. OK whatever the chip's status word says; CORRUPT: an answer that is none; IO;
 * NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_chip_send(struct ptn_chip_session *session,
                                             const struct ptn_chip_command *command,
                                             uint16_t *ret_word, struct ptn_diag *reterr);

/* Select a file of the application, or of the chip itself. */
PTN_MUST_USE struct ptn_status ptn_chip_select(struct ptn_chip_session *session, unsigned file,
                                               uint16_t *ret_word, struct ptn_diag *reterr);

/* A MAC in a time that does not depend on where it differs. */
bool ptn_chip_mac_equal(const uint8_t *a, struct ptn_bytes b);

/* ---- keys for once (chip_pace.c) ---- */

#define PTN_CHIP_FIELD_LEN_MAX 66u /* bytes of a coordinate: 521 bits */
#define PTN_CHIP_POINT_LEN_MAX (1u + 2u * PTN_CHIP_FIELD_LEN_MAX) /* uncompressed */

/* A number from 1 to below the order, each as likely. NO_MEMORY; IO: randomness that is none. */
PTN_MUST_USE struct ptn_status ptn_chip_draw(const struct ptn_world *world, const BIGNUM *order,
                                             BIGNUM *ret_secret, struct ptn_diag *reterr);

/* The keys of a point that both sides know. False: it has no coordinates that fit, or no memory. */
bool ptn_chip_share(const EC_GROUP *group, const EC_POINT *shared, enum ptn_chip_cipher cipher,
                    struct ptn_chip_keys *ret_keys);

/* An object within 7C; empty: 7C alone. */
PTN_MUST_USE struct ptn_status ptn_chip_add_step(struct ptn_buffer *out, unsigned tag,
                                                 struct ptn_bytes data);

/* ---- PACE (chip_pace.c) ---- */

/* Take what EF.CardAccess offers. False: nothing that is known here. */
struct ptn_chip_pace {
    uint8_t protocol[10]; /* the object identifier's bytes */
    int curve;            /* OpenSSL's number */
    uint8_t parameters;   /* of the domain */
    bool ambiguous;       /* it offers more than one set of them: which is said */
    enum ptn_chip_cipher cipher;
};
bool ptn_chip_pace_offered(struct ptn_bytes card_access, struct ptn_chip_pace *ret_pace);

/* Agree on keys and protect the session with them. BAD_INPUT: another password opens it. */
PTN_MUST_USE struct ptn_status ptn_chip_pace_run(struct ptn_chip_session *session,
                                                 const struct ptn_chip_pace *pace,
                                                 const struct ptn_chip_key *key,
                                                 struct ptn_diag *reterr);
#endif
