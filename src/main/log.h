/*
 * main/log.h -- what a node that serves says to whoever runs the machine: an event a line, JSON, on
 * standard error. docs/format/logs.md lists the events and their fields; a test holds it to the
 * table in main/log.c.
 *
 * PRIVATE-1: an event is one of a table, its words are literals, and a field is one of those below:
 * there is none into which a traveller's or an officer's name could go.
 */
#ifndef PTN_MAIN_LOG_H
#define PTN_MAIN_LOG_H
#include "base/world.h"

enum ptn_event {
    PTN_EVENT_STARTED,
    PTN_EVENT_STOPPED,
    PTN_EVENT_STARTED_AGAIN,
    PTN_EVENT_CANNOT_START,
    PTN_EVENT_FAILED,
    PTN_EVENT_PORT_TAKEN,
    PTN_EVENT_PARENT_GONE,
    PTN_EVENT_CONTRACT,
    PTN_EVENT_DISK_FAILED,
    PTN_EVENT_GONE_BACK,
    PTN_EVENT_DOOR_GONE,
    PTN_EVENT_LOCKED,
    PTN_EVENT_UNLOCKED,
    PTN_EVENT_UNLOCK_FAILED,
    PTN_EVENT_UNLOCK_CLOSED,
    PTN_EVENT_UNLOCK_FORGOTTEN,
    PTN_EVENT_MACHINE_KEY,
    PTN_EVENT_NOT_SEALED,
    PTN_EVENT_ROSTER_TAKEN,
    PTN_EVENT_ROSTER_NOT_TAKEN,
    PTN_EVENT_ROSTER_RETIRED,
    PTN_EVENT_KEYS_REVOKED,
    PTN_EVENT_KEEPERS_REVOKED,
    PTN_EVENT_ALONE,
    PTN_EVENT_LISTS_REFUSED,
    PTN_EVENT_LISTS_FORMER,
    PTN_EVENT_LISTS_NONE,
    PTN_EVENT_LISTS_DAMAGED,
    PTN_EVENT_READERS_REFUSED,
    PTN_EVENT_RULES_FORMER,
    PTN_EVENT_RULES_NONE,
    PTN_EVENT_PUBLISHED_LISTS,
    PTN_EVENT_PUBLISHED_FOLD,
    PTN_EVENT_PUBLISHED_RULES,
    PTN_EVENT_PUBLISHED_UNREAD,
    PTN_EVENT_STAYS_FAILED,
    PTN_EVENT_MESSAGES_UNREAD,
    PTN_EVENT_RESCREEN_OFF,
    PTN_EVENT_ERASURE_FAILED,
    PTN_EVENT_PUBLIC_FAILED,
    PTN_EVENT_INBOX_WAITS,
    PTN_EVENT_REGISTER_UNREAD,
    PTN_EVENT_COUNT
};

/* What may stand in a line besides its time, level, event, node and words. */
enum ptn_log_key {
    PTN_LOG_CODE,     /* a status' word: a literal */
    PTN_LOG_WHY,      /* a diag's text: a literal */
    PTN_LOG_AT,       /* and its offset */
    PTN_LOG_FILE,     /* one of the node's own files, by its name in the folder */
    PTN_LOG_LINE,     /* of that file */
    PTN_LOG_VERSION,  /* of a roster */
    PTN_LOG_KIND,     /* of the node */
    PTN_LOG_FILES,    /* a count */
    PTN_LOG_MESSAGES, /* a count */
    PTN_LOG_KEYS,     /* a count */
    PTN_LOG_KEY_COUNT
};

struct ptn_log_field {
    enum ptn_log_key key;
    const char *text; /* NULL: a number */
    int64_t number;
};

/* From now on lines carry this name (copied), and a broken contract is an event. Once, before there
 * are threads; world is Borrowed for good. Without it a line has no node and no time. */
void ptn_log_begin(const struct ptn_world *world, const char *node);

/* Any thread: one write a line. It cannot fail; what cannot be written is not. */
void ptn_log(enum ptn_event event, const struct ptn_log_field *fields, size_t count);
/* Without fields; with those of a failure. diag may be NULL. */
void ptn_log_event(enum ptn_event event);
void ptn_log_failure(enum ptn_event event, struct ptn_status status, const struct ptn_diag *diag);

/* "error", and so on, for tests: a literal. */
const char *ptn_event_word(enum ptn_event event);
#endif
