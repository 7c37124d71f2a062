/* tests/unit/node_staff.h -- a post whose roster names a personnel officer: for tests of its staff
 * list. */
#ifndef PTN_TESTS_NODE_STAFF_H
#define PTN_TESTS_NODE_STAFF_H
#include "node_orders.h"

#include "node/staff.h"
#include "vault/seal.h"

#define DAY INT64_C(86400000)

static const char *const personnel_name = "u.example/personnel-1";

struct staff_fixture {
    struct fixture *post;
    struct ptn_vault *personnel;
    struct ptn_buffer roster_text;
    struct ptn_roster roster;
    struct ptn_arena *arena;
    struct ptn_buffer people, note;
};

/* The roster of node_orders.h, with a personnel officer, the post, another post, and a reading key
 * of each for this month and the next. */
static inline void put_staff_roster(struct staff_fixture *fixture, uint32_t version)
{
    struct fixture *post = fixture->post;
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_note note;
    struct ptn_vkey personnel;
    struct ptn_roster_node nodes[8];
    struct ptn_roster_reading readings[4];
    const struct ptn_date today = ptn_instant_date(shifted_now(NULL));
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/roster", post->dir);
    assert_true(ptn_ok(ptn_world_real()->files->read(NULL, path, &file)));
    assert_true(ptn_ok(ptn_note_parse(ptn_buffer_bytes(&file), &note, NULL)));
    assert_true(ptn_ok(ptn_roster_parse(note.text, fixture->arena, &fixture->roster, NULL)));
    assert_true(
        ptn_ok(ptn_vkey_make(ptn_bytes_from_text(personnel_name),
                             ptn_vault_public_key(fixture->personnel, PTN_ROLE_NODE), &personnel)));
    memset(nodes, 0, sizeof(nodes));
    memcpy(nodes, fixture->roster.nodes, 4 * sizeof(nodes[0]));
    for (size_t i = 0; i < 2; i++) {
        uint8_t key[PTN_PUBLIC_KEY_LEN];

        memset(key, 0x40 + (int)i, sizeof(key));
        nodes[4 + i].role = PTN_ROSTER_POST;
        nodes[4 + i].tls[0] = (uint8_t)(0x50 + i);
        assert_true(ptn_ok(ptn_vkey_make(ptn_bytes_from_text(i == 0 ? POST : "u.example/else"), key,
                                         &nodes[4 + i].ledger)));
    }
    memset(readings, 0, sizeof(readings));
    for (size_t i = 0; i < 4; i++) {
        struct ptn_reading made;
        struct ptn_date month = today;
        struct ptn_status status;

        month.day = 1;
        if (i % 2 == 1) {
            month.month = today.month == 12 ? 1 : (uint8_t)(today.month + 1);
            month.year = today.month == 12 ? (uint16_t)(today.year + 1) : today.year;
        }
        status = i < 2 ? ptn_reading_make(ptn_world_real(), post->dir, month, &made, NULL)
                       : ptn_reading_make(post->people, "person0", month, &made, NULL);
        if (status.code == PTN_C_BUSY)
            status = i < 2 ? ptn_reading_find(ptn_world_real(), post->dir, month, &made, NULL)
                           : ptn_reading_find(post->people, "person0", month, &made, NULL);
        assert_true(ptn_ok(status));
        readings[i].origin = nodes[4 + i / 2].ledger.name;
        readings[i].month = (struct ptn_date){ month.year, month.month, 0 };
        memcpy(readings[i].key, made.key, sizeof(made.key));
    }
    fixture->roster.version = version;
    fixture->roster.personnel = &personnel;
    fixture->roster.personnel_count = 1;
    fixture->roster.nodes = nodes;
    fixture->roster.node_count = 6;
    fixture->roster.readings = readings;
    fixture->roster.reading_count = 4;
    ptn_buffer_clear(&fixture->roster_text);
    assert_true(ptn_ok(ptn_roster_write(&fixture->roster, &fixture->roster_text)));
    put_file(post, "roster",
             sign(post, ptn_buffer_bytes(&fixture->roster_text), A(0) | A(1) | A(2)));
    assert_true(ptn_ok(ptn_roster_parse(ptn_buffer_bytes(&fixture->roster_text), fixture->arena,
                                        &fixture->roster, NULL)));
    ptn_buffer_release(&file);
}

/* Hashes of "arta's password" and so on, by the least that Argon2id takes: the tests sign in often.
 */
