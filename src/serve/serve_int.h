/*
 * serve/serve_int.h -- what the files of serve/ share.
 *
 * Threads: the owner (ptn_serve_run's caller) steps the node; POOL threads of libmicrohttpd answer
 * browsers; one thread checks passwords. A call (one request) belongs to a pool thread until it
 * waits; while it waits its connection is suspended and whoever works on it calls ptn_call_done,
 * once.
 *
 *   reading -> dispatched -> answered
 *                  \-> waiting (suspended) -> done -> finished -> answered
 */
#ifndef PTN_SERVE_SERVE_INT_H
#define PTN_SERVE_SERVE_INT_H
#include <assert.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "node/lane.h"
#include "record/again.h"
#include "reference/place.h"
#include "serve/chips_int.h"
#include "serve/request.h"
#include "serve/serve.h"
#include "serve/told_int.h"

#define PTN_SERVE_POOL        2u
#define PTN_SERVE_CONNECTIONS 512u
#define PTN_SERVE_HEADER_MAX  16384u /* bytes of memory a connection may take for its headers */
#define PTN_SERVE_IDLE_S      15u    /* a connection that says nothing */
#define PTN_SERVE_REQUEST_US  INT64_C(20000000)  /* from a request's first byte to its last */
#define PTN_SERVE_SLOW_US     INT64_C(120000000) /* of an attachment */
#define PTN_SERVE_LARGE       4u /* attachments that are taken in or given out at a time */
#define PTN_SERVE_SESSIONS    256u
#define PTN_SERVE_SESSION_S   900u                           /* idle */
#define PTN_SERVE_SESSION_US  (INT64_C(14) * 3600 * 1000000) /* at most, however busy */
#define PTN_SERVE_CHECKS_MAX  96u                            /* password checks that may wait */
#define PTN_SERVE_ANSWER_MAX  (4u << 20)
#define PTN_SERVE_ARENA_MAX   (8u << 20)
#define PTN_SERVE_TOKEN_LEN   32u
#define PTN_SERVE_TOKEN_SIZE  65u /* in hex with a NUL */
#define PTN_SERVE_STREAMS     128u
#define PTN_SERVE_REPLAYS     1024u

/* ---- guard.c: pure ---- */

/*
 * The names a browser may call this node by: on its own machine, by name and port, in the clear;
 * from another one by `host` (may be empty), through something on this machine that ends TLS at
 * port 443 and hands on what it was sent.
 */
struct ptn_guard {
    char code[PTN_NODE_CODE_MAX + 1];
    char host[128];
    unsigned port;
};

/* True when a Host header (may be NULL) names this node. */
bool ptn_guard_host(const struct ptn_guard *guard, const char *host);
/* True when it is the name for other machines: what is answered is only for an encrypted line. */
bool ptn_guard_tls(const struct ptn_guard *guard, const char *host);
/* True when an Origin header (may be NULL: not sent) is this post's own. */
bool ptn_guard_origin(const struct ptn_guard *guard, const char *origin);

/* A leaky allowance: one every step_us, at most burst saved up. Zeroed is full. */
struct ptn_bucket {
    int64_t full_us; /* when it will be full again */
};
bool ptn_bucket_take(struct ptn_bucket *bucket, int64_t now_us, int64_t step_us, unsigned burst);

/* Questions about people, by who asks them: a long shift's worth at once, then one every four
 * seconds (ACCESS-2). */
#define PTN_PACING_USERS  64u
#define PTN_PACING_BURST  300u
#define PTN_PACING_STEP_S 4u
struct ptn_pacing {
    struct {
        uint64_t user; /* a digest; 0: free */
        struct ptn_bucket bucket;
    } users[PTN_PACING_USERS];
};
/* Whether this user is answered now. */
bool ptn_pacing_take(struct ptn_pacing *pacing, struct ptn_bytes user, int64_t now_us);

/* Failed sign-ins by user: after three, each failure makes the next try wait longer, to 30 s. */
#define PTN_THROTTLE_USERS 64u
struct ptn_throttle {
    struct {
        uint64_t user; /* a digest; 0: free */
        unsigned failures;
        int64_t until_us;
    } users[PTN_THROTTLE_USERS];
};
/* Microseconds this user must still wait; 0: may try. */
int64_t ptn_throttle_wait(const struct ptn_throttle *throttle, struct ptn_bytes user,
                          int64_t now_us);
