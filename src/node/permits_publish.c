/*
 * node/permits_publish.c -- at a centre: what is to be published of the permits its ledger knows.
 * See published.h, docs/format/permits.md.
 */
#include <stdlib.h>

#include "node/permit_slots_int.h"
#include "node/published.h"

#define BYTES_MAX   ((size_t)1 << 30)
#define RECORDS_MAX 4096u

/* ---- what the ledger has ---- */

/* One permit of the ledger: the last record of its issuer and number. */
struct permit {
    struct ptn_hash name; /* SHA-256 of issuer and number */
    size_t order;
    struct ptn_bytes payload;
};

struct ledger {
    struct ptn_arena *arena;
    struct permit *permits;
    size_t count, room;
    struct ptn_permit_slots_part *parts; /* records of kind permits */
    struct ptn_permits_former *formers;  /* the same, permits not counted yet */
    size_t part_count, part_room, former_room;
};

static void *grown(void *at, size_t *room, size_t count, size_t size)
{
    size_t more = *room == 0 ? 256 : 2 * *room;
    void *next = count < *room ? at : realloc(at, more * size);

    if (next != NULL && count == *room)
        *room = more;
    return next;
}

static struct ptn_status keep_permit(struct ledger *ledger, struct ptn_bytes payload)
{
    struct ptn_permit permit;
    struct ptn_bytes name[3];
    struct permit *more;
    char *copy;

    if (!ptn_ok(ptn_permit_parse(payload, &permit, NULL)))
        return PTN_OK;
    more = grown(ledger->permits, &ledger->room, ledger->count, sizeof(*more));
    copy = ptn_arena_text(ledger->arena, payload);
    if (more != NULL)
        ledger->permits = more;
    if (more == NULL || copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    name[0] = ptn_bytes_from_text(permit.issuer);
    name[1] = PTN_BYTES_LITERAL("|");
    name[2] = permit.number;
    more += ledger->count;
    *more = (struct permit){ .order = ledger->count++, .payload = ptn_bytes_of(copy, payload.len) };
    return ptn_sha256(name, 3, more->name.at);
}

static struct ptn_status keep_record(struct ledger *ledger, struct ptn_bytes payload)
{
    char *copy = ptn_arena_text(ledger->arena, payload);
    struct ptn_permits_published said;
    struct ptn_permits_former *formers;
    struct ptn_permit_slots_part *parts;
    char *salt;

    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    payload = ptn_bytes_of(copy, payload.len);
    if (!ptn_ok(ptn_permits_published_parse(payload, &said, NULL)))
        return PTN_OK;
    parts = grown(ledger->parts, &ledger->part_room, ledger->part_count, sizeof(*parts));
    formers = grown(ledger->formers, &ledger->former_room, ledger->part_count, sizeof(*formers));
    salt = ptn_arena_text(ledger->arena, ptn_bytes_of(said.salt, sizeof(said.salt)));
    if (parts != NULL)
        ledger->parts = parts;
    if (formers != NULL)
        ledger->formers = formers;
    if (parts == NULL || formers == NULL || salt == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    parts += ledger->part_count;
    formers += ledger->part_count;
    ledger->part_count++;
    *parts = (struct ptn_permit_slots_part){ .salt = (const uint8_t *)salt, .slots = said.slots };
    *formers = (struct ptn_permits_former){ .time_ms = said.time_ms };
    return ptn_sha256(&payload, 1, formers->name.at);
}

static int by_name(const void *a, const void *b)
{
    const struct permit *first = a;
    const struct permit *second = b;
    int order = memcmp(first->name.at, second->name.at, PTN_HASH_LEN);

    if (order != 0)
        return order;
    return first->order < second->order ? -1 : first->order > second->order;
}

/* The last of each name. */
static void keep_last(struct ledger *ledger)
{
    size_t kept = 0;

    if (ledger->count > 0)
        qsort(ledger->permits, ledger->count, sizeof(*ledger->permits), by_name);
    for (size_t i = 0; i < ledger->count; i++)
        if (i + 1 == ledger->count ||
            !ptn_hash_equal(&ledger->permits[i].name, &ledger->permits[i + 1].name))
            ledger->permits[kept++] = ledger->permits[i];
    ledger->count = kept;
}

static void release(struct ledger *ledger)
{
    ptn_arena_free(ledger->arena);
    free(ledger->permits);
    free(ledger->parts);
    free(ledger->formers);
}

/* ---- publish ---- */

struct ptn_permits_publication {
    const struct ptn_world *world;
    struct ledger ledger;
    struct ptn_permit_slots *published;
    struct ptn_permits_published said;
    struct ptn_buffer slots; /* of the record at hand */
    struct ptn_buffer bytes; /* of all records, one after another */
    size_t ends[RECORDS_MAX];
    size_t count, added;
};

/* Whether the last slot of this permit says the same. */
struct comparing {
    const struct ptn_permit *permit;
    bool same;
};

static struct ptn_status compare(void *context, const struct ptn_permit *there)
{
    struct comparing *comparing = context;
    const struct ptn_permit *permit = comparing->permit;

