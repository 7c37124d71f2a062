/*
 * tests/fuzz/fuzz_note.c -- notes, checkpoints, verifier keys and receipts: what is taken writes
 * back to the same bytes, and whatever is taken can be verified without harm.
 */
#include "ledger/note.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void try_checkpoint(struct ptn_bytes text)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_buffer out;

    if (!ptn_ok(ptn_checkpoint_parse(text, &checkpoint, NULL)))
        return;
    ptn_buffer_init(&out, text.len + 1);
    require(ptn_ok(ptn_checkpoint_write(&out, &checkpoint)));
    require(ptn_bytes_equal(text, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
}

static void try_note(struct ptn_bytes bytes, const struct ptn_vkey *key)
{
    struct ptn_vkey cosigner;
    struct ptn_note note;
    int64_t time_s = 0;
    size_t good = 0;

    if (!ptn_ok(ptn_note_parse(bytes, &note, NULL)))
        return;
    require(note.signature_count > 0 && note.text.at[note.text.len - 1] == '\n');
    require(note.text.len + 1 + note.signatures.len == bytes.len);
    /* No input signs for a key whose secret nobody has. */
    require(!ptn_ok(ptn_note_verify(&note, key, 1, &good, NULL)) && good == 0);
    require(ptn_ok(ptn_vkey_make_cosigner(key->name, key->public_key, &cosigner)));
    require(!ptn_ok(ptn_cosignature_verify(&note, &cosigner, 1, &good, &time_s, NULL)) &&
            good == 0);
    try_checkpoint(note.text);
}

static void try_receipt(struct ptn_bytes text, const struct ptn_vkey *key)
{
    struct ptn_receipt receipt;
    struct ptn_buffer out;

    if (!ptn_ok(ptn_receipt_parse(text, &receipt, NULL)))
        return;
    ptn_buffer_init(&out, text.len + 1);
    require(ptn_ok(ptn_receipt_write(&out, &receipt)));
    require(ptn_bytes_equal(text, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
    try_note(receipt.checkpoint, key);
}

static void try_vkey(struct ptn_bytes text)
{
    struct ptn_vkey key;
    struct ptn_buffer out;

    if (!ptn_ok(ptn_vkey_parse(text, &key, NULL)) &&
        !ptn_ok(ptn_vkey_parse_cosigner(text, &key, NULL)))
        return;
    ptn_buffer_init(&out, text.len + 1);
    require(ptn_ok(ptn_vkey_write(&out, &key)));
    require(ptn_bytes_equal(text, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t public_key[PTN_PUBLIC_KEY_LEN] = { 0xd7, 0x5a, 0x98 };
    struct ptn_bytes bytes = ptn_bytes_of(data, size);
    struct ptn_vkey key;

    require(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL("postern.example/nobody"), public_key, &key)));
    try_note(bytes, &key);
    try_checkpoint(bytes);
    try_receipt(bytes, &key);
    try_vkey(bytes);
    return 0;
}
