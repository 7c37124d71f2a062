/*
 * message/pnrgov.c -- PNRGOV: bookings. A push is about one flight (the TVL before the first
 * booking); each booking (SRC) names its people in TIF segments and their documents in SSR DOCS, at
 * the name or at the flight. A TIF after TRI is a check-in and one after SAC is history: neither is
 * a further person. Payment (FOP) is stepped over. Standard: IATA-PNRGOV.
 */
#include "message/manifest_int.h"

#define HOLDERS_MAX 1000u /* people of one booking among whom a document's holder is looked for */
#define DOCS_FIELDS 10u

static struct ptn_bytes at(const struct build *build, size_t element, size_t component)
{
    return ptn_edifact_at(build->segment, element, component);
}

static void start_booking(struct build *build)
{
    build->part = BOOKING_NAMES;
    build->booking_first = NULL;
    build->person = NULL;
    build->document = NULL;
    build->locator = PTN_BYTES_NONE;
    build->booking_count++;
}

/* TVL+270513:1430:270513:2205+SIN+ICN+SQ+602: the arrival's date may be missing, and then its slot
 * may be, too. */
static void take_flight(struct build *build)
{
    struct ptn_manifest_flight *flight;
    struct ptn_bytes date = at(build, 0, 0);
    struct ptn_bytes arrival_date = at(build, 0, 2);
    struct ptn_bytes arrival_clock = at(build, 0, 3);
    struct ptn_bytes carrier = ptn_build_field(build, 3, 0);
    struct ptn_bytes id = ptn_build_field(build, 4, 0);

    if (arrival_date.len == 4 && arrival_clock.len == 0) {
        arrival_clock = arrival_date;
        arrival_date = PTN_BYTES_NONE;
    }
    build->carrier = carrier;
    while (id.len > 1 && id.at[0] == '0')
        id = ptn_bytes_slice(id, 1, id.len);
    build->number = id;
    flight = ptn_build_flight(build);
    if (flight == NULL)
        return;
    flight->from = ptn_build_field(build, 1, 0);
    flight->to = ptn_build_field(build, 2, 0);
    flight->departure = ptn_build_time_day_first(build, date, at(build, 0, 1));
    if (arrival_date.len > 0 || arrival_clock.len > 0)
        flight->arrival = ptn_build_time_day_first(
            build, arrival_date.len > 0 ? arrival_date : date, arrival_clock);
}

/* One traveller of a TIF, by the element the given name stands in. */
static void take_traveller(struct build *build, size_t element)
{
    struct ptn_manifest_person *person = ptn_build_person(build, PTN_MANIFEST_PASSENGER);

    if (person == NULL)
        return;
    if (build->booking_first == NULL)
        build->booking_first = person;
    person->surname = ptn_build_field(build, 0, 0);
    person->given = ptn_build_field(build, element, 0);
    person->reference = ptn_build_field(build, element, 2);
    person->booking = build->locator;
    if (person->surname.len == 0)
        ptn_build_note(build, "person-name", "a person without a surname");
}

/* TIF+SURNAME+GIVEN TITLE:type:ref, and where one surname is of several people, one more element
 * each. A group (type G) is not a person. */
static void take_name(struct build *build)
{
    if (build->part != BOOKING_NAMES || ptn_bytes_is(at(build, 1, 1), "G"))
        return;
    take_traveller(build, 1);
    for (size_t e = 2; e < build->segment->element_count; e++)
        if (at(build, e, 0).len > 0)
            take_traveller(build, e);
}

/* The parts of "/P/GBR/512731999/GBR/20SEP12/FI/25OCT17/BELT/SOPHY OLIVIA". Returns how many there
 * are. */
static size_t split_docs(struct ptn_bytes text, struct ptn_bytes fields[DOCS_FIELDS])
{
    size_t count = 0;
    size_t from = 0;

    for (size_t i = 0; i < DOCS_FIELDS; i++)
        fields[i] = PTN_BYTES_NONE;
    if (text.len > 0 && text.at[0] == '/')
        from = 1;
    for (size_t i = from; i <= text.len && count < DOCS_FIELDS; i++) {
        if (i < text.len && text.at[i] != '/')
            continue;
        fields[count++] = ptn_bytes_trim(ptn_bytes_slice(text, from, i - from));
        from = i + 1;
    }
    return count;
}

