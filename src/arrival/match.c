#include "arrival/match.h"

#include "arrival/arrival_int.h"
#include "names/score.h"
#include "watch/screen.h"

#define NAMES_MAX     1000u /* rows whose names are compared for one person */
#define FIRM_MIN      8500u /* of a name, where the birth date is a slip of the pen off */
#define ALONE_MIN     9000u /* of a name, where the row has no birth date */
#define CUT_SCORE     8000u /* a name that the carrier cut short */
#define CUT_LEN_MIN   8u    /* letters of it */
#define LETTERS_MAX   128u
#define ALIKE_LEN_MIN 5u /* characters of a number whose look-alike is believed */

const char *ptn_arrival_how_word(enum ptn_arrival_how how)
{
    static const char *const words[] = { "none", "document", "alike", "name" };

    return words[how];
}

/* ---- birth dates ---- */

enum birth { BIRTH_DIFFERS, BIRTH_UNKNOWN, BIRTH_NEAR, BIRTH_AGREES };

/* Whether two dates can be one: the same, unknown in part, or one slip apart (a part misread, day
 * and month exchanged). */
static enum birth compare_births(uint32_t a, uint32_t b)
{
    unsigned same = 0;
    unsigned open = 0;

    if (a == 0 || b == 0)
        return BIRTH_UNKNOWN;
    if (a == b)
        return BIRTH_AGREES;
    for (unsigned shift = 0; shift <= 16; shift += 8) {
        uint32_t mask = shift == 16 ? 0xffffu : 0xffu;
        uint32_t left = a >> shift & mask;
        uint32_t right = b >> shift & mask;

        same += left == right;
        open += left != right && (left == 0 || right == 0);
    }
    if (same + open == 3)
        return BIRTH_AGREES;
    if (same == 2)
        return BIRTH_NEAR;
    return (a >> 16) == (b >> 16) && (a & 0xffu) == (b >> 8 & 0xffu) &&
                   (b & 0xffu) == (a >> 8 & 0xffu)
               ? BIRTH_NEAR
               : BIRTH_DIFFERS;
}

/* ---- names ---- */

struct asked {
    const struct ptn_arrival_ask *ask;
    struct ptn_name name;
    char letters[2][LETTERS_MAX]; /* SURNAMEGIVEN and GIVENSURNAME */
    size_t letter_count;
    uint32_t birth, number;
};

/* The letters of two texts as one word of capitals. Returns how many. */
static size_t take_letters(struct ptn_bytes first, struct ptn_bytes second, char *at)
{
    const struct ptn_bytes texts[] = { first, second };
    size_t len = 0;

    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < texts[t].len && len < LETTERS_MAX; i++) {
            uint8_t byte = texts[t].at[i];

            if (byte >= 'a' && byte <= 'z')
                byte = (uint8_t)(byte - 'a' + 'A');
            if (byte >= 'A' && byte <= 'Z')
                memcpy(&at[len++], &byte, 1);
        }
    return len;
}

static void read_name(struct ptn_bytes given, struct ptn_bytes surname, struct ptn_name *ret_name)
{
    char text[2 * NAME_LEN_MAX + 2];
    int len = snprintf(text, sizeof(text), "%.*s %.*s", (int)given.len, (const char *)given.at,
                       (int)surname.len, (const char *)surname.at);
    size_t kept = len < 0 ? 0 : (size_t)len;

    ptn_name_read(ptn_bytes_of(text, kept < sizeof(text) ? kept : sizeof(text) - 1), PTN_NAME_FREE,
                  ret_name);
}

/* Given names without a title that is glued to their end, as reservation systems do. */
static struct ptn_bytes without_title(struct ptn_bytes given)
{
    static const char *const titles[] = { "MSTR", "MISS", "MRS", "CHD", "INF", "MR", "MS", "DR" };

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        size_t len = strlen(titles[i]);

        if (given.len >= len + 2 && memcmp(given.at + given.len - len, titles[i], len) == 0)
            return ptn_bytes_trim(ptn_bytes_slice(given, 0, given.len - len));
    }
    return given;
}

