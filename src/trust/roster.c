/*
 * trust/roster.c -- a roster's text, read strictly line by line and written in its one order.
 */
#include "trust/roster.h"

#include <stdlib.h>

#define FIELDS_MAX 6u /* of the longest line: site */
#define LINES_MAX  16384u
#define NUMBER_MAX 999999999u

/* The kinds of line, in the order in which they stand. */
enum line_kind {
    LINE_VERSION,
    LINE_EXPIRES,
    LINE_QUORUM,
    LINE_NEEDED,
    LINE_AUTHORITY,
    LINE_DUTY,
    LINE_PERSONNEL,
    LINE_KEEPER,
    LINE_SITE,
    LINE_CENTRE,
    LINE_POST,
    LINE_GATEWAY,
    LINE_SPARE,
    LINE_PUBLISHING,
    LINE_READING,
    LINE_RECOVERY,
    LINE_RETENTION,
    LINE_KIND_COUNT,
};

/* The lines that must be there stand exactly once, the others as often as their limit. */
static const struct line_rule {
    const char *word;
    size_t field_count; /* the word's own included */
    bool must;
    size_t count_max;
} rules[LINE_KIND_COUNT] = {
    [LINE_VERSION] = { "version", 2, true, 1 },
    [LINE_EXPIRES] = { "expires", 2, true, 1 },
    [LINE_QUORUM] = { "quorum", 4, true, 1 },
    [LINE_NEEDED] = { "authorities-needed", 2, true, 1 },
    [LINE_AUTHORITY] = { "authority", 2, true, PTN_ROSTER_AUTHORITY_MAX },
    [LINE_DUTY] = { "duty", 2, false, PTN_ROSTER_DUTY_MAX },
    [LINE_PERSONNEL] = { "personnel", 2, false, PTN_ROSTER_PERSONNEL_MAX },
    [LINE_KEEPER] = { "keeper", 5, false, PTN_ROSTER_KEEPER_MAX },
    [LINE_SITE] = { "site", 6, false, 1024 },
    [LINE_CENTRE] = { "centre", 3, false, 8 },
    [LINE_POST] = { "post", 3, false, 1024 },
    [LINE_GATEWAY] = { "gateway", 3, false, 8 },
    [LINE_SPARE] = { "spare", 4, false, 4096 },
    [LINE_PUBLISHING] = { "publishing", 2, false, 1 },
    [LINE_READING] = { "reading", 4, false, LINES_MAX },
    [LINE_RECOVERY] = { "recovery", 3, false, LINES_MAX },
    [LINE_RETENTION] = { "retention", 3, false, 256 },
};

/* Where the reading stands. */
struct reading {
    struct ptn_roster *roster;
    struct ptn_arena *arena;
    struct ptn_diag *reterr;
    size_t offset; /* of the present line */
    struct ptn_bytes fields[FIELDS_MAX];
    size_t counts[LINE_KIND_COUNT];
};

const char *ptn_roster_role_word(enum ptn_roster_role role)
{
    switch (role) {
    case PTN_ROSTER_KEEPER:
        return rules[LINE_KEEPER].word;
    case PTN_ROSTER_SITE:
        return rules[LINE_SITE].word;
    case PTN_ROSTER_CENTRE:
        return rules[LINE_CENTRE].word;
    case PTN_ROSTER_GATEWAY:
        return rules[LINE_GATEWAY].word;
    case PTN_ROSTER_POST:
        break;
    }
    return rules[LINE_POST].word;
}

bool ptn_roster_quorum_is_safe(uint32_t n, uint32_t q, uint32_t f)
{
    return n <= PTN_ROSTER_KEEPER_MAX && q >= 1 && q < n && f < n && 2 * q > n + f;
}

static struct ptn_status bad(const struct reading *reading, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reading->reterr, reading->offset, text);
}

/* ---- fields ---- */

/* At most nine digits. */
static struct ptn_status read_number(const struct reading *reading, struct ptn_bytes field,
                                     uint32_t *ret_number)
{
    uint64_t number;

    if (!ptn_decimal_read(field, NUMBER_MAX, &number))
        return bad(reading, "not a number in its one form");
    *ret_number = (uint32_t)number;
    return PTN_OK;
}

static struct ptn_status read_key(const struct reading *reading, struct ptn_bytes field,
                                  struct ptn_vkey *ret_key)
{
    if (!ptn_ok(ptn_vkey_parse(field, ret_key, NULL)))
        return bad(reading, "not a verifier key");
    return PTN_OK;
}

