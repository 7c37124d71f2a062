#include "main/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "vault/seal.h"

#define IDLE_S     2
#define MS_PER_DAY INT64_C(86400000)

struct ptn_feed {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_vault *vault;
    struct ptn_messages *messages; /* the thread's while there is one */
    struct ptn_relay *relay;       /* NULL: detached */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t bell;

    /* under the lock */
    bool rung, stop, held;
    struct ptn_messages_standing standing;
};

struct ptn_status ptn_feed_new(const struct ptn_world *world, const char *dir, unsigned days,
                               ptn_message_take_fn take, void *context, struct ptn_feed **ret_feed,
                               struct ptn_diag *reterr)
{
    struct ptn_feed *feed = calloc(1, sizeof(*feed));
    int64_t since_ms = world->now_ms(world->context) - (int64_t)days * MS_PER_DAY;
    struct ptn_status status;

    if (feed == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    feed->world = world;
    feed->dir = dir;
    (void)pthread_mutex_init(&feed->lock, NULL);
    (void)pthread_cond_init(&feed->bell, NULL);
    status = ptn_vault_open(world, dir, &feed->vault, reterr);
    if (ptn_ok(status))
        status = ptn_messages_open(world, feed->vault, since_ms, take, context, &feed->messages);
    if (!ptn_ok(status)) {
        ptn_feed_free(feed);
        return status;
    }
    *ret_feed = feed;
    return PTN_OK;
}

void ptn_feed_free(struct ptn_feed *feed)
{
    if (feed == NULL)
        return;
    PTN_PRE(feed->relay == NULL);
    ptn_messages_close(feed->messages);
    ptn_vault_close(feed->vault);
    (void)pthread_cond_destroy(&feed->bell);
    (void)pthread_mutex_destroy(&feed->lock);
    free(feed);
}

static bool is_stopped(struct ptn_feed *feed)
{
    bool stop;

    (void)pthread_mutex_lock(&feed->lock);
    ptn_messages_standing(feed->messages, &feed->standing);
    stop = feed->stop || feed->held;
    (void)pthread_mutex_unlock(&feed->lock);
    return stop;
}

/* Hand on all there is, a message at a time, the copies locked only while one is looked for. */
static void hand_on(struct ptn_feed *feed)
{
    bool more = true;

    while (more && !is_stopped(feed)) {
        struct ptn_links *links = ptn_relay_lock(feed->relay);
        bool found = ptn_messages_next(feed->messages, ptn_relay_country(feed->relay),
                                       ptn_links_follow(links), &more);

        ptn_relay_unlock(feed->relay);
        if (found)
            ptn_messages_hand(feed->messages);
    }
}

static void *run(void *context)
{
    struct ptn_feed *feed = context;
    bool stop = false;

    while (!stop) {
        struct timespec until = { 0 };

        hand_on(feed);
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += IDLE_S;
        (void)pthread_mutex_lock(&feed->lock);
        while (!feed->rung && !feed->stop &&
               pthread_cond_timedwait(&feed->bell, &feed->lock, &until) == 0)
            continue;
        feed->rung = false;
        stop = feed->stop;
        (void)pthread_mutex_unlock(&feed->lock);
    }
    return NULL;
}

void ptn_feed_attach(struct ptn_feed *feed, struct ptn_relay *relay)
{
    if (feed == NULL || relay == NULL)
        return;
    PTN_PRE(feed->relay == NULL);
    (void)ptn_ok(ptn_vault_reading_again(feed->world, feed->dir, feed->vault)); /* SEAL-5 */
    feed->relay = relay;
    feed->stop = false;
    if (pthread_create(&feed->thread, NULL, run, feed) != 0)
        feed->relay = NULL; /* the lanes go on without carriers' lists */
}

void ptn_feed_detach(struct ptn_feed *feed)
{
    if (feed == NULL || feed->relay == NULL)
        return;
    (void)pthread_mutex_lock(&feed->lock);
    feed->stop = true;
    (void)pthread_cond_signal(&feed->bell);
    (void)pthread_mutex_unlock(&feed->lock);
    (void)pthread_join(feed->thread, NULL);
    feed->relay = NULL;
}

void ptn_feed_hold(struct ptn_feed *feed, bool held)
{
    if (feed == NULL)
        return;
    (void)pthread_mutex_lock(&feed->lock);
    feed->held = held;
    (void)pthread_mutex_unlock(&feed->lock);
}

void ptn_feed_ring(struct ptn_feed *feed)
{
    if (feed == NULL)
        return;
    (void)pthread_mutex_lock(&feed->lock);
    feed->rung = true;
    (void)pthread_cond_signal(&feed->bell);
    (void)pthread_mutex_unlock(&feed->lock);
}

void ptn_feed_write(struct ptn_feed *feed, struct ptn_json *json)
{
    struct ptn_messages_standing standing;

    if (feed == NULL)
        return;
    (void)pthread_mutex_lock(&feed->lock);
    standing = feed->standing;
    (void)pthread_mutex_unlock(&feed->lock);
    ptn_json_key(json, "messages");
    ptn_json_object(json);
    ptn_json_field_number(json, "taken", (int64_t)standing.taken);
    ptn_json_field_number(json, "unread", (int64_t)standing.unread);
    ptn_json_field_number(json, "awaiting", (int64_t)standing.awaiting);
    ptn_json_object_end(json);
}
