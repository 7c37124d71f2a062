#include <string.h>

#include "names/index_block_int.h"
#include "names/score_int.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * The edit distance of one part to 64 forms at once, a byte each, row by row as for one form
 * (add_row in index_near.c): in vectors of 64, or in halves of 32. Costs stop at 255, above every
 * limit a block is used for. The rows end where no form can come back within its limit: every way
 * on goes through a row, or swaps two sounds across it from the row before.
 */

#define HALF 32u

/* A comparison. */
struct asked {
    const struct ptn_block *block;
    const struct ptn_name_part *part;
    unsigned scale;
    const uint8_t *own_cost, *form_cost;
};

/* The place of a form's line among those staged: one turn of 16 by 16 in each quarter of a vector
 * of 64. */
static unsigned staged_at(unsigned lane)
{
    return lane % 16u * 4u + lane / 16u;
}

unsigned ptn_block_put(struct ptn_block *block, uint32_t number, const struct ptn_name_part *form)
{
    const unsigned lane = block->count++;

    memcpy(block->staged[staged_at(lane)], form->symbols, PTN_BLOCK_STAGED);
    for (unsigned i = PTN_BLOCK_STAGED; i < form->symbol_count; i++)
        block->rest[i - PTN_BLOCK_STAGED][lane] = form->symbols[i];
    block->lens[lane] = form->symbol_count;
    block->forms[lane] = number;
    if (form->symbol_count > block->len_max)
        block->len_max = form->symbol_count;
    return lane;
}

#if defined(__x86_64__)

/*
 * Turning: putting the lines k and k + 8 together byte by byte turns the eight bits of a place
 * among 16 by 16 round by one; four times that is rows for columns.
 */

/* ---- vectors of 64 ---- */

#define WIDE __attribute__((target("avx512f,avx512bw,avx512vbmi")))

/* Costs in parts of 2 to the scale, rounded down. */
WIDE static __m512i scaled_wide(__m512i costs, unsigned scale)
{
    if (scale == 0)
        return costs;
    return _mm512_and_si512(_mm512_srl_epi16(costs, _mm_cvtsi32_si128((int)scale)),
                            _mm512_set1_epi8((char)(0xffu >> scale)));
}

/* A sound's costs against all sounds, looked up for 64 forms at once. */
WIDE static __m512i look_up_wide(const uint8_t *table, __m512i sounds, unsigned scale)
{
    return scaled_wide(
        _mm512_permutex2var_epi8(_mm512_loadu_si512(table), sounds, _mm512_loadu_si512(table + 64)),
        scale);
}

WIDE static void turn_wide(const struct ptn_block *block, __m512i sounds[PTN_BLOCK_STAGED])
{
    __m512i other[PTN_BLOCK_STAGED];

    for (unsigned i = 0; i < PTN_BLOCK_STAGED; i++)
        sounds[i] = _mm512_load_si512(block->staged[(size_t)4 * i]);
    for (unsigned step = 0; step < 4; step++) {
        for (size_t k = 0; k < PTN_BLOCK_STAGED / 2; k++) {
            other[2 * k] = _mm512_unpacklo_epi8(sounds[k], sounds[k + PTN_BLOCK_STAGED / 2]);
            other[2 * k + 1] = _mm512_unpackhi_epi8(sounds[k], sounds[k + PTN_BLOCK_STAGED / 2]);
        }
        memcpy(sounds, other, sizeof(other));
    }
}

/* What a comparison carries from row to row. */
struct rows_wide {
    __m512i rows[3][PTN_NAME_SYMBOLS_MAX + 1];
    __m512i *two_up, *up, *row;
    __m512i former; /* the forms' sounds of the row before */
};