/* Whether the carrier's name is the beginning of the person's, in either order, or the reverse. */
static bool is_cut_short(const struct asked *asked, const struct ptn_arrival_person *row)
{
    char letters[LETTERS_MAX];
    size_t count = take_letters(row->surname, row->given, letters);
    size_t least = count < asked->letter_count ? count : asked->letter_count;

    return least >= CUT_LEN_MIN && (memcmp(letters, asked->letters[0], least) == 0 ||
                                    memcmp(letters, asked->letters[1], least) == 0);
}

static unsigned score_name(const struct asked *asked, const struct ptn_arrival_person *row)
{
    struct ptn_bytes bare = without_title(row->given);
    struct ptn_name name;
    unsigned score;

    read_name(row->given, row->surname, &name);
    score = ptn_score(&asked->name, &name, NULL);
    if (bare.len < row->given.len) {
        unsigned other;

        read_name(bare, row->surname, &name);
        other = ptn_score(&asked->name, &name, NULL);
        score = other > score ? other : score;
    }
    if (score < CUT_SCORE && is_cut_short(asked, row))
        score = CUT_SCORE;
    return score;
}

/* ---- candidates ---- */

struct candidate {
    enum ptn_arrival_how how;
    const struct ptn_arrival_rows *rows;
    const struct ptn_arrival_voyage *voyage; /* a copy of what is shown of it */
    size_t row;
    unsigned score;
    unsigned grade; /* within a way: more is surer */
    bool not_on_board;
    int64_t distance_ms;
};

static int compare_candidates(const struct candidate *a, const struct candidate *b)
{
    if ((a->how == PTN_ARRIVAL_NOT_FOUND) != (b->how == PTN_ARRIVAL_NOT_FOUND))
        return a->how == PTN_ARRIVAL_NOT_FOUND ? 1 : -1;
    if (a->how != b->how)
        return a->how < b->how ? -1 : 1;
    if (a->not_on_board != b->not_on_board)
        return a->not_on_board ? 1 : -1;
    if (a->grade != b->grade)
        return a->grade > b->grade ? -1 : 1;
    if (a->distance_ms != b->distance_ms)
        return a->distance_ms < b->distance_ms ? -1 : 1;
    return 0;
}

/* Voyages in reach of now, with references to their lists. */
struct reach {
    struct ptn_arrival_voyage *voyages; /* copies; their lists are held */
    size_t count, here;
};

static bool is_here(const struct ptn_arrival_voyage *voyage, int64_t now_ms)
{
    return voyage->due_ms != 0 && voyage->due_ms <= now_ms + PTN_ARRIVAL_HERE_BEFORE_MS &&
           voyage->due_ms >= now_ms - PTN_ARRIVAL_HERE_AFTER_MS;
}

/* Under the lock. */
static void gather(struct ptn_arrivals *arrivals, const struct ptn_arrival_ask *ask,
                   struct reach *reach)
{
    bool leaves = ask->direction == PTN_DIRECTION_EXIT;

    for (size_t i = 0; i < arrivals->voyage_count; i++) {
        const struct ptn_arrival_voyage *voyage = &arrivals->voyages[i];
        bool near = voyage->due_ms == 0 || (voyage->due_ms <= ask->now_ms + PTN_ARRIVAL_BEFORE_MS &&
                                            voyage->due_ms >= ask->now_ms - PTN_ARRIVAL_AFTER_MS);

        if (ask->voyage != NULL
                ? strcmp(voyage->id, ask->voyage) != 0
                : !near || voyage->state == PTN_ARRIVAL_CANCELLED || (voyage->leaves && !leaves))
            continue;
        for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++)
            if (voyage->lists[l] != NULL)
                voyage->lists[l]->references++;
        reach->voyages[reach->count++] = *voyage;
        reach->here += voyage->leaves == leaves && is_here(voyage, ask->now_ms);
    }
}

/* False: no memory. leave() gives back what is held. */
static bool hold(struct ptn_arrivals *arrivals, const struct ptn_arrival_ask *ask,
                 struct reach *reach)
{
    bool held = true;

    ptn_arrivals_lock(arrivals);
    if (arrivals->voyage_count > 0) {
        reach->voyages = malloc(arrivals->voyage_count * sizeof(*reach->voyages));
        held = reach->voyages != NULL;
        if (held)
            gather(arrivals, ask, reach);
    }
    ptn_arrivals_unlock(arrivals);
    return held;
}

