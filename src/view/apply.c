#include "view/view_int.h"

/* ---- one entry's place and identity ---- */

/* The first eight bytes of the leaf's hash: what tells two entries of one place apart. */
static struct ptn_status tag_of(struct ptn_view *view, const struct ptn_ledger_header *header,
                                int64_t *ret_tag, struct ptn_diag *reterr)
{
    struct ptn_hash hash;
    struct ptn_status status;
    uint64_t number = 0;

    ptn_buffer_clear(&view->text);
    status = ptn_ledger_header_write(&view->text, header);
    if (ptn_ok(status))
        status = ptn_tree_leaf(view->hasher, ptn_buffer_bytes(&view->text), &hash);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the entry's header cannot be hashed");
    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | hash.at[i];
    *ret_tag = (int64_t)number;
    return PTN_OK;
}

/* What stands at a place. */
struct standing {
    int64_t tag;
    int64_t kind;
    enum ptn_view_state state;
    bool has_person;
    uint8_t person[PTN_VIEW_KEY_LEN];
};

static struct ptn_status standing_at(struct ptn_view *view, int64_t at, struct standing *ret,
                                     struct ptn_diag *reterr)
{
    const struct ptn_sql_value where[] = { ptn_sql_number(at) };
    struct ptn_sql_value row[4] = { [3] = { .type = PTN_SQL_BLOB } };
    struct ptn_status status = ptn_view_ask_one(view, PTN_SQL_GET_ENTRY, where, 1, row, 4, reterr);

    if (ptn_ok(status) && (row[2].number < 0 || row[2].number >= (int64_t)PTN_VIEW_STATE_COUNT))
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view's file is damaged: no such state");
    if (ptn_ok(status)) {
        *ret = (struct standing){ .tag = row[0].number,
                                  .kind = row[1].number,
                                  .state = (enum ptn_view_state)row[2].number,
                                  .has_person = row[3].bytes.len == PTN_VIEW_KEY_LEN };
        if (ret->has_person)
            memcpy(ret->person, row[3].bytes.at, PTN_VIEW_KEY_LEN);
    }
    ptn_view_ask_end(view);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view lacks an entry its cursor counts");
    return status;
}

/* An entry from before the cursor: is it the one that stands there? */
static struct ptn_status compare(struct ptn_view *view, int64_t at, int64_t tag,
                                 struct standing *ret_standing, struct ptn_diag *reterr)
{
    struct ptn_status status;

    *ret_standing = (struct standing){ 0 };
    status = ptn_view_failed(view, standing_at(view, at, ret_standing, reterr));
    if (ptn_ok(status) && ret_standing->tag != tag)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "another entry stands at this place: the ledger has forked");
    return status;
}

static bool is_of_use(uint32_t kind)
{
    return kind == PTN_RECORD_CROSSING || kind == PTN_RECORD_DECISION ||
           kind == PTN_RECORD_ACCESS || kind == PTN_RECORD_CASE || kind == PTN_RECORD_PACK ||
           kind == PTN_RECORD_SHEET || kind == PTN_RECORD_SHEETS_TOLD || kind == PTN_RECORD_AGAIN ||
           kind == PTN_RECORD_PERMIT || kind == PTN_RECORD_IDENTITY ||
           kind == PTN_RECORD_CORRECTION;
}

