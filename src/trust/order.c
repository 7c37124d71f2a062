/*
 * trust/order.c -- an order's text, read strictly line by line and written in its one order.
 */
#include "trust/order.h"

#include "base/text.h"

#define FIRST_LINE "postern order 1\n"
#define HASH_HEX   64u
#define AFTER_MAX  UINT64_C(999999999999999999) /* eighteen digits */

static const char *const verb_words[PTN_ORDER_VERB_COUNT] = { "withdraw", "restore",  "annul",
                                                              "revoke",   "distrust", "release",
                                                              "erase",    "close",    "advance",
                                                              "remove",   "void" };
static const char *const stage_words[PTN_STAGE_COUNT] = { "none", "canary", "half", "all" };
static const char *const cause_words[PTN_CAUSE_COUNT] = { "none", "drill", "mistake", "technical",
                                                          "attack" };

/* In the order of their lines: sorted by bytes. */
static const struct {
    enum ptn_function function;
    const char *word;
} functions[PTN_FUNCTION_COUNT] = {
    { PTN_FUNCTION_ADMINISTRATION, "administration" },
    { PTN_FUNCTION_CHIPS, "chips" },
    { PTN_FUNCTION_EXPORTS, "exports" },
    { PTN_FUNCTION_LANES_IN, "lanes-in" },
    { PTN_FUNCTION_LANES_OUT, "lanes-out" },
    { PTN_FUNCTION_MESSAGES, "messages" },
    { PTN_FUNCTION_UPDATES, "updates" },
};

static const struct {
    enum ptn_order_kind kind;
    const char *word;
} kinds[] = {
    { PTN_ORDER_AIRPORT, "airport" },
    { PTN_ORDER_LAND, "land" },
    { PTN_ORDER_SEAPORT, "seaport" },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* Which verbs have which lines. */
static bool is_tightening(enum ptn_order_verb verb)
{
    return verb == PTN_ORDER_WITHDRAW || verb == PTN_ORDER_REVOKE || verb == PTN_ORDER_DISTRUST;
}

static bool has_scope(enum ptn_order_verb verb)
{
    return verb != PTN_ORDER_RELEASE && verb != PTN_ORDER_ERASE;
}

/* The word of the lines that name other orders; NULL: the verb has none. */
static const char *naming_word(enum ptn_order_verb verb)
{
    if (verb == PTN_ORDER_RESTORE || verb == PTN_ORDER_ANNUL)
        return "ends";
    if (verb == PTN_ORDER_CLOSE)
        return "closes";
    if (verb == PTN_ORDER_REMOVE)
        return "removes";
    return verb == PTN_ORDER_ADVANCE ? "returns" : NULL;
}

const char *ptn_order_verb_word(enum ptn_order_verb verb)
{
    return verb < PTN_ORDER_VERB_COUNT ? verb_words[verb] : "unknown";
}

const char *ptn_cause_word(enum ptn_cause cause)
{
    return cause < PTN_CAUSE_COUNT ? cause_words[cause] : "unknown";
}

const char *ptn_stage_word(enum ptn_stage stage)
{
    return stage < PTN_STAGE_COUNT ? stage_words[stage] : "unknown";
}

const char *ptn_function_word(enum ptn_function function)
{
    for (size_t i = 0; i < PTN_FUNCTION_COUNT; i++)
        if (functions[i].function == function)
            return functions[i].word;
    return "unknown";
}

enum ptn_cause ptn_cause_find(struct ptn_bytes word)
{
    for (unsigned i = 1; i < PTN_CAUSE_COUNT; i++)
        if (ptn_bytes_is(word, cause_words[i]))
            return (enum ptn_cause)i;
    return PTN_CAUSE_NONE;
}

unsigned ptn_function_find(struct ptn_bytes word)
{
    for (size_t i = 0; i < PTN_FUNCTION_COUNT; i++)
        if (ptn_bytes_is(word, functions[i].word))
            return functions[i].function;
    return 0;
}

/* ---- reading ---- */

struct reading {
    struct ptn_cursor cursor;
    struct ptn_order *order;
    struct ptn_diag *reterr;
    size_t offset; /* of the line last looked at */
};

static struct ptn_status bad(const struct reading *reading, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reading->reterr, reading->offset, text);
}

