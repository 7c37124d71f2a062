/*
 * tests/ledger/vectors.c -- the ledger's formats against others' test data, which is not in this
 * repository: C2SP and RFC 6962 vectors of transparency-dev/merkle, Go's notes, sunlight and
 * tessera logs, Wycheproof and CCTV signatures.
 *
 * POSTERN_SHARED names the folder that holds data/tlog (default ../shared). Without it: exit 77,
 * skipped. Differences that are policy: a consistency proof from size 0 is refused, as
 * transparency-dev/merkle does; a checkpoint's root must be 32 bytes, which three of its good cases
 * are not.
 */
#include "ledger/note.h"

#include <dirent.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PATH_SIZE 4096u
#define FILE_MAX  ((size_t)8 << 20)

static char root_dir[PATH_SIZE];
static struct ptn_hasher *hasher;
static unsigned checked;
static unsigned wrong;

static void expect(bool good, const char *what, const char *which)
{
    checked++;
    if (good)
        return;
    wrong++;
    (void)printf("WRONG %s: %s\n", what, which);
}

/* ---- reading ---- */

static void join(char path[PATH_SIZE], const char *dir, const char *name)
{
    if (snprintf(path, PATH_SIZE, "%s/%s", dir, name) >= (int)PATH_SIZE)
        abort();
}

static struct ptn_buffer read_file(const char *name)
{
    struct ptn_buffer out;
    char path[PATH_SIZE];

    join(path, root_dir, name);
    ptn_buffer_init(&out, FILE_MAX);
    if (!ptn_ok(ptn_world_real()->files->read(ptn_world_real()->context, path, &out)))
        expect(false, "cannot be read", name);
    return out;
}

static json_t *read_json(const char *name)
{
    struct ptn_buffer text = read_file(name);
    json_t *json = json_loadb((const char *)text.at, text.len, JSON_ALLOW_NUL, NULL);

    /* 2^64 - 1 is no integer to the JSON library: see number_of. */
    if (json == NULL)
        json = json_loadb((const char *)text.at, text.len, JSON_DECODE_INT_AS_REAL, NULL);
    ptn_buffer_release(&text);
    if (json == NULL)
        expect(false, "is no JSON", name);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static uint64_t number_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    if (json_is_real(number))
        return json_real_value(number) > 1e18 ? UINT64_MAX : (uint64_t)json_real_value(number);
    return (uint64_t)json_integer_value(number);
}

static bool hash_from(struct ptn_status (*read)(struct ptn_bytes, struct ptn_buffer *,
                                                struct ptn_diag *),
                      const char *text, struct ptn_hash *ret_hash)
{
    struct ptn_buffer out;
    bool good;

    ptn_buffer_init(&out, 1024);
    good = text != NULL && ptn_ok(read(ptn_bytes_from_text(text), &out, NULL)) &&
           out.len == PTN_HASH_LEN;
    if (good)
        memcpy(ret_hash->at, out.at, PTN_HASH_LEN);
    ptn_buffer_release(&out);
    return good;
}

static struct ptn_buffer from_hex(const char *text)
{
    struct ptn_buffer out;

    ptn_buffer_init(&out, FILE_MAX);
    if (!ptn_ok(ptn_hex_read(ptn_bytes_from_text(text), &out, NULL)))
        expect(false, "is no hex", text);
    return out;
}

/* ---- proofs ---- */

static size_t read_proof(const json_t *probe, struct ptn_hash hashes[80], bool *ret_good)
{
    const json_t *proof = json_object_get(probe, "proof");
    size_t count = json_array_size(proof);

    for (size_t i = 0; i < count && i < 80; i++)
        if (!hash_from(ptn_base64_read, json_string_value(json_array_get(proof, i)), &hashes[i]))
            *ret_good = false;
    return count < 80 ? count : 80;
}

static bool probe_inclusion(const json_t *probe)
{
    struct ptn_hash hashes[80];
    struct ptn_hash root;
    struct ptn_hash leaf;
    bool good = hash_from(ptn_base64_read, text_of(probe, "root"), &root) &&
                hash_from(ptn_base64_read, text_of(probe, "leafHash"), &leaf);
    size_t count = read_proof(probe, hashes, &good);

    return good && ptn_ok(ptn_inclusion_check(hasher, number_of(probe, "leafIdx"),
                                              number_of(probe, "treeSize"), &leaf, hashes, count,
                                              &root, NULL));
}

