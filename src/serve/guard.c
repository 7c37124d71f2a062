#include "serve/serve_int.h"

#include <strings.h>

#define THROTTLE_FREE   3u
#define THROTTLE_MAX_US (INT64_C(30) * 1000000)

/* True when text is name, then ":" and the port; for port 80 the port may be left out. */
static bool is_name_and_port(const char *text, const char *name, unsigned port)
{
    size_t len = strlen(name);
    char colon_port[8];

    if (len == 0 || strncasecmp(text, name, len) != 0)
        return false;
    (void)snprintf(colon_port, sizeof(colon_port), ":%u", port);
    return strcmp(text + len, colon_port) == 0 || (port == 80 && text[len] == '\0');
}

bool ptn_guard_tls(const struct ptn_guard *guard, const char *host)
{
    size_t len = strlen(guard->host);

    return host != NULL && len > 0 && strncasecmp(host, guard->host, len) == 0 &&
           (host[len] == '\0' || strcmp(host + len, ":443") == 0);
}

bool ptn_guard_host(const struct ptn_guard *guard, const char *host)
{
    char own[PTN_NODE_CODE_MAX + sizeof(".localhost")];

    if (host == NULL)
        return false;
    (void)snprintf(own, sizeof(own), "%s.localhost", guard->code);
    return ptn_guard_tls(guard, host) || is_name_and_port(host, own, guard->port) ||
           is_name_and_port(host, "localhost", guard->port) ||
           is_name_and_port(host, "127.0.0.1", guard->port) ||
           is_name_and_port(host, "[::1]", guard->port) ||
           is_name_and_port(host, guard->host, guard->port);
}

bool ptn_guard_origin(const struct ptn_guard *guard, const char *origin)
{
    static const char plain[] = "http://";
    static const char secure[] = "https://";

    if (origin == NULL)
        return true;
    if (strncmp(origin, secure, sizeof(secure) - 1) == 0)
        return ptn_guard_tls(guard, origin + sizeof(secure) - 1);
    return strncmp(origin, plain, sizeof(plain) - 1) == 0 &&
           !ptn_guard_tls(guard, origin + sizeof(plain) - 1) &&
           ptn_guard_host(guard, origin + sizeof(plain) - 1);
}

bool ptn_bucket_take(struct ptn_bucket *bucket, int64_t now_us, int64_t step_us, unsigned burst)
{
    int64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;

    if (full_us + step_us - now_us > step_us * (int64_t)burst)
        return false;
    bucket->full_us = full_us + step_us;
    return true;
}

/* Never 0. */
static uint64_t digest_of(struct ptn_bytes user)
{
    uint8_t digest[PTN_SHA256_LEN] = { 0 };
    uint64_t number;

    (void)ptn_ok(ptn_sha256(&user, 1, digest));
    memcpy(&number, digest, sizeof(number));
    return number | 1;
}

bool ptn_pacing_take(struct ptn_pacing *pacing, struct ptn_bytes user, int64_t now_us)
{
    uint64_t digest = digest_of(user);
    size_t at = 0;

    /* the user's own place, else that of whoever has the most saved up: a free one has all */
    for (size_t i = 0; i < PTN_PACING_USERS; i++) {
        if (pacing->users[i].user == digest) {
            at = i;
            break;
        }
        if (pacing->users[i].bucket.full_us < pacing->users[at].bucket.full_us)
            at = i;
    }
    if (pacing->users[at].user != digest) {
        pacing->users[at].user = digest;
        pacing->users[at].bucket = (struct ptn_bucket){ 0 };
    }
    return ptn_bucket_take(&pacing->users[at].bucket, now_us, (int64_t)PTN_PACING_STEP_S * 1000000,
                           PTN_PACING_BURST);
}

int64_t ptn_throttle_wait(const struct ptn_throttle *throttle, struct ptn_bytes user,
                          int64_t now_us)
{
    uint64_t digest = digest_of(user);

    for (size_t i = 0; i < PTN_THROTTLE_USERS; i++)
        if (throttle->users[i].user == digest && throttle->users[i].until_us > now_us)
            return throttle->users[i].until_us - now_us;
    return 0;
}

void ptn_throttle_note(struct ptn_throttle *throttle, struct ptn_bytes user, bool good,
                       int64_t now_us)
{
    uint64_t digest = digest_of(user);
    size_t at = 0;

    /* the user's own place, else a free one, else the one that has waited out longest */
    for (size_t i = 0; i < PTN_THROTTLE_USERS; i++) {
        if (throttle->users[i].user == digest) {
            at = i;
            break;
        }
        if (throttle->users[i].until_us < throttle->users[at].until_us)
            at = i;
    }
    if (throttle->users[at].user != digest) {
        if (good)
            return;
        throttle->users[at].user = digest;
        throttle->users[at].failures = 0;
    }
    throttle->users[at].failures = good ? 0 : throttle->users[at].failures + 1;
    throttle->users[at].until_us = now_us;
    if (throttle->users[at].failures >= THROTTLE_FREE) {
        unsigned doubled = throttle->users[at].failures - THROTTLE_FREE;
        int64_t wait_us = doubled > 5 ? THROTTLE_MAX_US : INT64_C(1000000) << doubled;

        throttle->users[at].until_us += wait_us < THROTTLE_MAX_US ? wait_us : THROTTLE_MAX_US;
    }
}
