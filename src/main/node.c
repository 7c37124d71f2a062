/*
 * main/node.c -- `postern node DIR`: make a node's folder, or add people to one.
 *
 * Passwords never stand on the command line: they are made up and printed once, or read from
 * standard input with
 * --passwords as lines of USER PASSWORD.
 */
#include "main/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/world.h"
#include "main/past.h"
#include "main/secret.h"
#include "main/unlock.h"
#include "node/node.h"
#include "node/returning.h"
#include "node/staff.h"

#define PEOPLE_MAX    64u
#define SNAPSHOT_MAX  ((size_t)1 << 30)
#define PASSWORD_SIZE 257u

static const char usage[] =
    "usage: postern node DIR --name NAME --kind airport|seaport|land --code CODE [--state ALB]\n"
    "                    [--port N] [--host NAME] [--watch SNAPSHOT] [--demonstration] [STAFF "
    "...]\n"
    "       postern node DIR STAFF ...        add people, or give them new passwords\n"
    "       postern node DIR --decoy officer=USER|document=NUMBER ...   nobody has a reason to "
    "use\n"
    "                    it: a touch takes the post down\n"
    "STAFF: --officer USER[=NAME] --second USER[=NAME] --supervisor USER[=NAME]\n"
    "       --auditor USER[=NAME] (at a centre)\n"
    "       [--discreet USER] [--albanian USER]; --second is of the second line\n"
    "       --passwords reads lines of USER PASSWORD from standard input; without it they are\n"
    "       made up and printed once: USER, PASSWORD, ROLE, parted by tabs\n";

struct person {
    struct ptn_officer officer;
    char password[PASSWORD_SIZE];
};

struct plan {
    struct ptn_node_plan node;
    const char *dir, *snapshot;
    bool any_plan, passwords;
    struct person people[PEOPLE_MAX];
    size_t people_count;
    const char *decoys[PTN_RETURNING_DECOYS_MAX];
    size_t decoy_count;
};

/* ---- the command line ---- */

static struct person *person_named(struct plan *plan, const char *user)
{
    for (size_t i = 0; i < plan->people_count; i++)
        if (strcmp(plan->people[i].officer.user, user) == 0)
            return &plan->people[i];
    return NULL;
}

/* USER or USER=NAME */
static bool add_person(struct plan *plan, const char *text, enum ptn_staff_role role)
{
    const char *equals = strchr(text, '=');
    size_t user_len = equals == NULL ? strlen(text) : (size_t)(equals - text);
    const char *name = equals == NULL ? text : equals + 1;
    struct ptn_officer *officer;

    if (plan->people_count >= PEOPLE_MAX || user_len == 0 || user_len > PTN_STAFF_USER_MAX ||
        strlen(name) > PTN_STAFF_NAME_MAX || *name == '\0')
        return false;
    officer = &plan->people[plan->people_count].officer;
    memcpy(officer->user, text, user_len);
    (void)snprintf(officer->name, sizeof(officer->name), "%s", name);
    officer->role = role;
    plan->people_count++;
    return true;
}

static bool mark_person(struct plan *plan, const char *user, bool discreet)
{
    struct person *person = person_named(plan, user);

    if (person == NULL)
        return false;
    if (discreet)
        person->officer.discreet = true;
    else
        person->officer.albanian = true;
    return true;
}

static bool set_text(char *at, size_t size, const char *text)
{
    int len = snprintf(at, size, "%s", text);

    return len > 0 && (size_t)len < size;
}

static bool set_kind(struct ptn_node_plan *plan, const char *text)
{
    static const enum ptn_post_kind kinds[] = { PTN_POST_AIRPORT, PTN_POST_SEAPORT, PTN_POST_LAND };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(text, ptn_post_kind_word(kinds[i])) == 0) {
            plan->kind = kinds[i];
            return true;
        }
    return false;
}

static bool set_port(struct ptn_node_plan *plan, const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    plan->port = (unsigned)port;
    return *text >= '0' && *text <= '9' && *end == '\0' && port <= 65535;
}

static bool take_option(struct plan *plan, int option, const char *value)
{
    switch (option) {
    case 'n':
        plan->any_plan = true;
        return set_text(plan->node.name, sizeof(plan->node.name), value);
    case 'k':
        plan->any_plan = true;
        return set_kind(&plan->node, value);
    case 'c':
        plan->any_plan = true;
        return set_text(plan->node.code, sizeof(plan->node.code), value);
    case 's':
        return set_text(plan->node.state, sizeof(plan->node.state), value);
    case 'p':
        return set_port(&plan->node, value);
    case 'h':
        return set_text(plan->node.host, sizeof(plan->node.host), value);
    case 'w':
        plan->snapshot = value;
        return true;
    case 'd':
        plan->node.demonstration = true;
        return true;
    case 'o':
        return add_person(plan, value, PTN_STAFF_OFFICER);
    case 'z':
        return add_person(plan, value, PTN_STAFF_SECOND);
    case 'u':
        return add_person(plan, value, PTN_STAFF_AUDITOR);
    case 'v':
        return add_person(plan, value, PTN_STAFF_SUPERVISOR);
    case 'r':
        return mark_person(plan, value, true);
    case 'l':
        return mark_person(plan, value, false);
    case 'i':
        plan->passwords = true;
        return true;
    case 'y':
        if (plan->decoy_count == PTN_RETURNING_DECOYS_MAX)
            return false;
        plan->decoys[plan->decoy_count++] = value;
        return strncmp(value, "officer=", 8) == 0 || strncmp(value, "document=", 9) == 0;
    default:
        return false;
    }
}

