/* The people of one list: copied out of a message, kept so that they are found again, and compared
 * with those of the version before. */
#include "arrival/arrival_int.h"
#include "reference/state.h"

#define ARENA_MAX (64u << 20) /* of one list */

/* ---- texts and numbers ---- */

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* What a reader takes one letter for: each gets the digit it looks like. */
static uint8_t look_alike(uint8_t byte)
{
    switch (byte) {
    case 'O':
    case 'Q':
    case 'D':
        return '0';
    case 'I':
    case 'L':
        return '1';
    case 'Z':
        return '2';
    case 'S':
        return '5';
    case 'G':
        return '6';
    case 'B':
        return '8';
    default:
        return byte;
    }
}

#define HASH_BEGIN UINT32_C(2166136261)

static uint32_t hash_byte(uint32_t hash, uint8_t byte)
{
    return (hash ^ byte) * UINT32_C(16777619);
}

uint32_t ptn_arrival_number_hash(struct ptn_bytes number)
{
    uint32_t hash = HASH_BEGIN;
    bool any = false;

    for (size_t i = 0; i < number.len; i++) {
        uint8_t byte = upper(number.at[i]);

        if (!is_letter_or_digit(byte))
            continue;
        hash = hash_byte(hash, look_alike(byte));
        any = true;
    }
    return any ? hash | 1u : 0;
}

bool ptn_arrival_number_equal(struct ptn_bytes a, struct ptn_bytes b)
{
    size_t i = 0;
    size_t j = 0;

    for (;;) {
        while (i < a.len && !is_letter_or_digit(upper(a.at[i])))
            i++;
        while (j < b.len && !is_letter_or_digit(upper(b.at[j])))
            j++;
        if (i == a.len || j == b.len)
            return i == a.len && j == b.len;
        if (upper(a.at[i++]) != upper(b.at[j++]))
            return false;
    }
}

uint32_t ptn_arrival_pack_date(struct ptn_date date)
{
    return ((uint32_t)date.year << 16) | ((uint32_t)date.month << 8) | date.day;
}

uint32_t ptn_arrival_name_hash(struct ptn_bytes surname, struct ptn_bytes given,
                               struct ptn_date birth)
{
    const struct ptn_bytes texts[] = { surname, given };
    uint32_t packed = ptn_arrival_pack_date(birth);
    uint32_t hash = HASH_BEGIN;

    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < texts[t].len; i++) {
            uint8_t byte = upper(texts[t].at[i]);

            if ((byte >= 'A' && byte <= 'Z') || byte >= 0x80)
                hash = hash_byte(hash, byte);
        }
    for (unsigned shift = 0; shift < 32; shift += 8)
        hash = hash_byte(hash, (uint8_t)(packed >> shift));
    return hash;
}

