/*
 * record/notice.h -- the small kinds: a report on a discreet check, lists taken into use, a node's
 * start.
 *
 * Pure. Texts are Borrowed from the bytes read, arrays live in the arena given to _parse.
 * Standard: docs/format/records.md "report", "list-loaded", "node-started".
 */
#ifndef PTN_RECORD_NOTICE_H
#define PTN_RECORD_NOTICE_H
#include "record/record.h"

/* ---- report ---- */

/* What an officer observed of a crossing that met a discreet check; written after the person has
 * gone. */
struct ptn_report {
    struct ptn_record_id id;
    struct ptn_record_id crossing;
    int64_t time_ms;
    struct ptn_bytes post;
    struct ptn_bytes lane; /* may be empty */
    struct ptn_bytes officer;
    struct ptn_bytes note;
};

/* The codes and promises of ptn_crossing_* for all three kinds; NO_MEMORY when the arena is full.
 */
PTN_MUST_USE struct ptn_status ptn_report_validate(const struct ptn_report *report,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_report_parse(struct ptn_bytes bytes, struct ptn_report *ret_report, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_report_write(const struct ptn_report *report,
                                                struct ptn_buffer *out);

/* ---- list loaded ---- */

#define PTN_LIST_LOADED_MAX 64u

struct ptn_list_loaded_list {
    struct ptn_bytes list;
    struct ptn_bytes format;  /* "ofac-csv"; may be empty */
    struct ptn_bytes edition; /* may be empty: the source states none */
    uint64_t entries;
    uint64_t rejected; /* rows that could not be understood */
};

/* A snapshot came into force at this node. */
struct ptn_list_loaded {
    int64_t time_ms;
    struct ptn_bytes post;
    struct ptn_bytes officer; /* who did it; empty: the node by itself */
    uint64_t snapshot_len;
    uint8_t snapshot_sha256[PTN_SHA256_LEN];
    const struct ptn_list_loaded_list *lists;
    size_t list_count;
};

PTN_MUST_USE struct ptn_status ptn_list_loaded_validate(const struct ptn_list_loaded *loaded,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_list_loaded_parse(struct ptn_bytes bytes,
                                                     struct ptn_arena *arena,
                                                     struct ptn_list_loaded *ret_loaded,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_list_loaded_write(const struct ptn_list_loaded *loaded,
                                                     struct ptn_buffer *out);

/* ---- node started ---- */

struct ptn_node_started {
    int64_t time_ms;
    struct ptn_bytes post;    /* its code */
    struct ptn_bytes name;    /* of the node, as people say it */
    struct ptn_bytes program; /* version that started, "0.1.0" */
    bool after_crash;         /* the run before did not end in order */
};

PTN_MUST_USE struct ptn_status ptn_node_started_validate(const struct ptn_node_started *started,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_node_started_parse(struct ptn_bytes bytes,
                                                      struct ptn_node_started *ret_started,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_node_started_write(const struct ptn_node_started *started,
                                                      struct ptn_buffer *out);
#endif