void ptn_throttle_note(struct ptn_throttle *throttle, struct ptn_bytes user, bool good,
                       int64_t now_us);

/* ---- touch.c: security keys ---- */

/* What a request shows of security keys, for ptn_staff_check: Borrowed of its call. */
struct ptn_touch {
    struct ptn_staff_touch staff;
    const struct ptn_guard *guard;
    const uint8_t *secret; /* PTN_PASSKEY_SECRET_LEN bytes, another at each start */
    const struct ptn_world *world;
    const char *given; /* the header Postern-Key, or NULL */
    const char *path;
    struct ptn_bytes body;
};
/* Where the rest is filled in: nothing is looked at yet. */
void ptn_touch_begin(struct ptn_touch *touch);
/* The problem that a wanted touch is, with a challenge and the ids of the keys. */
void ptn_answer_needs_key(struct ptn_json *json, unsigned status_code,
                          const struct ptn_touch *touch);

/* ---- session.c ---- */

struct ptn_serve_session {
    bool used;
    char token[PTN_SERVE_TOKEN_SIZE];
    char csrf[PTN_SERVE_TOKEN_SIZE];
    uint64_t serial; /* never reused in a process */
    struct ptn_officer officer;
    char lane[PTN_LANE_NAME_MAX + 1];
    bool albanian;
    int64_t begun_us, last_us;
    struct ptn_bucket rate;
    /* why this officer looks, at a centre; 0: not said yet */
    enum ptn_purpose purpose;
    char reason[PTN_REQUEST_REASON_MAX + 1];
};

struct ptn_sessions {
    pthread_mutex_t lock;
    uint64_t serials;
    struct ptn_serve_session table[PTN_SERVE_SESSIONS];
};

/* Begin one; *ret_session is a copy. The oldest idle one makes room when the table is full. */
void ptn_session_begin(struct ptn_sessions *sessions, const struct ptn_world *world,
                       const struct ptn_officer *officer, const char *lane, bool albanian,
                       struct ptn_serve_session *ret_session);
/* The session of a cookie, still fresh, as a copy; touches it. False when there is none. */
bool ptn_session_find(struct ptn_sessions *sessions, const char *token, int64_t now_us,
                      struct ptn_serve_session *ret_session, bool *ret_too_fast);
/* Into the table and the copy: why this officer looks. reason is at most PTN_REQUEST_REASON_MAX
 * long. */
void ptn_session_say_why(struct ptn_sessions *sessions, struct ptn_serve_session *session,
                         enum ptn_purpose purpose, struct ptn_bytes reason);
void ptn_session_end(struct ptn_sessions *sessions, uint64_t serial);
/* True while the session lives; does not touch it. */
bool ptn_session_lives(struct ptn_sessions *sessions, uint64_t serial, int64_t now_us);
/* Take one that has ended by itself out of the table. False when there is none. */
bool ptn_session_take_expired(struct ptn_sessions *sessions, int64_t now_us,
                              struct ptn_serve_session *ret_session);
/* The live session with the least serial above *after, and that serial. False when there is none.
 */
bool ptn_session_next(struct ptn_sessions *sessions, uint64_t *after,
                      struct ptn_serve_session *ret_session);
size_t ptn_session_count(struct ptn_sessions *sessions, int64_t now_us);

/* ---- metrics.c ---- */

#define PTN_METRIC_ROUTES  64u
#define PTN_METRIC_BUCKETS 12u

struct ptn_histogram {
    atomic_uint_fast64_t counts[PTN_METRIC_BUCKETS + 1];
    atomic_uint_fast64_t sum_us;
};

struct ptn_metrics {
    atomic_uint_fast64_t answers[PTN_METRIC_ROUTES][6]; /* by route and hundreds of the status */
    struct ptn_histogram scan, settle, sign_in;
    atomic_uint_fast64_t advice[3];
    atomic_uint_fast64_t not_recorded;
    atomic_uint_fast64_t sign_ins_failed;
};

void ptn_metrics_time(struct ptn_histogram *histogram, int64_t took_us);
PTN_MUST_USE struct ptn_status ptn_metrics_write(struct ptn_serve *serve, struct ptn_buffer *out);

