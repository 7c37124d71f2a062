/*
 * main/ledger_show.c -- `postern ledger show`: a ledger's headers as NDJSON, and with --open what
 * was sealed.
 *
 * Opening what was sealed is a look at people, and every look is recorded with its purpose: the
 * record of it is appended, signed and durable before the first line is shown. So --open needs the
 * ledger to itself: beside a running node the consoles are the way to look.
 */
#include "main/commands.h"

#include "base/cbor.h"
#include "base/date.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "main/unlock.h"
#include "record/access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define OUT_LEN_MAX ((size_t)256 << 20)

struct showing {
    const char *dir;
    uint64_t from;
    uint64_t count;
    bool open;
    const char *by;
    const char *reason;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
};

/* ---- CBOR in words ---- */

/* What is open around the next item: how many items are left in it, and whether it is a map. */
struct level {
    uint64_t left;
    bool is_map;
};

static struct ptn_status say_scalar(struct ptn_buffer *out, const struct ptn_cbor_item *item)
{
    switch (item->type) {
    case PTN_CBOR_UINT:
        return ptn_buffer_addf(out, "%llu", (unsigned long long)item->number);
    case PTN_CBOR_NEGATIVE:
        if (item->number == UINT64_MAX)
            return ptn_buffer_add_text(out, "-18446744073709551616");
        return ptn_buffer_addf(out, "-%llu", (unsigned long long)item->number + 1);
    case PTN_CBOR_BYTES: {
        struct ptn_status status = ptn_buffer_add_text(out, "h'");

        if (ptn_ok(status))
            status = ptn_buffer_add_hex(out, item->bytes);
        return ptn_ok(status) ? ptn_buffer_add_text(out, "'") : status;
    }
    case PTN_CBOR_TEXT: {
        struct ptn_json json = { .out = out };

        ptn_json_text(&json, item->bytes);
        return ptn_json_end(&json);
    }
    case PTN_CBOR_FALSE:
        return ptn_buffer_add_text(out, "false");
    case PTN_CBOR_TRUE:
        return ptn_buffer_add_text(out, "true");
    case PTN_CBOR_NULL:
    case PTN_CBOR_ARRAY:
    case PTN_CBOR_MAP:
        break;
    }
    return ptn_buffer_add_text(out, "null");
}

/* After an item: close what is full, and say what separates it from the next. */
static struct ptn_status say_after(struct ptn_buffer *out, struct level *levels, unsigned *depth)
{
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && *depth > 0) {
        struct level *level = &levels[*depth - 1];

        if (level->left > 0) {
            bool is_key = level->is_map && level->left % 2 == 1;

            return ptn_buffer_add_text(out, is_key ? ": " : ", ");
        }
        status = ptn_buffer_add_text(out, level->is_map ? "}" : "]");
        (*depth)--;
    }
    return status;
}

/* Diagnostic notation (RFC 8949 section 8) of one canonical item; bytes that are none are said as
 * hex. */
static struct ptn_status say_cbor(struct ptn_buffer *out, struct ptn_bytes bytes)
{
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(bytes);
    struct level levels[PTN_CBOR_DEPTH_MAX + 1];
    unsigned depth = 0;
    size_t len = out->len;
    struct ptn_status status;

    do {
        struct ptn_cbor_item item;
        bool nests;

        status = ptn_cbor_next(&reader, &item, NULL);
        if (!ptn_ok(status))
            break;
        nests = item.type == PTN_CBOR_ARRAY || item.type == PTN_CBOR_MAP;
        if (depth > 0)
            levels[depth - 1].left--;
        if (nests && depth == sizeof(levels) / sizeof(levels[0]))
            status.code = PTN_C_BAD_INPUT;
        else if (nests) {
            bool is_map = item.type == PTN_CBOR_MAP;

            levels[depth++] = (struct level){ is_map ? 2 * item.number : item.number, is_map };
            status = ptn_buffer_add_text(out, is_map ? "{" : "[");
            if (ptn_ok(status) && item.number == 0)
                status = say_after(out, levels, &depth);
        } else {
            status = say_scalar(out, &item);
            if (ptn_ok(status))
                status = say_after(out, levels, &depth);
        }
    } while (ptn_ok(status) && depth > 0);
    if (ptn_ok(status))
        status = ptn_cbor_end(&reader, NULL);
    if (status.code != PTN_C_BAD_INPUT && status.code != PTN_C_NOT_FOUND)
        return status;
    out->len = len;
    return say_scalar(out, &(struct ptn_cbor_item){ PTN_CBOR_BYTES, 0, bytes });
}

