#include "serve/courier_int.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "serve/serve_int.h"

#define URL_SIZE       4096u
#define CONNECT_MS     5000
#define PROBE_MS       1400 /* the same where the line may be dead: two SYNs, a second apart */
#define PROBES         8u   /* but one try of so many takes CONNECT_MS: for lines that are slow */
#define ALIVE_S        2L   /* nothing heard for so long: the peer is asked whether it is there */
#define ALIVE_AGAIN_S  1L
#define DEAD_MS        3000u /* no word of a peer that was asked or sent something: it is gone */
#define PIN_SIZE       64u
#define WAIT_MAX_MS    1000 /* the loop looks around at least this often */
#define CONNECTIONS    (2 * (long)PTN_COURIER_LINKS_MAX)
#define KEEP_S         120L /* a connection without a word for longer is not used again */
#define STATUS_GOOD    200u
#define STATUS_BAD     400u
#define STATUS_MISSING 404u
#define STATUS_STALE   409u
#define STATUS_WANTED  424u /* docs/format/keeper.md: send these payloads first */

struct link {
    struct ptn_courier_link plan;
    char address[PTN_COURIER_ADDRESS_MAX + 1];
    char pin[PIN_SIZE];
    CURL *easy;
    struct curl_slist *headers;
    struct ptn_exchange exchange;
    bool busy;        /* an exchange is under way */
    int64_t idle_us;  /* nothing to do until then, or until woken */
    int64_t pause_us; /* failed: nothing is asked before */
    int64_t began_us; /* the exchange under way */
    bool fresh;       /* it opened a connection */
    bool unreached;   /* the last one reached nobody */
    bool doubtful;    /* the last one found the line dead */
    unsigned reached; /* failures since the last good answer that did reach somebody */
    struct ptn_bucket rate;
    struct ptn_courier_standing standing; /* under the courier's lock */
};

/* The own certificate. The key lies in locked pages that no core dump holds. */
struct card {
    uint8_t *key;
    size_t key_len;
    struct ptn_buffer certificate;
};

struct ptn_courier {
    const struct ptn_world *world;
    struct card card;
    CURLM *multi;
    struct link *links[PTN_COURIER_LINKS_MAX];
    size_t link_count;
    pthread_mutex_t lock;
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    atomic_bool woken;
};

static const char *const trouble_words[] = { "fine",     "not-reached", "other-key",
                                             "too-late", "refused",     "broken" };

const char *ptn_courier_trouble_word(enum ptn_courier_trouble trouble)
{
    return trouble_words[trouble];
}

/* ---- pure ---- */

unsigned ptn_courier_pause_ms(unsigned failures, unsigned max_ms, uint32_t random)
{
    uint64_t whole = PTN_COURIER_PAUSE_MIN_MS;
    uint64_t most = max_ms == 0 ? PTN_COURIER_PAUSE_MAX_MS : max_ms;

    for (unsigned i = 1; i < failures && whole < most; i++)
        whole *= 2;
    if (whole > most)
        whole = most;
    return (unsigned)(whole - (whole / 2) * random / UINT32_MAX);
}

unsigned ptn_courier_probe_ms(unsigned failures, unsigned max_ms, unsigned tried_ms,
                              uint32_t random)
{
    unsigned whole = ptn_courier_pause_ms(failures, max_ms, 0);

    if (whole > PTN_COURIER_PROBE_MS)
        whole = PTN_COURIER_PROBE_MS;
    whole -= (unsigned)((uint64_t)(whole / 2) * random / UINT32_MAX);
    if (whole < tried_ms + PTN_COURIER_PROBE_MIN_MS)
        return PTN_COURIER_PROBE_MIN_MS;
    return whole - tried_ms;
}