/* Take the next line when it is the word and a value; false and nothing taken when it is not. */
static bool take(struct reading *reading, const char *word, struct ptn_bytes *ret_value)
{
    const size_t word_len = strlen(word);
    struct ptn_bytes left =
        ptn_bytes_slice(reading->cursor.bytes, reading->cursor.next, SIZE_MAX / 2);
    const uint8_t *end = left.len == 0 ? NULL : memchr(left.at, '\n', left.len);
    size_t len = end == NULL ? 0 : (size_t)(end - left.at);

    reading->offset = reading->cursor.next;
    if (end == NULL || len <= word_len || memcmp(left.at, word, word_len) != 0 ||
        left.at[word_len] != ' ')
        return false;
    *ret_value = ptn_bytes_slice(left, word_len + 1, len - word_len - 1);
    reading->cursor.next += len + 1;
    return true;
}

/* "YYYY-MM-DDThh:mm:ssZ" and nothing longer. */
static bool read_instant(struct ptn_bytes text, int64_t *ret_ms)
{
    return text.len == 20 && ptn_ok(ptn_instant_parse(text, ret_ms, NULL));
}

/* A character that shows nothing, or changes how others are shown: what is read must be what is
 * signed. */
static bool is_hidden(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) || code_point == 0xad ||
           (code_point >= 0x200b && code_point <= 0x200f) ||
           (code_point >= 0x2028 && code_point <= 0x202e) ||
           (code_point >= 0x2060 && code_point <= 0x206f) || code_point == 0xfeff ||
           code_point == 0x61c || code_point == PTN_CODE_POINT_BAD ||
           (code_point >= 0xe0000 && code_point <= 0xe0fff);
}

static bool reason_good(struct ptn_bytes text)
{
    size_t offset = 0;

    if (text.len == 0 || text.len > PTN_ORDER_REASON_MAX || text.at[0] == ' ' ||
        text.at[text.len - 1] == ' ' || !ptn_utf8_valid(text, NULL))
        return false;
    while (offset < text.len)
        if (is_hidden(ptn_utf8_next(text, &offset)))
            return false;
    return true;
}

static bool name_good(struct ptn_bytes text)
{
    size_t offset = 0;

    if (!ptn_note_name_good(text))
        return false;
    while (offset < text.len)
        if (is_hidden(ptn_utf8_next(text, &offset)))
            return false;
    return true;
}

static bool hash_good(struct ptn_bytes text)
{
    uint8_t hash[HASH_HEX / 2];

    return ptn_hex_read_exactly(text, hash, sizeof(hash));
}

bool ptn_order_month(struct ptn_bytes value, struct ptn_date *ret_month)
{
    unsigned numbers[2] = { 0, 0 };

    if (value.len != 7 || value.at[4] != '-')
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (i == 4)
            continue;
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        numbers[i > 4] = numbers[i > 4] * 10 + (unsigned)(value.at[i] - '0');
    }
    if (numbers[0] < 2020 || numbers[0] > 2059 || numbers[1] < 1 || numbers[1] > 12)
        return false;
    *ret_month = (struct ptn_date){ (uint16_t)numbers[0], (uint8_t)numbers[1], 0 };
    return true;
}

static bool month_good(struct ptn_bytes text)
{
    struct ptn_date month;

    return ptn_order_month(text, &month);
}

/* Take all lines of that word: sorted, none twice, each good. *ret_lines is the block as it stands.
 */