/* Some probes have a word where a root should be, and mean only that both are equal. */
static bool loose_root(const char *text, struct ptn_hash *ret_root)
{
    struct ptn_buffer out;
    bool good;

    ptn_buffer_init(&out, PTN_HASH_LEN);
    good = ptn_ok(ptn_base64_read(ptn_bytes_from_text(text), &out, NULL));
    memset(ret_root, 0, sizeof(*ret_root));
    if (good && out.len > 0)
        memcpy(ret_root->at, out.at, out.len);
    ptn_buffer_release(&out);
    return good;
}

static bool probe_consistency(const json_t *probe)
{
    struct ptn_hash hashes[80];
    struct ptn_hash root1;
    struct ptn_hash root2;
    bool good =
        loose_root(text_of(probe, "root1"), &root1) && loose_root(text_of(probe, "root2"), &root2);
    size_t count = read_proof(probe, hashes, &good);

    return good && ptn_ok(ptn_consistency_check(hasher, number_of(probe, "size1"),
                                                number_of(probe, "size2"), &root1, &root2, hashes,
                                                count, NULL));
}

static bool probe_subtree(const json_t *probe)
{
    struct ptn_hash hashes[80];
    struct ptn_hash root1;
    struct ptn_hash root2;
    bool good =
        loose_root(text_of(probe, "root1"), &root1) && loose_root(text_of(probe, "root2"), &root2);
    size_t count = read_proof(probe, hashes, &good);

    return good &&
           ptn_ok(ptn_subtree_check(hasher, number_of(probe, "start"), number_of(probe, "end"),
                                    number_of(probe, "size"), &root1, &root2, hashes, count, NULL));
}

static bool probe_subtree_inclusion(const json_t *probe)
{
    struct ptn_hash hashes[80];
    struct ptn_hash root;
    struct ptn_hash leaf;
    bool good = hash_from(ptn_base64_read, text_of(probe, "root"), &root) &&
                hash_from(ptn_base64_read, text_of(probe, "leafHash"), &leaf);
    size_t count = read_proof(probe, hashes, &good);

    return good && ptn_ok(ptn_subtree_inclusion_check(
                       hasher, number_of(probe, "leafIdx"), number_of(probe, "start"),
                       number_of(probe, "end"), &leaf, hashes, count, &root, NULL));
}

/* Every probe in the folder and below it. */
static void probe_folder(const char *name, bool (*probe)(const json_t *), unsigned depth)
{
    char path[PATH_SIZE];
    DIR *folder;

    join(path, root_dir, name);
    folder = opendir(path);
    if (folder == NULL) {
        expect(false, "cannot be read", name);
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        json_t *json;

        if (entry->d_name[0] == '.')
            continue;
        join(path, name, entry->d_name);
        if (strstr(entry->d_name, ".json") == NULL) {
            if (depth > 0)
                probe_folder(path, probe, depth - 1);
            continue;
        }
        json = read_json(path);
        expect(probe(json) != (json_is_true(json_object_get(json, "wantErr"))), "probe", path);
        json_decref(json);
    }
    (void)closedir(folder);
}

/* ---- trees ---- */

static bool root_is(const struct ptn_range *range, const struct ptn_hash *expected)
{
    struct ptn_hash root;

    return ptn_ok(ptn_range_root(hasher, range, &root)) && ptn_hash_equal(&root, expected);
}

static bool add_leaf(struct ptn_range *range, struct ptn_bytes leaf)
{
    struct ptn_hash hash;

    return ptn_ok(ptn_tree_leaf(hasher, leaf, &hash)) &&
           ptn_ok(ptn_range_add(hasher, range, &hash, NULL, NULL));
}

static void check_tree8(void)
{
    json_t *json = read_json("vectors/rfc6962_tree8.json");
    const json_t *leaves = json_object_get(json, "leaf_inputs_hex");
    const json_t *roots = json_object_get(json, "root_by_size");
    struct ptn_range range = { 0 };

    for (size_t size = 0; size < json_array_size(roots); size++) {
        struct ptn_hash root;

        if (size > 0) {
            struct ptn_buffer leaf = from_hex(json_string_value(json_array_get(leaves, size - 1)));

            expect(add_leaf(&range, ptn_buffer_bytes(&leaf)), "tree8", "leaf");
            ptn_buffer_release(&leaf);
        }
        expect(hash_from(ptn_hex_read, json_string_value(json_array_get(roots, size)), &root) &&
                   root_is(&range, &root),
               "tree8", "root");
    }
    json_decref(json);
}

