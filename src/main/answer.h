/* main/answer.h -- what the commands that answer NDJSON share: standard input, an answer's line, an
 * error in its place. */
#ifndef PTN_MAIN_ANSWER_H
#define PTN_MAIN_ANSWER_H
#include "base/text.h"

/* Standard input, for ptn_lines_new; context is not used. OK or IO. */
PTN_MUST_USE struct ptn_status ptn_answer_read_input(void *context, uint8_t *at, size_t len,
                                                     size_t *ret_len);

/* Print the whole value that json wrote as one line, and flush. What ptn_json_end says, or IO. */
PTN_MUST_USE struct ptn_status ptn_answer_print(const struct ptn_json *json);

/* Write "error":{"code","message","line"} into the open object. */
void ptn_answer_write_error(struct ptn_json *json, const char *code, const char *message,
                            size_t line);

/* Clear out and print {"error":{…}} as the answer to that line. The codes of ptn_answer_print. */
PTN_MUST_USE struct ptn_status ptn_answer_error(struct ptn_buffer *out, const char *code,
                                                const char *message, size_t line);
#endif
