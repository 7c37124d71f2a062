/* watch/row.c -- one row of a list: see rows.h. */
#include "watch/rows_int.h"

#define PARTS 12u

/* 0001-01-01 and 9999-12-31 */
#define DAY_MIN (-719162)
#define DAY_MAX 2932896

/* ---- writing ---- */

static uint64_t number_of(struct ptn_date date)
{
    return ptn_date_is_none(date)
               ? 0
               : date.year * UINT64_C(10000) + date.month * UINT64_C(100) + date.day;
}

static struct ptn_status write_head(const struct ptn_list_entry *entry, struct ptn_buffer *out)
{
    const uint64_t numbers[] = {
        entry->kind,
        (uint8_t)entry->sex,
        number_of(entry->listed_on),
        number_of(entry->valid_until),
        entry->has_action ? entry->on_entry + 1u : 0,
        entry->has_action ? entry->on_exit + 1u : 0,
    };
    struct ptn_status status = ptn_cbor_write_array(out, PARTS);

    if (ptn_ok(status))
        status = ptn_cbor_write_text(out, entry->id);
    for (size_t i = 0; ptn_ok(status) && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        status = ptn_cbor_write_u64(out, numbers[i]);
    return status;
}

static struct ptn_status write_pair(struct ptn_buffer *out, uint64_t number, struct ptn_bytes text)
{
    struct ptn_status status = ptn_cbor_write_array(out, 2);

    if (ptn_ok(status))
        status = ptn_cbor_write_u64(out, number);
    return ptn_ok(status) ? ptn_cbor_write_text(out, text) : status;
}

static struct ptn_status write_births(const struct ptn_list_entry *entry, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_cbor_write_array(out, entry->birth_count);

    for (size_t i = 0; ptn_ok(status) && i < entry->birth_count; i++) {
        status = ptn_cbor_write_array(out, 3);
        if (ptn_ok(status))
            status = ptn_cbor_write_i64(out, ptn_date_to_days(entry->births[i].first));
        if (ptn_ok(status))
            status = ptn_cbor_write_i64(out, ptn_date_to_days(entry->births[i].last));
        if (ptn_ok(status))
            status = ptn_cbor_write_bool(out, entry->births[i].circa);
    }
    return status;
}

static struct ptn_status write_numbers(const struct ptn_list_entry *entry, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_cbor_write_array(out, entry->number_count);

    for (size_t i = 0; ptn_ok(status) && i < entry->number_count; i++) {
        status = ptn_cbor_write_array(out, 3);
        if (ptn_ok(status))
            status = ptn_cbor_write_u64(out, entry->numbers[i].type);
        if (ptn_ok(status))
            status = ptn_cbor_write_text(out, entry->numbers[i].number);
        if (ptn_ok(status))
            status = ptn_cbor_write_text(out, ptn_bytes_from_text(entry->numbers[i].issuer));
    }
    return status;
}

static struct ptn_status write_arrays(const struct ptn_list_entry *entry, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_cbor_write_array(out, entry->name_count);

    for (size_t i = 0; ptn_ok(status) && i < entry->name_count; i++)
        status = write_pair(out, entry->names[i].alias, entry->names[i].text);
    if (ptn_ok(status))
        status = write_births(entry, out);
    if (ptn_ok(status))
        status = ptn_cbor_write_array(out, entry->nation_count);
    for (size_t i = 0; ptn_ok(status) && i < entry->nation_count; i++)
        status = ptn_cbor_write_text(out, ptn_bytes_from_text(entry->nations[i].text));
    if (ptn_ok(status))
        status = write_numbers(entry, out);
    if (ptn_ok(status))
        status = ptn_cbor_write_array(out, entry->fact_count);
    for (size_t i = 0; ptn_ok(status) && i < entry->fact_count; i++)
        status = write_pair(out, entry->facts[i].type, entry->facts[i].text);
    return status;
}

struct ptn_status ptn_row_write(const struct ptn_list_entry *entry, struct ptn_buffer *out,
                                struct ptn_diag *reterr)
{
    size_t before = out->len;
    struct ptn_arena *arena = ptn_arena_new(PTN_ROW_ARENA_MAX);
    struct ptn_list_entry back;
    size_t len = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = write_head(entry, out);
    if (ptn_ok(status))
        status = write_arrays(entry, out);
    if (ptn_ok(status)) /* what no reader takes is never written */
        status = ptn_row_parse(ptn_bytes_slice(ptn_buffer_bytes(out), before, out->len - before),
                               arena, &back, &len, reterr);
    ptn_arena_free(arena);
    if (!ptn_ok(status))
        out->len = before;
    return status;
}

/* ---- reading ---- */

/* A row under the reader's hands. */
struct reading {
    struct ptn_cbor_reader reader;
    struct ptn_arena *arena;
    struct ptn_diag *reterr;
    struct ptn_list_entry *entry;
};

static struct ptn_status refuse(struct reading *reading, const char *why)
{
    return ptn_fail(PTN_C_BAD_INPUT, reading->reterr, reading->reader.cursor.next, why);
}

static struct ptn_status read_below(struct reading *reading, uint64_t below, unsigned *ret_number)
{
    uint64_t number = 0;
    struct ptn_status status = ptn_cbor_read_u64(&reading->reader, &number, reading->reterr);

