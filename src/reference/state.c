#include "reference/state.h"

#include "reference/tables_int.h"

/* 26 * first + second letter of a code, or -1 when they are not capital letters. */
static int pair_of(uint8_t first, uint8_t second)
{
    if (first < 'A' || first > 'Z' || second < 'A' || second > 'Z')
        return -1;
    return (first - 'A') * 26 + (second - 'A');
}

/* The row of an alpha2, or NULL. */
static const struct ptn_state *by_alpha2(uint8_t first, uint8_t second)
{
    int pair = pair_of(first, second);

    if (pair < 0 || ptn_state_alpha2[pair] == 0)
        return NULL;
    return &ptn_state_table[ptn_state_alpha2[pair] - 1];
}

const struct ptn_state *ptn_state_find_bytes(struct ptn_bytes code)
{
    int pair;

    if (code.len == 1)
        return code.at[0] == 'D' ? by_alpha2('D', 'E') : NULL;
    if (code.len != 3)
        return NULL;
    pair = pair_of(code.at[0], code.at[1]);
    if (pair < 0)
        return NULL;
    for (unsigned i = ptn_state_pairs[pair]; i < ptn_state_pairs[pair + 1]; i++) {
        const struct ptn_state *state = &ptn_state_table[ptn_state_three_letters[i]];

        if ((uint8_t)state->alpha3[2] == code.at[2])
            return state;
    }
    return memcmp(code.at, "DEU", 3) == 0 ? by_alpha2('D', 'E') : NULL;
}

const struct ptn_state *ptn_state_find(const char *code)
{
    return ptn_state_find_bytes(ptn_bytes_from_text(code));
}

const struct ptn_state *ptn_state_find_alpha2(const char *alpha2)
{
    if (alpha2 == NULL || alpha2[0] == '\0' || alpha2[1] == '\0' || alpha2[2] != '\0')
        return NULL;
    return by_alpha2((uint8_t)alpha2[0], (uint8_t)alpha2[1]);
}

const char *ptn_state_name(const struct ptn_state *state, const char *language)
{
    PTN_PRE(state != NULL);

    return language != NULL && strcmp(language, "sq") == 0 ? state->name_sq : state->name;
}

const char *ptn_state_canonical(const char *code)
{
    const struct ptn_state *state = ptn_state_find(code);

    if (state == NULL)
        return code;
    return state->kind == PTN_STATE_BRITISH ? "GBR" : state->alpha3;
}

const struct ptn_state *ptn_state_all(size_t *ret_count)
{
    *ret_count = ptn_state_table_count;
    return ptn_state_table;
}
