/*
 * incident/indicators.c -- LOKI's line lists, and asking what was read from any list.
 *
 * Digests are sorted, network names hashed, so that a file costs the same however long the lists
 * are. The name patterns, which cannot be hashed, are in names.c.
 */
#include "incident/indicators_int.h"

#include <stdlib.h>

#include "incident/net_block_int.h"

#define ARENA_MAX       ((size_t)256 << 20)
#define HASH_SCORE      100u
#define NETWORK_SCORE   75u
#define NAME_SCORE      60u /* of a pattern whose line has none */
#define NETWORK_LEN_MAX 253u

struct ptn_indicators *ptn_indicators_new(void)
{
    struct ptn_indicators *indicators = calloc(1, sizeof(*indicators));

    if (indicators == NULL)
        return NULL;
    indicators->arena = ptn_arena_new(ARENA_MAX);
    if (indicators->arena == NULL) {
        free(indicators);
        return NULL;
    }
    return indicators;
}

void ptn_indicators_free(struct ptn_indicators *indicators)
{
    if (indicators == NULL)
        return;
    ptn_names_free(indicators->patterns);
    for (size_t i = 0; i < 3; i++)
        free(indicators->digests[i]);
    free(indicators->at);
    free(indicators->lacks);
    free(indicators->network);
    free(indicators->told);
    ptn_arena_free(indicators->arena);
    free(indicators);
}

/* ---- adding ---- */

/* Make room for one more item of that size. */
static bool grow(void **at, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *more;

    if (count < *capacity)
        return true;
    more = realloc(*at, wanted * size);
    if (more == NULL)
        return false;
    *at = more;
    *capacity = wanted;
    return true;
}

struct ptn_status ptn_indicators_add(struct ptn_indicators *indicators,
                                     const struct ptn_indicator *indicator, size_t *ret_index,
                                     struct ptn_diag *reterr)
{
    void *at = indicators->at;

    if (indicators->count >= PTN_INDICATOR_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more indicators than can be held");
    if (!grow(&at, indicators->count, &indicators->capacity, sizeof(*indicators->at)))
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for indicators");
    indicators->at = at;
    if (ret_index != NULL)
        *ret_index = indicators->count;
    indicators->at[indicators->count++] = *indicator;
    indicators->of_kind[indicator->kind]++;
    return PTN_OK;
}

struct ptn_status ptn_indicators_add_lack(struct ptn_indicators *indicators,
                                          const struct ptn_indicator_lack *lack,
                                          struct ptn_diag *reterr)
{
    void *at = indicators->lacks;

    if (!grow(&at, indicators->lack_count, &indicators->lack_capacity, sizeof(*indicators->lacks)))
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for indicators");
    indicators->lacks = at;
    indicators->lacks[indicators->lack_count++] = *lack;
    return PTN_OK;
}

size_t ptn_indicator_digest_class(size_t digest_len)
{
    return digest_len == 16 ? 0 : digest_len == 20 ? 1 : digest_len == 32 ? 2 : 3;
}

static unsigned hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - (unsigned)'0';
    digit = ptn_ascii_lower(digit);
    return digit >= 'a' && digit <= 'f' ? digit - (unsigned)'a' + 10 : 16;
}

struct ptn_status ptn_indicators_add_hash(struct ptn_indicators *indicators,
                                          const struct ptn_indicator *indicator,
                                          struct ptn_diag *reterr)
{
    struct ptn_indicator_digest digest = { { 0 }, 0 };
    struct ptn_bytes hex = indicator->value;
    size_t class = ptn_indicator_digest_class(hex.len / 2);
    struct ptn_status status;
    void *at;

    if (hex.len % 2 != 0 || class == 3)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not an MD5, SHA-1 or SHA-256 in hex");
    for (size_t i = 0; i < hex.len; i++) {
        unsigned value = hex_value(hex.at[i]);

        if (value > 15)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not an MD5, SHA-1 or SHA-256 in hex");
        digest.at[i / 2] = (uint8_t)((unsigned)digest.at[i / 2] << 4 | value);
    }
    at = indicators->digests[class];
    if (!grow(&at, indicators->digest_count[class], &indicators->digest_capacity[class],
              sizeof(digest)))
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for indicators");
    indicators->digests[class] = at;
    status = ptn_indicators_add(indicators, indicator, &digest.indicator, reterr);
    if (ptn_ok(status))
        indicators->digests[class][indicators->digest_count[class]++] = digest;
    return status;
}

