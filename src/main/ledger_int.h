/* main/ledger_int.h -- proving a node's own ledger, for the commands that do it. */
#ifndef PTN_MAIN_LEDGER_INT_H
#define PTN_MAIN_LEDGER_INT_H
#include "ledger/ledger.h"

/* Prove the ledger in the node's folder by the node's own key. OK, or CORRUPT with *ret_verdict set
 * too; the codes of opening it. */
PTN_MUST_USE struct ptn_status
ptn_ledger_prove(const char *dir, struct ptn_ledger_verdict *ret_verdict, struct ptn_diag *reterr);
#endif
