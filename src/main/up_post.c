/* main/up_post.c -- a post, run: its web server, its lists looked at, invented travellers. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "console/console.h"
#include "main/bulletin.h"
#include "main/feed.h"
#include "main/figures.h"
#include "main/log.h"
#include "main/post_round.h"
#include "main/relay.h"
#include "main/rescreen.h"
#include "main/standing.h"
#include "main/travellers.h"
#include "main/up_int.h"
#include "node/apply.h"
#include "node/arrivals.h"
#include "node/readers.h"
#include "node/returning.h"
#include "node/staff.h"
#include "serve/serve.h"

#define STANDING_MS    2000
#define PULSE_MS       2000
#define PAST_MS        250
#define ERASE_MS       2000                  /* between two looks for what is to be erased */
#define ERASE_PIECE_MS 50                    /* between two pieces of one look */
#define ALONE_MS       (INT64_C(10) * 60000) /* without a sign of life from the centre: local */
#define ALONE_DEMO_MS  90000
#define MESSAGE_DAYS   5 /* carriers' messages of so many days are read again at a start */

struct post {
    const struct ptn_up *up;
    struct ptn_serve *serve;
    struct ptn_node *node;
    int signals;
    struct ptn_travellers *travellers;
    struct ptn_relay *relay;       /* NULL: a post by itself */
    struct ptn_feed *feed;         /* of carriers' messages; NULL: none are read */
    struct ptn_bulletin *bulletin; /* of what centres publish; NULL: none is read */
    struct ptn_rescreen *rescreen; /* NULL: nothing is screened again */
    uint32_t quorum;
    struct ptn_links_revoked revoked; /* as the node was last told */
    struct ptn_pulse *pulse;
    struct ptn_post_round *round;  /* NULL: a post by itself */
    struct ptn_erasures *erasures; /* NULL: a post by itself */
    struct ptn_unlock *unlock;     /* of a locked post; NULL: it is not, or nobody can unlock it */
    struct ptn_storage *opened;    /* Owned; what somebody unlocked it with */
    bool told;                     /* to stop, and not to begin again */
    int64_t erase_at_ms;
    int64_t pulse_at_ms, past_at_ms;
    char origin[PTN_NOTE_NAME_LEN_MAX + 1]; /* of the own ledger */
    int64_t standing_at_ms;
    struct ptn_buffer text;
    struct ptn_figures_due figures;
    int64_t looked_ms;
    struct stat lists, readers;
    unsigned damage_said; /* of the changes found in lists in force */
};

static bool is_other(const struct stat *now, const struct stat *before)
{
    return now->st_ino != before->st_ino || now->st_size != before->st_size ||
           now->st_mtim.tv_sec != before->st_mtim.tv_sec ||
           now->st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

/* Whether another file of lists lies there since the last look. */
static bool lists_changed(struct post *post)
{
    char path[PTN_UP_PATH_SIZE];
    struct stat now;
    bool changed;

    (void)snprintf(path, sizeof(path), "%s/lists/current.snap", post->up->dir);
    if (stat(path, &now) != 0)
        return false;
    changed = is_other(&now, &post->lists);
    post->lists = now;
    return changed;
}

/* The same of the lanes' readers; one that is gone has changed, too. */
static bool readers_changed(struct post *post)
{
    char path[PTN_UP_PATH_SIZE];
    struct stat now = { .st_size = 0 };
    bool changed;

    (void)snprintf(path, sizeof(path), "%s/%s", post->up->dir, ptn_own_file_name(PTN_OWN_READERS));
    if (stat(path, &now) != 0)
        now = (struct stat){ .st_size = 0 };
    changed = is_other(&now, &post->readers);
    post->readers = now;
    return changed;
}

static void reload(struct post *post)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_node_reload(post->node, &diag);

    ptn_serve_lists_changed(post->serve);
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_LISTS_REFUSED, status, &diag);
}

