/*
 * bench/bench_editions.c -- how long it takes from an edition's records to the first question that
 * sees it, at a post that has a list of many rows, and what a lane that asks meanwhile notices.
 *
 *     bench_editions DIR NAMES.tsv|LISTS.snap [ROWS [CHANGES]]
 *
 * A names file's first column becomes one person a line, with a birth date made up; of a snapshot
 * each entry becomes a row, all in one list. ROWS bounds how many are taken (990,000); CHANGES rows
 * (300) differ in the second edition: a third is new, a third has an alias more, a third is gone.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/overlay_int.h"
#include "node/published.h"
#include "watch/rows_int.h"

#define ROWS_MAX  990000u
#define TIMES_MAX 4000000u

struct row {
    uint8_t *at;
    size_t len;
};

struct edition {
    struct row *rows;
    size_t count;
};

static struct ptn_arena *arena;
static struct ptn_hasher *hasher;

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "bench_editions: %s\n", what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec time;

    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- rows ---- */

static void add(struct edition *edition, const struct ptn_list_entry *entry)
{
    struct ptn_buffer out = { .len_max = PTN_ROW_LEN_MAX };

    if (!ptn_ok(ptn_row_write(entry, &out, NULL)))
        return; /* what no row can say */
    edition->rows[edition->count++] = (struct row){ out.at, out.len };
}

static void person(struct edition *edition, const char *id, struct ptn_bytes name,
                   struct ptn_bytes alias, unsigned seed)
{
    struct ptn_list_name names[2] = { { name, PTN_ALIAS_PRIMARY }, { alias, PTN_ALIAS_STRONG } };
    struct ptn_date date = { (uint16_t)(1940 + seed % 60), (uint8_t)(1 + seed / 60 % 12),
                             (uint8_t)(1 + seed / 720 % 28) };
    struct ptn_list_birth birth = { date, date, false };
    struct ptn_list_entry entry = { .kind = PTN_ENTRY_PERSON,
                                    .id = ptn_bytes_from_text(id),
                                    .names = names,
                                    .name_count = alias.len > 0 ? 2 : 1,
                                    .births = &birth,
                                    .birth_count = 1 };

    add(edition, &entry);
}

static void read_names(const char *path, size_t limit, struct edition *edition)
{
    char line[4096];
    char id[16];
    FILE *file = fopen(path, "r");

    must(file != NULL, "the names cannot be read");
    while (edition->count < limit && fgets(line, sizeof(line), file) != NULL) {
        size_t len = strcspn(line, "\t\r\n");

        (void)snprintf(id, sizeof(id), "G%07zu", edition->count);
        person(edition, id, ptn_bytes_of(line, len), PTN_BYTES_NONE, (unsigned)edition->count);
    }
    (void)fclose(file);
}

static void read_snapshot(const char *path, size_t limit, struct edition *edition)
{
    struct ptn_snapshot *snapshot = NULL;
    char id[24];

    must(ptn_ok(ptn_snapshot_open(ptn_world_real(), path, &snapshot, NULL)),
         "the snapshot cannot be read");
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).entry_count && edition->count < limit; i++) {
        struct ptn_list_entry entry;

        ptn_arena_clear(arena);
        must(ptn_ok(ptn_snapshot_entry(snapshot, i, arena, &entry)), "no memory");
        (void)snprintf(id, sizeof(id), "S%07zu", i);
        entry.id = ptn_bytes_from_text(id);
        add(edition, &entry);
    }
    ptn_snapshot_close(snapshot);
}

static int compare(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    return ptn_bytes_compare(ptn_bytes_of(x->at, x->len), ptn_bytes_of(y->at, y->len));
}

static struct ptn_row_name name_of(const struct row *row)
{
    struct ptn_row_name name = { { 0 } };

    must(ptn_ok(ptn_rows_name_of(hasher, ptn_bytes_of(row->at, row->len), &name)), "no digest");
    return name;
}

static void root_of(const struct edition *edition, uint8_t root[PTN_SHA256_LEN])
{
    struct ptn_row_name *names = calloc(edition->count + 1, sizeof(*names));

    must(names != NULL, "no memory");
    for (size_t i = 0; i < edition->count; i++)
        names[i] = name_of(&edition->rows[i]);
    must(ptn_ok(ptn_rows_root(hasher, names, edition->count, root)), "no root");
    free(names);
}

/* ---- publishing, and taking in what was published ---- */

struct payloads {
    struct ptn_bytes *at;
    size_t count;
};

