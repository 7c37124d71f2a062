/*
 * serve/desk_files.c -- what a post attached to a case, given out at a centre: put together from
 * its parts in the copy of that post's ledger, compared with its hash, and written down before
 * (ACCESS-1, CASE-5).
 */
#include "serve/desk_int.h"

/* The bytes of attachments are let go of as soon as they are not needed. */
static void let_go(struct ptn_buffer *payload)
{
    if (payload->len > 0)
        explicit_bzero(payload->at, payload->len);
    ptn_buffer_release(payload);
}

struct ptn_status ptn_desk_parts_of(struct ptn_visit *visit, struct ptn_bytes origin,
                                    uint64_t index, struct ptn_attachment *ret_attachment,
                                    struct ptn_record_id ret_ids[2])
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_case_step step = { .act = 0 };
    struct ptn_bytes bytes;
    unsigned kind = 0;
    struct ptn_status status = ptn_desk_ask_open(visit->desk, origin, index, &kind, &payload);

    bytes = ptn_bytes_of(ptn_ok(status) ? ptn_arena_text(visit->arena, ptn_buffer_bytes(&payload))
                                        : NULL,
                         payload.len);
    let_go(&payload);
    if (ptn_ok(status) && bytes.at == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status) && kind != PTN_RECORD_CASE)
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status))
        status = ptn_case_step_parse(bytes, visit->arena, &step, NULL);
    if (ptn_ok(status) && step.act != PTN_CASE_ATTACHED)
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status)) {
        *ret_attachment = step.attachment;
        ret_ids[0] = step.id;
        ret_ids[1] = step.of;
    }
    return status;
}

/* One part, and only that one, appended. CORRUPT: it is another. */
static struct ptn_status take_part(struct ptn_visit *visit, struct ptn_bytes origin,
                                   const struct ptn_attachment *attachment, struct ptn_record_id id,
                                   size_t number, struct ptn_buffer *out)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_attachment_part part = { .part = 0 };
    unsigned kind = 0;
    struct ptn_status status = ptn_desk_ask_open(
        visit->desk, origin, ptn_attachment_place(attachment, number), &kind, &payload);

    if (ptn_ok(status) &&
        (kind != PTN_RECORD_ATTACHMENT ||
         !ptn_ok(ptn_attachment_part_parse(ptn_buffer_bytes(&payload), &part, NULL)) ||
         !ptn_record_id_equal(part.id, id) || part.part != number + 1))
        status.code = PTN_C_CORRUPT;
    if (ptn_ok(status))
        status = ptn_buffer_add(out, part.bytes);
    let_go(&payload);
    return status;
}

/* All of it. CASE-5 */
static struct ptn_status take_whole(struct ptn_visit *visit, struct ptn_bytes origin,
                                    const struct ptn_attachment *attachment,
                                    struct ptn_record_id id, struct ptn_buffer *out)
{
    struct ptn_status status = PTN_OK;
    uint8_t sha256[PTN_SHA256_LEN];
    struct ptn_bytes whole;

    for (size_t i = 0; ptn_ok(status) && i < ptn_attachment_parts(attachment->size); i++)
        status = take_part(visit, origin, attachment, id, i, out);
    whole = ptn_buffer_bytes(out);
    if (ptn_ok(status))
        status = ptn_sha256(&whole, 1, sha256);
    if (ptn_ok(status) &&
        (whole.len != attachment->size || memcmp(sha256, attachment->sha256, sizeof(sha256)) != 0))
        status.code = PTN_C_CORRUPT;
    return status;
}

static void refuse(struct ptn_visit *visit, struct ptn_status status)
{
    if (status.code == PTN_C_NOT_FOUND)
        ptn_visit_problem(visit, MHD_HTTP_GONE, "attachment-gone",
                          "It was erased, has not come, or opens no more", NULL);
    else if (status.code == PTN_C_CORRUPT)
        ptn_visit_problem(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, "attachment-damaged",
                          "Its bytes are not the ones that were attached", NULL);
    else
        ptn_visit_busy(visit, "busy", "It cannot be put together just now");
}

void ptn_desk_post_attachment(struct ptn_visit *visit)
{
    struct ptn_request_attachment request;
    struct ptn_attachment attachment = { .size = 0 };
    struct ptn_buffer file = { .len_max = PTN_ATTACHMENT_LEN_MAX };
    struct ptn_record_id ids[2] = { { { 0 } }, { { 0 } } };
    char id[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_visit_term term = { "attachment", PTN_BYTES_NONE };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_attachment_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &request.why))
        return;
    status = ptn_desk_parts_of(visit, request.origin, request.index, &attachment, ids);
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_BAD_INPUT) {
        ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "attachment-unknown",
                          "That entry attaches nothing", NULL);
        return;
    }
    term.text = ptn_bytes_from_text(ptn_record_id_write(ids[0], id));
    if (ptn_ok(status) && (!ptn_visit_terms(visit, &request.why, &term, 1) ||
                           !ptn_visit_look_at(visit, &request.why, ids[1])))
        return;
    if (ptn_ok(status))
        status = take_whole(visit, request.origin, &attachment, ids[0], &file);
    if (ptn_ok(status))
        visit->file = ptn_file_disposition(attachment.name, visit->arena);
    if (!ptn_ok(status) || visit->file == NULL) {
        let_go(&file);
        refuse(visit, status);
        return;
    }
    ptn_buffer_release(&visit->out);
    visit->out = file;
    visit->type = ptn_attachment_type_word(attachment.type);
    visit->status = MHD_HTTP_OK;
}
