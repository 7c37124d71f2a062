/* decision/reasons.c -- see reasons_int.h. */
#include "decision/reasons_int.h"

#include <stdio.h>

const struct reason_entry ptn_reason_table[REASON_COUNT] = {
    [REASON_ORDER_BANNED] = { "order.banned", PTN_REASON_CONDITIONS, PTN_VERDICT_STOP,
                              "A ban on entry is in force.", "Ndalimi i hyrjes është në fuqi." },
    [REASON_ORDER_OVERDUE] = { "order.overdue", PTN_REASON_CONDITIONS, PTN_VERDICT_REFER,
                               "An order to leave ran out, and no exit is on record.",
                               "Afati i urdhrit të largimit ka kaluar dhe nuk ka dalje të "
                               "regjistruar." },
    [REASON_ORDER_OPEN] = { "order.open", PTN_REASON_CONDITIONS, PTN_VERDICT_REFER,
                            "An order to leave is open.", "Ka një urdhër largimi të hapur." },
    [REASON_ORDER_LEAVING] = { "order.leaving", PTN_REASON_CONDITIONS, PTN_VERDICT_CLEAR,
                               "An order to leave is being met: let the person go and record it.",
                               "Urdhri i largimit po zbatohet: lejojeni të dalë dhe "
                               "regjistrojeni." },
    [REASON_ORDER_PROTOCOL] = { "order.protocol", PTN_REASON_CONDITIONS, PTN_VERDICT_CLEAR,
                                "Diplomatic or service passport under an order to leave: no "
                                "search, no delay; call the liaison.",
                                "Pasaportë diplomatike ose shërbimi nën urdhër largimi: pa "
                                "kontroll, pa vonesë; telefononi ndërlidhësin." },
    [REASON_DOCUMENT_SPECIMEN] = { "document.specimen", PTN_REASON_DOCUMENT, PTN_VERDICT_STOP,
                                   "This is a specimen: no State issues it.",
                                   "Ky është mostër: asnjë shtet nuk e lëshon." },
    [REASON_DOCUMENT_STOLEN] = { "document.stolen", PTN_REASON_DOCUMENT, PTN_VERDICT_STOP,
                                 "The document is reported stolen.",
                                 "Dokumenti është shpallur i vjedhur." },
    [REASON_DOCUMENT_WITHDRAWN] = { "document.withdrawn", PTN_REASON_DOCUMENT, PTN_VERDICT_STOP,
                                    "The issuer has withdrawn the document.",
                                    "Dokumenti është revokuar nga lëshuesi." },
    [REASON_DOCUMENT_LOST] = { "document.lost", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                               "The document is reported lost.",
                               "Dokumenti është shpallur i humbur." },
    [REASON_DOCUMENT_MRZ] = { "document.mrz", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "The machine readable lines do not check: read them again and look "
                              "at the document.",
                              "Rreshtat e lexueshëm nga makina nuk përputhen: lexojini sërish dhe "
                              "shihni dokumentin." },
    [REASON_CHIP_ALTERED] = { "chip.altered", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "What the chip says is not what its issuer signed.",
                              "Të dhënat e çipit nuk janë ato që ka nënshkruar lëshuesi." },
    [REASON_CHIP_COPIED] = { "chip.copied", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                             "The chip could not prove that it is the one that was issued: it may "
                             "be a copy.",
                             "Çipi nuk e provoi dot se është ai që u lëshua: mund të jetë kopje." },
    [REASON_CHIP_UNREADABLE] = { "chip.unreadable", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                                 "The chip holds nothing signed that can be read.",
                                 "Çipi nuk ka asgjë të nënshkruar që mund të lexohet." },
    [REASON_CHIP_REVOKED] = { "chip.signer-revoked", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "The issuer has revoked the certificate that signed the chip.",
                              "Lëshuesi e ka revokuar certifikatën që ka nënshkruar çipin." },
    [REASON_CHIP_OTHER] = { "chip.signer-other", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                            "The chip is signed by another State than the document names.",
                            "Çipi është nënshkruar nga një shtet tjetër nga ai që tregon "
                            "dokumenti." },
    [REASON_CHIP_UNKNOWN] = { "chip.signer-unknown", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "Whoever signed the chip has no certificate from the issuer that is "
                              "held here: it is newer than these, or false.",
                              "Nënshkruesi i çipit nuk ka certifikatë të njohur këtu nga lëshuesi: "
                              "është më e re, ose e rreme." },
    [REASON_CHIP_EXPIRED] = { "chip.signer-expired", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "The certificate that signed the chip has run out.",
                              "Certifikata që ka nënshkruar çipin ka skaduar." },
    [REASON_CHIP_REFUSED] = { "chip.refused", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "The chip does not open with these lines: it or the page is another "
                              "document's, or a line is misread.",
                              "Çipi nuk hapet me këta rreshta: çipi ose faqja është e një "
                              "dokumenti "
                              "tjetër, ose një rresht është lexuar gabim." },
    [REASON_CHIP_DIFFERS] = { "chip.differs", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                              "The chip and the page do not say the same: look at both.",
                              "Çipi dhe faqja nuk thonë të njëjtën gjë: shihni të dyja." },
    [REASON_CHIP_NOT_HELD] = { "chip.not-held", PTN_REASON_DOCUMENT, PTN_VERDICT_CLEAR,
                               "No certificate of this issuer is held: what the chip says is not "
                               "confirmed.",
                               "Nuk ka asnjë certifikatë të këtij lëshuesi: të dhënat e çipit nuk "
                               "janë të konfirmuara." },
    [REASON_CHIP_GENUINE] = { "chip.genuine", PTN_REASON_DOCUMENT, PTN_VERDICT_CLEAR,
                              "What the chip says is as its issuer signed it.",
                              "Të dhënat e çipit janë siç i ka nënshkruar lëshuesi." },
    [REASON_DOCUMENT_CODE] = { "document.code", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                               "No State or organisation has this code.",
                               "Asnjë shtet apo organizatë nuk e ka këtë kod." },
    [REASON_DOCUMENT_EXPIRED] = { "document.expired", PTN_REASON_DOCUMENT, PTN_VERDICT_REFER,
                                  "The document has expired.", "Dokumenti ka skaduar." },
    [REASON_DOCUMENT_EXPIRY_UNKNOWN] = { "document.expiry-unknown", PTN_REASON_DOCUMENT,
                                         PTN_VERDICT_REFER, "The document's last day is not known.",
                                         "Nuk dihet dita e fundit e vlefshmërisë së "
                                         "dokumentit." },
    [REASON_DOCUMENT_EXPIRES_EARLY] = { "document.expires-early", PTN_REASON_DOCUMENT,
                                        PTN_VERDICT_REFER,
                                        "The document does not stay valid long enough.",
                                        "Dokumenti nuk mbetet i vlefshëm mjaftueshëm gjatë." },
    [REASON_DOCUMENT_NOT_ACCEPTED] = { "document.not-accepted", PTN_REASON_DOCUMENT,
                                       PTN_VERDICT_REFER,
                                       "This kind of document is not accepted from this "
                                       "nationality.",
                                       "Ky lloj dokumenti nuk pranohet për këtë shtetësi." },
    [REASON_IDENTITY_INCOMPLETE] = { "identity.incomplete", PTN_REASON_IDENTITY, PTN_VERDICT_REFER,
                                     "Who this is, is not complete.",
                                     "Të dhënat e identitetit nuk janë të plota." },
    [REASON_IDENTITY_BIRTH] = { "identity.birth", PTN_REASON_IDENTITY, PTN_VERDICT_REFER,
                                "The date of birth is not possible.",
                                "Data e lindjes nuk është e mundur." },
    [REASON_CONDITIONS_NONE] = { "conditions.none", PTN_REASON_CONDITIONS, PTN_VERDICT_REFER,
                                 "No entry conditions are loaded at this post.",
                                 "Në këtë pikë nuk janë ngarkuar kushtet e hyrjes." },
    [REASON_CONDITIONS_VISA_MISSING] = { "conditions.visa-missing", PTN_REASON_CONDITIONS,
                                         PTN_VERDICT_REFER, "A visa is needed and none is shown.",
                                         "Nevojitet vizë dhe nuk është paraqitur." },
    [REASON_CONDITIONS_VISA_NOT_VALID] = { "conditions.visa-not-valid", PTN_REASON_CONDITIONS,
                                           PTN_VERDICT_REFER,
                                           "A visa is needed and the one shown does not serve.",
                                           "Nevojitet vizë dhe ajo e paraqitur nuk vlen." },
    [REASON_CONDITIONS_PERMIT_ON_RECORD] = { "conditions.permit-on-record", PTN_REASON_CONDITIONS,
                                             PTN_VERDICT_CLEAR,
                                             "A visa or permit is on record for this document.",
                                             "Për këtë dokument ka vizë ose leje të regjistruar." },
    [REASON_CALL_SHORE_LEAVE] = { "call.shore-leave", PTN_REASON_CONDITIONS, PTN_VERDICT_CLEAR,
                                  "Shore leave from a ship in port: conditions of entry were not "
                                  "asked.",
                                  "Dalje në breg nga një anije në port: kushtet e hyrjes nuk u "
                                  "kërkuan." },
    [REASON_CALL_OTHER_DOCUMENT] = { "call.other-document", PTN_REASON_IDENTITY, PTN_VERDICT_REFER,
                                     "The ship's list has this name and birth with another "
                                     "document.",
                                     "Lista e anijes e ka këtë emër dhe datëlindje me një dokument "
                                     "tjetër." },
    [REASON_CALL_STRANGER] = { "call.stranger", PTN_REASON_IDENTITY, PTN_VERDICT_REFER,
                               "On no list of the ship in port.",
                               "Nuk është në asnjë listë të anijes në port." },
    [REASON_STAY_USED_UP] = { "stay.used-up", PTN_REASON_CONDITIONS, PTN_VERDICT_REFER,
                              "The days allowed are used up.", "Ditët e lejuara janë përdorur." },
    [REASON_STAY_OVER] = { "stay.over", PTN_REASON_CONDITIONS, PTN_VERDICT_REFER,
                           "The person stayed longer than allowed.",
                           "Personi ka qëndruar më gjatë se lejohet." },
    [REASON_STAY_PAPER] = { "stay.paper", PTN_REASON_CONDITIONS, PTN_VERDICT_REFER,
                            "Whether the stay was too long is not known: sheets of paper days are "
                            "not keyed yet. Ask for the stub, stamp or ticket.",
                            "Nuk dihet nëse qëndrimi ka qenë më i gjatë: fletët e ditëve me letër "
                            "nuk janë futur ende. Kërkoni cungun, vulën ose biletën." },
    [REASON_STAY_NOT_KNOWN] = { "stay.not-known", PTN_REASON_CONDITIONS, PTN_VERDICT_CLEAR,
                                "The stay is not fully known: part of the record is missing.",
                                "Qëndrimi nuk dihet plotësisht: mungon një pjesë e "
                                "regjistrimeve." },
    [REASON_STAY_NO_HISTORY] = { "stay.no-history", PTN_REASON_CONDITIONS, PTN_VERDICT_CLEAR,
                                 "No record of earlier crossings is at hand.",
                                 "Nuk ka të dhëna për kalimet e mëparshme." },
    [REASON_MINOR_ALONE] = { "minor.alone", PTN_REASON_MINOR, PTN_VERDICT_REFER,
                             "A child travels without an adult.",
                             "Një i mitur udhëton pa një të rritur." },
    [REASON_MINOR_PARTY_UNKNOWN] = { "minor.party-unknown", PTN_REASON_MINOR, PTN_VERDICT_REFER,
                                     "A child, and nobody said who travels along.",
                                     "Një i mitur, dhe nuk dihet kush e shoqëron." },
    [REASON_MATCH_BAN] = { "match.ban", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_REFUSE] = { "match.refuse", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_ARREST] = { "match.arrest", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_SEIZE] = { "match.seize", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_PROTECT] = { "match.protect", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_SPECIFIC] = { "match.specific", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_INQUIRY] = { "match.inquiry", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_REFER] = { "match.refer", PTN_REASON_MATCH, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_MATCH_INFORM] = { "match.inform", PTN_REASON_MATCH, PTN_VERDICT_CLEAR, NULL, NULL },
    [REASON_MATCH_DISCREET] = { "match.discreet", PTN_REASON_MATCH, PTN_VERDICT_CLEAR, NULL, NULL },
    [REASON_MATCH_MORE] = { "match.more", PTN_REASON_MATCH, PTN_VERDICT_REFER,
                            "There are more matches than are shown.",
                            "Ka më shumë përputhje se ato të treguara." },
    [REASON_MATCH_WEAK] = { "match.weak", PTN_REASON_MATCH, PTN_VERDICT_CLEAR,
                            "Names on the lists are somewhat like this one; nothing beside them "
                            "agrees well enough.",
                            "Emra në lista i ngjajnë disi këtij; asgjë tjetër nuk përputhet "
                            "mjaftueshëm." },
    [REASON_DOCUMENT_NEAR] = { "document.near", PTN_REASON_MATCH, PTN_VERDICT_CLEAR,
                               "A number that is easily mistaken for this one is listed: read the "
                               "document's number again.",
                               "Një numër që ngatërrohet lehtë me këtë është në listë: lexojeni "
                               "përsëri numrin e dokumentit." },
    [REASON_RULE] = { "rule", PTN_REASON_RULE, PTN_VERDICT_REFER, NULL, NULL },
    [REASON_RULE_FAILED] = { "rule.failed", PTN_REASON_RULE, PTN_VERDICT_REFER,
                             "A rule could not be worked out for this person.",
                             "Një rregull nuk mund të llogaritej për këtë person." },
    [REASON_RULE_LATE] = { "rule.late", PTN_REASON_RULE, PTN_VERDICT_REFER,
                           "A rule was not worked out in time.",
                           "Një rregull nuk u llogarit në kohë." },
    [REASON_RULES_UNREADABLE] = { "rules.unreadable", PTN_REASON_RULE, PTN_VERDICT_REFER,
                                  "A file of rules of this post is damaged: they are not checked.",
                                  "Një skedar rregullash i kësaj pike është i dëmtuar: ato nuk "
                                  "kontrollohen." },
    [REASON_LISTS_NONE] = { "lists.none", PTN_REASON_LISTS, PTN_VERDICT_CLEAR,
                            "No list was searched.", "Asnjë listë nuk u kontrollua." },
    [REASON_LISTS_REGISTER] = { "lists.register", PTN_REASON_LISTS, PTN_VERDICT_CLEAR,
                                "A register of numbers failed its check and was not searched.",
                                "Një regjistër numrash nuk e kaloi kontrollin dhe nuk u kërkua." },
    [REASON_LISTS_DAMAGED] = { "lists.damaged", PTN_REASON_LISTS, PTN_VERDICT_CLEAR,
                               "The lists are damaged: what they say of this person, or do not "
                               "say, cannot be relied on.",
                               "Listat janë të dëmtuara: ajo që thonë ose nuk thonë për këtë "
                               "person "
                               "nuk është e besueshme." },
};

