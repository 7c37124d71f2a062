/*
 * Every reader over its invented sample, entry by entry, against data/samples/lists/expected; cut
 * at every byte; out of memory at every allocation; and whole real lists where they are at hand
 * (POSTERN_SHARED).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fault.h"
#include "watch/list_int.h"
#include "watch_samples.h"

struct printer {
    struct ptn_buffer out;
    bool silent;
};

static void put(struct printer *printer, const char *label, struct ptn_bytes text)
{
    if (text.len > 0)
        assert_true(ptn_ok(ptn_buffer_addf(&printer->out, "  %s: %.*s\n", label, (int)text.len,
                                           (const char *)text.at)));
}

static void print_dates(struct printer *printer, const struct ptn_list_entry *entry)
{
    char a[PTN_DATE_TEXT_SIZE], b[PTN_DATE_TEXT_SIZE];

    for (size_t i = 0; i < entry->birth_count; i++)
        assert_true(ptn_ok(ptn_buffer_addf(
            &printer->out, "  birth: %s%s..%s\n", entry->births[i].circa ? "~" : "",
            ptn_date_write(entry->births[i].first, a), ptn_date_write(entry->births[i].last, b))));
    if (!ptn_date_is_none(entry->listed_on))
        put(printer, "listed", ptn_bytes_from_text(ptn_date_write(entry->listed_on, a)));
    if (!ptn_date_is_none(entry->valid_until))
        put(printer, "valid until", ptn_bytes_from_text(ptn_date_write(entry->valid_until, a)));
}

static struct ptn_status print_entry(void *context, const struct ptn_list_entry *entry)
{
    struct printer *printer = context;

    if (printer->silent)
        return PTN_OK;
    assert_true(ptn_ok(ptn_buffer_addf(&printer->out, "%.*s %s line %zu%s\n", (int)entry->id.len,
                                       (const char *)entry->id.at, ptn_entry_kind_word(entry->kind),
                                       entry->line,
                                       entry->sex == 0     ? ""
                                       : entry->sex == 'M' ? " M"
                                                           : " F")));
    for (size_t i = 0; i < entry->name_count; i++)
        put(printer, ptn_alias_word(entry->names[i].alias), entry->names[i].text);
    print_dates(printer, entry);
    for (size_t i = 0; i < entry->nation_count; i++)
        put(printer, "nation", ptn_bytes_from_text(entry->nations[i].text));
    for (size_t i = 0; i < entry->number_count; i++)
        assert_true(ptn_ok(ptn_buffer_addf(
            &printer->out, "  %s: %.*s (%s)\n", ptn_list_number_type_word(entry->numbers[i].type),
            (int)entry->numbers[i].number.len, (const char *)entry->numbers[i].number.at,
            entry->numbers[i].issuer)));
    for (size_t i = 0; i < entry->fact_count; i++)
        put(printer, ptn_list_fact_type_word(entry->facts[i].type), entry->facts[i].text);
    if (entry->has_action) {
        put(printer, "on entry", ptn_bytes_from_text(ptn_list_action_word(entry->on_entry)));
        put(printer, "on exit", ptn_bytes_from_text(ptn_list_action_word(entry->on_exit)));
    }
    return PTN_OK;
}

static struct ptn_status print_note(void *context, const struct ptn_list_note *note)
{
    struct printer *printer = context;

    if (!printer->silent)
        assert_true(ptn_ok(ptn_buffer_addf(&printer->out, "%s %s line %zu: %s\n",
                                           note->rejected ? "REJECTED" : "NOTED", note->file,
                                           note->line, note->reason)));
    return PTN_OK;
}

struct loaded {
    struct ptn_buffer main, aliases, addresses, comments;
    struct ptn_list_source source;
};

static void load(const struct sample *sample, struct loaded *loaded)
{
    bool ofac = sample->format == PTN_LIST_OFAC_CSV;

    loaded->main = sample_read(sample->file);
    loaded->aliases = sample_read(ofac ? "ofac/alt.csv" : "none");
    loaded->addresses = sample_read(ofac ? "ofac/add.csv" : "none");
    loaded->comments = sample_read(ofac ? "ofac/sdn_comments.csv" : "none");
    assert_true(loaded->main.len > 0);
    loaded->source = (struct ptn_list_source){ sample->format, ptn_buffer_bytes(&loaded->main),
                                               ptn_buffer_bytes(&loaded->aliases),
                                               ptn_buffer_bytes(&loaded->addresses),
                                               ptn_buffer_bytes(&loaded->comments) };
}

static void unload(struct loaded *loaded)
{
    ptn_buffer_release(&loaded->main);
    ptn_buffer_release(&loaded->aliases);
    ptn_buffer_release(&loaded->addresses);
    ptn_buffer_release(&loaded->comments);
}

static void print_summary(struct printer *printer, const struct ptn_list_summary *summary)
{
    char edition[PTN_INSTANT_TEXT_SIZE] = "-";

    if (summary->edition_ms != 0)
        (void)ptn_instant_write(summary->edition_ms, edition);
    assert_true(ptn_ok(ptn_buffer_addf(
        &printer->out,
        "%zu rows, %zu entries, %zu continued, %zu rejected, %zu noted, edition %s\n",
        summary->rows, summary->entries, summary->continued, summary->rejected, summary->noted,
        edition)));
}

/* Every row is an entry or rejected, with line and reason: WATCH-1. */
static void test_list__samples_are_read_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct loaded loaded;
        struct printer printer = { .silent = false };
        const struct ptn_list_sink sink = { &printer, print_entry, print_note };
        struct ptn_list_summary summary;
        struct ptn_buffer expected;
        char name[64];

        ptn_buffer_init(&printer.out, 1u << 20);
        load(&samples[i], &loaded);
        assert_true(ptn_ok(ptn_list_read(&loaded.source, &sink, &summary, NULL)));
        assert_int_equal(summary.rows, summary.entries + summary.continued + summary.rejected);
        print_summary(&printer, &summary);
        (void)snprintf(name, sizeof(name), "expected/%s.txt", samples[i].list);
        expected = sample_read(name);
        if (!ptn_bytes_equal(ptn_buffer_bytes(&printer.out), ptn_buffer_bytes(&expected)))
            print_error("%s reads as:\n%.*s", samples[i].file, (int)printer.out.len,
                        (char *)printer.out.at);
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&printer.out), ptn_buffer_bytes(&expected)));
        ptn_buffer_release(&expected);
        ptn_buffer_release(&printer.out);
        unload(&loaded);
    }
}