/* The records of an edition: rows that come, names of rows that go, ascending both. */
static struct payloads write_edition(struct ptn_list_edition *edition, const struct edition *come,
                                     const struct ptn_row_name *gone, size_t gone_count)
{
    struct payloads payloads = { calloc(PTN_LIST_EDITION_PARTS_MAX, sizeof(struct ptn_bytes)), 0 };
    size_t row = 0;

    edition->parts = 1;
    for (size_t i = 0, len = 0; i < come->count; i++, len += come->rows[i - 1].len)
        if (len + come->rows[i].len > PTN_LIST_EDITION_BLOB_MAX) {
            len = 0;
            edition->parts++;
        }
    for (edition->part = 0; edition->part < edition->parts; edition->part++) {
        struct ptn_buffer blob = { .len_max = PTN_LIST_EDITION_BLOB_MAX };
        struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

        for (; row < come->count && blob.len + come->rows[row].len <= PTN_LIST_EDITION_BLOB_MAX;
             row++)
            must(ptn_ok(
                     ptn_buffer_add(&blob, ptn_bytes_of(come->rows[row].at, come->rows[row].len))),
                 "no memory");
        edition->rows = ptn_buffer_bytes(&blob);
        edition->gone = edition->part > 0 || gone_count == 0
                            ? PTN_BYTES_NONE
                            : ptn_bytes_of(gone[0].at, gone_count * PTN_SHA256_LEN);
        must(ptn_ok(ptn_list_edition_write(edition, &out)), "a part cannot be written");
        payloads.at[payloads.count++] = ptn_buffer_bytes(&out);
        ptn_buffer_release(&blob);
    }
    must(row == come->count, "rows are left over");
    return payloads;
}

/* ---- a lane that asks all the time ---- */

struct lane {
    _Atomic(struct ptn_overlay *) overlay; /* never freed while it runs */
    atomic_bool stop, measure;
    const struct edition *asked;
    double *times;
    size_t count;
};

static size_t ask(const struct ptn_overlay *overlay, struct ptn_bytes name, struct ptn_arena *of)
{
    struct ptn_screen_query query = { .name = name };
    struct ptn_overlay_found found = { 0 };

    ptn_arena_clear(of);
    must(ptn_ok(ptn_overlay_screen(overlay, &query, 0, of, &found, NULL)), "a question failed");
    return found.match_count;
}

static struct ptn_bytes name_in(const struct row *row, struct ptn_arena *of)
{
    struct ptn_list_entry entry;
    size_t len = 0;

    must(ptn_ok(ptn_row_parse(ptn_bytes_of(row->at, row->len), of, &entry, &len, NULL)), "no row");
    return entry.name_count > 0 ? entry.names[entry.name_count - 1].text
                                : PTN_BYTES_LITERAL("Nobody");
}

static void *work(void *context)
{
    struct lane *lane = context;
    struct ptn_arena *own = ptn_arena_new((size_t)64 << 20);
    struct ptn_arena *names = ptn_arena_new((size_t)16 << 20);
    uint64_t chance = 1;

    while (!atomic_load(&lane->stop)) {
        double began;

        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ptn_arena_clear(names);
        struct ptn_bytes name =
            name_in(&lane->asked->rows[(chance >> 33) % lane->asked->count], names);

        began = seconds(CLOCK_MONOTONIC);
        (void)ask(atomic_load(&lane->overlay), name, own);
        if (atomic_load(&lane->measure) && lane->count < TIMES_MAX)
            lane->times[lane->count++] = seconds(CLOCK_MONOTONIC) - began;
    }
    ptn_arena_free(own);
    ptn_arena_free(names);
    return NULL;
}

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void tell_lane(struct lane *lane, const char *when)
{
    atomic_store(&lane->measure, false);
    (void)usleep(20000);
    if (lane->count > 0) {
        qsort(lane->times, lane->count, sizeof(double), compare_times);
        (void)printf("  a lane asking all the time, %s: %zu questions, p50 %.3f ms, p99 %.3f ms, "
                     "longest %.2f ms\n",
                     when, lane->count, lane->times[lane->count / 2] * 1e3,
                     lane->times[lane->count * 99 / 100] * 1e3, lane->times[lane->count - 1] * 1e3);
    }
    lane->count = 0;
    atomic_store(&lane->measure, true);
}

/* ---- one edition, from its records to the first answer ---- */

