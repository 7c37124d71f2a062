/* serve/request_read.c -- fields of a JSON body: see request_int.h. */
#include "serve/request_int.h"

void ptn_body_refuse(struct ptn_body *reading, enum ptn_code code, const char *text)
{
    if (ptn_ok(reading->status))
        reading->status = ptn_fail(code, reading->reterr, 0, text);
}

json_t *ptn_body_load(struct ptn_body *reading, struct ptn_bytes body, size_t len_max)
{
    json_error_t error;
    json_t *root;

    if (body.len > len_max) {
        ptn_body_refuse(reading, PTN_C_TOO_BIG, "the body is too big");
        return NULL;
    }
    root = json_loadb(body.len == 0 ? "" : (const char *)body.at, body.len, JSON_REJECT_DUPLICATES,
                      &error);
    if (root == NULL) {
        reading->status =
            ptn_fail(PTN_C_BAD_INPUT, reading->reterr,
                     error.position < 0 ? 0 : (size_t)error.position, "the body is not JSON");
        return NULL;
    }
    if (!json_is_object(root)) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "the body is not an object");
        json_decref(root);
        return NULL;
    }
    return root;
}

void ptn_body_only(struct ptn_body *reading, json_t *object, const char *const *names)
{
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        size_t i = 0;

        while (names[i] != NULL && strcmp(names[i], json_object_iter_key(at)) != 0)
            i++;
        if (names[i] == NULL)
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, "a field that this request does not have");
    }
}

static struct ptn_bytes kept(struct ptn_body *reading, const char *text, size_t len)
{
    char *copy = ptn_arena_text(reading->arena, ptn_bytes_of(text, len));

    if (copy == NULL) {
        ptn_body_refuse(reading, PTN_C_NO_MEMORY, "no memory for the request");
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(copy, len);
}

struct ptn_bytes ptn_body_value(struct ptn_body *reading, json_t *value, size_t len_max,
                                const char *what)
{
    if (value == NULL)
        return PTN_BYTES_NONE;
    if (!json_is_string(value)) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
        return PTN_BYTES_NONE;
    }
    if (json_string_length(value) > len_max) {
        ptn_body_refuse(reading, PTN_C_TOO_BIG, what);
        return PTN_BYTES_NONE;
    }
    return kept(reading, json_string_value(value), json_string_length(value));
}

struct ptn_bytes ptn_body_text(struct ptn_body *reading, json_t *object, const char *key,
                               size_t len_max, const char *what)
{
    return ptn_body_value(reading, json_object_get(object, key), len_max, what);
}

json_t *ptn_body_object(struct ptn_body *reading, json_t *object, const char *key, const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return NULL;
    if (!json_is_object(value)) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
        return NULL;
    }
    return value;
}

unsigned ptn_body_count(struct ptn_body *reading, json_t *object, const char *key, unsigned most,
                        const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
        return 0;
    }
    return (unsigned)json_integer_value(value);
}

size_t ptn_body_word(struct ptn_body *reading, struct ptn_bytes text, const char *const *words,
                     const char *what)
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (ptn_bytes_is(text, words[i]))
            return i;
    ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    return 0;
}

struct ptn_date ptn_body_date(struct ptn_body *reading, json_t *object, const char *key,
                              const char *what)
{
    struct ptn_bytes text = ptn_body_text(reading, object, key, 10, what);
    struct ptn_date date = PTN_DATE_NONE;

    if (text.len > 0 && !ptn_ok(ptn_date_parse(text, &date, NULL)))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    return date;
}

struct ptn_date ptn_body_day(struct ptn_body *reading, json_t *object, const char *key,
                             const char *what)
{
    struct ptn_date date = ptn_body_date(reading, object, key, what);

    if (!ptn_date_is_none(date) && !(ptn_date_is_full(date) && ptn_date_is_possible(date)))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    return date;
}

void ptn_body_code(struct ptn_body *reading, struct ptn_bytes text, char ret_code[4],
                   const char *what)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 'A' || text.at[i] > 'Z')
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    if (text.len > 0)
        memcpy(ret_code, text.at, text.len);
    ret_code[text.len] = '\0';
}

struct ptn_bytes ptn_body_id(struct ptn_body *reading, json_t *object, const char *key,
                             const char *what)
{
    struct ptn_bytes text = ptn_body_text(reading, object, key, PTN_LANE_ID_SIZE - 1, what);

    if (text.len != PTN_LANE_ID_SIZE - 1)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    for (size_t i = 0; i < text.len; i++)
        if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    return text;
}

bool ptn_body_flag(struct ptn_body *reading, json_t *object, const char *key, const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value != NULL && !json_is_boolean(value))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    return json_is_true(value);
}

void ptn_body_credentials(struct ptn_body *reading, json_t *object, struct ptn_bytes *user,
                          struct ptn_bytes *password)
{
    *user = ptn_body_text(reading, object, "user", PTN_STAFF_USER_MAX, "user");
    *password = ptn_body_text(reading, object, "password", 256, "password");
    if (user->len == 0 || password->len == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "user and password are needed");
}

bool ptn_body_person(struct ptn_body *reading, json_t *object, const char *key,
                     struct ptn_bytes *user, struct ptn_bytes *password)
{
    static const char *const fields[] = { "user", "password", NULL };
    json_t *person = ptn_body_object(reading, object, key, key);

    if (person == NULL)
        return false;
    ptn_body_only(reading, person, fields);
    ptn_body_credentials(reading, person, user, password);
    return true;
}

static const char *const direction_words[] = { "entry", "exit", NULL };

enum ptn_direction ptn_body_direction(struct ptn_body *reading, json_t *root)
{
    return ptn_body_word(reading, ptn_body_text(reading, root, "direction", 5, "direction"),
                         direction_words, "direction") == 0
               ? PTN_DIRECTION_ENTRY
               : PTN_DIRECTION_EXIT;
}

const char *ptn_body_id_text(struct ptn_body *reading, json_t *object, const char *key)
{
    if (json_object_get(object, key) == NULL)
        return NULL;
    return (const char *)ptn_body_id(reading, object, key, key).at;
}
