/* main/screen_replay.c -- decisions replayed: the record, the lists and the score's definition give
 * the same matches years later, or this says where they do not. */
#include "main/screen_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ledger/ledger.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/walk.h"
#include "names/score.h"
#include "node/again.h"
#include "node/lane.h"
#include "record/decision.h"
#include "record/vehicle.h"
#include "watch/screen.h"

#define ARENA_LEN_MAX  ((size_t)8 * 1024 * 1024)
#define ANSWER_LEN_MAX ((size_t)1024 * 1024)
#define RESTS          4096u /* decisions between a scan and its crossing */

/* Whether a decision rests on the snapshot's lists, for the vehicle of its trip. */
struct rest {
    struct ptn_record_id decision;
    bool same_lists;
};

struct replay {
    const struct ptn_snapshot *snapshot;
    struct ptn_arena *arena;
    struct ptn_buffer out;
    size_t decisions, vehicles, same, different;
    size_t elsewhere; /* of those that rest on lists or editions the snapshot does not hold */
    struct rest rests[RESTS];
    size_t rest_count; /* ever */
    struct ptn_buffer vehicle_payload;
    struct ptn_vehicle vehicle; /* the last one read: views into vehicle_payload */
    uint64_t vehicle_index;
    bool vehicle_waits; /* for one of its people, whose advice names the lists it was asked of */
};

/* ---- comparing ---- */

static void write_difference(void *context, struct ptn_bytes list, struct ptn_bytes entry,
                             uint64_t recorded, uint64_t again)
{
    struct ptn_json *json = context;

    ptn_json_object(json);
    ptn_json_field_text(json, "list", list);
    ptn_json_field_text(json, "entry", entry);
    ptn_json_key(json, "recorded");
    ptn_json_decimal(json, (int64_t)recorded, 4);
    ptn_json_key(json, "again");
    ptn_json_decimal(json, (int64_t)again, 4);
    ptn_json_object_end(json);
}

PTN_MUST_USE static struct ptn_status replay_decision(struct replay *replay, uint64_t index,
                                                      const struct ptn_decision *decision,
                                                      struct ptn_diag *reterr)
{
    struct ptn_screen_query query = { .plate = decision->plate, .today = decision->date };
    struct ptn_json json = { .out = &replay->out };
    struct ptn_match *matches = NULL;
    size_t count = 0, different;
    bool more = false;
    struct ptn_status status = ptn_screen_query_person(&decision->person, decision->mrz.len > 0,
                                                       replay->arena, &query, reterr);

    bool same_lists = ptn_again_same_lists(replay->snapshot, decision);

    replay->decisions++;
    replay->rests[replay->rest_count++ % RESTS] = (struct rest){ decision->id, same_lists };
    if (!same_lists) {
        replay->elsewhere++;
        return PTN_OK;
    }
    if (ptn_ok(status))
        status =
            ptn_screen(replay->snapshot, &query, replay->arena, &matches, &count, &more, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_buffer_clear(&replay->out);
    ptn_json_object(&json);
    ptn_json_field_number(&json, "entry", (int64_t)index);
    ptn_json_field_number(&json, "recorded", (int64_t)decision->match_count);
    ptn_json_field_number(&json, "again", (int64_t)count);
    ptn_json_key(&json, "differs");
    ptn_json_array(&json);
    different =
        ptn_again_compare(replay->snapshot, decision, matches, count, write_difference, &json);
    ptn_json_array_end(&json);
    ptn_json_field_bool(&json, "same", different == 0 && more == decision->more_matches);
    ptn_json_object_end(&json);
    if (different == 0 && more == decision->more_matches)
        replay->same++;
    else
        replay->different++;
    return ptn_answer_print(&json);
}

/* ---- a vehicle ---- */

static bool rests_on_these(const struct replay *replay, struct ptn_record_id decision)
{
    size_t kept = replay->rest_count < RESTS ? replay->rest_count : RESTS;

    for (size_t i = 1; i <= kept; i++) {
        const struct rest *rest = &replay->rests[(replay->rest_count - i) % RESTS];

        if (ptn_record_id_equal(rest->decision, decision))
            return rest->same_lists;
    }
    return false;
}

/* The list is one of the snapshot's. Alerts and registers are not. */
static bool is_here(const struct replay *replay, struct ptn_bytes list)
{
    for (size_t i = 0; i < ptn_snapshot_info(replay->snapshot).list_count; i++)
        if (ptn_bytes_equal(ptn_snapshot_list(replay->snapshot, i).name, list))
            return true;
    return false;
}

/* The gravest entry on its plate, as the lane recorded it and as the lists have it. */
PTN_MUST_USE static struct ptn_status print_vehicle(struct replay *replay,
                                                    const struct ptn_match *again)
{
    const struct ptn_vehicle *vehicle = &replay->vehicle;
    struct ptn_json json = { .out = &replay->out };
    bool same = again == NULL ? vehicle->entry.len == 0
                              : ptn_bytes_equal(again->list, vehicle->list) &&
                                    ptn_bytes_equal(again->entry, vehicle->entry);

    ptn_buffer_clear(&replay->out);
    ptn_json_object(&json);
    ptn_json_field_number(&json, "entry", (int64_t)replay->vehicle_index);
    ptn_json_field_bool(&json, "vehicle", true);
    ptn_json_field_number(&json, "recorded", vehicle->entry.len > 0 ? 1 : 0);
    ptn_json_field_number(&json, "again", again != NULL ? 1 : 0);
    ptn_json_key(&json, "differs");
    ptn_json_array(&json);
    if (!same && vehicle->entry.len > 0)
        write_difference(&json, vehicle->list, vehicle->entry, PTN_SCREEN_SCORE_MAX, 0);
    if (!same && again != NULL)
        write_difference(&json, again->list, again->entry, 0, again->score);
    ptn_json_array_end(&json);
    ptn_json_field_bool(&json, "same", same);
    ptn_json_object_end(&json);
    replay->same += same ? 1 : 0;
    replay->different += same ? 0 : 1;
    return ptn_answer_print(&json);
}

PTN_MUST_USE static struct ptn_status
replay_vehicle(struct replay *replay, const struct ptn_crossing *crossing, struct ptn_diag *reterr)
{
    const struct ptn_vehicle *vehicle = &replay->vehicle;
    const struct ptn_screen_query query = { .plate = vehicle->plate, .today = vehicle->date };
    struct ptn_check check = { .direction = vehicle->direction == PTN_DIRECTION_EXIT
                                                ? PTN_STAY_EXIT
                                                : PTN_STAY_ENTRY };
    struct ptn_match *matches = NULL;
    const struct ptn_match *gravest;
    struct ptn_status status;

    replay->vehicle_waits = false;
    replay->vehicles++;
    if (!rests_on_these(replay, crossing->advice) ||
        (vehicle->entry.len > 0 && !is_here(replay, vehicle->list))) {
        replay->elsewhere++;
        return PTN_OK;
    }
    status = ptn_screen(replay->snapshot, &query, replay->arena, &matches, &check.match_count,
                        &check.more_matches, reterr);
    if (!ptn_ok(status))
        return status;
    check.matches = matches;
    gravest = ptn_trip_gravest(&check);
    return print_vehicle(replay, gravest != NULL && gravest->entry.len > 0 ? gravest : NULL);
}

/* Its people follow in the same batch. */
static void learn_vehicle(struct replay *replay, uint64_t index, struct ptn_bytes payload)
{
    ptn_buffer_clear(&replay->vehicle_payload);
    replay->vehicle_index = index;
    replay->vehicle_waits = ptn_ok(ptn_buffer_add(&replay->vehicle_payload, payload)) &&
                            ptn_ok(ptn_vehicle_parse(ptn_buffer_bytes(&replay->vehicle_payload),
                                                     &replay->vehicle, NULL));
}

/* ---- the ledger ---- */

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    (void)context;
    (void)index;
    return header->kind == PTN_RECORD_DECISION || header->kind == PTN_RECORD_VEHICLE ||
           header->kind == PTN_RECORD_CROSSING;
}