/* Returns the least of the row in each form. */
WIDE static __m512i add_row_wide(struct rows_wide *rows, const struct asked *asked, __m512i sounds,
                                 bool first)
{
    const struct ptn_name_part *part = asked->part;
    const unsigned scale = asked->scale;
    const __m512i gone = look_up_wide(asked->form_cost, sounds, scale);
    __m512i *up = rows->up;
    __m512i *row = rows->row;
    __m512i lowest = row[0] = _mm512_adds_epu8(up[0], gone);
    uint8_t before = PTN_SOUND_NONE;

    for (unsigned j = 0; j < part->symbol_count; j++) {
        uint8_t y = part->symbols[j] % PTN_SOUNDS;
        __m512i best = _mm512_adds_epu8(up[j], look_up_wide(ptn_sound_near[y], sounds, scale));

        best = _mm512_min_epu8(best, _mm512_adds_epu8(up[j + 1], gone));
        best = _mm512_min_epu8(
            best, _mm512_adds_epu8(row[j], _mm512_set1_epi8((char)(asked->own_cost[y] >> scale))));
        if (!first && j > 0 && before != y) {
            __mmask64 swapped = _mm512_cmpeq_epi8_mask(sounds, _mm512_set1_epi8((char)before)) &
                                _mm512_cmpeq_epi8_mask(rows->former, _mm512_set1_epi8((char)y));

            best = _mm512_mask_min_epu8(
                best, swapped, best,
                _mm512_adds_epu8(rows->two_up[j - 1],
                                 _mm512_set1_epi8((char)(PTN_TRANSPOSE >> scale))));
        }
        row[j + 1] = best;
        lowest = _mm512_min_epu8(lowest, best);
        before = y;
    }
    rows->row = rows->two_up;
    rows->two_up = up;
    rows->up = row;
    rows->former = sounds;
    return lowest;
}

/* sounds: the first ones of the forms, turned. */
WIDE static uint64_t near_wide(const struct asked *asked, const __m512i sounds[PTN_BLOCK_STAGED])
{
    const struct ptn_block *block = asked->block;
    const struct ptn_name_part *part = asked->part;
    const __m512i swap = _mm512_set1_epi8((char)(PTN_TRANSPOSE >> asked->scale));
    const __m512i lens = _mm512_loadu_si512(block->lens);
    const __m512i limits = _mm512_loadu_si512(block->limits);
    struct rows_wide rows;
    __m512i former = _mm512_setzero_si512();
    __mmask64 found = 0;

    rows.two_up = rows.rows[0];
    rows.up = rows.rows[1];
    rows.row = rows.rows[2];
    rows.former = former;
    rows.up[0] = former;
    for (unsigned j = 0; j < part->symbol_count; j++)
        rows.up[j + 1] = _mm512_adds_epu8(
            rows.up[j], _mm512_set1_epi8((char)(asked->own_cost[part->symbols[j] % PTN_SOUNDS] >>
                                                asked->scale)));
    for (unsigned i = 0; i < block->len_max; i++) {
        __m512i lowest = add_row_wide(
            &rows, asked,
            i < PTN_BLOCK_STAGED ? sounds[i] : _mm512_load_si512(block->rest[i - PTN_BLOCK_STAGED]),
            i == 0);
        __m512i least_on = _mm512_min_epu8(lowest, _mm512_adds_epu8(former, swap));

        found |= _mm512_mask_cmple_epu8_mask(
            _mm512_cmpeq_epi8_mask(lens, _mm512_set1_epi8((char)(i + 1))),
            rows.up[part->symbol_count], limits);
        if (_mm512_cmple_epu8_mask(least_on, limits) == 0)
            break;
        former = lowest;
    }
    return found;
}

WIDE static uint64_t compare_wide(const struct asked *asked, bool turned)
{
    __m512i sounds[PTN_BLOCK_STAGED];

    if (turned)
        memcpy(sounds, asked->block->staged, sizeof(sounds));
    else
        turn_wide(asked->block, sounds);
    return near_wide(asked, sounds);
}

/* ---- halves of 32 ---- */

#define NARROW   __attribute__((target("avx2")))
#define SEGMENT  16u /* bytes of a table that one look-up reaches */
#define SEGMENTS (PTN_SOUNDS / SEGMENT)

NARROW static __m256i load(const uint8_t *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

NARROW static __m256i all(unsigned byte)
{
    return _mm256_set1_epi8((char)byte);
}

/* Bit i: a's byte is at most b's. */
NARROW static uint32_t at_most(__m256i a, __m256i b)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(a, b), a));
}

/* One row's sounds, ready to be looked up: of each segment of a table in which any lies, the places
 * there; bit 7 set for sounds elsewhere, which gives them 0. */
struct places {
    __m256i at[SEGMENTS];
    unsigned from[SEGMENTS]; /* where the segment begins */
    unsigned count;
};