static bool begins_with(struct ptn_bytes text, struct ptn_bytes start)
{
    return start.len > 0 && ptn_bytes_equal(ptn_bytes_slice(text, 0, start.len), start);
}

/* The one of the booking with this name. A given name may go on in either: titles, second names. */
static struct ptn_manifest_person *named(const struct build *build, struct ptn_bytes surname,
                                         struct ptn_bytes given)
{
    size_t left = HOLDERS_MAX;

    for (struct ptn_manifest_person *p = build->booking_first; p != NULL && left-- > 0; p = p->next)
        if (surname.len > 0 && ptn_bytes_equal(p->surname, surname) &&
            (begins_with(p->given, given) || begins_with(given, p->given)))
            return p;
    return NULL;
}

static struct ptn_manifest_person *referred(const struct build *build, struct ptn_bytes reference)
{
    size_t left = HOLDERS_MAX;

    for (struct ptn_manifest_person *p = build->booking_first; p != NULL && left-- > 0; p = p->next)
        if (reference.len > 0 && ptn_bytes_equal(p->reference, reference))
            return p;
    return NULL;
}

/* What an SSR says of one person: the parts between its slashes, and whose it is. */
struct special {
    struct ptn_bytes fields[DOCS_FIELDS];
    size_t count;
    struct ptn_bytes reference;
};

/* SSR+DOCS:HK:1:SQ:::SIN:ICN+…+::2 with the text in component 8 of the first element, or in a later
 * element. */
static struct special read_special(const struct build *build)
{
    struct special special = { .reference = PTN_BYTES_NONE };
    struct ptn_bytes text = PTN_BYTES_NONE;

    for (size_t c = 8; text.len == 0 && c < ptn_edifact_component_count(build->segment, 0); c++)
        text = at(build, 0, c);
    for (size_t e = 1; e < build->segment->element_count; e++) {
        if (text.len == 0 && at(build, e, 0).len > 0)
            text = at(build, e, 0);
        if (at(build, e, 2).len > 0)
            special.reference = at(build, e, 2);
    }
    if (text.len > 0)
        special.count = split_docs(ptn_bytes_trim(text), special.fields);
    return special;
}

static bool has_document(const struct ptn_manifest_person *person, struct ptn_bytes number)
{
    for (const struct ptn_manifest_document *d = person->documents; d != NULL; d = d->next)
        if (ptn_bytes_equal(d->number, number))
            return true;
    return false;
}

/* FI and MI: an infant's, under the number of the adult whose seat it shares. */
static bool is_infants(struct ptn_bytes sex)
{
    return sex.len == 2 && sex.at[1] == 'I';
}

/* Whose document it is: the one with this reference, else the one with this name, else the one
 * named last. An infant's names the infant first: the reference is the adult's. */
static struct ptn_manifest_person *holder_of(const struct build *build,
                                             const struct special *special)
{
    struct ptn_manifest_person *by_name = named(build, special->fields[7], special->fields[8]);
    struct ptn_manifest_person *by_number = referred(build, special->reference);

    if (is_infants(special->fields[5]) && by_name != NULL)
        return by_name;
    if (by_number != NULL || by_name != NULL)
        return by_number != NULL ? by_number : by_name;
    return build->part == BOOKING_NAMES ? build->person : NULL;
}

