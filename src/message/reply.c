#include "message/reply.h"

#include <stdio.h>

#include "message/reply_int.h"

#define FTX_TEXT_MAX 400u /* a free text holds 512 with its releases */

/* ---- codes ---- */

static const char *const answer_words[PTN_REPLY_ANSWER_COUNT] = {
    "message-received",  "message-noted", "message-rejected", "person-received",
    "person-incomplete", "person-board",  "person-no-board",  "person-board-incomplete",
};

struct ptn_bytes ptn_reply_codes_shipped(void)
{
    return ptn_bytes_of(ptn_reply_codes_file, ptn_reply_codes_file_len);
}

static bool is_alphanumeric(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!(text.at[i] >= 'A' && text.at[i] <= 'Z') && !(text.at[i] >= '0' && text.at[i] <= '9'))
            return false;
    return text.len > 0;
}

static bool is_printable(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    return text.len > 0;
}

/* The next field of a line, up to a tab. */
static struct ptn_bytes take_field(struct ptn_bytes *line)
{
    const uint8_t *tab = line->len == 0 ? NULL : memchr(line->at, '\t', line->len);
    size_t len = tab == NULL ? line->len : (size_t)(tab - line->at);
    struct ptn_bytes field = ptn_bytes_slice(*line, 0, len);

    *line = ptn_bytes_slice(*line, len + 1, SIZE_MAX);
    return ptn_bytes_trim(field);
}

static bool take_code(struct ptn_reply_codes *codes, struct ptn_bytes line)
{
    struct ptn_bytes word = take_field(&line);
    struct ptn_bytes code = take_field(&line);
    struct ptn_bytes text = take_field(&line);
    size_t i = 0;

    while (i < PTN_REPLY_ANSWER_COUNT && !ptn_bytes_is(word, answer_words[i]))
        i++;
    if (i == PTN_REPLY_ANSWER_COUNT || codes->codes[i][0] != '\0' || line.len > 0 ||
        code.len > PTN_REPLY_CODE_LEN || text.len > PTN_REPLY_TEXT_LEN || !is_alphanumeric(code) ||
        !is_printable(text))
        return false;
    memcpy(codes->codes[i], code.at, code.len);
    memcpy(codes->texts[i], text.at, text.len);
    return true;
}

static struct ptn_status read_codes(struct ptn_bytes file, struct ptn_reply_codes *codes,
                                    struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(file);
    struct ptn_bytes line;
    size_t number = 0;

    while (ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        number++;
        if (line.len == 0 || line.at[0] == '#' || ptn_bytes_is(line, "answer\tcode\ttext"))
            continue;
        if (!take_code(codes, line))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                            "an answer's word, its code and its text, parted by tabs, each once");
    }
    for (size_t i = 0; i < PTN_REPLY_PERSON_BOARD; i++)
        if (codes->codes[i][0] == '\0')
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "an answer without a code");
    return PTN_OK;
}

struct ptn_status ptn_reply_codes_parse(struct ptn_bytes file, struct ptn_reply_codes *ret_codes,
                                        struct ptn_diag *reterr)
{
    struct ptn_reply_codes codes = { { { 0 } }, { { 0 } } };
    struct ptn_reply_codes shipped = { { { 0 } }, { { 0 } } };
    struct ptn_status status;