/* A file of one publisher, whole, and what is read of it. */
struct quirk {
    enum ptn_list_format format;
    const char *text;
    const char *read;
};

static void check_quirks(const struct quirk *quirks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct printer printer = { .silent = false };
        const struct ptn_list_sink sink = { &printer, print_entry, print_note };
        const struct ptn_list_source source = { .format = quirks[i].format,
                                                .main = ptn_bytes_from_text(quirks[i].text) };
        struct ptn_list_summary summary;

        ptn_buffer_init(&printer.out, 1u << 16);
        assert_true(ptn_ok(ptn_list_read(&source, &sink, &summary, NULL)));
        assert_true(ptn_ok(ptn_buffer_add_u8(&printer.out, 0)));
        assert_string_equal((const char *)printer.out.at, quirks[i].read);
        ptn_buffer_release(&printer.out);
    }
}

#define UKSL                                                                                       \
    "Report Date: 24-Oct-2025\nUnique ID,Name 6,Name 1,Name type,Designation Type,D.O.B,"          \
    "Nationality(/ies),Passport number,Passport additional information,"                           \
    "National Identifier number\n"
#define CONLIST_2018                                                                               \
    "Last Updated,13/04/2018\r\nName 6,Name 1,DOB,Nationality,Passport Details,NI Number,"         \
    "Address 1,Post/Zip Code,Country,Group Type,Alias Type,Listed On,Group ID\r\n"

