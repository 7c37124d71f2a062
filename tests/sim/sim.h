/*
 * tests/sim/sim.h -- a whole country in one process: posts, keepers and a centre out of the
 * program's own code; a network, disks and a clock that a seed decides about.
 *
 * What is real: ledger/, vault/, trust/, mirror/. What is not: the network (sim_net.c loses,
 * doubles, delays and cuts), the disks (tests/ledger/fault_disk.c forgets what was not synced), the
 * clock, and the courier and door of serve/. The same seed and commit give the same run.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H
#include "../ledger/fault_disk.h"

#include "ledger/note_int.h"
#include "ledger/serving.h"
#include "mirror/follower.h"
#include "mirror/keeper.h"

#define SIM_KEEPERS  4u
#define SIM_POSTS    2u
#define SIM_NODES    (SIM_KEEPERS + SIM_POSTS + 1u)
#define SIM_CENTRE   (SIM_KEEPERS + SIM_POSTS)
#define SIM_QUORUM   3u
#define SIM_LIARS    1u
#define SIM_SIZE_MAX 20000u /* entries of one post */
#define SIM_SIGNERS  2u     /* authorities, all of whom are needed */
#define SIM_HOUR_MS  INT64_C(3600000)
#define SIM_KEEP_MS  (7 * 24 * SIM_HOUR_MS) /* least period of what posts append */

/* What is wrong on purpose, so that a check is seen to fire: --break WORD. */
enum sim_break {
    SIM_BREAK_NOTHING,
    SIM_BREAK_LOST,      /* a post's disk loses what was acknowledged */
    SIM_BREAK_REWRITTEN, /* a post goes on from an older disk and nobody is told */
    SIM_BREAK_KEEPER,    /* a keeper's disk goes back and nobody is told */
    SIM_BREAK_LIARS,     /* more keepers lie than the quorum allows for */
    SIM_BREAK_BYTES,     /* the reference has another entry than the copies */
    SIM_BREAK_CUT,       /* the network does not heal */
    SIM_BREAK_UNSEEN,    /* nor does that of a post whose disk went back */
    SIM_BREAK_PAYLOADS,  /* a keeper takes payloads it does not have for erased */
    SIM_BREAK_UNSYNCED,  /* a keeper's answers leave before its disk has anything */
    SIM_BREAK_TWOFOLD,   /* a keeper goes back with a post and takes its second history */
    SIM_BREAK_SIGNING,   /* a post that keepers hold more of signs on */
    SIM_BREAK_CLOCKS,    /* more keepers' clocks run ahead than the quorum allows for */
    SIM_BREAK_ALONE,     /* one authority is enough for the keepers */
    SIM_BREAK_UNDONE,    /* a keeper carries no order to erase out */
    SIM_BREAK_COUNT,
};

/* An order to erase, as those who signed it know it: the reference. */
#define SIM_ERASED_MAX 4u
struct sim_erasure {
    unsigned post; /* whose entries it names */
    uint64_t entries[SIM_ERASED_MAX];
    struct ptn_hash payloads[SIM_ERASED_MAX]; /* ascending */
    size_t count;
    bool is_enough;       /* as many authorities signed it as it takes */
    int64_t seen_ms;      /* when it was handed in; 0: not yet */
    struct ptn_hash name; /* the order's */
    struct ptn_buffer note, entry, seen, record;
};

/* One exchange a lane at a time, as a courier carries them. */
struct sim_lane {
    struct ptn_exchange exchange;
    bool waiting;
    uint64_t serial;   /* of the request that is out: answers to others come too late */
    uint64_t deadline; /* tick at which no answer is an answer */
};

/* An entry as a keeper gave it that hashed to what it must: whoever gives the same bytes need not
 * be hashed. Places in the history's bytes; length 0: not yet. */
struct sim_known {
    uint32_t leaf_at, leaf_len;
    uint32_t sealed_at, sealed_len;
    bool has_payload;
};

/* What a post appended, as it was told to us: the reference. */
struct sim_history {
    uint64_t size;
    uint64_t acknowledged;
    struct ptn_range range;
    struct ptn_buffer bytes;
    uint64_t shown[SIM_KEEPERS];  /* the largest cosigned size an honest keeper showed of it */
    uint64_t looked[SIM_KEEPERS]; /* payloads looked through there since the keeper started */
    uint64_t read[SIM_KEEPERS];   /* and entries */
    /* set up to size */
    struct ptn_hash roots[SIM_SIZE_MAX + 1];
    struct ptn_hash leaves[SIM_SIZE_MAX];
    struct sim_known known[SIM_SIZE_MAX];
};

