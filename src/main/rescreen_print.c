/* main/rescreen_print.c -- `postern screen --again DIR`: see rescreen.h. */
#include <stdio.h>

#include "main/answer.h"
#include "main/commands.h"
#include "main/rescreen.h"
#include "main/unlock.h"
#include "vault/vault.h"

#define ANSWER_LEN_MAX 65536u

struct printing {
    struct ptn_buffer out;
    uint64_t recorded; /* found earlier, by the node itself */
};

static struct ptn_status print(void *context, const struct ptn_screened_again *found,
                               struct ptn_bytes payload)
{
    struct printing *printing = context;
    struct ptn_json json = { .out = &printing->out };

    (void)payload;
    ptn_buffer_clear(&printing->out);
    ptn_json_object(&json);
    ptn_json_field_number(&json, "crossed_ms", found->crossed_ms);
    ptn_json_field_text(&json, "post", found->post);
    ptn_json_field_text(&json, "direction",
                        ptn_bytes_from_text(ptn_direction_word(found->direction)));
    ptn_json_field_text(&json, "rung", ptn_bytes_from_text(ptn_rung_word(found->rung)));
    ptn_json_field_text(&json, "list", found->list);
    ptn_json_field_text(&json, "entry", found->entry);
    ptn_json_key(&json, "score");
    ptn_json_decimal(&json, (int64_t)found->score, 4);
    ptn_json_field_number(&json, "published_ms", found->published_ms);
    ptn_json_field_bool(&json, "then", found->then);
    ptn_json_field_bool(&json, "vehicle", found->plate.len > 0);
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

static void count_recorded(void *context, struct ptn_bytes payload)
{
    (void)payload;
    ((struct printing *)context)->recorded++;
}

static void print_summary(struct printing *printing, const struct ptn_again_standing *standing)
{
    struct ptn_json json = { .out = &printing->out };

    ptn_buffer_clear(&printing->out);
    ptn_json_object(&json);
    ptn_json_key(&json, "summary");
    ptn_json_object(&json);
    ptn_json_field_number(&json, "screened", (int64_t)standing->screened);
    ptn_json_field_number(&json, "missed", (int64_t)standing->found);
    ptn_json_field_number(&json, "recorded", (int64_t)printing->recorded);
    ptn_json_field_number(&json, "same", (int64_t)standing->same);
    ptn_json_field_number(&json, "differs", (int64_t)standing->differs);
    ptn_json_field_number(&json, "left_out", (int64_t)standing->left_out);
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    (void)ptn_ok(ptn_answer_print(&json));
}

int ptn_rescreen_print(const struct ptn_snapshot *snapshot, const char *dir, bool brute)
{
    struct printing printing = { .out = { .len_max = ANSWER_LEN_MAX } };
    struct ptn_again_plan plan = { .world = ptn_world_real(),
                                   .snapshot = snapshot,
                                   .brute = brute,
                                   .found = print,
                                   .known = count_recorded,
                                   .context = &printing };
    struct ptn_again_standing standing = { 0 };
    struct ptn_vault *vault = NULL;
    struct ptn_again *again = NULL;
    struct ptn_diag diag = { 0 };
    bool more = true;
    struct ptn_status status = ptn_unlock_command(dir, &plan.world, &diag);

    if (ptn_ok(status))
        status = ptn_vault_open(plan.world, dir, &vault, &diag);
    if (ptn_ok(status))
        status = ptn_ledger_open_reader(plan.world, vault, dir, &plan.ledger, &diag);
    if (ptn_ok(status)) {
        again = ptn_again_new(&plan);
        status.code = again == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    while (ptn_ok(status) && more)
        status = ptn_again_step(again, &more);
    if (ptn_ok(status)) {
        ptn_again_standing(again, &standing);
        print_summary(&printing, &standing);
    }
    ptn_again_free(again);
    ptn_ledger_close(plan.ledger);
    ptn_vault_close(vault);
    ptn_buffer_release(&printing.out);
    if (!ptn_ok(status)) {
        ptn_say_failure("screen --again", status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    }
    return standing.found == 0 ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}
