/*
 * view/sql_int.h -- the little of a database that a view needs, so that two engines can give it.
 *
 * Statements are written down in one file an engine, never built at run time, and named by number
 * here. Private to view/.
 */
#ifndef PTN_VIEW_SQL_INT_H
#define PTN_VIEW_SQL_INT_H
#include "base/world.h"
#include "view/view.h"

enum ptn_sql_statement {
    /* a script of several, run whole */
    PTN_SQL_SCHEMA,
    PTN_SQL_DROP,
    PTN_SQL_LEARN, /* what the tables hold, for choosing how to answer */
    PTN_SQL_FOLD,  /* what the tables no longer hold is not to lie beside them; not in a transaction
                    */
    PTN_SQL_SCRIPT_COUNT,

    /* which tables are there? the same in every version */
    PTN_SQL_HAS_META = PTN_SQL_SCRIPT_COUNT,
    PTN_SQL_GET_META,

    /* these need the tables of this version */
    PTN_SQL_PUT_META,
    PTN_SQL_GET_ORIGINS,
    PTN_SQL_PUT_ORIGIN,
    PTN_SQL_PUT_CROSSING,
    PTN_SQL_PUT_DECISION,
    PTN_SQL_PUT_ACCESS,
    PTN_SQL_PUT_CASE,
    PTN_SQL_PUT_SHEET,
    PTN_SQL_PUT_LATE,
    PTN_SQL_PUT_PERMIT,
    PTN_SQL_PUT_IDENTITY,
    PTN_SQL_PUT_CORRECTION,
    PTN_SQL_PUT_OTHER,
    PTN_SQL_PUT_PERSON,
    PTN_SQL_PUT_FORM,
    PTN_SQL_PUT_FORM_KEY,
    PTN_SQL_PUT_PART,
    PTN_SQL_GET_ENTRY,
    PTN_SQL_GET_UNREADABLE,
    PTN_SQL_DIGEST_CROSSING,
    PTN_SQL_DIGEST_CORRECTION,
    PTN_SQL_DIGEST_DECISION,
    PTN_SQL_DIGEST_ACCESS,
    PTN_SQL_DIGEST_CASE,
    PTN_SQL_DIGEST_SHEET,
    PTN_SQL_DIGEST_IDENTITY,
    PTN_SQL_DIGEST_LATE,
    PTN_SQL_DIGEST_PERMIT,
    PTN_SQL_DIGEST_PERSON,
    PTN_SQL_GET_PLACES,
    PTN_SQL_FIND_TIME,
    PTN_SQL_FIND_STRETCH,
    PTN_SQL_FIND_POST,
    PTN_SQL_FIND_PLATE,
    PTN_SQL_FIND_VOYAGE,
    PTN_SQL_FIND_SHEET,
    PTN_SQL_FIND_PACKS,
    PTN_SQL_COUNT_SHUT,
    PTN_SQL_FIND_LATE,
    PTN_SQL_COUNT_LATE,
    PTN_SQL_FIND_DOCUMENT,
    PTN_SQL_FIND_PERSON,
    PTN_SQL_FIND_SUBJECT,
    PTN_SQL_FIND_COMPANY,   /* of one crossing */
    PTN_SQL_FIND_SHARED,    /* who used a document */
    PTN_SQL_LAST_CROSSINGS, /* of 64 persons */
    PTN_SQL_FIND_DECISIONS_PERSON,
    PTN_SQL_FIND_DECISIONS_SUBJECT,
    PTN_SQL_FIND_ACCESSES,
    PTN_SQL_FIND_CASES_PERSON,
    PTN_SQL_FIND_CASES_SUBJECT,
    PTN_SQL_FIND_PERMITS_PERSON,
    PTN_SQL_FIND_PERMITS_SUBJECT,
    PTN_SQL_FIND_CORRECTIONS, /* of one document or description */
    PTN_SQL_FIND_IDENTITIES,  /* of one document or description */
    PTN_SQL_GET_JOINING,
    PTN_SQL_JOINED_OF_KEYS, /* of 64 */
    PTN_SQL_SUBJECT_ENDS,   /* what a person may be told of: how cases ended */
    PTN_SQL_SUBJECT_LOOKS,  /* and who looked */
    PTN_SQL_FIND_LOOKS,     /* of a stretch of one ledger, whoever they were at */
    PTN_SQL_FIND_ANSWERS,   /* which advice its crossings answer */
    PTN_SQL_PERSONS_OF_NUMBER,
    PTN_SQL_PERSONS_OF_KEYS, /* of 64 */
    PTN_SQL_FORMS_OF_KEYS,
    PTN_SQL_FORMS_OF_SOUND,
    PTN_SQL_PERSONS_OF_FORMS, /* of 16 */
    PTN_SQL_DROP_CROSSING,
    PTN_SQL_DROP_DECISION,
    PTN_SQL_DROP_ACCESS,
    PTN_SQL_DROP_CASE,
    PTN_SQL_DROP_SHEET,
    PTN_SQL_DROP_LATE,
    PTN_SQL_DROP_PERMIT,
    PTN_SQL_DROP_IDENTITY,
    PTN_SQL_DROP_CORRECTION,
    PTN_SQL_DROP_OTHER,
    PTN_SQL_IS_PERSON_USED,
    PTN_SQL_GET_PERSON,
    PTN_SQL_DROP_PERSON,
    PTN_SQL_DROP_PART,
    PTN_SQL_IS_FORM_USED,
    PTN_SQL_DROP_FORM,
    PTN_SQL_DROP_FORM_KEY,
    PTN_SQL_COUNT,
};

