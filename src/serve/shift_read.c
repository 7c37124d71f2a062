/* serve/shift_read.c -- the three bodies of the shift page. */
#include <jansson.h>
#include <string.h>

#include "serve/shift_int.h"

#define USER_MAX     64u
#define PASSWORD_MAX 256u
#define LANE_MAX     16u
#define WORD_MAX     24u

/* One body while it is read. The first failure sticks. */
struct reading {
    struct ptn_arena *arena;
    struct ptn_diag *reterr;
    struct ptn_status status;
};

static void refuse(struct reading *reading, enum ptn_code code, const char *text)
{
    if (ptn_ok(reading->status))
        reading->status = ptn_fail(code, reading->reterr, 0, text);
}

/* Refuse an object with a field that is not in the NULL-ended list. */
static void only_fields(struct reading *reading, json_t *object, const char *const *names)
{
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        size_t i = 0;

        while (names[i] != NULL && strcmp(names[i], json_object_iter_key(at)) != 0)
            i++;
        if (names[i] == NULL)
            refuse(reading, PTN_C_BAD_INPUT, "a field that this request does not have");
    }
}

/* The object a body holds, or NULL. Owned. */
static json_t *load(struct reading *reading, struct ptn_bytes body, const char *const *names)
{
    json_t *root;

    if (body.len > PTN_SHIFT_BODY_MAX) {
        refuse(reading, PTN_C_TOO_BIG, "the body is too big");
        return NULL;
    }
    root = json_loadb(body.len == 0 ? "" : (const char *)body.at, body.len, JSON_REJECT_DUPLICATES,
                      NULL);
    if (root == NULL)
        refuse(reading, PTN_C_BAD_INPUT, "the body is not JSON");
    else if (!json_is_object(root))
        refuse(reading, PTN_C_BAD_INPUT, "the body is not an object");
    else
        only_fields(reading, root, names);
    return root;
}

/* A text of at most max bytes without control characters but those of lines; empty when it is not
 * there. */
static struct ptn_bytes text_of(struct reading *reading, const json_t *object, const char *key,
                                size_t max, bool lines)
{
    const json_t *value = json_object_get(object, key);
    struct ptn_bytes text;
    const char *kept;

    if (value == NULL)
        return PTN_BYTES_NONE;
    text = ptn_bytes_of(json_string_value(value), json_string_length(value));
    if (!json_is_string(value) || text.len > max) {
        refuse(reading, PTN_C_BAD_INPUT, "a field that is no text, or too long");
        return PTN_BYTES_NONE;
    }
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == 0x7f || (text.at[i] < 0x20 && !(lines && text.at[i] == '\n')))
            refuse(reading, PTN_C_BAD_INPUT, "a text with control characters");
    kept = ptn_arena_text(reading->arena, text);
    if (kept == NULL) {
        refuse(reading, PTN_C_NO_MEMORY, "no memory");
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(kept, text.len);
}

static struct ptn_status ended(const struct reading *reading, json_t *root,
                               const struct ptn_shift_entry *entry,
                               struct ptn_shift_entry *ret_entry)
{
    json_decref(root);
    if (ptn_ok(reading->status))
        *ret_entry = *entry;
    return reading->status;
}

struct ptn_status ptn_shift_lane_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                       struct ptn_shift_entry *ret_entry, struct ptn_diag *reterr)
{
    static const char *const names[] = { "lane", "open", "category", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_shift_entry entry = { 0 };
    json_t *root = load(&reading, body, names);
    const json_t *open = json_object_get(root, "open");
    struct ptn_bytes category = text_of(&reading, root, "category", WORD_MAX, false);

    entry.lane = text_of(&reading, root, "lane", LANE_MAX, false);
    entry.act = json_is_true(open) ? PTN_SHIFT_LANE_OPENED : PTN_SHIFT_LANE_CLOSED;
    entry.category = ptn_lane_category_from_word(category);
    if (!json_is_boolean(open) || entry.lane.len == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "lane and open are needed");
    if (json_is_true(open) != (entry.category != PTN_LANE_ANY) ||
        (category.len > 0 && entry.category == PTN_LANE_ANY))
        refuse(&reading, PTN_C_BAD_INPUT, "an open lane has a category, a closed one none");
    return ended(&reading, root, &entry, ret_entry);
}

struct ptn_status ptn_shift_wait_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                       struct ptn_shift_entry *ret_entry, struct ptn_diag *reterr)
{
    static const char *const names[] = { "direction", "minutes", "method", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_shift_entry entry = { .act = PTN_SHIFT_WAIT };
    json_t *root = load(&reading, body, names);
    struct ptn_bytes direction = text_of(&reading, root, "direction", WORD_MAX, false);
    const json_t *minutes = json_object_get(root, "minutes");
    json_int_t count = json_integer_value(minutes);

    entry.method = ptn_wait_method_from_word(text_of(&reading, root, "method", WORD_MAX, false));
    if (ptn_bytes_is(direction, "entry"))
        entry.direction = PTN_DIRECTION_ENTRY;
    else if (ptn_bytes_is(direction, "exit"))
        entry.direction = PTN_DIRECTION_EXIT;
    else
        refuse(&reading, PTN_C_BAD_INPUT, "direction is entry or exit");
    if (!json_is_integer(minutes) || count < 0 || count > (json_int_t)PTN_SHIFT_MINUTES_MAX)
        refuse(&reading, PTN_C_BAD_INPUT, "minutes is a number from 0 to 1440");
    if (entry.method == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "method: how it was measured");
    entry.minutes = (uint64_t)count;
    return ended(&reading, root, &entry, ret_entry);
}

struct ptn_status ptn_shift_over_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                       struct ptn_shift_entry *ret_entry,
                                       struct ptn_shift_second *ret_second, struct ptn_diag *reterr)
{
    static const char *const names[] = { "words", "second", NULL };
    static const char *const second_names[] = { "user", "password", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_shift_entry entry = { .act = PTN_SHIFT_HANDED_OVER };
    struct ptn_shift_second second = { 0 };
    json_t *root = load(&reading, body, names);
    json_t *object = json_object_get(root, "second");

    entry.words = ptn_bytes_trim(text_of(&reading, root, "words", PTN_RECORD_NOTE_MAX, true));
    if (json_is_object(object)) {
        only_fields(&reading, object, second_names);
        second.user = text_of(&reading, object, "user", USER_MAX, false);
        second.password = text_of(&reading, object, "password", PASSWORD_MAX, true);
    }
    if (entry.words.len == 0 || second.user.len == 0 || second.password.len == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "words, and who takes over with their password");
    if (ptn_ok(reading.status))
        *ret_second = second;
    return ended(&reading, root, &entry, ret_entry);
}