static struct ptn_status take_block(struct reading *reading, const char *word,
                                    bool (*good)(struct ptn_bytes), size_t count_max,
                                    struct ptn_bytes *ret_lines, size_t *ret_count)
{
    const size_t start = reading->cursor.next;
    struct ptn_bytes former = PTN_BYTES_NONE;
    struct ptn_bytes value;
    size_t count = 0;

    while (take(reading, word, &value)) {
        if (!good(value))
            return bad(reading, "a value that will not do");
        if (count > 0 && ptn_bytes_compare(former, value) >= 0)
            return bad(reading, "lines of a kind are sorted, none twice");
        if (++count > count_max)
            return ptn_fail(PTN_C_TOO_BIG, reading->reterr, reading->offset, "too many lines");
        former = value;
    }
    *ret_lines = ptn_bytes_slice(reading->cursor.bytes, start, reading->cursor.next - start);
    *ret_count = count;
    return PTN_OK;
}

static struct ptn_status take_head(struct reading *reading)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;
    bool has_until;

    if (!take(reading, "country", &order->country) || !name_good(order->country))
        return bad(reading, "no line \"country\" with a name");
    if (!take(reading, "number", &value) ||
        !ptn_hex_read_exactly(value, order->number, sizeof(order->number)))
        return bad(reading, "no line \"number\" with 32 hex digits");
    if (!take(reading, "given", &value) || !read_instant(value, &order->given_ms))
        return bad(reading, "no line \"given\" with a time");
    order->until_ms = PTN_ORDER_NEVER;
    has_until = take(reading, "until", &value);
    if (has_until && (!read_instant(value, &order->until_ms) || order->until_ms < order->given_ms))
        return bad(reading, "\"until\" is not a time after \"given\"");
    if (!take(reading, "verb", &value))
        return bad(reading, "no line \"verb\"");
    for (unsigned i = 0; i < PTN_ORDER_VERB_COUNT; i++) {
        if (!ptn_bytes_is(value, verb_words[i]))
            continue;
        order->verb = (enum ptn_order_verb)i;
        return has_until && is_tightening(order->verb)
                   ? bad(reading, "a tightening never runs out: no \"until\"")
                   : PTN_OK;
    }
    return bad(reading, "not a verb");
}

static struct ptn_status take_scope(struct reading *reading)
{
    struct ptn_order_scope *scope = &reading->order->scope;
    const struct ptn_bytes all = PTN_BYTES_LITERAL("all\n");
    struct ptn_bytes value;
    struct ptn_status status;
    size_t kind_count = 0;

    reading->offset = reading->cursor.next;
    scope->all =
        ptn_bytes_equal(ptn_bytes_slice(reading->cursor.bytes, reading->cursor.next, all.len), all);
    if (scope->all) {
        reading->cursor.next += all.len;
        return PTN_OK;
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        size_t start = reading->cursor.next;

        if (!take(reading, "kind", &value))
            break;
        if (!ptn_bytes_is(value, kinds[i].word)) {
            reading->cursor.next = start;
            continue;
        }
        scope->kinds |= kinds[i].kind;
        kind_count++;
    }
    if (kind_count == KIND_COUNT)
        return bad(reading, "every kind is \"all\"");
    if (kind_count > 0)
        return PTN_OK;
    status = take_block(reading, "post", name_good, PTN_ORDER_POST_MAX, &scope->posts,
                        &scope->post_count);
    if (ptn_ok(status) && scope->post_count == 0)
        return bad(reading, "not said where: all, kind or post");
    return status;
}

/* withdraw: the rung and the cause stand before where, the functions after. */
static struct ptn_status take_withdraw_head(struct reading *reading, bool *ret_has_rung)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;

    *ret_has_rung = take(reading, "rung", &value);
    if (*ret_has_rung) {
        if (ptn_bytes_is(value, ptn_rung_word(PTN_RUNG_LOCAL)))
            order->rung = PTN_RUNG_LOCAL;
        else if (ptn_bytes_is(value, ptn_rung_word(PTN_RUNG_MANUAL)))
            order->rung = PTN_RUNG_MANUAL;
        else
            return bad(reading, "a post goes down to local or manual");
    }
    if (!take(reading, "cause", &value))
        return bad(reading, "no line \"cause\"");
    order->cause = ptn_cause_find(value);
    return order->cause == PTN_CAUSE_NONE ? bad(reading, "not a cause") : PTN_OK;
}

