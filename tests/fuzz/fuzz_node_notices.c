/* The notices file of a public page: what is taken of it is text that a page can show. */
#include <stdlib.h>

#include "base/text.h"
#include "node/glance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ptn_notice *notice)
{
    if (notice->english.len == 0 || notice->albanian.len == 0 ||
        notice->english.len > PTN_NOTICES_LINE_MAX || !ptn_utf8_valid(notice->english, NULL) ||
        !ptn_utf8_valid(notice->albanian, NULL) ||
        memchr(notice->english.at, '\n', notice->english.len) != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_notices *notices = calloc(1, sizeof(*notices));

    if (notices == NULL)
        return 0;
    if (ptn_ok(ptn_notices_parse(ptn_bytes_of(data, size), notices, NULL))) {
        if (notices->title.english.len > 0)
            check(&notices->title);
        for (size_t i = 0; i < notices->place_count; i++)
            check(&notices->places[i]);
        for (size_t i = 0; i < notices->notice_count; i++)
            check(&notices->notices[i]);
    }
    free(notices);
    return 0;
}
