/*
 * main/roster_next.c -- `postern roster next ROSTER`: the text of the next version, for authorities
 * to read and sign.
 *
 * It works on lines, as a person with an editor would, and then asks the rules: what
 * ptn_roster_parse and ptn_roster_may_follow refuse is not written.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/world.h"
#include "main/authority_int.h"
#include "main/commands.h"
#include "main/roster_int.h"
#include "mirror/wire.h"

#define ARENA_MAX     ((size_t)64 << 20)
#define CHANGES_MAX   64u
#define LINES_MAX     20000u
#define FILE_MAX      ((size_t)1 << 20)
#define SIGNATURE_MAX 400u /* bytes of a line under the text, at most */
#define DAYS          365

static const char usage[] =
    "usage: postern roster next ROSTER [CHANGE ...]     the text of the next version, to be "
    "signed\n"
    "  --lines FILE           lines of a roster to put in; one of the same name is replaced\n"
    "  --authority VKEY, --duty VKEY, --personnel VKEY   a person's key to put in\n"
    "  --remove NAME          a node, spare or person to take out, with all that hangs on it\n"
    "  --needed M             how many authorities sign\n"
    "  --quorum Q --liars F   of as many keepers as there are\n"
    "  --publishing NAME      the centre whose lists are followed\n"
    "  --retention CLASS:DAYS\n"
    "  --expires YYYY-MM-DD   without it a year from now\n"
    "  --out FILE             write there, not to standard output\n"
    "  --language en|sq       in which it is said what changes\n"
    "Months before the last one are left out. The text is signed with\n"
    "`postern authority sign --former ROSTER`, and given with `postern roster give`.\n";

/* The kinds of line after the head, in their order. own: the field with the name; 0: none. */
static const struct kind {
    const char *word;
    unsigned fields, own;
} kinds[] = {
    { "authority", 2, 1 }, { "duty", 2, 1 },       { "personnel", 2, 1 }, { "keeper", 5, 1 },
    { "site", 6, 2 },      { "centre", 3, 1 },     { "post", 3, 1 },      { "gateway", 3, 1 },
    { "spare", 4, 2 },     { "publishing", 2, 0 }, { "reading", 4, 0 },   { "recovery", 3, 0 },
    { "retention", 3, 0 },
};

enum {
    KIND_KEEPER = 3,
    KIND_SITE = 4,
    KIND_SPARE = 8,
    KIND_PUBLISHING = 9,
    KIND_READING = 10,
    KIND_RECOVERY = 11,
    KIND_RETENTION = 12
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

struct line {
    size_t kind;
    struct ptn_bytes text;
    struct ptn_bytes fields[6];
    struct ptn_bytes own; /* the name it is known by; may be empty */
};

struct next {
    const char *path, *out, *publishing;
    const char *line_files[CHANGES_MAX];
    const char *removed[CHANGES_MAX];
    struct ptn_buffer given; /* lines from the command line */
    size_t line_file_count, removed_count;
    uint32_t needed, quorum, liars; /* UINT32_MAX: as before */
    struct ptn_date expires;        /* year 0: a year from now */
    bool albanian;
    struct ptn_arena *arena;
    struct ptn_date today;
    struct ptn_authority_roster old;
    struct ptn_buffer files[CHANGES_MAX];
    struct line *lines;
    size_t line_count;
};

/* ---- lines ---- */

/* False when it is no line of a roster but its head. */
static bool read_line(struct ptn_bytes text, struct line *ret_line)
{
    struct line line = { .kind = KIND_COUNT, .text = text };
    unsigned count = 0;
    size_t from = 0;

    for (size_t i = 0; i <= text.len && count <= 6; i++)
        if (i == text.len || text.at[i] == ' ') {
            if (count < 6)
                line.fields[count] = ptn_bytes_slice(text, from, i - from);
            count++;
            from = i + 1;
        }
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (count == kinds[i].fields && ptn_bytes_is(line.fields[0], kinds[i].word))
            line.kind = i;
    if (line.kind == KIND_COUNT)
        return false;
    if (kinds[line.kind].own > 0) {
        struct ptn_bytes key = line.fields[kinds[line.kind].own];
        const uint8_t *plus = key.len == 0 ? NULL : memchr(key.at, '+', key.len);

        line.own = ptn_bytes_slice(key, 0, plus == NULL ? key.len : (size_t)(plus - key.at));
    }
    *ret_line = line;
    return true;
}

/* Would both be the word on one matter? Then the newer one counts. */
static bool is_same_matter(const struct line *a, const struct line *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->own.len > 0)
        return ptn_bytes_equal(a->own, b->own);
    if (a->kind == KIND_READING)
        return ptn_bytes_equal(a->fields[1], b->fields[1]) &&
               ptn_bytes_equal(a->fields[2], b->fields[2]);
    return a->kind == KIND_PUBLISHING || ptn_bytes_equal(a->fields[1], b->fields[1]);
}

