/*
 * view/identity.c -- which descriptions are said to be one person, by whom, and until when.
 *
 * A joining stands until a parting names it, in whatever order the two came: what stands is worked
 * out when it is asked for. The rows hold both descriptions word for word; nobody is found by name
 * because of them (IDENTITY-1).
 */
#include "view/search_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TYPES        "nbnnbtttntbbbbn"
#define KEYS_ASKED   64u

/* What a description is joined by: its document, else itself word for word. cbor: as it is
 * stored. */
static struct ptn_status subject_of(struct ptn_view *view, const struct ptn_person *person,
                                    struct ptn_bytes cbor, uint8_t at[PTN_VIEW_KEY_LEN],
                                    struct ptn_diag *reterr)
{
    struct ptn_bytes subject = PTN_BYTES_NONE;

    if (person->document.number.len > 0)
        return ptn_view_subject(view, person, at, &subject, reterr);
    return ptn_view_key_of(view, &cbor, 1, at, reterr);
}

int ptn_view_identity_order(const struct ptn_view_identity *a, const struct ptn_view_identity *b)
{
    int order = ptn_bytes_compare(a->person.document.number, b->person.document.number);

    if (order == 0 && a->person.document.number.len == 0)
        return memcmp(a->key.at, b->key.at, sizeof(a->key.at));
    if (order == 0)
        order = strcmp(a->person.document.issuer, b->person.document.issuer);
    return order == 0 ? ptn_date_compare(a->person.birth, b->person.birth) : order;
}

/* ---- rows ---- */

struct ptn_status ptn_view_put_identity(struct ptn_view *view, int64_t at, int64_t tag,
                                        const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_identity decision;
    uint8_t one[PTN_VIEW_KEY_LEN];
    uint8_t other[PTN_VIEW_KEY_LEN];
    size_t one_len = 0;
    struct ptn_bytes one_cbor = PTN_BYTES_NONE;
    struct ptn_bytes other_cbor = PTN_BYTES_NONE;
    struct ptn_status status = ptn_identity_parse(entry->payload, &decision, reterr);

    ptn_buffer_clear(&view->person);
    if (ptn_ok(status))
        status = ptn_person_write(&decision.one, &view->person);
    one_len = view->person.len;
    if (ptn_ok(status))
        status = ptn_person_write(&decision.other, &view->person);
    if (ptn_ok(status)) {
        one_cbor = ptn_bytes_slice(ptn_buffer_bytes(&view->person), 0, one_len);
        other_cbor = ptn_bytes_slice(ptn_buffer_bytes(&view->person), one_len, view->person.len);
        status = subject_of(view, &decision.one, one_cbor, one, reterr);
    }
    if (ptn_ok(status))
        status = subject_of(view, &decision.other, other_cbor, other, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&decision.id),
            ptn_sql_number(decision.time_ms),
            ptn_sql_number(decision.act),
            ptn_view_id_value(&decision.of),
            ptn_sql_text(decision.post),
            ptn_sql_text(decision.officer),
            ptn_sql_text(decision.second),
            ptn_sql_number(decision.lessens ? 1 : 0),
            ptn_sql_text(decision.reason),
            ptn_sql_blob(ptn_bytes_of(one, sizeof(one))),
            ptn_sql_blob(ptn_bytes_of(other, sizeof(other))),
            ptn_sql_blob(one_cbor),
            ptn_sql_blob(other_cbor),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_IDENTITY, values, COUNT(values), NULL, reterr);
    }
    return status;
}

/* ---- asking ---- */

/* A decision, and what its two descriptions are joined by. */
struct decided {
    struct ptn_view_joining joining;
    struct ptn_view_key one, other;
};

static void take_key(struct ptn_view_ask *ask, size_t column, struct ptn_view_key *ret_key)
{
    struct ptn_bytes cbor = ask->row[column].bytes;
    struct ptn_status status = ptn_view_key_of(ask->view, &cbor, 1, ret_key->at, ask->reterr);

    if (!ptn_ok(status))
        ptn_view_ask_fail(ask, status.code, "a key cannot be hashed");
}

