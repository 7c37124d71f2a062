/*
 * watch/place.c -- a place of birth beside a listed one.
 *
 * A place has as many spellings as a name and other names besides (Halab is Aleppo), half of a
 * country was born in its capital, and a State may be another by now. So what a place says is shown
 * and changes no score: neither is somebody found by it nor lost.
 */
#include "names/score.h"
#include "watch/list_int.h"
#include "watch/screen_int.h"

#define PIECES_MAX 8u
#define ALIKE_MIN  9000u /* of 10000: one name in two spellings */

/* A place in its pieces: "Tirana, Albania". */
struct place {
    struct ptn_bytes names[PIECES_MAX]; /* of no State */
    size_t name_count;
    char states[PIECES_MAX][4];
    size_t state_count;
};

static bool parts(uint8_t byte)
{
    return byte == ',' || byte == ';' || byte == '/' || byte == '(' || byte == ')';
}

static struct place read_place(struct ptn_bytes text)
{
    struct place place = { .name_count = 0 };
    size_t start = 0;

    for (size_t i = 0; i <= text.len && place.name_count < PIECES_MAX; i++) {
        struct ptn_bytes piece;

        if (i < text.len && !parts(text.at[i]))
            continue;
        piece = ptn_bytes_trim(ptn_bytes_slice(text, start, i - start));
        start = i + 1;
        if (piece.len == 0 || piece.len > PTN_SCREEN_NAME_LEN_MAX)
            continue;
        if (place.state_count < PIECES_MAX &&
            ptn_nation_find(piece, place.states[place.state_count]))
            place.state_count++;
        else
            place.names[place.name_count++] = piece;
    }
    return place;
}

static bool share_name(const struct place *a, const struct place *b)
{
    for (size_t i = 0; i < a->name_count; i++)
        for (size_t j = 0; j < b->name_count; j++) {
            struct ptn_name mine, listed;

            ptn_name_read(a->names[i], PTN_NAME_FREE, &mine);
            ptn_name_read(b->names[j], PTN_NAME_FREE, &listed);
            if (ptn_score(&mine, &listed, NULL) >= ALIKE_MIN)
                return true;
        }
    return false;
}

static bool share_state(const struct place *a, const struct place *b)
{
    for (size_t i = 0; i < a->state_count; i++)
        for (size_t j = 0; j < b->state_count; j++)
            if (ptn_same_state(a->states[i], b->states[j]))
                return true;
    return false;
}

enum ptn_place_evidence ptn_place_compare(struct ptn_bytes known, struct ptn_bytes listed)
{
    struct place a = read_place(known);
    struct place b = read_place(listed);

    if (share_name(&a, &b))
        return PTN_PLACE_AGREES;
    if (share_state(&a, &b))
        return PTN_PLACE_STATE;
    if ((a.name_count > 0 && b.name_count > 0) || (a.state_count > 0 && b.state_count > 0))
        return PTN_PLACE_OTHER;
    return PTN_PLACE_UNKNOWN; /* a State beside a town: nothing to compare */
}

enum ptn_place_evidence ptn_place_of(const struct ptn_snapshot *snapshot,
                                     const struct ptn_screen_query *query, size_t ordinal,
                                     struct ptn_bytes *ret_listed)
{
    const uint8_t *entry = ptn_record(snapshot, PTN_SECTION_ENTRIES, ordinal);
    enum ptn_place_evidence best = PTN_PLACE_UNKNOWN;

    for (uint32_t i = 0; query->birth_place.len > 0 && i < ptn_le16(entry + ENTRY_FACT_COUNT);
         i++) {
        const uint8_t *fact =
            ptn_record(snapshot, PTN_SECTION_FACTS, (size_t)ptn_le32(entry + ENTRY_FIRST_FACT) + i);
        struct ptn_bytes listed;
        enum ptn_place_evidence one;

        if (fact[FACT_TYPE] != PTN_FACT_BIRTH_PLACE)
            continue;
        listed = ptn_snapshot_text(snapshot, fact + FACT_TEXT);
        one = ptn_place_compare(query->birth_place, listed);
        if (one > best) {
            best = one;
            *ret_listed = listed;
        }
    }
    return best;
}
