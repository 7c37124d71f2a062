#include "node/country.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/node.h"
#include "record/notice.h"

#define VIEW_FILE    "view.sqlite"
#define CONF_FILE    "node.conf"
#define CONF_MAX     16384u
#define PATH_MAX_LEN 1024u
#define WAIT_US      INT64_C(10000000) /* for a payload that is on its way */
#define MENDS_MAX    64u
#define DIGEST_TEXT  ((size_t)16 << 20)
#define ARENA_MAX    ((size_t)1 << 20)
#define WAITS_MAX    64u

/* One entry that was taken from a copy. */
struct taken {
    struct ptn_ledger_header header;
    size_t at, len; /* its payload, opened, in the room */
};

/* A ledger that waits for a payload. */
struct waiting {
    struct ptn_hash origin; /* SHA-256 of the ledger's name */
    uint64_t seq;
    int64_t since_us; /* 0: free */
};

struct ptn_gather {
    const struct ptn_world *world;
    const struct ptn_vault *vault;
    struct ptn_view *view;
    struct ptn_buffer payload; /* at most PTN_GATHER_ROOM and the last one */
    struct taken taken[PTN_GATHER_BATCH];
    size_t taken_count;
    uint64_t taken_first;     /* its place in the ledger */
    const char *taken_origin; /* the copy's; Borrowed until it is applied */
    bool open;                /* a transaction is, */
    size_t unsettled;         /* and so many entries are in it */
    struct waiting waits[WAITS_MAX];
    size_t wait_next;
    struct ptn_arena *still; /* NULL: payloads are on their way; else what still_heads lie in */
    struct ptn_view_head *still_heads;
    size_t still_count;
};

/* What was opened is not left lying about. */
static void empty_room(struct ptn_gather *gather)
{
    if (gather->payload.len > 0)
        explicit_bzero(gather->payload.at, gather->payload.len);
    ptn_buffer_clear(&gather->payload);
    gather->taken_count = 0;
}

