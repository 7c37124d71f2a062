/*
 * main/roster.c -- postern roster: read a country's roster and say whether it holds; print a node's
 * own line for one (main/roster_line.c); write the next (main/roster_next.c); give it.
 */
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "main/commands.h"
#include "main/hand.h"
#include "main/roster_int.h"
#include "node/country.h"
#include "trust/roster.h"

#define ARENA_MAX (64u << 20)

static const char usage[] =
    "usage: postern roster check NOTE [OLDER NOTE]   is it signed by "
    "enough, does it follow the older one\n"
    "       postern roster line DIR [...]            a node's line for "
    "a roster; makes its certificate once\n"
    "       postern roster next ROSTER [CHANGE ...]  the text of the next version, to be signed\n"
    "       postern roster give DIR NOTE             hand the next roster to "
    "every keeper\n";

static struct ptn_status read_note(const char *path, struct ptn_buffer *out,
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = world->files->read(world->context, path, out);

    if (!ptn_ok(status))
        return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                        "cannot be read");
    return status;
}

static struct ptn_date today(void)
{
    const struct ptn_world *world = ptn_world_real();

    return ptn_instant_date(world->now_ms(world->context));
}

/* What a person who holds two rosters side by side wants to see. */
static void print_roster(const struct ptn_roster *roster)
{
    static const enum ptn_roster_role roles[] = { PTN_ROSTER_KEEPER, PTN_ROSTER_SITE,
                                                  PTN_ROSTER_CENTRE, PTN_ROSTER_POST,
                                                  PTN_ROSTER_GATEWAY };
    const struct ptn_date from = today();
    struct ptn_roster_lack lack;
    char date[PTN_DATE_TEXT_SIZE];

    (void)printf("%.*s version %u, expires %s\n", (int)roster->origin.len,
                 (const char *)roster->origin.at, roster->version,
                 ptn_date_write(roster->expires, date));
    (void)printf("%u of %zu authorities; %u keepers, %u needed, %u may lie\n",
                 roster->authorities_needed, roster->authority_count, roster->quorum_n,
                 roster->quorum_q, roster->quorum_f);
    if (ptn_roster_reading_lack(roster, from, &lack))
        (void)printf("months: every reader has keys up to %04u-%02u, for which %zu have none\n",
                     lack.month.year, lack.month.month, lack.count);
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        for (size_t k = 0; k < roster->node_count; k++)
            if (roster->nodes[k].role == roles[i])
                (void)printf("%s %.*s\n", ptn_roster_role_word(roles[i]),
                             (int)roster->nodes[k].ledger.name.len,
                             (const char *)roster->nodes[k].ledger.name.at);
}

static struct ptn_status check(const char *path, const char *older_path, struct ptn_arena *arena,
                               struct ptn_diag *reterr)
{
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_buffer older_note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_roster roster = { .version = 0 };
    struct ptn_roster older = { .version = 0 };
    struct ptn_status status = read_note(path, &note, reterr);

    if (ptn_ok(status) && older_path != NULL) {
        status = read_note(older_path, &older_note, reterr);
        if (ptn_ok(status))
            status = ptn_roster_first(ptn_buffer_bytes(&older_note), arena, &older, reterr);
        if (ptn_ok(status))
            status = ptn_roster_follows(&older, ptn_buffer_bytes(&note), today(), arena, &roster,
                                        reterr);
    } else if (ptn_ok(status)) {
        status = ptn_roster_first(ptn_buffer_bytes(&note), arena, &roster, reterr);
    }
    if (ptn_ok(status))
        print_roster(&roster);
    ptn_buffer_release(&note);
    ptn_buffer_release(&older_note);
    return status;
}

/* Hand the note to every keeper of the roster in DIR that it follows; a post tells its site keeper
 * by itself. IO when one of them did not take it. */
static struct ptn_status give(const char *dir, const char *path, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_country country = { 0 };
    struct ptn_roster next;
    unsigned refused = 0;
    struct ptn_status status = ptn_country_read(world, dir, &country, reterr);

    if (ptn_ok(status) && arena == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status))
        status = read_note(path, &note, reterr);
    if (ptn_ok(status))
        status = ptn_country_follows(world, dir, &country.roster, ptn_buffer_bytes(&note), arena,
                                     &next, reterr);
    for (size_t i = 0; ptn_ok(status) && i < country.roster.node_count; i++)
        if (country.roster.nodes[i].role == PTN_ROSTER_KEEPER &&
            !ptn_hand_over(dir, &country.roster.nodes[i], ptn_buffer_bytes(&note)))
            refused++;
    if (ptn_ok(status) && refused > 0)
        status = ptn_fail(PTN_C_IO, reterr, refused, "not every keeper took it: give it again");
    ptn_country_release(&country);
    ptn_buffer_release(&note);
    ptn_arena_free(arena);
    return status;
}

int ptn_run_roster(int argc, char **argv)
{
    struct ptn_diag diag = { 0 };
    struct ptn_arena *arena = NULL;
    struct ptn_status status;

    if (argc >= 2 && strcmp(argv[1], "next") == 0)
        return ptn_roster_next(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "line") == 0)
        return ptn_roster_line(argc - 1, argv + 1);
    if ((argc == 3 || argc == 4) && strcmp(argv[1], "check") == 0) {
        arena = ptn_arena_new(ARENA_MAX);
        if (arena == NULL)
            return PTN_EXIT_ENVIRONMENT;
        status = check(argv[2], argc == 4 ? argv[3] : NULL, arena, &diag);
        ptn_arena_free(arena);
    } else if (argc == 4 && strcmp(argv[1], "give") == 0) {
        status = give(argv[2], argv[3], &diag);
    } else {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (!ptn_ok(status))
        ptn_say_failure(argv[2], status, &diag);
    return ptn_exit_for(status);
}
