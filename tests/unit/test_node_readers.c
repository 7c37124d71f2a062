#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/node_int.h"
#include "node/readers.h"
#include "node_made.h"

#define A "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define B "abababababababababababababababababababababababababababababababab"

static struct ptn_status parse(const char *file, struct ptn_readers *ret, struct ptn_diag *diag)
{
    return ptn_readers_parse(ptn_bytes_from_text(file), ret, diag);
}

static void test_readers__lanes_and_their_tokens(void **state)
{
    struct ptn_readers readers;

    (void)state;
    assert_true(ptn_ok(parse("# of the hall\n1\t" A "\n\r\ncar-2\t" B "\r\n", &readers, NULL)));
    assert_int_equal(readers.count, 2);
    assert_string_equal(readers.at[0].lane, "1");
    assert_int_equal(readers.at[0].token[0], 0x0f);
    assert_string_equal(readers.at[1].lane, "car-2");
    assert_int_equal(readers.at[1].token[31], 0xab);
    assert_true(ptn_ok(parse("", &readers, NULL)));
    assert_int_equal(readers.count, 0);
}

static void test_readers__what_is_refused_and_in_which_line(void **state)
{
    static const struct {
        const char *file;
        size_t line;
    } cases[] = {
        { "1 " A "\n", 1 },
        { "\t" A "\n", 1 },
        { "# x\nLane\t" A "\n", 2 },
        { "12345678901234567\t" A "\n", 1 },
        { "1\t" A "0\n", 1 },
        { "1\t\n", 1 },
        { "1\tABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB\n", 1 },
        { "1\t" A "\t\n", 1 },
        { "1\t" A "\n1\t" B "\n", 2 },   /* a lane twice */
        { "1\t" A "\n\n2\t" A "\n", 3 }, /* a token twice */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_readers readers = { .count = 77 };
        struct ptn_diag diag = { 0 };

        assert_int_equal(parse(cases[i].file, &readers, &diag).code, PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].line);
        assert_non_null(diag.text);
        assert_int_equal(readers.count, 77);
    }
}

static void test_readers__as_many_as_fit(void **state)
{
    struct ptn_buffer file = { .len_max = PTN_READERS_FILE_MAX + 1 };
    struct ptn_readers readers;

    (void)state;
    for (unsigned i = 0; i < PTN_READERS_MAX; i++)
        assert_true(ptn_ok(ptn_buffer_addf(&file, "%u\t%064x\n", i, i)));
    assert_true(ptn_ok(ptn_readers_parse(ptn_buffer_bytes(&file), &readers, NULL)));
    assert_int_equal(readers.count, PTN_READERS_MAX);
    assert_true(ptn_ok(ptn_buffer_addf(&file, "z\t%064x\n", 0xffff)));
    assert_int_equal(ptn_readers_parse(ptn_buffer_bytes(&file), &readers, NULL).code,
                     PTN_C_TOO_BIG);
    ptn_buffer_clear(&file);
    while (file.len <= PTN_READERS_FILE_MAX)
        assert_true(ptn_ok(ptn_buffer_add_text(&file, "#")));
    assert_int_equal(ptn_readers_parse(ptn_buffer_bytes(&file), &readers, NULL).code,
                     PTN_C_TOO_BIG);
    ptn_buffer_release(&file);
}

static void test_readers__one_lane_is_put_and_taken_away(void **state)
{
    const struct ptn_bytes file =
        PTN_BYTES_LITERAL("# mine\n1\t" A "\n2\t" B); /* its last line is not ended */
    uint8_t token[PTN_SHA256_LEN] = { 0x11 };
    struct ptn_buffer out = { .len_max = PTN_READERS_FILE_MAX };
    struct ptn_readers readers;

    (void)state;
    assert_true(ptn_ok(ptn_readers_put(file, PTN_BYTES_LITERAL("1"), token, &out)));
    assert_memory_equal(out.at, "# mine\n2\t", 9);
    assert_true(ptn_ok(ptn_readers_parse(ptn_buffer_bytes(&out), &readers, NULL)));
    assert_int_equal(readers.count, 2);
    assert_string_equal(readers.at[1].lane, "1");
    assert_memory_equal(readers.at[1].token, token, sizeof(token));
    ptn_buffer_clear(&out);
    assert_true(ptn_ok(ptn_readers_put(file, PTN_BYTES_LITERAL("2"), NULL, &out)));
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), "# mine\n1\t" A "\n"));
    ptn_buffer_clear(&out);
    assert_int_equal(ptn_readers_put(file, PTN_BYTES_LITERAL("3"), NULL, &out).code,
                     PTN_C_NOT_FOUND);
    ptn_buffer_release(&out);
}

