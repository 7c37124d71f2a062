/*
 * view/digest.c -- one text that says what a view holds. docs/format/view.md "Digest".
 *
 * Rows are taken ledger by ledger in the order of the names, so that no sorting is needed: each
 * month's and class's digest is a chain that its next row is hashed onto.
 */
#include <stdlib.h>

#include "view/view_int.h"

#define FIRST_LINE  "postern view digest 1\n"
#define PERSONS_MAX 512u /* looked at in one go */
#define ROW_LEN_MAX 65536u

/* The tables in the order of their names. */
enum table {
    TABLE_ACCESS,
    TABLE_CASE,
    TABLE_CORRECTION,
    TABLE_CROSSING,
    TABLE_DECISION,
    TABLE_IDENTITY,
    TABLE_LATE,
    TABLE_PERMIT,
    TABLE_PERSON,
    TABLE_SHEET,
};

#define N PTN_SQL_NUMBER
#define B PTN_SQL_BLOB
#define T PTN_SQL_TEXT

/* Every row begins with at, written and class; a person with its key. */
static const struct {
    const char *name;
    enum ptn_sql_statement statement;
    size_t column_count;
    enum ptn_sql_type columns[PTN_SQL_VALUES_MAX];
} tables[] = {
    [TABLE_ACCESS] = { "access",
                       PTN_SQL_DIGEST_ACCESS,
                       15,
                       { N, N, N, N, N, B, N, N, N, B, B, T, T, T, T } },
    [TABLE_CASE] = { "case", PTN_SQL_DIGEST_CASE, 24, { N, N, N, N, N, B, B, N, N, N, N, N,
                                                        T, T, T, T, T, T, T, T, T, T, B, B } },
    [TABLE_CORRECTION] = { "correction",
                           PTN_SQL_DIGEST_CORRECTION,
                           18,
                           { N, N, N, N, N, B, N, B, T, T, T, T, N, N, B, B, B, B } },
    [TABLE_CROSSING] = { "crossing", PTN_SQL_DIGEST_CROSSING, 27, { N, N, N, N, N, B, B, N, N,
                                                                    N, N, N, N, T, T, T, T, T,
                                                                    T, T, N, B, T, T, T, B, T } },
    [TABLE_DECISION] = { "decision",
                         PTN_SQL_DIGEST_DECISION,
                         17,
                         { N, N, N, N, N, B, N, N, N, N, N, T, T, T, T, T, B } },
    [TABLE_IDENTITY] = { "identity",
                         PTN_SQL_DIGEST_IDENTITY,
                         18,
                         { N, N, N, N, N, B, N, N, B, T, T, T, N, T, B, B, B, B } },
    [TABLE_LATE] = { "late", PTN_SQL_DIGEST_LATE, 20, { N, N, N, N, N, B, B, N, N, N,
                                                        N, N, N, N, N, T, T, T, T, B } },
    [TABLE_PERMIT] = { "permit",
                       PTN_SQL_DIGEST_PERMIT,
                       17,
                       { N, N, N, N, N, B, N, T, T, N, N, N, N, N, N, T, B } },
    [TABLE_PERSON] = { "person", PTN_SQL_DIGEST_PERSON, 5, { B, T, T, N, B } },
    [TABLE_SHEET] = { "sheet", PTN_SQL_DIGEST_SHEET, 20, { N, N, N, N, N, B, N, N, N, N,
                                                           N, N, N, N, N, T, T, T, B, B } },
};

#undef N
#undef B
#undef T

/* The rows of one table, month and class so far. */
struct chain {
    enum table table;
    unsigned month; /* YYYYMM; 0: persons have none */
    unsigned class;
    uint64_t rows;
    uint8_t digest[PTN_SHA256_LEN];
};

/* One ledger and how much of it counts. */
struct head {
    const struct ptn_view_origin *origin;
    uint64_t size;
};

struct digest {
    struct ptn_view *view;
    struct head *heads; /* in byte order of the origins */
    size_t head_count;
    bool whole; /* the heads are where the view stands */
    struct chain *chains;
    size_t chain_count;
    size_t chain_capacity;
    size_t last; /* the chain used last */
    struct ptn_buffer row;
};

/* ---- heads ---- */

static int by_origin(const void *a, const void *b)
{
    const struct head *first = a;
    const struct head *second = b;

    return strcmp(first->origin->origin, second->origin->origin);
}

