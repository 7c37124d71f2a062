/*
 * main/authority.c -- postern authority: offline keys of people, and what they sign.
 *
 * Made to run on a machine that is on no network. What is signed is shown in plain words before the
 * key is touched. Answers go to stdout or a file, what people read goes to stderr.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/commands.h"
#include "main/passphrase.h"
#include "trust/authorise.h"

static const char usage[] =
    "usage: postern authority new KEY --name NAME       make an offline key; prints its verifier "
    "key\n"
    "       postern authority sign FILE --key KEY       show a text or note, sign it, print the "
    "note\n"
    "       postern authority combine NOTE ...          one note with all signatures of one text\n"
    "       postern authority show FILE                 say what it is, and who signed it\n"
    "  --out FILE            write there, not to standard output\n"
    "  --language en|sq      in which it is shown\n"
    "  --passphrase-fd N     read the passphrase from there, not from the terminal\n"
    "  --former NOTE         sign, show: the roster before this one, to see what changes\n"
    "  --roster NOTE         show: check signatures by it\n"
    "  --yes                 sign: do not ask\n"
    "  --demonstration       new: a key that is quick to open, and to guess\n";

struct options {
    const char *verb;
    char **files;
    int file_count;
    const char *key, *name, *out, *former, *roster;
    int fd;
    bool albanian, yes, demonstration;
};

/* False: usage. */
static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = { { "key", required_argument, NULL, 'k' },
                                           { "name", required_argument, NULL, 'n' },
                                           { "out", required_argument, NULL, 'o' },
                                           { "former", required_argument, NULL, 'f' },
                                           { "roster", required_argument, NULL, 'r' },
                                           { "language", required_argument, NULL, 'l' },
                                           { "passphrase-fd", required_argument, NULL, 'p' },
                                           { "yes", no_argument, NULL, 'y' },
                                           { "demonstration", no_argument, NULL, 'd' },
                                           { NULL, 0, NULL, 0 } };
    int letter;

    *options = (struct options){ .fd = -1 };
    if (argc < 2)
        return false;
    options->verb = argv[1];
    optind = 2;
    while ((letter = getopt_long(argc, argv, "o:", names, NULL)) != -1) {
        char *end = NULL;

        if (letter == 'k')
            options->key = optarg;
        else if (letter == 'n')
            options->name = optarg;
        else if (letter == 'o')
            options->out = optarg;
        else if (letter == 'f')
            options->former = optarg;
        else if (letter == 'r')
            options->roster = optarg;
        else if (letter == 'l' && (strcmp(optarg, "sq") == 0 || strcmp(optarg, "en") == 0))
            options->albanian = strcmp(optarg, "sq") == 0;
        else if (letter == 'p') {
            long fd = strtol(optarg, &end, 10);

            if (*optarg == '\0' || *end != '\0' || fd < 0 || fd > 1023)
                return false;
            options->fd = (int)fd;
        } else if (letter == 'y')
            options->yes = true;
        else if (letter == 'd')
            options->demonstration = true;
        else
            return false;
    }
    options->files = argv + optind;
    options->file_count = argc - optind;
    return options->file_count >= 1;
}

/* ---- new ---- */

static struct ptn_status make_key(const struct options *options, struct ptn_diag *reterr)
{
    struct ptn_passphrase passphrase = { .len = 0 };
    struct ptn_buffer line = { .len_max = 1024 };
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    struct ptn_vkey key;
    struct ptn_status status = ptn_passphrase_read(
        options->fd, "A passphrase of at least 12 characters: ", true, &passphrase, reterr);

    if (ptn_ok(status))
        status = ptn_authority_new(
            ptn_world_real(), options->files[0], ptn_bytes_from_text(options->name),
            ptn_bytes_of(passphrase.text, passphrase.len),
            options->demonstration ? PTN_AUTHORITY_COST_LEAST : PTN_AUTHORITY_COST_FULL, public_key,
            reterr);
    ptn_passphrase_wipe(&passphrase);
    if (ptn_ok(status))
        status = ptn_vkey_make(ptn_bytes_from_text(options->name), public_key, &key);
    if (ptn_ok(status))
        status = ptn_vkey_write(&line, &key);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&line, "\n");
    if (ptn_ok(status))
        status = ptn_authority_put_out(options->out, ptn_buffer_bytes(&line), reterr);
    ptn_buffer_release(&line);
    return status;
}

