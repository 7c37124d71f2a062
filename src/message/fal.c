/*
 * message/fal.c -- IMO FAL form 5 (crew list) and form 6 (passenger list) as CSV: a header row,
 * then one row a person. What a column may be headed by: docs/format/messages.md. Standard:
 * IMO-FAL.
 */
#include "message/fal_int.h"

#define HEADINGS_MAX 6u
#define HEADING_LEN  40u

/* Headings as they are compared: small letters and digits only. */
static const char *const headings[PTN_FAL_COLUMN_COUNT][HEADINGS_MAX] = {
    [PTN_FAL_FORM] = { "form", "falform" },
    [PTN_FAL_SHIP] = { "ship", "nameofship", "shipname", "vessel" },
    [PTN_FAL_IMO] = { "imo", "imonumber", "imono" },
    [PTN_FAL_CALL_SIGN] = { "callsign" },
    [PTN_FAL_FLAG] = { "flag", "flagstate", "flagstateofship" },
    [PTN_FAL_VOYAGE] = { "voyage", "voyagenumber", "voyageno" },
    [PTN_FAL_DIRECTION] = { "direction", "arrivaldeparture" },
    [PTN_FAL_FROM] = { "from", "lastport", "lastportofcall", "portofdeparture" },
    [PTN_FAL_TO] = { "to", "port", "portofarrival", "nextport" },
    [PTN_FAL_DEPARTURE] = { "departure", "dateofdeparture" },
    [PTN_FAL_ARRIVAL] = { "arrival", "dateofarrival" },
    [PTN_FAL_COUNT] = { "persons", "count", "numberofpersons" },
    [PTN_FAL_SURNAME] = { "familyname", "surname", "lastname" },
    [PTN_FAL_GIVEN] = { "givennames", "givenname", "firstname" },
    [PTN_FAL_RANK] = { "rank", "rankorrating", "rating" },
    [PTN_FAL_NATIONALITY] = { "nationality" },
    [PTN_FAL_BIRTH] = { "birth", "dateofbirth", "birthdate" },
    [PTN_FAL_BIRTH_PLACE] = { "birthplace", "placeofbirth" },
    [PTN_FAL_SEX] = { "sex", "gender" },
    [PTN_FAL_DOCUMENT_TYPE] = { "documenttype", "typeofdocument", "natureofidentitydocument",
                                "typeofidentitydocument" },
    [PTN_FAL_DOCUMENT_NUMBER] = { "documentnumber", "numberofidentitydocument",
                                  "identitydocumentnumber", "passportnumber" },
    [PTN_FAL_DOCUMENT_ISSUER] = { "documentissuer", "issuingstate",
                                  "issuingstateofidentitydocument" },
    [PTN_FAL_DOCUMENT_EXPIRY] = { "documentexpiry", "expirydate", "expirydateofidentitydocument" },
    [PTN_FAL_EMBARK] = { "embark", "portofembarkation" },
    [PTN_FAL_DEBARK] = { "debark", "disembark", "portofdisembarkation" },
    [PTN_FAL_VISA] = { "visa", "visanumber" },
    [PTN_FAL_TRANSIT] = { "transit", "transitpassenger" },
    [PTN_FAL_REFERENCE] = { "reference", "reservation", "booking" },
};

/* ---- the header ---- */

/* A heading's small letters and digits, and a NUL. */
static void plain(struct ptn_bytes text, char ret_word[HEADING_LEN])
{
    size_t len = 0;

    for (size_t i = 0; i < text.len && len + 1 < HEADING_LEN; i++) {
        uint8_t byte = text.at[i];

        if (byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte + ('a' - 'A'));
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
            ret_word[len++] = (char)byte;
    }
    ret_word[len] = '\0';
}

static bool is_heading(enum ptn_fal_column column, const char *word)
{
    for (size_t i = 0; i < HEADINGS_MAX && headings[column][i] != NULL; i++)
        if (strcmp(word, headings[column][i]) == 0)
            return true;
    return false;
}

