/*
 * message/manifest.c -- from an interchange to its messages: the envelope, what it counts, and
 * which reader takes what.
 */
#include "message/manifest.h"

#include <stdlib.h>

#include "message/fal_int.h"

#define ENVELOPE_TEXTS 4u  /* of UNB, before those of UNH */
#define ENVELOPE_TEXT  72u /* bytes of a text of UNB or UNH that are kept; none is longer */

struct ptn_manifest_reader {
    size_t input_len;
    bool is_fal; /* a ship's list: fal reads it, and nothing below is used but any */
    struct ptn_fal fal;
    struct ptn_edifact edifact;
    struct ptn_edifact_segment segment;
    size_t segment_number;
    size_t message_count, group_count;
    struct ptn_date prepared;
    struct ptn_manifest_sent sent; /* what UNB says of all messages */
    bool looked_ahead;             /* segment holds one that the next call begins with */
    bool any;                      /* at least one message was given */
    bool done;
    bool una_said;
    bool join;   /* parts of a message are one message */
    bool piece;  /* the end of the interchange is not expected */
    bool closed; /* UNZ was seen, or is not expected */
    /* Texts of UNB and, after them, of UNH. A UNB takes the other set: it may be read ahead while
     * the last message of the former interchange is not given yet. */
    char texts[2][ENVELOPE_TEXTS + 3][ENVELOPE_TEXT];
    size_t text_set, text_count;
};

struct ptn_status ptn_manifest_reader_new(struct ptn_bytes input,
                                          struct ptn_manifest_reader **ret_reader,
                                          struct ptn_diag *reterr)
{
    struct ptn_manifest_reader *reader = calloc(1, sizeof(*reader));
    struct ptn_status status;

