/*
 * view/view_int.h -- what the files of view/ share. Private to view/.
 */
#ifndef PTN_VIEW_VIEW_INT_H
#define PTN_VIEW_VIEW_INT_H
#include "names/score.h"
#include "record/person.h"
#include "record/record.h"
#include "view/sql_int.h"
#include "view/view.h"

/* Goes up with every change of the tables or of what stands in them. */
#define PTN_VIEW_VERSION 12

#define PTN_VIEW_KEY_LEN  16u /* of persons and subjects */
#define PTN_VIEW_SEQ_BITS 40u

/* Why an entry has no row of its own kind (column state of other). */
enum ptn_view_state {
    PTN_VIEW_KEPT = 0,
    PTN_VIEW_PASSED = 1,
    PTN_VIEW_UNREADABLE = 2,
    PTN_VIEW_ERASED = 3,
};
#define PTN_VIEW_STATE_COUNT 4u

struct ptn_view_origin {
    char *origin; /* Owned */
    int64_t no;   /* 1 and up, of this database only */
    uint64_t next;
    uint64_t counts[PTN_VIEW_STATE_COUNT];
    bool changed; /* since the transaction began */
};

/* What was put lately and need not be put again: direct-mapped, forgotten at every rollback. */
#define PTN_VIEW_SEEN_BITS   16u
#define PTN_VIEW_RECENT_BITS 12u
struct ptn_view_seen {
    uint8_t persons[1u << PTN_VIEW_SEEN_BITS][PTN_VIEW_KEY_LEN];
    int64_t forms[1u << PTN_VIEW_SEEN_BITS];
    struct ptn_view_recent { /* advice and crossings */
        struct ptn_record_id id;
        int64_t at; /* 0: none */
    } recent[1u << PTN_VIEW_RECENT_BITS];
};

/* An access is near what it names when that stands less than so many entries before or after it in
 * the same ledger: there it is looked for. The statements find_accesses say the same number. */
#define PTN_VIEW_NEAR 64

struct ptn_view {
    struct ptn_sql *sql;
    enum ptn_view_use use;
    bool in_transaction;
    bool forgot;                     /* something was, in this transaction */
    bool loaded;                     /* the origins are as the database has them */
    uint64_t applied;                /* entries, since it was opened */
    uint64_t learned;                /* as many were applied when the database last looked */
    struct ptn_view_origin *origins; /* by no: origins[i].no is i + 1 */
    size_t origin_count;
    size_t origin_capacity;
    size_t last_origin; /* where the last look-up ended */
    struct ptn_hasher *hasher;
    struct ptn_arena *arena;  /* of the record at hand */
    struct ptn_buffer person; /* of the record at hand, in CBOR */
    struct ptn_buffer text;
    struct ptn_buffer voyage;   /* of the record at hand, as it is compared */
    struct ptn_view_seen *seen; /* NULL when only reading */
};

static inline int64_t ptn_view_at(int64_t origin_no, uint64_t seq)
{
    return (int64_t)((uint64_t)origin_no << PTN_VIEW_SEQ_BITS | seq);
}

/* The origins as they are committed: a reader asks each time, a writer after a rollback. */
struct ptn_status ptn_view_origins_load(struct ptn_view *view, struct ptn_diag *reterr);

/* The ledger's place in view->origins; NULL: never seen. */
struct ptn_view_origin *ptn_view_origin_find(struct ptn_view *view, const char *origin);

/* The same, made with its cursor at 0 when it was never seen: within a transaction. */
struct ptn_status ptn_view_origin_make(struct ptn_view *view, const char *origin,
                                       struct ptn_view_origin **ret_origin,
                                       struct ptn_diag *reterr);
/* All of them in byte order of the names; the array is Owned by the caller (free). */
struct ptn_status ptn_view_ledgers_sorted(struct ptn_view *view,
                                          const struct ptn_view_origin ***ret_sorted,
                                          size_t *ret_count, struct ptn_diag *reterr);

/* A failure within a transaction: roll back what must be, and pass the status on. */
struct ptn_status ptn_view_failed(struct ptn_view *view, struct ptn_status status);

/* ---- forms.c: the parts of a name, as they are found again ---- */

#define PTN_VIEW_FORMS_MAX ((size_t)3 * PTN_NAME_PARTS_MAX)
#define PTN_VIEW_KEYS_MAX  96u

/* The parts of a person's names that count, in all texts, each once. */
struct ptn_view_forms {
    struct ptn_view_form {
        int64_t id;
        struct ptn_name_part part;
        struct ptn_bytes spelling; /* in the person's text */
    } at[PTN_VIEW_FORMS_MAX];
    size_t count;
};

PTN_MUST_USE struct ptn_status ptn_view_forms_of(struct ptn_view *view,
                                                 const struct ptn_person *person,
                                                 struct ptn_view_forms *ret_forms,
                                                 struct ptn_diag *reterr);
/* The same for the parts of one text. Appends. */
PTN_MUST_USE struct ptn_status ptn_view_forms_add(struct ptn_view *view, struct ptn_bytes text,
                                                  struct ptn_view_forms *forms,
                                                  struct ptn_diag *reterr);

/* Under which keys a form is stored and asked for: its skeleton with up to as many classes left out
 * as docs/NAMES.md allows, and its group of variants. Returns how many. */
size_t ptn_view_form_keys(const struct ptn_name_part *part, int64_t ret_keys[PTN_VIEW_KEYS_MAX]);

