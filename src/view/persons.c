/*
 * view/persons.c -- whom a name means.
 *
 * Each part of the name asked for is looked up among the distinct parts of all names (forms), by
 * the keys that docs/NAMES.md proves complete; what is alike enough stands for that part. Persons
 * who have such a form for every part are gathered, ranked and given page by page.
 */
#include <stdlib.h>

#include "view/search_int.h"

#define FORMS_MAX      256u    /* that stand for one part; the most alike ones are kept */
#define ALIKE_MINIMUM  7500u   /* two parts as if each were a whole name */
#define BEGINNING      7800u   /* a form that begins as asked: after other spellings of the whole */
#define BEGINNINGS_MAX 1024u   /* forms looked at for a beginning */
#define GATHER_MAX     250000u /* persons of one part */
#define FEW            PTN_VIEW_RANKED_MAX /* so few are looked at one by one */
#define PERSONS_ASKED  64u                 /* in one question */
#define FORMS_ASKED    16u

/* One part of the name asked for, and the forms that stand for it. */
struct asked {
    struct ptn_name_part part;
    struct ptn_bytes spelling;
    bool is_beginning;
    struct alike {
        int64_t form;
        unsigned likeness;
    } forms[FORMS_MAX];
    size_t form_count;
};

/* A person, and how alike the parts are that brought them. */
struct held {
    struct ptn_view_key key;
    unsigned likeness;
};

struct keys {
    struct held *at; /* Owned */
    size_t count;
    size_t capacity;
    bool more; /* there are others */
};

struct ranked {
    struct ptn_view_key key;
    unsigned likeness; /* of the parts asked for */
    unsigned score;    /* of the whole names */
};

struct search {
    struct ptn_view *view;
    const struct ptn_view_who *who;
    struct ptn_arena *arena;
    struct ptn_arena *scratch; /* of one person at a time */
    struct asked asked[PTN_VIEW_PARTS_MAX];
    size_t asked_count;
    struct ptn_name name;
    struct keys keys;
    struct ranked *ranked; /* PTN_VIEW_RANKED_MAX of them */
    size_t ranked_count;
    bool more;
    struct ptn_diag *reterr;
};

/* ---- from the question to forms ---- */

static unsigned likeness_of(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    struct ptn_name first = { .part_count = 1 };
    struct ptn_name second = { .part_count = 1 };

    first.parts[0] = *a;
    second.parts[0] = *b;
    return ptn_score(&first, &second, NULL);
}

static int by_likeness(const void *a, const void *b)
{
    const struct alike *first = a;
    const struct alike *second = b;

    if (first->likeness != second->likeness)
        return first->likeness > second->likeness ? -1 : 1;
    return first->form < second->form ? -1 : first->form > second->form;
}

static void add_alike(struct asked *asked, int64_t form, unsigned likeness)
{
    size_t least = 0;

    for (size_t i = 0; i < asked->form_count; i++) {
        if (asked->forms[i].form == form) {
            if (likeness > asked->forms[i].likeness)
                asked->forms[i].likeness = likeness;
            return;
        }
        if (asked->forms[i].likeness < asked->forms[least].likeness)
            least = i;
    }
    if (asked->form_count < FORMS_MAX)
        asked->forms[asked->form_count++] = (struct alike){ form, likeness };
    else if (likeness > asked->forms[least].likeness)
        asked->forms[least] = (struct alike){ form, likeness };
}

static struct ptn_status find_alike(struct search *search, struct asked *asked)
{
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->scratch,
                                .reterr = search->reterr };
    struct ptn_sql_value values[PTN_VIEW_KEYS_MAX];
    int64_t keys[PTN_VIEW_KEYS_MAX];
    size_t count = ptn_view_form_keys(&asked->part, keys);

    for (size_t i = 0; i < PTN_VIEW_KEYS_MAX; i++) /* the statement takes so many */
        values[i] = ptn_sql_number(keys[i < count ? i : 0]);
    ptn_view_ask_start(&ask, PTN_SQL_FORMS_OF_KEYS, "nb", values, PTN_VIEW_KEYS_MAX);
    while (ptn_view_ask_next(&ask)) {
        struct ptn_name_part part;
        unsigned likeness;

        if (!ptn_view_part_read(ask.row[1].bytes, &part)) {
            ptn_view_ask_fail(&ask, PTN_C_CORRUPT, "the view holds a part that is none");
            continue;
        }
        likeness = likeness_of(&asked->part, &part);
        if (likeness >= ALIKE_MINIMUM)
            add_alike(asked, ask.row[0].number, likeness);
    }
    return ask.status;
}

