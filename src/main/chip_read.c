/* main/chip_read.c -- `postern chip read` and `readers`: a document's chip at a PC/SC reader, into
 * files. docs/DOCUMENTS.md, Chips. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/world.h"
#include "main/answer.h"
#include "main/chip_int.h"
#include "main/commands.h"
#include "reference/place.h"

#define ANSWER_LEN_MAX 65536u
#define PATH_SIZE      1024u
#define WAIT_MAX_S     600u
#define WAIT_S         30u
#define PROVING        (1U << 13 | 1U << 14) /* DG14 and DG15 */

/* ---- the files at hand ---- */

/* A group that is not there or not given stays empty. */
static struct ptn_status read_groups(struct ptn_chip_session *session, unsigned groups,
                                     struct ptn_chip_taken *taken, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (unsigned i = 0; ptn_ok(status) && i < PTN_CHIP_GROUPS; i++) {
        if ((groups >> i & 1U) == 0 || taken->groups[i].len > 0)
            continue;
        status = ptn_chip_read_file(session, PTN_CHIP_FILE_GROUP(i + 1), &taken->groups[i], reterr);
        if (status.code == PTN_C_NOT_FOUND)
            status = PTN_OK;
    }
    return status;
}

/* What the security object says of what was taken; by whom it is signed is asked elsewhere. */
static struct ptn_status compare(const struct ptn_chip_taken *taken,
                                 const struct ptn_chip_trust *nobody,
                                 struct ptn_chip_answer *ret_answer, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_chip_files files = { .sod = ptn_buffer_bytes(&taken->sod) };

    for (size_t i = 0; i < PTN_CHIP_GROUPS; i++)
        files.groups[i] = ptn_buffer_bytes(&taken->groups[i]);
    return ptn_chip_check(&files, nobody, ptn_place_local_date(world->now_ms(world->context)),
                          ret_answer, reterr);
}

/* Who leaves out the group that he could not prove himself by, or brings another, is a copy. */
static struct ptn_status prove(struct ptn_chip_session *session, struct ptn_chip_taken *taken,
                               struct ptn_diag *reterr)
{
    struct ptn_chip_trust *nobody = ptn_chip_trust_new();
    struct ptn_chip_answer answer = { .listed = 0 };
    unsigned wanted = 0;
    bool proving = false;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (nobody != NULL)
        status = compare(taken, nobody, &answer, reterr);
    if (ptn_ok(status)) {
        wanted = answer.listed & PROVING;
        status = read_groups(session, wanted, taken, reterr);
    }
    if (ptn_ok(status))
        status = compare(taken, nobody, &answer, reterr);
    proving = ptn_ok(status) && (answer.checked & wanted) == wanted;
    if (ptn_ok(status) && !proving)
        taken->proof = PTN_CHIP_PROOF_FAILED;
    if (proving)
        status = ptn_chip_prove(session, ptn_buffer_bytes(&taken->groups[13]),
                                ptn_buffer_bytes(&taken->groups[14]), &taken->proof, reterr);
    if (status.code == PTN_C_CORRUPT && proving) {
        taken->proof = PTN_CHIP_PROOF_FAILED; /* it said something else than a proof */
        status = PTN_OK;
    }
    ptn_chip_trust_free(nobody);
    return status;
}

struct ptn_status ptn_chip_take_files(const struct ptn_card *card, const struct ptn_chip_key *key,
                                      unsigned groups, struct ptn_chip_taken *ret_taken,
                                      struct ptn_diag *reterr)
{
    struct ptn_chip_session *session = NULL;
    struct ptn_status status;

