/* What a keeper writes in its own ledger: notes handed in, and what it refused. */
#include "mirror/keeper_int.h"

#define ROSTER_MEMORY ((size_t)16 << 20)
#define WRITINGS_MAX  64u /* of one text */

/* ---- rosters ---- */

static struct ptn_date today(const struct ptn_keeper *keeper)
{
    return ptn_instant_date(keeper->world->now_ms(keeper->world->context));
}

/* Does it follow, over those that wait? The codes of ptn_roster_follows. ROSTER-1. */
static struct ptn_status follows(const struct ptn_keeper *keeper, struct ptn_bytes note,
                                 struct ptn_arena *arena, struct ptn_roster *ret_roster)
{
    struct ptn_bytes waiting[PTN_ROSTER_WAITING_MAX];
    struct ptn_status status = { PTN_C_BAD_INPUT };

    for (size_t i = 0; i < keeper->waiting_count; i++)
        waiting[i] = ptn_buffer_bytes(&keeper->waiting[i]);
    for (size_t through = keeper->waiting_count + 1;
         status.code == PTN_C_BAD_INPUT && through-- > 0;)
        status = ptn_roster_follows_through(&keeper->roster, waiting, through, note, today(keeper),
                                            arena, ret_roster, NULL);
    return status;
}

void ptn_keeper_waiting_clear(struct ptn_keeper *keeper)
{
    while (keeper->waiting_count > 0)
        ptn_buffer_release(&keeper->waiting[--keeper->waiting_count]);
}

/* The next version after those that wait, over by now: kept for a later one. bytes is taken over on
 * true. */
static bool wait_for_later(struct ptn_keeper *keeper, const struct ptn_buffer *bytes,
                           uint32_t version)
{
    if (keeper->waiting_count >= PTN_ROSTER_WAITING_MAX ||
        version != keeper->roster.version + 1 + keeper->waiting_count)
        return false;
    keeper->waiting[keeper->waiting_count++] = *bytes;
    return true;
}

/* Its version, or 0: no roster. */
static uint32_t version_of(struct ptn_bytes note, struct ptn_arena *arena)
{
    struct ptn_note parsed;
    struct ptn_roster roster;

    return ptn_ok(ptn_note_parse(note, &parsed, NULL)) &&
                   ptn_ok(ptn_roster_parse(parsed.text, arena, &roster, NULL))
               ? roster.version
               : 0;
}

static struct ptn_status put_in_force(struct ptn_keeper *keeper, const struct ptn_roster *roster)
{
    const struct ptn_roster former = keeper->roster;
    const struct ptn_roster_node *self;
    struct ptn_status status;

    keeper->roster = *roster;
    status = ptn_keeper_list(keeper);
    if (!ptn_ok(status))
        keeper->roster = former;
    self = ptn_roster_find(&keeper->roster, keeper->name);
    keeper->mirror_name = self == NULL ? PTN_BYTES_NONE : self->mirror.name;
    return status;
}

struct ptn_status ptn_keeper_take_roster(struct ptn_keeper *keeper, struct ptn_bytes note,
                                         bool *ret_taken)
{
    struct ptn_arena *arena = ptn_arena_new(ROSTER_MEMORY);
    struct ptn_buffer bytes;
    struct ptn_roster roster = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    *ret_taken = false;
    ptn_buffer_init(&bytes, PTN_NOTE_LEN_MAX);
    if (arena != NULL)
        status = ptn_buffer_add(&bytes, note);
    if (ptn_ok(status))
        status = follows(keeper, ptn_buffer_bytes(&bytes), arena, &roster);
    if (status.code == PTN_C_BUSY &&
        wait_for_later(keeper, &bytes, version_of(ptn_buffer_bytes(&bytes), arena))) {
        ptn_arena_free(arena);
        return PTN_OK;
    }
    if (ptn_ok(status)) {
        status = put_in_force(keeper, &roster);
        *ret_taken = ptn_ok(status);
    } else if (status.code != PTN_C_NO_MEMORY && status.code != PTN_C_IO) {
        status = PTN_OK; /* no roster, or not the next one */
        keeper->roster_left = keeper->roster_left ||
                              version_of(ptn_buffer_bytes(&bytes), arena) > keeper->roster.version;
    }
    if (*ret_taken) {
        ptn_keeper_waiting_clear(keeper);
        ptn_arena_free(keeper->arena);
        ptn_buffer_release(&keeper->note);
        keeper->arena = arena;
        keeper->note = bytes;
        return PTN_OK;
    }
    ptn_arena_free(arena);
    ptn_buffer_release(&bytes);
    return status;
}

