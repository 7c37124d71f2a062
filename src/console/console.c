/* console/console.c -- look up an embedded page. A dozen entries: a scan is as quick as anything
 * cleverer. */
#include "console/console.h"

#include "console/console_int.h"

static bool find(unsigned place, struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                 const char **ret_type, const char **ret_etag)
{
    for (size_t i = 0; i < ptn_console_asset_count; i++) {
        const struct ptn_console_asset *asset = &ptn_console_assets[i];

        if ((asset->places & place) == 0 || !ptn_bytes_is(path, asset->path))
            continue;
        *ret_bytes = ptn_bytes_of(asset->start, (size_t)(asset->end - asset->start));
        *ret_type = asset->type;
        *ret_etag = asset->etag;
        return true;
    }
    return false;
}

bool ptn_console_post_find(struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                           const char **ret_type, const char **ret_etag)
{
    return find(PTN_CONSOLE_POST, path, ret_bytes, ret_type, ret_etag);
}

bool ptn_console_centre_find(struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                             const char **ret_type, const char **ret_etag)
{
    return find(PTN_CONSOLE_CENTRE, path, ret_bytes, ret_type, ret_etag);
}

struct ptn_bytes ptn_console_specimens(void)
{
    return ptn_console_sample_specimens;
}

struct ptn_bytes ptn_console_history(void)
{
    return ptn_console_sample_history;
}