static struct ptn_status take_functions(struct reading *reading, bool has_rung)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;
    unsigned former = 0;

    while (take(reading, "function", &value)) {
        unsigned i = 0;

        while (i < PTN_FUNCTION_COUNT && !ptn_bytes_is(value, functions[i].word))
            i++;
        if (i == PTN_FUNCTION_COUNT || i < former)
            return bad(reading, "not a function, or not in order");
        order->functions |= functions[i].function;
        former = i + 1;
    }
    if (order->functions == 0)
        return bad(reading, "no line \"function\"");
    if (has_rung != ((order->functions & PTN_FUNCTION_LANES) != 0))
        return bad(reading, "a rung is for lanes, and lanes need a rung");
    return PTN_OK;
}

static struct ptn_status take_target(struct reading *reading)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;

    if (take(reading, "key", &value)) {
        order->target = PTN_ORDER_TARGET_KEY;
        return ptn_hex_read_exactly(value, order->key, sizeof(order->key))
                   ? PTN_OK
                   : bad(reading, "a key is 64 hex digits");
    }
    if (order->verb == PTN_ORDER_REVOKE && take(reading, "officer", &order->target_name))
        order->target = PTN_ORDER_TARGET_OFFICER;
    else if (order->verb == PTN_ORDER_REVOKE && take(reading, "device", &order->target_name))
        order->target = PTN_ORDER_TARGET_DEVICE;
    else
        return bad(reading, "not said what");
    return name_good(order->target_name) ? PTN_OK : bad(reading, "not a name");
}

/* A line with a number from least to most. */
static bool take_number(struct reading *reading, const char *word, uint32_t least, uint32_t most,
                        uint32_t *ret_number)
{
    struct ptn_bytes value;
    uint64_t number;

    if (!take(reading, word, &value) || !ptn_decimal_read(value, most, &number) || number < least)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static struct ptn_status take_release(struct reading *reading)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;
    struct ptn_status status = take_block(reading, "build", hash_good, PTN_ORDER_BUILD_MAX,
                                          &order->builds, &order->build_count);

    if (!ptn_ok(status))
        return status;
    if (order->build_count == 0)
        return bad(reading, "no line \"build\" with 64 hex digits");
    if (!take_number(reading, "version", 0, UINT32_MAX, &order->version))
        return bad(reading, "no line \"version\" with a number");
    if (!take_number(reading, "minimum", 0, order->version, &order->minimum))
        return bad(reading, "no line \"minimum\" with a number up to the version's");
    if (!take(reading, "medium", &value) ||
        !ptn_hex_read_exactly(value, order->medium, sizeof(order->medium)))
        return bad(reading, "no line \"medium\" with 64 hex digits");
    return PTN_OK;
}

/* The orders it names, and before or after them what is the verb's own. */
static struct ptn_status take_naming(struct reading *reading)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;
    struct ptn_status status;

    if (order->verb == PTN_ORDER_ADVANCE) {
        if (!take(reading, "stage", &value))
            return bad(reading, "no line \"stage\"");
        order->stage =
            ptn_bytes_is(value, stage_words[PTN_STAGE_HALF]) ? PTN_STAGE_HALF : PTN_STAGE_ALL;
        if (!ptn_bytes_is(value, stage_words[order->stage]))
            return bad(reading, "a return goes on to half or all");
    }
    status = take_block(reading, naming_word(order->verb), hash_good, PTN_ORDER_ENDS_MAX,
                        &order->ends, &order->ends_count);
    if (ptn_ok(status) && order->verb == PTN_ORDER_RESTORE) {
        size_t start = reading->cursor.next;

        if (!take_number(reading, "canary", 1, PTN_ORDER_CANARY_MAX, &order->canary_s) &&
            reading->cursor.next != start)
            return bad(reading, "\"canary\" is 1 to 2592000 seconds");
    }
    if (ptn_ok(status) && order->verb == PTN_ORDER_CLOSE)
        status = take_block(reading, "sheets", name_good, PTN_ORDER_SHEETS_MAX, &order->sheets,
                            &order->sheets_count);
    if (ptn_ok(status) && order->verb == PTN_ORDER_CLOSE)
        status = take_block(reading, "swept", hash_good, PTN_ORDER_SWEPT_MAX, &order->swept,
                            &order->swept_count);
    return status;
}

