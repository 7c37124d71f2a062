/*
 * main/recover_return.c -- what a post must not forget when it comes back under a spare identity:
 * the orders that keepers hold, and what its former ledger says of an attack.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/copy.h"
#include "main/recover_int.h"
#include "node/apply.h"
#include "record/stage.h"

#define NOTES_MAX 8192u
#define STEPS_MAX 16u /* own steps with cause attack: more of them say no more */

/* ---- orders ---- */

/* Digests of the notes that are laid down: each keeper has them. */
struct seen {
    uint8_t (*at)[PTN_SHA256_LEN];
    size_t count;
};

static bool is_new(struct seen *seen, struct ptn_bytes note)
{
    uint8_t digest[PTN_SHA256_LEN];

    if (seen->count == NOTES_MAX || !ptn_ok(ptn_sha256(&note, 1, digest)))
        return false;
    for (size_t i = 0; i < seen->count; i++)
        if (memcmp(seen->at[i], digest, sizeof(digest)) == 0)
            return false;
    memcpy(seen->at[seen->count++], digest, sizeof(digest));
    return true;
}

static struct ptn_status lay_down(const struct ptn_recover *recover, struct ptn_bytes note,
                                  size_t number)
{
    const struct ptn_world *world = recover->world;
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX + 64u };
    char path[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status =
        ptn_apply_file_write(&file, world->now_ms(world->context), PTN_RECEIPT_KEEPER, note);

    (void)snprintf(path, sizeof(path), "%s/orders/%zu", recover->dir, number);
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&file));
    ptn_buffer_release(&file);
    return status;
}

