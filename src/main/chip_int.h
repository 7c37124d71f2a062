/* main/chip_int.h -- what the commands about chips share. */
#ifndef PTN_MAIN_CHIP_INT_H
#define PTN_MAIN_CHIP_INT_H
#include "document/chip_read.h"
#include "main/pcsc.h"

/*
 * Open the document at hand and read the security object and those groups (bit n - 1: DGn), each
 * into its buffer; a group the chip does not have or give stays empty. Then have it prove that it
 * is no copy: where a group for that is listed and does not come, or is not the one listed, it is
 * one.
 */
struct ptn_chip_taken {
    enum ptn_chip_access access;
    enum ptn_chip_proof proof;
    struct ptn_buffer sod, groups[PTN_CHIP_GROUPS]; /* Owned: ptn_chip_taken_release */
};
PTN_MUST_USE struct ptn_status ptn_chip_take_files(const struct ptn_card *card,
                                                   const struct ptn_chip_key *key, unsigned groups,
                                                   struct ptn_chip_taken *ret_taken,
                                                   struct ptn_diag *reterr);
void ptn_chip_taken_release(struct ptn_chip_taken *taken);

/* The lines of a page, out of a file. What the file or they cannot be read by. */
PTN_MUST_USE struct ptn_status ptn_chip_read_page(const char *path, struct ptn_date today,
                                                  struct ptn_mrz *ret_page,
                                                  struct ptn_diag *reterr);

/* `postern chip read` and `postern chip readers`, from the verb on. */
int ptn_chip_run_read(int argc, char **argv);
int ptn_chip_run_readers(int argc, char **argv);
#endif