bool ptn_courier_address_good(const char *address)
{
    const char *colon = strrchr(address, ':');
    const char *digit;
    size_t host_len;
    unsigned port = 0;
    bool bracketed = address[0] == '[';

    if (colon == NULL || colon == address || strlen(address) > PTN_COURIER_ADDRESS_MAX)
        return false;
    host_len = (size_t)(colon - address);
    for (digit = colon + 1; *digit >= '0' && *digit <= '9' && port <= UINT16_MAX; digit++)
        port = port * 10 + (unsigned)(*digit - '0');
    if (*digit != '\0' || port == 0 || port > UINT16_MAX)
        return false;
    if (bracketed && (host_len < 4 || colon[-1] != ']'))
        return false;
    if (bracketed)
        return strspn(address + 1, "0123456789abcdefABCDEF:.") == host_len - 2;
    return strspn(address, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
           host_len;
}

bool ptn_courier_refusal(unsigned status)
{
    if (status >= STATUS_GOOD && status < STATUS_BAD)
        return false;
    return status != STATUS_MISSING && status != STATUS_STALE && status != STATUS_WANTED;
}

/* ---- the own certificate ---- */

static void card_release(struct card *card)
{
    if (card->key != NULL) {
        explicit_bzero(card->key, PTN_TLS_PEM_LEN_MAX);
        (void)munlock(card->key, PTN_TLS_PEM_LEN_MAX);
        (void)munmap(card->key, PTN_TLS_PEM_LEN_MAX);
    }
    card->key = NULL;
    ptn_buffer_release(&card->certificate);
}

static struct ptn_status card_read(const struct ptn_world *world, const char *dir,
                                   struct card *ret_card, struct ptn_diag *reterr)
{
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct card card = { .certificate = { .len_max = PTN_TLS_PEM_LEN_MAX } };
    uint8_t *room;
    void *pages;
    struct ptn_status status = ptn_buffer_reserve(&key, PTN_TLS_PEM_LEN_MAX, &room);

    /* the room is there before the key comes: the buffer does not move and leaves no copy */
    if (ptn_ok(status))
        status = ptn_tls_read(world, dir, &key, &card.certificate);
    pages =
        mmap(NULL, PTN_TLS_PEM_LEN_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages != MAP_FAILED) {
        card.key = pages;
        (void)mlock(pages, PTN_TLS_PEM_LEN_MAX);
        (void)madvise(pages, PTN_TLS_PEM_LEN_MAX, MADV_DONTDUMP);
    } else if (ptn_ok(status)) {
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    if (ptn_ok(status)) {
        memcpy(card.key, key.at, key.len);
        card.key_len = key.len;
    }
    if (key.at != NULL)
        explicit_bzero(key.at, key.capacity);
    ptn_buffer_release(&key);
    if (!ptn_ok(status)) {
        card_release(&card);
        return ptn_fail(status.code, reterr, 0, "this folder's TLS key cannot be read");
    }
    *ret_card = card;
    return PTN_OK;
}

/* ---- one handle ---- */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t write_answer(char *at, size_t size, size_t count, void *context)
{
    struct ptn_exchange *exchange = context;
    size_t len = size * count;

    return ptn_ok(ptn_buffer_add(&exchange->answer, ptn_bytes_of(at, len))) ? len : 0;
}

/* "sha256//" and the digest in base64, as curl wants it. */
static bool write_pin(char pin[PIN_SIZE], const uint8_t tls[PTN_TLS_ID_LEN])
{
    struct ptn_buffer out = { .len_max = PIN_SIZE - 1 };
    bool good = ptn_ok(ptn_buffer_add_text(&out, "sha256//")) &&
                ptn_ok(ptn_buffer_add_base64(&out, ptn_bytes_of(tls, PTN_TLS_ID_LEN)));

    if (good) {
        memcpy(pin, out.at, out.len);
        pin[out.len] = '\0';
    }
    ptn_buffer_release(&out);
    return good;
}

/* COURIER-1. */
static bool set_tls(CURL *easy, const struct card *card, const char *pin)
{
    /* not copied: curl would leave its copies lying about in freed memory */
    struct curl_blob key = { card->key, card->key_len, CURL_BLOB_NOCOPY };
    struct curl_blob certificate = { card->certificate.at, card->certificate.len,
                                     CURL_BLOB_NOCOPY };

    return curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                            (long)CURL_SSLVERSION_TLSv1_3 | (long)CURL_SSLVERSION_MAX_TLSv1_3) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, pin) == CURLE_OK &&
           /* on purpose: certificates are self-signed, and the pin is all that counts */
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK;
}

