/*
 * main/evidence_check.c -- checking a folder of evidence with nothing but the folder and a key, and
 * opening what was sealed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/note.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/evidence_int.h"
#include "record/record.h"

#define ARENA_MAX ((size_t)1 << 30)
#define NOTE_MAX  8192u

struct checking {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_arena *arena;
    struct ptn_buffer manifest, note, vkey;
    struct ptn_taken taken;
    struct ptn_taken_note told;
    const char *why; /* a literal: what does not hold */
};

static bool read_file(struct checking *checking, const char *name, struct ptn_buffer *out)
{
    char path[PTN_TAKING_PATH_SIZE];

    return ptn_taking_path(path, checking->dir, name) &&
           ptn_ok(checking->world->files->read(checking->world->context, path, out));
}

/* Signature, then the note's words, then the manifest under the digest that it names. */
static bool check_note(struct checking *checking, const char *vkey)
{
    struct ptn_bytes text, bytes;
    struct ptn_vkey key;
    struct ptn_note note;
    uint8_t digest[PTN_SHA256_LEN];
    size_t good = 0;

    checking->why = "the folder has no note or no manifest: it was not finished";
    if (!read_file(checking, "note", &checking->note) ||
        !read_file(checking, "manifest", &checking->manifest))
        return false;
    checking->why = "no key to check with";
    if (vkey == NULL && !read_file(checking, "vkey", &checking->vkey))
        return false;
    text = vkey != NULL ? ptn_bytes_from_text(vkey)
                        : ptn_bytes_trim(ptn_buffer_bytes(&checking->vkey));
    checking->why = "the key is none";
    if (!ptn_ok(ptn_vkey_parse(text, &key, NULL)))
        return false;
    checking->why = "the note is not signed by that key";
    if (!ptn_ok(ptn_note_parse(ptn_buffer_bytes(&checking->note), &note, NULL)) ||
        !ptn_ok(ptn_note_verify(&note, &key, 1, &good, NULL)) || good != 1)
        return false;
    checking->why = "the note is not one about evidence";
    if (!ptn_ok(ptn_taken_note_parse(note.text, &checking->told, NULL)) ||
        !ptn_bytes_equal(checking->told.ledger, key.name))
        return false;
    checking->why = "the manifest is not the one that was signed";
    bytes = ptn_buffer_bytes(&checking->manifest);
    return ptn_ok(ptn_sha256(&bytes, 1, digest)) &&
           memcmp(digest, checking->told.manifest, sizeof(digest)) == 0;
}

/* One file under its digest, with another digest and length of its own where it is sealed. */
static bool check_file(const struct checking *checking, const char *folder, const uint8_t *name,
                       const uint8_t *sha256, uint64_t length)
{
    char path[PTN_TAKING_PATH_SIZE];
    uint8_t digest[PTN_SHA256_LEN];
    uint64_t there = 0;
    bool good = false;
    int fd = -1;

    if (ptn_taking_file_path(path, checking->dir, folder, name))
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0)
        good = ptn_ok(ptn_taking_digest(fd, digest, &there)) && there == length &&
               memcmp(digest, sha256, sizeof(digest)) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* What is sealed for a file that was taken, or NULL. */
static const struct ptn_taken_line *sealed_of(const struct ptn_taken *taken, const uint8_t *sha256)
{
    for (size_t i = taken->line_count; i > 0; i--)
        if (taken->lines[i - 1].word == PTN_TAKEN_SEALED &&
            memcmp(taken->lines[i - 1].sha256, sha256, PTN_SHA256_LEN) == 0)
            return &taken->lines[i - 1];
    return NULL;
}

static bool check_files(struct checking *checking)
{
    const struct ptn_taken *taken = &checking->taken;

    checking->why = "a file is missing, or not the one that was taken";
    for (size_t i = 0; i < taken->line_count; i++) {
        const struct ptn_taken_line *line = &taken->lines[i];
        const struct ptn_taken_line *sealed;

        if (line->word != PTN_TAKEN_FILE)
            continue;
        sealed = taken->sealed ? sealed_of(taken, line->sha256) : NULL;
        if (taken->sealed
                ? sealed == NULL || !check_file(checking, "sealed", sealed->sha256,
                                                sealed->sealed_sha256, sealed->length)
                : !check_file(checking, "files", line->sha256, line->sha256, line->length))
            return false;
    }
    return true;
}

static bool is_named(const struct checking *checking, const char *name)
{
    uint8_t sha256[PTN_SHA256_LEN];

    if (!ptn_hex_read_exactly(ptn_bytes_from_text(name), sha256, sizeof(sha256)))
        return false;
    for (size_t i = 0; i < checking->taken.line_count; i++)
        if (checking->taken.lines[i].word == PTN_TAKEN_FILE &&
            memcmp(checking->taken.lines[i].sha256, sha256, sizeof(sha256)) == 0)
            return true;
    return false;
}