/* A cosigner's key by right; rosters made before there were any hold plain ones. */
static struct ptn_status read_mirror_key(const struct reading *reading, struct ptn_bytes field,
                                         struct ptn_vkey *ret_key)
{
    return ptn_ok(ptn_vkey_parse_cosigner(field, ret_key, NULL))
               ? PTN_OK
               : read_key(reading, field, ret_key);
}

static struct ptn_status read_digest(const struct reading *reading, struct ptn_bytes field,
                                     uint8_t ret_digest[32])
{
    struct ptn_buffer digest = { .len_max = 32 };
    struct ptn_status status;

    if (field.len != 64)
        return bad(reading, "not 64 hex digits");
    status = ptn_hex_read(field, &digest, NULL);
    if (ptn_ok(status))
        memcpy(ret_digest, digest.at, 32);
    ptn_buffer_release(&digest);
    if (status.code == PTN_C_BAD_INPUT)
        return bad(reading, "not 64 lower-case hex digits");
    return status;
}

static struct ptn_status read_date(const struct reading *reading, struct ptn_bytes field,
                                   size_t len, struct ptn_date *ret_date)
{
    if (field.len != len || !ptn_ok(ptn_date_parse(field, ret_date, NULL)) || ret_date->year == 0 ||
        ret_date->month == 0 || (len == 10 && ret_date->day == 0))
        return bad(reading, len == 10 ? "not a date YYYY-MM-DD" : "not a month YYYY-MM");
    return PTN_OK;
}

static struct ptn_status read_origin(const struct reading *reading, struct ptn_bytes field,
                                     struct ptn_bytes *ret_origin)
{
    if (!ptn_note_name_good(field))
        return bad(reading, "not a name that a note can carry");
    *ret_origin = field;
    return PTN_OK;
}

/* HOST:PORT, printable and without spaces. */
static struct ptn_status read_address(const struct reading *reading, struct ptn_bytes field,
                                      struct ptn_bytes *ret_address)
{
    const uint8_t *colon = field.len == 0 ? NULL : memrchr(field.at, ':', field.len);
    uint32_t port = 0;
    size_t host_len;

    if (colon == NULL || colon == field.at || field.len > PTN_ROSTER_ADDRESS_MAX)
        return bad(reading, "not HOST:PORT");
    host_len = (size_t)(colon - field.at);
    if (!ptn_ok(read_number(reading, ptn_bytes_slice(field, host_len + 1, field.len), &port)) ||
        port == 0 || port > 65535)
        return bad(reading, "not a port");
    for (size_t i = 0; i < host_len; i++)
        if (field.at[i] <= ' ' || field.at[i] > '~' || field.at[i] == '/')
            return bad(reading, "not a host");
    *ret_address = field;
    return PTN_OK;
}

/* ---- lines ---- */

static struct ptn_status take_quorum(struct reading *reading)
{
    struct ptn_roster *roster = reading->roster;
    struct ptn_status status = read_number(reading, reading->fields[1], &roster->quorum_n);

    if (ptn_ok(status))
        status = read_number(reading, reading->fields[2], &roster->quorum_q);
    if (ptn_ok(status))
        status = read_number(reading, reading->fields[3], &roster->quorum_f);
    if (ptn_ok(status) &&
        !ptn_roster_quorum_is_safe(roster->quorum_n, roster->quorum_q, roster->quorum_f))
        return bad(reading, "a quorum that is not safe: 2q - n > f and n - q >= 1");
    return status;
}

static struct ptn_status take_node(struct reading *reading, enum ptn_roster_role role)
{
    struct ptn_roster_node *node = &reading->roster->nodes[reading->roster->node_count];
    const struct ptn_bytes *field = reading->fields + 1;
    bool keeps = role == PTN_ROSTER_KEEPER || role == PTN_ROSTER_SITE;
    struct ptn_status status = PTN_OK;

    memset(node, 0, sizeof(*node));
    node->role = role;
    if (role == PTN_ROSTER_SITE)
        status = read_origin(reading, *field++, &node->post);
    if (ptn_ok(status))
        status = read_key(reading, *field++, &node->ledger);
    if (ptn_ok(status) && keeps)
        status = read_mirror_key(reading, *field++, &node->mirror);
    if (ptn_ok(status))
        status = read_digest(reading, *field++, node->tls);
    if (ptn_ok(status) && keeps)
        status = read_address(reading, *field, &node->address);
    if (ptn_ok(status))
        reading->roster->node_count++;
    return status;
}