static struct ptn_status put_line(struct next *next, const struct line *line,
                                  struct ptn_diag *reterr)
{
    for (size_t i = 0; i < next->line_count; i++)
        if (is_same_matter(&next->lines[i], line)) {
            next->lines[i] = *line;
            return PTN_OK;
        }
    if (next->line_count == LINES_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, LINES_MAX, "too many lines");
    next->lines[next->line_count++] = *line;
    return PTN_OK;
}

/* Each line of text that is one; strict: one that is none is refused. */
static struct ptn_status put_lines(struct next *next, struct ptn_bytes text, bool strict,
                                   struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes bytes;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &bytes))) {
        struct line line;

        if (read_line(bytes, &line))
            status = put_line(next, &line, reterr);
        else if (strict && bytes.len > 0)
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, cursor.next,
                              "a line that no roster has after its head");
    }
    return status;
}

static size_t keep_lines(struct next *next,
                         bool (*goes)(const struct next *next, const struct line *line,
                                      struct ptn_bytes name),
                         struct ptn_bytes name)
{
    size_t kept = 0;
    size_t gone;

    for (size_t i = 0; i < next->line_count; i++)
        if (!goes(next, &next->lines[i], name))
            next->lines[kept++] = next->lines[i];
    gone = next->line_count - kept;
    next->line_count = kept;
    return gone;
}

/* The name's own line, and what hangs on it. */
static bool goes_with(const struct next *next, const struct line *line, struct ptn_bytes name)
{
    (void)next;
    if (line->own.len > 0 && ptn_bytes_equal(line->own, name))
        return true;
    return (line->kind == KIND_SITE || line->kind == KIND_SPARE || line->kind == KIND_PUBLISHING ||
            line->kind == KIND_READING) &&
           ptn_bytes_equal(line->fields[1], name);
}

static struct ptn_date month_before(struct ptn_date today)
{
    return today.month > 1 ? (struct ptn_date){ today.year, (uint8_t)(today.month - 1), 0 }
                           : (struct ptn_date){ (uint16_t)(today.year - 1), 12, 0 };
}

static bool is_over(const struct next *next, const struct line *line, struct ptn_bytes name)
{
    const struct ptn_date least = month_before(next->today);
    struct ptn_date month;

    (void)name;
    if (line->kind != KIND_READING && line->kind != KIND_RECOVERY)
        return false;
    return ptn_ok(ptn_date_parse(line->fields[line->kind == KIND_READING ? 2 : 1], &month, NULL)) &&
           (month.year < least.year || (month.year == least.year && month.month < least.month));
}

static struct ptn_status remove_name(struct next *next, const char *text, struct ptn_diag *reterr)
{
    struct ptn_bytes name = ptn_bytes_from_text(text);
    struct ptn_bytes spares[CHANGES_MAX];
    size_t spare_count = 0;

    for (size_t i = 0; i < next->line_count && spare_count < CHANGES_MAX; i++)
        if (next->lines[i].kind == KIND_SPARE && ptn_bytes_equal(next->lines[i].fields[1], name))
            spares[spare_count++] = next->lines[i].own;
    if (keep_lines(next, goes_with, name) == 0) {
        (void)fprintf(stderr, "postern: nobody is called %s\n", text);
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a name to remove that is not there");
    }
    for (size_t i = 0; i < spare_count; i++)
        (void)keep_lines(next, goes_with, spares[i]);
    return PTN_OK;
}

