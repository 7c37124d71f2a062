/*
 * main/figures.c -- one table: where a figure stands in a standing, and what it is called.
 *
 * Every sample names its node, since one machine's collector reads the files of several. Numbers,
 * machines' names, names of lists: no label can hold what anybody was called. PRIVATE-1. Standard:
 * OpenMetrics 1.0; types are counter and gauge only, which node_exporter's older reader knows too.
 */
#include "main/figures.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE   1024u
#define FIGURES_MAX ((size_t)16 << 20)
#define LABELS_MAX  2u
#define VALUE_MAX   512u /* bytes of a label's value: a ledger's name, a list's */

/* What of the value is printed. */
enum shape {
    PLAIN,   /* a number, or 1 and 0 for true and false */
    MILLIS,  /* milliseconds there, seconds here */
    SECONDS, /* the same of a time; 0 is not known, and left out */
    KNOWN,   /* a number of which 0 says that it is not known: left out */
    DENIED,  /* 1 for false */
    FINE,    /* 1 for the word "fine" */
};

struct figure {
    const char *name, *type, *help;
    const char *in;  /* the object or array that holds it; NULL: the standing itself */
    const char *key; /* NULL: the values of the object, by their keys */
    enum shape shape;
    const char *labels[LABELS_MAX][2]; /* what it is called here, and there */
};

#define LINE                                                                                       \
    {                                                                                              \
        { "keeper", "keeper" },                                                                    \
        {                                                                                          \
            "way", "kind"                                                                          \
        }                                                                                          \
    }
#define FOLLOWED                                                                                   \
    {                                                                                              \
        {                                                                                          \
            "ledger", "origin"                                                                     \
        }                                                                                          \
    }

