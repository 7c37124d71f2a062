/* document/chip.c -- see chip.h; docs/DOCUMENTS.md, Chips. */
#include "document/chip.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "document/chip_int.h"
#include "reference/state.h"

#define SECURITY_OBJECT     "2.23.136.1.1.1"
#define SECURITY_OBJECT_OLD "1.2.528.1.1006.1.20.1" /* in documents of before 2006 */
#define TAG_SOD             23                      /* 77 */
#define TAG_DG1             1                       /* 61 */
#define TAG_MRZ             31                      /* 5F1F */

/* The worst stays. */
static void find(struct ptn_chip_answer *answer, enum ptn_chip_finding finding, const char *why)
{
    if (finding <= answer->finding)
        return;
    answer->finding = finding;
    answer->why = why;
}

/* ---- the signer ---- */

static void look_at_signer(struct ptn_chip_answer *answer, const struct ptn_chip_trust *trust,
                           X509 *signer, struct ptn_date today)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    struct tm until = { 0 };
    bool held = false;
    X509 *authority = ptn_chip_issuer_of(trust, signer, &held);

    ptn_chip_state_of(signer, answer->state);
    if (X509_digest(signer, EVP_sha256(), digest, &len) == 1)
        (void)ptn_hex_write(digest, len, answer->signer);
    if (ASN1_TIME_to_tm(X509_get0_notAfter(signer), &until) == 1 && until.tm_year <= 8099)
        answer->until = (struct ptn_date){ (uint16_t)(until.tm_year + 1900),
                                           (uint8_t)(until.tm_mon + 1), (uint8_t)until.tm_mday };
    if (authority == NULL)
        find(answer, held ? PTN_CHIP_SIGNER_UNKNOWN : PTN_CHIP_NOT_HELD, NULL);
    else if (ptn_chip_is_revoked(trust, signer, authority))
        find(answer, PTN_CHIP_SIGNER_REVOKED, NULL);
    if (ptn_date_is_none(answer->until) || ptn_date_compare(answer->until, today) < 0)
        find(answer, PTN_CHIP_SIGNER_EXPIRED, NULL);
}

/* ---- what was signed: LDSSecurityObject of Doc 9303 part 10, section 4.6.2.3 ---- */

struct security {
    const EVP_MD *digest;
    struct ptn_bytes digests[PTN_CHIP_GROUPS]; /* empty: none */
};

/* One that part 11 names; NULL: another. */
static const EVP_MD *digest_of(struct ptn_bytes *rest)
{
    const unsigned char *at = rest->at;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &at, (long)rest->len);
    const ASN1_OBJECT *name = NULL;
    int nid;

    if (algorithm == NULL)
        return NULL;
    *rest = ptn_bytes_slice(*rest, (size_t)(at - rest->at), SIZE_MAX);
    X509_ALGOR_get0(&name, NULL, NULL, algorithm);
    nid = OBJ_obj2nid(name);
    X509_ALGOR_free(algorithm);
    switch (nid) {
    case NID_sha1:
        return EVP_sha1();
    case NID_sha224:
        return EVP_sha224();
    case NID_sha256:
        return EVP_sha256();
    case NID_sha384:
        return EVP_sha384();
    case NID_sha512:
        return EVP_sha512();
    default:
        return NULL;
    }
}

/* Each group once, with a digest of the right length. */
static bool read_digests(struct ptn_bytes list, struct security *security)
{
    const size_t len = (size_t)EVP_MD_get_size(security->digest);

    while (list.len > 0) {
        struct ptn_bytes pair, number, digest;

        if (!ptn_chip_take(&list, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &pair) ||
            !ptn_chip_take(&pair, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &number) ||
            !ptn_chip_take(&pair, V_ASN1_UNIVERSAL, V_ASN1_OCTET_STRING, &digest))
            return false;
        if (number.len != 1 || number.at[0] < 1 || number.at[0] > PTN_CHIP_GROUPS ||
            digest.len != len || security->digests[number.at[0] - 1].len != 0)
            return false;
        security->digests[number.at[0] - 1] = digest;
    }
    return true;
}

