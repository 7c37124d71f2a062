#include "main/rescreen.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "vault/vault.h"

#define IDLE_MS   1000
#define FAILED_MS 5000
#define REST      2 /* times as long as the step took */
#define PRIORITY  19

/* One record on its way to the disk. Lives until its node has answered. */
struct writing {
    struct ptn_rescreen *rescreen;
    struct ptn_writer_request request;
    uint8_t payload[PTN_RECORD_LEN_MAX];
};

struct ptn_rescreen {
    const struct ptn_world *world;
    struct ptn_node *node;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_again *again; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t bell;

    /* under the lock */
    bool stop, writes;
    struct writing writing; /* the node's while writes is set */
    struct ptn_again_standing standing;
};

/* On the owner's thread. */
static void written(struct ptn_writer_request *request)
{
    struct writing *writing = request->context;
    struct ptn_rescreen *rescreen = writing->rescreen;

    (void)pthread_mutex_lock(&rescreen->lock);
    rescreen->writes = false;
    (void)pthread_cond_broadcast(&rescreen->bell);
    (void)pthread_mutex_unlock(&rescreen->lock);
}

/* Durable, or tried again later. Whoever stops the thread does not wait for the disk. */
static struct ptn_status found(void *context, const struct ptn_screened_again *record,
                               struct ptn_bytes payload)
{
    struct ptn_rescreen *rescreen = context;
    struct writing *writing = &rescreen->writing;
    struct ptn_status status = { PTN_C_BUSY };

    (void)record;
    if (payload.len > sizeof(writing->payload))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    memcpy(writing->payload, payload.at, payload.len);
    writing->rescreen = rescreen;
    writing->request = (struct ptn_writer_request){
        .records = { { .kind = PTN_RECORD_AGAIN,
                       .retention = PTN_RETENTION_REPORT,
                       .payload = ptn_bytes_of(writing->payload, payload.len) } },
        .record_count = 1,
        .done = written,
        .context = writing,
    };
    (void)pthread_mutex_lock(&rescreen->lock);
    rescreen->writes = true;
    (void)pthread_mutex_unlock(&rescreen->lock);
    ptn_writer_submit(rescreen->node, &writing->request);
    (void)pthread_mutex_lock(&rescreen->lock);
    while (rescreen->writes && !rescreen->stop)
        (void)pthread_cond_wait(&rescreen->bell, &rescreen->lock);
    if (!rescreen->writes)
        status = writing->request.status;
    (void)pthread_mutex_unlock(&rescreen->lock);
    if (ptn_ok(status))
        ptn_late_learn(rescreen->node, payload);
    return status;
}

static void known(void *context, struct ptn_bytes payload)
{
    ptn_late_learn(((struct ptn_rescreen *)context)->node, payload);
}

/* Rest so long, or until it is to stop. False: stop. */
static bool rest(struct ptn_rescreen *rescreen, int64_t rest_ms)
{
    struct timespec until = { 0 };
    bool stop;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += rest_ms / 1000;
    until.tv_nsec += (rest_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&rescreen->lock);
    ptn_again_standing(rescreen->again, &rescreen->standing);
    while (!rescreen->stop && pthread_cond_timedwait(&rescreen->bell, &rescreen->lock, &until) == 0)
        continue;
    stop = rescreen->stop;
    (void)pthread_mutex_unlock(&rescreen->lock);
    return !stop;
}

