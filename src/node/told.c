/*
 * node/told.c -- what a carrier was told of who may board, a file a flight, until the plane has
 * gone: so that it can be told of a change (docs/format/boarding.md "Changes").
 *
 * Nobody is named: a person is the carrier's own references and the tags of their documents, which
 * open with the document's data and with nothing else.
 */
#include "node/inbox_int.h"
#include "reference/place.h"

#define MAGIC       "postern.told/v1\n"
#define MAGIC_LEN   (sizeof(MAGIC) - 1)
#define TEXT_MAX    70u
#define FLAG_OWN    1u
#define FLAG_KNOWN  2u
#define ARENA_MAX   ((size_t)4 << 20)
#define NAME_BYTES  16u
#define DAY_MS      INT64_C(86400000)
#define UPDATE_KEEP 'k'
#define UPDATE_GONE 'g'
#define UPDATE_OVER 'o'

/* ---- writing ---- */

static void put(struct ptn_status *status, struct ptn_status next)
{
    if (ptn_ok(*status))
        *status = next;
}

/* What is longer is cut where an answer cuts it. */
static void put_text(struct ptn_status *status, struct ptn_buffer *out, struct ptn_bytes text)
{
    text = ptn_bytes_slice(text, 0, TEXT_MAX);
    put(status, ptn_buffer_add_u8(out, (uint8_t)text.len));
    put(status, ptn_buffer_add(out, text));
}

static void put_time(struct ptn_status *status, struct ptn_buffer *out,
                     const struct ptn_manifest_time *time)
{
    put(status, ptn_buffer_add_u16(out, time->date.year));
    put(status, ptn_buffer_add_u8(out, time->date.month));
    put(status, ptn_buffer_add_u8(out, time->date.day));
    put(status, ptn_buffer_add_u8(out, time->has_time ? 1 : 0));
    put(status, ptn_buffer_add_u8(out, time->hour));
    put(status, ptn_buffer_add_u8(out, time->minute));
}

static void put_long(struct ptn_status *status, struct ptn_buffer *out, struct ptn_bytes text)
{
    put(status, ptn_buffer_add_u32(out, (uint32_t)text.len));
    put(status, ptn_buffer_add(out, text));
}

static void put_person(struct ptn_status *status, struct ptn_buffer *out,
                       const struct ptn_told_person *person)
{
    unsigned flags = (person->own ? FLAG_OWN : 0u) | (person->known ? FLAG_KNOWN : 0u);

    put_text(status, out, person->booking);
    put_text(status, out, person->reference);
    put_text(status, out, person->transaction);
    put_text(status, out, person->common);
    put(status, ptn_buffer_add_u8(out, (uint8_t)(person->answer - PTN_REPLY_PERSON_BOARD)));
    put(status, ptn_buffer_add_u8(out, (uint8_t)flags));
    put(status, ptn_buffer_add_u8(out, (uint8_t)person->tag_count));
    put(status,
        ptn_buffer_add(out, ptn_bytes_of(person->tags, person->tag_count * PTN_PERMIT_TAG_LEN)));
}

struct ptn_status ptn_told_write(const struct ptn_told *told, struct ptn_buffer *out)
{
    const struct ptn_manifest_flight *flight = &told->flight;
    size_t before = out->len;
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_buffer_add_text(out, MAGIC);

    put(&status, ptn_buffer_add_u64(out, told->changes));
    put(&status, ptn_buffer_add_u64(out, (uint64_t)told->until_ms));
    put(&status, ptn_buffer_add_u32(out, (uint32_t)told->day));
    put(&status, ptn_buffer_add(out, ptn_bytes_of(told->salt, PTN_SHA256_LEN)));
    put_text(&status, out, told->carrier);
    put_text(&status, out, told->sender);
    put_text(&status, out, told->recipient);
    put_text(&status, out, told->application);
    put_text(&status, out, flight->carrier);
    put_text(&status, out, flight->number);
    put_text(&status, out, flight->from);
    put_text(&status, out, flight->to);
    put_time(&status, out, &flight->departure);
    put_time(&status, out, &flight->arrival);
    put(&status, ptn_buffer_add_u32(out, (uint32_t)told->person_count));
    for (size_t i = 0; i < told->person_count && ptn_ok(status); i++)
        put_person(&status, out, &told->people[i]);
    put_long(&status, out, told->note);
    put_long(&status, out, told->answer);
    covered = ptn_bytes_slice(ptn_buffer_bytes(out), before, SIZE_MAX);
    if (ptn_ok(status))
        status = ptn_sha256(&covered, 1, digest);
    put(&status, ptn_buffer_add(out, ptn_bytes_of(digest, sizeof(digest))));
    return status;
}

/* ---- reading ---- */