/* ---- events.c ---- */

struct ptn_stream; /* one browser that listens */

#define PTN_EVENT_MAX  768u /* bytes of one event */
#define PTN_EVENT_RING 512u

struct ptn_event {
    char lane[PTN_LANE_NAME_MAX + 1]; /* "": for every lane */
    uint16_t len;
    char text[PTN_EVENT_MAX];
};

struct ptn_events {
    pthread_mutex_t lock;
    struct ptn_event ring[PTN_EVENT_RING];
    uint64_t count; /* ever */
    struct ptn_stream *streams;
    unsigned stream_count;
    bool closing;
};

/* Hand an event to every stream of a lane ("": of all). data is one line of JSON. */
void ptn_events_publish(struct ptn_events *events, const char *lane, const char *name,
                        struct ptn_bytes data);
/* Wake streams whose session has ended, and keep the others alive. */
void ptn_events_ping(struct ptn_serve *serve);
void ptn_events_close(struct ptn_events *events);
/* The response that streams events to one browser, or NULL when there are too many. */
struct MHD_Response *ptn_events_response(struct ptn_serve *serve, struct MHD_Connection *connection,
                                         const struct ptn_serve_session *session);

/* ---- one request ---- */

struct ptn_call;

enum ptn_call_step {
    PTN_CALL_ANSWERED, /* status and answer are set */
    PTN_CALL_WAITING,  /* ptn_call_done will be called; then finish makes the answer */
    PTN_CALL_STREAM,   /* answer with the stream of events */
};

struct ptn_route {
    const char *method, *path; /* one part of the path may be "{id}" */
    bool session, csrf;
    bool once; /* an Idempotency-Key means something: the same key does it once */
    enum ptn_call_step (*handle)(struct ptn_call *call);
};

/* A connection and since when it owes us the rest of a request. */
struct ptn_conn {
    int fd;
    bool working;
    bool slow; /* it sends what may be long: it has longer */
    int64_t since_us;
    struct ptn_conn *previous, *next;
};

struct ptn_call {
    struct ptn_serve *serve;
    struct MHD_Connection *connection;
    struct ptn_conn *conn;
    const struct ptn_route *route; /* NULL: a page, or nothing */
    unsigned route_index;
    const char *path;
    struct ptn_bytes id; /* what stands for {id} in the route's path; view of path */
    struct ptn_arena *arena;
    struct ptn_buffer body;
    int64_t began_us;
    bool started, body_too_big, done, waiting;
    bool large; /* it holds one of the places for long bodies */

    bool has_session;
    struct ptn_serve_session session;
    struct ptn_bytes key; /* idempotency; empty: none */
    uint8_t key_digest[PTN_SHA256_LEN];
    bool keyed; /* the replay table holds a place for this call */
    struct ptn_touch touch;

    /* On the password thread. Notes how the guess went (ptn_serve_guess_note) before it sees to it
     * that ptn_call_done is called: nobody learns that a guess was wrong before it counts. */
    void (*check)(struct ptn_call *call);
    int64_t slowed_us; /* not checked: this long must this user wait */
    /* Queue what was asked for; true: the call will be done. second: who confirms it, or NULL. */
    bool (*perform)(struct ptn_call *call, const struct ptn_officer *second);
    enum ptn_call_step (*finish)(struct ptn_call *call); /* on a pool thread, after done */
    struct ptn_call *next;
    struct ptn_request_sign_in sign_in;
    struct ptn_request_settlement settlement;
    struct ptn_officer officer; /* who the password belongs to */
    const char *ledger;         /* its name, for receipts */
    struct ptn_status checked;
    struct ptn_status status_of_act;
    struct ptn_lane_scan scan;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
    struct ptn_lane_last last;
    struct ptn_lane_report report;
    void *act; /* by_hand.c: what is under way, from the arena */

    unsigned status;
    const char *type;
    const char *file; /* the answer is one to be saved: its Content-Disposition; or NULL */
    struct ptn_buffer out;
    const char *cookie; /* from the arena */
    bool tls;           /* asked for by the name for other machines: a cookie is only for that */
    unsigned retry_after_s;
};

