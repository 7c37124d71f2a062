#include "message/edifact.h"

#include <assert.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SEARCH_MAX 4096u
#define UNA_LEN    9u
#define STX        0x02u
#define ETX        0x03u
#define BLOCK_LEN  64u
#define PASS_LEN   ((size_t)8 << 20)

/* What a byte means to the scanner. DATA is 0, so that the common case is one test. */
enum byte_class {
    DATA = 0,
    HIGH,
    COMPONENT,
    ELEMENT,
    RELEASE,
    TERMINATOR,
    LINE_BREAK,
    QUOTE_LEAD,
    END
};

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
    memset(reader->classes + 0x80, HIGH, 0x80);
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
    reader->block = NULL;
    reader->passed = NULL;
    reader->passed_at = 0;
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

/* ---- where something other than plain data stands ---- */

/* A bit for each byte of the block that the scanner must look at: the service characters, control
 * characters, and all that is not ASCII. */
static uint64_t marks_of(const struct ptn_edifact *reader, const uint8_t *at)
{
    uint64_t marks = 0;
#ifdef __SSE2__
    const struct ptn_edifact_service *service = &reader->service;
    const __m128i component = _mm_set1_epi8((char)service->component);
    const __m128i element = _mm_set1_epi8((char)service->element);
    const __m128i terminator = _mm_set1_epi8((char)service->terminator);
    const __m128i release =
        _mm_set1_epi8((char)(service->release == ' ' ? service->terminator : service->release));
    const __m128i control = _mm_set1_epi8(0x1f);

    for (unsigned i = 0; i < BLOCK_LEN; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        __m128i found = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, component), _mm_cmpeq_epi8(bytes, element)),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, terminator), _mm_cmpeq_epi8(bytes, release)));

        found = _mm_or_si128(found, _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        /* the mask takes each byte's highest bit, which is set in all that is not ASCII */
        marks |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(found, bytes)) << i;
    }
#else
    for (unsigned i = 0; i < BLOCK_LEN; i++)
        marks |= (uint64_t)(reader->classes[at[i]] != DATA) << i;
#endif
    return marks;
}

/* The next byte from at on that is not plain data; end when there is none. */
static inline const uint8_t *next_mark(struct ptn_edifact *reader, const uint8_t *at,
                                       const uint8_t *end)
{
    for (;;) {
        if (reader->block != NULL && (size_t)(at - reader->block) < BLOCK_LEN) {
            uint64_t marks = reader->marks >> (at - reader->block);

            if (marks != 0)
                return at + __builtin_ctzll(marks);
            at = reader->block + BLOCK_LEN;
        }
        if (end - at < (ptrdiff_t)BLOCK_LEN)
            break;
        reader->block = at;
        reader->marks = marks_of(reader, at);
    }
    while (at < end && reader->classes[*at] == DATA)
        at++;
    return at;
}

/* ---- one segment ---- */

/* Where a segment is being put together. */
struct builder {
    struct ptn_edifact *reader;
    struct ptn_edifact_segment *segment;
    const uint8_t *piece; /* start of the component being read, in the input or in clean */
    const uint8_t *run;   /* while copying: what was read since here is still to be copied */
    size_t clean_len;     /* bytes used of reader->clean */
    bool copying;         /* the present component has been moved to clean */
    size_t component_count;
    bool in_tag;
};

/* Take what was read up to at into clean; from now on the component is built there. */
static void copy_run(struct builder *builder, const uint8_t *at)
{
    const uint8_t *from = builder->copying ? builder->run : builder->piece;
    uint8_t *to = builder->reader->clean + builder->clean_len;

    if (!builder->copying)
        builder->piece = to;
    builder->copying = true;
    memcpy(to, from, (size_t)(at - from));
    builder->clean_len += (size_t)(at - from);
}

static struct ptn_bytes piece_of(struct builder *builder, const uint8_t *at)
{
    if (builder->copying) {
        copy_run(builder, at);
        at = builder->reader->clean + builder->clean_len;
    }
    return ptn_bytes_of(builder->piece, (size_t)(at - builder->piece));
}

