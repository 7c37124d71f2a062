#include "main/bulletin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "decision/rules.h"
#include "main/log.h"
#include "reference/place.h"
#include "vault/seal.h"

#define IDLE_S     1
#define PRIORITY   19 /* of folding */
#define LISTS_FILE "%s/lists/published.snap"
#define RULES_FILE "%s/rules/published.rules"

/* A folding on a thread of its own. Whoever stops does not wait for it: it is left to itself, and
 * ends with the process, wherever it is: what it writes counts only once it is moved into place. */
struct folding {
    struct ptn_published_fold *fold; /* Owned */
    struct ptn_bulletin *bulletin;   /* rung when it is done, unless it was left */
    pthread_t thread;
    pthread_mutex_t lock;
    bool done, left; /* under the lock */
};

struct ptn_bulletin {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_node *node;
    struct ptn_vault *vault;
    struct ptn_published *published; /* the thread's, like what stands below it */
    size_t confirmed;                /* names that were taken */
    struct ptn_published *anew;      /* Owned: it is to be published's place; NULL: none is */
    struct ptn_published_void
        voids[PTN_PUBLISHED_VOIDS]; /* what the newest of the two passes over */
    size_t void_count;
    struct folding *folding; /* Owned until it is left; NULL: nothing is folded */
    char lists[1100];        /* where published lists are compiled to */
    char rules[1100];        /* and published rules written */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t bell;

    /* under the lock */
    struct ptn_relay *relay; /* NULL: detached */
    bool reading;            /* the thread is in the relay's copies */
    bool rung, stop;
    struct ptn_published_standing standing;
    struct ptn_published_lists_standing lists_standing;
    struct ptn_published_rules_standing rules_standing;
    struct ptn_published_permits_standing permits_standing;
    struct ptn_published_stays_standing stays_standing;
};

/* The relay to read from, which then stays until give_back. */
static struct ptn_relay *borrow(struct ptn_bulletin *bulletin)
{
    struct ptn_relay *relay;

    (void)pthread_mutex_lock(&bulletin->lock);
    relay = bulletin->relay;
    bulletin->reading = relay != NULL;
    (void)pthread_mutex_unlock(&bulletin->lock);
    return relay;
}

static void give_back(struct ptn_bulletin *bulletin)
{
    (void)pthread_mutex_lock(&bulletin->lock);
    bulletin->reading = false;
    ptn_published_standing(bulletin->published, &bulletin->standing);
    ptn_published_lists_standing(bulletin->published, &bulletin->lists_standing);
    ptn_published_rules_standing(bulletin->published, &bulletin->rules_standing);
    ptn_published_permits_standing(bulletin->published, &bulletin->permits_standing);
    ptn_published_stays_standing(bulletin->published, &bulletin->stays_standing);
    (void)pthread_cond_broadcast(&bulletin->bell);
    (void)pthread_mutex_unlock(&bulletin->lock);
}

/* What centres wrote, into one of the two. True: there is more. */
static bool read_copies(struct ptn_bulletin *bulletin, struct ptn_published *published)
{
    struct ptn_relay *relay = borrow(bulletin);
    size_t count = 0;
    bool more = false;

    if (relay != NULL) {
        struct ptn_links *links = ptn_relay_lock(relay);

        if (!ptn_ok(ptn_published_read(published, ptn_relay_country(relay), ptn_links_follow(links),
                                       bulletin->vault, &count, &more)))
            more = false;
        ptn_relay_unlock(relay);
    }
    give_back(bulletin);
    return more;
}

/* What was entered here. */
static void read_own(struct ptn_bulletin *bulletin)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };

    while (ptn_ok(ptn_publishing_next(bulletin->node, &payload))) {
        (void)ptn_ok(ptn_published_add_own(bulletin->published, ptn_buffer_bytes(&payload)));
        ptn_buffer_clear(&payload);
    }
    if (payload.at != NULL)
        explicit_bzero(payload.at, payload.capacity);
    ptn_buffer_release(&payload);
}

/* What offline notes name. */
static void read_confirmed(struct ptn_bulletin *bulletin)
{
    struct ptn_hash name;

    while (ptn_publishing_confirmed(bulletin->node, bulletin->confirmed, &name)) {
        (void)ptn_ok(ptn_published_confirm(bulletin->published, &name));
        bulletin->confirmed++;
    }
}

