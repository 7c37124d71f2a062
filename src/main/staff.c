/*
 * main/staff.c -- postern staff: a post's staff list, from the offline machine to the post.
 *
 * The people are a plain file (names, roles, hashes) that stays on the offline machine; what leaves
 * it is sealed to the post and signed by a personnel officer (docs/format/staff.md).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/commands.h"
#include "main/staff_int.h"

static const char usage[] =
    "usage: postern staff new PEOPLE [--from FILE]            begin a file of people\n"
    "       postern staff add PEOPLE --user U --name NAME [--role "
    "officer|second|supervisor|auditor]\n"
    "                     [--discreet] [--language en|sq] [--first DAY] [--last DAY]\n"
    "                     [--password-fd N]                   or one is made up and printed once\n"
    "       postern staff remove PEOPLE --user U\n"
    "       postern staff key PEOPLE --user U [--drop] [--add TEXT]   their security keys: "
    "without\n"
    "                     those they had; one more, as the page /staff shows it\n"
    "       postern staff show FILE [--node DIR]              people, or a list; with the post's\n"
    "                                                         folder who is on it\n"
    "       postern staff seal PEOPLE --roster NOTE --post NAME (--former LIST | --version N)\n"
    "                     [--days 7 | --hours N]              the text, for others to sign\n"
    "       postern staff sign PEOPLE … --key KEY             the same, sealed and signed\n"
    "       postern staff put DIR LIST [--here | --keepers N] to keepers, with the certificate of\n"
    "                                                         the node in DIR; or to that post\n"
    "  --out FILE            write there, not to standard output\n"
    "  --passphrase-fd N     read the passphrase from there, not from the terminal\n"
    "  --yes                 sign: do not ask\n";

static bool read_number(const char *text, unsigned least, unsigned most, unsigned *ret_number)
{
    uint64_t number = 0;

    if (!ptn_decimal_read(ptn_bytes_from_text(text), most, &number) || number < least)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool read_day(const char *text, struct ptn_date *ret_day)
{
    return strlen(text) == 10 && ptn_ok(ptn_date_parse(ptn_bytes_from_text(text), ret_day, NULL)) &&
           ptn_date_is_full(*ret_day);
}

static bool set_text(char *at, size_t size, const char *text)
{
    int len = snprintf(at, size, "%s", text);

    return len > 0 && (size_t)len < size;
}

/* What is said of one person. */
static bool take_person(struct ptn_staff_options *options, int letter, const char *value)
{
    struct ptn_officer *officer = &options->member.officer;
    unsigned fd = 0;

    switch (letter) {
    case 'u':
        return set_text(officer->user, sizeof(officer->user), value);
    case 'A':
        options->add_key = value;
        return true;
    case 'X':
        options->drop_keys = true;
        return true;
    case 'n':
        return set_text(officer->name, sizeof(officer->name), value);
    case 'r':
        return ptn_staff_role_from_word(ptn_bytes_from_text(value), &officer->role);
    case 'd':
        officer->discreet = true;
        return true;
    case 'l':
        officer->albanian = strcmp(value, "sq") == 0;
        return officer->albanian || strcmp(value, "en") == 0;
    case 'f':
        return read_day(value, &options->member.from);
    case 't':
        return read_day(value, &options->member.until);
    case 'w':
        options->password_fd = read_number(value, 0, 1023, &fd) ? (int)fd : -2;
        return options->password_fd >= 0;
    default:
        return false;
    }
}

static bool take_option(struct ptn_staff_options *options, int letter, char *value)
{
    unsigned fd = 0;

    switch (letter) {
    case 'F':
        options->from = value;
        return true;
    case 'N':
        options->node = value;
        return true;
    case 'R':
        options->roster = value;
        return true;
    case 'p':
        options->post = value;
        return true;
    case 'o':
        options->out = value;
        return true;
    case 'P':
        options->former = value;
        return true;
    case 'k':
        options->key = value;
        return true;
    case 'v':
        return read_number(value, 1, 999999999, &options->version);
    case 'D':
        return read_number(value, 1, PTN_STAFF_DAYS_MAX, &options->hours) &&
               (options->hours *= 24) > 0;
    case 'h':
        return read_number(value, 1, PTN_STAFF_DAYS_MAX * 24, &options->hours);
    case 'K':
        return read_number(value, 1, PTN_ROSTER_KEEPER_MAX, &options->keepers);
    case 'H':
        options->here = true;
        return true;
    case 'y':
        options->yes = true;
        return true;
    case 'x':
        options->passphrase_fd = read_number(value, 0, 1023, &fd) ? (int)fd : -2;
        return options->passphrase_fd >= 0;
    default:
        return take_person(options, letter, value);
    }
}