/* Of a match the sentence is made of the name and of what its list says is to be done. */
static const struct ptn_rule_words match_words[REASON_COUNT] = {
    [REASON_MATCH_BAN] = { "Could be on a list: banned from entry.",
                           "Mund të jetë në një listë: ndalim hyrjeje." },
    [REASON_MATCH_REFUSE] = { "Could be on a list: refuse entry.",
                              "Mund të jetë në një listë: refuzim i hyrjes." },
    [REASON_MATCH_ARREST] = { "Could be on a list: arrest.",
                              "Mund të jetë në një listë: arrestim." },
    [REASON_MATCH_SEIZE] = { "Could be on a list: seize.",
                             "Mund të jetë në një listë: sekuestrim." },
    [REASON_MATCH_PROTECT] = { "Could be on a list: protect.",
                               "Mund të jetë në një listë: mbrojtje." },
    [REASON_MATCH_SPECIFIC] = { "Could be on a list: specific check.",
                                "Mund të jetë në një listë: kontroll specifik." },
    [REASON_MATCH_INQUIRY] = { "Could be on a list: inquiry check.",
                               "Mund të jetë në një listë: kontroll me pyetje." },
    [REASON_MATCH_REFER] = { "Could be on a list: second line.",
                             "Mund të jetë në një listë: linja e dytë." },
    [REASON_MATCH_INFORM] = { "Could be on a list: for information.",
                              "Mund të jetë në një listë: për informim." },
    [REASON_MATCH_DISCREET] = { "Could be on a list: discreet check.",
                                "Mund të jetë në një listë: kontroll diskret." },
};

