/*
 * tests/ledger/source.h -- a ledger in memory to copy from: entries, payloads, checkpoints and
 * proofs as another node would send them; and its forks, which share a beginning and the key.
 */
#ifndef TESTS_LEDGER_SOURCE_H
#define TESTS_LEDGER_SOURCE_H
#include "ledger/ledger.h"

struct source;

/* Signs with the vault's ledger key under that origin. Different salts differ in every entry. */
struct source *source_new(const struct ptn_vault *vault, const char *origin, unsigned salt);
/* The same first size entries, others after them. */
struct source *source_fork(const struct source *source, uint64_t size, unsigned salt);
void source_free(struct source *source);

void source_grow(struct source *source, uint64_t size);
uint64_t source_size(const struct source *source);

/* Views that live as long as the source. sealed: at NULL for an entry without payload. */
const struct ptn_bytes *source_leaves(const struct source *source, uint64_t first);
const struct ptn_bytes *source_sealed(const struct source *source, uint64_t first);
struct ptn_hash source_name(const struct source *source, uint64_t index); /* of its payload */

/* The signed checkpoint of the first size entries; released by the caller. */
struct ptn_buffer source_note(const struct source *source, uint64_t size);
struct ptn_hash source_root(const struct source *source, uint64_t size);
struct ptn_proof source_consistency(const struct source *source, uint64_t size1, uint64_t size2);
struct ptn_proof source_subtree(const struct source *source, uint64_t start, uint64_t end,
                                uint64_t size);
struct ptn_vkey source_key(const struct source *source);
#endif
