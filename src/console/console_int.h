/* console/console_int.h -- the table that embed.py writes when the program is built. */
#ifndef PTN_CONSOLE_CONSOLE_INT_H
#define PTN_CONSOLE_CONSOLE_INT_H
#include "base/bytes.h"

enum {
    PTN_CONSOLE_POST = 1,
    PTN_CONSOLE_CENTRE = 2,
};

struct ptn_console_asset {
    unsigned places;      /* who serves it: PTN_CONSOLE_POST, PTN_CONSOLE_CENTRE or both */
    const char *path;     /* as requested */
    const char *type;     /* Content-Type */
    const char *etag;     /* quoted */
    const uint8_t *start; /* first byte of the body */
    const uint8_t *end;   /* the byte after its last */
};

extern const struct ptn_console_asset ptn_console_assets[];
extern const size_t ptn_console_asset_count;
extern const struct ptn_bytes ptn_console_sample_specimens; /* one JSON array */
extern const struct ptn_bytes ptn_console_sample_history;   /* NDJSON */
#endif
