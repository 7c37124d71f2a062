/* node/notices.c -- the notices file of a public page. */
#include "node/glance.h"

#include "base/text.h"

static bool good_text(struct ptn_bytes text)
{
    if (text.len > PTN_NOTICES_LINE_MAX || !ptn_utf8_valid(text, NULL))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return true;
}

static bool good_code(struct ptn_bytes code)
{
    for (size_t i = 0; i < code.len; i++)
        if (!((code.at[i] >= 'a' && code.at[i] <= 'z') ||
              (code.at[i] >= '0' && code.at[i] <= '9') || code.at[i] == '-'))
            return false;
    return code.len > 0 && code.len <= 64;
}

/* "English | Albanian", one of which may be missing. */
static bool take_both(struct ptn_bytes text, struct ptn_notice *notice)
{
    const uint8_t *bar = text.len == 0 ? NULL : memchr(text.at, '|', text.len);

    notice->english = text;
    notice->albanian = text;
    if (bar != NULL) {
        notice->english = ptn_bytes_trim(ptn_bytes_of(text.at, (size_t)(bar - text.at)));
        notice->albanian =
            ptn_bytes_trim(ptn_bytes_slice(text, (size_t)(bar - text.at) + 1, text.len));
    }
    if (notice->english.len == 0)
        notice->english = notice->albanian;
    if (notice->albanian.len == 0)
        notice->albanian = notice->english;
    return notice->english.len > 0 && good_text(notice->english) && good_text(notice->albanian);
}

/* "notice durres" into its word and its code. */
static struct ptn_bytes split_word(struct ptn_bytes head, struct ptn_bytes *ret_code)
{
    const uint8_t *blank = head.len == 0 ? NULL : memchr(head.at, ' ', head.len);

    *ret_code = PTN_BYTES_NONE;
    if (blank == NULL)
        return head;
    *ret_code = ptn_bytes_trim(ptn_bytes_slice(head, (size_t)(blank - head.at), head.len));
    return ptn_bytes_of(head.at, (size_t)(blank - head.at));
}

static struct ptn_status take_line(struct ptn_bytes line, struct ptn_notices *notices,
                                   size_t number, struct ptn_diag *reterr)
{
    const uint8_t *colon = memchr(line.at, ':', line.len);
    struct ptn_notice notice = { 0 };
    struct ptn_bytes word;
    struct ptn_notice *at = NULL;

    if (colon == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "a line that is not WORD: TEXT");
    word = split_word(ptn_bytes_of(line.at, (size_t)(colon - line.at)), &notice.code);
    if (notice.code.len > 0 && !good_code(notice.code))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "not a crossing point's code");
    if (!take_both(ptn_bytes_trim(ptn_bytes_slice(line, (size_t)(colon - line.at) + 1, line.len)),
                   &notice))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                        "a text that is empty, too long or broken");
    if (ptn_bytes_is(word, "title") && notice.code.len == 0)
        at = &notices->title;
    else if (ptn_bytes_is(word, "place") && notice.code.len > 0 &&
             notices->place_count < PTN_NOTICES_MAX)
        at = &notices->places[notices->place_count++];
    else if (ptn_bytes_is(word, "notice") && notices->notice_count < PTN_NOTICES_MAX)
        at = &notices->notices[notices->notice_count++];
    if (at == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                        "title, place CODE or notice, and not too many of them");
    *at = notice;
    return PTN_OK;
}

struct ptn_status ptn_notices_parse(struct ptn_bytes text, struct ptn_notices *ret_notices,
                                    struct ptn_diag *reterr)
{
    struct ptn_notices notices = { 0 };
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes line;
    size_t number = 0;
    struct ptn_status status = PTN_OK;

    if (text.len > PTN_NOTICES_TEXT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the notices are too long");
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        number++;
        line = ptn_bytes_trim(line);
        if (line.len > 0 && line.at[0] != '#')
            status = take_line(line, &notices, number, reterr);
    }
    if (ptn_ok(status))
        *ret_notices = notices;
    return status;
}
