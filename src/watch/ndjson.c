/*
 * watch/ndjson.c -- lists of one JSON object a line: OpenSanctions' FollowTheMoney export, and
 * Postern's own format (docs/format/list.md).
 */
#include "watch/list_int.h"

#include <jansson.h>

#define LINE_LEN_MAX (4u << 20)

static struct ptn_bytes text_of(const json_t *value)
{
    return json_is_string(value) ? ptn_bytes_of(json_string_value(value), json_string_length(value))
                                 : PTN_BYTES_NONE;
}

static struct ptn_bytes member(const json_t *object, const char *key)
{
    return text_of(json_object_get(object, key));
}

/* One line into an object. NOT_FOUND at the end; *ret_object NULL for a line that is no object
 * (rejected, counted). */
PTN_MUST_USE static struct ptn_status next_object(struct ptn_cursor *cursor, size_t *line,
                                                  struct ptn_draft *draft, json_t **ret_object)
{
    struct ptn_bytes text;
    json_error_t error;

    *ret_object = NULL;
    do {
        struct ptn_status status = ptn_cursor_take_line(cursor, &text);

        if (!ptn_ok(status))
            return status;
        (*line)++;
    } while (ptn_bytes_trim(text).len == 0);
    ptn_draft_start(draft, *line);
    if (text.len > LINE_LEN_MAX) {
        /* WATCH-6: whoever stands there would be missing from the list */
        return ptn_fail(PTN_C_TOO_BIG, draft->reterr, *line, "an entry is larger than the limit");
    }
    *ret_object = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(*ret_object)) {
        json_decref(*ret_object);
        *ret_object = NULL;
        if (ptn_cursor_left(cursor) == 0 && cursor->bytes.at[cursor->bytes.len - 1] != '\n')
            return ptn_fail(PTN_C_BAD_INPUT, draft->reterr, *line, "the last line is cut short");
        draft->summary->rows++;
        ptn_draft_reject(draft, *line, PTN_BYTES_NONE, "a line is no JSON object");
    }
    return draft->status;
}

/* ---- FollowTheMoney ---- */

typedef void (*use_fn)(struct ptn_draft *draft, struct ptn_bytes value, int argument);

static void use_name(struct ptn_draft *draft, struct ptn_bytes value, int alias)
{
    ptn_draft_name(draft, value, (enum ptn_alias)alias);
}

static void use_birth(struct ptn_draft *draft, struct ptn_bytes value, int unused)
{
    (void)unused;
    ptn_draft_birth_text(draft, value);
}

static void use_nation(struct ptn_draft *draft, struct ptn_bytes value, int unused)
{
    (void)unused;
    ptn_draft_nation_text(draft, value);
}

static void use_sex(struct ptn_draft *draft, struct ptn_bytes value, int unused)
{
    (void)unused;
    ptn_draft_sex(draft, value);
}

static void use_number(struct ptn_draft *draft, struct ptn_bytes value, int type)
{
    ptn_draft_number(draft, (enum ptn_list_number_type)type, value, PTN_BYTES_NONE);
}

static void use_fact(struct ptn_draft *draft, struct ptn_bytes value, int type)
{
    ptn_draft_fact(draft, (enum ptn_list_fact_type)type, value);
}

static const struct {
    const char *property;
    use_fn use;
    int argument;
} ftm_rules[] = {
    { "name", use_name, PTN_ALIAS_STRONG },
    { "alias", use_name, PTN_ALIAS_STRONG },
    { "previousName", use_name, PTN_ALIAS_STRONG },
    { "weakAlias", use_name, PTN_ALIAS_WEAK },
    { "birthDate", use_birth, 0 },
    { "nationality", use_nation, 0 },
    { "citizenship", use_nation, 0 },
    { "gender", use_sex, 0 },
    { "passportNumber", use_number, PTN_NUMBER_PASSPORT },
    { "idNumber", use_number, PTN_NUMBER_ID_CARD },
    { "socialSecurityNumber", use_number, PTN_NUMBER_ID_CARD },
    { "taxNumber", use_number, PTN_NUMBER_TAX },
    { "innCode", use_number, PTN_NUMBER_TAX },
    { "imoNumber", use_number, PTN_NUMBER_IMO },
    { "mmsi", use_number, PTN_NUMBER_MMSI },
    { "callSign", use_number, PTN_NUMBER_CALL_SIGN },
    { "birthPlace", use_fact, PTN_FACT_BIRTH_PLACE },
    { "address", use_fact, PTN_FACT_ADDRESS },
    { "position", use_fact, PTN_FACT_TITLE },
    { "title", use_fact, PTN_FACT_TITLE },
    { "flag", use_fact, PTN_FACT_FLAG },
    { "program", use_fact, PTN_FACT_PROGRAMME },
    { "programId", use_fact, PTN_FACT_PROGRAMME },
    { "topics", use_fact, PTN_FACT_PROGRAMME },
    { "notes", use_fact, PTN_FACT_REMARK },
};

