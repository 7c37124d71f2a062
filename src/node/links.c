#include "mirror/away.h"
#include "node/country.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_LEN        1024u
#define ARENA_MAX       ((size_t)64 << 20)
#define HOLD_MS         45000 /* a keeper holds a long poll for 25 s */
#define LINKS_MAX       (3u * PTN_ROSTER_KEEPER_MAX + 1u)
#define SPARES_READ_MAX 500u /* nodes of a country in which posts' spares read gateways */
#define RETRY_MS        5000 /* a line with a trouble is asked again */

/* ---- the country ---- */

struct ptn_status ptn_country_read(const struct ptn_world *world, const char *dir,
                                   struct ptn_country *ret_country, struct ptn_diag *reterr)
{
    struct ptn_country country = { .arena = ptn_arena_new(ARENA_MAX) };
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/%s", dir, PTN_COUNTRY_FILE);
    struct ptn_status status = { country.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    ptn_buffer_init(&country.note, PTN_NOTE_LEN_MAX);
    if (len < 0 || (size_t)len >= sizeof(path))
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &country.note);
    if (ptn_ok(status))
        status = ptn_roster_first(ptn_buffer_bytes(&country.note), country.arena, &country.roster,
                                  reterr);
    if (ptn_ok(status))
        *ret_country = country;
    else
        ptn_country_release(&country);
    return status;
}

void ptn_country_release(struct ptn_country *country)
{
    ptn_arena_free(country->arena);
    ptn_buffer_release(&country->note);
    country->arena = NULL;
}

/* Whether what origin seals is to be read by the holder of that line's key: the centres read
 * everybody, the posts a gateway and of a centre what it publishes, and their spares too where the
 * country is not too large for it. A gateway reads nothing, not even its own.
 * COUNTRY-2, GATEWAY-1. */
static bool reads(const struct ptn_country *country, const struct ptn_roster_reading *reading,
                  struct ptn_bytes origin)
{
    const struct ptn_roster_node *node = ptn_country_node(country, reading->origin);
    const struct ptn_roster_node *writer = ptn_country_node(country, origin);
    bool gateway = writer != NULL && writer->role == PTN_ROSTER_GATEWAY;
    bool centre = writer != NULL && writer->role == PTN_ROSTER_CENTRE;

    if (reading->origin.len == 0 || ptn_bytes_equal(reading->origin, origin))
        return reading->origin.len == 0 || !gateway;
    if (node == NULL)
        return false;
    if (node->role == PTN_ROSTER_POST)
        return (gateway || centre) && (ptn_bytes_equal(node->ledger.name, reading->origin) ||
                                       country->roster.node_count < SPARES_READ_MAX);
    return node->role == PTN_ROSTER_CENTRE && ptn_bytes_equal(node->ledger.name, reading->origin);
}

/* Posts read what a centre publishes, and not who looked at whom there, nor crossings that were
 * imported there. */
static uint32_t classes_for(const struct ptn_country *country,
                            const struct ptn_roster_reading *reading,
                            const struct ptn_ledger *ledger)
{
    const struct ptn_roster_node *reader = ptn_country_node(country, reading->origin);
    const struct ptn_roster_node *writer =
        ptn_country_node(country, ptn_bytes_from_text(ptn_ledger_origin(ledger)));

    return reader != NULL && reader->role == PTN_ROSTER_POST && writer != NULL &&
                   writer->role == PTN_ROSTER_CENTRE
               ? 1u << PTN_RETENTION_CASEWORK | 1u << PTN_RETENTION_OPERATION
               : 0;
}

struct ptn_status ptn_country_seal(const struct ptn_world *world, const char *dir,
                                   struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    struct ptn_country country;
    struct ptn_ledger_reader *readers = NULL;
    size_t count = 0;
    struct ptn_status status = ptn_country_read(world, dir, &country, reterr);

    if (!ptn_ok(status))
        return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
    readers = ptn_arena_take(country.arena, (country.roster.reading_count + 1) * sizeof(*readers));
    if (readers == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < country.roster.reading_count; i++) {
        const struct ptn_roster_reading *reading = &country.roster.readings[i];

        if (!reads(&country, reading, ptn_bytes_from_text(ptn_ledger_origin(ledger))))
            continue;
        readers[count].reader =
            reading->origin.len == 0 ? PTN_BYTES_LITERAL("recovery") : reading->origin;
        readers[count].month = reading->month;
        readers[count].own =
            ptn_bytes_equal(reading->origin, ptn_bytes_from_text(ptn_ledger_origin(ledger)));
        readers[count].classes = classes_for(&country, reading, ledger);
        memcpy(readers[count++].key, reading->key, PTN_READING_KEY_LEN);
    }
    if (ptn_ok(status) && count > 0)
        status = ptn_ledger_readers(ledger, readers, count, reterr);
    ptn_country_release(&country);
    return status;
}

