/*
 * base/status.h -- the one result type, where-and-why of a failure, and checks for our own
 * mistakes.
 *
 * Why a struct, not an int: HACKING.md, "Errors". Codes are grouped by what the caller does about
 * them.
 */
#ifndef PTN_BASE_STATUS_H
#define PTN_BASE_STATUS_H
#include <stdbool.h>
#include <stddef.h>

#define PTN_MUST_USE __attribute__((warn_unused_result))

enum ptn_code {
    PTN_C_OK = 0,
    PTN_C_BAD_INPUT, /* the bytes break the cited standard: tell the sender */
    PTN_C_TOO_BIG,   /* a documented limit would be passed: tell the sender */
    PTN_C_NOT_FOUND, /* a look-up found nothing: normal */
    PTN_C_BUSY,      /* nothing changed; safe to try again */
    PTN_C_IO,        /* disk, socket or clock refused: ask an operator */
    PTN_C_NO_MEMORY, /* ask an operator */
    PTN_C_CORRUPT,   /* data fails its own proof: stop and raise the alarm, never retry */
};

struct ptn_status {
    enum ptn_code code;
};

#define PTN_OK ((struct ptn_status){ PTN_C_OK })

/* Where and why. The text is for operators and never holds passenger data. */
struct ptn_diag {
    size_t offset;    /* bytes from the start of the input, or the line for line formats */
    const char *text; /* a string literal: nothing to free, nothing copied from input */
};

static inline bool ptn_ok(struct ptn_status status)
{
    return status.code == PTN_C_OK;
}

/* Fill reterr (may be NULL) and return the failure, in one line at the point of failure. */
static inline struct ptn_status ptn_fail(enum ptn_code code, struct ptn_diag *reterr, size_t offset,
                                         const char *text)
{
    if (reterr != NULL)
        *reterr = (struct ptn_diag){ .offset = offset, .text = text };
    return (struct ptn_status){ code };
}

/* The word for a code, as it stands in logs and in problem documents ("bad-input"). A literal. */
const char *ptn_code_word(enum ptn_code code);

/*
 * Checks for our own mistakes, kept in release builds and never used for input: a broken one prints
 * the condition and aborts. -DPTN_CONTRACT_OFF leaves them out of a branch-coverage count only.
 */
/* Whom to tell first, in the place of standard error; for a program, once at its start. */
void ptn_contract_tell(void (*tell)(const char *kind, const char *cond, const char *file,
                                    int line));
_Noreturn void ptn_contract_broken(const char *kind, const char *cond, const char *file, int line);

#ifdef PTN_CONTRACT_OFF
/* sizeof: the operands count as used, and nothing is evaluated */
#define PTN_PRE(cond)  ((void)sizeof((cond) ? 1 : 0))
#define PTN_POST(cond) ((void)sizeof((cond) ? 1 : 0))
#else
#define PTN_PRE(cond)  ((cond) ? (void)0 : ptn_contract_broken("pre", #cond, __FILE__, __LINE__))
#define PTN_POST(cond) ((cond) ? (void)0 : ptn_contract_broken("post", #cond, __FILE__, __LINE__))
#endif
#endif
