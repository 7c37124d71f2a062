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

#define PEOPLE_FILE_MAX (1u << 20)
#define HOUR_MS         INT64_C(3600000)
#define SECOND_MS       INT64_C(1000)

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

/* The blank line and the officer's, after the text. */
static struct ptn_status sign(const struct ptn_staff_options *options, struct ptn_buffer *text,
                              struct ptn_diag *reterr)
{
    struct ptn_passphrase passphrase = { .len = 0 };
    struct ptn_authority *officer = NULL;
    struct ptn_buffer line = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_status status =
        ptn_passphrase_read(options->passphrase_fd, "Passphrase: ", false, &passphrase, reterr);

    if (ptn_ok(status))
        status =
            ptn_authority_unlock(ptn_world_real(), options->key,
                                 ptn_bytes_of(passphrase.text, passphrase.len), &officer, reterr);
    ptn_passphrase_wipe(&passphrase);
    if (ptn_ok(status))
        status = ptn_authority_line(officer, ptn_buffer_bytes(text), &line, reterr);
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

struct ptn_status ptn_staff_cli_seal(const struct ptn_staff_options *options,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_authority_roster trusted = { 0 };
    struct ptn_buffer people = { .len_max = PEOPLE_FILE_MAX };
    struct ptn_buffer text = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_staff_list plan = { .post = ptn_bytes_from_text(options->post) };
    struct ptn_status status = ptn_authority_roster_read(options->roster, &trusted, reterr);

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
        status = ptn_authority_put_out(options->out, ptn_buffer_bytes(&text), reterr);
    if (people.at != NULL)
        explicit_bzero(people.at, people.capacity);
    ptn_buffer_release(&people);
    ptn_buffer_release(&text);
    ptn_authority_roster_release(&trusted);
    return status;
}

/* ---- handing over ---- */

struct ptn_status ptn_staff_cli_put(const struct ptn_staff_options *options,
                                    struct ptn_diag *reterr)
{
    struct ptn_authority_roster trusted = { 0 };
    struct ptn_authority_text note = { 0 };
    struct ptn_staff_list list = { .version = 0 };
    struct ptn_status status = ptn_authority_read(options->files[1], &note, reterr);

    if (ptn_ok(status))
        status = ptn_staff_list_parse(note.text, &list, reterr);
    if (ptn_ok(status) && note.signatures.len == 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nobody signed it");
    if (ptn_ok(status) && options->here) {
        status = ptn_order_apply(options->files[0], options->files[1], reterr);
    } else if (ptn_ok(status)) {
        status = ptn_authority_roster_of(options->files[0], &trusted, reterr);
        if (ptn_ok(status))
            status = ptn_hand_to_keepers(options->files[0], &trusted.roster,
                                         ptn_buffer_bytes(&note.bytes), options->keepers, reterr);
    }
    ptn_buffer_release(&note.bytes);
    ptn_authority_roster_release(&trusted);
    return status;
}
