#include "record/person_int.h"
#include "record/words_int.h"

/* ---- words ---- */

static const char *const kind_words[PTN_DOCUMENT_KIND_COUNT] = {
    [PTN_DOCUMENT_UNKNOWN] = "unknown",
    [PTN_DOCUMENT_PASSPORT] = "passport",
    [PTN_DOCUMENT_DIPLOMATIC_PASSPORT] = "diplomatic-passport",
    [PTN_DOCUMENT_SERVICE_PASSPORT] = "service-passport",
    [PTN_DOCUMENT_EMERGENCY] = "emergency-document",
    [PTN_DOCUMENT_REFUGEE] = "refugee-document",
    [PTN_DOCUMENT_ALIEN] = "alien-document",
    [PTN_DOCUMENT_STATELESS] = "stateless-document",
    [PTN_DOCUMENT_LAISSEZ_PASSER] = "laissez-passer",
    [PTN_DOCUMENT_ID_CARD] = "id-card",
    [PTN_DOCUMENT_RESIDENCE_PERMIT] = "residence-permit",
    [PTN_DOCUMENT_VISA] = "visa",
    [PTN_DOCUMENT_CREW] = "crew-certificate",
    [PTN_DOCUMENT_SEAFARER] = "seafarer-document",
    [PTN_DOCUMENT_OTHER] = "other",
};

const char *ptn_document_kind_word(enum ptn_document_kind kind)
{
    return ptn_words_at(kind_words, PTN_DOCUMENT_KIND_COUNT, kind);
}

enum ptn_document_kind ptn_document_kind_from_word(struct ptn_bytes word)
{
    return (enum ptn_document_kind)ptn_words_find(kind_words, PTN_DOCUMENT_KIND_COUNT, word);
}

/* ---- layout ---- */

static const struct ptn_field document_fields[] = {
    PTN_FIELD(ptn_document, 1, kind, ENUM, OPTIONAL, PTN_DOCUMENT_KIND_COUNT),
    PTN_FIELD(ptn_document, 2, code, CODE, OPTIONAL, sizeof(((struct ptn_document *)0)->code) - 1),
    PTN_FIELD(ptn_document, 3, issuer, CODE, OPTIONAL,
              sizeof(((struct ptn_document *)0)->issuer) - 1),
    PTN_FIELD(ptn_document, 4, number, TEXT, OPTIONAL, PTN_DOCUMENT_NUMBER_MAX),
    PTN_FIELD(ptn_document, 5, expiry, DATE, OPTIONAL, 0),
    PTN_FIELD(ptn_document, 6, optional, TEXT, OPTIONAL, PTN_DOCUMENT_OPTIONAL_MAX),
};

static const struct ptn_layout document_layout = PTN_LAYOUT(ptn_document, document_fields, NULL);

static const struct ptn_field person_fields[] = {
    PTN_FIELD(ptn_person, 1, surname, TEXT, OPTIONAL, PTN_PERSON_NAME_MAX),
    PTN_FIELD(ptn_person, 2, given, TEXT, OPTIONAL, PTN_PERSON_NAME_MAX),
    PTN_FIELD(ptn_person, 3, name, TEXT, OPTIONAL, PTN_PERSON_NAME_MAX),
    PTN_FIELD(ptn_person, 4, birth, DATE, OPTIONAL, 0),
    PTN_FIELD(ptn_person, 5, sex, SEX, OPTIONAL, 0),
    PTN_FIELD(ptn_person, 6, nationality, CODE, OPTIONAL,
              sizeof(((struct ptn_person *)0)->nationality) - 1),
    PTN_FIELD_INNER(ptn_person, 7, document, OPTIONAL, &document_layout),
};

/* A record of nobody is a mistake: something must say who. */
static const char *person_fault(const void *object)
{
    const struct ptn_person *person = object;

    if (person->surname.len == 0 && person->given.len == 0 && person->name.len == 0 &&
        person->document.number.len == 0)
        return "name";
    return NULL;
}

const struct ptn_layout ptn_person_layout = PTN_LAYOUT(ptn_person, person_fields, person_fault);

/* ---- codec ---- */

bool ptn_person_is_none(const struct ptn_person *person)
{
    return ptn_fields_empty(&ptn_person_layout, person);
}

struct ptn_status ptn_person_validate(const struct ptn_person *person, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&ptn_person_layout, person, reterr);
}

struct ptn_status ptn_person_parse(struct ptn_cbor_reader *reader, struct ptn_person *ret_person,
                                   struct ptn_diag *reterr)
{
    struct ptn_cbor_reader ahead = *reader;
    struct ptn_person person = { 0 };
    struct ptn_status status = ptn_fields_read(&ahead, &ptn_person_layout, &person, NULL, reterr);

    if (!ptn_ok(status))
        return status;
    *reader = ahead;
    *ret_person = person;
    return PTN_OK;
}

struct ptn_status ptn_person_write(const struct ptn_person *person, struct ptn_buffer *out)
{
    return ptn_fields_write(&ptn_person_layout, person, out);
}
