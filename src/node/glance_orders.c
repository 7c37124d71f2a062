/* node/glance_orders.c -- orders as keepers wrote them down, and what each post said of them. */
#include "node/glance_int.h"

#include <stdio.h>

#define SILENT_MS (INT64_C(60) * 1000) /* so long a post may take to answer */

/* ---- taking in ---- */

static struct glance_order *find_order(struct ptn_glance *glance, const struct ptn_hash *name)
{
    for (size_t i = 0; i < glance->order_count; i++)
        if (memcmp(glance->orders[i].name.at, name->at, PTN_HASH_LEN) == 0)
            return &glance->orders[i];
    return NULL;
}

/* By name, each once, whatever copy of the note brought it: GLANCE-1. */
static void add_signer(struct glance_order *order, struct ptn_bytes name)
{
    size_t at = 0;

    if (name.len >= sizeof(order->signers[0]))
        name.len = sizeof(order->signers[0]) - 1;
    while (at < order->signer_count &&
           ptn_bytes_compare(ptn_bytes_from_text(order->signers[at]), name) < 0)
        at++;
    if (order->signer_count == GLANCE_SIGNERS_MAX ||
        (at < order->signer_count && ptn_bytes_is(name, order->signers[at])))
        return;
    memmove(order->signers[at + 1], order->signers[at],
            (order->signer_count - at) * sizeof(order->signers[0]));
    memcpy(order->signers[at], name.at, name.len);
    order->signers[at][name.len] = '\0';
    order->signer_count++;
}

/* Whose signatures under the note are good: people of the roster, each once. Copies of one order
 * may have been signed by others. */
static void name_signers(struct glance_order *order, const struct ptn_roster *roster,
                         const struct ptn_note *note)
{
    const struct ptn_vkey *keys[] = { roster->authorities, roster->duties };
    const size_t counts[] = { roster->authority_count, roster->duty_count };

    for (size_t set = 0; set < 2; set++)
        for (size_t i = 0; i < counts[set]; i++) {
            size_t good = 0;

            if (ptn_ok(ptn_note_verify(note, &keys[set][i], 1, &good, NULL)) && good > 0)
                add_signer(order, keys[set][i].name);
        }
}

/* How many of the orders were given before that one; of two at once, by name. GLANCE-1: the same
 * ones are kept and in the same order, however they came. */
static size_t rank_of(const struct ptn_glance *glance, const struct glance_order *order)
{
    size_t rank = 0;

    while (rank < glance->order_count &&
           (glance->orders[rank].order.given_ms < order->order.given_ms ||
            (glance->orders[rank].order.given_ms == order->order.given_ms &&
             memcmp(glance->orders[rank].name.at, order->name.at, PTN_HASH_LEN) < 0)))
        rank++;
    return rank;
}

/* Keep it among the others, where it belongs; when there is no room the oldest goes, be it this
 * one. NULL: it went. */
static struct glance_order *keep_order(struct ptn_glance *glance, struct glance_order *order)
{
    size_t rank = rank_of(glance, order);

    if (glance->order_count == PTN_GLANCE_ORDERS) {
        if (rank == 0) {
            ptn_buffer_release(&order->text);
            return NULL;
        }
        ptn_buffer_release(&glance->orders[0].text);
        memmove(&glance->orders[0], &glance->orders[1],
                (PTN_GLANCE_ORDERS - 1) * sizeof(glance->orders[0]));
        glance->order_count--;
        rank--;
    }
    memmove(&glance->orders[rank + 1], &glance->orders[rank],
            (glance->order_count - rank) * sizeof(glance->orders[0]));
    glance->orders[rank] = *order;
    glance->order_count++;
    return &glance->orders[rank];
}

static struct ptn_status add_order(struct ptn_glance *glance, const struct ptn_hash *name,
                                   struct ptn_bytes text, int64_t time_ms,
                                   struct glance_order **ret_order)
{
    struct glance_order order = { .name = *name, .seen_ms = time_ms };
    struct ptn_status status = ptn_order_parse(text, &order.order, NULL);

    *ret_order = NULL;
    if (!ptn_ok(status))
        return status.code == PTN_C_NO_MEMORY ? status : PTN_OK; /* it is no order */
    ptn_buffer_init(&order.text, PTN_ORDER_TEXT_MAX);
    status = ptn_buffer_add(&order.text, text);
    if (ptn_ok(status))
        status = ptn_order_parse(ptn_buffer_bytes(&order.text), &order.order, NULL);
    if (!ptn_ok(status)) {
        ptn_buffer_release(&order.text);
        return status;
    }
    *ret_order = keep_order(glance, &order);
    return PTN_OK;
}