static struct ptn_status take_heads(struct digest *digest, const struct ptn_view_head *heads,
                                    size_t count, struct ptn_diag *reterr)
{
    struct ptn_view *view = digest->view;
    size_t room = (heads == NULL ? view->origin_count : count) + 1;
    uint64_t entries = 0;
    uint64_t wanted = 0;

    digest->heads = calloc(room, sizeof(*digest->heads));
    if (digest->heads == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    for (size_t i = 0; i + 1 < room; i++) {
        const struct ptn_view_origin *origin =
            heads == NULL ? &view->origins[i] : ptn_view_origin_find(view, heads[i].origin);
        uint64_t size = heads == NULL ? view->origins[i].next : heads[i].size;

        if (size == 0)
            continue;
        if (origin == NULL || size > origin->next)
            return ptn_fail(PTN_C_NOT_FOUND, reterr, i, "the view has not come so far yet");
        digest->heads[digest->head_count++] = (struct head){ origin, size };
        wanted += size;
    }
    qsort(digest->heads, digest->head_count, sizeof(*digest->heads), by_origin);
    for (size_t i = 1; i < digest->head_count; i++)
        if (digest->heads[i].origin == digest->heads[i - 1].origin)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "one ledger has two heads");
    for (size_t i = 0; i < view->origin_count; i++)
        entries += view->origins[i].next;
    digest->whole = entries == wanted;
    return PTN_OK;
}

/* ---- chains ---- */

static struct chain *chain_of(struct digest *digest, enum table table, unsigned month,
                              unsigned class)
{
    struct chain *chain;

    for (size_t i = 0; i < digest->chain_count; i++) {
        size_t at = (digest->last + i) % digest->chain_count;

        chain = &digest->chains[at];
        if (chain->table == table && chain->month == month && chain->class == class) {
            digest->last = at;
            return chain;
        }
    }
    if (digest->chain_count == digest->chain_capacity) {
        size_t capacity = digest->chain_capacity == 0 ? 64 : digest->chain_capacity * 2;

        chain = realloc(digest->chains, capacity * sizeof(*chain));
        if (chain == NULL)
            return NULL;
        digest->chains = chain;
        digest->chain_capacity = capacity;
    }
    chain = &digest->chains[digest->chain_count];
    *chain = (struct chain){ .table = table, .month = month, .class = class };
    digest->chain_count++;
    return chain;
}

static struct ptn_status add_bytes(struct ptn_buffer *out, struct ptn_bytes bytes)
{
    struct ptn_status status = ptn_buffer_add_u32(out, (uint32_t)bytes.len);

    return ptn_ok(status) ? ptn_buffer_add(out, bytes) : status;
}

static struct ptn_status add_values(struct ptn_buffer *out, const struct ptn_sql_value *values,
                                    size_t count)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = values[i].type == PTN_SQL_NUMBER
                     ? ptn_buffer_add_u64(out, (uint64_t)values[i].number)
                     : add_bytes(out, values[i].bytes);
    return status;
}

/* Hash the row at hand onto its chain. */
static struct ptn_status extend(struct digest *digest, enum table table, unsigned month,
                                unsigned class, struct ptn_diag *reterr)
{
    struct chain *chain = chain_of(digest, table, month, class);
    struct ptn_bytes parts[2];
    struct ptn_status status;

    if (chain == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    parts[0] = ptn_bytes_of(chain->digest, sizeof(chain->digest));
    parts[1] = ptn_buffer_bytes(&digest->row);
    chain->rows++;
    status = ptn_hasher_digest(digest->view->hasher, parts, 2, chain->digest);
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "a row cannot be hashed");
}

/* ---- rows that stand at a place ---- */

static struct ptn_status add_row(struct digest *digest, enum table table, const struct head *head,
                                 const struct ptn_sql_value *row, struct ptn_diag *reterr)
{
    struct ptn_date written = ptn_instant_date(row[1].number);
    uint64_t seq = (uint64_t)row[0].number & (PTN_VIEW_ENTRIES_MAX - 1);
    struct ptn_status status;

    if (row[2].number < 0 || row[2].number > UINT8_MAX)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view holds a class that is none");
    ptn_buffer_clear(&digest->row);
    status = add_bytes(&digest->row, ptn_bytes_from_text(head->origin->origin));
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(&digest->row, seq);
    if (ptn_ok(status))
        status = add_values(&digest->row, row + 1, tables[table].column_count - 1);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "a row cannot be held");
    return extend(digest, table, written.year * 100u + written.month, (unsigned)row[2].number,
                  reterr);
}

