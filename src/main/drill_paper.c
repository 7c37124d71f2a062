/*
 * main/drill_paper.c -- screening by hand in the drill: packs printed before they are needed,
 * sheets keyed by two people, one that is never entered; what the post, its gate and the rebuilt
 * centre say of it.
 *
 * Whoever comes back from paper relies on two answers: which sheet is missing, and that nobody is
 * let in while one is. Each is asked where it is yes and where it is no, so that an answer given
 * without looking (--break stub) is found.
 */
#include <string.h>
#include <time.h>

#include "main/drill_int.h"

#define SHEETS   6u
#define ON_PAPER 2u /* posts, the last ones */
#define WAIT_S   30
#define TOLD_MAX 65536u

static struct ptn_drill_post *post_of(struct ptn_drill *drill, size_t index)
{
    return &drill->posts[PTN_DRILL_POSTS - ON_PAPER + index];
}

/* Was that protection taken away at that post? When several of paper were: the first at the first
 * post, the others at the second. */
static bool without(struct ptn_drill *drill, const struct ptn_drill_post *post,
                    enum ptn_drill_protection what)
{
    const unsigned all = (2u << PTN_DRILL_STUB) - (1u << PTN_DRILL_NO_SHEET);
    const unsigned others = drill->without & all & ~(1u << what);
    const bool is_first = (others & ((1u << what) - 1)) == 0;

    return ptn_drill_without(drill, what) &&
           (others == 0 || is_first == (post == post_of(drill, 0)));
}

void ptn_drill_print_packs(struct ptn_drill *drill)
{
    for (size_t i = 0; i < ON_PAPER; i++) {
        struct ptn_drill_post *post = post_of(drill, i);
        struct ptn_drill_lane *lane = ptn_drill_sign_in(post, "dita", "paper");
        /* on plain paper the last traveller has no serial that could be missed */
        const unsigned lacking = without(drill, post, PTN_DRILL_PLAIN_PAPER) ? 1 : 0;

        (void)ptn_drill_must(drill, lane != NULL && ptn_drill_pack(lane, SHEETS - lacking),
                             "a pack is printed before it is needed");
        ptn_drill_put_aside(lane);
    }
}

/* ---- the two questions ---- */

/* Does the post name that sheet as missing? */
static bool is_named(struct ptn_drill *drill, const struct ptn_drill_post *post,
                     struct ptn_drill_lane *lane, unsigned sheet)
{
    return without(drill, post, PTN_DRILL_STUB) || ptn_drill_missing(lane, sheet);
}

/* Does the gate refuse the return for a sheet, and nobody is let in, whoever asks? */
static bool is_refused(struct ptn_drill *drill, const struct ptn_drill_post *post,
                       struct ptn_drill_lane *supervisor)
{
    return without(drill, post, PTN_DRILL_STUB) ||
           (ptn_drill_lacks(supervisor, "serials") && ptn_drill_stage(supervisor) == 'n' &&
            !ptn_drill_let_in(supervisor, "1", "entry") && ptn_drill_rung(supervisor) == 'm');
}

/* A question whose answer is no. */
static void doubt(struct ptn_drill *drill, struct ptn_drill_post *post, bool answer,
                  const char *what)
{
    post->sheets.doubts++;
    if (!ptn_drill_must(drill, !answer, what))
        post->sheets.doubts_failed++;
}

static void ask_of_missing(struct ptn_drill *drill, struct ptn_drill_post *post,
                           struct ptn_drill_lane *lane)
{
    post->sheets.named = ptn_drill_must(drill, is_named(drill, post, lane, SHEETS),
                                        "the sheet that was never entered is named by its serial");
    doubt(drill, post, is_named(drill, post, lane, SHEETS - 1), "and none that was entered is");
}

/* While the sheet is missing, and, when all are told, once more. */
static void ask_of_return(struct ptn_drill *drill, struct ptn_drill_post *post, bool missing)
{
    struct ptn_drill_lane *supervisor = ptn_drill_sign_in(post, "dita", "watch");
    const bool refused = supervisor != NULL && is_refused(drill, post, supervisor);

    if (!missing)
        doubt(drill, post, refused, "a return is refused for a sheet no longer");
    else
        post->sheets.refused =
            ptn_drill_must(drill, refused, "the return is refused while it is: nobody is let in");
    ptn_drill_put_aside(supervisor);
}

