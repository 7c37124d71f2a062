#include "main/answer.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct ptn_status ptn_answer_read_input(void *context, uint8_t *at, size_t len, size_t *ret_len)
{
    ssize_t got;

    (void)context;
    do
        got = read(STDIN_FILENO, at, len);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return (struct ptn_status){ PTN_C_IO };
    *ret_len = (size_t)got;
    return PTN_OK;
}

struct ptn_status ptn_answer_print(const struct ptn_json *json)
{
    struct ptn_status status = ptn_json_end(json);

    if (!ptn_ok(status))
        return status;
    if (fwrite(json->out->at, 1, json->out->len, stdout) != json->out->len ||
        putchar('\n') == EOF || fflush(stdout) != 0)
        return (struct ptn_status){ PTN_C_IO };
    return PTN_OK;
}

void ptn_answer_write_error(struct ptn_json *json, const char *code, const char *message,
                            size_t line)
{
    ptn_json_key(json, "error");
    ptn_json_object(json);
    ptn_json_field_text(json, "code", ptn_bytes_from_text(code));
    ptn_json_field_text(json, "message", ptn_bytes_from_text(message));
    ptn_json_field_number(json, "line", (int64_t)line);
    ptn_json_object_end(json);
}

struct ptn_status ptn_answer_error(struct ptn_buffer *out, const char *code, const char *message,
                                   size_t line)
{
    struct ptn_json json = { .out = out };

    ptn_buffer_clear(out);
    ptn_json_object(&json);
    ptn_answer_write_error(&json, code, message, line);
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}