/* ---- lines ---- */

static void add_header(struct ptn_json *json, uint64_t index,
                       const struct ptn_ledger_header *header)
{
    static const char *const rungs[PTN_RUNG_COUNT] = { "normal", "local", "manual" };
    char time[PTN_INSTANT_TEXT_SIZE];

    ptn_json_field_number(json, "seq", (int64_t)index);
    ptn_json_field_number(json, "kind", header->kind);
    if (header->kind > 0 && header->kind < PTN_RECORD_KIND_COUNT)
        ptn_json_field_text(
            json, "what",
            ptn_bytes_from_text(ptn_record_kind_word((enum ptn_record_kind)header->kind)));
    ptn_json_field_text(json, "time",
                        ptn_bytes_from_text(ptn_instant_write(header->time_ms, time)));
    if (header->rung < PTN_RUNG_COUNT)
        ptn_json_field_text(json, "rung", ptn_bytes_from_text(rungs[header->rung]));
    else
        ptn_json_field_number(json, "rung", header->rung);
    ptn_json_field_number(json, "retention", header->retention);
    if (header->has_payload)
        ptn_json_field_number(json, "sealed", header->sealed_len);
}

/* One line; payload has the opened bytes when they are wanted and there. */
static struct ptn_status show_line(uint64_t index, const struct ptn_ledger_header *header,
                                   const struct ptn_buffer *payload, struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };
    struct ptn_buffer text;
    struct ptn_status status = PTN_OK;

    ptn_buffer_init(&text, OUT_LEN_MAX);
    ptn_json_object(&json);
    add_header(&json, index, header);
    if (header->has_payload) {
        status = ptn_buffer_add_hex(&text, ptn_bytes_of(header->sealed_sha256.at, PTN_HASH_LEN));
        ptn_json_field_text(&json, "sha256", ptn_buffer_bytes(&text));
    }
    if (ptn_ok(status) && payload != NULL && payload->len > 0) {
        ptn_buffer_clear(&text);
        status = say_cbor(&text, ptn_buffer_bytes(payload));
        ptn_json_field_text(&json, "content", ptn_buffer_bytes(&text));
    }
    ptn_json_object_end(&json);
    if (ptn_ok(status))
        status = ptn_json_end(&json);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    ptn_buffer_release(&text);
    return status;
}

/* NOT_FOUND at the end of the ledger. A payload that is gone leaves its header. */
static struct ptn_status show_one(struct showing *showing, uint64_t index, struct ptn_buffer *out,
                                  struct ptn_diag *diag)
{
    struct ptn_ledger_header header;
    struct ptn_buffer payload;
    struct ptn_status status = ptn_ledger_read(showing->ledger, index, &header, NULL, diag);

    if (!ptn_ok(status))
        return status;
    ptn_buffer_init(&payload, PTN_PAYLOAD_LEN_MAX);
    if (showing->open)
        status = ptn_ledger_read(showing->ledger, index, &header, &payload, diag);
    if (ptn_ok(status) || status.code == PTN_C_NOT_FOUND)
        status = show_line(index, &header, showing->open ? &payload : NULL, out);
    ptn_buffer_release(&payload);
    return status;
}

/* ---- the record of the look ---- */

