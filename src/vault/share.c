#include "vault/share.h"

#include "vault/vault_int.h"

#include <libgfshare.h>

/* set | needed | count | index | share (docs/format/recovery.md). */
#define RAW_LEN       (PTN_SHARE_SET_LEN + 3u + PTN_SHARE_SECRET_LEN)
#define TAIL_LEN      7u
#define LINE_COUNT    5u
#define LINE_LEN      10u
#define LETTERS       16u /* of a line's bytes */
#define CHECKS        4u  /* of a line's check */
#define GROUP         4u
#define LINE_FIRST    '1'
#define HEADER_WORD   "postern"
#define TYPED_LEN_MAX 1024u

static_assert(RAW_LEN + TAIL_LEN == LINE_COUNT * LINE_LEN, "a share fills its lines");

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char share_context[crypto_kdf_CONTEXTBYTES + 1] = "ptnshare";

static void commit(const uint8_t secret[PTN_SHARE_SECRET_LEN], uint8_t ret_commitment[32])
{
    (void)crypto_kdf_derive_from_key(ret_commitment, 32, 1, share_context, secret);
}

static void pack(const struct ptn_share *share, uint8_t raw[RAW_LEN])
{
    memcpy(raw, share->set, PTN_SHARE_SET_LEN);
    raw[PTN_SHARE_SET_LEN] = share->needed;
    raw[PTN_SHARE_SET_LEN + 1] = share->count;
    raw[PTN_SHARE_SET_LEN + 2] = share->index;
    memcpy(raw + PTN_SHARE_SET_LEN + 3, share->share, PTN_SHARE_SECRET_LEN);
}

static void digest_of(const struct ptn_share *share, uint8_t ret_digest[PTN_SHARE_DIGEST_LEN])
{
    uint8_t raw[RAW_LEN];

    pack(share, raw);
    (void)crypto_generichash(ret_digest, PTN_SHARE_DIGEST_LEN, raw, sizeof(raw), NULL, 0);
    sodium_memzero(raw, sizeof(raw));
}

static bool numbers_good(unsigned needed, unsigned count)
{
    return needed >= PTN_SHARE_COUNT_MIN && needed <= count && count <= PTN_SHARE_COUNT_MAX;
}

/* ---- splitting and joining ---- */

static void random_bytes(unsigned char *at, unsigned int len)
{
    randombytes_buf(at, len);
}

/* The library's hook is one for the whole process, and nothing until it is set. */
static struct ptn_status start(struct ptn_diag *reterr)
{
    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    gfshare_fill_rand = random_bytes;
    return PTN_OK;
}

struct ptn_status ptn_share_split(const struct ptn_world *world,
                                  const uint8_t secret[PTN_SHARE_SECRET_LEN], unsigned needed,
                                  unsigned count, struct ptn_share_set *ret_set,
                                  struct ptn_share *ret_shares, struct ptn_diag *reterr)
{
    uint8_t numbers[PTN_SHARE_COUNT_MAX];
    uint8_t copy[PTN_SHARE_SECRET_LEN];
    struct ptn_share_set set = { .needed = (uint8_t)needed, .count = (uint8_t)count };
    gfshare_ctx *context;
    struct ptn_status status = start(reterr);

    if (!ptn_ok(status))
        return status;
    if (!numbers_good(needed, count))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "2 to 16 shares, and no more needed than made");
    for (unsigned i = 0; i < count; i++)
        numbers[i] = (uint8_t)(i + 1);
    context = gfshare_ctx_init_enc(numbers, count, (unsigned char)needed, PTN_SHARE_SECRET_LEN);
    if (context == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to split a secret");
    memcpy(copy, secret, sizeof(copy)); /* the library asks for what it may write to */
    gfshare_ctx_enc_setsecret(context, copy);
    sodium_memzero(copy, sizeof(copy));
    world->random(world->context, set.set, sizeof(set.set));
    commit(secret, set.commitment);
    for (unsigned i = 0; i < count; i++) {
        struct ptn_share *share = &ret_shares[i];

        *share =
            (struct ptn_share){ .needed = set.needed, .count = set.count, .index = numbers[i] };
        memcpy(share->set, set.set, sizeof(share->set));
        gfshare_ctx_enc_getshare(context, (unsigned char)i, share->share);
        digest_of(share, set.digests[i]);
    }
    gfshare_ctx_free(context);
    *ret_set = set;
    return PTN_OK;
}