/* ---- what a stolen key published ---- */

/* An order says that something counts no more, or no longer says so. */
static bool voids_changed(struct ptn_bulletin *bulletin)
{
    struct ptn_published_void voids[PTN_PUBLISHED_VOIDS];
    size_t count = ptn_publishing_voids(bulletin->node, voids);

    if (count == bulletin->void_count &&
        memcmp(voids, bulletin->voids, count * sizeof(voids[0])) == 0)
        return false;
    memcpy(bulletin->voids, voids, count * sizeof(voids[0]));
    bulletin->void_count = count;
    return true;
}

/* Before anything was read. */
static void begin_without(struct ptn_bulletin *bulletin)
{
    struct ptn_published *published;

    if (!voids_changed(bulletin))
        return;
    published = ptn_published_anew(bulletin->published, bulletin->voids, bulletin->void_count);
    if (published == NULL) {
        bulletin->void_count = 0; /* it is tried again */
        return;
    }
    ptn_published_free(bulletin->published);
    bulletin->published = published;
}

/* Lanes keep what they have until as much is read again. */
static void read_anew(struct ptn_bulletin *bulletin)
{
    if (voids_changed(bulletin)) {
        ptn_published_free(bulletin->anew);
        bulletin->anew =
            ptn_published_anew(bulletin->published, bulletin->voids, bulletin->void_count);
        if (bulletin->anew == NULL)
            bulletin->void_count = SIZE_MAX; /* it is tried again */
    }
    if (bulletin->anew == NULL)
        return;
    while (read_copies(bulletin, bulletin->anew))
        continue;
    if (bulletin->folding != NULL || !ptn_published_reached(bulletin->anew, bulletin->published))
        return;
    (void)ptn_ok(ptn_published_open_lists(bulletin->anew, bulletin->lists, NULL));
    (void)pthread_mutex_lock(&bulletin->lock);
    ptn_published_free(bulletin->published);
    bulletin->published = bulletin->anew;
    (void)pthread_mutex_unlock(&bulletin->lock);
    bulletin->anew = NULL;
    bulletin->confirmed = 0; /* what notes name is told it, too */
}

static void put_in_force(struct ptn_bulletin *bulletin)
{
    struct ptn_overlay *overlay = NULL;
    struct ptn_date today = ptn_place_local_date(bulletin->world->now_ms(bulletin->world->context));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_published_lists(bulletin->published, bulletin->lists, &diag);

    if (!ptn_ok(status)) /* what was in force stays, and it is tried again */
        ptn_log_failure(PTN_EVENT_PUBLISHED_LISTS, status, &diag);
    if (ptn_ok(ptn_published_overlay(bulletin->published, today, &overlay)) && overlay != NULL)
        ptn_publishing_put(bulletin->node, overlay);
}

/* ---- base and delta become one again, on a thread of their own ---- */

static void free_folding(struct folding *folding)
{
    (void)pthread_mutex_destroy(&folding->lock);
    free(folding);
}

static void *fold(void *context)
{
    struct folding *folding = context;
    bool left;

    (void)setpriority(PRIO_PROCESS, 0, PRIORITY); /* of this thread alone, as Linux has it */
    ptn_published_fold_work(folding->fold);
    (void)pthread_mutex_lock(&folding->lock);
    folding->done = true;
    left = folding->left;
    if (!left) /* who stops waits for this lock: the bulletin is there */
        ptn_bulletin_ring(folding->bulletin);
    (void)pthread_mutex_unlock(&folding->lock);
    if (left) {
        ptn_published_fold_free(folding->fold);
        free_folding(folding);
    }
    return NULL;
}

static bool is_folded(struct folding *folding)
{
    bool done;

    (void)pthread_mutex_lock(&folding->lock);
    done = folding->done;
    (void)pthread_mutex_unlock(&folding->lock);
    return done;
}

/* Nobody waits for what is at work. */
static void leave_folding(struct folding *folding)
{
    bool done;

    (void)pthread_mutex_lock(&folding->lock);
    done = folding->done;
    folding->left = !done;
    if (!done) /* from here on it is its own thread's */
        (void)pthread_detach(folding->thread);
    (void)pthread_mutex_unlock(&folding->lock);
    if (!done)
        return;
    (void)pthread_join(folding->thread, NULL);
    ptn_published_fold_free(folding->fold);
    free_folding(folding);
}

