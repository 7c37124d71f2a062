/*
 * arrival/arrivals.h -- what carriers sent before the people stand there: the voyages that are
 * expected and who is on them.
 *
 * A store in memory, filled from messages as message/ reads them. Each voyage has up to three
 * lists: passengers, crew, and bookings (PNRGOV). A list that comes again replaces the former, and
 * what changed is kept; what happened to its people (arrived, not on board) goes over to the new
 * one. Bounded: past PTN_ARRIVALS_VOYAGES_MAX or PTN_ARRIVALS_PEOPLE_MAX the voyage with the oldest
 * day goes first, and is counted. Any thread may call; the lock is held for copying only. No clock:
 * times come from the caller. docs/format/arrivals.md.
 */
#ifndef PTN_ARRIVAL_ARRIVALS_H
#define PTN_ARRIVAL_ARRIVALS_H
#include "message/manifest.h"
#include "record/person.h"
#include "record/record.h"
#include "watch/register.h"
#include "watch/screen.h"

#define PTN_ARRIVALS_VOYAGES_MAX  512u
#define PTN_ARRIVALS_PEOPLE_MAX   100000u                     /* on all lists together */
#define PTN_ARRIVALS_KEEP_MS      (INT64_C(72) * 3600 * 1000) /* what a node learns at its start */
#define PTN_ARRIVAL_CHANGES_MAX   500u /* kept of one new version; more are counted */
#define PTN_ARRIVAL_DOCUMENTS_MAX 3u   /* kept of one person */
#define PTN_ARRIVAL_NAME_MAX      64u  /* bytes of a voyage's name */
#define PTN_ARRIVAL_ID_SIZE       33u  /* its id in hex, with a NUL */

/* How the store meets threads; NULL: one thread does everything. */
struct ptn_arrivals_seams {
    void *context;
    void (*lock)(void *context);
    void (*unlock)(void *context);
};

struct ptn_arrivals; /* opaque */

/* Owned: ptn_arrivals_free. seams is copied. NULL: no memory. */
struct ptn_arrivals *ptn_arrivals_new(const struct ptn_arrivals_seams *seams);
void ptn_arrivals_free(struct ptn_arrivals *arrivals);

/* ---- in ---- */

/**
 * ptn_arrivals_take(arrivals, raw, manifest, received_ms, origin, seq):
 * Take one message. Which voyage, and what it does to it, follows from the message alone: a list
 * replaces, CP changes people, XR and RP take them off, CL, CLNB, CLOB and XF close the flight or
 * cancel it. Nothing happens for a message that was taken before, for one older than what it would
 * replace, and for one that names no voyage or is quarantined.
 *
 * raw          Borrowed. The message's bytes: the same bytes are the same message.
 * manifest     Borrowed. What message/ read in them; everything kept is copied.
 * received_ms  When it came in, to whoever wrote it down first.
 * origin, seq  The ledger it stands in, and where: kept, to say where a list came from.
 *
 * OK; NO_MEMORY: nothing changed.
 */
PTN_MUST_USE struct ptn_status ptn_arrivals_take(struct ptn_arrivals *arrivals,
                                                 struct ptn_bytes raw,
                                                 const struct ptn_manifest *manifest,
                                                 int64_t received_ms, struct ptn_bytes origin,
                                                 uint64_t seq);

/*
 * The name of the voyage a message speaks of ("UX 204 2026-11-28", "IMO9074729 V112"), which is how
 * a crossing's record names it, and its id, made of the name. False when it names none. Pure.
 */
bool ptn_arrivals_name(const struct ptn_manifest *manifest,
                       char ret_name[PTN_ARRIVAL_NAME_MAX + 1]);
void ptn_arrivals_id(const char *name, char ret_id[PTN_ARRIVAL_ID_SIZE]);

/*
 * Somebody of this voyage has crossed: who is on a list is marked arrived, now or when the list
 * comes. Remembers the last PTN_ARRIVALS_SEEN_MAX.
 */
