/* main/doctor_int.h -- what the files of `postern doctor` share. */
#ifndef PTN_MAIN_DOCTOR_INT_H
#define PTN_MAIN_DOCTOR_INT_H
#include "base/world.h"
#include "node/node.h"
#include "trust/roster.h"

#define PTN_DOCTOR_PATH_SIZE 1024u

enum ptn_finding { PTN_FINDING_FINE, PTN_FINDING_LOOK, PTN_FINDING_BAD, PTN_FINDING_COUNT };

struct ptn_doctor {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_node_plan plan;
    unsigned counts[PTN_FINDING_COUNT];
};

/* Print one finding and count it. */
void ptn_doctor_say(struct ptn_doctor *doctor, enum ptn_finding finding, const char *about,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Who may come in by HTTPS at a gateway that listens. */
void ptn_doctor_carriers(struct ptn_doctor *doctor);

/* Whether the keepers this node speaks to can be reached, and whether its own door is free or its
 * own. */
void ptn_doctor_ports(struct ptn_doctor *doctor, const struct ptn_roster *roster);

/* Until which month every reader of the roster has a key. */
void ptn_doctor_months(struct ptn_doctor *doctor, const struct ptn_roster *roster);

/* Whether a post or a centre has the private halves of its own months. */
void ptn_doctor_reading(struct ptn_doctor *doctor, const struct ptn_roster *roster);

/* What the node says of itself while it runs. roster: the one in its folder. */
void ptn_doctor_standing(struct ptn_doctor *doctor, const struct ptn_roster *roster);

/* The staff list that a post of a country has, or a centre where somebody signs in. */
void ptn_doctor_staff(struct ptn_doctor *doctor, const struct ptn_roster *roster);
#endif
