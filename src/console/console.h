/*
 * console/console.h -- the pages of a node, held in the program: one look-up from path to bytes.
 *
 * Pure: constant data, no allocation, so any thread may call it. The pages lie in src/console/pages
 * and are embedded when the program is built; none of them repeats a rule of the border.
 */
#ifndef PTN_CONSOLE_CONSOLE_H
#define PTN_CONSOLE_CONSOLE_H
#include "base/bytes.h"

/**
 * ptn_console_post_find(path, ret_bytes, ret_type, ret_etag):
 * ptn_console_centre_find(path, ret_bytes, ret_type, ret_etag):
 * Find the page, script, style sheet or picture that a post or a centre serves at a path. A page
 * that only the other can fill is not found.
 *
 * path       Borrowed. The path of the request without its query: "/", "/lane", "/console/lane.js".
 * ret_bytes  Set when found: the body. Constant, lives as long as the program.
 * ret_type   Set when found: the value for Content-Type. Constant.
 * ret_etag   Set when found: the value for ETag, quotes included; changes with the body. Constant.
 *
 * True when found; false leaves the outputs untouched.
 */
bool ptn_console_post_find(struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                           const char **ret_type, const char **ret_etag);
bool ptn_console_centre_find(struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                             const char **ret_type, const char **ret_etag);

/*
 * The demonstration's specimen documents, of people who do not exist
 * (data/samples/specimens.ndjson), as the JSON array that GET /v1/specimens answers:
 * {"key","name","title","title_sq","mrz" or "scans","direction","party"}.
 */
struct ptn_bytes ptn_console_specimens(void);

/*
 * Crossings those people made before (data/samples/history.ndjson), oldest first, for the ledger of
 * a new demonstration node. One JSON object a line: {"days_ago","direction":"entry|exit","mrz"}.
 */
struct ptn_bytes ptn_console_history(void);
#endif