static struct ptn_status take_spare(struct reading *reading)
{
    struct ptn_roster_spare *spare = &reading->roster->spares[reading->roster->spare_count];
    struct ptn_status status = read_origin(reading, reading->fields[1], &spare->origin);

    if (ptn_ok(status))
        status = read_key(reading, reading->fields[2], &spare->ledger);
    if (ptn_ok(status))
        status = read_digest(reading, reading->fields[3], spare->tls);
    if (ptn_ok(status))
        reading->roster->spare_count++;
    return status;
}

static struct ptn_status take_reading(struct reading *reading, bool recovery)
{
    struct ptn_roster_reading *key = &reading->roster->readings[reading->roster->reading_count];
    const struct ptn_bytes *field = reading->fields + 1;
    struct ptn_status status = PTN_OK;

    key->origin = PTN_BYTES_NONE;
    if (!recovery)
        status = read_origin(reading, *field++, &key->origin);
    if (ptn_ok(status))
        status = read_date(reading, *field++, 7, &key->month);
    if (ptn_ok(status))
        status = read_digest(reading, *field, key->key);
    if (ptn_ok(status))
        reading->roster->reading_count++;
    return status;
}

static struct ptn_status take_retention(struct reading *reading)
{
    struct ptn_roster_retention *retention =
        &reading->roster->retentions[reading->roster->retention_count];
    uint32_t number = 0;
    struct ptn_status status = read_number(reading, reading->fields[1], &number);

    if (ptn_ok(status) && number > UINT8_MAX)
        return bad(reading, "not a retention class");
    if (ptn_ok(status)) {
        retention->retention = (uint8_t)number;
        status = read_number(reading, reading->fields[2], &retention->days);
    }
    if (ptn_ok(status))
        reading->roster->retention_count++;
    return status;
}

static struct ptn_status take_line(struct reading *reading, enum line_kind kind)
{
    struct ptn_roster *roster = reading->roster;

    switch (kind) {
    case LINE_VERSION:
        return read_number(reading, reading->fields[1], &roster->version);
    case LINE_EXPIRES:
        return read_date(reading, reading->fields[1], 10, &roster->expires);
    case LINE_QUORUM:
        return take_quorum(reading);
    case LINE_NEEDED:
        return read_number(reading, reading->fields[1], &roster->authorities_needed);
    case LINE_AUTHORITY:
        return read_key(reading, reading->fields[1],
                        &roster->authorities[roster->authority_count++]);
    case LINE_DUTY:
        return read_key(reading, reading->fields[1], &roster->duties[roster->duty_count++]);
    case LINE_PERSONNEL:
        return read_key(reading, reading->fields[1], &roster->personnel[roster->personnel_count++]);
    case LINE_KEEPER:
        return take_node(reading, PTN_ROSTER_KEEPER);
    case LINE_SITE:
        return take_node(reading, PTN_ROSTER_SITE);
    case LINE_CENTRE:
        return take_node(reading, PTN_ROSTER_CENTRE);
    case LINE_POST:
        return take_node(reading, PTN_ROSTER_POST);
    case LINE_GATEWAY:
        return take_node(reading, PTN_ROSTER_GATEWAY);
    case LINE_SPARE:
        return take_spare(reading);
    case LINE_PUBLISHING:
        return read_origin(reading, reading->fields[1], &roster->publishing);
    case LINE_READING:
        return take_reading(reading, false);
    case LINE_RECOVERY:
        return take_reading(reading, true);
    case LINE_RETENTION:
        return take_retention(reading);
    case LINE_KIND_COUNT:
        break;
    }
    return bad(reading, "unknown line");
}

/* Split at single spaces. False when there are more fields than any line has, or an empty one. */
static bool split_fields(struct reading *reading, struct ptn_bytes line, size_t *ret_count)
{
    size_t count = 0;
    size_t from = 0;

    for (size_t i = 0; i <= line.len; i++) {
        if (i < line.len && line.at[i] != ' ')
            continue;
        if (i == from || count == FIELDS_MAX)
            return false;
        reading->fields[count++] = ptn_bytes_slice(line, from, i - from);
        from = i + 1;
    }
    *ret_count = count;
    return true;
}