/* A line that went dead without a word is noticed: what is sent must be acknowledged, and a peer
 * that holds a question must say now and then that it is there. Else an answer that was lost in a
 * cut would be waited for as long as the question may take. */
static int set_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
    bool *ret_fresh = context;
    unsigned dead_ms = DEAD_MS;

    (void)purpose;
    if (ret_fresh != NULL)
        *ret_fresh = true;
    (void)setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
    return CURL_SOCKOPT_OK;
}

/* COURIER-1: sent elsewhere by nobody, and through nobody. */
static bool set_common(CURL *easy, struct ptn_exchange *exchange, struct curl_slist *headers)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, ALIVE_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, ALIVE_AGAIN_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, KEEP_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK;
}

/* A body of octets, and no word about waiting for a go-ahead. */
static struct curl_slist *make_headers(void)
{
    static const char *const lines[] = { "Content-Type: application/octet-stream",
                                         "Expect:", "User-Agent: postern" };
    struct curl_slist *headers = NULL;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);

        if (longer == NULL) {
            curl_slist_free_all(headers);
            return NULL;
        }
        headers = longer;
    }
    return headers;
}

/* Point the handle at one exchange. */
static bool set_exchange(CURL *easy, const char *address, struct ptn_exchange *exchange,
                         int timeout_ms)
{
    char url[URL_SIZE];
    int len = snprintf(url, sizeof(url), "https://%s%s", address, exchange->path);
    bool get = strcmp(exchange->verb, "GET") == 0;

    PTN_PRE(exchange->path[0] == '/');
    if (len < 0 || (size_t)len >= sizeof(url) ||
        curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) != CURLE_OK)
        return false;
    if (get)
        return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->verb) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                            exchange->body.len == 0 ? "" : (const char *)exchange->body.at) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.len) ==
               CURLE_OK;
}

static enum ptn_courier_trouble trouble_of(CURLcode code)
{
    if (code == CURLE_OK)
        return PTN_COURIER_FINE;
    if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
        return PTN_COURIER_OTHER_KEY;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return PTN_COURIER_TOO_LATE;
    if (code == CURLE_WRITE_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
        code == CURLE_UNSUPPORTED_PROTOCOL)
        return PTN_COURIER_BROKEN;
    return PTN_COURIER_NOT_REACHED;
}

/* The answer's status, or 0 and no answer. */
static enum ptn_courier_trouble read_status(CURL *easy, CURLcode code,
                                            struct ptn_exchange *exchange)
{
    long status = 0;

    if (code == CURLE_OK && curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
        status >= 100 && status <= 599) {
        exchange->status = (unsigned)status;
        return PTN_COURIER_FINE;
    }
    exchange->status = 0;
    ptn_buffer_clear(&exchange->answer);
    return code == CURLE_OK ? PTN_COURIER_BROKEN : trouble_of(code);
}

/* ---- new, add, free ---- */

struct ptn_status ptn_courier_new(const struct ptn_world *world, const char *dir,
                                  struct ptn_courier **ret_courier, struct ptn_diag *reterr)
{
    struct ptn_courier *courier = calloc(1, sizeof(*courier));
    struct ptn_status status;

