/*
 * node/staff_hold.c -- a node's own staff list, a post's or a centre's: taken or refused, in force,
 * extended on the spot, and who of it is revoked.
 *
 *   none (the file `staff` counts) --taken--> in force --until is over--> run out
 *   run out --two people on the spot--> in force; any --version N + 1--> in force
 *
 * A node that lost what it knew (a spare identity) knows of nobody who was vouched for.
 */
#include "node/staff_int.h"

#include "reference/place.h"
#include "vault/credential.h"

#define SECOND_MS INT64_C(1000)

/* ---- time ---- */

static void lock(struct ptn_staffing *staffing)
{
    staffing->host.lock(staffing->host.context);
}

static void unlock(struct ptn_staffing *staffing)
{
    staffing->host.unlock(staffing->host.context);
}

int64_t ptn_staffing_vouched_ms(const struct ptn_staffing *staffing)
{
    const struct ptn_staff_host *host = &staffing->host;

    return host->world->now_ms(host->world->context) - host->clock_off_s(host->context) * SECOND_MS;
}

/* The roster by which lists are judged now. */
static const struct ptn_roster *roster_of(const struct ptn_staffing *staffing)
{
    return staffing->host.roster(staffing->host.context);
}

static bool has_run_out(const struct ptn_staffing *staffing)
{
    return staffing->has_list && ptn_staffing_vouched_ms(staffing) > staffing->until_ms;
}

/* ---- looking ---- */

static struct ptn_staff_member *find(const struct ptn_staffing *staffing, struct ptn_bytes user)
{
    const struct ptn_staff_table *table = &staffing->table;

    for (size_t i = 0; i < table->count; i++)
        if (ptn_bytes_is(user, table->members[i].officer.user))
            return &table->members[i];
    return NULL;
}

/* Not revoked, and today is one of their days. */
static bool may_today(const struct ptn_staffing *staffing, const struct ptn_staff_member *member)
{
    const struct ptn_date today = ptn_place_local_date(ptn_staffing_vouched_ms(staffing));

    return !member->revoked &&
           (ptn_date_is_none(member->from) || ptn_date_compare(member->from, today) <= 0) &&
           (ptn_date_is_none(member->until) || ptn_date_compare(today, member->until) <= 0);
}

bool ptn_staffing_find(struct ptn_staffing *staffing, struct ptn_bytes user,
                       struct ptn_officer *ret_officer)
{
    const struct ptn_staff_member *found;

    lock(staffing);
    found = find(staffing, user);
    if (found != NULL)
        *ret_officer = found->officer;
    unlock(staffing);
    return found != NULL;
}

bool ptn_staffing_knows(struct ptn_staffing *staffing, struct ptn_bytes user)
{
    bool known;

    lock(staffing);
    known = find(staffing, user) != NULL;
    unlock(staffing);
    return known;
}

/* ---- a key, where they have one ---- */

/* Somebody vouched for them here, not long ago; not in a time to come, as a clock that was ahead
 * then makes it. Under the lock. */
static bool is_vouched(const struct ptn_staffing *staffing, struct ptn_bytes user)
{
    for (size_t i = 0; user.len > 0 && i < PTN_STAFF_VOUCHED_MAX; i++)
        if (ptn_bytes_is(user, staffing->vouched[i].user)) {
            int64_t left_ms = staffing->vouched[i].until_ms - ptn_staffing_vouched_ms(staffing);

            return left_ms >= 0 && left_ms <= PTN_STAFF_VOUCHED_S * SECOND_MS;
        }
    return false;
}

static bool touched_one(const struct ptn_staff_touch *touch, struct ptn_bytes user,
                        const struct ptn_staff_member *member)
{
    for (size_t i = 0; touch != NULL && i < member->key_count; i++)
        if (touch->touched(touch->context, user, &member->keys[i]))
            return true;
    return false;
}

/* STAFF-5. True: a key is still to be touched, and touch (may be NULL) says of whose. */
static bool wants_key(struct ptn_staff_touch *touch, struct ptn_bytes user,
                      const struct ptn_staff_member *member)
{
    if (member->key_count == 0 || touched_one(touch, user, member))
        return false;
    if (touch != NULL) {
        touch->wanted = true;
        touch->user = user;
        memcpy(touch->keys, member->keys, sizeof(touch->keys));
        touch->key_count = member->key_count;
    }
    return true;
}

