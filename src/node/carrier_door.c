/*
 * node/carrier_door.c -- what carriers ask at a gateway's door, and what they are answered
 * (docs/format/carriers.md).
 *
 * Who asks is known by their key before anything of theirs is read. Whether they ask too often is
 * counted here, by carrier and not by key, so that a second key is no second allowance.
 */
#include "node/inbox_int.h"

#define PATH        "/v1/messages"
#define CHANGES     "/v1/changes"
#define MINUTE_US   INT64_C(60000000)
#define MIB         ((uint64_t)1 << 20)
#define STATUS_LEN  4u /* "200" and a line feed, before an answer that is kept */
#define NAME_SIZE   (2u * PTN_SHA256_LEN + 1u)
#define NO_CONTENT  204u
#define BAD_REQUEST 400u
#define NOT_FOUND   404u
#define TOO_LARGE   413u
#define UNUSABLE    422u
#define TOO_OFTEN   429u
#define UNAVAILABLE 503u

/* What a carrier has used of what it may. */
struct use {
    char code[PTN_CARRIER_CODE_MAX + 1];
    int64_t minute;
    unsigned asked;
    int32_t day;
    uint64_t bytes;
};

struct ptn_carrier_door {
    const struct ptn_world *world;
    struct ptn_inbox *inbox;
    char path[PTN_NODE_PATH_MAX];
    char own_state[4];
    char stops_path[PTN_NODE_PATH_MAX];
    struct ptn_buffer file, read; /* the register as it was taken up, and as it is read now */
    struct ptn_buffer stops_file; /* the table of stops, whose views are in stops */
    struct ptn_boarding stops;
    bool has_stops;
    struct ptn_changes *changes;
    bool looked;
    struct ptn_date day; /* of the last look */
    struct ptn_carriers carriers;
    size_t places[PTN_CARRIERS_MAX]; /* of those who may come in, in carriers */
    uint8_t keys[PTN_CARRIERS_MAX][PTN_TLS_ID_LEN];
    struct use uses[PTN_CARRIERS_MAX];
    size_t use_count;
    struct ptn_carrier_door_standing standing;
};

struct ptn_status ptn_carrier_door_new(const struct ptn_world *world, const char *dir,
                                       const char *own_state, struct ptn_inbox *inbox,
                                       struct ptn_carrier_door **ret_door)
{
    struct ptn_carrier_door *door = calloc(1, sizeof(*door));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (door == NULL)
        return status;
    door->world = world;
    door->inbox = inbox;
    ptn_buffer_init(&door->file, PTN_CARRIERS_FILE_MAX);
    ptn_buffer_init(&door->read, PTN_CARRIERS_FILE_MAX);
    ptn_buffer_init(&door->stops_file, PTN_BOARDING_FILE_MAX);
    (void)snprintf(door->own_state, sizeof(door->own_state), "%s", own_state);
    ptn_carriers_init(&door->carriers);
    status = ptn_node_path(door->path, dir, PTN_CARRIERS_FILE);
    if (ptn_ok(status))
        status = ptn_node_path(door->stops_path, dir, PTN_BOARDING_FILE);
    if (ptn_ok(status))
        status = ptn_changes_new(world, dir, inbox, &door->changes);
    if (!ptn_ok(status)) {
        ptn_carrier_door_free(door);
        return status;
    }
    *ret_door = door;
    return PTN_OK;
}

void ptn_carrier_door_free(struct ptn_carrier_door *door)
{
    if (door == NULL)
        return;
    ptn_buffer_release(&door->file);
    ptn_buffer_release(&door->read);
    ptn_buffer_release(&door->stops_file);
    ptn_changes_free(door->changes);
    ptn_carriers_release(&door->carriers);
    free(door);
}

/* ---- who may come in ---- */

/* The register as it is now, and whether it is another. One that cannot be read or used admits
 * nobody: what it would have ended must not go on. */
