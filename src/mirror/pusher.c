/*
 * Pushing the own ledger to one keeper. What to ask is worked out from what the keeper last said of
 * itself; nothing is kept on disk, so a crash costs one question.
 *
 *   ASK_SIZE  add-checkpoint from 0: the keeper answers with its pending size. A ledger without
 *             entries has nothing to offer and asks by SHOW: it may have gone back to its beginning
 *   OFFER     add-checkpoint from that size to ours
 *   ASK_NEXT  add-entries without entries: the keeper answers with its next entry, or signs
 *   PAYLOADS  payloads of the next packages
 *   ENTRIES   those packages
 *   MISSING   payloads the keeper asked for by number
 *   LOST      those of them that are lost here: so that what comes after them is not held back
 *   DONE      acknowledged up to our size as it was; back to OFFER when the ledger has grown
 *   SHOW      it knows more, or another history: ask for the checkpoint that shows it, the pending
 *             one (SHOW_HELD: the cosigned one, from a keeper that does not give that)
 *   STOPPED   see enum ptn_push_trouble
 */
#include <stdlib.h>

#include "ledger/serving.h"
#include "mirror/follower.h"
#include "mirror/source_int.h"
#include "mirror/wire_int.h"

#define BATCH_LEN      ((size_t)1 << 20) /* about what is sent at once */
#define CHECKPOINT_MAX ((size_t)65536)

enum state {
    ASK_SIZE,
    OFFER,
    ASK_NEXT,
    PAYLOADS,
    ENTRIES,
    MISSING,
    LOST,
    DONE,
    SHOW,
    SHOW_HELD,
    STOPPED,
};

#define RETRY_MS INT64_C(1000) /* after an answer that does not help */
/* When it wants what is not here (an erasure may come into force), and between two looks of a
 * ledger without entries. */
#define LONG_MS INT64_C(60000)

struct ptn_pusher {
    const struct ptn_world *world;
    struct ptn_source source;
    struct ptn_vkey mirror;
    char *mirror_name; /* Owned: what mirror.name looks at */
    struct ptn_hash id;

    enum state state;
    struct ptn_pusher_standing standing;
    int64_t rest_us;           /* the monotonic clock before which nothing is asked */
    uint64_t pending;          /* the keeper's */
    uint64_t next;             /* the keeper's: entries it holds */
    uint64_t payload;          /* PAYLOADS: the next entry whose payload is sent; up to end */
    uint64_t sent;             /* what the body in flight reaches up to */
    uint64_t end;              /* of the packages at hand */
    struct ptn_buffer missing; /* the body of a 424 */
    size_t missing_at;         /* where in it we are */
    size_t missing_sent;       /* where the body in flight reaches up to */
    unsigned gone;             /* payloads it wants that are erased here: it will learn why */
    struct ptn_buffer lost;    /* the body that names those that are lost here */

    enum ptn_push_trouble known;  /* SHOW: what it is about; FINE: whether there is anything */
    struct ptn_buffer proof;      /* what the keeper showed for that */
    struct ptn_buffer checkpoint; /* our signed one, of size our_size */
    uint64_t our_size;
    struct ptn_hash our_root;
    bool has_looked; /* checkpoint is what these two are from */
    struct ptn_buffer path;
    struct ptn_buffer body;
    struct ptn_buffer scratch;
    struct ptn_buffer leaves;
    struct ptn_wire_package *package;
};

const char *ptn_push_trouble_word(enum ptn_push_trouble trouble)
{
    static const char *const words[] = {
        "fine",         "no-answer", "refused",    "bad-answer",
        "payload-gone", "ahead",     "own-ledger", "contradicted"
    };

    return (unsigned)trouble < sizeof(words) / sizeof(words[0]) ? words[trouble] : "unknown";
}

