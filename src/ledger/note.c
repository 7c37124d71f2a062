#include "ledger/note_int.h"

#include "base/text.h"

#define VKEY_BLOB_LEN (1u + PTN_PUBLIC_KEY_LEN)
#define RECEIPT_FIRST "c2sp.org/tlog-proof@v1"

/* ---- names and verifier keys ---- */

/* Unicode's White_Space property. */
static bool is_space(uint32_t code_point)
{
    return code_point == ' ' || (code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x85 ||
           code_point == 0xa0 || code_point == 0x1680 ||
           (code_point >= 0x2000 && code_point <= 0x200a) || code_point == 0x2028 ||
           code_point == 0x2029 || code_point == 0x202f || code_point == 0x205f ||
           code_point == 0x3000;
}

bool ptn_note_name_good(struct ptn_bytes name)
{
    size_t offset = 0;

    if (name.len == 0 || name.len > PTN_NOTE_NAME_LEN_MAX || !ptn_utf8_valid(name, NULL))
        return false;
    while (offset < name.len) {
        uint32_t code_point = ptn_utf8_next(name, &offset);

        if (is_space(code_point) || code_point < 0x20 || code_point == 0x7f || code_point == '+')
            return false;
    }
    return true;
}

static struct ptn_status key_id(struct ptn_bytes name, uint8_t type, const uint8_t *public_key,
                                uint8_t ret_id[PTN_KEY_ID_LEN])
{
    const uint8_t middle[] = { '\n', type };
    const struct ptn_bytes parts[] = { name,
                                       { middle, sizeof(middle) },
                                       { public_key, PTN_PUBLIC_KEY_LEN } };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(parts, 3, digest);

    if (ptn_ok(status))
        memcpy(ret_id, digest, PTN_KEY_ID_LEN);
    return status;
}

static struct ptn_status make_key(struct ptn_bytes name, uint8_t type,
                                  const uint8_t public_key[PTN_PUBLIC_KEY_LEN],
                                  struct ptn_vkey *ret_key)
{
    struct ptn_vkey key = { .name = name, .type = type };
    struct ptn_status status;

    if (!ptn_note_name_good(name))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    memcpy(key.public_key, public_key, PTN_PUBLIC_KEY_LEN);
    status = key_id(name, type, public_key, key.id);
    if (ptn_ok(status))
        *ret_key = key;
    return status;
}

struct ptn_status ptn_vkey_make(struct ptn_bytes name, const uint8_t public_key[PTN_PUBLIC_KEY_LEN],
                                struct ptn_vkey *ret_key)
{
    return make_key(name, PTN_NOTE_TYPE_ED25519, public_key, ret_key);
}

struct ptn_status ptn_vkey_make_cosigner(struct ptn_bytes name,
                                         const uint8_t public_key[PTN_PUBLIC_KEY_LEN],
                                         struct ptn_vkey *ret_key)
{
    return make_key(name, PTN_NOTE_TYPE_COSIGNER, public_key, ret_key);
}

/* Read base64 or hex that must give exactly len bytes, straight into the caller's. */
static bool read_exact(struct ptn_status (*read)(struct ptn_bytes, struct ptn_buffer *,
                                                 struct ptn_diag *),
                       struct ptn_bytes text, uint8_t *ret_bytes, size_t len)
{
    struct ptn_buffer out = { .at = ret_bytes, .capacity = len, .len_max = len };

    return ptn_ok(read(text, &out, NULL)) && out.len == len;
}

static struct ptn_status parse_key(struct ptn_bytes text, uint8_t type, struct ptn_vkey *ret_key,
                                   struct ptn_diag *reterr)
{
    const uint8_t *plus = text.len == 0 ? NULL : memchr(text.at, '+', text.len);
    size_t name_len = plus == NULL ? 0 : (size_t)(plus - text.at);
    struct ptn_bytes name = ptn_bytes_slice(text, 0, name_len);
    struct ptn_bytes rest = ptn_bytes_slice(text, name_len + 1, text.len);
    uint8_t blob[VKEY_BLOB_LEN];
    uint8_t id[PTN_KEY_ID_LEN];
    struct ptn_vkey key;
    struct ptn_status status;

    if (!ptn_note_name_good(name))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a verifier key starts with its name and a plus");
    if (rest.len < 10 || rest.at[8] != '+' ||
        !read_exact(ptn_hex_read, ptn_bytes_slice(rest, 0, 8), id, sizeof(id)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, name_len + 1, "a key id is eight hex digits");
    for (size_t i = 0; i < 8; i++)
        if (rest.at[i] >= 'A' && rest.at[i] <= 'F')
            return ptn_fail(PTN_C_BAD_INPUT, reterr, name_len + 1 + i, "a key id is in lower case");
    if (!read_exact(ptn_base64_read, ptn_bytes_slice(rest, 9, rest.len), blob, sizeof(blob)) ||
        blob[0] != type)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, name_len + 10,
                        type == PTN_NOTE_TYPE_COSIGNER ? "not a cosigner's verifier key"
                                                       : "not an Ed25519 verifier key");
    status = make_key(name, type, blob + 1, &key);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the key's id cannot be worked out");
    if (memcmp(key.id, id, sizeof(id)) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, name_len + 1, "the key id is not this key's");
    *ret_key = key;
    return PTN_OK;
}

struct ptn_status ptn_vkey_parse(struct ptn_bytes text, struct ptn_vkey *ret_key,
                                 struct ptn_diag *reterr)
{
    return parse_key(text, PTN_NOTE_TYPE_ED25519, ret_key, reterr);
}

struct ptn_status ptn_vkey_parse_cosigner(struct ptn_bytes text, struct ptn_vkey *ret_key,
                                          struct ptn_diag *reterr)
{
    return parse_key(text, PTN_NOTE_TYPE_COSIGNER, ret_key, reterr);
}

struct ptn_status ptn_vkey_write(struct ptn_buffer *out, const struct ptn_vkey *key)
{
    size_t len = out->len;
    uint8_t blob[VKEY_BLOB_LEN] = { key->type };
    struct ptn_status status = ptn_buffer_add(out, key->name);

    memcpy(blob + 1, key->public_key, PTN_PUBLIC_KEY_LEN);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "+");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(key->id, sizeof(key->id)));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "+");
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(out, ptn_bytes_of(blob, sizeof(blob)));
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- notes ---- */