/* ---- LOKI's lists ---- */

/* What a LOKI list is read with. */
struct reading {
    struct ptn_indicators *indicators;
    const char *source;
    size_t line;
    struct ptn_bytes remark; /* the last comment line: it speaks of the lines below it */
};

/* The next field of a line, up to a semicolon; trimmed. */
static struct ptn_bytes next_field(struct ptn_bytes *line)
{
    const uint8_t *end = line->len > 0 ? memchr(line->at, ';', line->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - line->at) : line->len;
    struct ptn_bytes field = ptn_bytes_slice(*line, 0, len);

    *line = ptn_bytes_slice(*line, end != NULL ? len + 1 : len, SIZE_MAX);
    return ptn_bytes_trim(field);
}

/* A score: a whole number, taken into 0 to 100. */
static bool read_score(struct ptn_bytes text, unsigned otherwise, unsigned *ret_score)
{
    uint64_t score = 0;

    *ret_score = otherwise;
    if (text.len == 0)
        return true;
    if (text.len > 1 && text.at[0] == '-') {
        *ret_score = 0;
        return ptn_decimal_read(ptn_bytes_slice(text, 1, SIZE_MAX), 1000000, &score);
    }
    if (!ptn_decimal_read(text, 1000000, &score))
        return false;
    *ret_score = score > 100 ? 100 : (unsigned)score;
    return true;
}

static struct ptn_status read_hash(struct reading *reading, struct ptn_bytes line,
                                   struct ptn_diag *reterr)
{
    struct ptn_indicator indicator = { .kind = PTN_INDICATOR_HASH,
                                       .source = reading->source,
                                       .score = HASH_SCORE };

    indicator.value = next_field(&line);
    indicator.comment = ptn_bytes_trim(line);
    if (indicator.comment.len == 0)
        indicator.comment = reading->remark;
    return ptn_indicators_add_hash(reading->indicators, &indicator, reterr);
}

static struct ptn_status read_name(struct reading *reading, struct ptn_bytes line,
                                   struct ptn_diag *reterr)
{
    struct ptn_indicator indicator = { .kind = PTN_INDICATOR_NAME_REGEX,
                                       .source = reading->source,
                                       .comment = reading->remark };
    struct ptn_bytes excluded;
    struct ptn_status status;
    size_t index = 0;

    indicator.value = next_field(&line);
    if (indicator.value.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a line without a pattern");
    if (!read_score(next_field(&line), NAME_SCORE, &indicator.score))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a score that is no number");
    excluded = next_field(&line);
    if (reading->indicators->of_kind[PTN_INDICATOR_NAME_REGEX] >= PTN_INDICATOR_REGEX_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more file name patterns than can be held");
    status = ptn_indicators_add(reading->indicators, &indicator, &index, reterr);
    if (ptn_ok(status))
        status = ptn_names_add(reading->indicators, index, indicator.value, excluded, reterr);
    if (status.code != PTN_C_NOT_FOUND)
        return status;
    reading->indicators->count--;
    reading->indicators->of_kind[PTN_INDICATOR_NAME_REGEX]--;
    return ptn_indicators_add_lack(
        reading->indicators,
        &(struct ptn_indicator_lack){ reading->source, reading->line, indicator.value,
                                      "a pattern in a dialect that is not understood" },
        reterr);
}

/* Letters, digits, '-', '_' and '.': what a name or an address is made of. */
static bool is_network_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') ||
           (ptn_ascii_lower(byte) >= 'a' && ptn_ascii_lower(byte) <= 'z') || byte == '-' ||
           byte == '_' || byte == '.';
}

static struct ptn_status read_network(struct reading *reading, struct ptn_bytes line,
                                      struct ptn_diag *reterr)
{
    struct ptn_indicator indicator = { .kind = PTN_INDICATOR_NETWORK,
                                       .source = reading->source,
                                       .comment = reading->remark };
    bool good;