    if (file.len > PTN_REPLY_CODES_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the file of codes is too big");
    status = read_codes(file, &codes, reterr);
    if (ptn_ok(status))
        status = read_codes(ptn_reply_codes_shipped(), &shipped, reterr);
    if (!ptn_ok(status))
        return status;
    for (size_t i = PTN_REPLY_PERSON_BOARD; i < PTN_REPLY_ANSWER_COUNT; i++)
        if (codes.codes[i][0] == '\0') { /* a country's file of before boarding answers goes on */
            memcpy(codes.codes[i], shipped.codes[i], sizeof(codes.codes[i]));
            memcpy(codes.texts[i], shipped.texts[i], sizeof(codes.texts[i]));
        }
    *ret_codes = codes;
    return PTN_OK;
}

/* ---- CUSRES ---- */

bool ptn_reply_possible(const struct ptn_manifest *manifest)
{
    return manifest->type == PTN_MANIFEST_PAXLST && manifest->sent.message.len > 0;
}

bool ptn_reply_wanted(const struct ptn_manifest *manifest)
{
    const struct ptn_manifest_sent *sent = &manifest->sent;

    return ptn_reply_possible(manifest) &&
           (sent->acknowledge || sent->common.len > 0 || ptn_bytes_is(sent->application, "IAPI"));
}

static void put(struct ptn_reply *reply, struct ptn_status status)
{
    if (ptn_ok(reply->status))
        reply->status = status;
}

static void put_text(struct ptn_reply *reply, const char *text)
{
    put(reply, ptn_buffer_add_text(reply->out, text));
}

/* Data: service characters released, at most len_max bytes of it. The answer is in UNOA: what is
 * not printable ASCII becomes a blank or a dot. */
static void put_data(struct ptn_reply *reply, struct ptn_bytes data, size_t len_max)
{
    if (data.len > len_max)
        data.len = len_max;
    for (size_t i = 0; i < data.len; i++) {
        uint8_t byte = data.at[i];

        if (byte == '\'' || byte == '+' || byte == ':' || byte == '?')
            put_text(reply, "?");
        put(reply, ptn_buffer_add_u8(reply->out, byte < ' ' ? ' ' : byte > '~' ? '.' : byte));
    }
}

static void end_segment(struct ptn_reply *reply)
{
    put_text(reply, "'\n");
    reply->segments++;
}

static void put_reference(struct ptn_reply *reply, const char *qualifier, struct ptn_bytes text)
{
    if (text.len == 0)
        return;
    put_text(reply, "RFF+");
    put_text(reply, qualifier);
    put_text(reply, ":");
    put_data(reply, text, 70);
    end_segment(reply);
}

static void put_time(struct ptn_reply *reply, const char *qualifier,
                     const struct ptn_manifest_time *time)
{
    if (ptn_date_is_none(time->date) || !ptn_date_is_full(time->date))
        return;
    put(reply, ptn_buffer_addf(reply->out, "DTM+%s:%02u%02u%02u", qualifier, time->date.year % 100u,
                               time->date.month, time->date.day));
    if (time->has_time)
        put(reply, ptn_buffer_addf(reply->out, "%02u%02u:201", time->hour, time->minute));
    else
        put_text(reply, ":101");
    end_segment(reply);
}

static void put_place(struct ptn_reply *reply, const char *qualifier, struct ptn_bytes place)
{
    if (place.len == 0)
        return;
    put_text(reply, "LOC+");
    put_text(reply, qualifier);
    put_text(reply, "+");
    put_data(reply, place, 25);
    end_segment(reply);
}

static void put_flight(struct ptn_reply *reply, const struct ptn_manifest_flight *flight)
{
    if (flight->carrier.len + flight->number.len == 0)
        return;
    put_text(reply, "RFF+AF:");
    put_data(reply, flight->carrier, 8);
    put_data(reply, flight->number, 17);
    end_segment(reply);
    put_time(reply, "189", &flight->departure);
    put_time(reply, "232", &flight->arrival);
    put_place(reply, "125", flight->from);
    put_place(reply, "87", flight->to);
}

static void put_code(struct ptn_reply *reply, enum ptn_reply_answer answer)
{
    put_text(reply, "ERC+");
    put_text(reply, reply->codes->codes[answer]);
    end_segment(reply);
}

/* One error point about the whole message, with the text of a code and what format says. */
static void put_point(struct ptn_reply *reply, enum ptn_reply_answer answer, const char *text)
{
    put_text(reply, "ERP+1");
    end_segment(reply);
    put_code(reply, answer);
    put_text(reply, "FTX+AAP+++");
    put_data(reply, ptn_bytes_from_text(reply->codes->texts[answer]), FTX_TEXT_MAX);
    put_data(reply, ptn_bytes_from_text(text), FTX_TEXT_MAX);
    end_segment(reply);
}

static void put_notes(struct ptn_reply *reply, const struct ptn_manifest *manifest,
                      enum ptn_reply_answer answer)
{
    for (size_t i = 0; i < manifest->note_count && i < PTN_REPLY_NOTES_MAX; i++) {
        const struct ptn_manifest_note *note = &manifest->notes[i];
        char text[FTX_TEXT_MAX];

        (void)snprintf(text, sizeof(text), ". SEGMENT %zu BYTE %zu %s: %s", note->segment,
                       note->offset, note->code, note->text);
        put_point(reply, answer, text);
    }
}

/* Whether the data that every list must have are there. */
static bool is_whole(const struct ptn_manifest_person *person)
{
    return person->surname.len > 0 && !ptn_date_is_none(person->birth) &&
           person->documents != NULL && person->documents->number.len > 0;
}

static void put_people(struct ptn_reply *reply, const struct ptn_manifest *manifest,
                       const uint8_t *boarding)
{
    size_t i = 0;

    for (const struct ptn_manifest_person *p = manifest->people; p != NULL; p = p->next, i++) {
        if (p->booking.len + p->reference.len == 0)
            continue; /* nothing that would say whom the answer is about */
        put_text(reply, "ERP+2");
        end_segment(reply);
        put_reference(reply, "AVF", p->booking);
        put_reference(reply, "ABO", p->reference);
        if (boarding != NULL)
            put_code(reply, (enum ptn_reply_answer)boarding[i]);
        else
            put_code(reply, is_whole(p) ? PTN_REPLY_PERSON_RECEIVED : PTN_REPLY_PERSON_INCOMPLETE);
    }
}

/* UNB, with sender and recipient the other way round, and the carrier's own reference. */
static void begin(struct ptn_reply *reply, const struct ptn_manifest_sent *sent)
{
    char time[PTN_INSTANT_TEXT_SIZE];
    size_t len = sent->interchange.len < sizeof(reply->control) - 1 ? sent->interchange.len
                                                                    : sizeof(reply->control) - 1;

    if (len > 0)
        memcpy(reply->control, sent->interchange.at, len);
    reply->control[len] = '\0';
    (void)ptn_instant_write(reply->time_ms, time); /* YYYY-MM-DDThh:mm:ss.mmmZ */
    put_text(reply, "UNB+UNOA:4+");
    put_data(reply, sent->recipient, 35);
    put_text(reply, "+");
    put_data(reply, sent->sender, 35);
    put(reply, ptn_buffer_addf(reply->out, "+%.2s%.2s%.2s:%.2s%.2s+", time + 2, time + 5, time + 8,
                               time + 11, time + 14));
    put_data(reply, ptn_bytes_from_text(reply->control), 35);
    put_text(reply, "++");
    put_data(reply, sent->application, 14);
    if (sent->test)
        put_text(reply, "++++1");
    put_text(reply, "'\n");
}

void ptn_reply_add(struct ptn_reply *reply, const struct ptn_manifest *manifest,
                   unsigned part_missing, const uint8_t *boarding)
{
    const struct ptn_manifest_sent *sent = &manifest->sent;
    bool rejected = manifest->verdict == PTN_MANIFEST_QUARANTINED || part_missing > 0;
    enum ptn_reply_answer answer = rejected ? PTN_REPLY_MESSAGE_REJECTED
                                   : manifest->verdict == PTN_MANIFEST_ACCEPTED
                                       ? PTN_REPLY_MESSAGE_RECEIVED
                                       : PTN_REPLY_MESSAGE_NOTED;
    char text[FTX_TEXT_MAX];

    PTN_PRE(ptn_reply_possible(manifest));
    if (reply->messages++ == 0)
        begin(reply, sent);
    reply->segments = 0;
    put_text(reply, "UNH+");
    put_data(reply, sent->message, 14);
    put_text(reply, "+CUSRES:D:05B:UN:IATA");
    if (sent->common.len > 0) {
        put_text(reply, "+");
        put_data(reply, sent->common, 35);
    }
    end_segment(reply);
    put_text(reply, "BGM+962");
    end_segment(reply);
    put_reference(reply, "TN", manifest->reference);
    for (size_t i = 0; i < manifest->flight_count; i++)
        put_flight(reply, &manifest->flights[i]);
    if (part_missing > 0)
        (void)snprintf(text, sizeof(text), ". PART %u HAS NOT COME", part_missing);
    else
        (void)snprintf(text, sizeof(text), ". %zu PEOPLE, %zu NOTES", manifest->person_count,
                       manifest->note_count + manifest->notes_left_out);
    put_point(reply, answer, text);
    put_notes(reply, manifest, answer);
    if (!rejected)
        put_people(reply, manifest, boarding);
    put(reply, ptn_buffer_addf(reply->out, "UNT+%zu+", reply->segments + 1));
    put_data(reply, sent->message, 14);
    end_segment(reply);
}

void ptn_reply_change(struct ptn_reply *reply, const struct ptn_manifest_sent *sent,
                      const struct ptn_manifest_flight *flight,
                      const struct ptn_reply_change *people, size_t count)
{
    if (reply->messages++ == 0)
        begin(reply, sent);
    reply->segments = 0;
    put(reply, ptn_buffer_addf(reply->out, "UNH+%zu+CUSRES:D:05B:UN:IATA", reply->messages));
    if (people[0].common.len > 0) {
        put_text(reply, "+");
        put_data(reply, people[0].common, 35);
    }
    end_segment(reply);
    put_text(reply, "BGM+132");
    end_segment(reply);
    put_reference(reply, "TN", people[0].transaction);
    put_flight(reply, flight);
    for (size_t i = 0; i < count; i++) {
        put_text(reply, "ERP+2");
        end_segment(reply);
        put_reference(reply, "AVF", people[i].booking);
        put_reference(reply, "ABO", people[i].reference);
        put_code(reply, people[i].answer);
    }
    put(reply, ptn_buffer_addf(reply->out, "UNT+%zu+%zu", reply->segments + 1, reply->messages));
    end_segment(reply);
}

struct ptn_status ptn_reply_end(struct ptn_reply *reply)
{
    if (reply->messages > 0) {
        put(reply, ptn_buffer_addf(reply->out, "UNZ+%zu+", reply->messages));
        put_data(reply, ptn_bytes_from_text(reply->control), 35);
        put_text(reply, "'\n");
    }
    return reply->status;
}

/* ---- lines for people ---- */

/* What the reader had expected where it made a note. */
static const struct {
    const char *code, *expected;
} expectations[] = {
    { "una", "UNA and exactly six service characters, no two alike, then UNB" },
    { "blank-in-tag", "three letters and nothing else before the first separator" },
    { "quote", "the terminator that UNA names, a plain apostrophe without UNA" },
    { "empty-segment", "no terminator right after another" },
    { "segment-cut", "at most 99 elements and 512 components in a segment" },
    { "segment-long", "a segment of at most 65,536 bytes: is a terminator missing?" },
    { "junk", "UNH, or the end of the interchange" },
    { "not-text", "ASCII, or UTF-8" },
    { "unt-missing", "UNT, the number of segments from UNH to UNT, and UNH's reference" },
    { "unt-count", "the number of segments from UNH to UNT, both counted" },
    { "unt-reference", "the reference of UNH" },
    { "unz-missing", "UNZ, the number of messages, and UNB's reference: is the file whole?" },
    { "unz-reference", "the reference of UNB" },
    { "unz-count", "the number of messages, or of groups where there are any" },
    { "imo-number", "seven digits, the last of them the check digit" },
    { "row-width", "as many columns as the first row has" },
    { "row-broken", "a closing quote, and a line end after it" },
    { "file-end", "a line end after the last row" },
    { "count-people", "the number of people the list names, or of the whole flight" },
    { "count-bookings", "the number of bookings, or of the whole push" },
    { "flight-half", "a place of departure (LOC+125) and one of arrival (LOC+87)" },
    { "flight-carrier", "the carrier that the flight's number begins with" },
    { "date", "YYMMDD, or YYMMDDHHMM for a time: a day and an hour that there are" },
    { "person-name", "a surname in NAD, or in the column of family names" },
    { "person-full", "at most 20,000 people in a message" },
    { "part-missing", "all parts of the message, each with its number (S010)" },
    { "type", "PAXLST, PNRGOV or CUSRES" },
    { "empty", "a flight, a person or a result" },
};

static const char *expected_for(const char *code)
{
    for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++)
        if (strcmp(code, expectations[i].code) == 0)
            return expectations[i].expected;
    return "";
}