static bool read_register(struct ptn_carrier_door *door)
{
    struct ptn_buffer other = door->file;
    struct ptn_status status;

    ptn_buffer_clear(&door->read);
    status = door->world->files->read(door->world->context, door->path, &door->read);
    if (ptn_ok(status) && door->looked && !door->standing.unread &&
        ptn_bytes_equal(ptn_buffer_bytes(&door->read), ptn_buffer_bytes(&door->file)))
        return false;
    ptn_carriers_release(&door->carriers);
    door->file = door->read;
    door->read = other;
    if (ptn_ok(status))
        status = ptn_carriers_parse(ptn_buffer_bytes(&door->file), &door->carriers, NULL);
    door->standing.unread = !ptn_ok(status) && status.code != PTN_C_NOT_FOUND;
    if (!ptn_ok(status)) {
        ptn_carriers_release(&door->carriers);
        ptn_buffer_clear(&door->file);
    }
    return true;
}

/* ---- who may board ---- */

/* The table as it lies there now: it is small, and read whole. One that is missing or no good is
 * none, and then nothing is said of boarding. */
static void look_at_stops(struct ptn_carrier_door *door)
{
    struct ptn_status status;

    door->has_stops = false;
    ptn_buffer_clear(&door->stops_file);
    status = door->world->files->read(door->world->context, door->stops_path, &door->stops_file);
    if (ptn_ok(status))
        status = ptn_boarding_parse(ptn_buffer_bytes(&door->stops_file), &door->stops);
    door->has_stops = ptn_ok(status);
    door->standing.stops_unread = !ptn_ok(status) && status.code != PTN_C_NOT_FOUND;
    door->standing.stops = door->has_stops ? door->stops.count : 0;
    door->standing.stops_until_ms = door->has_stops ? door->stops.until_ms : 0;
    door->standing.stops_sources = door->has_stops ? door->stops.sources : 0;
}

/* What some carrier is told of and the table is not made of: they are answered by the rest. */
static void look_at_lack(struct ptn_carrier_door *door)
{
    unsigned told = 0;

    for (size_t i = 0; i < door->standing.keys; i++)
        told |= door->carriers.at[door->places[i]].sources;
    door->standing.stops_lack = door->has_stops ? told & ~door->stops.sources : 0;
}

/* The table as it lies there at this moment, for that carrier: one that was replaced, damaged or
 * taken away since the last message, that is past its hour or another carrier's, says nothing.
 * GATEWAY-6. */
static struct ptn_boarding_ask stops_for(struct ptn_carrier_door *door,
                                         const struct ptn_carrier *carrier)
{
    struct ptn_boarding_ask ask = { .sources = carrier->sources, .own_state = door->own_state };

    if (carrier->sources == 0)
        return ask;
    look_at_stops(door);
    if (door->has_stops && door->world->now_ms(door->world->context) <= door->stops.until_ms &&
        (door->stops.carrier[0] == '\0' || strcmp(door->stops.carrier, carrier->code) == 0))
        ask.table = &door->stops;
    return ask;
}

/* ---- a look ---- */

/* GATEWAY-4. */
bool ptn_carrier_door_look(struct ptn_carrier_door *door)
{
    struct ptn_date today = ptn_instant_date(door->world->now_ms(door->world->context));
    bool changed = read_register(door);
    size_t before = door->standing.keys;
    size_t count = 0;

    look_at_stops(door);
    if (!changed && door->looked && ptn_date_equal(today, door->day)) {
        look_at_lack(door);
        return false;
    }
    changed = !door->looked;
    door->looked = true;
    door->day = today;
    for (size_t i = 0; i < door->carriers.count; i++) {
        const struct ptn_carrier *carrier = &door->carriers.at[i];

        if (!ptn_carrier_is_in_force(carrier, today))
            continue;
        changed = changed || count >= before ||
                  memcmp(door->keys[count], carrier->key, PTN_TLS_ID_LEN) != 0;
        memcpy(door->keys[count], carrier->key, PTN_TLS_ID_LEN);
        door->places[count++] = i;
    }
    door->standing.keys = count;
    look_at_lack(door);
    return changed || count != before;
}

const uint8_t (*ptn_carrier_door_keys(const struct ptn_carrier_door *door,
                                      size_t *ret_count))[PTN_TLS_ID_LEN]
{
    *ret_count = door->standing.keys;
    return (const uint8_t(*)[PTN_TLS_ID_LEN])door->keys;
}

/* By the table and the register of the last look: both are whole, or nothing is said. */
struct ptn_status ptn_carrier_door_turn(struct ptn_carrier_door *door, struct ptn_diag *reterr)
{
    const struct ptn_changes_by by = {
        .table = door->looked && door->has_stops && !door->standing.unread ? &door->stops : NULL,
        .carriers = &door->carriers,
        .reg = ptn_buffer_bytes(&door->file),
        .own_state = door->own_state,
    };