/* POST-9: the node itself has looked for whole ones; lanes are told at once what it came to. */
static void say_damage(struct post *post)
{
    const struct ptn_log_field now = { PTN_LOG_WHY,
                                       ptn_lists_state_word(ptn_node_lists_state(post->node)), 0 };
    unsigned found = ptn_node_lists_found(post->node);

    if (found == post->damage_said)
        return;
    post->damage_said = found;
    ptn_serve_lists_changed(post->serve);
    ptn_log(PTN_EVENT_LISTS_DAMAGED, &now, 1);
}

/* At the start; the lanes are told by the standing. */
static void say_lists(const struct post *post)
{
    enum ptn_lists_state state = ptn_node_lists_state(post->node);

    if (state == PTN_LISTS_FORMER)
        ptn_log_event(PTN_EVENT_LISTS_FORMER);
    if (state == PTN_LISTS_FAILED)
        ptn_log_event(PTN_EVENT_LISTS_NONE);
}

static void say_own_file(enum ptn_own_file file, const struct ptn_own_found *found)
{
    const struct ptn_log_field fields[] = {
        { PTN_LOG_FILE, ptn_own_file_name(file), 0 },
        { PTN_LOG_LINE, NULL, (int64_t)found->diag.offset },
        { PTN_LOG_WHY, found->diag.text == NULL ? "it cannot be read" : found->diag.text, 0 },
    };

    ptn_log(file == PTN_OWN_READERS            ? PTN_EVENT_READERS_REFUSED
            : found->state == PTN_LISTS_FORMER ? PTN_EVENT_RULES_FORMER
                                               : PTN_EVENT_RULES_NONE,
            fields, sizeof(fields) / sizeof(fields[0]));
}

/* The same for the post's own files of rules. */
static void say_own_files(const struct post *post)
{
    struct ptn_own_found found;

    for (size_t i = 0; i < PTN_OWN_FILE_COUNT; i++)
        if (ptn_ok(
                ptn_own_file_look(post->up->world, post->up->dir, (enum ptn_own_file)i, &found)) &&
            (found.state == PTN_LISTS_FORMER || found.state == PTN_LISTS_FAILED))
            say_own_file((enum ptn_own_file)i, &found);
}

/* Whoever is a lane's reader no more is refused from now on. */
static void look_at_readers(struct post *post)
{
    struct ptn_own_found found = { .state = PTN_LISTS_NONE };

    if (!readers_changed(post) || !ptn_ok(ptn_node_readers_look(post->node, &found)))
        return;
    ptn_serve_readers_changed(post->serve);
    if (found.state == PTN_LISTS_FORMER || found.state == PTN_LISTS_FAILED)
        say_own_file(PTN_OWN_READERS, &found);
}

/* The ledger has grown: keepers want it. */
static void grew(void *context)
{
    const struct post *post = context;

    ptn_relay_wake(post->relay);
    ptn_bulletin_ring(post->bulletin);
}

/* A keeper has answered, or failed to: lanes show how many machines hold what they wrote. */
static void tell_kept(void *context, const struct ptn_links *links)
{
    struct post *post = context;
    struct ptn_link_push pushes[PTN_KEPT_KEEPERS_MAX];
    struct ptn_kept_keeper keepers[PTN_KEPT_KEEPERS_MAX];
    size_t count = ptn_links_pushes(links, pushes, PTN_KEPT_KEEPERS_MAX);
    int64_t off_s = 0;

    for (size_t i = 0; i < count; i++) {
        memset(&keepers[i], 0, sizeof(keepers[i]));
        (void)snprintf(keepers[i].name, sizeof(keepers[i].name), "%.*s", (int)pushes[i].keeper.len,
                       (const char *)pushes[i].keeper.at);
        keepers[i].site = pushes[i].site;
        keepers[i].answers = pushes[i].answers;
        keepers[i].acknowledged = pushes[i].acknowledged;
        keepers[i].lost = pushes[i].lost;
    }
    ptn_node_kept(post->node, keepers, count, post->quorum);
    if (ptn_links_clock(pushes, count, &off_s))
        ptn_node_clock(post->node, off_s);
}