static bool take_text(struct ptn_cursor *cursor, struct ptn_bytes *ret_text)
{
    uint8_t len = 0;

    return ptn_ok(ptn_cursor_take_u8(cursor, &len)) && len <= TEXT_MAX &&
           ptn_ok(ptn_cursor_take(cursor, len, ret_text));
}

static bool take_long(struct ptn_cursor *cursor, struct ptn_bytes *ret_text)
{
    uint32_t len = 0;

    return ptn_ok(ptn_cursor_take_u32(cursor, &len)) &&
           ptn_ok(ptn_cursor_take(cursor, len, ret_text));
}

static bool take_time(struct ptn_cursor *cursor, struct ptn_manifest_time *ret_time)
{
    uint8_t has_time = 0;

    if (!ptn_ok(ptn_cursor_take_u16(cursor, &ret_time->date.year)) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &ret_time->date.month)) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &ret_time->date.day)) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &has_time)) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &ret_time->hour)) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &ret_time->minute)))
        return false;
    ret_time->has_time = has_time == 1;
    return has_time <= 1 && ret_time->hour < 24 && ret_time->minute < 60 &&
           (ptn_date_is_none(ret_time->date) || ptn_date_is_possible(ret_time->date));
}

static bool take_person(struct ptn_cursor *cursor, struct ptn_told_person *ret_person)
{
    uint8_t answer = 0;
    uint8_t flags = 0;
    uint8_t tags = 0;
    struct ptn_bytes bytes;

    if (!take_text(cursor, &ret_person->booking) || !take_text(cursor, &ret_person->reference) ||
        !take_text(cursor, &ret_person->transaction) || !take_text(cursor, &ret_person->common) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &answer)) ||
        !ptn_ok(ptn_cursor_take_u8(cursor, &flags)) || !ptn_ok(ptn_cursor_take_u8(cursor, &tags)) ||
        answer > PTN_REPLY_PERSON_BOARD_INCOMPLETE - PTN_REPLY_PERSON_BOARD ||
        flags > (FLAG_OWN | FLAG_KNOWN) || tags > PTN_TOLD_TAGS_MAX ||
        !ptn_ok(ptn_cursor_take(cursor, tags * (size_t)PTN_PERMIT_TAG_LEN, &bytes)))
        return false;
    ret_person->answer = (enum ptn_reply_answer)(PTN_REPLY_PERSON_BOARD + answer);
    ret_person->own = (flags & FLAG_OWN) != 0;
    ret_person->known = (flags & FLAG_KNOWN) != 0;
    ret_person->tag_count = tags;
    ret_person->tags = bytes.at;
    return true;
}

static bool take_head(struct ptn_cursor *cursor, struct ptn_told *told, uint32_t *ret_count)
{
    struct ptn_manifest_flight *flight = &told->flight;
    struct ptn_bytes magic;
    struct ptn_bytes salt;
    uint64_t until = 0;
    uint32_t day = 0;

    if (!ptn_ok(ptn_cursor_take(cursor, MAGIC_LEN, &magic)) || !ptn_bytes_is(magic, MAGIC) ||
        !ptn_ok(ptn_cursor_take_u64(cursor, &told->changes)) ||
        !ptn_ok(ptn_cursor_take_u64(cursor, &until)) ||
        !ptn_ok(ptn_cursor_take_u32(cursor, &day)) ||
        !ptn_ok(ptn_cursor_take(cursor, PTN_SHA256_LEN, &salt)) ||
        !take_text(cursor, &told->carrier) || !take_text(cursor, &told->sender) ||
        !take_text(cursor, &told->recipient) || !take_text(cursor, &told->application) ||
        !take_text(cursor, &flight->carrier) || !take_text(cursor, &flight->number) ||
        !take_text(cursor, &flight->from) || !take_text(cursor, &flight->to) ||
        !take_time(cursor, &flight->departure) || !take_time(cursor, &flight->arrival) ||
        !ptn_ok(ptn_cursor_take_u32(cursor, ret_count)))
        return false;
    told->until_ms = (int64_t)until;
    told->day = (int32_t)day;
    told->salt = salt.at;
    return until <= INT64_MAX && day <= PTN_TOLD_DAY_MAX && *ret_count <= PTN_TOLD_PEOPLE_MAX &&
           told->changes < UINT64_MAX;
}

struct ptn_status ptn_told_parse(struct ptn_bytes file, struct ptn_arena *arena,
                                 struct ptn_told *ret_told)
{
    struct ptn_told told = { .changes = 0 };
    struct ptn_bytes covered =
        ptn_bytes_slice(file, 0, file.len > PTN_SHA256_LEN ? file.len - PTN_SHA256_LEN : 0);
    struct ptn_cursor cursor = ptn_cursor_at(covered);
    uint8_t digest[PTN_SHA256_LEN];
    uint32_t count = 0;

