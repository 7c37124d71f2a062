/*
 * main/order.c -- postern order: write the text of an order, check a signed one, hand it on.
 *
 * Writing a text binds nobody: `postern authority sign` shows it in plain words and signs it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/commands.h"
#include "main/order_int.h"
#include "trust/order.h"

#define LINES_MAX  512u
#define UNTIL_DAYS 7

static const char usage[] =
    "usage: postern order withdraw --country NAME --cause CAUSE --reason TEXT WHERE\n"
    "                     [--to local|manual] [--function F ...]    a post's functions stop\n"
    "       postern order restore|annul --country NAME --reason TEXT WHERE --ends NAME ...\n"
    "       postern order revoke --country NAME --reason TEXT WHERE --officer U | --device D | "
    "--key HEX\n"
    "       postern order distrust --country NAME --reason TEXT WHERE --key HEX --after SIZE\n"
    "       postern order remove --country NAME --reason TEXT WHERE --removes RECORD ...\n"
    "       postern order void --country NAME --reason TEXT WHERE --key HEX --after SIZE\n"
    "                     what that ledger published past SIZE is in force no more\n"
    "       postern order close --country NAME --reason TEXT WHERE --closes NAME ...\n"
    "                     [--swept HEX ...] [--sheets LEDGER ...]   an attack's cause is shut\n"
    "       postern order advance --country NAME --reason TEXT WHERE --stage half|all\n"
    "                     --returns NAME ...                         a return goes on\n"
    "       postern order release --country NAME --reason TEXT --build HEX ... --version N\n"
    "                     --minimum N --medium HEX           easier: postern release new\n"
    "       postern order erase --country NAME --reason TEXT --payload HEX ...\n"
    "         print an order's text, to be signed with `postern authority sign`\n"
    "       postern order check NOTE [OTHER ...] --roster ROSTER [--post NAME]\n"
    "         would it do, where the others are known?\n"
    "       postern order since DIR LEDGER YYYY-MM-DDThh:mm:ssZ\n"
    "         --key and --after of what keepers held then; DIR is a centre's or a room's\n"
    "       postern order name NOTE                                  the name that others end it "
    "by\n"
    "       postern order give DIR NOTE [--keepers N]                hand it to keepers\n"
    "       postern order apply DIR NOTE                             give it to this node itself\n"
    "       postern order codes DIR [--count 12]    a sheet of one-time codes for the telephone\n"
    "  WHERE is --all, or --kind airport|seaport|land, or --post NAME ...\n"
    "  CAUSE is attack, technical, mistake or drill; F is lanes-in, lanes-out (both when --to is\n"
    "  given alone), updates, messages, chips, exports or administration.\n"
    "  --canary S   restore: seconds that one lane each way goes alone first (a day)\n"
    "  --until YYYY-MM-DDThh:mm:ssZ   what loosens: not after (in 7 days)\n";

/* Values given several times. */
struct values {
    const char *at[LINES_MAX];
    size_t count;
};

struct options {
    struct ptn_order order;
    struct values posts, ends, payloads, builds, sheets, swept;
    const char *country, *reason, *roster;
    uint32_t keepers, codes;
    bool albanian;
};

static bool add_value(struct values *values, const char *value)
{
    if (values->count == LINES_MAX)
        return false;
    values->at[values->count++] = value;
    return true;
}

static bool set_hex(uint8_t *at, size_t len, const char *text)
{
    struct ptn_buffer out = { .len_max = len };
    bool good = ptn_ok(ptn_hex_read(ptn_bytes_from_text(text), &out, NULL)) && out.len == len;

    if (good)
        memcpy(at, out.at, len);
    ptn_buffer_release(&out);
    return good;
}

static bool set_number(uint64_t *at, const char *text)
{
    char *end = NULL;

    *at = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool set_kind(unsigned *kinds, const char *text)
{
    static const struct {
        const char *word;
        unsigned kind;
    } words[] = { { "airport", PTN_ORDER_AIRPORT },
                  { "seaport", PTN_ORDER_SEAPORT },
                  { "land", PTN_ORDER_LAND } };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(text, words[i].word) == 0) {
            *kinds |= words[i].kind;
            return true;
        }
    return false;
}

