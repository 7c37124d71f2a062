#include "mirror/keeper_int.h"

#include <stdlib.h>

#define DAY_BYTES_MAX ((uint64_t)64 << 30)
#define HEADROOM      ((uint64_t)256 << 20)
#define ROSTER_MEMORY ((size_t)16 << 20)

/* ---- answers ---- */

static const struct refusal {
    const char *word;
    unsigned status;
} refusals[PTN_KEEPER_REFUSAL_COUNT] = {
    [PTN_KEEPER_REFUSED_FORM] = { "form", 400 },
    [PTN_KEEPER_REFUSED_PEER] = { "peer", 403 },
    [PTN_KEEPER_REFUSED_UNKNOWN] = { "unknown", 404 },
    [PTN_KEEPER_REFUSED_BEHIND] = { "behind", 409 },
    [PTN_KEEPER_REFUSED_LONG] = { "long", 413 },
    [PTN_KEEPER_REFUSED_DOUBTED] = { "doubted", 422 },
    [PTN_KEEPER_REFUSED_QUOTA] = { "quota", 429 },
    [PTN_KEEPER_REFUSED_TROUBLE] = { "trouble", 503 },
    [PTN_KEEPER_REFUSED_DISK] = { "disk", 507 },
};

const char *ptn_keeper_refusal_word(enum ptn_keeper_refusal refusal)
{
    PTN_PRE(refusal < PTN_KEEPER_REFUSAL_COUNT);
    return refusals[refusal].word;
}

void ptn_keeper_count_refusal(struct ptn_keeper *keeper, unsigned status)
{
    size_t i = 0;

    while (i < PTN_KEEPER_REFUSAL_COUNT && refusals[i].status != status)
        i++;
    keeper->refused_for[i < PTN_KEEPER_REFUSAL_COUNT ? i : PTN_KEEPER_REFUSED_TROUBLE]++;
}

struct ptn_status ptn_keeper_say(struct ptn_keeper *keeper, struct ptn_exchange *exchange,
                                 unsigned status, const char *line)
{
    ptn_buffer_clear(&exchange->answer);
    exchange->status = status;
    if (status >= 400)
        ptn_keeper_count_refusal(keeper, status);
    if (line[0] == '\0')
        return PTN_OK;
    return ptn_buffer_addf(&exchange->answer, "%s\n", line);
}

struct ptn_status ptn_keeper_trouble(struct ptn_keeper *keeper, struct held *held,
                                     struct ptn_exchange *exchange, struct ptn_status status)
{
    if (status.code == PTN_C_CORRUPT && held != NULL)
        held->corrupt = true;
    if (status.code == PTN_C_TOO_BIG)
        return ptn_keeper_say(keeper, exchange, 429, "the quota of this origin is used up");
    return ptn_keeper_say(keeper, exchange, 503, "cannot be done now");
}

bool ptn_keeper_has_room(struct ptn_keeper *keeper, struct ptn_exchange *exchange)
{
    if (keeper->disk_free == NULL || keeper->disk_free(keeper->context) >= keeper->limits.headroom)
        return true;
    (void)ptn_keeper_say(keeper, exchange, 507, "the disk is nearly full");
    return false;
}

/* ---- opening ---- */

/* The node's line in the roster names the two keys this keeper has. */
static struct ptn_status find_self(struct ptn_keeper *keeper, struct ptn_diag *reterr)
{
    const struct ptn_roster_node *self = ptn_roster_find(&keeper->roster, keeper->name);

    if (self == NULL || (self->role != PTN_ROSTER_KEEPER && self->role != PTN_ROSTER_SITE))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the roster does not name this keeper");
    if (memcmp(self->ledger.public_key, ptn_vault_public_key(keeper->vault, PTN_ROLE_LEDGER),
               PTN_PUBLIC_KEY_LEN) != 0 ||
        memcmp(self->mirror.public_key, ptn_vault_public_key(keeper->vault, PTN_ROLE_MIRROR),
               PTN_PUBLIC_KEY_LEN) != 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the roster names other keys for this keeper");
    keeper->mirror_name = self->mirror.name;
    keeper->only = self->role == PTN_ROSTER_SITE ? self->post : PTN_BYTES_NONE;
    return PTN_OK;
}

static struct ptn_status begin(struct ptn_keeper *keeper, const struct ptn_keeper_setup *setup,
                               struct ptn_diag *reterr)
{
    struct ptn_status status;
    uint64_t boot;

