/*
 * Server-sent events. One ring of the last events; each stream reads along at its own pace and
 * sleeps, suspended, when it has read all. A stream that falls a whole ring behind is ended: its
 * browser comes back and asks anew.
 */
#include "serve/serve_int.h"

struct ptn_stream {
    struct ptn_serve *serve;
    struct MHD_Connection *connection;
    uint64_t serial; /* of its session */
    char lane[PTN_LANE_NAME_MAX + 1];
    uint64_t next;   /* the event to send next */
    uint16_t offset; /* bytes of it already sent */
    bool asleep;
    struct ptn_stream *newer;
};

/* Under the lock. */
static void wake(struct ptn_stream *stream)
{
    if (!stream->asleep)
        return;
    stream->asleep = false;
    MHD_resume_connection(stream->connection);
}

static void wake_all(struct ptn_events *events)
{
    for (struct ptn_stream *stream = events->streams; stream != NULL; stream = stream->newer)
        wake(stream);
}

void ptn_events_publish(struct ptn_events *events, const char *lane, const char *name,
                        struct ptn_bytes data)
{
    struct ptn_event *event;
    int len;

    (void)pthread_mutex_lock(&events->lock);
    event = &events->ring[events->count % PTN_EVENT_RING];
    (void)snprintf(event->lane, sizeof(event->lane), "%s", lane);
    len = name == NULL ? snprintf(event->text, sizeof(event->text), ":\n\n")
                       : snprintf(event->text, sizeof(event->text), "event: %s\ndata: %.*s\n\n",
                                  name, (int)data.len, (const char *)data.at);
    if (len > 0 && (size_t)len < sizeof(event->text)) { /* one that does not fit is not sent */
        event->len = (uint16_t)len;
        events->count++;
        wake_all(events);
    }
    (void)pthread_mutex_unlock(&events->lock);
}

void ptn_events_ping(struct ptn_serve *serve)
{
    /* wakes all: each looks whether its session still lives */
    ptn_events_publish(&serve->events, "", NULL, PTN_BYTES_NONE);
}

void ptn_events_close(struct ptn_events *events)
{
    (void)pthread_mutex_lock(&events->lock);
    events->closing = true;
    wake_all(events);
    (void)pthread_mutex_unlock(&events->lock);
}

/* Copy what this stream may see and has not seen; 0 when that is nothing. Under the lock. */
static size_t take(struct ptn_events *events, struct ptn_stream *stream, char *at, size_t max)
{
    size_t filled = 0;

    while (filled < max && stream->next < events->count) {
        const struct ptn_event *event = &events->ring[stream->next % PTN_EVENT_RING];
        size_t len = (size_t)(event->len - stream->offset);

        if (event->lane[0] != '\0' && strcmp(event->lane, stream->lane) != 0) {
            stream->next++;
            continue;
        }
        if (len > max - filled)
            len = max - filled;
        memcpy(at + filled, event->text + stream->offset, len);
        filled += len;
        stream->offset = (uint16_t)(stream->offset + len);
        if (stream->offset == event->len) {
            stream->next++;
            stream->offset = 0;
        }
    }
    return filled;
}

static ssize_t read_stream(void *context, uint64_t position, char *at, size_t max)
{
    struct ptn_stream *stream = context;
    struct ptn_events *events = &stream->serve->events;
    bool lives =
        ptn_session_lives(&stream->serve->sessions, stream->serial, ptn_serve_now(stream->serve));
    ssize_t taken = MHD_CONTENT_READER_END_OF_STREAM;

    (void)position;
    (void)pthread_mutex_lock(&events->lock);
    if (lives && !events->closing && events->count - stream->next <= PTN_EVENT_RING) {
        taken = (ssize_t)take(events, stream, at, max);
        if (taken == 0) {
            stream->asleep = true;
            MHD_suspend_connection(stream->connection);
        }
    }
    (void)pthread_mutex_unlock(&events->lock);
    return taken;
}

static void free_stream(void *context)
{
    struct ptn_stream *stream = context;
    struct ptn_events *events = &stream->serve->events;
    struct ptn_stream **at = &events->streams;

    (void)pthread_mutex_lock(&events->lock);
    while (*at != NULL && *at != stream)
        at = &(*at)->newer;
    if (*at == stream)
        *at = stream->newer;
    events->stream_count--;
    (void)pthread_mutex_unlock(&events->lock);
    free(stream);
}

struct MHD_Response *ptn_events_response(struct ptn_serve *serve, struct MHD_Connection *connection,
                                         const struct ptn_serve_session *session)
{
    struct ptn_events *events = &serve->events;
    struct ptn_stream *stream = calloc(1, sizeof(*stream));
    struct MHD_Response *response;
    bool room;

    if (stream == NULL)
        return NULL;
    stream->serve = serve;
    stream->connection = connection;
    stream->serial = session->serial;
    (void)snprintf(stream->lane, sizeof(stream->lane), "%s", session->lane);
    (void)pthread_mutex_lock(&events->lock);
    room = events->stream_count < PTN_SERVE_STREAMS && !events->closing;
    if (room) {
        stream->next = events->count;
        stream->newer = events->streams;
        events->streams = stream;
        events->stream_count++;
    }
    (void)pthread_mutex_unlock(&events->lock);
    if (!room) {
        free(stream);
        return NULL;
    }
    response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, free_stream);
    if (response == NULL)
        free_stream(stream);
    return response;
}