static struct ptn_status pusher_new(const struct ptn_world *world, struct ptn_source source,
                                    const struct ptn_vkey *mirror, struct ptn_pusher **ret_pusher)
{
    struct ptn_pusher *pusher = calloc(1, sizeof(*pusher));
    struct ptn_status status;

    if (pusher == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    pusher->world = world;
    pusher->source = source;
    ptn_buffer_init(&pusher->missing, PTN_WIRE_BODY_MAX);
    ptn_buffer_init(&pusher->lost, PTN_WIRE_BODY_MAX);
    ptn_buffer_init(&pusher->checkpoint, CHECKPOINT_MAX);
    ptn_buffer_init(&pusher->proof, CHECKPOINT_MAX);
    ptn_buffer_init(&pusher->path, PTN_WIRE_PATH_MAX + 1);
    ptn_buffer_init(&pusher->body, PTN_WIRE_BODY_MAX);
    ptn_buffer_init(&pusher->scratch, PTN_WIRE_BODY_MAX);
    ptn_buffer_init(&pusher->leaves, PTN_WIRE_BODY_MAX);
    pusher->package = malloc(sizeof(*pusher->package));
    pusher->mirror_name = malloc(mirror->name.len + 1);
    status = ptn_wire_origin_hash(ptn_bytes_from_text(ptn_source_origin(&source)), &pusher->id);
    if (pusher->package == NULL || pusher->mirror_name == NULL || !ptn_ok(status)) {
        ptn_pusher_free(pusher);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    memcpy(pusher->mirror_name, mirror->name.at, mirror->name.len);
    pusher->mirror = *mirror;
    pusher->mirror.name = ptn_bytes_of(pusher->mirror_name, mirror->name.len);
    *ret_pusher = pusher;
    return PTN_OK;
}

struct ptn_status ptn_pusher_new(const struct ptn_world *world, struct ptn_ledger *reader,
                                 const struct ptn_vkey *mirror, struct ptn_pusher **ret_pusher)
{
    const struct ptn_source source = { reader, NULL };

    return pusher_new(world, source, mirror, ret_pusher);
}

struct ptn_status ptn_pusher_new_copy(const struct ptn_world *world, struct ptn_copy *copy,
                                      const struct ptn_vkey *mirror, struct ptn_pusher **ret_pusher)
{
    const struct ptn_source source = { NULL, copy };

    return pusher_new(world, source, mirror, ret_pusher);
}

void ptn_pusher_free(struct ptn_pusher *pusher)
{
    if (pusher == NULL)
        return;
    ptn_buffer_release(&pusher->missing);
    ptn_buffer_release(&pusher->lost);
    ptn_buffer_release(&pusher->checkpoint);
    ptn_buffer_release(&pusher->proof);
    ptn_buffer_release(&pusher->path);
    ptn_buffer_release(&pusher->body);
    ptn_buffer_release(&pusher->scratch);
    ptn_buffer_release(&pusher->leaves);
    free(pusher->package);
    free(pusher->mirror_name);
    free(pusher);
}

void ptn_pusher_standing(const struct ptn_pusher *pusher, struct ptn_pusher_standing *ret_standing)
{
    *ret_standing = pusher->standing;
    ret_standing->keeper_next = pusher->next;
}

struct ptn_bytes ptn_pusher_proof(const struct ptn_pusher *pusher)
{
    return ptn_buffer_bytes(&pusher->proof);
}

/* ---- our own ledger ---- */

/* Read our signed checkpoint anew. One that is smaller than what this pusher has read before is a
 * fault of the disk, which gave an older state: that says nothing of what a keeper knows more. */
static struct ptn_status look(struct ptn_pusher *pusher)
{
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_note note = { 0 };
    struct ptn_status status;

    ptn_buffer_clear(&pusher->scratch);
    status = ptn_source_checkpoint(&pusher->source, &pusher->scratch);
    if (!ptn_ok(status) ||
        (pusher->has_looked && ptn_bytes_equal(ptn_buffer_bytes(&pusher->scratch),
                                               ptn_buffer_bytes(&pusher->checkpoint))))
        return status;
    pusher->has_looked = false;
    ptn_buffer_clear(&pusher->checkpoint);
    status = ptn_buffer_add(&pusher->checkpoint, ptn_buffer_bytes(&pusher->scratch));
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_buffer_bytes(&pusher->checkpoint), &note, NULL);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, &checkpoint, NULL);
    if (ptn_ok(status) && checkpoint.size < pusher->our_size)
        status.code = PTN_C_IO;
    if (ptn_ok(status)) {
        if (pusher->our_size == 0 && checkpoint.size > 0)
            pusher->rest_us = 0; /* its first entry does not wait for another look without one */
        pusher->our_size = checkpoint.size;
        pusher->our_root = checkpoint.root;
        pusher->standing.size = checkpoint.size;
        pusher->has_looked = true;
    }
    return status;
}