/* Ids that records of cases have and no advice gives. */
static const struct {
    const char *rule;
    struct ptn_rule_words words;
} other_words[] = {
    { "match.late",
      { "Matches what came into force after they were let through.",
        "Përputhet me atë që hyri në fuqi pasi u lejua të kalojë." } },
    { "call.missing",
      { "Was ashore from a ship when its call was closed.",
        "Ishte në breg nga një anije kur u mbyll ndalesa e saj." } },
};

struct ptn_rule_words ptn_rule_words(struct ptn_bytes rule)
{
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (ptn_bytes_is(rule, ptn_reason_table[i].rule))
            return ptn_reason_table[i].text == NULL
                       ? match_words[i]
                       : (struct ptn_rule_words){ ptn_reason_table[i].text,
                                                  ptn_reason_table[i].text_sq };
    for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]); i++)
        if (ptn_bytes_is(rule, other_words[i].rule))
            return other_words[i].words;
    return (struct ptn_rule_words){ NULL, NULL };
}

void ptn_reasons_begin(struct draft *draft, const struct ptn_check *check, struct ptn_arena *arena,
                       size_t count_max)
{
    *draft = (struct draft){ .check = check, .arena = arena, .count_max = count_max };
    draft->reasons = ptn_arena_take(arena, count_max * sizeof(draft->reasons[0]));
    draft->failed = draft->reasons == NULL;
}

