/*
 * main/recover_int.h -- what the files of `postern recover` share.
 *
 * main/recover.c is the command and its order; main/recover_folder.c makes the node's folder from
 * the spare identity, main/recover_keys.c joins the shares; main/recover_proof.c says what is there
 * again and whether it is all.
 */
#ifndef PTN_MAIN_RECOVER_INT_H
#define PTN_MAIN_RECOVER_INT_H
#include "base/world.h"
#include "ledger/ledger.h"
#include "main/commands.h"
#include "main/relay.h"
#include "node/country.h"
#include "node/node.h"
#include "vault/share.h"

#define PTN_RECOVER_PATH_SIZE 1024u

struct ptn_recover {
    const struct ptn_world *world;
    const char *dir;                         /* of the node, which is gone */
    const char *spare;                       /* the spare identity's folder */
    const char *roster;                      /* a roster note; NULL: the one beside the spare */
    const char *kit;                         /* recovery's kit; NULL: the one beside the spare */
    const char *shares[PTN_SHARE_COUNT_MAX]; /* files of shares of its key */
    size_t share_count;
    int64_t patience_ms;       /* without any progress */
    struct ptn_node_plan plan; /* the spare's */
    int lock;                  /* of the folder; -1: not held */
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_relay *relay;
    struct ptn_gather *gather;
    char former[PTN_NOTE_NAME_LEN_MAX + 1]; /* origin of the ledger that is succeeded */
    uint64_t least;                         /* of its entries, cosigned by a quorum */
    bool whole; /* so far: nothing that was shown is missing, and the digest is the same */
};

/* The folder with everything but ledger and node.conf. BAD_INPUT when a node is there, or the spare
 * is none; IO. A folder that a recovery left half way is gone on with. */
PTN_MUST_USE struct ptn_status ptn_recover_folder(struct ptn_recover *recover,
                                                  struct ptn_diag *reterr);

/* A centre's: join the shares, and let the vault read what was sealed for recovery; this month and
 * the next it will do so after a restart, too. BAD_INPUT names the share that does not fit. */
PTN_MUST_USE struct ptn_status ptn_recover_keys(struct ptn_recover *recover,
                                                struct ptn_diag *reterr);

/* Write node.conf: with it the folder is a node. */
PTN_MUST_USE struct ptn_status ptn_recover_finish(struct ptn_recover *recover,
                                                  struct ptn_diag *reterr);

/* Print every ledger's head, and what is missing. Sets former's least. */
PTN_MUST_USE struct ptn_status ptn_recover_print_heads(struct ptn_recover *recover,
                                                       struct ptn_diag *reterr);

/* Print how much more than the keepers the site keeper had. */
PTN_MUST_USE struct ptn_status ptn_recover_print_site(struct ptn_recover *recover,
                                                      struct ptn_diag *reterr);

/* A centre's: replay everything, compare with the digest that the former centre wrote down last. */
PTN_MUST_USE struct ptn_status ptn_recover_view(struct ptn_recover *recover,
                                                struct ptn_diag *reterr);

/* A centre's: append what the former one had published to the new ledger, byte for byte. Again
 * after a recovery that was cut short: a record twice is one. The codes of ptn_copy_read and
 * ptn_ledger_append. */
PTN_MUST_USE struct ptn_status ptn_recover_published(struct ptn_recover *recover,
                                                     struct ptn_diag *reterr);

/* Append to note the largest checkpoint of the former ledger that keepers cosigned, as far as it is
 * known; its size becomes recover->least. */
PTN_MUST_USE struct ptn_status ptn_recover_checkpoint(struct ptn_recover *recover,
                                                      struct ptn_buffer *note,
                                                      struct ptn_diag *reterr);

/* A post's: lay the orders that keepers hold into its folder: at no time is it at normal because it
 * has not heard. IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_recover_orders(struct ptn_recover *recover,
                                                  struct ptn_diag *reterr);

/* A post's: carry over into the new ledger what the former says of an attack
 * (docs/format/release.md). The relay is stopped. The codes of ptn_copy_open, ptn_copy_read and
 * ptn_ledger_append. */
PTN_MUST_USE struct ptn_status ptn_recover_return(struct ptn_recover *recover,
                                                  struct ptn_diag *reterr);
#endif
