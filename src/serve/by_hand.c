/*
 * serve/by_hand.c -- screening by hand over the web interface: packs as PDF, sheets as two people
 * key them, and the account of both. node/paper.h knows the rules.
 */
#include "node/paper.h"
#include "paper/pack.h"
#include "serve/serve_int.h"

/* ---- the account ---- */

enum ptn_call_step ptn_get_packs(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };
    bool closed = false;
    struct ptn_status status = ptn_paper_account(call->serve->plan.node, &json, &closed);

    return ptn_call_answered(call, ptn_ok(status) ? ptn_json_end(&json) : status);
}

static enum ptn_call_step busy(struct ptn_call *call)
{
    call->retry_after_s = 1;
    return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
}

/* ---- packs ---- */

static void pack_recorded(struct ptn_pack_order *order)
{
    ptn_call_done(order->context);
}

static enum ptn_call_step finish_pack(struct ptn_call *call)
{
    struct ptn_pack_order *order = call->act;
    struct ptn_status status;

    if (!ptn_ok(order->write.status)) {
        ptn_buffer_release(&order->pdf);
        return ptn_call_not_written(call, &order->write);
    }
    call->type = "application/pdf";
    status = ptn_buffer_add(&call->out, ptn_buffer_bytes(&order->pdf));
    ptn_buffer_release(&order->pdf);
    return ptn_call_answered(call, status);
}

enum ptn_call_step ptn_post_pack(struct ptn_call *call)
{
    struct ptn_pack_order *order = ptn_arena_take(call->arena, sizeof(*order));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_diag diag = { 0 };
    unsigned sheets = 0;
    struct ptn_status status =
        ptn_request_pack_parse(ptn_buffer_bytes(&call->body), call->arena, &sheets, &diag);

    if (ptn_ok(status) && order == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "not-allowed",
                                "A pack is made by a supervisor", NULL);
    order->done = pack_recorded;
    order->context = call;
    order->key = call->key;
    ptn_buffer_init(&order->pdf, PTN_SERVE_ANSWER_MAX);
    call->act = order;
    call->finish = finish_pack;
    status = ptn_paper_make_pack(call->serve->plan.node, &who, sheets, call->arena, order, &diag);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    ptn_buffer_release(&order->pdf);
    call->finish = NULL;
    if (order->changed)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "pack-changed",
                                "The pack was recorded, and the lists are others since",
                                "Its sheets can be told unused, and another pack made.");
    return status.code == PTN_C_BUSY ? busy(call) : ptn_call_bad_body(call, status, &diag);
}

/* ---- sheets ---- */

static void sheet_recorded(struct ptn_paper_keying *keying)
{
    ptn_call_done(keying->context);
}

static enum ptn_call_step finish_sheet(struct ptn_call *call)
{
    struct ptn_paper_keying *keying = call->act;
    struct ptn_json json = { .out = &call->out };
    char serial[PTN_SERIAL_TEXT_SIZE];

