/*
 * main/up_keeper.c -- a keeper, run: a door in front, and behind it one thread that takes, checks,
 * cosigns and gives.
 *
 * The front is forked before the vault is opened: what parses the network never had a signing key
 * in its memory. Who may come in is the roster's word: a keeper admits every node of the country, a
 * site keeper the one post beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "main/confine.h"
#include "main/figures.h"
#include "main/log.h"
#include "main/standing.h"
#include "main/up_int.h"
#include "mirror/keeper.h"
#include "serve/door.h"

#define TIDY_MS     60000
#define STANDING_MS 2000
#define ERASE_STEPS 64u /* of a tick: ledgers looked at for what is to be erased */

struct keeping {
    const struct ptn_up *up;
    int signals, lock;
    struct ptn_door *door;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_keeper *keeper;
    uint32_t roster_version; /* of the roster whose peers are admitted */
    uint64_t away_version;   /* of those turned away besides */
    size_t away;             /* as said last */
    uint32_t laid_version;   /* of the one that lies in the folder; 0: not known */
    bool lay_failed;         /* said once */
    uint64_t changes;        /* told to the door */
    int64_t tidied_ms, standing_at_ms;
    bool erase_failed; /* said once */
    struct ptn_buffer text;
    struct ptn_figures_due figures;
    size_t peer_count;
    uint8_t (*tls)[PTN_TLS_ID_LEN]; /* PTN_DOOR_PEERS_MAX: who is admitted */
    struct ptn_keeper_peer *peers;  /* and who each of them is; origins in the keeper's roster */
};

/* ---- who may come in ---- */

static void add_peer(struct keeping *keeping, const uint8_t tls[PTN_TLS_ID_LEN],
                     struct ptn_bytes origin, enum ptn_roster_role role)
{
    if (keeping->peer_count >= PTN_DOOR_PEERS_MAX)
        return;
    memcpy(keeping->tls[keeping->peer_count], tls, PTN_TLS_ID_LEN);
    keeping->peers[keeping->peer_count++] = (struct ptn_keeper_peer){ origin, role };
}

/* A site keeper serves one post; any other keeper the country. */
static bool serves(const struct ptn_roster_node *own, struct ptn_bytes origin)
{
    return own == NULL || own->role != PTN_ROSTER_SITE || ptn_bytes_equal(own->post, origin);
}

/* A spare identity writes a ledger of its own name. */
static void list_peers(struct keeping *keeping, const struct ptn_roster *roster)
{
    const struct ptn_roster_node *own =
        ptn_roster_find(roster, ptn_bytes_from_text(ptn_ledger_origin(keeping->ledger)));

    keeping->peer_count = 0;
    for (size_t i = 0; i < roster->node_count; i++)
        if (serves(own, roster->nodes[i].ledger.name) &&
            !ptn_keeper_turns_away(keeping->keeper, roster->nodes[i].ledger.name))
            add_peer(keeping, roster->nodes[i].tls, roster->nodes[i].ledger.name,
                     roster->nodes[i].role);
    for (size_t i = 0; i < roster->spare_count; i++) {
        const struct ptn_roster_spare *spare = &roster->spares[i];
        const struct ptn_roster_node *node = ptn_roster_find(roster, spare->origin);

        if (node != NULL && serves(own, spare->origin) &&
            !ptn_keeper_turns_away(keeping->keeper, spare->ledger.name))
            add_peer(keeping, spare->tls, spare->ledger.name, node->role);
    }
}

/* How many are turned away, when it is not as many as before. */
static void say_away(struct keeping *keeping, size_t away)
{
    const struct ptn_log_field keys = { PTN_LOG_KEYS, NULL, (int64_t)away };

    if (away != keeping->away)
        ptn_log(PTN_EVENT_KEYS_REVOKED, &keys, 1);
    keeping->away = away;
}

/* The roster in force changed, or whose keys orders revoke: who may come in changes with it, before
 * the next request is looked at and whatever the disk does. ROSTER-2. */
static struct ptn_status follow_roster(struct keeping *keeping)
{
    const struct ptn_roster *roster = ptn_keeper_roster(keeping->keeper);

    uint64_t away_version;
    const size_t away = ptn_keeper_away(keeping->keeper, &away_version);

