/* node/import_rows.c -- rows of another system's CSV as records. docs/format/import.md. */
#include "node/import.h"

#include <assert.h>
#include <stdio.h>

#include "record/record.h"
#include "reference/place.h"

/* ---- columns ---- */

enum crossing_column {
    C_TIME,
    C_DIRECTION,
    C_SURNAME,
    C_GIVEN,
    C_NAME,
    C_BIRTH,
    C_SEX,
    C_NATIONALITY,
    C_DOCUMENT_KIND,
    C_DOCUMENT_ISSUER,
    C_DOCUMENT_NUMBER,
    C_DOCUMENT_EXPIRY,
    C_POST,
    C_LANE,
    C_OFFICER,
    C_OUTCOME,
    C_REASON,
    C_SUPERVISOR,
    C_PLATE,
    C_VOYAGE,
    C_EXEMPT,
    C_COUNT,
};

/* The same people's columns at the same numbers. */
enum alert_column {
    A_ACTION,
    A_UNTIL,
    A_FIRST_OF_PERSON = C_SURNAME,
    A_OWNER = C_POST,
    A_BASIS,
    A_PURPOSE,
    A_FROM,
    A_REVIEW,
    A_PLATE,
    A_COUNT,
};

/* Likewise. */
enum permit_column {
    P_NUMBER,
    P_KIND,
    P_FIRST_OF_PERSON = C_SURNAME,
    P_ISSUER = C_POST,
    P_UNTIL,
    P_FROM,
    P_DAYS,
    P_ENTRIES,
    P_ENTRIES_USED,
    P_STATUS,
    P_COUNT,
};

enum user_column { U_USER, U_ROLE, U_NAME, U_RIGHTS, U_LANGUAGE, U_HASH, U_COUNT };

static_assert(C_COUNT <= PTN_IMPORT_COLUMNS_MAX && A_COUNT <= PTN_IMPORT_COLUMNS_MAX &&
                  P_COUNT <= PTN_IMPORT_COLUMNS_MAX,
              "a field each");

#define PERSON_COLUMNS                                                                             \
    "surname", "given", "name", "birth", "sex", "nationality", "document-kind", "document-issuer", \
        "document-number", "document-expiry"

static const char *const crossing_columns[C_COUNT] = {
    "time",    "direction", PERSON_COLUMNS, "post",  "lane",   "officer",
    "outcome", "reason",    "supervisor",   "plate", "voyage", "exempt",
};
static const char *const alert_columns[A_COUNT] = {
    "action", "until", PERSON_COLUMNS, "owner", "basis", "purpose", "from", "review", "plate",
};
static const char *const permit_columns[P_COUNT] = {
    "number", "kind", PERSON_COLUMNS, "issuer",       "until",
    "from",   "days", "entries",      "entries-used", "status",
};
static const char *const user_columns[U_COUNT] = { "user",   "role",     "name",
                                                   "rights", "language", "password-hash" };

static const struct {
    const char *word;
    const char *const *columns;
    size_t count;
    uint32_t needed; /* bit 1 << column */
} kinds[PTN_IMPORT_KIND_COUNT] = {
    { "crossings", crossing_columns, C_COUNT, 1u << C_TIME | 1u << C_DIRECTION },
    { "alerts", alert_columns, A_COUNT,
      1u << A_ACTION | 1u << A_UNTIL | 1u << A_OWNER | 1u << A_BASIS | 1u << A_PURPOSE },
    { "users", user_columns, U_COUNT, 1u << U_USER | 1u << U_ROLE },
    { "permits", permit_columns, P_COUNT,
      1u << P_NUMBER | 1u << P_KIND | 1u << P_UNTIL | 1u << C_BIRTH | 1u << C_DOCUMENT_ISSUER |
          1u << C_DOCUMENT_NUMBER },
};

const char *ptn_import_kind_word(enum ptn_import_kind kind)
{
    return kinds[kind].word;
}