/* ---- the text ---- */

static int compare_lines(const void *a, const void *b)
{
    const struct line *one = a;
    const struct line *other = b;

    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return ptn_bytes_compare(one->text, other->text);
}

static struct ptn_status write_text(struct next *next, struct ptn_buffer *out)
{
    const struct ptn_roster *old = &next->old.roster;
    char date[PTN_DATE_TEXT_SIZE];
    uint32_t keepers = 0;
    struct ptn_status status;

    for (size_t i = 0; i < next->line_count; i++)
        keepers += next->lines[i].kind == KIND_KEEPER;
    qsort(next->lines, next->line_count, sizeof(*next->lines), compare_lines);
    status = ptn_buffer_addf(out, "%.*s\nversion %u\nexpires %s\nquorum %u %u %u\n",
                             (int)old->origin.len, (const char *)old->origin.at, old->version + 1,
                             ptn_date_write(next->expires, date), keepers,
                             next->quorum == UINT32_MAX ? old->quorum_q : next->quorum,
                             next->liars == UINT32_MAX ? old->quorum_f : next->liars);
    if (ptn_ok(status))
        status =
            ptn_buffer_addf(out, "authorities-needed %u\n",
                            next->needed == UINT32_MAX ? old->authorities_needed : next->needed);
    for (size_t i = 0; ptn_ok(status) && i < next->line_count; i++) {
        status = ptn_buffer_add(out, next->lines[i].text);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    return status;
}

/* What the rules say of it, and that it can be carried. */
static struct ptn_status check(struct next *next, struct ptn_bytes text,
                               struct ptn_roster *ret_roster, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_roster_parse(text, next->arena, ret_roster, reterr);

    if (ptn_ok(status))
        status = ptn_roster_may_follow(&next->old.roster, ret_roster, reterr);
    if (ptn_ok(status) && !ptn_roster_is_current(ret_roster, next->today) &&
        ptn_roster_widens(&next->old.roster, ret_roster) != NULL)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "it would be over already: it could take away, and bring in nothing");
    if (ptn_ok(status) &&
        text.len + (size_t)SIGNATURE_MAX * PTN_ROSTER_AUTHORITY_MAX > PTN_WIRE_ROSTER_MAX)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, text.len,
                          "too long to be handed to a keeper: fewer months");
    return status;
}

/* ---- the command line ---- */

static bool set_number(uint32_t *at, const char *text)
{
    uint64_t number;

    if (!ptn_decimal_read(ptn_bytes_from_text(text), 999, &number))
        return false;
    *at = (uint32_t)number;
    return true;
}

static bool add_given(struct next *next, const char *word, const char *value)
{
    return ptn_ok(ptn_buffer_addf(&next->given, "%s %s\n", word, value));
}

static bool add_retention(struct next *next, const char *value)
{
    const char *colon = strchr(value, ':');

    return colon != NULL && ptn_ok(ptn_buffer_addf(&next->given, "retention %.*s %s\n",
                                                   (int)(colon - value), value, colon + 1));
}

static bool take_option(struct next *next, int letter, const char *value)
{
    switch (letter) {
    case 'l':
        if (next->line_file_count == CHANGES_MAX)
            return false;
        next->line_files[next->line_file_count++] = value;
        return true;
    case 'r':
        if (next->removed_count == CHANGES_MAX)
            return false;
        next->removed[next->removed_count++] = value;
        return true;
    case 'A':
        return add_given(next, "authority", value);
    case 'D':
        return add_given(next, "duty", value);
    case 'P':
        return add_given(next, "personnel", value);
    case 'p':
        return add_given(next, "publishing", value);
    case 't':
        return add_retention(next, value);
    case 'm':
        return set_number(&next->needed, value);
    case 'q':
        return set_number(&next->quorum, value);
    case 'f':
        return set_number(&next->liars, value);
    case 'e':
        return strlen(value) == 10 &&
               ptn_ok(ptn_date_parse(ptn_bytes_from_text(value), &next->expires, NULL));
    case 'o':
        next->out = value;
        return true;
    case 'L':
        next->albanian = strcmp(value, "sq") == 0;
        return next->albanian || strcmp(value, "en") == 0;
    default:
        return false;
    }
}

