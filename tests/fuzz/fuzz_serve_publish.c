/* What people write of alerts, orders to leave, lists that are held back and who is whom, and what
 * is kept of these: the first byte chooses which. What is accepted and whole reads back. */
#include <stdlib.h>
#include <string.h>

#include "serve/board.h"
#include "serve/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_alert(struct ptn_bytes body, struct ptn_arena *arena, struct ptn_buffer *out)
{
    struct ptn_request_alert request;
    struct ptn_alert back;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_request_alert_parse(body, arena, &request, &diag);

    must(ptn_ok(status) || diag.text != NULL);
    if (!ptn_ok(status))
        return;
    request.alert.id.at[0] = 1;
    request.alert.time_ms = 1;
    request.alert.post = PTN_BYTES_LITERAL("centre");
    request.alert.officer = PTN_BYTES_LITERAL("ana");
    if (ptn_ok(ptn_alert_write(&request.alert, out)))
        must(ptn_ok(ptn_alert_parse(ptn_buffer_bytes(out), arena, &back, NULL)));
}

static void try_leave(struct ptn_bytes body, struct ptn_arena *arena, struct ptn_buffer *out)
{
    struct ptn_leave leave, back;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_request_leave_parse(body, arena, &leave, &diag);

    must(ptn_ok(status) || diag.text != NULL);
    if (!ptn_ok(status))
        return;
    leave.id.at[0] = 1;
    leave.time_ms = 1;
    leave.post = PTN_BYTES_LITERAL("centre");
    leave.officer = PTN_BYTES_LITERAL("ana");
    if (ptn_ok(ptn_leave_write(&leave, out)))
        must(ptn_ok(ptn_leave_parse(ptn_buffer_bytes(out), arena, &back, NULL)));
}

static void try_agree(struct ptn_bytes body, struct ptn_arena *arena)
{
    struct ptn_request_agree request;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_request_agree_parse(body, arena, &request, &diag);

    must(ptn_ok(status) ? request.list.len > 0 : diag.text != NULL);
}

static void try_held(struct ptn_bytes body, struct ptn_arena *arena, struct ptn_buffer *out)
{
    struct ptn_list_held held, back;

    if (!ptn_ok(ptn_list_held_parse(body, arena, &held)))
        return;
    must(held.name_count <= PTN_LIST_HELD_NAMES);
    if (!ptn_ok(ptn_list_held_write(&held, out)))
        return;
    must(ptn_ok(ptn_list_held_parse(ptn_buffer_bytes(out), arena, &back)) &&
         back.taken == held.taken && back.name_count == held.name_count &&
         memcmp(back.snapshot, held.snapshot, sizeof(held.snapshot)) == 0);
}

static void try_identity(struct ptn_bytes body, struct ptn_arena *arena)
{
    struct ptn_request_identity request;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_request_identity_parse(body, arena, &request, &diag);

    must(ptn_ok(status) ? request.reason.len > 0 && request.has_second == (request.second.len > 0)
                        : diag.text != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    if (arena != NULL && size > 0) {
        const struct ptn_bytes body = ptn_bytes_of(data + 1, size - 1);

        switch (data[0] % 8) {
        case 0:
            try_alert(body, arena, &out);
            break;
        case 1:
            try_leave(body, arena, &out);
            break;
        case 2:
            try_agree(body, arena);
            break;
        case 4:
            try_identity(body, arena);
            break;
        default:
            try_held(body, arena, &out);
            break;
        }
    }
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
    return 0;
}
