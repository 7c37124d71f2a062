/* Goal: a post takes the staff list that its personnel officer signed for it, the next version and
 * no other; nobody else gets in; two people on the spot keep the lane open when it runs out;
 * whoever is revoked is out when the order came; a start anew forgets none of it. */
#include "node_staff.h"

#include "record/access.h"

static enum ptn_code take(struct staff_fixture *fixture, struct ptn_bytes note)
{
    return ptn_apply_note(fixture->post->node, note, PTN_RECEIPT_STICK, NULL, NULL).code;
}

/* What the last staff record says, and how many there are. */
static unsigned last_event(struct staff_fixture *fixture, enum ptn_staff_act *ret_act,
                           char why[PTN_RECORD_WORD_MAX + 1])
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    uint64_t size = 0;
    unsigned count = 0;

    while (ptn_node_step(fixture->post->node))
        ;
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), fixture->post->dir, &vault, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_open_reader(ptn_world_real(), vault, fixture->post->dir, &ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(ledger, &size, NULL)));
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header;
        struct ptn_staff_event event;

        assert_true(ptn_ok(ptn_ledger_read(ledger, i, &header, NULL, NULL)));
        if (header.kind != PTN_RECORD_STAFF)
            continue;
        ptn_buffer_clear(&payload);
        assert_true(ptn_ok(ptn_ledger_read(ledger, i, &header, &payload, NULL)));
        assert_true(ptn_ok(ptn_staff_event_parse(ptn_buffer_bytes(&payload), &event, NULL)));
        *ret_act = event.act;
        (void)snprintf(why, PTN_RECORD_WORD_MAX + 1, "%.*s", (int)event.why.len,
                       event.why.len == 0 ? "" : (const char *)event.why.at);
        count++;
    }
    ptn_buffer_release(&payload);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return count;
}

static void assert_refused(struct staff_fixture *fixture, struct ptn_bytes note, const char *why)
{
    enum ptn_staff_act act = PTN_STAFF_TAKEN;
    char said[PTN_RECORD_WORD_MAX + 1] = "";
    const uint32_t version = ptn_staff_standing(fixture->post->node).version;
    unsigned count;

    assert_int_not_equal(take(fixture, note), PTN_C_OK);
    count = last_event(fixture, &act, said);
    assert_int_equal(act, PTN_STAFF_REFUSED);
    assert_string_equal(said, why);
    (void)take(fixture, note);
    assert_int_equal(last_event(fixture, &act, said), count); /* once */
    assert_int_equal(ptn_staff_standing(fixture->post->node).version, version);
}

/* STAFF-1. */
static void test_staff_hold__the_file_counts_until_the_first_list(void **state)
{
    struct staff_fixture *fixture = *state;
    static const struct ptn_officer carl = { .user = "carl", .name = "Carl" };
    enum ptn_staff_act act = 0;
    char why[PTN_RECORD_WORD_MAX + 1];

    ptn_node_close(fixture->post->node);
    assert_true(ptn_ok(ptn_staff_set(&fixture->post->world, fixture->post->dir, &carl,
                                     PTN_BYTES_LITERAL("carl's password"), NULL)));
    open_node(fixture->post);
    assert_int_equal(sign_in(fixture, "carl"), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    assert_false(ptn_staff_standing(fixture->post->node).has_list);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "carl"), PTN_C_NOT_FOUND);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    assert_int_equal(last_event(fixture, &act, why), 1);
    assert_int_equal(act, PTN_STAFF_TAKEN);
    start_anew(fixture->post);
    assert_int_equal(sign_in(fixture, "carl"), PTN_C_NOT_FOUND);
    assert_int_equal(sign_in(fixture, "besa"), PTN_C_OK);
    assert_int_equal(last_event(fixture, &act, why), 1);
    assert_int_equal(ptn_staff_set(&fixture->post->world, fixture->post->dir, &carl,
                                   PTN_BYTES_LITERAL("carl's password"), NULL)
                         .code,
                     PTN_C_BAD_INPUT);
}

