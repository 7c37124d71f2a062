/*
 * watch/screen.c -- the search: names through the index (or one by one), numbers through their
 * keys, both into one list of matches, one an entry, best first. A snapshot that has a delta is
 * searched as two parts of one: docs/format/delta.md says why the answers are those of one.
 */
#include "watch/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "names/index.h"
#include "record/person.h"
#include "watch/delta_int.h"
#include "watch/screen_int.h"

#define NUMBER_ONLY_SCORE   9000u /* the number is listed, the issuer cannot be compared */
#define NUMBER_ONLY_LEN_MIN 6u
#define PLATE_ALIKE_SCORE   9000u /* the plate is not equal and looks alike */

/* What is searched: a snapshot, or the entries of a base that count and those of its delta. */
struct part {
    const struct ptn_snapshot *snapshot;
    const struct ptn_delta *delta; /* of the base: NULL where all entries count */
};
#define PARTS 2u

/* An entry found, before it is explained. */
struct found {
    uint8_t part;
    uint32_t entry;
    uint32_t name;   /* the name that matched, or UINT32_MAX */
    uint32_t number; /* the number that matched, or UINT32_MAX */
    unsigned score;
    enum ptn_match_basis basis;
    const char *rule; /* of the number */
};

struct search {
    struct part parts[PARTS];
    size_t part_count;
    const struct ptn_screen_query *query;
    struct ptn_arena *arena;
    struct ptn_name name;
    struct ptn_bytes name_text;
    unsigned kinds;
    unsigned threshold;
    size_t top;
    struct found *found; /* room for twice top */
    size_t count;
    bool more;
};

/* ---- lists and their order ---- */

static const uint8_t *entry_at(const struct part *part, uint32_t ordinal)
{
    return ptn_record(part->snapshot, PTN_SECTION_ENTRIES, ordinal);
}

/* The list an entry is of, as it stands now: where there is a delta, in the delta's table. */
static const struct ptn_snapshot *list_of(const struct part *part, const uint8_t *entry,
                                          uint16_t *ret_list)
{
    uint16_t list = ptn_le16(entry + ENTRY_LIST);

    if (list >= part->snapshot->sections[PTN_SECTION_LISTS].count) {
        ptn_snapshot_doubt(part->snapshot);
        list = 0; /* where a snapshot has entries it has a list */
    }
    *ret_list = list;
    if (part->delta == NULL)
        return part->snapshot;
    *ret_list = part->delta->lists[list];
    if (*ret_list >= part->delta->snapshot->sections[PTN_SECTION_LISTS].count) {
        ptn_snapshot_doubt(part->snapshot); /* an entry that counts is of a list in force */
        *ret_list = 0;
    }
    return part->delta->snapshot;
}

/* DELTA-1: as one snapshot of both would number them. */
static int compare_entries(const struct search *search, uint8_t part_a, uint32_t a, uint8_t part_b,
                           uint32_t b)
{
    const struct part *parts = search->parts;
    const uint8_t *entry_a;
    const uint8_t *entry_b;
    uint16_t list_a;
    uint16_t list_b;
    int order;

    if (part_a == part_b)
        return a < b ? -1 : a > b;
    entry_a = entry_at(&parts[part_a], a);
    entry_b = entry_at(&parts[part_b], b);
    (void)list_of(&parts[part_a], entry_a, &list_a);
    (void)list_of(&parts[part_b], entry_b, &list_b);
    if (list_a != list_b)
        return list_a < list_b ? -1 : 1;
    order = ptn_bytes_compare(ptn_snapshot_text(parts[part_a].snapshot, entry_a + ENTRY_ID),
                              ptn_snapshot_text(parts[part_b].snapshot, entry_b + ENTRY_ID));
    return order != 0 ? order : part_a - part_b;
}

static bool before(const struct search *search, const struct found *a, const struct found *b)
{
    return a->score != b->score ? a->score > b->score
                                : compare_entries(search, a->part, a->entry, b->part, b->entry) < 0;
}

