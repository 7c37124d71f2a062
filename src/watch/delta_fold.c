/* watch/delta_fold.c -- base and delta become one snapshot, which is asked before it is used: see
 * delta.h. */
#include "watch/delta_int.h"

#define ARENA_MAX    ((size_t)1 << 30)
#define ANSWERS_MAX  ((size_t)32 << 20)
#define NAMES_SCORED ((size_t)4000000)
#define ASKED_MIN    8u
#define ASKED_MAX    96u

/* ---- one snapshot ---- */

struct folding {
    const struct ptn_snapshot *base;
    const struct ptn_delta *delta;
    struct ptn_snapshot_builder *builder;
    struct ptn_arena *arena; /* of the list in hand */
};

/* Entries of a snapshot's list that count, behind those that are there. */
static struct ptn_status add_entries(struct folding *folding, const struct ptn_snapshot *snapshot,
                                     size_t list, struct ptn_list_entry *entries, size_t *count)
{
    struct ptn_entry_span span = ptn_snapshot_span(snapshot, list);
    struct ptn_status status = PTN_OK;

    for (size_t i = span.first; ptn_ok(status) && i < span.end; i++)
        if (snapshot != folding->base || !ptn_delta_has_gone(folding->delta, i))
            status = ptn_snapshot_entry(snapshot, i, folding->arena, &entries[(*count)++]);
    return status;
}

/* As many entries as it may come to. */
static size_t room_for(const struct folding *folding, size_t index)
{
    const struct ptn_snapshot *base = folding->base;
    struct ptn_entry_span span = ptn_snapshot_span(folding->delta->snapshot, index);
    size_t room = 1 + (size_t)(span.end - span.first);

    for (size_t i = 0; i < base->sections[PTN_SECTION_LISTS].count; i++)
        if (folding->delta->lists[i] == index) {
            span = ptn_snapshot_span(base, i);
            room += span.end - span.first;
        }
    return room;
}

static struct ptn_status fold_list(struct folding *folding, size_t index, struct ptn_diag *reterr)
{
    const struct ptn_delta *delta = folding->delta;
    struct ptn_snapshot_list list = ptn_delta_list(delta, index);
    struct ptn_snapshot_made made = { .name = list.name,
                                      .profile = &list.profile,
                                      .edition_ms = list.edition_ms };
    struct ptn_list_entry *entries;
    struct ptn_status status = PTN_OK;

    ptn_arena_clear(folding->arena);
    entries = ptn_arena_take(folding->arena, room_for(folding, index) * sizeof(*entries));
    if (entries == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to fold lists");
    for (size_t i = 0; ptn_ok(status) && i < folding->base->sections[PTN_SECTION_LISTS].count; i++)
        if (delta->lists[i] == index)
            status = add_entries(folding, folding->base, i, entries, &made.count);
    if (ptn_ok(status))
        status = add_entries(folding, delta->snapshot, index, entries, &made.count);
    made.entries = entries;
    return ptn_ok(status) ? ptn_snapshot_builder_make(folding->builder, &made, reterr) : status;
}

struct ptn_status ptn_delta_fold(const struct ptn_snapshot *base, const struct ptn_delta *delta,
                                 const struct ptn_world *world, struct ptn_buffer *out,
                                 struct ptn_diag *reterr)
{
    struct folding folding = { base, delta, ptn_snapshot_builder_new(world),
                               ptn_arena_new(ARENA_MAX) };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (folding.builder != NULL && folding.arena != NULL)
        status = PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < ptn_snapshot_info(delta->snapshot).list_count; i++)
        status = fold_list(&folding, i, reterr);
    if (ptn_ok(status))
        status = ptn_snapshot_builder_write(folding.builder, out, reterr);
    ptn_snapshot_builder_free(folding.builder);
    ptn_arena_free(folding.arena);
    return status;
}

/* ---- asked before it is used ---- */

struct checking {
    const struct ptn_snapshot *base;
    const struct ptn_delta *delta;
    const struct ptn_snapshot *folded;
    struct ptn_arena *arena;
    bool same;
};

struct answer {
    struct ptn_match *matches;
    size_t count;
    bool more;
};

static bool same_answer(const struct answer *a, const struct answer *b)
{
    bool same = a->count == b->count && a->more == b->more;

    for (size_t i = 0; same && i < a->count; i++)
        same = a->matches[i].score == b->matches[i].score &&
               a->matches[i].basis == b->matches[i].basis &&
               ptn_bytes_equal(a->matches[i].list, b->matches[i].list) &&
               ptn_bytes_equal(a->matches[i].edition, b->matches[i].edition) &&
               ptn_bytes_equal(a->matches[i].entry, b->matches[i].entry) &&
               ptn_bytes_equal(a->matches[i].name, b->matches[i].name);
    return same;
}

