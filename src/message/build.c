/*
 * message/build.c -- the manifest being built: people, documents, flights, dates and notes.
 */
#include "message/manifest_int.h"

#define YEARS_CENTURY 100u
#define EXPIRY_YEARS_MAX                                                                           \
    50u /* no document is valid for longer: 61 in a message of 2009 is 2061, 99 in one of 2002 is  \
           1999 */

struct ptn_bytes ptn_build_keep(struct build *build, struct ptn_bytes view)
{
    char *copy;

    if (view.len == 0)
        return PTN_BYTES_NONE;
    if (build->input.len > 0 && view.at >= build->input.at &&
        view.at < build->input.at + build->input.len)
        return view;
    copy = ptn_arena_text(build->arena, view);
    if (copy == NULL) {
        build->no_memory = true;
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(copy, view.len);
}

struct ptn_bytes ptn_build_field(struct build *build, size_t element, size_t component)
{
    return ptn_build_keep(build,
                          ptn_build_trim(ptn_edifact_at(build->segment, element, component)));
}

void ptn_build_note(struct build *build, const char *code, const char *text)
{
    struct ptn_manifest *manifest = build->manifest;

    if (manifest->verdict == PTN_MANIFEST_ACCEPTED)
        manifest->verdict = PTN_MANIFEST_ACCEPTED_WITH_NOTES;
    if (manifest->note_count == PTN_MANIFEST_NOTES_MAX) {
        manifest->notes_left_out++;
        return;
    }
    manifest->notes[manifest->note_count++] =
        (struct ptn_manifest_note){ code, text, build->segment_number, build->segment->offset };
}

void ptn_manifest_note(struct ptn_manifest *manifest, const char *code, const char *text)
{
    if (manifest->verdict == PTN_MANIFEST_ACCEPTED)
        manifest->verdict = PTN_MANIFEST_ACCEPTED_WITH_NOTES;
    if (manifest->note_count == PTN_MANIFEST_NOTES_MAX)
        manifest->notes_left_out++;
    else
        manifest->notes[manifest->note_count++] = (struct ptn_manifest_note){ code, text, 0, 0 };
}

/* Once a message: the rest is counted by nobody. */
static void say_full(struct build *build, const char *text)
{
    if (!build->full_said)
        ptn_build_note(build, "person-full", text);
    build->full_said = true;
}

struct ptn_manifest_person *ptn_build_person(struct build *build, enum ptn_manifest_role role)
{
    struct ptn_manifest_person *person = NULL;

    build->document = NULL;
    if (build->manifest->person_count == PTN_MANIFEST_PEOPLE_MAX)
        say_full(build, "more people than one message may hold");
    else
        person = ptn_arena_take(build->arena, sizeof(*person));
    if (person == NULL) {
        build->no_memory =
            build->no_memory || build->manifest->person_count < PTN_MANIFEST_PEOPLE_MAX;
        build->person = NULL;
        return NULL;
    }
    person->role = role;
    *build->person_end = person;
    build->person_end = &person->next;
    build->manifest->person_count++;
    if (role == PTN_MANIFEST_CREW)
        build->crew_count++;
    build->person = person;
    return person;
}

struct ptn_manifest_document *ptn_build_document(struct build *build)
{
    struct ptn_manifest_document *document;

    build->document = NULL;
    if (build->person == NULL)
        return NULL;
    if (build->person != build->document_holder) { /* somebody named before has one more */
        build->document_holder = build->person;
        build->document_count = 0;
        for (build->document_end = &build->person->documents; *build->document_end != NULL;
             build->document_end = &(*build->document_end)->next)
            build->document_count++;
    }
    if (build->document_count == PTN_MANIFEST_DOCUMENTS_MAX) {
        say_full(build, "more documents than one person may have");
        return NULL;
    }
    document = ptn_arena_take(build->arena, sizeof(*document));
    if (document == NULL) {
        build->no_memory = true;
        return NULL;
    }
    *build->document_end = document;
    build->document_end = &document->next;
    build->document_count++;
    build->document = document;
    return document;
}

struct ptn_manifest_flight *ptn_build_flight(struct build *build)
{
    struct ptn_manifest *manifest = build->manifest;

    if (manifest->flight_count == PTN_MANIFEST_FLIGHTS_MAX) {
        ptn_build_note(build, "flight-half", "more flights than one message may hold");
        return NULL;
    }
    build->last_flight = &manifest->flights[manifest->flight_count++];
    *build->last_flight =
        (struct ptn_manifest_flight){ .carrier = build->carrier, .number = build->number };
    return build->last_flight;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Two characters of an IATA designator hold a letter; three letters are an ICAO one. */
static size_t carrier_len(struct ptn_bytes id)
{
    size_t letters = 0;

    while (letters < id.len && letters < 3 && !is_digit(id.at[letters]))
        letters++;
    if (letters == 3)
        return 3;
    if (id.len > 2 && (!is_digit(id.at[0]) || !is_digit(id.at[1])))
        return 2;
    return 0;
}

void ptn_build_flight_name(struct build *build, struct ptn_bytes id, struct ptn_bytes carrier,
                           struct ptn_bytes *ret_carrier, struct ptn_bytes *ret_number)
{
    size_t prefix = carrier_len(id);
    struct ptn_bytes own = ptn_bytes_slice(id, 0, prefix);

