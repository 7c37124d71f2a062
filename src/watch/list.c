/*
 * watch/list.c -- the words of lists, and the way from a format to its reader. WATCH-1: every row
 * is an entry, continues one, or is rejected with line and reason; the readers count, check() holds
 * them to it.
 */
#include "watch/list.h"

#include "watch/list_int.h"

static const char *const format_words[] = { "ofac-csv",   "ofac-xml",    "un-xml", "eu-xml",
                                            "eu-oj-csv",  "uk-csv",      "ftm",    "simple-csv",
                                            "stolen-csv", "vehicle-csv", "postern" };
static const char *const kind_words[] = { "person",   "entity",   "vessel",
                                          "aircraft", "document", "vehicle" };
static const char *const alias_words[] = { "primary", "strong", "weak" };
static const char *const action_words[] = { "none",    "off",      "inform",  "discreet",
                                            "inquiry", "specific", "refer",   "ban",
                                            "refuse",  "arrest",   "protect", "seize" };
static const char *const number_words[] = { "passport", "id-card", "document",  "tax", "plate",
                                            "imo",      "mmsi",    "call-sign", "tail" };
static const char *const fact_words[] = { "programme", "title",      "birth-place", "address",
                                          "flag",      "owner",      "linked",      "reason",
                                          "remark",    "legal-basis" };

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
_Static_assert(COUNT_OF(format_words) == PTN_LIST_FORMAT_COUNT, "a word for each format");
_Static_assert(COUNT_OF(kind_words) == PTN_ENTRY_KIND_COUNT, "a word for each kind");
_Static_assert(COUNT_OF(alias_words) == PTN_ALIAS_COUNT, "a word for each alias");
_Static_assert(COUNT_OF(action_words) == PTN_LIST_ACTION_COUNT, "a word for each action");
_Static_assert(COUNT_OF(number_words) == PTN_NUMBER_TYPE_COUNT, "a word for each type of number");
_Static_assert(COUNT_OF(fact_words) == PTN_FACT_COUNT, "a word for each type of fact");

static size_t word_index(const char *const *words, size_t count, struct ptn_bytes word)
{
    size_t i = 0;

    while (i < count && !ptn_bytes_is(word, words[i]))
        i++;
    return i;
}

const char *ptn_list_format_word(enum ptn_list_format format)
{
    PTN_PRE(format < PTN_LIST_FORMAT_COUNT);
    return format_words[format];
}

struct ptn_status ptn_list_format_find(struct ptn_bytes word, enum ptn_list_format *ret_format)
{
    size_t index = word_index(format_words, COUNT_OF(format_words), word);

    if (index == COUNT_OF(format_words))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_format = (enum ptn_list_format)index;
    return PTN_OK;
}

const char *ptn_entry_kind_word(enum ptn_entry_kind kind)
{
    PTN_PRE(kind < PTN_ENTRY_KIND_COUNT);
    return kind_words[kind];
}

struct ptn_status ptn_entry_kind_find(struct ptn_bytes word, enum ptn_entry_kind *ret_kind)
{
    size_t index = word_index(kind_words, COUNT_OF(kind_words), word);

    if (index == COUNT_OF(kind_words))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_kind = (enum ptn_entry_kind)index;
    return PTN_OK;
}

const char *ptn_alias_word(enum ptn_alias alias)
{
    PTN_PRE(alias < PTN_ALIAS_COUNT);
    return alias_words[alias];
}

const char *ptn_list_action_word(enum ptn_list_action action)
{
    PTN_PRE(action < PTN_LIST_ACTION_COUNT);
    return action_words[action];
}

struct ptn_status ptn_list_action_find(struct ptn_bytes word, enum ptn_list_action *ret_action)
{
    size_t index = word_index(action_words, COUNT_OF(action_words), word);

    if (index == COUNT_OF(action_words))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_action = (enum ptn_list_action)index;
    return PTN_OK;
}

const char *ptn_list_number_type_word(enum ptn_list_number_type type)
{
    PTN_PRE(type < PTN_NUMBER_TYPE_COUNT);
    return number_words[type];
}

struct ptn_status ptn_list_number_type_find(struct ptn_bytes word,
                                            enum ptn_list_number_type *ret_type)
{
    size_t index = word_index(number_words, COUNT_OF(number_words), word);