/* Say that what a waiting call waited for is there. */
void ptn_call_done(struct ptn_call *call);
/* Take one of the few places for long bodies until the call is over. False: there is none. */
bool ptn_call_take_place(struct ptn_call *call);
/* Answer with a problem document. title and detail are literals. */
enum ptn_call_step ptn_call_problem(struct ptn_call *call, unsigned status, const char *code,
                                    const char *title, const char *detail);
/* Hand the call to the password thread. False when too many wait. */
bool ptn_serve_check(struct ptn_serve *serve, struct ptn_call *call);
/* How long this user must wait after wrong passwords: 0 for not at all. From any thread. */
int64_t ptn_serve_guess_wait(struct ptn_serve *serve, struct ptn_bytes user);
/* A password of this user was right or wrong. From any thread. */
void ptn_serve_guess_note(struct ptn_serve *serve, struct ptn_bytes user, bool good);
/* What two passwords came to, the first one's asked first: each is right or wrong. */
struct ptn_two_guesses {
    bool first_good, second_asked, second_good;
};
struct ptn_two_guesses ptn_two_guesses(struct ptn_status status, const struct ptn_diag *diag,
                                       bool wants_key);
/* The answer to one who must wait so long. */
enum ptn_call_step ptn_call_slowed(struct ptn_call *call, int64_t wait_us);

/* openapi.json, embedded when the program is built */
extern const uint8_t ptn_openapi_file[];
extern const size_t ptn_openapi_file_len;

/* post.c: what other files of handlers share with it. */
enum ptn_call_step ptn_call_answered(struct ptn_call *call, struct ptn_status status);
enum ptn_call_step ptn_call_bad_body(struct ptn_call *call, struct ptn_status status,
                                     const struct ptn_diag *diag);
enum ptn_call_step ptn_call_not_written(struct ptn_call *call,
                                        const struct ptn_writer_request *write);
enum ptn_call_step ptn_call_wrong_password(struct ptn_call *call, const char *lane);
/* Hand call->check's password to its thread, unless this user must wait. */
enum ptn_call_step ptn_call_check_later(struct ptn_call *call, struct ptn_bytes user);
/* Have call->perform done once another person's password is checked, as call->officer; finish asks
 * call->checked first. */
enum ptn_call_step ptn_call_with_second(struct ptn_call *call, struct ptn_bytes user,
                                        struct ptn_bytes password);
/*
 * Have call->perform done at once or, where a second person is named, after their
 * password; finish and perform are set before. False: it was refused at once, and the caller says
 * why; *ret_step otherwise.
 */
bool ptn_call_begin(struct ptn_call *call, bool has_second, struct ptn_bytes user,
                    struct ptn_bytes password, enum ptn_call_step *ret_step);
enum ptn_call_step ptn_call_not_supervisor(struct ptn_call *call);
/* An order has stopped carriers' messages here (ptn_apply_stops_messages). */
enum ptn_call_step ptn_call_no_messages(struct ptn_call *call);
struct ptn_lane_who ptn_call_who(const struct ptn_call *call);

/* A refusal of the lane's, as its problem. */
enum ptn_call_step ptn_call_refused(struct ptn_call *call, struct ptn_status status,
                                    enum ptn_lane_refusal refusal);

/* trips.c */
enum ptn_call_step ptn_post_trip(struct ptn_call *call);
enum ptn_call_step ptn_post_trip_record(struct ptn_call *call);
enum ptn_call_step ptn_post_bookings(struct ptn_call *call);
enum ptn_call_step ptn_get_bookings(struct ptn_call *call);
/* "trip" of a scan's answer, into the open object. */
void ptn_answer_trip(struct ptn_json *json, const struct ptn_trip_seats *seats);

/* orders.c */
enum ptn_call_step ptn_get_orders(struct ptn_call *call);
enum ptn_call_step ptn_get_gate(struct ptn_call *call);
enum ptn_call_step ptn_post_gate_lane(struct ptn_call *call);
enum ptn_call_step ptn_post_rung(struct ptn_call *call);
enum ptn_call_step ptn_post_consent(struct ptn_call *call);
enum ptn_call_step ptn_post_code(struct ptn_call *call);
enum ptn_call_step ptn_post_alert(struct ptn_call *call); /* alerts.c */