struct ptn_status ptn_gather_where(const struct ptn_world *world, const char *dir,
                                   char ret_where[PTN_GATHER_WHERE_SIZE], struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    struct ptn_node_plan plan = { 0 };
    char path[PATH_MAX_LEN];
    int len = snprintf(path, sizeof(path), "%s/%s", dir, CONF_FILE);
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (len > 0 && (size_t)len < sizeof(path))
        status = world->files->read(world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    ptn_buffer_release(&conf);
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    ptn_gather_where_of(&plan, dir, ret_where);
    return PTN_OK;
}

void ptn_gather_where_of(const struct ptn_node_plan *plan, const char *dir,
                         char ret_where[PTN_GATHER_WHERE_SIZE])
{
    if (plan->view[0] != '\0')
        (void)snprintf(ret_where, PTN_GATHER_WHERE_SIZE, "%s", plan->view);
    else
        (void)snprintf(ret_where, PTN_GATHER_WHERE_SIZE, "%s/%s", dir, VIEW_FILE);
}

struct ptn_status ptn_gather_open(const struct ptn_world *world, const char *dir,
                                  const struct ptn_vault *vault, struct ptn_gather **ret_gather,
                                  struct ptn_diag *reterr)
{
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_status status = ptn_gather_where(world, dir, where, reterr);

    return ptn_ok(status) ? ptn_gather_open_at(world, where, vault, ret_gather, reterr) : status;
}

struct ptn_status ptn_gather_open_at(const struct ptn_world *world, const char *where,
                                     const struct ptn_vault *vault, struct ptn_gather **ret_gather,
                                     struct ptn_diag *reterr)
{
    struct ptn_gather *gather = calloc(1, sizeof(*gather));
    struct ptn_status status = { PTN_C_NO_MEMORY };
    uint8_t *room;

    if (gather == NULL)
        return status;
    gather->world = world;
    gather->vault = vault;
    ptn_buffer_init(&gather->payload, PTN_GATHER_ROOM + PTN_PAYLOAD_LEN_MAX);
    /* at once: what is opened into it must not be left behind when it grows */
    status = ptn_buffer_reserve(&gather->payload, gather->payload.len_max, &room);
    if (ptn_ok(status))
        status = ptn_view_open(world, where, PTN_VIEW_WRITE, &gather->view, reterr);
    if (!ptn_ok(status)) {
        ptn_gather_close(gather);
        return status;
    }
    *ret_gather = gather;
    return PTN_OK;
}

void ptn_gather_close(struct ptn_gather *gather)
{
    if (gather == NULL)
        return;
    empty_room(gather);
    ptn_view_close(gather->view);
    ptn_arena_free(gather->still);
    ptn_buffer_release(&gather->payload);
    free(gather);
}

struct ptn_view *ptn_gather_view(struct ptn_gather *gather)
{
    return gather->view;
}

/* ---- entries ---- */

/* Where nothing comes any more: whether the view that there was had gone on past that entry. */
static bool was_passed(const struct ptn_gather *gather, const char *origin, uint64_t seq)
{
    for (size_t i = 0; i < gather->still_count; i++)
        if (strcmp(gather->still_heads[i].origin, origin) == 0)
            return seq < gather->still_heads[i].size;
    return false;
}

/* Whether the payload of that entry has been waited for long enough. */
static bool waited(struct ptn_gather *gather, const char *origin, uint64_t seq)
{
    int64_t now_us = gather->world->monotonic_us(gather->world->context);
    struct waiting *slot = NULL;
    struct ptn_bytes text = ptn_bytes_from_text(origin);
    struct ptn_hash name;

    if (gather->still != NULL)
        return was_passed(gather, origin, seq);
    if (!ptn_ok(ptn_sha256(&text, 1, name.at)))
        return true;
    for (size_t i = 0; i < WAITS_MAX && slot == NULL; i++)
        if (gather->waits[i].since_us != 0 &&
            memcmp(gather->waits[i].origin.at, name.at, sizeof(name.at)) == 0)
            slot = &gather->waits[i];
    if (slot == NULL)
        slot = &gather->waits[gather->wait_next++ % WAITS_MAX];
    else if (slot->seq == seq)
        return now_us - slot->since_us >= WAIT_US;
    *slot = (struct waiting){ name, seq, now_us == 0 ? 1 : now_us };
    return false;
}

/* Read one entry with its payload, as far as it is here and opens, into the room. *ret_here: it has
 * none, or it is here. */
static struct ptn_status read_entry(struct ptn_gather *gather, struct ptn_copy *copy, uint64_t seq,
                                    struct taken *ret_taken, bool *ret_here,
                                    struct ptn_diag *reterr)
{
    struct ptn_buffer *room = &gather->payload;
    size_t start = room->len;
    struct ptn_ledger_header again;
    struct ptn_status status =
        ptn_copy_open_payload(copy, gather->vault, seq, &ret_taken->header, room, reterr);
    struct ptn_status read;

    *ret_here = true;
    ret_taken->at = start;
    ret_taken->len = 0;
    if (ptn_ok(status)) {
        ret_taken->len = room->len - start;
        return status;
    }
    room->len = start;
    read = ptn_copy_read(copy, seq, &ret_taken->header, NULL, reterr);
    if (!ptn_ok(read))
        return read;
    if (status.code == PTN_C_NOT_FOUND) { /* the payload is not here, or no key opens it */
        *ret_here = ptn_ok(ptn_copy_read(copy, seq, &again, room, NULL));
        room->len = start;
    }
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_CORRUPT ||
        status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        return PTN_OK; /* not readable: counted as that, and the view goes on */
    return status;
}

static struct ptn_view_entry entry_of(const struct ptn_gather *gather, const char *origin,
                                      uint64_t seq, const struct taken *taken)
{
    return (struct ptn_view_entry){ origin, seq, &taken->header,
                                    ptn_bytes_of(gather->payload.at + taken->at, taken->len) };
}

struct ptn_status ptn_gather_take(struct ptn_gather *gather, struct ptn_copy *copy, bool *ret_more,
                                  struct ptn_diag *reterr)
{
    const char *origin = ptn_copy_origin(copy);
    struct ptn_copy_standing standing;
    struct ptn_view_cursor cursor = { 0 };
    struct ptn_status status = ptn_view_cursor(gather->view, origin, &cursor, reterr);
    uint64_t next = cursor.next;
    bool here = true;

    PTN_PRE(gather->taken_count == 0);
    *ret_more = false;
    ptn_copy_standing(copy, &standing);
    if (!ptn_ok(status) || next >= standing.size)
        return status;
    gather->taken_origin = origin;
    gather->taken_first = next;
    status = ptn_copy_read_begin(copy, reterr);
    while (ptn_ok(status) && next < standing.size && gather->taken_count < PTN_GATHER_BATCH &&
           gather->payload.len < PTN_GATHER_ROOM) {
        status = read_entry(gather, copy, next, &gather->taken[gather->taken_count], &here, reterr);
        if (ptn_ok(status) && !here && !waited(gather, origin, next))
            break;
        here = true;
        gather->taken_count += ptn_ok(status) ? 1 : 0;
        next++;
    }
    ptn_copy_read_end(copy);
    if (!ptn_ok(status))
        empty_room(gather);
    *ret_more = ptn_ok(status) && here && next < standing.size;
    return status;
}

/* ---- transactions ---- */

static struct ptn_status begin(struct ptn_gather *gather, struct ptn_diag *reterr)
{
    struct ptn_status status = gather->open ? PTN_OK : ptn_view_begin(gather->view, reterr);

    gather->open = gather->open || ptn_ok(status);
    return status;
}

/* Give the transaction up: what was in it is asked of the copies again. */
static void give_up(struct ptn_gather *gather)
{
    ptn_view_rollback(gather->view);
    gather->open = false;
    gather->unsettled = 0;
}

struct ptn_status ptn_gather_settle(struct ptn_gather *gather, struct ptn_diag *reterr)
{
    struct ptn_status status = gather->open ? ptn_view_commit(gather->view, reterr) : PTN_OK;

    if (!ptn_ok(status))
        give_up(gather);
    gather->open = false;
    gather->unsettled = 0;
    return status;
}

struct ptn_status ptn_gather_apply(struct ptn_gather *gather, size_t *ret_applied,
                                   struct ptn_diag *reterr)
{
    size_t count = gather->taken_count;
    struct ptn_status status = count == 0 ? PTN_OK : begin(gather, reterr);

    *ret_applied = 0;
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_view_entry entry =
            entry_of(gather, gather->taken_origin, gather->taken_first + i, &gather->taken[i]);

        status = ptn_view_apply(gather->view, &entry, reterr);
    }
    empty_room(gather);
    if (!ptn_ok(status)) {
        give_up(gather);
        return status;
    }
    gather->unsettled += count;
    if (gather->unsettled >= PTN_GATHER_TOGETHER)
        status = ptn_gather_settle(gather, reterr);
    if (ptn_ok(status))
        *ret_applied = count;
    return status;
}

