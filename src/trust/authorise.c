#include "trust/authorise.h"

/* Ways in short. */
#define BY_AUTHORITIES(count)                                                                      \
    {                                                                                              \
        .authorities = (count)                                                                     \
    }
#define BY_DUTIES(count)                                                                           \
    {                                                                                              \
        .duties = (count)                                                                          \
    }
#define FUTURE_MS INT64_C(86400000) /* clocks differ: a day ahead is still now */

/* The one table: action -> who -> how many -> on which conditions. Any one way will do. */
static const struct ptn_action_rule rules[PTN_ACTION_COUNT] = {
    [PTN_ACTION_ADD] = { "add", false, { { .centre = true }, BY_DUTIES(1) }, 2 },
    [PTN_ACTION_SELF_LOCAL] = { "self-local",
                                false,
                                { { .node = true },
                                  { .supervisor = true },
                                  { .code = true },
                                  BY_DUTIES(1) },
                                4 },
    [PTN_ACTION_SELF_MANUAL] = { "self-manual", false, { { .supervisor = true } }, 1 },
    [PTN_ACTION_WITHDRAW_FEW] = { "withdraw-few", false, { BY_DUTIES(1) }, 1 },
    [PTN_ACTION_WITHDRAW_MANY] = { "withdraw-many", false, { BY_DUTIES(2) }, 1 },
    [PTN_ACTION_WITHDRAW_MANUAL] = { "withdraw-manual", false, { BY_DUTIES(2) }, 1 },
    [PTN_ACTION_REVOKE] = { "revoke", false, { BY_DUTIES(1) }, 1 },
    [PTN_ACTION_REVOKE_KEY] = { "revoke-key", false, { BY_DUTIES(2) }, 1 },
    [PTN_ACTION_DISTRUST] = { "distrust", false, { BY_DUTIES(1) }, 1 },
    [PTN_ACTION_SELF_BACK] = { "self-back",
                               true,
                               { { .node = true,
                                   .conditions = PTN_PROVISO_BRIEF | PTN_PROVISO_ALONE },
                                 BY_DUTIES(1) },
                               2 },
    [PTN_ACTION_RESTORE_LOCAL] = { "restore-local", true, { BY_DUTIES(1) }, 1 },
    [PTN_ACTION_RESTORE_MANUAL] = { "restore-manual",
                                    true,
                                    { { .duties = 1,
                                        .supervisor = true,
                                        .conditions = PTN_PROVISO_SERIALS } },
                                    1 },
    [PTN_ACTION_RESTORE_ATTACK] = { "restore-attack",
                                    true,
                                    { { .authorities = PTN_MANY, .conditions = PTN_PROVISO_GATE } },
                                    1 },
    [PTN_ACTION_RESTORE_REVOKED] = { "restore-revoked", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_ANNUL] = { "annul",
                           true,
                           { { .authorities = PTN_MANY, .conditions = PTN_PROVISO_NEVER_MANUAL } },
                           1 },
    [PTN_ACTION_REMOVE] = { "remove", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_VOID] = { "void", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_CLEAR] = { "clear", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_RULES] = { "rules", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_STAFF] = { "staff", true, { { .personnel = 1 }, BY_AUTHORITIES(PTN_MANY) }, 2 },
    [PTN_ACTION_RELEASE] = { "release", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_ERASE] = { "erase",
                           true,
                           { { .authorities = PTN_MANY, .conditions = PTN_PROVISO_WAITED } },
                           1 },
    [PTN_ACTION_CLOSE] = { "close", true, { BY_AUTHORITIES(PTN_MANY) }, 1 },
    [PTN_ACTION_ADVANCE] = { "advance",
                             true,
                             { { .authorities = PTN_MANY, .conditions = PTN_PROVISO_STEADY },
                               { .duties = 1,
                                 .supervisor = true,
                                 .conditions = PTN_PROVISO_STEADY } },
                             2 },
};

static const struct ptn_ruling yes = { PTN_ANSWER_YES, "yes", "It is authorised.",
                                       "Është i autorizuar." };
static const struct ptn_ruling no_hand = { PTN_ANSWER_NO, "not-theirs",
                                           "Nobody who may do this has signed it.",
                                           "Nuk e ka nënshkruar askush që ka të drejtë." };
