/* node/inbox_batch.c -- messages on their way to a gateway's ledger: as records, in parts where one
 * record cannot hold them. */
#include "node/inbox_int.h"

void ptn_inbox_batch_init(struct ptn_inbox_batch *batch)
{
    memset(batch, 0, sizeof(*batch));
    ptn_buffer_init(&batch->bytes, PTN_BATCH_LEN_MAX);
}

void ptn_inbox_batch_release(struct ptn_inbox_batch *batch)
{
    if (batch->bytes.at != NULL)
        explicit_bzero(batch->bytes.at, batch->bytes.capacity);
    ptn_buffer_release(&batch->bytes);
}

void ptn_inbox_batch_clear(struct ptn_inbox_batch *batch)
{
    /* a long one gives its memory back: the next ones are short */
    if (batch->bytes.capacity > 2 * PTN_BATCH_BYTES_MAX) {
        ptn_inbox_batch_release(batch);
        ptn_buffer_init(&batch->bytes, PTN_BATCH_LEN_MAX);
    }
    ptn_buffer_clear(&batch->bytes);
    batch->entry_count = 0;
    batch->message_count = 0;
}

bool ptn_inbox_batch_is_full(const struct ptn_inbox_batch *batch)
{
    return batch->message_count >= PTN_BATCH_MESSAGES_MAX ||
           batch->bytes.len >= PTN_BATCH_BYTES_MAX ||
           batch->entry_count + PTN_MESSAGE_PARTS_MAX > PTN_LEDGER_BATCH_MAX;
}

struct ptn_status ptn_inbox_batch_add(struct ptn_inbox_batch *batch,
                                      const struct ptn_carrier_message *message)
{
    struct ptn_carrier_message part = *message;
    size_t len = batch->bytes.len;
    size_t entries = batch->entry_count;
    struct ptn_bytes raw = message->raw;
    struct ptn_status status = PTN_OK;

    if (raw.len > (size_t)PTN_MESSAGE_PARTS_MAX * PTN_MESSAGE_RAW_MAX)
        raw = PTN_BYTES_NONE;
    part.parts = raw.len == 0 ? 1 : (raw.len + PTN_MESSAGE_RAW_MAX - 1) / PTN_MESSAGE_RAW_MAX;
    PTN_PRE(entries + part.parts <= PTN_LEDGER_BATCH_MAX);
    for (uint64_t i = 0; ptn_ok(status) && i < part.parts; i++) {
        part.part = i + 1;
        part.raw = ptn_bytes_slice(raw, (size_t)i * PTN_MESSAGE_RAW_MAX, PTN_MESSAGE_RAW_MAX);
        status = ptn_carrier_message_write(&part, &batch->bytes);
        if (ptn_ok(status))
            batch->ends[batch->entry_count++] = batch->bytes.len;
    }
    if (ptn_ok(status)) {
        batch->message_count++;
        return PTN_OK;
    }
    batch->bytes.len = len;
    batch->entry_count = entries;
    if (status.code == PTN_C_TOO_BIG && entries > 0)
        status.code = PTN_C_BUSY;
    return status;
}

struct ptn_status ptn_inbox_batch_append(const struct ptn_inbox_batch *batch,
                                         struct ptn_ledger *ledger, int64_t time_ms,
                                         struct ptn_diag *reterr)
{
    struct ptn_ledger_entry *entries = calloc(batch->entry_count, sizeof(*entries));
    struct ptn_bytes bytes = ptn_buffer_bytes(&batch->bytes);
    size_t begin = 0;
    uint64_t first;
    struct ptn_status status;

    if (entries == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < batch->entry_count; i++) {
        entries[i] = (struct ptn_ledger_entry){
            .kind = PTN_RECORD_MESSAGE,
            .time_ms = time_ms,
            .retention = PTN_RETENTION_CASEWORK,
            .payload = ptn_bytes_slice(bytes, begin, batch->ends[i] - begin),
        };
        begin = batch->ends[i];
    }
    status = ptn_ledger_append(ledger, entries, batch->entry_count, &first, reterr);
    free(entries);
    return status;
}

/* ---- a message as a record ---- */

/* A text of a record: one line of well-formed UTF-8 without control characters, cut at a
 * character's start. What a carrier sent is not always that. */
static struct ptn_bytes clean(struct ptn_bytes text, char *at, size_t size)
{
    size_t len = 0;

