/*
 * watch/ofac_csv.c -- the United States Treasury's flat files: the main file in its own order, and
 * beside it aliases, addresses and the overflow of remarks, which are looked up by entry number.
 */
#include "watch/list_int.h"

#include <stdlib.h>

#define MAIN_FIELDS 12u

/* One row of a file beside the main one: whose it is and where it lies. */
struct side_row {
    uint32_t entry;
    uint32_t used;
    uint64_t offset;
    size_t line;
};

struct side {
    const char *file;
    const char *damaged; /* what is said when it cannot be read to its end */
    struct ptn_bytes bytes;
    size_t fields; /* every row has as many */
    struct side_row *rows;
    size_t count;
    size_t room;
};

struct ofac {
    struct side aliases;
    struct side addresses;
    struct side comments;
    struct ptn_csv row; /* of the main file */
    struct ptn_csv other;
};

/* "-0- " stands for nothing, also in copies that quote every field. */
static struct ptn_bytes value(const struct ptn_csv *csv, size_t index)
{
    struct ptn_bytes field = ptn_csv_field(csv, index);

    return ptn_bytes_is(field, "-0-") ? PTN_BYTES_NONE : field;
}

static bool read_id(struct ptn_bytes text, uint32_t *ret_id)
{
    uint64_t number = 0;

    if (text.len > 0 && text.at[0] == 0x1a) /* one file appended to another's end mark */
        text = ptn_bytes_slice(text, 1, text.len);
    if (text.len == 0 || text.len > 9)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    *ret_id = (uint32_t)number;
    return true;
}

/* The files end with a lone 0x1A (and a row of that is nothing). */
static bool is_end_mark(const struct ptn_csv *csv)
{
    return csv->field_count == 1 && csv->fields[0].len == 1 && csv->fields[0].at[0] == 0x1a;
}

/* Copies that were kept in a table begin with the names of the columns. */
static bool is_header(const struct ptn_csv *csv)
{
    return csv->row_line == 1 && ptn_text_is(ptn_csv_field(csv, 0), "ent_num");
}

/* A row without a line end is whole only if its last field is quoted, or is the whole "-0-" that
 * stands for nothing. */
static bool is_whole(const struct ptn_csv *csv, size_t fields)
{
    if (csv->closed)
        return true;
    return csv->field_count == fields &&
           (csv->quoted[fields - 1] || ptn_bytes_is(ptn_csv_field(csv, fields - 1), "-0-"));
}

static int compare_rows(const void *a, const void *b)
{
    const struct side_row *x = a, *y = b;

    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

PTN_MUST_USE static struct ptn_status add_side_row(struct side *side, uint32_t entry, size_t offset,
                                                   size_t line, struct ptn_diag *reterr)
{
    if (side->count == side->room) {
        size_t room = side->room == 0 ? 1024 : side->room * 2;
        void *bigger = realloc(side->rows, room * sizeof(side->rows[0]));

        if (bigger == NULL)
            return ptn_fail(PTN_C_NO_MEMORY, reterr, line, "no memory");
        side->rows = bigger;
        side->room = room;
    }
    side->rows[side->count++] = (struct side_row){ entry, 0, offset, line };
    return PTN_OK;
}

/* Go once over a file beside the main one and note where each entry's rows lie. */
PTN_MUST_USE static struct ptn_status index_side(struct ofac *ofac, struct side *side,
                                                 struct ptn_draft *draft, struct ptn_diag *reterr)
{
    struct ptn_csv *csv = &ofac->other;
    bool sorted = true;

    ptn_csv_init(csv, side->bytes, ',');
    draft->file = side->file;
    for (;;) {
        struct ptn_status status;
        size_t offset;
        uint32_t entry;

        ptn_arena_clear(draft->arena);
        status = ptn_csv_next(csv, draft->arena, reterr);
        if (status.code == PTN_C_NOT_FOUND)
            break;
        if (status.code == PTN_C_BAD_INPUT)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, csv->row_line, side->damaged);
        if (!ptn_ok(status))
            return status;
        if (is_end_mark(csv) || is_header(csv))
            continue;
        offset = (size_t)(csv->quoted[0] ? csv->fields[0].at - 1 - side->bytes.at
                                         : csv->fields[0].at - side->bytes.at);
        if (!is_whole(csv, side->fields))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, csv->row_line, side->damaged);
        if (csv->field_count != side->fields || !read_id(ptn_csv_field(csv, 0), &entry)) {
            draft->summary->rows++;
            ptn_draft_reject(draft, csv->row_line, PTN_BYTES_NONE,
                             "a row without an entry number or of the wrong width");
            continue;
        }
        sorted = sorted && (side->count == 0 || side->rows[side->count - 1].entry <= entry);
        status = add_side_row(side, entry, offset, csv->row_line, reterr);
        if (!ptn_ok(status))
            return status;
    }
    if (!sorted)
        qsort(side->rows, side->count, sizeof(side->rows[0]), compare_rows);
    draft->file = "main";
    return draft->status;
}

