/* node/permit_slots.c -- see permit_slots_int.h. */
#include "node/permit_slots_int.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "vault/seal.h"

#define DOMAIN     "postern permits 1\n"
#define STRETCH    1000u
#define OF_ONE_MAX 32u  /* slots of one document that are kept while it is asked: the last ones */
#define OPENED_MAX 256u /* that are opened */

static const uint8_t retention = PTN_RETENTION_REPORT;

/* ---- keys ---- */

static struct ptn_status stretch(struct ptn_hasher *hasher, const struct ptn_person *person,
                                 const uint8_t salt[PTN_SHA256_LEN],
                                 uint8_t ret_secret[PTN_SHA256_LEN])
{
    char birth[PTN_DATE_TEXT_SIZE];
    char expiry[PTN_DATE_TEXT_SIZE];
    const struct ptn_bytes first[] = {
        PTN_BYTES_LITERAL(DOMAIN),
        ptn_bytes_of(salt, PTN_SHA256_LEN),
        ptn_bytes_from_text(person->document.issuer),
        PTN_BYTES_LITERAL("|"),
        person->document.number,
        PTN_BYTES_LITERAL("|"),
        ptn_bytes_from_text(ptn_date_write(person->birth, birth)),
        PTN_BYTES_LITERAL("|"),
        ptn_bytes_from_text(ptn_date_write(person->document.expiry, expiry)),
    };
    struct ptn_status status =
        ptn_hasher_digest(hasher, first, sizeof(first) / sizeof(first[0]), ret_secret);

    for (unsigned i = 0; ptn_ok(status) && i < STRETCH; i++) {
        const struct ptn_bytes again = ptn_bytes_of(ret_secret, PTN_SHA256_LEN);

        status = ptn_hasher_digest(hasher, &again, 1, ret_secret);
    }
    return status;
}

static struct ptn_status derive(struct ptn_hasher *hasher, const char *what,
                                const uint8_t secret[PTN_SHA256_LEN],
                                uint8_t ret_key[PTN_SHA256_LEN])
{
    const struct ptn_bytes parts[] = { ptn_bytes_from_text(what),
                                       ptn_bytes_of(secret, PTN_SHA256_LEN) };

    return ptn_hasher_digest(hasher, parts, 2, ret_key);
}

struct ptn_status ptn_permit_key_of(const struct ptn_person *person,
                                    const uint8_t salt[PTN_SHA256_LEN],
                                    struct ptn_permit_key *ret_key)
{
    struct ptn_hasher *hasher;
    uint8_t secret[PTN_SHA256_LEN];
    uint8_t tag[PTN_SHA256_LEN];
    struct ptn_status status;

