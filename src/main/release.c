/*
 * main/release.c -- postern release: the text of a release note from the files themselves, and
 * whether a signed one is good, and for these files.
 *
 * A release note is an order (docs/format/release.md): it is written, judged and handed on by the
 * same code as any other.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "main/authority_int.h"
#include "main/commands.h"
#include "main/order_int.h"
#include "trust/order.h"

#define WORDS_MAX  96u
#define WORDS_SIZE 8192u /* bytes of all of them */
#define FILES_MAX  PTN_ORDER_BUILD_MAX
#define HEX_SIZE   65u
#define PASSED_MAX 32u

static const char usage[] =
    "usage: postern release new --country NAME --reason TEXT --program FILE ... --version N\n"
    "                           --minimum N --medium FILE [--until TIME]\n"
    "         print a release note's text, to be signed with `postern authority sign`\n"
    "       postern release check NOTE --roster ROSTER [--program FILE] [--medium FILE]\n"
    "         is it good, and for this program and medium?\n"
    "       postern release give DIR NOTE [--keepers N]              hand it to keepers\n"
    "  FILE is the executable, or the image of the read-only medium; or its SHA-256 in hex.\n";

struct options {
    const char *programs[FILES_MAX];
    size_t program_count;
    const char *medium, *roster, *keepers;
    const char *passed[PASSED_MAX]; /* what the order's command takes as it is */
    size_t passed_count;
};

static bool pass(struct options *options, const char *name, const char *value)
{
    if (options->passed_count + 2 > PASSED_MAX)
        return false;
    options->passed[options->passed_count++] = name;
    options->passed[options->passed_count++] = value;
    return true;
}

static bool take_option(struct options *options, int letter, const char *value)
{
    switch (letter) {
    case 'p':
        if (options->program_count == FILES_MAX)
            return false;
        options->programs[options->program_count++] = value;
        return true;
    case 'M':
        options->medium = value;
        return true;
    case 'R':
        options->roster = value;
        return true;
    case 'n':
        options->keepers = value;
        return true;
    case 'C':
        return pass(options, "--country", value);
    case 'r':
        return pass(options, "--reason", value);
    case 'V':
        return pass(options, "--version", value);
    case 'm':
        return pass(options, "--minimum", value);
    case 'u':
        return pass(options, "--until", value);
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        { "country", required_argument, NULL, 'C' }, { "reason", required_argument, NULL, 'r' },
        { "program", required_argument, NULL, 'p' }, { "version", required_argument, NULL, 'V' },
        { "minimum", required_argument, NULL, 'm' }, { "medium", required_argument, NULL, 'M' },
        { "until", required_argument, NULL, 'u' },   { "roster", required_argument, NULL, 'R' },
        { "keepers", required_argument, NULL, 'n' }, { NULL, 0, NULL, 0 }
    };
    int letter;

    optind = 2;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(options, letter, optarg))
            return false;
    return true;
}

/* A file's SHA-256 in hex, or the hex itself. */
static struct ptn_status digest_of(const char *file, char hex[HEX_SIZE], struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer out = { .len_max = HEX_SIZE - 1 };
    struct ptn_map *map = NULL;
    struct ptn_bytes bytes;
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status;

    if (ptn_hex_read_exactly(ptn_bytes_from_text(file), digest, sizeof(digest))) {
        memcpy(hex, file, HEX_SIZE);
        return PTN_OK;
    }
    status = world->files->map(world->context, file, &map, &bytes);
    if (!ptn_ok(status))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a program or medium cannot be read");
    status = ptn_sha256(&bytes, 1, digest);
    world->files->unmap(world->context, map);
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&out, ptn_bytes_of(digest, sizeof(digest)));
    if (ptn_ok(status)) {
        memcpy(hex, out.at, HEX_SIZE - 1);
        hex[HEX_SIZE - 1] = '\0';
    }
    ptn_buffer_release(&out);
    return status;
}

/* Words of a command line, copied: getopt may move them. */
struct words {
    char *at[WORDS_MAX];
    int count;
    char bytes[WORDS_SIZE];
    size_t len;
};