/* Does the spelling begin as asked, capitals and small letters of ASCII being one? */
static bool spelled_from(struct ptn_bytes spelling, struct ptn_bytes beginning)
{
    if (spelling.len < beginning.len)
        return false;
    for (size_t i = 0; i < beginning.len; i++) {
        uint8_t a = spelling.at[i];
        uint8_t b = beginning.at[i];

        a = a >= 'a' && a <= 'z' ? (uint8_t)(a - 'a' + 'A') : a;
        b = b >= 'a' && b <= 'z' ? (uint8_t)(b - 'a' + 'A') : b;
        if (a != b)
            return false;
    }
    return true;
}

/* Forms that begin with the part: by sound, or by letters whose last may sound otherwise when more
 * follow ("Ho" of "Hoxha"). */
static struct ptn_status find_beginnings(struct search *search, struct asked *asked)
{
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->scratch,
                                .reterr = search->reterr };
    size_t len = asked->part.symbol_count;
    size_t sure = len > 2 ? len - 1 : len;
    uint8_t end[PTN_NAME_SYMBOLS_MAX];
    const struct ptn_sql_value range[] = {
        ptn_sql_blob(ptn_bytes_of(asked->part.symbols, sure)),
        ptn_sql_blob(ptn_bytes_of(end, sure)),
        ptn_sql_number(BEGINNINGS_MAX),
    };

    memcpy(end, asked->part.symbols, sure);
    end[sure - 1]++; /* symbols are few: it never wraps */
    ptn_view_ask_start(&ask, PTN_SQL_FORMS_OF_SOUND, "ntb", range, 3);
    while (ptn_view_ask_next(&ask)) {
        struct ptn_name_part part;

        if (!ptn_view_part_read(ask.row[2].bytes, &part)) {
            ptn_view_ask_fail(&ask, PTN_C_CORRUPT, "the view holds a part that is none");
            continue;
        }
        if (spelled_from(ask.row[1].bytes, asked->spelling) ||
            (part.symbol_count >= len && memcmp(part.symbols, asked->part.symbols, len) == 0))
            add_alike(asked, ask.row[0].number, BEGINNING);
    }
    return ask.status;
}

static struct ptn_status read_question(struct search *search)
{
    struct ptn_view_forms forms = { .count = 0 };
    struct ptn_bytes text = search->who->name;
    struct ptn_status status;

    if (text.len > PTN_VIEW_NAME_MAX)
        return ptn_fail(PTN_C_TOO_BIG, search->reterr, 0, "the name is too long");
    status = ptn_view_forms_add(search->view, text, &forms, search->reterr);
    if (ptn_ok(status) && forms.count > PTN_VIEW_PARTS_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, search->reterr, 0, "the name has too many parts");
    if (ptn_ok(status) && forms.count == 0 && search->who->number.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, search->reterr, 0, "a name or a document's number");
    ptn_name_read(text, PTN_NAME_FREE, &search->name);
    for (size_t i = 0; ptn_ok(status) && i < forms.count; i++) {
        struct asked *asked = &search->asked[search->asked_count++];
        struct ptn_bytes spelling = forms.at[i].spelling;
        const uint8_t *after = spelling.at + spelling.len;

        *asked = (struct asked){ .part = forms.at[i].part, .spelling = spelling };
        asked->is_beginning = after < text.at + text.len && *after == '*';
        status = find_alike(search, asked);
        if (ptn_ok(status) && asked->is_beginning)
            status = find_beginnings(search, asked);
        qsort(asked->forms, asked->form_count, sizeof(asked->forms[0]), by_likeness);
    }
    return status;
}

/* ---- from forms to persons ---- */

static void add_key(struct ptn_view_ask *ask, struct keys *keys, struct ptn_view_key key,
                    unsigned likeness, size_t max)
{
    if (keys->count >= max) {
        keys->more = true;
        return;
    }
    if (keys->count == keys->capacity) {
        size_t capacity = keys->capacity == 0 ? 1024 : keys->capacity * 2;
        struct held *at = realloc(keys->at, capacity * sizeof(*at));

        if (at == NULL) {
            ptn_view_ask_fail(ask, PTN_C_NO_MEMORY, "out of memory");
            return;
        }
        keys->at = at;
        keys->capacity = capacity;
    }
    keys->at[keys->count++] = (struct held){ key, likeness };
}