/* A roster's text begins with the country's roster's name. */
static bool is_roster(const struct ptn_country *country, struct ptn_bytes note)
{
    struct ptn_bytes origin = country->roster.origin;

    return note.len > origin.len && note.at[origin.len] == '\n' &&
           ptn_bytes_equal(ptn_bytes_slice(note, 0, origin.len), origin);
}

/* DIR/roster-N, a version that is signed and waits for a later one. */
static bool waiting_path(char path[PATH_LEN], const char *dir, uint32_t version)
{
    int len = snprintf(path, PATH_LEN, "%s/" PTN_COUNTRY_FILE "-%u", dir, version);

    return len > 0 && (size_t)len < PATH_LEN;
}

/* The versions that wait in dir, from that one on, into the arena. */
static size_t read_waiting(const struct ptn_world *world, const char *dir, uint32_t version,
                           struct ptn_arena *arena,
                           struct ptn_bytes ret_notes[PTN_ROSTER_WAITING_MAX])
{
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    char path[PATH_LEN];
    size_t count = 0;

    while (count < PTN_ROSTER_WAITING_MAX && waiting_path(path, dir, version + (uint32_t)count) &&
           world->files->exists(world->context, path)) {
        uint8_t *at = NULL;

        ptn_buffer_clear(&note);
        if (ptn_ok(world->files->read(world->context, path, &note)))
            at = ptn_arena_take(arena, note.len + 1);
        if (at == NULL)
            break;
        if (note.len > 0)
            memcpy(at, note.at, note.len);
        ret_notes[count++] = ptn_bytes_of(at, note.len);
    }
    ptn_buffer_release(&note);
    return count;
}

/* ROSTER-1: also across those that waited. */
struct ptn_status ptn_country_follows(const struct ptn_world *world, const char *dir,
                                      const struct ptn_roster *old, struct ptn_bytes note,
                                      struct ptn_arena *arena, struct ptn_roster *ret_roster,
                                      struct ptn_diag *reterr)
{
    const struct ptn_date today = ptn_instant_date(world->now_ms(world->context));
    struct ptn_bytes waiting[PTN_ROSTER_WAITING_MAX];
    size_t count = read_waiting(world, dir, old->version + 1, arena, waiting);
    struct ptn_status status = { PTN_C_BAD_INPUT };

    /* all that wait come before it, or fewer: one of them come again, now in its time */
    for (size_t through = count + 1; status.code == PTN_C_BAD_INPUT && through-- > 0;)
        status = ptn_roster_follows_through(old, waiting, through, note, today, arena, ret_roster,
                                            reterr);
    return status;
}

struct ptn_status ptn_country_wait(const struct ptn_world *world, const char *dir,
                                   struct ptn_bytes note)
{
    static const char word[] = "version ";
    struct ptn_cursor cursor = ptn_cursor_at(note);
    struct ptn_bytes line = PTN_BYTES_NONE;
    char path[PATH_LEN];
    uint64_t version = 0;
    struct ptn_status status = ptn_cursor_take_line(&cursor, &line);

    if (ptn_ok(status)) /* the version stands in the second */
        status = ptn_cursor_take_line(&cursor, &line);
    if (!ptn_ok(status) || line.len < sizeof(word) ||
        !ptn_decimal_read(ptn_bytes_slice(line, sizeof(word) - 1, SIZE_MAX), UINT32_MAX,
                          &version) ||
        !waiting_path(path, dir, (uint32_t)version))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    return world->files->replace(world->context, path, note);
}

struct ptn_status ptn_country_take(const struct ptn_world *world, const char *dir,
                                   const struct ptn_country *country, struct ptn_bytes note,
                                   struct ptn_diag *reterr)
{
    struct ptn_arena *arena;
    struct ptn_roster next;
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/%s", dir, PTN_COUNTRY_FILE);
    struct ptn_status status;

