#include <stdio.h>

#include "ledger/copy_int.h"

bool ptn_copy_is_there(const struct ptn_world *world, const char *dir, struct ptn_bytes origin)
{
    static const char digits[] = "0123456789abcdef";
    sqlite3_vfs *vfs = sqlite3_vfs_find(world->sqlite_vfs_name);
    char hex[2 * PTN_SHA256_LEN + 1] = "";
    char name[sizeof(hex) + 16];
    char path[PTN_LEDGER_PATH_SIZE];
    uint8_t digest[PTN_SHA256_LEN];
    bool there = false;

    if (vfs == NULL || !ptn_ok(ptn_sha256(&origin, 1, digest)))
        return false;
    for (size_t i = 0; i < sizeof(digest); i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    (void)snprintf(name, sizeof(name), "copy-%s.head", hex);
    return ptn_ok(ptn_store_path(path, dir, name)) &&
           ptn_file_exists(vfs, path, &there) == SQLITE_OK && there;
}
