/*
 * document/chip_trust.c -- whose signature counts: authorities, what they took back, master lists.
 *
 * One step is all the path there is: every authority that is held is an anchor, so a signer's
 * certificate is asked against the keys of its own State and no chain is built. OpenSSL's chain
 * would refuse keys that spell their curve out, which a quarter of the world's authorities do.
 */
#include "document/chip_int.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "reference/state.h"

#define MASTER_LIST_TYPE "2.23.136.1.1.2"

/* ---- one step of DER ---- */

bool ptn_chip_take(struct ptn_bytes *rest, int class, int tag, struct ptn_bytes *ret_content)
{
    const unsigned char *at = rest->at;
    long len = 0;
    int found_tag = 0;
    int found_class = 0;
    int how;
    size_t head;

    if (rest->len == 0 || rest->len > LONG_MAX)
        return false;
    how = ASN1_get_object(&at, &len, &found_tag, &found_class, (long)rest->len);
    /* 0x80: an error, the length among them; 1: of no stated length. */
    if ((how & 0x81) != 0 || found_tag != tag || found_class != class) {
        ERR_clear_error();
        return false;
    }
    head = (size_t)(at - rest->at);
    *ret_content = ptn_bytes_slice(*rest, head, (size_t)len);
    *rest = ptn_bytes_slice(*rest, head + (size_t)len, SIZE_MAX);
    return true;
}

/* ---- whose a certificate is ---- */

/* Two letters of ISO 3166-1, capital or small; some write the three of their documents. */
static const char *state_of_name(const X509_NAME *name)
{
    int index = X509_NAME_get_index_by_NID((X509_NAME *)name, NID_countryName, -1);
    const ASN1_STRING *text =
        index < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    const struct ptn_state *state;
    char code[4] = "";
    int len = text == NULL ? 0 : ASN1_STRING_length(text);

    if (len < 1 || len > 3)
        return NULL;
    for (int i = 0; i < len; i++) {
        unsigned char letter = ASN1_STRING_get0_data(text)[i];

        code[i] = (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
    }
    if (strcmp(code, "UN") == 0)
        return "UNO";
    if (strcmp(code, "EU") == 0)
        return "EUE";
    state = len == 2 ? ptn_state_find_alpha2(code) : ptn_state_find(code);
    return state == NULL ? NULL : state->alpha3;
}

void ptn_chip_state_of(const X509 *certificate, char ret_state[4])
{
    const char *state = state_of_name(X509_get_subject_name(certificate));

    if (state == NULL)
        state = state_of_name(X509_get_issuer_name(certificate));
    (void)snprintf(ret_state, 4, "%s", state == NULL ? "" : state);
}

X509 *ptn_chip_issuer_of(const struct ptn_chip_trust *trust, X509 *certificate, bool *ret_held)
{
    X509 *issuer = NULL;
    char state[4];
    char of[4];

    ptn_chip_state_of(certificate, state);
    *ret_held = false;
    for (int i = 0; issuer == NULL && i < sk_X509_num(trust->authorities); i++) {
        X509 *authority = sk_X509_value(trust->authorities, i);

        ptn_chip_state_of(authority, of);
        if (strcmp(state, of) != 0)
            continue;
        *ret_held = true;
        if (X509_verify(certificate, X509_get0_pubkey(authority)) == 1)
            issuer = authority;
    }
    ERR_clear_error();
    return issuer;
}

bool ptn_chip_is_revoked(const struct ptn_chip_trust *trust, X509 *certificate, X509 *authority)
{
    bool revoked = false;

    for (int i = 0; !revoked && i < sk_X509_CRL_num(trust->revocations); i++) {
        X509_CRL *list = sk_X509_CRL_value(trust->revocations, i);
        X509_REVOKED *entry = NULL;

        revoked =
            X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_issuer_name(certificate)) == 0 &&
            X509_CRL_get0_by_cert(list, &entry, certificate) == 1 &&
            X509_CRL_verify(list, X509_get0_pubkey(authority)) == 1;
    }
    ERR_clear_error();
    return revoked;
}

/* ---- files of certificates ---- */

void ptn_chip_trust_free(struct ptn_chip_trust *trust)
{
    if (trust == NULL)
        return;
    sk_X509_pop_free(trust->authorities, X509_free);
    sk_X509_CRL_pop_free(trust->revocations, X509_CRL_free);
    free(trust);
}

struct ptn_chip_trust *ptn_chip_trust_new(void)
{
    struct ptn_chip_trust *trust = calloc(1, sizeof(*trust));

    if (trust == NULL)
        return NULL;
    trust->authorities = sk_X509_new_null();
    trust->revocations = sk_X509_CRL_new_null();
    if (trust->authorities == NULL || trust->revocations == NULL) {
        ptn_chip_trust_free(trust);
        return NULL;
    }
    return trust;
}

