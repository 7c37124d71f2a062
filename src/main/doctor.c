/*
 * main/doctor.c -- `postern doctor DIR`: what a careful administrator looks at, looked at for them.
 *
 * Each finding is one line: fine, look, or bad, and what it is about. "bad" is what stops the node
 * or opens it to others; "look" is what a person has to weigh. Nothing is changed, and a running
 * node is not disturbed.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/date.h"
#include "ledger/ledger.h"
#include "main/commands.h"
#include "main/doctor_int.h"
#include "main/status_int.h"
#include "main/unlock.h"
#include "node/node.h"
#include "vault/seal.h"
#include "vault/tls.h"
#include "watch/snapshot.h"

#define DISK_BAD_MIB   256u
#define DISK_LOOK_MIB  2048u
#define SKEW_MS        INT64_C(60000)
#define DAY_MS         INT64_C(86400000)
#define LIST_OLD_DAYS  7
#define ROSTER_SOON    60 /* days before it expires */
#define ARENA_MAX      (64u << 20)
#define CONF_MAX       16384u
#define CLOCK_LEAST_MS INT64_C(1767225600000) /* 2026: no node was set up before */

static const char usage[] = "usage: postern doctor DIR\n";

void ptn_doctor_say(struct ptn_doctor *doctor, enum ptn_finding finding, const char *about,
                    const char *format, ...)
{
    static const char *const words[] = { "fine", "look", "bad " };
    va_list arguments;

    doctor->counts[finding]++;
    (void)printf("%s  %-12s ", words[finding], about);
    va_start(arguments, format);
    (void)vfprintf(stdout, format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}

#define say ptn_doctor_say

static bool path_of(const struct ptn_doctor *doctor, const char *name,
                    char path[PTN_DOCTOR_PATH_SIZE])
{
    int len = snprintf(path, PTN_DOCTOR_PATH_SIZE, "%s/%s", doctor->dir, name);

    return len > 0 && (size_t)len < PTN_DOCTOR_PATH_SIZE;
}

/* The first line of a small file of the system. False when there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    bool good;

    if (file == NULL)
        return false;
    good = fgets(line, (int)size, file) != NULL;
    (void)fclose(file);
    if (good)
        line[strcspn(line, "\n")] = '\0';
    return good;
}

/* ---- the machine ---- */

static void look_at_clock(struct ptn_doctor *doctor)
{
    struct timex state = { .modes = 0 };
    int64_t now_ms = doctor->world->now_ms(doctor->world->context);
    char text[PTN_INSTANT_TEXT_SIZE];
    long long off_s = 0;

    (void)ptn_instant_write(now_ms, text);
    if (now_ms < CLOCK_LEAST_MS)
        say(doctor, PTN_FINDING_BAD, "clock", "%s cannot be right", text);
    else if (adjtimex(&state) < 0 || (state.status & STA_UNSYNC) != 0)
        say(doctor, PTN_FINDING_LOOK, "clock", "%s, and nothing keeps it right (NTP)", text);
    else
        say(doctor, PTN_FINDING_FINE, "clock", "%s, kept right", text);
    if (ptn_status_clock(doctor->world, doctor->dir, &off_s) && off_s != 0)
        say(doctor, PTN_FINDING_BAD, "clock", "%lld s %s the keepers' clocks", llabs(off_s),
            off_s > 0 ? "ahead of" : "behind");
}

static void look_at_disk(struct ptn_doctor *doctor)
{
    struct statvfs disk;
    uint64_t free_mib;
    enum ptn_finding finding;

    if (statvfs(doctor->dir, &disk) != 0) {
        say(doctor, PTN_FINDING_BAD, "disk", "cannot be asked");
        return;
    }
    free_mib = (uint64_t)disk.f_bavail * disk.f_frsize >> 20;
    finding = free_mib < DISK_BAD_MIB    ? PTN_FINDING_BAD
              : free_mib < DISK_LOOK_MIB ? PTN_FINDING_LOOK
                                         : PTN_FINDING_FINE;
    say(doctor, finding, "disk", "%llu MiB free", (unsigned long long)free_mib);
}

/* Whether the folder lies on a device-mapper crypt volume, as far as the kernel says. */
static void look_at_volume(struct ptn_doctor *doctor)
{
    struct stat info;
    char path[PTN_DOCTOR_PATH_SIZE];
    char uuid[128];

    if (stat(doctor->dir, &info) != 0)
        return;
    (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", major(info.st_dev),
                   minor(info.st_dev));
    if (read_line(path, uuid, sizeof(uuid)) && strncmp(uuid, "CRYPT-", 6) == 0)
        say(doctor, PTN_FINDING_FINE, "volume", "encrypted");
    else
        say(doctor, PTN_FINDING_LOOK, "volume",
            "not seen to be encrypted: a stolen disk would be read");
}

static void look_at_memory(struct ptn_doctor *doctor)
{
    char line[256];
    FILE *swaps = fopen("/proc/swaps", "re");
    unsigned lines = 0;

    while (swaps != NULL && fgets(line, sizeof(line), swaps) != NULL)
        lines++;
    if (swaps != NULL)
        (void)fclose(swaps);
    if (lines > 1)
        say(doctor, PTN_FINDING_LOOK, "swap",
            "is on: what travellers' names were in may lie there");
    else
        say(doctor, PTN_FINDING_FINE, "swap", "off");
    if (read_line("/proc/sys/kernel/core_pattern", line, sizeof(line)) && line[0] == '|')
        say(doctor, PTN_FINDING_LOOK, "core dumps", "are handed to a program of the system");
    else
        say(doctor, PTN_FINDING_FINE, "core dumps", "a node makes none");
}

/* ---- the folder ---- */

static void look_at_mode(struct ptn_doctor *doctor, const char *name, mode_t allowed,
                         unsigned *wrong)
{
    char path[PTN_DOCTOR_PATH_SIZE];
    struct stat info;

    if (!path_of(doctor, name, path) || lstat(path, &info) != 0)
        return; /* what must be there is missed elsewhere */
    if ((info.st_mode & 07777 & ~allowed) == 0 && info.st_uid == geteuid())
        return;
    say(doctor, PTN_FINDING_BAD, "permissions", "%s: mode %04o of user %u, want %04o of user %u",
        name, (unsigned)info.st_mode & 07777u, (unsigned)info.st_uid, (unsigned)allowed,
        (unsigned)geteuid());
    (*wrong)++;
}

static void look_at_modes(struct ptn_doctor *doctor)
{
    static const char *const folders[] = { ".",      "vault", "vault/reading", "vault/epoch",
                                           "copies", "lists", "stays" };
    static const char *const files[] = { "vault/node.key", "vault/tls.key", "vault/lock",
                                         "ledger.sqlite",  "ledger.head",   "staff",
                                         "view.sqlite" };
    unsigned wrong = 0;

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        look_at_mode(doctor, folders[i], 0700, &wrong);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        look_at_mode(doctor, files[i], 0600, &wrong);
    if (wrong == 0)
        say(doctor, PTN_FINDING_FINE, "permissions", "the node's user's alone");
}

static bool read_plan(struct ptn_doctor *doctor)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    struct ptn_diag diag = { 0 };
    char path[PTN_DOCTOR_PATH_SIZE];
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (path_of(doctor, "node.conf", path))
        status = doctor->world->files->read(doctor->world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &doctor->plan, &diag);
    ptn_buffer_release(&conf);
    if (!ptn_ok(status))
        say(doctor, PTN_FINDING_BAD, "node.conf", "%s (line %zu)",
            diag.text == NULL ? "cannot be read" : diag.text, diag.offset);
    return ptn_ok(status);
}

