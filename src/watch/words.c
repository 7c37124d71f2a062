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

/* Cut leading words without any digit ("Saudi Arabia 2135314355"), as long as a word with digits
 * follows. */
static struct ptn_bytes drop_plain_words(struct ptn_bytes text)
{
    for (;;) {
        size_t space = 0;

        while (space < text.len && text.at[space] != ' ')
            space++;
        /* two or three capitals may be a series: "OB 0243318" */
        if (space == text.len || space <= 3 || has_digit(ptn_bytes_slice(text, 0, space)))
            return text;
        text = ptn_bytes_trim(ptn_bytes_slice(text, space, text.len));
    }
}

static void one_number(struct ptn_draft *draft, enum ptn_list_number_type type,
                       struct ptn_bytes piece, struct ptn_bytes issuer)
{
    size_t open = 0;
    struct ptn_bytes head, remark, number;
    char code[PTN_LIST_CODE_SIZE];

    piece = ptn_bytes_trim(piece);
    while (piece.len > 0 && (piece.at[piece.len - 1] == ',' || piece.at[piece.len - 1] == '.'))
        piece.len--;
    if (piece.len == 0)
        return;
    while (open < piece.len && piece.at[open] != '(')
        open++;
    head = ptn_bytes_trim(ptn_bytes_slice(piece, 0, open));
    remark = ptn_bytes_slice(piece, open + 1, piece.len);
    number = drop_plain_words(after_announcement(head));
    if (!has_digit(number)) {
        ptn_draft_note(draft, draft->entry.line, "a document's number was not understood");
        return;
    }
    if (issuer.len == 0 &&
        (ptn_nation_find_start(remark, code) || ptn_nation_find_start(head, code)))
        issuer = ptn_bytes_from_text(code);
    if (ptn_text_find(piece, "identity") != SIZE_MAX ||
        ptn_text_find(piece, "national id") != SIZE_MAX)
        type = type == PTN_NUMBER_PASSPORT ? PTN_NUMBER_ID_CARD : type;
    if (ptn_text_find(piece, "fiscal") != SIZE_MAX || ptn_text_find(piece, "tax ") != SIZE_MAX)
        type = PTN_NUMBER_TAX;
    ptn_draft_number(draft, type, ptn_bytes_trim(number), issuer);
}

/* "(a) ", "(b) " at this place. */
static bool numbering_at(struct ptn_bytes text, size_t at)
{
    return at + 2 < text.len && text.at[at] == '(' && text.at[at + 1] >= 'a' &&
           text.at[at + 1] <= 'z' && text.at[at + 2] == ')';
}

void ptn_draft_number_text(struct ptn_draft *draft, enum ptn_list_number_type type,
                           struct ptn_bytes text, struct ptn_bytes issuer)
{
    size_t start = 0;
    int depth = 0;

    text = ptn_draft_clean(draft, text);
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && numbering_at(text, i)) {
            one_number(draft, type, ptn_bytes_slice(text, start, i - start), issuer);
            start = i + 3;
            i += 2;
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
