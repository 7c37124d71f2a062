#include "mirror/recover.h"

const char *ptn_recover_state_word(enum ptn_recover_state state)
{
    static const char *const words[] = { "asking", "pulling", "back", "never" };

    return (unsigned)state < sizeof(words) / sizeof(words[0]) ? words[state] : "unknown";
}

struct ptn_status ptn_recover_look(struct ptn_follow *follow, struct ptn_bytes origin,
                                   uint32_t quorum, struct ptn_recover_ledger *ret_ledger)
{
    struct ptn_follow_head head;
    struct ptn_recover_ledger ledger = { .origin = origin };
    struct ptn_status status = ptn_follow_head(follow, origin, &head);

    PTN_PRE(quorum > 0);

    if (!ptn_ok(status))
        return status;
    ledger.answered = head.answered;
    ledger.target = head.shown > head.size ? head.shown : head.size;
    ledger.size = head.size;
    ledger.cosigned = head.cosigned;
    ledger.missing = head.missing;
    ledger.forked = head.forked;
    if (head.answered < quorum)
        ledger.state = PTN_RECOVER_ASKING;
    else if (ledger.target == 0)
        ledger.state = PTN_RECOVER_NEVER;
    else if (ledger.size < ledger.target || ledger.missing > 0)
        ledger.state = PTN_RECOVER_PULLING;
    else
        ledger.state = PTN_RECOVER_BACK;
    *ret_ledger = ledger;
    return PTN_OK;
}

struct ptn_status ptn_recover_missing(struct ptn_follow *follow,
                                      const struct ptn_recover_ledger *ledger, uint64_t from,
                                      uint64_t *ret_entry, bool *ret_payload)
{
    struct ptn_copy *copy = ptn_follow_copy(follow, ledger->origin);
    uint64_t index = 0;
    struct ptn_status status;

    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = ptn_copy_next_missing(copy, from, &index, NULL);
    if (ptn_ok(status) && index < ledger->size) {
        *ret_entry = index;
        *ret_payload = true;
        return PTN_OK;
    }
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    index = from > ledger->size ? from : ledger->size;
    if (index >= ledger->target)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    *ret_entry = index;
    *ret_payload = false;
    return PTN_OK;
}
