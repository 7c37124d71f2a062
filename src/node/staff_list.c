/* node/staff_list.c -- a staff list's text: read strictly line by line, made by sealing the people
 * to the post's reading keys, opened at the post. */
#include "node/staff_int.h"

#include "vault/seal.h"

#define FIRST_LINE  "postern staff 1"
#define DAY_MS      INT64_C(86400000)
#define VERSION_MAX 999999999u
#define BOX_TEXT    108u /* base64 of PTN_EPOCH_BOX_LEN bytes */

static_assert((PTN_EPOCH_BOX_LEN + 2) / 3 * 4 == BOX_TEXT, "a box in base64");

bool ptn_staff_list_looks_like(struct ptn_bytes text)
{
    const struct ptn_bytes first = PTN_BYTES_LITERAL(FIRST_LINE "\n");

    return ptn_bytes_equal(ptn_bytes_slice(text, 0, first.len), first);
}

/* ---- reading ---- */

struct reading {
    struct ptn_cursor cursor;
    struct ptn_diag *reterr;
    size_t offset; /* of the present line */
};

static struct ptn_status bad(const struct reading *reading, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reading->reterr, reading->offset, text);
}

/* The next line when it begins with that word and a space; its value. Else nothing is taken. */
static bool take(struct reading *reading, const char *word, struct ptn_bytes *ret_value)
{
    struct ptn_cursor cursor = reading->cursor;
    size_t len = strlen(word);
    struct ptn_bytes line;

    if (!ptn_cursor_take_whole_line(&cursor, &line) || line.len < len + 2 ||
        memcmp(line.at, word, len) != 0 || line.at[len] != ' ')
        return false;
    *ret_value = ptn_bytes_slice(line, len + 1, line.len);
    reading->offset = reading->cursor.next;
    reading->cursor = cursor;
    return true;
}

static bool read_instant(struct ptn_bytes text, int64_t *ret_ms)
{
    return text.len == 20 && ptn_ok(ptn_instant_parse(text, ret_ms, NULL));
}

/* The six lines that the people are bound to. */
static struct ptn_status take_head(struct reading *reading, struct ptn_staff_list *list)
{
    struct ptn_bytes first;
    struct ptn_bytes value;
    uint64_t version;

    if (!ptn_cursor_take_whole_line(&reading->cursor, &first) || !ptn_bytes_is(first, FIRST_LINE))
        return bad(reading, "not a staff list");
    if (!take(reading, "country", &list->country) || !ptn_note_name_good(list->country))
        return bad(reading, "not the name of a roster");
    if (!take(reading, "post", &list->post) || !ptn_note_name_good(list->post))
        return bad(reading, "not the name of a post");
    if (!take(reading, "version", &value) || !ptn_decimal_read(value, VERSION_MAX, &version) ||
        version == 0)
        return bad(reading, "not a version");
    list->version = (uint32_t)version;
    if (!take(reading, "given", &value) || !read_instant(value, &list->given_ms))
        return bad(reading, "not a time");
    if (!take(reading, "until", &value) || !read_instant(value, &list->until_ms) ||
        list->until_ms <= list->given_ms ||
        list->until_ms - list->given_ms > PTN_STAFF_DAYS_MAX * DAY_MS)
        return bad(reading, "not a time within 7 days");
    list->bound = ptn_bytes_slice(reading->cursor.bytes, 0, reading->cursor.next);
    return PTN_OK;
}

/* "HEX64 BASE64" */
static bool read_box(struct ptn_bytes value, uint8_t reader[PTN_READING_KEY_LEN],
                     uint8_t box[PTN_EPOCH_BOX_LEN])
{
    const size_t hex = (size_t)2 * PTN_READING_KEY_LEN;
    struct ptn_buffer bytes = { .len_max = PTN_EPOCH_BOX_LEN };
    bool good = value.len == hex + 1 + BOX_TEXT && value.at[hex] == ' ' &&
                ptn_hex_read_exactly(ptn_bytes_slice(value, 0, hex), reader, PTN_READING_KEY_LEN) &&
                ptn_ok(ptn_base64_read(ptn_bytes_slice(value, hex + 1, value.len), &bytes, NULL)) &&
                bytes.len == PTN_EPOCH_BOX_LEN;

    if (good)
        memcpy(box, bytes.at, PTN_EPOCH_BOX_LEN);
    ptn_buffer_release(&bytes);
    return good;
}

