/* trust/erasure_due.c -- whether what an `erasure` record holds proves that the order is in force.
 */
#include "record/notice.h"
#include "record/record.h"
#include "trust/authorise.h"
#include "trust/erasure.h"

#define LEAF_MAX      PTN_LEDGER_LEAF_LEN_MAX
#define SCHEME_PUBLIC 0x00 /* docs/format/payload.md */

/* What is no form at all proves nothing either. */
static struct ptn_status not_held(struct ptn_status status)
{
    if (status.code == PTN_C_BAD_INPUT)
        status.code = PTN_C_CORRUPT;
    return status;
}

/* ---- cosignatures ---- */

/* The times at which the roster's keepers cosigned the checkpoint in the note, one a keeper. */
static struct ptn_status times_of(const struct ptn_roster *roster, const struct ptn_note *note,
                                  int64_t times_s[PTN_ROSTER_KEEPER_MAX], size_t *ret_count,
                                  struct ptn_diag *reterr)
{
    struct ptn_vkey keepers[PTN_ROSTER_KEEPER_MAX];
    size_t count = 0;
    size_t good = 0;

    memset(keepers, 0, sizeof(keepers));
    for (size_t i = 0; i < roster->node_count && count < PTN_ROSTER_KEEPER_MAX; i++)
        if (roster->nodes[i].role == PTN_ROSTER_KEEPER)
            keepers[count++] = roster->nodes[i].mirror;
    *ret_count = count;
    return ptn_cosignature_verify(note, keepers, count, &good, times_s, reterr);
}

struct ptn_status ptn_erasure_check_now(const struct ptn_roster *roster,
                                        struct ptn_bytes checkpoint, int64_t *ret_now_ms,
                                        struct ptn_diag *reterr)
{
    int64_t times_s[PTN_ROSTER_KEEPER_MAX] = { 0 };
    size_t count = 0;
    struct ptn_note note;
    struct ptn_status status = ptn_note_parse(checkpoint, &note, reterr);

    if (!ptn_ok(status))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "what tells the time is no checkpoint");
    status = times_of(roster, &note, times_s, &count, reterr);
    if (ptn_ok(status) && !ptn_erasure_now(roster, times_s, count, ret_now_ms))
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "fewer than a quorum of keepers cosigned");
    return not_held(status);
}

/* ---- the receipt's place ---- */

/* The leaf in the proof's extra data is an entry that holds exactly this receipt. */
static struct ptn_status check_leaf(const struct ptn_receipt *proof, struct ptn_bytes entry,
                                    struct ptn_buffer *leaf, struct ptn_diag *reterr)
{
    static const uint8_t scheme = SCHEME_PUBLIC;
    const struct ptn_bytes sealed[] = { ptn_bytes_of(&scheme, 1), entry };
    struct ptn_ledger_header header;
    struct ptn_hash hash = { { 0 } };
    struct ptn_status status = ptn_base64_read(proof->extra, leaf, reterr);

    if (ptn_ok(status))
        status = ptn_ledger_header_parse(ptn_buffer_bytes(leaf), &header, reterr);
    if (!ptn_ok(status))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the proof holds no entry");
    status = ptn_sha256(sealed, 2, hash.at);
    if (!ptn_ok(status))
        return status;
    if (header.kind != PTN_RECORD_RECEIPT || header.retention != PTN_RETENTION_PUBLIC ||
        !header.has_payload || !ptn_hash_equal(&hash, &header.sealed_sha256))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the entry is not that receipt");
    return PTN_OK;
}

struct ptn_status ptn_erasure_check_place(const struct ptn_roster *roster,
                                          const struct ptn_note *note,
                                          const struct ptn_receipt *proof, struct ptn_bytes leaf,
                                          struct ptn_diag *reterr)
{
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_vkey key;
    struct ptn_hash hash;
    size_t good = 0;
    struct ptn_status status = ptn_checkpoint_parse(note->text, &checkpoint, reterr);

    if (hasher == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory to check a proof");
    if (ptn_ok(status) && !ptn_roster_ledger_key(roster, checkpoint.origin, &key))
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the roster does not know that ledger");
    if (ptn_ok(status))
        status = ptn_note_verify(note, &key, 1, &good, reterr);
    if (ptn_ok(status))
        status = ptn_tree_leaf(hasher, leaf, &hash);
    if (ptn_ok(status))
        status =
            ptn_inclusion_check(hasher, proof->index, checkpoint.size, &hash, proof->proof.hashes,
                                proof->proof.count, &checkpoint.root, reterr);
    ptn_hasher_free(hasher);
    return status;
}

struct ptn_status ptn_erasure_check_seen(const struct ptn_roster *roster,
                                         const struct ptn_hash *name, struct ptn_bytes entry,
                                         struct ptn_bytes proof, int64_t *ret_seen_ms,
                                         struct ptn_diag *reterr)
{
    struct ptn_buffer leaf = { .len_max = LEAF_MAX };
    int64_t times_s[PTN_ROSTER_KEEPER_MAX] = { 0 };
    size_t count = 0;
    struct ptn_order_receipt answer;
    struct ptn_receipt file;
    struct ptn_note note;
    struct ptn_status status = ptn_order_receipt_parse(entry, &answer, reterr);

