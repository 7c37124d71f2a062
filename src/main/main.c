/*
 * main/main.c -- the postern command: finds the subcommand and hands over. Each subcommand is one
 * file with one function declared in commands.h; it gets argc and argv with its own name first.
 */
#include "main/commands.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static int run_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    (void)puts("postern 0.1.0");
    return PTN_EXIT_DONE;
}

/* In the order in which `postern help` lists them. */
static const struct command commands[] = {
    { "alert", ptn_run_alert, "alerts that a centre publishes: postern alert add|end|list DIR" },
    { "authority", ptn_run_authority, "offline keys: postern authority new|sign|combine|show" },
    { "carrier", ptn_run_carrier,
      "carriers at a gateway's door: postern carrier add|end|show DIR" },
    { "carry", ptn_run_carry, "ledgers over a stick: postern carry out|in DIR STICK" },
    { "decide", ptn_run_decide, "advise on travellers: JSON in, one advice each out" },
    { "doctor", ptn_run_doctor, "look over a node and its machine: postern doctor DIR" },
    { "drill", ptn_run_drill, "the September attack, on this machine: postern drill --fast" },
    { "erase", ptn_run_erase, "delete records for good: postern erase draft|status" },
    { "import", ptn_run_import,
      "another system's data, as CSV: postern import crossings DIR FILE" },
    { "init", ptn_run_init, "make a country: postern init DIR --post CODE:KIND:NAME ..." },
    { "incident", ptn_run_incident, "compare two attacks: postern incident compare FILE" },
    { "leave", ptn_run_leave, "orders to leave the country: postern leave order|list DIR" },
    { "ledger", ptn_run_ledger, "prove, list and export a ledger: postern ledger verify DIR" },
    { "list", ptn_run_list, "lists that a centre publishes: postern list publish|show|gone DIR" },
    { "manual", ptn_run_manual, "screening by hand: postern manual pack DIR --by USER" },
    { "message", ptn_run_message, "read carriers' messages: postern message read FILE..." },
    { "mrz", ptn_run_mrz, "read machine readable zones: postern mrz [--ndjson] < INPUT" },
    { "chip", ptn_run_chip,
      "check a document's chip against its issuer: postern chip check|trust …" },
    { "pass", ptn_run_pass, "read boarding passes' barcodes: postern pass < LINES" },
    { "names", ptn_run_names, "compare names: postern names compare < PAIRS.tsv" },
    { "node", ptn_run_node, "make a node: postern node DIR --name NAME --kind KIND --code CODE" },
    { "release", ptn_run_release, "software that may run: postern release new|check|give" },
    { "order", ptn_run_order, "out of service and back: postern order withdraw|restore|give" },
    { "permits", ptn_run_permits,
      "visas and permits that a centre publishes: postern permits publish|show DIR" },
    { "public", ptn_run_public, "the public page as a folder: postern public DIR OUT" },
    { "reader", ptn_run_reader, "chip readers at lanes: postern reader add|remove|run" },
    { "reading", ptn_run_reading, "keys of further months: postern reading make DIR MONTH ..." },
    { "rebuild", ptn_run_rebuild, "make a centre's view anew: postern rebuild DIR" },
    { "recover", ptn_run_recover, "bring a lost node back: postern recover DIR --spare FOLDER" },
    { "roster", ptn_run_roster, "check who is trusted: postern roster check NOTE" },
    { "rules", ptn_run_rules, "rules that a centre publishes: postern rules publish|show|test" },
    { "screen", ptn_run_screen, "search lists for people: postern screen --watch SNAP < QUERIES" },
    { "staff", ptn_run_staff, "who may sign in at a post: postern staff new|add|sign|put" },
    { "status", ptn_run_status, "how a node stands: postern status [--json] DIR" },
    { "subject", ptn_run_subject, "a person's own copy: postern subject export DIR" },
    { "sweep", ptn_run_sweep, "look for an attacker on a disk: postern sweep --root DIR" },
    { "up", ptn_run_up, "run a node: postern up DIR [--port N]" },
    { "vault", ptn_run_vault, "the lock of a node's keys: postern vault lock|unlock DIR" },
    { "version", run_version, "print the version" },
    { "view", ptn_run_view, "ask a centre's view: postern view ledgers DIR" },
    { "watch", ptn_run_watch, "compile lists, say what a snapshot holds: postern watch compile" },
};

static void list_commands(FILE *to)
{
    (void)fputs("usage: postern COMMAND [ARGUMENT ...]\n\n", to);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        (void)fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)fputs("\npostern help COMMAND says how it is asked.\n", to);
}

int ptn_exit_for(struct ptn_status status)
{
    switch (status.code) {
    case PTN_C_OK:
        return PTN_EXIT_DONE;
    case PTN_C_BAD_INPUT:
    case PTN_C_TOO_BIG:
        return PTN_EXIT_BAD_INPUT;
    case PTN_C_NOT_FOUND:
    case PTN_C_CORRUPT:
        return PTN_EXIT_NEGATIVE;
    case PTN_C_BUSY:
    case PTN_C_IO:
    case PTN_C_NO_MEMORY:
        break;
    }
    return PTN_EXIT_ENVIRONMENT;
}

void ptn_say_failure(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    if (diag != NULL && diag->text != NULL)
        (void)fprintf(stderr, "postern: %s: %s (at %zu)\n", what, diag->text, diag->offset);
    else
        (void)fprintf(stderr, "postern: %s: %s\n", what, ptn_code_word(status.code));
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* What a command says when it is asked in a way it does not know is its help; who asks for it gets
 * it where answers go, and did nothing wrong. */
static int help_of(const struct command *command)
{
    char name[16], word[] = "--help";
    char *argv[] = { name, word, NULL };

    (void)snprintf(name, sizeof(name), "%s", command->name);
    (void)printf("%s\n\n", command->summary);
    (void)fflush(stdout);
    (void)dup2(STDOUT_FILENO, STDERR_FILENO);
    opterr = 0; /* getopt need not say that it does not know the option */
    (void)command->run(2, argv);
    return PTN_EXIT_DONE;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "help";
    const struct command *command;

    /* It would count what it allocates, under one lock for all threads, and nobody asks. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (strcmp(name, "--version") == 0)
        name = "version";
    command = find_command(name);
    if (command != NULL && argc == 3 && asks_for_help(argv[2]))
        return help_of(command);
    if (command != NULL)
        return command->run(argc - 1, argv + 1);
    if (asks_for_help(name) && argc == 3) {
        name = argv[2];
        command = find_command(name);
        if (command != NULL)
            return help_of(command);
    } else if (asks_for_help(name)) {
        list_commands(stdout);
        return PTN_EXIT_DONE;
    }
    (void)fprintf(stderr, "postern: no command named %s\n", name);
    list_commands(stderr);
    return PTN_EXIT_USAGE;
}
