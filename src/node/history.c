#include "node/node_int.h"

#define HEADS_FIRST 1024u

const char *ptn_records_why_word(enum ptn_records_why why)
{
    switch (why) {
    case PTN_RECORDS_NO_KEY:
        return "no-key";
    case PTN_RECORDS_LOST:
        return "lost";
    case PTN_RECORDS_BEGIN:
        break;
    }
    return "begin";
}

struct ptn_date ptn_records_first(const struct ptn_records_since *since)
{
    return ptn_date_from_days(since->why == PTN_RECORDS_BEGIN ? since->begin : since->shut + 1);
}

void ptn_records_shut(struct ptn_records_since *since, int32_t day, enum ptn_records_why why)
{
    if (day < since->begin || (since->why != PTN_RECORDS_BEGIN && since->shut > day))
        return;
    since->shut = day;
    since->why = why;
}

void ptn_history_release(struct ptn_history *history)
{
    free(history->events);
    free(history->heads);
    *history = (struct ptn_history){ 0 };
}

bool ptn_history_key(const struct ptn_person *person, uint8_t ret_key[PTN_NODE_ID_LEN])
{
    char birth[PTN_DATE_TEXT_SIZE];
    uint8_t digest[PTN_SHA256_LEN];
    const struct ptn_bytes parts[] = {
        ptn_bytes_from_text(person->document.issuer),
        PTN_BYTES_LITERAL("|"),
        person->document.number,
        PTN_BYTES_LITERAL("|"),
        ptn_bytes_from_text(ptn_date_write(person->birth, birth)),
    };

    if (person->document.number.len == 0 ||
        !ptn_ok(ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest)))
        return false;
    memcpy(ret_key, digest, PTN_NODE_ID_LEN);
    return true;
}

static size_t bucket_of(const struct ptn_history *history, const uint8_t key[PTN_NODE_ID_LEN])
{
    uint64_t number;

    memcpy(&number, key, sizeof(number)); /* the key is a digest: any of its bytes will do */
    return (size_t)(number & (history->head_count - 1));
}

static void link_event(struct ptn_history *history, size_t index)
{
    size_t bucket = bucket_of(history, history->events[index].key);

    history->events[index].next = history->heads[bucket];
    history->heads[bucket] = (uint32_t)(index + 1);
}

/* Twice the room, and every event linked anew in the order it came. */
static struct ptn_status grow(struct ptn_history *history)
{
    size_t capacity = history->capacity == 0 ? HEADS_FIRST : history->capacity * 2;
    struct ptn_history_event *events;
    uint32_t *heads;

    if (capacity > UINT32_MAX / 2)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    heads = calloc(capacity, sizeof(*heads));
    if (heads == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    events = realloc(history->events, capacity * sizeof(*events));
    if (events == NULL) {
        free(heads);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    free(history->heads);
    history->events = events;
    history->heads = heads;
    history->capacity = capacity;
    history->head_count = capacity;
    for (size_t i = 0; i < history->count; i++)
        link_event(history, i);
    return PTN_OK;
}

struct ptn_status ptn_history_add(struct ptn_history *history,
                                  const struct ptn_history_event *event)
{
    if (history->count == history->capacity) {
        struct ptn_status status = grow(history);

        if (!ptn_ok(status))
            return status;
    }
    history->events[history->count] = *event;
    link_event(history, history->count);
    history->count++;
    return PTN_OK;
}

uint32_t ptn_history_newest(const struct ptn_history *history, const uint8_t key[PTN_NODE_ID_LEN])
{
    return history->head_count == 0 ? 0 : history->heads[bucket_of(history, key)];
}

void ptn_history_drop(struct ptn_history *history, int32_t written, uint64_t end)
{
    size_t kept = 0;

    for (size_t i = 0; i < history->count; i++)
        if (history->events[i].written > written || history->events[i].index >= end)
            history->events[kept++] = history->events[i];
    if (kept == history->count)
        return;
    explicit_bzero(history->events + kept, (history->count - kept) * sizeof(*history->events));
    history->count = kept;
    memset(history->heads, 0, history->head_count * sizeof(*history->heads));
    for (size_t i = 0; i < kept; i++)
        link_event(history, i);
}

size_t ptn_history_find(const struct ptn_history *history, const uint8_t key[PTN_NODE_ID_LEN],
                        struct ptn_stay_event *ret_events, size_t max)
{
    size_t count = 0;

    if (history->head_count == 0)
        return 0;
    for (uint32_t at = history->heads[bucket_of(history, key)]; at != 0 && count < max;
         at = history->events[at - 1].next) {
        const struct ptn_history_event *event = &history->events[at - 1];

        if (memcmp(event->key, key, PTN_NODE_ID_LEN) != 0)
            continue;
        ret_events[count++] = (struct ptn_stay_event){
            .date = ptn_date_from_days(event->day),
            .move = event->move == PTN_STAY_EXIT ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
            .exempt = event->exempt,
        };
    }
    for (size_t i = 0; i < count / 2; i++) { /* the chain is newest first */
        struct ptn_stay_event swap = ret_events[i];

        ret_events[i] = ret_events[count - 1 - i];
        ret_events[count - 1 - i] = swap;
    }
    /* Days in order: what was imported was added after what is younger. Within a day, and where
     * nothing was imported, as it was added. */
    for (size_t i = 1; i < count; i++) {
        const struct ptn_stay_event event = ret_events[i];
        size_t to = i;

        for (; to > 0 && ptn_date_compare(ret_events[to - 1].date, event.date) > 0; to--)
            ret_events[to] = ret_events[to - 1];
        ret_events[to] = event;
    }
    return count;
}