/* What a verb has besides rung, cause and where. */
static struct ptn_status take_rest(struct reading *reading, bool has_rung)
{
    struct ptn_order *order = reading->order;
    struct ptn_bytes value;
    struct ptn_status status = PTN_OK;

    switch (order->verb) {
    case PTN_ORDER_WITHDRAW:
        return take_functions(reading, has_rung);
    case PTN_ORDER_REVOKE:
        return take_target(reading);
    case PTN_ORDER_DISTRUST:
    case PTN_ORDER_VOID:
        status = take_target(reading);
        if (ptn_ok(status) &&
            (!take(reading, "after", &value) || !ptn_decimal_read(value, AFTER_MAX, &order->after)))
            return bad(reading, "no line \"after\" with a size");
        return status;
    case PTN_ORDER_RESTORE:
    case PTN_ORDER_ANNUL:
    case PTN_ORDER_CLOSE:
    case PTN_ORDER_ADVANCE:
    case PTN_ORDER_REMOVE:
        status = take_naming(reading);
        break;
    case PTN_ORDER_RELEASE:
        return take_release(reading);
    case PTN_ORDER_ERASE:
        status = take_block(reading, "payload", hash_good, PTN_ORDER_PAYLOAD_MAX, &order->payloads,
                            &order->payload_count);
        if (ptn_ok(status))
            status = take_block(reading, "month", month_good, PTN_ORDER_MONTH_MAX, &order->months,
                                &order->month_count);
        break;
    case PTN_ORDER_VERB_COUNT:
        break;
    }
    if (ptn_ok(status) && order->ends_count + order->payload_count + order->month_count == 0)
        return bad(reading, "names nothing");
    return status;
}

/* ORDER-3: what is read must be what would be written. */
struct ptn_status ptn_order_parse(struct ptn_bytes text, struct ptn_order *ret_order,
                                  struct ptn_diag *reterr)
{
    struct ptn_order order = { 0 };
    struct reading reading = { .cursor = ptn_cursor_at(text), .order = &order, .reterr = reterr };
    bool has_rung = false;
    struct ptn_status status;

    if (text.len > PTN_ORDER_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_ORDER_TEXT_MAX, "too long for an order");
    if (!ptn_order_looks_like(text))
        return bad(&reading, "not an order");
    reading.cursor.next = sizeof(FIRST_LINE) - 1;
    status = take_head(&reading);
    if (ptn_ok(status) && order.verb == PTN_ORDER_WITHDRAW)
        status = take_withdraw_head(&reading, &has_rung);
    if (ptn_ok(status) && has_scope(order.verb))
        status = take_scope(&reading);
    if (ptn_ok(status))
        status = take_rest(&reading, has_rung);
    if (!ptn_ok(status))
        return status;
    if (!take(&reading, "reason", &order.reason) || !reason_good(order.reason))
        return bad(&reading, "no line \"reason\" of 1 to 200 bytes that all can be seen");
    reading.offset = reading.cursor.next;
    if (ptn_cursor_left(&reading.cursor) > 0)
        return bad(&reading, "lines after the order's end, or in another order");
    *ret_order = order;
    return PTN_OK;
}

