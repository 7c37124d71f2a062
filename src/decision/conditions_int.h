/* decision/conditions_int.h -- the shipped conditions file, made into C at build time. */
#ifndef PTN_DECISION_CONDITIONS_INT_H
#define PTN_DECISION_CONDITIONS_INT_H
#include <stddef.h>
#include <stdint.h>

extern const uint8_t ptn_conditions_file[];
extern const size_t ptn_conditions_file_len;
#endif
