/* main/recover_proof.c -- what is there again, and whether it is all of it. */
#include <stdio.h>

#include "main/recover_int.h"
#include "record/notice.h"
#include "record/record.h"

static void print_root(struct ptn_copy *copy, uint64_t size)
{
    struct ptn_buffer text = { .len_max = 128 };
    struct ptn_hash root;

    if (ptn_ok(ptn_copy_root_at(copy, size, &root, NULL)) &&
        ptn_ok(ptn_buffer_add_base64(&text, ptn_bytes_of(root.at, sizeof(root.at)))))
        (void)printf(", root %.*s", (int)text.len, (const char *)text.at);
    ptn_buffer_release(&text);
}

/* RECOVER-2. */
static void print_head(struct ptn_recover *recover, struct ptn_follow *follow,
                       struct ptn_bytes origin)
{
    const struct ptn_roster *roster = &ptn_relay_country(recover->relay)->roster;
    const struct ptn_roster_node *node = ptn_roster_find(roster, origin);
    struct ptn_follow_head head;

    if (!ptn_ok(ptn_follow_head(follow, origin, &head)) || (head.shown == 0 && head.size == 0))
        return; /* never written */
    (void)printf("  %.*s: %llu entries", (int)origin.len, (const char *)origin.at,
                 (unsigned long long)head.size);
    print_root(ptn_follow_copy(follow, origin), head.size);
    if (node == NULL || node->role != PTN_ROSTER_KEEPER)
        (void)printf(", cosigned by %u of %u to %llu", roster->quorum_q, roster->quorum_n,
                     (unsigned long long)head.cosigned);
    if (head.size < head.shown)
        (void)printf(", %llu NOT HERE", (unsigned long long)(head.shown - head.size));
    if (head.missing > 0)
        (void)printf(", %llu payloads MISSING", (unsigned long long)head.missing);
    if (head.forked)
        (void)printf(", FORKED: evidence is kept beside the copy");
    (void)putchar('\n');
    if (head.size < head.shown || head.missing > 0 || head.forked)
        recover->whole = false;
}

struct ptn_status ptn_recover_print_heads(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    struct ptn_bytes origin;

    (void)reterr;
    (void)puts("ledgers, from keepers:");
    for (size_t i = 0; (origin = ptn_follow_origin(follow, i)).len > 0; i++)
        print_head(recover, follow, origin);
    ptn_relay_unlock(recover->relay);
    return PTN_OK;
}

struct ptn_status ptn_recover_print_site(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    struct ptn_follow_head head = { 0 };
    struct ptn_status status = ptn_follow_head(follow, ptn_bytes_from_text(recover->former), &head);

    ptn_relay_unlock(recover->relay);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the copy of the former ledger cannot be read");
    (void)printf("the site keeper: %llu entries, %llu of them beyond what keepers had cosigned\n",
                 (unsigned long long)head.shown,
                 (unsigned long long)(head.size > recover->least ? head.size - recover->least : 0));
    if (head.size < head.shown || head.missing > 0 || head.forked) {
        (void)printf("%llu entries and %llu payloads of it are NOT HERE%s\n",
                     (unsigned long long)(head.shown > head.size ? head.shown - head.size : 0),
                     (unsigned long long)head.missing, head.forked ? "; FORKED" : "");
        recover->whole = false;
    }
    if (head.size > recover->least)
        (void)printf("bring them to a keeper: postern carry out %s STICK, postern carry in KEEPER "
                     "STICK\n",
                     recover->dir);
    return PTN_OK;
}

struct ptn_status ptn_recover_checkpoint(struct ptn_recover *recover, struct ptn_buffer *note,
                                         struct ptn_diag *reterr)
{
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    struct ptn_copy *copy = ptn_follow_copy(follow, ptn_bytes_from_text(recover->former));
    struct ptn_copy_standing standing = { 0 };
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (copy != NULL) {
        ptn_copy_standing(copy, &standing);
        status = ptn_copy_cosigned(copy, note, reterr);
    }
    ptn_relay_unlock(recover->relay);
    if (ptn_ok(status))
        recover->least = standing.cosigned_size;
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status; /* nothing of it was ever cosigned */
}

/* ---- the view ---- */

