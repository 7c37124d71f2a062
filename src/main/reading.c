/*
 * main/reading.c -- `postern reading`: keys for further months. Each machine that reads makes its
 * own private halves and prints the public ones, as lines for `postern roster next --lines`; those
 * of recovery, and the shares that open them, are main/reading_kit.c's.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/commands.h"
#include "main/reading_int.h"
#include "main/unlock.h"
#include "node/node.h"

#define CONF_MAX 16384u

static const char usage[] =
    "usage: postern reading make DIR MONTH ...       a node's keys, or a spare's: the private "
    "halves stay in\n"
    "                                                DIR/vault, the roster's lines are printed\n"
    "       postern reading kit KIT MONTH ...        recovery's: into the kit, and its lines are "
    "printed\n"
    "       postern reading drop KIT MONTH ...       months that an order destroyed, out of this "
    "copy of the kit\n"
    "       postern reading check KIT --share FILE ...   whether these shares open the kit, or "
    "which does not\n"
    "       postern reading split --out FOLDER [--kit KIT --share FILE ...] MONTH ...\n"
    "                                                other people hold the shares from now on\n"
    "  MONTH                  2027-12, or 2027-12..2028-11\n"
    "  --out                  kit: write the kit there, not in its place; split: where the new kit "
    "and\n"
    "                         shares go, a folder that is not there yet\n"
    "  --kit, --share         split: the former kit and as many shares as it asks for; its months "
    "go\n"
    "                         over. Without them the new shares open the months named alone\n"
    "  --shares, --shares-needed   of the new split: 5 and 3\n"
    "The lines go to whoever runs `postern roster next ROSTER --lines FILE`. A month that has a "
    "key\n"
    "already keeps it, and its line is printed again. Shares open months that are added later, "
    "too.\n";

/* ---- months ---- */

struct ptn_date ptn_reading_now(void)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_date today = ptn_instant_date(world->now_ms(world->context));

    return (struct ptn_date){ today.year, today.month, 0 };
}

static bool read_month(struct ptn_bytes text, struct ptn_date *ret_month)
{
    return text.len == 7 && ptn_ok(ptn_date_parse(text, ret_month, NULL)) &&
           ret_month->year >= PTN_READING_YEAR_FIRST && ret_month->year <= PTN_READING_YEAR_LAST &&
           ret_month->month >= 1 && ret_month->month <= 12;
}

static bool add_month(struct ptn_reading_asked *asked, struct ptn_date month)
{
    for (size_t i = 0; i < asked->month_count; i++)
        if (ptn_date_month_number(asked->months[i]) == ptn_date_month_number(month))
            return true;
    if (asked->month_count == PTN_READING_MONTHS_MAX)
        return false;
    asked->months[asked->month_count++] = (struct ptn_date){ month.year, month.month, 0 };
    return true;
}

static bool add_months(struct ptn_reading_asked *asked, const char *text)
{
    const char *dots = strstr(text, "..");
    const size_t len = dots == NULL ? strlen(text) : (size_t)(dots - text);
    struct ptn_date month;
    struct ptn_date last;

    if (!read_month(ptn_bytes_of(text, len), &month) ||
        !read_month(ptn_bytes_from_text(dots == NULL ? text : dots + 2), &last) ||
        ptn_date_month_number(month) > ptn_date_month_number(last))
        return false;
    while (ptn_date_month_number(month) <= ptn_date_month_number(last)) {
        if (!add_month(asked, month))
            return false;
        month = ptn_date_month_after(month, 1);
    }
    return true;
}

struct ptn_status ptn_reading_print(const char *origin, const struct ptn_reading *reading)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_READING_KEY_LEN };
    struct ptn_status status =
        ptn_buffer_add_hex(&hex, ptn_bytes_of(reading->key, sizeof(reading->key)));

    if (ptn_ok(status))
        (void)printf("%s%s%s %04u-%02u %.*s\n", origin == NULL ? "recovery" : "reading",
                     origin == NULL ? "" : " ", origin == NULL ? "" : origin, reading->month.year,
                     reading->month.month, (int)hex.len, (const char *)hex.at);
    ptn_buffer_release(&hex);
    return status;
}

/* ---- a node's ---- */

static struct ptn_status read_plan(const char *dir, struct ptn_node_plan *ret_plan,
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    char path[PTN_READING_PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", dir);
    status = world->files->read(world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), ret_plan, reterr);
    ptn_buffer_release(&conf);
    if (ptn_ok(status) && ret_plan->role != PTN_NODE_POST && ret_plan->role != PTN_NODE_CENTRE)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "only posts and centres read: a keeper or a gateway has no such key");
    if (ptn_ok(status) && ret_plan->origin[0] == '\0')
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the node is by itself, in no country");
    return status;
}

