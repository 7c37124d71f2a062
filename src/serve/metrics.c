/* Counts and times for whoever watches the machine. Standard: OpenMetrics 1.0. PRIVATE-1: numbers
 * only. */
#include "serve/serve_int.h"

/* Upper bounds in microseconds, and as they are printed, in seconds. */
static const int64_t bounds_us[PTN_METRIC_BUCKETS] = { 500,    1000,   2000,    5000,
                                                       10000,  20000,  50000,   100000,
                                                       200000, 500000, 1000000, 5000000 };
static const char *const bounds[PTN_METRIC_BUCKETS] = { "0.0005", "0.001", "0.002", "0.005",
                                                        "0.01",   "0.02",  "0.05",  "0.1",
                                                        "0.2",    "0.5",   "1.0",   "5.0" };

void ptn_metrics_time(struct ptn_histogram *histogram, int64_t took_us)
{
    size_t i = 0;

    while (i < PTN_METRIC_BUCKETS && took_us > bounds_us[i])
        i++;
    (void)atomic_fetch_add_explicit(&histogram->counts[i], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&histogram->sum_us, took_us < 0 ? 0 : (uint64_t)took_us,
                                    memory_order_relaxed);
}

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Writes that stick at the first failure. */
struct page {
    struct ptn_buffer *out;
    struct ptn_status status;
};

static void line(struct page *page, const char *name, const char *labels, uint64_t value)
{
    if (ptn_ok(page->status))
        page->status =
            ptn_buffer_addf(page->out, "%s%s %llu\n", name, labels, (unsigned long long)value);
}