/* An infant's document that came before the infant's name went to the adult: it is taken back. */
static void take_back(struct build *build, const struct special *special)
{
    struct ptn_manifest_person *adult = referred(build, special->reference);

    if (adult == NULL || adult == build->person)
        return;
    for (struct ptn_manifest_document **at = &adult->documents; *at != NULL;) {
        if (ptn_bytes_equal((*at)->number, special->fields[2]))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
    build->document_holder = NULL; /* its last one may have gone */
}

/* Until its TIF comes, an infant leaves its document with the adult, and nothing of itself. */
static void take_holder(struct build *build, const struct special *special)
{
    struct ptn_manifest_person *person = build->person;

    if (is_infants(special->fields[5])) {
        if (person != named(build, special->fields[7], special->fields[8]))
            return;
        take_back(build, special);
    }
    if (ptn_date_is_none(person->birth))
        person->birth = ptn_build_birth(build, special->fields[4]);
    if (person->sex.len == 0)
        person->sex = ptn_build_keep(build, ptn_bytes_slice(special->fields[5], 0, 1));
    if (person->nationality.len == 0)
        person->nationality = ptn_build_keep(build, special->fields[3]);
}

/* /P/GBR/512731999/GBR/20SEP12/F/25OCT17/BELT/SOPHY: a passport or a card. */
static void take_docs(struct build *build)
{
    struct special special = read_special(build);
    struct ptn_manifest_document *document;

    if (special.count < 3)
        return;
    build->person = holder_of(build, &special);
    if (build->person == NULL || has_document(build->person, special.fields[2]))
        return;
    take_holder(build, &special);
    document = ptn_build_document(build);
    if (document == NULL)
        return;
    document->type = ptn_build_keep(build, special.fields[0]);
    document->issuer = ptn_build_keep(build, special.fields[1]);
    document->number = ptn_build_keep(build, special.fields[2]);
    document->expiry = ptn_build_expiry(build, special.fields[6]);
}

/* BIRTHPLACE/V/17317323/PLACE OF ISSUE/14MAR03/USA: a visa, good in that State. Other numbers (K,
 * R) are no documents. */
static void take_doco(struct build *build)
{
    struct special special = read_special(build);
    struct ptn_manifest_document *document;

    if (special.count < 3 || !ptn_bytes_is(special.fields[1], "V") || special.fields[2].len == 0)
        return;
    build->person = holder_of(build, &(struct special){ .reference = special.reference });
    if (build->person == NULL || has_document(build->person, special.fields[2]))
        return;
    if (build->person->birth_place.len == 0)
        build->person->birth_place = ptn_build_keep(build, special.fields[0]);
    document = ptn_build_document(build);
    if (document == NULL)
        return;
    document->type = ptn_build_keep(build, special.fields[1]);
    document->number = ptn_build_keep(build, special.fields[2]);
    document->issuer = ptn_build_keep(build, special.fields[5]);
}

static void take_in_booking(struct build *build)
{
    if (ptn_build_tag_is(build, "RCI")) {
        if (build->locator.len == 0)
            build->locator = ptn_build_field(build, 0, 1);
    } else if (ptn_build_tag_is(build, "TIF")) {
        take_name(build);
    } else if (ptn_build_tag_is(build, "SSR")) {
        if (ptn_bytes_is(at(build, 0, 0), "DOCS"))
            take_docs(build);
        else if (ptn_bytes_is(at(build, 0, 0), "DOCO"))
            take_doco(build);
    } else if (ptn_build_tag_is(build, "TVL") || ptn_build_tag_is(build, "TRI")) {
        build->part = BOOKING_CHECK_IN;
    } else if (ptn_build_tag_is(build, "ABI") || ptn_build_tag_is(build, "SAC")) {
        build->part = BOOKING_HISTORY;
    }
}

void ptn_pnrgov_take(struct build *build)
{
    if (ptn_build_tag_is(build, "SRC"))
        start_booking(build);
    else if (build->part != BOOKING_NONE)
        take_in_booking(build);
    else if (ptn_build_tag_is(build, "TVL"))
        take_flight(build);
    else if (ptn_build_tag_is(build, "MSG"))
        build->manifest->function = ptn_build_field(build, 0, 1);
    else if (ptn_build_tag_is(build, "EQN"))
        build->count = ptn_build_field(build, 0, 0);
}

void ptn_pnrgov_finish(struct build *build)
{
    if (build->count.len > 0 && ptn_build_number(build->count) != build->booking_count)
        ptn_build_note(build, "count-bookings",
                       "EQN counts other bookings than this message holds");
}
