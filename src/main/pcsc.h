/*
 * main/pcsc.h -- chip readers of this machine, through PC/SC (pcscd): the only place that knows of
 * them. For one thread. Standard: PC/SC part 5, as pcsc-lite has it.
 */
#ifndef PTN_MAIN_PCSC_H
#define PTN_MAIN_PCSC_H
#include "document/chip_read.h"

struct ptn_pcsc; /* opaque */

/* OK; IO: no daemon answers; NO_MEMORY. Owned: _close. */
PTN_MUST_USE struct ptn_status ptn_pcsc_open(struct ptn_pcsc **ret_pcsc, struct ptn_diag *reterr);
void ptn_pcsc_close(struct ptn_pcsc *pcsc); /* takes NULL */

/* Their names now, each with a NUL behind it, and one more at the end. Borrowed until the next
 * call. NOT_FOUND: there is none; IO. */
PTN_MUST_USE struct ptn_status ptn_pcsc_readers(struct ptn_pcsc *pcsc, const char **ret_names,
                                                struct ptn_diag *reterr);

/*
 * Take the document that lies on a reader whose name has that in it (NULL: on any), or is laid
 * there within so many milliseconds. ret_card is good until _leave. OK; NOT_FOUND: no such reader;
 * BUSY: nothing was laid there; IO: what lies there does not answer.
 */
PTN_MUST_USE struct ptn_status ptn_pcsc_take(struct ptn_pcsc *pcsc, const char *name,
                                             unsigned wait_ms, struct ptn_card *ret_card,
                                             struct ptn_diag *reterr);

/* Give the document up and reset it: whatever was opened is closed. */
void ptn_pcsc_leave(struct ptn_pcsc *pcsc);
#endif