/* The kind of a schema that can be screened; false for the others (addresses, sanctions,
 * ownerships...). */
static bool ftm_kind(struct ptn_bytes schema, enum ptn_entry_kind *ret_kind)
{
    static const char *const entities[] = { "LegalEntity", "Organization", "Company", "PublicBody",
                                            "Asset" };

    if (ptn_bytes_is(schema, "Person"))
        *ret_kind = PTN_ENTRY_PERSON;
    else if (ptn_bytes_is(schema, "Vessel"))
        *ret_kind = PTN_ENTRY_VESSEL;
    else if (ptn_bytes_is(schema, "Airplane"))
        *ret_kind = PTN_ENTRY_AIRCRAFT;
    else {
        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
            if (ptn_bytes_is(schema, entities[i])) {
                *ret_kind = PTN_ENTRY_ENTITY;
                return true;
            }
        return false;
    }
    return true;
}

static void read_properties(struct ptn_draft *draft, const json_t *properties)
{
    for (size_t rule = 0; rule < sizeof(ftm_rules) / sizeof(ftm_rules[0]); rule++) {
        const json_t *values = json_object_get(properties, ftm_rules[rule].property);

        for (size_t i = 0; i < json_array_size(values); i++) {
            struct ptn_bytes value = text_of(json_array_get(values, i));

            if (value.len > 0)
                ftm_rules[rule].use(draft, value, ftm_rules[rule].argument);
            else
                ptn_draft_note(draft, draft->entry.line, "a property's value is no text");
        }
    }
}

static bool is_document(struct ptn_bytes schema)
{
    return ptn_bytes_is(schema, "Passport") || ptn_bytes_is(schema, "Identification");
}

static struct ptn_bytes first_of(const json_t *properties, const char *key)
{
    return text_of(json_array_get(json_object_get(properties, key), 0));
}

/* A document that is a record of its own is a part of its holder's entry, which stands before or
 * after it. */
static void read_document(struct ptn_draft *draft, struct ptn_bytes schema,
                          const json_t *properties)
{
    ptn_draft_id(draft, first_of(properties, "holder"));
    draft->entry.kind = PTN_ENTRY_PERSON; /* its holder's line says what it is */
    ptn_draft_number(
        draft, ptn_bytes_is(schema, "Passport") ? PTN_NUMBER_PASSPORT : PTN_NUMBER_OTHER_DOCUMENT,
        first_of(properties, "number"), first_of(properties, "country"));
    ptn_draft_finish(draft);
}

static void read_ftm(struct ptn_draft *draft, const json_t *object, size_t line)
{
    const json_t *properties = json_object_get(object, "properties");
    enum ptn_entry_kind kind;
    int type = PTN_NUMBER_TAX;

    draft->summary->rows++;
    if (member(object, "schema").len == 0 || !json_is_object(properties)) {
        ptn_draft_reject(draft, line, member(object, "id"),
                         "an object without schema and properties");
        return;
    }
    if (is_document(member(object, "schema")) && first_of(properties, "holder").len > 0) {
        read_document(draft, member(object, "schema"), properties);
        return;
    }
    if (!ftm_kind(member(object, "schema"), &kind)) {
        draft->summary->continued++;
        return;
    }
    ptn_draft_id(draft, member(object, "id"));
    draft->entry.kind = kind;
    ptn_draft_name(draft, member(object, "caption"), PTN_ALIAS_PRIMARY);
    read_properties(draft, properties);
    if (kind == PTN_ENTRY_AIRCRAFT)
        type = PTN_NUMBER_TAIL;
    for (size_t i = 0; i < json_array_size(json_object_get(properties, "registrationNumber")); i++)
        use_number(draft,
                   text_of(json_array_get(json_object_get(properties, "registrationNumber"), i)),
                   type);
    /* the caption is one of the names: once is enough */
    for (size_t i = 1; i < draft->entry.name_count; i++)
        if (ptn_bytes_equal(draft->names[i].text, draft->names[0].text)) {
            draft->names[i] = draft->names[--draft->entry.name_count];
            break;
        }
    ptn_draft_finish(draft);
}