static int by_key(const struct ptn_view_key *a, const struct ptn_view_key *b)
{
    return memcmp(a->at, b->at, sizeof(a->at));
}

/* By key, the more alike first. */
static int by_person(const void *a, const void *b)
{
    const struct held *first = a;
    const struct held *second = b;
    int order = by_key(&first->key, &second->key);

    return order != 0 ? order
                      : (second->likeness > first->likeness) - (second->likeness < first->likeness);
}

/* The more alike first, then by key. */
static int by_merit(const void *a, const void *b)
{
    const struct held *first = a;
    const struct held *second = b;

    if (first->likeness != second->likeness)
        return first->likeness > second->likeness ? -1 : 1;
    return by_key(&first->key, &second->key);
}

/* In order, each once, with the best that brought them. */
static void settle(struct keys *keys)
{
    size_t kept = 0;

    if (keys->count == 0)
        return;
    qsort(keys->at, keys->count, sizeof(keys->at[0]), by_person);
    for (size_t i = 0; i < keys->count; i++)
        if (kept == 0 || by_key(&keys->at[kept - 1].key, &keys->at[i].key) != 0)
            keys->at[kept++] = keys->at[i];
    keys->count = kept;
}

/* Persons with one of count forms, at most FORMS_ASKED, born when they were: whichever come first,
 * until there are max. */
static struct ptn_status gather_forms(struct search *search, const struct alike *forms,
                                      size_t count, size_t max, struct keys *keys)
{
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->scratch,
                                .reterr = search->reterr };
    int64_t year = search->who->birth.year;
    const int64_t ranges[][2] = { { year * 10000, year * 10000 + 9999 }, { 0, 9999 } };
    struct ptn_sql_value values[FORMS_ASKED + 3];

    for (size_t i = 0; i < FORMS_ASKED; i++) /* the statement takes so many */
        values[i] = ptn_sql_number(forms[i < count ? i : 0].form);
    for (size_t range = 0; range < (year == 0 ? 1u : 2u); range++) {
        values[FORMS_ASKED] = ptn_sql_number(year == 0 ? 0 : ranges[range][0]);
        values[FORMS_ASKED + 1] = ptn_sql_number(year == 0 ? INT64_MAX : ranges[range][1]);
        values[FORMS_ASKED + 2] = ptn_sql_number((int64_t)(max - keys->count) + 1);
        ptn_view_ask_start(&ask, PTN_SQL_PERSONS_OF_FORMS, "nb", values, FORMS_ASKED + 3);
        while (ptn_view_ask_next(&ask)) {
            size_t at = 0;

            while (at < count && forms[at].form != ask.row[0].number)
                at++;
            if (at < count)
                add_key(&ask, keys, ptn_view_ask_key(&ask, 1), forms[at].likeness, max);
        }
    }
    return ask.status;
}

/* Persons with one of the forms that stand for a part: the most alike forms first, at most max. */
static struct ptn_status gather(struct search *search, const struct asked *asked, size_t max,
                                struct keys *keys)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < asked->form_count && !keys->more; i += FORMS_ASKED) {
        size_t left = asked->form_count - i;
        size_t count = left < FORMS_ASKED ? left : FORMS_ASKED;
        size_t before = keys->count;

        status = gather_forms(search, &asked->forms[i], count, max, keys);
        if (!keys->more)
            continue;
        /* not all of them have room: one form after the other */
        keys->count = before;
        keys->more = false;
        for (size_t k = 0; ptn_ok(status) && k < count && !keys->more; k++)
            status = gather_forms(search, &asked->forms[i + k], 1, max, keys);
    }
    settle(keys);
    return status;
}

/* Keep in a what is in b too, as alike as both together; both are in order. */
static void intersect(struct keys *a, const struct keys *b)
{
    size_t kept = 0;
    size_t at = 0;

    for (size_t i = 0; i < a->count; i++) {
        while (at < b->count && by_key(&b->at[at].key, &a->at[i].key) < 0)
            at++;
        if (at < b->count && by_key(&b->at[at].key, &a->at[i].key) == 0)
            a->at[kept++] = (struct held){ a->at[i].key, a->at[i].likeness + b->at[at].likeness };
    }
    a->count = kept;
}

/* Whoever has a form for one part that few have; when many have each, whoever is among all. */
static struct ptn_status gather_all(struct search *search)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < search->asked_count; i++) {
        struct keys few = { 0 };

