/*
 * main/log.c -- one table of events, one writer of lines. docs/design/0006-figures-and-logs.md says
 * why JSON.
 */
#include "main/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/text.h"

#define LINE_MAX 3072u /* of JSON: below what a pipe takes at once, so that lines never mix */
#define TEXT_MAX 256u  /* of a field's text */
#define NODE_MAX 160u

enum level { CRITICAL, ERROR, WARNING, INFO };

/* By the level; the number is syslog's, as systemd's journal reads it before a line. */
static const struct {
    const char *word, *prefix;
} levels[] = {
    [CRITICAL] = { "critical", "<2>" },
    [ERROR] = { "error", "<3>" },
    [WARNING] = { "warning", "<4>" },
    [INFO] = { "info", "<6>" },
};

/* An event's word never changes its meaning; a new meaning is a new word. */
static const struct {
    const char *word;
    enum level level;
    const char *says;
} events[PTN_EVENT_COUNT] = {
    [PTN_EVENT_STARTED] = { "started", INFO, "The node is open." },
    [PTN_EVENT_STOPPED] = { "stopped", INFO, "The node stops, as it was told." },
    [PTN_EVENT_STARTED_AGAIN] = { "started-again", ERROR,
                                  "The server ended; it is started again." },
    [PTN_EVENT_CANNOT_START] = { "cannot-start", ERROR, "The node cannot start." },
    [PTN_EVENT_FAILED] = { "failed", ERROR, "The node ends: something failed." },
    [PTN_EVENT_PORT_TAKEN] = { "port-taken", ERROR,
                               "It cannot listen where its people would ask." },
    [PTN_EVENT_PARENT_GONE] = { "parent-gone", ERROR, "The process that starts it is gone." },
    [PTN_EVENT_CONTRACT] = { "contract-broken", CRITICAL,
                             "A mistake in the program: it ends and is started again." },
    [PTN_EVENT_DISK_FAILED] = { "disk-failed", CRITICAL,
                                "The disk failed a write: nothing more is signed; starting "
                                "again." },
    [PTN_EVENT_GONE_BACK] = { "gone-back", CRITICAL,
                              "A keeper holds more of this ledger than it has itself: it signs "
                              "nothing more. Go on as the spare identity: postern recover." },
    [PTN_EVENT_DOOR_GONE] = { "door-gone", ERROR, "The door's process is gone." },
    [PTN_EVENT_LOCKED] = { "locked", WARNING,
                           "LOCKED: it appends and reads nothing; postern vault unlock." },
    [PTN_EVENT_UNLOCKED] = { "unlocked", INFO, "It was unlocked." },
    [PTN_EVENT_UNLOCK_FAILED] = { "unlock-failed", ERROR, "The lock cannot be opened." },
    [PTN_EVENT_UNLOCK_CLOSED] = { "unlock-closed", ERROR, "Nobody can unlock it here." },
    [PTN_EVENT_UNLOCK_FORGOTTEN] = { "unlock-forgotten", WARNING,
                                     "A server that falls will be locked again." },
    [PTN_EVENT_MACHINE_KEY] = { "machine-key-wrong", ERROR,
                                "The machine's key does not open the node's lock." },
    [PTN_EVENT_NOT_SEALED] = { "vault-not-sealed", ERROR, "Not all of the vault is sealed." },
    [PTN_EVENT_ROSTER_TAKEN] = { "roster-taken", INFO, "The next roster is in force." },
    [PTN_EVENT_ROSTER_NOT_TAKEN] = { "roster-not-taken", ERROR,
                                     "The next roster is in force and cannot be laid down: it is "
                                     "tried again." },
    [PTN_EVENT_ROSTER_RETIRED] = { "roster-retired", ERROR,
                                   "The roster in force does not name this node: nobody takes "
                                   "anything from it." },
    [PTN_EVENT_KEYS_REVOKED] = { "keys-revoked", WARNING,
                                 "Nodes whose keys orders revoke are turned away." },
    [PTN_EVENT_KEEPERS_REVOKED] = { "keepers-revoked", WARNING,
                                    "Keepers whose keys orders revoke: nothing of theirs counts." },
    [PTN_EVENT_ALONE] = { "alone", ERROR, "No line to the keepers: the post works alone." },
    [PTN_EVENT_LISTS_REFUSED] = { "lists-refused", ERROR,
                                  "The new lists are not used; the former stay." },
    [PTN_EVENT_LISTS_FORMER] = { "lists-former", ERROR,
                                 "The newest lists failed their check; the last good ones are "
                                 "used." },
    [PTN_EVENT_LISTS_NONE] = { "lists-none", CRITICAL,
                               "The lists failed their check and there are no others: NOTHING IS "
                               "SEARCHED." },
    [PTN_EVENT_LISTS_DAMAGED] = { "lists-damaged", CRITICAL,
                                  "Lists in force, or their file, have changed since they were "
                                  "opened: memory or a disk fails, or somebody was at them." },
    [PTN_EVENT_READERS_REFUSED] = { "readers-refused", ERROR,
                                    "The file of chip readers is damaged; the last good one is in "
                                    "force, or no lane has a reader." },
    [PTN_EVENT_RULES_FORMER] = { "rules-former", ERROR,
                                 "A file of rules is damaged; the last good copy is used." },
    [PTN_EVENT_RULES_NONE] = { "rules-none", CRITICAL,
                               "A file of rules is damaged and there is no good copy: EVERYBODY IS "
                               "SENT TO THE SECOND LINE." },
    [PTN_EVENT_PUBLISHED_LISTS] = { "published-lists-failed", ERROR,
                                    "Published lists are not taken up; what was in force stays." },
    [PTN_EVENT_PUBLISHED_FOLD] = { "published-fold-failed", ERROR,
                                   "A new index of published lists is not used; the former one "
                                   "is." },
    [PTN_EVENT_PUBLISHED_RULES] = { "published-rules-failed", ERROR,
                                    "Published rules are not taken up; what was in force stays." },
    [PTN_EVENT_PUBLISHED_UNREAD] = { "published-unread", ERROR,
                                     "What centres publish is not read." },
    [PTN_EVENT_STAYS_FAILED] = { "stays-failed", ERROR, "Days of stay are not published." },
    [PTN_EVENT_MESSAGES_UNREAD] = { "messages-unread", ERROR, "Carriers' messages are not read." },
    [PTN_EVENT_RESCREEN_OFF] = { "rescreen-off", ERROR, "Nothing is screened again." },
    [PTN_EVENT_ERASURE_FAILED] = { "erasure-failed", ERROR,
                                   "An erasure is not carried out; it is tried again." },
    [PTN_EVENT_PUBLIC_FAILED] = { "public-failed", WARNING, "The public page is not written." },
    [PTN_EVENT_INBOX_WAITS] = { "inbox-waits", INFO, "Carriers' files wait; they are worked on." },
    [PTN_EVENT_REGISTER_UNREAD] = { "register-unread", ERROR,
                                    "The register of carriers cannot be used: nobody comes in by "
                                    "HTTPS." },
};

