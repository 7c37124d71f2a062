/*
 * What a keeper takes. The order of every step: checked, durable, said. Nothing is signed before
 * the last entry and the last payload are durable (KEEP-1), and what is shown never goes back
 * (KEEP-2).
 */
#include "mirror/keeper_int.h"

#define DAY_MS     INT64_C(86400000)
#define EXCESS_MAX ((uint64_t)PTN_WIRE_PACKAGE_WIDTH * PTN_WIRE_PACKAGE_MAX)

/* ---- who writes where ---- */

/* A spare identity succeeds the ledger of this origin: what is held of it only beside the post that
 * was lost comes by that one. It is proved like anything else. */
static bool succeeds(const struct ptn_keeper *keeper, struct ptn_bytes spare, const char *origin)
{
    const struct ptn_roster *roster = &keeper->roster;

    for (size_t i = 0; i < roster->spare_count; i++)
        if (ptn_bytes_equal(roster->spares[i].ledger.name, spare) &&
            ptn_bytes_is(roster->spares[i].origin, origin))
            return true;
    return false;
}

/*
 * The origin's place, when this peer may write there. NULL: answered with a refusal, unknown before
 * forbidden, as tlog-witness has it.
 * KEEP-3.
 */
static struct held *writable(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                             const struct ptn_hash *id, struct ptn_exchange *exchange)
{
    struct held *held = ptn_keeper_find(keeper, id);

    if (held == NULL || !held->listed) {
        (void)ptn_keeper_say(keeper, exchange, 404, "unknown log");
        return NULL;
    }
    if (!ptn_bytes_is(who->origin, held->origin) && !succeeds(keeper, who->origin, held->origin)) {
        (void)ptn_keeper_say(keeper, exchange, 403, "a node writes to its own ledger only");
        return NULL;
    }
    if (held->corrupt) {
        (void)ptn_keeper_say(keeper, exchange, 503, "this copy failed its proof");
        return NULL;
    }
    return ptn_keeper_has_room(keeper, exchange) ? held : NULL;
}

static struct held *writable_by_name(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                     struct ptn_bytes origin, struct ptn_exchange *exchange)
{
    struct ptn_hash id;

    if (!ptn_ok(ptn_wire_origin_hash(origin, &id))) {
        (void)ptn_keeper_say(keeper, exchange, 503, "cannot be done now");
        return NULL;
    }
    return writable(keeper, who, &id, exchange);
}

/* ---- add-checkpoint ---- */

/* A checkpoint in hand: what the body says, parsed, and the one it must continue. */
struct offered {
    struct ptn_wire_checkpoint body;
    struct ptn_checkpoint checkpoint;
    struct ptn_copy *copy;
    bool has_pending;
    struct ptn_checkpoint pending; /* of keeper->scratch */
};

static bool read_offered(struct ptn_keeper *keeper, struct ptn_exchange *exchange,
                         struct offered *offered, struct ptn_note *ret_note)
{
    struct ptn_status status = ptn_wire_checkpoint_parse(exchange->body, &offered->body, NULL);

    if (ptn_ok(status) && offered->body.note.len > PTN_COPY_NOTE_MAX / 2)
        status.code = PTN_C_TOO_BIG;
    /* a note that is none has no signature that could be good: 403, as tlog-witness has it */
    if (ptn_ok(status) && !ptn_ok(ptn_note_parse(offered->body.note, ret_note, NULL))) {
        (void)ptn_keeper_say(keeper, exchange, 403, "invalid signature");
        return false;
    }
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(ret_note->text, &offered->checkpoint, NULL);
    if (ptn_ok(status))
        return true;
    (void)ptn_keeper_say(keeper, exchange, status.code == PTN_C_TOO_BIG ? 413 : 400,
                         "not an add-checkpoint body");
    return false;
}

