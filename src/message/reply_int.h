/* message/reply_int.h -- the file of codes as it is shipped (embedded). */
#ifndef PTN_MESSAGE_REPLY_INT_H
#define PTN_MESSAGE_REPLY_INT_H
#include <stddef.h>
#include <stdint.h>

extern const uint8_t ptn_reply_codes_file[];
extern const size_t ptn_reply_codes_file_len;
#endif