/* ---- which entries count ---- */

static void actions_of(const struct part *part, const uint8_t *entry, uint8_t *ret_entry,
                       uint8_t *ret_exit)
{
    uint16_t index;
    const struct ptn_snapshot *lists = list_of(part, entry, &index);
    const uint8_t *list = ptn_record(lists, PTN_SECTION_LISTS, index);
    bool own = entry[ENTRY_HAS_ACTION] != 0;

    *ret_entry = own ? entry[ENTRY_ON_ENTRY] : list[LIST_ON_ENTRY];
    *ret_exit = own ? entry[ENTRY_ON_EXIT] : list[LIST_ON_EXIT];
}

/* In force, not switched off, and not past its last day. */
static bool counts(const struct search *search, const struct part *part, uint32_t ordinal)
{
    const uint8_t *entry = entry_at(part, ordinal);
    uint32_t valid = ptn_le32(entry + ENTRY_VALID);
    uint8_t on_entry, on_exit;

    if (part->delta != NULL && ptn_delta_has_gone(part->delta, ordinal))
        return false;
    if (valid != 0 && search->query->today.year != 0 && valid < ptn_pack_date(search->query->today))
        return false;
    if (search->query->include_off)
        return true;
    actions_of(part, entry, &on_entry, &on_exit);
    return on_entry != PTN_LIST_ACTION_OFF || on_exit != PTN_LIST_ACTION_OFF;
}

/* ---- names ---- */

static unsigned kind_of(const struct part *part, uint32_t ordinal)
{
    return ptn_snapshot_word(part->snapshot, entry_at(part, ordinal)[ENTRY_KIND],
                             PTN_ENTRY_KIND_COUNT);
}

static enum ptn_alias alias_of(const struct ptn_snapshot *snapshot, const uint8_t *name)
{
    return (enum ptn_alias)ptn_snapshot_word(snapshot, name[NAME_ALIAS], PTN_ALIAS_COUNT);
}

/* What adjust is asked about. */
struct asking {
    const struct search *search;
    const struct part *part;
};

/* NAMES-3: never above what the names alone give. */
static unsigned adjust(void *context, uint32_t name, unsigned name_score)
{
    const struct asking *asking = context;
    const struct search *search = asking->search;
    const struct ptn_snapshot *snapshot = asking->part->snapshot;
    const uint8_t *record;
    struct ptn_evidence evidence;
    uint32_t ordinal;

    if (name >= snapshot->sections[PTN_SECTION_NAMES].count)
        return 0;
    record = ptn_record(snapshot, PTN_SECTION_NAMES, name);
    ordinal = ptn_snapshot_owner(snapshot, record + NAME_ENTRY);
    if (ordinal == UINT32_MAX ||
        (search->kinds & PTN_SCREEN_KIND(kind_of(asking->part, ordinal))) == 0 ||
        !counts(search, asking->part, ordinal))
        return 0;
    evidence = ptn_evidence_of(snapshot, search->query, ordinal);
    return ptn_evidence_score(&evidence, search->query, alias_of(snapshot, record), name_score);
}

static struct ptn_index_scratch *borrow_scratch(const struct ptn_snapshot *snapshot)
{
    for (size_t i = 0; i < PTN_SNAPSHOT_SCRATCH_MAX; i++) {
        struct ptn_index_scratch *scratch = atomic_exchange(&snapshot->pool->slots[i], NULL);

        if (scratch != NULL)
            return scratch;
    }
    return ptn_index_scratch_new(&snapshot->index);
}

static void return_scratch(const struct ptn_snapshot *snapshot, struct ptn_index_scratch *scratch)
{
    for (size_t i = 0; i < PTN_SNAPSHOT_SCRATCH_MAX && scratch != NULL; i++)
        scratch = atomic_exchange(&snapshot->pool->slots[i], scratch);
    ptn_index_scratch_free(scratch);
}

