/*
 * node/inbox.c -- a gateway's inbox, a batch a turn (docs/format/inbox.md).
 *
 *   file: in inbox/ -- opened --> read message by message -- its end --> finished
 *   batch: filled -- noted in intake/, appended, confirmed --> answers put out, files moved
 *
 * Whatever fails on the way is left as it was: the file still lies in inbox/, and what of it is in
 * the ledger is known when it is read again.
 */
#include "node/inbox_int.h"

#define ARENA_MAX    ((size_t)64 << 20) /* as `postern message read` has */
#define INPUT_MAX    ((size_t)64 << 20) /* a longer file is mapped, not copied */
#define PARTS_MAX    ((size_t)64 << 20) /* of messages that came in part */
#define CODES_FILE   "codes.tsv"
#define NAMES_MAX    8192u /* files of one look into the inbox; the next look finds the rest */
#define ANSWER_NAME  200u  /* bytes of a file's name in its answer's */
#define KEPT_MAX     65536u
#define DONE_KEPT_MS (INT64_C(72) * 3600 * 1000)
#define PATH_SIZE    PTN_NODE_PATH_MAX

static const char *const place_names[PTN_INBOX_PLACES] = { "inbox", "done",   "quarantine",
                                                           "held",  "outbox", "answered" };

static int64_t now_ms(const struct ptn_inbox *inbox)
{
    return inbox->world->now_ms(inbox->world->context);
}

struct ptn_status ptn_inbox_path(const struct ptn_inbox *inbox, enum ptn_inbox_place place,
                                 const char *name, char path[PATH_SIZE])
{
    int len = snprintf(path, PATH_SIZE, "%s/%s/%s", inbox->dir, place_names[place], name);

    return (struct ptn_status){ len < 0 || (size_t)len >= PATH_SIZE ? PTN_C_TOO_BIG : PTN_C_OK };
}

static struct ptn_status move(const struct ptn_inbox *inbox, enum ptn_inbox_place from,
                              enum ptn_inbox_place to, const char *name)
{
    char source[PATH_SIZE];
    char target[PATH_SIZE];
    struct ptn_status status = ptn_inbox_path(inbox, from, name, source);

    if (ptn_ok(status) && to == PTN_INBOX_NOWHERE)
        return inbox->world->files->remove(inbox->world->context, source);
    if (ptn_ok(status))
        status = ptn_inbox_path(inbox, to, name, target);
    return ptn_ok(status) ? inbox->world->files->move(inbox->world->context, source, target)
                          : status;
}

/* Out of the inbox, without the numbers of payment cards. Cut off between the two, it is read again
 * and nothing of it is new: GATEWAY-2, GATEWAY-7. */
static struct ptn_status move_masked(struct ptn_inbox *inbox, enum ptn_inbox_place to,
                                     const char *name)
{
    const struct ptn_files *files = inbox->world->files;
    struct ptn_buffer bytes = { .len_max = INPUT_MAX };
    char path[PATH_SIZE];
    size_t hidden;
    struct ptn_status status = ptn_inbox_path(inbox, PTN_INBOX_INBOX, name, path);

    if (ptn_ok(status))
        status = files->read(inbox->world->context, path, &bytes);
    if (ptn_ok(status))
        status = ptn_cards_mask(bytes.at, bytes.len, &hidden);
    if (ptn_ok(status))
        status = ptn_inbox_path(inbox, to, name, path);
    if (ptn_ok(status))
        status = files->replace(inbox->world->context, path, ptn_buffer_bytes(&bytes));
    if (bytes.at != NULL)
        explicit_bzero(bytes.at, bytes.capacity);
    ptn_buffer_release(&bytes);
    return ptn_ok(status) ? move(inbox, PTN_INBOX_INBOX, PTN_INBOX_NOWHERE, name) : status;
}

/* ---- what lies in done/, answered/ and held/ ---- */

