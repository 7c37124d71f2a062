/* main/staff_int.h -- what the files of `postern staff` share: what the command line says. */
#ifndef PTN_MAIN_STAFF_INT_H
#define PTN_MAIN_STAFF_INT_H
#include <stdio.h>

#include "node/staff.h"

struct ptn_staff_options {
    const char *verb;
    char **files;
    int file_count;
    const char *from, *node, *roster, *post, *out, *former, *key;
    const char *add_key; /* a security key as text; NULL: none */
    bool drop_keys;
    struct ptn_staff_member member; /* of one person, without the hash */
    unsigned version, hours, keepers;
    int passphrase_fd, password_fd;
    bool here, yes;
};

/* The verbs. BAD_INPUT, NOT_FOUND, CORRUPT, IO, NO_MEMORY, with what is wrong. */
PTN_MUST_USE struct ptn_status ptn_staff_cli_new(const struct ptn_staff_options *options,
                                                 struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_cli_add(const struct ptn_staff_options *options,
                                                 struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_cli_remove(const struct ptn_staff_options *options,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_cli_key(const struct ptn_staff_options *options,
                                                 struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_cli_show(const struct ptn_staff_options *options,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_cli_seal(const struct ptn_staff_options *options,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_cli_put(const struct ptn_staff_options *options,
                                                 struct ptn_diag *reterr);

/* Read a file of people and say who is in it, a line each, without hashes. BAD_INPUT. */
PTN_MUST_USE struct ptn_status ptn_staff_cli_print(struct ptn_bytes people, FILE *to,
                                                   struct ptn_diag *reterr);
#endif
