#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>

const char *ptn_code_word(enum ptn_code code)
{
    switch (code) {
    case PTN_C_OK:
        return "ok";
    case PTN_C_BAD_INPUT:
        return "bad-input";
    case PTN_C_TOO_BIG:
        return "too-big";
    case PTN_C_NOT_FOUND:
        return "not-found";
    case PTN_C_BUSY:
        return "busy";
    case PTN_C_IO:
        return "io";
    case PTN_C_NO_MEMORY:
        return "no-memory";
    case PTN_C_CORRUPT:
        return "corrupt";
    }
    return "unknown";
}

static void (*told)(const char *kind, const char *cond, const char *file, int line);

void ptn_contract_tell(void (*tell)(const char *kind, const char *cond, const char *file, int line))
{
    told = tell;
}

void ptn_contract_broken(const char *kind, const char *cond, const char *file, int line)
{
    if (told != NULL)
        told(kind, cond, file, line);
    else
        (void)fprintf(stderr, "%s:%d: broken %scondition: %s\n", file, line, kind, cond);
    abort();
}