struct ptn_status glance_take_note(struct ptn_glance *glance, const struct ptn_country *country,
                                   struct ptn_bytes payload, int64_t time_ms)
{
    struct ptn_handed_note handed;
    struct glance_order *order;
    struct ptn_note note;
    struct ptn_hash name;
    struct ptn_status status = ptn_handed_note_parse(payload, &handed, NULL);

    if (!ptn_ok(status) || !ptn_ok(ptn_note_parse(handed.note, &note, NULL)) ||
        !ptn_order_looks_like(note.text) || !ptn_ok(ptn_order_name(note.text, &name)))
        return PTN_OK;
    order = find_order(glance, &name);
    if (order == NULL)
        status = add_order(glance, &name, note.text, time_ms, &order);
    if (!ptn_ok(status) || order == NULL)
        return status;
    if (time_ms < order->seen_ms)
        order->seen_ms = time_ms;
    order->keepers++;
    name_signers(order, &country->roster, &note);
    return PTN_OK;
}

void glance_answer(struct glance_place *place, const struct ptn_order_receipt *receipt)
{
    struct glance_answer *answer = NULL;
    size_t known = place->answer_count < GLANCE_ANSWERS ? place->answer_count : GLANCE_ANSWERS;

    for (size_t i = 0; i < known && answer == NULL; i++)
        if (memcmp(place->answers[i].order.at, receipt->order, PTN_HASH_LEN) == 0)
            answer = &place->answers[i];
    if (answer != NULL && receipt->time_ms < answer->time_ms)
        return; /* of a ledger that was read later, and is the older one */
    if (answer == NULL)
        answer = &place->answers[place->answer_count++ % GLANCE_ANSWERS];
    memcpy(answer->order.at, receipt->order, PTN_HASH_LEN);
    answer->time_ms = receipt->time_ms;
    answer->fate = receipt->fate;
    answer->hand = receipt->hand;
    (void)snprintf(answer->why, sizeof(answer->why), "%.*s", (int)receipt->why.len,
                   receipt->why.len == 0 ? "" : (const char *)receipt->why.at);
}

void glance_take_receipt(struct glance_place *place, struct ptn_bytes payload)
{
    struct ptn_order_receipt receipt;

    if (ptn_ok(ptn_order_receipt_parse(payload, &receipt, NULL)))
        glance_answer(place, &receipt);
}

void glance_release_orders(struct ptn_glance *glance)
{
    for (size_t i = 0; i < glance->order_count; i++)
        ptn_buffer_release(&glance->orders[i].text);
    glance->order_count = 0;
}

/* ---- who has answered ---- */

static const struct glance_answer *find_answer(const struct glance_place *place,
                                               const struct ptn_hash *order)
{
    for (size_t i = 0; i < place->answer_count && i < GLANCE_ANSWERS; i++)
        if (memcmp(place->answers[i].order.at, order->at, PTN_HASH_LEN) == 0)
            return &place->answers[i];
    return NULL;
}

/* Whether the order is given to that post: what kind of post it is only the post itself knows, and
 * it answers "elsewhere". */
static bool is_asked(const struct glance_order *order, const struct glance_place *place)
{
    const unsigned any = PTN_ORDER_AIRPORT | PTN_ORDER_SEAPORT | PTN_ORDER_LAND;

    return place->role == PTN_ROSTER_POST && order->order.verb != PTN_ORDER_RELEASE &&
           order->order.verb != PTN_ORDER_ERASE &&
           ptn_order_is_for(&order->order, ptn_bytes_from_text(place->origin), any);
}

unsigned glance_unanswered(const struct ptn_glance *glance, const struct glance_place *place,
                           int64_t now_ms)
{
    unsigned count = 0;

    for (size_t i = 0; i < glance->order_count; i++)
        if (is_asked(&glance->orders[i], place) && now_ms - glance->orders[i].seen_ms > SILENT_MS &&
            find_answer(place, &glance->orders[i].name) == NULL)
            count++;
    return count;
}

/* ---- writing ---- */

static void write_hex(struct ptn_json *json, const char *key, const struct ptn_hash *hash)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_HASH_LEN };

    if (ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(hash->at, PTN_HASH_LEN))))
        ptn_json_field_text(json, key, ptn_buffer_bytes(&hex));
    ptn_buffer_release(&hex);
}