        status = gather(search, &search->asked[i], FEW, &few);
        if (ptn_ok(status) && (!few.more || search->asked_count == 1)) {
            search->more = few.more;
            free(search->keys.at);
            search->keys = few;
            return PTN_OK;
        }
        free(few.at);
    }
    for (size_t i = 0; ptn_ok(status) && i < search->asked_count; i++) {
        struct keys many = { 0 };

        status = gather(search, &search->asked[i], GATHER_MAX, &many);
        search->more = search->more || many.more;
        if (ptn_ok(status) && i > 0)
            intersect(&search->keys, &many);
        if (i == 0)
            search->keys = many;
        else
            free(many.at);
    }
    /* more than are ranked: the most alike are */
    if (search->keys.count > 0)
        qsort(search->keys.at, search->keys.count, sizeof(search->keys.at[0]), by_merit);
    return status;
}

static struct ptn_status gather_by_number(struct search *search)
{
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->scratch,
                                .reterr = search->reterr };
    const struct ptn_sql_value values[] = {
        ptn_sql_text(search->who->number),
        ptn_sql_text(search->who->issuer),
        ptn_sql_number(PTN_VIEW_RANKED_MAX + 1),
    };

    ptn_view_ask_start(&ask, PTN_SQL_PERSONS_OF_NUMBER, "b", values, 3);
    while (ptn_view_ask_next(&ask))
        add_key(&ask, &search->keys, ptn_view_ask_key(&ask, 0), 0, PTN_VIEW_RANKED_MAX);
    search->more = search->keys.more;
    return ask.status;
}

/* ---- ranking ---- */

static bool may_be_born(struct ptn_date asked, struct ptn_date birth)
{
    return (asked.year == 0 || birth.year == 0 || asked.year == birth.year) &&
           (asked.month == 0 || birth.month == 0 || asked.month == birth.month) &&
           (asked.day == 0 || birth.day == 0 || asked.day == birth.day);
}

/* The mean over the parts asked for of the best like each has; 0: one has none. */
static unsigned likeness_to(const struct search *search, const struct ptn_view_forms *forms)
{
    unsigned sum = 0;

    for (size_t i = 0; i < search->asked_count; i++) {
        const struct asked *asked = &search->asked[i];
        unsigned best = 0;

        for (size_t k = 0; k < asked->form_count && best == 0; k++) /* the most alike first */
            for (size_t form = 0; form < forms->count && best == 0; form++)
                if (forms->at[form].id == asked->forms[k].form)
                    best = asked->forms[k].likeness;
        if (best == 0)
            return 0;
        sum += best;
    }
    return search->asked_count == 0 ? PTN_SCORE_ONE : sum / (unsigned)search->asked_count;
}

static unsigned score_of(const struct search *search, const struct ptn_person *person)
{
    struct ptn_name name;
    char text[3 * PTN_PERSON_NAME_MAX + 3];
    struct ptn_bytes pieces[] = { person->given, person->surname, person->name };
    size_t len = 0;

    for (size_t i = 0; i < 3; i++) {
        if (pieces[i].len == 0 || pieces[i].len > PTN_PERSON_NAME_MAX)
            continue;
        memcpy(text + len, pieces[i].at, pieces[i].len);
        len += pieces[i].len;
        text[len++] = ' ';
    }
    ptn_name_read(ptn_bytes_of(text, len), PTN_NAME_FREE, &name);
    return ptn_score(&search->name, &name, NULL);
}

/* Rank a person whom the names gathered, or let them go. */
static struct ptn_status rank_one(struct search *search, const struct ptn_view_key *key,
                                  const struct ptn_person *person)
{
    struct ptn_view_forms forms;
    struct ptn_status status;
    unsigned likeness;

    if (!may_be_born(search->who->birth, person->birth))
        return PTN_OK;
    status = ptn_view_forms_of(search->view, person, &forms, search->reterr);
    likeness = ptn_ok(status) ? likeness_to(search, &forms) : 0;
    if (likeness > 0)
        search->ranked[search->ranked_count++] =
            (struct ranked){ *key, likeness,
                             search->asked_count == 0 ? 0 : score_of(search, person) };
    return status;
}

/* The persons of count keys, at most PERSONS_ASKED, in one question: a database in another process
 * answers a question in about the time in which it finds a person. */
