#include "node/messages.h"

#include <stdio.h>
#include <stdlib.h>

#define LEDGERS_MAX 32u /* gateways and their spares */
#define LATE_MAX    256u
#define LOOKS_MAX   256u               /* entries of one call */
#define WAIT_US     INT64_C(10000000)  /* for a payload that is on its way */
#define LATE_US     INT64_C(15000000)  /* between two looks for what was not waited for */
#define ARENA_MAX   ((size_t)64 << 20) /* as `postern message read` has */
#define WHOLE_MAX   ((size_t)PTN_MESSAGE_PARTS_MAX * PTN_MESSAGE_RAW_MAX + PTN_MESSAGE_ENVELOPE_MAX)
#define KEPT_BUFFER ((size_t)1 << 20) /* a larger buffer is given back after use */

/* A gateway's ledger and how far it has been read. */
struct ledger {
    char origin[PTN_NOTE_NAME_LEN_MAX + 1];
    uint64_t next;
    bool started;           /* next is where it begins to be of interest */
    int64_t waits_since_us; /* entries before waits_size have been waited for since then */
    uint64_t waits_size;
};

/* A message whose payload was not waited for any longer. */
struct late {
    size_t ledger;
    uint64_t seq;
};

struct ptn_messages {
    const struct ptn_world *world;
    const struct ptn_vault *vault;
    int64_t since_ms;
    ptn_message_take_fn take;
    void *context;
    struct ledger ledgers[LEDGERS_MAX];
    size_t ledger_count;
    struct late late[LATE_MAX];
    size_t late_count;
    int64_t late_at_us;
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_buffer payload;
    struct ptn_messages_standing standing;

    /* the message in hand */
    struct ptn_buffer whole;
    struct ptn_carrier_message record;
    char texts[3][PTN_RECORD_LINE_MAX]; /* what record's views point to */
    size_t ledger;
    uint64_t seq;
};

struct ptn_status ptn_messages_open(const struct ptn_world *world, const struct ptn_vault *vault,
                                    int64_t since_ms, ptn_message_take_fn take, void *context,
                                    struct ptn_messages **ret_messages)
{
    struct ptn_messages *messages = calloc(1, sizeof(*messages));