static void look_at_ledger(struct ptn_doctor *doctor)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_ledger_header header;
    struct ptn_diag diag = { 0 };
    int64_t now_ms = doctor->world->now_ms(doctor->world->context);
    long long gone_back_to = 0;
    uint64_t size = 0;
    struct ptn_status status =
        ptn_ledger_open_reader(doctor->world, NULL, doctor->dir, &ledger, &diag);

    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, &diag);
    if (ptn_ok(status) && size > 0)
        status = ptn_ledger_read(ledger, size - 1, &header, NULL, &diag);
    ptn_ledger_close(ledger);
    if (ptn_status_gone_back(doctor->world, doctor->dir, &gone_back_to))
        say(doctor, PTN_FINDING_BAD, "ledger",
            "GONE BACK: a keeper holds more of it; it signs nothing more: postern recover");
    if (!ptn_ok(status))
        say(doctor, PTN_FINDING_BAD, "ledger", "%s",
            diag.text == NULL ? ptn_code_word(status.code) : diag.text);
    else if (size > 0 && header.time_ms > now_ms + SKEW_MS)
        say(doctor, PTN_FINDING_BAD, "ledger",
            "its last entry is from the future: a clock was wrong");
    else
        say(doctor, PTN_FINDING_FINE, "ledger", "%llu entries", (unsigned long long)size);
}

