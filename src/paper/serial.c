/* paper/serial.c -- a sheet's serial: eight digits and two that check them (ISO 7064 MOD 97-10). */
#include <stdio.h>

#include "paper/sheet_entry.h"

#define DIGITS    10u
#define MODULUS   97u
#define REMAINDER 98u /* check = 98 - (digits * 100) mod 97: then all ten are 1 modulo 97 */

static unsigned check_of(struct ptn_serial serial)
{
    return REMAINDER - (serial.pack * 1000u + serial.sheet) % MODULUS * 100u % MODULUS;
}

const char *ptn_serial_write(struct ptn_serial serial, char text[PTN_SERIAL_TEXT_SIZE])
{
    (void)snprintf(text, PTN_SERIAL_TEXT_SIZE, "%05u-%03u-%02u", serial.pack % 100000u,
                   serial.sheet % 1000u, check_of(serial) % 100u);
    return text;
}

/* "POSTERN <post> " before a serial: step over it. */
static struct ptn_bytes take_post(struct ptn_bytes text, struct ptn_bytes *ret_post)
{
    static const char word[] = "POSTERN ";
    const size_t len = sizeof(word) - 1;
    const uint8_t *blank;

    *ret_post = PTN_BYTES_NONE;
    if (text.len <= len || memcmp(text.at, word, len) != 0)
        return text;
    text = ptn_bytes_slice(text, len, SIZE_MAX);
    blank = memchr(text.at, ' ', text.len);
    if (blank == NULL)
        return text;
    *ret_post = ptn_bytes_slice(text, 0, (size_t)(blank - text.at));
    return ptn_bytes_slice(text, (size_t)(blank - text.at) + 1, SIZE_MAX);
}

struct ptn_status ptn_serial_parse(struct ptn_bytes text, struct ptn_serial *ret_serial,
                                   struct ptn_bytes *ret_post, struct ptn_diag *reterr)
{
    unsigned digits[DIGITS];
    size_t count = 0;
    struct ptn_bytes post;
    struct ptn_serial serial;

    text = take_post(ptn_bytes_trim(text), &post);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ' ' || text.at[i] == '-')
            continue;
        if (text.at[i] < '0' || text.at[i] > '9' || count == DIGITS)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "a serial is ten digits");
        digits[count++] = (unsigned)(text.at[i] - '0');
    }
    if (count != DIGITS)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, text.len, "a serial is ten digits");
    serial.pack =
        digits[0] * 10000 + digits[1] * 1000 + digits[2] * 100 + digits[3] * 10 + digits[4];
    serial.sheet = digits[5] * 100 + digits[6] * 10 + digits[7];
    if (serial.pack == 0 || serial.sheet == 0 || digits[8] * 10 + digits[9] != check_of(serial))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the serial's check digits are wrong");
    *ret_serial = serial;
    *ret_post = post;
    return PTN_OK;
}
