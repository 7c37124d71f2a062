/*
 * message/edifact.h -- the syntax of EDIFACT: segments, elements and components, one segment at a
 * time.
 *
 * Pure, allocation-free, memory bounded by one segment whatever the size of the interchange. It
 * reads files as they really come: a Type B envelope round the interchange, white space before UNA,
 * line breaks inside data, a UNA of the wrong length, a typographic quote as terminator. What it
 * had to put up with stands in struct ptn_edifact. Standard: ISO-9735 (syntax 1 to 4), SOURCES.md.
 */
#ifndef PTN_MESSAGE_EDIFACT_H
#define PTN_MESSAGE_EDIFACT_H
#include "base/bytes.h"

#define PTN_EDIFACT_ELEMENTS_MAX   99u    /* of one segment; further ones are dropped and said */
#define PTN_EDIFACT_COMPONENTS_MAX 512u   /* of one segment, all elements together */
#define PTN_EDIFACT_SEGMENT_MAX    65536u /* bytes; a longer one is stepped over and said */

/* The six service characters. */
struct ptn_edifact_service {
    uint8_t component;
    uint8_t element;
    uint8_t release; /* ' ' = none */
    uint8_t terminator;
};

/* One segment. Views live until the next call of ptn_edifact_next. */
struct ptn_edifact_segment {
    struct ptn_bytes tag; /* without blanks round it */
    size_t offset;        /* of its first byte in the input */
    size_t element_count; /* after the tag */
    uint16_t first[PTN_EDIFACT_ELEMENTS_MAX +
                   1]; /* element i's components are first[i] .. first[i + 1] - 1 */
    struct ptn_bytes components[PTN_EDIFACT_COMPONENTS_MAX];
    bool cut;          /* it had more elements or components than there is room for */
    bool too_long;     /* past PTN_EDIFACT_SEGMENT_MAX: only the tag is set */
    bool unterminated; /* the input ended before its terminator */
    bool odd_end;      /* it ended in a typographic quote */
    bool blank_in_tag; /* "UNG +" */
    bool high;         /* it has a byte that is not ASCII */
    bool after_empty;  /* segments with nothing in them stand before it */
};

/* A reader. Opaque but for being the caller's memory. */
struct ptn_edifact {
    struct ptn_cursor cursor;
    size_t una_begin, una_end; /* UNA; both 0 without one */
    struct ptn_edifact_service service;
    bool una_odd; /* UNA was not nine bytes or held an impossible character: defaults were used */
    uint8_t classes[256];
    const uint8_t *block; /* 64 bytes of the input that were looked at; NULL: none */
    uint64_t marks;       /* a bit for each of them that is not plain data */
    /* Called now and then with how far the input has been read, when not NULL: who maps a large
     * file can let go of what lies before. */
    void (*passed)(void *context, size_t offset);
    void *passed_context;
    size_t passed_at;
    uint8_t clean[PTN_EDIFACT_SEGMENT_MAX]; /* data of the present segment, released and without
                                               line breaks */
};

/*
 * ptn_edifact_open(reader, input, reterr):
 * Find the interchange in the input (Borrowed, must outlive the reader) and learn its service
 * characters.
 *
 * OK; BAD_INPUT when neither UNA nor UNB begins within the first 4,096 bytes.
 */
PTN_MUST_USE struct ptn_status ptn_edifact_open(struct ptn_edifact *reader, struct ptn_bytes input,
                                                struct ptn_diag *reterr);

/*
 * The next segment. OK; NOT_FOUND at the end of the input (an ETX of a Type B envelope is an end,
 * too). Bytes after the last terminator that are not white space come as a segment with
 * unterminated set.
 */
PTN_MUST_USE struct ptn_status ptn_edifact_next(struct ptn_edifact *reader,
                                                struct ptn_edifact_segment *ret_segment);

/* How many components element e has, 0 when there is no such element. */
static inline size_t ptn_edifact_component_count(const struct ptn_edifact_segment *segment,
                                                 size_t element)
{
    if (element >= segment->element_count)
        return 0;
    return (size_t)(segment->first[element + 1] - segment->first[element]);
}

/* Component c of element e, both from 0; the empty view where there is none. */
static inline struct ptn_bytes ptn_edifact_at(const struct ptn_edifact_segment *segment,
                                              size_t element, size_t component)
{
    if (component >= ptn_edifact_component_count(segment, element))
        return PTN_BYTES_NONE;
    return segment->components[segment->first[element] + component];
}
#endif
