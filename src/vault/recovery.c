#include "vault/share.h"
#include "vault/vault_int.h"

#define KEY_LEN PTN_READING_KEY_LEN

/* ---- the key and its months ---- */

struct ptn_status ptn_recovery_make(const struct ptn_world *world, unsigned needed, unsigned count,
                                    struct ptn_recovery *ret_recovery, struct ptn_share *ret_shares,
                                    struct ptn_diag *reterr)
{
    struct ptn_share_set set;
    uint8_t *secret;
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    secret = sodium_malloc(KEY_LEN);
    if (secret == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the recovery key");
    world->random(world->context, secret, KEY_LEN);
    status = ptn_share_split(world, secret, needed, count, &set, ret_shares, reterr);
    if (ptn_ok(status)) {
        memset(ret_recovery, 0, sizeof(*ret_recovery));
        ret_recovery->set = set;
        (void)crypto_scalarmult_base(ret_recovery->key, secret);
    }
    sodium_free(secret);
    return status;
}

/* Where the month is, or where it goes. */
static size_t place_of(const struct ptn_recovery *recovery, struct ptn_date month)
{
    size_t at = 0;

    while (at < recovery->month_count &&
           ptn_date_month_number(recovery->months[at].reading.month) < ptn_date_month_number(month))
        at++;
    return at;
}

static bool is_at(const struct ptn_recovery *recovery, size_t at, struct ptn_date month)
{
    return at < recovery->month_count &&
           ptn_date_month_number(recovery->months[at].reading.month) ==
               ptn_date_month_number(month);
}

struct ptn_status ptn_recovery_add(const struct ptn_world *world, struct ptn_recovery *recovery,
                                   struct ptn_date month, struct ptn_reading *ret_reading,
                                   struct ptn_diag *reterr)
{
    const size_t at = place_of(recovery, month);
    struct ptn_recovery_month made = { .reading.month = { month.year, month.month, 0 } };
    uint8_t *private_half;
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    if (is_at(recovery, at, month))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the month has a recovery key already");
    if (recovery->month_count == PTN_RECOVERY_MONTH_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_RECOVERY_MONTH_MAX, "the kit is full");
    private_half = sodium_malloc(KEY_LEN);
    if (private_half == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a reading key");
    world->random(world->context, private_half, KEY_LEN);
    (void)crypto_scalarmult_base(made.reading.key, private_half);
    status = ptn_box_make(world, private_half, recovery->key, made.box);
    sodium_free(private_half);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the kit's key is none");
    memmove(&recovery->months[at + 1], &recovery->months[at],
            (recovery->month_count - at) * sizeof(recovery->months[0]));
    recovery->months[at] = made;
    recovery->month_count++;
    *ret_reading = made.reading;
    return PTN_OK;
}

struct ptn_status ptn_recovery_remove(struct ptn_recovery *recovery, struct ptn_date month)
{
    const size_t at = place_of(recovery, month);

    if (!is_at(recovery, at, month))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    recovery->month_count--;
    memmove(&recovery->months[at], &recovery->months[at + 1],
            (recovery->month_count - at) * sizeof(recovery->months[0]));
    memset(&recovery->months[recovery->month_count], 0, sizeof(recovery->months[0]));
    return PTN_OK;
}

/* Called with each month's private half. */
typedef struct ptn_status (*month_fn)(void *context, const struct ptn_recovery_month *month,
                                      const uint8_t private_half[KEY_LEN]);

/* secret: the recovery key's private half; room: of KEY_LEN, locked. */
static struct ptn_status open_months(const struct ptn_recovery *recovery, const uint8_t *secret,
                                     uint8_t *room, month_fn take, void *context,
                                     struct ptn_diag *reterr)
{
    uint8_t public_half[KEY_LEN];
    struct ptn_status status = PTN_OK;

