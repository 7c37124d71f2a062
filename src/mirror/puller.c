/*
 * Pulling from one keeper. Each call works out the most urgent thing this keeper can give: a
 * checkpoint its heads tell of, entries, payloads; lower order first. With nothing to do it asks
 * for the heads and lets the keeper hold the question.
 *
 * A keeper is believed in nothing: checkpoints are checked by the ledger's key, entries by the
 * tree, payloads by their names, cosignatures by its own key and the copy's root.
 */
#include <stdlib.h>

#include "mirror/follow_int.h"

#define LIE_MS             INT64_C(3600000) /* passed over after a lie */
#define REFUSED_MS         INT64_C(5000)    /* after a refusal */
#define WITHHOLDS_MS       INT64_C(600000)  /* others' heads may be ahead for so long */
#define STALE_MS           INT64_C(1000) /* heads older than this are asked for while catching up */
#define PAYLOADS_MS        INT64_C(60000) /* what nobody had may have come to somebody */
#define PAYLOADS_AT_A_TIME 1024u

enum asked {
    ASKED_NOTHING,
    ASKED_HEADS,
    ASKED_CHECKPOINT,
    ASKED_ENTRIES,
    ASKED_PAYLOADS,
};

struct ptn_puller {
    struct ptn_follow *follow; /* Borrowed */
    unsigned place;            /* in the follow's tables */
    char *mirror_name;         /* Owned */
    struct ptn_vkey mirror;
    struct ptn_puller_standing standing;
    bool has_heads;      /* asked for since the last wake */
    int64_t payloads_ms; /* when missing payloads were last asked for from the beginning */
    char token[PTN_WIRE_TOKEN_MAX + 1];
    enum asked asked;
    struct ptn_hash about; /* the ledger asked about */
    uint64_t first;        /* of the bundle or payloads asked for */
    unsigned width;
    struct ptn_buffer path;
    struct ptn_bytes *views; /* PTN_LEDGER_BATCH_MAX of them */
};

const char *ptn_pull_trouble_word(enum ptn_pull_trouble trouble)
{
    static const char *const words[] = { "fine", "no-answer",  "refused",   "bad-answer",
                                         "lies", "fork-shown", "withholds", "own-disk" };

    return (unsigned)trouble < sizeof(words) / sizeof(words[0]) ? words[trouble] : "unknown";
}

struct ptn_status ptn_puller_new(struct ptn_follow *follow, const struct ptn_vkey *mirror,
                                 struct ptn_puller **ret_puller)
{
    struct ptn_puller *puller;

