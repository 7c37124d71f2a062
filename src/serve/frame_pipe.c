#include <errno.h>
#include <unistd.h>

#include "serve/front_int.h"

#define READ_SIZE 65536u

void ptn_frame_pipe_init(struct ptn_frame_pipe *pipe, int fd)
{
    *pipe = (struct ptn_frame_pipe){ .fd = fd };
    ptn_buffer_init(&pipe->in, PTN_FRAME_LEN_MAX + 4 + READ_SIZE);
}

void ptn_frame_pipe_release(struct ptn_frame_pipe *pipe)
{
    ptn_buffer_release(&pipe->in);
}

struct ptn_status ptn_frame_pipe_fill(struct ptn_frame_pipe *pipe)
{
    struct ptn_buffer *in = &pipe->in;
    uint8_t *at;
    ssize_t got;
    struct ptn_status status;

    if (pipe->start > 0) {
        memmove(in->at, in->at + pipe->start, in->len - pipe->start);
        in->len -= pipe->start;
        pipe->start = 0;
    }
    status = ptn_buffer_reserve(in, READ_SIZE, &at);
    if (!ptn_ok(status))
        return status;
    got = read(pipe->fd, at, READ_SIZE);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return (struct ptn_status){ PTN_C_BUSY };
    if (got <= 0)
        return (struct ptn_status){ PTN_C_IO };
    in->len += (size_t)got;
    return PTN_OK;
}

struct ptn_status ptn_frame_pipe_next(struct ptn_frame_pipe *pipe, struct ptn_frame *ret_frame)
{
    size_t used;
    struct ptn_status status = ptn_frame_parse(
        ptn_bytes_slice(ptn_buffer_bytes(&pipe->in), pipe->start, SIZE_MAX), ret_frame, &used);

    if (ptn_ok(status))
        pipe->start += used;
    return status;
}
