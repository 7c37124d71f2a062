/*
 * main/erase.c -- postern erase: write an order to erase out of entries' proofs, and see how such
 * orders stand. Who may give one, when it is in force and what then happens: docs/format/order.md.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/commands.h"
#include "main/status_int.h"
#include "record/record.h"
#include "trust/erasure.h"
#include "trust/order.h"
#include "trust/roster.h"

#define PROOFS_MAX ((size_t)4 << 20)
#define MS_PER_DAY INT64_C(86400000)
#define UNTIL_DAYS 7

static const char usage[] =
    "usage: postern erase draft --roster ROSTER --reason TEXT PROOF ...\n"
    "         print an order to delete the payloads of these entries, to be signed with\n"
    "         `postern authority sign` and given with `postern order give`. A PROOF is an\n"
    "         entry's proof, as a person's page saves it (GET /v1/proof), or several of\n"
    "         them, one after another: of what is attached to a case, with its parts.\n"
    "       postern erase months --roster ROSTER --reason TEXT YYYY-MM ...\n"
    "         the same for the private halves of months that have expired whole\n"
    "       postern erase status DIR\n"
    "         which orders a node knows, how each stands, who has not answered\n";

struct draft {
    const struct ptn_world *world;
    struct ptn_authority_roster trusted;
    struct ptn_hash payloads[PTN_ORDER_PAYLOAD_MAX];
    size_t count;
    struct ptn_buffer months; /* "month …" lines, sorted */
    size_t month_count;
};

/* Will the payload's class have been kept for its least period when the order comes into force? */
static struct ptn_status check_class(const struct draft *draft,
                                     const struct ptn_ledger_header *header,
                                     struct ptn_diag *reterr)
{
    const int64_t in_force_ms = draft->world->now_ms(draft->world->context) + PTN_ERASURE_WAIT_MS;

    if (!header->has_payload)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the entry has no payload");
    if (header->retention == PTN_RETENTION_PUBLIC)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a public payload is not erased");
    if (!ptn_erasure_is_due(&draft->trusted.roster, header, in_force_ms))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "its class's least period is not over when the order comes into force");
    return PTN_OK;
}

static struct ptn_status take_proof(struct draft *draft, struct ptn_bytes proof,
                                    struct ptn_diag *reterr)
{
    struct ptn_buffer leaf = { .len_max = PTN_LEDGER_LEAF_LEN_MAX };
    struct ptn_ledger_header header = { 0 };
    struct ptn_receipt file = { 0 };
    struct ptn_note note = { 0 };
    struct ptn_status status = ptn_receipt_parse(proof, &file, reterr);

    if (ptn_ok(status))
        status = ptn_base64_read(file.extra, &leaf, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_header_parse(ptn_buffer_bytes(&leaf), &header, reterr);
    if (ptn_ok(status))
        status = ptn_note_parse(file.checkpoint, &note, reterr);
    if (ptn_ok(status))
        status = ptn_erasure_check_place(&draft->trusted.roster, &note, &file,
                                         ptn_buffer_bytes(&leaf), reterr);
    if (ptn_ok(status))
        status = check_class(draft, &header, reterr);
    if (ptn_ok(status) && draft->count == PTN_ORDER_PAYLOAD_MAX)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, PTN_ORDER_PAYLOAD_MAX, "too many for one order");
    if (ptn_ok(status))
        draft->payloads[draft->count++] = header.sealed_sha256;
    ptn_buffer_release(&leaf);
    return status;
}

/* How many of these bytes are the first proof: up to the line with which another begins. */
static size_t first_proof(struct ptn_bytes bytes)
{
    static const char begins[] = "\nc2sp.org/tlog-proof@";
    const char *next =
        bytes.len == 0 ? NULL : memmem(bytes.at, bytes.len, begins, sizeof(begins) - 1);

    return next == NULL ? bytes.len : (size_t)((const uint8_t *)next - bytes.at) + 1;
}

static struct ptn_status take_proofs(struct draft *draft, const char *path, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PROOFS_MAX };
    struct ptn_status status = draft->world->files->read(draft->world->context, path, &file);
    struct ptn_bytes left = ptn_buffer_bytes(&file);

    do {
        size_t len = first_proof(left);

        if (ptn_ok(status))
            status = take_proof(draft, ptn_bytes_slice(left, 0, len), reterr);
        left = ptn_bytes_slice(left, len, left.len);
    } while (ptn_ok(status) && left.len > 0);
    if (!ptn_ok(status))
        ptn_say_failure(path, status, reterr);
    ptn_buffer_release(&file);
    return status;
}

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, PTN_HASH_LEN);
}

static struct ptn_status print_order(struct draft *draft, const char *reason,
                                     struct ptn_diag *reterr)
{
    struct ptn_buffer lines = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_order order = { .country = draft->trusted.roster.origin,
                               .verb = PTN_ORDER_ERASE,
                               .reason = ptn_bytes_from_text(reason) };
    struct ptn_status status = PTN_OK;

