/*
 * Better readings of a wrong MRZ: characters that readers confuse, put right where the kind of
 * field or a check digit says which of the two it must be. Everything happens on a copy; the result
 * is a list for the officer to see.
 *
 * Letters-only and digits-only fields: the look-alike of the right kind. Document and personal
 * numbers hold both: one change (or, if no single one will do, two) that makes the check digit
 * right, and only if exactly one such change is possible. Look-alikes of equal value (6 G, 1 L, 8
 * S, < K) can never be settled and are left as read.
 */
#include "document/mrz_int.h"

#include "reference/state.h"

struct work {
    const struct ptn_mrz_layout *layout;
    const char *chars; /* as read */
    char fixed[PTN_MRZ_CHARS_MAX];
    size_t count;
};

/* The character that stands in `to` where c stands in `from`; c itself when it does not. */
static char exchange(char c, const char *from, const char *to)
{
    for (size_t i = 0; from[i] != '\0'; i++)
        if (from[i] == c)
            return to[i];
    return c;
}

static char letter_for(char c)
{
    return exchange(c, "012568", "OIZSGB");
}

static char digit_for(char c)
{
    return exchange(c, "ODQILZSGBTA", "00011256874");
}

static struct ptn_mrz_checked check_fixed(const struct work *work)
{
    uint8_t values[PTN_MRZ_CHARS_MAX];

    (void)ptn_mrz_values(work->fixed, work->count, values);
    return ptn_mrz_check_all(work->layout, work->fixed, values);
}

static bool check_holds(const struct work *work, enum ptn_mrz_check check)
{
    return (check_fixed(work).right >> check & 1) != 0;
}

/* ---- fields of one kind ---- */

static void fix_letters(struct work *work, enum ptn_mrz_field field)
{
    struct ptn_mrz_span span = work->layout->fields[field];

    for (unsigned i = span.at; i < span.at + span.len; i++)
        work->fixed[i] = letter_for(work->fixed[i]);
}

/* The same for a code, kept only when it makes a known one. */
static void fix_code(struct work *work, enum ptn_mrz_field field)
{
    struct ptn_mrz_span span = work->layout->fields[field];
    char *at = work->fixed + span.at;
    char before[3];
    size_t len = span.len;

    if (len == 0)
        return;
    memcpy(before, at, sizeof(before));
    fix_letters(work, field);
    while (len > 0 && at[len - 1] == '<')
        len--;
    if (ptn_state_find_bytes(ptn_bytes_of(at, len)) == NULL)
        memcpy(at, before, sizeof(before));
}

static void fix_digits(struct work *work, unsigned at, unsigned len)
{
    for (unsigned i = at; i < at + len; i++)
        work->fixed[i] = digit_for(work->fixed[i]);
}

/* ---- numbers ---- */

/* Where the characters of a number stand, in order: it may go on in the optional field. */
struct places {
    uint8_t at[24];
    unsigned count;
    unsigned digit;      /* where its check digit stands */
    const char *pattern; /* d digit, a letter, g German, x either; NULL: nothing is known */
};

/* The other characters that one may be a misreading of. */
static const char *look_alikes(char c)
{
    static const char *const groups[] = { "0ODQ", "1IL", "2Z", "5S", "6G", "8B" };

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strchr(groups[i], c) != NULL)
            return groups[i];
    return "";
}

/* May this character stand at this place of the number, as far as the issuer's numbers are known?
 */
static bool fits(const struct places *places, unsigned i, char c)
{
    char kind = 'x';

    if (places->pattern != NULL && i < strlen(places->pattern))
        kind = places->pattern[i];
    if (kind == 'd')
        return ptn_mrz_is_digit(c);
    if (kind == 'a')
        return ptn_mrz_is_letter(c);
    if (kind == 'g') /* Germany: no vowels, and none of B D Q S */
        return strchr("BDQSAEIOU", c) == NULL;
    return true;
}

/* One character changed to a look-alike, and by how much that moves the sum modulo 10. */
struct change {
    uint8_t at;
    char becomes;
    uint8_t moves;
};

