/*
 * tests/fuzz/fuzz_serve_frame.c -- frames between the process that parses the network and the one
 * that holds the keys: a frame that is taken borrows from its bytes only and writes back to them.
 */
#include <stdlib.h>

#include "serve/frame_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static bool inside(struct ptn_bytes part, const uint8_t *data, size_t size)
{
    return part.len == 0 || (part.at >= data && part.at + part.len <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_buffer out;
    size_t start = 0;

    ptn_buffer_init(&out, size + PTN_FRAME_HEAD_MAX);
    for (;;) {
        struct ptn_frame frame;
        size_t used = 0;
        struct ptn_status status =
            ptn_frame_parse(ptn_bytes_of(data + start, size - start), &frame, &used);

        if (!ptn_ok(status)) {
            require(status.code == PTN_C_BUSY || status.code == PTN_C_BAD_INPUT ||
                    status.code == PTN_C_TOO_BIG);
            break;
        }
        require(used >= 5 && used <= size - start);
        require(inside(frame.path, data + start, used) && inside(frame.body, data + start, used));
        if (frame.kind == PTN_FRAME_ASK) {
            require(inside(ptn_bytes_of(frame.tls, PTN_TLS_ID_LEN), data + start, used));
            (void)ptn_frame_body_max(frame.verb, frame.path);
        }
        ptn_buffer_clear(&out);
        require(ptn_ok(ptn_frame_write_head(&frame, &out)) &&
                ptn_ok(ptn_buffer_add(&out, frame.body)));
        require(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_bytes_of(data + start, used)));
        start += used;
    }
    ptn_buffer_release(&out);
    return 0;
}
