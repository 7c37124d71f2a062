#include "record/stage.h"

#include "record/fields_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_stage_moved, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_stage_moved, 2, step, ENUM, REQUIRED, PTN_STAGE_STEP_COUNT),
    PTN_FIELD(ptn_stage_moved, 3, program, OCTETS, OPTIONAL, PTN_SHA256_LEN),
    PTN_FIELD(ptn_stage_moved, 4, certificate, OCTETS, OPTIONAL, PTN_SHA256_LEN),
    PTN_FIELD(ptn_stage_moved, 5, credentials, NOTE, OPTIONAL, 65536),
    PTN_FIELD(ptn_stage_moved, 6, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_stage_moved, 7, direction, ENUM, OPTIONAL, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_stage_moved, 8, issued, NUMBER, OPTIONAL, 1000000000),
    PTN_FIELD(ptn_stage_moved, 9, open, NUMBER, OPTIONAL, 1000000000),
};

/* Each step has its own fields and no other's. */
static const char *fault(const void *object)
{
    const struct ptn_stage_moved *moved = object;
    const enum ptn_stage_step step = moved->step;

    if (!ptn_is_zero(moved->program, sizeof(moved->program)) && step != PTN_STAGE_STEP_DOWN &&
        step != PTN_STAGE_STEP_GATE)
        return "program";
    if (!ptn_is_zero(moved->certificate, sizeof(moved->certificate)) && step != PTN_STAGE_STEP_DOWN)
        return "certificate";
    if (moved->credentials.len > 0 && step != PTN_STAGE_STEP_DOWN)
        return "credentials";
    if (moved->lane.len > 0 && step != PTN_STAGE_STEP_LANE && step != PTN_STAGE_STEP_DECOY)
        return "lane";
    if ((moved->direction != 0) != (step == PTN_STAGE_STEP_LANE))
        return "direction";
    if (step == PTN_STAGE_STEP_LANE && moved->lane.len == 0)
        return "lane";
    if (moved->issued > 0 && step != PTN_STAGE_STEP_ACCOUNT && step != PTN_STAGE_STEP_FORMER)
        return "issued";
    return moved->open > moved->issued ? "open" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_stage_moved, fields, fault);

struct ptn_status ptn_stage_moved_validate(const struct ptn_stage_moved *moved,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, moved, reterr);
}

struct ptn_status ptn_stage_moved_parse(struct ptn_bytes bytes, struct ptn_stage_moved *ret_moved,
                                        struct ptn_diag *reterr)
{
    struct ptn_stage_moved moved = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &moved, NULL, reterr);

    if (ptn_ok(status))
        *ret_moved = moved;
    return status;
}

struct ptn_status ptn_stage_moved_write(const struct ptn_stage_moved *moved, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, moved, out);
}

const char *ptn_stage_step_word(enum ptn_stage_step step)
{
    static const char *const words[PTN_STAGE_STEP_COUNT] = { NULL,     "down",  "account", "gate",
                                                             "canary", "half",  "all",     "lane",
                                                             "decoy",  "former" };

    return ptn_words_at(words, PTN_STAGE_STEP_COUNT, step);
}