#define CHANGES_MAX (3u * 24u) /* a character has at most three look-alikes */

static unsigned value_of(char c)
{
    return ptn_mrz_value_plus_1[(uint8_t)c] - 1u;
}

/* A number can be searched when its digit is one and nothing in it is unreadable. */
static bool is_searchable(const struct work *work, const struct places *places)
{
    for (unsigned i = 0; i < places->count; i++)
        if (ptn_mrz_value_plus_1[(uint8_t)work->fixed[places->at[i]]] == 0)
            return false;
    return ptn_mrz_is_digit(work->fixed[places->digit]);
}

/* By how much the sum must move to give the check digit. */
static unsigned distance(const struct work *work, const struct places *places)
{
    uint8_t values[24] = { 0 };

    for (unsigned i = 0; i < places->count; i++)
        values[i] = (uint8_t)value_of(work->fixed[places->at[i]]);
    return (value_of(work->fixed[places->digit]) + 10u -
            ptn_mrz_sum(values, places->count, 0) % 10u) %
           10u;
}

/* Every look-alike of another value that may stand in its place. */
static unsigned list_changes(const struct work *work, const struct places *places,
                             struct change *ret_changes)
{
    static const uint8_t weights[] = { 7, 3, 1 };
    unsigned count = 0;

    for (unsigned i = 0; i < places->count; i++) {
        char was = work->fixed[places->at[i]];

        for (const char *other = look_alikes(was); *other != '\0'; other++) {
            unsigned moves = (value_of(*other) + 40u - value_of(was)) * weights[i % 3] % 10u;

            if (moves != 0 && fits(places, i, *other))
                ret_changes[count++] = (struct change){ places->at[i], *other, (uint8_t)moves };
        }
    }
    return count;
}

/* How many single changes move the sum as wanted; one of them. */
static unsigned find_single(const struct change *changes, unsigned count, unsigned wanted,
                            struct change ret_found[2])
{
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++)
        if (changes[i].moves == wanted) {
            ret_found[0] = changes[i];
            found++;
        }
    return found;
}

/* The same for two changes at different places. */
static unsigned find_pair(const struct change *changes, unsigned count, unsigned wanted,
                          struct change ret_found[2])
{
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++)
        for (unsigned j = i + 1; j < count; j++)
            if (changes[i].at != changes[j].at &&
                ((unsigned)changes[i].moves + changes[j].moves) % 10u == wanted) {
                ret_found[0] = changes[i];
                ret_found[1] = changes[j];
                found++;
            }
    return found;
}

/*
 * Make the one change, or else the one pair of changes, that makes the check digit right. None is
 * made when several would do: which of them is right, only the page or the chip can tell.
 */
static void search(struct work *work, const struct places *places)
{
    struct change changes[CHANGES_MAX], found[2];
    unsigned count = list_changes(work, places, changes), wanted = distance(work, places);
    unsigned ways = find_single(changes, count, wanted, found), used = 1;

    if (ways == 0) {
        ways = find_pair(changes, count, wanted, found);
        used = 2;
    }
    for (unsigned i = 0; ways == 1 && i < used; i++)
        work->fixed[found[i].at] = found[i].becomes;
}

/* Put right what the issuer's pattern decides by itself; true when the check digit then holds. */
static bool fix_by_pattern(struct work *work, const struct places *places)
{
    char before[PTN_MRZ_CHARS_MAX];

    memcpy(before, work->fixed, sizeof(before));
    for (unsigned i = 0; i < places->count; i++) {
        char *at = &work->fixed[places->at[i]];

        if (!fits(places, i, *at))
            *at = (char)(ptn_mrz_is_digit(*at) ? letter_for(*at) : digit_for(*at));
    }
    if (distance(work, places) == 0)
        return true;
    memcpy(work->fixed, before, sizeof(before));
    return false;
}

