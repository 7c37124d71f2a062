/* vault/lock.c -- the lock's file: its text, its boxes, and putting it in the place of the former
 * one. */
#include "vault/vault_int.h"

#include <stdio.h>

#define FIRST_LINE  "postern storage lock 1"
#define PASSES_MAX  10u
#define MEMORY_MIN  8192u /* KiB */
#define MEMORY_MAX  1048576u
#define FULL_PASSES 3u
#define FULL_MEMORY 262144u
#define FIELD_MAX   5u
#define PATH_SIZE   4096u

static_assert(PTN_LOCK_SALT_LEN == crypto_pwhash_SALTBYTES, "Argon2id's salt");
static_assert(PTN_STORAGE_KEY_LEN == crypto_scalarmult_BYTES, "an X25519 key");
static_assert(PTN_LOCK_BOX_LEN == crypto_secretbox_MACBYTES + PTN_STORAGE_KEY_LEN,
              "a box holds the storage key");

static const uint8_t nonce[crypto_secretbox_NONCEBYTES]; /* a salt makes a key that is used once */

/* What is secret while a box is made or opened; in pages of its own. */
struct opening {
    uint8_t slow[crypto_generichash_KEYBYTES];
    uint8_t box_key[crypto_secretbox_KEYBYTES];
    uint8_t storage[PTN_STORAGE_KEY_LEN];
};

/* ---- the text ---- */

/* "word a b c": the fields of a line, parted by one space each; how many there are. 0: too many, or
 * one is empty. */
static size_t split(struct ptn_bytes line, struct ptn_bytes fields[FIELD_MAX])
{
    size_t count = 0;

    for (;;) {
        const uint8_t *space = line.len == 0 ? NULL : memchr(line.at, ' ', line.len);
        size_t len = space == NULL ? line.len : (size_t)(space - line.at);

        if (len == 0 || count == FIELD_MAX)
            return 0;
        fields[count++] = ptn_bytes_slice(line, 0, len);
        if (space == NULL)
            return count;
        line = ptn_bytes_slice(line, len + 1, SIZE_MAX);
    }
}

static bool read_passphrase(const struct ptn_bytes *fields, size_t count,
                            struct ptn_lock_file *file)
{
    uint64_t passes = 0;
    uint64_t memory_kib = 0;

    if (count != 5 || !ptn_bytes_is(fields[0], "passphrase") ||
        !ptn_decimal_read(fields[1], PASSES_MAX, &passes) || passes < 1 ||
        !ptn_decimal_read(fields[2], MEMORY_MAX, &memory_kib) || memory_kib < MEMORY_MIN)
        return false;
    file->passes = (uint32_t)passes;
    file->memory_kib = (uint32_t)memory_kib;
    return ptn_hex_read_exactly(fields[3], file->salt, sizeof(file->salt)) &&
           ptn_hex_read_exactly(fields[4], file->box, sizeof(file->box));
}

static bool read_machine(const struct ptn_bytes *fields, size_t count, struct ptn_lock_file *file)
{
    file->has_machine = true;
    return count == 3 && ptn_bytes_is(fields[0], "machine") &&
           ptn_hex_read_exactly(fields[1], file->machine_salt, sizeof(file->machine_salt)) &&
           ptn_hex_read_exactly(fields[2], file->machine_box, sizeof(file->machine_box));
}

/* The line at that place of the file, the first being 0. */
static bool read_line(unsigned place, struct ptn_bytes line, struct ptn_lock_file *file)
{
    struct ptn_bytes fields[FIELD_MAX] = { 0 };
    size_t count = split(line, fields);

    switch (place) {
    case 0:
        return ptn_bytes_is(line, FIRST_LINE);
    case 1:
        return count == 2 && ptn_bytes_is(fields[0], "storage") &&
               ptn_hex_read_exactly(fields[1], file->storage, sizeof(file->storage));
    case 2:
        file->off = count == 2 && ptn_bytes_is(fields[0], "off");
        return file->off ? ptn_hex_read_exactly(fields[1], file->key, sizeof(file->key))
                         : read_passphrase(fields, count, file);
    default:
        return place == 3 && !file->off && read_machine(fields, count, file);
    }
}

