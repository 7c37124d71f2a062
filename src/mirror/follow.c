#include "mirror/follow_int.h"

#include <stdlib.h>

#include "record/notice.h"

#define NOTE_SIGNED_MAX PTN_COPY_NOTE_MAX

struct ptn_status ptn_follow_new(const struct ptn_world *world, const char *dir, uint32_t quorum,
                                 struct ptn_follow **ret_follow)
{
    struct ptn_follow *follow = calloc(1, sizeof(*follow));

    PTN_PRE(quorum > 0);

    if (follow == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    follow->world = world;
    follow->quorum = quorum;
    follow->dir = strdup(dir);
    ptn_buffer_init(&follow->scratch, PTN_WIRE_BODY_MAX);
    if (follow->dir == NULL) {
        ptn_follow_free(follow);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    *ret_follow = follow;
    return PTN_OK;
}

static void release(struct followed *ledger)
{
    ptn_copy_close(ledger->copy);
    for (size_t i = 0; i < PTN_FOLLOW_KEEPERS_MAX; i++)
        free(ledger->shown[i].line);
}

void ptn_follow_free(struct ptn_follow *follow)
{
    if (follow == NULL)
        return;
    for (size_t i = 0; i < follow->count; i++)
        release(&follow->ledgers[i]);
    free(follow->ledgers);
    free(follow->by_id);
    free(follow->dir);
    ptn_buffer_release(&follow->scratch);
    free(follow);
}

/* Where the id is, or belongs, in by_id. */
static size_t place_of(const struct ptn_follow *follow, const struct ptn_hash *id)
{
    size_t low = 0, high = follow->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct followed *ledger = &follow->ledgers[follow->by_id[middle]];

        if (memcmp(ledger->id.at, id->at, PTN_HASH_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct followed *ptn_follow_find(struct ptn_follow *follow, const struct ptn_hash *id)
{
    size_t place = place_of(follow, id);
    struct followed *ledger = place < follow->count ? &follow->ledgers[follow->by_id[place]] : NULL;

    return ledger != NULL && ptn_hash_equal(&ledger->id, id) ? ledger : NULL;
}

static struct followed *find_name(struct ptn_follow *follow, struct ptn_bytes origin)
{
    struct ptn_hash id;

    return ptn_ok(ptn_wire_origin_hash(origin, &id)) ? ptn_follow_find(follow, &id) : NULL;
}

static struct ptn_status grow(struct ptn_follow *follow)
{
    size_t capacity = follow->capacity == 0 ? 16 : follow->capacity * 2;
    struct followed *larger;
    size_t *by_id;

    if (follow->count < follow->capacity)
        return PTN_OK;
    larger = realloc(follow->ledgers, capacity * sizeof(*larger));
    if (larger == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    follow->ledgers = larger;
    by_id = realloc(follow->by_id, capacity * sizeof(*by_id));
    if (by_id == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    follow->by_id = by_id;
    follow->capacity = capacity;
    return PTN_OK;
}

/* There is room for one more. */
static void insert(struct ptn_follow *follow, const struct followed *ledger)
{
    size_t place = place_of(follow, &ledger->id);
    size_t at = follow->count;

    for (; at > 0 && follow->ledgers[at - 1].order > ledger->order; at--)
        follow->ledgers[at] = follow->ledgers[at - 1];
    for (size_t i = 0; i < follow->count; i++)
        follow->by_id[i] += follow->by_id[i] >= at ? 1 : 0;
    for (size_t i = follow->count; i > place; i--)
        follow->by_id[i] = follow->by_id[i - 1];
    follow->by_id[place] = at;
    follow->ledgers[at] = *ledger;
    follow->count++;
}

struct ptn_status ptn_follow_add(struct ptn_follow *follow, const struct ptn_vkey *key,
                                 unsigned order, bool of_keeper, struct ptn_diag *reterr)
{
    struct followed ledger = { .order = order, .of_keeper = of_keeper, .solo = -1 };
    const struct followed *known;
    struct ptn_status status = ptn_wire_origin_hash(key->name, &ledger.id);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "an origin cannot be hashed");
    known = ptn_follow_find(follow, &ledger.id);
    if (known != NULL &&
        memcmp(ptn_copy_key(known->copy)->public_key, key->public_key, PTN_PUBLIC_KEY_LEN) == 0)
        return PTN_OK;
    if (known != NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "followed already, with another key");
    if (follow->count >= PTN_FOLLOW_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many ledgers are followed");
    status = grow(follow);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no memory for one more ledger");
    status = ptn_copy_open(follow->world, follow->dir, key, &ledger.copy, reterr);
    if (!ptn_ok(status))
        return status;
    insert(follow, &ledger);
    return PTN_OK;
}

struct ptn_copy *ptn_follow_copy(struct ptn_follow *follow, struct ptn_bytes origin)
{
    struct followed *ledger = find_name(follow, origin);

    return ledger == NULL ? NULL : ledger->copy;
}

struct ptn_bytes ptn_follow_origin(const struct ptn_follow *follow, size_t index)
{
    return index < follow->count ? ptn_bytes_from_text(ptn_copy_origin(follow->ledgers[index].copy))
                                 : PTN_BYTES_NONE;
}

uint64_t ptn_follow_changes(const struct ptn_follow *follow)
{
    return follow->changes;
}

/* ---- counting keepers ---- */

/* The quorum-th largest of the sizes agreed with; 0: fewer agree. FOLLOW-2, REVOKE-2. */
static uint64_t nth_size(const struct ptn_follow *follow, const struct followed *ledger)
{
    uint64_t best = 0;

    for (unsigned i = 0; i < follow->puller_count; i++) {
        uint64_t size = ledger->shown[i].agreed;
        unsigned count = 0;

        for (unsigned k = 0; k < follow->puller_count; k++)
            count += !follow->uncounted[k] && ledger->shown[k].agreed >= size ? 1 : 0;
        if (size > best && count >= follow->quorum)
            best = size;
    }
    return best;
}

/* Of the times of those who cosigned as much, the quorum-th newest and the later middle one.
 * TIME-1. */
static void take_times(const struct ptn_follow *follow, struct followed *ledger, uint64_t size)
{
    int64_t times[PTN_FOLLOW_KEEPERS_MAX] = { 0 }; /* ascending */
    unsigned count = 0;

    for (unsigned i = 0; size > 0 && i < follow->puller_count; i++) {
        unsigned at = count;

        if (follow->uncounted[i] || ledger->shown[i].agreed < size)
            continue;
        for (; at > 0 && times[at - 1] > ledger->shown[i].agreed_s; at--)
            times[at] = times[at - 1];
        times[at] = ledger->shown[i].agreed_s;
        count++;
    }
    ledger->cosigned_s = count < follow->quorum ? 0 : times[count - follow->quorum];
    ledger->seen_s = count == 0 ? 0 : times[count / 2];
}

/* A quorum cosigned the very checkpoint the copy is proved under: keep all their lines with it. */
static void keep_cosigned(struct ptn_follow *follow, struct followed *ledger, uint64_t size)
{
    struct ptn_buffer *note = &follow->scratch;
    struct ptn_status status;
    unsigned count = 0;

    ptn_buffer_clear(note);
    status = ptn_copy_checkpoint(ledger->copy, note, NULL);
    for (unsigned i = 0; ptn_ok(status) && i < follow->puller_count; i++) {
        const struct shown *shown = &ledger->shown[i];

        if (follow->uncounted[i] || shown->agreed != size || shown->size != size ||
            shown->line == NULL)
            continue;
        count++;
        status = ptn_buffer_add_text(note, shown->line);
    }
    if (ptn_ok(status) && count >= follow->quorum && note->len <= NOTE_SIGNED_MAX)
        status = ptn_copy_cosign(ledger->copy, ptn_buffer_bytes(note), NULL);
    (void)status.code; /* kept for later readers: what is known here does not hang on it */
}

struct ptn_status ptn_follow_count(struct ptn_follow *follow, struct followed *ledger,
                                   int *ret_liar)
{
    struct ptn_copy_standing standing;
    bool news = false;
    uint64_t size;

    *ret_liar = -1;
    ptn_copy_standing(ledger->copy, &standing);
    for (unsigned i = 0; i < follow->puller_count; i++) {
        struct shown *shown = &ledger->shown[i];
        struct ptn_hash root;
        struct ptn_status status;

        if (shown->size == 0 || shown->size > standing.size || shown->forked ||
            (shown->agreed == shown->size && shown->agreed_s == shown->time_s))
            continue;
        status = ptn_copy_root_at(ledger->copy, shown->size, &root, NULL);
        if (!ptn_ok(status))
            return status;
        if (!ptn_hash_equal(&root, &shown->root)) {
            shown->forked = true;
            *ret_liar = (int)i;
            continue;
        }
        shown->agreed = shown->size;
        shown->agreed_s = shown->time_s;
        news = true;
    }
    size = nth_size(follow, ledger);
    if (size > ledger->cosigned) {
        ledger->cosigned = size;
        ledger->cosigned_since_ms = follow->world->now_ms(follow->world->context);
    }
    take_times(follow, ledger, size);
    if (news && size == standing.size && size > 0)
        keep_cosigned(follow, ledger, size);
    return PTN_OK;
}

struct ptn_status ptn_follow_head(struct ptn_follow *follow, struct ptn_bytes origin,
                                  struct ptn_follow_head *ret_head)
{
    struct followed *ledger = find_name(follow, origin);
    struct ptn_follow_head head = { 0 };
    struct ptn_copy_standing standing;

    if (ledger == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    ptn_copy_standing(ledger->copy, &standing);
    head.size = standing.size;
    head.missing = standing.missing;
    head.forked = standing.evidence_count > 0;
    head.cosigned = ledger->cosigned;
    head.cosigned_s = ledger->cosigned_s;
    head.seen_s = ledger->seen_s;
    for (unsigned i = 0; i < follow->puller_count; i++) {
        const struct shown *shown = &ledger->shown[i];

        /* told of it: it holds nothing, or showed what it holds */
        head.answered +=
            !follow->uncounted[i] && shown->told && (shown->head == 0 || shown->size > 0) ? 1 : 0;
        if (shown->size > head.shown && !shown->forked)
            head.shown = shown->size;
    }
    *ret_head = head;
    return PTN_OK;
}

/* ---- notes ---- */

#define SCHEME_PUBLIC 0u /* docs/format/payload.md */

void ptn_follow_notes_from(struct ptn_follow *follow, struct ptn_bytes origin, uint64_t index)
{
    struct followed *ledger = find_name(follow, origin);

    if (ledger != NULL)
        ledger->note_next = index;
}

/* The note in the entry, if that is what it is. NOT_FOUND: it is not, or its payload is not here
 * (*ret_wait tells them apart). */
static struct ptn_status note_at(struct ptn_follow *follow, struct followed *ledger, uint64_t index,
                                 struct ptn_buffer *note, bool *ret_wait)
{
    struct ptn_buffer *sealed = &follow->scratch;
    struct ptn_ledger_header header;
    struct ptn_handed_note handed;
    struct ptn_status status = ptn_copy_read(ledger->copy, index, &header, NULL, NULL);

    *ret_wait = false;
    if (!ptn_ok(status))
        return status;
    if (header.kind != PTN_RECORD_NOTE || !header.has_payload)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    ptn_buffer_clear(sealed);
    status = ptn_copy_read(ledger->copy, index, &header, sealed, NULL);
    if (status.code == PTN_C_NOT_FOUND)
        *ret_wait = true;
    if (!ptn_ok(status))
        return status;
    if (sealed->len == 0 || sealed->at[0] != SCHEME_PUBLIC ||
        !ptn_ok(
            ptn_handed_note_parse(ptn_bytes_of(sealed->at + 1, sealed->len - 1), &handed, NULL)))
        return (struct ptn_status){ PTN_C_NOT_FOUND }; /* not for us */
    return ptn_buffer_add(note, handed.note);
}

/* next: how far that reader of notes has come in a ledger. */
static struct ptn_status next_note(struct ptn_follow *follow, uint64_t *(*next)(struct followed *),
                                   struct ptn_bytes *ret_origin, uint64_t *ret_index,
                                   struct ptn_buffer *note)
{
    for (size_t i = 0; i < follow->count; i++) {
        struct followed *ledger = &follow->ledgers[i];
        uint64_t *at = next(ledger);
        struct ptn_copy_standing standing;

        if (!ledger->of_keeper)
            continue;
        ptn_copy_standing(ledger->copy, &standing);
        for (; *at < standing.size; ++*at) {
            bool wait;
            struct ptn_status status = note_at(follow, ledger, *at, note, &wait);

            if (wait)
                break; /* in order: the later ones stay behind it */
            if (status.code == PTN_C_NOT_FOUND)
                continue;
            if (!ptn_ok(status))
                return status;
            *ret_origin = ptn_bytes_from_text(ptn_copy_origin(ledger->copy));
            *ret_index = (*at)++;
            return PTN_OK;
        }
    }
    return (struct ptn_status){ PTN_C_NOT_FOUND };
}

static uint64_t *note_next(struct followed *ledger)
{
    return &ledger->note_next;
}

static uint64_t *order_next(struct followed *ledger)
{
    return &ledger->order_next;
}

struct ptn_status ptn_follow_note(struct ptn_follow *follow, struct ptn_bytes *ret_origin,
                                  uint64_t *ret_index, struct ptn_buffer *note)
{
    return next_note(follow, note_next, ret_origin, ret_index, note);
}

struct ptn_status ptn_follow_order(struct ptn_follow *follow, struct ptn_buffer *note)
{
    struct ptn_bytes origin;
    uint64_t index;

    return next_note(follow, order_next, &origin, &index, note);
}