    if (index == COUNT_OF(number_words))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_type = (enum ptn_list_number_type)index;
    return PTN_OK;
}

const char *ptn_list_fact_type_word(enum ptn_list_fact_type type)
{
    PTN_PRE(type < PTN_FACT_COUNT);
    return fact_words[type];
}

struct ptn_status ptn_list_fact_type_find(struct ptn_bytes word, enum ptn_list_fact_type *ret_type)
{
    size_t index = word_index(fact_words, COUNT_OF(fact_words), word);

    if (index == COUNT_OF(fact_words))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_type = (enum ptn_list_fact_type)index;
    return PTN_OK;
}

/* ---- text ---- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

bool ptn_text_begins(struct ptn_bytes text, const char *word)
{
    size_t len = strlen(word);

    if (text.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (lower(text.at[i]) != lower((uint8_t)word[i]))
            return false;
    return true;
}

bool ptn_text_is(struct ptn_bytes text, const char *word)
{
    return text.len == strlen(word) && ptn_text_begins(text, word);
}

size_t ptn_text_find(struct ptn_bytes text, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= text.len; i++)
        if (ptn_text_begins(ptn_bytes_slice(text, i, len), word))
            return i;
    return SIZE_MAX;
}

/* ---- reading ---- */

typedef struct ptn_status (*reader_fn)(const struct ptn_list_source *source,
                                       struct ptn_draft *draft, struct ptn_diag *reterr);

static const reader_fn readers[] = {
    [PTN_LIST_OFAC_CSV] = ptn_ofac_csv_read,
    [PTN_LIST_OFAC_XML] = ptn_ofac_xml_read,
    [PTN_LIST_UN_XML] = ptn_un_xml_read,
    [PTN_LIST_EU_XML] = ptn_eu_xml_read,
    [PTN_LIST_EU_OJ_CSV] = ptn_eu_oj_csv_read,
    [PTN_LIST_UK_CSV] = ptn_uk_csv_read,
    [PTN_LIST_FTM] = ptn_ftm_read,
    [PTN_LIST_SIMPLE_CSV] = ptn_simple_csv_read,
    [PTN_LIST_STOLEN_CSV] = ptn_stolen_csv_read,
    [PTN_LIST_VEHICLE_CSV] = ptn_vehicle_csv_read,
    [PTN_LIST_POSTERN] = ptn_postern_list_read,
};
_Static_assert(COUNT_OF(readers) == PTN_LIST_FORMAT_COUNT, "a reader for each format");

/*
 * More than one row in ten not understood, and more than five: this is not the format it is said to
 * be, or it is damaged, and a list that looks loaded would be worse than none.
 */
static bool too_many_rejected(const struct ptn_list_summary *summary)
{
    return summary->rejected > 5 && summary->rejected > summary->rows / 10;
}

static struct ptn_status check(const struct ptn_list_source *source,
                               const struct ptn_list_summary *summary, struct ptn_diag *reterr)
{
    PTN_POST(summary->rows == summary->entries + summary->continued + summary->rejected);
    if (summary->said != 0 && summary->said != summary->rows)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "the list does not hold the number of entries it says");
    if (too_many_rejected(summary))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "more than one row in ten cannot be read");
    if (summary->entries == 0 && source->format != PTN_LIST_POSTERN)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no entry can be read");
    return PTN_OK;
}

struct ptn_status ptn_list_read(const struct ptn_list_source *source,
                                const struct ptn_list_sink *sink,
                                struct ptn_list_summary *ret_summary, struct ptn_diag *reterr)
{
    struct ptn_list_summary summary = { 0 };
    struct ptn_draft draft = { 0 };
    struct ptn_status status;

    PTN_PRE(source->format < PTN_LIST_FORMAT_COUNT);
    PTN_PRE(sink->entry != NULL);
    status = ptn_draft_init(&draft, sink, &summary, reterr);
    if (ptn_ok(status))
        status = readers[source->format](source, &draft, reterr);
    if (ptn_ok(status))
        status = check(source, &summary, reterr);
    if (ptn_ok(status))
        *ret_summary = summary;
    ptn_draft_release(&draft);
    return status;
}
