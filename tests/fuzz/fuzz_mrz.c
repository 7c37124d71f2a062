/*
 * tests/fuzz/fuzz_mrz.c -- any bytes as an MRZ: parse, marks, person, gaps and JSON. Besides
 * memory, checks what must hold for every answer: valid means no error among the problems and every
 * check digit right; proposals lie inside the lines.
 */
#include <stdlib.h>

#include "document/mrz.h"
#include "document/nid.h"
#include "record/person.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mrz(const struct ptn_mrz *mrz)
{
    bool error = false;

    for (unsigned i = 0; i < mrz->problem_count; i++) {
        error |= mrz->problems[i].issue->weight == PTN_MRZ_ERROR;
        REQUIRE(mrz->problems[i].line <= PTN_MRZ_LINES_MAX + 1u);
    }
    REQUIRE(mrz->valid == !error || mrz->problem_count == PTN_MRZ_PROBLEMS_MAX);
    REQUIRE(!mrz->valid || (mrz->complete && mrz->checks_right == mrz->checks_present));
    REQUIRE(mrz->complete == (mrz->format != PTN_MRZ_UNKNOWN));
    for (unsigned i = 0; i < mrz->proposal_count; i++) {
        const struct ptn_mrz_proposal *proposal = &mrz->proposals[i];

        REQUIRE(proposal->line >= 1 && proposal->line <= mrz->line_count);
        REQUIRE(proposal->column >= 1 && proposal->length >= 1);
        REQUIRE(proposal->column - 1u + proposal->length <= mrz->line_len);
    }
    REQUIRE(ptn_date_is_possible(mrz->birth) && ptn_date_is_possible(mrz->expiry));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ptn_date today = { 2026, 9, 1 };
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };
    struct ptn_json live = { .out = &out };
    struct ptn_person person;
    struct ptn_mrz_marks marks;
    struct ptn_mrz mrz;
    struct ptn_nid nid;

    if (ptn_ok(ptn_nid_parse(text, &nid, NULL)))
        REQUIRE(ptn_date_is_full(nid.birth) && (nid.sex == 'M' || nid.sex == 'F'));
    if (!ptn_ok(ptn_mrz_parse(text, today, &mrz, NULL)))
        return 0;
    check_mrz(&mrz);
    ptn_mrz_person(&mrz, &person);
    REQUIRE(ptn_ok(ptn_person_validate(&person, NULL)) ||
            (person.surname.len == 0 && person.given.len == 0 && person.document.number.len == 0));
    REQUIRE(ptn_ok(ptn_mrz_marks(text, today, &marks, NULL)));
    REQUIRE(marks.count <= PTN_MRZ_MARKS_MAX);
    ptn_buffer_init(&out, 1u << 16);
    ptn_mrz_write_json(&json, &mrz);
    REQUIRE(ptn_ok(ptn_json_end(&json)));
    ptn_json_object(&live);
    ptn_mrz_marks_write_json_members(&live, &marks);
    ptn_json_object_end(&live);
    REQUIRE(ptn_ok(ptn_json_end(&live)));
    ptn_buffer_release(&out);
    return 0;
}
