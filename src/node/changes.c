/*
 * node/changes.c -- carriers are told when what they were told of boarding changes
 * (docs/format/boarding.md "Changes").
 *
 *   told/NAME -- judged by the table now: differs --> told/NAME.next, whole: the new answers, and
 *                the unsolicited message about them
 *   .next     -- into the ledger (known by its reference: once) --> told/OUT --> .next becomes
 *                NAME --> OUT is moved to outbox/
 *
 * GATEWAY-8: cut off anywhere, it goes on where it was, and the move, which is whole or not at all,
 * is the last step: a message lies in outbox/ once, also where somebody took it away at once.
 * One flight at a time is in memory, some at each turn.
 */
#include "node/inbox_int.h"

#define FLIGHTS_A_TURN 8u
#define AGAIN_MS       INT64_C(60000) /* what is over is looked for so often */
#define ARENA_MAX      ((size_t)4 << 20)
#define SCRATCH_MAX    ((size_t)256 << 10)
#define CHANGED_MAX    500u /* people of one answer, so that it fits; the others in the next */
#define NOTE_MAX       PTN_MESSAGE_BOARDING_MAX
#define NAMES_MAX      ((size_t)3 * PTN_TOLD_FLIGHTS_MAX)
#define OUT_SUFFIX     ".answer.edi"

struct name {
    char text[PTN_TOLD_OUT_SIZE];
};

struct ptn_changes {
    const struct ptn_world *world;
    char dir[PTN_NODE_PATH_MAX];
    struct ptn_inbox *inbox;
    struct ptn_arena *arena, *scratch; /* one flight's; and one question's to decision/ */
    struct name *names;                /* of the walk */
    size_t count, next;
    bool recovered; /* what a crash cut off has gone on */
    bool walking;
    uint8_t judged[PTN_SHA256_LEN]; /* by which table and register the last walk was */
    bool done;                      /* and it came to its end */
    int64_t again_ms;
    struct ptn_changes_standing standing;
};

struct ptn_status ptn_changes_new(const struct ptn_world *world, const char *dir,
                                  struct ptn_inbox *inbox, struct ptn_changes **ret_changes)
{
    struct ptn_changes *changes = calloc(1, sizeof(*changes));

    if (changes == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    changes->world = world;
    changes->inbox = inbox;
    changes->arena = ptn_arena_new(ARENA_MAX);
    changes->scratch = ptn_arena_new(SCRATCH_MAX);
    changes->names = calloc(NAMES_MAX, sizeof(*changes->names));
    if (changes->arena == NULL || changes->scratch == NULL || changes->names == NULL ||
        strlen(dir) >= PTN_NODE_PATH_MAX) {
        ptn_changes_free(changes);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    (void)snprintf(changes->dir, sizeof(changes->dir), "%s", dir);
    *ret_changes = changes;
    return PTN_OK;
}

void ptn_changes_free(struct ptn_changes *changes)
{
    if (changes == NULL)
        return;
    ptn_arena_free(changes->arena);
    ptn_arena_free(changes->scratch);
    free(changes->names);
    free(changes);
}

/* ---- what lies there ---- */

static bool take_name(void *context, const char *name)
{
    struct ptn_changes *changes = context;

    if (changes->count < NAMES_MAX && strlen(name) < sizeof(changes->names->text))
        (void)snprintf(changes->names[changes->count++].text, sizeof(changes->names->text), "%s",
                       name);
    return true;
}

static struct ptn_status list_names(struct ptn_changes *changes)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, changes->dir, PTN_TOLD_DIR);

    changes->count = 0;
    changes->next = 0;
    if (ptn_ok(status))
        status = changes->world->files->list(changes->world->context, path, take_name, changes);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t end = strlen(suffix);

    return len > end && strcmp(name + len - end, suffix) == 0;
}

/* ---- out ---- */

static struct ptn_status settle(const struct ptn_changes *changes, const char *folder)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, changes->dir, folder);

    return ptn_ok(status) ? changes->world->files->settle(changes->world->context, path) : status;
}

