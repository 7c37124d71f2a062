/* Goal: a file is what its bytes say, and its name can neither leave a folder nor pretend. */
#include "record/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define BYTES(text) PTN_BYTES_LITERAL(text)

static void test_attachment_file__what_it_is_its_first_bytes_say(void **state)
{
    const struct {
        struct ptn_bytes file;
        enum ptn_attachment_type type;
    } files[] = {
        { BYTES("\xff\xd8\xff\xe0JFIF"), PTN_ATTACHMENT_JPEG },
        { BYTES("\xff\xd8\xff\xdb"), PTN_ATTACHMENT_JPEG },
        { BYTES("\xff\xd8\xff"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("\xff\xd8\xff\xff"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("\xff\xd8\xff\x00"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), PTN_ATTACHMENT_PNG },
        { BYTES("\x89PNG\r\n\x1a\n\0\0\0\x0cIHDR"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("\x89PNG\r\n\x1a\n"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("%PDF-1.7\n"), PTN_ATTACHMENT_PDF },
        { BYTES("%PDF-1."), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("%PDF-x.7"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES(" %PDF-1.7"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("<!doctype html>"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("<svg xmlns='http://www.w3.org/2000/svg'>"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("GIF89a"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES("MZ"), PTN_ATTACHMENT_NO_TYPE },
        { BYTES(""), PTN_ATTACHMENT_NO_TYPE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(ptn_attachment_type_of(files[i].file), files[i].type);
}

static void test_attachment_file__a_name_stays_in_its_folder_and_says_what_it_is(void **state)
{
    static const struct {
        const char *given;
        enum ptn_attachment_type type;
        const char *name;
    } names[] = {
        { "page.jpg", PTN_ATTACHMENT_JPEG, "page.jpg" },
        { "Page.JPEG", PTN_ATTACHMENT_JPEG, "Page.jpg" },
        { "page.pdf", PTN_ATTACHMENT_JPEG, "page.pdf.jpg" },
        { "evil.html", PTN_ATTACHMENT_PDF, "evil.html.pdf" },
        { "../../etc/passwd", PTN_ATTACHMENT_PNG, "passwd.png" },
        { "C:\\Users\\a\\scan.png", PTN_ATTACHMENT_PNG, "scan.png" },
        { "a:b*c?.png", PTN_ATTACHMENT_PNG, "a_b_c_.png" },
        { "...hidden", PTN_ATTACHMENT_PDF, "hidden.pdf" },
        { "trailing. . .pdf", PTN_ATTACHMENT_PDF, "trailing.pdf" },
        { "", PTN_ATTACHMENT_PDF, "attachment.pdf" },
        { "folder/", PTN_ATTACHMENT_PDF, "attachment.pdf" },
        { ".jpg", PTN_ATTACHMENT_JPEG, "jpg.jpg" },
        { "a\r\nSet-Cookie: b\x1b[2J\x7f.jpg", PTN_ATTACHMENT_JPEG, "aSet-Cookie_ b[2J.jpg" },
        /* turned around it would read as another kind of file */
        { "photo\xe2\x80\xaegpj.exe", PTN_ATTACHMENT_JPEG, "photogpj.exe.jpg" },
        { "zero\xe2\x80\x8bwidth.png", PTN_ATTACHMENT_PNG, "zerowidth.png" },
        { "broken\xff\xc3.png", PTN_ATTACHMENT_PNG, "broken.png" },
        { "pasaporta e gj\xc3\xabrmis.jpg", PTN_ATTACHMENT_JPEG, "pasaporta e gj\xc3\xabrmis.jpg" },
    };
    char name[PTN_ATTACHMENT_NAME_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ptn_attachment_name(ptn_bytes_from_text(names[i].given), names[i].type, name);
        assert_string_equal(name, names[i].name);
    }
}

static void test_attachment_file__a_long_name_is_cut_at_a_letter_and_keeps_its_ending(void **state)
{
    char given[1024] = "";
    char name[PTN_ATTACHMENT_NAME_MAX + 1];

    (void)state;
    for (size_t i = 0; i < 500; i++)
        strcat(given, "\xc3\xab");
    ptn_attachment_name(ptn_bytes_from_text(given), PTN_ATTACHMENT_PDF, name);
    assert_int_equal(strlen(name), PTN_ATTACHMENT_NAME_MAX);
    assert_string_equal(name + strlen(name) - 6, "\xc3\xab.pdf");
    memset(given, 'a', sizeof(given) - 1); /* a path's last part counts, however long the others */
    given[sizeof(given) - 1] = '\0';
    memcpy(given + 1000, "/scan.pdf", sizeof("/scan.pdf"));
    ptn_attachment_name(ptn_bytes_from_text(given), PTN_ATTACHMENT_PDF, name);
    assert_string_equal(name, "scan.pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attachment_file__what_it_is_its_first_bytes_say),
        cmocka_unit_test(test_attachment_file__a_name_stays_in_its_folder_and_says_what_it_is),
        cmocka_unit_test(test_attachment_file__a_long_name_is_cut_at_a_letter_and_keeps_its_ending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
