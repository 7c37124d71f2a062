/* paper/form.c -- the boxes of one keying, each checked by itself and then as a whole. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "document/mrz.h"
#include "paper/sheet_entry.h"
#include "reference/place.h"

#define LINE_LEN   28u
#define TD3_LEN    ((size_t)44)
#define MINUTE_MS  INT64_C(60000)
#define DAY_MS     INT64_C(86400000)
#define MRZ_MEMORY (2u * (TD3_LEN + 1u) + 1u)

/* What one reading carries along. */
struct reading {
    const struct ptn_form *form;
    struct ptn_bytes post;
    struct ptn_date today;
    struct ptn_arena *arena;
    struct ptn_sheet *sheet;
    struct ptn_form_faults *faults;
    bool no_memory;
};

static void fault(struct reading *reading, const char *field, const char *text)
{
    struct ptn_form_faults *faults = reading->faults;

    if (faults->count < PTN_FORM_FAULTS_MAX)
        faults->at[faults->count++] = (struct ptn_form_fault){ field, text };
}

/* ---- serial, direction, outcome ---- */

static void read_serial(struct reading *reading)
{
    struct ptn_serial serial;
    struct ptn_bytes post;

    if (!ptn_ok(ptn_serial_parse(reading->form->serial, &serial, &post, NULL))) {
        fault(reading, "serial", "the serial is not ten digits that check each other");
        return;
    }
    if (post.len > 0 && !ptn_bytes_equal(post, reading->post))
        fault(reading, "serial", "the sheet is of another post");
    reading->sheet->pack = serial.pack;
    reading->sheet->number = serial.sheet;
}

static void read_words(struct reading *reading)
{
    const struct ptn_form *form = reading->form;
    struct ptn_sheet *sheet = reading->sheet;

    if (ptn_bytes_is(form->direction, "entry"))
        sheet->direction = PTN_DIRECTION_ENTRY;
    else if (ptn_bytes_is(form->direction, "exit"))
        sheet->direction = PTN_DIRECTION_EXIT;
    else
        fault(reading, "direction", "entry or exit");
    for (unsigned i = 1; i < PTN_OUTCOME_FIRST_LINE_COUNT; i++)
        if (ptn_bytes_is(form->outcome, ptn_outcome_word((enum ptn_outcome)i)))
            sheet->outcome = (enum ptn_outcome)i;
    if (sheet->outcome == 0)
        fault(reading, "outcome", "recorded, referred or overridden");
    sheet->referral = ptn_referral_kind_from_word(form->referral);
    if ((sheet->outcome == PTN_OUTCOME_REFERRED) != (sheet->referral != PTN_REFERRAL_NONE))
        fault(reading, "referral", "why, when and only when the traveller was referred");
    sheet->reason = ptn_bytes_trim(form->reason);
    if (sheet->outcome == PTN_OUTCOME_OVERRIDDEN && sheet->reason.len == 0)
        fault(reading, "reason", "why the traveller was let pass against the list");
    sheet->plate = ptn_bytes_trim(form->plate);
    sheet->officer = ptn_bytes_trim(form->officer);
    if (sheet->officer.len == 0)
        fault(reading, "officer", "who wrote the sheet");
}

/* ---- time ---- */

/* Two digits at offset, or 100 for anything else. */
static unsigned two(struct ptn_bytes text, size_t offset)
{
    unsigned high = (unsigned)text.at[offset] - '0', low = (unsigned)text.at[offset + 1] - '0';

    return high > 9 || low > 9 ? 100 : high * 10 + low;
}

static void read_time(struct reading *reading)
{
    struct ptn_bytes text = ptn_bytes_trim(reading->form->time);
    struct ptn_date date = PTN_DATE_NONE;
    int64_t local_ms;

    if (text.len != 16 || (text.at[10] != 'T' && text.at[10] != ' ') || text.at[13] != ':' ||
        !ptn_ok(ptn_date_parse(ptn_bytes_slice(text, 0, 10), &date, NULL)) ||
        !ptn_date_is_full(date) || two(text, 11) > 23 || two(text, 14) > 59) {
        fault(reading, "time", "a local time as 2026-09-09T22:00");
        return;
    }
    if (ptn_date_compare(date, reading->today) > 0 || date.year < 1971) {
        fault(reading, "time", "no sheet is from then");
        return;
    }
    local_ms =
        ptn_date_to_days(date) * DAY_MS + (int64_t)(two(text, 11) * 60 + two(text, 14)) * MINUTE_MS;
    reading->sheet->date = date;
    reading->sheet->time_ms =
        local_ms - ptn_place_utc_offset_minutes(local_ms - 60 * MINUTE_MS) * MINUTE_MS;
}