static void check_large_tree(void)
{
    json_t *json = read_json("vectors/generated_large_tree.json");
    const json_t *roots = json_object_get(json, "roots");
    struct ptn_range range = { 0 };
    const char *key;
    const json_t *value;

    for (uint64_t size = 0; size <= 70000; size++) {
        char name[24];
        struct ptn_hash root;
        uint8_t leaf[8];

        (void)snprintf(name, sizeof(name), "%llu", (unsigned long long)size);
        value = json_object_get(roots, name);
        if (value != NULL)
            expect(hash_from(ptn_hex_read, json_string_value(value), &root) &&
                       root_is(&range, &root),
                   "large tree", name);
        for (unsigned i = 0; i < 8; i++)
            leaf[i] = (uint8_t)(size >> (56 - 8 * i));
        if (!add_leaf(&range, ptn_bytes_of(leaf, 8)))
            expect(false, "large tree", name);
    }
    for (void *at = json_object_iter(json_object_get(json, "paths")); at != NULL;
         at = json_object_iter_next(json_object_get(json, "paths"), at)) {
        char expected[128];
        struct ptn_buffer path;

        key = json_object_iter_key(at);
        (void)snprintf(expected, sizeof(expected), "tile/3/%s",
                       json_string_value(json_object_iter_value(at)));
        ptn_buffer_init(&path, 256);
        expect(ptn_ok(ptn_tile_path_write(&path, 3, strtoull(key, NULL, 10), PTN_TILE_WIDTH)) &&
                   ptn_bytes_is(ptn_buffer_bytes(&path), expected),
               "tile path", key);
        ptn_buffer_release(&path);
    }
    json_decref(json);
}

/* Whole logs of others: entries or leaf hashes up to a signed root. */
static void check_tessera(void)
{
    struct ptn_vkey key;

    expect(ptn_ok(ptn_vkey_parse(PTN_BYTES_LITERAL("example.com/log/testdata+33d7b496+"
                                                   "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"),
                                 &key, NULL)),
           "tessera", "vkey");
    for (unsigned size = 0; size <= 15; size++) {
        char name[128];
        struct ptn_buffer text;
        struct ptn_buffer bundle;
        struct ptn_cursor cursor;
        struct ptn_range range = { 0 };
        struct ptn_note note;
        struct ptn_checkpoint checkpoint;
        size_t good = 0;
        uint16_t len;
        struct ptn_bytes entry;

        (void)snprintf(name, sizeof(name), "tessera/testdata/log/checkpoint.%u", size);
        text = read_file(name);
        ptn_buffer_init(&bundle, 1);
        if (size > 0) {
            (void)snprintf(name, sizeof(name), "tessera/testdata/log/tile/entries/000.p/%u", size);
            bundle = read_file(name);
        }
        cursor = ptn_cursor_at(ptn_buffer_bytes(&bundle));
        while (ptn_ok(ptn_cursor_take_u16(&cursor, &len)) &&
               ptn_ok(ptn_cursor_take(&cursor, len, &entry)))
            expect(add_leaf(&range, entry), "tessera", "entry");
        expect(ptn_ok(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL)) &&
                   ptn_ok(ptn_note_verify(&note, &key, 1, &good, NULL)) &&
                   ptn_ok(ptn_checkpoint_parse(note.text, &checkpoint, NULL)) &&
                   checkpoint.size == size && range.size == size &&
                   root_is(&range, &checkpoint.root),
               "tessera", name);
        ptn_buffer_release(&bundle);
        ptn_buffer_release(&text);
    }
}

#define MIRROR                                                                                     \
    "sunlight/cmd/skylight/testdata/witness/mirror/"                                               \
    "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706/"