void ptn_inbox_keep(struct ptn_inbox *inbox, enum ptn_inbox_place place, const char *name)
{
    struct ptn_inbox_kept *kept;

    if (inbox->kept_count == KEPT_MAX) { /* the oldest goes before its time */
        if (inbox->kept[0].place != PTN_INBOX_HELD)
            (void)ptn_ok(move(inbox, inbox->kept[0].place, PTN_INBOX_NOWHERE, inbox->kept[0].name));
        free(inbox->kept[0].name);
        inbox->kept_count--;
        memmove(inbox->kept, inbox->kept + 1, inbox->kept_count * sizeof(*kept));
    }
    kept = &inbox->kept[inbox->kept_count];
    *kept = (struct ptn_inbox_kept){ strdup(name), place, now_ms(inbox) };
    if (kept->name != NULL)
        inbox->kept_count++;
}

/* Files whose time is over: out of done/ and answered/, and out of held/ into done/. */
static void tidy(struct ptn_inbox *inbox)
{
    int64_t now = now_ms(inbox);
    bool none_waits = ptn_assembly_count(inbox->assembly) == 0;
    size_t left = 0;

    for (size_t i = 0; i < inbox->kept_count; i++) {
        struct ptn_inbox_kept kept = inbox->kept[i];
        int64_t limit_ms =
            kept.place == PTN_INBOX_HELD ? PTN_ASSEMBLY_TIMEOUT_MS + 1000 : DONE_KEPT_MS;
        bool over = now - kept.since_ms >= limit_ms || (kept.place == PTN_INBOX_HELD && none_waits);

        if (over && kept.place != PTN_INBOX_HELD) {
            (void)ptn_ok(move(inbox, kept.place, PTN_INBOX_NOWHERE, kept.name));
            free(kept.name);
            continue;
        }
        if (over && ptn_ok(move(inbox, PTN_INBOX_HELD, PTN_INBOX_DONE, kept.name)))
            kept = (struct ptn_inbox_kept){ kept.name, PTN_INBOX_DONE, now };
        inbox->kept[left++] = kept;
    }
    inbox->kept_count = left;
}

/* ---- answers ---- */

struct ptn_status ptn_inbox_put_answer(struct ptn_inbox *inbox, const char *name,
                                       const char *suffix, const struct ptn_buffer *answer)
{
    char file[PTN_INBOX_NAME_SIZE + 16];
    char path[PATH_SIZE];
    struct ptn_status status;

    if (answer->len == 0)
        return PTN_OK;
    (void)snprintf(file, sizeof(file), "%.*s.answer.%s", (int)ANSWER_NAME, name, suffix);
    status = ptn_inbox_path(inbox, PTN_INBOX_OUTBOX, file, path);
    if (ptn_ok(status))
        status = inbox->world->files->put(inbox->world->context, path, ptn_buffer_bytes(answer));
    if (ptn_ok(status))
        inbox->standing.answers++;
    return status;
}

/* ---- files ---- */

static bool is_looked_at(const char *name)
{
    static const char *const unfinished[] = { ".part", ".tmp", ".new", ".filepart" };
    size_t len = strlen(name);

    if (name[0] == '.' || len >= PTN_INBOX_NAME_SIZE)
        return false;
    for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++) {
        size_t end = strlen(unfinished[i]);

        if (len >= end && strcmp(name + len - end, unfinished[i]) == 0)
            return false;
    }
    return true;
}