/* ---- what to send ---- */

static struct ptn_status write_offer(struct ptn_pusher *pusher, uint64_t old_size)
{
    struct ptn_wire_checkpoint body = { .old_size = old_size,
                                        .note = ptn_buffer_bytes(&pusher->checkpoint) };
    struct ptn_status status = PTN_OK;

    if (old_size > 0 && old_size < pusher->our_size)
        status = ptn_source_consistency(&pusher->source, old_size, pusher->our_size, &body.proof);
    return ptn_ok(status) ? ptn_wire_checkpoint_write(&pusher->body, &body) : status;
}

/* Payloads on their way into the body. */
struct loading {
    struct ptn_buffer *body;
    bool gone; /* the last one is not here, or damaged: no use to anybody, and what comes after it
                  must not wait for it */
    uint64_t next;
};

/* ptn_serving_entry_fn: append it. TOO_BIG: no more fits, or there is a batch of them. */
static struct ptn_status load(void *context, const struct ptn_serving_entry *entry)
{
    struct loading *loading = context;
    struct ptn_status status = PTN_OK;

    if (loading->body->len >= BATCH_LEN)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    loading->gone = entry->payload == PTN_SERVING_GONE || entry->payload == PTN_SERVING_DAMAGED;
    if (entry->payload == PTN_SERVING_HERE)
        status = ptn_wire_payload_write(loading->body, PTN_WIRE_PAYLOAD_HERE, entry->sealed);
    if (ptn_ok(status))
        loading->next = entry->index + 1;
    return status;
}

/*
 * Payloads from pusher->payload on, about a batch of them; sent tells how far they reach. The
 * package in which the batch is full is the last of those at hand.
 */
static struct ptn_status write_payloads(struct ptn_pusher *pusher)
{
    struct loading loading = { .body = &pusher->body, .next = pusher->payload };
    struct ptn_status status =
        ptn_source_run(&pusher->source, pusher->payload, pusher->end, true, load, &loading);

    pusher->sent = loading.next;
    if (status.code != PTN_C_TOO_BIG || pusher->body.len == 0)
        return status;
    pusher->end = ptn_wire_package_end(pusher->sent - 1, pusher->pending);
    return PTN_OK;
}

/* One that is wanted and not here: an order explains it, or it is lost. */
static struct ptn_status note_gone(struct ptn_pusher *pusher, uint64_t index)
{
    if (!ptn_source_erased(&pusher->source, index))
        return ptn_wire_missing_write(&pusher->lost, index);
    pusher->gone++;
    return PTN_OK;
}

/* The payloads a 424 named, from missing_at on. */
static struct ptn_status write_missing(struct ptn_pusher *pusher)
{
    struct ptn_cursor cursor = { ptn_buffer_bytes(&pusher->missing), pusher->missing_at };
    struct ptn_status status = PTN_OK;

    pusher->missing_sent = pusher->missing_at;
    while (ptn_ok(status) && pusher->body.len < BATCH_LEN) {
        struct loading loading = { .body = &pusher->body };
        uint64_t index;

        if (!ptn_ok(ptn_wire_missing_next(&cursor, &index)))
            return PTN_OK;
        status = ptn_source_run(&pusher->source, index, index + 1, true, load, &loading);
        if (status.code == PTN_C_TOO_BIG && pusher->body.len > 0)
            return PTN_OK;
        if (ptn_ok(status) && loading.gone)
            status = note_gone(pusher, index);
        if (!ptn_ok(status))
            return status;
        pusher->missing_sent = cursor.next;
    }
    return status;
}

static struct ptn_status write_head(struct ptn_pusher *pusher, uint64_t start)
{
    const struct ptn_wire_entries head = {
        .origin = ptn_bytes_from_text(ptn_source_origin(&pusher->source)),
        .start = start,
        .end = pusher->pending,
    };

