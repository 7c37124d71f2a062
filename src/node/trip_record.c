/*
 * One key records the whole trip: the vehicle's record and everybody's crossing, one request to the
 * writer. The states of a trip, and who moves it:
 *
 *   OPEN -> SETTLING  ptn_trip_settle, when every act in it may be done
 *   SETTLING -> OVER  written(), when the batch is durable
 *   SETTLING -> OPEN  written(), when it could not be written, or take_back(): nothing was queued
 */
#include "node/apply.h"
#include "node/trip_int.h"

/* Move the trip, if it is still there; the vehicle's record may be empty. */
static void move(struct ptn_node *node, struct ptn_record_id id, enum ptn_trip_state to,
                 struct ptn_bytes vehicle)
{
    struct ptn_trip *trip;

    ptn_node_lock(node);
    if (vehicle.len > 0)
        ptn_shift_learn_vehicle(node, vehicle);
    trip = ptn_trip_find(node, id);
    if (trip != NULL && trip->state == PTN_TRIP_SETTLING) {
        trip->state = to;
        if (to == PTN_TRIP_OVER)
            ptn_trip_came(node, trip->key, trip->seat_count,
                          node->world->now_ms(node->world->context));
    }
    ptn_node_unlock(node);
}

/* ---- after the disk ---- */

/* On the owner's thread: one crossing of the batch is through. */
static void seat_done(struct ptn_lane_crossing *crossing)
{
    struct ptn_trip_record *record = crossing->context;

    record->kept = crossing->kept;
    if (--record->waiting == 0)
        record->done(record);
}

static void written(struct ptn_writer_request *request)
{
    struct ptn_trip_record *record = request->context;
    struct ptn_bytes vehicle = PTN_BYTES_NONE;
    uint64_t seq = request->seq + (record->has_vehicle ? 1 : 0);

    record->seq = request->seq + request->record_count - 1;
    if (ptn_ok(request->status) && record->has_vehicle)
        vehicle = request->many[0].payload;
    move(record->node, record->id, ptn_ok(request->status) ? PTN_TRIP_OVER : PTN_TRIP_OPEN,
         vehicle);
    if (record->waiting == 0) { /* everybody was settled before: the vehicle alone */
        record->kept =
            ptn_ok(request->status) ? ptn_node_kept_level(record->node, record->seq) : PTN_KEPT_NOT;
        record->done(record);
        return;
    }
    for (size_t i = 0, count = record->count; i < count; i++) {
        struct ptn_writer_request *one = &record->crossings[i].write;

        one->status = request->status;
        one->disk_full = request->disk_full;
        one->gone_back = request->gone_back;
        one->time_ms = request->time_ms;
        one->seq = seq;
        seq += one->record_count;
        one->done(one); /* the last one may free record */
    }
}

/* ---- may it be recorded? ---- */

static enum ptn_lane_refusal vehicle_may(const struct ptn_trip *trip,
                                         const struct ptn_trip_settlement *settlement)
{
    switch (settlement->vehicle) {
    case PTN_LANE_RECORD:
        return trip->verdict == PTN_VERDICT_CLEAR ? PTN_LANE_ACCEPTED : PTN_LANE_NOT_CLEAR;
    case PTN_LANE_REFER:
        return settlement->vehicle_kind == PTN_REFERRAL_NONE ? PTN_LANE_NEEDS_KIND
                                                             : PTN_LANE_ACCEPTED;
    case PTN_LANE_OVERRIDE:
        break;
    }
    if (trip->verdict == PTN_VERDICT_CLEAR)
        return PTN_LANE_NOT_ALLOWED;
    if (settlement->vehicle_reason.len == 0)
        return PTN_LANE_NEEDS_REASON;
    return trip->verdict == PTN_VERDICT_STOP &&
                   (settlement->supervisor == NULL ||
                    settlement->supervisor->role != PTN_STAFF_SUPERVISOR)
               ? PTN_LANE_NEEDS_SUPERVISOR
               : PTN_LANE_ACCEPTED;
}

static bool names(const struct ptn_trip_settlement *settlement, struct ptn_record_id scan)
{
    char text[PTN_LANE_ID_SIZE];

    (void)ptn_record_id_write(scan, text);
    for (size_t i = 0; i < settlement->seat_count; i++)
        if (strcmp(settlement->seats[i].scan, text) == 0)
            return true;
    return false;
}

/* Exactly those who sit there and are not settled are named, and each advice still stands. Under
 * the lock. */
