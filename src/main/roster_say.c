/* main/roster_say.c -- what a roster changes, in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "main/roster_int.h"

struct saying {
    const struct ptn_roster *old, *next;
    bool albanian;
    unsigned said;
};

static void say(struct saying *saying, const char *en, const char *sq, struct ptn_bytes name)
{
    const char *words = saying->albanian ? sq : en;
    const char *at = strchr(words, '@');
    size_t len = at == NULL ? strlen(words) : (size_t)(at - words);

    (void)fprintf(stderr, "  %.*s", (int)len, words);
    if (at != NULL)
        (void)fprintf(stderr, "%.*s%s", (int)name.len, (const char *)name.at, at + 1);
    (void)fputc('\n', stderr);
    saying->said++;
}

/* ---- people ---- */

struct office {
    const char *comes, *comes_sq, *goes, *goes_sq;
};

static const struct office authority = {
    "Authority @ comes in: signs rosters and what loosens.",
    "Autoriteti @ hyn: nënshkruan listat e të besuarve dhe ç'liron.",
    "Authority @ goes: its signature counts no more.",
    "Autoriteti @ largohet: nënshkrimi i tij nuk vlen më.",
};
static const struct office duty = {
    "Duty officer @ comes in: may take posts out of service.",
    "Oficeri i rojës @ hyn: mund të nxjerrë pikat nga shërbimi.",
    "Duty officer @ goes: the key counts no more.",
    "Oficeri i rojës @ largohet: çelësi nuk vlen më.",
};
static const struct office personnel = {
    "Personnel officer @ comes in: signs staff lists.",
    "Oficeri i personelit @ hyn: nënshkruan listat e personelit.",
    "Personnel officer @ goes: the key counts no more.",
    "Oficeri i personelit @ largohet: çelësi nuk vlen më.",
};

