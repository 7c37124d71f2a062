/* Any bytes as the file of a lock: what is accepted is written back the same to the byte. The same
 * bytes as a sealed file and as a day's epoch keys in a folder whose lock is off: none is taken for
 * more than it is, and a day that reads is boxed and reads on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vault/seal.h"

#define DIR    "n"
#define DAY    20785u
#define DAYS   DIR "/vault/epoch/2026-11-28.keys"
#define ORIGIN PTN_BYTES_LITERAL("postern.example/a")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

static void put(const struct ptn_world *world, const char *path, struct ptn_bytes bytes)
{
    must(ptn_ok(world->files->replace(world->context, path, bytes)));
}

static void as_lock(struct ptn_bytes text)
{
    struct ptn_lock_file file;
    struct ptn_buffer out;

    ptn_buffer_init(&out, PTN_LOCK_FILE_LEN_MAX);
    if (ptn_ok(ptn_lock_parse(text, &file, NULL)))
        must(ptn_ok(ptn_lock_write(&out, &file)) && ptn_bytes_equal(text, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
}

/* A folder with a lock that is off, its storage key thirty-two times 0x42. */
static struct ptn_world *folder(void)
{
    static const char text[] =
        "postern storage lock 1\n"
        "storage 132c442be010fbd57e72603328aa76e71fccc1503aae219327d14d9c9993f472\n"
        "off 4242424242424242424242424242424242424242424242424242424242424242\n";
    struct ptn_world *world = ptn_world_seeded(1, 0);

    must(world != NULL);
    must(ptn_ok(world->files->make_dir(world->context, DIR)) &&
         ptn_ok(world->files->make_dir(world->context, DIR "/vault")) &&
         ptn_ok(world->files->make_dir(world->context, DIR "/vault/epoch")));
    put(world, DIR "/vault/lock", ptn_bytes_of(text, sizeof(text) - 1));
    return world;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ptn_bytes bytes = ptn_bytes_of(data, size);
    struct ptn_epoch before = { .scheme = 2, .retention = 1, .day = DAY, .entry = 5 };
    struct ptn_epoch after = before;
    struct ptn_world *world = folder();
    struct ptn_buffer out;
    enum ptn_code code;

    as_lock(bytes);
    ptn_buffer_init(&out, 4096);
    put(world, DIR "/staff", bytes);
    if (ptn_ok(ptn_sealed_file_read(world, DIR, "staff", &out)))
        must(out.len <= size);
    put(world, DAYS, bytes);
    code = ptn_epoch_recall(world, DIR, ORIGIN, &before).code;
    (void)ptn_ok(ptn_lock_seal_all(world, DIR, NULL, 0, NULL, NULL));
    must(ptn_epoch_recall(world, DIR, ORIGIN, &after).code == code);
    must(code != PTN_C_OK || memcmp(before.key, after.key, sizeof(before.key)) == 0);
    ptn_buffer_release(&out);
    ptn_world_seeded_free(world);
    return 0;
}