static const struct figure table[] = {
    { "postern_standing_time_seconds",
      "gauge",
      "When these figures were gathered.",
      NULL,
      "time_ms",
      SECONDS,
      { { NULL } } },
    { "postern_ledger_entries",
      "gauge",
      "Entries durably kept.",
      NULL,
      "size",
      PLAIN,
      { { NULL } } },
    { "postern_disk_free_bytes",
      "gauge",
      "Free on the disk of the node's folder.",
      "disk",
      "free",
      PLAIN,
      { { NULL } } },
    { "postern_disk_size_bytes", "gauge", "Its size.", "disk", "size", PLAIN, { { NULL } } },
    { "postern_locked",
      "gauge",
      "1 while the node's vault is locked.",
      NULL,
      "locked",
      PLAIN,
      { { NULL } } },
    { "postern_roster_version",
      "gauge",
      "The roster in force here.",
      "roster",
      "version",
      PLAIN,
      { { NULL } } },
    { "postern_roster_left_seconds",
      "gauge",
      "Until it is over; below 0 it is, and loosens nothing.",
      "roster",
      "left_s",
      PLAIN,
      { { NULL } } },
    { "postern_roster_months_left_seconds",
      "gauge",
      "Until the first month that some reader has no key for; below 0 it has begun.",
      "roster",
      "months_left_s",
      PLAIN,
      { { NULL } } },
    { "postern_roster_retired",
      "gauge",
      "1 when the roster in force does not name this node: nobody takes anything from it.",
      "roster",
      "named",
      DENIED,
      { { NULL } } },
    { "postern_clock_ahead_seconds",
      "gauge",
      "How far this clock is ahead of the keepers', below 0 behind; 0 within a minute.",
      NULL,
      "clock_off_s",
      PLAIN,
      { { NULL } } },
    { "postern_centre_silent_seconds",
      "gauge",
      "How long ago the centre gave its last sign of life.",
      NULL,
      "heartbeat_age_ms",
      MILLIS,
      { { NULL } } },
    { "postern_staff_list_left_seconds",
      "gauge",
      "Until the staff list runs out; 0 when it has.",
      "staff",
      "ends_s",
      PLAIN,
      { { NULL } } },
    { "postern_list_age_seconds",
      "gauge",
      "How old the edition is of a list in force.",
      "lists",
      "age_s",
      PLAIN,
      { { "list", "list" } } },

    { "postern_keepers_revoked",
      "gauge",
      "Keepers whose key an order revokes: they count no more.",
      "keepers",
      "revoked",
      PLAIN,
      { { NULL } } },
    { "postern_keepers_spare",
      "gauge",
      "Keepers that count beyond a quorum; below 0 no quorum can come together.",
      "keepers",
      "spare",
      PLAIN,
      { { NULL } } },
    { "postern_line_fine", "gauge", "1 while the line to that keeper carries.", "lines", "line",
      FINE, LINE },
    { "postern_line_silent_seconds", "gauge", "How long ago that keeper last answered on it.",
      "lines", "answered_s_ago", PLAIN, LINE },
    { "postern_pushed_lag_entries", "gauge", "Own entries that are not under its cosignature.",
      "lines", "lag", PLAIN, LINE },
    { "postern_pushed_lost", "gauge", "Payloads that it wants and that are lost here.", "lines",
      "lost", PLAIN, LINE },
    { "postern_pushed_contradicted", "gauge",
      "1 when that keeper was signed another history of this node's ledger.", "lines",
      "contradicted", PLAIN, LINE },

    { "postern_followed_entries", "gauge", "Entries held and proved of a ledger.", "ledgers",
      "size", PLAIN, FOLLOWED },
    { "postern_followed_lag_entries", "gauge", "Entries that keepers show and that are not here.",
      "ledgers", "lag", PLAIN, FOLLOWED },
    { "postern_followed_lag_seconds", "gauge", "For how long there have been such.", "ledgers",
      "lag_s", PLAIN, FOLLOWED },
    { "postern_followed_cosigned_entries", "gauge", "Entries that a quorum of keepers cosigned.",
      "ledgers", "cosigned", PLAIN, FOLLOWED },
    { "postern_followed_cosigned_time_seconds", "gauge", "When the quorum last did.", "ledgers",
      "cosigned_s", KNOWN, FOLLOWED },
    { "postern_followed_missing_payloads", "gauge", "Payloads that are not here.", "ledgers",
      "missing", PLAIN, FOLLOWED },
    { "postern_followed_contradicted", "gauge", "1 when its key signed two histories.", "ledgers",
      "forked", PLAIN, FOLLOWED },
    { "postern_view_entries", "gauge", "Entries of a ledger that are in the centre's view.", "view",
      "next", PLAIN, FOLLOWED },
    { "postern_view_unreadable", "gauge", "Of them, those that nothing here opens.", "view",
      "unreadable", PLAIN, FOLLOWED },

    { "postern_kept_ledgers",
      "gauge",
      "Ledgers of which a copy lies here.",
      NULL,
      "origins",
      PLAIN,
      { { NULL } } },
    { "postern_kept_ledgers_cosigned",
      "gauge",
      "Of them, those cosigned and shown.",
      NULL,
      "shown",
      PLAIN,
      { { NULL } } },
    { "postern_notes", "gauge", "Notes that were handed in.", NULL, "notes", PLAIN, { { NULL } } },
    { "postern_evidence",
      "gauge",
      "Checkpoints that were signed and refused, in this keeper's own ledger.",
      NULL,
      "evidence_kept",
      PLAIN,
      { { NULL } } },
    { "postern_refused",
      "counter",
      "Answers that refuse, by why.",
      "refused_for",
      NULL,
      PLAIN,
      { { "reason", NULL } } },
    { "postern_peers",
      "gauge",
      "Keys that may come in at the door.",
      NULL,
      "peers",
      PLAIN,
      { { NULL } } },
    { "postern_peers_turned_away",
      "gauge",
      "Nodes of the roster whose key an order revokes: the door is shut to them.",
      NULL,
      "turned_away",
      PLAIN,
      { { NULL } } },
    { "postern_asked", "counter", "Requests at the door.", NULL, "asked", PLAIN, { { NULL } } },
    { "postern_held",
      "gauge",
      "Of them, those that wait for something new.",
      NULL,
      "held",
      PLAIN,
      { { NULL } } },
    { "postern_copy_entries", "gauge", "Entries of a kept ledger that are cosigned and shown.",
      "copies", "entries", PLAIN, FOLLOWED },
    { "postern_copy_size_bytes", "gauge", "What its file takes.", "copies", "bytes", PLAIN,
      FOLLOWED },
    { "postern_copy_lag_entries", "gauge",
      "Entries that its writer signed and that are not cosigned.", "copies", "lag", PLAIN,
      FOLLOWED },
    { "postern_copy_lag_seconds", "gauge", "For how long there have been such.", "copies", "lag_s",
      PLAIN, FOLLOWED },
    { "postern_copy_cosigned_time_seconds", "gauge",
      "When this keeper last cosigned it, in this run.", "copies", "cosigned_ms", SECONDS,
      FOLLOWED },
    { "postern_copy_missing_payloads", "gauge",
      "Payloads that its writer lost before they came here.", "copies", "missing", PLAIN,
      FOLLOWED },
    { "postern_copy_retired", "gauge", "1 when the roster in force does not name its writer.",
      "copies", "listed", DENIED, FOLLOWED },
    { "postern_copy_contradicted", "gauge", "1 when its key signed two histories.", "copies",
      "forked", PLAIN, FOLLOWED },
    { "postern_copy_corrupt", "gauge", "1 when the copy failed its own proof.", "copies", "corrupt",
      PLAIN, FOLLOWED },

    { "postern_inbox_disk_full",
      "gauge",
      "1 while nothing is taken in for want of room.",
      NULL,
      "disk_full",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_waiting",
      "gauge",
      "Files that wait in the inbox.",
      "inbox",
      "waiting",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_parts_awaited",
      "gauge",
      "Lists of which parts have not come yet.",
      "inbox",
      "parts_awaited",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_parts_missing",
      "gauge",
      "Of them, those whose time is up.",
      "inbox",
      "parts_missing",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_files", "counter", "Files taken in.", "inbox", "files", PLAIN, { { NULL } } },
    { "postern_inbox_messages",
      "counter",
      "Messages taken in.",
      "inbox",
      "messages",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_accepted",
      "counter",
      "Of them, accepted.",
      "inbox",
      "accepted",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_noted",
      "counter",
      "Accepted, and the carrier told what to mend.",
      "inbox",
      "accepted_with_notes",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_quarantined",
      "counter",
      "Not readable, and put aside.",
      "inbox",
      "quarantined",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_duplicates",
      "counter",
      "Known already.",
      "inbox",
      "duplicates",
      PLAIN,
      { { NULL } } },
    { "postern_inbox_answers",
      "counter",
      "Answers written for carriers.",
      "inbox",
      "answers",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_keys",
      "gauge",
      "Carriers' keys in force at the door.",
      "carriers",
      "keys",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_register_unread",
      "gauge",
      "1 while the register of carriers admits nobody.",
      "carriers",
      "register_unread",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_asked",
      "counter",
      "Requests of carriers.",
      "carriers",
      "asked",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_taken",
      "counter",
      "Of them, messages taken in.",
      "carriers",
      "taken",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_refused",
      "counter",
      "Refused.",
      "carriers",
      "refused",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_too_many",
      "counter",
      "Turned away for asking too often.",
      "carriers",
      "too_many",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_failed",
      "counter",
      "Not done for a trouble of the gateway's own.",
      "carriers",
      "failed",
      PLAIN,
      { { NULL } } },
    { "postern_carriers_stops_unread",
      "gauge",
      "1 while the table of who may not board cannot be used.",
      "carriers",
      "stops_unread",
      PLAIN,
      { { NULL } } },
};

#undef LINE
#undef FOLLOWED

/* ---- writing ---- */

/* Writes that stick at the first failure. */
struct page {
    struct ptn_buffer *out;
    struct ptn_status status;
    const char *node, *role;
};

static void put(struct page *page, const char *text)
{
    if (ptn_ok(page->status))
        page->status = ptn_buffer_add_text(page->out, text);
}

/* name="value": what a label cannot hold as it is has a backslash before it. */
static void put_label(struct page *page, const char *name, const char *value, bool first)
{
    char escaped[2 * VALUE_MAX + 1];
    size_t len = 0;

    for (size_t i = 0; i < VALUE_MAX && value[i] != '\0'; i++) {
        if (value[i] == '\\' || value[i] == '"' || value[i] == '\n')
            escaped[len++] = '\\';
        escaped[len++] = value[i];
        if (value[i] == '\n')
            escaped[len - 1] = 'n';
    }
    escaped[len] = '\0';
    if (ptn_ok(page->status))
        page->status = ptn_buffer_addf(page->out, "%s%s=\"%s\"", first ? "" : ",", name, escaped);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value == NULL ? "" : value;
}

/* False: not known, or of no such shape. */
static bool value_of(const struct figure *figure, const json_t *value, long long *ret_value)
{
    if (figure->shape == FINE && json_is_string(value) &&
        strcmp(json_string_value(value), "revoked") == 0)
        return false; /* it is not to carry */
    if (figure->shape == FINE && json_is_string(value))
        *ret_value = strcmp(json_string_value(value), "fine") == 0;
    else if (json_is_integer(value))
        *ret_value = json_integer_value(value);
    else if (json_is_boolean(value))
        *ret_value = json_is_true(value);
    else
        return false;
    if ((figure->shape == SECONDS || figure->shape == KNOWN) && *ret_value == 0)
        return false;
    if (figure->shape == SECONDS || figure->shape == MILLIS)
        *ret_value /= 1000;
    if (figure->shape == DENIED)
        *ret_value = *ret_value == 0;
    return true;
}

/* about: what has the labels' values; key: in the place of the first of them, or NULL. */
static void sample(struct page *page, const struct figure *figure, const json_t *about,
                   const char *key, const json_t *value)
{
    long long number = 0;

    if (!value_of(figure, value, &number))
        return;
    put(page, figure->name);
    put(page, strcmp(figure->type, "counter") == 0 ? "_total{" : "{");
    put_label(page, "node", page->node, true);
    put_label(page, "kind", page->role, false);
    for (size_t i = 0; i < LABELS_MAX && figure->labels[i][0] != NULL; i++)
        put_label(page, figure->labels[i][0],
                  key != NULL ? key : text_of(about, figure->labels[i][1]), false);
    if (ptn_ok(page->status))
        page->status = ptn_buffer_addf(page->out, "} %lld\n", number);
}

static void family(struct page *page, const struct figure *figure, const json_t *root)
{
    const json_t *in = figure->in == NULL ? root : json_object_get(root, figure->in);
    size_t before;
    size_t head;

    if (!ptn_ok(page->status))
        return;
    before = page->out->len;
    page->status = ptn_buffer_addf(page->out, "# TYPE %s %s\n# HELP %s %s\n", figure->name,
                                   figure->type, figure->name, figure->help);
    head = page->out->len;
    if (json_is_array(in)) {
        for (size_t i = 0; i < json_array_size(in); i++) {
            const json_t *one = json_array_get(in, i);

            sample(page, figure, one, NULL, json_object_get(one, figure->key));
        }
    } else if (figure->key != NULL) {
        sample(page, figure, in, NULL, json_object_get(in, figure->key));
    } else {
        json_t *held = json_object_get(root, figure->in);

        for (void *at = json_object_iter(held); at != NULL; at = json_object_iter_next(held, at))
            sample(page, figure, in, json_object_iter_key(at), json_object_iter_value(at));
    }
    if (ptn_ok(page->status) && page->out->len == head)
        page->out->len = before; /* this kind of node has no such figure */
}

struct ptn_status ptn_figures_write(struct ptn_bytes standing, struct ptn_buffer *out)
{
    json_t *root = json_loadb((const char *)standing.at, standing.len, 0, NULL);
    struct page page = { out, PTN_OK, text_of(root, "node"), text_of(root, "role") };

    if (!json_is_object(root) || page.node[0] == '\0' || page.role[0] == '\0')
        page.status = (struct ptn_status){ PTN_C_BAD_INPUT };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        family(&page, &table[i], root);
    put(&page, "# EOF\n");
    json_decref(root);
    return page.status;
}

/* ---- keeping ---- */

/* Not synced: it is old in a quarter of a minute anyway. A folder that others read from is asked
 * for in node.conf, and what lies there is for everybody on the machine. */
static void replace(const char *path, mode_t mode, struct ptn_bytes bytes)
{
    char beside[PATH_SIZE];
    int len = snprintf(beside, sizeof(beside), "%s.new", path);
    int fd;
    bool written;

    if (len < 0 || (size_t)len >= sizeof(beside))
        return;
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return;
    written = fchmod(fd, mode) == 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len;
    (void)close(fd);
    if (!written || rename(beside, path) != 0)
        (void)unlink(beside);
}

void ptn_figures_keep(struct ptn_figures_due *due, const struct ptn_world *world, const char *dir,
                      const struct ptn_node_plan *plan, struct ptn_bytes standing)
{
    struct ptn_buffer page = { .len_max = FIGURES_MAX };
    const int64_t now_ms = world->monotonic_us(world->context) / 1000;
    const bool shown = plan->metrics_dir[0] != '\0';
    char path[PATH_SIZE];
    int len;

    if (now_ms < due->at_ms)
        return;
    due->at_ms = now_ms + PTN_FIGURES_MS;
    len = shown ? snprintf(path, sizeof(path), "%s/postern-%s.prom", plan->metrics_dir, plan->code)
                : snprintf(path, sizeof(path), "%s/%s", dir, PTN_FIGURES_FILE);
    if (len > 0 && (size_t)len < sizeof(path) && ptn_ok(ptn_figures_write(standing, &page)))
        replace(path, shown ? 0644 : 0600, ptn_buffer_bytes(&page));
    ptn_buffer_release(&page);
}
