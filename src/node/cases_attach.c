/*
 * node/cases_attach.c -- photographs and scanned pages: into the ledger in parts, and back. CASE-5
 *
 *   judged (the case is held) -> part -> part -> ... -> the step that names them -> answered
 *
 * Each arrow is durable before the next begins, and lanes write between them. Whatever stops it
 * leaves parts that no step names.
 */
#include "node/cases_int.h"
#include "record/access.h"

/* ---- writing ---- */

/* One file on its way; from the arena of who sent it. */
struct attaching {
    struct ptn_case_judging judging;
    struct ptn_lane_who who;
    struct ptn_case_ask ask;
    struct ptn_attachment attachment;
    uint8_t places[PTN_ATTACHMENT_PLACES_MAX];
    char name[PTN_ATTACHMENT_NAME_MAX + 1];
    struct ptn_bytes file;
    struct ptn_arena *arena;
    struct ptn_case_doing *doing;
    struct ptn_writer_request write;
    struct ptn_buffer out; /* Owned: the part that is under way */
};

/* It came to nothing: what is written is nobody's. */
static void give_up(struct attaching *attaching, struct ptn_status status, bool disk_full)
{
    struct ptn_case_doing *doing = attaching->doing;

    doing->write.status = status;
    doing->write.disk_full = disk_full;
    doing->kept = PTN_KEPT_NOT;
    doing->done(doing);
}

/* The next part; false: there is none left. */
static bool submit_part(struct attaching *attaching, struct ptn_status *ret_status)
{
    const size_t number = attaching->attachment.places.len / sizeof(uint64_t);
    const struct ptn_attachment_part part = {
        .id = attaching->doing->step.id,
        .of = attaching->judging.one.line.of,
        .part = number + 1,
        .bytes = ptn_bytes_slice(attaching->file, number * PTN_ATTACHMENT_PART_MAX,
                                 PTN_ATTACHMENT_PART_MAX),
    };

    *ret_status = PTN_OK;
    if (part.bytes.len == 0)
        return false;
    ptn_buffer_clear(&attaching->out);
    *ret_status = ptn_attachment_part_write(&part, &attaching->out);
    if (!ptn_ok(*ret_status))
        return false;
    attaching->write.records[0] = (struct ptn_writer_record){
        .kind = PTN_RECORD_ATTACHMENT,
        .retention = ptn_record_retention(PTN_RECORD_ATTACHMENT),
        .payload = ptn_buffer_bytes(&attaching->out),
    };
    attaching->write.record_count = 1;
    ptn_writer_submit(attaching->doing->node, &attaching->write);
    return true;
}

/* On the owner's thread: a part is durable, or is not. */
static void part_done(struct ptn_writer_request *request)
{
    struct attaching *attaching = request->context;
    struct ptn_attachment *attachment = &attaching->attachment;
    struct ptn_status status = request->status;

    if (ptn_ok(status)) {
        for (size_t i = 0; i < sizeof(uint64_t); i++)
            attaching->places[attachment->places.len++] =
                (uint8_t)(request->seq >> (8 * (sizeof(uint64_t) - 1 - i)));
        if (submit_part(attaching, &status))
            return;
    }
    ptn_buffer_release(&attaching->out);
    if (!ptn_ok(status)) {
        ptn_case_let_go(attaching->doing->node, attaching->judging.one.line.of);
        give_up(attaching, status, request->disk_full);
        return;
    }
    status = ptn_case_write(&attaching->judging, attaching->arena, attaching->doing);
    if (!ptn_ok(status))
        give_up(attaching, status, /* disk_full= */ false);
}

static struct ptn_status describe(struct attaching *attaching, const struct ptn_case_file *file)
{
    struct ptn_attachment *attachment = &attaching->attachment;

    attaching->file = file->bytes;
    attachment->size = file->bytes.len;
    attachment->type = ptn_attachment_type_of(file->bytes);
    ptn_attachment_name(file->name, attachment->type, attaching->name);
    attachment->name = ptn_bytes_from_text(attaching->name);
    attachment->places = ptn_bytes_of(attaching->places, 0);
    return ptn_sha256(&file->bytes, 1, attachment->sha256);
}