    if (reader == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the reader");
    status = ptn_edifact_open(&reader->edifact, input, reterr);
    if (!ptn_ok(status)) {
        struct ptn_status list = ptn_fal_open(&reader->fal, input);

        reader->is_fal = ptn_ok(list);
        status = list.code == PTN_C_NOT_FOUND ? status : list;
    }
    if (!ptn_ok(status)) {
        ptn_manifest_reader_free(reader);
        return status;
    }
    reader->input_len = input.len;
    *ret_reader = reader;
    return PTN_OK;
}

void ptn_manifest_reader_free(struct ptn_manifest_reader *reader)
{
    if (reader != NULL)
        ptn_fal_release(&reader->fal);
    free(reader);
}

void ptn_manifest_reader_watch(struct ptn_manifest_reader *reader,
                               void (*passed)(void *context, size_t offset), void *context)
{
    reader->edifact.passed = passed;
    reader->edifact.passed_context = context;
}

void ptn_manifest_reader_piece(struct ptn_manifest_reader *reader)
{
    reader->piece = true;
    reader->closed = true;
}

void ptn_manifest_reader_join(struct ptn_manifest_reader *reader)
{
    ptn_manifest_reader_piece(reader);
    reader->join = true;
}

static bool next_segment(struct ptn_manifest_reader *reader)
{
    if (reader->looked_ahead) {
        reader->looked_ahead = false;
        return true;
    }
    if (!ptn_ok(ptn_edifact_next(&reader->edifact, &reader->segment)))
        return false;
    reader->segment_number++;
    return true;
}

/* What any segment can have wrong with it. */
static void note_syntax(struct build *build)
{
    const struct ptn_edifact_segment *segment = build->segment;

    if (!segment->blank_in_tag && !segment->odd_end && !segment->too_long && !segment->cut &&
        !segment->high && !segment->after_empty)
        return;
    if (segment->after_empty)
        ptn_build_note(build, "empty-segment", "segments with nothing in them stand before this");
    if (segment->blank_in_tag)
        ptn_build_note(build, "blank-in-tag", "a tag has a blank beside it");
    if (segment->odd_end)
        ptn_build_note(build, "quote", "a segment ends in a typographic quote");
    if (segment->too_long)
        ptn_build_note(build, "segment-long", "a segment over 65,536 bytes was stepped over");
    else if (segment->cut)
        ptn_build_note(build, "segment-cut", "a segment has more elements than are kept");
    for (size_t i = 0; segment->high && i < segment->first[segment->element_count]; i++)
        if (!ptn_utf8_valid(segment->components[i], NULL)) {
            ptn_build_note(build, "not-text", "bytes that are neither ASCII nor UTF-8");
            break;
        }
}

/* A text of the present segment, kept as long as the reader; cut to what there is room for. */
static struct ptn_bytes keep_text(struct ptn_manifest_reader *reader, size_t element,
                                  size_t component)
{
    struct ptn_bytes text = ptn_bytes_trim(ptn_edifact_at(&reader->segment, element, component));
    char *at = reader->texts[reader->text_set][reader->text_count++];

    if (text.len == 0)
        return PTN_BYTES_NONE;
    text.len = text.len < ENVELOPE_TEXT ? text.len : ENVELOPE_TEXT;
    memcpy(at, text.at, text.len);
    return ptn_bytes_of(at, text.len);
}

static bool is_marked(const struct ptn_manifest_reader *reader, size_t element)
{
    return ptn_bytes_is(ptn_bytes_trim(ptn_edifact_at(&reader->segment, element, 0)), "1");
}

/* UNB+UNOA:4+SENDER+RECIPIENT+YYMMDD:HHMM+CONTROL: the day decides the century of birth dates. */
static void take_interchange(struct ptn_manifest_reader *reader, struct build *build)
{
    struct ptn_manifest_sent *sent = &reader->sent;

    build->prepared = ptn_build_time(build, ptn_edifact_at(build->segment, 3, 0)).date;
    reader->prepared = build->prepared;
    reader->text_set ^= 1u;
    reader->text_count = 0;
    sent->sender = keep_text(reader, 1, 0);
    sent->recipient = keep_text(reader, 2, 0);
    sent->interchange = keep_text(reader, 4, 0);
    sent->application = keep_text(reader, 6, 0);
    sent->acknowledge = is_marked(reader, 8);
    sent->test = is_marked(reader, 10);
    sent->una_begin = reader->edifact.una_begin;
    sent->una_end = reader->edifact.una_end;
    sent->unb_begin = build->segment->offset;
    sent->unb_end = reader->edifact.cursor.next;
    if (reader->closed) { /* another interchange in the same file */
        reader->closed = reader->piece;
        reader->message_count = 0;
        reader->group_count = 0;
    }
}

/* UNH+REFERENCE+TYPE:D:RELEASE:AGENCY:ASSOCIATION+COMMON+PART:C or F */
static void take_message_head(struct ptn_manifest_reader *reader, struct build *build)
{
    struct ptn_manifest_sent *sent = &build->manifest->sent;
    size_t part = ptn_build_number(ptn_bytes_trim(ptn_edifact_at(build->segment, 3, 0)));

    *sent = reader->sent;
    reader->text_count = ENVELOPE_TEXTS;
    sent->message = keep_text(reader, 0, 0);
    sent->release = keep_text(reader, 1, 2);
    sent->common = keep_text(reader, 2, 0);
    sent->last = ptn_bytes_is(ptn_bytes_trim(ptn_edifact_at(build->segment, 3, 1)), "F");
    /* the first and last of a message is all of it */
    if (part > 0 && part <= PTN_MANIFEST_PARTS_MAX && !(part == 1 && sent->last))
        sent->part = (unsigned)part;
    sent->begin = build->segment->offset;
    sent->body_begin = reader->edifact.cursor.next;
}

/* UNZ+messages+CONTROL */
static void take_interchange_end(struct ptn_manifest_reader *reader, struct build *build)
{
    size_t said = ptn_build_number(ptn_bytes_trim(ptn_edifact_at(build->segment, 0, 0)));

    reader->closed = true;
    if (said != reader->message_count && said != reader->group_count)
        ptn_build_note(build, "unz-count", "UNZ counts other messages than there are");
    if (!ptn_bytes_equal(ptn_bytes_trim(ptn_edifact_at(build->segment, 1, 0)),
                         reader->sent.interchange))
        ptn_build_note(build, "unz-reference", "UNZ's reference is not UNB's");
}

static bool is_envelope(const struct build *build)
{
    static const char *const tags[] = { "UNA", "UNB", "UNG", "UNE", "UNZ" };

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (ptn_build_tag_is(build, tags[i]))
            return true;
    return false;
}

/*
 * Read envelope segments and junk until a message begins. False at the end of the input. What
 * stands before the first message is noted with the first, what stands after a message with that
 * one.
 */
static bool find_message(struct ptn_manifest_reader *reader, struct build *build)
{
    while (next_segment(reader)) {
        build->segment_number = reader->segment_number;
        if (ptn_build_tag_is(build, "UNH"))
            return true;
        note_syntax(build);
        if (ptn_build_tag_is(build, "UNB"))
            take_interchange(reader, build);
        else if (ptn_build_tag_is(build, "UNG"))
            reader->group_count++;
        else if (ptn_build_tag_is(build, "UNZ"))
            take_interchange_end(reader, build);
        else if (!is_envelope(build))
            ptn_build_note(build, "junk", "bytes outside any message");
    }
    reader->done = true;
    return false;
}

static enum ptn_manifest_type type_of(struct ptn_bytes name)
{
    static const struct {
        const char *name;
        enum ptn_manifest_type type;
    } types[] = {
        { "PAXLST", PTN_MANIFEST_PAXLST },
        { "PNRGOV", PTN_MANIFEST_PNRGOV },
        { "CUSRES", PTN_MANIFEST_CUSRES },
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (ptn_bytes_is(name, types[i].name))
            return types[i].type;
    return PTN_MANIFEST_UNKNOWN;
}

static void take_segment(struct build *build)
{
    switch (build->manifest->type) {
    case PTN_MANIFEST_PAXLST:
        ptn_paxlst_take(build);
        break;
    case PTN_MANIFEST_PNRGOV:
        ptn_pnrgov_take(build);
        break;
    case PTN_MANIFEST_CUSRES:
        ptn_cusres_take(build);
        break;
    case PTN_MANIFEST_FAL5: /* never in an interchange */
    case PTN_MANIFEST_FAL6:
    case PTN_MANIFEST_UNKNOWN:
        break;
    }
}

/* UNT+segments+REFERENCE against what was read and what UNH said. */
static void take_message_end(struct build *build, size_t first, struct ptn_bytes reference)
{
    struct ptn_bytes own = ptn_bytes_trim(ptn_edifact_at(build->segment, 1, 0));

    if (ptn_build_number(ptn_bytes_trim(ptn_edifact_at(build->segment, 0, 0))) !=
        build->segment_number - first + 1)
        ptn_build_note(build, "unt-count", "UNT counts other segments than there are");
    if (!ptn_bytes_equal(own, reference))
        ptn_build_note(build, "unt-reference", "UNT's reference is not UNH's");
}

/* UNH+REFERENCE+TYPE+ACCESS+n:C: which part of a list it is, the last marked F. */
static void take_part(struct build *build)
{
    size_t part = ptn_build_number(ptn_bytes_trim(ptn_edifact_at(build->segment, 3, 0)));

    build->manifest->access = ptn_build_field(build, 2, 0);
    build->manifest->part = part <= 99 ? (unsigned)part : 0;
    build->manifest->last_part =
        ptn_bytes_is(ptn_bytes_trim(ptn_edifact_at(build->segment, 3, 1)), "F");
}

static void end_message(const struct ptn_manifest_reader *reader, struct build *build, size_t end)
{
    struct ptn_manifest_sent *sent = &build->manifest->sent;

    sent->body_end = reader->looked_ahead || reader->done ? end : build->segment->offset;
    sent->end = end;
}

/* After UNT: whether the next part of the same message follows, which then has begun. */
static bool join_next(struct ptn_manifest_reader *reader, struct build *build,
                      struct ptn_bytes *reference)
{
    struct ptn_manifest_sent *sent = &build->manifest->sent;
    unsigned next = sent->part + 1;