static enum ptn_lane_refusal seats_may(const struct ptn_node *node, const struct ptn_trip *trip,
                                       const struct ptn_trip_settlement *settlement,
                                       struct ptn_trip_record *record)
{
    size_t open = 0;

    for (size_t i = 0; i < trip->seat_count; i++) {
        const struct ptn_trip_seat *seat = &trip->seats[i];

        if (seat->settled)
            continue;
        open++;
        if (!names(settlement, seat->scan))
            return PTN_LANE_TRIP_CHANGED;
        if (ptn_trip_is_stale(node, trip, seat)) {
            (void)ptn_record_id_write(seat->scan, record->refused);
            return PTN_LANE_ASK_AGAIN;
        }
    }
    /* a scan named twice is refused as settled when its turn comes */
    return open == settlement->seat_count && trip->seat_count > 0 ? PTN_LANE_ACCEPTED
                                                                  : PTN_LANE_TRIP_CHANGED;
}

/* Take the trip for this act, and a copy of it. */
static enum ptn_lane_refusal take_trip(struct ptn_node *node, const struct ptn_lane_who *who,
                                       const struct ptn_trip_settlement *settlement,
                                       struct ptn_trip_record *record, struct ptn_trip *ret_trip)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    enum ptn_lane_refusal refusal = PTN_LANE_TRIP_UNKNOWN;
    struct ptn_trip *trip;

    ptn_node_lock(node);
    trip = ptn_trip_find(node, record->id);
    if (trip != NULL && strcmp(trip->lane, who->lane) == 0 && trip->state != PTN_TRIP_OPEN)
        refusal = PTN_LANE_ALREADY_SETTLED;
    trip = ptn_trip_open_at(node, record->id, who->lane, now_ms);
    if (trip != NULL) {
        refusal = seats_may(node, trip, settlement, record);
        if (refusal == PTN_LANE_ACCEPTED && trip->plate[0] != '\0')
            refusal = vehicle_may(trip, settlement);
    }
    if (refusal == PTN_LANE_ACCEPTED) {
        trip->state = PTN_TRIP_SETTLING;
        *ret_trip = *trip;
    }
    ptn_node_unlock(node);
    return refusal;
}

/* ---- the batch ---- */

static struct ptn_bytes seat_key(struct ptn_arena *arena, struct ptn_bytes key, const char *scan)
{
    struct ptn_buffer text = { .len_max = 256 };
    char *copy = NULL;
    size_t len;

    if (ptn_ok(ptn_buffer_addf(&text, "%.*s/%s", (int)key.len, (const char *)key.at, scan)))
        copy = ptn_arena_text(arena, ptn_buffer_bytes(&text));
    len = text.len;
    ptn_buffer_release(&text);
    return copy == NULL ? PTN_BYTES_NONE : ptn_bytes_of(copy, len);
}

/* Room for the seats, and each one's own key: of the trip's and its scan. */
static struct ptn_status make_seats(const struct ptn_trip_settlement *settlement,
                                    struct ptn_arena *arena, struct ptn_trip_record *record)
{
    size_t count = settlement->seat_count;

    record->crossings = ptn_arena_take(arena, (count + 1) * sizeof(*record->crossings));
    record->keys = ptn_arena_take(arena, (count + 1) * sizeof(*record->keys));
    if (record->crossings == NULL || record->keys == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++) {
        record->keys[i] = seat_key(arena, settlement->key, settlement->seats[i].scan);
        if (record->keys[i].len == 0)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    return PTN_OK;
}

/* Every seat's crossing up to its records. On failure none is taken. */
static struct ptn_status prepare_seats(struct ptn_node *node, const struct ptn_lane_who *who,
                                       const struct ptn_trip_settlement *settlement,
                                       struct ptn_arena *arena, struct ptn_trip_record *record)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < settlement->seat_count; i++) {
        const struct ptn_trip_seat_act *seat = &settlement->seats[i];
        struct ptn_lane_crossing *crossing = &record->crossings[i];
        const struct ptn_lane_settlement one = {
            .scan = seat->scan,
            .act = seat->act,
            .kind = seat->kind,
            .reason = seat->reason,
            .supervisor = settlement->supervisor,
            .key = record->keys[i],
        };

        *crossing = (struct ptn_lane_crossing){ .done = seat_done, .context = record };
        status = ptn_lane_settle_prepare(node, who, &one, arena, crossing);
        if (ptn_ok(status) && crossing->again) { /* with this very key, in another trip */
            crossing->refusal = PTN_LANE_ALREADY_SETTLED;
            status = (struct ptn_status){ PTN_C_BAD_INPUT };
        }
        if (ptn_ok(status)) {
            record->count++;
            continue;
        }
        record->refusal = crossing->refusal;
        (void)snprintf(record->refused, sizeof(record->refused), "%s", seat->scan);
        while (record->count > 0)
            ptn_lane_settle_undo(&record->crossings[--record->count]);
    }
    return status;
}