    if (carrier.len > 0 && id.len > carrier.len &&
        ptn_bytes_equal(ptn_bytes_slice(id, 0, carrier.len), carrier))
        prefix = carrier.len;
    else if (carrier.len > 0 && prefix > 0)
        ptn_build_note(build, "flight-carrier", "the flight's number begins with another carrier");
    *ret_carrier = carrier.len > 0 ? carrier : own;
    id = ptn_bytes_slice(id, prefix, id.len);
    while (id.len > 1 && id.at[0] == '0')
        id = ptn_bytes_slice(id, 1, id.len);
    *ret_number = id;
}

static bool all_digits(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.at[i]))
            return false;
    return text.len > 0;
}

size_t ptn_build_number(struct ptn_bytes text)
{
    size_t number = 0;

    if (!all_digits(text) || text.len > 9)
        return SIZE_MAX;
    for (size_t i = 0; i < text.len; i++)
        number = number * 10 + (size_t)(text.at[i] - '0');
    return number;
}

/* ---- dates ---- */

/* The number in two digits at offset. */
static unsigned two(struct ptn_bytes text, size_t offset)
{
    return (unsigned)(text.at[offset] - '0') * 10u + (unsigned)(text.at[offset + 1] - '0');
}

static unsigned month_of(struct ptn_bytes name)
{
    static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

    for (unsigned i = 0; i < 12; i++)
        if (memcmp(name.at, months + 3 * (size_t)i, 3) == 0)
            return i + 1;
    return 0;
}

/* A two-digit year and the rest. Years are of the 2000s unless latest, whose month or day a carrier
 * may have left open, says that this would be after it. */
static struct ptn_date short_year(unsigned year, unsigned month, unsigned day,
                                  struct ptn_date latest)
{
    struct ptn_date date = { (uint16_t)(2000u + year), (uint8_t)month, (uint8_t)day };

    if (latest.year != 0 && ptn_date_is_possible(date) &&
        ptn_date_compare(ptn_date_first(date), ptn_date_last(latest)) > 0)
        date.year = (uint16_t)(date.year - YEARS_CENTURY);
    return date;
}

/* YYMMDD, CCYYMMDD or DDMMMYY. 00 for a month or day that is not known. */
static struct ptn_date read_date(struct build *build, struct ptn_bytes text, struct ptn_date latest)
{
    struct ptn_date date = PTN_DATE_NONE;
    bool good = false;

    text = ptn_bytes_trim(text);
    if (text.len == 0)
        return PTN_DATE_NONE;
    if (ptn_bytes_is(text, "000000") || ptn_bytes_is(text, "00000000"))
        return PTN_DATE_NONE;
    if (text.len == 6 && all_digits(text)) {
        date = short_year(two(text, 0), two(text, 2), two(text, 4), latest);
        good = true;
    } else if (text.len == 8 && all_digits(text)) {
        date = (struct ptn_date){ (uint16_t)(two(text, 0) * YEARS_CENTURY + two(text, 2)),
                                  (uint8_t)two(text, 4), (uint8_t)two(text, 6) };
        good = true;
    } else if (text.len == 7 && all_digits(ptn_bytes_slice(text, 0, 2)) &&
               all_digits(ptn_bytes_slice(text, 5, 2)) &&
               month_of(ptn_bytes_slice(text, 2, 3)) > 0) {
        date =
            short_year(two(text, 5), month_of(ptn_bytes_slice(text, 2, 3)), two(text, 0), latest);
        good = true;
    }
    if (!good || !ptn_date_is_possible(date)) {
        ptn_build_note(build, "date", "a date that no calendar has");
        return PTN_DATE_NONE;
    }
    return date;
}

struct ptn_date ptn_build_birth(struct build *build, struct ptn_bytes text)
{
    return read_date(build, text, build->prepared);
}

struct ptn_date ptn_build_expiry(struct build *build, struct ptn_bytes text)
{
    struct ptn_date latest = build->prepared;

    if (latest.year != 0) {
        latest.year = (uint16_t)(latest.year + EXPIRY_YEARS_MAX);
        latest.day = latest.day > 28 ? 28 : latest.day;
    }
    return read_date(build, text, latest);
}

