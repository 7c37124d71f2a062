/* watch/nation.c -- States and peoples named in words, and their codes. */
#include "reference/state.h"
#include "watch/list_int.h"
#include "watch/tables_int.h"

#define WORD_MAX 96u

/* Lower case, every run of other ASCII than letters and digits one space; returns the length, 0
 * when too long. */
static size_t normalise(struct ptn_bytes text, char word[WORD_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;

        if (i + 2 < text.len &&
            memcmp(text.at + i, "\xe2\x80\x99", 3) == 0) { /* ’ as in Côte d’Ivoire */
            byte = ' ';
            letter = false;
            i += 2;
        } else if (byte >= 'A' && byte <= 'Z') {
            byte = (uint8_t)(byte + 32);
            letter = true;
        }
        if (len + 2 >= WORD_MAX)
            return 0;
        if (letter)
            word[len++] = (char)byte;
        else if (len > 0 && word[len - 1] != ' ')
            word[len++] = ' ';
    }
    while (len > 0 && word[len - 1] == ' ')
        len--;
    word[len] = '\0';
    return len;
}

static const char *find_word(const char *word, size_t len)
{
    size_t low = 0, high = ptn_nation_word_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *at = ptn_nation_words[middle].word;
        int order = strncmp(at, word, len);

        if (order == 0 && at[len] != '\0')
            order = 1;
        if (order == 0)
            return ptn_nation_words[middle].code;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool set_code(const char *code, char ret_code[PTN_LIST_CODE_SIZE])
{
    memset(ret_code, 0, PTN_LIST_CODE_SIZE);
    for (size_t i = 0; i + 1 < PTN_LIST_CODE_SIZE && code[i] != '\0'; i++)
        ret_code[i] = code[i];
    return true;
}

/* Two or three letters: a code, in capitals or not ("us", "RUS", "D"). */
static bool find_code(const char *word, size_t len, char ret_code[PTN_LIST_CODE_SIZE])
{
    char upper[4] = { 0 };
    const struct ptn_state *state;

    if (len == 0 || len > 3)
        return false;
    for (size_t i = 0; i < len; i++)
        upper[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
    state = len == 2 ? ptn_state_find_alpha2(upper) : ptn_state_find(upper);
    if (state == NULL && len == 2 && strcmp(upper, "CS") == 0)
        return set_code("SCG",
                        ret_code); /* Serbia and Montenegro, 2003 to 2006, still in the EU's list */
    return state != NULL && set_code(state->alpha3, ret_code);
}

/* "Virgin Islands, British", "Macedonia, The Former Yugoslav Republic of": what stands behind the
 * comma, before what stands in front of it. */
static const char *find_turned(struct ptn_bytes text)
{
    char word[WORD_MAX], front[WORD_MAX];
    size_t comma = 0, len, front_len;

    while (comma < text.len && text.at[comma] != ',')
        comma++;
    len = normalise(ptn_bytes_slice(text, comma + 1, text.len), word);
    front_len = normalise(ptn_bytes_slice(text, 0, comma), front);
    if (len == 0 || front_len == 0 || len + 1 + front_len >= WORD_MAX)
        return NULL;
    word[len++] = ' ';
    memcpy(word + len, front, front_len + 1);
    return find_word(word, len + front_len);
}

bool ptn_nation_find(struct ptn_bytes text, char ret_code[PTN_LIST_CODE_SIZE])
{
    char word[WORD_MAX];
    size_t len = normalise(text, word);
    const char *code;

    if (len == 0)
        return false;
    code = find_word(word, len);
    if (code == NULL && len > 4 && memcmp(word, "the ", 4) == 0)
        code = find_word(word + 4, len - 4);
    if (code == NULL)
        code = find_turned(text);
    if (code != NULL)
        return set_code(code, ret_code);
    return find_code(word, len, ret_code);
}

bool ptn_nation_find_start(struct ptn_bytes text, char ret_code[PTN_LIST_CODE_SIZE])
{
    char word[WORD_MAX];
    size_t len = normalise(ptn_bytes_slice(text, 0, WORD_MAX - 3), word);

    while (len > 2) {
        const char *code = find_word(word, len);

        if (code != NULL)
            return set_code(code, ret_code);
        len--;
        while (len > 0 && word[len] != ' ')
            len--;
    }
    return false;
}
