#include "message/edifact.h"

#include <assert.h>

#define SEARCH_MAX 4096u
#define UNA_LEN    9u
#define STX        0x02u
#define ETX        0x03u

/* What a byte means to the scanner. DATA is 0, so that the common case is one test. */
enum byte_class { DATA = 0, COMPONENT, ELEMENT, RELEASE, TERMINATOR, LINE_BREAK, QUOTE_LEAD, END };

static_assert(PTN_EDIFACT_COMPONENTS_MAX <= UINT16_MAX, "first[] holds component numbers");

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Offset of the three letters in bytes[from..to), where a blank, the start or a terminator stands
 * before; SIZE_MAX: none. */
static size_t find_tag(struct ptn_bytes bytes, size_t from, size_t to, const char *tag)
{
    for (size_t i = from; i + 3 <= to && i + 3 <= bytes.len; i++)
        if (memcmp(bytes.at + i, tag, 3) == 0 && (i == 0 || !is_letter(bytes.at[i - 1])))
            return i;
    return SIZE_MAX;
}

static void set_classes(struct ptn_edifact *reader)
{
    memset(reader->classes, DATA, sizeof(reader->classes));
    reader->classes['\r'] = LINE_BREAK;
    reader->classes['\n'] = LINE_BREAK;
    reader->classes[ETX] = END;
    reader->classes[0xe2] = QUOTE_LEAD;
    reader->classes[reader->service.component] = COMPONENT;
    reader->classes[reader->service.element] = ELEMENT;
    if (reader->service.release != ' ')
        reader->classes[reader->service.release] = RELEASE;
    reader->classes[reader->service.terminator] = TERMINATOR;
}

/* A service character is a printable one that is neither letter nor digit, or one of level B's
 * control bytes. */
static bool is_service(uint8_t byte)
{
    return byte != ' ' && byte < 0x7f && !is_letter(byte) && !is_digit(byte) && !is_blank(byte) &&
           !(byte >= 'a' && byte <= 'z') && byte != 0 && byte != ETX;
}

/* Read UNA at offset una, UNB at offset unb. False when the six bytes cannot be what they say. */
static bool read_una(struct ptn_edifact *reader, struct ptn_bytes input, size_t una, size_t unb)
{
    const uint8_t *at = input.at + una;
    struct ptn_edifact_service service;

    if (unb < una + UNA_LEN)
        return false;
    for (size_t i = una + UNA_LEN; i < unb; i++)
        if (!is_blank(input.at[i]))
            return false;
    service = (struct ptn_edifact_service){ at[3], at[4], at[6], at[8] };
    if (!is_service(service.component) || !is_service(service.element) ||
        !is_service(service.terminator) || service.component == service.element ||
        service.component == service.terminator || service.element == service.terminator)
        return false;
    if (service.release != ' ' &&
        (!is_service(service.release) || service.release == service.component ||
         service.release == service.element || service.release == service.terminator))
        return false;
    reader->service = service;
    return true;
}

struct ptn_status ptn_edifact_open(struct ptn_edifact *reader, struct ptn_bytes input,
                                   struct ptn_diag *reterr)
{
    size_t to = input.len < SEARCH_MAX ? input.len : SEARCH_MAX;
    size_t from = 0;
    size_t una;
    size_t unb;

    /* A Type B envelope: the text lies between STX and ETX. */
    for (size_t i = 0; i < to; i++)
        if (input.at[i] == STX) {
            from = i + 1;
            break;
        }
    unb = find_tag(input, from, to, "UNB");
    una = find_tag(input, from, unb == SIZE_MAX ? from : unb, "UNA");
    if (unb == SIZE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, from,
                        "neither an EDIFACT interchange nor a ship's list with a header row");
    reader->cursor = (struct ptn_cursor){ input, unb };
    reader->una_begin = una == SIZE_MAX ? 0 : una;
    reader->una_end = una == SIZE_MAX ? 0 : unb;
    reader->service = (struct ptn_edifact_service){ ':', '+', '?', '\'' };
    reader->una_odd = una != SIZE_MAX && !read_una(reader, input, una, unb);
    set_classes(reader);
    return PTN_OK;
}

/* At a byte 0xe2: a typographic quote that stands for the terminator is followed by a tag, white
 * space apart. */
static bool is_quote_terminator(const struct ptn_edifact *reader, const uint8_t *at,
                                const uint8_t *end)
{
    if (end - at < 3 || at[1] != 0x80 || (at[2] != 0x98 && at[2] != 0x99))
        return false;
    at += 3;
    while (at < end && is_blank(*at))
        at++;
    if (at == end)
        return true;
    return end - at >= 4 && is_letter(at[0]) && is_letter(at[1]) && is_letter(at[2]) &&
           (at[3] == reader->service.element || at[3] == reader->service.terminator);
}

/* Where a segment is being put together. */
struct builder {
    struct ptn_edifact *reader;
    struct ptn_edifact_segment *segment;
    const uint8_t *piece; /* start of the component being read, in the input or in clean */
    size_t clean_len;     /* bytes used of reader->clean */
    bool copying;         /* the present component has been moved to clean */
    size_t component_count;
    bool in_tag;
};

/* From here on the component is built in clean: what was read of it (up to at) moves there. */
static void start_copy(struct builder *builder, const uint8_t *at)
{
    size_t len = (size_t)(at - builder->piece);

    memcpy(builder->reader->clean + builder->clean_len, builder->piece, len);
    builder->piece = builder->reader->clean + builder->clean_len;
    builder->clean_len += len;
    builder->copying = true;
}