    if (!is_roster(country, note))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (len < 0 || (size_t)len >= sizeof(path))
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
    arena = ptn_arena_new(ARENA_MAX);
    if (arena == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = ptn_country_follows(world, dir, &country->roster, note, arena, &next, reterr);
    ptn_arena_free(arena);
    if (status.code == PTN_C_BUSY) {
        struct ptn_status kept = ptn_country_wait(world, dir, note);

        return ptn_ok(kept) ? status : kept;
    }
    return ptn_ok(status) ? world->files->replace(world->context, path, note) : status;
}

const struct ptn_roster_node *ptn_country_node(const struct ptn_country *country,
                                               struct ptn_bytes origin)
{
    const struct ptn_roster_node *node = ptn_roster_find(&country->roster, origin);
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(&country->roster, origin);

    if (node != NULL || spare == NULL)
        return node;
    return ptn_roster_find(&country->roster, spare->origin);
}

/* ---- the lines ---- */

struct line {
    struct ptn_link link;
    struct ptn_pusher *pusher; /* one of the two */
    struct ptn_puller *puller;
    bool answers;
    bool revoked; /* an order revokes its keeper's key: it counts for nothing */
    bool shut;    /* and nothing is carried on it */
    bool telling,
        told; /* the keeper of the roster in force: a site keeper hears of it from nobody
                 else, and one that was off when it was given need not be given it again */
};

struct ptn_links {
    const struct ptn_world *world;
    const struct ptn_country *country;
    struct ptn_ledger *reader; /* the own ledger, for pushing; NULL: none */
    struct ptn_follow *follow;
    struct ptn_copy *former; /* of the ledger that this one succeeds, for pushing; NULL: none */
    struct ptn_away *away;   /* whose key orders revoke; NULL: none was looked at */
    struct ptn_bytes own;    /* the name in the roster: of the node, or of the one it succeeds */
    struct line lines[LINKS_MAX];
    size_t count;
};

/* Whether a node of that role follows ledgers of that role. */
static bool follows(enum ptn_roster_role own, enum ptn_roster_role other)
{
    switch (other) {
    case PTN_ROSTER_KEEPER:
        return true;
    case PTN_ROSTER_CENTRE:
    case PTN_ROSTER_GATEWAY:
        return own != PTN_ROSTER_GATEWAY;
    case PTN_ROSTER_POST:
        return own == PTN_ROSTER_CENTRE;
    case PTN_ROSTER_SITE:
        break;
    }
    return false;
}

static struct ptn_status follow_one(struct ptn_links *links, const struct ptn_vkey *key,
                                    enum ptn_roster_role role, struct ptn_diag *reterr)
{
    unsigned order = role == PTN_ROSTER_KEEPER   ? PTN_FOLLOW_NOTES
                     : role == PTN_ROSTER_CENTRE ? PTN_FOLLOW_LISTS
                                                 : PTN_FOLLOW_OTHERS;

    return ptn_follow_add(links->follow, key, order, role == PTN_ROSTER_KEEPER, reterr);
}

/* Everybody whom the role follows, their spares, and the ledger that this node succeeds: that one
 * alone from a site keeper, and its own with them in a recovery. */
static struct ptn_status follow_all(struct ptn_links *links, const struct ptn_roster_node *own,
                                    struct ptn_bytes origin, enum ptn_links_way way,
                                    struct ptn_diag *reterr)
{
    const struct ptn_roster *roster = &links->country->roster;
    bool only = way == PTN_LINKS_PULL_SITE;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < roster->node_count; i++) {
        const struct ptn_roster_node *node = &roster->nodes[i];

        if (!ptn_bytes_equal(node->ledger.name, origin) &&
            (node == own || (!only && follows(own->role, node->role))))
            status = follow_one(links, &node->ledger, node->role, reterr);
    }
    for (size_t i = 0; ptn_ok(status) && i < roster->spare_count; i++) {
        const struct ptn_roster_spare *spare = &roster->spares[i];
        const struct ptn_roster_node *node = ptn_roster_find(roster, spare->origin);

        if (node != NULL && node != own && !only && follows(own->role, node->role))
            status = follow_one(links, &spare->ledger, node->role, reterr);
        if (way == PTN_LINKS_RECOVER && ptn_bytes_equal(spare->ledger.name, origin))
            status = follow_one(links, &spare->ledger, own->role, reterr);
    }
    return status;
}

