/* main/staff_people.c -- the plain file of people on the offline machine: begun, added to, shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "main/authority_int.h"
#include "main/secret.h"
#include "main/staff_int.h"
#include "main/unlock.h"
#include "vault/credential.h"
#include "vault/vault.h"

#define PEOPLE_FILE_MAX (1u << 20)
#define PASSWORD_SIZE   (PTN_PASSWORD_LEN_MAX + 2u) /* the longest, its line's end, and NUL */

static struct ptn_status read_people(const char *path, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = world->files->read(world->context, path, out);

    return ptn_ok(status) ? status
                          : ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code,
                                     reterr, 0, "the file of people cannot be read");
}

static void release_people(struct ptn_buffer *people)
{
    if (people->at != NULL)
        explicit_bzero(people->at, people->capacity);
    ptn_buffer_release(people);
}

struct ptn_status ptn_staff_cli_new(const struct ptn_staff_options *options,
                                    struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer people = { .len_max = PEOPLE_FILE_MAX };
    struct ptn_buffer good = { .len_max = PEOPLE_FILE_MAX };
    struct ptn_staff_member nobody;
    bool found;
    struct ptn_status status = PTN_OK;

    if (world->files->exists(world->context, options->files[0]))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is a file of that name");
    if (options->from != NULL)
        status = read_people(options->from, &people, reterr);
    if (ptn_ok(status))
        status = ptn_staff_without(ptn_buffer_bytes(&people), PTN_BYTES_NONE, &good, &nobody,
                                   &found, reterr);
    if (ptn_ok(status))
        status = world->files->replace(world->context, options->files[0], ptn_buffer_bytes(&good));
    release_people(&people);
    release_people(&good);
    return status;
}

/* A line from the descriptor, or one that is made up and printed. */
static struct ptn_status find_password(const struct ptn_staff_options *options,
                                       char password[PASSWORD_SIZE], struct ptn_diag *reterr)
{
    size_t len = 0;
    ssize_t got;

    if (options->password_fd < 0) {
        ptn_secret_make(ptn_world_real(), password);
        (void)printf("%s\t%s\t%s\n", options->member.officer.user, password,
                     ptn_staff_role_word(options->member.officer.role));
        return PTN_OK;
    }
    /* one that is longer still is too long for its hash, not cut */
    while (len < PASSWORD_SIZE - 1 &&
           (got = read(options->password_fd, password + len, PASSWORD_SIZE - 1 - len)) > 0)
        len += (size_t)got;
    password[len] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    return password[0] != '\0' ? PTN_OK
                               : ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no password");
}

/* Change one line of the file, which is read, given to change with the others' lines, and put in
 * its place. change gets the member as they were; found says whether they were there. */
static struct ptn_status
change_one(const struct ptn_staff_options *options,
           struct ptn_status (*change)(const struct ptn_staff_options *options, bool found,
                                       struct ptn_staff_member *member, struct ptn_buffer *out,
                                       struct ptn_diag *reterr),
           struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_staff_member member = { 0 };
    struct ptn_buffer people = { .len_max = PEOPLE_FILE_MAX };
    struct ptn_buffer next = { .len_max = PEOPLE_FILE_MAX };
    bool found = false;
    struct ptn_status status = read_people(options->files[0], &people, reterr);

    if (ptn_ok(status))
        status = ptn_staff_without(ptn_buffer_bytes(&people),
                                   ptn_bytes_from_text(options->member.officer.user), &next,
                                   &member, &found, reterr);
    if (ptn_ok(status))
        status = change(options, found, &member, &next, reterr);
    if (ptn_ok(status))
        status = world->files->replace(world->context, options->files[0], ptn_buffer_bytes(&next));
    release_people(&people);
    release_people(&next);
    return status;
}

/* Their line, new, with the keys that they had. */
static struct ptn_status add(const struct ptn_staff_options *options, bool found,
                             struct ptn_staff_member *member, struct ptn_buffer *out,
                             struct ptn_diag *reterr)
{
    struct ptn_staff_member next = options->member;
    char password[PASSWORD_SIZE];
    struct ptn_status status;

    (void)found;
    if (next.officer.name[0] == '\0')
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a name is needed");
    memcpy(next.keys, member->keys, sizeof(next.keys));
    next.key_count = member->key_count;
    status = find_password(options, password, reterr);
    if (ptn_ok(status))
        status = ptn_password_hash(ptn_bytes_from_text(password), next.hash);
    explicit_bzero(password, sizeof(password));
    if (!ptn_ok(status))
        return status;
    status = ptn_staff_write(&next, out);
    return status.code == PTN_C_BAD_INPUT
               ? ptn_fail(status.code, reterr, 0, "a name that is not plain text")
               : status;
}

