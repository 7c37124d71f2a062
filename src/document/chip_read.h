/*
 * document/chip_read.h -- reading the chip of an electronic travel document: opened by the lines
 * printed on it or by its card access number (PACE, else Basic Access Control), then file by file
 * under secure messaging.
 *
 * A chip is a value, like a network: whoever carries its commands (PC/SC, a test) gives one
 * function. Nothing that a chip answers is trusted: lengths are bounded by what the caller asked
 * for, and an answer that is not as secure messaging wants it ends the reading. What the files say
 * is chip.h's. Standard: ICAO Doc 9303 part 11, sections 4, 9.7 and 9.8, appendices D and G; part
 * 10, section 3; ISO/IEC 7816-4; BSI TR-03110. Not read: chips that offer PACE only with integrated
 * mapping or finite-field groups.
 */
#ifndef PTN_DOCUMENT_CHIP_READ_H
#define PTN_DOCUMENT_CHIP_READ_H
#include "base/world.h"
#include "document/chip.h"

#define PTN_CHIP_KEY_SIZE    48u
#define PTN_CHIP_COMMAND_MAX 1024u /* bytes of a command or an answer to one */

/* Files by their identifiers. EF.DG1 to EF.DG16 are 0101 to 0110. */
#define PTN_CHIP_FILE_SOD      0x011dU
#define PTN_CHIP_FILE_GROUP(n) (0x0100U + (n))

/* Where commands go. */
struct ptn_card {
    /* Send one command, append the answer with its two status bytes. IO: the chip is gone or the
     * reader failed; TOO_BIG or NO_MEMORY of the buffer. */
    struct ptn_status (*transmit)(void *context, struct ptn_bytes command,
                                  struct ptn_buffer *answer);
    void *context; /* Borrowed */
};

/* What opens a chip. */
struct ptn_chip_key {
    bool is_access_number;        /* text is the six digits of a card access number: PACE only */
    char text[PTN_CHIP_KEY_SIZE]; /* else number, birth and expiry, each with its check digit */
};

/* From the lines of a page, whose check digits are worked out anew. False: its format has no such
 * fields, or one cannot be read. */
bool ptn_chip_key_of(const struct ptn_mrz *mrz, struct ptn_chip_key *ret_key);

/* From text as it is in the struct. False when it is neither of the two. */
bool ptn_chip_key_parse(struct ptn_bytes text, struct ptn_chip_key *ret_key);

/* How a chip was opened. */
enum ptn_chip_access {
    PTN_CHIP_ACCESS_OPEN,  /* it asks nothing of anybody: not allowed any more, and still read */
    PTN_CHIP_ACCESS_BASIC, /* Basic Access Control */
    PTN_CHIP_ACCESS_PACE,
};

/* A chip that is open. For one thread. */
struct ptn_chip_session;

/*
 * Open the chip at hand. Randomness is the world's. ret_session is set on success only. Owned:
 * _free.
 *
 * OK; NOT_FOUND: no travel document's application is on it; BAD_INPUT: it does not open with this
 * key; CORRUPT: it answers what no chip should, or others talk between; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_chip_open(const struct ptn_card *card,
                                             const struct ptn_chip_key *key,
                                             const struct ptn_world *world,
                                             struct ptn_chip_session **ret_session,
                                             struct ptn_diag *reterr);
void ptn_chip_close(struct ptn_chip_session *session); /* wipes its keys; takes NULL */
enum ptn_chip_access ptn_chip_access_of(const struct ptn_chip_session *session);

/* "open", "basic", "pace": a literal. */
const char *ptn_chip_access_word(enum ptn_chip_access access);

/*
 * Append a whole file to out, outer tag and all, as its own length says and out's cap allows.
 * OK; NOT_FOUND: the chip has no such file, or does not give it to this key; TOO_BIG; CORRUPT and
 * IO: the session is of no more use; NO_MEMORY. Without success out is as before.
 */
PTN_MUST_USE struct ptn_status ptn_chip_read_file(struct ptn_chip_session *session, unsigned file,
                                                  struct ptn_buffer *out, struct ptn_diag *reterr);

/* Whether the chip is the one whose files these are, or a copy that has the files alone. */
enum ptn_chip_proof {
    PTN_CHIP_PROOF_NONE,   /* the files name no way that is known here */
    PTN_CHIP_PROOF_GIVEN,  /* it has the secret that belongs to them */
    PTN_CHIP_PROOF_FAILED, /* it has not */
};

/*
 * Have the chip prove it: by chip authentication where DG14 has a key for it, else by active
 * authentication with the key in DG15; empty: the chip has no such group. That the groups are as
 * they were signed is the caller's to check (chip.h), before: a copy may bring keys of its own.
 * After FAILED the session is of no more use, nor may it be after NONE where DG15 has a long key.
 * Not known here: keys for chip authentication that are no curve's, RSA keys of more than 4,096
 * bits, and those of more than 1,776 on a chip that has no long answers for their signatures.
 * Standard: Doc 9303 part 11, sections 6.1 and 6.2; ISO/IEC 9796-2.
 *
 * OK; CORRUPT and IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_chip_prove(struct ptn_chip_session *session,
                                              struct ptn_bytes dg14, struct ptn_bytes dg15,
                                              enum ptn_chip_proof *ret_proof,
                                              struct ptn_diag *reterr);

/* "none", "given", "failed": a literal. */
const char *ptn_chip_proof_word(enum ptn_chip_proof proof);
#endif
