/*
 * watch/ofac_xml.c -- the United States Treasury's sdn.xml and consolidated.xml.
 * Built from the publisher's schema and excerpts of real files; no whole one was at hand.
 * (sdn_advanced.xml is another format.)
 */
#include "watch/list_int.h"

/* "LAST, First" as the flat files write persons; entities have a last name only. */
static struct ptn_bytes name_of(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    const struct ptn_bytes parts[] = { ptn_xml_text(node, "lastName"),
                                       ptn_xml_text(node, "firstName") };

    return ptn_draft_join(draft, parts, 2, ", ");
}

static void read_aliases(struct ptn_draft *draft, const struct ptn_xml_node *list)
{
    for (const struct ptn_xml_node *at = ptn_xml_child(list, "aka"); at != NULL;
         at = ptn_xml_next(at, "aka"))
        ptn_draft_name(draft, name_of(draft, at),
                       ptn_text_is(ptn_xml_text(at, "category"), "weak") ? PTN_ALIAS_WEAK
                                                                         : PTN_ALIAS_STRONG);
}

/* An idList holds more than numbers: "Gender", "Secondary sanctions risk:", "Website". */
static void read_id(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes type = ptn_xml_text(node, "idType"), number = ptn_xml_text(node, "idNumber");
    enum ptn_list_number_type meant;
    const struct ptn_bytes remark[] = { type, number };

    if (ptn_text_is(type, "Gender")) {
        ptn_draft_sex(draft, number);
    } else if (ptn_text_is(type, "Nationality of Registration")) {
        ptn_draft_fact(draft, PTN_FACT_FLAG,
                       number.len > 0 ? number : ptn_xml_text(node, "idCountry"));
    } else if (ptn_text_is(type, "Vessel Registration Identification")) {
        if (ptn_text_begins(number, "IMO "))
            number = ptn_bytes_slice(number, 4, number.len);
        ptn_draft_number(draft, PTN_NUMBER_IMO, number, PTN_BYTES_NONE);
    } else if (ptn_ofac_number_type(type, &meant)) {
        ptn_draft_number(draft, meant, number, ptn_xml_text(node, "idCountry"));
    } else {
        ptn_draft_fact(draft, PTN_FACT_REMARK, ptn_draft_join(draft, remark, 2, " "));
    }
}

static void read_items(struct ptn_draft *draft, const struct ptn_xml_node *list)
{
    for (const struct ptn_xml_node *at = list->child; at != NULL; at = at->next) {
        const struct ptn_bytes address[] = {
            ptn_xml_text(at, "address1"),        ptn_xml_text(at, "address2"),
            ptn_xml_text(at, "address3"),        ptn_xml_text(at, "city"),
            ptn_xml_text(at, "stateOrProvince"), ptn_xml_text(at, "postalCode"),
            ptn_xml_text(at, "country")
        };

        if (ptn_bytes_is(at->name, "program"))
            ptn_draft_fact(draft, PTN_FACT_PROGRAMME, at->text);
        else if (ptn_bytes_is(at->name, "id"))
            read_id(draft, at);
        else if (ptn_bytes_is(at->name, "nationality") || ptn_bytes_is(at->name, "citizenship"))
            ptn_draft_nation_text(draft, ptn_xml_text(at, "country"));
        else if (ptn_bytes_is(at->name, "dateOfBirthItem"))
            ptn_draft_birth_text(draft, ptn_xml_text(at, "dateOfBirth"));
        else if (ptn_bytes_is(at->name, "placeOfBirthItem"))
            ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, ptn_xml_text(at, "placeOfBirth"));
        else if (ptn_bytes_is(at->name, "address"))
            ptn_draft_fact(draft, PTN_FACT_ADDRESS, ptn_draft_join(draft, address, 7, ", "));
    }
}

static void read_vessel(struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    ptn_draft_number(draft, PTN_NUMBER_CALL_SIGN, ptn_xml_text(node, "callSign"), PTN_BYTES_NONE);
    ptn_draft_fact(draft, PTN_FACT_TITLE, ptn_xml_text(node, "vesselType"));
    ptn_draft_fact(draft, PTN_FACT_FLAG, ptn_xml_text(node, "vesselFlag"));
    ptn_draft_fact(draft, PTN_FACT_OWNER, ptn_xml_text(node, "vesselOwner"));
}

static void read_entry(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    struct ptn_bytes type = ptn_xml_text(node, "sdnType");

    (void)context;
    ptn_draft_id(draft, ptn_xml_text(node, "uid"));
    draft->entry.kind = ptn_text_is(type, "Individual") ? PTN_ENTRY_PERSON
                        : ptn_text_is(type, "Vessel")   ? PTN_ENTRY_VESSEL
                        : ptn_text_is(type, "Aircraft") ? PTN_ENTRY_AIRCRAFT
                                                        : PTN_ENTRY_ENTITY;
    if (draft->entry.kind == PTN_ENTRY_ENTITY && !ptn_text_is(type, "Entity"))
        ptn_draft_note(draft, node->line,
                       "the kind of an entry was not understood; taken as an entity");
    ptn_draft_name(draft, name_of(draft, node), PTN_ALIAS_PRIMARY);
    ptn_draft_fact(draft, PTN_FACT_TITLE, ptn_xml_text(node, "title"));
    read_aliases(draft, ptn_xml_child(node, "akaList"));
    for (const struct ptn_xml_node *part = node->child; part != NULL; part = part->next) {
        if (ptn_bytes_is(part->name, "vesselInfo"))
            read_vessel(draft, part);
        else if (!ptn_bytes_is(part->name, "akaList"))
            read_items(draft, part);
    }
    ptn_ofac_remarks(draft, ptn_xml_text(node, "remarks"), node->line);
    ptn_draft_finish(draft);
}

static void read_root(void *context, struct ptn_draft *draft, const struct ptn_xml_node *node)
{
    size_t count = 0;

    (void)context;
    if (ptn_bytes_is(node->name, "Publish_Date"))
        draft->summary->edition_ms = ptn_edition_read(node->text);
    if (!ptn_bytes_is(node->name, "Record_Count"))
        return;
    for (size_t i = 0; i < node->text.len && count < 100000000; i++)
        if (node->text.at[i] >= '0' && node->text.at[i] <= '9')
            count = count * 10 + (size_t)(node->text.at[i] - '0');
    draft->summary->said = count;
}

struct ptn_status ptn_ofac_xml_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                    struct ptn_diag *reterr)
{
    static const char *const entries[] = { "sdnEntry", NULL };
    const struct ptn_xml_plan plan = { "sdnList", entries, NULL, read_entry, read_root, NULL };

    return ptn_xml_read(source->main, &plan, draft, reterr);
}
