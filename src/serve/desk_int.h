/*
 * serve/desk_int.h -- what the files of a centre's desk share. Private to serve/.
 */
#ifndef PTN_SERVE_DESK_INT_H
#define PTN_SERVE_DESK_INT_H
#include "serve/desk.h"
#include "serve/serve_int.h"
#include "view/search.h"

#define PTN_DESK_POOL        4u
#define PTN_DESK_CONNECTIONS 64u

/* One record on its way into the ledger; it lives with who waits for it. */
struct ptn_desk_wait {
    struct ptn_writer_record record;
    struct ptn_status status;
    bool done;
    struct ptn_desk_wait *next;
};

/* One entry that is to be proved, or opened; it lives with who waits for it. */
struct ptn_desk_proof {
    struct ptn_bytes origin;
    uint64_t index;
    bool opens;
    unsigned kind; /* of one that was opened */
    struct ptn_buffer *out;
    struct ptn_desk_when when;
    struct ptn_status status;
    bool done;
    struct ptn_desk_proof *next;
};

struct ptn_desk {
    struct ptn_desk_plan plan;
    struct ptn_guard guard;
    struct MHD_Daemon *daemon;
    int bell;

    pthread_mutex_t view_lock;
    struct ptn_view *view; /* NULL until there is one */

    pthread_mutex_t check_lock; /* one password at a time */
    pthread_mutex_t agree_lock; /* one edition at a time */
    pthread_mutex_t audit_lock; /* one auditor's walk at a time */
    uint8_t audit_key[32];      /* travellers' labels for auditors; another at each start */
    struct ptn_throttle throttle;
    uint8_t touch_secret[PTN_PASSKEY_SECRET_LEN];

    pthread_mutex_t pacing_lock;
    struct ptn_pacing pacing; /* of questions about people, by user */

    pthread_mutex_t wait_lock;
    pthread_cond_t written;
    struct ptn_desk_wait *first, **last;
    size_t wait_count;
    struct ptn_desk_proof *proofs; /* asked for */
    size_t proof_count;
    bool over;

    struct ptn_sessions sessions;
    struct ptn_told told;
};

/* One request while it is answered, on one thread of the pool. */
struct ptn_visit {
    struct ptn_desk *desk;
    struct MHD_Connection *connection;
    const struct ptn_desk_route *route; /* NULL: a page */
    const char *path;
    struct ptn_arena *arena;
    struct ptn_buffer body;
    bool body_too_big;
    bool has_session;
    struct ptn_serve_session session;
    unsigned status;
    bool problem;     /* out is a problem document */
    const char *type; /* of an answer that is not JSON; NULL */
    const char *file; /* it is one to be saved: its Content-Disposition; or NULL */
    struct ptn_buffer out;
    char cookie[256]; /* empty: none */
    bool tls;         /* asked for by the name for other machines: a cookie is only for that */
    unsigned retry_after_s;
    char etag[PTN_TOLD_ETAG_SIZE]; /* empty: none */
    struct ptn_touch touch;
};

/* Whose a route is, of those who are signed in. AUDIT-1: an auditor sees no traveller, and what an
 * auditor sees nobody else does. */
enum ptn_desk_whose {
    PTN_DESK_STAFF = 0,
    PTN_DESK_AUDITORS,
    PTN_DESK_EVERYBODY,
};

struct ptn_desk_route {
    const char *method, *path;
    bool session; /* needs one, and on writes its CSRF token */
    void (*handle)(struct ptn_visit *visit);
    enum ptn_desk_whose whose;
};

/* desk_ask.c: the routes, ended by one without a method. */
extern const struct ptn_desk_route ptn_desk_routes[];

/* desk_staff.c */
void ptn_desk_get_staff(struct ptn_visit *visit);
void ptn_desk_post_staff_extension(struct ptn_visit *visit);
void ptn_desk_post_staff_vouching(struct ptn_visit *visit);
/* desk_ask.c: a wrong password: written down, and answered. user: nobody's name is not. A right one
 * that a key is wanted for: only answered. */
void ptn_visit_wrong_password(struct ptn_visit *visit, struct ptn_bytes user);
/* Whoever tries too often waits: true, and it is answered. Under check_lock. */
bool ptn_visit_slowed(struct ptn_visit *visit, struct ptn_bytes user);

void ptn_visit_problem(struct ptn_visit *visit, unsigned status, const char *code,
                       const char *title, const char *detail);
/* Write one record and wait until it is durable. */
PTN_MUST_USE struct ptn_status ptn_desk_write(struct ptn_desk *desk,
                                              const struct ptn_writer_record *record);

/* Have one entry proved, and wait for it. */
PTN_MUST_USE struct ptn_status ptn_desk_ask_proof(struct ptn_desk *desk, struct ptn_bytes origin,
                                                  uint64_t index, struct ptn_desk_when *ret_when,
                                                  struct ptn_buffer *out);

/* Have one entry opened, and wait for it. */
PTN_MUST_USE struct ptn_status ptn_desk_ask_open(struct ptn_desk *desk, struct ptn_bytes origin,
                                                 uint64_t index, unsigned *ret_kind,
                                                 struct ptn_buffer *payload);

/* desk_files.c */
void ptn_desk_post_attachment(struct ptn_visit *visit);
/* Where the parts of what the entry attaches stand; none: it attaches nothing, or nothing that can
 * be read. */
PTN_MUST_USE struct ptn_status ptn_desk_parts_of(struct ptn_visit *visit, struct ptn_bytes origin,
                                                 uint64_t index,
                                                 struct ptn_attachment *ret_attachment,
                                                 struct ptn_record_id ret_ids[2]);

