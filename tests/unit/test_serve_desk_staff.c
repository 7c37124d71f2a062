/* Goal: a centre's desk answers who is on its staff list, at that moment: a session ends with the
 * first request after a revocation, or after a list that leaves the person out; a list that has run
 * out ends no session and lets nobody new in until two people at the desk let it run longer. */
#include "node_staff.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/staff_int.h"
#include "record/access.h"
#include "serve/desk.h"
#include "serve/serve.h"

#define ANSWER_SIZE 8192u

struct setting {
    struct staff_fixture *staff;
    struct ptn_node_plan centre;
    struct ptn_desk *desk;
    unsigned port;
    pthread_t owner;
    atomic_bool over;
    atomic_uint ended; /* session records that say so */
};

struct browser {
    unsigned status;
    char cookie[160], csrf[80];
    char answer[ANSWER_SIZE];
};

static struct ptn_status append(void *context, const struct ptn_writer_record *records,
                                size_t count)
{
    struct setting *setting = context;

    for (size_t i = 0; i < count; i++) {
        struct ptn_session session;

        if (records[i].kind == PTN_RECORD_SESSION &&
            ptn_ok(ptn_session_parse(records[i].payload, &session, NULL)) &&
            session.event == PTN_SESSION_ENDED)
            atomic_fetch_add(&setting->ended, 1);
    }
    return PTN_OK;
}

static void *own(void *context)
{
    struct setting *setting = context;

    while (!atomic_load(&setting->over)) {
        (void)ptn_desk_turn(setting->desk, append, setting);
        (void)usleep(2000);
    }
    return NULL;
}

static int start(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct ptn_desk_plan plan = { .centre = &setting->centre };

    assert_non_null(setting);
    (void)staff_begin((void **)&setting->staff);
    setting->centre.role = PTN_NODE_CENTRE;
    (void)snprintf(setting->centre.code, sizeof(setting->centre.code), "centre");
    plan.world = &setting->staff->post->world;
    plan.dir = setting->staff->post->dir;
    plan.view = "/nonexistent";
    plan.staffing = setting->staff->post->node->staffing;
    assert_true(ptn_ok(ptn_serve_listen(0, &plan.listen_fd, &plan.port)));
    setting->port = plan.port;
    assert_true(ptn_ok(ptn_desk_start(&plan, &setting->desk, NULL)));
    assert_int_equal(pthread_create(&setting->owner, NULL, own, setting), 0);
    *state = setting;
    return 0;
}

static int stop(void **state)
{
    struct setting *setting = *state;

    atomic_store(&setting->over, true);
    assert_int_equal(pthread_join(setting->owner, NULL), 0);
    ptn_desk_stop(setting->desk);
    (void)staff_end((void **)&setting->staff);
    free(setting);
    return 0;
}

/* ---- asking ---- */

static void copy_after(const char *answer, const char *word, char end, char *at, size_t size)
{
    const char *found = strstr(answer, word);
    const char *stop_at = found == NULL ? NULL : strchr(found + strlen(word), end);

    if (stop_at != NULL)
        (void)snprintf(at, size, "%.*s", (int)(stop_at - found - (ptrdiff_t)strlen(word)),
                       found + strlen(word));
}

static unsigned ask(struct setting *setting, struct browser *browser, const char *verb,
                    const char *path, const char *body)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)setting->port),
                                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
    char request[2048];
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len =
        snprintf(request, sizeof(request),
                 "%s %s HTTP/1.1\r\nHost: centre.localhost:%u\r\nCookie: %s\r\n"
                 "X-Postern-Csrf: %s\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 verb, path, setting->port, browser->cookie, browser->csrf, strlen(body), body);
    size_t got = 0;
    ssize_t more;

    assert_true(line >= 0);
    assert_int_equal(connect(line, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(line, request, (size_t)len), len);
    while ((more = read(line, browser->answer + got, ANSWER_SIZE - 1 - got)) > 0)
        got += (size_t)more;
    (void)close(line);
    browser->answer[got] = '\0';
    assert_memory_equal(browser->answer, "HTTP/1.1 ", 9);
    browser->status = (unsigned)strtoul(browser->answer + 9, NULL, 10);
    return browser->status;
}

static unsigned enter(struct setting *setting, struct browser *browser, const char *user)
{
    char body[200];

    *browser = (struct browser){ .status = 0 };
    (void)snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s's password\"}", user,
                   user);
    if (ask(setting, browser, "POST", "/v1/session", body) == 200) {
        copy_after(browser->answer, "Set-Cookie: ", ';', browser->cookie, sizeof(browser->cookie));
        copy_after(browser->answer, "\"csrf\":\"", '"', browser->csrf, sizeof(browser->csrf));
    }
    return browser->status;
}

static unsigned again(struct setting *setting, struct browser *browser)
{
    return ask(setting, browser, "GET", "/v1/session", "");
}

static bool says(const struct browser *browser, const char *word)
{
    return strstr(browser->answer, word) != NULL;
}

static void take(struct setting *setting, uint32_t version)
{
    assert_true(ptn_ok(ptn_staffing_take(
        setting->staff->post->node->staffing,
        staff_note(setting->staff, POST, version, 7 * DAY, PERSONNEL), PTN_RECEIPT_STICK, NULL)));
}

/* ---- what is kept ---- */