/* Find the columns in the header row. The first heading of a column counts. */
static void find_columns(struct ptn_fal *fal)
{
    char word[HEADING_LEN];

    for (size_t c = 0; c < PTN_FAL_COLUMN_COUNT; c++)
        fal->columns[c] = PTN_CSV_NO_FIELD;
    for (size_t i = 0; i < fal->csv.field_count; i++) {
        plain(ptn_csv_field(&fal->csv, i), word);
        for (size_t c = 0; c < PTN_FAL_COLUMN_COUNT; c++)
            if (fal->columns[c] == PTN_CSV_NO_FIELD && is_heading((enum ptn_fal_column)c, word))
                fal->columns[c] = i;
    }
    fal->width = fal->csv.field_count;
}

static bool has(const struct ptn_fal *fal, enum ptn_fal_column column)
{
    return fal->columns[column] != PTN_CSV_NO_FIELD;
}

struct ptn_status ptn_fal_open(struct ptn_fal *fal, struct ptn_bytes input)
{
    struct ptn_status status;

    fal->row_memory = ptn_arena_new(PTN_FAL_ROW_MEMORY);
    if (fal->row_memory == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_csv_init(&fal->csv, input, ptn_csv_separator(input, ",;"));
    status = ptn_csv_next(&fal->csv, fal->row_memory, NULL);
    if (!ptn_ok(status))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    find_columns(fal);
    fal->row = 1;
    fal->closed = fal->csv.closed;
    /* a name, a document and a ship: no other table in this house has all three */
    if (!has(fal, PTN_FAL_SURNAME) || !has(fal, PTN_FAL_DOCUMENT_NUMBER) ||
        (!has(fal, PTN_FAL_SHIP) && !has(fal, PTN_FAL_IMO)))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return PTN_OK;
}

void ptn_fal_release(struct ptn_fal *fal)
{
    ptn_arena_free(fal->row_memory);
    fal->row_memory = NULL;
}

/* ---- rows ---- */

/* Step to the next row. False at the end; fal->broken says when it came too early. */
static bool next_row(struct ptn_fal *fal)
{
    struct ptn_status status;

    if (fal->looked_ahead) {
        fal->looked_ahead = false;
        return true;
    }
    if (fal->ended)
        return false;
    ptn_arena_clear(fal->row_memory);
    status = ptn_csv_next(&fal->csv, fal->row_memory, &fal->broken);
    if (ptn_ok(status)) {
        fal->row++;
        fal->closed = fal->csv.closed;
        return true;
    }
    fal->ended = true;
    return false;
}

static struct ptn_bytes cell(const struct ptn_fal *fal, enum ptn_fal_column column)
{
    return ptn_csv_field(&fal->csv, fal->columns[column]);
}

static struct ptn_bytes kept(const struct ptn_fal *fal, struct build *build,
                             enum ptn_fal_column column)
{
    return ptn_build_keep(build, cell(fal, column));
}

static bool is_word(struct ptn_bytes text, const char *const *words)
{
    char word[HEADING_LEN];

    plain(text, word);
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* The row's form: what it says, else what its columns say. */
static enum ptn_manifest_type form_of(const struct ptn_fal *fal)
{
    static const char *const five[] = { "5", "fal5", "crew", "crewlist", NULL };
    static const char *const six[] = {
        "6", "fal6", "passenger", "passengers", "passengerlist", NULL
    };
    struct ptn_bytes said = cell(fal, PTN_FAL_FORM);

    if (is_word(said, five))
        return PTN_MANIFEST_FAL5;
    if (is_word(said, six))
        return PTN_MANIFEST_FAL6;
    return has(fal, PTN_FAL_RANK) ? PTN_MANIFEST_FAL5 : PTN_MANIFEST_FAL6;
}

/* Whether the row belongs to the form being read. An empty cell says what the row before said. */
static bool same_form(const struct ptn_fal *fal, const struct build *build)
{
    const struct ptn_manifest *manifest = build->manifest;
    const struct {
        enum ptn_fal_column column;
        struct ptn_bytes value;
    } same[] = {
        { PTN_FAL_SHIP, manifest->ship.name },
        { PTN_FAL_IMO, manifest->ship.imo },
        { PTN_FAL_VOYAGE, manifest->flights[0].number },
    };

    if (cell(fal, PTN_FAL_FORM).len > 0 && form_of(fal) != manifest->type)
        return false;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct ptn_bytes value = cell(fal, same[i].column);

        if (value.len > 0 && !ptn_bytes_equal(value, same[i].value))
            return false;
    }
    return true;
}

struct ptn_bytes ptn_imo_digits(struct ptn_bytes text)
{
    unsigned sum = 0;