    (void)crypto_scalarmult_base(public_half, secret);
    if (memcmp(public_half, recovery->key, KEY_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the shares come to another recovery key");
    for (size_t i = 0; ptn_ok(status) && i < recovery->month_count; i++) {
        const struct ptn_recovery_month *month = &recovery->months[i];

        if (crypto_box_seal_open(room, month->box, PTN_EPOCH_BOX_LEN, recovery->key, secret) == 0)
            (void)crypto_scalarmult_base(public_half, room);
        else
            memset(public_half, 0, KEY_LEN);
        if (memcmp(public_half, month->reading.key, KEY_LEN) != 0)
            return ptn_fail(PTN_C_CORRUPT, reterr, i, "a month's box does not open to its key");
        status = take(context, month, room);
        if (!ptn_ok(status))
            (void)ptn_fail(status.code, reterr, i, "no memory for the reading keys");
    }
    return status;
}

/* Join the shares, and open all months with what they come to. */
static struct ptn_status open_with(const struct ptn_recovery *recovery,
                                   const struct ptn_share *shares, size_t count, month_fn take,
                                   void *context, struct ptn_diag *reterr)
{
    uint8_t *secret;
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    secret = sodium_malloc((size_t)2 * KEY_LEN);
    if (secret == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the recovery key");
    status = ptn_share_join(&recovery->set, shares, count, secret, reterr);
    if (ptn_ok(status))
        status = open_months(recovery, secret, secret + KEY_LEN, take, context, reterr);
    sodium_free(secret);
    return status;
}

static struct ptn_status into_vault(void *context, const struct ptn_recovery_month *month,
                                    const uint8_t private_half[KEY_LEN])
{
    return ptn_vault_reading_add(context, month->reading.month, private_half);
}

struct ptn_status ptn_recovery_open(const struct ptn_recovery *recovery,
                                    const struct ptn_share *shares, size_t count,
                                    struct ptn_vault *vault, struct ptn_diag *reterr)
{
    return open_with(recovery, shares, count, into_vault, vault, reterr);
}

static struct ptn_status nowhere(void *context, const struct ptn_recovery_month *month,
                                 const uint8_t private_half[KEY_LEN])
{
    (void)context;
    (void)month;
    (void)private_half;
    return PTN_OK;
}

struct ptn_status ptn_recovery_check(const struct ptn_recovery *recovery,
                                     const struct ptn_share *shares, size_t count,
                                     struct ptn_diag *reterr)
{
    return open_with(recovery, shares, count, nowhere, NULL, reterr);
}

/* ---- other holders ---- */

struct moving {
    const struct ptn_world *world;
    struct ptn_recovery *to;
};

static struct ptn_status box_anew(void *context, const struct ptn_recovery_month *month,
                                  const uint8_t private_half[KEY_LEN])
{
    const struct moving *moving = context;
    struct ptn_recovery_month *at = &moving->to->months[moving->to->month_count];
    struct ptn_status status = ptn_box_make(moving->world, private_half, moving->to->key, at->box);

    if (ptn_ok(status)) {
        at->reading = month->reading;
        moving->to->month_count++;
    }
    return status;
}

struct ptn_status ptn_recovery_move(const struct ptn_world *world,
                                    const struct ptn_recovery *recovery,
                                    const struct ptn_share *shares, size_t count,
                                    struct ptn_recovery *to, struct ptn_diag *reterr)
{
    struct moving moving = { world, to };
    struct ptn_status status;

    PTN_PRE(to->month_count == 0);

    status = open_with(recovery, shares, count, box_anew, &moving, reterr);
    if (!ptn_ok(status)) {
        memset(to->months, 0, sizeof(to->months));
        to->month_count = 0;
    }
    return status;
}

/* ---- the kit's text ---- */

static struct ptn_status add_hex_word(struct ptn_buffer *out, const char *before, const void *bytes,
                                      size_t len, const char *after)
{
    struct ptn_status status = ptn_buffer_add_text(out, before);

    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(bytes, len));
    return ptn_ok(status) ? ptn_buffer_add_text(out, after) : status;
}

struct ptn_status ptn_recovery_write(const struct ptn_recovery *recovery, struct ptn_buffer *out)
{
    const struct ptn_share_set *set = &recovery->set;
    const size_t len = out->len;
    struct ptn_status status =
        add_hex_word(out, "postern recovery 1\nset ", set->set, sizeof(set->set), "\n");

    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "open %u of %u\n", set->needed, set->count);
    if (ptn_ok(status))
        status = add_hex_word(out, "key ", recovery->key, KEY_LEN, "\n");
    if (ptn_ok(status))
        status = add_hex_word(out, "commitment ", set->commitment, sizeof(set->commitment), "\n");
    for (unsigned i = 0; ptn_ok(status) && i < set->count; i++) {
        status = ptn_buffer_addf(out, "share %u ", i + 1);
        if (ptn_ok(status))
            status = add_hex_word(out, "", set->digests[i], PTN_SHARE_DIGEST_LEN, "\n");
    }
    for (size_t i = 0; ptn_ok(status) && i < recovery->month_count; i++) {
        const struct ptn_recovery_month *month = &recovery->months[i];

        status = ptn_buffer_addf(out, "month %04u-%02u ", month->reading.month.year,
                                 month->reading.month.month);
        if (ptn_ok(status))
            status = add_hex_word(out, "", month->reading.key, KEY_LEN, " ");
        if (ptn_ok(status))
            status = add_hex_word(out, "", month->box, sizeof(month->box), "\n");
    }
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* Reads one line of the kit piece by piece; good turns false at the first that does not stand
 * there. */
struct line {
    struct ptn_bytes text;
    size_t next;
    bool good;
};

static void expect(struct line *line, const char *text)
{
    const size_t len = strlen(text);

    line->good = line->good && line->text.len - line->next >= len &&
                 memcmp(line->text.at + line->next, text, len) == 0;
    line->next += line->good ? len : 0;
}

/* The value of a lower-case hex digit; 16: none. */
static unsigned hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - (unsigned)'0';
    return digit >= 'a' && digit <= 'f' ? digit - (unsigned)'a' + 10 : 16;
}

static void take_hex(struct line *line, uint8_t *ret_bytes, size_t len)
{
    line->good = line->good && line->text.len - line->next >= 2 * len;
    for (size_t i = 0; line->good && i < len; i++) {
        unsigned high = hex_value(line->text.at[line->next + 2 * i]);
        unsigned low = hex_value(line->text.at[line->next + 2 * i + 1]);

        line->good = high < 16 && low < 16;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    line->next += line->good ? 2 * len : 0;
}

/* Decimal without leading zeros, or exactly that many digits. */
static unsigned take_number(struct line *line, size_t digit_count)
{
    unsigned value = 0;
    size_t count = 0;

    while (line->good && count < 4 && line->next < line->text.len &&
           line->text.at[line->next] >= '0' && line->text.at[line->next] <= '9') {
        value = value * 10 + (line->text.at[line->next] - (unsigned)'0');
        line->next++;
        count++;
    }
    if (count == 0 || (digit_count != 0 && count != digit_count) ||
        (digit_count == 0 && line->text.at[line->next - count] == '0'))
        line->good = false;
    return value;
}

static bool ends(const struct line *line)
{
    return line->good && line->next == line->text.len;
}

/* The next line, up to a LF that must be there. */
static struct line take_line(struct ptn_cursor *cursor)
{
    struct ptn_bytes rest = ptn_bytes_slice(cursor->bytes, cursor->next, SIZE_MAX);
    const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.at, '\n', rest.len);
    struct line line = { PTN_BYTES_NONE, 0, end != NULL };

    if (end == NULL)
        return line;
    line.text = ptn_bytes_of(rest.at, (size_t)(end - rest.at));
    cursor->next += line.text.len + 1;
    return line;
}

/* Line number of the head, from 1; what it must say. */
static bool read_head(struct ptn_recovery *recovery, struct line *line, unsigned number)
{
    struct ptn_share_set *set = &recovery->set;
    unsigned needed;
    unsigned count;

    switch (number) {
    case 1:
        expect(line, "postern recovery 1");
        return ends(line);
    case 2:
        expect(line, "set ");
        take_hex(line, set->set, sizeof(set->set));
        return ends(line);
    case 3:
        expect(line, "open ");
        needed = take_number(line, 0);
        expect(line, " of ");
        count = take_number(line, 0);
        if (!ends(line) || needed < PTN_SHARE_COUNT_MIN || needed > count ||
            count > PTN_SHARE_COUNT_MAX)
            return false;
        set->needed = (uint8_t)needed;
        set->count = (uint8_t)count;
        return true;
    case 4:
        expect(line, "key ");
        take_hex(line, recovery->key, KEY_LEN);
        return ends(line) && ptn_reading_usable(recovery->key);
    case 5:
        expect(line, "commitment ");
        take_hex(line, set->commitment, sizeof(set->commitment));
        return ends(line);
    default:
        expect(line, "share ");
        if (take_number(line, 0) != number - 5)
            return false;
        expect(line, " ");
        take_hex(line, set->digests[number - 6], PTN_SHARE_DIGEST_LEN);
        return ends(line);
    }
}

static bool read_month(struct ptn_recovery *recovery, struct line *line)
{
    struct ptn_recovery_month month = { 0 };

    expect(line, "month ");
    month.reading.month.year = (uint16_t)take_number(line, 4);
    expect(line, "-");
    month.reading.month.month = (uint8_t)take_number(line, 2);
    expect(line, " ");
    take_hex(line, month.reading.key, KEY_LEN);
    expect(line, " ");
    take_hex(line, month.box, sizeof(month.box));
    if (!ends(line) || !ptn_reading_month_good(month.reading.month) ||
        (recovery->month_count > 0 &&
         ptn_date_month_number(recovery->months[recovery->month_count - 1].reading.month) >=
             ptn_date_month_number(month.reading.month)))
        return false;
    recovery->months[recovery->month_count++] = month;
    return true;
}

struct ptn_status ptn_recovery_parse(struct ptn_bytes text, struct ptn_recovery *ret_recovery,
                                     struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_recovery recovery = { 0 };
    unsigned number = 1;
    unsigned head = 5;

    if (text.len > PTN_RECOVERY_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the recovery kit is too long");
    while (number <= head || ptn_cursor_left(&cursor) > 0) {
        struct line line = take_line(&cursor);

        if (number > head && recovery.month_count == PTN_RECOVERY_MONTH_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, number, "the recovery kit has too many months");
        if (!(number <= head ? read_head(&recovery, &line, number) : read_month(&recovery, &line)))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "the line is none of a recovery kit");
        head = number == 3 ? 5u + recovery.set.count : head;
        number++;
    }
    *ret_recovery = recovery;
    return PTN_OK;
}
