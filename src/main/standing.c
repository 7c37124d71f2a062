#include "main/standing.h"

#include "node/staff.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_SIZE 1024u

struct ptn_json ptn_standing_begin(const struct ptn_world *world, const char *role,
                                   struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };

    ptn_buffer_clear(out);
    ptn_json_object(&json);
    ptn_json_field_number(&json, "time_ms", world->now_ms(world->context));
    ptn_json_field_text(&json, "role", ptn_bytes_from_text(role));
    return json;
}

void ptn_standing_end(struct ptn_json *json, const char *dir)
{
    char path[PATH_SIZE];
    char beside[PATH_SIZE];
    int len = snprintf(beside, sizeof(beside), "%s/%s.new", dir, PTN_STANDING_FILE);
    int fd;
    bool written;

    ptn_json_object_end(json);
    if (!ptn_ok(ptn_json_end(json)) || len < 0 || (size_t)len >= sizeof(beside))
        return;
    (void)snprintf(path, sizeof(path), "%s/%s", dir, PTN_STANDING_FILE);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    /* not synced: it is old in a second anyway, and lanes want the disk */
    written = write(fd, json->out->at, json->out->len) == (ssize_t)json->out->len;
    (void)close(fd);
    if (written)
        (void)rename(beside, path);
}

void ptn_standing_staff(struct ptn_json *json, const struct ptn_staff_standing *staff)
{
    ptn_json_key(json, "staff");
    ptn_json_object(json);
    ptn_json_field_bool(json, "list", staff->has_list);
    ptn_json_field_bool(json, "lost", staff->lost);
    ptn_json_field_number(json, "version", staff->version);
    ptn_json_field_number(json, "until_ms", staff->until_ms);
    ptn_json_field_number(json, "left_s", staff->left_ms / 1000);
    ptn_json_field_number(json, "people", (int64_t)staff->people);
    ptn_json_object_end(json);
}