/* ---- passwords ---- */

/* What was found of whoever the password belongs to. */
struct checked {
    struct ptn_staff_member member; /* without the hash */
    bool over;                      /* the list has run out */
    bool vouched;                   /* the password alone is enough */
};

/* OK: the password is theirs, and they may sign in today; whether or not the list has run out, and
 * whatever keys they have. */
static struct ptn_status check_password(struct ptn_staffing *staffing, struct ptn_bytes user,
                                        struct ptn_bytes password, struct checked *ret_checked)
{
    struct checked checked = { .over = false };
    const struct ptn_staff_member *found;
    bool may = false;
    struct ptn_status status;

    lock(staffing);
    found = find(staffing, user);
    if (found != NULL) {
        checked.member = *found;
        may = may_today(staffing, found);
    }
    checked.over = has_run_out(staffing);
    checked.vouched = is_vouched(staffing, user);
    unlock(staffing);
    /* hash NULL: the same work for a name nobody has */
    status = ptn_password_check(checked.member.hash[0] == '\0' ? NULL : checked.member.hash,
                                password, NULL);
    explicit_bzero(checked.member.hash, sizeof(checked.member.hash));
    *ret_checked = checked;
    return (struct ptn_status){ ptn_ok(status) && may ? PTN_C_OK : PTN_C_NOT_FOUND };
}

struct ptn_status ptn_staffing_check(struct ptn_staffing *staffing, struct ptn_bytes user,
                                     struct ptn_bytes password, struct ptn_staff_touch *touch,
                                     struct ptn_officer *ret_officer)
{
    struct checked checked;
    struct ptn_status status = check_password(staffing, user, password, &checked);

    if (touch != NULL)
        touch->wanted = false;
    if (ptn_ok(status) && !checked.vouched && wants_key(touch, user, &checked.member))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (ptn_ok(status) && checked.over)
        return (struct ptn_status){ PTN_C_BUSY };
    if (ptn_ok(status))
        *ret_officer = checked.member.officer;
    return status;
}

/* STAFF-3. */
bool ptn_staffing_may_stay(struct ptn_staffing *staffing, const struct ptn_officer *officer)
{
    const struct ptn_staff_member *found;
    bool may;

    lock(staffing);
    found = find(staffing, ptn_bytes_from_text(officer->user));
    may = found != NULL && may_today(staffing, found) && found->officer.role == officer->role &&
          found->officer.discreet == officer->discreet;
    unlock(staffing);
    return may;
}

uint64_t ptn_staffing_changes(struct ptn_staffing *staffing)
{
    uint64_t changes;

    lock(staffing);
    changes = staffing->changes;
    unlock(staffing);
    return changes;
}

struct ptn_staff_standing ptn_staffing_standing(struct ptn_staffing *staffing)
{
    struct ptn_staff_standing standing;

    lock(staffing);
    standing = (struct ptn_staff_standing){ .has_list = staffing->has_list,
                                            .lost = staffing->lost,
                                            .version = staffing->version,
                                            .given_ms = staffing->given_ms,
                                            .until_ms = staffing->until_ms,
                                            .people = staffing->table.count };
    for (size_t i = 0; i < staffing->table.count; i++)
        standing.keyed += staffing->table.members[i].key_count > 0 ? 1 : 0;
    if (staffing->has_list)
        standing.left_ms = staffing->until_ms - ptn_staffing_vouched_ms(staffing);
    unlock(staffing);
    standing.may_extend = standing.has_list && standing.left_ms < PTN_STAFF_EXTEND_MS;
    return standing;
}

/* ---- revoked ---- */

void ptn_staffing_judged(struct ptn_staffing *staffing)
{
    struct ptn_staff_table *table = &staffing->table;

    for (size_t i = 0; i < table->count; i++) {
        struct ptn_staff_member *member = &table->members[i];
        bool revoked = ptn_orders_is_revoked(staffing->host.orders(staffing->host.context),
                                             PTN_ORDER_TARGET_OFFICER,
                                             ptn_bytes_from_text(member->officer.user));

        if (revoked == member->revoked)
            continue;
        lock(staffing);
        member->revoked = revoked;
        staffing->changes++;
        unlock(staffing);
    }
}

