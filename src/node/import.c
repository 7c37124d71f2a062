/*
 * node/import.c -- rows of another system into a node: batch by batch, each batch durable whole or
 * not at all. The id of an imported record is a digest of what it says, so that a second run, and
 * one after kill -9, knows what is there.
 */
#include "node/import.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/ledger.h"
#include "node/country.h"
#include "node/import_int.h"
#include "node/node.h"
#include "node/node_int.h"
#include "vault/credential.h"
#include "vault/vault.h"

#define CONF_MAX     16384u
#define PATH_SIZE    1100u
#define ARENA_MAX    ((size_t)64 << 20)
#define PAYLOADS_MAX ((size_t)8 << 20) /* of one batch */
#define STAFF_MAX    ((size_t)1 << 20)
#define SAVE_ROWS    200000u /* rows between two writings of import.known */

/* One run. */
struct importing {
    const struct ptn_world *world;
    const char *dir;
    const struct ptn_import *import;
    struct ptn_import_counts *counts;
    struct ptn_node_plan plan;
    bool draft; /* dir is a file of people, and no node */
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_import_known known;
    struct ptn_arena *arena; /* of the batch: rows and payloads */
    struct ptn_buffer record;
    struct ptn_ledger_entry entries[PTN_IMPORT_BATCH];
    size_t entry_count;
    size_t payload_len;
    uint64_t saved_rows;
};

static void reject(struct importing *run, size_t line, const char *reason)
{
    run->counts->rejected++;
    if (run->import->reject != NULL)
        run->import->reject(run->import->context, line, reason);
}

/* ---- what a row becomes ---- */

/* Sixteen bytes of the digest of what stands in run->record. */
static struct ptn_status digest(struct importing *run, struct ptn_record_id *ret_id)
{
    const struct ptn_bytes parts[] = {
        PTN_BYTES_LITERAL("postern import 1\n"),
        ptn_bytes_from_text(ptn_import_kind_word(run->import->kind)),
        PTN_BYTES_LITERAL("\n"),
        ptn_buffer_bytes(&run->record),
    };
    uint8_t sha[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), sha);

    if (!ptn_ok(status))
        return status;
    memcpy(ret_id->at, sha, sizeof(ret_id->at));
    ret_id->at[0] |= (uint8_t)(ptn_record_id_is_none(*ret_id) ? 1 : 0);
    return PTN_OK;
}

/* What is digested is the record itself, with the same id and mark for all. */
static const struct ptn_record_id same_id = { { 1 } };

static struct ptn_status write_crossing(struct importing *run, struct ptn_crossing *crossing,
                                        struct ptn_record_id *ret_id, struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (crossing->post.len == 0)
        crossing->post = ptn_bytes_from_text(run->plan.code);
    crossing->id = same_id;
    crossing->imported = PTN_BYTES_LITERAL("-");
    status = ptn_crossing_validate(crossing, reterr);
    if (ptn_ok(status))
        status = ptn_crossing_write(crossing, &run->record);
    if (ptn_ok(status))
        status = digest(run, ret_id);
    crossing->id = *ret_id;
    crossing->imported = ptn_bytes_from_text(run->import->source);
    ptn_buffer_clear(&run->record);
    return ptn_ok(status) ? ptn_crossing_write(crossing, &run->record) : status;
}

static struct ptn_status write_alert(struct importing *run, struct ptn_alert *alert,
                                     struct ptn_record_id *ret_id, struct ptn_diag *reterr)
{
    int64_t now_ms = run->world->now_ms(run->world->context);
    struct ptn_status status;

    alert->id = same_id;
    alert->time_ms = 1;
    alert->post = alert->officer = alert->imported = PTN_BYTES_LITERAL("-");
    status = ptn_alert_validate(alert, reterr);
    if (ptn_ok(status) && ptn_date_compare(alert->until, ptn_instant_date(now_ms)) < 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "its last day is over");
    if (ptn_ok(status))
        status = ptn_alert_write(alert, &run->record);
    if (ptn_ok(status))
        status = digest(run, ret_id);
    alert->id = *ret_id;
    alert->time_ms = now_ms;
    alert->post = ptn_bytes_from_text(run->plan.code);
    alert->officer = ptn_bytes_from_text(run->import->officer);
    alert->second = ptn_bytes_from_text(run->import->second);
    alert->imported = ptn_bytes_from_text(run->import->source);
    ptn_buffer_clear(&run->record);
    return ptn_ok(status) ? ptn_alert_write(alert, &run->record) : status;
}

