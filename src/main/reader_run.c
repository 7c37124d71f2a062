/*
 * main/reader_run.c -- `postern reader run`: the program on a lane's computer that reads chips for
 * its page. It asks the post what to read, reads it at a PC/SC reader, and says what came of it;
 * docs/format/reader.md. Of a document it keeps nothing.
 */
#include <curl/curl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "main/chip_int.h"
#include "main/commands.h"
#include "main/reader_int.h"
#include "node/readers.h"

#define URL_SIZE       512u
#define HEADER_SIZE    128u
#define ANSWER_MAX     4096u
#define BODY_MAX       16384u /* what a post takes */
#define FILES_MAX      8192u  /* of it, before they are written as text */
#define TOKEN_FILE_MAX 256u
#define WAIT_S         25
#define TIMEOUT_S      40L
#define CONNECT_S      5L
#define LAID_MS        10000u /* a document is on its way from the page's reader to the chip's */
#define PAUSE_MAX_S    8u
#define REFUSALS       3u

struct running {
    const char *post, *token_file, *reader, *authorities;
    bool clear; /* the post is on this machine */
    char authorization[HEADER_SIZE];
    CURL *curl;
    struct ptn_buffer answer, body;
    const char *said; /* what was said last: a literal */
};

struct work {
    char id[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_chip_key key;
};

/* Each state once, until another comes. */
static void say(struct running *running, const char *what)
{
    if (running->said == what)
        return;
    running->said = what;
    (void)fprintf(stderr, "postern: reader: %s\n", what);
}

/* ---- the post ---- */

static size_t take(char *at, size_t size, size_t count, void *context)
{
    struct ptn_buffer *answer = context;

    return ptn_ok(ptn_buffer_add(answer, ptn_bytes_of(at, size * count))) ? size * count : 0;
}

/* The HTTP status; 0: nobody answered. body NULL: a GET. */
static long ask(struct running *running, const char *path, const struct ptn_buffer *body)
{
    struct curl_slist *headers = curl_slist_append(NULL, running->authorization);
    char url[URL_SIZE];
    long status = 0;

    headers = curl_slist_append(headers, "Content-Type: application/json");
    (void)snprintf(url, sizeof(url), "%s%s", running->post, path);
    ptn_buffer_clear(&running->answer);
    (void)curl_easy_setopt(running->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(running->curl, CURLOPT_HTTPHEADER, headers);
    if (body != NULL) {
        (void)curl_easy_setopt(running->curl, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(running->curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
        (void)curl_easy_setopt(running->curl, CURLOPT_POSTFIELDS, (const char *)body->at);
    } else {
        (void)curl_easy_setopt(running->curl, CURLOPT_HTTPGET, 1L);
    }
    if (curl_easy_perform(running->curl) == CURLE_OK)
        (void)curl_easy_getinfo(running->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return status;
}

static bool read_work(const struct running *running, struct work *ret_work)
{
    json_t *root = json_loadb((const char *)running->answer.at, running->answer.len, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "id"));
    const char *key = json_string_value(json_object_get(root, "key"));
    bool good = id != NULL && key != NULL && strlen(id) < PTN_RECORD_ID_TEXT_SIZE &&
                ptn_chip_key_parse(ptn_bytes_from_text(key), &ret_work->key);

    if (good)
        (void)snprintf(ret_work->id, sizeof(ret_work->id), "%s", id);
    json_decref(root);
    return good;
}

/* ---- a document ---- */

/* The word of what came of it (docs/format/reader.md). */
static const char *read_chip(struct running *running, const struct ptn_chip_key *key,
                             struct ptn_chip_taken *ret_taken)
{
    struct ptn_pcsc *pcsc = NULL;
    struct ptn_card card;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_pcsc_open(&pcsc, &diag);
    const char *word = "failed";

    if (ptn_ok(status)) {
        status = ptn_pcsc_take(pcsc, running->reader, LAID_MS, &card, &diag);
        if (status.code == PTN_C_BUSY)
            word = "no-chip";
    }
    if (ptn_ok(status)) {
        status = ptn_chip_take_files(&card, key, 1, ret_taken, &diag);
        word = ptn_ok(status)                   ? "read"
               : status.code == PTN_C_NOT_FOUND ? "no-chip"
               : status.code == PTN_C_BAD_INPUT ? "refused"
                                                : "failed";
    }
    ptn_pcsc_close(pcsc);
    say(running, ptn_ok(status) ? "a chip was read" : diag.text);
    return word;
}

static void add_file(struct ptn_json *json, const char *key, const struct ptn_buffer *file)
{
    struct ptn_buffer text = { .len_max = BODY_MAX };

    if (ptn_ok(ptn_buffer_add_base64(&text, ptn_buffer_bytes(file))))
        ptn_json_field_text(json, key, ptn_buffer_bytes(&text));
    ptn_buffer_release(&text);
}

/* taken NULL: nothing was read. False: no memory. */
static bool write_result(struct running *running, const struct work *work, const char *word,
                         const struct ptn_chip_taken *taken)
{
    struct ptn_json json = { .out = &running->body };

    ptn_buffer_clear(&running->body);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(work->id));
    ptn_json_field_text(&json, "state", ptn_bytes_from_text(word));
    if (taken != NULL) {
        add_file(&json, "sod", &taken->sod);
        add_file(&json, "dg1", &taken->groups[0]);
        ptn_json_field_text(&json, "proof", ptn_bytes_from_text(ptn_chip_proof_word(taken->proof)));
    }
    ptn_json_object_end(&json);
    return ptn_ok(ptn_json_end(&json));
}

static void do_work(struct running *running, const struct work *work)
{
    struct ptn_chip_taken taken = { .access = PTN_CHIP_ACCESS_OPEN };
    const char *word = read_chip(running, &work->key, &taken);
    bool good = strcmp(word, "read") == 0;

    if (good && (taken.groups[0].len == 0 || taken.sod.len + taken.groups[0].len > FILES_MAX)) {
        say(running, "the chip has no lines, or its security object is too long for the post");
        word = "failed";
        good = false;
    }
    if (write_result(running, work, word, good ? &taken : NULL))
        (void)ask(running, "/v1/reader/chips", &running->body); /* 409: it is wanted no more */
    ptn_chip_taken_release(&taken);
}

/* ---- for as long as it is wanted ---- */

static void pause_for(unsigned seconds)
{
    const struct timespec time = { .tv_sec = seconds };

    (void)nanosleep(&time, NULL);
}

/* Until the post refuses. */
static int serve(struct running *running)
{
    unsigned pause_s = 1, refused = 0;
    char path[HEADER_SIZE];

    (void)snprintf(path, sizeof(path), "/v1/reader/work?wait=%d", WAIT_S);
    for (;;) {
        struct work work;
        long status = ask(running, path, NULL);

        refused = status == 401 ? refused + 1 : 0;
        if (refused == REFUSALS) { /* a post looks at its file of readers every second */
            say(running, "the post does not know this reader: postern reader add");
            return PTN_EXIT_NEGATIVE;
        }
        if (status == 200 && read_work(running, &work)) {
            do_work(running, &work);
        } else if (status == 204) {
            say(running, "ready");
        } else {
            say(running, status == 0     ? "the post does not answer: tried again"
                         : status == 401 ? "the post does not know this reader yet: tried again"
                                         : "the post does not answer as it should: tried again");
            pause_for(pause_s);
            pause_s = pause_s * 2 > PAUSE_MAX_S ? PAUSE_MAX_S : pause_s * 2;
            continue;
        }
        pause_s = 1;
    }
}

static bool read_token(struct running *running)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = TOKEN_FILE_MAX };
    struct ptn_status status = world->files->read(world->context, running->token_file, &file);
    struct ptn_bytes token = ptn_bytes_trim(ptn_buffer_bytes(&file));
    bool good = ptn_ok(status) && token.len == PTN_READER_TOKEN_LEN;

    if (!ptn_ok(status))
        ptn_say_failure(running->token_file, status, NULL);
    else if (!good)
        (void)fprintf(stderr, "postern: %s: no reader's token\n", running->token_file);
    if (good)
        (void)snprintf(running->authorization, sizeof(running->authorization),
                       "Authorization: Bearer %.*s", (int)token.len, (const char *)token.at);
    ptn_buffer_release(&file);
    return good;
}

/* A text of the URL's, freed by curl_free; NULL: it has none. */
static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_here(const char *host)
{
    static const char suffix[] = ".localhost";
    size_t len = strlen(host), suffix_len = sizeof(suffix) - 1;

    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
           strcmp(host, "[::1]") == 0 ||
           (len > suffix_len && strcmp(host + len - suffix_len, suffix) == 0);
}

/* https://NAME[:PORT], or in the clear to this machine itself. */
static bool is_post(const char *text, bool *ret_clear)
{
    CURLU *url = curl_url();
    bool good = url != NULL && strlen(text) < URL_SIZE - HEADER_SIZE &&
                curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK;
    char *scheme = good ? part_of(url, CURLUPART_SCHEME) : NULL;
    char *host = good ? part_of(url, CURLUPART_HOST) : NULL;
    char *path = good ? part_of(url, CURLUPART_PATH) : NULL;

    *ret_clear = scheme != NULL && strcmp(scheme, "http") == 0;
    good = scheme != NULL && host != NULL && text[strlen(text) - 1] != '/' &&
           (path == NULL || strcmp(path, "/") == 0) &&
           (*ret_clear ? is_here(host) : strcmp(scheme, "https") == 0);
    curl_free(scheme);
    curl_free(host);
    curl_free(path);
    curl_url_cleanup(url);
    return good;
}

static bool set_up(struct running *running)
{
    ptn_buffer_init(&running->answer, ANSWER_MAX);
    ptn_buffer_init(&running->body, BODY_MAX);
    running->curl = curl_easy_init();
    return running->curl != NULL &&
           curl_easy_setopt(running->curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(running->curl, CURLOPT_WRITEDATA, &running->answer) == CURLE_OK &&
           curl_easy_setopt(running->curl, CURLOPT_PROTOCOLS_STR,
                            running->clear ? "http" : "https") == CURLE_OK &&
           curl_easy_setopt(running->curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(running->curl, CURLOPT_TIMEOUT, TIMEOUT_S) == CURLE_OK &&
           curl_easy_setopt(running->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S) == CURLE_OK &&
           curl_easy_setopt(running->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           (running->authorities == NULL ||
            curl_easy_setopt(running->curl, CURLOPT_CAINFO, running->authorities) == CURLE_OK);
}

static bool read_options(int argc, char **argv, struct running *running)
{
    static const struct option options[] = { { "post", required_argument, NULL, 'p' },
                                             { "token", required_argument, NULL, 't' },
                                             { "reader", required_argument, NULL, 'r' },
                                             { "authorities", required_argument, NULL, 'a' },
                                             { NULL, 0, NULL, 0 } };
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter == 'p')
            running->post = optarg;
        else if (letter == 't')
            running->token_file = optarg;
        else if (letter == 'r')
            running->reader = optarg;
        else if (letter == 'a')
            running->authorities = optarg;
        else
            return false;
    }
    return optind == argc && running->token_file != NULL && running->post != NULL &&
           is_post(running->post, &running->clear);
}

int ptn_reader_run(int argc, char **argv)
{
    struct running running = { .post = NULL };
    int code = PTN_EXIT_ENVIRONMENT;

    if (!read_options(argc, argv, &running))
        return PTN_EXIT_USAGE;
    if (!read_token(&running))
        return PTN_EXIT_BAD_INPUT;
    if (set_up(&running))
        code = serve(&running);
    curl_easy_cleanup(running.curl);
    ptn_buffer_release(&running.answer);
    ptn_buffer_release(&running.body);
    explicit_bzero(running.authorization, sizeof(running.authorization));
    return code;
}