    if (ptn_ok(status) && number >= below)
        return refuse(reading, "a number out of its range");
    if (ptn_ok(status))
        *ret_number = (unsigned)number;
    return status;
}

/* One line, as readers of lists clean it. */
static struct ptn_status read_text(struct reading *reading, size_t len_max, bool may_be_empty,
                                   struct ptn_bytes *ret_text)
{
    struct ptn_bytes text = PTN_BYTES_NONE;
    struct ptn_status status = ptn_cbor_read_text(&reading->reader, &text, reading->reterr);

    if (!ptn_ok(status))
        return status;
    if (text.len > len_max || (text.len == 0 && !may_be_empty))
        return refuse(reading, "a text that is empty or too long");
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return refuse(reading, "a text with control characters");
    *ret_text = text;
    return PTN_OK;
}

static struct ptn_status read_code(struct reading *reading, bool may_be_empty,
                                   char ret_code[PTN_LIST_CODE_SIZE])
{
    struct ptn_bytes text = PTN_BYTES_NONE;
    struct ptn_status status = read_text(reading, PTN_LIST_CODE_SIZE - 1u, may_be_empty, &text);

    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 'A' || text.at[i] > 'Z')
            return refuse(reading, "a code that is none");
    memset(ret_code, 0, PTN_LIST_CODE_SIZE);
    if (text.len > 0)
        memcpy(ret_code, text.at, text.len);
    return PTN_OK;
}

static struct ptn_status read_date(struct reading *reading, struct ptn_date *ret_date)
{
    unsigned number = 0;
    struct ptn_status status = read_below(reading, 100000000, &number);
    struct ptn_date date = { (uint16_t)(number / 10000), (uint8_t)(number / 100 % 100),
                             (uint8_t)(number % 100) };

    if (ptn_ok(status) && number != 0 && (!ptn_date_is_full(date) || !ptn_date_is_possible(date)))
        return refuse(reading, "a date that is none");
    if (ptn_ok(status))
        *ret_date = number == 0 ? PTN_DATE_NONE : date;
    return status;
}

static struct ptn_status read_day(struct reading *reading, struct ptn_date *ret_date)
{
    int64_t day = 0;
    struct ptn_status status = ptn_cbor_read_i64(&reading->reader, &day, reading->reterr);

    if (ptn_ok(status) && (day < DAY_MIN || day > DAY_MAX))
        return refuse(reading, "a day out of its range");
    if (ptn_ok(status))
        *ret_date = ptn_date_from_days((int32_t)day);
    return status;
}

/* The head of an array, and room for what is in it. */
static struct ptn_status open_array(struct reading *reading, size_t size, size_t *ret_count,
                                    void *ret_at)
{
    size_t count = 0;
    struct ptn_status status = ptn_cbor_read_array(&reading->reader, &count, reading->reterr);
    void *at;

    if (!ptn_ok(status))
        return status;
    if (count > PTN_ROW_ITEM_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reading->reterr, reading->reader.cursor.next,
                        "more of something than an entry holds");
    at = ptn_arena_take(reading->arena, (count + 1) * size);
    if (at == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reading->reterr, 0, "no memory for a row");
    memcpy(ret_at, &at, sizeof(at));
    *ret_count = count;
    return PTN_OK;
}

static struct ptn_status open_group(struct reading *reading, size_t items)
{
    size_t count = 0;
    struct ptn_status status = ptn_cbor_read_array(&reading->reader, &count, reading->reterr);

    return ptn_ok(status) && count != items ? refuse(reading, "a group of another size") : status;
}

static struct ptn_status read_head(struct reading *reading)
{
    struct ptn_list_entry *entry = reading->entry;
    unsigned kind = 0;
    unsigned sex = 0;
    unsigned on_entry = 0;
    unsigned on_exit = 0;
    struct ptn_status status = open_group(reading, PARTS);

