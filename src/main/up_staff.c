/*
 * main/up_staff.c -- who may sign in at a centre: its staff list, as notes bring it, and the orders
 * that revoke somebody (docs/format/staff.md). Notes come from keepers or lie in DIR/orders.
 *
 * The list itself is asked by the desk's threads; all else here is the ledger owner's.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "main/publish.h"
#include "main/up_int.h"
#include "node/apply.h"
#include "record/record.h"

#define LOOK_US     INT64_C(200000) /* between two looks into DIR/orders */
#define WAITING_MAX 8u              /* records that are not in the ledger yet */
#define PUSHES_MAX  32u

struct ptn_up_staff {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_ledger *ledger;
    const struct ptn_relay *relay;     /* as it is now */
    struct ptn_publish_notes *notes;   /* Borrowed */
    struct ptn_staffing *staffing;     /* Owned */
    int64_t looked_us;                 /* into DIR/orders */
    unsigned kept;                     /* orders of a stick: DIR/orders/1 to here */
    char taken[PTN_UP_PATH_SIZE + 32]; /* the note there that is being judged; empty: none */

    pthread_mutex_t lock;
    int64_t clock_off_s;
    struct ptn_buffer waiting[WAITING_MAX]; /* Owned: staff records */
    size_t waiting_count;
};

/* ---- what the list is told ---- */

static void lock(void *context)
{
    (void)pthread_mutex_lock(&((struct ptn_up_staff *)context)->lock);
}

static void unlock(void *context)
{
    (void)pthread_mutex_unlock(&((struct ptn_up_staff *)context)->lock);
}

static int64_t clock_off_s(void *context)
{
    return ((const struct ptn_up_staff *)context)->clock_off_s;
}

static const struct ptn_roster *roster(void *context)
{
    return &ptn_relay_country(((const struct ptn_up_staff *)context)->relay)->roster;
}

static const struct ptn_orders *orders(void *context)
{
    return ptn_publish_orders(((const struct ptn_up_staff *)context)->notes);
}

static struct ptn_orders_post self(void *context)
{
    const struct ptn_up_staff *staff = context;
    const struct ptn_bytes origin = ptn_bytes_from_text(ptn_ledger_origin(staff->ledger));
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(roster(context), origin);

    return (struct ptn_orders_post){ .origin = origin,
                                     .former = spare == NULL ? PTN_BYTES_NONE : spare->origin };
}

/* From any thread: the owner of the ledger writes it at its next turn. */
static void note(void *context, struct ptn_bytes payload)
{
    struct ptn_up_staff *staff = context;

    lock(staff);
    if (staff->waiting_count < WAITING_MAX) {
        struct ptn_buffer *record = &staff->waiting[staff->waiting_count];

        ptn_buffer_clear(record);
        if (ptn_ok(ptn_buffer_add(record, payload)))
            staff->waiting_count++;
    }
    unlock(staff);
}

static void append_waiting(struct ptn_up_staff *staff, bool *ret_written)
{
    struct ptn_buffer record;
    struct ptn_status status = PTN_OK;
    uint64_t seq;

    while (ptn_ok(status)) {
        struct ptn_ledger_entry entry = { .kind = PTN_RECORD_STAFF,
                                          .time_ms = staff->world->now_ms(staff->world->context),
                                          .retention =
                                              (uint8_t)ptn_record_retention(PTN_RECORD_STAFF) };

        lock(staff);
        if (staff->waiting_count == 0) {
            unlock(staff);
            return;
        }
        record = staff->waiting[0]; /* others add behind it, and only the owner takes it off */
        unlock(staff);
        entry.payload = ptn_buffer_bytes(&record);
        status = ptn_ledger_append(staff->ledger, &entry, 1, &seq, NULL);
        if (!ptn_ok(status)) /* a disk that is full: at the next turn */
            return;
        lock(staff);
        record = staff->waiting[0];
        staff->waiting_count--;
        for (size_t i = 0; i < staff->waiting_count; i++)
            staff->waiting[i] = staff->waiting[i + 1];
        staff->waiting[staff->waiting_count] = record;
        unlock(staff);
        *ret_written = true;
    }
}