/* Notes that came with a pull go to the node at once: an order waits for nothing else. What the
 * node has no room for now comes again with the next pull. */
static void take_notes(void *context, struct ptn_links *links)
{
    struct post *post = context;
    struct ptn_follow *follow = ptn_links_follow(links);
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    const struct ptn_links_revoked revoked = ptn_links_revoked(links);
    struct ptn_bytes origin;
    uint64_t index;

    /* lanes count without them from now on: REVOKE-2 */
    if (revoked.count != post->revoked.count || revoked.site != post->revoked.site)
        tell_kept(post, links);
    post->revoked = revoked;
    while (ptn_ok(ptn_follow_note(follow, &origin, &index, &note))) {
        struct ptn_status status =
            ptn_apply_ask_note(post->node, ptn_buffer_bytes(&note), PTN_RECEIPT_KEEPER);

        ptn_buffer_clear(&note);
        if (status.code == PTN_C_BUSY || status.code == PTN_C_NO_MEMORY) {
            ptn_follow_notes_from(follow, origin, index);
            break;
        }
    }
    ptn_buffer_release(&note);
    ptn_feed_ring(post->feed);
    ptn_bulletin_ring(post->bulletin);
}

/* A carrier's message, on the feed's thread. One there is no memory for is there after a restart.
 */
static void take_message(void *context, const struct ptn_message_taken *taken)
{
    const struct post *post = context;

    (void)ptn_ok(ptn_arrivals_take(ptn_node_arrivals(post->node), taken->raw, taken->manifest,
                                   taken->received_ms, taken->origin, taken->seq));
}

/* A post without a roster is a post by itself; one whose lines cannot be opened goes on alone, and
 * says so: its lanes need none of it. */
static void start_relay(struct post *post)
{
    const struct ptn_up *up = post->up;
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_relay_ear ear = { tell_kept, take_notes, post };
    struct ptn_node_standing standing;
    struct ptn_country country;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_country_read(up->world, up->dir, &country, &diag);

    if (ptn_ok(status)) {
        post->quorum = country.roster.quorum_q;
        ptn_country_release(&country);
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
        if (arena != NULL)
            status = ptn_node_standing(post->node, arena, &standing);
        if (ptn_ok(status))
            (void)snprintf(post->origin, sizeof(post->origin), "%s", standing.ledger);
        if (ptn_ok(status))
            status = ptn_relay_start(up->world, up->dir, standing.ledger, PTN_LINKS_FOLLOW, &ear,
                                     &post->relay, &diag);
    }
    ptn_arena_free(arena);
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        ptn_log_failure(PTN_EVENT_ALONE, status, &diag);
    ptn_feed_hold(post->feed, ptn_apply_stops_messages(post->node));
    ptn_feed_attach(post->feed, post->relay);
    ptn_bulletin_attach(post->bulletin, post->relay);
}

static void stop_relay(struct post *post)
{
    ptn_feed_detach(post->feed);
    ptn_bulletin_detach(post->bulletin);
    ptn_relay_stop(post->relay);
    post->relay = NULL;
}

/* The node has taken up the next roster: whom the post speaks to changes with it. */
static void follow_roster(struct post *post)
{
    if (post->relay == NULL ||
        ptn_apply_standing(post->node).roster <= ptn_relay_country(post->relay)->roster.version)
        return;
    ptn_up_say_new_roster(post->up, post->origin);
    stop_relay(post);
    start_relay(post);
}