struct sim;
struct sim_history *sim_history_new(const struct sim *sim);
void sim_history_free(struct sim_history *history);

/* The history that this root at this size belongs to; NULL: to none. */
struct sim_node;
struct sim_history *sim_history_of(const struct sim_node *post, uint64_t size,
                                   const struct ptn_hash *root);

struct sim_node {
    char origin[64];
    char mirror_name[80];
    char dir[32];
    char vfs_name[32];
    struct fault_disk *disk;
    struct ptn_world *seeded;
    struct ptn_world world;
    struct ptn_files files;
    struct ptn_vault *vault;
    struct ptn_vkey key;
    struct ptn_vkey mirror;
    bool is_up;
    bool is_honest;          /* lied never and never went back */
    int64_t ahead_ms;        /* of everybody's clock */
    uint64_t crash_tick;     /* 0: none is coming */
    uint64_t start_tick;     /* when it comes up again */
    struct fault_image *old; /* a disk to go back to */
    uint64_t old_size;
    /* posts, keepers */
    struct ptn_ledger *ledger;
    /* keepers */
    struct ptn_keeper *keeper;
    /* posts */
    struct ptn_ledger *reader;
    struct ptn_pusher *pushers[SIM_KEEPERS];
    struct sim_history *history;
    struct ptn_buffer heads[SIM_KEEPERS]; /* cosigned, as a keeper showed it last: verified */
    bool is_retired;            /* it was shown that it went back, and signs nothing more */
    struct sim_history *second; /* what it signed after its disk went back; NULL: it did not */
    /* the centre */
    struct ptn_follow *follow;
    struct ptn_copy *copies[SIM_NODES]; /* that it follows; Borrowed from follow */
    struct ptn_puller *pullers[SIM_KEEPERS];
    struct sim_lane lanes[SIM_KEEPERS];
};

struct sim_message; /* sim_net.c */

struct sim {
    uint64_t seed;
    uint64_t random;
    uint64_t tick;
    uint64_t safety_ticks; /* then it heals */
    uint64_t healed;       /* ticks it took */
    int64_t now_ms;
    bool is_healing;
    enum sim_break broken;
    bool is_loud;
    bool was_whole; /* --whole */
    bool was_told;  /* --ticks */
    bool is_whole;  /* each check of a keeper looks through all it has, not at what is new */
    struct ptn_vault *authorities[SIM_SIGNERS];
    struct ptn_world *authority_world;
    struct ptn_vkey authority_keys[SIM_SIGNERS];
    struct ptn_buffer roster;
    struct sim_node nodes[SIM_NODES];
    uint64_t cut_until[SIM_NODES][SIM_NODES]; /* from, to */
    unsigned lose, twice;                     /* of a hundred */
    unsigned delay_max;                       /* ticks */
    struct sim_message *messages;
    struct ptn_buffer scratch;
    struct ptn_hasher *hasher;
    struct ptn_signature_memory memories[SIM_NODES]; /* of posts: four keepers show one head */
    struct sim_erasure erasures[2];                  /* by enough authorities, and by too few */
    struct fault_image *unsynced; /* SIM_BREAK_UNSYNCED: what the disk falls back to */
    /* what happened, for the last line */
    unsigned long appended, crashes, faults, cuts, wipes, rolls, lies, exchanges, checks, erased,
        retired;
};