static bool read_options(struct next *next, int argc, char **argv)
{
    static const struct option names[] = { { "lines", required_argument, NULL, 'l' },
                                           { "remove", required_argument, NULL, 'r' },
                                           { "authority", required_argument, NULL, 'A' },
                                           { "duty", required_argument, NULL, 'D' },
                                           { "personnel", required_argument, NULL, 'P' },
                                           { "publishing", required_argument, NULL, 'p' },
                                           { "retention", required_argument, NULL, 't' },
                                           { "needed", required_argument, NULL, 'm' },
                                           { "quorum", required_argument, NULL, 'q' },
                                           { "liars", required_argument, NULL, 'f' },
                                           { "expires", required_argument, NULL, 'e' },
                                           { "out", required_argument, NULL, 'o' },
                                           { "language", required_argument, NULL, 'L' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(next, letter, optarg))
            return false;
    if (optind != argc - 1)
        return false;
    next->path = argv[optind];
    return true;
}

/* ---- the command ---- */

static struct ptn_status put_files(struct next *next, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < next->line_file_count; i++) {
        ptn_buffer_init(&next->files[i], FILE_MAX);
        status = world->files->read(world->context, next->line_files[i], &next->files[i]);
        if (!ptn_ok(status))
            return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr,
                            i, "a file of lines cannot be read");
        status = put_lines(next, ptn_buffer_bytes(&next->files[i]), true, reterr);
        if (!ptn_ok(status))
            (void)fprintf(stderr, "postern: in %s:\n", next->line_files[i]);
    }
    if (ptn_ok(status))
        status = put_lines(next, ptn_buffer_bytes(&next->given), true, reterr);
    return status;
}

static struct ptn_status make(struct next *next, struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = PTN_ROSTER_TEXT_MAX };
    struct ptn_roster roster;
    struct ptn_status status = ptn_authority_roster_read(next->path, &next->old, reterr);

    next->lines = calloc(LINES_MAX, sizeof(*next->lines));
    next->arena = ptn_arena_new(ARENA_MAX);
    if (ptn_ok(status) && (next->lines == NULL || next->arena == NULL))
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a roster");
    if (ptn_ok(status))
        status = put_lines(next, next->old.file.text, false, reterr);
    for (size_t i = 0; ptn_ok(status) && i < next->removed_count; i++)
        status = remove_name(next, next->removed[i], reterr);
    if (ptn_ok(status))
        status = put_files(next, reterr);
    if (ptn_ok(status))
        (void)keep_lines(next, is_over, PTN_BYTES_NONE);
    if (ptn_ok(status))
        status = write_text(next, &text);
    if (ptn_ok(status))
        status = check(next, ptn_buffer_bytes(&text), &roster, reterr);
    if (ptn_ok(status)) {
        ptn_roster_say(&next->old.roster, &roster, next->albanian);
        status = ptn_authority_put_out(next->out, ptn_buffer_bytes(&text), reterr);
    }
    ptn_buffer_release(&text);
    return status;
}

int ptn_roster_next(int argc, char **argv)
{
    const struct ptn_world *world = ptn_world_real();
    struct next *next = calloc(1, sizeof(*next));
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (next == NULL)
        return PTN_EXIT_ENVIRONMENT;
    ptn_buffer_init(&next->given, FILE_MAX);
    next->needed = next->quorum = next->liars = UINT32_MAX;
    next->today = ptn_instant_date(world->now_ms(world->context));
    next->expires = ptn_date_from_days(ptn_date_to_days(next->today) + DAYS);
    if (!read_options(next, argc, argv)) {
        (void)fputs(usage, stderr);
        ptn_buffer_release(&next->given);
        free(next);
        return PTN_EXIT_USAGE;
    }
    status = make(next, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(next->path, status, &diag);
    ptn_authority_roster_release(&next->old);
    for (size_t i = 0; i < next->line_file_count; i++)
        ptn_buffer_release(&next->files[i]);
    ptn_buffer_release(&next->given);
    ptn_arena_free(next->arena);
    free(next->lines);
    free(next);
    return ptn_exit_for(status);
}
