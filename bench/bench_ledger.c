/*
 * bench/bench_ledger.c -- how near a ledger comes to what its disk and its core allow, each figure
 * beside its limit in the same run.
 *
 * usage: bench_ledger DIR [SECONDS]
 * Appends in batches of 1, 10, 64 and 256 entries of 600 bytes, beside a raw file that takes the
 * same number of bytes (leaves and sealed payloads) with one pwrite and one fdatasync a batch; the
 * two take turns, and the raw file is taken as the better of growing and written over in place.
 * Then verify, beside SHA-256 by EVP over the same pieces in memory. NDJSON on stdout.
 */
#include "ledger/ledger.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_LEN 600u
#define BATCH_MAX   256u
#define RAW_LEN     ((off_t)64 << 20)
#define PATH_SIZE   4096u

static const size_t batches[] = { 1, 10, 64, 256 };

static double now_s(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Processor time of this thread: what verifying costs, however busy the machine is. */
static double spent_s(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_ledger: %s: %s\n", what, why == NULL ? "" : why);
    exit(4);
}

/* ---- appends ---- */

struct appending {
    struct ptn_ledger *ledger;
    struct ptn_ledger_entry entries[BATCH_MAX];
    uint8_t payload[PAYLOAD_LEN];
    size_t batch_len; /* bytes of leaf and sealed payload an entry */
    double spent_s;   /* processor time of the last measurement, a batch */
};

/* Batches a second of the ledger. */
static double append_for(struct appending *appending, size_t batch, double seconds)
{
    double start = now_s();
    double end = start;
    double spent = spent_s();
    unsigned long count = 0;

    for (; end < start + seconds; end = now_s(), count++) {
        struct ptn_diag diag = { 0, NULL };
        uint64_t first;

        if (!ptn_ok(ptn_ledger_append(appending->ledger, appending->entries, batch, &first, &diag)))
            die("append", diag.text);
    }
    appending->spent_s = (spent_s() - spent) / (double)count;
    return (double)count / (end - start);
}

/* Batches a second of a raw file: growing, or written over in a circle. */
static double write_for(int fd, const uint8_t *bytes, size_t len, bool growing, double seconds)
{
    double start = now_s();
    double end = start;
    unsigned long count = 0;
    off_t at = 0;

    if (growing && ftruncate(fd, 0) != 0)
        die("raw file", "cannot be truncated");
    for (; end < start + seconds; end = now_s(), count++) {
        if (!growing && at + (off_t)len > RAW_LEN)
            at = 0;
        if (pwrite(fd, bytes, len, at) != (ssize_t)len || fdatasync(fd) != 0)
            die("raw file", "cannot be written");
        at += (off_t)len;
    }
    return (double)count / (end - start);
}

static void measure_appends(struct appending *appending, const char *dir, double seconds)
{
    char path[2][PATH_SIZE];
    int fd[2];
    uint8_t *zeros = calloc(1, (size_t)RAW_LEN);

    (void)snprintf(path[0], PATH_SIZE, "%s/raw-growing", dir);
    (void)snprintf(path[1], PATH_SIZE, "%s/raw-in-place", dir);
    for (unsigned i = 0; i < 2; i++) {
        fd[i] = open(path[i], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd[i] < 0 || zeros == NULL)
            die("raw file", "cannot be made");
    }
    if (pwrite(fd[1], zeros, (size_t)RAW_LEN, 0) != (ssize_t)RAW_LEN || fsync(fd[1]) != 0)
        die("raw file", "cannot be filled");
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        size_t len = batches[i] * appending->batch_len;
        double ours = 0;
        double growing = 0;
        double in_place = 0;

        for (unsigned turn = 0; turn < 4; turn++) {
            ours += append_for(appending, batches[i], seconds / 4) / 4;
            growing += write_for(fd[0], zeros, len, true, seconds / 4) / 4;
            in_place += write_for(fd[1], zeros, len, false, seconds / 4) / 4;
        }
        double limit = growing > in_place ? growing : in_place;

        (void)printf("{\"what\":\"append\",\"batch\":%zu,\"entries_s\":%.0f,\"batches_s\":%.0f,"
                     "\"raw_growing_s\":%.0f,\"raw_in_place_s\":%.0f,\"share\":%.2f,"
                     "\"us_over_raw\":%.0f,\"cpu_us\":%.0f}\n",
                     batches[i], ours * (double)batches[i], ours, growing, in_place, ours / limit,
                     1e6 / ours - 1e6 / limit, 1e6 * appending->spent_s);
        (void)fflush(stdout);
    }
    for (unsigned i = 0; i < 2; i++) {
        (void)close(fd[i]);
        (void)unlink(path[i]);
    }
    free(zeros);
}

/* ---- verify ---- */

/* Seconds that EVP needs for a leaf, a payload and a tree node of every entry, from memory. */
static double raw_hash(uint64_t size, size_t leaf_len, size_t sealed_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    const size_t lens[] = { leaf_len + 1, sealed_len, 65 };
    size_t room = (size_t)64 << 20; /* as much as no cache holds */
    uint8_t *bytes = malloc(room);
    uint8_t digest[32];
    size_t at = 0;
    double start;

    if (context == NULL || sha256 == NULL || bytes == NULL)
        die("SHA-256", "no memory");
    memset(bytes, 7, room);
    start = spent_s();
    for (uint64_t i = 0; i < size; i++) {
        for (unsigned piece = 0; piece < 3; piece++) {
            if (at + lens[piece] > room)
                at = 0;
            (void)EVP_DigestInit_ex2(context, sha256, NULL);
            (void)EVP_DigestUpdate(context, bytes + at, lens[piece]);
            (void)EVP_DigestFinal_ex(context, digest, NULL);
            at += lens[piece];
        }
    }
    start = spent_s() - start;
    EVP_MD_CTX_free(context);
    EVP_MD_free(sha256);
    free(bytes);
    return start;
}