    if (messages == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    messages->world = world;
    messages->vault = vault;
    messages->since_ms = since_ms;
    messages->take = take;
    messages->context = context;
    ptn_buffer_init(&messages->payload, PTN_PAYLOAD_LEN_MAX);
    ptn_buffer_init(&messages->whole, WHOLE_MAX);
    messages->arena = ptn_arena_new(ARENA_MAX);
    messages->manifest = malloc(sizeof(*messages->manifest));
    if (messages->arena == NULL || messages->manifest == NULL) {
        ptn_messages_close(messages);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    *ret_messages = messages;
    return PTN_OK;
}

/* What was opened names people. */
static void wipe(struct ptn_buffer *buffer)
{
    if (buffer->at != NULL)
        explicit_bzero(buffer->at, buffer->capacity);
    ptn_buffer_release(buffer);
}

void ptn_messages_close(struct ptn_messages *messages)
{
    if (messages == NULL)
        return;
    wipe(&messages->payload);
    wipe(&messages->whole);
    ptn_arena_free(messages->arena);
    free(messages->manifest);
    free(messages);
}

void ptn_messages_standing(const struct ptn_messages *messages,
                           struct ptn_messages_standing *ret_standing)
{
    *ret_standing = messages->standing;
    ret_standing->awaiting = messages->late_count;
}

/* ---- one message out of a copy ---- */

static struct ptn_bytes keep(char text[PTN_RECORD_LINE_MAX], struct ptn_bytes view)
{
    memcpy(text, view.at == NULL ? (const uint8_t *)"" : view.at, view.len);
    return ptn_bytes_of(text, view.len);
}

/* Open the payload at seq and read its record (views into payload). NOT_FOUND: it is not here. */
static struct ptn_status open_part(struct ptn_messages *messages, struct ptn_copy *copy,
                                   uint64_t seq, struct ptn_carrier_message *ret_part)
{
    struct ptn_ledger_header header;
    struct ptn_status status;

    ptn_buffer_clear(&messages->payload);
    status = ptn_copy_open_payload(copy, messages->vault, seq, &header, &messages->payload, NULL);
    if (status.code == PTN_C_NOT_FOUND) { /* not here, or no key opens it */
        ptn_buffer_clear(&messages->payload);
        if (ptn_ok(ptn_copy_read(copy, seq, &header, &messages->payload, NULL)))
            status = (struct ptn_status){ PTN_C_CORRUPT };
    }
    if (ptn_ok(status) && header.kind != PTN_RECORD_MESSAGE)
        status = (struct ptn_status){ PTN_C_CORRUPT };
    if (ptn_ok(status) &&
        !ptn_ok(ptn_carrier_message_parse(ptn_buffer_bytes(&messages->payload), ret_part, NULL)))
        status = (struct ptn_status){ PTN_C_CORRUPT };
    return status;
}

/* Put a part behind the ones before it. The first says what the others must say, too. */
static struct ptn_status add_part(struct ptn_messages *messages,
                                  const struct ptn_carrier_message *part, uint64_t number)
{
    struct ptn_carrier_message *record = &messages->record;
    struct ptn_status status = PTN_OK;

    if (part->part != number || (number > 1 && (!ptn_record_id_equal(part->id, record->id) ||
                                                part->parts != record->parts)))
        return (struct ptn_status){ PTN_C_CORRUPT };
    if (number == 1) {
        *record = *part;
        record->sender = keep(messages->texts[0], part->sender);
        record->reference = keep(messages->texts[1], part->reference);
        record->journey = keep(messages->texts[2], part->journey);
        record->envelope = PTN_BYTES_NONE;
        record->raw = PTN_BYTES_NONE;
        ptn_buffer_clear(&messages->whole);
        status = ptn_buffer_add(&messages->whole, part->envelope);
    }
    if (ptn_ok(status))
        status = ptn_buffer_add(&messages->whole, part->raw);
    return status;
}

/*
 * The whole message whose first part is at seq. OK: it is in hand; *ret_parts says how many entries
 * it takes. NOT_FOUND: a payload, or an entry, is still to come. CORRUPT: it is not readable.
 */
static struct ptn_status read_message(struct ptn_messages *messages, struct ptn_copy *copy,
                                      uint64_t seq, uint64_t *ret_parts)
{
    struct ptn_carrier_message part;
    struct ptn_copy_standing standing;
    uint64_t parts = 1;
    struct ptn_status status = PTN_OK;

    *ret_parts = 1;
    ptn_copy_standing(copy, &standing);
    for (uint64_t number = 1; ptn_ok(status) && number <= parts; number++) {
        if (seq + number > standing.size)
            return (struct ptn_status){ PTN_C_NOT_FOUND };
        status = open_part(messages, copy, seq + number - 1, &part);
        if (ptn_ok(status) && number == 1 && part.part > 1) {
            ptn_buffer_clear(&messages->whole); /* the rest of one that was given up before */
            return PTN_OK;
        }
        if (ptn_ok(status))
            status = add_part(messages, &part, number);
        if (!ptn_ok(status))
            break;
        parts = part.parts;
        *ret_parts = parts;
        if (part.verdict == PTN_MESSAGE_QUARANTINED) { /* nobody uses it: its parts are not read */
            ptn_buffer_clear(&messages->whole);
            break;
        }
    }
    return status;
}

/* ---- over the ledgers ---- */

/* The slot of a gateway's ledger, made when missing; NULL when there are too many. */
static struct ledger *slot_of(struct ptn_messages *messages, struct ptn_bytes origin)
{
    struct ledger *ledger;

    for (size_t i = 0; i < messages->ledger_count; i++)
        if (ptn_bytes_is(origin, messages->ledgers[i].origin))
            return &messages->ledgers[i];
    if (messages->ledger_count == LEDGERS_MAX || origin.len > PTN_NOTE_NAME_LEN_MAX)
        return NULL;
    ledger = &messages->ledgers[messages->ledger_count++];
    (void)snprintf(ledger->origin, sizeof(ledger->origin), "%.*s", (int)origin.len,
                   (const char *)origin.at);
    return ledger;
}

/* The first entry written at or after since: entries stand in the order of time. */
static void begin(const struct ptn_messages *messages, struct ledger *ledger, struct ptn_copy *copy,
                  uint64_t size)
{
    uint64_t low = 0;
    uint64_t high = size;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct ptn_ledger_header header;

        if (!ptn_ok(ptn_copy_read(copy, middle, &header, NULL, NULL)) ||
            header.time_ms >= messages->since_ms)
            high = middle;
        else
            low = middle + 1;
    }
    ledger->next = low;
    ledger->started = true;
}

static void put_late(struct ptn_messages *messages, const struct ledger *ledger, uint64_t seq)
{
    if (messages->late_count == LATE_MAX) { /* the oldest is given up */
        memmove(messages->late, messages->late + 1, (LATE_MAX - 1) * sizeof(messages->late[0]));
        messages->late_count--;
        messages->standing.unread++;
    }
    messages->late[messages->late_count++] =
        (struct late){ (size_t)(ledger - messages->ledgers), seq };
}

/* A message begins at next. True: it is in hand. *ret_stuck: its payload is waited for. */
static bool try_message(struct ptn_messages *messages, struct ledger *ledger, struct ptn_copy *copy,
                        bool *ret_stuck)
{
    int64_t now_us = messages->world->monotonic_us(messages->world->context);
    uint64_t seq = ledger->next;
    uint64_t parts = 1;
    struct ptn_status status = read_message(messages, copy, seq, &parts);

    *ret_stuck = false;
    if (status.code == PTN_C_NOT_FOUND) {
        if (seq >= ledger->waits_size) { /* all that is there now is waited for together */
            struct ptn_copy_standing standing;

            ptn_copy_standing(copy, &standing);
            ledger->waits_size = standing.size;
            ledger->waits_since_us = now_us;
        }
        if (now_us - ledger->waits_since_us < WAIT_US) {
            *ret_stuck = true;
            return false;
        }
        put_late(messages, ledger, seq);
    } else if (!ptn_ok(status)) {
        messages->standing.unread++;
    }
    ledger->next = seq + parts;
    messages->ledger = (size_t)(ledger - messages->ledgers);
    messages->seq = seq;
    return ptn_ok(status) && messages->whole.len > 0;
}

/* Go through one ledger. True: a message is in hand. */
static bool look_at(struct ptn_messages *messages, struct ledger *ledger, struct ptn_copy *copy,
                    size_t *looks, bool *ret_more)
{
    struct ptn_copy_standing standing;

    ptn_copy_standing(copy, &standing);
    if (!ledger->started)
        begin(messages, ledger, copy, standing.size);
    while (ledger->next < standing.size && *looks < LOOKS_MAX) {
        struct ptn_ledger_header header;
        bool stuck = false;

        (*looks)++;
        if (!ptn_ok(ptn_copy_read(copy, ledger->next, &header, NULL, NULL)))
            return false;
        if (header.kind != PTN_RECORD_MESSAGE) {
            ledger->next++;
        } else if (try_message(messages, ledger, copy, &stuck)) {
            *ret_more = true;
            return true;
        }
        if (stuck)
            return false;
    }
    *ret_more = *ret_more || ledger->next < standing.size;
    return false;
}

/* Look once for a message that was late; those that are still not here go to the end. */
static bool look_for_late(struct ptn_messages *messages, struct ptn_follow *follow)
{
    int64_t now_us = messages->world->monotonic_us(messages->world->context);
    size_t count = messages->late_count;
    bool found = false;

    if (count == 0 || now_us - messages->late_at_us < LATE_US)
        return false;
    for (size_t i = 0; i < count && !found; i++) {
        struct late late = messages->late[0];
        const char *origin = messages->ledgers[late.ledger].origin;
        struct ptn_copy *copy = ptn_follow_copy(follow, ptn_bytes_from_text(origin));
        uint64_t parts = 1;
        struct ptn_status status = { PTN_C_NOT_FOUND };

        messages->late_count--;
        memmove(messages->late, messages->late + 1, messages->late_count * sizeof(late));
        if (copy != NULL)
            status = read_message(messages, copy, late.seq, &parts);
        if (status.code == PTN_C_NOT_FOUND)
            messages->late[messages->late_count++] = late;
        else if (!ptn_ok(status))
            messages->standing.unread++;
        messages->ledger = late.ledger;
        messages->seq = late.seq;
        found = ptn_ok(status) && messages->whole.len > 0;
    }
    if (!found)
        messages->late_at_us = now_us;
    return found;
}

bool ptn_messages_next(struct ptn_messages *messages, const struct ptn_country *country,
                       struct ptn_follow *follow, bool *ret_more)
{
    size_t looks = 0;
    struct ptn_bytes origin;