/* Nothing lies beside what the manifest names. */
static bool check_nothing_else(struct checking *checking)
{
    char path[PTN_TAKING_PATH_SIZE];
    const struct dirent *entry;
    bool good = true;
    DIR *dir = NULL;

    checking->why = "something lies there that the manifest does not name";
    if (ptn_taking_path(path, checking->dir, checking->taken.sealed ? "sealed" : "files"))
        dir = opendir(path);
    while (good && dir != NULL) {
        entry = readdir(dir); // NOLINT(concurrency-mt-unsafe): nobody else has this folder open
        if (entry == NULL)
            break;
        good = entry->d_name[0] == '.' || is_named(checking, entry->d_name);
    }
    if (dir != NULL)
        (void)closedir(dir);
    return good && dir != NULL;
}

static bool check(struct checking *checking, const char *vkey)
{
    if (!check_note(checking, vkey))
        return false;
    checking->why = "the manifest is not of its form, or not as the note counts it";
    return ptn_ok(ptn_taken_parse(ptn_buffer_bytes(&checking->manifest), checking->arena,
                                  &checking->taken, NULL)) &&
           checking->taken.files == checking->told.files &&
           checking->taken.length == checking->told.length &&
           ptn_bytes_equal(checking->taken.ledger, checking->told.ledger) &&
           check_files(checking) && check_nothing_else(checking);
}

static bool start(struct checking *checking, const char *dir)
{
    *checking = (struct checking){ .world = ptn_world_real(),
                                   .dir = dir,
                                   .arena = ptn_arena_new(ARENA_MAX),
                                   .manifest = { .len_max = PTN_TAKEN_MANIFEST_MAX },
                                   .note = { .len_max = NOTE_MAX },
                                   .vkey = { .len_max = NOTE_MAX } };
    return checking->arena != NULL;
}

static void end(struct checking *checking)
{
    ptn_buffer_release(&checking->manifest);
    ptn_buffer_release(&checking->note);
    ptn_buffer_release(&checking->vkey);
    ptn_arena_free(checking->arena);
}

static uint64_t count_of(const struct ptn_taken *taken, enum ptn_taken_word word)
{
    uint64_t count = 0;

    for (size_t i = 0; i < taken->line_count; i++)
        count += taken->lines[i].word == word;
    return count;
}

int ptn_taking_check(const char *out, const char *vkey)
{
    struct ptn_buffer line = { .len_max = 8192 };
    struct ptn_json json = { .out = &line };
    struct checking checking;
    struct ptn_status status;
    bool good;

    if (!start(&checking, out))
        return PTN_EXIT_ENVIRONMENT;
    good = check(&checking, vkey);
    ptn_json_object(&json);
    ptn_json_field_bool(&json, "good", good);
    ptn_json_field_text(&json, "key", ptn_bytes_from_text(vkey != NULL ? "given" : "own"));
    if (good) {
        ptn_json_field_text(&json, "ledger", checking.told.ledger);
        ptn_json_field_number(&json, "entry", (int64_t)checking.told.entry);
        ptn_json_field_number(&json, "files", (int64_t)checking.taken.files);
        ptn_json_field_number(&json, "bytes", (int64_t)checking.taken.length);
        ptn_json_field_number(&json, "findings", (int64_t)checking.taken.findings);
        ptn_json_field_number(&json, "differs",
                              (int64_t)count_of(&checking.taken, PTN_TAKEN_DIFFERS));
        ptn_json_field_number(&json, "gone", (int64_t)count_of(&checking.taken, PTN_TAKEN_GONE));
        ptn_json_field_number(&json, "gaps", (int64_t)count_of(&checking.taken, PTN_TAKEN_GAP));
        ptn_json_field_bool(&json, "sealed", checking.taken.sealed);
    } else {
        ptn_json_field_text(&json, "why", ptn_bytes_from_text(checking.why));
    }
    ptn_json_object_end(&json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&line);
    end(&checking);
    if (!ptn_ok(status))
        return ptn_exit_for(status);
    return good ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}

/* ---- opening what was sealed ---- */

struct opening {
    struct checking checking;
    struct ptn_vault *vault;
    struct ptn_buffer sealed, bound, plain;
    struct ptn_epoch epoch;
    const uint8_t *sha256; /* of the file in hand */
};

/* Exactly so many bytes; 0 at the end, -1 for fewer. */
static int take(int fd, uint8_t *at, size_t len)
{
    size_t taken = 0;
    ssize_t some = 1;

    while (some > 0 && taken < len) {
        some = read(fd, at + taken, len - taken);
        taken += some > 0 ? (size_t)some : 0;
    }
    return taken == len ? 1 : taken == 0 && some == 0 ? 0 : -1;
}

/* The last piece is bound as the last: which it is shows when it opens as that. */
static struct ptn_status open_piece(struct opening *opening, const uint8_t *commitment,
                                    uint32_t number, bool last)
{
    struct ptn_status status;

    ptn_buffer_clear(&opening->bound);
    ptn_buffer_clear(&opening->plain);
    status = ptn_taking_bind(&opening->bound, opening->sha256, number, last);
    return ptn_ok(status)
               ? ptn_unseal_with(&opening->epoch, ptn_buffer_bytes(&opening->bound), commitment,
                                 ptn_buffer_bytes(&opening->sealed), &opening->plain, NULL)
               : status;
}

