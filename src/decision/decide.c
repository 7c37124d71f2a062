/*
 * decision/decide.c -- see decide.h; every reason is in docs/DECISIONS.md.
 *
 * Each function below looks at one side of the check and adds reasons to the draft; none takes one
 * away or looks at what another has added, which is what makes DECIDE-2 hold.
 */
#include "decision/decide.h"

#include <stdio.h>

#include "decision/conditions.h"
#include "decision/reasons_int.h"
#include "decision/rules.h"
#include "document/chip.h"
#include "record/person.h"
#include "reference/state.h"
#include "watch/screen.h"

#define ADULT_YEARS 18u

/* Where no row says otherwise. */
static const struct ptn_stay_limit usual_limit = { .days = 90, .window_days = 180 };

/* A name alone rarely names one person: what a list asks for is done at the first line only when
 * more agrees. */
#define SCORE_SURE 9000u

/*
 * From which score a name counts: alone, with a birth date that agrees to a year or a span, and to
 * the day. Found by counting (docs/DECISIONS.md): together they stop fewer than one in a thousand
 * travellers of whom nobody is listed.
 */
#define SCORE_ALONE  9000u
#define SCORE_PERIOD 8500u
#define SCORE_DAY    7000u

/* ---- who and what ---- */

static bool is_own_national(const struct ptn_check *check)
{
    const char *nationality = check->person->nationality;

    return nationality[0] != '\0' &&
           strcmp(ptn_state_canonical(nationality), ptn_state_canonical(check->own_state)) == 0;
}

static bool is_own_issuer(const struct ptn_check *check, const char *issuer)
{
    return issuer[0] == '\0' ||
           strcmp(ptn_state_canonical(issuer), ptn_state_canonical(check->own_state)) == 0;
}

static bool is_specimen(const char *code)
{
    const struct ptn_state *state = ptn_state_find(code);

    return state != NULL && state->kind == PTN_STATE_SPECIMEN;
}

/* ---- orders to leave and bans on entry ---- */

static void order_facts(struct draft *draft, const struct ptn_check_order *order)
{
    ptn_reasons_fact(draft, "reference", order->reference);
    ptn_reasons_fact_date(draft, "issued", order->issued);
    ptn_reasons_fact_date(draft, "leave_by", order->leave_by);
    ptn_reasons_fact_date(draft, "banned_until", order->banned_until);
    ptn_reasons_fact(draft, "crossing_points", order->points);
}

/* Nobody's bag is opened and nobody waits: whoever was sent by another State has somebody to call.
 */
static void check_protocol(struct draft *draft, const struct ptn_check_order *order)
{
    if (!order->protocol)
        return;
    (void)ptn_reasons_reason(draft, REASON_ORDER_PROTOCOL);
    ptn_reasons_fact(draft, "reference", order->reference);
    ptn_reasons_fact(draft, "liaison", order->liaison);
}

/* Leaving is what the order asks for: nobody is held for it, late or not. */
static void check_order_at_exit(struct draft *draft, const struct ptn_check_order *order)
{
    bool late = !ptn_date_is_none(order->leave_by) &&
                ptn_date_compare(order->leave_by, draft->check->today) < 0;

    if (order->departed)
        return;
    (void)ptn_reasons_reason(draft, REASON_ORDER_LEAVING);
    order_facts(draft, order);
    ptn_reasons_fact(draft, "late", late ? PTN_BYTES_LITERAL("yes") : PTN_BYTES_LITERAL("no"));
    draft->actions |= PTN_ACTION_RECORD;
}

static void check_orders(struct draft *draft)
{
    const struct ptn_check *check = draft->check;

    for (size_t i = 0; i < check->order_count; i++) {
        const struct ptn_check_order *order = &check->orders[i];

        check_protocol(draft, order);
        if (check->direction == PTN_STAY_EXIT) {
            check_order_at_exit(draft, order);
            continue;
        }
        if (!ptn_date_is_none(order->banned_until) &&
            ptn_date_compare(check->today, order->banned_until) <= 0) {
            (void)ptn_reasons_reason(draft, REASON_ORDER_BANNED);
            order_facts(draft, order);
        }
        if (order->departed)
            continue;
        if (!ptn_date_is_none(order->leave_by) &&
            ptn_date_compare(order->leave_by, check->today) < 0)
            (void)ptn_reasons_reason(draft, REASON_ORDER_OVERDUE);
        else
            (void)ptn_reasons_reason(draft, REASON_ORDER_OPEN);
        order_facts(draft, order);
    }
}

/* ---- the document ---- */

static void check_specimen(struct draft *draft)
{
    const struct ptn_person *person = draft->check->person;
    bool issuer = is_specimen(person->document.issuer);

    if (draft->check->demonstration || (!issuer && !is_specimen(person->nationality)))
        return;
    (void)ptn_reasons_reason(draft, REASON_DOCUMENT_SPECIMEN);
    ptn_reasons_fact(draft, "code",
                     ptn_bytes_from_text(issuer ? person->document.issuer : person->nationality));
}