/* One that is there is read, for which a lock has to be opened; one that is made needs only the
 * lock's public half. */
static struct ptn_status make_month(const char *dir, struct ptn_date month,
                                    const struct ptn_world **world, struct ptn_reading *ret_reading,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_reading_find(*world, dir, month, ret_reading, NULL);

    if (status.code == PTN_C_NOT_FOUND &&
        ptn_date_month_number(month) < ptn_date_month_number(ptn_reading_now()))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nothing is sealed to a month that is over");
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_reading_make(*world, dir, month, ret_reading, reterr);
    if (status.code != PTN_C_BUSY)
        return ptn_ok(status)
                   ? status
                   : ptn_fail(status.code, reterr, 0, "the month's reading key cannot be used");
    status = ptn_unlock_command(dir, world, reterr);
    return ptn_ok(status) ? ptn_reading_find(*world, dir, month, ret_reading, reterr) : status;
}

static struct ptn_status make(const struct ptn_reading_asked *asked, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_node_plan plan;
    struct ptn_status status = read_plan(asked->at, &plan, reterr);

    for (size_t i = 0; ptn_ok(status) && i < asked->month_count; i++) {
        struct ptn_reading reading;

        status = make_month(asked->at, asked->months[i], &world, &reading, reterr);
        if (ptn_ok(status))
            status = ptn_reading_print(plan.origin, &reading);
    }
    return status;
}

/* ---- the command line ---- */

static bool set_number(unsigned *at, const char *text)
{
    uint64_t number;

    if (!ptn_decimal_read(ptn_bytes_from_text(text), PTN_SHARE_COUNT_MAX, &number))
        return false;
    *at = (unsigned)number;
    return number >= PTN_SHARE_COUNT_MIN;
}

static bool take_option(struct ptn_reading_asked *asked, int letter, const char *value)
{
    switch (letter) {
    case 'o':
        asked->out = value;
        return strlen(value) < PTN_READING_PATH_SIZE - 32;
    case 'k':
        asked->at = value;
        return true;
    case 's':
        if (asked->share_count == PTN_SHARE_COUNT_MAX)
            return false;
        asked->shares[asked->share_count++] = value;
        return true;
    case 'n':
        return set_number(&asked->count, value);
    case 'm':
        return set_number(&asked->needed, value);
    default:
        return false;
    }
}

struct verb {
    const char *word;
    const char *options; /* letters */
    bool named;          /* its folder or kit is its first word */
    bool months;
    struct ptn_status (*run)(const struct ptn_reading_asked *asked, struct ptn_diag *reterr);
};

static bool read_options(struct ptn_reading_asked *asked, const struct verb *verb, int argc,
                         char **argv)
{
    static const struct option names[] = { { "out", required_argument, NULL, 'o' },
                                           { "kit", required_argument, NULL, 'k' },
                                           { "share", required_argument, NULL, 's' },
                                           { "shares", required_argument, NULL, 'n' },
                                           { "shares-needed", required_argument, NULL, 'm' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (strchr(verb->options, letter) == NULL || !take_option(asked, letter, optarg))
            return false;
    if (verb->named && optind < argc)
        asked->at = argv[optind++];
    if ((verb->named && asked->at == NULL) ||
        (asked->at != NULL && strlen(asked->at) >= PTN_READING_PATH_SIZE - 32))
        return false;
    while (optind < argc)
        if (!verb->months || !add_months(asked, argv[optind++]))
            return false;
    return verb->months == (asked->month_count > 0);
}

int ptn_run_reading(int argc, char **argv)
{
    static const struct verb verbs[] = { { "make", "", true, true, make },
                                         { "kit", "o", true, true, ptn_reading_kit },
                                         { "drop", "", true, true, ptn_reading_drop },
                                         { "check", "s", true, false, ptn_reading_check },
                                         { "split", "oksnm", false, true, ptn_reading_split } };
    struct ptn_reading_asked asked = { .at = NULL };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    size_t at = 0;

    while (argc > 1 && at < sizeof(verbs) / sizeof(verbs[0]) &&
           strcmp(verbs[at].word, argv[1]) != 0)
        at++;
    if (argc < 2 || at == sizeof(verbs) / sizeof(verbs[0]) ||
        !read_options(&asked, &verbs[at], argc - 1, argv + 1)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = verbs[at].run(&asked, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(asked.at == NULL ? "reading" : asked.at, status, &diag);
    return ptn_exit_for(status);
}