    if (roster->version == keeping->roster_version && away_version == keeping->away_version)
        return PTN_OK;
    if (keeping->roster_version != 0 && roster->version != keeping->roster_version)
        ptn_up_say_roster(roster, ptn_ledger_origin(keeping->ledger));
    say_away(keeping, away);
    keeping->away_version = away_version;
    list_peers(keeping, roster);
    keeping->roster_version = roster->version;
    return ptn_door_admit(keeping->door, (const uint8_t(*)[PTN_TLS_ID_LEN])keeping->tls,
                          keeping->peer_count);
}

/* The next start begins there. Its note lies in the keeper's own ledger already, where a start
 * would find it, too. */
static void lay_roster_down(struct keeping *keeping)
{
    const struct ptn_world *world = keeping->up->world;
    char path[PTN_UP_PATH_SIZE];
    struct ptn_status status;

    if (keeping->laid_version == keeping->roster_version)
        return;
    (void)snprintf(path, sizeof(path), "%s/roster", keeping->up->dir);
    status = world->files->replace(world->context, path, ptn_keeper_roster_note(keeping->keeper));
    if (ptn_ok(status))
        keeping->laid_version = keeping->roster_version;
    else if (!keeping->lay_failed)
        ptn_log_failure(PTN_EVENT_ROSTER_NOT_TAKEN, status, NULL);
    keeping->lay_failed = !ptn_ok(status);
}

/* ---- answering ---- */

static void answer(void *context, const struct ptn_door_peer *peer, struct ptn_exchange *exchange,
                   bool *ret_hold)
{
    struct keeping *keeping = context;
    struct ptn_status status;

    exchange->answer.len_max = PTN_WIRE_BODY_MAX;
    status = ptn_keeper_answer(keeping->keeper, &keeping->peers[peer->index], exchange);
    *ret_hold = status.code == PTN_C_BUSY;
    if (!ptn_ok(status) && !*ret_hold)
        exchange->status = 503;
}

static void tell_changes(struct keeping *keeping)
{
    uint64_t changes = ptn_keeper_changes(keeping->keeper);

    if (changes == keeping->changes)
        return;
    keeping->changes = changes;
    ptn_door_changed(keeping->door);
}

static void answer_and_tell(void *context, const struct ptn_door_peer *peer,
                            struct ptn_exchange *exchange, bool *ret_hold)
{
    struct keeping *keeping = context;

    answer(keeping, peer, exchange, ret_hold);
    (void)ptn_ok(follow_roster(keeping)); /* a front that is gone ends the door's loop */
    tell_changes(keeping);
}

/* What the file of a copy takes; 0: not known. */
static int64_t bytes_of(const struct keeping *keeping, struct ptn_bytes origin)
{
    struct ptn_buffer name = { .len_max = (size_t)2 * PTN_HASH_LEN };
    struct ptn_hash id;
    struct stat file = { .st_size = 0 };
    char path[PTN_UP_PATH_SIZE];

    if (ptn_ok(ptn_wire_origin_hash(origin, &id)) &&
        ptn_ok(ptn_buffer_add_hex(&name, ptn_bytes_of(id.at, sizeof(id.at))))) {
        (void)snprintf(path, sizeof(path), "%s/copies/copy-%.*s.sqlite", keeping->up->dir,
                       (int)name.len, (const char *)name.at);
        if (stat(path, &file) != 0)
            file.st_size = 0;
    }
    ptn_buffer_release(&name);
    return (int64_t)file.st_size;
}