static struct ptn_overlay *take(struct ptn_published *published, const char *path,
                                const struct payloads *payloads, const char *what,
                                const struct row *wanted)
{
    struct ptn_arena *own = ptn_arena_new((size_t)64 << 20);
    struct ptn_overlay *overlay = NULL;
    struct ptn_diag diag = { 0, "" };
    struct ptn_bytes name = name_in(wanted, arena);
    double at[5], cpu[2];
    size_t found;

    cpu[0] = seconds(CLOCK_THREAD_CPUTIME_ID);
    at[0] = seconds(CLOCK_MONOTONIC);
    for (size_t i = 0; i < payloads->count; i++)
        must(ptn_ok(ptn_published_add_list(published, 0, payloads->at[i])), "a part is refused");
    at[1] = seconds(CLOCK_MONOTONIC);
    if (!ptn_ok(ptn_published_lists(published, path, &diag)))
        must(false, diag.text);
    at[2] = seconds(CLOCK_MONOTONIC);
    must(ptn_ok(ptn_published_overlay(published, (struct ptn_date){ 2026, 11, 28 }, &overlay)) &&
             overlay != NULL,
         "nothing new is in force");
    at[3] = seconds(CLOCK_MONOTONIC);
    found = ask(overlay, name, own);
    at[4] = seconds(CLOCK_MONOTONIC);
    cpu[1] = seconds(CLOCK_THREAD_CPUTIME_ID);
    (void)printf("%s: %zu records taken in %.3f s, in force after %.3f s more, first question that "
                 "sees it %.2f ms (%zu found); %.3f s in all, %.3f s of a core\n",
                 what, payloads->count, at[1] - at[0], at[3] - at[1], (at[4] - at[3]) * 1e3, found,
                 at[4] - at[0], cpu[1] - cpu[0]);
    must(found > 0 || payloads->count > 1, "whom the edition brought is not found");
    ptn_arena_free(own);
    return overlay;
}

/* The second edition: its rows, what comes and what goes. */
static void change(const struct edition *first, size_t changes, struct edition *next,
                   struct edition *come, struct ptn_row_name *gone, size_t *gone_count)
{
    size_t step = first->count / (changes + 1);
    size_t third = changes / 3;
    size_t done = 0;
    char id[32];

    for (size_t i = 0; i < first->count; i++) {
        const struct row *row = &first->rows[i];
        struct ptn_list_entry entry;
        struct ptn_list_name *names;
        size_t len = 0;

        if (step == 0 || i % step != 0 || done == 2 * third) {
            next->rows[next->count++] = *row;
            continue;
        }
        gone[(*gone_count)++] = name_of(row);
        if (done++ % 2 == 0)
            continue; /* it is gone */
        ptn_arena_clear(arena);
        must(ptn_ok(ptn_row_parse(ptn_bytes_of(row->at, row->len), arena, &entry, &len, NULL)),
             "no row");
        names = ptn_arena_take(arena, (entry.name_count + 1) * sizeof(*names));
        if (entry.name_count > 0)
            memcpy(names, entry.names, entry.name_count * sizeof(*names));
        names[entry.name_count] =
            (struct ptn_list_name){ PTN_BYTES_LITERAL("Velthuri Marinela"), PTN_ALIAS_STRONG };
        entry.names = names;
        entry.name_count++;
        add(come, &entry);
        next->rows[next->count++] = come->rows[come->count - 1];
    }
    for (size_t i = 0; i < third; i++) {
        (void)snprintf(id, sizeof(id), "N%07zu", i);
        person(come, id, PTN_BYTES_LITERAL("Bregasi Lule"), PTN_BYTES_LITERAL("Kostandeli Arben"),
               (unsigned)i);
        next->rows[next->count++] = come->rows[come->count - 1];
    }
    qsort(next->rows, next->count, sizeof(struct row), compare);
    qsort(come->rows, come->count, sizeof(struct row), compare);
    qsort(gone, *gone_count, sizeof(*gone), ptn_rows_compare_names);
}

/* Base and delta become one again; a post does it on a thread of the lowest priority. */
static struct ptn_overlay *fold(struct ptn_published *published, const char *path)
{
    struct ptn_published_fold *folding = ptn_published_fold_begin(published, path);
    struct ptn_overlay *overlay = NULL;
    struct ptn_diag diag = { 0, "" };
    double cpu[3];