static const enum ptn_outcome outcomes[] = {
    [PTN_LANE_RECORD] = PTN_OUTCOME_RECORDED,
    [PTN_LANE_REFER] = PTN_OUTCOME_REFERRED,
    [PTN_LANE_OVERRIDE] = PTN_OUTCOME_OVERRIDDEN,
};

/* The vehicle's record, in the arena. */
static struct ptn_status write_vehicle(struct ptn_node *node, const struct ptn_lane_who *who,
                                       const struct ptn_trip_settlement *settlement,
                                       const struct ptn_trip *trip, struct ptn_arena *arena,
                                       struct ptn_writer_record *ret_record)
{
    struct ptn_vehicle vehicle = {
        .trip = trip->id,
        .time_ms = node->world->now_ms(node->world->context),
        .direction = trip->direction,
        .kind = trip->kind,
        .plate = ptn_bytes_from_text(trip->plate),
        .key = ptn_bytes_from_text(trip->key),
        .sign = ptn_bytes_from_text(trip->sign),
        .vin = ptn_bytes_from_text(trip->vin),
        .occupants = trip->seat_count,
        .booking = ptn_bytes_from_text(trip->booking),
        .booked = trip->booked,
        .advised = trip->verdict,
        .list = ptn_bytes_from_text(trip->list),
        .entry = ptn_bytes_from_text(trip->entry),
        .outcome = outcomes[settlement->vehicle],
        .referral =
            settlement->vehicle == PTN_LANE_REFER ? settlement->vehicle_kind : PTN_REFERRAL_NONE,
        .reason = settlement->vehicle_reason,
        .post = ptn_bytes_from_text(node->plan.code),
        .lane = ptn_bytes_from_text(who->lane),
        .officer = ptn_bytes_from_text(who->officer->user),
    };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status;
    char *payload = NULL;

    if (settlement->vehicle == PTN_LANE_OVERRIDE && settlement->supervisor != NULL)
        vehicle.supervisor = ptn_bytes_from_text(settlement->supervisor->user);
    node->world->random(node->world->context, vehicle.id.at, sizeof(vehicle.id.at));
    vehicle.date = ptn_place_local_date(vehicle.time_ms);
    status = ptn_vehicle_write(&vehicle, &out);
    if (ptn_ok(status))
        payload = ptn_arena_text(arena, ptn_buffer_bytes(&out));
    if (ptn_ok(status) && payload == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    *ret_record = (struct ptn_writer_record){ .kind = PTN_RECORD_VEHICLE,
                                              .retention = PTN_RETENTION_CROSSING,
                                              .payload = ptn_bytes_of(payload, out.len) };
    ptn_buffer_release(&out);
    return status;
}

/* TRIP-1: one request of all records, the vehicle's, then the crossings' in the order of the seats.
 */
static struct ptn_status gather(struct ptn_node *node, const struct ptn_lane_who *who,
                                const struct ptn_trip_settlement *settlement,
                                const struct ptn_trip *trip, struct ptn_arena *arena,
                                struct ptn_trip_record *record)
{
    struct ptn_writer_record *many = ptn_arena_take(arena, PTN_WRITER_MANY_MAX * sizeof(*many));
    struct ptn_status status = PTN_OK;
    size_t count = 0;