/* Read the pending checkpoint into keeper->scratch. */
static struct ptn_status read_pending(struct ptn_keeper *keeper, struct offered *offered)
{
    struct ptn_status status;
    struct ptn_note note = { 0 };

    ptn_buffer_clear(&keeper->scratch);
    status = ptn_copy_pending(offered->copy, &keeper->scratch, NULL);
    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK;
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_buffer_bytes(&keeper->scratch), &note, NULL);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, &offered->pending, NULL);
    offered->has_pending = ptn_ok(status);
    return status;
}

/* The newest piece of evidence the copy keeps goes into the keeper's own ledger too. KEEP-4. */
static void keep_fork(struct ptn_keeper *keeper, struct held *held, struct ptn_copy *copy,
                      struct ptn_bytes refused)
{
    struct ptn_copy_standing standing;

    ptn_copy_standing(copy, &standing);
    ptn_buffer_clear(&keeper->scratch2);
    if (standing.evidence_count > 0 &&
        ptn_ok(ptn_copy_evidence(copy, standing.evidence_count - 1, &keeper->scratch2, NULL)))
        ptn_keeper_keep_refused(keeper, held, refused, ptn_buffer_bytes(&keeper->scratch2),
                                PTN_BYTES_NONE);
}

/* NULL when the checkpoint continues the pending one; else what is wrong. */
static const char *continues(struct ptn_keeper *keeper, const struct offered *offered)
{
    const struct ptn_proof *proof = &offered->body.proof;
    struct ptn_hash empty = { 0 };

    if (!ptn_ok(ptn_hasher_digest(keeper->hasher, NULL, 0, empty.at)))
        return "cannot be checked";
    if (offered->checkpoint.size == 0 && !ptn_hash_equal(&offered->checkpoint.root, &empty))
        return "not the root of the empty tree";
    if (offered->body.old_size == 0)
        return proof->count == 0 ? NULL : "a consistency proof from nothing is empty";
    if (!ptn_ok(ptn_consistency_check(
            keeper->hasher, offered->pending.size, offered->checkpoint.size, &offered->pending.root,
            &offered->checkpoint.root, proof->hashes, proof->count, NULL)))
        return "the consistency proof does not hold";
    return NULL;
}

static struct ptn_status say_size(struct ptn_keeper *keeper, struct ptn_exchange *exchange,
                                  uint64_t size)
{
    ptn_buffer_clear(&exchange->answer);
    exchange->status = 409;
    ptn_keeper_count_refusal(keeper, 409);
    return ptn_buffer_addf(&exchange->answer, "%llu\n", (unsigned long long)size);
}

/* Not larger than what is pending: the copy looks whether it contradicts what is held. True:
 * answered, it does. */
static bool contradicts(struct ptn_keeper *keeper, struct held *held, struct offered *offered,
                        struct ptn_exchange *exchange)
{
    struct ptn_status status;

    if (!offered->has_pending || offered->checkpoint.size > offered->pending.size)
        return false;
    status = ptn_copy_take_checkpoint(offered->copy, offered->body.note, NULL, NULL);
    if (status.code != PTN_C_CORRUPT)
        return false; /* known, smaller, or trouble: the rest of the request finds out */
    keep_fork(keeper, held, offered->copy, offered->body.note);
    (void)ptn_keeper_say(keeper, exchange, 422, "this contradicts what was signed before");
    return true;
}

static struct ptn_status refuse_not_shown(struct ptn_keeper *keeper, struct held *held,
                                          const struct offered *offered,
                                          struct ptn_exchange *exchange, const char *fault)
{
    if (offered->has_pending)
        ptn_keeper_keep_refused(keeper, held, offered->body.note, PTN_BYTES_NONE,
                                ptn_buffer_bytes(&keeper->scratch));
    return ptn_keeper_say(keeper, exchange, 422, fault);
}