static void check_status(struct draft *draft)
{
    switch (draft->check->document_status) {
    case PTN_CHECK_DOCUMENT_STOLEN:
        (void)ptn_reasons_reason(draft, REASON_DOCUMENT_STOLEN);
        break;
    case PTN_CHECK_DOCUMENT_WITHDRAWN:
        (void)ptn_reasons_reason(draft, REASON_DOCUMENT_WITHDRAWN);
        break;
    case PTN_CHECK_DOCUMENT_LOST:
        (void)ptn_reasons_reason(draft, REASON_DOCUMENT_LOST);
        break;
    case PTN_CHECK_DOCUMENT_NOT_KNOWN:
    case PTN_CHECK_DOCUMENT_IN_ORDER:
        return;
    }
    ptn_reasons_fact(draft, "number", draft->check->person->document.number);
    ptn_reasons_fact(draft, "issuer", ptn_bytes_from_text(draft->check->person->document.issuer));
}

static void check_mrz(struct draft *draft)
{
    const struct ptn_check *check = draft->check;

    if (check->mrz != PTN_CHECK_MRZ_INVALID)
        return;
    (void)ptn_reasons_reason(draft, REASON_DOCUMENT_MRZ);
    for (size_t i = 0; i < check->mrz_problem_count && i < DRAFT_FACT_MAX; i++)
        ptn_reasons_fact(draft, "problem", check->mrz_problems[i]);
}

/* CHIP-1: a good chip takes nothing away, so that a false authority could only keep silent. */
static void check_chip(struct draft *draft)
{
    static const enum reason_id ids[PTN_CHIP_FINDING_COUNT] = {
        [PTN_CHIP_GENUINE] = REASON_CHIP_GENUINE,
        [PTN_CHIP_NOT_HELD] = REASON_CHIP_NOT_HELD,
        [PTN_CHIP_SIGNER_EXPIRED] = REASON_CHIP_EXPIRED,
        [PTN_CHIP_SIGNER_UNKNOWN] = REASON_CHIP_UNKNOWN,
        [PTN_CHIP_SIGNER_OTHER] = REASON_CHIP_OTHER,
        [PTN_CHIP_SIGNER_REVOKED] = REASON_CHIP_REVOKED,
        [PTN_CHIP_ALTERED] = REASON_CHIP_ALTERED,
        [PTN_CHIP_UNREADABLE] = REASON_CHIP_UNREADABLE,
    };
    const struct ptn_chip_answer *chip = draft->check->chip;

    if (chip == NULL && draft->check->chip_refused)
        (void)ptn_reasons_reason(draft, REASON_CHIP_REFUSED);
    if (chip == NULL)
        return;
    (void)ptn_reasons_reason(draft, ids[chip->finding]);
    ptn_reasons_fact(draft, "signed_by", ptn_bytes_from_text(chip->state));
    ptn_reasons_fact_date(draft, "signer_until", chip->until);
    if (draft->check->chip_copied)
        (void)ptn_reasons_reason(draft, REASON_CHIP_COPIED);
    if (draft->check->chip_differs)
        (void)ptn_reasons_reason(draft, REASON_CHIP_DIFFERS);
}

static void check_code(struct draft *draft, const char *key, const char *code)
{
    struct ptn_bytes text = ptn_bytes_from_text(code);

    if (text.len == 0 || ptn_state_find_bytes(text) != NULL)
        return;
    (void)ptn_reasons_reason(draft, REASON_DOCUMENT_CODE);
    ptn_reasons_fact(draft, key, text);
}

/* The expiry day itself is still valid. A date without its day counts to the end of what it says.
 */
static void check_expiry(struct draft *draft, const struct ptn_condition *row)
{
    const struct ptn_check *check = draft->check;
    struct ptn_date expiry = check->person->document.expiry;
    struct ptn_date last;
    int32_t left;

    if (expiry.year == 0 || !ptn_date_is_possible(expiry)) {
        (void)ptn_reasons_reason(draft, REASON_DOCUMENT_EXPIRY_UNKNOWN);
        return;
    }
    last = ptn_date_last(expiry);
    left = ptn_date_days_between(check->today, last);
    if (left < 0) {
        (void)ptn_reasons_reason(draft, REASON_DOCUMENT_EXPIRED);
        ptn_reasons_fact_date(draft, "expiry", expiry);
        ptn_reasons_fact_number(draft, "days_ago", -(int64_t)left);
    } else if (row != NULL && left < (int32_t)row->margin_days) {
        (void)ptn_reasons_reason(draft, REASON_DOCUMENT_EXPIRES_EARLY);
        ptn_reasons_fact_date(draft, "expiry", expiry);
        ptn_reasons_fact_number(draft, "days_needed", row->margin_days);
    }
}

/* What an own national may show: anything that says who they are and that their own State issued as
 * a travel document or identity card. */