/* Takes the certificate over, whatever comes of it. A second one of the same bytes is not kept. */
static bool keep_authority(struct ptn_chip_trust *trust, X509 *certificate)
{
    bool known = false;

    if (certificate == NULL || X509_get0_pubkey(certificate) == NULL) {
        X509_free(certificate);
        return false;
    }
    for (int i = 0; !known && i < sk_X509_num(trust->authorities); i++)
        known = X509_cmp(sk_X509_value(trust->authorities, i), certificate) == 0;
    if (!known && sk_X509_push(trust->authorities, certificate) > 0)
        return true;
    X509_free(certificate);
    return known;
}

static bool keep_revocations(struct ptn_chip_trust *trust, X509_CRL *list)
{
    bool known = false;

    for (int i = 0; list != NULL && !known && i < sk_X509_CRL_num(trust->revocations); i++)
        known = X509_CRL_match(sk_X509_CRL_value(trust->revocations, i), list) == 0;
    if (list != NULL && !known && sk_X509_CRL_push(trust->revocations, list) > 0)
        return true;
    X509_CRL_free(list);
    return known;
}

/* One element of a file in PEM. False: it cannot be read. */
static bool take_element(struct ptn_chip_trust *trust, const char *name, const uint8_t *at,
                         long len)
{
    const unsigned char *der = at;

    if (strcmp(name, PEM_STRING_X509) == 0)
        return keep_authority(trust, d2i_X509(NULL, &der, len));
    if (strcmp(name, PEM_STRING_X509_CRL) == 0)
        return keep_revocations(trust, d2i_X509_CRL(NULL, &der, len));
    return true;
}

static const char unreadable[] = "a certificate or revocation list that cannot be read";

static struct ptn_status take_elements(struct ptn_chip_trust *trust, BIO *from,
                                       struct ptn_diag *reterr)
{
    unsigned char *at = NULL;
    char *header = NULL;
    char *name = NULL;
    size_t which = 0;
    bool good = true;
    long len = 0;

    while (good && PEM_read_bio(from, &name, &header, &at, &len) == 1) {
        which++;
        good = take_element(trust, name, at, len);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(at);
    }
    if (!good)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, which, unreadable);
    /* The end of it is an error like any other. */
    if (which == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, which + 1, "PEM that cannot be read");
    return PTN_OK;
}

/* One in DER. */
static struct ptn_status take_one(struct ptn_chip_trust *trust, struct ptn_bytes file,
                                  struct ptn_diag *reterr)
{
    const unsigned char *at = file.at;
    X509 *certificate = d2i_X509(NULL, &at, (long)file.len);

    if (certificate != NULL)
        return keep_authority(trust, certificate)
                   ? PTN_OK
                   : ptn_fail(PTN_C_BAD_INPUT, reterr, 1, unreadable);
    at = file.at;
    if (keep_revocations(trust, d2i_X509_CRL(NULL, &at, (long)file.len)))
        return PTN_OK;
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, unreadable);
}

struct ptn_status ptn_chip_trust_add(struct ptn_chip_trust *trust, struct ptn_bytes file,
                                     struct ptn_diag *reterr)
{
    struct ptn_status status = { PTN_C_NO_MEMORY };
    BIO *from;

    if (file.len > PTN_CHIP_TRUST_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_CHIP_TRUST_MAX, "too long");
    if (file.len > 0 && file.at[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
        status = take_one(trust, file, reterr);
    } else {
        from = BIO_new_mem_buf(file.len == 0 ? (const uint8_t *)"" : file.at, (int)file.len);
        if (from != NULL)
            status = take_elements(trust, from, reterr);
        BIO_free(from);
    }
    ERR_clear_error();
    return status;
}

struct ptn_status ptn_chip_trust_load(struct ptn_bytes file, struct ptn_chip_trust **ret_trust,
                                      struct ptn_diag *reterr)
{
    struct ptn_chip_trust *trust = ptn_chip_trust_new();
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (trust != NULL)
        status = ptn_chip_trust_add(trust, file, reterr);
    if (ptn_ok(status))
        *ret_trust = trust;
    else
        ptn_chip_trust_free(trust);
    return status;
}

struct ptn_status ptn_chip_trust_write(const struct ptn_chip_trust *trust, struct ptn_buffer *out)
{
    BIO *to = BIO_new(BIO_s_mem());
    struct ptn_status status = { PTN_C_NO_MEMORY };
    bool good = to != NULL;
    char *text = NULL;

    for (int i = 0; good && i < sk_X509_num(trust->authorities); i++)
        good = PEM_write_bio_X509(to, sk_X509_value(trust->authorities, i)) == 1;
    for (int i = 0; good && i < sk_X509_CRL_num(trust->revocations); i++)
        good = PEM_write_bio_X509_CRL(to, sk_X509_CRL_value(trust->revocations, i)) == 1;
    if (good) {
        long len = BIO_get_mem_data(to, &text);

        status = ptn_buffer_add(out, ptn_bytes_of(text, len > 0 ? (size_t)len : 0));
    }
    BIO_free(to);
    return status;
}

struct ptn_chip_held ptn_chip_trust_held(const struct ptn_chip_trust *trust)
{
    struct ptn_chip_held held = {
        .authorities = (size_t)sk_X509_num(trust->authorities),
        .revocations = (size_t)sk_X509_CRL_num(trust->revocations),
    };
    char state[4];
    char before[4];

