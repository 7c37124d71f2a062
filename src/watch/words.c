/* watch/words.c -- document numbers and moments as lists put them into words. */
#include "watch/list_int.h"

static bool has_digit(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= '0' && text.at[i] <= '9')
            return true;
    return false;
}

/* The text after the last word that announces a number; the whole text when there is none. */
static struct ptn_bytes after_announcement(struct ptn_bytes text)
{
    static const char *const words[] = { "number ", "number: ", "number:", "no. ", "no.",
                                         "no: ",    "no ",      "nr. ",    "nr ",  "# " };
    size_t cut = 0;

    for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
        size_t at = ptn_text_find(text, words[w]);
        size_t end;

        if (at == SIZE_MAX || (at > 0 && text.at[at - 1] != ' ' && text.at[at - 1] != '.'))
            continue;
        end = at + strlen(words[w]);
        if (end > cut && has_digit(ptn_bytes_slice(text, end, text.len)))
            cut = end;
    }
    return ptn_bytes_trim(ptn_bytes_slice(text, cut, text.len));
}

/* One to three capitals may be a series: "OB 0243318". */
static bool may_be_series(struct ptn_bytes word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.at[i] < 'A' || word.at[i] > 'Z')
            return false;
    return word.len <= 3;
}

/* Cut leading words without any digit ("Saudi Arabia 2135314355"), as long as a word with digits
 * follows. */
static struct ptn_bytes drop_plain_words(struct ptn_bytes text)
{
    for (;;) {
        size_t space = 0;

        while (space < text.len && text.at[space] != ' ')
            space++;
        if (space == text.len || may_be_series(ptn_bytes_slice(text, 0, space)) ||
            has_digit(ptn_bytes_slice(text, 0, space)))
            return text;
        text = ptn_bytes_trim(ptn_bytes_slice(text, space, text.len));
    }
}

static struct ptn_bytes without_end_marks(struct ptn_bytes text)
{
    text = ptn_bytes_trim(text);
    while (text.len > 0 && (text.at[text.len - 1] == ',' || text.at[text.len - 1] == '.'))
        text = ptn_bytes_trim(ptn_bytes_slice(text, 0, text.len - 1));
    return text;
}

/* What comes before the words about when, where and until when it was given, if a number does. */
static struct ptn_bytes before_story(struct ptn_bytes text)
{
    static const char *const words[] = { " issue",     " date of issue", " expir",
                                         " valid ",    " place of ",     " delivered",
                                         " revoked",   " in the name",   " under the name",
                                         " cancelled", " officially",    " reported" };
    size_t cut = text.len;

    for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
        size_t at = ptn_text_find(text, words[w]);

        if (at < cut && has_digit(ptn_bytes_slice(text, 0, at)))
            cut = at;
    }
    return without_end_marks(ptn_bytes_slice(text, 0, cut));
}

/* The piece in front of its first parenthesis, and what stands in that. Where only what comes after
 * one has digits ("identification card (tazkira) number 4414 (expired)"), that. */
static struct ptn_bytes split_remark(struct ptn_bytes piece, struct ptn_bytes *ret_remark)
{
    for (;;) {
        size_t open = 0, close;
        struct ptn_bytes head, rest;

        while (open < piece.len && piece.at[open] != '(')
            open++;
        close = open;
        while (close < piece.len && piece.at[close] != ')')
            close++;
        head = ptn_bytes_trim(ptn_bytes_slice(piece, 0, open));
        rest = ptn_bytes_slice(piece, close + 1, piece.len);
        *ret_remark = ptn_bytes_slice(piece, open + 1, piece.len);
        if (has_digit(head) || !has_digit(rest))
            return head;
        piece = rest;
    }
}

/* What the words around a number say that it is. */
static enum ptn_list_number_type type_of(struct ptn_bytes piece, enum ptn_list_number_type type)
{
    if (type == PTN_NUMBER_PASSPORT && (ptn_text_find(piece, "identity") != SIZE_MAX ||
                                        ptn_text_find(piece, "national id") != SIZE_MAX))
        type = PTN_NUMBER_ID_CARD;
    if (type == PTN_NUMBER_PASSPORT && ptn_text_find(piece, "travel document") != SIZE_MAX)
        type = PTN_NUMBER_OTHER_DOCUMENT;
    if (ptn_text_find(piece, "fiscal") != SIZE_MAX || ptn_text_find(piece, "tax ") != SIZE_MAX)
        type = PTN_NUMBER_TAX;
    return type;
}

static void one_number(struct ptn_draft *draft, enum ptn_list_number_type type,
                       struct ptn_bytes piece, struct ptn_bytes issuer)
{
    struct ptn_bytes head, remark, number;
    char code[PTN_LIST_CODE_SIZE];

