#include "view/view_int.h"

#include <stdlib.h>

#include "base/text.h"

#define ARENA_SIZE_MAX (1u << 20)
#define LEARN_AFTER    10000u /* entries */

/* ---- questions ---- */

struct ptn_status ptn_view_ask_one(struct ptn_view *view, enum ptn_sql_statement which,
                                   const struct ptn_sql_value *values, size_t count,
                                   struct ptn_sql_value *ret_values, size_t ret_count,
                                   struct ptn_diag *reterr)
{
    const struct ptn_sql_engine *engine = view->sql->engine;
    struct ptn_status status = engine->ask(view->sql, which, values, count, reterr);
    bool row = false;

    if (ptn_ok(status))
        status = engine->next(view->sql, ret_values, ret_count, &row, reterr);
    return ptn_ok(status) && !row ? ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such row") : status;
}

/* ---- the ledgers of the view ---- */

static void forget_origins(struct ptn_view *view)
{
    for (size_t i = 0; i < view->origin_count; i++)
        free(view->origins[i].origin);
    view->origin_count = 0;
    view->last_origin = 0;
    view->loaded = false;
}

/* One more ledger; *ret_origin lives until the next is added. */
static struct ptn_status add_origin(struct ptn_view *view, struct ptn_bytes text,
                                    struct ptn_view_origin **ret_origin, struct ptn_diag *reterr)
{
    struct ptn_view_origin *origin;
    char *copy;

    if (view->origin_count == PTN_VIEW_LEDGERS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more ledgers than a view holds");
    if (view->origin_count == view->origin_capacity) {
        size_t capacity = view->origin_capacity == 0 ? 16 : view->origin_capacity * 2;
        struct ptn_view_origin *more = realloc(view->origins, capacity * sizeof(*more));

        if (more == NULL)
            return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
        view->origins = more;
        view->origin_capacity = capacity;
    }
    copy = malloc(text.len + 1);
    if (copy == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    origin = &view->origins[view->origin_count];
    *origin = (struct ptn_view_origin){ .origin = copy };
    view->origin_count++;
    origin->no = (int64_t)view->origin_count;
    *ret_origin = origin;
    return PTN_OK;
}

static struct ptn_status take_origin(struct ptn_view *view, const struct ptn_sql_value *row,
                                     struct ptn_diag *reterr)
{
    struct ptn_view_origin *origin = NULL;
    struct ptn_status status;

    if (row[0].number != (int64_t)view->origin_count + 1 || row[1].bytes.len == 0 ||
        row[1].bytes.len > PTN_VIEW_ORIGIN_MAX)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view's ledgers are damaged");
    status = add_origin(view, row[1].bytes, &origin, reterr);
    if (!ptn_ok(status))
        return status;
    PTN_POST(origin != NULL);
    origin->next = (uint64_t)row[2].number;
    for (size_t i = 0; i < PTN_VIEW_STATE_COUNT; i++)
        origin->counts[i] = (uint64_t)row[3 + i].number;
    return PTN_OK;
}

/* The origins as they are committed. A reader asks each time; a writer after a rollback. */
struct ptn_status ptn_view_origins_load(struct ptn_view *view, struct ptn_diag *reterr)
{
    const struct ptn_sql_engine *engine = view->sql->engine;
    struct ptn_sql_value row[3 + PTN_VIEW_STATE_COUNT] = { 0 };
    struct ptn_status status;
    bool more = true;

    if (view->loaded && view->use == PTN_VIEW_WRITE)
        return PTN_OK;
    forget_origins(view);
    status = engine->ask(view->sql, PTN_SQL_GET_ORIGINS, NULL, 0, reterr);
    row[1].type = PTN_SQL_TEXT;
    while (ptn_ok(status) && more) {
        status = engine->next(view->sql, row, sizeof(row) / sizeof(row[0]), &more, reterr);
        if (ptn_ok(status) && more)
            status = take_origin(view, row, reterr);
    }
    engine->end(view->sql);
    view->loaded = ptn_ok(status);
    return status;
}

struct ptn_view_origin *ptn_view_origin_find(struct ptn_view *view, const char *origin)
{
    for (size_t i = 0; i < view->origin_count; i++) {
        size_t at = (view->last_origin + i) % view->origin_count;

        if (strcmp(view->origins[at].origin, origin) == 0) {
            view->last_origin = at;
            return &view->origins[at];
        }
    }
    return NULL;
}

static struct ptn_status save_origins(struct ptn_view *view, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < view->origin_count; i++) {
        struct ptn_view_origin *origin = &view->origins[i];
        struct ptn_sql_value values[3 + PTN_VIEW_STATE_COUNT] = {
            ptn_sql_number(origin->no),
            ptn_sql_text(ptn_bytes_from_text(origin->origin)),
            ptn_sql_number((int64_t)origin->next),
        };

        if (!origin->changed)
            continue;
        for (size_t state = 0; state < PTN_VIEW_STATE_COUNT; state++)
            values[3 + state] = ptn_sql_number((int64_t)origin->counts[state]);
        status = ptn_view_run(view, PTN_SQL_PUT_ORIGIN, values, sizeof(values) / sizeof(values[0]),
                              reterr);
        origin->changed = false;
    }
    return status;
}

/* ---- opening ---- */

/* Every table and the row that says what made them. Within a transaction. */
static struct ptn_status make_tables(struct ptn_view *view, struct ptn_diag *reterr)
{
    const struct ptn_sql_engine *engine = view->sql->engine;
    const struct ptn_sql_value versions[] = { ptn_sql_number(PTN_VIEW_VERSION),
                                              ptn_sql_number(PTN_SCORE_VERSION) };
    struct ptn_status status = engine->script(view->sql, PTN_SQL_DROP, reterr);