/* STAFF-1. */
static void test_staff_hold__wrong_ones_are_refused_and_recorded_once(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_bytes note;
    uint8_t *at;

    assert_refused(fixture, staff_note(fixture, "u.example/else", 1, 7 * DAY, PERSONNEL),
                   "another-post");
    assert_refused(fixture, staff_note(fixture, POST, 1, 7 * DAY, D(0) | D(1)), "not-theirs");
    assert_refused(fixture, staff_note(fixture, POST, 1, 7 * DAY, A(0)), "signatures");
    note = staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL);
    at = memmem(fixture->note.at, fixture->note.len, "version 1", 9);
    assert_non_null(at);
    at[8] = '2';
    assert_refused(fixture, note, "forged");
    at[8] = 'x';
    assert_refused(fixture, note, "bad");
    note = staff_note(fixture, POST, 1, DAY, PERSONNEL);
    fixture->post->ahead_ms += 2 * DAY;
    assert_refused(fixture, note, "too-late");
    note = staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL);
    fixture->post->ahead_ms -= 2 * DAY;
    assert_refused(fixture, note, "too-early");
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, A(0) | A(1))), PTN_C_OK);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_refused(fixture, staff_note(fixture, POST, 2, 6 * DAY, PERSONNEL), "older");
    assert_refused(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL), "older");
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
}

/* Whoever hands in the true text under a wrong signature keeps the true list out of nothing. */
static void test_staff_hold__a_forged_copy_does_not_stand_in_the_way(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_bytes note = staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL);
    uint8_t *last = fixture->note.at + fixture->note.len - 8;
    const uint8_t was = *last;

    *last = was == 'A' ? 'B' : 'A';
    assert_refused(fixture, note, "forged");
    *last = was;
    assert_int_equal(take(fixture, note), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
}

static void test_staff_hold__another_posts_list_from_a_keeper_is_passed_over(void **state)
{
    struct staff_fixture *fixture = *state;
    enum ptn_staff_act act = 0;
    char why[PTN_RECORD_WORD_MAX + 1];

    assert_int_equal(
        note(fixture->post, staff_note(fixture, "u.example/else", 1, 7 * DAY, PERSONNEL), NULL),
        PTN_C_OK);
    assert_int_equal(last_event(fixture, &act, why), 0);
    assert_false(ptn_staff_standing(fixture->post->node).has_list);
}

static void test_staff_hold__a_list_waits_for_the_one_before_it(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_buffer second = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_node *node = fixture->post->node;

    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_true(ptn_ok(ptn_buffer_add(&second, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL))));
    add_member(fixture, "dita", PTN_STAFF_OFFICER);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 3, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_int_equal(ptn_staff_standing(node).version, 1);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_NOT_FOUND);
    assert_int_equal(take(fixture, ptn_buffer_bytes(&second)), PTN_C_OK);
    assert_int_equal(ptn_staff_standing(node).version, 3);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_OK);
    /* and again by every keeper: nothing new */
    assert_int_equal(take(fixture, ptn_buffer_bytes(&second)), PTN_C_OK);
    assert_int_equal(ptn_staff_standing(node).version, 3);
    ptn_buffer_release(&second);
}

/* Two people, each with their own password. */
static struct ptn_staff_hands hands_of(char passwords[2][64], const char *user, const char *second,
                                       struct ptn_staff_touch *touch)
{
    (void)snprintf(passwords[0], 64, "%s's password", user);
    (void)snprintf(passwords[1], 64, "%s's password", second);
    return (struct ptn_staff_hands){ ptn_bytes_from_text(user), ptn_bytes_from_text(passwords[0]),
                                     ptn_bytes_from_text(second), ptn_bytes_from_text(passwords[1]),
                                     touch };
}

static enum ptn_code extend(struct staff_fixture *fixture, const char *user, const char *second)
{
    char passwords[2][64];
    const struct ptn_staff_hands hands = hands_of(passwords, user, second, NULL);

    return ptn_staff_extend(fixture->post->node, &hands, NULL).code;
}

