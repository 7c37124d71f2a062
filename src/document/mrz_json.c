/* An MRZ as JSON and as a person. */
#include "document/mrz_int.h"

#include "record/person.h"

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void date_field(struct ptn_json *json, const char *key, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];

    field(json, key, ptn_date_is_none(date) ? "" : ptn_date_write(date, text));
}

/* Where a thing is, counted from 1; left out when it is about the whole. */
static void place(struct ptn_json *json, unsigned line, unsigned column, unsigned length)
{
    if (line == 0)
        return;
    ptn_json_field_number(json, "line", line);
    if (column == 0)
        return;
    ptn_json_field_number(json, "position", column);
    ptn_json_field_number(json, "length", length);
}

static void write_checks(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    ptn_json_key(json, "checks");
    ptn_json_object(json);
    for (unsigned check = 0; check < PTN_MRZ_CHECK_COUNT; check++)
        if ((mrz->checks_present >> check & 1) != 0)
            ptn_json_field_bool(json, ptn_mrz_check_name(check), ptn_mrz_check_right(mrz, check));
    ptn_json_object_end(json);
}

/* The gravest first: whoever shows only one shows the one that counts. */
static void write_problems(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    static const char *const weights[] = { "error", "warning", "note" };

    ptn_json_key(json, "problems");
    ptn_json_array(json);
    for (unsigned weight = PTN_MRZ_ERROR; weight <= PTN_MRZ_NOTE; weight++)
        for (unsigned i = 0; i < mrz->problem_count; i++) {
            const struct ptn_mrz_problem *problem = &mrz->problems[i];

            if (problem->issue->weight != weight)
                continue;
            ptn_json_object(json);
            field(json, "code", problem->issue->code);
            field(json, "weight", weights[weight]);
            field(json, "text", problem->issue->text);
            field(json, "text_sq", problem->issue->text_sq);
            place(json, problem->line, problem->column, problem->length);
            ptn_json_object_end(json);
        }
    ptn_json_array_end(json);
}

/* The lines with every proposal taken. */
static void write_proposed_lines(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    char text[PTN_MRZ_LINES_MAX * (PTN_MRZ_LINE_MAX + 1u)];
    size_t stride = mrz->line_len + 1u;

    for (unsigned i = 0; i < mrz->line_count; i++) {
        memcpy(text + i * stride, mrz->lines[i], mrz->line_len);
        text[i * stride + mrz->line_len] = '\n';
    }
    for (unsigned i = 0; i < mrz->proposal_count; i++) {
        const struct ptn_mrz_proposal *proposal = &mrz->proposals[i];

        memcpy(text + (proposal->line - 1u) * stride + proposal->column - 1u, proposal->proposed,
               proposal->length);
    }
    ptn_json_field_text(json, "proposed", ptn_bytes_of(text, mrz->line_count * stride - 1u));
}