    if (there == NULL || strcmp(there->issuer, permit->issuer) != 0 ||
        !ptn_bytes_equal(there->number, permit->number))
        return PTN_OK;
    comparing->same = there->kind == permit->kind && there->status == permit->status &&
                      ptn_date_equal(there->from, permit->from) &&
                      ptn_date_equal(there->until, permit->until) && there->days == permit->days &&
                      there->entries == permit->entries &&
                      there->entries_used == permit->entries_used;
    return PTN_OK;
}

static struct ptn_status end_record(struct ptn_permits_publication *publication,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (publication->slots.len == 0)
        return PTN_OK;
    if (publication->count == RECORDS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more than one publication holds");
    publication->said.slots = ptn_buffer_bytes(&publication->slots);
    status = ptn_permits_published_write(&publication->said, &publication->bytes);
    if (ptn_ok(status))
        publication->ends[publication->count++] = publication->bytes.len;
    ptn_buffer_clear(&publication->slots);
    return status;
}

static struct ptn_status add_one(struct ptn_permits_publication *publication,
                                 struct ptn_bytes payload, struct ptn_diag *reterr)
{
    struct ptn_permit permit;
    struct comparing comparing = { &permit, false };
    struct ptn_permit_key key;
    size_t before = publication->slots.len;
    struct ptn_status status = ptn_permit_parse(payload, &permit, reterr);

    if (ptn_ok(status))
        status = ptn_permit_slots_each(publication->published, &permit.person, /* raw= */ true,
                                       compare, &comparing);
    if (!ptn_ok(status) || comparing.same)
        return status;
    status = ptn_permit_key_of(&permit.person, publication->said.salt, &key);
    if (ptn_ok(status))
        status = ptn_permit_slot_write(publication->world, &key, &permit, &publication->slots);
    if (status.code == PTN_C_TOO_BIG && before > 0) { /* into the next record */
        status = end_record(publication, reterr);
        if (ptn_ok(status))
            status = ptn_permit_slot_write(publication->world, &key, &permit, &publication->slots);
    }
    explicit_bzero(&key, sizeof(key));
    publication->added += ptn_ok(status) ? 1u : 0u;
    return status;
}

static struct ptn_status make_records(struct ptn_permits_publication *publication,
                                      struct ptn_diag *reterr)
{
    struct ledger *ledger = &publication->ledger;
    struct ptn_status status =
        ptn_permit_slots_make(ledger->parts, ledger->part_count, &publication->published);

    if (ledger->part_count > 0)
        memcpy(publication->said.salt, ledger->parts[0].salt, sizeof(publication->said.salt));
    else
        publication->world->random(publication->world->context, publication->said.salt,
                                   sizeof(publication->said.salt));
    for (size_t i = 0; ptn_ok(status) && i < ledger->count; i++)
        status = add_one(publication, ledger->permits[i].payload, reterr);
    return ptn_ok(status) ? end_record(publication, reterr) : status;
}

struct ptn_permits_publication *ptn_permits_publication_new(const struct ptn_world *world)
{
    struct ptn_permits_publication *publication = calloc(1, sizeof(*publication));

    if (publication == NULL)
        return NULL;
    publication->world = world;
    ptn_buffer_init(&publication->slots, PTN_PERMITS_SLOTS_MAX);
    ptn_buffer_init(&publication->bytes, BYTES_MAX);
    publication->ledger.arena = ptn_arena_new(BYTES_MAX);
    if (publication->ledger.arena != NULL)
        return publication;
    ptn_permits_publication_free(publication);
    return NULL;
}

void ptn_permits_publication_free(struct ptn_permits_publication *publication)
{
    if (publication == NULL)
        return;
    ptn_permit_slots_leave(publication->published);
    ptn_buffer_release(&publication->slots);
    ptn_buffer_release(&publication->bytes);
    release(&publication->ledger);
    free(publication);
}

struct ptn_status ptn_permits_publication_take(struct ptn_permits_publication *publication,
                                               enum ptn_record_kind kind, struct ptn_bytes payload)
{
    return kind == PTN_RECORD_PERMIT    ? keep_permit(&publication->ledger, payload)
           : kind == PTN_RECORD_PERMITS ? keep_record(&publication->ledger, payload)
                                        : PTN_OK;
}

struct ptn_status ptn_permits_publication_make(struct ptn_permits_publication *publication,
                                               const char *code, const char *officer,
                                               struct ptn_diag *reterr)
{
    keep_last(&publication->ledger);
    publication->said.time_ms = publication->world->now_ms(publication->world->context);
    publication->said.post = ptn_bytes_from_text(code);
    publication->said.officer = ptn_bytes_from_text(officer);
    return make_records(publication, reterr);
}

size_t ptn_permits_publication_permits(const struct ptn_permits_publication *publication)
{
    return publication->ledger.count;
}

size_t ptn_permits_publication_added(const struct ptn_permits_publication *publication)
{
    return publication->added;
}

bool ptn_permits_publication_record(const struct ptn_permits_publication *publication, size_t index,
                                    struct ptn_bytes *ret_payload)
{
    size_t from = index == 0 ? 0 : publication->ends[index - 1];

    if (index >= publication->count)
        return false;
    *ret_payload = ptn_bytes_slice(ptn_buffer_bytes(&publication->bytes), from,
                                   publication->ends[index] - from);
    return true;
}

bool ptn_permits_publication_former(const struct ptn_permits_publication *publication, size_t index,
                                    struct ptn_permits_former *ret_former)
{
    const struct ledger *ledger = &publication->ledger;
    struct ptn_permit_slot slot;
    struct ptn_cursor cursor;

    if (index >= ledger->part_count)
        return false;
    *ret_former = ledger->formers[index];
    cursor = ptn_cursor_at(ledger->parts[index].slots);
    while (ptn_ok(ptn_permit_slot_next(&cursor, &slot)))
        ret_former->permits++;
    return true;
}
