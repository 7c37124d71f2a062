#include "ledger/readers_int.h"

#include "ledger/ledger_int.h"

#include <stdlib.h>

#define MS_PER_DAY     86400000
#define EPOCHS_KEPT    64u /* days and classes that a writer goes on sealing under */
#define READER_MAX     PTN_RECORD_EPOCH_BOX_MAX
#define RECORD_LEN_MAX ((size_t)64 << 20)

void ptn_sealing_init(struct ptn_sealing *sealing)
{
    ptn_buffer_init(&sealing->record_bytes, RECORD_LEN_MAX);
}

void ptn_sealing_release(struct ptn_sealing *sealing)
{
    for (size_t i = 0; i < sealing->epoch_count; i++)
        ptn_epoch_forget(&sealing->epochs[i]);
    free(sealing->epochs);
    free(sealing->records);
    free(sealing->keys);
    ptn_buffer_release(&sealing->record_bytes);
}

/* ---- readers ---- */

/* The number of a reader is that of its first row. */
static size_t number_of(const struct ptn_ledger_reader *readers, size_t row)
{
    size_t first = 0;

    while (!ptn_bytes_equal(readers[first].reader, readers[row].reader))
        first++;
    return first;
}

static void forget_epochs(struct ptn_sealing *sealing, size_t kept)
{
    for (size_t i = kept; i < sealing->epoch_count; i++)
        ptn_epoch_forget(&sealing->epochs[i]);
    sealing->epoch_count = kept;
}

struct ptn_status ptn_ledger_readers(struct ptn_ledger *ledger,
                                     const struct ptn_ledger_reader *readers, size_t count,
                                     struct ptn_diag *reterr)
{
    struct ptn_sealing *sealing = &ledger->sealing;
    struct ptn_sealing_key *keys = calloc(count + 1, sizeof(*keys));
    size_t key_count = 0;
    size_t reader_count = 0;
    size_t own_count = 0;

    if (keys == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the readers");
    for (size_t i = 0; i < count; i++) {
        size_t number = number_of(readers, i);

        reader_count += number == i ? 1 : 0;
        own_count += number == i && readers[i].own ? 1 : 0;
        if (!ptn_reading_usable(readers[i].key))
            continue;
        keys[key_count].reader = number;
        keys[key_count].month = ptn_date_month_number(readers[i].month);
        keys[key_count].own = readers[i].own;
        keys[key_count].classes = readers[i].classes;
        memcpy(keys[key_count].key, readers[i].key, PTN_READING_KEY_LEN);
        key_count++;
    }
    if (reader_count > READER_MAX) {
        free(keys);
        return ptn_fail(PTN_C_TOO_BIG, reterr, READER_MAX, "too many readers");
    }
    forget_epochs(sealing, 0);
    free(sealing->keys);
    sealing->keys = keys;
    sealing->key_count = key_count;
    sealing->reader_count = reader_count;
    sealing->own_count = own_count;
    sealing->lack = (struct ptn_ledger_lack){ 0 };
    return PTN_OK;
}

struct ptn_ledger_lack ptn_ledger_readers_lack(const struct ptn_ledger *ledger)
{
    return ledger->sealing.lack;
}

/* How far a key's month is from the one wanted; the nearest is taken. Earlier before later: a month
 * that is over is no secret any more to whoever will lose its key last. */
static uint32_t distance(uint32_t month, uint32_t wanted)
{
    return month <= wanted ? wanted - month : UINT32_MAX / 2 + (month - wanted);
}

/* The best key of each reader, or of each but the node itself. *ret_lack says what is not as it
 * should be. */
static size_t choose(const struct ptn_sealing *sealing, const struct ptn_epoch *epoch,
                     uint32_t month, bool without_own,
                     const struct ptn_sealing_key *chosen[READER_MAX],
                     struct ptn_ledger_lack *ret_lack)
{
    size_t count = 0;
    size_t others = 0; /* readers of other classes */