/* STAFF-3. */
static void test_desk_staff__a_revoked_person_is_refused_with_the_next_request(void **state)
{
    struct setting *setting = *state;
    struct fixture *post = setting->staff->post;
    struct browser analyst, lead;
    const char *text = "verb revoke\nall\nofficer arta\n";

    take(setting, 1);
    assert_int_equal(enter(setting, &analyst, "arta"), 200);
    assert_int_equal(enter(setting, &lead, "besa"), 200);
    assert_int_equal(again(setting, &analyst), 200);
    assert_true(
        ptn_ok(ptn_apply_note(post->node, order(post, text, D(0)), PTN_RECEIPT_STICK, NULL, NULL)));
    assert_int_equal(again(setting, &analyst), 401);
    assert_int_equal(again(setting, &lead), 200);
    assert_int_equal(enter(setting, &analyst, "arta"), 401);
    ptn_desk_staff_look(setting->desk, append, setting);
    assert_int_equal(atomic_load(&setting->ended), 1);
    ptn_desk_staff_look(setting->desk, append, setting);
    assert_int_equal(atomic_load(&setting->ended), 1); /* once */
}

/* STAFF-1, STAFF-3. */
static void test_desk_staff__whom_the_next_list_leaves_out_is_refused(void **state)
{
    struct setting *setting = *state;
    struct browser analyst, lead;

    take(setting, 1);
    assert_int_equal(enter(setting, &analyst, "arta"), 200);
    assert_int_equal(enter(setting, &lead, "besa"), 200);
    ptn_buffer_clear(&setting->staff->people);
    add_member(setting->staff, "besa", PTN_STAFF_SUPERVISOR);
    add_member(setting->staff, "dita", PTN_STAFF_OFFICER);
    take(setting, 2);
    assert_int_equal(again(setting, &analyst), 401);
    assert_int_equal(again(setting, &lead), 200);
    assert_true(says(&lead, "\"version\":2"));
    assert_int_equal(enter(setting, &analyst, "dita"), 200);
    assert_false(says(&analyst, "\"version\":2")); /* for a supervisor */
}

/* STAFF-2. */
static void test_desk_staff__a_list_that_ran_out_is_extended_by_two_at_the_desk(void **state)
{
    static const char both[] =
        "{\"supervisor\":{\"user\":\"besa\",\"password\":\"besa's password\"},"
        "\"second\":{\"user\":\"arta\",\"password\":\"arta's password\"}}";
    struct setting *setting = *state;
    struct browser lead, anyone;

    take(setting, 1);
    assert_int_equal(enter(setting, &lead, "besa"), 200);
    assert_true(says(&lead, "\"ends\":false"));
    assert_int_equal(ask(setting, &lead, "POST", "/v1/staff/extension", both), 409);
    assert_true(says(&lead, "staff-not-due"));
    setting->staff->post->ahead_ms += 7 * DAY - MINUTE;
    assert_int_equal(enter(setting, &lead, "besa"), 200);
    assert_true(says(&lead, "\"ends\":true"));
    setting->staff->post->ahead_ms += 2 * MINUTE;
    assert_int_equal(enter(setting, &anyone, "arta"), 403);
    assert_true(says(&anyone, "staff-over"));
    assert_int_equal(enter(setting, &anyone, "thief"), 401);
    assert_int_equal(ask(setting, &anyone, "POST", "/v1/staff/extension", both), 200);
    assert_true(says(&anyone, "\"may_extend\":false"));
    assert_int_equal(ask(setting, &anyone, "POST", "/v1/staff/extension", both), 409);
    assert_int_equal(enter(setting, &anyone, "arta"), 200);
}

/* STAFF-2. */
static void test_desk_staff__a_list_that_ran_out_ends_no_session(void **state)
{
    struct setting *setting = *state;
    struct browser lead;

    take(setting, 1);
    setting->staff->post->ahead_ms += 7 * DAY - MINUTE;
    assert_int_equal(enter(setting, &lead, "besa"), 200);
    setting->staff->post->ahead_ms += 2 * MINUTE;
    assert_int_equal(again(setting, &lead), 200);
    assert_true(says(&lead, "\"left_s\":-"));
    ptn_desk_staff_look(setting->desk, append, setting);
    assert_int_equal(again(setting, &lead), 200);
    assert_int_equal(atomic_load(&setting->ended), 0);
}

static void test_desk_staff__who_it_is_not_for_is_told_so(void **state)
{
    static const char one[] =
        "{\"supervisor\":{\"user\":\"besa\",\"password\":\"besa's password\"},"
        "\"second\":{\"user\":\"arta\",\"password\":\"a guess\"}}";
    struct setting *setting = *state;
    struct browser analyst;

    take(setting, 1);
    assert_int_equal(enter(setting, &analyst, "arta"), 200);
    assert_int_equal(ask(setting, &analyst, "GET", "/v1/staff", ""), 403);
    assert_true(says(&analyst, "not-allowed"));
    setting->staff->post->ahead_ms += 7 * DAY;
    for (unsigned i = 0; i < 8 && analyst.status != 429; i++) /* the second one is slowed, too */
        assert_true(ask(setting, &analyst, "POST", "/v1/staff/extension", one) == 401 ||
                    analyst.status == 429);
    assert_int_equal(analyst.status, 429);
    assert_int_equal(enter(setting, &analyst, "arta"), 429);
    assert_int_equal(ask(setting, &analyst, "POST", "/v1/staff/extension", "{}"), 400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_desk_staff__a_revoked_person_is_refused_with_the_next_request),
        TEST(test_desk_staff__whom_the_next_list_leaves_out_is_refused),
        TEST(test_desk_staff__a_list_that_ran_out_is_extended_by_two_at_the_desk),
        TEST(test_desk_staff__a_list_that_ran_out_ends_no_session),
        TEST(test_desk_staff__who_it_is_not_for_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