/* The best of one part, behind those found before, of which it says whether there were more. */
PTN_MUST_USE static struct ptn_status find_in_part(struct search *search, uint8_t part,
                                                   struct ptn_diag *reterr)
{
    const struct ptn_snapshot *snapshot = search->parts[part].snapshot;
    struct ptn_index_hit *hits = ptn_arena_take(search->arena, search->top * sizeof(hits[0]));
    struct ptn_index_scratch *scratch = borrow_scratch(snapshot);
    struct asking asking = { search, &search->parts[part] };
    uint16_t most[PTN_INDEX_COHORTS];
    struct ptn_index_query query = { &search->name, search->threshold, search->top,
                                     adjust,        &asking,           most };
    struct ptn_status status;
    size_t count = 0;
    bool more = false;

    ptn_evidence_most(search->query, search->kinds, most);
    if (hits == NULL || scratch == NULL)
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    else if (search->query->brute)
        status = ptn_index_scan(&snapshot->index, &query, scratch, hits, &count, &more);
    else
        status = ptn_index_find(&snapshot->index, &query, scratch, hits, &count, &more);
    for (size_t i = 0; i < count && ptn_ok(status); i++) {
        const uint8_t *name = ptn_record(snapshot, PTN_SECTION_NAMES, hits[i].name);
        uint32_t entry = ptn_snapshot_owner(snapshot, name + NAME_ENTRY);

        if (hits[i].name >= snapshot->sections[PTN_SECTION_NAMES].count || entry == UINT32_MAX)
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the index names what is not there");
        else
            search->found[search->count++] =
                (struct found){ part,          entry,          hits[i].name, UINT32_MAX,
                                hits[i].score, PTN_MATCH_NAME, NULL };
    }
    if (status.code == PTN_C_CORRUPT)
        ptn_snapshot_doubt(snapshot);
    search->more = search->more || more;
    return_scratch(snapshot, scratch);
    return status;
}

/* DELTA-1: each part's best, and of these the first; what is over is more. */
PTN_MUST_USE static struct ptn_status find_names(struct search *search, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t part = 0; ptn_ok(status) && part < search->part_count; part++) {
        size_t first = search->count;

        status = find_in_part(search, (uint8_t)part, reterr);
        for (size_t i = first; part > 0 && ptn_ok(status) && i < search->count; i++) {
            struct found one = search->found[i];
            size_t at = i;

            for (; at > 0 && before(search, &one, &search->found[at - 1]); at--)
                search->found[at] = search->found[at - 1];
            search->found[at] = one;
        }
    }
    if (search->count > search->top) {
        search->count = search->top;
        search->more = true;
    }
    return status;
}

/* ---- numbers ---- */

/* Put a match in its place; one an entry, the better score kept; the worst goes when there are more
 * than twice top. */
static void put(struct search *search, struct found one)
{
    size_t at = 0;

    for (size_t i = 0; i < search->count; i++)
        if (search->found[i].part == one.part && search->found[i].entry == one.entry) {
            struct found *same = &search->found[i];

            if (one.score < same->score ||
                (one.score == same->score && same->number != UINT32_MAX)) {
                if (same->number == UINT32_MAX) { /* the name is the better match, the number still
                                                     says something */
                    same->number = one.number;
                    same->rule = one.rule;
                    same->basis = one.basis;
                }
                return;
            }
            one.name = same->name;
            memmove(same, same + 1, (search->count - i - 1) * sizeof(*same));
            search->count--;
            break;
        }
    if (search->count == 2 * search->top) {
        search->more = true;
        if (!before(search, &one, &search->found[search->count - 1]))
            return;
        search->count--;
    }
    while (at < search->count && before(search, &search->found[at], &one))
        at++;
    memmove(&search->found[at + 1], &search->found[at], (search->count - at) * sizeof(one));
    search->found[at] = one;
    search->count++;
}