/* The checkpoint is the ledger's: signed by its key. */
static struct ptn_status take_offered(struct ptn_keeper *keeper, struct held *held,
                                      struct offered *offered, struct ptn_exchange *exchange)
{
    const char *fault;
    struct ptn_status status = ptn_keeper_copy(keeper, held, true, &offered->copy);

    if (ptn_ok(status))
        status = read_pending(keeper, offered);
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    if (offered->body.old_size > offered->checkpoint.size)
        return ptn_keeper_say(keeper, exchange, 400, "the old size is larger than the new one");
    if (contradicts(keeper, held, offered, exchange))
        return PTN_OK;
    if (offered->body.old_size != offered->pending.size)
        return say_size(keeper, exchange, offered->pending.size);
    fault = continues(keeper, offered);
    if (fault != NULL)
        return refuse_not_shown(keeper, held, offered, exchange, fault);
    status =
        ptn_copy_take_checkpoint(offered->copy, offered->body.note, &offered->body.proof, NULL);
    if (status.code == PTN_C_CORRUPT) {
        keep_fork(keeper, held, offered->copy, offered->body.note);
        return ptn_keeper_say(keeper, exchange, 422, "this contradicts what was signed before");
    }
    if (status.code == PTN_C_BAD_INPUT)
        return refuse_not_shown(keeper, held, offered, exchange, "this does not continue the last");
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    ptn_keeper_look_behind(keeper, held, offered->copy);
    return ptn_keeper_say(keeper, exchange, 200, "");
}

/* An open copy need not verify it again. */
static bool is_signed(struct held *held, const struct ptn_note *note)
{
    size_t good;

    return ptn_ok(held->copy != NULL ? ptn_copy_verify(held->copy, &held->key, note, NULL)
                                     : ptn_note_verify(note, &held->key, 1, &good, NULL));
}

struct ptn_status ptn_keeper_add_checkpoint(struct ptn_keeper *keeper,
                                            const struct ptn_keeper_peer *who,
                                            struct ptn_exchange *exchange)
{
    struct offered offered = { 0 };
    struct ptn_note note;
    struct held *held;

    if (!read_offered(keeper, exchange, &offered, &note))
        return PTN_OK;
    held = writable_by_name(keeper, who, offered.checkpoint.origin, exchange);
    if (held == NULL)
        return PTN_OK;
    if (!is_signed(held, &note))
        return ptn_keeper_say(keeper, exchange, 403, "invalid signature");
    return take_offered(keeper, held, &offered, exchange);
}

/* ---- payloads ---- */

/* The day's quota, before a body is taken. False: answered. KEEP-6. */
static bool within_quota(struct ptn_keeper *keeper, struct held *held, size_t len,
                         struct ptn_exchange *exchange)
{
    int64_t now_ms = keeper->world->now_ms(keeper->world->context);

    if (now_ms < held->day_ms || now_ms - held->day_ms >= DAY_MS) {
        held->day_ms = now_ms;
        held->day_bytes = 0;
    }
    if (len <= keeper->limits.day_bytes_max &&
        held->day_bytes <= keeper->limits.day_bytes_max - len) {
        held->day_bytes += len;
        return true;
    }
    (void)ptn_keeper_say(keeper, exchange, 429, "this origin's quota of the day is used up");
    return false;
}

static struct ptn_status put_batch(struct ptn_keeper *keeper, struct held *held,
                                   struct ptn_copy *copy, struct ptn_exchange *exchange)
{
    struct ptn_cursor cursor = ptn_cursor_at(exchange->body);
    struct ptn_status status;

    for (;;) {
        enum ptn_wire_payload what;
        struct ptn_bytes payload;

        status = ptn_wire_payload_next(&cursor, &what, &payload, NULL);
        if (status.code == PTN_C_NOT_FOUND)
            return ptn_keeper_say(keeper, exchange, 200, "");
        if (!ptn_ok(status) || what != PTN_WIRE_PAYLOAD_HERE)
            return ptn_keeper_say(keeper, exchange, 400, "not a batch of payloads");
        status = ptn_copy_put_payload(copy, NULL, payload, NULL);
        if (!ptn_ok(status))
            return ptn_keeper_trouble(keeper, held, exchange, status);
    }
}

