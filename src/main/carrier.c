/*
 * main/carrier.c -- postern carrier: which carriers may come in at a gateway's door by HTTPS
 * (docs/format/carriers.md). A gateway that runs takes a change up within seconds.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/answer.h"
#include "main/carrier_int.h"
#include "main/commands.h"
#include "node/inbox.h"
#include "vault/tls.h"

#define PATH_SIZE          1024u
#define HEX_SIZE           (2u * PTN_TLS_ID_LEN + 1u)
#define PER_MINUTE_DEFAULT 60u
#define MIB_A_DAY_DEFAULT  256u
#define HOURS_DEFAULT      48u

static const char usage[] =
    "usage: postern carrier add DIR --carrier UT --certificate FILE --sender UNB-SENDER ...\n"
    "                     [--until DAY] [--per-minute 60] [--mib-a-day 256]\n"
    "                     --officer NAME --reason TEXT     its certificate may come in\n"
    "       postern carrier end DIR --carrier UT --key HEX\n"
    "                     --officer NAME --reason TEXT     it never comes in again\n"
    "       postern carrier boarding DIR --carrier UT --answers on|off [--sources bans]\n"
    "                     --officer NAME --reason TEXT     whether it is told who may board\n"
    "       postern carrier show DIR                       the gateway's own key, and theirs\n"
    "       postern carrier stops CENTRE --out FILE [--sources bans] [--documents LIST]\n"
    "                     [--carrier UT] [--hours 48] [--after FORMER]\n"
    "                     --officer NAME                   who may not, for DIR/boarding/stops\n"
    "DIR is a gateway's. FILE is the carrier's certificate as PEM, without its private key; it "
    "counts\n"
    "until its own last day, or --until. A key that was ended never comes back. Sources: bans,\n"
    "alerts (that refuse entry), documents (stolen or withdrawn, by LIST, a stolen-csv); several\n"
    "parted by commas. --carrier: the table counts for that carrier alone. --after: the next "
    "table\n"
    "after FORMER, so that carriers are told what changed for whom they were answered by that "
    "one.\n";

struct options {
    const char *verb, *dir, *certificate, *out, *documents, *after;
    bool until_said, answer_said, on;
    unsigned hours, sources;
    struct ptn_carrier_act act;
    char senders[PTN_CARRIER_SENDERS_MAX * 36];
};

/* ---- the command line ---- */

static bool add_sender(struct options *options, const char *value)
{
    size_t len = strlen(options->senders);
    size_t room = sizeof(options->senders) - len;
    int added = snprintf(options->senders + len, room, "%s%s", len == 0 ? "" : ",", value);

    return strchr(value, ',') == NULL && added > 0 && (size_t)added < room;
}