NARROW static void find_places(__m256i sounds, struct places *ret_places)
{
    ret_places->count = 0;
    for (unsigned from = 0; from < PTN_SOUNDS; from += SEGMENT) {
        __m256i at = _mm256_adds_epu8(_mm256_xor_si256(sounds, all(from)), all(0x80 - SEGMENT));

        if (_mm256_movemask_epi8(at) == -1)
            continue;
        ret_places->at[ret_places->count] = at;
        ret_places->from[ret_places->count++] = from;
    }
}

NARROW static __m256i look_up(const uint8_t *table, const struct places *places, unsigned scale)
{
    __m256i costs = _mm256_setzero_si256();

    for (unsigned i = 0; i < places->count; i++) {
        __m128i segment = _mm_loadu_si128((const __m128i *)(const void *)(table + places->from[i]));

        costs = _mm256_or_si256(
            costs, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(segment), places->at[i]));
    }
    if (scale == 0)
        return costs;
    return _mm256_and_si256(_mm256_srl_epi16(costs, _mm_cvtsi32_si128((int)scale)),
                            all(0xffu >> scale));
}

NARROW static void turn_half(const struct ptn_block *block, unsigned half,
                             __m256i sounds[PTN_BLOCK_STAGED])
{
    __m256i other[PTN_BLOCK_STAGED];

    for (unsigned i = 0; i < PTN_BLOCK_STAGED; i++)
        sounds[i] = load(block->staged[(size_t)4 * i + (size_t)2 * half]);
    for (unsigned step = 0; step < 4; step++) {
        for (size_t k = 0; k < PTN_BLOCK_STAGED / 2; k++) {
            other[2 * k] = _mm256_unpacklo_epi8(sounds[k], sounds[k + PTN_BLOCK_STAGED / 2]);
            other[2 * k + 1] = _mm256_unpackhi_epi8(sounds[k], sounds[k + PTN_BLOCK_STAGED / 2]);
        }
        memcpy(sounds, other, sizeof(other));
    }
}

struct rows_half {
    __m256i rows[3][PTN_NAME_SYMBOLS_MAX + 1];
    __m256i *two_up, *up, *row;
    __m256i former;
};

NARROW static __m256i add_row_half(struct rows_half *rows, const struct asked *asked,
                                   __m256i sounds, bool first)
{
    const struct ptn_name_part *part = asked->part;
    const unsigned scale = asked->scale;
    struct places places;
    __m256i *up = rows->up;
    __m256i *row = rows->row;
    __m256i gone, lowest;
    uint8_t before = PTN_SOUND_NONE;

    find_places(sounds, &places);
    gone = look_up(asked->form_cost, &places, scale);
    lowest = row[0] = _mm256_adds_epu8(up[0], gone);
    for (unsigned j = 0; j < part->symbol_count; j++) {
        uint8_t y = part->symbols[j] % PTN_SOUNDS;
        __m256i best = _mm256_adds_epu8(up[j], look_up(ptn_sound_near[y], &places, scale));

        best = _mm256_min_epu8(best, _mm256_adds_epu8(up[j + 1], gone));
        best = _mm256_min_epu8(
            best, _mm256_adds_epu8(row[j], all((unsigned)asked->own_cost[y] >> scale)));
        if (!first && j > 0 && before != y) {
            __m256i swapped = _mm256_and_si256(_mm256_cmpeq_epi8(sounds, all(before)),
                                               _mm256_cmpeq_epi8(rows->former, all(y)));
            __m256i by_swap = _mm256_adds_epu8(rows->two_up[j - 1], all(PTN_TRANSPOSE >> scale));

            best = _mm256_min_epu8(best, _mm256_blendv_epi8(best, by_swap, swapped));
        }
        row[j + 1] = best;
        lowest = _mm256_min_epu8(lowest, best);
        before = y;
    }
    rows->row = rows->two_up;
    rows->two_up = up;
    rows->up = row;
    rows->former = sounds;
    return lowest;
}