/* STAFF-2. */
static void test_staff_hold__two_on_the_spot_keep_the_lane_open(void **state)
{
    struct staff_fixture *fixture = *state;
    enum ptn_staff_act act = 0;
    char why[PTN_RECORD_WORD_MAX + 1];

    assert_int_equal(extend(fixture, "besa", "arta"), PTN_C_NOT_FOUND);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 2 * DAY, PERSONNEL)), PTN_C_OK);
    assert_int_equal(extend(fixture, "besa", "arta"), PTN_C_BUSY); /* two days left */
    fixture->post->ahead_ms += 2 * DAY + MINUTE;
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_BUSY);
    assert_int_equal(sign_in(fixture, "nobody"), PTN_C_NOT_FOUND);
    assert_true(ptn_staff_standing(fixture->post->node).may_extend);
    assert_int_equal(extend(fixture, "besa", "besa"), PTN_C_BAD_INPUT);
    assert_int_equal(extend(fixture, "arta", "besa"), PTN_C_BAD_INPUT);
    assert_int_equal(extend(fixture, "besa", "nobody"), PTN_C_NOT_FOUND);
    assert_int_equal(extend(fixture, "nobody", "nobody"), PTN_C_NOT_FOUND);
    assert_int_equal(extend(fixture, "besa", "arta"), PTN_C_OK);
    assert_int_equal(last_event(fixture, &act, why), 2);
    assert_int_equal(act, PTN_STAFF_EXTENDED);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    assert_int_equal(extend(fixture, "besa", "arta"), PTN_C_BUSY); /* a day, not two */
    start_anew(fixture->post);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    fixture->post->ahead_ms += DAY + MINUTE;
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_BUSY);
    assert_int_equal(extend(fixture, "besa", "arta"), PTN_C_OK);
    /* the next list needs nothing of it */
    assert_int_equal(take(fixture, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_false(ptn_staff_standing(fixture->post->node).may_extend);
}

/* ---- security keys ---- */

/* The curve's own generator, as a key that a list may have. */
#define KEY(id)                                                                                    \
    "es256." id ".axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/"                            \
    "m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="

/* Who is at a page and touches a key. */
struct crowd {
    const char *const *who; /* ended by NULL */
};

static bool touches(void *context, struct ptn_bytes user, const struct ptn_passkey *key)
{
    const struct crowd *crowd = context;

    assert_true(key->id_len > 0);
    for (size_t i = 0; crowd->who[i] != NULL; i++)
        if (ptn_bytes_is(user, crowd->who[i]))
            return true;
    return false;
}

static void add_with_key(struct staff_fixture *fixture, const char *user, enum ptn_staff_role role)
{
    struct ptn_cursor cursor;
    struct ptn_staff_member member;
    struct ptn_buffer others = { .len_max = PTN_STAFF_PEOPLE_LEN_MAX };
    struct ptn_passkey key;
    size_t line = 0;

    add_member(fixture, user, role);
    cursor = ptn_cursor_at(ptn_buffer_bytes(&fixture->people));
    while (ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL))) {
        if (strcmp(member.officer.user, user) == 0) {
            assert_true(ptn_ok(ptn_passkey_read(PTN_BYTES_LITERAL(KEY("AQID")), &key)));
            assert_true(ptn_ok(ptn_staff_add_key(&member, &key, NULL)));
        }
        assert_true(ptn_ok(ptn_staff_write(&member, &others)));
    }
    ptn_buffer_clear(&fixture->people);
    assert_true(ptn_ok(ptn_buffer_add(&fixture->people, ptn_buffer_bytes(&others))));
    ptn_buffer_release(&others);
}

/* What a right password comes to at a page where these touch their keys; *ret_wanted: a key was
 * asked for. */
static enum ptn_code sign_in_touching(struct staff_fixture *fixture, const char *user,
                                      const char *const *who, bool *ret_wanted)
{
    struct crowd crowd = { who };
    struct ptn_staff_touch touch = { .touched = touches, .context = &crowd };
    struct ptn_officer officer;
    char password[64];
    enum ptn_code code;

    (void)snprintf(password, sizeof(password), "%s's password", user);
    code = ptn_staff_check(fixture->post->node, ptn_bytes_from_text(user),
                           ptn_bytes_from_text(password), &touch, &officer)
               .code;
    *ret_wanted = touch.wanted;
    if (touch.wanted)
        assert_int_equal(touch.key_count, 1);
    return code;
}

static enum ptn_code vouch(struct staff_fixture *fixture, const char *user, const char *second,
                           const char *const *who, size_t *ret_whose)
{
    struct crowd crowd = { who };
    struct ptn_staff_touch touch = { .touched = touches, .context = &crowd };
    char passwords[2][64];
    const struct ptn_staff_hands hands = hands_of(passwords, user, second, &touch);
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_staff_vouch(fixture->post->node, &hands, &diag);

    *ret_whose = diag.offset;
    return status.code;
}

