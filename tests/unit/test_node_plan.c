/* node.conf: read, refused with its line, and written back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/node.h"

#define WHOLE "name = Port of Somewhere\ncode = port-1\nkind = seaport\nstate = ALB\n"

#define KEEPER "name = Keeper A\ncode = keeper-a\nkind = keeper\nstate = ALB\n"

static struct ptn_status parse(const char *text, struct ptn_node_plan *plan, struct ptn_diag *diag)
{
    return ptn_node_plan_parse(ptn_bytes_from_text(text), plan, diag);
}

static void test_node_plan__keys_are_read(void **state)
{
    struct ptn_node_plan plan = { 0 };

    (void)state;
    assert_true(ptn_ok(parse("# made by hand\r\n\r\n" WHOLE "port=8080\n host =  post.example \n"
                             "demonstration = yes",
                             &plan, NULL)));
    assert_string_equal(plan.name, "Port of Somewhere");
    assert_string_equal(plan.code, "port-1");
    assert_int_equal(plan.kind, PTN_POST_SEAPORT);
    assert_string_equal(plan.state, "ALB");
    assert_int_equal(plan.port, 8080);
    assert_string_equal(plan.host, "post.example");
    assert_true(plan.demonstration);
}

static void test_node_plan__a_public_page_has_a_folder_and_notices(void **state)
{
    struct ptn_node_plan plan = { 0 };
    struct ptn_node_plan again = { 0 };
    struct ptn_buffer out = { .len_max = 4096 };

    (void)state;
    assert_true(
        ptn_ok(parse(WHOLE "public = /srv/www/border\nnotices = /etc/notices\n", &plan, NULL)));
    assert_string_equal(plan.public_dir, "/srv/www/border");
    assert_true(ptn_ok(ptn_node_plan_write(&plan, &out)));
    assert_true(ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)));
    assert_string_equal(again.public_dir, plan.public_dir);
    assert_string_equal(again.notices, "/etc/notices");
    ptn_buffer_release(&out);
    assert_int_equal(parse(KEEPER "listen = 127.0.0.1:1\npublic = /x\n", &plan, NULL).code,
                     PTN_C_BAD_INPUT);
}

static void test_node_plan__any_node_may_have_a_folder_for_its_figures(void **state)
{
    static const char *const kinds[] = { WHOLE, KEEPER "listen = 127.0.0.1:1\n" };
    struct ptn_node_plan plan = { 0 };
    struct ptn_node_plan again = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct ptn_buffer out = { .len_max = 4096 };
        char text[512];

        (void)snprintf(text, sizeof(text), "%smetrics = /var/lib/figures\n", kinds[i]);
        assert_true(ptn_ok(parse(text, &plan, NULL)));
        assert_true(ptn_ok(ptn_node_plan_write(&plan, &out)));
        assert_true(ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)));
        assert_string_equal(again.metrics_dir, "/var/lib/figures");
        ptn_buffer_release(&out);
    }
    assert_int_equal(parse(WHOLE "metrics = \n", &plan, NULL).code, PTN_C_BAD_INPUT);
}

static void test_node_plan__a_post_forgets_after_hours_or_never(void **state)
{
    static const struct {
        const char *line;
        unsigned hours;
    } cases[] = { { "", 0 },
                  { "forget-after = 1\n", 1 },
                  { "forget-after = 72\n", 72 },
                  { "forget-after = 17520\n", 17520 },
                  { "forget-after = never\n", PTN_NODE_FORGETS_NEVER } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_buffer out = { .len_max = 16384 };
        struct ptn_node_plan plan = { 0 };
        struct ptn_node_plan again = { 0 };
        char text[512];

        (void)snprintf(text, sizeof(text), "%s%s", WHOLE, cases[i].line);
        assert_int_equal(parse(text, &plan, NULL).code, PTN_C_OK);
        assert_int_equal(plan.forget_after_h, cases[i].hours);
        assert_true(ptn_ok(ptn_node_plan_write(&plan, &out)));
        assert_true(ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)));
        assert_int_equal(again.forget_after_h, cases[i].hours);
        ptn_buffer_release(&out);
    }
}

static void test_node_plan__view_is_a_database_of_a_centre(void **state)
{
    static const char centre[] = "name = Centre\ncode = centre\nkind = centre\nstate = ALB\n";
    struct ptn_node_plan plan = { 0 };
    struct ptn_node_plan again = { 0 };
    struct ptn_buffer out = { .len_max = 4096 };
    char text[512];

    (void)state;
    (void)snprintf(text, sizeof(text), "%sview = postgresql://postern@/view?host=/run/pg\n",
                   centre);
    assert_true(ptn_ok(parse(text, &plan, NULL)));
    assert_string_equal(plan.view, "postgresql://postern@/view?host=/run/pg");
    assert_true(ptn_ok(ptn_node_plan_write(&plan, &out)));
    assert_true(ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)));
    assert_string_equal(again.view, plan.view);
    ptn_buffer_release(&out);
    (void)snprintf(text, sizeof(text), "%sview = /tmp/view.sqlite\n", centre);
    assert_int_equal(parse(text, &plan, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(parse(WHOLE "view = postgresql:///view\n", &plan, NULL).code, PTN_C_BAD_INPUT);
}

static void test_node_plan__every_role_has_its_word(void **state)
{
    static const struct {
        const char *word, *more;
        enum ptn_node_role role;
    } roles[] = {
        { "airport", "", PTN_NODE_POST },
        { "land", "", PTN_NODE_POST },
        { "keeper", "listen = 0.0.0.0:8701\n", PTN_NODE_KEEPER },
        { "site-keeper", "listen = [::1]:8701\n", PTN_NODE_SITE_KEEPER },
        { "gateway", "listen = 0.0.0.0:8443\n", PTN_NODE_GATEWAY },
        { "centre", "", PTN_NODE_CENTRE },
        { "gateway", "", PTN_NODE_GATEWAY },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        struct ptn_node_plan plan = { 0 };
        char text[300];

        (void)snprintf(text, sizeof(text),
                       "name = a\ncode = b\nkind = %s\nstate = D\norigin = utopia.example/b\n%s",
                       roles[i].word, roles[i].more);
        assert_true(ptn_ok(parse(text, &plan, NULL)));
        assert_int_equal(plan.role, roles[i].role);
        assert_string_equal(ptn_node_kind_word(&plan), roles[i].word);
        assert_string_equal(plan.origin, "utopia.example/b");
    }
}

static void test_node_plan__bad_lines_are_refused_with_their_number(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } cases[] = {
        { WHOLE "no equals sign\n", 5 },
        { WHOLE "colour = red\n", 5 },
        { WHOLE "kind = land\n", 5 },
        { WHOLE "port = 65536\n", 5 },
        { WHOLE "port = \n", 5 },
        { WHOLE "port = 8o8o\n", 5 },
        { WHOLE "demonstration = perhaps\n", 5 },
        { WHOLE "host = Upper.Example\n", 5 },
        { "name = \x01\n", 1 },
        { "name = a\ncode = Upper\n", 2 },
        { "name = a\ncode = -x\n", 2 },
        { "name = a\ncode = abcdefghijklmnopqrstu\n", 2 },
        { "name = a\ncode = b\nkind = harbour\n", 3 },
        { "name = a\ncode = b\nkind = land\nstate = alb\n", 4 },
        { "name = a\ncode = b\nkind = land\n", 3 }, /* no state */
        { "", 0 },
        { WHOLE "origin = a b\n", 5 },
        { WHOLE "origin = a+b\n", 5 },
        { WHOLE "listen = 127.0.0.1:8701\n", 5 }, /* a post has no door */
        { WHOLE "forget-after = 0\n", 5 },
        { WHOLE "forget-after = 17521\n", 5 },
        { WHOLE "forget-after = 72h\n", 5 },
        { WHOLE "forget-after =\n", 5 },
        { KEEPER "listen = 127.0.0.1:8701\nforget-after = 72\n", 6 },
        { KEEPER, 4 }, /* and a keeper must have one */
        { KEEPER "listen = 127.0.0.1\n", 5 },
        { KEEPER "listen = :8701\n", 5 },
        { KEEPER "listen = 127.0.0.1:\n", 5 },
        { KEEPER "listen = 127.0.0.1:0\n", 5 },
        { KEEPER "listen = 127.0.0.1:65536\n", 5 },
        { KEEPER "listen = 127.0.0.1:99999999999999\n", 5 },
        { KEEPER "listen = localhost:8701\n", 5 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_node_plan plan = { .port = 7 };
        struct ptn_diag diag = { 0 };

        assert_int_equal(parse(cases[i].text, &plan, &diag).code, PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].line);
        assert_non_null(diag.text);
        assert_int_equal(plan.port, 7); /* untouched */
    }
}