/* COUNTRY-1. */
static struct ptn_status add_line(struct ptn_links *links, enum ptn_link_kind kind,
                                  const struct ptn_roster_node *keeper)
{
    struct line *line = &links->lines[links->count];
    struct ptn_status status;

    line->link = (struct ptn_link){ kind, keeper->ledger.name, keeper->address, keeper->tls };
    if (kind == PTN_LINK_PULL)
        status = ptn_puller_new(links->follow, &keeper->mirror, &line->puller);
    else if (kind == PTN_LINK_FORMER)
        status = ptn_pusher_new_copy(links->world, links->former, &keeper->mirror, &line->pusher);
    else
        status = ptn_pusher_new(links->world, links->reader, &keeper->mirror, &line->pusher);
    /* the first roster was laid into its folder with its keys */
    line->told = links->country->roster.version <= 1;
    if (ptn_ok(status))
        links->count++;
    return status;
}

static struct ptn_status add_lines(struct ptn_links *links, const struct ptn_roster_node *own,
                                   enum ptn_links_way way)
{
    const struct ptn_roster *roster = &links->country->roster;
    const struct ptn_roster_node *site = ptn_roster_find_site(roster, own->ledger.name);
    struct ptn_status status = PTN_OK;

    if (way == PTN_LINKS_PULL_SITE && site == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (way == PTN_LINKS_PULL_SITE)
        return add_line(links, PTN_LINK_PULL, site);
    if (site != NULL && links->reader != NULL)
        status = add_line(links, PTN_LINK_SITE, site);
    for (size_t i = 0; ptn_ok(status) && i < roster->node_count; i++) {
        if (roster->nodes[i].role != PTN_ROSTER_KEEPER)
            continue;
        if (links->reader != NULL)
            status = add_line(links, PTN_LINK_PUSH, &roster->nodes[i]);
        if (ptn_ok(status))
            status = add_line(links, PTN_LINK_PULL, &roster->nodes[i]);
        if (ptn_ok(status) && links->former != NULL)
            status = add_line(links, PTN_LINK_FORMER, &roster->nodes[i]);
    }
    return status;
}

/* ---- keepers whose keys are revoked ---- */

static struct ptn_away_at away_at(const struct ptn_links *links)
{
    return (struct ptn_away_at){ &links->country->roster, links->own, links->own };
}

/*
 * None of them counts. Lines are shut to the first n - q of them alone: two hands cannot cut a node
 * off from all others, by whom the word comes that ends it. A site keeper is not one of the n.
 * REVOKE-2.
 */
static void shut_lines(struct ptn_links *links)
{
    const struct ptn_roster *roster = &links->country->roster;
    uint32_t left = roster->quorum_n - roster->quorum_q;

    for (size_t i = 0; i < links->count; i++) {
        links->lines[i].revoked = ptn_away_has(links->away, links->lines[i].link.keeper);
        links->lines[i].shut =
            links->lines[i].revoked && links->lines[i].link.kind == PTN_LINK_SITE;
        if (links->lines[i].puller != NULL)
            ptn_puller_counts(links->lines[i].puller, !links->lines[i].revoked);
    }
    for (size_t k = 0; k < ptn_away_count(links->away); k++) {
        const struct ptn_bytes name = ptn_away_name(links->away, k);
        const struct ptn_roster_node *node = ptn_roster_find(roster, name);

        if (node == NULL || node->role != PTN_ROSTER_KEEPER || left == 0)
            continue;
        left--;
        for (size_t i = 0; i < links->count; i++)
            links->lines[i].shut =
                links->lines[i].shut || ptn_bytes_equal(links->lines[i].link.keeper, name);
    }
}

/* Orders among the notes that have come. first: since the last start they were judged before. */
static void look_for_orders(struct ptn_links *links, bool first)
{
    const int64_t now_ms = links->world->now_ms(links->world->context);
    const struct ptn_away_at at = away_at(links);
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    bool changed = first;
    bool news;

    while (links->away != NULL && ptn_ok(ptn_follow_order(links->follow, &note))) {
        if (!ptn_ok(ptn_away_take(links->away, &at, ptn_buffer_bytes(&note), now_ms, first, &news)))
            news = false; /* no memory: with the next start */
        changed = changed || news;
        ptn_buffer_clear(&note);
    }
    ptn_buffer_release(&note);
    if (links->away == NULL || !changed)
        return;
    if (first)
        ptn_away_judge(links->away, &at);
    shut_lines(links);
}

static struct ptn_status open_away(struct ptn_links *links, const char *dir)
{
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/copies/revoked", dir);
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (len > 0 && (size_t)len < sizeof(path))
        status = ptn_away_open(links->world, path, &links->away);
    if (ptn_ok(status))
        look_for_orders(links, true);
    return status;
}

struct ptn_status ptn_links_open(const struct ptn_world *world, const char *dir,
                                 const struct ptn_country *country, struct ptn_bytes origin,
                                 enum ptn_links_way way, struct ptn_links **ret_links,
                                 struct ptn_diag *reterr)
{
    const struct ptn_roster_node *own = ptn_country_node(country, origin);
    bool only = way == PTN_LINKS_PULL_SITE;
    struct ptn_links *links;
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/copies", dir);
    struct ptn_status status;