    must(folding != NULL, "no memory");
    cpu[0] = seconds(CLOCK_THREAD_CPUTIME_ID);
    ptn_published_fold_work(folding);
    cpu[1] = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (!ptn_ok(ptn_published_fold_end(published, folding, &diag)))
        must(false, diag.text);
    cpu[2] = seconds(CLOCK_THREAD_CPUTIME_ID);
    must(ptn_ok(ptn_published_overlay(published, (struct ptn_date){ 2026, 11, 28 }, &overlay)) &&
             overlay != NULL,
         "nothing new is in force");
    (void)printf("folded and asked in %.2f s of a core, in its place after %.3f s more\n",
                 cpu[1] - cpu[0], cpu[2] - cpu[1]);
    return overlay;
}

static void run(const char *dir, struct edition *first, size_t changes)
{
    struct ptn_list_edition head = { .time_ms = INT64_C(1795800000000),
                                     .post = PTN_BYTES_LITERAL("centre"),
                                     .officer = PTN_BYTES_LITERAL("ana"),
                                     .second = PTN_BYTES_LITERAL("ben"),
                                     .list = PTN_BYTES_LITERAL("list"),
                                     .edition = 1,
                                     .published_ms = INT64_C(1795700000000),
                                     .profile = PTN_BYTES_LITERAL("national"),
                                     .on_entry = PTN_BYTES_LITERAL("refer"),
                                     .on_exit = PTN_BYTES_LITERAL("refer") };
    struct ptn_published *published = ptn_published_new(ptn_world_real());
    struct edition next = { calloc(first->count + changes, sizeof(struct row)), 0 };
    struct edition come = { calloc(changes + 1, sizeof(struct row)), 0 };
    struct ptn_row_name *gone = calloc(changes + 1, sizeof(*gone));
    struct lane lane = { .asked = first, .times = calloc(TIMES_MAX, sizeof(double)) };
    struct payloads payloads;
    size_t gone_count = 0;
    char path[1024];
    double began;
    pthread_t thread;

    (void)snprintf(path, sizeof(path), "%s/published.snap", dir);
    head.count = first->count;
    root_of(first, head.root);
    payloads = write_edition(&head, first, NULL, 0);
    atomic_store(&lane.overlay,
                 take(published, path, &payloads, "edition 1", &first->rows[first->count / 2]));
    began = seconds(CLOCK_MONOTONIC);
    must(ptn_ok(ptn_published_lists(published, path, NULL)), "what is idle failed");
    (void)printf("  at the next idle moment: %.3f s\n", seconds(CLOCK_MONOTONIC) - began);
    must(pthread_create(&thread, NULL, work, &lane) == 0, "no thread");
    tell_lane(&lane, "");
    (void)usleep(3000000);
    tell_lane(&lane, "before");

    change(first, changes, &next, &come, gone, &gone_count);
    memcpy(head.former, head.root, sizeof(head.former));
    head.edition = 2;
    head.published_ms += 86400000;
    head.count = next.count;
    root_of(&next, head.root);
    payloads = write_edition(&head, &come, gone, gone_count);
    tell_lane(&lane, "while an edition is made");
    atomic_store(&lane.overlay, take(published, path, &payloads, "edition 2", &come.rows[0]));
    tell_lane(&lane, "meanwhile");
    (void)usleep(3000000);
    tell_lane(&lane, "afterwards");
    atomic_store(&lane.overlay, fold(published, path));
    tell_lane(&lane, "while it was folded");
    (void)usleep(3000000);
    tell_lane(&lane, "with the new base");
    atomic_store(&lane.stop, true);
    (void)pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    size_t limit = argc > 3 ? strtoul(argv[3], NULL, 10) : ROWS_MAX;
    size_t changes = argc > 4 ? strtoul(argv[4], NULL, 10) : 300;
    struct edition first = { NULL, 0 };
    size_t len;

    if (argc < 3) {
        (void)fputs("usage: bench_editions DIR NAMES.tsv|LISTS.snap [ROWS [CHANGES]]\n", stderr);
        return 2;
    }
    arena = ptn_arena_new((size_t)64 << 20);
    hasher = ptn_hasher_new();
    first.rows = calloc(limit + 1, sizeof(*first.rows));
    must(arena != NULL && hasher != NULL && first.rows != NULL, "no memory");
    len = strlen(argv[2]);
    if (len > 5 && strcmp(argv[2] + len - 5, ".snap") == 0)
        read_snapshot(argv[2], limit, &first);
    else
        read_names(argv[2], limit, &first);
    qsort(first.rows, first.count, sizeof(*first.rows), compare);
    (void)printf("%zu rows, %zu changes\n", first.count, changes);
    run(argv[1], &first, changes);
    return 0;
}