struct ptn_reason *ptn_reasons_reason(struct draft *draft, enum reason_id id)
{
    const struct reason_entry *entry = &ptn_reason_table[id];
    struct ptn_reason *reason;

    if (!draft->failed) {
        PTN_PRE(draft->count < draft->count_max);
        draft->facts = ptn_arena_take(draft->arena, DRAFT_FACT_MAX * sizeof(draft->facts[0]));
        draft->failed = draft->facts == NULL;
    }
    if (draft->failed)
        return &draft->nowhere;
    reason = &draft->reasons[draft->count++];
    *reason = (struct ptn_reason){
        .rule = ptn_bytes_from_text(entry->rule),
        .verdict = entry->verdict,
        .kind = entry->kind,
        .text = ptn_bytes_from_text(entry->text),
        .text_sq = ptn_bytes_from_text(entry->text_sq),
        .facts = draft->facts,
    };
    return reason;
}

/* Reasons are built in order, so the facts being added belong to the last one. */
void ptn_reasons_fact(struct draft *draft, const char *key, struct ptn_bytes value)
{
    struct ptn_reason *reason;

    if (draft->failed || value.len == 0)
        return;
    PTN_PRE(draft->count > 0);
    reason = &draft->reasons[draft->count - 1];
    PTN_PRE(reason->fact_count < DRAFT_FACT_MAX);
    draft->facts[reason->fact_count++] = (struct ptn_reason_fact){ key, value };
}