/* A roster's text begins with the roster's name. */
static bool is_roster(const struct ptn_keeper *keeper, struct ptn_bytes note)
{
    const struct ptn_bytes origin = keeper->roster.origin;

    return note.len > origin.len && note.at[origin.len] == '\n' &&
           ptn_bytes_equal(ptn_bytes_slice(note, 0, origin.len), origin);
}

/* One of the own ledger's notes. */
static struct ptn_status take_kept(struct ptn_keeper *keeper, uint64_t index,
                                   struct ptn_buffer *payload, bool *ret_taken)
{
    struct ptn_ledger_header header;
    struct ptn_handed_note handed;
    struct ptn_status status = ptn_ledger_read(keeper->ledger, index, &header, NULL, NULL);

    if (!ptn_ok(status) || header.kind != PTN_RECORD_NOTE)
        return status;
    ptn_buffer_clear(payload);
    status = ptn_ledger_read(keeper->ledger, index, &header, payload, NULL);
    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK; /* erased */
    if (ptn_ok(status) && ptn_ok(ptn_handed_note_parse(ptn_buffer_bytes(payload), &handed, NULL)) &&
        is_roster(keeper, handed.note))
        status = ptn_keeper_take_roster(keeper, handed.note, ret_taken);
    return status;
}

/* Versions that came before those they follow: they are notes here, and would not be taken as new
 * ones again. ROSTER-2. */
static struct ptn_status walk_on(struct ptn_keeper *keeper)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = PTN_OK;
    bool again = keeper->roster_left;

    while (ptn_ok(status) && again) {
        again = false;
        for (uint64_t i = 0; ptn_ok(status) && i < keeper->own_size; i++) {
            bool taken = false;

            status = take_kept(keeper, i, &payload, &taken);
            again = again || taken;
        }
    }
    ptn_buffer_release(&payload);
    return status;
}

/* Would it be taken up, now or with a later one? */
static bool is_next_roster(const struct ptn_keeper *keeper, struct ptn_bytes note)
{
    struct ptn_arena *arena = ptn_arena_new(ROSTER_MEMORY);
    struct ptn_roster roster;
    enum ptn_code code = PTN_C_NO_MEMORY;

    if (arena != NULL)
        code = follows(keeper, note, arena, &roster).code;
    ptn_arena_free(arena);
    return code == PTN_C_OK || code == PTN_C_BUSY;
}

/* ---- texts ---- */

/*
 * Anybody can put lines by unknown keys under a note, and a line's order says nothing: one text is
 * taken in so many writings and no more, so that nobody fills a ledger with it. The next roster is
 * taken in any.
 * KEEP-6.
 */
static bool text_is_full(struct ptn_keeper *keeper, const struct ptn_note *note,
                         struct ptn_hash *ret_text)
{
    uint64_t writings = 0;

    if (!ptn_ok(ptn_sha256(&note->text, 1, ret_text->at)))
        return true;
    return ptn_seen_find(&keeper->texts, ret_text, &writings) && writings >= WRITINGS_MAX;
}

static void count_text(struct ptn_keeper *keeper, const struct ptn_hash *text)
{
    uint64_t writings = 0;

    (void)ptn_seen_find(&keeper->texts, text, &writings);
    ptn_seen_add(&keeper->texts, text, writings + 1);
}

/* ---- remembering ---- */

static struct ptn_status remember_note(struct ptn_keeper *keeper, struct ptn_bytes payload,
                                       uint64_t index, int64_t time_ms)
{
    struct ptn_handed_note handed;
    struct ptn_note note;
    struct ptn_hash hash;
    bool taken;
    struct ptn_status status = ptn_handed_note_parse(payload, &handed, NULL);

    if (!ptn_ok(status)) /* of a later version: nothing to remember */
        return PTN_OK;
    status = ptn_seen_reserve(&keeper->notes);
    if (ptn_ok(status))
        status = ptn_seen_reserve(&keeper->texts);
    if (ptn_ok(status))
        status = ptn_sha256(&handed.note, 1, hash.at);
    if (!ptn_ok(status))
        return status;
    ptn_seen_add(&keeper->notes, &hash, index);
    if (ptn_ok(ptn_note_parse(handed.note, &note, NULL)) &&
        ptn_ok(ptn_sha256(&note.text, 1, hash.at)))
        count_text(keeper, &hash);
    status = ptn_keeper_take_roster(keeper, handed.note, &taken);
    return ptn_ok(status) ? ptn_keeper_take_order(keeper, handed.note, time_ms, true) : status;
}

