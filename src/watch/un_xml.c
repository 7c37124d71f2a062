/* watch/un_xml.c -- the United Nations Security Council's consolidated list. */
#include "watch/list_int.h"

/* FIRST_NAME to FOURTH_NAME joined; the whole name often stands in the first. */
static struct ptn_bytes whole_name(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    const struct ptn_bytes parts[] = { ptn_xml_text(node, "FIRST_NAME"),
                                       ptn_xml_text(node, "SECOND_NAME"),
                                       ptn_xml_text(node, "THIRD_NAME"),
                                       ptn_xml_text(node, "FOURTH_NAME") };

    return ptn_draft_join(draft, parts, 4, " ");
}

/* FROM_YEAR to TO_YEAR as one birth; false when they are no such two years. */
static bool read_years(const struct ptn_xml_node *node, struct ptn_list_birth *births,
                       size_t *ret_count)
{
    struct ptn_list_birth last[PTN_BIRTH_TEXT_MAX];
    size_t last_count = 0;

    if (!ptn_birth_read(ptn_xml_text(node, "FROM_YEAR"), births, ret_count) ||
        !ptn_birth_read(ptn_xml_text(node, "TO_YEAR"), last, &last_count) || *ret_count != 1 ||
        last_count != 1 || ptn_date_compare(births[0].first, last[0].last) > 0)
        return false;
    births[0].last = last[0].last;
    return true;
}

static void read_birth(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes note = ptn_xml_text(node, "NOTE");
    struct ptn_bytes date = ptn_xml_text(node, "DATE");
    struct ptn_list_birth births[PTN_BIRTH_TEXT_MAX];
    bool circa = ptn_text_is(ptn_xml_text(node, "TYPE_OF_DATE"), "APPROXIMATELY") ||
                 ptn_text_find(note, "approximate") != SIZE_MAX;
    bool whole = true;
    size_t count = 0;

    if (date.len > 10)
        date.len = 10; /* "1971-03-02-04:00" carries a time zone */
    if (date.len == 0)
        date = ptn_xml_text(node, "YEAR");
    if (ptn_xml_text(node, "FROM_YEAR").len > 0) {
        whole = read_years(node, births, &count);
    } else if (date.len > 0) {
        whole = ptn_birth_read(date, births, &count);
    } else if (note.len > 0) { /* "Nov. 1973"; a date of another calendar is not whole */
        whole = ptn_birth_read(note, births, &count) && count > 0;
        count = whole ? count : 0;
    }
    for (size_t i = 0; i < count; i++) {
        births[i].circa = births[i].circa || circa;
        ptn_draft_birth(draft, births[i]);
    }
    if (!whole)
        ptn_draft_note(draft, node->line, "a date of birth was not understood");
}

static void read_alias(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes quality = ptn_xml_text(node, "QUALITY");
    const struct ptn_bytes place[] = { ptn_xml_text(node, "CITY_OF_BIRTH"),
                                       ptn_xml_text(node, "COUNTRY_OF_BIRTH") };
    enum ptn_alias alias = ptn_text_is(quality, "Low") ? PTN_ALIAS_WEAK : PTN_ALIAS_STRONG;

    ptn_draft_names(draft, ptn_xml_text(node, "ALIAS_NAME"), alias);
    if (quality.len > 0 && alias == PTN_ALIAS_STRONG && !ptn_text_is(quality, "Good") &&
        !ptn_text_is(quality, "a.k.a.") && !ptn_text_is(quality, "f.k.a."))
        ptn_draft_note(draft, node->line,
                       "the quality of an alias was not understood; taken as good");
    /* an alias under which other papers say another birth */
    ptn_draft_birth_text(draft, ptn_xml_text(node, "DATE_OF_BIRTH"));
    ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, ptn_draft_join(draft, place, 2, ", "));
}

static void read_document(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes type = ptn_xml_text(node, "TYPE_OF_DOCUMENT");
    struct ptn_bytes number = ptn_xml_text(node, "NUMBER");
    struct ptn_bytes issuer = ptn_xml_text(node, "ISSUING_COUNTRY");
    enum ptn_list_number_type meant = PTN_NUMBER_OTHER_DOCUMENT;

    if (issuer.len == 0)
        issuer = ptn_xml_text(node, "COUNTRY_OF_ISSUE");
    if (ptn_text_find(type, "pass") != SIZE_MAX || ptn_text_find(type, "pasaporte") != SIZE_MAX)
        meant = PTN_NUMBER_PASSPORT;
    else if (ptn_text_find(type, "national") != SIZE_MAX)
        meant = PTN_NUMBER_ID_CARD;
    if (number.len == 0)
        return; /* placeholders without a number are common; the note says what is known */
    ptn_draft_number_text(draft, meant, number, issuer);
}