static void measure_verify(struct ptn_ledger *ledger, const struct ptn_vkey *key, const char *what,
                           size_t sealed_len)
{
    struct ptn_ledger_verdict verdict;
    struct ptn_diag diag = { 0, NULL };
    double best = 1e9;
    double raw = 1e9;

    for (unsigned turn = 0; turn < 3; turn++) {
        double start = spent_s();
        double time;

        if (!ptn_ok(ptn_ledger_verify(ledger, key, &verdict, &diag)))
            die("verify", diag.text);
        time = spent_s() - start;
        best = time < best ? time : best;
        time =
            raw_hash(verdict.size, (size_t)(verdict.bytes / verdict.size) - sealed_len, sealed_len);
        raw = time < raw ? time : raw;
    }
    (void)printf("{\"what\":\"verify\",\"payloads\":\"%s\",\"entries\":%llu,\"entries_s\":%.0f,"
                 "\"mb_s\":%.0f,\"raw_mb_s\":%.0f,\"share\":%.2f}\n",
                 what, (unsigned long long)verdict.size, (double)verdict.size / best,
                 (double)verdict.bytes / best / 1e6, (double)verdict.bytes / raw / 1e6, raw / best);
    (void)fflush(stdout);
}

/* ---- */

static struct ptn_ledger *make(const char *dir, struct ptn_vault **ret_vault)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };

    if (mkdir(dir, 0700) != 0 || !ptn_ok(ptn_vault_create(world, dir, &diag)) ||
        !ptn_ok(ptn_vault_open(world, dir, ret_vault, &diag)) ||
        !ptn_ok(ptn_ledger_create(world, *ret_vault, dir, "postern.example/bench", &diag)) ||
        !ptn_ok(ptn_ledger_open(world, *ret_vault, dir, &ledger, &diag)))
        die("the folder must be new and writable", diag.text);
    return ledger;
}

static struct ptn_vkey own_key(const struct ptn_ledger *ledger, const struct ptn_vault *vault)
{
    struct ptn_vkey key;

    if (!ptn_ok(ptn_vkey_make(ptn_bytes_from_text(ptn_ledger_origin(ledger)),
                              ptn_vault_public_key(vault, PTN_ROLE_LEDGER), &key)))
        die("key", NULL);
    return key;
}

static void fill(struct appending *appending, uint8_t *payload, size_t len)
{
    for (size_t i = 0; i < BATCH_MAX; i++)
        appending->entries[i] = (struct ptn_ledger_entry){ .kind = 1,
                                                           .time_ms = 1790000000000,
                                                           .retention = 1,
                                                           .payload = ptn_bytes_of(payload, len) };
}

/* A ledger of larger payloads, such as documents' chips and portraits. */
static void measure_large(const char *dir)
{
    enum { LARGE_LEN = 20000, LARGE_COUNT = 4096 };
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = make(dir, &vault);
    struct appending *appending = calloc(1, sizeof(*appending));
    uint8_t *payload = calloc(1, LARGE_LEN);
    struct ptn_vkey key;
    uint64_t first;

    if (appending == NULL || payload == NULL)
        die("memory", NULL);
    fill(appending, payload, LARGE_LEN);
    for (unsigned i = 0; i < LARGE_COUNT / BATCH_MAX; i++)
        if (!ptn_ok(ptn_ledger_append(ledger, appending->entries, BATCH_MAX, &first, NULL)))
            die("append", NULL);
    key = own_key(ledger, vault);
    measure_verify(ledger, &key, "20,000 bytes", LARGE_LEN + PTN_SEAL_OVERHEAD_1);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    free(appending);
    free(payload);
}

int main(int argc, char **argv)
{
    struct ptn_vault *vault = NULL;
    struct appending *appending = calloc(1, sizeof(*appending));
    double seconds = argc == 3 ? strtod(argv[2], NULL) : 4;
    char large[PATH_SIZE];
    struct ptn_vkey key;

    if (argc < 2 || argc > 3 || appending == NULL || seconds <= 0) {
        (void)fputs("usage: bench_ledger DIR [SECONDS]\n", stderr);
        return 2;
    }
    appending->ledger = make(argv[1], &vault);
    fill(appending, appending->payload, PAYLOAD_LEN);
    appending->batch_len = 98 + PAYLOAD_LEN + PTN_SEAL_OVERHEAD_1;
    measure_appends(appending, argv[1], seconds);
    key = own_key(appending->ledger, vault);
    measure_verify(appending->ledger, &key, "600 bytes", PAYLOAD_LEN + PTN_SEAL_OVERHEAD_1);
    ptn_ledger_close(appending->ledger);
    ptn_vault_close(vault);
    free(appending);
    (void)snprintf(large, sizeof(large), "%s/large", argv[1]);
    measure_large(large);
    return 0;
}
