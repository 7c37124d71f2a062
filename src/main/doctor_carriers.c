/* main/doctor_carriers.c -- a gateway's door: the register of carriers, and keys that soon run out.
 */
#include <stdio.h>

#include "main/doctor_int.h"
#include "node/inbox.h"

#define SOON_DAYS 30

static struct ptn_status read_register(const struct ptn_doctor *doctor,
                                       struct ptn_carriers *carriers, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_CARRIERS_FILE_MAX };
    char path[PTN_DOCTOR_PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/" PTN_CARRIERS_FILE, doctor->dir);
    status = doctor->world->files->read(doctor->world->context, path, &file);
    if (ptn_ok(status))
        status = ptn_carriers_parse(ptn_buffer_bytes(&file), carriers, reterr);
    ptn_buffer_release(&file);
    return status;
}

static void look_at_keys(struct ptn_doctor *doctor, const struct ptn_carriers *carriers)
{
    struct ptn_date today = ptn_instant_date(doctor->world->now_ms(doctor->world->context));
    unsigned in_force = 0;
    unsigned soon = 0;

    for (size_t i = 0; i < carriers->count; i++) {
        const struct ptn_carrier *carrier = &carriers->at[i];
        char until[PTN_DATE_TEXT_SIZE];

        if (!ptn_carrier_is_in_force(carrier, today))
            continue;
        in_force++;
        if (ptn_date_days_between(today, carrier->until) >= SOON_DAYS)
            continue;
        soon++;
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "carriers", "a key of %s runs out on %s",
                       carrier->code, ptn_date_write(carrier->until, until));
    }
    if (soon == 0)
        ptn_doctor_say(doctor, in_force == 0 ? PTN_FINDING_LOOK : PTN_FINDING_FINE, "carriers",
                       "%u keys may come in by HTTPS", in_force);
}

void ptn_doctor_carriers(struct ptn_doctor *doctor)
{
    struct ptn_carriers carriers;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    ptn_carriers_init(&carriers);
    status = read_register(doctor, &carriers, &diag);
    if (ptn_ok(status))
        look_at_keys(doctor, &carriers);
    else if (status.code == PTN_C_NOT_FOUND)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "carriers",
                       "the door is open and no carrier is registered");
    else
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "carriers", "the register, line %zu: %s",
                       diag.offset, diag.text == NULL ? "it cannot be read" : diag.text);
    ptn_carriers_release(&carriers);
}
