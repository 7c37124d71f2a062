/*
 * node/inbox_message.c -- a message of the file being read: known or new, put into the batch, and
 * what its sender is answered.
 */
#include "node/inbox_int.h"

static int64_t now_ms(const struct ptn_inbox *inbox)
{
    return inbox->world->now_ms(inbox->world->context);
}

/* Read the parts of a message as one, into inbox->joined. */
static struct ptn_status join(struct ptn_inbox *inbox, const struct ptn_assembly_set *set)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status = ptn_manifest_reader_new(set->whole, &reader, NULL);

    if (!ptn_ok(status))
        return status;
    ptn_manifest_reader_free(inbox->joined_reader); /* what it gave is not read any more */
    inbox->joined_reader = reader;
    ptn_manifest_reader_join(reader);
    ptn_arena_clear(inbox->joined_arena);
    status = ptn_manifest_next(reader, inbox->joined_arena, inbox->joined);
    if (ptn_ok(status) && set->missing > 0)
        ptn_manifest_note(inbox->joined, "part-missing", "a part of the message has not come");
    return status;
}

/* A set whose parts never came: said aloud, in a file of its own. */
static void answer_late(struct ptn_inbox *inbox, const struct ptn_assembly_set *set)
{
    struct ptn_buffer answer = { .len_max = PTN_INBOX_ANSWER_MAX };
    struct ptn_buffer lines = { .len_max = PTN_INBOX_ANSWER_MAX };
    struct ptn_reply reply = { .codes = &inbox->codes, .time_ms = now_ms(inbox), .out = &answer };
    const struct ptn_bytes key[] = { set->sender, PTN_BYTES_LITERAL("\n"), set->common };
    struct ptn_buffer name = { .len_max = PTN_INBOX_NAME_SIZE };
    uint8_t digest[PTN_SHA256_LEN];

    inbox->standing.sets_late++;
    if (ptn_ok(join(inbox, set)) && ptn_ok(ptn_sha256(key, 3, digest)) &&
        ptn_ok(ptn_buffer_add_text(&name, "part-missing-")) &&
        ptn_ok(ptn_buffer_add_hex(&name, ptn_bytes_of(digest, 8))) &&
        ptn_ok(ptn_buffer_add_u8(&name, 0))) {
        if (ptn_reply_wanted(inbox->joined))
            ptn_reply_add(&reply, inbox->joined, set->missing, NULL);
        (void)ptn_ok(ptn_reply_end(&reply));
        (void)ptn_ok(ptn_reply_reject(inbox->joined, set->common, &lines));
        (void)ptn_ok(ptn_inbox_put_answer(inbox, (const char *)name.at, "edi", &answer));
        (void)ptn_ok(ptn_inbox_put_answer(inbox, (const char *)name.at, "txt", &lines));
    }
    ptn_buffer_release(&name);
    ptn_buffer_release(&answer);
    ptn_buffer_release(&lines);
}

void ptn_inbox_answer_late(struct ptn_inbox *inbox, int64_t then_ms)
{
    struct ptn_assembly_set set;

    while (ptn_assembly_late(inbox->assembly, then_ms, &set))
        answer_late(inbox, &set);
}

static struct ptn_status answer_one(struct ptn_inbox *inbox, const struct ptn_manifest *manifest)
{
    struct ptn_inbox_open *file = &inbox->file;

    if (ptn_reply_wanted(manifest))
        ptn_reply_add(&file->reply, manifest, 0, file->board);
    else if (manifest->verdict != PTN_MANIFEST_ACCEPTED)
        return ptn_reply_reject(manifest, ptn_bytes_from_text(file->name), &file->lines);
    return PTN_OK;
}

/* A message in parts is answered once, when the last has come. */
static struct ptn_status answer(struct ptn_inbox *inbox)
{
    const struct ptn_manifest *manifest = inbox->manifest;
    struct ptn_assembly_set set;
    struct ptn_status status;