static struct ptn_status take(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct replay *replay = context;
    struct ptn_decision decision;
    struct ptn_crossing crossing;
    struct ptn_status status;

    if (payload == NULL)
        return PTN_OK; /* erased */
    ptn_arena_clear(replay->arena);
    if (header->kind == PTN_RECORD_VEHICLE) {
        learn_vehicle(replay, index, ptn_buffer_bytes(payload));
        return PTN_OK;
    }
    if (header->kind == PTN_RECORD_CROSSING)
        return replay->vehicle_waits &&
                       ptn_ok(ptn_crossing_parse(ptn_buffer_bytes(payload), &crossing, NULL)) &&
                       ptn_record_id_equal(crossing.trip, replay->vehicle.trip)
                   ? replay_vehicle(replay, &crossing, reterr)
                   : PTN_OK;
    status = ptn_decision_parse(ptn_buffer_bytes(payload), replay->arena, &decision, reterr);
    return ptn_ok(status) ? replay_decision(replay, index, &decision, reterr) : status;
}

static struct ptn_status print_summary(struct replay *replay)
{
    struct ptn_json json = { .out = &replay->out };

    ptn_buffer_clear(&replay->out);
    ptn_json_object(&json);
    ptn_json_key(&json, "summary");
    ptn_json_object(&json);
    ptn_json_field_number(&json, "decisions", (int64_t)replay->decisions);
    ptn_json_field_number(&json, "vehicles", (int64_t)replay->vehicles);
    ptn_json_field_number(&json, "same", (int64_t)replay->same);
    ptn_json_field_number(&json, "different", (int64_t)replay->different);
    ptn_json_field_number(&json, "other_lists", (int64_t)replay->elsewhere);
    ptn_json_field_number(&json, "score_version", PTN_SCORE_VERSION);
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

int ptn_screen_replay(const struct ptn_snapshot *snapshot, const char *dir)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    const struct ptn_ledger_walk walk = { replay, wants, take };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = { PTN_C_OK };
    bool differs;

    if (replay == NULL)
        return PTN_EXIT_ENVIRONMENT;
    replay->snapshot = snapshot;
    replay->arena = ptn_arena_new(ARENA_LEN_MAX);
    if (replay->arena == NULL)
        status.code = PTN_C_NO_MEMORY;
    ptn_buffer_init(&replay->out, ANSWER_LEN_MAX);
    ptn_buffer_init(&replay->vehicle_payload, PTN_PAYLOAD_LEN_MAX);
    if (ptn_ok(status))
        status = ptn_walk_node(dir, &walk, &diag);
    if (ptn_ok(status))
        status = print_summary(replay);
    ptn_buffer_release(&replay->out);
    ptn_buffer_release(&replay->vehicle_payload);
    ptn_arena_free(replay->arena);
    differs = replay->different > 0;
    free(replay);
    if (!ptn_ok(status)) {
        ptn_say_failure("screen --replay", status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    }
    return differs ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
}
