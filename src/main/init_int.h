/*
 * main/init_int.h -- what the files of `postern init` share: the country on its way.
 *
 * main/init.c reads the command line, main/init_people.c makes the keys of people,
 * main/init_nodes.c and main/init_reading.c those of machines, main/init_roster.c signs what binds
 * them.
 */
#ifndef PTN_MAIN_INIT_INT_H
#define PTN_MAIN_INIT_INT_H
#include "base/world.h"
#include "main/commands.h"
#include "node/node.h"
#include "trust/roster.h"
#include "vault/authority.h"

#define PTN_INIT_PATH_SIZE   1024u
#define PTN_INIT_NODES_MAX   544u
#define PTN_INIT_POSTS_MAX   256u
#define PTN_INIT_ROOMS_MAX   8u
#define PTN_INIT_PEOPLE_MAX  (2u * 32u + 32u)
#define PTN_INIT_COUNTRY_MAX 80u
#define PTN_INIT_NAME_SIZE   (PTN_NODE_ORIGIN_MAX + 16u)
#define PTN_INIT_MONTHS_MAX  24u
#define PTN_INIT_ROSTER_DAYS 365
#define PTN_INIT_SECRET_SIZE 128u

enum ptn_init_office {
    PTN_INIT_AUTHORITY,
    PTN_INIT_DUTY,
    PTN_INIT_PERSONNEL,
    PTN_INIT_OFFICE_COUNT
};

/* A person with an offline key: DIR/offline/keys/<file>.key. */
struct ptn_init_person {
    enum ptn_init_office office;
    char file[32];                 /* "authority-1" */
    char name[PTN_INIT_NAME_SIZE]; /* "utopia.example/authority-1" */
    char passphrase[PTN_INIT_SECRET_SIZE];
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
};

/* A machine, with its folder DIR/<code> and what the roster says of it. */
struct ptn_init_node {
    struct ptn_node_plan plan;
    char address[PTN_ROSTER_ADDRESS_MAX + 1]; /* keepers */
    char mirror_name[PTN_INIT_NAME_SIZE];     /* keepers */
    char spare_name[PTN_INIT_NAME_SIZE];      /* posts and the centre */
    const struct ptn_init_node *post;         /* site keepers */
    bool room; /* a centre that reads nothing and publishes nothing: a duty officer's laptop */
    struct ptn_roster_node line;
    struct ptn_roster_spare spare;
};

/* People of a post or the centre whose first list is signed with the roster. */
struct ptn_init_staff {
    const struct ptn_init_node *post; /* NULL: the centre */
    const char *path;
};

struct ptn_init {
    const struct ptn_world *world;
    const char *dir;
    char country[PTN_INIT_COUNTRY_MAX + 1]; /* "utopia.example" */
    char state[4];
    unsigned keepers, quorum, liars, needed;
    unsigned offices[PTN_INIT_OFFICE_COUNT]; /* how many people in each */
    unsigned keeper_port, post_port, months, rooms;
    unsigned shares, shares_needed;               /* of recovery's key */
    const char *addresses[PTN_ROSTER_KEEPER_MAX]; /* of keepers, as given */
    size_t address_count;
    bool site_keepers, gateway, demonstration, passphrases;
    const char *snapshot_path;
    struct ptn_init_node nodes[PTN_INIT_NODES_MAX]; /* posts, site keepers, keepers, the centre, the
                                                       gateway */
    size_t node_count, post_count;
    struct ptn_init_staff staff[PTN_INIT_POSTS_MAX + 1];
    size_t staff_count;
    struct ptn_init_person people[PTN_INIT_PEOPLE_MAX];
    size_t people_count;
    struct ptn_roster_reading readings[2 * PTN_INIT_NODES_MAX * PTN_INIT_MONTHS_MAX];
    size_t reading_count;
};

/* dir/a/b with a NUL (b may be NULL). TOO_BIG when it does not fit. */
PTN_MUST_USE struct ptn_status ptn_init_path(char path[PTN_INIT_PATH_SIZE], const char *dir,
                                             const char *a, const char *b);

/* Read the passphrases, or make them up and print them; make the key files. BAD_INPUT; IO. */
PTN_MUST_USE struct ptn_status ptn_init_people(struct ptn_init *init, struct ptn_diag *reterr);

/* Make the folders of all nodes and their spare identities; fill in lines and spares. */
PTN_MUST_USE struct ptn_status ptn_init_nodes(struct ptn_init *init, struct ptn_diag *reterr);

/* Make the monthly reading keys of posts, centre and recovery. */
PTN_MUST_USE struct ptn_status ptn_init_reading(struct ptn_init *init, struct ptn_diag *reterr);

/* Append that person's line under the text, by their key file. */
PTN_MUST_USE struct ptn_status ptn_init_sign(const struct ptn_init *init,
                                             const struct ptn_init_person *person,
                                             struct ptn_bytes text, struct ptn_buffer *lines,
                                             struct ptn_diag *reterr);

/* Write the roster, have as many authorities sign it as it needs, check it as a reader would, and
 * put it into DIR and every node's folder. */
PTN_MUST_USE struct ptn_status ptn_init_roster(struct ptn_init *init, struct ptn_diag *reterr);

/* CODE:FILE, after that post, or of the centre. False: usage. */
bool ptn_init_add_staff(struct ptn_init *init, const char *text);

/* Seal and sign those first lists by the roster that is made, into the posts' folders. */
PTN_MUST_USE struct ptn_status ptn_init_staff(const struct ptn_init *init, struct ptn_diag *reterr);
#endif
