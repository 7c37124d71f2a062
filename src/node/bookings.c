/*
 * node/bookings.c -- a ferry's booking file as a record of the post's own ledger: loaded by a
 * supervisor, and read again at every start with the vehicles that came since.
 */
#include "node/arrivals.h"
#include "node/trip_int.h"
#include "record/message.h"
#include "record/vehicle.h"

#define ARENA_MAX (8u << 20) /* of one file being read again */

static_assert(PTN_BOOKING_FILE_MAX <= PTN_NODE_MANIFEST_MAX, "a booking file fits its records");

static void load_done(struct ptn_writer_request *request)
{
    struct ptn_bookings_loading *loading = request->context;

    loading->done(loading);
}

struct ptn_status ptn_bookings_load(struct ptn_node *node, const struct ptn_lane_who *who,
                                    struct ptn_bytes file, struct ptn_arena *arena,
                                    struct ptn_bookings_loading *loading, struct ptn_diag *reterr)
{
    const struct ptn_access look = { .purpose = PTN_PURPOSE_BEFORE_ARRIVAL,
                                     .reason = PTN_BYTES_LITERAL("loaded a ferry's bookings") };
    struct ptn_carrier_message record = { .type = PTN_MESSAGE_BOOKINGS,
                                          .verdict = PTN_MESSAGE_ACCEPTED };
    struct ptn_status status = ptn_bookings_read(file, arena, &loading->bookings, reterr);

    PTN_PRE(loading->done != NULL);

    if (!ptn_ok(status))
        return status;
    record.time_ms = node->world->now_ms(node->world->context);
    record.notes = loading->bookings.left_out;
    if (record.notes > 0)
        record.verdict = PTN_MESSAGE_WITH_NOTES;
    loading->node = node;
    loading->time_ms = record.time_ms;
    loading->write = (struct ptn_writer_request){ .done = load_done, .context = loading };
    status = ptn_node_put_message(node, &record, file, arena, &loading->write);
    if (ptn_ok(status))
        status = ptn_node_put_look(node, who, &look, arena, &loading->write);
    if (!ptn_ok(status))
        return status;
    ptn_writer_submit(node, &loading->write);
    return PTN_OK;
}

struct ptn_status ptn_bookings_take(struct ptn_bookings_loading *loading)
{
    return ptn_trip_expect(loading->node, loading->bookings.rows, loading->bookings.count,
                           loading->time_ms);
}

struct ptn_status ptn_node_bookings_learn(struct ptn_node *node, struct ptn_bytes file,
                                          int64_t time_ms)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_bookings bookings = { .count = 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = ptn_bookings_read(file, arena, &bookings, NULL);
    if (ptn_ok(status))
        status = ptn_trip_expect(node, bookings.rows, bookings.count, time_ms);
    ptn_arena_free(arena);
    return status;
}

void ptn_node_bookings_saw(struct ptn_node *node, struct ptn_bytes payload)
{
    char key[PTN_RECORD_WORD_MAX + 1];
    struct ptn_vehicle vehicle;

    if (!ptn_ok(ptn_vehicle_parse(payload, &vehicle, NULL)))
        return;
    ptn_trip_keep_text(key, sizeof(key), vehicle.key);
    ptn_node_lock(node);
    ptn_trip_came(node, key, (size_t)vehicle.occupants, vehicle.time_ms);
    ptn_node_unlock(node);
}
