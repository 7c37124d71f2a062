/* What a file is and what it is to be called: of any bytes and any name a record can be made. */
#include "record/case.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t place[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };
    struct ptn_bytes bytes = ptn_bytes_of(data, size);
    char again[PTN_ATTACHMENT_NAME_MAX + 1];
    char name[PTN_ATTACHMENT_NAME_MAX + 1];

    (void)ptn_attachment_type_of(bytes);
    for (unsigned type = 1; type < PTN_ATTACHMENT_TYPE_COUNT; type++) {
        struct ptn_case_step step = {
            .id = { { 1 } },
            .of = { { 2 } },
            .time_ms = 1,
            .act = PTN_CASE_ATTACHED,
            .post = PTN_BYTES_LITERAL("durres"),
            .officer = PTN_BYTES_LITERAL("ina"),
        };

        ptn_attachment_name(bytes, (enum ptn_attachment_type)type, name);
        step.attachment = (struct ptn_attachment){
            .sha256 = { 7 },
            .size = 1,
            .type = (enum ptn_attachment_type)type,
            .name = ptn_bytes_from_text(name),
            .places = ptn_bytes_of(place, sizeof(place)),
        };
        if (!ptn_ok(ptn_case_step_validate(&step, NULL)))
            abort();
        /* a name that was made is kept as it is */
        ptn_attachment_name(ptn_bytes_from_text(name), (enum ptn_attachment_type)type, again);
        if (strcmp(name, again) != 0)
            abort();
    }
    return 0;
}
