/*
 * serve/frame_int.h -- frames between the process that parses the network and the one that holds
 * the keys. Pure; neither side trusts the other's bytes. Layout: docs/format/door.md.
 */
#ifndef PTN_SERVE_FRAME_INT_H
#define PTN_SERVE_FRAME_INT_H
#include "base/bytes.h"
#include "vault/tls.h"

#define PTN_FRAME_LEN_MAX  ((size_t)17 << 20) /* of what the length counts */
#define PTN_FRAME_BODY_MAX ((size_t)16 << 20)
#define PTN_FRAME_PATH_MAX 512u
#define PTN_FRAME_HEAD_MAX 1024u /* a frame without its body fits into this */

enum ptn_frame_kind {
    PTN_FRAME_ASK = 1,
    PTN_FRAME_ANSWER,
    PTN_FRAME_ADMIT,
    PTN_FRAME_GONE,
    PTN_FRAME_READY,
};

enum ptn_frame_verb { PTN_FRAME_GET = 1, PTN_FRAME_PUT, PTN_FRAME_POST };

struct ptn_frame {
    enum ptn_frame_kind kind;
    uint64_t ticket;          /* ASK, ANSWER, GONE */
    const uint8_t *tls;       /* ASK: PTN_TLS_ID_LEN bytes. Borrowed */
    enum ptn_frame_verb verb; /* ASK */
    unsigned status;          /* ANSWER */
    struct ptn_bytes path;    /* ASK. Borrowed */
    struct ptn_bytes body;    /* ASK, ANSWER: any bytes; ADMIT: n times PTN_TLS_ID_LEN. Borrowed */
};

/* "GET", "PUT", "POST": a literal. */
const char *ptn_frame_verb_word(enum ptn_frame_verb verb);
/* False for any other verb. */
bool ptn_frame_verb_read(const char *word, enum ptn_frame_verb *ret_verb);

/* True for 1 to PTN_FRAME_PATH_MAX bytes of printable ASCII that begin with '/'. */
bool ptn_frame_path_good(struct ptn_bytes path);

/*
 * Read the first frame of what has come. *ret_used is its length with the length itself; ret_frame
 * borrows from bytes. OK; BUSY: not all of it has come; BAD_INPUT, TOO_BIG: never a frame.
 */
PTN_MUST_USE struct ptn_status ptn_frame_parse(struct ptn_bytes bytes, struct ptn_frame *ret_frame,
                                               size_t *ret_used);

/* Append all of a frame but its body, which the caller sends right after. OK; BAD_INPUT, TOO_BIG
 * for what ptn_frame_parse would refuse; NO_MEMORY. out is then as before. */
PTN_MUST_USE struct ptn_status ptn_frame_write_head(const struct ptn_frame *frame,
                                                    struct ptn_buffer *out);

/* How many bytes of body may come with a request; 0: none. The table of docs/format/door.md. */
size_t ptn_frame_body_max(enum ptn_frame_verb verb, struct ptn_bytes path);
#endif