/* The most values a statement takes or gives. */
#define PTN_SQL_VALUES_MAX 27u

enum ptn_sql_type {
    PTN_SQL_NUMBER,
    PTN_SQL_BLOB,
    PTN_SQL_TEXT,
};

/* No value is ever NULL: what is not known is 0 or empty. */
struct ptn_sql_value {
    enum ptn_sql_type type;
    int64_t number;
    struct ptn_bytes bytes;
};

static inline struct ptn_sql_value ptn_sql_number(int64_t number)
{
    return (struct ptn_sql_value){ PTN_SQL_NUMBER, number, PTN_BYTES_NONE };
}

static inline struct ptn_sql_value ptn_sql_blob(struct ptn_bytes bytes)
{
    return (struct ptn_sql_value){ PTN_SQL_BLOB, 0, bytes };
}

static inline struct ptn_sql_value ptn_sql_text(struct ptn_bytes text)
{
    return (struct ptn_sql_value){ PTN_SQL_TEXT, 0, text };
}

/*
 * One connection. Each engine puts this first in its own struct. Every function's codes: OK, BUSY,
 * IO, NO_MEMORY, CORRUPT (the database is damaged or has other tables).
 */
struct ptn_sql {
    const struct ptn_sql_engine *engine;
};

struct ptn_sql_engine {
    void (*close)(struct ptn_sql *sql);
    struct ptn_status (*script)(struct ptn_sql *sql, enum ptn_sql_statement which,
                                struct ptn_diag *reterr);
    /* Make the statements from first to before end ready; those that are are left alone. */
    struct ptn_status (*prepare)(struct ptn_sql *sql, unsigned first, unsigned end,
                                 struct ptn_diag *reterr);
    /* To write, or only to read one state of it all; commit ends both. */
    struct ptn_status (*begin)(struct ptn_sql *sql, bool writes, struct ptn_diag *reterr);
    struct ptn_status (*commit)(struct ptn_sql *sql, struct ptn_diag *reterr);
    void (*rollback)(struct ptn_sql *sql);
    /* Add a row; those of persons, forms and their keys may be there already. *ret_new (may be
     * NULL) is false when the engine knows that it was; the row may wait until the next ask, run or
     * commit. */
    struct ptn_status (*put)(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count, bool *ret_new,
                             struct ptn_diag *reterr);
    /* A statement that answers nothing. */
    struct ptn_status (*run)(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count,
                             struct ptn_diag *reterr);
    /* Ask, take rows until *ret_row is false, end. One question at a time. The values are Borrowed
     * until the next call; a value of another type than ret_values had before the call is CORRUPT.
     */
    struct ptn_status (*ask)(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count,
                             struct ptn_diag *reterr);
    struct ptn_status (*next)(struct ptn_sql *sql, struct ptn_sql_value *ret_values, size_t count,
                              bool *ret_row, struct ptn_diag *reterr);
    void (*end)(struct ptn_sql *sql);
};

struct ptn_status ptn_sqlite_open(const struct ptn_world *world, const char *path,
                                  enum ptn_view_use use, struct ptn_sql **ret_sql,
                                  struct ptn_diag *reterr);

/* where: "postgresql://…", libpq's own form. */
struct ptn_status ptn_postgres_open(const char *where, enum ptn_view_use use,
                                    struct ptn_sql **ret_sql, struct ptn_diag *reterr);

/* The texts of an engine's file by statement: each with a NUL after it, Owned by the caller as one
 * block (free). NULL: no memory. A statement that is not in the file is our own mistake. */
char *ptn_sql_texts(struct ptn_bytes file, const char *ret_texts[PTN_SQL_COUNT]);

extern const uint8_t ptn_sqlite_file[];
extern const size_t ptn_sqlite_file_len;
extern const uint8_t ptn_postgres_file[];
extern const size_t ptn_postgres_file_len;
#endif
