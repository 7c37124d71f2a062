/* main/sweep_state.c -- how far a sweep has come, in a file of a few lines (docs/format/sweep.md).
 */
#include "main/sweep_int.h"

#define STATE_LEN_MAX ((size_t)64 << 10)

static const char first_line[] = "postern.sweep/v1";

static struct ptn_status add_numbers(struct ptn_buffer *out, const char *word,
                                     const uint64_t *numbers, size_t count)
{
    struct ptn_status status = ptn_buffer_add_text(out, word);

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = ptn_buffer_addf(out, " %llu", (unsigned long long)numbers[i]);
    return ptn_ok(status) ? ptn_buffer_add_text(out, "\n") : status;
}

struct ptn_status ptn_sweep_state_write(const struct ptn_sweep_plan *plan)
{
    struct ptn_buffer out = { .len_max = STATE_LEN_MAX };
    struct ptn_status status = ptn_buffer_addf(&out, "%s\ninputs ", first_line);

    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&out,
                                    ptn_bytes_of(plan->inputs_sha256, sizeof(plan->inputs_sha256)));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&out, "\nafter ");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&out, ptn_bytes_from_text(plan->after));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&out, "\n");
    if (ptn_ok(status))
        status = add_numbers(&out, "counts", plan->counts, PTN_SWEEP_COUNT_COUNT);
    if (ptn_ok(status))
        status = add_numbers(&out, "found", plan->found, PTN_SWEEP_CLASS_COUNT);
    if (ptn_ok(status))
        status =
            plan->world->files->replace(plan->world->context, plan->state, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return status;
}

/* The rest of a line that begins with word and a space. */
static bool take_field(struct ptn_cursor *cursor, const char *word, struct ptn_bytes *ret_rest)
{
    size_t len = strlen(word);
    struct ptn_bytes line;

    if (!ptn_cursor_take_whole_line(cursor, &line) || line.len < len + 1 ||
        memcmp(line.at, word, len) != 0 || line.at[len] != ' ')
        return false;
    *ret_rest = ptn_bytes_slice(line, len + 1, SIZE_MAX);
    return true;
}

static bool read_numbers(struct ptn_bytes rest, uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *end = rest.len > 0 ? memchr(rest.at, ' ', rest.len) : NULL;
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.at);

        if (!ptn_decimal_read(ptn_bytes_slice(rest, 0, len), INT64_MAX, &numbers[i]) ||
            (end == NULL) != (i + 1 == count))
            return false;
        rest = ptn_bytes_slice(rest, len + 1, SIZE_MAX);
    }
    return true;
}

static bool read_after(struct ptn_bytes hex, struct ptn_sweep_plan *plan)
{
    struct ptn_buffer path = { .len_max = sizeof(plan->after) - 1 };
    bool good = ptn_ok(ptn_hex_read(hex, &path, NULL)) &&
                (path.len == 0 || memchr(path.at, '\0', path.len) == NULL);

    if (good && path.len > 0)
        memcpy(plan->after, path.at, path.len);
    if (good)
        plan->after[path.len] = '\0';
    ptn_buffer_release(&path);
    return good;
}

struct ptn_status ptn_sweep_state_read(struct ptn_sweep_plan *plan, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = STATE_LEN_MAX };
    struct ptn_status status = plan->world->files->read(plan->world->context, plan->state, &file);
    struct ptn_cursor cursor = ptn_cursor_at(ptn_buffer_bytes(&file));
    uint8_t inputs[PTN_SHA256_LEN];
    struct ptn_bytes line;

    if (!ptn_ok(status))
        goto out;
    status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a state of a sweep");
    if (!ptn_cursor_take_whole_line(&cursor, &line) || !ptn_bytes_is(line, first_line) ||
        !take_field(&cursor, "inputs", &line) || !ptn_hex_read_exactly(line, inputs, 32))
        goto out;
    if (memcmp(inputs, plan->inputs_sha256, sizeof(inputs)) != 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "the state of a sweep with other lists, rules or root");
    else if (take_field(&cursor, "after", &line) && read_after(line, plan) &&
             take_field(&cursor, "counts", &line) &&
             read_numbers(line, plan->counts, PTN_SWEEP_COUNT_COUNT) &&
             take_field(&cursor, "found", &line) &&
             read_numbers(line, plan->found, PTN_SWEEP_CLASS_COUNT) &&
             ptn_cursor_left(&cursor) == 0)
        status = PTN_OK;
out:
    ptn_buffer_release(&file);
    return status;
}
