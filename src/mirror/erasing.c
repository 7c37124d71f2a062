#include "mirror/erasing.h"

#include <stdio.h>
#include <stdlib.h>

#include "record/notice.h"
#include "record/record.h"
#include "trust/authorise.h"

#define READ_MAX      256u /* entries read in one call */
#define FOUND_MAX     256u /* payloads erased in one call */
#define PLACES_MAX    256u
#define NOTES_MAX     256u
#define ANNULLED_MAX  1024u
#define SCHEME_PUBLIC 0x00       /* docs/format/payload.md */
#define WAITS_WORD    "72-hours" /* trust/authorise.c: what a receipt says of one that waits */

/* An order in force. */
struct in_force {
    struct ptn_hash name;
    int64_t now_ms;           /* vouched for */
    struct ptn_buffer record; /* to hand on; empty: the own ledger holds it */
    uint64_t erased, left;    /* as counted since everything was last looked at from its start */
    struct ptn_buffer months; /* the order's lines of them */
    uint64_t months_gone, months_left;
    bool told; /* the own ledger has a deletion receipt, with these numbers */
    uint64_t told_erased, told_left;
};

/* A payload that an order names. */
struct named {
    struct ptn_hash sha256;
    uint32_t order; /* the first that came */
};

/* How far one ledger was read. */
struct cursor {
    struct ptn_hash origin;
    uint64_t read;    /* for records */
    uint64_t carried; /* for payloads that are named, since the last order came */
};

struct place {
    struct ptn_erasing_place place;
    struct ptn_buffer payload;
};

/* An order's note. */
struct noted {
    struct ptn_erasing_order order;
    struct ptn_buffer note;
};

struct answer {
    struct ptn_hash order;
    struct ptn_hash origin;
    struct ptn_erasing_answer said;
};

struct ptn_erasing {
    const struct ptn_world *world;
    struct in_force *orders;
    size_t order_count, order_room;
    struct named *named;    /* sorted by sha256 */
    struct ptn_hash *names; /* the same, as ptn_ledger_find_payloads wants them */
    size_t named_count, named_room;
    struct cursor *cursors;
    size_t cursor_count, cursor_room;
    struct place places[PLACES_MAX];
    size_t place_count;
    struct noted notes[NOTES_MAX];
    size_t note_count;
    struct ptn_hash annulled[ANNULLED_MAX];
    size_t annulled_count;
    struct answer *answers;
    size_t answer_count, answer_room;
    uint64_t changes;
    struct ptn_buffer payload;
};

struct ptn_erasing *ptn_erasing_new(const struct ptn_world *world)
{
    struct ptn_erasing *erasing = calloc(1, sizeof(*erasing));

    if (erasing == NULL)
        return NULL;
    erasing->world = world;
    ptn_buffer_init(&erasing->payload, PTN_RECORD_LEN_MAX + 1);
    return erasing;
}

void ptn_erasing_free(struct ptn_erasing *erasing)
{
    if (erasing == NULL)
        return;
    for (size_t i = 0; i < erasing->order_count; i++)
        ptn_buffer_release(&erasing->orders[i].record);
    for (size_t i = 0; i < erasing->order_count; i++)
        ptn_buffer_release(&erasing->orders[i].months);
    for (size_t i = 0; i < erasing->place_count; i++)
        ptn_buffer_release(&erasing->places[i].payload);
    for (size_t i = 0; i < erasing->note_count; i++)
        ptn_buffer_release(&erasing->notes[i].note);
    ptn_buffer_release(&erasing->payload);
    free(erasing->orders);
    free(erasing->named);
    free(erasing->names);
    free(erasing->cursors);
    free(erasing->answers);
    free(erasing);
}

/* Room for count more elements of that size. The array, moved; NULL: no memory, and it is as it
 * was. */
static void *make_room(void *array, size_t *room, size_t count, size_t more, size_t size)
{
    size_t wanted = *room == 0 ? 16 : *room;
    void *larger;

    while (wanted < count + more)
        wanted *= 2;
    if (wanted == *room)
        return array;
    larger = realloc(array, wanted * size);
    if (larger != NULL)
        *room = wanted;
    return larger;
}