struct ptn_status ptn_recover_orders(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct seen seen = { .at = calloc(NOTES_MAX, PTN_SHA256_LEN) };
    char path[PTN_RECOVER_PATH_SIZE];
    struct ptn_follow *follow;
    struct ptn_bytes origin;
    uint64_t index;
    struct ptn_status status = { seen.at == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    (void)snprintf(path, sizeof(path), "%s/orders", recover->dir);
    if (ptn_ok(status))
        status = recover->world->files->make_dir(recover->world->context, path);
    follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    while (ptn_ok(status) && ptn_ok(ptn_follow_note(follow, &origin, &index, &note))) {
        struct ptn_note parsed;
        struct ptn_bytes bytes = ptn_buffer_bytes(&note);

        if (ptn_ok(ptn_note_parse(bytes, &parsed, NULL)) && ptn_order_looks_like(parsed.text) &&
            is_new(&seen, bytes))
            status = lay_down(recover, bytes, seen.count);
        ptn_buffer_clear(&note);
    }
    ptn_relay_unlock(recover->relay);
    if (ptn_ok(status))
        (void)printf("%zu orders, from keepers\n", seen.count);
    else
        status = ptn_fail(status.code, reterr, 0, "the orders cannot be laid down");
    ptn_buffer_release(&note);
    free(seen.at);
    return status;
}

/* ---- the former ledger ---- */

/* What is carried over, as records. */
struct carried {
    struct ptn_buffer steps[STEPS_MAX];
    size_t step_count;
    struct ptn_buffer down; /* empty: none */
    bool has_account;
    struct ptn_stage_moved account;
    uint64_t paper; /* records about paper after the last account */
    int64_t paper_ms;
};

static bool is_attack_step(struct ptn_bytes payload)
{
    struct ptn_rung_moved moved;
    struct ptn_order order;

    return ptn_ok(ptn_rung_moved_parse(payload, &moved, NULL)) && moved.own.len > 0 &&
           ptn_ok(ptn_order_parse(moved.own, &order, NULL)) && order.cause == PTN_CAUSE_ATTACK;
}

static struct ptn_status keep(struct ptn_buffer *to, struct ptn_bytes payload)
{
    ptn_buffer_release(to);
    ptn_buffer_init(to, PTN_RECORD_LEN_MAX);
    return ptn_buffer_add(to, payload);
}

static struct ptn_status take_stage(struct carried *carried, struct ptn_bytes payload)
{
    struct ptn_stage_moved moved;

    if (!ptn_ok(ptn_stage_moved_parse(payload, &moved, NULL)))
        return PTN_OK;
    if (moved.step == PTN_STAGE_STEP_DOWN)
        return keep(&carried->down, payload);
    if (moved.step == PTN_STAGE_STEP_ACCOUNT) {
        carried->account = moved;
        carried->has_account = true;
        carried->paper = 0;
    }
    return PTN_OK;
}

static struct ptn_status take_entry(struct ptn_copy *copy, uint64_t index, struct carried *carried,
                                    struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct ptn_ledger_header header;
    struct ptn_status status = ptn_copy_read(copy, index, &header, NULL, reterr);

    if (!ptn_ok(status))
        return status;
    if (header.kind == PTN_RECORD_PACK || header.kind == PTN_RECORD_SHEET ||
        header.kind == PTN_RECORD_SHEETS_TOLD) {
        carried->paper++;
        carried->paper_ms = header.time_ms;
    }
    if (header.kind != PTN_RECORD_RUNG && header.kind != PTN_RECORD_STAGE)
        return PTN_OK;
    ptn_buffer_clear(payload);
    status = ptn_copy_open_payload(copy, NULL, index, &header, payload, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK; /* a payload that did not come: said where heads are printed */
    if (ptn_ok(status) && header.kind == PTN_RECORD_STAGE)
        return take_stage(carried, ptn_buffer_bytes(payload));
    if (ptn_ok(status) && is_attack_step(ptn_buffer_bytes(payload)) &&
        carried->step_count < STEPS_MAX)
        status = keep(&carried->steps[carried->step_count++], ptn_buffer_bytes(payload));
    return status;
}

static struct ptn_status scan(const struct ptn_recover *recover, struct carried *carried,
                              struct ptn_diag *reterr)
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_country country;
    struct ptn_copy_standing standing = { 0 };
    struct ptn_copy *copy = NULL;
    struct ptn_vkey key;
    char path[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status = ptn_country_read(recover->world, recover->dir, &country, reterr);

    if (!ptn_ok(status))
        return status;
    (void)snprintf(path, sizeof(path), "%s/copies", recover->dir);
    if (ptn_roster_ledger_key(&country.roster, ptn_bytes_from_text(recover->former), &key))
        status = ptn_copy_open(recover->world, path, &key, &copy, reterr);
    if (copy != NULL)
        ptn_copy_standing(copy, &standing);
    for (uint64_t index = 0; ptn_ok(status) && index < standing.size; index++)
        status = take_entry(copy, index, carried, &payload, reterr);
    ptn_copy_close(copy);
    ptn_country_release(&country);
    ptn_buffer_release(&payload);
    return status;
}

/* The former account: sheets of which nothing was said after it are open. */
static struct ptn_status write_account(const struct carried *carried, struct ptn_buffer *out)
{
    struct ptn_stage_moved moved = { .time_ms = carried->has_account ? carried->account.time_ms
                                                                     : carried->paper_ms,
                                     .step = PTN_STAGE_STEP_FORMER,
                                     .issued = carried->account.issued,
                                     .open = carried->account.open + carried->paper };

    if (moved.open > moved.issued)
        moved.issued = moved.open;
    return ptn_stage_moved_write(&moved, out);
}

/* One batch: a recovery that was cut short has all of it or begins again. */
static struct ptn_status append(struct ptn_recover *recover, const struct carried *carried,
                                struct ptn_diag *reterr)
{
    struct ptn_ledger_entry entries[STEPS_MAX + 2];
    struct ptn_buffer account = { .len_max = PTN_RECORD_LEN_MAX };
    const int64_t now_ms = recover->world->now_ms(recover->world->context);
    size_t count = 0;
    uint64_t first = 0;
    struct ptn_status status;

    for (size_t i = 0; i < carried->step_count; i++)
        entries[count++] =
            (struct ptn_ledger_entry){ .kind = PTN_RECORD_RUNG,
                                       .payload = ptn_buffer_bytes(&carried->steps[i]) };
    if (carried->down.len > 0)
        entries[count++] = (struct ptn_ledger_entry){ .kind = PTN_RECORD_STAGE,
                                                      .payload = ptn_buffer_bytes(&carried->down) };
    if (carried->has_account || carried->paper > 0)
        status = write_account(carried, &account);
    else /* there never was any paper */
        status = ptn_stage_moved_write(
            &(struct ptn_stage_moved){ .time_ms = now_ms, .step = PTN_STAGE_STEP_FORMER },
            &account);
    entries[count++] = (struct ptn_ledger_entry){ .kind = PTN_RECORD_STAGE,
                                                  .payload = ptn_buffer_bytes(&account) };
    for (size_t i = 0; i < count; i++) {
        entries[i].time_ms = now_ms;
        entries[i].retention = PTN_RETENTION_PUBLIC;
        entries[i].rung = PTN_RUNG_LOCAL;
    }
    if (ptn_ok(status))
        status = ptn_ledger_append(recover->ledger, entries, count, &first, reterr);
    ptn_buffer_release(&account);
    return status;
}

struct ptn_status ptn_recover_return(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct carried carried = { .step_count = 0 };
    uint64_t size = 0;
    struct ptn_status status = ptn_ledger_size(recover->ledger, &size, reterr);

    ptn_relay_stop(recover->relay); /* it has the copies open */
    recover->relay = NULL;
    if (!ptn_ok(status) || size > 1)
        return status; /* carried over before */
    status = scan(recover, &carried, reterr);
    if (ptn_ok(status))
        status = append(recover, &carried, reterr);
    if (ptn_ok(status) && carried.step_count > 0)
        (void)printf("%zu steps down with cause attack, of its own, still stand\n",
                     carried.step_count);
    if (ptn_ok(status) && carried.account.open + carried.paper > 0)
        (void)puts("its paper sheets are NOT all accounted for: no return from an attack before");
    for (size_t i = 0; i < carried.step_count; i++)
        ptn_buffer_release(&carried.steps[i]);
    ptn_buffer_release(&carried.down);
    return status;
}