/* The last step: from here on it is whoever serves the carrier's. */
static struct ptn_status lay_out(struct ptn_changes *changes, const char *out)
{
    char from[PTN_NODE_PATH_MAX];
    char to[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_told_path(changes->dir, out, "", from);

    if (ptn_ok(status))
        status = ptn_inbox_path(changes->inbox, PTN_INBOX_OUTBOX, out, to);
    if (ptn_ok(status))
        status = changes->world->files->move(changes->world->context, from, to);
    if (ptn_ok(status))
        status = settle(changes, "outbox");
    if (ptn_ok(status))
        changes->standing.sent++;
    return status;
}

/* A change that was worked out, to its end. Each step may have been done before. */
static struct ptn_status finish(struct ptn_changes *changes, const char *name,
                                struct ptn_diag *reterr)
{
    const struct ptn_files *files = changes->world->files;
    void *context = changes->world->context;
    struct ptn_buffer file = { .len_max = PTN_TOLD_FILE_MAX };
    char next[PTN_NODE_PATH_MAX];
    char path[PTN_NODE_PATH_MAX];
    char out[PTN_TOLD_OUT_SIZE];
    struct ptn_told told = { .changes = 0 };
    struct ptn_status status = ptn_told_path(changes->dir, name, PTN_TOLD_NEXT, next);

    ptn_arena_clear(changes->arena);
    if (ptn_ok(status))
        status = files->read(context, next, &file);
    if (ptn_ok(status))
        status = ptn_told_parse(ptn_buffer_bytes(&file), changes->arena, &told);
    if (status.code == PTN_C_BAD_INPUT) { /* nothing was said yet: it is worked out anew */
        ptn_buffer_release(&file);
        changes->standing.unread++;
        return files->remove(context, next);
    }
    if (ptn_ok(status)) {
        (void)snprintf(out, sizeof(out), "%.*s-changed-%.16s-%llu" OUT_SUFFIX,
                       (int)told.carrier.len, (const char *)told.carrier.at, name,
                       (unsigned long long)told.changes);
        status = ptn_inbox_take_own(changes->inbox, out, &told, reterr);
    }
    if (ptn_ok(status))
        status = ptn_told_path(changes->dir, out, "", path);
    if (ptn_ok(status))
        status = files->replace(context, path, told.answer);
    if (ptn_ok(status))
        status = ptn_told_path(changes->dir, name, "", path);
    if (ptn_ok(status))
        status = files->move(context, next, path);
    if (ptn_ok(status))
        status = settle(changes, PTN_TOLD_DIR);
    if (ptn_ok(status))
        status = lay_out(changes, out);
    ptn_buffer_release(&file);
    return status;
}

/* At the first turn: what a crash cut off, then what only waits to be laid out. */
static struct ptn_status recover(struct ptn_changes *changes, struct ptn_diag *reterr)
{
    struct ptn_status status = list_names(changes);