static bool has_key(const struct ptn_vkey *keys, size_t count, const struct ptn_vkey *key)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(keys[i].public_key, key->public_key, PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

static void say_keys(struct saying *saying, const struct office *office, const struct ptn_vkey *old,
                     size_t old_count, const struct ptn_vkey *next, size_t next_count)
{
    for (size_t i = 0; i < old_count; i++)
        if (!has_key(next, next_count, &old[i]))
            say(saying, office->goes, office->goes_sq, old[i].name);
    for (size_t i = 0; i < next_count; i++)
        if (!has_key(old, old_count, &next[i]))
            say(saying, office->comes, office->comes_sq, next[i].name);
}

static void say_people(struct saying *saying)
{
    const struct ptn_roster *old = saying->old;
    const struct ptn_roster *next = saying->next;

    say_keys(saying, &authority, old->authorities, old->authority_count, next->authorities,
             next->authority_count);
    if (old->authorities_needed != next->authorities_needed ||
        old->authority_count != next->authority_count) {
        (void)fprintf(stderr,
                      saying->albanian
                          ? "  Duhen %u nga %zu autoritete; deri tani %u nga %zu.\n"
                          : "  %u of %zu authorities are needed; until now %u of %zu.\n",
                      next->authorities_needed, next->authority_count, old->authorities_needed,
                      old->authority_count);
        saying->said++;
    }
    say_keys(saying, &duty, old->duties, old->duty_count, next->duties, next->duty_count);
    say_keys(saying, &personnel, old->personnel, old->personnel_count, next->personnel,
             next->personnel_count);
}

/* ---- machines ---- */

/* By role: comes, and goes, in both languages. */
static const struct office machines[] = {
    [PTN_ROSTER_KEEPER] = { "Keeper @ comes in: keeps everybody's ledgers and cosigns them.",
                            "Ruajtësi @ hyn: ruan regjistrat e të gjithëve dhe i bashkënënshkruan.",
                            "Keeper @ goes: its cosignatures count no more.",
                            "Ruajtësi @ largohet: bashkënënshkrimet e tij nuk vlejnë më." },
    [PTN_ROSTER_SITE] = { "Site keeper @ comes in.", "Ruajtësi i vendit @ hyn.",
                          "Site keeper @ goes.", "Ruajtësi i vendit @ largohet." },
    [PTN_ROSTER_CENTRE] = { "Centre @ comes in: follows every post.",
                            "Qendra @ hyn: ndjek çdo pikë.",
                            "Centre @ goes: nobody follows it any more.",
                            "Qendra @ largohet: askush nuk e ndjek më." },
    [PTN_ROSTER_POST] = { "Post @ comes in.", "Pika @ hyn.",
                          "Post @ goes: nothing that it writes is taken any more.",
                          "Pika @ largohet: nuk merret më asgjë që shkruan." },
    [PTN_ROSTER_GATEWAY] = { "Gateway @ comes in: takes carriers' messages.",
                             "Porta @ hyn: merr mesazhet e transportuesve.", "Gateway @ goes.",
                             "Porta @ largohet." },
};

static void say_same_node(struct saying *saying, const struct ptn_roster_node *old,
                          const struct ptn_roster_node *next)
{
    if (memcmp(old->tls, next->tls, PTN_TLS_ID_LEN) != 0)
        say(saying, "@ has another certificate.", "@ ka një certifikatë tjetër.",
            next->ledger.name);
    if (!ptn_bytes_equal(old->address, next->address)) {
        say(saying, "@ is reached elsewhere:", "@ arrihet tjetërkund:", next->ledger.name);
        (void)fprintf(stderr, "    %.*s\n", (int)next->address.len, (const char *)next->address.at);
    }
    if (old->role != next->role || !ptn_bytes_equal(old->post, next->post) ||
        memcmp(old->mirror.public_key, next->mirror.public_key, PTN_PUBLIC_KEY_LEN) != 0)
        say(saying, "@ has another role, post or cosigning key.",
            "@ ka rol, pikë a çelës bashkënënshkrimi tjetër.", next->ledger.name);
}

static void say_machines(struct saying *saying)
{
    const struct ptn_roster *old = saying->old;
    const struct ptn_roster *next = saying->next;

    for (size_t i = 0; i < old->node_count; i++)
        if (ptn_roster_find(next, old->nodes[i].ledger.name) == NULL)
            say(saying, machines[old->nodes[i].role].goes, machines[old->nodes[i].role].goes_sq,
                old->nodes[i].ledger.name);
    for (size_t i = 0; i < next->node_count; i++) {
        const struct ptn_roster_node *node = &next->nodes[i];
        const struct ptn_roster_node *former = ptn_roster_find(old, node->ledger.name);

        if (former != NULL)
            say_same_node(saying, former, node);
        else
            say(saying, machines[node->role].comes, machines[node->role].comes_sq,
                node->ledger.name);
    }
    for (size_t i = 0; i < old->spare_count; i++)
        if (ptn_roster_find_spare(next, old->spares[i].ledger.name) == NULL)
            say(saying, "Spare identity @ goes.", "Identiteti rezervë @ largohet.",
                old->spares[i].ledger.name);
    for (size_t i = 0; i < next->spare_count; i++)
        if (ptn_roster_find_spare(old, next->spares[i].ledger.name) == NULL)
            say(saying, "Spare identity @ comes in.", "Identiteti rezervë @ hyn.",
                next->spares[i].ledger.name);
    if (!ptn_bytes_equal(old->publishing, next->publishing)) {
        if (next->publishing.len == 0)
            say(saying, "No centre publishes any more.", "Asnjë qendër nuk publikon më.",
                next->publishing);
        else
            say(saying, "@ is the centre whose lists are followed.",
                "@ është qendra, listat e së cilës ndiqen.", next->publishing);
    }
    if (old->quorum_n != next->quorum_n || old->quorum_q != next->quorum_q ||
        old->quorum_f != next->quorum_f) {
        (void)fprintf(stderr,
                      saying->albanian
                          ? "  Ruajtës: %u, duhen %u, mund të gënjejnë %u; deri tani %u, %u, %u.\n"
                          : "  Keepers: %u, %u needed, %u may lie; until now %u, %u, %u.\n",
                      next->quorum_n, next->quorum_q, next->quorum_f, old->quorum_n, old->quorum_q,
                      old->quorum_f);
        saying->said++;
    }
}

/* ---- months ---- */

/* The last month of a reader; 0: it has none. */
static unsigned last_month(const struct ptn_roster *roster, struct ptn_bytes origin)
{
    unsigned last = 0;

    for (size_t i = 0; i < roster->reading_count; i++)
        if (ptn_bytes_equal(roster->readings[i].origin, origin) &&
            ptn_date_month_number(roster->readings[i].month) > last)
            last = ptn_date_month_number(roster->readings[i].month);
    return last;
}

/* Is it the first line of its reader? */
static bool is_first(const struct ptn_roster *roster, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (ptn_bytes_equal(roster->readings[i].origin, roster->readings[index].origin))
            return false;
    return true;
}

static void print_month(unsigned month)
{
    (void)fprintf(stderr, "%04u-%02u", (month - 1) / 12, (month - 1) % 12 + 1);
}

static void say_reader(struct saying *saying, struct ptn_bytes origin)
{
    unsigned before = last_month(saying->old, origin);
    unsigned now = last_month(saying->next, origin);
    struct ptn_bytes name = origin.len > 0     ? origin
                            : saying->albanian ? PTN_BYTES_LITERAL("Rimëkëmbja")
                                               : PTN_BYTES_LITERAL("Recovery");

    for (size_t i = 0; i < saying->next->reading_count; i++) {
        const struct ptn_roster_reading *reading = &saying->next->readings[i];
        const uint8_t *key = ptn_roster_reading_key(saying->old, origin, reading->month);

        if (ptn_bytes_equal(reading->origin, origin) && key != NULL &&
            memcmp(key, reading->key, PTN_READING_KEY_LEN) != 0) {
            say(saying, "@ reads by other keys, also in months that had some.",
                "@ lexon me çelësa të tjerë, edhe në muaj që kishin.", name);
            break;
        }
    }
    if (now == before)
        return;
    (void)fprintf(stderr, saying->albanian ? "  %.*s lexon deri më " : "  %.*s reads until ",
                  (int)name.len, (const char *)name.at);
    print_month(now);
    if (before != 0) {
        (void)fputs(saying->albanian ? "; deri tani " : "; until now ", stderr);
        print_month(before);
    }
    (void)fputs(".\n", stderr);
    saying->said++;
}

static void say_months(struct saying *saying)
{
    const struct ptn_roster *old = saying->old;
    const struct ptn_roster *next = saying->next;
    size_t over = 0;

    for (size_t i = 0; i < next->reading_count; i++)
        if (is_first(next, i))
            say_reader(saying, next->readings[i].origin);
    for (size_t i = 0; i < old->reading_count; i++) {
        if (is_first(old, i) && last_month(next, old->readings[i].origin) == 0)
            say(saying, "@ reads nothing any more.", "@ nuk lexon më asgjë.",
                old->readings[i].origin);
        over +=
            ptn_roster_reading_key(next, old->readings[i].origin, old->readings[i].month) == NULL;
    }
    if (over > 0) {
        (void)fprintf(stderr,
                      saying->albanian
                          ? "  Hiqen %zu çelësa muajsh: asgjë e re nuk mbyllet me ta.\n"
                          : "  %zu months' keys go: nothing new is sealed to them.\n",
                      over);
        saying->said++;
    }
}

static void say_retention(struct saying *saying)
{
    const struct ptn_roster *old = saying->old;
    const struct ptn_roster *next = saying->next;
    bool same = old->retention_count == next->retention_count;

    for (size_t i = 0; same && i < old->retention_count; i++)
        same = old->retentions[i].retention == next->retentions[i].retention &&
               old->retentions[i].days == next->retentions[i].days;
    for (size_t i = 0; !same && i < next->retention_count; i++) {
        (void)fprintf(stderr,
                      saying->albanian ? "  Klasa %u ruhet të paktën %u ditë.\n"
                                       : "  Class %u is kept for at least %u days.\n",
                      next->retentions[i].retention, next->retentions[i].days);
        saying->said++;
    }
}

void ptn_roster_say(const struct ptn_roster *old, const struct ptn_roster *next, bool albanian)
{
    struct saying saying = { old, next, albanian, 0 };
    char date[PTN_DATE_TEXT_SIZE];

    (void)fprintf(stderr,
                  albanian ? "Versioni %u, pas versionit %u; vlen deri më %s:\n"
                           : "Version %u, after version %u; until %s:\n",
                  next->version, old->version, ptn_date_write(next->expires, date));
    say_people(&saying);
    say_machines(&saying);
    say_months(&saying);
    say_retention(&saying);
    if (saying.said == 0)
        say(&saying, "Nothing changes but the date.", "Nuk ndryshon gjë veç datës.",
            PTN_BYTES_NONE);
}
