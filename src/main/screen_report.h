/* main/screen_report.h -- counts of travellers stopped, by threshold, list and rule. */
#ifndef PTN_MAIN_SCREEN_REPORT_H
#define PTN_MAIN_SCREEN_REPORT_H
#include <stdio.h>

#include "base/text.h"
#include "watch/screen.h"

/* Opaque. */
struct ptn_screen_report;

/* NULL: no memory. */
struct ptn_screen_report *ptn_screen_report_new(void);
void ptn_screen_report_free(struct ptn_screen_report *report);

/* One traveller's matches, best first, from the lowest threshold up. Lists' names are Borrowed to
 * the last call. */
void ptn_screen_report_take(struct ptn_screen_report *report, const struct ptn_match *matches,
                            size_t count);

/*
 * {"travellers", "thresholds": [{"threshold", "stopped", "per_100000", "lists", "rules",
 * "lists_per_100000", "rules_per_100000"}], "at_lanes": {"stopped", "per_100000"}}: a list counts a
 * traveller whom one of its entries stops, a rule one whose best match it is part of, so that these
 * do not add up.
 */
void ptn_screen_report_write(const struct ptn_screen_report *report, struct ptn_json *json);
#endif