static struct ptn_status open_pieces(struct opening *opening, int from, int to)
{
    uint8_t head[4 + PTN_COMMITMENT_LEN];
    bool last = false;

    for (uint32_t number = 0; !last; number++) {
        struct ptn_status status;
        uint8_t *room;
        size_t len;

        if (take(from, head, sizeof(head)) != 1)
            return (struct ptn_status){ PTN_C_CORRUPT };
        len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        ptn_buffer_clear(&opening->sealed);
        if (len > opening->sealed.len_max)
            return (struct ptn_status){ PTN_C_CORRUPT };
        status = ptn_buffer_reserve(&opening->sealed, len, &room);
        if (!ptn_ok(status))
            return status;
        if (take(from, room, len) != 1)
            return (struct ptn_status){ PTN_C_CORRUPT };
        opening->sealed.len = len;
        status = open_piece(opening, head + 4, number, false);
        if (!ptn_ok(status)) {
            last = true;
            status = open_piece(opening, head + 4, number, true);
        }
        if (!ptn_ok(status))
            return status;
        if (opening->plain.len > 0 &&
            write(to, opening->plain.at, opening->plain.len) != (ssize_t)opening->plain.len)
            return (struct ptn_status){ PTN_C_IO };
    }
    return (struct ptn_status){ take(from, head, 1) == 0 ? PTN_C_OK : PTN_C_CORRUPT };
}

static struct ptn_status open_file(struct opening *opening, int from, int to)
{
    uint8_t head[sizeof(PTN_TAKING_FIRST) - 1 + PTN_EPOCH_BOX_LEN];
    const uint8_t *box = head + sizeof(PTN_TAKING_FIRST) - 1;
    uint8_t digest[PTN_SHA256_LEN];
    uint64_t length = 0;
    struct ptn_status status;

    if (take(from, head, sizeof(head)) != 1 ||
        memcmp(head, PTN_TAKING_FIRST, sizeof(PTN_TAKING_FIRST) - 1) != 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    opening->epoch = (struct ptn_epoch){ .scheme = 2, .retention = PTN_RETENTION_OPERATION };
    status = ptn_epoch_unbox(opening->vault, opening->checking.taken.key, box, &opening->epoch);
    if (ptn_ok(status))
        status = open_pieces(opening, from, to);
    ptn_epoch_forget(&opening->epoch);
    if (ptn_ok(status) && lseek(to, 0, SEEK_SET) != 0)
        status = (struct ptn_status){ PTN_C_IO };
    if (ptn_ok(status))
        status = ptn_taking_digest(to, digest, &length);
    if (ptn_ok(status) && memcmp(digest, opening->sha256, sizeof(digest)) != 0)
        status = (struct ptn_status){ PTN_C_CORRUPT };
    return status;
}

static struct ptn_status open_named(struct opening *opening, const char *into)
{
    const struct ptn_taken *taken = &opening->checking.taken;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < taken->line_count; i++) {
        char from_path[PTN_TAKING_PATH_SIZE], to_path[PTN_TAKING_PATH_SIZE];
        int from = -1, to = -1;

        if (taken->lines[i].word != PTN_TAKEN_SEALED)
            continue;
        opening->sha256 = taken->lines[i].sha256;
        if (ptn_taking_file_path(from_path, opening->checking.dir, "sealed", opening->sha256) &&
            ptn_taking_file_path(to_path, into, ".", opening->sha256)) {
            from = open(from_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
            to = open(to_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        }
        status = (struct ptn_status){ PTN_C_IO };
        if (from >= 0 && to >= 0)
            status = open_file(opening, from, to);
        if (from >= 0)
            (void)close(from);
        if (to >= 0)
            (void)close(to);
    }
    return status;
}

int ptn_taking_open(const char *out, const char *with, const char *into)
{
    struct opening opening = { .vault = NULL };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;

    if (!start(&opening.checking, out))
        return PTN_EXIT_ENVIRONMENT;
    ptn_buffer_init(&opening.bound, 128);
    ptn_buffer_init(&opening.sealed, PTN_TAKING_PIECE_LEN + PTN_SEAL_OVERHEAD);
    ptn_buffer_init(&opening.plain, PTN_TAKING_PIECE_LEN);
    status = ptn_vault_open(opening.checking.world, with, &opening.vault, &diag);
    if (ptn_ok(status) && !check(&opening.checking, NULL))
        status = ptn_fail(PTN_C_CORRUPT, &diag, 0, opening.checking.why);
    if (ptn_ok(status) && !opening.checking.taken.sealed)
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "nothing in it is sealed");
    if (ptn_ok(status) && mkdir(into, 0700) != 0)
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "the folder to open into must be new");
    if (ptn_ok(status))
        status = open_named(&opening, into);
    if (!ptn_ok(status))
        ptn_say_failure("incident evidence --open", status, &diag);
    ptn_vault_close(opening.vault);
    ptn_buffer_release(&opening.bound);
    ptn_buffer_release(&opening.sealed);
    ptn_buffer_release(&opening.plain);
    end(&opening.checking);
    return ptn_exit_for(status);
}