    for (size_t i = 0; i < changes->count && ptn_ok(status); i++) {
        char *name = changes->names[i].text;

        if (!ends_in(name, PTN_TOLD_NEXT))
            continue;
        name[strlen(name) - strlen(PTN_TOLD_NEXT)] = '\0';
        status = finish(changes, name, reterr);
    }
    if (ptn_ok(status))
        status = list_names(changes);
    for (size_t i = 0; i < changes->count && ptn_ok(status); i++)
        if (ends_in(changes->names[i].text, OUT_SUFFIX))
            status = lay_out(changes, changes->names[i].text);
    changes->recovered = ptn_ok(status);
    changes->count = 0;
    return status;
}

/* ---- one flight ---- */

static const struct ptn_carrier *carrier_of(const struct ptn_carriers *carriers,
                                            struct ptn_bytes code)
{
    for (size_t i = 0; i < carriers->count; i++)
        if (!carriers->at[i].ended && ptn_bytes_is(code, carriers->at[i].code))
            return &carriers->at[i];
    return NULL;
}

/* People of one message of theirs stand together: an answer is message by message. */
static int by_message(const void *a, const void *b)
{
    const struct ptn_told_person *one = a;
    const struct ptn_told_person *other = b;
    int order = ptn_bytes_compare(one->transaction, other->transaction);

    return order != 0 ? order : ptn_bytes_compare(one->common, other->common);
}

/* Who of the flight is told something else now, by that table; their new answers are in told.
 * changed has room for CHANGED_MAX. */
static struct ptn_status judge(struct ptn_changes *changes, const struct ptn_boarding_ask *ask,
                               struct ptn_told *told, struct ptn_reply_change *changed,
                               size_t *ret_count, struct ptn_buffer *note)
{
    struct ptn_buffer stops = { .len_max = NOTE_MAX - 256 };
    size_t no = 0;
    char digest[2 * 8 + 1];
    char words[PTN_BOARDING_WORDS_SIZE];
    struct ptn_status status = PTN_OK;

    *ret_count = 0;
    for (size_t i = 0; i < told->person_count && *ret_count < CHANGED_MAX && ptn_ok(status); i++) {
        struct ptn_told_person *person = &told->people[i];
        enum ptn_reply_answer answer = person->answer;
        size_t noted = stops.len;

        status = ptn_boarding_judge(ask, told->day, person, changes->scratch, &answer, &stops,
                                    *ret_count + 1);
        if (!ptn_ok(status) || answer == person->answer) {
            stops.len = noted; /* nothing is told of them */
            continue;
        }
        person->answer = answer;
        no += answer == PTN_REPLY_PERSON_NO_BOARD ? 1 : 0;
        changed[(*ret_count)++] = (struct ptn_reply_change){ .transaction = person->transaction,
                                                             .common = person->common,
                                                             .booking = person->booking,
                                                             .reference = person->reference,
                                                             .answer = answer };
    }
    if (ptn_ok(status))
        status =
            ptn_buffer_addf(note, "changed %zu no %zu table %s told %s\n", *ret_count, no,
                            ptn_hex_write(ask->table->digest, 8, digest),
                            ptn_boarding_sources_write(ask->sources & ask->table->sources, words));
    if (ptn_ok(status))
        status = ptn_buffer_add(note, ptn_buffer_bytes(&stops));
    ptn_buffer_release(&stops);
    return status;
}

/* What the carrier is told, in one interchange under a reference of the gateway's own. */
static struct ptn_status write_change(const struct ptn_changes *changes,
                                      const struct ptn_told *told, const char *name,
                                      const struct ptn_reply_change *changed, size_t count,
                                      struct ptn_buffer *out)
{
    char control[15];
    const struct ptn_manifest_sent sent = { .sender = told->sender,
                                            .recipient = told->recipient,
                                            .application = told->application,
                                            .interchange = { (const uint8_t *)control, 14 } };
    struct ptn_reply reply = { .codes = ptn_inbox_codes(changes->inbox),
                               .time_ms = changes->world->now_ms(changes->world->context),
                               .out = out };

    (void)snprintf(control, sizeof(control), "%.10s%04llu", name,
                   (unsigned long long)(told->changes % 10000));
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;

        while (end < count && ptn_bytes_equal(changed[end].transaction, changed[i].transaction) &&
               ptn_bytes_equal(changed[end].common, changed[i].common))
            end++;
        ptn_reply_change(&reply, &sent, &told->flight, changed + i, end - i);
        i = end;
    }
    return ptn_reply_end(&reply);
}