/* ---- sign ---- */

/* Append the signature lines that out's note has not yet. */
static struct ptn_status add_lines(struct ptn_buffer *out, size_t signatures_at,
                                   struct ptn_bytes lines)
{
    struct ptn_cursor cursor = ptn_cursor_at(lines);
    struct ptn_bytes line;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        struct ptn_cursor had = ptn_cursor_at(
            ptn_bytes_slice(ptn_buffer_bytes(out), signatures_at, out->len - signatures_at));
        struct ptn_bytes other;
        bool is_there = false;

        while (!is_there && ptn_ok(ptn_cursor_take_line(&had, &other)))
            is_there = ptn_bytes_equal(line, other);
        if (is_there)
            continue;
        status = ptn_buffer_add(out, line);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    return status;
}

/* The note of a text and its former signatures, and where those start. */
static struct ptn_status start_note(const struct ptn_authority_text *text, struct ptn_buffer *out,
                                    size_t *ret_signatures_at)
{
    struct ptn_status status = ptn_buffer_add(out, text->text);

    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    *ret_signatures_at = out->len;
    if (ptn_ok(status))
        status = ptn_buffer_add(out, text->signatures);
    return status;
}

static struct ptn_status sign_text(const struct options *options,
                                   const struct ptn_authority *authority,
                                   const struct ptn_authority_text *text, struct ptn_diag *reterr)
{
    struct ptn_buffer line = { .len_max = 4096 };
    struct ptn_buffer out = { .len_max = PTN_NOTE_LEN_MAX };
    size_t signatures_at = 0;
    struct ptn_status status = ptn_authority_line(authority, text->text, &line, reterr);

    if (ptn_ok(status))
        status = start_note(text, &out, &signatures_at);
    if (ptn_ok(status))
        status = add_lines(&out, signatures_at, ptn_buffer_bytes(&line));
    if (ptn_ok(status))
        status = ptn_authority_put_out(options->out, ptn_buffer_bytes(&out), reterr);
    ptn_buffer_release(&line);
    ptn_buffer_release(&out);
    return status;
}

/* Show, ask, unlock: in this order. */
static struct ptn_status sign_file(const struct options *options, struct ptn_diag *reterr)
{
    struct ptn_authority_text text = { 0 };
    struct ptn_authority_text former = { 0 };
    struct ptn_passphrase passphrase = { .len = 0 };
    struct ptn_authority *authority = NULL;
    struct ptn_status status = ptn_authority_read(options->files[0], &text, reterr);

    if (ptn_ok(status) && options->former != NULL)
        status = ptn_authority_read(options->former, &former, reterr);
    if (ptn_ok(status))
        status = ptn_authority_show(text.text, former.text, options->albanian, reterr);
    if (ptn_ok(status) && !options->yes &&
        !ptn_passphrase_ask(options->albanian ? "Ta nënshkruaj? Shkruani po: "
                                              : "Sign this? Type yes: "))
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "not signed: nobody said yes");
    if (ptn_ok(status))
        status = ptn_passphrase_read(
            options->fd, options->albanian ? "Fraza e kalimit: " : "Passphrase: ", false,
            &passphrase, reterr);
    if (ptn_ok(status))
        status =
            ptn_authority_unlock(ptn_world_real(), options->key,
                                 ptn_bytes_of(passphrase.text, passphrase.len), &authority, reterr);
    ptn_passphrase_wipe(&passphrase);
    if (ptn_ok(status))
        status = sign_text(options, authority, &text, reterr);
    ptn_authority_lock(authority);
    ptn_buffer_release(&text.bytes);
    ptn_buffer_release(&former.bytes);
    return status;
}

/* ---- combine ---- */

