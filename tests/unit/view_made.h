/*
 * tests/unit/view_made.h -- generated ledgers for tests and measurements of view/: invented people
 * who come and go, the advice they got, who looked at them.
 *
 * Everything follows from the number of the ledger and of the entry, so that an entry can be made
 * anew at any time. Names are put together from lists of common given names and surnames.
 */
#ifndef TESTS_UNIT_VIEW_MADE_H
#define TESTS_UNIT_VIEW_MADE_H
#include <stdio.h>

#include "record/access.h"
#include "record/again.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/decision.h"
#include "record/permit.h"
#include "view/view.h"

#define MADE_START_MS 1793491200000 /* 2026-11-01 */

struct made {
    struct ptn_ledger_header header;
    struct ptn_buffer payload;
    char origin[64];
    uint64_t seq;
    /* what the payload was written from */
    char surname[64], given[64], number[32], plate[32], post[32], voyage[32], booking[32];
    struct ptn_crossing crossing;
};

static inline uint64_t made_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

/* Person number `who`, the same one each time. Surnames are made of syllables: some 200,000. */
static inline void made_person(struct made *made, uint64_t who)
{
    static const char *const given[] = { "ARDIT",   "BLERTA",   "CLAUDIA", "DRITAN",   "ELENA",
                                         "FATMIR",  "GIOVANNI", "HELGA",   "IVAN",     "JOHN",
                                         "KLODIAN", "LINDITA",  "MARIA",   "NIKOLA",   "OLTA",
                                         "PAVLOS",  "QEMAL",    "ROSA",    "SOFIA",    "TEUTA",
                                         "UGO",     "VALBONA",  "WALTER",  "XHEVAHIR", "YLLI",
                                         "ZAMIR",   "MUHAMMED", "AHMED",   "FATIMA",   "OMAR" };
    static const char *const first[] = { "HO",  "SHE", "KA", "BE",  "DU", "GJO", "MA",
                                         "PRE", "TO",  "LI", "BRA", "RO", "ZE",  "KRA",
                                         "VU",  "DA",  "NI", "STE", "PO", "XHA" };
    static const char *const middle[] = { "XH", "R", "L", "SHT", "N", "RT", "K",  "V", "M",  "LL",
                                          "ND", "S", "B", "G",   "T", "P",  "KJ", "Z", "RR", "D" };
    static const char *const last[] = { "A",  "I",    "AJ",  "OVIC", "INI", "ANI",  "ESCU",
                                        "OS", "ER",   "U",   "ARI",  "ETI", "ELLI", "IDIS",
                                        "OV", "MANN", "SEN", "ON",   "IC",  "AKU" };
    static const char *const issuers[] = { "ALB", "ALB", "ALB", "ITA", "D",
                                           "GRC", "MKD", "XKX", "GBR", "USA" };
    uint64_t mix = made_mix(who);
    struct ptn_person *person = &made->crossing.person;

    (void)snprintf(made->surname, sizeof(made->surname), "%s%s%s%s%s", first[mix % 20],
                   middle[mix / 20 % 20], mix / 400 % 5 == 0 ? "" : "A", middle[mix / 2000 % 20],
                   last[mix / 40000 % 20]);
    (void)snprintf(made->given, sizeof(made->given), "%s", given[mix / 800000 % 30]);
    (void)snprintf(made->number, sizeof(made->number), "M%08llu",
                   (unsigned long long)(who % 100000000));
    *person = (struct ptn_person){
        .surname = ptn_bytes_from_text(made->surname),
        .given = ptn_bytes_from_text(made->given),
        .birth = ptn_date_from_days((int32_t)(mix >> 40) % 20000),
        .sex = mix >> 33 & 1 ? 'M' : 'F',
        .document = { .kind = PTN_DOCUMENT_PASSPORT,
                      .code = "P",
                      .number = ptn_bytes_from_text(made->number),
                      .expiry = { 2031, 5, 17 } },
    };
    (void)snprintf(person->document.issuer, sizeof(person->document.issuer), "%s",
                   issuers[mix >> 20 & 7]);
    memcpy(person->nationality, person->document.issuer, sizeof(person->nationality));
}