struct ptn_status ptn_gather_turn(struct ptn_gather *gather, struct ptn_copy *copy,
                                  size_t *ret_applied, struct ptn_diag *reterr)
{
    size_t applied = 0;
    bool more;
    struct ptn_status status = ptn_gather_take(gather, copy, &more, reterr);

    *ret_applied = 0;
    if (ptn_ok(status))
        status = ptn_gather_apply(gather, &applied, reterr);
    if (ptn_ok(status))
        status = ptn_gather_settle(gather, reterr);
    if (ptn_ok(status))
        *ret_applied = applied;
    return status;
}

/* ---- the centre's own ledger ---- */

/* One entry of it. What does not open any more counts as not readable. */
static struct ptn_status read_own(struct ptn_gather *gather, struct ptn_ledger *ledger,
                                  uint64_t seq, struct ptn_ledger_header *ret_header,
                                  struct ptn_diag *reterr)
{
    struct ptn_status status;

    empty_room(gather);
    status = ptn_ledger_read(ledger, seq, ret_header, NULL, reterr);
    if (!ptn_ok(status) || !ret_header->has_payload)
        return status;
    status = ptn_ledger_read(ledger, seq, ret_header, &gather->payload, reterr);
    if (!ptn_ok(status))
        ptn_buffer_clear(&gather->payload);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_gather_own(struct ptn_gather *gather, struct ptn_ledger *ledger,
                                 size_t *ret_kept, struct ptn_diag *reterr)
{
    const char *origin = ptn_ledger_origin(ledger);
    struct ptn_view_cursor before = { 0 };
    struct ptn_view_cursor after = { 0 };
    uint64_t size = 0;
    uint64_t end;
    struct ptn_status status = ptn_gather_settle(gather, reterr);

    *ret_kept = 0;
    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status))
        status = ptn_view_cursor(gather->view, origin, &before, reterr);
    if (!ptn_ok(status) || before.next >= size)
        return status;
    end = size - before.next > PTN_GATHER_BATCH ? before.next + PTN_GATHER_BATCH : size;
    status = ptn_view_begin(gather->view, reterr);
    for (uint64_t seq = before.next; ptn_ok(status) && seq < end; seq++) {
        struct ptn_ledger_header header;
        struct ptn_view_entry entry = { origin, seq, &header, PTN_BYTES_NONE };

        status = read_own(gather, ledger, seq, &header, reterr);
        entry.payload = ptn_buffer_bytes(&gather->payload);
        if (ptn_ok(status))
            status = ptn_view_apply(gather->view, &entry, reterr);
    }
    empty_room(gather);
    if (ptn_ok(status))
        status = ptn_view_commit(gather->view, reterr);
    else
        ptn_view_rollback(gather->view);
    if (ptn_ok(status))
        status = ptn_view_cursor(gather->view, origin, &after, reterr);
    if (ptn_ok(status))
        *ret_kept = (size_t)(after.kept - before.kept);
    return status;
}

