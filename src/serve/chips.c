/* serve/chips.c -- see chips_int.h. READER-2. */
#include "serve/chips_int.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "serve/serve_int.h"

#define ASK_STEP_US      INT64_C(200000) /* between two questions of one reader */
#define ASK_BURST        50u
#define STRANGER_STEP_US INT64_C(1000000)
#define STRANGER_BURST   20u

/* One lane's. What was asked and given is under id, while state says that there is any. */
struct desk {
    char lane[PTN_LANE_NAME_MAX + 1]; /* "": free */
    bool asks;                        /* its reader did, at asked_us */
    bool told;                        /* that it has one, as the owner was last told */
    int64_t asked_us;
    struct ptn_bucket rate;
    struct ptn_call *poll; /* of its reader, that waits until poll_until_us */
    int64_t poll_until_us;
    enum ptn_chips_state state;
    int64_t since_us;
    uint64_t session;
    char id[PTN_CHIPS_ID_SIZE];
    struct ptn_chip_key key;
    struct ptn_buffer sod, dg1; /* Owned */
    enum ptn_chip_proof proof;
};

struct ptn_chips {
    pthread_mutex_t lock;
    bool closing;
    struct ptn_bucket strangers;
    struct desk desks[PTN_READERS_MAX];
};

const char *ptn_chips_word(enum ptn_chips_state state)
{
    static const char *const words[PTN_CHIPS_STATE_COUNT] = { "none",    "waiting", "read",
                                                              "no-chip", "refused", "failed" };

    return words[state];
}

static void wipe_buffer(struct ptn_buffer *buffer)
{
    if (buffer->len > 0)
        explicit_bzero(buffer->at, buffer->len);
    ptn_buffer_release(buffer);
}

static void wipe(struct desk *desk)
{
    wipe_buffer(&desk->sod);
    wipe_buffer(&desk->dg1);
    explicit_bzero(&desk->key, sizeof(desk->key));
    desk->id[0] = '\0';
    desk->state = PTN_CHIPS_NONE;
}

struct ptn_chips *ptn_chips_new(void)
{
    struct ptn_chips *chips = calloc(1, sizeof(*chips));

    if (chips != NULL)
        (void)pthread_mutex_init(&chips->lock, NULL);
    return chips;
}

void ptn_chips_free(struct ptn_chips *chips)
{
    if (chips == NULL)
        return;
    for (size_t i = 0; i < PTN_READERS_MAX; i++)
        wipe(&chips->desks[i]);
    (void)pthread_mutex_destroy(&chips->lock);
    free(chips);
}

/* Under the lock, as all below. */
static struct desk *find(struct ptn_chips *chips, const char *lane)
{
    for (size_t i = 0; i < PTN_READERS_MAX; i++)
        if (chips->desks[i].lane[0] != '\0' && strcmp(chips->desks[i].lane, lane) == 0)
            return &chips->desks[i];
    return NULL;
}

/* The lane's desk; made where there is none, in the place of whoever's reader asked last of all.
 * There are as many desks as readers, so that is one whose reader is gone. */
static struct desk *meet(struct ptn_chips *chips, const char *lane)
{
    struct desk *desk = find(chips, lane);
    struct desk *quietest = NULL;

    for (size_t i = 0; i < PTN_READERS_MAX && desk == NULL; i++) {
        struct desk *at = &chips->desks[i];

        if (at->poll == NULL && (quietest == NULL || at->asked_us < quietest->asked_us))
            quietest = at;
    }
    if (desk != NULL || quietest == NULL)
        return desk;
    wipe(quietest);
    *quietest = (struct desk){ .rate = { 0 } };
    (void)snprintf(quietest->lane, sizeof(quietest->lane), "%s", lane);
    return quietest;
}

static bool has_reader(const struct desk *desk, int64_t now_us)
{
    return desk->asks && now_us - desk->asked_us < PTN_CHIPS_READER_US;
}

/* Its call, which waits no more. */
static struct ptn_call *take_poll(struct desk *desk)
{
    struct ptn_call *poll = desk->poll;

    desk->poll = NULL;
    return poll;
}

/* ---- the reader's side ---- */