static void end_fold(struct ptn_bulletin *bulletin)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    (void)pthread_join(bulletin->folding->thread, NULL);
    status = ptn_published_fold_end(bulletin->published, bulletin->folding->fold, &diag);
    free_folding(bulletin->folding);
    bulletin->folding = NULL;
    if (ptn_ok(status) || status.code == PTN_C_CORRUPT)
        ptn_publishing_put_folded(bulletin->node, !ptn_ok(status));
    if (!ptn_ok(status) && status.code != PTN_C_BUSY)
        ptn_log_failure(PTN_EVENT_PUBLISHED_FOLD, status, &diag);
    put_in_force(bulletin);
}

/* Editions and alerts are taken in meanwhile. */
static void fold_lists(struct ptn_bulletin *bulletin)
{
    struct folding *folding = bulletin->folding;

    if (folding != NULL && is_folded(folding))
        end_fold(bulletin);
    if (bulletin->folding != NULL || !ptn_published_fold_due(bulletin->published))
        return;
    folding = calloc(1, sizeof(*folding));
    if (folding == NULL)
        return;
    folding->bulletin = bulletin;
    folding->fold = ptn_published_fold_begin(bulletin->published, bulletin->lists);
    (void)pthread_mutex_init(&folding->lock, NULL);
    if (folding->fold != NULL && pthread_create(&folding->thread, NULL, fold, folding) == 0) {
        bulletin->folding = folding;
        return;
    }
    ptn_published_fold_free(folding->fold);
    free_folding(folding);
}

static void put_rules(struct ptn_bulletin *bulletin, bool opening)
{
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_diag diag = { 0 };
    bool changed = opening;
    struct ptn_status status =
        opening ? ptn_published_rules_open(bulletin->published, bulletin->rules, &file)
                : ptn_published_rules(bulletin->published, bulletin->rules, &file, &changed, &diag);

    if (ptn_ok(status) && changed)
        status = ptn_publishing_put_rules(bulletin->node, ptn_buffer_bytes(&file), &diag);
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        ptn_log_failure(PTN_EVENT_PUBLISHED_RULES, status, &diag);
    ptn_buffer_release(&file);
}

static void put_permits(struct ptn_bulletin *bulletin)
{
    struct ptn_permit_slots *slots = NULL;

    if (ptn_ok(ptn_published_permits(bulletin->published, &slots)) && slots != NULL)
        ptn_publishing_put_permits(bulletin->node, slots);
}

static void put_stays(struct ptn_bulletin *bulletin)
{
    struct ptn_stays_table *table = NULL;
    struct ptn_date today = ptn_place_local_date(bulletin->world->now_ms(bulletin->world->context));

    if (ptn_ok(ptn_published_stays(bulletin->published, bulletin->node, today, &table)) &&
        table != NULL)
        ptn_publishing_put_stays(bulletin->node, table);
}

static bool wait_for_bell(struct ptn_bulletin *bulletin)
{
    struct timespec until = { 0 };
    bool stop;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += IDLE_S;
    (void)pthread_mutex_lock(&bulletin->lock);
    while (!bulletin->rung && !bulletin->stop &&
           pthread_cond_timedwait(&bulletin->bell, &bulletin->lock, &until) == 0)
        continue;
    bulletin->rung = false;
    stop = bulletin->stop;
    (void)pthread_mutex_unlock(&bulletin->lock);
    return !stop;
}

static void *run(void *context)
{
    struct ptn_bulletin *bulletin = context;

    /* what was in force before is, until the ledgers are read again */
    begin_without(bulletin);
    (void)ptn_ok(ptn_published_open_lists(bulletin->published, bulletin->lists, NULL));
    put_rules(bulletin, true);
    put_in_force(bulletin);
    do {
        while (read_copies(bulletin, bulletin->published))
            continue;
        read_own(bulletin);
        read_anew(bulletin);
        read_confirmed(bulletin);
        put_rules(bulletin, false);
        put_permits(bulletin);
        put_stays(bulletin);
        put_in_force(bulletin);
        fold_lists(bulletin);
    } while (wait_for_bell(bulletin));
    if (bulletin->folding != NULL)
        leave_folding(bulletin->folding);
    return NULL;
}