static struct ptn_status add_ledger(struct digest *digest, enum table table,
                                    const struct head *head, struct ptn_diag *reterr)
{
    struct ptn_sql *sql = digest->view->sql;
    const struct ptn_sql_value range[] = {
        ptn_sql_number(ptn_view_at(head->origin->no, 0)),
        ptn_sql_number(ptn_view_at(head->origin->no, head->size)),
    };
    struct ptn_sql_value row[PTN_SQL_VALUES_MAX];
    struct ptn_status status = sql->engine->ask(sql, tables[table].statement, range, 2, reterr);
    bool more = true;

    for (size_t i = 0; i < tables[table].column_count; i++)
        row[i] = (struct ptn_sql_value){ .type = tables[table].columns[i] };
    while (ptn_ok(status) && more) {
        status = sql->engine->next(sql, row, tables[table].column_count, &more, reterr);
        if (ptn_ok(status) && more)
            status = add_row(digest, table, head, row, reterr);
    }
    sql->engine->end(sql);
    return status;
}

/* ---- persons ---- */

/* Some persons in the order of their keys; what their rows say lies in text, one after another. */
struct persons {
    size_t count;
    struct {
        uint8_t key[PTN_VIEW_KEY_LEN];
        size_t at, len;
    } at[PERSONS_MAX];
    struct ptn_buffer text;
};

static struct ptn_status take_persons(struct digest *digest, struct ptn_bytes after,
                                      struct persons *persons, struct ptn_diag *reterr)
{
    struct ptn_sql *sql = digest->view->sql;
    const struct ptn_sql_value from[] = { ptn_sql_blob(after), ptn_sql_number(PERSONS_MAX) };
    struct ptn_sql_value row[5];
    struct ptn_status status = sql->engine->ask(sql, PTN_SQL_DIGEST_PERSON, from, 2, reterr);
    bool more = true;

    for (size_t i = 0; i < 5; i++)
        row[i] = (struct ptn_sql_value){ .type = tables[TABLE_PERSON].columns[i] };
    persons->count = 0;
    ptn_buffer_clear(&persons->text);
    while (ptn_ok(status) && more && persons->count < PERSONS_MAX) {
        status = sql->engine->next(sql, row, 5, &more, reterr);
        if (!ptn_ok(status) || !more)
            break;
        if (row[0].bytes.len != PTN_VIEW_KEY_LEN) {
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view holds a key that is none");
            break;
        }
        memcpy(persons->at[persons->count].key, row[0].bytes.at, PTN_VIEW_KEY_LEN);
        persons->at[persons->count].at = persons->text.len;
        status = add_values(&persons->text, row, 5);
        persons->at[persons->count].len = persons->text.len - persons->at[persons->count].at;
        persons->count++;
    }
    sql->engine->end(sql);
    return status;
}

static bool is_under(const struct digest *digest, int64_t at)
{
    uint64_t seq = (uint64_t)at & (PTN_VIEW_ENTRIES_MAX - 1);
    int64_t no = at >> PTN_VIEW_SEQ_BITS;

    for (size_t i = 0; i < digest->head_count; i++)
        if (digest->heads[i].origin->no == no)
            return seq < digest->heads[i].size;
    return false;
}

/* Does any row under the heads speak of this person? */
static struct ptn_status is_spoken_of(struct digest *digest, const uint8_t *key, bool *ret_is,
                                      struct ptn_diag *reterr)
{
    struct ptn_sql *sql = digest->view->sql;
    const struct ptn_sql_value who = ptn_sql_blob(ptn_bytes_of(key, PTN_VIEW_KEY_LEN));
    struct ptn_sql_value at = { .type = PTN_SQL_NUMBER };
    struct ptn_status status = sql->engine->ask(sql, PTN_SQL_GET_PLACES, &who, 1, reterr);
    bool more = true;

    *ret_is = false;
    while (ptn_ok(status) && more && !*ret_is) {
        status = sql->engine->next(sql, &at, 1, &more, reterr);
        *ret_is = ptn_ok(status) && more && is_under(digest, at.number);
    }
    sql->engine->end(sql);
    return status;
}

static struct ptn_status add_persons(struct digest *digest, struct persons *persons,
                                     struct ptn_diag *reterr)
{
    uint8_t last[PTN_VIEW_KEY_LEN];
    struct ptn_bytes after = PTN_BYTES_NONE;
    struct ptn_status status;

