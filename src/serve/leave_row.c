/* serve/leave_row.c -- what became of somebody who was ordered to leave: see board.h. */
#include "serve/board.h"
#include "view/search.h"

#define ROWS_MAX 100u

const char *ptn_leave_state_word(enum ptn_leave_state state)
{
    static const char *const words[] = { "not-yet", "overdue", "left", "left-paper", "told-paper" };

    return words[state];
}

/* The first exit of that document since the order was given; NULL: none is known. */
static const struct ptn_view_crossing *exit_of(struct ptn_view *view,
                                               const struct ptn_person *person, int64_t since_ms,
                                               struct ptn_arena *arena)
{
    const struct ptn_view_question question = { .number = person->document.number,
                                                .issuer =
                                                    ptn_bytes_from_text(person->document.issuer),
                                                .from_ms = since_ms,
                                                .count = ROWS_MAX };
    const struct ptn_view_crossing *rows = NULL;
    const struct ptn_view_crossing *found = NULL;
    size_t count = 0;
    bool more = false;

    if (person->document.number.len == 0 || view == NULL ||
        !ptn_ok(ptn_view_crossings(view, &question, arena, &rows, &count, &more, NULL)))
        return NULL;
    for (size_t i = 0; i < count; i++) /* newest first */
        if (rows[i].crossing.direction == PTN_DIRECTION_EXIT &&
            rows[i].crossing.outcome != PTN_OUTCOME_REFERRED)
            found = &rows[i];
    return found;
}

struct ptn_leave_row ptn_leave_row(struct ptn_view *view, const struct ptn_published_order *order,
                                   size_t nth, int64_t now_ms, struct ptn_arena *arena)
{
    const struct ptn_leave *leave = &order->leave;
    struct ptn_leave_row row = { .state = now_ms >= order->deadline_ms ? PTN_LEAVE_OVERDUE
                                                                       : PTN_LEAVE_NOT_YET };
    const struct ptn_person *person = ptn_leave_person(leave, nth);

    row.crossing = exit_of(view, person, leave->time_ms, arena);
    if (row.crossing != NULL) {
        row.state = row.crossing->rung == PTN_RUNG_MANUAL ? PTN_LEAVE_LEFT_PAPER : PTN_LEAVE_LEFT;
        return row;
    }
    for (size_t i = 0; i < order->change_count; i++)
        if (order->changes[i].leave.act == PTN_LEAVE_PAPER && order->changes[i].leave.nth == nth) {
            row.state = PTN_LEAVE_TOLD_PAPER;
            row.told = &order->changes[i].leave;
        }
    return row;
}