/* "— name base64" */
static bool split_signature(struct ptn_bytes line, struct ptn_bytes *ret_name,
                            struct ptn_bytes *ret_base64)
{
    const size_t start = sizeof(PTN_SIGNATURE_START) - 1;
    struct ptn_bytes rest = ptn_bytes_slice(line, start, line.len);
    const uint8_t *space;

    if (line.len < start || memcmp(line.at, PTN_SIGNATURE_START, start) != 0 || rest.len == 0)
        return false;
    space = memchr(rest.at, ' ', rest.len);
    if (space == NULL)
        return false;
    *ret_name = ptn_bytes_slice(rest, 0, (size_t)(space - rest.at));
    *ret_base64 = ptn_bytes_slice(rest, ret_name->len + 1, rest.len);
    return ptn_note_name_good(*ret_name);
}

struct ptn_status ptn_signature_next(struct ptn_cursor *cursor, struct ptn_buffer *blob,
                                     struct ptn_bytes *ret_name, struct ptn_diag *reterr)
{
    size_t at = cursor->next;
    struct ptn_bytes line;
    struct ptn_bytes base64;
    struct ptn_status status;

    if (ptn_cursor_left(cursor) == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (!ptn_cursor_take_whole_line(cursor, &line) || !split_signature(line, ret_name, &base64))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "not a signature line");
    ptn_buffer_clear(blob);
    status = ptn_base64_read(base64, blob, NULL);
    if (ptn_ok(status) && blob->len <= PTN_KEY_ID_LEN)
        status.code = PTN_C_BAD_INPUT;
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, at, "not a signature's base64");
    return PTN_OK;
}

static struct ptn_status check_signature_lines(struct ptn_bytes signatures, size_t offset,
                                               size_t *ret_count, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(signatures);
    struct ptn_diag diag = { 0, NULL };
    struct ptn_bytes name;
    struct ptn_buffer blob;
    size_t count = 0;
    struct ptn_status status;

    ptn_buffer_init(&blob, PTN_SIGNATURE_BLOB_MAX);
    for (;;) {
        size_t at = cursor.next;

        status = ptn_signature_next(&cursor, &blob, &name, &diag);
        if (ptn_ok(status) && count == PTN_NOTE_SIGNATURE_MAX)
            status = ptn_fail(PTN_C_TOO_BIG, &diag, at, "too many signatures");
        if (!ptn_ok(status))
            break;
        count++;
    }
    ptn_buffer_release(&blob);
    if (status.code != PTN_C_NOT_FOUND) /* the end */
        return ptn_fail(status.code, reterr, offset + diag.offset, diag.text);
    *ret_count = count;
    return PTN_OK;
}

