/* main/carrier_stops.c -- postern carrier stops: bans on entry that stand at a centre, as a table
 * that opens with a document's data alone, for a gateway (docs/format/boarding.md). */
#include "main/answer.h"
#include "main/carrier_int.h"
#include "main/publish.h"
#include "node/inbox.h"
#include "record/access.h"

#define HOUR_MS INT64_C(3600000)

struct pressing {
    struct ptn_boarding_press *press;
    size_t orders, left_out;
    int64_t now_ms;
    struct ptn_status status;
};

static bool press_order(void *context, const struct ptn_published_order *order)
{
    struct pressing *pressing = context;
    size_t left_out = 0;

    if (order->annulled)
        return true;
    pressing->orders++;
    pressing->status =
        ptn_boarding_press_add(pressing->press, &order->leave, order->deadline_ms, &left_out);
    pressing->left_out += left_out;
    return ptn_ok(pressing->status);
}

static struct ptn_status record_look(const struct ptn_carrier_stops *asked,
                                     const struct pressing *pressing, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    char code[PTN_NODE_CODE_MAX + 1] = "";
    struct ptn_access access = {
        .time_ms = pressing->now_ms,
        .purpose = PTN_PURPOSE_SEARCH,
        .officer = asked->officer,
        .shown = ptn_boarding_press_count(pressing->press),
        .reason = PTN_BYTES_LITERAL("Bans on entry were pressed for a gateway's boarding answers."),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_publish_centre(world, asked->dir, code, reterr);

    access.post = ptn_bytes_from_text(code);
    world->random(world->context, access.id.at, sizeof(access.id.at));
    if (ptn_ok(status))
        status = ptn_access_validate(&access, reterr);
    if (ptn_ok(status))
        status = ptn_access_write(&access, &payload);
    if (ptn_ok(status))
        status = ptn_publish_hand(world, asked->dir, PTN_RECORD_ACCESS, ptn_buffer_bytes(&payload),
                                  reterr);
    ptn_buffer_release(&payload);
    return status;
}

static struct ptn_status write_stops(const struct ptn_carrier_stops *asked,
                                     struct pressing *pressing)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = (size_t)4 << 20 };
    struct ptn_buffer out = { .len_max = 1024 };
    struct ptn_json json = { .out = &out };
    struct ptn_status status = ptn_boarding_press_write(pressing->press, &file);

    if (ptn_ok(status))
        status = world->files->replace(world->context, asked->out, ptn_buffer_bytes(&file));
    if (ptn_ok(status)) {
        ptn_json_object(&json);
        ptn_json_field_number(&json, "orders", (int64_t)pressing->orders);
        ptn_json_field_number(&json, "stops", (int64_t)ptn_boarding_press_count(pressing->press));
        ptn_json_field_number(&json, "left_out", (int64_t)pressing->left_out);
        ptn_json_object_end(&json);
        status = ptn_answer_print(&json);
    }
    ptn_buffer_release(&file);
    ptn_buffer_release(&out);
    return status;
}

/* Every ban on entry that stands at the centre, for its gateways. The look is recorded first:
 * ACCESS-1. */
struct ptn_status ptn_carrier_stops(const struct ptn_carrier_stops *asked, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_board *board = NULL;
    struct pressing pressing = { .now_ms = world->now_ms(world->context) };
    struct ptn_status status = ptn_publish_read(world, asked->dir, &board, reterr);

    if (ptn_ok(status)) {
        pressing.press =
            ptn_boarding_press_new(world, pressing.now_ms + (int64_t)asked->hours * HOUR_MS);
        status = (struct ptn_status){ pressing.press == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    }
    if (ptn_ok(status)) {
        ptn_published_orders(ptn_board_lock(board), press_order, &pressing);
        ptn_board_unlock(board);
        status = pressing.status;
    }
    if (ptn_ok(status))
        status = record_look(asked, &pressing, reterr);
    if (ptn_ok(status))
        status = write_stops(asked, &pressing);
    ptn_boarding_press_free(pressing.press);
    ptn_board_free(board);
    return status;
}