bool ptn_chips_stranger(struct ptn_chips *chips, int64_t now_us)
{
    bool worth;

    (void)pthread_mutex_lock(&chips->lock);
    worth = ptn_bucket_take(&chips->strangers, now_us, STRANGER_STEP_US, STRANGER_BURST);
    (void)pthread_mutex_unlock(&chips->lock);
    return worth;
}

static enum ptn_chips_poll poll_at(struct ptn_chips *chips, struct desk *desk,
                                   struct ptn_call *call, int64_t now_us, int64_t wait_us)
{
    if (!ptn_bucket_take(&desk->rate, now_us, ASK_STEP_US, ASK_BURST))
        return PTN_CHIPS_SLOW_DOWN;
    desk->asks = true;
    desk->asked_us = now_us;
    if (desk->state == PTN_CHIPS_WAITING || wait_us <= 0 || chips->closing)
        return PTN_CHIPS_ANSWER;
    desk->poll = call;
    desk->poll_until_us = now_us + wait_us;
    return PTN_CHIPS_SLEEP;
}

enum ptn_chips_poll ptn_chips_poll(struct ptn_chips *chips, const char *lane, struct ptn_call *call,
                                   int64_t now_us, int64_t wait_us, struct ptn_call **ret_wake)
{
    enum ptn_chips_poll poll = PTN_CHIPS_SLOW_DOWN;
    struct desk *desk;

    *ret_wake = NULL;
    (void)pthread_mutex_lock(&chips->lock);
    desk = meet(chips, lane);
    if (desk != NULL) {
        *ret_wake = take_poll(desk);
        poll = poll_at(chips, desk, call, now_us, wait_us);
    }
    (void)pthread_mutex_unlock(&chips->lock);
    return poll;
}

bool ptn_chips_work(struct ptn_chips *chips, const char *lane, char ret_id[PTN_CHIPS_ID_SIZE],
                    struct ptn_chip_key *ret_key)
{
    const struct desk *desk;
    bool found;

    (void)pthread_mutex_lock(&chips->lock);
    desk = find(chips, lane);
    found = desk != NULL && desk->state == PTN_CHIPS_WAITING;
    if (found) {
        memcpy(ret_id, desk->id, sizeof(desk->id));
        *ret_key = desk->key;
    }
    (void)pthread_mutex_unlock(&chips->lock);
    return found;
}

static struct ptn_status keep(struct desk *desk, const struct ptn_chips_given *given)
{
    struct ptn_status status;

    desk->sod.len_max = given->sod.len;
    desk->dg1.len_max = given->dg1.len;
    desk->proof = given->proof;
    status = ptn_buffer_add(&desk->sod, given->sod);
    if (ptn_ok(status))
        status = ptn_buffer_add(&desk->dg1, given->dg1);
    if (!ptn_ok(status)) {
        wipe_buffer(&desk->sod);
        wipe_buffer(&desk->dg1);
    }
    return status;
}

struct ptn_status ptn_chips_give(struct ptn_chips *chips, const char *lane,
                                 const struct ptn_chips_given *given, int64_t now_us)
{
    struct ptn_status status = { PTN_C_NOT_FOUND };
    struct desk *desk;

    (void)pthread_mutex_lock(&chips->lock);
    desk = find(chips, lane);
    if (desk != NULL && desk->state != PTN_CHIPS_NONE && strcmp(desk->id, given->id) == 0) {
        status.code = PTN_C_BUSY;
        desk->asks = true;
        desk->asked_us = now_us;
        if (desk->state == PTN_CHIPS_WAITING)
            status = keep(desk, given);
    }
    if (ptn_ok(status)) {
        explicit_bzero(&desk->key, sizeof(desk->key));
        desk->state = given->state;
        desk->since_us = now_us;
    }
    (void)pthread_mutex_unlock(&chips->lock);
    return status;
}

/* ---- the lane's side ---- */

bool ptn_chips_has_reader(struct ptn_chips *chips, const char *lane, int64_t now_us)
{
    const struct desk *desk;
    bool has;

    (void)pthread_mutex_lock(&chips->lock);
    desk = find(chips, lane);
    has = desk != NULL && has_reader(desk, now_us);
    (void)pthread_mutex_unlock(&chips->lock);
    return has;
}

