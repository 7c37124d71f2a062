/* serve/desk.c -- a centre's desk: started, stopped, and records on their way to the ledger's
 * owner.
 */
#include "serve/desk_int.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* ---- records ---- */

static void ring(const struct ptn_desk *desk)
{
    uint64_t one = 1;
    ssize_t written = write(desk->bell, &one, sizeof(one));

    (void)written; /* it fails only when the bell is ringing already */
}

struct ptn_status ptn_desk_write(struct ptn_desk *desk, const struct ptn_writer_record *record)
{
    struct ptn_desk_wait wait = { .record = *record, .status = { PTN_C_BUSY } };

    (void)pthread_mutex_lock(&desk->wait_lock);
    if (!desk->over && desk->wait_count < PTN_DESK_BATCH_MAX) {
        *desk->last = &wait;     /* it waits here until it is off the queue */
        desk->last = &wait.next; /* cppcheck-suppress autoVariables */
        desk->wait_count++;
        ring(desk);
        while (!wait.done)
            (void)pthread_cond_wait(&desk->written, &desk->wait_lock);
    }
    (void)pthread_mutex_unlock(&desk->wait_lock);
    return wait.status;
}

/* All that waits, off the queue. */
static struct ptn_desk_wait *take_waiting(struct ptn_desk *desk)
{
    struct ptn_desk_wait *first;

    (void)pthread_mutex_lock(&desk->wait_lock);
    first = desk->first;
    desk->first = NULL;
    desk->last = &desk->first;
    desk->wait_count = 0;
    (void)pthread_mutex_unlock(&desk->wait_lock);
    return first;
}

static void answer_waiting(struct ptn_desk *desk, struct ptn_desk_wait *first,
                           struct ptn_status status)
{
    (void)pthread_mutex_lock(&desk->wait_lock);
    while (first != NULL) {
        struct ptn_desk_wait *next = first->next; /* it is gone once it knows */

        first->status = status;
        first->done = true;
        first = next;
    }
    (void)pthread_cond_broadcast(&desk->written);
    (void)pthread_mutex_unlock(&desk->wait_lock);
}

size_t ptn_desk_turn(struct ptn_desk *desk, ptn_desk_append_fn append, void *context)
{
    struct ptn_writer_record records[PTN_DESK_BATCH_MAX];
    struct ptn_desk_wait *first;
    size_t count = 0;
    uint64_t rung;
    ssize_t got = read(desk->bell, &rung, sizeof(rung));
    struct ptn_status status;

    (void)got;
    first = take_waiting(desk);
    for (const struct ptn_desk_wait *wait = first; wait != NULL; wait = wait->next)
        records[count++] = wait->record;
    if (count == 0)
        return 0;
    status = append(context, records, count);
    answer_waiting(desk, first, status);
    return ptn_ok(status) ? count : 0;
}

struct ptn_status ptn_desk_tell(struct ptn_desk *desk, struct ptn_bytes country)
{
    return ptn_told_set(&desk->told, country);
}

/* Hand it to the owner, and wait. */
static void ask(struct ptn_desk *desk, struct ptn_desk_proof *proof)
{
    (void)pthread_mutex_lock(&desk->wait_lock);
    if (!desk->over && desk->proof_count < PTN_DESK_BATCH_MAX) {
        proof->next = desk->proofs;
        desk->proofs = proof;
        desk->proof_count++;
        ring(desk);
        while (!proof->done)
            (void)pthread_cond_wait(&desk->written, &desk->wait_lock);
    }
    (void)pthread_mutex_unlock(&desk->wait_lock);
}

struct ptn_status ptn_desk_ask_proof(struct ptn_desk *desk, struct ptn_bytes origin, uint64_t index,
                                     struct ptn_desk_when *ret_when, struct ptn_buffer *out)
{
    struct ptn_desk_proof proof = {
        .origin = origin, .index = index, .out = out, .status = { PTN_C_BUSY }
    };

    ask(desk, &proof);
    *ret_when = proof.when;
    return proof.status;
}