    *ret_taken = (struct ptn_chip_taken){ .sod = { .len_max = PTN_CHIP_SOD_MAX } };
    for (unsigned i = 0; i < PTN_CHIP_GROUPS; i++)
        ptn_buffer_init(&ret_taken->groups[i], PTN_CHIP_GROUP_MAX);
    status = ptn_chip_open(card, key, ptn_world_real(), &session, reterr);
    if (ptn_ok(status)) {
        ret_taken->access = ptn_chip_access_of(session);
        status = ptn_chip_read_file(session, PTN_CHIP_FILE_SOD, &ret_taken->sod, reterr);
    }
    if (ptn_ok(status))
        status = read_groups(session, groups, ret_taken, reterr);
    if (ptn_ok(status))
        status = prove(session, ret_taken, reterr);
    ptn_chip_close(session);
    if (!ptn_ok(status))
        ptn_chip_taken_release(ret_taken);
    return status;
}

void ptn_chip_taken_release(struct ptn_chip_taken *taken)
{
    ptn_buffer_release(&taken->sod);
    for (size_t i = 0; i < PTN_CHIP_GROUPS; i++)
        ptn_buffer_release(&taken->groups[i]);
}

/* ---- postern chip readers ---- */

int ptn_chip_run_readers(int argc, char **argv)
{
    struct ptn_pcsc *pcsc = NULL;
    struct ptn_diag diag = { 0 };
    const char *names = NULL;
    struct ptn_status status;

    (void)argv;
    if (argc != 1)
        return PTN_EXIT_USAGE;
    status = ptn_pcsc_open(&pcsc, &diag);
    if (ptn_ok(status))
        status = ptn_pcsc_readers(pcsc, &names, &diag);
    for (; ptn_ok(status) && *names != '\0'; names += strlen(names) + 1)
        if (printf("%s\n", names) < 0)
            status.code = PTN_C_IO;
    ptn_pcsc_close(pcsc);
    if (ptn_ok(status))
        return PTN_EXIT_DONE;
    ptn_say_failure("readers", status, &diag);
    return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_NEGATIVE : ptn_exit_for(status);
}

/* ---- postern chip read ---- */

struct reading {
    const char *folder, *reader, *page, *key_text;
    unsigned wait_s, groups;
    struct ptn_chip_key key;
};

/* "1,2,14". */
static bool name_groups(const char *text, unsigned *ret_groups)
{
    struct ptn_bytes rest = ptn_bytes_from_text(text);

    *ret_groups = 0;
    while (rest.len > 0) {
        size_t len = 0;
        uint64_t group = 0;

        while (len < rest.len && rest.at[len] != ',')
            len++;
        if (!ptn_decimal_read(ptn_bytes_slice(rest, 0, len), PTN_CHIP_GROUPS, &group) || group == 0)
            return false;
        *ret_groups |= 1U << (group - 1);
        rest = ptn_bytes_slice(rest, len < rest.len ? len + 1 : len, SIZE_MAX);
    }
    return *ret_groups != 0;
}

static bool take_option(struct reading *reading, int letter, const char *value)
{
    uint64_t seconds = 0;

    switch (letter) {
    case 'o':
        reading->folder = value;
        return true;
    case 'p':
        reading->page = value;
        return true;
    case 'k':
        reading->key_text = value;
        return true;
    case 'r':
        reading->reader = value;
        return true;
    case 'g':
        return name_groups(value, &reading->groups);
    case 'w':
        if (!ptn_decimal_read(ptn_bytes_from_text(value), WAIT_MAX_S, &seconds))
            return false;
        reading->wait_s = (unsigned)seconds;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct reading *reading)
{
    static const struct option options[] = { { "out", required_argument, NULL, 'o' },
                                             { "page", required_argument, NULL, 'p' },
                                             { "key", required_argument, NULL, 'k' },
                                             { "reader", required_argument, NULL, 'r' },
                                             { "groups", required_argument, NULL, 'g' },
                                             { "wait", required_argument, NULL, 'w' },
                                             { NULL, 0, NULL, 0 } };
    int letter;

    *reading = (struct reading){ .wait_s = WAIT_S, .groups = 1 };
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(reading, letter, optarg))
            return false;
    return optind == argc && reading->folder != NULL &&
           (reading->page == NULL) != (reading->key_text == NULL);
}