struct ptn_status ptn_cases_attach(struct ptn_node *node, const struct ptn_lane_who *who,
                                   struct ptn_bytes id, const struct ptn_case_file *file,
                                   struct ptn_arena *arena, struct ptn_case_doing *doing)
{
    struct attaching *attaching = ptn_arena_take(arena, sizeof(*attaching));
    struct ptn_status status;

    PTN_PRE(doing->done != NULL);

    if (attaching == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    doing->refusal = PTN_CASE_NO_SUCH_TYPE;
    if (file->bytes.len == 0 || file->bytes.len > PTN_ATTACHMENT_LEN_MAX)
        return (struct ptn_status){ file->bytes.len == 0 ? PTN_C_BAD_INPUT : PTN_C_TOO_BIG };
    *attaching = (struct attaching){ .who = *who, .arena = arena, .doing = doing };
    status = describe(attaching, file);
    if (!ptn_ok(status))
        return status;
    attaching->ask = (struct ptn_case_ask){ .act = PTN_CASE_ATTACHED,
                                            .key = file->key,
                                            .attachment = &attaching->attachment };
    status = ptn_case_begin(node, &attaching->who, id, &attaching->ask, arena, doing,
                            &attaching->judging);
    if (!ptn_ok(status))
        return status;
    if (doing->again) {
        ptn_case_again(doing);
        return PTN_OK;
    }
    ptn_buffer_init(&attaching->out, PTN_RECORD_LEN_MAX);
    attaching->write = (struct ptn_writer_request){
        .done = part_done,
        .context = attaching,
        .has_rung = true,
        .rung = ptn_case_rung(node, &attaching->judging.one.line),
    };
    if (submit_part(attaching, &status))
        return PTN_OK;
    ptn_buffer_release(&attaching->out);
    ptn_case_let_go(node, attaching->judging.one.line.of);
    return (struct ptn_status){ PTN_C_NO_MEMORY };
}

/* ---- reading ---- */

static void finish(struct ptn_case_reading *reading, enum ptn_case_refusal refusal)
{
    reading->refusal = refusal;
    if (refusal != PTN_CASE_ACCEPTED)
        ptn_buffer_release(&reading->bytes);
    reading->done(reading);
}

/* On the owner's thread. */
static void look_done(struct ptn_writer_request *request)
{
    struct ptn_case_reading *reading = request->context;
    struct ptn_node *node = reading->node;

    if (!ptn_ok(request->status)) { /* ACCESS-1: no look that is not recorded */
        finish(reading, PTN_CASE_ACCEPTED);
        return;
    }
    *node->reading_last = reading;
    node->reading_last = &reading->next;
}

/* One part, and only that one: of this step and with this number. */
static enum ptn_case_refusal take_part(struct ptn_case_reading *reading)
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_attachment_part part = { .part = 0 };
    struct ptn_ledger_header header = { 0 };
    enum ptn_case_refusal refusal = PTN_CASE_ATTACHMENT_OTHER;
    struct ptn_status status = ptn_ledger_read(
        reading->node->ledger, ptn_attachment_place(&reading->attachment, reading->part), &header,
        &payload, NULL);

    if (status.code == PTN_C_NOT_FOUND) {
        refusal = PTN_CASE_ATTACHMENT_GONE;
    } else if (ptn_ok(status) && header.kind == PTN_RECORD_ATTACHMENT &&
               ptn_ok(ptn_attachment_part_parse(ptn_buffer_bytes(&payload), &part, NULL)) &&
               ptn_record_id_equal(part.id, reading->step) && part.part == reading->part + 1 &&
               ptn_ok(ptn_buffer_add(&reading->bytes, part.bytes))) {
        refusal = PTN_CASE_ACCEPTED;
        reading->part++;
    }
    ptn_buffer_release(&payload);
    return refusal;
}

/* CASE-5 */
static enum ptn_case_refusal check_whole(const struct ptn_case_reading *reading)
{
    struct ptn_bytes whole = ptn_buffer_bytes(&reading->bytes);
    uint8_t sha256[PTN_SHA256_LEN];

