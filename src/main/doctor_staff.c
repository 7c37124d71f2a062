/* main/doctor_staff.c -- the staff list that a post or a centre has: which, and until when it runs.
 */
#include <stdio.h>

#include "main/doctor_int.h"
#include "node/staff.h"

static bool is_there(const struct ptn_doctor *doctor, const char *file)
{
    char path[PTN_DOCTOR_PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s", doctor->dir, file);
    return doctor->world->files->exists(doctor->world->context, path);
}

/* Whether a list can be sealed to it at all (a duty officer's laptop reads nothing), and anybody is
 * to sign in. */
static bool has_people(const struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    bool reads = false;

    for (size_t i = 0; i < roster->reading_count; i++)
        reads = reads || ptn_bytes_is(roster->readings[i].origin, doctor->plan.origin);
    return roster->personnel_count > 0 &&
           (doctor->plan.role == PTN_NODE_POST ||
            (reads && (is_there(doctor, "staff") || is_there(doctor, "staff.list"))));
}

void ptn_doctor_staff(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    struct ptn_buffer file = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_note note = { .signature_count = 0 };
    struct ptn_staff_list list = { .version = 0 };
    char path[PTN_DOCTOR_PATH_SIZE];
    char until[PTN_INSTANT_TEXT_SIZE];
    int64_t left_ms;
    struct ptn_status status;

    if (!has_people(doctor, roster))
        return;
    (void)snprintf(path, sizeof(path), "%s/staff.list", doctor->dir);
    status = doctor->world->files->read(doctor->world->context, path, &file);
    if (status.code == PTN_C_NOT_FOUND) {
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "staff",
                       "no signed list: whoever can write the file `staff` adds people");
        ptn_buffer_release(&file);
        return;
    }
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_buffer_bytes(&file), &note, NULL);
    if (ptn_ok(status))
        status = ptn_staff_list_parse(note.text, &list, NULL);
    if (!ptn_ok(status)) {
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "staff", "the list cannot be read");
        ptn_buffer_release(&file);
        return;
    }
    left_ms = list.until_ms - doctor->world->now_ms(doctor->world->context);
    (void)ptn_instant_write(list.until_ms, until);
    ptn_doctor_say(doctor, left_ms < PTN_STAFF_WARN_MS ? PTN_FINDING_LOOK : PTN_FINDING_FINE,
                   "staff", "version %u, signed until %.19sZ%s", list.version, until,
                   left_ms < 0 ? ": over; two people on the spot let it run on" : "");
    ptn_buffer_release(&file);
}
