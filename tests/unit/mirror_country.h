/*
 * tests/unit/mirror_country.h -- a small country on the real disk for tests of mirror/: an
 * authority, a roster, four keepers, a centre and a post, each with vault and ledger; and a clock
 * that stands until it is moved.
 */
#ifndef TESTS_UNIT_MIRROR_COUNTRY_H
#define TESTS_UNIT_MIRROR_COUNTRY_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <unistd.h>

#include "ledger/serving.h"
#include "mirror/follower.h"
#include "mirror/keeper.h"
#include "record/notice.h"

#define KEEPERS 4u
#define CENTRE  4u
#define POST    5u
#define NODES   6u

struct member {
    char dir[96];
    char origin[128];
    char mirror_name[144];
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_vkey key;    /* of the ledger */
    struct ptn_vkey mirror; /* keepers */
};

struct country {
    struct ptn_world world;
    char dir[64];
    struct ptn_vault *authority;
    struct ptn_vkey authority_key;
    struct ptn_vkey duty_key; /* the centre's vault has it, as its node's key */
    struct member members[NODES];
    struct ptn_buffer roster; /* its note */
    bool site;                /* the centre is the post's site keeper instead */
    bool spare;               /* the roster names COUNTRY_SPARE as the post's */
};

#define COUNTRY_SPARE "utopia.example/post-2"

static int64_t country_ms = INT64_C(1795800000000);

/* The disk of all ledgers; NULL: the real one. */
static const char *country_vfs_name;

static inline int64_t country_now_ms(void *context)
{
    (void)context;
    return country_ms;
}

static inline int64_t country_us(void *context)
{
    (void)context;
    return country_ms * 1000;
}

#define GOOD(call) assert_int_equal((call).code, PTN_C_OK)

