/* watch/register_build.c -- a list of numbers into a register: read, sorted by radix, written. */
#include <stdlib.h>

#include "watch/register_int.h"

#define ROWS_FIRST 4096u
#define DIGIT_BITS 16u
#define DIGITS     (1u << DIGIT_BITS)

struct row {
    uint64_t code;
    uint16_t group; /* as they were met; `order` brings them into theirs */
    uint16_t day;
    uint8_t kind; /* type and reason, as in the file */
};

struct long_row {
    uint16_t group;
    uint8_t bytes[LONG_LEN];
};

struct group {
    uint8_t name[4]; /* class, issuer: as in the file */
    uint64_t rows, long_rows;
};

struct build {
    const struct ptn_snapshot_input *input;
    struct row *rows;
    size_t count, room;
    struct long_row *longs;
    size_t long_count, long_room;
    struct group groups[PTN_REGISTER_GROUP_MAX];
    size_t group_count, last_group;
    uint16_t order[PTN_REGISTER_GROUP_MAX]; /* a group's place in the file */
    struct ptn_bytes reasons[PTN_REGISTER_REASON_MAX];
    size_t reason_count;
    struct ptn_arena *arena; /* of reasons */
    size_t rejected;
};

/* ---- taking rows ---- */

/* The rows with room for one more. */
static void *grown(void *rows, size_t count, size_t *room, size_t size)
{
    size_t wider = *room == 0 ? ROWS_FIRST : *room + *room / 2;
    void *moved;

    if (count < *room)
        return rows;
    if (wider > SIZE_MAX / size)
        return NULL;
    moved = realloc(rows, wider * size);
    if (moved != NULL)
        *room = wider;
    return moved;
}

/* The group's number, a new one if need be; PTN_REGISTER_GROUP_MAX when there is no more room. */
static size_t group_of(struct build *build, char class, const char *issuer)
{
    uint8_t name[4] = { (uint8_t) class };

    memcpy(name + 1, issuer, strnlen(issuer, 3));
    if (build->last_group < build->group_count &&
        memcmp(build->groups[build->last_group].name, name, sizeof(name)) == 0)
        return build->last_group;
    for (size_t i = 0; i < build->group_count; i++)
        if (memcmp(build->groups[i].name, name, sizeof(name)) == 0)
            return build->last_group = i;
    if (build->group_count == PTN_REGISTER_GROUP_MAX)
        return PTN_REGISTER_GROUP_MAX;
    memcpy(build->groups[build->group_count].name, name, sizeof(name));
    return build->last_group = build->group_count++;
}

/* Passports, identity cards, other documents, plates: 0 to 3. */
static unsigned type_of(enum ptn_list_number_type type)
{
    return type <= PTN_NUMBER_OTHER_DOCUMENT ? (unsigned)type : 3u;
}

/* From 1; 0 for none and for those past the last that have a number. */
static unsigned reason_of(struct build *build, const struct ptn_list_entry *entry)
{
    struct ptn_bytes text = PTN_BYTES_NONE;
    const char *copy;

    for (size_t i = 0; i < entry->fact_count && text.len == 0; i++)
        if (entry->facts[i].type == PTN_FACT_REASON)
            text = ptn_bytes_slice(entry->facts[i].text, 0, UINT16_MAX);
    if (text.len == 0)
        return 0;
    for (size_t i = 0; i < build->reason_count; i++)
        if (ptn_bytes_equal(build->reasons[i], text))
            return (unsigned)i + 1;
    copy =
        build->reason_count < PTN_REGISTER_REASON_MAX ? ptn_arena_text(build->arena, text) : NULL;
    if (copy == NULL)
        return 0;
    build->reasons[build->reason_count++] = ptn_bytes_of(copy, text.len);
    return (unsigned)build->reason_count;
}

static uint16_t day_of(struct ptn_date date)
{
    int32_t day;

    if (date.year == 0)
        return 0;
    day = ptn_date_to_days(ptn_date_first(date)) + 1;
    if (day < 1)
        return 0;
    return day > UINT16_MAX ? UINT16_MAX : (uint16_t)day;
}

static struct ptn_status reject(struct build *build, const struct ptn_list_entry *entry,
                                const char *reason)
{
    const struct ptn_list_note note = { true, "main", entry->line, entry->id, reason };

    build->rejected++;
    if (build->input->note != NULL)
        build->input->note(build->input->note_context, &note);
    return PTN_OK;
}

