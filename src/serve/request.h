/*
 * serve/request.h -- the bodies of requests: JSON into structs.
 *
 * Pure: bytes in, views and numbers out; texts are copied into the caller's arena. Strict: a field
 * that the interface does not name, of another type or past its limit is refused, so that a page
 * and a post that disagree find out. Standard: RFC 8259; serve/openapi.json says what each body
 * holds.
 */
#ifndef PTN_SERVE_REQUEST_H
#define PTN_SERVE_REQUEST_H
#include "node/apply.h"
#include "node/arrivals.h"
#include "node/lane.h"
#include "node/paper.h"
#include "paper/sheet_entry.h"
#include "record/access.h"
#include "serve/chips_int.h"

#define PTN_REQUEST_BODY_MAX 16384u  /* bytes of a body of JSON */
#define PTN_REQUEST_CHIP_MAX 12288u  /* of a chip's files in base64: a scan has room for them */
#define PTN_REQUEST_FILE_MAX 737280u /* of a file: PTN_NODE_MANIFEST_MAX */

struct ptn_request_sign_in {
    struct ptn_bytes user, password;
    struct ptn_bytes lane; /* empty for a relief */
    bool language_known, albanian;
};

struct ptn_request_settlement {
    struct ptn_bytes scan;
    enum ptn_lane_act act;
    enum ptn_referral_kind kind;
    struct ptn_bytes reason;
    bool has_supervisor;
    struct ptn_bytes supervisor, password;
};

struct ptn_request_report {
    struct ptn_bytes crossing, note;
};

/*
 * Read one body. OK; BAD_INPUT with offset and text (offset is that of the JSON error, else 0 and
 * the text says which field); TOO_BIG past a field's limit; NO_MEMORY past the arena. Outputs are
 * set on success only.
 */