    if (ptn_ok(status))
        status = engine->script(view->sql, PTN_SQL_SCHEMA, reterr);
    if (ptn_ok(status))
        status = engine->prepare(view->sql, PTN_SQL_PUT_META, PTN_SQL_COUNT, reterr);
    if (ptn_ok(status))
        status = ptn_view_run(view, PTN_SQL_PUT_META, versions, 2, reterr);
    return status;
}

/* Are there tables, and of this version? */
static struct ptn_status look_at_tables(struct ptn_view *view, bool *ret_usable,
                                        struct ptn_diag *reterr)
{
    const struct ptn_sql_engine *engine = view->sql->engine;
    struct ptn_sql_value row[2] = { 0 };
    struct ptn_status status =
        engine->prepare(view->sql, PTN_SQL_HAS_META, PTN_SQL_HAS_META + 1, reterr);

    *ret_usable = false;
    if (ptn_ok(status))
        status = ptn_view_ask_one(view, PTN_SQL_HAS_META, NULL, 0, row, 1, reterr);
    ptn_view_ask_end(view);
    if (!ptn_ok(status) || row[0].number == 0)
        return status;
    status = engine->prepare(view->sql, PTN_SQL_GET_META, PTN_SQL_GET_META + 1, reterr);
    if (ptn_ok(status))
        status = ptn_view_ask_one(view, PTN_SQL_GET_META, NULL, 0, row, 2, reterr);
    ptn_view_ask_end(view);
    *ret_usable = ptn_ok(status) && row[0].number == PTN_VIEW_VERSION &&
                  row[1].number == (int64_t)PTN_SCORE_VERSION;
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static struct ptn_status set_up(struct ptn_view *view, struct ptn_diag *reterr)
{
    const struct ptn_sql_engine *engine = view->sql->engine;
    struct ptn_status status;
    bool usable;

    if (view->use == PTN_VIEW_WRITE) {
        status = engine->begin(view->sql, true, reterr);
        if (!ptn_ok(status))
            return status;
    }
    status = look_at_tables(view, &usable, reterr);
    if (ptn_ok(status) && !usable)
        status = view->use == PTN_VIEW_WRITE
                     ? make_tables(view, reterr)
                     : ptn_fail(PTN_C_BUSY, reterr, 0, "there is no view of this version yet");
    if (ptn_ok(status))
        status = engine->prepare(view->sql, PTN_SQL_PUT_META, PTN_SQL_COUNT, reterr);
    if (view->use == PTN_VIEW_WRITE) {
        if (ptn_ok(status))
            status = engine->commit(view->sql, reterr);
        if (!ptn_ok(status))
            engine->rollback(view->sql);
    }
    return ptn_ok(status) ? ptn_view_origins_load(view, reterr) : status;
}

struct ptn_status ptn_view_open(const struct ptn_world *world, const char *where,
                                enum ptn_view_use use, struct ptn_view **ret_view,
                                struct ptn_diag *reterr)
{
    static const char postgres[] = "postgresql://";
    struct ptn_view *view = calloc(1, sizeof(*view));
    struct ptn_status status;

