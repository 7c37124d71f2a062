/* main/permits.c -- postern permits: what a centre knows of visas and permits, published so that
 * each opens with its holder's passport. docs/format/permits.md. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/publish.h"
#include "main/walk.h"
#include "node/published.h"
#include "record/record.h"

#define HEX_SIZE (2u * PTN_SHA256_LEN + 1u)

static const char usage[] =
    "usage: postern permits publish DIR --officer NAME\n"
    "       postern permits show DIR         each record, and how many permits are in it\n"
    "DIR is a centre's. Visas and permits that came in with postern import are published to every\n"
    "post, each in a slot that opens with its holder's passport (docs/format/permits.md). One that "
    "is\n"
    "withdrawn counts at once; a valid one when an offline note names its record: postern order\n"
    "remove --all --removes RECORD.\n";

static struct ptn_status take(void *context, enum ptn_record_kind kind, struct ptn_bytes payload)
{
    return ptn_permits_publication_take(context, kind, payload);
}

/* What the centre's ledger has, read beside whoever runs it. Owned. */
static struct ptn_status read_ledger(const char *dir, struct ptn_permits_publication **ret_made,
                                     struct ptn_diag *reterr)
{
    struct ptn_permits_publication *made = ptn_permits_publication_new(ptn_world_real());
    const struct ptn_walk_published walk = { { PTN_RECORD_PERMIT, PTN_RECORD_PERMITS },
                                             take,
                                             made };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (made != NULL)
        status = ptn_walk_published(dir, &walk, reterr);
    if (ptn_ok(status))
        *ret_made = made;
    else
        ptn_permits_publication_free(made);
    return status;
}

/* ---- publish ---- */

static struct ptn_status say_published(const struct ptn_permits_publication *made)
{
    struct ptn_buffer out = { .len_max = (size_t)1 << 20 };
    struct ptn_json json = { .out = &out };
    struct ptn_bytes payload;
    struct ptn_status status = PTN_OK;

    ptn_json_object(&json);
    ptn_json_field_number(&json, "permits", (int64_t)ptn_permits_publication_permits(made));
    ptn_json_field_number(&json, "added", (int64_t)ptn_permits_publication_added(made));
    ptn_json_key(&json, "records");
    ptn_json_array(&json);
    for (size_t i = 0; ptn_ok(status) && ptn_permits_publication_record(made, i, &payload); i++) {
        uint8_t name[PTN_SHA256_LEN];
        char hex[HEX_SIZE];

        status = ptn_sha256(&payload, 1, name);
        if (ptn_ok(status))
            ptn_json_text(&json, ptn_bytes_from_text(ptn_hex_write(name, sizeof(name), hex)));
    }
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    if (ptn_ok(status))
        status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static struct ptn_status hand_over(const struct ptn_permits_publication *made, const char *dir,
                                   struct ptn_diag *reterr)
{
    struct ptn_bytes payload;
    struct ptn_bytes *payloads;
    size_t count = 0;
    struct ptn_status status;

    while (ptn_permits_publication_record(made, count, &payload))
        count++;
    if (count == 0)
        return PTN_OK;
    payloads = calloc(count, sizeof(*payloads));
    if (payloads == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++)
        (void)ptn_permits_publication_record(made, i, &payloads[i]);
    status =
        ptn_publish_hand_all(ptn_world_real(), dir, PTN_RECORD_PERMITS, payloads, count, reterr);
    free(payloads);
    return status;
}

static struct ptn_status publish(const char *dir, const char *officer, struct ptn_diag *reterr)
{
    struct ptn_permits_publication *made = NULL;
    char code[PTN_NODE_CODE_MAX + 1];
    struct ptn_status status = ptn_publish_centre(ptn_world_real(), dir, code, reterr);

    if (ptn_ok(status))
        status = read_ledger(dir, &made, reterr);
    if (ptn_ok(status))
        status = ptn_permits_publication_make(made, code, officer, reterr);
    if (ptn_ok(status))
        status = hand_over(made, dir, reterr);
    if (ptn_ok(status))
        status = say_published(made);
    ptn_permits_publication_free(made);
    return status;
}

/* ---- show ---- */

static struct ptn_status show(const char *dir, struct ptn_diag *reterr)
{
    struct ptn_permits_publication *made = NULL;
    struct ptn_buffer out = { .len_max = 4096 };
    struct ptn_permits_former former;
    struct ptn_status status = read_ledger(dir, &made, reterr);

    for (size_t i = 0; ptn_ok(status) && ptn_permits_publication_former(made, i, &former); i++) {
        struct ptn_json json = { .out = &out };
        char time[PTN_INSTANT_TEXT_SIZE];
        char hex[HEX_SIZE];

        ptn_buffer_clear(&out);
        ptn_json_object(&json);
        ptn_json_field_text(&json, "record",
                            ptn_bytes_from_text(ptn_hex_write(former.name.at, PTN_HASH_LEN, hex)));
        ptn_json_field_text(&json, "published",
                            ptn_bytes_from_text(ptn_instant_write(former.time_ms, time)));
        ptn_json_field_number(&json, "permits", (int64_t)former.permits);
        ptn_json_object_end(&json);
        status = ptn_answer_print(&json);
    }
    ptn_buffer_release(&out);
    ptn_permits_publication_free(made);
    return status;
}

int ptn_run_permits(int argc, char **argv)
{
    static const struct option options[] = { { "officer", required_argument, NULL, 'o' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    const char *officer = NULL;
    const char *verb;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o') {
            officer = optarg;
            continue;
        }
        (void)fputs(usage, option == 'h' ? stdout : stderr);
        return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
    }
    verb = argc - optind == 2 ? argv[optind] : "";
    if (strcmp(verb, "publish") == 0 && officer != NULL)
        status = publish(argv[optind + 1], officer, &diag);
    else if (strcmp(verb, "show") == 0)
        status = show(argv[optind + 1], &diag);
    else {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (!ptn_ok(status))
        ptn_say_failure(verb, status, &diag);
    return ptn_exit_for(status);
}