    if (covered.len == 0 || file.len > PTN_TOLD_FILE_MAX ||
        !ptn_ok(ptn_sha256(&covered, 1, digest)) ||
        memcmp(digest, file.at + covered.len, sizeof(digest)) != 0 ||
        !take_head(&cursor, &told, &count))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    told.people = ptn_arena_take(arena, (count + 1) * sizeof(*told.people));
    if (told.people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (; told.person_count < count; told.person_count++)
        if (!take_person(&cursor, &told.people[told.person_count]))
            return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (!take_long(&cursor, &told.note) || !take_long(&cursor, &told.answer) ||
        ptn_cursor_left(&cursor) > 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_told = told;
    return PTN_OK;
}

/* ---- one flight's file ---- */

struct ptn_status ptn_told_name(const struct ptn_told *told, char name[PTN_TOLD_NAME_SIZE])
{
    char day[PTN_DATE_TEXT_SIZE];
    const struct ptn_bytes line = PTN_BYTES_LITERAL("\n");
    const struct ptn_bytes parts[] = {
        told->carrier,
        line,
        told->flight.carrier,
        line,
        told->flight.number,
        line,
        told->flight.from,
        line,
        told->flight.to,
        line,
        ptn_bytes_from_text(ptn_date_write(told->flight.departure.date, day)),
        line,
        ptn_bytes_of(told->salt, PTN_SHA256_LEN),
    };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest);

    if (ptn_ok(status))
        (void)ptn_hex_write(digest, NAME_BYTES, name);
    return status;
}

struct ptn_status ptn_told_path(const char *dir, const char *name, const char *suffix,
                                char path[PTN_NODE_PATH_MAX])
{
    int len = snprintf(path, PTN_NODE_PATH_MAX, "%s/" PTN_TOLD_DIR "/%s%s", dir, name, suffix);

    return (struct ptn_status){ len < 0 || (size_t)len >= PTN_NODE_PATH_MAX ? PTN_C_TOO_BIG
                                                                            : PTN_C_OK };
}

/* A day without a time ends with it. */
static int64_t end_ms(const struct ptn_manifest_time *time)
{
    int64_t minutes = time->has_time ? time->hour * INT64_C(60) + time->minute : INT64_C(24) * 60;

    return ptn_date_to_days(time->date) * DAY_MS + minutes * 60000;
}

int64_t ptn_told_until(const struct ptn_manifest_flight *flight, int64_t now_ms)
{
    int64_t until_ms = INT64_MAX;

    if (ptn_date_is_full(flight->departure.date)) /* the last clock to show it is 12 hours behind */
        until_ms = end_ms(&flight->departure) + DAY_MS / 2;
    if (ptn_date_is_full(flight->arrival.date)) {
        int64_t local_ms = end_ms(&flight->arrival);
        int64_t there_ms = local_ms - ptn_place_utc_offset_minutes(local_ms) * INT64_C(60000);

        until_ms = there_ms < until_ms ? there_ms : until_ms;
    }
    return until_ms == INT64_MAX ? now_ms + DAY_MS : until_ms;
}

/* ---- an update, from the answer to the file ---- */

struct ptn_status ptn_told_update(enum ptn_told_as as, const struct ptn_told *told,
                                  struct ptn_buffer *updates)
{
    static const uint8_t letters[] = {
        [PTN_TOLD_KEEP] = UPDATE_KEEP, [PTN_TOLD_GONE] = UPDATE_GONE, [PTN_TOLD_OVER] = UPDATE_OVER
    };
    struct ptn_buffer one = { .len_max = PTN_TOLD_FILE_MAX };
    struct ptn_status status = ptn_told_write(told, &one);

    put(&status, ptn_buffer_add_u8(updates, letters[as]));
    put_long(&status, updates, ptn_buffer_bytes(&one));
    ptn_buffer_release(&one);
    return status;
}

static bool same_person(const struct ptn_told_person *a, const struct ptn_told_person *b)
{
    return ptn_bytes_equal(ptn_bytes_slice(a->booking, 0, TEXT_MAX), b->booking) &&
           ptn_bytes_equal(ptn_bytes_slice(a->reference, 0, TEXT_MAX), b->reference);
}

/* Into more: everybody of former whom the update does not name, then whom it keeps. TOO_BIG: a
 * flight of more people than is kept. */
static struct ptn_status merge(const struct ptn_told *former, const struct ptn_told *update,
                               bool gone, struct ptn_arena *arena, struct ptn_told *more)
{
    size_t most = former->person_count + update->person_count;
    struct ptn_told_person *people = ptn_arena_take(arena, (most + 1) * sizeof(*people));
    size_t count = 0;

    if (people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < former->person_count; i++) {
        size_t k = 0;

        while (k < update->person_count && !same_person(&former->people[i], &update->people[k]))
            k++;
        if (k == update->person_count)
            people[count++] = former->people[i];
    }
    for (size_t i = 0; i < update->person_count && !gone; i++)
        people[count++] = update->people[i];
    if (count > PTN_TOLD_PEOPLE_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    *more = gone ? *former : *update; /* who does not travel says nothing of the flight */
    more->changes = former->changes;
    more->people = people;
    more->person_count = count;
    return PTN_OK;
}

static bool count_one(void *context, const char *name)
{
    size_t *count = context;

    (void)name;
    return ++*count < PTN_TOLD_FLIGHTS_MAX;
}

/* Whether one flight more may be kept. */
static bool has_room(const struct ptn_world *world, const char *dir)
{
    char path[PTN_NODE_PATH_MAX];
    size_t count = 0;

    return ptn_ok(ptn_node_path(path, dir, PTN_TOLD_DIR)) &&
           ptn_ok(world->files->list(world->context, path, count_one, &count)) &&
           count < PTN_TOLD_FLIGHTS_MAX;
}

/* The folders, too: whoever brought no table yet has none. */
static struct ptn_status make_dirs(const struct ptn_world *world, const char *dir)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, dir, PTN_BOARDING_DIR);