static void look_at_lists(struct ptn_doctor *doctor)
{
    struct ptn_snapshot *snapshot = NULL;
    char path[PTN_DOCTOR_PATH_SIZE];
    long long found = 0;
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (ptn_status_damage(doctor->world, doctor->dir, &found))
        say(doctor, PTN_FINDING_BAD, "lists",
            "changed %lld times since the post started, in memory or in their file", found);
    if (path_of(doctor, "lists/current.snap", path))
        status = ptn_snapshot_open(doctor->world, path, &snapshot, NULL);
    if (!ptn_ok(status)) {
        say(doctor, status.code == PTN_C_NOT_FOUND ? PTN_FINDING_LOOK : PTN_FINDING_BAD, "lists",
            "%s", status.code == PTN_C_NOT_FOUND ? "none" : "cannot be used");
        return;
    }
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);
        int64_t days = (doctor->world->now_ms(doctor->world->context) - list.edition_ms) / DAY_MS;

        say(doctor, days > LIST_OLD_DAYS ? PTN_FINDING_LOOK : PTN_FINDING_FINE, "lists",
            "%.*s is %lld days old", (int)list.name.len, (const char *)list.name.at,
            (long long)days);
    }
    ptn_snapshot_close(snapshot);
}

/* Files of rules that a start would not take, with line and reason. */
static void look_at_own_files(struct ptn_doctor *doctor)
{
    for (size_t i = 0; i < PTN_OWN_FILE_COUNT; i++) {
        struct ptn_own_found found;
        const char *name = ptn_own_file_name((enum ptn_own_file)i);

        if (!ptn_ok(ptn_own_file_look(doctor->world, doctor->dir, (enum ptn_own_file)i, &found)) ||
            found.state == PTN_LISTS_NONE)
            continue;
        if (found.state == PTN_LISTS_CURRENT)
            say(doctor, PTN_FINDING_FINE, "rules", "%s is good", name);
        else
            say(doctor, PTN_FINDING_BAD, "rules", "%s, line %zu: %s", name, found.diag.offset,
                found.diag.text == NULL ? "it cannot be read" : found.diag.text);
    }
}

/* ---- the country ---- */

/* Whether what the node reads with is sealed. */
static void look_at_lock(struct ptn_doctor *doctor)
{
    enum ptn_lock_state state = PTN_LOCK_NONE;
    bool machine = false;
    struct ptn_status status = ptn_lock_look(doctor->world, doctor->dir, &state, &machine, NULL);

    if (!ptn_ok(status))
        say(doctor, PTN_FINDING_BAD, "lock", "vault/lock is damaged: put its copy back");
    else if (ptn_unlock_waits(doctor->dir))
        say(doctor, PTN_FINDING_BAD, "lock", "LOCKED, and waits: postern vault unlock");
    else if (state == PTN_LOCK_OFF)
        say(doctor, PTN_FINDING_LOOK, "lock",
            "off: whoever has the disk reads what the node reads");
    else if (state == PTN_LOCK_ON)
        say(doctor, PTN_FINDING_FINE, "lock", "on, %s",
            machine ? "opened by its passphrase or this machine's key"
                    : "opened by its passphrase alone");
    else
        say(doctor, PTN_FINDING_LOOK, "lock",
            "none: without an encrypted volume a stolen disk is read (postern vault lock)");
}

/* This node's own line: its key and its certificate are those that others know. */
static void look_at_own_line(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_vault *vault = NULL;
    uint8_t tls[PTN_TLS_ID_LEN];
    struct ptn_vkey known;
    struct ptn_status status = ptn_vault_open_to_sign(doctor->world, doctor->dir, &vault, NULL);

    if (ptn_ok(status))
        status = ptn_ledger_open_reader(doctor->world, NULL, doctor->dir, &ledger, NULL);
    if (ptn_ok(status))
        status = ptn_tls_own_id(doctor->world, doctor->dir, tls);
    if (!ptn_ok(status))
        say(doctor, PTN_FINDING_BAD, "identity", "keys, ledger or certificate cannot be read");
    else if (!ptn_roster_ledger_key(roster, ptn_bytes_from_text(ptn_ledger_origin(ledger)), &known))
        say(doctor, PTN_FINDING_BAD, "identity",
            "the roster does not know this node: no keeper answers it, and nobody takes its "
            "ledger");
    else if (memcmp(known.public_key, ptn_vault_public_key(vault, PTN_ROLE_LEDGER),
                    PTN_PUBLIC_KEY_LEN) != 0)
        say(doctor, PTN_FINDING_BAD, "identity", "the roster has another key for this node");
    else if (ptn_roster_find_tls(roster, tls) == NULL)
        say(doctor, PTN_FINDING_BAD, "identity",
            "the roster has another certificate for this node");
    else
        say(doctor, PTN_FINDING_FINE, "identity", "%s", ptn_ledger_origin(ledger));
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
}