struct ptn_status ptn_desk_ask_open(struct ptn_desk *desk, struct ptn_bytes origin, uint64_t index,
                                    unsigned *ret_kind, struct ptn_buffer *payload)
{
    struct ptn_desk_proof proof = {
        .origin = origin, .index = index, .opens = true, .out = payload, .status = { PTN_C_BUSY }
    };

    ask(desk, &proof);
    *ret_kind = proof.kind;
    return proof.status;
}

void ptn_desk_prove_turn(struct ptn_desk *desk, ptn_desk_prove_fn prove, ptn_desk_open_fn open,
                         void *context)
{
    struct ptn_desk_proof *first;

    (void)pthread_mutex_lock(&desk->wait_lock);
    first = desk->proofs;
    desk->proofs = NULL;
    desk->proof_count = 0;
    (void)pthread_mutex_unlock(&desk->wait_lock);
    for (struct ptn_desk_proof *proof = first; proof != NULL && prove != NULL; proof = proof->next)
        proof->status = proof->opens
                            ? open(context, proof->origin, proof->index, &proof->kind, proof->out)
                            : prove(context, proof->origin, proof->index, &proof->when, proof->out);
    (void)pthread_mutex_lock(&desk->wait_lock);
    while (first != NULL) {
        struct ptn_desk_proof *next = first->next; /* it is gone once it knows */

        first->done = true;
        first = next;
    }
    (void)pthread_cond_broadcast(&desk->written);
    (void)pthread_mutex_unlock(&desk->wait_lock);
}

int ptn_desk_bell(const struct ptn_desk *desk)
{
    return desk->bell;
}

/* ---- starting and stopping ---- */

struct ptn_status ptn_desk_start(const struct ptn_desk_plan *plan, struct ptn_desk **ret_desk,
                                 struct ptn_diag *reterr)
{
    struct ptn_desk *desk = calloc(1, sizeof(*desk));
    struct ptn_status status;

    if (desk == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    desk->plan = *plan;
    desk->last = &desk->first;
    desk->guard.port = plan->port;
    memcpy(desk->guard.code, plan->centre->code, sizeof(desk->guard.code));
    memcpy(desk->guard.host, plan->centre->host, sizeof(desk->guard.host));
    (void)pthread_mutex_init(&desk->view_lock, NULL);
    (void)pthread_mutex_init(&desk->check_lock, NULL);
    (void)pthread_mutex_init(&desk->pacing_lock, NULL);
    (void)pthread_mutex_init(&desk->agree_lock, NULL);
    (void)pthread_mutex_init(&desk->audit_lock, NULL);
    plan->world->random(plan->world->context, desk->audit_key, sizeof(desk->audit_key));
    plan->world->random(plan->world->context, desk->touch_secret, sizeof(desk->touch_secret));
    (void)pthread_mutex_init(&desk->wait_lock, NULL);
    (void)pthread_mutex_init(&desk->sessions.lock, NULL);
    (void)pthread_cond_init(&desk->written, NULL);
    ptn_told_init(&desk->told);
    desk->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    status = (struct ptn_status){ PTN_C_IO };
    if (desk->bell >= 0)
        status = ptn_desk_http_start(desk);
    if (!ptn_ok(status)) {
        ptn_desk_stop(desk);
        return ptn_fail(status.code, reterr, 0, "the desk's server cannot be started");
    }
    *ret_desk = desk;
    return PTN_OK;
}

void ptn_desk_stop(struct ptn_desk *desk)
{
    if (desk == NULL)
        return;
    (void)pthread_mutex_lock(&desk->wait_lock);
    desk->over = true;
    (void)pthread_mutex_unlock(&desk->wait_lock);
    answer_waiting(desk, take_waiting(desk), (struct ptn_status){ PTN_C_BUSY });
    ptn_desk_prove_turn(desk, NULL, NULL, NULL);
    if (desk->daemon != NULL) {
        /* the listening socket is not ours */
        (void)MHD_quiesce_daemon(desk->daemon);
        MHD_stop_daemon(desk->daemon);
    }
    ptn_view_close(desk->view);
    if (desk->bell >= 0)
        (void)close(desk->bell);
    ptn_told_release(&desk->told);
    explicit_bzero(&desk->sessions, sizeof(desk->sessions));
    explicit_bzero(desk->audit_key, sizeof(desk->audit_key));
    explicit_bzero(desk->touch_secret, sizeof(desk->touch_secret));
    free(desk);
}