size_t ptn_chips_readers(struct ptn_chips *chips, int64_t now_us)
{
    size_t count = 0;

    (void)pthread_mutex_lock(&chips->lock);
    for (size_t i = 0; i < PTN_READERS_MAX; i++)
        count += has_reader(&chips->desks[i], now_us) ? 1 : 0;
    (void)pthread_mutex_unlock(&chips->lock);
    return count;
}

bool ptn_chips_ask(struct ptn_chips *chips, const struct ptn_chips_asked *asked, int64_t now_us,
                   struct ptn_call **ret_wake)
{
    struct desk *desk;
    bool has;

    *ret_wake = NULL;
    (void)pthread_mutex_lock(&chips->lock);
    desk = find(chips, asked->lane);
    has = desk != NULL && has_reader(desk, now_us);
    if (has) {
        wipe(desk);
        (void)snprintf(desk->id, sizeof(desk->id), "%s", asked->id);
        desk->key = *asked->key;
        desk->session = asked->session;
        desk->since_us = now_us;
        desk->state = PTN_CHIPS_WAITING;
        *ret_wake = take_poll(desk);
    }
    (void)pthread_mutex_unlock(&chips->lock);
    return has;
}

bool ptn_chips_write(struct ptn_chips *chips, const char *lane, const char *id,
                     struct ptn_json *json)
{
    const struct desk *desk;
    bool found;

    (void)pthread_mutex_lock(&chips->lock);
    desk = find(chips, lane);
    found = desk != NULL && desk->state != PTN_CHIPS_NONE && strcmp(desk->id, id) == 0;
    if (found)
        ptn_json_field_text(json, "state", ptn_bytes_from_text(ptn_chips_word(desk->state)));
    if (found && desk->state == PTN_CHIPS_READ) {
        ptn_json_field_text(json, "sod", ptn_buffer_bytes(&desk->sod));
        ptn_json_field_text(json, "dg1", ptn_buffer_bytes(&desk->dg1));
        ptn_json_field_text(json, "proof", ptn_bytes_from_text(ptn_chip_proof_word(desk->proof)));
    }
    (void)pthread_mutex_unlock(&chips->lock);
    return found;
}

/* ---- the owner's side ---- */

/* True when there is something to do for this lane. */
static bool turn_desk(struct desk *desk, int64_t now_us, bool stopped, struct ptn_chips_due *due)
{
    const bool has = !stopped && has_reader(desk, now_us);

    if (desk->poll != NULL && now_us >= desk->poll_until_us)
        due->wake = take_poll(desk);
    if (has != desk->told) {
        desk->told = has;
        due->has_reader = has;
        memcpy(due->lane, desk->lane, sizeof(desk->lane));
    }
    return due->wake != NULL || due->lane[0] != '\0';
}

bool ptn_chips_turn(struct ptn_chips *chips, int64_t now_us, bool stopped,
                    bool (*lives)(void *context, uint64_t session), void *context,
                    struct ptn_chips_due *ret_due)
{
    struct ptn_chips_due due = { .wake = NULL };
    bool any = false;

    (void)pthread_mutex_lock(&chips->lock);
    for (size_t i = 0; i < PTN_READERS_MAX && !any; i++) {
        struct desk *desk = &chips->desks[i];

        if (desk->state != PTN_CHIPS_NONE &&
            (stopped || now_us - desk->since_us >= PTN_CHIPS_KEPT_US ||
             !lives(context, desk->session)))
            wipe(desk);
        any = desk->lane[0] != '\0' && turn_desk(desk, now_us, stopped, &due);
    }
    (void)pthread_mutex_unlock(&chips->lock);
    *ret_due = due;
    return any;
}

struct ptn_call *ptn_chips_end(struct ptn_chips *chips, bool closing)
{
    struct ptn_call *poll = NULL;

    (void)pthread_mutex_lock(&chips->lock);
    chips->closing = chips->closing || closing;
    for (size_t i = 0; i < PTN_READERS_MAX && poll == NULL; i++) {
        poll = take_poll(&chips->desks[i]);
        chips->desks[i].asks = false;
    }
    (void)pthread_mutex_unlock(&chips->lock);
    return poll;
}