static int compare_keys(const void *a, const void *b)
{
    const struct ptn_arrival_key *left = a;
    const struct ptn_arrival_key *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

size_t ptn_arrival_key_find(const struct ptn_arrival_key *keys, size_t count, uint32_t hash)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (keys[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && keys[low].hash == hash ? low : count;
}

bool ptn_arrival_states_agree(const char *a, const char *b)
{
    const struct ptn_state *left = ptn_state_find(a);
    const struct ptn_state *right = ptn_state_find(b);

    return left == NULL || right == NULL || left == right;
}

bool ptn_arrival_is_visa(const struct ptn_arrival_document *document)
{
    return document->type.len > 0 && upper(document->type.at[0]) == 'V';
}

/* ---- copying ---- */

/* A copy that is UTF-8 without control characters, cut at a character's start. */
static struct ptn_bytes copy_text(struct ptn_arena *arena, struct ptn_bytes text, size_t len_max,
                                  bool *failed)
{
    char kept[NAME_LEN_MAX];
    size_t len = 0;
    size_t at = 0;
    char *copy;

    text = ptn_bytes_trim(text);
    while (at < text.len) {
        uint8_t bytes[4];
        size_t take;
        uint32_t point = ptn_utf8_next(text, &at);

        if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == PTN_CODE_POINT_BAD)
            point = '?';
        take = ptn_utf8_put(point, bytes);
        if (len + take > len_max)
            break;
        memcpy(kept + len, bytes, take);
        len += take;
    }
    copy = ptn_arena_text(arena, ptn_bytes_of(kept, len));
    if (copy == NULL) {
        *failed = true;
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(copy, len);
}

struct ptn_status ptn_arrival_person_copy(const struct ptn_arrival_person *from,
                                          struct ptn_arena *arena,
                                          struct ptn_arrival_person *ret_person)
{
    struct ptn_arrival_person person = *from;
    bool failed = false;

    person.surname = copy_text(arena, from->surname, NAME_LEN_MAX, &failed);
    person.given = copy_text(arena, from->given, NAME_LEN_MAX, &failed);
    person.birth_place = copy_text(arena, from->birth_place, NAME_LEN_MAX, &failed);
    person.reference = copy_text(arena, from->reference, CODE_LEN_MAX, &failed);
    person.booking = copy_text(arena, from->booking, CODE_LEN_MAX, &failed);
    person.rank = copy_text(arena, from->rank, CODE_LEN_MAX, &failed);
    person.embark = copy_text(arena, from->embark, CODE_LEN_MAX, &failed);
    person.debark = copy_text(arena, from->debark, CODE_LEN_MAX, &failed);
    for (size_t i = 0; i < from->document_count; i++) {
        const struct ptn_arrival_document *document = &from->documents[i];

        person.documents[i].type = copy_text(arena, document->type, CODE_LEN_MAX, &failed);
        person.documents[i].number = copy_text(arena, document->number, NUMBER_LEN_MAX, &failed);
    }
    if (failed)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    *ret_person = person;
    return PTN_OK;
}

/* A State's code as documents print it; empty for what is none. */
static void read_state(struct ptn_bytes text, char ret_code[4])
{
    const struct ptn_state *state = ptn_state_find_bytes(ptn_bytes_trim(text));
    char letters[3] = { 0 };

    text = ptn_bytes_trim(text);
    if (state == NULL && text.len == 2) { /* some write two letters */
        memcpy(letters, text.at, 2);
        state = ptn_state_find_alpha2(letters);
    }
    ret_code[0] = '\0';
    if (state != NULL)
        memcpy(ret_code, state->alpha3, sizeof(state->alpha3));
}

/* GIVEN and SECOND as one text. */
static struct ptn_bytes all_given(const struct ptn_manifest_person *from, char *room, size_t size)
{
    int len;

    if (from->second.len == 0)
        return from->given;
    len = snprintf(room, size, "%.*s %.*s", (int)from->given.len, (const char *)from->given.at,
                   (int)from->second.len, (const char *)from->second.at);
    return ptn_bytes_of(room, len < 0 ? 0 : ((size_t)len < size ? (size_t)len : size - 1));
}

static struct ptn_status read_person(const struct ptn_manifest_person *from,
                                     struct ptn_arena *arena, struct ptn_arrival_person *ret_person)
{
    char given[2 * NAME_LEN_MAX];
    uint8_t sex = from->sex.len > 0 ? upper(from->sex.at[0]) : 0;
    struct ptn_arrival_person person = {
        .role = from->role,
        .surname = from->surname,
        .given = all_given(from, given, sizeof(given)),
        .birth = ptn_date_is_possible(from->birth) ? from->birth : PTN_DATE_NONE,
        .birth_place = from->birth_place,
        .reference = from->reference,
        .booking = from->booking,
        .rank = from->rank,
        .embark = from->embark,
        .debark = from->debark,
    };

    if (sex == 'M')
        person.sex = 'M';
    if (sex == 'F')
        person.sex = 'F';
    read_state(from->nationality, person.nationality);
    for (const struct ptn_manifest_document *document = from->documents;
         document != NULL && person.document_count < PTN_ARRIVAL_DOCUMENTS_MAX;
         document = document->next) {
        struct ptn_arrival_document *to = &person.documents[person.document_count];

        if (ptn_bytes_trim(document->number).len == 0)
            continue;
        to->type = document->type;
        to->number = document->number;
        to->expiry = ptn_date_is_possible(document->expiry) ? document->expiry : PTN_DATE_NONE;
        read_state(document->issuer, to->issuer);
        person.document_count++;
    }
    return ptn_arrival_person_copy(&person, arena, ret_person);
}

/* ---- finding the same person again ---- */

static bool has_number(const struct ptn_arrival_person *person, struct ptn_bytes number)
{
    for (size_t i = 0; i < person->document_count; i++)
        if (ptn_arrival_number_equal(person->documents[i].number, number))
            return true;
    return false;
}

static size_t same_by_document(const struct ptn_arrival_rows *rows,
                               const struct ptn_arrival_person *person)
{
    for (size_t i = 0; i < person->document_count; i++) {
        struct ptn_bytes number = person->documents[i].number;
        uint32_t hash = ptn_arrival_number_hash(number);
        size_t at = ptn_arrival_key_find(rows->numbers, rows->number_count, hash);

        if (ptn_arrival_is_visa(&person->documents[i]))
            continue;
        for (; at < rows->number_count && rows->numbers[at].hash == hash; at++)
            if (has_number(&rows->people[rows->numbers[at].row], number))
                return rows->numbers[at].row;
    }
    return rows->count;
}

size_t ptn_arrival_rows_same(const struct ptn_arrival_rows *rows,
                             const struct ptn_arrival_person *person)
{
    uint32_t hash = ptn_arrival_name_hash(person->surname, person->given, person->birth);
    size_t row;
    size_t at;

    for (size_t i = 0; person->reference.len > 0 && i < rows->count; i++)
        if (ptn_bytes_equal(rows->people[i].reference, person->reference))
            return i;
    row = same_by_document(rows, person);
    if (row < rows->count)
        return row;
    at = ptn_arrival_key_find(rows->names, rows->count, hash);
    return at < rows->count ? rows->names[at].row : rows->count;
}

static bool says_the_same(const struct ptn_arrival_person *a, const struct ptn_arrival_person *b)
{
    if (a->role != b->role || a->sex != b->sex || !ptn_date_equal(a->birth, b->birth) ||
        strcmp(a->nationality, b->nationality) != 0 || a->document_count != b->document_count ||
        !ptn_bytes_equal(a->surname, b->surname) || !ptn_bytes_equal(a->given, b->given) ||
        !ptn_bytes_equal(a->booking, b->booking))
        return false;
    for (size_t i = 0; i < a->document_count; i++)
        if (!ptn_bytes_equal(a->documents[i].number, b->documents[i].number) ||
            strcmp(a->documents[i].issuer, b->documents[i].issuer) != 0 ||
            !ptn_date_equal(a->documents[i].expiry, b->documents[i].expiry))
            return false;
    return true;
}

/* ---- making a list ---- */

static struct ptn_status index_rows(struct ptn_arrival_rows *rows)
{
    size_t room = rows->count * PTN_ARRIVAL_DOCUMENTS_MAX + 1;

    rows->numbers = ptn_arena_take(rows->arena, room * sizeof(*rows->numbers));
    rows->names = ptn_arena_take(rows->arena, (rows->count + 1) * sizeof(*rows->names));
    rows->births = ptn_arena_take(rows->arena, (rows->count + 1) * sizeof(*rows->births));
    rows->fates = ptn_arena_take(rows->arena, (rows->count + 1) * sizeof(*rows->fates));
    if (rows->numbers == NULL || rows->names == NULL || rows->births == NULL || rows->fates == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < rows->count; i++) {
        const struct ptn_arrival_person *person = &rows->people[i];

        rows->births[i] = ptn_arrival_pack_date(person->birth);
        rows->names[i] = (struct ptn_arrival_key){
            ptn_arrival_name_hash(person->surname, person->given, person->birth), (uint32_t)i
        };
        for (size_t j = 0; j < person->document_count; j++) {
            uint32_t hash = ptn_arrival_number_hash(person->documents[j].number);

            if (hash != 0 && !ptn_arrival_is_visa(&person->documents[j]))
                rows->numbers[rows->number_count++] = (struct ptn_arrival_key){ hash, (uint32_t)i };
        }
    }
    qsort(rows->names, rows->count, sizeof(*rows->names), compare_keys);
    qsort(rows->numbers, rows->number_count, sizeof(*rows->numbers), compare_keys);
    return PTN_OK;
}

/* A list of the message's own people alone, indexed. */
static struct ptn_status read_people(const struct ptn_manifest *manifest,
                                     struct ptn_arrival_rows *rows)
{
    struct ptn_status status = PTN_OK;

    rows->people =
        ptn_arena_take(rows->arena, (manifest->person_count + 1) * sizeof(*rows->people));
    if (rows->people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (const struct ptn_manifest_person *person = manifest->people;
         ptn_ok(status) && person != NULL && rows->count < manifest->person_count;
         person = person->next)
        status = read_person(person, rows->arena, &rows->people[rows->count++]);
    return ptn_ok(status) ? index_rows(rows) : status;
}

/* The former list with what the message says of some of its people. */
static struct ptn_status amend(const struct ptn_arrival_making *making,
                               const struct ptn_arrival_rows *said, struct ptn_arrival_rows *rows)
{
    const struct ptn_arrival_rows *former = making->former;
    size_t before = former == NULL ? 0 : former->count;
    bool changes = making->act == ACT_CHANGE;
    bool under = making->act == ACT_UNDER;
    struct ptn_status status = PTN_OK;

    rows->people = ptn_arena_take(rows->arena, (before + said->count + 1) * sizeof(*rows->people));
    if (rows->people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < before; i++) {
        bool named = ptn_arrival_rows_same(said, &former->people[i]) < said->count;

        if (!named || (making->act != ACT_CHANGE && making->act != ACT_TAKE_OFF))
            status = ptn_arrival_person_copy(&former->people[i], rows->arena,
                                             &rows->people[rows->count++]);
    }
    for (size_t i = 0; ptn_ok(status) && (changes || under) && i < said->count; i++)
        if (rows->count < PTN_MANIFEST_PEOPLE_MAX &&
            (changes || ptn_arrival_rows_same(former, &said->people[i]) == before))
            status = ptn_arrival_person_copy(&said->people[i], rows->arena,
                                             &rows->people[rows->count++]);
    return ptn_ok(status) ? index_rows(rows) : status;
}

static struct ptn_status note_change(struct ptn_arrival_rows *rows,
                                     const struct ptn_arrival_making *making,
                                     enum ptn_arrival_change_kind kind,
                                     const struct ptn_arrival_person *now,
                                     const struct ptn_arrival_person *before)
{
    struct ptn_arrival_change *change = &rows->changes[rows->change_count];
    struct ptn_status status = PTN_OK;

    if (kind == PTN_ARRIVAL_ADDED)
        rows->added++;
    else if (kind == PTN_ARRIVAL_REMOVED)
        rows->removed++;
    else
        rows->changed++;
    if (rows->change_count == PTN_ARRIVAL_CHANGES_MAX) {
        rows->changes_left_out++;
        return PTN_OK;
    }
    *change = (struct ptn_arrival_change){ .kind = kind, .list = making->list };
    if (now != NULL)
        change->now = *now; /* its texts lie in this list */
    if (before != NULL)
        status = ptn_arrival_person_copy(before, rows->arena, &change->before);
    rows->change_count++;
    return status;
}

/* What is new, gone and other than before. */
static struct ptn_status compare(struct ptn_arrival_rows *rows,
                                 const struct ptn_arrival_making *making)
{
    const struct ptn_arrival_rows *former = making->former;
    struct ptn_status status = PTN_OK;

    if (former == NULL)
        return PTN_OK;
    rows->changes = ptn_arena_take(rows->arena, PTN_ARRIVAL_CHANGES_MAX * sizeof(*rows->changes));
    rows->former = ptn_arena_take(rows->arena, (rows->count + 1) * sizeof(*rows->former));
    if (rows->changes == NULL || rows->former == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < rows->count; i++) {
        size_t before = ptn_arrival_rows_same(former, &rows->people[i]);

        rows->former[i] = before == former->count ? UINT32_MAX : (uint32_t)before;
        if (before == former->count)
            status = note_change(rows, making, PTN_ARRIVAL_ADDED, &rows->people[i], NULL);
        else if (!says_the_same(&rows->people[i], &former->people[before]))
            status = note_change(rows, making, PTN_ARRIVAL_CHANGED, &rows->people[i],
                                 &former->people[before]);
    }
    for (size_t i = 0; ptn_ok(status) && i < former->count; i++)
        if (ptn_arrival_rows_same(rows, &former->people[i]) == rows->count)
            status = note_change(rows, making, PTN_ARRIVAL_REMOVED, NULL, &former->people[i]);
    return status;
}

/* Who a message of closing names is on board, or is not. */
static void mark_boarding(struct ptn_arrival_rows *rows, const struct ptn_arrival_rows *said,
                          enum ptn_arrival_act act)
{
    if (act != ACT_NOT_ON_BOARD && act != ACT_ON_BOARD)
        return;
    for (size_t i = 0; i < rows->count; i++) {
        bool named = ptn_arrival_rows_same(said, &rows->people[i]) < said->count;

        rows->fates[i].not_on_board = named == (act == ACT_NOT_ON_BOARD);
    }
}

/* ---- lists in parts ---- */

static bool is_part(const struct ptn_manifest *manifest)
{
    return manifest->access.len > 0 && manifest->access.len <= CODE_LEN_MAX &&
           manifest->part >= 1 && manifest->part <= PART_MAX &&
           !(manifest->part == 1 && manifest->last_part);
}

bool ptn_arrival_rows_are_of(const struct ptn_arrival_rows *rows,
                             const struct ptn_manifest *manifest)
{
    return is_part(manifest) && ptn_bytes_equal(rows->access, manifest->access);
}

size_t ptn_arrival_rows_missing(const struct ptn_arrival_rows *rows)
{
    size_t missing = rows->last_part == 0 ? 1 : 0;

    if (rows->access.len == 0)
        return 0;
    for (unsigned part = 1; part <= rows->last_part; part++)
        missing += (rows->parts[part / 64] >> (part % 64) & 1) == 0;
    return missing;
}

static struct ptn_status note_part(struct ptn_arrival_rows *rows,
                                   const struct ptn_arrival_making *making)
{
    const struct ptn_manifest *manifest = making->manifest;
    const struct ptn_arrival_rows *former = making->former;
    bool more = former != NULL && ptn_arrival_rows_are_of(former, manifest);
    bool failed = false;

    if (!making->whole && former != NULL) { /* other parts of the list may still come */
        rows->access = copy_text(rows->arena, former->access, CODE_LEN_MAX, &failed);
        memcpy(rows->parts, former->parts, sizeof(rows->parts));
        rows->last_part = former->last_part;
        return (struct ptn_status){ failed ? PTN_C_NO_MEMORY : PTN_C_OK };
    }
    if (!is_part(manifest))
        return PTN_OK;
    rows->access = copy_text(rows->arena, manifest->access, CODE_LEN_MAX, &failed);
    if (more) {
        memcpy(rows->parts, former->parts, sizeof(rows->parts));
        rows->last_part = former->last_part;
    }
    rows->parts[manifest->part / 64] |= UINT64_C(1) << (manifest->part % 64);
    if (manifest->last_part)
        rows->last_part = manifest->part;
    return (struct ptn_status){ failed ? PTN_C_NO_MEMORY : PTN_C_OK };
}

static void note_times(struct ptn_arrival_rows *rows, const struct ptn_arrival_making *making)
{
    const struct ptn_arrival_rows *former = making->act == ACT_REPLACE ? NULL : making->former;

    rows->received_ms = making->received_ms;
    rows->base_ms = making->whole ? making->received_ms : 0;
    if (former != NULL && former->received_ms > rows->received_ms)
        rows->received_ms = former->received_ms;
    if (former != NULL && former->base_ms > rows->base_ms)
        rows->base_ms = former->base_ms;
}

static struct ptn_arrival_rows *rows_new(void)
{
    struct ptn_arrival_rows *rows = calloc(1, sizeof(*rows));

    if (rows != NULL)
        rows->arena = ptn_arena_new(ARENA_MAX);
    if (rows == NULL || rows->arena == NULL) {
        ptn_arrival_rows_free(rows);
        return NULL;
    }
    rows->references = 1;
    return rows;
}

void ptn_arrival_rows_free(struct ptn_arrival_rows *rows)
{
    if (rows != NULL)
        ptn_arena_free(rows->arena);
    free(rows);
}

struct ptn_status ptn_arrival_rows_make(const struct ptn_arrival_making *making,
                                        struct ptn_arrival_rows **ret_rows)
{
    bool whole = making->act == ACT_REPLACE;
    struct ptn_arrival_rows *said = rows_new();
    struct ptn_arrival_rows *rows = whole ? said : rows_new();
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (said != NULL && rows != NULL)
        status = read_people(making->manifest, said);
    if (ptn_ok(status) && !whole)
        status = amend(making, said, rows);
    if (ptn_ok(status))
        status = compare(rows, making);
    if (ptn_ok(status))
        status = note_part(rows, making);
    if (ptn_ok(status)) {
        char *origin = ptn_arena_text(rows->arena, making->origin);

        rows->origin = ptn_bytes_of(origin, origin == NULL ? 0 : making->origin.len);
        rows->seq = making->seq;
        note_times(rows, making);
        mark_boarding(rows, said, making->act);
    }
    if (!whole)
        ptn_arrival_rows_free(said);
    if (ptn_ok(status))
        *ret_rows = rows;
    else
        ptn_arrival_rows_free(rows);
    return status;
}