struct ptn_status ptn_lock_parse(struct ptn_bytes text, struct ptn_lock_file *ret_file,
                                 struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_lock_file file = { 0 };
    unsigned place = 0;

    if (text.len > PTN_LOCK_FILE_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_LOCK_FILE_LEN_MAX, "too long for a lock's file");
    while (place < 3 || ptn_cursor_left(&cursor) > 0) {
        size_t offset = cursor.next;
        struct ptn_bytes line;

        if (!ptn_cursor_take_whole_line(&cursor, &line) || !read_line(place, line, &file)) {
            sodium_memzero(&file, sizeof(file));
            return ptn_fail(PTN_C_BAD_INPUT, reterr, offset,
                            "a line of the lock's file is not as it must be");
        }
        place++;
    }
    *ret_file = file;
    sodium_memzero(&file, sizeof(file));
    return PTN_OK;
}

/* The first two lines: what every box is bound to. */
static struct ptn_status write_head(struct ptn_buffer *out, const struct ptn_lock_file *file)
{
    struct ptn_status status = ptn_buffer_add_text(out, FIRST_LINE "\nstorage ");

    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(file->storage, sizeof(file->storage)));
    return ptn_ok(status) ? ptn_buffer_add_text(out, "\n") : status;
}

/* A box's own line up to the box. */
static struct ptn_status write_slot(struct ptn_buffer *out, const struct ptn_lock_file *file,
                                    bool machine)
{
    struct ptn_status status =
        machine ? ptn_buffer_add_text(out, "machine ")
                : ptn_buffer_addf(out, "passphrase %u %u ", file->passes, file->memory_kib);

    if (ptn_ok(status))
        status = ptn_buffer_add_hex(
            out, ptn_bytes_of(machine ? file->machine_salt : file->salt, PTN_LOCK_SALT_LEN));
    return ptn_ok(status) ? ptn_buffer_add_text(out, " ") : status;
}

static struct ptn_status write_last(struct ptn_buffer *out, const uint8_t *at, size_t len)
{
    struct ptn_status status = ptn_buffer_add_hex(out, ptn_bytes_of(at, len));

    return ptn_ok(status) ? ptn_buffer_add_text(out, "\n") : status;
}

struct ptn_status ptn_lock_write(struct ptn_buffer *out, const struct ptn_lock_file *file)
{
    const size_t len = out->len;
    struct ptn_status status = write_head(out, file);

    if (ptn_ok(status) && file->off)
        status = ptn_buffer_add_text(out, "off ");
    if (ptn_ok(status) && file->off)
        status = write_last(out, file->key, sizeof(file->key));
    if (ptn_ok(status) && !file->off)
        status = write_slot(out, file, false);
    if (ptn_ok(status) && !file->off)
        status = write_last(out, file->box, sizeof(file->box));
    if (ptn_ok(status) && !file->off && file->has_machine)
        status = write_slot(out, file, true);
    if (ptn_ok(status) && !file->off && file->has_machine)
        status = write_last(out, file->machine_box, sizeof(file->machine_box));
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- the file ---- */

static bool join_path(char path[PATH_SIZE], const char *dir)
{
    int len = snprintf(path, PATH_SIZE, "%s/vault/lock", dir);

    return len > 0 && (unsigned)len < PATH_SIZE;
}

struct ptn_status ptn_lock_read(const struct ptn_world *world, const char *dir,
                                struct ptn_lock_file *ret_file, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct ptn_buffer text;
    uint8_t *room;
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!join_path(path, dir))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    ptn_buffer_init(&text, PTN_LOCK_FILE_LEN_MAX + 1);
    status = ptn_buffer_reserve(&text, PTN_LOCK_FILE_LEN_MAX + 1, &room);
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &text);
    if (ptn_ok(status))
        status = ptn_lock_parse(ptn_buffer_bytes(&text), ret_file, reterr);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the lock's file is damaged");
    else if (!ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0,
                          status.code == PTN_C_NOT_FOUND ? "the folder has no lock"
                                                         : "the lock's file cannot be read");
    if (text.at != NULL) /* it may be off */
        sodium_memzero(text.at, text.capacity);
    ptn_buffer_release(&text);
    return status;
}

