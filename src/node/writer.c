#include "node/node_int.h"

static const struct ptn_writer_record *records_of(const struct ptn_writer_request *request)
{
    return request->many != NULL ? request->many : request->records;
}

void ptn_writer_submit(struct ptn_node *node, struct ptn_writer_request *request)
{
    bool closing;

    PTN_PRE(request->record_count >= 1);
    PTN_PRE(request->record_count <=
            (request->many != NULL ? PTN_WRITER_MANY_MAX : PTN_WRITER_RECORDS_MAX));
    PTN_PRE(request->done != NULL);

    request->next = NULL;
    request->status = (struct ptn_status){ PTN_C_BUSY };
    ptn_node_lock(node);
    if (!request->has_rung)
        request->rung = ptn_apply_highest(node);
    closing = node->closing;
    if (!closing) {
        *node->last = request;
        node->last = &request->next;
    }
    ptn_node_unlock(node);
    if (closing)
        request->done(request);
    else if (node->seams.wake != NULL)
        node->seams.wake(node->seams.context);
}

/* Take requests off the queue while their records fit in one batch. */
static struct ptn_writer_request *take_batch(struct ptn_node *node, size_t *ret_records)
{
    struct ptn_writer_request *first;
    struct ptn_writer_request **end;
    size_t records = 0;

    ptn_node_lock(node);
    first = node->first;
    end = &node->first;
    while (*end != NULL && records + (*end)->record_count <= PTN_LEDGER_BATCH_MAX) {
        records += (*end)->record_count;
        end = &(*end)->next;
    }
    node->first = *end;
    if (node->first == NULL)
        node->last = &node->first;
    if (end != &node->first)
        *end = NULL;
    ptn_node_unlock(node);
    *ret_records = records;
    return records == 0 ? NULL : first;
}

enum ptn_recording ptn_writer_recording(const struct ptn_ledger *ledger)
{
    switch (ptn_ledger_state(ledger)) {
    case PTN_LEDGER_READY:
        return PTN_RECORDING;
    case PTN_LEDGER_FULL:
        return PTN_RECORDING_DISK_FULL;
    case PTN_LEDGER_STOPPED:
    case PTN_LEDGER_BROKEN:
        return PTN_RECORDING_STOPPED;
    case PTN_LEDGER_RETIRED:
        return PTN_RECORDING_GONE_BACK;
    case PTN_LEDGER_READING:
        break;
    }
    return PTN_RECORDING_FAILING;
}

/* One durable append of all records of the batch. */
static struct ptn_status append(struct ptn_node *node, const struct ptn_writer_request *batch,
                                size_t record_count, int64_t time_ms, uint64_t *ret_seq)
{
    struct ptn_ledger_entry *entries = calloc(record_count, sizeof(*entries));
    struct ptn_status status = { PTN_C_NO_MEMORY };
    size_t count = 0;

    if (entries == NULL)
        return status;
    for (; batch != NULL; batch = batch->next)
        for (size_t i = 0; i < batch->record_count; i++)
            entries[count++] = (struct ptn_ledger_entry){
                .kind = records_of(batch)[i].kind,
                .time_ms = time_ms,
                .rung = records_of(batch)[i].on_paper ? PTN_RUNG_MANUAL : batch->rung,
                .retention = (uint8_t)records_of(batch)[i].retention,
                .payload = records_of(batch)[i].payload,
            };
    status = ptn_ledger_append(node->ledger, entries, count, ret_seq, NULL);
    free(entries);
    return status;
}

size_t ptn_writer_turn(struct ptn_node *node)
{
    size_t record_count;
    struct ptn_writer_request *batch = take_batch(node, &record_count);
    int64_t time_ms = node->world->now_ms(node->world->context);
    uint64_t seq = 0;
    size_t answered = 0;
    enum ptn_recording recording;
    struct ptn_status status;

    if (batch == NULL)
        return 0;
    status = append(node, batch, record_count, time_ms, &seq);
    recording = ptn_writer_recording(node->ledger);
    ptn_node_lock(node);
    node->recording = recording;
    if (ptn_ok(status)) {
        node->ledger_size = seq + record_count;
        node->lack = ptn_ledger_readers_lack(node->ledger);
        ptn_kept_mark(node, node->ledger_size, time_ms);
    }
    ptn_node_unlock(node);
    while (batch != NULL) {
        struct ptn_writer_request *next = batch->next; /* done may free the request */

        for (size_t i = 0; ptn_ok(status) && i < batch->record_count; i++)
            if (ptn_node_rereads(records_of(batch)[i].kind))
                ptn_known_paper(node, seq + i);
        batch->status = status;
        batch->disk_full = !ptn_ok(status) && recording == PTN_RECORDING_DISK_FULL;
        batch->gone_back = !ptn_ok(status) && recording == PTN_RECORDING_GONE_BACK;
        batch->seq = seq;
        batch->time_ms = time_ms;
        seq += batch->record_count;
        batch->done(batch);
        batch = next;
        answered++;
    }
    return answered;
}

/* FOLLOW-5. What waits is refused by the ledger itself, with the next batch. */
struct ptn_status ptn_node_look_back(struct ptn_node *node, struct ptn_bytes checkpoint)
{
    struct ptn_status status = ptn_ledger_retire(node->ledger, checkpoint, NULL);
    enum ptn_recording recording = ptn_writer_recording(node->ledger);

    ptn_node_lock(node);
    if (recording == PTN_RECORDING_GONE_BACK || recording == PTN_RECORDING_STOPPED)
        node->recording = recording;
    ptn_node_unlock(node);
    return status;
}