static void write_proposals(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    ptn_json_key(json, "proposals");
    ptn_json_array(json);
    for (unsigned i = 0; i < mrz->proposal_count; i++) {
        const struct ptn_mrz_proposal *proposal = &mrz->proposals[i];

        ptn_json_object(json);
        field(json, "field", proposal->field);
        place(json, proposal->line, proposal->column, proposal->length);
        field(json, "read", proposal->read);
        field(json, "proposed", proposal->proposed);
        ptn_json_field_bool(json, "confirmed", proposal->confirmed);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    if (!mrz->valid && mrz->proposals_make_valid)
        write_proposed_lines(json, mrz);
}

static void write_gaps(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    struct ptn_mrz_gap gaps[PTN_MRZ_GAPS_MAX];
    size_t count = ptn_mrz_gaps(mrz, gaps);

    ptn_json_key(json, "unprotected");
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        place(json, gaps[i].line, gaps[i].column, gaps[i].length);
        ptn_json_field_text_if(json, "instead",
                               ptn_bytes_of(&gaps[i].instead, gaps[i].instead != 0));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_mrz_write_json_members(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    field(json, "format", ptn_mrz_format_name(mrz->format));
    field(json, "type", mrz->type);
    field(json, "issuer", mrz->issuer);
    field(json, "surname", mrz->surname);
    field(json, "given", mrz->given);
    field(json, "number", mrz->number);
    field(json, "nationality", mrz->nationality);
    field(json, "birth_raw", mrz->birth_raw);
    date_field(json, "birth", mrz->birth);
    ptn_json_field_text(json, "sex", ptn_bytes_of(&mrz->sex, mrz->sex != 0));
    field(json, "expiry_raw", mrz->expiry_raw);
    date_field(json, "expiry", mrz->expiry);
    field(json, "optional", mrz->optional);
    field(json, "optional2", mrz->optional2);
    ptn_json_field_bool(json, "valid", mrz->valid);
    ptn_json_field_bool(json, "name_truncated", mrz->name_truncated);
    ptn_json_field_bool(json, "birth_confirmed", mrz->birth_confirmed);
    write_checks(json, mrz);
    write_problems(json, mrz);
    write_proposals(json, mrz);
    if (mrz->complete)
        write_gaps(json, mrz);
}

void ptn_mrz_write_json(struct ptn_json *json, const struct ptn_mrz *mrz)
{
    ptn_json_object(json);
    ptn_mrz_write_json_members(json, mrz);
    ptn_json_object_end(json);
}

void ptn_mrz_marks_write_json_members(struct ptn_json *json, const struct ptn_mrz_marks *marks)
{
    ptn_json_key(json, "lines");
    ptn_json_array(json);
    for (unsigned i = 0; i < marks->line_count; i++)
        ptn_json_text(json, ptn_bytes_from_text(marks->lines[i]));
    ptn_json_array_end(json);
    ptn_json_key(json, "wanted");
    ptn_json_object(json);
    field(json, "format", ptn_mrz_format_name(marks->format));
    ptn_json_field_number(json, "lines", marks->lines_wanted);
    ptn_json_field_number(json, "length", marks->line_len_wanted);
    ptn_json_object_end(json);
    ptn_json_key(json, "marks");
    ptn_json_array(json);
    for (unsigned i = 0; i < marks->count; i++) {
        const struct ptn_mrz_mark *mark = &marks->marks[i];

        ptn_json_object(json);
        ptn_json_field_number(json, "line", mark->line);
        ptn_json_field_number(json, "column", mark->column);
        ptn_json_field_number(json, "length", mark->length);
        field(json, "what", mark->what);
        ptn_json_key(json, "ok");
        if (mark->state == PTN_MRZ_MARK_OPEN)
            ptn_json_null(json);
        else
            ptn_json_bool(json, mark->state == PTN_MRZ_MARK_RIGHT);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_field_bool(json, "complete", marks->complete);
}

/* ---- as a person ---- */

/*
 * Passports by their second letter. Letters are harmonised only since 2026, so older books of some
 * States mean another thing by theirs: those known are in the first rows.
 */
static enum ptn_document_kind passport_kind(const struct ptn_mrz *mrz)
{
    static const struct {
        char letter;
        char issuer[4]; /* empty: any */
        enum ptn_document_kind kind;
    } rows[] = {
        { 'T', "CHN", PTN_DOCUMENT_PASSPORT },
        { 'U', "NOR", PTN_DOCUMENT_PASSPORT },
        { 'D', "", PTN_DOCUMENT_DIPLOMATIC_PASSPORT },
        { 'O', "", PTN_DOCUMENT_SERVICE_PASSPORT },
        { 'M', "", PTN_DOCUMENT_SERVICE_PASSPORT },
        { 'E', "", PTN_DOCUMENT_EMERGENCY },
        { 'U', "", PTN_DOCUMENT_EMERGENCY },
        { 'R', "", PTN_DOCUMENT_REFUGEE },
        { 'T', "", PTN_DOCUMENT_ALIEN },
        { 'S', "", PTN_DOCUMENT_STATELESS },
        { 'L', "", PTN_DOCUMENT_LAISSEZ_PASSER },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].letter == mrz->type[1] &&
            (rows[i].issuer[0] == '\0' || strcmp(rows[i].issuer, mrz->issuer) == 0))
            return rows[i].kind;
    return PTN_DOCUMENT_PASSPORT;
}

static enum ptn_document_kind kind_of(const struct ptn_mrz *mrz)
{
    switch (mrz->type[0]) {
    case 'P':
        return passport_kind(mrz);
    case 'V':
        return PTN_DOCUMENT_VISA;
    case 'A':
        if (mrz->type[1] == 'C')
            return PTN_DOCUMENT_CREW;
        return mrz->type[1] == 'R' ? PTN_DOCUMENT_RESIDENCE_PERMIT : PTN_DOCUMENT_ID_CARD;
    case 'I':
    case 'C':
        return mrz->type[1] == 'R' ? PTN_DOCUMENT_RESIDENCE_PERMIT : PTN_DOCUMENT_ID_CARD;
    case '\0':
        return PTN_DOCUMENT_UNKNOWN;
    default:
        return PTN_DOCUMENT_OTHER;
    }
}

/* A code of capital letters, with digits where they may be; a misread one is as good as none. */
static void copy_code(char *to, size_t size, const char *code, bool digits)
{
    size_t len = 0;

    memset(to, 0, size);
    while (ptn_mrz_is_letter(code[len]) || (digits && ptn_mrz_is_digit(code[len])))
        len++;
    if (code[len] == '\0')
        memcpy(to, code, len);
}

void ptn_mrz_person(const struct ptn_mrz *mrz, struct ptn_person *ret_person)
{
    struct ptn_document *document = &ret_person->document;

    *ret_person = (struct ptn_person){ .surname = ptn_bytes_from_text(mrz->surname),
                                       .given = ptn_bytes_from_text(mrz->given),
                                       .birth = mrz->birth,
                                       .sex = mrz->sex };
    if (mrz->sex != 'M' && mrz->sex != 'F')
        ret_person->sex = '\0';
    copy_code(ret_person->nationality, sizeof(ret_person->nationality), mrz->nationality, false);
    copy_code(document->issuer, sizeof(document->issuer), mrz->issuer, false);
    document->kind = kind_of(mrz);
    copy_code(document->code, sizeof(document->code), mrz->type, true);
    document->number = ptn_bytes_from_text(mrz->number);
    document->expiry = mrz->expiry;
    document->optional =
        ptn_bytes_from_text(mrz->optional[0] != '\0' ? mrz->optional : mrz->optional2);
}
