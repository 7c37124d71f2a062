/*
 * main/drill_int.h -- the drill's stage: a country of real processes in a folder, lanes at its
 * posts, commands run as a person would run them, and what came of it.
 */
#ifndef PTN_MAIN_DRILL_INT_H
#define PTN_MAIN_DRILL_INT_H
#include <sys/types.h>

#include "base/text.h"
#include "base/world.h"

#define PTN_DRILL_POSTS    8u
#define PTN_DRILL_KEEPERS  4u
#define PTN_DRILL_PATH     512u
#define PTN_DRILL_PORT     29400 /* the first keeper's; the others follow */
#define PTN_DRILL_PASSWORD "a word for rehearsals"

/* One node of the stage: a folder and, while it runs, its parent process. */
struct ptn_drill_node {
    char folder[PTN_DRILL_PATH];
    pid_t pid;     /* 0: it does not run */
    unsigned port; /* of a post's web server; 0: it has none */
};

struct ptn_drill_lane; /* one signed-in browser */

/* What a post on paper said of its pack. */
struct ptn_drill_sheets {
    unsigned issued, accounted;
    bool named;                     /* the sheet that was never entered */
    bool refused;                   /* a return while it was missing */
    unsigned doubts, doubts_failed; /* questions whose answer is no; answered yes */
};

struct ptn_drill_post {
    const char *code, *kind, *name;
    struct ptn_drill_lane *idle; /* Owned: browsers that are signed in and put aside */
    struct ptn_drill_node node, site;
    unsigned made;      /* crossings acknowledged */
    double contained_s; /* from the first sign to the rung; negative: never */
    struct ptn_drill_sheets sheets;
};

/* What a drill comes to. */
struct ptn_drill_report {
    unsigned long seed;
    unsigned made, lost;
    unsigned forged_tried;
    unsigned forged_followed; /* posts that obeyed an order of thieves */
    unsigned forged_kept;     /* what the centre's own keys signed and posts obeyed */
    unsigned forged_heard;    /* heartbeats of thieves that were a sign of life, or brought back */
    double contained_last_s, order_last_s; /* from the first sign; from the order */
    double rebuild_s;
    bool digest_equal, rebuilt;
    unsigned leave_left, leave_overdue; /* of two who were ordered to leave */
    bool post_recovered;
    bool return_held;  /* an order to return that lacks what it needs changed nothing */
    unsigned returned; /* posts back in service through the gate */
    double return_s;   /* from the first disk kept to the last lane */
    double rate_normal, rate_local; /* crossings a second, all lanes of the drill */
    double took_s;
    unsigned failures;
};

/* Protections that the drill itself takes away, to show that it then fails, and at what: in the
 * order in which the story comes to what they keep. */
enum ptn_drill_protection {
    PTN_DRILL_NO_OFFLINE,       /* authorities' keys lie where the thief finds them */
    PTN_DRILL_NO_SECOND_KEY,    /* the thief holds both duty officers' keys */
    PTN_DRILL_NO_KEEPERS,       /* keepers are silent while orders are given */
    PTN_DRILL_NO_COSIGNERS,     /* all keepers cosign for the thief, not one */
    PTN_DRILL_NO_SHEET,         /* a sheet is neither keyed nor told of */
    PTN_DRILL_NO_SECOND_PERSON, /* one person keys every sheet twice */
    PTN_DRILL_PLAIN_PAPER,      /* a traveller is written on paper without a serial */
    PTN_DRILL_TOLD,             /* a missing sheet is told unused by somebody who did not look */
    PTN_DRILL_STUB,             /* what is asked of sheets is answered yes without looking */
    PTN_DRILL_NO_QUORUM,        /* three keepers of four are wiped with the centre */
    PTN_DRILL_NO_COPIES, /* a crossing's post, its site keeper and its keepers all forget it */
    PTN_DRILL_PROTECTIONS,
};

struct ptn_drill {
    const struct ptn_world *world;
    unsigned without; /* protections taken away: 1 << each */
    char folder[PTN_DRILL_PATH];
    char program[PTN_DRILL_PATH];
    unsigned long seed;
    unsigned crossings;       /* a post and phase */
    bool quiet;               /* JSON wanted: the story goes to stderr */
    struct ptn_buffer *story; /* as it was told */
    struct ptn_drill_post posts[PTN_DRILL_POSTS];
    struct ptn_drill_node keepers[PTN_DRILL_KEEPERS];
    struct ptn_drill_node centre;
    struct ptn_drill_node thief; /* a copy of the centre's disk */
    unsigned next_passport;
    int64_t deadline_ms;       /* of the order to leave */
    char gone[65];             /* the record of an edition that leaves a name out; may be empty */
    char alert[64], order[64]; /* ids: the alert and the order to leave that the centre gave */
    char restore[80];          /* the name of the order by which two posts return */
    int64_t began_us, sign_us; /* monotonic: the drill; the first sign of the attack */
    struct ptn_drill_report report;
};