/* ---- writing down ---- */

static void note_event(struct ptn_staffing *staffing, struct ptn_staff_event *event,
                       const struct ptn_hash *name)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    event->time_ms = staffing->host.world->now_ms(staffing->host.world->context);
    event->post = ptn_bytes_from_text(staffing->host.code);
    memcpy(event->list, name->at, sizeof(event->list));
    if (ptn_ok(ptn_staff_event_write(event, &out)))
        staffing->host.note(staffing->host.context, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* NULL: not recorded yet. */
static struct ptn_staff_known *find_known(struct ptn_staffing *staffing,
                                          const struct ptn_hash *name)
{
    size_t count =
        staffing->known_count < PTN_STAFF_KNOWN_MAX ? staffing->known_count : PTN_STAFF_KNOWN_MAX;

    for (size_t i = 0; i < count; i++)
        if (ptn_hash_equal(&staffing->known[i].name, name))
            return &staffing->known[i];
    return NULL;
}

static void remember(struct ptn_staffing *staffing, const struct ptn_hash *name, bool final)
{
    struct ptn_staff_known *known = find_known(staffing, name);

    if (known == NULL)
        known = &staffing->known[staffing->known_count++ % PTN_STAFF_KNOWN_MAX];
    *known = (struct ptn_staff_known){ *name, final };
}

/* What a later roster, clock or further signatures may change. */
static bool is_final(struct ptn_bytes why)
{
    static const char *const passing[] = { "forged",         "signatures", "not-theirs",
                                           "roster-expired", "too-early",  "unreadable" };

    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
        if (ptn_bytes_is(why, passing[i]))
            return false;
    return true;
}

static struct ptn_status refuse(struct ptn_staffing *staffing, const struct ptn_hash *name,
                                uint32_t version, const char *why, struct ptn_diag *reterr)
{
    struct ptn_staff_event event = { .act = PTN_STAFF_REFUSED,
                                     .version = version,
                                     .why = ptn_bytes_from_text(why) };

    if (find_known(staffing, name) == NULL)
        note_event(staffing, &event, name);
    remember(staffing, name, is_final(event.why));
    return ptn_fail(strcmp(why, "forged") == 0 ? PTN_C_CORRUPT : PTN_C_BAD_INPUT, reterr, 0, why);
}

/* ---- judging ---- */

/* Keys of people that an order revoked: they sign no list. */
static size_t
revoked_keys(const struct ptn_staffing *staffing,
             uint8_t keys[PTN_ROSTER_PERSONNEL_MAX + PTN_ROSTER_AUTHORITY_MAX][PTN_PUBLIC_KEY_LEN])
{
    const struct ptn_roster *roster = roster_of(staffing);
    size_t count = 0;

    for (size_t i = 0; i < roster->personnel_count + roster->authority_count; i++) {
        const struct ptn_vkey *key = i < roster->personnel_count
                                         ? &roster->personnel[i]
                                         : &roster->authorities[i - roster->personnel_count];

        if (ptn_orders_is_revoked(staffing->host.orders(staffing->host.context),
                                  PTN_ORDER_TARGET_KEY,
                                  ptn_bytes_of(key->public_key, PTN_PUBLIC_KEY_LEN)))
            memcpy(keys[count++], key->public_key, PTN_PUBLIC_KEY_LEN);
    }
    return count;
}

/* NULL: enough of the right people signed it, in time. Else why not. */
static const char *judge_signers(const struct ptn_staffing *staffing, const struct ptn_note *note,
                                 const struct ptn_staff_list *list, int64_t now_ms)
{
    uint8_t revoked[PTN_ROSTER_PERSONNEL_MAX + PTN_ROSTER_AUTHORITY_MAX][PTN_PUBLIC_KEY_LEN];
    size_t count = revoked_keys(staffing, revoked);
    struct ptn_asked asked = { .action = PTN_ACTION_STAFF,
                               .given_ms = list->given_ms,
                               .until_ms = list->until_ms,
                               .seen_ms = now_ms };
    struct ptn_ruling ruling;

    if (!ptn_ok(ptn_signers_of(roster_of(staffing), note,
                               (const uint8_t(*)[PTN_PUBLIC_KEY_LEN])revoked, count, &asked.signers,
                               NULL)))
        return "forged";
    ruling = ptn_authorise(roster_of(staffing), &asked);
    return ruling.answer == PTN_ANSWER_YES ? NULL : ruling.word;
}

static bool is_for_us(const struct ptn_staffing *staffing, struct ptn_bytes post)
{
    const struct ptn_orders_post self = staffing->host.self(staffing->host.context);

    return ptn_bytes_equal(post, self.origin) ||
           (self.former.len > 0 && ptn_bytes_equal(post, self.former));
}

/* ---- taking ---- */

/* Open it into a table. NULL: done; else why not. */
static const char *open_people(const struct ptn_staffing *staffing,
                               const struct ptn_staff_list *list, struct ptn_staff_table *ret_table)
{
    struct ptn_buffer people = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_status status = ptn_staff_list_open(staffing->host.vault, list, &people, NULL);
    const char *why = ptn_ok(status) ? NULL : "unreadable";

    if (ptn_ok(status) &&
        (!ptn_ok(ptn_staff_table_read(ptn_buffer_bytes(&people), ret_table, NULL)) ||
         ret_table->count == 0))
        why = "bad";
    if (people.at != NULL)
        explicit_bzero(people.at, people.capacity);
    ptn_buffer_release(&people);
    return why;
}

static void put_in_force(struct ptn_staffing *staffing, const struct ptn_staff_list *list,
                         const struct ptn_hash *name, struct ptn_staff_table *table,
                         int64_t until_ms)
{
    struct ptn_staff_table former;

    lock(staffing);
    former = staffing->table;
    staffing->table = *table;
    staffing->has_list = true;
    staffing->lost = false;
    staffing->name = *name;
    staffing->version = list->version;
    staffing->given_ms = list->given_ms;
    staffing->until_ms = until_ms;
    staffing->changes++;
    unlock(staffing);
    if (former.members != NULL)
        explicit_bzero(former.members, former.count * sizeof(*former.members));
    free(former.members);
    ptn_staffing_judged(staffing);
}

/* Keep it for when the version before it has come; the one that waits longest makes room. */
static struct ptn_status keep_ahead(struct ptn_staffing *staffing, struct ptn_bytes note)
{
    struct ptn_buffer last = staffing->ahead[PTN_STAFF_AHEAD_MAX - 1];

    for (size_t i = 0; i < PTN_STAFF_AHEAD_MAX; i++)
        if (ptn_bytes_equal(ptn_buffer_bytes(&staffing->ahead[i]), note))
            return PTN_OK;
    memmove(staffing->ahead + 1, staffing->ahead,
            (PTN_STAFF_AHEAD_MAX - 1) * sizeof(staffing->ahead[0]));
    staffing->ahead[0] = last;
    ptn_buffer_clear(&staffing->ahead[0]);
    staffing->ahead[0].len_max = PTN_STAFF_LIST_LEN_MAX;
    return ptn_buffer_add(&staffing->ahead[0], note);
}

/* It is the next one, and from the right hands: open it, and it is in force. */
static struct ptn_status take_next(struct ptn_staffing *staffing, struct ptn_bytes note,
                                   const struct ptn_staff_list *list, const struct ptn_hash *name,
                                   struct ptn_diag *reterr)
{
    struct ptn_staff_table table = { 0 };
    struct ptn_staff_event event = { .act = PTN_STAFF_TAKEN,
                                     .version = list->version,
                                     .until_ms = list->until_ms };
    const bool again =
        staffing->learned_version == list->version && ptn_hash_equal(&staffing->learned, name);
    char path[PTN_NODE_PATH_MAX];
    const char *why = open_people(staffing, list, &table);

    if (why != NULL)
        return refuse(staffing, name, list->version, why, reterr);
    event.people = table.count;
    put_in_force(staffing, list, name, &table, again ? staffing->learned_until_ms : list->until_ms);
    if (ptn_ok(ptn_node_path(path, staffing->host.dir, PTN_STAFF_LIST_FILE)))
        /* one that cannot be kept now is in force, and comes again from the keepers */
        (void)ptn_ok(
            staffing->host.world->files->replace(staffing->host.world->context, path, note));
    if (!again)
        note_event(staffing, &event, name);
    remember(staffing, name, true);
    staffing->learned = *name;
    staffing->learned_version = list->version;
    staffing->learned_until_ms = staffing->until_ms;
    return PTN_OK;
}

/* The version that a list must have: 0: any. */
static uint32_t version_wanted(const struct ptn_staffing *staffing, const struct ptn_hash *name)
{
    if (!staffing->lost && staffing->has_list)
        return staffing->version + 1;
    if (staffing->learned_version == 0)
        return 0;
    return ptn_hash_equal(&staffing->learned, name) ? staffing->learned_version
                                                    : staffing->learned_version + 1;
}

/* One note: taken, refused, or kept for later. STAFF-1. */
static struct ptn_status take_one(struct ptn_staffing *staffing, struct ptn_bytes bytes,
                                  enum ptn_receipt_hand hand, struct ptn_diag *reterr)
{
    const struct ptn_staff_known *known;
    const char *why;
    struct ptn_note note;
    struct ptn_staff_list list;
    struct ptn_hash name;
    uint32_t wanted;

    if (!ptn_ok(ptn_note_parse(bytes, &note, reterr)))
        return (struct ptn_status){ PTN_C_BAD_INPUT }; /* no text to name it by */
    if (!ptn_ok(ptn_order_name(note.text, &name)))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (bytes.len > PTN_STAFF_LIST_LEN_MAX || !ptn_ok(ptn_staff_list_parse(note.text, &list, NULL)))
        return refuse(staffing, &name, 0, "bad", reterr);
    if (!is_for_us(staffing, list.post))
        return hand == PTN_RECEIPT_KEEPER
                   ? PTN_OK
                   : refuse(staffing, &name, list.version, "another-post", reterr);
    wanted = version_wanted(staffing, &name);
    known = find_known(staffing, &name);
    if (known != NULL && known->final && !(staffing->lost && wanted == list.version))
        return ptn_hash_equal(&staffing->name, &name) || list.version <= staffing->version
                   ? PTN_OK
                   : ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "refused before");
    if (!ptn_bytes_equal(list.country, roster_of(staffing)->origin))
        return refuse(staffing, &name, list.version, "another-country", reterr);
    if (wanted != 0 && list.version < wanted)
        return refuse(staffing, &name, list.version, "older", reterr);
    if (!ptn_hash_equal(&staffing->learned, &name) || staffing->learned_version == 0) {
        lock(staffing);
        int64_t now_ms = ptn_staffing_vouched_ms(staffing);
        unlock(staffing);
        why = judge_signers(staffing, &note, &list, now_ms);
        if (why != NULL)
            return refuse(staffing, &name, list.version, why, reterr);
    }
    if (wanted != 0 && list.version > wanted)
        return keep_ahead(staffing, bytes);
    return take_next(staffing, bytes, &list, &name, reterr);
}

