/*
 * bench/bench_compile.c -- how fast lists are read and compiled, and a snapshot opened, beside what
 * reading the same bytes once (SHA-256) costs on this machine.
 *
 *     bench_compile OUT.snap NAME=FORMAT:FILE ...
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "watch/snapshot.h"

#define ROUNDS 5

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct ptn_status drop_entry(void *context, const struct ptn_list_entry *entry)
{
    *(size_t *)context += entry->name_count;
    return PTN_OK;
}

/* Bytes that were read, and what it takes to read them just once: their hash. */
struct limit {
    size_t bytes;
    double hashing_s;
};

/* Read one list ROUNDS times, and add what it weighs to the limit. */
static void read_list(const char *label, enum ptn_list_format format, const char *path,
                      struct limit *limit)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_list_source source = { .format = format };
    struct ptn_map *map = NULL;
    size_t names = 0;
    const struct ptn_list_sink sink = { &names, drop_entry, NULL };
    struct ptn_list_summary summary = { 0 };
    uint8_t digest[PTN_SHA256_LEN];
    double start, reading, hashing;
    struct ptn_status status = world->files->map(world->context, path, &map, &source.main);

    if (!ptn_ok(status))
        return;
    start = now();
    for (unsigned i = 0; i < ROUNDS && ptn_ok(status); i++)
        status = ptn_list_read(&source, &sink, &summary, NULL);
    reading = (now() - start) / ROUNDS;
    start = now();
    for (unsigned i = 0; i < ROUNDS && ptn_ok(status); i++)
        status = ptn_sha256(&source.main, 1, digest);
    hashing = (now() - start) / ROUNDS;
    if (ptn_ok(status))
        (void)printf(
            "%-12s %8.2f MB read at %7.1f MB/s, %zu entries; SHA-256 %7.1f MB/s: %.2f of it\n",
            label, (double)source.main.len / 1e6, (double)source.main.len / reading / 1e6,
            summary.entries, (double)source.main.len / hashing / 1e6, hashing / reading);
    limit->bytes += source.main.len;
    limit->hashing_s += hashing;
    world->files->unmap(world->context, map);
}

static int compile(struct ptn_snapshot_builder *builder, const char *out, int argc, char **argv)
{
    struct limit limit = { 0 };
    double compiling = 0, written, start;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_status status = PTN_OK;

    for (int i = 2; i < argc && ptn_ok(status); i++) {
        char *equals = strchr(argv[i], '='), *colon = equals == NULL ? NULL : strchr(equals, ':');
        struct ptn_snapshot_input input = { 0 };
        struct ptn_list_summary summary;

        if (colon == NULL ||
            !ptn_ok(ptn_list_format_find(ptn_bytes_of(equals + 1, (size_t)(colon - equals - 1)),
                                         &input.format)))
            return 2;
        *equals = '\0';
        input.name = ptn_bytes_from_text(argv[i]);
        input.path = colon + 1;
        read_list(argv[i], input.format, input.path, &limit);
        start = now();
        status = ptn_snapshot_builder_add(builder, &input, &summary, &diag);
        compiling += now() - start;
    }
    start = now();
    if (ptn_ok(status))
        status = ptn_snapshot_builder_save(builder, out, &diag);
    compiling += now() - start;
    start = now();
    if (ptn_ok(status))
        status = ptn_snapshot_open(ptn_world_real(), out, &snapshot, &diag);
    start = now() - start;
    if (!ptn_ok(status)) {
        (void)fprintf(stderr, "bench_compile: %s\n",
                      diag.text == NULL ? ptn_code_word(status.code) : diag.text);
        return 1;
    }
    written = (double)ptn_snapshot_info(snapshot).bytes;
    (void)printf(
        "compiled     %8.2f MB at %7.1f MB/s of processor time, to %.2f MB; SHA-256 of what "
        "is read and written %.1f ms: %.3f of it; opened and checked whole in %.1f ms\n",
        (double)limit.bytes / 1e6, (double)limit.bytes / compiling / 1e6, written / 1e6,
        limit.hashing_s * (1 + written / (double)limit.bytes) * 1e3,
        limit.hashing_s * (1 + written / (double)limit.bytes) / compiling, start * 1e3);
    ptn_snapshot_close(snapshot);
    return 0;
}

int main(int argc, char **argv)
{
    struct ptn_snapshot_builder *builder;
    int result;

    if (argc < 3) {
        (void)fputs("usage: bench_compile OUT.snap NAME=FORMAT:FILE ...\n", stderr);
        return 2;
    }
    builder = ptn_snapshot_builder_new(ptn_world_real());
    if (builder == NULL)
        return 4;
    result = compile(builder, argv[1], argc, argv);
    ptn_snapshot_builder_free(builder);
    return result;
}
