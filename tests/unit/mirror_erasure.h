/*
 * tests/unit/mirror_erasure.h -- an order to erase in the country of mirror_country.h: its record,
 * proved as nodes prove it, and what a keeper has of it.
 */
#ifndef TESTS_UNIT_MIRROR_ERASURE_H
#define TESTS_UNIT_MIRROR_ERASURE_H
#include "mirror_country.h"

#include "mirror/erasing.h"
#include "trust/order.h"

#define DAY_MS INT64_C(86400000)

/* ---- pushing ---- */

struct works {
    struct country *country;
    struct ptn_keeper *keepers[KEEPERS];
    struct ptn_exchange exchange;
};

static inline void open_all(struct works *works, struct country *country)
{
    memset(works, 0, sizeof(*works));
    works->country = country;
    ptn_buffer_init(&works->exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned i = 0; i < KEEPERS; i++)
        works->keepers[i] = country_keeper(country, i);
}

static inline void close_all(struct works *works)
{
    for (unsigned i = 0; i < KEEPERS; i++)
        ptn_keeper_close(works->keepers[i]);
    ptn_buffer_release(&works->exchange.answer);
}

/* A member's whole ledger to one keeper. */
static inline void push(struct works *works, unsigned member, unsigned keeper)
{
    struct country *country = works->country;
    struct ptn_ledger *reader = NULL;
    struct ptn_pusher *pusher = NULL;
    struct ptn_pusher_standing standing;

    GOOD(ptn_ledger_open_reader(&country->world, country->members[member].vault,
                                country->members[member].dir, &reader, NULL));
    GOOD(ptn_pusher_new(&country->world, reader, &country->members[keeper].mirror, &pusher));
    while (ptn_pusher_next(pusher, &works->exchange)) {
        (void)country_ask(works->keepers[keeper], country, member, &works->exchange);
        ptn_pusher_take(pusher, &works->exchange);
        ptn_buffer_clear(&works->exchange.answer);
    }
    ptn_pusher_standing(pusher, &standing);
    assert_int_equal(standing.acknowledged, standing.size);
    ptn_pusher_free(pusher);
    ptn_ledger_close(reader);
}

static inline void push_all(struct works *works, unsigned member)
{
    for (unsigned i = 0; i < KEEPERS; i++)
        push(works, member, i);
}

/* The keeper's checkpoint of a member: appended to out with all keepers' lines. */
static inline void cosigned(struct works *works, unsigned member, struct ptn_buffer *out)
{
    struct country *country = works->country;

    for (unsigned i = 0; i < KEEPERS; i++) {
        struct ptn_bytes origin = ptn_bytes_from_text(country->members[member].origin);
        struct ptn_buffer path = { .len_max = 256 };
        struct ptn_hash id;
        const uint8_t *line;

        GOOD(ptn_wire_origin_hash(origin, &id));
        GOOD(ptn_buffer_add_u8(&path, '/'));
        GOOD(ptn_buffer_add_hex(&path, ptn_bytes_of(id.at, PTN_HASH_LEN)));
        GOOD(ptn_buffer_add(&path, ptn_bytes_of("/checkpoint", 12)));
        works->exchange.verb = "GET";
        works->exchange.path = (const char *)path.at;
        works->exchange.body = PTN_BYTES_NONE;
        ptn_buffer_clear(&works->exchange.answer);
        assert_int_equal(country_ask(works->keepers[i], country, CENTRE, &works->exchange), 200);
        ptn_buffer_release(&path);
        if (out->len == 0) {
            GOOD(ptn_buffer_add(out, ptn_buffer_bytes(&works->exchange.answer)));
            continue;
        }
        line = works->exchange.answer.at + works->exchange.answer.len - 1;
        while (line[-1] != '\n')
            line--;
        GOOD(ptn_buffer_add(out, ptn_bytes_of(line, (size_t)(works->exchange.answer.at +
                                                             works->exchange.answer.len - line))));
    }
    ptn_buffer_clear(&works->exchange.answer);
}

/* ---- the order ---- */