    return ptn_wire_entries_write(&pusher->body, &head);
}

/* Leaves on their way into a package. */
struct packing {
    struct ptn_buffer *leaves;
    size_t ends[PTN_WIRE_PACKAGE_WIDTH];
    size_t count;
};

/* ptn_serving_entry_fn. */
static struct ptn_status pack(void *context, const struct ptn_serving_entry *entry)
{
    struct packing *packing = context;
    struct ptn_status status = ptn_buffer_add(packing->leaves, entry->leaf);

    packing->ends[packing->count++] = packing->leaves->len;
    return status;
}

/* One package of our entries. */
static struct ptn_status write_package(struct ptn_pusher *pusher, uint64_t first, uint64_t end)
{
    struct ptn_wire_package *package = pusher->package;
    struct packing packing = { .leaves = &pusher->leaves };
    struct ptn_status status;

    ptn_buffer_clear(&pusher->leaves);
    package->count = (size_t)(end - first);
    package->first = first;
    package->end = end;
    package->subtree_start = first / PTN_WIRE_PACKAGE_WIDTH * PTN_WIRE_PACKAGE_WIDTH;
    status = ptn_source_run(&pusher->source, first, end, false, pack, &packing);
    for (size_t i = 0, at = 0; ptn_ok(status) && i < package->count; at = packing.ends[i++])
        package->leaves[i] = ptn_bytes_of(pusher->leaves.at + at, packing.ends[i] - at);
    if (ptn_ok(status))
        status = ptn_source_subtree(&pusher->source, package->subtree_start, end, pusher->pending,
                                    &package->proof);
    return ptn_ok(status) ? ptn_wire_package_write(&pusher->body, package) : status;
}

static struct ptn_status write_entries(struct ptn_pusher *pusher)
{
    struct ptn_status status = write_head(pusher, pusher->next);
    uint64_t first = pusher->next;

    while (ptn_ok(status) && first < pusher->end) {
        uint64_t end = ptn_wire_package_end(first, pusher->pending);

        status = write_package(pusher, first, end);
        if (ptn_ok(status))
            first = end;
    }
    pusher->sent = first;
    return status.code == PTN_C_TOO_BIG && first > pusher->next ? PTN_OK : status;
}

/* As many packages are at hand as a request takes: their payloads may make it fewer. */
static void choose_packages(struct ptn_pusher *pusher)
{
    pusher->end = pusher->next;
    for (unsigned count = 0; pusher->end < pusher->pending && count < PTN_WIRE_PACKAGE_MAX; count++)
        pusher->end = ptn_wire_package_end(pusher->end, pusher->pending);
    pusher->payload = pusher->next;
}

/* ---- the next exchange ---- */

static void rest(struct ptn_pusher *pusher, int64_t ms)
{
    pusher->rest_us = pusher->world->monotonic_us(pusher->world->context) + ms * 1000;
}

static bool is_resting(const struct ptn_pusher *pusher)
{
    return pusher->world->monotonic_us(pusher->world->context) < pusher->rest_us;
}

static void fail(struct ptn_pusher *pusher, enum ptn_push_trouble trouble, enum state state)
{
    pusher->standing.trouble = trouble;
    pusher->state = state;
    rest(pusher, RETRY_MS);
}

/* The keeper knows more than is here, or another history: it is asked to show it. FOLLOW-5. */
static void contradict(struct ptn_pusher *pusher, enum ptn_push_trouble trouble)
{
    pusher->standing.trouble = trouble;
    pusher->known = trouble;
    pusher->state = SHOW;
}

/* It showed it, or cannot. FOLLOW-4: nothing is pushed to one that knows more. */
static void end_show(struct ptn_pusher *pusher)
{
    if (pusher->known == PTN_PUSH_FINE && pusher->proof.len > 0)
        pusher->known = PTN_PUSH_AHEAD;
    if (pusher->known == PTN_PUSH_FINE) {
        fail(pusher, PTN_PUSH_FINE, ASK_SIZE);
        rest(pusher, LONG_MS);
        return;
    }
    fail(pusher, pusher->known, pusher->known == PTN_PUSH_AHEAD ? STOPPED : ASK_SIZE);
}