struct number_query {
    struct ptn_bytes text;
    const char *issuer;
    char class;
    enum ptn_match_basis basis;
    char form; /* the class, or PTN_KEY_ALIKE */
};

static void take_number(struct search *search, const struct number_query *wanted,
                        const uint8_t *key, size_t len, uint8_t part, uint32_t index)
{
    const struct ptn_snapshot *snapshot = search->parts[part].snapshot;
    const uint8_t *number = ptn_record(snapshot, PTN_SECTION_NUMBERS, index);
    uint8_t listed[PTN_KEY_LEN_MAX];
    char issuer[4] = { 0 };
    struct found one = { part,
                         ptn_snapshot_owner(snapshot, number + NUMBER_ENTRY),
                         UINT32_MAX,
                         index,
                         PTN_SCREEN_SCORE_MAX,
                         wanted->basis,
                         NULL };

    if (one.entry == UINT32_MAX ||
        ptn_key_class((enum ptn_list_number_type)ptn_snapshot_word(
            snapshot, number[NUMBER_TYPE], PTN_NUMBER_TYPE_COUNT)) != wanted->class
        ||
        ptn_key_of(wanted->form, ptn_snapshot_text(snapshot, number + NUMBER_TEXT), listed) !=
            len ||
        memcmp(listed, key, len) != 0)
        return;
    if (!counts(search, &search->parts[part], one.entry))
        return;
    ptn_snapshot_code(number + NUMBER_ISSUER, issuer);
    one.rule = wanted->class == 'p' ? "plate.listed" : "vessel.listed";
    if (wanted->form == PTN_KEY_ALIKE) {
        one.rule = "plate.alike";
        one.score = PLATE_ALIKE_SCORE;
    }
    if (wanted->class == 'd') {
        bool comparable = wanted->issuer[0] != '\0' && issuer[0] != '\0';

        if (comparable && !ptn_same_state(wanted->issuer, issuer))
            return;
        if (!comparable && len < NUMBER_ONLY_LEN_MIN)
            return;
        one.score = comparable ? PTN_SCREEN_SCORE_MAX : NUMBER_ONLY_SCORE;
        one.rule = comparable ? "document.listed" : "document.number";
    }
    if (one.score >= search->threshold)
        put(search, one);
}

