/*
 * bench/bench_seal.c -- what sealing and opening one payload costs, beside the cipher alone over
 * the same bytes in the same run.
 *
 * usage: bench_seal
 * Payloads of 600 bytes, processor time of one core, best of five; the limit is one
 * XChaCha20-Poly1305 over 600 bytes. Then an epoch's key boxed for one reader and opened, and the
 * cost of both spread over a post's day of 2,000 records with four readers. NDJSON on stdout.
 */
#include "vault/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAYLOAD_LEN 600u
#define ROUNDS      20000u
#define BOXES       400u
#define TRIES       5u
#define DAY_RECORDS 2000.0
#define READERS     4.0

struct setting {
    const struct ptn_world *world;
    struct ptn_world *folder;
    struct ptn_vault *vault;
    struct ptn_reading reading;
    struct ptn_epoch epochs[2]; /* scheme 1, scheme 2 */
    uint8_t payload[PAYLOAD_LEN];
    uint8_t bound[120];
    struct ptn_buffer sealed;
    struct ptn_buffer opened;
    uint8_t commitment[PTN_COMMITMENT_LEN];
    uint8_t box[PTN_EPOCH_BOX_LEN];
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "bench_seal: %s\n", what);
    exit(4);
}

static double spent_us(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void seal(struct setting *setting, unsigned scheme)
{
    ptn_buffer_clear(&setting->sealed);
    must(ptn_ok(ptn_seal(setting->world, &setting->epochs[scheme - 1],
                         ptn_bytes_of(setting->bound, sizeof(setting->bound)),
                         ptn_bytes_of(setting->payload, PAYLOAD_LEN), &setting->sealed,
                         setting->commitment)),
         "sealing failed");
}

static void unseal(struct setting *setting, unsigned scheme)
{
    ptn_buffer_clear(&setting->opened);
    must(ptn_ok(ptn_unseal_with(
             &setting->epochs[scheme - 1], ptn_bytes_of(setting->bound, sizeof(setting->bound)),
             setting->commitment, ptn_buffer_bytes(&setting->sealed), &setting->opened, NULL)),
         "opening failed");
}

static void cipher(struct setting *setting, unsigned scheme)
{
    static uint8_t out[PAYLOAD_LEN + crypto_aead_xchacha20poly1305_ietf_ABYTES];

    (void)scheme;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, setting->payload, PAYLOAD_LEN,
                                                     setting->bound, sizeof(setting->bound), NULL,
                                                     setting->bound, setting->epochs[0].key);
}

static void box(struct setting *setting, unsigned scheme)
{
    (void)scheme;
    must(ptn_ok(ptn_epoch_box(setting->world, &setting->epochs[1], setting->reading.key,
                              setting->box)),
         "boxing failed");
}

static void unbox(struct setting *setting, unsigned scheme)
{
    (void)scheme;
    must(ptn_ok(ptn_epoch_unbox(setting->vault, setting->reading.key, setting->box,
                                &setting->epochs[1])),
         "opening a box failed");
}

/* Microseconds of one call, the best of a few tries. */
static double measure(struct setting *setting, void (*call)(struct setting *, unsigned),
                      unsigned scheme, unsigned rounds)
{
    double best = 1e12;

    for (unsigned attempt = 0; attempt < TRIES; attempt++) {
        const double began = spent_us();
        double each;

        for (unsigned i = 0; i < rounds; i++)
            call(setting, scheme);
        each = (spent_us() - began) / rounds;
        best = each < best ? each : best;
    }
    return best;
}

static void set_up(struct setting *setting)
{
    setting->world = ptn_world_real();
    setting->folder = ptn_world_seeded(1, 0);
    must(setting->folder != NULL, "no memory");
    must(ptn_ok(setting->folder->files->make_dir(setting->folder->context, "/node")), "no folder");
    must(ptn_ok(ptn_vault_create(setting->folder, "/node", NULL)), "no vault");
    must(ptn_ok(ptn_reading_make(setting->folder, "/node", (struct ptn_date){ 2026, 11, 0 },
                                 &setting->reading, NULL)),
         "no reading key");
    must(ptn_ok(ptn_vault_open(setting->folder, "/node", &setting->vault, NULL)), "no vault");
    ptn_epoch_open(setting->vault, 20785, 1, &setting->epochs[0]);
    ptn_epoch_new(setting->world, 20785, 1, 7, &setting->epochs[1]);
    ptn_buffer_init(&setting->sealed, 4096);
    ptn_buffer_init(&setting->opened, 4096);
}

int main(void)
{
    static struct setting setting;
    double limit;
    double boxing;
    double unboxing;

    set_up(&setting);
    limit = measure(&setting, cipher, 1, ROUNDS);
    for (unsigned scheme = 1; scheme <= 2; scheme++) {
        const double sealing = measure(&setting, seal, scheme, ROUNDS);
        const double opening = measure(&setting, unseal, scheme, ROUNDS);

        (void)printf("{\"scheme\":%u,\"payload\":%u,\"seal_us\":%.2f,\"open_us\":%.2f,"
                     "\"cipher_us\":%.2f}\n",
                     scheme, PAYLOAD_LEN, sealing, opening, limit);
    }
    boxing = measure(&setting, box, 2, BOXES);
    unboxing = measure(&setting, unbox, 2, BOXES);
    (void)printf("{\"box_us\":%.1f,\"unbox_us\":%.1f,\"a_record_of_a_day_us\":%.2f}\n", boxing,
                 unboxing, READERS * boxing / DAY_RECORDS);
    ptn_buffer_release(&setting.sealed);
    ptn_buffer_release(&setting.opened);
    ptn_vault_close(setting.vault);
    ptn_world_seeded_free(setting.folder);
    return 0;
}
