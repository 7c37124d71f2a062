#include <stdlib.h>

#include "node/country.h"
#include "record/notice.h"
#include "record/record.h"

#define MARKS       128u
#define MARK_MS     5000 /* between two marks of the own ledger's size */
#define ARENA_MAX   ((size_t)1 << 20)
#define LOOKS_MAX   256u /* entries looked at in one call, the newest first */
#define CENTRES_MAX 8u   /* the publishing one and its spares */
#define SCHEME_NONE 0x00 /* a payload that is not sealed (docs/format/payload.md) */

/* At this time the own ledger had this size. */
struct mark {
    uint64_t size;
    int64_t ms;
};

/* How many entries of that centre's ledger were looked at. */
struct heard {
    struct ptn_hash centre; /* SHA-256 of its name */
    uint64_t seen;
};

struct ptn_pulse {
    struct mark marks[MARKS]; /* a ring */
    size_t mark_count;        /* ever */
    struct heard heard[CENTRES_MAX];
    size_t heard_count;
    uint64_t size;    /* of the own ledger now */
    int64_t alive_ms; /* when a centre is known to have been alive */
    bool started;
};

struct ptn_pulse *ptn_pulse_new(void)
{
    return calloc(1, sizeof(struct ptn_pulse));
}

void ptn_pulse_free(struct ptn_pulse *pulse)
{
    free(pulse);
}

void ptn_pulse_own(struct ptn_pulse *pulse, uint64_t size, int64_t now_ms)
{
    const struct mark *last =
        pulse->mark_count == 0 ? NULL : &pulse->marks[(pulse->mark_count - 1) % MARKS];

    if (!pulse->started)
        pulse->alive_ms = now_ms;
    pulse->started = true;
    pulse->size = size;
    if (last == NULL || (size > last->size && now_ms - last->ms >= MARK_MS))
        pulse->marks[pulse->mark_count++ % MARKS] = (struct mark){ size, now_ms };
}

/* The latest time at which the own ledger is known to have had no more than that. */
static int64_t when_no_larger(const struct ptn_pulse *pulse, uint64_t echoed, int64_t now_ms)
{
    size_t kept = pulse->mark_count < MARKS ? pulse->mark_count : MARKS;

    if (echoed >= pulse->size)
        return now_ms;
    for (size_t i = 0; i < kept; i++) {
        const struct mark *at = &pulse->marks[(pulse->mark_count - 1 - i) % MARKS];

        if (at->size <= echoed)
            return at->ms;
    }
    return INT64_MIN; /* older than this post remembers */
}

/* What the record of that entry echoes of the own ledger. False: it is no heartbeat. */
static bool read_echo(struct ptn_copy *copy, uint64_t index, struct ptn_bytes origin,
                      uint64_t *ret_echoed)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX + 1 };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_view_digest_record record = { .time_ms = 0 };
    struct ptn_ledger_header header = { .kind = 0 };
    bool good = false;

    if (arena != NULL && ptn_ok(ptn_copy_read(copy, index, &header, NULL, NULL)) &&
        header.kind == PTN_RECORD_DIGEST && header.has_payload &&
        ptn_ok(ptn_copy_read(copy, index, &header, &payload, NULL)) && payload.len > 0 &&
        payload.at[0] == SCHEME_NONE)
        good = ptn_ok(ptn_view_digest_record_parse(
            ptn_bytes_slice(ptn_buffer_bytes(&payload), 1, payload.len), arena, &record, NULL));
    *ret_echoed = 0;
    for (size_t i = 0; good && i < record.head_count; i++)
        if (ptn_bytes_equal(record.heads[i].origin, origin))
            *ret_echoed = record.heads[i].size;
    ptn_buffer_release(&payload);
    ptn_arena_free(arena);
    return good;
}

/* NULL: more centres than there is room for. */
static struct heard *heard_of(struct ptn_pulse *pulse, struct ptn_bytes centre)
{
    struct ptn_hash name;

    if (!ptn_ok(ptn_sha256(&centre, 1, name.at)))
        return NULL;
    for (size_t i = 0; i < pulse->heard_count; i++)
        if (ptn_hash_equal(&pulse->heard[i].centre, &name))
            return &pulse->heard[i];
    if (pulse->heard_count == CENTRES_MAX)
        return NULL;
    pulse->heard[pulse->heard_count] = (struct heard){ name, 0 };
    return &pulse->heard[pulse->heard_count++];
}

/* The newest heartbeat that was not looked at yet counts: an older one says nothing
 * more: PULSE-1. */
void ptn_pulse_hear(struct ptn_pulse *pulse, struct ptn_copy *copy, uint64_t cosigned,
                    struct ptn_bytes origin, int64_t now_ms)
{
    struct heard *heard = heard_of(pulse, ptn_bytes_from_text(ptn_copy_origin(copy)));
    uint64_t least;

    if (heard == NULL || cosigned <= heard->seen)
        return;
    least = cosigned > heard->seen + LOOKS_MAX ? cosigned - LOOKS_MAX : heard->seen;
    for (uint64_t index = cosigned; index > least; index--) {
        int64_t alive_ms;
        uint64_t echoed = 0;

        if (!read_echo(copy, index - 1, origin, &echoed))
            continue;
        alive_ms = when_no_larger(pulse, echoed, now_ms);
        if (alive_ms > pulse->alive_ms)
            pulse->alive_ms = alive_ms;
        break;
    }
    heard->seen = cosigned;
}

static void look_at(struct ptn_pulse *pulse, struct ptn_follow *follow, struct ptn_bytes centre,
                    struct ptn_bytes origin, int64_t now_ms)
{
    struct ptn_follow_head head = { 0 };
    struct ptn_copy *copy = ptn_follow_copy(follow, centre);

    if (copy != NULL && ptn_ok(ptn_follow_head(follow, centre, &head)))
        ptn_pulse_hear(pulse, copy, head.cosigned, origin, now_ms);
}

void ptn_pulse_look(struct ptn_pulse *pulse, const struct ptn_country *country,
                    struct ptn_follow *follow, struct ptn_bytes origin, int64_t now_ms)
{
    const struct ptn_roster *roster = &country->roster;

    for (size_t i = 0; i < roster->spare_count; i++)
        if (ptn_bytes_equal(roster->spares[i].origin, roster->publishing))
            look_at(pulse, follow, roster->spares[i].ledger.name, origin, now_ms);
    look_at(pulse, follow, roster->publishing, origin, now_ms);
}

int64_t ptn_pulse_age_ms(const struct ptn_pulse *pulse, int64_t now_ms)
{
    return pulse->started ? now_ms - pulse->alive_ms : 0;
}