/* Stops the run: which invariant, and what was seen. */
_Noreturn void sim_fail(const struct sim *sim, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_say(const struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define SIM_GOOD(sim, call)                                                                        \
    do {                                                                                           \
        struct ptn_status good_ = (call);                                                          \
        if (!ptn_ok(good_))                                                                        \
            sim_fail(sim, "HARNESS", "%s:%d: %s", __FILE__, __LINE__, ptn_code_word(good_.code));  \
    } while (false)

/* The plan of a seed. */
struct sim_plan {
    unsigned liar;      /* a keeper, or SIM_NODES */
    uint64_t liar_tick; /* from then on */
    unsigned rolled;    /* a post, or SIM_NODES */
    uint64_t save_tick, roll_tick;
    unsigned cut_chance, crash_chance, fault_chance, wipe_chance, append_chance; /* of 1000 */
};

/* ---- sim.c ---- */

/* How long everything goes wrong: as long as a seed says, most often a good deal less than at most.
 * What comes once in a seed (a liar, a disk that goes back, an order to erase) comes the more
 * often.
 */
#define SIM_SAFETY_TICKS_MIN 50u
#define SIM_SAFETY_TICKS_MAX 1500u

void sim_keep_old_disk(struct sim *sim, unsigned index);
/* Somebody puts an old disk back. told: the reference knows that this node is not honest any more.
 */
void sim_go_back(struct sim *sim, unsigned index, bool told);
uint64_t sim_random(struct sim *sim, uint64_t below);
bool sim_chance(struct sim *sim, unsigned of_thousand);

/* ---- sim_country.c: nodes ---- */

void sim_country_make(struct sim *sim);
void sim_country_free(struct sim *sim);
bool sim_node_start(struct sim *sim, unsigned index); /* false: its disk does not let it */
void sim_node_stop(struct sim *sim, unsigned index, bool power_cut);
void sim_node_wipe(struct sim *sim, unsigned index);
void sim_post_append(struct sim *sim, unsigned index, unsigned count);
/* One entry with this payload, when nothing fails. Returns its number. */
uint64_t sim_post_note(struct sim *sim, unsigned index, unsigned kind, struct ptn_bytes payload);
/* What a keeper has shown it of its own ledger: FOLLOW-5. Every tick, as a post's owner does. */
void sim_post_look_back(struct sim *sim, unsigned index);
/* A note of the first so many authorities. */
void sim_sign(struct sim *sim, struct ptn_bytes text, unsigned signers, struct ptn_buffer *note);
/* From now on it signs a second history, which starts like the first. */
void sim_post_fork(struct sim *sim, unsigned index, uint64_t size);

static inline bool sim_is_keeper(unsigned index)
{
    return index < SIM_KEEPERS;
}
static inline bool sim_is_post(unsigned index)
{
    return index >= SIM_KEEPERS && index < SIM_KEEPERS + SIM_POSTS;
}

/* ---- sim.c ---- */

void sim_tick(struct sim *sim);
/* Ticks until everything is everywhere, at most so many. False: it is not. */
bool sim_settle(struct sim *sim, unsigned ticks);

/* ---- sim_erase.c: orders to erase, when everything is everywhere ---- */

void sim_erase(struct sim *sim);
/* May this payload be gone by now? *ret_named: some order names it. */
bool sim_may_be_gone(const struct sim *sim, const struct sim_node *post, uint64_t entry,
                     bool *ret_named);

/* ---- sim_net.c ---- */

/* Every node's lanes ask, if they have something to ask. */
void sim_net_ask(struct sim *sim, unsigned client);
/* What is due arrives. */
void sim_net_deliver(struct sim *sim);
void sim_net_clear(struct sim *sim);
/* The lanes of a node that goes down. */
void sim_net_forget(struct sim *sim, unsigned client);
bool sim_net_is_idle(const struct sim *sim);

/* ---- sim_check.c: the invariants ---- */

void sim_check_post(struct sim *sim, unsigned index);
void sim_check_keeper(struct sim *sim, unsigned index);
void sim_check_centre(struct sim *sim);
/* The keeper's head of a post, cosigned, into the exchange's answer. Its size, 0: none. */
uint64_t sim_check_head(struct sim *sim, unsigned keeper, const struct sim_node *post,
                        struct ptn_exchange *exchange);
/* Everything is everywhere. False: not yet. */
bool sim_check_converged(struct sim *sim);
/* It must be by now. */
void sim_check_healed(struct sim *sim);

/* ---- sim_break.c: what is wrong on purpose ---- */

/* SIM_BREAK_COUNT: no such word. */
enum sim_break sim_break_of(const char *word);
const char *sim_break_word(enum sim_break broken);
/* What is not decided by the seed, so that the break is seen. */
void sim_break_plan(struct sim *sim, struct sim_plan *plan);
/* A tick of the unsafe phase, after what the plan had for it. */
void sim_break_act(struct sim *sim, const struct sim_plan *plan);
/* False: the checks of this break are sim_break_act's own. */
bool sim_break_checks_all(const struct sim *sim, const struct sim_plan *plan);
/* What stays cut when the network heals. */
void sim_break_heal(struct sim *sim);
/* Whether posts look back at all. */
bool sim_break_looks_back(const struct sim *sim);
/* Around a keeper's answer. */
void sim_break_before(struct sim *sim, unsigned keeper);
void sim_break_after(struct sim *sim, unsigned keeper, const struct ptn_exchange *exchange);
bool sim_break_erased(void *context, const struct ptn_hash *sha256);
#endif
