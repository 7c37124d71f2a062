#include "main/standing.h"

#include "node/staff.h"
#include "trust/roster.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATH_SIZE 1024u
#define DAY_MS    INT64_C(86400000)

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

static void write_roster(struct ptn_json *json, const struct ptn_world *world, const char *origin,
                         const struct ptn_roster *roster)
{
    /* good to the end of its last day */
    const int64_t over_ms = (ptn_date_to_days(roster->expires) + INT64_C(1)) * DAY_MS;
    const int64_t now_ms = world->now_ms(world->context);
    struct ptn_roster_lack lack;
    struct ptn_vkey key;

    ptn_json_key(json, "roster");
    ptn_json_object(json);
    ptn_json_field_number(json, "version", roster->version);
    ptn_json_field_number(json, "left_s", (over_ms - now_ms) / 1000);
    if (ptn_roster_reading_lack(roster, ptn_instant_date(now_ms), &lack)) {
        lack.month.day = 1; /* from its first moment on */
        ptn_json_field_number(json, "months_left_s",
                              (ptn_date_to_days(lack.month) * DAY_MS - now_ms) / 1000);
        ptn_json_field_number(json, "months_lack", (int64_t)lack.count);
    }
    ptn_json_field_bool(json, "named",
                        ptn_roster_ledger_key(roster, ptn_bytes_from_text(origin), &key));
    ptn_json_object_end(json);
}

void ptn_standing_node(struct ptn_json *json, const struct ptn_world *world, const char *dir,
                       const char *origin, uint64_t size, const struct ptn_roster *roster)
{
    struct statvfs disk;

    ptn_json_field_text(json, "node", ptn_bytes_from_text(origin));
    ptn_json_field_number(json, "size", (int64_t)size);
    if (statvfs(dir, &disk) == 0) {
        ptn_json_key(json, "disk");
        ptn_json_object(json);
        ptn_json_field_number(json, "free", (int64_t)((uint64_t)disk.f_bavail * disk.f_frsize));
        ptn_json_field_number(json, "size", (int64_t)((uint64_t)disk.f_blocks * disk.f_frsize));
        ptn_json_object_end(json);
    }
    if (roster != NULL)
        write_roster(json, world, origin, roster);
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
    if (staff->has_list) /* an alarm is for one that ends */
        ptn_json_field_number(json, "ends_s", staff->left_ms < 0 ? 0 : staff->left_ms / 1000);
    ptn_json_field_number(json, "people", (int64_t)staff->people);
    ptn_json_object_end(json);
}

/* ---- read again ---- */

json_t *ptn_standing_load(const struct ptn_world *world, const char *dir)
{
    struct ptn_buffer text = { .len_max = PTN_STANDING_LEN_MAX };
    char path[PATH_SIZE];
    json_t *root = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, PTN_STANDING_FILE);
    if (ptn_ok(world->files->read(world->context, path, &text)))
        root = json_loadb((const char *)text.at, text.len, 0, NULL);
    ptn_buffer_release(&text);
    return root;
}

long long ptn_standing_number(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

const char *ptn_standing_text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value == NULL ? "" : value;
}
