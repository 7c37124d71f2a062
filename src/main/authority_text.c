/* main/authority_text.c -- a text or a note from a file, and to one; a person's line under it; and
 * a roster by which it is judged. */
#include <stdio.h>

#include "main/authority_int.h"

#define ARENA_MAX ((size_t)16 << 20)
#define PATH_SIZE 4096u

struct ptn_status ptn_authority_read(const char *path, struct ptn_authority_text *ret_text,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_authority_text text = { .bytes = { .len_max = PTN_NOTE_LEN_MAX } };
    struct ptn_note note;
    struct ptn_status status = world->files->read(world->context, path, &text.bytes);

    if (!ptn_ok(status)) {
        ptn_buffer_release(&text.bytes);
        return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                        "cannot be read");
    }
    text.text = ptn_buffer_bytes(&text.bytes);
    if (ptn_ok(ptn_note_parse(text.text, &note, NULL))) {
        text.text = note.text;
        text.signatures = note.signatures;
    }
    *ret_text = text;
    return PTN_OK;
}

struct ptn_status ptn_authority_put_out(const char *path, struct ptn_bytes bytes,
                                        struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = PTN_OK;

    if (path != NULL)
        status = world->files->replace(world->context, path, bytes);
    else if (fwrite(bytes.at, 1, bytes.len, stdout) != bytes.len || fflush(stdout) != 0)
        status.code = PTN_C_IO;
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "cannot be written");
}

static struct ptn_status sign_with(const void *context, struct ptn_bytes message,
                                   uint8_t ret_signature[PTN_SIGNATURE_LEN])
{
    return ptn_authority_sign(context, message, ret_signature);
}

struct ptn_status ptn_authority_line(const struct ptn_authority *authority, struct ptn_bytes text,
                                     struct ptn_buffer *out, struct ptn_diag *reterr)
{
    const struct ptn_signer signer = { authority, ptn_authority_public_key(authority), sign_with };

    return ptn_note_sign_line(&signer, ptn_authority_name(authority), text, out, reterr);
}

struct ptn_status ptn_authority_roster_read(const char *path,
                                            struct ptn_authority_roster *ret_roster,
                                            struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_authority_read(path, &ret_roster->file, reterr);

    if (!ptn_ok(status))
        return status;
    ret_roster->arena = ptn_arena_new(ARENA_MAX);
    if (ret_roster->arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a roster");
    return ptn_roster_first(ptn_buffer_bytes(&ret_roster->file.bytes), ret_roster->arena,
                            &ret_roster->roster, reterr);
}

struct ptn_status ptn_authority_roster_of(const char *dir, struct ptn_authority_roster *ret_roster,
                                          struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/roster", dir);

    if (len < 0 || (size_t)len >= sizeof(path))
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
    return ptn_authority_roster_read(path, ret_roster, reterr);
}

void ptn_authority_roster_release(struct ptn_authority_roster *roster)
{
    ptn_buffer_release(&roster->file.bytes);
    ptn_arena_free(roster->arena);
}
