#include "main/relay.h"

#include <pthread.h>
#include <stdlib.h>

#include "main/log.h"
#include "serve/courier.h"

#define LINES_MAX 64u

/* What the courier knows a line by. */
struct carried {
    struct ptn_relay *relay;
    size_t index;
};

struct ptn_relay {
    const struct ptn_world *world;
    struct ptn_country country;
    struct ptn_links *links;
    struct ptn_courier *courier;
    pthread_mutex_t lock;
    struct ptn_relay_ear ear; /* zero: nobody */
    struct carried carried[LINES_MAX];
    unsigned revoked;                  /* keepers, as said last */
    int64_t behind_us[PTN_FOLLOW_MAX]; /* by the followed ledger's place: since when keepers show
                                          more of it than is here; 0: they do not */
};

/* ---- on the courier's thread ---- */

static bool next(void *context, struct ptn_exchange *exchange, int *timeout_ms)
{
    const struct carried *carried = context;
    bool more;

    (void)pthread_mutex_lock(&carried->relay->lock);
    more = ptn_links_next(carried->relay->links, carried->index, exchange, timeout_ms);
    (void)pthread_mutex_unlock(&carried->relay->lock);
    return more;
}

/* Of how many keepers the keys are revoked, when it is not as many as before. */
static void say_revoked(struct ptn_relay *relay)
{
    const struct ptn_links_revoked now = ptn_links_revoked(relay->links);
    const unsigned count = now.count + (now.site ? 1 : 0);
    const struct ptn_log_field keys = { PTN_LOG_KEYS, NULL, (int64_t)count };

    if (count != relay->revoked)
        ptn_log(PTN_EVENT_KEEPERS_REVOKED, &keys, 1);
    relay->revoked = count;
}

static void take(void *context, struct ptn_exchange *exchange)
{
    const struct carried *carried = context;
    struct ptn_relay *relay = carried->relay;

    (void)pthread_mutex_lock(&relay->lock);
    ptn_links_take(relay->links, carried->index, exchange);
    if (ptn_links_at(relay->links, carried->index).kind == PTN_LINK_PULL) {
        say_revoked(relay);
        if (relay->ear.pulled != NULL)
            relay->ear.pulled(relay->ear.context, relay->links);
    } else if (relay->ear.pushed != NULL) {
        relay->ear.pushed(relay->ear.context, relay->links);
    }
    (void)pthread_mutex_unlock(&relay->lock);
}

/* ---- starting and stopping ---- */

static struct ptn_status add_lines(struct ptn_relay *relay, struct ptn_diag *reterr)
{
    size_t count = ptn_links_count(relay->links);
    struct ptn_status status = { count > LINES_MAX ? PTN_C_TOO_BIG : PTN_C_OK };

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_link line = ptn_links_at(relay->links, i);
        struct ptn_courier_link link = { .context = &relay->carried[i],
                                         .next = next,
                                         .take = take };
        char *address = ptn_arena_text(relay->country.arena, line.address);

        if (address == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        relay->carried[i] = (struct carried){ relay, i };
        link.address = address;
        memcpy(link.tls, line.tls, sizeof(link.tls));
        if (line.kind == PTN_LINK_SITE)
            link.pause_max_ms = 1000; /* it stands beside this machine: be there when it is back */
        status = ptn_courier_add(relay->courier, &link, NULL, reterr);
    }
    return status;
}

struct ptn_status ptn_relay_start(const struct ptn_world *world, const char *dir,
                                  const char *origin, enum ptn_links_way way,
                                  const struct ptn_relay_ear *ear, struct ptn_relay **ret_relay,
                                  struct ptn_diag *reterr)
{
    struct ptn_relay *relay = calloc(1, sizeof(*relay));
    struct ptn_status status;