    *ret_more = false;
    if (messages->whole.capacity > KEPT_BUFFER)
        wipe(&messages->whole);
    ptn_buffer_clear(&messages->whole);
    if (look_for_late(messages, follow)) {
        *ret_more = true;
        return true;
    }
    for (size_t i = 0; (origin = ptn_follow_origin(follow, i)).len > 0; i++) {
        const struct ptn_roster_node *node = ptn_country_node(country, origin);
        struct ptn_copy *copy = ptn_follow_copy(follow, origin);
        struct ledger *ledger;

        if (node == NULL || node->role != PTN_ROSTER_GATEWAY || copy == NULL)
            continue;
        ledger = slot_of(messages, origin);
        if (ledger != NULL && look_at(messages, ledger, copy, &looks, ret_more))
            return true;
    }
    return false;
}

void ptn_messages_hand(struct ptn_messages *messages)
{
    struct ptn_bytes raw = ptn_buffer_bytes(&messages->whole);
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_message_taken taken = {
        .raw = raw,
        .manifest = messages->manifest,
        .record = &messages->record,
        .received_ms = messages->record.time_ms,
        .origin = ptn_bytes_from_text(messages->ledgers[messages->ledger].origin),
        .seq = messages->seq,
    };
    bool any = false;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    if (raw.len > 0)
        status = ptn_manifest_reader_new(raw, &reader, NULL);
    if (ptn_ok(status))
        ptn_manifest_reader_piece(reader);
    while (ptn_ok(status)) {
        ptn_arena_clear(messages->arena);
        status = ptn_manifest_next(reader, messages->arena, messages->manifest);
        if (!ptn_ok(status) || messages->manifest->verdict == PTN_MANIFEST_QUARANTINED)
            continue;
        any = true;
        messages->take(messages->context, &taken);
    }
    messages->standing.taken += any ? 1 : 0;
    messages->standing.unread += any ? 0 : 1;
    ptn_manifest_reader_free(reader);
    ptn_arena_clear(messages->arena);
    ptn_buffer_clear(&messages->whole);
}