/* ---- desk_ask.c: what every question has in common ---- */

int64_t ptn_desk_now_ms(const struct ptn_desk *desk);
/* This code with what is in out; a failed writing is said instead. The other: 200. */
void ptn_visit_answered_as(struct ptn_visit *visit, unsigned code, struct ptn_status status);
void ptn_visit_answered(struct ptn_visit *visit, struct ptn_status status);
/* Does this desk publish? false: no, and the answer says so. */
bool ptn_visit_has_board(struct ptn_visit *visit);
void ptn_visit_busy(struct ptn_visit *visit, const char *code, const char *title);
void ptn_visit_bad_body(struct ptn_visit *visit, struct ptn_status status,
                        const struct ptn_diag *diag);
void ptn_visit_view_failed(struct ptn_visit *visit, struct ptn_status status,
                           const struct ptn_diag *diag);
/* Before people are asked about: fill in the purpose of the shift where the request had none.
 * False: there is none, or this user asks too fast, and the answer says so. */
bool ptn_visit_why(struct ptn_visit *visit, struct ptn_request_why *why);
/* What was looked at, by whom and why, durable. person may be NULL: several, or nobody. _looked: a
 * list that names people. _terms: the reason with what was asked for below it, a line each; both
 * are sealed in the access record. false: it could not be recorded, and the answer says so. */
struct ptn_visit_term {
    const char *what;
    struct ptn_bytes text; /* empty: not asked */
};
bool ptn_visit_look_at(struct ptn_visit *visit, const struct ptn_request_why *why,
                       struct ptn_record_id record);
bool ptn_visit_look(struct ptn_visit *visit, const struct ptn_request_why *why,
                    const struct ptn_person *person, size_t shown);
bool ptn_visit_looked(struct ptn_visit *visit, const char *reason, size_t shown);
bool ptn_visit_terms(struct ptn_visit *visit, struct ptn_request_why *why,
                     const struct ptn_visit_term *terms, size_t count);
/* The one connection, opened when it is first wanted; locked on OK. After a failure it is opened
 * anew for the next question. */
PTN_MUST_USE struct ptn_status ptn_desk_view_lock(struct ptn_desk *desk);
void ptn_desk_view_unlock(struct ptn_desk *desk, struct ptn_status status);

/* desk_openapi.json, embedded */
extern const uint8_t ptn_desk_openapi_file[];
extern const size_t ptn_desk_openapi_file_len;

/* desk_find.c */
void ptn_desk_post_find(struct ptn_visit *visit);
/* desk_identity.c */
void ptn_desk_post_identities(struct ptn_visit *visit);
/* desk_looks.c */
void ptn_desk_post_looks(struct ptn_visit *visit);
/* desk_identity.c: another member of staff says so with a password. False: they do not, and it is
 * answered. */
bool ptn_visit_second(struct ptn_visit *visit, struct ptn_bytes user, struct ptn_bytes password);
/* desk_correction.c */
void ptn_desk_post_corrections(struct ptn_visit *visit);
/* desk_subject.c */
void ptn_desk_post_subject(struct ptn_visit *visit);
/* desk_ask.c: the days that pages count */
extern const struct ptn_stay_limit ptn_desk_stay_limit;
/* desk_publish.c */
void ptn_desk_get_alerts(struct ptn_visit *visit);
void ptn_desk_post_alerts(struct ptn_visit *visit);
/* desk_late.c */
void ptn_desk_get_late(struct ptn_visit *visit);
void ptn_desk_get_late_standing(struct ptn_visit *visit);
/* desk_packs.c */
void ptn_desk_get_packs(struct ptn_visit *visit);
/* desk_lists.c */
void ptn_desk_get_lists(struct ptn_visit *visit);
/* desk_held.c: what is held back of that list, in the visit's arena. NOT_FOUND: nothing. */
struct ptn_rows_list; /* watch/rows.h */
PTN_MUST_USE struct ptn_status ptn_desk_read_held(struct ptn_visit *visit,
                                                  const struct ptn_rows_list *list,
                                                  struct ptn_list_held *ret_held);
void ptn_list_held_fields(struct ptn_json *json, const struct ptn_list_held *held);
void ptn_desk_post_lists(struct ptn_visit *visit);
/* desk_leave.c */
void ptn_desk_get_leave(struct ptn_visit *visit);
void ptn_desk_post_leave(struct ptn_visit *visit);
/* desk_leave_paper.c */
void ptn_desk_get_leave_paper(struct ptn_visit *visit);

/* desk_http.c */
PTN_MUST_USE struct ptn_status ptn_desk_http_start(struct ptn_desk *desk);

/* desk_answer.c */
void ptn_desk_answer_people(struct ptn_json *json, const struct ptn_view_person *rows,
                            size_t count);
void ptn_desk_answer_crossings(struct ptn_json *json, const struct ptn_view_crossing *rows,
                               size_t count);
/* Fields of one row, into an open object. */
void ptn_desk_answer_person_row(struct ptn_json *json, const struct ptn_view_person *row);
void ptn_desk_answer_person(struct ptn_json *json, const struct ptn_view_key *key,
                            const struct ptn_person *person);
void ptn_desk_answer_crossing_row(struct ptn_json *json, const struct ptn_view_crossing *row);
void ptn_desk_answer_sheet_row(struct ptn_json *json, const struct ptn_view_sheet *row);
/* discreet: what only some may see. looks: who looked stands there too. */
void ptn_desk_answer_history(struct ptn_json *json, const struct ptn_view_history *history,
                             bool discreet, bool looks);
#endif