static struct ptn_status read_key(struct reading *reading, struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_mrz mrz;
    struct ptn_status status;

    if (reading->key_text != NULL)
        return ptn_chip_key_parse(ptn_bytes_from_text(reading->key_text), &reading->key)
                   ? PTN_OK
                   : ptn_fail(PTN_C_BAD_INPUT, diag, 0,
                              "neither number, birth and expiry with their check digits nor six "
                              "digits");
    status = ptn_chip_read_page(reading->page, ptn_place_local_date(world->now_ms(world->context)),
                                &mrz, diag);
    if (ptn_ok(status) && !ptn_chip_key_of(&mrz, &reading->key))
        status = ptn_fail(PTN_C_BAD_INPUT, diag, 0, "these lines open no chip");
    return status;
}

static struct ptn_status put_file(const struct reading *reading, unsigned file,
                                  const struct ptn_buffer *bytes, struct ptn_json *json)
{
    const struct ptn_world *world = ptn_world_real();
    char path[PATH_SIZE], name[8];
    struct ptn_status status;

    (void)snprintf(name, sizeof(name), "%04X", file);
    if (snprintf(path, sizeof(path), "%s/%s", reading->folder, name) >= (int)sizeof(path))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = world->files->replace(world->context, path, ptn_buffer_bytes(bytes));
    ptn_json_object(json);
    ptn_json_field_text(json, "file", ptn_bytes_from_text(name));
    ptn_json_field_number(json, "bytes", (int64_t)bytes->len);
    ptn_json_object_end(json);
    return status;
}

static struct ptn_status put_files(const struct reading *reading,
                                   const struct ptn_chip_taken *taken)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer out = { .len_max = ANSWER_LEN_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_status status = world->files->make_dir(world->context, reading->folder);

    ptn_json_object(&json);
    ptn_json_field_text(&json, "access", ptn_bytes_from_text(ptn_chip_access_word(taken->access)));
    ptn_json_field_text(&json, "proof", ptn_bytes_from_text(ptn_chip_proof_word(taken->proof)));
    ptn_json_key(&json, "files");
    ptn_json_array(&json);
    if (ptn_ok(status))
        status = put_file(reading, PTN_CHIP_FILE_SOD, &taken->sod, &json);
    for (unsigned i = 0; ptn_ok(status) && i < PTN_CHIP_GROUPS; i++)
        if (taken->groups[i].len > 0)
            status = put_file(reading, PTN_CHIP_FILE_GROUP(i + 1), &taken->groups[i], &json);
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    if (ptn_ok(status))
        status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

int ptn_chip_run_read(int argc, char **argv)
{
    struct reading reading;
    struct ptn_chip_taken taken = { .proof = PTN_CHIP_PROOF_NONE };
    struct ptn_pcsc *pcsc = NULL;
    struct ptn_card card;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!read_options(argc, argv, &reading))
        return PTN_EXIT_USAGE;
    status = read_key(&reading, &diag);
    if (ptn_ok(status))
        status = ptn_pcsc_open(&pcsc, &diag);
    if (ptn_ok(status))
        status = ptn_pcsc_take(pcsc, reading.reader, 1000 * reading.wait_s, &card, &diag);
    if (ptn_ok(status))
        status = ptn_chip_take_files(&card, &reading.key, reading.groups, &taken, &diag);
    ptn_pcsc_close(pcsc);
    if (ptn_ok(status)) {
        status = put_files(&reading, &taken);
        ptn_chip_taken_release(&taken);
    }
    if (ptn_ok(status))
        return taken.proof == PTN_CHIP_PROOF_FAILED ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
    ptn_say_failure("chip", status, &diag);
    return status.code == PTN_C_NOT_FOUND || status.code == PTN_C_BUSY ? PTN_EXIT_NEGATIVE
                                                                       : ptn_exit_for(status);
}