    piece = without_end_marks(piece);
    if (piece.len == 0)
        return;
    head = split_remark(piece, &remark);
    number = drop_plain_words(after_announcement(before_story(head)));
    if (!has_digit(number)) {
        ptn_draft_note(draft, draft->entry.line, "a document's number was not understood");
        return;
    }
    if (issuer.len == 0 &&
        (ptn_nation_find_start(remark, code) || ptn_nation_find_start(piece, code)))
        issuer = ptn_bytes_from_text(code);
    ptn_draft_number(draft, type_of(piece, type), ptn_bytes_trim(number), issuer);
}

/* "(a) ", "(b) ", "(1)", "(12)" at this place: its length, else 0. */
static size_t numbering_at(struct ptn_bytes text, size_t at)
{
    struct ptn_bytes rest = ptn_bytes_slice(text, at, text.len);
    size_t digits = 1;

    if (rest.len < 3 || rest.at[0] != '(')
        return 0;
    if (rest.at[1] >= 'a' && rest.at[1] <= 'z' && rest.at[2] == ')')
        return 3;
    while (digits < 3 && digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
        digits++;
    return digits > 1 && digits < rest.len && rest.at[digits] == ')' ? digits + 1 : 0;
}

void ptn_draft_number_text(struct ptn_draft *draft, enum ptn_list_number_type type,
                           struct ptn_bytes text, struct ptn_bytes issuer)
{
    size_t start = 0;
    int depth = 0;

    text = ptn_draft_clean(draft, text);
    for (size_t i = 0; i <= text.len; i++) {
        size_t numbering = numbering_at(text, i);

        if (numbering > 0) {
            one_number(draft, type, ptn_bytes_slice(text, start, i - start), issuer);
            start = i + numbering;
            i += numbering - 1;
            depth = 0;
        } else if (i == text.len || (text.at[i] == ';' && depth <= 0)) {
            one_number(draft, type, ptn_bytes_slice(text, start, i - start), issuer);
            start = i + 1;
        } else if (text.at[i] == '(') {
            depth++;
        } else if (text.at[i] == ')') {
            depth--;
        }
    }
}

/* "05/24/2023", as the United States write it. */
static bool american(struct ptn_bytes text, struct ptn_date *ret_date)
{
    unsigned part[3] = { 0 };
    size_t which = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '/' && which < 2)
            which++;
        else if (text.at[i] >= '0' && text.at[i] <= '9' && part[which] < 1000)
            part[which] = part[which] * 10 + (unsigned)(text.at[i] - '0');
        else
            return false;
    }
    *ret_date = (struct ptn_date){ (uint16_t)part[2], (uint8_t)(part[0] & 0xffu),
                                   (uint8_t)(part[1] & 0xffu) };
    return which == 2 && part[0] <= 12 && part[1] <= 31 && ptn_date_is_full(*ret_date) &&
           ptn_date_is_possible(*ret_date);
}

/* "+02:00" or "-0400" in minutes; 0 for anything else. */
static int offset_minutes(struct ptn_bytes text)
{
    int value = 0, digits = 0;

    if (text.len == 0 || (text.at[0] != '+' && text.at[0] != '-'))
        return 0;
    for (size_t i = 1; i < text.len && digits < 4; i++)
        if (text.at[i] >= '0' && text.at[i] <= '9') {
            value = value * 10 + (text.at[i] - '0');
            digits++;
        }
    if (digits != 4)
        return 0;
    value = value / 100 * 60 + value % 100;
    return text.at[0] == '-' ? -value : value;
}

int64_t ptn_edition_read(struct ptn_bytes text)
{
    struct ptn_date date;
    uint8_t instant[25] = "0000-00-00T00:00:00.000Z";
    int64_t ms;
    size_t at = 19;

    text = ptn_bytes_trim(text);
    if (american(text, &date))
        return (int64_t)ptn_date_to_days(date) * 86400000;
    if (text.len < 10 || !ptn_ok(ptn_date_parse(ptn_bytes_slice(text, 0, 10), &date, NULL)) ||
        !ptn_date_is_full(date))
        return 0;
    memcpy(instant, text.at, 10);
    if (text.len < 19)
        return (int64_t)ptn_date_to_days(date) * 86400000;
    memcpy(instant + 11, text.at + 11, 8);
    if (text.len >= 23 && text.at[19] == '.')
        memcpy(instant + 20, text.at + 20, 3);
    if (!ptn_ok(ptn_instant_parse(ptn_bytes_of(instant, 24), &ms, NULL)))
        return 0;
    while (at < text.len && text.at[at] != '+' && text.at[at] != '-' && text.at[at] != 'Z')
        at++;
    return ms - (int64_t)offset_minutes(ptn_bytes_slice(text, at, text.len)) * 60000;
}