static bool own_document_accepted(enum ptn_document_kind kind)
{
    switch (kind) {
    case PTN_DOCUMENT_PASSPORT:
    case PTN_DOCUMENT_DIPLOMATIC_PASSPORT:
    case PTN_DOCUMENT_SERVICE_PASSPORT:
    case PTN_DOCUMENT_EMERGENCY:
    case PTN_DOCUMENT_ID_CARD:
    case PTN_DOCUMENT_CREW:
    case PTN_DOCUMENT_SEAFARER:
    case PTN_DOCUMENT_LAISSEZ_PASSER:
        return true;
    case PTN_DOCUMENT_UNKNOWN:
    case PTN_DOCUMENT_REFUGEE:
    case PTN_DOCUMENT_ALIEN:
    case PTN_DOCUMENT_STATELESS:
    case PTN_DOCUMENT_RESIDENCE_PERMIT:
    case PTN_DOCUMENT_VISA:
    case PTN_DOCUMENT_OTHER:
        break;
    }
    return false;
}

static void not_accepted(struct draft *draft)
{
    const struct ptn_person *person = draft->check->person;

    (void)ptn_reasons_reason(draft, REASON_DOCUMENT_NOT_ACCEPTED);
    ptn_reasons_fact(draft, "document",
                     ptn_bytes_from_text(ptn_document_kind_word(person->document.kind)));
    ptn_reasons_fact(draft, "nationality", ptn_bytes_from_text(person->nationality));
}

static void check_document(struct draft *draft, const struct ptn_condition *row)
{
    const struct ptn_person *person = draft->check->person;

    check_specimen(draft);
    check_status(draft);
    check_mrz(draft);
    check_chip(draft);
    check_code(draft, "issuer", person->document.issuer);
    check_code(draft, "nationality", person->nationality);
    check_expiry(draft, row);
    if (draft->own && !own_document_accepted(person->document.kind))
        not_accepted(draft);
}

/* ---- who it is ---- */

static void check_identity(struct draft *draft)
{
    const struct ptn_person *person = draft->check->person;
    bool nameless = person->surname.len + person->given.len + person->name.len == 0;
    const char *missing = nameless                           ? "name"
                          : person->nationality[0] == '\0'   ? "nationality"
                          : person->birth.year == 0          ? "birth"
                          : person->document.number.len == 0 ? "number"
                                                             : NULL;

    if (missing != NULL) {
        (void)ptn_reasons_reason(draft, REASON_IDENTITY_INCOMPLETE);
        ptn_reasons_fact(draft, "missing", ptn_bytes_from_text(missing));
    }
    if (person->birth.year != 0 &&
        (!ptn_date_is_possible(person->birth) ||
         ptn_date_compare(ptn_date_first(person->birth), draft->check->today) > 0)) {
        (void)ptn_reasons_reason(draft, REASON_IDENTITY_BIRTH);
        ptn_reasons_fact_date(draft, "birth", person->birth);
    }
}

/* ---- visas and permits ---- */

/* Why a visa or permit does not serve; NULL when it does. A literal. */
static const char *permit_fault(const struct ptn_check *check,
                                const struct ptn_check_permit *permit)
{
    bool residence = permit->kind == PTN_CHECK_PERMIT_RESIDENCE;

    if (permit->withdrawn)
        return "withdrawn";
    if (!ptn_date_is_none(permit->valid_until) &&
        ptn_date_compare(permit->valid_until, check->today) < 0)
        return "expired";
    if (!ptn_date_is_none(permit->valid_from) &&
        ptn_date_compare(check->today, permit->valid_from) < 0)
        return "not-yet-valid";
    if (permit->entries != 0 && permit->entries_used >= permit->entries)
        return "entries-used";
    if (is_own_issuer(check, permit->issuer))
        return NULL;
    if (check->conditions == NULL ||
        !ptn_conditions_stands_in(check->conditions, permit->issuer, residence, check->today))
        return "issuer-not-accepted";
    if (!residence && permit->entries != 0)
        return "not-for-several-entries";
    return residence || permit->used_before ? NULL : "not-used-before";
}

static bool exempts(const struct ptn_check *check, const struct ptn_check_permit *permit)
{
    return (permit->kind == PTN_CHECK_PERMIT_RESIDENCE ||
            permit->kind == PTN_CHECK_PERMIT_LONG_VISA) &&
           is_own_issuer(check, permit->issuer) && permit_fault(check, permit) == NULL;
}

bool ptn_decide_exempts(const struct ptn_check *check)
{
    for (size_t i = 0; i < check->permit_count; i++)
        if (exempts(check, &check->permits[i]))
            return true;
    return false;
}

/* One that serves and that nobody showed: the officer is told what the advice rests on. */
static void say_on_record(struct draft *draft, const struct ptn_check_permit *permit)
{
    static const char *const kinds[] = {
        [PTN_CHECK_PERMIT_SHORT_VISA] = "short-visa",
        [PTN_CHECK_PERMIT_LONG_VISA] = "long-visa",
        [PTN_CHECK_PERMIT_RESIDENCE] = "residence",
        [PTN_CHECK_PERMIT_TRANSIT_VISA] = "transit-visa",
    };

    (void)ptn_reasons_reason(draft, REASON_CONDITIONS_PERMIT_ON_RECORD);
    ptn_reasons_fact(draft, "permit", ptn_bytes_from_text(kinds[permit->kind]));
    ptn_reasons_fact(draft, "number", permit->number);
    ptn_reasons_fact_date(draft, "valid_until", permit->valid_until);
}