static void check_sunlight(void)
{
    static const char *const tiles[] = { MIRROR "tile/0/000", MIRROR "tile/0/001.p/44" };
    struct ptn_buffer text = read_file(MIRROR "checkpoint");
    struct ptn_range range = { 0 };
    struct ptn_note note;
    struct ptn_checkpoint checkpoint;

    for (unsigned i = 0; i < 2; i++) {
        struct ptn_buffer tile = read_file(tiles[i]);

        for (size_t at = 0; at + PTN_HASH_LEN <= tile.len; at += PTN_HASH_LEN) {
            struct ptn_hash hash;

            memcpy(hash.at, tile.at + at, PTN_HASH_LEN);
            expect(ptn_ok(ptn_range_add(hasher, &range, &hash, NULL, NULL)), "sunlight", "tile");
        }
        ptn_buffer_release(&tile);
    }
    expect(ptn_ok(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL)) &&
               ptn_ok(ptn_checkpoint_parse(note.text, &checkpoint, NULL)) &&
               checkpoint.size == range.size && root_is(&range, &checkpoint.root),
           "sunlight", "mirrored log");
    ptn_buffer_release(&text);
}

/* ---- subtrees of Merkle tree certificates: every subtree's hash folded into one ---- */

static struct ptn_status leaf_hash(void *context, unsigned height, uint64_t index,
                                   struct ptn_hash *ret_hash)
{
    struct ptn_range range = { 0 };

    (void)context;
    for (uint64_t i = index << height; i < (index + 1) << height; i++) {
        uint8_t byte = (uint8_t)i;

        if (!add_leaf(&range, ptn_bytes_of(&byte, 1)))
            return (struct ptn_status){ PTN_C_IO };
    }
    return ptn_range_root(hasher, &range, ret_hash);
}

/* Lines as the test data describes them, hashed in the end. */
struct fold {
    struct ptn_buffer lines;
    bool good;
};

static void fold_line(struct fold *fold, const struct ptn_hash *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fold->good =
            fold->good && ptn_ok(ptn_buffer_add_text(&fold->lines, " ")) &&
            ptn_ok(ptn_buffer_add_hex(&fold->lines, ptn_bytes_of(hashes[i].at, PTN_HASH_LEN)));
    fold->good = fold->good && ptn_ok(ptn_buffer_add_text(&fold->lines, "\n"));
}

static void fold_end(struct fold *fold, const json_t *json, const char *name)
{
    struct ptn_bytes all = ptn_buffer_bytes(&fold->lines);
    struct ptn_hash folded;
    struct ptn_hash wanted;

    expect(fold->good && ptn_ok(ptn_sha256(&all, 1, folded.at)) &&
               hash_from(ptn_hex_read, text_of(json_object_get(json, name), "sha256"), &wanted) &&
               ptn_hash_equal(&folded, &wanted),
           "subtrees", name);
    ptn_buffer_release(&fold->lines);
}

static void fold_hash(struct fold *fold, uint64_t start, uint64_t end)
{
    struct ptn_range range = { 0 };
    struct ptn_hash hash;
    struct ptn_hash leaf;

    for (uint64_t i = start; i < end; i++)
        fold->good = fold->good && ptn_ok(leaf_hash(NULL, 0, i, &leaf)) &&
                     ptn_ok(ptn_range_add(hasher, &range, &leaf, NULL, NULL));
    fold->good = fold->good && ptn_ok(ptn_range_root(hasher, &range, &hash)) &&
                 ptn_ok(ptn_buffer_addf(&fold->lines, "[%u, %u)", (unsigned)start, (unsigned)end));
    fold_line(fold, &hash, 1);
}

static struct ptn_status leaf_hash_from(void *context, unsigned height, uint64_t index,
                                        struct ptn_hash *ret_hash)
{
    const uint64_t *start = context;

    return leaf_hash(NULL, height, index + (*start >> height), ret_hash);
}

static void fold_inclusions(struct fold *fold, uint64_t start, uint64_t end)
{
    for (uint64_t index = start; index < end; index++) {
        struct ptn_proof proof = { 0 };

        fold->good = fold->good &&
                     ptn_ok(ptn_inclusion_prove(hasher, index - start, end - start, leaf_hash_from,
                                                &start, &proof)) &&
                     ptn_ok(ptn_buffer_addf(&fold->lines, "%u [%u, %u)", (unsigned)index,
                                            (unsigned)start, (unsigned)end));
        fold_line(fold, proof.hashes, proof.count);
    }
}