static void look_at_expiry(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    struct ptn_date today = ptn_instant_date(doctor->world->now_ms(doctor->world->context));
    int32_t days = ptn_date_days_between(today, roster->expires);
    char date[PTN_DATE_TEXT_SIZE];

    (void)ptn_date_write(roster->expires, date);
    if (days < 0)
        say(doctor, PTN_FINDING_BAD, "roster",
            "version %u expired on %s: lanes and doors go on, nothing is loosened, nobody comes in",
            roster->version, date);
    else
        say(doctor, days < ROSTER_SOON ? PTN_FINDING_LOOK : PTN_FINDING_FINE, "roster",
            "version %u, until %s", roster->version, date);
}

static void look_at_country(struct ptn_doctor *doctor)
{
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_roster roster;
    struct ptn_diag diag = { 0 };
    char path[PTN_DOCTOR_PATH_SIZE];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL && path_of(doctor, "roster", path))
        status = doctor->world->files->read(doctor->world->context, path, &note);
    if (status.code == PTN_C_NOT_FOUND) {
        say(doctor, PTN_FINDING_LOOK, "roster", "none: a node by itself, nobody keeps a copy");
    } else {
        if (ptn_ok(status))
            status = ptn_roster_first(ptn_buffer_bytes(&note), arena, &roster, &diag);
        if (ptn_ok(status)) {
            look_at_expiry(doctor, &roster);
            look_at_own_line(doctor, &roster);
            ptn_doctor_months(doctor, &roster);
            if (doctor->plan.role == PTN_NODE_POST || doctor->plan.role == PTN_NODE_CENTRE)
                ptn_doctor_reading(doctor, &roster);
            if (doctor->plan.role == PTN_NODE_POST || doctor->plan.role == PTN_NODE_CENTRE)
                ptn_doctor_staff(doctor, &roster);
            ptn_doctor_ports(doctor, &roster);
            ptn_doctor_standing(doctor, &roster);
        } else {
            say(doctor, PTN_FINDING_BAD, "roster", "%s (at %zu)",
                diag.text == NULL ? "cannot be read" : diag.text, diag.offset);
        }
    }
    ptn_buffer_release(&note);
    ptn_arena_free(arena);
}

int ptn_run_doctor(int argc, char **argv)
{
    struct ptn_doctor doctor = { .world = ptn_world_real() };

    if (argc != 2 || argv[1][0] == '-' || strlen(argv[1]) > PTN_DOCTOR_PATH_SIZE - 64) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    doctor.dir = argv[1];
    if (!read_plan(&doctor))
        return PTN_EXIT_BAD_INPUT;
    look_at_clock(&doctor);
    look_at_disk(&doctor);
    look_at_volume(&doctor);
    if (doctor.plan.role == PTN_NODE_POST || doctor.plan.role == PTN_NODE_CENTRE)
        look_at_lock(&doctor);
    look_at_memory(&doctor);
    look_at_modes(&doctor);
    look_at_ledger(&doctor);
    if (doctor.plan.role == PTN_NODE_POST) {
        look_at_lists(&doctor);
        look_at_own_files(&doctor);
    }
    if (doctor.plan.role == PTN_NODE_GATEWAY && doctor.plan.listen[0] != '\0')
        ptn_doctor_carriers(&doctor);
    look_at_country(&doctor);
    (void)printf("%u fine, %u to look at, %u bad\n", doctor.counts[PTN_FINDING_FINE],
                 doctor.counts[PTN_FINDING_LOOK], doctor.counts[PTN_FINDING_BAD]);
    return doctor.counts[PTN_FINDING_BAD] == 0 ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}