enum ptn_import_kind ptn_import_kind_from_word(const char *word)
{
    size_t i = 0;

    while (i < PTN_IMPORT_KIND_COUNT && strcmp(kinds[i].word, word) != 0)
        i++;
    return (enum ptn_import_kind)i;
}

/* ---- the header ---- */

struct ptn_status ptn_import_open(struct ptn_import_reader *reader, enum ptn_import_kind kind,
                                  struct ptn_bytes bytes, struct ptn_arena *arena,
                                  struct ptn_diag *reterr)
{
    size_t known = 0;
    struct ptn_status status;

    PTN_PRE((unsigned)kind < PTN_IMPORT_KIND_COUNT);
    reader->kind = kind;
    ptn_csv_init(&reader->csv, bytes, ptn_csv_separator(bytes, ",;"));
    status = ptn_csv_next(&reader->csv, arena, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the file is empty: it has no header row");
    if (!ptn_ok(status))
        return status;
    reader->width = reader->csv.field_count;
    for (size_t c = 0; c < kinds[kind].count; c++) {
        reader->columns[c] = ptn_csv_column(&reader->csv, kinds[kind].columns[c]);
        if (reader->columns[c] != PTN_CSV_NO_FIELD)
            known++;
        else if ((kinds[kind].needed >> c & 1u) != 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, kinds[kind].columns[c]);
    }
    if (known == reader->width)
        return PTN_OK;
    /* one that is not known, or stands twice: which of them is meant cannot be guessed */
    for (size_t i = 0; i < reader->width; i++) {
        size_t c = 0;

        while (c < kinds[kind].count && reader->columns[c] != i)
            c++;
        if (c == kinds[kind].count)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i + 1,
                            "a column that is not known, or is there twice");
    }
    return PTN_OK;
}

/* ---- one row ---- */

/* What is wrong with the row; the first stands. */
struct reading {
    const struct ptn_import_reader *reader;
    const char *wrong;
};

static void refuse(struct reading *reading, const char *why)
{
    if (reading->wrong == NULL)
        reading->wrong = why;
}

static struct ptn_bytes text(const struct reading *reading, size_t column)
{
    return ptn_csv_field(&reading->reader->csv, reading->reader->columns[column]);
}

static const char *column_name(const struct reading *reading, size_t column)
{
    return kinds[reading->reader->kind].columns[column];
}

static bool is_digits(struct ptn_bytes bytes, size_t at, size_t count, unsigned *ret_number)
{
    unsigned number = 0;

    if (bytes.len < at + count)
        return false;
    for (size_t i = at; i < at + count; i++) {
        if (bytes.at[i] < '0' || bytes.at[i] > '9')
            return false;
        number = number * 10 + (unsigned)(bytes.at[i] - '0');
    }
    *ret_number = number;
    return true;
}

/* A date, with unknown parts only where a whole one is not asked for. */
static struct ptn_date date(struct reading *reading, size_t column, bool whole)
{
    struct ptn_bytes said = text(reading, column);
    struct ptn_date found = PTN_DATE_NONE;

    if (said.len > 0 &&
        (!ptn_ok(ptn_date_parse(said, &found, NULL)) || (whole && !ptn_date_is_full(found))))
        refuse(reading, column_name(reading, column));
    return found;
}

/* "Z", "+02:00" or nothing at the end of a time: minutes ahead of UTC; nothing is the post's own
 * wall. False for anything else. */
static bool zone(struct ptn_bytes rest, int64_t wall_ms, int64_t *ret_minutes)
{
    unsigned hours = 0;
    unsigned minutes = 0;

    if (rest.len == 0) {
        /* the offset an hour before is the right one but for the hour that is there twice */
        *ret_minutes = ptn_place_utc_offset_minutes(wall_ms - INT64_C(3600000));
        return true;
    }
    *ret_minutes = 0;
    if (rest.len == 1 && rest.at[0] == 'Z')
        return true;
    if (rest.len != 6 || (rest.at[0] != '+' && rest.at[0] != '-') || rest.at[3] != ':' ||
        !is_digits(rest, 1, 2, &hours) || !is_digits(rest, 4, 2, &minutes) || hours > 14 ||
        minutes > 59)
        return false;
    *ret_minutes = (int64_t)hours * 60 + minutes;
    if (rest.at[0] == '-')
        *ret_minutes = -*ret_minutes;
    return true;
}

