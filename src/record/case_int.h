/* record/case_int.h -- what a step of a case says of an attachment, for the table of its fields. */
#ifndef PTN_RECORD_CASE_INT_H
#define PTN_RECORD_CASE_INT_H
#include "record/case.h"
#include "record/fields_int.h"

extern const struct ptn_layout ptn_attachment_layout;
#endif
