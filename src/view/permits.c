/*
 * view/permits.c -- visas and permits on record: their rows, and those of one person.
 */
#include "record/permit.h"
#include "view/search_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct ptn_status ptn_view_put_permit(struct ptn_view *view, int64_t at, int64_t tag,
                                      const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_permit permit;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes person = PTN_BYTES_NONE;
    struct ptn_status status = ptn_permit_parse(entry->payload, &permit, reterr);

    if (ptn_ok(status))
        status = ptn_view_put_person(view, &permit.person, key, &person, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&permit.id),
            ptn_sql_number(permit.kind),
            ptn_sql_text(ptn_bytes_from_text(permit.issuer)),
            ptn_sql_text(permit.number),
            ptn_sql_number(permit.status),
            ptn_sql_number(ptn_view_day_number(permit.from)),
            ptn_sql_number(ptn_view_day_number(permit.until)),
            ptn_sql_number((int64_t)permit.days),
            ptn_sql_number((int64_t)permit.entries),
            ptn_sql_number((int64_t)permit.entries_used),
            ptn_sql_text(permit.imported),
            ptn_sql_blob(person),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_PERMIT, values, COUNT(values), NULL, reterr);
    }
    return status;
}

void ptn_view_take_permit(struct ptn_view_ask *ask, struct ptn_view_permit *row)
{
    struct ptn_permit *permit = &row->permit;
    struct ptn_bytes issuer = ptn_view_ask_text(ask, 3);

    *row = (struct ptn_view_permit){ 0 };
    row->origin = ptn_view_ask_place(ask, 0, &row->seq);
    permit->id = ptn_view_ask_id(ask, 1);
    permit->kind = (enum ptn_permit_kind)ptn_view_ask_enum(ask, 2, 1, PTN_PERMIT_COUNT);
    if (issuer.len < sizeof(permit->issuer) && issuer.len > 0)
        memcpy(permit->issuer, issuer.at, issuer.len);
    permit->number = ptn_view_ask_text(ask, 4);
    permit->status = (enum ptn_permit_status)ptn_view_ask_enum(ask, 5, 1, PTN_PERMIT_STATUS_COUNT);
    permit->from = ptn_view_ask_date(ask, 6);
    permit->until = ptn_view_ask_date(ask, 7);
    permit->days = (uint64_t)ask->row[8].number;
    permit->entries = (uint64_t)ask->row[9].number;
    permit->entries_used = (uint64_t)ask->row[10].number;
    permit->imported = ptn_view_ask_text(ask, 11);
}

void ptn_view_start_permits(struct ptn_view_ask *ask, bool by_document,
                            const struct ptn_sql_value *values)
{
    ptn_view_ask_start(ask,
                       by_document ? PTN_SQL_FIND_PERMITS_SUBJECT : PTN_SQL_FIND_PERMITS_PERSON,
                       "nbnttnnnnnnt", values, by_document ? 4 : 2);
}

size_t ptn_view_take_permits(struct ptn_view_ask *ask, bool by_document,
                             const struct ptn_sql_value *values, struct ptn_view_permit *ret_rows,
                             size_t max)
{
    size_t count = 0;

    ptn_view_start_permits(ask, by_document, values);
    while (count < max && ptn_view_ask_next(ask))
        ptn_view_take_permit(ask, &ret_rows[count++]);
    ptn_view_ask_end(ask->view);
    return count;
}