static struct ptn_status take_long(struct build *build, struct row row, const uint8_t *key,
                                   size_t len)
{
    struct long_row *longs =
        grown(build->longs, build->long_count, &build->long_room, sizeof(build->longs[0]));
    struct long_row *one;

    if (longs == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    build->longs = longs;
    one = &longs[build->long_count++];
    *one = (struct long_row){ .group = row.group };
    one->bytes[LONG_KEY_LEN] = (uint8_t)len;
    memcpy(one->bytes + LONG_KEY, key, len);
    ptn_put16(one->bytes + LONG_ATTRIBUTE + ATTRIBUTE_DAY, row.day);
    one->bytes[LONG_ATTRIBUTE + ATTRIBUTE_KIND] = row.kind;
    return PTN_OK;
}

static struct ptn_status take_entry(void *context, const struct ptn_list_entry *entry)
{
    struct build *build = context;
    const struct ptn_list_number *number = entry->number_count == 0 ? NULL : &entry->numbers[0];
    char class = 0;
    uint8_t key[PTN_KEY_LEN_MAX];
    size_t len = 0, group;
    struct row row = { 0 };
    struct row *rows;

    if (number != NULL)
        class = ptn_key_class(number->type);
    if (class != 0)
        len = ptn_key_of(class, number->number, key);
    if ((class != 'd' && class != 'p') || len == 0)
        return reject(build, entry, "no number that is looked up");
    if (len > PTN_REGISTER_LONG_LEN)
        return reject(build, entry, "the number is longer than a register holds");
    group = group_of(build, class, number->issuer);
    if (group == PTN_REGISTER_GROUP_MAX)
        return reject(build, entry, "more issuers than a register holds");
    row.group = (uint16_t)group;
    row.day = day_of(entry->listed_on);
    row.kind = (uint8_t)(type_of(number->type) | reason_of(build, entry) << 2);
    if (!ptn_register_code(key, len, &row.code))
        return take_long(build, row, key, len);
    rows = grown(build->rows, build->count, &build->room, sizeof(build->rows[0]));
    if (rows == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    build->rows = rows;
    rows[build->count++] = row;
    return PTN_OK;
}

static struct ptn_status take_note(void *context, const struct ptn_list_note *note)
{
    const struct build *build = context;

    if (build->input->note != NULL)
        build->input->note(build->input->note_context, note);
    return PTN_OK;
}

/* ---- sorting ---- */

static void order_groups(struct build *build)
{
    uint16_t sorted[PTN_REGISTER_GROUP_MAX];

    for (size_t i = 0; i < build->group_count; i++) {
        size_t at = i;

        for (; at > 0 && memcmp(build->groups[sorted[at - 1]].name, build->groups[i].name, 4) > 0;
             at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = (uint16_t)i;
    }
    for (size_t i = 0; i < build->group_count; i++)
        build->order[sorted[i]] = (uint16_t)i;
}

/* What a pass sorts by: the attributes, then four digits of the code, then the group. */
static unsigned digit_of(const struct build *build, const struct row *row, unsigned pass)
{
    if (pass == 0)
        return row->kind;
    if (pass == 1)
        return row->day;
    if (pass < 6)
        return (unsigned)(row->code >> (DIGIT_BITS * (pass - 2))) & (DIGITS - 1);
    return build->order[row->group];
}

/* Least digit first: one content has one order, whatever the list's. */
PTN_MUST_USE static struct ptn_status sort_rows(struct build *build)
{
    struct row *from = build->rows, *to;
    size_t *starts = calloc(DIGITS, sizeof(*starts));

    to = malloc((build->count + 1) * sizeof(*to));
    if (starts == NULL || to == NULL) {
        free(starts);
        free(to);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    for (unsigned pass = 0; pass < 7 && build->count > 0; pass++) {
        struct row *other = to;
        size_t sum = 0;

        memset(starts, 0, DIGITS * sizeof(*starts));
        for (size_t i = 0; i < build->count; i++)
            starts[digit_of(build, &from[i], pass)]++;
        if (starts[digit_of(build, &from[0], pass)] == build->count)
            continue; /* all alike */
        for (unsigned i = 0; i < DIGITS; i++) {
            size_t count = starts[i];

            starts[i] = sum;
            sum += count;
        }
        for (size_t i = 0; i < build->count; i++)
            to[starts[digit_of(build, &from[i], pass)]++] = from[i];
        to = from;
        from = other;
    }
    free(to);
    free(starts);
    build->rows = from;
    return PTN_OK;
}

static int compare_longs(const void *a, const void *b, void *context)
{
    const struct long_row *x = a, *y = b;
    const struct build *build = context;
    size_t x_len = x->bytes[LONG_KEY_LEN], y_len = y->bytes[LONG_KEY_LEN];
    int order = (int)build->order[x->group] - (int)build->order[y->group];

    if (order == 0)
        order = memcmp(x->bytes + LONG_KEY, y->bytes + LONG_KEY, x_len < y_len ? x_len : y_len);
    if (order == 0)
        order = (int)x_len - (int)y_len;
    return order != 0 ? order : memcmp(x->bytes, y->bytes, LONG_LEN);
}

/* Drop what stands twice, and count each group's rows. */
static void settle(struct build *build)
{
    size_t kept = 0;

    for (size_t i = 0; i < build->count; i++) {
        const struct row *row = &build->rows[i], *last = &build->rows[kept - (kept > 0)];

        if (kept > 0 && row->code == last->code && row->group == last->group &&
            row->day == last->day && row->kind == last->kind)
            continue;
        build->groups[row->group].rows++;
        build->rows[kept++] = *row;
    }
    build->count = kept;
    kept = 0;
    for (size_t i = 0; i < build->long_count; i++) {
        const struct long_row *row = &build->longs[i];

        if (kept > 0 && row->group == build->longs[kept - 1].group &&
            memcmp(row->bytes, build->longs[kept - 1].bytes, LONG_LEN) == 0)
            continue;
        build->groups[row->group].long_rows++;
        build->longs[kept++] = *row;
    }
    build->long_count = kept;
}

/* ---- writing ---- */

struct output {
    struct build *build;
    struct ptn_buffer file;
    struct ptn_status status;
};

static void put_bytes(struct output *out, const uint8_t *at, size_t len)
{
    if (ptn_ok(out->status))
        out->status = ptn_buffer_add(&out->file, ptn_bytes_of(at, len));
}

static void put_number(struct output *out, uint64_t value)
{
    uint8_t at[8];

    ptn_put64(at, value);
    put_bytes(out, at, sizeof(at));
}

static void begin_section(struct output *out, enum ptn_register_section section)
{
    static const uint8_t zero[PTN_REGISTER_ALIGNMENT] = { 0 };
    size_t over = out->file.len % PTN_REGISTER_ALIGNMENT;

    if (over != 0)
        put_bytes(out, zero, PTN_REGISTER_ALIGNMENT - over);
    if (ptn_ok(out->status))
        ptn_put64(out->file.at + PTN_REGISTER_TABLE_AT + (size_t)16 * section, out->file.len);
}

static void end_section(struct output *out, enum ptn_register_section section)
{
    uint8_t *line;

    if (!ptn_ok(out->status))
        return;
    line = out->file.at + PTN_REGISTER_TABLE_AT + (size_t)16 * section;
    ptn_put64(line + 8, out->file.len - ptn_le64(line));
}

static void put_text(struct output *out, struct ptn_bytes text)
{
    uint8_t len[2];

    if (text.len > UINT16_MAX)
        text.len = 0; /* none of ours is */
    ptn_put16(len, (unsigned)text.len);
    put_bytes(out, len, sizeof(len));
    put_bytes(out, text.at, text.len);
}

static void write_texts(struct output *out, const struct ptn_list_profile *profile,
                        const struct ptn_list_summary *summary)
{
    char instant[PTN_INSTANT_TEXT_SIZE];
    struct ptn_bytes edition = PTN_BYTES_NONE;

    if (summary->edition_ms != 0)
        edition = ptn_bytes_from_text(ptn_instant_write(summary->edition_ms, instant));
    begin_section(out, REGISTER_TEXT);
    put_text(out, out->build->input->name);
    put_text(out, edition);
    put_text(out, profile->key);
    put_text(out, profile->set_by);
    put_text(out, profile->set_reason);
    for (size_t i = 0; i < out->build->reason_count; i++)
        put_text(out, out->build->reasons[i]);
    end_section(out, REGISTER_TEXT);
}

static void write_groups(struct output *out)
{
    const struct build *build = out->build;
    uint64_t first = 0, long_first = 0;
    uint16_t sorted[PTN_REGISTER_GROUP_MAX];

    for (size_t i = 0; i < build->group_count; i++)
        sorted[build->order[i]] = (uint16_t)i;
    begin_section(out, REGISTER_GROUPS);
    for (size_t i = 0; i < build->group_count; i++) {
        const struct group *group = &build->groups[sorted[i]];
        uint8_t at[GROUP_LEN] = { 0 };

        memcpy(at, group->name, sizeof(group->name));
        ptn_put64(at + GROUP_FIRST, first);
        ptn_put64(at + GROUP_ROWS, group->rows);
        ptn_put64(at + GROUP_LONG_FIRST, long_first);
        ptn_put64(at + GROUP_LONG_ROWS, group->long_rows);
        put_bytes(out, at, sizeof(at));
        first += group->rows;
        long_first += group->long_rows;
    }
    end_section(out, REGISTER_GROUPS);
}

static void write_rows(struct output *out)
{
    const struct build *build = out->build;

    begin_section(out, REGISTER_TOPS);
    for (size_t i = 0; i < build->count; i += PTN_REGISTER_STEP)
        put_number(out, build->rows[i].code);
    end_section(out, REGISTER_TOPS);
    begin_section(out, REGISTER_CODES);
    for (size_t i = 0; i < build->count; i++)
        put_number(out, build->rows[i].code);
    end_section(out, REGISTER_CODES);
    begin_section(out, REGISTER_ATTRIBUTES);
    for (size_t i = 0; i < build->count; i++) {
        uint8_t at[ATTRIBUTE_LEN] = { 0 };

        ptn_put16(at + ATTRIBUTE_DAY, build->rows[i].day);
        at[ATTRIBUTE_KIND] = build->rows[i].kind;
        put_bytes(out, at, sizeof(at));
    }
    end_section(out, REGISTER_ATTRIBUTES);
    begin_section(out, REGISTER_LONG);
    for (size_t i = 0; i < build->long_count; i++)
        put_bytes(out, build->longs[i].bytes, LONG_LEN);
    end_section(out, REGISTER_LONG);
}

static void write_blocks(struct output *out)
{
    size_t end;

    begin_section(out, REGISTER_BLOCKS);
    end = out->file.len;
    for (size_t at = PTN_REGISTER_HEADER_LEN; at < end && ptn_ok(out->status);
         at += PTN_REGISTER_BLOCK_LEN) {
        struct ptn_bytes part =
            ptn_bytes_slice(ptn_buffer_bytes(&out->file), at,
                            end - at < PTN_REGISTER_BLOCK_LEN ? end - at : PTN_REGISTER_BLOCK_LEN);
        uint8_t digest[PTN_SHA256_LEN];

        out->status = ptn_sha256(&part, 1, digest);
        put_bytes(out, digest, sizeof(digest));
    }
    end_section(out, REGISTER_BLOCKS);
    if (ptn_ok(out->status)) {
        struct ptn_bytes blocks = ptn_bytes_slice(ptn_buffer_bytes(&out->file), end, SIZE_MAX);

        out->status = ptn_sha256(&blocks, 1, out->file.at + REGISTER_HASH);
    }
}

/* The header's fields; last, when everything they count is written. */
static void write_header(struct output *out, const struct ptn_list_profile *profile,
                         const struct ptn_list_summary *summary, const uint8_t *list_hash,
                         int64_t now_ms)
{
    const struct build *build = out->build;
    uint8_t *header = out->file.at;
    struct ptn_bytes part;

    if (!ptn_ok(out->status))
        return;
    memcpy(header, ptn_register_magic, sizeof(ptn_register_magic));
    ptn_put32(header + 8, PTN_REGISTER_VERSION);
    ptn_put32(header + REGISTER_GROUP_COUNT, (uint32_t)build->group_count);
    ptn_put64(header + REGISTER_LEN, out->file.len);
    ptn_put64(header + REGISTER_MADE, (uint64_t)now_ms);
    ptn_put64(header + REGISTER_ROWS, build->count);
    ptn_put64(header + REGISTER_LONG_ROWS, build->long_count);
    ptn_put64(header + REGISTER_READ, summary->rows);
    ptn_put64(header + REGISTER_REJECTED, summary->rejected);
    ptn_put64(header + REGISTER_NOTED, summary->noted);
    ptn_put64(header + REGISTER_EDITION_MS, (uint64_t)summary->edition_ms);
    memcpy(header + REGISTER_LIST_HASH, list_hash, PTN_SHA256_LEN);
    header[REGISTER_FORMAT] = (uint8_t)build->input->format;
    header[REGISTER_ON_ENTRY] = (uint8_t)profile->on_entry.action;
    header[REGISTER_ON_EXIT] = (uint8_t)profile->on_exit.action;
    ptn_put32(header + REGISTER_REASONS, (uint32_t)build->reason_count);
    part = ptn_bytes_of(header, PTN_REGISTER_DIGEST_AT);
    out->status = ptn_sha256(&part, 1, header + PTN_REGISTER_DIGEST_AT);
}

PTN_MUST_USE static struct ptn_status write_all(struct build *build, const struct ptn_world *world,
                                                const struct ptn_list_summary *summary,
                                                const uint8_t *list_hash, const char *path)
{
    static const uint8_t zero[PTN_REGISTER_HEADER_LEN] = { 0 };
    struct ptn_list_profile profile = build->input->profile != NULL
                                          ? *build->input->profile
                                          : ptn_list_profile_of(build->input->format);
    size_t room = (build->count + 1) * (CODE_LEN + ATTRIBUTE_LEN) + build->long_count * LONG_LEN;
    struct output out = { .build = build, .status = PTN_OK };
    uint8_t *unused; /* one growth for the whole file */

    ptn_buffer_init(&out.file, SIZE_MAX);
    out.status = ptn_buffer_reserve(&out.file, room + room / 64 + (1u << 20), &unused);
    put_bytes(&out, zero, sizeof(zero));
    write_texts(&out, &profile, summary);
    write_groups(&out);
    write_rows(&out);
    write_blocks(&out);
    write_header(&out, &profile, summary, list_hash, world->now_ms(world->context));
    if (ptn_ok(out.status))
        out.status = world->files->replace(world->context, path, ptn_buffer_bytes(&out.file));
    ptn_buffer_release(&out.file);
    return out.status;
}

/* ---- the whole ---- */

PTN_MUST_USE static struct ptn_status read_list(struct build *build, const struct ptn_world *world,
                                                struct ptn_list_summary *summary,
                                                uint8_t *list_hash, struct ptn_diag *reterr)
{
    const struct ptn_list_sink sink = { build, take_entry, take_note };
    struct ptn_list_source source = { .format = build->input->format };
    struct ptn_map *map = NULL;
    struct ptn_status status =
        world->files->map(world->context, build->input->path, &map, &source.main);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the list's file cannot be read");
    status = ptn_list_read(&source, &sink, summary, reterr);
    if (ptn_ok(status))
        status = ptn_sha256(&source.main, 1, list_hash);
    world->files->unmap(world->context, map);
    summary->entries -= build->rejected;
    summary->rejected += build->rejected;
    return status;
}

struct ptn_status ptn_register_build(const struct ptn_world *world,
                                     const struct ptn_snapshot_input *input, const char *path,
                                     struct ptn_list_summary *ret_summary, struct ptn_diag *reterr)
{
    struct build *build;
    struct ptn_list_summary summary = { 0 };
    uint8_t list_hash[PTN_SHA256_LEN];
    struct ptn_status status;

    if (input->format != PTN_LIST_STOLEN_CSV && input->format != PTN_LIST_VEHICLE_CSV)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a register holds a list of documents or of vehicles");
    if (input->name.len == 0 || input->name.len > 32)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a list's name has 1 to 32 characters");
    build = calloc(1, sizeof(*build));
    if (build == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    build->input = input;
    build->arena = ptn_arena_new((size_t)PTN_REGISTER_REASON_MAX * (UINT16_MAX + 64u));
    status.code = build->arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    if (ptn_ok(status))
        status = read_list(build, world, &summary, list_hash, reterr);
    if (ptn_ok(status)) {
        order_groups(build);
        if (build->long_count > 0)
            qsort_r(build->longs, build->long_count, sizeof(build->longs[0]), compare_longs, build);
        status = sort_rows(build);
    }
    if (ptn_ok(status)) {
        settle(build);
        status = write_all(build, world, &summary, list_hash, path);
    }
    if (ptn_ok(status))
        *ret_summary = summary;
    else if (status.code == PTN_C_NO_MEMORY || status.code == PTN_C_IO)
        status = ptn_fail(status.code, reterr, 0, "the register cannot be written");
    free(build->rows);
    free(build->longs);
    ptn_arena_free(build->arena);
    free(build);
    return status;
}
