/*
 * document/chip.h -- what a document's chip holds, and whether its issuer signed it: passive
 * authentication of an electronic travel document.
 *
 * Files in, a finding out; no I/O and no clock. A chip that is as its issuer signed it shows that
 * the data were not changed; that the chip is no copy it does not show (Doc 9303 part 11, chip and
 * active authentication). Standard: ICAO Doc 9303 parts 10, 11 (section 5.1) and 12; RFC 5652.
 * What each finding means: docs/DOCUMENTS.md, Chips.
 */
#ifndef PTN_DOCUMENT_CHIP_H
#define PTN_DOCUMENT_CHIP_H
#include "base/date.h"
#include "document/mrz.h"

#define PTN_CHIP_GROUPS    16u         /* data groups DG1 to DG16 */
#define PTN_CHIP_SOD_MAX   (64u << 10) /* bytes of EF.SOD */
#define PTN_CHIP_GROUP_MAX (4u << 20)  /* of a data group */
#define PTN_CHIP_TRUST_MAX (16u << 20) /* of a file of certificates, or a master list */

/* Files as the chip gives them, outer tag and all. A group that was not read is empty. */
struct ptn_chip_files {
    struct ptn_bytes sod;
    struct ptn_bytes groups[PTN_CHIP_GROUPS]; /* DG1 first */
};

/* What the issuers sign with: certificates of country signing authorities and revocation lists. */
struct ptn_chip_trust;

struct ptn_chip_held {
    size_t authorities; /* certificates */
    size_t states;      /* different countries in them */
    size_t revocations; /* lists */
};

/* The worst that was found, from best to worst. */
enum ptn_chip_finding {
    PTN_CHIP_GENUINE,        /* every group given is as a known authority's signer signed it */
    PTN_CHIP_NOT_HELD,       /* no certificate of the signer's country is held: not confirmed */
    PTN_CHIP_SIGNER_EXPIRED, /* the signer's certificate has run out */
    PTN_CHIP_SIGNER_UNKNOWN, /* that country's are held, and none of them issued the signer's */
    PTN_CHIP_SIGNER_OTHER,   /* signed, but by another State than the document names */
    PTN_CHIP_SIGNER_REVOKED,
    PTN_CHIP_ALTERED,    /* a group, or what was signed, is not as it was signed */
    PTN_CHIP_UNREADABLE, /* no signed security object */
};
#define PTN_CHIP_FINDING_COUNT 8u

struct ptn_chip_answer {
    enum ptn_chip_finding finding;
    const char *why;                 /* of ALTERED and UNREADABLE, a literal; else NULL */
    uint32_t listed;                 /* bit n - 1: the security object has a digest of DGn */
    uint32_t checked, altered;       /* of those given: same, and not the same */
    char state[4];                   /* the signer's country as documents print it; "": not known */
    char signer[65];                 /* SHA-256 of the signer's certificate, hex; "": none */
    char digest[16];                 /* of the groups: "SHA256" */
    struct ptn_date until;           /* the signer's last day */
    char mrz[PTN_MRZ_CHARS_MAX + 1]; /* of a DG1 that is as it was signed, lines in one; "": none */
};

/* None yet. NULL: no memory. Owned by the caller: _free, which takes NULL. */
struct ptn_chip_trust *ptn_chip_trust_new(void);
void ptn_chip_trust_free(struct ptn_chip_trust *trust);

/*
 * Add certificates and revocation lists, each once: one in DER, or any number in PEM, where
 * anything else is passed over. OK; BAD_INPUT when one cannot be read (offset: which, from 1) or
 * there is none; TOO_BIG; NO_MEMORY. Those before a failure stay.
 */
PTN_MUST_USE struct ptn_status ptn_chip_trust_add(struct ptn_chip_trust *trust,
                                                  struct ptn_bytes file, struct ptn_diag *reterr);

/* A new one with what that file has. The codes of _add; ret_trust is set on success only. Owned:
 * _free. */
PTN_MUST_USE struct ptn_status ptn_chip_trust_load(struct ptn_bytes file,
                                                   struct ptn_chip_trust **ret_trust,
                                                   struct ptn_diag *reterr);

/*
 * Add the certificates of a master list (Doc 9303 part 12, section 9). Its signer's certificate
 * must come from an authority that is held: a list from nobody known adds nothing. ret_count: those
 * it has. The codes of _add.
 */
PTN_MUST_USE struct ptn_status ptn_chip_trust_add_list(struct ptn_chip_trust *trust,
                                                       struct ptn_bytes list, size_t *ret_count,
                                                       struct ptn_diag *reterr);

/* All of it as PEM, in the order in which it came. OK, NO_MEMORY, or the buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_chip_trust_write(const struct ptn_chip_trust *trust,
                                                    struct ptn_buffer *out);
struct ptn_chip_held ptn_chip_trust_held(const struct ptn_chip_trust *trust);

/*
 * Check the files on that day. Whatever is wrong with them is a finding, so that it always ends in
 * one; OK, or TOO_BIG past the limits above, or NO_MEMORY. today is full. Any number of threads
 * may check against one trust.
 */
PTN_MUST_USE struct ptn_status
ptn_chip_check(const struct ptn_chip_files *files, const struct ptn_chip_trust *trust,
               struct ptn_date today, struct ptn_chip_answer *ret_answer, struct ptn_diag *reterr);

/* Whether the chip's lines are those that were read from the page. False when either has none. */
bool ptn_chip_same_lines(const struct ptn_chip_answer *answer, const struct ptn_mrz *mrz);

/* "genuine", "not-held", ...: a literal. */
const char *ptn_chip_finding_word(enum ptn_chip_finding finding);

/* "finding", "why", "groups": [{"group", "state"}], "signer": {...}, "digest",
 * "mrz", into an object that the caller has opened and will close. */
void ptn_chip_write_json_members(struct ptn_json *json, const struct ptn_chip_answer *answer);
#endif