    if (own == NULL || own->role == PTN_ROSTER_KEEPER || own->role == PTN_ROSTER_SITE)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "the roster does not name this node as a post, a centre or a gateway");
    if (len < 0 || (size_t)len >= sizeof(path))
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
    links = calloc(1, sizeof(*links));
    if (links == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    links->world = world;
    links->country = country;
    status = world->files->make_dir(world->context, path);
    if (ptn_ok(status) && way == PTN_LINKS_FOLLOW)
        status = ptn_ledger_open_reader(world, NULL, dir, &links->reader, reterr);
    if (ptn_ok(status))
        status = ptn_follow_new(world, path, only ? 1 : country->roster.quorum_q, &links->follow);
    if (ptn_ok(status))
        status = follow_all(links, own, origin, way, reterr);
    /* RECOVER-3 */
    if (ptn_ok(status) && way == PTN_LINKS_FOLLOW && own->role == PTN_ROSTER_POST &&
        !ptn_bytes_equal(own->ledger.name, origin))
        links->former = ptn_follow_copy(links->follow, own->ledger.name);
    if (ptn_ok(status))
        status = add_lines(links, own, way);
    if (ptn_ok(status)) {
        links->own = own->ledger.name;
        if (way != PTN_LINKS_PULL_SITE)
            status = open_away(links, dir);
    }
    if (!ptn_ok(status)) {
        ptn_links_close(links);
        return status;
    }
    *ret_links = links;
    return PTN_OK;
}

void ptn_links_close(struct ptn_links *links)
{
    if (links == NULL)
        return;
    for (size_t i = 0; i < links->count; i++) {
        ptn_pusher_free(links->lines[i].pusher);
        ptn_puller_free(links->lines[i].puller);
    }
    ptn_away_close(links->away);
    ptn_follow_free(links->follow);
    ptn_ledger_close(links->reader);
    free(links);
}

size_t ptn_links_count(const struct ptn_links *links)
{
    return links->count;
}

struct ptn_link ptn_links_at(const struct ptn_links *links, size_t index)
{
    PTN_PRE(index < links->count);
    return links->lines[index].link;
}

bool ptn_links_next(struct ptn_links *links, size_t index, struct ptn_exchange *exchange,
                    int *timeout_ms)
{
    struct line *line = &links->lines[index];
    struct ptn_pusher_standing standing;
    bool holds = false;

    PTN_PRE(index < links->count);
    if (line->shut) /* REVOKE-2 */
        return false;
    if (line->puller != NULL) {
        if (!ptn_puller_next(line->puller, exchange, &holds))
            return false;
        if (holds)
            *timeout_ms = HOLD_MS;
        return true;
    }
    line->telling = !line->told; /* ROSTER-2 */
    if (line->telling) {
        exchange->verb = "POST";
        exchange->path = "/notes";
        exchange->body = ptn_buffer_bytes(&links->country->note);
        return true;
    }
    if (ptn_pusher_next(line->pusher, exchange))
        return true;
    ptn_pusher_standing(line->pusher, &standing);
    if (standing.trouble != PTN_PUSH_FINE)
        *timeout_ms = RETRY_MS;
    return false;
}

void ptn_links_take(struct ptn_links *links, size_t index, const struct ptn_exchange *exchange)
{
    struct line *line = &links->lines[index];
    struct ptn_exchange none = { .status = 0 };

    PTN_PRE(index < links->count);
    if (line->shut) /* asked before the order came: whatever it says */
        exchange = &none;
    line->answers = exchange->status != 0;
    if (line->telling) {
        line->told = exchange->status != 0; /* taken, or had already */
        line->telling = false;
        return;
    }
    if (line->puller != NULL) {
        ptn_puller_take(line->puller, exchange);
        look_for_orders(links, false);
    } else {
        ptn_pusher_take(line->pusher, exchange);
    }
}

struct ptn_follow *ptn_links_follow(struct ptn_links *links)
{
    return links->follow;
}

/* ---- standing ---- */

size_t ptn_links_pushes(const struct ptn_links *links, struct ptn_link_push *ret_pushes, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < links->count && count < max; i++) {
        const struct line *line = &links->lines[i];
        struct ptn_pusher_standing standing;

        if (line->pusher == NULL || line->link.kind == PTN_LINK_FORMER || line->revoked)
            continue; /* REVOKE-2 */
        ptn_pusher_standing(line->pusher, &standing);
        ret_pushes[count++] = (struct ptn_link_push){
            .keeper = line->link.keeper,
            .site = line->link.kind == PTN_LINK_SITE,
            .answers = line->answers,
            .acknowledged = standing.acknowledged,
            .lost = standing.lost,
            .keeper_s = standing.keeper_s,
            .own_s = standing.acknowledged_ms / 1000,
        };
    }
    return count;
}

