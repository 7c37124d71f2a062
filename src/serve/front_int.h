/*
 * serve/front_int.h -- the process in front of a keeper, and the pipe of frames between the two.
 */
#ifndef PTN_SERVE_FRONT_INT_H
#define PTN_SERVE_FRONT_INT_H
#include "serve/door.h"
#include "serve/frame_int.h"

#define PTN_FRONT_CONNECTIONS   2048u
#define PTN_FRONT_PER_PEER      16u
#define PTN_FRONT_STRANGERS     256u /* connections that have not shown who they are */
#define PTN_FRONT_STRANGERS_ONE 32u  /* of these, from one address */
#define PTN_FRONT_HEADER_MAX    32768u
#define PTN_FRONT_GREET_US      INT64_C(5000000)
#define PTN_FRONT_SLOW_US       INT64_C(20000000)
#define PTN_FRONT_SLOW_PER_S    16384
#define PTN_FRONT_IDLE_S        120u
#define PTN_FRONT_UNDER_WAY_MAX ((size_t)128 << 20) /* bodies and answers */
#define PTN_FRONT_UNDER_WAY_ONE ((size_t)32 << 20)  /* of these, a peer's */
#define PTN_FRONT_KNOCKS_PER_S  20u                 /* new connections from one address */
#define PTN_FRONT_KNOCKS_BURST  200u

/* ---- frame_pipe.c ---- */

/* What has come through a non-blocking socket and is not a whole frame yet. Zeroed is empty. */
struct ptn_frame_pipe {
    int fd;
    struct ptn_buffer in;
    size_t start;
};

void ptn_frame_pipe_init(struct ptn_frame_pipe *pipe, int fd);
void ptn_frame_pipe_release(struct ptn_frame_pipe *pipe);
/* Read what has come, at most some. OK; BUSY: nothing now; IO: the other end is gone; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_frame_pipe_fill(struct ptn_frame_pipe *pipe);
/* The next whole frame, borrowed until the next fill. The codes of ptn_frame_parse. */
PTN_MUST_USE struct ptn_status ptn_frame_pipe_next(struct ptn_frame_pipe *pipe,
                                                   struct ptn_frame *ret_frame);

/* ---- front.c ---- */

/* The front, in its own process, until the other end of the wire is closed. Returns an exit code.
 */
int ptn_front_run(const struct ptn_door_plan *plan, int wire_fd);
#endif