    for (size_t offset = 0; offset < text.len;) {
        uint8_t bytes[4];
        uint32_t code_point = ptn_utf8_next(text, &offset);
        size_t count;

        if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
            code_point = ' ';
        count = ptn_utf8_put(code_point, bytes);
        if (len + count >= size)
            break;
        memcpy(at + len, bytes, count);
        len += count;
    }
    at[len] = '\0';
    return ptn_bytes_of(at, len);
}

static enum ptn_message_type type_of(enum ptn_manifest_type type)
{
    switch (type) {
    case PTN_MANIFEST_PAXLST:
        return PTN_MESSAGE_PAXLST;
    case PTN_MANIFEST_PNRGOV:
        return PTN_MESSAGE_PNRGOV;
    case PTN_MANIFEST_CUSRES:
        return PTN_MESSAGE_CUSRES;
    case PTN_MANIFEST_FAL5:
        return PTN_MESSAGE_FAL5;
    case PTN_MANIFEST_FAL6:
        return PTN_MESSAGE_FAL6;
    case PTN_MANIFEST_UNKNOWN:
        break;
    }
    return PTN_MESSAGE_UNKNOWN;
}

static enum ptn_message_verdict verdict_of(enum ptn_manifest_verdict verdict)
{
    switch (verdict) {
    case PTN_MANIFEST_ACCEPTED:
        return PTN_MESSAGE_ACCEPTED;
    case PTN_MANIFEST_ACCEPTED_WITH_NOTES:
        return PTN_MESSAGE_WITH_NOTES;
    case PTN_MANIFEST_QUARANTINED:
        break;
    }
    return PTN_MESSAGE_QUARANTINED;
}

/* "KL1234 2026-11-28 AMS TIA", of a ship "9241061 2026-11-28 ALDRZ"; the first leg and the last
 * place. */
static void put_journey(const struct ptn_manifest *manifest, struct ptn_buffer *out)
{
    const struct ptn_manifest_flight *first = &manifest->flights[0];
    const struct ptn_manifest_flight *last;
    const struct ptn_date *day;
    char date[PTN_DATE_TEXT_SIZE];
    struct ptn_status status = PTN_OK;

    if (manifest->ship.imo.len > 0)
        status = ptn_buffer_addf(out, "%.*s ", (int)manifest->ship.imo.len,
                                 (const char *)manifest->ship.imo.at);
    if (manifest->flight_count == 0 || !ptn_ok(status))
        return;
    last = &manifest->flights[manifest->flight_count - 1];
    day = ptn_date_is_none(first->departure.date) ? &last->arrival.date : &first->departure.date;
    (void)ptn_ok(ptn_buffer_addf(
        out, "%.*s%.*s %s %.*s %.*s", (int)first->carrier.len, (const char *)first->carrier.at,
        (int)first->number.len, (const char *)first->number.at,
        ptn_date_is_none(*day) ? "" : ptn_date_write(*day, date), (int)first->from.len,
        (const char *)first->from.at, (int)last->to.len, (const char *)last->to.at));
}

void ptn_inbox_describe(const struct ptn_manifest *manifest, struct ptn_inbox_texts *texts,
                        struct ptn_carrier_message *message)
{
    const struct ptn_manifest_sent *sent = &manifest->sent;
    struct ptn_buffer text = { .len_max = 4096 };
    size_t longest = PTN_RECORD_LINE_MAX / 2 - 8; /* of interchange and message reference each */

    message->type = type_of(manifest->type);
    message->verdict = verdict_of(manifest->verdict);
    message->people = manifest->person_count;
    message->notes = manifest->note_count + manifest->notes_left_out;
    message->sender = clean(sent->sender, texts->sender, sizeof(texts->sender));
    if (sent->interchange.len + sent->message.len > 0 &&
        ptn_ok(ptn_buffer_add(&text, ptn_bytes_slice(sent->interchange, 0, longest))) &&
        ptn_ok(ptn_buffer_add_text(&text, "/")) &&
        ptn_ok(ptn_buffer_add(&text, ptn_bytes_slice(sent->message, 0, longest))))
        message->reference =
            clean(ptn_buffer_bytes(&text), texts->reference, sizeof(texts->reference));
    ptn_buffer_clear(&text);
    put_journey(manifest, &text);
    message->journey =
        clean(ptn_bytes_trim(ptn_buffer_bytes(&text)), texts->journey, sizeof(texts->journey));
    ptn_buffer_release(&text);
}