    indicator.value = next_field(&line);
    if (!read_score(next_field(&line), NETWORK_SCORE, &indicator.score))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a score that is no number");
    good = indicator.value.len > 3 && indicator.value.len <= NETWORK_LEN_MAX &&
           memchr(indicator.value.at, '.', indicator.value.len) != NULL;
    for (size_t i = 0; good && i < indicator.value.len; i++)
        good = is_network_byte(indicator.value.at[i]);
    if (good)
        return ptn_indicators_add(reading->indicators, &indicator, NULL, reterr);
    return ptn_indicators_add_lack(
        reading->indicators,
        &(struct ptn_indicator_lack){ reading->source, reading->line, indicator.value,
                                      "no domain name and no IPv4 address" },
        reterr);
}

static struct ptn_status read_line(struct reading *reading, enum ptn_indicator_list list,
                                   struct ptn_bytes line, struct ptn_diag *reterr)
{
    size_t skip = 0;

    line = ptn_bytes_trim(line);
    if (line.len == 0)
        return PTN_OK;
    if (line.len > PTN_INDICATOR_LINE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "a line longer than 4,096 bytes");
    if (memchr(line.at, '\0', line.len) != NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a byte that stands in no list of text");
    if (line.at[0] == '#') {
        while (skip < line.len && (line.at[skip] == '#' || line.at[skip] == ' '))
            skip++;
        reading->remark = ptn_bytes_slice(line, skip, SIZE_MAX);
        return PTN_OK;
    }
    if (list == PTN_INDICATORS_HASHES)
        return read_hash(reading, line, reterr);
    return list == PTN_INDICATORS_NAMES ? read_name(reading, line, reterr)
                                        : read_network(reading, line, reterr);
}

struct ptn_status ptn_indicators_read(struct ptn_indicators *indicators,
                                      enum ptn_indicator_list list, const char *source,
                                      struct ptn_bytes text, struct ptn_diag *reterr)
{
    struct reading reading = { .indicators = indicators, .source = source };
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_status status = PTN_OK;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_bytes line;

    PTN_PRE(indicators->told == NULL);
    if (text.len > PTN_INDICATOR_LIST_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "a list larger than 64 MiB");
    if (list == PTN_INDICATORS_STIX)
        return ptn_stix_read(indicators, source, text, reterr);
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        reading.line++;
        status = read_line(&reading, list, line, &diag);
    }
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, reading.line, diag.text);
}

/* ---- ready ---- */

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct ptn_indicator_digest *)a)->at,
                  ((const struct ptn_indicator_digest *)b)->at, 32);
}

static bool is_harmless(const struct ptn_indicator *indicator, const struct ptn_bytes *harmless,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_ascii_same(harmless[i], indicator->value) ||
            (indicator->kind == PTN_INDICATOR_NETWORK &&
             ptn_net_block_holds(harmless[i], indicator->value)))
            return true;
    return false;
}

/* Case does not matter in names. FNV-1a, which is enough for a table of our own lists. */
static size_t name_hash(struct ptn_bytes name)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ ptn_ascii_lower(name.at[i])) * 1099511628211u;
    return (size_t)(hash ^ hash >> 29);
}

static void index_network(struct ptn_indicators *indicators, size_t index)
{
    size_t mask = indicators->network_size - 1;
    size_t at = name_hash(indicators->at[index].value) & mask;

    while (indicators->network[at] != 0) {
        if (ptn_ascii_same(indicators->at[indicators->network[at] - 1].value,
                           indicators->at[index].value))
            return; /* the first list that has it speaks for all */
        at = (at + 1) & mask;
    }
    indicators->network[at] = index + 1;
}

struct ptn_status ptn_indicators_ready(struct ptn_indicators *indicators,
                                       const struct ptn_bytes *harmless, size_t harmless_count,
                                       size_t *ret_left_out)
{
    size_t left_out = 0;

    for (indicators->network_size = 16;
         indicators->network_size < indicators->of_kind[PTN_INDICATOR_NETWORK] * 2;)
        indicators->network_size *= 2;
    indicators->network = calloc(indicators->network_size, sizeof(*indicators->network));
    indicators->told = calloc(indicators->count + 1, sizeof(*indicators->told));
    if (indicators->network == NULL || indicators->told == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < indicators->count; i++) {
        bool network = indicators->at[i].kind == PTN_INDICATOR_NETWORK;

        if (!network && indicators->at[i].kind != PTN_INDICATOR_HASH)
            continue;
        if (is_harmless(&indicators->at[i], harmless, harmless_count)) {
            indicators->told[i] = UINT32_MAX; /* never told */
            left_out++;
        } else if (network) {
            index_network(indicators, i);
        }
    }
    for (size_t i = 0; i < 3; i++)
        if (indicators->digest_count[i] > 0)
            qsort(indicators->digests[i], indicators->digest_count[i],
                  sizeof(*indicators->digests[i]), by_digest);
    if (ret_left_out != NULL)
        *ret_left_out = left_out;
    return PTN_OK;
}

