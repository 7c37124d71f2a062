/* watch/build.c -- lists read for one snapshot: their rows are kept as they come, in arrays. */
#include "watch/build_int.h"
#include "watch/list_int.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_LEN_MAX ((size_t)UINT32_MAX)
#define ITEM_MAX     ((size_t)UINT32_MAX - 1)

/* ---- arrays and text ---- */

PTN_MUST_USE static struct ptn_status add_item(struct ptn_built_items *items, const void *item,
                                               size_t size)
{
    if (items->count >= ITEM_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (items->count == items->room) {
        size_t room = items->room == 0 ? 256 : items->room * 2;
        void *bigger = realloc(items->at, room * size);

        if (bigger == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        items->at = bigger;
        items->room = room;
    }
    memcpy((uint8_t *)items->at + items->count * size, item, size);
    items->count++;
    return PTN_OK;
}

/* Keep a text; the failure sticks in *status. */
static struct ptn_built_ref keep(struct ptn_snapshot_builder *builder, struct ptn_bytes text,
                                 struct ptn_status *status)
{
    struct ptn_built_ref ref = { (uint32_t)builder->text.len, (uint32_t)text.len };

    if (text.len == 0 || !ptn_ok(*status))
        return (struct ptn_built_ref){ 0, 0 };
    *status = ptn_buffer_add(&builder->text, text);
    return ref;
}

struct ptn_snapshot_builder *ptn_snapshot_builder_new(const struct ptn_world *world)
{
    struct ptn_snapshot_builder *builder = calloc(1, sizeof(*builder));

    if (builder == NULL)
        return NULL;
    builder->world = world;
    ptn_buffer_init(&builder->text, TEXT_LEN_MAX);
    return builder;
}

void ptn_snapshot_builder_free(struct ptn_snapshot_builder *builder)
{
    if (builder == NULL)
        return;
    ptn_buffer_release(&builder->text);
    free(builder->lists.at);
    free(builder->entries.at);
    free(builder->names.at);
    free(builder->births.at);
    free(builder->nations.at);
    free(builder->numbers.at);
    free(builder->facts.at);
    free(builder);
}

/* ---- reading one list ---- */

struct intake {
    struct ptn_snapshot_builder *builder;
    const struct ptn_snapshot_input *input;
    uint32_t list;
};

PTN_MUST_USE static struct ptn_status take_names(struct ptn_snapshot_builder *builder,
                                                 const struct ptn_list_entry *entry)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; i < entry->name_count && ptn_ok(status); i++) {
        struct ptn_built_name name = { keep(builder, entry->names[i].text, &status),
                                       (uint8_t)entry->names[i].alias };

        if (ptn_ok(status))
            status = add_item(&builder->names, &name, sizeof(name));
    }
    for (size_t i = 0; i < entry->birth_count && ptn_ok(status); i++) {
        struct ptn_built_birth birth = { ptn_date_to_days(entry->births[i].first),
                                         ptn_date_to_days(entry->births[i].last),
                                         entry->births[i].circa };

        status = add_item(&builder->births, &birth, sizeof(birth));
    }
    for (size_t i = 0; i < entry->nation_count && ptn_ok(status); i++)
        status = add_item(&builder->nations, &entry->nations[i], sizeof(entry->nations[i]));
    return status;
}

PTN_MUST_USE static struct ptn_status take_numbers(struct ptn_snapshot_builder *builder,
                                                   const struct ptn_list_entry *entry)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; i < entry->number_count && ptn_ok(status); i++) {
        struct ptn_built_number number = { keep(builder, entry->numbers[i].number, &status),
                                           (uint8_t)entry->numbers[i].type,
                                           { 0 } };

        memcpy(number.issuer, entry->numbers[i].issuer, sizeof(number.issuer));
        if (ptn_ok(status))
            status = add_item(&builder->numbers, &number, sizeof(number));
    }
    for (size_t i = 0; i < entry->fact_count && ptn_ok(status); i++) {
        struct ptn_built_fact fact = { keep(builder, entry->facts[i].text, &status),
                                       (uint8_t)entry->facts[i].type };

        if (ptn_ok(status))
            status = add_item(&builder->facts, &fact, sizeof(fact));
    }
    return status;
}