static void test_node_plan__limits_hold_at_one_byte(void **state)
{
    char text[300];
    struct ptn_node_plan plan;

    (void)state;
    for (unsigned len = PTN_NODE_NAME_MAX - 1; len <= PTN_NODE_NAME_MAX + 1; len++) {
        char name[PTN_NODE_NAME_MAX + 2] = "";

        memset(name, 'x', len);
        (void)snprintf(text, sizeof(text), "name = %s\ncode = b\nkind = land\nstate = D\n", name);
        assert_int_equal(ptn_ok(parse(text, &plan, NULL)), len <= PTN_NODE_NAME_MAX);
    }
}

static void test_node_plan__written_and_read_is_the_same(void **state)
{
    struct ptn_node_plan plan = { .name = "A",
                                  .code = "b",
                                  .kind = PTN_POST_LAND,
                                  .state = "ALB",
                                  .port = 1,
                                  .host = "h.example",
                                  .origin = "utopia.example/b",
                                  .demonstration = true };
    struct ptn_node_plan again = { 0 };
    struct ptn_buffer out = { .len_max = 4096 };

    (void)state;
    assert_true(ptn_ok(ptn_node_plan_write(&plan, &out)));
    assert_true(ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)));
    assert_memory_equal(&plan, &again, sizeof(plan));
    ptn_buffer_clear(&out);
    plan.role = PTN_NODE_SITE_KEEPER;
    plan.kind = PTN_POST_AIRPORT; /* says nothing of a keeper, and is not written */
    (void)snprintf(plan.listen, sizeof(plan.listen), "127.0.0.1:8701");
    assert_true(ptn_ok(ptn_node_plan_write(&plan, &out)));
    assert_true(ptn_ok(ptn_node_plan_parse(ptn_buffer_bytes(&out), &again, NULL)));
    assert_memory_equal(&plan, &again, sizeof(plan));
    ptn_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_plan__keys_are_read),
        cmocka_unit_test(test_node_plan__a_public_page_has_a_folder_and_notices),
        cmocka_unit_test(test_node_plan__any_node_may_have_a_folder_for_its_figures),
        cmocka_unit_test(test_node_plan__a_post_forgets_after_hours_or_never),
        cmocka_unit_test(test_node_plan__view_is_a_database_of_a_centre),
        cmocka_unit_test(test_node_plan__every_role_has_its_word),
        cmocka_unit_test(test_node_plan__bad_lines_are_refused_with_their_number),
        cmocka_unit_test(test_node_plan__limits_hold_at_one_byte),
        cmocka_unit_test(test_node_plan__written_and_read_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