static const char *const keys[PTN_LOG_KEY_COUNT] = {
    [PTN_LOG_CODE] = "code", [PTN_LOG_WHY] = "why",     [PTN_LOG_AT] = "at",
    [PTN_LOG_FILE] = "file", [PTN_LOG_LINE] = "line",   [PTN_LOG_VERSION] = "version",
    [PTN_LOG_KIND] = "kind", [PTN_LOG_FILES] = "files", [PTN_LOG_MESSAGES] = "messages",
    [PTN_LOG_KEYS] = "keys",
};

/* The one place where lines go. Set once, before there are threads. */
static struct {
    const struct ptn_world *world;
    char node[NODE_MAX];
    bool journal;
} to;

/* systemd says by which file it reads standard error; then a line's priority may stand before it.
 */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device = 0;
    unsigned long long inode = 0;
    struct stat own;
    char *end = NULL;

    if (stream == NULL || fstat(STDERR_FILENO, &own) != 0)
        return false;
    device = strtoull(stream, &end, 10);
    if (*end != ':')
        return false;
    inode = strtoull(end + 1, &end, 10);
    return *end == '\0' && device == (unsigned long long)own.st_dev &&
           inode == (unsigned long long)own.st_ino;
}

static void tell_contract(const char *kind, const char *cond, const char *file, int line)
{
    const struct ptn_log_field fields[] = { { PTN_LOG_CODE, kind, 0 },
                                            { PTN_LOG_WHY, cond, 0 },
                                            { PTN_LOG_FILE, file, 0 },
                                            { PTN_LOG_LINE, NULL, line } };

    ptn_log(PTN_EVENT_CONTRACT, fields, sizeof(fields) / sizeof(fields[0]));
}

