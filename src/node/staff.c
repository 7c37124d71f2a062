#include "node/staff_int.h"

#define FIELDS_LEAST   6u /* without days */
#define FIELDS_DATED   8u
#define STAFF_FIELDS   (FIELDS_DATED + PTN_STAFF_KEYS_MAX)
#define STAFF_FILE_MAX (1u << 20)

static_assert(PTN_STAFF_HASH_MAX + 1 >= PTN_PASSWORD_HASH_SIZE, "a hash fits its field");

const char *ptn_staff_role_word(enum ptn_staff_role role)
{
    switch (role) {
    case PTN_STAFF_SUPERVISOR:
        return "supervisor";
    case PTN_STAFF_SECOND:
        return "second";
    case PTN_STAFF_AUDITOR:
        return "auditor";
    case PTN_STAFF_OFFICER:
        break;
    }
    return "officer";
}

bool ptn_staff_role_from_word(struct ptn_bytes word, enum ptn_staff_role *ret_role)
{
    static const enum ptn_staff_role roles[] = { PTN_STAFF_OFFICER, PTN_STAFF_SUPERVISOR,
                                                 PTN_STAFF_SECOND, PTN_STAFF_AUDITOR };

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (ptn_bytes_is(word, ptn_staff_role_word(roles[i]))) {
            *ret_role = roles[i];
            return true;
        }
    return false;
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

/* "-" or a whole day. */
static bool take_day(struct ptn_bytes field, struct ptn_date *ret_day)
{
    if (ptn_bytes_is(field, "-"))
        return true;
    return field.len == 10 && ptn_ok(ptn_date_parse(field, ret_day, NULL)) &&
           ptn_date_is_full(*ret_day);
}

/* Both days, of which one is there, or keys follow: else the line is written without them. */
static bool take_days(const struct ptn_bytes *fields, bool keyed, struct ptn_staff_member *member)
{
    return take_day(fields[0], &member->from) && take_day(fields[1], &member->until) &&
           (keyed || !(ptn_date_is_none(member->from) && ptn_date_is_none(member->until))) &&
           (ptn_date_is_none(member->from) || ptn_date_is_none(member->until) ||
            ptn_date_compare(member->from, member->until) <= 0);
}

struct ptn_status ptn_staff_add_key(struct ptn_staff_member *member, const struct ptn_passkey *key,
                                    struct ptn_diag *reterr)
{
    for (size_t i = 0; i < member->key_count; i++)
        if (ptn_bytes_equal(ptn_bytes_of(member->keys[i].id, member->keys[i].id_len),
                            ptn_bytes_of(key->id, key->id_len)))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "staff: this key is theirs already");
    if (member->key_count == PTN_STAFF_KEYS_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "staff: nobody has more than four keys here");
    member->keys[member->key_count++] = *key;
    return PTN_OK;
}

/* Each once. */
static bool take_keys(const struct ptn_bytes *fields, size_t count, struct ptn_staff_member *member)
{
    struct ptn_passkey key;

    for (size_t i = 0; i < count; i++)
        if (!ptn_ok(ptn_passkey_read(fields[i], &key)) ||
            !ptn_ok(ptn_staff_add_key(member, &key, NULL)))
            return false;
    return true;
}

/* user, role, rights, language, name, hash */
static bool take_fields(const struct ptn_bytes fields[STAFF_FIELDS],
                        struct ptn_staff_member *member)
{
    struct ptn_officer *officer = &member->officer;

    officer->discreet = ptn_bytes_is(fields[2], "discreet");
    officer->albanian = ptn_bytes_is(fields[3], "sq");
    return take_field(fields[0], officer->user, sizeof(officer->user)) &&
           ptn_staff_role_from_word(fields[1], &officer->role) &&
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
        if ((count < FIELDS_DATED && count != FIELDS_LEAST) || rest.len > 0 ||
            !take_fields(fields, &member) ||
            (count >= FIELDS_DATED &&
             !take_days(&fields[FIELDS_LEAST], count > FIELDS_DATED, &member)) ||
            (count > FIELDS_DATED &&
             !take_keys(&fields[FIELDS_DATED], count - FIELDS_DATED, &member)))
            return ptn_fail(
                PTN_C_BAD_INPUT, reterr, *line,
                "staff: a line is user, role, rights, language, name, hash, and may have "
                "days and security keys");
        *ret_member = member;
        return PTN_OK;
    }
    return (struct ptn_status){ PTN_C_NOT_FOUND };
}

/* The fields, whose texts are known to be good. */
static struct ptn_status write_line(const struct ptn_staff_member *member, struct ptn_buffer *out)
{
    const struct ptn_officer *officer = &member->officer;
    const bool dated = !ptn_date_is_none(member->from) || !ptn_date_is_none(member->until) ||
                       member->key_count > 0;
    char from[PTN_DATE_TEXT_SIZE] = "-";
    char until[PTN_DATE_TEXT_SIZE] = "-";
    struct ptn_status status;

    if (!ptn_date_is_none(member->from))
        (void)ptn_date_write(member->from, from);
    if (!ptn_date_is_none(member->until))
        (void)ptn_date_write(member->until, until);
    status = ptn_buffer_addf(
        out, "%s\t%s\t%s\t%s\t%s\t%s%s%s%s%s", officer->user, ptn_staff_role_word(officer->role),
        officer->discreet ? "discreet" : "-", officer->albanian ? "sq" : "en", officer->name,
        member->hash, dated ? "\t" : "", dated ? from : "", dated ? "\t" : "", dated ? until : "");
    for (size_t i = 0; ptn_ok(status) && i < member->key_count; i++) {
        status = ptn_buffer_add(out, PTN_BYTES_LITERAL("\t"));
        if (ptn_ok(status))
            status = ptn_passkey_write(&member->keys[i], out);
    }
    return ptn_ok(status) ? ptn_buffer_add(out, PTN_BYTES_LITERAL("\n")) : status;
}