static inline void made_crossing(struct made *made, uint64_t ledger, uint64_t trip, uint64_t people)
{
    struct ptn_crossing *crossing = &made->crossing;
    uint64_t mix = made_mix(ledger << 40 | trip);

    made_person(made, made_mix(trip / 2 + ledger * 7919) % people);
    (void)snprintf(made->post, sizeof(made->post), "post%llu", (unsigned long long)ledger);
    (void)snprintf(made->plate, sizeof(made->plate), "AA %03u BC", (unsigned)(mix % 1000));
    for (size_t i = 0; i < sizeof(crossing->id.at); i++)
        crossing->id.at[i] = (uint8_t)(made_mix(mix + i) | 1);
    crossing->advice = crossing->id;
    crossing->advice.at[0] ^= 2;
    crossing->advised = PTN_VERDICT_CLEAR;
    crossing->time_ms = MADE_START_MS + (int64_t)(trip * 30000);
    crossing->date = ptn_instant_date(crossing->time_ms);
    crossing->direction = trip % 2 == 0 ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT;
    crossing->outcome = PTN_OUTCOME_RECORDED;
    crossing->referral = PTN_REFERRAL_NONE;
    crossing->post = ptn_bytes_from_text(made->post);
    crossing->lane = PTN_BYTES_LITERAL("2");
    crossing->officer = PTN_BYTES_LITERAL("ana");
    (void)snprintf(made->voyage, sizeof(made->voyage), "UX %04u 2026-11-%02u",
                   (unsigned)(mix % 100), (unsigned)(trip / 2880 % 28 + 1));
    crossing->voyage = mix % 4 == 1 ? ptn_bytes_from_text(made->voyage) : PTN_BYTES_NONE;
    crossing->plate = mix % 4 == 0 ? ptn_bytes_from_text(made->plate) : PTN_BYTES_NONE;
    /* eight in a row are one trip, or one of a booking of sixteen */
    crossing->trip = (struct ptn_record_id){ { 0 } };
    if (trip / 8 % 2 == 0) {
        const uint64_t id = made_mix(ledger << 40 | trip / 8) | 1;

        memcpy(crossing->trip.at, &id, sizeof(id));
    }
    (void)snprintf(made->booking, sizeof(made->booking), "B%llX",
                   (unsigned long long)(made_mix(ledger << 40 | trip / 16) >> 40));
    crossing->booking = trip / 16 % 3 == 0 ? ptn_bytes_from_text(made->booking) : PTN_BYTES_NONE;
}

static inline struct ptn_status made_decision(struct made *made)
{
    const struct ptn_crossing *crossing = &made->crossing;
    const struct ptn_decision_reason reasons[] = {
        { .rule = PTN_BYTES_LITERAL("document.expires_soon"), .verdict = PTN_VERDICT_CLEAR },
        { .rule = PTN_BYTES_LITERAL("list.discreet"),
          .verdict = PTN_VERDICT_CLEAR,
          .discreet = true },
    };
    const struct ptn_decision decision = {
        .id = crossing->advice,
        .time_ms = crossing->time_ms - 9000,
        .date = crossing->date,
        .direction = crossing->direction,
        .post = crossing->post,
        .lane = crossing->lane,
        .officer = crossing->officer,
        .person = crossing->person,
        .plate = crossing->plate,
        .reasons = reasons,
        .reason_count = made->seq % 3 == 0 ? made->seq % 2 + 1 : 0,
    };

    return ptn_decision_write(&decision, &made->payload);
}

static inline struct ptn_status made_access(struct made *made)
{
    struct ptn_access access = {
        .id = made->crossing.id,
        .time_ms = made->crossing.time_ms - 9000,
        .purpose = PTN_PURPOSE_FIRST_LINE,
        .officer = made->crossing.officer,
        .post = made->crossing.post,
        .lane = made->crossing.lane,
        .record = made->crossing.advice,
        .shown = 1,
    };

    if (made->seq % 2 == 0) /* else whom it was of is known by the record alone, as at a lane */
        access.person = made->crossing.person;
    return ptn_access_write(&access, &made->payload);
}

/* Set the header as a ledger would after sealing. */
static inline struct ptn_status made_seal(struct made *made, uint32_t kind)
{
    struct ptn_bytes payload = ptn_buffer_bytes(&made->payload);

    made->header = (struct ptn_ledger_header){
        .kind = kind,
        .time_ms = made->crossing.time_ms + 500,
        .retention = kind == PTN_RECORD_ACCESS ? PTN_RETENTION_AUDIT : PTN_RETENTION_CROSSING,
        .has_payload = true,
        .sealed_len = (uint32_t)payload.len,
    };
    return ptn_sha256(&payload, 1, made->header.sealed_sha256.at);
}

/* A ledger of crossings only: entry seq is trip seq. */
static inline struct ptn_status made_trip(struct made *made, uint64_t ledger, uint64_t seq,
                                          uint64_t people)
{
    struct ptn_status status;

    (void)snprintf(made->origin, sizeof(made->origin), "postern.example/post-%llu",
                   (unsigned long long)ledger);
    made->seq = seq;
    made_crossing(made, ledger, seq, people);
    ptn_buffer_clear(&made->payload);
    status = ptn_crossing_write(&made->crossing, &made->payload);
    return ptn_ok(status) ? made_seal(made, PTN_RECORD_CROSSING) : status;
}