static struct ptn_status take_boxes(struct reading *reading, struct ptn_staff_list *list)
{
    const size_t start = reading->cursor.next;
    struct ptn_bytes former = PTN_BYTES_NONE;
    struct ptn_bytes value;

    while (take(reading, "box", &value)) {
        uint8_t reader[PTN_READING_KEY_LEN];
        uint8_t box[PTN_EPOCH_BOX_LEN];

        if (!read_box(value, reader, box))
            return bad(reading, "not a box for a reader");
        if (ptn_bytes_compare(former, value) >= 0)
            return bad(reading, "boxes out of order, or one twice");
        if (++list->box_count > PTN_STAFF_BOX_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reading->reterr, reading->offset, "too many boxes");
        former = value;
    }
    if (list->box_count == 0)
        return bad(reading, "no box");
    list->boxes = ptn_bytes_slice(reading->cursor.bytes, start, reading->cursor.next - start);
    return PTN_OK;
}

struct ptn_status ptn_staff_list_parse(struct ptn_bytes text, struct ptn_staff_list *ret_list,
                                       struct ptn_diag *reterr)
{
    struct reading reading = { .cursor = ptn_cursor_at(text), .reterr = reterr };
    struct ptn_staff_list list = { .version = 0 };
    struct ptn_buffer sealed = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_bytes value;
    struct ptn_status status;

    if (text.len > PTN_STAFF_LIST_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_STAFF_LIST_LEN_MAX, "the list is too long");
    status = take_head(&reading, &list);
    if (!ptn_ok(status))
        return status;
    if (!take(&reading, "commitment", &value) ||
        !ptn_hex_read_exactly(value, list.commitment, sizeof(list.commitment)))
        return bad(&reading, "not a commitment");
    status = take_boxes(&reading, &list);
    if (!ptn_ok(status))
        return status;
    if (!take(&reading, "sealed", &list.sealed))
        return bad(&reading, "nothing sealed");
    status = ptn_base64_read(list.sealed, &sealed, NULL);
    ptn_buffer_release(&sealed);
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    if (!ptn_ok(status) || ptn_cursor_left(&reading.cursor) > 0)
        return bad(&reading, "not base64, or more after it");
    *ret_list = list;
    return PTN_OK;
}

/* ---- sealing ---- */

static int compare_members(const void *a, const void *b)
{
    const struct ptn_staff_member *first = a;
    const struct ptn_staff_member *second = b;

    return strcmp(first->officer.user, second->officer.user);
}

/* The people in their one order; somebody must be able to let the list run longer. */
static struct ptn_status sort_people(struct ptn_bytes people, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    struct ptn_staff_table table = { 0 };
    bool supervised = false;
    struct ptn_status status = ptn_staff_table_read(people, &table, reterr);

    if (!ptn_ok(status))
        return status;
    if (table.count > 0)
        qsort(table.members, table.count, sizeof(*table.members), compare_members);
    for (size_t i = 0; ptn_ok(status) && i < table.count; i++) {
        supervised = supervised || table.members[i].officer.role == PTN_STAFF_SUPERVISOR;
        if (i > 0 && compare_members(&table.members[i - 1], &table.members[i]) == 0)
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, i, "the same user twice");
        else
            status = ptn_staff_write(&table.members[i], out);
    }
    if (ptn_ok(status) && (!supervised || table.count < 2))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "a list needs a supervisor and somebody else, or nobody can extend it");
    if (ptn_ok(status) && table.count > PTN_STAFF_PEOPLE_MAX)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, PTN_STAFF_PEOPLE_MAX, "too many people");
    free(table.members);
    return status;
}