/* Fill hour and minute from HHMM; noted when no clock shows it. */
static void read_clock(struct build *build, struct ptn_bytes text, struct ptn_manifest_time *time)
{
    if (text.len == 0)
        return;
    if (text.len < 4 || !all_digits(ptn_bytes_slice(text, 0, 4)) || two(text, 0) > 23 ||
        two(text, 2) > 59) {
        ptn_build_note(build, "date", "a time that no clock has");
        return;
    }
    time->hour = (uint8_t)two(text, 0);
    time->minute = (uint8_t)two(text, 2);
    time->has_time = true;
}

struct ptn_manifest_time ptn_build_time(struct build *build, struct ptn_bytes text)
{
    struct ptn_manifest_time time = { PTN_DATE_NONE, 0, 0, false };
    size_t date_len;

    text = ptn_bytes_trim(text);
    date_len = text.len == 8 || text.len == 12 ? 8 : 6;
    if (text.len == 0)
        return time;
    time.date = read_date(build, ptn_bytes_slice(text, 0, date_len), PTN_DATE_NONE);
    if (!ptn_date_is_none(time.date))
        read_clock(build, ptn_bytes_slice(text, date_len, text.len), &time);
    return time;
}

/* DD.MM.YYYY or DD/MM/YYYY, or none: the sea writes the day first. */
static struct ptn_date day_first(struct ptn_bytes text)
{
    struct ptn_date date = PTN_DATE_NONE;

    if (text.len == 10 && (text.at[2] == '.' || text.at[2] == '/') && text.at[5] == text.at[2] &&
        all_digits(ptn_bytes_slice(text, 0, 2)) && all_digits(ptn_bytes_slice(text, 3, 2)) &&
        all_digits(ptn_bytes_slice(text, 6, 4)))
        date = (struct ptn_date){ (uint16_t)(two(text, 6) * YEARS_CENTURY + two(text, 8)),
                                  (uint8_t)two(text, 3), (uint8_t)two(text, 0) };
    return date;
}

struct ptn_date ptn_build_civil_date(struct build *build, struct ptn_bytes text, bool birth)
{
    struct ptn_date date;

    text = ptn_bytes_trim(text);
    if (text.len == 0)
        return PTN_DATE_NONE;
    if (text.len == 6 || text.len == 7 || (text.len == 8 && all_digits(text)))
        return birth ? ptn_build_birth(build, text) : ptn_build_expiry(build, text);
    date = day_first(text);
    if (ptn_date_is_none(date) && !ptn_ok(ptn_date_parse(text, &date, NULL)))
        date = PTN_DATE_NONE;
    if (ptn_date_is_none(date) || !ptn_date_is_possible(date)) {
        ptn_build_note(build, "date", "a date that no calendar has");
        return PTN_DATE_NONE;
    }
    return date;
}

struct ptn_manifest_time ptn_build_civil_time(struct build *build, struct ptn_bytes text)
{
    struct ptn_manifest_time time = { PTN_DATE_NONE, 0, 0, false };
    struct ptn_bytes clock;

    text = ptn_bytes_trim(text);
    if (text.len <= 12 && (text.len != 10 || all_digits(text)))
        return ptn_build_time(build, text);
    time.date = ptn_build_civil_date(build, ptn_bytes_slice(text, 0, 10), false);
    clock = ptn_bytes_trim(ptn_bytes_slice(text, 10, SIZE_MAX));
    if (clock.len > 0 && clock.at[0] == 'T')
        clock = ptn_bytes_slice(clock, 1, SIZE_MAX);
    if (!ptn_date_is_none(time.date) && clock.len >= 5 && clock.at[2] == ':') {
        uint8_t digits[4] = { clock.at[0], clock.at[1], clock.at[3], clock.at[4] };

        read_clock(build, ptn_bytes_of(digits, sizeof(digits)), &time);
    } else if (!ptn_date_is_none(time.date) && clock.len > 0) {
        ptn_build_note(build, "date", "a time that no clock has");
    }
    return time;
}

struct ptn_manifest_time ptn_build_time_day_first(struct build *build, struct ptn_bytes date,
                                                  struct ptn_bytes clock)
{
    struct ptn_manifest_time time = { PTN_DATE_NONE, 0, 0, false };

    date = ptn_bytes_trim(date);
    if (date.len == 0)
        return time;
    if (date.len != 6 || !all_digits(date)) {
        ptn_build_note(build, "date", "a date that is not DDMMYY");
        return time;
    }
    time.date = short_year(two(date, 4), two(date, 2), two(date, 0), PTN_DATE_NONE);
    if (!ptn_date_is_possible(time.date) || !ptn_date_is_full(time.date)) {
        ptn_build_note(build, "date", "a date that no calendar has");
        time.date = PTN_DATE_NONE;
        return time;
    }
    read_clock(build, ptn_bytes_trim(clock), &time);
    return time;
}