/* READER-1: what the file knows of a token opens nothing, and no other form is one. */
static void test_readers__a_token_is_known_by_its_digest(void **state)
{
    const struct ptn_bytes token = PTN_BYTES_LITERAL(A);
    uint8_t known[PTN_SHA256_LEN];
    uint8_t wanted[PTN_SHA256_LEN];

    (void)state;
    assert_true(ptn_ok(ptn_sha256(&token, 1, wanted)));
    assert_true(ptn_ok(ptn_reader_token_digest(token, known)));
    assert_memory_equal(known, wanted, sizeof(known));
    assert_int_equal(ptn_reader_token_digest(PTN_BYTES_LITERAL(""), known).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_reader_token_digest(PTN_BYTES_LITERAL(A "0"), known).code,
                     PTN_C_BAD_INPUT);
}

/* The post's file, or none. */
static void put_file(const char *dir, const char *text)
{
    const struct ptn_world *world = ptn_world_real();
    char path[DIR_SIZE + 64];

    (void)snprintf(path, sizeof(path), "%s/rules/readers.tsv", dir);
    if (text != NULL)
        assert_true(ptn_ok(world->files->replace(world->context, path, ptn_bytes_from_text(text))));
    else
        assert_true(ptn_ok(world->files->remove(world->context, path)));
}

/* READER-1, POST-7: who is taken away is known no more, and a damaged file takes nobody away. */
static void test_readers__the_file_is_looked_at_again(void **state)
{
    const struct ptn_bytes token = PTN_BYTES_LITERAL(A);
    const struct ptn_world *world = ptn_world_real();
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_own_found found = { .state = PTN_LISTS_NONE };
    struct ptn_buffer file = { .len_max = 4096 };
    char lane[PTN_LANE_NAME_MAX + 1] = "";
    struct ptn_node *node = NULL;
    uint8_t digest[PTN_SHA256_LEN];

    (void)state;
    made_post(world, PTN_POST_LAND, folder, dir);
    assert_true(ptn_ok(ptn_reader_token_digest(token, digest)));
    assert_true(ptn_ok(ptn_readers_put(PTN_BYTES_NONE, PTN_BYTES_LITERAL("car-2"), digest, &file)));
    assert_true(ptn_ok(ptn_buffer_add_text(&file, "1\t" B "\n")));
    assert_true(ptn_ok(ptn_buffer_add(&file, ptn_bytes_of("", 1))));
    put_file(dir, (const char *)file.at);
    assert_true(ptn_ok(ptn_node_open(world, dir, NULL, &node, NULL)));
    assert_true(ptn_node_reader_find(node, token, lane));
    assert_string_equal(lane, "car-2");
    assert_false(
        ptn_node_reader_find(node, PTN_BYTES_LITERAL(B), lane)); /* its digest is no token */
    assert_false(ptn_node_reader_find(node, PTN_BYTES_NONE, lane));
    put_file(dir, "# x\n1 " B "\n");
    assert_true(ptn_ok(ptn_node_readers_look(node, &found)));
    assert_int_equal(found.state, PTN_LISTS_FORMER);
    assert_int_equal(found.diag.offset, 2);
    assert_true(ptn_node_reader_find(node, token, lane));
    put_file(dir, "1\t" B "\n");
    assert_true(ptn_ok(ptn_node_readers_look(node, &found)));
    assert_int_equal(found.state, PTN_LISTS_CURRENT);
    assert_false(ptn_node_reader_find(node, token, lane));
    put_file(dir, (const char *)file.at);
    assert_true(ptn_ok(ptn_node_readers_look(node, &found)));
    assert_true(ptn_node_reader_find(node, token, lane));
    put_file(dir, NULL);
    assert_true(ptn_ok(ptn_node_readers_look(node, &found)));
    assert_int_equal(found.state, PTN_LISTS_NONE);
    assert_false(ptn_node_reader_find(node, token, lane));
    ptn_node_close(node);
    ptn_buffer_release(&file);
    unmade(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers__lanes_and_their_tokens),
        cmocka_unit_test(test_readers__what_is_refused_and_in_which_line),
        cmocka_unit_test(test_readers__as_many_as_fit),
        cmocka_unit_test(test_readers__one_lane_is_put_and_taken_away),
        cmocka_unit_test(test_readers__a_token_is_known_by_its_digest),
        cmocka_unit_test(test_readers__the_file_is_looked_at_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