    if (person->document.issuer[0] == '\0' || person->document.number.len == 0 ||
        person->birth.year == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    hasher = ptn_hasher_new();
    if (hasher == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = stretch(hasher, person, salt, secret);
    if (ptn_ok(status))
        status = derive(hasher, "tag", secret, tag);
    if (ptn_ok(status))
        status = derive(hasher, "key", secret, ret_key->key);
    if (ptn_ok(status))
        memcpy(ret_key->tag, tag, sizeof(ret_key->tag));
    explicit_bzero(secret, sizeof(secret));
    ptn_hasher_free(hasher);
    return status;
}

/* ---- slots ---- */

static struct ptn_epoch epoch_of(const struct ptn_permit_key *key)
{
    struct ptn_epoch epoch = { .scheme = 1, .retention = retention };

    memcpy(epoch.key, key->key, sizeof(epoch.key));
    return epoch;
}

struct bound {
    uint8_t at[sizeof(DOMAIN) - 1 + PTN_PERMIT_TAG_LEN];
};

static struct bound bound_to(const uint8_t *tag)
{
    struct bound bound;

    memcpy(bound.at, DOMAIN, sizeof(DOMAIN) - 1);
    memcpy(bound.at + sizeof(DOMAIN) - 1, tag, PTN_PERMIT_TAG_LEN);
    return bound;
}

struct ptn_status ptn_permit_slot_write(const struct ptn_world *world,
                                        const struct ptn_permit_key *key,
                                        const struct ptn_permit *permit, struct ptn_buffer *out)
{
    struct ptn_epoch epoch = epoch_of(key);
    struct bound bound = bound_to(key->tag);
    struct ptn_permit bare = *permit;
    struct ptn_buffer plain = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_buffer sealed = { .len_max = UINT16_MAX - PTN_COMMITMENT_LEN };
    uint8_t commitment[PTN_COMMITMENT_LEN];
    size_t len = out->len;
    struct ptn_status status;

    bare.person = (struct ptn_person){ .birth = permit->person.birth };
    memcpy(bare.person.document.issuer, permit->person.document.issuer,
           sizeof(bare.person.document.issuer));
    bare.person.document.number = permit->person.document.number;
    bare.person.document.expiry = permit->person.document.expiry;
    status = ptn_permit_write(&bare, &plain);
    if (ptn_ok(status))
        status = ptn_seal(world, &epoch, ptn_bytes_of(bound.at, sizeof(bound.at)),
                          ptn_buffer_bytes(&plain), &sealed, commitment);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(key->tag, sizeof(key->tag)));
    if (ptn_ok(status))
        status = ptn_buffer_add_u16(out, (uint16_t)(PTN_COMMITMENT_LEN + sealed.len));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(commitment, sizeof(commitment)));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_buffer_bytes(&sealed));
    if (!ptn_ok(status))
        out->len = len;
    if (plain.at != NULL)
        explicit_bzero(plain.at, plain.capacity);
    ptn_buffer_release(&plain);
    ptn_buffer_release(&sealed);
    ptn_epoch_forget(&epoch);
    return status;
}

struct ptn_status ptn_permit_slot_next(struct ptn_cursor *cursor, struct ptn_permit_slot *ret_slot)
{
    struct ptn_bytes tag = PTN_BYTES_NONE;
    struct ptn_bytes commitment = PTN_BYTES_NONE;
    struct ptn_bytes sealed = PTN_BYTES_NONE;
    uint16_t len = 0;

    if (cursor->next == cursor->bytes.len)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (!ptn_ok(ptn_cursor_take(cursor, PTN_PERMIT_TAG_LEN, &tag)) ||
        !ptn_ok(ptn_cursor_take_u16(cursor, &len)) || len <= PTN_COMMITMENT_LEN ||
        !ptn_ok(ptn_cursor_take(cursor, PTN_COMMITMENT_LEN, &commitment)) ||
        !ptn_ok(ptn_cursor_take(cursor, len - PTN_COMMITMENT_LEN, &sealed)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_slot = (struct ptn_permit_slot){ tag.at, commitment.at, sealed };
    return PTN_OK;
}

struct ptn_status ptn_permit_slot_open(const struct ptn_permit_key *key,
                                       const struct ptn_permit_slot *slot, struct ptn_buffer *out)
{
    struct ptn_epoch epoch = epoch_of(key);
    struct bound bound = bound_to(slot->tag);
    struct ptn_status status = ptn_unseal_with(&epoch, ptn_bytes_of(bound.at, sizeof(bound.at)),
                                               slot->commitment, slot->sealed, out, NULL);

    ptn_epoch_forget(&epoch);
    return status.code == PTN_C_NO_MEMORY || ptn_ok(status) ? status
                                                            : (struct ptn_status){ PTN_C_CORRUPT };
}

/* ---- all of them ---- */

struct entry {
    struct ptn_permit_slot slot; /* views of bytes */
    uint32_t order;              /* of the ledger */
    uint8_t salt;                /* which */
    bool confirmed;
};

struct ptn_permit_slots {
    atomic_uint users;
    struct entry *at; /* by tag, then in the order of the ledger */
    size_t count;
    uint8_t *bytes; /* Owned */
    uint8_t salts[PTN_PERMIT_SALTS][PTN_SHA256_LEN];
    size_t salt_count;
};

static int by_tag(const void *a, const void *b)
{
    const struct entry *first = a;
    const struct entry *second = b;
    int order = memcmp(first->slot.tag, second->slot.tag, PTN_PERMIT_TAG_LEN);

    if (order != 0)
        return order;
    return first->order < second->order ? -1 : first->order > second->order;
}

static void free_slots(struct ptn_permit_slots *slots)
{
    if (slots == NULL)
        return;
    free(slots->at);
    free(slots->bytes);
    free(slots);
}

/* Its number; PTN_PERMIT_SALTS: there is no room for another. */
static size_t salt_of(struct ptn_permit_slots *slots, const uint8_t *salt)
{
    size_t i = 0;

    while (i < slots->salt_count && memcmp(slots->salts[i], salt, PTN_SHA256_LEN) != 0)
        i++;
    if (i == slots->salt_count && i < PTN_PERMIT_SALTS) {
        memcpy(slots->salts[i], salt, PTN_SHA256_LEN);
        slots->salt_count++;
    }
    return i;
}

static size_t count_slots(struct ptn_bytes bytes)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_permit_slot slot;
    size_t count = 0;

    while (ptn_ok(ptn_permit_slot_next(&cursor, &slot)))
        count++;
    return count;
}

static void add_part(struct ptn_permit_slots *slots, const struct ptn_permit_slots_part *part,
                     uint8_t *bytes)
{
    size_t salt = salt_of(slots, part->salt);
    struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_of(bytes, part->slots.len));
    struct ptn_permit_slot slot;