/* LOCK-3: one file in the place of another, whole or not at all. */
static struct ptn_status put_file(const struct ptn_world *world, const char *dir,
                                  const struct ptn_lock_file *file, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct ptn_buffer text;
    uint8_t *room;
    struct ptn_status status;

    ptn_buffer_init(&text, PTN_LOCK_FILE_LEN_MAX);
    status = ptn_buffer_reserve(&text, PTN_LOCK_FILE_LEN_MAX, &room);
    if (ptn_ok(status) && !join_path(path, dir))
        status.code = PTN_C_TOO_BIG;
    if (ptn_ok(status))
        status = ptn_lock_write(&text, file);
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&text));
    if (text.at != NULL)
        sodium_memzero(text.at, text.capacity);
    ptn_buffer_release(&text);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "the lock's file cannot be written");
}

struct ptn_status ptn_lock_look(const struct ptn_world *world, const char *dir,
                                enum ptn_lock_state *ret_state, bool *ret_machine,
                                struct ptn_diag *reterr)
{
    struct ptn_lock_file file = { 0 };
    struct ptn_status status = ptn_lock_read(world, dir, &file, reterr);

    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    *ret_state = !ptn_ok(status) ? PTN_LOCK_NONE : file.off ? PTN_LOCK_OFF : PTN_LOCK_ON;
    if (ret_machine != NULL)
        *ret_machine = file.has_machine;
    sodium_memzero(&file, sizeof(file));
    return PTN_OK;
}

/* ---- boxes ---- */

static struct ptn_status start(struct opening **ret_opening, struct ptn_diag *reterr)
{
    *ret_opening = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(**ret_opening));
    return *ret_opening != NULL
               ? PTN_OK
               : ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the storage key");
}

static struct ptn_status work_out_box_key(const struct ptn_lock_file *file,
                                          const struct ptn_lock_key *key, bool machine,
                                          struct opening *opening, struct ptn_diag *reterr)
{
    struct ptn_buffer head;
    struct ptn_status status;

    if (machine)
        (void)crypto_generichash(opening->slow, sizeof(opening->slow), key->machine.at,
                                 key->machine.len, NULL, 0);
    else if (crypto_pwhash(opening->slow, sizeof(opening->slow), (const char *)key->passphrase.at,
                           key->passphrase.len, file->salt, file->passes,
                           (size_t)file->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to work the passphrase out");
    ptn_buffer_init(&head, PTN_LOCK_FILE_LEN_MAX);
    status = write_head(&head, file);
    if (ptn_ok(status))
        status = write_slot(&head, file, machine);
    if (ptn_ok(status))
        (void)crypto_generichash(opening->box_key, sizeof(opening->box_key), head.at, head.len,
                                 opening->slow, sizeof(opening->slow));
    ptn_buffer_release(&head);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "no memory for the lock's file");
}

static bool key_good(const struct ptn_lock_key *key, bool machine)
{
    return machine ? key->machine.len >= PTN_MACHINE_KEY_LEN_MIN &&
                         key->machine.len <= PTN_MACHINE_KEY_LEN_MAX
                   : key->passphrase.len >= PTN_PASSPHRASE_LEN_MIN &&
                         key->passphrase.len <= PTN_PASSPHRASE_LEN_MAX;
}

static struct ptn_status open_box(const struct ptn_lock_file *file, const struct ptn_lock_key *key,
                                  struct opening *opening, struct ptn_diag *reterr)
{
    const bool machine = key->passphrase.len == 0;
    struct ptn_status status;

    if (!key_good(key, machine) || (machine && !file->has_machine))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "that does not open the lock");
    status = work_out_box_key(file, key, machine, opening, reterr);
    if (ptn_ok(status) &&
        crypto_secretbox_open_easy(opening->storage, machine ? file->machine_box : file->box,
                                   PTN_LOCK_BOX_LEN, nonce, opening->box_key) != 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "that does not open the lock");
    return status;
}

struct ptn_status ptn_lock_open(const struct ptn_world *world, const char *dir,
                                const struct ptn_lock_key *key, struct ptn_storage **ret_storage,
                                struct ptn_diag *reterr)
{
    struct ptn_lock_file file = { 0 };
    struct opening *opening = NULL;
    struct ptn_storage *storage = NULL;
    struct ptn_status status = ptn_lock_read(world, dir, &file, reterr);

    if (ptn_ok(status))
        status = start(&opening, reterr);
    if (ptn_ok(status) && !file.off)
        status = open_box(&file, key, opening, reterr);
    if (ptn_ok(status)) {
        storage = ptn_storage_of(file.off ? file.key : opening->storage);
        if (storage == NULL)
            status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the storage key");
        else if (memcmp(ptn_storage_public(storage), file.storage, sizeof(file.storage)) != 0)
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the lock holds another key than it says");
    }
    if (ptn_ok(status)) {
        *ret_storage = storage;
        storage = NULL;
    }
    ptn_storage_close(storage);
    sodium_free(opening);
    sodium_memzero(&file, sizeof(file));
    return status;
}