/* Put the rows of an entry, or the one row that says why there are none. */
static struct ptn_status put_entry(struct ptn_view *view, int64_t at, int64_t tag,
                                   const struct ptn_view_entry *entry,
                                   enum ptn_view_state *ret_state, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    enum ptn_view_state state = PTN_VIEW_PASSED;
    struct ptn_status status = PTN_OK;

    if (is_of_use(header->kind)) {
        state = PTN_VIEW_UNREADABLE;
        if (entry->payload.len > 0)
            status = ptn_view_put_rows(view, at, tag, entry, reterr);
        if (entry->payload.len > 0 && ptn_ok(status))
            state = PTN_VIEW_KEPT;
        if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
            status = PTN_OK; /* no record of its kind: the view goes on without it */
    }
    if (ptn_ok(status) && state != PTN_VIEW_KEPT) {
        const struct ptn_sql_value values[] = {
            ptn_sql_number(at),  ptn_sql_number(header->time_ms), ptn_sql_number(header->retention),
            ptn_sql_number(tag), ptn_sql_number(header->kind),    ptn_sql_number(state),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_OTHER, values, 6, NULL, reterr);
    }
    if (ptn_ok(status))
        *ret_state = state;
    return status;
}

/* VIEW-1. */
struct ptn_status ptn_view_apply(struct ptn_view *view, const struct ptn_view_entry *entry,
                                 struct ptn_diag *reterr)
{
    struct ptn_view_origin *origin;
    enum ptn_view_state state = PTN_VIEW_PASSED;
    struct ptn_status status;
    int64_t tag = 0;

    PTN_PRE(view->in_transaction);
    origin = ptn_view_origin_find(view, entry->origin);
    if (entry->seq > (origin == NULL ? 0 : origin->next))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "entries before this one are missing");
    if (entry->seq >= PTN_VIEW_ENTRIES_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no ledger is this long");
    status = tag_of(view, entry->header, &tag, reterr);
    if (!ptn_ok(status))
        return ptn_view_failed(view, status);
    if (origin != NULL && entry->seq < origin->next) {
        struct standing standing;

        return compare(view, ptn_view_at(origin->no, entry->seq), tag, &standing, reterr);
    }
    if (origin == NULL)
        status = ptn_view_origin_make(view, entry->origin, &origin, reterr);
    if (ptn_ok(status))
        status = put_entry(view, ptn_view_at(origin->no, entry->seq), tag, entry, &state, reterr);
    if (!ptn_ok(status))
        return ptn_view_failed(view, status);
    view->applied++;
    origin->next++;
    origin->counts[state]++;
    origin->changed = true;
    return PTN_OK;
}

struct ptn_status ptn_view_mend(struct ptn_view *view, const struct ptn_view_entry *entry,
                                struct ptn_diag *reterr)
{
    struct ptn_view_origin *origin;
    struct standing standing;
    enum ptn_view_state state = PTN_VIEW_UNREADABLE;
    struct ptn_sql_value where;
    struct ptn_status status;
    int64_t tag = 0;

    PTN_PRE(view->in_transaction);
    origin = ptn_view_origin_find(view, entry->origin);
    if (origin == NULL || entry->seq >= origin->next)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the entry has not been applied");
    where = ptn_sql_number(ptn_view_at(origin->no, entry->seq));
    status = ptn_view_failed(view, tag_of(view, entry->header, &tag, reterr));
    if (ptn_ok(status))
        status = compare(view, where.number, tag, &standing, reterr);
    if (!ptn_ok(status) || standing.state != PTN_VIEW_UNREADABLE || entry->payload.len == 0)
        return status;
    status = ptn_view_run(view, PTN_SQL_DROP_OTHER, &where, 1, reterr);
    if (ptn_ok(status))
        status = put_entry(view, where.number, tag, entry, &state, reterr);
    if (!ptn_ok(status))
        return ptn_view_failed(view, status);
    origin->counts[PTN_VIEW_UNREADABLE]--;
    origin->counts[state]++;
    origin->changed = true;
    return PTN_OK;
}

/* ---- erasing ---- */