static inline uint64_t append(struct country *country, unsigned member, unsigned kind,
                              uint8_t retention, struct ptn_bytes payload)
{
    const struct ptn_ledger_entry entry = {
        .kind = kind, .time_ms = country_ms, .retention = retention, .payload = payload
    };
    uint64_t index = 0;

    GOOD(ptn_ledger_append(country->members[member].ledger, &entry, 1, &index, NULL));
    return index;
}

static inline struct ptn_hash name_of(struct country *country, unsigned member, uint64_t index)
{
    struct ptn_ledger_header header;

    GOOD(ptn_ledger_read(country->members[member].ledger, index, &header, NULL, NULL));
    return header.sealed_sha256;
}

static inline void sign(struct country *country, const struct ptn_order *order,
                        struct ptn_buffer *note, struct ptn_hash *ret_name)
{
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };

    GOOD(ptn_order_write(order, &text));
    GOOD(ptn_order_name(ptn_buffer_bytes(&text), ret_name));
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       ptn_buffer_bytes(&text), note, NULL));
    ptn_buffer_release(&text);
}

static inline void order_for(struct country *country, const struct ptn_hash *payloads, size_t count,
                             struct ptn_buffer *note, struct ptn_hash *ret_name)
{
    struct ptn_buffer lines = { .len_max = 1024 };
    struct ptn_order order = { .country = PTN_BYTES_LITERAL("utopia.example/roster"),
                               .number = { 7 },
                               .given_ms = country_ms,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_ERASE,
                               .payload_count = count,
                               .reason = PTN_BYTES_LITERAL("A court has said so.") };

    for (size_t i = 0; i < count; i++) {
        const bool turned = count == 2 && memcmp(payloads[0].at, payloads[1].at, PTN_HASH_LEN) > 0;

        GOOD(ptn_buffer_add_text(&lines, "payload "));
        GOOD(ptn_buffer_add_hex(&lines,
                                ptn_bytes_of(payloads[turned ? 1 - i : i].at, PTN_HASH_LEN)));
        GOOD(ptn_buffer_add_text(&lines, "\n"));
    }
    order.payloads = ptn_buffer_bytes(&lines);
    sign(country, &order, note, ret_name);
    ptn_buffer_release(&lines);
}

/* ---- the record ---- */

struct proof {
    struct ptn_buffer note, entry, seen, now, record;
    struct ptn_hash name;
};

static inline void release(struct proof *proof)
{
    ptn_buffer_release(&proof->note);
    ptn_buffer_release(&proof->entry);
    ptn_buffer_release(&proof->seen);
    ptn_buffer_release(&proof->now);
    ptn_buffer_release(&proof->record);
}

static inline void write_record(struct proof *proof)
{
    const struct ptn_erasure_due due = { .time_ms = country_ms,
                                         .order = ptn_buffer_bytes(&proof->note),
                                         .entry = ptn_buffer_bytes(&proof->entry),
                                         .seen = ptn_buffer_bytes(&proof->seen),
                                         .now = ptn_buffer_bytes(&proof->now) };

    ptn_buffer_clear(&proof->record);
    GOOD(ptn_erasure_due_write(&due, &proof->record));
}

/* The post appends something, an order names it, the post says that it waits, keepers cosign that,
 * and wait_ms later something else. */
