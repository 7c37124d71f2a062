/*
 * watch/eu_xml.c -- the European Union's financial sanctions file (FSF), where everything is an
 * attribute. Built from descriptions of the format, not tried on a whole real file.
 */
#include "watch/list_int.h"

/* strong="false", or a remark that overrides it. */
static enum ptn_alias alias_of(const struct ptn_xml_node *node)
{
    struct ptn_bytes remark = ptn_xml_text(node, "remark");

    if (ptn_text_find(remark, "low quality") != SIZE_MAX)
        return PTN_ALIAS_WEAK;
    if (ptn_text_find(remark, "good quality") != SIZE_MAX)
        return PTN_ALIAS_STRONG;
    return ptn_text_is(ptn_xml_attribute(node, "strong"), "false") ? PTN_ALIAS_WEAK
                                                                   : PTN_ALIAS_STRONG;
}

static void read_name(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes whole = ptn_xml_attribute(node, "wholeName");
    const struct ptn_bytes parts[] = { ptn_xml_attribute(node, "firstName"),
                                       ptn_xml_attribute(node, "middleName"),
                                       ptn_xml_attribute(node, "lastName") };
    struct ptn_bytes gender = ptn_xml_attribute(node, "gender");

    ptn_draft_name(draft, whole.len > 0 ? whole : ptn_draft_join(draft, parts, 3, " "),
                   alias_of(node));
    if (gender.len > 0 && draft->entry.sex == 0)
        ptn_draft_sex(draft, gender);
    ptn_draft_fact(draft, PTN_FACT_TITLE, ptn_xml_attribute(node, "title"));
    ptn_draft_fact(draft, PTN_FACT_TITLE, ptn_xml_attribute(node, "function"));
}

static unsigned number_of(struct ptn_bytes text)
{
    unsigned value = 0;

    for (size_t i = 0; i < text.len && i < 4; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(text.at[i] - '0');
    }
    return text.len > 4 ? 0 : value;
}

static void read_birth(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes calendar = ptn_xml_attribute(node, "calendarType");
    bool circa = ptn_text_is(ptn_xml_attribute(node, "circa"), "true");
    unsigned from = number_of(ptn_xml_attribute(node, "yearRangeFrom"));
    unsigned to = number_of(ptn_xml_attribute(node, "yearRangeTo"));
    struct ptn_date date = PTN_DATE_NONE;
    struct ptn_list_birth birth, last;
    const struct ptn_bytes place[] = { ptn_xml_attribute(node, "city"),
                                       ptn_xml_attribute(node, "region"),
                                       ptn_xml_attribute(node, "countryDescription") };

    ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, ptn_draft_join(draft, place, 3, ", "));
    if (calendar.len > 0 && !ptn_text_is(calendar, "GREGORIAN")) {
        ptn_draft_note(draft, node->line, "a date of birth in another calendar is left out");
        return;
    }
    if (from != 0 && to != 0 &&
        ptn_birth_from_date((struct ptn_date){ (uint16_t)from, 0, 0 }, circa, &birth) &&
        ptn_birth_from_date((struct ptn_date){ (uint16_t)to, 0, 0 }, circa, &last) && from <= to) {
        birth.last = last.last;
        ptn_draft_birth(draft, birth);
        return;
    }
    if (!ptn_ok(ptn_date_parse(ptn_xml_attribute(node, "birthdate"), &date, NULL)))
        date = (struct ptn_date){ (uint16_t)number_of(ptn_xml_attribute(node, "year")),
                                  (uint8_t)number_of(ptn_xml_attribute(node, "monthOfYear")),
                                  (uint8_t)number_of(ptn_xml_attribute(node, "dayOfMonth")) };
    if (ptn_birth_from_date(date, circa, &birth))
        ptn_draft_birth(draft, birth);
    else if (date.year != 0 || ptn_xml_attribute(node, "birthdate").len > 0)
        ptn_draft_note(draft, node->line, "a date of birth was not understood");
}

/* "UNKNOWN" and "00" stand for no country. */
static struct ptn_bytes country_of(const struct ptn_xml_node *node)
{
    struct ptn_bytes code = ptn_xml_attribute(node, "countryIso2Code");

    if (code.len == 0)
        code = ptn_xml_attribute(node, "countryDescription");
    return ptn_text_is(code, "UNKNOWN") || ptn_text_is(code, "00") ? PTN_BYTES_NONE : code;
}

