/*
 * tests/ledger/copier.c -- a process that does nothing but copy a ledger, for the test that kills
 * it and for measuring.
 *
 * usage: ledger_copier SOURCE_DIR DIR BATCH [packages]
 * Copies SOURCE_DIR's ledger into a copy in DIR, BATCH entries at a time with their payloads, and
 * after each batch says on stdout how many entries are proved, held, and how many payloads missing.
 * With "packages", in packages of 256 with their proofs, as to a keeper. At the end every proved
 * entry is read and must be the source's.
 */
#include "ledger/serving.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH_MAX  PTN_LEDGER_BATCH_MAX
#define LEAF_MAX   128u
#define SEALED_MAX ((size_t)512 << 20)

struct copying {
    struct ptn_ledger *source;
    struct ptn_copy *copy;
    struct ptn_buffer leaves;
    struct ptn_buffer sealed;
    struct ptn_bytes leaf_views[BATCH_MAX];
    struct ptn_bytes sealed_views[BATCH_MAX];
};

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    (void)fprintf(stderr, "%s: %s (%s)\n", what, diag->text == NULL ? "" : diag->text,
                  ptn_code_word(status.code));
    return 4;
}

/* The source's entries and payloads, as views into the two buffers. */
static struct ptn_status read_source(struct copying *copying, uint64_t first, size_t count,
                                     struct ptn_diag *diag)
{
    size_t leaf_ends[BATCH_MAX];
    size_t sealed_ends[BATCH_MAX];
    struct ptn_status status = PTN_OK;

    ptn_buffer_clear(&copying->leaves);
    ptn_buffer_clear(&copying->sealed);
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_ledger_header header;

        status =
            ptn_ledger_read_sealed(copying->source, first + i, &header, &copying->sealed, diag);
        if (ptn_ok(status))
            status = ptn_ledger_header_write(&copying->leaves, &header);
        leaf_ends[i] = copying->leaves.len;
        sealed_ends[i] = copying->sealed.len;
    }
    for (size_t i = 0, leaf = 0, sealed = 0; ptn_ok(status) && i < count; i++) {
        copying->leaf_views[i] = ptn_bytes_of(copying->leaves.at + leaf, leaf_ends[i] - leaf);
        copying->sealed_views[i] =
            sealed_ends[i] == sealed
                ? PTN_BYTES_NONE
                : ptn_bytes_of(copying->sealed.at + sealed, sealed_ends[i] - sealed);
        leaf = leaf_ends[i];
        sealed = sealed_ends[i];
    }
    return status;
}

static struct ptn_status put_payloads(struct copying *copying, size_t count, struct ptn_diag *diag)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_hash name;

        if (copying->sealed_views[i].at == NULL)
            continue;
        status = ptn_sha256(&copying->sealed_views[i], 1, name.at);
        if (ptn_ok(status))
            status = ptn_copy_put_payload(copying->copy, &name, copying->sealed_views[i], diag);
    }
    return status;
}

static struct ptn_status put_batch(struct copying *copying, uint64_t first, size_t count,
                                   uint64_t size, bool packages, struct ptn_diag *diag)
{
    struct ptn_proof proof;
    struct ptn_status status;

    if (!packages)
        return ptn_copy_take_entries(copying->copy, first, copying->leaf_views, count, diag);
    status =
        ptn_serving_subtree(copying->source, first / 256 * 256, first + count, size, &proof, diag);
    if (ptn_ok(status))
        status = ptn_copy_take_package(copying->copy, first, copying->leaf_views, count, size,
                                       &proof, diag);
    return status;
}

static void say(const struct ptn_copy *copy)
{
    struct ptn_copy_standing at;

    ptn_copy_standing(copy, &at);
    (void)printf("%llu %llu %llu\n", (unsigned long long)at.size, (unsigned long long)at.next,
                 (unsigned long long)at.missing);
    (void)fflush(stdout);
}

static struct ptn_status copy_all(struct copying *copying, size_t batch, bool packages,
                                  struct ptn_diag *diag)
{
    struct ptn_buffer note;
    struct ptn_copy_standing at;
    struct ptn_status status;