static struct ptn_status remember_refused(struct ptn_keeper *keeper, struct ptn_bytes payload,
                                          uint64_t index)
{
    struct ptn_record_refused refused;
    struct ptn_hash hash, id;
    struct held *held;
    struct ptn_status status = ptn_record_refused_parse(payload, &refused, NULL);

    if (!ptn_ok(status))
        return PTN_OK;
    status = ptn_seen_reserve(&keeper->evidence);
    if (ptn_ok(status))
        status = ptn_sha256(&refused.refused, 1, hash.at);
    if (ptn_ok(status))
        status = ptn_wire_origin_hash(refused.origin, &id);
    if (!ptn_ok(status))
        return status;
    ptn_seen_add(&keeper->evidence, &hash, index);
    held = ptn_keeper_find(keeper, &id);
    if (held != NULL) {
        held->refused++;
        held->forked = held->forked || refused.why == PTN_REFUSED_FORK;
    }
    return PTN_OK;
}

struct ptn_status ptn_keeper_remember(struct ptn_keeper *keeper, struct ptn_diag *reterr)
{
    struct ptn_buffer payload;
    struct ptn_status status = ptn_ledger_size(keeper->ledger, &keeper->own_size, reterr);

    ptn_buffer_init(&payload, PTN_RECORD_LEN_MAX);
    for (uint64_t i = 0; ptn_ok(status) && i < keeper->own_size; i++) {
        struct ptn_ledger_header header;

        status = ptn_ledger_read(keeper->ledger, i, &header, NULL, reterr);
        if (!ptn_ok(status) ||
            (header.kind != PTN_RECORD_NOTE && header.kind != PTN_RECORD_REFUSED))
            continue;
        ptn_buffer_clear(&payload);
        status = ptn_ledger_read(keeper->ledger, i, &header, &payload, reterr);
        if (status.code == PTN_C_NOT_FOUND) { /* erased */
            status = PTN_OK;
            continue;
        }
        if (ptn_ok(status) && header.kind == PTN_RECORD_NOTE)
            status = remember_note(keeper, ptn_buffer_bytes(&payload), i, header.time_ms);
        else if (ptn_ok(status))
            status = remember_refused(keeper, ptn_buffer_bytes(&payload), i);
    }
    ptn_buffer_release(&payload);
    if (ptn_ok(status))
        status = walk_on(keeper);
    if (ptn_ok(status))
        ptn_keeper_away_list(keeper);
    return status;
}

/* ---- appending ---- */

struct ptn_status ptn_keeper_append(struct ptn_keeper *keeper, enum ptn_record_kind kind,
                                    struct ptn_bytes payload, uint64_t *ret_index)
{
    const struct ptn_ledger_entry entry = { .kind = kind,
                                            .time_ms =
                                                keeper->world->now_ms(keeper->world->context),
                                            .rung = PTN_RUNG_NORMAL,
                                            .retention = (uint8_t)ptn_record_retention(kind),
                                            .payload = payload };
    struct ptn_status status = ptn_ledger_append(keeper->ledger, &entry, 1, ret_index, NULL);

    if (ptn_ok(status)) {
        keeper->own_size = *ret_index + 1;
        keeper->changes++;
    }
    return status;
}

/* ---- evidence ---- */

void ptn_keeper_keep_refused(struct ptn_keeper *keeper, struct held *held, struct ptn_bytes refused,
                             struct ptn_bytes evidence, struct ptn_bytes stands)
{
    const struct ptn_record_refused record = {
        .origin = ptn_bytes_from_text(held->origin),
        .why = evidence.len > 0 ? PTN_REFUSED_FORK : PTN_REFUSED_NOT_SHOWN,
        .refused = refused,
        .held = evidence.len > 0 ? PTN_BYTES_NONE : stands,
        .evidence = evidence,
    };
    struct ptn_buffer payload;
    struct ptn_hash hash = { 0 };
    uint64_t index;
    struct ptn_status status;

    if (held->refused >= PTN_KEEPER_REFUSED_MAX || !ptn_ok(ptn_sha256(&refused, 1, hash.at)) ||
        ptn_seen_find(&keeper->evidence, &hash, &index) ||
        !ptn_ok(ptn_seen_reserve(&keeper->evidence)))
        return;
    ptn_buffer_init(&payload, PTN_RECORD_LEN_MAX);
    status = ptn_record_refused_write(&record, &payload);
    if (ptn_ok(status))
        status = ptn_keeper_append(keeper, PTN_RECORD_REFUSED, ptn_buffer_bytes(&payload), &index);
    ptn_buffer_release(&payload);
    if (!ptn_ok(status))
        return;
    ptn_seen_add(&keeper->evidence, &hash, index);
    held->refused++;
    held->forked = held->forked || record.why == PTN_REFUSED_FORK;
    keeper->evidence_count++;
}