static void fold_consistency(struct fold *fold, uint64_t start, uint64_t end, uint64_t size)
{
    struct ptn_proof proof = { 0 };

    fold->good = fold->good &&
                 (start == end ||
                  ptn_ok(ptn_subtree_prove(hasher, start, end, size, leaf_hash, NULL, &proof))) &&
                 ptn_ok(ptn_buffer_addf(&fold->lines, "[%u, %u) %u", (unsigned)start, (unsigned)end,
                                        (unsigned)size));
    fold_line(fold, proof.hashes, proof.count);
}

static void check_subtrees(void)
{
    json_t *json = read_json("vectors/mtc_subtree_accumulated.json");
    struct fold hashes = { .good = true };
    struct fold inclusions = { .good = true };
    struct fold proofs = { .good = true };

    ptn_buffer_init(&hashes.lines, FILE_MAX);
    ptn_buffer_init(&inclusions.lines, 8 * FILE_MAX);
    ptn_buffer_init(&proofs.lines, 8 * FILE_MAX);
    for (uint64_t end = 0; end <= 130; end++)
        for (uint64_t start = 0; start <= end; start++)
            if (ptn_subtree_is(start, end)) {
                fold_hash(&hashes, start, end);
                fold_inclusions(&inclusions, start, end);
            }
    for (uint64_t size = 0; size <= 130; size++)
        for (uint64_t end = 0; end <= size; end++)
            for (uint64_t start = 0; start <= end; start++)
                if (ptn_subtree_is(start, end))
                    fold_consistency(&proofs, start, end, size);
    fold_end(&hashes, json, "subtree_hash");
    fold_end(&inclusions, json, "subtree_inclusion");
    fold_end(&proofs, json, "subtree_consistency");
    json_decref(json);
}

/* ---- notes ---- */

static bool note_verifies(const json_t *test)
{
    const json_t *texts = json_object_get(test, "vkeys");
    struct ptn_vkey keys[8];
    struct ptn_note note;
    size_t good = 0;

    for (size_t i = 0; i < json_array_size(texts) && i < 8; i++)
        if (!ptn_ok(ptn_vkey_parse(ptn_bytes_from_text(json_string_value(json_array_get(texts, i))),
                                   &keys[i], NULL)))
            return false;
    return ptn_ok(ptn_note_parse(ptn_bytes_from_text(text_of(test, "note")), &note, NULL)) &&
           ptn_ok(ptn_note_verify(&note, keys, json_array_size(texts), &good, NULL)) &&
           good == (size_t)json_integer_value(json_object_get(test, "verified"));
}

static void check_notes(void)
{
    json_t *json = read_json("vectors/signed_note.json");
    const json_t *cases = json_object_get(json, "cases");
    const json_t *bad = json_object_get(json, "bad_vkeys");
    struct ptn_vkey key;

    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);

        expect(note_verifies(test) == json_is_true(json_object_get(test, "ok")), "note",
               text_of(test, "name"));
    }
    for (size_t i = 0; i < json_array_size(bad); i++)
        expect(!ptn_ok(ptn_vkey_parse(
                   ptn_bytes_from_text(json_string_value(json_array_get(bad, i))), &key, NULL)),
               "bad vkey", json_string_value(json_array_get(bad, i)));
    json_decref(json);
}

/* The root's length in a checkpoint's text, however wrong: the upstream cases do not mind it. */
static bool root_has_32_bytes(const char *body)
{
    const char *line = strchr(body, '\n');
    struct ptn_hash hash;
    char text[64];

    line = line == NULL ? NULL : strchr(line + 1, '\n');
    if (line == NULL || strcspn(line + 1, "\n") >= sizeof(text))
        return false;
    (void)snprintf(text, strcspn(line + 1, "\n") + 1, "%s", line + 1);
    return hash_from(ptn_base64_read, text, &hash);
}

static void check_checkpoints(void)
{
    json_t *json = read_json("vectors/checkpoint_body.json");
    const json_t *cases = json_object_get(json, "cases");

    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);
        const char *body = text_of(test, "body");
        struct ptn_checkpoint checkpoint;
        bool wanted = json_is_true(json_object_get(test, "upstream_ok")) && root_has_32_bytes(body);

        expect(ptn_ok(ptn_checkpoint_parse(ptn_bytes_from_text(body), &checkpoint, NULL)) == wanted,
               "checkpoint", text_of(test, "name"));
    }
    json_decref(json);
}

