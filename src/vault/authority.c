#include "vault/authority.h"

#include <assert.h>
#include <sodium.h>

#define FIRST_LINE  "postern authority key 1"
#define BOX_WORD    "box "
#define PASSES_MAX  10u
#define MEMORY_MIN  8192u /* KiB */
#define MEMORY_MAX  1048576u
#define FIELD_COUNT 5u

static_assert(PTN_AUTHORITY_SALT_LEN == crypto_pwhash_SALTBYTES, "Argon2id's salt");
static_assert(PTN_AUTHORITY_BOX_LEN == crypto_secretbox_MACBYTES + crypto_sign_SEEDBYTES,
              "the box holds the seed");

/* Lives in memory of sodium_malloc: locked, between guard pages, wiped when freed. */
struct ptn_authority {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    uint8_t name[PTN_AUTHORITY_NAME_LEN_MAX];
    size_t name_len;
};

/* What is secret only while a file is sealed or opened; likewise. */
struct opening {
    uint8_t passphrase_key[crypto_generichash_KEYBYTES];
    uint8_t box_key[crypto_secretbox_KEYBYTES];
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
};

static const uint8_t nonce[crypto_secretbox_NONCEBYTES]; /* a salt makes a key that is used once */

/* ---- the file's text ---- */

static bool name_good(struct ptn_bytes name)
{
    if (name.len == 0 || name.len > PTN_AUTHORITY_NAME_LEN_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] <= ' ' || name.at[i] > '~' || name.at[i] == '+')
            return false;
    return true;
}

/* Take "word rest\n"; false when the next line is another or is not ended. */
static bool take_line(struct ptn_cursor *cursor, const char *word, struct ptn_bytes *ret_rest)
{
    const size_t word_len = strlen(word);
    struct ptn_bytes left =
        ptn_bytes_slice(cursor->bytes, cursor->next, cursor->bytes.len - cursor->next);
    const uint8_t *end = left.len == 0 ? NULL : memchr(left.at, '\n', left.len);
    size_t len = end == NULL ? 0 : (size_t)(end - left.at);

    if (end == NULL || len < word_len || memcmp(left.at, word, word_len) != 0)
        return false;
    *ret_rest = ptn_bytes_slice(left, word_len, len - word_len);
    cursor->next += len + 1;
    return true;
}

static bool read_limits(struct ptn_bytes text, struct ptn_authority_file *file)
{
    const uint8_t *space = text.len == 0 ? NULL : memchr(text.at, ' ', text.len);
    size_t at = space == NULL ? 0 : (size_t)(space - text.at);
    uint64_t passes, memory_kib;

    if (space == NULL || !ptn_decimal_read(ptn_bytes_slice(text, 0, at), PASSES_MAX, &passes) ||
        !ptn_decimal_read(ptn_bytes_slice(text, at + 1, text.len), MEMORY_MAX, &memory_kib) ||
        passes < 1 || memory_kib < MEMORY_MIN)
        return false;
    file->passes = (uint32_t)passes;
    file->memory_kib = (uint32_t)memory_kib;
    return true;
}

static bool read_field(unsigned number, struct ptn_bytes text, struct ptn_authority_file *file)
{
    switch (number) {
    case 0:
        file->name = text;
        return name_good(text);
    case 1:
        return ptn_hex_read_exactly(text, file->public_key, sizeof(file->public_key));
    case 2:
        return read_limits(text, file);
    case 3:
        return ptn_hex_read_exactly(text, file->salt, sizeof(file->salt));
    default:
        return ptn_hex_read_exactly(text, file->box, sizeof(file->box));
    }
}

struct ptn_status ptn_authority_parse(struct ptn_bytes text, struct ptn_authority_file *ret_file,
                                      struct ptn_diag *reterr)
{
    static const char *const words[FIELD_COUNT] = { "name ", "public ", "argon2id ", "salt ",
                                                    BOX_WORD };
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_authority_file file = { 0 };
    struct ptn_bytes rest;