/* ---- the person ---- */

/* A name in the alphabet of a machine readable zone: what cannot stand there is left to the record,
 * the zone only carries the document line. */
static void put(char *at, size_t *len, size_t end, struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len && *len < end; i++) {
        uint8_t byte = text.at[i];

        if (byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - ('a' - 'A'));
        at[(*len)++] = (char)(byte >= 'A' && byte <= 'Z' ? byte : (uint8_t)'<');
    }
}

/* The 28 characters as typed, in capitals and without blanks; false when there are others. */
static bool take_line(struct reading *reading, char line[LINE_LEN])
{
    struct ptn_bytes typed = reading->form->line;
    size_t len = 0;

    for (size_t i = 0; i < typed.len; i++) {
        uint8_t byte = typed.at[i];

        if (byte == ' ')
            continue;
        if (byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - ('a' - 'A'));
        if (len == LINE_LEN ||
            !((byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '<'))
            return false;
        line[len++] = (char)byte;
    }
    return len == LINE_LEN;
}

/*
 * Read the document line as the second line of a passport, so that one place knows check digits,
 * centuries and codes. The zone is made up round it: what stands elsewhere in it is not looked at.
 */
static struct ptn_mrz *read_zone(struct reading *reading, const char line[LINE_LEN])
{
    struct ptn_mrz *mrz = ptn_arena_take(reading->arena, sizeof(*mrz));
    char zone[MRZ_MEMORY];
    size_t len = 0;

    if (mrz == NULL) {
        reading->no_memory = true;
        return NULL;
    }
    memset(zone, '<', sizeof(zone));
    zone[0] = 'P';
    memcpy(zone + 2, line + 10, 3);
    len = 5;
    put(zone, &len, TD3_LEN - 3, reading->form->surname);
    len += 2;
    put(zone, &len, TD3_LEN, reading->form->given);
    zone[TD3_LEN] = '\n';
    memcpy(zone + TD3_LEN + 1, line, LINE_LEN);
    zone[2 * TD3_LEN] = '0'; /* the composite digit: not on a sheet */
    zone[2 * TD3_LEN + 1] = '\n';
    if (!ptn_ok(ptn_mrz_parse(ptn_bytes_of(zone, 2 * TD3_LEN + 2), reading->today, mrz, NULL)) ||
        mrz->format != PTN_MRZ_TD3)
        return NULL;
    return mrz;
}

static void check_zone(struct reading *reading, const struct ptn_mrz *mrz,
                       const struct ptn_person *person)
{
    if (ptn_mrz_check_wrong(mrz, PTN_MRZ_CHECK_NUMBER))
        fault(reading, "line", "the document number's check digit is wrong");
    if (ptn_mrz_check_wrong(mrz, PTN_MRZ_CHECK_BIRTH))
        fault(reading, "line", "the birth date's check digit is wrong");
    if (ptn_mrz_check_wrong(mrz, PTN_MRZ_CHECK_EXPIRY))
        fault(reading, "line", "the expiry date's check digit is wrong");
    if (ptn_date_is_none(person->birth) || !ptn_date_is_full(person->document.expiry))
        fault(reading, "line", "a date that no calendar has");
}

static bool is_code(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 'A' || text.at[i] > 'Z')
            return false;
    return text.len >= 1 && text.len <= 3;
}