static bool read_options(int argc, char **argv, struct ptn_staff_options *options)
{
    static const struct option names[] = { { "user", required_argument, NULL, 'u' },
                                           { "name", required_argument, NULL, 'n' },
                                           { "role", required_argument, NULL, 'r' },
                                           { "discreet", no_argument, NULL, 'd' },
                                           { "language", required_argument, NULL, 'l' },
                                           { "first", required_argument, NULL, 'f' },
                                           { "last", required_argument, NULL, 't' },
                                           { "password-fd", required_argument, NULL, 'w' },
                                           { "add", required_argument, NULL, 'A' },
                                           { "drop", no_argument, NULL, 'X' },
                                           { "from", required_argument, NULL, 'F' },
                                           { "node", required_argument, NULL, 'N' },
                                           { "roster", required_argument, NULL, 'R' },
                                           { "post", required_argument, NULL, 'p' },
                                           { "out", required_argument, NULL, 'o' },
                                           { "former", required_argument, NULL, 'P' },
                                           { "version", required_argument, NULL, 'v' },
                                           { "days", required_argument, NULL, 'D' },
                                           { "hours", required_argument, NULL, 'h' },
                                           { "key", required_argument, NULL, 'k' },
                                           { "keepers", required_argument, NULL, 'K' },
                                           { "here", no_argument, NULL, 'H' },
                                           { "passphrase-fd", required_argument, NULL, 'x' },
                                           { "yes", no_argument, NULL, 'y' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    *options = (struct ptn_staff_options){
        .passphrase_fd = -1, .password_fd = -1, .hours = PTN_STAFF_DAYS_MAX * 24, .keepers = 1
    };
    if (argc < 2)
        return false;
    options->verb = argv[1];
    optind = 2;
    while ((letter = getopt_long(argc, argv, "o:", names, NULL)) != -1)
        if (!take_option(options, letter, optarg))
            return false;
    options->files = argv + optind;
    options->file_count = argc - optind;
    return options->file_count >= 1;
}

/* Which verbs there are, how many files each takes, and what each must be told. */
static const struct verb {
    const char *word;
    int files;
    bool roster, user, key;
    struct ptn_status (*run)(const struct ptn_staff_options *options, struct ptn_diag *reterr);
} verbs[] = {
    { "new", 1, false, false, false, ptn_staff_cli_new },
    { "add", 1, false, true, false, ptn_staff_cli_add },
    { "remove", 1, false, true, false, ptn_staff_cli_remove },
    { "key", 1, false, true, false, ptn_staff_cli_key },
    { "show", 1, false, false, false, ptn_staff_cli_show },
    { "seal", 1, true, false, false, ptn_staff_cli_seal },
    { "sign", 1, true, false, true, ptn_staff_cli_seal },
    { "put", 2, false, false, false, ptn_staff_cli_put },
};

static const struct verb *find_verb(const struct ptn_staff_options *options)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const struct verb *verb = &verbs[i];

        if (strcmp(options->verb, verb->word) == 0)
            return options->file_count == verb->files &&
                           (!verb->roster || (options->roster != NULL && options->post != NULL &&
                                              (options->former != NULL || options->version > 0))) &&
                           (!verb->user || options->member.officer.user[0] != '\0') &&
                           verb->key == (options->key != NULL) &&
                           (verb->run == ptn_staff_cli_key) ==
                               (options->drop_keys || options->add_key != NULL)
                       ? verb
                       : NULL;
    }
    return NULL;
}

int ptn_run_staff(int argc, char **argv)
{
    struct ptn_diag diag = { 0 };
    struct ptn_staff_options options;
    const struct verb *verb;
    struct ptn_status status;

    if (!read_options(argc, argv, &options) || (verb = find_verb(&options)) == NULL) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = verb->run(&options, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(options.files[0], status, &diag);
    return ptn_exit_for(status);
}