static void check_receipts(void)
{
    json_t *json = read_json("vectors/tlog_proof.json");
    const json_t *good = json_object_get(json, "good");
    const json_t *bad = json_object_get(json, "bad");
    struct ptn_receipt receipt;

    for (size_t i = 0; i < json_array_size(good); i++) {
        const json_t *test = json_array_get(good, i);

        expect(
            ptn_ok(ptn_receipt_parse(ptn_bytes_from_text(text_of(test, "text")), &receipt, NULL)) &&
                receipt.index == (uint64_t)json_integer_value(json_object_get(test, "index")),
            "receipt", text_of(test, "text"));
    }
    for (size_t i = 0; i < json_array_size(bad); i++)
        expect(!ptn_ok(ptn_receipt_parse(
                   ptn_bytes_from_text(json_string_value(json_array_get(bad, i))), &receipt, NULL)),
               "bad receipt", json_string_value(json_array_get(bad, i)));
    json_decref(json);
}

/* A checkpoint on others' disks, cosigned by that key at that time (0: any). */
static void check_cosigned(const char *file, const char *vkey, int64_t time_s)
{
    struct ptn_buffer text = read_file(file);
    struct ptn_vkey key;
    struct ptn_note note;
    size_t good = 0;
    int64_t at = -1;

    expect(ptn_ok(ptn_vkey_parse_cosigner(ptn_bytes_from_text(vkey), &key, NULL)) &&
               ptn_ok(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL)) &&
               ptn_ok(ptn_cosignature_verify(&note, &key, 1, &good, &at, NULL)) && good == 1 &&
               (time_s == 0 ? at > 0 : at == time_s),
           "cosignature", file);
    /* And not when a bit of the text is another. */
    if (text.len > 40)
        text.at[40] ^= 1;
    expect(!ptn_ok(ptn_note_parse(ptn_buffer_bytes(&text), &note, NULL)) ||
               !ptn_ok(ptn_cosignature_verify(&note, &key, 1, &good, &at, NULL)),
           "changed cosignature", file);
    ptn_buffer_release(&text);
}

/* Whatever key signed it: a blob of that time's form, or a plain signature's. */
static void check_cosignature_form(const char *base64, bool timed, uint64_t time_s)
{
    struct ptn_buffer blob;
    struct ptn_cursor cursor;
    uint64_t at = 0;

    ptn_buffer_init(&blob, 1024);
    expect(ptn_ok(ptn_base64_read(ptn_bytes_from_text(base64), &blob, NULL)), "cosignature",
           base64);
    cursor = ptn_cursor_at(ptn_buffer_bytes(&blob));
    cursor.next = PTN_KEY_ID_LEN;
    expect((blob.len == PTN_KEY_ID_LEN + 8 + PTN_SIGNATURE_LEN) == timed &&
               (!timed || (ptn_ok(ptn_cursor_take_u64(&cursor, &at)) && at == time_s)),
           "cosignature's time", base64);
    ptn_buffer_release(&blob);
}

static void check_cosignatures(void)
{
    json_t *json = read_json("vectors/cosignature_v1.json");
    const json_t *witness = json_object_get(json, "sunlight_witness");
    const json_t *parsed = json_object_get(json, "timestamp_parse");
    json_t *mirror = read_json("sunlight/cmd/skylight/testdata/witness/mirror/mirror.v0.json");
    const json_t *vkeys = json_object_get(mirror, "verifier_keys");
    const char *native = text_of(json, "native_0x04_vkey");
    struct ptn_vkey key;

    check_cosigned(text_of(witness, "file"), text_of(witness, "vkey"),
                   (int64_t)number_of(witness, "timestamp"));
    check_cosigned(MIRROR "checkpoint", json_string_value(json_array_get(vkeys, 0)), 0);
    check_cosignature_form(text_of(parsed, "b64"), true, number_of(parsed, "timestamp"));
    check_cosignature_form(text_of(json, "not_a_cosig_b64"), false, 0);
    expect(ptn_ok(ptn_vkey_parse_cosigner(ptn_bytes_from_text(native), &key, NULL)) &&
               !ptn_ok(ptn_vkey_parse(ptn_bytes_from_text(native), &key, NULL)),
           "cosigner's vkey", native);
    json_decref(mirror);
    json_decref(json);
}