static void read_identification(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    static const struct {
        const char *code;
        enum ptn_list_number_type type;
    } types[] = {
        { "passport", PTN_NUMBER_PASSPORT },
        { "diplomatic", PTN_NUMBER_PASSPORT },
        { "id", PTN_NUMBER_ID_CARD },
        { "imo", PTN_NUMBER_IMO },
        { "mmsi", PTN_NUMBER_MMSI },
        { "regnumber", PTN_NUMBER_TAX },
        { "fiscalcode", PTN_NUMBER_TAX },
        { "swiftbic", PTN_NUMBER_TAX },
        { "bic", PTN_NUMBER_TAX },
        { "electionid", PTN_NUMBER_OTHER_DOCUMENT },
        { "residentperm", PTN_NUMBER_OTHER_DOCUMENT },
        { "travel", PTN_NUMBER_OTHER_DOCUMENT },
        { "ssn", PTN_NUMBER_ID_CARD },
        { "driverLicence", PTN_NUMBER_OTHER_DOCUMENT },
        { "other", PTN_NUMBER_OTHER_DOCUMENT },
    };
    struct ptn_bytes code = ptn_xml_attribute(node, "identificationTypeCode");
    struct ptn_bytes number = ptn_xml_attribute(node, "number");
    enum ptn_list_number_type type = PTN_NUMBER_OTHER_DOCUMENT;
    bool known = false;

    if (number.len == 0)
        number = ptn_xml_attribute(node, "latinNumber");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (ptn_text_is(code, types[i].code)) {
            type = types[i].type;
            known = true;
        }
    if (!known)
        ptn_draft_note(draft, node->line,
                       "the type of a number was not understood; taken as another document");
    if (ptn_text_is(ptn_xml_attribute(node, "knownFalse"), "true"))
        ptn_draft_note(draft, node->line, "a number that the list calls false is kept");
    ptn_draft_number(draft, type, number, country_of(node));
}

static void read_regulation(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    ptn_draft_fact(draft, PTN_FACT_PROGRAMME, ptn_xml_attribute(node, "programme"));
    ptn_draft_fact(draft, PTN_FACT_LEGAL_BASIS, ptn_xml_attribute(node, "numberTitle"));
}

static void read_part(struct ptn_draft *draft, const struct ptn_xml_node *part)
{
    const struct ptn_bytes address[] = { ptn_xml_attribute(part, "street"),
                                         ptn_xml_attribute(part, "city"),
                                         ptn_xml_attribute(part, "countryDescription") };

    if (ptn_bytes_is(part->name, "nameAlias"))
        read_name(draft, part);
    else if (ptn_bytes_is(part->name, "birthdate"))
        read_birth(draft, part);
    else if (ptn_bytes_is(part->name, "citizenship"))
        ptn_draft_nation_text(draft, country_of(part));
    else if (ptn_bytes_is(part->name, "identification"))
        read_identification(draft, part);
    else if (ptn_bytes_is(part->name, "address"))
        ptn_draft_fact(draft, PTN_FACT_ADDRESS, ptn_draft_join(draft, address, 3, ", "));
    else if (ptn_bytes_is(part->name, "regulation"))
        read_regulation(draft, part);
    else if (ptn_bytes_is(part->name, "remark"))
        ptn_draft_fact(draft, PTN_FACT_REMARK, part->text);
    else if (!ptn_bytes_is(part->name, "subjectType"))
        ptn_draft_note(draft, part->line, "an element of the entry is not known");
}

static enum ptn_entry_kind kind_of(const struct ptn_xml_node *node)
{
    const struct ptn_xml_node *type = ptn_xml_child(node, "subjectType");
    struct ptn_bytes code = ptn_xml_attribute(type, "code");

    if (ptn_text_is(code, "person") ||
        ptn_text_is(ptn_xml_attribute(type, "classificationCode"), "P"))
        return PTN_ENTRY_PERSON;
    return PTN_ENTRY_ENTITY;
}

static void read_entry(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes id = ptn_xml_attribute(node, "euReferenceNumber");
    struct ptn_bytes listed = ptn_xml_attribute(node, "designationDate");

    (void)context;
    ptn_draft_id(draft, id.len > 0 ? id : ptn_xml_attribute(node, "logicalId"));
    draft->entry.kind = kind_of(node);
    if (listed.len > 0 && !ptn_ok(ptn_date_parse(listed, &draft->entry.listed_on, NULL)))
        ptn_draft_note(draft, node->line, "the date of listing was not understood");
    for (const struct ptn_xml_node *part = node->child; part != NULL; part = part->next)
        read_part(draft, part);
    /* no name is marked as the primary one: the first strong one is it */
    for (size_t i = 0; i < draft->entry.name_count; i++)
        if (draft->names[i].alias == PTN_ALIAS_STRONG) {
            draft->names[i].alias = PTN_ALIAS_PRIMARY;
            break;
        }
    ptn_draft_finish(draft);
}

static void read_root(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    (void)context;
    if (ptn_bytes_is(node->name, "export"))
        draft->summary->edition_ms = ptn_edition_read(ptn_xml_attribute(node, "generationDate"));
}

struct ptn_status ptn_eu_xml_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                  struct ptn_diag *reterr)
{
    static const char *const entries[] = { "sanctionEntity", NULL };
    const struct ptn_xml_plan plan = { "export", entries, NULL, read_entry, read_root, NULL };
    struct ptn_status status = ptn_xml_read(source->main, &plan, draft, reterr);

    if (ptn_ok(status) && draft->summary->edition_ms == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "the list does not say when it was generated");
    return status;
}