static bool read_number(const char *text, unsigned *ret_number)
{
    uint64_t number = 0;

    if (!ptn_decimal_read(ptn_bytes_from_text(text), 1000000, &number))
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool take_option(struct options *options, int letter, const char *value)
{
    struct ptn_bytes text = ptn_bytes_from_text(value);

    switch (letter) {
    case 'c':
        options->act.carrier = text;
        return true;
    case 'f':
        options->certificate = value;
        return true;
    case 's':
        return add_sender(options, value);
    case 'u':
        options->until_said = true;
        return text.len == 10 && ptn_ok(ptn_date_parse(text, &options->act.until, NULL)) &&
               ptn_date_is_full(options->act.until);
    case 'm':
        return read_number(value, &options->act.per_minute);
    case 'd':
        return read_number(value, &options->act.mib_a_day);
    case 'k':
        return ptn_hex_read_exactly(text, options->act.key, sizeof(options->act.key));
    case 'a':
        options->answer_said = true;
        options->on = strcmp(value, "on") == 0;
        return options->on || strcmp(value, "off") == 0;
    case 'S':
        return ptn_boarding_sources_read(text, &options->sources);
    case 'F':
        options->after = value;
        return true;
    case 'D':
        options->documents = value;
        return true;
    case 'O':
        options->out = value;
        return true;
    case 'h':
        return read_number(value, &options->hours);
    case 'o':
        options->act.officer = text;
        return true;
    case 'r':
        options->act.reason = text;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = { { "carrier", required_argument, NULL, 'c' },
                                           { "certificate", required_argument, NULL, 'f' },
                                           { "sender", required_argument, NULL, 's' },
                                           { "until", required_argument, NULL, 'u' },
                                           { "per-minute", required_argument, NULL, 'm' },
                                           { "mib-a-day", required_argument, NULL, 'd' },
                                           { "key", required_argument, NULL, 'k' },
                                           { "answers", required_argument, NULL, 'a' },
                                           { "sources", required_argument, NULL, 'S' },
                                           { "documents", required_argument, NULL, 'D' },
                                           { "after", required_argument, NULL, 'F' },
                                           { "out", required_argument, NULL, 'O' },
                                           { "hours", required_argument, NULL, 'h' },
                                           { "officer", required_argument, NULL, 'o' },
                                           { "reason", required_argument, NULL, 'r' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    *options = (struct options){ .hours = HOURS_DEFAULT,
                                 .sources = PTN_BOARDING_BANS,
                                 .act = { .per_minute = PER_MINUTE_DEFAULT,
                                          .mib_a_day = MIB_A_DAY_DEFAULT } };
    if (argc < 2)
        return false;
    options->verb = argv[1];
    optind = 2;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(options, letter, optarg))
            return false;
    if (optind != argc - 1 || strlen(argv[optind]) >= PATH_SIZE - 64)
        return false;
    options->dir = argv[optind];
    options->act.senders = ptn_bytes_from_text(options->senders);
    return true;
}

/* ---- the register ---- */

static struct ptn_status path_of(const struct options *options, const char *name,
                                 char path[PATH_SIZE])
{
    int len = snprintf(path, PATH_SIZE, "%s/%s", options->dir, name);

    return (struct ptn_status){ len < 0 || (size_t)len >= PATH_SIZE ? PTN_C_TOO_BIG : PTN_C_OK };
}

/* The register as bytes, its first line when there is none, and as who may come in. */
static struct ptn_status read_register(const struct options *options, struct ptn_buffer *file,
                                       struct ptn_carriers *carriers, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    char path[PATH_SIZE];
    struct ptn_status status = path_of(options, PTN_CARRIERS_FILE, path);

    if (ptn_ok(status))
        status = world->files->read(world->context, path, file);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_buffer_add(file, ptn_carriers_head());
    return ptn_ok(status) ? ptn_carriers_parse(ptn_buffer_bytes(file), carriers, reterr) : status;
}

/* Under the register's own lock: the gateway holds the node's. */
static struct ptn_status append(const struct options *options, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = PTN_CARRIERS_FILE_MAX };
    struct ptn_carriers carriers;
    char path[PATH_SIZE];
    int lock = -1;
    struct ptn_status status = path_of(options, PTN_CARRIERS_DIR, path);

    ptn_carriers_init(&carriers);
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, path);
    if (ptn_ok(status))
        status = world->files->lock(world->context, path, &lock);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "somebody else writes the register");
    if (ptn_ok(status))
        status = read_register(options, &file, &carriers, reterr);
    if (ptn_ok(status))
        status = ptn_carriers_apply(&carriers, &options->act, reterr);
    if (ptn_ok(status))
        status = ptn_carrier_act_write(&options->act, &file);
    if (ptn_ok(status))
        status = path_of(options, PTN_CARRIERS_FILE, path);
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&file));
    if (lock >= 0)
        world->files->unlock(world->context, lock);
    ptn_carriers_release(&carriers);
    ptn_buffer_release(&file);
    return status;
}

/* ---- verbs ---- */

/* Its key, and its last day where none was said. */
static struct ptn_status read_certificate(struct options *options, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_date today = ptn_instant_date(world->now_ms(world->context));
    struct ptn_buffer pem = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_date first;
    struct ptn_date last;
    struct ptn_status status = world->files->read(world->context, options->certificate, &pem);

    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no such certificate file");
    if (ptn_ok(status) && (!ptn_ok(ptn_tls_id(ptn_buffer_bytes(&pem), options->act.key)) ||
                           !ptn_ok(ptn_tls_days(ptn_buffer_bytes(&pem), &first, &last))))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no certificate in PEM form");
    ptn_buffer_release(&pem);
    if (!ptn_ok(status))
        return status;
    if (ptn_date_compare(today, first) < 0 || ptn_date_compare(today, last) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the certificate is not valid today");
    if (!options->until_said)
        options->act.until = last;
    if (ptn_date_compare(options->act.until, today) < 0 ||
        ptn_date_compare(options->act.until, last) > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "--until: from today to the certificate's last day");
    return PTN_OK;
}

/* By what it is told who may board: none, it is not. */
static void write_sources(unsigned sources, struct ptn_json *json)
{
    ptn_json_array(json);
    for (unsigned bit = 1; bit <= PTN_BOARDING_SOURCES; bit <<= 1) {
        char word[PTN_BOARDING_WORDS_SIZE];

        if ((sources & bit) != 0)
            ptn_json_text(json, ptn_bytes_from_text(ptn_boarding_sources_write(bit, word)));
    }
    ptn_json_array_end(json);
}

static void write_carrier(const struct ptn_carrier *carrier, struct ptn_date today,
                          struct ptn_json *json)
{
    char key[HEX_SIZE];
    char until[PTN_DATE_TEXT_SIZE];
    const char *state = carrier->ended                            ? "ended"
                        : ptn_carrier_is_in_force(carrier, today) ? "in-force"
                                                                  : "expired";

    ptn_json_object(json);
    ptn_json_field_text(json, "carrier", ptn_bytes_from_text(carrier->code));
    ptn_json_field_text(json, "key",
                        ptn_bytes_from_text(ptn_hex_write(carrier->key, PTN_TLS_ID_LEN, key)));
    ptn_json_field_text(json, "state", ptn_bytes_from_text(state));
    ptn_json_field_text(json, "until", ptn_bytes_from_text(ptn_date_write(carrier->until, until)));
    ptn_json_field_text(json, "senders", ptn_bytes_from_text(carrier->senders));
    ptn_json_field_bool(json, "boarding", carrier->sources != 0);
    ptn_json_key(json, "sources");
    write_sources(carrier->sources, json);
    ptn_json_field_number(json, "per_minute", carrier->per_minute);
    ptn_json_field_number(json, "mib_a_day", carrier->mib_a_day);
    ptn_json_object_end(json);
}

/* What a carrier compares the gateway with: curl --pinnedpubkey takes the second form. */
static struct ptn_status write_own(const struct options *options, struct ptn_json *json,
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer pem = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer pin = { .len_max = 128 };
    uint8_t id[PTN_TLS_ID_LEN];
    char path[PATH_SIZE];
    char hex[HEX_SIZE];
    struct ptn_status status = path_of(options, "vault/tls.crt", path);

    if (ptn_ok(status))
        status = world->files->read(world->context, path, &pem);
    if (ptn_ok(status))
        status = ptn_tls_id(ptn_buffer_bytes(&pem), id);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&pin, "sha256//");
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(&pin, ptn_bytes_of(id, sizeof(id)));
    if (ptn_ok(status)) {
        ptn_json_object(json);
        ptn_json_field_text(json, "gateway",
                            ptn_bytes_from_text(ptn_hex_write(id, sizeof(id), hex)));
        ptn_json_field_text(json, "pin", ptn_buffer_bytes(&pin));
        ptn_json_object_end(json);
    } else {
        status =
            ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node with a certificate");
    }
    ptn_buffer_release(&pem);
    ptn_buffer_release(&pin);
    return status;
}

