#include "record/message.h"

#include "record/fields_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_carrier_message, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_carrier_message, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_carrier_message, 3, type, ENUM, OPTIONAL, PTN_MESSAGE_TYPE_COUNT),
    PTN_FIELD(ptn_carrier_message, 4, verdict, ENUM, REQUIRED, PTN_MESSAGE_VERDICT_COUNT),
    PTN_FIELD(ptn_carrier_message, 5, sha256, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_carrier_message, 6, sender, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_carrier_message, 7, reference, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_carrier_message, 8, journey, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_carrier_message, 9, people, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_carrier_message, 10, notes, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_carrier_message, 11, length, NUMBER, REQUIRED, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_carrier_message, 12, part, NUMBER, REQUIRED, PTN_MESSAGE_PARTS_MAX),
    PTN_FIELD(ptn_carrier_message, 13, parts, NUMBER, REQUIRED, PTN_MESSAGE_PARTS_MAX),
    PTN_FIELD(ptn_carrier_message, 14, envelope, BLOB, OPTIONAL, PTN_MESSAGE_ENVELOPE_MAX),
    PTN_FIELD(ptn_carrier_message, 15, raw, BLOB, OPTIONAL, PTN_MESSAGE_RAW_MAX),
    PTN_FIELD(ptn_carrier_message, 64, boarding, NOTE, OPTIONAL, PTN_MESSAGE_BOARDING_MAX),
};

static const char *fault(const void *object)
{
    const struct ptn_carrier_message *message = object;

    if (message->part > message->parts)
        return "part";
    if (message->raw.len > message->length)
        return "length";
    /* what was used is here, whole: only what nobody could use may lie elsewhere */
    return message->raw.len == 0 && message->verdict != PTN_MESSAGE_QUARANTINED ? "raw" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_carrier_message, fields, fault);

struct ptn_status ptn_carrier_message_validate(const struct ptn_carrier_message *message,
                                               struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, message, reterr);
}

struct ptn_status ptn_carrier_message_parse(struct ptn_bytes bytes,
                                            struct ptn_carrier_message *ret_message,
                                            struct ptn_diag *reterr)
{
    struct ptn_carrier_message message = { .type = PTN_MESSAGE_UNKNOWN };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &message, NULL, reterr);

    if (ptn_ok(status))
        *ret_message = message;
    return status;
}

struct ptn_status ptn_carrier_message_write(const struct ptn_carrier_message *message,
                                            struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, message, out);
}

const char *ptn_message_type_word(enum ptn_message_type type)
{
    static const char *const words[PTN_MESSAGE_TYPE_COUNT] = { "",        "PAXLST", "PNRGOV",
                                                               "CUSRES",  "FAL5",   "FAL6",
                                                               "BOOKINGS" };

    return ptn_words_at(words, PTN_MESSAGE_TYPE_COUNT, type);
}

const char *ptn_message_verdict_word(enum ptn_message_verdict verdict)
{
    static const char *const words[PTN_MESSAGE_VERDICT_COUNT] = { NULL, "accepted",
                                                                  "accepted-with-notes",
                                                                  "quarantined" };

    return ptn_words_at(words, PTN_MESSAGE_VERDICT_COUNT, verdict);
}
