#include "node/node_int.h"
#include "vault/credential.h"

#define STAFF_FIELDS   6u
#define STAFF_FILE_MAX (1u << 20)

static_assert(PTN_STAFF_HASH_MAX + 1 >= PTN_PASSWORD_HASH_SIZE, "a hash fits its field");

const char *ptn_staff_role_word(enum ptn_staff_role role)
{
    switch (role) {
    case PTN_STAFF_SUPERVISOR:
        return "supervisor";
    case PTN_STAFF_SECOND:
        return "second";
    case PTN_STAFF_OFFICER:
        break;
    }
    return "officer";
}

/* ---- one line ---- */

/* Copy a field; false when it is too long, not UTF-8 or holds a control character. */
static bool take_field(struct ptn_bytes field, char *at, size_t size)
{
    if (field.len == 0 || field.len >= size || !ptn_utf8_valid(field, NULL))
        return false;
    for (size_t i = 0; i < field.len; i++)
        if (field.at[i] < 0x20 || field.at[i] == 0x7f)
            return false;
    memcpy(at, field.at, field.len);
    at[field.len] = '\0';
    return true;
}

/* user, role, rights, language, name, hash */
static bool take_fields(const struct ptn_bytes fields[STAFF_FIELDS],
                        struct ptn_staff_member *member)
{
    struct ptn_officer *officer = &member->officer;

    officer->role = ptn_bytes_is(fields[1], "supervisor") ? PTN_STAFF_SUPERVISOR
                    : ptn_bytes_is(fields[1], "second")   ? PTN_STAFF_SECOND
                                                          : PTN_STAFF_OFFICER;
    officer->discreet = ptn_bytes_is(fields[2], "discreet");
    officer->albanian = ptn_bytes_is(fields[3], "sq");
    return take_field(fields[0], officer->user, sizeof(officer->user)) &&
           ptn_bytes_is(fields[1], ptn_staff_role_word(officer->role)) &&
           (officer->discreet || ptn_bytes_is(fields[2], "-")) &&
           (officer->albanian || ptn_bytes_is(fields[3], "en")) &&
           take_field(fields[4], officer->name, sizeof(officer->name)) &&
           take_field(fields[5], member->hash, sizeof(member->hash));
}

struct ptn_status ptn_staff_parse(struct ptn_cursor *cursor, size_t *line,
                                  struct ptn_staff_member *ret_member, struct ptn_diag *reterr)
{
    struct ptn_bytes rest;

    while (ptn_ok(ptn_cursor_take_line(cursor, &rest))) {
        struct ptn_staff_member member = { 0 };
        struct ptn_bytes fields[STAFF_FIELDS] = { 0 };
        size_t count = 0;

        (*line)++;
        if (rest.len == 0 || rest.at[0] == '#')
            continue;
        while (count < STAFF_FIELDS) {
            const uint8_t *tab = rest.len == 0 ? NULL : memchr(rest.at, '\t', rest.len);
            size_t len = tab == NULL ? rest.len : (size_t)(tab - rest.at);

            fields[count++] = ptn_bytes_slice(rest, 0, len);
            if (tab == NULL) {
                rest = PTN_BYTES_NONE;
                break;
            }
            rest = ptn_bytes_slice(rest, len + 1, SIZE_MAX);
        }
        if (count != STAFF_FIELDS || rest.len > 0 || !take_fields(fields, &member))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, *line,
                            "staff: a line is user, role, rights, language, name, hash");
        *ret_member = member;
        return PTN_OK;
    }
    return (struct ptn_status){ PTN_C_NOT_FOUND };
}

struct ptn_status ptn_staff_write(const struct ptn_staff_member *member, struct ptn_buffer *out)
{
    const struct ptn_officer *officer = &member->officer;
    const char *const texts[] = { officer->user, officer->name, member->hash };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char copy[PTN_STAFF_HASH_MAX + 1];