/* "YYYY-MM-DD", with a time of the day "hh:mm[:ss]" after a T or a blank, and a zone. */
static bool moment(struct ptn_bytes said, int64_t *ret_ms, struct ptn_date *ret_date)
{
    struct ptn_date day = PTN_DATE_NONE;
    unsigned hour = 12; /* of a day alone nobody knows more */
    unsigned minute = 0;
    unsigned second = 0;
    size_t end = 10;
    int64_t wall_ms;
    int64_t ahead = 0;

    if (!ptn_ok(ptn_date_parse(ptn_bytes_slice(said, 0, 10), &day, NULL)) ||
        !ptn_date_is_full(day) || day.year < 1970)
        return false;
    if (said.len > end) {
        if ((said.at[10] != 'T' && said.at[10] != ' ') || !is_digits(said, 11, 2, &hour) ||
            said.len < 16 || said.at[13] != ':' || !is_digits(said, 14, 2, &minute))
            return false;
        end = 16;
        if (said.len > end && said.at[end] == ':') {
            if (!is_digits(said, 17, 2, &second))
                return false;
            end = 19;
        }
        if (hour > 23 || minute > 59 || second > 59)
            return false;
    }
    wall_ms = (int64_t)ptn_date_to_days(day) * 86400000 +
              ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000;
    if (!zone(ptn_bytes_slice(said, end, SIZE_MAX), wall_ms, &ahead))
        return false;
    wall_ms -= ahead * 60000;
    if (wall_ms <= 0)
        return false;
    *ret_ms = wall_ms;
    *ret_date = said.len == 10 ? day : ptn_place_local_date(wall_ms);
    return true;
}

static void code(struct reading *reading, size_t column, char ret_code[4])
{
    struct ptn_bytes said = text(reading, column);

    if (said.len > 3) {
        refuse(reading, column_name(reading, column));
        return;
    }
    for (size_t i = 0; i < said.len; i++)
        if (said.at[i] < 'A' || said.at[i] > 'Z')
            refuse(reading, column_name(reading, column));
    if (said.len > 0)
        memcpy(ret_code, said.at, said.len);
}

static void take_person(struct reading *reading, struct ptn_person *person)
{
    struct ptn_bytes sex = text(reading, C_SEX);
    struct ptn_bytes kind = text(reading, C_DOCUMENT_KIND);
    struct ptn_diag diag = { 0 };

    person->surname = text(reading, C_SURNAME);
    person->given = text(reading, C_GIVEN);
    person->name = text(reading, C_NAME);
    person->birth = date(reading, C_BIRTH, false);
    code(reading, C_NATIONALITY, person->nationality);
    code(reading, C_DOCUMENT_ISSUER, person->document.issuer);
    person->document.number = text(reading, C_DOCUMENT_NUMBER);
    person->document.expiry = date(reading, C_DOCUMENT_EXPIRY, false);
    person->document.kind = ptn_document_kind_from_word(kind);
    if (kind.len > 0 && person->document.kind == PTN_DOCUMENT_UNKNOWN)
        refuse(reading, "document-kind");
    if (ptn_bytes_is(sex, "M") || ptn_bytes_is(sex, "F"))
        person->sex = (char)sex.at[0];
    else if (sex.len > 0)
        refuse(reading, "sex");
    if (reading->wrong != NULL || ptn_person_is_none(person))
        return;
    if (!ptn_ok(ptn_person_validate(person, &diag)))
        refuse(reading, diag.text);
}

/* ---- crossings ---- */