    if (follow->puller_count >= PTN_FOLLOW_KEEPERS_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    puller = calloc(1, sizeof(*puller));
    if (puller == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    puller->mirror_name = malloc(mirror->name.len + 1);
    puller->views = malloc(PTN_LEDGER_BATCH_MAX * sizeof(*puller->views));
    ptn_buffer_init(&puller->path, PTN_WIRE_PATH_MAX + 1);
    if (puller->mirror_name == NULL || puller->views == NULL) {
        free(puller->mirror_name);
        free(puller->views);
        free(puller);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    memcpy(puller->mirror_name, mirror->name.at, mirror->name.len);
    puller->mirror = *mirror;
    puller->mirror.name = ptn_bytes_of(puller->mirror_name, mirror->name.len);
    puller->follow = follow;
    puller->place = follow->puller_count++;
    follow->pullers[puller->place] = puller;
    *ret_puller = puller;
    return PTN_OK;
}

/* Nobody waits for what this puller had asked. */
static void let_go(struct ptn_puller *puller)
{
    struct followed *ledger = ptn_follow_find(puller->follow, &puller->about);

    if (ledger != NULL && puller->asked == ASKED_ENTRIES)
        ledger->busy_entries = false;
    if (ledger != NULL && puller->asked == ASKED_PAYLOADS)
        ledger->busy_payloads = false;
    puller->asked = ASKED_NOTHING;
}

/* It cannot go on for now: others may bring the entries it had begun with. */
static void let_others(struct ptn_puller *puller)
{
    for (size_t i = 0; i < puller->follow->count; i++)
        if (puller->follow->ledgers[i].solo == (int)puller->place)
            puller->follow->ledgers[i].solo = -1;
}

void ptn_puller_free(struct ptn_puller *puller)
{
    if (puller == NULL)
        return;
    let_go(puller);
    let_others(puller);
    puller->follow->pullers[puller->place] = NULL;
    ptn_buffer_release(&puller->path);
    free(puller->views);
    free(puller->mirror_name);
    free(puller);
}

void ptn_puller_wake(struct ptn_puller *puller)
{
    puller->has_heads = false;
}

void ptn_puller_counts(struct ptn_puller *puller, bool counts)
{
    puller->follow->uncounted[puller->place] = !counts;
}

void ptn_puller_standing(const struct ptn_puller *puller, struct ptn_puller_standing *ret_standing)
{
    *ret_standing = puller->standing;
}

static int64_t now_ms(const struct ptn_puller *puller)
{
    return puller->follow->world->now_ms(puller->follow->world->context);
}

/* ---- what to ask ---- */

static bool wants_checkpoint(const struct shown *shown)
{
    return shown->head > shown->size && !shown->forked;
}

static bool wants_entries(const struct ptn_puller *puller, const struct followed *ledger,
                          const struct ptn_copy_standing *standing)
{
    const struct shown *shown = &ledger->shown[puller->place];

    return !ledger->busy_entries && !shown->forked && standing->next < standing->pending_size &&
           standing->next < shown->size && (ledger->solo < 0 || ledger->solo == (int)puller->place);
}

/* The first payload this keeper may have, before the size it shows. Of proved entries only: what is
 * merely held may name payloads that nobody ever had. */
static bool wants_payloads(struct ptn_puller *puller, struct followed *ledger,
                           const struct ptn_copy_standing *standing, uint64_t *ret_first)
{
    const struct shown *shown = &ledger->shown[puller->place];

    return standing->missing > 0 && !ledger->busy_payloads && !shown->forked &&
           ptn_ok(ptn_copy_next_missing(ledger->copy, shown->payloads_from, ret_first, NULL)) &&
           *ret_first < shown->size && *ret_first < standing->size;
}

static struct ptn_status ask_entries(struct ptn_puller *puller, struct followed *ledger,
                                     uint64_t next, struct ptn_wire_path *path,
                                     struct ptn_buffer *file)
{
    uint64_t size = ledger->shown[puller->place].size;
    uint64_t bundle = next / PTN_TILE_WIDTH;
    uint64_t left = size - bundle * PTN_TILE_WIDTH;

    puller->first = bundle * PTN_TILE_WIDTH;
    puller->width = left < PTN_TILE_WIDTH ? (unsigned)left : PTN_TILE_WIDTH;
    puller->asked = ASKED_ENTRIES;
    ledger->busy_entries = true;
    path->what = PTN_WIRE_GET_FILE;
    return ptn_tile_path_write(file, -1, bundle, puller->width);
}

static void ask_payloads(struct ptn_puller *puller, struct followed *ledger, uint64_t first,
                         uint64_t proved, struct ptn_wire_path *path)
{
    uint64_t size = ledger->shown[puller->place].size;

    if (size > proved)
        size = proved;
    puller->first = first;
    puller->asked = ASKED_PAYLOADS;
    ledger->busy_payloads = true;
    path->what = PTN_WIRE_GET_PAYLOADS;
    path->first = first;
    path->end = first + PAYLOADS_AT_A_TIME < size ? first + PAYLOADS_AT_A_TIME : size;
}

/* The most urgent thing of all ledgers. False: nothing. */
static bool choose(struct ptn_puller *puller, struct ptn_wire_path *path, struct ptn_buffer *file)
{
    struct ptn_follow *follow = puller->follow;

    for (size_t i = 0; i < follow->count; i++) {
        struct followed *ledger = &follow->ledgers[i];
        struct ptn_copy_standing standing;
        uint64_t first;

        puller->about = ledger->id;
        path->origin = ledger->id;
        ptn_copy_standing(ledger->copy, &standing);
        if (wants_checkpoint(&ledger->shown[puller->place])) {
            puller->asked = ASKED_CHECKPOINT;
            path->what = PTN_WIRE_GET_FILE;
            return ptn_ok(ptn_buffer_add_text(file, "checkpoint"));
        }
        if (wants_entries(puller, ledger, &standing))
            return ptn_ok(ask_entries(puller, ledger, standing.next, path, file));
        if (wants_payloads(puller, ledger, &standing, &first)) {
            ask_payloads(puller, ledger, first, standing.size, path);
            return true;
        }
    }
    return false;
}

static bool finish_path(struct ptn_puller *puller, struct ptn_wire_path *path,
                        struct ptn_exchange *exchange)
{
    ptn_buffer_clear(&puller->path);
    if (!ptn_ok(ptn_wire_path_write(&puller->path, path)) ||
        !ptn_ok(ptn_buffer_add_u8(&puller->path, 0))) {
        let_go(puller);
        return false;
    }
    exchange->verb = ptn_wire_verb_word(path->what);
    exchange->path = (const char *)puller->path.at;
    exchange->body = PTN_BYTES_NONE;
    return true;
}

/* Another keeper brings what this one has too: should that one fail, this one goes on, so it must
 * not be held by a long poll meanwhile. */
static bool stands_by_for_others(const struct ptn_puller *puller)
{
    const struct ptn_follow *follow = puller->follow;

    for (size_t i = 0; i < follow->count; i++) {
        const struct followed *ledger = &follow->ledgers[i];
        const struct shown *shown = &ledger->shown[puller->place];
        struct ptn_copy_standing standing;

        ptn_copy_standing(ledger->copy, &standing);
        if (!shown->forked && standing.next < standing.pending_size && standing.next < shown->size)
            return true;
    }
    return false;
}

static void count_keepers(struct ptn_puller *puller, struct followed *ledger);

/* Ledgers that were left alone until now, or all of them, get a new chance. What it showed of them
 * counts again: others may have brought all of it meanwhile, and then it shows nothing new. */
static void look_again(struct ptn_puller *puller, int64_t until_ms)
{
    for (size_t i = 0; i < puller->follow->count; i++) {
        struct followed *ledger = &puller->follow->ledgers[i];
        struct shown *shown = &ledger->shown[puller->place];

        if (until_ms != INT64_MAX && (shown->again_ms == 0 || shown->again_ms > until_ms))
            continue;
        shown->again_ms = 0;
        if (!shown->forked)
            continue;
        shown->forked = false;
        count_keepers(puller, ledger);
    }
}

bool ptn_puller_next(struct ptn_puller *puller, struct ptn_exchange *exchange, bool *ret_holds)
{
    struct ptn_wire_path path = { 0 };
    struct ptn_buffer file;
    bool work, fresh, good;

    let_go(puller);
    *ret_holds = false;
    if (now_ms(puller) < puller->standing.until_ms)
        return false;
    if (puller->standing.until_ms != 0) { /* a new chance, from the beginning */
        puller->standing.until_ms = 0;
        puller->has_heads = false;
        look_again(puller, INT64_MAX);
    }
    look_again(puller, now_ms(puller));
    fresh = puller->has_heads && now_ms(puller) - puller->standing.heads_ms < STALE_MS;
    ptn_buffer_init(&file, PTN_WIRE_PATH_MAX);
    work = puller->has_heads && choose(puller, &path, &file);
    if (!work && puller->has_heads && stands_by_for_others(puller)) {
        let_go(puller);
        if (fresh) {
            ptn_buffer_release(&file);
            return false;
        }
        work = true; /* heads without holding */
    }
    if (work && fresh)
        path.file = ptn_buffer_bytes(&file);
    else {
        let_go(puller);
        puller->asked = ASKED_HEADS;
        path = (struct ptn_wire_path){ .what = PTN_WIRE_GET_HEADS };
        *ret_holds = puller->has_heads && !work;
        if (*ret_holds)
            path.token = ptn_bytes_from_text(puller->token);
    }
    good = finish_path(puller, &path, exchange);
    ptn_buffer_release(&file);
    return good;
}

/* ---- what came ---- */

static void pass_over(struct ptn_puller *puller, const struct followed *ledger,
                      enum ptn_pull_trouble trouble, int64_t ms)
{
    puller->standing.trouble = trouble;
    puller->standing.origin =
        ledger == NULL ? PTN_BYTES_NONE : ptn_bytes_from_text(ptn_copy_origin(ledger->copy));
    puller->standing.until_ms = now_ms(puller) + ms;
    let_others(puller);
}

static void name(struct ptn_puller *puller, const struct followed *ledger,
                 enum ptn_pull_trouble trouble)
{
    puller->standing.trouble = trouble;
    puller->standing.origin = ptn_bytes_from_text(ptn_copy_origin(ledger->copy));
}

/* A ledger of which it gave what does not belong to it, and with which it is left alone. */
static void look_for_left_alone(struct ptn_puller *puller)
{
    for (size_t i = 0; i < puller->follow->count; i++)
        if (puller->follow->ledgers[i].shown[puller->place].again_ms != 0) {
            name(puller, &puller->follow->ledgers[i], PTN_PULL_LIES);
            return;
        }
}

/* What others' cosigned heads say this keeper must have too. */
static void look_for_withheld(struct ptn_puller *puller)
{
    struct ptn_follow *follow = puller->follow;

    for (size_t i = 0; i < follow->count; i++) {
        const struct followed *ledger = &follow->ledgers[i];

        if (ledger->cosigned > ledger->shown[puller->place].head &&
            now_ms(puller) - ledger->cosigned_since_ms > WITHHOLDS_MS) {
            name(puller, ledger, PTN_PULL_WITHHOLDS);
            return;
        }
    }
}

static void take_head(struct ptn_puller *puller, struct followed *ledger, uint64_t size)
{
    struct shown *shown = &ledger->shown[puller->place];

    shown->listed = true;
    if (size < shown->size) { /* a keeper never goes back: one that lost its disk has other keys */
        pass_over(puller, ledger, PTN_PULL_LIES, LIE_MS);
        return;
    }
    if (size > shown->head)
        shown->payloads_from = 0;
    shown->head = size;
}

static struct ptn_status take_heads(struct ptn_puller *puller, struct ptn_bytes body)
{
    struct ptn_follow *follow = puller->follow;
    struct ptn_wire_heads heads;
    struct ptn_wire_head head;
    bool anew;
    struct ptn_status status = ptn_wire_heads_parse(body, &heads, NULL);

    while (ptn_ok(status)) {
        struct followed *ledger;

        status = ptn_wire_heads_next(&heads, &head, NULL);
        ledger = ptn_ok(status) ? ptn_follow_find(follow, &head.origin) : NULL;
        if (ledger != NULL)
            take_head(puller, ledger, head.size);
    }
    if (status.code != PTN_C_NOT_FOUND)
        return status;
    memcpy(puller->token, heads.token.at, heads.token.len);
    puller->token[heads.token.len] = '\0';
    anew = now_ms(puller) - puller->payloads_ms >= PAYLOADS_MS;
    if (anew)
        puller->payloads_ms = now_ms(puller);
    for (size_t i = 0; i < follow->count; i++) {
        struct shown *shown = &follow->ledgers[i].shown[puller->place];

        if (!shown->listed)
            take_head(puller, &follow->ledgers[i], 0);
        shown->listed = false;
        shown->told = true;
        if (anew)
            shown->payloads_from = 0;
    }
    puller->has_heads = true;
    puller->standing.heads_ms = now_ms(puller);
    look_for_withheld(puller);
    look_for_left_alone(puller);
    return PTN_OK;
}

/* The line of this keeper among a note's signatures, with its newline; NULL: no memory. */
static char *line_of(const struct ptn_note *note, struct ptn_bytes mirror_name)
{
    static const char start[] = "\xe2\x80\x94 ";
    struct ptn_cursor cursor = ptn_cursor_at(note->signatures);
    struct ptn_bytes line;

    while (ptn_cursor_take_whole_line(&cursor, &line)) {
        struct ptn_bytes rest = line;
        char *copy;

        if (!ptn_wire_take(&rest, start) || rest.len <= mirror_name.len ||
            memcmp(rest.at, mirror_name.at, mirror_name.len) != 0 ||
            rest.at[mirror_name.len] != ' ')
            continue;
        copy = malloc(line.len + 2);
        if (copy != NULL) {
            memcpy(copy, line.at, line.len);
            memcpy(copy + line.len, "\n", 2);
        }
        return copy;
    }
    return NULL;
}

/* Whether the keeper stands by the checkpoint, by its cosigning key; its own ledger it need not. */
static bool stands_by(struct ptn_puller *puller, const struct followed *ledger,
                      const struct ptn_note *note, int64_t *ret_time_s)
{
    size_t good;

    *ret_time_s = 0;
    return ptn_ok(ptn_cosignature_verify(note, &puller->mirror, 1, &good, ret_time_s, NULL)) ||
           ledger->of_keeper;
}

/* Keepers whose cosigned checkpoint the copy contradicts are named, whoever's answer showed it. */
static void count_keepers(struct ptn_puller *puller, struct followed *ledger)
{
    int liar;
    struct ptn_status status = ptn_follow_count(puller->follow, ledger, &liar);

    if (!ptn_ok(status))
        name(puller, ledger, PTN_PULL_OWN_DISK);
    else if (liar >= 0 && puller->follow->pullers[liar] != NULL)
        name(puller->follow->pullers[liar], ledger, PTN_PULL_FORK_SHOWN);
}

static void take_checkpoint(struct ptn_puller *puller, struct followed *ledger,
                            struct ptn_bytes body)
{
    struct shown *shown = &ledger->shown[puller->place];
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;
    int64_t time_s;
    struct ptn_status status;

    if (!ptn_ok(ptn_note_parse(body, &note, NULL)) ||
        !ptn_ok(ptn_checkpoint_parse(note.text, &checkpoint, NULL)) ||
        !stands_by(puller, ledger, &note, &time_s) || checkpoint.size < shown->size) {
        pass_over(puller, ledger, PTN_PULL_LIES, LIE_MS);
        return;
    }
    status = ptn_copy_take_checkpoint(ledger->copy, body, NULL, NULL);
    if (status.code == PTN_C_BAD_INPUT) {
        pass_over(puller, ledger, PTN_PULL_LIES, LIE_MS);
        return;
    }
    shown->head = checkpoint.size;
    if (status.code == PTN_C_CORRUPT) {
        shown->forked = true;
        name(puller, ledger, PTN_PULL_FORK_SHOWN);
        return;
    }
    if (!ptn_ok(status) && status.code != PTN_C_BUSY) {
        pass_over(puller, ledger, PTN_PULL_OWN_DISK, REFUSED_MS);
        return;
    }
    shown->size = checkpoint.size;
    shown->root = checkpoint.root;
    shown->time_s = time_s;
    free(shown->line);
    shown->line = line_of(&note, puller->mirror.name);
    puller->follow->changes++;
    count_keepers(puller, ledger);
}

/*
 * What it gave of this ledger does not belong to what is proved of it. Either it lies, or the
 * ledger's key signed two histories and it holds the other one: then it is honest, and one stolen
 * key must not keep it from giving every other ledger. So it is left alone with this one only.
 */
static void leave_alone(struct ptn_puller *puller, struct followed *ledger)
{
    struct shown *shown = &ledger->shown[puller->place];

    shown->forked = true;
    shown->again_ms = now_ms(puller) + LIE_MS;
    name(puller, ledger, PTN_PULL_LIES);
    if (ledger->solo == (int)puller->place)
        ledger->solo = -1;
}

/* What was held led to a wrong root and was dropped. Whoever brought all of it is left alone. When
 * one had failed half way and another went on, that other brings it again, alone. FOLLOW-1. */
static void blame(struct ptn_puller *puller, struct followed *ledger)
{
    uint32_t me = (uint32_t)1 << puller->place;

    if (ledger->suppliers == me)
        leave_alone(puller, ledger);
    ledger->suppliers = 0;
}

static void take_entries(struct ptn_puller *puller, struct followed *ledger, struct ptn_bytes body)
{
    struct ptn_copy_standing before, after;
    uint64_t skip, count;
    struct ptn_status status;

    ptn_copy_standing(ledger->copy, &before);
    if (!ptn_ok(ptn_wire_bundle_read(body, puller->width, puller->views, NULL))) {
        pass_over(puller, ledger, PTN_PULL_LIES, LIE_MS);
        return;
    }
    skip = before.next > puller->first ? before.next - puller->first : 0;
    count = puller->width;
    if (puller->first + count > before.pending_size)
        count = before.pending_size - puller->first;
    if (skip >= count)
        return; /* another keeper's came first */
    ledger->suppliers |= (uint32_t)1 << puller->place;
    ledger->solo = (int)puller->place; /* goes on alone while it can */
    status = ptn_copy_take_entries(ledger->copy, puller->first + skip, puller->views + skip,
                                   (size_t)(count - skip), NULL);
    ptn_copy_standing(ledger->copy, &after);
    if (status.code == PTN_C_CORRUPT && ptn_copy_state(ledger->copy) != PTN_LEDGER_BROKEN) {
        blame(puller, ledger);
        return;
    }
    if (status.code == PTN_C_BAD_INPUT) {
        pass_over(puller, ledger, PTN_PULL_LIES, LIE_MS);
        return;
    }
    if (!ptn_ok(status)) {
        pass_over(puller, ledger, PTN_PULL_OWN_DISK, REFUSED_MS);
        return;
    }
    puller->standing.entries += count - skip;
    puller->follow->changes++;
    if (after.size == after.next) {
        ledger->suppliers = 0;
        ledger->solo = -1;
    }
    if (after.size > before.size)
        count_keepers(puller, ledger);
}

static void take_payloads(struct ptn_puller *puller, struct followed *ledger, struct ptn_bytes body)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    size_t count = 0, here = 0;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && count < PAYLOADS_AT_A_TIME) {
        enum ptn_wire_payload what;

        status = ptn_wire_payload_next(&cursor, &what, &puller->views[count], NULL);
        if (!ptn_ok(status))
            break;
        if (what != PTN_WIRE_PAYLOAD_HERE)
            puller->views[count] = PTN_BYTES_NONE;
        else
            here++;
        count++;
    }
    if (status.code == PTN_C_BAD_INPUT || count == 0) {
        pass_over(puller, ledger, PTN_PULL_LIES, LIE_MS);
        return;
    }
    status = ptn_copy_put_payloads_at(ledger->copy, puller->first, puller->views, count, NULL);
    /* not what the entries name, more than was asked for, longer than any */
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_NOT_FOUND ||
        status.code == PTN_C_TOO_BIG) {
        leave_alone(puller, ledger);
        return;
    }
    if (!ptn_ok(status)) {
        pass_over(puller, ledger, PTN_PULL_OWN_DISK, REFUSED_MS);
        return;
    }
    ledger->shown[puller->place].payloads_from = puller->first + count;
    puller->standing.payloads += here;
    puller->follow->changes++;
}

