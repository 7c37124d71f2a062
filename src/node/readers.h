/*
 * node/readers.h -- the chip readers at a post's lanes: which lane a reader's token is of
 * (rules/readers.tsv, docs/format/reader.md). READER-1: a token is good for its lane alone, and
 * for nothing but chips.
 *
 * The file's functions are pure: bytes in, bytes out.
 */
#ifndef PTN_NODE_READERS_H
#define PTN_NODE_READERS_H
#include "node/lane.h"
#include "node/node.h"

#define PTN_READERS_FILE_MAX 65536u
#define PTN_READERS_MAX      128u
#define PTN_READER_TOKEN_LEN 64u /* characters of a token: hex digits */

/* One reader. Of its token only the SHA-256 of its characters is known. */
struct ptn_reader {
    char lane[PTN_LANE_NAME_MAX + 1];
    uint8_t token[PTN_SHA256_LEN];
};

struct ptn_readers {
    size_t count;
    struct ptn_reader at[PTN_READERS_MAX];
};

/*
 * Read the file: a line "LANE<TAB>HEX64" each, every lane and every token once; empty lines and
 * lines that begin with '#' say nothing. OK; BAD_INPUT with the line; TOO_BIG past PTN_READERS_MAX
 * or PTN_READERS_FILE_MAX. ret_readers is set on success only.
 */
PTN_MUST_USE struct ptn_status
ptn_readers_parse(struct ptn_bytes file, struct ptn_readers *ret_readers, struct ptn_diag *reterr);

/*
 * Append the file as it is but for one lane: its line is left out, and one with this token's
 * SHA-256 comes at the end. token NULL: none does. Lines that say nothing stay. OK; NOT_FOUND:
 * token is NULL and the lane has no line; the buffer's codes. Whether the whole is good is for
 * ptn_readers_parse to say.
 */
PTN_MUST_USE struct ptn_status ptn_readers_put(struct ptn_bytes file, struct ptn_bytes lane,
                                               const uint8_t token[PTN_SHA256_LEN],
                                               struct ptn_buffer *out);

/* The SHA-256 by which the file knows a token. BAD_INPUT for what has not a token's form; IO. */
PTN_MUST_USE struct ptn_status ptn_reader_token_digest(struct ptn_bytes token,
                                                       uint8_t ret_digest[PTN_SHA256_LEN]);

/* ---- at a post; any thread ---- */

/*
 * Read the post's file again. A damaged one changes nothing: the readers in force stay, or those of
 * the copy of the last good file. NO_MEMORY. found: as of ptn_own_file_look.
 */
PTN_MUST_USE struct ptn_status ptn_node_readers_look(struct ptn_node *node,
                                                     struct ptn_own_found *ret_found);

/* The lane whose reader has this token. False: no lane's has. */
bool ptn_node_reader_find(struct ptn_node *node, struct ptn_bytes token,
                          char ret_lane[PTN_LANE_NAME_MAX + 1]);
#endif
