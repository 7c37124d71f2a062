/* main/drill_lane.c -- what an officer's browser does at a post, for the drill. */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "main/drill_int.h"

#define ANSWER_MAX      ((size_t)8 << 20)
#define BODY_MAX        4096u
#define CONSENT_SECONDS 20

struct ptn_drill_lane {
    CURL *curl;
    unsigned port;
    char csrf[128];
    struct ptn_buffer answer;
    struct ptn_drill_post *post;
    const char *user, *name; /* the caller's literals */
    struct ptn_drill_lane *next;
};

static size_t take(char *at, size_t size, size_t count, void *context)
{
    struct ptn_buffer *answer = context;

    return ptn_ok(ptn_buffer_add(answer, ptn_bytes_of(at, size * count))) ? size * count : 0;
}

/* One request. Its answer's JSON (Owned; NULL when it is none) and HTTP status; 0: nobody answered.
 */
static long ask(struct ptn_drill_lane *lane, const char *path, const char *body, json_t **ret_json)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char url[128], csrf[160];
    long status = 0;

    *ret_json = NULL;
    (void)snprintf(url, sizeof(url), "http://localhost:%u%s", lane->port, path);
    (void)snprintf(csrf, sizeof(csrf), "X-Postern-Csrf: %s", lane->csrf);
    headers = curl_slist_append(headers, csrf);
    ptn_buffer_clear(&lane->answer);
    (void)curl_easy_setopt(lane->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(lane->curl, CURLOPT_HTTPHEADER, headers);
    if (body != NULL) {
        (void)curl_easy_setopt(lane->curl, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(lane->curl, CURLOPT_POSTFIELDS, body);
    } else {
        (void)curl_easy_setopt(lane->curl, CURLOPT_HTTPGET, 1L);
    }
    if (curl_easy_perform(lane->curl) == CURLE_OK)
        (void)curl_easy_getinfo(lane->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    if (lane->answer.len > 0 && lane->answer.at[0] == '{')
        *ret_json = json_loadb((const char *)lane->answer.at, lane->answer.len, 0, NULL);
    return status;
}

/* A member's text; "" when there is none. Borrowed. */
static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static void close_browser(struct ptn_drill_lane *lane)
{
    if (lane->curl != NULL)
        curl_easy_cleanup(lane->curl);
    ptn_buffer_release(&lane->answer);
    free(lane);
}

void ptn_drill_close_browsers(struct ptn_drill_post *post)
{
    while (post->idle != NULL) {
        struct ptn_drill_lane *lane = post->idle;

        post->idle = lane->next;
        close_browser(lane);
    }
}

void ptn_drill_put_aside(struct ptn_drill_lane *lane)
{
    if (lane == NULL)
        return;
    lane->next = lane->post->idle;
    lane->post->idle = lane;
}

/* One of those put aside that is signed in still; NULL: none. What a restarted post has forgotten
 * is closed. */
static struct ptn_drill_lane *take_up(struct ptn_drill_post *post, const char *user,
                                      const char *name)
{
    for (struct ptn_drill_lane **at = &post->idle; *at != NULL; at = &(*at)->next) {
        struct ptn_drill_lane *lane = *at;
        json_t *answer = NULL;
        bool good;

        if (strcmp(lane->user, user) != 0 || strcmp(lane->name, name) != 0)
            continue;
        *at = lane->next;
        good = lane->port == post->node.port && ask(lane, "/v1/session", NULL, &answer) == 200;
        json_decref(answer);
        if (good)
            return lane;
        close_browser(lane);
        return NULL;
    }
    return NULL;
}

static struct ptn_drill_lane *open_browser(struct ptn_drill_post *post)
{
    struct ptn_drill_lane *lane = calloc(1, sizeof(*lane));

    if (lane == NULL)
        return NULL;
    lane->post = post;
    lane->port = post->node.port;
    lane->curl = curl_easy_init();
    ptn_buffer_init(&lane->answer, ANSWER_MAX);
    if (lane->curl == NULL) {
        close_browser(lane);
        return NULL;
    }
    (void)curl_easy_setopt(lane->curl, CURLOPT_COOKIEFILE, "");
    (void)curl_easy_setopt(lane->curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(lane->curl, CURLOPT_WRITEDATA, &lane->answer);
    (void)curl_easy_setopt(lane->curl, CURLOPT_TIMEOUT_MS, 20000L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_NOSIGNAL, 1L);
    return lane;
}

struct ptn_drill_lane *ptn_drill_sign_in(struct ptn_drill_post *post, const char *user,
                                         const char *name)
{
    struct ptn_drill_lane *lane = take_up(post, user, name);
    char body[BODY_MAX];
    json_t *answer = NULL;

    if (lane != NULL)
        return lane;
    lane = open_browser(post);
    if (lane == NULL)
        return NULL;
    lane->user = user;
    lane->name = name;
    (void)snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\",\"lane\":\"%s\"}",
                   user, PTN_DRILL_PASSWORD, name);
    if (ask(lane, "/v1/session", body, &answer) != 200) {
        json_decref(answer);
        close_browser(lane);
        return NULL;
    }
    (void)snprintf(lane->csrf, sizeof(lane->csrf), "%s", text_of(answer, "csrf"));
    json_decref(answer);
    return lane;
}

/* ---- passports of people who do not exist ---- */

static char digit_of(const char *text, size_t from, size_t len)
{
    static const unsigned weights[] = { 7, 3, 1 };
    unsigned sum = 0;

    for (size_t i = 0; i < len; i++) {
        char letter = text[from + i];
        unsigned value = letter >= '0' && letter <= '9' ? (unsigned)(letter - '0')
                         : letter == '<'                ? 0
                                                        : (unsigned)(letter - 'A') + 10;

        sum += value * weights[i % 3];
    }
    return (char)('0' + sum % 10);
}

void ptn_drill_number(unsigned passport, char ret_number[16])
{
    (void)snprintf(ret_number, 16, "T%07u", passport % 10000000u);
}

/* The 28 characters that a sheet asks for. */
static void document_line(unsigned passport, char line[64])
{
    char number[16];

    ptn_drill_number(passport, number);
    (void)snprintf(line, 64, "%s<0UTO8502020F3301010", number);
    line[9] = digit_of(line, 0, 9);
    line[19] = digit_of(line, 13, 6);
    line[27] = digit_of(line, 21, 6);
}

static void surname_of(unsigned passport, char name[16])
{
    (void)snprintf(name, 16, "ZUV%07u", passport % 10000000u);
    for (size_t i = 3; name[i] != '\0'; i++)
        name[i] = (char)('A' + (name[i] - '0'));
}

/* Two lines, parted as JSON parts them. */
static void zone_of(unsigned passport, char zone[128])
{
    char name[16], line[64];

    surname_of(passport, name);
    document_line(passport, line);
    (void)snprintf(zone, 128, "P<UTO%.10s<<QOXEBU<<<<<<<<<<<<<<<<<<<<<\\n%.28s<<<<<<<<<<<<<<00",
                   name, line);
    { /* the composite digit covers numbers, dates and the optional field with their digits */
        char covered[64];

        memcpy(covered, line, 10);
        memcpy(covered + 10, line + 13, 7);
        memcpy(covered + 17, line + 21, 7);
        memset(covered + 24, '<', 14);
        covered[38] = '0';
        zone[strlen(zone) - 1] = digit_of(covered, 0, 39);
    }
}

/* ---- acts ---- */

bool ptn_drill_cross(struct ptn_drill_lane *lane, unsigned passport)
{
    char zone[128], body[BODY_MAX];
    json_t *scan = NULL, *crossing = NULL;
    bool good = false;

    zone_of(passport, zone);
    (void)snprintf(body, sizeof(body), "{\"mrz\":\"%s\",\"direction\":\"entry\"}", zone);
    if (ask(lane, "/v1/scans", body, &scan) == 200) {
        bool clear = strcmp(text_of(json_object_get(scan, "advice"), "advice"), "clear") == 0;

        (void)snprintf(body, sizeof(body), "{\"scan\":\"%s\",%s}", text_of(scan, "scan"),
                       clear ? "\"act\":\"record\"" : "\"act\":\"refer\",\"kind\":\"conditions\"");
        good = ask(lane, "/v1/crossings", body, &crossing) == 200;
    }
    json_decref(scan);
    json_decref(crossing);
    return good;
}

bool ptn_drill_meet(struct ptn_drill_lane *lane, unsigned passport, const char *direction,
                    const char *rule, bool settle)
{
    char zone[128], body[BODY_MAX];
    json_t *scan = NULL, *crossing = NULL;
    const json_t *advice, *reasons;
    bool met = false;

    zone_of(passport, zone);
    (void)snprintf(body, sizeof(body), "{\"mrz\":\"%s\",\"direction\":\"%s\"}", zone, direction);
    if (ask(lane, "/v1/scans", body, &scan) == 200) {
        advice = json_object_get(scan, "advice");
        reasons = json_object_get(advice, "reasons");
        for (size_t i = 0; i < json_array_size(reasons); i++)
            met = met || strcmp(text_of(json_array_get(reasons, i), "rule"), rule) == 0;
        (void)snprintf(body, sizeof(body), "{\"scan\":\"%s\",%s}", text_of(scan, "scan"),
                       strcmp(text_of(advice, "advice"), "clear") == 0
                           ? "\"act\":\"record\""
                           : "\"act\":\"override\",\"reason\":\"Ordered to leave.\"");
        if (met && settle)
            met = ask(lane, "/v1/crossings", body, &crossing) == 200;
    }
    json_decref(scan);
    json_decref(crossing);
    return met;
}

char ptn_drill_rung(struct ptn_drill_lane *lane)
{
    json_t *answer = NULL;
    char rung = 0;

    if (ask(lane, "/v1/lane", NULL, &answer) == 200)
        rung = text_of(answer, "rung")[0];
    json_decref(answer);
    return rung;
}

bool ptn_drill_pack(struct ptn_drill_lane *lane, unsigned sheets)
{
    char body[BODY_MAX];
    json_t *answer = NULL;
    long status;

    (void)snprintf(body, sizeof(body), "{\"sheets\":%u}", sheets);
    status = ask(lane, "/v1/packs", body, &answer);
    json_decref(answer);
    return status == 200;
}

/* As it is printed on that sheet of pack 1. */
static void serial_of(unsigned sheet, char serial[16])
{
    (void)snprintf(serial, 16, "00001-%03u-%02u", sheet % 1000u,
                   98 - (1000 + sheet % 1000u) % 97 * 100 % 97);
}

char ptn_drill_key(struct ptn_drill_lane *lane, unsigned sheet, unsigned passport)
{
    char name[16], line[64], serial[16], body[BODY_MAX];
    json_t *answer = NULL;
    char state = 0;

    surname_of(passport, name);
    document_line(passport, line);
    serial_of(sheet, serial);
    (void)snprintf(body, sizeof(body),
                   "{\"serial\":\"%s\",\"surname\":\"%s\",\"given\":\"QOXEBU\","
                   "\"line\":\"%s\",\"direction\":\"entry\",\"time\":\"2024-09-09T22:05\","
                   "\"outcome\":\"recorded\",\"officer\":\"AH\"}",
                   serial, name, line);
    if (ask(lane, "/v1/sheets", body, &answer) == 200)
        state = text_of(answer, "state")[0];
    json_decref(answer);
    return state;
}

bool ptn_drill_missing(struct ptn_drill_lane *lane, unsigned sheet)
{
    json_t *answer = NULL;
    char serial[16];
    bool named = false;

    serial_of(sheet, serial);
    if (ask(lane, "/v1/packs", NULL, &answer) == 200) {
        const json_t *pack = json_array_get(json_object_get(answer, "packs"), 0);
        const json_t *open = json_object_get(pack, "open");

        for (size_t i = 0; i < json_array_size(open); i++)
            named = named || (strcmp(text_of(json_array_get(open, i), "serial"), serial) == 0 &&
                              strcmp(text_of(json_array_get(open, i), "state"), "missing") == 0);
    }
    json_decref(answer);
    return named;
}

bool ptn_drill_tell(struct ptn_drill_lane *lane, unsigned sheet)
{
    char body[BODY_MAX];
    json_t *answer = NULL;
    long status;

    (void)snprintf(body, sizeof(body), "{\"pack\":1,\"first\":%u,\"count\":1,\"state\":\"unused\"}",
                   sheet);
    status = ask(lane, "/v1/sheets/told", body, &answer);
    json_decref(answer);
    return status == 200;
}

bool ptn_drill_account(struct ptn_drill_lane *lane, unsigned *ret_issued, unsigned *ret_open)
{
    json_t *answer = NULL;
    bool closed = false;

    *ret_issued = *ret_open = 0;
    if (ask(lane, "/v1/packs", NULL, &answer) == 200) {
        closed = json_is_true(json_object_get(answer, "accounted"));
        *ret_issued = (unsigned)json_integer_value(json_object_get(answer, "issued"));
        *ret_open = (unsigned)(json_integer_value(json_object_get(answer, "missing")) +
                               json_integer_value(json_object_get(answer, "keyed-once")) +
                               json_integer_value(json_object_get(answer, "differs")));
    }
    json_decref(answer);
    return closed;
}

/* ---- back ---- */

bool ptn_drill_lacks(struct ptn_drill_lane *lane, const char *word)
{
    json_t *answer = NULL;
    bool lacks = false;

    if (ask(lane, "/v1/gate", NULL, &answer) == 200) {
        const json_t *missing = json_object_get(answer, "missing");

        for (size_t i = 0; i < json_array_size(missing); i++)
            lacks = lacks || strcmp(text_of(json_array_get(missing, i), "word"), word) == 0;
    }
    json_decref(answer);
    return lacks;
}

char ptn_drill_stage(struct ptn_drill_lane *lane)
{
    json_t *answer = NULL;
    char stage = 0;

    if (ask(lane, "/v1/gate", NULL, &answer) == 200)
        stage = text_of(answer, "stage")[0];
    json_decref(answer);
    return stage;
}

bool ptn_drill_let_in(struct ptn_drill_lane *lane, const char *name, const char *direction)
{
    char body[BODY_MAX];
    json_t *answer = NULL;
    long status;

    (void)snprintf(body, sizeof(body), "{\"lane\":\"%s\",\"direction\":\"%s\"}", name, direction);
    status = ask(lane, "/v1/gate/lanes", body, &answer);
    json_decref(answer);
    return status == 200;
}

/* Has the post heard of the order? */
static bool has_order(struct ptn_drill_lane *lane, const char *order)
{
    json_t *answer = NULL;
    bool has = false;

    if (ask(lane, "/v1/orders", NULL, &answer) == 200) {
        const json_t *orders = json_object_get(answer, "orders");

        for (size_t i = 0; i < json_array_size(orders); i++)
            has = has || strcmp(text_of(json_array_get(orders, i), "order"), order) == 0;
    }
    json_decref(answer);
    return has;
}

bool ptn_drill_consent(const struct ptn_drill *drill, struct ptn_drill_lane *lane,
                       const char *order)
{
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);
    const struct timespec step = { 0, 50000000L };
    char body[BODY_MAX];
    json_t *answer = NULL;
    long status;

    while (!has_order(lane, order) && ptn_drill_seconds(drill, since_us) < CONSENT_SECONDS)
        (void)nanosleep(&step, NULL);
    (void)snprintf(body, sizeof(body), "{\"order\":\"%s\"}", order);
    status = ask(lane, "/v1/orders/consent", body, &answer);
    json_decref(answer);
    return status == 202;
}
