/*
 * watch/screen.c -- the search: names through the index (or one by one), numbers through their
 * keys, both into one list of matches, one an entry, best first.
 */
#include "watch/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "names/index.h"
#include "record/person.h"
#include "watch/screen_int.h"

#define NUMBER_ONLY_SCORE   9000u /* the number is listed, the issuer cannot be compared */
#define NUMBER_ONLY_LEN_MIN 6u
#define PLATE_ALIKE_SCORE   9000u /* the plate is not equal and looks alike */

/* An entry found, before it is explained. */
struct found {
    uint32_t entry;
    uint32_t name;   /* the name that matched, or UINT32_MAX */
    uint32_t number; /* the number that matched, or UINT32_MAX */
    unsigned score;
    enum ptn_match_basis basis;
    const char *rule; /* of the number */
};

struct search {
    const struct ptn_snapshot *snapshot;
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

/* ---- which entries count ---- */

static void actions_of(const struct ptn_snapshot *snapshot, const uint8_t *entry,
                       uint8_t *ret_entry, uint8_t *ret_exit)
{
    const uint8_t *list = ptn_record(snapshot, PTN_SECTION_LISTS, ptn_le16(entry + ENTRY_LIST));
    bool own = entry[ENTRY_HAS_ACTION] != 0;

    *ret_entry = own ? entry[ENTRY_ON_ENTRY] : list[LIST_ON_ENTRY];
    *ret_exit = own ? entry[ENTRY_ON_EXIT] : list[LIST_ON_EXIT];
}

/* Not switched off, and not past its last day. */
static bool counts(const struct search *search, const uint8_t *entry)
{
    uint32_t valid = ptn_le32(entry + ENTRY_VALID);
    uint8_t on_entry, on_exit;

    if (valid != 0 && search->query->today.year != 0 && valid < ptn_pack_date(search->query->today))
        return false;
    if (search->query->include_off)
        return true;
    actions_of(search->snapshot, entry, &on_entry, &on_exit);
    return on_entry != PTN_LIST_ACTION_OFF || on_exit != PTN_LIST_ACTION_OFF;
}

/* ---- names ---- */

/* NAMES-3: never above what the names alone give. */
static unsigned adjust(void *context, uint32_t name, unsigned name_score)
{
    const struct search *search = context;
    const struct ptn_snapshot *snapshot = search->snapshot;
    const uint8_t *record, *entry;
    struct ptn_evidence evidence;
    uint32_t ordinal;

    if (name >= snapshot->sections[PTN_SECTION_NAMES].count)
        return 0;
    record = ptn_record(snapshot, PTN_SECTION_NAMES, name);
    ordinal = ptn_le32(record + NAME_ENTRY);
    entry = ptn_record(snapshot, PTN_SECTION_ENTRIES, ordinal);
    if ((search->kinds & PTN_SCREEN_KIND(entry[ENTRY_KIND])) == 0 || !counts(search, entry))
        return 0;
    evidence = ptn_evidence_of(snapshot, search->query, ordinal);
    return ptn_evidence_score(&evidence, search->query, (enum ptn_alias)record[NAME_ALIAS],
                              name_score);
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

PTN_MUST_USE static struct ptn_status find_names(struct search *search, struct ptn_diag *reterr)
{
    struct ptn_index_hit *hits = ptn_arena_take(search->arena, search->top * sizeof(hits[0]));
    struct ptn_index_scratch *scratch = borrow_scratch(search->snapshot);
    struct ptn_index_query query = { &search->name, search->threshold, search->top, adjust,
                                     search };
    struct ptn_status status;
    size_t count = 0;

    if (hits == NULL || scratch == NULL)
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    else if (search->query->brute)
        status =
            ptn_index_scan(&search->snapshot->index, &query, scratch, hits, &count, &search->more);
    else
        status =
            ptn_index_find(&search->snapshot->index, &query, scratch, hits, &count, &search->more);
    for (size_t i = 0; i < count && ptn_ok(status); i++) {
        if (hits[i].name >= search->snapshot->sections[PTN_SECTION_NAMES].count)
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the index names what is not there");
        else
            search->found[search->count++] = (struct found){
                ptn_le32(ptn_record(search->snapshot, PTN_SECTION_NAMES, hits[i].name) +
                         NAME_ENTRY),
                hits[i].name,
                UINT32_MAX,
                hits[i].score,
                PTN_MATCH_NAME,
                NULL
            };
    }
    return_scratch(search->snapshot, scratch);
    return status;
}

/* ---- numbers ---- */

static bool before(const struct found *a, const struct found *b)
{
    return a->score != b->score ? a->score > b->score : a->entry < b->entry;
}

/* Put a match in its place; one an entry, the better score kept; the worst goes when there are more
 * than twice top. */
static void put(struct search *search, struct found one)
{
    size_t at = 0;

    for (size_t i = 0; i < search->count; i++)
        if (search->found[i].entry == one.entry) {
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
        if (!before(&one, &search->found[search->count - 1]))
            return;
        search->count--;
    }
    while (at < search->count && before(&search->found[at], &one))
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
                        const uint8_t *key, size_t len, uint32_t index)
{
    const struct ptn_snapshot *snapshot = search->snapshot;
    const uint8_t *number = ptn_record(snapshot, PTN_SECTION_NUMBERS, index);
    uint8_t listed[PTN_KEY_LEN_MAX];
    char issuer[4] = { 0 };
    struct found one = { ptn_le32(number + NUMBER_ENTRY),
                         UINT32_MAX,
                         index,
                         PTN_SCREEN_SCORE_MAX,
                         wanted->basis,
                         NULL };

    if (ptn_key_class((enum ptn_list_number_type)number[NUMBER_TYPE]) != wanted->class ||
        ptn_key_of(wanted->form, ptn_snapshot_text(snapshot, number + NUMBER_TEXT), listed) !=
            len ||
        memcmp(listed, key, len) != 0)
        return;
    if (!counts(search, ptn_record(snapshot, PTN_SECTION_ENTRIES, one.entry)))
        return;
    memcpy(issuer, number + NUMBER_ISSUER, 3);
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

static void find_number(struct search *search, const struct number_query *wanted)
{
    const struct ptn_section_view *keys = &search->snapshot->sections[PTN_SECTION_KEYS];
    uint8_t key[PTN_KEY_LEN_MAX];
    size_t len = ptn_key_of(wanted->form, wanted->text, key), low = 0, high = keys->count;
    uint64_t hash = ptn_key_hash(wanted->form, key, len);

    if (len == 0)
        return;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ptn_le64(keys->at + middle * KEY_LEN) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < keys->count && ptn_le64(keys->at + low * KEY_LEN) == hash; low++)
        take_number(search, wanted, key, len, ptn_le32(keys->at + low * KEY_LEN + KEY_NUMBER));
}

/* ---- what a match says ---- */

static void fill_effects(const struct ptn_snapshot *snapshot, const uint8_t *entry,
                         struct ptn_match *match)
{
    struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, ptn_le16(entry + ENTRY_LIST));

    match->list = list.name;
    match->edition = list.edition;
    match->on_entry = list.profile.on_entry;
    match->on_exit = list.profile.on_exit;
    match->own_nationals_exempt = list.profile.own_nationals_exempt;
    match->owner = list.profile.owner;
    match->basis_law = list.profile.basis;
    if (entry[ENTRY_HAS_ACTION] != 0) {
        match->on_entry = ptn_list_action_effect((enum ptn_list_action)entry[ENTRY_ON_ENTRY]);
        match->on_exit = ptn_list_action_effect((enum ptn_list_action)entry[ENTRY_ON_EXIT]);
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
        match->alias = (enum ptn_alias)record[NAME_ALIAS];
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
    const uint8_t *record = ptn_record(snapshot, PTN_SECTION_BIRTHS, birth);

    return ptn_le32(record + BIRTH_FIRST) == ptn_le32(record + BIRTH_LAST);
}

PTN_MUST_USE static struct ptn_status fill(struct search *search, const struct found *found,
                                           struct ptn_match *match)
{
    const struct ptn_snapshot *snapshot = search->snapshot;
    const uint8_t *entry = ptn_record(snapshot, PTN_SECTION_ENTRIES, found->entry);
    struct ptn_evidence evidence = ptn_evidence_of(snapshot, search->query, found->entry);
    struct ptn_whys whys = { .arena = search->arena };

    *match = (struct ptn_match){
        .basis = found->basis,
        .entry = ptn_snapshot_text(snapshot, entry + ENTRY_ID),
        .ordinal = found->entry,
        .kind = (enum ptn_entry_kind)entry[ENTRY_KIND],
        .score = found->score,
        .corroborated =
            (found->number != UINT32_MAX && !is_alike(found)) || evidence.birth == PTN_BIRTH_AGREES,
        .birth_day = evidence.birth == PTN_BIRTH_AGREES && is_day(snapshot, evidence.birth_record),
        .listed_on = ptn_unpack_date(ptn_le32(entry + ENTRY_LISTED)),
        .valid_until = ptn_unpack_date(ptn_le32(entry + ENTRY_VALID)),
    };
    fill_effects(snapshot, entry, match);
    fill_name(snapshot, entry, found, match);
    ptn_buffer_init(&whys.text, 4096);
    whys.lines = ptn_arena_take(search->arena, PTN_WHY_MAX * sizeof(whys.lines[0]));
    if (whys.lines == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (found->number != UINT32_MAX) {
        const uint8_t *number = ptn_record(snapshot, PTN_SECTION_NUMBERS, found->number);
        char issuer[4] = { 0 };

        memcpy(issuer, number + NUMBER_ISSUER, 3);
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

struct ptn_status ptn_screen(const struct ptn_snapshot *snapshot,
                             const struct ptn_screen_query *query, struct ptn_arena *arena,
                             struct ptn_match **ret_matches, size_t *ret_count, bool *ret_more,
                             struct ptn_diag *reterr)
{
    struct search search = { .snapshot = snapshot, .query = query, .arena = arena };
    struct ptn_match *matches;
    struct ptn_status status = prepare(&search, reterr);

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
