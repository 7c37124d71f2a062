/*
 * main/recover_published.c -- what a wiped centre had published, in the ledger of the one that
 * succeeds it: alerts, orders to leave, editions of lists and rules, byte for byte. A record's name
 * is its digest, so posts that have it know it, and a note that named it still does; a list goes on
 * with its next edition (ROWS-4). Whoever was ordered to leave before the attack is watched by the
 * new centre's own page. What an order voids is left behind with the key that published it
 * (PUBLISH-5).
 */
#include <stdio.h>
#include <stdlib.h>

#include "main/recover_int.h"
#include "node/published.h"
#include "record/record.h"
#include "trust/standing.h"

#define BATCH 32u

/* Records on their way from one ledger to the other. */
struct carrying {
    struct ptn_recover *recover;
    struct ptn_ledger_entry entries[BATCH];
    struct ptn_buffer payloads[BATCH];
    size_t count;
    uint64_t carried, lost, voided;
    uint64_t limit; /* from there on nothing counts */
};

static struct ptn_status flush(struct carrying *carrying, struct ptn_diag *reterr)
{
    uint64_t first = 0;
    struct ptn_status status = PTN_OK;

    if (carrying->count > 0)
        status = ptn_ledger_append(carrying->recover->ledger, carrying->entries, carrying->count,
                                   &first, reterr);
    for (size_t i = 0; i < carrying->count; i++) {
        explicit_bzero(carrying->payloads[i].at, carrying->payloads[i].capacity);
        ptn_buffer_clear(&carrying->payloads[i]);
    }
    carrying->carried += ptn_ok(status) ? carrying->count : 0;
    carrying->count = 0;
    return status;
}

static struct ptn_status take(struct carrying *carrying, struct ptn_copy *copy, uint64_t index,
                              struct ptn_diag *reterr)
{
    const struct ptn_world *world = carrying->recover->world;
    struct ptn_buffer *payload = &carrying->payloads[carrying->count];
    struct ptn_ledger_header header;
    struct ptn_status status = ptn_copy_read(copy, index, &header, NULL, reterr);

    if (!ptn_ok(status) || (header.kind != PTN_RECORD_ALERT && header.kind != PTN_RECORD_LEAVE &&
                            header.kind != PTN_RECORD_LIST && header.kind != PTN_RECORD_RULES &&
                            header.kind != PTN_RECORD_PERMITS && header.kind != PTN_RECORD_STAYS))
        return status;
    if (index >= carrying->limit) {
        carrying->voided++;
        return PTN_OK;
    }
    status = ptn_copy_open_payload(copy, carrying->recover->vault, index, &header, payload, reterr);
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_CORRUPT) {
        ptn_buffer_clear(payload);
        carrying->lost++;
        return PTN_OK;
    }
    if (!ptn_ok(status))
        return status;
    carrying->entries[carrying->count++] = (struct ptn_ledger_entry){
        .kind = header.kind,
        .time_ms = world->now_ms(world->context),
        .retention = (uint8_t)ptn_record_retention((enum ptn_record_kind)header.kind),
        .payload = ptn_buffer_bytes(payload)
    };
    return carrying->count == BATCH ? flush(carrying, reterr) : PTN_OK;
}

/* From which size on an order that keepers hold says that the former ledger counts no more. */
static struct ptn_status find_limit(struct carrying *carrying)
{
    struct ptn_recover *recover = carrying->recover;
    const struct ptn_roster *roster = &ptn_relay_country(recover->relay)->roster;
    const struct ptn_orders_post self = { .origin = ptn_bytes_from_text(recover->plan.origin),
                                          .former = ptn_bytes_from_text(recover->former) };
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_buffer note = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = { orders == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    struct ptn_vkey key;
    struct ptn_bytes origin;
    uint64_t index;

    while (ptn_ok(status) && ptn_ok(ptn_follow_note(follow, &origin, &index, &note))) {
        struct ptn_hash name;
        bool new = false;

        if (ptn_orders_add(orders, roster, ptn_buffer_bytes(&note),
                           recover->world->now_ms(recover->world->context), &name, &new, NULL)
                .code == PTN_C_NO_MEMORY)
            status.code = PTN_C_NO_MEMORY;
        ptn_buffer_clear(&note);
    }
    ptn_relay_unlock(recover->relay);
    carrying->limit = PTN_TREE_SIZE_MAX;
    if (ptn_ok(status) && ptn_roster_ledger_key(roster, self.former, &key)) {
        (void)ptn_orders_judge(orders, roster, &self);
        carrying->limit = ptn_orders_void_after(orders, key.public_key);
    }
    ptn_buffer_release(&note);
    ptn_orders_free(orders);
    return status;
}

static struct ptn_status walk(struct carrying *carrying, struct ptn_diag *reterr)
{
    struct ptn_recover *recover = carrying->recover;
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    struct ptn_copy *copy = ptn_follow_copy(follow, ptn_bytes_from_text(recover->former));
    struct ptn_copy_standing standing = { 0 };
    struct ptn_status status = PTN_OK;

    if (copy != NULL)
        ptn_copy_standing(copy, &standing);
    for (uint64_t index = 0; ptn_ok(status) && index < standing.size; index++)
        status = take(carrying, copy, index, reterr);
    ptn_relay_unlock(recover->relay);
    return ptn_ok(status) ? flush(carrying, reterr) : status;
}

struct ptn_status ptn_recover_published(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct carrying *carrying = calloc(1, sizeof(*carrying));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (carrying == NULL)
        return status;
    carrying->recover = recover;
    for (size_t i = 0; i < BATCH; i++)
        ptn_buffer_init(&carrying->payloads[i], PTN_PAYLOAD_LEN_MAX);
    status = ptn_country_seal(recover->world, recover->dir, recover->ledger, reterr);
    if (ptn_ok(status))
        status = find_limit(carrying);
    if (ptn_ok(status))
        status = walk(carrying, reterr);
    if (ptn_ok(status) && carrying->carried + carrying->lost > 0)
        (void)printf("alerts, orders to leave, lists, rules, permits and stays: %llu records "
                     "carried over, %llu do "
                     "not open\n",
                     (unsigned long long)carrying->carried, (unsigned long long)carrying->lost);
    if (ptn_ok(status) && carrying->voided > 0)
        (void)printf("%llu more are void from entry %llu on, by an order, and left behind\n",
                     (unsigned long long)carrying->voided, (unsigned long long)carrying->limit);
    recover->whole = recover->whole && carrying->lost == 0;
    for (size_t i = 0; i < BATCH; i++)
        ptn_buffer_release(&carrying->payloads[i]);
    free(carrying);
    return status;
}