    if (relay == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    relay->world = world;
    if (ear != NULL)
        relay->ear = *ear;
    (void)pthread_mutex_init(&relay->lock, NULL);
    status = ptn_country_read(world, dir, &relay->country, reterr);
    if (ptn_ok(status))
        status = ptn_links_open(world, dir, &relay->country, ptn_bytes_from_text(origin), way,
                                &relay->links, reterr);
    if (ptn_ok(status))
        status = ptn_courier_new(world, dir, &relay->courier, reterr);
    if (ptn_ok(status))
        status = add_lines(relay, reterr);
    if (ptn_ok(status))
        status = ptn_courier_start(relay->courier);
    if (!ptn_ok(status)) {
        ptn_relay_stop(relay);
        return status;
    }
    *ret_relay = relay;
    return PTN_OK;
}

void ptn_relay_stop(struct ptn_relay *relay)
{
    if (relay == NULL)
        return;
    ptn_courier_free(relay->courier);
    ptn_links_close(relay->links);
    ptn_country_release(&relay->country);
    (void)pthread_mutex_destroy(&relay->lock);
    free(relay);
}

void ptn_relay_wake(struct ptn_relay *relay)
{
    if (relay != NULL)
        ptn_courier_wake(relay->courier);
}

struct ptn_links *ptn_relay_lock(struct ptn_relay *relay)
{
    (void)pthread_mutex_lock(&relay->lock);
    return relay->links;
}

void ptn_relay_unlock(struct ptn_relay *relay)
{
    (void)pthread_mutex_unlock(&relay->lock);
}

struct ptn_links *ptn_relay_try(struct ptn_relay *relay)
{
    return pthread_mutex_trylock(&relay->lock) == 0 ? relay->links : NULL;
}

const struct ptn_country *ptn_relay_country(const struct ptn_relay *relay)
{
    return &relay->country;
}

struct ptn_status ptn_relay_note(struct ptn_relay *relay, struct ptn_buffer *note)
{
    struct ptn_links *links = ptn_relay_try(relay);
    struct ptn_bytes origin;
    uint64_t index;
    struct ptn_status status;

    if (links == NULL)
        return (struct ptn_status){ PTN_C_BUSY };
    status = ptn_follow_note(ptn_links_follow(links), &origin, &index, note);
    ptn_relay_unlock(relay);
    return status;
}

/* ---- how it stands ---- */

static const char *kind_word(enum ptn_link_kind kind)
{
    switch (kind) {
    case PTN_LINK_SITE:
        return "site";
    case PTN_LINK_PUSH:
        return "push";
    case PTN_LINK_FORMER:
        return "former";
    case PTN_LINK_PULL:
        break;
    }
    return "pull";
}

static void write_line(const struct ptn_relay *relay, size_t index, struct ptn_json *json)
{
    struct ptn_link link = ptn_links_at(relay->links, index);
    struct ptn_courier_standing carried = ptn_courier_look(relay->courier, index);
    struct ptn_pusher_standing push;
    struct ptn_puller_standing pull;
    int64_t now_us = relay->world->monotonic_us(relay->world->context);
    bool shut = false;
    const bool revoked = ptn_links_is_revoked(relay->links, index, &shut);

    ptn_links_standing(relay->links, index, &push, &pull);
    ptn_json_object(json);
    ptn_json_field_text(json, "keeper", link.keeper);
    ptn_json_field_text(json, "kind", ptn_bytes_from_text(kind_word(link.kind)));
    ptn_json_field_text(
        json, "line",
        ptn_bytes_from_text(shut ? "revoked" : ptn_courier_trouble_word(carried.trouble)));
    if (revoked)
        ptn_json_field_bool(json, "revoked", true);
    if (carried.answered_us != 0 && !shut)
        ptn_json_field_number(json, "answered_s_ago", (now_us - carried.answered_us) / 1000000);
    if (link.kind == PTN_LINK_PULL) {
        ptn_json_field_text(json, "state",
                            ptn_bytes_from_text(ptn_pull_trouble_word(pull.trouble)));
        ptn_json_field_text_if(json, "about", pull.origin);
        ptn_json_field_number(json, "entries", (int64_t)pull.entries);
    } else {
        ptn_json_field_text(json, "state",
                            ptn_bytes_from_text(ptn_push_trouble_word(push.trouble)));
        ptn_json_field_number(json, "acknowledged", (int64_t)push.acknowledged);
        ptn_json_field_number(
            json, "lag",
            push.size > push.acknowledged ? (int64_t)(push.size - push.acknowledged) : 0);
        ptn_json_field_bool(json, "contradicted", push.trouble == PTN_PUSH_CONTRADICTED);
        if (push.lost > 0)
            ptn_json_field_number(json, "lost", (int64_t)push.lost);
    }
    ptn_json_object_end(json);
}

/* place: of the ledger among those that are followed. */
static void write_ledger(struct ptn_relay *relay, struct ptn_follow *follow, size_t place,
                         struct ptn_bytes origin, struct ptn_json *json)
{
    const int64_t now_us = relay->world->monotonic_us(relay->world->context);
    struct ptn_follow_head head;
    int64_t *behind_us = &relay->behind_us[place];

