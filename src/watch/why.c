/* watch/why.c -- a match explained in words, English and Albanian, with the data it rests on. */
#include <stdio.h>

#include "names/score.h"
#include "reference/state.h"
#include "watch/screen_int.h"

/* Empty the buffer that the next text is printed into. */
static struct ptn_buffer *fresh(struct ptn_whys *whys)
{
    ptn_buffer_clear(&whys->text);
    return &whys->text;
}

/* What was printed, kept in the arena. */
static struct ptn_bytes kept(struct ptn_whys *whys, struct ptn_status printed)
{
    char *copy =
        ptn_ok(printed) ? ptn_arena_text(whys->arena, ptn_buffer_bytes(&whys->text)) : NULL;

    whys->failed = whys->failed || copy == NULL;
    return copy == NULL ? PTN_BYTES_NONE : ptn_bytes_of(copy, whys->text.len);
}

#define say(whys, ...) kept(whys, ptn_buffer_addf(fresh(whys), __VA_ARGS__))

static void add(struct ptn_whys *whys, const char *rule, struct ptn_bytes text,
                struct ptn_bytes text_sq)
{
    if (whys->count < PTN_WHY_MAX)
        whys->lines[whys->count++] = (struct ptn_match_why){ rule, text, text_sq };
}

static void add_literal(struct ptn_whys *whys, const char *rule, const char *text,
                        const char *text_sq)
{
    add(whys, rule, ptn_bytes_from_text(text), ptn_bytes_from_text(text_sq));
}

/* The text from the first of the parts to the last. */
static struct ptn_bytes parts_text(const struct ptn_name *name, struct ptn_bytes text,
                                   unsigned first, unsigned count)
{
    const struct ptn_name_part *from, *to;

    if (count == 0 || first + count > name->part_count)
        return PTN_BYTES_NONE;
    from = &name->parts[first];
    to = &name->parts[first + count - 1];
    if (to->at < from->at)
        to = from;
    return ptn_bytes_slice(text, from->at, (size_t)to->at + to->len - from->at);
}

/* At most 120 bytes of a text, whole characters. */
static int shown_len(struct ptn_bytes view)
{
    size_t len = view.len;

    if (len > 120) {
        len = 120;
        while (len > 0 && (view.at[len] & 0xc0u) == 0x80u)
            len--;
    }
    return (int)len;
}

#define SHOWN(view) shown_len(view), (view).len == 0 ? "" : (const char *)(view).at

static void left_over(struct ptn_whys *whys, const struct ptn_name *name, struct ptn_bytes text,
                      uint16_t left, bool listed)
{
    for (unsigned i = 0; i < name->part_count; i++) {
        struct ptn_bytes part = parts_text(name, text, i, 1);

        if ((left & (1u << i)) == 0)
            continue;
        if (listed)
            add(whys, "name.listed-only",
                say(whys, "\"%.*s\" stands only in the list", SHOWN(part)),
                say(whys, "\"%.*s\" është vetëm në listë", SHOWN(part)));
        else
            add(whys, "name.traveller-only",
                say(whys, "\"%.*s\" stands only in the traveller's name", SHOWN(part)),
                say(whys, "\"%.*s\" është vetëm në emrin e udhëtarit", SHOWN(part)));
    }
}

void ptn_why_name(struct ptn_whys *whys, const struct ptn_name *query, struct ptn_bytes query_text,
                  struct ptn_bytes listed, enum ptn_alias alias)
{
    struct ptn_name name;
    struct ptn_score_why why;

    ptn_name_read(listed, PTN_NAME_FREE, &name);
    (void)ptn_score(query, &name, &why);
    for (unsigned i = 0; i < why.pair_count; i++) {
        const struct ptn_score_pair *pair = &why.pairs[i];
        struct ptn_bytes mine = parts_text(query, query_text, pair->a_first, pair->a_count);
        struct ptn_bytes theirs = parts_text(&name, listed, pair->b_first, pair->b_count);
        enum ptn_score_rule rule = (enum ptn_score_rule)pair->rule;

        if (pair->rule >= PTN_SCORE_RULE_COUNT)
            continue;
        add(whys, ptn_score_rule_id(rule),
            say(whys, "\"%.*s\" and \"%.*s\": %s", SHOWN(mine), SHOWN(theirs),
                ptn_score_rule_text(rule, "en")),
            say(whys, "\"%.*s\" dhe \"%.*s\": %s", SHOWN(mine), SHOWN(theirs),
                ptn_score_rule_text(rule, "sq")));
    }
    left_over(whys, query, query_text, why.a_left, false);
    left_over(whys, &name, listed, why.b_left, true);
    if (why.one_shared)
        add_literal(whys, ptn_score_rule_id(PTN_SCORE_ONE_SHARED),
                    ptn_score_rule_text(PTN_SCORE_ONE_SHARED, "en"),
                    ptn_score_rule_text(PTN_SCORE_ONE_SHARED, "sq"));
    if (why.reordered)
        add_literal(whys, ptn_score_rule_id(PTN_SCORE_REORDERED),
                    ptn_score_rule_text(PTN_SCORE_REORDERED, "en"),
                    ptn_score_rule_text(PTN_SCORE_REORDERED, "sq"));
    if (alias == PTN_ALIAS_WEAK)
        add_literal(whys, "alias.weak",
                    "the list calls this alias weak: it identifies nobody by itself",
                    "lista e quan të dobët këtë emër tjetër: vetëm, nuk identifikon askënd");
}

