#include "names/score.h"

static const struct {
    const char *id;
    const char *english;
    const char *albanian;
} rules[PTN_SCORE_RULE_COUNT] = {
    [PTN_SCORE_SAME] = { "name.same", "The same name.", "I njëjti emër." },
    [PTN_SCORE_SAME_SOUND] = { "name.sound", "Another spelling of the same sounds.",
                               "Shkrim tjetër i të njëjtëve tinguj." },
    [PTN_SCORE_OTHER_SCRIPT] = { "name.script", "The same name in another script.",
                                 "I njëjti emër në një alfabet tjetër." },
    [PTN_SCORE_CLOSE] = { "name.close", "A letter or two apart.",
                          "Ndryshon me një a dy shkronja." },
    [PTN_SCORE_VARIANT] = { "name.variant", "Forms of one name in different languages.",
                            "Trajta të të njëjtit emër në gjuhë të ndryshme." },
    [PTN_SCORE_JOINED] = { "name.joined", "Written as one word here and as several there.",
                           "I shkruar si një fjalë këtu e me disa fjalë atje." },
    [PTN_SCORE_INITIAL] = { "name.initial", "An initial that fits.", "Një inicial që përputhet." },
    [PTN_SCORE_CUT_SHORT] = { "name.cut", "Cut off at the end of the machine readable zone.",
                              "I prerë në fund të zonës së lexueshme nga makina." },
    [PTN_SCORE_LIGHT] = { "name.light", "A particle, title or legal form that weighs little.",
                          "Pjesëz, titull ose formë ligjore që peshon pak." },
    [PTN_SCORE_ONE_SHARED] = { "name.one-shared",
                               "Only one full part of the name is shared, which is too little.",
                               "Vetëm një pjesë e plotë e emrit është e përbashkët: shumë pak." },
    [PTN_SCORE_REORDERED] = { "name.order", "The parts come in another order.",
                              "Pjesët vijnë në një rend tjetër." },
};

const char *ptn_score_rule_id(enum ptn_score_rule rule)
{
    return (unsigned)rule < PTN_SCORE_RULE_COUNT ? rules[rule].id : "name.unknown";
}

const char *ptn_score_rule_text(enum ptn_score_rule rule, const char *language)
{
    if ((unsigned)rule >= PTN_SCORE_RULE_COUNT)
        return "";
    if (language != NULL && language[0] == 's' && language[1] == 'q')
        return rules[rule].albanian;
    return rules[rule].english;
}