    if (salt == PTN_PERMIT_SALTS)
        return;
    while (ptn_ok(ptn_permit_slot_next(&cursor, &slot))) {
        slots->at[slots->count] = (struct entry){ .slot = slot,
                                                  .order = (uint32_t)slots->count,
                                                  .salt = (uint8_t)salt,
                                                  .confirmed = part->confirmed };
        slots->count++;
    }
}

struct ptn_status ptn_permit_slots_make(const struct ptn_permit_slots_part *parts, size_t count,
                                        struct ptn_permit_slots **ret_slots)
{
    struct ptn_permit_slots *slots = calloc(1, sizeof(*slots));
    size_t len = 0;
    size_t room = 0;

    if (slots == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    atomic_init(&slots->users, 1);
    for (size_t i = 0; i < count; i++) {
        len += parts[i].slots.len;
        room += count_slots(parts[i].slots);
    }
    slots->bytes = malloc(len + 1);
    slots->at = calloc(room + 1, sizeof(*slots->at));
    if (slots->bytes == NULL || slots->at == NULL) {
        free_slots(slots);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    len = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].slots.len > 0)
            memcpy(slots->bytes + len, parts[i].slots.at, parts[i].slots.len);
        add_part(slots, &parts[i], slots->bytes + len);
        len += parts[i].slots.len;
    }
    qsort(slots->at, slots->count, sizeof(*slots->at), by_tag);
    *ret_slots = slots;
    return PTN_OK;
}

struct ptn_permit_slots *ptn_permit_slots_hold(struct ptn_permit_slots *slots)
{
    if (slots != NULL)
        (void)atomic_fetch_add(&slots->users, 1);
    return slots;
}

void ptn_permit_slots_leave(struct ptn_permit_slots *slots)
{
    if (slots != NULL && atomic_fetch_sub(&slots->users, 1) == 1)
        free_slots(slots);
}

/* ---- asking ---- */

/* Those of one document, opened. */
struct opened {
    size_t count;
    struct {
        struct ptn_permit permit; /* views of bytes */
        uint32_t order;
    } at[OF_ONE_MAX];
    struct ptn_buffer bytes[OF_ONE_MAX];
};

