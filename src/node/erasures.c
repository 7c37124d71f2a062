#include <stdio.h>
#include <stdlib.h>

#include "ledger/serving.h"
#include "node/country.h"
#include "node/node_int.h"
#include "node/stays_rows_int.h"
#include "record/notice.h"
#include "vault/seal.h"
#include "view/view.h"

#define FOLDER     "erasing"
#define SIGNED_MAX ((size_t)PTN_RECORD_SIGNED_MAX)
#define SEEN_MAX   256u
#define AGAIN_MS   INT64_C(86400000)
#define AGAIN_PART 8

/* When keepers saw an order that waits. */
struct seen {
    struct ptn_hash order;
    int64_t seen_ms;
};

struct ptn_erasures {
    const struct ptn_world *world;
    char *dir; /* Owned */
    struct ptn_erasing *erasing;
    size_t at;             /* 0: the own ledger, then what is followed */
    bool more;             /* something was left in this round */
    size_t clock_at;       /* the copy whose cosignatures tell the time next */
    int64_t vouched_ms;    /* the latest time that a quorum of keepers cosigned anything */
    struct ptn_buffer now; /* and the checkpoint that says so */
    struct seen seen[SEEN_MAX];
    size_t seen_count;
    uint64_t stays_changes; /* up to which published stays know what is named */
};

struct ptn_erasures *ptn_erasures_new(const struct ptn_world *world, const char *dir)
{
    struct ptn_erasures *erasures = calloc(1, sizeof(*erasures));

    if (erasures == NULL)
        return NULL;
    erasures->world = world;
    erasures->dir = strdup(dir);
    erasures->erasing = ptn_erasing_new(world);
    ptn_buffer_init(&erasures->now, SIGNED_MAX);
    if (erasures->dir != NULL && erasures->erasing != NULL)
        return erasures;
    ptn_erasures_free(erasures);
    return NULL;
}

void ptn_erasures_free(struct ptn_erasures *erasures)
{
    if (erasures == NULL)
        return;
    ptn_erasing_free(erasures->erasing);
    ptn_buffer_release(&erasures->now);
    free(erasures->dir);
    free(erasures);
}

/* ---- one ledger ---- */

/* Entries whose payload is gone: out of the view, in one transaction a call. */
struct forgetting {
    struct ptn_view *view; /* NULL: no view here */
    const char *origin;
    bool begun;
    struct ptn_diag *reterr;
};

static struct ptn_status forget(void *context, uint64_t index)
{
    struct forgetting *forgetting = context;
    struct ptn_status status = PTN_OK;

    if (forgetting->view == NULL)
        return PTN_OK;
    if (!forgetting->begun)
        status = ptn_view_begin(forgetting->view, forgetting->reterr);
    if (!ptn_ok(status))
        return status;
    forgetting->begun = true;
    status = ptn_view_forget(forgetting->view, forgetting->origin, index, forgetting->reterr);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status; /* it comes there without a payload */
}

static struct ptn_status sweep(struct ptn_erasures *erasures, const struct ptn_erasures_at *at,
                               const struct ptn_erasing_ledger *ledger, bool *ret_more,
                               struct ptn_diag *reterr)
{
    struct forgetting forgetting = { .view =
                                         at->gather == NULL ? NULL : ptn_gather_view(at->gather),
                                     .origin = ledger->own != NULL ? ptn_ledger_origin(ledger->own)
                                                                   : ptn_copy_origin(ledger->copy),
                                     .reterr = reterr };
    const struct ptn_roster *roster = &at->country->roster;
    bool more = false;
    struct ptn_status status =
        ptn_erasing_read(erasures->erasing, roster, ledger, ret_more, reterr);

    if (ptn_ok(status))
        status = ptn_erasing_carry_out(erasures->erasing, roster, ledger, forget, &forgetting,
                                       &more, reterr);
    if (ptn_ok(status) && forgetting.begun)
        status = ptn_view_commit(forgetting.view, reterr);
    else if (forgetting.begun)
        ptn_view_rollback(forgetting.view);
    *ret_more = *ret_more || more;
    return status;
}

/* ---- at a centre: to say that an order is in force ---- */

static bool path_of(const struct ptn_erasures *erasures, const struct ptn_hash *name,
                    char path[PTN_NODE_PATH_MAX])
{
    char hex[2 * PTN_HASH_LEN + 1];
    int len = snprintf(path, PTN_NODE_PATH_MAX, "%s/" FOLDER "/%s", erasures->dir,
                       ptn_hex_write(name->at, PTN_HASH_LEN, hex));

    return len > 0 && (size_t)len < PTN_NODE_PATH_MAX;
}