static void check_visa(struct draft *draft)
{
    const struct ptn_check *check = draft->check;

    for (size_t i = 0; i < check->permit_count; i++)
        if (permit_fault(check, &check->permits[i]) == NULL) {
            if (check->permits[i].on_record)
                say_on_record(draft, &check->permits[i]);
            return;
        }
    if (check->permit_count == 0) {
        (void)ptn_reasons_reason(draft, REASON_CONDITIONS_VISA_MISSING);
        ptn_reasons_fact(draft, "nationality", ptn_bytes_from_text(check->person->nationality));
        return;
    }
    (void)ptn_reasons_reason(draft, REASON_CONDITIONS_VISA_NOT_VALID);
    ptn_reasons_fact(draft, "why", ptn_bytes_from_text(permit_fault(check, &check->permits[0])));
    ptn_reasons_fact_date(draft, "valid_from", check->permits[0].valid_from);
    ptn_reasons_fact_date(draft, "valid_until", check->permits[0].valid_until);
    ptn_reasons_fact(draft, "issuer", ptn_bytes_from_text(check->permits[0].issuer));
}

static const struct ptn_condition *find_condition(const struct ptn_check *check)
{
    if (check->conditions == NULL)
        return NULL;
    return ptn_conditions_find(check->conditions, check->person->nationality,
                               check->person->document.kind, check->today);
}

/* Of a visitor who comes in. Who leaves needs no leave to do so. */
static void check_conditions(struct draft *draft, const struct ptn_condition *row)
{
    const struct ptn_check *check = draft->check;

    if (draft->own || check->direction == PTN_STAY_EXIT)
        return;
    if (check->conditions == NULL) {
        (void)ptn_reasons_reason(draft, REASON_CONDITIONS_NONE);
        return;
    }
    if (row == NULL)
        not_accepted(draft);
    else if (row->visa_needed)
        check_visa(draft);
}

/* ---- days of stay ---- */

/* STAYS-3: what is published of the country's crossings only ever makes it worse. */
static struct ptn_status count_country(const struct ptn_check *check, struct ptn_stay_limit limit,
                                       struct ptn_stay *stay, struct ptn_diag *reterr)
{
    const struct ptn_check_country *country = check->country;
    struct ptn_stay joined = { 0 };
    struct ptn_status status =
        ptn_stays_count(&country->history, limit, check->direction, check->today, &joined, reterr);

    if (!ptn_ok(status))
        return status;
    stay->country = (struct ptn_stay_country){
        .known = true,
        .here = stay->used,
        .used = joined.used,
        .over_days = joined.over_days,
        .elsewhere = country->elsewhere,
        .since = country->history.known_since,
        .until_ms = country->until_ms,
        .age_s = country->age_s,
    };
    ptn_stays_worse(stay, &joined, check->direction);
    return PTN_OK;
}

/* Where one history has paper days as gaps beside its own. */
struct papered {
    struct ptn_stay_history history;
    struct ptn_stay_period gaps[PTN_CHECK_PAPER_MAX + PTN_CHECK_GAPS_MAX];
};

static struct ptn_stay with_paper(const struct ptn_check *check,
                                  const struct ptn_stay_history *history,
                                  struct ptn_stay_limit limit, size_t paper_count)
{
    struct papered papered = { .history = *history };
    struct ptn_stay stay = { 0 };

    if (history->gap_count > PTN_CHECK_GAPS_MAX)
        return stay;
    if (history->gap_count > 0)
        memcpy(papered.gaps, history->gaps, history->gap_count * sizeof(*history->gaps));
    memcpy(papered.gaps + history->gap_count, check->paper, paper_count * sizeof(*check->paper));
    papered.history.gaps = papered.gaps;
    papered.history.gap_count = history->gap_count + paper_count;
    (void)ptn_ok(
        ptn_stays_count(&papered.history, limit, check->direction, check->today, &stay, NULL));
    return stay;
}

/* The first and last of the paper days from the entry of this stay on. False: there are none. */
static bool paper_within(const struct ptn_check *check, const struct ptn_stay *stay,
                         struct ptn_stay_period *ret_paper)
{
    bool any = false;

    for (size_t i = 0; i < check->paper_count && !ptn_date_is_none(stay->entered); i++) {
        const struct ptn_stay_period *paper = &check->paper[i];

        if (ptn_date_compare(paper->last, stay->entered) < 0 ||
            ptn_date_compare(paper->first, check->today) > 0)
            continue;
        if (!any)
            ret_paper->first = paper->first;
        ret_paper->last = paper->last;
        any = true;
    }
    return any;
}