    if (ptn_ok(status))
        status = world->files->make_dir(world->context, path);
    if (ptn_ok(status))
        status = ptn_node_path(path, dir, PTN_TOLD_DIR);
    return ptn_ok(status) ? world->files->make_dir(world->context, path) : status;
}

static struct ptn_status write_file(const struct ptn_world *world, const char *path,
                                    const struct ptn_told *told)
{
    struct ptn_buffer out = { .len_max = PTN_TOLD_FILE_MAX };
    struct ptn_status status = ptn_told_write(told, &out);

    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return status;
}

/* A change that is on its way out must have gone before its flight's file is touched. */
static struct ptn_status apply(const struct ptn_world *world, const char *dir, uint8_t letter,
                               const struct ptn_told *update, struct ptn_arena *arena,
                               bool *ret_left_out)
{
    struct ptn_buffer file = { .len_max = PTN_TOLD_FILE_MAX };
    struct ptn_told former = { .changes = 0 };
    struct ptn_told more;
    char name[PTN_TOLD_NAME_SIZE];
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_told_name(update, name);

    if (ptn_ok(status))
        status = ptn_told_path(dir, name, PTN_TOLD_NEXT, path);
    if (ptn_ok(status) && world->files->exists(world->context, path))
        status = (struct ptn_status){ PTN_C_BUSY };
    if (ptn_ok(status))
        status = ptn_told_path(dir, name, "", path);
    if (!ptn_ok(status))
        return status;
    status = world->files->read(world->context, path, &file);
    if (ptn_ok(status) && ptn_ok(ptn_told_parse(ptn_buffer_bytes(&file), arena, &former))) {
        status = letter == UPDATE_OVER
                     ? world->files->remove(world->context, path)
                     : merge(&former, update, letter == UPDATE_GONE, arena, &more);
        if (ptn_ok(status) && letter != UPDATE_OVER)
            status = write_file(world, path, &more);
    } else if ((ptn_ok(status) || status.code == PTN_C_NOT_FOUND) && letter == UPDATE_KEEP) {
        *ret_left_out = !has_room(world, dir);
        status = *ret_left_out ? PTN_OK : write_file(world, path, update);
    }
    ptn_buffer_release(&file);
    if (status.code == PTN_C_TOO_BIG) {
        *ret_left_out = true;
        status = PTN_OK;
    }
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_told_apply(const struct ptn_world *world, const char *dir,
                                 struct ptn_bytes updates, size_t *ret_left_out)
{
    struct ptn_cursor cursor = ptn_cursor_at(updates);
    struct ptn_arena *arena = NULL;
    struct ptn_status status;

    *ret_left_out = 0;
    if (updates.len == 0)
        return PTN_OK;
    arena = ptn_arena_new(ARENA_MAX);
    if (arena == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = make_dirs(world, dir);
    while (ptn_ok(status) && ptn_cursor_left(&cursor) > 0) {
        uint8_t letter = 0;
        struct ptn_bytes one = PTN_BYTES_NONE;
        struct ptn_told update;
        bool left_out = false;

        ptn_arena_clear(arena);
        if (!ptn_ok(ptn_cursor_take_u8(&cursor, &letter)) || !take_long(&cursor, &one))
            break;
        if (ptn_ok(status))
            status = ptn_told_parse(one, arena, &update);
        if (ptn_ok(status)) {
            status = apply(world, dir, letter, &update, arena, &left_out);
        } else if (status.code == PTN_C_BAD_INPUT) { /* a carrier's odd text stops no answer */
            left_out = true;
            status = PTN_OK;
        }
        *ret_left_out += left_out ? 1 : 0;
    }
    ptn_arena_free(arena);
    return status;
}
