#include "serve/serve_int.h"

/* The place of a key, or NULL; *ret_room is where a new one goes (NULL: all are running). Under the
 * lock. */
static struct ptn_replay *find(struct ptn_replays *replays, const uint8_t key[PTN_SHA256_LEN],
                               struct ptn_replay **ret_room)
{
    struct ptn_replay *room = NULL;

    for (size_t i = 0; i < PTN_SERVE_REPLAYS; i++) {
        struct ptn_replay *replay = &replays->table[i];

        if (replay->state != PTN_REPLAY_FREE && memcmp(replay->key, key, PTN_SHA256_LEN) == 0)
            return replay;
        if (replay->state != PTN_REPLAY_RUNNING &&
            (room == NULL || replay->state == PTN_REPLAY_FREE || replay->age < room->age) &&
            (room == NULL || room->state != PTN_REPLAY_FREE))
            room = replay;
    }
    *ret_room = room;
    return NULL;
}

static void free_place(struct ptn_replay *replay)
{
    free(replay->answer);
    *replay = (struct ptn_replay){ .state = PTN_REPLAY_FREE };
}

enum ptn_replay_verdict ptn_replay_begin(struct ptn_replays *replays, struct ptn_call *call)
{
    const struct ptn_bytes parts[] = {
        ptn_bytes_from_text(call->session.officer.user),
        PTN_BYTES_LITERAL("\n"),
        ptn_bytes_from_text(call->session.lane),
        PTN_BYTES_LITERAL("\n"),
        ptn_bytes_from_text(call->path == NULL ? call->route->path : call->path),
        PTN_BYTES_LITERAL("\n"),
        call->key,
    };
    struct ptn_bytes body = ptn_buffer_bytes(&call->body);
    uint8_t digest[PTN_SHA256_LEN];
    enum ptn_replay_verdict verdict = PTN_REPLAY_BUSY;
    struct ptn_replay *room = NULL;
    struct ptn_replay *replay;

    if (!ptn_ok(ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), call->key_digest)) ||
        !ptn_ok(ptn_sha256(&body, 1, digest)))
        return PTN_REPLAY_BUSY;
    (void)pthread_mutex_lock(&replays->lock);
    replay = find(replays, call->key_digest, &room);
    if (replay != NULL && memcmp(replay->body, digest, sizeof(digest)) != 0) {
        verdict = PTN_REPLAY_MISMATCH;
    } else if (replay != NULL && replay->state == PTN_REPLAY_DONE) {
        call->status = replay->status;
        if (ptn_ok(ptn_buffer_add(&call->out, ptn_bytes_of(replay->answer, replay->answer_len))))
            verdict = PTN_REPLAY_AGAIN;
    } else if (replay == NULL && room != NULL) {
        free_place(room);
        room->state = PTN_REPLAY_RUNNING;
        memcpy(room->key, call->key_digest, sizeof(room->key));
        memcpy(room->body, digest, sizeof(room->body));
        call->keyed = true;
        verdict = PTN_REPLAY_NEW;
    }
    (void)pthread_mutex_unlock(&replays->lock);
    return verdict;
}

void ptn_replay_end(struct ptn_replays *replays, const struct ptn_call *call)
{
    struct ptn_replay *room = NULL;
    struct ptn_replay *replay;

    (void)pthread_mutex_lock(&replays->lock);
    replay = find(replays, call->key_digest, &room);
    if (replay != NULL) {
        replay->answer = call->status == MHD_HTTP_OK ? malloc(call->out.len + 1) : NULL;
        if (replay->answer == NULL) {
            free_place(replay);
        } else {
            memcpy(replay->answer, call->out.at, call->out.len);
            replay->answer_len = call->out.len;
            replay->status = call->status;
            replay->age = ++replays->ages;
            replay->state = PTN_REPLAY_DONE;
        }
    }
    (void)pthread_mutex_unlock(&replays->lock);
}

void ptn_replays_release(struct ptn_replays *replays)
{
    for (size_t i = 0; i < PTN_SERVE_REPLAYS; i++)
        free_place(&replays->table[i]);
}
