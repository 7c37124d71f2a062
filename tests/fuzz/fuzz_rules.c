/*
 * Any bytes as a rules file: refused, or taken and run on a traveller within its time and memory. A
 * file that does not begin as one is tried again as the expression of a rule, so that SQL is
 * reached without a head.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision/rules.h"
#include "record/person.h"

#define TIME_MAX_US                                                                                \
    2000000 /* sanitizers and a busy machine included; without walls it would be minutes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All rules in their one form, as a file. */
static void write_all(const struct ptn_rules *rules, struct ptn_buffer *out)
{
    if (!ptn_ok(ptn_buffer_add_text(out, "postern-rules 1\nversion v\n")))
        abort();
    for (size_t i = 0; i < ptn_rules_count(rules); i++)
        if (!ptn_ok(ptn_rules_write(rules, i, PTN_BYTES_NONE, out)))
            abort();
}

/* What is written down again is read again, and says the same. */
static void write_again(const struct ptn_world *world, const struct ptn_rules *rules)
{
    struct ptn_buffer once = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_buffer twice = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_rules *again = NULL;

    write_all(rules, &once);
    if (!ptn_ok(ptn_rules_load(world, ptn_buffer_bytes(&once), &again, NULL)))
        abort();
    write_all(again, &twice);
    if (!ptn_bytes_equal(ptn_buffer_bytes(&once), ptn_buffer_bytes(&twice)))
        abort();
    ptn_rules_free(again);
    ptn_buffer_release(&once);
    ptn_buffer_release(&twice);
}

static void run(struct ptn_bytes file)
{
    const struct ptn_person person = {
        .surname = PTN_BYTES_LITERAL("SPECIMEN"),
        .birth = { 1990, 5, 17 },
        .nationality = "ITA",
        .document = { .kind = PTN_DOCUMENT_PASSPORT, .issuer = "ITA", .expiry = { 2030, 1, 1 } },
    };
    const struct ptn_check check = { .own_state = "ALB",
                                     .today = { 2026, 11, 24 },
                                     .person = &person,
                                     .history = { .known = true } };
    const struct ptn_world *world = ptn_world_real();
    struct ptn_rules *rules = NULL;
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    const struct ptn_rule_outcome *outcomes = NULL;
    size_t count = 0;
    int64_t start_us = world->monotonic_us(world->context);

    if (arena == NULL)
        abort();
    if (ptn_ok(ptn_rules_load(world, file, &rules, NULL))) {
        if (!ptn_ok(ptn_rules_run(rules, &check, PTN_RULES_BUDGET_US, arena, &outcomes, &count,
                                  NULL)) ||
            count > ptn_rules_count(rules))
            abort();
        write_again(world, rules);
        ptn_rules_free(rules);
    }
    ptn_arena_free(arena);
    if (world->monotonic_us(world->context) - start_us > TIME_MAX_US)
        abort();
}

/* The bytes as an expression that passes its own tests whatever it says, unless it fails or is
 * refused. */
static void run_around(const uint8_t *data, size_t size)
{
    char file[PTN_RULES_EXPR_LEN_MAX + 256];
    int len;

    if (size > PTN_RULES_EXPR_LEN_MAX - 64 || memchr(data, '\n', size) != NULL)
        return;
    len = snprintf(file, sizeof(file),
                   "postern-rules 1\nversion f\nrule f\nleads refer\nen a\nsq b\n"
                   "when iif(age IS NULL, post IS NULL, %.*s)\n"
                   "test yes age=null\ntest no post='x'\nend\n",
                   (int)size, (const char *)data);
    if (len > 0 && (size_t)len < sizeof(file))
        run(ptn_bytes_of(file, (size_t)len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 13 && memcmp(data, "postern-rules", 13) == 0)
        run(ptn_bytes_of(data, size));
    else if (size > 0)
        run_around(data, size);
    return 0;
}
