/* main/sweep_manifest.c -- postern sweep --make-manifest: what a folder holds, as a release lists
 * it. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "main/commands.h"
#include "main/sweep_int.h"

#define STEP ((size_t)1 << 20)

struct making {
    struct ptn_buffer text; /* lines as they were met */
    uint8_t *step;
    size_t lines;
    bool unread;
};

static struct ptn_status digest(int fd, uint8_t *step, uint8_t sha256[PTN_SHA256_LEN])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    ssize_t some = 1;

    while (good && some > 0) {
        some = read(fd, step, STEP);
        good = some >= 0 && (some == 0 || EVP_DigestUpdate(context, step, (size_t)some) == 1);
    }
    good = good && EVP_DigestFinal_ex(context, sha256, NULL) == 1;
    EVP_MD_CTX_free(context);
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

static struct ptn_status take_file(void *context, int fd, struct ptn_bytes path)
{
    struct making *making = context;
    uint8_t sha256[PTN_SHA256_LEN];
    struct ptn_status status = digest(fd, making->step, sha256);

    if (ptn_ok(status))
        status = ptn_manifest_add_line(&making->text, sha256, path);
    if (status.code == PTN_C_BAD_INPUT)
        (void)fputs(
            "postern: sweep: a name with a control character or '\\' stands in no manifest\n",
            stderr);
    making->lines++;
    return status;
}

static struct ptn_status take_unread(void *context, struct ptn_bytes path, const char *why)
{
    (void)path;
    (void)fprintf(stderr, "postern: sweep: something could not be read: %s\n", why);
    ((struct making *)context)->unread = true;
    return PTN_OK;
}

#define HEAD_LEN (2 * PTN_SHA256_LEN + 2)

static int by_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a + HEAD_LEN, *(const char *const *)b + HEAD_LEN);
}

/* Sort the lines by path and print them; their digest goes to standard error. */
static struct ptn_status print_sorted(struct making *making)
{
    char **lines = calloc(making->lines + 1, sizeof(*lines));
    struct ptn_buffer out = { .len_max = PTN_MANIFEST_LEN_MAX };
    struct ptn_status status = { lines == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    uint8_t sha256[PTN_SHA256_LEN];
    struct ptn_bytes all;
    size_t count = 0;
    char *at = (char *)making->text.at;

    for (size_t left = making->text.len; ptn_ok(status) && left > 0;) {
        char *end = memchr(at, '\n', left);

        *end = '\0';
        lines[count++] = at;
        left -= (size_t)(end + 1 - at);
        at = end + 1;
    }
    if (ptn_ok(status))
        qsort((void *)lines, count, sizeof(*lines), by_path);
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        status = ptn_buffer_add_text(&out, lines[i]);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(&out, "\n");
    }
    free((void *)lines);
    all = ptn_buffer_bytes(&out);
    if (ptn_ok(status) && (fwrite(out.at, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
        status = (struct ptn_status){ PTN_C_IO };
    if (ptn_ok(status))
        status = ptn_sha256(&all, 1, sha256);
    if (ptn_ok(status)) {
        ptn_buffer_clear(&making->text);
        status = ptn_buffer_add_hex(&making->text, ptn_bytes_of(sha256, sizeof(sha256)));
        (void)fprintf(stderr, "%zu files, manifest %.*s\n", count, (int)making->text.len,
                      (const char *)making->text.at);
    }
    ptn_buffer_release(&out);
    return status;
}

int ptn_sweep_make_manifest(const char *dir)
{
    struct making making = { .text = { .len_max = PTN_MANIFEST_LEN_MAX }, .step = malloc(STEP) };
    uint64_t counts[PTN_SWEEP_COUNT_COUNT] = { 0 };
    struct ptn_sweep_walk walk = {
        .after = "", .counts = counts, .context = &making, .file = take_file, .unread = take_unread
    };
    struct ptn_status status = { making.step == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    walk.root_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (walk.root_fd < 0) {
        (void)fputs("postern: sweep: no such folder\n", stderr);
        free(making.step);
        return PTN_EXIT_BAD_INPUT;
    }
    if (ptn_ok(status))
        status = ptn_sweep_walk(&walk, "");
    if (ptn_ok(status) && (making.unread || making.lines == 0))
        status = (struct ptn_status){ PTN_C_IO };
    if (ptn_ok(status))
        status = print_sorted(&making);
    if (!ptn_ok(status))
        ptn_say_failure("sweep --make-manifest", status, NULL);
    (void)close(walk.root_fd);
    free(making.step);
    ptn_buffer_release(&making.text);
    return ptn_exit_for(status);
}
