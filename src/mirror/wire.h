/*
 * mirror/wire.h -- what keepers, writers and readers say to each other, as bytes.
 *
 * Pure. Parsers return views into the caller's bytes and allocate nothing but what a base64 line
 * needs; writers append and leave the buffer as before on failure. Numbers in lines are decimal
 * without leading zeros, at most 2^63 - 1. Standard: docs/format/keeper.md; C2SP tlog-witness,
 * tlog-mirror.
 */
#ifndef PTN_MIRROR_WIRE_H
#define PTN_MIRROR_WIRE_H
#include "ledger/ledger.h"

#define PTN_WIRE_BODY_MAX      ((size_t)4 << 20) /* bytes of a request or an answer */
#define PTN_WIRE_PACKAGE_WIDTH 256u              /* entries in a package */
#define PTN_WIRE_PACKAGE_MAX   32u               /* packages in a request */
#define PTN_WIRE_MISSING_MAX   1024u             /* entries named in one 424 */
#define PTN_WIRE_NOTE_MAX      65536u            /* bytes of a note handed in */
#define PTN_WIRE_ROSTER_MAX    261120u           /* … of a country's next roster */
#define PTN_WIRE_TOKEN_MAX     64u
#define PTN_WIRE_PATH_MAX      255u
#define PTN_WIRE_GONE          0xffffffffu

/* ---- add-checkpoint ---- */

struct ptn_wire_checkpoint {
    uint64_t old_size;
    struct ptn_proof proof;
    struct ptn_bytes note; /* the signed checkpoint, not yet parsed */
};