/* ---- ledgers, own and copied ---- */

static const char *origin_of(const struct ptn_erasing_ledger *ledger)
{
    return ledger->own != NULL ? ptn_ledger_origin(ledger->own) : ptn_copy_origin(ledger->copy);
}

static struct ptn_status size_of(const struct ptn_erasing_ledger *ledger, uint64_t *ret_size,
                                 struct ptn_diag *reterr)
{
    struct ptn_copy_standing standing;

    if (ledger->own != NULL)
        return ptn_ledger_size(ledger->own, ret_size, reterr);
    ptn_copy_standing(ledger->copy, &standing);
    *ret_size = standing.size;
    return PTN_OK;
}

static struct ptn_status read_at(const struct ptn_erasing_ledger *ledger, uint64_t index,
                                 struct ptn_ledger_header *ret_header, struct ptn_buffer *sealed,
                                 struct ptn_diag *reterr)
{
    if (ledger->own == NULL)
        return ptn_copy_read(ledger->copy, index, ret_header, sealed, reterr);
    if (sealed == NULL)
        return ptn_ledger_read(ledger->own, index, ret_header, NULL, reterr);
    return ptn_ledger_read_sealed(ledger->own, index, ret_header, sealed, reterr);
}

/* NULL: no memory. */
static struct cursor *cursor_of(struct ptn_erasing *erasing,
                                const struct ptn_erasing_ledger *ledger)
{
    struct ptn_bytes name = ptn_bytes_from_text(origin_of(ledger));
    struct ptn_hash origin;
    struct cursor *cursors;

    if (!ptn_ok(ptn_sha256(&name, 1, origin.at)))
        return NULL;
    for (size_t i = 0; i < erasing->cursor_count; i++)
        if (ptn_hash_equal(&erasing->cursors[i].origin, &origin))
            return &erasing->cursors[i];
    cursors = make_room(erasing->cursors, &erasing->cursor_room, erasing->cursor_count, 1,
                        sizeof(*cursors));
    if (cursors == NULL)
        return NULL;
    erasing->cursors = cursors;
    cursors[erasing->cursor_count] = (struct cursor){ .origin = origin };
    return &cursors[erasing->cursor_count++];
}

/* ---- orders ---- */

static struct in_force *find_order(const struct ptn_erasing *erasing, const struct ptn_hash *name)
{
    for (size_t i = 0; i < erasing->order_count; i++)
        if (ptn_hash_equal(&erasing->orders[i].name, name))
            return &erasing->orders[i];
    return NULL;
}

bool ptn_erasing_is_in_force(const struct ptn_erasing *erasing, const struct ptn_hash *order)
{
    return find_order(erasing, order) != NULL;
}

bool ptn_erasing_is_annulled(const struct ptn_erasing *erasing, const struct ptn_hash *order)
{
    for (size_t i = 0; i < erasing->annulled_count; i++)
        if (ptn_hash_equal(&erasing->annulled[i], order))
            return true;
    return false;
}

/* An order to erase: its note with the most signatures is kept. */
static void keep_note(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                      struct ptn_bytes bytes, const struct ptn_note *note)
{
    struct noted kept = { .note = { .len_max = PTN_NOTE_LEN_MAX } };
    struct noted *known = NULL;
    struct ptn_signers signers;

    if (!ptn_ok(ptn_order_name(note->text, &kept.order.name)) ||
        !ptn_ok(ptn_signers_of(roster, note, NULL, 0, &signers, NULL)) || signers.authorities == 0)
        return;
    kept.order.authorities = signers.authorities;
    for (size_t i = 0; i < erasing->note_count; i++)
        if (ptn_hash_equal(&erasing->notes[i].order.name, &kept.order.name))
            known = &erasing->notes[i];
    if ((known != NULL && known->order.authorities >= signers.authorities) ||
        (known == NULL && erasing->note_count == NOTES_MAX))
        return;
    if (!ptn_ok(ptn_buffer_add(&kept.note, bytes))) {
        ptn_buffer_release(&kept.note);
        return;
    }
    if (known == NULL)
        known = &erasing->notes[erasing->note_count++];
    else
        ptn_buffer_release(&known->note);
    *known = kept;
}

