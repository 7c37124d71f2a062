/*
 * node/boarding_table.c -- a table of stops: made at a centre, read at a gateway
 * (docs/format/boarding.md).
 *
 * A stop lies under a tag that only who has the document's data can work out. One of a person goes
 * by issuer, number and birth; one of a document, which anybody may hold, by issuer and number: its
 * birth is a day on which nobody was born.
 */
#include "node/inbox_int.h"
#include "record/alert.h"
#include "reference/state.h"

#define MAGIC_LEN  20u
#define SALT_AT    (MAGIC_LEN + 16u)
#define FIRST_HEAD (SALT_AT + PTN_SHA256_LEN + 4u)
#define HEAD       (SALT_AT + PTN_SHA256_LEN + PTN_CARRIER_CODE_MAX + 4u + 4u)
#define ID_LEN     sizeof(struct ptn_record_id)
#define FIRST_ROW  (PTN_PERMIT_TAG_LEN + ID_LEN + 8u)
#define ROW_LEN    (FIRST_ROW + 4u)
#define FROM_AT    (PTN_PERMIT_TAG_LEN + ID_LEN) /* by what stands before it rows ascend */
#define ORDER_LEN  FROM_AT
#define NO_END     UINT32_MAX
#define NUMBER_MAX 64u
#define DAY_S      86400
#define DAY_MS     INT64_C(86400000)

static_assert(ORDER_LEN == 32u, "a tag and an id");

/* A table of bans for all carriers is written as ever: older gateways read it. */
static const char first_magic[] = "postern.boarding/v1\n";
static const char magic[] = "postern.boarding/v2\n";

static const char *const source_words[] = { "bans", "alerts", "documents" };

/* ---- sources ---- */

bool ptn_boarding_sources_read(struct ptn_bytes words, unsigned *ret_sources)
{
    unsigned sources = 0;

    for (;;) {
        const uint8_t *comma = words.len == 0 ? NULL : memchr(words.at, ',', words.len);
        size_t len = comma == NULL ? words.len : (size_t)(comma - words.at);
        size_t i = 0;

        while (i < 3 && !ptn_bytes_is(ptn_bytes_slice(words, 0, len), source_words[i]))
            i++;
        if (i == 3 || (sources & 1u << i) != 0)
            return false;
        sources |= 1u << i;
        if (comma == NULL)
            break;
        words = ptn_bytes_slice(words, len + 1, SIZE_MAX);
    }
    *ret_sources = sources;
    return true;
}

const char *ptn_boarding_sources_write(unsigned sources, char text[PTN_BOARDING_WORDS_SIZE])
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < 3; i++)
        if ((sources & 1u << i) != 0)
            len += (size_t)snprintf(text + len, PTN_BOARDING_WORDS_SIZE - len, "%s%s",
                                    len == 0 ? "" : ",", source_words[i]);
    return text;
}

/* ---- one document's tag ---- */

