/* tests/unit/stride.h -- how many of very many like cases are tried: every one by hand, fewer where
 * each costs more, as under the sanitizers. */
#ifndef PTN_TESTS_STRIDE_H
#define PTN_TESTS_STRIDE_H
#include <stdlib.h>

/* Through a disk's operations, each failed in turn: POSTERN_FAULT_STEP; through the bytes of what
 * is read, each changed in turn: POSTERN_FLIP_STEP. 1 tries all. */
static inline unsigned long stride_of(const char *variable, unsigned long otherwise)
{
    const char *text = getenv(variable);
    unsigned long step = text == NULL ? 0 : strtoul(text, NULL, 10);

    return step == 0 ? otherwise : step;
}
#endif