double ptn_drill_seconds(const struct ptn_drill *drill, int64_t since_us);

/* Tell what happens, with the time; and say whether a thing that must hold did. */
void ptn_drill_say(const struct ptn_drill *drill, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool ptn_drill_must(struct ptn_drill *drill, bool holds, const char *what);

/* ---- drill.c: orders, signed as people sign them; words and keys are NULL-ended ---- */

bool ptn_drill_order(const struct ptn_drill *drill, const char *const *words,
                     const char *const *keys, struct ptn_buffer *note);
bool ptn_drill_give(const struct ptn_drill *drill, const struct ptn_buffer *note);
bool ptn_drill_name(const struct ptn_drill *drill, const struct ptn_buffer *note,
                    char ret_name[80]);

/* ---- drill_return.c: back from the attack, through the gate ---- */

/* Authorities sign the return of the two posts on paper; it will wait. */
bool ptn_drill_return_order(struct ptn_drill *drill, const char *local, const char *manual);

/* What the gate of that post says while a sheet is missing, and when none is. */
void ptn_drill_gate_held(struct ptn_drill *drill, struct ptn_drill_lane *lane, bool missing);

/* The two posts, made anew, come back. */
void ptn_drill_return(struct ptn_drill *drill, const char *local, const char *manual);

/* ---- drill_stage.c: processes ---- */

/* Officers and a supervisor with passwords of their own. */
bool ptn_drill_staff(const struct ptn_drill *drill, const struct ptn_drill_node *node);

/*
 * Run this program with the words (NULL-ended) and wait. input and output may be empty and NULL;
 * output is a caller's buffer that its standard output is appended to. Returns the exit code, -1
 * when it could not be run.
 */
int ptn_drill_run(const struct ptn_drill *drill, const char *const *words, const char *input,
                  struct ptn_buffer *output);

/* Make the country in drill->folder and name its nodes. False when it could not be made. */
bool ptn_drill_make(struct ptn_drill *drill);

/* Start a node and wait until it says that it runs. */
bool ptn_drill_start(const struct ptn_drill *drill, struct ptn_drill_node *node);

/* A signal to the whole family of its processes. */
void ptn_drill_signal(const struct ptn_drill_node *node, int number);

/* Pull its plug: the whole family of processes at once. */
void ptn_drill_kill(struct ptn_drill_node *node);

/* Remove a node's folder, as a wiper does. */
void ptn_drill_wipe(const struct ptn_drill *drill, const struct ptn_drill_node *node);

void ptn_drill_clear(struct ptn_drill *drill); /* kill all that run */

/* ---- drill_break.c: protections taken away ---- */

/* Words with commas between. False: one of them is none. */
bool ptn_drill_without_words(const char *list, unsigned *ret_without);

static inline bool ptn_drill_without(const struct ptn_drill *drill, enum ptn_drill_protection what)
{
    return (drill->without >> what & 1) != 0;
}

/* Stop the keepers' processes, and let them go on. */
void ptn_drill_hold_keepers(const struct ptn_drill *drill, bool hold);

/* The same of all but one, which does not lie. */
void ptn_drill_hold_others(const struct ptn_drill *drill, bool hold);

/* Kill and wipe all keepers but one. */
void ptn_drill_wipe_keepers(struct ptn_drill *drill);

/* ---- drill_lane.c: what officers do ---- */

/*
 * Sign in at a post, or go on with a browser of that user and lane that was put aside and is signed
 * in still: checking a password costs as much as many crossings. NULL when it could not. Back with
 * ptn_drill_put_aside, which takes NULL, too; ptn_drill_close_browsers frees those put aside.
 */
struct ptn_drill_lane *ptn_drill_sign_in(struct ptn_drill_post *post, const char *user,
                                         const char *name);
void ptn_drill_put_aside(struct ptn_drill_lane *lane);
void ptn_drill_close_browsers(struct ptn_drill_post *post);

/* Scan the passport of that number and settle it: as advised, or to the second line. True when it
 * was acknowledged. */
bool ptn_drill_cross(struct ptn_drill_lane *lane, unsigned passport);

/* Scan that passport in that direction ("entry", "exit"). True when the advice has a reason of that
 * rule, and, when settle is set, the crossing was acknowledged. */
bool ptn_drill_meet(struct ptn_drill_lane *lane, unsigned passport, const char *direction,
                    const char *rule, bool settle);

/* The post's rung: 'n', 'l', 'm'; 0 when it did not say. */
char ptn_drill_rung(struct ptn_drill_lane *lane);

/* A pack of so many sheets. */
bool ptn_drill_pack(struct ptn_drill_lane *lane, unsigned sheets);

/* Key a sheet of pack 1 with the passport of that number. The first letter of its state: 'k', 's',
 * 'd'; 0 when it was refused. */
char ptn_drill_key(struct ptn_drill_lane *lane, unsigned sheet, unsigned passport);

/* Whether the account names that sheet of pack 1 as missing. */
bool ptn_drill_missing(struct ptn_drill_lane *lane, unsigned sheet);

/* Say that a sheet of pack 1 is unused. */
bool ptn_drill_tell(struct ptn_drill_lane *lane, unsigned sheet);

/* Whether every serial is accounted for, and how many were issued. */
bool ptn_drill_account(struct ptn_drill_lane *lane, unsigned *ret_issued, unsigned *ret_open);

/* Whether the gate lacks what that word names; the first letter of the stage of the return: 'n',
 * 'c', 'h', 'a', 0 when the post did not say. */
bool ptn_drill_lacks(struct ptn_drill_lane *lane, const char *word);
char ptn_drill_stage(struct ptn_drill_lane *lane);

/* The supervisor lets a lane in; agrees to an order when it has come, within seconds. */
bool ptn_drill_let_in(struct ptn_drill_lane *lane, const char *name, const char *direction);
bool ptn_drill_consent(const struct ptn_drill *drill, struct ptn_drill_lane *lane,
                       const char *order);

/* The document number of the passport of that number. */
void ptn_drill_number(unsigned passport, char ret_number[16]);

/* ---- drill_paper.c ---- */

/* Packs for the two posts that will go to paper; their sheets keyed but one, and what is asked
 * while it is missing; the rebuilt centre's account of both. */
void ptn_drill_print_packs(struct ptn_drill *drill);
void ptn_drill_key_sheets(struct ptn_drill *drill, struct ptn_drill_post *post);
void ptn_drill_paper_account(struct ptn_drill *drill);

/* ---- drill_leave.c ---- */

#define PTN_DRILL_LEAVERS 9000001u /* passports of the two who are ordered to leave */

/* The order, while the centre runs; one leaves during the attack; the other comes back after the
 * deadline, for which this waits; the rebuilt centre's account of both. */
void ptn_drill_leave_order(struct ptn_drill *drill);
void ptn_drill_leave_go(struct ptn_drill *drill);
void ptn_drill_leave_late(struct ptn_drill *drill);
void ptn_drill_leave_account(struct ptn_drill *drill);

/* ---- drill_thief.c: what the centre's online keys can do in a thief's hands ---- */

/* A list and an alert, published and met; what the thief then publishes takes nothing away. */
void ptn_drill_wanted(struct ptn_drill *drill);
void ptn_drill_theft(struct ptn_drill *drill);
/* Is whoever was left out met at posts all the same? */
bool ptn_drill_still_wanted(struct ptn_drill *drill);

/* He keeps a copy of the disk (the centre is stopped). */
bool ptn_drill_copy_centre(struct ptn_drill *drill);

/* One keeper, which the seed names, goes back to what it was and says so. */
void ptn_drill_keeper_was(struct ptn_drill *drill);
void ptn_drill_keeper_lies(struct ptn_drill *drill);

/* ---- drill_pulse.c ---- */

/* The thief runs the copy while the country is local: its heartbeats, without and with cosignatures
 * of a quorum. */
void ptn_drill_heartbeat(struct ptn_drill *drill);

/* ---- drill_sweep.c ---- */

/* Plant a harmless rebuilt variant on an old disk, sweep it, take what is found as evidence. The
 * manifest's SHA-256 in hex, and a NUL. */
bool ptn_drill_sweep(struct ptn_drill *drill, const char *disk,
                     char ret_manifest[2 * PTN_SHA256_LEN + 1]);

/* ---- drill_report.c ---- */

/* The figures, each beside the real event's (as the press had it). */
typedef void (*ptn_drill_row_fn)(void *context, const char *what, const char *here,
                                 const char *then);
void ptn_drill_rows(const struct ptn_drill *drill, ptn_drill_row_fn row, void *context);

void ptn_drill_print(const struct ptn_drill *drill);
PTN_MUST_USE struct ptn_status ptn_drill_write_json(const struct ptn_drill *drill,
                                                    struct ptn_buffer *out);

/* ---- drill_page.c ---- */

/* The same as a page of HTML in that file, with the story. IO, NO_MEMORY, TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_drill_write_page(const struct ptn_drill *drill,
                                                    const char *path);
#endif