static enum line_kind kind_of(struct ptn_bytes word)
{
    for (size_t kind = 0; kind < LINE_KIND_COUNT; kind++)
        if (ptn_bytes_is(word, rules[kind].word))
            return (enum line_kind)kind;
    return LINE_KIND_COUNT;
}

/* How many lines of each kind there are, so that arrays can be taken at once. */
static struct ptn_status count_lines(struct reading *reading, struct ptn_bytes text)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes line;

    while (ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        const uint8_t *space = line.len == 0 ? NULL : memchr(line.at, ' ', line.len);
        size_t len = space == NULL ? line.len : (size_t)(space - line.at);
        enum line_kind kind = kind_of(ptn_bytes_slice(line, 0, len));

        if (kind != LINE_KIND_COUNT && ++reading->counts[kind] > rules[kind].count_max)
            return ptn_fail(PTN_C_TOO_BIG, reading->reterr, cursor.next,
                            "too many lines of a kind");
    }
    return PTN_OK;
}

static struct ptn_status take_arrays(struct reading *reading)
{
    struct ptn_roster *roster = reading->roster;
    const size_t *counts = reading->counts;
    size_t nodes = counts[LINE_KEEPER] + counts[LINE_SITE] + counts[LINE_CENTRE] +
                   counts[LINE_POST] + counts[LINE_GATEWAY];
    size_t readings = counts[LINE_READING] + counts[LINE_RECOVERY];

    roster->authorities =
        ptn_arena_take(reading->arena, (counts[LINE_AUTHORITY] + 1) * sizeof(*roster->authorities));
    roster->duties =
        ptn_arena_take(reading->arena, (counts[LINE_DUTY] + 1) * sizeof(*roster->duties));
    roster->personnel =
        ptn_arena_take(reading->arena, (counts[LINE_PERSONNEL] + 1) * sizeof(*roster->personnel));
    roster->nodes = ptn_arena_take(reading->arena, (nodes + 1) * sizeof(*roster->nodes));
    roster->spares =
        ptn_arena_take(reading->arena, (counts[LINE_SPARE] + 1) * sizeof(*roster->spares));
    roster->readings = ptn_arena_take(reading->arena, (readings + 1) * sizeof(*roster->readings));
    roster->retentions =
        ptn_arena_take(reading->arena, (counts[LINE_RETENTION] + 1) * sizeof(*roster->retentions));
    if (roster->authorities == NULL || roster->duties == NULL || roster->personnel == NULL ||
        roster->nodes == NULL || roster->spares == NULL || roster->readings == NULL ||
        roster->retentions == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reading->reterr, 0, "no memory for the roster");
    return PTN_OK;
}

/* All lines after the first. Kinds in their order, lines of a kind in theirs. */
static struct ptn_status take_lines(struct reading *reading, struct ptn_cursor *cursor)
{
    enum line_kind former = LINE_VERSION;
    struct ptn_bytes former_line = PTN_BYTES_NONE;
    struct ptn_bytes line;

    reading->offset = cursor->next;
    while (ptn_ok(ptn_cursor_take_line(cursor, &line))) {
        size_t count = 0;
        enum line_kind kind;
        struct ptn_status status;

        if (!split_fields(reading, line, &count))
            return bad(reading, "fields are parted by one space each");
        kind = kind_of(reading->fields[0]);
        if (kind == LINE_KIND_COUNT || count != rules[kind].field_count)
            return bad(reading, "unknown line, or one with other fields");
        if (kind < former || (kind == former && ptn_bytes_compare(former_line, line) >= 0))
            return bad(reading, "lines out of order, or one twice");
        status = take_line(reading, kind);
        if (!ptn_ok(status))
            return status;
        former = kind;
        former_line = line;
        reading->offset = cursor->next;
    }
    return PTN_OK;
}

/* ---- the whole ---- */

/* All public keys of a roster, for the rule that each stands once. */
struct key_list {
    const uint8_t **keys;
    size_t count;
};

static int compare_keys(const void *a, const void *b)
{
    return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, PTN_PUBLIC_KEY_LEN);
}

static void add_keys(struct key_list *list, const struct ptn_vkey *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        list->keys[list->count++] = keys[i].public_key;
}

static struct ptn_status check_keys_once(const struct reading *reading)
{
    const struct ptn_roster *roster = reading->roster;
    size_t most = roster->authority_count + roster->duty_count + roster->personnel_count +
                  2 * roster->node_count + roster->spare_count;
    struct key_list list = { .count = 0 };