/* STAFF-5. */
static void test_staff_hold__a_password_without_its_key_lets_nobody_in(void **state)
{
    static const char *const nobody[] = { NULL };
    static const char *const besa[] = { "besa", NULL };
    struct staff_fixture *fixture = *state;
    bool wanted = false;

    add_with_key(fixture, "dita", PTN_STAFF_OFFICER);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_NOT_FOUND); /* where no page is asked */
    assert_int_equal(sign_in_touching(fixture, "dita", nobody, &wanted), PTN_C_NOT_FOUND);
    assert_true(wanted);
    assert_int_equal(sign_in_touching(fixture, "dita", besa, &wanted), PTN_C_NOT_FOUND);
    assert_true(wanted); /* somebody else's touch is none of hers */
    assert_int_equal(
        sign_in_touching(fixture, "dita", (const char *const[]){ "dita", NULL }, &wanted),
        PTN_C_OK);
    assert_false(wanted);
    assert_int_equal(sign_in_touching(fixture, "arta", nobody, &wanted), PTN_C_OK);
    assert_false(wanted); /* she has none */
    /* a key is no password: whose is wrong learns nothing of keys */
    {
        struct crowd crowd = { nobody };
        struct ptn_staff_touch touch = { .touched = touches, .context = &crowd, .wanted = true };
        struct ptn_officer officer;

        assert_int_equal(ptn_staff_check(fixture->post->node, PTN_BYTES_LITERAL("dita"),
                                         PTN_BYTES_LITERAL("wrong"), &touch, &officer)
                             .code,
                         PTN_C_NOT_FOUND);
        assert_false(touch.wanted);
    }
    start_anew(fixture->post);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_NOT_FOUND);
}

/* STAFF-6. */
static void test_staff_hold__somebody_vouches_for_whoever_lost_a_key(void **state)
{
    static const char *const nobody[] = { NULL };
    static const char *const besa[] = { "besa", NULL };
    struct staff_fixture *fixture = *state;
    enum ptn_staff_act act = 0;
    char why[PTN_RECORD_WORD_MAX + 1];
    size_t whose = 9;
    bool wanted;

    ptn_buffer_clear(&fixture->people);
    add_member(fixture, "arta", PTN_STAFF_OFFICER);
    add_with_key(fixture, "besa", PTN_STAFF_SUPERVISOR);
    add_with_key(fixture, "dita", PTN_STAFF_OFFICER);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    /* two stolen passwords are not enough: whoever vouches shows their own key */
    assert_int_equal(vouch(fixture, "besa", "dita", nobody, &whose), PTN_C_NOT_FOUND);
    assert_int_equal(whose, 0);
    /* nor are two people of whom none is a supervisor, nor one */
    assert_int_equal(vouch(fixture, "arta", "dita", nobody, &whose), PTN_C_BAD_INPUT);
    assert_int_equal(vouch(fixture, "besa", "besa", besa, &whose), PTN_C_BAD_INPUT);
    assert_int_equal(vouch(fixture, "besa", "arta", besa, &whose), PTN_C_BUSY); /* has no key */
    /* nor two passwords of whom one has no key: no number of them does */
    assert_int_equal(vouch(fixture, "arta", "besa", nobody, &whose), PTN_C_BAD_INPUT);
    assert_int_equal(whose, 1);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_NOT_FOUND);

    assert_int_equal(vouch(fixture, "besa", "dita", besa, &whose), PTN_C_OK);
    assert_int_equal(last_event(fixture, &act, why), 2);
    assert_int_equal(act, PTN_STAFF_VOUCHED);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "besa"), PTN_C_NOT_FOUND);
    start_anew(fixture->post); /* it is on record: a start forgets it not */
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_OK);
    /* a supervisor's lost key: an officer's does. And who was vouched for vouches for nobody. */
    assert_int_equal(vouch(fixture, "dita", "besa", nobody, &whose), PTN_C_NOT_FOUND);
    assert_int_equal(vouch(fixture, "dita", "besa", (const char *const[]){ "dita", NULL }, &whose),
                     PTN_C_OK);
    assert_int_equal(sign_in(fixture, "besa"), PTN_C_OK);
    assert_int_equal(vouch(fixture, "besa", "dita", nobody, &whose), PTN_C_NOT_FOUND);
    assert_int_equal(whose, 0);
    fixture->post->ahead_ms += PTN_STAFF_VOUCHED_S * INT64_C(1000) + 60000;
    assert_int_equal(sign_in_touching(fixture, "dita", nobody, &wanted), PTN_C_NOT_FOUND);
    assert_true(wanted);
    assert_int_equal(sign_in_touching(fixture, "besa", besa, &wanted), PTN_C_OK);
    /* a clock that was ten years ahead makes nobody's password enough for ten years */
    fixture->post->ahead_ms += 3650 * DAY;
    assert_int_equal(vouch(fixture, "besa", "dita", besa, &whose), PTN_C_OK);
    fixture->post->ahead_ms -= 3650 * DAY;
    assert_int_equal(sign_in_touching(fixture, "dita", nobody, &wanted), PTN_C_NOT_FOUND);
    assert_true(wanted);
}