    if (!ptn_ok(keying->write.status)) {
        ptn_paper_release(keying);
        return ptn_call_not_written(call, &keying->write);
    }
    (void)ptn_serial_write(
        (struct ptn_serial){ (unsigned)keying->sheet.pack, (unsigned)keying->sheet.number },
        serial);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "serial", ptn_bytes_from_text(serial));
    ptn_json_field_number(&json, "turn", keying->sheet.turn);
    ptn_json_field_text(&json, "state", ptn_bytes_from_text(ptn_paper_keying_word(keying)));
    ptn_json_key(&json, "differs");
    ptn_json_array(&json);
    for (size_t i = 0; i < keying->differ_count; i++)
        ptn_json_text(&json, ptn_bytes_from_text(keying->differs[i]));
    ptn_json_array_end(&json);
    if (keying->settled) {
        ptn_json_field_text(&json, "crossing", ptn_bytes_from_text(keying->crossing));
        ptn_json_field_bool(&json, "missed", keying->missed);
        ptn_json_key(&json, "screened");
        ptn_advice_write_json(&json, &keying->screened.advice, call->session.officer.discreet);
    }
    ptn_json_object_end(&json);
    ptn_paper_release(keying);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step not_keyed(struct ptn_call *call, const struct ptn_paper_keying *keying)
{
    static const struct {
        const char *code, *title;
    } refusals[] = {
        [PTN_PAPER_FIRST] = { "sheet-boxes", "Some boxes cannot be right" },
        [PTN_PAPER_SECOND] = { "sheet-boxes", "Some boxes cannot be right" },
        [PTN_PAPER_THIRD] = { "sheet-boxes", "Some boxes cannot be right" },
        [PTN_PAPER_NO_PACK] = { "sheet-unknown", "No pack of this post has that sheet" },
        [PTN_PAPER_SETTLED] = { "sheet-settled", "The sheet is settled" },
        [PTN_PAPER_PUT_ASIDE] = { "sheet-put-aside", "The sheet was told spoiled or unused" },
        [PTN_PAPER_SAME_PERSON] = { "sheet-same-person",
                                    "Another person has to key this sheet now" },
        [PTN_PAPER_SUPERVISOR] = { "sheet-supervisor",
                                   "Two people saw different things: a supervisor keys it now" },
    };
    size_t size = (size_t)PTN_FORM_FAULTS_MAX * 128;
    char *detail = ptn_arena_take(call->arena, size);
    size_t len = 0;

    /* "line: the birth date's check digit is wrong; time: ..." : literals, nothing of the person */
    for (size_t i = 0; detail != NULL && i < keying->faults.count && len < size; i++)
        len += (size_t)snprintf(detail + len, size - len, "%s%s: %s", i == 0 ? "" : "; ",
                                keying->faults.at[i].field, keying->faults.at[i].text);
    return ptn_call_problem(call, MHD_HTTP_UNPROCESSABLE_CONTENT, refusals[keying->next].code,
                            refusals[keying->next].title, len > 0 ? detail : NULL);
}

enum ptn_call_step ptn_post_sheet(struct ptn_call *call)
{
    struct ptn_paper_keying *keying = ptn_arena_take(call->arena, sizeof(*keying));
    struct ptn_form *form = ptn_arena_take(call->arena, sizeof(*form));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (keying != NULL && form != NULL)
        status = ptn_request_sheet_parse(ptn_buffer_bytes(&call->body), call->arena, form, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    keying->done = sheet_recorded;
    keying->context = call;
    keying->key = call->key;
    call->act = keying;
    call->finish = finish_sheet;
    status = ptn_paper_key(call->serve->plan.node, &who, form, call->arena, keying, &diag);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    if (status.code == PTN_C_BUSY)
        return busy(call);
    return status.code == PTN_C_BAD_INPUT ? not_keyed(call, keying)
                                          : ptn_call_bad_body(call, status, &diag);
}

/* ---- sheets that will not be keyed ---- */

struct telling {
    struct ptn_paper_telling telling;
    struct ptn_request_told request;
    struct ptn_status queued;
};

static void told_recorded(struct ptn_paper_telling *telling)
{
    ptn_call_done(telling->context);
}

static enum ptn_call_step finish_told(struct ptn_call *call)
{
    struct telling *act = call->act;

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (act->queued.code == PTN_C_BUSY || act->queued.code == PTN_C_NO_MEMORY)
        return busy(call);
    if (!ptn_ok(act->queued))
        return ptn_call_problem(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "sheets-not-so",
                                "These sheets cannot be told so",
                                "Not issued, keyed already, or lost by one person alone.");
    if (!ptn_ok(act->telling.write.status))
        return ptn_call_not_written(call, &act->telling.write);
    return ptn_get_packs(call);
}

/* Queue it. True when told_recorded will be called. */
static bool tell(struct ptn_call *call, const struct ptn_officer *second)
{
    struct telling *act = call->act;
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_sheets_told *record = &act->telling.record;
    struct ptn_status status;

    record->pack = act->request.pack;
    record->first = act->request.first;
    record->count = act->request.count;
    record->state = act->request.state;
    act->telling.done = told_recorded;
    act->telling.context = call;
    act->queued = PTN_OK; /* before the call can be done */
    status = ptn_paper_tell(call->serve->plan.node, &who, second, call->arena, &act->telling);
    if (!ptn_ok(status))
        act->queued = status;
    return ptn_ok(status);
}

enum ptn_call_step ptn_post_told(struct ptn_call *call)
{
    struct telling *act = ptn_arena_take(call->arena, sizeof(*act));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (act != NULL)
        status = ptn_request_told_parse(ptn_buffer_bytes(&call->body), call->arena, &act->request,
                                        &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = act;
    call->finish = finish_told;
    call->perform = tell;
    if (act->request.has_second)
        return ptn_call_with_second(call, act->request.second, act->request.password);
    if (tell(call, NULL))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return finish_told(call);
}
