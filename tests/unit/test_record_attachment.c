/* Goal: a step that attaches names every part of its file once, in order, and nothing a file system
 * or a screen could take for something else. */
#include "record/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t places[] = { 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1, 4 };

static struct ptn_case_step attached(void)
{
    struct ptn_case_step step = {
        .id = { { 1 } },
        .of = { { 2 } },
        .time_ms = INT64_C(1795800000000),
        .act = PTN_CASE_ATTACHED,
        .post = PTN_BYTES_LITERAL("durres"),
        .officer = PTN_BYTES_LITERAL("ina"),
    };

    step.attachment = (struct ptn_attachment){
        .sha256 = { 7 },
        .size = PTN_ATTACHMENT_PART_MAX + 1,
        .type = PTN_ATTACHMENT_JPEG,
        .name = PTN_BYTES_LITERAL("page.jpg"),
        .places = ptn_bytes_of(places, sizeof(places)),
    };
    return step;
}

static void refused_with(struct ptn_case_step step, const char *field)
{
    struct ptn_diag diag = { 0 };

    assert_false(ptn_ok(ptn_case_step_validate(&step, &diag)));
    assert_string_equal(diag.text, field);
}

static void test_attachment__comes_back_whole_with_its_places(void **state)
{
    const struct ptn_case_step step = attached();
    struct ptn_arena *arena = ptn_arena_new(65536);
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_case_step back;

    (void)state;
    assert_true(ptn_ok(ptn_case_step_write(&step, &out)));
    assert_true(ptn_ok(ptn_case_step_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
    assert_int_equal(back.act, PTN_CASE_ATTACHED);
    assert_int_equal(back.attachment.size, PTN_ATTACHMENT_PART_MAX + 1);
    assert_int_equal(back.attachment.type, PTN_ATTACHMENT_JPEG);
    assert_true(ptn_bytes_is(back.attachment.name, "page.jpg"));
    assert_int_equal(ptn_attachment_parts(back.attachment.size), 2);
    assert_int_equal(ptn_attachment_place(&back.attachment, 0), 258);
    assert_int_equal(ptn_attachment_place(&back.attachment, 1), 260);
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

/* CASE-5 */
static void test_attachment__names_each_part_of_its_size_once_and_in_order(void **state)
{
    static const uint8_t twice[] = { 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1, 2 };
    struct ptn_case_step step = attached();

    (void)state;
    assert_true(ptn_ok(ptn_case_step_validate(&step, NULL)));
    step.attachment.size = PTN_ATTACHMENT_PART_MAX;
    refused_with(step, "places");
    step.attachment.size = 2 * PTN_ATTACHMENT_PART_MAX + 1;
    refused_with(step, "places");
    step = attached();
    step.attachment.places = ptn_bytes_of(twice, sizeof(twice));
    refused_with(step, "places");
    step = attached();
    step.attachment.places.len--;
    refused_with(step, "places");
}

static void test_attachment__stands_in_its_own_step_and_is_whole_there(void **state)
{
    struct ptn_case_step step = attached();

    (void)state;
    step.act = PTN_CASE_TAKEN;
    refused_with(step, "attachment");
    step = attached();
    step.attachment = (struct ptn_attachment){ .size = 0 };
    refused_with(step, "attachment");
    step = attached();
    step.attachment.size = PTN_ATTACHMENT_LEN_MAX + 1;
    refused_with(step, "size");
    step = attached();
    step.attachment.type = PTN_ATTACHMENT_NO_TYPE;
    refused_with(step, "type");
    step = attached();
    step.attachment.name = PTN_BYTES_LITERAL("../page.jpg");
    refused_with(step, "name");
    step.attachment.name = PTN_BYTES_LITERAL("a\nb.jpg");
    refused_with(step, "name");
}

static void test_attachment__a_part_has_bytes_and_a_number(void **state)
{
    struct ptn_attachment_part part = { .id = { { 1 } }, .of = { { 2 } }, .part = 1 };
    struct ptn_attachment_part back = { .part = 0 };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    uint8_t *bytes = calloc(1, PTN_ATTACHMENT_PART_MAX + 1);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(ptn_attachment_part_validate(&part, NULL).code, PTN_C_BAD_INPUT);
    part.bytes = ptn_bytes_of(bytes, PTN_ATTACHMENT_PART_MAX + 1);
    assert_int_equal(ptn_attachment_part_validate(&part, NULL).code, PTN_C_TOO_BIG);
    part.bytes.len--;
    assert_true(ptn_ok(ptn_attachment_part_write(&part, &out)));
    assert_true(ptn_ok(ptn_attachment_part_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.bytes.len, PTN_ATTACHMENT_PART_MAX);
    part.part = PTN_ATTACHMENT_PARTS_MAX + 1;
    assert_int_equal(ptn_attachment_part_validate(&part, NULL).code, PTN_C_TOO_BIG);
    ptn_buffer_release(&out);
    free(bytes);
}

static void test_attachment__the_largest_fits_its_parts(void **state)
{
    (void)state;
    assert_int_equal(ptn_attachment_parts(1), 1);
    assert_int_equal(ptn_attachment_parts(PTN_ATTACHMENT_LEN_MAX), PTN_ATTACHMENT_PARTS_MAX);
    assert_int_equal(PTN_ATTACHMENT_PLACES_MAX, PTN_ATTACHMENT_PARTS_MAX * 8);
    assert_string_equal(ptn_attachment_type_word(PTN_ATTACHMENT_PDF), "application/pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attachment__comes_back_whole_with_its_places),
        cmocka_unit_test(test_attachment__names_each_part_of_its_size_once_and_in_order),
        cmocka_unit_test(test_attachment__stands_in_its_own_step_and_is_whole_there),
        cmocka_unit_test(test_attachment__a_part_has_bytes_and_a_number),
        cmocka_unit_test(test_attachment__the_largest_fits_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