/* A case that the crossing's person was sent to, opened; or ended: then without the person. */
static inline struct ptn_status made_case(struct made *made, bool opened)
{
    const struct ptn_crossing *crossing = &made->crossing;
    struct ptn_case_step step = {
        .id = crossing->advice,
        .of = crossing->id,
        .time_ms = crossing->time_ms + 1000,
        .act = opened ? PTN_CASE_OPENED : PTN_CASE_ENDED,
        .post = crossing->post,
        .lane = crossing->lane,
        .officer = crossing->officer,
    };

    step.id.at[1] ^= opened ? 4 : 8;
    if (opened) {
        step.kind = PTN_REFERRAL_MATCH;
        step.urgency = PTN_CASE_SOON;
        step.direction = crossing->direction;
        step.person = crossing->person;
    } else {
        step.outcome = PTN_CASE_REFUSED;
        step.ground = PTN_BYTES_LITERAL("H");
        step.words = PTN_BYTES_LITERAL("listed");
        step.second = PTN_BYTES_LITERAL("another");
        step.crossing = crossing->advice;
    }
    return ptn_case_step_write(&step, &made->payload);
}

/* The crossing's sheet, keyed and settled; or what became of the sheets after it. */
static inline struct ptn_status made_sheet(struct made *made, bool told)
{
    const struct ptn_crossing *crossing = &made->crossing;
    const struct ptn_sheet sheet = {
        .id = crossing->advice,
        .pack = made->seq / 1000 + 1,
        .number = made->seq % 900 + 1,
        .turn = PTN_KEYING_SECOND,
        .keyed_ms = crossing->time_ms + 90000,
        .keyed_by = PTN_BYTES_LITERAL("bora"),
        .post = crossing->post,
        .officer = crossing->officer,
        .time_ms = crossing->time_ms,
        .date = crossing->date,
        .direction = crossing->direction,
        .outcome = PTN_OUTCOME_RECORDED,
        .person = crossing->person,
        .crossing = crossing->id,
    };
    const struct ptn_sheets_told lost = {
        .id = crossing->advice,
        .pack = sheet.pack,
        .first = sheet.number + 1,
        .count = 3,
        .state = PTN_SHEETS_LOST,
        .time_ms = crossing->time_ms,
        .post = crossing->post,
        .officer = crossing->officer,
        .second = PTN_BYTES_LITERAL("bora"),
    };

    return told ? ptn_sheets_told_write(&lost, &made->payload)
                : ptn_sheet_write(&sheet, &made->payload);
}

/* The crossing's person matched afterwards. */
static inline struct ptn_status made_late(struct made *made, bool discreet)
{
    const struct ptn_crossing *crossing = &made->crossing;
    struct ptn_screened_again late = {
        .id = crossing->id,
        .time_ms = crossing->time_ms + 3600000,
        .post = crossing->post,
        .crossing = crossing->id,
        .crossed_ms = crossing->time_ms,
        .direction = crossing->direction,
        .rung = PTN_RUNG_LOCAL,
        .list = PTN_BYTES_LITERAL("wanted"),
        .entry = PTN_BYTES_LITERAL("W1"),
        .score = 9100,
        .published_ms = crossing->time_ms + 1000,
        .discreet = discreet,
        .action = ptn_bytes_from_text(discreet ? "discreet" : "inquiry"),
        .person = crossing->person,
    };

    late.id.at[2] ^= 1;
    return ptn_screened_again_write(&late, &made->payload);
}

/* The crossing's person holds a visa. */
static inline struct ptn_status made_permit(struct made *made)
{
    struct ptn_permit permit = {
        .id = made->crossing.id,
        .kind = PTN_PERMIT_LONG_VISA,
        .issuer = "ALB",
        .number = PTN_BYTES_LITERAL("D0077001"),
        .status = PTN_PERMIT_WITHDRAWN,
        .from = { 2026, 9, 1 },
        .until = { 2027, 8, 31 },
        .entries = 2,
        .person = made->crossing.person,
        .imported = PTN_BYTES_LITERAL("visas"),
    };

    if (permit.person.document.number.len == 0)
        permit.person.document.number = PTN_BYTES_LITERAL("P0");
    if (permit.person.document.issuer[0] == '\0')
        memcpy(permit.person.document.issuer, "UTO", 4);
    if (permit.person.birth.year == 0)
        permit.person.birth.year = 1970;
    return ptn_permit_write(&permit, &made->payload);
}

