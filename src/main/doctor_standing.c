/*
 * main/doctor_standing.c -- what a running node says of itself in DIR/standing.json, weighed:
 * lines, ledgers, copies, evidence, the gateway's queue, and whether its figures are written.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "main/doctor_int.h"
#include "main/figures.h"
#include "main/standing.h"

#define STALE_S    30  /* a standing is written every two seconds */
#define LAG_S      900 /* a quarter of an hour behind */
#define WAITS_MANY 1000
#define SEVERAL    3u /* of one kind are named; the rest is counted */

static bool is_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* ---- one kind of finding over an array ---- */

struct rule {
    enum ptn_finding finding;
    const char *about, *says; /* "%s" in says: the name */
    bool (*holds)(const json_t *one);
};

static void weigh(struct ptn_doctor *doctor, const json_t *array, const char *name,
                  const struct rule *rule)
{
    size_t found = 0;

    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *one = json_array_get(array, i);

        if (!rule->holds(one))
            continue;
        if (found++ < SEVERAL)
            ptn_doctor_say(doctor, rule->finding, rule->about, "%s %s",
                           ptn_standing_text(one, name), rule->says);
    }
    if (found > SEVERAL)
        ptn_doctor_say(doctor, rule->finding, rule->about, "and %zu more of which the same is true",
                       found - SEVERAL);
}

static bool is_forked(const json_t *one)
{
    return is_true(one, "forked");
}

static bool is_corrupt(const json_t *one)
{
    return is_true(one, "corrupt");
}

static bool is_behind(const json_t *one)
{
    const json_t *listed = json_object_get(one, "listed");

    return ptn_standing_number(one, "lag_s") > LAG_S && (listed == NULL || json_is_true(listed));
}

static bool is_retired(const json_t *one)
{
    return json_is_false(json_object_get(one, "listed"));
}

static bool is_contradicted(const json_t *one)
{
    return is_true(one, "contradicted");
}

/* One word a keeper: each has a line that pulls, a site keeper only one that pushes. */
static bool is_shut(const json_t *one)
{
    return strcmp(ptn_standing_text(one, "line"), "revoked") == 0 &&
           (strcmp(ptn_standing_text(one, "kind"), "pull") == 0 ||
            strcmp(ptn_standing_text(one, "kind"), "site") == 0);
}

static bool is_uncounted(const json_t *one)
{
    return is_true(one, "revoked") && strcmp(ptn_standing_text(one, "kind"), "pull") == 0 &&
           !is_shut(one);
}

static bool is_dead(const json_t *one)
{
    return strcmp(ptn_standing_text(one, "kind"), "pull") == 0 && !is_shut(one) &&
           strcmp(ptn_standing_text(one, "line"), "fine") != 0;
}

static bool is_lost(const json_t *one)
{
    return ptn_standing_number(one, "lost") > 0;
}

static const struct rule of_ledgers[] = {
    { PTN_FINDING_BAD, "ledgers", "was signed twice by its key: its machine is not to be trusted",
      is_forked },
    { PTN_FINDING_LOOK, "ledgers", "has been ahead of the copy here for a quarter of an hour",
      is_behind },
};

static const struct rule of_copies[] = {
    { PTN_FINDING_BAD, "copies", "was signed twice by its key: the evidence is in this ledger",
      is_forked },
    { PTN_FINDING_BAD, "copies", "failed its own proof: change the disk and let it fill again",
      is_corrupt },
    { PTN_FINDING_LOOK, "copies", "has signed what is not cosigned here for a quarter of an hour",
      is_behind },
    { PTN_FINDING_LOOK, "copies",
      "is not on the roster any more: what is here is shown, and nothing more is taken",
      is_retired },
};

static const struct rule of_lines[] = {
    { PTN_FINDING_BAD, "lines",
      "was signed another history of this ledger: this disk went back, and was written on",
      is_contradicted },
    { PTN_FINDING_BAD, "lines", "wants payloads of this ledger that this disk has lost", is_lost },
    { PTN_FINDING_LOOK, "lines",
      "has a key that orders revoke: nothing is sent to it, and nothing of it counts", is_shut },
    { PTN_FINDING_LOOK, "lines",
      "has a key that orders revoke: nothing of it counts, and it is spoken to, for too few others "
      "are left",
      is_uncounted },
    { PTN_FINDING_LOOK, "lines", "does not answer", is_dead },
};

static void weigh_all(struct ptn_doctor *doctor, const json_t *root, const char *array,
                      const char *name, const struct rule *rules, size_t count)
{
    const json_t *all = json_object_get(root, array);
    const unsigned before = doctor->counts[PTN_FINDING_LOOK] + doctor->counts[PTN_FINDING_BAD];

    for (size_t i = 0; i < count; i++)
        weigh(doctor, all, name, &rules[i]);
    if (json_array_size(all) > 0 &&
        before == doctor->counts[PTN_FINDING_LOOK] + doctor->counts[PTN_FINDING_BAD])
        ptn_doctor_say(doctor, PTN_FINDING_FINE, rules[0].about, "%zu, nothing to say of them",
                       json_array_size(all));
}

/* ---- what there is one of ---- */