/* Whether the centre is alive: without it the post is on its own, and says so on every record. */
static void feel_pulse(struct post *post, int64_t now_ms)
{
    int64_t alone_ms = post->up->plan.demonstration ? ALONE_DEMO_MS : ALONE_MS;
    struct ptn_links *links;

    if (post->relay == NULL || post->pulse == NULL || now_ms < post->pulse_at_ms)
        return;
    links = ptn_relay_try(post->relay);
    if (links == NULL)
        return;
    post->pulse_at_ms = now_ms + PULSE_MS;
    ptn_pulse_own(post->pulse, ptn_node_ledger_size(post->node), now_ms);
    ptn_pulse_look(post->pulse, ptn_relay_country(post->relay), ptn_links_follow(links),
                   ptn_bytes_from_text(post->origin), now_ms);
    ptn_up_gate_look(post->node, links, post->quorum);
    ptn_relay_unlock(post->relay);
    ptn_apply_heartbeat(post->node, ptn_pulse_age_ms(post->pulse, now_ms) < alone_ms);
}

static struct ptn_status retire(void *context, struct ptn_bytes checkpoint)
{
    const struct post *post = context;

    return ptn_node_look_back(post->node, checkpoint);
}

/* Does a keeper hold more of the post's ledger, or another history of it? FOLLOW-5. */
static void look_back(struct post *post, int64_t now_ms)
{
    struct ptn_links *links;

    if (post->relay == NULL || now_ms < post->past_at_ms ||
        ptn_node_recording(post->node) == PTN_RECORDING_GONE_BACK)
        return;
    links = ptn_relay_try(post->relay);
    if (links == NULL)
        return;
    post->past_at_ms = now_ms + PAST_MS;
    (void)ptn_up_look_back(links, retire, post);
    ptn_relay_unlock(post->relay);
}

/* Somebody typed the passphrase, or another text. LOCK-6. */
static void look_at_lock(struct post *post)
{
    if (post->unlock == NULL || post->opened != NULL)
        return;
    for (unsigned wrong = ptn_unlock_wrong(post->unlock); wrong > 0; wrong--)
        ptn_lane_session(post->node, PTN_SESSION_REFUSED, PTN_BYTES_LITERAL("(vault)"), NULL, NULL,
                         "");
    post->opened = ptn_unlock_take(post->unlock);
    if (post->opened != NULL)
        ptn_serve_stop(post->serve);
}

/* What is to be erased. Lanes wait for this thread: a little at a time, and never for the courier.
 */
static void erase(struct post *post, int64_t now_ms)
{
    struct ptn_links *links;
    struct ptn_status status;
    bool more = false;

    if (post->relay == NULL || post->erasures == NULL || now_ms < post->erase_at_ms)
        return;
    links = ptn_relay_try(post->relay);
    if (links == NULL)
        return;
    status = ptn_node_erase(post->node, post->erasures, ptn_relay_country(post->relay),
                            ptn_links_follow(links), &more);
    ptn_relay_unlock(post->relay);
    /* what failed is done again; that the ledger cannot be written is said elsewhere */
    post->erase_at_ms = now_ms + (more && ptn_ok(status) ? ERASE_PIECE_MS : ERASE_MS);
}

static void write_staff(const struct post *post, struct ptn_json *json)
{
    const struct ptn_staff_standing staff = ptn_staff_standing(post->node);

    ptn_standing_staff(json, &staff);
}

/* How old the lists in force are. */
static void write_lists(const struct post *post, struct ptn_json *json)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_node_standing standing = { 0 };

    if (arena != NULL && ptn_ok(ptn_node_standing(post->node, arena, &standing))) {
        ptn_json_key(json, "lists");
        ptn_json_array(json);
        for (size_t i = 0; i < standing.list_count; i++) {
            ptn_json_object(json);
            ptn_json_field_text(json, "list", standing.lists[i].list);
            ptn_json_field_number(json, "age_s", standing.lists[i].age_s);
            ptn_json_object_end(json);
        }
        ptn_json_array_end(json);
    }
    ptn_arena_free(arena);
}

