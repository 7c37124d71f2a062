/* node/published_stays.c -- crossings that centres publish, at a post: rows out of the copies, in
 * the order of the ledger, and the table of them for lanes. See published.h. */
#include <stdlib.h>

#include "node/node_int.h"
#include "node/published_int.h"

#define DAY_MS    INT64_C(86400000)
#define BYTES_MAX ((size_t)1 << 30) /* of rows that wait to be put into the table */

/* How far a ledger has come with one salt. */
struct series {
    bool used;
    size_t source;
    uint8_t salt[PTN_SHA256_LEN];
    uint64_t edition;
};

struct ptn_published_stays {
    struct ptn_stays_part *parts; /* not in the table yet */
    uint8_t **rows;               /* theirs; Owned */
    size_t count, room, len;
    struct series series[PTN_PUBLISHED_LEDGERS * PTN_STAYS_SALTS];
    struct ptn_stays_said said;
    bool told, any, changed;
    int32_t today;
    uint64_t erased_version;
    struct ptn_stays_table *table; /* held: as lanes have it */
    size_t refused, missing, left_out;
    bool over[PTN_PUBLISHED_LEDGERS]; /* the beginning of that ledger's is too old */
};

struct ptn_published_stays *ptn_published_stays_new(void)
{
    return calloc(1, sizeof(struct ptn_published_stays));
}

static void drop_parts(struct ptn_published_stays *stays)
{
    for (size_t i = 0; i < stays->count; i++)
        free(stays->rows[i]);
    stays->count = stays->len = 0;
}

void ptn_published_stays_free(struct ptn_published_stays *stays)
{
    if (stays == NULL)
        return;
    drop_parts(stays);
    free(stays->parts);
    free((void *)stays->rows);
    ptn_stays_table_leave(stays->table);
    free(stays);
}

void ptn_published_stays_over(struct ptn_published_stays *stays, size_t source)
{
    stays->over[source] = true;
}

/* NULL: too many ledgers and salts. */
static struct series *series_of(struct ptn_published_stays *stays, size_t source,
                                const uint8_t *salt)
{
    for (size_t i = 0; i < sizeof(stays->series) / sizeof(stays->series[0]); i++) {
        struct series *series = &stays->series[i];

        if (!series->used) {
            *series = (struct series){ .used = true, .source = source };
            memcpy(series->salt, salt, sizeof(series->salt));
        }
        if (series->source == source && memcmp(series->salt, salt, sizeof(series->salt)) == 0)
            return series;
    }
    return NULL;
}

/* Room for one part more. */
static bool make_room(struct ptn_published_stays *stays)
{
    size_t room = stays->room == 0 ? 64 : 2 * stays->room;
    struct ptn_stays_part *parts;
    uint8_t **rows;

    if (stays->count < stays->room)
        return true;
    parts = realloc(stays->parts, room * sizeof(*parts));
    if (parts != NULL)
        stays->parts = parts;
    rows = realloc((void *)stays->rows, room * sizeof(*rows));
    if (rows != NULL)
        stays->rows = rows;
    if (parts == NULL || rows == NULL)
        return false;
    stays->room = room;
    return true;
}