/* Issuer and number as they are compared. */
static struct ptn_person keyed(struct ptn_date birth, const char *issuer, struct ptn_bytes from,
                               char number[NUMBER_MAX])
{
    struct ptn_person key = { .birth = birth };
    size_t len = 0;

    (void)snprintf(key.document.issuer, sizeof(key.document.issuer), "%s",
                   ptn_state_canonical(issuer));
    for (size_t i = 0; i < from.len && len < NUMBER_MAX; i++) {
        uint8_t byte = from.at[i];

        if (byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - 'a' + 'A');
        if ((byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
            number[len++] = (char)byte;
    }
    key.document.number = ptn_bytes_of(number, len);
    return key;
}

static struct ptn_status tag_of(struct ptn_date birth, const char *issuer, struct ptn_bytes from,
                                const uint8_t *salt, uint8_t ret_tag[PTN_PERMIT_TAG_LEN])
{
    char number[NUMBER_MAX];
    struct ptn_person key = keyed(birth, issuer, from, number);
    struct ptn_permit_key found;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (ptn_date_is_full(birth))
        status = ptn_permit_key_of(&key, salt, &found);
    if (ptn_ok(status))
        memcpy(ret_tag, found.tag, PTN_PERMIT_TAG_LEN);
    explicit_bzero(&found, sizeof(found));
    explicit_bzero(number, sizeof(number));
    return status;
}

struct ptn_status ptn_boarding_tag_person(const struct ptn_person *person, const uint8_t *salt,
                                          uint8_t ret_tag[PTN_PERMIT_TAG_LEN])
{
    return tag_of(person->birth, person->document.issuer, person->document.number, salt, ret_tag);
}

struct ptn_status ptn_boarding_tag_document(const char *issuer, struct ptn_bytes number,
                                            const uint8_t *salt,
                                            uint8_t ret_tag[PTN_PERMIT_TAG_LEN])
{
    return tag_of((struct ptn_date){ 1, 1, 1 }, issuer, number, salt, ret_tag);
}

/* ---- making one ---- */

struct ptn_boarding_press {
    const struct ptn_world *world;
    int64_t made_ms, until_ms;
    unsigned sources;
    char carrier[PTN_CARRIER_CODE_MAX + 1];
    uint8_t salt[PTN_SHA256_LEN];
    uint8_t (*rows)[ROW_LEN];
    size_t count, capacity;
};

struct ptn_boarding_press *ptn_boarding_press_new(const struct ptn_world *world,
                                                  const struct ptn_boarding_plan *plan)
{
    struct ptn_boarding_press *press = calloc(1, sizeof(*press));

    PTN_PRE(plan->sources != 0 && (plan->sources & ~PTN_BOARDING_SOURCES) == 0);
    PTN_PRE(plan->carrier.len <= PTN_CARRIER_CODE_MAX);
    if (press == NULL)
        return NULL;
    press->world = world;
    press->made_ms = world->now_ms(world->context);
    press->until_ms = plan->until_ms;
    press->sources = plan->sources;
    if (plan->carrier.len > 0)
        memcpy(press->carrier, plan->carrier.at, plan->carrier.len);
    if (plan->salt != NULL)
        memcpy(press->salt, plan->salt, sizeof(press->salt));
    else
        world->random(world->context, press->salt, sizeof(press->salt));
    return press;
}

void ptn_boarding_press_free(struct ptn_boarding_press *press)
{
    if (press == NULL)
        return;
    free(press->rows);
    free(press);
}

size_t ptn_boarding_press_count(const struct ptn_boarding_press *press)
{
    return press->count;
}

static void put_u32(uint8_t *at, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* What a row says beside its tag. */
struct row {
    unsigned source;
    struct ptn_record_id id;
    uint32_t from_s, last_day;
};

static struct ptn_status add_row(struct ptn_boarding_press *press,
                                 const uint8_t tag[PTN_PERMIT_TAG_LEN], const struct row *said)
{
    uint8_t *row;

    PTN_PRE((press->sources & said->source) != 0);
    if (press->count == PTN_BOARDING_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (press->count == press->capacity) {
        size_t capacity = press->capacity == 0 ? 64 : 2 * press->capacity;
        uint8_t(*rows)[ROW_LEN] = realloc(press->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        press->rows = rows;
        press->capacity = capacity;
    }
    row = press->rows[press->count++];
    memset(row, 0, ROW_LEN);
    memcpy(row, tag, PTN_PERMIT_TAG_LEN);
    memcpy(row + PTN_PERMIT_TAG_LEN, said->id.at, ID_LEN);
    put_u32(row + FROM_AT, said->from_s);
    put_u32(row + FROM_AT + 4, said->last_day);
    row[FIRST_ROW] = (uint8_t)said->source;
    return PTN_OK;
}

static struct ptn_status add_person(struct ptn_boarding_press *press,
                                    const struct ptn_person *person, const struct row *said,
                                    size_t *left_out)
{
    uint8_t tag[PTN_PERMIT_TAG_LEN];
    struct ptn_status status = ptn_boarding_tag_person(person, press->salt, tag);

    if (ptn_ok(status))
        return add_row(press, tag, said);
    if (status.code != PTN_C_NOT_FOUND)
        return status;
    (*left_out)++;
    return PTN_OK;
}

static uint32_t day_of(struct ptn_date day)
{
    return ptn_date_is_none(day) ? NO_END : (uint32_t)ptn_date_to_days(day);
}

struct ptn_status ptn_boarding_press_add(struct ptn_boarding_press *press,
                                         const struct ptn_leave *leave, int64_t deadline_ms,
                                         size_t *ret_left_out)
{
    const struct row said = { PTN_BOARDING_BANS, leave->id, (uint32_t)(deadline_ms / 1000),
                              day_of(leave->ban_until) };
    size_t count = leave->people_count + leave->dependant_count;
    struct ptn_status status = PTN_OK;

    *ret_left_out = 0;
    for (size_t i = 1; i <= count && ptn_ok(status); i++)
        status = add_person(press, ptn_leave_person(leave, i), &said, ret_left_out);
    return status;
}

/* Its identities are one person: who has no document under one name has one under another, or
 * stands under none and is left out. */
struct ptn_status ptn_boarding_press_alert(struct ptn_boarding_press *press,
                                           const struct ptn_alert *alert, size_t *ret_left_out)
{
    const struct row said = { PTN_BOARDING_ALERTS, alert->id,
                              ptn_date_is_none(alert->from)
                                  ? 0
                                  : (uint32_t)ptn_date_to_days(alert->from) * DAY_S,
                              day_of(alert->until) };
    size_t before = press->count;
    size_t without = 0;
    struct ptn_status status = PTN_OK;

    *ret_left_out = 0;
    if (alert->action != PTN_ALERT_REFUSE)
        return PTN_OK;
    for (size_t i = 0; i < alert->identity_count && ptn_ok(status); i++)
        status = add_person(press, &alert->identities[i], &said, &without);
    *ret_left_out = press->count == before && alert->identity_count > 0 ? 1 : 0;
    return status;
}

struct ptn_status ptn_boarding_press_document(struct ptn_boarding_press *press,
                                              struct ptn_record_id list, const char *issuer,
                                              struct ptn_bytes number)
{
    const struct row said = { PTN_BOARDING_DOCUMENTS, list, 0, NO_END };
    uint8_t tag[PTN_PERMIT_TAG_LEN];
    struct ptn_status status = ptn_boarding_tag_document(issuer, number, press->salt, tag);

    return ptn_ok(status) ? add_row(press, tag, &said) : status;
}

static int by_row(const void *a, const void *b)
{
    return memcmp(a, b, ORDER_LEN);
}

static bool as_ever(const struct ptn_boarding_press *press)
{
    return press->sources == PTN_BOARDING_BANS && press->carrier[0] == '\0';
}

static struct ptn_status write_head(const struct ptn_boarding_press *press, struct ptn_buffer *out)
{
    const struct ptn_bytes carrier = { (const uint8_t *)press->carrier, PTN_CARRIER_CODE_MAX };
    struct ptn_status status = ptn_buffer_add_text(out, as_ever(press) ? first_magic : magic);

    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, (uint64_t)press->made_ms);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, (uint64_t)press->until_ms);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(press->salt, sizeof(press->salt)));
    if (ptn_ok(status) && !as_ever(press))
        status = ptn_buffer_add(out, carrier);
    if (ptn_ok(status) && !as_ever(press))
        status = ptn_buffer_add_u32(out, press->sources);
    return ptn_ok(status) ? ptn_buffer_add_u32(out, (uint32_t)press->count) : status;
}

struct ptn_status ptn_boarding_press_write(struct ptn_boarding_press *press, struct ptn_buffer *out)
{
    const size_t row_len = as_ever(press) ? FIRST_ROW : ROW_LEN;
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];
    size_t before = out->len;
    size_t count = 0;
    struct ptn_status status;

    if (press->count > 0)
        qsort(press->rows, press->count, ROW_LEN, by_row);
    for (size_t i = 0; i < press->count; i++) /* one order names a document once */
        if (i == 0 || by_row(press->rows[count - 1], press->rows[i]) != 0)
            memmove(press->rows[count++], press->rows[i], ROW_LEN);
    press->count = count;
    status = write_head(press, out);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = ptn_buffer_add(out, ptn_bytes_of(press->rows[i], row_len));
    covered = ptn_bytes_slice(ptn_buffer_bytes(out), before, SIZE_MAX);
    if (ptn_ok(status))
        status = ptn_sha256(&covered, 1, digest);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(digest, sizeof(digest)));
    return status;
}