    do {
        status = take_persons(digest, after, persons, reterr);
        for (size_t i = 0; ptn_ok(status) && i < persons->count; i++) {
            bool counts = true;

            if (!digest->whole)
                status = is_spoken_of(digest, persons->at[i].key, &counts, reterr);
            if (!ptn_ok(status) || !counts)
                continue;
            ptn_buffer_clear(&digest->row);
            status = ptn_buffer_add(&digest->row, ptn_bytes_of(persons->text.at + persons->at[i].at,
                                                               persons->at[i].len));
            if (ptn_ok(status))
                status = extend(digest, TABLE_PERSON, 0, 0, reterr);
        }
        if (persons->count > 0)
            memcpy(last, persons->at[persons->count - 1].key, sizeof(last));
        after = ptn_bytes_of(last, sizeof(last));
    } while (ptn_ok(status) && persons->count == PERSONS_MAX);
    return status;
}

/* ---- the text ---- */

static int by_line(const void *a, const void *b)
{
    const struct chain *first = a;
    const struct chain *second = b;

    if (first->table != second->table)
        return first->table < second->table ? -1 : 1;
    if (first->month != second->month)
        return first->month < second->month ? -1 : 1;
    return first->class < second->class ? -1 : first->class > second->class;
}

static struct ptn_status write_text(struct digest *digest, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_buffer_add_text(out, FIRST_LINE);

    for (size_t i = 0; ptn_ok(status) && i < digest->head_count; i++)
        status = ptn_buffer_addf(out, "head %s %llu\n", digest->heads[i].origin->origin,
                                 (unsigned long long)digest->heads[i].size);
    if (digest->chain_count > 0)
        qsort(digest->chains, digest->chain_count, sizeof(*digest->chains), by_line);
    for (size_t i = 0; ptn_ok(status) && i < digest->chain_count; i++) {
        const struct chain *chain = &digest->chains[i];

        if (chain->month == 0)
            status = ptn_buffer_addf(out, "%s - - ", tables[chain->table].name);
        else
            status = ptn_buffer_addf(out, "%s %04u-%02u %u ", tables[chain->table].name,
                                     chain->month / 100, chain->month % 100, chain->class);
        if (ptn_ok(status))
            status = ptn_buffer_addf(out, "%llu ", (unsigned long long)chain->rows);
        if (ptn_ok(status))
            status = ptn_buffer_add_hex(out, ptn_bytes_of(chain->digest, sizeof(chain->digest)));
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    return status;
}

static struct ptn_status read_all(struct digest *digest, struct ptn_diag *reterr)
{
    struct persons *persons = calloc(1, sizeof(*persons));
    struct ptn_status status = PTN_OK;

    if (persons == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    ptn_buffer_init(&persons->text, (size_t)PERSONS_MAX * ROW_LEN_MAX);
    for (unsigned table = TABLE_ACCESS; table <= TABLE_SHEET; table++)
        for (size_t i = 0; ptn_ok(status) && table != TABLE_PERSON && i < digest->head_count; i++)
            status = add_ledger(digest, (enum table)table, &digest->heads[i], reterr);
    if (ptn_ok(status))
        status = add_persons(digest, persons, reterr);
    ptn_buffer_release(&persons->text);
    free(persons);
    return status;
}

struct ptn_status ptn_view_digest(struct ptn_view *view, const struct ptn_view_head *heads,
                                  size_t head_count, struct ptn_buffer *out,
                                  uint8_t ret_digest[PTN_SHA256_LEN], struct ptn_diag *reterr)
{
    struct digest digest = { .view = view };
    size_t start = out->len;
    struct ptn_bytes text;
    struct ptn_status status;

    PTN_PRE(!view->in_transaction);
    status = view->sql->engine->begin(view->sql, false, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_buffer_init(&digest.row, ROW_LEN_MAX);
    status = ptn_view_origins_load(view, reterr);
    if (ptn_ok(status))
        status = take_heads(&digest, heads, head_count, reterr);
    if (ptn_ok(status))
        status = read_all(&digest, reterr);
    view->sql->engine->rollback(view->sql);
    if (ptn_ok(status)) {
        status = write_text(&digest, out);
        text = ptn_bytes_slice(ptn_buffer_bytes(out), start, SIZE_MAX);
        if (ptn_ok(status))
            status = ptn_hasher_digest(view->hasher, &text, 1, ret_digest);
        if (!ptn_ok(status)) {
            out->len = start;
            status = ptn_fail(status.code, reterr, 0, "the digest cannot be written down");
        }
    }
    ptn_buffer_release(&digest.row);
    free(digest.chains);
    free(digest.heads);
    return status;
}
