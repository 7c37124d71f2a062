/* serve/desk_staff.c -- who of a centre's staff an order revoked: they sign in no more, and are
 * signed in no more. */
#include "record/access.h"
#include "serve/desk_int.h"

/* The session's end, as the owner of the ledger writes it: whoever asked for it waits for nothing.
 */
static void note_end(struct ptn_desk *desk, const struct ptn_serve_session *session,
                     ptn_desk_append_fn append, void *context)
{
    const struct ptn_bytes token = ptn_bytes_from_text(session->token);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_session ended = {
        .time_ms = ptn_desk_now_ms(desk),
        .event = PTN_SESSION_ENDED,
        .user = ptn_bytes_from_text(session->officer.user),
        .role = ptn_bytes_from_text(ptn_staff_role_word(session->officer.role)),
        .post = ptn_bytes_from_text(desk->plan.centre->code),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_SESSION,
                                        .retention = PTN_RETENTION_AUDIT };

    if (ptn_ok(ptn_sha256(&token, 1, digest))) {
        memcpy(ended.id.at, digest, sizeof(ended.id.at));
        if (ptn_ok(ptn_session_write(&ended, &payload))) {
            record.payload = ptn_buffer_bytes(&payload);
            (void)ptn_ok(append(context, &record, 1)); /* a disk that is full keeps nobody in */
        }
    }
    ptn_buffer_release(&payload);
}

bool ptn_desk_is_revoked(struct ptn_desk *desk, const char *user)
{
    bool revoked = false;

    (void)pthread_mutex_lock(&desk->staff_lock);
    for (size_t i = 0; i < desk->staff_count; i++)
        revoked =
            revoked || (desk->staff[i].revoked && strcmp(desk->staff[i].officer.user, user) == 0);
    (void)pthread_mutex_unlock(&desk->staff_lock);
    return revoked;
}

void ptn_desk_revoke(struct ptn_desk *desk, ptn_desk_revoked_fn is_revoked, const void *orders,
                     ptn_desk_append_fn append, void *context)
{
    struct ptn_serve_session session;
    uint64_t after = 0;

    for (size_t i = 0; i < desk->staff_count; i++) {
        const bool revoked = is_revoked(orders, ptn_bytes_from_text(desk->staff[i].officer.user));

        (void)pthread_mutex_lock(&desk->staff_lock);
        desk->staff[i].revoked = revoked;
        (void)pthread_mutex_unlock(&desk->staff_lock);
    }
    while (ptn_session_next(&desk->sessions, &after, &session)) {
        if (!ptn_desk_is_revoked(desk, session.officer.user))
            continue;
        ptn_session_end(&desk->sessions, session.serial);
        note_end(desk, &session, append, context);
    }
    explicit_bzero(&session, sizeof(session));
}
