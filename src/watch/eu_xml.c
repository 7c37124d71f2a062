/*
 * watch/eu_xml.c -- the European Union's financial sanctions file (FSF), where everything is an
 * attribute. Built from the publisher's schema 1.1 (xsdFullSanctionsList_1_1) and excerpts of real
 * files; no whole one was at hand.
 */
#include "watch/list_int.h"

/* strong="false", or a remark that overrides it. */
static enum ptn_alias alias_of(const struct ptn_xml_node *node)
{
    struct ptn_bytes remark = ptn_xml_text(node, "remark");

    /* "Lo quality", "God quality alias" stand in the list as well */
    if (ptn_text_find(remark, "low quality") != SIZE_MAX ||
        ptn_text_find(remark, "lo quality") != SIZE_MAX)
        return PTN_ALIAS_WEAK;
    if (ptn_text_find(remark, "od quality") != SIZE_MAX ||
        ptn_text_find(remark, "high quality") != SIZE_MAX)
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

/* "UNKNOWN" and "00" stand for no country. */
static struct ptn_bytes country_name(const struct ptn_xml_node *node)
{
    struct ptn_bytes name = ptn_xml_attribute(node, "countryDescription");

    return ptn_text_is(name, "UNKNOWN") ? PTN_BYTES_NONE : name;
}

static struct ptn_bytes country_of(const struct ptn_xml_node *node)
{
    struct ptn_bytes code = ptn_xml_attribute(node, "countryIso2Code");

    return code.len == 0 || ptn_text_is(code, "00") ? country_name(node) : code;
}

#define LIFE_YEARS   110u /* a span that is open at one end goes so far */
#define BUDDHA_YEARS 543u /* BUDDHIST: the same days and months, years counted from then */

/* The years of a span, either of which may be missing; false when there is none, or it runs
 * backwards. */
static bool read_span(const struct ptn_xml_node *node, unsigned before, bool circa,
                      struct ptn_list_birth *ret_birth)
{
    unsigned from = number_of(ptn_xml_attribute(node, "yearRangeFrom"));
    unsigned to = number_of(ptn_xml_attribute(node, "yearRangeTo"));
    struct ptn_list_birth last;

    if ((from == 0 && to == 0) || (from != 0 && from <= before) || (to != 0 && to <= before))
        return false;
    from = from == 0 ? to - before - LIFE_YEARS : from - before;
    to = to == 0 ? from + LIFE_YEARS : to - before;
    if (from > to || from > 9999 || to > 9999 ||
        !ptn_birth_from_date((struct ptn_date){ (uint16_t)from, 0, 0 }, circa, ret_birth) ||
        !ptn_birth_from_date((struct ptn_date){ (uint16_t)to, 0, 0 }, circa, &last))
        return false;
    ret_birth->last = last.last;
    return true;
}

/* The date, whole or in parts. */
static struct ptn_date date_of(const struct ptn_xml_node *node, unsigned before)
{
    struct ptn_date date = PTN_DATE_NONE;

    if (!ptn_ok(ptn_date_parse(ptn_xml_attribute(node, "birthdate"), &date, NULL)))
        date = (struct ptn_date){ (uint16_t)number_of(ptn_xml_attribute(node, "year")),
                                  (uint8_t)number_of(ptn_xml_attribute(node, "monthOfYear")),
                                  (uint8_t)number_of(ptn_xml_attribute(node, "dayOfMonth")) };
    date.year = date.year > before ? (uint16_t)(date.year - before) : 0;
    return date;
}

/* A date that no reckoning of ours fits stays readable. */
static void keep_calendar(struct ptn_draft *draft, const struct ptn_xml_node *node,
                          struct ptn_bytes calendar)
{
    const struct ptn_bytes parts[] = { PTN_BYTES_LITERAL("born"), ptn_xml_attribute(node, "year"),
                                       ptn_xml_attribute(node, "monthOfYear"),
                                       ptn_xml_attribute(node, "dayOfMonth"), calendar };

    ptn_draft_note(draft, node->line, "a date of birth in another calendar is left out");
    ptn_draft_fact(draft, PTN_FACT_REMARK, ptn_draft_join(draft, parts, 5, " "));
}

static bool read_hijra(const struct ptn_xml_node *node, bool circa,
                       struct ptn_list_birth *ret_birth)
{
    struct ptn_date date = date_of(node, 0);