    if (whole.len != reading->attachment.size || !ptn_ok(ptn_sha256(&whole, 1, sha256)) ||
        memcmp(sha256, reading->attachment.sha256, sizeof(sha256)) != 0)
        return PTN_CASE_ATTACHMENT_OTHER;
    return PTN_CASE_ACCEPTED;
}

static void leave(struct ptn_node *node)
{
    node->reading = node->reading->next;
    if (node->reading == NULL)
        node->reading_last = &node->reading;
}

bool ptn_cases_read_turn(struct ptn_node *node)
{
    struct ptn_case_reading *reading = node->reading;
    enum ptn_case_refusal refusal;

    if (reading == NULL)
        return false;
    refusal = take_part(reading);
    if (refusal == PTN_CASE_ACCEPTED &&
        reading->part < ptn_attachment_parts(reading->attachment.size))
        return true;
    if (refusal == PTN_CASE_ACCEPTED)
        refusal = check_whole(reading);
    leave(node);
    finish(reading, refusal);
    return true;
}

void ptn_cases_read_none(struct ptn_node *node)
{
    while (node->reading != NULL) {
        struct ptn_case_reading *reading = node->reading;

        leave(node);
        reading->write.status = (struct ptn_status){ PTN_C_BUSY };
        finish(reading, PTN_CASE_ACCEPTED);
    }
}

/* The step of the case with this id, if it attaches something: into reading. */
static struct ptn_status find_step(const struct ptn_bytes *payloads, size_t count,
                                   struct ptn_arena *arena, struct ptn_case_reading *reading)
{
    struct ptn_case_step *steps = NULL;
    struct ptn_status status = ptn_cases_parse(payloads, count, arena, &steps);

    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < count; i++)
        if (steps[i].act == PTN_CASE_ATTACHED && ptn_record_id_equal(steps[i].id, reading->step)) {
            reading->attachment = steps[i].attachment;
            return PTN_OK;
        }
    reading->refusal = PTN_CASE_NOT_ATTACHED;
    return (struct ptn_status){ PTN_C_BAD_INPUT };
}

struct ptn_status ptn_cases_read(struct ptn_node *node, const struct ptn_lane_who *who,
                                 struct ptn_bytes id, struct ptn_bytes step,
                                 struct ptn_arena *arena, struct ptn_case_reading *reading)
{
    char reason[sizeof("attachment ") + PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_access look = { .purpose = PTN_PURPOSE_SECOND_LINE, .shown = 1 };
    struct ptn_bytes *payloads = NULL;
    const struct ptn_case *one;
    size_t count = 0;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    PTN_PRE(reading->done != NULL);

    reading->node = node;
    reading->next = NULL;
    reading->refusal = PTN_CASE_NOT_ALLOWED;
    if (!ptn_cases_may(who))
        return status;
    reading->refusal = PTN_CASE_UNKNOWN;
    if (!ptn_ok(ptn_record_id_parse(id, &look.record, NULL)))
        return status;
    ptn_node_lock(node);
    one = ptn_cases_find(node->cases, look.record);
    if (one != NULL) {
        count = one->step_count;
        status = ptn_cases_copy(one, arena, &payloads);
    }
    ptn_node_unlock(node);
    if (!ptn_ok(status))
        return status;
    reading->refusal = PTN_CASE_NOT_ATTACHED;
    if (!ptn_ok(ptn_record_id_parse(step, &reading->step, NULL)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = find_step(payloads, count, arena, reading);
    if (!ptn_ok(status))
        return status;
    (void)snprintf(reason, sizeof(reason), "attachment %.*s", (int)step.len, (const char *)step.at);
    look.reason = ptn_bytes_from_text(reason);
    ptn_buffer_init(&reading->bytes, PTN_ATTACHMENT_LEN_MAX);
    reading->write = (struct ptn_writer_request){ .done = look_done, .context = reading };
    status = ptn_node_put_look(node, who, &look, arena, &reading->write);
    if (ptn_ok(status))
        ptn_writer_submit(node, &reading->write);
    return status;
}