static void check_sigsum(void)
{
    json_t *json = read_json("vectors/sigsum_checkpoint.json");
    struct ptn_buffer seed = from_hex(text_of(json, "ed25519_seed_hex"));
    const char *text = text_of(json, "checkpoint");
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    struct ptn_vkey key;
    struct ptn_note note;
    size_t good = 0;

    expect(seed.len == crypto_sign_SEEDBYTES &&
               crypto_sign_seed_keypair(public_key, secret_key, seed.at) == 0 &&
               ptn_ok(ptn_vkey_make(ptn_bytes_of(text, strcspn(text, "\n")), public_key, &key)) &&
               ptn_ok(ptn_note_parse(ptn_bytes_from_text(text), &note, NULL)) &&
               ptn_ok(ptn_note_verify(&note, &key, 1, &good, NULL)) && good == 1,
           "sigsum", "checkpoint");
    ptn_buffer_release(&seed);
    json_decref(json);
}

/* ---- signatures ---- */

static bool verifies(const char *key_hex, struct ptn_bytes message, const char *signature_hex)
{
    struct ptn_buffer key = from_hex(key_hex);
    struct ptn_buffer signature = from_hex(signature_hex);
    bool good = key.len == PTN_PUBLIC_KEY_LEN && signature.len == PTN_SIGNATURE_LEN &&
                ptn_signature_good(key.at, message, signature.at);

    ptn_buffer_release(&key);
    ptn_buffer_release(&signature);
    return good;
}

static void check_wycheproof(void)
{
    json_t *json = read_json("wycheproof/ed25519_test.json");
    const json_t *groups = json_object_get(json, "testGroups");

    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        const json_t *tests = json_object_get(group, "tests");
        const char *key = text_of(json_object_get(group, "publicKey"), "pk");

        for (size_t j = 0; j < json_array_size(tests); j++) {
            const json_t *test = json_array_get(tests, j);
            struct ptn_buffer message = from_hex(text_of(test, "msg"));

            expect(verifies(key, ptn_buffer_bytes(&message), text_of(test, "sig")) ==
                       (strcmp(text_of(test, "result"), "valid") == 0),
                   "wycheproof", text_of(test, "sig"));
            ptn_buffer_release(&message);
        }
    }
    json_decref(json);
}

/* Verifiers disagree about these 914; ours must be the strict one on every machine. */
static void check_cctv(void)
{
    json_t *json = read_json("cctv/ed25519vectors.json");
    unsigned accepted = 0;

    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *test = json_array_get(json, i);

        if (verifies(text_of(test, "key"), ptn_bytes_from_text(text_of(test, "msg")),
                     text_of(test, "sig")))
            accepted++;
    }
    expect(json_array_size(json) == 914 && accepted == 43, "cctv", "accepted set");
    json_decref(json);
}

int main(void)
{
    const char *shared = getenv("POSTERN_SHARED");
    struct stat folder;

    join(root_dir, shared == NULL ? "../shared" : shared, "data/tlog");
    if (stat(root_dir, &folder) != 0) {
        (void)printf("skipped: no %s\n", root_dir);
        return 77;
    }
    hasher = ptn_hasher_new();
    if (hasher == NULL || sodium_init() < 0)
        return 4;
    probe_folder("merkle/testdata/inclusion", probe_inclusion, 1);
    probe_folder("merkle/testdata/consistency", probe_consistency, 1);
    probe_folder("merkle/testdata/subtreeinclusion", probe_subtree_inclusion, 2);
    probe_folder("merkle/testdata/subtreeconsistency", probe_subtree, 2);
    check_tree8();
    check_large_tree();
    check_tessera();
    check_sunlight();
    check_subtrees();
    check_notes();
    check_checkpoints();
    check_receipts();
    check_cosignatures();
    check_sigsum();
    check_wycheproof();
    check_cctv();
    ptn_hasher_free(hasher);
    (void)printf("%u checked, %u wrong\n", checked, wrong);
    return wrong == 0 ? 0 : 1;
}