static struct ptn_status keep_rows(struct ptn_published_stays *stays,
                                   const struct ptn_stays_edition *said)
{
    struct ptn_stays_part *part;
    uint8_t *rows;

    if (said->rows.len == 0)
        return PTN_OK;
    if (said->rows.len > BYTES_MAX - stays->len) {
        stays->left_out += said->rows.len / PTN_STAYS_ROW_LEN;
        return PTN_OK;
    }
    rows = make_room(stays) ? malloc(said->rows.len) : NULL;
    if (rows == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(rows, said->rows.at, said->rows.len);
    stays->rows[stays->count] = rows;
    part = &stays->parts[stays->count++];
    *part = (struct ptn_stays_part){ .rows = ptn_bytes_of(rows, said->rows.len),
                                     .day = (int32_t)(said->time_ms / DAY_MS) };
    memcpy(part->salt, said->salt, sizeof(part->salt));
    stays->len += said->rows.len;
    return PTN_OK;
}

/* Those of a later round instead of those of the one before: they take no reason away (PAPER-6). */
static void take_gaps(struct ptn_published_stays *stays, struct ptn_bytes gaps)
{
    stays->said.gap_count = 0;
    for (size_t at = 0; at < gaps.len; at += PTN_STAYS_GAP_LEN) {
        struct ptn_paper_gap gap = { 0, 0 };

        for (size_t i = 0; i < 4; i++) {
            gap.first = gap.first << 8 | gaps.at[at + i];
            gap.last = gap.last << 8 | gaps.at[at + 4 + i];
        }
        stays->said.gap_count = ptn_paper_gaps_add(stays->said.gaps, stays->said.gap_count, gap);
    }
}

struct ptn_status ptn_published_add_stays(struct ptn_published *published, size_t source,
                                          struct ptn_bytes payload)
{
    struct ptn_published_stays *stays = published->stays;
    struct ptn_stays_edition said;
    struct series *series = NULL;
    struct ptn_status status = ptn_stays_edition_parse(payload, &said, NULL);

    if (ptn_ok(status) && source < PTN_PUBLISHED_LEDGERS)
        series = series_of(stays, source, said.salt);
    if (series == NULL || said.edition <= series->edition) { /* STAYS-4 */
        stays->refused++;
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    }
    status = keep_rows(stays, &said);
    if (!ptn_ok(status))
        return status;
    if (said.edition != series->edition + 1 && (series->edition > 0 || !stays->over[source])) {
        stays->missing += said.edition - series->edition - 1;
    }
    series->edition = said.edition;
    /* STAYS-3: no later edition makes what an earlier one told unknown */
    if (!stays->told || ptn_date_to_days(said.since) < stays->said.since)
        stays->said.since = ptn_date_to_days(said.since);
    if (said.until_ms >= stays->said.until_ms)
        take_gaps(stays, said.gaps);
    if (said.until_ms > stays->said.until_ms)
        stays->said.until_ms = said.until_ms;
    stays->told = true;
    stays->any = stays->any || said.until_ms > 0;
    stays->changed = true;
    return PTN_OK;
}

struct ptn_status ptn_published_stays(struct ptn_published *published, struct ptn_node *node,
                                      struct ptn_date today, struct ptn_stays_table **ret_table)
{
    struct ptn_published_stays *stays = published->stays;
    struct ptn_stays_erased *erased = NULL;
    struct ptn_stays_table *table = NULL;
    struct ptn_stays_change change = { .parts = stays->parts,
                                       .part_count = stays->count,
                                       .today = ptn_date_to_days(today),
                                       .said = stays->said };
    uint64_t version = 0;
    size_t left_out = 0;
    struct ptn_status status;

    *ret_table = NULL;
    if (!stays->any) /* no round was whole yet */
        return PTN_OK;
    if (!stays->changed && change.today == stays->today &&
        ptn_node_stays_erased_version(node) == stays->erased_version)
        return PTN_OK;
    status = ptn_node_stays_erased(node, &erased, &change.erased_count, &version);
    if (!ptn_ok(status))
        return status;
    change.erased = erased;
    if (change.said.since < change.today - PTN_STAYS_KEPT_DAYS) /* older rows have gone */
        change.said.since = change.today - PTN_STAYS_KEPT_DAYS;
    status = ptn_stays_table_make(stays->table, &change, &table, &left_out);
    free(erased);
    if (!ptn_ok(status))
        return status;
    ptn_stays_table_leave(stays->table);
    stays->table = ptn_stays_table_hold(table);
    stays->today = change.today;
    stays->erased_version = version;
    stays->left_out += left_out;
    stays->changed = false;
    drop_parts(stays);
    *ret_table = table;
    return PTN_OK;
}

void ptn_published_stays_standing(const struct ptn_published *published,
                                  struct ptn_published_stays_standing *ret_standing)
{
    const struct ptn_published_stays *stays = published->stays;

    *ret_standing = (struct ptn_published_stays_standing){ .refused = stays->refused,
                                                           .missing = stays->missing,
                                                           .left_out = stays->left_out };
    if (stays->table != NULL) {
        const struct ptn_stays_said said = ptn_stays_table_said(stays->table);

        ret_standing->rows = ptn_stays_table_count(stays->table);
        ret_standing->since = ptn_date_from_days(said.since);
        ret_standing->until_ms = said.until_ms;
    }
}

/* ---- at lanes, and what orders to erase name: under the node's lock ---- */

void ptn_publishing_put_stays(struct ptn_node *node, struct ptn_stays_table *table)
{
    struct ptn_stays_table *former;

    ptn_node_lock(node);
    former = node->published_stays;
    node->published_stays = table;
    ptn_node_unlock(node);
    ptn_stays_table_leave(former);
}

struct ptn_stays_table *ptn_node_stays_enter(struct ptn_node *node)
{
    struct ptn_stays_table *table;

    ptn_node_lock(node);
    table = ptn_stays_table_hold(node->published_stays);
    ptn_node_unlock(node);
    return table;
}

void ptn_node_stays_erase(struct ptn_node *node, struct ptn_stays_erased *erased, size_t count)
{
    struct ptn_stays_erased *former;

    ptn_node_lock(node);
    former = node->stays_erased;
    node->stays_erased = erased;
    node->stays_erased_count = count;
    node->stays_erased_version++;
    ptn_node_unlock(node);
    free(former);
}

uint64_t ptn_node_stays_erased_version(struct ptn_node *node)
{
    uint64_t version;

    ptn_node_lock(node);
    version = node->stays_erased_version;
    ptn_node_unlock(node);
    return version;
}

struct ptn_status ptn_node_stays_erased(struct ptn_node *node, struct ptn_stays_erased **ret_erased,
                                        size_t *ret_count, uint64_t *ret_version)
{
    struct ptn_stays_erased *copy;
    size_t count;

    ptn_node_lock(node);
    count = node->stays_erased_count;
    copy = malloc((count + 1) * sizeof(*copy));
    if (copy != NULL && count > 0)
        memcpy(copy, node->stays_erased, count * sizeof(*copy));
    *ret_version = node->stays_erased_version;
    ptn_node_unlock(node);
    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    *ret_erased = copy;
    *ret_count = count;
    return PTN_OK;
}