#define SKEW_S 60 /* less is not worth a word */

bool ptn_links_clock(const struct ptn_link_push *pushes, size_t count, int64_t *ret_off_s)
{
    int64_t offs[PTN_FOLLOW_KEEPERS_MAX];
    size_t known = 0;

    for (size_t i = 0; i < count && known < PTN_FOLLOW_KEEPERS_MAX; i++) {
        int64_t off_s = pushes[i].own_s - pushes[i].keeper_s;
        size_t at = known;

        if (pushes[i].keeper_s == 0)
            continue;
        for (; at > 0 && offs[at - 1] > off_s; at--)
            offs[at] = offs[at - 1];
        offs[at] = off_s;
        known++;
    }
    if (known == 0)
        return false;
    *ret_off_s = offs[(known - 1) / 2];
    if (*ret_off_s >= -SKEW_S && *ret_off_s <= SKEW_S)
        *ret_off_s = 0;
    return true;
}

struct ptn_bytes ptn_links_proof(const struct ptn_links *links, size_t index)
{
    PTN_PRE(index < links->count);
    return links->lines[index].pusher == NULL ? PTN_BYTES_NONE
                                              : ptn_pusher_proof(links->lines[index].pusher);
}

void ptn_links_standing(const struct ptn_links *links, size_t index,
                        struct ptn_pusher_standing *ret_push, struct ptn_puller_standing *ret_pull)
{
    const struct line *line = &links->lines[index];

    PTN_PRE(index < links->count);
    memset(ret_push, 0, sizeof(*ret_push));
    memset(ret_pull, 0, sizeof(*ret_pull));
    if (line->puller != NULL)
        ptn_puller_standing(line->puller, ret_pull);
    else
        ptn_pusher_standing(line->pusher, ret_push);
}

struct ptn_links_revoked ptn_links_revoked(const struct ptn_links *links)
{
    struct ptn_links_revoked revoked = { .needed = links->country->roster.quorum_q };

    for (size_t i = 0; i < links->count; i++) {
        const struct line *line = &links->lines[i];

        if (line->link.kind == PTN_LINK_SITE)
            revoked.site = line->revoked;
        if (line->link.kind != PTN_LINK_PULL)
            continue;
        revoked.counted += line->revoked ? 0 : 1;
        revoked.count += line->revoked ? 1 : 0;
    }
    return revoked;
}

bool ptn_links_is_revoked(const struct ptn_links *links, size_t index, bool *ret_shut)
{
    PTN_PRE(index < links->count);
    *ret_shut = links->lines[index].shut;
    return links->lines[index].revoked;
}
