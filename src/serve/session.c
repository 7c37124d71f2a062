#include "serve/serve_int.h"

/* Fresh random hex. */
static void token_make(const struct ptn_world *world, char ret_token[PTN_SERVE_TOKEN_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[PTN_SERVE_TOKEN_LEN];

    world->random(world->context, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        ret_token[2 * i] = digits[bytes[i] >> 4];
        ret_token[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_token[PTN_SERVE_TOKEN_SIZE - 1] = '\0';
}

static bool fresh(const struct ptn_serve_session *session, int64_t now_us)
{
    return session->used && now_us - session->last_us < (int64_t)PTN_SERVE_SESSION_S * 1000000 &&
           now_us - session->begun_us < PTN_SERVE_SESSION_US;
}

/* Equal texts of full length, in a time that does not depend on where they differ. */
static bool token_equal(const char *a, const char *b)
{
    unsigned differ = 0;

    if (strlen(b) != PTN_SERVE_TOKEN_SIZE - 1)
        return false;
    for (size_t i = 0; i < PTN_SERVE_TOKEN_SIZE - 1; i++)
        differ |= (unsigned)((unsigned char)a[i] ^ (unsigned char)b[i]);
    return differ == 0;
}

void ptn_session_begin(struct ptn_sessions *sessions, const struct ptn_world *world,
                       const struct ptn_officer *officer, const char *lane, bool albanian,
                       struct ptn_serve_session *ret_session)
{
    int64_t now_us = world->monotonic_us(world->context);
    struct ptn_serve_session session = {
        .used = true,
        .officer = *officer,
        .albanian = albanian,
        .begun_us = now_us,
        .last_us = now_us,
    };
    size_t place = 0;

    token_make(world, session.token);
    token_make(world, session.csrf);
    (void)snprintf(session.lane, sizeof(session.lane), "%s", lane);
    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++) {
        if (!fresh(&sessions->table[i], now_us)) {
            place = i;
            break;
        }
        if (sessions->table[i].last_us < sessions->table[place].last_us)
            place = i;
    }
    session.serial = ++sessions->serials;
    sessions->table[place] = session;
    (void)pthread_mutex_unlock(&sessions->lock);
    *ret_session = session;
}

bool ptn_session_find(struct ptn_sessions *sessions, const char *token, int64_t now_us,
                      struct ptn_serve_session *ret_session, bool *ret_too_fast)
{
    bool found = false;

    if (token == NULL)
        return false;
    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++) {
        struct ptn_serve_session *session = &sessions->table[i];

        if (!fresh(session, now_us) || !token_equal(session->token, token))
            continue;
        session->last_us = now_us;
        *ret_too_fast = !ptn_bucket_take(&session->rate, now_us, 2500, 800);
        *ret_session = *session;
        found = true;
        break;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return found;
}

void ptn_session_say_why(struct ptn_sessions *sessions, struct ptn_serve_session *session,
                         enum ptn_purpose purpose, struct ptn_bytes reason)
{
    PTN_PRE(reason.len <= PTN_REQUEST_REASON_MAX);
    session->purpose = purpose;
    memcpy(session->reason, reason.at, reason.len);
    session->reason[reason.len] = '\0';
    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++) {
        struct ptn_serve_session *at = &sessions->table[i];

        if (!at->used || at->serial != session->serial)
            continue;
        at->purpose = purpose;
        memcpy(at->reason, session->reason, sizeof(at->reason));
    }
    (void)pthread_mutex_unlock(&sessions->lock);
}

void ptn_session_end(struct ptn_sessions *sessions, uint64_t serial)
{
    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++)
        if (sessions->table[i].used && sessions->table[i].serial == serial)
            sessions->table[i] = (struct ptn_serve_session){ 0 };
    (void)pthread_mutex_unlock(&sessions->lock);
}

bool ptn_session_lives(struct ptn_sessions *sessions, uint64_t serial, int64_t now_us)
{
    bool lives = false;

    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++)
        lives =
            lives || (sessions->table[i].serial == serial && fresh(&sessions->table[i], now_us));
    (void)pthread_mutex_unlock(&sessions->lock);
    return lives;
}

bool ptn_session_take_expired(struct ptn_sessions *sessions, int64_t now_us,
                              struct ptn_serve_session *ret_session)
{
    bool found = false;

    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS && !found; i++) {
        found = sessions->table[i].used && !fresh(&sessions->table[i], now_us);
        if (found) {
            *ret_session = sessions->table[i];
            sessions->table[i] = (struct ptn_serve_session){ 0 };
        }
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return found;
}

bool ptn_session_next(struct ptn_sessions *sessions, uint64_t *after,
                      struct ptn_serve_session *ret_session)
{
    const struct ptn_serve_session *next = NULL;

    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++) {
        const struct ptn_serve_session *at = &sessions->table[i];

        if (at->used && at->serial > *after && (next == NULL || at->serial < next->serial))
            next = at;
    }
    if (next != NULL) {
        *ret_session = *next;
        *after = next->serial;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return next != NULL;
}

size_t ptn_session_count(struct ptn_sessions *sessions, int64_t now_us)
{
    size_t count = 0;

    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++)
        count += fresh(&sessions->table[i], now_us) ? 1 : 0;
    (void)pthread_mutex_unlock(&sessions->lock);
    return count;
}