static void write_scope(struct ptn_json *json, const struct ptn_order *order)
{
    static const struct {
        unsigned kind;
        const char *word;
    } kinds[] = { { PTN_ORDER_AIRPORT, "airport" },
                  { PTN_ORDER_SEAPORT, "seaport" },
                  { PTN_ORDER_LAND, "land" } };
    struct ptn_cursor posts = ptn_cursor_at(order->scope.posts);
    struct ptn_bytes post;

    ptn_json_key(json, "where");
    ptn_json_array(json);
    if (order->scope.all)
        ptn_json_text(json, PTN_BYTES_LITERAL("all"));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((order->scope.kinds & kinds[i].kind) != 0)
            ptn_json_text(json, ptn_bytes_from_text(kinds[i].word));
    while (ptn_order_next_line(&posts, &post))
        ptn_json_text(json, post);
    ptn_json_array_end(json);
}

static void write_functions(struct ptn_json *json, unsigned functions)
{
    ptn_json_key(json, "functions");
    ptn_json_array(json);
    for (unsigned i = 0; i < PTN_FUNCTION_COUNT; i++)
        if ((functions & (1u << i)) != 0)
            ptn_json_text(json,
                          ptn_bytes_from_text(ptn_function_word((enum ptn_function)(1u << i))));
    ptn_json_array_end(json);
}

static const char *fate_word(enum ptn_receipt_fate fate)
{
    static const char *const words[PTN_RECEIPT_FATE_COUNT] = { "",         "refused", "waiting",
                                                               "standing", "ended",   "elsewhere" };

    return (unsigned)fate < PTN_RECEIPT_FATE_COUNT ? words[fate] : "";
}

static const char *hand_word(enum ptn_receipt_hand hand)
{
    static const char *const words[PTN_RECEIPT_HAND_COUNT] = { "", "keeper", "stick", "telephone",
                                                               "site" };

    return (unsigned)hand < PTN_RECEIPT_HAND_COUNT ? words[hand] : "";
}

static void write_answers(const struct ptn_glance *glance, const struct glance_order *order,
                          struct ptn_json *json)
{
    ptn_json_key(json, "answers");
    ptn_json_array(json);
    for (size_t i = 0; i < glance->place_count; i++) {
        const struct glance_place *place = &glance->places[i];
        const struct glance_answer *answer = find_answer(place, &order->name);

        if (answer == NULL && !is_asked(order, place))
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "code", ptn_bytes_from_text(place->code));
        ptn_json_field_text(json, "name", ptn_bytes_from_text(place->name));
        if (answer != NULL) {
            ptn_json_field_text(json, "fate", ptn_bytes_from_text(fate_word(answer->fate)));
            ptn_json_field_text(json, "why", ptn_bytes_from_text(answer->why));
            ptn_json_field_text(json, "hand", ptn_bytes_from_text(hand_word(answer->hand)));
            ptn_json_field_number(json, "time_ms", answer->time_ms);
        } else {
            ptn_json_field_bool(json, "silent", true);
        }
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_order(const struct ptn_glance *glance, const struct glance_order *order,
                        struct ptn_json *json)
{
    struct ptn_cursor ends = ptn_cursor_at(order->order.ends);
    struct ptn_bytes end;

    ptn_json_object(json);
    write_hex(json, "order", &order->name);
    ptn_json_field_text(json, "verb", ptn_bytes_from_text(ptn_order_verb_word(order->order.verb)));
    ptn_json_field_text(json, "rung", ptn_bytes_from_text(ptn_rung_word(order->order.rung)));
    ptn_json_field_text(json, "cause", ptn_bytes_from_text(ptn_cause_word(order->order.cause)));
    write_scope(json, &order->order);
    write_functions(json, order->order.functions);
    ptn_json_key(json, "ends");
    ptn_json_array(json);
    while (ptn_order_next_line(&ends, &end))
        ptn_json_text(json, end);
    ptn_json_array_end(json);
    ptn_json_field_text(json, "reason", order->order.reason);
    ptn_json_field_number(json, "given_ms", order->order.given_ms);
    ptn_json_field_number(json, "seen_ms", order->seen_ms);
    ptn_json_field_number(json, "keepers", order->keepers);
    ptn_json_key(json, "signers");
    ptn_json_array(json);
    for (size_t i = 0; i < order->signer_count; i++)
        ptn_json_text(json, ptn_bytes_from_text(order->signers[i]));
    ptn_json_array_end(json);
    write_answers(glance, order, json);
    ptn_json_object_end(json);
}

void glance_write_orders(const struct ptn_glance *glance, struct ptn_json *json)
{
    ptn_json_key(json, "orders");
    ptn_json_array(json);
    for (size_t i = glance->order_count; i > 0; i--)
        write_order(glance, &glance->orders[i - 1], json);
    ptn_json_array_end(json);
}