    keeper->dir = strdup(setup->dir);
    keeper->hasher = ptn_hasher_new();
    keeper->package = malloc(sizeof(*keeper->package));
    keeper->leaves = malloc(PTN_LEDGER_BATCH_MAX * sizeof(*keeper->leaves));
    keeper->arena = ptn_arena_new(ROSTER_MEMORY);
    if (keeper->dir == NULL || keeper->hasher == NULL || keeper->package == NULL ||
        keeper->leaves == NULL || keeper->arena == NULL || keeper->erasing == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a keeper");
    keeper->world->random(keeper->world->context, (uint8_t *)&boot, sizeof(boot));
    for (unsigned i = 0; i < 16; i++)
        keeper->boot[i] = "0123456789abcdef"[boot >> (4 * i) & 15];
    keeper->name = ptn_bytes_from_text(ptn_ledger_origin(keeper->ledger));
    status = ptn_wire_origin_hash(keeper->name, &keeper->id);
    if (ptn_ok(status))
        status = ptn_buffer_add(&keeper->note, setup->roster);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the roster cannot be held");
    status =
        ptn_roster_first(ptn_buffer_bytes(&keeper->note), keeper->arena, &keeper->roster, reterr);
    if (ptn_ok(status))
        status = find_self(keeper, reterr);
    if (ptn_ok(status))
        status = ptn_keeper_list(keeper);
    if (ptn_ok(status))
        status = ptn_keeper_away_open(keeper);
    if (ptn_ok(status))
        status = ptn_keeper_remember(keeper, reterr);
    if (ptn_ok(status)) /* a later roster may name it otherwise */
        status = find_self(keeper, reterr);
    if (ptn_ok(status))
        status = ptn_keeper_look(keeper, reterr);
    return status;
}

struct ptn_status ptn_keeper_open(const struct ptn_keeper_setup *setup,
                                  struct ptn_keeper **ret_keeper, struct ptn_diag *reterr)
{
    struct ptn_keeper *keeper = calloc(1, sizeof(*keeper));
    struct ptn_status status;

    if (keeper == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a keeper");
    keeper->world = setup->world;
    keeper->vault = setup->vault;
    keeper->ledger = setup->ledger;
    keeper->disk_free = setup->disk_free;
    keeper->erased = setup->erased;
    keeper->erasing = ptn_erasing_new(setup->world);
    keeper->context = setup->context;
    keeper->limits = setup->limits;
    if (keeper->limits.day_bytes_max == 0)
        keeper->limits.day_bytes_max = DAY_BYTES_MAX;
    if (keeper->limits.headroom == 0)
        keeper->limits.headroom = HEADROOM;
    ptn_buffer_init(&keeper->note, PTN_NOTE_LEN_MAX);
    ptn_buffer_init(&keeper->scratch, PTN_WIRE_BODY_MAX);
    ptn_buffer_init(&keeper->scratch2, PTN_WIRE_BODY_MAX);
    status = begin(keeper, setup, reterr);
    if (!ptn_ok(status)) {
        ptn_keeper_close(keeper);
        return status;
    }
    *ret_keeper = keeper;
    return PTN_OK;
}

void ptn_keeper_close(struct ptn_keeper *keeper)
{
    if (keeper == NULL)
        return;
    ptn_keeper_let_go(keeper);
    for (size_t i = 0; i < keeper->held_count; i++)
        free(keeper->held[i].origin);
    free(keeper->held);
    free(keeper->notes.slots);
    free(keeper->texts.slots);
    free(keeper->evidence.slots);
    free(keeper->package);
    free(keeper->leaves);
    free(keeper->dir);
    ptn_erasing_free(keeper->erasing);
    ptn_hasher_free(keeper->hasher);
    ptn_arena_free(keeper->arena);
    ptn_keeper_waiting_clear(keeper);
    ptn_away_close(keeper->away);
    ptn_buffer_release(&keeper->note);
    ptn_buffer_release(&keeper->scratch);
    ptn_buffer_release(&keeper->scratch2);
    free(keeper);
}

/* ---- answering ---- */

static struct ptn_status answer(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                struct ptn_exchange *exchange)
{
    struct ptn_wire_path path;

