/* record/attachment_file.c -- what a file is, and what it is to be called: of bytes and a name that
 * anybody may have made. */
#include "base/text.h"
#include "record/case.h"

#define GIVEN_MAX 4096u

/* ---- what it is ---- */

static bool begins(struct ptn_bytes file, const char *with, size_t len)
{
    return file.len >= len && memcmp(file.at, with, len) == 0;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

enum ptn_attachment_type ptn_attachment_type_of(struct ptn_bytes file)
{
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    /* a marker follows the start of the image; the fill byte and the stuffed zero are none */
    if (begins(file, "\xff\xd8\xff", 3) && file.len > 3 && file.at[3] >= 0xc0 && file.at[3] != 0xff)
        return PTN_ATTACHMENT_JPEG;
    if (begins(file, png, sizeof(png) - 1))
        return PTN_ATTACHMENT_PNG;
    if (begins(file, "%PDF-", 5) && file.len > 7 && is_digit(file.at[5]) && file.at[6] == '.' &&
        is_digit(file.at[7]))
        return PTN_ATTACHMENT_PDF;
    return PTN_ATTACHMENT_NO_TYPE;
}

/* ---- what it is called ---- */

static bool is_kept(uint32_t letter)
{
    static const struct {
        uint32_t first, last;
    } shut[] = {
        { 0x00, 0x1f },       { 0x7f, 0x9f },        { 0xad, 0xad },     { 0x061c, 0x061c },
        { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },    { 0x180b, 0x180f }, { 0x200b, 0x200f },
        { 0x2028, 0x202e },   { 0x2060, 0x206f },    { 0x3164, 0x3164 }, { 0xe000, 0xf8ff },
        { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },    { 0xffa0, 0xffa0 }, { 0xfff0, 0xffff },
        { 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
    };

    for (size_t i = 0; i < sizeof(shut) / sizeof(shut[0]); i++)
        if (letter >= shut[i].first && letter <= shut[i].last)
            return false;
    return true;
}

static bool is_edge(char byte)
{
    return byte == ' ' || byte == '.';
}

static bool ends_in(const char *name, size_t len, const char *ending)
{
    size_t ending_len = strlen(ending);

    if (len < ending_len)
        return false;
    for (size_t i = 0; i < ending_len; i++) {
        char byte = name[len - ending_len + i];

        if ((byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte) != ending[i])
            return false;
    }
    return true;
}

/* The last part of a path, with what may stand in a name. Returns how many bytes, as many as were
 * given at most. */
static size_t take_letters(struct ptn_bytes given, char name[GIVEN_MAX])
{
    size_t len = 0;
    size_t at = 0;

    while (at < given.len) {
        uint32_t letter = ptn_utf8_next(given, &at);
        uint8_t bytes[4];
        size_t count;

        if (letter == '/' || letter == '\\') {
            len = 0;
            continue;
        }
        if (!is_kept(letter) || (len == 0 && is_edge((char)letter) && letter < 0x80))
            continue;
        if (letter < 0x80 && strchr("<>:\"|?*%", (int)letter) != NULL)
            letter = '_';
        count = ptn_utf8_put(letter, bytes);
        memcpy(name + len, bytes, count);
        len += count;
    }
    return len;
}

/* The name without its ending, and without what may not stand at an end. */
static size_t trim(const char *name, size_t len, enum ptn_attachment_type type)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".pdf" };
    static const size_t first[PTN_ATTACHMENT_TYPE_COUNT] = { 0, 0, 2, 3 };
    static const size_t end[PTN_ATTACHMENT_TYPE_COUNT] = { 0, 2, 3, 4 };
    size_t before;

    do {
        before = len;
        while (len > 0 && is_edge(name[len - 1]))
            len--;
        for (size_t i = first[type]; i < end[type]; i++)
            if (ends_in(name, len, endings[i]))
                len -= strlen(endings[i]);
    } while (len < before);
    return len;
}

void ptn_attachment_name(struct ptn_bytes given, enum ptn_attachment_type type,
                         char ret_name[PTN_ATTACHMENT_NAME_MAX + 1])
{
    static const char *const endings[PTN_ATTACHMENT_TYPE_COUNT] = { "", ".jpg", ".png", ".pdf" };
    static const char nameless[] = "attachment";
    const size_t stem_max = PTN_ATTACHMENT_NAME_MAX - strlen(endings[type]);
    char name[GIVEN_MAX];
    size_t len = take_letters(ptn_bytes_slice(given, 0, GIVEN_MAX), name);

    len = trim(name, len, type);
    if (len > stem_max) {
        len = stem_max;
        while (len > 0 && ((uint8_t)name[len] & 0xc0) == 0x80)
            len--;
        len = trim(name, len, type);
    }
    if (len == 0) {
        len = sizeof(nameless) - 1;
        memcpy(name, nameless, len);
    }
    memcpy(ret_name, name, len);
    memcpy(ret_name + len, endings[type], strlen(endings[type]) + 1);
}