    return ptn_changes_turn(door->changes, &by, reterr);
}

/* ---- how much ---- */

/* NULL: more carriers than there can be keys have asked since the start. */
static struct use *use_of(struct ptn_carrier_door *door, const char *code)
{
    for (size_t i = 0; i < door->use_count; i++)
        if (strcmp(door->uses[i].code, code) == 0)
            return &door->uses[i];
    if (door->use_count == PTN_CARRIERS_MAX)
        return NULL;
    (void)snprintf(door->uses[door->use_count].code, sizeof(door->uses[0].code), "%s", code);
    return &door->uses[door->use_count++];
}

/* Whether it may send so much now; it is counted. Every key in force of a carrier has its own
 * limits, and counts together with the others. */
static bool may_send(struct ptn_carrier_door *door, const struct ptn_carrier *carrier, size_t len)
{
    int64_t minute = door->world->monotonic_us(door->world->context) / MINUTE_US;
    int32_t day = ptn_date_to_days(ptn_instant_date(door->world->now_ms(door->world->context)));
    struct use *use = use_of(door, carrier->code);

    if (use == NULL)
        return false;
    if (use->minute != minute) {
        use->minute = minute;
        use->asked = 0;
    }
    if (use->day != day) {
        use->day = day;
        use->bytes = 0;
    }
    if (use->asked >= carrier->per_minute || use->bytes + len > carrier->mib_a_day * MIB)
        return false;
    use->asked++;
    use->bytes += len;
    return true;
}

/* ---- answering ---- */

static unsigned status_of(enum ptn_post_outcome outcome, size_t answer_len)
{
    switch (outcome) {
    case PTN_POST_WAITS:
        return 202;
    case PTN_POST_QUARANTINED:
        return UNUSABLE;
    case PTN_POST_FOREIGN:
        return 403;
    case PTN_POST_CONFLICT:
        return 409;
    case PTN_POST_TOO_MANY:
        return TOO_LARGE;
    case PTN_POST_TAKEN:
    case PTN_POST_TEST:
        break;
    }
    return answer_len == 0 ? NO_CONTENT : 200;
}

static void refuse(struct ptn_carrier_door *door, struct ptn_exchange *exchange, unsigned status,
                   const char *line)
{
    door->standing.refused++;
    exchange->status = status;
    (void)ptn_ok(ptn_buffer_add_text(&exchange->answer, line)); /* the status says it as well */
}

/* Named by carrier and body: two that send the same bytes have two answers. GATEWAY-3. */
static struct ptn_status name_answer(const struct ptn_carrier *carrier, struct ptn_bytes body,
                                     char name[NAME_SIZE])
{
    const struct ptn_bytes parts[] = { ptn_bytes_from_text(carrier->code), PTN_BYTES_LITERAL("\n"),
                                       body };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(parts, 3, digest);

    if (ptn_ok(status))
        (void)ptn_hex_write(digest, sizeof(digest), name);
    return status;
}

/* What was answered to the same bytes. False: nothing that is known. */
static bool answer_again(struct ptn_carrier_door *door, const char *name,
                         struct ptn_exchange *exchange)
{
    struct ptn_buffer kept = { .len_max = exchange->answer.len_max + STATUS_LEN };
    struct ptn_bytes bytes;
    uint64_t status = 0;
    bool good = ptn_ok(ptn_inbox_answer_again(door->inbox, name, &kept));

    bytes = ptn_buffer_bytes(&kept);
    good = good && bytes.len >= STATUS_LEN && bytes.at[STATUS_LEN - 1] == '\n' &&
           ptn_decimal_read(ptn_bytes_slice(bytes, 0, STATUS_LEN - 1), UNUSABLE, &status) &&
           (status == 200 || status == NO_CONTENT || status == UNUSABLE) &&
           ptn_ok(ptn_buffer_add(&exchange->answer, ptn_bytes_slice(bytes, STATUS_LEN, SIZE_MAX)));
    ptn_buffer_release(&kept);
    if (good) {
        exchange->status = (unsigned)status;
        door->standing.again++;
    }
    return good;
}