static void leave(struct ptn_arrivals *arrivals, struct reach *reach)
{
    ptn_arrivals_lock(arrivals);
    for (size_t i = 0; i < reach->count; i++)
        for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++)
            ptn_arrival_rows_leave(reach->voyages[i].lists[l]);
    ptn_arrivals_unlock(arrivals);
    free(reach->voyages);
}

static int64_t distance(const struct ptn_arrival_voyage *voyage, const struct ptn_arrival_ask *ask)
{
    int64_t away = voyage->due_ms - ask->now_ms;
    bool leaves = ask->direction == PTN_DIRECTION_EXIT;

    if (voyage->due_ms == 0)
        return INT64_MAX;
    away = away < 0 ? -away : away;
    return voyage->leaves == leaves ? away : away + PTN_ARRIVAL_BEFORE_MS; /* out by what came in */
}

/* The document of the row that has this number, by its letters or by their look-alikes. */
static const struct ptn_arrival_document *document_of(const struct ptn_arrival_person *row,
                                                      struct ptn_bytes number, bool *ret_exact)
{
    const struct ptn_arrival_document *alike = NULL;

    *ret_exact = false;
    for (size_t i = 0; i < row->document_count; i++) {
        const struct ptn_arrival_document *document = &row->documents[i];

        if (ptn_arrival_is_visa(document))
            continue;
        if (ptn_arrival_number_equal(document->number, number)) {
            *ret_exact = true;
            return document;
        }
        if (ptn_arrival_number_hash(document->number) == ptn_arrival_number_hash(number))
            alike = document;
    }
    return alike;
}

/*
 * What a row with that number (or one like it) is worth. Number and issuer are enough unless name
 * and birth both speak against it: numbers of two States can be the same where a carrier wrote
 * none.
 */
static void judge_document(const struct asked *asked, struct candidate *candidate)
{
    const struct ptn_person *person = asked->ask->person;
    const struct ptn_arrival_person *row = &candidate->rows->people[candidate->row];
    bool exact;
    const struct ptn_arrival_document *document = document_of(row, person->document.number, &exact);
    bool issuer =
        document != NULL && ptn_arrival_states_agree(document->issuer, person->document.issuer);
    bool issuer_known =
        document != NULL && document->issuer[0] != '\0' && person->document.issuer[0] != '\0';
    enum birth birth = compare_births(candidate->rows->births[candidate->row], asked->birth);
    bool named;

    candidate->how = PTN_ARRIVAL_NOT_FOUND;
    if (document == NULL)
        return;
    if (asked->ask->number_only) {
        if (exact && issuer)
            candidate->how = PTN_ARRIVAL_BY_DOCUMENT;
        candidate->grade = issuer_known;
        return;
    }
    candidate->score = score_name(asked, row);
    named = candidate->score >= PTN_SCREEN_THRESHOLD_DEFAULT;
    candidate->grade = candidate->score + (birth == BIRTH_AGREES ? 10000u : 0);
    if (exact && issuer && (issuer_known || named || birth >= BIRTH_NEAR))
        candidate->how = PTN_ARRIVAL_BY_DOCUMENT;
    else if (person->document.number.len >= ALIKE_LEN_MIN &&
             ((named && birth != BIRTH_DIFFERS) || (birth == BIRTH_AGREES && issuer)))
        candidate->how = PTN_ARRIVAL_BY_ALIKE;
}

static void judge_name(const struct asked *asked, struct candidate *candidate)
{
    const struct ptn_arrival_person *row = &candidate->rows->people[candidate->row];
    enum birth birth = compare_births(candidate->rows->births[candidate->row], asked->birth);
    bool states = ptn_arrival_states_agree(row->nationality, asked->ask->person->nationality);
    unsigned least = birth == BIRTH_AGREES ? PTN_SCREEN_THRESHOLD_DEFAULT
                     : birth == BIRTH_NEAR ? FIRM_MIN
                                           : ALONE_MIN;

    candidate->score = score_name(asked, row);
    candidate->how = PTN_ARRIVAL_NOT_FOUND;
    if (birth != BIRTH_DIFFERS && candidate->score >= least &&
        (states || (birth == BIRTH_AGREES && candidate->score >= FIRM_MIN)))
        candidate->how = PTN_ARRIVAL_BY_NAME;
    candidate->grade = candidate->score + (birth == BIRTH_AGREES ? 10000u : 0) + (states ? 1u : 0);
}