    text = ptn_bytes_trim(text);
    if (text.len > 3 && memcmp(text.at, "IMO", 3) == 0)
        text = ptn_bytes_trim(ptn_bytes_slice(text, 3, SIZE_MAX));
    if (text.len != PTN_IMO_LEN || ptn_build_number(text) == SIZE_MAX)
        return PTN_BYTES_NONE;
    for (unsigned i = 0; i + 1 < PTN_IMO_LEN; i++)
        sum += (PTN_IMO_LEN - i) * (unsigned)(text.at[i] - '0');
    return sum % 10u == (unsigned)(text.at[PTN_IMO_LEN - 1] - '0') ? text : PTN_BYTES_NONE;
}

/* The first row of a form names ship and voyage. */
static void start_form(struct ptn_fal *fal, struct build *build)
{
    struct ptn_manifest *manifest = build->manifest;
    struct ptn_manifest_flight *flight;

    manifest->type = form_of(fal);
    manifest->function = kept(fal, build, PTN_FAL_DIRECTION);
    manifest->ship.name = kept(fal, build, PTN_FAL_SHIP);
    manifest->ship.imo = kept(fal, build, PTN_FAL_IMO);
    manifest->ship.call_sign = kept(fal, build, PTN_FAL_CALL_SIGN);
    manifest->ship.flag = kept(fal, build, PTN_FAL_FLAG);
    build->count = kept(fal, build, PTN_FAL_COUNT);
    if (manifest->ship.imo.len > 0 && ptn_imo_digits(manifest->ship.imo).len == 0)
        ptn_build_note(build, "imo-number", "the ship's IMO number fails its check digit");
    build->number = kept(fal, build, PTN_FAL_VOYAGE);
    flight = ptn_build_flight(build);
    if (flight == NULL)
        return;
    flight->from = kept(fal, build, PTN_FAL_FROM);
    flight->to = kept(fal, build, PTN_FAL_TO);
    flight->departure = ptn_build_civil_time(build, cell(fal, PTN_FAL_DEPARTURE));
    flight->arrival = ptn_build_civil_time(build, cell(fal, PTN_FAL_ARRIVAL));
    /* a two-digit year of birth is read as of the voyage, whenever the list is read again */
    build->prepared =
        !ptn_date_is_none(flight->departure.date) ? flight->departure.date : flight->arrival.date;
}

static void take_document(struct ptn_fal *fal, struct build *build, struct ptn_bytes type,
                          struct ptn_bytes number)
{
    struct ptn_manifest_document *document;

    if (number.len == 0)
        return;
    document = ptn_build_document(build);
    if (document == NULL)
        return;
    document->type = type;
    document->number = ptn_build_keep(build, number);
    if (!ptn_bytes_is(type, "V")) {
        document->issuer = kept(fal, build, PTN_FAL_DOCUMENT_ISSUER);
        document->expiry = ptn_build_civil_date(build, cell(fal, PTN_FAL_DOCUMENT_EXPIRY), false);
    }
}

/* "P" for a passport however it is called, "I" for an identity card, "V"; else as sent. */
static struct ptn_bytes document_type(struct ptn_fal *fal, struct build *build)
{
    static const char *const passport[] = { "p", "passport", NULL };
    static const char *const card[] = { "i", "id", "identitycard", "idcard", NULL };
    struct ptn_bytes said = cell(fal, PTN_FAL_DOCUMENT_TYPE);