static struct ptn_status record_look(struct showing *showing, struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    uint64_t size = 0;
    uint64_t first = 0;
    struct ptn_access access = {
        .time_ms = world->now_ms(world->context),
        .purpose = PTN_PURPOSE_OVERSIGHT,
        .officer = ptn_bytes_from_text(showing->by),
        .post = ptn_bytes_from_text(ptn_ledger_origin(showing->ledger)),
        .reason = ptn_bytes_from_text(showing->reason),
    };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_ACCESS,
                                      .time_ms = access.time_ms,
                                      .rung = PTN_RUNG_LOCAL,
                                      .retention = PTN_RETENTION_AUDIT };
    struct ptn_buffer payload;
    struct ptn_status status = ptn_ledger_size(showing->ledger, &size, diag);

    if (!ptn_ok(status))
        return status;
    if (showing->from < size)
        access.shown =
            size - showing->from < showing->count ? size - showing->from : showing->count;
    world->random(world->context, access.id.at, sizeof(access.id.at));
    ptn_buffer_init(&payload, PTN_PAYLOAD_LEN_MAX);
    status = ptn_access_validate(&access, diag);
    if (ptn_ok(status))
        status = ptn_access_write(&access, &payload);
    entry.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_ledger_append(showing->ledger, &entry, 1, &first, diag);
    ptn_buffer_release(&payload);
    return status;
}

static struct ptn_status open_ledger(struct showing *showing, struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_status status = PTN_OK;

    if (showing->open)
        status = ptn_unlock_command(showing->dir, &world, diag);
    if (ptn_ok(status))
        status = ptn_vault_open_to_sign(world, showing->dir, &showing->vault, diag);
    if (!showing->open && (ptn_ok(status) || status.code == PTN_C_NOT_FOUND))
        return ptn_ledger_open_reader(world, showing->vault, showing->dir, &showing->ledger, diag);
    if (ptn_ok(status))
        status = ptn_ledger_open(world, showing->vault, showing->dir, &showing->ledger, diag);
    return ptn_ok(status) ? record_look(showing, diag) : status;
}

/* ---- the command ---- */

static bool read_number(const char *text, uint64_t *ret_value)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *ret_value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_arguments(int argc, char **argv, struct showing *showing)
{
    if (argc < 2)
        return false;
    showing->dir = argv[1];
    for (int i = 2; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(argv[i], "--open") == 0) {
            showing->open = true;
            continue;
        }
        if (value == NULL)
            return false;
        if (strcmp(argv[i], "--by") == 0)
            showing->by = value;
        else if (strcmp(argv[i], "--reason") == 0)
            showing->reason = value;
        else if (!(strcmp(argv[i], "--from") == 0 && read_number(value, &showing->from)) &&
                 !(strcmp(argv[i], "--count") == 0 && read_number(value, &showing->count)))
            return false;
        i++;
    }
    return showing->open == (showing->by != NULL) && showing->open == (showing->reason != NULL);
}

int ptn_run_ledger_show(int argc, char **argv)
{
    struct showing showing = { .count = UINT64_MAX };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_buffer out;
    uint64_t end;
    struct ptn_status status;
    bool written = true;

    if (!read_arguments(argc, argv, &showing)) {
        (void)fputs("usage: postern ledger show DIR [--from N] [--count N] "
                    "[--open --by NAME --reason WORDS]\n",
                    stderr);
        return PTN_EXIT_USAGE;
    }
    ptn_buffer_init(&out, OUT_LEN_MAX);
    status = open_ledger(&showing, &diag);
    end = showing.count > UINT64_MAX - showing.from ? UINT64_MAX : showing.from + showing.count;
    for (uint64_t i = showing.from; ptn_ok(status) && written && i < end; i++) {
        ptn_buffer_clear(&out);
        status = show_one(&showing, i, &out, &diag);
        if (ptn_ok(status))
            written = fwrite(out.at, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    }
    if (status.code == PTN_C_NOT_FOUND && showing.ledger != NULL)
        status = PTN_OK; /* the end of the ledger */
    if (!ptn_ok(status))
        ptn_say_failure("ledger show", status, &diag);
    ptn_buffer_release(&out);
    ptn_ledger_close(showing.ledger);
    ptn_vault_close(showing.vault);
    return written ? ptn_exit_for(status) : PTN_EXIT_ENVIRONMENT;
}
