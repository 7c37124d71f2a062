/*
 * message/paxlst.c -- PAXLST: passenger and crew lists, and the older US form. By tag and
 * qualifier, in any order that still says whose a segment is: what follows NAD+FL belongs to that
 * person until the next one, what follows DOC to that document until the next DOC or person.
 * Standard: WCO-PAXLST.
 */
#include "message/manifest_int.h"

static struct ptn_bytes at(const struct build *build, size_t element, size_t component)
{
    return ptn_edifact_at(build->segment, element, component);
}

static bool first_is(const struct build *build, const char *qualifier)
{
    return ptn_bytes_is(ptn_build_trim(at(build, 0, 0)), qualifier);
}

/* A departure that never got its arrival stays a flight, with a note. */
static void close_flight(struct build *build)
{
    if (build->open_flight != NULL)
        ptn_build_note(build, "flight-half", "a place of departure without one of arrival");
    build->open_flight = NULL;
}

/* TDT+20+KL1234+++KL: what follows flies as this. The legacy form is TDT++SA812+40+SA. */
static void take_transport(struct build *build)
{
    struct ptn_bytes id = ptn_build_field(build, 1, 0);
    struct ptn_bytes carrier = ptn_build_field(build, build->legacy ? 3 : 4, 0);

    close_flight(build);
    ptn_build_flight_name(build, id, carrier, &build->carrier, &build->number);
}

/* A place of the flight: departures (125) open a sector, arrivals (87) close it, others (92) take
 * turns. */
static void take_flight_place(struct build *build, bool opens, bool closes)
{
    struct ptn_bytes place = ptn_build_field(build, 1, 0);

    if (opens || (!closes && build->open_flight == NULL)) {
        close_flight(build);
        build->open_flight = ptn_build_flight(build);
        if (build->open_flight != NULL)
            build->open_flight->from = place;
        return;
    }
    if (build->open_flight == NULL) {
        ptn_build_note(build, "flight-half", "a place of arrival without one of departure");
        build->open_flight = ptn_build_flight(build);
    }
    if (build->open_flight != NULL)
        build->open_flight->to = place;
    build->open_flight = NULL;
}

/* The older US form: 005 or 5 departs, 008 or 8 arrives, PT in between does both. */
static void take_legacy_place(struct build *build)
{
    if (first_is(build, "005") || first_is(build, "5")) {
        take_flight_place(build, true, false);
    } else if (first_is(build, "008") || first_is(build, "8")) {
        take_flight_place(build, false, true);
    } else if (first_is(build, "PT")) {
        take_flight_place(build, false, true);
        take_flight_place(build, true, false);
    }
}

/* Places of a person: 178 boards, 179 leaves, 180 was born, in words (C517 3224) or by a code. */
static void take_persons_place(struct build *build, struct ptn_bytes place)
{
    struct ptn_manifest_person *person = build->person;

    if (person == NULL)
        return;
    if (first_is(build, "178"))
        person->embark = place;
    else if (first_is(build, "179"))
        person->debark = place;
    else if (first_is(build, "180"))
        person->birth_place = place.len > 0 ? place : ptn_build_field(build, 1, 3);
}

static void take_place(struct build *build)
{
    struct ptn_bytes place = ptn_build_field(build, 1, 0);

    if (first_is(build, "91")) {
        if (build->document != NULL && build->document->issuer.len == 0)
            build->document->issuer = place;
    } else if (build->flights_done) {
        take_persons_place(build, place);
    } else if (build->legacy) {
        take_legacy_place(build);
    } else if (first_is(build, "125")) {
        take_flight_place(build, true, false);
    } else if (first_is(build, "87")) {
        take_flight_place(build, false, true);
    } else if (first_is(build, "92")) {
        take_flight_place(build, false, false);
    }
}

/* The sector a time of arrival is of: at a legacy PT the next one is open already. */
static struct ptn_manifest_flight *arrived_flight(const struct build *build)
{
    struct ptn_manifest_flight *last = build->last_flight;

    if (build->legacy && last == build->open_flight && last != build->manifest->flights &&
        ptn_bytes_equal(last[-1].to, last->from))
        return last - 1;
    return last;
}

/* DTM+189:2005061200:201, or in the legacy form DTM+136+020131+1030. */
static void take_flight_time(struct build *build, bool departure)
{
    struct ptn_manifest_time time;

    if (build->last_flight == NULL || build->flights_done)
        return;
    if (build->legacy) {
        char text[11] = { 0 };
        struct ptn_bytes date = ptn_bytes_trim(at(build, 1, 0));
        struct ptn_bytes clock = ptn_bytes_trim(at(build, 2, 0));

        if (date.len != 6 || clock.len != 4)
            return;
        memcpy(text, date.at, 6);
        memcpy(text + 6, clock.at, 4);
        time = ptn_build_time(build, ptn_bytes_of(text, 10));
    } else {
        time = ptn_build_time(build, at(build, 0, 1));
    }
    if (departure)
        build->last_flight->departure = time;
    else
        arrived_flight(build)->arrival = time;
}

static void take_date(struct build *build)
{
    if (first_is(build, "189") || (build->legacy && first_is(build, "136"))) {
        take_flight_time(build, true);
    } else if (first_is(build, "232") || (build->legacy && first_is(build, "132"))) {
        take_flight_time(build, false);
    } else if (first_is(build, "329")) {
        if (build->person != NULL)
            build->person->birth = ptn_build_birth(build, at(build, 0, 1));
    } else if (first_is(build, "36")) {
        if (build->document != NULL && ptn_date_is_none(build->document->expiry))
            build->document->expiry = ptn_build_expiry(build, at(build, 0, 1));
    }
}