/* The first key of that hash, or where it would be. */
static size_t first_key(const struct ptn_snapshot *snapshot, uint64_t hash)
{
    const struct ptn_section_view *keys = &snapshot->sections[PTN_SECTION_KEYS];
    size_t low = 0;
    size_t high = keys->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ptn_le64(keys->at + middle * KEY_LEN) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The number of a part's key, when it is of that hash. */
static bool number_at(const struct part *part, size_t key, uint64_t hash, uint32_t *ret_number)
{
    const struct ptn_section_view *keys = &part->snapshot->sections[PTN_SECTION_KEYS];

    if (key >= keys->count || ptn_le64(keys->at + key * KEY_LEN) != hash)
        return false;
    *ret_number = ptn_le32(keys->at + key * KEY_LEN + KEY_NUMBER);
    return true;
}

static uint32_t entry_of_number(const struct part *part, uint32_t number)
{
    return ptn_le32(ptn_record(part->snapshot, PTN_SECTION_NUMBERS, number) + NUMBER_ENTRY);
}

/* DELTA-1: in the order of the entries, whichever part has them. */
static void find_number(struct search *search, const struct number_query *wanted)
{
    uint8_t key[PTN_KEY_LEN_MAX];
    size_t len = ptn_key_of(wanted->form, wanted->text, key);
    uint64_t hash = ptn_key_hash(wanted->form, key, len);
    size_t at[PARTS] = { 0 };

    if (len == 0)
        return;
    for (size_t part = 0; part < search->part_count; part++)
        at[part] = first_key(search->parts[part].snapshot, hash);
    for (;;) {
        uint32_t number = 0;
        uint32_t other = 0;
        uint8_t part = 0;
        bool has = number_at(&search->parts[0], at[0], hash, &number);

        if (search->part_count > 1 && number_at(&search->parts[1], at[1], hash, &other) &&
            (!has || compare_entries(search, 1, entry_of_number(&search->parts[1], other), 0,
                                     entry_of_number(&search->parts[0], number)) < 0)) {
            part = 1;
            number = other;
            has = true;
        }
        if (!has)
            return;
        take_number(search, wanted, key, len, part, number);
        at[part]++;
    }
}

/* ---- what a match says ---- */

static void fill_effects(const struct part *part, const uint8_t *entry, struct ptn_match *match)
{
    const struct ptn_snapshot *snapshot = part->snapshot;
    uint16_t index;
    const struct ptn_snapshot *lists = list_of(part, entry, &index);
    struct ptn_snapshot_list list = ptn_snapshot_list(lists, index);

    match->list = list.name;
    match->edition = list.edition;
    match->on_entry = list.profile.on_entry;
    match->on_exit = list.profile.on_exit;
    match->own_nationals_exempt = list.profile.own_nationals_exempt;
    match->owner = list.profile.owner;
    match->basis_law = list.profile.basis;
    if (entry[ENTRY_HAS_ACTION] != 0) {
        match->on_entry =
            ptn_list_action_effect(ptn_snapshot_action(snapshot, entry[ENTRY_ON_ENTRY]));
        match->on_exit =
            ptn_list_action_effect(ptn_snapshot_action(snapshot, entry[ENTRY_ON_EXIT]));
    }
    for (uint32_t i = 0; i < ptn_le16(entry + ENTRY_FACT_COUNT); i++) {
        const uint8_t *fact =
            ptn_record(snapshot, PTN_SECTION_FACTS, (size_t)ptn_le32(entry + ENTRY_FIRST_FACT) + i);

        if (fact[FACT_TYPE] == PTN_FACT_LEGAL_BASIS)
            match->basis_law = ptn_snapshot_text(snapshot, fact + FACT_TEXT);
        if (fact[FACT_TYPE] == PTN_FACT_PROGRAMME && match->programme.len == 0)
            match->programme = ptn_snapshot_text(snapshot, fact + FACT_TEXT);
    }
}

/* The name shown: the one that matched, else the entry's first, else the number. */
static void fill_name(const struct ptn_snapshot *snapshot, const uint8_t *entry,
                      const struct found *found, struct ptn_match *match)
{
    uint32_t name = found->name;

    if (name == UINT32_MAX && ptn_le16(entry + ENTRY_NAME_COUNT) > 0)
        name = ptn_le32(entry + ENTRY_FIRST_NAME);
    if (name != UINT32_MAX) {
        const uint8_t *record = ptn_record(snapshot, PTN_SECTION_NAMES, name);

        match->name = ptn_snapshot_text(snapshot, record + NAME_TEXT);
        match->alias = alias_of(snapshot, record);
    } else if (found->number != UINT32_MAX) {
        match->name = ptn_snapshot_text(
            snapshot, ptn_record(snapshot, PTN_SECTION_NUMBERS, found->number) + NUMBER_TEXT);
    }
}

/* A plate that only looks like the one shown proves nothing yet. */
static bool is_alike(const struct found *found)
{
    return found->basis == PTN_MATCH_PLATE && found->score < PTN_SCREEN_SCORE_MAX;
}

/* The listed birth is one day. */
static bool is_day(const struct ptn_snapshot *snapshot, size_t birth)
{
    struct ptn_birth_span listed = ptn_snapshot_birth(snapshot, birth);

    return listed.first == listed.last;
}

PTN_MUST_USE static struct ptn_status fill(struct search *search, const struct found *found,
                                           struct ptn_match *match)
{
    const struct part *part = &search->parts[found->part];
    const struct ptn_snapshot *snapshot = part->snapshot;
    const uint8_t *entry = entry_at(part, found->entry);
    struct ptn_evidence evidence = ptn_evidence_of(snapshot, search->query, found->entry);
    struct ptn_whys whys = { .arena = search->arena };

    *match = (struct ptn_match){
        .basis = found->basis,
        .entry = ptn_snapshot_text(snapshot, entry + ENTRY_ID),
        .ordinal = found->entry,
        .kind = (enum ptn_entry_kind)kind_of(part, found->entry),
        .score = found->score,
        .corroborated =
            (found->number != UINT32_MAX && !is_alike(found)) || evidence.birth == PTN_BIRTH_AGREES,
        .birth_day = evidence.birth == PTN_BIRTH_AGREES && is_day(snapshot, evidence.birth_record),
        .listed_on = ptn_snapshot_date(snapshot, entry + ENTRY_LISTED),
        .valid_until = ptn_snapshot_date(snapshot, entry + ENTRY_VALID),
    };
    fill_effects(part, entry, match);
    fill_name(snapshot, entry, found, match);
    ptn_buffer_init(&whys.text, 4096);
    whys.lines = ptn_arena_take(search->arena, PTN_WHY_MAX * sizeof(whys.lines[0]));
    if (whys.lines == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (found->number != UINT32_MAX) {
        const uint8_t *number = ptn_record(snapshot, PTN_SECTION_NUMBERS, found->number);
        char issuer[4] = { 0 };

        ptn_snapshot_code(number + NUMBER_ISSUER, issuer);
        ptn_why_number(&whys, found->rule, ptn_snapshot_text(snapshot, number + NUMBER_TEXT),
                       issuer);
    }
    if (found->name != UINT32_MAX)
        ptn_why_name(&whys, &search->name, search->name_text, match->name, match->alias);
    ptn_why_evidence(&whys, snapshot, search->query, &evidence, found->entry);
    ptn_buffer_release(&whys.text);
    match->why = whys.lines;
    match->why_count = whys.count;
    if (whys.failed)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return PTN_OK;
}

/* ---- the whole ---- */

PTN_MUST_USE static struct ptn_status prepare(struct search *search, struct ptn_diag *reterr)
{
    const struct ptn_screen_query *query = search->query;

    search->threshold = query->threshold == 0 ? PTN_SCREEN_THRESHOLD_DEFAULT : query->threshold;
    search->top = query->top == 0 ? PTN_SCREEN_TOP_DEFAULT : query->top;
    search->kinds = query->kinds == 0 ? PTN_SCREEN_PERSONS : query->kinds;
    search->name_text = ptn_bytes_trim(query->name);
    if (search->name_text.len == 0 && query->number.len == 0 && query->plate.len == 0 &&
        query->vessel.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "nothing to search for: no name, number, plate or vessel");
    if (search->top > PTN_SCREEN_TOP_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "more matches are asked for than the limit");
    if (search->name_text.len > PTN_SCREEN_NAME_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_SCREEN_NAME_LEN_MAX,
                        "the name is longer than the limit");
    search->found = ptn_arena_take(search->arena, (2 * search->top + 1) * sizeof(search->found[0]));
    if (search->found == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status search_all(struct search *search, struct ptn_diag *reterr)
{
    const struct ptn_screen_query *query = search->query;
    const struct number_query wanted[] = {
        { query->number, query->issuer, 'd', PTN_MATCH_DOCUMENT, 'd' },
        { query->plate, "", 'p', PTN_MATCH_PLATE, 'p' },
        { query->plate, "", 'p', PTN_MATCH_PLATE, PTN_KEY_ALIKE },
        { query->vessel, "", 'v', PTN_MATCH_VESSEL, 'v' },
    };

    if (search->name_text.len > 0) {
        struct ptn_status status;

        ptn_name_read(search->name_text, query->mrz ? PTN_NAME_MRZ : PTN_NAME_FREE, &search->name);
        status = find_names(search, reterr);
        if (!ptn_ok(status))
            return status;
    }
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (wanted[i].text.len > 0)
            find_number(search, &wanted[i]);
    return PTN_OK;
}

/* "GIVEN SURNAME", or "SURNAME<<GIVEN" with fillers for blanks. */
PTN_MUST_USE static struct ptn_status name_of(const struct ptn_person *person, bool mrz,
                                              struct ptn_arena *arena, struct ptn_bytes *ret_name)
{
    struct ptn_bytes first = mrz ? person->surname : person->given;
    struct ptn_bytes last = mrz ? person->given : person->surname;
    size_t len = first.len + last.len + 2;
    char *text = ptn_arena_take(arena, len + 1);
    int written;

    if (text == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    written = snprintf(text, len + 1, mrz ? "%.*s<<%.*s" : "%.*s %.*s", (int)first.len,
                       first.len == 0 ? "" : (const char *)first.at, (int)last.len,
                       last.len == 0 ? "" : (const char *)last.at);
    for (int i = 0; mrz && i < written; i++)
        if (text[i] == ' ')
            text[i] = '<';
    *ret_name = ptn_bytes_trim(ptn_bytes_of(text, written < 0 ? 0 : (size_t)written));
    return PTN_OK;
}

struct ptn_status ptn_screen_query_person(const struct ptn_person *person, bool mrz,
                                          struct ptn_arena *arena, struct ptn_screen_query *query,
                                          struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    query->name = person->name;
    if (person->name.len == 0)
        status = name_of(person, mrz, arena, &query->name);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no memory");
    query->mrz = mrz;
    query->birth = person->birth;
    query->sex = person->sex;
    query->number = person->document.number;
    memcpy(query->nationality, person->nationality, sizeof(query->nationality));
    memcpy(query->issuer, person->document.issuer, sizeof(query->issuer));
    return PTN_OK;
}

struct ptn_status ptn_delta_screen(const struct ptn_snapshot *base, const struct ptn_delta *delta,
                                   const struct ptn_screen_query *query, struct ptn_arena *arena,
                                   struct ptn_match **ret_matches, size_t *ret_count,
                                   bool *ret_more, struct ptn_diag *reterr)
{
    struct search search = { .parts = { { base, delta } },
                             .part_count = delta == NULL ? 1 : 2,
                             .query = query,
                             .arena = arena };
    struct ptn_match *matches;
    struct ptn_status status;

    if (delta != NULL)
        search.parts[1].snapshot = delta->snapshot;
    status = prepare(&search, reterr);
    if (ptn_ok(status))
        status = search_all(&search, reterr);
    if (!ptn_ok(status))
        return status;
    if (search.count > search.top) {
        search.count = search.top;
        search.more = true;
    }
    matches = ptn_arena_take(arena, (search.count + 1) * sizeof(matches[0]));
    if (matches == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    for (size_t i = 0; i < search.count && ptn_ok(status); i++)
        status = fill(&search, &search.found[i], &matches[i]);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no memory");
    *ret_matches = matches;
    *ret_count = search.count;
    *ret_more = search.more;
    return PTN_OK;
}

struct ptn_status ptn_screen(const struct ptn_snapshot *snapshot,
                             const struct ptn_screen_query *query, struct ptn_arena *arena,
                             struct ptn_match **ret_matches, size_t *ret_count, bool *ret_more,
                             struct ptn_diag *reterr)
{
    return ptn_delta_screen(snapshot, NULL, query, arena, ret_matches, ret_count, ret_more, reterr);
}

struct ptn_status ptn_match_append(struct ptn_arena *arena, const struct ptn_match **matches,
                                   size_t *count, const struct ptn_match *more, size_t more_count)
{
    struct ptn_match *all;

    if (more_count == 0)
        return PTN_OK;
    all = ptn_arena_take(arena, (*count + more_count) * sizeof(*all));
    if (all == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (*count > 0)
        memcpy(all, *matches, *count * sizeof(*all));
    memcpy(all + *count, more, more_count * sizeof(*all));
    *matches = all;
    *count += more_count;
    return PTN_OK;
}