NARROW static uint32_t near_half(const struct asked *asked, unsigned half,
                                 const __m256i sounds[PTN_BLOCK_STAGED])
{
    const struct ptn_block *block = asked->block;
    const struct ptn_name_part *part = asked->part;
    const size_t from = (size_t)HALF * half;
    const __m256i lens = load(block->lens + from);
    const __m256i limits = load(block->limits + from);
    struct rows_half rows;
    __m256i former = _mm256_setzero_si256();
    uint32_t found = 0;

    rows.two_up = rows.rows[0];
    rows.up = rows.rows[1];
    rows.row = rows.rows[2];
    rows.former = former;
    rows.up[0] = former;
    for (unsigned j = 0; j < part->symbol_count; j++)
        rows.up[j + 1] = _mm256_adds_epu8(
            rows.up[j],
            all((unsigned)asked->own_cost[part->symbols[j] % PTN_SOUNDS] >> asked->scale));
    for (unsigned i = 0; i < block->len_max; i++) {
        __m256i lowest = add_row_half(
            &rows, asked,
            i < PTN_BLOCK_STAGED ? sounds[i] : load(block->rest[i - PTN_BLOCK_STAGED] + from),
            i == 0);
        __m256i least_on =
            _mm256_min_epu8(lowest, _mm256_adds_epu8(former, all(PTN_TRANSPOSE >> asked->scale)));

        found |= (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(lens, all(i + 1))) &
                 at_most(rows.up[part->symbol_count], limits);
        if (at_most(least_on, limits) == 0)
            break;
        former = lowest;
    }
    return found;
}

NARROW static uint64_t compare_halves(const struct asked *asked, bool turned)
{
    const struct ptn_block *block = asked->block;
    __m256i sounds[PTN_BLOCK_STAGED];
    uint64_t found = 0;

    for (unsigned half = 0; half < 2 && half * HALF < block->count; half++) {
        if (!turned)
            turn_half(block, half, sounds);
        for (unsigned i = 0; turned && i < PTN_BLOCK_STAGED; i++)
            sounds[i] = load(block->staged[(size_t)4 * i + (size_t)2 * half]);
        found |= (uint64_t)near_half(asked, half, sounds) << (HALF * half);
    }
    return found;
}

/* ---- which ---- */

enum ptn_block_way ptn_block_way(enum ptn_block_way wanted)
{
    if (wanted == PTN_BLOCK_WIDEST && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512bw"))
        return PTN_BLOCK_WIDEST;
    return wanted != PTN_BLOCK_NOWHERE && __builtin_cpu_supports("avx2") ? PTN_BLOCK_HALVES
                                                                         : PTN_BLOCK_NOWHERE;
}

WIDE static void turn_in_place_wide(struct ptn_block *block)
{
    __m512i sounds[PTN_BLOCK_STAGED];

    turn_wide(block, sounds);
    memcpy(block->staged, sounds, sizeof(block->staged));
}

NARROW static void turn_in_place_half(struct ptn_block *block, unsigned half)
{
    __m256i sounds[PTN_BLOCK_STAGED];

    turn_half(block, half, sounds);
    for (unsigned i = 0; i < PTN_BLOCK_STAGED; i++)
        _mm256_storeu_si256((__m256i *)(void *)block->staged[(size_t)4 * i + (size_t)2 * half],
                            sounds[i]);
}

void ptn_block_turn(struct ptn_block *block, enum ptn_block_way way)
{
    if (way == PTN_BLOCK_WIDEST) {
        turn_in_place_wide(block);
    } else if (way == PTN_BLOCK_HALVES) {
        turn_in_place_half(block, 0);
        turn_in_place_half(block, 1);
    }
}

uint64_t ptn_block_near(const struct ptn_block *block, bool turned, enum ptn_block_way way,
                        const struct ptn_name_part *part, unsigned scale, const uint8_t *own_cost,
                        const uint8_t *form_cost)
{
    const struct asked asked = { block, part, scale, own_cost, form_cost };

    return way == PTN_BLOCK_WIDEST ? compare_wide(&asked, turned) : compare_halves(&asked, turned);
}

#else

enum ptn_block_way ptn_block_way(enum ptn_block_way wanted)
{
    (void)wanted;
    return PTN_BLOCK_NOWHERE;
}

void ptn_block_turn(struct ptn_block *block, enum ptn_block_way way)
{
    (void)block;
    (void)way;
}

/* Never asked there: who cannot compare lets everything pass. */
uint64_t ptn_block_near(const struct ptn_block *block, bool turned, enum ptn_block_way way,
                        const struct ptn_name_part *part, unsigned scale, const uint8_t *own_cost,
                        const uint8_t *form_cost)
{
    (void)block;
    (void)turned;
    (void)way;
    (void)part;
    (void)scale;
    (void)own_cost;
    (void)form_cost;
    return UINT64_MAX;
}
#endif