    list.keys = ptn_arena_take(reading->arena, (most + 1) * sizeof(*list.keys));
    if (list.keys == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reading->reterr, 0, "no memory for the roster");
    add_keys(&list, roster->authorities, roster->authority_count);
    add_keys(&list, roster->duties, roster->duty_count);
    add_keys(&list, roster->personnel, roster->personnel_count);
    for (size_t i = 0; i < roster->node_count; i++) {
        add_keys(&list, &roster->nodes[i].ledger, 1);
        if (roster->nodes[i].address.len > 0)
            add_keys(&list, &roster->nodes[i].mirror, 1);
    }
    for (size_t i = 0; i < roster->spare_count; i++)
        add_keys(&list, &roster->spares[i].ledger, 1);
    qsort(list.keys, list.count, sizeof(*list.keys), compare_keys);
    for (size_t i = 1; i < list.count; i++)
        if (compare_keys(&list.keys[i - 1], &list.keys[i]) == 0)
            return bad(reading, "a public key stands twice");
    return PTN_OK;
}

/* Two nodes or spares of one name could sign one ledger with two keys. */
static struct ptn_status check_names_once(const struct reading *reading)
{
    const struct ptn_roster *roster = reading->roster;

    for (size_t i = 0; i < roster->node_count; i++)
        for (size_t k = 0; k < i; k++)
            if (ptn_bytes_equal(roster->nodes[i].ledger.name, roster->nodes[k].ledger.name))
                return bad(reading, "two nodes of one name");
    for (size_t i = 0; i < roster->spare_count; i++) {
        if (ptn_roster_find(roster, roster->spares[i].origin) == NULL)
            return bad(reading, "a spare for a node that is not in the roster");
        if (ptn_roster_find(roster, roster->spares[i].ledger.name) != NULL)
            return bad(reading, "a spare has a node's name");
        for (size_t k = 0; k < i; k++)
            if (ptn_bytes_equal(roster->spares[i].ledger.name, roster->spares[k].ledger.name))
                return bad(reading, "two spares of one name");
    }
    return PTN_OK;
}

/* Each site keeper stands beside one post of the roster, and no post has two. */
static struct ptn_status check_sites(const struct reading *reading)
{
    const struct ptn_roster *roster = reading->roster;

    for (size_t i = 0; i < roster->node_count; i++) {
        const struct ptn_roster_node *site = &roster->nodes[i];
        const struct ptn_roster_node *post;

        if (site->role != PTN_ROSTER_SITE)
            continue;
        post = ptn_roster_find(roster, site->post);
        if (post == NULL || post->role != PTN_ROSTER_POST)
            return bad(reading, "a site keeper beside no post of the roster");
        if (ptn_roster_find_site(roster, site->post) != site)
            return bad(reading, "two site keepers beside one post");
    }
    return PTN_OK;
}

static struct ptn_status check_whole(const struct reading *reading)
{
    const struct ptn_roster *roster = reading->roster;
    const struct ptn_roster_node *centre;

    for (size_t kind = 0; kind < LINE_KIND_COUNT; kind++)
        if (rules[kind].must && reading->counts[kind] == 0)
            return bad(reading, "a line is missing");
    if (roster->version == 0)
        return bad(reading, "versions begin at 1");
    if (roster->authorities_needed == 0 || roster->authorities_needed > roster->authority_count)
        return bad(reading, "authorities-needed is not between 1 and their number");
    if (reading->counts[LINE_KEEPER] != roster->quorum_n)
        return bad(reading, "the quorum counts other keepers than there are");
    if (roster->publishing.len > 0) {
        centre = ptn_roster_find(roster, roster->publishing);
        if (centre == NULL || centre->role != PTN_ROSTER_CENTRE)
            return bad(reading, "the publishing centre is not a centre of the roster");
    }
    return PTN_OK;
}

struct ptn_status ptn_roster_parse(struct ptn_bytes text, struct ptn_arena *arena,
                                   struct ptn_roster *ret_roster, struct ptn_diag *reterr)
{
    struct ptn_roster roster = { .version = 0 };
    struct reading reading = { .roster = &roster, .arena = arena, .reterr = reterr };
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_status status;