/* ---- keying ---- */

/* All but the last. */
static bool key_all(struct ptn_drill *drill, struct ptn_drill_post *post,
                    struct ptn_drill_lane *first, struct ptn_drill_lane *second)
{
    bool settled = first != NULL && second != NULL;

    for (unsigned sheet = 1; settled && sheet < SHEETS; sheet++) {
        settled = ptn_drill_key(first, sheet, drill->next_passport) == 'k' &&
                  ptn_drill_key(second, sheet, drill->next_passport) == 's';
        post->made += settled;
        drill->report.made += settled;
        drill->next_passport++;
    }
    return settled;
}

/* What is asked while the last sheet is missing. */
static void miss_one(struct ptn_drill *drill, struct ptn_drill_post *post,
                     struct ptn_drill_lane *lane)
{
    const struct timespec judged = { 2, 0 }; /* the gate looks again within a second */
    unsigned issued = 0, open = 0;

    (void)ptn_drill_must(drill, !ptn_drill_account(lane, &issued, &open) && open == 1,
                         "the account counts the sheet that is missing");
    ask_of_missing(drill, post, lane);
    if (without(drill, post,
                PTN_DRILL_TOLD)) { /* that it is unused, by somebody who did not look */
        (void)ptn_drill_tell(lane, SHEETS);
        (void)nanosleep(&judged, NULL);
    }
    if (drill->restore[0] == '\0')
        return;
    ptn_drill_gate_held(drill, lane, true);
    ask_of_return(drill, post, true);
}

void ptn_drill_key_sheets(struct ptn_drill *drill, struct ptn_drill_post *post)
{
    struct ptn_drill_lane *first = ptn_drill_sign_in(post, "arta", "paper");
    struct ptn_drill_lane *second = ptn_drill_sign_in(
        post, without(drill, post, PTN_DRILL_NO_SECOND_PERSON) ? "arta" : "besa", "paper-2");
    unsigned issued = 0, open = 0;
    bool closed = false;

    (void)ptn_drill_must(drill, key_all(drill, post, first, second),
                         "two people key the sheets and agree");
    if (first != NULL) {
        miss_one(drill, post, first);
        if (!without(drill, post, PTN_DRILL_NO_SHEET))
            (void)ptn_drill_tell(first, SHEETS);
        closed = ptn_drill_account(first, &issued, &open);
        if (closed && drill->restore[0] != '\0') {
            ptn_drill_gate_held(drill, first, false);
            ask_of_return(drill, post, false);
        }
    }
    (void)ptn_drill_must(drill, closed, "every serial is accounted for");
    post->sheets.issued = issued;
    post->sheets.accounted = issued - open;
    ptn_drill_put_aside(first);
    ptn_drill_put_aside(second);
}

/* ---- the rebuilt centre ---- */

static unsigned count_of(const struct ptn_buffer *told, const char *word)
{
    const uint8_t *at = told->at;
    unsigned count = 0;

    while (at != NULL &&
           (at = memmem(at, told->len - (size_t)(at - told->at), word, strlen(word))) != NULL) {
        count++;
        at += strlen(word);
    }
    return count;
}

void ptn_drill_paper_account(struct ptn_drill *drill)
{
    const struct timespec step = { 0, 300000000L };
    const int64_t since_us = drill->world->monotonic_us(drill->world->context);
    const char *const words[] = { "view", "packs", drill->centre.folder, NULL };
    bool same = false;

    do { /* what keepers took last may still be on its way into the view */
        struct ptn_buffer told = { .len_max = TOLD_MAX };

        same = ptn_drill_run(drill, words, "", &told) == 0 &&
               count_of(&told, "\"settled\":5") == ON_PAPER &&
               count_of(&told, "\"unused\":1") == ON_PAPER &&
               count_of(&told, "\"accounted\":true") == ON_PAPER;
        ptn_buffer_release(&told);
        if (same)
            break;
        (void)nanosleep(&step, NULL);
    } while (ptn_drill_seconds(drill, since_us) < WAIT_S);
    (void)ptn_drill_must(drill, same,
                         "the rebuilt centre counts the sheets of both packs as the posts did");
}