/* STAFF-2: with their keys lost on the day on which the list ends, too. */
static void test_staff_hold__two_passwords_let_a_list_run_on(void **state)
{
    struct staff_fixture *fixture = *state;

    ptn_buffer_clear(&fixture->people);
    add_member(fixture, "arta", PTN_STAFF_OFFICER);
    add_with_key(fixture, "besa", PTN_STAFF_SUPERVISOR);
    add_with_key(fixture, "dita", PTN_STAFF_OFFICER);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, DAY / 2, PERSONNEL)), PTN_C_OK);
    fixture->post->ahead_ms += DAY;
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_BUSY); /* it has run out */
    assert_int_equal(extend(fixture, "besa", "dita"), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_NOT_FOUND); /* it opened nothing */
}

/* STAFF-3. */
static void test_staff_hold__a_revoked_officer_is_out_at_once(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_node *node = fixture->post->node;
    struct ptn_officer officer;
    uint64_t changes;

    add_member(fixture, "dita", PTN_STAFF_OFFICER);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_true(ptn_staff_find(node, PTN_BYTES_LITERAL("arta"), &officer));
    assert_true(ptn_staff_may_stay(node, &officer));
    changes = ptn_staff_changes(node);
    assert_int_equal(
        note(fixture->post, order(fixture->post, "verb revoke\nall\nofficer arta\n", D(0)), NULL),
        PTN_C_OK);
    assert_false(ptn_staff_may_stay(node, &officer));
    assert_true(ptn_staff_changes(node) > changes);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_OK);
    /* no list brings them back, and no start */
    assert_int_equal(take(fixture, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    start_anew(fixture->post);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    assert_int_equal(sign_in(fixture, "dita"), PTN_C_OK);
}

/* STAFF-2, STAFF-3. */
static void test_staff_hold__whoever_is_left_out_may_not_stay(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_node *node = fixture->post->node;
    struct ptn_officer officer;

    add_member(fixture, "dita", PTN_STAFF_OFFICER);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_true(ptn_staff_find(node, PTN_BYTES_LITERAL("dita"), &officer));
    assert_true(ptn_staff_may_stay(node, &officer));
    fixture->post->ahead_ms += 8 * DAY; /* the list has run out: they stay */
    assert_true(ptn_staff_may_stay(node, &officer));
    ptn_buffer_clear(&fixture->people);
    add_member(fixture, "arta", PTN_STAFF_OFFICER);
    add_member(fixture, "besa", PTN_STAFF_SUPERVISOR);
    assert_int_equal(take(fixture, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_false(ptn_staff_may_stay(node, &officer));
    assert_true(ptn_staff_find(node, PTN_BYTES_LITERAL("arta"), &officer));
    officer.role = PTN_STAFF_SUPERVISOR;
    assert_false(ptn_staff_may_stay(node, &officer)); /* with rights that the list does not give */
}

/* A crash came after the file was written and before the ledger was: it is judged anew, and
 * recorded. One that nobody signed is no list. */
static void test_staff_hold__a_file_that_no_record_knows_is_judged(void **state)
{
    struct staff_fixture *fixture = *state;
    enum ptn_staff_act act = 0;
    char why[PTN_RECORD_WORD_MAX + 1];

    ptn_node_close(fixture->post->node);
    put_file(fixture->post, "staff.list", staff_note(fixture, POST, 1, 7 * DAY, D(0)));
    open_node(fixture->post);
    assert_int_equal(last_event(fixture, &act, why), 1);
    assert_int_equal(act, PTN_STAFF_REFUSED);
    assert_string_equal(why, "not-theirs");
    assert_false(ptn_staff_standing(fixture->post->node).has_list);
    ptn_node_close(fixture->post->node);
    put_file(fixture->post, "staff.list", staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL));
    open_node(fixture->post);
    assert_int_equal(last_event(fixture, &act, why), 2);
    assert_int_equal(act, PTN_STAFF_TAKEN);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
}

static void test_staff_hold__a_revoked_key_signs_no_list(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_buffer body = { .len_max = 1024 };

    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    assert_true(ptn_ok(ptn_buffer_add_text(&body, "verb revoke\nall\nkey ")));
    assert_true(ptn_ok(ptn_buffer_add_hex(
        &body, ptn_bytes_of(ptn_vault_public_key(fixture->personnel, PTN_ROLE_NODE),
                            PTN_PUBLIC_KEY_LEN))));
    assert_true(ptn_ok(ptn_buffer_add(&body, ptn_bytes_of("\n", 2))));
    assert_int_equal(
        note(fixture->post, order(fixture->post, (const char *)body.at, D(0) | D(1)), NULL),
        PTN_C_OK);
    ptn_buffer_release(&body);
    add_member(fixture, "thief", PTN_STAFF_SUPERVISOR);
    assert_refused(fixture, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL), "not-theirs");
    assert_int_equal(sign_in(fixture, "thief"), PTN_C_NOT_FOUND);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK); /* the former list is in force */
    /* authorities stand in for the officer whose key was lost */
    assert_int_equal(take(fixture, staff_note(fixture, POST, 2, 7 * DAY, A(0) | A(2))), PTN_C_OK);
}

