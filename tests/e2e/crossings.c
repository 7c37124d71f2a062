/*
 * tests/e2e/crossings.c -- crossings DIR: "index id" of every crossing in a stopped node's ledger,
 * "index id trip" of one that belongs to a trip, and "index vehicle trip occupants" of every
 * vehicle, so that a test can ask whether what was acknowledged is there. Prints no person.
 */
#include <stdio.h>

#include "ledger/ledger.h"
#include "record/vehicle.h"

static struct ptn_status print_vehicle(uint64_t index, struct ptn_bytes payload)
{
    struct ptn_vehicle vehicle;
    char trip[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_status status = ptn_vehicle_parse(payload, &vehicle, NULL);

    if (ptn_ok(status))
        (void)printf("%llu vehicle %s %llu\n", (unsigned long long)index,
                     ptn_record_id_write(vehicle.trip, trip),
                     (unsigned long long)vehicle.occupants);
    return status;
}

static struct ptn_status print_crossing(uint64_t index, struct ptn_bytes payload)
{
    struct ptn_crossing crossing;
    char id[PTN_RECORD_ID_TEXT_SIZE];
    char trip[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_status status = ptn_crossing_parse(payload, &crossing, NULL);

    if (ptn_ok(status))
        (void)printf(
            "%llu %s %s\n", (unsigned long long)index, ptn_record_id_write(crossing.id, id),
            ptn_record_id_is_none(crossing.trip) ? "" : ptn_record_id_write(crossing.trip, trip));
    return status;
}

static struct ptn_status print_all(struct ptn_ledger *ledger)
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    uint64_t size = 0;
    struct ptn_status status = ptn_ledger_size(ledger, &size, NULL);

    for (uint64_t index = 0; ptn_ok(status) && index < size; index++) {
        struct ptn_ledger_header header;

        ptn_buffer_clear(&payload);
        status = ptn_ledger_read(ledger, index, &header, &payload, NULL);
        if (ptn_ok(status) && header.kind == PTN_RECORD_CROSSING)
            status = print_crossing(index, ptn_buffer_bytes(&payload));
        if (ptn_ok(status) && header.kind == PTN_RECORD_VEHICLE)
            status = print_vehicle(index, ptn_buffer_bytes(&payload));
    }
    ptn_buffer_release(&payload);
    return status;
}

int main(int argc, char **argv)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_status status;

    if (argc != 2)
        return 2;
    status = ptn_vault_open(ptn_world_real(), argv[1], &vault, NULL);
    if (ptn_ok(status))
        status = ptn_ledger_open_reader(ptn_world_real(), vault, argv[1], &ledger, NULL);
    if (ptn_ok(status))
        status = print_all(ledger);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return ptn_ok(status) ? 0 : 1;
}