/* What the issuer's document numbers look like. */
static const char *number_pattern(const struct work *work)
{
    const char *issuer = work->fixed + work->layout->fields[PTN_MRZ_FIELD_ISSUER].at;

    if (work->layout->format == PTN_MRZ_FRA_ID)
        return "ddddxxxddddd";
    if (work->layout->format != PTN_MRZ_TD1 && work->layout->format != PTN_MRZ_TD3)
        return NULL;
    if (memcmp(issuer, "ALB", 3) == 0)
        return "aaddddddd";
    return memcmp(issuer, "D<<", 3) == 0 ? "ggggggggg" : NULL;
}

static void fix_number(struct work *work)
{
    struct ptn_mrz_span number = work->layout->fields[PTN_MRZ_FIELD_NUMBER];
    struct ptn_mrz_span optional = work->layout->fields[PTN_MRZ_FIELD_OPTIONAL];
    struct places places = { .digit = work->layout->checks[PTN_MRZ_CHECK_NUMBER],
                             .pattern = number_pattern(work) };
    struct ptn_mrz_checked checked = check_fixed(work);

    for (unsigned i = 0; i < number.len; i++)
        places.at[places.count++] = (uint8_t)(number.at + i);
    for (unsigned i = 0; i + 1 < checked.run; i++)
        places.at[places.count++] = (uint8_t)(optional.at + i);
    if (checked.run > 0)
        places.digit = optional.at + checked.run - 1u;
    fix_digits(work, places.digit, 1);
    if (!check_holds(work, PTN_MRZ_CHECK_NUMBER) && is_searchable(work, &places) &&
        !fix_by_pattern(work, &places))
        search(work, &places);
}

static void fix_personal(struct work *work)
{
    struct ptn_mrz_span span = work->layout->fields[PTN_MRZ_FIELD_OPTIONAL];
    struct places places = { .digit = work->layout->checks[PTN_MRZ_CHECK_PERSONAL] };

    if (work->layout->checks[PTN_MRZ_CHECK_PERSONAL] == PTN_MRZ_NO_CHECK)
        return;
    for (unsigned i = 0; i < span.len; i++)
        places.at[places.count++] = (uint8_t)(span.at + i);
    fix_digits(work, places.digit, 1);
    if (!check_holds(work, PTN_MRZ_CHECK_PERSONAL) && is_searchable(work, &places))
        search(work, &places);
}

/* ---- names ---- */

/*
 * Fillers at the end of a name that were read as K, C, L, S or E: letters of these kinds, with
 * fillers among them, after a break that no name has (<<<, or << beyond the one between surname and
 * given names).
 */
static void fix_name_tail(struct work *work, struct ptn_mrz_span span)
{
    char *from = work->fixed + span.at, *end = from + span.len, *tail = end, *first_break = from;

    while (tail > from && strchr("<KCLSE", tail[-1]) != NULL &&
           (tail == end || tail[-1] == '<' || tail[0] == '<' || tail[-1] == tail[0]))
        tail--;
    while (first_break + 1 < end && (first_break[0] != '<' || first_break[1] != '<'))
        first_break++;
    while (tail + 2 < end &&
           (tail[0] != '<' || tail[1] != '<' || (tail[2] != '<' && tail == first_break)))
        tail++;
    if (tail + 2 < end)
        memset(tail, '<', (size_t)(end - tail));
}

/* ---- the list ---- */

static void add(struct ptn_mrz *mrz, const struct work *work, struct ptn_mrz_span span,
                const char *field, bool confirmed)
{
    struct ptn_mrz_proposal *proposal;

    if (memcmp(work->chars + span.at, work->fixed + span.at, span.len) == 0 ||
        mrz->proposal_count == PTN_MRZ_PROPOSALS_MAX)
        return;
    proposal = &mrz->proposals[mrz->proposal_count++];
    *proposal = (struct ptn_mrz_proposal){ .line = (uint8_t)(span.at / mrz->line_len + 1),
                                           .column = (uint8_t)(span.at % mrz->line_len + 1),
                                           .length = span.len,
                                           .confirmed = confirmed,
                                           .field = field };
    memcpy(proposal->read, work->chars + span.at, span.len);
    memcpy(proposal->proposed, work->fixed + span.at, span.len);
}