/* BAD_INPUT with the offset; TOO_BIG past 63 proof lines or PTN_WIRE_BODY_MAX. */
PTN_MUST_USE struct ptn_status ptn_wire_checkpoint_parse(struct ptn_bytes body,
                                                         struct ptn_wire_checkpoint *ret_checkpoint,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_wire_checkpoint_write(struct ptn_buffer *out, const struct ptn_wire_checkpoint *checkpoint);

/* A 409's body: "<size>\n", text/x.tlog.size. */
PTN_MUST_USE struct ptn_status ptn_wire_size_parse(struct ptn_bytes body, uint64_t *ret_size);

/* ---- add-entries ---- */

/* A body's fixed part, and where its packages are read from. */
struct ptn_wire_entries {
    struct ptn_bytes origin;
    uint64_t start, end; /* start <= end <= 2^63 - 1 */
    struct ptn_bytes ticket;
    struct ptn_cursor rest;
    uint64_t next; /* the first entry of the next package */
};

/* One package: entries [first, end), proven as the subtree [subtree_start, end). */
struct ptn_wire_package {
    uint64_t subtree_start, first, end;
    size_t count;
    struct ptn_bytes leaves[PTN_WIRE_PACKAGE_WIDTH];
    struct ptn_proof proof;
};

PTN_MUST_USE struct ptn_status ptn_wire_entries_parse(struct ptn_bytes body,
                                                      struct ptn_wire_entries *ret_entries,
                                                      struct ptn_diag *reterr);

/*
 * The next package of the canonical sequence. OK; NOT_FOUND after the last one or where the body
 * ends between packages; BAD_INPUT when it ends within one or an entry is empty.
 */
PTN_MUST_USE struct ptn_status ptn_wire_entries_next(struct ptn_wire_entries *entries,
                                                     struct ptn_wire_package *ret_package,
                                                     struct ptn_diag *reterr);

/* The fixed part (origin, start, end, ticket count), then package after package. */
PTN_MUST_USE struct ptn_status ptn_wire_entries_write(struct ptn_buffer *out,
                                                      const struct ptn_wire_entries *entries);
PTN_MUST_USE struct ptn_status ptn_wire_package_write(struct ptn_buffer *out,
                                                      const struct ptn_wire_package *package);

/* The interval of the package that starts at first when everything up to end is sent. */
static inline uint64_t ptn_wire_package_end(uint64_t first, uint64_t end)
{
    uint64_t full = (first / PTN_WIRE_PACKAGE_WIDTH + 1) * PTN_WIRE_PACKAGE_WIDTH;

    return full < end ? full : end;
}

/* text/x.tlog.mirror-info: the body of 202 and 409. ticket is base64 as it stands. */
struct ptn_wire_info {
    uint64_t size, next;
    struct ptn_bytes ticket;
};

PTN_MUST_USE struct ptn_status
ptn_wire_info_parse(struct ptn_bytes body, struct ptn_wire_info *ret_info, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_wire_info_write(struct ptn_buffer *out,
                                                   const struct ptn_wire_info *info);

/* ---- entry bundles (C2SP tlog-tiles) ---- */

/* Exactly width entries, each u16 length || leaf, as views; width is at most
 * PTN_WIRE_PACKAGE_WIDTH. BAD_INPUT with the offset for anything else, an empty entry too. */
PTN_MUST_USE struct ptn_status ptn_wire_bundle_read(struct ptn_bytes bundle, size_t width,
                                                    struct ptn_bytes *ret_leaves,
                                                    struct ptn_diag *reterr);

/* ---- payloads ---- */

enum ptn_wire_payload {
    PTN_WIRE_PAYLOAD_HERE,
    PTN_WIRE_PAYLOAD_NONE, /* length 0: the entry names none */
    PTN_WIRE_PAYLOAD_GONE, /* 0xffffffff: named, and not here */
};

/* The next item of a batch. NOT_FOUND at the end; BAD_INPUT when the batch ends within one. */
PTN_MUST_USE struct ptn_status ptn_wire_payload_next(struct ptn_cursor *batch,
                                                     enum ptn_wire_payload *ret_what,
                                                     struct ptn_bytes *ret_payload,
                                                     struct ptn_diag *reterr);
/* payload is empty unless HERE. */
PTN_MUST_USE struct ptn_status ptn_wire_payload_write(struct ptn_buffer *out,
                                                      enum ptn_wire_payload what,
                                                      struct ptn_bytes payload);

/* A 424's body, and that of "lost": the entries whose payloads are missing, a decimal a line.
 * NOT_FOUND at the end. */
PTN_MUST_USE struct ptn_status ptn_wire_missing_next(struct ptn_cursor *body, uint64_t *ret_index);
PTN_MUST_USE struct ptn_status ptn_wire_missing_write(struct ptn_buffer *out, uint64_t index);

/* How many entries such a body names. */
size_t ptn_wire_missing_count(struct ptn_bytes body);

/* ---- heads ---- */

struct ptn_wire_head {
    struct ptn_hash origin; /* SHA-256 of its name */
    uint64_t size;
};

/* The token line, then the heads by ptn_wire_heads_next: in rising order of origin, else BAD_INPUT.
 */
struct ptn_wire_heads {
    struct ptn_bytes token;
    struct ptn_cursor rest;
    bool has_last;
    struct ptn_hash last;
};

/* A token may be: 1 to 64 of 0-9, a-f and "-". */
bool ptn_wire_token_good(struct ptn_bytes token);

PTN_MUST_USE struct ptn_status ptn_wire_heads_parse(struct ptn_bytes body,
                                                    struct ptn_wire_heads *ret_heads,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_wire_heads_next(struct ptn_wire_heads *heads,
                                                   struct ptn_wire_head *ret_head,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_wire_heads_write(struct ptn_buffer *out, struct ptn_bytes token);
PTN_MUST_USE struct ptn_status ptn_wire_head_write(struct ptn_buffer *out,
                                                   const struct ptn_wire_head *head);

/* ---- paths ---- */

enum ptn_wire_verb {
    PTN_WIRE_ADD_CHECKPOINT, /* POST /add-checkpoint */
    PTN_WIRE_ADD_ENTRIES,    /* POST /add-entries */
    PTN_WIRE_PUT_PAYLOAD,    /* PUT /<hex>/payload/<sha256 hex>: sha256 */
    PTN_WIRE_POST_PAYLOADS,  /* POST /<hex>/payloads */
    PTN_WIRE_POST_LOST,      /* POST /<hex>/lost */
    PTN_WIRE_POST_NOTE,      /* POST /notes */
    PTN_WIRE_GET_HEADS,      /* GET /heads, ?after=: token */
    PTN_WIRE_GET_PAYLOADS,   /* GET /<hex>/payloads/<first>-<end>: first < end */
    PTN_WIRE_GET_FILE,       /* GET /<hex>/…: file, "checkpoint", "tile/…" or "payload/…" */
};

struct ptn_wire_path {
    enum ptn_wire_verb what;
    struct ptn_hash origin;
    struct ptn_hash sha256;
    uint64_t first, end;
    struct ptn_bytes token;
    struct ptn_bytes file; /* Borrowed, not looked into any further */
};

/* OK; NOT_FOUND for what is no path of a keeper. */
PTN_MUST_USE struct ptn_status ptn_wire_path_parse(struct ptn_bytes verb, struct ptn_bytes path,
                                                   struct ptn_wire_path *ret_path);
/* Append the path (with its leading slash); the verb is ptn_wire_verb_word's. */
PTN_MUST_USE struct ptn_status ptn_wire_path_write(struct ptn_buffer *out,
                                                   const struct ptn_wire_path *path);
/* "GET", "PUT", "POST": a literal. */
const char *ptn_wire_verb_word(enum ptn_wire_verb what);

/* SHA-256 of an origin: how paths and heads name it. OK or IO. */
PTN_MUST_USE struct ptn_status ptn_wire_origin_hash(struct ptn_bytes origin,
                                                    struct ptn_hash *ret_hash);
#endif