/* UTF-8 without control characters but the newline. */
static bool text_good(struct ptn_bytes bytes, size_t *ret_offset)
{
    if (!ptn_utf8_valid(bytes, ret_offset))
        return false;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] < 0x20 && bytes.at[i] != '\n') {
            *ret_offset = i;
            return false;
        }
    }
    return true;
}

struct ptn_status ptn_note_parse(struct ptn_bytes bytes, struct ptn_note *ret_note,
                                 struct ptn_diag *reterr)
{
    struct ptn_note note = { 0 };
    size_t offset = 0;
    size_t split = bytes.len;
    struct ptn_status status;

    if (bytes.len > PTN_NOTE_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_NOTE_LEN_MAX, "the note is too long");
    if (!text_good(bytes, &offset))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset,
                        "a note is UTF-8 without control characters");
    /* The last blank line: split is the offset just after it. */
    while (split >= 2 && !(bytes.at[split - 1] == '\n' && bytes.at[split - 2] == '\n'))
        split--;
    if (split < 2)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, bytes.len, "no blank line before signatures");
    note.text = ptn_bytes_slice(bytes, 0, split - 1);
    note.signatures = ptn_bytes_slice(bytes, split, bytes.len);
    if (note.signatures.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, split, "the note is not signed");
    status = check_signature_lines(note.signatures, split, &note.signature_count, reterr);
    if (!ptn_ok(status))
        return status;
    *ret_note = note;
    return PTN_OK;
}

bool ptn_signature_is_of(const struct ptn_vkey *key, struct ptn_bytes name,
                         const struct ptn_buffer *blob)
{
    return ptn_bytes_equal(name, key->name) && memcmp(blob->at, key->id, PTN_KEY_ID_LEN) == 0;
}

/* What a signature is remembered in; hasher NULL: nothing is. */
struct remembering {
    struct ptn_hasher *hasher;
    struct ptn_signature_memory *memory;
};

static bool signature_good(const struct ptn_vkey *key, struct ptn_bytes text,
                           const struct ptn_buffer *blob, const struct remembering *remembering)
{
    struct ptn_signature_memory *memory = remembering->memory;
    const struct ptn_bytes parts[] = { ptn_bytes_of(key->public_key, sizeof(key->public_key)),
                                       ptn_buffer_bytes(blob), text };
    struct ptn_hash digest = { { 0 } };

    if (remembering->hasher == NULL ||
        !ptn_ok(ptn_hasher_digest(remembering->hasher, parts, 3, digest.at)))
        return ptn_signature_good(key->public_key, text, blob->at + PTN_KEY_ID_LEN);
    if (memory->has_good && ptn_hash_equal(&digest, &memory->good))
        return true;
    if (!ptn_signature_good(key->public_key, text, blob->at + PTN_KEY_ID_LEN))
        return false;
    *memory = (struct ptn_signature_memory){ true, digest };
    return true;
}

/* Verify one key against every line. *ret_signed: a line of its was there and good. */
static struct ptn_status verify_key(const struct ptn_note *note, const struct ptn_vkey *key,
                                    const struct remembering *remembering, struct ptn_buffer *blob,
                                    bool *ret_signed, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(note->signatures);

    *ret_signed = false;
    if (key->type != PTN_NOTE_TYPE_ED25519)
        return PTN_OK;
    for (;;) {
        struct ptn_bytes name;
        struct ptn_status status = ptn_signature_next(&cursor, blob, &name, reterr);

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (!ptn_ok(status))
            return status;
        if (!ptn_signature_is_of(key, name, blob))
            continue;
        if (blob->len != PTN_KEY_ID_LEN + PTN_SIGNATURE_LEN ||
            !signature_good(key, note->text, blob, remembering))
            return ptn_fail(PTN_C_CORRUPT, reterr, cursor.next, "a known key's signature is wrong");
        *ret_signed = true;
    }
}

static struct ptn_status verify(const struct ptn_note *note, const struct ptn_vkey *keys,
                                size_t key_count, const struct remembering *remembering,
                                size_t *ret_good, struct ptn_diag *reterr)
{
    struct ptn_buffer blob;
    size_t good = 0;
    struct ptn_status status = PTN_OK;

    ptn_buffer_init(&blob, PTN_SIGNATURE_BLOB_MAX);
    for (size_t i = 0; ptn_ok(status) && i < key_count; i++) {
        bool has_signed = false;

        status = verify_key(note, &keys[i], remembering, &blob, &has_signed, reterr);
        if (has_signed)
            good++;
    }
    ptn_buffer_release(&blob);
    if (!ptn_ok(status))
        return status;
    if (good == 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "no signature by a known key");
    *ret_good = good;
    return PTN_OK;
}

