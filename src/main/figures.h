/*
 * main/figures.h -- a node's figures for whoever watches machines: DIR/metrics.prom, or a file in
 * the folder that node.conf names, as OpenMetrics. docs/METRICS.md lists them;
 * docs/design/0006-figures-and-logs.md says why it is a file and no port.
 */
#ifndef PTN_MAIN_FIGURES_H
#define PTN_MAIN_FIGURES_H
#include "base/bytes.h"
#include "base/world.h"
#include "node/node.h"

#define PTN_FIGURES_FILE "metrics.prom"
#define PTN_FIGURES_MS   15000 /* between two of them */

/*
 * ptn_figures_write(standing, out):
 * The figures that stand in a standing (main/standing.h), which is JSON. What it does not have is
 * left out. Pure. BAD_INPUT: not a standing; NO_MEMORY, TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_figures_write(struct ptn_bytes standing, struct ptn_buffer *out);

/* When they are, for a node that has just written its standing. Zero: at once. */
struct ptn_figures_due {
    int64_t at_ms;
};

/* Put the file in place when it is time. A failure is passed over: the next one may do, and
 * whoever watches sees how old the last one is. */
void ptn_figures_keep(struct ptn_figures_due *due, const struct ptn_world *world, const char *dir,
                      const struct ptn_node_plan *plan, struct ptn_bytes standing);
#endif