static void take_good(struct ptn_puller *puller, enum asked asked, struct followed *ledger,
                      struct ptn_bytes body)
{
    if (asked == ASKED_HEADS) {
        if (!ptn_ok(take_heads(puller, body)))
            pass_over(puller, NULL, PTN_PULL_BAD_ANSWER, REFUSED_MS);
    } else if (asked == ASKED_CHECKPOINT)
        take_checkpoint(puller, ledger, body);
    else if (asked == ASKED_ENTRIES)
        take_entries(puller, ledger, body);
    else
        take_payloads(puller, ledger, body);
}

void ptn_puller_take(struct ptn_puller *puller, const struct ptn_exchange *exchange)
{
    struct followed *ledger = ptn_follow_find(puller->follow, &puller->about);
    enum asked asked = puller->asked;
    enum ptn_pull_trouble former = puller->standing.trouble;

    let_go(puller);
    if (asked == ASKED_NOTHING || (ledger == NULL && asked != ASKED_HEADS))
        return; /* nothing was asked */
    puller->standing.status = exchange->status;
    if (exchange->status == 0) {
        puller->standing.trouble = PTN_PULL_NO_ANSWER;
        puller->has_heads = false;
        let_others(puller);
        return;
    }
    if (exchange->status != 200) {
        pass_over(puller, asked == ASKED_HEADS ? NULL : ledger, PTN_PULL_REFUSED, REFUSED_MS);
        return;
    }
    puller->standing.trouble = PTN_PULL_FINE;
    puller->standing.origin = PTN_BYTES_NONE;
    take_good(puller, asked, ledger, ptn_buffer_bytes(&exchange->answer));
    /* what is shown wrong stays named until its keeper's heads come without it */
    if (asked != ASKED_HEADS && puller->standing.trouble == PTN_PULL_FINE &&
        (former == PTN_PULL_WITHHOLDS || former == PTN_PULL_FORK_SHOWN || former == PTN_PULL_LIES))
        puller->standing.trouble = former;
}