static struct ptn_bytes piece_of(const struct builder *builder, const uint8_t *at)
{
    const uint8_t *end = builder->copying ? builder->reader->clean + builder->clean_len : at;

    return ptn_bytes_of(builder->piece, (size_t)(end - builder->piece));
}

static void end_component(struct builder *builder, const uint8_t *at)
{
    struct ptn_edifact_segment *segment = builder->segment;

    if (builder->in_tag) {
        segment->tag = ptn_bytes_trim(piece_of(builder, at));
        segment->blank_in_tag = segment->tag.len != piece_of(builder, at).len;
    } else if (builder->component_count < PTN_EDIFACT_COMPONENTS_MAX) {
        segment->components[builder->component_count++] = piece_of(builder, at);
    } else {
        segment->cut = true;
    }
    builder->piece = at + 1;
    builder->copying = false;
}

static void end_element(struct builder *builder)
{
    struct ptn_edifact_segment *segment = builder->segment;

    if (builder->in_tag) {
        builder->in_tag = false;
        return;
    }
    if (segment->element_count < PTN_EDIFACT_ELEMENTS_MAX)
        segment->first[++segment->element_count] = (uint16_t)builder->component_count;
    else
        segment->cut = true;
}

/* Step over the rest of a segment that is too long. Returns where it ends. */
static const uint8_t *skip_long(const struct ptn_edifact *reader, const uint8_t *at,
                                const uint8_t *end, struct ptn_edifact_segment *segment)
{
    segment->too_long = true;
    segment->element_count = 0;
    while (at < end && reader->classes[*at] != TERMINATOR && *at != ETX) {
        if (reader->classes[*at] == RELEASE && end - at > 1)
            at++;
        at++;
    }
    segment->unterminated = at == end || *at == ETX;
    return at == end ? at : at + 1;
}

/*
 * Scan one segment from at (its first byte). Returns where the next one starts. The loop runs once
 * a byte: data falls through, everything else is one switch.
 */
static const uint8_t *scan(struct builder *builder, const uint8_t *at, const uint8_t *end)
{
    const struct ptn_edifact *reader = builder->reader;
    struct ptn_edifact_segment *segment = builder->segment;
    const uint8_t *limit =
        (size_t)(end - at) > PTN_EDIFACT_SEGMENT_MAX ? at + PTN_EDIFACT_SEGMENT_MAX : end;

    for (; at < limit; at++) {
        switch ((enum byte_class)reader->classes[*at]) {
        case DATA:
            if (builder->copying)
                builder->reader->clean[builder->clean_len++] = *at;
            break;
        case COMPONENT:
            if (builder->in_tag)
                break;
            end_component(builder, at);
            break;
        case ELEMENT:
            end_component(builder, at);
            end_element(builder);
            break;
        case RELEASE:
            if (!builder->copying)
                start_copy(builder, at);
            if (at + 1 < limit)
                builder->reader->clean[builder->clean_len++] = *++at;
            else if (limit < end)
                at++; /* too long already: what is released ends nothing */
            break;
        case LINE_BREAK:
            if (!builder->copying)
                start_copy(builder, at);
            break;
        case QUOTE_LEAD:
            if (is_quote_terminator(reader, at, end)) {
                end_component(builder, at);
                end_element(builder);
                segment->odd_end = true;
                return at + 3;
            }
            if (builder->copying)
                builder->reader->clean[builder->clean_len++] = *at;
            break;
        case TERMINATOR:
            end_component(builder, at);
            end_element(builder);
            return at + 1;
        case END:
            end_component(builder, at);
            end_element(builder);
            segment->unterminated = true;
            return end;
        }
    }
    if (limit < end)
        return skip_long(reader, at, end, segment);
    end_component(builder, at);
    end_element(builder);
    segment->unterminated = true;
    return end;
}

struct ptn_status ptn_edifact_next(struct ptn_edifact *reader,
                                   struct ptn_edifact_segment *ret_segment)
{
    const uint8_t *end = reader->cursor.bytes.at + reader->cursor.bytes.len;
    const uint8_t *at = reader->cursor.bytes.at + reader->cursor.next;
    struct builder builder = { .reader = reader, .segment = ret_segment, .in_tag = true };

    while (at < end && (is_blank(*at) || *at == reader->service.terminator))
        at++;
    if (at == end || *at == ETX) {
        reader->cursor.next = reader->cursor.bytes.len;
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    }
    ret_segment->tag = PTN_BYTES_NONE;
    ret_segment->offset = (size_t)(at - reader->cursor.bytes.at);
    ret_segment->element_count = 0;
    ret_segment->first[0] = 0;
    ret_segment->cut = false;
    ret_segment->too_long = false;
    ret_segment->unterminated = false;
    ret_segment->odd_end = false;
    ret_segment->blank_in_tag = false;
    builder.piece = at;
    at = scan(&builder, at, end);
    reader->cursor.next = (size_t)(at - reader->cursor.bytes.at);
    return PTN_OK;
}

size_t ptn_edifact_component_count(const struct ptn_edifact_segment *segment, size_t element)
{
    if (element >= segment->element_count)
        return 0;
    return (size_t)(segment->first[element + 1] - segment->first[element]);
}

struct ptn_bytes ptn_edifact_at(const struct ptn_edifact_segment *segment, size_t element,
                                size_t component)
{
    if (component >= ptn_edifact_component_count(segment, element))
        return PTN_BYTES_NONE;
    return segment->components[segment->first[element] + component];
}