static bool add_name(void *context, const char *name)
{
    struct ptn_inbox *inbox = context;

    if (!is_looked_at(name))
        return true;
    inbox->standing.waiting++;
    if (inbox->name_count < NAMES_MAX) {
        inbox->names[inbox->name_count] = strdup(name);
        inbox->name_count += inbox->names[inbox->name_count] != NULL ? 1 : 0;
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void forget_names(struct ptn_inbox *inbox)
{
    for (size_t i = 0; i < inbox->name_count; i++)
        free(inbox->names[i]);
    inbox->name_count = 0;
    inbox->name_next = 0;
}

static struct ptn_status look(struct ptn_inbox *inbox)
{
    char path[PATH_SIZE];
    struct ptn_status status = ptn_node_path(path, inbox->dir, place_names[PTN_INBOX_INBOX]);

    forget_names(inbox);
    inbox->standing.waiting = 0;
    if (ptn_ok(status))
        status = inbox->world->files->list(inbox->world->context, path, add_name, inbox);
    qsort(inbox->names, inbox->name_count, sizeof(*inbox->names), by_name);
    return status;
}

void ptn_inbox_close_file(struct ptn_inbox *inbox)
{
    struct ptn_inbox_open *file = &inbox->file;

    ptn_manifest_reader_free(file->reader);
    if (file->map != NULL)
        inbox->world->files->unmap(inbox->world->context, file->map);
    ptn_buffer_release(&file->answer);
    ptn_buffer_release(&file->lines);
    ptn_buffer_release(&file->board_note);
    ptn_buffer_release(&file->told);
    *file = (struct ptn_inbox_open){ .open = false };
}

/* Its bytes: copied, so that whoever still has it open changes nothing under the reader; mapped
 * when it is very large. */
static struct ptn_status load(struct ptn_inbox *inbox, const char *path)
{
    const struct ptn_files *files = inbox->world->files;
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_status status;

    ptn_buffer_clear(&inbox->input);
    status = files->read(inbox->world->context, path, &inbox->input);
    if (status.code == PTN_C_TOO_BIG) {
        status = files->map(inbox->world->context, path, &file->map, &file->bytes);
        return ptn_ok(status) ? ptn_cards_count(file->bytes, &file->cards) : status;
    }
    if (ptn_ok(status))
        status = ptn_cards_mask(inbox->input.at, inbox->input.len, &file->cards);
    file->bytes = ptn_buffer_bytes(&inbox->input);
    return status;
}

/* Nothing in it is a message: kept, and looked at by a person. */
struct ptn_status ptn_inbox_refuse(struct ptn_inbox *inbox, const struct ptn_diag *diag)
{
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_carrier_message message = { .verdict = PTN_MESSAGE_QUARANTINED, .notes = 1 };
    struct ptn_status status = ptn_inbox_take_file(inbox, &message);

    if (ptn_ok(status) && !file->quarantined)
        status = ptn_reply_refuse(ptn_bytes_from_text(file->name), diag, &file->lines);
    if (ptn_ok(status))
        file->quarantined = true;
    return status;
}

static void passed(void *context, size_t offset)
{
    const struct ptn_inbox *inbox = context;

    inbox->world->files->pass(inbox->world->context, inbox->file.map, offset);
}

/* Open the next file; its reader is NULL when nothing in it is a message. NOT_FOUND: it is gone. */
static struct ptn_status open_next(struct ptn_inbox *inbox)
{
    struct ptn_inbox_open *file = &inbox->file;
    const char *name = inbox->names[inbox->name_next++];
    struct ptn_bytes bytes = ptn_bytes_from_text(name);
    char path[PATH_SIZE];
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_inbox_path(inbox, PTN_INBOX_INBOX, name, path);

    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    ptn_buffer_init(&file->answer, PTN_INBOX_ANSWER_MAX);
    ptn_buffer_init(&file->lines, PTN_INBOX_ANSWER_MAX);
    file->reply = (struct ptn_reply){ .codes = &inbox->codes,
                                      .time_ms = now_ms(inbox),
                                      .out = &file->answer };
    if (ptn_ok(status))
        status = ptn_inbox_digest(&bytes, 1, file->digest, sizeof(file->digest));
    if (ptn_ok(status))
        status = load(inbox, path);
    file->open = ptn_ok(status);
    if (ptn_ok(status))
        status = ptn_manifest_reader_new(file->bytes, &file->reader, &diag);
    if (ptn_ok(status) && file->map != NULL)
        ptn_manifest_reader_watch(file->reader, passed, inbox);
    if (status.code == PTN_C_BAD_INPUT)
        status = ptn_inbox_refuse(inbox, &diag);
    if (!ptn_ok(status))
        ptn_inbox_close_file(inbox);
    return status;
}

/* The file was read to its end. */
static struct ptn_status finish(struct ptn_inbox *inbox)
{
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_inbox_finished *finished = &inbox->finished[inbox->finished_count];
    struct ptn_status status = PTN_OK;

    if (file->is_list)
        status = ptn_inbox_take_file(inbox, &file->list);
    if (ptn_ok(status))
        status = ptn_reply_end(&file->reply);
    if (!ptn_ok(status))
        return status;
    (void)snprintf(finished->name, sizeof(finished->name), "%s", file->name);
    finished->answer = file->answer;
    finished->lines = file->lines;
    file->answer = file->lines = (struct ptn_buffer){ 0 };
    finished->to = file->quarantined                                  ? PTN_INBOX_QUARANTINE
                   : file->tests > 0 && file->tests == file->messages ? PTN_INBOX_NOWHERE
                   : file->waits                                      ? PTN_INBOX_HELD
                                                                      : PTN_INBOX_DONE;
    finished->cards = file->cards > 0;
    if (finished->cards && file->map != NULL) /* too large to be written anew */
        finished->to = PTN_INBOX_NOWHERE;
    inbox->finished_count++;
    ptn_inbox_close_file(inbox);
    return PTN_OK;
}

/* The next message of the open file, or its end. */
static struct ptn_status step(struct ptn_inbox *inbox)
{
    struct ptn_inbox_open *file = &inbox->file;
    struct ptn_diag diag = { 0, "a message is larger than can be read" };
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (file->held_over)
        return ptn_inbox_take_manifest(inbox);
    ptn_arena_clear(inbox->arena);
    if (file->reader != NULL)
        status = ptn_manifest_next(file->reader, inbox->arena, inbox->manifest);
    if (ptn_ok(status))
        return ptn_inbox_take_manifest(inbox);
    if (status.code == PTN_C_NO_MEMORY) { /* what came before it is taken; a person looks */
        ptn_manifest_reader_free(file->reader);
        file->reader = NULL;
        return ptn_inbox_refuse(inbox, &diag);
    }
    return status.code == PTN_C_NOT_FOUND ? finish(inbox) : status;
}

/* ---- a batch ---- */

/* Give up what is on its way. The files still lie in the inbox. */
static void abandon(struct ptn_inbox *inbox)
{
    ptn_inbox_close_file(inbox);
    for (size_t i = 0; i < inbox->finished_count; i++) {
        ptn_buffer_release(&inbox->finished[i].answer);
        ptn_buffer_release(&inbox->finished[i].lines);
    }
    inbox->finished_count = 0;
    ptn_intake_drop(inbox->intake);
    ptn_inbox_batch_clear(&inbox->batch);
    forget_names(inbox);
}

/* Fill the batch as far as there are files and room. */
static struct ptn_status fill(struct ptn_inbox *inbox)
{
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && !ptn_inbox_batch_is_full(&inbox->batch) &&
           inbox->finished_count < PTN_INBOX_FINISHED_MAX) {
        if (inbox->file.open) {
            status = step(inbox);
        } else if (inbox->name_next < inbox->name_count) {
            status = open_next(inbox);
            if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_IO)
                status = PTN_OK; /* gone, or not readable now: the next look finds it */
        } else {
            break;
        }
    }
    return status.code == PTN_C_BUSY ? PTN_OK : status;
}