    if (text.len > PTN_ROSTER_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_ROSTER_TEXT_MAX, "the roster is too long");
    if (text.len == 0 || text.at[text.len - 1] != '\n' || memchr(text.at, '\r', text.len) != NULL)
        return bad(&reading, "not a note's text");
    status = ptn_cursor_take_line(&cursor, &roster.origin);
    if (ptn_ok(status) && !ptn_note_name_good(roster.origin))
        return bad(&reading, "not a name that a note can carry");
    if (ptn_ok(status))
        status = count_lines(&reading, text);
    if (ptn_ok(status))
        status = take_arrays(&reading);
    if (ptn_ok(status))
        status = take_lines(&reading, &cursor);
    if (ptn_ok(status))
        status = check_whole(&reading);
    if (ptn_ok(status))
        status = check_keys_once(&reading);
    if (ptn_ok(status))
        status = check_names_once(&reading);
    if (ptn_ok(status))
        status = check_sites(&reading);
    if (ptn_ok(status))
        *ret_roster = roster;
    return status;
}

/* ---- looking up ---- */

bool ptn_roster_is_current(const struct ptn_roster *roster, struct ptn_date today)
{
    return ptn_date_compare(today, roster->expires) <= 0;
}

const struct ptn_roster_node *ptn_roster_find(const struct ptn_roster *roster,
                                              struct ptn_bytes origin)
{
    for (size_t i = 0; i < roster->node_count; i++)
        if (ptn_bytes_equal(roster->nodes[i].ledger.name, origin))
            return &roster->nodes[i];
    return NULL;
}

const struct ptn_roster_spare *ptn_roster_find_spare(const struct ptn_roster *roster,
                                                     struct ptn_bytes origin)
{
    for (size_t i = 0; i < roster->spare_count; i++)
        if (ptn_bytes_equal(roster->spares[i].ledger.name, origin))
            return &roster->spares[i];
    return NULL;
}

const struct ptn_roster_node *ptn_roster_find_site(const struct ptn_roster *roster,
                                                   struct ptn_bytes post)
{
    for (size_t i = 0; i < roster->node_count; i++)
        if (roster->nodes[i].role == PTN_ROSTER_SITE &&
            ptn_bytes_equal(roster->nodes[i].post, post))
            return &roster->nodes[i];
    return NULL;
}

const struct ptn_roster_node *ptn_roster_find_tls(const struct ptn_roster *roster,
                                                  const uint8_t tls[PTN_TLS_ID_LEN])
{
    for (size_t i = 0; i < roster->node_count; i++)
        if (memcmp(roster->nodes[i].tls, tls, PTN_TLS_ID_LEN) == 0)
            return &roster->nodes[i];
    for (size_t i = 0; i < roster->spare_count; i++)
        if (memcmp(roster->spares[i].tls, tls, PTN_TLS_ID_LEN) == 0)
            return ptn_roster_find(roster, roster->spares[i].origin);
    return NULL;
}

bool ptn_roster_ledger_key(const struct ptn_roster *roster, struct ptn_bytes origin,
                           struct ptn_vkey *ret_key)
{
    const struct ptn_roster_node *node = ptn_roster_find(roster, origin);
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(roster, origin);

    if (node != NULL)
        *ret_key = node->ledger;
    else if (spare != NULL)
        *ret_key = spare->ledger;
    return node != NULL || spare != NULL;
}

const uint8_t *ptn_roster_reading_key(const struct ptn_roster *roster, struct ptn_bytes origin,
                                      struct ptn_date day)
{
    for (size_t i = 0; i < roster->reading_count; i++)
        if (roster->readings[i].month.year == day.year &&
            roster->readings[i].month.month == day.month &&
            ptn_bytes_equal(roster->readings[i].origin, origin))
            return roster->readings[i].key;
    return NULL;
}

/* ---- signatures ---- */

static struct ptn_status split_note(struct ptn_bytes bytes, struct ptn_note *ret_note,
                                    struct ptn_diag *reterr)
{
    if (bytes.len > PTN_NOTE_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_NOTE_LEN_MAX, "the note is too long");
    return ptn_note_parse(bytes, ret_note, reterr);
}

/* Enough different authorities of this roster signed the note. A roster holds each key once, so
 * names cannot add up. */
static struct ptn_status check_signed(const struct ptn_roster *roster, const struct ptn_note *note,
                                      struct ptn_diag *reterr)
{
    size_t good = 0;
    struct ptn_status status =
        ptn_note_verify(note, roster->authorities, roster->authority_count, &good, reterr);

