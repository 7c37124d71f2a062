/* node/readers.c -- see readers.h. */
#include "node/readers.h"

#include "node/node_int.h"
#include "vault/credential.h"

static bool says_nothing(struct ptn_bytes line)
{
    return line.len == 0 || line.at[0] == '#';
}

/* "LANE<TAB>…": the lane's name. Empty where there is no tab. */
static struct ptn_bytes lane_of(struct ptn_bytes line)
{
    const uint8_t *tab = line.len == 0 ? NULL : memchr(line.at, '\t', line.len);

    return tab == NULL ? PTN_BYTES_NONE : ptn_bytes_of(line.at, (size_t)(tab - line.at));
}

static const char *read_line(struct ptn_bytes line, const struct ptn_readers *before,
                             struct ptn_reader *ret_reader)
{
    const struct ptn_bytes lane = lane_of(line);

    *ret_reader = (struct ptn_reader){ .lane = "" };
    if (lane.at == NULL || !ptn_lane_is_name(lane))
        return "a lane's name and a tab come first";
    if (!ptn_hex_read_exactly(ptn_bytes_slice(line, lane.len + 1, SIZE_MAX), ret_reader->token,
                              sizeof(ret_reader->token)))
        return "a token's SHA-256 has 64 hex digits";
    memcpy(ret_reader->lane, lane.at, lane.len);
    for (size_t i = 0; i < before->count; i++) {
        if (strcmp(before->at[i].lane, ret_reader->lane) == 0)
            return "this lane has a reader already";
        if (memcmp(before->at[i].token, ret_reader->token, PTN_SHA256_LEN) == 0)
            return "this token is another lane's already";
    }
    return NULL;
}

struct ptn_status ptn_readers_parse(struct ptn_bytes file, struct ptn_readers *ret_readers,
                                    struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(file);
    struct ptn_readers readers = { .count = 0 };
    struct ptn_bytes line;

    if (file.len > PTN_READERS_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the file is too long");
    for (size_t number = 1; ptn_ok(ptn_cursor_take_line(&cursor, &line)); number++) {
        const char *wrong;

        if (says_nothing(line))
            continue;
        if (readers.count == PTN_READERS_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, number, "too many readers");
        wrong = read_line(line, &readers, &readers.at[readers.count]);
        if (wrong != NULL)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, wrong);
        readers.count++;
    }
    *ret_readers = readers;
    return PTN_OK;
}

struct ptn_status ptn_readers_put(struct ptn_bytes file, struct ptn_bytes lane,
                                  const uint8_t token[PTN_SHA256_LEN], struct ptn_buffer *out)
{
    struct ptn_cursor cursor = ptn_cursor_at(file);
    struct ptn_status status = PTN_OK;
    struct ptn_bytes line;
    bool found = false;

    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        if (!says_nothing(line) && ptn_bytes_equal(lane_of(line), lane)) {
            found = true;
            continue;
        }
        status = ptn_buffer_add(out, line);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    if (ptn_ok(status) && token != NULL) {
        char hex[2 * PTN_SHA256_LEN + 1];

        status = ptn_buffer_addf(out, "%.*s\t%s\n", (int)lane.len, (const char *)lane.at,
                                 ptn_hex_write(token, PTN_SHA256_LEN, hex));
    }
    if (ptn_ok(status) && token == NULL && !found)
        status.code = PTN_C_NOT_FOUND;
    return status;
}

struct ptn_status ptn_reader_token_digest(struct ptn_bytes token,
                                          uint8_t ret_digest[PTN_SHA256_LEN])
{
    uint8_t secret[PTN_READER_TOKEN_LEN / 2];
    const bool good = ptn_hex_read_exactly(token, secret, sizeof(secret));

    explicit_bzero(secret, sizeof(secret));
    return good ? ptn_sha256(&token, 1, ret_digest) : (struct ptn_status){ PTN_C_BAD_INPUT };
}

/* ---- at a post ---- */

static void put_readers(struct ptn_node *node, const struct ptn_readers *readers)
{
    ptn_node_lock(node);
    node->readers = *readers;
    ptn_node_unlock(node);
}

static struct ptn_status load_readers(void *context, struct ptn_bytes file, struct ptn_diag *reterr)
{
    struct ptn_readers readers;
    struct ptn_status status = ptn_readers_parse(file, &readers, reterr);

    if (ptn_ok(status))
        put_readers(context, &readers);
    return status;
}

/* POST-7: a damaged file stops no post. */
struct ptn_status ptn_node_readers_look(struct ptn_node *node, struct ptn_own_found *ret_found)
{
    static const struct ptn_readers none = { .count = 0 };
    struct ptn_status status = ptn_own_file_open(node->world, node->dir, PTN_OWN_READERS,
                                                 load_readers, node, /* keep= */ true, ret_found);

    if (ptn_ok(status) && ret_found->state == PTN_LISTS_NONE)
        put_readers(node, &none);
    return status;
}

bool ptn_node_reader_find(struct ptn_node *node, struct ptn_bytes token,
                          char ret_lane[PTN_LANE_NAME_MAX + 1])
{
    uint8_t digest[PTN_SHA256_LEN];
    bool found = false;

    if (!ptn_ok(ptn_reader_token_digest(token, digest)))
        return false;
    ptn_node_lock(node);
    for (size_t i = 0; i < node->readers.count && !found; i++) {
        const struct ptn_reader *reader = &node->readers.at[i];

        found = ptn_secret_equal(ptn_bytes_of(digest, sizeof(digest)),
                                 ptn_bytes_of(reader->token, sizeof(reader->token)));
        if (found)
            memcpy(ret_lane, reader->lane, sizeof(reader->lane));
    }
    ptn_node_unlock(node);
    return found;
}
