#include "vault/tls.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

#define PATH_SIZE    4096u
#define NAME_LEN_MAX 64u
#define VALID_DAYS   7305

static struct ptn_status make_path(char path[PATH_SIZE], const char *dir, const char *file)
{
    int len = snprintf(path, PATH_SIZE, "%s/vault/%s", dir, file);

    return (struct ptn_status){ len > 0 && (size_t)len < PATH_SIZE ? PTN_C_OK : PTN_C_TOO_BIG };
}

/* Version 3, a serial of the world's randomness, subject and issuer alike, signed by its own key.
 * NULL on failure. */
static X509 *make_certificate(const struct ptn_world *world, EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();
    uint8_t serial[16];
    BIGNUM *number = NULL;
    time_t now = (time_t)(world->now_ms(world->context) / 1000);
    bool good = certificate != NULL;

    world->random(world->context, serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive and always sixteen bytes long */
    number = BN_bin2bn(serial, sizeof(serial), NULL);
    good = good && number != NULL &&
           BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL &&
           X509_set_version(certificate, X509_VERSION_3) == 1 &&
           X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &now) != NULL &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, &now) != NULL &&
           X509_set_pubkey(certificate, key) == 1 &&
           X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
           X509_sign(certificate, key, NULL) > 0;
    BN_free(number);
    if (!good) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

/* Write what the BIO holds to DIR/vault/file. */
static struct ptn_status keep(const struct ptn_world *world, const char *dir, const char *file,
                              BIO *pem)
{
    char path[PATH_SIZE];
    char *at = NULL;
    long len = BIO_get_mem_data(pem, &at);
    struct ptn_status status = make_path(path, dir, file);

    if (!ptn_ok(status) || len <= 0)
        return (struct ptn_status){ ptn_ok(status) ? PTN_C_IO : status.code };
    return world->files->replace(world->context, path, ptn_bytes_of(at, (size_t)len));
}

struct ptn_status ptn_tls_create(const struct ptn_world *world, const char *dir, const char *name,
                                 struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    char subject[NAME_LEN_MAX + 1];
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    BIO *pem = NULL;
    struct ptn_status status = make_path(path, dir, "tls.key");

    if (ptn_ok(status) && world->files->exists(world->context, path))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "there is a key already");
    if (name[0] == '\0')
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a certificate needs a name");
    (void)snprintf(subject, sizeof(subject), "%s", name);
    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    certificate = key == NULL ? NULL : make_certificate(world, key, subject);
    pem = BIO_new(BIO_s_secmem());
    if (ptn_ok(status) && (certificate == NULL || pem == NULL ||
                           PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) != 1))
        status = ptn_fail(PTN_C_IO, reterr, 0, "no key and certificate could be made");
    if (ptn_ok(status))
        status = keep(world, dir, "tls.key", pem);
    BIO_free(pem);
    pem = BIO_new(BIO_s_mem());
    if (ptn_ok(status) && (pem == NULL || PEM_write_bio_X509(pem, certificate) != 1))
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the certificate");
    if (ptn_ok(status))
        status = keep(world, dir, "tls.crt", pem);
    BIO_free(pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return status;
}

struct ptn_status ptn_tls_read(const struct ptn_world *world, const char *dir,
                               struct ptn_buffer *key_pem, struct ptn_buffer *certificate_pem)
{
    char path[PATH_SIZE];
    struct ptn_status status = make_path(path, dir, "tls.key");

    if (ptn_ok(status))
        status = world->files->read(world->context, path, key_pem);
    if (ptn_ok(status))
        status = make_path(path, dir, "tls.crt");
    if (ptn_ok(status))
        status = world->files->read(world->context, path, certificate_pem);
    return status;
}

/* Owned; NULL: it is none. */
static X509 *read_certificate(struct ptn_bytes pem)
{
    X509 *certificate;
    BIO *bio;

    if (pem.len == 0 || pem.len > PTN_TLS_PEM_LEN_MAX)
        return NULL;
    bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return certificate;
}

struct ptn_status ptn_tls_id(struct ptn_bytes certificate_pem, uint8_t ret_id[PTN_TLS_ID_LEN])
{
    X509 *certificate = read_certificate(certificate_pem);
    unsigned char *spki = NULL;
    int len = certificate == NULL ? 0 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
    struct ptn_bytes part;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    if (len > 0) {
        part = ptn_bytes_of(spki, (size_t)len);
        status = ptn_sha256(&part, 1, ret_id);
    }
    OPENSSL_free(spki);
    X509_free(certificate);
    return status;
}

struct ptn_status ptn_tls_own_id(const struct ptn_world *world, const char *dir,
                                 uint8_t ret_id[PTN_TLS_ID_LEN])
{
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer certificate = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_status status = ptn_tls_read(world, dir, &key, &certificate);

    if (ptn_ok(status))
        status = ptn_tls_id(ptn_buffer_bytes(&certificate), ret_id);
    if (key.at != NULL)
        explicit_bzero(key.at, key.capacity);
    ptn_buffer_release(&key);
    ptn_buffer_release(&certificate);
    return status;
}

static bool read_day(const ASN1_TIME *time, int back_s, struct ptn_date *ret_day)
{
    struct tm when;

    if (time == NULL || ASN1_TIME_to_tm(time, &when) != 1 ||
        (back_s > 0 && OPENSSL_gmtime_adj(&when, 0, -back_s) != 1) || when.tm_year < 0)
        return false;
    *ret_day = (struct ptn_date){ (uint16_t)(when.tm_year + 1900), (uint8_t)(when.tm_mon + 1),
                                  (uint8_t)when.tm_mday };
    return ptn_date_is_full(*ret_day);
}

struct ptn_status ptn_tls_days(struct ptn_bytes certificate_pem, struct ptn_date *ret_first,
                               struct ptn_date *ret_last)
{
    X509 *certificate = read_certificate(certificate_pem);
    struct ptn_date first;
    struct ptn_date last;
    bool good = certificate != NULL && read_day(X509_get0_notBefore(certificate), 0, &first) &&
                /* one that ends within a day is not valid for the whole of it */
                read_day(X509_get0_notAfter(certificate), 86399, &last);

    X509_free(certificate);
    if (!good)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_first = first;
    *ret_last = last;
    return PTN_OK;
}