/* Those who are to open it: the post or centre, and whoever succeeds it. A spare centre has no keys
 * of its own: it reads by recovery's, until the next roster names some. */
static bool is_reader(const struct ptn_roster *roster, struct ptn_bytes origin,
                      struct ptn_bytes post)
{
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(roster, origin);
    const struct ptn_roster_node *node = ptn_roster_find(roster, post);

    if (origin.len == 0)
        return node != NULL && node->role == PTN_ROSTER_CENTRE;
    return ptn_bytes_equal(origin, post) || (spare != NULL && ptn_bytes_equal(spare->origin, post));
}

static bool same_month(struct ptn_date month, int64_t instant_ms)
{
    const struct ptn_date day = ptn_instant_date(instant_ms);

    return month.year == day.year && month.month == day.month;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

typedef char box_line[2 * PTN_READING_KEY_LEN + BOX_TEXT + 8];

static struct ptn_status make_boxes(const struct ptn_world *world, const struct ptn_roster *roster,
                                    const struct ptn_staff_list *plan,
                                    const struct ptn_epoch *epoch, struct ptn_buffer *out,
                                    struct ptn_diag *reterr)
{
    box_line lines[PTN_STAFF_BOX_MAX];
    size_t count = 0;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < roster->reading_count; i++) {
        const struct ptn_roster_reading *reading = &roster->readings[i];
        char hex[2 * PTN_READING_KEY_LEN + 1];
        uint8_t box[PTN_EPOCH_BOX_LEN];
        struct ptn_buffer text = { .len_max = BOX_TEXT };

        if (!is_reader(roster, reading->origin, plan->post) ||
            (!same_month(reading->month, plan->given_ms) &&
             !same_month(reading->month, plan->until_ms)) ||
            count == PTN_STAFF_BOX_MAX)
            continue;
        status = ptn_epoch_box(world, epoch, reading->key, box);
        if (ptn_ok(status))
            status = ptn_buffer_add_base64(&text, ptn_bytes_of(box, sizeof(box)));
        if (ptn_ok(status))
            (void)snprintf(lines[count++], sizeof(lines[0]), "box %s %.*s\n",
                           ptn_hex_write(reading->key, PTN_READING_KEY_LEN, hex), (int)text.len,
                           (const char *)text.at);
        ptn_buffer_release(&text);
    }
    if (ptn_ok(status) && count == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "the roster names no reading key of that post for this month");
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = ptn_buffer_add_text(out, lines[i]);
    return status;
}