static void write_copies(const struct keeping *keeping, struct ptn_json *json)
{
    struct ptn_keeper_ledger ledger;
    size_t index = 0;

    ptn_json_key(json, "copies");
    ptn_json_array(json);
    while (ptn_keeper_ledger_next(keeping->keeper, &index, &ledger)) {
        ptn_json_object(json);
        ptn_json_field_text(json, "origin", ledger.origin);
        ptn_json_field_number(json, "entries", (int64_t)ledger.entries);
        ptn_json_field_number(json, "bytes", bytes_of(keeping, ledger.origin));
        ptn_json_field_number(json, "lag", (int64_t)ledger.behind);
        ptn_json_field_number(json, "lag_s", ledger.behind_s);
        ptn_json_field_number(json, "cosigned_ms", ledger.cosigned_ms);
        ptn_json_field_number(json, "missing", (int64_t)ledger.missing);
        ptn_json_field_bool(json, "listed", ledger.listed);
        ptn_json_field_bool(json, "forked", ledger.forked);
        ptn_json_field_bool(json, "corrupt", ledger.corrupt);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_refused(const struct ptn_keeper_standing *standing, struct ptn_json *json)
{
    ptn_json_field_number(json, "refused", (int64_t)standing->refused);
    ptn_json_key(json, "refused_for");
    ptn_json_object(json);
    for (size_t i = 0; i < PTN_KEEPER_REFUSAL_COUNT; i++)
        ptn_json_field_number(json, ptn_keeper_refusal_word((enum ptn_keeper_refusal)i),
                              (int64_t)standing->refused_for[i]);
    ptn_json_object_end(json);
}

static void write_standing(struct keeping *keeping)
{
    const struct ptn_up *up = keeping->up;
    struct ptn_keeper_standing standing;
    struct ptn_json json =
        ptn_standing_begin(up->world, ptn_node_kind_word(&up->plan), &keeping->text);
    uint64_t held = 0;
    uint64_t asked = 0;
    uint64_t size = 0;

    ptn_keeper_standing(keeping->keeper, &standing);
    ptn_door_counts(keeping->door, &held, &asked);
    (void)ptn_ok(ptn_ledger_size(keeping->ledger, &size, NULL));
    ptn_standing_node(&json, up->world, up->dir, ptn_ledger_origin(keeping->ledger), size,
                      ptn_keeper_roster(keeping->keeper));
    ptn_json_field_number(&json, "origins", (int64_t)standing.origins);
    ptn_json_field_number(&json, "shown", (int64_t)standing.shown);
    ptn_json_field_number(&json, "entries", (int64_t)standing.entries);
    ptn_json_field_number(&json, "notes", (int64_t)standing.notes);
    write_refused(&standing, &json);
    ptn_json_field_number(&json, "evidence", (int64_t)standing.evidence);
    ptn_json_field_number(&json, "evidence_kept", (int64_t)standing.evidence_kept);
    ptn_json_field_number(&json, "corrupt", (int64_t)standing.corrupt);
    ptn_json_field_number(&json, "lost", (int64_t)standing.lost);
    ptn_json_field_number(&json, "roster_version", (int64_t)keeping->roster_version);
    ptn_json_field_number(&json, "peers", (int64_t)keeping->peer_count);
    ptn_json_field_number(&json, "held", (int64_t)held);
    ptn_json_field_number(&json, "asked", (int64_t)asked);
    ptn_json_field_number(&json, "turned_away", (int64_t)keeping->away);
    write_copies(keeping, &json);
    ptn_standing_end(&json, up->dir);
    ptn_figures_keep(&keeping->figures, up->world, up->dir, &up->plan,
                     ptn_buffer_bytes(&keeping->text));
}

/* Erasures in force: nobody waits for them. */
static void erase(struct keeping *keeping)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status = PTN_OK;
    bool more = true;

    for (unsigned i = 0; ptn_ok(status) && more && i < ERASE_STEPS; i++)
        status = ptn_keeper_erase(keeping->keeper, &more, &diag);
    if (!ptn_ok(status) && status.code != PTN_C_BUSY && !keeping->erase_failed)
        ptn_log_failure(PTN_EVENT_ERASURE_FAILED, status, &diag);
    keeping->erase_failed = !ptn_ok(status);
}

static void tick(void *context)
{
    struct keeping *keeping = context;
    const struct ptn_world *world = keeping->up->world;
    int64_t now_ms = world->monotonic_us(world->context) / 1000;
    enum ptn_up_call call;

    while ((call = ptn_up_next_call(keeping->signals)) != PTN_UP_NOTHING)
        if (call == PTN_UP_STOP)
            ptn_door_stop(keeping->door);
    lay_roster_down(keeping);
    erase(keeping);
    if (now_ms >= keeping->standing_at_ms) {
        keeping->standing_at_ms = now_ms + STANDING_MS;
        write_standing(keeping);
    }
    if (now_ms - keeping->tidied_ms > TIDY_MS) {
        keeping->tidied_ms = now_ms;
        (void)ptn_ok(ptn_ledger_tidy(keeping->ledger, NULL)); /* fails again at the next append */
    }
}

/* ---- opening and closing ---- */

static uint64_t disk_free(void *context)
{
    const struct keeping *keeping = context;
    struct statvfs disk;

    return statvfs(keeping->up->dir, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
}

static struct ptn_status open_keeper(struct keeping *keeping, struct ptn_diag *reterr)
{
    const struct ptn_up *up = keeping->up;
    struct ptn_buffer roster = { .len_max = PTN_NOTE_LEN_MAX };
    char path[PTN_UP_PATH_SIZE];
    struct ptn_status status = ptn_vault_open(up->world, up->dir, &keeping->vault, reterr);

    if (ptn_ok(status))
        status = ptn_ledger_open(up->world, keeping->vault, up->dir, &keeping->ledger, reterr);
    (void)snprintf(path, sizeof(path), "%s/roster", up->dir);
    if (ptn_ok(status))
        status = up->world->files->read(up->world->context, path, &roster);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a keeper needs a roster");
    (void)snprintf(path, sizeof(path), "%s/copies", up->dir);
    if (ptn_ok(status)) {
        struct ptn_keeper_setup setup = {
            .world = up->world,
            .vault = keeping->vault,
            .dir = path,
            .ledger = keeping->ledger,
            .roster = ptn_buffer_bytes(&roster),
            .disk_free = disk_free,
            .context = keeping,
        };

        status = ptn_keeper_open(&setup, &keeping->keeper, reterr);
    }
    if (ptn_ok(status) &&
        ptn_bytes_equal(ptn_buffer_bytes(&roster), ptn_keeper_roster_note(keeping->keeper)))
        keeping->laid_version = ptn_keeper_roster(keeping->keeper)->version;
    ptn_buffer_release(&roster);
    return ptn_ok(status) ? follow_roster(keeping) : status;
}

static struct ptn_status open_all(struct keeping *keeping, struct ptn_diag *reterr)
{
    const struct ptn_up *up = keeping->up;
    struct ptn_door_plan plan = {
        .world = up->world, .dir = up->dir, .listen_fd = up->listen_fd, .confine = ptn_confine_front
    };
    struct ptn_status status = up->world->files->lock(up->world->context, up->dir, &keeping->lock);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node");
    keeping->tls = calloc(PTN_DOOR_PEERS_MAX, sizeof(*keeping->tls));
    keeping->peers = calloc(PTN_DOOR_PEERS_MAX, sizeof(*keeping->peers));
    if (ptn_ok(status) && (keeping->tls == NULL || keeping->peers == NULL))
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status))
        status = ptn_door_open(&plan, &keeping->door, reterr);
    if (ptn_ok(status))
        status = open_keeper(keeping, reterr);
    return status;
}