/*
 * PAPER-6: who crossed on a sheet that is not keyed yet is no overstayer by it. The reason stays,
 * in words that say what is not known: whoever can write paper days -- a centre's online key --
 * takes none away (STAYS-3, PUBLISH-1). Where the country's crossings are known they must leave it
 * open; else any paper day within the stay does, since the way back may have been at another post.
 */
static void doubt_paper(const struct ptn_check *check, struct ptn_stay_limit limit,
                        struct ptn_stay *stay)
{
    const size_t count =
        check->paper_count < PTN_CHECK_PAPER_MAX ? check->paper_count : PTN_CHECK_PAPER_MAX;
    struct ptn_stay_period paper;
    struct ptn_stay open;

    if (stay->over_days == 0 || !paper_within(check, stay, &paper))
        return;
    open = with_paper(check, check->country != NULL ? &check->country->history : &check->history,
                      limit, count);
    if (check->country != NULL && (!open.known || open.over_days > 0))
        return;
    stay->perhaps_over = stay->over_days;
    stay->over_days = 0;
    stay->paper = paper;
    if (open.known && open.unknown_days > stay->unknown_days)
        stay->unknown_days = open.unknown_days;
}

struct ptn_status ptn_decide_stay(const struct ptn_check *check, bool *ret_applies,
                                  struct ptn_stay *ret_stay, struct ptn_diag *reterr)
{
    const struct ptn_condition *row = find_condition(check);
    struct ptn_stay_limit limit = usual_limit;
    struct ptn_stay stay = { 0 };
    struct ptn_status status;

    if (row == NULL && check->conditions != NULL)
        row = ptn_conditions_find(check->conditions, check->person->nationality,
                                  PTN_DOCUMENT_PASSPORT, check->today);
    if (row != NULL)
        limit = (struct ptn_stay_limit){ row->days, row->window_days };
    *ret_applies = !is_own_national(check) && limit.days != 0 && !ptn_decide_exempts(check);
    if (limit.days == 0)
        limit = usual_limit;
    /* Counted in any case, so that bad input is refused the same way for everyone. */
    status = ptn_stays_count(&check->history, limit, check->direction, check->today, &stay, reterr);
    if (ptn_ok(status) && stay.known && check->country != NULL)
        status = count_country(check, limit, &stay, reterr);
    if (ptn_ok(status))
        doubt_paper(check, limit, &stay);
    if (ptn_ok(status))
        *ret_stay = *ret_applies ? stay : (struct ptn_stay){ 0 };
    return status;
}

/* A short-stay visa can allow less than the window does: the last day is the earlier of the two. */
static void narrow_to_visa(const struct ptn_check *check, struct ptn_stay *stay)
{
    for (size_t i = 0; i < check->permit_count; i++) {
        const struct ptn_check_permit *permit = &check->permits[i];
        struct ptn_date last = permit->valid_until;

        if (!stay->known || ptn_date_is_none(stay->leave_by) ||
            permit->kind == PTN_CHECK_PERMIT_RESIDENCE || !is_own_issuer(check, permit->issuer) ||
            permit_fault(check, permit) != NULL)
            continue;
        if (permit->days != 0 && permit->days < stay->left) {
            struct ptn_date by_days =
                ptn_date_from_days(ptn_date_to_days(check->today) + (int32_t)permit->days - 1);

            stay->left = permit->days;
            if (ptn_date_is_none(last) || ptn_date_compare(by_days, last) < 0)
                last = by_days;
        }
        if (!ptn_date_is_none(last) && ptn_date_compare(last, stay->leave_by) < 0)
            stay->leave_by = last;
    }
}

static void stay_facts(struct draft *draft, const struct ptn_stay *stay)
{
    ptn_reasons_fact_number(draft, "used", stay->used);
    ptn_reasons_fact_number(draft, "limit", stay->limit.days);
    ptn_reasons_fact_number(draft, "in_days", stay->limit.window_days);
    ptn_reasons_fact_date(draft, "known_since", stay->known_since);
    if (!stay->country.known)
        return;
    ptn_reasons_fact_number(draft, "used_here", stay->country.here);
    ptn_reasons_fact_number(draft, "used_country", stay->country.used);
    ptn_reasons_fact_number(draft, "elsewhere", stay->country.elsewhere);
    ptn_reasons_fact_date(draft, "country_since", stay->country.since);
    ptn_reasons_fact_number(draft, "country_age_h", stay->country.age_s / 3600);
}