    static_assert(PTN_TRIP_SEATS_MAX * PTN_WRITER_RECORDS_MAX + 1 <= PTN_WRITER_MANY_MAX,
                  "a full trip is one request");
    if (many == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    record->has_vehicle = trip->plate[0] != '\0';
    record->vehicle_outcome = outcomes[settlement->vehicle];
    record->occupants = trip->seat_count;
    if (record->has_vehicle)
        status = write_vehicle(node, who, settlement, trip, arena, &many[count++]);
    for (size_t i = 0; i < record->count; i++)
        for (size_t k = 0; k < record->crossings[i].write.record_count; k++)
            many[count++] = record->crossings[i].write.records[k];
    record->waiting = record->count;
    record->write = (struct ptn_writer_request){
        .many = many,
        .record_count = count,
        .has_rung = true,
        .rung = (uint8_t)ptn_apply_rung_at(node, trip->direction, who->lane),
        .done = written,
        .context = record,
    };
    return status;
}

/* ---- said before ---- */

/*
 * The answer to a key that recorded this trip already, also when the node has started anew since:
 * each crossing's id follows from the key. False: none of them is known.
 */
static bool again(struct ptn_node *node, const struct ptn_lane_who *who,
                  const struct ptn_trip_settlement *settlement, struct ptn_trip_record *record)
{
    const struct ptn_trip *trip;

    for (size_t i = 0; i < settlement->seat_count; i++) {
        const struct ptn_trip_seat_act *seat = &settlement->seats[i];
        struct ptn_lane_crossing *crossing = &record->crossings[i];

        *crossing = (struct ptn_lane_crossing){ .done = seat_done, .context = record };
        if (!ptn_lane_settled_before(node, who,
                                     &(struct ptn_lane_settlement){
                                         .scan = seat->scan,
                                         .act = seat->act,
                                         .key = record->keys[i],
                                     },
                                     crossing))
            return false;
        record->seq = crossing->seq > record->seq ? crossing->seq : record->seq;
    }
    record->again = settlement->seat_count > 0;
    record->count = settlement->seat_count;
    record->occupants = settlement->seat_count;
    ptn_node_lock(node);
    trip = ptn_trip_find(node, record->id);
    if (trip != NULL) {
        record->has_vehicle = trip->plate[0] != '\0';
        record->occupants = trip->seat_count;
    }
    ptn_node_unlock(node);
    record->kept = record->again ? ptn_node_kept_level(node, record->seq) : PTN_KEPT_NOT;
    return record->again;
}

/*
 * A vehicle goes to the second line with somebody of it, so that there is a case: where nobody is
 * sent, the first named of those who are waved through goes with it.
 */
static struct ptn_status send_driver(struct ptn_trip_settlement *settlement,
                                     struct ptn_arena *arena)
{
    size_t count = settlement->seat_count;
    struct ptn_trip_seat_act *seats;

    if (settlement->vehicle != PTN_LANE_REFER)
        return PTN_OK;
    for (size_t i = 0; i < count; i++)
        if (settlement->seats[i].act == PTN_LANE_REFER)
            return PTN_OK;
    seats = ptn_arena_take(arena, (count + 1) * sizeof(*seats));
    if (seats == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++)
        seats[i] = settlement->seats[i];
    for (size_t i = 0; i < count; i++) {
        if (seats[i].act != PTN_LANE_RECORD)
            continue;
        seats[i].act = PTN_LANE_REFER;
        seats[i].kind = settlement->vehicle_kind;
        break;
    }
    settlement->seats = seats;
    return PTN_OK;
}

struct ptn_status ptn_trip_settle(struct ptn_node *node, const struct ptn_lane_who *who,
                                  const struct ptn_trip_settlement *asked, struct ptn_arena *arena,
                                  struct ptn_trip_record *record)
{
    struct ptn_trip *trip = ptn_arena_take(arena, sizeof(*trip));
    struct ptn_trip_settlement act = *asked;
    const struct ptn_trip_settlement *settlement = &act;
    struct ptn_status status;

    PTN_PRE(record->done != NULL && settlement->key.len > 0);

    record->node = node;
    record->refusal = PTN_LANE_TRIP_UNKNOWN;
    if (trip == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (settlement->seat_count > PTN_TRIP_SEATS_MAX ||
        !ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(settlement->trip), &record->id, NULL)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = send_driver(&act, arena);
    if (ptn_ok(status))
        status = make_seats(settlement, arena, record);
    if (!ptn_ok(status))
        return status;
    (void)ptn_record_id_write(record->id, record->trip);
    if (again(node, who, settlement, record)) {
        record->refusal = PTN_LANE_ACCEPTED;
        record->write.status = PTN_OK;
        record->done(record);
        return PTN_OK;
    }
    record->refusal = take_trip(node, who, settlement, record, trip);
    if (record->refusal != PTN_LANE_ACCEPTED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    record->seq = 0;
    status = prepare_seats(node, who, settlement, arena, record);
    if (ptn_ok(status)) {
        status = gather(node, who, settlement, trip, arena, record);
        if (status.code == PTN_C_BAD_INPUT) /* words that no record takes */
            record->refusal = PTN_LANE_NEEDS_REASON;
        while (!ptn_ok(status) && record->count > 0)
            ptn_lane_settle_undo(&record->crossings[--record->count]);
    }
    if (!ptn_ok(status)) {
        move(node, record->id, PTN_TRIP_OPEN, PTN_BYTES_NONE);
        return status;
    }
    ptn_writer_submit(node, &record->write);
    return PTN_OK;
}