struct ptn_status ptn_keeper_put_payloads(struct ptn_keeper *keeper,
                                          const struct ptn_keeper_peer *who,
                                          const struct ptn_wire_path *path,
                                          struct ptn_exchange *exchange)
{
    struct held *held = writable(keeper, who, &path->origin, exchange);
    struct ptn_copy *copy;
    struct ptn_hash sha256;
    struct ptn_status status;

    if (held == NULL)
        return PTN_OK;
    if (exchange->body.len == 0)
        return ptn_keeper_say(keeper, exchange, 400, "a payload is never empty");
    status = ptn_keeper_copy(keeper, held, true, &copy);
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    if (!within_quota(keeper, held, exchange->body.len, exchange))
        return PTN_OK;
    if (path->what == PTN_WIRE_POST_PAYLOADS)
        return put_batch(keeper, held, copy, exchange);
    status = ptn_sha256(&exchange->body, 1, sha256.at);
    if (ptn_ok(status) && !ptn_hash_equal(&sha256, &path->sha256))
        return ptn_keeper_say(keeper, exchange, 400, "not the payload of that name");
    if (ptn_ok(status))
        status = ptn_copy_put_payload(copy, &sha256, exchange->body, NULL);
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    return ptn_keeper_say(keeper, exchange, 200, "");
}

/* ---- add-entries ---- */

static struct ptn_status say_info(struct ptn_exchange *exchange, unsigned status, uint64_t size,
                                  uint64_t next)
{
    const struct ptn_wire_info info = { size, next, PTN_BYTES_NONE };

    ptn_buffer_clear(&exchange->answer);
    exchange->status = status;
    return ptn_wire_info_write(&exchange->answer, &info);
}

/* Packages on their way into the copy: checked ones gather, so that many become durable at once. */
struct taking {
    struct ptn_keeper *keeper;
    struct ptn_copy *copy;
    uint64_t size; /* of the tree they are proved in */
    struct ptn_hash root;
    uint64_t first;    /* of what has gathered in keeper->leaves */
    size_t count;      /* entries of it */
    unsigned gathered; /* packages of it */
    unsigned saved;    /* packages durable */
};

/* A failure of the copy in the sender's terms: CORRUPT when it is their fault, IO when it is ours.
 */
static struct ptn_status whose(struct ptn_status status)
{
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_NOT_FOUND)
        return (struct ptn_status){ PTN_C_CORRUPT };
    return ptn_ok(status) ? status : (struct ptn_status){ PTN_C_IO };
}

static struct ptn_status save_gathered(struct taking *taking)
{
    struct ptn_status status;

    if (taking->count == 0)
        return PTN_OK;
    status = whose(ptn_copy_take_entries(taking->copy, taking->first, taking->keeper->leaves,
                                         taking->count, NULL));
    if (ptn_ok(status))
        taking->saved += taking->gathered;
    taking->count = 0;
    taking->gathered = 0;
    return status;
}

/* A package that is a whole run from its start proves itself; check it as the copy would. */
static struct ptn_status check_whole(const struct taking *taking,
                                     const struct ptn_wire_package *package)
{
    struct ptn_hasher *hasher = taking->keeper->hasher;
    struct ptn_range range = { 0 };
    struct ptn_hash hash;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < package->count; i++) {
        status = ptn_tree_leaf(hasher, package->leaves[i], &hash);
        if (ptn_ok(status))
            status = ptn_range_add(hasher, &range, &hash, NULL, NULL);
    }
    if (ptn_ok(status))
        status = ptn_range_root(hasher, &range, &hash);
    return ptn_ok(status)
               ? ptn_subtree_check(hasher, package->first, package->end, taking->size, &hash,
                                   &taking->root, package->proof.hashes, package->proof.count, NULL)
               : status;
}