static inline int country_unlink(const char *path, const struct stat *about, int type,
                                 struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static inline void country_wipe(const char *dir)
{
    (void)nftw(dir, country_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* A roster's text of that version; without: a member that is left out, or NODES. */
static inline void country_roster_text(struct country *country, uint32_t version, unsigned without,
                                       struct ptn_buffer *text)
{
    struct ptn_roster_node nodes[NODES];
    struct ptn_roster roster = { .origin = PTN_BYTES_LITERAL("utopia.example/roster"),
                                 .version = version,
                                 .expires = { 2027, 11, 24 },
                                 .quorum_n = KEEPERS,
                                 .quorum_q = 3,
                                 .quorum_f = 1,
                                 .authorities_needed = 1,
                                 .authorities = &country->authority_key,
                                 .authority_count = 1,
                                 .duties = &country->duty_key,
                                 .duty_count = 1,
                                 .nodes = nodes };

    struct ptn_roster_spare spare = { .origin =
                                          ptn_bytes_from_text(country->members[POST].origin) };

    if (country->spare) {
        GOOD(ptn_vkey_make(PTN_BYTES_LITERAL(COUNTRY_SPARE),
                           ptn_vault_public_key(country->members[POST].vault, PTN_ROLE_NODE),
                           &spare.ledger));
        memset(spare.tls, 0x60, sizeof(spare.tls));
        roster.spares = &spare;
        roster.spare_count = 1;
    }
    memset(nodes, 0, sizeof(nodes));
    for (unsigned i = 0; i < NODES; i++) {
        struct ptn_roster_node *node = &nodes[roster.node_count];

        if (i == without)
            continue;
        node->role = i < KEEPERS   ? PTN_ROSTER_KEEPER
                     : i == CENTRE ? PTN_ROSTER_CENTRE
                                   : PTN_ROSTER_POST;
        node->ledger = country->members[i].key;
        if (i == CENTRE && country->site) {
            node->role = PTN_ROSTER_SITE;
            node->post = ptn_bytes_from_text(country->members[POST].origin);
        }
        if (i < KEEPERS || node->role == PTN_ROSTER_SITE) {
            node->mirror = country->members[i].mirror;
            node->address = PTN_BYTES_LITERAL("127.0.0.1:8701");
        }
        memset(node->tls, (int)(0x40 + i), sizeof(node->tls));
        roster.node_count++;
    }
    GOOD(ptn_roster_write(&roster, text));
}

static inline void country_roster_note(struct country *country, uint32_t version, unsigned without,
                                       struct ptn_buffer *note)
{
    struct ptn_buffer text;

    ptn_buffer_init(&text, PTN_ROSTER_TEXT_MAX);
    country_roster_text(country, version, without, &text);
    GOOD(ptn_note_sign(country->authority, PTN_ROLE_NODE, country->authority_key.name,
                       ptn_buffer_bytes(&text), note, NULL));
    ptn_buffer_release(&text);
}

static inline void country_member(struct country *country, unsigned i)
{
    static const char *const names[NODES] = { "keeper-a", "keeper-b", "keeper-c",
                                              "keeper-d", "centre",   "post" };
    struct member *member = &country->members[i];

    (void)snprintf(member->dir, sizeof(member->dir), "%s/%s", country->dir, names[i]);
    (void)snprintf(member->origin, sizeof(member->origin), "utopia.example/%s", names[i]);
    (void)snprintf(member->mirror_name, sizeof(member->mirror_name), "utopia.example/%s/mirror",
                   names[i]);
    assert_int_equal(mkdir(member->dir, 0700), 0);
    GOOD(ptn_vault_create(&country->world, member->dir, NULL));
    GOOD(ptn_vault_open(&country->world, member->dir, &member->vault, NULL));
    GOOD(ptn_ledger_create(&country->world, member->vault, member->dir, member->origin, NULL));
    GOOD(ptn_ledger_open(&country->world, member->vault, member->dir, &member->ledger, NULL));
    GOOD(ptn_vkey_make(ptn_bytes_from_text(member->origin),
                       ptn_vault_public_key(member->vault, PTN_ROLE_LEDGER), &member->key));
    GOOD(ptn_vkey_make_cosigner(ptn_bytes_from_text(member->mirror_name),
                                ptn_vault_public_key(member->vault, PTN_ROLE_MIRROR),
                                &member->mirror));
}

static inline struct country *country_new(void)
{
    struct country *country = calloc(1, sizeof(*country));
    char dir[96];

    assert_non_null(country);
    country->world = *ptn_world_real();
    country->world.now_ms = country_now_ms;
    country->world.monotonic_us = country_us;
    country->world.sqlite_vfs_name = country_vfs_name;
    (void)snprintf(country->dir, sizeof(country->dir), "%s/postern-mirror-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(country->dir));
    (void)snprintf(dir, sizeof(dir), "%s/authority", country->dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    GOOD(ptn_vault_create(&country->world, dir, NULL));
    GOOD(ptn_vault_open(&country->world, dir, &country->authority, NULL));
    GOOD(ptn_vkey_make(PTN_BYTES_LITERAL("utopia.example/authority-1"),
                       ptn_vault_public_key(country->authority, PTN_ROLE_NODE),
                       &country->authority_key));
    for (unsigned i = 0; i < NODES; i++)
        country_member(country, i);
    GOOD(ptn_vkey_make(PTN_BYTES_LITERAL("utopia.example/duty-1"),
                       ptn_vault_public_key(country->members[CENTRE].vault, PTN_ROLE_NODE),
                       &country->duty_key));
    ptn_buffer_init(&country->roster, PTN_NOTE_LEN_MAX);
    country_roster_note(country, 1, NODES, &country->roster);
    return country;
}

static inline void country_free(struct country *country)
{
    for (unsigned i = 0; i < NODES; i++) {
        ptn_ledger_close(country->members[i].ledger);
        ptn_vault_close(country->members[i].vault);
    }
    ptn_vault_close(country->authority);
    ptn_buffer_release(&country->roster);
    country_wipe(country->dir);
    free(country);
}

/* Append count entries with payloads that tell their place, in one batch. */
static inline void country_append(struct country *country, unsigned member, unsigned count)
{
    static struct ptn_ledger_entry entries[PTN_LEDGER_BATCH_MAX];
    static char texts[PTN_LEDGER_BATCH_MAX][48];
    uint64_t first = 0;

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%u of %u by %u", i, count, member);
        entries[i] = (struct ptn_ledger_entry){ .kind = PTN_RECORD_NODE_STARTED,
                                                .time_ms = country_ms,
                                                .retention = PTN_RETENTION_OPERATION };
        if (i % 7 != 3) /* some have no payload */
            entries[i].payload = ptn_bytes_from_text(texts[i]);
    }
    GOOD(ptn_ledger_append(country->members[member].ledger, entries, count, &first, NULL));
}

static inline struct ptn_keeper *country_keeper(struct country *country, unsigned i)
{
    const struct ptn_keeper_setup setup = { .world = &country->world,
                                            .vault = country->members[i].vault,
                                            .dir = country->members[i].dir,
                                            .ledger = country->members[i].ledger,
                                            .roster = ptn_buffer_bytes(&country->roster) };
    struct ptn_keeper *keeper = NULL;
    struct ptn_diag diag = { 0, "" };

    if (!ptn_ok(ptn_keeper_open(&setup, &keeper, &diag)))
        fail_msg("keeper: %s", diag.text);
    return keeper;
}

static inline struct ptn_keeper_peer country_peer(const struct country *country, unsigned i)
{
    return (struct ptn_keeper_peer){ ptn_bytes_from_text(country->members[i].origin),
                                     i < KEEPERS   ? PTN_ROSTER_KEEPER
                                     : i == CENTRE ? PTN_ROSTER_CENTRE
                                                   : PTN_ROSTER_POST };
}

/* Ask the keeper; the exchange's answer is initialised once by the caller. */
static inline unsigned country_ask(struct ptn_keeper *keeper, const struct country *country,
                                   unsigned who, struct ptn_exchange *exchange)
{
    const struct ptn_keeper_peer peer = country_peer(country, who);

    GOOD(ptn_keeper_answer(keeper, &peer, exchange));
    return exchange->status;
}
#endif
