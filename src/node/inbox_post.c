/*
 * node/inbox_post.c -- one body that a carrier sent by HTTPS: into the ledger and answered, whole
 * or not at all (docs/format/carriers.md).
 *
 *   checked -- read message by message, noted in intake/, appended, confirmed --> kept where a
 *              person or a later part needs it --> answered
 *
 * A file of the inbox may be half read meanwhile: it is put aside and goes on as it was.
 */
#include "node/inbox_int.h"

#define NAME_BYTES 8u                 /* of the body's digest, in its file's name */
#define ANSWER_MAX ((size_t)15 << 20) /* a frame of the door has 16 MiB */
#define TOLD_MAX   ((size_t)8 << 20)

static int64_t now_ms(const struct ptn_inbox *inbox)
{
    return inbox->world->now_ms(inbox->world->context);
}

/* What the inbox was reading. */
struct aside {
    struct ptn_inbox_open file;
    struct ptn_manifest *manifest;
    struct ptn_arena *arena;
    struct ptn_inbox_standing standing;
};

static struct ptn_status take_memory(struct ptn_inbox *inbox)
{
    if (inbox->post_arena == NULL)
        inbox->post_arena = ptn_arena_new(PTN_BATCH_LEN_MAX);
    if (inbox->post_manifest == NULL)
        inbox->post_manifest = malloc(sizeof(*inbox->post_manifest));
    return (struct ptn_status){ inbox->post_arena == NULL || inbox->post_manifest == NULL
                                    ? PTN_C_NO_MEMORY
                                    : PTN_C_OK };
}

/* A copy of the body that holds no number of a payment card. */
static struct ptn_status take_input(struct ptn_inbox *inbox, struct ptn_bytes body)
{
    struct ptn_buffer *input = &inbox->post_input;
    size_t hidden;
    struct ptn_status status;

    input->len_max = PTN_POST_BODY_MAX;
    ptn_buffer_clear(input);
    status = ptn_buffer_add(input, body);
    return ptn_ok(status) ? ptn_cards_mask(input->at, input->len, &hidden) : status;
}

/* The body as the file at hand, under the name that the carrier is told. */
static struct ptn_status begin(struct ptn_inbox *inbox, const struct ptn_post *post, bool checking)
{
    struct ptn_inbox_open *file = &inbox->file;
    const struct ptn_bytes door[] = { PTN_BYTES_LITERAL("https\n"),
                                      ptn_bytes_from_text(post->carrier->code) };
    uint8_t digest[NAME_BYTES];
    char hex[2 * NAME_BYTES + 1];
    struct ptn_status status = ptn_inbox_digest(&post->body, 1, digest, sizeof(digest));

    *file = (struct ptn_inbox_open){ .open = true,
                                     .posted = true,
                                     .checking = checking,
                                     .bytes = ptn_buffer_bytes(&inbox->post_input),
                                     .boarding = post->boarding,
                                     .carrier = ptn_bytes_from_text(post->carrier->code) };
    ptn_buffer_init(&file->answer, PTN_INBOX_ANSWER_MAX);
    ptn_buffer_init(&file->lines, PTN_INBOX_ANSWER_MAX);
    ptn_buffer_init(&file->board_note, PTN_MESSAGE_BOARDING_MAX);
    ptn_buffer_init(&file->told, TOLD_MAX);
    file->reply = (struct ptn_reply){ .codes = &inbox->codes,
                                      .time_ms = now_ms(inbox),
                                      .out = &file->answer };
    if (ptn_ok(status))
        status = ptn_inbox_digest(door, 2, file->digest, sizeof(file->digest));
    (void)snprintf(file->name, sizeof(file->name), "%s-%s.edi", post->carrier->code,
                   ptn_hex_write(digest, sizeof(digest), hex));
    return status;
}

static struct ptn_status too_many(struct ptn_inbox_open *file, enum ptn_post_outcome *ret_outcome)
{
    *ret_outcome = PTN_POST_TOO_MANY;
    ptn_buffer_clear(&file->lines);
    return ptn_buffer_addf(&file->lines,
                           "%s: refused\n  more than %u messages, or more people than can be "
                           "answered at once: send them in several\n",
                           file->name, PTN_BATCH_MESSAGES_MAX);
}

/* One message of it. *ret_outcome is set when the body is refused. */
static struct ptn_status take_one(struct ptn_inbox *inbox, const struct ptn_carrier *carrier,
                                  enum ptn_post_outcome *ret_outcome)
{
    struct ptn_inbox_open *file = &inbox->file;
    const struct ptn_manifest *manifest = inbox->manifest;
    bool is_form = manifest->type == PTN_MANIFEST_FAL5 || manifest->type == PTN_MANIFEST_FAL6;
    struct ptn_status status;