/* Shapes counted in editions of 2018 to 2026. */
static void test_list__the_united_kingdoms_two_tables_as_they_are_written(void **state)
{
    static const struct quirk quirks[] = {
        /* what is not known of a date; numbers counted (1) (2); more about them beside them */
        { PTN_LIST_UK_CSV,
          UKSL "INV1,VORLANDEK,Ismar,Primary Name,Individual,dd/05/1971,(1) Yemen (2) Sudan,"
               "(1) A123456 (2) B77/12,issued in Utopolis,\"Indonesia, number T710219 (issued in "
               "Utopolis)\"\n",
          "INV1 person line 3\n  primary: VORLANDEK, Ismar\n  birth: 1971-05-01..1971-05-31\n"
          "  nation: YEM\n  nation: SDN\n  id-card: T710219 (IDN)\n  passport: A123456 ()\n"
          "  passport: B77/12 ()\n  remark: issued in Utopolis\n" },
        /* whose passport it is may stand beside it alone */
        { PTN_LIST_UK_CSV,
          UKSL "INV1,VORLANDEK,Ismar,Primary Name,Individual,,,A1234567,Mali passport,\n",
          "INV1 person line 3\n  primary: VORLANDEK, Ismar\n  passport: A1234567 (MLI)\n"
          "  remark: Mali passport\n" },
        /* before 2020: details hold the number, a Prime Alias is the name itself */
        { PTN_LIST_UK_CSV,
          CONLIST_2018 "QUENTHAR,Mirel,00/00/1957,Iranian,\"Passport Number 010312413, issue "
                       "number 002-15-L093534, date of issue 14 July 2015\",060-10276707,"
                       "1 Invented Street,UT-1,Utopia,Individual,Prime Alias,28/10/2016,77\r\n"
                       "QUENTAR,Mirel,,,00085243. Issued 17 Nov 1997 in Utopolis,,,,,Individual,"
                       "AKA,,77\r\n",
          "77 person line 3\n  primary: QUENTHAR, Mirel\n  birth: 1957-01-01..1957-12-31\n"
          "  listed: 2016-10-28\n  nation: IRN\n  id-card: 060-10276707 ()\n"
          "  passport: 010312413 ()\n  address: 1 Invented Street, UT-1, Utopia\n"
          "77 person line 4\n  strong: QUENTAR, Mirel\n  passport: 00085243 ()\n" },
        /* Windows-1252, as older files are: S with caron, a typographic apostrophe */
        { PTN_LIST_UK_CSV,
          CONLIST_2018 "\x8a"
                       "ELM,Mirel,,Iranian,,,Quenthar\x92s,,,Individual,AKA,,77\r\n",
          "NOTED main line 3: text is not UTF-8; read as Windows-1252\n"
          "NOTED main line 3: text is not UTF-8; read as Windows-1252\n"
          "77 person line 3\n  strong: \xc5\xa0"
          "ELM, Mirel\n  nation: IRN\n  address: Quenthar\xe2\x80\x99s\n" },
    };

    (void)state;
    check_quirks(quirks, sizeof(quirks) / sizeof(quirks[0]));
}

#define FSF(inside)                                                                                \
    "<export generationDate=\"2026-01-15T10:20:30.000+01:00\"><sanctionEntity "                    \
    "euReferenceNumber=\"EU.1.1\" unitedNationId=\"UNi.1\"><subjectType code=\"person\" "          \
    "classificationCode=\"P\"/>" inside "</sanctionEntity></export>"
#define FSF_NAME "<nameAlias wholeName=\"Mirel Quenthar\" gender=\"?\" strong=\"true\"/>"
#define FSF_READ "EU.1.1 person line 1\n  primary: Mirel Quenthar\n"

static void test_list__the_european_unions_file_as_its_schema_allows(void **state)
{
    static const struct quirk quirks[] = {
        /* a span open at one end goes on for a long life */
        { PTN_LIST_EU_XML,
          FSF(FSF_NAME "<birthdate yearRangeTo=\"1980\" circa=\"false\" calendarType=\"GREGORIAN\" "
                       "countryDescription=\"UNKNOWN\"/><birthdate yearRangeFrom=\"1953\" "
                       "circa=\"true\" calendarType=\"GREGORIAN\"/>"),
          FSF_READ "  birth: 1870-01-01..1980-12-31\n  birth: ~1953-01-01..2063-12-31\n"
                   "  linked: UNi.1\n" },
        /* other calendars: one can be reckoned, one is compared as it stands (hijra.c), one is only
         * kept to be read */
        { PTN_LIST_EU_XML,
          FSF(FSF_NAME "<birthdate year=\"2512\" monthOfYear=\"4\" dayOfMonth=\"3\" "
                       "calendarType=\"BUDDHIST\"/><birthdate year=\"1343\" "
                       "calendarType=\"ISLAMIC\"/><birthdate year=\"22\" "
                       "calendarType=\"JAPANESE\"/>"),
          "NOTED main line 1: a date of birth in another calendar is left out\n" FSF_READ
          "  birth: 1969-04-03..1969-04-03\n  birth: 1343-01-01..1343-12-31\n"
          "  linked: UNi.1\n  remark: born 22 JAPANESE\n" },
        /* the kinds of numbers that are used, a second one in Latin letters, words beside them */
        { PTN_LIST_EU_XML,
          FSF(FSF_NAME
              "<identification identificationTypeCode=\"travelcardid\" number=\"A 1\" "
              "latinNumber=\"B 1\" countryIso2Code=\"00\" countryDescription=\"IRAQ\"><remark>"
              "expired</remark></identification><identification identificationTypeCode=\"NRN\" "
              "number=\"2\" countryIso2Code=\"IQ\"/><identification "
              "identificationTypeCode=\"tradelic\" number=\"3\"/>"),
          FSF_READ "  document: A 1 (IRQ)\n  document: B 1 (IRQ)\n  id-card: 2 (IRQ)\n"
                   "  tax: 3 ()\n  linked: UNi.1\n  remark: expired\n" },
        /* misspelt quality, an address in all its parts, what the schema calls additional */
        { PTN_LIST_EU_XML,
          FSF(FSF_NAME "<nameAlias wholeName=\"Chess\" strong=\"true\"><remark>Lo quality alias"
                       "</remark></nameAlias><address street=\"1 Invented Street\" poBox=\"7\" "
                       "zipCode=\"UT-1\" city=\"Utopolis\" countryDescription=\"UNKNOWN\"/>"
                       "<additionalInformation key=\"web\" value=\"none\"/>"),
          FSF_READ "  weak: Chess\n  linked: UNi.1\n"
                   "  address: 1 Invented Street, 7, UT-1, Utopolis\n  remark: web: none\n" },
    };

    (void)state;
    check_quirks(quirks, sizeof(quirks) / sizeof(quirks[0]));
}

