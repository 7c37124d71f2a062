/* What a keeper gives: files of its copies and of its own ledger, payloads in batches, heads. */
#include "ledger/serving.h"
#include "mirror/keeper_int.h"

#include <stdlib.h>

/* ---- files ---- */

static struct ptn_status say_file(struct ptn_keeper *keeper, struct held *held,
                                  struct ptn_exchange *exchange, struct ptn_status status)
{
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_BAD_INPUT)
        return ptn_keeper_say(keeper, exchange, 404, "no such file here");
    if (!ptn_ok(status))
        return ptn_keeper_trouble(keeper, held, exchange, status);
    exchange->status = 200;
    return PTN_OK;
}

/* The checkpoint shown is the cosigned one, whatever else is here (KEEP-1). The pending one says
 * nothing of what is held: it shows its writer what it signed (FOLLOW-5). */
static struct ptn_status copy_file(struct ptn_copy *copy, struct ptn_bytes file,
                                   struct ptn_buffer *out)
{
    if (ptn_bytes_is(file, "checkpoint"))
        return ptn_copy_cosigned(copy, out, NULL);
    if (ptn_bytes_is(file, "pending"))
        return ptn_copy_pending(copy, out, NULL);
    return ptn_serving_copy_file(copy, file, out, NULL);
}

/* ---- payloads of a run of entries ---- */

/* Whose payloads: a copy, or the keeper's own ledger. */
struct shelf {
    struct ptn_copy *copy;
    struct ptn_ledger *ledger;
    uint64_t size;
};

/* ptn_serving_entry_fn: one item. TOO_BIG: it does not fit any more. */
static struct ptn_status add_payload(void *context, const struct ptn_serving_entry *entry)
{
    struct ptn_buffer *out = context;

    if (out->len >= PTN_WIRE_BODY_MAX) /* asked for again from here */
        return (struct ptn_status){ PTN_C_TOO_BIG };
    switch (entry->payload) {
    case PTN_SERVING_NONE:
        return ptn_wire_payload_write(out, PTN_WIRE_PAYLOAD_NONE, PTN_BYTES_NONE);
    case PTN_SERVING_HERE:
        return ptn_wire_payload_write(out, PTN_WIRE_PAYLOAD_HERE, entry->sealed);
    case PTN_SERVING_GONE:
        return ptn_wire_payload_write(out, PTN_WIRE_PAYLOAD_GONE, PTN_BYTES_NONE);
    case PTN_SERVING_DAMAGED:
    default:
        return (struct ptn_status){ PTN_C_CORRUPT };
    }
}

static struct ptn_status get_payloads(struct ptn_keeper *keeper, struct held *held,
                                      const struct shelf *shelf, const struct ptn_wire_path *path,
                                      struct ptn_exchange *exchange)
{
    uint64_t end = path->end < shelf->size ? path->end : shelf->size;
    struct ptn_buffer *out = &exchange->answer;
    struct ptn_status status;

    if (path->first >= end)
        return ptn_keeper_say(keeper, exchange, 404, "no such entries here");
    status = shelf->copy != NULL
                 ? ptn_serving_copy_run(shelf->copy, path->first, end, true, add_payload, out, NULL)
                 : ptn_serving_run(shelf->ledger, path->first, end, true, add_payload, out, NULL);
    if (status.code == PTN_C_TOO_BIG && out->len > 0)
        status = PTN_OK;
    return say_file(keeper, held, exchange, status);
}

/* ---- whose ---- */

static struct ptn_status get_own(struct ptn_keeper *keeper, const struct ptn_wire_path *path,
                                 struct ptn_exchange *exchange)
{
    struct shelf shelf = { .ledger = keeper->ledger };
    struct ptn_status status;

    if (path->what == PTN_WIRE_GET_PAYLOADS) {
        status = ptn_ledger_size(keeper->ledger, &shelf.size, NULL);
        return ptn_ok(status) ? get_payloads(keeper, NULL, &shelf, path, exchange)
                              : say_file(keeper, NULL, exchange, status);
    }
    status = ptn_serving_ledger_file(keeper->ledger, path->file, &exchange->answer, NULL);
    return say_file(keeper, NULL, exchange, status);
}

struct ptn_status ptn_keeper_get(struct ptn_keeper *keeper, const struct ptn_wire_path *path,
                                 struct ptn_exchange *exchange)
{
    struct ptn_copy_standing standing;
    struct shelf shelf = { .copy = NULL };
    struct held *held;
    struct ptn_status status;

    if (ptn_hash_equal(&path->origin, &keeper->id))
        return get_own(keeper, path, exchange);
    held = ptn_keeper_find(keeper, &path->origin);
    if (held == NULL)
        return ptn_keeper_say(keeper, exchange, 404, "unknown log");
    status = ptn_keeper_copy(keeper, held, false, &shelf.copy);
    if (!ptn_ok(status))
        return say_file(keeper, held, exchange, status);
    ptn_copy_standing(shelf.copy, &standing);
    shelf.size = standing.size;
    if (path->what == PTN_WIRE_GET_PAYLOADS)
        return get_payloads(keeper, held, &shelf, path, exchange);
    return say_file(keeper, held, exchange, copy_file(shelf.copy, path->file, &exchange->answer));
}

/* ---- heads ---- */

/* "<this run>-<changes>": another run's token is never taken for this one's. */
static struct ptn_status write_token(const struct ptn_keeper *keeper, struct ptn_buffer *out)
{
    return ptn_buffer_addf(out, "%s-%llu", keeper->boot, (unsigned long long)keeper->changes);
}

static struct ptn_status write_heads(struct ptn_keeper *keeper, struct ptn_buffer *out)
{
    struct ptn_wire_head own = { keeper->id, 0 };
    bool told = false;
    struct ptn_status status = ptn_ledger_size(keeper->ledger, &own.size, NULL);

    for (size_t i = 0; ptn_ok(status) && i < keeper->held_count; i++) {
        const struct held *held = &keeper->held[i];
        const struct ptn_wire_head head = { held->id, held->shown_size };

        if (!told && memcmp(own.origin.at, held->id.at, PTN_HASH_LEN) < 0) {
            told = true;
            status = ptn_wire_head_write(out, &own);
        }
        if (ptn_ok(status) && held->shown)
            status = ptn_wire_head_write(out, &head);
    }
    if (ptn_ok(status) && !told)
        status = ptn_wire_head_write(out, &own);
    return status;
}

struct ptn_status ptn_keeper_get_heads(struct ptn_keeper *keeper, const struct ptn_wire_path *path,
                                       struct ptn_exchange *exchange)
{
    struct ptn_buffer token;
    struct ptn_status status;

    ptn_buffer_init(&token, PTN_WIRE_TOKEN_MAX);
    status = write_token(keeper, &token);
    if (ptn_ok(status) && ptn_bytes_equal(path->token, ptn_buffer_bytes(&token)))
        status.code = PTN_C_BUSY;
    if (ptn_ok(status))
        status = ptn_wire_heads_write(&exchange->answer, ptn_buffer_bytes(&token));
    ptn_buffer_release(&token);
    if (ptn_ok(status))
        status = write_heads(keeper, &exchange->answer);
    if (ptn_ok(status))
        exchange->status = 200;
    return status;
}
