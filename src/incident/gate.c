#include "incident/gate.h"

#include <assert.h>
#include <stddef.h>

/* The one table: a fact, and what is said when it does not hold. */
static const struct {
    size_t offset; /* of the fact */
    struct ptn_gate_row row;
} table[PTN_GATE_COUNT] = {
    { offsetof(struct ptn_gate_facts, cause),
      { "cause", "The cause of the attack is not recorded as closed.",
        "Shkaku i sulmit nuk është shënuar si i mbyllur.",
        "Authorities sign: postern order close, naming the orders to stop.",
        "Autoritetet nënshkruajnë: postern order close, me emrat e urdhrave." } },
    { offsetof(struct ptn_gate_facts, serials),
      { "serials", "Not every paper sheet's serial is accounted for.",
        "Jo çdo numër serial i fletëve është i llogaritur.",
        "Key the sheets, or declare what is spoiled, unused or lost: postern manual.",
        "Shtypni fletët, ose deklaroni të prishurat, të papërdorurat, të humburat: postern "
        "manual." } },
    { offsetof(struct ptn_gate_facts, swept),
      { "swept", "No sweep of the old disk is on record.",
        "Nuk ka shënim për kontrollin e diskut të vjetër.",
        "Sweep the old disk offline, keep it; a close note names the sweep's manifest.",
        "Kontrolloni diskun e vjetër jashtë rrjetit, ruajeni; shënimi i mbylljes e përmend." } },
    { offsetof(struct ptn_gate_facts, software),
      { "software", "What runs here is not named in a release note given since the attack.",
        "Programi që punon këtu nuk është në një shënim lejimi të dhënë pas sulmit.",
        "Install from the read-only medium of a release note: postern release.",
        "Instaloni nga mediumi vetëm-lexim i një shënimi lejimi: postern release." } },
    { offsetof(struct ptn_gate_facts, identity),
      { "identity", "The node still writes the ledger that it wrote before the attack.",
        "Nyja shkruan ende regjistrin që shkruante para sulmit.",
        "Reinstall it under its spare identity: postern recover.",
        "Riinstalojeni me identitetin rezervë: postern recover." } },
    { offsetof(struct ptn_gate_facts, certificate),
      { "certificate", "The node shows the certificate that it showed before the attack.",
        "Nyja tregon certifikatën që tregonte para sulmit.",
        "Reinstall it under its spare identity: postern recover.",
        "Riinstalojeni me identitetin rezervë: postern recover." } },
    { offsetof(struct ptn_gate_facts, credentials),
      { "credentials", "Nobody may sign in, or a password from before the attack is still good.",
        "Askush nuk mund të hyjë, ose një fjalëkalim i para sulmit vlen ende.",
        "Give everybody at this post a new password: postern node.",
        "Jepni kujtdo në këtë pikë një fjalëkalim të ri: postern node." } },
    { offsetof(struct ptn_gate_facts, tail),
      { "tail", "The former ledger is not here as far as keepers vouch for it.",
        "Regjistri i mëparshëm nuk është këtu deri ku e dëshmojnë ruajtësit.",
        "Let `postern recover` finish with keepers that answer.",
        "Lëreni `postern recover` të mbarojë me ruajtës që përgjigjen." } },
    { offsetof(struct ptn_gate_facts, ledger),
      { "ledger", "This node's own ledger has not been verified from its bytes.",
        "Regjistri i kësaj nyjeje nuk është verifikuar nga bajtet e tij.",
        "postern ledger verify says what is wrong.",
        "postern ledger verify thotë çfarë nuk shkon." } },
    { offsetof(struct ptn_gate_facts, kept),
      { "kept", "Too few keepers hold this node's ledger up to its head.",
        "Pak ruajtës e mbajnë regjistrin e kësaj nyjeje deri në fund.",
        "Wait for the keepers, or look at the lines: postern status.",
        "Prisni ruajtësit, ose shihni lidhjet: postern status." } },
    { offsetof(struct ptn_gate_facts, unforked),
      { "fork", "There is evidence of a forked ledger.", "Ka prova për një regjistër të degëzuar.",
        "Keep the evidence; open another spare identity.",
        "Ruajeni provën; hapni një identitet tjetër rezervë." } },
};

static_assert(sizeof(struct ptn_gate_facts) == PTN_GATE_COUNT * sizeof(bool),
              "every fact has its row");

size_t ptn_gate_missing(const struct ptn_gate_facts *facts,
                        const struct ptn_gate_row *ret_rows[PTN_GATE_COUNT])
{
    size_t count = 0;

    for (size_t i = 0; i < PTN_GATE_COUNT; i++) {
        bool holds;

        memcpy(&holds, (const uint8_t *)facts + table[i].offset, sizeof(holds));
        if (!holds)
            ret_rows[count++] = &table[i].row;
    }
    return count;
}