#define UN(inside)                                                                                 \
    "<CONSOLIDATED_LIST dateGenerated=\"2026-02-27T00:00:09.554Z\"><INDIVIDUALS><INDIVIDUAL>"      \
    "<FIRST_NAME>ISMAR</FIRST_NAME><REFERENCE_NUMBER>UTi.1</REFERENCE_NUMBER>" inside              \
    "</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
#define UN_READ "UTi.1 person line 1\n  primary: ISMAR\n"
#define UN_PAPER(type, number)                                                                     \
    "<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>" type "</TYPE_OF_DOCUMENT><NUMBER>" number            \
    "</NUMBER></INDIVIDUAL_DOCUMENT>"

static void test_list__the_united_nations_words_around_dates_and_papers(void **state)
{
    static const struct quirk quirks[] = {
        /* the number stands behind the parenthesis; what a passport is called may be no passport */
        { PTN_LIST_UN_XML,
          UN(UN_PAPER("National Identification Number",
                      "Iraqi national identification card (tazkira) number 4414")
                 UN_PAPER("Passport", "German travel document (Reiseausweis) A 0139243 (revoked)")
                     UN_PAPER("Passport", "A6489694, issued on 2 Sep. 2013 in Utopolis")
                         UN_PAPER("Passport", ": 28642163 expires 30 May 2017")),
          UN_READ "  id-card: 4414 (IRQ)\n  document: A 0139243 (D)\n  passport: A6489694 ()\n"
                  "  passport: 28642163 ()\n" },
        /* a date in the note alone; about two years; a calendar of the Hijra */
        { PTN_LIST_UN_XML,
          UN("<INDIVIDUAL_DATE_OF_BIRTH><NOTE>Nov. 1973</NOTE></INDIVIDUAL_DATE_OF_BIRTH>"
             "<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><NOTE>Approximately"
             "</NOTE><FROM_YEAR>1955</FROM_YEAR><TO_YEAR>1958</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>"
             "<INDIVIDUAL_DATE_OF_BIRTH><NOTE>24/06/1402 (Hijri Calendar)</NOTE>"
             "</INDIVIDUAL_DATE_OF_BIRTH>"),
          UN_READ "  birth: 1973-11-01..1973-11-30\n  birth: ~1955-01-01..1958-12-31\n"
                  "  birth: 1402-06-24..1402-06-24\n" },
        /* several States in one value */
        { PTN_LIST_UN_XML,
          UN("<NATIONALITY><VALUE>(a) Trinidad and Tobago; (b) Korea, North</VALUE>"
             "<VALUE>Ukrainian and/or Russian</VALUE><VALUE>Possibly Ethiopian</VALUE>"
             "<VALUE> na</VALUE></NATIONALITY>"),
          UN_READ "  nation: TTO\n  nation: PRK\n  nation: UKR\n  nation: RUS\n  nation: ETH\n" },
    };

    (void)state;
    check_quirks(quirks, sizeof(quirks) / sizeof(quirks[0]));
}

#define SDN(remarks)                                                                               \
    "9001,\"VORLANDEK, Ismar\",\"individual\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,"                  \
    "-0- ,-0- ,\"" remarks "\"\r\n\x1a"
#define SDN_READ "9001 person line 1\n  primary: VORLANDEK, Ismar\n"