/* ---- asking ---- */

size_t ptn_indicators_count(const struct ptn_indicators *indicators, enum ptn_indicator_kind kind)
{
    return indicators->of_kind[kind];
}

size_t ptn_indicators_lack_count(const struct ptn_indicators *indicators)
{
    return indicators->lack_count;
}

struct ptn_indicator_lack ptn_indicators_lack(const struct ptn_indicators *indicators, size_t index)
{
    PTN_PRE(index < indicators->lack_count);
    return indicators->lacks[index];
}

bool ptn_indicators_wants(const struct ptn_indicators *indicators, size_t digest_len)
{
    size_t class = ptn_indicator_digest_class(digest_len);

    return class < 3 && indicators->digest_count[class] > 0;
}

const struct ptn_indicator *ptn_indicators_find_hash(const struct ptn_indicators *indicators,
                                                     const uint8_t *digest, size_t digest_len)
{
    size_t class = ptn_indicator_digest_class(digest_len);
    struct ptn_indicator_digest key = { { 0 }, 0 };
    const struct ptn_indicator_digest *found;

    PTN_PRE(class < 3 && indicators->told != NULL);
    memcpy(key.at, digest, digest_len);
    if (indicators->digest_count[class] == 0)
        return NULL;
    found = bsearch(&key, indicators->digests[class], indicators->digest_count[class], sizeof(key),
                    by_digest);
    return found == NULL || indicators->told[found->indicator] == UINT32_MAX
               ? NULL
               : &indicators->at[found->indicator];
}

/* ---- words of a text ---- */

static size_t find_network(const struct ptn_indicators *indicators, struct ptn_bytes name)
{
    size_t mask = indicators->network_size - 1;

    for (size_t at = name_hash(name) & mask; indicators->network[at] != 0; at = (at + 1) & mask)
        if (ptn_ascii_same(indicators->at[indicators->network[at] - 1].value, name))
            return indicators->network[at];
    return 0;
}

/* A word and the ends of it that are names themselves. An address has no parents. */
static struct ptn_status match_word(struct ptn_indicators *indicators, struct ptn_bytes word,
                                    ptn_indicator_hit_fn hit, void *context)
{
    struct ptn_status status = PTN_OK;

    while (word.len > 0 && (word.at[word.len - 1] == '.' || word.at[word.len - 1] == '-'))
        word.len--;
    while (ptn_ok(status) && word.len > 3) {
        const uint8_t *dot = memchr(word.at, '.', word.len);
        size_t found = dot == NULL ? 0 : find_network(indicators, word);

        if (found > 0 && indicators->told[found - 1] != indicators->text_number) {
            indicators->told[found - 1] = indicators->text_number;
            status = hit(context, &indicators->at[found - 1]);
        }
        if (dot == NULL || (word.at[word.len - 1] >= '0' && word.at[word.len - 1] <= '9'))
            break;
        word = ptn_bytes_slice(word, (size_t)(dot - word.at) + 1, SIZE_MAX);
    }
    return status;
}

struct ptn_status ptn_indicators_match_text(struct ptn_indicators *indicators,
                                            struct ptn_bytes text, ptn_indicator_hit_fn hit,
                                            void *context)
{
    struct ptn_status status = PTN_OK;
    size_t begin = 0;
    bool dots = false;

    PTN_PRE(indicators->told != NULL);
    if (indicators->of_kind[PTN_INDICATOR_NETWORK] == 0)
        return PTN_OK;
    if (++indicators->text_number == UINT32_MAX)
        indicators->text_number = 1;
    for (size_t i = 0; ptn_ok(status) && i <= text.len; i++) {
        if (i < text.len && is_network_byte(text.at[i])) {
            dots = dots || text.at[i] == '.';
            continue;
        }
        if (dots && i - begin <= NETWORK_LEN_MAX)
            status = match_word(indicators, ptn_bytes_slice(text, begin, i - begin), hit, context);
        begin = i + 1;
        dots = false;
    }
    return status;
}