static size_t lower_bound(const struct ptn_permit_slots *slots, const uint8_t *tag)
{
    size_t low = 0;
    size_t high = slots->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(slots->at[middle].slot.tag, tag, PTN_PERMIT_TAG_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A valid one that no note names counts for nothing, and takes no room from one that counts. */
static bool is_wanted(const struct ptn_permit *permit, bool confirmed, bool raw)
{
    return raw || confirmed || permit->status == PTN_PERMIT_WITHDRAWN;
}

/* The last ones that count, in the ledger's order: what falls out is older than all that stays, so
 * that no withdrawal goes before what it ends. TOO_BIG. */
static struct ptn_status open_some(const struct ptn_permit_slots *slots, size_t salt,
                                   const struct ptn_permit_key *key, bool raw,
                                   struct opened *opened)
{
    size_t first = lower_bound(slots, key->tag);
    size_t end = first;
    struct ptn_status status = PTN_OK;

    while (end < slots->count && memcmp(slots->at[end].slot.tag, key->tag, PTN_PERMIT_TAG_LEN) == 0)
        end++;
    if (end - first > OPENED_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    for (size_t i = end; ptn_ok(status) && i > first && opened->count < OF_ONE_MAX; i--) {
        const struct entry *entry = &slots->at[i - 1];
        struct ptn_buffer *bytes = &opened->bytes[opened->count];
        struct ptn_permit *permit = &opened->at[opened->count].permit;

        if (entry->salt != salt)
            continue;
        ptn_buffer_clear(bytes);
        status = ptn_permit_slot_open(key, &entry->slot, bytes);
        if (status.code == PTN_C_CORRUPT) { /* it was not made for this document */
            status = PTN_OK;
        } else if (ptn_ok(status) &&
                   ptn_ok(ptn_permit_parse(ptn_buffer_bytes(bytes), permit, NULL)) &&
                   is_wanted(permit, entry->confirmed, raw)) {
            opened->at[opened->count].order = entry->order;
            opened->count++;
        }
    }
    return status;
}

static bool same_permit(const struct ptn_permit *a, const struct ptn_permit *b)
{
    return strcmp(a->issuer, b->issuer) == 0 && ptn_bytes_equal(a->number, b->number);
}

/* Whether this one is how its permit stands: none that counts is behind it. */
static bool stands(const struct opened *opened, size_t index)
{
    for (size_t i = 0; i < opened->count; i++)
        if (opened->at[i].order > opened->at[index].order &&
            same_permit(&opened->at[i].permit, &opened->at[index].permit))
            return false;
    return true;
}

struct ptn_status ptn_permit_slots_each(const struct ptn_permit_slots *slots,
                                        const struct ptn_person *person, bool raw,
                                        ptn_permit_slots_fn take, void *context)
{
    struct opened *opened;
    struct ptn_permit_key key;
    struct ptn_status status = PTN_OK;

    if (slots == NULL || slots->count == 0)
        return PTN_OK;
    opened = calloc(1, sizeof(*opened));
    if (opened == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < OF_ONE_MAX; i++)
        ptn_buffer_init(&opened->bytes[i], PTN_RECORD_LEN_MAX);
    for (size_t salt = 0; ptn_ok(status) && salt < slots->salt_count; salt++) {
        status = ptn_permit_key_of(person, slots->salts[salt], &key);
        if (ptn_ok(status))
            status = open_some(slots, salt, &key, raw, opened);
    }
    for (size_t i = 0; ptn_ok(status) && i < opened->count; i++)
        if (stands(opened, i))
            status = take(context, &opened->at[i].permit);
    if (status.code == PTN_C_TOO_BIG)
        status = take(context, NULL);
    for (size_t i = 0; i < OF_ONE_MAX; i++) {
        if (opened->bytes[i].at != NULL)
            explicit_bzero(opened->bytes[i].at, opened->bytes[i].capacity);
        ptn_buffer_release(&opened->bytes[i]);
    }
    explicit_bzero(&key, sizeof(key));
    free(opened);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}