/* Copies a short printed text into the arena and adds it. */
static void add_printed(struct draft *draft, const char *key, const char *text)
{
    char *copy = draft->failed ? NULL : ptn_arena_text(draft->arena, ptn_bytes_from_text(text));

    draft->failed = copy == NULL;
    ptn_reasons_fact(draft, key, ptn_bytes_from_text(copy));
}

void ptn_reasons_fact_date(struct draft *draft, const char *key, struct ptn_date date)
{
    if (!ptn_date_is_none(date)) {
        char text[PTN_DATE_TEXT_SIZE];

        add_printed(draft, key, ptn_date_write(date, text));
    }
}

void ptn_reasons_fact_number(struct draft *draft, const char *key, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    add_printed(draft, key, text);
}

struct ptn_bytes ptn_reasons_join(struct draft *draft, const struct ptn_bytes *parts,
                                  size_t part_count)
{
    size_t len = 0;
    uint8_t *at;

    for (size_t i = 0; i < part_count; i++)
        len += parts[i].len;
    at = draft->failed || len == 0 ? NULL : ptn_arena_take(draft->arena, len);
    if (at == NULL) {
        draft->failed = draft->failed || len > 0;
        return PTN_BYTES_NONE;
    }
    len = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].len > 0)
            memcpy(at + len, parts[i].at, parts[i].len);
        len += parts[i].len;
    }
    return ptn_bytes_of(at, len);
}

/* Highest verdict first, else as they came: few, so an insertion sort keeps it plain and stable. */
static void sort_reasons(struct ptn_reason *reasons, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct ptn_reason moved = reasons[i];
        size_t at = i;

        for (; at > 0 && reasons[at - 1].verdict < moved.verdict; at--)
            reasons[at] = reasons[at - 1];
        reasons[at] = moved;
    }
}

struct ptn_status ptn_reasons_end(struct draft *draft, struct ptn_advice *ret_advice,
                                  struct ptn_diag *reterr)
{
    bool cap = draft->own && draft->check->direction == PTN_STAY_ENTRY;

    if (draft->failed)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no room for the reasons");
    for (size_t i = 0; i < draft->count; i++) {
        struct ptn_reason *reason = &draft->reasons[i];

        /* DECIDE-4: nobody is kept out of their own country; the second line sees to the rest. */
        if (cap && reason->verdict > PTN_VERDICT_REFER)
            reason->verdict = PTN_VERDICT_REFER;
    }
    sort_reasons(draft->reasons, draft->count);
    *ret_advice = (struct ptn_advice){
        .verdict = draft->count > 0 ? draft->reasons[0].verdict : PTN_VERDICT_CLEAR,
        .actions = draft->actions,
        .reasons = draft->reasons,
        .reason_count = draft->count,
        .lists = draft->check->lists,
        .list_count = draft->check->list_count,
    };
    return PTN_OK;
}