static bool read_security(struct ptn_bytes content, struct security *ret_security)
{
    struct ptn_bytes object, version, list;

    if (!ptn_chip_take(&content, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &object) ||
        !ptn_chip_take(&object, V_ASN1_UNIVERSAL, V_ASN1_INTEGER, &version))
        return false;
    ret_security->digest = digest_of(&object);
    return ret_security->digest != NULL &&
           ptn_chip_take(&object, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &list) &&
           read_digests(list, ret_security);
}

static bool is_same(const struct security *security, size_t group, struct ptn_bytes file)
{
    struct ptn_bytes wanted = security->digests[group];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    return wanted.len > 0 &&
           EVP_Digest(file.at, file.len, digest, &len, security->digest, NULL) == 1 &&
           ptn_bytes_equal(wanted, ptn_bytes_of(digest, len));
}

static void compare_groups(struct ptn_chip_answer *answer, const struct security *security,
                           const struct ptn_chip_files *files)
{
    (void)snprintf(answer->digest, sizeof(answer->digest), "%s",
                   OBJ_nid2sn(EVP_MD_get_type(security->digest)));
    for (size_t i = 0; i < PTN_CHIP_GROUPS; i++) {
        if (security->digests[i].len > 0)
            answer->listed |= 1u << i;
        if (files->groups[i].len == 0)
            continue;
        if (is_same(security, i, files->groups[i])) {
            answer->checked |= 1u << i;
            continue;
        }
        answer->altered |= 1u << i;
        find(answer, PTN_CHIP_ALTERED, "a data group is not as it was signed");
    }
}

/* ---- DG1 ---- */

static bool read_lines(struct ptn_bytes file, char ret_mrz[PTN_MRZ_CHARS_MAX + 1])
{
    struct ptn_bytes group, lines;

    if (!ptn_chip_take(&file, V_ASN1_APPLICATION, TAG_DG1, &group) ||
        !ptn_chip_take(&group, V_ASN1_APPLICATION, TAG_MRZ, &lines) ||
        (lines.len != 72 && lines.len != 88 && lines.len != 90))
        return false;
    for (size_t i = 0; i < lines.len; i++) {
        uint8_t letter = lines.at[i];

        if (letter != '<' && (letter < '0' || letter > '9') && (letter < 'A' || letter > 'Z'))
            return false;
    }
    memcpy(ret_mrz, lines.at, lines.len);
    ret_mrz[lines.len] = '\0';
    return true;
}

/* All three sizes name the issuer in the same place. Whom no certificate can name is not asked. */
static void compare_state(struct ptn_chip_answer *answer)
{
    const struct ptn_state *issuer;
    char code[4] = "";

    for (size_t i = 0; i < 3 && answer->mrz[2 + i] != '<'; i++)
        code[i] = answer->mrz[2 + i];
    issuer = ptn_state_find(code);
    if (issuer == NULL || answer->state[0] == '\0' || issuer->kind == PTN_STATE_PERSON)
        return;
    if (strcmp(ptn_state_canonical(issuer->alpha3), ptn_state_canonical(answer->state)) != 0)
        find(answer, PTN_CHIP_SIGNER_OTHER, NULL);
}

static void look_at_lines(struct ptn_chip_answer *answer, const struct ptn_chip_files *files)
{
    if ((answer->checked & 1u) == 0)
        return;
    if (read_lines(files->groups[0], answer->mrz))
        compare_state(answer);
    else
        find(answer, PTN_CHIP_UNREADABLE, "DG1 holds no machine readable lines");
}

/* ---- the check ---- */

static void check(const struct ptn_chip_files *files, const struct ptn_chip_trust *trust,
                  struct ptn_date today, struct ptn_chip_answer *answer)
{
    struct ptn_bytes rest = files->sod;
    struct ptn_bytes der = PTN_BYTES_NONE;
    struct ptn_bytes content = PTN_BYTES_NONE;
    struct security security = { .digest = NULL };
    const char *why = NULL;
    CMS_ContentInfo *data;
    X509 *signer = NULL;
    bool forged = false;

    if (!ptn_chip_take(&rest, V_ASN1_APPLICATION, TAG_SOD, &der)) {
        find(answer, PTN_CHIP_UNREADABLE, "EF.SOD is no security object");
        return;
    }
    data = ptn_chip_signed(der, SECURITY_OBJECT, SECURITY_OBJECT_OLD, &signer, &content, &forged,
                           &why);
    if (data == NULL) {
        find(answer, forged ? PTN_CHIP_ALTERED : PTN_CHIP_UNREADABLE, why);
        return;
    }
    look_at_signer(answer, trust, signer, today);
    if (read_security(content, &security)) {
        compare_groups(answer, &security, files);
        look_at_lines(answer, files);
    } else {
        find(answer, PTN_CHIP_UNREADABLE, "what was signed is no list of digests");
    }
    CMS_ContentInfo_free(data);
}

