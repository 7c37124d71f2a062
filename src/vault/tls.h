/*
 * vault/tls.h -- what a node shows on the wire: an Ed25519 key and a self-signed certificate, known
 * by the digest of its public key.
 *
 * DIR/vault/tls.key and tls.crt are PEM (mode 0600). No authority signs them and no name in them
 * counts: the roster holds the SHA-256 of each node's SubjectPublicKeyInfo, and both ends compare
 * it themselves. Standard: RFC 8410 (Ed25519 in X.509), RFC 7469 section 2.4 (SPKI fingerprints),
 * by OpenSSL.
 */
#ifndef PTN_VAULT_TLS_H
#define PTN_VAULT_TLS_H
#include "base/date.h"
#include "base/world.h"

#define PTN_TLS_ID_LEN      32u /* SHA-256 of a certificate's SubjectPublicKeyInfo */
#define PTN_TLS_PEM_LEN_MAX ((size_t)16 << 10)

/*
 * ptn_tls_create(world, dir, name, reterr):
 * Make a key and a certificate in DIR/vault, which must be there. name stands in the subject for
 * whoever reads it, cut to 64 characters; the certificate is valid for twenty years from the day
 * before the world's now.
 *
 * OK; BUSY when there is one already; BAD_INPUT for a name that no certificate can carry; IO;
 * NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_tls_create(const struct ptn_world *world, const char *dir,
                                              const char *name, struct ptn_diag *reterr);

/* Append the PEM text of DIR/vault/tls.key and tls.crt. NOT_FOUND, TOO_BIG, IO. The key's buffer is
 * the caller's to wipe. */
PTN_MUST_USE struct ptn_status ptn_tls_read(const struct ptn_world *world, const char *dir,
                                            struct ptn_buffer *key_pem,
                                            struct ptn_buffer *certificate_pem);

/* The digest by which a certificate (PEM) is known. BAD_INPUT when it is none; IO. */
PTN_MUST_USE struct ptn_status ptn_tls_id(struct ptn_bytes certificate_pem,
                                          uint8_t ret_id[PTN_TLS_ID_LEN]);

/* By what the node of dir is known: the digest of its own certificate, whose key is there, too. The
 * codes of ptn_tls_read and ptn_tls_id. */
PTN_MUST_USE struct ptn_status ptn_tls_own_id(const struct ptn_world *world, const char *dir,
                                              uint8_t ret_id[PTN_TLS_ID_LEN]);

/* The first and the last whole day (UTC) on which it says that it is valid. The codes of
 * ptn_tls_id. */
PTN_MUST_USE struct ptn_status ptn_tls_days(struct ptn_bytes certificate_pem,
                                            struct ptn_date *ret_first, struct ptn_date *ret_last);
#endif