/* Somebody set this machine's clock ten days on: keepers know better. */
static void test_staff_hold__a_wrong_clock_ends_no_list(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_node *node = fixture->post->node;

    assert_int_equal(take(fixture, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL)), PTN_C_OK);
    fixture->post->ahead_ms += 10 * DAY;
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_BUSY);
    ptn_node_clock(node, 10 * DAY / 1000);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    assert_false(ptn_staff_standing(node).may_extend);
    fixture->post->ahead_ms -= 20 * DAY; /* and back: what has run out stays so */
    ptn_node_clock(node, -10 * DAY / 1000);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    ptn_node_clock(node, -18 * DAY / 1000);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_BUSY);
}

/* The file is gone, or an older one lies there: nobody gets in by it, nor by the file `staff`, and
 * the same list mends it. STAFF-1. */
static void test_staff_hold__a_lost_or_older_file_lets_nobody_in(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_buffer first = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_buffer second = { .len_max = PTN_NOTE_LEN_MAX };
    char path[160];

    assert_true(ptn_ok(ptn_buffer_add(&first, staff_note(fixture, POST, 1, 7 * DAY, PERSONNEL))));
    assert_int_equal(take(fixture, ptn_buffer_bytes(&first)), PTN_C_OK);
    assert_true(ptn_ok(ptn_buffer_add(&second, staff_note(fixture, POST, 2, 7 * DAY, PERSONNEL))));
    assert_int_equal(take(fixture, ptn_buffer_bytes(&second)), PTN_C_OK);
    (void)ptn_node_step(fixture->post->node);
    ptn_node_close(fixture->post->node);
    put_file(fixture->post, "staff.list", ptn_buffer_bytes(&first));
    put_file(fixture->post, "staff", ptn_buffer_bytes(&fixture->people));
    open_node(fixture->post);
    assert_true(ptn_staff_standing(fixture->post->node).lost);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    ptn_node_close(fixture->post->node);
    (void)snprintf(path, sizeof(path), "%s/staff.list", fixture->post->dir);
    assert_true(ptn_ok(ptn_world_real()->files->remove(NULL, path)));
    open_node(fixture->post);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    assert_int_equal(take(fixture, ptn_buffer_bytes(&first)), PTN_C_OK); /* passed over */
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_NOT_FOUND);
    assert_int_equal(take(fixture, ptn_buffer_bytes(&second)), PTN_C_OK);
    assert_false(ptn_staff_standing(fixture->post->node).lost);
    assert_int_equal(sign_in(fixture, "arta"), PTN_C_OK);
    ptn_buffer_release(&first);
    ptn_buffer_release(&second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_staff_hold__##name, staff_begin, staff_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_file_counts_until_the_first_list),
        TEST(wrong_ones_are_refused_and_recorded_once),
        TEST(a_forged_copy_does_not_stand_in_the_way),
        TEST(another_posts_list_from_a_keeper_is_passed_over),
        TEST(a_list_waits_for_the_one_before_it),
        TEST(two_on_the_spot_keep_the_lane_open),
        TEST(a_password_without_its_key_lets_nobody_in),
        TEST(somebody_vouches_for_whoever_lost_a_key),
        TEST(two_passwords_let_a_list_run_on),
        TEST(a_revoked_officer_is_out_at_once),
        TEST(whoever_is_left_out_may_not_stay),
        TEST(a_file_that_no_record_knows_is_judged),
        TEST(a_revoked_key_signs_no_list),
        TEST(a_wrong_clock_ends_no_list),
        TEST(a_lost_or_older_file_lets_nobody_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
