/*
 * main/evidence_out.c -- putting files into a folder of evidence: read once, hashed as they are
 * read, written beside their name, made durable, renamed to their digest.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/evidence_int.h"
#include "record/record.h"

#define STEP ((size_t)1 << 20)

bool ptn_taking_path(char *path, const char *dir, const char *name)
{
    int len = snprintf(path, PTN_TAKING_PATH_SIZE, "%s/%s", dir, name);

    return len > 0 && (unsigned)len < PTN_TAKING_PATH_SIZE;
}

bool ptn_taking_file_path(char *path, const char *out, const char *folder,
                          const uint8_t sha256[PTN_SHA256_LEN])
{
    char name[16 + 2 * PTN_SHA256_LEN + 1];
    char hex[2 * PTN_SHA256_LEN + 1];

    (void)snprintf(name, sizeof(name), "%s/%s", folder, ptn_hex_write(sha256, PTN_SHA256_LEN, hex));
    return ptn_taking_path(path, out, name);
}

struct ptn_status ptn_taking_bind(struct ptn_buffer *bound, const uint8_t sha256[PTN_SHA256_LEN],
                                  uint32_t number, bool last)
{
    struct ptn_status status = ptn_buffer_add(bound, ptn_bytes_of(sha256, PTN_SHA256_LEN));

    if (ptn_ok(status))
        status = ptn_buffer_add_u32(bound, number);
    return ptn_ok(status) ? ptn_buffer_add_u8(bound, last) : status;
}

struct ptn_status ptn_taking_digest(int fd, uint8_t ret_sha256[PTN_SHA256_LEN],
                                    uint64_t *ret_length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t *step = malloc(STEP);
    bool good =
        context != NULL && step != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    uint64_t length = 0;
    ssize_t some = 1;

    while (good && some > 0) {
        some = read(fd, step, STEP);
        good = some >= 0 && (some == 0 || EVP_DigestUpdate(context, step, (size_t)some) == 1);
        length += some > 0 ? (uint64_t)some : 0;
    }
    good = good && EVP_DigestFinal_ex(context, ret_sha256, NULL) == 1;
    EVP_MD_CTX_free(context);
    free(step);
    *ret_length = length;
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

struct ptn_status ptn_taking_begin(struct ptn_taking_out *out, struct ptn_diag *reterr)
{
    char path[PTN_TAKING_PATH_SIZE];

    if (mkdir(out->dir, 0700) != 0)
        return errno == EEXIST ? ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder is there already")
                               : ptn_fail(PTN_C_IO, reterr, 0, "the folder cannot be made");
    if (!ptn_taking_path(path, out->dir, out->key != NULL ? "sealed" : "files") ||
        mkdir(path, 0700) != 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "the folder cannot be made");
    out->line_room = 1024;
    out->taken.lines = ptn_arena_take(out->arena, out->line_room * sizeof(*out->taken.lines));
    return (struct ptn_status){ out->taken.lines == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
}

struct ptn_status ptn_taking_add(struct ptn_taking_out *out, const struct ptn_taken_line *line)
{
    struct ptn_taken_line *at = out->taken.lines;
    char *path = NULL;

    if (out->taken.line_count == PTN_TAKEN_LINE_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (out->taken.line_count == out->line_room) {
        at = ptn_arena_take(out->arena, 2 * out->line_room * sizeof(*at));
        if (at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        memcpy(at, out->taken.lines, out->line_room * sizeof(*at));
        out->taken.lines = at;
        out->line_room *= 2;
    }
    if (line->path.len > 0) {
        path = ptn_arena_text(out->arena, line->path);
        if (path == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    at[out->taken.line_count] = *line;
    at[out->taken.line_count++].path = ptn_bytes_of(path, path == NULL ? 0 : line->path.len);
    return PTN_OK;
}

static bool write_all(int fd, struct ptn_bytes bytes)
{
    size_t written = 0;

    while (written < bytes.len) {
        ssize_t some = write(fd, bytes.at + written, bytes.len - written);

        if (some < 0 && errno != EINTR)
            return false;
        written += some > 0 ? (size_t)some : 0;
    }
    return true;
}

/* ---- plain ---- */

