/*
 * node/staff.h -- who may sign in at this post, and with which rights.
 *
 * The file `staff` has one line a person: user, role, rights, language, name and Argon2id hash,
 * parted by tabs. It is read at start. Checking a password takes about a tenth of a second of one
 * core and some memory: the caller bounds how many run at once.
 */
#ifndef PTN_NODE_STAFF_H
#define PTN_NODE_STAFF_H
#include "base/world.h"

struct ptn_node;

#define PTN_STAFF_USER_MAX 64u
#define PTN_STAFF_NAME_MAX 120u
#define PTN_STAFF_HASH_MAX 160u

enum ptn_staff_role {
    PTN_STAFF_OFFICER,
    PTN_STAFF_SUPERVISOR,
    PTN_STAFF_SECOND, /* of the second line */
};

/* "officer", "supervisor", "second": a literal. */
const char *ptn_staff_role_word(enum ptn_staff_role role);

struct ptn_officer {
    char user[PTN_STAFF_USER_MAX + 1];
    char name[PTN_STAFF_NAME_MAX + 1];
    enum ptn_staff_role role;
    bool discreet; /* may see discreet matches */
    bool albanian; /* the language of choice: Albanian, else English */
};

struct ptn_staff_member {
    struct ptn_officer officer;
    char hash[PTN_STAFF_HASH_MAX + 1];
};

/* Read the next member of a staff file. OK; NOT_FOUND at the end; BAD_INPUT with the line. Pure. */
PTN_MUST_USE struct ptn_status ptn_staff_parse(struct ptn_cursor *cursor, size_t *line,
                                               struct ptn_staff_member *ret_member,
                                               struct ptn_diag *reterr);

/* Append one member's line. BAD_INPUT when a field holds what a line cannot. */
PTN_MUST_USE struct ptn_status ptn_staff_write(const struct ptn_staff_member *member,
                                               struct ptn_buffer *out);

/* Add a person with a password to DIR/staff, or replace the one of that name. Nothing but the hash
 * is kept. */
PTN_MUST_USE struct ptn_status ptn_staff_set(const struct ptn_world *world, const char *dir,
                                             const struct ptn_officer *officer,
                                             struct ptn_bytes password, struct ptn_diag *reterr);

/* The member called so, without asking for a password: for commands on the node's own machine.
 * False when there is none. */
bool ptn_staff_find(const struct ptn_node *node, struct ptn_bytes user,
                    struct ptn_officer *ret_officer);

/* Whether anybody is called so. Safe for threads. */
bool ptn_staff_knows(const struct ptn_node *node, struct ptn_bytes user);

/*
 * Who this is, if the password is right. NOT_FOUND alike for an unknown user and a wrong password,
 * after the same time. Safe for threads.
 */
PTN_MUST_USE struct ptn_status ptn_staff_check(const struct ptn_node *node, struct ptn_bytes user,
                                               struct ptn_bytes password,
                                               struct ptn_officer *ret_officer);
#endif