    if (courier == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a courier");
    (void)pthread_once(&library_once, library_init);
    (void)pthread_mutex_init(&courier->lock, NULL);
    courier->world = world;
    status = card_read(world, dir, &courier->card, reterr);
    if (ptn_ok(status)) {
        courier->multi = curl_multi_init();
        if (courier->multi == NULL ||
            curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS) != CURLM_OK ||
            curl_multi_setopt(courier->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) !=
                CURLM_OK)
            status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a courier");
    }
    if (!ptn_ok(status)) {
        ptn_courier_free(courier);
        return status;
    }
    *ret_courier = courier;
    return PTN_OK;
}

static void link_free(struct link *link)
{
    if (link == NULL)
        return;
    curl_easy_cleanup(link->easy);
    curl_slist_free_all(link->headers);
    ptn_buffer_release(&link->exchange.answer);
    free(link);
}

struct ptn_status ptn_courier_add(struct ptn_courier *courier, const struct ptn_courier_link *plan,
                                  size_t *ret_index, struct ptn_diag *reterr)
{
    struct link *link;

    PTN_PRE(!courier->started);
    if (!ptn_courier_address_good(plan->address))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an address is HOST:PORT");
    if (courier->link_count >= PTN_COURIER_LINKS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many links");
    link = calloc(1, sizeof(*link));
    if (link == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a link");
    link->plan = *plan;
    (void)snprintf(link->address, sizeof(link->address), "%s", plan->address);
    link->plan.address = link->address;
    ptn_buffer_init(&link->exchange.answer, PTN_COURIER_ANSWER_MAX);
    link->easy = curl_easy_init();
    link->headers = make_headers();
    if (link->easy == NULL || link->headers == NULL || !write_pin(link->pin, plan->tls) ||
        !set_tls(link->easy, &courier->card, link->pin) ||
        !set_common(link->easy, &link->exchange, link->headers) ||
        curl_easy_setopt(link->easy, CURLOPT_PRIVATE, link) != CURLE_OK ||
        curl_easy_setopt(link->easy, CURLOPT_SOCKOPTDATA, &link->fresh) != CURLE_OK ||
        curl_easy_setopt(link->easy, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)plan->bytes_per_s) !=
            CURLE_OK ||
        curl_easy_setopt(link->easy, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)plan->bytes_per_s) !=
            CURLE_OK) {
        link_free(link);
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a link");
    }
    if (ret_index != NULL)
        *ret_index = courier->link_count;
    courier->links[courier->link_count++] = link;
    return PTN_OK;
}

void ptn_courier_free(struct ptn_courier *courier)
{
    if (courier == NULL)
        return;
    atomic_store(&courier->stopping, true);
    if (courier->started) {
        (void)curl_multi_wakeup(courier->multi);
        (void)pthread_join(courier->thread, NULL);
    }
    for (size_t i = 0; i < courier->link_count; i++)
        link_free(courier->links[i]);
    if (courier->multi != NULL)
        (void)curl_multi_cleanup(courier->multi);
    card_release(&courier->card);
    (void)pthread_mutex_destroy(&courier->lock);
    free(courier);
}

/* ---- the thread ---- */

static int64_t now_us(const struct ptn_courier *courier)
{
    return courier->world->monotonic_us(courier->world->context);
}

/* True when an exchange ended before there was a connection to anybody. */
static bool reached_nobody(const struct link *link, CURLcode code)
{
    curl_off_t connected_us = 0;

    if (code == CURLE_OPERATION_TIMEDOUT)
        return link->fresh &&
               curl_easy_getinfo(link->easy, CURLINFO_CONNECT_TIME_T, &connected_us) == CURLE_OK &&
               connected_us == 0;
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
}

/* How long a link that failed is left alone. A try that reached somebody costs both a handshake,
 * so these pauses grow; one that reached nobody is made again soon. COURIER-2. */
static unsigned pause_ms(struct ptn_courier *courier, const struct link *link, unsigned failures)
{
    int64_t tried_ms = (now_us(courier) - link->began_us) / 1000;
    uint32_t random;

    courier->world->random(courier->world->context, (uint8_t *)&random, sizeof(random));
    if (link->unreached)
        return ptn_courier_probe_ms(failures, link->plan.pause_max_ms,
                                    tried_ms > CONNECT_MS ? CONNECT_MS : (unsigned)tried_ms,
                                    random);
    return ptn_courier_pause_ms(link->reached, link->plan.pause_max_ms, random);
}