/* arrivals.c */
enum ptn_call_step ptn_get_arrivals(struct ptn_call *call);
enum ptn_call_step ptn_get_arrival(struct ptn_call *call);
enum ptn_call_step ptn_post_manifest(struct ptn_call *call);
enum ptn_call_step ptn_post_boarding_pass(struct ptn_call *call);
/* "arrival" and "not_listed" of a scan's answer, into the open object. */
void ptn_answer_row_found(struct ptn_json *json, const struct ptn_lane_answer *answer);

/* calls.c */
enum ptn_call_step ptn_get_calls(struct ptn_call *call);
enum ptn_call_step ptn_get_call(struct ptn_call *call);
enum ptn_call_step ptn_post_call(struct ptn_call *call);
enum ptn_call_step ptn_post_call_search(struct ptn_call *call);
enum ptn_call_step ptn_post_tally(struct ptn_call *call);
enum ptn_call_step ptn_post_call_close(struct ptn_call *call);
/* "gangway" of a scan's answer, into the open object. */
void ptn_answer_gangway(struct ptn_json *json, const struct ptn_lane_answer *answer);

/* shift.c */
enum ptn_call_step ptn_get_shift(struct ptn_call *call);
enum ptn_call_step ptn_post_shift_lane(struct ptn_call *call);
enum ptn_call_step ptn_post_shift_wait(struct ptn_call *call);
enum ptn_call_step ptn_post_shift_over(struct ptn_call *call);
enum ptn_call_step ptn_get_country(struct ptn_call *call);

/* late.c */
enum ptn_call_step ptn_get_late(struct ptn_call *call);
enum ptn_call_step ptn_post_late_case(struct ptn_call *call);

/* staff.c */
enum ptn_call_step ptn_get_staff(struct ptn_call *call);
enum ptn_call_step ptn_post_staff_extension(struct ptn_call *call);
enum ptn_call_step ptn_post_staff_vouching(struct ptn_call *call);
#define PTN_SERVE_VOUCH_KEY "Whoever vouches has a security key of their own"
/* What is said of somebody who was vouched for, an object. */
void ptn_answer_vouched(struct ptn_json *json, struct ptn_bytes user);
/* How a staff list stands, an object. */
void ptn_answer_staff_standing(struct ptn_json *json, const struct ptn_staff_standing *staff);
/* "staff":{…}, into an open object. */
void ptn_answer_staff(struct ptn_serve *serve, struct ptn_json *json);
/* Owner only: end sessions of those who may not stay, when staff has changed since told; always:
 * look in any case. */
void ptn_serve_staff_look(struct ptn_serve *serve, uint64_t *told, bool always);

/* cases.c */
/* The problem that a refusal is; BUSY and NO_MEMORY: not just now. */
enum ptn_call_step ptn_call_case_refused(struct ptn_call *call, struct ptn_status status,
                                         enum ptn_case_refusal refusal);
enum ptn_call_step ptn_get_cases(struct ptn_call *call);
enum ptn_call_step ptn_get_case(struct ptn_call *call);
enum ptn_call_step ptn_post_case_step(struct ptn_call *call);
enum ptn_call_step ptn_post_attachment(struct ptn_call *call);
/* case_files.c */
enum ptn_call_step ptn_get_attachment(struct ptn_call *call);
/* One rule of an advice on record, as an object: its id and, where it is one of ours, its words. */
void ptn_answer_rule(struct ptn_json *json, struct ptn_bytes rule);
/* "attachment" of a step, into the open object. */
void ptn_answer_attachment(struct ptn_json *json, const struct ptn_attachment *attachment);
/* Tell the lane that sent the traveller, and the second line, how a case stands: a state's or an
 * outcome's word. */
void ptn_serve_publish_case(struct ptn_serve *serve, const char *lane, struct ptn_record_id of,
                            const char *state);

/* readers.c */
enum ptn_call_step ptn_get_reader_work(struct ptn_call *call);
enum ptn_call_step ptn_post_reader_chip(struct ptn_call *call);
enum ptn_call_step ptn_post_chip(struct ptn_call *call);
enum ptn_call_step ptn_get_chip(struct ptn_call *call);
/* Whether a lane has a reader that may read chips now. */
bool ptn_serve_has_reader(struct ptn_serve *serve, const char *lane);
/* An order has stopped the reading of chips here (ptn_apply_stops_chips). */
enum ptn_call_step ptn_call_no_chips(struct ptn_call *call);
/* Owner only: end what waits or was kept long enough, and tell lanes whose reader came or went. */
void ptn_serve_chips_turn(struct ptn_serve *serve);
/* No reader waits any more; closing: and none will. */
void ptn_serve_chips_end(struct ptn_serve *serve, bool closing);