static void test_list__the_treasurys_remarks_say_what_a_number_is(void **state)
{
    static const struct quirk quirks[] = {
        /* papers that people show, in the words of the publisher's id types */
        { PTN_LIST_OFAC_CSV,
          SDN("Credencial electoral 1019 (Mexico); British National Overseas Passport 75 (United "
              "Kingdom); alt. VisaNumberID 5 (France); Seafarer's Identification Document MUM 1 "
              "(India); I.F.E. 12; Italian Fiscal Code DAO74."),
          SDN_READ "  id-card: 1019 (MEX)\n  passport: 75 (GBR)\n  document: 5 (FRA)\n"
                   "  document: MUM 1 (IND)\n  id-card: 12 ()\n  tax: DAO74 ()\n"
                   "  programme: SDGT\n" },
        /* which parenthesis is the country */
        { PTN_LIST_OFAC_CSV,
          SDN("National ID No. 13/Ta Ta Na (Naing)019077 (Burma); Passport B 9 (Iran) issued 23 "
              "Jun 1999 expires 05 Feb 2004; Passport C7 (Iraq) under another name; Driver's "
              "License No. 77 (Texas) (United States)."),
          SDN_READ "  id-card: 13/Ta Ta Na (Naing)019077 (MMR)\n  passport: B 9 (IRN)\n"
                   "  passport: C7 (IRQ)\n  document: 77 (USA)\n  programme: SDGT\n" },
        /* where a ship or a company is registered is nobody's nationality */
        { PTN_LIST_OFAC_CSV,
          SDN("Nationality of Registration Virgin Islands, British; nationality Macedonia, The "
              "Former Yugoslav Republic of; citizen possibly Palestinian."),
          SDN_READ "  nation: MKD\n  nation: PSE\n  programme: SDGT\n"
                   "  flag: Virgin Islands, British\n" },
        /* the same words as id types of sdn.xml */
        { PTN_LIST_OFAC_XML,
          "<sdnList><sdnEntry><uid>1</uid><lastName>VORLANDEK</lastName><sdnType>Individual"
          "</sdnType><idList><id><idType>Electoral Registry No.</idType><idNumber>7</idNumber>"
          "<idCountry>Mexico</idCountry></id><id><idType>Registration ID</idType><idNumber>8"
          "</idNumber></id><id><idType>Vessel Registration Identification</idType><idNumber>IMO "
          "9187629</idNumber></id><id><idType>Website</idType><idNumber>none.example</idNumber>"
          "</id></idList></sdnEntry></sdnList>",
          "1 person line 1\n  primary: VORLANDEK\n  id-card: 7 (MEX)\n  tax: 8 ()\n"
          "  imo: 9187629 ()\n  remark: Website none.example\n" },
        /* two files one after the other: the end mark of the first stands in a row */
        { PTN_LIST_OFAC_CSV, SDN("DOB 1970.") SDN("DOB 1971."),
          SDN_READ "  birth: 1970-01-01..1970-12-31\n  programme: SDGT\n"
                   "9001 person line 2\n  primary: VORLANDEK, Ismar\n"
                   "  birth: 1971-01-01..1971-12-31\n  programme: SDGT\n" },
        /* a copy that was kept in a table begins with names of columns */
        { PTN_LIST_OFAC_CSV,
          "ent_num,SDN_Name,SDN_Type,Program,Title,Call_Sign,Vess_type,Tonnage,GRT,Vess_flag,"
          "Vess_owner,Remarks\r\n" SDN("DOB 1970."),
          "9001 person line 2\n  primary: VORLANDEK, Ismar\n  birth: 1970-01-01..1970-12-31\n"
          "  programme: SDGT\n" },
    };

    (void)state;
    check_quirks(quirks, sizeof(quirks) / sizeof(quirks[0]));
}