/* Note how an exchange ended, and when the link may be asked again. */
static void note_end(struct ptn_courier *courier, struct link *link,
                     enum ptn_courier_trouble trouble)
{
    unsigned failures;

    (void)pthread_mutex_lock(&courier->lock);
    link->standing.trouble = trouble;
    link->standing.failures = trouble == PTN_COURIER_FINE ? 0 : link->standing.failures + 1;
    failures = link->standing.failures;
    if (trouble == PTN_COURIER_FINE) {
        link->standing.answered_us = now_us(courier);
        link->standing.exchanges++;
    }
    (void)pthread_mutex_unlock(&courier->lock);
    if (failures == 0)
        link->reached = 0;
    else if (!link->unreached)
        link->reached++;
    if (failures > 0)
        link->pause_us = now_us(courier) + (int64_t)pause_ms(courier, link, failures) * 1000;
}

/* Hand over what came of an exchange. */
static void finish(struct ptn_courier *courier, struct link *link, CURLcode code)
{
    enum ptn_courier_trouble trouble = read_status(link->easy, code, &link->exchange);

    link->unreached = reached_nobody(link, code);
    link->doubtful = code != CURLE_OK && (link->unreached || !link->fresh);
    (void)curl_multi_remove_handle(courier->multi, link->easy);
    link->busy = false;
    if (trouble == PTN_COURIER_FINE && ptn_courier_refusal(link->exchange.status))
        trouble = PTN_COURIER_REFUSED;
    note_end(courier, link, trouble);
    link->plan.take(link->plan.context, &link->exchange);
    ptn_buffer_clear(&link->exchange.answer);
}

/* Ask one link for what to carry. Returns when it wants to be asked again; 0: it carries. */
static int64_t ask(struct ptn_courier *courier, struct link *link, int64_t at_us)
{
    struct ptn_buffer *answer = &link->exchange.answer;
    int timeout_ms = -1;
    bool probe;
    int64_t due_us = link->pause_us > link->idle_us ? link->pause_us : link->idle_us;

    if (due_us > at_us)
        return due_us;
    if (!ptn_bucket_take(&link->rate, at_us, 1000000 / PTN_COURIER_PER_S, PTN_COURIER_BURST))
        return at_us + 1000000 / PTN_COURIER_PER_S;
    ptn_buffer_clear(answer);
    answer->len_max = PTN_COURIER_ANSWER_MAX;
    link->exchange = (struct ptn_exchange){ .answer = *answer };
    if (!link->plan.next(link->plan.context, &link->exchange, &timeout_ms)) {
        link->idle_us = at_us + (int64_t)(timeout_ms < 0 ? PTN_COURIER_IDLE_MS : timeout_ms) * 1000;
        return link->idle_us;
    }
    if (timeout_ms < 0)
        timeout_ms = PTN_COURIER_TIMEOUT_MS;
    link->idle_us = 0;
    link->busy = true;
    link->began_us = at_us;
    link->fresh = false;
    probe = link->doubtful && link->standing.failures % PROBES != 0;
    if (curl_easy_setopt(link->easy, CURLOPT_CONNECTTIMEOUT_MS,
                         (long)(probe ? PROBE_MS : CONNECT_MS)) != CURLE_OK ||
        !set_exchange(link->easy, link->address, &link->exchange, timeout_ms) ||
        curl_multi_add_handle(courier->multi, link->easy) != CURLM_OK)
        finish(courier, link, CURLE_FAILED_INIT);
    return link->busy ? 0 : at_us;
}