    if (ptn_ok(status))
        status = read_text(reading, PTN_ROW_ID_MAX, false, &entry->id);
    if (ptn_ok(status))
        status = read_below(reading, PTN_ENTRY_KIND_COUNT, &kind);
    if (ptn_ok(status))
        status = read_below(reading, 128, &sex);
    if (ptn_ok(status))
        status = read_date(reading, &entry->listed_on);
    if (ptn_ok(status))
        status = read_date(reading, &entry->valid_until);
    if (ptn_ok(status))
        status = read_below(reading, PTN_LIST_ACTION_COUNT + 1u, &on_entry);
    if (ptn_ok(status))
        status = read_below(reading, PTN_LIST_ACTION_COUNT + 1u, &on_exit);
    if (!ptn_ok(status))
        return status;
    if ((sex != 0 && sex != 'M' && sex != 'F') || (on_entry == 0) != (on_exit == 0))
        return refuse(reading, "a sex or an action that is none");
    entry->kind = (enum ptn_entry_kind)kind;
    entry->sex = (char)sex;
    entry->has_action = on_entry != 0;
    entry->on_entry = on_entry == 0 ? PTN_LIST_ACTION_NONE : (enum ptn_list_action)(on_entry - 1);
    entry->on_exit = on_exit == 0 ? PTN_LIST_ACTION_NONE : (enum ptn_list_action)(on_exit - 1);
    return PTN_OK;
}

/* As write_pair has it. */
static struct ptn_status read_pair(struct reading *reading, unsigned below, size_t len_max,
                                   unsigned *ret_number, struct ptn_bytes *ret_text)
{
    struct ptn_status status = open_group(reading, 2);

    if (ptn_ok(status))
        status = read_below(reading, below, ret_number);
    return ptn_ok(status) ? read_text(reading, len_max, false, ret_text) : status;
}

static struct ptn_status read_names(struct reading *reading)
{
    struct ptn_list_name *names = NULL;
    struct ptn_status status =
        open_array(reading, sizeof(*names), &reading->entry->name_count, &names);

    for (size_t i = 0; ptn_ok(status) && i < reading->entry->name_count; i++) {
        unsigned alias = 0;

        status = read_pair(reading, PTN_ALIAS_COUNT, PTN_ROW_NAME_MAX, &alias, &names[i].text);
        names[i].alias = (enum ptn_alias)alias;
    }
    reading->entry->names = names;
    return status;
}

static struct ptn_status read_births(struct reading *reading)
{
    struct ptn_list_birth *births = NULL;
    struct ptn_status status =
        open_array(reading, sizeof(*births), &reading->entry->birth_count, &births);

    for (size_t i = 0; ptn_ok(status) && i < reading->entry->birth_count; i++) {
        status = open_group(reading, 3);
        if (ptn_ok(status))
            status = read_day(reading, &births[i].first);
        if (ptn_ok(status))
            status = read_day(reading, &births[i].last);
        if (ptn_ok(status))
            status = ptn_cbor_read_bool(&reading->reader, &births[i].circa, reading->reterr);
        if (ptn_ok(status) && ptn_date_compare(births[i].first, births[i].last) > 0)
            status = refuse(reading, "a birth date that ends before it begins");
    }
    reading->entry->births = births;
    return status;
}

static struct ptn_status read_nations(struct reading *reading)
{
    struct ptn_list_code *nations = NULL;
    struct ptn_status status =
        open_array(reading, sizeof(*nations), &reading->entry->nation_count, &nations);

    for (size_t i = 0; ptn_ok(status) && i < reading->entry->nation_count; i++)
        status = read_code(reading, false, nations[i].text);
    reading->entry->nations = nations;
    return status;
}

static struct ptn_status read_numbers(struct reading *reading)
{
    struct ptn_list_number *numbers = NULL;
    struct ptn_status status =
        open_array(reading, sizeof(*numbers), &reading->entry->number_count, &numbers);

    for (size_t i = 0; ptn_ok(status) && i < reading->entry->number_count; i++) {
        unsigned type = 0;

        status = open_group(reading, 3);
        if (ptn_ok(status))
            status = read_below(reading, PTN_NUMBER_TYPE_COUNT, &type);
        if (ptn_ok(status))
            status = read_text(reading, PTN_ROW_NAME_MAX, false, &numbers[i].number);
        if (ptn_ok(status))
            status = read_code(reading, true, numbers[i].issuer);
        if (ptn_ok(status))
            numbers[i].type = (enum ptn_list_number_type)type;
    }
    reading->entry->numbers = numbers;
    return status;
}