PTN_MUST_USE struct ptn_status ptn_request_sign_in_parse(struct ptn_bytes body, bool relief,
                                                         struct ptn_arena *arena,
                                                         struct ptn_request_sign_in *ret_request,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_mrz_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                                     struct ptn_bytes *ret_mrz,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_scan_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_lane_scan *ret_scan,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_request_settlement_parse(struct ptn_bytes body, struct ptn_arena *arena,
                             struct ptn_request_settlement *ret_request, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_report_parse(struct ptn_bytes body,
                                                        struct ptn_arena *arena,
                                                        struct ptn_request_report *ret_request,
                                                        struct ptn_diag *reterr);

/* What a reader says of a chip: "id", "state", and of one that was read "sod" and "dg1", which stay
 * in base64. */
PTN_MUST_USE struct ptn_status ptn_request_chip_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_chips_given *ret_given,
                                                      struct ptn_diag *reterr);

/* ---- two people on the spot: a staff list that runs longer; a key that is not there ---- */

struct ptn_request_two {
    struct ptn_bytes user, password;          /* a supervisor's; whose word it is */
    struct ptn_bytes second, second_password; /* somebody else's; who has no key there */
};

PTN_MUST_USE struct ptn_status ptn_request_extension_parse(struct ptn_bytes body,
                                                           struct ptn_arena *arena,
                                                           struct ptn_request_two *ret_request,
                                                           struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_vouching_parse(struct ptn_bytes body,
                                                          struct ptn_arena *arena,
                                                          struct ptn_request_two *ret_request,
                                                          struct ptn_diag *reterr);

/* ---- trips ---- */

struct ptn_request_trip_record {
    struct ptn_trip_settlement settlement; /* without supervisor and key */
    bool has_supervisor;
    struct ptn_bytes supervisor, password;
};

PTN_MUST_USE struct ptn_status ptn_request_trip_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_trip_start *ret_start,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_request_trip_record_parse(struct ptn_bytes body, struct ptn_arena *arena,
                              struct ptn_request_trip_record *ret_request, struct ptn_diag *reterr);

/* ---- boarding passes ---- */

/* "text": a barcode as a reader read it. */
PTN_MUST_USE struct ptn_status ptn_request_pass_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_bytes *ret_text,
                                                      struct ptn_diag *reterr);

/* ---- the calls of ships ---- */

struct ptn_request_call {
    struct ptn_calls_ask ask; /* without call, supervisor and key */
    bool has_supervisor;
    struct ptn_bytes supervisor, password;
};

#define PTN_REQUEST_FIND_MAX 60u

/* "arrival", "imo", "sails", "passengers_enter"; "scan", "act", "reason", "supervisor"; "reason";
 * "text" of at least two bytes. */
PTN_MUST_USE struct ptn_status ptn_request_call_open_parse(struct ptn_bytes body,
                                                           struct ptn_arena *arena,
                                                           struct ptn_request_call *ret_request,
                                                           struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_tally_parse(struct ptn_bytes body,
                                                       struct ptn_arena *arena,
                                                       struct ptn_request_call *ret_request,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_call_close_parse(struct ptn_bytes body,
                                                            struct ptn_arena *arena,
                                                            struct ptn_request_call *ret_request,
                                                            struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_call_search_parse(struct ptn_bytes body,
                                                             struct ptn_arena *arena,
                                                             struct ptn_bytes *ret_text,
                                                             struct ptn_diag *reterr);

/* ---- a centre's questions ---- */

#define PTN_REQUEST_NEXT_MAX 48u /* bytes of what says where the next page begins */

/* Why somebody looks: every look is recorded with it. */
struct ptn_request_why {
    enum ptn_purpose purpose; /* second line, search, oversight or subject */
    struct ptn_bytes reason;  /* own words or a case number; never empty with a purpose */
};

/* The purpose of a shift. */
#define PTN_REQUEST_REASON_MAX 500u

struct ptn_request_search {
    struct ptn_request_why why; /* purpose 0: the shift's */
    bool people;                /* else crossings */
    struct ptn_bytes name, number, issuer, plate, post;
    struct ptn_date birth;
    int64_t from_ms, to_ms; /* 0: open */
    unsigned count;         /* 1 to PTN_REQUEST_ROWS_MAX */
    int64_t next[2];        /* of people: how many came before; of crossings: time and place */
};

#define PTN_REQUEST_ROWS_MAX 100u

struct ptn_request_person {
    struct ptn_request_why why; /* purpose 0: the shift's */
    uint8_t key[16];
};

/* What a step of a case attached, by its entry. */
struct ptn_request_attachment {
    struct ptn_request_why why; /* purpose 0: the shift's */
    struct ptn_bytes origin;
    uint64_t index;
};

/* A person's own copy. */
struct ptn_request_subject {
    struct ptn_bytes reason;         /* never empty */
    struct ptn_bytes issuer, number; /* never empty */
    struct ptn_date birth;           /* whole */
    bool pdf;                        /* else JSON */
};

/* Looks, for an auditor. */
#define PTN_REQUEST_LOOKS_DAYS_MAX 90u
#define PTN_REQUEST_LOOKS_SKIP_MAX 100000u
struct ptn_request_looks {
    unsigned days;                          /* 1 to PTN_REQUEST_LOOKS_DAYS_MAX */
    struct ptn_bytes officer, post, person; /* empty: anybody's, anywhere, at anybody */
    unsigned only;                          /* a mark of serve/audit_int.h; 0: all */
    size_t skip;
};

/* What is right of a crossing on somebody's page. */
struct ptn_request_correction {
    uint8_t key[16];         /* of the page */
    struct ptn_bytes ledger; /* of the crossing, and its entry there */
    uint64_t entry;
    enum ptn_direction direction; /* 0: that was right */
    struct ptn_date date;         /* none: that was right */
    bool any_person;              /* one of these; empty: that was right */
    struct ptn_bytes surname, given, number;
    struct ptn_date birth;
    char nationality[4], issuer[4];
    struct ptn_bytes reason; /* never empty */
    bool has_second;
    struct ptn_bytes second, password;
};

/* Two descriptions are one person, or a joining is taken back. */
struct ptn_request_identity {
    uint8_t one[16], other[16]; /* keys; with part they are not set */
    struct ptn_record_id part;  /* the joining to take back; none: join */
    struct ptn_bytes reason;    /* never empty */
    bool has_second;
    struct ptn_bytes second, password;
};

/* Where the next page of what the one box found begins, of each kind that has one: "d50n100" or
 * "v1795800000000.4398046511105". Of the kinds without a letter nothing more is asked. */
#define PTN_REQUEST_FOUND_MAX 88u /* bytes, with a NUL */
struct ptn_request_found {
    bool by_number, by_name, by_plate;
    int64_t number_skip, name_skip; /* rows that were given */
    int64_t plate_ms, plate_at;     /* of the last crossing that was */
};

/* OK; BAD_INPUT for any other text. */
PTN_MUST_USE struct ptn_status ptn_request_found_parse(struct ptn_bytes text,
                                                       struct ptn_request_found *ret_found);
/* Empty when no kind has more. */
void ptn_request_found_write(const struct ptn_request_found *found,
                             char text[PTN_REQUEST_FOUND_MAX]);

/* The one box. */
struct ptn_request_find {
    struct ptn_bytes text;  /* as typed; never empty */
    struct ptn_bytes post;  /* only there */
    int64_t from_ms, to_ms; /* 0: open */
    unsigned count;         /* of each kind, 1 to PTN_REQUEST_ROWS_MAX */
    bool goes_on;           /* a page after the first: from */
    struct ptn_request_found from;
};

/* The codes and promises of the others. */
PTN_MUST_USE struct ptn_status ptn_request_search_parse(struct ptn_bytes body,
                                                        struct ptn_arena *arena,
                                                        struct ptn_request_search *ret_request,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_person_parse(struct ptn_bytes body,
                                                        struct ptn_arena *arena,
                                                        struct ptn_request_person *ret_request,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_request_attachment_parse(struct ptn_bytes body, struct ptn_arena *arena,
                             struct ptn_request_attachment *ret_request, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_subject_parse(struct ptn_bytes body,
                                                         struct ptn_arena *arena,
                                                         struct ptn_request_subject *ret_request,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_looks_parse(struct ptn_bytes body,
                                                       struct ptn_arena *arena,
                                                       struct ptn_request_looks *ret_request,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_request_correction_parse(struct ptn_bytes body, struct ptn_arena *arena,
                             struct ptn_request_correction *ret_request, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_identity_parse(struct ptn_bytes body,
                                                          struct ptn_arena *arena,
                                                          struct ptn_request_identity *ret_request,
                                                          struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_purpose_parse(struct ptn_bytes body,
                                                         struct ptn_arena *arena,
                                                         struct ptn_request_why *ret_why,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_find_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_request_find *ret_request,
                                                      struct ptn_diag *reterr);

/* As what a typed text is looked for: an empty field is not asked. Texts live in the arena. */
struct ptn_typed {
    bool is_sheet; /* then serial, and the post a QR code names */
    struct ptn_serial serial;
    struct ptn_bytes post;
    struct ptn_bytes name;   /* a person's, without the date that stood beside it */
    struct ptn_date birth;   /* of name and number */
    struct ptn_bytes number; /* a document's: capitals and digits, nothing between */
    struct ptn_bytes plate;
    struct ptn_bytes voyage; /* a flight, ship or coach; a full date stands at its end */
};

/*
 * What was typed decides what is searched (docs/format/view.md "The one box"). OK; BAD_INPUT:
 * nothing to look for, or a sheet's serial with wrong check digits; NO_MEMORY: the arena.
 */
PTN_MUST_USE struct ptn_status ptn_typed_read(struct ptn_bytes text, struct ptn_arena *arena,
                                              struct ptn_typed *ret_typed, struct ptn_diag *reterr);

/* ---- orders ---- */

struct ptn_request_code {
    unsigned number;
    struct ptn_bytes digits;
    enum ptn_cause cause;
};

/* The step's hands are left to the caller. */
PTN_MUST_USE struct ptn_status ptn_request_step_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_apply_step *ret_step,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_confirm_parse(struct ptn_bytes body,
                                                         struct ptn_arena *arena,
                                                         struct ptn_hash *ret_name,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_code_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_request_code *ret_request,
                                                      struct ptn_diag *reterr);

/* A lane that a return lets in. */
struct ptn_request_gate_lane {
    char name[PTN_LANE_NAME_MAX + 1];
    enum ptn_direction direction;
};

PTN_MUST_USE struct ptn_status
ptn_request_gate_lane_parse(struct ptn_bytes body, struct ptn_arena *arena,
                            struct ptn_request_gate_lane *ret_request, struct ptn_diag *reterr);

/* ---- the second line ---- */

struct ptn_request_case {
    enum ptn_case_act act; /* not opened */
    struct ptn_bytes words, item, list, entry, ground;
    enum ptn_case_outcome outcome;
    bool has_second;
    struct ptn_bytes second, password; /* who confirms it */
};

PTN_MUST_USE struct ptn_status ptn_request_case_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_request_case *ret_request,
                                                      struct ptn_diag *reterr);

/* The name of a file out of its header, where bytes beyond plain ASCII are written as %XX, as
 * encodeURIComponent does it; at most 4,096 bytes. It may say anything: ptn_attachment_name. */
PTN_MUST_USE struct ptn_status ptn_request_name_parse(struct ptn_bytes header,
                                                      struct ptn_arena *arena,
                                                      struct ptn_bytes *ret_name,
                                                      struct ptn_diag *reterr);

/* ---- screening by hand ---- */

struct ptn_request_told {
    uint64_t pack, first, count;
    enum ptn_sheets_state state;
    bool has_second;
    struct ptn_bytes second, password; /* who else says so */
};

PTN_MUST_USE struct ptn_status ptn_request_pack_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena, unsigned *ret_sheets,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_sheet_parse(struct ptn_bytes body,
                                                       struct ptn_arena *arena,
                                                       struct ptn_form *ret_form,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_request_told_parse(struct ptn_bytes body,
                                                      struct ptn_arena *arena,
                                                      struct ptn_request_told *ret_request,
                                                      struct ptn_diag *reterr);
#endif