    if (!ptn_ok(ptn_follow_head(follow, origin, &head)) || (head.size == 0 && head.shown == 0))
        return; /* nobody has written it yet */
    if (head.shown <= head.size)
        *behind_us = 0;
    else if (*behind_us == 0)
        *behind_us = now_us;
    ptn_json_object(json);
    ptn_json_field_text(json, "origin", origin);
    ptn_json_field_number(json, "size", (int64_t)head.size);
    ptn_json_field_number(json, "shown", (int64_t)head.shown);
    ptn_json_field_number(json, "lag",
                          head.shown > head.size ? (int64_t)(head.shown - head.size) : 0);
    ptn_json_field_number(json, "lag_s", *behind_us == 0 ? 0 : (now_us - *behind_us) / 1000000);
    ptn_json_field_number(json, "cosigned", (int64_t)head.cosigned);
    ptn_json_field_number(json, "cosigned_s", head.cosigned_s);
    ptn_json_field_number(json, "missing", (int64_t)head.missing);
    ptn_json_field_bool(json, "forked", head.forked);
    ptn_json_object_end(json);
}

/* How many keepers count, as far as orders say. */
static void write_revoked(const struct ptn_links *links, struct ptn_json *json)
{
    const struct ptn_links_revoked revoked = ptn_links_revoked(links);

    ptn_json_key(json, "keepers");
    ptn_json_object(json);
    ptn_json_field_number(json, "revoked", revoked.count + (revoked.site ? 1 : 0));
    ptn_json_field_number(json, "counted", revoked.counted);
    ptn_json_field_number(json, "needed", revoked.needed);
    ptn_json_field_number(json, "spare", (int64_t)revoked.counted - revoked.needed);
    ptn_json_object_end(json);
}

void ptn_relay_write(struct ptn_relay *relay, struct ptn_json *json)
{
    struct ptn_links *links = ptn_relay_lock(relay);
    struct ptn_follow *follow = ptn_links_follow(links);
    struct ptn_link_push pushes[PTN_FOLLOW_KEEPERS_MAX];
    struct ptn_bytes origin;
    int64_t off_s = 0;
    size_t count;

    write_revoked(links, json);
    ptn_json_key(json, "lines");
    ptn_json_array(json);
    for (size_t i = 0; i < ptn_links_count(links); i++)
        write_line(relay, i, json);
    ptn_json_array_end(json);
    count = ptn_links_pushes(links, pushes, PTN_FOLLOW_KEEPERS_MAX);
    if (ptn_links_clock(pushes, count, &off_s))
        ptn_json_field_number(json, "clock_off_s", off_s);
    ptn_json_key(json, "ledgers");
    ptn_json_array(json);
    for (size_t i = 0; i < PTN_FOLLOW_MAX && (origin = ptn_follow_origin(follow, i)).len > 0; i++)
        write_ledger(relay, follow, i, origin, json);
    ptn_json_array_end(json);
    ptn_relay_unlock(relay);
}