/* Move on past states in which there is nothing to send. */
static struct ptn_status settle(struct ptn_pusher *pusher)
{
    struct ptn_status status = PTN_OK;

    if (pusher->state == ASK_SIZE || pusher->state == OFFER || pusher->state == DONE)
        status = look(pusher);
    if (ptn_ok(status) && pusher->state == ASK_SIZE && pusher->our_size == 0 &&
        pusher->source.ledger != NULL && !is_resting(pusher)) {
        pusher->known = PTN_PUSH_FINE;
        pusher->state = SHOW;
    }
    if (ptn_ok(status) && pusher->state == DONE && pusher->our_size > pusher->pending)
        pusher->state = OFFER;
    if (ptn_ok(status) && pusher->state == OFFER && pusher->our_size < pusher->pending)
        contradict(pusher, PTN_PUSH_AHEAD);
    return status;
}

static struct ptn_status write_body(struct ptn_pusher *pusher, struct ptn_wire_path *path)
{
    switch (pusher->state) {
    case ASK_SIZE:
        path->what = PTN_WIRE_ADD_CHECKPOINT;
        return write_offer(pusher, 0);
    case OFFER:
        path->what = PTN_WIRE_ADD_CHECKPOINT;
        return write_offer(pusher, pusher->pending);
    case PAYLOADS:
        path->what = PTN_WIRE_POST_PAYLOADS;
        return write_payloads(pusher);
    case MISSING:
        path->what = PTN_WIRE_POST_PAYLOADS;
        return write_missing(pusher);
    case LOST:
        path->what = PTN_WIRE_POST_LOST;
        return ptn_buffer_add(&pusher->body, ptn_buffer_bytes(&pusher->lost));
    case ENTRIES:
        path->what = PTN_WIRE_ADD_ENTRIES;
        return write_entries(pusher);
    case SHOW:
    case SHOW_HELD:
        path->what = PTN_WIRE_GET_FILE;
        path->file =
            pusher->state == SHOW ? PTN_BYTES_LITERAL("pending") : PTN_BYTES_LITERAL("checkpoint");
        return PTN_OK;
    case ASK_NEXT:
    case DONE:
    case STOPPED:
    default:
        path->what = PTN_WIRE_ADD_ENTRIES;
        return write_head(pusher, pusher->pending);
    }
}

/* All that a 424 named was gone through. */
static void end_missing(struct ptn_pusher *pusher)
{
    pusher->state = ASK_NEXT;
    if (pusher->lost.len > 0) {
        pusher->state = LOST;
    } else if (pusher->gone > 0) {
        fail(pusher, PTN_PUSH_PAYLOAD_GONE, ASK_NEXT);
        rest(pusher, LONG_MS);
    }
}

/* Nothing in the body: no payload there was to send. Go on as if it had been taken. */
static void skip(struct ptn_pusher *pusher)
{
    if (pusher->state == PAYLOADS) {
        pusher->payload = pusher->sent;
        if (pusher->payload >= pusher->end)
            pusher->state = ENTRIES;
        return;
    }
    pusher->missing_at = pusher->missing_sent;
    if (pusher->missing_at >= pusher->missing.len)
        end_missing(pusher);
}

/* Is there anything to be asked now? */
static bool is_quiet(const struct ptn_pusher *pusher)
{
    return pusher->state == DONE || pusher->state == STOPPED || is_resting(pusher) ||
           (pusher->our_size == 0 && pusher->source.ledger == NULL);
}

bool ptn_pusher_next(struct ptn_pusher *pusher, struct ptn_exchange *exchange)
{
    struct ptn_wire_path path = { .origin = pusher->id };
    struct ptn_status status = settle(pusher);

    while (ptn_ok(status) && !is_quiet(pusher)) {
        ptn_buffer_clear(&pusher->body);
        status = write_body(pusher, &path);
        if (!ptn_ok(status) || pusher->body.len > 0 || path.what == PTN_WIRE_GET_FILE)
            break;
        skip(pusher);
    }
    ptn_buffer_clear(&pusher->path);
    if (ptn_ok(status) && !is_quiet(pusher))
        status = ptn_wire_path_write(&pusher->path, &path);
    if (ptn_ok(status) && pusher->path.len > 0)
        status = ptn_buffer_add_u8(&pusher->path, 0);
    if (!ptn_ok(status))
        pusher->standing.trouble = PTN_PUSH_OWN_LEDGER;
    if (!ptn_ok(status) || pusher->path.len == 0)
        return false;
    exchange->verb = ptn_wire_verb_word(path.what);
    exchange->path = (const char *)pusher->path.at;
    exchange->body = ptn_buffer_bytes(&pusher->body);
    return true;
}