struct ptn_status ptn_staff_cli_add(const struct ptn_staff_options *options,
                                    struct ptn_diag *reterr)
{
    return change_one(options, add, reterr);
}

static struct ptn_status leave_out(const struct ptn_staff_options *options, bool found,
                                   struct ptn_staff_member *member, struct ptn_buffer *out,
                                   struct ptn_diag *reterr)
{
    (void)options;
    (void)member;
    (void)out;
    return found ? PTN_OK : ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "nobody is called so");
}

struct ptn_status ptn_staff_cli_remove(const struct ptn_staff_options *options,
                                       struct ptn_diag *reterr)
{
    return change_one(options, leave_out, reterr);
}

/* One more security key, or none of them any more. */
static struct ptn_status change_keys(const struct ptn_staff_options *options, bool found,
                                     struct ptn_staff_member *member, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    struct ptn_passkey key;
    struct ptn_status status = PTN_OK;

    if (!found)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "nobody is called so");
    if (options->drop_keys)
        member->key_count = 0;
    if (options->add_key != NULL) {
        if (!ptn_ok(ptn_passkey_read(ptn_bytes_from_text(options->add_key), &key)))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                            "a security key is the text that the page /staff shows");
        status = ptn_staff_add_key(member, &key, reterr);
    }
    return ptn_ok(status) ? ptn_staff_write(member, out) : status;
}

struct ptn_status ptn_staff_cli_key(const struct ptn_staff_options *options,
                                    struct ptn_diag *reterr)
{
    return change_one(options, change_keys, reterr);
}

/* ---- showing ---- */

struct ptn_status ptn_staff_cli_print(struct ptn_bytes people, FILE *to, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(people);
    struct ptn_staff_member member;
    size_t line = 0;
    struct ptn_status status;

    while (ptn_ok(status = ptn_staff_parse(&cursor, &line, &member, reterr))) {
        char from[PTN_DATE_TEXT_SIZE] = "";
        char until[PTN_DATE_TEXT_SIZE] = "";

        if (!ptn_date_is_none(member.from))
            (void)ptn_date_write(member.from, from);
        if (!ptn_date_is_none(member.until))
            (void)ptn_date_write(member.until, until);
        (void)fprintf(to, "%s\t%s\t%s\t%s%s%s%s%s", member.officer.user,
                      ptn_staff_role_word(member.officer.role),
                      member.officer.discreet ? "discreet" : "-", member.officer.name,
                      from[0] == '\0' ? "" : "\tfrom ", from, until[0] == '\0' ? "" : "\tto ",
                      until);
        if (member.key_count > 0)
            (void)fprintf(to, "\t%zu security key%s", member.key_count,
                          member.key_count == 1 ? "" : "s");
        (void)fputc('\n', to);
    }
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* Who is on a sealed list, with the keys of its post. */
static struct ptn_status open_list(const char *dir, const struct ptn_staff_list *list,
                                   struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_buffer people = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = ptn_unlock_command(dir, &world, reterr);

    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &vault, reterr);
    if (ptn_ok(status))
        status = ptn_staff_list_open(vault, list, &people, reterr);
    if (ptn_ok(status))
        status = ptn_staff_cli_print(ptn_buffer_bytes(&people), stdout, reterr);
    release_people(&people);
    ptn_vault_close(vault);
    return status;
}

struct ptn_status ptn_staff_cli_show(const struct ptn_staff_options *options,
                                     struct ptn_diag *reterr)
{
    struct ptn_authority_text file = { 0 };
    struct ptn_staff_list list;
    struct ptn_status status = ptn_authority_read(options->files[0], &file, reterr);

    if (!ptn_ok(status))
        return status;
    if (!ptn_staff_list_looks_like(file.text)) {
        status = ptn_staff_cli_print(ptn_buffer_bytes(&file.bytes), stdout, reterr);
    } else {
        status = ptn_staff_list_parse(file.text, &list, reterr);
        if (ptn_ok(status)) {
            (void)fwrite(list.bound.at, 1, list.bound.len, stdout);
            (void)fwrite(file.signatures.at, 1, file.signatures.len, stdout);
        }
        if (ptn_ok(status) && options->node != NULL)
            status = open_list(options->node, &list, reterr);
    }
    release_people(&file.bytes);
    return status;
}