    if (manifest->sent.part == 0 || manifest->verdict == PTN_MANIFEST_QUARANTINED)
        return answer_one(inbox, manifest);
    status =
        ptn_assembly_add(inbox->assembly, &manifest->sent, inbox->file.bytes, now_ms(inbox), &set);
    if (status.code == PTN_C_TOO_BIG) { /* those that wait longest have waited enough */
        ptn_inbox_answer_late(inbox, now_ms(inbox));
        status = ptn_assembly_add(inbox->assembly, &manifest->sent, inbox->file.bytes,
                                  now_ms(inbox), &set);
    }
    if (status.code == PTN_C_NOT_FOUND) {
        inbox->file.waits = true;
        return PTN_OK;
    }
    if (ptn_ok(status))
        status = join(inbox, &set);
    return ptn_ok(status) ? answer_one(inbox, inbox->joined) : status;
}

/* ---- messages ---- */

struct ptn_status ptn_inbox_digest(const struct ptn_bytes *parts, size_t count, uint8_t *ret_digest,
                                   size_t len)
{
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(parts, count, digest);

    if (ptn_ok(status))
        memcpy(ret_digest, digest, len);
    return status;
}

/* What a message is known by. body: its content; a list has no reference but that. The sender is
 * part of both, so that nobody is told what another carrier sent: GATEWAY-3. */
static struct ptn_status make_row(const struct ptn_inbox *inbox, struct ptn_bytes body,
                                  const struct ptn_manifest_sent *sent, bool quarantined,
                                  struct ptn_intake_row *row)
{
    const struct ptn_bytes line = PTN_BYTES_LITERAL("\n");
    const struct ptn_bytes content[] = { sent == NULL ? PTN_BYTES_NONE : sent->sender, line, body };
    struct ptn_status status = ptn_inbox_digest(
        sent == NULL ? &body : content, sent == NULL ? 1 : 3, row->content, sizeof(row->content));

    memcpy(row->file, inbox->file.digest, sizeof(row->file));
    row->time_s = (uint32_t)(now_ms(inbox) / 1000);
    row->quarantined = quarantined;
    if (ptn_ok(status) && sent != NULL && sent->message.len > 0) {
        const struct ptn_bytes parts[] = { sent->sender, line, sent->interchange, line,
                                           sent->message };

        return ptn_inbox_digest(parts, 5, row->reference, sizeof(row->reference));
    }
    memcpy(row->reference, row->content, sizeof(row->reference));
    return status;
}

static void count_message(struct ptn_inbox *inbox, enum ptn_message_verdict verdict)
{
    inbox->standing.messages++;
    inbox->standing.accepted += verdict == PTN_MESSAGE_ACCEPTED ? 1 : 0;
    inbox->standing.noted += verdict == PTN_MESSAGE_WITH_NOTES ? 1 : 0;
    inbox->standing.quarantined += verdict == PTN_MESSAGE_QUARANTINED ? 1 : 0;
}

/* A message of a file that is only mapped, without the numbers of payment cards: its interchange's
 * head, which says how it is written, and the message, of which masked is a view. */
static struct ptn_status mask_copy(struct ptn_bytes head, struct ptn_bytes raw,
                                   struct ptn_buffer *copy, struct ptn_bytes *masked)
{
    size_t hidden;
    struct ptn_status status = ptn_buffer_add(copy, head);

    if (ptn_ok(status))
        status = ptn_buffer_add(copy, raw);
    if (ptn_ok(status))
        status = ptn_cards_mask(copy->at, copy->len, &hidden);
    *masked = ptn_bytes_slice(ptn_buffer_bytes(copy), head.len, raw.len);
    return status;
}

/* Put a message into the batch, and what it is known by among the pending. */
static struct ptn_status add(struct ptn_inbox *inbox, struct ptn_carrier_message *message,
                             const struct ptn_intake_row *row, struct ptn_bytes raw)
{
    bool fits = raw.len <= (size_t)PTN_MESSAGE_PARTS_MAX * PTN_MESSAGE_RAW_MAX;
    struct ptn_buffer copy = { .len_max = PTN_MESSAGE_ENVELOPE_MAX + raw.len };
    struct ptn_status status = PTN_OK;

    if (fits && inbox->file.map != NULL && inbox->file.cards > 0)
        status = mask_copy(message->envelope, raw, &copy, &raw);
    if (ptn_ok(status))
        status = ptn_sha256(&raw, 1, message->sha256);
    inbox->world->random(inbox->world->context, message->id.at, sizeof(message->id.at));
    message->time_ms = now_ms(inbox);
    message->raw = raw;
    message->length = raw.len;
    if (!fits) {
        message->verdict = PTN_MESSAGE_QUARANTINED; /* its file is kept */
        inbox->file.quarantined = true;
    }
    if (ptn_ok(status))
        status = ptn_inbox_batch_add(&inbox->batch, message);
    if (ptn_ok(status))
        status = ptn_intake_add(inbox->intake, row);
    if (ptn_ok(status))
        count_message(inbox, message->verdict);
    if (copy.at != NULL)
        explicit_bzero(copy.at, copy.capacity);
    ptn_buffer_release(&copy);
    return status;
}