        if (!take_field(ptn_bytes_from_text(texts[i]), copy, sizeof(copy)) || texts[i][0] == '#')
            return (struct ptn_status){ PTN_C_BAD_INPUT };
    }
    return ptn_buffer_addf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", officer->user,
                           ptn_staff_role_word(officer->role), officer->discreet ? "discreet" : "-",
                           officer->albanian ? "sq" : "en", officer->name, member->hash);
}

/* ---- the file ---- */

static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   struct ptn_buffer *out)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, dir, "staff");

    if (!ptn_ok(status))
        return status;
    status = world->files->read(world->context, path, out);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_staff_set(const struct ptn_world *world, const char *dir,
                                const struct ptn_officer *officer, struct ptn_bytes password,
                                struct ptn_diag *reterr)
{
    struct ptn_buffer before = { .len_max = STAFF_FILE_MAX };
    struct ptn_buffer after = { .len_max = STAFF_FILE_MAX };
    struct ptn_staff_member member = { 0 };
    struct ptn_staff_member next = { .officer = *officer };
    char path[PTN_NODE_PATH_MAX];
    size_t line = 0;
    struct ptn_cursor cursor;
    struct ptn_status status = read_file(world, dir, &before);

    if (!ptn_ok(status))
        goto out;
    status = ptn_password_hash(password, next.hash);
    if (!ptn_ok(status))
        goto out;
    cursor = ptn_cursor_at(ptn_buffer_bytes(&before));
    while (ptn_ok(status = ptn_staff_parse(&cursor, &line, &member, reterr))) {
        if (strcmp(member.officer.user, officer->user) == 0)
            continue;
        status = ptn_staff_write(&member, &after);
        if (!ptn_ok(status))
            goto out;
    }
    if (status.code != PTN_C_NOT_FOUND)
        goto out;
    status = ptn_staff_write(&next, &after);
    if (status.code == PTN_C_BAD_INPUT)
        status =
            ptn_fail(status.code, reterr, 0, "staff: a name is empty, too long or not plain text");
    if (!ptn_ok(status))
        goto out;
    status = ptn_node_path(path, dir, "staff");
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&after));
out:
    ptn_buffer_release(&before);
    ptn_buffer_release(&after);
    return status;
}

struct ptn_status ptn_node_load_staff(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = STAFF_FILE_MAX };
    struct ptn_staff_member member;
    size_t line = 0;
    struct ptn_cursor cursor;
    struct ptn_status status = read_file(node->world, node->dir, &file);

    if (!ptn_ok(status))
        goto out;
    cursor = ptn_cursor_at(ptn_buffer_bytes(&file));
    while (ptn_ok(status = ptn_staff_parse(&cursor, &line, &member, reterr))) {
        struct ptn_staff_member *staff =
            realloc(node->staff, (node->staff_count + 1) * sizeof(*staff));

        if (staff == NULL) {
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
            goto out;
        }
        node->staff = staff;
        node->staff[node->staff_count++] = member;
    }
    if (status.code == PTN_C_NOT_FOUND)
        status = PTN_OK;
out:
    ptn_buffer_release(&file);
    return status;
}

static const struct ptn_staff_member *find(const struct ptn_node *node, struct ptn_bytes user)
{
    for (size_t i = 0; i < node->staff_count; i++)
        if (ptn_bytes_is(user, node->staff[i].officer.user))
            return &node->staff[i];
    return NULL;
}

bool ptn_staff_find(const struct ptn_node *node, struct ptn_bytes user,
                    struct ptn_officer *ret_officer)
{
    const struct ptn_staff_member *found = find(node, user);

    if (found != NULL)
        *ret_officer = found->officer;
    return found != NULL;
}

bool ptn_staff_knows(const struct ptn_node *node, struct ptn_bytes user)
{
    return find(node, user) != NULL;
}

struct ptn_status ptn_staff_check(const struct ptn_node *node, struct ptn_bytes user,
                                  struct ptn_bytes password, struct ptn_officer *ret_officer)
{
    const struct ptn_staff_member *found = find(node, user);

    /* hash NULL: the same work for a name nobody has */
    if (!ptn_ok(ptn_password_check(found == NULL ? NULL : found->hash, password, NULL)) ||
        found == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_officer = found->officer;
    return PTN_OK;
}