static const struct ptn_ruling too_few = { PTN_ANSWER_NOT_YET, "signatures",
                                           "More signatures are needed.",
                                           "Duhen edhe nënshkrime." };
static const struct ptn_ruling expired = {
    PTN_ANSWER_NO, "roster-expired", "The roster has expired: it tightens and loosens nothing.",
    "Lista e të besuarve ka skaduar: shtrëngon, por nuk liron asgjë."
};
static const struct ptn_ruling too_late = { PTN_ANSWER_NO, "too-late",
                                            "It came after the time up to which it held.",
                                            "Erdhi pas kohës deri kur vlente." };
static const struct ptn_ruling too_early = { PTN_ANSWER_NOT_YET, "too-early",
                                             "It is dated more than a day ahead.",
                                             "Mban datë më shumë se një ditë përpara." };

/* What is said when a condition is missing, in the order in which people can help it. */
static const struct {
    unsigned condition;
    struct ptn_ruling verdict;
} missing[] = {
    { PTN_PROVISO_SERIALS,
      { PTN_ANSWER_NOT_YET, "serials", "Not every sheet's serial is accounted for.",
        "Jo çdo numër serial i fletëve është i llogaritur." } },
    { PTN_PROVISO_GATE,
      { PTN_ANSWER_NOT_YET, "gate", "The gate is not open: something it asks for is missing.",
        "Porta nuk është e hapur: mungon diçka që ajo kërkon." } },
    { PTN_PROVISO_NEVER_MANUAL,
      { PTN_ANSWER_NO, "was-manual", "The post has worked on paper since: it must be restored.",
        "Pika ka punuar me letër ndërkohë: duhet rikthyer." } },
    { PTN_PROVISO_WAITED,
      { PTN_ANSWER_NOT_YET, "72-hours", "It comes into force 72 hours after the keepers saw it.",
        "Hyn në fuqi 72 orë pasi e panë ruajtësit." } },
    { PTN_PROVISO_BRIEF,
      { PTN_ANSWER_NO, "over-30-minutes",
        "It has been down for over 30 minutes: a duty key is "
        "needed.",
        "Ka mbi 30 minuta jashtë: duhet një çelës roje." } },
    { PTN_PROVISO_ALONE,
      { PTN_ANSWER_NO, "an-order-stands", "An order stands.", "Një urdhër është në fuqi." } },
    { PTN_PROVISO_STEADY,
      { PTN_ANSWER_NOT_YET, "canary", "The lanes let in before have not run long enough.",
        "Korsitë e para nuk kanë punuar ende mjaft." } },
};

const struct ptn_action_rule *ptn_action_rule(enum ptn_action action)
{
    PTN_PRE(action < PTN_ACTION_COUNT);

    return &rules[action];
}

const char *ptn_action_word(enum ptn_action action)
{
    return ptn_action_rule(action)->word;
}

bool ptn_action_loosens(enum ptn_action action)
{
    return ptn_action_rule(action)->loosens;
}

/* How many authorities a way asks for. Annulling skips the gate, closing is half of it: never fewer
 * than two. */
static unsigned authorities_of(const struct ptn_roster *roster, enum ptn_action action,
                               const struct ptn_action_way *way)
{
    unsigned count = way->authorities == PTN_MANY ? roster->authorities_needed : way->authorities;

    return (action == PTN_ACTION_ANNUL || action == PTN_ACTION_CLOSE) && count < 2 ? 2 : count;
}

/* Has anybody signed whom this way asks for? */
static bool has_begun(const struct ptn_action_way *way, const struct ptn_signers *signers)
{
    return (way->authorities > 0 && signers->authorities > 0) ||
           (way->duties > 0 && signers->duties + signers->authorities > 0) ||
           (way->personnel > 0 && signers->personnel > 0) || (way->centre && signers->centre) ||
           (way->node && signers->node) || (way->supervisor && signers->supervisor) ||
           (way->code && signers->code);
}

static bool has_all_hands(const struct ptn_roster *roster, enum ptn_action action,
                          const struct ptn_action_way *way, const struct ptn_signers *signers)
{
    return signers->authorities >= authorities_of(roster, action, way) &&
           signers->duties + signers->authorities >= way->duties &&
           signers->personnel >= way->personnel && (!way->centre || signers->centre) &&
           (!way->node || signers->node) && (!way->supervisor || signers->supervisor) &&
           (!way->code || signers->code);
}