/* Write a message down unless it is known; *ret_as says what it is. */
static struct ptn_status take(struct ptn_inbox *inbox, struct ptn_carrier_message *message,
                              const struct ptn_intake_row *row, struct ptn_bytes raw,
                              enum ptn_intake_as as)
{
    if (as == PTN_INTAKE_DUPLICATE)
        inbox->standing.duplicates++;
    if (as == PTN_INTAKE_DUPLICATE || as == PTN_INTAKE_OURS || raw.len == 0)
        return PTN_OK;
    return add(inbox, message, row, raw);
}

struct ptn_status ptn_inbox_take_file(struct ptn_inbox *inbox, struct ptn_carrier_message *message)
{
    const struct ptn_bytes whole = inbox->file.bytes;
    struct ptn_intake_row row;
    struct ptn_status status =
        make_row(inbox, whole, NULL, message->verdict == PTN_MESSAGE_QUARANTINED, &row);

    return ptn_ok(status) ? take(inbox, message, &row, whole, ptn_intake_find(inbox->intake, &row))
                          : status;
}

static struct ptn_bytes between(struct ptn_bytes bytes, size_t begin, size_t end)
{
    return end > begin ? ptn_bytes_slice(bytes, begin, end - begin) : PTN_BYTES_NONE;
}

/* A message of an interchange. BUSY: the batch must go first. */
static struct ptn_status take_message(struct ptn_inbox *inbox)
{
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_manifest *manifest = inbox->manifest;
    const struct ptn_manifest_sent *sent = &manifest->sent;
    struct ptn_bytes body = between(file->bytes, sent->body_begin, sent->body_end);
    struct ptn_bytes raw = between(file->bytes, sent->begin, sent->end);
    struct ptn_carrier_message message = { .type = PTN_MESSAGE_UNKNOWN };
    struct ptn_buffer envelope = { .len_max = PTN_MESSAGE_ENVELOPE_MAX };
    struct ptn_manifest_sent head = *sent;
    struct ptn_intake_row row;
    enum ptn_intake_as as;
    struct ptn_status status = make_row(inbox, body.len == 0 ? raw : body, sent,
                                        manifest->verdict == PTN_MANIFEST_QUARANTINED, &row);

    if (!ptn_ok(status))
        return status;
    as = ptn_intake_find(inbox->intake, &row);
    if (as == PTN_INTAKE_REFERENCE_AGAIN && file->posted) { /* GATEWAY-5 */
        file->refused = true;
        return PTN_OK;
    }
    if (as == PTN_INTAKE_AGAIN && !file->held_over)
        ptn_manifest_note(manifest, "again", "the same content came under another reference");
    if (as == PTN_INTAKE_REFERENCE_AGAIN && !file->held_over)
        ptn_manifest_note(manifest, "reference-again", "this reference came with other content");
    ptn_inbox_describe(manifest, &file->texts, &message);
    head.begin = head.end; /* what stands before it; one that is too long is of no interchange */
    if (ptn_ok(ptn_assembly_alone(&head, file->bytes, &envelope)))
        message.envelope = ptn_buffer_bytes(&envelope);
    message.boarding = ptn_buffer_bytes(&file->board_note);
    status = take(inbox, &message, &row, raw, as);
    ptn_buffer_release(&envelope);
    return status;
}

/* One form of a ship's list: the file goes into the ledger whole, at its end. */
static struct ptn_status take_form(struct ptn_inbox *inbox)
{
    struct ptn_carrier_message form = { .type = PTN_MESSAGE_UNKNOWN };
    struct ptn_inbox_texts texts;
    struct ptn_inbox_open *file = &inbox->file;