    for (int i = 0; i < sk_X509_num(trust->authorities); i++) {
        bool seen = false;

        ptn_chip_state_of(sk_X509_value(trust->authorities, i), state);
        for (int j = 0; !seen && j < i; j++) {
            ptn_chip_state_of(sk_X509_value(trust->authorities, j), before);
            seen = strcmp(state, before) == 0;
        }
        held.states += seen || state[0] == '\0' ? 0 : 1;
    }
    return held;
}

/* ---- signed data ---- */

static bool is_type(const CMS_ContentInfo *data, const char *type, const char *or_type)
{
    char text[64];

    if (OBJ_obj2nid(CMS_get0_type(data)) != NID_pkcs7_signed ||
        OBJ_obj2txt(text, sizeof(text), CMS_get0_eContentType((CMS_ContentInfo *)data), 1) <= 0)
        return false;
    return strcmp(text, type) == 0 || (or_type != NULL && strcmp(text, or_type) == 0);
}

/* The certificate of the one who signed, or NULL. */
static X509 *only_signer(CMS_ContentInfo *data)
{
    STACK_OF(X509) *signers = CMS_get0_signers(data);
    X509 *signer = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;

    sk_X509_free(signers);
    return signer;
}

CMS_ContentInfo *ptn_chip_signed(struct ptn_bytes der, const char *type, const char *or_type,
                                 X509 **ret_signer, struct ptn_bytes *ret_content, bool *ret_forged,
                                 const char **ret_why)
{
    const unsigned char *at = der.at;
    CMS_ContentInfo *data = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
    ASN1_OCTET_STRING **content = data == NULL ? NULL : CMS_get0_content(data);

    *ret_forged = false;
    *ret_signer = NULL;
    if (data == NULL || !is_type(data, type, or_type))
        *ret_why = "no signed data of that kind";
    else if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(data)) != 1)
        *ret_why = "not signed by one";
    else if (content == NULL || *content == NULL)
        *ret_why = "nothing is signed";
    else if (CMS_verify(data, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) !=
                 1 ||
             (*ret_signer = only_signer(data)) == NULL) {
        *ret_why = "the signature is not that of the certificate in it";
        *ret_forged = true;
    } else {
        *ret_content =
            ptn_bytes_of(ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content));
        ERR_clear_error();
        return data;
    }
    CMS_ContentInfo_free(data);
    ERR_clear_error();
    return NULL;
}

/* ---- master lists: Doc 9303 part 12, section 9 ---- */

/* SEQUENCE { version INTEGER, SET OF Certificate }. */
static struct ptn_status add_certificates(struct ptn_chip_trust *trust, struct ptn_bytes content,
                                          size_t *ret_count, struct ptn_diag *reterr)
{
    struct ptn_bytes list, set, version;
    size_t count = 0;

    if (!ptn_chip_take(&content, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &list) ||
        !ptn_chip_take(&list, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &version) ||
        !ptn_chip_take(&list, V_ASN1_UNIVERSAL, V_ASN1_SET, &set))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no list of certificates");
    while (set.len > 0) {
        const unsigned char *at = set.at;

        count++;
        if (!keep_authority(trust, d2i_X509(NULL, &at, (long)set.len)))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, count, unreadable);
        set = ptn_bytes_slice(set, (size_t)(at - set.at), SIZE_MAX);
    }
    *ret_count = count;
    return PTN_OK;
}

struct ptn_status ptn_chip_trust_add_list(struct ptn_chip_trust *trust, struct ptn_bytes list,
                                          size_t *ret_count, struct ptn_diag *reterr)
{
    struct ptn_bytes content = PTN_BYTES_NONE;
    struct ptn_status status;
    const char *why = NULL;
    CMS_ContentInfo *data;
    X509 *signer = NULL;
    X509 *authority;
    bool forged = false;
    bool held = false;

    if (list.len > PTN_CHIP_TRUST_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_CHIP_TRUST_MAX, "too long");
    data = ptn_chip_signed(list, MASTER_LIST_TYPE, NULL, &signer, &content, &forged, &why);
    if (data == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, why);
    authority = ptn_chip_issuer_of(trust, signer, &held);
    if (authority == NULL)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "its signer is of no authority held");
    else if (ptn_chip_is_revoked(trust, signer, authority))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "its signer's certificate is revoked");
    else
        status = add_certificates(trust, content, ret_count, reterr);
    CMS_ContentInfo_free(data);
    ERR_clear_error();
    return status;
}