    PTN_PRE(world != NULL && where != NULL && ret_view != NULL);
    if (view == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    view->use = use;
    ptn_buffer_init(&view->person, PTN_RECORD_LEN_MAX);
    ptn_buffer_init(&view->text, PTN_RECORD_LEN_MAX);
    ptn_buffer_init(&view->voyage, PTN_RECORD_LEN_MAX);
    view->hasher = ptn_hasher_new();
    view->arena = ptn_arena_new(ARENA_SIZE_MAX);
    if (use == PTN_VIEW_WRITE)
        view->seen = calloc(1, sizeof(*view->seen));
    status =
        view->hasher == NULL || view->arena == NULL || (use == PTN_VIEW_WRITE && view->seen == NULL)
            ? ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory")
        : strncmp(where, postgres, sizeof(postgres) - 1) == 0
            ? ptn_postgres_open(where, use, &view->sql, reterr)
            : ptn_sqlite_open(world, where, use, &view->sql, reterr);
    if (ptn_ok(status))
        status = set_up(view, reterr);
    if (!ptn_ok(status)) {
        ptn_view_close(view);
        return status;
    }
    *ret_view = view;
    return PTN_OK;
}

void ptn_view_close(struct ptn_view *view)
{
    if (view == NULL)
        return;
    if (view->sql != NULL) {
        ptn_view_rollback(view);
        view->sql->engine->close(view->sql);
    }
    forget_origins(view);
    free(view->origins);
    free(view->seen);
    ptn_buffer_release(&view->person);
    ptn_buffer_release(&view->text);
    ptn_buffer_release(&view->voyage);
    ptn_arena_free(view->arena);
    ptn_hasher_free(view->hasher);
    free(view);
}

/* ---- transactions ---- */

struct ptn_status ptn_view_begin(struct ptn_view *view, struct ptn_diag *reterr)
{
    struct ptn_status status;

    PTN_PRE(view->use == PTN_VIEW_WRITE && !view->in_transaction);
    status = view->sql->engine->begin(view->sql, true, reterr);
    if (!ptn_ok(status))
        return status;
    view->in_transaction = true;
    return ptn_view_failed(view, ptn_view_origins_load(view, reterr));
}

/* A database that has just taken much in answers as if it were still empty until it looks at what
 * it holds: each time when the entries have doubled. Were it not to look, nothing but time is
 * lost. */
static void learn(struct ptn_view *view)
{
    if (view->applied < 2 * view->learned + LEARN_AFTER)
        return;
    view->learned = view->applied;
    (void)ptn_ok(view->sql->engine->script(view->sql, PTN_SQL_LEARN, NULL));
}

/* VIEW-3. What was erased stands in former pages of the log until it is folded, and a log that is
 * long is seldom folded. Were somebody reading all the while, it stays until it is. */
static void fold(struct ptn_view *view)
{
    if (view->forgot)
        (void)ptn_ok(view->sql->engine->script(view->sql, PTN_SQL_FOLD, NULL));
    view->forgot = false;
}

struct ptn_status ptn_view_commit(struct ptn_view *view, struct ptn_diag *reterr)
{
    struct ptn_status status;

