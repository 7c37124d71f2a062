/* record/person_int.h -- the layout of a person, for the kinds that hold one. */
#ifndef PTN_RECORD_PERSON_INT_H
#define PTN_RECORD_PERSON_INT_H
#include "record/fields_int.h"
#include "record/person.h"

extern const struct ptn_layout ptn_person_layout;
#endif