/* Copy from one to the other, hashing what was read. */
static struct ptn_status copy(int from, int to, uint8_t sha256[PTN_SHA256_LEN], uint64_t *length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t *step = malloc(STEP);
    bool good =
        context != NULL && step != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    ssize_t some = 1;

    *length = 0;
    while (good && some > 0) {
        some = read(from, step, STEP);
        good = some >= 0 && (some == 0 || (EVP_DigestUpdate(context, step, (size_t)some) == 1 &&
                                           write_all(to, ptn_bytes_of(step, (size_t)some))));
        *length += some > 0 ? (uint64_t)some : 0;
    }
    good = good && EVP_DigestFinal_ex(context, sha256, NULL) == 1;
    EVP_MD_CTX_free(context);
    free(step);
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

/* ---- sealed ---- */

struct sealing {
    const struct ptn_world *world;
    struct ptn_epoch epoch;
    struct ptn_buffer bound, piece;
    const uint8_t *sha256;
    EVP_MD_CTX *again; /* what is sealed is what was hashed, also of a file that changes */
};

/* Fill a piece; less than a whole one only at the end. */
static ssize_t read_piece(int fd, uint8_t *at)
{
    size_t len = 0;
    ssize_t some = 1;

    while (some > 0 && len < PTN_TAKING_PIECE_LEN) {
        some = read(fd, at + len, PTN_TAKING_PIECE_LEN - len);
        len += some > 0 ? (size_t)some : 0;
    }
    return some < 0 ? -1 : (ssize_t)len;
}

static struct ptn_status seal_piece(struct sealing *sealing, int to, struct ptn_bytes bytes,
                                    uint32_t number, bool last)
{
    uint8_t commitment[PTN_COMMITMENT_LEN];
    struct ptn_buffer head = { .len_max = 64 };
    struct ptn_status status;

    ptn_buffer_clear(&sealing->bound);
    ptn_buffer_clear(&sealing->piece);
    status = ptn_taking_bind(&sealing->bound, sealing->sha256, number, last);
    if (ptn_ok(status))
        status = ptn_seal(sealing->world, &sealing->epoch, ptn_buffer_bytes(&sealing->bound), bytes,
                          &sealing->piece, commitment);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(&head, (uint32_t)sealing->piece.len);
    if (ptn_ok(status))
        status = ptn_buffer_add(&head, ptn_bytes_of(commitment, sizeof(commitment)));
    if (ptn_ok(status) && (!write_all(to, ptn_buffer_bytes(&head)) ||
                           !write_all(to, ptn_buffer_bytes(&sealing->piece))))
        status = (struct ptn_status){ PTN_C_IO };
    ptn_buffer_release(&head);
    return status;
}

/* Two buffers, so that the last piece is known as the last. */
static struct ptn_status seal_pieces(struct sealing *sealing, int from, int to)
{
    uint8_t *now = malloc(PTN_TAKING_PIECE_LEN), *next = malloc(PTN_TAKING_PIECE_LEN);
    struct ptn_status status = { now == NULL || next == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    ssize_t len = ptn_ok(status) ? read_piece(from, now) : -1;
    bool last = false;

    for (uint32_t number = 0; ptn_ok(status) && !last; number++) {
        ssize_t next_len = len < 0 ? -1 : read_piece(from, next);
        uint8_t *swap = now;

        if (next_len < 0) {
            status = (struct ptn_status){ PTN_C_IO };
            break;
        }
        last = next_len == 0;
        if (len > 0 && EVP_DigestUpdate(sealing->again, now, (size_t)len) != 1)
            status = (struct ptn_status){ PTN_C_IO };
        if (!ptn_ok(status))
            break;
        status = seal_piece(sealing, to, ptn_bytes_of(now, (size_t)len), number, last);
        now = next;
        next = swap;
        len = next_len;
    }
    free(now);
    free(next);
    return status;
}

/* Seal the file, which is read from its start again. */
static struct ptn_status seal(const struct ptn_taking_out *out, int from, int to,
                              const uint8_t sha256[PTN_SHA256_LEN])
{
    uint8_t box[PTN_EPOCH_BOX_LEN];
    struct sealing sealing = { .world = out->world, .sha256 = sha256, .again = EVP_MD_CTX_new() };
    uint8_t sealed[EVP_MAX_MD_SIZE];
    struct ptn_status status;

    ptn_buffer_init(&sealing.bound, 128);
    ptn_buffer_init(&sealing.piece, PTN_TAKING_PIECE_LEN + PTN_SEAL_OVERHEAD);
    ptn_epoch_new(out->world, 0, PTN_RETENTION_OPERATION, 0, &sealing.epoch);
    status = ptn_epoch_box(out->world, &sealing.epoch, out->key, box);
    if (ptn_ok(status) &&
        (sealing.again == NULL || EVP_DigestInit_ex(sealing.again, EVP_sha256(), NULL) != 1 ||
         lseek(from, 0, SEEK_SET) != 0 || !write_all(to, PTN_BYTES_LITERAL(PTN_TAKING_FIRST)) ||
         !write_all(to, ptn_bytes_of(box, sizeof(box)))))
        status = (struct ptn_status){ PTN_C_IO };
    if (ptn_ok(status))
        status = seal_pieces(&sealing, from, to);
    if (ptn_ok(status) && (EVP_DigestFinal_ex(sealing.again, sealed, NULL) != 1 ||
                           memcmp(sealed, sha256, PTN_SHA256_LEN) != 0))
        status = (struct ptn_status){ PTN_C_BUSY }; /* it changed between the two readings */
    EVP_MD_CTX_free(sealing.again);
    ptn_epoch_forget(&sealing.epoch);
    ptn_buffer_release(&sealing.bound);
    ptn_buffer_release(&sealing.piece);
    return status;
}

/* ---- one file ---- */

/* Fill the part file: copied, or hashed first and then sealed. */
static struct ptn_status fill(const struct ptn_taking_out *out, int from, int to,
                              struct ptn_taken_line *line, struct ptn_taken_line *sealed)
{
    struct ptn_status status;

    if (out->key == NULL)
        return copy(from, to, line->sha256, &line->length);
    status = ptn_taking_digest(from, line->sha256, &line->length);
    if (ptn_ok(status))
        status = seal(out, from, to, line->sha256);
    if (ptn_ok(status) && lseek(to, 0, SEEK_SET) != 0)
        status = (struct ptn_status){ PTN_C_IO };
    if (ptn_ok(status))
        status = ptn_taking_digest(to, sealed->sealed_sha256, &sealed->length);
    memcpy(sealed->sha256, line->sha256, sizeof(sealed->sha256));
    return status;
}

static bool is_taken(const struct ptn_taking_out *out, const uint8_t sha256[PTN_SHA256_LEN])
{
    for (size_t i = 0; i < out->taken.line_count; i++)
        if (out->taken.lines[i].word == PTN_TAKEN_FILE &&
            memcmp(out->taken.lines[i].sha256, sha256, PTN_SHA256_LEN) == 0)
            return true;
    return false;
}

struct ptn_status ptn_taking_take(struct ptn_taking_out *out, int fd, enum ptn_taken_kind kind,
                                  struct ptn_bytes path, uint8_t *ret_sha256,
                                  struct ptn_diag *reterr)
{
    const char *folder = out->key != NULL ? "sealed" : "files";
    struct ptn_taken_line line = { .word = PTN_TAKEN_FILE, .kind = kind, .path = path };
    struct ptn_taken_line sealed = { .word = PTN_TAKEN_SEALED };
    char part[PTN_TAKING_PATH_SIZE], name[PTN_TAKING_PATH_SIZE];
    struct ptn_status status;
    bool there = false;
    int to = -1;

    if (ptn_taking_path(part, out->dir, "part"))
        to = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "the folder of evidence cannot be written");
    status = fill(out, fd, to, &line, &sealed);
    if (ptn_ok(status))
        there = is_taken(out, line.sha256);
    if (ptn_ok(status) &&
        (fsync(to) != 0 || !ptn_taking_file_path(name, out->dir, folder, line.sha256) ||
         (there ? unlink(part) : rename(part, name)) != 0))
        status = (struct ptn_status){ PTN_C_IO };
    (void)close(to);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "a file cannot be taken");
    if (ret_sha256 != NULL)
        memcpy(ret_sha256, line.sha256, PTN_SHA256_LEN);
    status = ptn_taking_add(out, &line);
    return ptn_ok(status) && out->key != NULL && !there ? ptn_taking_add(out, &sealed) : status;
}
