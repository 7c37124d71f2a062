/* record/decision_int.h -- a match as decisions and cases write it down. */
#ifndef PTN_RECORD_DECISION_INT_H
#define PTN_RECORD_DECISION_INT_H
#include "record/fields_int.h"

extern const struct ptn_layout ptn_decision_match_layout; /* of struct ptn_decision_match */
#endif