static size_t first_row(const struct side *side, uint32_t entry)
{
    size_t low = 0, high = side->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (side->rows[middle].entry < entry)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Read the row again, into ofac->other; its fields live in the draft's arena or the file. */
static bool open_row(struct ofac *ofac, struct side *side, size_t index, struct ptn_draft *draft)
{
    struct ptn_status status;

    ptn_csv_init(&ofac->other, side->bytes, ',');
    ofac->other.next = side->rows[index].offset;
    ofac->other.line = side->rows[index].line;
    status = ptn_csv_next(&ofac->other, draft->arena, draft->reterr);
    if (!ptn_ok(status) && ptn_ok(draft->status))
        draft->status = status;
    side->rows[index].used = 1;
    return ptn_ok(status);
}

static void add_aliases(struct ofac *ofac, struct ptn_draft *draft, uint32_t entry)
{
    struct side *side = &ofac->aliases;

    for (size_t i = first_row(side, entry); i < side->count && side->rows[i].entry == entry; i++) {
        if (!open_row(ofac, side, i, draft))
            return;
        if (value(&ofac->other, 3).len == 0)
            ptn_draft_note(draft, side->rows[i].line, "an alias without a name");
        ptn_draft_name(draft, value(&ofac->other, 3), PTN_ALIAS_STRONG);
        ptn_draft_fact(draft, PTN_FACT_REMARK, value(&ofac->other, 4));
    }
}

static void add_addresses(struct ofac *ofac, struct ptn_draft *draft, uint32_t entry)
{
    struct side *side = &ofac->addresses;

    for (size_t i = first_row(side, entry); i < side->count && side->rows[i].entry == entry; i++) {
        struct ptn_bytes parts[3];

        if (!open_row(ofac, side, i, draft))
            return;
        for (size_t part = 0; part < 3; part++)
            parts[part] = value(&ofac->other, part + 2);
        ptn_draft_fact(draft, PTN_FACT_ADDRESS, ptn_draft_join(draft, parts, 3, ", "));
        ptn_draft_fact(draft, PTN_FACT_REMARK, value(&ofac->other, 5));
    }
}

/* The remarks and their overflow, which goes on in the middle of a word. */
static struct ptn_bytes all_remarks(struct ofac *ofac, struct ptn_draft *draft, uint32_t entry)
{
    struct side *side = &ofac->comments;
    struct ptn_bytes remarks = value(&ofac->row, MAIN_FIELDS - 1);

    for (size_t i = first_row(side, entry); i < side->count && side->rows[i].entry == entry; i++) {
        struct ptn_bytes parts[2] = { remarks, PTN_BYTES_NONE };

        if (!open_row(ofac, side, i, draft))
            return remarks;
        parts[1] = value(&ofac->other, 1);
        remarks = ptn_draft_join(draft, parts, 2, "");
    }
    return remarks;
}

static enum ptn_entry_kind kind_of(struct ptn_bytes type)
{
    if (ptn_text_is(type, "individual"))
        return PTN_ENTRY_PERSON;
    if (ptn_text_is(type, "vessel"))
        return PTN_ENTRY_VESSEL;
    return ptn_text_is(type, "aircraft") ? PTN_ENTRY_AIRCRAFT : PTN_ENTRY_ENTITY;
}

/* "FTO] [SDGT": the outer brackets are left out. */
static void add_programmes(struct ptn_draft *draft, struct ptn_bytes text)
{
    for (;;) {
        size_t cut = ptn_text_find(text, "] [");

        ptn_draft_fact(draft, PTN_FACT_PROGRAMME, ptn_bytes_slice(text, 0, cut));
        if (cut == SIZE_MAX)
            return;
        text = ptn_bytes_slice(text, cut + 3, text.len);
    }
}

static void read_row(struct ofac *ofac, struct ptn_draft *draft, uint32_t entry)
{
    const struct ptn_csv *row = &ofac->row;

    ptn_draft_id(draft, value(row, 0));
    draft->entry.kind = kind_of(value(row, 2));
    ptn_draft_name(draft, value(row, 1), PTN_ALIAS_PRIMARY);
    add_aliases(ofac, draft, entry);
    add_programmes(draft, value(row, 3));
    ptn_draft_fact(draft, PTN_FACT_TITLE, value(row, 4));
    ptn_draft_number(draft, PTN_NUMBER_CALL_SIGN, value(row, 5), PTN_BYTES_NONE);
    ptn_draft_fact(draft, PTN_FACT_TITLE, value(row, 6)); /* what kind of vessel */
    ptn_draft_fact(draft, PTN_FACT_FLAG, value(row, 9));
    ptn_draft_fact(draft, PTN_FACT_OWNER, value(row, 10));
    ptn_ofac_remarks(draft, all_remarks(ofac, draft, entry), row->row_line);
    add_addresses(ofac, draft, entry);
    ptn_draft_finish(draft);
}

PTN_MUST_USE static struct ptn_status read_main(struct ofac *ofac, struct ptn_bytes bytes,
                                                struct ptn_draft *draft, struct ptn_diag *reterr)
{
    struct ptn_csv *row = &ofac->row;
    bool end_mark = false;

    ptn_csv_init(row, bytes, ',');
    for (;;) {
        struct ptn_status status;
        uint32_t entry;

        ptn_arena_clear(draft->arena);
        status = ptn_csv_next(row, draft->arena, reterr);
        if (status.code == PTN_C_NOT_FOUND)
            break;
        if (!ptn_ok(status))
            return status;
        if (is_end_mark(row)) {
            end_mark = true;
            continue;
        }
        if (is_header(row))
            continue;
        if (!is_whole(row, MAIN_FIELDS))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, row->row_line, "the last row is cut short");
        draft->summary->rows++;
        ptn_draft_start(draft, row->row_line);
        if (row->field_count != MAIN_FIELDS || !read_id(ptn_csv_field(row, 0), &entry))
            ptn_draft_reject(draft, row->row_line, PTN_BYTES_NONE,
                             "a row without an entry number or of the wrong width");
        else
            read_row(ofac, draft, entry);
        if (!ptn_ok(draft->status))
            return draft->status;
    }
    if (!end_mark)
        ptn_draft_note(draft, row->line, "the file lacks its end mark: rows may be missing");
    return draft->status;
}