    for (size_t i = 0; i < sealing->key_count; i++) {
        const struct ptn_sealing_key *key = &sealing->keys[i];
        size_t slot = 0;

        if (key->own && without_own)
            continue;
        if (key->classes != 0 && (key->classes >> epoch->retention & 1u) == 0) {
            bool before = false; /* another of the same reader was passed over */

            for (size_t k = 0; k < i; k++)
                before = before || sealing->keys[k].reader == key->reader;
            others += before ? 0 : 1;
            continue;
        }
        while (slot < count && chosen[slot]->reader != key->reader)
            slot++;
        if (slot == count)
            chosen[count++] = key;
        else if (distance(key->month, month) < distance(chosen[slot]->month, month))
            chosen[slot] = key;
    }
    *ret_lack = (struct ptn_ledger_lack){ .left_out = sealing->reader_count - count - others -
                                                      (without_own ? sealing->own_count : 0) };
    for (size_t i = 0; i < count; i++)
        ret_lack->other_month += chosen[i]->month != month ? 1 : 0;
    return count;
}

/* ---- epochs ---- */

/* The epoch's key boxed for each reader once. */
static size_t box(const struct ptn_world *world, const struct ptn_epoch *epoch,
                  const struct ptn_sealing_key *const *chosen, size_t count,
                  struct ptn_record_epoch_box boxes[READER_MAX])
{
    size_t boxed = 0;

    for (size_t i = 0; i < count; i++) {
        struct ptn_record_epoch_box *next = &boxes[boxed];
        bool twice = false;

        for (size_t k = 0; k < boxed; k++)
            twice = twice || memcmp(boxes[k].reader, chosen[i]->key, PTN_READING_KEY_LEN) == 0;
        if (twice || !ptn_ok(ptn_epoch_box(world, epoch, chosen[i]->key, next->sealed)))
            continue;
        memcpy(next->reader, chosen[i]->key, PTN_READING_KEY_LEN);
        boxed++;
    }
    return boxed;
}

/* Room for one more epoch. What grows is moved by hand: realloc would leave a copy of the keys. */
static struct ptn_status make_room(struct ptn_sealing *sealing)
{
    size_t max = sealing->epoch_max == 0 ? EPOCHS_KEPT : 2 * sealing->epoch_max;
    struct ptn_sealing_record *records;
    struct ptn_epoch *epochs;

    if (sealing->epoch_count < sealing->epoch_max)
        return PTN_OK;
    records = realloc(sealing->records, max * sizeof(*records));
    if (records == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    sealing->records = records;
    epochs = calloc(max, sizeof(*epochs));
    if (epochs == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < sealing->epoch_count; i++) {
        epochs[i] = sealing->epochs[i];
        ptn_epoch_forget(&sealing->epochs[i]);
    }
    free(sealing->epochs);
    sealing->epochs = epochs;
    sealing->epoch_max = max;
    return PTN_OK;
}

static bool is_forgotten(const struct ptn_sealing *sealing, uint8_t retention)
{
    return retention < 32 && (sealing->forgets >> retention & 1u) != 0;
}

/* A locked node that nobody else's key serves, or that is its own only reader, cannot derive a key
 * of scheme 1: it boxes the epoch for its storage key. LOCK-5. */
static size_t box_for_itself(const struct ptn_ledger *ledger, const struct ptn_epoch *epoch,
                             struct ptn_record_epoch_box boxes[READER_MAX])
{
    const uint8_t *storage = ptn_vault_storage_key(ledger->vault);