static void read_place(struct ptn_draft *draft, const struct ptn_xml_node *node,
                       enum ptn_list_fact_type type)
{
    const struct ptn_bytes parts[] = {
        ptn_xml_text(node, "STREET"),         ptn_xml_text(node, "CITY"),
        ptn_xml_text(node, "STATE_PROVINCE"), ptn_xml_text(node, "ZIP_CODE"),
        ptn_xml_text(node, "COUNTRY"),        ptn_xml_text(node, "NOTE")
    };

    ptn_draft_fact(draft, type, ptn_draft_join(draft, parts, 6, ", "));
}

static void read_values(struct ptn_draft *draft, const struct ptn_xml_node *node,
                        enum ptn_list_fact_type type)
{
    for (const struct ptn_xml_node *value = ptn_xml_child(node, "VALUE"); value != NULL;
         value = ptn_xml_next(value, "VALUE"))
        ptn_draft_fact(draft, type, value->text);
}

static void read_part(struct ptn_draft *draft, const struct ptn_xml_node *part)
{
    struct ptn_bytes name = part->name;

    if (ptn_bytes_is(name, "INDIVIDUAL_ALIAS") || ptn_bytes_is(name, "ENTITY_ALIAS"))
        read_alias(draft, part);
    else if (ptn_bytes_is(name, "NAME_ORIGINAL_SCRIPT"))
        ptn_draft_names(draft, part->text, PTN_ALIAS_STRONG);
    else if (ptn_bytes_is(name, "INDIVIDUAL_DATE_OF_BIRTH"))
        read_birth(draft, part);
    else if (ptn_bytes_is(name, "INDIVIDUAL_DOCUMENT"))
        read_document(draft, part);
    else if (ptn_bytes_is(name, "INDIVIDUAL_PLACE_OF_BIRTH"))
        read_place(draft, part, PTN_FACT_BIRTH_PLACE);
    else if (ptn_bytes_is(name, "INDIVIDUAL_ADDRESS") || ptn_bytes_is(name, "ENTITY_ADDRESS"))
        read_place(draft, part, PTN_FACT_ADDRESS);
    else if (ptn_bytes_is(name, "TITLE") || ptn_bytes_is(name, "DESIGNATION"))
        read_values(draft, part, PTN_FACT_TITLE);
    else if (ptn_bytes_is(name, "GENDER"))
        ptn_draft_sex(draft, part->text);
    else if (ptn_bytes_is(name, "UN_LIST_TYPE"))
        ptn_draft_fact(draft, PTN_FACT_PROGRAMME, part->text);
    else if (ptn_bytes_is(name, "COMMENTS1"))
        ptn_draft_fact(draft, PTN_FACT_REMARK, part->text);
    else if (ptn_bytes_is(name, "NATIONALITY") || ptn_bytes_is(name, "NATIONALITY2"))
        for (const struct ptn_xml_node *value = ptn_xml_child(part, "VALUE"); value != NULL;
             value = ptn_xml_next(value, "VALUE"))
            if (!ptn_text_is(value->text, "na")) /* nothing, and not Namibia's code */
                ptn_draft_nation_text(draft, value->text);
}

static void read_entry(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes id = ptn_xml_text(node, "REFERENCE_NUMBER");
    struct ptn_bytes listed = ptn_xml_text(node, "LISTED_ON");

    (void)context;
    ptn_draft_id(draft, id.len > 0 ? id : ptn_xml_text(node, "DATAID"));
    draft->entry.kind =
        ptn_bytes_is(node->name, "INDIVIDUAL") ? PTN_ENTRY_PERSON : PTN_ENTRY_ENTITY;
    ptn_draft_name(draft, whole_name(draft, node), PTN_ALIAS_PRIMARY);
    if (listed.len >= 10 &&
        !ptn_ok(ptn_date_parse(ptn_bytes_slice(listed, 0, 10), &draft->entry.listed_on, NULL)))
        ptn_draft_note(draft, node->line, "the date of listing was not understood");
    for (const struct ptn_xml_node *part = node->child; part != NULL; part = part->next)
        read_part(draft, part);
    ptn_draft_finish(draft);
}

static void read_root(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    (void)context;
    if (ptn_bytes_is(node->name, "CONSOLIDATED_LIST"))
        draft->summary->edition_ms = ptn_edition_read(ptn_xml_attribute(node, "dateGenerated"));
}

struct ptn_status ptn_un_xml_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                  struct ptn_diag *reterr)
{
    static const char *const entries[] = { "INDIVIDUAL", "ENTITY", NULL };
    const struct ptn_xml_plan plan = { "CONSOLIDATED_LIST", entries,   NULL,
                                       read_entry,          read_root, NULL };
    struct ptn_status status = ptn_xml_read(source->main, &plan, draft, reterr);

    if (ptn_ok(status) && draft->summary->edition_ms == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "the list does not say when it was generated");
    return status;
}