struct finding {
    const struct asked *asked;
    struct candidate best;
    bool others;
    size_t compared; /* names */
};

/* Keep the better one. The same person in two voyages, or on two lists, is no doubt; two rows of
 * one list that are equally good are. */
static void keep(struct finding *finding, const struct candidate *candidate)
{
    int order;

    if (candidate->how == PTN_ARRIVAL_NOT_FOUND)
        return;
    order = compare_candidates(candidate, &finding->best);
    if (order < 0) {
        finding->best = *candidate;
        finding->others = false;
    } else if (order == 0 && candidate->rows == finding->best.rows &&
               candidate->row != finding->best.row) {
        finding->others = true;
    }
}

static void look_by_number(struct finding *finding, struct candidate candidate)
{
    const struct ptn_arrival_rows *rows = candidate.rows;
    uint32_t hash = finding->asked->number;
    size_t at = hash == 0 ? rows->number_count
                          : ptn_arrival_key_find(rows->numbers, rows->number_count, hash);

    for (; at < rows->number_count && rows->numbers[at].hash == hash; at++) {
        candidate.row = rows->numbers[at].row;
        judge_document(finding->asked, &candidate);
        keep(finding, &candidate);
    }
}

static void look_by_name(struct finding *finding, struct candidate candidate)
{
    const struct ptn_arrival_rows *rows = candidate.rows;

    for (size_t i = 0; i < rows->count && finding->compared < NAMES_MAX; i++) {
        if (compare_births(rows->births[i], finding->asked->birth) == BIRTH_DIFFERS)
            continue;
        finding->compared++;
        candidate.row = i;
        judge_name(finding->asked, &candidate);
        keep(finding, &candidate);
    }
}

static void look_through(struct finding *finding, const struct reach *reach, bool by_name)
{
    for (size_t i = 0; i < reach->count; i++)
        for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++) {
            struct candidate candidate = {
                .rows = reach->voyages[i].lists[l],
                .voyage = &reach->voyages[i],
                .distance_ms = distance(&reach->voyages[i], finding->asked->ask),
            };

            if (candidate.rows == NULL)
                continue;
            if (by_name)
                look_by_name(finding, candidate);
            else
                look_by_number(finding, candidate);
        }
}

/* ---- the answer ---- */

static void add_differs(struct ptn_arrival_found *found, const char *field, struct ptn_bytes wrote)
{
    found->differs[found->differ_count++] = (struct ptn_arrival_differs){ field, wrote };
}

static struct ptn_bytes keep_date(struct ptn_arena *arena, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];
    const char *kept = ptn_arena_text(arena, ptn_bytes_from_text(ptn_date_write(date, text)));

    return ptn_bytes_from_text(kept);
}

/* The row's name, where its letters are not the person's. */
static void compare_names(const struct asked *asked, struct ptn_arena *arena,
                          struct ptn_arrival_found *found)
{
    const struct ptn_arrival_person *row = &found->row.person;
    char letters[LETTERS_MAX];
    size_t count = take_letters(row->surname, row->given, letters);
    size_t size = row->surname.len + row->given.len + 3;
    char *wrote;

    if (asked->ask->number_only ||
        (count == asked->letter_count && memcmp(letters, asked->letters[0], count) == 0))
        return;
    wrote = ptn_arena_take(arena, size);
    if (wrote == NULL)
        return;
    (void)snprintf(wrote, size, "%.*s%s%.*s", (int)row->surname.len, (const char *)row->surname.at,
                   row->given.len > 0 ? ", " : "", (int)row->given.len,
                   (const char *)row->given.at);
    add_differs(found, "name", ptn_bytes_from_text(wrote));
}

static void compare_document(const struct asked *asked, struct ptn_arena *arena,
                             struct ptn_arrival_found *found)
{
    const struct ptn_document *own = &asked->ask->person->document;
    const struct ptn_arrival_person *row = &found->row.person;
    bool exact;
    const struct ptn_arrival_document *document = document_of(row, own->number, &exact);