/* Write down whom the flight's carrier is to be told of anew, if anybody. */
static struct ptn_status change(struct ptn_changes *changes, const struct ptn_boarding_ask *ask,
                                const char *name, struct ptn_told *told, bool *ret_changed,
                                bool *ret_more)
{
    struct ptn_reply_change *changed = calloc(CHANGED_MAX, sizeof(*changed));
    struct ptn_buffer note = { .len_max = NOTE_MAX };
    struct ptn_buffer answer = { .len_max = PTN_TOLD_FILE_MAX / 2 };
    struct ptn_buffer file = { .len_max = PTN_TOLD_FILE_MAX };
    char path[PTN_NODE_PATH_MAX];
    size_t count = 0;
    struct ptn_status status = { changed == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    if (told->person_count > 0)
        qsort(told->people, told->person_count, sizeof(*told->people), by_message);
    if (ptn_ok(status))
        status = judge(changes, ask, told, changed, &count, &note);
    *ret_changed = ptn_ok(status) && count > 0;
    *ret_more = count == CHANGED_MAX;
    if (*ret_changed) {
        told->changes++;
        status = write_change(changes, told, name, changed, count, &answer);
        told->note = ptn_buffer_bytes(&note);
        told->answer = ptn_buffer_bytes(&answer);
    }
    if (ptn_ok(status) && *ret_changed)
        status = ptn_told_write(told, &file);
    if (ptn_ok(status) && *ret_changed)
        status = ptn_told_path(changes->dir, name, PTN_TOLD_NEXT, path);
    if (ptn_ok(status) && *ret_changed)
        status =
            changes->world->files->replace(changes->world->context, path, ptn_buffer_bytes(&file));
    free(changed);
    ptn_buffer_release(&note);
    ptn_buffer_release(&answer);
    ptn_buffer_release(&file);
    return status;
}

/* What is to be asked of that carrier's people; no table: nothing. */
static struct ptn_boarding_ask ask_of(const struct ptn_changes_by *by,
                                      const struct ptn_carrier *carrier)
{
    struct ptn_boarding_ask ask = { .own_state = by->own_state };

    if (carrier == NULL || carrier->sources == 0 ||
        (by->table->carrier[0] != '\0' && strcmp(by->table->carrier, carrier->code) != 0))
        return ask;
    ask.sources = carrier->sources;
    ask.table = by->table;
    return ask;
}

/* *ret_more: of this flight there is more to tell. */
static struct ptn_status look_at(struct ptn_changes *changes, const struct ptn_changes_by *by,
                                 const char *name, bool *ret_more, struct ptn_diag *reterr)
{
    const struct ptn_files *files = changes->world->files;
    void *context = changes->world->context;
    struct ptn_buffer file = { .len_max = PTN_TOLD_FILE_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_boarding_ask ask;
    struct ptn_told told = { .changes = 0 };
    bool changed = false;
    struct ptn_status status = ptn_told_path(changes->dir, name, "", path);

    ptn_arena_clear(changes->arena);
    if (ptn_ok(status))
        status = files->read(context, path, &file);
    if (ptn_ok(status))
        status = ptn_told_parse(ptn_buffer_bytes(&file), changes->arena, &told);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG) {
        changes->standing.unread++;
        status = files->remove(context, path);
    } else if (ptn_ok(status) && told.until_ms < changes->world->now_ms(context)) {
        status = files->remove(context, path);
    } else if (ptn_ok(status)) {
        changes->standing.flights++;
        ask = ask_of(by, carrier_of(by->carriers, told.carrier));
        if (ask.table != NULL && memcmp(ask.table->salt, told.salt, PTN_SHA256_LEN) != 0)
            changes->standing.other_salt++;
        else if (ask.table != NULL)
            status = change(changes, &ask, name, &told, &changed, ret_more);
    }
    ptn_buffer_release(&file);
    if (ptn_ok(status) && changed)
        status = finish(changes, name, reterr);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* ---- all of them ---- */

/* What an answer depends on beside the person: the table, and who is told of what. */
static struct ptn_status digest_of(const struct ptn_changes_by *by,
                                   uint8_t ret_digest[PTN_SHA256_LEN])
{
    const struct ptn_bytes parts[] = { ptn_bytes_of(by->table->digest, PTN_SHA256_LEN), by->reg };

    return ptn_sha256(parts, 2, ret_digest);
}

static struct ptn_status begin(struct ptn_changes *changes, const uint8_t *digest, int64_t now_ms)
{
    struct ptn_status status = list_names(changes);

    memcpy(changes->judged, digest, PTN_SHA256_LEN);
    changes->walking = ptn_ok(status);
    changes->done = false;
    changes->again_ms = now_ms + AGAIN_MS;
    changes->standing.flights = 0;
    changes->standing.other_salt = 0;
    return status;
}

struct ptn_status ptn_changes_turn(struct ptn_changes *changes, const struct ptn_changes_by *by,
                                   struct ptn_diag *reterr)
{
    int64_t now_ms = changes->world->now_ms(changes->world->context);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = PTN_OK;

    if (!changes->recovered)
        status = recover(changes, reterr);
    if (!ptn_ok(status) || by->table == NULL || now_ms > by->table->until_ms)
        return status;
    status = digest_of(by, digest);
    if (ptn_ok(status) && (memcmp(digest, changes->judged, sizeof(digest)) != 0 ||
                           now_ms >= changes->again_ms || (!changes->walking && !changes->done)))
        status = begin(changes, digest, now_ms);
    for (unsigned i = 0; ptn_ok(status) && i < FLIGHTS_A_TURN && changes->next < changes->count;
         i++) {
        const char *name = changes->names[changes->next].text;
        bool more = false;

        if (strchr(name, '.') == NULL)
            status = look_at(changes, by, name, &more, reterr);
        if (ptn_ok(status) && !more)
            changes->next++;
    }
    if (ptn_ok(status) && changes->next == changes->count) {
        changes->walking = false;
        changes->done = true;
    }
    if (!ptn_ok(status)) /* what was begun goes on first, and then all of them anew */
        changes->recovered = changes->walking = changes->done = false;
    return status;
}

void ptn_changes_standing(const struct ptn_changes *changes,
                          struct ptn_changes_standing *ret_standing)
{
    *ret_standing = changes->standing;
}
