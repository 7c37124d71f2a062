#include "message/booking.h"

#include "base/text.h"

struct columns {
    size_t reference, plate, people, kind;
};

static void note(struct ptn_bookings *bookings, size_t line, const char *text)
{
    bookings->left_out++;
    if (bookings->note_count < PTN_BOOKING_NOTES_MAX)
        bookings->notes[bookings->note_count++] = (struct ptn_booking_note){ line, text };
}

/* A whole number of people; false for anything else. Empty is 0: not said. */
static bool people_of(struct ptn_bytes text, unsigned *ret_people)
{
    unsigned people = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        people = people * 10 + (unsigned)(text.at[i] - '0');
        if (people > PTN_BOOKING_PEOPLE_MAX)
            return false;
    }
    *ret_people = people;
    return true;
}

static bool is_text(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return text.len <= PTN_BOOKING_TEXT_MAX && ptn_utf8_valid(text, NULL);
}

static void take_row(const struct ptn_csv *csv, const struct columns *columns,
                     struct ptn_bookings *bookings)
{
    struct ptn_booking row = {
        .reference = ptn_csv_field(csv, columns->reference),
        .plate = ptn_csv_field(csv, columns->plate),
        .kind = ptn_csv_field(csv, columns->kind),
        .line = csv->row_line,
    };

    if (!is_text(row.reference) || !is_text(row.plate) || !is_text(row.kind))
        note(bookings, row.line, "a field is longer than 64 bytes, or no text");
    else if (row.reference.len == 0)
        note(bookings, row.line, "there is no booking");
    else if (row.plate.len == 0)
        note(bookings, row.line, "there is no plate");
    else if (!people_of(ptn_csv_field(csv, columns->people), &row.people))
        note(bookings, row.line, "people is not a number from 0 to 200");
    else
        bookings->rows[bookings->count++] = row;
}

struct ptn_status ptn_bookings_read(struct ptn_bytes file, struct ptn_arena *arena,
                                    struct ptn_bookings *ret_bookings, struct ptn_diag *reterr)
{
    struct ptn_csv *csv = ptn_arena_take(arena, sizeof(*csv));
    struct ptn_bookings bookings = {
        .rows = ptn_arena_take(arena, PTN_BOOKING_ROWS_MAX * sizeof(*bookings.rows)),
        .notes = ptn_arena_take(arena, PTN_BOOKING_NOTES_MAX * sizeof(*bookings.notes)),
    };
    struct columns columns;
    struct ptn_status status;

    if (csv == NULL || bookings.rows == NULL || bookings.notes == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the bookings");
    if (file.len > PTN_BOOKING_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_BOOKING_FILE_MAX, "the file is too long");
    ptn_csv_init(csv, file, ',');
    status = ptn_csv_next(csv, arena, reterr);
    if (!ptn_ok(status))
        return status.code == PTN_C_NOT_FOUND
                   ? ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the file is empty")
                   : status;
    columns = (struct columns){ ptn_csv_column(csv, "booking"), ptn_csv_column(csv, "plate"),
                                ptn_csv_column(csv, "people"), ptn_csv_column(csv, "kind") };
    if (columns.reference == PTN_CSV_NO_FIELD || columns.plate == PTN_CSV_NO_FIELD ||
        columns.people == PTN_CSV_NO_FIELD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "the first line must name the columns booking, plate and people");
    for (;;) {
        status = ptn_csv_next(csv, arena, reterr);
        if (!ptn_ok(status))
            break;
        if (bookings.count == PTN_BOOKING_ROWS_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, csv->row_at, "more bookings than the limit");
        take_row(csv, &columns, &bookings);
    }
    if (status.code != PTN_C_NOT_FOUND)
        return status;
    *ret_bookings = bookings;
    return PTN_OK;
}