struct ptn_status ptn_gather_mend(struct ptn_gather *gather, struct ptn_copy *copy,
                                  size_t *ret_mended, struct ptn_diag *reterr)
{
    const char *origin = ptn_copy_origin(copy);
    uint64_t from = 0;
    size_t mended = 0;
    struct ptn_status status = begin(gather, reterr);

    PTN_PRE(gather->taken_count == 0);
    *ret_mended = 0;
    for (size_t i = 0; ptn_ok(status) && i < MENDS_MAX; i++) {
        struct taken *taken = &gather->taken[0];
        uint64_t seq;
        bool here = true;

        empty_room(gather);
        status = ptn_view_unreadable(gather->view, origin, from, &seq, reterr);
        if (!ptn_ok(status))
            break;
        from = seq + 1;
        status = read_entry(gather, copy, seq, taken, &here, reterr);
        if (ptn_ok(status) && taken->len > 0) {
            struct ptn_view_entry entry = entry_of(gather, origin, seq, taken);

            status = ptn_view_mend(gather->view, &entry, reterr);
            mended += ptn_ok(status) ? 1 : 0;
        }
    }
    empty_room(gather);
    if (status.code == PTN_C_NOT_FOUND) /* no further one */
        status = PTN_OK;
    if (ptn_ok(status))
        status = ptn_gather_settle(gather, reterr);
    else
        give_up(gather);
    if (ptn_ok(status))
        *ret_mended = mended;
    return status;
}

/* ---- what it comes to ---- */

struct heads {
    struct ptn_arena *arena;
    struct ptn_ledger_head *at;
    size_t count;
};