/* ---- notes ---- */

/* True when one of these keys signed; a known key's wrong signature refuses the note. */
static bool signed_by(const struct ptn_note *note, const struct ptn_vkey *keys, size_t count,
                      bool *ret_wrong)
{
    size_t good;
    struct ptn_diag diag = { 0, "" };
    struct ptn_status status;

    if (count == 0)
        return false;
    status = ptn_note_verify(note, keys, count, &good, &diag);
    /* verify says CORRUPT for both: nobody known (at 0), and a known key's wrong line (after it) */
    if (!ptn_ok(status) && !(status.code == PTN_C_CORRUPT && diag.offset == 0))
        *ret_wrong = true;
    return ptn_ok(status);
}

static bool by_the_roster(const struct ptn_roster *roster, const struct ptn_note *note)
{
    bool wrong = false;
    bool good = signed_by(note, roster->authorities, roster->authority_count, &wrong);

    good = signed_by(note, roster->duties, roster->duty_count, &wrong) || good;
    good = signed_by(note, roster->personnel, roster->personnel_count, &wrong) || good;
    return good && !wrong;
}

static struct ptn_status say_index(struct ptn_exchange *exchange, uint64_t index)
{
    exchange->status = 200;
    return ptn_buffer_addf(&exchange->answer, "%llu\n", (unsigned long long)index);
}

/* KEEP-5. */
static struct ptn_status take_note(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                   const struct ptn_hash *hash, const struct ptn_hash *text,
                                   struct ptn_exchange *exchange)
{
    const struct ptn_handed_note handed = { who->origin, exchange->body };
    struct ptn_buffer payload;
    uint64_t index = 0;
    bool taken;
    struct ptn_status status;

    ptn_buffer_init(&payload, PTN_RECORD_LEN_MAX);
    status = ptn_handed_note_write(&handed, &payload);
    if (status.code == PTN_C_BAD_INPUT) {
        ptn_buffer_release(&payload);
        return ptn_keeper_say(keeper, exchange, 400, "a note is lines of plain text");
    }
    if (ptn_ok(status))
        status = ptn_seen_reserve(&keeper->notes);
    if (ptn_ok(status))
        status = ptn_seen_reserve(&keeper->texts);
    if (ptn_ok(status))
        status = ptn_keeper_append(keeper, PTN_RECORD_NOTE, ptn_buffer_bytes(&payload), &index);
    ptn_buffer_release(&payload);
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, NULL, exchange, status);
    ptn_seen_add(&keeper->notes, hash, index);
    count_text(keeper, text);
    /* The note is durable: a roster that cannot be taken up now is at the next opening. */
    (void)ptn_keeper_take_roster(keeper, handed.note, &taken).code;
    if (taken) {
        (void)walk_on(keeper).code;
        ptn_keeper_away_list(keeper); /* whose key it is may be another's now */
    } else {
        (void)ptn_ok(ptn_keeper_take_order(keeper, handed.note,
                                           keeper->world->now_ms(keeper->world->context), false));
    }
    return say_index(exchange, index);
}

struct ptn_status ptn_keeper_post_note(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                       struct ptn_exchange *exchange)
{
    struct ptn_note note;
    struct ptn_hash hash;
    struct ptn_hash text = { { 0 } };
    uint64_t index;

    if (exchange->body.len > PTN_WIRE_ROSTER_MAX ||
        (exchange->body.len > PTN_WIRE_NOTE_MAX && !is_next_roster(keeper, exchange->body)))
        return ptn_keeper_say(keeper, exchange, 413, "the note is too long");
    if (!ptn_ok(ptn_note_parse(exchange->body, &note, NULL)))
        return ptn_keeper_say(keeper, exchange, 400, "not a signed note");
    if (!ptn_ok(ptn_sha256(&exchange->body, 1, hash.at)))
        return ptn_keeper_say(keeper, exchange, 503, "cannot be done now");
    if (ptn_seen_find(&keeper->notes, &hash, &index))
        return say_index(exchange, index);
    if (!by_the_roster(&keeper->roster, &note))
        return ptn_keeper_say(keeper, exchange, 403, "not signed by a key of the roster");
    if (keeper->notes.count >= PTN_KEEPER_NOTES_MAX ||
        (text_is_full(keeper, &note, &text) && !is_next_roster(keeper, exchange->body)))
        return ptn_keeper_say(keeper, exchange, 429, "no more notes are taken");
    if (!ptn_keeper_has_room(keeper, exchange))
        return PTN_OK;
    return take_note(keeper, who, &hash, &text, exchange);
}