static const char *const cheap_hashes[][2] = {
    { "arta", "$argon2id$v=19$m=8,t=1,p=1$Jdns95ZKDUxDCmAmQTpeMw$VVCP/dH2qd88DU9/"
              "TsRRSqui4AjKn35BO4CfiP28EQg" },
    { "besa", "$argon2id$v=19$m=8,t=1,p=1$8bN2W8y4MPde9zn8YpKiYw$AVWSIJIkpz4RQyoDFxZjCK/"
              "wq+1E75+jVwhZFUNKFlc" },
    { "dita", "$argon2id$v=19$m=8,t=1,p=1$UlahmQNfs436HrDSkgjmWQ$s5Nu6LK3VdPI/"
              "g47P4NiUhsEnsMdJplM1TzwsA5eFwg" },
    { "thief", "$argon2id$v=19$m=8,t=1,p=1$WDmTKYeJt8cxw+CCLS2/RQ$mvImvs64ceu0+TaoxRuzmPoyjT8J1/"
               "7Si/vxBpMnTb0" },
};

/* One of those four. */
static inline void add_member(struct staff_fixture *fixture, const char *user,
                              enum ptn_staff_role role)
{
    struct ptn_staff_member member = { .officer = { .role = role } };

    (void)snprintf(member.officer.user, sizeof(member.officer.user), "%s", user);
    (void)snprintf(member.officer.name, sizeof(member.officer.name), "%s", user);
    for (size_t i = 0; i < sizeof(cheap_hashes) / sizeof(cheap_hashes[0]); i++)
        if (strcmp(cheap_hashes[i][0], user) == 0)
            (void)snprintf(member.hash, sizeof(member.hash), "%s", cheap_hashes[i][1]);
    assert_int_not_equal(member.hash[0], '\0');
    assert_true(ptn_ok(ptn_staff_write(&member, &fixture->people)));
}

static inline enum ptn_code sign_in(struct staff_fixture *fixture, const char *user)
{
    struct ptn_officer officer;
    char password[64];

    (void)snprintf(password, sizeof(password), "%s's password", user);
    return ptn_staff_check(fixture->post->node, ptn_bytes_from_text(user),
                           ptn_bytes_from_text(password), NULL, &officer)
        .code;
}

/* A list of the people so far, given now, for so long. Signed by who: bits of node_orders.h's, or
 * PERSONNEL. */
#define PERSONNEL (1u << PEOPLE)

static inline struct ptn_bytes staff_note(struct staff_fixture *fixture, const char *post,
                                          uint32_t version, int64_t length_ms, unsigned who)
{
    const int64_t now_ms = shifted_now(NULL) / 1000 * 1000;
    const struct ptn_staff_list plan = { .post = ptn_bytes_from_text(post),
                                         .version = version,
                                         .given_ms = now_ms,
                                         .until_ms = now_ms + length_ms };
    struct ptn_buffer text = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_bytes note;

    assert_true(ptn_ok(ptn_staff_list_seal(ptn_world_real(), &fixture->roster, &plan,
                                           ptn_buffer_bytes(&fixture->people), &text, NULL)));
    if (who == PERSONNEL) {
        ptn_buffer_clear(&fixture->note);
        assert_true(ptn_ok(ptn_note_sign(fixture->personnel, PTN_ROLE_NODE,
                                         ptn_bytes_from_text(personnel_name),
                                         ptn_buffer_bytes(&text), &fixture->note, NULL)));
        note = ptn_buffer_bytes(&fixture->note);
    } else
        note = sign(fixture->post, ptn_buffer_bytes(&text), who);
    ptn_buffer_release(&text);
    return note;
}

static inline int staff_begin(void **state)
{
    struct staff_fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    (void)begin((void **)&fixture->post);
    ptn_node_close(fixture->post->node);
    fixture->arena = ptn_arena_new(16u << 20);
    ptn_buffer_init(&fixture->roster_text, PTN_NOTE_LEN_MAX);
    ptn_buffer_init(&fixture->people, PTN_STAFF_PEOPLE_LEN_MAX);
    ptn_buffer_init(&fixture->note, PTN_NOTE_LEN_MAX);
    assert_true(
        ptn_ok(fixture->post->people->files->make_dir(fixture->post->people->context, "hr")));
    assert_true(ptn_ok(ptn_vault_create(fixture->post->people, "hr", NULL)));
    assert_true(ptn_ok(ptn_vault_open(fixture->post->people, "hr", &fixture->personnel, NULL)));
    put_staff_roster(fixture, 1);
    open_node(fixture->post);
    add_member(fixture, "arta", PTN_STAFF_OFFICER);
    add_member(fixture, "besa", PTN_STAFF_SUPERVISOR);
    *state = fixture;
    return 0;
}

static inline int staff_end(void **state)
{
    struct staff_fixture *fixture = *state;

    ptn_vault_close(fixture->personnel);
    ptn_buffer_release(&fixture->roster_text);
    ptn_buffer_release(&fixture->people);
    ptn_buffer_release(&fixture->note);
    ptn_arena_free(fixture->arena);
    (void)end((void **)&fixture->post);
    free(fixture);
    return 0;
}
#endif