/* by_hand.c */
enum ptn_call_step ptn_get_packs(struct ptn_call *call);
enum ptn_call_step ptn_post_pack(struct ptn_call *call);
enum ptn_call_step ptn_post_sheet(struct ptn_call *call);
enum ptn_call_step ptn_post_told(struct ptn_call *call);

/* post.c: the routes, ended by one without a method. */
extern const struct ptn_route ptn_routes[];
/* Whether a locked post answers it: what says nothing of anybody. LOCK-2. */
bool ptn_route_while_locked(const struct ptn_route *route);

/* http.c */
/* A logger for libmicrohttpd: its words about broken requests say nothing an operator needs, and
 * could quote them. */
void ptn_http_say_nothing(void *context, const char *format, va_list args);
/* A piece of a body into its buffer; past the cap it is only said, and more than that piece is not
 * waited for. */
enum MHD_Result ptn_http_take_body(struct ptn_buffer *body, bool *too_big, const char *upload,
                                   size_t *upload_len);
/* What every answer says of itself; etag NULL: it is not to be kept. */
bool ptn_http_add_headers(struct MHD_Response *response, const char *type, const char *etag);
/* The same of a file that somebody sent in: to be saved and never shown here, and with no rights
 * where it is shown all the same. */
bool ptn_http_add_file_headers(struct MHD_Response *response, const char *type,
                               const char *disposition);
/* Its Content-Disposition: attachment, and a name of ptn_attachment_name. NULL: no memory. */
const char *ptn_file_disposition(struct ptn_bytes name, struct ptn_arena *arena);
/* A page of the console as an answer: 200; 304 where the browser has it; and 404, with the page
 * that says so, for an address that somebody typed wrong. */
struct ptn_http_page {
    struct MHD_Response *response; /* NULL: no memory; whoever queues it destroys it */
    unsigned status;
    const char *type; /* constant, like etag */
    const char *etag;
};

typedef bool ptn_http_find(struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                           const char **ret_type, const char **ret_etag);

/* False: there is none, and who asks is no browser. find may be NULL: then there are no pages. */
bool ptn_http_find_page(struct MHD_Connection *connection, ptn_http_find *find, const char *path,
                        struct ptn_http_page *ret_page);
PTN_MUST_USE struct ptn_status ptn_http_start(struct ptn_serve *serve);
void ptn_http_stop(struct ptn_serve *serve);
/* Shut connections that have owed the rest of a request for too long. */
void ptn_http_sweep(struct ptn_serve *serve);

/* ---- answer.c: JSON ---- */

/* _fields: into an open object. */
void ptn_answer_session_fields(struct ptn_json *json, const struct ptn_serve_session *session,
                               const struct ptn_node_plan *plan);
void ptn_answer_session(struct ptn_json *json, const struct ptn_serve_session *session,
                        const struct ptn_node_plan *plan);
/* Into the open object: rung, rung_entry, rung_exit, cause, rung_since_ms. */
void ptn_answer_rung(struct ptn_json *json, const struct ptn_node_standing *standing);
/* Put this lane's own rungs in place of those of lanes that a return has not let in. */
void ptn_serve_lane_rung(const struct ptn_serve *serve, const char *lane,
                         struct ptn_node_standing *standing);
/* reader: the lane has one for chips now. */
void ptn_answer_lane(struct ptn_json *json, const struct ptn_node_plan *plan, const char *lane,
                     const struct ptn_node_standing *standing, bool reader);
/* "heightened":[…], into an open object. */
void ptn_answer_heightened(struct ptn_json *json, const struct ptn_node_standing *standing);
void ptn_answer_ledger(struct ptn_json *json, const struct ptn_node_standing *standing);
/* A problem (RFC 9457) as a value, and its fields; detail may be NULL. */
void ptn_answer_problem_fields(struct ptn_json *json, unsigned status, const char *code,
                               const char *title, const char *detail);