struct ptn_status ptn_erasing_order(const struct ptn_erasing *erasing, size_t index,
                                    struct ptn_erasing_order *ret_order)
{
    if (index >= erasing->note_count)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_order = erasing->notes[index].order;
    ret_order->note = ptn_buffer_bytes(&erasing->notes[index].note);
    return PTN_OK;
}

void ptn_erasing_note(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                      struct ptn_bytes bytes)
{
    struct ptn_cursor ends;
    struct ptn_order order;
    struct ptn_note note;
    struct ptn_bytes value;

    if (!ptn_ok(ptn_note_parse(bytes, &note, NULL)) || !ptn_order_looks_like(note.text) ||
        !ptn_ok(ptn_order_parse(note.text, &order, NULL)) ||
        !ptn_bytes_equal(order.country, roster->origin))
        return;
    if (order.verb == PTN_ORDER_ERASE)
        keep_note(erasing, roster, bytes, &note);
    if (order.verb != PTN_ORDER_ANNUL)
        return;
    ends = ptn_cursor_at(order.ends);
    while (ptn_order_next_line(&ends, &value) && erasing->annulled_count < ANNULLED_MAX) {
        struct ptn_hash name;

        if (ptn_hex_read_exactly(value, name.at, PTN_HASH_LEN) &&
            !ptn_erasing_is_annulled(erasing, &name) &&
            ptn_erasure_is_annulled(roster, bytes, &name))
            erasing->annulled[erasing->annulled_count++] = name;
    }
}

static int compare_named(const void *a, const void *b)
{
    return memcmp(((const struct named *)a)->sha256.at, ((const struct named *)b)->sha256.at,
                  PTN_HASH_LEN);
}

static const struct named *find_named(const struct ptn_erasing *erasing,
                                      const struct ptn_hash *sha256)
{
    const struct named wanted = { .sha256 = *sha256 };

    if (erasing->named_count == 0)
        return NULL;
    return bsearch(&wanted, erasing->named, erasing->named_count, sizeof(wanted), compare_named);
}

uint64_t ptn_erasing_changes(const struct ptn_erasing *erasing)
{
    return erasing->changes;
}

bool ptn_erasing_names(const struct ptn_erasing *erasing, const struct ptn_hash *sha256)
{
    return find_named(erasing, sha256) != NULL;
}

bool ptn_erasing_named(const struct ptn_erasing *erasing, size_t index, struct ptn_hash *ret_sha256,
                       int64_t *ret_now_ms)
{
    if (index >= erasing->named_count)
        return false;
    *ret_sha256 = erasing->named[index].sha256;
    *ret_now_ms = erasing->orders[erasing->named[index].order].now_ms;
    return true;
}

/* Everything is looked at from its start again, for it may hold what is named now. */
static void start_again(struct ptn_erasing *erasing)
{
    erasing->changes++;
    for (size_t i = 0; i < erasing->cursor_count; i++)
        erasing->cursors[i].carried = 0;
    for (size_t i = 0; i < erasing->order_count; i++) {
        erasing->orders[i].erased = 0;
        erasing->orders[i].left = 0;
    }
}

/* There is room. A payload that an earlier order names stays that one's. */
static void add_names(struct ptn_erasing *erasing, const struct ptn_order *order, uint32_t number)
{
    const size_t known = erasing->named_count;
    struct ptn_cursor payloads = ptn_cursor_at(order->payloads);
    struct ptn_bytes value;

    while (ptn_order_next_line(&payloads, &value)) {
        struct named named = { .order = number };

        if (!ptn_hex_read_exactly(value, named.sha256.at, PTN_HASH_LEN) ||
            (known > 0 &&
             bsearch(&named, erasing->named, known, sizeof(named), compare_named) != NULL))
            continue;
        erasing->named[erasing->named_count++] = named;
    }
    qsort(erasing->named, erasing->named_count, sizeof(*erasing->named), compare_named);
    for (size_t i = 0; i < erasing->named_count; i++)
        erasing->names[i] = erasing->named[i].sha256;
}