/* What is wrong with a share among those before it; NULL: nothing. */
static const char *fault_of(const struct ptn_share_set *set, const struct ptn_share *shares,
                            size_t at)
{
    const struct ptn_share *share = &shares[at];
    uint8_t digest[PTN_SHARE_DIGEST_LEN];

    if (memcmp(share->set, set->set, sizeof(set->set)) != 0 || share->needed != set->needed ||
        share->count != set->count || share->index < 1 || share->index > set->count)
        return "the share is of another set";
    for (size_t i = 0; i < at; i++)
        if (shares[i].index == share->index)
            return "the same share stands twice";
    digest_of(share, digest);
    if (memcmp(digest, set->digests[share->index - 1], sizeof(digest)) != 0)
        return "the share is not the one that was handed out";
    return NULL;
}

struct ptn_status ptn_share_join(const struct ptn_share_set *set, const struct ptn_share *shares,
                                 size_t count, uint8_t ret_secret[PTN_SHARE_SECRET_LEN],
                                 struct ptn_diag *reterr)
{
    uint8_t numbers[PTN_SHARE_COUNT_MAX];
    uint8_t secret[PTN_SHARE_SECRET_LEN];
    uint8_t commitment[32];
    struct ptn_share copy;
    gfshare_ctx *context;
    struct ptn_status status = start(reterr);

    if (!ptn_ok(status))
        return status;
    if (!numbers_good(set->needed, set->count))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a set of shares");
    for (size_t i = 0; i < count; i++) {
        const char *fault = fault_of(set, shares, i);

        if (fault != NULL)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, fault);
    }
    if (count < set->needed)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, count, "more shares are needed");
    for (unsigned i = 0; i < set->needed; i++)
        numbers[i] = shares[i].index;
    context = gfshare_ctx_init_dec(numbers, set->needed, PTN_SHARE_SECRET_LEN);
    if (context == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to join shares");
    for (unsigned i = 0; i < set->needed; i++) {
        copy = shares[i];
        gfshare_ctx_dec_giveshare(context, (unsigned char)i, copy.share);
    }
    sodium_memzero(&copy, sizeof(copy));
    gfshare_ctx_dec_extract(context, secret);
    gfshare_ctx_free(context);
    commit(secret, commitment);
    if (sodium_memcmp(commitment, set->commitment, sizeof(commitment)) == 0)
        memcpy(ret_secret, secret, sizeof(secret));
    else
        status =
            ptn_fail(PTN_C_CORRUPT, reterr, 0, "the shares do not come to the secret promised");
    sodium_memzero(secret, sizeof(secret));
    return status;
}

/* ---- as letters ---- */

/* The letters of bits, most significant first. */
static void spell(const uint8_t *bytes, size_t letter_count, char *ret_letters)
{
    for (size_t i = 0; i < letter_count; i++) {
        unsigned value = 0;

        for (size_t bit = 5 * i; bit < 5 * i + 5; bit++)
            value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1u);
        ret_letters[i] = alphabet[value];
    }
}

/* A line's letters: those of its bytes, then those of its check. */
static void spell_line(unsigned line, const uint8_t bytes[LINE_LEN],
                       char ret_letters[LETTERS + CHECKS])
{
    uint8_t checked[1 + LINE_LEN];
    uint8_t check[crypto_generichash_BYTES_MIN];

    checked[0] = (uint8_t)line;
    memcpy(checked + 1, bytes, LINE_LEN);
    (void)crypto_generichash(check, sizeof(check), checked, sizeof(checked), NULL, 0);
    spell(bytes, LETTERS, ret_letters);
    spell(check, CHECKS, ret_letters + LETTERS);
    sodium_memzero(checked, sizeof(checked));
}

/* The share and the first bytes of its digest. */
static void fill_lines(const struct ptn_share *share, uint8_t bytes[LINE_COUNT * LINE_LEN])
{
    uint8_t digest[PTN_SHARE_DIGEST_LEN];

    pack(share, bytes);
    digest_of(share, digest);
    memcpy(bytes + RAW_LEN, digest, TAIL_LEN);
}

