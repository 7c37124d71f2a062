#include "ledger/payload_int.h"

#include "ledger/ledger_int.h"
#include "record/notice.h"

#define ARENA_SIZE ((size_t)256 << 10) /* an epoch record's boxes */
#define BOUND_MAX  1024u

void ptn_opener_forget(struct ptn_opener *opener)
{
    for (unsigned i = 0; i < PTN_OPENER_EPOCH_COUNT; i++)
        ptn_epoch_forget(&opener->epochs[i]);
}

static bool is_public(const struct ptn_ledger_header *header)
{
    return header->retention == PTN_RETENTION_PUBLIC;
}

/* The key out of whichever box the vault has the private half for. */
static struct ptn_status unbox(const struct ptn_vault *vault, const struct ptn_record_epoch *record,
                               struct ptn_epoch *epoch, struct ptn_diag *reterr)
{
    struct ptn_status status = { PTN_C_NOT_FOUND };
    bool damaged = false;

    if (record->day != epoch->day || record->retention != epoch->retention)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "a payload names the epoch of another day or class");
    for (size_t i = 0; !ptn_ok(status) && i < record->box_count; i++) {
        status = ptn_epoch_unbox(vault, record->boxes[i].reader, record->boxes[i].sealed, epoch);
        damaged = damaged || status.code == PTN_C_CORRUPT;
    }
    if (ptn_ok(status))
        return status;
    return damaged ? ptn_fail(PTN_C_CORRUPT, reterr, 0, "an epoch's box does not open")
                   : ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no reading key here opens the payload");
}

/* The bytes of an epoch entry, checked against its header, to its key. */
static struct ptn_status read_epoch(struct ptn_opener *opener,
                                    const struct ptn_ledger_header *header, struct ptn_bytes sealed,
                                    struct ptn_epoch *epoch, struct ptn_diag *reterr)
{
    struct ptn_arena *arena;
    struct ptn_record_epoch record;
    struct ptn_buffer bytes;
    struct ptn_status status;

    if (header->kind != PTN_RECORD_EPOCH || !is_public(header))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a payload names an entry that is no epoch");
    status = ptn_ledger_check_sealed(opener->hasher, header, sealed, reterr);
    if (!ptn_ok(status))
        return status;
    arena = ptn_arena_new(ARENA_SIZE);
    if (arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an epoch");
    ptn_buffer_init(&bytes, PTN_RECORD_LEN_MAX);
    status = ptn_unseal_nothing(header->commitment, sealed, &bytes, reterr);
    if (ptn_ok(status))
        status = ptn_record_epoch_parse(ptn_buffer_bytes(&bytes), arena, &record, reterr);
    if (ptn_ok(status))
        status = unbox(opener->vault, &record, epoch, reterr);
    else if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "a payload names an entry that is no epoch");
    ptn_buffer_release(&bytes);
    ptn_arena_free(arena);
    return status;
}

/* The epoch that a payload of scheme 2 names. */
static struct ptn_status find_epoch(struct ptn_opener *opener, uint64_t index,
                                    const struct ptn_sealed *parts,
                                    const struct ptn_epoch **ret_epoch, struct ptn_diag *reterr)
{
    struct ptn_epoch epoch = {
        .scheme = 2, .retention = parts->retention, .day = parts->day, .entry = parts->entry
    };
    struct ptn_ledger_header header = { 0 };
    struct ptn_buffer sealed;
    struct ptn_status status;

    for (unsigned i = 0; i < PTN_OPENER_EPOCH_COUNT; i++) {
        const struct ptn_epoch *known = &opener->epochs[i];

        if (known->scheme == 2 && known->entry == parts->entry && known->day == parts->day &&
            known->retention == parts->retention) {
            *ret_epoch = known;
            return PTN_OK;
        }
    }
    if (parts->entry >= index)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a payload names an epoch that comes after it");
    ptn_buffer_init(&sealed, PTN_RECORD_LEN_MAX + PTN_SEAL_OVERHEAD);
    status = opener->get(opener->context, parts->entry, &header, &sealed, reterr);
    if (ptn_ok(status))
        status = read_epoch(opener, &header, ptn_buffer_bytes(&sealed), &epoch, reterr);
    ptn_buffer_release(&sealed);
    if (status.code == PTN_C_NOT_FOUND && opener->dir != NULL &&
        ptn_ok(ptn_epoch_recall(opener->world, opener->dir, ptn_bytes_from_text(opener->origin),
                                &epoch)))
        status = PTN_OK;
    if (ptn_ok(status)) {
        opener->epochs[opener->next] = epoch;
        *ret_epoch = &opener->epochs[opener->next];
        opener->next = (opener->next + 1) % PTN_OPENER_EPOCH_COUNT;
    }
    ptn_epoch_forget(&epoch);
    return status;
}

struct ptn_status ptn_opener_open(struct ptn_opener *opener, uint64_t index,
                                  const struct ptn_ledger_header *header, struct ptn_bytes sealed,
                                  struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    const struct ptn_epoch *epoch = NULL;
    struct ptn_sealed parts = { 0 };
    struct ptn_buffer bound;
    struct ptn_status status = ptn_ledger_check_sealed(opener->hasher, header, sealed, reterr);

    if (ptn_ok(status))
        status = ptn_sealed_parse(sealed, &parts, reterr);
    if (ptn_ok(status) && (parts.scheme == 0) != is_public(header))
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0,
                          parts.scheme == 0 ? "a payload is not sealed and should be"
                                            : "a public payload is sealed");
    if (!ptn_ok(status))
        return status;
    if (parts.scheme == 0)
        return ptn_unseal_nothing(header->commitment, sealed, payload, reterr);
    if (opener->vault == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "payloads open only with the node's key");
    if (parts.scheme == 2)
        status = find_epoch(opener, index, &parts, &epoch, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_buffer_init(&bound, BOUND_MAX);
    status = ptn_ledger_bind(&bound, opener->origin, index, header);
    if (!ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0, "no memory to open a payload");
    else if (epoch != NULL)
        status = ptn_unseal_with(epoch, ptn_buffer_bytes(&bound), header->commitment, sealed,
                                 payload, reterr);
    else
        status = ptn_unseal(opener->vault, ptn_buffer_bytes(&bound), header->commitment, sealed,
                            payload, reterr);
    ptn_buffer_release(&bound);
    return status;
}