/* The next of those that waited for what has come; out of its place, into ret_note. */
static bool next_ahead(struct ptn_staffing *staffing, struct ptn_buffer *ret_note)
{
    for (size_t i = 0; i < PTN_STAFF_AHEAD_MAX; i++) {
        struct ptn_note note;
        struct ptn_staff_list list;

        if (staffing->ahead[i].len == 0 ||
            !ptn_ok(ptn_note_parse(ptn_buffer_bytes(&staffing->ahead[i]), &note, NULL)) ||
            !ptn_ok(ptn_staff_list_parse(note.text, &list, NULL)) ||
            list.version > staffing->version + 1)
            continue;
        *ret_note = staffing->ahead[i];
        memset(&staffing->ahead[i], 0, sizeof(staffing->ahead[i]));
        return true;
    }
    return false;
}

struct ptn_status ptn_staffing_take(struct ptn_staffing *staffing, struct ptn_bytes note,
                                    enum ptn_receipt_hand hand, struct ptn_diag *reterr)
{
    struct ptn_buffer waited = { .len = 0 };
    struct ptn_status status;

    /* LOCK-2: none opens, so none is judged; keepers give it again after the next start */
    if (ptn_vault_locked(staffing->host.vault))
        return hand == PTN_RECEIPT_KEEPER
                   ? PTN_OK
                   : ptn_fail(PTN_C_BUSY, reterr, 0, "the node's vault is locked");
    status = take_one(staffing, note, hand, reterr);
    while (ptn_ok(status) && staffing->has_list && !staffing->lost &&
           next_ahead(staffing, &waited)) {
        (void)ptn_ok(take_one(staffing, ptn_buffer_bytes(&waited), PTN_RECEIPT_KEEPER, NULL));
        ptn_buffer_release(&waited);
    }
    return status;
}