struct ptn_status ptn_ftm_read(const struct ptn_list_source *source, struct ptn_draft *draft,
                               struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(source->main);
    size_t line = 0;

    (void)reterr;
    draft->fragments = true;
    for (;;) {
        json_t *object;
        struct ptn_status status = next_object(&cursor, &line, draft, &object);

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (ptn_ok(status) && object != NULL) {
            read_ftm(draft, object, line);
            status = draft->status;
        }
        json_decref(object);
        if (!ptn_ok(status))
            return status;
    }
}

/* ---- Postern's own ---- */

static const char *const name_keys[] = { "text", "alias", NULL };
static const char *const number_keys[] = { "type", "number", "issuer", NULL };
static const char *const fact_keys[] = { "type", "text", NULL };

/* What an entry may say: a text, or a list of texts and of objects with these keys and texts. */
static const struct {
    const char *key;
    bool list, texts;
    const char *const *keys; /* NULL: no objects */
} alert_keys[] = {
    { "id", false, true, NULL },
    { "kind", false, true, NULL },
    { "names", true, true, name_keys },
    { "births", true, true, NULL },
    { "sex", false, true, NULL },
    { "nationalities", true, true, NULL },
    { "numbers", true, false, number_keys },
    { "facts", true, false, fact_keys },
    { "on_entry", false, true, NULL },
    { "on_exit", false, true, NULL },
    { "listed", false, true, NULL },
    { "valid_until", false, true, NULL },
};

static bool is_item(json_t *item, bool texts, const char *const *keys)
{
    if (json_is_string(item))
        return texts;
    if (!json_is_object(item) || keys == NULL)
        return false;
    for (void *at = json_object_iter(item); at != NULL; at = json_object_iter_next(item, at)) {
        size_t i = 0;

        while (keys[i] != NULL && strcmp(keys[i], json_object_iter_key(at)) != 0)
            i++;
        if (keys[i] == NULL || !json_is_string(json_object_iter_value(at)))
            return false;
    }
    return true;
}

/* Does the entry say nothing but what is read of it? What nobody reads would be lost in silence. */
static bool is_read_whole(json_t *object)
{
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        json_t *value = json_object_iter_value(at);
        size_t i = 0;

        while (i < sizeof(alert_keys) / sizeof(alert_keys[0]) &&
               strcmp(alert_keys[i].key, json_object_iter_key(at)) != 0)
            i++;
        if (i == sizeof(alert_keys) / sizeof(alert_keys[0]) ||
            (alert_keys[i].list ? !json_is_array(value) : !json_is_string(value)))
            return false;
        for (size_t k = 0; k < json_array_size(value); k++)
            if (!is_item(json_array_get(value, k), alert_keys[i].texts, alert_keys[i].keys))
                return false;
    }
    return true;
}

static bool read_day(struct ptn_draft *draft, const json_t *object, const char *key,
                     struct ptn_date *ret_date)
{
    struct ptn_bytes text = member(object, key);

    if (json_object_get(object, key) == NULL)
        return true;
    if (ptn_ok(ptn_date_parse(text, ret_date, NULL)) && ptn_date_is_full(*ret_date))
        return true;
    ptn_draft_reject(draft, draft->entry.line, member(object, "id"), "a date is not a whole date");
    return false;
}

static bool read_action(struct ptn_draft *draft, const json_t *object, const char *key,
                        enum ptn_list_action *ret_action)
{
    if (json_object_get(object, key) == NULL)
        return true;
    draft->entry.has_action = true;
    if (ptn_ok(ptn_list_action_find(member(object, key), ret_action)))
        return true;
    ptn_draft_reject(draft, draft->entry.line, member(object, "id"),
                     "an action is none that Postern knows");
    return false;
}

static bool read_names(struct ptn_draft *draft, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        struct ptn_bytes alias = member(name, "alias");
        size_t which = i == 0 ? PTN_ALIAS_PRIMARY : PTN_ALIAS_STRONG;

        if (alias.len > 0)
            for (which = 0; which < PTN_ALIAS_COUNT &&
                            !ptn_bytes_is(alias, ptn_alias_word((enum ptn_alias)which));)
                which++;
        if (which == PTN_ALIAS_COUNT)
            return false;
        ptn_draft_name(draft, json_is_string(name) ? text_of(name) : member(name, "text"),
                       (enum ptn_alias)which);
    }
    return true;
}