static bool reserve(struct ptn_erasing *erasing, size_t payloads)
{
    size_t room = erasing->named_room;
    struct in_force *orders =
        make_room(erasing->orders, &erasing->order_room, erasing->order_count, 1, sizeof(*orders));
    struct named *named;
    struct ptn_hash *names;

    if (orders == NULL)
        return false;
    erasing->orders = orders;
    named = make_room(erasing->named, &room, erasing->named_count, payloads, sizeof(*named));
    if (named == NULL)
        return false;
    erasing->named = named;
    names = realloc(erasing->names, room * sizeof(*names));
    if (names == NULL)
        return false;
    erasing->names = names;
    erasing->named_room = room;
    return true;
}

struct ptn_status ptn_erasing_take(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                                   struct ptn_bytes record, struct ptn_diag *reterr)
{
    struct in_force added = { .record = { .len_max = PTN_RECORD_LEN_MAX },
                              .months = { .len_max = PTN_ORDER_TEXT_MAX } };
    struct ptn_erasure_order order;
    struct in_force *known;
    struct ptn_status status = ptn_erasure_check(roster, record, &order, reterr);

    if (!ptn_ok(status))
        return status;
    known = find_order(erasing, &order.name);
    if (known != NULL) { /* the same again: perhaps of a later time, when more is due */
        if (order.now_ms > known->now_ms) {
            known->now_ms = order.now_ms;
            start_again(erasing);
        }
        return PTN_OK;
    }
    if (ptn_erasing_is_annulled(erasing, &order.name))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the order was annulled");
    if (erasing->order_count == PTN_ERASING_ORDERS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many orders to erase");
    if (!reserve(erasing, order.order.payload_count) ||
        !ptn_ok(ptn_buffer_add(&added.record, record)) ||
        !ptn_ok(ptn_buffer_add(&added.months, order.order.months))) {
        ptn_buffer_release(&added.record);
        ptn_buffer_release(&added.months);
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an order");
    }
    added.name = order.name;
    added.now_ms = order.now_ms;
    add_names(erasing, &order.order, (uint32_t)erasing->order_count);
    erasing->orders[erasing->order_count++] = added;
    start_again(erasing);
    return PTN_OK;
}

/* ---- what ledgers say ---- */

static void remember_place(struct ptn_erasing *erasing, const char *origin, uint64_t index,
                           struct ptn_bytes payload)
{
    struct place *place = &erasing->places[erasing->place_count];
    struct ptn_order_receipt receipt;

    if (erasing->place_count == PLACES_MAX ||
        !ptn_ok(ptn_order_receipt_parse(payload, &receipt, NULL)) ||
        !ptn_bytes_is(receipt.why, WAITS_WORD))
        return;
    for (size_t i = 0; i < erasing->place_count; i++)
        if (memcmp(erasing->places[i].place.order.at, receipt.order, PTN_HASH_LEN) == 0)
            return;
    *place =
        (struct place){ .place = { .index = index }, .payload = { .len_max = PTN_RECORD_LEN_MAX } };
    memcpy(place->place.order.at, receipt.order, PTN_HASH_LEN);
    (void)snprintf(place->place.origin, sizeof(place->place.origin), "%s", origin);
    if (ptn_ok(ptn_buffer_add(&place->payload, payload)))
        erasing->place_count++;
    else
        ptn_buffer_release(&place->payload);
}

struct ptn_status ptn_erasing_place(const struct ptn_erasing *erasing, size_t index,
                                    struct ptn_erasing_place *ret_place)
{
    if (index >= erasing->place_count)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_place = erasing->places[index].place;
    ret_place->payload = ptn_buffer_bytes(&erasing->places[index].payload);
    return PTN_OK;
}

static struct answer *find_answer(const struct ptn_erasing *erasing, const struct ptn_hash *order,
                                  const struct ptn_hash *origin)
{
    for (size_t i = 0; i < erasing->answer_count; i++)
        if (ptn_hash_equal(&erasing->answers[i].order, order) &&
            ptn_hash_equal(&erasing->answers[i].origin, origin))
            return &erasing->answers[i];
    return NULL;
}

bool ptn_erasing_answer(const struct ptn_erasing *erasing, const struct ptn_hash *order,
                        struct ptn_bytes origin, struct ptn_erasing_answer *ret_answer)
{
    const struct answer *answer;
    struct ptn_hash hash;

