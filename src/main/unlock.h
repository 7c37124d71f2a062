/*
 * main/unlock.h -- the way in for a locked node's passphrase: a socket in the node's folder, mode
 * 0600, behind it a thread of its own, for a try takes half a second.
 *
 * One asks at a time: a line with the passphrase, and back a line: "opened", "wrong N" (try again
 * in N seconds) or "wait N" (it was not tried). Wrong tries are slowed and counted, and never end
 * it. LOCK-6. Why a socket and no page: docs/design/0004-a-locked-post.md.
 */
#ifndef PTN_MAIN_UNLOCK_H
#define PTN_MAIN_UNLOCK_H
#include "base/world.h"
#include "vault/vault.h"

#define PTN_UNLOCK_SOCKET "unlock" /* in the node's folder */

/* What the machine itself may hand in: a file of that name in $CREDENTIALS_DIRECTORY. */
#define PTN_UNLOCK_CREDENTIAL "postern.machine-key"

struct ptn_unlock; /* opaque */

/* world and dir are Borrowed until stop. Owned: ptn_unlock_stop. BUSY: somebody listens there; IO;
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_unlock_start(const struct ptn_world *world, const char *dir,
                                                struct ptn_unlock **ret_unlock,
                                                struct ptn_diag *reterr);
/* NULL is fine. */
void ptn_unlock_stop(struct ptn_unlock *unlock);

/* The storage key, once somebody has opened it; then it is the caller's (ptn_storage_close). NULL:
 * not yet. Any thread. */
struct ptn_storage *ptn_unlock_take(struct ptn_unlock *unlock);

/* Wrong tries since this was last asked. Any thread. */
unsigned ptn_unlock_wrong(struct ptn_unlock *unlock);

/* How long after the nth wrong try in a row nothing is tried. Pure. */
unsigned ptn_unlock_pause_s(unsigned wrong);

/* Try the machine's key, where the machine hands one in. NULL: there is none, or it does not open
 * the lock, which is said on stderr. */
struct ptn_storage *ptn_unlock_by_machine(const struct ptn_world *world, const char *dir);

/* ---- for whoever asks ---- */

enum ptn_unlock_answer { PTN_UNLOCK_OPENED, PTN_UNLOCK_WRONG, PTN_UNLOCK_WAIT };

/* OK with *ret_answer, and *ret_wait_s for WRONG and WAIT; NOT_FOUND: no locked node runs there;
 * IO. */
PTN_MUST_USE struct ptn_status ptn_unlock_ask(const char *dir, struct ptn_bytes passphrase,
                                              enum ptn_unlock_answer *ret_answer,
                                              unsigned *ret_wait_s);

/* True when a locked node runs there. */
bool ptn_unlock_waits(const char *dir);

/* A world that opens the vault of a folder. Zeroed holds nothing. */
struct ptn_unlocked {
    struct ptn_world world;
    struct ptn_storage *storage;
};

/*
 * For a command that reads what a node's vault opens: the real world and, where the folder's lock
 * is on, its storage key, for which the passphrase is read from fd, or with fd -1 from the
 * terminal. The codes of ptn_lock_open and ptn_passphrase_read. Release it in any case.
 */
PTN_MUST_USE struct ptn_status ptn_unlocked_world(struct ptn_unlocked *unlocked, const char *dir,
                                                  int fd, struct ptn_diag *reterr);
void ptn_unlocked_release(struct ptn_unlocked *unlocked);

/*
 * The same for the whole of a command, which asks once for one folder: *world is as it was, or the
 * one that opens it, until the process ends. The passphrase is read from the descriptor that
 * POSTERN_PASSPHRASE_FD names in the environment, or from the terminal.
 */
PTN_MUST_USE struct ptn_status ptn_unlock_command(const char *dir, const struct ptn_world **world,
                                                  struct ptn_diag *reterr);
#endif