void ptn_answer_problem(struct ptn_json *json, unsigned status, const char *code, const char *title,
                        const char *detail);
/* "person":{…}, into an open object. */
void ptn_answer_person(struct ptn_json *json, const struct ptn_person *from);
/* A match that was missed, into an open object, but for the person: `entry` is the key of the
 * list's entry. */
void ptn_answer_screened_again(struct ptn_json *json, const struct ptn_screened_again *found,
                               const char *entry);
void ptn_answer_scan(struct ptn_json *json, const struct ptn_lane_answer *answer, bool discreet,
                     int64_t took_us);
void ptn_answer_crossing(struct ptn_json *json, const struct ptn_lane_crossing *crossing,
                         const char *ledger);
/* A crossing as a line of a list. Texts are Borrowed. */
struct ptn_answer_row {
    const char *crossing, *name, *lane;
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    int64_t time_ms;
    uint64_t seq;
    enum ptn_kept kept;
    const char *second_line; /* of one that was referred: how its case stands; NULL: unknown */
};
void ptn_answer_line(struct ptn_json *json, const struct ptn_answer_row *row);
/* "post":{name, kind, code}, into an open object. */
void ptn_answer_post(struct ptn_json *json, const struct ptn_node_plan *plan);
void ptn_answer_receipt(struct ptn_json *json, const char *ledger, uint64_t seq,
                        enum ptn_kept kept);
const char *ptn_recording_word(enum ptn_recording recording);

/* ---- replay.c: idempotency keys ---- */

enum ptn_replay_state { PTN_REPLAY_FREE, PTN_REPLAY_RUNNING, PTN_REPLAY_DONE };

struct ptn_replay {
    enum ptn_replay_state state;
    uint8_t key[PTN_SHA256_LEN];  /* of user, route and key */
    uint8_t body[PTN_SHA256_LEN]; /* of the body */
    unsigned status;
    uint8_t *answer; /* Owned */
    size_t answer_len;
    uint64_t age;
};

struct ptn_replays {
    pthread_mutex_t lock;
    uint64_t ages;
    struct ptn_replay table[PTN_SERVE_REPLAYS];
};

enum ptn_replay_verdict { PTN_REPLAY_NEW, PTN_REPLAY_AGAIN, PTN_REPLAY_MISMATCH, PTN_REPLAY_BUSY };

/* What a key means for this call. AGAIN: call->status and out hold the first answer. NEW: the place
 * is taken. */
enum ptn_replay_verdict ptn_replay_begin(struct ptn_replays *replays, struct ptn_call *call);
/* Keep the answer of a call that took a place; answers that are no success are not kept. */
void ptn_replay_end(struct ptn_replays *replays, const struct ptn_call *call);
void ptn_replays_release(struct ptn_replays *replays);

/* ---- the server ---- */

struct ptn_serve {
    struct ptn_serve_plan plan;
    const struct ptn_world *world;
    const struct ptn_node_plan *post;
    bool locked; /* the node is; fixed while it is served */
    struct ptn_guard guard;
    int bell; /* an eventfd: records wait, or stop */
    atomic_bool stopping;
    atomic_uint waiting; /* calls that wait */
    atomic_uint open;    /* calls that are not answered in full */
    atomic_uint large;   /* of these, those that take in or give out a long body */
    pthread_mutex_t node_lock;
    pthread_mutex_t call_locks[16];
    struct MHD_Daemon *daemon;

    pthread_mutex_t conn_lock;
    struct ptn_conn *conns;

    pthread_mutex_t check_lock;
    pthread_cond_t check_bell;
    struct ptn_call *checks, **checks_last;
    unsigned check_count;
    bool checks_over;
    struct ptn_throttle throttle; /* under check_lock */
    uint8_t touch_secret[PTN_PASSKEY_SECRET_LEN];

    struct ptn_sessions sessions;
    struct ptn_events events;
    struct ptn_replays replays;
    struct ptn_metrics metrics;
    struct ptn_told told;
    struct ptn_chips *chips; /* Owned */
    size_t late_told;        /* matches that were missed, as last told; the owner's */
};

/* Owner only: tell the second line when there are more late matches than it was told of. */
void ptn_serve_late_turn(struct ptn_serve *serve);

int64_t ptn_serve_now(const struct ptn_serve *serve);
#endif