static struct ptn_status read_facts(struct reading *reading)
{
    struct ptn_list_fact *facts = NULL;
    struct ptn_status status =
        open_array(reading, sizeof(*facts), &reading->entry->fact_count, &facts);

    for (size_t i = 0; ptn_ok(status) && i < reading->entry->fact_count; i++) {
        unsigned type = 0;

        status = read_pair(reading, PTN_FACT_COUNT, PTN_ROW_FACT_MAX, &type, &facts[i].text);
        facts[i].type = (enum ptn_list_fact_type)type;
    }
    reading->entry->facts = facts;
    return status;
}

struct ptn_status ptn_row_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                struct ptn_list_entry *ret_entry, size_t *ret_len,
                                struct ptn_diag *reterr)
{
    struct ptn_list_entry entry = { 0 };
    struct reading reading = {
        ptn_cbor_reader_at(
            ptn_bytes_slice(bytes, 0, bytes.len < PTN_ROW_LEN_MAX ? bytes.len : PTN_ROW_LEN_MAX)),
        arena, reterr, &entry
    };
    struct ptn_status status = read_head(&reading);

    if (ptn_ok(status))
        status = read_names(&reading);
    if (ptn_ok(status))
        status = read_births(&reading);
    if (ptn_ok(status))
        status = read_nations(&reading);
    if (ptn_ok(status))
        status = read_numbers(&reading);
    if (ptn_ok(status))
        status = read_facts(&reading);
    if (ptn_ok(status) && entry.name_count + entry.number_count == 0)
        status = refuse(&reading, "an entry without a name or a number");
    if (!ptn_ok(status))
        return status;
    *ret_entry = entry;
    *ret_len = reading.reader.cursor.next;
    return PTN_OK;
}

/* ---- what a row does ---- */

static bool has_name(const struct ptn_list_entry *entry, const struct ptn_list_name *name)
{
    for (size_t i = 0; i < entry->name_count; i++)
        if (ptn_bytes_equal(entry->names[i].text, name->text) &&
            (entry->names[i].alias != PTN_ALIAS_WEAK || name->alias == PTN_ALIAS_WEAK))
            return true;
    return false;
}

static bool has_birth(const struct ptn_list_entry *entry, const struct ptn_list_birth *birth)
{
    for (size_t i = 0; i < entry->birth_count; i++)
        if (ptn_date_equal(entry->births[i].first, birth->first) &&
            ptn_date_equal(entry->births[i].last, birth->last) &&
            entry->births[i].circa == birth->circa)
            return true;
    return false;
}

static bool has_number(const struct ptn_list_entry *entry, const struct ptn_list_number *number)
{
    for (size_t i = 0; i < entry->number_count; i++)
        if (entry->numbers[i].type == number->type &&
            ptn_bytes_equal(entry->numbers[i].number, number->number) &&
            strcmp(entry->numbers[i].issuer, number->issuer) == 0)
            return true;
    return false;
}

static bool has_nation(const struct ptn_list_entry *entry, const char *code)
{
    for (size_t i = 0; i < entry->nation_count; i++)
        if (strcmp(entry->nations[i].text, code) == 0)
            return true;
    return false;
}

static bool has_nations(const struct ptn_list_entry *entry, const struct ptn_list_entry *of)
{
    for (size_t i = 0; i < of->nation_count; i++)
        if (!has_nation(entry, of->nations[i].text))
            return false;
    return true;
}

static bool lasts_as_long(struct ptn_date newer, struct ptn_date former)
{
    if (ptn_date_is_none(newer))
        return true;
    return !ptn_date_is_none(former) && ptn_date_compare(newer, former) >= 0;
}

bool ptn_row_covers(const struct ptn_list_entry *newer, const struct ptn_list_entry *former)
{
    if (!ptn_bytes_equal(newer->id, former->id) || newer->kind != former->kind ||
        newer->sex != former->sex || newer->has_action != former->has_action ||
        newer->on_entry != former->on_entry || newer->on_exit != former->on_exit ||
        !lasts_as_long(newer->valid_until, former->valid_until))
        return false;
    /* a date or a nationality where there was none speaks against people it did not before */
    if (former->birth_count == 0 && newer->birth_count > 0)
        return false;
    for (size_t i = 0; i < former->name_count; i++)
        if (!has_name(newer, &former->names[i]))
            return false;
    for (size_t i = 0; i < former->birth_count; i++)
        if (!has_birth(newer, &former->births[i]))
            return false;
    for (size_t i = 0; i < former->number_count; i++)
        if (!has_number(newer, &former->numbers[i]))
            return false;
    return has_nations(newer, former) && has_nations(former, newer);
}