static void take_crossing(struct reading *reading, struct ptn_crossing *crossing)
{
    struct ptn_bytes direction = text(reading, C_DIRECTION);
    struct ptn_bytes outcome = text(reading, C_OUTCOME);
    struct ptn_bytes exempt = text(reading, C_EXEMPT);

    if (!moment(text(reading, C_TIME), &crossing->time_ms, &crossing->date))
        refuse(reading, "time");
    if (ptn_bytes_is(direction, "entry"))
        crossing->direction = PTN_DIRECTION_ENTRY;
    else if (ptn_bytes_is(direction, "exit"))
        crossing->direction = PTN_DIRECTION_EXIT;
    else
        refuse(reading, "direction");
    crossing->outcome = PTN_OUTCOME_RECORDED;
    if (ptn_bytes_is(outcome, "refused"))
        crossing->outcome = PTN_OUTCOME_REFUSED;
    else if (outcome.len > 0 && !ptn_bytes_is(outcome, "recorded"))
        refuse(reading, "outcome");
    crossing->exempt = ptn_bytes_is(exempt, "yes");
    if (exempt.len > 0 && !crossing->exempt && !ptn_bytes_is(exempt, "no"))
        refuse(reading, "exempt");
    crossing->reason = text(reading, C_REASON);
    crossing->post = text(reading, C_POST);
    crossing->lane = text(reading, C_LANE);
    crossing->officer = text(reading, C_OFFICER);
    crossing->supervisor = text(reading, C_SUPERVISOR);
    crossing->plate = text(reading, C_PLATE);
    crossing->voyage = text(reading, C_VOYAGE);
    if (crossing->officer.len == 0) /* whom the other system did not name */
        crossing->officer = PTN_BYTES_LITERAL("import");
    take_person(reading, &crossing->person);
    if (ptn_person_is_none(&crossing->person))
        refuse(reading, "neither a name nor a document's number");
}

/* ---- alerts ---- */

static void take_alert(struct reading *reading, struct ptn_import_row *row)
{
    struct ptn_alert *alert = &row->alert;

    alert->act = PTN_ALERT_ENTERED;
    alert->action = ptn_alert_action_from_word(text(reading, A_ACTION));
    if (alert->action == 0)
        refuse(reading, "action");
    alert->owner = text(reading, A_OWNER);
    alert->basis = text(reading, A_BASIS);
    alert->purpose = text(reading, A_PURPOSE);
    alert->from = date(reading, A_FROM, true);
    alert->until = date(reading, A_UNTIL, true);
    alert->review = date(reading, A_REVIEW, true);
    alert->plate = text(reading, A_PLATE);
    take_person(reading, &row->person);
    if (!ptn_person_is_none(&row->person)) {
        alert->identities = &row->person;
        alert->identity_count = 1;
    }
}

/* ---- visas and permits ---- */

/* A whole number; an empty field is 0. */
static uint64_t count(struct reading *reading, size_t column)
{
    struct ptn_bytes said = text(reading, column);
    unsigned number = 0;

    if (said.len > 4 || !is_digits(said, 0, said.len, &number))
        refuse(reading, column_name(reading, column));
    return number;
}

static void take_permit(struct reading *reading, struct ptn_permit *permit)
{
    struct ptn_bytes status = text(reading, P_STATUS);

    permit->number = text(reading, P_NUMBER);
    permit->kind = ptn_permit_kind_from_word(text(reading, P_KIND));
    if (permit->kind == PTN_PERMIT_NONE)
        refuse(reading, "kind");
    code(reading, P_ISSUER, permit->issuer);
    permit->from = date(reading, P_FROM, true);
    permit->until = date(reading, P_UNTIL, true);
    permit->days = count(reading, P_DAYS);
    permit->entries = count(reading, P_ENTRIES);
    permit->entries_used = count(reading, P_ENTRIES_USED);
    permit->status = status.len == 0 ? PTN_PERMIT_VALID : ptn_permit_status_from_word(status);
    if (permit->status == 0)
        refuse(reading, "status");
    if (text(reading, C_DOCUMENT_ISSUER).len == 0)
        refuse(reading, "document-issuer");
    if (text(reading, C_DOCUMENT_NUMBER).len == 0)
        refuse(reading, "document-number");
    take_person(reading, &permit->person);
    if (permit->person.birth.year == 0)
        refuse(reading, "birth");
}