/* Whoever is told of line 2 must know of which file. */
static void test_list__a_damaged_file_beside_the_main_one_is_named(void **state)
{
    static const struct {
        const char *aliases, *addresses, *comments;
        const char *reason;
    } cases[] = {
        { "9001,1,\"aka\",\"X\",-0- \r\n9001,2,\"aka\",\"Y\",-0", "", "",
          "the file of aliases beside it is cut short here" },
        { "", "\r\n9001,1,-0- ,\"Utop", "", "the file of addresses beside it is cut short here" },
        { "", "", "\r\n9001,invent", "the file of comments beside it is cut short here" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct printer printer = { .silent = true };
        const struct ptn_list_sink sink = { &printer, print_entry, print_note };
        const struct ptn_list_source source = {
            .format = PTN_LIST_OFAC_CSV,
            .main = ptn_bytes_from_text(SDN("DOB 1970.")),
            .aliases = ptn_bytes_from_text(cases[i].aliases),
            .addresses = ptn_bytes_from_text(cases[i].addresses),
            .comments = ptn_bytes_from_text(cases[i].comments),
        };
        struct ptn_list_summary summary;
        struct ptn_diag diag = { 0, NULL };

        assert_int_equal(ptn_list_read(&source, &sink, &summary, &diag).code, PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, cases[i].reason);
        assert_int_equal(diag.offset, 2);
    }
}

static bool only_space(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i] != ' ' && at[i] != '\n' && at[i] != '\r')
            return false;
    return true;
}

/* A list cut short is refused with a line, or, where the format has no end, loses whole rows only.
 * Nothing past the end is read: INPUT-1.
 */
static void test_list__cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct loaded loaded;
        struct printer printer = { .silent = true };
        const struct ptn_list_sink sink = { &printer, print_entry, print_note };
        struct ptn_list_summary whole;
        size_t full;

        load(&samples[i], &loaded);
        full = loaded.source.main.len;
        assert_true(ptn_ok(ptn_list_read(&loaded.source, &sink, &whole, NULL)));
        for (size_t len = 0; len < full; len++) {
            uint8_t *copy =
                malloc(len + 1); /* exactly as long, so that a sanitizer sees one byte too far */
            struct ptn_list_summary summary = { .rows = 77 };
            struct ptn_diag diag = { 0, NULL };
            struct ptn_status status;

            assert_non_null(copy);
            memcpy(copy, loaded.main.at, len);
            loaded.source.main = ptn_bytes_of(copy, len);
            status = ptn_list_read(&loaded.source, &sink, &summary, &diag);
            if (!ptn_ok(status)) {
                assert_int_equal(status.code, PTN_C_BAD_INPUT);
                assert_non_null(diag.text);
                assert_int_equal(summary.rows, 77);
            } else if (samples[i].ends) {
                assert_true(only_space(loaded.main.at + len, full - len));
                assert_int_equal(summary.entries, whole.entries);
            } else if (samples[i].format == PTN_LIST_OFAC_CSV) {
                /* without its end mark, or with aliases that belong to nobody any more */
                assert_true(summary.noted + summary.rejected > whole.noted + whole.rejected);
            } else {
                assert_true(loaded.main.at[len - 1] == '\n' || loaded.main.at[len - 1] == '\r' ||
                            loaded.main.at[len] == '\n' || loaded.main.at[len] == '\r');
            }
            free(copy);
        }
        unload(&loaded);
    }
}

static void test_list__every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct loaded loaded;
        struct printer printer = { .silent = true };
        const struct ptn_list_sink sink = { &printer, print_entry, print_note };
        unsigned long nth = 0;
        bool failed;

        load(&samples[i], &loaded);
        do {
            struct ptn_list_summary summary;
            struct ptn_status status;

            fault_allocation(++nth, FAULT_ONCE);
            status = ptn_list_read(&loaded.source, &sink, &summary, NULL);
            failed = fault_off();
            if (failed)
                assert_true(status.code == PTN_C_NO_MEMORY || status.code == PTN_C_TOO_BIG);
            else
                assert_true(ptn_ok(status));
        } while (failed);
        assert_true(nth > 1);
        unload(&loaded);
    }
}

static struct ptn_status read_text(enum ptn_list_format format, const char *text,
                                   struct ptn_list_summary *summary, struct ptn_diag *diag)
{
    struct printer printer = { .silent = true };
    const struct ptn_list_sink sink = { &printer, print_entry, print_note };
    const struct ptn_list_source source = { .format = format, .main = ptn_bytes_from_text(text) };

    return ptn_list_read(&source, &sink, summary, diag);
}

