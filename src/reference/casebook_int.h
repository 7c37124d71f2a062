/* reference/casebook_int.h -- the shipped files of the second line, made into C at build time. */
#ifndef PTN_REFERENCE_CASEBOOK_INT_H
#define PTN_REFERENCE_CASEBOOK_INT_H
#include <stddef.h>
#include <stdint.h>

extern const uint8_t ptn_checklists_file[];
extern const size_t ptn_checklists_file_len;
extern const uint8_t ptn_grounds_file[];
extern const size_t ptn_grounds_file_len;
extern const uint8_t ptn_refusal_form_file[];
extern const size_t ptn_refusal_form_file_len;
#endif