    /* GATEWAY-4 */
    if (!is_form && !ptn_carrier_sends_as(carrier, manifest->sent.sender)) {
        *ret_outcome = PTN_POST_FOREIGN;
        return ptn_buffer_addf(&file->lines,
                               "%s: refused\n  UNB: the sender is not one of those agreed on\n",
                               file->name);
    }
    if (ptn_inbox_batch_is_full(&inbox->batch))
        return too_many(file, ret_outcome);
    status = ptn_inbox_take_manifest(inbox);
    if (status.code == PTN_C_BUSY || status.code == PTN_C_TOO_BIG)
        return too_many(file, ret_outcome);
    if (ptn_ok(status) && file->refused) {
        *ret_outcome = PTN_POST_CONFLICT;
        return ptn_buffer_addf(
            &file->lines,
            "%s: refused\n  message %.*s of interchange %.*s came before with "
            "other bytes: send it under a new reference\n",
            file->name, (int)manifest->sent.message.len, (const char *)manifest->sent.message.at,
            (int)manifest->sent.interchange.len, (const char *)manifest->sent.interchange.at);
    }
    return status;
}

static struct ptn_status read_all(struct ptn_inbox *inbox, const struct ptn_carrier *carrier,
                                  enum ptn_post_outcome *ret_outcome)
{
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_manifest_reader_new(file->bytes, &file->reader, &diag);

    while (ptn_ok(status) && *ret_outcome < PTN_POST_FOREIGN) {
        ptn_arena_clear(inbox->arena);
        status = ptn_manifest_next(file->reader, inbox->arena, inbox->manifest);
        if (ptn_ok(status)) {
            status = take_one(inbox, carrier, ret_outcome);
        } else if (status.code == PTN_C_NO_MEMORY) {
            diag = (struct ptn_diag){ 0, "a message is larger than can be read" };
            status = (struct ptn_status){ PTN_C_BAD_INPUT };
        }
    }
    if (status.code == PTN_C_BAD_INPUT) /* what came before it is taken; a person looks */
        status = ptn_inbox_refuse(inbox, &diag);
    if (status.code == PTN_C_NOT_FOUND)
        status = PTN_OK;
    if (ptn_ok(status) && *ret_outcome < PTN_POST_FOREIGN && file->is_list)
        status = ptn_inbox_take_file(inbox, &file->list);
    if (ptn_ok(status) && *ret_outcome < PTN_POST_FOREIGN)
        status = ptn_reply_end(&file->reply);
    if (status.code == PTN_C_TOO_BIG || file->answer.len + file->lines.len > ANSWER_MAX)
        return too_many(file, ret_outcome);
    return status;
}

/* What else has to be there before the answer goes out: the bytes a person looks at, or that a
 * later part is put together with. */
static struct ptn_status put_away(struct ptn_inbox *inbox, enum ptn_post_outcome outcome)
{
    const struct ptn_inbox_open *file = &inbox->file;
    enum ptn_inbox_place place =
        outcome == PTN_POST_QUARANTINED ? PTN_INBOX_QUARANTINE : PTN_INBOX_HELD;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status;

    if (!file->quarantined && !file->waits)
        return PTN_OK;
    status = ptn_inbox_path(inbox, place, file->name, path);
    if (ptn_ok(status))
        status = inbox->world->files->replace(inbox->world->context, path, file->bytes);
    if (ptn_ok(status) && place == PTN_INBOX_HELD)
        ptn_inbox_keep(inbox, place, file->name);
    return status;
}

static enum ptn_post_outcome outcome_of(const struct ptn_inbox_open *file)
{
    if (file->quarantined)
        return PTN_POST_QUARANTINED;
    if (file->tests > 0 && file->tests == file->messages)
        return PTN_POST_TEST;
    return file->waits && file->answer.len + file->lines.len == 0 ? PTN_POST_WAITS : PTN_POST_TAKEN;
}

static struct ptn_status write_answer(const struct ptn_inbox_open *file, struct ptn_buffer *answer)
{
    struct ptn_status status = ptn_buffer_add(answer, ptn_buffer_bytes(&file->answer));

    if (ptn_ok(status) && file->answer.len > 0 && file->lines.len > 0)
        status = ptn_buffer_add_text(answer, "\n");
    return ptn_ok(status) ? ptn_buffer_add(answer, ptn_buffer_bytes(&file->lines)) : status;
}