static struct ptn_status take_entry(void *context, const struct ptn_list_entry *entry)
{
    struct intake *intake = context;
    struct ptn_snapshot_builder *builder = intake->builder;
    struct ptn_status status = PTN_OK;
    struct ptn_built_entry built = {
        .list = intake->list,
        .line = (uint32_t)(entry->line > UINT32_MAX ? UINT32_MAX : entry->line),
        .first = { (uint32_t)builder->names.count, (uint32_t)builder->births.count,
                   (uint32_t)builder->nations.count, (uint32_t)builder->numbers.count,
                   (uint32_t)builder->facts.count },
        .count = { (uint16_t)entry->name_count, (uint16_t)entry->birth_count,
                   (uint16_t)entry->nation_count, (uint16_t)entry->number_count,
                   (uint16_t)entry->fact_count },
        .kind = (uint8_t)entry->kind,
        .sex = entry->sex,
        .has_action = entry->has_action,
        .on_entry = (uint8_t)entry->on_entry,
        .on_exit = (uint8_t)entry->on_exit,
        .listed = ptn_pack_date(entry->listed_on),
        .valid = ptn_pack_date(entry->valid_until),
    };

    built.id = keep(builder, entry->id, &status);
    if (ptn_ok(status))
        status = take_names(builder, entry);
    if (ptn_ok(status))
        status = take_numbers(builder, entry);
    if (ptn_ok(status))
        status = add_item(&builder->entries, &built, sizeof(built));
    return status;
}

static struct ptn_status take_note(void *context, const struct ptn_list_note *note)
{
    struct intake *intake = context;

    if (intake->input->note != NULL)
        intake->input->note(intake->input->note_context, note);
    return PTN_OK;
}

/* ---- the files of a list ---- */

struct mapped {
    struct ptn_map *maps[4];
    struct ptn_bytes bytes[4]; /* main, aliases, addresses, comments */
};

static void unmap_all(const struct ptn_world *world, struct mapped *mapped)
{
    for (size_t i = 0; i < 4; i++)
        if (mapped->maps[i] != NULL)
            world->files->unmap(world->context, mapped->maps[i]);
}

/* "…/sdn.csv" has alt.csv, add.csv and sdn_comments.csv beside it, "…/cons_prim.csv" cons_alt.csv
 * and so on. */
PTN_MUST_USE static struct ptn_status map_side(const struct ptn_world *world, const char *main,
                                               size_t which, struct mapped *mapped)
{
    static const char *const names[2][4] = { { "", "alt.csv", "add.csv", "sdn_comments.csv" },
                                             { "", "cons_alt.csv", "cons_add.csv",
                                               "cons_comments.csv" } };
    const char *slash = strrchr(main, '/');
    const char *base = slash == NULL ? main : slash + 1;
    bool upper = base[0] >= 'A' && base[0] <= 'Z';
    bool consolidated = strncmp(base, "cons_", 5) == 0 || strncmp(base, "CONS_", 5) == 0;
    const char *name = names[consolidated ? 1 : 0][which];
    char path[4096];
    int len = snprintf(path, sizeof(path), "%.*s%s", (int)(base - main), main, name);
    struct ptn_status status;

    if (len < 0 || (size_t)len >= sizeof(path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    for (size_t i = (size_t)(base - main); upper && path[i] != '\0'; i++)
        if (path[i] >= 'a' && path[i] <= 'z')
            path[i] = (char)(path[i] - 32);
    if (!world->files->exists(world->context, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = world->files->map(world->context, path, &mapped->maps[which], &mapped->bytes[which]);
    if (!ptn_ok(status))
        mapped->maps[which] = NULL;
    return status;
}

PTN_MUST_USE static struct ptn_status map_files(struct intake *intake, struct mapped *mapped,
                                                size_t *ret_missing, struct ptn_diag *reterr)
{
    const struct ptn_world *world = intake->builder->world;
    struct ptn_status status =
        world->files->map(world->context, intake->input->path, &mapped->maps[0], &mapped->bytes[0]);

    *ret_missing = 0;
    if (!ptn_ok(status)) {
        mapped->maps[0] = NULL;
        return ptn_fail(status.code, reterr, 0, "the list's file cannot be read");
    }
    for (size_t which = 1; which < 4 && intake->input->format == PTN_LIST_OFAC_CSV; which++) {
        status = map_side(world, intake->input->path, which, mapped);
        if (status.code == PTN_C_NOT_FOUND && which == 1) {
            const struct ptn_list_note note = { false, "aliases", 0, PTN_BYTES_NONE,
                                                "there is no file of aliases beside the main one" };

            (*ret_missing)++;
            status = take_note(intake, &note);
        } else if (status.code == PTN_C_NOT_FOUND) {
            status = PTN_OK;
        }
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, 0, "a file beside the list cannot be read");
    }
    return PTN_OK;
}

/* ---- adding a list ---- */

bool ptn_list_name_is_good(struct ptn_bytes name, size_t len_max)
{
    if (name.len == 0 || name.len > len_max)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '.'))
            return false;
    }
    return true;
}

PTN_MUST_USE static struct ptn_status check_name(const struct ptn_snapshot_builder *builder,
                                                 struct ptn_bytes name, struct ptn_diag *reterr)
{
    const struct ptn_built_list *lists = builder->lists.at;