/* ---- the answer ---- */

/* The checkpoint text of our tree of that size: it has no extension lines, so it has one writing.
 */
static struct ptn_status text_at(struct ptn_pusher *pusher, uint64_t size, struct ptn_buffer *out)
{
    struct ptn_checkpoint checkpoint = { .origin = ptn_bytes_from_text(
                                             ptn_source_origin(&pusher->source)),
                                         .size = size,
                                         .root = pusher->our_root };
    struct ptn_status status = PTN_OK;

    if (size != pusher->our_size)
        status = ptn_source_root(&pusher->source, size, &checkpoint.root);

    return ptn_ok(status) ? ptn_checkpoint_write(out, &checkpoint) : status;
}

/* Do the lines cosign our tree of the pending size by this keeper's key, and when? */
static bool cosigned(struct ptn_pusher *pusher, struct ptn_bytes lines, int64_t *ret_time_s)
{
    struct ptn_note note;
    size_t good = 0;

    ptn_buffer_clear(&pusher->scratch);
    return ptn_ok(text_at(pusher, pusher->pending, &pusher->scratch)) &&
           ptn_ok(ptn_buffer_add_text(&pusher->scratch, "\n")) &&
           ptn_ok(ptn_buffer_add(&pusher->scratch, lines)) &&
           ptn_ok(ptn_note_parse(ptn_buffer_bytes(&pusher->scratch), &note, NULL)) &&
           ptn_ok(ptn_cosignature_verify(&note, &pusher->mirror, 1, &good, ret_time_s, NULL)) &&
           good == 1;
}

static void take_cosignature(struct ptn_pusher *pusher, struct ptn_bytes lines)
{
    int64_t time_s = 0;

    if (!cosigned(pusher, lines, &time_s)) {
        fail(pusher, PTN_PUSH_BAD_ANSWER, ASK_NEXT);
        return;
    }
    pusher->next = pusher->pending;
    pusher->standing.acknowledged = pusher->pending;
    pusher->standing.acknowledged_ms = pusher->world->now_ms(pusher->world->context);
    pusher->standing.keeper_s = time_s;
    pusher->standing.trouble = PTN_PUSH_FINE;
    pusher->state = DONE;
}

static void take_info(struct ptn_pusher *pusher, struct ptn_bytes body)
{
    struct ptn_wire_info info;

    if (!ptn_ok(ptn_wire_info_parse(body, &info, NULL)) || info.next > info.size) {
        fail(pusher, PTN_PUSH_BAD_ANSWER, ASK_SIZE);
        return;
    }
    if (info.size != pusher->pending) { /* another checkpoint came in between */
        pusher->pending = info.size;
        pusher->next = info.next;
        pusher->state = OFFER;
        return;
    }
    pusher->next = info.next;
    pusher->state = PAYLOADS;
    choose_packages(pusher);
    if (pusher->next >= pusher->pending)
        pusher->state = ASK_NEXT;
}

/* Is every line of it an entry that was offered? A keeper that lies here must not keep us busy. */
static bool missing_good(const struct ptn_pusher *pusher, struct ptn_bytes body)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    struct ptn_status status;
    uint64_t index = 0;

    while (ptn_ok(status = ptn_wire_missing_next(&cursor, &index)))
        if (index >= pusher->pending)
            return false;
    return status.code == PTN_C_NOT_FOUND && body.len > 0;
}