/* A long field: each run of changed characters by itself. */
static void add_runs(struct ptn_mrz *mrz, const struct work *work, struct ptn_mrz_span span,
                     const char *field)
{
    unsigned end = span.at + span.len;

    for (unsigned from = span.at; from < end; from++) {
        unsigned to = from;

        while (to < end && to - from < PTN_MRZ_PROPOSAL_LEN_MAX &&
               work->chars[to] != work->fixed[to])
            to++;
        if (to == from)
            continue;
        add(mrz, work, (struct ptn_mrz_span){ (uint8_t)from, (uint8_t)(to - from) }, field, false);
        from = to - 1;
    }
}

static void add_all(struct ptn_mrz *mrz, const struct work *work)
{
    struct ptn_mrz_checked checked = check_fixed(work);

    for (unsigned i = 0; i < PTN_MRZ_FIELD_COUNT; i++) {
        struct ptn_mrz_span span = work->layout->fields[i];
        bool confirmed = false;

        for (unsigned check = 0; check < PTN_MRZ_CHECK_COMPOSITE; check++) {
            if ((checked.present >> check & 1) == 0 || ptn_mrz_check_field(check) != i)
                continue;
            confirmed = (checked.right >> check & 1) != 0;
            span.len++; /* its check digit, which stands behind it */
        }
        if (i == PTN_MRZ_FIELD_NAME || i == PTN_MRZ_FIELD_GIVEN)
            add_runs(mrz, work, span, ptn_mrz_field_name(i));
        else if (span.len > 0)
            add(mrz, work, span, ptn_mrz_field_name(i), confirmed);
    }
    if ((checked.present >> PTN_MRZ_CHECK_COMPOSITE & 1) != 0)
        add(mrz, work, (struct ptn_mrz_span){ work->layout->checks[PTN_MRZ_CHECK_COMPOSITE], 1 },
            "composite", (checked.right >> PTN_MRZ_CHECK_COMPOSITE & 1) != 0);
}

void ptn_mrz_propose(struct ptn_mrz *mrz, const struct ptn_mrz_layout *layout, const char *chars,
                     struct ptn_date today)
{
    struct work work = { .layout = layout, .chars = chars };
    char *sex = &work.fixed[layout->fields[PTN_MRZ_FIELD_SEX].at];

    work.count = (size_t)layout->line_count * layout->line_len;
    for (size_t i = 0; i < work.count; i++)
        work.fixed[i] = (char)(chars[i] == ' ' ? '<' : chars[i]);
    fix_letters(&work, PTN_MRZ_FIELD_TYPE);
    fix_code(&work, PTN_MRZ_FIELD_ISSUER);
    fix_code(&work, PTN_MRZ_FIELD_NATIONALITY);
    fix_name_tail(&work, layout->fields[PTN_MRZ_FIELD_NAME]);
    fix_letters(&work, PTN_MRZ_FIELD_NAME);
    fix_letters(&work, PTN_MRZ_FIELD_GIVEN);
    if (*sex == 'X') /* what the page shows for an unstated sex, where the MRZ has a filler */
        *sex = '<';
    fix_digits(&work, layout->fields[PTN_MRZ_FIELD_BIRTH].at, 7);
    if (layout->fields[PTN_MRZ_FIELD_EXPIRY].len > 0)
        fix_digits(&work, layout->fields[PTN_MRZ_FIELD_EXPIRY].at, 7);
    fix_number(&work);
    fix_personal(&work);
    if (layout->checks[PTN_MRZ_CHECK_COMPOSITE] != PTN_MRZ_NO_CHECK)
        fix_digits(&work, layout->checks[PTN_MRZ_CHECK_COMPOSITE], 1);
    add_all(mrz, &work);
    mrz->proposals_make_valid = ptn_mrz_is_valid(layout, work.fixed, today);
}