struct ptn_status ptn_staff_write(const struct ptn_staff_member *member, struct ptn_buffer *out)
{
    const struct ptn_officer *officer = &member->officer;
    const char *const texts[] = { officer->user, officer->name, member->hash };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char copy[PTN_STAFF_HASH_MAX + 1];

        if (!take_field(ptn_bytes_from_text(texts[i]), copy, sizeof(copy)) ||
            (i == 0 && texts[i][0] == '#')) /* a line that begins so says nothing */
            return (struct ptn_status){ PTN_C_BAD_INPUT };
    }
    return write_line(member, out);
}

struct ptn_status ptn_staff_without(struct ptn_bytes people, struct ptn_bytes user,
                                    struct ptn_buffer *out, struct ptn_staff_member *ret_member,
                                    bool *ret_found, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(people);
    struct ptn_staff_member member = { 0 };
    size_t line = 0;
    struct ptn_status status;

    *ret_found = false;
    while (ptn_ok(status = ptn_staff_parse(&cursor, &line, &member, reterr))) {
        if (ptn_bytes_is(user, member.officer.user)) {
            *ret_member = member;
            *ret_found = true;
            continue;
        }
        status = ptn_staff_write(&member, out);
        if (!ptn_ok(status))
            return status;
    }
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* ---- the file ---- */

/* Into out, which gets room for all of it at once. BUSY: it is sealed, and the vault locked. */
static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   struct ptn_buffer *out)
{
    struct ptn_status status = ptn_sealed_file_read(world, dir, PTN_STAFF_FILE, out);

    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static void wipe(struct ptn_buffer *buffer)
{
    if (buffer->at != NULL)
        explicit_bzero(buffer->at, buffer->capacity);
    ptn_buffer_release(buffer);
}

/* The file as it stands, where its people may be changed by hand. */
static struct ptn_status read_ours(const struct ptn_world *world, const char *dir,
                                   struct ptn_buffer *out, struct ptn_diag *reterr)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = read_file(world, dir, out);

    if (status.code == PTN_C_BUSY)
        status = ptn_fail(PTN_C_BUSY, reterr, 0, "the node's vault is locked");
    if (ptn_ok(status))
        status = ptn_node_path(path, dir, PTN_STAFF_LIST_FILE);
    if (ptn_ok(status) && world->files->exists(world->context, path))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "there is a staff list here: only its next version adds anybody");
    return status;
}

struct ptn_status ptn_staff_set(const struct ptn_world *world, const char *dir,
                                const struct ptn_officer *officer, struct ptn_bytes password,
                                struct ptn_diag *reterr)
{
    struct ptn_buffer before = { .len_max = STAFF_FILE_MAX };
    struct ptn_buffer after = { .len_max = STAFF_FILE_MAX };
    struct ptn_staff_member former = { 0 };
    struct ptn_staff_member next = { .officer = *officer };
    bool found = false;
    struct ptn_status status = read_ours(world, dir, &before, reterr);

    if (ptn_ok(status))
        status = ptn_password_hash(password, next.hash);
    if (ptn_ok(status))
        status = ptn_staff_without(ptn_buffer_bytes(&before), ptn_bytes_from_text(officer->user),
                                   &after, &former, &found, reterr);
    if (ptn_ok(status)) {
        memcpy(next.keys, former.keys, sizeof(next.keys));
        next.key_count = former.key_count;
        status = ptn_staff_write(&next, &after);
        if (status.code == PTN_C_BAD_INPUT)
            status = ptn_fail(status.code, reterr, 0,
                              "staff: a name is empty, too long or not plain text");
    }
    if (ptn_ok(status))
        status = ptn_sealed_file_replace(world, dir, PTN_STAFF_FILE, ptn_buffer_bytes(&after));
    wipe(&before);
    wipe(&after);
    return status;
}

struct ptn_status ptn_staff_file(const struct ptn_world *world, const char *dir,
                                 struct ptn_staff_table *ret_table, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = STAFF_FILE_MAX };
    struct ptn_status status = read_file(world, dir, &file);

    if (status.code == PTN_C_BUSY)
        status = PTN_OK; /* nobody signs in at a locked node */
    if (ptn_ok(status))
        status = ptn_staff_table_read(ptn_buffer_bytes(&file), ret_table, reterr);
    wipe(&file);
    return status;
}

struct ptn_status ptn_staff_table_read(struct ptn_bytes text, struct ptn_staff_table *ret_table,
                                       struct ptn_diag *reterr)
{
    struct ptn_staff_table table = { 0 };
    struct ptn_staff_member member;
    struct ptn_cursor cursor = ptn_cursor_at(text);
    size_t line = 0;
    struct ptn_status status;

    while (ptn_ok(status = ptn_staff_parse(&cursor, &line, &member, reterr))) {
        struct ptn_staff_member *members =
            realloc(table.members, (table.count + 1) * sizeof(*members));

        if (members == NULL) {
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
            break;
        }
        table.members = members;
        table.members[table.count++] = member;
    }
    if (status.code != PTN_C_NOT_FOUND) {
        free(table.members);
        return status;
    }
    *ret_table = table;
    return PTN_OK;
}