static void look_at_keeper(struct ptn_doctor *doctor, const json_t *root)
{
    const json_t *refused = json_object_get(root, "refused_for");

    ptn_doctor_say(doctor,
                   ptn_standing_number(root, "evidence_kept") > 0 ? PTN_FINDING_LOOK
                                                                  : PTN_FINDING_FINE,
                   "evidence", "%lld checkpoints that were signed and refused",
                   ptn_standing_number(root, "evidence_kept"));
    if (ptn_standing_number(root, "turned_away") > 0)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "door",
                       "%lld nodes are turned away: orders revoke their keys",
                       ptn_standing_number(root, "turned_away"));
    if (ptn_standing_number(root, "lost") > 0)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "copies",
                       "%lld payloads that their writers lost before they came here",
                       ptn_standing_number(root, "lost"));
    if (ptn_standing_number(refused, "disk") > 0)
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "door",
                       "%lld requests refused since the start: the disk is nearly full",
                       ptn_standing_number(refused, "disk"));
    if (ptn_standing_number(refused, "peer") + ptn_standing_number(refused, "doubted") > 0)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "door",
                       "%lld requests refused since the start that a sound node does not make",
                       ptn_standing_number(refused, "peer") +
                           ptn_standing_number(refused, "doubted"));
}

/* Nothing waits for a quorum, and nothing is told as kept by one. */
static void look_at_quorum(struct ptn_doctor *doctor, const json_t *root)
{
    const json_t *keepers = json_object_get(root, "keepers");

    if (ptn_standing_number(keepers, "spare") < 0)
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "quorum",
                       "%lld keepers count, %lld are needed: none comes together until a roster "
                       "names others, and lanes go on",
                       ptn_standing_number(keepers, "counted"),
                       ptn_standing_number(keepers, "needed"));
}

static void look_at_inbox(struct ptn_doctor *doctor, const json_t *root)
{
    const json_t *inbox = json_object_get(root, "inbox");
    const long long waiting = ptn_standing_number(inbox, "waiting");

    if (is_true(root, "disk_full"))
        ptn_doctor_say(doctor, PTN_FINDING_BAD, "inbox", "nothing is taken in: the disk is full");
    ptn_doctor_say(doctor, waiting > WAITS_MANY ? PTN_FINDING_LOOK : PTN_FINDING_FINE, "inbox",
                   "%lld files wait, %lld lists lack parts whose time is up", waiting,
                   ptn_standing_number(inbox, "parts_missing"));
}

/* Whoever watches machines reads this file. */
static void look_at_figures(struct ptn_doctor *doctor)
{
    const int64_t now_s = doctor->world->now_ms(doctor->world->context) / 1000;
    struct stat file;
    char path[PTN_DOCTOR_PATH_SIZE + PTN_NODE_CODE_MAX];

    if (doctor->plan.metrics_dir[0] != '\0')
        (void)snprintf(path, sizeof(path), "%s/postern-%s.prom", doctor->plan.metrics_dir,
                       doctor->plan.code);
    else
        (void)snprintf(path, sizeof(path), "%s/%s", doctor->dir, PTN_FIGURES_FILE);
    if (stat(path, &file) != 0)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "figures",
                       "%s is not written: who watches sees nothing", path);
    else if (now_s - file.st_mtime > 4 * PTN_FIGURES_MS / 1000)
        ptn_doctor_say(doctor, PTN_FINDING_LOOK, "figures", "%s is %lld s old", path,
                       (long long)(now_s - file.st_mtime));
    else
        ptn_doctor_say(doctor, PTN_FINDING_FINE, "figures", "%s", path);
}

void ptn_doctor_standing(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    json_t *root = ptn_standing_load(doctor->world, doctor->dir);
    const long long age_s =
        (doctor->world->now_ms(doctor->world->context) - ptn_standing_number(root, "time_ms")) /
        1000;
    const json_t *own = json_object_get(root, "roster");

    if (root == NULL || age_s > STALE_S) {
        if (root == NULL)
            ptn_doctor_say(doctor, PTN_FINDING_LOOK, "running", "it never has, or as a node alone");
        else
            ptn_doctor_say(doctor, PTN_FINDING_LOOK, "running", "no: it was seen %lld s ago",
                           age_s);
        json_decref(root);
        return;
    }
    ptn_doctor_say(doctor, PTN_FINDING_FINE, "running", "yes, seen %lld s ago", age_s);
    if (own != NULL && ptn_standing_number(own, "version") != (long long)roster->version)
        ptn_doctor_say(
            doctor, PTN_FINDING_BAD, "roster",
            "version %lld is in force and version %u lies in the folder: is the disk full?",
            ptn_standing_number(own, "version"), roster->version);
    look_at_quorum(doctor, root);
    weigh_all(doctor, root, "lines", "keeper", of_lines, sizeof(of_lines) / sizeof(of_lines[0]));
    weigh_all(doctor, root, "ledgers", "origin", of_ledgers,
              sizeof(of_ledgers) / sizeof(of_ledgers[0]));
    weigh_all(doctor, root, "copies", "origin", of_copies,
              sizeof(of_copies) / sizeof(of_copies[0]));
    if (json_object_get(root, "copies") != NULL)
        look_at_keeper(doctor, root);
    if (json_object_get(root, "inbox") != NULL)
        look_at_inbox(doctor, root);
    look_at_figures(doctor);
    json_decref(root);
}