    ptn_buffer_init(&note, 4096);
    status = ptn_ledger_checkpoint(copying->source, &note, diag);
    if (ptn_ok(status))
        status = ptn_copy_take_checkpoint(copying->copy, ptn_buffer_bytes(&note), NULL, diag);
    ptn_copy_standing(copying->copy, &at);
    while (ptn_ok(status) && at.next < at.pending_size) {
        size_t count =
            at.pending_size - at.next < batch ? (size_t)(at.pending_size - at.next) : batch;

        if (packages && count > 256 - at.next % 256)
            count = 256 - at.next % 256;
        status = read_source(copying, at.next, count, diag);
        if (ptn_ok(status))
            status = put_payloads(copying, count, diag);
        if (ptn_ok(status))
            status = put_batch(copying, at.next, count, at.pending_size, packages, diag);
        ptn_copy_standing(copying->copy, &at);
        say(copying->copy);
    }
    ptn_buffer_release(&note);
    return status;
}

static struct ptn_status compare(struct copying *copying, struct ptn_diag *diag)
{
    struct ptn_copy_standing at;
    struct ptn_buffer own;
    struct ptn_status status = PTN_OK;

    ptn_copy_standing(copying->copy, &at);
    ptn_buffer_init(&own, SEALED_MAX);
    for (uint64_t i = 0; ptn_ok(status) && i < at.size; i++) {
        struct ptn_ledger_header header;

        ptn_buffer_clear(&own);
        status = read_source(copying, i, 1, diag);
        if (ptn_ok(status))
            status = ptn_copy_read(copying->copy, i, &header, &own, diag);
        if (ptn_ok(status) &&
            !ptn_bytes_equal(ptn_buffer_bytes(&own), ptn_buffer_bytes(&copying->sealed)))
            status = ptn_fail(PTN_C_CORRUPT, diag, (size_t)i, "not the source's payload");
    }
    ptn_buffer_release(&own);
    return status;
}

int main(int argc, char **argv)
{
    static struct copying copying;
    const struct ptn_world *world = ptn_world_real();
    struct ptn_diag diag = { 0, NULL };
    struct ptn_vault *vault = NULL;
    struct ptn_vkey key;
    size_t batch = argc < 4 ? 0 : strtoul(argv[3], NULL, 10);
    struct ptn_status status;
    int64_t start;

    if (batch == 0 || batch > BATCH_MAX)
        return 64;
    ptn_buffer_init(&copying.leaves, (size_t)BATCH_MAX * LEAF_MAX);
    ptn_buffer_init(&copying.sealed, SEALED_MAX);
    status = ptn_vault_open(world, argv[1], &vault, &diag);
    if (ptn_ok(status))
        status = ptn_ledger_open_reader(world, NULL, argv[1], &copying.source, &diag);
    if (ptn_ok(status))
        status = ptn_vkey_make(ptn_bytes_from_text(ptn_ledger_origin(copying.source)),
                               ptn_vault_public_key(vault, PTN_ROLE_LEDGER), &key);
    if (ptn_ok(status))
        status = ptn_copy_open(world, argv[2], &key, &copying.copy, &diag);
    if (!ptn_ok(status))
        return fail("open", status, &diag);
    say(copying.copy);
    start = world->monotonic_us(world->context);
    status = copy_all(&copying, batch, argc > 4, &diag);
    if (!ptn_ok(status))
        return fail("copy", status, &diag);
    (void)fprintf(stderr, "copied in %.3f s\n",
                  (double)(world->monotonic_us(world->context) - start) / 1e6);
    status = compare(&copying, &diag);
    if (!ptn_ok(status))
        return fail("compare", status, &diag);
    (void)printf("same\n");
    ptn_copy_close(copying.copy);
    ptn_ledger_close(copying.source);
    ptn_vault_close(vault);
    ptn_buffer_release(&copying.leaves);
    ptn_buffer_release(&copying.sealed);
    return 0;
}
