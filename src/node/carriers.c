/* node/carriers.c -- which carriers may come in by HTTPS: a register of acts, each with who and why
 * (docs/format/carriers.md). */
#include "node/inbox_int.h"

#define MAGIC        "postern.carriers/v1"
#define REASON_MAX   300u
#define OFFICER_MAX  120u
#define FIELDS_MAX   10u
#define ADD_FIELDS   10u
#define END_FIELDS   6u
#define SENDER_MAX   35u
#define MIB_MAX      65536u
#define A_MINUTE_MAX 6000u

static const char *const do_words[] = { "add", "end", "boarding" };

/* ---- what a field may be ---- */

static bool good_code(struct ptn_bytes text)
{
    if (text.len < 2 || text.len > PTN_CARRIER_CODE_MAX || text.at[0] == '-')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!(text.at[i] >= 'A' && text.at[i] <= 'Z') &&
            !(text.at[i] >= '0' && text.at[i] <= '9') && text.at[i] != '-')
            return false;
    return true;
}

static bool good_line(struct ptn_bytes text, size_t most)
{
    if (text.len == 0 || text.len > most || !ptn_utf8_valid(text, NULL))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return true;
}

/* Take what stands before the next mark off the front of rest. */
static struct ptn_bytes take_until(struct ptn_bytes *rest, char mark)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->at, mark, rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->at);
    struct ptn_bytes part = ptn_bytes_slice(*rest, 0, len);

    *rest = end == NULL ? PTN_BYTES_NONE : ptn_bytes_slice(*rest, len + 1, SIZE_MAX);
    return part;
}

static bool good_senders(struct ptn_bytes text)
{
    size_t count = 1;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < 0x20 || text.at[i] > 0x7e)
            return false;
        count += text.at[i] == ',' ? 1 : 0;
    }
    if (count > PTN_CARRIER_SENDERS_MAX || text.at[text.len - 1] == ',')
        return false;
    while (text.len > 0) {
        struct ptn_bytes sender = take_until(&text, ',');

        if (sender.len == 0 || sender.len > SENDER_MAX)
            return false;
    }
    return true;
}

static bool good_act(const struct ptn_carrier_act *act)
{
    return good_code(act->carrier) && good_line(act->officer, OFFICER_MAX) &&
           good_line(act->reason, REASON_MAX) && (act->sources & ~PTN_BOARDING_SOURCES) == 0 &&
           (act->act != PTN_CARRIER_ADD ||
            (good_senders(act->senders) && ptn_date_is_full(act->until) && act->per_minute >= 1 &&
             act->per_minute <= A_MINUTE_MAX && act->mib_a_day >= 1 && act->mib_a_day <= MIB_MAX));
}

/* ---- one act ---- */