static void head(struct page *page, const char *name, const char *type, const char *help)
{
    if (ptn_ok(page->status))
        page->status =
            ptn_buffer_addf(page->out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void histogram(struct page *page, const char *name, const char *help,
                      const struct ptn_histogram *from)
{
    uint64_t total = 0;
    char labels[32];
    char full[64];
    uint64_t sum_us = load(&from->sum_us);

    head(page, name, "histogram", help);
    (void)snprintf(full, sizeof(full), "%s_bucket", name);
    for (size_t i = 0; i <= PTN_METRIC_BUCKETS; i++) {
        total += load(&from->counts[i]);
        (void)snprintf(labels, sizeof(labels), "{le=\"%s\"}",
                       i < PTN_METRIC_BUCKETS ? bounds[i] : "+Inf");
        line(page, full, labels, total);
    }
    if (ptn_ok(page->status))
        page->status = ptn_buffer_addf(page->out, "%s_sum %llu.%06llu\n%s_count %llu\n", name,
                                       (unsigned long long)(sum_us / 1000000),
                                       (unsigned long long)(sum_us % 1000000), name,
                                       (unsigned long long)total);
}

static void answers(struct page *page, const struct ptn_metrics *metrics)
{
    char labels[128];

    head(page, "postern_answers", "counter", "Answers by route and class of status.");
    for (size_t route = 0; ptn_routes[route].method != NULL; route++)
        for (unsigned class = 2; class < 6; class ++) {
            uint64_t count = load(&metrics->answers[route][class]);

            if (count == 0)
                continue;
            (void)snprintf(labels, sizeof(labels), "{method=\"%s\",route=\"%s\",class=\"%uxx\"}",
                           ptn_routes[route].method, ptn_routes[route].path, class);
            line(page, "postern_answers_total", labels, count);
        }
}

/* One line a keeper. Origins name machines; what a label cannot hold becomes '_'. */
static void keepers(struct page *page, const struct ptn_kept_standing *kept, const char *name,
                    const char *help, uint64_t (*value)(const struct ptn_kept_lag *lag))
{
    head(page, name, "gauge", help);
    for (size_t i = 0; i < kept->keeper_count; i++) {
        const struct ptn_kept_lag *lag = &kept->keepers[i];
        char labels[PTN_KEPT_NAME_MAX + 32];
        char origin[PTN_KEPT_NAME_MAX + 1];

        (void)snprintf(origin, sizeof(origin), "%s", lag->keeper.name);
        for (size_t at = strcspn(origin, "\"\\\n"); origin[at] != '\0';
             at = strcspn(origin, "\"\\\n"))
            origin[at] = '_';
        (void)snprintf(labels, sizeof(labels), "{site=\"%s\",keeper=\"%s\"}",
                       lag->keeper.site ? "yes" : "no", origin);
        line(page, name, labels, value(lag));
    }
}

static uint64_t lag_entries(const struct ptn_kept_lag *lag)
{
    return lag->entries;
}

static uint64_t lag_seconds(const struct ptn_kept_lag *lag)
{
    return (uint64_t)lag->seconds;
}

static uint64_t answering(const struct ptn_kept_lag *lag)
{
    return lag->keeper.answers ? 1 : 0;
}

static uint64_t lost(const struct ptn_kept_lag *lag)
{
    return lag->keeper.lost;
}

/* Who holds what was written. */
static void kept(struct page *page, const struct ptn_kept_standing *kept)
{
    head(page, "postern_kept_entries", "gauge",
         "Entries from the ledger's start that are held so widely.");
    line(page, "postern_kept_entries", "{level=\"site-kept\"}", kept->sizes.site);
    line(page, "postern_kept_entries", "{level=\"kept\"}", kept->sizes.one);
    line(page, "postern_kept_entries", "{level=\"quorum\"}", kept->sizes.quorum);
    head(page, "postern_site_keeper_late", "gauge",
         "1 while crossings are answered without the site keeper.");
    line(page, "postern_site_keeper_late", "", kept->site == PTN_SITE_LATE ? 1 : 0);
    head(page, "postern_clock_off_seconds", "gauge",
         "How far this clock is from the keepers', ahead or behind; 0 within a minute.");
    line(page, "postern_clock_off_seconds", "",
         (uint64_t)(kept->clock_off_s < 0 ? -kept->clock_off_s : kept->clock_off_s));
    keepers(page, kept, "postern_keeper_lag_entries", "Entries written here and not held there.",
            lag_entries);
    keepers(page, kept, "postern_keeper_lag_seconds", "Age of the oldest of them.", lag_seconds);
    keepers(page, kept, "postern_keeper_answers", "1 when the last exchange was answered.",
            answering);
    keepers(page, kept, "postern_keeper_lost",
            "Payloads that it wanted and that are lost here, since the start.", lost);
}

/* No value without a list: an alarm is for one that ends. */
static void staff_list(struct page *page, struct ptn_node *node)
{
    const struct ptn_staff_standing staff = ptn_staff_standing(node);

    head(page, "postern_staff_list_left_seconds", "gauge",
         "Until the post's staff list runs out; 0 when it has.");
    if (!staff.has_list)
        return;
    line(page, "postern_staff_list_left_seconds", "",
         staff.left_ms < 0 ? 0 : (uint64_t)staff.left_ms / 1000);
}

/* What the post screens by. */
static void lists_and_rules(struct page *page, const struct ptn_node_standing *standing)
{
    head(
        page, "postern_lists_good", "gauge",
        "1 while the newest lists are in force, 0 when they failed their check or there are none.");
    line(page, "postern_lists_good", "", standing->lists_state == PTN_LISTS_CURRENT ? 1 : 0);
    head(page, "postern_lists_damage_found", "counter",
         "Changes found in lists in force, or in their file, since they were opened.");
    line(page, "postern_lists_damage_found_total", "", standing->lists_found);
    head(page, "postern_lists_fold_refused", "gauge",
         "1 while a new index of published lists is not used because it answered otherwise.");
    line(page, "postern_lists_fold_refused", "", standing->fold_refused ? 1 : 0);
    head(page, "postern_rules_good", "gauge", "1 while no file of rules of this post is damaged.");
    line(page, "postern_rules_good", "",
         standing->rules_state <= PTN_LISTS_CURRENT &&
                 standing->conditions_state <= PTN_LISTS_CURRENT
             ? 1
             : 0);
}

struct ptn_status ptn_metrics_write(struct ptn_serve *serve, struct ptn_buffer *out)
{
    static const char *const verdicts[] = { "{advice=\"clear\"}", "{advice=\"refer\"}",
                                            "{advice=\"stop\"}" };
    struct page page = { out, PTN_OK };
    const struct ptn_metrics *metrics = &serve->metrics;
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_node_standing standing = { 0 };

    if (arena == NULL || !ptn_ok(ptn_node_standing(serve->plan.node, arena, &standing)))
        page.status = (struct ptn_status){ PTN_C_NO_MEMORY };
    answers(&page, metrics);
    histogram(&page, "postern_scan_seconds", "From a scan's arrival to its durable record.",
              &metrics->scan);
    histogram(&page, "postern_settle_seconds", "From a settlement's arrival to its durable record.",
              &metrics->settle);
    histogram(&page, "postern_sign_in_seconds", "Checking one password, waiting included.",
              &metrics->sign_in);
    head(&page, "postern_advice", "counter", "Scans by advice.");
    for (size_t i = 0; i < 3; i++)
        line(&page, "postern_advice_total", verdicts[i], load(&metrics->advice[i]));
    head(&page, "postern_not_recorded", "counter", "Scans shown and not recorded.");
    line(&page, "postern_not_recorded_total", "", load(&metrics->not_recorded));
    head(&page, "postern_sign_ins_failed", "counter", "Sign-ins refused.");
    line(&page, "postern_sign_ins_failed_total", "", load(&metrics->sign_ins_failed));
    head(&page, "postern_sessions", "gauge", "Officers signed in.");
    line(&page, "postern_sessions", "", ptn_session_count(&serve->sessions, ptn_serve_now(serve)));
    head(&page, "postern_chip_readers", "gauge", "Lanes whose chip reader asks for work.");
    line(&page, "postern_chip_readers", "", ptn_chips_readers(serve->chips, ptn_serve_now(serve)));
    head(&page, "postern_ledger_entries", "gauge", "Entries durably kept.");
    line(&page, "postern_ledger_entries", "", standing.ledger_size);
    head(&page, "postern_readers_lacking", "gauge",
         "Readers without a reading key for this month: some will not read what is recorded.");
    line(&page, "postern_readers_lacking", "", standing.readers_lacking);
    head(
        &page, "postern_forgotten_until_seconds", "gauge",
        "Crossings sealed on days before this time are not opened here any more; 0: not said yet.");
    line(&page, "postern_forgotten_until_seconds", "",
         (uint64_t)(ptn_node_forgotten_ms(serve->plan.node) / 1000));
    kept(&page, &standing.kept);
    staff_list(&page, serve->plan.node);
    head(&page, "postern_locked", "gauge",
         "1 while the node's vault is locked: it records and screens nobody.");
    line(&page, "postern_locked", "", serve->locked ? 1 : 0);
    head(&page, "postern_recording", "gauge", "1 while records can be written.");
    line(&page, "postern_recording", "", standing.recording == PTN_RECORDING ? 1 : 0);
    head(&page, "postern_gone_back", "gauge",
         "1 when a keeper holds more of this ledger than it has itself: it records nothing again.");
    line(&page, "postern_gone_back", "", standing.recording == PTN_RECORDING_GONE_BACK ? 1 : 0);
    lists_and_rules(&page, &standing);
    head(&page, "postern_idle_looks", "gauge",
         "Lanes and officers who asked about many in the last hour and settled few.");
    line(&page, "postern_idle_looks", "", standing.idle_looks);
    head(&page, "postern_stays_until_seconds", "gauge",
         "Until when the published crossings of all posts speak; 0: none are here.");
    line(&page, "postern_stays_until_seconds", "", (uint64_t)(standing.stays_until_ms / 1000));
    if (ptn_ok(page.status))
        page.status = ptn_buffer_add_text(out, "# EOF\n");
    ptn_arena_free(arena);
    return page.status;
}