struct ptn_status ptn_inbox_commit(struct ptn_inbox *inbox, struct ptn_diag *reterr)
{
    uint64_t size = 0;
    struct ptn_status status;

    if (inbox->batch.entry_count == 0)
        return PTN_OK;
    status = ptn_ledger_size(inbox->ledger, &size, reterr);
    if (ptn_ok(status))
        status = ptn_intake_write(inbox->intake, size);
    if (ptn_ok(status))
        status = ptn_inbox_batch_append(&inbox->batch, inbox->ledger, now_ms(inbox), reterr);
    if (ptn_ok(status))
        ptn_intake_confirm(inbox->intake);
    ptn_inbox_batch_clear(&inbox->batch);
    return status;
}

/* All answers of the batch, durably: only then is a file put away. */
static struct ptn_status put_answers(struct ptn_inbox *inbox)
{
    uint64_t answers = inbox->standing.answers;
    char path[PATH_SIZE];
    struct ptn_status status = ptn_node_path(path, inbox->dir, place_names[PTN_INBOX_OUTBOX]);

    for (size_t i = 0; ptn_ok(status) && i < inbox->finished_count; i++) {
        const struct ptn_inbox_finished *finished = &inbox->finished[i];

        status = ptn_inbox_put_answer(inbox, finished->name, "edi", &finished->answer);
        if (ptn_ok(status))
            status = ptn_inbox_put_answer(inbox, finished->name, "txt", &finished->lines);
    }
    if (ptn_ok(status) && inbox->standing.answers > answers)
        status = inbox->world->files->settle(inbox->world->context, path);
    return status;
}