static void read_person(struct reading *reading)
{
    struct ptn_person *person = &reading->sheet->person;
    struct ptn_bytes issuer = ptn_bytes_trim(reading->form->issuer);
    char line[LINE_LEN];
    struct ptn_mrz *mrz;

    person->surname = ptn_bytes_trim(reading->form->surname);
    person->given = ptn_bytes_trim(reading->form->given);
    if (person->surname.len + person->given.len == 0)
        fault(reading, "surname", "a sheet without a name");
    if (!ptn_utf8_valid(person->surname, NULL) || !ptn_utf8_valid(person->given, NULL))
        fault(reading, "surname", "a name that is not text");
    if (!take_line(reading, line)) {
        fault(reading, "line", "28 letters, digits and fillers");
        return;
    }
    mrz = read_zone(reading, line);
    if (mrz == NULL) {
        fault(reading, "line", "28 letters, digits and fillers");
        return;
    }
    {
        struct ptn_person read;

        ptn_mrz_person(mrz, &read);
        read.surname = person->surname;
        read.given = person->given;
        read.name = PTN_BYTES_NONE;
        read.document.optional = PTN_BYTES_NONE;
        check_zone(reading, mrz, &read);
        *person = read;
    }
    if (issuer.len > 0 && !is_code(issuer))
        fault(reading, "issuer", "the State's code of up to three letters");
    else if (issuer.len > 0)
        (void)snprintf(person->document.issuer, sizeof(person->document.issuer), "%.*s",
                       (int)issuer.len, (const char *)issuer.at);
}

struct ptn_status ptn_form_read(const struct ptn_form *form, struct ptn_bytes post,
                                struct ptn_date today, struct ptn_arena *arena,
                                struct ptn_sheet *ret_sheet, struct ptn_form_faults *ret_faults)
{
    struct ptn_sheet sheet = { .post = post };
    struct reading reading = { form, post, today, arena, &sheet, ret_faults, false };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    *ret_faults = (struct ptn_form_faults){ 0 };
    read_serial(&reading);
    read_words(&reading);
    read_time(&reading);
    read_person(&reading);
    if (reading.no_memory)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ret_faults->count > 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    /* what is left are limits of length and letters, which the record knows */
    sheet.id = (struct ptn_record_id){ { 1 } };
    sheet.turn = PTN_KEYING_FIRST;
    sheet.keyed_ms = sheet.time_ms;
    sheet.keyed_by = sheet.officer;
    status = ptn_sheet_validate(&sheet, &diag);
    if (!ptn_ok(status)) {
        fault(&reading, diag.text, "too long, or letters that cannot be kept");
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    }
    *ret_sheet = sheet;
    return PTN_OK;
}

/* ---- two keyings ---- */

/* The next letter or digit as it is compared, 0 at the end: without case, blanks and marks. */
static uint32_t next_letter(struct ptn_bytes text, size_t *offset)
{
    while (*offset < text.len) {
        uint32_t letter = ptn_utf8_next(text, offset);

        if (letter >= 'a' && letter <= 'z')
            return letter - ('a' - 'A');
        if (letter >= 0x80 || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9'))
            return letter;
    }
    return 0;
}

static bool same_name(struct ptn_bytes a, struct ptn_bytes b)
{
    size_t at_a = 0, at_b = 0;

    for (;;) {
        uint32_t letter = next_letter(a, &at_a);

        if (letter != next_letter(b, &at_b))
            return false;
        if (letter == 0)
            return true;
    }
}

size_t ptn_sheets_differ(const struct ptn_sheet *a, const struct ptn_sheet *b,
                         const char *ret_fields[PTN_SHEET_FIELDS_MAX])
{
    const struct ptn_person *p = &a->person, *q = &b->person;
    const struct {
        bool same;
        const char *field;
    } fields[PTN_SHEET_FIELDS_MAX] = {
        { same_name(p->surname, q->surname), "surname" },
        { same_name(p->given, q->given), "given" },
        { ptn_bytes_equal(p->document.number, q->document.number), "number" },
        { strcmp(p->document.issuer, q->document.issuer) == 0, "issuer" },
        { strcmp(p->nationality, q->nationality) == 0, "nationality" },
        { ptn_date_equal(p->birth, q->birth), "birth" },
        { p->sex == q->sex, "sex" },
        { ptn_date_equal(p->document.expiry, q->document.expiry), "expiry" },
        { a->direction == b->direction, "direction" },
        { a->time_ms == b->time_ms, "time" },
        { a->outcome == b->outcome, "outcome" },
        { a->referral == b->referral, "referral" },
        { same_name(a->plate, b->plate), "plate" },
    };
    size_t count = 0;

    for (size_t i = 0; i < PTN_SHEET_FIELDS_MAX; i++)
        if (!fields[i].same)
            ret_fields[count++] = fields[i].field;
    return count;
}