static bool read_number(struct ptn_bytes text, uint64_t most, unsigned *ret_number)
{
    uint64_t number = 0;

    if (!ptn_decimal_read(text, most, &number))
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool read_limits(const struct ptn_bytes *fields, struct ptn_carrier_act *act)
{
    act->senders = fields[4];
    return fields[3].len == 10 && ptn_ok(ptn_date_parse(fields[3], &act->until, NULL)) &&
           read_number(fields[5], A_MINUTE_MAX, &act->per_minute) &&
           read_number(fields[6], MIB_MAX, &act->mib_a_day);
}

static bool read_do(struct ptn_bytes word, enum ptn_carrier_do *ret_do)
{
    for (int i = PTN_CARRIER_ADD; i <= PTN_CARRIER_BOARDING; i++)
        if (ptn_bytes_is(word, do_words[i])) {
            *ret_do = (enum ptn_carrier_do)i;
            return true;
        }
    return false;
}

/* The third field: a key; or what is told, on (bans, as ever) and off. */
static bool read_third(struct ptn_bytes field, struct ptn_carrier_act *act)
{
    if (act->act != PTN_CARRIER_BOARDING)
        return ptn_hex_read_exactly(field, act->key, sizeof(act->key));
    act->sources = ptn_bytes_is(field, "on") ? PTN_BOARDING_BANS : 0;
    return act->sources != 0 || ptn_bytes_is(field, "off") ||
           ptn_boarding_sources_read(field, &act->sources);
}

/* One line; views into it. */
static bool read_act(struct ptn_bytes line, struct ptn_carrier_act *ret_act)
{
    struct ptn_bytes fields[FIELDS_MAX];
    struct ptn_carrier_act act = { .sources = 0 };
    size_t count = 0;
    size_t last;

    while (line.len > 0 && count < FIELDS_MAX)
        fields[count++] = take_until(&line, '\t');
    if (line.len > 0 || count < END_FIELDS || !read_do(fields[0], &act.act) ||
        count != (act.act == PTN_CARRIER_ADD ? ADD_FIELDS : END_FIELDS) ||
        (act.act == PTN_CARRIER_ADD && !read_limits(fields, &act)))
        return false;
    last = count - 1;
    act.carrier = fields[1];
    act.officer = fields[last - 1];
    act.reason = fields[last];
    if (!read_third(fields[2], &act) ||
        !ptn_ok(ptn_instant_parse(fields[last - 2], &act.time_ms, NULL)) || !good_act(&act))
        return false;
    *ret_act = act;
    return true;
}

/* Bans alone are written as ever: an older gateway reads them. */
static const char *third_word(unsigned sources, char words[PTN_BOARDING_WORDS_SIZE])
{
    if (sources == 0)
        return "off";
    return sources == PTN_BOARDING_BANS ? "on" : ptn_boarding_sources_write(sources, words);
}

struct ptn_status ptn_carrier_act_write(const struct ptn_carrier_act *act, struct ptn_buffer *out)
{
    char key[2 * PTN_TLS_ID_LEN + 1];
    char time[PTN_INSTANT_TEXT_SIZE];
    char until[PTN_DATE_TEXT_SIZE];
    char words[PTN_BOARDING_WORDS_SIZE];
    struct ptn_status status;

    if (!good_act(act))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    (void)ptn_hex_write(act->key, sizeof(act->key), key);
    status =
        ptn_buffer_addf(out, "%s\t%.*s\t%s\t", do_words[act->act], (int)act->carrier.len,
                        (const char *)act->carrier.at,
                        act->act == PTN_CARRIER_BOARDING ? third_word(act->sources, words) : key);
    if (ptn_ok(status) && act->act == PTN_CARRIER_ADD)
        status = ptn_buffer_addf(out, "%s\t%.*s\t%u\t%u\t", ptn_date_write(act->until, until),
                                 (int)act->senders.len, (const char *)act->senders.at,
                                 act->per_minute, act->mib_a_day);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "%s\t%.*s\t%.*s\n", ptn_instant_write(act->time_ms, time),
                                 (int)act->officer.len, (const char *)act->officer.at,
                                 (int)act->reason.len, (const char *)act->reason.at);
    return status;
}

/* ---- the register ---- */

void ptn_carriers_init(struct ptn_carriers *carriers)
{
    *carriers = (struct ptn_carriers){ .count = 0 };
}

void ptn_carriers_release(struct ptn_carriers *carriers)
{
    free(carriers->at);
    ptn_carriers_init(carriers);
}

static struct ptn_carrier *find(struct ptn_carriers *carriers, const uint8_t *key)
{
    for (size_t i = 0; i < carriers->count; i++)
        if (memcmp(carriers->at[i].key, key, PTN_TLS_ID_LEN) == 0)
            return &carriers->at[i];
    return NULL;
}

/* Boarding answers, by what, or off. True: the carrier has a key in force. */
static bool set_sources(struct ptn_carriers *carriers, struct ptn_bytes code, unsigned sources)
{
    bool found = false;

    for (size_t i = 0; i < carriers->count; i++)
        if (!carriers->at[i].ended && ptn_bytes_is(code, carriers->at[i].code)) {
            carriers->at[i].sources = sources;
            found = true;
        }
    return found;
}