static void listed_birth(const struct ptn_snapshot *snapshot, size_t record, char text[64])
{
    struct ptn_birth_span birth = ptn_snapshot_birth(snapshot, record);
    struct ptn_date first = ptn_date_from_days(birth.first);
    struct ptn_date last = ptn_date_from_days(birth.last);
    const char *about = birth.circa ? "~" : "";
    char a[PTN_DATE_TEXT_SIZE], b[PTN_DATE_TEXT_SIZE];

    if (ptn_date_equal(first, last))
        (void)snprintf(text, 64, "%s%s", about, ptn_date_write(first, a));
    else if (first.month == 1 && first.day == 1 && last.month == 12 && last.day == 31 &&
             first.year == last.year)
        (void)snprintf(text, 64, "%s%u", about, (unsigned)first.year);
    else
        (void)snprintf(text, 64, "%s%s..%s", about, ptn_date_write(first, a),
                       ptn_date_write(last, b));
}

/* A birth of a Hijra calendar beside another, and the days that it means. */
struct hijra {
    const char *mine, *listed;
    struct ptn_birth_span meant;
};

static void why_hijra(struct ptn_whys *whys, const char *rule, const char *text,
                      const char *text_sq, const struct hijra *hijra)
{
    char first[PTN_DATE_TEXT_SIZE], last[PTN_DATE_TEXT_SIZE];

    (void)ptn_date_write(ptn_date_from_days(hijra->meant.first), first);
    (void)ptn_date_write(ptn_date_from_days(hijra->meant.last), last);
    add(whys, rule,
        say(whys, "%s: %s, listed %s, which can be %s to %s", text, hijra->mine, hijra->listed,
            first, last),
        say(whys, "%s: %s, në listë %s, që mund të jetë nga %s deri më %s", text_sq, hijra->mine,
            hijra->listed, first, last));
}

static void why_birth(struct ptn_whys *whys, const struct ptn_snapshot *snapshot,
                      const struct ptn_screen_query *query, const struct ptn_evidence *evidence)
{
    static const struct {
        const char *rule;
        const char *text;
        const char *text_sq;
    } words[PTN_BIRTH_EVIDENCE_COUNT] = {
        [PTN_BIRTH_AGREES] = { "birth.agrees", "the birth date agrees", "datëlindja përputhet" },
        [PTN_BIRTH_SWAPPED] = { "birth.swapped",
                                "the birth date agrees with day and month exchanged",
                                "datëlindja përputhet me ditën dhe muajin e ndërruar" },
        [PTN_BIRTH_ABOUT] = { "birth.about",
                              "the birth date is within two years of an approximate one",
                              "datëlindja është brenda dy vjetëve nga një datë e përafërt" },
        [PTN_BIRTH_HIJRA] = { "birth.hijra",
                              "the year of birth is one of a Hijra calendar and can mean the same",
                              "viti i lindjes është i një kalendari hixhri dhe mund të jetë i "
                              "njëjti" },
        [PTN_BIRTH_YEAR] = { "birth.year", "the year of birth agrees, the day does not",
                             "viti i lindjes përputhet, dita jo" },
        [PTN_BIRTH_NEAR] = { "birth.near", "the birth dates are up to five years apart",
                             "datëlindjet ndryshojnë deri në pesë vjet" },
        [PTN_BIRTH_DIFFERS] = { "birth.differs", "the birth dates are more than five years apart",
                                "datëlindjet ndryshojnë më shumë se pesë vjet" },
    };
    char mine[PTN_DATE_TEXT_SIZE], listed[64];

    if (evidence->birth == PTN_BIRTH_UNKNOWN)
        return;
    listed_birth(snapshot, evidence->birth_record, listed);
    (void)ptn_date_write(query->birth, mine);
    if (evidence->birth == PTN_BIRTH_HIJRA) {
        why_hijra(whys, words[PTN_BIRTH_HIJRA].rule, words[PTN_BIRTH_HIJRA].text,
                  words[PTN_BIRTH_HIJRA].text_sq, &(struct hijra){ mine, listed, evidence->meant });
        return;
    }
    add(whys, words[evidence->birth].rule,
        say(whys, "%s: %s, listed %s", words[evidence->birth].text, mine, listed),
        say(whys, "%s: %s, në listë %s", words[evidence->birth].text_sq, mine, listed));
}

