/* console/console.c -- look up an embedded page. A dozen entries: a scan is as quick as anything
 * cleverer. */
#include "console/console.h"

#include "console/console_int.h"

bool ptn_console_asset_find(struct ptn_bytes path, struct ptn_bytes *ret_bytes,
                            const char **ret_type, const char **ret_etag)
{
    for (size_t i = 0; i < ptn_console_asset_count; i++) {
        const struct ptn_console_asset *asset = &ptn_console_assets[i];

        if (!ptn_bytes_is(path, asset->path))
            continue;
        *ret_bytes = ptn_bytes_of(asset->start, (size_t)(asset->end - asset->start));
        *ret_type = asset->type;
        *ret_etag = asset->etag;
        return true;
    }
    return false;
}

struct ptn_bytes ptn_console_specimens(void)
{
    return ptn_console_sample_specimens;
}

struct ptn_bytes ptn_console_history(void)
{
    return ptn_console_sample_history;
}