    if (text.len > PTN_AUTHORITY_FILE_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_AUTHORITY_FILE_LEN_MAX,
                        "too long for a key file");
    if (!take_line(&cursor, FIRST_LINE, &rest) || rest.len > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not an authority's key file");
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        size_t offset = cursor.next;

        if (!take_line(&cursor, words[i], &rest) || !read_field(i, rest, &file))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, offset,
                            "a line of the key file is not as it must be");
    }
    if (ptn_cursor_left(&cursor) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next, "bytes after the key file's end");
    *ret_file = file;
    return PTN_OK;
}

/* All before "box ": what the box is bound to. */
static struct ptn_status write_head(struct ptn_buffer *out, const struct ptn_authority_file *file)
{
    struct ptn_status status = ptn_buffer_add_text(out, FIRST_LINE "\nname ");

    if (ptn_ok(status))
        status = ptn_buffer_add(out, file->name);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\npublic ");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(file->public_key, sizeof(file->public_key)));
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "\nargon2id %u %u\nsalt ", file->passes, file->memory_kib);
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(file->salt, sizeof(file->salt)));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    return status;
}

struct ptn_status ptn_authority_write(struct ptn_buffer *out, const struct ptn_authority_file *file)
{
    const size_t len = out->len;
    struct ptn_status status = write_head(out, file);

    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, BOX_WORD);
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(file->box, sizeof(file->box)));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- sealing and opening ---- */

static struct ptn_status work_out_box_key(const struct ptn_authority_file *file,
                                          struct ptn_bytes passphrase, struct opening *opening,
                                          struct ptn_diag *reterr)
{
    struct ptn_buffer head;
    struct ptn_status status;

    if (crypto_pwhash(opening->passphrase_key, sizeof(opening->passphrase_key),
                      (const char *)passphrase.at, passphrase.len, file->salt, file->passes,
                      (size_t)file->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to work the passphrase out");
    ptn_buffer_init(&head, PTN_AUTHORITY_FILE_LEN_MAX);
    status = write_head(&head, file);
    if (ptn_ok(status))
        (void)crypto_generichash(opening->box_key, sizeof(opening->box_key), head.at, head.len,
                                 opening->passphrase_key, sizeof(opening->passphrase_key));
    else
        status = ptn_fail(status.code, reterr, 0, "no memory for the key file");
    ptn_buffer_release(&head);
    return status;
}

static struct ptn_status start(struct opening **ret_opening, struct ptn_diag *reterr)
{
    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    *ret_opening = sodium_malloc(sizeof(**ret_opening));
    if (*ret_opening == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a key");
    return PTN_OK;
}

static struct ptn_status check_new(const struct ptn_world *world, const char *path,
                                   struct ptn_bytes name, struct ptn_bytes passphrase,
                                   struct ptn_diag *reterr)
{
    if (!name_good(name))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a key's name is 1 to 255 printable characters without space and plus");
    if (passphrase.len < PTN_PASSPHRASE_LEN_MIN || passphrase.len > PTN_PASSPHRASE_LEN_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a passphrase has 12 to 1,024 bytes");
    if (world->files->exists(world->context, path))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "there is a file of that name already");
    return PTN_OK;
}

static struct ptn_status write_file(const struct ptn_world *world, const char *path,
                                    const struct ptn_authority_file *file, struct ptn_diag *reterr)
{
    struct ptn_buffer text;
    struct ptn_status status;

    ptn_buffer_init(&text, PTN_AUTHORITY_FILE_LEN_MAX);
    status = ptn_authority_write(&text, file);
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&text));
    ptn_buffer_release(&text);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the key file cannot be written");
    return PTN_OK;
}

struct ptn_status ptn_authority_new(const struct ptn_world *world, const char *path,
                                    struct ptn_bytes name, struct ptn_bytes passphrase,
                                    enum ptn_authority_cost cost,
                                    uint8_t ret_public_key[PTN_PUBLIC_KEY_LEN],
                                    struct ptn_diag *reterr)
{
    const bool full = cost == PTN_AUTHORITY_COST_FULL;
    struct ptn_authority_file file = { .name = name,
                                       .passes = full ? 3 : 1,
                                       .memory_kib = full ? 262144 : MEMORY_MIN };
    struct opening *opening = NULL;
    struct ptn_status status = check_new(world, path, name, passphrase, reterr);