void ptn_log_begin(const struct ptn_world *world, const char *node)
{
    to.world = world;
    (void)snprintf(to.node, sizeof(to.node), "%s", node);
    to.journal = is_journal();
    ptn_contract_tell(tell_contract);
}

const char *ptn_event_word(enum ptn_event event)
{
    PTN_PRE(event < PTN_EVENT_COUNT);
    return events[event].word;
}

static void write_fields(struct ptn_json *json, const struct ptn_log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = fields[i].text;

        if (text == NULL)
            ptn_json_field_number(json, keys[fields[i].key], fields[i].number);
        else
            ptn_json_field_text(json, keys[fields[i].key],
                                ptn_bytes_of(text, strnlen(text, TEXT_MAX)));
    }
}

void ptn_log(enum ptn_event event, const struct ptn_log_field *fields, size_t count)
{
    struct ptn_buffer line = { .len_max = LINE_MAX };
    struct ptn_json json = { .out = &line };
    char time[PTN_INSTANT_TEXT_SIZE];
    ssize_t written = 0;

    PTN_PRE(event < PTN_EVENT_COUNT);
    if (to.journal)
        json.status = ptn_buffer_add_text(&line, levels[events[event].level].prefix);
    ptn_json_object(&json);
    if (to.world != NULL)
        ptn_json_field_text(
            &json, "time",
            ptn_bytes_from_text(ptn_instant_write(to.world->now_ms(to.world->context), time)));
    ptn_json_field_text(&json, "level", ptn_bytes_from_text(levels[events[event].level].word));
    ptn_json_field_text(&json, "event", ptn_bytes_from_text(events[event].word));
    ptn_json_field_text_if(&json, "node", ptn_bytes_from_text(to.node));
    write_fields(&json, fields, count);
    ptn_json_field_text(&json, "says", ptn_bytes_from_text(events[event].says));
    ptn_json_object_end(&json);
    if (ptn_ok(ptn_json_end(&json)) && ptn_ok(ptn_buffer_add_text(&line, "\n")))
        written = write(STDERR_FILENO, line.at, line.len);
    (void)written; /* nobody is left to tell */
    ptn_buffer_release(&line);
}

void ptn_log_event(enum ptn_event event)
{
    ptn_log(event, NULL, 0);
}

void ptn_log_failure(enum ptn_event event, struct ptn_status status, const struct ptn_diag *diag)
{
    const bool said = diag != NULL && diag->text != NULL;
    const struct ptn_log_field fields[] = { { PTN_LOG_CODE, ptn_code_word(status.code), 0 },
                                            { PTN_LOG_WHY, said ? diag->text : "", 0 },
                                            { PTN_LOG_AT, NULL,
                                              said ? (int64_t)diag->offset : 0 } };

    ptn_log(event, fields, said ? 3 : 1);
}
