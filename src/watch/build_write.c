/*
 * watch/build_write.c -- the lists that were read become one snapshot: the entries are put in
 * order, those of one id become one, and the sections are written in that order, so that the file
 * depends on the lists alone.
 */
#include "watch/build_int.h"
#include "watch/screen_int.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_LEN_MAX ((size_t)UINT32_MAX)
#define ITEM_MAX     ((size_t)UINT32_MAX - 1)

struct output {
    struct ptn_snapshot_builder *builder;
    struct ptn_buffer sections[PTN_SECTION_END];
    uint32_t *order;      /* entries as they came, in the order of the file */
    uint32_t *list_rank;  /* from the order of adding to the order of names */
    uint32_t *list_order; /* and back */
    uint32_t entry_count;
    struct ptn_status status;
    struct ptn_diag diag; /* of the status, where there is more to say */
};

static uint8_t *record(struct output *out, enum ptn_section section)
{
    uint32_t len = ptn_section_record_len[section];
    uint8_t *at = NULL;

    if (!ptn_ok(out->status))
        return NULL;
    if (out->sections[section].len / len >= ITEM_MAX) {
        out->status = (struct ptn_status){ PTN_C_TOO_BIG };
        return NULL;
    }
    out->status = ptn_buffer_reserve(&out->sections[section], len, &at);
    if (!ptn_ok(out->status))
        return NULL;
    memset(at, 0, len);
    out->sections[section].len += len;
    return at;
}

static uint32_t record_count(const struct output *out, enum ptn_section section)
{
    return (uint32_t)(out->sections[section].len / ptn_section_record_len[section]);
}

static void put_text(struct output *out, uint8_t *at, struct ptn_built_ref ref)
{
    if (ref.len == 0 || !ptn_ok(out->status))
        return;
    ptn_put32(at, (uint32_t)out->sections[PTN_SECTION_TEXT].len);
    ptn_put32(at + 4, ref.len);
    out->status =
        ptn_buffer_add(&out->sections[PTN_SECTION_TEXT], ptn_built_text(out->builder, ref));
}

/* qsort has no context: the keys are put into the array that is sorted. */
struct sort_key {
    struct ptn_bytes id;
    uint32_t rank;
    uint32_t entry;
};