    if (ptn_ok(status))
        status = start(&opening, reterr);
    if (!ptn_ok(status))
        return status;
    world->random(world->context, opening->seed, sizeof(opening->seed));
    world->random(world->context, file.salt, sizeof(file.salt));
    (void)crypto_sign_seed_keypair(file.public_key, opening->secret_key, opening->seed);
    status = work_out_box_key(&file, passphrase, opening, reterr);
    if (ptn_ok(status)) {
        (void)crypto_secretbox_easy(file.box, opening->seed, sizeof(opening->seed), nonce,
                                    opening->box_key);
        status = write_file(world, path, &file, reterr);
    }
    sodium_free(opening);
    if (ptn_ok(status))
        memcpy(ret_public_key, file.public_key, sizeof(file.public_key));
    return status;
}

/* Open the box and check that the seed is the public key's. */
static struct ptn_status open_box(const struct ptn_authority_file *file,
                                  struct ptn_bytes passphrase, struct opening *opening,
                                  struct ptn_diag *reterr)
{
    struct ptn_status status = work_out_box_key(file, passphrase, opening, reterr);

    if (!ptn_ok(status))
        return status;
    if (crypto_secretbox_open_easy(opening->seed, file->box, sizeof(file->box), nonce,
                                   opening->box_key) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "wrong passphrase, or the file was changed");
    (void)crypto_sign_seed_keypair(opening->public_key, opening->secret_key, opening->seed);
    if (memcmp(opening->public_key, file->public_key, sizeof(file->public_key)) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the file's public key is not its key's");
    return PTN_OK;
}

static struct ptn_status unlock(const struct ptn_authority_file *file, struct ptn_bytes passphrase,
                                struct ptn_authority **ret_authority, struct ptn_diag *reterr)
{
    struct ptn_authority *authority = NULL;
    struct opening *opening = NULL;
    struct ptn_status status = start(&opening, reterr);

    if (!ptn_ok(status))
        return status;
    status = open_box(file, passphrase, opening, reterr);
    if (ptn_ok(status)) {
        authority = sodium_malloc(sizeof(*authority));
        if (authority == NULL)
            status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a key");
    }
    if (ptn_ok(status)) {
        memcpy(authority->public_key, opening->public_key, sizeof(authority->public_key));
        memcpy(authority->secret_key, opening->secret_key, sizeof(authority->secret_key));
        memcpy(authority->name, file->name.at, file->name.len);
        authority->name_len = file->name.len;
        (void)sodium_mprotect_readonly(authority);
        *ret_authority = authority;
    }
    sodium_free(opening);
    return status;
}

struct ptn_status ptn_authority_unlock(const struct ptn_world *world, const char *path,
                                       struct ptn_bytes passphrase,
                                       struct ptn_authority **ret_authority,
                                       struct ptn_diag *reterr)
{
    struct ptn_authority_file file;
    struct ptn_buffer text;
    struct ptn_status status;

    if (passphrase.len == 0 || passphrase.len > PTN_PASSPHRASE_LEN_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "wrong passphrase, or the file was changed");
    ptn_buffer_init(&text, PTN_AUTHORITY_FILE_LEN_MAX);
    status = world->files->read(world->context, path, &text);
    if (status.code == PTN_C_TOO_BIG)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not an authority's key file");
    else if (!ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0, "the key file cannot be read");
    else
        status = ptn_authority_parse(ptn_buffer_bytes(&text), &file, reterr);
    if (ptn_ok(status))
        status = unlock(&file, passphrase, ret_authority, reterr);
    ptn_buffer_release(&text);
    return status;
}

void ptn_authority_lock(struct ptn_authority *authority)
{
    sodium_free(authority);
}

struct ptn_status ptn_authority_sign(const struct ptn_authority *authority,
                                     struct ptn_bytes message,
                                     uint8_t ret_signature[PTN_SIGNATURE_LEN])
{
    if (crypto_sign_detached(ret_signature, NULL, message.at, message.len, authority->secret_key) !=
        0)
        return (struct ptn_status){ PTN_C_IO };
    return PTN_OK;
}

const uint8_t *ptn_authority_public_key(const struct ptn_authority *authority)
{
    return authority->public_key;
}

struct ptn_bytes ptn_authority_name(const struct ptn_authority *authority)
{
    return ptn_bytes_of(authority->name, authority->name_len);
}