/* The file at hand, from its beginning to its answer. */
static struct ptn_status take_body(struct ptn_inbox *inbox, const struct ptn_carrier *carrier,
                                   enum ptn_post_outcome *outcome, struct ptn_buffer *answer,
                                   struct ptn_diag *reterr)
{
    struct ptn_inbox_open *file = &inbox->file;
    size_t left_out = 0;
    struct ptn_status status = read_all(inbox, carrier, outcome);

    if (ptn_ok(status) && *outcome >= PTN_POST_FOREIGN)
        return ptn_buffer_add(answer, ptn_buffer_bytes(&file->lines));
    if (!ptn_ok(status) || file->checking)
        return status;
    *outcome = outcome_of(file);
    status = ptn_inbox_commit(inbox, reterr);
    if (ptn_ok(status))
        status = put_away(inbox, *outcome);
    if (ptn_ok(status)) /* GATEWAY-8: who is answered is known, or the body comes again */
        status = ptn_told_apply(inbox->world, inbox->dir, ptn_buffer_bytes(&file->told), &left_out);
    inbox->standing.untold += left_out;
    if (ptn_ok(status))
        status = write_answer(file, answer);
    if (ptn_ok(status) && file->answer.len > 0)
        inbox->standing.answers++;
    if (ptn_ok(status))
        inbox->standing.posted++;
    return status;
}

/* Nothing of it stays. */
static void drop(struct ptn_inbox *inbox, const struct aside *aside)
{
    ptn_intake_drop(inbox->intake);
    ptn_inbox_batch_clear(&inbox->batch);
    inbox->standing = aside->standing;
}

/* Twice: nothing may have been done, to messages in parts above all, when the last one is refused.
 */
static struct ptn_status check_and_post(struct ptn_inbox *inbox, const struct aside *aside,
                                        const struct ptn_post *post, enum ptn_post_outcome *outcome,
                                        struct ptn_buffer *answer, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (int round = 0; round < 2 && ptn_ok(status) && *outcome < PTN_POST_FOREIGN; round++) {
        *outcome = PTN_POST_TAKEN;
        status = begin(inbox, post, round == 0);
        if (ptn_ok(status))
            status = take_body(inbox, post->carrier, outcome, answer, reterr);
        if (round == 0 || !ptn_ok(status) || *outcome >= PTN_POST_FOREIGN)
            drop(inbox, aside);
        ptn_inbox_close_file(inbox);
        ptn_arena_clear(inbox->arena);
    }
    return status;
}

struct ptn_status ptn_inbox_post(struct ptn_inbox *inbox, const struct ptn_post *post,
                                 enum ptn_post_outcome *ret_outcome, struct ptn_buffer *answer,
                                 struct ptn_diag *reterr)
{
    enum ptn_post_outcome outcome = PTN_POST_TAKEN;
    size_t before = answer->len;
    struct aside aside;
    struct ptn_status status = take_memory(inbox);

    PTN_PRE(inbox->batch.entry_count == 0);
    PTN_PRE(post->body.len <= PTN_POST_BODY_MAX);
    if (ptn_ok(status))
        status = take_input(inbox, post->body);
    if (!ptn_ok(status))
        return status;
    aside = (struct aside){ inbox->file, inbox->manifest, inbox->arena, inbox->standing };
    inbox->manifest = inbox->post_manifest;
    inbox->arena = inbox->post_arena;
    status = check_and_post(inbox, &aside, post, &outcome, answer, reterr);
    inbox->file = aside.file;
    inbox->manifest = aside.manifest;
    inbox->arena = aside.arena;
    if (ptn_ok(status))
        *ret_outcome = outcome;
    else
        answer->len = before;
    return status;
}

/* ---- answers, given again ---- */

struct ptn_status ptn_inbox_answer_again(struct ptn_inbox *inbox, const char *name,
                                         struct ptn_buffer *answer)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_inbox_path(inbox, PTN_INBOX_ANSWERED, name, path);

    return ptn_ok(status) ? inbox->world->files->read(inbox->world->context, path, answer) : status;
}

struct ptn_status ptn_inbox_answer_keep(struct ptn_inbox *inbox, const char *name,
                                        struct ptn_bytes answer)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_inbox_path(inbox, PTN_INBOX_ANSWERED, name, path);

    if (ptn_ok(status))
        status = inbox->world->files->replace(inbox->world->context, path, answer);
    if (ptn_ok(status))
        ptn_inbox_keep(inbox, PTN_INBOX_ANSWERED, name);
    return status;
}
