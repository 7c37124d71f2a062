/* tests/unit/chip_made.h -- chips of people who do not exist, signed by authorities made on the
 * spot. Every failure to make one ends the program. */
#ifndef CHIP_MADE_H
#define CHIP_MADE_H
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>

#include "base/bytes.h"

#define MADE_MUST(cond) ((cond) ? (void)0 : abort())

struct made {
    EVP_PKEY *key;
    X509 *certificate;
};

/* A certificate of that State, issued by another or by itself (NULL), good until that year.
 * explicit spells the curve of its key out. */
static struct made made_new(const char *state, const char *name, const struct made *issuer,
                            const char *until, long serial, bool explicit)
{
    struct made made = { .key = EVP_EC_gen("P-256"), .certificate = X509_new() };
    X509_NAME *subject = X509_NAME_new();

    MADE_MUST(made.key != NULL && made.certificate != NULL && subject != NULL);
    if (explicit)
        MADE_MUST(EVP_PKEY_set_utf8_string_param(made.key, "encoding", "explicit") == 1);
    /* Not by its short name, which would insist on two letters. */
    MADE_MUST(X509_NAME_add_entry_by_NID(subject, NID_countryName, V_ASN1_PRINTABLESTRING,
                                         (const unsigned char *)state, -1, -1, 0) == 1);
    MADE_MUST(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
                                         -1, -1, 0) == 1);
    MADE_MUST(X509_set_version(made.certificate, 2) == 1);
    MADE_MUST(ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial) == 1);
    MADE_MUST(X509_set_subject_name(made.certificate, subject) == 1);
    MADE_MUST(X509_set_issuer_name(
                  made.certificate,
                  issuer == NULL ? subject : X509_get_subject_name(issuer->certificate)) == 1);
    MADE_MUST(ASN1_TIME_set_string(X509_getm_notBefore(made.certificate), "200101000000Z") == 1);
    MADE_MUST(ASN1_TIME_set_string(X509_getm_notAfter(made.certificate), until) == 1);
    MADE_MUST(X509_set_pubkey(made.certificate, made.key) == 1);
    MADE_MUST(X509_sign(made.certificate, issuer == NULL ? made.key : issuer->key, EVP_sha256()) >
              0);
    X509_NAME_free(subject);
    return made;
}

static void made_free(struct made *made)
{
    X509_free(made->certificate);
    EVP_PKEY_free(made->key);
}

/* An element of DER around those bytes, added to out. tag: one or two bytes. */
static void made_wrap(struct ptn_buffer *out, unsigned tag, struct ptn_bytes content)
{
    if (tag > 0xff)
        MADE_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)(tag >> 8))));
    MADE_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)tag)));
    if (content.len > 0x7f)
        MADE_MUST(ptn_ok(ptn_buffer_add_u8(out, 0x82)) &&
                  ptn_ok(ptn_buffer_add_u8(out, (uint8_t)(content.len >> 8))));
    MADE_MUST(ptn_ok(ptn_buffer_add_u8(out, (uint8_t)content.len)));
    MADE_MUST(ptn_ok(ptn_buffer_add(out, content)));
}

/* EF.DG1 with those lines, one after another. */
static void made_dg1(struct ptn_buffer *out, const char *lines)
{
    struct ptn_buffer inner = { .len_max = 4096 };

    made_wrap(&inner, 0x5f1f, ptn_bytes_from_text(lines));
    made_wrap(out, 0x61, ptn_buffer_bytes(&inner));
    ptn_buffer_release(&inner);
}

/* Signed data of that type, in DER, added to out. */
static void made_sign(struct ptn_buffer *out, const char *type, struct ptn_bytes content,
                      const struct made *signer)
{
    const unsigned flags = CMS_PARTIAL | CMS_BINARY;
    CMS_ContentInfo *data = CMS_sign(NULL, NULL, NULL, NULL, flags);
    ASN1_OBJECT *kind = OBJ_txt2obj(type, 1);
    BIO *from = BIO_new_mem_buf(content.at, (int)content.len);
    unsigned char *der = NULL;
    int len;

    MADE_MUST(data != NULL && kind != NULL && from != NULL);
    MADE_MUST(CMS_set1_eContentType(data, kind) == 1);
    MADE_MUST(CMS_add1_signer(data, signer->certificate, signer->key, EVP_sha256(), flags) != NULL);
    MADE_MUST(CMS_final(data, from, NULL, flags) == 1);
    len = i2d_CMS_ContentInfo(data, &der);
    MADE_MUST(len > 0 && ptn_ok(ptn_buffer_add(out, ptn_bytes_of(der, (size_t)len))));
    OPENSSL_free(der);
    BIO_free(from);
    ASN1_OBJECT_free(kind);
    CMS_ContentInfo_free(data);
}

/* EF.SOD over those groups; numbers count from 1. */
static void made_sod(struct ptn_buffer *out, const struct ptn_bytes *groups, size_t group_count,
                     const struct made *signer)
{
    static const uint8_t sha256[] = { 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                      0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
    struct ptn_buffer digests = { .len_max = 4096 }, object = { .len_max = 4096 },
                      whole = { .len_max = 4096 }, signed_data = { .len_max = 65536 };
    uint8_t zero = 0;

    for (size_t i = 0; i < group_count; i++) {
        struct ptn_buffer pair = { .len_max = 256 };
        uint8_t number = (uint8_t)(i + 1), digest[32];

        MADE_MUST(EVP_Digest(groups[i].at, groups[i].len, digest, NULL, EVP_sha256(), NULL) == 1);
        made_wrap(&pair, 0x02, ptn_bytes_of(&number, 1));
        made_wrap(&pair, 0x04, ptn_bytes_of(digest, sizeof(digest)));
        made_wrap(&digests, 0x30, ptn_buffer_bytes(&pair));
        ptn_buffer_release(&pair);
    }
    made_wrap(&object, 0x02, ptn_bytes_of(&zero, 1));
    MADE_MUST(ptn_ok(ptn_buffer_add(&object, ptn_bytes_of(sha256, sizeof(sha256)))));
    made_wrap(&object, 0x30, ptn_buffer_bytes(&digests));
    made_wrap(&whole, 0x30, ptn_buffer_bytes(&object));
    made_sign(&signed_data, "2.23.136.1.1.1", ptn_buffer_bytes(&whole), signer);
    made_wrap(out, 0x77, ptn_buffer_bytes(&signed_data));
    ptn_buffer_release(&digests);
    ptn_buffer_release(&object);
    ptn_buffer_release(&whole);
    ptn_buffer_release(&signed_data);
}

/* PEM of a certificate, added to out. */
static void made_pem(struct ptn_buffer *out, X509 *certificate)
{
    BIO *to = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len;

    MADE_MUST(to != NULL && PEM_write_bio_X509(to, certificate) == 1);
    len = BIO_get_mem_data(to, &text);
    MADE_MUST(ptn_ok(ptn_buffer_add(out, ptn_bytes_of(text, (size_t)len))));
    BIO_free(to);
}
#endif
