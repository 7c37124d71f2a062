/* What people write of alerts and orders to leave: the first byte chooses which. What is accepted
 * and whole is a record that reads back. */
#include <stdlib.h>

#include "serve/board.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    if (arena != NULL && size > 0 && data[0] % 2 == 0)
        try_alert(ptn_bytes_of(data + 1, size - 1), arena, &out);
    else if (arena != NULL && size > 0)
        try_leave(ptn_bytes_of(data + 1, size - 1), arena, &out);
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
    return 0;
}