/* What only people do, and only while what they stand on is current. */
static struct ptn_ruling check_times(const struct ptn_roster *roster, const struct ptn_asked *asked)
{
    if (!ptn_roster_is_current(roster, ptn_instant_date(asked->seen_ms)))
        return expired;
    if (asked->seen_ms > asked->until_ms)
        return too_late;
    if (asked->given_ms > asked->seen_ms && asked->given_ms - asked->seen_ms > FUTURE_MS)
        return too_early;
    return yes;
}

/* This way's answer. A node's own step back asks nothing of the roster. */
static struct ptn_ruling try_way(const struct ptn_roster *roster, const struct ptn_asked *asked,
                                 const struct ptn_action_way *way)
{
    unsigned lacks = way->conditions & ~asked->conditions;

    if (!has_begun(way, &asked->signers))
        return no_hand;
    if (ptn_action_loosens(asked->action) && !way->node) {
        struct ptn_ruling times = check_times(roster, asked);

        if (times.answer != PTN_ANSWER_YES)
            return times;
    }
    if (!has_all_hands(roster, asked->action, way, &asked->signers))
        return too_few;
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
        if ((lacks & missing[i].condition) != 0)
            return missing[i].verdict;
    return yes;
}

struct ptn_ruling ptn_authorise(const struct ptn_roster *roster, const struct ptn_asked *asked)
{
    const struct ptn_action_rule *rule = ptn_action_rule(asked->action);
    struct ptn_ruling best = no_hand;

    for (size_t i = 0; i < rule->way_count; i++) {
        struct ptn_ruling verdict = try_way(roster, asked, &rule->ways[i]);

        if (verdict.answer > best.answer ||
            (verdict.answer == best.answer && best.word == no_hand.word))
            best = verdict;
    }
    return best;
}

/* ---- who signed ---- */

static bool is_revoked(const struct ptn_vkey *key, const uint8_t (*revoked)[PTN_PUBLIC_KEY_LEN],
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(key->public_key, revoked[i], PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

struct ptn_status ptn_key_signed(const struct ptn_note *note, const struct ptn_vkey *key,
                                 bool *ret_signed, struct ptn_diag *reterr)
{
    size_t good = 0;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_note_verify(note, key, 1, &good, &diag);

    /* CORRUPT has two meanings there: at offset 0 the key did not sign, elsewhere it signed
     * wrongly.
     */
    if (!ptn_ok(status) && (status.code != PTN_C_CORRUPT || diag.offset != 0))
        return ptn_fail(status.code, reterr, diag.offset, diag.text);
    *ret_signed = ptn_ok(status);
    return PTN_OK;
}

/* How many of these keys signed and are not revoked. */
static struct ptn_status count_keys(const struct ptn_note *note, const struct ptn_vkey *keys,
                                    size_t key_count, const uint8_t (*revoked)[PTN_PUBLIC_KEY_LEN],
                                    size_t revoked_count, unsigned *ret_count,
                                    struct ptn_diag *reterr)
{
    unsigned count = 0;

    for (size_t i = 0; i < key_count; i++) {
        bool has_signed = false;
        struct ptn_status status = ptn_key_signed(note, &keys[i], &has_signed, reterr);

        if (!ptn_ok(status))
            return status;
        if (has_signed && !is_revoked(&keys[i], revoked, revoked_count))
            count++;
    }
    *ret_count = count;
    return PTN_OK;
}

struct ptn_status ptn_signers_of(const struct ptn_roster *roster, const struct ptn_note *note,
                                 const uint8_t (*revoked)[PTN_PUBLIC_KEY_LEN], size_t revoked_count,
                                 struct ptn_signers *ret_signers, struct ptn_diag *reterr)
{
    struct ptn_signers signers = { 0 };
    struct ptn_status status = count_keys(note, roster->authorities, roster->authority_count,
                                          revoked, revoked_count, &signers.authorities, reterr);

    if (ptn_ok(status))
        status = count_keys(note, roster->duties, roster->duty_count, revoked, revoked_count,
                            &signers.duties, reterr);
    if (ptn_ok(status))
        status = count_keys(note, roster->personnel, roster->personnel_count, revoked,
                            revoked_count, &signers.personnel, reterr);
    if (ptn_ok(status))
        *ret_signers = signers;
    return status;
}