    if (!ptn_ok(status) || memcmp(answer.order, name->at, PTN_HASH_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the entry is no receipt of that order");
    status = ptn_receipt_parse(proof, &file, reterr);
    if (ptn_ok(status))
        status = ptn_note_parse(file.checkpoint, &note, reterr);
    if (ptn_ok(status))
        status = check_leaf(&file, entry, &leaf, reterr);
    if (ptn_ok(status))
        status = ptn_erasure_check_place(roster, &note, &file, ptn_buffer_bytes(&leaf), reterr);
    if (ptn_ok(status))
        status = times_of(roster, &note, times_s, &count, reterr);
    if (ptn_ok(status) && !ptn_erasure_seen(roster, times_s, count, ret_seen_ms))
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "fewer than a quorum of keepers cosigned");
    ptn_buffer_release(&leaf);
    return not_held(status);
}

/* ---- the order ---- */

/* May these hands, given what is fulfilled? */
static struct ptn_status check_hands(const struct ptn_roster *roster, const struct ptn_note *note,
                                     const struct ptn_order *order, enum ptn_action action,
                                     unsigned conditions, int64_t seen_ms, struct ptn_diag *reterr)
{
    struct ptn_asked asked = { .action = action,
                               .conditions = conditions,
                               .given_ms = order->given_ms,
                               .until_ms = order->until_ms,
                               .seen_ms = seen_ms };
    struct ptn_ruling ruling;
    struct ptn_status status = ptn_signers_of(roster, note, NULL, 0, &asked.signers, reterr);

    if (!ptn_ok(status))
        return status;
    ruling = ptn_authorise(roster, &asked);
    return ruling.answer == PTN_ANSWER_YES ? PTN_OK : ptn_fail(PTN_C_BUSY, reterr, 0, ruling.why);
}

static struct ptn_status read_order(const struct ptn_roster *roster, struct ptn_bytes bytes,
                                    struct ptn_note *ret_note, struct ptn_erasure_order *order,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_note_parse(bytes, ret_note, reterr);

    if (ptn_ok(status))
        status = ptn_order_parse(ret_note->text, &order->order, reterr);
    if (ptn_ok(status))
        status = ptn_order_name(ret_note->text, &order->name);
    if (ptn_ok(status) && !ptn_bytes_equal(order->order.country, roster->origin))
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the order is another country's");
    return status;
}

struct ptn_status ptn_erasure_check(const struct ptn_roster *roster, struct ptn_bytes record,
                                    struct ptn_erasure_order *ret_order, struct ptn_diag *reterr)
{
    struct ptn_erasure_order order = { .seen_ms = 0 };
    struct ptn_erasure_due due;
    struct ptn_note note;
    struct ptn_status status = ptn_erasure_due_parse(record, &due, reterr);

    if (!ptn_ok(status))
        return status;
    status = read_order(roster, due.order, &note, &order, reterr);
    if (ptn_ok(status) && order.order.verb != PTN_ORDER_ERASE)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the order does not erase");
    if (ptn_ok(status))
        status = ptn_erasure_check_seen(roster, &order.name, due.entry, due.seen, &order.seen_ms,
                                        reterr);
    if (ptn_ok(status))
        status = ptn_erasure_check_now(roster, due.now, &order.now_ms, reterr);
    if (ptn_ok(status))
        status = check_hands(
            roster, &note, &order.order, PTN_ACTION_ERASE,
            ptn_erasure_has_waited(order.seen_ms, order.now_ms) ? (unsigned)PTN_PROVISO_WAITED : 0,
            order.seen_ms, reterr);
    if (ptn_ok(status))
        *ret_order = order;
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_TOO_BIG)
        status.code = PTN_C_CORRUPT;
    return not_held(status);
}

/* Whoever may erase may take it back. */
bool ptn_erasure_is_annulled(const struct ptn_roster *roster, struct ptn_bytes bytes,
                             const struct ptn_hash *name)
{
    struct ptn_erasure_order order = { .seen_ms = 0 };
    struct ptn_note note;

    return ptn_ok(read_order(roster, bytes, &note, &order, NULL)) &&
           order.order.verb == PTN_ORDER_ANNUL && ptn_order_ends(&order.order, name) &&
           ptn_ok(check_hands(roster, &note, &order.order, PTN_ACTION_ERASE, PTN_PROVISO_WAITED,
                              order.order.given_ms, NULL));
}