static struct ptn_status drop_row(struct ptn_view *view, int64_t at,
                                  const struct standing *standing, struct ptn_diag *reterr)
{
    const struct ptn_sql_value where = ptn_sql_number(at);
    enum ptn_sql_statement drop = PTN_SQL_DROP_OTHER;
    struct ptn_sql_value who = ptn_sql_blob(ptn_bytes_of(standing->person, PTN_VIEW_KEY_LEN));
    struct ptn_sql_value used = { .type = PTN_SQL_NUMBER };
    struct ptn_status status;

    if (standing->state == PTN_VIEW_KEPT)
        drop = standing->kind == PTN_RECORD_CROSSING     ? PTN_SQL_DROP_CROSSING
               : standing->kind == PTN_RECORD_DECISION   ? PTN_SQL_DROP_DECISION
               : standing->kind == PTN_RECORD_CASE       ? PTN_SQL_DROP_CASE
               : standing->kind == PTN_RECORD_SHEET      ? PTN_SQL_DROP_SHEET
               : standing->kind == PTN_RECORD_AGAIN      ? PTN_SQL_DROP_LATE
               : standing->kind == PTN_RECORD_PERMIT     ? PTN_SQL_DROP_PERMIT
               : standing->kind == PTN_RECORD_IDENTITY   ? PTN_SQL_DROP_IDENTITY
               : standing->kind == PTN_RECORD_CORRECTION ? PTN_SQL_DROP_CORRECTION
                                                         : PTN_SQL_DROP_ACCESS;
    status = ptn_view_run(view, drop, &where, 1, reterr);
    if (!ptn_ok(status) || !standing->has_person)
        return status;
    status = ptn_view_ask_one(view, PTN_SQL_IS_PERSON_USED, &who, 1, &used, 1, reterr);
    ptn_view_ask_end(view);
    if (ptn_ok(status) && used.number == 0)
        status = ptn_view_drop_person(view, standing->person, reterr);
    return status;
}

/* VIEW-3. */
struct ptn_status ptn_view_forget(struct ptn_view *view, const char *origin_name, uint64_t seq,
                                  struct ptn_diag *reterr)
{
    struct ptn_view_origin *origin;
    struct standing standing;
    struct ptn_status status;
    int64_t at;

    PTN_PRE(view->in_transaction);
    origin = ptn_view_origin_find(view, origin_name);
    if (origin == NULL || seq >= origin->next)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the entry has not been applied");
    at = ptn_view_at(origin->no, seq);
    status = standing_at(view, at, &standing, reterr);
    if (!ptn_ok(status) || standing.state == PTN_VIEW_ERASED)
        return ptn_view_failed(view, status);
    status = drop_row(view, at, &standing, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            ptn_sql_number(at),
            ptn_sql_number(0),
            ptn_sql_number(0),
            ptn_sql_number(standing.tag),
            ptn_sql_number(standing.kind),
            ptn_sql_number(PTN_VIEW_ERASED),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_OTHER, values, 6, NULL, reterr);
    }
    if (!ptn_ok(status))
        return ptn_view_failed(view, status);
    origin->counts[standing.state]--;
    origin->counts[PTN_VIEW_ERASED]++;
    origin->changed = true;
    view->forgot = true;
    return PTN_OK;
}

struct ptn_status ptn_view_unreadable(struct ptn_view *view, const char *origin_name, uint64_t from,
                                      uint64_t *ret_seq, struct ptn_diag *reterr)
{
    const struct ptn_view_origin *origin = ptn_view_origin_find(view, origin_name);
    struct ptn_sql_value found = { .type = PTN_SQL_NUMBER };
    struct ptn_sql_value range[2];
    struct ptn_status status;

    if (origin == NULL || from >= origin->next)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "none from there on");
    range[0] = ptn_sql_number(ptn_view_at(origin->no, from));
    range[1] = ptn_sql_number(ptn_view_at(origin->no + 1, 0));
    status = ptn_view_ask_one(view, PTN_SQL_GET_UNREADABLE, range, 2, &found, 1, reterr);
    ptn_view_ask_end(view);
    if (ptn_ok(status))
        *ret_seq = (uint64_t)found.number & (PTN_VIEW_ENTRIES_MAX - 1);
    return status;
}