    if (!ptn_ok(ptn_sha256(&origin, 1, hash.at)))
        return false;
    answer = find_answer(erasing, order, &hash);
    if (answer != NULL)
        *ret_answer = answer->said;
    return answer != NULL;
}

bool ptn_erasing_stands(const struct ptn_erasing *erasing, const struct ptn_hash *order,
                        int64_t *ret_now_ms, bool *ret_left)
{
    const struct in_force *known = find_order(erasing, order);

    *ret_left = false;
    if (known == NULL)
        return false;
    *ret_now_ms = known->now_ms;
    for (size_t i = 0; !*ret_left && i < erasing->answer_count; i++)
        *ret_left =
            erasing->answers[i].said.left > 0 && ptn_hash_equal(&erasing->answers[i].order, order);
    return true;
}

/* A deletion receipt. False: no memory. */
static bool remember_answer(struct ptn_erasing *erasing, const struct ptn_hash *origin,
                            struct ptn_bytes payload)
{
    struct answer added = { .origin = *origin };
    struct ptn_erasure_done done;
    struct answer *known;
    struct answer *answers;

    if (!ptn_ok(ptn_erasure_done_parse(payload, &done, NULL)))
        return true;
    memcpy(added.order.at, done.order, PTN_HASH_LEN);
    added.said = (struct ptn_erasing_answer){ done.erased, done.left, done.time_ms };
    known = find_answer(erasing, &added.order, origin);
    if (known != NULL)
        known->said = added.said;
    if (known != NULL || erasing->answer_count == PTN_ERASING_ANSWERS_MAX)
        return true;
    answers = make_room(erasing->answers, &erasing->answer_room, erasing->answer_count, 1,
                        sizeof(*answers));
    if (answers == NULL)
        return false;
    erasing->answers = answers;
    answers[erasing->answer_count++] = added;
    return true;
}

/* An order that the own ledger holds need not be handed on. */
static void note_own(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                     struct ptn_bytes payload)
{
    struct ptn_erasure_order order;
    struct in_force *known;

    if (!ptn_ok(ptn_erasure_check(roster, payload, &order, NULL)))
        return;
    known = find_order(erasing, &order.name);
    if (known != NULL)
        ptn_buffer_release(&known->record);
}

static struct ptn_status take_record(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                                     const struct ptn_erasing_ledger *ledger,
                                     const struct cursor *cursor, unsigned kind,
                                     struct ptn_bytes payload)
{
    struct ptn_handed_note handed;
    struct ptn_status status = PTN_OK;

