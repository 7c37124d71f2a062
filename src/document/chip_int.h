/* document/chip_int.h -- what the two halves of chip.h share: the certificates held, and one step
 * of DER. */
#ifndef PTN_DOCUMENT_CHIP_INT_H
#define PTN_DOCUMENT_CHIP_INT_H
#include "document/chip.h"

#include <openssl/cms.h>
#include <openssl/x509.h>

struct ptn_chip_trust {
    STACK_OF(X509) * authorities;
    STACK_OF(X509_CRL) * revocations;
};

/* Take the next element of those bytes off them; its content is within them. False when it is not
 * of that class and tag, has no stated length, or says it is longer than what is there. */
bool ptn_chip_take(struct ptn_bytes *rest, int class, int tag, struct ptn_bytes *ret_content);

/* The State of a certificate's subject, else of its issuer, as documents print it; "": none. */
void ptn_chip_state_of(const X509 *certificate, char ret_state[4]);

/* The authority of the certificate's State that issued it, or NULL; ret_held: that State has any.
 */
X509 *ptn_chip_issuer_of(const struct ptn_chip_trust *trust, X509 *certificate, bool *ret_held);

/* True when a list of that authority's says so. */
bool ptn_chip_is_revoked(const struct ptn_chip_trust *trust, X509 *certificate, X509 *authority);

/*
 * The signed data in DER, of that content type (an OID in digits and dots, or another): signed by
 * the one certificate it carries. NULL when it is not, with why. Owned; the signer is the data's.
 */
CMS_ContentInfo *ptn_chip_signed(struct ptn_bytes der, const char *type, const char *or_type,
                                 X509 **ret_signer, struct ptn_bytes *ret_content, bool *ret_forged,
                                 const char **ret_why);
#endif