static struct ptn_status take_package(struct taking *taking, const struct ptn_wire_package *package)
{
    struct ptn_copy_standing standing;
    struct ptn_status status;

    ptn_copy_standing(taking->copy, &standing);
    if (package->first == package->subtree_start &&
        package->first == standing.next + taking->count) {
        status = check_whole(taking, package);
        if (!ptn_ok(status))
            return status;
        if (taking->count == 0)
            taking->first = package->first;
        memcpy(taking->keeper->leaves + taking->count, package->leaves,
               package->count * sizeof(package->leaves[0]));
        taking->count += package->count;
        taking->gathered++;
        return taking->count + PTN_WIRE_PACKAGE_WIDTH > PTN_LEDGER_BATCH_MAX ? save_gathered(taking)
                                                                             : PTN_OK;
    }
    /* It goes on within a run of which a part is here, or was here before: the copy knows. */
    status = save_gathered(taking);
    if (ptn_ok(status))
        status = whose(ptn_copy_take_package(taking->copy, package->first, package->leaves,
                                             package->count, taking->size, &package->proof, NULL));
    taking->saved += ptn_ok(status) ? 1 : 0;
    return status;
}

/* *ret_saved counts packages. NOT_FOUND: the body ended between two; BAD_INPUT: it ends within one;
 * CORRUPT: one is not part of that tree. What came before is kept. */
static struct ptn_status take_packages(struct ptn_keeper *keeper, struct ptn_copy *copy,
                                       struct ptn_wire_entries *entries, unsigned *ret_saved)
{
    struct taking taking = { .keeper = keeper, .copy = copy, .size = entries->end };
    unsigned count = 0;
    struct ptn_status saved;
    struct ptn_status status = whose(ptn_copy_known_root(copy, entries->end, &taking.root, NULL));

    for (; ptn_ok(status) && count < PTN_WIRE_PACKAGE_MAX; count++) {
        status = ptn_wire_entries_next(entries, keeper->package, NULL);
        if (ptn_ok(status))
            status = take_package(&taking, keeper->package);
    }
    saved = save_gathered(&taking);
    *ret_saved = taking.saved;
    if (!ptn_ok(saved))
        return saved;
    if (ptn_ok(status))
        status.code = PTN_C_NOT_FOUND;
    return status;
}

/* An erasure in force names the payload of that entry. */
static struct ptn_status is_erased(struct ptn_keeper *keeper, struct ptn_copy *copy, uint64_t index,
                                   bool *ret_erased)
{
    struct ptn_ledger_header header;
    struct ptn_status status;

    *ret_erased = false;
    status = ptn_copy_read(copy, index, &header, NULL, NULL);
    if (ptn_ok(status))
        *ret_erased =
            ptn_erasing_names(keeper->erasing, &header.sealed_sha256) ||
            (keeper->erased != NULL && keeper->erased(keeper->context, &header.sealed_sha256));
    return status;
}

static bool is_lost(const struct held *held, uint64_t index)
{
    for (size_t i = 0; i < held->lost_count; i++)
        if (held->lost[i] == index)
            return true;
    return false;
}

/*
 * Nobody but the writer had it, so its word is enough: it could as well have sealed noise. The
 * entry stays wanted: whoever brings the payload after all is welcome. Known for this run only: the
 * writer is asked again after the next start, and says it again.
 */
struct ptn_status ptn_keeper_post_lost(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                       const struct ptn_wire_path *path,
                                       struct ptn_exchange *exchange)
{
    struct held *held = writable(keeper, who, &path->origin, exchange);
    struct ptn_cursor cursor = ptn_cursor_at(exchange->body);
    struct ptn_copy *copy;
    uint64_t index = 0;
    struct ptn_status status;