static struct ptn_status replay(struct ptn_recover *recover, struct ptn_follow *follow,
                                struct ptn_diag *reterr)
{
    uint64_t applied = 0;
    struct ptn_bytes origin;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && (origin = ptn_follow_origin(follow, i)).len > 0; i++) {
        struct ptn_copy *copy = ptn_follow_copy(follow, origin);
        size_t turn = 1;
        bool more;

        while (ptn_ok(status) && copy != NULL && turn > 0) {
            status = ptn_gather_take(recover->gather, copy, &more, reterr);
            if (ptn_ok(status))
                status = ptn_gather_apply(recover->gather, &turn, reterr);
            applied += turn;
        }
    }
    if (ptn_ok(status))
        status = ptn_gather_settle(recover->gather, reterr);
    if (ptn_ok(status))
        (void)printf("view: %llu entries replayed\n", (unsigned long long)applied);
    return status;
}

/* Whether the record has a digest, or is a heartbeat. */
static bool is_whole(struct ptn_bytes record)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_view_digest_record digest;
    bool whole = arena != NULL &&
                 ptn_ok(ptn_view_digest_record_parse(record, arena, &digest, NULL)) &&
                 ptn_record_has_digest(&digest);

    ptn_arena_free(arena);
    return whole;
}

/* The last DIGEST record of the former ledger that is more than a heartbeat. NOT_FOUND: it wrote
 * none. */
static struct ptn_status last_digest(struct ptn_recover *recover, struct ptn_copy *copy,
                                     uint64_t *ret_index, struct ptn_buffer *record,
                                     struct ptn_diag *reterr)
{
    struct ptn_copy_standing standing;
    struct ptn_ledger_header header;
    struct ptn_status status = PTN_OK;

    ptn_copy_standing(copy, &standing);
    for (uint64_t index = standing.size; ptn_ok(status) && index > 0; index--) {
        status = ptn_copy_read(copy, index - 1, &header, NULL, reterr);
        if (!ptn_ok(status) || header.kind != PTN_RECORD_DIGEST)
            continue;
        ptn_buffer_clear(record);
        status = ptn_copy_open_payload(copy, recover->vault, index - 1, &header, record, reterr);
        *ret_index = index - 1;
        if (ptn_ok(status) && is_whole(ptn_buffer_bytes(record)))
            return PTN_OK;
    }
    if (ptn_ok(status))
        status.code = PTN_C_NOT_FOUND;
    return status;
}

static void print_digest(struct ptn_bytes record, uint64_t index, bool same)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_view_digest_record digest;
    struct ptn_buffer hex = { .len_max = 128 };

    if (arena != NULL && ptn_ok(ptn_view_digest_record_parse(record, arena, &digest, NULL)) &&
        ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(digest.sha256, sizeof(digest.sha256)))))
        (void)printf("digest the former centre wrote down (its entry %llu, %zu ledgers): %.*s\n",
                     (unsigned long long)index, digest.head_count, (int)hex.len,
                     (const char *)hex.at);
    (void)printf("digest of this view at the same heads: %s\n", same ? "the same" : "ANOTHER");
    ptn_buffer_release(&hex);
    ptn_arena_free(arena);
}

static struct ptn_status compare(struct ptn_recover *recover, struct ptn_follow *follow,
                                 struct ptn_diag *reterr)
{
    struct ptn_copy *copy = ptn_follow_copy(follow, ptn_bytes_from_text(recover->former));
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    uint64_t index = 0;
    bool same = false;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (copy != NULL)
        status = last_digest(recover, copy, &index, &record, reterr);
    if (status.code == PTN_C_NOT_FOUND) {
        (void)puts("digest: the former centre had written none down");
        ptn_buffer_release(&record);
        return PTN_OK;
    }
    if (ptn_ok(status))
        status = ptn_gather_check(recover->gather, ptn_buffer_bytes(&record), &same, reterr);
    if (status.code == PTN_C_NOT_FOUND) {
        (void)puts("digest: the former centre had seen MORE than keepers hold");
        status = PTN_OK;
    } else if (ptn_ok(status)) {
        print_digest(ptn_buffer_bytes(&record), index, same);
    }
    recover->whole = recover->whole && same;
    ptn_buffer_release(&record);
    return status;
}

struct ptn_status ptn_recover_view(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_follow *follow;
    struct ptn_status status;

    /* Now, as the shares are joined: what was sealed before is opened this once. */
    ptn_gather_where_of(&recover->plan, recover->dir, where);
    status = ptn_gather_open_at(recover->world, where, recover->vault, &recover->gather, reterr);
    if (!ptn_ok(status))
        return status;
    follow = ptn_links_follow(ptn_relay_lock(recover->relay));
    status = replay(recover, follow, reterr);
    if (ptn_ok(status))
        status = compare(recover, follow, reterr);
    ptn_relay_unlock(recover->relay);
    return status;
}