static int compare_keys(const void *a, const void *b)
{
    const struct sort_key *x = a, *y = b;
    int order;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    order = ptn_bytes_compare(x->id, y->id);
    if (order != 0)
        return order;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

PTN_MUST_USE static struct ptn_status sort_lists(struct output *out)
{
    const struct ptn_snapshot_builder *builder = out->builder;
    const struct ptn_built_list *lists = builder->lists.at;
    size_t count = builder->lists.count;
    struct sort_key *keys = calloc(count + 1, sizeof(keys[0]));

    out->list_rank = calloc(count + 1, sizeof(uint32_t));
    out->list_order = calloc(count + 1, sizeof(uint32_t));
    if (keys == NULL || out->list_rank == NULL || out->list_order == NULL) {
        free(keys);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct sort_key){ ptn_built_text(builder, lists[i].name), 0, (uint32_t)i };
    qsort(keys, count, sizeof(keys[0]), compare_keys);
    for (size_t i = 0; i < count; i++) {
        out->list_rank[keys[i].entry] = (uint32_t)i;
        out->list_order[i] = keys[i].entry;
    }
    free(keys);
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status sort_entries(struct output *out)
{
    const struct ptn_snapshot_builder *builder = out->builder;
    const struct ptn_built_entry *entries = builder->entries.at;
    size_t count = builder->entries.count;
    struct sort_key *keys = calloc(count + 1, sizeof(keys[0]));

    out->order = calloc(count + 1, sizeof(uint32_t));
    if (keys == NULL || out->order == NULL) {
        free(keys);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct sort_key){ ptn_built_text(builder, entries[i].id),
                                     out->list_rank[entries[i].list], (uint32_t)i };
    qsort(keys, count, sizeof(keys[0]), compare_keys);
    for (size_t i = 0; i < count; i++)
        out->order[i] = keys[i].entry;
    free(keys);
    return PTN_OK;
}

/* The parts of one id, from one row or several; primary names first. */
static size_t write_names(struct output *out, const struct ptn_built_entry *parts[],
                          size_t part_count, uint32_t ordinal, uint64_t *aliases)
{
    const struct ptn_built_name *names = out->builder->names.at;
    size_t written = 0;
    bool has_primary = false;

    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t p = 0; p < part_count; p++)
            for (size_t i = 0; i < parts[p]->count[0]; i++) {
                const struct ptn_built_name *name = &names[parts[p]->first[0] + i];
                uint8_t alias = name->alias;
                uint8_t *at;

                if ((alias == PTN_ALIAS_PRIMARY) != (pass == 0))
                    continue;
                if (alias == PTN_ALIAS_PRIMARY && has_primary)
                    alias = PTN_ALIAS_STRONG;
                if (pass == 1 && !has_primary)
                    alias = PTN_ALIAS_PRIMARY; /* nobody marked one */
                has_primary = true;
                at = record(out, PTN_SECTION_NAMES);
                if (at == NULL)
                    return written;
                put_text(out, at + NAME_TEXT, name->text);
                ptn_put32(at + NAME_ENTRY, ordinal);
                at[NAME_ALIAS] = alias;
                aliases[alias]++;
                written++;
            }
    return written;
}

static size_t write_births(struct output *out, const struct ptn_built_entry *part)
{
    const struct ptn_built_birth *births = out->builder->births.at;

    for (size_t i = 0; i < part->count[1]; i++) {
        const struct ptn_built_birth *birth = &births[part->first[1] + i];
        uint8_t *at = record(out, PTN_SECTION_BIRTHS);

        if (at == NULL)
            return 0;
        ptn_put32(at + BIRTH_FIRST, (uint32_t)birth->first);
        ptn_put32(at + BIRTH_LAST, (uint32_t)birth->last);
        at[BIRTH_CIRCA] = birth->circa ? 1 : 0;
    }
    return part->count[1];
}

static size_t write_nations(struct output *out, const struct ptn_built_entry *part)
{
    const struct ptn_list_code *nations = out->builder->nations.at;

    for (size_t i = 0; i < part->count[2]; i++) {
        uint8_t *at = record(out, PTN_SECTION_NATIONS);

        if (at == NULL)
            return 0;
        memcpy(at, nations[part->first[2] + i].text, 3);
    }
    return part->count[2];
}

static size_t write_numbers(struct output *out, const struct ptn_built_entry *part,
                            uint32_t ordinal)
{
    const struct ptn_built_number *numbers = out->builder->numbers.at;

    for (size_t i = 0; i < part->count[3]; i++) {
        const struct ptn_built_number *number = &numbers[part->first[3] + i];
        uint8_t *at = record(out, PTN_SECTION_NUMBERS);

        if (at == NULL)
            return 0;
        put_text(out, at + NUMBER_TEXT, number->text);
        ptn_put32(at + NUMBER_ENTRY, ordinal);
        at[NUMBER_TYPE] = number->type;
        memcpy(at + NUMBER_ISSUER, number->issuer, 3);
    }
    return part->count[3];
}

static size_t write_facts(struct output *out, const struct ptn_built_entry *part)
{
    const struct ptn_built_fact *facts = out->builder->facts.at;

    for (size_t i = 0; i < part->count[4]; i++) {
        const struct ptn_built_fact *fact = &facts[part->first[4] + i];
        uint8_t *at = record(out, PTN_SECTION_FACTS);

        if (at == NULL)
            return 0;
        put_text(out, at + FACT_TEXT, fact->text);
        at[FACT_TYPE] = fact->type;
    }
    return part->count[4];
}

/* The kind that the first part with a name says: parts that only bring a document do not know it.
 */
static uint8_t kind_of(const struct ptn_built_entry *parts[], size_t part_count)
{
    for (size_t p = 0; p < part_count; p++)
        if (parts[p]->count[0] > 0)
            return parts[p]->kind;
    return parts[0]->kind;
}

/* What the parts say together; the first that says something counts. */
static void merge_scalars(struct output *out, uint8_t *at, const struct ptn_built_entry *parts[],
                          size_t part_count)
{
    const struct ptn_built_entry *first = parts[0];
    struct ptn_built_entry all = *first;

    all.kind = kind_of(parts, part_count);
    for (size_t p = 1; p < part_count; p++) {
        if (all.sex == 0)
            all.sex = parts[p]->sex;
        if (all.listed == 0)
            all.listed = parts[p]->listed;
        if (!all.has_action && parts[p]->has_action) {
            all.has_action = true;
            all.on_entry = parts[p]->on_entry;
            all.on_exit = parts[p]->on_exit;
        }
        /* the alert that lasts longer counts; 0 is without end */
        if (all.valid != 0 && (parts[p]->valid == 0 || parts[p]->valid > all.valid))
            all.valid = parts[p]->valid;
    }
    put_text(out, at + ENTRY_ID, all.id);
    ptn_put16(at + ENTRY_LIST, out->list_rank[all.list]);
    at[ENTRY_KIND] = all.kind;
    at[ENTRY_SEX] = (uint8_t)all.sex;
    at[ENTRY_HAS_ACTION] = all.has_action ? 1 : 0;
    at[ENTRY_ON_ENTRY] = all.has_action ? all.on_entry : 0;
    at[ENTRY_ON_EXIT] = all.has_action ? all.on_exit : 0;
    ptn_put32(at + ENTRY_LISTED, all.listed);
    ptn_put32(at + ENTRY_VALID, all.valid);
    ptn_put32(at + ENTRY_LINE, all.line);
}

/* One entry of the file from all rows that have its id. */
static void write_entry(struct output *out, const struct ptn_built_entry *parts[],
                        size_t part_count, uint64_t *aliases)
{
    uint32_t ordinal = record_count(out, PTN_SECTION_ENTRIES);
    uint8_t *at = record(out, PTN_SECTION_ENTRIES);
    size_t counts[5] = { 0 };

    if (at == NULL)
        return;
    for (unsigned i = 0; i < 5; i++)
        ptn_put32(at + ENTRY_FIRST_NAME + (size_t)4 * i,
                  record_count(out, (enum ptn_section)(PTN_SECTION_NAMES + i)));
    merge_scalars(out, at, parts, part_count);
    counts[0] = write_names(out, parts, part_count, ordinal, aliases);
    for (size_t p = 0; p < part_count && ptn_ok(out->status); p++) {
        counts[1] += write_births(out, parts[p]);
        counts[2] += write_nations(out, parts[p]);
        counts[3] += write_numbers(out, parts[p], ordinal);
        counts[4] += write_facts(out, parts[p]);
    }
    for (unsigned i = 0; i < 5; i++) {
        if (counts[i] > UINT16_MAX && ptn_ok(out->status)) /* WATCH-6 */
            out->status = ptn_fail(PTN_C_TOO_BIG, &out->diag, parts[0]->line,
                                   "an entry has more names, dates or numbers than the limit");
        ptn_put16(at + ENTRY_NAME_COUNT + (size_t)2 * i, (unsigned)counts[i]);
    }
}

/* ---- the lists' records ---- */

static void write_list(struct output *out, const struct ptn_built_list *list, uint32_t first_entry,
                       uint32_t merged, const uint64_t *kinds, const uint64_t *aliases)
{
    uint8_t *at = record(out, PTN_SECTION_LISTS);
    const struct {
        enum ptn_list_at at;
        struct ptn_built_ref ref;
    } texts[] = {
        { LIST_NAME, list->name },
        { LIST_EDITION, list->edition },
        { LIST_PROFILE, list->profile },
        { LIST_OWNER, list->owner },
        { LIST_BASIS, list->basis },
        { LIST_ENTRY_TEXT, list->entry_text },
        { LIST_ENTRY_TEXT_SQ, list->entry_text_sq },
        { LIST_EXIT_TEXT, list->exit_text },
        { LIST_EXIT_TEXT_SQ, list->exit_text_sq },
        { LIST_SET_BY, list->set_by },
        { LIST_SET_REASON, list->set_reason },
    };

    if (at == NULL)
        return;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        put_text(out, at + texts[i].at, texts[i].ref);
    at[LIST_FORMAT] = (uint8_t)list->format;
    at[LIST_ON_ENTRY] = (uint8_t)list->on_entry;
    at[LIST_ON_EXIT] = (uint8_t)list->on_exit;
    at[LIST_OWN_EXEMPT] = list->own_exempt ? 1 : 0;
    ptn_put64(at + LIST_EDITION_MS, (uint64_t)list->summary.edition_ms);
    ptn_put64(at + LIST_ROWS, list->summary.rows);
    ptn_put64(at + LIST_CONTINUED, list->summary.continued + merged);
    ptn_put64(at + LIST_REJECTED, list->summary.rejected);
    ptn_put64(at + LIST_NOTED, list->summary.noted);
    ptn_put32(at + LIST_FIRST_ENTRY, first_entry);
    ptn_put32(at + LIST_ENTRY_COUNT, record_count(out, PTN_SECTION_ENTRIES) - first_entry);
    for (size_t i = 0; i < PTN_ENTRY_KIND_COUNT; i++)
        ptn_put64(at + LIST_KINDS + 8 * i, kinds[i]);
    for (size_t i = 0; i < PTN_ALIAS_COUNT; i++)
        ptn_put64(at + LIST_ALIASES + 8 * i, aliases[i]);
    memcpy(at + LIST_HASH, list->hash, PTN_SHA256_LEN);
}

static bool same_id(const struct ptn_snapshot_builder *builder, const struct ptn_built_entry *a,
                    const struct ptn_built_entry *b)
{
    return a->list == b->list &&
           ptn_bytes_equal(ptn_built_text(builder, a->id), ptn_built_text(builder, b->id));
}

/* All entries, and after each list's entries its record. */
PTN_MUST_USE static struct ptn_status write_entries(struct output *out)
{
    const struct ptn_snapshot_builder *builder = out->builder;
    const struct ptn_built_entry *entries = builder->entries.at;
    const struct ptn_built_list *lists = builder->lists.at;
    size_t count = builder->entries.count, next = 0;
    const struct ptn_built_entry **parts =
        calloc(count + 1, sizeof(const struct ptn_built_entry *));

    if (parts == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t l = 0; l < builder->lists.count && ptn_ok(out->status); l++) {
        uint32_t list = out->list_order[l], first = record_count(out, PTN_SECTION_ENTRIES),
                 merged = 0;
        uint64_t kinds[PTN_ENTRY_KIND_COUNT] = { 0 }, aliases[PTN_ALIAS_COUNT] = { 0 };

        while (next < count && entries[out->order[next]].list == list && ptn_ok(out->status)) {
            size_t part_count = 0;

            do {
                parts[part_count++] = &entries[out->order[next++]];
            } while (next < count && same_id(builder, parts[0], &entries[out->order[next]]));
            write_entry(out, parts, part_count, aliases);
            kinds[kind_of(parts, part_count)]++;
            merged += (uint32_t)(part_count - 1);
        }
        write_list(out, &lists[list], first, merged, kinds, aliases);
    }
    free(parts);
    return out->status;
}

/* ---- keys and index ---- */

struct built_key {
    uint64_t hash;
    uint32_t number;
};

static int compare_built_keys(const void *a, const void *b)
{
    const struct built_key *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

PTN_MUST_USE static struct ptn_status write_keys(struct output *out)
{
    size_t count = record_count(out, PTN_SECTION_NUMBERS), kept = 0;
    struct built_key *keys = calloc(2 * count + 1, sizeof(keys[0]));

    if (keys == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++) {
        const uint8_t *number = out->sections[PTN_SECTION_NUMBERS].at + i * NUMBER_LEN;
        struct ptn_bytes text = ptn_bytes_slice(ptn_buffer_bytes(&out->sections[PTN_SECTION_TEXT]),
                                                ptn_le32(number), ptn_le32(number + 4));
        char class = ptn_key_class((enum ptn_list_number_type)number[NUMBER_TYPE]);
        uint8_t key[PTN_KEY_LEN_MAX];
        size_t len = ptn_key_of(class, text, key);

        if (class == 0 || len == 0)
            continue;
        keys[kept++] = (struct built_key){ ptn_key_hash(class, key, len), (uint32_t)i };
        if (class == 'p') {
            len = ptn_key_of(PTN_KEY_ALIKE, text, key);
            keys[kept++] = (struct built_key){ ptn_key_hash(PTN_KEY_ALIKE, key, len), (uint32_t)i };
        }
    }
    qsort(keys, kept, sizeof(keys[0]), compare_built_keys);
    for (size_t i = 0; i < kept; i++) {
        uint8_t *at = record(out, PTN_SECTION_KEYS);

        if (at == NULL)
            break;
        ptn_put64(at + KEY_HASH, keys[i].hash);
        ptn_put32(at + KEY_NUMBER, keys[i].number);
    }
    free(keys);
    return out->status;
}

PTN_MUST_USE static struct ptn_status write_index(struct output *out, struct ptn_diag *reterr)
{
    size_t count = record_count(out, PTN_SECTION_NAMES);
    struct ptn_index_name *names = calloc(count + 1, sizeof(names[0]));
    struct ptn_status status;

    if (names == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++) {
        const uint8_t *name = out->sections[PTN_SECTION_NAMES].at + i * NAME_LEN;

        names[i].text = ptn_bytes_slice(ptn_buffer_bytes(&out->sections[PTN_SECTION_TEXT]),
                                        ptn_le32(name), ptn_le32(name + 4));
        names[i].entry = ptn_le32(name + NAME_ENTRY);
        names[i].cohort = ptn_cohort_of(out->sections[PTN_SECTION_ENTRIES].at +
                                            (size_t)names[i].entry * ENTRY_LEN,
                                        out->sections[PTN_SECTION_BIRTHS].at);
    }
    status = ptn_index_build(names, count, &out->sections[PTN_SECTION_INDEX], reterr);
    free(names);
    return status;
}

/* ---- the file ---- */

PTN_MUST_USE static struct ptn_status pad(struct ptn_buffer *file, size_t base)
{
    static const uint8_t zero[PTN_SNAPSHOT_ALIGNMENT] = { 0 };
    size_t over = (file->len - base) % PTN_SNAPSHOT_ALIGNMENT;

    return over == 0 ? PTN_OK
                     : ptn_buffer_add(file, ptn_bytes_of(zero, PTN_SNAPSHOT_ALIGNMENT - over));
}

PTN_MUST_USE static struct ptn_status write_blocks(struct ptn_buffer *file, size_t base)
{
    size_t end = file->len;

    for (size_t at = base + PTN_SNAPSHOT_HEADER_LEN; at < end; at += PTN_SNAPSHOT_BLOCK_LEN) {
        struct ptn_bytes block = ptn_bytes_of(file->at + at, end - at < PTN_SNAPSHOT_BLOCK_LEN
                                                                 ? end - at
                                                                 : (size_t)PTN_SNAPSHOT_BLOCK_LEN);
        uint8_t digest[PTN_SHA256_LEN];
        struct ptn_status status = ptn_sha256(&block, 1, digest);

        if (ptn_ok(status))
            status = ptn_buffer_add(file, ptn_bytes_of(digest, sizeof(digest)));
        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

struct section_place {
    size_t at, len;
};

PTN_MUST_USE static struct ptn_status write_header(struct output *out, struct ptn_buffer *file,
                                                   size_t base, const struct section_place *places)
{
    const struct ptn_world *world = out->builder->world;
    uint8_t *header = file->at + base;
    const struct section_place *blocks = &places[PTN_SECTION_BLOCKS];
    struct ptn_bytes part = ptn_bytes_of(header + blocks->at, blocks->len);
    struct ptn_status status = ptn_sha256(&part, 1, header + 32);

    if (!ptn_ok(status))
        return status;
    memcpy(header, ptn_snapshot_magic, sizeof(ptn_snapshot_magic));
    ptn_put32(header + 8, PTN_SNAPSHOT_VERSION);
    ptn_put32(header + 12, PTN_SECTION_COUNT);
    ptn_put64(header + 16, file->len - base);
    ptn_put64(header + 24, (uint64_t)world->now_ms(world->context));
    for (uint32_t section = 1; section < PTN_SECTION_END; section++) {
        uint8_t *line =
            header + PTN_SNAPSHOT_TABLE_AT + (size_t)(section - 1) * PTN_SNAPSHOT_LINE_LEN;

        ptn_put32(line, section);
        ptn_put64(line + 8, places[section].at);
        ptn_put64(line + 16, places[section].len);
        ptn_put64(line + 24, places[section].len / ptn_section_record_len[section]);
    }
    part = ptn_bytes_of(header, PTN_SNAPSHOT_DIGEST_AT);
    return ptn_sha256(&part, 1, header + PTN_SNAPSHOT_DIGEST_AT);
}

PTN_MUST_USE static struct ptn_status assemble(struct output *out, struct ptn_buffer *file)
{
    static const uint8_t zero[PTN_SNAPSHOT_HEADER_LEN] = { 0 };
    struct section_place places[PTN_SECTION_END] = { 0 };
    size_t base = file->len;
    struct ptn_status status = ptn_buffer_add(file, ptn_bytes_of(zero, sizeof(zero)));

    for (unsigned section = 1; section < PTN_SECTION_BLOCKS && ptn_ok(status); section++) {
        status = pad(file, base);
        places[section] = (struct section_place){ file->len - base, out->sections[section].len };
        if (ptn_ok(status))
            status = ptn_buffer_add(file, ptn_buffer_bytes(&out->sections[section]));
        ptn_buffer_release(&out->sections[section]);
    }
    if (ptn_ok(status))
        status = pad(file, base);
    places[PTN_SECTION_BLOCKS].at = file->len - base;
    if (ptn_ok(status))
        status = write_blocks(file, base);
    places[PTN_SECTION_BLOCKS].len = file->len - base - places[PTN_SECTION_BLOCKS].at;
    return ptn_ok(status) ? write_header(out, file, base, places) : status;
}

static struct ptn_status write_all(struct output *out, struct ptn_buffer *file,
                                   struct ptn_diag *reterr)
{
    struct ptn_status status = sort_lists(out);

    if (ptn_ok(status))
        status = sort_entries(out);
    if (ptn_ok(status))
        status = write_entries(out);
    if (ptn_ok(status))
        status = write_keys(out);
    if (ptn_ok(status))
        status = write_index(out, reterr);
    if (ptn_ok(status))
        status = assemble(out, file);
    return status;
}

struct ptn_status ptn_snapshot_builder_write(struct ptn_snapshot_builder *builder,
                                             struct ptn_buffer *file, struct ptn_diag *reterr)
{
    struct output out = { .builder = builder };
    size_t before = file->len;
    struct ptn_status status;

    for (size_t i = 0; i < PTN_SECTION_END; i++)
        ptn_buffer_init(&out.sections[i], TEXT_LEN_MAX);
    if (reterr != NULL)
        *reterr = (struct ptn_diag){ 0, NULL };
    status = write_all(&out, file, reterr);
    if (!ptn_ok(status))
        file->len = before;
    if (!ptn_ok(status) && reterr != NULL && out.diag.text != NULL)
        *reterr = out.diag;
    if (!ptn_ok(status) && reterr != NULL && reterr->text == NULL)
        *reterr = (struct ptn_diag){ 0, "the snapshot would be too large, or memory ran out" };
    for (size_t i = 0; i < PTN_SECTION_END; i++)
        ptn_buffer_release(&out.sections[i]);
    free(out.order);
    free(out.list_rank);
    free(out.list_order);
    return status;
}

/* WATCH-2. */
struct ptn_status ptn_snapshot_builder_save(struct ptn_snapshot_builder *builder, const char *path,
                                            struct ptn_diag *reterr)
{
    const struct ptn_world *world = builder->world;
    struct ptn_buffer file;
    struct ptn_status status;

    /* WATCH-2: nothing is written before all of it is ready, and then whole or not at all */
    ptn_buffer_init(&file, SIZE_MAX / 2);
    status = ptn_snapshot_builder_write(builder, &file, reterr);
    if (ptn_ok(status)) {
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&file));
        if (!ptn_ok(status))
            status = ptn_fail(status.code, reterr, 0, "the snapshot cannot be written");
    }
    ptn_buffer_release(&file);
    return status;
}
