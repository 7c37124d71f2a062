/* main/staff_sign.c -- people sealed to their post, signed by a personnel officer, and handed over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/hand.h"
#include "main/order_int.h"
#include "main/passphrase.h"
#include "main/staff_int.h"
#include "trust/roster.h"

#define ARENA_MAX       ((size_t)16 << 20)
#define PATH_SIZE       4096u
#define PEOPLE_FILE_MAX (1u << 20)
#define HOUR_MS         INT64_C(3600000)
#define SECOND_MS       INT64_C(1000)

/* A roster that stands at the beginning, with the bytes and the arena it points into. */
struct trusted {
    struct ptn_authority_text file;
    struct ptn_arena *arena;
    struct ptn_roster roster;
};

static struct ptn_status read_roster(const char *path, struct trusted *trusted,
                                     struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_authority_read(path, &trusted->file, reterr);

    trusted->arena = ptn_arena_new(ARENA_MAX);
    if (ptn_ok(status) && trusted->arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a roster");
    if (ptn_ok(status))
        status = ptn_roster_first(ptn_buffer_bytes(&trusted->file.bytes), trusted->arena,
                                  &trusted->roster, reterr);
    return status;
}

static void release_roster(struct trusted *trusted)
{
    ptn_buffer_release(&trusted->file.bytes);
    ptn_arena_free(trusted->arena);
}

/* ---- sealing and signing ---- */

/* The version after the former list's, which must be of the same post. */
static struct ptn_status next_version(const struct ptn_staff_options *options,
                                      uint32_t *ret_version, struct ptn_diag *reterr)
{
    struct ptn_authority_text former = { 0 };
    struct ptn_staff_list list = { .version = 0 };
    struct ptn_status status;

    *ret_version = options->version;
    if (options->former == NULL)
        return PTN_OK;
    status = ptn_authority_read(options->former, &former, reterr);
    if (ptn_ok(status))
        status = ptn_staff_list_parse(former.text, &list, reterr);
    if (ptn_ok(status) && !ptn_bytes_is(list.post, options->post))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the former list is another post's");
    if (ptn_ok(status))
        *ret_version = list.version + 1;
    ptn_buffer_release(&former.bytes);
    return status;
}

static struct ptn_status sign_with(const void *context, struct ptn_bytes message,
                                   uint8_t ret_signature[PTN_SIGNATURE_LEN])
{
    return ptn_authority_sign(context, message, ret_signature);
}

/* The blank line and the officer's, after the text. */
static struct ptn_status sign(const struct ptn_staff_options *options, struct ptn_buffer *text,
                              struct ptn_diag *reterr)
{
    struct ptn_passphrase passphrase = { .len = 0 };
    struct ptn_authority *officer = NULL;
    struct ptn_signer signer = { .sign = sign_with };
    struct ptn_buffer line = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_status status =
        ptn_passphrase_read(options->passphrase_fd, "Passphrase: ", false, &passphrase, reterr);

    if (ptn_ok(status))
        status =
            ptn_authority_unlock(ptn_world_real(), options->key,
                                 ptn_bytes_of(passphrase.text, passphrase.len), &officer, reterr);
    ptn_passphrase_wipe(&passphrase);
    if (ptn_ok(status)) {
        signer.context = officer;
        signer.public_key = ptn_authority_public_key(officer);
        status = ptn_note_sign_line(&signer, ptn_authority_name(officer), ptn_buffer_bytes(text),
                                    &line, reterr);
    }
    if (ptn_ok(status))
        status = ptn_buffer_add_text(text, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add(text, ptn_buffer_bytes(&line));
    ptn_authority_lock(officer);
    ptn_buffer_release(&line);
    return status;
}

/* Whoever signs sees whom: what is signed is sealed, so they are shown what goes into it. */
static struct ptn_status show(const struct ptn_staff_list *plan, struct ptn_bytes people,
                              struct ptn_diag *reterr)
{
    char until[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(plan->until_ms, until);
    (void)fprintf(stderr,
                  "STAFF LIST for %.*s, version %u, until %.19sZ: these and nobody else sign in "
                  "there\n",
                  (int)plan->post.len, (const char *)plan->post.at, plan->version, until);
    return ptn_staff_cli_print(people, stderr, reterr);
}

static struct ptn_status put_out(const char *path, struct ptn_bytes bytes, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = PTN_OK;

    if (path != NULL)
        status = world->files->replace(world->context, path, bytes);
    else if (fwrite(bytes.at, 1, bytes.len, stdout) != bytes.len || fflush(stdout) != 0)
        status.code = PTN_C_IO;
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "cannot be written");
}

struct ptn_status ptn_staff_cli_seal(const struct ptn_staff_options *options,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct trusted trusted = { 0 };
    struct ptn_buffer people = { .len_max = PEOPLE_FILE_MAX };
    struct ptn_buffer text = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_staff_list plan = { .post = ptn_bytes_from_text(options->post) };
    struct ptn_status status = read_roster(options->roster, &trusted, reterr);

    plan.given_ms = world->now_ms(world->context) / SECOND_MS * SECOND_MS;
    plan.until_ms = plan.given_ms + (int64_t)options->hours * HOUR_MS;
    if (ptn_ok(status))
        status = next_version(options, &plan.version, reterr);
    if (ptn_ok(status)) {
        status = world->files->read(world->context, options->files[0], &people);
        if (!ptn_ok(status))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the file of people cannot be read");
    }
    if (ptn_ok(status))
        status = ptn_staff_list_seal(world, &trusted.roster, &plan, ptn_buffer_bytes(&people),
                                     &text, reterr);
    if (ptn_ok(status))
        status = show(&plan, ptn_buffer_bytes(&people), reterr);
    if (ptn_ok(status) && options->key != NULL && !options->yes &&
        !ptn_passphrase_ask("Sign this? Type yes: "))
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "not signed: nobody said yes");
    if (ptn_ok(status) && options->key != NULL)
        status = sign(options, &text, reterr);
    if (ptn_ok(status))
        status = put_out(options->out, ptn_buffer_bytes(&text), reterr);
    if (people.at != NULL)
        explicit_bzero(people.at, people.capacity);
    ptn_buffer_release(&people);
    ptn_buffer_release(&text);
    release_roster(&trusted);
    return status;
}

/* ---- handing over ---- */

struct ptn_status ptn_staff_cli_put(const struct ptn_staff_options *options,
                                    struct ptn_diag *reterr)
{
    struct trusted trusted = { 0 };
    struct ptn_authority_text note = { 0 };
    struct ptn_staff_list list = { .version = 0 };
    char path[PATH_SIZE];
    unsigned taken = 0;
    int len = snprintf(path, sizeof(path), "%s/roster", options->files[0]);
    struct ptn_status status = ptn_authority_read(options->files[1], &note, reterr);

    if (ptn_ok(status))
        status = ptn_staff_list_parse(note.text, &list, reterr);
    if (ptn_ok(status) && note.signatures.len == 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nobody signed it");
    if (ptn_ok(status) && options->here) {
        status = ptn_order_apply(options->files[0], options->files[1], reterr);
    } else if (ptn_ok(status)) {
        if (len < 0 || (size_t)len >= sizeof(path))
            status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
        if (ptn_ok(status))
            status = read_roster(path, &trusted, reterr);
        for (size_t i = 0;
             ptn_ok(status) && taken < options->keepers && i < trusted.roster.node_count; i++)
            if (trusted.roster.nodes[i].role == PTN_ROSTER_KEEPER)
                taken += ptn_hand_over(options->files[0], &trusted.roster.nodes[i],
                                       ptn_buffer_bytes(&note.bytes));
        if (ptn_ok(status) && taken == 0)
            status = ptn_fail(PTN_C_IO, reterr, 0, "no keeper took it");
    }
    ptn_buffer_release(&note.bytes);
    release_roster(&trusted);
    return status;
}