/* ---- people who sign in ---- */

static void copy_text(struct reading *reading, size_t column, char *to, size_t size)
{
    struct ptn_bytes said = text(reading, column);

    for (size_t i = 0; i < said.len; i++)
        if (said.at[i] < 0x20 || said.at[i] == 0x7f)
            refuse(reading, column_name(reading, column));
    if (said.len >= size || !ptn_utf8_valid(said, NULL)) {
        refuse(reading, column_name(reading, column));
        return;
    }
    if (said.len > 0)
        memcpy(to, said.at, said.len);
    to[said.len] = '\0';
}

static void take_user(struct reading *reading, struct ptn_staff_member *member)
{
    struct ptn_officer *officer = &member->officer;
    struct ptn_bytes role = text(reading, U_ROLE);
    struct ptn_bytes rights = text(reading, U_RIGHTS);
    struct ptn_bytes language = text(reading, U_LANGUAGE);

    copy_text(reading, U_USER, officer->user, sizeof(officer->user));
    copy_text(reading, U_NAME, officer->name, sizeof(officer->name));
    copy_text(reading, U_HASH, member->hash, sizeof(member->hash));
    if (officer->user[0] == '\0' || officer->user[0] == '#')
        refuse(reading, "user");
    if (officer->name[0] == '\0')
        (void)snprintf(officer->name, sizeof(officer->name), "%s", officer->user);
    if (officer->name[0] == '#')
        refuse(reading, "name");
    if (member->hash[0] != '\0' && strncmp(member->hash, "$argon2id$", 10) != 0)
        refuse(reading, "password-hash");
    if (!ptn_staff_role_from_word(role, &officer->role))
        refuse(reading, "role");
    officer->discreet = ptn_bytes_is(rights, "discreet");
    if (rights.len > 0 && !officer->discreet)
        refuse(reading, "rights");
    officer->albanian = ptn_bytes_is(language, "sq");
    if (language.len > 0 && !officer->albanian && !ptn_bytes_is(language, "en"))
        refuse(reading, "language");
}

/* ---- all of them ---- */

struct ptn_status ptn_import_next(struct ptn_import_reader *reader, struct ptn_arena *arena,
                                  struct ptn_import_row *ret_row, size_t *ret_line,
                                  struct ptn_diag *reterr)
{
    struct reading reading = { .reader = reader };
    struct ptn_status status = ptn_csv_next(&reader->csv, arena, reterr);

    *ret_line = reader->csv.row_line;
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        return (struct ptn_status){ PTN_C_CORRUPT };
    if (!ptn_ok(status))
        return status;
    memset(ret_row, 0, sizeof(*ret_row));
    if (reader->csv.field_count != reader->width)
        refuse(&reading, "other columns than the header");
    for (size_t i = 0; i < reader->csv.field_count; i++)
        if (!ptn_utf8_valid(reader->csv.fields[i], NULL))
            refuse(&reading, "bytes that are no UTF-8");
    switch (reader->kind) {
    case PTN_IMPORT_CROSSINGS:
        take_crossing(&reading, &ret_row->crossing);
        break;
    case PTN_IMPORT_ALERTS:
        take_alert(&reading, ret_row);
        break;
    case PTN_IMPORT_USERS:
        take_user(&reading, &ret_row->member);
        break;
    case PTN_IMPORT_PERMITS:
        take_permit(&reading, &ret_row->permit);
        break;
    }
    return reading.wrong == NULL ? PTN_OK
                                 : ptn_fail(PTN_C_BAD_INPUT, reterr, *ret_line, reading.wrong);
}