static void test_list__what_is_not_of_its_format_is_refused(void **state)
{
    static const struct {
        enum ptn_list_format format;
        const char *text;
        size_t line;
        const char *reason;
    } cases[] = {
        { PTN_LIST_UN_XML, "", 0, NULL },
        { PTN_LIST_UN_XML, "<html/>", 1, "the document is not of this format" },
        { PTN_LIST_UN_XML, "<CONSOLIDATED_LIST/>", 1,
          "the list does not say when it was generated" },
        { PTN_LIST_UN_XML, "<CONSOLIDATED_LIST dateGenerated=\"2026-01-01\"/>", 0,
          "no entry can be read" },
        { PTN_LIST_UN_XML, "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<CONSOLIDATED_LIST/>", 1,
          "a document type declaration is refused" },
        { PTN_LIST_UN_XML, "<CONSOLIDATED_LIST>\n<INDIVIDUALS></ENTITIES>", 2,
          "not well-formed XML" },
        { PTN_LIST_OFAC_XML,
          "<sdnList><publshInformation><Record_Count>3</Record_Count></"
          "publshInformation><sdnEntry><uid>1</uid>"
          "<lastName>X</lastName><sdnType>Entity</sdnType></sdnEntry></sdnList>",
          0, "the list does not hold the number of entries it says" },
        { PTN_LIST_OFAC_CSV, "1,\"A\n", 1, "the file ends inside quotes: it is cut short" },
        { PTN_LIST_OFAC_CSV, "1,\"A\",-0- \r\n", 0, "no entry can be read" },
        { PTN_LIST_EU_OJ_CSV, "a,b\n1,2\n", 1,
          "the header lacks the columns celex, schema and name" },
        { PTN_LIST_EU_OJ_CSV, "celex,schema,name\n1,Person,X", 2,
          "the last line does not end: the file may be cut short" },
        { PTN_LIST_UK_CSV, "Report Date: x\n", 1, "the file holds no header" },
        { PTN_LIST_UK_CSV, "Report Date: x\nA,B\n", 2,
          "the header lacks an id (Unique ID or Group ID) or Name 6" },
        { PTN_LIST_STOLEN_CSV, "number,type\n1,P\n", 1,
          "the header lacks the columns number and issuer" },
        { PTN_LIST_FTM, "{\"id\":\"a\"", 1, "the last line is cut short" },
        { PTN_LIST_POSTERN, "", 1, "the file is empty" },
        { PTN_LIST_POSTERN, "[]\n", 1, "the first line is not the header of a Postern list" },
        { PTN_LIST_POSTERN, "{\"postern-list\":2}\n", 1,
          "the first line is not the header of a Postern list" },
        { PTN_LIST_POSTERN, "{\"postern-list\":1,\"made\":\"2026-01-01\",\"entries\":1}\n", 1,
          "the list does not hold the number of entries it says" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_list_summary summary = { .rows = 77 };
        struct ptn_diag diag = { 0, NULL };

        assert_int_equal(read_text(cases[i].format, cases[i].text, &summary, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(summary.rows, 77);
        if (cases[i].reason == NULL)
            continue;
        assert_string_equal(diag.text, cases[i].reason);
        assert_int_equal(diag.offset, cases[i].line);
    }
}

static void test_list__too_many_rejected_rows_refuse_the_list(void **state)
{
    char text[4096];
    int len = snprintf(text, sizeof(text), "celex,schema,name\n");
    struct ptn_list_summary summary;
    struct ptn_diag diag = { 0, NULL };

    (void)state;
    for (unsigned i = 0; i < 50; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len, "1,Person,Invented\n");
    for (unsigned i = 0; i < 5; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len, "x\n");
    assert_true(ptn_ok(read_text(PTN_LIST_EU_OJ_CSV, text, &summary, &diag)));
    assert_int_equal(summary.rejected, 5);
    (void)snprintf(text + len, sizeof(text) - (size_t)len, "x\n");
    assert_int_equal(read_text(PTN_LIST_EU_OJ_CSV, text, &summary, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "more than one row in ten cannot be read");
}

/* Whoever writes `documents` for `numbers` is told: an entry is read whole or not at all. */
static void test_list__an_entry_with_what_nobody_reads_is_rejected(void **state)
{
    static const struct {
        const char *entry;
        size_t rejected;
    } cases[] = {
        { "\"numbers\":[{\"type\":\"passport\",\"number\":\"B1\",\"issuer\":\"UTO\"}]", 0 },
        { "\"names\":[\"A, B\",{\"text\":\"C, D\",\"alias\":\"weak\"}],\"sex\":\"F\"", 0 },
        { "\"documents\":[{\"type\":\"passport\",\"number\":\"B1\",\"issuer\":\"UTO\"}]", 1 },
        { "\"numbers\":{\"type\":\"passport\",\"number\":\"B1\"}", 1 },
        { "\"numbers\":[\"B1\"]", 1 },
        { "\"numbers\":[{\"type\":\"passport\",\"number\":\"B1\",\"state\":\"UTO\"}]", 1 },
        { "\"numbers\":[{\"type\":\"passport\",\"number\":7}]", 1 },
        { "\"births\":\"1970-01-01\"", 1 },
        { "\"births\":[1970]", 1 },
        { "\"nationalities\":[{\"text\":\"UTO\"}]", 1 },
        { "\"facts\":[{\"type\":\"reason\",\"text\":\"x\",\"by\":\"y\"}]", 1 },
        { "\"names\":[{\"text\":\"A, B\",\"kind\":\"weak\"}]", 1 },
        { "\"sex\":null", 1 },
        { "\"valid-until\":\"2027-01-01\"", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        struct ptn_list_summary summary;

        (void)snprintf(text, sizeof(text),
                       "{\"postern-list\":1,\"made\":\"2026-01-01T00:00:00Z\",\"entries\":2}\n"
                       "{\"id\":\"A\",\"kind\":\"person\",\"names\":[\"X, Y\"]}\n"
                       "{\"id\":\"B\",\"kind\":\"document\",%s}\n",
                       cases[i].entry);
        assert_true(ptn_ok(read_text(PTN_LIST_POSTERN, text, &summary, NULL)));
        assert_int_equal(summary.rejected, cases[i].rejected);
        assert_int_equal(summary.entries, 2 - cases[i].rejected);
    }
}

static struct ptn_status refuse(void *context, const struct ptn_list_entry *entry)
{
    (void)context;
    (void)entry;
    return (struct ptn_status){ PTN_C_BUSY };
}

static void test_list__the_sink_may_stop_the_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct loaded loaded;
        const struct ptn_list_sink sink = { NULL, refuse, NULL };
        struct ptn_list_summary summary;

        load(&samples[i], &loaded);
        assert_int_equal(ptn_list_read(&loaded.source, &sink, &summary, NULL).code, PTN_C_BUSY);
        unload(&loaded);
    }
}

/* ---- real lists ---- */

static void check_real(const char *file, enum ptn_list_format format, size_t rows)
{
    const char *shared = getenv("POSTERN_SHARED");
    char path[512];
    struct ptn_map *map = NULL;
    const struct ptn_world *world = ptn_world_real();
    struct printer printer = { .silent = true };
    const struct ptn_list_sink sink = { &printer, print_entry, print_note };
    struct ptn_list_source source = { .format = format };
    struct ptn_list_summary summary = { 0 };

    (void)snprintf(path, sizeof(path), "%s/data/lists/%s", shared == NULL ? "../shared" : shared,
                   file);
    if (!ptn_ok(world->files->map(world->context, path, &map, &source.main))) {
        print_message("# skipped: %s is not at hand\n", file);
        return;
    }
    assert_true(ptn_ok(ptn_list_read(&source, &sink, &summary, NULL)));
    assert_int_equal(summary.rows, rows);
    assert_int_equal(summary.entries, rows);
    assert_int_equal(summary.rejected, 0);
    assert_true(summary.noted * 20 < rows);
    world->files->unmap(world->context, map);
}

static void test_list__real_lists_have_every_row_accounted_for(void **state)
{
    (void)state;
    check_real("un-2020.xml", PTN_LIST_UN_XML, 1093);
    check_real("un-2026-02-27.xml", PTN_LIST_UN_XML, 1003);
    check_real("ofac-2024-05-03/sdn.csv", PTN_LIST_OFAC_CSV, 14965);
    check_real("eu-official-journal/32014R0269.csv", PTN_LIST_EU_OJ_CSV, 2802);
    check_real("eu-official-journal/32002R0881.csv", PTN_LIST_EU_OJ_CSV, 350);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list__samples_are_read_whole),
        cmocka_unit_test(test_list__the_united_kingdoms_two_tables_as_they_are_written),
        cmocka_unit_test(test_list__the_european_unions_file_as_its_schema_allows),
        cmocka_unit_test(test_list__the_united_nations_words_around_dates_and_papers),
        cmocka_unit_test(test_list__the_treasurys_remarks_say_what_a_number_is),
        cmocka_unit_test(test_list__a_damaged_file_beside_the_main_one_is_named),
        cmocka_unit_test(test_list__cut_at_every_byte),
        cmocka_unit_test(test_list__every_allocation_may_fail),
        cmocka_unit_test(test_list__what_is_not_of_its_format_is_refused),
        cmocka_unit_test(test_list__too_many_rejected_rows_refuse_the_list),
        cmocka_unit_test(test_list__an_entry_with_what_nobody_reads_is_rejected),
        cmocka_unit_test(test_list__the_sink_may_stop_the_reading),
        cmocka_unit_test(test_list__real_lists_have_every_row_accounted_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