static struct ptn_status make_box(struct ptn_lock_file *file, const struct ptn_lock_key *key,
                                  bool machine, struct opening *opening, struct ptn_diag *reterr)
{
    struct ptn_status status = work_out_box_key(file, key, machine, opening, reterr);

    if (ptn_ok(status))
        (void)crypto_secretbox_easy(machine ? file->machine_box : file->box, opening->storage,
                                    sizeof(opening->storage), nonce, opening->box_key);
    return status;
}

/* The folder's own storage key is not another's. former: the lock's file, when there is one. */
static struct ptn_status check_storage(const struct ptn_world *world, const char *dir,
                                       const struct ptn_storage *storage,
                                       struct ptn_lock_file *former, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_lock_read(world, dir, former, reterr);
    const bool same =
        storage != NULL && ptn_ok(status) &&
        memcmp(former->storage, ptn_storage_public(storage), PTN_STORAGE_KEY_LEN) == 0;

    if (storage == NULL)
        return status.code == PTN_C_NOT_FOUND
                   ? PTN_OK
                   : ptn_fail(ptn_ok(status) ? PTN_C_BUSY : status.code, reterr, 0,
                              ptn_ok(status) ? "the folder has a lock already"
                                             : "the lock's file cannot be read");
    if (ptn_ok(status) && !same)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "that is not this folder's storage key");
    return status;
}

struct ptn_status ptn_lock_set(const struct ptn_world *world, const char *dir,
                               const struct ptn_storage *storage, const struct ptn_lock_key *key,
                               enum ptn_authority_cost cost, struct ptn_diag *reterr)
{
    const bool full = cost == PTN_AUTHORITY_COST_FULL;
    struct ptn_lock_file file = { .has_machine = key->machine.len > 0,
                                  .passes = full ? FULL_PASSES : 1,
                                  .memory_kib = full ? FULL_MEMORY : MEMORY_MIN };
    struct ptn_lock_file former = { 0 };
    struct opening *opening = NULL;
    struct ptn_status status;

    if (!key_good(key, false))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a passphrase has 12 to 1,024 bytes");
    if (file.has_machine && !key_good(key, true))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a machine key has 32 to 4,096 bytes");
    status = check_storage(world, dir, storage, &former, reterr);
    if (ptn_ok(status))
        status = start(&opening, reterr);
    sodium_memzero(former.key, sizeof(former.key));
    if (!ptn_ok(status))
        return status;
    if (storage == NULL)
        world->random(world->context, opening->storage, sizeof(opening->storage));
    else
        ptn_storage_copy(storage, opening->storage);
    (void)crypto_scalarmult_base(file.storage, opening->storage);
    world->random(world->context, file.salt, sizeof(file.salt));
    world->random(world->context, file.machine_salt, sizeof(file.machine_salt));
    status = make_box(&file, key, false, opening, reterr);
    if (ptn_ok(status) && file.has_machine)
        status = make_box(&file, key, true, opening, reterr);
    sodium_free(opening);
    if (!file.has_machine && key->keep_machine && former.has_machine) {
        file.has_machine = true;
        memcpy(file.machine_salt, former.machine_salt, sizeof(file.machine_salt));
        memcpy(file.machine_box, former.machine_box, sizeof(file.machine_box));
    }
    return ptn_ok(status) ? put_file(world, dir, &file, reterr) : status;
}

struct ptn_status ptn_lock_take_off(const struct ptn_world *world, const char *dir,
                                    const struct ptn_storage *storage, struct ptn_diag *reterr)
{
    struct ptn_lock_file file = { .off = true };
    struct ptn_lock_file former = { 0 };
    struct ptn_status status = check_storage(world, dir, storage, &former, reterr);

    PTN_PRE(storage != NULL);

    sodium_memzero(&former, sizeof(former));
    if (!ptn_ok(status))
        return status;
    memcpy(file.storage, ptn_storage_public(storage), sizeof(file.storage));
    ptn_storage_copy(storage, file.key);
    status = put_file(world, dir, &file, reterr);
    sodium_memzero(&file, sizeof(file));
    return status;
}