    if (is_word(said, passport))
        return PTN_BYTES_LITERAL("P");
    if (is_word(said, card))
        return PTN_BYTES_LITERAL("I");
    return ptn_build_keep(build, said);
}

static enum ptn_manifest_role role_of(const struct ptn_fal *fal, enum ptn_manifest_type form)
{
    static const char *const yes[] = { "y", "yes", "true", "1", "po", NULL };
    bool transit = is_word(cell(fal, PTN_FAL_TRANSIT), yes);

    if (form == PTN_MANIFEST_FAL5)
        return PTN_MANIFEST_CREW;
    return transit ? PTN_MANIFEST_TRANSIT : PTN_MANIFEST_PASSENGER;
}

static void take_person(struct ptn_fal *fal, struct build *build)
{
    struct ptn_manifest_person *person;

    if (fal->csv.field_count != fal->width)
        ptn_build_note(build, "row-width", "a row has other columns than the header");
    for (size_t i = 0; i < fal->csv.field_count; i++)
        if (!ptn_utf8_valid(fal->csv.fields[i], NULL)) {
            ptn_build_note(build, "not-text", "bytes that are neither ASCII nor UTF-8");
            break;
        }
    person = ptn_build_person(build, role_of(fal, build->manifest->type));
    if (person == NULL)
        return;
    person->surname = kept(fal, build, PTN_FAL_SURNAME);
    person->given = kept(fal, build, PTN_FAL_GIVEN);
    person->rank = kept(fal, build, PTN_FAL_RANK);
    person->nationality = kept(fal, build, PTN_FAL_NATIONALITY);
    person->birth = ptn_build_civil_date(build, cell(fal, PTN_FAL_BIRTH), true);
    person->birth_place = kept(fal, build, PTN_FAL_BIRTH_PLACE);
    person->sex = kept(fal, build, PTN_FAL_SEX);
    person->embark = kept(fal, build, PTN_FAL_EMBARK);
    person->debark = kept(fal, build, PTN_FAL_DEBARK);
    person->booking = kept(fal, build, PTN_FAL_REFERENCE);
    if (person->surname.len == 0)
        ptn_build_note(build, "person-name", "a person without a surname");
    take_document(fal, build, document_type(fal, build), cell(fal, PTN_FAL_DOCUMENT_NUMBER));
    take_document(fal, build, PTN_BYTES_LITERAL("V"), cell(fal, PTN_FAL_VISA));
}

/* The last row of the file had no line end: it may be cut, and rows after it may be missing. */
static void note_end(struct ptn_fal *fal, struct build *build)
{
    struct ptn_manifest *manifest = build->manifest;
    size_t said = ptn_build_number(build->count);

    if (fal->broken.text != NULL) {
        ptn_build_note(build, "row-broken", "a row that cannot be read; what follows it is lost");
        manifest->verdict = PTN_MANIFEST_QUARANTINED;
    } else if (fal->ended && !fal->closed) {
        ptn_build_note(build, "file-end", "the file ends inside a row: it may be cut short");
    }
    if (build->count.len > 0 && said != manifest->person_count)
        ptn_build_note(build, "count-people", "the list counts other people than it names");
    if (manifest->person_count == 0) {
        ptn_build_note(build, "empty", "a list with nobody on it");
        manifest->verdict = PTN_MANIFEST_QUARANTINED;
    }
}

bool ptn_fal_next(struct ptn_fal *fal, struct ptn_edifact_segment *row, struct build *build)
{
    bool any = false;

    *row = (struct ptn_edifact_segment){ 0 };
    build->segment = row;
    while (next_row(fal)) {
        if (any && !same_form(fal, build)) {
            fal->looked_ahead = true;
            break;
        }
        row->offset = fal->csv.row_at;
        build->segment_number = fal->csv.row_line;
        if (!any)
            start_form(fal, build);
        any = true;
        take_person(fal, build);
    }
    if (!any && fal->row > 1)
        return false;
    if (!any)
        fal->row++; /* a header alone is one empty list, once */
    note_end(fal, build);
    return true;
}
