/* node/decoys.c -- DIR/decoys: accounts and documents that nobody has a reason to touch. */
#include "node/returning_int.h"

#define FILE_NAME PTN_DECOYS_FILE

static const char *const words[] = {
    [PTN_DECOY_OFFICER] = "officer ", [PTN_DECOY_DOCUMENT] = "document "
};

static bool name_good(struct ptn_bytes name)
{
    if (name.len == 0 || name.len > PTN_STAFF_USER_MAX || !ptn_utf8_valid(name, NULL))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] <= 0x20 || name.at[i] == 0x7f)
            return false;
    return true;
}

struct ptn_status ptn_decoy_parse(struct ptn_cursor *cursor, struct ptn_decoy *ret_decoy)
{
    struct ptn_bytes line;

    if (!ptn_ok(ptn_cursor_take_line(cursor, &line)))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct ptn_bytes word = ptn_bytes_from_text(words[i]);
        const struct ptn_bytes name = ptn_bytes_slice(line, word.len, line.len);

        if (!ptn_bytes_equal(ptn_bytes_slice(line, 0, word.len), word) || !name_good(name))
            continue;
        *ret_decoy = (struct ptn_decoy){ (enum ptn_decoy_kind)i, name };
        return PTN_OK;
    }
    return (struct ptn_status){ PTN_C_BAD_INPUT };
}

/* BUSY: it is sealed, and the vault locked. */
static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   struct ptn_buffer *out)
{
    struct ptn_status status = ptn_sealed_file_read(world, dir, FILE_NAME, out);

    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_decoy_add(const struct ptn_world *world, const char *dir,
                                enum ptn_decoy_kind kind, struct ptn_bytes name,
                                struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_RETURNING_FILE_MAX };
    struct ptn_cursor cursor;
    struct ptn_decoy decoy;
    size_t count = 0;
    struct ptn_status status;

    if (!name_good(name))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a name that a decoy can have");
    status = read_file(world, dir, &file);
    if (status.code == PTN_C_BUSY)
        status = ptn_fail(PTN_C_BUSY, reterr, 0, "the node's vault is locked");
    cursor = ptn_cursor_at(ptn_buffer_bytes(&file));
    while (ptn_ok(status) && ptn_ok(ptn_decoy_parse(&cursor, &decoy)))
        count++;
    if (ptn_ok(status) && count >= PTN_RETURNING_DECOYS_MAX)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many decoys");
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&file, words[kind]);
    if (ptn_ok(status))
        status = ptn_buffer_add(&file, name);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&file, "\n");
    if (ptn_ok(status))
        status = ptn_sealed_file_replace(world, dir, FILE_NAME, ptn_buffer_bytes(&file));
    ptn_buffer_release(&file);
    return status;
}

void ptn_decoys_load(struct ptn_node *node)
{
    struct ptn_returning_state *state = node->apply->returning;
    struct ptn_buffer file = { .len_max = PTN_RETURNING_FILE_MAX };
    struct ptn_cursor cursor;
    struct ptn_decoy decoy;

    if (ptn_ok(read_file(node->world, node->dir, &file))) {
        cursor = ptn_cursor_at(ptn_buffer_bytes(&file));
        while (state->decoy_count < PTN_RETURNING_DECOYS_MAX &&
               ptn_ok(ptn_decoy_parse(&cursor, &decoy))) {
            struct ptn_decoy_kept *kept = &state->decoys[state->decoy_count++];

            kept->kind = decoy.kind;
            memcpy(kept->name, decoy.name.at, decoy.name.len);
        }
    }
    ptn_buffer_release(&file);
}

/* Once: until the orders are judged anew a step is asked for already. RETURN-4. */
static void met(struct ptn_node *node, enum ptn_decoy_kind kind, struct ptn_bytes name,
                const char *lane)
{
    static const struct ptn_apply_step down = { PTN_RUNG_HANDS_NODE,
                                                PTN_RUNG_LOCAL,
                                                PTN_CAUSE_ATTACK,
                                                { (const uint8_t *)"A decoy was touched.", 20 } };
    struct ptn_returning_state *state = node->apply->returning;
    const struct ptn_stage_moved moved = { .time_ms = node->world->now_ms(node->world->context),
                                           .step = PTN_STAGE_STEP_DECOY,
                                           .lane = ptn_bytes_from_text(lane) };
    bool is_decoy = false, steps = false;

    for (size_t i = 0; i < state->decoy_count; i++)
        is_decoy = is_decoy ||
                   (state->decoys[i].kind == kind && ptn_bytes_is(name, state->decoys[i].name));
    if (!is_decoy)
        return;
    ptn_node_lock(node);
    steps = !state->now.wanted && !state->touched && node->apply->standing.roster > 0;
    state->touched = state->touched || steps;
    ptn_node_unlock(node);
    ptn_returning_note(node, &moved);
    if (steps && !ptn_ok(ptn_apply_ask_step(node, &down))) {
        ptn_node_lock(node);
        state->touched = false; /* the next touch asks again */
        ptn_node_unlock(node);
    }
}

void ptn_returning_met_officer(struct ptn_node *node, struct ptn_bytes user, const char *lane)
{
    met(node, PTN_DECOY_OFFICER, user, lane);
}

void ptn_returning_met_document(struct ptn_node *node, struct ptn_bytes number, const char *lane)
{
    met(node, PTN_DECOY_DOCUMENT, number, lane);
}