static void check_stay(struct draft *draft, const struct ptn_stay *stay)
{
    if (!stay->known) {
        (void)ptn_reasons_reason(draft, REASON_STAY_NO_HISTORY);
        return;
    }
    if (draft->check->direction == PTN_STAY_ENTRY && ptn_date_is_none(stay->leave_by)) {
        (void)ptn_reasons_reason(draft, REASON_STAY_USED_UP);
        ptn_reasons_fact_date(draft, "enter_from", stay->enter_from);
        stay_facts(draft, stay);
    }
    if (stay->over_days > 0) {
        (void)ptn_reasons_reason(draft, REASON_STAY_OVER);
        ptn_reasons_fact_date(draft, "leave_by", stay->leave_by);
        ptn_reasons_fact_number(draft, "over_days", stay->over_days);
        stay_facts(draft, stay);
    }
    if (stay->perhaps_over > 0) {
        (void)ptn_reasons_reason(draft, REASON_STAY_PAPER);
        ptn_reasons_fact_date(draft, "paper_from", stay->paper.first);
        ptn_reasons_fact_date(draft, "paper_until", stay->paper.last);
        ptn_reasons_fact_date(draft, "leave_by", stay->leave_by);
        ptn_reasons_fact_number(draft, "perhaps_over", stay->perhaps_over);
        stay_facts(draft, stay);
        return; /* what is not known has been said */
    }
    /* that the records begin late is so for everybody, and stands beside the days themselves */
    if (stay->unmatched == 0 && stay->unknown_days == stay->unseen_days)
        return;
    (void)ptn_reasons_reason(draft, REASON_STAY_NOT_KNOWN);
    ptn_reasons_fact_number(draft, "unmatched", stay->unmatched);
    ptn_reasons_fact_number(draft, "unknown_days", stay->unknown_days);
    stay_facts(draft, stay);
}

/* ---- children ---- */

/* The latest day a birth can have been, today at most. */
static struct ptn_date latest_birth(struct ptn_date birth, struct ptn_date today)
{
    struct ptn_date latest = ptn_date_last(birth);

    return ptn_date_compare(latest, today) > 0 ? today : latest;
}

enum ptn_decide_age ptn_decide_age(struct ptn_date birth, struct ptn_date today)
{
    if (birth.year == 0 || !ptn_date_is_possible(birth))
        return PTN_DECIDE_AGE_UNKNOWN;
    return ptn_date_years_between(latest_birth(birth, today), today) >= ADULT_YEARS
               ? PTN_DECIDE_ADULT
               : PTN_DECIDE_MINOR;
}

static void check_minor(struct draft *draft)
{
    const struct ptn_check *check = draft->check;
    struct ptn_date birth = check->person->birth;
    struct ptn_date latest;

    if (ptn_decide_age(birth, check->today) != PTN_DECIDE_MINOR)
        return;
    latest = latest_birth(birth, check->today);
    if (check->party.known && check->party.adults > 0)
        return;
    (void)ptn_reasons_reason(draft,
                             check->party.known ? REASON_MINOR_ALONE : REASON_MINOR_PARTY_UNKNOWN);
    ptn_reasons_fact_number(draft, "age", ptn_date_years_between(latest, check->today));
    ptn_reasons_fact_date(draft, "birth", birth);
    if (check->party.known) {
        ptn_reasons_fact_number(draft, "children", check->party.children);
        ptn_reasons_fact(draft, "consent",
                         check->party.consent ? PTN_BYTES_LITERAL("shown")
                                              : PTN_BYTES_LITERAL("not-shown"));
    }
}

/* ---- matches ---- */

static const struct ptn_list_effect *effect_of(const struct ptn_match *match,
                                               enum ptn_stay_move direction)
{
    return direction == PTN_STAY_ENTRY ? &match->on_entry : &match->on_exit;
}

bool ptn_match_is_discreet(const struct ptn_match *match, enum ptn_stay_move direction)
{
    return effect_of(match, direction)->action == PTN_LIST_ACTION_DISCREET;
}

/* The reason a list's action leads to; REASON_COUNT for none. */
static enum reason_id reason_of(enum ptn_list_action action)
{
    switch (action) {
    case PTN_LIST_ACTION_INFORM:
        return REASON_MATCH_INFORM;
    case PTN_LIST_ACTION_DISCREET:
        return REASON_MATCH_DISCREET;
    case PTN_LIST_ACTION_INQUIRY:
        return REASON_MATCH_INQUIRY;
    case PTN_LIST_ACTION_SPECIFIC:
        return REASON_MATCH_SPECIFIC;
    case PTN_LIST_ACTION_REFER:
        return REASON_MATCH_REFER;
    case PTN_LIST_ACTION_BAN:
        return REASON_MATCH_BAN;
    case PTN_LIST_ACTION_REFUSE:
        return REASON_MATCH_REFUSE;
    case PTN_LIST_ACTION_ARREST:
        return REASON_MATCH_ARREST;
    case PTN_LIST_ACTION_PROTECT:
        return REASON_MATCH_PROTECT;
    case PTN_LIST_ACTION_SEIZE:
        return REASON_MATCH_SEIZE;
    case PTN_LIST_ACTION_NONE:
    case PTN_LIST_ACTION_OFF:
    case PTN_LIST_ACTION_COUNT:
        break;
    }
    return REASON_COUNT;
}

/* A name that only resembles, with nothing to bear it out, is no reason to hold anybody. */
bool ptn_match_counts(const struct ptn_match *match)
{
    unsigned needed = match->birth_day      ? SCORE_DAY
                      : match->corroborated ? SCORE_PERIOD
                                            : SCORE_ALONE;

    return match->basis != PTN_MATCH_NAME || match->score >= needed;
}