    if (!ptn_ok(ptn_wire_path_parse(ptn_bytes_from_text(exchange->verb),
                                    ptn_bytes_from_text(exchange->path), &path)))
        return ptn_keeper_say(keeper, exchange, 404, "no such thing here");
    if (exchange->body.len > PTN_WIRE_BODY_MAX)
        return ptn_keeper_say(keeper, exchange, 413, "the body is too long");
    switch (path.what) {
    case PTN_WIRE_ADD_CHECKPOINT:
        return ptn_keeper_add_checkpoint(keeper, who, exchange);
    case PTN_WIRE_ADD_ENTRIES:
        return ptn_keeper_add_entries(keeper, who, exchange);
    case PTN_WIRE_PUT_PAYLOAD:
    case PTN_WIRE_POST_PAYLOADS:
        return ptn_keeper_put_payloads(keeper, who, &path, exchange);
    case PTN_WIRE_POST_LOST:
        return ptn_keeper_post_lost(keeper, who, &path, exchange);
    case PTN_WIRE_POST_NOTE:
        return ptn_keeper_post_note(keeper, who, exchange);
    case PTN_WIRE_GET_HEADS:
        return ptn_keeper_get_heads(keeper, &path, exchange);
    case PTN_WIRE_GET_PAYLOADS:
    case PTN_WIRE_GET_FILE:
    default:
        return ptn_keeper_get(keeper, &path, exchange);
    }
}

struct ptn_status ptn_keeper_answer(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                    struct ptn_exchange *exchange)
{
    struct ptn_vkey key;
    struct ptn_status status;

    ptn_buffer_clear(&exchange->answer);
    exchange->status = 0;
    keeper->turn++;
    /* The door looked at the certificate; the roster may have changed since. */
    if (!ptn_roster_ledger_key(&keeper->roster, who->origin, &key)) /* a spare is a node, too */
        return ptn_keeper_say(keeper, exchange, 403, "not a node of the roster");
    if (ptn_keeper_turns_away(keeper, who->origin)) /* REVOKE-1 */
        return ptn_keeper_say(keeper, exchange, 403, "an order revokes its key");
    status = answer(keeper, who, exchange);
    if (status.code == PTN_C_BUSY)
        return status;
    if (!ptn_ok(status)) { /* the answer itself did not fit, or no memory for it */
        ptn_buffer_clear(&exchange->answer);
        exchange->status = 503;
        ptn_keeper_count_refusal(keeper, 503);
    }
    return PTN_OK;
}

uint64_t ptn_keeper_changes(const struct ptn_keeper *keeper)
{
    return keeper->changes;
}

const struct ptn_roster *ptn_keeper_roster(const struct ptn_keeper *keeper)
{
    return &keeper->roster;
}

struct ptn_bytes ptn_keeper_roster_note(const struct ptn_keeper *keeper)
{
    return ptn_buffer_bytes(&keeper->note);
}

void ptn_keeper_standing(const struct ptn_keeper *keeper, struct ptn_keeper_standing *ret_standing)
{
    struct ptn_keeper_standing standing = { .notes = keeper->notes.count,
                                            .evidence = keeper->evidence_count,
                                            .evidence_kept = keeper->evidence.count };

    for (size_t i = 0; i < PTN_KEEPER_REFUSAL_COUNT; i++) {
        standing.refused_for[i] = keeper->refused_for[i];
        standing.refused += keeper->refused_for[i];
    }
    for (size_t i = 0; i < keeper->held_count; i++) {
        const struct held *held = &keeper->held[i];

        standing.origins += held->there ? 1 : 0;
        standing.shown += held->shown ? 1 : 0;
        standing.entries += held->shown ? held->shown_size : 0;
        standing.corrupt += held->corrupt ? 1 : 0;
        standing.lost += held->missing;
    }
    *ret_standing = standing;
}

bool ptn_keeper_ledger_next(const struct ptn_keeper *keeper, size_t *index,
                            struct ptn_keeper_ledger *ret_ledger)
{
    const int64_t now_ms = keeper->world->now_ms(keeper->world->context);

    while (*index < keeper->held_count) {
        const struct held *held = &keeper->held[(*index)++];

        if (!held->there)
            continue;
        *ret_ledger = (struct ptn_keeper_ledger){
            .origin = ptn_bytes_from_text(held->origin),
            .listed = held->listed,
            .corrupt = held->corrupt,
            .forked = held->forked,
            .entries = held->shown ? held->shown_size : 0,
            .cosigned_ms = held->cosigned_ms,
            .missing = held->missing,
        };
        if (held->pending_size > ret_ledger->entries)
            ret_ledger->behind = held->pending_size - ret_ledger->entries;
        if (held->behind_ms != 0 && now_ms > held->behind_ms)
            ret_ledger->behind_s = (now_ms - held->behind_ms) / 1000;
        return true;
    }
    return false;
}