static bool read_arguments(struct plan *plan, int argc, char **argv)
{
    static const struct option options[] = {
        { "name", required_argument, NULL, 'n' },
        { "second", required_argument, NULL, 'z' },
        { "kind", required_argument, NULL, 'k' },
        { "code", required_argument, NULL, 'c' },
        { "state", required_argument, NULL, 's' },
        { "port", required_argument, NULL, 'p' },
        { "host", required_argument, NULL, 'h' },
        { "watch", required_argument, NULL, 'w' },
        { "demonstration", no_argument, NULL, 'd' },
        { "officer", required_argument, NULL, 'o' },
        { "supervisor", required_argument, NULL, 'v' },
        { "auditor", required_argument, NULL, 'u' },
        { "discreet", required_argument, NULL, 'r' },
        { "albanian", required_argument, NULL, 'l' },
        { "passwords", no_argument, NULL, 'i' },
        { "decoy", required_argument, NULL, 'y' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    (void)set_text(plan->node.state, sizeof(plan->node.state), "ALB");
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(plan, option, optarg))
            return false;
    if (optind != argc - 1)
        return false;
    plan->dir = argv[optind];
    if (!plan->any_plan)
        return plan->people_count + plan->decoy_count > 0;
    return plan->node.name[0] != '\0' && plan->node.code[0] != '\0';
}

/* ---- passwords ---- */

/* Lines of USER PASSWORD. False at the first that is not for one of the people named. */
static bool read_passwords(struct plan *plan)
{
    char line[PTN_STAFF_USER_MAX + PASSWORD_SIZE + 4];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *password = line + strcspn(line, " \t");
        struct person *person;
        bool parted = *password != '\0';

        *password = '\0';
        person = person_named(plan, line);
        password += parted ? 1 : 0;
        password[strcspn(password, "\r\n")] = '\0';
        if (person == NULL || !set_text(person->password, sizeof(person->password), password))
            return false;
    }
    explicit_bzero(line, sizeof(line));
    for (size_t i = 0; i < plan->people_count; i++)
        if (plan->people[i].password[0] == '\0')
            return false;
    return true;
}

static struct ptn_status add_people(const struct ptn_world *world, struct plan *plan,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status =
        plan->people_count > 0 ? ptn_unlock_command(plan->dir, &world, reterr) : PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < plan->people_count; i++) {
        struct person *person = &plan->people[i];

        if (!plan->passwords)
            ptn_secret_make(world, person->password);
        status = ptn_staff_set(world, plan->dir, &person->officer,
                               ptn_bytes_from_text(person->password), reterr);
        if (ptn_ok(status) && !plan->passwords)
            (void)printf("%s\t%s\t%s\n", person->officer.user, person->password,
                         ptn_staff_role_word(person->officer.role));
    }
    explicit_bzero(plan->people, sizeof(plan->people));
    return status;
}

static struct ptn_status add_decoys(const struct ptn_world *world, const struct plan *plan,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < plan->decoy_count; i++)
        status = ptn_decoy_add(world, plan->dir,
                               plan->decoys[i][0] == 'o' ? PTN_DECOY_OFFICER : PTN_DECOY_DOCUMENT,
                               ptn_bytes_from_text(strchr(plan->decoys[i], '=') + 1), reterr);
    return status;
}

/* ---- the command ---- */

static struct ptn_status make(const struct ptn_world *world, const struct plan *plan,
                              struct ptn_diag *reterr)
{
    struct ptn_buffer snapshot = { .len_max = SNAPSHOT_MAX };
    struct ptn_status status = PTN_OK;

    if (plan->snapshot != NULL)
        status = world->files->read(world->context, plan->snapshot, &snapshot);
    if (!ptn_ok(status))
        status = ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                          "the snapshot cannot be read");
    if (ptn_ok(status))
        status = ptn_node_make(world, plan->dir, &plan->node, ptn_buffer_bytes(&snapshot), reterr);
    if (ptn_ok(status) && plan->node.demonstration)
        status = ptn_past_seed(world, plan->dir, plan->node.code, reterr);
    ptn_buffer_release(&snapshot);
    return status;
}

int ptn_run_node(int argc, char **argv)
{
    const struct ptn_world *world = ptn_world_real();
    struct plan *plan = calloc(1, sizeof(*plan));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = PTN_OK;

    if (plan == NULL)
        return PTN_EXIT_ENVIRONMENT;
    if (!read_arguments(plan, argc, argv)) {
        (void)fputs(usage, stderr);
        free(plan);
        return PTN_EXIT_USAGE;
    }
    if (plan->passwords && !read_passwords(plan))
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0,
                          "standard input: a line USER PASSWORD for each person is needed");
    if (ptn_ok(status) && plan->any_plan)
        status = make(world, plan, &diag);
    if (ptn_ok(status))
        status = add_people(world, plan, &diag);
    if (ptn_ok(status))
        status = add_decoys(world, plan, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(plan->dir, status, &diag);
    free(plan);
    return ptn_exit_for(status);
}
