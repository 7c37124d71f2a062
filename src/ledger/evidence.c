#include "ledger/evidence.h"

#define FIRST_LINE "postern.evidence/v1\n"

/* ---- reading ---- */

static struct ptn_status bad(struct ptn_diag *reterr, const struct ptn_cursor *cursor,
                             const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor->next, text);
}

/* The bytes left start with text: step over it. */
static bool take_text(struct ptn_cursor *cursor, const char *text)
{
    size_t len = strlen(text);

    if (ptn_cursor_left(cursor) < len || memcmp(cursor->bytes.at + cursor->next, text, len) != 0)
        return false;
    cursor->next += len;
    return true;
}

static bool read_hash(struct ptn_bytes text, struct ptn_hash *ret_hash)
{
    struct ptn_buffer out = { .at = ret_hash->at,
                              .capacity = PTN_HASH_LEN,
                              .len_max = PTN_HASH_LEN };

    return ptn_ok(ptn_base64_read(text, &out, NULL)) && out.len == PTN_HASH_LEN;
}

static struct ptn_status take_proof(struct ptn_cursor *cursor, struct ptn_evidence *evidence,
                                    struct ptn_diag *reterr)
{
    struct ptn_bytes line;

    evidence->has_proof = take_text(cursor, "root ");
    if (evidence->has_proof &&
        (!ptn_cursor_take_whole_line(cursor, &line) || !read_hash(line, &evidence->root)))
        return bad(reterr, cursor, "the root is 32 bytes in base64");
    for (;;) {
        if (!ptn_cursor_take_whole_line(cursor, &line))
            return bad(reterr, cursor, "no blank line before the first note");
        if (line.len == 0)
            return PTN_OK;
        if (!evidence->has_proof || evidence->proof.count == PTN_PROOF_COUNT_MAX ||
            !read_hash(line, &evidence->proof.hashes[evidence->proof.count]))
            return bad(reterr, cursor,
                       "a proof is up to 63 lines after a root: 32 bytes in base64");
        evidence->proof.count++;
    }
}

/* The first note: text, a blank line, signature lines; then a blank line, which is stepped over. */
static bool take_first(struct ptn_cursor *cursor, struct ptn_bytes *ret_note)
{
    size_t start = cursor->next;
    struct ptn_bytes line = PTN_BYTES_NONE;

    do {
        if (!ptn_cursor_take_whole_line(cursor, &line))
            return false;
    } while (line.len > 0);
    do {
        *ret_note = ptn_bytes_slice(cursor->bytes, start, cursor->next - start);
        if (!ptn_cursor_take_whole_line(cursor, &line))
            return false;
    } while (line.len > 0);
    return true;
}

struct ptn_status ptn_evidence_parse(struct ptn_bytes bytes, struct ptn_evidence *ret_evidence,
                                     struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_evidence evidence = { .has_proof = false };
    struct ptn_bytes line;
    struct ptn_note note;
    struct ptn_status status;

    if (bytes.len > PTN_EVIDENCE_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_EVIDENCE_LEN_MAX, "the evidence is too long");
    if (!take_text(&cursor, FIRST_LINE))
        return bad(reterr, &cursor, "not a file of evidence");
    if (!take_text(&cursor, "vkey ") || !ptn_cursor_take_whole_line(&cursor, &line))
        return bad(reterr, &cursor, "no verifier key");
    status = ptn_vkey_parse(line, &evidence.key, NULL);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, cursor.next, "not a verifier key");
    status = take_proof(&cursor, &evidence, reterr);
    if (!ptn_ok(status))
        return status;
    if (!take_first(&cursor, &evidence.first))
        return bad(reterr, &cursor, "no blank line between two notes");
    evidence.second = ptn_bytes_slice(bytes, cursor.next, bytes.len);
    status = ptn_note_parse(evidence.first, &note, NULL);
    if (ptn_ok(status))
        status = ptn_note_parse(evidence.second, &note, NULL);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, cursor.next, "not two signed notes");
    *ret_evidence = evidence;
    return PTN_OK;
}