    switch (kind) {
    case PTN_RECORD_ERASURE:
        status = ptn_erasing_take(erasing, roster, payload, NULL);
        if (status.code == PTN_C_NO_MEMORY)
            return status;
        if (ledger->own != NULL)
            note_own(erasing, roster, payload);
        return PTN_OK;
    case PTN_RECORD_ERASED:
        status.code =
            remember_answer(erasing, &cursor->origin, payload) ? PTN_C_OK : PTN_C_NO_MEMORY;
        return status;
    case PTN_RECORD_RECEIPT:
        remember_place(erasing, origin_of(ledger), cursor->read, payload);
        return PTN_OK;
    case PTN_RECORD_NOTE:
        if (ptn_ok(ptn_handed_note_parse(payload, &handed, NULL)))
            ptn_erasing_note(erasing, roster, handed.note);
        return PTN_OK;
    default:
        return PTN_OK;
    }
}

static bool is_wanted(const struct ptn_ledger_header *header)
{
    return header->has_payload && header->retention == PTN_RETENTION_PUBLIC &&
           (header->kind == PTN_RECORD_ERASURE || header->kind == PTN_RECORD_ERASED ||
            header->kind == PTN_RECORD_RECEIPT || header->kind == PTN_RECORD_NOTE);
}

struct ptn_status ptn_erasing_read(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                                   const struct ptn_erasing_ledger *ledger, bool *ret_more,
                                   struct ptn_diag *reterr)
{
    struct cursor *cursor = cursor_of(erasing, ledger);
    uint64_t size = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (cursor != NULL)
        status = size_of(ledger, &size, reterr);
    for (unsigned i = 0; ptn_ok(status) && i < READ_MAX && cursor->read < size; i++) {
        struct ptn_buffer *sealed = &erasing->payload;
        struct ptn_ledger_header header = { 0 };

        status = read_at(ledger, cursor->read, &header, NULL, reterr);
        if (ptn_ok(status) && is_wanted(&header)) {
            ptn_buffer_clear(sealed);
            status = read_at(ledger, cursor->read, &header, sealed, reterr);
            if (ptn_ok(status) && sealed->len > 1 && sealed->at[0] == SCHEME_PUBLIC)
                status = take_record(erasing, roster, ledger, cursor, header.kind,
                                     ptn_bytes_of(sealed->at + 1, sealed->len - 1));
            else if (status.code == PTN_C_NOT_FOUND && ledger->copy != NULL)
                break; /* on its way */
        }
        if (ptn_ok(status))
            cursor->read++;
    }
    *ret_more = ptn_ok(status) && cursor->read < size;
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* ---- carrying out ---- */

struct carrying {
    struct ptn_erasing *erasing;
    const struct ptn_roster *roster;
    const struct ptn_erasing_ledger *ledger;
    struct ptn_erasure due[FOUND_MAX];
};

static bool is_erased(const struct ptn_erasing_ledger *ledger, uint64_t index)
{
    uint64_t first = 0;
    struct ptn_hash by;
    struct ptn_status status = ledger->own != NULL
                                   ? ptn_ledger_erased(ledger->own, index, &first, &by, NULL)
                                   : ptn_copy_erased(ledger->copy, index, &first, &by, NULL);

    return ptn_ok(status) && first == index;
}

/* Erase those of the found that one order names. */
static struct ptn_status erase_for(struct carrying *carrying, const struct ptn_erasure *found,
                                   size_t count, uint32_t number, struct ptn_diag *reterr)
{
    struct in_force *order = &carrying->erasing->orders[number];
    const struct ptn_erasing_ledger *ledger = carrying->ledger;
    uint64_t erased = 0;
    uint64_t before = 0;
    uint64_t left = 0;
    size_t due = 0;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        const struct named *named = find_named(carrying->erasing, &found[i].sealed_sha256);
        struct ptn_ledger_header header;

        if (named == NULL || named->order != number)
            continue;
        status = read_at(ledger, found[i].index, &header, NULL, reterr);
        if (!ptn_ok(status))
            return status;
        if (is_erased(ledger, found[i].index))
            before++;
        else if (ptn_erasure_is_due(carrying->roster, &header, order->now_ms))
            carrying->due[due++] = found[i];
        else
            left++;
    }
    if (due > 0)
        status =
            ledger->own != NULL
                ? ptn_ledger_erase(ledger->own, carrying->due, due, &order->name, &erased, reterr)
                : ptn_copy_erase(ledger->copy, carrying->due, due, &order->name, &erased, reterr);
    if (!ptn_ok(status))
        return status;
    order->erased += before + due;
    order->left += left;
    return PTN_OK;
}

static struct ptn_status tell_gone(const struct ptn_erasing_ledger *ledger,
                                   const struct ptn_erasure *found, size_t count,
                                   struct ptn_status (*gone)(void *context, uint64_t index),
                                   void *context)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; gone != NULL && ptn_ok(status) && i < count; i++)
        if (is_erased(ledger, found[i].index))
            status = gone(context, found[i].index);
    return status;
}

