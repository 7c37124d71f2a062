/* Any bytes as the header Postern-Key: nothing that was made up is a touch. */
#include <stdlib.h>

#include "serve/serve_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[PTN_PASSKEY_SECRET_LEN];
    /* the curve's own generator: a key that nobody has */
    static const char known[] = "es256.AQID.axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/"
                                "m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
    static const struct ptn_guard guard = { .code = "airport", .port = 8080 };
    struct ptn_touch touch = { .guard = &guard,
                               .secret = secret,
                               .world = ptn_world_real(),
                               .path = "/v1/session",
                               .body = PTN_BYTES_LITERAL("{}") };
    struct ptn_passkey key;
    char *header = malloc(size + 1);

    if (header == NULL || !ptn_ok(ptn_passkey_read(ptn_bytes_from_text(known), &key)))
        abort();
    memcpy(header, data, size);
    header[size] = '\0'; /* a header ends at its first NUL */
    touch.given = header;
    ptn_touch_begin(&touch);
    if (touch.staff.touched(touch.staff.context, PTN_BYTES_LITERAL("besa"), &key))
        abort();
    free(header);
    return 0;
}