/* Answers out, files away. */
static struct ptn_status put_away(struct ptn_inbox *inbox)
{
    struct ptn_status status = put_answers(inbox);

    for (size_t i = 0; i < inbox->finished_count; i++) {
        struct ptn_inbox_finished *finished = &inbox->finished[i];

        if (ptn_ok(status)) {
            status = finished->cards && finished->to != PTN_INBOX_NOWHERE
                         ? move_masked(inbox, finished->to, finished->name)
                         : move(inbox, PTN_INBOX_INBOX, finished->to, finished->name);
            if (status.code == PTN_C_NOT_FOUND)
                status = PTN_OK; /* somebody took it away */
            inbox->standing.files += ptn_ok(status) ? 1 : 0;
            inbox->standing.waiting -= inbox->standing.waiting > 0 ? 1 : 0;
        }
        if (ptn_ok(status) && (finished->to == PTN_INBOX_DONE || finished->to == PTN_INBOX_HELD))
            ptn_inbox_keep(inbox, finished->to, finished->name);
        ptn_buffer_release(&finished->answer);
        ptn_buffer_release(&finished->lines);
    }
    inbox->finished_count = 0;
    return status;
}

struct ptn_status ptn_inbox_turn(struct ptn_inbox *inbox, bool *ret_more, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    *ret_more = false;
    ptn_inbox_answer_late(inbox, now_ms(inbox) - PTN_ASSEMBLY_TIMEOUT_MS);
    tidy(inbox);
    if (!inbox->file.open && inbox->name_next == inbox->name_count)
        status = look(inbox);
    if (ptn_ok(status))
        status = fill(inbox);
    if (ptn_ok(status))
        status = ptn_inbox_commit(inbox, reterr);
    if (ptn_ok(status))
        status = put_away(inbox);
    if (!ptn_ok(status)) {
        abandon(inbox);
        return status;
    }
    *ret_more = inbox->file.open || inbox->name_next < inbox->name_count;
    return PTN_OK;
}

void ptn_inbox_standing(const struct ptn_inbox *inbox, struct ptn_inbox_standing *ret_standing)
{
    *ret_standing = inbox->standing;
    ret_standing->sets_waiting = ptn_assembly_count(inbox->assembly);
}

/* ---- opening ---- */

static bool note_done(void *context, const char *name)
{
    if (is_looked_at(name))
        ptn_inbox_keep(context, PTN_INBOX_DONE, name);
    return true;
}

static bool note_answered(void *context, const char *name)
{
    if (is_looked_at(name))
        ptn_inbox_keep(context, PTN_INBOX_ANSWERED, name);
    return true;
}

/* What waited for its other parts is read again: of it nothing is written twice. */
static struct ptn_status bring_back(struct ptn_inbox *inbox)
{
    char path[PATH_SIZE];
    struct ptn_status status = ptn_node_path(path, inbox->dir, place_names[PTN_INBOX_HELD]);

    if (ptn_ok(status))
        status = inbox->world->files->list(inbox->world->context, path, add_name, inbox);
    for (size_t i = 0; ptn_ok(status) && i < inbox->name_count; i++) {
        status = ptn_inbox_path(inbox, PTN_INBOX_INBOX, inbox->names[i], path);
        /* a file of the same name that came since is not covered up */
        if (ptn_ok(status) && !inbox->world->files->exists(inbox->world->context, path))
            status = move(inbox, PTN_INBOX_HELD, PTN_INBOX_INBOX, inbox->names[i]);
        else if (ptn_ok(status))
            ptn_inbox_keep(inbox, PTN_INBOX_HELD, inbox->names[i]);
    }
    forget_names(inbox);
    return status;
}

static struct ptn_status make_places(struct ptn_inbox *inbox)
{
    char path[PATH_SIZE];
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < PTN_INBOX_PLACES; i++) {
        status = ptn_node_path(path, inbox->dir, place_names[i]);
        if (ptn_ok(status))
            status = inbox->world->files->make_dir(inbox->world->context, path);
    }
    if (ptn_ok(status))
        status = ptn_node_path(path, inbox->dir, place_names[PTN_INBOX_DONE]);
    if (ptn_ok(status))
        status = inbox->world->files->list(inbox->world->context, path, note_done, inbox);
    if (ptn_ok(status))
        status = ptn_node_path(path, inbox->dir, place_names[PTN_INBOX_ANSWERED]);
    if (ptn_ok(status))
        status = inbox->world->files->list(inbox->world->context, path, note_answered, inbox);
    return ptn_ok(status) ? bring_back(inbox) : status;
}