static struct ptn_status add_head(void *context, const char *origin,
                                  const struct ptn_view_cursor *cursor)
{
    struct heads *heads = context;
    const char *kept;

    if (heads->count >= PTN_RECORD_HEADS_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    kept = ptn_arena_text(heads->arena, ptn_bytes_from_text(origin));
    if (kept == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    heads->at[heads->count++] = (struct ptn_ledger_head){ ptn_bytes_from_text(kept), cursor->next };
    return PTN_OK;
}

struct ptn_status ptn_gather_digest(struct ptn_gather *gather, bool whole, struct ptn_buffer *out,
                                    struct ptn_diag *reterr)
{
    struct ptn_view_digest_record record = { .time_ms =
                                                 gather->world->now_ms(gather->world->context) };
    struct ptn_buffer text = { .len_max = DIGEST_TEXT };
    struct heads heads = { .arena = ptn_arena_new(ARENA_MAX) };
    struct ptn_status status = ptn_gather_settle(gather, reterr);

    if (ptn_ok(status) && heads.arena == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status))
        heads.at = ptn_arena_take(heads.arena, PTN_RECORD_HEADS_MAX * sizeof(*heads.at));
    if (ptn_ok(status))
        status = heads.at == NULL ? ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory")
                                  : ptn_view_ledgers(gather->view, add_head, &heads, reterr);
    if (ptn_ok(status) && whole)
        status = ptn_view_digest(gather->view, NULL, 0, &text, record.sha256, reterr);
    record.heads = heads.at;
    record.head_count = heads.count;
    if (ptn_ok(status))
        status = ptn_view_digest_record_write(&record, out);
    ptn_buffer_release(&text);
    ptn_arena_free(heads.arena);
    return status;
}

/* The record's heads as the view wants them: texts with a NUL. */
static struct ptn_status view_heads(const struct ptn_view_digest_record *record,
                                    struct ptn_arena *arena, struct ptn_view_head **ret_heads)
{
    struct ptn_view_head *heads = ptn_arena_take(arena, (record->head_count + 1) * sizeof(*heads));

    if (heads == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < record->head_count; i++) {
        heads[i].origin = ptn_arena_text(arena, record->heads[i].origin);
        heads[i].size = record->heads[i].size;
        if (heads[i].origin == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    *ret_heads = heads;
    return PTN_OK;
}

struct ptn_status ptn_gather_still(struct ptn_gather *gather, struct ptn_bytes bytes,
                                   struct ptn_diag *reterr)
{
    struct ptn_view_digest_record record = { 0 };
    struct ptn_status status = PTN_OK;

    PTN_PRE(gather->still == NULL);
    gather->still = ptn_arena_new(ARENA_MAX);
    if (gather->still == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (bytes.len > 0)
        status = ptn_view_digest_record_parse(bytes, gather->still, &record, reterr);
    if (ptn_ok(status) && bytes.len > 0)
        status = view_heads(&record, gather->still, &gather->still_heads);
    gather->still_count = ptn_ok(status) ? record.head_count : 0;
    return status;
}

struct ptn_status ptn_gather_check(struct ptn_gather *gather, struct ptn_bytes bytes,
                                   bool *ret_same, struct ptn_diag *reterr)
{
    struct ptn_view_digest_record record = { 0 };
    struct ptn_view_head *heads = NULL;
    struct ptn_buffer text = { .len_max = DIGEST_TEXT };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    uint8_t sha256[PTN_SHA256_LEN];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = ptn_gather_settle(gather, reterr);
    if (ptn_ok(status))
        status = ptn_view_digest_record_parse(bytes, arena, &record, reterr);
    if (ptn_ok(status) && !ptn_record_has_digest(&record))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a heartbeat, without a digest");
    if (ptn_ok(status))
        status = view_heads(&record, arena, &heads);
    if (ptn_ok(status))
        status = ptn_view_digest(gather->view, heads, record.head_count, &text, sha256, reterr);
    if (ptn_ok(status))
        *ret_same = memcmp(sha256, record.sha256, sizeof(sha256)) == 0;
    ptn_buffer_release(&text);
    ptn_arena_free(arena);
    return status;
}