/* ---- longer, on the spot ---- */

/* Both are who they say, and not the same; the first one touches a key of theirs, where they have
 * one, when touching is asked for: also if somebody vouched for them. */
static struct ptn_status check_two(struct ptn_staffing *staffing,
                                   const struct ptn_staff_hands *hands, bool touching,
                                   struct checked *ret_first, struct checked *ret_second,
                                   struct ptn_diag *reterr)
{
    if (hands->touch != NULL)
        hands->touch->wanted = false;
    if (!ptn_ok(check_password(staffing, hands->user, hands->password, ret_first)) ||
        (touching && wants_key(hands->touch, hands->user, &ret_first->member)))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such user, or another password");
    if (!ptn_ok(check_password(staffing, hands->second, hands->second_password, ret_second)))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 1, "no such user, or another password");
    if (ptn_bytes_equal(hands->user, hands->second))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "two people are needed");
    return PTN_OK;
}

/* STAFF-2: by passwords alone. It opens nothing and adds nobody, and a key that was lost on the day
 * on which a list ends must not shut a lane. */
struct ptn_status ptn_staffing_extend(struct ptn_staffing *staffing,
                                      const struct ptn_staff_hands *hands, struct ptn_diag *reterr)
{
    struct ptn_staff_event event = { .act = PTN_STAFF_EXTENDED };
    struct checked first, second;
    struct ptn_hash name;
    int64_t now_ms;
    struct ptn_status status = check_two(staffing, hands, false, &first, &second, reterr);

    if (!ptn_ok(status))
        return status;
    if (first.member.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the first one must be a supervisor");
    lock(staffing);
    now_ms = ptn_staffing_vouched_ms(staffing);
    if (!staffing->has_list || staffing->until_ms - now_ms >= PTN_STAFF_EXTEND_MS) {
        unlock(staffing);
        return ptn_fail(PTN_C_BUSY, reterr, 0, "no list here ends within 20 hours");
    }
    if (staffing->until_ms < now_ms)
        staffing->until_ms = now_ms;
    staffing->until_ms += PTN_STAFF_LONGER_S * SECOND_MS;
    event.until_ms = staffing->until_ms;
    event.version = staffing->version;
    name = staffing->name;
    unlock(staffing);
    event.officer = ptn_bytes_from_text(first.member.officer.user);
    event.second = ptn_bytes_from_text(second.member.officer.user);
    note_event(staffing, &event, &name);
    return PTN_OK;
}

/* ---- without their key, for a shift ---- */

/* Their own place, else the one that ends first. Under the lock, or before there is another thread.
 */
static void remember_vouched(struct ptn_staffing *staffing, struct ptn_bytes user, int64_t until_ms)
{
    struct ptn_staff_vouched *place = &staffing->vouched[0];

    for (size_t i = 0; i < PTN_STAFF_VOUCHED_MAX; i++) {
        struct ptn_staff_vouched *at = &staffing->vouched[i];

        if (ptn_bytes_is(user, at->user)) {
            place = at;
            break;
        }
        if (at->until_ms < place->until_ms)
            place = at;
    }
    if (user.len >= sizeof(place->user))
        return; /* nobody is called so */
    *place = (struct ptn_staff_vouched){ .until_ms = until_ms };
    memcpy(place->user, user.at, user.len);
}

/* STAFF-6. */
struct ptn_status ptn_staffing_vouch(struct ptn_staffing *staffing,
                                     const struct ptn_staff_hands *hands, struct ptn_diag *reterr)
{
    struct ptn_staff_event event = { .act = PTN_STAFF_VOUCHED };
    struct checked first, second;
    struct ptn_hash name;
    struct ptn_status status = check_two(staffing, hands, true, &first, &second, reterr);

    if (!ptn_ok(status))
        return status;
    if (first.member.officer.role != PTN_STAFF_SUPERVISOR &&
        second.member.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "one of the two must be a supervisor");
    if (first.member.key_count == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 1, "whoever vouches has a key of their own");
    if (second.member.key_count == 0)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the second one has no key to do without");
    lock(staffing);
    event.until_ms = ptn_staffing_vouched_ms(staffing) + PTN_STAFF_VOUCHED_S * SECOND_MS;
    event.version = staffing->version;
    name = staffing->name;
    remember_vouched(staffing, hands->second, event.until_ms);
    unlock(staffing);
    event.officer = ptn_bytes_from_text(first.member.officer.user);
    event.second = ptn_bytes_from_text(second.member.officer.user);
    note_event(staffing, &event, &name);
    return PTN_OK;
}

/* ---- starting ---- */

struct ptn_status ptn_staffing_open(const struct ptn_staff_host *host,
                                    struct ptn_staffing **ret_staffing, struct ptn_diag *reterr)
{
    struct ptn_staffing *staffing = calloc(1, sizeof(*staffing));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (staffing == NULL)
        return status;
    staffing->host = *host;
    status = ptn_staff_file(host->world, host->dir, &staffing->table, reterr);
    if (ptn_ok(status))
        *ret_staffing = staffing;
    else
        ptn_staffing_close(staffing);
    return status;
}

void ptn_staffing_close(struct ptn_staffing *staffing)
{
    if (staffing == NULL)
        return;
    for (size_t i = 0; i < PTN_STAFF_AHEAD_MAX; i++)
        ptn_buffer_release(&staffing->ahead[i]);
    if (staffing->table.members != NULL)
        explicit_bzero(staffing->table.members,
                       staffing->table.count * sizeof(*staffing->table.members));
    free(staffing->table.members);
    free(staffing);
}

void ptn_staffing_learn(struct ptn_staffing *staffing, struct ptn_bytes payload)
{
    struct ptn_staff_event event;
    struct ptn_hash name;

    if (!ptn_ok(ptn_staff_event_parse(payload, &event, NULL)))
        return;
    memcpy(name.at, event.list, sizeof(name.at));
    if (event.act == PTN_STAFF_VOUCHED) {
        remember_vouched(staffing, event.second, event.until_ms);
        return;
    }
    if (event.act == PTN_STAFF_REFUSED) {
        remember(staffing, &name, is_final(event.why));
        return;
    }
    remember(staffing, &name, true);
    staffing->learned = name;
    staffing->learned_version = (uint32_t)event.version;
    staffing->learned_until_ms = event.until_ms;
}

/* The note in force, back from its file, or as it lies there when the ledger knows nothing of it
 * yet: a crash came between. */
static struct ptn_status load(struct ptn_staffing *staffing)
{
    struct ptn_buffer file = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, staffing->host.dir, PTN_STAFF_LIST_FILE);

    if (ptn_ok(status))
        status = staffing->host.world->files->read(staffing->host.world->context, path, &file);
    if (ptn_ok(status))
        status = ptn_staffing_take(staffing, ptn_buffer_bytes(&file), PTN_RECEIPT_SITE, NULL);
    ptn_buffer_release(&file);
    return status;
}

struct ptn_status ptn_staffing_begin(struct ptn_staffing *staffing)
{
    struct ptn_status status;

    staffing->lost = staffing->learned_version != 0;
    if (roster_of(staffing)->version == 0)
        return PTN_OK;
    status = load(staffing);
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    if (staffing->lost) { /* the file `staff` never counts again */
        if (staffing->table.members != NULL)
            explicit_bzero(staffing->table.members,
                           staffing->table.count * sizeof(*staffing->table.members));
        staffing->table.count = 0;
        staffing->has_list = true;
        staffing->version = staffing->learned_version;
        staffing->name = staffing->learned;
        staffing->until_ms = staffing->learned_until_ms;
    }
    ptn_staffing_judged(staffing);
    return PTN_OK;
}