static void take_missing(struct ptn_pusher *pusher, struct ptn_bytes body)
{
    ptn_buffer_clear(&pusher->missing);
    pusher->missing_at = 0;
    pusher->gone = 0;
    ptn_buffer_clear(&pusher->lost);
    pusher->next = pusher->pending;
    if (!missing_good(pusher, body) || !ptn_ok(ptn_buffer_add(&pusher->missing, body)))
        fail(pusher, PTN_PUSH_BAD_ANSWER, ASK_NEXT);
    else
        pusher->state = MISSING;
}

/* An answer to add-checkpoint. */
static void take_offered(struct ptn_pusher *pusher, unsigned status, struct ptn_bytes body)
{
    if (status == 409) {
        uint64_t size;

        if (!ptn_ok(ptn_wire_size_parse(body, &size)))
            fail(pusher, PTN_PUSH_BAD_ANSWER, ASK_SIZE);
        else {
            pusher->pending = size;
            pusher->state = OFFER;
        }
        return;
    }
    /* 200: the keeper's pending checkpoint is ours now */
    pusher->standing.agrees = true;
    pusher->pending = pusher->our_size;
    pusher->state = ASK_NEXT;
}

static void take_payloads(struct ptn_pusher *pusher)
{
    if (pusher->state == MISSING) {
        pusher->missing_at = pusher->missing_sent;
        if (pusher->missing_at >= pusher->missing.len)
            end_missing(pusher);
        return;
    }
    if (pusher->state == LOST) {
        pusher->standing.lost += ptn_wire_missing_count(ptn_buffer_bytes(&pusher->lost));
        pusher->state = ASK_NEXT;
        return;
    }
    pusher->payload = pusher->sent;
    if (pusher->payload >= pusher->end)
        pusher->state = ENTRIES;
}

/* An answer to a request for what it holds of ours. A keeper that cannot read its disk now is asked
 * again. */
static void take_shown(struct ptn_pusher *pusher, unsigned status, struct ptn_bytes body)
{
    bool shown;

    ptn_buffer_clear(&pusher->proof);
    shown = status == 200 && ptn_ok(ptn_buffer_add(&pusher->proof, body));
    if (!shown && (status >= 500 || status == 429))
        fail(pusher, pusher->known == PTN_PUSH_FINE ? PTN_PUSH_REFUSED : pusher->known,
             pusher->state);
    else if (!shown && pusher->state == SHOW)
        pusher->state = SHOW_HELD;
    else
        end_show(pusher);
}

/* FOLLOW-3: any answer, or none, leaves a state to go on from. */
void ptn_pusher_take(struct ptn_pusher *pusher, const struct ptn_exchange *exchange)
{
    struct ptn_bytes body = ptn_buffer_bytes(&exchange->answer);
    unsigned status = exchange->status;
    bool offers = pusher->state == ASK_SIZE || pusher->state == OFFER;
    bool entries = pusher->state == ENTRIES || pusher->state == ASK_NEXT;
    bool shows = pusher->state == SHOW || pusher->state == SHOW_HELD;

    if (pusher->state == DONE || pusher->state == STOPPED)
        return; /* nothing was asked */
    pusher->standing.status = status;
    if (status == 0)
        pusher->standing.trouble = PTN_PUSH_NO_ANSWER; /* the same again */
    else if (shows)
        take_shown(pusher, status, body);
    else if (offers && (status == 200 || status == 409))
        take_offered(pusher, status, body);
    else if (entries && (status == 202 || status == 409))
        take_info(pusher, body);
    else if (entries && status == 200)
        take_cosignature(pusher, body);
    else if (entries && status == 424)
        take_missing(pusher, body);
    else if (!offers && !entries && status == 200)
        take_payloads(pusher);
    else if (offers && status == 422) /* or a read gave other bytes: it is tried again */
        contradict(pusher, PTN_PUSH_CONTRADICTED);
    else /* begin again: whatever it was, the keeper's own word on its sizes comes first */
        fail(pusher, PTN_PUSH_REFUSED, ASK_SIZE);
    if (status != 0 && status < 400 && !shows && pusher->standing.trouble != PTN_PUSH_BAD_ANSWER &&
        pusher->standing.trouble != PTN_PUSH_PAYLOAD_GONE &&
        pusher->standing.trouble != PTN_PUSH_AHEAD)
        pusher->standing.trouble = PTN_PUSH_FINE;
}