    if (!ptn_list_name_is_good(name, PTN_LIST_NAME_MAX))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a list's name is 1 to 32 letters, digits, '-', '_' or '.'");
    for (size_t i = 0; i < builder->lists.count; i++)
        if (ptn_bytes_equal(ptn_built_text(builder, lists[i].name), name))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "two lists have one name");
    if (builder->lists.count == PTN_SNAPSHOT_LIST_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more lists than a snapshot holds");
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status add_list(struct ptn_snapshot_builder *builder,
                                               const struct ptn_snapshot_input *input,
                                               const struct ptn_list_summary *summary,
                                               const uint8_t *hash)
{
    struct ptn_list_profile profile =
        input->profile != NULL ? *input->profile : ptn_list_profile_of(input->format);
    char instant[PTN_INSTANT_TEXT_SIZE];
    struct ptn_bytes edition = PTN_BYTES_NONE;
    struct ptn_status status = PTN_OK;
    struct ptn_built_list list = { .format = input->format, .summary = *summary };

    if (summary->edition_ms != 0) {
        edition = ptn_bytes_from_text(ptn_instant_write(summary->edition_ms, instant));
        if (summary->edition_ms % 86400000 == 0)
            edition.len = 10;
    }
    list.name = keep(builder, input->name, &status);
    list.edition = keep(builder, edition, &status);
    list.profile = keep(builder, profile.key, &status);
    list.owner = keep(builder, profile.owner, &status);
    list.basis = keep(builder, profile.basis, &status);
    list.entry_text = keep(builder, profile.on_entry.text, &status);
    list.entry_text_sq = keep(builder, profile.on_entry.text_sq, &status);
    list.exit_text = keep(builder, profile.on_exit.text, &status);
    list.exit_text_sq = keep(builder, profile.on_exit.text_sq, &status);
    list.set_by = keep(builder, profile.set_by, &status);
    list.set_reason = keep(builder, profile.set_reason, &status);
    list.on_entry = profile.on_entry.action;
    list.on_exit = profile.on_exit.action;
    list.own_exempt = profile.own_nationals_exempt;
    memcpy(list.hash, hash, sizeof(list.hash));
    return ptn_ok(status) ? add_item(&builder->lists, &list, sizeof(list)) : status;
}

struct ptn_status ptn_snapshot_builder_add(struct ptn_snapshot_builder *builder,
                                           const struct ptn_snapshot_input *input,
                                           struct ptn_list_summary *ret_summary,
                                           struct ptn_diag *reterr)
{
    struct intake intake = { builder, input, (uint32_t)builder->lists.count };
    const struct ptn_list_sink sink = { &intake, take_entry, take_note };
    struct mapped mapped = { 0 };
    struct ptn_list_summary summary = { 0 };
    uint8_t hash[PTN_SHA256_LEN];
    size_t missing = 0;
    struct ptn_status status = check_name(builder, input->name, reterr);

    if (!ptn_ok(status))
        return status;
    status = map_files(&intake, &mapped, &missing, reterr);
    if (ptn_ok(status)) {
        const struct ptn_list_source source = { input->format, mapped.bytes[0], mapped.bytes[1],
                                                mapped.bytes[2], mapped.bytes[3] };

        status = ptn_list_read(&source, &sink, &summary, reterr);
        summary.noted += missing;
    }
    if (ptn_ok(status))
        status = ptn_sha256(mapped.bytes, 4, hash);
    if (ptn_ok(status))
        status = add_list(builder, input, &summary, hash);
    if (ptn_ok(status))
        *ret_summary = summary;
    unmap_all(builder->world, &mapped);
    return status;
}

struct ptn_status ptn_snapshot_builder_make(struct ptn_snapshot_builder *builder,
                                            const struct ptn_snapshot_made *made,
                                            struct ptn_diag *reterr)
{
    const struct ptn_snapshot_input input = { .name = made->name,
                                              .format = PTN_LIST_POSTERN,
                                              .profile = made->profile };
    struct intake intake = { builder, &input, (uint32_t)builder->lists.count };
    const struct ptn_list_summary summary = { .rows = made->count,
                                              .entries = made->count,
                                              .edition_ms = made->edition_ms };
    uint8_t hash[PTN_SHA256_LEN];
    struct ptn_status status = check_name(builder, made->name, reterr);

    for (size_t i = 0; ptn_ok(status) && i < made->count; i++)
        status = take_entry(&intake, &made->entries[i]);
    if (ptn_ok(status))
        status = ptn_sha256(&made->name, 1, hash); /* no file has been read */
    return ptn_ok(status) ? add_list(builder, &input, &summary, hash) : status;
}