static struct ptn_status make_folder(const struct ptn_erasures *erasures)
{
    char path[PTN_NODE_PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/" FOLDER, erasures->dir);

    if (len < 0 || (size_t)len >= sizeof(path))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    return erasures->world->files->make_dir(erasures->world->context, path);
}

/* What time it is, by the keepers' cosignatures under one more of the copies. */
static void look_at_clock(struct ptn_erasures *erasures, const struct ptn_erasures_at *at)
{
    struct ptn_buffer note = { .len_max = SIGNED_MAX };
    struct ptn_bytes origin = ptn_follow_origin(at->follow, erasures->clock_at);
    struct ptn_copy *copy = origin.len == 0 ? NULL : ptn_follow_copy(at->follow, origin);
    int64_t now_ms = 0;

    erasures->clock_at = origin.len == 0 ? 0 : erasures->clock_at + 1;
    if (copy != NULL && ptn_ok(ptn_copy_cosigned(copy, &note, NULL)) &&
        ptn_ok(
            ptn_erasure_check_now(&at->country->roster, ptn_buffer_bytes(&note), &now_ms, NULL)) &&
        now_ms > erasures->vouched_ms) {
        erasures->vouched_ms = now_ms;
        ptn_buffer_release(&erasures->now);
        erasures->now = note;
        return;
    }
    ptn_buffer_release(&note);
}

/*
 * The first proof, with a quorum's cosignatures, that the order was seen: kept on disk, for the
 * wait is counted from the times in it. NOT_FOUND: there is none yet.
 */
static struct ptn_status seen_of(struct ptn_erasures *erasures, const struct ptn_erasures_at *at,
                                 const struct ptn_erasing_place *place, struct ptn_buffer *proof,
                                 int64_t *ret_seen_ms)
{
    const struct ptn_files *files = erasures->world->files;
    const struct ptn_roster *roster = &at->country->roster;
    struct ptn_copy *copy;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status;

    if (!path_of(erasures, &place->order, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = files->read(erasures->world->context, path, proof);
    if (ptn_ok(status))
        status = ptn_erasure_check_seen(roster, &place->order, place->payload,
                                        ptn_buffer_bytes(proof), ret_seen_ms, NULL);
    if (ptn_ok(status))
        return status;
    ptn_buffer_clear(proof);
    copy = ptn_follow_copy(at->follow, ptn_bytes_from_text(place->origin));
    status = (struct ptn_status){ PTN_C_NOT_FOUND };
    if (copy != NULL)
        status = ptn_serving_copy_proof(copy, place->index, proof, NULL);
    if (ptn_ok(status))
        status = ptn_erasure_check_seen(roster, &place->order, place->payload,
                                        ptn_buffer_bytes(proof), ret_seen_ms, NULL);
    if (ptn_ok(status))
        status = make_folder(erasures);
    if (ptn_ok(status))
        status = files->replace(erasures->world->context, path, ptn_buffer_bytes(proof));
    return status;
}

static int64_t *find_seen(struct ptn_erasures *erasures, const struct ptn_hash *name)
{
    for (size_t i = 0; i < erasures->seen_count; i++)
        if (ptn_hash_equal(&erasures->seen[i].order, name))
            return &erasures->seen[i].seen_ms;
    return NULL;
}

/* For people. */
static void remember_seen(struct ptn_erasures *erasures, const struct ptn_hash *name,
                          int64_t seen_ms)
{
    if (find_seen(erasures, name) == NULL && erasures->seen_count < SEEN_MAX)
        erasures->seen[erasures->seen_count++] = (struct seen){ *name, seen_ms };
}

static struct ptn_status say_in_force(struct ptn_erasures *erasures,
                                      const struct ptn_erasures_at *at,
                                      const struct ptn_erasing_order *order,
                                      const struct ptn_erasing_place *place, struct ptn_bytes proof)
{
    const struct ptn_erasure_due due = { .time_ms =
                                             erasures->world->now_ms(erasures->world->context),
                                         .order = order->note,
                                         .entry = place->payload,
                                         .seen = proof,
                                         .now = ptn_buffer_bytes(&erasures->now) };
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_erasure_order checked;
    struct ptn_status status = ptn_erasure_due_write(&due, &record);

    if (ptn_ok(status)) /* what the others will ask of it */
        status = ptn_erasure_check(&at->country->roster, ptn_buffer_bytes(&record), &checked, NULL);
    if (ptn_ok(status))
        status = at->append(at->context, PTN_RECORD_ERASURE, ptn_buffer_bytes(&record));
    ptn_buffer_release(&record);
    return status;
}

/* The place of an order's receipt, if one was read. */
static bool place_of(const struct ptn_erasures *erasures, const struct ptn_hash *name,
                     struct ptn_erasing_place *ret_place)
{
    for (size_t i = 0; ptn_ok(ptn_erasing_place(erasures->erasing, i, ret_place)); i++)
        if (ptn_hash_equal(&ret_place->order, name))
            return true;
    return false;
}

/*
 * Is there something to say of it? Of one that waits, that it is in force; of one in force of which
 * something is kept longer, that it is later now: not every day for years, but each time an eighth
 * of what has gone by.
 */
static bool is_news(const struct ptn_erasures *erasures, const struct ptn_hash *name,
                    int64_t seen_ms)
{
    int64_t said_ms = 0;
    bool left = false;

    if (!ptn_erasure_has_waited(seen_ms, erasures->vouched_ms))
        return false;
    if (!ptn_erasing_stands(erasures->erasing, name, &said_ms, &left))
        return true;
    return left && erasures->vouched_ms - said_ms >= AGAIN_MS &&
           erasures->vouched_ms - said_ms >= (said_ms - seen_ms) / AGAIN_PART;
}

/* Orders that wait: keep the proof that they were seen, and after 72 hours say so. */
static struct ptn_status propose(struct ptn_erasures *erasures, const struct ptn_erasures_at *at)
{
    struct ptn_erasing_order order;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && ptn_ok(ptn_erasing_order(erasures->erasing, i, &order));
         i++) {
        struct ptn_buffer proof = { .len_max = SIGNED_MAX };
        struct ptn_erasing_place place = { .index = 0 };
        int64_t seen_ms = 0;
        int64_t said_ms = 0;
        bool left = false;

        if ((!ptn_erasing_stands(erasures->erasing, &order.name, &said_ms, &left) || left) &&
            order.authorities >= at->country->roster.authorities_needed &&
            !ptn_erasing_is_annulled(erasures->erasing, &order.name) &&
            place_of(erasures, &order.name, &place) &&
            ptn_ok(seen_of(erasures, at, &place, &proof, &seen_ms))) {
            remember_seen(erasures, &order.name, seen_ms);
            if (is_news(erasures, &order.name, seen_ms))
                status = say_in_force(erasures, at, &order, &place, ptn_buffer_bytes(&proof));
        }
        ptn_buffer_release(&proof);
    }
    /* refused by its own check: it comes again */
    return status.code == PTN_C_BUSY || status.code == PTN_C_CORRUPT ? PTN_OK : status;
}

/* ---- a turn ---- */

/* The file goes now; a node that runs has the key in memory until its next start. */
static struct ptn_status destroy(void *context, struct ptn_date month)
{
    const struct ptn_erasures *erasures = context;

    return ptn_reading_destroy(erasures->world, erasures->dir, month, NULL);
}

/* Everything was looked at and nothing was left. */
static struct ptn_status end_round(struct ptn_erasures *erasures, const struct ptn_erasures_at *at)
{
    struct ptn_status status =
        ptn_erasing_months(erasures->erasing, &at->country->roster, destroy, erasures);

    /* a post follows a handful of ledgers, a centre everybody */
    do
        look_at_clock(erasures, at);
    while (at->gather == NULL && erasures->clock_at != 0);
    if (ptn_ok(status) && at->gather != NULL)
        status = propose(erasures, at);
    if (ptn_ok(status)) /* the centre's own records are read back from its ledger */
        status = ptn_erasing_hand_on(erasures->erasing, at->append, at->context);
    if (ptn_ok(status))
        status =
            ptn_erasing_receipts(erasures->erasing, ptn_bytes_from_text(ptn_ledger_origin(at->own)),
                                 at->append, at->context);
    return status;
}

struct ptn_status ptn_erasures_turn(struct ptn_erasures *erasures, const struct ptn_erasures_at *at,
                                    bool *ret_more, struct ptn_diag *reterr)
{
    const uint64_t changes = ptn_erasing_changes(erasures->erasing);
    struct ptn_erasing_ledger ledger = { NULL, NULL };
    struct ptn_status status = PTN_OK;
    bool more = false;
    bool last = false;

    if (erasures->at == 0) {
        ledger.own = at->own;
    } else {
        struct ptn_bytes origin = ptn_follow_origin(at->follow, erasures->at - 1);

        last = origin.len == 0;
        ledger.copy = last ? NULL : ptn_follow_copy(at->follow, origin);
    }
    if (ledger.own != NULL || ledger.copy != NULL)
        status = sweep(erasures, at, &ledger, &more, reterr);
    erasures->more = erasures->more || more || !ptn_ok(status) ||
                     changes != ptn_erasing_changes(erasures->erasing);
    *ret_more = true;
    if (!last && more && ptn_ok(status))
        return status; /* the same one again */
    erasures->at = last ? 0 : erasures->at + 1;
    if (!last)
        return status;
    *ret_more = erasures->more;
    if (!erasures->more)
        status = end_round(erasures, at);
    erasures->more = false;
    return status;
}

/* ---- at a post ---- */

static struct ptn_status note_record(void *context, unsigned kind, struct ptn_bytes payload)
{
    ptn_node_note(context, (enum ptn_record_kind)kind, payload);
    return PTN_OK;
}

/* Published rows of crossings that orders name go here, and by nobody else's word (STAYS-3). */
static void erase_stays(struct ptn_node *node, struct ptn_erasures *erasures,
                        const struct ptn_country *country)
{
    const uint64_t changes = ptn_erasing_changes(erasures->erasing);
    struct ptn_stays_erased *erased;
    struct ptn_hash name;
    int64_t now_ms = 0;
    size_t count = 0;

    if (changes == erasures->stays_changes)
        return;
    while (ptn_erasing_named(erasures->erasing, count, &name, &now_ms))
        count++;
    erased = calloc(count + 1, sizeof(*erased));
    if (erased == NULL)
        return; /* at the next turn */
    for (size_t i = 0; i < count && ptn_erasing_named(erasures->erasing, i, &name, &now_ms); i++) {
        const int64_t until_ms =
            ptn_erasure_kept_until(&country->roster, PTN_RETENTION_CROSSING, now_ms);

        memcpy(erased[i].mark, name.at, sizeof(erased[i].mark));
        erased[i].day = (int32_t)(until_ms / AGAIN_MS);
    }
    ptn_node_stays_erase(node, erased, count);
    erasures->stays_changes = changes;
}

struct ptn_status ptn_node_erase(struct ptn_node *node, struct ptn_erasures *erasures,
                                 const struct ptn_country *country, struct ptn_follow *follow,
                                 bool *ret_more)
{
    const struct ptn_erasures_at at = { .country = country,
                                        .follow = follow,
                                        .own = node->ledger,
                                        .append = note_record,
                                        .context = node };

    const struct ptn_status status = ptn_erasures_turn(erasures, &at, ret_more, NULL);

    ptn_forget_vouched(node, erasures->vouched_ms);
    erase_stays(node, erasures, country);
    return status;
}

/* ---- for people ---- */

static void write_answers(const struct ptn_erasures *erasures, const struct ptn_country *country,
                          const struct ptn_hash *name, struct ptn_json *json)
{
    int64_t answered = 0;
    int64_t left = 0;

    ptn_json_key(json, "silent");
    ptn_json_array(json);
    for (size_t i = 0; i < country->roster.node_count; i++) {
        const struct ptn_roster_node *node = &country->roster.nodes[i];
        struct ptn_erasing_answer answer = { 0 };

        if (ptn_erasing_answer(erasures->erasing, name, node->ledger.name, &answer)) {
            answered++;
            left += (int64_t)answer.left;
        } else if (node->role != PTN_ROSTER_SITE) { /* nobody but its post reads its ledger */
            ptn_json_text(json, node->ledger.name);
        }
    }
    ptn_json_array_end(json);
    ptn_json_field_number(json, "answered", answered);
    ptn_json_field_number(json, "left", left);
}

void ptn_erasures_write(struct ptn_erasures *erasures, const struct ptn_country *country,
                        struct ptn_json *json)
{
    struct ptn_erasing_order known;

    ptn_json_key(json, "erasures");
    ptn_json_array(json);
    for (size_t i = 0; ptn_ok(ptn_erasing_order(erasures->erasing, i, &known)); i++) {
        char hex[2 * PTN_HASH_LEN + 1];
        struct ptn_erasing_place place;
        struct ptn_order order;
        struct ptn_note note;
        const char *state = ptn_erasing_is_in_force(erasures->erasing, &known.name)   ? "in-force"
                            : ptn_erasing_is_annulled(erasures->erasing, &known.name) ? "annulled"
                            : known.authorities < country->roster.authorities_needed  ? "signatures"
                            : place_of(erasures, &known.name, &place)                 ? "waiting"
                                                                                      : "given";
        const int64_t *seen_ms = find_seen(erasures, &known.name);

        if (!ptn_ok(ptn_note_parse(known.note, &note, NULL)) ||
            !ptn_ok(ptn_order_parse(note.text, &order, NULL)))
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "order",
                            ptn_bytes_from_text(ptn_hex_write(known.name.at, PTN_HASH_LEN, hex)));
        ptn_json_field_text(json, "state", ptn_bytes_from_text(state));
        ptn_json_field_number(json, "payloads", (int64_t)order.payload_count);
        ptn_json_field_number(json, "months", (int64_t)order.month_count);
        ptn_json_field_number(json, "given_ms", order.given_ms);
        if (seen_ms != NULL)
            ptn_json_field_number(json, "due_ms", *seen_ms + PTN_ERASURE_WAIT_MS);
        write_answers(erasures, country, &known.name, json);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}
