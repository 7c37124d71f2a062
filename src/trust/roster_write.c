/*
 * trust/roster_write.c -- a roster back to its text. Lines of a kind are written in any order and
 * then sorted.
 */
#include <stdlib.h>

#include "trust/roster.h"

/* The lines of one kind: written one after another into text, sorted, then appended to out. */
struct lines {
    struct ptn_buffer text;
    struct ptn_buffer *out;
    struct ptn_status status; /* the first failure sticks */
};

static void add(struct lines *lines, struct ptn_bytes bytes)
{
    if (ptn_ok(lines->status))
        lines->status = ptn_buffer_add(&lines->text, bytes);
}

static void add_text(struct lines *lines, const char *text)
{
    add(lines, ptn_bytes_from_text(text));
}

static void add_number(struct lines *lines, uint32_t number)
{
    if (ptn_ok(lines->status))
        lines->status = ptn_buffer_add_decimal(&lines->text, number);
}

static void add_key(struct lines *lines, const struct ptn_vkey *key)
{
    if (ptn_ok(lines->status))
        lines->status = ptn_vkey_write(&lines->text, key);
}

static void add_digest(struct lines *lines, const uint8_t digest[32])
{
    if (ptn_ok(lines->status))
        lines->status = ptn_buffer_add_hex(&lines->text, ptn_bytes_of(digest, 32));
}

static int compare_lines(const void *a, const void *b)
{
    return ptn_bytes_compare(*(const struct ptn_bytes *)a, *(const struct ptn_bytes *)b);
}

/* The kind is complete: sort its lines (each ends in a newline) and append them. */
static void flush(struct lines *lines)
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_buffer_bytes(&lines->text));
    struct ptn_bytes *sorted;
    struct ptn_bytes line;
    size_t count = 0;

    for (size_t i = 0; i < lines->text.len; i++)
        count += lines->text.at[i] == '\n';
    sorted = calloc(count + 1, sizeof(*sorted));
    if (sorted == NULL) {
        lines->status = (struct ptn_status){ PTN_C_NO_MEMORY };
        return;
    }
    count = 0;
    while (ptn_ok(ptn_cursor_take_line(&cursor, &line)))
        sorted[count++] = line;
    qsort(sorted, count, sizeof(*sorted), compare_lines);
    for (size_t i = 0; i < count && ptn_ok(lines->status); i++) {
        lines->status = ptn_buffer_add(lines->out, sorted[i]);
        if (ptn_ok(lines->status))
            lines->status = ptn_buffer_add_text(lines->out, "\n");
    }
    free(sorted);
    ptn_buffer_clear(&lines->text);
}

static void write_head(struct lines *lines, const struct ptn_roster *roster)
{
    char date[PTN_DATE_TEXT_SIZE];

    add(lines, roster->origin);
    add_text(lines, "\n");
    flush(lines);
    add_text(lines, "version ");
    add_number(lines, roster->version);
    add_text(lines, "\n");
    flush(lines);
    add_text(lines, "expires ");
    add_text(lines, ptn_date_write(roster->expires, date));
    add_text(lines, "\n");
    flush(lines);
    add_text(lines, "quorum ");
    add_number(lines, roster->quorum_n);
    add_text(lines, " ");
    add_number(lines, roster->quorum_q);
    add_text(lines, " ");
    add_number(lines, roster->quorum_f);
    add_text(lines, "\n");
    flush(lines);
    add_text(lines, "authorities-needed ");
    add_number(lines, roster->authorities_needed);
    add_text(lines, "\n");
    flush(lines);
}

static void write_keys(struct lines *lines, const char *word, const struct ptn_vkey *keys,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_text(lines, word);
        add_text(lines, " ");
        add_key(lines, &keys[i]);
        add_text(lines, "\n");
    }
    flush(lines);
}

static void write_nodes(struct lines *lines, const struct ptn_roster *roster,
                        enum ptn_roster_role role)
{
    bool keeps = role == PTN_ROSTER_KEEPER || role == PTN_ROSTER_SITE;

    for (size_t i = 0; i < roster->node_count; i++) {
        const struct ptn_roster_node *node = &roster->nodes[i];

        if (node->role != role)
            continue;
        add_text(lines, ptn_roster_role_word(role));
        add_text(lines, " ");
        if (role == PTN_ROSTER_SITE) {
            add(lines, node->post);
            add_text(lines, " ");
        }
        add_key(lines, &node->ledger);
        if (keeps) {
            add_text(lines, " ");
            add_key(lines, &node->mirror);
        }
        add_text(lines, " ");
        add_digest(lines, node->tls);
        if (keeps) {
            add_text(lines, " ");
            add(lines, node->address);
        }
        add_text(lines, "\n");
    }
    flush(lines);
}

static void write_spares(struct lines *lines, const struct ptn_roster *roster)
{
    for (size_t i = 0; i < roster->spare_count; i++) {
        add_text(lines, "spare ");
        add(lines, roster->spares[i].origin);
        add_text(lines, " ");
        add_key(lines, &roster->spares[i].ledger);
        add_text(lines, " ");
        add_digest(lines, roster->spares[i].tls);
        add_text(lines, "\n");
    }
    flush(lines);
}

static void write_readings(struct lines *lines, const struct ptn_roster *roster, bool recovery)
{
    for (size_t i = 0; i < roster->reading_count; i++) {
        const struct ptn_roster_reading *reading = &roster->readings[i];
        char month[PTN_DATE_TEXT_SIZE];

        if ((reading->origin.len == 0) != recovery)
            continue;
        add_text(lines, recovery ? "recovery " : "reading ");
        if (!recovery) {
            add(lines, reading->origin);
            add_text(lines, " ");
        }
        add(lines, ptn_bytes_of(ptn_date_write(reading->month, month), 7));
        add_text(lines, " ");
        add_digest(lines, reading->key);
        add_text(lines, "\n");
    }
    flush(lines);
}

static void write_retentions(struct lines *lines, const struct ptn_roster *roster)
{
    for (size_t i = 0; i < roster->retention_count; i++) {
        add_text(lines, "retention ");
        add_number(lines, roster->retentions[i].retention);
        add_text(lines, " ");
        add_number(lines, roster->retentions[i].days);
        add_text(lines, "\n");
    }
    flush(lines);
}

struct ptn_status ptn_roster_write(const struct ptn_roster *roster, struct ptn_buffer *out)
{
    struct lines lines = { .out = out };

    ptn_buffer_init(&lines.text, PTN_ROSTER_TEXT_MAX);
    write_head(&lines, roster);
    write_keys(&lines, "authority", roster->authorities, roster->authority_count);
    write_keys(&lines, "duty", roster->duties, roster->duty_count);
    write_keys(&lines, "personnel", roster->personnel, roster->personnel_count);
    write_nodes(&lines, roster, PTN_ROSTER_KEEPER);
    write_nodes(&lines, roster, PTN_ROSTER_SITE);
    write_nodes(&lines, roster, PTN_ROSTER_CENTRE);
    write_nodes(&lines, roster, PTN_ROSTER_POST);
    write_nodes(&lines, roster, PTN_ROSTER_GATEWAY);
    write_spares(&lines, roster);
    if (roster->publishing.len > 0) {
        add_text(&lines, "publishing ");
        add(&lines, roster->publishing);
        add_text(&lines, "\n");
        flush(&lines);
    }
    write_readings(&lines, roster, false);
    write_readings(&lines, roster, true);
    write_retentions(&lines, roster);
    ptn_buffer_release(&lines.text);
    return lines.status;
}