/* A part as bytes and back, for the column of that name. false: no part of this version. */
#define PTN_VIEW_PART_SIZE sizeof(struct ptn_name_part)
bool ptn_view_part_read(struct ptn_bytes bytes, struct ptn_name_part *ret_part);

/* ---- rows.c ---- */

/* Put the rows of a readable entry. BAD_INPUT, TOO_BIG: no record of its kind. */
struct ptn_status ptn_view_put_rows(struct ptn_view *view, int64_t at, int64_t tag,
                                    const struct ptn_view_entry *entry, struct ptn_diag *reterr);
/* The person and the parts of their names, unless they are there. *ret_key is the key, in at;
 * empty for nobody. */
struct ptn_status ptn_view_put_person(struct ptn_view *view, const struct ptn_person *person,
                                      uint8_t at[PTN_VIEW_KEY_LEN], struct ptn_bytes *ret_key,
                                      struct ptn_diag *reterr);
/* sheets.c: the row of a pack, of a keyed sheet, or of what became of sheets. */
struct ptn_status ptn_view_put_sheet(struct ptn_view *view, int64_t at, int64_t tag,
                                     const struct ptn_view_entry *entry, struct ptn_diag *reterr);
/* late.c: the row of a match that was missed. */
struct ptn_status ptn_view_put_late(struct ptn_view *view, int64_t at, int64_t tag,
                                    const struct ptn_view_entry *entry, struct ptn_diag *reterr);
/* permits.c: the row of a visa or permit. */
struct ptn_status ptn_view_put_permit(struct ptn_view *view, int64_t at, int64_t tag,
                                      const struct ptn_view_entry *entry, struct ptn_diag *reterr);
/* correction.c: the row of what was said to be wrong. */
struct ptn_status ptn_view_put_correction(struct ptn_view *view, int64_t at, int64_t tag,
                                          const struct ptn_view_entry *entry,
                                          struct ptn_diag *reterr);
/* identity.c: the row of what was decided of who is whom. */
struct ptn_status ptn_view_put_identity(struct ptn_view *view, int64_t at, int64_t tag,
                                        const struct ptn_view_entry *entry,
                                        struct ptn_diag *reterr);
/* The first bytes of the parts' SHA-256. */
struct ptn_status ptn_view_key_of(struct ptn_view *view, const struct ptn_bytes *parts,
                                  size_t count, uint8_t key[PTN_VIEW_KEY_LEN],
                                  struct ptn_diag *reterr);
/* Take away a person nobody speaks of any more, with the forms nobody has any more. */
struct ptn_status ptn_view_drop_person(struct ptn_view *view, const uint8_t key[PTN_VIEW_KEY_LEN],
                                       struct ptn_diag *reterr);
/* The document's key: issuer, number and birth. Empty without a number. */
struct ptn_status ptn_view_subject(struct ptn_view *view, const struct ptn_person *person,
                                   uint8_t at[PTN_VIEW_KEY_LEN], struct ptn_bytes *ret_subject,
                                   struct ptn_diag *reterr);
/* The plate as it is compared: capital letters and digits. Appends to out. */
struct ptn_status ptn_view_plate_key(struct ptn_bytes plate, struct ptn_buffer *out);
/* The voyage as it is compared: capitals, one blank between words, a flight's carrier and number
 * together without zeros before them. Appends to out. */
struct ptn_status ptn_view_voyage_key(struct ptn_bytes voyage, struct ptn_buffer *out);

/* ---- shorthands ---- */

/* What every row begins with: which entry it is of, and what the entry's header says. */
#define PTN_VIEW_ENTRY_VALUES(at, tag, header)                                                     \
    ptn_sql_number(at), ptn_sql_number((header)->time_ms), ptn_sql_number((header)->rung),         \
        ptn_sql_number((header)->retention), ptn_sql_number(tag)

static inline struct ptn_sql_value ptn_view_id_value(const struct ptn_record_id *id)
{
    return ptn_sql_blob(ptn_record_id_is_none(*id) ? PTN_BYTES_NONE
                                                   : ptn_bytes_of(id->at, sizeof(id->at)));
}

/* YYYYMMDD, unknown parts 0. */
static inline int64_t ptn_view_day_number(struct ptn_date date)
{
    return ((int64_t)date.year * 100 + date.month) * 100 + date.day;
}

static inline struct ptn_status ptn_view_run(struct ptn_view *view, enum ptn_sql_statement which,
                                             const struct ptn_sql_value *values, size_t count,
                                             struct ptn_diag *reterr)
{
    return view->sql->engine->run(view->sql, which, values, count, reterr);
}

static inline struct ptn_status ptn_view_put(struct ptn_view *view, enum ptn_sql_statement which,
                                             const struct ptn_sql_value *values, size_t count,
                                             bool *ret_new, struct ptn_diag *reterr)
{
    return view->sql->engine->put(view->sql, which, values, count, ret_new, reterr);
}

/* Ask for one row. NOT_FOUND: none. The values live until the next call; end it after use. */
struct ptn_status ptn_view_ask_one(struct ptn_view *view, enum ptn_sql_statement which,
                                   const struct ptn_sql_value *values, size_t count,
                                   struct ptn_sql_value *ret_values, size_t ret_count,
                                   struct ptn_diag *reterr);

static inline void ptn_view_ask_end(struct ptn_view *view)
{
    view->sql->engine->end(view->sql);
}
#endif