static inline void prove(struct works *works, struct proof *proof, const struct ptn_hash *payloads,
                         size_t count, int64_t wait_ms)
{
    struct country *country = works->country;
    struct ptn_order_receipt answer = { .time_ms = country_ms,
                                        .fate = PTN_RECEIPT_WAITING,
                                        .why = PTN_BYTES_LITERAL("72-hours"),
                                        .hand = PTN_RECEIPT_KEEPER };
    struct ptn_receipt file;
    struct ptn_buffer bare = { .len_max = 65536 };
    struct ptn_buffer with = { .len_max = 65536 };
    uint64_t index;

    memset(proof, 0, sizeof(*proof));
    ptn_buffer_init(&proof->note, PTN_NOTE_LEN_MAX);
    ptn_buffer_init(&proof->entry, 2048);
    ptn_buffer_init(&proof->seen, 65536);
    ptn_buffer_init(&proof->now, 65536);
    ptn_buffer_init(&proof->record, PTN_RECORD_LEN_MAX);
    order_for(country, payloads, count, &proof->note, &proof->name);
    memcpy(answer.order, proof->name.at, PTN_HASH_LEN);
    GOOD(ptn_order_receipt_write(&answer, &proof->entry));
    index = append(country, POST, PTN_RECORD_RECEIPT, PTN_RETENTION_PUBLIC,
                   ptn_buffer_bytes(&proof->entry));
    push_all(works, POST);
    GOOD(ptn_serving_proof(country->members[POST].ledger, index, &bare, NULL));
    GOOD(ptn_receipt_parse(ptn_buffer_bytes(&bare), &file, NULL));
    cosigned(works, POST, &with);
    file.checkpoint = ptn_buffer_bytes(&with);
    GOOD(ptn_receipt_write(&proof->seen, &file));
    country_ms += wait_ms;
    country_append(country, POST, 5);
    push_all(works, POST);
    cosigned(works, POST, &proof->now);
    write_record(proof);
    ptn_buffer_release(&bare);
    ptn_buffer_release(&with);
}

static inline struct ptn_status check(struct works *works, const struct proof *proof,
                                      struct ptn_erasure_order *ret_order)
{
    struct ptn_arena *arena = ptn_arena_new((size_t)16 << 20);
    struct ptn_roster roster;
    struct ptn_status status;

    GOOD(ptn_roster_first(ptn_buffer_bytes(&works->country->roster), arena, &roster, NULL));
    status = ptn_erasure_check(&roster, ptn_buffer_bytes(&proof->record), ret_order, NULL);
    ptn_arena_free(arena);
    return status;
}

/* ---- at a keeper ---- */

/* Until it says that there is nothing more. */
static inline void erase_at(struct ptn_keeper *keeper)
{
    bool more = true;

    for (unsigned i = 0; more && i < 1000; i++)
        GOOD(ptn_keeper_erase(keeper, &more, NULL));
    assert_false(more);
}

/* What the keeper's own ledger says of the order: how many receipts; the last one's number. */
static inline unsigned receipts_of(struct country *country, unsigned keeper, uint64_t *ret_erased)
{
    struct ptn_ledger *ledger = country->members[keeper].ledger;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    uint64_t size = 0;
    unsigned count = 0;

    GOOD(ptn_ledger_size(ledger, &size, NULL));
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header;
        struct ptn_erasure_done done;

        ptn_buffer_clear(&payload);
        GOOD(ptn_ledger_read(ledger, i, &header, &payload, NULL));
        if (header.kind != PTN_RECORD_ERASED)
            continue;
        GOOD(ptn_erasure_done_parse(ptn_buffer_bytes(&payload), &done, NULL));
        *ret_erased = done.erased;
        count++;
    }
    ptn_buffer_release(&payload);
    return count;
}

static inline unsigned payload_status(struct works *works, unsigned keeper, unsigned member,
                                      const struct ptn_hash *payload)
{
    struct ptn_buffer path = { .len_max = 256 };
    struct ptn_hash id;
    unsigned status;

    GOOD(ptn_wire_origin_hash(ptn_bytes_from_text(works->country->members[member].origin), &id));
    GOOD(ptn_buffer_add_u8(&path, '/'));
    GOOD(ptn_buffer_add_hex(&path, ptn_bytes_of(id.at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_text(&path, "/payload/"));
    GOOD(ptn_buffer_add_hex(&path, ptn_bytes_of(payload->at, PTN_HASH_LEN)));
    GOOD(ptn_buffer_add_u8(&path, 0));
    works->exchange.verb = "GET";
    works->exchange.path = (const char *)path.at;
    works->exchange.body = PTN_BYTES_NONE;
    ptn_buffer_clear(&works->exchange.answer);
    status = country_ask(works->keepers[keeper], works->country, CENTRE, &works->exchange);
    ptn_buffer_clear(&works->exchange.answer);
    ptn_buffer_release(&path);
    return status;
}
#endif