static struct ptn_status rank_some(struct search *search, const struct held *keys, size_t count)
{
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->scratch,
                                .reterr = search->reterr };
    struct ptn_sql_value values[PERSONS_ASKED];
    struct ptn_person person;
    size_t found = 0;

    for (size_t i = 0; i < PERSONS_ASKED; i++) /* the statement takes so many */
        values[i] =
            ptn_sql_blob(ptn_bytes_of(keys[i < count ? i : 0].key.at, sizeof(keys[0].key.at)));
    ptn_view_ask_start(&ask, PTN_SQL_PERSONS_OF_KEYS, "bb", values, PERSONS_ASKED);
    while (ptn_view_ask_next(&ask)) {
        struct ptn_view_key key = ptn_view_ask_key(&ask, 0);

        found++;
        if (search->ranked_count == PTN_VIEW_RANKED_MAX) {
            search->more = true;
            continue;
        }
        ptn_arena_clear(search->scratch);
        ptn_view_ask_person(&ask, 1, &person);
        if (ptn_ok(ask.status))
            ask.status = rank_one(search, &key, &person);
    }
    if (found != count)
        ptn_view_ask_fail(&ask, PTN_C_CORRUPT, "the view lacks a person a name is of");
    return ask.status;
}

static struct ptn_status rank(struct search *search)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < search->keys.count; i += PERSONS_ASKED) {
        size_t left = search->keys.count - i;

        if (search->ranked_count == PTN_VIEW_RANKED_MAX) {
            search->more = true;
            break;
        }
        status =
            rank_some(search, &search->keys.at[i], left < PERSONS_ASKED ? left : PERSONS_ASKED);
    }
    return status;
}

static int by_rank(const void *a, const void *b)
{
    const struct ranked *first = a;
    const struct ranked *second = b;

    if (first->likeness != second->likeness)
        return first->likeness > second->likeness ? -1 : 1;
    if (first->score != second->score)
        return first->score > second->score ? -1 : 1;
    return by_key(&first->key, &second->key);
}

/* ---- the page ---- */

/* The key of each ranked person from first on, as many as one question takes; then none. */
static size_t keys_from(const struct search *search, size_t first,
                        struct ptn_sql_value values[PERSONS_ASKED])
{
    size_t left = search->ranked_count - first;
    size_t count = left < PERSONS_ASKED ? left : PERSONS_ASKED;

    for (size_t i = 0; i < PERSONS_ASKED; i++) {
        const struct ptn_view_key *key = &search->ranked[first + (i < count ? i : 0)].key;

        values[i] =
            ptn_sql_blob(i < count ? ptn_bytes_of(key->at, sizeof(key->at)) : PTN_BYTES_NONE);
    }
    return count;
}

/* The rows for count ranked persons from first on, with their latest crossings in what was asked
 * for. */
static struct ptn_status last_crossings(struct search *search, size_t first,
                                        struct ptn_view_person rows[PERSONS_ASKED],
                                        size_t *ret_count)
{
    const struct ptn_view_who *who = search->who;
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->arena,
                                .reterr = search->reterr };
    struct ptn_sql_value values[3 + PERSONS_ASKED] = {
        ptn_sql_number(who->from_ms),
        ptn_sql_number(who->to_ms > 0 ? who->to_ms : INT64_MAX),
        ptn_sql_text(who->post),
    };
    size_t count = keys_from(search, first, values + 3);

    for (size_t i = 0; i < count; i++)
        rows[i] = (struct ptn_view_person){ .key = search->ranked[first + i].key,
                                            .score = search->ranked[first + i].likeness };
    ptn_view_ask_start(&ask, PTN_SQL_LAST_CROSSINGS, "bnn", values, 3 + PERSONS_ASKED);
    while (ptn_view_ask_next(&ask)) {
        struct ptn_view_key key = ptn_view_ask_key(&ask, 0);

        for (size_t i = 0; i < count; i++) {
            if (by_key(&rows[i].key, &key) != 0)
                continue;
            rows[i].last_ms = ask.row[1].number;
            rows[i].last_direction =
                (enum ptn_direction)ptn_view_ask_enum(&ask, 2, 1, PTN_DIRECTION_COUNT);
        }
    }
    *ret_count = count;
    return ask.status;
}