struct ptn_status ptn_reply_reject(const struct ptn_manifest *manifest, struct ptn_bytes file,
                                   struct ptn_buffer *out)
{
    const struct ptn_manifest_sent *sent = &manifest->sent;
    struct ptn_status status = ptn_buffer_add(out, file);

    if (ptn_ok(status))
        status = ptn_buffer_addf(out, ": %s", ptn_manifest_type_word(manifest->type));
    if (ptn_ok(status) && sent->message.len > 0)
        status = ptn_buffer_addf(out, " message %.*s", (int)sent->message.len,
                                 (const char *)sent->message.at);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, " %s\n", ptn_manifest_verdict_word(manifest->verdict));
    for (size_t i = 0; ptn_ok(status) && i < manifest->note_count; i++) {
        const struct ptn_manifest_note *note = &manifest->notes[i];

        status =
            ptn_buffer_addf(out, "  segment %zu, byte %zu: %s: %s; expected: %s\n", note->segment,
                            note->offset, note->code, note->text, expected_for(note->code));
    }
    if (ptn_ok(status) && manifest->notes_left_out > 0)
        status = ptn_buffer_addf(out, "  and %zu more\n", manifest->notes_left_out);
    return status;
}

struct ptn_status ptn_reply_refuse(struct ptn_bytes file, const struct ptn_diag *diag,
                                   struct ptn_buffer *out)
{
    struct ptn_status status = ptn_buffer_add(out, file);

    if (ptn_ok(status))
        status = ptn_buffer_addf(out,
                                 ": quarantined\n  byte %zu: %s; expected: UNA or UNB within the "
                                 "first 4,096 bytes, or a row of headings\n",
                                 diag->offset, diag->text == NULL ? "not read" : diag->text);
    return status;
}
