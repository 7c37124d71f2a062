/* main/passphrase.h -- a passphrase and a yes from whoever sits at the terminal. */
#ifndef PTN_MAIN_PASSPHRASE_H
#define PTN_MAIN_PASSPHRASE_H
#include "vault/authority.h"

/* A line of a passphrase and its NUL. */
struct ptn_passphrase {
    char text[PTN_PASSPHRASE_LEN_MAX + 1];
    size_t len;
};

/*
 * ptn_passphrase_read(fd, prompt, twice, ret_passphrase, reterr):
 * Read one line from fd, or with fd -1 from the terminal, unseen, twice when twice is set. Wipe it
 * with ptn_passphrase_wipe. OK; BAD_INPUT for an empty or too long line, or when both differ; IO
 * without a terminal.
 */
PTN_MUST_USE struct ptn_status ptn_passphrase_read(int fd, const char *prompt, bool twice,
                                                   struct ptn_passphrase *ret_passphrase,
                                                   struct ptn_diag *reterr);
void ptn_passphrase_wipe(struct ptn_passphrase *passphrase);

/* Ask at the terminal; true for the whole word "yes" or "po". False without a terminal. */
bool ptn_passphrase_ask(const char *question);
#endif