static void write_standing(struct post *post, int64_t now_ms)
{
    const struct ptn_up *up = post->up;
    struct ptn_json json;

    if (post->relay == NULL || now_ms < post->standing_at_ms || ptn_relay_try(post->relay) == NULL)
        return; /* lanes wait for this thread: it waits for nobody */
    ptn_relay_unlock(post->relay);
    post->standing_at_ms = now_ms + STANDING_MS;
    json = ptn_standing_begin(up->world, "post", &post->text);
    ptn_standing_node(&json, up->world, up->dir, post->origin, ptn_node_ledger_size(post->node),
                      &ptn_relay_country(post->relay)->roster);
    write_lists(post, &json);
    ptn_relay_write(post->relay, &json);
    ptn_feed_write(post->feed, &json);
    write_staff(post, &json);
    ptn_json_field_bool(&json, "locked", ptn_node_locked(post->node));
    ptn_json_field_text(
        &json, "lists_state",
        ptn_bytes_from_text(ptn_lists_state_word(ptn_node_lists_state(post->node))));
    ptn_json_field_number(&json, "lists_found", (int64_t)ptn_node_lists_found(post->node));
    if (post->pulse != NULL)
        ptn_json_field_number(&json, "heartbeat_age_ms", ptn_pulse_age_ms(post->pulse, now_ms));
    ptn_json_key(&json, "gate");
    ptn_returning_write(post->node, &json);
    ptn_bulletin_write(post->bulletin, &json);
    ptn_rescreen_write(post->rescreen, &json);
    if (post->erasures != NULL)
        ptn_erasures_write(post->erasures, ptn_relay_country(post->relay), &json);
    ptn_standing_end(&json, up->dir);
    ptn_figures_keep(&post->figures, up->world, up->dir, &up->plan, ptn_buffer_bytes(&post->text));
}

static void tick(void *context)
{
    struct post *post = context;
    enum ptn_up_call call;
    int64_t now_ms = post->up->world->monotonic_us(post->up->world->context) / 1000;

    while ((call = ptn_up_next_call(post->signals)) != PTN_UP_NOTHING) {
        if (call == PTN_UP_RELOAD) {
            post->lists.st_size = -1; /* look now, whatever the file's times say */
        } else {
            post->told = true;
            ptn_serve_stop(post->serve);
        }
    }
    look_at_lock(post);
    if (!ptn_node_locked(post->node) &&
        (now_ms - post->looked_ms >= 1000 || post->lists.st_size < 0)) {
        post->looked_ms = now_ms;
        if (lists_changed(post))
            reload(post);
        look_at_readers(post);
    }
    say_damage(post);
    ptn_travellers_step(post->travellers, now_ms);
    follow_roster(post);
    look_back(post, now_ms);
    ptn_feed_hold(post->feed, ptn_apply_stops_messages(post->node));
    feel_pulse(post, now_ms);
    write_standing(post, now_ms);
    ptn_post_round_turn(post->round, post->relay);
    erase(post, now_ms);
}

/* All that reads what travellers, carriers and centres said: none of it at a locked post. LOCK-2.
 */
static void start_readers(struct post *post)
{
    const struct ptn_up *up = post->up;

    (void)lists_changed(post);
    (void)readers_changed(post);
    say_lists(post);
    if (up->travellers && up->plan.demonstration)
        post->travellers = ptn_travellers_new(post->node, post->serve);
    if (!ptn_ok(
            ptn_feed_new(up->world, up->dir, MESSAGE_DAYS, take_message, post, &post->feed, NULL)))
        ptn_log_event(PTN_EVENT_MESSAGES_UNREAD);
    if (!ptn_ok(ptn_bulletin_start(up->world, up->dir, post->node, &post->bulletin, NULL)))
        ptn_log_event(PTN_EVENT_PUBLISHED_UNREAD);
    if (!ptn_ok(ptn_rescreen_start(up->world, up->dir, post->node, &post->rescreen, NULL)))
        ptn_log_event(PTN_EVENT_RESCREEN_OFF);
}

static void start_waiting(struct post *post)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_unlock_start(post->up->world, post->up->dir, &post->unlock, &diag);

    ptn_log_event(PTN_EVENT_LOCKED);
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_UNLOCK_CLOSED, status, &diag);
}