static void end_tag(struct builder *builder, struct ptn_bytes piece)
{
    builder->segment->tag = ptn_bytes_trim(piece);
    builder->segment->blank_in_tag = builder->segment->tag.len != piece.len;
}

static inline void end_component(struct builder *builder, const uint8_t *at)
{
    struct ptn_edifact_segment *segment = builder->segment;
    struct ptn_bytes piece = piece_of(builder, at);

    if (builder->in_tag)
        end_tag(builder, piece);
    else if (builder->component_count < PTN_EDIFACT_COMPONENTS_MAX)
        segment->components[builder->component_count++] = piece;
    else
        segment->cut = true;
    builder->piece = at + 1;
    builder->copying = false;
}

static inline void end_element(struct builder *builder)
{
    struct ptn_edifact_segment *segment = builder->segment;

    if (builder->in_tag)
        builder->in_tag = false;
    else if (segment->element_count < PTN_EDIFACT_ELEMENTS_MAX)
        segment->first[++segment->element_count] = (uint16_t)builder->component_count;
    else
        segment->cut = true;
}

/* Tell how far the input has been read, every so many bytes. */
static inline void tell_passed(struct ptn_edifact *reader, size_t offset)
{
    if (reader->passed == NULL || offset - reader->passed_at < PASS_LEN)
        return;
    reader->passed_at = offset;
    reader->passed(reader->passed_context, offset);
}

/* Step over the rest of a segment that is too long. Returns where it ends. */
static const uint8_t *skip_long(struct ptn_edifact *reader, const uint8_t *at, const uint8_t *end,
                                struct ptn_edifact_segment *segment)
{
    const uint8_t *from = reader->cursor.bytes.at;

    segment->too_long = true;
    segment->element_count = 0;
    for (;;) {
        const uint8_t *piece = (size_t)(end - at) > PASS_LEN ? at + PASS_LEN : end;

        at = next_mark(reader, at, piece);
        if (at >= piece)
            at = piece;
        tell_passed(reader, (size_t)(at - from));
        if (at == end)
            break;
        if (at == piece)
            continue;
        if (reader->classes[*at] == TERMINATOR || *at == ETX)
            break;
        if (reader->classes[*at] == RELEASE && end - at > 1)
            at++;
        at++;
    }
    segment->unterminated = at == end || *at == ETX;
    return at == end ? at : at + 1;
}

/* At a mark that is neither separator nor terminator. Returns where reading goes on; NULL: the
 * segment ends here. */
static const uint8_t *take_odd(struct builder *builder, enum byte_class kind, const uint8_t *at,
                               const uint8_t *limit, const uint8_t *end)
{
    switch (kind) {
    case RELEASE:
        copy_run(builder, at);
        if (at + 1 < limit) {
            builder->reader->clean[builder->clean_len++] = *++at;
            builder->segment->high = builder->segment->high || *at >= 0x80;
        } else if (limit < end) {
            at++; /* too long already: what is released ends nothing */
        }
        builder->run = at < limit ? at + 1 : at;
        return at + 1;
    case LINE_BREAK:
        copy_run(builder, at);
        builder->run = at + 1;
        return at + 1;
    case QUOTE_LEAD:
        builder->segment->high = true;
        builder->segment->odd_end = is_quote_terminator(builder->reader, at, end);
        return builder->segment->odd_end ? NULL : at + 1;
    case HIGH:
        builder->segment->high = true;
        return at + 1;
    case END:
        return NULL;
    case DATA:
    case COMPONENT:
    case ELEMENT:
    case TERMINATOR:
        break;
    }
    return at + 1; /* a control character, or a separator within a tag */
}

static const uint8_t *finish(struct builder *builder, const uint8_t *at)
{
    end_component(builder, at);
    end_element(builder);
    return at;
}