struct ptn_status ptn_bulletin_start(const struct ptn_world *world, const char *dir,
                                     struct ptn_node *node, struct ptn_bulletin **ret_bulletin,
                                     struct ptn_diag *reterr)
{
    struct ptn_bulletin *bulletin = calloc(1, sizeof(*bulletin));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (bulletin == NULL)
        return status;
    bulletin->world = world;
    bulletin->dir = dir;
    bulletin->node = node;
    (void)snprintf(bulletin->lists, sizeof(bulletin->lists), LISTS_FILE, dir);
    (void)snprintf(bulletin->rules, sizeof(bulletin->rules), RULES_FILE, dir);
    (void)pthread_mutex_init(&bulletin->lock, NULL);
    (void)pthread_cond_init(&bulletin->bell, NULL);
    bulletin->published = ptn_published_new(world);
    if (bulletin->published != NULL)
        status = ptn_vault_open(world, dir, &bulletin->vault, reterr);
    if (ptn_ok(status) && pthread_create(&bulletin->thread, NULL, run, bulletin) != 0)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status)) {
        *ret_bulletin = bulletin;
        return PTN_OK;
    }
    ptn_vault_close(bulletin->vault);
    ptn_published_free(bulletin->published);
    free(bulletin);
    return status;
}

/* From a stopped node's copies. */
static struct ptn_status read_stopped(struct ptn_bulletin *bulletin, const char *dir,
                                      struct ptn_arena *arena, struct ptn_diag *reterr)
{
    struct ptn_node_standing standing;
    struct ptn_country country;
    struct ptn_links *links = NULL;
    size_t count = 0;
    bool more = true;
    struct ptn_status status = ptn_country_read(bulletin->world, dir, &country, reterr);

    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK;
    if (!ptn_ok(status))
        return status;
    status = ptn_node_standing(bulletin->node, arena, &standing);
    if (ptn_ok(status))
        status =
            ptn_links_open(bulletin->world, dir, &country, ptn_bytes_from_text(standing.ledger),
                           PTN_LINKS_FOLLOW, &links, reterr);
    while (ptn_ok(status) && more)
        status = ptn_published_read(bulletin->published, &country, ptn_links_follow(links),
                                    bulletin->vault, &count, &more);
    ptn_links_close(links);
    ptn_country_release(&country);
    return status;
}

struct ptn_status ptn_bulletin_once(const struct ptn_world *world, const char *dir,
                                    struct ptn_node *node, struct ptn_arena *arena,
                                    struct ptn_diag *reterr)
{
    struct ptn_bulletin bulletin = { .world = world, .node = node };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    (void)snprintf(bulletin.lists, sizeof(bulletin.lists), LISTS_FILE, dir);
    bulletin.published = ptn_published_new(world);
    if (bulletin.published != NULL)
        status = ptn_vault_open(world, dir, &bulletin.vault, reterr);
    if (ptn_ok(status)) {
        begin_without(&bulletin);
        (void)ptn_ok(ptn_published_open_lists(bulletin.published, bulletin.lists, NULL));
        status = read_stopped(&bulletin, dir, arena, reterr);
    }
    if (ptn_ok(status)) {
        read_own(&bulletin);
        read_confirmed(&bulletin);
        put_in_force(&bulletin);
    }
    ptn_vault_close(bulletin.vault);
    ptn_published_free(bulletin.published);
    return status;
}

void ptn_bulletin_stop(struct ptn_bulletin *bulletin)
{
    if (bulletin == NULL)
        return;
    PTN_PRE(bulletin->relay == NULL);
    (void)pthread_mutex_lock(&bulletin->lock);
    bulletin->stop = true;
    (void)pthread_cond_broadcast(&bulletin->bell);
    (void)pthread_mutex_unlock(&bulletin->lock);
    (void)pthread_join(bulletin->thread, NULL);
    ptn_vault_close(bulletin->vault);
    ptn_published_free(bulletin->published);
    ptn_published_free(bulletin->anew);
    (void)pthread_cond_destroy(&bulletin->bell);
    (void)pthread_mutex_destroy(&bulletin->lock);
    free(bulletin);
}

void ptn_bulletin_attach(struct ptn_bulletin *bulletin, struct ptn_relay *relay)
{
    if (bulletin == NULL)
        return;
    (void)ptn_ok(
        ptn_vault_reading_again(bulletin->world, bulletin->dir, bulletin->vault)); /* SEAL-5 */
    (void)pthread_mutex_lock(&bulletin->lock);
    bulletin->relay = relay;
    bulletin->rung = true;
    (void)pthread_cond_broadcast(&bulletin->bell);
    (void)pthread_mutex_unlock(&bulletin->lock);
}