static bool add_word(struct words *words, const char *word)
{
    const size_t size = strlen(word) + 1;

    if (words->count == (int)WORDS_MAX - 1 || size > WORDS_SIZE - words->len)
        return false;
    memcpy(words->bytes + words->len, word, size);
    words->at[words->count++] = words->bytes + words->len;
    words->len += size;
    return true;
}

/* postern order release, with the digests in the files' place. */
static struct ptn_status write_words(const struct options *options, struct words *words,
                                     struct ptn_diag *reterr)
{
    char hex[HEX_SIZE];
    bool fits = add_word(words, "order") && add_word(words, "release");
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < options->program_count; i++) {
        status = digest_of(options->programs[i], hex, reterr);
        if (ptn_ok(status))
            fits = fits && add_word(words, "--build") && add_word(words, hex);
    }
    if (ptn_ok(status))
        status = digest_of(options->medium, hex, reterr);
    if (ptn_ok(status))
        fits = fits && add_word(words, "--medium") && add_word(words, hex);
    for (size_t i = 0; i < options->passed_count; i++)
        fits = fits && add_word(words, options->passed[i]);
    if (ptn_ok(status) && !fits)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many words");
    return status;
}

static int make(const struct options *options, struct ptn_diag *reterr)
{
    static struct words words;
    struct ptn_status status;

    words.count = 0;
    words.len = 0;
    status = write_words(options, &words, reterr);
    if (ptn_ok(status))
        return ptn_run_order(words.count, words.at);
    ptn_say_failure("release", status, reterr);
    return ptn_exit_for(status);
}

/* Does the note name this file? */
static struct ptn_status compare(const struct options *options, const struct ptn_order *order,
                                 struct ptn_diag *reterr)
{
    char hex[HEX_SIZE] = "";
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < options->program_count; i++) {
        status = digest_of(options->programs[i], hex, reterr);
        if (ptn_ok(status) && !ptn_order_has_line(order->builds, ptn_bytes_from_text(hex)))
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the note does not name this program");
    }
    if (ptn_ok(status) && options->medium != NULL) {
        status = digest_of(options->medium, hex, reterr);
        if (ptn_ok(status) &&
            (!ptn_hex_read_exactly(ptn_bytes_from_text(hex), digest, sizeof(digest)) ||
             memcmp(digest, order->medium, sizeof(digest)) != 0))
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the note names another medium");
    }
    return status;
}

static struct ptn_status check(const struct options *options, char **notes, int note_count,
                               struct ptn_diag *reterr)
{
    struct ptn_authority_text text = { 0 };
    struct ptn_order order = { .verb = PTN_ORDER_RELEASE };
    struct ptn_status status = ptn_authority_read(notes[0], &text, reterr);

    if (ptn_ok(status))
        status = ptn_order_parse(text.text, &order, reterr);
    if (ptn_ok(status) && order.verb != PTN_ORDER_RELEASE)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an order, but no release note");
    if (ptn_ok(status))
        status = ptn_order_check(notes, note_count, options->roster, NULL, false, reterr);
    if (ptn_ok(status))
        status = compare(options, &order, reterr);
    ptn_buffer_release(&text.bytes);
    return status;
}

int ptn_run_release(int argc, char **argv)
{
    static struct options options;
    struct ptn_diag diag = { 0 };
    const char *what = argc > 1 ? argv[1] : "";
    struct ptn_status status;
    uint64_t keepers = 2;
    int files;

    options = (struct options){ .program_count = 0 };
    if (argc < 2 || !read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    files = argc - optind;
    if (options.keepers != NULL &&
        (!ptn_decimal_read(ptn_bytes_from_text(options.keepers), 16, &keepers) || keepers == 0))
        files = -1;
    if (strcmp(what, "new") == 0 && files == 0 && options.program_count > 0 &&
        options.medium != NULL)
        return make(&options, &diag);
    if (strcmp(what, "check") == 0 && files == 1 && options.roster != NULL)
        status = check(&options, argv + optind, 1, &diag);
    else if (strcmp(what, "give") == 0 && files == 2)
        status = ptn_order_give(argv[optind], argv[optind + 1], (unsigned)keepers, &diag);
    else {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (!ptn_ok(status))
        ptn_say_failure(argv[argc - 1], status, &diag);
    return ptn_exit_for(status);
}