/* ---- notes ---- */

void ptn_up_staff_note(struct ptn_up_staff *staff, struct ptn_bytes bytes,
                       enum ptn_receipt_hand hand, struct ptn_board *board)
{
    const struct ptn_orders_post judged = self(staff);
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX + 64u };
    char path[sizeof(staff->taken)];

    if (ptn_staff_list_looks_like(bytes)) {
        (void)ptn_ok(ptn_staffing_take(staff->staffing, bytes, hand, NULL)); /* it is recorded */
        return;
    }
    if (!ptn_publish_note(staff->notes, ptn_relay_country(staff->relay), &judged, bytes, board))
        return;
    ptn_staffing_judged(staff->staffing);
    if (hand != PTN_RECEIPT_STICK) { /* the keepers have it */
        ptn_publish_keep(staff->world, staff->dir, bytes);
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/orders/%u", staff->dir, staff->kept + 1);
    if (ptn_ok(ptn_apply_file_write(&file, staff->world->now_ms(staff->world->context), hand,
                                    bytes)) &&
        ptn_ok(staff->world->files->replace(staff->world->context, path, ptn_buffer_bytes(&file))))
        staff->kept++;
    ptn_buffer_release(&file);
}

bool ptn_up_staff_stick(struct ptn_up_staff *staff, struct ptn_buffer *ret_note)
{
    const struct ptn_world *world = staff->world;
    const int64_t now_us = world->monotonic_us(world->context);
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX + 64u };
    enum ptn_receipt_hand hand;
    struct ptn_bytes bytes;
    int64_t seen_ms;
    bool found = false;

    if (staff->taken[0] != '\0')
        (void)ptn_ok(world->files->remove(world->context, staff->taken));
    else if (staff->looked_us != 0 && now_us - staff->looked_us < LOOK_US)
        return false;
    staff->taken[0] = '\0';
    staff->looked_us = now_us;
    for (unsigned i = 1; !found && i <= PTN_APPLY_STICK_MAX; i++) {
        (void)snprintf(staff->taken, sizeof(staff->taken), "%s/orders/in-%u", staff->dir, i);
        if (!world->files->exists(world->context, staff->taken))
            continue;
        ptn_buffer_clear(&file);
        found = ptn_ok(world->files->read(world->context, staff->taken, &file)) &&
                ptn_ok(ptn_apply_file_parse(ptn_buffer_bytes(&file), &seen_ms, &hand, &bytes)) &&
                ptn_ok(ptn_buffer_add(ret_note, bytes));
        if (!found)
            (void)ptn_ok(world->files->remove(world->context, staff->taken));
    }
    if (!found)
        staff->taken[0] = '\0';
    ptn_buffer_release(&file);
    return found;
}

void ptn_up_staff_relay(struct ptn_up_staff *staff, const struct ptn_relay *relay)
{
    staff->relay = relay;
}

/* ---- every turn ---- */

void ptn_up_staff_clock(struct ptn_up_staff *staff, struct ptn_relay *relay)
{
    struct ptn_link_push pushes[PUSHES_MAX];
    struct ptn_links *links = ptn_relay_try(relay);
    int64_t off_s = 0;
    size_t count;

    if (links == NULL)
        return;
    count = ptn_links_pushes(links, pushes, PUSHES_MAX);
    ptn_relay_unlock(relay);
    if (!ptn_links_clock(pushes, count, &off_s))
        return;
    lock(staff);
    staff->clock_off_s = off_s;
    unlock(staff);
}

bool ptn_up_staff_turn(struct ptn_up_staff *staff)
{
    bool written = false;

    append_waiting(staff, &written);
    return written;
}

bool ptn_up_staff_signs_in(struct ptn_up_staff *staff)
{
    const struct ptn_staff_standing standing = ptn_staffing_standing(staff->staffing);

    return standing.has_list && !standing.lost;
}

struct ptn_staffing *ptn_up_staff_list(struct ptn_up_staff *staff)
{
    return staff->staffing;
}