void ptn_bulletin_detach(struct ptn_bulletin *bulletin)
{
    if (bulletin == NULL)
        return;
    (void)pthread_mutex_lock(&bulletin->lock);
    bulletin->relay = NULL;
    while (bulletin->reading)
        (void)pthread_cond_wait(&bulletin->bell, &bulletin->lock);
    (void)pthread_mutex_unlock(&bulletin->lock);
}

void ptn_bulletin_ring(struct ptn_bulletin *bulletin)
{
    if (bulletin == NULL)
        return;
    (void)pthread_mutex_lock(&bulletin->lock);
    bulletin->rung = true;
    (void)pthread_cond_broadcast(&bulletin->bell);
    (void)pthread_mutex_unlock(&bulletin->lock);
}

static void write_stays(struct ptn_json *json, const struct ptn_published_stays_standing *stays)
{
    char since[PTN_DATE_TEXT_SIZE];

    ptn_json_field_number(json, "stays", (int64_t)stays->rows);
    if (stays->until_ms > 0)
        ptn_json_field_text(json, "stays_since",
                            ptn_bytes_from_text(ptn_date_write(stays->since, since)));
    ptn_json_field_number(json, "stays_until_ms", stays->until_ms);
    ptn_json_field_number(json, "stays_refused", (int64_t)stays->refused);
    ptn_json_field_number(json, "stays_missing", (int64_t)stays->missing);
    ptn_json_field_number(json, "stays_left_out", (int64_t)stays->left_out);
}

void ptn_bulletin_write(struct ptn_bulletin *bulletin, struct ptn_json *json)
{
    struct ptn_published_standing standing;
    struct ptn_published_lists_standing lists;
    struct ptn_published_rules_standing rules;
    struct ptn_published_permits_standing permits;
    struct ptn_published_stays_standing stays;

    if (bulletin == NULL)
        return;
    (void)pthread_mutex_lock(&bulletin->lock);
    standing = bulletin->standing;
    lists = bulletin->lists_standing;
    rules = bulletin->rules_standing;
    permits = bulletin->permits_standing;
    stays = bulletin->stays_standing;
    (void)pthread_mutex_unlock(&bulletin->lock);
    ptn_json_key(json, "published");
    ptn_json_object(json);
    ptn_json_field_number(json, "records", (int64_t)standing.records);
    ptn_json_field_number(json, "left_out", (int64_t)standing.left_out);
    ptn_json_field_number(json, "doubted", (int64_t)standing.doubted);
    ptn_json_field_number(json, "voided", (int64_t)standing.voided);
    ptn_json_field_number(json, "unread", (int64_t)standing.unread);
    ptn_json_field_number(json, "newest_ms", standing.newest_ms);
    ptn_json_field_number(json, "lists", (int64_t)lists.lists);
    ptn_json_field_number(json, "rows", (int64_t)lists.rows);
    ptn_json_field_number(json, "rows_doubted", (int64_t)lists.doubted);
    ptn_json_field_number(json, "editions_refused", (int64_t)lists.refused);
    ptn_json_field_number(json, "rows_delta", (int64_t)lists.delta);
    ptn_json_field_number(json, "folded_ms", lists.folded_ms);
    ptn_json_field_number(json, "folds_refused", (int64_t)lists.folds_refused);
    ptn_json_field_number(json, "rules", (int64_t)rules.in_force);
    ptn_json_field_number(json, "rules_doubted", (int64_t)rules.doubted);
    ptn_json_field_number(json, "rules_left_out", (int64_t)rules.left_out);
    ptn_json_field_number(json, "rules_refused", (int64_t)rules.refused);
    if (rules.why != NULL)
        ptn_json_field_text(json, "rules_refused_why", ptn_bytes_from_text(rules.why));
    ptn_json_field_number(json, "permits", (int64_t)permits.slots);
    ptn_json_field_number(json, "permits_waiting", (int64_t)permits.waiting);
    ptn_json_field_number(json, "permits_left_out", (int64_t)permits.left_out);
    ptn_json_field_number(json, "permits_refused", (int64_t)permits.refused);
    write_stays(json, &stays);
    ptn_json_object_end(json);
}