static bool read_numbers(struct ptn_draft *draft, const json_t *numbers)
{
    for (size_t i = 0; i < json_array_size(numbers); i++) {
        const json_t *number = json_array_get(numbers, i);
        enum ptn_list_number_type type;

        if (!ptn_ok(ptn_list_number_type_find(member(number, "type"), &type)) ||
            member(number, "number").len == 0)
            return false;
        ptn_draft_number(draft, type, member(number, "number"), member(number, "issuer"));
    }
    return true;
}

static bool read_facts(struct ptn_draft *draft, const json_t *facts)
{
    for (size_t i = 0; i < json_array_size(facts); i++) {
        const json_t *fact = json_array_get(facts, i);
        enum ptn_list_fact_type type;

        if (!ptn_ok(ptn_list_fact_type_find(member(fact, "type"), &type)))
            return false;
        ptn_draft_fact(draft, type, member(fact, "text"));
    }
    return true;
}

static void read_alert(struct ptn_draft *draft, json_t *object)
{
    struct ptn_list_entry *entry = &draft->entry;
    const json_t *list;

    ptn_draft_id(draft, member(object, "id"));
    if (!ptn_ok(ptn_entry_kind_find(member(object, "kind"), &entry->kind))) {
        ptn_draft_reject(draft, entry->line, entry->id, "an entry of no known kind");
        return;
    }
    /* an alert that is misread is worse than one that is refused: no part of it is left out */
    if (!is_read_whole(object)) {
        ptn_draft_reject(draft, entry->line, entry->id,
                         "a key that Postern does not know, or a value not of its type");
        return;
    }
    if (!read_names(draft, json_object_get(object, "names")) ||
        !read_numbers(draft, json_object_get(object, "numbers")) ||
        !read_facts(draft, json_object_get(object, "facts"))) {
        ptn_draft_reject(draft, entry->line, entry->id,
                         "a name, number or fact is of no known type");
        return;
    }
    if (!read_action(draft, object, "on_entry", &entry->on_entry) ||
        !read_action(draft, object, "on_exit", &entry->on_exit) ||
        !read_day(draft, object, "listed", &entry->listed_on) ||
        !read_day(draft, object, "valid_until", &entry->valid_until))
        return;
    list = json_object_get(object, "births");
    for (size_t i = 0; i < json_array_size(list); i++)
        ptn_draft_birth_text(draft, text_of(json_array_get(list, i)));
    list = json_object_get(object, "nationalities");
    for (size_t i = 0; i < json_array_size(list); i++)
        ptn_draft_nation_text(draft, text_of(json_array_get(list, i)));
    ptn_draft_sex(draft, member(object, "sex"));
    ptn_draft_finish(draft);
}

/* {"postern-list":1,"made":"2026-11-24T06:00:00Z","entries":3} */
PTN_MUST_USE static struct ptn_status read_header(const json_t *object, struct ptn_draft *draft,
                                                  size_t *ret_count, struct ptn_diag *reterr)
{
    const json_t *count = json_object_get(object, "entries");

    if (json_integer_value(json_object_get(object, "postern-list")) != 1)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1,
                        "the first line is not the header of a Postern list");
    draft->summary->edition_ms = ptn_edition_read(member(object, "made"));
    if (draft->summary->edition_ms == 0 || !json_is_integer(count) || json_integer_value(count) < 0)
        return ptn_fail(
            PTN_C_BAD_INPUT, reterr, 1,
            "the header does not say when the list was made and how many entries it holds");
    *ret_count = (size_t)json_integer_value(count);
    return PTN_OK;
}

struct ptn_status ptn_postern_list_read(const struct ptn_list_source *source,
                                        struct ptn_draft *draft, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(source->main);
    size_t line = 0, said = 0;
    bool started = false;

    for (;;) {
        json_t *object;
        struct ptn_status status = next_object(&cursor, &line, draft, &object);

        if (status.code == PTN_C_NOT_FOUND)
            break;
        if (ptn_ok(status) && !started) {
            started = true;
            status = read_header(object, draft, &said, reterr);
        } else if (ptn_ok(status) && object != NULL) {
            draft->summary->rows++;
            read_alert(draft, object);
            status = draft->status;
        }
        json_decref(object);
        if (!ptn_ok(status))
            return status;
        ptn_arena_clear(draft->arena);
    }
    if (!started)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "the file is empty");
    if (said != draft->summary->rows)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, line,
                        "the list does not hold the number of entries it says");
    return PTN_OK;
}