int ptn_up_keeper(const struct ptn_up *up, int signals, int ready_fd)
{
    struct keeping keeping = { .up = up, .signals = signals, .lock = -1 };
    struct ptn_door_serving serving = { &keeping, answer_and_tell, tick };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    int code;

    ptn_buffer_init(&keeping.text, PTN_STANDING_LEN_MAX);
    status = open_all(&keeping, &diag);
    code = ptn_exit_for(status);

    if (ptn_ok(status)) {
        ptn_up_ready(ready_fd);
        status = ptn_door_run(keeping.door, &serving);
        code = ptn_ok(status) ? PTN_EXIT_DONE : PTN_NODE_EXIT_AGAIN;
        if (!ptn_ok(status))
            ptn_log_event(PTN_EVENT_DOOR_GONE);
    } else {
        ptn_log_failure(PTN_EVENT_CANNOT_START, status, &diag);
    }
    ptn_door_close(keeping.door);
    ptn_keeper_close(keeping.keeper);
    ptn_ledger_close(keeping.ledger);
    ptn_vault_close(keeping.vault);
    if (keeping.lock >= 0)
        up->world->files->unlock(up->world->context, keeping.lock);
    ptn_buffer_release(&keeping.text);
    free(keeping.tls);
    free(keeping.peers);
    return code;
}