struct ptn_status ptn_note_verify(const struct ptn_note *note, const struct ptn_vkey *keys,
                                  size_t key_count, size_t *ret_good, struct ptn_diag *reterr)
{
    const struct remembering nothing = { NULL, NULL };

    return verify(note, keys, key_count, &nothing, ret_good, reterr);
}

struct ptn_status ptn_note_verify_again(const struct ptn_note *note, const struct ptn_vkey *key,
                                        struct ptn_hasher *hasher,
                                        struct ptn_signature_memory *memory,
                                        struct ptn_diag *reterr)
{
    const struct remembering remembering = { hasher, memory };
    size_t good;

    return verify(note, key, 1, &remembering, &good, reterr);
}

struct ptn_status ptn_note_sign_line(const struct ptn_signer *signer, struct ptn_bytes name,
                                     struct ptn_bytes text, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    const size_t len = out->len;
    uint8_t blob[PTN_KEY_ID_LEN + PTN_SIGNATURE_LEN];
    size_t offset = 0;
    struct ptn_vkey key;
    struct ptn_status status;

    if (text.len == 0 || text.at[text.len - 1] != '\n' || !text_good(text, &offset))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "the text cannot stand in a note");
    status = ptn_vkey_make(name, signer->public_key, &key);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the name cannot stand in a note");
    memcpy(blob, key.id, PTN_KEY_ID_LEN);
    status = signer->sign(signer->context, text, blob + PTN_KEY_ID_LEN);
    if (ptn_ok(status))
        status = ptn_signature_line_write(out, name, ptn_bytes_of(blob, sizeof(blob)));
    if (!ptn_ok(status)) {
        out->len = len;
        return ptn_fail(status.code, reterr, 0, "the note cannot be signed");
    }
    return PTN_OK;
}

/* A vault's role as a signer. */
struct vault_signer {
    const struct ptn_vault *vault;
    enum ptn_role role;
};

static struct ptn_status sign_with_vault(const void *context, struct ptn_bytes message,
                                         uint8_t ret_signature[PTN_SIGNATURE_LEN])
{
    const struct vault_signer *signer = context;

    return ptn_vault_sign(signer->vault, signer->role, message, ret_signature);
}

struct ptn_status ptn_note_sign(const struct ptn_vault *vault, enum ptn_role role,
                                struct ptn_bytes name, struct ptn_bytes text,
                                struct ptn_buffer *out, struct ptn_diag *reterr)
{
    const struct vault_signer by = { vault, role };
    const struct ptn_signer signer = { &by, ptn_vault_public_key(vault, role), sign_with_vault };
    const size_t len = out->len;
    struct ptn_status status = ptn_buffer_add(out, text);

    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (!ptn_ok(status)) {
        out->len = len;
        return ptn_fail(status.code, reterr, 0, "the note cannot be signed");
    }
    status = ptn_note_sign_line(&signer, name, text, out, reterr);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

struct ptn_status ptn_signature_line_write(struct ptn_buffer *out, struct ptn_bytes name,
                                           struct ptn_bytes blob)
{
    const size_t len = out->len;
    struct ptn_status status = ptn_buffer_add_text(out, PTN_SIGNATURE_START);

    if (ptn_ok(status))
        status = ptn_buffer_add(out, name);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, " ");
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(out, blob);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- checkpoints ---- */

struct ptn_status ptn_checkpoint_parse(struct ptn_bytes text, struct ptn_checkpoint *ret_checkpoint,
                                       struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_bytes line;
    size_t extensions_at;

    if (!ptn_cursor_take_whole_line(&cursor, &checkpoint.origin) || checkpoint.origin.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a checkpoint starts with its origin");
    extensions_at = cursor.next;
    if (!ptn_cursor_take_whole_line(&cursor, &line) ||
        !ptn_decimal_read(line, PTN_TREE_SIZE_MAX, &checkpoint.size))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, extensions_at,
                        "the second line is the tree's size");
    extensions_at = cursor.next;
    if (!ptn_cursor_take_whole_line(&cursor, &line) ||
        !read_exact(ptn_base64_read, line, checkpoint.root.at, PTN_HASH_LEN))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, extensions_at,
                        "the third line is the root: 32 bytes in base64");
    extensions_at = cursor.next;
    while (ptn_cursor_left(&cursor) > 0) {
        size_t at = cursor.next;

        if (!ptn_cursor_take_whole_line(&cursor, &line) || line.len == 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "an extension line is empty or not ended");
    }
    checkpoint.extensions = ptn_bytes_slice(text, extensions_at, text.len);
    *ret_checkpoint = checkpoint;
    return PTN_OK;
}