    if (!ptn_date_is_possible(date))
        date.day = 0;
    return ptn_hijra_has(date.year) && ptn_birth_from_date(date, circa, ret_birth);
}

static void read_birth(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes calendar = ptn_xml_attribute(node, "calendarType");
    bool circa = ptn_text_is(ptn_xml_attribute(node, "circa"), "true");
    unsigned before = ptn_text_is(calendar, "BUDDHIST") ? BUDDHA_YEARS : 0;
    struct ptn_list_birth birth;
    const struct ptn_bytes place[] = { ptn_xml_attribute(node, "place"),
                                       ptn_xml_attribute(node, "city"),
                                       ptn_xml_attribute(node, "region"), country_name(node) };

    ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, ptn_draft_join(draft, place, 4, ", "));
    /* ISLAMIC is used for the lunar years and, for Afghans, for the solar ones: see hijra.c */
    if (calendar.len > 0 && before == 0 && !ptn_text_is(calendar, "GREGORIAN")) {
        if (ptn_text_is(calendar, "ISLAMIC") && read_hijra(node, circa, &birth))
            ptn_draft_birth(draft, birth);
        else
            keep_calendar(draft, node, calendar);
        return;
    }
    if (read_span(node, before, circa, &birth) ||
        ptn_birth_from_date(date_of(node, before), circa, &birth))
        ptn_draft_birth(draft, birth);
    else if (ptn_xml_attribute(node, "birthdate").len + ptn_xml_attribute(node, "year").len +
                 ptn_xml_attribute(node, "yearRangeFrom").len +
                 ptn_xml_attribute(node, "yearRangeTo").len >
             0)
        ptn_draft_note(draft, node->line, "a date of birth was not understood");
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
        { "ssn", PTN_NUMBER_ID_CARD },
        { "unssn", PTN_NUMBER_ID_CARD },
        { "nrn", PTN_NUMBER_ID_CARD },
        { "electionid", PTN_NUMBER_OTHER_DOCUMENT },
        { "residentperm", PTN_NUMBER_OTHER_DOCUMENT },
        { "travelcardid", PTN_NUMBER_OTHER_DOCUMENT },
        { "travel", PTN_NUMBER_OTHER_DOCUMENT },
        { "drivinglicence", PTN_NUMBER_OTHER_DOCUMENT },
        { "driverlicence", PTN_NUMBER_OTHER_DOCUMENT },
        { "birthcert", PTN_NUMBER_OTHER_DOCUMENT },
        { "nationcert", PTN_NUMBER_OTHER_DOCUMENT },
        { "other", PTN_NUMBER_OTHER_DOCUMENT },
        { "imo", PTN_NUMBER_IMO },
        { "mmsi", PTN_NUMBER_MMSI },
        { "regnumber", PTN_NUMBER_TAX },
        { "fiscalcode", PTN_NUMBER_TAX },
        { "taxid", PTN_NUMBER_TAX },
        { "euvat", PTN_NUMBER_TAX },
        { "tradelic", PTN_NUMBER_TAX },
        { "swiftbic", PTN_NUMBER_TAX },
        { "bic", PTN_NUMBER_TAX },
    };
    struct ptn_bytes code = ptn_xml_attribute(node, "identificationTypeCode");
    struct ptn_bytes number = ptn_xml_attribute(node, "number");
    struct ptn_bytes latin = ptn_xml_attribute(node, "latinNumber");
    enum ptn_list_number_type type = PTN_NUMBER_OTHER_DOCUMENT;
    bool known = false;

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
    if (!ptn_bytes_equal(number, latin))
        ptn_draft_number(draft, type, latin, country_of(node));
    ptn_draft_fact(draft, PTN_FACT_REMARK, ptn_xml_text(node, "remark"));
}

static void read_regulation(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    ptn_draft_fact(draft, PTN_FACT_PROGRAMME, ptn_xml_attribute(node, "programme"));
    ptn_draft_fact(draft, PTN_FACT_LEGAL_BASIS, ptn_xml_attribute(node, "numberTitle"));
}

static void read_address(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    const struct ptn_bytes address[] = {
        ptn_xml_attribute(node, "street"),
        ptn_xml_attribute(node, "poBox"),
        ptn_xml_attribute(node, "place"),
        ptn_xml_attribute(node, "zipCode"),
        ptn_xml_attribute(node, "city"),
        ptn_xml_attribute(node, "region"),
        country_name(node),
    };

    ptn_draft_fact(draft, PTN_FACT_ADDRESS, ptn_draft_join(draft, address, 7, ", "));
}

static void read_additional(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    const struct ptn_bytes parts[] = { ptn_xml_attribute(node, "key"),
                                       ptn_xml_attribute(node, "value") };

    ptn_draft_fact(draft, PTN_FACT_REMARK, ptn_draft_join(draft, parts, 2, ": "));
}

static void read_part(struct ptn_draft *draft, const struct ptn_xml_node *part)
{

    if (ptn_bytes_is(part->name, "nameAlias"))
        read_name(draft, part);
    else if (ptn_bytes_is(part->name, "birthdate"))
        read_birth(draft, part);
    else if (ptn_bytes_is(part->name, "citizenship"))
        ptn_draft_nation_text(draft, country_of(part));
    else if (ptn_bytes_is(part->name, "identification"))
        read_identification(draft, part);
    else if (ptn_bytes_is(part->name, "address"))
        read_address(draft, part);
    else if (ptn_bytes_is(part->name, "additionalInformation"))
        read_additional(draft, part);
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
    ptn_draft_fact(draft, PTN_FACT_LINKED, ptn_xml_attribute(node, "unitedNationId"));
    ptn_draft_fact(draft, PTN_FACT_REASON, ptn_xml_attribute(node, "designationDetails"));
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