    if (!ptn_vault_locked(ledger->vault) ||
        !ptn_ok(ptn_epoch_box(ledger->world, epoch, storage, boxes[0].sealed)))
        return 0;
    memcpy(boxes[0].reader, storage, PTN_READING_KEY_LEN);
    return 1;
}

/* Box an epoch for whoever is to have it. Returns how many have. SEAL-3. */
static size_t box_for_readers(struct ptn_sealing *sealing, const struct ptn_ledger *ledger,
                              uint32_t month, const struct ptn_epoch *epoch,
                              struct ptn_record_epoch_box boxes[READER_MAX])
{
    const struct ptn_sealing_key *chosen[READER_MAX];
    struct ptn_ledger_lack *lack = &sealing->lack;
    char dir[PTN_LEDGER_PATH_SIZE];
    size_t count = 0;

    if (is_forgotten(sealing, epoch->retention)) {
        count = choose(sealing, epoch, month, true, chosen, lack);
        count = box(ledger->world, epoch, chosen, count, boxes);
    }
    if (count > 0) { /* others have it: the node keeps it aside until it forgets it */
        lack->unkept = !ptn_ledger_dir(ledger, dir) ||
                       !ptn_ok(ptn_epoch_keep(ledger->world, dir,
                                              ptn_bytes_from_text(ledger->origin), epoch, NULL));
        return count;
    }
    count = choose(sealing, epoch, month, false, chosen, lack);
    count = box(ledger->world, epoch, chosen, count, boxes);
    lack->alone = count == 0 && sealing->reader_count > 0;
    return count > 0 ? count : box_for_itself(ledger, epoch, boxes);
}

/* A new epoch and its record. Without anybody to seal to there is none, which is no failure. */
static struct ptn_status add_epoch(struct ptn_sealing *sealing, const struct ptn_ledger *ledger,
                                   const struct ptn_ledger_entry *entry, size_t needed_by)
{
    struct ptn_record_epoch_box *boxes = calloc(READER_MAX, sizeof(*boxes));
    struct ptn_record_epoch record = { .day = (uint64_t)(entry->time_ms / MS_PER_DAY),
                                       .retention = entry->retention,
                                       .boxes = boxes };
    const uint64_t index = ledger->range.size + (sealing->epoch_count - sealing->kept);
    const size_t at = sealing->record_bytes.len;
    struct ptn_epoch *epoch;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (boxes != NULL)
        status = make_room(sealing);
    if (!ptn_ok(status)) {
        free(boxes);
        return status;
    }
    epoch = &sealing->epochs[sealing->epoch_count];
    ptn_epoch_new(ledger->world, (uint32_t)record.day, entry->retention, index, epoch);
    record.box_count = box_for_readers(
        sealing, ledger, ptn_date_month_number(ptn_instant_date(entry->time_ms)), epoch, boxes);
    if (record.box_count > 0)
        status = ptn_record_epoch_write(&record, &sealing->record_bytes);
    free(boxes);
    if (!ptn_ok(status) || record.box_count == 0) {
        ptn_epoch_forget(epoch);
        return status;
    }
    sealing->records[sealing->epoch_count - sealing->kept] =
        (struct ptn_sealing_record){ needed_by, at, sealing->record_bytes.len - at };
    sealing->epoch_count++;
    return PTN_OK;
}

struct ptn_status ptn_sealing_begin(struct ptn_sealing *sealing, const struct ptn_ledger *ledger,
                                    const struct ptn_ledger_entry *entries, size_t count,
                                    size_t *ret_ahead)
{
    const bool boxes = sealing->reader_count > 0 || ptn_vault_locked(ledger->vault);
    struct ptn_status status = PTN_OK;

    if (sealing->epoch_count > EPOCHS_KEPT) { /* old days; one that is needed again is made anew */
        const size_t gone = sealing->epoch_count - EPOCHS_KEPT / 2;

        memmove(sealing->epochs, sealing->epochs + gone,
                (sealing->epoch_count - gone) * sizeof(sealing->epochs[0]));
        forget_epochs(sealing, sealing->epoch_count - gone);
    }
    sealing->kept = sealing->epoch_count;
    ptn_buffer_clear(&sealing->record_bytes);
    for (size_t i = 0; boxes && ptn_ok(status) && i < count; i++) {
        const struct ptn_ledger_entry *entry = &entries[i];

        if (entry->payload.len == 0 || entry->retention == PTN_RETENTION_PUBLIC ||
            ptn_sealing_epoch(sealing, (uint32_t)(entry->time_ms / MS_PER_DAY), entry->retention) !=
                NULL)
            continue;
        status = add_epoch(sealing, ledger, entry, i);
    }
    if (ptn_ok(status))
        *ret_ahead = sealing->epoch_count - sealing->kept;
    else
        ptn_sealing_end(sealing, false);
    return status;
}

struct ptn_ledger_entry ptn_sealing_entry(const struct ptn_sealing *sealing,
                                          const struct ptn_ledger_entry *entries, size_t nth)
{
    const struct ptn_sealing_record *record = &sealing->records[nth];
    const struct ptn_ledger_entry *first = &entries[record->needed_by];

    PTN_PRE(nth < sealing->epoch_count - sealing->kept);

    return (struct ptn_ledger_entry){
        .kind = PTN_RECORD_EPOCH,
        .time_ms = first->time_ms,
        .rung = first->rung,
        .retention = PTN_RETENTION_PUBLIC,
        .payload =
            ptn_bytes_slice(ptn_buffer_bytes(&sealing->record_bytes), record->at, record->len),
    };
}

const struct ptn_epoch *ptn_sealing_epoch(const struct ptn_sealing *sealing, uint32_t day,
                                          uint8_t retention)
{
    for (size_t i = sealing->epoch_count; i > 0; i--) {
        const struct ptn_epoch *epoch = &sealing->epochs[i - 1];

        if (epoch->day == day && epoch->retention == retention)
            return epoch;
    }
    return NULL;
}

void ptn_sealing_end(struct ptn_sealing *sealing, bool kept)
{
    if (!kept)
        forget_epochs(sealing, sealing->kept);
    sealing->kept = sealing->epoch_count;
}

/* ---- forgetting ---- */

bool ptn_ledger_dir(const struct ptn_ledger *ledger, char ret_dir[PTN_LEDGER_PATH_SIZE])
{
    static const char file[] = "/ledger.sqlite";
    const size_t len = strlen(ledger->path);

    if (len < sizeof(file) || strcmp(ledger->path + len - (sizeof(file) - 1), file) != 0)
        return false;
    memcpy(ret_dir, ledger->path, len - (sizeof(file) - 1));
    ret_dir[len - (sizeof(file) - 1)] = '\0';
    return true;
}

void ptn_ledger_forgets(struct ptn_ledger *ledger, uint32_t classes)
{
    forget_epochs(&ledger->sealing, 0);
    ledger->sealing.kept = 0;
    ledger->sealing.forgets = classes;
}

/* SEAL-4. */
struct ptn_status ptn_ledger_forget(struct ptn_ledger *ledger, int64_t vouched_ms, int64_t after_ms,
                                    struct ptn_diag *reterr)
{
    const int64_t day = (vouched_ms - after_ms) / MS_PER_DAY; /* the first that is not forgotten */
    struct ptn_sealing *sealing = &ledger->sealing;
    char dir[PTN_LEDGER_PATH_SIZE];
    size_t kept = 0;

    if (after_ms < 0 || vouched_ms < after_ms || day > UINT32_MAX)
        return PTN_OK;
    for (size_t i = 0; i < sealing->epoch_count; i++)
        if (sealing->epochs[i].day >= day)
            sealing->epochs[kept++] = sealing->epochs[i];
    forget_epochs(sealing, kept);
    sealing->kept = kept;
    ptn_opener_forget(&ledger->opener);
    if (!ptn_ledger_dir(ledger, dir))
        return PTN_OK;
    return ptn_epoch_drop_before(ledger->world, dir, (uint32_t)day, reterr);
}