const struct ptn_reply_codes *ptn_inbox_codes(const struct ptn_inbox *inbox)
{
    return &inbox->codes;
}

static struct ptn_status load_codes(struct ptn_inbox *inbox, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_REPLY_CODES_MAX };
    char path[PATH_SIZE];
    struct ptn_status status = ptn_node_path(path, inbox->dir, CODES_FILE);
    bool own = ptn_ok(status) && inbox->world->files->exists(inbox->world->context, path);

    if (own)
        status = inbox->world->files->read(inbox->world->context, path, &file);
    if (ptn_ok(status))
        status = ptn_reply_codes_parse(own ? ptn_buffer_bytes(&file) : ptn_reply_codes_shipped(),
                                       &inbox->codes, reterr);
    ptn_buffer_release(&file);
    return status;
}

static bool take_memory(struct ptn_inbox *inbox)
{
    inbox->assembly = ptn_assembly_new(PARTS_MAX);
    inbox->arena = ptn_arena_new(ARENA_MAX);
    inbox->joined_arena = ptn_arena_new(ARENA_MAX);
    inbox->manifest = malloc(sizeof(*inbox->manifest));
    inbox->joined = malloc(sizeof(*inbox->joined));
    inbox->names = calloc(NAMES_MAX, sizeof(*inbox->names));
    inbox->kept = calloc(KEPT_MAX, sizeof(*inbox->kept));
    return inbox->assembly != NULL && inbox->arena != NULL && inbox->joined_arena != NULL &&
           inbox->manifest != NULL && inbox->joined != NULL && inbox->names != NULL &&
           inbox->kept != NULL;
}

struct ptn_status ptn_inbox_open(const struct ptn_world *world, const char *dir,
                                 struct ptn_ledger *ledger, struct ptn_inbox **ret_inbox,
                                 struct ptn_diag *reterr)
{
    struct ptn_inbox *inbox = calloc(1, sizeof(*inbox));
    uint64_t size = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };
    int len;

    if (inbox == NULL)
        return status;
    inbox->world = world;
    inbox->ledger = ledger;
    ptn_inbox_batch_init(&inbox->batch);
    ptn_buffer_init(&inbox->input, INPUT_MAX);
    len = snprintf(inbox->dir, sizeof(inbox->dir), "%s", dir);
    if (len < 0 || (size_t)len >= sizeof(inbox->dir))
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
    else if (take_memory(inbox))
        status = load_codes(inbox, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status))
        status = ptn_intake_open(world, dir, size, &inbox->intake, reterr);
    if (ptn_ok(status))
        status = make_places(inbox);
    if (!ptn_ok(status)) {
        ptn_inbox_close(inbox);
        return status;
    }
    *ret_inbox = inbox;
    return PTN_OK;
}

void ptn_inbox_close(struct ptn_inbox *inbox)
{
    if (inbox == NULL)
        return;
    if (inbox->intake != NULL && inbox->names != NULL)
        abandon(inbox);
    ptn_inbox_batch_release(&inbox->batch);
    if (inbox->input.at != NULL)
        explicit_bzero(inbox->input.at, inbox->input.capacity);
    ptn_buffer_release(&inbox->input);
    if (inbox->post_input.at != NULL)
        explicit_bzero(inbox->post_input.at, inbox->post_input.capacity);
    ptn_buffer_release(&inbox->post_input);
    for (size_t i = 0; i < inbox->kept_count; i++)
        free(inbox->kept[i].name);
    free(inbox->kept);
    free(inbox->names);
    free(inbox->manifest);
    ptn_manifest_reader_free(inbox->joined_reader);
    free(inbox->joined);
    ptn_arena_free(inbox->arena);
    ptn_arena_free(inbox->joined_arena);
    ptn_arena_free(inbox->post_arena);
    free(inbox->post_manifest);
    ptn_assembly_free(inbox->assembly);
    ptn_intake_close(inbox->intake);
    free(inbox);
}