#define PTN_ARRIVALS_SEEN_MAX 16384u
void ptn_arrivals_saw(struct ptn_arrivals *arrivals, const char *name,
                      const struct ptn_person *person, int64_t time_ms);

/* ---- screening ---- */

struct ptn_check; /* decision/decide.h */

/* All lists in force. Which they are is who asks' to know. */
struct ptn_arrivals_watch {
    /* Give the check its matches, as a lane's is given them (FORCE-1). Its views live as long as
     * the lists and the arena. The codes of ptn_screen. */
    struct ptn_status (*search)(void *context, const struct ptn_screen_query *query,
                                struct ptn_arena *arena, struct ptn_check *check);
    void *context;
    uint64_t edition; /* names what is searched: other lists are another edition; not 0 */
    struct ptn_date today;
    char own_state[4];
};

/*
 * ptn_arrivals_screen(arrivals, watch, most, ret_left):
 * Screen people that were not screened against this edition, those who are due first, at most
 * `most` of them; who has arrived is not screened again. An edition that comes while others are
 * screened begins once they are: however fast editions come, everybody is screened (ARRIVAL-4).
 * ret_left: how many wait. One thread at a time. OK, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_arrivals_screen(struct ptn_arrivals *arrivals,
                                                   const struct ptn_arrivals_watch *watch,
                                                   size_t most, size_t *ret_left);

/* What the lists say of one person. */
struct ptn_arrival_matches {
    const struct ptn_match *matches; /* all of them, discreet checks too */
    size_t count;
    bool more;
    unsigned trouble, trouble_discreet; /* as of a row, below */
};

struct ptn_arrival_person;

/*
 * One person against the lists, as ptn_arrivals_screen asks, with the reasons. leaves: in the
 * direction out. Views live as long as the lists and the arena. OK, NO_MEMORY, and the codes of
 * ptn_screen for a name nothing can be searched for.
 */
PTN_MUST_USE struct ptn_status ptn_arrival_match(const struct ptn_arrivals_watch *watch,
                                                 const struct ptn_arrival_person *row, bool leaves,
                                                 struct ptn_arena *arena,
                                                 struct ptn_arrival_matches *ret_found);

/* ---- out ---- */

enum ptn_arrival_state {
    PTN_ARRIVAL_EXPECTED,
    PTN_ARRIVAL_CLOSED,    /* the carrier closed the flight: nobody more gets on */
    PTN_ARRIVAL_CANCELLED, /* it does not come */
};

/* Lists of one voyage. */
enum ptn_arrival_list { PTN_ARRIVAL_PASSENGERS, PTN_ARRIVAL_CREW, PTN_ARRIVAL_BOOKINGS };
#define PTN_ARRIVAL_LIST_COUNT 3u

/* "expected", "closed", "cancelled"; "passengers", "crew", "bookings"; "passenger", "crew",
 * "transit". Literals. */
const char *ptn_arrival_state_word(enum ptn_arrival_state state);
const char *ptn_arrival_list_word(enum ptn_arrival_list list);
const char *ptn_arrival_role_word(enum ptn_manifest_role role);

/* How many; twice where a discreet check counts for those alone who may know of it (DECIDE-6). */
struct ptn_arrival_counts {
    size_t people, passengers, crew, transit;
    size_t arrived;
    size_t not_on_board; /* said by the carrier */
    size_t waiting;      /* not screened yet */
    size_t trouble, trouble_discreet;
    size_t added, removed, changed; /* by the last version of each list */
    size_t parts_missing;           /* of lists that come in parts; at least so many */
};

/* One voyage. Texts live as long as the arena they were copied to. */
struct ptn_arrival {
    char id[PTN_ARRIVAL_ID_SIZE];
    char name[PTN_ARRIVAL_NAME_MAX + 1];
    bool ship; /* a voyage of a ship; else a flight or a coach */
    struct ptn_bytes carrier, number, from, to, ship_name, imo;
    struct ptn_manifest_time departure, arrival;
    int64_t due_ms; /* when it is here, or leaves from here; 0: no message says */
    bool leaves;    /* from one of this State's places */
    enum ptn_arrival_state state;
    unsigned version;    /* goes up with everything that is taken */
    int64_t received_ms; /* of the newest message */
    struct ptn_arrival_counts counts;
};