/* A ban, a refusal or a seizure calls the supervisor once it is sure enough who or what this is. */
static bool calls_supervisor(const struct draft *draft, const struct ptn_match *match,
                             enum ptn_list_action action)
{
    bool sure = match->basis == PTN_MATCH_NAME
                    ? match->corroborated && match->score >= SCORE_SURE
                    : match->basis != PTN_MATCH_PLATE || match->score == PTN_SCREEN_SCORE_MAX;

    if (draft->own && match->own_nationals_exempt)
        return false;
    return sure && (action == PTN_LIST_ACTION_BAN || action == PTN_LIST_ACTION_REFUSE ||
                    action == PTN_LIST_ACTION_SEIZE);
}

static int64_t list_age_s(const struct ptn_check *check, struct ptn_bytes list)
{
    for (size_t i = 0; i < check->list_count; i++)
        if (ptn_bytes_equal(check->lists[i].list, list))
            return check->lists[i].age_s;
    return -1;
}

static void match_facts(struct draft *draft, const struct ptn_match *match)
{
    int64_t age_s = list_age_s(draft->check, match->list);
    char score[16];
    char *copy;

    ptn_reasons_fact(draft, "list", match->list);
    ptn_reasons_fact(draft, "entry", match->entry);
    ptn_reasons_fact(draft, "name", match->name);
    (void)snprintf(score, sizeof(score), "%u.%04u", match->score / 10000u, match->score % 10000u);
    copy = draft->failed ? NULL : ptn_arena_text(draft->arena, ptn_bytes_from_text(score));
    draft->failed = copy == NULL;
    ptn_reasons_fact(draft, "score", ptn_bytes_from_text(copy));
    ptn_reasons_fact(draft, "owner", match->owner);
    ptn_reasons_fact(draft, "basis", match->basis_law);
    ptn_reasons_fact(draft, "programme", match->programme);
    ptn_reasons_fact(draft, "edition", match->edition);
    if (age_s >= 0)
        ptn_reasons_fact_number(draft, "age_s", age_s);
    if (draft->own && match->own_nationals_exempt)
        ptn_reasons_fact(draft, "own_national", PTN_BYTES_LITERAL("exempt"));
}

/* WATCH-3. */
static void check_match(struct draft *draft, const struct ptn_match *match)
{
    const struct ptn_list_effect *effect = effect_of(match, draft->check->direction);
    enum reason_id id = reason_of(effect->action);
    struct ptn_reason *reason;

    if (id == REASON_COUNT)
        return;
    reason = ptn_reasons_reason(draft, id);
    if (calls_supervisor(draft, match, effect->action))
        reason->verdict = PTN_VERDICT_STOP;
    reason->text = ptn_reasons_join(draft,
                                    (const struct ptn_bytes[]){
                                        PTN_BYTES_LITERAL("Could be on a list: "),
                                        match->name,
                                        PTN_BYTES_LITERAL(". "),
                                        effect->text,
                                    },
                                    4);
    reason->text_sq = ptn_reasons_join(draft,
                                       (const struct ptn_bytes[]){
                                           PTN_BYTES_LITERAL("Mund të jetë në një listë: "),
                                           match->name,
                                           PTN_BYTES_LITERAL(". "),
                                           effect->text_sq,
                                       },
                                       4);
    match_facts(draft, match);
    if (effect->action == PTN_LIST_ACTION_DISCREET) {
        reason->discreet = true;
        draft->actions |= PTN_ACTION_REPORT;
    }
}

/* Each that counts; those that only resemble are told of together, discreet ones not at all. */
static void check_matches(struct draft *draft)
{
    const struct ptn_check *check = draft->check;
    size_t weak = 0;

    for (size_t i = 0; i < check->match_count; i++) {
        const struct ptn_match *match = &check->matches[i];
        enum ptn_list_action action = effect_of(match, check->direction)->action;

        if (ptn_match_counts(match))
            check_match(draft, match);
        else if (action != PTN_LIST_ACTION_DISCREET && reason_of(action) != REASON_COUNT)
            weak++;
    }
    if (weak > 0) {
        (void)ptn_reasons_reason(draft, REASON_MATCH_WEAK);
        ptn_reasons_fact_number(draft, "names", (int64_t)weak);
    }
}

/* ---- rules ---- */

static void check_outcome(struct draft *draft, const struct ptn_rule_outcome *outcome)
{
    static const enum reason_id ids[] = {
        [PTN_RULE_YES] = REASON_RULE,
        [PTN_RULE_FAILED] = REASON_RULE_FAILED,
        [PTN_RULE_LATE] = REASON_RULE_LATE,
        [PTN_RULE_UNREADABLE] = REASON_RULES_UNREADABLE,
    };
    enum reason_id id = ids[outcome->result];
    struct ptn_reason *reason;

    if (outcome->result == PTN_RULE_NO)
        return;
    reason = ptn_reasons_reason(draft, id);
    if (id == REASON_RULE) {
        reason->rule = ptn_reasons_join(
            draft, (const struct ptn_bytes[]){ PTN_BYTES_LITERAL("rule."), outcome->id }, 2);
        reason->verdict = outcome->verdict;
        reason->text = outcome->text;
        reason->text_sq = outcome->text_sq;
        reason->discreet = outcome->report;
        if (outcome->report)
            draft->actions |= PTN_ACTION_REPORT;
    }
    ptn_reasons_fact(draft, "rule", outcome->id);
    ptn_reasons_fact(draft, "version", outcome->version);
}