    order.given_ms = draft->world->now_ms(draft->world->context) / 1000 * 1000;
    order.until_ms = order.given_ms + UNTIL_DAYS * MS_PER_DAY;
    draft->world->random(draft->world->context, order.number, sizeof(order.number));
    qsort(draft->payloads, draft->count, sizeof(draft->payloads[0]), compare_hashes);
    for (size_t i = 0; ptn_ok(status) && i < draft->count; i++) {
        char hex[2 * PTN_HASH_LEN + 1];

        if (i > 0 && ptn_hash_equal(&draft->payloads[i], &draft->payloads[i - 1]))
            continue;
        status = ptn_buffer_addf(&lines, "payload %s\n",
                                 ptn_hex_write(draft->payloads[i].at, PTN_HASH_LEN, hex));
        order.payload_count++;
    }
    order.payloads = ptn_buffer_bytes(&lines);
    order.months = ptn_buffer_bytes(&draft->months);
    order.month_count = draft->month_count;
    if (ptn_ok(status))
        status = ptn_order_write(&order, &text);
    if (!ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0, "the order cannot be written: its reason?");
    else if (fwrite(text.at, 1, text.len, stdout) != text.len)
        status = ptn_fail(PTN_C_IO, reterr, 0, "the order cannot be printed");
    ptn_buffer_release(&lines);
    ptn_buffer_release(&text);
    return status;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Will every class of each month have been kept for its least period when the order comes into
 * force? */
static struct ptn_status take_months(struct draft *draft, char **months, int count,
                                     struct ptn_diag *reterr)
{
    const int64_t in_force_ms = draft->world->now_ms(draft->world->context) + PTN_ERASURE_WAIT_MS;
    struct ptn_status status = PTN_OK;

    qsort(months, (size_t)count, sizeof(*months), compare_texts);
    for (int i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_date month;

        if (i > 0 && strcmp(months[i], months[i - 1]) == 0)
            continue;
        if (!ptn_order_month(ptn_bytes_from_text(months[i]), &month))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a month is YYYY-MM");
        else if (!ptn_erasure_month_is_due(&draft->trusted.roster, month, in_force_ms))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                              "not every class of that month has a least period that is over "
                              "when the order comes into force");
        else
            status = ptn_buffer_addf(&draft->months, "month %s\n", months[i]);
        if (!ptn_ok(status))
            ptn_say_failure(months[i], status, reterr);
        draft->month_count++;
    }
    return status;
}

static int run_draft(const char *roster, const char *reason, bool months, char **proofs, int count)
{
    struct draft *draft = calloc(1, sizeof(*draft));
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (draft == NULL)
        return PTN_EXIT_ENVIRONMENT;
    draft->world = ptn_world_real();
    draft->months.len_max = PTN_ORDER_TEXT_MAX;
    status = ptn_authority_roster_read(roster, &draft->trusted, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(roster, status, &diag);
    if (ptn_ok(status) && months)
        status = take_months(draft, proofs, count, &diag);
    for (int i = 0; ptn_ok(status) && !months && i < count; i++)
        status = take_proofs(draft, proofs[i], &diag);
    if (ptn_ok(status)) {
        status = print_order(draft, reason, &diag);
        if (!ptn_ok(status))
            ptn_say_failure("erase draft", status, &diag);
    }
    ptn_buffer_release(&draft->months);
    ptn_authority_roster_release(&draft->trusted);
    free(draft);
    return ptn_exit_for(status);
}

static int run_status(const char *dir)
{
    if (ptn_status_print_erasures(ptn_world_real(), dir))
        return PTN_EXIT_DONE;
    (void)fprintf(stderr, "postern: %s has written down nothing of erasures: does it run?\n", dir);
    return PTN_EXIT_NEGATIVE;
}

int ptn_run_erase(int argc, char **argv)
{
    static const struct option names[] = { { "roster", required_argument, NULL, 'R' },
                                           { "reason", required_argument, NULL, 'r' },
                                           { NULL, 0, NULL, 0 } };
    const char *roster = NULL;
    const char *reason = NULL;
    int letter;

    optind = 2;
    while (argc >= 2 && (letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == 'R')
            roster = optarg;
        else if (letter == 'r')
            reason = optarg;
        else
            argc = 0;
    }
    if (argc == optind + 1 && strcmp(argv[1], "status") == 0)
        return run_status(argv[optind]);
    if (argc > optind && roster != NULL && reason != NULL &&
        (strcmp(argv[1], "draft") == 0 || strcmp(argv[1], "months") == 0))
        return run_draft(roster, reason, argv[1][0] == 'm', argv + optind, argc - optind);
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}