bool ptn_order_looks_like(struct ptn_bytes text)
{
    const size_t len = sizeof(FIRST_LINE) - 1;

    return text.len >= len && memcmp(text.at, FIRST_LINE, len) == 0;
}

/* ---- writing ---- */

/* Appends until the first failure, which sticks. */
struct writing {
    struct ptn_buffer *out;
    struct ptn_status status;
};

static void add(struct writing *writing, struct ptn_bytes bytes)
{
    if (ptn_ok(writing->status))
        writing->status = ptn_buffer_add(writing->out, bytes);
}

static void add_text(struct writing *writing, const char *text)
{
    add(writing, ptn_bytes_from_text(text));
}

static void add_number(struct writing *writing, uint64_t number)
{
    if (ptn_ok(writing->status))
        writing->status = ptn_buffer_add_decimal(writing->out, (int64_t)number);
}

static void add_hex(struct writing *writing, const uint8_t *bytes, size_t len)
{
    if (ptn_ok(writing->status))
        writing->status = ptn_buffer_add_hex(writing->out, ptn_bytes_of(bytes, len));
}

/* Whole seconds: "YYYY-MM-DDThh:mm:ssZ". */
static void add_instant(struct writing *writing, int64_t instant_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    add(writing, ptn_bytes_of(ptn_instant_write(instant_ms, text), 19));
    add_text(writing, "Z");
}

static void write_head(struct writing *writing, const struct ptn_order *order)
{
    add_text(writing, FIRST_LINE "country ");
    add(writing, order->country);
    add_text(writing, "\nnumber ");
    add_hex(writing, order->number, sizeof(order->number));
    add_text(writing, "\ngiven ");
    add_instant(writing, order->given_ms);
    if (order->until_ms != PTN_ORDER_NEVER) {
        add_text(writing, "\nuntil ");
        add_instant(writing, order->until_ms);
    }
    add_text(writing, "\nverb ");
    add_text(writing, ptn_order_verb_word(order->verb));
    add_text(writing, "\n");
    if (order->rung != PTN_RUNG_NORMAL) {
        add_text(writing, "rung ");
        add_text(writing, ptn_rung_word(order->rung));
        add_text(writing, "\n");
    }
    if (order->verb == PTN_ORDER_WITHDRAW) {
        add_text(writing, "cause ");
        add_text(writing, ptn_cause_word(order->cause));
        add_text(writing, "\n");
    }
}

static void write_scope(struct writing *writing, const struct ptn_order_scope *scope)
{
    if (scope->all)
        add_text(writing, "all\n");
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if ((scope->kinds & kinds[i].kind) == 0)
            continue;
        add_text(writing, "kind ");
        add_text(writing, kinds[i].word);
        add_text(writing, "\n");
    }
    add(writing, scope->posts);
}

static void write_target(struct writing *writing, const struct ptn_order *order)
{
    if (order->target == PTN_ORDER_TARGET_KEY) {
        add_text(writing, "key ");
        add_hex(writing, order->key, sizeof(order->key));
        add_text(writing, "\n");
    } else if (order->target != PTN_ORDER_TARGET_NONE) {
        add_text(writing, order->target == PTN_ORDER_TARGET_OFFICER ? "officer " : "device ");
        add(writing, order->target_name);
        add_text(writing, "\n");
    }
    if (order->verb == PTN_ORDER_DISTRUST || order->verb == PTN_ORDER_VOID) {
        add_text(writing, "after ");
        add_number(writing, order->after);
        add_text(writing, "\n");
    }
}

static void write_number(struct writing *writing, const char *word, uint32_t number)
{
    add_text(writing, word);
    add_text(writing, " ");
    add_number(writing, number);
    add_text(writing, "\n");
}