/* ---- all of it ---- */

static void check_matches_and_rules(struct draft *draft)
{
    const struct ptn_check *check = draft->check;

    check_matches(draft);
    if (check->more_matches)
        (void)ptn_reasons_reason(draft, REASON_MATCH_MORE);
    for (size_t i = 0; i < check->near_count; i++)
        if (ptn_reasons_reason(draft, REASON_DOCUMENT_NEAR)) {
            ptn_reasons_fact(draft, "list", check->near[i].list);
            ptn_reasons_fact(draft, "number", check->near[i].name);
        }
    for (size_t i = 0; i < check->outcome_count; i++)
        check_outcome(draft, &check->outcomes[i]);
    if (check->register_failed)
        (void)ptn_reasons_reason(draft, REASON_LISTS_REGISTER);
    if (check->lists_damaged)
        (void)ptn_reasons_reason(draft, REASON_LISTS_DAMAGED);
    if (!check->screened)
        (void)ptn_reasons_reason(draft, REASON_LISTS_NONE);
}

static bool is_shore_leave(const struct ptn_check *check)
{
    return check->gangway == PTN_CHECK_SHORE_LEAVE || check->gangway == PTN_CHECK_SHORE_OTHER;
}

/* What a crossing asks of a visitor and a shore leave does not. SHORE-1: nothing else goes by it.
 */
static void check_leave_to_stay(struct draft *draft, const struct ptn_condition *row,
                                const struct ptn_stay *stay)
{
    const struct ptn_check *check = draft->check;

    if (is_shore_leave(check)) {
        (void)ptn_reasons_reason(draft, REASON_CALL_SHORE_LEAVE);
        if (check->gangway == PTN_CHECK_SHORE_OTHER)
            (void)ptn_reasons_reason(draft, REASON_CALL_OTHER_DOCUMENT);
        return;
    }
    if (check->gangway == PTN_CHECK_SHORE_STRANGER)
        (void)ptn_reasons_reason(draft, REASON_CALL_STRANGER);
    check_conditions(draft, row);
    if (stay != NULL)
        check_stay(draft, stay);
}

struct ptn_status ptn_decide(const struct ptn_check *check, struct ptn_arena *arena,
                             struct ptn_advice *ret_advice, struct ptn_diag *reterr)
{
    const struct ptn_condition *row;
    struct ptn_stay stay = { 0 };
    bool stay_applies = false;
    struct ptn_status status;
    struct draft draft;

    PTN_PRE(check != NULL && check->person != NULL);
    PTN_PRE(arena != NULL && ret_advice != NULL);
    if (!ptn_date_is_full(check->today) || !ptn_date_is_possible(check->today))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "today is not a full date");
    status = ptn_decide_stay(check, &stay_applies, &stay, reterr);
    if (!ptn_ok(status))
        return status;
    /* Each order leads to at most three reasons, each match and rule to one, and no built-in reason
     * but the code (issuer, nationality) comes twice. */
    ptn_reasons_begin(&draft, check, arena,
                      REASON_COUNT + 1 + 3 * check->order_count + check->match_count +
                          check->near_count + check->outcome_count);
    draft.own = is_own_national(check);
    row = draft.own ? NULL : find_condition(check);
    check_orders(&draft);
    check_document(&draft,
                   check->direction == PTN_STAY_ENTRY && !is_shore_leave(check) ? row : NULL);
    check_identity(&draft);
    if (stay_applies && check->direction == PTN_STAY_ENTRY)
        narrow_to_visa(check, &stay);
    check_leave_to_stay(&draft, row, stay_applies ? &stay : NULL);
    check_minor(&draft);
    check_matches_and_rules(&draft);
    status = ptn_reasons_end(&draft, ret_advice, reterr);
    if (ptn_ok(status)) {
        ret_advice->stay_applies = stay_applies && !is_shore_leave(check);
        ret_advice->stay = (struct ptn_stay){ 0 };
        if (ret_advice->stay_applies)
            ret_advice->stay = stay;
    }
    return status;
}

struct ptn_status ptn_decide_vehicle(const struct ptn_check *check, struct ptn_arena *arena,
                                     struct ptn_advice *ret_advice, struct ptn_diag *reterr)
{
    struct draft draft;

    PTN_PRE(check != NULL && arena != NULL && ret_advice != NULL);
    ptn_reasons_begin(&draft, check, arena, REASON_COUNT + check->match_count);
    check_matches_and_rules(&draft);
    return ptn_reasons_end(&draft, ret_advice, reterr);
}