/* NAD+FL+++SURNAME:GIVEN:SECOND+street…: a person; every other party is not one. */
static void take_party(struct build *build)
{
    struct ptn_manifest_person *person;
    enum ptn_manifest_role role;

    if (first_is(build, "FL"))
        role = PTN_MANIFEST_PASSENGER;
    else if (first_is(build, "FM"))
        role = PTN_MANIFEST_CREW;
    else if (first_is(build, "DDU") || first_is(build, "DDT"))
        role = first_is(build, "DDU") ? PTN_MANIFEST_TRANSIT : PTN_MANIFEST_CREW;
    else
        return;
    if (!build->flights_done)
        close_flight(build);
    build->flights_done = true;
    person = ptn_build_person(build, role);
    if (person == NULL)
        return;
    person->surname = ptn_build_field(build, 3, 0);
    person->given = ptn_build_field(build, 3, 1);
    person->second = ptn_build_field(build, 3, 2);
    if (person->surname.len == 0)
        ptn_build_note(build, "person-name", "a person without a surname");
}

static void take_document(struct build *build)
{
    struct ptn_manifest_document *document = ptn_build_document(build);

    if (document == NULL)
        return;
    document->type = ptn_build_field(build, 0, 0);
    document->number = ptn_build_field(build, 1, 0);
}

/* CNT+42:160 counts passengers, CNT+41:8 crew; some write CNT+41+8. */
static void take_count(struct build *build)
{
    build->count_of_crew = first_is(build, "41");
    build->count = ptn_build_field(build, 0, 1);
    if (build->count.len == 0)
        build->count = ptn_build_field(build, 1, 0);
}

static void take_reference(struct build *build)
{
    if (build->person == NULL) {
        if (first_is(build, "TN"))
            build->manifest->reference = ptn_build_field(build, 0, 1);
    } else if (first_is(build, "AVF")) {
        build->person->booking = ptn_build_field(build, 0, 1);
    } else if (first_is(build, "ABO")) {
        build->person->reference = ptn_build_field(build, 0, 1);
    }
}

/* PDT+P/number:expiry:country+SURNAME:GIVEN:MIDDLE:birth:sex+PAX+from:to, all of a person in one
 * segment. */
static void take_legacy_person(struct build *build)
{
    struct ptn_bytes kind = at(build, 2, 0);
    enum ptn_manifest_role role =
        kind.len == 0 || ptn_bytes_is(kind, "PAX") ? PTN_MANIFEST_PASSENGER : PTN_MANIFEST_CREW;
    struct ptn_manifest_person *person;
    struct ptn_manifest_document *document;
    struct ptn_bytes number;

    close_flight(build);
    build->flights_done = true;
    person = ptn_build_person(build, role);
    if (person == NULL)
        return;
    person->surname = ptn_build_field(build, 1, 0);
    person->given = ptn_build_field(build, 1, 1);
    person->second = ptn_build_field(build, 1, 2);
    person->birth = ptn_build_birth(build, at(build, 1, 3));
    person->sex = ptn_build_field(build, 1, 4);
    document = ptn_build_document(build);
    if (document == NULL)
        return;
    number = ptn_build_field(build, 0, 0);
    if (number.len > 1 && number.at[1] == '/') {
        document->type = ptn_bytes_slice(number, 0, 1);
        number = ptn_bytes_slice(number, 2, number.len);
    }
    document->number = number;
    document->expiry = ptn_build_expiry(build, at(build, 0, 1));
    document->issuer = ptn_build_field(build, 0, 2);
}

void ptn_paxlst_take(struct build *build)
{
    switch (ptn_build_tag(build)) {
    case PTN_TAG('B', 'G', 'M'):
        build->manifest->function = ptn_build_field(build, 0, 0);
        build->manifest->change = ptn_build_field(build, 1, 0);
        break;
    case PTN_TAG('T', 'D', 'T'):
        take_transport(build);
        break;
    case PTN_TAG('L', 'O', 'C'):
        take_place(build);
        break;
    case PTN_TAG('D', 'T', 'M'):
        take_date(build);
        break;
    case PTN_TAG('N', 'A', 'D'):
        take_party(build);
        break;
    case PTN_TAG('D', 'O', 'C'):
        take_document(build);
        break;
    case PTN_TAG('R', 'F', 'F'):
        take_reference(build);
        break;
    case PTN_TAG('P', 'D', 'T'):
        take_legacy_person(build);
        break;
    case PTN_TAG('C', 'N', 'T'):
        take_count(build);
        break;
    case PTN_TAG('A', 'T', 'T'):
        if (build->person != NULL && first_is(build, "2"))
            build->person->sex = ptn_build_field(build, 2, 0);
        break;
    case PTN_TAG('N', 'A', 'T'):
        if (build->person != NULL)
            build->person->nationality = ptn_build_field(build, 1, 0);
        break;
    case PTN_TAG('E', 'M', 'P'): /* EMP+1+CR1:110:111: a crew member's position */
        if (build->person != NULL && first_is(build, "1"))
            build->person->rank = ptn_build_field(build, 1, 0);
        break;
    default:
        break;
    }
}

void ptn_paxlst_finish(struct build *build)
{
    size_t people = build->manifest->person_count - build->crew_count;

    close_flight(build);
    if (build->count_of_crew)
        people = build->crew_count;
    if (!build->partial && build->count.len > 0 && ptn_build_number(build->count) != people)
        ptn_build_note(build, "count-people", "CNT counts other people than this message holds");
}