static struct ptn_status keep_answer(struct ptn_carrier_door *door, const char *name,
                                     const struct ptn_exchange *exchange)
{
    struct ptn_buffer kept = { .len_max = exchange->answer.len_max + STATUS_LEN };
    struct ptn_status status = ptn_buffer_addf(&kept, "%u\n", exchange->status);

    if (ptn_ok(status))
        status = ptn_buffer_add(&kept, ptn_buffer_bytes(&exchange->answer));
    if (ptn_ok(status))
        status = ptn_inbox_answer_keep(door->inbox, name, ptn_buffer_bytes(&kept));
    ptn_buffer_release(&kept);
    return status;
}

/* GATEWAY-5: whatever says that it was taken in says so after it is durable, and alike each time.
 */
static struct ptn_status take(struct ptn_carrier_door *door, const struct ptn_carrier *carrier,
                              struct ptn_exchange *exchange, struct ptn_diag *reterr)
{
    enum ptn_post_outcome outcome = PTN_POST_TAKEN;
    const struct ptn_post post = { .carrier = carrier,
                                   .body = exchange->body,
                                   .boarding = stops_for(door, carrier) };
    char name[NAME_SIZE];
    struct ptn_status status = name_answer(carrier, exchange->body, name);

    if (ptn_ok(status) && answer_again(door, name, exchange))
        return PTN_OK;
    if (ptn_ok(status))
        status = ptn_inbox_post(door->inbox, &post, &outcome, &exchange->answer, reterr);
    if (!ptn_ok(status))
        return status;
    exchange->status = status_of(outcome, exchange->answer.len);
    if (outcome >= PTN_POST_FOREIGN)
        door->standing.refused++;
    else if (outcome == PTN_POST_TAKEN || outcome == PTN_POST_QUARANTINED)
        status = keep_answer(door, name, exchange);
    return status;
}

/* What a carrier was not asked about: the next, or that there is none. */
static struct ptn_status give_change(struct ptn_carrier_door *door,
                                     const struct ptn_carrier *carrier,
                                     struct ptn_exchange *exchange)
{
    struct ptn_status status =
        ptn_changes_give(door->inbox, carrier->code, exchange->body, &exchange->answer);

    exchange->status = exchange->answer.len > 0 ? 200 : NO_CONTENT;
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_carrier_door_answer(struct ptn_carrier_door *door, size_t index,
                                          struct ptn_exchange *exchange, struct ptn_diag *reterr)
{
    const struct ptn_carrier *carrier;
    struct ptn_status status = PTN_OK;

    PTN_PRE(index < door->standing.keys);
    carrier = &door->carriers.at[door->places[index]];
    door->standing.asked++;
    if (!may_send(door, carrier, exchange->body.len)) {
        door->standing.too_many++;
        refuse(door, exchange, TOO_OFTEN, "refused: more requests or bytes than agreed on\n");
    } else if (strcmp(exchange->verb, "POST") == 0 && strcmp(exchange->path, CHANGES) == 0) {
        status = give_change(door, carrier, exchange);
    } else if (strcmp(exchange->verb, "POST") != 0 || strcmp(exchange->path, PATH) != 0) {
        refuse(door, exchange, NOT_FOUND,
               "refused: POST " PATH " or " CHANGES " and nothing else\n");
    } else if (exchange->body.len == 0) {
        refuse(door, exchange, BAD_REQUEST, "refused: there is no message\n");
    } else if (exchange->body.len > PTN_POST_BODY_MAX) {
        refuse(door, exchange, TOO_LARGE, "refused: more than 4 MiB\n");
    } else {
        status = take(door, carrier, exchange, reterr);
    }
    if (!ptn_ok(status)) {
        door->standing.failed++;
        ptn_buffer_clear(&exchange->answer);
        exchange->status = UNAVAILABLE;
    }
    return status;
}

void ptn_carrier_door_standing(const struct ptn_carrier_door *door,
                               struct ptn_carrier_door_standing *ret_standing)
{
    struct ptn_changes_standing changes;

    ptn_changes_standing(door->changes, &changes);
    *ret_standing = door->standing;
    ret_standing->changes = changes.sent;
    ret_standing->changes_flights = changes.flights;
    ret_standing->changes_blind = changes.other_salt;
}
