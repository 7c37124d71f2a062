/* Any bytes as a security key's text, and as what a browser hands on of one: a key that is read is
 * written as the same text, and nothing that was made up checks. */
#include <stdlib.h>

#include "vault/credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void text(struct ptn_bytes bytes)
{
    struct ptn_buffer out = { .len_max = PTN_PASSKEY_TEXT_MAX };
    struct ptn_passkey key;

    if (ptn_ok(ptn_passkey_read(bytes, &key))) {
        must(key.id_len >= 1 && key.id_len <= PTN_PASSKEY_ID_MAX);
        must(ptn_ok(ptn_passkey_write(&key, &out)));
        must(ptn_bytes_equal(ptn_buffer_bytes(&out), bytes));
    }
    ptn_buffer_release(&out);
}

/* The first byte says how long the authenticator data are; a signature over the rest, which nobody
 * made. */
static void answer(struct ptn_bytes bytes)
{
    static const char known[] =
        "es256.AQID.axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8"
        "D54WK84zV2sxXs7LtkBoN79R9Q==";
    const size_t len = bytes.len == 0 ? 0 : bytes.at[0];
    struct ptn_passkey key;
    struct ptn_passkey_answer given;

    must(ptn_ok(ptn_passkey_read(ptn_bytes_from_text(known), &key)));
    given = (struct ptn_passkey_answer){
        .id = ptn_bytes_of(key.id, key.id_len),
        .client = PTN_BYTES_LITERAL("{}"),
        .authenticator = ptn_bytes_slice(bytes, 1, len),
        .signature = ptn_bytes_slice(bytes, 1 + len, SIZE_MAX),
    };
    must(!ptn_ok(ptn_passkey_check(&key, "airport.localhost", &given)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    text(ptn_bytes_of(data, size));
    answer(ptn_bytes_of(data, size));
    return 0;
}