static bool set_target(struct ptn_order *order, enum ptn_order_target target, const char *text)
{
    if (order->target != PTN_ORDER_TARGET_NONE)
        return false;
    order->target = target;
    order->target_name = ptn_bytes_from_text(text);
    return target != PTN_ORDER_TARGET_KEY || set_hex(order->key, sizeof(order->key), text);
}

static bool set_number32(uint32_t *at, const char *text, uint32_t least, uint32_t most)
{
    uint64_t number = 0;
    bool good = set_number(&number, text) && number >= least && number <= most;

    if (good)
        *at = (uint32_t)number;
    return good;
}

static bool set_stage(enum ptn_stage *stage, const char *text)
{
    *stage = strcmp(text, "half") == 0 ? PTN_STAGE_HALF : PTN_STAGE_ALL;
    return *stage == PTN_STAGE_HALF || strcmp(text, "all") == 0;
}

/* The options of a return and of software. */
static bool take_return_option(struct options *options, int letter, const char *value)
{
    struct ptn_order *order = &options->order;

    switch (letter) {
    case 'b':
        return add_value(&options->builds, value);
    case 'V':
        return set_number32(&order->version, value, 0, UINT32_MAX);
    case 'm':
        return set_number32(&order->minimum, value, 0, UINT32_MAX);
    case 'M':
        return set_hex(order->medium, sizeof(order->medium), value);
    case 'y':
        return set_number32(&order->canary_s, value, 1, PTN_ORDER_CANARY_MAX);
    case 's':
        return set_stage(&order->stage, value);
    case 'S':
        return add_value(&options->sheets, value);
    case 'w':
        return add_value(&options->swept, value);
    default:
        return false;
    }
}