    if (own->number.len == 0 || row->document_count == 0)
        return;
    if (document == NULL)
        document = &row->documents[0];
    if (!exact)
        add_differs(found, "number", document->number);
    if (!ptn_arrival_states_agree(document->issuer, own->issuer))
        add_differs(
            found, "issuer",
            ptn_bytes_from_text(ptn_arena_text(arena, ptn_bytes_from_text(document->issuer))));
    if (exact && !ptn_date_is_none(document->expiry) && !ptn_date_is_none(own->expiry) &&
        !ptn_date_equal(document->expiry, own->expiry))
        add_differs(found, "expiry", keep_date(arena, document->expiry));
}

static void compare_person(const struct asked *asked, struct ptn_arena *arena,
                           struct ptn_arrival_found *found)
{
    const struct ptn_person *person = asked->ask->person;
    const struct ptn_arrival_person *row = &found->row.person;

    compare_names(asked, arena, found);
    if (compare_births(ptn_arrival_pack_date(row->birth), asked->birth) <= BIRTH_NEAR &&
        !ptn_date_is_none(row->birth) && asked->birth != 0)
        add_differs(found, "birth", keep_date(arena, row->birth));
    if (!ptn_arrival_states_agree(row->nationality, person->nationality))
        add_differs(
            found, "nationality",
            ptn_bytes_from_text(ptn_arena_text(arena, ptn_bytes_from_text(row->nationality))));
    if (row->sex != 0 && person->sex != 0 && row->sex != person->sex)
        add_differs(found, "sex",
                    row->sex == 'M' ? PTN_BYTES_LITERAL("M") : PTN_BYTES_LITERAL("F"));
    compare_document(asked, arena, found);
}

static struct ptn_status tell(struct ptn_arrivals *arrivals, const struct finding *finding,
                              struct ptn_arena *arena, struct ptn_arrival_found *found)
{
    const struct candidate *best = &finding->best;
    struct ptn_status status;

    if (best->how == PTN_ARRIVAL_NOT_FOUND)
        return PTN_OK;
    found->how = best->how;
    found->score = best->score;
    found->others = finding->others;
    status = ptn_arrival_voyage_copy(best->voyage, arena, &found->voyage);
    if (ptn_ok(status))
        status = ptn_arrival_person_copy(&best->rows->people[best->row], arena, &found->row.person);
    if (!ptn_ok(status))
        return status;
    for (size_t l = 0; l < PTN_ARRIVAL_LIST_COUNT; l++)
        if (best->voyage->lists[l] == best->rows) {
            found->row.list = (enum ptn_arrival_list)l;
            found->row.number = (unsigned)(l * ROWS_A_LIST + best->row);
        }
    ptn_arrivals_lock(arrivals);
    ptn_arrival_fate_copy(&best->rows->fates[best->row], &found->row);
    ptn_arrivals_unlock(arrivals);
    compare_person(finding->asked, arena, found);
    return PTN_OK;
}

static void prepare(struct asked *asked)
{
    const struct ptn_person *person = asked->ask->person;
    struct ptn_bytes surname = person->surname;

    if (surname.len + person->given.len == 0)
        surname = person->name; /* the whole name in one piece */
    asked->birth = ptn_arrival_pack_date(person->birth);
    asked->number = ptn_arrival_number_hash(person->document.number);
    read_name(person->given, surname, &asked->name);
    asked->letter_count = take_letters(surname, person->given, asked->letters[0]);
    (void)take_letters(person->given, surname, asked->letters[1]);
}

size_t ptn_arrival_rows_find(const struct ptn_arrival_rows *rows, const struct ptn_person *person)
{
    const struct ptn_arrival_ask ask = { .person = person };
    struct asked asked = { .ask = &ask };
    struct finding finding = { .asked = &asked };
    struct candidate candidate = { .rows = rows };

    prepare(&asked);
    look_by_number(&finding, candidate);
    if (finding.best.how == PTN_ARRIVAL_NOT_FOUND && asked.name.part_count > 0)
        look_by_name(&finding, candidate);
    return finding.best.how == PTN_ARRIVAL_NOT_FOUND ? rows->count : finding.best.row;
}

struct ptn_status ptn_arrivals_find(struct ptn_arrivals *arrivals,
                                    const struct ptn_arrival_ask *ask, struct ptn_arena *arena,
                                    struct ptn_arrival_found *ret_found)
{
    struct asked *asked = ptn_arena_take(arena, sizeof(*asked));
    struct reach reach = { .count = 0 };
    struct finding finding = { .asked = asked };