struct ptn_status ptn_share_write(const struct ptn_share *share, struct ptn_buffer *out)
{
    const size_t len = out->len;
    uint8_t bytes[LINE_COUNT * LINE_LEN];
    char letters[LETTERS + CHECKS];
    struct ptn_status status = ptn_buffer_addf(out, HEADER_WORD " share %u of %u, any %u open set ",
                                               share->index, share->count, share->needed);

    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(share->set, sizeof(share->set)));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    fill_lines(share, bytes);
    for (unsigned line = 1; ptn_ok(status) && line <= LINE_COUNT; line++) {
        spell_line(line, bytes + (size_t)(line - 1) * LINE_LEN, letters);
        status = ptn_buffer_addf(out, "%u", line);
        for (size_t i = 0; ptn_ok(status) && i < sizeof(letters); i += GROUP)
            status = ptn_buffer_addf(out, "%c%.*s", i == 0 ? ' ' : '-', (int)GROUP, letters + i);
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    sodium_memzero(bytes, sizeof(bytes));
    sodium_memzero(letters, sizeof(letters));
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* The value of a letter as people write it; 32: none. */
static unsigned value_of(uint8_t letter)
{
    if (letter >= 'A' && letter <= 'Z')
        letter = (uint8_t)(letter - 'A' + 'a');
    if (letter == 'i' || letter == 'l')
        letter = '1';
    if (letter == 'o')
        letter = '0';
    for (unsigned value = 0; value < 32; value++)
        if ((uint8_t)alphabet[value] == letter)
            return value;
    return 32;
}

/* One numbered line to its bytes. */
static bool read_line(struct ptn_bytes text, unsigned line, uint8_t ret_bytes[LINE_LEN])
{
    char letters[LETTERS + CHECKS];
    char expected[LETTERS + CHECKS];
    size_t count = 0;
    bool good = text.len > 1 && text.at[0] == (uint8_t)LINE_FIRST + line - 1;

    memset(ret_bytes, 0, LINE_LEN);
    for (size_t i = 1; good && i < text.len; i++) {
        unsigned value = value_of(text.at[i]);

        if (text.at[i] == '-' || text.at[i] == ' ' || text.at[i] == '\t')
            continue;
        good = value < 32 && count < sizeof(letters);
        if (!good)
            break;
        letters[count] = alphabet[value];
        for (size_t bit = 5 * count; count < LETTERS && bit < 5 * count + 5; bit++)
            ret_bytes[bit / 8] |=
                (uint8_t)((value >> (4 - (bit - 5 * count)) & 1u) << (7 - bit % 8));
        count++;
    }
    good = good && count == sizeof(letters);
    if (good) {
        spell_line(line, ret_bytes, expected);
        good = memcmp(letters, expected, sizeof(letters)) == 0;
    }
    sodium_memzero(letters, sizeof(letters));
    sodium_memzero(expected, sizeof(expected));
    return good;
}

/* All lines to the bytes of a share. */
static struct ptn_status read_lines(struct ptn_bytes text, uint8_t bytes[LINE_COUNT * LINE_LEN],
                                    struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_bytes line;
    unsigned next = 1;

    while (ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        line = ptn_bytes_trim(line);
        if (line.len == 0 || (line.len >= sizeof(HEADER_WORD) - 1 &&
                              memcmp(line.at, HEADER_WORD, sizeof(HEADER_WORD) - 1) == 0))
            continue;
        if (next > LINE_COUNT)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, next, "a share has five lines");
        if (!read_line(line, next, bytes + (size_t)(next - 1) * LINE_LEN))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, next,
                            "the line's letters do not fit its check");
        next++;
    }
    if (next <= LINE_COUNT)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, next, "a line of the share is missing");
    return PTN_OK;
}

struct ptn_status ptn_share_parse(struct ptn_bytes text, struct ptn_share *ret_share,
                                  struct ptn_diag *reterr)
{
    uint8_t bytes[LINE_COUNT * LINE_LEN];
    uint8_t again[LINE_COUNT * LINE_LEN];
    struct ptn_share share = { 0 };
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (text.len > TYPED_LEN_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the share is too long");
    status = read_lines(text, bytes, reterr);
    if (ptn_ok(status)) {
        memcpy(share.set, bytes, sizeof(share.set));
        share.needed = bytes[PTN_SHARE_SET_LEN];
        share.count = bytes[PTN_SHARE_SET_LEN + 1];
        share.index = bytes[PTN_SHARE_SET_LEN + 2];
        memcpy(share.share, bytes + PTN_SHARE_SET_LEN + 3, sizeof(share.share));
        fill_lines(&share, again);
        if (!numbers_good(share.needed, share.count) || share.index < 1 ||
            share.index > share.count || memcmp(bytes, again, sizeof(bytes)) != 0)
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the lines are not of one share");
        else
            *ret_share = share;
    }
    sodium_memzero(bytes, sizeof(bytes));
    sodium_memzero(again, sizeof(again));
    sodium_memzero(&share, sizeof(share));
    return status;
}