static struct ptn_status show(const struct options *options, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_date today = ptn_instant_date(world->now_ms(world->context));
    struct ptn_buffer file = { .len_max = PTN_CARRIERS_FILE_MAX };
    struct ptn_buffer out = { .len_max = (size_t)64 << 10 };
    struct ptn_json json = { .out = &out };
    struct ptn_carriers carriers;
    struct ptn_status status;

    ptn_carriers_init(&carriers);
    status = read_register(options, &file, &carriers, reterr);
    if (ptn_ok(status))
        status = write_own(options, &json, reterr);
    if (ptn_ok(status))
        status = ptn_answer_print(&json);
    for (size_t i = 0; ptn_ok(status) && i < carriers.count; i++) {
        ptn_buffer_clear(&out);
        json = (struct ptn_json){ .out = &out };
        write_carrier(&carriers.at[i], today, &json);
        status = ptn_answer_print(&json);
    }
    ptn_carriers_release(&carriers);
    ptn_buffer_release(&file);
    ptn_buffer_release(&out);
    return status;
}

static struct ptn_status run(struct options *options, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = PTN_OK;

    if (strcmp(options->verb, "show") == 0)
        return show(options, reterr);
    if (strcmp(options->verb, "stops") == 0)
        return ptn_carrier_stops(&(struct ptn_carrier_stops){ .dir = options->dir,
                                                              .out = options->out,
                                                              .documents = options->documents,
                                                              .after = options->after,
                                                              .carrier = options->act.carrier,
                                                              .officer = options->act.officer,
                                                              .sources = options->sources,
                                                              .hours = options->hours },
                                 reterr);
    options->act.act = strcmp(options->verb, "end") == 0        ? PTN_CARRIER_END
                       : strcmp(options->verb, "boarding") == 0 ? PTN_CARRIER_BOARDING
                                                                : PTN_CARRIER_ADD;
    options->act.time_ms = world->now_ms(world->context);
    if (options->act.act == PTN_CARRIER_BOARDING && options->on)
        options->act.sources = options->sources;
    if (options->act.act == PTN_CARRIER_ADD)
        status = read_certificate(options, reterr);
    return ptn_ok(status) ? append(options, reterr) : status;
}

static bool is_said(const struct options *options)
{
    const struct ptn_carrier_act *act = &options->act;

    if (strcmp(options->verb, "show") == 0)
        return true;
    if (strcmp(options->verb, "stops") == 0)
        return options->out != NULL && act->officer.len > 0 && options->hours >= 1 &&
               options->hours <= PTN_BOARDING_DAYS * 24 &&
               act->carrier.len <= PTN_CARRIER_CODE_MAX &&
               ((options->sources & PTN_BOARDING_DOCUMENTS) != 0) == (options->documents != NULL);
    if (act->carrier.len == 0 || act->officer.len == 0 || act->reason.len == 0)
        return false;
    if (strcmp(options->verb, "boarding") == 0)
        return options->answer_said;
    if (strcmp(options->verb, "end") == 0)
        return !ptn_is_zero(act->key, sizeof(act->key));
    return strcmp(options->verb, "add") == 0 && options->certificate != NULL &&
           act->senders.len > 0;
}

int ptn_run_carrier(int argc, char **argv)
{
    struct options options;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!read_options(argc, argv, &options) || !is_said(&options)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = run(&options, &diag);
    if (!ptn_ok(status)) {
        ptn_say_failure(options.dir, status, &diag);
        return ptn_exit_for(status);
    }
    return PTN_EXIT_DONE;
}
