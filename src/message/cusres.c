/*
 * message/cusres.c -- CUSRES: a government's answer to a passenger list. RFF+AF names a flight, ERP
 * opens one result. Standard: UN-CUSRES.
 */
#include "message/manifest_int.h"

static bool first_is(const struct build *build, const char *qualifier)
{
    return ptn_bytes_is(ptn_bytes_trim(ptn_edifact_at(build->segment, 0, 0)), qualifier);
}

static void start_result(struct build *build)
{
    struct ptn_manifest_result *result;

    build->result = NULL;
    if (build->manifest->result_count == PTN_MANIFEST_RESULTS_MAX)
        return;
    result = ptn_arena_take(build->arena, sizeof(*result));
    if (result == NULL) {
        build->no_memory = true;
        return;
    }
    *build->result_end = result;
    build->result_end = &result->next;
    build->manifest->result_count++;
    build->result = result;
    result->section = ptn_build_field(build, 0, 0);
}

static void take_reference(struct build *build)
{
    if (first_is(build, "TN")) {
        build->manifest->reference = ptn_build_field(build, 0, 1);
    } else if (first_is(build, "AF")) {
        ptn_build_flight_name(build, ptn_build_field(build, 0, 1), PTN_BYTES_NONE, &build->carrier,
                              &build->number);
        (void)ptn_build_flight(build);
    } else if (build->result != NULL && first_is(build, "AVF")) {
        build->result->booking = ptn_build_field(build, 0, 1);
    } else if (build->result != NULL && first_is(build, "ABO")) {
        build->result->passenger = ptn_build_field(build, 0, 1);
    }
}

/* LOC+125+PEK, LOC+87+ICN; two LOC+92 are from and to in this order. */
static void take_place(struct build *build)
{
    struct ptn_manifest_flight *flight = build->last_flight;
    struct ptn_bytes place = ptn_build_field(build, 1, 0);

    if (flight == NULL || build->result != NULL)
        return;
    if (first_is(build, "87") || (first_is(build, "92") && flight->from.len > 0))
        flight->to = place;
    else
        flight->from = place;
}

void ptn_cusres_take(struct build *build)
{
    struct ptn_bytes text = ptn_edifact_at(build->segment, 0, 1);

    if (ptn_build_tag_is(build, "BGM")) {
        build->manifest->function = ptn_build_field(build, 0, 0);
    } else if (ptn_build_tag_is(build, "ERP")) {
        start_result(build);
    } else if (ptn_build_tag_is(build, "RFF")) {
        take_reference(build);
    } else if (ptn_build_tag_is(build, "LOC")) {
        take_place(build);
    } else if (ptn_build_tag_is(build, "DTM") && build->last_flight != NULL) {
        if (first_is(build, "189"))
            build->last_flight->departure = ptn_build_time(build, text);
        else if (first_is(build, "232"))
            build->last_flight->arrival = ptn_build_time(build, text);
    } else if (build->result != NULL && ptn_build_tag_is(build, "ERC")) {
        build->result->code = ptn_build_field(build, 0, 0);
    } else if (build->result != NULL && ptn_build_tag_is(build, "FTX")) {
        build->result->text = ptn_build_field(build, 3, 0);
    }
}