/* ---- writing ---- */

static struct ptn_status add_hash(struct ptn_buffer *out, const char *word,
                                  const struct ptn_hash *hash)
{
    struct ptn_status status = ptn_buffer_add_text(out, word);

    if (ptn_ok(status))
        status = ptn_buffer_add_base64(out, ptn_bytes_of(hash->at, PTN_HASH_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    return status;
}

struct ptn_status ptn_evidence_write(struct ptn_buffer *out, const struct ptn_evidence *evidence)
{
    const size_t len = out->len;
    struct ptn_status status = ptn_buffer_add_text(out, FIRST_LINE "vkey ");

    if (ptn_ok(status))
        status = ptn_vkey_write(out, &evidence->key);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status) && evidence->has_proof)
        status = add_hash(out, "root ", &evidence->root);
    for (size_t i = 0; ptn_ok(status) && i < evidence->proof.count; i++)
        status = add_hash(out, "", &evidence->proof.hashes[i]);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, evidence->first);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, evidence->second);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- checking ---- */

/* One of the notes: signed by the key, a checkpoint of the ledger that has its name. */
static struct ptn_status read_signed(const struct ptn_vkey *key, struct ptn_bytes bytes,
                                     struct ptn_checkpoint *ret_checkpoint, struct ptn_diag *reterr)
{
    struct ptn_note note;
    size_t good = 0;
    struct ptn_status status = ptn_note_parse(bytes, &note, reterr);

    if (ptn_ok(status))
        status = ptn_note_verify(&note, key, 1, &good, reterr);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, ret_checkpoint, reterr);
    if (ptn_ok(status) && !ptn_bytes_equal(ret_checkpoint->origin, key->name))
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "a checkpoint is of another ledger");
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        status.code = PTN_C_CORRUPT;
    return status;
}

/* The first is the smaller one and not empty: by the second, its root should have been another. */
static struct ptn_status check_past(struct ptn_hasher *hasher, const struct ptn_evidence *evidence,
                                    const struct ptn_checkpoint *first,
                                    const struct ptn_checkpoint *second, struct ptn_diag *reterr)
{
    if (!evidence->has_proof)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "there is no proof of what the root should be");
    if (ptn_hash_equal(&evidence->root, &first->root))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the second checkpoint continues the first");
    return ptn_consistency_check(hasher, first->size, second->size, &evidence->root, &second->root,
                                 evidence->proof.hashes, evidence->proof.count, reterr);
}

static struct ptn_status check_roots(struct ptn_hasher *hasher, const struct ptn_evidence *evidence,
                                     const struct ptn_checkpoint *first,
                                     const struct ptn_checkpoint *second, struct ptn_diag *reterr)
{
    struct ptn_hash none;

    if (first->size > second->size)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the smaller checkpoint comes first");
    if (first->size != 0 && first->size < second->size)
        return check_past(hasher, evidence, first, second, reterr);
    if (evidence->has_proof)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a proof where none is needed");
    if (first->size == 0) {
        if (!ptn_ok(ptn_hasher_digest(hasher, NULL, 0, none.at)))
            return ptn_fail(PTN_C_IO, reterr, 0, "SHA-256 refused");
        if (!ptn_hash_equal(&none, &first->root))
            return PTN_OK; /* nobody's history starts like this */
    }
    if (first->size < second->size || ptn_hash_equal(&first->root, &second->root))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "both checkpoints are of one history");
    return PTN_OK;
}

struct ptn_status ptn_evidence_check(const struct ptn_evidence *evidence, struct ptn_diag *reterr)
{
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_checkpoint first;
    struct ptn_checkpoint second;
    struct ptn_status status;

    if (hasher == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a hasher");
    status = read_signed(&evidence->key, evidence->first, &first, reterr);
    if (ptn_ok(status))
        status = read_signed(&evidence->key, evidence->second, &second, reterr);
    if (ptn_ok(status))
        status = check_roots(hasher, evidence, &first, &second, reterr);
    ptn_hasher_free(hasher);
    return status;
}