/* The crossing's person and the next one are said to be one; or that of sixty entries ago is taken
 * back. */
static inline struct ptn_status made_identity(struct made *made, bool parted)
{
    struct ptn_identity identity = {
        .time_ms = made->crossing.time_ms,
        .act = parted ? PTN_IDENTITY_PARTED : PTN_IDENTITY_JOINED,
        .post = made->crossing.post,
        .officer = PTN_BYTES_LITERAL("ana"),
        .second = PTN_BYTES_LITERAL("another"),
        .reason = PTN_BYTES_LITERAL("one face"),
        .one = made->crossing.person,
        .other = made->crossing.person,
    };
    const uint64_t id = made_mix(made->seq + (uint64_t)made->crossing.post.at[4]);
    const uint64_t former = made_mix(made->seq - 60 + (uint64_t)made->crossing.post.at[4]);

    memcpy(identity.id.at, &id, sizeof(id));
    if (parted)
        memcpy(identity.of.at, &former, sizeof(former));
    identity.other.document.number = PTN_BYTES_LITERAL("ANOTHER1");
    return ptn_identity_write(&identity, &made->payload);
}

/* The crossing that its trip is in is said to be wrong; every other time by two people. */
static inline struct ptn_status made_correction(struct made *made, bool by_two)
{
    struct ptn_correction correction = {
        .id = made->crossing.id,
        .time_ms = made->crossing.time_ms + 7000,
        .of = made->crossing.id,
        .post = made->crossing.post,
        .officer = PTN_BYTES_LITERAL("ana"),
        .second = by_two ? PTN_BYTES_LITERAL("another") : PTN_BYTES_NONE,
        .reason = PTN_BYTES_LITERAL("a stamp"),
        .person = made->crossing.person,
        .direction = PTN_DIRECTION_EXIT,
    };

    correction.id.at[3] ^= 1;
    if (by_two) {
        correction.right = made->crossing.person;
        correction.right.document.number = PTN_BYTES_LITERAL("RIGHT1");
        correction.date = made->crossing.date;
    }
    return ptn_correction_write(&correction, &made->payload);
}

/* A ledger as a post writes it: the advice, the access, the crossing, now and then the steps of a
 * case, a sheet, a late match, a permit, a decision of who is whom or a correction instead of
 * advice and access; every tenth entry a session, which the view passes over. Sessions hold no
 * record here: nobody reads them. */
static inline struct ptn_status made_entry(struct made *made, uint64_t ledger, uint64_t seq,
                                           uint64_t people)
{
    struct ptn_status status = made_trip(made, ledger, seq / 3, people);
    uint32_t kind = seq % 10 == 9        ? PTN_RECORD_SESSION
                    : seq % 30 / 2 == 12 ? PTN_RECORD_CASE /* 24 and 25: of one trip */
                    : seq % 30 == 12     ? PTN_RECORD_SHEETS_TOLD
                    : seq % 30 == 18     ? PTN_RECORD_SHEET
                    : seq % 60 == 21     ? PTN_RECORD_AGAIN
                    : seq % 60 == 27     ? PTN_RECORD_PERMIT
                    : seq % 60 == 51     ? PTN_RECORD_IDENTITY
                    : seq % 60 == 57     ? PTN_RECORD_CORRECTION
                    : seq % 3 == 0       ? PTN_RECORD_DECISION
                    : seq % 3 == 1       ? PTN_RECORD_ACCESS
                                         : PTN_RECORD_CROSSING;

    made->seq = seq;
    if (ptn_ok(status) && kind != PTN_RECORD_CROSSING) {
        ptn_buffer_clear(&made->payload);
        status = kind == PTN_RECORD_CASE          ? made_case(made, seq % 2 == 0)
                 : kind == PTN_RECORD_DECISION    ? made_decision(made)
                 : kind == PTN_RECORD_SHEET       ? made_sheet(made, false)
                 : kind == PTN_RECORD_SHEETS_TOLD ? made_sheet(made, true)
                 : kind == PTN_RECORD_AGAIN       ? made_late(made, seq % 120 == 21)
                 : kind == PTN_RECORD_PERMIT      ? made_permit(made)
                 : kind == PTN_RECORD_CORRECTION  ? made_correction(made, seq % 120 == 117)
                 : kind == PTN_RECORD_IDENTITY    ? made_identity(made, seq % 120 == 111)
                                                  : made_access(made);
    }
    return ptn_ok(status) ? made_seal(made, kind) : status;
}

static inline struct ptn_view_entry made_as_entry(const struct made *made)
{
    return (struct ptn_view_entry){ made->origin, made->seq, &made->header,
                                    ptn_buffer_bytes(&made->payload) };
}
#endif