    *ret_found = (struct ptn_arrival_found){ .how = PTN_ARRIVAL_NOT_FOUND };
    if (asked == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    asked->ask = ask;
    prepare(asked);
    if (!hold(arrivals, ask, &reach))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ret_found->here = reach.here;
    look_through(&finding, &reach, /* by_name= */ false);
    if (finding.best.how == PTN_ARRIVAL_NOT_FOUND && !ask->number_only &&
        asked->name.part_count > 0)
        look_through(&finding, &reach, /* by_name= */ true);
    {
        struct ptn_status status = tell(arrivals, &finding, arena, ret_found);

        leave(arrivals, &reach);
        return status;
    }
}

/* ---- a booking ---- */

static bool is_booked(const struct ptn_arrival_person *person, struct ptn_bytes reference)
{
    return ptn_bytes_equal(person->booking, reference);
}

/* The voyage due nearest to now on whose passenger list the booking is. NULL: on none. */
static const struct ptn_arrival_voyage *nearest_booked(const struct reach *reach,
                                                       const struct ptn_arrival_ask *ask,
                                                       struct ptn_bytes reference)
{
    const struct ptn_arrival_voyage *nearest = NULL;

    for (size_t i = 0; i < reach->count; i++) {
        const struct ptn_arrival_voyage *voyage = &reach->voyages[i];
        const struct ptn_arrival_rows *rows = voyage->lists[PTN_ARRIVAL_PASSENGERS];
        bool has = false;

        for (size_t k = 0; rows != NULL && k < rows->count && !has; k++)
            has = is_booked(&rows->people[k], reference);
        if (has && (nearest == NULL || distance(voyage, ask) < distance(nearest, ask)))
            nearest = voyage;
    }
    return nearest;
}

static struct ptn_status copy_booked(struct ptn_arrivals *arrivals,
                                     const struct ptn_arrival_voyage *voyage,
                                     struct ptn_bytes reference, struct ptn_arena *arena,
                                     struct ptn_arrival_booked *booked)
{
    const struct ptn_arrival_rows *rows = voyage->lists[PTN_ARRIVAL_PASSENGERS];
    struct ptn_status status = ptn_arrival_voyage_copy(voyage, arena, &booked->voyage);

    booked->rows = ptn_arena_take(arena, PTN_ARRIVAL_BOOKED_MAX * sizeof(*booked->rows));
    if (booked->rows == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < rows->count && booked->count < PTN_ARRIVAL_BOOKED_MAX;
         i++) {
        struct ptn_arrival_row *row = &booked->rows[booked->count];

        if (!is_booked(&rows->people[i], reference))
            continue;
        *row = (struct ptn_arrival_row){ .list = PTN_ARRIVAL_PASSENGERS };
        row->number = (unsigned)((size_t)PTN_ARRIVAL_PASSENGERS * ROWS_A_LIST + i);
        status = ptn_arrival_person_copy(&rows->people[i], arena, &row->person);
        ptn_arrivals_lock(arrivals);
        ptn_arrival_fate_copy(&rows->fates[i], row);
        ptn_arrivals_unlock(arrivals);
        booked->count++;
    }
    return status;
}

struct ptn_status ptn_arrivals_booked(struct ptn_arrivals *arrivals, struct ptn_bytes reference,
                                      enum ptn_direction direction, int64_t now_ms,
                                      struct ptn_arena *arena,
                                      struct ptn_arrival_booked *ret_booked)
{
    const struct ptn_arrival_ask ask = { NULL, direction, now_ms, false, NULL };
    struct ptn_arrival_booked booked = { .count = 0 };
    struct reach reach = { .count = 0 };
    const struct ptn_arrival_voyage *voyage;
    struct ptn_status status = PTN_OK;

    *ret_booked = booked;
    if (reference.len == 0)
        return PTN_OK;
    if (!hold(arrivals, &ask, &reach))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    voyage = nearest_booked(&reach, &ask, reference);
    if (voyage != NULL)
        status = copy_booked(arrivals, voyage, reference, arena, &booked);
    leave(arrivals, &reach);
    if (ptn_ok(status))
        *ret_booked = booked;
    return status;
}