static void close_all(struct post *post)
{
    ptn_unlock_stop(post->unlock);
    stop_relay(post);
    ptn_post_round_free(post->round);
    ptn_erasures_free(post->erasures);
    ptn_feed_free(post->feed);
    ptn_bulletin_stop(post->bulletin);
    ptn_rescreen_stop(post->rescreen);
    ptn_node_close(post->node);
    ptn_rescreen_free(post->rescreen);
    ptn_travellers_free(post->travellers);
}

/* Serve until told to stop, or until it was unlocked. ready_fd gets one byte when the node is open.
 */
static int serve(struct post *post, int ready_fd)
{
    const struct ptn_up *up = post->up;
    struct ptn_node_seams seams = ptn_serve_seams(post->serve);
    struct ptn_diag diag = { 0 };
    enum ptn_serve_end end = PTN_SERVE_STOPPED;
    struct ptn_serve_plan plan = {
        .listen_fd = up->listen_fd,
        .port = up->port,
        .asset_find = ptn_console_post_find,
        .specimens = ptn_console_specimens(),
        .tick = tick,
        .grew = grew,
        .tick_context = post,
    };
    struct ptn_status status;

    ptn_up_look_first(up);
    status = ptn_node_open(up->world, up->dir, &seams, &post->node, &diag);
    if (!ptn_ok(status)) {
        ptn_log_failure(PTN_EVENT_CANNOT_START, status, &diag);
        return ptn_exit_for(status);
    }
    ptn_up_gate_program(up, post->node);
    plan.node = post->node;
    say_own_files(post);
    if (ptn_node_locked(post->node))
        start_waiting(post);
    else
        start_readers(post);
    start_relay(post);
    if (post->relay != NULL && !ptn_node_locked(post->node))
        post->erasures = ptn_erasures_new(up->world, up->dir);
    if (post->relay != NULL)
        post->round = ptn_post_round_new(up, post->node, post->serve, post->origin);
    ptn_up_ready(ready_fd);
    status = ptn_serve_run(post->serve, &plan, &end);
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_CANNOT_START, status, NULL);
    if (end == PTN_SERVE_AGAIN)
        ptn_log_event(PTN_EVENT_DISK_FAILED);
    close_all(post);
    return end == PTN_SERVE_AGAIN ? PTN_NODE_EXIT_AGAIN : ptn_exit_for(status);
}

/* One run of the server. *ret_opened: Owned; somebody unlocked it; *ret_next: and it is to be run
 * again at once. */
static int run_once(const struct ptn_up *up, int signals, int ready_fd,
                    struct ptn_storage **ret_opened, bool *ret_next)
{
    struct post post = { .up = up, .signals = signals };
    int code = PTN_EXIT_ENVIRONMENT;

    ptn_buffer_init(&post.text, PTN_STANDING_LEN_MAX);
    post.pulse = ptn_pulse_new();
    post.serve = ptn_serve_new();
    if (post.serve != NULL)
        code = serve(&post, ready_fd);
    ptn_serve_free(post.serve);
    ptn_buffer_release(&post.text);
    ptn_pulse_free(post.pulse);
    *ret_opened = post.opened;
    *ret_next = post.opened != NULL && code == PTN_EXIT_DONE && !post.told;
    return code;
}

int ptn_up_post(const struct ptn_up *up, int signals, int ready_fd)
{
    struct ptn_world world = *up->world;
    struct ptn_up own = *up;
    struct ptn_storage *opened = NULL;
    bool next = false;
    int code;

    own.world = &world;
    code = run_once(&own, signals, ready_fd, &opened, &next);
    if (opened != NULL) /* also when the disk fails in that moment: the next child has it then */
        ptn_up_unlocked(&own, &world, opened);
    if (next)
        code = run_once(&own, signals, -1, &opened, &next);
    return code;
}
