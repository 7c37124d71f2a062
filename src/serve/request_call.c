/* serve/request_call.c -- bodies of what is done in a ship's call; and a boarding pass. */
#include "document/bcbp.h"
#include "serve/request_int.h"

#define REASON_MAX 500u

struct ptn_status ptn_request_call_open_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                              struct ptn_request_call *ret_request,
                                              struct ptn_diag *reterr)
{
    static const char *const fields[] = { "arrival", "imo", "sails", "passengers_enter", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_call request = { .ask = { .act = PTN_CALL_OPENED } };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes sails;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.ask.arrival = ptn_body_id_text(&reading, root, "arrival");
    if (request.ask.arrival == NULL)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "arrival is needed");
    request.ask.imo = ptn_bytes_trim(ptn_body_text(&reading, root, "imo", 16, "imo"));
    request.ask.passengers_enter =
        ptn_body_flag(&reading, root, "passengers_enter", "passengers_enter");
    sails = ptn_body_text(&reading, root, "sails", 30, "sails");
    if (sails.len > 0 && (!ptn_ok(ptn_instant_parse(sails, &request.ask.sails_ms, NULL)) ||
                          request.ask.sails_ms <= 0))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "sails");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_tally_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                          struct ptn_request_call *ret_request,
                                          struct ptn_diag *reterr)
{
    static const char *const fields[] = { "scan", "act", "reason", "supervisor", NULL };
    static const char *const acts[] = { "out", "in", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_call request = { .ask = { .act = PTN_CALL_OUT } };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.ask.scan = ptn_body_id_text(&reading, root, "scan");
    if (request.ask.scan == NULL)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "scan is needed");
    if (ptn_body_word(&reading, ptn_body_text(&reading, root, "act", 4, "act"), acts, "act") == 1)
        request.ask.act = PTN_CALL_IN;
    request.ask.reason =
        ptn_bytes_trim(ptn_body_text(&reading, root, "reason", REASON_MAX, "reason"));
    request.has_supervisor =
        ptn_body_person(&reading, root, "supervisor", &request.supervisor, &request.password);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_call_close_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                               struct ptn_request_call *ret_request,
                                               struct ptn_diag *reterr)
{
    static const char *const fields[] = { "reason", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_call request = { .ask = { .act = PTN_CALL_CLOSED } };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.ask.reason =
        ptn_bytes_trim(ptn_body_text(&reading, root, "reason", REASON_MAX, "reason"));
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_call_search_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                                struct ptn_bytes *ret_text, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "text", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes text;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    text = ptn_bytes_trim(ptn_body_text(&reading, root, "text", PTN_REQUEST_FIND_MAX, "text"));
    if (text.len < 2)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "text is two letters at least");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_text = text;
    return reading.status;
}

struct ptn_status ptn_request_pass_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_bytes *ret_text, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "text", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes text;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    text = ptn_body_text(&reading, root, "text", PTN_BCBP_LEN_MAX, "text");
    if (text.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "text is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_text = text;
    return reading.status;
}