    if (ptn_ok(status) && good < roster->authorities_needed)
        return ptn_fail(PTN_C_CORRUPT, reterr, note->text.len, "too few authorities signed");
    return status;
}

struct ptn_status ptn_roster_first(struct ptn_bytes bytes, struct ptn_arena *arena,
                                   struct ptn_roster *ret_roster, struct ptn_diag *reterr)
{
    struct ptn_note note;
    struct ptn_roster roster = { 0 };
    struct ptn_status status = split_note(bytes, &note, reterr);

    if (ptn_ok(status))
        status = ptn_roster_parse(note.text, arena, &roster, reterr);
    if (ptn_ok(status))
        status = check_signed(&roster, &note, reterr);
    if (ptn_ok(status))
        *ret_roster = roster;
    return status;
}

/* A ledger is one key's: who comes back with another key comes back under another name. */
static bool keeps_names(const struct ptn_roster *old, const struct ptn_roster *next)
{
    struct ptn_vkey key;

    for (size_t i = 0; i < next->node_count; i++)
        if (ptn_roster_ledger_key(old, next->nodes[i].ledger.name, &key) &&
            memcmp(key.public_key, next->nodes[i].ledger.public_key, PTN_PUBLIC_KEY_LEN) != 0)
            return false;
    for (size_t i = 0; i < next->spare_count; i++)
        if (ptn_roster_ledger_key(old, next->spares[i].ledger.name, &key) &&
            memcmp(key.public_key, next->spares[i].ledger.public_key, PTN_PUBLIC_KEY_LEN) != 0)
            return false;
    return true;
}

struct ptn_status ptn_roster_may_follow(const struct ptn_roster *old, const struct ptn_roster *next,
                                        struct ptn_diag *reterr)
{
    if (!ptn_bytes_equal(old->origin, next->origin))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a roster of another country");
    if (next->version != old->version + 1)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not the next version");
    if (!keeps_names(old, next))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a ledger's name with another key: new keys need a new name");
    return PTN_OK;
}

/* One step, whatever the day. */
static struct ptn_status step(const struct ptn_roster *old, struct ptn_bytes bytes,
                              struct ptn_arena *arena, struct ptn_roster *ret_roster,
                              struct ptn_diag *reterr)
{
    struct ptn_note note;
    struct ptn_roster roster = { 0 };
    struct ptn_status status = split_note(bytes, &note, reterr);

    if (ptn_ok(status))
        status = ptn_roster_parse(note.text, arena, &roster, reterr);
    if (ptn_ok(status))
        status = ptn_roster_may_follow(old, &roster, reterr);
    if (ptn_ok(status))
        status = check_signed(old, &note, reterr);
    if (ptn_ok(status))
        status = check_signed(&roster, &note, reterr);
    if (ptn_ok(status))
        *ret_roster = roster;
    return status;
}

/* ROSTER-1. */
struct ptn_status ptn_roster_follows_through(const struct ptn_roster *old,
                                             const struct ptn_bytes *waiting, size_t count,
                                             struct ptn_bytes note, struct ptn_date today,
                                             struct ptn_arena *arena, struct ptn_roster *ret_roster,
                                             struct ptn_diag *reterr)
{
    struct ptn_roster former = *old;
    struct ptn_roster roster = { 0 };
    struct ptn_status status = PTN_OK;

    PTN_PRE(count <= PTN_ROSTER_WAITING_MAX);
    for (size_t i = 0; ptn_ok(status) && i <= count; i++) {
        status = step(&former, i < count ? waiting[i] : note, arena, &roster, reterr);
        former = roster;
    }
    if (ptn_ok(status) && !ptn_roster_is_current(&roster, today) &&
        ptn_roster_widens(old, &roster) != NULL)
        return ptn_fail(PTN_C_BUSY, reterr, 0,
                        "it is over, and more would be trusted by it: it waits for a later one");
    if (ptn_ok(status))
        *ret_roster = roster;
    return status;
}

struct ptn_status ptn_roster_follows(const struct ptn_roster *old, struct ptn_bytes note,
                                     struct ptn_date today, struct ptn_arena *arena,
                                     struct ptn_roster *ret_roster, struct ptn_diag *reterr)
{
    return ptn_roster_follows_through(old, &note, 0, note, today, arena, ret_roster, reterr);
}
