/* A node's own files: node.conf, staff, decoys. What was read must be written and read back the
 * same. */
#include <stdlib.h>

#include "node/apply.h"
#include "node/country.h"
#include "node/inbox_int.h"
#include "node/node.h"
#include "node/node_int.h"
#include "node/past_int.h"
#include "node/readers.h"
#include "node/returning.h"
#include "node/staff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void conf(struct ptn_bytes text)
{
    struct ptn_node_plan plan = { 0 };
    struct ptn_node_plan again = { 0 };
    struct ptn_buffer out = { .len_max = 65536 };

    if (!ptn_ok(ptn_node_plan_parse(text, &plan, NULL)))
        return;
    if (!ptn_ok(ptn_node_plan_write(&plan, &out)) ||
        !ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)) ||
        strcmp(plan.name, again.name) != 0 || plan.port != again.port)
        abort();
    ptn_buffer_release(&out);
}

static void staff(struct ptn_bytes text)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_staff_member member;
    size_t line = 0;

    while (ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL))) {
        struct ptn_buffer out = { .len_max = 65536 };

        (void)ptn_ok(ptn_staff_write(&member, &out));
        ptn_buffer_release(&out);
    }
}

static void decoys(struct ptn_bytes text)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_decoy decoy;

    while (ptn_ok(ptn_decoy_parse(&cursor, &decoy)))
        if (decoy.name.len == 0 || decoy.name.len > PTN_STAFF_USER_MAX)
            abort();
}

static void known(struct ptn_bytes bytes)
{
    struct ptn_known_head head;

    if (ptn_ok(ptn_known_head_parse(bytes, &head)) && head.pieces.len > bytes.len)
        abort();
}

static void past(struct ptn_bytes bytes)
{
    struct ptn_past_file file;

    if (ptn_ok(ptn_past_parse(bytes, &file)) && file.row_count * PTN_PAST_ROW_LEN > bytes.len)
        abort();
}

static void intake(struct ptn_bytes bytes)
{
    struct ptn_intake_file file;

    if (!ptn_ok(ptn_intake_file_parse(bytes, &file)))
        return;
    for (size_t i = 0; i < (size_t)file.confirmed + file.pending; i++)
        (void)ptn_intake_file_row(&file, i);
}

static void carriers(struct ptn_bytes bytes)
{
    struct ptn_carriers carriers;

    ptn_carriers_init(&carriers);
    if (ptn_ok(ptn_carriers_parse(bytes, &carriers, NULL)))
        for (size_t i = 0; i < carriers.count; i++)
            if (strspn(carriers.at[i].code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") < 2 ||
                carriers.at[i].senders[0] == '\0' || carriers.at[i].per_minute == 0)
                abort();
    ptn_carriers_release(&carriers);
}

static void boarding(struct ptn_bytes bytes)
{
    struct ptn_boarding table;

    if (ptn_ok(ptn_boarding_parse(bytes, &table)) &&
        (table.rows < bytes.at || table.digest + PTN_SHA256_LEN != bytes.at + bytes.len ||
         table.rows + table.count * table.row_len != table.digest))
        abort();
}

static void told(struct ptn_bytes bytes)
{
    struct ptn_arena *arena = ptn_arena_new((size_t)4 << 20);
    struct ptn_buffer out = { .len_max = PTN_TOLD_FILE_MAX };
    char name[PTN_TOLD_NAME_SIZE];
    struct ptn_told told;

    if (arena != NULL && ptn_ok(ptn_told_parse(bytes, arena, &told)) &&
        (!ptn_ok(ptn_told_name(&told, name)) || !ptn_ok(ptn_told_write(&told, &out)) ||
         !ptn_bytes_equal(bytes, ptn_buffer_bytes(&out))))
        abort();
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

static void kept_note(struct ptn_bytes text)
{
    struct ptn_buffer out = { .len_max = 1u << 20 };
    enum ptn_receipt_hand hand;
    struct ptn_bytes note;
    int64_t seen_ms;

    if (ptn_ok(ptn_apply_file_parse(text, &seen_ms, &hand, &note)) &&
        (!ptn_ok(ptn_apply_file_write(&out, seen_ms, hand, note)) ||
         !ptn_bytes_equal(text, ptn_buffer_bytes(&out))))
        abort();
    ptn_buffer_release(&out);
}

static bool ascends(void *context, uint64_t size, int64_t time_s)
{
    int64_t *last_s = context;

    if (size == 0 || time_s <= *last_s)
        abort();
    *last_s = time_s;
    return true;
}

static void times(struct ptn_bytes bytes)
{
    int64_t last_s = 0;

    (void)ptn_ok(ptn_times_parse(bytes, ascends, &last_s));
}

/* One lane's line put and taken away again: the others' are as before. */
static void readers(struct ptn_bytes bytes)
{
    struct ptn_buffer with = { .len_max = 2 * PTN_READERS_FILE_MAX };
    struct ptn_buffer without = { .len_max = 2 * PTN_READERS_FILE_MAX };
    const uint8_t token[PTN_SHA256_LEN] = { 0 };
    struct ptn_readers first;
    struct ptn_readers last;
    size_t others = 0;

    if (!ptn_ok(ptn_readers_parse(bytes, &first, NULL)))
        return;
    for (size_t i = 0; i < first.count; i++)
        others += strcmp(first.at[i].lane, "7") == 0 ? 0 : 1;
    if (!ptn_ok(ptn_readers_put(bytes, PTN_BYTES_LITERAL("7"), token, &with)) ||
        !ptn_ok(ptn_readers_put(ptn_buffer_bytes(&with), PTN_BYTES_LITERAL("7"), NULL, &without)) ||
        !ptn_ok(ptn_readers_parse(ptn_buffer_bytes(&without), &last, NULL)) || last.count != others)
        abort();
    ptn_buffer_release(&with);
    ptn_buffer_release(&without);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (size > 8 && memcmp(data, "PTNTIME1", 8) == 0) {
        times(ptn_bytes_of(data, size));
        return 0;
    }
    if (size > 8 && memcmp(data, "PTNPAST1", 8) == 0) {
        past(ptn_bytes_of(data, size));
        return 0;
    }
    if (data[0] == '#') /* the lanes' chip readers */
        readers(ptn_bytes_of(data, size));
    else if (data[0] == 's') /* "seen …" as it stands in a file */
        kept_note(ptn_bytes_of(data, size));
    else if (data[0] == 'd' || data[0] == 'o') /* "document …", "officer …", likewise */
        decoys(ptn_bytes_of(data, size));
    else if (size > 9 && memcmp(data, "postern.c", 9) == 0) /* the register of carriers */
        carriers(ptn_bytes_of(data, size));
    else if (size > 9 && memcmp(data, "postern.b", 9) == 0) /* a table of stops */
        boarding(ptn_bytes_of(data, size));
    else if (size > 9 && memcmp(data, "postern.t", 9) == 0) /* what a carrier was told */
        told(ptn_bytes_of(data, size));
    else if (data[0] == 'p') /* "postern.intake…" as it stands in a file */
        intake(ptn_bytes_of(data, size));
    else if (data[0] % 3 == 0)
        conf(ptn_bytes_of(data + 1, size - 1));
    else if (data[0] % 3 == 2)
        known(ptn_bytes_of(data + 1, size - 1));
    else
        staff(ptn_bytes_of(data + 1, size - 1));
    return 0;
}