    if (!file->is_list) {
        file->is_list = true;
        ptn_inbox_describe(inbox->manifest, &file->texts, &file->list);
        return PTN_OK;
    }
    ptn_inbox_describe(inbox->manifest, &texts, &form);
    file->list.people += form.people;
    file->list.notes += form.notes;
    if (form.verdict != file->list.verdict) /* some of it can be used */
        file->list.verdict = PTN_MESSAGE_WITH_NOTES;
    return PTN_OK;
}

/* Note what was told, for whoever looks whether it changes. A flight that is over, or says no day
 * that there is, is not looked after. */
static struct ptn_status note_told(struct ptn_inbox *inbox, enum ptn_told_as as,
                                   struct ptn_told *told)
{
    const struct ptn_manifest_sent *sent = &inbox->manifest->sent;
    struct ptn_inbox_open *file = &inbox->file;

    told->carrier = file->carrier;
    told->sender = sent->sender;
    told->recipient = sent->recipient;
    told->application = sent->application;
    told->until_ms = ptn_told_until(&told->flight, now_ms(inbox));
    if (sent->test || told->until_ms < now_ms(inbox) || told->day < 0 ||
        (as != PTN_TOLD_OVER && told->person_count == 0))
        return PTN_OK;
    return ptn_told_update(as, told, &file->told);
}

/* Whether these people do not travel, or the flight is closed or cancelled: nobody is told of a
 * change then. */
static bool is_end(const struct ptn_manifest *manifest, enum ptn_told_as *ret_as)
{
    bool people = ptn_bytes_is(manifest->function, "745");
    struct ptn_bytes does = manifest->change;

    *ret_as = people ? PTN_TOLD_GONE : PTN_TOLD_OVER;
    if (people)
        return ptn_bytes_is(does, "XR") || ptn_bytes_is(does, "RP");
    return ptn_bytes_is(manifest->function, "266") &&
           (ptn_bytes_is(does, "XF") || ptn_bytes_is(ptn_bytes_slice(does, 0, 2), "CL"));
}

static struct ptn_status end_told(struct ptn_inbox *inbox)
{
    const struct ptn_manifest *manifest = inbox->manifest;
    const struct ptn_boarding_ask *ask = &inbox->file.boarding;
    const struct ptn_manifest_flight *leg = ptn_boarding_leg(manifest, ask->own_state);
    struct ptn_told told = { .salt = ask->table->salt };
    enum ptn_told_as as;

    if (leg == NULL || manifest->type != PTN_MANIFEST_PAXLST ||
        manifest->verdict == PTN_MANIFEST_QUARANTINED || !is_end(manifest, &as))
        return PTN_OK;
    told.flight = *leg;
    told.people = ptn_arena_take(inbox->arena, (manifest->person_count + 1) * sizeof(*told.people));
    if (told.people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (const struct ptn_manifest_person *one = manifest->people;
         one != NULL && as == PTN_TOLD_GONE && told.person_count < PTN_TOLD_PEOPLE_MAX;
         one = one->next)
        if (one->booking.len + one->reference.len > 0)
            told.people[told.person_count++] =
                (struct ptn_told_person){ .booking = one->booking,
                                          .reference = one->reference,
                                          .answer = PTN_REPLY_PERSON_BOARD };
    return note_told(inbox, as, &told);
}

/* Who of the manifest at hand may board, where its sender is told. */
static struct ptn_status board(struct ptn_inbox *inbox)
{
    const struct ptn_manifest *manifest = inbox->manifest;
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_told told;
    struct ptn_status status;

    file->board = NULL;
    ptn_buffer_clear(&file->board_note);
    if (file->boarding.table != NULL && !file->checking &&
        !ptn_boarding_is_asked(manifest, file->boarding.own_state))
        return end_told(inbox);
    if (file->boarding.table == NULL || file->checking || !ptn_reply_wanted(manifest) ||
        !ptn_boarding_is_asked(manifest, file->boarding.own_state) ||
        manifest->person_count > PTN_BOARDING_PEOPLE - file->boarded)
        return PTN_OK;
    file->boarded += manifest->person_count;
    file->board = ptn_arena_take(inbox->arena, manifest->person_count + 1);
    if (file->board == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = ptn_boarding_answer(&file->boarding, manifest, now_ms(inbox), file->board,
                                 &file->board_note, inbox->arena, &told);
    return ptn_ok(status) ? note_told(inbox, PTN_TOLD_KEEP, &told) : status;
}

struct ptn_status ptn_inbox_take_manifest(struct ptn_inbox *inbox)
{
    const struct ptn_manifest *manifest = inbox->manifest;
    struct ptn_inbox_open *file = &inbox->file;
    bool is_form = manifest->type == PTN_MANIFEST_FAL5 || manifest->type == PTN_MANIFEST_FAL6;
    struct ptn_status status = board(inbox);