    PTN_PRE(view->in_transaction);
    status = save_origins(view, reterr);
    if (ptn_ok(status))
        status = view->sql->engine->commit(view->sql, reterr);
    if (ptn_ok(status)) {
        view->in_transaction = false;
        learn(view);
        fold(view);
    }
    return ptn_view_failed(view, status);
}

void ptn_view_rollback(struct ptn_view *view)
{
    if (!view->in_transaction)
        return;
    view->sql->engine->rollback(view->sql);
    view->in_transaction = false;
    view->forgot = false;
    view->loaded = false;
    if (view->seen != NULL)
        memset(view->seen, 0, sizeof(*view->seen));
}

struct ptn_status ptn_view_failed(struct ptn_view *view, struct ptn_status status)
{
    if (status.code == PTN_C_IO || status.code == PTN_C_NO_MEMORY || status.code == PTN_C_BUSY ||
        status.code == PTN_C_CORRUPT)
        ptn_view_rollback(view);
    return status;
}

struct ptn_status ptn_view_clear(struct ptn_view *view, struct ptn_diag *reterr)
{
    struct ptn_status status;

    PTN_PRE(!view->in_transaction);
    status = ptn_view_begin(view, reterr);
    if (!ptn_ok(status))
        return status;
    status = make_tables(view, reterr);
    if (!ptn_ok(status)) {
        ptn_view_rollback(view);
        return status;
    }
    forget_origins(view);
    if (view->seen != NULL)
        memset(view->seen, 0, sizeof(*view->seen));
    return ptn_view_commit(view, reterr);
}

/* ---- where the ledgers stand ---- */

static struct ptn_view_cursor cursor_of(const struct ptn_view_origin *origin)
{
    return (struct ptn_view_cursor){
        .next = origin->next,
        .kept = origin->counts[PTN_VIEW_KEPT],
        .passed = origin->counts[PTN_VIEW_PASSED],
        .unreadable = origin->counts[PTN_VIEW_UNREADABLE],
        .erased = origin->counts[PTN_VIEW_ERASED],
    };
}

struct ptn_status ptn_view_cursor(struct ptn_view *view, const char *origin,
                                  struct ptn_view_cursor *ret_cursor, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_view_origins_load(view, reterr);
    const struct ptn_view_origin *found;

    if (!ptn_ok(status))
        return status;
    found = ptn_view_origin_find(view, origin);
    *ret_cursor = (struct ptn_view_cursor){ 0 };
    if (found != NULL)
        *ret_cursor = cursor_of(found);
    return PTN_OK;
}

static int by_text(const void *a, const void *b)
{
    const struct ptn_view_origin *const *first = a;
    const struct ptn_view_origin *const *second = b;

    return strcmp((*first)->origin, (*second)->origin);
}

struct ptn_status ptn_view_ledgers_sorted(struct ptn_view *view,
                                          const struct ptn_view_origin ***ret_sorted,
                                          size_t *ret_count, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_view_origins_load(view, reterr);
    const struct ptn_view_origin **sorted;

    if (!ptn_ok(status))
        return status;
    sorted = calloc(view->origin_count + 1, sizeof(const struct ptn_view_origin *));
    if (sorted == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    for (size_t i = 0; i < view->origin_count; i++)
        sorted[i] = &view->origins[i];
    qsort(sorted, view->origin_count, sizeof(const struct ptn_view_origin *), by_text);
    *ret_sorted = sorted;
    *ret_count = view->origin_count;
    return PTN_OK;
}

struct ptn_status ptn_view_ledgers(struct ptn_view *view, ptn_view_ledger_fn each, void *context,
                                   struct ptn_diag *reterr)
{
    const struct ptn_view_origin **sorted = NULL;
    size_t count = 0;
    struct ptn_status status = ptn_view_ledgers_sorted(view, &sorted, &count, reterr);

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_view_cursor cursor = cursor_of(sorted[i]);

        status = each(context, sorted[i]->origin, &cursor);
    }
    free(sorted);
    return status;
}

struct ptn_status ptn_view_origin_make(struct ptn_view *view, const char *origin,
                                       struct ptn_view_origin **ret_origin, struct ptn_diag *reterr)
{
    size_t len = strlen(origin);

    *ret_origin = ptn_view_origin_find(view, origin);
    if (*ret_origin != NULL)
        return PTN_OK;
    if (len == 0 || len > PTN_VIEW_ORIGIN_MAX || !ptn_utf8_valid(ptn_bytes_from_text(origin), NULL))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no ledger has this origin");
    return add_origin(view, ptn_bytes_from_text(origin), ret_origin, reterr);
}
