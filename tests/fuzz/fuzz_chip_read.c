/*
 * What a chip answers, whatever it is: each piece of the input, with its length in front, is one
 * answer. The reader's random numbers are always the same, so that a chip's answers of an earlier
 * reading are as good as a chip.
 */
#include <stdlib.h>

#include "document/chip_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX 4096u

static struct ptn_status answer_next(void *context, struct ptn_bytes command,
                                     struct ptn_buffer *answer)
{
    struct ptn_cursor *cursor = context;
    struct ptn_bytes piece;
    uint16_t len;

    if (command.len < 4 || command.len > PTN_CHIP_COMMAND_MAX)
        abort();
    if (!ptn_ok(ptn_cursor_take_u16(cursor, &len)) || !ptn_ok(ptn_cursor_take(cursor, len, &piece)))
        return (struct ptn_status){ PTN_C_IO };
    return ptn_buffer_add(answer, piece);
}

/* What a reader does with a document, from the security object to the proof. */
static void read_all(struct ptn_chip_session *session)
{
    static const unsigned numbers[] = { PTN_CHIP_FILE_SOD, PTN_CHIP_FILE_GROUP(1),
                                        PTN_CHIP_FILE_GROUP(14), PTN_CHIP_FILE_GROUP(15) };
    struct ptn_buffer files[4];
    enum ptn_chip_proof proof = PTN_CHIP_PROOF_NONE;
    struct ptn_diag diag = { SIZE_MAX, NULL };

    for (size_t i = 0; i < 4; i++) {
        ptn_buffer_init(&files[i], FILE_MAX);
        if (!ptn_ok(ptn_chip_read_file(session, numbers[i], &files[i], &diag)) &&
            (files[i].len != 0 || diag.text == NULL))
            abort();
    }
    if (ptn_ok(ptn_chip_prove(session, ptn_buffer_bytes(&files[2]), ptn_buffer_bytes(&files[3]),
                              &proof, &diag)) &&
        proof != PTN_CHIP_PROOF_NONE && files[2].len == 0 && files[3].len == 0)
        abort();
    for (size_t i = 0; i < 4; i++)
        ptn_buffer_release(&files[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_of(data, size));
    const struct ptn_card card = { answer_next, &cursor };
    struct ptn_world *world = ptn_world_seeded(1, 0);
    struct ptn_chip_session *session = NULL;
    struct ptn_chip_key key;
    struct ptn_diag diag = { SIZE_MAX, NULL };

    if (world == NULL || !ptn_chip_key_parse(PTN_BYTES_LITERAL("L898902C<369080619406236"), &key))
        abort();
    if (ptn_ok(ptn_chip_open(&card, &key, world, &session, &diag)))
        read_all(session);
    else if (session != NULL || diag.text == NULL)
        abort();
    ptn_chip_close(session);
    ptn_world_seeded_free(world);
    return 0;
}