    if (!reader->join || sent->part == 0 || !next_segment(reader))
        return false;
    if (!ptn_build_tag_is(build, "UNH") ||
        ptn_build_number(ptn_bytes_trim(ptn_edifact_at(build->segment, 3, 0))) < next) {
        reader->looked_ahead = true;
        return false;
    }
    reader->message_count++;
    build->segment_number = reader->segment_number;
    note_syntax(build);
    *reference = ptn_build_field(build, 0, 0);
    sent->part = (unsigned)ptn_build_number(ptn_bytes_trim(ptn_edifact_at(build->segment, 3, 0)));
    build->person = NULL;
    build->document = NULL;
    return true;
}

/* The body of a message, from UNH on, to UNT. False when the input or the interchange ended before
 * UNT. */
static bool read_body(struct ptn_manifest_reader *reader, struct build *build)
{
    size_t first = reader->segment_number;
    struct ptn_bytes reference = ptn_build_field(build, 0, 0);

    reader->message_count++;
    take_message_head(reader, build);
    build->manifest->type = type_of(ptn_bytes_trim(ptn_edifact_at(build->segment, 1, 0)));
    build->legacy = build->manifest->type == PTN_MANIFEST_PAXLST &&
                    ptn_bytes_is(ptn_edifact_at(build->segment, 1, 1), "001");
    build->partial = build->manifest->sent.part > 0 && !reader->join;
    note_syntax(build);
    if (!reader->join)
        take_part(build);
    if (build->manifest->type == PTN_MANIFEST_UNKNOWN)
        ptn_build_note(build, "type", "a message type that is not read");
    while (next_segment(reader)) {
        build->segment_number = reader->segment_number;
        if (ptn_build_tag_is(build, "UNH") || ptn_build_tag_is(build, "UNZ")) {
            reader->looked_ahead = true;
            end_message(reader, build, build->segment->offset);
            return false;
        }
        note_syntax(build);
        if (!ptn_build_tag_is(build, "UNT")) {
            take_segment(build);
            continue;
        }
        end_message(reader, build, reader->edifact.cursor.next);
        take_message_end(build, first, reference);
        if (!join_next(reader, build, &reference))
            return true;
        first = reader->segment_number;
    }
    reader->done = true;
    end_message(reader, build, reader->edifact.cursor.bytes.len);
    return false;
}

/* After the body: the notes that belong to the end of the message and, when it was the last, of the
 * interchange. */
static void finish(struct ptn_manifest_reader *reader, struct build *build, bool whole)
{
    struct ptn_manifest *manifest = build->manifest;

    if (!whole) {
        ptn_build_note(build, "unt-missing", "the message ends without UNT");
        manifest->verdict = PTN_MANIFEST_QUARANTINED;
    }
    if (manifest->type == PTN_MANIFEST_PAXLST)
        ptn_paxlst_finish(build);
    else if (manifest->type == PTN_MANIFEST_PNRGOV)
        ptn_pnrgov_finish(build);
    /* Only what ends the interchange is read ahead: the next message's own segments are left for
     * it. */
    if (!reader->done && find_message(reader, build))
        reader->looked_ahead = true;
    if (reader->done && !reader->closed)
        ptn_build_note(build, "unz-missing", "the interchange ends without UNZ");
    if (manifest->flight_count == 0 && manifest->person_count == 0 && manifest->result_count == 0) {
        ptn_build_note(build, "empty", "no flight, no person and no result");
        manifest->verdict = PTN_MANIFEST_QUARANTINED;
    }
    if (manifest->type == PTN_MANIFEST_UNKNOWN)
        manifest->verdict = PTN_MANIFEST_QUARANTINED;
}

struct ptn_status ptn_manifest_next(struct ptn_manifest_reader *reader, struct ptn_arena *arena,
                                    struct ptn_manifest *ret_manifest)
{
    struct build build = { .arena = arena, .manifest = ret_manifest, .segment = &reader->segment };

    if (reader->done && reader->any)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_manifest = (struct ptn_manifest){ .type = PTN_MANIFEST_UNKNOWN };
    ret_manifest->sent = reader->sent;
    ret_manifest->sent.end = ret_manifest->sent.body_end = reader->input_len;
    build.person_end = &ret_manifest->people;
    build.result_end = &ret_manifest->results;
    if (reader->is_fal) {
        if (!ptn_fal_next(&reader->fal, &reader->segment, &build))
            return (struct ptn_status){ PTN_C_NOT_FOUND };
        return (struct ptn_status){ build.no_memory ? PTN_C_NO_MEMORY : PTN_C_OK };
    }
    build.prepared = reader->prepared;
    build.input = reader->edifact.cursor.bytes;
    if (reader->edifact.una_odd && !reader->una_said)
        ptn_build_note(&build, "una", "UNA is not nine bytes of possible service characters");
    reader->una_said = true;
    reader->any = true;
    if (find_message(reader, &build))
        finish(reader, &build, read_body(reader, &build));
    else
        finish(reader, &build, false);
    return (struct ptn_status){ build.no_memory ? PTN_C_NO_MEMORY : PTN_C_OK };
}