static void take(struct ptn_view_ask *ask, struct decided *row)
{
    struct ptn_identity *decision = &row->joining.decision;

    *row = (struct decided){ .joining = { .seq = 0 } };
    row->joining.origin = ptn_view_ask_place(ask, 0, &row->joining.seq);
    decision->id = ptn_view_ask_id(ask, 1);
    decision->time_ms = ask->row[2].number;
    decision->act = (enum ptn_identity_act)ptn_view_ask_enum(ask, 3, 1, PTN_IDENTITY_ACT_COUNT);
    decision->of = ptn_view_ask_id(ask, 4);
    decision->post = ptn_view_ask_text(ask, 5);
    decision->officer = ptn_view_ask_text(ask, 6);
    decision->second = ptn_view_ask_text(ask, 7);
    decision->lessens = ptn_view_ask_enum(ask, 8, 0, 2) != 0;
    decision->reason = ptn_view_ask_text(ask, 9);
    row->one = ptn_view_ask_key(ask, 10);
    row->other = ptn_view_ask_key(ask, 11);
    take_key(ask, 12, &row->joining.one_key);
    take_key(ask, 13, &row->joining.other_key);
    ptn_view_ask_person(ask, 12, &decision->one);
    ptn_view_ask_person(ask, 13, &decision->other);
    row->joining.standing = ptn_view_ask_enum(ask, 14, 0, 2) != 0;
}

struct ptn_status ptn_view_joining(struct ptn_view *view, const struct ptn_record_id *id,
                                   struct ptn_arena *arena, struct ptn_view_joining *ret_joining,
                                   struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    const struct ptn_sql_value value = ptn_view_id_value(id);
    struct decided row = { .joining = { .seq = 0 } };

    ask.status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    ptn_view_ask_start(&ask, PTN_SQL_GET_JOINING, TYPES, &value, 1);
    if (ptn_view_ask_next(&ask))
        take(&ask, &row);
    else
        ptn_view_ask_fail(&ask, PTN_C_NOT_FOUND, "no such joining");
    ptn_view_ask_end(view);
    ptn_view_read_end(view);
    if (ptn_ok(ask.status))
        *ret_joining = row.joining;
    return ask.status;
}

/* ---- which belong to a page ---- */

struct gathering {
    struct ptn_view_ask ask;
    struct ptn_view_identity *identities;
    struct ptn_view_key subjects[PTN_VIEW_IDENTITY_MAX]; /* of each */
    size_t count;
    struct ptn_view_joining *joinings;
    size_t joining_count;
    bool more;
};

static void add_identity(struct gathering *gathering, const struct ptn_view_key *subject,
                         const struct ptn_view_key *key, const struct ptn_person *person)
{
    for (size_t i = 0; i < gathering->count; i++)
        if (memcmp(gathering->subjects[i].at, subject->at, sizeof(subject->at)) == 0)
            return;
    if (gathering->count == PTN_VIEW_IDENTITY_MAX) {
        gathering->more = true;
        return;
    }
    gathering->subjects[gathering->count] = *subject;
    gathering->identities[gathering->count++] = (struct ptn_view_identity){ *key, *person };
}

/* A decision stands once on a page, whoever's it names and however many ledgers hold it. */
static void add_joining(struct gathering *gathering, const struct ptn_view_joining *joining)
{
    for (size_t i = 0; i < gathering->joining_count; i++)
        if (ptn_record_id_equal(gathering->joinings[i].decision.id, joining->decision.id))
            return;
    if (gathering->joining_count == PTN_VIEW_JOINING_MAX)
        gathering->more = true;
    else
        gathering->joinings[gathering->joining_count++] = *joining;
}