static struct ptn_status write_permit(struct importing *run, struct ptn_permit *permit,
                                      struct ptn_record_id *ret_id, struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (permit->issuer[0] == '\0')
        memcpy(permit->issuer, run->plan.state, sizeof(permit->issuer));
    permit->id = same_id;
    permit->imported = PTN_BYTES_LITERAL("-");
    status = ptn_permit_validate(permit, reterr);
    if (ptn_ok(status))
        status = ptn_permit_write(permit, &run->record);
    if (ptn_ok(status))
        status = digest(run, ret_id);
    permit->id = *ret_id;
    permit->imported = ptn_bytes_from_text(run->import->source);
    ptn_buffer_clear(&run->record);
    return ptn_ok(status) ? ptn_permit_write(permit, &run->record) : status;
}

/* The row as a record in run->record, and which kind that is. */
static struct ptn_status write_row(struct importing *run, struct ptn_import_row *row,
                                   enum ptn_record_kind *ret_kind, struct ptn_record_id *ret_id,
                                   struct ptn_diag *reterr)
{
    switch (run->import->kind) {
    case PTN_IMPORT_ALERTS:
        *ret_kind = PTN_RECORD_ALERT;
        return write_alert(run, &row->alert, ret_id, reterr);
    case PTN_IMPORT_PERMITS:
        *ret_kind = PTN_RECORD_PERMIT;
        return write_permit(run, &row->permit, ret_id, reterr);
    case PTN_IMPORT_CROSSINGS:
    case PTN_IMPORT_USERS:
        break;
    }
    *ret_kind = PTN_RECORD_CROSSING;
    return write_crossing(run, &row->crossing, ret_id, reterr);
}

/* ---- batches ---- */

static struct ptn_status flush(struct importing *run, struct ptn_diag *reterr)
{
    uint64_t first = 0;
    struct ptn_status status = PTN_OK;

    if (run->entry_count > 0)
        status = ptn_ledger_append(run->ledger, run->entries, run->entry_count, &first, reterr);
    if (!ptn_ok(status))
        return status;
    run->counts->taken += run->entry_count;
    run->entry_count = 0;
    run->payload_len = 0;
    ptn_arena_clear(run->arena);
    if (run->counts->rows - run->saved_rows >= SAVE_ROWS) {
        run->saved_rows = run->counts->rows;
        /* without it the next run reads more of the ledger, nothing else */
        (void)ptn_ok(ptn_import_known_save(run->world, run->dir, run->ledger, &run->known));
    }
    if (run->import->progress != NULL)
        run->import->progress(run->import->context, run->counts->rows);
    return PTN_OK;
}

/* What run->record holds, for the next batch. IMPORT-1. */
static struct ptn_status queue(struct importing *run, enum ptn_record_kind kind)
{
    char *payload = ptn_arena_text(run->arena, ptn_buffer_bytes(&run->record));

    if (payload == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    run->entries[run->entry_count++] = (struct ptn_ledger_entry){
        .kind = kind,
        .time_ms = run->world->now_ms(run->world->context),
        .retention = (uint8_t)ptn_record_retention(kind),
        .payload = ptn_bytes_of(payload, run->record.len),
    };
    run->payload_len += run->record.len;
    return PTN_OK;
}

static struct ptn_status take_row(struct importing *run, struct ptn_import_row *row, size_t line,
                                  struct ptn_diag *reterr)
{
    enum ptn_record_kind kind = PTN_RECORD_CROSSING;
    struct ptn_record_id id = same_id;
    struct ptn_diag why = { 0 };
    struct ptn_status status;

    ptn_buffer_clear(&run->record);
    status = write_row(run, row, &kind, &id, &why);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG) {
        reject(run, line, why.text == NULL ? "too long" : why.text);
        return PTN_OK;
    }
    if (!ptn_ok(status))
        return status;
    if (ptn_import_known_has(&run->known, id)) {
        run->counts->there++;
        return PTN_OK;
    }
    status = ptn_import_known_add(&run->known, id);
    if (ptn_ok(status) && run->import->dry_run) {
        run->counts->taken++;
        return PTN_OK;
    }
    if (ptn_ok(status))
        status = queue(run, kind);
    if (ptn_ok(status) && (run->entry_count == PTN_IMPORT_BATCH || run->payload_len > PAYLOADS_MAX))
        status = flush(run, reterr);
    return status;
}

/* Rows until the end, each given to take. */
static struct ptn_status each_row(struct importing *run, struct ptn_bytes bytes,
                                  struct ptn_status (*take)(struct importing *run,
                                                            struct ptn_import_row *row, size_t line,
                                                            struct ptn_diag *reterr),
                                  struct ptn_diag *reterr)
{
    struct ptn_import_reader reader = { 0 };
    struct ptn_import_row row;
    size_t line = 0;
    struct ptn_status status =
        ptn_import_open(&reader, run->import->kind, bytes, run->arena, reterr);