static struct ptn_status write_head(const struct ptn_roster *roster,
                                    const struct ptn_staff_list *plan, struct ptn_buffer *out)
{
    char given[PTN_INSTANT_TEXT_SIZE];
    char until[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(plan->given_ms, given);
    (void)ptn_instant_write(plan->until_ms, until);
    return ptn_buffer_addf(out,
                           FIRST_LINE "\ncountry %.*s\npost %.*s\nversion %u\ngiven %.19sZ\n"
                                      "until %.19sZ\n",
                           (int)roster->origin.len, (const char *)roster->origin.at,
                           (int)plan->post.len, (const char *)plan->post.at, plan->version, given,
                           until);
}

/* Seal under a key of its own; text has the head. STAFF-4. */
static struct ptn_status seal_people(const struct ptn_world *world, const struct ptn_roster *roster,
                                     const struct ptn_staff_list *plan, struct ptn_bytes people,
                                     struct ptn_buffer *text, struct ptn_diag *reterr)
{
    struct ptn_buffer sealed = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    uint8_t commitment[PTN_COMMITMENT_LEN];
    char hex[2 * PTN_COMMITMENT_LEN + 1];
    struct ptn_epoch epoch;
    struct ptn_status status;

    ptn_epoch_new(world, (uint32_t)(plan->given_ms / DAY_MS), PTN_RETENTION_AUDIT, 0, &epoch);
    status = ptn_seal(world, &epoch, ptn_buffer_bytes(text), people, &sealed, commitment);
    if (ptn_ok(status))
        status = ptn_buffer_addf(text, "commitment %s\n",
                                 ptn_hex_write(commitment, sizeof(commitment), hex));
    if (ptn_ok(status))
        status = make_boxes(world, roster, plan, &epoch, text, reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(text, "sealed ");
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(text, ptn_buffer_bytes(&sealed));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(text, "\n");
    ptn_epoch_forget(&epoch);
    ptn_buffer_release(&sealed);
    return status;
}

struct ptn_status ptn_staff_list_seal(const struct ptn_world *world,
                                      const struct ptn_roster *roster,
                                      const struct ptn_staff_list *plan, struct ptn_bytes people,
                                      struct ptn_buffer *out, struct ptn_diag *reterr)
{
    const struct ptn_roster_node *post = ptn_roster_find(roster, plan->post);
    struct ptn_buffer sorted = { .len_max = PTN_STAFF_PEOPLE_LEN_MAX };
    struct ptn_buffer text = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_staff_list made;
    struct ptn_status status;

    if (post == NULL || (post->role != PTN_ROSTER_POST && post->role != PTN_ROSTER_CENTRE))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the roster names no such post or centre");
    status = sort_people(people, &sorted, reterr);
    if (ptn_ok(status))
        status = write_head(roster, plan, &text);
    if (ptn_ok(status))
        status = seal_people(world, roster, plan, ptn_buffer_bytes(&sorted), &text, reterr);
    if (ptn_ok(status)) /* as whoever reads it will */
        status = ptn_staff_list_parse(ptn_buffer_bytes(&text), &made, reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_buffer_bytes(&text));
    if (status.code == PTN_C_TOO_BIG)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more people than one list holds");
    if (sorted.at != NULL)
        explicit_bzero(sorted.at, sorted.capacity);
    ptn_buffer_release(&sorted);
    ptn_buffer_release(&text);
    return status;
}

/* ---- opening ---- */

/* The key out of the first box that the vault has the private half of. */
static struct ptn_status find_key(const struct ptn_vault *vault, const struct ptn_staff_list *list,
                                  struct ptn_epoch *epoch)
{
    struct reading reading = { .cursor = ptn_cursor_at(list->boxes) };
    struct ptn_status status = { PTN_C_NOT_FOUND };
    struct ptn_bytes value;

    while (status.code == PTN_C_NOT_FOUND && take(&reading, "box", &value)) {
        uint8_t reader[PTN_READING_KEY_LEN];
        uint8_t box[PTN_EPOCH_BOX_LEN];

        if (read_box(value, reader, box))
            status = ptn_epoch_unbox(vault, reader, box, epoch);
    }
    return status;
}

struct ptn_status ptn_staff_list_open(const struct ptn_vault *vault,
                                      const struct ptn_staff_list *list,
                                      struct ptn_buffer *ret_people, struct ptn_diag *reterr)
{
    struct ptn_buffer sealed = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_epoch epoch = { .scheme = 2,
                               .retention = PTN_RETENTION_AUDIT,
                               .day = (uint32_t)(list->given_ms / DAY_MS) };
    struct ptn_status status = find_key(vault, list, &epoch);

    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "not sealed to a key that is here");
    if (ptn_ok(status))
        status = ptn_base64_read(list->sealed, &sealed, reterr);
    if (ptn_ok(status))
        status = ptn_unseal_with(&epoch, list->bound, list->commitment, ptn_buffer_bytes(&sealed),
                                 ret_people, reterr);
    ptn_epoch_forget(&epoch);
    ptn_buffer_release(&sealed);
    return status.code == PTN_C_NO_MEMORY || ptn_ok(status)
               ? status
               : ptn_fail(PTN_C_CORRUPT, reterr, 0, "what is sealed does not open");
}
