/* The keeper's protocol: the first byte chooses the form; what is accepted is written back the same
 * to the byte (where the form has one writing). */
#include <stdint.h>
#include <stdlib.h>

#include "mirror/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void checkpoint(struct ptn_bytes body, struct ptn_buffer *out)
{
    struct ptn_wire_checkpoint read;

    if (!ptn_ok(ptn_wire_checkpoint_parse(body, &read, NULL)))
        return;
    must(ptn_ok(ptn_wire_checkpoint_write(out, &read)));
    must(ptn_bytes_equal(body, ptn_buffer_bytes(out)));
}

static void entries(struct ptn_bytes body, struct ptn_buffer *out)
{
    static struct ptn_wire_package package;
    struct ptn_wire_entries read;
    struct ptn_status status;

    if (!ptn_ok(ptn_wire_entries_parse(body, &read, NULL)))
        return;
    must(ptn_ok(ptn_wire_entries_write(out, &read)));
    while (ptn_ok(status = ptn_wire_entries_next(&read, &package, NULL))) {
        must(package.count == package.end - package.first && package.count > 0);
        must(package.first >= package.subtree_start && package.end <= read.end);
        must(ptn_ok(ptn_wire_package_write(out, &package)));
    }
    must(status.code == PTN_C_BAD_INPUT || ptn_bytes_equal(body, ptn_buffer_bytes(out)));
}

/* The first byte is the width. */
static void bundle(struct ptn_bytes body, struct ptn_buffer *out)
{
    static struct ptn_bytes leaves[PTN_WIRE_PACKAGE_WIDTH];
    size_t width = body.len == 0 ? 0 : body.at[0];

    body = ptn_bytes_slice(body, 1, body.len);
    if (!ptn_ok(ptn_wire_bundle_read(body, width, leaves, NULL)))
        return;
    for (size_t i = 0; i < width; i++) {
        must(ptn_ok(ptn_buffer_add_u16(out, (uint16_t)leaves[i].len)));
        must(ptn_ok(ptn_buffer_add(out, leaves[i])));
    }
    must(ptn_bytes_equal(body, ptn_buffer_bytes(out)));
}

static void payloads(struct ptn_bytes body, struct ptn_buffer *out)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    enum ptn_wire_payload what;
    struct ptn_bytes payload;
    struct ptn_status status;

    while (ptn_ok(status = ptn_wire_payload_next(&cursor, &what, &payload, NULL)))
        must(ptn_ok(ptn_wire_payload_write(out, what, payload)));
    must(status.code == PTN_C_BAD_INPUT || ptn_bytes_equal(body, ptn_buffer_bytes(out)));
}

static void heads(struct ptn_bytes body, struct ptn_buffer *out)
{
    struct ptn_wire_heads read;
    struct ptn_wire_head head;
    struct ptn_status status;

    if (!ptn_ok(ptn_wire_heads_parse(body, &read, NULL)))
        return;
    must(ptn_ok(ptn_wire_heads_write(out, read.token)));
    while (ptn_ok(status = ptn_wire_heads_next(&read, &head, NULL)))
        must(ptn_ok(ptn_wire_head_write(out, &head)));
    must(status.code == PTN_C_BAD_INPUT || ptn_bytes_equal(body, ptn_buffer_bytes(out)));
}

static void path(struct ptn_bytes verb, struct ptn_bytes text, struct ptn_buffer *out)
{
    struct ptn_wire_path read;

    if (!ptn_ok(ptn_wire_path_parse(verb, text, &read)))
        return;
    must(ptn_bytes_is(verb, ptn_wire_verb_word(read.what)));
    must(ptn_ok(ptn_wire_path_write(out, &read)));
    must(ptn_bytes_equal(text, ptn_buffer_bytes(out)));
}

static void answers(struct ptn_bytes body, struct ptn_buffer *out)
{
    struct ptn_cursor cursor = ptn_cursor_at(body);
    struct ptn_wire_info info;
    uint64_t number;

    if (ptn_ok(ptn_wire_info_parse(body, &info, NULL))) {
        must(ptn_ok(ptn_wire_info_write(out, &info)));
        must(ptn_bytes_equal(body, ptn_buffer_bytes(out)));
    }
    if (ptn_ok(ptn_wire_size_parse(body, &number)))
        must(number <= PTN_TREE_SIZE_MAX);
    while (ptn_ok(ptn_wire_missing_next(&cursor, &number)))
        must(number <= PTN_TREE_SIZE_MAX && ptn_ok(ptn_wire_missing_write(out, number)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes rest;
    struct ptn_buffer out;

    if (size == 0)
        return 0;
    rest = ptn_bytes_of(data + 1, size - 1);
    ptn_buffer_init(&out, PTN_WIRE_BODY_MAX);
    switch (data[0]) {
    case 'c':
        checkpoint(rest, &out);
        break;
    case 'e':
        entries(rest, &out);
        break;
    case 'b':
        bundle(rest, &out);
        break;
    case 'p':
        payloads(rest, &out);
        break;
    case 'h':
        heads(rest, &out);
        break;
    case 'G':
        path(PTN_BYTES_LITERAL("GET"), rest, &out);
        break;
    case 'U':
        path(PTN_BYTES_LITERAL("PUT"), rest, &out);
        break;
    case 'P':
        path(PTN_BYTES_LITERAL("POST"), rest, &out);
        break;
    default:
        answers(rest, &out);
        break;
    }
    ptn_buffer_release(&out);
    return 0;
}