    while (ptn_ok(status)) {
        struct ptn_diag why = { 0 };

        if (run->import->dry_run) /* nothing of a row is kept */
            ptn_arena_clear(run->arena);
        status = ptn_import_next(&reader, run->arena, &row, &line, &why);
        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (status.code == PTN_C_BAD_INPUT) {
            run->counts->rows++;
            reject(run, line, why.text);
            status = PTN_OK;
        } else if (ptn_ok(status)) {
            run->counts->rows++;
            status = take(run, &row, line, reterr);
        } else if (reterr != NULL) {
            *reterr = why;
        }
    }
    return status;
}

/* ---- crossings, alerts, permits ---- */

static struct ptn_status open_ledger(struct importing *run, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_vault_open(run->world, run->dir, &run->vault, reterr);

    if (ptn_ok(status) && run->import->dry_run)
        status = ptn_ledger_open_reader(run->world, run->vault, run->dir, &run->ledger, reterr);
    else if (ptn_ok(status))
        status = ptn_ledger_open(run->world, run->vault, run->dir, &run->ledger, reterr);
    if (ptn_ok(status) && !run->import->dry_run)
        status = ptn_country_seal(run->world, run->dir, run->ledger, reterr);
    if (ptn_ok(status))
        ptn_forget_classes(&run->plan, run->ledger);
    if (ptn_ok(status))
        status = ptn_import_known_learn(run->world, run->dir, run->ledger, &run->known, reterr);
    return status;
}

static struct ptn_status import_records(struct importing *run, struct ptn_bytes bytes,
                                        struct ptn_diag *reterr)
{
    struct ptn_diag flushing = { 0 };
    struct ptn_status flushed = PTN_OK;
    struct ptn_status status = open_ledger(run, reterr);
    bool opened = ptn_ok(status);

    if (opened)
        status = each_row(run, bytes, take_row, reterr);
    /* a file that is cut off: what came before is in */
    if (opened && (ptn_ok(status) || status.code == PTN_C_CORRUPT) &&
        ptn_ledger_state(run->ledger) == PTN_LEDGER_READY)
        flushed = flush(run, &flushing);
    if (!ptn_ok(flushed)) {
        status = flushed;
        if (reterr != NULL)
            *reterr = flushing;
    }
    if (opened && !run->import->dry_run && ptn_ok(flushed))
        (void)ptn_ok(ptn_import_known_save(run->world, run->dir, run->ledger, &run->known));
    ptn_ledger_close(run->ledger);
    ptn_vault_close(run->vault);
    ptn_import_known_release(&run->known);
    return status;
}

/* ---- people ---- */

/* Where they are written: a node's `staff`, or the file of people itself. */
static struct ptn_status staff_path(const struct importing *run, char path[PATH_SIZE])
{
    int len = snprintf(path, PATH_SIZE, run->draft ? "%s" : "%s/staff", run->dir);

    return (struct ptn_status){ len > 0 && (size_t)len < PATH_SIZE ? PTN_C_OK : PTN_C_TOO_BIG };
}

/* Whether somebody is called so in the file that run->record is. */
static bool is_staff(const struct importing *run, const char *user)
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_buffer_bytes(&run->record));
    struct ptn_staff_member member;
    size_t line = 0;

    while (ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL)))
        if (strcmp(member.officer.user, user) == 0)
            return true;
    return false;
}

/* A password that nobody knows: the account is there, and opens when it is given one. */
static struct ptn_status lock_account(struct importing *run, struct ptn_staff_member *member)
{
    char hash[PTN_PASSWORD_HASH_SIZE];
    uint8_t secret[32];
    struct ptn_status status;

    run->world->random(run->world->context, secret, sizeof(secret));
    status = ptn_password_hash(ptn_bytes_of(secret, sizeof(secret)), hash);
    explicit_bzero(secret, sizeof(secret));
    if (ptn_ok(status))
        (void)snprintf(member->hash, sizeof(member->hash), "%s", hash);
    return status;
}

static struct ptn_status take_user(struct importing *run, struct ptn_import_row *row, size_t line,
                                   struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    if (is_staff(run, row->member.officer.user)) {
        run->counts->there++;
        return PTN_OK;
    }
    if (row->member.hash[0] == '\0' && run->import->dry_run)
        (void)snprintf(row->member.hash, sizeof(row->member.hash), "-");
    else if (row->member.hash[0] == '\0')
        status = lock_account(run, &row->member);
    if (ptn_ok(status))
        status = ptn_staff_write(&row->member, &run->record);
    if (status.code == PTN_C_BAD_INPUT) {
        reject(run, line, "a text that a line of staff cannot hold");
        return PTN_OK;
    }
    if (status.code == PTN_C_TOO_BIG)
        return ptn_fail(status.code, reterr, line, "more people than a node has room for");
    run->counts->taken += ptn_ok(status) ? 1u : 0u;
    return status;
}