/*
 * Separators and terminators between plain data, as nearly all are: the components are views into
 * the input. Returns the first mark that is something else, or limit.
 */
static const uint8_t *scan_plain(struct builder *builder, const uint8_t *at, const uint8_t *limit,
                                 const uint8_t *end, bool *ret_done)
{
    struct ptn_edifact *reader = builder->reader;
    struct ptn_edifact_segment *segment = builder->segment;
    const uint8_t *piece = builder->piece;
    size_t count = builder->component_count;
    size_t elements = segment->element_count;

    *ret_done = false;
    while ((at = next_mark(reader, at, end)) < limit) {
        enum byte_class kind = (enum byte_class)reader->classes[*at];

        if ((kind != COMPONENT && kind != ELEMENT && kind != TERMINATOR) ||
            count == PTN_EDIFACT_COMPONENTS_MAX || elements == PTN_EDIFACT_ELEMENTS_MAX)
            break;
        segment->components[count++] = ptn_bytes_of(piece, (size_t)(at - piece));
        piece = ++at;
        if (kind == COMPONENT)
            continue;
        segment->first[++elements] = (uint16_t)count;
        *ret_done = kind == TERMINATOR;
        if (*ret_done)
            break;
    }
    builder->piece = piece;
    builder->component_count = count;
    segment->element_count = elements;
    return at < limit ? at : limit;
}

/*
 * Scan one segment from at (its first byte). Returns where the next one starts. The loop runs once
 * a mark: plain data is stepped over 64 bytes at a time.
 */
static const uint8_t *scan(struct builder *builder, const uint8_t *at, const uint8_t *end)
{
    struct ptn_edifact *reader = builder->reader;
    struct ptn_edifact_segment *segment = builder->segment;
    const uint8_t *limit =
        (size_t)(end - at) > PTN_EDIFACT_SEGMENT_MAX ? at + PTN_EDIFACT_SEGMENT_MAX : end;

    while (at < limit) {
        enum byte_class kind;
        const uint8_t *next;
        bool done = false;

        if (builder->in_tag || builder->copying)
            at = next_mark(reader, at, end);
        else
            at = scan_plain(builder, at, limit, end, &done);
        if (done)
            return at;
        if (at >= limit)
            break;
        kind = (enum byte_class)reader->classes[*at];
        if (kind == ELEMENT || (kind == COMPONENT && !builder->in_tag)) {
            end_component(builder, at++);
            if (kind == ELEMENT)
                end_element(builder);
            continue;
        }
        if (kind == TERMINATOR)
            return finish(builder, at) + 1;
        next = take_odd(builder, kind, at, limit, end);
        if (next == NULL) {
            segment->unterminated = kind == END;
            (void)finish(builder, at);
            return kind == END ? end : at + 3; /* a typographic quote has three bytes */
        }
        at = next;
    }
    if (limit < end)
        return skip_long(reader, at > limit ? at : limit, end, segment);
    segment->unterminated = true;
    (void)finish(builder, end);
    return end;
}

struct ptn_status ptn_edifact_next(struct ptn_edifact *reader,
                                   struct ptn_edifact_segment *ret_segment)
{
    const uint8_t *end = reader->cursor.bytes.at + reader->cursor.bytes.len;
    const uint8_t *at = reader->cursor.bytes.at + reader->cursor.next;
    struct builder builder = { .reader = reader, .segment = ret_segment, .in_tag = true };

    ret_segment->after_empty = false;
    while (at < end && (is_blank(*at) || *at == reader->service.terminator)) {
        ret_segment->after_empty = ret_segment->after_empty || !is_blank(*at);
        at++;
        tell_passed(reader, (size_t)(at - reader->cursor.bytes.at));
    }
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
    ret_segment->high = false;
    tell_passed(reader, ret_segment->offset);
    builder.piece = at;
    at = scan(&builder, at, end);
    reader->cursor.next = (size_t)(at - reader->cursor.bytes.at);
    return PTN_OK;
}