/* Ask every link that is free. Returns milliseconds until the first wants to be asked again. */
static int ask_all(struct ptn_courier *courier)
{
    bool woken = atomic_exchange(&courier->woken, false);
    int64_t at_us = now_us(courier);
    int64_t first_us = at_us + (int64_t)WAIT_MAX_MS * 1000;

    for (size_t i = 0; i < courier->link_count; i++) {
        struct link *link = courier->links[i];
        int64_t due_us;

        if (link->busy)
            continue;
        if (woken)
            link->idle_us = 0;
        due_us = ask(courier, link, at_us);
        if (due_us > 0 && due_us < first_us)
            first_us = due_us;
    }
    return (int)((first_us - at_us + 999) / 1000);
}

static bool finish_all(struct ptn_courier *courier)
{
    bool any = false;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(courier->multi, &left)) != NULL) {
        struct link *link = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&link) != CURLE_OK)
            continue;
        finish(courier, link, code);
        any = true;
    }
    return any;
}

static void *run(void *context)
{
    struct ptn_courier *courier = context;
    int running;

    while (!atomic_load(&courier->stopping)) {
        int wait_ms = ask_all(courier);

        (void)curl_multi_perform(courier->multi, &running);
        if (!finish_all(courier))
            (void)curl_multi_poll(courier->multi, NULL, 0, wait_ms, NULL);
    }
    for (size_t i = 0; i < courier->link_count; i++)
        if (courier->links[i]->busy)
            finish(courier, courier->links[i], CURLE_ABORTED_BY_CALLBACK);
    return NULL;
}

struct ptn_status ptn_courier_start(struct ptn_courier *courier)
{
    PTN_PRE(!courier->started);
    courier->started = pthread_create(&courier->thread, NULL, run, courier) == 0;
    return (struct ptn_status){ courier->started ? PTN_C_OK : PTN_C_NO_MEMORY };
}

void ptn_courier_wake(struct ptn_courier *courier)
{
    if (!atomic_exchange(&courier->woken, true))
        (void)curl_multi_wakeup(courier->multi);
}

struct ptn_courier_standing ptn_courier_look(struct ptn_courier *courier, size_t index)
{
    struct ptn_courier_standing standing;

    PTN_PRE(index < courier->link_count);
    (void)pthread_mutex_lock(&courier->lock);
    standing = courier->links[index]->standing;
    (void)pthread_mutex_unlock(&courier->lock);
    return standing;
}

/* ---- one exchange, waited for ---- */

struct ptn_status ptn_courier_carry(const struct ptn_world *world, const char *dir,
                                    const char *address, const uint8_t tls[PTN_TLS_ID_LEN],
                                    int timeout_ms, struct ptn_exchange *exchange,
                                    enum ptn_courier_trouble *ret_trouble, struct ptn_diag *reterr)
{
    struct card card = { 0 };
    char pin[PIN_SIZE];
    CURL *easy = NULL;
    struct curl_slist *headers = NULL;
    enum ptn_courier_trouble trouble;
    struct ptn_status status;

    if (!ptn_courier_address_good(address))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an address is HOST:PORT");
    (void)pthread_once(&library_once, library_init);
    status = card_read(world, dir, &card, reterr);
    if (!ptn_ok(status))
        return status;
    easy = curl_easy_init();
    headers = make_headers();
    if (easy == NULL || headers == NULL || !write_pin(pin, tls) || !set_tls(easy, &card, pin) ||
        !set_common(easy, exchange, headers) ||
        !set_exchange(easy, address, exchange, timeout_ms)) {
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a courier");
    } else {
        trouble = read_status(easy, curl_easy_perform(easy), exchange);
        if (trouble != PTN_COURIER_FINE) {
            status = ptn_fail(PTN_C_IO, reterr, 0,
                              trouble == PTN_COURIER_OTHER_KEY
                                  ? "whoever answers there shows another key than the roster's"
                                  : "no answer came");
            if (ret_trouble != NULL)
                *ret_trouble = trouble;
        }
    }
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    card_release(&card);
    return status;
}