/* Who they are: the persons of count rows. */
static struct ptn_status fill_persons(struct search *search, struct ptn_view_person *rows,
                                      size_t count)
{
    struct ptn_view_ask ask = { .view = search->view,
                                .arena = search->arena,
                                .reterr = search->reterr };
    struct ptn_sql_value values[PERSONS_ASKED];
    size_t found = 0;

    for (size_t first = 0; ptn_ok(ask.status) && first < count; first += PERSONS_ASKED) {
        for (size_t i = 0; i < PERSONS_ASKED; i++) {
            const struct ptn_view_key *key = &rows[first + i < count ? first + i : first].key;

            values[i] = ptn_sql_blob(ptn_bytes_of(key->at, sizeof(key->at)));
        }
        ptn_view_ask_start(&ask, PTN_SQL_PERSONS_OF_KEYS, "bb", values, PERSONS_ASKED);
        while (ptn_view_ask_next(&ask)) {
            struct ptn_view_key key = ptn_view_ask_key(&ask, 0);

            for (size_t i = first; i < count && i < first + PERSONS_ASKED; i++)
                if (by_key(&rows[i].key, &key) == 0) {
                    ptn_view_ask_person(&ask, 1, &rows[i].person);
                    found++;
                }
        }
    }
    if (found != count)
        ptn_view_ask_fail(&ask, PTN_C_CORRUPT, "the view lacks a person a name is of");
    return ask.status;
}

static struct ptn_status fill_page(struct search *search, struct ptn_view_person *rows,
                                   size_t *ret_count)
{
    const struct ptn_view_who *who = search->who;
    bool narrow = who->from_ms != 0 || who->to_ms != 0 || who->post.len > 0;
    struct ptn_view_person some[PERSONS_ASKED];
    struct ptn_status status = PTN_OK;
    size_t skipped = 0;
    size_t count = 0;
    size_t taken = 0;

    for (size_t first = 0; ptn_ok(status) && first < search->ranked_count && count <= who->count;
         first += taken) {
        status = last_crossings(search, first, some, &taken);
        for (size_t i = 0; ptn_ok(status) && i < taken && count <= who->count; i++) {
            if ((narrow && some[i].last_ms == 0) || skipped++ < who->skip)
                continue;
            if (count < who->count)
                rows[count] = some[i];
            count++;
        }
    }
    if (count > who->count) {
        search->more = true;
        count = who->count;
    }
    *ret_count = count;
    if (ptn_ok(status))
        status = fill_persons(search, rows, count);
    return ptn_ok(status)
               ? ptn_view_count_joined(search->view, search->arena, rows, count, search->reterr)
               : status;
}

static struct ptn_status run(struct search *search, struct ptn_view_person *rows, size_t *ret_count)
{
    struct ptn_status status = read_question(search);

    if (ptn_ok(status))
        status = search->who->number.len > 0 ? gather_by_number(search) : gather_all(search);
    if (ptn_ok(status))
        status = rank(search);
    qsort(search->ranked, search->ranked_count, sizeof(*search->ranked), by_rank);
    return ptn_ok(status) ? fill_page(search, rows, ret_count) : status;
}

#define SCRATCH_SIZE_MAX ((size_t)64 << 10)

struct ptn_status ptn_view_persons(struct ptn_view *view, const struct ptn_view_who *who,
                                   struct ptn_arena *arena, const struct ptn_view_person **ret_rows,
                                   size_t *ret_count, bool *ret_more, struct ptn_diag *reterr)
{
    struct search *search;
    struct ptn_view_person *rows;
    struct ptn_status status;
    size_t count = 0;

    if (who->count < 1 || who->count > PTN_VIEW_PAGE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "count is out of range");
    if (who->issuer.len > 0 && who->number.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an issuer needs a document's number");
    search = calloc(1, sizeof(*search));
    rows = ptn_arena_take(arena, who->count * sizeof(*rows));
    if (search != NULL) {
        *search = (struct search){ .view = view, .who = who, .arena = arena, .reterr = reterr };
        search->scratch = ptn_arena_new(SCRATCH_SIZE_MAX);
        search->ranked = calloc(PTN_VIEW_RANKED_MAX, sizeof(*search->ranked));
    }
    if (search == NULL || rows == NULL || search->scratch == NULL || search->ranked == NULL)
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    else
        status = ptn_view_read_begin(view, reterr);
    if (ptn_ok(status)) {
        status = run(search, rows, &count);
        ptn_view_read_end(view);
    }
    if (ptn_ok(status)) {
        *ret_rows = rows;
        *ret_count = count;
        *ret_more = search->more;
    }
    if (search != NULL) {
        ptn_arena_free(search->scratch);
        free(search->ranked);
        free(search->keys.at);
    }
    free(search);
    return status;
}
