/* main/commands.h -- the subcommands, one file each, and what they share. */
#ifndef PTN_MAIN_COMMANDS_H
#define PTN_MAIN_COMMANDS_H
#include "base/status.h"

/* The program's exit codes: done, a negative answer, usage, bad input, environment. */
enum ptn_exit {
    PTN_EXIT_DONE = 0,
    PTN_EXIT_NEGATIVE = 1,
    PTN_EXIT_USAGE = 2,
    PTN_EXIT_BAD_INPUT = 3,
    PTN_EXIT_ENVIRONMENT = 4,
};

/* The exit code for a failed status: BAD_INPUT and TOO_BIG are bad input, NOT_FOUND and CORRUPT
 * negative. */
int ptn_exit_for(struct ptn_status status);

/* Say "postern: <what>: <diag text> (at <offset>)" on stderr. diag may be NULL. */
void ptn_say_failure(const char *what, struct ptn_status status, const struct ptn_diag *diag);

/* The subcommands: argv[0] is the subcommand's own name. */
int ptn_run_alert(int argc, char **argv);
int ptn_run_list(int argc, char **argv);
int ptn_run_rules(int argc, char **argv);
int ptn_run_permits(int argc, char **argv);
int ptn_run_authority(int argc, char **argv);
int ptn_run_carrier(int argc, char **argv);
int ptn_run_carry(int argc, char **argv);
int ptn_run_chip(int argc, char **argv);
int ptn_run_decide(int argc, char **argv);
int ptn_run_drill(int argc, char **argv);
int ptn_run_doctor(int argc, char **argv);
int ptn_run_erase(int argc, char **argv);
int ptn_run_import(int argc, char **argv);
int ptn_run_init(int argc, char **argv);
int ptn_run_incident(int argc, char **argv);
int ptn_run_incident_evidence(int argc, char **argv); /* a verb of incident */
int ptn_run_leave(int argc, char **argv);
int ptn_run_ledger(int argc, char **argv);
int ptn_run_ledger_show(int argc, char **argv); /* a verb of ledger */
int ptn_run_manual(int argc, char **argv);
int ptn_run_mrz(int argc, char **argv);
int ptn_run_message(int argc, char **argv);
int ptn_run_names(int argc, char **argv);
int ptn_run_order(int argc, char **argv);
int ptn_run_pass(int argc, char **argv);
int ptn_run_public(int argc, char **argv);
int ptn_run_release(int argc, char **argv);
int ptn_run_incident_gate(int argc, char **argv); /* of postern incident */
int ptn_run_reader(int argc, char **argv);
int ptn_run_reading(int argc, char **argv);
int ptn_run_rebuild(int argc, char **argv);
int ptn_run_recover(int argc, char **argv);
int ptn_run_roster(int argc, char **argv);
int ptn_run_screen(int argc, char **argv);
int ptn_run_subject(int argc, char **argv);
int ptn_run_sweep(int argc, char **argv);
int ptn_run_watch(int argc, char **argv);
int ptn_run_node(int argc, char **argv);
int ptn_run_staff(int argc, char **argv);
int ptn_run_status(int argc, char **argv);
int ptn_run_up(int argc, char **argv);
int ptn_run_vault(int argc, char **argv);
int ptn_run_view(int argc, char **argv);

#endif
