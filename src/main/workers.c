/* One lock for reading lines, one for all that is counted; the first is taken before the second. */
#include "main/workers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "main/answer.h"

/* An answer that waits for those before it. */
struct answer {
    uint8_t *at; /* Owned; NULL when it is empty */
    size_t len;
    bool there;
};

struct crew {
    const struct ptn_workers_job *job;
    struct ptn_lines *lines; /* under the reading lock */
    int stop_fd;             /* readable once the batch has stopped */
    pthread_mutex_t reading;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* the head has moved, or the batch has stopped */
    uint64_t next;        /* of the line read next; changed under both locks */
    uint64_t head;        /* of the answer written next */
    size_t waiting;       /* bytes of answers */
    bool stopped;
    struct ptn_status status;
    struct answer answers[PTN_WORKERS_AHEAD_MAX]; /* by number of line, a ring */
};

struct hand {
    struct crew *crew;
    void *worker;
    struct ptn_buffer line;
    struct ptn_buffer out;
};

unsigned ptn_workers_count(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    if (count < 1)
        count = 1;
    return count > (int)PTN_WORKERS_MAX ? PTN_WORKERS_MAX : (unsigned)count;
}

/* Under the lock. */
static void stop(struct crew *crew, struct ptn_status status)
{
    const uint64_t one = 1;

    if (crew->stopped)
        return;
    crew->stopped = true;
    crew->status = status;
    /* who waits for a line that may not come for long wakes up */
    while (crew->stop_fd >= 0 && write(crew->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    (void)pthread_cond_broadcast(&crew->moved);
}

/* ---- reading ---- */

static struct ptn_status read_input(void *context, uint8_t *at, size_t len, size_t *ret_len)
{
    const struct crew *crew = context;
    struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { crew->stop_fd, POLLIN, 0 } };

    while (crew->stop_fd >= 0 && poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return (struct ptn_status){ PTN_C_IO };
    if (fds[1].revents != 0) { /* the end, for whoever waited */
        *ret_len = 0;
        return PTN_OK;
    }
    return ptn_answer_read_input(NULL, at, len, ret_len);
}

/* Room for one answer more. False: the batch has stopped. */
static bool await_room(struct crew *crew)
{
    bool going;

    (void)pthread_mutex_lock(&crew->lock);
    while (!crew->stopped && crew->next - crew->head >= PTN_WORKERS_AHEAD_MAX)
        (void)pthread_cond_wait(&crew->moved, &crew->lock);
    going = !crew->stopped;
    (void)pthread_mutex_unlock(&crew->lock);
    return going;
}

/* The next line into the worker's own memory, and its place in the order. NOT_FOUND: there is
 * none. */
static struct ptn_status take_line(struct hand *hand, uint64_t *ret_place, size_t *ret_number,
                                   bool *ret_too_big)
{
    struct crew *crew = hand->crew;
    struct ptn_bytes line = PTN_BYTES_NONE;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    (void)pthread_mutex_lock(&crew->reading);
    if (await_room(crew))
        status = ptn_lines_next(crew->lines, &line, ret_number);
    *ret_too_big = status.code == PTN_C_TOO_BIG;
    ptn_buffer_clear(&hand->line);
    if (*ret_too_big)
        status = PTN_OK;
    else if (ptn_ok(status))
        status = ptn_buffer_add(&hand->line, line);
    (void)pthread_mutex_lock(&crew->lock);
    if (ptn_ok(status))
        *ret_place = crew->next++;
    else if (status.code != PTN_C_NOT_FOUND)
        stop(crew, status);
    (void)pthread_mutex_unlock(&crew->lock);
    (void)pthread_mutex_unlock(&crew->reading);
    return status;
}

/* ---- writing, all under the lock ---- */

static bool print(struct ptn_bytes bytes)
{
    return bytes.len == 0 || fwrite(bytes.at, 1, bytes.len, stdout) == bytes.len;
}

/* The answer at the head, and all that waited for it. */
static void write_from_head(struct crew *crew, struct ptn_bytes answer)
{
    struct answer *next = &crew->answers[++crew->head % PTN_WORKERS_AHEAD_MAX];
    bool good = print(answer);

    for (; good && next->there; next = &crew->answers[++crew->head % PTN_WORKERS_AHEAD_MAX]) {
        good = print(ptn_bytes_of(next->at, next->len));
        crew->waiting -= next->len;
        free(next->at);
        *next = (struct answer){ NULL, 0, false };
    }
    if (!good || fflush(stdout) != 0)
        stop(crew, (struct ptn_status){ PTN_C_IO });
    (void)pthread_cond_broadcast(&crew->moved);
}

/* True: it waits there, and the worker need not. */
static bool lay_down(struct crew *crew, uint64_t place, struct ptn_bytes answer)
{
    struct answer *at = &crew->answers[place % PTN_WORKERS_AHEAD_MAX];
    uint8_t *copy = NULL;

    if (answer.len > PTN_WORKERS_WAITING_MAX - crew->waiting)
        return false;
    if (answer.len > 0) {
        copy = malloc(answer.len);
        if (copy == NULL)
            return false;
        memcpy(copy, answer.at, answer.len);
    }
    *at = (struct answer){ copy, answer.len, true };
    crew->waiting += answer.len;
    return true;
}

static void give(struct hand *hand, uint64_t place, struct ptn_status status)
{
    struct crew *crew = hand->crew;
    struct ptn_bytes answer = ptn_buffer_bytes(&hand->out);
    bool waits = !ptn_ok(status) || crew->job->in_turn != NULL;

    (void)pthread_mutex_lock(&crew->lock);
    if (place == crew->head || waits || crew->stopped || !lay_down(crew, place, answer)) {
        while (!crew->stopped && place != crew->head)
            (void)pthread_cond_wait(&crew->moved, &crew->lock);
        if (!crew->stopped && !ptn_ok(status))
            stop(crew, status);
        if (!crew->stopped && crew->job->in_turn != NULL)
            crew->job->in_turn(hand->worker);
        if (!crew->stopped)
            write_from_head(crew, answer);
    }
    (void)pthread_mutex_unlock(&crew->lock);
}

/* ---- the workers ---- */

static void *run(void *context)
{
    struct hand *hand = context;
    uint64_t place = 0;
    size_t number = 0;
    bool too_big = false;

    while (ptn_ok(take_line(hand, &place, &number, &too_big))) {
        ptn_buffer_clear(&hand->out);
        give(hand, place,
             hand->crew->job->work(hand->worker, ptn_buffer_bytes(&hand->line), number, too_big,
                                   &hand->out));
    }
    return NULL;
}

struct ptn_status ptn_workers_run(const struct ptn_workers_job *job)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    struct hand hands[PTN_WORKERS_MAX];
    pthread_t threads[PTN_WORKERS_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };
    unsigned more = 0;

    PTN_PRE(job->count >= 1 && job->count <= PTN_WORKERS_MAX);
    if (crew == NULL)
        return status;
    crew->job = job;
    crew->stop_fd = job->count > 1 ? eventfd(0, EFD_CLOEXEC) : -1;
    crew->lines = ptn_lines_new(read_input, crew, job->line_len_max);
    if (crew->lines != NULL && pthread_mutex_init(&crew->reading, NULL) == 0 &&
        pthread_mutex_init(&crew->lock, NULL) == 0 && pthread_cond_init(&crew->moved, NULL) == 0) {
        for (unsigned i = 0; i < PTN_WORKERS_MAX; i++) {
            hands[i] =
                (struct hand){ .crew = crew, .worker = i < job->count ? job->workers[i] : NULL };
            ptn_buffer_init(&hands[i].line, job->line_len_max);
            ptn_buffer_init(&hands[i].out, job->answer_len_max);
        }
        while (more + 1 < job->count && crew->stop_fd >= 0 &&
               pthread_create(&threads[more], NULL, run, &hands[more + 1]) == 0)
            more++;
        (void)run(&hands[0]);
        for (unsigned i = 0; i < more; i++)
            (void)pthread_join(threads[i], NULL);
        for (unsigned i = 0; i < PTN_WORKERS_MAX; i++) {
            ptn_buffer_release(&hands[i].line);
            ptn_buffer_release(&hands[i].out);
        }
        for (size_t i = 0; i < PTN_WORKERS_AHEAD_MAX; i++)
            free(crew->answers[i].at);
        status = crew->status;
    }
    if (crew->stop_fd >= 0)
        (void)close(crew->stop_fd);
    ptn_lines_free(crew->lines);
    free(crew);
    return status;
}