/* One option; false when its value will not do. */
static bool take_option(struct options *options, int letter, const char *value)
{
    struct ptn_order *order = &options->order;
    struct ptn_bytes word = ptn_bytes_from_text(value);

    switch (letter) {
    case 'C':
        options->country = value;
        return true;
    case 'r':
        options->reason = value;
        return true;
    case 'R':
        options->roster = value;
        return true;
    case 'l':
        options->albanian = strcmp(value, "sq") == 0;
        return options->albanian || strcmp(value, "en") == 0;
    case 'c':
        order->cause = ptn_cause_find(word);
        return order->cause != PTN_CAUSE_NONE;
    case 't':
        order->rung = strcmp(value, "manual") == 0 ? PTN_RUNG_MANUAL : PTN_RUNG_LOCAL;
        return order->rung == PTN_RUNG_MANUAL || strcmp(value, "local") == 0;
    case 'f':
        order->functions |= ptn_function_find(word);
        return ptn_function_find(word) != 0;
    case 'a':
        order->scope.all = true;
        return true;
    case 'k':
        return set_kind(&order->scope.kinds, value);
    case 'p':
        return add_value(&options->posts, value);
    case 'e':
        return add_value(&options->ends, value);
    case 'P':
        return add_value(&options->payloads, value);
    case 'u':
        return ptn_ok(ptn_instant_parse(word, &order->until_ms, NULL));
    case 'o':
        return set_target(order, PTN_ORDER_TARGET_OFFICER, value);
    case 'd':
        return set_target(order, PTN_ORDER_TARGET_DEVICE, value);
    case 'K':
        return set_target(order, PTN_ORDER_TARGET_KEY, value);
    case 'A':
        return set_number(&order->after, value);
    case 'n':
        return set_number32(&options->keepers, value, 1, 16);
    case 'q':
        return set_number32(&options->codes, value, 1, 32);
    default:
        return take_return_option(options, letter, value);
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = { { "country", required_argument, NULL, 'C' },
                                           { "reason", required_argument, NULL, 'r' },
                                           { "roster", required_argument, NULL, 'R' },
                                           { "language", required_argument, NULL, 'l' },
                                           { "cause", required_argument, NULL, 'c' },
                                           { "to", required_argument, NULL, 't' },
                                           { "function", required_argument, NULL, 'f' },
                                           { "all", no_argument, NULL, 'a' },
                                           { "kind", required_argument, NULL, 'k' },
                                           { "post", required_argument, NULL, 'p' },
                                           { "ends", required_argument, NULL, 'e' },
                                           { "payload", required_argument, NULL, 'P' },
                                           { "until", required_argument, NULL, 'u' },
                                           { "officer", required_argument, NULL, 'o' },
                                           { "device", required_argument, NULL, 'd' },
                                           { "key", required_argument, NULL, 'K' },
                                           { "after", required_argument, NULL, 'A' },
                                           { "build", required_argument, NULL, 'b' },
                                           { "minimum", required_argument, NULL, 'm' },
                                           { "keepers", required_argument, NULL, 'n' },
                                           { "count", required_argument, NULL, 'q' },
                                           { "version", required_argument, NULL, 'V' },
                                           { "medium", required_argument, NULL, 'M' },
                                           { "canary", required_argument, NULL, 'y' },
                                           { "stage", required_argument, NULL, 's' },
                                           { "sheets", required_argument, NULL, 'S' },
                                           { "swept", required_argument, NULL, 'w' },
                                           { "closes", required_argument, NULL, 'e' },
                                           { "removes", required_argument, NULL, 'e' },
                                           { "returns", required_argument, NULL, 'e' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    optind = 2;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(options, letter, optarg))
            return false;
    return true;
}

/* ---- writing ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "word value" lines, sorted, none twice. */
static struct ptn_status write_block(struct values *values, const char *word,
                                     struct ptn_buffer *out, struct ptn_bytes *ret_block,
                                     size_t *ret_count)
{
    struct ptn_status status = PTN_OK;

    qsort(values->at, values->count, sizeof(values->at[0]), compare_texts);
    *ret_count = 0;
    for (size_t i = 0; ptn_ok(status) && i < values->count; i++) {
        if (i > 0 && strcmp(values->at[i], values->at[i - 1]) == 0)
            continue;
        status = ptn_buffer_addf(out, "%s %s\n", word, values->at[i]);
        ++*ret_count;
    }
    *ret_block = ptn_buffer_bytes(out);
    return status;
}

/* What the options leave open. */
static void complete(struct options *options, const struct ptn_world *world, bool tightens)
{
    struct ptn_order *order = &options->order;

    order->country = ptn_bytes_from_text(options->country);
    order->reason = ptn_bytes_from_text(options->reason);
    order->given_ms = world->now_ms(world->context) / 1000 * 1000;
    world->random(world->context, order->number, sizeof(order->number));
    if (order->rung != PTN_RUNG_NORMAL && (order->functions & PTN_FUNCTION_LANES) == 0)
        order->functions |= PTN_FUNCTION_LANES;
    if (tightens)
        order->until_ms = PTN_ORDER_NEVER;
    else if (order->until_ms == 0)
        order->until_ms = order->given_ms + (int64_t)UNTIL_DAYS * 86400000;
}

/* The word of the lines that name other orders. */
static const char *naming_word(enum ptn_order_verb verb)
{
    if (verb == PTN_ORDER_CLOSE)
        return "closes";
    if (verb == PTN_ORDER_REMOVE)
        return "removes";
    return verb == PTN_ORDER_ADVANCE ? "returns" : "ends";
}

static struct ptn_status write_order(struct options *options, struct ptn_diag *reterr)
{
    const enum ptn_order_verb verb = options->order.verb;
    struct ptn_order *order = &options->order;
    const struct {
        struct values *values;
        const char *word;
        struct ptn_bytes *block;
        size_t *count;
    } blocks[] = {
        { &options->posts, "post", &order->scope.posts, &order->scope.post_count },
        { &options->ends, naming_word(verb), &order->ends, &order->ends_count },
        { &options->payloads, "payload", &order->payloads, &order->payload_count },
        { &options->builds, "build", &order->builds, &order->build_count },
        { &options->sheets, "sheets", &order->sheets, &order->sheets_count },
        { &options->swept, "swept", &order->swept, &order->swept_count },
    };
    enum { BLOCKS = sizeof(blocks) / sizeof(blocks[0]) };
    struct ptn_buffer lines[BLOCKS];
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_order check;
    struct ptn_status status = PTN_OK;

    complete(options, ptn_world_real(),
             verb == PTN_ORDER_WITHDRAW || verb == PTN_ORDER_REVOKE || verb == PTN_ORDER_DISTRUST);
    for (size_t i = 0; i < BLOCKS; i++) {
        ptn_buffer_init(&lines[i], PTN_ORDER_TEXT_MAX);
        if (ptn_ok(status))
            status = write_block(blocks[i].values, blocks[i].word, &lines[i], blocks[i].block,
                                 blocks[i].count);
    }
    if (ptn_ok(status))
        status = ptn_order_write(order, &text);
    /* The reader's rules are the only ones: what it refuses is not printed. */
    if (ptn_ok(status))
        status = ptn_order_parse(ptn_buffer_bytes(&text), &check, reterr);
    if (ptn_ok(status) && fwrite(text.at, 1, text.len, stdout) != text.len)
        status.code = PTN_C_IO;
    for (size_t i = 0; i < BLOCKS; i++)
        ptn_buffer_release(&lines[i]);
    ptn_buffer_release(&text);
    return status;
}

static struct ptn_status print_name(const char *path, struct ptn_diag *reterr)
{
    struct ptn_authority_text text = { 0 };
    struct ptn_buffer hex = { .len_max = 128 };
    struct ptn_order order;
    struct ptn_hash name;
    struct ptn_status status = ptn_authority_read(path, &text, reterr);

    if (ptn_ok(status))
        status = ptn_order_parse(text.text, &order, reterr);
    if (ptn_ok(status))
        status = ptn_order_name(text.text, &name);
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&hex, ptn_bytes_of(name.at, sizeof(name.at)));
    if (ptn_ok(status))
        (void)printf("%.*s\n", (int)hex.len, (const char *)hex.at);
    ptn_buffer_release(&hex);
    ptn_buffer_release(&text.bytes);
    return status;
}

/* The verb that writes a text, or PTN_ORDER_VERB_COUNT. */
static enum ptn_order_verb verb_of(const char *word)
{
    unsigned verb = 0;

    while (verb < PTN_ORDER_VERB_COUNT &&
           strcmp(word, ptn_order_verb_word((enum ptn_order_verb)verb)) != 0)
        verb++;
    return (enum ptn_order_verb)verb;
}

int ptn_run_order(int argc, char **argv)
{
    static struct options options;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    const char *what = argc > 1 ? argv[1] : "";
    int files;

    options = (struct options){ .codes = 12 };
    options.order.verb = verb_of(what);
    if (argc < 2 || !read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    files = argc - optind;
    if (options.order.verb != PTN_ORDER_VERB_COUNT && files == 0 && options.country != NULL &&
        options.reason != NULL)
        status = write_order(&options, &diag);
    else if (strcmp(what, "check") == 0 && files >= 1 && options.roster != NULL)
        status = ptn_order_check(argv + optind, files, options.roster,
                                 options.posts.count > 0 ? options.posts.at[0] : NULL,
                                 options.albanian, &diag);
    else if (strcmp(what, "name") == 0 && files == 1)
        status = print_name(argv[optind], &diag);
    else if (strcmp(what, "give") == 0 && files == 2)
        status = ptn_order_give(argv[optind], argv[optind + 1], options.keepers, &diag);
    else if (strcmp(what, "since") == 0 && files == 3)
        status = ptn_order_since(argv[optind], argv[optind + 1], argv[optind + 2], &diag);
    else if (strcmp(what, "codes") == 0 && files == 1)
        status = ptn_order_codes(argv[optind], options.codes, options.albanian, &diag);
    else if (strcmp(what, "apply") == 0 && files == 2)
        status = ptn_order_apply(argv[optind], argv[optind + 1], &diag);
    else {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (!ptn_ok(status))
        ptn_say_failure(files > 0 ? argv[argc - 1] : what, status, &diag);
    return ptn_exit_for(status);
}