static struct ptn_status import_users(struct importing *run, struct ptn_bytes bytes,
                                      struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct ptn_status status = staff_path(run, path);

    if (ptn_ok(status))
        status = run->world->files->read(run->world->context, path, &run->record);
    if (status.code == PTN_C_NOT_FOUND)
        status = PTN_OK;
    if (ptn_ok(status))
        status = each_row(run, bytes, take_user, reterr);
    /* all of them at once, or, when the file is cut off, none */
    if (ptn_ok(status) && !run->import->dry_run && run->counts->taken > 0)
        status =
            run->world->files->replace(run->world->context, path, ptn_buffer_bytes(&run->record));
    if (!ptn_ok(status))
        run->counts->taken = 0;
    return status;
}

/* ---- the run ---- */

/* People of a post or a centre in a country come by its signed list: a file in its folder would
 * count until the first one, and then no more. */
static struct ptn_status refuse_listed(struct importing *run, struct ptn_diag *reterr)
{
    struct ptn_country country;
    struct ptn_status status = ptn_country_read(run->world, run->dir, &country, reterr);

    if (status.code == PTN_C_NOT_FOUND) /* a post by itself */
        return PTN_OK;
    if (!ptn_ok(status))
        return status;
    ptn_country_release(&country);
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                    "people here come by a signed list: import them into a file of people, "
                    "and sign that (postern staff sign)");
}

static struct ptn_status read_plan(struct importing *run, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    enum ptn_import_kind kind = run->import->kind;
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/node.conf", run->dir);
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (len > 0 && (size_t)len < sizeof(path))
        status = PTN_OK;
    run->draft = ptn_ok(status) && kind == PTN_IMPORT_USERS &&
                 !run->world->files->exists(run->world->context, path);
    if (run->draft)
        return PTN_OK;
    if (ptn_ok(status))
        status = run->world->files->read(run->world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &run->plan, reterr);
    if (ptn_ok(status) && run->plan.role != PTN_NODE_CENTRE &&
        (run->plan.role != PTN_NODE_POST || kind == PTN_IMPORT_ALERTS))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "crossings, permits and users go into a post or a centre, alerts into a "
                          "centre");
    if (ptn_ok(status) && kind == PTN_IMPORT_USERS)
        status = refuse_listed(run, reterr);
    ptn_buffer_release(&conf);
    return status;
}

struct ptn_status ptn_import_run(const struct ptn_world *world, const char *dir,
                                 const struct ptn_import *import, struct ptn_bytes bytes,
                                 struct ptn_import_counts *ret_counts, struct ptn_diag *reterr)
{
    struct importing *run = calloc(1, sizeof(*run));
    int lock = -1;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    *ret_counts = (struct ptn_import_counts){ 0 };
    if (run == NULL)
        return status;
    run->world = world;
    run->dir = dir;
    run->import = import;
    run->counts = ret_counts;
    run->record.len_max = import->kind == PTN_IMPORT_USERS ? STAFF_MAX : (size_t)PTN_RECORD_LEN_MAX;
    run->arena = ptn_arena_new(ARENA_MAX);
    if (run->arena != NULL)
        status = read_plan(run, reterr);
    if (ptn_ok(status) && import->kind == PTN_IMPORT_ALERTS && import->officer == NULL)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "who imports alerts must be named");
    if (ptn_ok(status) && import->kind != PTN_IMPORT_USERS &&
        (import->source == NULL || import->source[0] == '\0' ||
         strlen(import->source) > PTN_RECORD_WORD_MAX))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "what the data came from must be named, in at most 64 bytes");
    if (ptn_ok(status) && !import->dry_run && !run->draft)
        status = world->files->lock(world->context, dir, &lock);
    if (status.code == PTN_C_BUSY)
        (void)ptn_fail(status.code, reterr, 0, "the node runs: stop it, then import");
    if (ptn_ok(status))
        status = import->kind == PTN_IMPORT_USERS ? import_users(run, bytes, reterr)
                                                  : import_records(run, bytes, reterr);
    if (lock >= 0)
        world->files->unlock(world->context, lock);
    if (run->record.at != NULL)
        explicit_bzero(run->record.at, run->record.capacity);
    ptn_buffer_release(&run->record);
    ptn_arena_free(run->arena);
    free(run);
    return status;
}