    if (!ptn_ok(status))
        return status;
    if (is_form)
        status = take_form(inbox);
    else if (!manifest->sent.test)
        status = take_message(inbox);
    file->held_over = status.code == PTN_C_BUSY;
    if (!ptn_ok(status) || file->refused)
        return status;
    file->messages++;
    if (manifest->sent.test) {
        file->tests++;
        inbox->standing.tests++;
    } else if (manifest->verdict == PTN_MANIFEST_QUARANTINED) {
        file->quarantined = true;
    }
    return file->checking ? PTN_OK : answer(inbox);
}

/* ---- what the gateway sends of itself ---- */

/* As a record: what stands before the first message, and all of them. */
static void split(struct ptn_bytes answer, struct ptn_bytes *ret_envelope,
                  struct ptn_bytes *ret_raw)
{
    const uint8_t *first = memmem(answer.at, answer.len, "'\nUNH+", 6);
    const uint8_t *last = memmem(answer.at, answer.len, "'\nUNZ+", 6);
    size_t begin = first == NULL ? 0 : (size_t)(first - answer.at) + 2;
    size_t end = last == NULL ? answer.len : (size_t)(last - answer.at) + 2;

    *ret_envelope = ptn_bytes_slice(answer, 0, begin);
    *ret_raw = between(answer, begin, end);
}

static struct ptn_status add_own(struct ptn_inbox *inbox, const struct ptn_told *told,
                                 struct ptn_bytes reference, const struct ptn_intake_row *row)
{
    struct ptn_manifest *manifest = calloc(1, sizeof(*manifest));
    struct ptn_carrier_message message = { .type = PTN_MESSAGE_CUSRES };
    struct ptn_inbox_texts texts;
    struct ptn_status status;

    if (manifest == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    manifest->type = PTN_MANIFEST_CUSRES;
    manifest->verdict = PTN_MANIFEST_ACCEPTED;
    manifest->sent.sender = told->recipient;
    manifest->flights[0] = told->flight;
    manifest->flight_count = 1;
    ptn_inbox_describe(manifest, &texts, &message);
    split(told->answer, &message.envelope, &message.raw);
    message.reference = reference;
    message.boarding = told->note;
    message.time_ms = now_ms(inbox);
    message.length = message.raw.len;
    inbox->world->random(inbox->world->context, message.id.at, sizeof(message.id.at));
    status = ptn_sha256(&message.raw, 1, message.sha256);
    if (ptn_ok(status))
        status = ptn_inbox_batch_add(&inbox->batch, &message);
    if (ptn_ok(status))
        status = ptn_intake_add(inbox->intake, row);
    free(manifest);
    return status;
}

struct ptn_status ptn_inbox_take_own(struct ptn_inbox *inbox, const char *name,
                                     const struct ptn_told *told, struct ptn_diag *reterr)
{
    const struct ptn_bytes reference = ptn_bytes_from_text(name);
    const struct ptn_bytes parts[] = { PTN_BYTES_LITERAL("own\n"), reference };
    struct ptn_intake_row row = { .time_s = (uint32_t)(now_ms(inbox) / 1000) };
    struct ptn_status status = ptn_inbox_digest(&told->answer, 1, row.content, sizeof(row.content));

    PTN_PRE(inbox->batch.entry_count == 0);
    if (ptn_ok(status))
        status = ptn_inbox_digest(parts, 2, row.reference, sizeof(row.reference));
    if (ptn_ok(status))
        status = ptn_inbox_digest(parts, 1, row.file, sizeof(row.file));
    if (!ptn_ok(status) || ptn_intake_find(inbox->intake, &row) == PTN_INTAKE_OURS)
        return status;
    status = add_own(inbox, told, reference, &row);
    if (ptn_ok(status))
        status = ptn_inbox_commit(inbox, reterr);
    if (!ptn_ok(status)) {
        ptn_intake_drop(inbox->intake);
        ptn_inbox_batch_clear(&inbox->batch);
    }
    return status;
}