/* For or against: whoever looks decides what it is worth. */
static void why_place(struct ptn_whys *whys, const struct ptn_snapshot *snapshot,
                      const struct ptn_screen_query *query, size_t ordinal)
{
    static const struct {
        const char *rule, *text, *text_sq;
    } words[] = {
        [PTN_PLACE_AGREES] = { "place.agrees", "the place of birth agrees",
                               "vendlindja përputhet" },
        [PTN_PLACE_STATE] = { "place.state", "the State of birth agrees, not the place",
                              "shteti i lindjes përputhet, jo vendi" },
        [PTN_PLACE_OTHER] = { "place.other", "the list has another place of birth",
                              "lista ka vendlindje tjetër" },
    };
    struct ptn_bytes listed = PTN_BYTES_NONE;
    enum ptn_place_evidence place = ptn_place_of(snapshot, query, ordinal, &listed);

    if (place == PTN_PLACE_UNKNOWN)
        return;
    add(whys, words[place].rule,
        say(whys, "%s: %.*s, listed %.*s", words[place].text, SHOWN(query->birth_place),
            SHOWN(listed)),
        say(whys, "%s: %.*s, në listë %.*s", words[place].text_sq, SHOWN(query->birth_place),
            SHOWN(listed)));
}

void ptn_why_evidence(struct ptn_whys *whys, const struct ptn_snapshot *snapshot,
                      const struct ptn_screen_query *query, const struct ptn_evidence *evidence,
                      size_t ordinal)
{
    const uint8_t *entry = ptn_record(snapshot, PTN_SECTION_ENTRIES, ordinal);

    why_birth(whys, snapshot, query, evidence);
    if (evidence->birth == PTN_BIRTH_UNKNOWN && query->birth.year != 0 &&
        entry[ENTRY_KIND] == PTN_ENTRY_PERSON)
        add_literal(whys, "birth.unknown", "the list knows no birth date",
                    "lista nuk ka datëlindje");
    if (evidence->nationality == PTN_SIDE_AGREES)
        add(whys, "nationality.agrees", say(whys, "the nationality agrees: %s", query->nationality),
            say(whys, "shtetësia përputhet: %s", query->nationality));
    else if (evidence->nationality == PTN_SIDE_DIFFERS)
        add(whys, "nationality.differs",
            say(whys, "the nationality differs: %s, listed %.3s", query->nationality,
                (const char *)ptn_record(snapshot, PTN_SECTION_NATIONS,
                                         ptn_le32(entry + ENTRY_FIRST_NATION))),
            say(whys, "shtetësia ndryshon: %s, në listë %.3s", query->nationality,
                (const char *)ptn_record(snapshot, PTN_SECTION_NATIONS,
                                         ptn_le32(entry + ENTRY_FIRST_NATION))));
    if (evidence->sex == PTN_SIDE_DIFFERS)
        add_literal(whys, "sex.differs", "the sex differs", "gjinia ndryshon");
    if (evidence->person)
        why_place(whys, snapshot, query, ordinal);
}

void ptn_why_number(struct ptn_whys *whys, const char *rule, struct ptn_bytes number,
                    const char *issuer)
{
    const struct ptn_state *state = issuer[0] == '\0' ? NULL : ptn_state_find(issuer);
    const char *of = state == NULL ? "" : ptn_state_name(state, "en");
    const char *of_sq = state == NULL ? "" : ptn_state_name(state, "sq");

    if (strcmp(rule, "document.listed") == 0)
        add(whys, rule,
            say(whys, "the document's number and issuer are listed: %.*s, %s", SHOWN(number), of),
            say(whys, "numri dhe lëshuesi i dokumentit janë në listë: %.*s, %s", SHOWN(number),
                of_sq));
    else if (strcmp(rule, "document.number") == 0)
        add(whys, rule,
            say(whys, "the document's number is listed, the issuer cannot be compared: %.*s",
                SHOWN(number)),
            say(whys, "numri i dokumentit është në listë, lëshuesi nuk krahasohet dot: %.*s",
                SHOWN(number)));
    else if (strcmp(rule, "document.near") == 0)
        add(whys, rule,
            say(whys, "a number that a reader may mistake for this one is listed: %.*s, %s",
                SHOWN(number), of),
            say(whys, "një numër që lexuesi mund ta ngatërrojë me këtë është në listë: %.*s, %s",
                SHOWN(number), of_sq));
    else if (strcmp(rule, "plate.alike") == 0)
        add(whys, rule,
            say(whys, "a plate that looks like this one is listed: %.*s %s", SHOWN(number), of),
            say(whys, "një targë që i ngjan kësaj është në listë: %.*s %s", SHOWN(number), of_sq));
    else if (strcmp(rule, "plate.listed") == 0)
        add(whys, rule, say(whys, "the plate is listed: %.*s %s", SHOWN(number), of),
            say(whys, "targa është në listë: %.*s %s", SHOWN(number), of_sq));
    else
        add(whys, rule,
            say(whys, "the vessel's or aircraft's number is listed: %.*s", SHOWN(number)),
            say(whys, "numri i anijes ose avionit është në listë: %.*s", SHOWN(number)));
}

void ptn_why_reported(struct ptn_whys *whys, struct ptn_bytes reason)
{
    add(whys, "document.reported", say(whys, "reported as: %.*s", SHOWN(reason)),
        say(whys, "raportuar si: %.*s", SHOWN(reason)));
}