/* ---- opening ---- */

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    (void)context;
    (void)index;
    return header->kind == PTN_RECORD_STAFF;
}

static struct ptn_status learn(void *context, uint64_t index,
                               const struct ptn_ledger_header *header,
                               const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    (void)index;
    (void)header;
    (void)reterr;
    if (payload != NULL) /* else it is erased */
        ptn_staffing_learn(context, ptn_buffer_bytes(payload));
    return PTN_OK;
}

/* Orders that a stick brought, in an earlier run. */
static void take_back(struct ptn_up_staff *staff, struct ptn_board *board)
{
    const struct ptn_world *world = staff->world;
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX + 64u };
    char path[sizeof(staff->taken)];
    enum ptn_receipt_hand hand;
    struct ptn_bytes bytes;
    int64_t seen_ms;

    for (;;) {
        (void)snprintf(path, sizeof(path), "%s/orders/%u", staff->dir, staff->kept + 1);
        if (!world->files->exists(world->context, path))
            break;
        staff->kept++;
        ptn_buffer_clear(&file);
        if (ptn_ok(world->files->read(world->context, path, &file)) &&
            ptn_ok(ptn_apply_file_parse(ptn_buffer_bytes(&file), &seen_ms, &hand, &bytes)))
            ptn_up_staff_note(staff, bytes, PTN_RECEIPT_SITE, board);
    }
    ptn_buffer_release(&file);
}

static struct ptn_status begin(struct ptn_up_staff *staff, struct ptn_board *board,
                               struct ptn_diag *reterr)
{
    const struct ptn_ledger_walk walk = { staff->staffing, wants, learn };
    char path[PTN_UP_PATH_SIZE + 32];
    uint64_t size = 0;
    struct ptn_status status = ptn_ledger_size(staff->ledger, &size, reterr);

    if (ptn_ok(status))
        status = ptn_ledger_walk(staff->ledger, 0, size, &walk, reterr);
    (void)snprintf(path, sizeof(path), "%s/orders", staff->dir);
    if (ptn_ok(status) && !staff->world->files->exists(staff->world->context, path))
        status = staff->world->files->make_dir(staff->world->context, path);
    if (ptn_ok(status))
        status = ptn_staffing_begin(staff->staffing);
    if (ptn_ok(status))
        take_back(staff, board);
    return status;
}

struct ptn_status ptn_up_staff_open(const struct ptn_up *up, const struct ptn_up_staff_at *at,
                                    struct ptn_up_staff **ret_staff, struct ptn_diag *reterr)
{
    struct ptn_up_staff *staff = calloc(1, sizeof(*staff));
    struct ptn_staff_host host = { .world = up->world,
                                   .dir = up->dir,
                                   .code = up->plan.code,
                                   .vault = at->vault,
                                   .context = staff,
                                   .lock = lock,
                                   .unlock = unlock,
                                   .clock_off_s = clock_off_s,
                                   .roster = roster,
                                   .orders = orders,
                                   .self = self,
                                   .note = note };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (staff == NULL || at->notes == NULL) {
        free(staff);
        return status;
    }
    staff->world = up->world;
    staff->dir = up->dir;
    staff->ledger = at->ledger;
    staff->relay = at->relay;
    staff->notes = at->notes;
    (void)pthread_mutex_init(&staff->lock, NULL);
    for (size_t i = 0; i < WAITING_MAX; i++)
        ptn_buffer_init(&staff->waiting[i], PTN_RECORD_LEN_MAX);
    status = ptn_staffing_open(&host, &staff->staffing, reterr);
    if (ptn_ok(status))
        status = begin(staff, at->board, reterr);
    if (ptn_ok(status))
        *ret_staff = staff;
    else
        ptn_up_staff_close(staff);
    return status;
}

void ptn_up_staff_close(struct ptn_up_staff *staff)
{
    if (staff == NULL)
        return;
    ptn_staffing_close(staff->staffing);
    for (size_t i = 0; i < WAITING_MAX; i++)
        ptn_buffer_release(&staff->waiting[i]);
    (void)pthread_mutex_destroy(&staff->lock);
    free(staff);
}