static struct ptn_status ask(const struct checking *checking, const struct ptn_screen_query *query,
                             const struct ptn_snapshot *snapshot, const struct ptn_delta *delta,
                             struct answer *ret_answer)
{
    return ptn_delta_screen(snapshot, delta, query, checking->arena, &ret_answer->matches,
                            &ret_answer->count, &ret_answer->more, NULL);
}

/* All that is known of an entry: its last name, its first number, whatever kind it is of. */
static struct ptn_screen_query question_of(const struct ptn_list_entry *entry)
{
    struct ptn_screen_query query = { .kinds = PTN_SCREEN_ALL, .include_off = true };

    if (entry->name_count > 0)
        query.name = entry->names[entry->name_count - 1].text;
    if (query.name.len > PTN_SCREEN_NAME_LEN_MAX)
        query.name.len = 0;
    if (entry->number_count > 0) {
        const struct ptn_list_number *number = &entry->numbers[0];

        switch (ptn_key_class(number->type)) {
        case 'd':
            query.number = number->number;
            memcpy(query.issuer, number->issuer, sizeof(query.issuer));
            break;
        case 'p':
            query.plate = number->number;
            break;
        case 'v':
            query.vessel = number->number;
            break;
        default:
            break;
        }
    }
    return query;
}

/* DELTA-2. Bytes that are no index any more differ, too. */
static struct ptn_status check_entry(struct checking *checking, const struct ptn_snapshot *snapshot,
                                     size_t ordinal)
{
    struct ptn_list_entry entry;
    struct ptn_screen_query query;
    struct answer by_index = { 0 };
    struct answer by_brute = { 0 };
    struct answer before = { 0 };
    struct ptn_status status;

    ptn_arena_clear(checking->arena);
    status = ptn_snapshot_entry(snapshot, ordinal, checking->arena, &entry);
    if (!ptn_ok(status))
        return status;
    query = question_of(&entry);
    if (query.name.len + query.number.len + query.plate.len + query.vessel.len == 0)
        return PTN_OK;
    status = ask(checking, &query, checking->folded, NULL, &by_index);
    if (ptn_ok(status))
        status = ask(checking, &query, checking->base, checking->delta, &before);
    query.brute = true;
    if (ptn_ok(status))
        status = ask(checking, &query, checking->folded, NULL, &by_brute);
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    checking->same = checking->same && ptn_ok(status) && same_answer(&by_index, &by_brute) &&
                     same_answer(&by_index, &before);
    return PTN_OK;
}

/* count of a snapshot's entries, spread over all; of the base those that are gone, when that is
 * asked for. */
static struct ptn_status check_some(struct checking *checking, const struct ptn_snapshot *snapshot,
                                    bool gone, size_t count)
{
    size_t entries = snapshot->sections[PTN_SECTION_ENTRIES].count;
    size_t of = gone ? checking->delta->gone_count : entries;
    size_t step = count == 0 || of / count == 0 ? 1 : of / count;
    size_t seen = 0;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && checking->same && i < entries && count > 0; i++) {
        if ((gone && !ptn_delta_has_gone(checking->delta, i)) || seen++ % step != 0)
            continue;
        count--;
        status = check_entry(checking, snapshot, i);
    }
    return status;
}

struct ptn_status ptn_delta_check(const struct ptn_snapshot *base, const struct ptn_delta *delta,
                                  const struct ptn_snapshot *folded, bool *ret_same)
{
    struct checking checking = { base, delta, folded, ptn_arena_new(ANSWERS_MAX), true };
    size_t names = ptn_snapshot_info(folded).name_count;
    size_t count = NAMES_SCORED / (names + 1);
    struct ptn_status status = { checking.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    count = count < ASKED_MIN ? ASKED_MIN : count > ASKED_MAX ? ASKED_MAX : count;
    if (ptn_ok(status))
        status = check_some(&checking, delta->snapshot, false, count / 2);
    if (ptn_ok(status))
        status = check_some(&checking, base, true, count / 4);
    if (ptn_ok(status))
        status = check_some(&checking, folded, false, count / 4);
    ptn_arena_free(checking.arena);
    if (ptn_ok(status))
        *ret_same = checking.same;
    return status;
}
