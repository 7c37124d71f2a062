/*
 * serve/case_files.c -- what is attached to a case, given out: to be saved, and never shown by this
 * server's pages. Whoever asks is written down first; bytes that are others are given to nobody.
 */
#include "node/lane.h"
#include "serve/serve_int.h"

void ptn_answer_attachment(struct ptn_json *json, const struct ptn_attachment *attachment)
{
    char hex[2 * PTN_SHA256_LEN + 1];

    ptn_json_key(json, "attachment");
    ptn_json_object(json);
    ptn_json_field_text(json, "name", attachment->name);
    ptn_json_field_text(json, "type",
                        ptn_bytes_from_text(ptn_attachment_type_word(attachment->type)));
    ptn_json_field_number(json, "size", (int64_t)attachment->size);
    ptn_json_field_text(
        json, "sha256",
        ptn_bytes_from_text(ptn_hex_write(attachment->sha256, sizeof(attachment->sha256), hex)));
    ptn_json_object_end(json);
}

/* ---- the name it is saved under ---- */

static bool stands_for_itself(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
}

/* Standard: RFC 6266, with the name in RFC 8187's form, and one in ASCII for who cannot read it. */
const char *ptn_file_disposition(struct ptn_bytes name, struct ptn_arena *arena)
{
    struct ptn_buffer out = { .len_max = 1024 };
    struct ptn_status status = ptn_buffer_add(&out, PTN_BYTES_LITERAL("attachment; filename=\""));
    const char *text = NULL;

    for (size_t i = 0; ptn_ok(status) && i < name.len; i++)
        if ((name.at[i] & 0xc0) != 0x80) /* a letter, of however many bytes, is one place */
            status = ptn_buffer_addf(
                &out, "%c", stands_for_itself(name.at[i]) || name.at[i] == ' ' ? name.at[i] : '_');
    if (ptn_ok(status))
        status = ptn_buffer_addf(&out, "\"; filename*=UTF-8''");
    for (size_t i = 0; ptn_ok(status) && i < name.len; i++)
        status = stands_for_itself(name.at[i]) ? ptn_buffer_addf(&out, "%c", name.at[i])
                                               : ptn_buffer_addf(&out, "%%%02X", name.at[i]);
    if (ptn_ok(status))
        text = ptn_arena_text(arena, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return text;
}

/* ---- reading one ---- */

/* On the owner's thread. */
static void read_back(struct ptn_case_reading *reading)
{
    ptn_call_done(reading->context);
}

static enum ptn_call_step finish_reading(struct ptn_call *call)
{
    struct ptn_case_reading *reading = call->act;

    if (!ptn_ok(reading->write.status)) /* ACCESS-1: no look that is not recorded */
        return ptn_call_not_written(call, &reading->write);
    if (reading->refusal != PTN_CASE_ACCEPTED)
        return ptn_call_case_refused(call, (struct ptn_status){ PTN_C_BAD_INPUT },
                                     reading->refusal);
    call->file = ptn_file_disposition(reading->attachment.name, call->arena);
    if (call->file == NULL) {
        ptn_buffer_release(&reading->bytes);
        return ptn_call_answered(call, (struct ptn_status){ PTN_C_NO_MEMORY });
    }
    ptn_buffer_release(&call->out);
    call->out = reading->bytes;
    call->status = MHD_HTTP_OK;
    call->type = ptn_attachment_type_word(reading->attachment.type);
    return PTN_CALL_ANSWERED;
}

enum ptn_call_step ptn_get_attachment(struct ptn_call *call)
{
    struct ptn_case_reading *reading = ptn_arena_take(call->arena, sizeof(*reading));
    struct ptn_lane_who who = ptn_call_who(call);
    const char *step = MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, "step");
    struct ptn_status status = { PTN_C_BUSY };

    if (reading == NULL || !ptn_call_take_place(call))
        return ptn_call_case_refused(call, status, PTN_CASE_ACCEPTED);
    reading->done = read_back;
    reading->context = call;
    call->act = reading;
    call->finish = finish_reading;
    status = ptn_cases_read(call->serve->plan.node, &who, call->id,
                            ptn_bytes_from_text(step == NULL ? "" : step), call->arena, reading);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_case_refused(call, status, reading->refusal);
}
