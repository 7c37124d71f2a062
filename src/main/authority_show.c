/* main/authority_show.c -- what is about to be signed, in plain words on stderr. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "main/authority_int.h"
#include "main/roster_int.h"
#include "trust/order.h"
#include "trust/roster.h"

#define ARENA_MAX ((size_t)16 << 20)
#define SAID_MAX  ((size_t)1 << 20)

static void print(struct ptn_bytes text)
{
    (void)fwrite(text.at, 1, text.len, stderr);
}

/* Nothing but lines of characters that show as they are. */
static bool is_plain(struct ptn_bytes text)
{
    size_t offset = 0;

    if (text.len == 0 || text.at[text.len - 1] != '\n' || !ptn_utf8_valid(text, NULL))
        return false;
    while (offset < text.len) {
        uint32_t code_point = ptn_utf8_next(text, &offset);

        if ((code_point < 0x20 && code_point != '\n') ||
            (code_point >= 0x7f && code_point < 0xa0) ||
            (code_point >= 0x200b && code_point <= 0x200f) ||
            (code_point >= 0x2028 && code_point <= 0x202e) ||
            (code_point >= 0x2060 && code_point <= 0x206f) || code_point == 0xfeff ||
            code_point == 0x61c)
            return false;
    }
    return true;
}

static struct ptn_status show_order(struct ptn_bytes text, bool albanian, struct ptn_diag *reterr)
{
    struct ptn_buffer said = { .len_max = SAID_MAX };
    struct ptn_hash name = { { 0 } };
    struct ptn_order order;
    struct ptn_status status = ptn_order_parse(text, &order, reterr);

    if (ptn_ok(status))
        status = ptn_order_name(text, &name);
    if (ptn_ok(status))
        status = ptn_order_say(&order, &name, albanian, &said);
    if (ptn_ok(status))
        print(ptn_buffer_bytes(&said));
    ptn_buffer_release(&said);
    return status;
}

/* ---- rosters ---- */

static bool has_line(struct ptn_bytes text, struct ptn_bytes line)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes other;

    while (ptn_ok(ptn_cursor_take_line(&cursor, &other)))
        if (ptn_bytes_equal(line, other))
            return true;
    return false;
}

/* The lines of one text that the other has not, each after a mark. */
static void print_missing(struct ptn_bytes text, struct ptn_bytes other, const char *mark)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes line;

    while (ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        if (has_line(other, line))
            continue;
        (void)fputs(mark, stderr);
        print(line);
        (void)fputc('\n', stderr);
    }
}

static void print_names(const char *label, const struct ptn_vkey *keys, size_t count)
{
    (void)fprintf(stderr, "%s (%zu):", label, count);
    for (size_t i = 0; i < count; i++) {
        (void)fputc(' ', stderr);
        print(keys[i].name);
    }
    (void)fputc('\n', stderr);
}

static void print_nodes(const struct ptn_roster *roster, bool albanian)
{
    for (size_t i = 0; i < roster->node_count; i++) {
        (void)fprintf(stderr, "%s %s ", albanian ? "Nyja" : "Node",
                      ptn_roster_role_word(roster->nodes[i].role));
        print(roster->nodes[i].ledger.name);
        (void)fputc('\n', stderr);
    }
}

static void print_roster(const struct ptn_roster *roster, bool albanian)
{
    char date[PTN_DATE_TEXT_SIZE];

    (void)fputs(albanian ? "LISTA E TË BESUARVE: kujt i besohet\n"
                         : "ROSTER: who is trusted from now on\n",
                stderr);
    print(roster->origin);
    (void)fprintf(stderr,
                  albanian ? ", versioni %u, vlen deri më %s\n" : ", version %u, until %s\n",
                  roster->version, ptn_date_write(roster->expires, date));
    (void)fprintf(stderr,
                  albanian ? "Ruajtësit: %u, duhen %u, mund të gënjejnë %u\n"
                           : "Keepers: %u, %u are needed, %u may lie\n",
                  roster->quorum_n, roster->quorum_q, roster->quorum_f);
    (void)fprintf(stderr,
                  albanian ? "Për të liruar a kthyer nënshkruajnë %u autoritete\n"
                           : "To loosen or return, %u authorities sign\n",
                  roster->authorities_needed);
    print_names(albanian ? "Autoritetet" : "Authorities", roster->authorities,
                roster->authority_count);
    print_names(albanian ? "Oficerët e rojës" : "Duty officers", roster->duties,
                roster->duty_count);
    print_names(albanian ? "Oficerët e personelit" : "Personnel officers", roster->personnel,
                roster->personnel_count);
    print_nodes(roster, albanian);
}

static struct ptn_status show_roster(struct ptn_bytes text, struct ptn_bytes former, bool albanian,
                                     struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_roster roster;
    struct ptn_roster old;
    struct ptn_status status;

    if (arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a roster");
    status = ptn_roster_parse(text, arena, &roster, reterr);
    if (ptn_ok(status)) {
        print_roster(&roster, albanian);
        if (former.len > 0 && ptn_ok(ptn_roster_parse(former, arena, &old, NULL)))
            ptn_roster_say(&old, &roster, albanian);
        if (former.len > 0) {
            (void)fputs(albanian ? "Ndryshimet (- largohet, + shtohet):\n"
                                 : "Changes (- goes, + comes):\n",
                        stderr);
            print_missing(former, text, "- ");
            print_missing(text, former, "+ ");
        }
    }
    ptn_arena_free(arena);
    return status;
}

struct ptn_status ptn_authority_show(struct ptn_bytes text, struct ptn_bytes former, bool albanian,
                                     struct ptn_diag *reterr)
{
    const struct ptn_bytes version = PTN_BYTES_LITERAL("version ");
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes line = PTN_BYTES_NONE;

    if (!is_plain(text))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "not lines of text that a terminal shows as they are");
    if (ptn_order_looks_like(text))
        return show_order(text, albanian, reterr);
    for (unsigned i = 0; i < 2; i++) /* a roster's second line */
        if (!ptn_ok(ptn_cursor_take_line(&cursor, &line)))
            line = PTN_BYTES_NONE;
    if (ptn_bytes_equal(ptn_bytes_slice(line, 0, version.len), version))
        return show_roster(text, former, albanian, reterr);
    (void)fputs(albanian ? "Ky nuk është as urdhër as listë e të besuarve. Teksti:\n"
                         : "This is neither an order nor a roster. The text:\n",
                stderr);
    print(text);
    return PTN_OK;
}