    if (held == NULL)
        return PTN_OK;
    if (!ptn_bytes_is(who->origin, held->origin))
        return ptn_keeper_say(keeper, exchange, 403, "only who wrote it says that it is lost");
    status = ptn_keeper_copy(keeper, held, false, &copy);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_keeper_say(keeper, exchange, 422, "no checkpoint came before");
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    while (ptn_ok(status = ptn_wire_missing_next(&cursor, &index))) {
        uint64_t missing = 0;

        if (is_lost(held, index) || !ptn_ok(ptn_copy_next_missing(copy, index, &missing, NULL)) ||
            missing != index)
            continue;
        if (held->lost_count == PTN_WIRE_MISSING_MAX)
            return ptn_keeper_say(keeper, exchange, 429, "too many payloads are lost");
        held->lost[held->lost_count++] = index;
    }
    if (status.code != PTN_C_NOT_FOUND)
        return ptn_keeper_say(keeper, exchange, 400, "not numbers of entries");
    return ptn_keeper_say(keeper, exchange, 200, "");
}

/* 424: which payloads are named and not here, less those an erasure in force names and those that
 * their writer has lost. */
static struct ptn_status say_missing(struct ptn_keeper *keeper, struct held *held,
                                     struct ptn_copy *copy, struct ptn_exchange *exchange,
                                     bool *ret_missing)
{
    unsigned named = 0;
    uint64_t index = 0;
    struct ptn_status status = PTN_OK;

    for (uint64_t from = 0; ptn_ok(status) && named < PTN_WIRE_MISSING_MAX; from = index + 1) {
        bool erased = false;

        status = ptn_copy_next_missing(copy, from, &index, NULL);
        if (ptn_ok(status))
            status = is_erased(keeper, copy, index, &erased);
        if (!ptn_ok(status) || erased || is_lost(held, index))
            continue;
        named++;
        status = ptn_wire_missing_write(&exchange->answer, index);
    }
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    *ret_missing = named > 0;
    if (*ret_missing)
        exchange->status = 424;
    return PTN_OK;
}

/* Everything up to the proved checkpoint is durable: sign it, keep the signature, show it. Only
 * then is it said: lines gets the signature. */
static struct ptn_status cosign(struct ptn_keeper *keeper, struct held *held, struct ptn_copy *copy,
                                uint64_t size, struct ptn_buffer *lines)
{
    struct ptn_buffer *note = &keeper->scratch;
    int64_t now_s = keeper->world->now_ms(keeper->world->context) / 1000;
    struct ptn_copy_standing standing;
    struct ptn_status status;

    ptn_buffer_clear(note);
    ptn_buffer_clear(lines);
    status = ptn_copy_checkpoint(copy, note, NULL);
    if (ptn_ok(status))
        status = ptn_cosignature_sign(keeper->vault, PTN_ROLE_MIRROR, keeper->mirror_name,
                                      ptn_buffer_bytes(note), now_s < 0 ? 0 : now_s, lines, NULL);
    if (ptn_ok(status))
        status = ptn_buffer_add(note, ptn_buffer_bytes(lines));
    if (ptn_ok(status))
        status = ptn_copy_cosign(copy, ptn_buffer_bytes(note), NULL);
    if (!ptn_ok(status))
        return status;
    if (!held->shown || held->shown_size != size)
        keeper->changes++;
    held->shown = true;
    held->shown_size = size;
    ptn_copy_standing(copy, &standing);
    held->missing = standing.missing;
    held->cosigned_ms = now_s * 1000;
    held->behind_ms = 0; /* what is behind now has been for no longer than this */
    ptn_keeper_look_behind(keeper, held, copy);
    return PTN_OK;
}

struct ptn_status ptn_keeper_catch_up(struct ptn_keeper *keeper, struct held *held,
                                      struct ptn_copy *copy)
{
    struct ptn_exchange nobody = { .verb = "", .path = "" };
    struct ptn_copy_standing standing;
    bool missing = true;
    struct ptn_status status;