struct ptn_status ptn_erasing_carry_out(struct ptn_erasing *erasing,
                                        const struct ptn_roster *roster,
                                        const struct ptn_erasing_ledger *ledger,
                                        struct ptn_status (*gone)(void *context, uint64_t index),
                                        void *context, bool *ret_more, struct ptn_diag *reterr)
{
    struct carrying carrying = { erasing, roster, ledger, { { 0 } } };
    struct ptn_erasure found[FOUND_MAX];
    struct cursor *cursor = cursor_of(erasing, ledger);
    uint64_t size = 0;
    uint64_t next = 0;
    size_t count = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    *ret_more = false;
    if (cursor != NULL)
        status = size_of(ledger, &size, reterr);
    if (!ptn_ok(status) || erasing->named_count == 0 || cursor->carried >= size)
        return status;
    status =
        ledger->own != NULL
            ? ptn_ledger_find_payloads(ledger->own, erasing->names, erasing->named_count,
                                       cursor->carried, found, FOUND_MAX, &count, &next, reterr)
            : ptn_copy_find_payloads(ledger->copy, erasing->names, erasing->named_count,
                                     cursor->carried, found, FOUND_MAX, &count, &next, reterr);
    for (uint32_t i = 0; ptn_ok(status) && count > 0 && i < erasing->order_count; i++)
        status = erase_for(&carrying, found, count, i, reterr);
    if (ptn_ok(status))
        status = tell_gone(ledger, found, count, gone, context);
    if (!ptn_ok(status)) {
        start_again(erasing); /* what was counted of it would count twice */
        return status;
    }
    cursor->carried = next;
    *ret_more = next < size;
    return PTN_OK;
}

struct ptn_status ptn_erasing_months(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                                     struct ptn_status (*destroy)(void *context,
                                                                  struct ptn_date month),
                                     void *context)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < erasing->order_count; i++) {
        struct in_force *order = &erasing->orders[i];
        struct ptn_cursor lines = ptn_cursor_at(ptn_buffer_bytes(&order->months));
        struct ptn_date month;
        struct ptn_bytes value;
        uint64_t gone = 0;
        uint64_t left = 0;

        while (ptn_ok(status) && ptn_order_next_line(&lines, &value)) {
            if (!ptn_order_month(value, &month) ||
                !ptn_erasure_month_is_due(roster, month, order->now_ms)) {
                left++;
                continue;
            }
            gone++;
            if (gone > order->months_gone)
                status = destroy(context, month);
            if (status.code == PTN_C_NOT_FOUND)
                status = PTN_OK;
        }
        if (ptn_ok(status)) {
            order->months_gone = gone;
            order->months_left = left;
        }
    }
    return status;
}

/* ---- saying so ---- */

/* The own ledger's receipts were read like others': which of them are of this node? */
static void recall(struct in_force *order, const struct answer *own)
{
    if (own == NULL || order->told)
        return;
    order->told = true;
    order->told_erased = own->said.erased;
    order->told_left = own->said.left;
}

struct ptn_status ptn_erasing_receipts(struct ptn_erasing *erasing, struct ptn_bytes origin,
                                       ptn_erasing_append_fn append, void *context)
{
    struct ptn_buffer *out = &erasing->payload;
    struct ptn_hash own = { { 0 } };
    struct ptn_status status = ptn_sha256(&origin, 1, own.at);

    for (size_t i = 0; ptn_ok(status) && i < erasing->order_count; i++) {
        struct in_force *order = &erasing->orders[i];
        const uint64_t erased = order->erased + order->months_gone;
        const uint64_t left = order->left + order->months_left;
        struct ptn_erasure_done done = { .time_ms = erasing->world->now_ms(erasing->world->context),
                                         .erased = erased,
                                         .left = left };

        recall(order, find_answer(erasing, &order->name, &own));
        if (order->told && order->told_erased >= erased && order->told_left == left)
            continue;
        memcpy(done.order, order->name.at, PTN_HASH_LEN);
        ptn_buffer_clear(out);
        status = ptn_erasure_done_write(&done, out);
        if (ptn_ok(status))
            status = append(context, PTN_RECORD_ERASED, ptn_buffer_bytes(out));
        if (!ptn_ok(status))
            break;
        order->told = true;
        order->told_erased = erased;
        order->told_left = left;
    }
    return status;
}

struct ptn_status ptn_erasing_hand_on(struct ptn_erasing *erasing, ptn_erasing_append_fn append,
                                      void *context)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < erasing->order_count; i++) {
        struct in_force *order = &erasing->orders[i];

        if (order->record.len == 0)
            continue;
        status = append(context, PTN_RECORD_ERASURE, ptn_buffer_bytes(&order->record));
        if (ptn_ok(status))
            ptn_buffer_release(&order->record);
    }
    return status;
}
