/*
 * What a chip and a file of certificates hold: the first byte says which, and in two of them a
 * length parts what follows. A chip checked against nobody's certificates is never genuine.
 */
#include <stdlib.h>

#include "document/chip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_chip(struct ptn_bytes rest, struct ptn_chip_trust *trust)
{
    const struct ptn_date today = { 2026, 11, 30 };
    struct ptn_buffer out = { .len_max = 65536 };
    struct ptn_json json = { .out = &out };
    struct ptn_chip_files files = { 0 };
    struct ptn_chip_answer answer;
    size_t sod_len;

    if (rest.len < 2)
        return;
    sod_len = (size_t)rest.at[0] << 8 | rest.at[1];
    files.sod = ptn_bytes_slice(rest, 2, sod_len);
    files.groups[0] = ptn_bytes_slice(rest, 2 + files.sod.len, SIZE_MAX);
    if (!ptn_ok(ptn_chip_check(&files, trust, today, &answer, NULL)))
        return;
    if (answer.finding == PTN_CHIP_GENUINE && ptn_chip_trust_held(trust).authorities == 0)
        abort();
    if ((answer.checked & answer.altered) != 0 ||
        (answer.mrz[0] != '\0' && (answer.checked & 1u) == 0))
        abort();
    ptn_json_object(&json);
    ptn_chip_write_json_members(&json, &answer);
    ptn_json_object_end(&json);
    if (!ptn_ok(ptn_json_end(&json)))
        abort();
    ptn_buffer_release(&out);
}

/* What was taken is written, and read again is the same. */
static void check_written(struct ptn_chip_trust *trust)
{
    struct ptn_buffer pem = { .len_max = PTN_CHIP_TRUST_MAX };
    struct ptn_chip_trust *again = ptn_chip_trust_new();
    struct ptn_chip_held held = ptn_chip_trust_held(trust);

    if (again == NULL || !ptn_ok(ptn_chip_trust_write(trust, &pem)))
        abort();
    if (held.authorities + held.revocations > 0 &&
        (!ptn_ok(ptn_chip_trust_add(again, ptn_buffer_bytes(&pem), NULL)) ||
         ptn_chip_trust_held(again).authorities != held.authorities))
        abort();
    ptn_chip_trust_free(again);
    ptn_buffer_release(&pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_chip_trust *trust = ptn_chip_trust_new();
    struct ptn_bytes rest = ptn_bytes_of(data, size);
    struct ptn_diag diag = { SIZE_MAX, NULL };
    size_t count = 0;

    if (size == 0 || trust == NULL) {
        ptn_chip_trust_free(trust);
        return 0;
    }
    rest = ptn_bytes_slice(rest, 1, SIZE_MAX);
    switch (data[0]) {
    case 'c':
        check_chip(rest, trust);
        break;
    case 't':
        if (!ptn_ok(ptn_chip_trust_add(trust, rest, &diag)) && diag.text == NULL)
            abort();
        check_written(trust);
        break;
    case 'l':
        if (ptn_ok(ptn_chip_trust_add_list(trust, rest, &count, &diag)) || diag.text == NULL)
            abort();
        break;
    default:
        break;
    }
    ptn_chip_trust_free(trust);
    return 0;
}
