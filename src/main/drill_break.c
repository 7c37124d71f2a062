/* main/drill_break.c -- protections taken away on purpose: a drill that cannot fail proves nothing.
 */
#include <signal.h>
#include <string.h>

#include "main/drill_int.h"

static const char *const words[PTN_DRILL_PROTECTIONS] = {
    [PTN_DRILL_NO_OFFLINE] = "offline",
    [PTN_DRILL_NO_SECOND_KEY] = "second-key",
    [PTN_DRILL_NO_KEEPERS] = "keepers",
    [PTN_DRILL_NO_COSIGNERS] = "cosigners",
    [PTN_DRILL_NO_SHEET] = "sheet",
    [PTN_DRILL_NO_SECOND_PERSON] = "second-person",
    [PTN_DRILL_PLAIN_PAPER] = "plain-paper",
    [PTN_DRILL_TOLD] = "told",
    [PTN_DRILL_STUB] = "stub",
    [PTN_DRILL_NO_QUORUM] = "quorum",
    [PTN_DRILL_NO_COPIES] = "copies",
};

static bool find(const char *word, size_t len, unsigned *without)
{
    for (unsigned i = 0; i < PTN_DRILL_PROTECTIONS; i++)
        if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0) {
            *without |= 1u << i;
            return true;
        }
    return false;
}

bool ptn_drill_without_words(const char *list, unsigned *ret_without)
{
    unsigned without = 0;

    for (;;) {
        const size_t len = strcspn(list, ",");

        if (!find(list, len, &without))
            return false;
        if (list[len] == '\0')
            break;
        list += len + 1;
    }
    *ret_without = without;
    return true;
}

void ptn_drill_hold_keepers(const struct ptn_drill *drill, bool hold)
{
    for (size_t i = 0; i < PTN_DRILL_KEEPERS; i++)
        ptn_drill_signal(&drill->keepers[i], hold ? SIGSTOP : SIGCONT);
}

void ptn_drill_hold_others(const struct ptn_drill *drill, bool hold)
{
    const size_t honest = (drill->seed + 1) % PTN_DRILL_KEEPERS; /* the seed's own place lies */

    for (size_t i = 0; i < PTN_DRILL_KEEPERS; i++)
        if (i != honest)
            ptn_drill_signal(&drill->keepers[i], hold ? SIGSTOP : SIGCONT);
}

void ptn_drill_wipe_keepers(struct ptn_drill *drill)
{
    for (size_t i = 1; i < PTN_DRILL_KEEPERS; i++) {
        ptn_drill_kill(&drill->keepers[i]);
        ptn_drill_wipe(drill, &drill->keepers[i]);
    }
}