struct ptn_status ptn_chip_check(const struct ptn_chip_files *files,
                                 const struct ptn_chip_trust *trust, struct ptn_date today,
                                 struct ptn_chip_answer *ret_answer, struct ptn_diag *reterr)
{
    struct ptn_chip_answer answer = { .finding = PTN_CHIP_GENUINE };

    PTN_PRE(files != NULL && trust != NULL && ptn_date_is_full(today));
    if (files->sod.len > PTN_CHIP_SOD_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_CHIP_SOD_MAX, "EF.SOD is too long");
    for (size_t i = 0; i < PTN_CHIP_GROUPS; i++)
        if (files->groups[i].len > PTN_CHIP_GROUP_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, i + 1, "a data group is too long");
    check(files, trust, today, &answer);
    ERR_clear_error();
    *ret_answer = answer;
    return PTN_OK;
}

bool ptn_chip_same_lines(const struct ptn_chip_answer *answer, const struct ptn_mrz *mrz)
{
    const char *rest = answer->mrz;

    if (rest[0] == '\0' || mrz->line_count == 0)
        return false;
    for (size_t i = 0; i < mrz->line_count; i++) {
        if (strncmp(rest, mrz->lines[i], mrz->line_len) != 0)
            return false;
        rest += mrz->line_len;
    }
    return rest[0] == '\0';
}

/* ---- in words ---- */

const char *ptn_chip_finding_word(enum ptn_chip_finding finding)
{
    static const char *const words[PTN_CHIP_FINDING_COUNT] = {
        [PTN_CHIP_GENUINE] = "genuine",
        [PTN_CHIP_NOT_HELD] = "not-held",
        [PTN_CHIP_SIGNER_EXPIRED] = "signer-expired",
        [PTN_CHIP_SIGNER_UNKNOWN] = "signer-unknown",
        [PTN_CHIP_SIGNER_OTHER] = "signer-other",
        [PTN_CHIP_SIGNER_REVOKED] = "signer-revoked",
        [PTN_CHIP_ALTERED] = "altered",
        [PTN_CHIP_UNREADABLE] = "unreadable",
    };

    return words[finding];
}

static void write_groups(struct ptn_json *json, const struct ptn_chip_answer *answer)
{
    ptn_json_key(json, "groups");
    ptn_json_array(json);
    for (unsigned i = 0; i < PTN_CHIP_GROUPS; i++) {
        const char *state = (answer->altered >> i & 1u) != 0   ? "altered"
                            : (answer->checked >> i & 1u) != 0 ? "as-signed"
                            : (answer->listed >> i & 1u) != 0  ? "not-given"
                                                               : NULL;

        if (state == NULL)
            continue;
        ptn_json_object(json);
        ptn_json_field_number(json, "group", i + 1);
        ptn_json_field_text(json, "state", ptn_bytes_from_text(state));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_chip_write_json_members(struct ptn_json *json, const struct ptn_chip_answer *answer)
{
    char until[PTN_DATE_TEXT_SIZE];

    ptn_json_field_text(json, "finding",
                        ptn_bytes_from_text(ptn_chip_finding_word(answer->finding)));
    if (answer->why != NULL)
        ptn_json_field_text(json, "why", ptn_bytes_from_text(answer->why));
    write_groups(json, answer);
    if (answer->signer[0] != '\0') {
        ptn_json_key(json, "signer");
        ptn_json_object(json);
        ptn_json_field_text_if(json, "state", ptn_bytes_from_text(answer->state));
        ptn_json_field_text(json, "sha256", ptn_bytes_from_text(answer->signer));
        ptn_json_field_text(json, "until",
                            ptn_bytes_from_text(ptn_date_write(answer->until, until)));
        ptn_json_object_end(json);
    }
    ptn_json_field_text_if(json, "digest", ptn_bytes_from_text(answer->digest));
    ptn_json_field_text_if(json, "mrz", ptn_bytes_from_text(answer->mrz));
}