static void follow(struct gathering *gathering, const struct ptn_view_key *subject)
{
    struct ptn_view_ask *ask = &gathering->ask;
    const struct ptn_sql_value values[] = {
        ptn_sql_blob(ptn_bytes_of(subject->at, sizeof(subject->at))),
        ptn_sql_number(PTN_VIEW_JOINING_MAX + 1),
    };

    ptn_view_ask_start(ask, PTN_SQL_FIND_IDENTITIES, TYPES, values, 2);
    while (ptn_view_ask_next(ask)) {
        struct decided row;

        take(ask, &row);
        if (!ptn_ok(ask->status))
            break;
        add_joining(gathering, &row.joining);
        if (!row.joining.standing)
            continue;
        add_identity(gathering, &row.one, &row.joining.one_key, &row.joining.decision.one);
        add_identity(gathering, &row.other, &row.joining.other_key, &row.joining.decision.other);
    }
    ptn_view_ask_end(ask->view);
}

struct ptn_status ptn_view_take_identities(struct ptn_view *view, struct ptn_arena *arena,
                                           const struct ptn_view_identity *own,
                                           struct ptn_view_history *history,
                                           struct ptn_diag *reterr)
{
    struct gathering gathering = { .ask = { .view = view, .arena = arena, .reterr = reterr } };
    struct ptn_view_key subject = own->key;
    struct ptn_bytes named;

    gathering.identities = ptn_arena_take(arena, PTN_VIEW_IDENTITY_MAX * sizeof(*own));
    gathering.joinings = ptn_arena_take(arena, PTN_VIEW_JOINING_MAX * sizeof(*gathering.joinings));
    if (gathering.identities == NULL || gathering.joinings == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "the answer does not fit its arena");
    if (own->person.document.number.len > 0)
        gathering.ask.status = ptn_view_subject(view, &own->person, subject.at, &named, reterr);
    add_identity(&gathering, &subject, &own->key, &own->person);
    for (size_t i = 0; i < gathering.count && ptn_ok(gathering.ask.status); i++)
        follow(&gathering, &gathering.subjects[i]);
    history->identities = gathering.identities;
    history->identity_count = gathering.count;
    history->joinings = gathering.joinings;
    history->joining_count = gathering.joining_count;
    history->more_identities = gathering.more;
    return gathering.ask.status;
}

/* ---- beside what a search found ---- */

struct ptn_status ptn_view_count_joined(struct ptn_view *view, struct ptn_arena *arena,
                                        struct ptn_view_person *rows, size_t count,
                                        struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    struct ptn_view_key subjects[KEYS_ASKED];
    struct ptn_sql_value values[KEYS_ASKED];
    struct ptn_bytes named;

    for (size_t first = 0; first < count && ptn_ok(ask.status); first += KEYS_ASKED) {
        const size_t some = count - first < KEYS_ASKED ? count - first : KEYS_ASKED;

        for (size_t i = 0; i < KEYS_ASKED; i++) {
            if (i < some) {
                subjects[i] = rows[first + i].key;
                if (rows[first + i].person.document.number.len > 0 && ptn_ok(ask.status))
                    ask.status = ptn_view_subject(view, &rows[first + i].person, subjects[i].at,
                                                  &named, reterr);
            }
            values[i] =
                ptn_sql_blob(ptn_bytes_of(subjects[i < some ? i : 0].at, sizeof(subjects[0].at)));
        }
        ptn_view_ask_start(&ask, PTN_SQL_JOINED_OF_KEYS, "bn", values, KEYS_ASKED);
        while (ptn_view_ask_next(&ask)) {
            struct ptn_view_key key = ptn_view_ask_key(&ask, 0);

            for (size_t i = 0; i < some; i++)
                if (memcmp(key.at, subjects[i].at, sizeof(key.at)) == 0)
                    rows[first + i].joined = (size_t)ask.row[1].number;
        }
    }
    return ask.status;
}
