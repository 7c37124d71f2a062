#include "main/past.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "console/console.h"
#include "document/mrz.h"
#include "node/lane.h"
#include "reference/place.h"

#define HISTORY_MAX 1024u

struct past {
    struct ptn_mrz mrz;
    struct ptn_crossing crossing;
};

/* The same time of the clock so many days of the calendar ago: an hour before midnight in winter is
 * the next day in summer. */
static int64_t days_before(int64_t now_ms, int64_t days)
{
    int64_t then_ms = now_ms - days * 86400000;

    return then_ms +
           (int64_t)(ptn_place_utc_offset_minutes(now_ms) - ptn_place_utc_offset_minutes(then_ms)) *
               60000;
}

/* One line {"days_ago","direction","mrz"}. False when it is not one. */
static bool read_past(struct ptn_bytes line, int64_t now_ms, const struct ptn_world *world,
                      const char *code, struct past *past)
{
    json_t *root = json_loadb((const char *)line.at, line.len, 0, NULL);
    const char *direction = json_string_value(json_object_get(root, "direction"));
    const char *mrz = json_string_value(json_object_get(root, "mrz"));
    json_int_t days_ago = json_integer_value(json_object_get(root, "days_ago"));
    struct ptn_crossing *crossing = &past->crossing;
    bool good = direction != NULL && mrz != NULL && days_ago > 0 && days_ago < 3650 &&
                ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(mrz), ptn_place_local_date(now_ms),
                                     &past->mrz, NULL)) &&
                past->mrz.valid;

    if (good) {
        world->random(world->context, crossing->id.at, sizeof(crossing->id.at));
        crossing->time_ms = days_before(now_ms, (int64_t)days_ago);
        crossing->date = ptn_place_local_date(crossing->time_ms);
        crossing->direction =
            strcmp(direction, "exit") == 0 ? PTN_DIRECTION_EXIT : PTN_DIRECTION_ENTRY;
        crossing->outcome = PTN_OUTCOME_RECORDED;
        crossing->post = ptn_bytes_from_text(code);
        crossing->lane = ptn_bytes_from_text(PTN_LANE_AUTOMATIC);
        crossing->officer = PTN_BYTES_LITERAL("demonstration");
        ptn_mrz_person(&past->mrz, &crossing->person);
    }
    json_decref(root);
    return good;
}

struct ptn_status ptn_past_seed(const struct ptn_world *world, const char *dir, const char *code,
                                struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_console_history());
    struct past *pasts = calloc(HISTORY_MAX, sizeof(*pasts));
    struct ptn_crossing *crossings = calloc(HISTORY_MAX, sizeof(*crossings));
    struct ptn_bytes line;
    int64_t now_ms = world->now_ms(world->context);
    size_t count = 0;
    struct ptn_status status = { pasts == NULL || crossings == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    while (ptn_ok(status) && count < HISTORY_MAX && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        if (!read_past(line, now_ms, world, code, &pasts[count]))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, count + 1,
                              "a line of the demonstration's past is not one");
        crossings[count] = pasts[count].crossing;
        count++;
    }
    if (ptn_ok(status))
        status = ptn_lane_seed(world, dir, crossings, count, reterr);
    free(crossings);
    free(pasts);
    return status;
}
