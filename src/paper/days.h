/*
 * paper/days.h -- the days on which a post screened by hand and whose sheets are not all keyed yet:
 * who seems not to have crossed then may have.
 *
 * A day counts while the post is out of service; afterwards as long as a sheet of a pack that was
 * there by then is missing, keyed once or different, and for good when one was lost since. So do
 * the days that a keyed sheet of such a pack names, whatever the rung was. PAPER-6.
 *
 * Learnt from records in the order in which they were written; in memory, one byte a sheet; one
 * thread's at a time. Standard: docs/format/paper.md "Paper days".
 */
#ifndef PTN_PAPER_DAYS_H
#define PTN_PAPER_DAYS_H
#include "record/crossing.h"

#define PTN_PAPER_GAPS_MAX 64u /* more are told as fewer and longer ones */

/* Civil days of the post since 1970-01-01, both included. */
struct ptn_paper_gap {
    int32_t first, last;
};

/* All of one post. Opaque; NULL: no memory. */
struct ptn_paper_days;
struct ptn_paper_days *ptn_paper_days_new(void);
void ptn_paper_days_free(struct ptn_paper_days *days);

/* The post's rung at that time: manual in either direction, or not. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_paper_days_moved(struct ptn_paper_days *days, int64_t time_ms,
                                                    bool manual);

/* One record that was written. OK, also for one that cannot follow what is known; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_paper_days_pack(struct ptn_paper_days *days,
                                                   const struct ptn_pack *pack);
void ptn_paper_days_sheet(struct ptn_paper_days *days, const struct ptn_sheet *sheet);
void ptn_paper_days_told(struct ptn_paper_days *days, const struct ptn_sheets_told *told);

/* The gaps as of that day, oldest first, none touching the next. Returns how many. */
size_t ptn_paper_days_gaps(const struct ptn_paper_days *days, int32_t today,
                           struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX]);

/* Add a gap to a list that is kept so. Returns how many there are now. */
size_t ptn_paper_gaps_add(struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX], size_t count,
                          struct ptn_paper_gap gap);
#endif
