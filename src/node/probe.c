/* node/probe.c -- an alert tried on crossings that were made: see published.h. */
#include "node/overlay_int.h"
#include "node/published.h"

#include <stdio.h>
#include <stdlib.h>

#include "record/crossing.h"

struct ptn_published_probe {
    struct ptn_overlay *overlay;
};

struct ptn_published_probe *ptn_published_probe_new(const struct ptn_world *world,
                                                    const struct ptn_alert *alert)
{
    const struct ptn_overlay_alert one = { alert, "asked" };
    struct ptn_published_probe *probe = calloc(1, sizeof(*probe));
    struct ptn_overlay_chunk *chunk = NULL;

    if (probe == NULL)
        return NULL;
    if (ptn_ok(ptn_overlay_chunk_alerts(world, &one, 1, &chunk)))
        probe->overlay = ptn_overlay_new(&chunk, 1, alert->time_ms, 1);
    ptn_overlay_chunk_leave_off(chunk);
    if (probe->overlay != NULL)
        return probe;
    free(probe);
    return NULL;
}

void ptn_published_probe_free(struct ptn_published_probe *probe)
{
    if (probe == NULL)
        return;
    ptn_overlay_release(probe->overlay);
    free(probe);
}

struct ptn_screen_query ptn_overlay_query(const struct ptn_person *person, struct ptn_bytes plate,
                                          char name[PTN_OVERLAY_NAME_SIZE])
{
    struct ptn_screen_query query = { .birth = person->birth,
                                      .sex = person->sex,
                                      .number = person->document.number,
                                      .plate = plate };
    int len = snprintf(name, PTN_OVERLAY_NAME_SIZE, "%.*s %.*s", (int)person->given.len,
                       person->given.len == 0 ? "" : (const char *)person->given.at,
                       (int)person->surname.len,
                       person->surname.len == 0 ? "" : (const char *)person->surname.at);

    query.name = person->name.len > 0
                     ? person->name
                     : ptn_bytes_trim(ptn_bytes_of(name, len < 0 ? 0 : (size_t)len));
    if (query.name.len > PTN_SCREEN_NAME_LEN_MAX)
        query.name.len = PTN_SCREEN_NAME_LEN_MAX;
    memcpy(query.nationality, person->nationality, sizeof(query.nationality));
    memcpy(query.issuer, person->document.issuer, sizeof(query.issuer));
    return query;
}

bool ptn_published_probe_matches(const struct ptn_published_probe *probe,
                                 const struct ptn_crossing *crossing, struct ptn_arena *arena)
{
    char name[PTN_OVERLAY_NAME_SIZE];
    struct ptn_screen_query query = ptn_overlay_query(&crossing->person, crossing->plate, name);
    struct ptn_overlay_found found = { 0 };

    return ptn_ok(ptn_overlay_screen(probe->overlay, &query, crossing->time_ms, arena, &found,
                                     NULL)) &&
           found.match_count > 0;
}