/* ---- reading one ---- */

static uint64_t number_at(const uint8_t *at, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

/* The head of either version; the rows are not looked at. False: none. */
static bool read_head(struct ptn_bytes file, struct ptn_boarding *table)
{
    bool first = file.len >= FIRST_HEAD && memcmp(file.at, first_magic, MAGIC_LEN) == 0;
    size_t head = first ? FIRST_HEAD : HEAD;
    uint64_t made;
    uint64_t until;

    if (!first && (file.len < HEAD || memcmp(file.at, magic, MAGIC_LEN) != 0))
        return false;
    made = number_at(file.at + MAGIC_LEN, 8);
    until = number_at(file.at + MAGIC_LEN + 8, 8);
    table->salt = file.at + SALT_AT;
    table->sources = PTN_BOARDING_BANS;
    table->row_len = first ? FIRST_ROW : ROW_LEN;
    if (!first) {
        memcpy(table->carrier, table->salt + PTN_SHA256_LEN, PTN_CARRIER_CODE_MAX);
        table->sources = (unsigned)number_at(file.at + HEAD - 8, 4);
    }
    table->count = (size_t)number_at(file.at + head - 4, 4);
    table->rows = file.at + head;
    table->until_ms = (int64_t)until;
    return table->sources != 0 && (table->sources & ~PTN_BOARDING_SOURCES) == 0 &&
           table->count <= PTN_BOARDING_MAX &&
           file.len == head + table->count * table->row_len + PTN_SHA256_LEN && until >= made &&
           made <= INT64_MAX && until - made <= (uint64_t)PTN_BOARDING_DAYS * (uint64_t)DAY_MS;
}

/* Nothing but zeros behind the code, and behind a row's one source. */
static bool good_padding(const struct ptn_boarding *table)
{
    const char *carrier = (const char *)table->salt + PTN_SHA256_LEN;
    size_t len = strlen(table->carrier);

    if (table->row_len == FIRST_ROW)
        return true;
    for (size_t i = len; i < PTN_CARRIER_CODE_MAX; i++)
        if (carrier[i] != '\0')
            return false;
    for (size_t i = 0; i < table->count; i++) {
        const uint8_t *at = table->rows + i * ROW_LEN + FIRST_ROW;

        if ((at[0] & (at[0] - 1u)) != 0 || (at[0] & table->sources) == 0 || at[1] != 0 ||
            at[2] != 0 || at[3] != 0)
            return false;
    }
    return true;
}

struct ptn_status ptn_boarding_parse(struct ptn_bytes file, struct ptn_boarding *ret_table)
{
    struct ptn_boarding table = { .salt = NULL };
    struct ptn_bytes covered;
    uint8_t digest[PTN_SHA256_LEN];

    if (file.len > PTN_BOARDING_FILE_MAX || !read_head(file, &table))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    covered = ptn_bytes_slice(file, 0, file.len - PTN_SHA256_LEN);
    if (!ptn_ok(ptn_sha256(&covered, 1, digest)) ||
        memcmp(digest, file.at + covered.len, sizeof(digest)) != 0 || !good_padding(&table))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    for (size_t i = 1; i < table.count; i++)
        if (memcmp(table.rows + (i - 1) * table.row_len, table.rows + i * table.row_len,
                   ORDER_LEN) >= 0)
            return (struct ptn_status){ PTN_C_BAD_INPUT };
    table.digest = file.at + covered.len;
    *ret_table = table;
    return PTN_OK;
}

struct ptn_status ptn_boarding_salt(struct ptn_bytes file, uint8_t ret_salt[PTN_SHA256_LEN])
{
    struct ptn_boarding table;
    struct ptn_status status = ptn_boarding_parse(file, &table);

    if (ptn_ok(status))
        memcpy(ret_salt, table.salt, PTN_SHA256_LEN);
    return status;
}

/* ---- asking ---- */

size_t ptn_boarding_first(const struct ptn_boarding *table, const uint8_t *tag)
{
    size_t low = 0;
    size_t high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(table->rows + middle * table->row_len, tag, PTN_PERMIT_TAG_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ptn_boarding_row(const struct ptn_boarding *table, size_t index, const uint8_t *tag,
                      struct ptn_boarding_row *ret_row)
{
    const uint8_t *row = table->rows + index * table->row_len;

    if (index >= table->count || memcmp(row, tag, PTN_PERMIT_TAG_LEN) != 0)
        return false;
    *ret_row = (struct ptn_boarding_row){
        .source = table->row_len == FIRST_ROW ? PTN_BOARDING_BANS : row[FIRST_ROW],
        .id = row + PTN_PERMIT_TAG_LEN,
        .from_ms = (int64_t)number_at(row + FROM_AT, 4) * 1000,
        .last_day = (uint32_t)number_at(row + FROM_AT + 4, 4),
    };
    return true;
}
