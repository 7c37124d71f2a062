/*
 * main/drill_leave.c -- an order to leave in the drill: given while the centre is there, met at a
 * post when it is not, not met by somebody who comes back after the deadline instead; and what the
 * rebuilt centre then says of both.
 */
#include <stdio.h>
#include <time.h>

#include "base/date.h"
#include "main/drill_int.h"

#define DEADLINE_MS INT64_C(25000)
#define WAIT_S      30
#define BODY_MAX    1024u
#define TOLD_MAX    65536u
#define LEAVES_AT   2u /* posts: local, and not among those that lose their disks */
#define RETURNS_AT  0u

void ptn_drill_leave_order(struct ptn_drill *drill)
{
    const struct ptn_world *world = drill->world;
    const char *const words[] = {
        "leave", "order", drill->centre.folder, "--officer", "ana", NULL
    };
    char numbers[2][16], deadline[PTN_INSTANT_TEXT_SIZE], body[BODY_MAX];
    struct ptn_buffer told = { .len_max = TOLD_MAX };
    bool good;

    for (unsigned i = 0; i < 2; i++)
        ptn_drill_number(PTN_DRILL_LEAVERS + i, numbers[i]);
    drill->deadline_ms = world->now_ms(world->context) + DEADLINE_MS;
    (void)snprintf(body, sizeof(body),
                   "{\"reference\":\"LEAVE-1\",\"issuer\":\"Ministry for Foreign Affairs\","
                   "\"deadline\":\"%s\",\"points\":[],\"dependants\":[],\"people\":["
                   "{\"document\":{\"kind\":\"passport\",\"issuer\":\"UTO\",\"number\":\"%s\"}},"
                   "{\"document\":{\"kind\":\"passport\",\"issuer\":\"UTO\",\"number\":\"%s\"}}]}",
                   ptn_instant_write(drill->deadline_ms, deadline), numbers[0], numbers[1]);
    good = ptn_drill_run(drill, words, body, &told) == 0 && told.len >= 32;
    if (good)
        (void)snprintf(drill->order, sizeof(drill->order), "%.32s", (const char *)told.at);
    ptn_buffer_release(&told);
    (void)ptn_drill_must(drill, good, "two people are ordered to leave: reference LEAVE-1");
}

void ptn_drill_leave_go(struct ptn_drill *drill)
{
    struct ptn_drill_lane *lane = ptn_drill_sign_in(&drill->posts[LEAVES_AT], "arta", "1");

    (void)ptn_drill_must(drill,
                         lane != NULL &&
                             ptn_drill_meet(lane, PTN_DRILL_LEAVERS, "exit", "order.leaving", true),
                         "one of them leaves where the centre cannot be asked: let go, recorded");
    ptn_drill_put_aside(lane);
}

void ptn_drill_leave_late(struct ptn_drill *drill)
{
    const struct ptn_world *world = drill->world;
    const struct timespec step = { 0, 100000000L };
    const int64_t since_us = world->monotonic_us(world->context);
    struct ptn_drill_lane *lane = ptn_drill_sign_in(&drill->posts[RETURNS_AT], "arta", "1");

    while (world->now_ms(world->context) < drill->deadline_ms &&
           ptn_drill_seconds(drill, since_us) < WAIT_S)
        (void)nanosleep(&step, NULL);
    (void)ptn_drill_must(
        drill,
        lane != NULL && ptn_drill_meet(lane, PTN_DRILL_LEAVERS + 1, "entry", "order.banned", false),
        "the deadline has passed: the other one is stopped at entry, alone too");
    ptn_drill_put_aside(lane);
}

/* How many people stand in that state, by what the command told. */
static unsigned count(const struct ptn_buffer *told, const char *state)
{
    char word[64];
    size_t len = (size_t)snprintf(word, sizeof(word), "\"state\":\"%s\"", state);
    const uint8_t *at = told->at;
    unsigned found = 0;

    while (at != NULL &&
           (at = memmem(at, told->len - (size_t)(at - told->at), word, len)) != NULL) {
        found++;
        at += len;
    }
    return found;
}

void ptn_drill_leave_account(struct ptn_drill *drill)
{
    const struct ptn_world *world = drill->world;
    const struct timespec step = { 0, 300000000L };
    const int64_t since_us = world->monotonic_us(world->context);
    const char *const words[] = { "leave",       "list",    drill->centre.folder,
                                  "--reference", "LEAVE-1", NULL };
    struct ptn_drill_report *report = &drill->report;

    do { /* what keepers took last may still be on its way into the view */
        struct ptn_buffer told = { .len_max = TOLD_MAX };

        if (ptn_drill_run(drill, words, "", &told) == 0) {
            report->leave_left = count(&told, "left");
            report->leave_overdue = count(&told, "overdue");
        }
        ptn_buffer_release(&told);
        if (report->leave_left == 1)
            break;
        (void)nanosleep(&step, NULL);
    } while (ptn_drill_seconds(drill, since_us) < WAIT_S);
    (void)ptn_drill_must(drill, report->leave_left == 1 && report->leave_overdue == 1,
                         "the rebuilt centre knows the order, who has left, and who has not");
}