/* All voyages, the next due first. OK, NO_MEMORY. *ret_let_go: how many made room for others since
 * the start. */
PTN_MUST_USE struct ptn_status ptn_arrivals_list(struct ptn_arrivals *arrivals,
                                                 struct ptn_arena *arena,
                                                 struct ptn_arrival **ret_voyages,
                                                 size_t *ret_count, uint64_t *ret_let_go);

struct ptn_arrival_document {
    struct ptn_bytes type, number; /* type as sent: P, I, V … */
    char issuer[4];
    struct ptn_date expiry;
};

/* A person as the carrier wrote them: texts are UTF-8 without control characters, cut at their
 * limits. */
struct ptn_arrival_person {
    enum ptn_manifest_role role;
    struct ptn_bytes surname, given; /* given: all given names */
    struct ptn_date birth;
    char sex; /* 'M', 'F' or 0 */
    char nationality[4];
    struct ptn_arrival_document documents[PTN_ARRIVAL_DOCUMENTS_MAX];
    size_t document_count;
    struct ptn_bytes birth_place; /* as the carrier has it */
    struct ptn_bytes reference, booking, rank, embark, debark;
};

/* The same person as the house knows one: the first document that is no visa. Views of row's texts.
 */
struct ptn_person ptn_arrival_person_as(const struct ptn_arrival_person *row);

/* The number of the first row of a voyage's list of crew; its passengers' is 0. */
#define PTN_ARRIVAL_ROW_CREW 65536u

struct ptn_arrival_row {
    unsigned number; /* of the row within its voyage and version */
    enum ptn_arrival_list list;
    struct ptn_arrival_person person;
    int64_t arrived_ms; /* 0: not yet */
    bool not_on_board;
    bool screened;
    /* 0 nothing; 1 on a list, for information; 2 the second line is asked; 3 the supervisor.
     * _discreet: with discreet checks counted */
    unsigned trouble, trouble_discreet;
    size_t together; /* people of the same booking, this one counted; 0: none */
};

enum ptn_arrival_change_kind { PTN_ARRIVAL_ADDED, PTN_ARRIVAL_REMOVED, PTN_ARRIVAL_CHANGED };

/* "added", "removed", "changed": a literal. */
const char *ptn_arrival_change_word(enum ptn_arrival_change_kind kind);

struct ptn_arrival_change {
    enum ptn_arrival_change_kind kind;
    enum ptn_arrival_list list;
    struct ptn_arrival_person now, before; /* before: removed and changed; now: added and changed */
};

/* One voyage with its people, most trouble first (as this viewer may see it), then by name. Texts
 * live as long as the arena. */
struct ptn_arrival_whole {
    struct ptn_arrival voyage;
    struct ptn_arrival_row *rows;
    size_t row_count;
    struct ptn_arrival_change *changes;
    size_t change_count, changes_left_out;
    struct ptn_bytes origin; /* of the newest list */
    uint64_t seq;
};

/*
 * ptn_arrivals_open(arrivals, id, discreet, arena, ret_whole):
 * Copy one voyage. id: 32 hex digits. OK, NOT_FOUND, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_arrivals_open(struct ptn_arrivals *arrivals, const char *id,
                                                 bool discreet, struct ptn_arena *arena,
                                                 struct ptn_arrival_whole *ret_whole);

/*
 * One row of one voyage as it stood in that version (0: whichever stands). OK; NOT_FOUND: no such
 * voyage or row; BUSY: the list has changed since; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_arrivals_row(struct ptn_arrivals *arrivals, const char *id,
                                                unsigned version, unsigned number,
                                                struct ptn_arena *arena,
                                                struct ptn_arrival_row *ret_row);

struct ptn_place; /* reference/place.h */
/* The place of this State that a carrier's code means: its own, or as UN/LOCODE with the State's
 * two letters before it. NULL: none. */
const struct ptn_place *ptn_arrival_place(struct ptn_bytes code);
#endif