static void tell_unused(const struct side *side, struct ptn_draft *draft, const char *reason)
{
    draft->file = side->file;
    for (size_t i = 0; i < side->count; i++)
        if (side->rows[i].used == 0) {
            draft->summary->rows++;
            ptn_draft_reject(draft, side->rows[i].line, PTN_BYTES_NONE, reason);
        }
    draft->file = "main";
}

struct ptn_status ptn_ofac_csv_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                                    struct ptn_diag *reterr)
{
    struct ofac *ofac = calloc(1, sizeof(*ofac));
    struct ptn_status status;

    if (ofac == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    ofac->aliases = (struct side){ .file = "aliases",
                                   .damaged = "the file of aliases beside it is cut short here",
                                   .bytes = source->aliases,
                                   .fields = 5 };
    ofac->addresses = (struct side){ .file = "addresses",
                                     .damaged = "the file of addresses beside it is cut short here",
                                     .bytes = source->addresses,
                                     .fields = 6 };
    ofac->comments = (struct side){ .file = "comments",
                                    .damaged = "the file of comments beside it is cut short here",
                                    .bytes = source->comments,
                                    .fields = 2 };
    status = index_side(ofac, &ofac->aliases, draft, reterr);
    if (ptn_ok(status))
        status = index_side(ofac, &ofac->addresses, draft, reterr);
    if (ptn_ok(status))
        status = index_side(ofac, &ofac->comments, draft, reterr);
    if (ptn_ok(status))
        status = read_main(ofac, source->main, draft, reterr);
    if (ptn_ok(status)) {
        tell_unused(&ofac->aliases, draft, "an alias of an entry that is not in the main file");
        tell_unused(&ofac->addresses, draft, "an address of an entry that is not in the main file");
        tell_unused(&ofac->comments, draft, "a remark of an entry that is not in the main file");
        status = draft->status;
    }
    free(ofac->aliases.rows);
    free(ofac->addresses.rows);
    free(ofac->comments.rows);
    free(ofac);
    return status;
}