/* A key that comes later is told what the carrier's others are. */
static unsigned sources_of(const struct ptn_carriers *carriers, struct ptn_bytes code)
{
    for (size_t i = 0; i < carriers->count; i++)
        if (!carriers->at[i].ended && carriers->at[i].sources != 0 &&
            ptn_bytes_is(code, carriers->at[i].code))
            return carriers->at[i].sources;
    return 0;
}

static struct ptn_status add_key(struct ptn_carriers *carriers, const struct ptn_carrier_act *act,
                                 struct ptn_carrier *carrier, struct ptn_diag *reterr)
{
    unsigned sources = sources_of(carriers, act->carrier);
    struct ptn_carrier *more;

    if (carrier == NULL && carriers->count == PTN_CARRIERS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the register is full");
    if (carrier == NULL) {
        more = realloc(carriers->at, (carriers->count + 1) * sizeof(*more));
        if (more == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        carriers->at = more;
        carrier = &more[carriers->count++];
    }
    *carrier = (struct ptn_carrier){ .until = act->until,
                                     .sources = sources,
                                     .per_minute = act->per_minute,
                                     .mib_a_day = act->mib_a_day };
    memcpy(carrier->key, act->key, PTN_TLS_ID_LEN);
    memcpy(carrier->code, act->carrier.at, act->carrier.len);
    memcpy(carrier->senders, act->senders.at, act->senders.len);
    return PTN_OK;
}

struct ptn_status ptn_carriers_apply(struct ptn_carriers *carriers,
                                     const struct ptn_carrier_act *act, struct ptn_diag *reterr)
{
    struct ptn_carrier *carrier;

    if (!good_act(act))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a field that the register cannot hold");
    if (act->act == PTN_CARRIER_BOARDING)
        return set_sources(carriers, act->carrier, act->sources)
                   ? PTN_OK
                   : ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the carrier has no key in force");
    carrier = find(carriers, act->key);
    if (carrier != NULL && !ptn_bytes_is(act->carrier, carrier->code))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the key is another carrier's");
    if (carrier != NULL && carrier->ended && act->act == PTN_CARRIER_ADD)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the key was ended: a new one is needed");
    if (act->act == PTN_CARRIER_ADD)
        return add_key(carriers, act, carrier, reterr);
    if (carrier == NULL || carrier->ended)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no such key is in force");
    carrier->ended = true;
    return PTN_OK;
}

struct ptn_status ptn_carriers_parse(struct ptn_bytes file, struct ptn_carriers *carriers,
                                     struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(file);
    struct ptn_bytes line;
    size_t number = 1;
    struct ptn_status status = PTN_OK;

    if (file.len > PTN_CARRIERS_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the register of carriers is too long");
    if (!ptn_cursor_take_whole_line(&cursor, &line) || !ptn_bytes_is(line, MAGIC))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "no register of carriers");
    while (ptn_ok(status) && ptn_cursor_left(&cursor) > 0) {
        struct ptn_carrier_act act;

        number++;
        if (!ptn_cursor_take_whole_line(&cursor, &line) || !read_act(line, &act))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, number, "a line that is no act");
        if (ptn_ok(status))
            status = ptn_carriers_apply(carriers, &act, reterr);
        if (!ptn_ok(status) && reterr != NULL)
            reterr->offset = number;
    }
    return status;
}

struct ptn_bytes ptn_carriers_head(void)
{
    return PTN_BYTES_LITERAL(MAGIC "\n");
}

bool ptn_carrier_is_in_force(const struct ptn_carrier *carrier, struct ptn_date today)
{
    return !carrier->ended && ptn_date_compare(today, carrier->until) <= 0;
}

bool ptn_carrier_sends_as(const struct ptn_carrier *carrier, struct ptn_bytes sender)
{
    struct ptn_bytes rest = ptn_bytes_from_text(carrier->senders);

    while (rest.len > 0)
        if (ptn_bytes_equal(take_until(&rest, ','), sender))
            return sender.len > 0;
    return false;
}