struct ptn_status ptn_checkpoint_write(struct ptn_buffer *out,
                                       const struct ptn_checkpoint *checkpoint)
{
    const size_t len = out->len;
    struct ptn_status status = ptn_buffer_add(out, checkpoint->origin);

    PTN_PRE(checkpoint->size <= PTN_TREE_SIZE_MAX);

    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add_decimal(out, (int64_t)checkpoint->size);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(out, ptn_bytes_of(checkpoint->root.at, PTN_HASH_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, checkpoint->extensions);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- receipts ---- */

/* The line without its leading word and a space; false when it starts otherwise. */
static bool after_word(struct ptn_bytes line, const char *word, struct ptn_bytes *ret_rest)
{
    size_t len = strlen(word);

    if (line.len < len || memcmp(line.at, word, len) != 0)
        return false;
    *ret_rest = ptn_bytes_slice(line, len, line.len);
    return true;
}

static bool is_base64(struct ptn_bytes text)
{
    struct ptn_buffer out;
    bool good;

    ptn_buffer_init(&out, text.len);
    good = ptn_ok(ptn_base64_read(text, &out, NULL));
    ptn_buffer_release(&out);
    return good;
}

struct ptn_status ptn_receipt_parse(struct ptn_bytes text, struct ptn_receipt *ret_receipt,
                                    struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_receipt receipt = { 0 };
    struct ptn_bytes line;
    struct ptn_bytes number;
    bool more;

    if (text.len > PTN_NOTE_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_NOTE_LEN_MAX, "the receipt is too long");
    if (!ptn_cursor_take_whole_line(&cursor, &line) || !ptn_bytes_is(line, RECEIPT_FIRST))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a tlog-proof");
    more = ptn_cursor_take_whole_line(&cursor, &line);
    if (more && after_word(line, "extra ", &receipt.extra)) {
        if (receipt.extra.len == 0 || !is_base64(receipt.extra))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "the extra data is not base64");
        more = ptn_cursor_take_whole_line(&cursor, &line);
    }
    if (!more || !after_word(line, "index ", &number) ||
        !ptn_decimal_read(number, PTN_TREE_SIZE_MAX, &receipt.index))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "no index line");
    for (;;) {
        size_t at = cursor.next;

        if (!ptn_cursor_take_whole_line(&cursor, &line))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "no blank line before the checkpoint");
        if (line.len == 0)
            break;
        if (receipt.proof.count == PTN_PROOF_COUNT_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, at, "the proof has too many hashes");
        if (!read_exact(ptn_base64_read, line, receipt.proof.hashes[receipt.proof.count].at,
                        PTN_HASH_LEN))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, at, "a proof line is 32 bytes in base64");
        receipt.proof.count++;
    }
    receipt.checkpoint = ptn_bytes_slice(text, cursor.next, text.len);
    if (receipt.checkpoint.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "no checkpoint");
    *ret_receipt = receipt;
    return PTN_OK;
}

struct ptn_status ptn_receipt_write(struct ptn_buffer *out, const struct ptn_receipt *receipt)
{
    const size_t len = out->len;
    struct ptn_status status = ptn_buffer_add_text(out, RECEIPT_FIRST "\n");

    PTN_PRE(receipt->index <= PTN_TREE_SIZE_MAX);
    PTN_PRE(receipt->proof.count <= PTN_PROOF_COUNT_MAX);

    if (ptn_ok(status) && receipt->extra.len > 0)
        status = ptn_buffer_addf(out, "extra %.*s\n", (int)receipt->extra.len,
                                 (const char *)receipt->extra.at);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "index %llu\n", (unsigned long long)receipt->index);
    for (size_t i = 0; ptn_ok(status) && i < receipt->proof.count; i++) {
        status =
            ptn_buffer_add_base64(out, ptn_bytes_of(receipt->proof.hashes[i].at, PTN_HASH_LEN));
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(out, receipt->checkpoint);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}