static void write_release(struct writing *writing, const struct ptn_order *order)
{
    add(writing, order->builds);
    write_number(writing, "version", order->version);
    write_number(writing, "minimum", order->minimum);
    add_text(writing, "medium ");
    add_hex(writing, order->medium, sizeof(order->medium));
    add_text(writing, "\n");
}

static void write_naming(struct writing *writing, const struct ptn_order *order)
{
    if (naming_word(order->verb) == NULL)
        return;
    if (order->verb == PTN_ORDER_ADVANCE) {
        add_text(writing, "stage ");
        add_text(writing, ptn_stage_word(order->stage));
        add_text(writing, "\n");
    }
    add(writing, order->ends);
    if (order->canary_s > 0)
        write_number(writing, "canary", order->canary_s);
    add(writing, order->sheets);
    add(writing, order->swept);
}

struct ptn_status ptn_order_write(const struct ptn_order *order, struct ptn_buffer *out)
{
    const size_t len = out->len;
    struct writing writing = { .out = out };

    write_head(&writing, order);
    if (has_scope(order->verb))
        write_scope(&writing, &order->scope);
    for (size_t i = 0; i < PTN_FUNCTION_COUNT; i++) {
        if ((order->functions & functions[i].function) == 0)
            continue;
        add_text(&writing, "function ");
        add_text(&writing, functions[i].word);
        add_text(&writing, "\n");
    }
    write_target(&writing, order);
    write_naming(&writing, order);
    if (order->verb == PTN_ORDER_RELEASE)
        write_release(&writing, order);
    if (order->verb == PTN_ORDER_ERASE) {
        add(&writing, order->payloads);
        add(&writing, order->months);
    }
    add_text(&writing, "reason ");
    add(&writing, order->reason);
    add_text(&writing, "\n");
    if (!ptn_ok(writing.status))
        out->len = len;
    return writing.status;
}

/* ---- looking ---- */

struct ptn_status ptn_order_name(struct ptn_bytes text, struct ptn_hash *ret_name)
{
    return ptn_sha256(&text, 1, ret_name->at);
}

bool ptn_order_next_line(struct ptn_cursor *block, struct ptn_bytes *ret_value)
{
    struct ptn_bytes line;
    const uint8_t *space;

    if (!ptn_ok(ptn_cursor_take_line(block, &line)))
        return false;
    space = line.len == 0 ? NULL : memchr(line.at, ' ', line.len);
    *ret_value =
        space == NULL ? line : ptn_bytes_slice(line, (size_t)(space - line.at) + 1, line.len);
    return true;
}

bool ptn_order_is_for(const struct ptn_order *order, struct ptn_bytes origin, unsigned kind)
{
    struct ptn_cursor posts = ptn_cursor_at(order->scope.posts);
    struct ptn_bytes post;

    if (order->scope.all || (order->scope.kinds & kind) != 0 || !has_scope(order->verb))
        return true;
    while (ptn_order_next_line(&posts, &post))
        if (ptn_bytes_equal(post, origin))
            return true;
    return false;
}

bool ptn_order_has_line(struct ptn_bytes block, struct ptn_bytes value)
{
    struct ptn_cursor cursor = ptn_cursor_at(block);
    struct ptn_bytes line;

    while (ptn_order_next_line(&cursor, &line))
        if (ptn_bytes_equal(line, value))
            return true;
    return false;
}

bool ptn_order_ends(const struct ptn_order *order, const struct ptn_hash *name)
{
    return (order->verb == PTN_ORDER_RESTORE || order->verb == PTN_ORDER_ANNUL) &&
           ptn_order_names(order, name);
}

bool ptn_order_names(const struct ptn_order *order, const struct ptn_hash *name)
{
    struct ptn_cursor ends = ptn_cursor_at(order->ends);
    struct ptn_bytes value;
    struct ptn_hash ended;

    while (ptn_order_next_line(&ends, &value))
        if (ptn_hex_read_exactly(value, ended.at, sizeof(ended.at)) && ptn_hash_equal(&ended, name))
            return true;
    return false;
}
