/* main/screen_replay.c -- decisions replayed: the record, the lists and the score's definition give
 * the same matches years later, or this says where they do not. */
#include "main/screen_replay.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ledger/ledger.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/walk.h"
#include "names/score.h"
#include "node/again.h"
#include "record/decision.h"
#include "watch/screen.h"

#define ARENA_LEN_MAX  ((size_t)8 * 1024 * 1024)
#define ANSWER_LEN_MAX ((size_t)1024 * 1024)

struct replay {
    const struct ptn_snapshot *snapshot;
    struct ptn_arena *arena;
    struct ptn_buffer out;
    size_t decisions, same, different;
    size_t elsewhere; /* of decisions that rest on lists or editions the snapshot does not hold */
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

    replay->decisions++;
    if (!ptn_again_same_lists(replay->snapshot, decision)) {
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

/* ---- the ledger ---- */

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    (void)context;
    (void)index;
    return header->kind == PTN_RECORD_DECISION;
}

static struct ptn_status take(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct replay *replay = context;
    struct ptn_decision decision;
    struct ptn_status status;

    (void)header;
    if (payload == NULL)
        return PTN_OK; /* erased */
    ptn_arena_clear(replay->arena);
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
    struct replay replay = { .snapshot = snapshot, .arena = ptn_arena_new(ARENA_LEN_MAX) };
    const struct ptn_ledger_walk walk = { &replay, wants, take };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = { replay.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    ptn_buffer_init(&replay.out, ANSWER_LEN_MAX);
    if (ptn_ok(status))
        status = ptn_walk_node(dir, &walk, &diag);
    if (ptn_ok(status))
        status = print_summary(&replay);
    ptn_buffer_release(&replay.out);
    ptn_arena_free(replay.arena);
    if (!ptn_ok(status)) {
        ptn_say_failure("screen --replay", status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    }
    return replay.different == 0 ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}