    ptn_copy_standing(copy, &standing);
    if (!held->listed || standing.size <= standing.cosigned_size)
        return PTN_OK;
    ptn_buffer_init(&nobody.answer, PTN_WIRE_BODY_MAX);
    status = say_missing(keeper, held, copy, &nobody, &missing);
    if (ptn_ok(status) && !missing)
        status = cosign(keeper, held, copy, standing.size, &nobody.answer);
    ptn_buffer_release(&nobody.answer);
    return status;
}

static struct ptn_status finish(struct ptn_keeper *keeper, struct held *held, struct ptn_copy *copy,
                                uint64_t end, struct ptn_exchange *exchange)
{
    struct ptn_copy_standing standing;
    bool missing = false;
    struct ptn_status status;

    ptn_copy_standing(copy, &standing);
    /* A larger one may be pending; signed is what is proved, and that is said. */
    if (standing.size < end)
        return say_info(exchange, 202, end, standing.next);
    if (standing.size > end)
        return say_info(exchange, 409, standing.pending_size, standing.next);
    status = say_missing(keeper, held, copy, exchange, &missing);
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    if (missing)
        return PTN_OK;
    status = cosign(keeper, held, copy, end, &exchange->answer);
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    exchange->status = 200;
    return PTN_OK;
}

/* The fixed part fits what is here; else false, answered. */
static bool entries_fit(struct ptn_keeper *keeper, const struct ptn_wire_entries *entries,
                        struct ptn_copy *copy, struct ptn_exchange *exchange)
{
    struct ptn_copy_standing standing;
    struct ptn_hash root;
    uint64_t have;

    ptn_copy_standing(copy, &standing);
    if (standing.pending_size == 0 && entries->end > 0) {
        (void)ptn_keeper_say(keeper, exchange, 422, "no checkpoint came before");
        return false;
    }
    have = entries->end < standing.next ? entries->end : standing.next;
    if (entries->end >= standing.cosigned_size && entries->start <= standing.next &&
        (have <= entries->start || have - entries->start <= EXCESS_MAX) &&
        ptn_ok(ptn_copy_known_root(copy, entries->end, &root, NULL)))
        return true;
    ptn_keeper_count_refusal(keeper, 409);
    if (!ptn_ok(say_info(exchange, 409, standing.pending_size, standing.next)))
        exchange->status = 503;
    return false;
}

struct ptn_status ptn_keeper_add_entries(struct ptn_keeper *keeper,
                                         const struct ptn_keeper_peer *who,
                                         struct ptn_exchange *exchange)
{
    struct ptn_wire_entries entries;
    struct ptn_copy *copy;
    struct held *held;
    unsigned saved = 0;
    struct ptn_status status;

    if (!ptn_ok(ptn_wire_entries_parse(exchange->body, &entries, NULL)))
        return ptn_keeper_say(keeper, exchange, 400, "not an add-entries body");
    held = writable_by_name(keeper, who, entries.origin, exchange);
    if (held == NULL)
        return PTN_OK;
    status = ptn_keeper_copy(keeper, held, false, &copy);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_keeper_say(keeper, exchange, 422, "no checkpoint came before");
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    if (!entries_fit(keeper, &entries, copy, exchange) ||
        !within_quota(keeper, held, exchange->body.len, exchange))
        return PTN_OK;
    status = take_packages(keeper, copy, &entries, &saved);
    if (status.code == PTN_C_CORRUPT)
        return ptn_keeper_say(keeper, exchange, 422, "a package is not part of that tree");
    if (status.code != PTN_C_NOT_FOUND && status.code != PTN_C_BAD_INPUT)
        return ptn_keeper_trouble(keeper, held, exchange, status);
    if (saved == 0 && entries.start < entries.end)
        return ptn_keeper_say(keeper, exchange, 400, "not one whole package");
    return finish(keeper, held, copy, entries.end, exchange);
}