static void *run(void *context)
{
    struct ptn_rescreen *rescreen = context;
    const struct ptn_world *world = rescreen->world;
    int64_t rest_ms = IDLE_MS;
    int64_t forgotten_ms = 0;

    (void)setpriority(PRIO_PROCESS, 0, PRIORITY); /* of this thread alone, as Linux has it */
    do {
        int64_t began_us = world->monotonic_us(world->context);
        const int64_t now_forgotten_ms = ptn_node_forgotten_ms(rescreen->node);
        bool more = false;
        struct ptn_status status = PTN_OK;

        if (now_forgotten_ms != forgotten_ms) /* this handle is to forget it, too */
            status = ptn_ledger_forget(rescreen->ledger, now_forgotten_ms, 0, NULL);
        if (ptn_ok(status)) {
            forgotten_ms = now_forgotten_ms;
            status = ptn_again_step(rescreen->again, &more);
        }

        rest_ms = IDLE_MS;
        if (!ptn_ok(status))
            rest_ms = FAILED_MS;
        else if (more)
            rest_ms = REST * (world->monotonic_us(world->context) - began_us) / 1000 + 1;
    } while (rest(rescreen, rest_ms));
    return NULL;
}

struct ptn_status ptn_rescreen_start(const struct ptn_world *world, const char *dir,
                                     struct ptn_node *node, struct ptn_rescreen **ret_rescreen,
                                     struct ptn_diag *reterr)
{
    struct ptn_rescreen *rescreen = calloc(1, sizeof(*rescreen));
    struct ptn_again_plan plan = {
        .world = world, .node = node, .found = found, .known = known, .context = rescreen
    };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (rescreen == NULL)
        return status;
    rescreen->world = world;
    rescreen->node = node;
    (void)pthread_mutex_init(&rescreen->lock, NULL);
    (void)pthread_cond_init(&rescreen->bell, NULL);
    status = ptn_vault_open(world, dir, &rescreen->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open_reader(world, rescreen->vault, dir, &rescreen->ledger, reterr);
    plan.ledger = rescreen->ledger;
    if (ptn_ok(status)) {
        rescreen->again = ptn_again_new(&plan);
        if (rescreen->again == NULL || pthread_create(&rescreen->thread, NULL, run, rescreen) != 0)
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    if (!ptn_ok(status)) {
        ptn_again_free(rescreen->again);
        rescreen->again = NULL;
        ptn_rescreen_free(rescreen);
        return status;
    }
    *ret_rescreen = rescreen;
    return PTN_OK;
}

void ptn_rescreen_stop(struct ptn_rescreen *rescreen)
{
    if (rescreen == NULL)
        return;
    (void)pthread_mutex_lock(&rescreen->lock);
    rescreen->stop = true;
    (void)pthread_cond_broadcast(&rescreen->bell);
    (void)pthread_mutex_unlock(&rescreen->lock);
    (void)pthread_join(rescreen->thread, NULL);
    ptn_again_free(rescreen->again); /* it holds the node's lists */
    rescreen->again = NULL;
}

void ptn_rescreen_free(struct ptn_rescreen *rescreen)
{
    if (rescreen == NULL)
        return;
    ptn_ledger_close(rescreen->ledger);
    ptn_vault_close(rescreen->vault);
    (void)pthread_cond_destroy(&rescreen->bell);
    (void)pthread_mutex_destroy(&rescreen->lock);
    explicit_bzero(&rescreen->writing, sizeof(rescreen->writing));
    free(rescreen);
}

void ptn_rescreen_write(struct ptn_rescreen *rescreen, struct ptn_json *json)
{
    struct ptn_again_standing standing;

    if (rescreen == NULL)
        return;
    (void)pthread_mutex_lock(&rescreen->lock);
    standing = rescreen->standing;
    (void)pthread_mutex_unlock(&rescreen->lock);
    ptn_json_key(json, "again");
    ptn_json_object(json);
    ptn_json_field_number(json, "screened", (int64_t)standing.screened);
    ptn_json_field_number(json, "found", (int64_t)standing.found);
    ptn_json_field_number(json, "same", (int64_t)standing.same);
    ptn_json_field_number(json, "differs", (int64_t)standing.differs);
    ptn_json_field_number(json, "left_out", (int64_t)standing.left_out);
    ptn_json_field_number(json, "left", (int64_t)standing.left);
    ptn_json_field_number(json, "readings", (int64_t)standing.readings);
    ptn_json_object_end(json);
}
