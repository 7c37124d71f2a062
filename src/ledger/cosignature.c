#include "ledger/note_int.h"

#include "base/text.h"

#define TIME_LEN       8u
#define BLOB_LEN       (PTN_KEY_ID_LEN + TIME_LEN + PTN_SIGNATURE_LEN)
#define MESSAGE_EXTRA  64u
#define MESSAGE_HEADER "cosignature/v1\n"

/* The checkpoint's text in text, which may be a whole note. */
static struct ptn_status text_of(struct ptn_bytes bytes, struct ptn_bytes *ret_text,
                                 struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;
    struct ptn_status status = ptn_note_parse(bytes, &note, NULL);

    if (status.code == PTN_C_NO_MEMORY)
        return ptn_fail(status.code, reterr, 0, "no memory for the note");
    /* A checkpoint has no blank line, so that no text of one is a note by chance. */
    *ret_text = ptn_ok(status) ? note.text : bytes;
    status = ptn_checkpoint_parse(*ret_text, &checkpoint, reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_utf8_valid(*ret_text, NULL))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a checkpoint is UTF-8");
    return PTN_OK;
}

/* What is signed: the header, the time, and the checkpoint's text. */
static struct ptn_status message_of(struct ptn_buffer *message, int64_t time_s,
                                    struct ptn_bytes text)
{
    struct ptn_status status;

    ptn_buffer_clear(message);
    status = ptn_buffer_add_text(message, MESSAGE_HEADER "time ");
    if (ptn_ok(status))
        status = ptn_buffer_add_decimal(message, time_s);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(message, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(message, text);
    return status;
}

struct ptn_status ptn_cosignature_sign(const struct ptn_vault *vault, enum ptn_role role,
                                       struct ptn_bytes name, struct ptn_bytes checkpoint,
                                       int64_t time_s, struct ptn_buffer *out,
                                       struct ptn_diag *reterr)
{
    uint8_t blob[BLOB_LEN];
    struct ptn_buffer message;
    struct ptn_bytes text;
    struct ptn_vkey key;
    struct ptn_status status = text_of(checkpoint, &text, reterr);

    PTN_PRE(time_s >= 0);

    if (!ptn_ok(status))
        return status;
    status = ptn_vkey_make_cosigner(name, ptn_vault_public_key(vault, role), &key);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the name cannot stand in a note");
    memcpy(blob, key.id, PTN_KEY_ID_LEN);
    for (unsigned i = 0; i < TIME_LEN; i++)
        blob[PTN_KEY_ID_LEN + i] = (uint8_t)((uint64_t)time_s >> (56 - 8 * i));
    ptn_buffer_init(&message, text.len + MESSAGE_EXTRA);
    status = message_of(&message, time_s, text);
    if (ptn_ok(status))
        status = ptn_vault_sign(vault, role, ptn_buffer_bytes(&message),
                                blob + PTN_KEY_ID_LEN + TIME_LEN);
    ptn_buffer_release(&message);
    if (ptn_ok(status))
        status = ptn_signature_line_write(out, name, ptn_bytes_of(blob, sizeof(blob)));
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the checkpoint cannot be cosigned");
    return PTN_OK;
}

/* A line's blob by a known key: its time when it is good, -1 when it is not. */
static int64_t time_of(const struct ptn_note *note, const struct ptn_vkey *key,
                       const struct ptn_buffer *blob, struct ptn_buffer *message)
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_buffer_bytes(blob));
    uint64_t time_s = 0;

    cursor.next = PTN_KEY_ID_LEN;
    if (blob->len != BLOB_LEN || !ptn_ok(ptn_cursor_take_u64(&cursor, &time_s)) ||
        time_s > INT64_MAX || !ptn_ok(message_of(message, (int64_t)time_s, note->text)))
        return -1;
    return ptn_signature_good(key->public_key, ptn_buffer_bytes(message),
                              blob->at + PTN_KEY_ID_LEN + TIME_LEN)
               ? (int64_t)time_s
               : -1;
}

/* All lines of one cosigner. *ret_time: of its newest, -1 without one. */
static struct ptn_status verify_key(const struct ptn_note *note, const struct ptn_vkey *key,
                                    struct ptn_buffer *blob, struct ptn_buffer *message,
                                    int64_t *ret_time, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(note->signatures);

    *ret_time = -1;
    if (key->type != PTN_NOTE_TYPE_COSIGNER)
        return PTN_OK;
    for (;;) {
        struct ptn_bytes name;
        struct ptn_status status = ptn_signature_next(&cursor, blob, &name, reterr);
        int64_t time_s;

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (!ptn_ok(status))
            return status;
        if (!ptn_signature_is_of(key, name, blob))
            continue;
        time_s = time_of(note, key, blob, message);
        if (time_s < 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, cursor.next,
                            "a known cosigner's signature is wrong");
        if (time_s > *ret_time)
            *ret_time = time_s;
    }
}

/* Does an earlier one of the keys belong to the same secret? */
static bool is_repeated(const struct ptn_vkey *keys, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (keys[i].type == PTN_NOTE_TYPE_COSIGNER &&
            memcmp(keys[i].public_key, keys[index].public_key, PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

struct ptn_status ptn_cosignature_verify(const struct ptn_note *note, const struct ptn_vkey *keys,
                                         size_t key_count, size_t *ret_good, int64_t *ret_times,
                                         struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_buffer blob;
    struct ptn_buffer message;
    uint8_t *room;
    size_t good = 0;
    struct ptn_status status = ptn_checkpoint_parse(note->text, &checkpoint, reterr);

    if (!ptn_ok(status))
        return status;
    ptn_buffer_init(&blob, PTN_SIGNATURE_BLOB_MAX);
    ptn_buffer_init(&message, note->text.len + MESSAGE_EXTRA);
    /* All of its room now: no memory later would look like a wrong signature. */
    status = ptn_buffer_reserve(&message, note->text.len + MESSAGE_EXTRA, &room);
    if (!ptn_ok(status))
        (void)ptn_fail(status.code, reterr, 0, "no memory for the signed message");
    for (size_t i = 0; ptn_ok(status) && i < key_count; i++) {
        int64_t time_s = -1;

        status = verify_key(note, &keys[i], &blob, &message, &time_s, reterr);
        if (time_s >= 0 && !is_repeated(keys, i))
            good++;
        if (ret_times != NULL)
            ret_times[i] = time_s;
    }
    ptn_buffer_release(&blob);
    ptn_buffer_release(&message);
    if (!ptn_ok(status))
        return status;
    if (good == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no cosignature by a known key");
    *ret_good = good;
    return PTN_OK;
}