static struct ptn_status combine(const struct options *options, struct ptn_diag *reterr)
{
    struct ptn_buffer out = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_authority_text first = { 0 };
    size_t signatures_at = 0;
    struct ptn_note whole;
    struct ptn_status status = ptn_authority_read(options->files[0], &first, reterr);

    if (ptn_ok(status))
        status = start_note(&first, &out, &signatures_at);
    for (int i = 1; ptn_ok(status) && i < options->file_count; i++) {
        struct ptn_authority_text other = { 0 };

        status = ptn_authority_read(options->files[i], &other, reterr);
        if (ptn_ok(status) && !ptn_bytes_equal(other.text, first.text))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not all are notes of the same text");
        if (ptn_ok(status))
            status = add_lines(&out, signatures_at, other.signatures);
        ptn_buffer_release(&other.bytes);
    }
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_buffer_bytes(&out), &whole, reterr);
    if (ptn_ok(status))
        status = ptn_authority_put_out(options->out, ptn_buffer_bytes(&out), reterr);
    ptn_buffer_release(&first.bytes);
    ptn_buffer_release(&out);
    return status;
}

/* ---- show ---- */

static void print_signer(const struct ptn_note *note, const struct ptn_vkey *keys, size_t count,
                         const char *office)
{
    for (size_t i = 0; i < count; i++) {
        bool has_signed = false;
        struct ptn_status status = ptn_key_signed(note, &keys[i], &has_signed, NULL);

        if (!ptn_ok(status) || has_signed)
            (void)fprintf(stderr, "%s %.*s: %s\n", office, (int)keys[i].name.len,
                          (const char *)keys[i].name.at,
                          ptn_ok(status) ? "signed" : "WRONG SIGNATURE");
    }
}

/* Who signed, by a roster that is itself checked as a first one. */
static struct ptn_status show_signers(const struct options *options,
                                      const struct ptn_authority_text *text,
                                      struct ptn_diag *reterr)
{
    const struct ptn_note note = { .text = text->text, .signatures = text->signatures };
    struct ptn_authority_roster trusted = { 0 };
    const struct ptn_roster *roster = &trusted.roster;
    struct ptn_status status = ptn_authority_roster_read(options->roster, &trusted, reterr);

    if (ptn_ok(status)) {
        print_signer(&note, roster->authorities, roster->authority_count, "authority");
        print_signer(&note, roster->duties, roster->duty_count, "duty officer");
        print_signer(&note, roster->personnel, roster->personnel_count, "personnel officer");
    }
    ptn_authority_roster_release(&trusted);
    return status;
}

static struct ptn_status show(const struct options *options, struct ptn_diag *reterr)
{
    struct ptn_authority_text text = { 0 };
    struct ptn_authority_text former = { 0 };
    struct ptn_status status = ptn_authority_read(options->files[0], &text, reterr);

    if (ptn_ok(status) && options->former != NULL)
        status = ptn_authority_read(options->former, &former, reterr);
    if (ptn_ok(status))
        status = ptn_authority_show(text.text, former.text, options->albanian, reterr);
    if (ptn_ok(status) && options->roster != NULL)
        status = show_signers(options, &text, reterr);
    ptn_buffer_release(&text.bytes);
    ptn_buffer_release(&former.bytes);
    return status;
}

int ptn_run_authority(int argc, char **argv)
{
    struct ptn_diag diag = { 0 };
    struct options options;
    struct ptn_status status;

    if (!read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (strcmp(options.verb, "new") == 0 && options.file_count == 1 && options.name != NULL)
        status = make_key(&options, &diag);
    else if (strcmp(options.verb, "sign") == 0 && options.file_count == 1 && options.key != NULL)
        status = sign_file(&options, &diag);
    else if (strcmp(options.verb, "combine") == 0)
        status = combine(&options, &diag);
    else if (strcmp(options.verb, "show") == 0 && options.file_count == 1)
        status = show(&options, &diag);
    else {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (!ptn_ok(status))
        ptn_say_failure(options.files[0], status, &diag);
    return ptn_exit_for(status);
}
