#include <assert.h>

#include "names/name.h"
#include "view/view_int.h"

/* A key's high bits say what it is; the low ones hold the skeleton and its length, or the group. */
#define KEY_VARIANT    ((int64_t)1 << 56)
#define KEY_LEN_SHIFT  48u
#define CLASS_BITS     3u
#define SKELETON_MAX   12u
#define ID_PARTS_COUNT 1u

static struct ptn_status id_of(struct ptn_view *view, const struct ptn_name_part *part,
                               int64_t *ret_id, struct ptn_diag *reterr)
{
    struct ptn_bytes bytes = ptn_bytes_of(part, sizeof(*part));
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_hasher_digest(view->hasher, &bytes, ID_PARTS_COUNT, digest);
    uint64_t number = 0;

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "a part of a name cannot be hashed");
    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | digest[i];
    *ret_id = (int64_t)number;
    return PTN_OK;
}

static struct ptn_status add_part(struct ptn_view *view, const struct ptn_name_part *part,
                                  struct ptn_bytes text, struct ptn_view_forms *forms,
                                  struct ptn_diag *reterr)
{
    struct ptn_view_form form = { .part = *part, .spelling = { text.at + part->at, part->len } };
    struct ptn_status status;

    if (forms->count == PTN_VIEW_FORMS_MAX)
        return PTN_OK;
    form.part.at = 0; /* a form is the same wherever it stands */
    form.part.len = 0;
    status = id_of(view, &form.part, &form.id, reterr);
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < forms->count; i++)
        if (forms->at[i].id == form.id)
            return PTN_OK;
    forms->at[forms->count++] = form;
    return PTN_OK;
}

struct ptn_status ptn_view_forms_add(struct ptn_view *view, struct ptn_bytes text,
                                     struct ptn_view_forms *forms, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    struct ptn_name name;
    bool only_light = true;

    if (text.len == 0)
        return PTN_OK;
    ptn_name_read(text, PTN_NAME_FREE, &name);
    for (size_t i = 0; i < name.part_count; i++)
        only_light = only_light && name.parts[i].kind != PTN_NAME_FULL;
    for (size_t i = 0; ptn_ok(status) && i < name.part_count; i++)
        if (only_light || name.parts[i].kind == PTN_NAME_FULL)
            status = add_part(view, &name.parts[i], text, forms, reterr);
    return status;
}

struct ptn_status ptn_view_forms_of(struct ptn_view *view, const struct ptn_person *person,
                                    struct ptn_view_forms *ret_forms, struct ptn_diag *reterr)
{
    struct ptn_status status;

    ret_forms->count = 0;
    status = ptn_view_forms_add(view, person->surname, ret_forms, reterr);
    if (ptn_ok(status))
        status = ptn_view_forms_add(view, person->given, ret_forms, reterr);
    if (ptn_ok(status))
        status = ptn_view_forms_add(view, person->name, ret_forms, reterr);
    return status;
}

/* ---- keys ---- */

static uint64_t without(uint64_t skeleton, unsigned at)
{
    uint64_t low = skeleton & (((uint64_t)1 << (CLASS_BITS * at)) - 1);

    return low | skeleton >> (CLASS_BITS * (at + 1)) << (CLASS_BITS * at);
}

static size_t add_key(int64_t keys[PTN_VIEW_KEYS_MAX], size_t count, uint64_t skeleton,
                      unsigned len)
{
    int64_t key = (int64_t)(skeleton | (uint64_t)len << KEY_LEN_SHIFT);

    for (size_t i = 0; i < count; i++)
        if (keys[i] == key)
            return count;
    if (count < PTN_VIEW_KEYS_MAX)
        keys[count++] = key;
    return count;
}

size_t ptn_view_form_keys(const struct ptn_name_part *part, int64_t ret_keys[PTN_VIEW_KEYS_MAX])
{
    unsigned len = part->skeleton_len <= SKELETON_MAX ? part->skeleton_len : SKELETON_MAX;
    unsigned leave_out = len <= 1 ? 0 : len <= 4 ? 1 : 2;
    size_t count = add_key(ret_keys, 0, part->skeleton, len);

    for (unsigned i = 0; leave_out >= 1 && i < len; i++) {
        uint64_t one_less = without(part->skeleton, i);

        count = add_key(ret_keys, count, one_less, len - 1);
        for (unsigned k = i; leave_out >= 2 && k + 1 < len; k++)
            count = add_key(ret_keys, count, without(one_less, k), len - 2);
    }
    if (part->variant != 0 && count < PTN_VIEW_KEYS_MAX)
        ret_keys[count++] = KEY_VARIANT | part->variant;
    return count;
}

static_assert(1 + SKELETON_MAX + SKELETON_MAX * (SKELETON_MAX - 1) / 2 + 1 <= PTN_VIEW_KEYS_MAX,
              "every key of the longest skeleton fits");

bool ptn_view_part_read(struct ptn_bytes bytes, struct ptn_name_part *ret_part)
{
    if (bytes.len != sizeof(*ret_part))
        return false;
    memcpy(ret_part, bytes.at, sizeof(*ret_part));
    return ret_part->symbol_count >= 1 && ret_part->symbol_count <= PTN_NAME_SYMBOLS_MAX &&
           ret_part->kind <= PTN_NAME_LEGAL;
}
